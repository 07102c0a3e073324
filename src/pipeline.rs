//! The pipeline: from raw files to the lake's tables, one portable SELECT a stage.
//!
//! ```text
//! raw/rates ──► response ─┐
//! raw/bank ───► banktxn ──┴► processed      raw/balances ──► dates, transactions
//! ```
//!
//! Each stage's SQL stands beside this file and runs on DuckDB and on Spark; only reading the raw files and writing
//! the Parquet files is DuckDB's own. A table is written under a temporary name and renamed, the manifest comes last.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use crate::engine::duckdb::Connection;
use crate::lake::{Demo, LAYOUT, Lake, LakeError, Manifest, Table};

pub mod balances;
pub mod bank;
pub mod errors;
pub mod intake;
pub mod raw;
pub mod text;
mod write;

/// Program and version, as manifests name the writer.
pub const WRITER: &str = concat!("saldo ", env!("CARGO_PKG_VERSION"));

/// One table of the lake and the SELECT that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Name of the table.
    pub name: &'static str,
    /// The SELECT, over earlier tables and the views `raw_rates`, `raw_bank` and `raw_balances`.
    pub sql: &'static str,
    /// The date column whose year and month name the folders.
    pub partition: Option<&'static str>,
    /// Rows are written in this order, so that the same input gives the same bytes.
    pub order: &'static str,
    /// Earlier tables that the SELECT reads.
    pub reads: &'static [&'static str],
    /// Folder of raw files that the SELECT reads.
    pub raw: Option<Raw>,
}

/// A kind of raw files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw {
    /// `raw/rates`
    Rates,
    /// `raw/bank`
    Bank,
    /// `raw/balances`
    Balances,
    /// `raw/errors`
    Errors,
}

/// All stages, in the order in which they must run.
pub const STAGES: [Stage; 6] = [
    Stage {
        name: "response",
        sql: include_str!("pipeline/rates/response.sql"),
        partition: Some("rate_date"),
        order: "source, currency, rate_date",
        reads: &[],
        raw: Some(Raw::Rates),
    },
    Stage {
        name: "banktxn",
        sql: concat!(include_str!("pipeline/bank/lines.sql"), include_str!("pipeline/bank/banktxn.sql")),
        partition: Some("value_date"),
        order: "value_date, source_file, line_no",
        reads: &[],
        raw: Some(Raw::Bank),
    },
    Stage {
        name: "processed",
        sql: include_str!("pipeline/bank/processed.sql"),
        partition: Some("value_date"),
        order: "value_date, source_file, line_no",
        reads: &["response", "banktxn"],
        raw: None,
    },
    Stage {
        name: "dates",
        sql: include_str!("pipeline/balances/dates.sql"),
        partition: None,
        order: "fecha",
        reads: &["response", "banktxn"],
        raw: Some(Raw::Balances),
    },
    Stage {
        name: "transactions",
        sql: include_str!("pipeline/balances/transactions.sql"),
        partition: Some("fecha"),
        order: "fecha",
        reads: &[],
        raw: Some(Raw::Balances),
    },
    Stage {
        name: "error_error",
        sql: include_str!("pipeline/errors/error_error.sql"),
        partition: Some("happened_on"),
        order: "happened_at_utc, run_id, area, source, requested_date, line_no, column_name",
        reads: &[],
        raw: Some(Raw::Errors),
    },
];

/// Where to run, and what to tell in the manifest.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Folder of the lake, with its `raw` folder filled.
    pub root: &'a Path,
    /// Origins of the raw files, each with the attribution it asks for.
    pub sources: &'a [&'a str],
    /// Set when the raw files are a demo.
    pub demo: Option<Demo>,
}

/// Why the pipeline stopped. What it had not yet replaced is as before.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A stage's statement failed.
    #[error("stage {stage} failed: {message}")]
    Stage { stage: &'static str, message: String },
    /// There is nothing to read.
    #[error("no raw files in {}", .0.display())]
    NoRawFiles(PathBuf),
    /// The manifest could not be read or written.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Disk trouble.
    #[error("cannot use {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Runs all stages and writes the manifest. Stages whose tables are ready run side by side.
///
/// # Errors
/// When a raw file is missing or not of its form, a statement fails, or the disk does.
pub fn run(run: &Run, progress: &mut dyn FnMut(&str)) -> Result<Lake, PipelineError> {
    let work = run.root.join("_saldo").join("work");
    clear(&work)?;
    let made = waves(run.root, &work, progress);
    clear(&work)?;
    let mut tables = made?;
    tables.sort_by_key(|table| STAGES.iter().position(|stage| stage.name == table.name));
    let manifest = Manifest {
        layout: LAYOUT,
        writer: WRITER.into(),
        sources: run.sources.iter().map(ToString::to_string).collect(),
        demo: run.demo,
        tables,
    };
    manifest.write(run.root)?;
    Ok(Lake { root: run.root.into(), manifest })
}

/// The stages whose raw files and earlier tables are there, or will be.
fn possible(root: &Path) -> Vec<&'static Stage> {
    let mut found: Vec<&Stage> = Vec::new();
    for stage in &STAGES {
        let made = |name: &&str| found.iter().any(|earlier| earlier.name == *name);
        if stage.raw.is_none_or(|raw| raw::is_there(root, raw)) && stage.reads.iter().all(made) {
            found.push(stage);
        }
    }
    found
}

/// Makes all tables, in each wave those whose inputs are there.
fn waves(root: &Path, work: &Path, progress: &mut dyn FnMut(&str)) -> Result<Vec<Table>, PipelineError> {
    let stages = possible(root);
    // A table whose raw files are gone is not given up in silence.
    let former = Lake::open(root).map(|lake| lake.manifest.tables).unwrap_or_default();
    let lost = former.iter().any(|table| !stages.iter().any(|stage| stage.name == table.name));
    if stages.is_empty() || lost {
        return Err(PipelineError::NoRawFiles(root.join("raw")));
    }
    let mut made: Vec<Table> = Vec::with_capacity(stages.len());
    while made.len() < stages.len() {
        let done = |name: &str| made.iter().any(|table| table.name == name);
        let ready = |stage: &&Stage| !done(stage.name) && stage.reads.iter().all(|table| done(table));
        let wave: Vec<_> = stages.iter().copied().filter(ready).collect();
        for stage in &wave {
            progress(stage.name);
        }
        let tables: Vec<Result<Table, PipelineError>> = thread::scope(|scope| {
            let running = wave.iter().map(|stage| (*stage, scope.spawn(move || make(root, work, stage))));
            // All are started before the first is waited for.
            let running: Vec<_> = running.collect();
            running
                .into_iter()
                .map(|(stage, thread)| thread.join().unwrap_or_else(|_| Err(died(stage))))
                .collect()
        });
        for table in tables {
            made.push(table?);
        }
    }
    Ok(made)
}

/// Makes one table, in a database and a work folder of its own.
fn make(root: &Path, work: &Path, stage: &Stage) -> Result<Table, PipelineError> {
    let work = work.join(stage.name);
    fs::create_dir_all(&work).map_err(io_at(&work))?;
    let connection = open(&work).map_err(stage_failed(stage.name))?;
    let failed = stage_failed(stage.name);
    for table in stage.reads {
        let sql = format!("CREATE TEMP VIEW {table} AS {}", write::read(root, table));
        connection.execute_batch(&sql).map_err(&failed)?;
    }
    if let Some(raw) = stage.raw {
        let sql = raw::view(root, raw)?;
        connection.execute_batch(&sql).map_err(&failed)?;
    }
    write::table(&connection, root, &work, stage)?;
    write::describe(&connection, root, stage)
}

/// Functions that Spark has and DuckDB spells otherwise, so that a stage's text is the same for both.
pub const DIALECT: &str = "CREATE TEMP MACRO sha2(message, bits) AS sha256(message);
CREATE TEMP MACRO datediff(end_date, start_date) AS end_date - start_date;";

/// A database in memory that spills into the work folder.
///
/// Threads are a setting of the whole database, and writing needs one thread, so stages do not share a database.
fn open(work: &Path) -> Result<Connection, impl Display + use<>> {
    let connection = Connection::open_in_memory()?;
    let spill = write::quoted(&work.join("spill"));
    let sql = format!("SET temp_directory = {spill}; SET memory_limit = '1500MB'; {DIALECT}");
    connection.execute_batch(&sql).map(|()| connection)
}

/// Removes a folder that may not be there.
fn clear(folder: &Path) -> Result<(), PipelineError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(folder)(error)),
        _ => Ok(()),
    }
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> PipelineError {
    move |source| PipelineError::Io { path: path.into(), source }
}

/// Keeps the database's words and leaves its error type to the engine.
fn stage_failed<E: Display>(stage: &'static str) -> impl Fn(E) -> PipelineError {
    move |error| PipelineError::Stage { stage, message: error.to_string() }
}

/// A thread can only end without an answer by a fault inside the database's library.
fn died(stage: &Stage) -> PipelineError {
    PipelineError::Stage { stage: stage.name, message: "the database stopped".into() }
}
