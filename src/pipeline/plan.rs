//! What is due: a table is made again only when its statement, its settings or something it reads has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::database::Scratch;
use super::due::{Due, is_whole, month_of};
use super::error::{PipelineError, io_at, stage_failed};
use super::ingest::keep::{NOTE, reading};
use super::made::Made;
use super::stages::{Raw, STAGES, Stage, WRITER};
use super::{files, rates, raw};
use crate::checksum::Checksum;
use crate::lake::place::Listed;
use crate::lake::watch::Bringing;
use crate::lake::{Conversion, File, Lake, Manifest, Table};

/// What a run starts from.
pub struct Planned<'a> {
    pub root: &'a Path,
    pub conversion: &'a Conversion,
    pub raw: Vec<File>,
    pub former: &'a Manifest,
    pub only: &'a [&'a str],
    /// What all stages that run side by side may take of memory, as DuckDB writes it.
    pub memory_limit: &'a str,
    /// The lake on S3 whose files are brought when they are needed; of another one a file that is not here is lost.
    pub on_demand: Option<&'a Lake>,
}

impl Planned<'_> {
    /// Whether the run looks at a stage.
    pub fn is_asked(&self, stage: &Stage) -> bool {
        self.only.is_empty() || self.only.contains(&stage.name)
    }

    /// Whether there is a file of a table, as far as its size tells.
    pub fn has(&self, file: &File) -> bool {
        self.on_demand.is_some() || is_whole(self.root, file)
    }

    /// Brings those of some files that are not here.
    pub fn bring(&self, files: &[&File]) -> Result<(), PipelineError> {
        bring(self.on_demand, files)
    }
}

/// Brings those files that are not here of a lake whose files are brought when they are needed.
pub fn bring(on_demand: Option<&Lake>, files: &[&File]) -> Result<(), PipelineError> {
    Ok(on_demand.map_or(Ok(()), |lake| lake.bring(files, &Bringing::QUIET))?)
}

/// The same by their paths, raw files too.
///
/// # Errors
/// When the bucket lost one of them, or cannot be read.
pub fn bring_named(on_demand: Option<&Lake>, paths: &BTreeSet<String>) -> Result<(), PipelineError> {
    let all = on_demand.into_iter().flat_map(|lake| lake.manifest.files().chain(&lake.manifest.raw));
    bring(on_demand, &all.filter(|file| paths.contains(&file.path)).collect::<Vec<_>>())
}

/// The stages whose raw files and earlier tables are there, or will be. One that the run does not look at must have
/// its table already.
pub fn possible(planned: &Planned) -> Result<Vec<&'static Stage>, PipelineError> {
    let mut found: Vec<&Stage> = Vec::new();
    for stage in &STAGES {
        // Whoever asks for faults finds none where there are none.
        let has_tables = !found.is_empty() || !planned.former.tables.is_empty();
        let made = |name: &&str| found.iter().any(|earlier| earlier.name == *name);
        let asked = planned.is_asked(stage) || planned.former.table(stage.name).is_some();
        let raw_is_there = match stage.raw {
            // A table once made has rows of files that never change.
            Some(Raw::Rates) => planned.former.table(stage.name).is_some() || rates::is_there(planned.root)?,
            Some(raw) => raw::is_there(planned.root, raw)?,
            None => true,
        };
        let raw_is_there = raw_is_there
            || stage.instead.is_some_and(|(name, _)| made(&name))
            || (stage.raw == Some(Raw::Errors) && has_tables);
        if asked && raw_is_there && stage.reads.iter().all(made) {
            found.push(stage);
        }
    }
    Ok(found)
}

/// All raw files with their checksums. What no stage will see of fresh rates is told first, for faults are raw files too.
pub fn raw_files(
    root: &Path,
    former: &Manifest,
    on_demand: Option<&Lake>,
) -> Result<Vec<File>, PipelineError> {
    let raw = listed(root, former, on_demand)?;
    let is_rates = |file: &&File| file.path.starts_with(Raw::Rates.folder());
    if raw.iter().filter(is_rates).eq(former.raw.iter().filter(is_rates)) || rates::record_refused(root)? == 0
    {
        return Ok(raw);
    }
    listed(root, former, on_demand)
}

/// A raw file never changes, so one that the manifest knows by its size is not read. Its note changes when it is read anew.
fn listed(root: &Path, former: &Manifest, on_demand: Option<&Lake>) -> Result<Vec<File>, PipelineError> {
    let known: BTreeMap<_, _> = former.raw.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut found = Vec::new();
    for folder in Raw::ALL.map(Raw::folder) {
        if root.join(folder).is_dir() {
            files::walk(root, folder, &mut |path| {
                let place = root.join(&path);
                let size = fs::metadata(&place).map_err(io_at(&place))?.len();
                let stays = |known: &&&File| known.size == size && !path.ends_with(NOTE);
                let known = known.get(path.as_str()).filter(stays);
                let note = if known.is_none() { reading(root, Path::new(&path))? } else { None };
                found.push(match (known, note.filter(|note| !note.sha256.is_empty())) {
                    (Some(known), _) => (*known).clone(),
                    // Who took the file in has read it already.
                    (None, Some(note)) => File { path, size, sha256: note.sha256 },
                    (None, None) => files::file(root, path)?,
                });
                Ok(())
            })?;
        }
    }
    if on_demand.is_some() {
        let here: BTreeSet<_> = found.iter().map(|file| file.path.clone()).collect();
        found.extend(former.raw.iter().filter(|file| !here.contains(&file.path)).cloned());
    }
    // Fingerprints depend on it.
    found.sort_by(File::walked);
    Ok(found)
}

/// The two fingerprints of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of the statement alone, and the order of its rows.
    pub statement: String,
    /// Of the statement and all that it reads.
    pub all: String,
}

impl Fingerprint {
    /// Of a stage's statement and settings, with the raw files and tables that it reads.
    pub fn of(stage: &Stage, conversion: &Conversion, raw: &[File], read: &[&Table]) -> Self {
        let mut hash = Checksum::default();
        hash.update(WRITER);
        hash.update(stage.statement(conversion));
        hash.update(stage.order);
        hash.update(stage.settings_view(conversion).unwrap_or_default());
        let statement = hash.clone().hex();
        let folder = stage.raw.map(Raw::folder);
        let is_raw = |file: &&File| folder.is_some_and(|folder| file.path.starts_with(folder));
        let tables = read.iter().flat_map(|table| &table.files);
        for file in raw.iter().filter(is_raw).chain(tables) {
            hash.update(format!("{} {}\n", file.path, file.sha256));
        }
        Self { statement, all: hash.hex() }
    }
}

/// The tables of a run as a fingerprint takes them.
pub fn tables_of<'m>(made: &[&'m Made]) -> Vec<&'m Table> {
    made.iter().map(|made| &made.table).collect()
}

/// Whether a table of a lake was made by another statement than this program's, and may have other columns.
#[must_use]
pub fn is_outdated(lake: &Lake) -> bool {
    let Manifest { tables, conversion, .. } = &lake.manifest;
    let is_current = |table: &Table| {
        let stage = STAGES.iter().find(|stage| stage.name == table.name);
        stage.is_none_or(|stage| Fingerprint::of(stage, conversion, &[], &[]).statement == table.made_by)
    };
    !tables.iter().all(is_current)
}

/// Whether a run would make nothing: told by the manifest, and by the raw files as a listing has them.
#[must_use]
pub fn is_current(manifest: &Manifest, raw: &[Listed]) -> bool {
    let is_read = |path: &str| Raw::ALL.iter().any(|kind| path.starts_with(kind.folder()));
    let now = raw.iter().map(|file| (file.path.as_str(), file.size)).filter(|(path, _)| is_read(path));
    let seen = manifest.raw.iter().map(|file| (file.path.as_str(), file.size));
    // Each version reads anew what one with another reader has read.
    manifest.writer == WRITER
        && !manifest.tables.is_empty()
        && now.collect::<BTreeMap<_, _>>() == seen.collect()
        && STAGES.iter().all(|stage| is_made(manifest, stage))
}

/// Whether a table is made of what there is, or cannot be made.
fn is_made(manifest: &Manifest, stage: &Stage) -> bool {
    let Some(table) = manifest.table(stage.name) else {
        let has_raw = |kind: Raw| manifest.raw.iter().any(|file| file.path.starts_with(kind.folder()));
        return stage.reads.iter().any(|name| manifest.table(name).is_none())
            || stage.raw.is_some_and(|kind| kind != Raw::Errors && !has_raw(kind));
    };
    let is_read = |other: &&Stage| stage.inputs().any(|name| name == other.name);
    let read: Vec<_> = STAGES.iter().filter(is_read).filter_map(|other| manifest.table(other.name)).collect();
    Fingerprint::of(stage, &manifest.conversion, &manifest.raw, &read).all == table.made_from
}

/// What a stage must make, given its table in the former manifest.
pub fn due(
    planned: &Planned,
    stage: &Stage,
    fingerprint: &Fingerprint,
    read: &[&Made],
) -> Result<Due, PipelineError> {
    let Planned { root, former, conversion, .. } = planned;
    let Some(table) = former.table(stage.name) else { return Ok(Due::Whole) };
    if !planned.is_asked(stage) {
        return Ok(Due::Nothing);
    }
    if !table.files.iter().all(|file| planned.has(file)) {
        return Ok(Due::Whole);
    }
    if table.made_from == fingerprint.all {
        return Ok(Due::Nothing);
    }
    if stage.raw == Some(Raw::Bank) {
        // Whatever was made of, a new file adds to it; a changed or lost one does not.
        let made_of_former =
            Fingerprint::of(stage, conversion, &former.raw, &tables_of(read)).all == table.made_from;
        let came = came(Raw::Bank, &former.raw, &planned.raw).filter(|_| made_of_former);
        return Ok(came.map_or(Due::Whole, Due::Files));
    }
    let by_month =
        stage.follows.filter(|_| table.made_by == fingerprint.statement && conversion.dated_by == "value");
    let Some(leader) = by_month else { return Ok(Due::Whole) };
    let mut months = BTreeSet::new();
    for made in read {
        let Some(before) = former.table(&made.table.name) else { return Ok(Due::Whole) };
        if made.table.name == leader {
            let old: BTreeSet<_> = before.files.iter().map(place).collect();
            let new: BTreeSet<_> = made.table.files.iter().map(place).collect();
            months.extend(old.symmetric_difference(&new).map(|(month, _)| (*month).to_owned()));
        } else if made.is_changed() {
            planned.bring(&before.files.iter().collect::<Vec<_>>())?;
            months.extend(changed_months(root, stage, before, made)?);
        }
    }
    Ok(Due::Months(months))
}

/// The raw files that came to those of a kind, unless one of those is not as it was.
fn came(raw: Raw, former: &[File], now: &[File]) -> Option<BTreeSet<String>> {
    let of_kind = |files: &[File]| -> BTreeSet<(String, String)> {
        let files = files.iter().filter(|file| file.path.starts_with(raw.folder()));
        files.map(|file| (file.path.clone(), file.sha256.clone())).collect()
    };
    let (former, now) = (of_kind(former), of_kind(now));
    former.is_subset(&now).then(|| now.difference(&former).map(|(path, _)| path.clone()).collect())
}

/// The months in which the rows of a small table with a `rate_day` differ from before.
fn changed_months(
    root: &Path,
    stage: &Stage,
    before: &Table,
    made: &Made,
) -> Result<Vec<String>, PipelineError> {
    let failed = stage_failed(stage.name);
    let connection = Scratch::open().map_err(&failed)?;
    let old: Vec<_> = before.files.iter().map(|file| root.join(&file.path)).collect();
    let (old, new) = (files::read(old.iter().map(PathBuf::as_path)), made.read(root));
    let sql = format!(
        "SELECT DISTINCT strftime(rate_day, 'year=%Y/month=%m') \
         FROM ((({old}) EXCEPT ({new})) UNION ALL (({new}) EXCEPT ({old}))) AS changed"
    );
    let mut statement = connection.prepare(&sql).map_err(&failed)?;
    let months = statement.query_map([], |row| row.get(0)).map_err(&failed)?;
    months.collect::<Result<_, _>>().map_err(&failed)
}

/// The month's folders of a file and its checksum.
fn place(file: &File) -> (&str, &str) {
    (month_of(&file.path), file.sha256.as_str())
}
