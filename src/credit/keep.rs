//! Rows of an engine as files that the engine inside reads as tables.

use std::fs::{self, File};
use std::io::{self, BufWriter};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::read::ReadError;
use crate::engine::duckdb::{Relation, Settings};
use crate::engine::{Access, Engine, EngineError, RunEvent, next_event};
use crate::export::{Bytes, Format, Writer};
use crate::query::Statement;
use crate::sql::quote_text;

/// The tables that hold what the statements tell, and the bytes that the engine read for them, where it knows.
pub(super) struct Kept {
    pub relations: Vec<Relation>,
    pub bytes_read: Option<u64>,
}

/// A folder for them, gone with what is given back.
pub(super) fn folder(settings: &Settings) -> io::Result<TempDir> {
    match &settings.temporary {
        Some(folder) => {
            fs::create_dir_all(folder)?;
            TempDir::new_in(folder)
        }
        None => TempDir::new(),
    }
}

/// Keeps the rows of each statement in the folder, as a table of its name.
pub(super) fn keep(
    engine: &dyn Engine,
    statements: Vec<(&'static str, Statement)>,
    folder: &TempDir,
    cancel: &CancellationToken,
) -> Result<Kept, ReadError> {
    let mut kept = Kept { relations: Vec::new(), bytes_read: None };
    for (name, statement) in statements {
        let file = folder.path().join(format!("{name}.parquet"));
        let bytes = write(engine, statement, File::create(&file)?, cancel)?;
        kept.bytes_read = bytes.map(|bytes| bytes + kept.bytes_read.unwrap_or_default()).or(kept.bytes_read);
        let from = format!("read_parquet({})", quote_text(&file.to_string_lossy()));
        kept.relations.push(Relation { name: name.to_owned(), from, file: Some(file), copies: None });
    }
    Ok(kept)
}

/// Writes the rows of a statement to a file; tells what the engine read, where it knows.
fn write(
    engine: &dyn Engine,
    statement: Statement,
    file: File,
    cancel: &CancellationToken,
) -> Result<Option<u64>, ReadError> {
    let mut writer = Writer::new(Format::Parquet, Bytes::Exact, BufWriter::new(file));
    let mut events = engine.run(statement, Access::Ours { is_measured: true }.into(), cancel.clone());
    loop {
        match next_event(&mut events)? {
            RunEvent::Schema(schema) => writer.start(&schema)?,
            RunEvent::Batch(batch) => writer.batch(&batch)?,
            RunEvent::Finished(stats) => {
                writer.finish()?;
                return Ok(stats.bytes_scanned);
            }
            RunEvent::Started(_) | RunEvent::Progress(_) => {}
        }
        if cancel.is_cancelled() {
            return Err(EngineError::cancelled().into());
        }
    }
}
