//! The credit check: an account's figures in, a card with its grade and the reasons out.
//!
//! ```text
//! queries/credit/*.sql ─► figures ─┐
//!          policy.toml ─► policy ──┴─► grade ─► reasons ─► card ─► text, JSON, Markdown, HTML, CSV
//! ```
//!
//! [`read`] asks the engine inside for figures, once more with what they have in common ([`common`]), [`gathered`] another one. No clock, no screen: the same figures and policy give
//! the same bytes. What is kept, the log of questions ([`audit`]) and the grades of the last look ([`watch`]), is told the time by
//! its caller.

pub mod accounts;
pub mod audit;
pub mod card;
pub mod common;
pub mod decimal;
pub mod exchange;
pub mod figures;
pub mod gathered;
pub mod grade;
pub mod indicators;
mod keep;
pub mod lookup;
pub mod policy;
pub mod portfolio;
pub mod read;
pub mod reasons;
pub mod sentences;
pub mod statement;
pub mod watch;
