//! Statements read into typed lines in a folder that is no lake, by as many machines as there are: what they put there is merged
//! by the statement of the stage `banktxn`, wherever that runs.
//!
//! ```text
//! staged/
//!   bank_lines/year=2017/month=06/4f1c…-0.parquet   the lines of the month, in the columns of `banktxn`
//!   raw_errors/4f1c…-bank.jsonl                     lines, cells and files of a zip that could not be read
//!   raw_errors/4f1c…-bank-refused.jsonl             why the whole file could not be
//!   notes/4f1c….json                                how the file was read, and what stands here of it
//! ```
//!
//! Names are of the file's checksum and nothing else of the file, so that machines do not meet, and a file that is staged twice,
//! under whatever name, is there once. Its note comes first, with all that may be there, and again when all is. Where machines
//! stage one file at once, each with options of its own, whoever finds another note than before begins again: the last is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::super::bank::BANK;
use super::super::bank::partitions::{self, THEN};
use super::super::due::month_of;
use super::super::error::{PipelineError, died, io_at};
use super::super::files::walk;
use super::super::stages::Raw;
use super::super::write;
use super::keep::{ID, reading};
use super::members;
use super::note::{FilePart, Reading};
use super::options::Own;
use super::{FileReport, Options, State, take};
use crate::checksum;
use crate::lake::folder::Folder;

/// How often a file is staged that others stage at the same time.
const TRIES: usize = 20;
/// The folders of a staged folder: lines by month, faults, notes.
pub const LINES: &str = "bank_lines";
pub const FAULTS: &str = "raw_errors";
pub const NOTES: &str = "notes";

/// What is told of a file beside its lines.
#[derive(Debug, Serialize)]
struct Note<'a> {
    /// Whether all lines are there that it has.
    is_whole: bool,
    /// Whether nothing of it could be read, so that there are no lines.
    is_refused: bool,
    /// What stands here of the file, or may while it is not whole.
    files: &'a BTreeSet<String>,
    /// How it was read; nothing of a file that was refused.
    reading: Option<&'a Reading>,
    report: &'a FileReport,
}

/// What an earlier note says.
#[derive(Debug, Default, Deserialize)]
struct Former {
    is_whole: bool,
    files: BTreeSet<String>,
    reading: Option<Reading>,
    report: FormerReport,
}

#[derive(Debug, Default, Deserialize)]
struct FormerReport {
    kept: Option<PathBuf>,
}

/// Reads statements into a folder, several at once; what became of each, in the order of the files. `staged` is told each that
/// is done. A file that is there under several names is read once, and known under the others. Where another reading stands
/// here and the new one has no lines for a part of it, that one stays: the file is refused, and `kept` is as it was.
///
/// # Errors
/// When a file cannot be opened, a disk fails, or the bucket cannot be written. Files that were done stay.
pub fn stage(
    folder: &Folder,
    files: &[PathBuf],
    options: &Options,
    staged: &mut (dyn FnMut(&FileReport) + Send),
) -> Result<Vec<FileReport>, PipelineError> {
    folder.remove_old_scratch()?;
    let same = same(files)?;
    let workers = write::workers(files.len());
    // What waits in memory is shared among those who read.
    let held = options.held / workers.max(1);
    let options = Options { is_read_only: true, held, ..options.clone() };
    let staged = Mutex::new(staged);
    let work = |(): &(), (place, file): (usize, &PathBuf)| {
        let report = match same.get(&place) {
            Some(first) => known(file, first),
            None => one(folder, file, &options)?,
        };
        if let Ok(mut staged) = staged.lock() {
            staged(&report);
        }
        Ok((place, report))
    };
    // The last is taken first.
    let all: Vec<_> = files.iter().enumerate().rev().collect();
    let idle = iter::repeat_n((), workers);
    let mut reports = write::side_by_side(idle, all, work, || died(BANK.table))?;
    reports.sort_by_key(|(place, _)| *place);
    Ok(reports.into_iter().map(|(_, report)| report).collect())
}

/// The files that have the bytes of one before them, by their places, and which it is.
fn same(files: &[PathBuf]) -> Result<BTreeMap<usize, &Path>, PipelineError> {
    let mut of_length: BTreeMap<u64, Vec<(usize, &Path)>> = BTreeMap::new();
    for (place, file) in files.iter().enumerate() {
        let length = fs::metadata(file).map_err(io_at(file))?.len();
        of_length.entry(length).or_default().push((place, file));
    }
    let mut same = BTreeMap::new();
    // Only of files of one length the checksums are asked for.
    for files in of_length.into_values().filter(|files| files.len() > 1) {
        let mut firsts = BTreeMap::new();
        for (place, file) in files {
            let (_, sha256) = checksum::of_file(file).map_err(io_at(file))?;
            let (first_place, first) = *firsts.entry(sha256).or_insert((place, file));
            if first_place != place {
                same.insert(place, first);
            }
        }
    }
    Ok(same)
}

/// What is told of a file that has the bytes of another one; what it has is counted there.
fn known(file: &Path, first: &Path) -> FileReport {
    let mut report = FileReport::new(file.display().to_string());
    report.notes.push(format!("it is the same file as {}, and is read once", first.display()));
    report
}

/// Reads one statement.
fn one(folder: &Folder, file: &Path, options: &Options) -> Result<FileReport, PipelineError> {
    for _ in 0..TRIES {
        if let Some(report) = attempt(folder, file, options)? {
            return Ok(report);
        }
    }
    Err(io_at(file)(io::Error::other(
        "others stage it with other options all the while; stage it when they have ended",
    )))
}

/// The same, unless another machine stages the file meanwhile.
fn attempt(folder: &Folder, file: &Path, options: &Options) -> Result<Option<FileReport>, PipelineError> {
    let scratch = folder.scratch()?;
    let root = scratch.path();
    let beside = beside(folder, file, options)?;
    let own = beside.as_ref().map(|(own, _)| own.clone()).unwrap_or_default();
    let mut report = take(root, &BANK, file, &Options { own, ..options.clone() })?;
    let reading = report.kept.as_ref().map(|kept| reading(root, kept)).transpose()?.flatten();
    let mut made = faults(root)?;
    // A file that was refused has no name, but its faults have one.
    let named = report.kept.as_deref().or(made.first().map(|(_, name)| Path::new(name)));
    let named = named.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let id = named.split('-').next().unwrap_or_default().to_owned();
    for (kept, reading) in report.kept.iter().zip(&reading) {
        for part in &reading.parts {
            made.extend(lines(root, kept, &id, reading, part)?);
        }
    }
    let note = note(&id);
    let not_json = |error: serde_json::Error| io_at(Path::new(&note))(error.into());
    let (former, was) = former(folder, &note)?;
    if beside.is_some_and(|(_, seen)| seen != was) {
        return Ok(None);
    }
    // A part of the checksum is in the names, and two files may have the same.
    if former.reading.as_ref().zip(reading.as_ref()).is_some_and(|(of, reading)| of.sha256 != reading.sha256)
    {
        let why = format!("{note} is of another file whose checksum begins in the same way");
        return Err(io_at(file)(io::Error::other(why)));
    }
    let lost = lost(&former, reading.as_ref(), options);
    if !lost.is_empty() {
        return Ok(Some(stays(report, &former, &lost)));
    }
    if let Some((of, reading)) = former.reading.as_ref().zip(reading.as_ref()) {
        members::tell_lost(of, &reading.parts, &mut report);
    }
    let names: BTreeSet<_> = made.iter().map(|(_, name)| name.clone()).collect();
    let stale: Vec<_> = former.files.difference(&names).cloned().collect();
    let tell = |is_done, files: &BTreeSet<String>, was: Option<&[u8]>| {
        let is_refused = reading.is_none();
        let told = Note {
            is_whole: is_done && !is_refused,
            is_refused: is_done && is_refused,
            files,
            reading: reading.as_ref(),
            report: &report,
        };
        let told = serde_json::to_vec_pretty(&told).map_err(not_json)?;
        Ok::<_, PipelineError>(folder.replace(&note, was, &told)?.then_some(told))
    };
    let Some(begun) = tell(false, &names.union(&former.files).cloned().collect(), was.as_deref())? else {
        return Ok(None);
    };
    if let Err(why) = folder.put(made).and_then(|()| folder.remove(stale)) {
        // Another machine may have removed what was put.
        return if folder.read(&note)? == Some(begun) { Err(why.into()) } else { Ok(None) };
    }
    Ok(tell(true, &names, Some(&begun))?.map(|_| report))
}

/// The name of the note on a file.
fn note(id: &str) -> String {
    format!("{NOTES}/{id}.json")
}

/// What an earlier note says, where there is one, and its text.
fn former(folder: &Folder, note: &str) -> Result<(Former, Option<Vec<u8>>), PipelineError> {
    let text = folder.read(note)?;
    let former = text.as_deref().map(serde_json::from_slice).transpose();
    let former: Option<Former> = former.map_err(|error| io_at(Path::new(note))(error.into()))?;
    Ok((former.unwrap_or_default(), text))
}

/// The sheets of a workbook that were named and staged before the one that is named now: they stay, each as it was read. The text of
/// the note that says so, where there is one, is given too; nothing where no sheet is named.
#[expect(clippy::type_complexity, reason = "the sheets and a text")]
fn beside(
    folder: &Folder,
    file: &Path,
    options: &Options,
) -> Result<Option<(Own, Option<Vec<u8>>)>, PipelineError> {
    if options.given.sheet.is_none() {
        return Ok(None);
    }
    let (_, sha256) = checksum::of_file(file).map_err(io_at(file))?;
    let (former, text) = former(folder, &note(sha256.get(..ID).unwrap_or_default()))?;
    let reading = former.reading.filter(|reading| reading.sha256 == sha256 && reading.map == options.map);
    let options = Options { is_anew: true, ..options.clone() };
    let own = reading.map(|reading| members::others(file, &reading, &options)).unwrap_or_default();
    Ok(Some((own, text)))
}

/// The parts that stand here and that a new reading could not read. Where a person names a sheet, the others are left out as
/// they wish.
fn lost<'a>(former: &'a Former, reading: Option<&Reading>, options: &Options) -> Vec<&'a FilePart> {
    let has = |part: &FilePart| {
        reading.is_some_and(|reading| {
            options.given.sheet.is_some() || reading.parts.iter().any(|new| new.member == part.member)
        })
    };
    former.reading.iter().flat_map(|of| &of.parts).filter(|part| !has(part)).collect()
}

/// What is told of a file whose former lines stay, since a new reading lost some of its parts.
fn stays(report: FileReport, former: &Former, lost: &[&FilePart]) -> FileReport {
    let names: Vec<_> = lost.iter().filter_map(|part| Some(part.member.as_ref()?.1.as_str())).collect();
    let what = if names.is_empty() { "it".to_owned() } else { names.join(", ") };
    let yet = if former.is_whole { "" } else { ", though they are not whole" };
    let why = format!("{what} could not be read in this way; the lines that were staged before stay{yet}");
    let notes = report.notes.iter().cloned().chain([why]).collect();
    let kept = former.report.kept.clone();
    FileReport { state: State::Refused, kept, sources: Vec::new(), rows: 0, notes, ..report }
}

/// Files where they were made, and the names that they get.
type Made = Vec<(PathBuf, String)>;

/// The lines of a part, by month.
fn lines(
    root: &Path,
    kept: &Path,
    id: &str,
    reading: &Reading,
    part: &FilePart,
) -> Result<Made, PipelineError> {
    let partitions = partitions::folder(root);
    let folder = part.name(kept, &reading.map);
    // One name whatever was said about the file and however it is called, so that another reading takes its place.
    let place = part.member.as_ref().map_or(0, |(place, _)| *place);
    let mut made = Vec::new();
    walk(&partitions, &folder, &mut |path| {
        let then = if path.ends_with(THEN) { "-then" } else { "" };
        let name = format!("{LINES}/{}/{id}-{place}{then}.parquet", month_of(&path));
        made.push((partitions.join(path), name));
        Ok(())
    })?;
    Ok(made)
}

/// Whatever could not be read.
fn faults(root: &Path) -> Result<Made, PipelineError> {
    let mut made = Vec::new();
    if root.join(Raw::Errors.folder()).exists() {
        walk(root, Raw::Errors.folder(), &mut |path| {
            let name = path.replacen(Raw::Errors.folder(), FAULTS, 1);
            made.push((root.join(path), name));
            Ok(())
        })?;
    }
    Ok(made)
}
