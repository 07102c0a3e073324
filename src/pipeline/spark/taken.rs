//! What Spark made, checked, as the journal that makes it the lake's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter;
use std::path::{Component, Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;

use super::super::database::Scratch;
use super::super::error::{PipelineError, died, io_at, stage_failed};
use super::super::files;
use super::super::ingest::forget;
use super::super::made::Made;
use super::super::plan::{Fingerprint, tables_of};
use super::super::stages::{STAGES, Stage};
use super::super::write;
use super::submitted::Submitted;
use crate::lake::folder::Folder;
use crate::lake::journal::Journal;
use crate::lake::{File, LakeError, Manifest, Newest, Table};

/// What the job says at its end.
#[derive(Debug, Deserialize)]
struct Said {
    run: String,
    tables: BTreeMap<String, SaidTable>,
}

#[derive(Debug, Deserialize)]
struct SaidTable {
    rows: u64,
    newest: Option<NaiveDate>,
    files: Vec<File>,
}

/// What makes a run's tables the lake's. On the disk each file's checksum is computed again and its rows are counted; in a bucket
/// each is there with its length, and one of each table is looked into. What an earlier run began is finished before.
///
/// # Errors
/// When what was made is not whole, or is not what the job says.
pub fn taken(folder: &Folder, root: &Path, submitted: &Submitted) -> Result<Journal, PipelineError> {
    let former = former(root)?;
    let said = said(folder, submitted)?;
    let there = folder.list(&submitted.folder())?;
    let mut manifest = submitted.manifest.clone();
    let (mut made, mut moves) = (Vec::<Made>::new(), Vec::new());
    for stage in &STAGES {
        let Some(found) = said.tables.get(stage.name) else {
            made.extend(manifest.table(stage.name).map(Made::standing));
            continue;
        };
        let mut names = BTreeSet::new();
        for file in &found.files {
            check(&there, submitted, stage, file)?;
            if !names.insert(&file.path) {
                return Err(wrong(format!("it names {} twice", file.path)));
            }
        }
        let read: Vec<_> =
            made.iter().filter(|made| stage.inputs().any(|name| name == made.table.name)).collect();
        let fingerprint = Fingerprint::of(stage, &manifest.conversion, &manifest.raw, &tables_of(&read));
        let table = table(folder, submitted, stage, found)?;
        let table = Table { made_by: fingerprint.statement, made_from: fingerprint.all, ..table };
        if let Some(leader) = read.iter().find(|made| stage.follows == Some(made.table.name.as_str()))
            && leader.table.rows != table.rows
        {
            return Err(wrong(format!(
                "{} rows of {} became {}",
                leader.table.rows, leader.table.name, table.rows
            )));
        }
        moves.extend(table.files.iter().map(|file| file.path.clone()));
        made.push(Made::standing(&table));
    }
    manifest.tables = made.into_iter().map(|made| made.table).collect();
    let stays: BTreeSet<&str> = manifest.files().map(|file| file.path.as_str()).collect();
    if let Some(path) = stays.iter().find(|path| !is_of_a_table(path)) {
        return Err(wrong(format!("{path} is no file of a table")));
    }
    let gone = former.files().filter(|file| !stays.contains(file.path.as_str()));
    let removes = gone.map(|file| file.path.clone()).collect();
    Ok(Journal { moves, removes, manifest })
}

/// Whether a name is that of a file below one of the tables: what was noted beside the lake, somebody may have changed.
fn is_of_a_table(path: &str) -> bool {
    let is_table =
        path.split_once('/').is_some_and(|(name, _)| STAGES.iter().any(|stage| stage.name == name));
    is_table && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// The lake is the one that the run makes: what it was made without is not to be missed any more.
///
/// # Errors
/// When the disk fails.
pub fn settle(root: &Path, submitted: &Submitted) -> Result<(), PipelineError> {
    let forgotten = forget::pending(root)?;
    // What was forgotten since is for the next run.
    let is_later = submitted.manifest.raw.iter().any(|file| forgotten.contains(&file.path));
    if is_later { Ok(()) } else { forget::done(root) }
}

/// The lake as it is.
fn former(root: &Path) -> Result<Manifest, PipelineError> {
    match Manifest::read(root) {
        Err(LakeError::Missing(_)) => Ok(Manifest::default()),
        read => Ok(read?),
    }
}

/// What the job said of exactly the tables that it was asked for.
fn said(folder: &Folder, submitted: &Submitted) -> Result<Said, PipelineError> {
    let parts = folder.list(&format!("{}/result", submitted.folder()))?;
    let is_part = |path: &&String| path.rsplit('/').next().is_some_and(|name| name.starts_with("part-"));
    let part = parts.keys().find(is_part).ok_or_else(|| wrong("it said nothing at its end".into()))?;
    let text = folder.read(part)?.unwrap_or_default();
    let said: Said = serde_json::from_slice(&text)
        .map_err(|error| wrong(format!("what it said is not readable: {error}")))?;
    if said.run == submitted.run
        && said.tables.keys().collect::<BTreeSet<_>>() == submitted.tables.iter().collect()
    {
        return Ok(said);
    }
    Err(wrong(format!("it made other tables than {}", submitted.tables.join(", "))))
}

/// A file is there as it was told, below its table.
fn check(
    there: &BTreeMap<String, u64>,
    submitted: &Submitted,
    stage: &Stage,
    file: &File,
) -> Result<(), PipelineError> {
    let is_below = is_of_a_table(&file.path)
        && Path::new(&file.path).starts_with(stage.name)
        && file.path.ends_with(".parquet");
    match there.get(&format!("{}/{}", submitted.folder(), file.path)) {
        Some(size) if is_below && *size == file.size => Ok(()),
        _ => Err(wrong(format!("{} is not there as it was written", file.path))),
    }
}

/// A table as it will be, without its fingerprints.
fn table(
    folder: &Folder,
    submitted: &Submitted,
    stage: &'static Stage,
    found: &SaidTable,
) -> Result<Table, PipelineError> {
    let newest = found.newest.zip(stage.partition);
    let newest = newest.map(|(date, column)| Newest { column: column.into(), date });
    let connection = Scratch::open().map_err(stage_failed(stage.name))?;
    let columns = match folder {
        Folder::Local(root) => {
            let made = root.join(submitted.folder());
            same(&made, stage, &found.files)?;
            let files: Vec<PathBuf> = found.files.iter().map(|file| made.join(&file.path)).collect();
            let select = files::read(files.iter().map(PathBuf::as_path));
            let (columns, rows, own) = write::describe(&connection, &select, stage)?;
            if (rows, &own) != (found.rows, &newest) {
                let told = found.rows;
                return Err(wrong(format!("{} has {rows} rows, and it said {told}", stage.name)));
            }
            columns
        }
        Folder::Remote(_) => {
            let least = found.files.iter().min_by_key(|file| file.size);
            let least = least.ok_or_else(|| wrong(format!("{} has no file", stage.name)))?;
            let scratch = folder.scratch()?;
            let copy = scratch.path().join("some.parquet");
            let bytes = folder.read(&format!("{}/{}", submitted.folder(), least.path))?.unwrap_or_default();
            fs::write(&copy, bytes).map_err(io_at(&copy))?;
            write::describe(&connection, &files::read(iter::once(copy.as_path())), stage)?.0
        }
    };
    let mut files = found.files.clone();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Table {
        name: stage.name.into(),
        partitioned: stage.partition.is_some(),
        columns,
        rows: found.rows,
        newest,
        files,
        ..Table::default()
    })
}

/// The files have the checksums that were told.
fn same(made: &Path, stage: &'static Stage, files: &[File]) -> Result<(), PipelineError> {
    let workers = iter::repeat_n((), write::workers(files.len()));
    let compare = |(): &(), file: &File| {
        let there = files::file(made, file.path.clone())?;
        if there == *file { Ok(()) } else { Err(wrong(format!("{} is not as it was written", file.path))) }
    };
    write::side_by_side(workers, files.iter().collect(), compare, || died(stage.name)).map(drop)
}

fn wrong(why: String) -> PipelineError {
    PipelineError::Spark(why)
}
