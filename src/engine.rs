//! Where SQL runs: the trait, its events and its errors. Arrow is the one form of a result.

pub mod arrange;
mod arranged;
#[cfg(feature = "remote")]
pub mod athena;
pub mod cells;
mod columns_file;
mod connect;
pub mod duckdb;
mod exact;
pub mod fake;
pub mod find;
pub mod guard;
pub mod objects;
mod parquet;
pub mod pivot;
pub mod profile;
#[cfg(feature = "remote")]
pub mod redshift;
pub mod remote;
#[cfg(feature = "remote")]
mod secret;
mod sparse;
pub mod store;
pub mod summary;
pub mod threads;
pub mod totals;
#[cfg(feature = "remote")]
pub mod trino;
#[cfg(feature = "remote")]
mod tunnel;
#[cfg(feature = "remote")]
mod unloaded;
mod window;

use std::time::Duration;

use ::duckdb::arrow::datatypes::SchemaRef;
use ::duckdb::arrow::record_batch::RecordBatch;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::threads::Threads;
use crate::dialect::Dialect;
use crate::ledger::{Entry, Kind};
use crate::query::Statement;
use crate::target::Dollars;

pub use self::connect::{Surroundings, connect};

/// A place where SQL runs. All but [`Engine::run`] and [`Engine::attach`] take the time they need on the thread that
/// asks.
pub trait Engine: Send + Sync {
    /// The name of its target, for the status line.
    fn name(&self) -> &str;

    /// The SQL that it speaks: statements are bound and written for it.
    fn dialect(&self) -> Dialect;

    /// Starts a statement and yields what happens to it, ending with [`RunEvent::Finished`] or an error. The
    /// channel is bounded: an engine waits while nobody reads. Cancelling the token, or dropping the events, stops the
    /// work where it runs, and the last event comes when it has stopped.
    fn run(&self, statement: Statement, options: Options, cancel: CancellationToken) -> Events;

    /// The same for a run that goes on, or has ended, elsewhere.
    fn attach(&self, id: RunId, options: Options, cancel: CancellationToken) -> Events;

    /// The tables that it can read, by name.
    ///
    /// # Errors
    /// When they cannot be listed, or the token is cancelled.
    fn catalog(&self, cancel: &CancellationToken) -> Result<Vec<CatalogTable>, EngineError>;

    /// The columns of a table.
    ///
    /// # Errors
    /// When there is no such table, or the token is cancelled.
    fn describe(&self, table: &str, cancel: &CancellationToken) -> Result<SchemaRef, EngineError>;

    /// What a statement would scan at most; none where nothing is billed.
    ///
    /// # Errors
    /// When it cannot be told, or the token is cancelled.
    fn estimate(
        &self,
        statement: &Statement,
        cancel: &CancellationToken,
    ) -> Result<Option<Estimate>, EngineError>;

    /// Its runs as the ledger knows them, with what the engine itself knows to run or to have run lately, newest first.
    ///
    /// # Errors
    /// When it cannot be asked, or the token is cancelled.
    fn runs(&self, cancel: &CancellationToken) -> Result<Vec<Entry>, EngineError>;

    /// Whether everything is in order that a statement needs, in the order in which it is needed.
    fn checks(&self, cancel: &CancellationToken) -> Vec<Check>;

    /// The threads that work in it, and those that wait for it.
    fn threads(&self) -> &Threads;
}

/// How a statement is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub access: Access,
    /// Somebody sees how far the run has come. DuckDB takes an eighth of the time of a long result to tell it.
    pub is_watched: bool,
    /// An earlier result of the same statement will do when it is no older than so.
    pub reuse: Option<Duration>,
    /// The engine writes the result to S3 as Parquet, from where it is read and then removed: rows in no order, for an
    /// engine that can.
    pub unload: bool,
    /// What the ledger says that the run is for.
    pub kind: Kind,
    /// Cancelled to leave the run alone: it goes on where it runs, and the events end with [`ErrorKind::Detached`].
    pub detach: CancellationToken,
}

impl From<Access> for Options {
    fn from(access: Access) -> Self {
        Self { access, ..Self::default() }
    }
}

/// What a run yields.
pub type Events = mpsc::Receiver<Result<RunEvent, EngineError>>;

/// The next event of a run. Events that stop without a last one are a failure: rows may be missing.
///
/// # Errors
/// That of the run.
pub fn next_event(events: &mut Events) -> Result<RunEvent, EngineError> {
    let broken_off = || {
        let message = "the engine stopped before the end of the result, so rows may be missing";
        Err(EngineError::new(ErrorKind::Other, message))
    };
    events.blocking_recv().unwrap_or_else(broken_off)
}

/// What a statement may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Reading only; anything else is refused before it starts.
    #[default]
    ReadOnly,
    /// Reading only, for a statement of the program's own: it is not judged first, which takes a fifth of a second for one of a
    /// hundred thousand characters. DuckDB itself refuses to change a database all the same.
    Ours {
        /// Whether the bytes that it reads are told, which takes as long as a quarter of a small run.
        is_measured: bool,
    },
    /// Anything; given by `--write` and a confirmation.
    Write,
}

/// What an engine calls a run; empty for one that ends with the program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub struct RunId(pub String);

/// One event of a run.
#[derive(Debug)]
pub enum RunEvent {
    /// The engine accepted the statement.
    Started(RunId),
    /// The columns; always before the first batch.
    Schema(SchemaRef),
    /// Some rows.
    Batch(RecordBatch),
    /// How far it is.
    Progress(Progress),
    /// All rows have been sent.
    Finished(Stats),
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    pub phase: Phase,
    /// 0 to 100, where the engine can tell.
    pub percent: Option<f64>,
    /// Bytes scanned until now, where the engine tells.
    pub bytes: Option<u64>,
}

impl Progress {
    /// Which part of a whole that is, as a percentage.
    #[must_use]
    pub fn percent(part: u64, whole: u64) -> Option<f64> {
        let per_mille = part.saturating_mul(1_000).checked_div(whole)?;
        Some(f64::from(u32::try_from(per_mille).ok()?) / 10.0)
    }
}

/// What an engine does for a run at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// It was sent, and the engine has not given it a name yet.
    Sent,
    Queued,
    Planning,
    /// Files that it reads are copied from S3.
    Copying,
    #[default]
    Running,
    /// The result is there and its rows are on their way.
    Fetching,
    /// It was told to stop and has not answered yet.
    Stopping,
}

impl Phase {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Queued => "queued",
            Self::Planning => "planning",
            Self::Copying => "copying",
            Self::Running => "running",
            Self::Fetching => "fetching",
            Self::Stopping => "stopping",
        }
    }
}

/// What a run that has ended took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// From the statement's start to its last row, as seen from here.
    pub elapsed: Duration,
    /// Of that, as the engine tells: waiting in its queue, planning, running.
    pub queued: Option<Duration>,
    pub planned: Option<Duration>,
    pub ran: Option<Duration>,
    pub rows: u64,
    /// Bytes scanned, where the engine bills by them, and what they cost.
    pub bytes_scanned: Option<u64>,
    pub cost: Option<Dollars>,
    /// The engine took an earlier result and scanned nothing.
    pub reused: bool,
    /// The engine wrote the rows to files for us.
    pub unloaded: bool,
    /// Where the engine left the result, where it did.
    pub place: Option<String>,
}

/// A table that an engine can read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CatalogTable {
    pub schema: String,
    pub name: String,
}

/// What a statement would scan at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    pub bytes: u64,
    pub cost: Option<Dollars>,
    /// What was counted, as a sentence.
    pub basis: String,
}

/// One thing that a statement needs, and whether it is in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub what: &'static str,
    /// What was found, or what is wrong.
    pub found: Result<String, String>,
    /// What to do where something is wrong.
    pub remedy: Option<String>,
    /// It is wrong because something is not there, and not because that could not be found out.
    pub is_missing: bool,
}

impl Check {
    /// What came of looking.
    #[must_use]
    pub fn of(what: &'static str, found: Result<String, EngineError>) -> Self {
        match found {
            Ok(words) => Self { what, found: Ok(words), remedy: None, is_missing: false },
            Err(EngineError { kind, message, hint, .. }) => {
                Self { what, found: Err(message), remedy: hint, is_missing: kind == ErrorKind::Missing }
            }
        }
    }

    /// What is wrong for a reason that no engine told.
    pub fn wrong(what: &'static str, message: impl Into<String>, remedy: Option<String>) -> Self {
        Self { what, found: Err(message.into()), remedy, is_missing: false }
    }
}

/// Why a run failed, with the place in the statement where the engine names one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    pub kind: ErrorKind,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    pub position: Option<Position>,
    /// Of a refusal: why the guard refused, as half a sentence.
    pub reason: Option<String>,
    /// What the run took until then, where the engine bills.
    pub stats: Option<Box<Stats>>,
}

/// The family of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not SQL.
    Syntax,
    /// A column does not resolve, or types do not fit.
    Binding,
    /// There is no table, function or schema of that name.
    Missing,
    /// The guard refused it.
    Refused,
    /// The person stopped it.
    Cancelled,
    /// A value could not be read, cast or computed.
    Data,
    /// Files, disk or network.
    Io,
    /// The memory limit was reached.
    Memory,
    /// The person's account may not do this.
    Denied,
    /// The person's login has run out.
    Expired,
    /// The engine takes no more requests for now.
    Throttled,
    /// The engine cannot be reached.
    Unreachable,
    /// It took longer than it may, and was stopped.
    TimedOut,
    /// The run goes on where it runs, or may, and nobody waits for it.
    Detached,
    Other,
}

/// A place in a statement, both counted from 0, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Position {
    /// The place at the end of a text.
    #[must_use]
    pub fn end_of(text: &str) -> Self {
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self { line: text.matches('\n').count(), column: last.chars().count() }
    }

    /// The place where this text stands before the statement.
    #[must_use]
    pub fn behind(self, text: &str) -> Self {
        let end = Self::end_of(text);
        let column = if self.line == 0 { end.column + self.column } else { self.column };
        Self { line: end.line + self.line, column }
    }
}

impl EngineError {
    /// An error of a kind with its sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, position: None, reason: None, stats: None }
    }

    /// That the person stopped it.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled")
    }

    /// The same error with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
