//! What the outside must do, as plain data: `update` returns it, `jobs` performs it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use duckdb::arrow::record_batch::RecordBatch;

use super::credit_request::CreditRequest;
use super::forecast_request::ForecastRequest;
use super::message::{Draft, Export, JobId, Look, Plot};
use super::statement_request::StatementRequest;
use crate::credit::card::Card;
use crate::engine::Access;
use crate::engine::arrange::Arrangement;
use crate::engine::pivot::Pivot;
use crate::export::Format;
use crate::export::sidecar::Origin;
use crate::history::Entry;
use crate::query::{Chart, Statement};

/// Where and how a statement is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOn {
    pub target: String,
    pub access: Access,
    /// An earlier result will do when it is no older than so.
    pub reuse: Option<Duration>,
    /// The person knows what it may cost.
    pub approved: bool,
}

/// Some rows and columns of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub job: JobId,
    pub rows: Range<u64>,
    pub columns: Vec<usize>,
    /// It is one cell, which is copied without its column's name.
    pub is_cell: bool,
}

/// Two results to be compared, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparing {
    pub jobs: [JobId; 2],
    pub names: [String; 2],
    pub keys: Vec<String>,
    pub tolerance: String,
}

/// Something to do outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Run a statement.
    Run {
        job: JobId,
        statement: Statement,
        chart: Option<Chart>,
        on: RunOn,
    },
    /// Take up a run that goes on, or has ended, elsewhere.
    Attach {
        job: JobId,
        target: String,
        run: String,
        /// As the ledger has them.
        statement: String,
        started: DateTime<Utc>,
    },
    /// Leave a run alone: it goes on where it runs.
    Detach {
        job: JobId,
    },
    /// Stop a run elsewhere whose rows nobody waits for.
    StopRun {
        target: String,
        run: String,
    },
    /// Tell what the ledger knows of the runs elsewhere, where one of them was not seen to end.
    OpenRuns,
    /// List the runs elsewhere, with those that a target itself knows.
    Runs {
        target: String,
    },
    /// Tell the tables of a target.
    Catalog {
        target: String,
    },
    /// Read a table or file in place.
    Browse {
        job: JobId,
        table: String,
    },
    /// Tell the columns of a table or file; `name` is what its target's SQL calls it.
    Describe {
        target: String,
        table: String,
        name: String,
    },
    /// Tell the lake's accounts, and its customers where it tells whose they are.
    Accounts,
    /// Tell the currencies that the lake holds.
    Currencies,
    /// Tell what can be named in a statement here.
    Dictionary,
    /// Tell how the lake stands.
    Lake,
    /// Forecast a series and backtest it; the request before it is dropped.
    Forecast(Box<ForecastRequest>),
    /// Judge accounts; the request before it is dropped.
    Credit(CreditRequest),
    /// Work out what the cards of such requests have in common, before one is asked for.
    PrepareCredit(CreditRequest),
    /// Write cards to a file of one page, and name it.
    CreditPage(Vec<Card>),
    /// Show rows of our own as a result.
    Show {
        job: JobId,
        rows: RecordBatch,
    },
    /// Stop the statement where it runs.
    Cancel {
        job: JobId,
    },
    /// Stop the statement, and let its result go.
    Close {
        job: JobId,
    },
    /// Stop what is worked on beside the result: the forecast, the lists of the lake.
    CancelBeside,
    /// Let a paused stream go on until this many rows are held.
    More {
        job: JobId,
        rows: u64,
    },
    /// Arrange the rows of a result that is there, as the rows of a new job, and draw its query's own chart of them.
    Arrange {
        job: JobId,
        of: JobId,
        arrangement: Arrangement,
        chart: Option<Chart>,
    },
    /// Work something out beside a result; what was worked out before that is dropped.
    Look {
        job: JobId,
        look: Look,
    },
    /// Give that up.
    StopLook,
    /// Read rows of the result.
    Fetch {
        job: JobId,
        first: u64,
        rows: usize,
    },
    /// Read what a chart draws.
    Plot {
        job: JobId,
        plot: Plot,
    },
    /// Read a row with every cell whole, to copy it or one of its cells.
    FetchWhole {
        job: JobId,
        row: u64,
        column: Option<usize>,
    },
    /// Copy a text through the terminal (OSC 52).
    Copy(String),
    /// Put a text that is too long for a terminal into a file, and name it.
    CopyToFile {
        what: &'static str,
        text: String,
    },
    /// Copy a part of a result in a format; what is too long for a terminal goes into a file.
    CopyAs {
        block: Block,
        format: Format,
        what: &'static str,
        /// Of INSERT statements.
        table: String,
    },
    /// Keep in mind what was asked, and how it ended.
    Remember(Box<Entry>),
    /// Tell what was asked before.
    History,
    /// Pin an entry of the history, or no longer.
    Pin {
        id: String,
        pinned: bool,
    },
    /// Keep a result as a table here, under a name.
    Keep {
        job: JobId,
        name: String,
        origin: Box<Origin>,
    },
    /// Give a result that is kept another name.
    Rename {
        job: JobId,
        from: String,
        to: String,
    },
    /// Show the rows in which two results differ.
    Compare {
        job: JobId,
        comparing: Comparing,
    },
    /// Group a result, as a result of its own.
    Pivot {
        job: JobId,
        of: JobId,
        pivot: Pivot,
    },
    /// Write a result to a file.
    Export(Export),
    /// Tell what lies in a folder.
    ListFolder(PathBuf),
    /// Tell how a bank's statement would be read.
    LookAt(StatementRequest),
    /// Take a bank's statement into the lake.
    TakeIn(StatementRequest),
    /// Stop taking it in.
    StopTakingIn,
    /// Stop the export under way; there is no file then.
    CancelExport,
    /// Keep what was given to the parameters of a saved query.
    KeepValues {
        query: String,
        values: BTreeMap<String, String>,
    },
    /// Keep the editor's texts.
    Save(Vec<Draft>),
    /// Keep the person's own keys: the text of their file.
    SaveKeys(String),
    /// Switch to a theme.
    Theme(String),
    /// Give the terminal back and stop until the shell lets the program go on.
    Suspend,
    /// Give the terminal to the person's own editor with a text, and take the text back.
    EditOutside(String),
    /// Read the lake again.
    Reload,
    Quit,
}
