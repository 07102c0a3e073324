//! One answer of Trino: how far a run is, some rows, or why it failed; and the address of the next one.

use std::borrow::Cow;
use std::time::Duration;

use duckdb::arrow::record_batch::RecordBatch;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::engine::cells::{Bytes, Cells, type_of};
use crate::engine::{EngineError, ErrorKind, Phase, Position, Progress, Stats};
use crate::target::Dollars;

/// What Trino sends for every request of a run.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) id: String,
    pub(super) next_uri: Option<String>,
    columns: Option<Vec<Column>>,
    data: Option<Box<RawValue>>,
    stats: PageStats,
    pub(super) error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageStats {
    state: String,
    progress_percentage: Option<f64>,
    queued_time_millis: u64,
    planning_time_millis: u64,
    elapsed_time_millis: u64,
    physical_input_bytes: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failure {
    message: String,
    error_name: String,
    #[serde(default)]
    error_type: String,
    error_location: Option<Location>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    line_number: usize,
    column_number: usize,
}

/// What Trino calls a run that nobody asked for in time.
const ABANDONED: &str = "ABANDONED_QUERY";
/// What to do when a run or its rows are gone.
pub(super) const GONE: &str = "run the statement again: Trino hands rows out once, and drops a run that nobody asks for during \
                               5 minutes, or what its query.client.timeout says";

/// Names of errors, and their families; of the others the type tells.
const ERRORS: &[(&str, ErrorKind)] = &[
    ("SYNTAX_ERROR", ErrorKind::Syntax),
    ("CATALOG_NOT_FOUND", ErrorKind::Missing),
    ("SCHEMA_NOT_FOUND", ErrorKind::Missing),
    ("TABLE_NOT_FOUND", ErrorKind::Missing),
    ("FUNCTION_NOT_FOUND", ErrorKind::Missing),
    ("MISSING_CATALOG_NAME", ErrorKind::Missing),
    ("MISSING_SCHEMA_NAME", ErrorKind::Missing),
    ("NOT_FOUND", ErrorKind::Missing),
    ("USER_CANCELED", ErrorKind::Cancelled),
    ("ADMINISTRATIVELY_KILLED", ErrorKind::Cancelled),
    ("ADMINISTRATIVELY_PREEMPTED", ErrorKind::Cancelled),
    // Nobody stopped it: its rows are gone.
    (ABANDONED, ErrorKind::Missing),
    ("EXCEEDED_TIME_LIMIT", ErrorKind::TimedOut),
    ("EXCEEDED_CPU_LIMIT", ErrorKind::TimedOut),
    ("PERMISSION_DENIED", ErrorKind::Denied),
    ("QUERY_QUEUE_FULL", ErrorKind::Throttled),
    ("DIVISION_BY_ZERO", ErrorKind::Data),
    ("NUMERIC_VALUE_OUT_OF_RANGE", ErrorKind::Data),
    ("INVALID_CAST_ARGUMENT", ErrorKind::Data),
    ("INVALID_FUNCTION_ARGUMENT", ErrorKind::Data),
    ("SUBQUERY_MULTIPLE_ROWS", ErrorKind::Data),
    ("HIVE_BAD_DATA", ErrorKind::Data),
    ("HIVE_CURSOR_ERROR", ErrorKind::Data),
    ("HIVE_PARTITION_SCHEMA_MISMATCH", ErrorKind::Data),
    ("HIVE_CANNOT_OPEN_SPLIT", ErrorKind::Io),
    ("HIVE_FILESYSTEM_ERROR", ErrorKind::Io),
    ("HIVE_METASTORE_ERROR", ErrorKind::Io),
];

/// States of a run, and what is done in them; in the others it runs.
const PHASES: &[(&str, Phase)] = &[
    ("QUEUED", Phase::Queued),
    ("WAITING_FOR_RESOURCES", Phase::Queued),
    ("DISPATCHING", Phase::Queued),
    ("PLANNING", Phase::Planning),
    ("STARTING", Phase::Planning),
];

impl Page {
    pub(super) fn parse(body: &[u8]) -> Result<Self, EngineError> {
        serde_json::from_slice(body).map_err(|error| unreadable(&error))
    }

    /// Whether rows are in it.
    pub(super) fn has_rows(&self) -> bool {
        self.data.as_ref().is_some_and(|data| !matches!(data.get(), "[]" | "null"))
    }

    /// The columns, once they are known.
    pub(super) fn cells(&self) -> Option<Cells> {
        let columns = self.columns.as_ref()?.iter();
        Some(Cells::new(columns.map(|column| (column.name.clone(), type_of(&column.kind))), Bytes::Base64))
    }

    /// Its rows.
    pub(super) fn batches(&self, cells: &mut Cells) -> Result<Vec<RecordBatch>, EngineError> {
        let mut batches = Vec::new();
        self.each_row(|row| {
            cells.push(row.iter().map(Option::as_deref))?;
            if cells.is_full() {
                batches.extend(cells.take()?);
            }
            Ok(())
        })?;
        batches.extend(cells.take()?);
        Ok(batches)
    }

    /// Hands on row after row, each cell as the text that Trino wrote.
    pub(super) fn each_row<'a>(
        &'a self,
        take: impl FnMut(Vec<Option<Cow<'a, str>>>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let Some(data) = &self.data else { return Ok(()) };
        let mut rows = Rows { take, failed: None };
        let read = (&mut rows).deserialize(&mut serde_json::Deserializer::from_str(data.get()));
        match (rows.failed, read) {
            (Some(failed), _) => Err(failed),
            (None, read) => read.map_err(|error| unreadable(&error)),
        }
    }

    pub(super) fn progress(&self) -> Progress {
        let phase = PHASES.iter().find(|(state, _)| *state == self.stats.state);
        Progress {
            phase: phase.map_or(Phase::Running, |(_, phase)| *phase),
            percent: self.stats.progress_percentage.map(|percent| percent.clamp(0.0, 100.0)),
            bytes: Some(self.stats.physical_input_bytes),
        }
    }

    pub(super) fn stats(&self, price: Option<Dollars>) -> Stats {
        let stats = &self.stats;
        let before = stats.queued_time_millis + stats.planning_time_millis;
        Stats {
            queued: Some(Duration::from_millis(stats.queued_time_millis)),
            planned: Some(Duration::from_millis(stats.planning_time_millis)),
            ran: Some(Duration::from_millis(stats.elapsed_time_millis.saturating_sub(before))),
            bytes_scanned: Some(stats.physical_input_bytes),
            cost: price.map(|price| Dollars::of_bytes(stats.physical_input_bytes, price)),
            ..Stats::default()
        }
    }
}

impl Failure {
    /// The error, with its place in the statement as it was sent.
    pub(super) fn error(&self, stats: Stats) -> EngineError {
        let known = ERRORS.iter().find(|(name, _)| *name == self.error_name);
        let kind = known.map_or_else(
            || match self.error_type.as_str() {
                "INSUFFICIENT_RESOURCES" => ErrorKind::Memory,
                "USER_ERROR" if self.error_location.is_some() => ErrorKind::Binding,
                _ => ErrorKind::Other,
            },
            |(_, kind)| *kind,
        );
        let place = |at: &Location| Position {
            line: at.line_number.saturating_sub(1),
            column: at.column_number.saturating_sub(1),
        };
        let message = match &self.error_location {
            // The place is told apart.
            Some(at) => {
                let place = format!("line {}:{}: ", at.line_number, at.column_number);
                self.message.strip_prefix(&place).unwrap_or(&self.message)
            }
            None => &self.message,
        };
        let error = EngineError::new(kind, message);
        let error = if self.error_name == ABANDONED { error.with_hint(GONE) } else { error };
        EngineError {
            position: self.error_location.as_ref().map(place),
            stats: Some(Box::new(stats)),
            ..error
        }
    }
}

fn unreadable(error: &serde_json::Error) -> EngineError {
    EngineError::new(ErrorKind::Data, format!("this is no answer of Trino: {error}"))
}

/// Reads rows one by one, so that a page is not held twice.
struct Rows<F> {
    take: F,
    failed: Option<EngineError>,
}

impl<'a, F: FnMut(Vec<Option<Cow<'a, str>>>) -> Result<(), EngineError>> DeserializeSeed<'a>
    for &mut Rows<F>
{
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'a, F: FnMut(Vec<Option<Cow<'a, str>>>) -> Result<(), EngineError>> Visitor<'a> for &mut Rows<F> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element::<Vec<&'a RawValue>>()? {
            let row = row.into_iter().map(|cell| text(cell.get()).map_err(serde::de::Error::custom));
            if let Err(failed) = (self.take)(row.collect::<Result<_, _>>()?) {
                self.failed = Some(failed);
                return Err(serde::de::Error::custom(""));
            }
        }
        Ok(())
    }
}

/// A cell as Trino wrote it: numbers and nested values as they stand, texts without their quotes.
fn text(json: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    Ok(match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Some(Cow::Borrowed(plain)),
        Some(_) => Some(Cow::Owned(serde_json::from_str(json)?)),
        None if json == "null" => None,
        None => Some(Cow::Borrowed(json)),
    })
}
