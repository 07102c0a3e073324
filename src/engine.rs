//! Where SQL runs: the trait, its events and its errors. Arrow is the one form of a result.

pub mod duckdb;
mod exact;
pub mod guard;
mod parquet;
pub mod store;
pub mod summary;
pub mod threads;
mod window;

use std::time::Duration;

use ::duckdb::arrow::datatypes::SchemaRef;
use ::duckdb::arrow::record_batch::RecordBatch;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::query::Statement;

/// A place where SQL runs.
pub trait Engine: Send + Sync {
    /// Its name for the status line.
    fn name(&self) -> &'static str;

    /// Starts a statement and yields what happens to it, ending with [`RunEvent::Finished`] or an error. The
    /// channel is bounded: an engine waits while nobody reads. Cancelling the token stops the work where it runs.
    fn run(&self, statement: Statement, access: Access, cancel: CancellationToken) -> Events;
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
    /// Anything; given by `--write` and a confirmation.
    Write,
}

/// One event of a run.
#[derive(Debug)]
pub enum RunEvent {
    /// The engine accepted the statement.
    Started,
    /// The columns; always before the first batch.
    Schema(SchemaRef),
    /// Some rows.
    Batch(RecordBatch),
    /// How much is done, 0 to 100, where the engine can tell.
    Progress(f64),
    /// All rows have been sent.
    Finished(Stats),
}

/// What a finished run cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    pub elapsed: Duration,
    pub rows: u64,
    /// Bytes scanned, where the engine bills by them.
    pub bytes_scanned: Option<u64>,
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
    Other,
}

/// A place in a statement, both counted from 0, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl EngineError {
    /// An error of a kind with its sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, position: None, reason: None }
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
