//! The tables made by Spark, on one machine or on many, from the statements that DuckDB runs here.
//!
//! ```text
//! under the lock   prepare   statements as lines in _saldo/staged, other raw rows and the plan in _saldo/staging/<run>
//! without it       job.py    the tables that are due, as Parquet beside the plan
//! under the lock   taken     what was made becomes the lake's, by the journal that every run has
//! ```
//!
//! `_saldo/submitted.json` names the run from the moment that its plan is whole until its tables are the lake's. There is one at a
//! time; one that began from a manifest that is no more can never count, and is removed.

mod lines;
mod submitted;
mod taken;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::Utc;
use serde_json::{Value, json};

use super::due::Due;
use super::error::{PipelineError, io_at, stage_failed};
use super::files::{clear, quoted};
use super::made::Made;
use super::plan::{self, Planned};
use super::stages::{Raw, Stage, WRITER};
use super::{bank, commit, database, raw, views};
use crate::checksum::sha256;
use crate::lake::folder::Folder;
use crate::lake::place::STAGING;
use crate::lake::{File, LAYOUT, Manifest};
pub use submitted::Submitted;
use submitted::base;
pub use taken::{settle, taken};

/// The job, as Spark runs it.
pub const JOB: &str = include_str!("spark/job.py");

/// Where a run is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The lake on this disk, under the lock of whoever writes, and where the job finds it: the folder itself or the bucket.
    pub root: &'a Path,
    pub folder: &'a Folder,
    /// How the job names that place: `file:///…`, `s3://…`.
    pub address: &'a str,
    pub target: &'a str,
    /// Tables to look at; all where there are none.
    pub only: &'a [&'a str],
    /// Memory for reading raw files, as DuckDB writes it.
    pub memory_limit: &'a str,
}

/// Puts all that a run reads beside the lake, and notes the run; none when nothing is due. `tell` is told what the run will read
/// before anything is put.
///
/// # Errors
/// When a raw file is missing or cannot be read, or the lake cannot be written.
pub fn prepare(
    order: &Order,
    tell: &dyn Fn(&Submitted),
    say: &dyn Fn(&str),
) -> Result<Option<Submitted>, PipelineError> {
    let submitted = stage(order, tell, say)?;
    submitted.iter().try_for_each(|submitted| submitted.write(order.folder))?;
    Ok(submitted)
}

/// The same for a run that is made while the lake is held, and so needs no note that others could go on from.
///
/// # Errors
/// As [`prepare`].
pub fn stage(
    order: &Order,
    tell: &dyn Fn(&Submitted),
    say: &dyn Fn(&str),
) -> Result<Option<Submitted>, PipelineError> {
    let Order { root, folder, .. } = *order;
    let super::Found { former, raw, renewed, .. } = super::found(root, None)?;
    if let (Folder::Remote(_), Some(path)) = (folder, unpublished(&former, &raw, &renewed)) {
        return Err(PipelineError::Unpublished(path));
    }
    let planned = Planned {
        root,
        conversion: &former.conversion,
        raw,
        former: &former,
        only: order.only,
        memory_limit: order.memory_limit,
        on_demand: None,
    };
    let possible = plan::possible(&planned)?;
    let due = due(&planned, &possible)?;
    if due.is_empty() {
        return Ok(None);
    }
    let is_due = |name: &str| due.iter().any(|stage| stage.name == name);
    let is_read =
        |path: &str| due.iter().filter_map(|stage| stage.raw).any(|raw| path.starts_with(raw.folder()));
    let inputs = possible.iter().filter(|stage| !is_due(stage.name));
    let inputs: Vec<_> =
        inputs.filter(|stage| due.iter().any(|due| due.inputs().any(|name| name == stage.name))).collect();
    let of_tables = inputs.iter().filter_map(|stage| former.table(stage.name)).flat_map(|table| &table.files);
    let read: Vec<_> = planned.raw.iter().filter(|file| is_read(&file.path)).chain(of_tables).collect();
    let at = Utc::now();
    let seed =
        format!("{} {} {}", order.address, at.timestamp_nanos_opt().unwrap_or_default(), std::process::id());
    // A table whose raw files are all gone goes, as in every run.
    let stays = |name: &str| possible.iter().any(|stage| stage.name == name);
    let submitted = Submitted {
        run: format!("spark-{}", &sha256(seed)[..16]),
        target: order.target.into(),
        id: None,
        asked: None,
        at,
        tables: due.iter().map(|stage| stage.name.to_owned()).collect(),
        files: read.len() as u64,
        bytes: read.iter().map(|file| file.size).sum(),
        base: base(root)?,
        manifest: Manifest {
            layout: LAYOUT,
            writer: WRITER.into(),
            sources: former.sources.clone(),
            demo: None,
            conversion: former.conversion.clone(),
            raw: planned.raw.clone(),
            tables: former.tables.iter().filter(|table| stays(&table.name)).cloned().collect(),
        },
    };
    tell(&submitted);
    // What was cut off before it had a name, or went on after it was given up.
    folder.clear(STAGING)?;
    let work = commit::work(root);
    let put = put(order, &planned, &due, &submitted, say);
    clear(&work)?;
    let raw_inputs = put?;
    let plan = document(order, &planned, &due, &submitted, raw_inputs);
    folder.write(&format!("{}/plan.json", submitted.folder()), plan.to_string().as_bytes())?;
    Ok(Some(submitted))
}

/// A raw file that the bucket has in another form than the mirror, or still has. New ones are published with the lake as it was.
fn unpublished(former: &Manifest, raw: &[File], renewed: &[PathBuf]) -> Option<String> {
    let known: BTreeSet<_> = raw.iter().map(|file| (&file.path, &file.sha256)).collect();
    let mut changed = former.raw.iter().filter(|file| !known.contains(&(&file.path, &file.sha256)));
    let renewed = || renewed.first().map(|file| file.to_string_lossy().into_owned());
    changed.next().map(|file| file.path.clone()).or_else(renewed)
}

/// The stages of which something is due: their own, or because they read what is made anew.
fn due(planned: &Planned, possible: &[&'static Stage]) -> Result<Vec<&'static Stage>, PipelineError> {
    let mut due: Vec<&Stage> = Vec::new();
    let mut stand: Vec<Made> = Vec::new();
    for stage in possible {
        let reads = |name: &str| stage.inputs().any(|input| input == name);
        let is_asked = planned.is_asked(stage);
        if is_asked && due.iter().any(|earlier| reads(earlier.name)) {
            due.push(stage);
            continue;
        }
        let read: Vec<_> = stand.iter().filter(|made| reads(&made.table.name)).collect();
        let fingerprint =
            plan::Fingerprint::of(stage, planned.conversion, &planned.raw, &plan::tables_of(&read));
        match (plan::due(planned, stage, &fingerprint, &read)?, planned.former.table(stage.name)) {
            (Due::Nothing, Some(table)) => stand.push(Made::standing(table)),
            _ if is_asked => due.push(stage),
            _ => {}
        }
    }
    Ok(due)
}

/// Puts the rows of the raw files where the job finds them; their names in the statements, and their addresses.
fn put(
    order: &Order,
    planned: &Planned,
    due: &[&'static Stage],
    submitted: &Submitted,
    say: &dyn Fn(&str),
) -> Result<BTreeMap<&'static str, String>, PipelineError> {
    let Order { root, folder, address, .. } = *order;
    let mut inputs = BTreeMap::new();
    for stage in due {
        let Some(raw) = stage.raw else { continue };
        if raw == Raw::Bank {
            lines::put(root, folder, &planned.raw, say)?;
            inputs.insert(lines::VIEW, format!("{address}/{}", lines::FOLDER));
            continue;
        }
        let view = match raw {
            Raw::Rates => "raw_rates",
            Raw::Balances => "raw_balances",
            _ => "raw_errors",
        };
        let place = format!("{}/inputs/{view}.parquet", submitted.folder());
        if inputs.insert(view, format!("{address}/{place}")).is_none() {
            let file = rows(root, planned, stage, raw, view)?;
            folder.put(vec![(file, place)])?;
        }
    }
    bank::partitions::remove(root)?;
    Ok(inputs)
}

/// Writes the rows of raw files as Parquet, as the stage's statement takes them.
fn rows(
    root: &Path,
    planned: &Planned,
    stage: &'static Stage,
    raw: Raw,
    view: &str,
) -> Result<PathBuf, PipelineError> {
    let failed = stage_failed(stage.name);
    let work = commit::work(root).join(view);
    fs::create_dir_all(&work).map_err(io_at(&work))?;
    let connection = database::open(&work).map_err(stage_failed(stage.name))?;
    database::share(&connection, planned.memory_limit, 1).map_err(&failed)?;
    let made = match stage.instead {
        Some((_, instead)) if !raw::is_there(root, raw)? => instead.to_owned(),
        _ => views::view(root, &work, raw)?,
    };
    let file = work.join("rows.parquet");
    let copy = format!("{made}; COPY {view} TO {} (FORMAT parquet, COMPRESSION zstd)", quoted(&file));
    connection.execute_batch(&copy).map_err(&failed)?;
    Ok(file)
}

/// The plan, as the job reads it.
fn document(
    order: &Order,
    planned: &Planned,
    due: &[&Stage],
    submitted: &Submitted,
    raw: BTreeMap<&str, String>,
) -> Value {
    let Order { address, .. } = *order;
    let folder = format!("{address}/{}", submitted.folder());
    let is_due = |name: &str| due.iter().any(|stage| stage.name == name);
    let stands = |name: &str| submitted.manifest.table(name).is_some();
    let mut inputs: BTreeMap<_, _> = raw.into_iter().map(|(name, place)| (name, vec![place])).collect();
    for table in due.iter().flat_map(|stage| stage.inputs()).filter(|name| !is_due(name)) {
        // What else lies in the folder is none of the table's.
        if let Some(table) = submitted.manifest.table(table) {
            let files = table.files.iter().map(|file| format!("{address}/{}", file.path));
            inputs.insert(&table.name, files.collect());
        }
    }
    let stages = due.iter().map(|stage| {
        let missing = stage.looks_at.iter().filter(|(name, _)| !is_due(name) && !stands(name));
        let mut views: BTreeMap<_, _> = missing.map(|(name, empty)| (*name, (*empty).to_owned())).collect();
        views.extend(stage.settings_view(planned.conversion).map(|view| ("settings", view)));
        json!({
            "name": stage.name,
            "sql": stage.statement(planned.conversion),
            "views": views,
            "order": stage.order,
            "partition": stage.partition,
        })
    });
    json!({
        "run": submitted.run,
        "folder": folder,
        "result": format!("{folder}/result"),
        "inputs": inputs,
        "stages": stages.collect::<Vec<_>>(),
    })
}
