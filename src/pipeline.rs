//! The pipeline: from raw files to the lake's tables, one portable SELECT a stage.
//!
//! ```text
//! raw/rates ──► response ─┬► daily_rates ─┐
//! raw/bank ───► banktxn ──┴───────────────┴► processed      raw/balances ──► dates, transactions
//! ```
//!
//! Each stage's SQL stands beside this file and runs on DuckDB and on Spark, that of `processed` on Athena too; reading the raw files, the typing of bank lines
//! and writing the Parquet files is our own. What did not change is not made again, and a run counts whole or not at all.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::lake::journal::Journal;
use crate::lake::{Conversion, Demo, File, LAYOUT, Lake, LakeError, Manifest};
pub use database::{DIALECT, open};
pub use error::PipelineError;
use files::clear;
use made::Made;
use plan::Planned;
pub use plan::{bring_named as bring, is_current, is_outdated};
pub use scheduler::Progress;
pub use stages::{Raw, STAGES, Stage, WRITER, reads};

#[cfg(feature = "remote")]
pub mod athena;
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
mod input;
mod made;
mod plan;
pub mod rates;
pub mod raw;
pub mod repair;
mod scheduler;
pub mod spark;
mod spread;
mod stages;
mod summary;
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
    /// Where files that are not here are brought from S3 when they are needed: who is told that they are waited for. Else
    /// they are lost.
    pub on_demand: Option<fn(&str)>,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The lake afterwards.
    pub lake: Lake,
    /// Tables of which something changed, with the number of files written and removed.
    pub changed: Vec<(String, usize)>,
    /// Raw files that were read anew, since an older reader had read them.
    pub renewed: Vec<PathBuf>,
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

/// A lake as a run finds it, what an earlier one began being finished.
struct Found {
    /// Whether there is one; of another place the manifest is an empty one.
    is_lake: bool,
    former: Manifest,
    raw: Vec<File>,
    renewed: Vec<PathBuf>,
    /// The lake whose files are brought when they are needed.
    on_demand: Option<Lake>,
}

fn found(root: &Path, on_demand: Option<fn(&str)>) -> Result<Found, PipelineError> {
    commit::recover(root)?;
    ingest::forget::complete(root)?;
    let lake = match Lake::open(root) {
        Ok(lake) => Some(lake),
        Err(LakeError::Missing(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let is_lake = lake.is_some();
    let former = lake.as_ref().map(|lake| lake.manifest.clone()).unwrap_or_default();
    let on_demand = lake.zip(on_demand).map(|(lake, say)| lake.telling(say));
    let renewed = ingest::renew::renew(root, &|paths| plan::bring_named(on_demand.as_ref(), paths))?;
    let raw = plan::raw_files(root, &former, on_demand.as_ref())?;
    ingest::forget::check(root, &former.raw, &raw)?;
    Ok(Found { is_lake, former, raw, renewed, on_demand })
}

/// [`run`] with a limit of memory that all stages share, as DuckDB writes it.
///
/// # Errors
/// As [`run`] does.
pub fn run_within(memory_limit: &str, run: &Run, progress: &mut Progress) -> Result<Outcome, PipelineError> {
    let root = run.root;
    let Found { is_lake, former, raw, renewed, on_demand } = found(root, run.on_demand)?;
    let planned = Planned {
        root,
        conversion: run.conversion.unwrap_or(&former.conversion),
        raw,
        former: &former,
        only: run.only,
        memory_limit,
        on_demand: on_demand.as_ref(),
    };
    // A lake that was set up and got no file yet is as it should be; where no lake is, the place may be mistyped.
    let awaits_files = is_lake && planned.raw.is_empty() && former.tables.is_empty() && run.only.is_empty();
    let made = if awaits_files { Ok(Vec::new()) } else { scheduler::waves(&planned, &Mutex::new(progress)) };
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
    let lake = Lake::open(root)?;
    let lake = if let Some(say) = run.on_demand { lake.telling(say) } else { lake };
    Ok(Outcome { lake, changed, renewed })
}
