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

use std::path::Path;
use std::sync::Mutex;

use crate::lake::journal::Journal;
use crate::lake::{Conversion, Demo, LAYOUT, Lake, LakeError, Manifest};
pub use database::{DIALECT, open};
pub use error::PipelineError;
use files::clear;
use made::Made;
use plan::Planned;
pub use scheduler::Progress;
pub use stages::{Raw, STAGES, Stage, WRITER, reads};

pub mod balances;
pub mod bank;
mod batches;
mod column_copy;
pub mod commit;
mod database;
mod due;
mod error;
pub mod errors;
mod files;
pub mod ingest;
mod made;
mod plan;
pub mod rates;
pub mod raw;
pub mod repair;
mod scheduler;
mod spread;
mod stages;
pub mod text;
pub mod verify;
pub mod views;
mod write;

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

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The lake afterwards.
    pub lake: Lake,
    /// Tables of which something changed, with the number of files written and removed.
    pub changed: Vec<(String, usize)>,
}

/// Makes what is due and lets it become visible at once. Stages whose tables are ready run side by side.
///
/// # Errors
/// When a raw file is missing or not of its form, a statement fails, or the disk does. The lake is then as it was.
pub fn run(run: &Run, progress: &mut Progress) -> Result<Outcome, PipelineError> {
    run_within(MEMORY_LIMIT, run, progress)
}

/// Memory for stages where nothing else is said.
pub const MEMORY_LIMIT: &str = "4GB";

/// [`run`] with a limit of memory that all stages share, as DuckDB writes it.
///
/// # Errors
/// As [`run`] does.
pub fn run_within(memory_limit: &str, run: &Run, progress: &mut Progress) -> Result<Outcome, PipelineError> {
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
        memory_limit,
    };
    let made = scheduler::waves(&planned, &Mutex::new(progress));
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
        let moves = made.iter().flat_map(|made| made.fresh.iter().cloned()).collect();
        let mut removes: Vec<_> = made.iter().flat_map(|made| made.gone.iter().cloned()).collect();
        removes.extend(ingest::forget::given_up(&former, &manifest));
        commit::commit(root, &Journal { moves, removes, manifest })?;
    }
    bank::partitions::remove(root)?;
    ingest::forget::done(root)?;
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
    let lost = former.iter().any(|table| !stages.iter().any(|stage| stage.name == table.name))
        && ingest::forget::is_lost(planned.root, &planned.former.raw, &planned.raw)?;
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
