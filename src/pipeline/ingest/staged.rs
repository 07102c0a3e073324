//! Statements read into typed lines in a folder that is no lake, by as many machines as there are: what they put there is merged
//! by the statement of the stage `banktxn`, wherever that runs.
//!
//! ```text
//! staged/
//!   bank_lines/year=2017/month=06/4f1c…-statement.csv-0.parquet   the lines of the month, in the columns of `banktxn`
//!   raw_errors/4f1c…-bank.jsonl                                   lines, cells and files that could not be read
//!   notes/4f1c….json                                              how the file was read, and what stands here of it
//! ```
//!
//! Names begin as the file's checksum does, so that machines do not meet, and a file that is staged twice is there once. Its
//! note comes first, with all that may be there, and again when all is.

use std::collections::BTreeSet;
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
use super::keep::reading;
use super::note::{FilePart, Reading};
use super::{FileReport, Options, take};
use crate::lake::folder::Folder;

/// The folders of a staged folder: lines by month, faults, notes.
pub const LINES: &str = "bank_lines";
pub const FAULTS: &str = "raw_errors";
pub const NOTES: &str = "notes";

/// What is told of a file beside its lines.
#[derive(Debug, Serialize)]
struct Note<'a> {
    /// Whether all is there that the note names.
    is_whole: bool,
    /// What stands here of the file, or may while it is not whole.
    files: &'a BTreeSet<String>,
    /// How it was read; nothing of a file that was refused.
    reading: Option<&'a Reading>,
    report: &'a FileReport,
}

/// What an earlier note says.
#[derive(Debug, Default, Deserialize)]
struct Former {
    files: BTreeSet<String>,
    reading: Option<Checksum>,
}

/// Of which file a note is.
#[derive(Debug, Deserialize)]
struct Checksum {
    sha256: String,
}

/// Reads statements into a folder, several at once; what became of each, in the order of the files. `staged` is told each that
/// is done.
///
/// # Errors
/// When a file cannot be opened, a disk fails, or the bucket cannot be written. Files that were done stay.
pub fn stage(
    folder: &Folder,
    files: &[PathBuf],
    options: &Options,
    staged: &mut (dyn FnMut(&FileReport) + Send),
) -> Result<Vec<FileReport>, PipelineError> {
    let workers = write::workers(files.len());
    // What waits in memory is shared among those who read.
    let held = options.held / workers.max(1);
    let options = Options { is_read_only: true, held, ..options.clone() };
    let staged = Mutex::new(staged);
    let work = |(): &(), (place, file): (usize, &PathBuf)| {
        let report = one(folder, file, &options)?;
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

/// Reads one statement.
fn one(folder: &Folder, file: &Path, options: &Options) -> Result<FileReport, PipelineError> {
    let scratch = folder.scratch()?;
    let root = scratch.path();
    let report = take(root, &BANK, file, options)?;
    let reading = report.kept.as_ref().map(|kept| reading(root, kept)).transpose()?.flatten();
    let mut made = faults(root)?;
    for (kept, reading) in report.kept.iter().zip(&reading) {
        for part in &reading.parts {
            made.extend(lines(root, kept, reading, part)?);
        }
    }
    // A file that was refused has no name, but its faults have one.
    let names: BTreeSet<_> = made.iter().map(|(_, name)| name.clone()).collect();
    let named = report.kept.as_deref().or(names.first().map(Path::new));
    let named = named.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let note = format!("{NOTES}/{}.json", named.split('-').next().unwrap_or_default());
    let not_json = |error: serde_json::Error| io_at(Path::new(&note))(error.into());
    let former = folder.read(&note)?.map(|text| serde_json::from_slice::<Former>(&text)).transpose();
    let Former { files: former, reading: of } = former.map_err(not_json)?.unwrap_or_default();
    // A part of the checksum is in the names, and two files may have the same.
    if of.zip(reading.as_ref()).is_some_and(|(of, reading)| of.sha256 != reading.sha256) {
        let why = format!("{note} is of another file whose checksum begins in the same way");
        return Err(io_at(file)(io::Error::other(why)));
    }
    let stale: Vec<_> = former.difference(&names).cloned().collect();
    let tell = |is_whole, files: &BTreeSet<String>| {
        let told = Note { is_whole, files, reading: reading.as_ref(), report: &report };
        Ok::<_, PipelineError>(folder.write(&note, &serde_json::to_vec_pretty(&told).map_err(not_json)?)?)
    };
    tell(false, &names.union(&former).cloned().collect())?;
    folder.put(made)?;
    folder.remove(stale)?;
    tell(true, &names)?;
    Ok(report)
}

/// Files where they were made, and the names that they get.
type Made = Vec<(PathBuf, String)>;

/// The lines of a part, by month.
fn lines(root: &Path, kept: &Path, reading: &Reading, part: &FilePart) -> Result<Made, PipelineError> {
    let partitions = partitions::folder(root);
    let folder = part.name(kept, &reading.map);
    // One name whatever was said about the file, so that another reading takes its place.
    let file = kept.file_name().unwrap_or_default().to_string_lossy();
    let place = part.member.as_ref().map_or(0, |(place, _)| *place);
    let mut made = Vec::new();
    walk(&partitions, &folder, &mut |path| {
        let then = if path.ends_with(THEN) { "-then" } else { "" };
        let name = format!("{LINES}/{}/{file}-{place}{then}.parquet", month_of(&path));
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
