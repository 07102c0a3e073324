//! What is due: a table is made again only when its statement, its settings or something it reads has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{
    Made, PipelineError, Planned, Raw, STAGES, Stage, WRITER, ingest, rates, raw, stage_failed, write,
};
use crate::engine::duckdb::Connection;
use crate::lake::{Conversion, File, Manifest, Table};

/// What a stage is to make now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing: the former table stands.
    Nothing,
    /// The whole table.
    Whole,
    /// Only the months, as `year=2017/month=06`, whose input changed.
    Months(BTreeSet<String>),
    /// What raw files, by their paths, bring that came since.
    Files(BTreeSet<String>),
}

/// The stages whose raw files and earlier tables are there, or will be. One that the run does not look at must have
/// its table already.
pub fn possible(planned: &Planned) -> Vec<&'static Stage> {
    let mut found: Vec<&Stage> = Vec::new();
    for stage in &STAGES {
        let made = |name: &&str| found.iter().any(|earlier| earlier.name == *name);
        let asked = planned.is_asked(stage) || planned.former.table(stage.name).is_some();
        let raw_is_there = stage.raw.is_none_or(|raw| raw::is_there(planned.root, raw))
            || stage.instead.is_some_and(|(name, _)| made(&name));
        if asked && raw_is_there && stage.reads.iter().all(made) {
            found.push(stage);
        }
    }
    found
}

/// All raw files with their checksums. What no stage will see of fresh rates is told first, for faults are raw files too.
pub fn raw_files(root: &Path, former: &Manifest) -> Result<Vec<File>, PipelineError> {
    let raw = listed(root, former)?;
    let is_rates = |file: &&File| file.path.starts_with(Raw::Rates.folder());
    if raw.iter().filter(is_rates).eq(former.raw.iter().filter(is_rates)) || rates::record_refused(root)? == 0
    {
        return Ok(raw);
    }
    listed(root, former)
}

/// A raw file never changes, so one that the manifest knows by its size is not read.
fn listed(root: &Path, former: &Manifest) -> Result<Vec<File>, PipelineError> {
    let known: BTreeMap<_, _> = former.raw.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut found = Vec::new();
    for folder in Raw::ALL.map(Raw::folder) {
        if root.join(folder).is_dir() {
            write::walk(root, folder, &mut |path| {
                let place = root.join(&path);
                let size = fs::metadata(&place).map_err(super::io_at(&place))?.len();
                let known = known.get(path.as_str()).filter(|known| known.size == size);
                let note = if known.is_none() { ingest::reading(root, Path::new(&path))? } else { None };
                found.push(match (known, note.filter(|note| !note.sha256.is_empty())) {
                    (Some(known), _) => (*known).clone(),
                    // Who took the file in has read it already.
                    (None, Some(note)) => File { path, size, sha256: note.sha256 },
                    (None, None) => write::file(root, path)?,
                });
                Ok(())
            })?;
        }
    }
    Ok(found)
}

/// The statement of a stage with the lake's own choices in it.
pub fn statement(stage: &Stage, conversion: &Conversion) -> String {
    let Conversion { base, max_age_days, dated_by } = conversion;
    let lower = base.to_ascii_lowercase();
    stage
        .sql
        .replace(
            "'SGD' AS base_currency, 7 AS max_age_days, 'value' AS dated_by",
            &format!("'{base}' AS base_currency, {max_age_days} AS max_age_days, '{dated_by}' AS dated_by"),
        )
        .replace("currency = 'SGD'", &format!("currency = '{base}'"))
        .replace("_sgd_amt", &format!("_{lower}_amt"))
}

/// The two fingerprints of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of the statement alone.
    pub statement: String,
    /// Of the statement and all that it reads.
    pub all: String,
}

impl Fingerprint {
    /// Of a stage's statement, with the raw files and tables that it reads.
    pub fn of(stage: &Stage, sql: &str, raw: &[File], read: &[&Made]) -> Self {
        let mut hash = Sha256::new();
        hash.update(WRITER);
        hash.update(sql);
        let statement = format!("{:x}", hash.clone().finalize());
        let folder = stage.raw.map(Raw::folder);
        let is_raw = |file: &&File| folder.is_some_and(|folder| file.path.starts_with(folder));
        let tables = read.iter().flat_map(|made| &made.table.files);
        for file in raw.iter().filter(is_raw).chain(tables) {
            hash.update(format!("{} {}\n", file.path, file.sha256));
        }
        Self { statement, all: format!("{:x}", hash.finalize()) }
    }
}

/// What a stage must make, given its table in the former manifest.
pub fn due(
    planned: &Planned,
    stage: &Stage,
    sql: &str,
    fingerprint: &Fingerprint,
    read: &[&Made],
) -> Result<Due, PipelineError> {
    let Planned { root, former, conversion, .. } = planned;
    let Some(table) = former.table(stage.name) else { return Ok(Due::Whole) };
    if !planned.is_asked(stage) {
        return Ok(Due::Nothing);
    }
    if !table.files.iter().all(|file| is_whole(root, file)) {
        return Ok(Due::Whole);
    }
    if table.made_from == fingerprint.all {
        return Ok(Due::Nothing);
    }
    if stage.raw == Some(Raw::Bank) {
        // Whatever was made of, a new file adds to it; a changed or lost one does not.
        let made_of_former = Fingerprint::of(stage, sql, &former.raw, read).all == table.made_from;
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
    let connection = Connection::open_in_memory().map_err(&failed)?;
    let old: Vec<_> = before.files.iter().map(|file| root.join(&file.path)).collect();
    let (old, new) = (write::read(old.iter().map(PathBuf::as_path)), made.read(root));
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

/// `year=2017/month=06` of `banktxn/year=2017/month=06/data_0.parquet`.
pub fn month_of(path: &str) -> &str {
    let below = path.split_once('/').map_or("", |(_, below)| below);
    below.rsplit_once('/').map_or("", |(folders, _)| folders)
}

/// Whether a file of the manifest is there, as far as its size tells.
pub fn is_whole(root: &Path, file: &File) -> bool {
    fs::metadata(root.join(&file.path)).is_ok_and(|found| found.len() == file.size)
}
