//! What takes the events of a run as they pass, and keeps its rows when it has finished.

use std::fs::File;
use std::io::BufWriter;

use chrono::{DateTime, Utc};
use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;

use super::folder::{Results, ResultsError};
use super::kept::Kept;
use crate::checksum;
use crate::disk::Draft;
use crate::engine::{EngineError, RunEvent};
use crate::export::{Bytes, Format, Writer};
use crate::query::Statement;
use crate::target::Dollars;

/// What is gathered before it is written.
const BUFFER: usize = 1 << 16;

/// Takes the events of one run, in their order; dropped before the last, it leaves nothing.
pub struct Keeper {
    results: Results,
    name: Option<String>,
    target: String,
    statement: Statement,
    started: DateTime<Utc>,
    id: String,
    rows: u64,
    open: Option<(Draft, Writer<BufWriter<File>>)>,
}

/// Keeps rows that are held already under a name; of `kept` their number and the file are filled in here.
///
/// # Errors
/// When the name is none or taken, or rows cannot be read or written.
pub fn keep_rows(
    results: &Results,
    name: &str,
    mut kept: Kept,
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = Result<RecordBatch, EngineError>>,
) -> Result<Landed, ResultsError> {
    results.check_free(name)?;
    let io = |why| results.io(why);
    let draft = results.draft()?;
    let out = BufWriter::with_capacity(BUFFER, draft.file().try_clone().map_err(io)?);
    let mut writer = Writer::new(Format::Parquet, Bytes::Exact, out);
    writer.start(schema).map_err(io)?;
    for batch in batches {
        let batch = batch?;
        kept.rows += batch.num_rows() as u64;
        writer.batch(&batch).map_err(io)?;
    }
    writer.finish().map_err(io)?;
    drop(writer);
    (kept.size, kept.sha256) = checksum::of_file(draft.path()).map_err(io)?;
    let (kept, gone) = results.keep(Some(name), kept, draft)?;
    Ok(Landed { kept, gone })
}

/// A result that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    pub kept: Kept,
    /// Older ones that had to go, because there is room for so much only.
    pub gone: Vec<Kept>,
}

impl Keeper {
    /// For a run of this statement on a target; without a name the result is called `rN`. Nothing is written before the
    /// first event.
    ///
    /// # Errors
    /// When the name is none, or taken.
    pub fn new(
        results: Results,
        target: &str,
        statement: &Statement,
        name: Option<&str>,
    ) -> Result<Self, ResultsError> {
        name.map_or(Ok(()), |name| results.check_free(name))?;
        Ok(Self {
            results,
            name: name.map(str::to_owned),
            target: target.to_owned(),
            statement: statement.clone(),
            started: Utc::now(),
            id: String::new(),
            rows: 0,
            open: None,
        })
    }

    /// For a run that was begun at that time.
    #[must_use]
    pub fn begun(self, started: DateTime<Utc>) -> Self {
        Self { started, ..self }
    }

    /// Takes an event; gives the result with the last one, unless the statement had no columns.
    ///
    /// # Errors
    /// When the disk fails: the run itself is well.
    pub fn take(&mut self, event: &RunEvent) -> Result<Option<Landed>, ResultsError> {
        let io = |results: &Results, why| results.io(why);
        match event {
            RunEvent::Started(id) => self.id.clone_from(&id.0),
            RunEvent::Schema(schema) if schema.fields().is_empty() => {}
            RunEvent::Schema(schema) => {
                let draft = self.results.draft()?;
                let file = draft.file().try_clone().map_err(|why| io(&self.results, why))?;
                let out = BufWriter::with_capacity(BUFFER, file);
                let mut writer = Writer::new(Format::Parquet, Bytes::Exact, out);
                writer.start(schema).map_err(|why| io(&self.results, why))?;
                self.open = Some((draft, writer));
            }
            RunEvent::Batch(batch) => {
                if let Some((_, writer)) = &mut self.open {
                    writer.batch(batch).map_err(|why| io(&self.results, why))?;
                    self.rows += batch.num_rows() as u64;
                }
            }
            RunEvent::Progress(_) => {}
            RunEvent::Finished(stats) => {
                let Some((draft, mut writer)) = self.open.take() else { return Ok(None) };
                writer.finish().map_err(|why| io(&self.results, why))?;
                drop(writer);
                let (size, sha256) = checksum::of_file(draft.path()).map_err(|why| io(&self.results, why))?;
                let kept = Kept {
                    name: String::new(),
                    target: self.target.clone(),
                    id: self.id.clone(),
                    sql: self.statement.running().trim().to_owned(),
                    values: self.statement.values.iter().cloned().map(|one| (one.name, one.text)).collect(),
                    started: self.started,
                    ended: Utc::now(),
                    rows: self.rows,
                    size,
                    sha256,
                    scanned: stats.bytes_scanned,
                    nano_dollars: stats.cost.map(Dollars::nano),
                    reused: stats.reused,
                    place: stats.place.clone(),
                    pinned: false,
                };
                let (kept, gone) = self.results.keep(self.name.as_deref(), kept, draft)?;
                return Ok(Some(Landed { kept, gone }));
            }
        }
        Ok(None)
    }
}
