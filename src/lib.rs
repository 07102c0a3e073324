//! `saldo`: a terminal explorer for financial data in a lake of Parquet files, and the pipeline that makes the lake.
//!
//! ```text
//! cli ─► explorer ─► engine ─► value       words (query, sql, value, config): plain data, no task, no screen
//!  │        └─► lake, words, pipeline      engine: where SQL runs; knows no screen
//!  ├────► results ─► export ─► engine      pipeline: engine and lake, never the explorer; history: query, sql
//!  ├────► credit ─► engine, query           credit: pure but for its readers
//!  ├────► demo ─► pipeline ─► engine, lake forecast: pure functions, imports the calendar alone
//!  ├────► submit ─► lake, target             nothing imports cli
//!  └────► external_model ─► forecast, lake
//! ```
//!
//! What never bends:
//!
//! 1. Money is exact. A DECIMAL never passes through a float on its way to the screen, the clipboard, an export or
//!    a sum.
//! 2. Nothing is lost or hidden: no dropped row, no silent truncation, no default rate of 1, no NULL shown as an
//!    empty string. A number that is not certain says so beside itself.
//! 3. Memory is bounded, whatever the result's size. The screen never waits for a query.
//! 4. Cancel stops the work where it runs, and the screen says so; it never shows an empty result instead.
//! 5. Data is hostile: no byte of a cell reaches the terminal unescaped. SQL that a person types only reads, unless
//!    the person asked for more.
//! 6. `update` does no IO; `draw` changes no state; only `engine` knows which database this is; only the explorer's
//!    `theme` names a colour.
//!
//! The modules, in reading order:

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod calendar;
pub mod checksum;
pub mod completion;
pub mod dialect;
pub mod disk;
pub mod encoding;
pub mod environment;
pub mod pause;
pub mod query;
pub mod service_url;
pub mod sql;
pub mod text;
pub mod value;

pub mod target;

pub mod config;
pub mod ledger;
pub mod source;

pub mod engine;
pub mod lake;

pub mod export;
pub mod history;
pub mod results;

pub mod demo;
pub mod pipeline;

pub mod external_model;
pub mod forecast;
pub mod series;

pub mod credit;

pub mod submit;

pub mod explorer;

pub mod cli;
