//! The pipeline: from raw files to the lake's tables, one portable SELECT a stage.
//!
//! ```text
//! raw/rates ──► response ─┬► daily_rates ─┐
//! raw/bank ───► banktxn ──┴───────────────┴► processed      raw/balances ──► dates, transactions
//! ```
//!
//! Each stage's SQL stands beside this file and runs on DuckDB and on Spark; reading the raw files and writing
//! the Parquet files is our own, and so is the typing of plain bank lines, which a test holds to the SQL. What did not
//! change is not made again, and a run counts whole or not at all.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use crate::engine::duckdb::Connection;
use crate::lake::journal::Journal;
use crate::lake::{Conversion, Demo, File, LAYOUT, Lake, LakeError, Manifest, Table};
pub use database::DIALECT;
use database::open;
use made::Made;

pub mod balances;
pub mod bank;
mod batches;
mod column_copy;
pub mod commit;
mod database;
pub mod errors;
pub mod ingest;
mod made;
mod plan;
pub mod rates;
pub mod raw;
pub mod repair;
pub mod text;
pub mod verify;
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
    /// Earlier tables that the SELECT reads where the lake has them, else as these empty ones.
    pub looks_at: &'static [(&'static str, &'static str)],
    /// Folder of raw files that the SELECT reads.
    pub raw: Option<Raw>,
    /// The earlier table that will do where there is no such file, and the view that stands for the files then.
    pub instead: Option<(&'static str, &'static str)>,
    /// The earlier table whose months are this table's months, row for row and in its order, and whose columns it passes on
    /// under their names; only changed months are made again.
    pub follows: Option<&'static str>,
}

impl Raw {
    /// Its folder below the lake.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Rates => "raw/rates",
            Self::Bank => "raw/bank",
            Self::Balances => "raw/balances",
            Self::Errors => "raw/errors",
        }
    }

    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Rates, Self::Bank, Self::Balances, Self::Errors];
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
pub const STAGES: [Stage; 7] = [
    Stage {
        name: "response",
        sql: include_str!("pipeline/rates/response.sql"),
        partition: Some("rate_date"),
        order: "source, currency, rate_date",
        reads: &[],
        looks_at: &[],
        raw: Some(Raw::Rates),
        instead: None,
        follows: None,
    },
    Stage {
        name: "banktxn",
        sql: concat!(
            include_str!("pipeline/bank/lines.sql"),
            include_str!("pipeline/bank/repeats.sql"),
            include_str!("pipeline/bank/banktxn.sql")
        ),
        partition: Some("value_date"),
        order: "value_date, source_file, line_no",
        reads: &[],
        looks_at: &[],
        raw: Some(Raw::Bank),
        instead: None,
        follows: None,
    },
    Stage {
        name: "daily_rates",
        sql: include_str!("pipeline/rates/daily_rates.sql"),
        partition: None,
        order: "currency, rate_day",
        reads: &["banktxn"],
        // Amounts in the base currency need no rate, and the others say that there is none.
        looks_at: &[(
            "response",
            "SELECT CAST(NULL AS DATE) AS rate_date, '' AS source, '' AS currency, FALSE AS provisional, \
             CAST(NULL AS DECIMAL(28,12)) AS base_per_unit, CAST(NULL AS DECIMAL(28,12)) AS usd_per_unit WHERE FALSE",
        )],
        raw: None,
        instead: None,
        follows: None,
    },
    Stage {
        name: "processed",
        sql: include_str!("pipeline/bank/processed.sql"),
        partition: Some("value_date"),
        order: "value_date, source_file, line_no",
        reads: &["banktxn", "daily_rates"],
        looks_at: &[],
        raw: None,
        instead: None,
        follows: Some("banktxn"),
    },
    Stage {
        name: "dates",
        sql: include_str!("pipeline/balances/dates.sql"),
        partition: None,
        order: "fecha",
        reads: &[],
        looks_at: &[
            ("response", "SELECT CAST(NULL AS DATE) AS rate_date, '' AS source WHERE FALSE"),
            ("banktxn", "SELECT CAST(NULL AS DATE) AS value_date WHERE FALSE"),
        ],
        raw: Some(Raw::Balances),
        instead: Some(("banktxn", "CREATE VIEW raw_balances AS SELECT '' AS fecha WHERE FALSE")),
        follows: None,
    },
    Stage {
        name: "transactions",
        sql: include_str!("pipeline/balances/transactions.sql"),
        partition: Some("fecha"),
        order: "fecha",
        reads: &[],
        looks_at: &[],
        raw: Some(Raw::Balances),
        instead: None,
        follows: None,
    },
    Stage {
        name: "error_error",
        sql: include_str!("pipeline/errors/error_error.sql"),
        partition: Some("happened_on"),
        order: "happened_at_utc, run_id, area, source, requested_date, line_no, column_name",
        reads: &[],
        looks_at: &[],
        raw: Some(Raw::Errors),
        instead: None,
        follows: None,
    },
];

impl Stage {
    /// All earlier tables that the SELECT names.
    fn inputs(&self) -> impl Iterator<Item = &'static str> {
        self.reads.iter().copied().chain(self.looks_at.iter().map(|(name, _)| *name))
    }

    /// The rows of a SELECT in the order in which they are written.
    fn ordered(&self, select: &str) -> String {
        format!("SELECT * FROM ({select}\n) AS stage ORDER BY {}", self.order)
    }
}

/// Where to run, and what to tell in the manifest.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Folder of the lake, with its `raw` folder filled.
    pub root: &'a Path,
    /// Origins of the raw files, each with the attribution it asks for; those that the lake has already stay.
    pub sources: &'a [&'a str],
    /// Set when the raw files are a demo.
    pub demo: Option<Demo>,
    /// How amounts are converted from now on; as before when nothing is said.
    pub conversion: Option<&'a Conversion>,
    /// Tables to look at; the others stay as they are. All when there are none.
    pub only: &'a [&'a str],
}

/// Whether a stage reads a table, which is made before it begins.
#[must_use]
pub fn reads(stage: &str, table: &str) -> bool {
    STAGES.iter().any(|other| other.name == stage && other.inputs().any(|name| name == table))
}

/// Is told each stage that begins.
pub type Progress<'a> = dyn FnMut(&str) + Send + 'a;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The lake afterwards.
    pub lake: Lake,
    /// Tables of which something changed, with the number of files written and removed.
    pub changed: Vec<(String, usize)>,
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
    /// A run that counts was cut off, and a file that it made is gone.
    #[error("a run that was cut off cannot be completed: {} is lost", .0.display())]
    Lost(PathBuf),
    /// The manifest could not be read or written.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Disk trouble.
    #[error("cannot use {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Makes what is due and lets it become visible at once. Stages whose tables are ready run side by side.
///
/// # Errors
/// When a raw file is missing or not of its form, a statement fails, or the disk does. The lake is then as it was.
pub fn run(run: &Run, progress: &mut Progress) -> Result<Outcome, PipelineError> {
    let root = run.root;
    commit::recover(root)?;
    let former = match Lake::open(root) {
        Ok(lake) => lake.manifest,
        Err(LakeError::Missing(_)) => Manifest::default(),
        Err(error) => return Err(error.into()),
    };
    let planned = Planned {
        root,
        conversion: run.conversion.unwrap_or(&former.conversion),
        raw: plan::raw_files(root, &former)?,
        former: &former,
        only: run.only,
    };
    let made = waves(&planned, &Mutex::new(progress));
    if made.is_err() {
        clear(&commit::work(root))?;
    }
    let made = made?;
    let mut sources = former.sources.clone();
    sources.extend(
        run.sources.iter().map(ToString::to_string).filter(|source| !former.sources.contains(source)),
    );
    let manifest = Manifest {
        layout: LAYOUT,
        writer: WRITER.into(),
        sources,
        // Other data in a demo lake make it a real one, which `saldo demo` leaves alone.
        demo: if made.iter().any(Made::is_changed) { run.demo } else { former.demo },
        conversion: planned.conversion.clone(),
        raw: planned.raw,
        tables: made.iter().map(|made| made.table.clone()).collect(),
    };
    let changed = made.iter().filter(|made| made.is_changed());
    let changed: Vec<_> =
        changed.map(|made| (made.table.name.clone(), made.fresh.len() + made.gone.len())).collect();
    if manifest == former && changed.is_empty() {
        clear(&commit::work(root))?;
    } else {
        let journal = Journal {
            moves: made.iter().flat_map(|made| made.fresh.iter().cloned()).collect(),
            removes: made.iter().flat_map(|made| made.gone.iter().cloned()).collect(),
            manifest,
        };
        commit::commit(root, &journal)?;
    }
    bank::partitions::remove(root)?;
    Ok(Outcome { lake: Lake::open(root)?, changed })
}

/// What a run starts from.
struct Planned<'a> {
    root: &'a Path,
    conversion: &'a Conversion,
    raw: Vec<File>,
    former: &'a Manifest,
    only: &'a [&'a str],
}

impl Planned<'_> {
    /// Whether the run looks at a stage.
    fn is_asked(&self, stage: &Stage) -> bool {
        self.only.is_empty() || self.only.contains(&stage.name)
    }
}

/// Makes all tables, in each wave those whose inputs are there.
fn waves(planned: &Planned, progress: &Mutex<&mut Progress>) -> Result<Vec<Made>, PipelineError> {
    let stages = plan::possible(planned);
    // A table whose raw files are gone is not given up in silence.
    let former = &planned.former.tables;
    let lost = former.iter().any(|table| !stages.iter().any(|stage| stage.name == table.name));
    if lost || !stages.iter().any(|stage| planned.is_asked(stage)) {
        return Err(PipelineError::NoRawFiles(planned.root.join("raw")));
    }
    let mut made: Vec<Made> = Vec::with_capacity(stages.len());
    while made.len() < stages.len() {
        let done = |name: &str| made.iter().any(|made| made.table.name == name);
        let coming = |name: &str| !done(name) && stages.iter().any(|stage| stage.name == name);
        let ready = |stage: &&Stage| !done(stage.name) && !stage.inputs().any(coming);
        let wave: Vec<_> = stages.iter().copied().filter(ready).collect();
        let tables: Vec<Result<Made, PipelineError>> = thread::scope(|scope| {
            let earlier = &made;
            let running = wave
                .iter()
                .map(|stage| (*stage, scope.spawn(move || make(planned, earlier, stage, progress))));
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
    made.sort_by_key(|made| STAGES.iter().position(|stage| stage.name == made.table.name));
    Ok(made)
}

/// Makes what is due of one table, in a database of its own.
fn make(
    planned: &Planned,
    earlier: &[Made],
    stage: &Stage,
    progress: &Mutex<&mut Progress>,
) -> Result<Made, PipelineError> {
    let Planned { root, conversion, raw, former, .. } = planned;
    let sql = plan::statement(stage, conversion);
    let is_read = |made: &&Made| stage.inputs().any(|name| name == made.table.name);
    let read: Vec<_> = earlier.iter().filter(is_read).collect();
    let fingerprint = plan::Fingerprint::of(stage, &sql, raw, &read);
    let due = plan::due(planned, stage, &sql, &fingerprint, &read)?;
    let before = former.table(stage.name);
    if let (plan::Due::Nothing, Some(table)) = (&due, before) {
        return Ok(Made { table: table.clone(), fresh: BTreeSet::new(), gone: Vec::new() });
    }
    if let Ok(mut progress) = progress.lock() {
        progress(stage.name);
    }
    let work = commit::work(root).join(stage.name);
    fs::create_dir_all(&work).map_err(io_at(&work))?;
    let connection = open(&work).map_err(stage_failed(stage.name))?;
    let failed = stage_failed(stage.name);
    for made in &read {
        let view = format!("CREATE VIEW {} AS {}", made.table.name, made.read(root));
        connection.execute_batch(&view).map_err(&failed)?;
    }
    let is_there = |name: &str| read.iter().any(|made| made.table.name == name);
    for (name, empty) in stage.looks_at.iter().filter(|(name, _)| !is_there(name)) {
        connection.execute_batch(&format!("CREATE VIEW {name} AS {empty}")).map_err(&failed)?;
    }
    let fresh = commit::fresh(root).join(stage.name);
    let leader = stage.follows.and_then(|name| read.iter().find(|made| made.table.name == name));
    let by_month = match (leader, stage.raw) {
        (Some(leader), _) => {
            database::keep_order(&connection).map_err(&failed)?;
            Some(leader.followed(root, &sql, &due))
        }
        (None, Some(Raw::Bank)) => Some(bank::merge::months(root, stage, before, &due)?),
        _ => None,
    };
    let kept = match by_month {
        Some((months, kept)) => {
            write::files(&connection, &fresh, stage, months)?;
            kept
        }
        None => {
            let view = match (stage.raw, stage.instead) {
                (Some(raw), Some((_, view))) if !raw::is_there(root, raw) => view.to_owned(),
                (Some(raw), _) => raw::view(root, &work, raw)?,
                (None, _) => String::new(),
            };
            connection.execute_batch(&view).map_err(&failed)?;
            write::whole(&connection, &fresh, stage, &sql)?;
            BTreeSet::new()
        }
    };
    let made = finish(planned, &connection, stage, &kept, fingerprint)?;
    if let Some(leader) = leader
        && leader.table.rows != made.table.rows
    {
        let message = format!("{} rows became {}", leader.table.rows, made.table.rows);
        return Err(PipelineError::Stage { stage: stage.name, message });
    }
    Ok(made)
}

/// Compares what was written with the former table: equal files are dropped, months that were kept stay.
fn finish(
    planned: &Planned,
    connection: &Connection,
    stage: &Stage,
    kept: &BTreeSet<String>,
    fingerprint: plan::Fingerprint,
) -> Result<Made, PipelineError> {
    let Planned { root, former, .. } = planned;
    let before = former.table(stage.name).map(|table| table.files.as_slice()).unwrap_or_default();
    let staged = commit::fresh(root);
    let mut files: Vec<File> =
        before.iter().filter(|file| kept.contains(plan::month_of(&file.path))).cloned().collect();
    let mut fresh = BTreeSet::new();
    let mut paths = Vec::new();
    write::walk(&staged, stage.name, &mut |path| {
        paths.push(path);
        Ok(())
    })?;
    let workers = iter::repeat_n((), write::workers(paths.len()));
    for file in write::side_by_side(workers, paths, |(), path| write::file(&staged, path), || died(stage))? {
        if before.contains(&file) && plan::is_whole(root, &file) {
            fs::remove_file(staged.join(&file.path)).map_err(io_at(&staged))?;
        } else {
            fresh.insert(file.path.clone());
        }
        files.push(file);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let stays = |path: &str| files.iter().any(|file| file.path == path);
    let gone = before.iter().map(|file| file.path.clone()).filter(|path| !stays(path)).collect();
    let table = Table {
        name: stage.name.into(),
        partitioned: stage.partition.is_some(),
        files,
        made_by: fingerprint.statement,
        made_from: fingerprint.all,
        ..Table::default()
    };
    let mut made = Made { table, fresh, gone };
    let select = made.read(root);
    let (columns, rows, newest) = write::describe(connection, &select, stage)?;
    made.table = Table { columns, rows, newest, ..made.table };
    Ok(made)
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

/// A thread can only end without an answer by a fault inside a library.
fn died(stage: &Stage) -> PipelineError {
    PipelineError::Stage { stage: stage.name, message: "a worker stopped".into() }
}
