//! Forgetting raw files, so that the lake becomes what it would be without them.
//!
//! Their names are noted first, in `_saldo/forgotten.json`: a table whose raw files are gone is not given up unless they
//! were forgotten. The run that follows removes the note.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::error::{PipelineError, io_at};
use super::super::stages::Raw;
use super::keep::{self, NOTE, faults, note_of, reading};
use crate::lake::{self, FORGOTTEN, File, Lake, Manifest};
use crate::{checksum, disk};

/// Digits of a checksum that name a file.
const DIGITS: usize = 8;

/// Names of raw files that were forgotten since the last run.
///
/// # Errors
/// When the disk does.
pub fn pending(root: &Path) -> Result<BTreeSet<String>, PipelineError> {
    let place = root.join(FORGOTTEN);
    match fs::read(&place) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| io_at(&place)(error.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(io_at(&place)(error)),
    }
}

/// Refuses a run while a raw file of before is gone without having been forgotten: its rows would be gone too, and nothing
/// would tell.
///
/// # Errors
/// When there is such a file, or the disk fails.
pub fn check(root: &Path, former: &[File], now: &[File]) -> Result<(), PipelineError> {
    let forgotten = pending(root)?;
    let there: BTreeSet<&str> = now.iter().map(|file| file.path.as_str()).collect();
    let is_lost = |file: &&File| !there.contains(file.path.as_str()) && !forgotten.contains(&file.path);
    let mut lost = former.iter().filter(is_lost);
    match lost.next() {
        Some(first) => Err(PipelineError::RawLost { path: first.path.clone(), more: lost.count() }),
        None => Ok(()),
    }
}

/// The files of tables whose last raw file was forgotten.
pub fn given_up<'a>(former: &'a Manifest, now: &Manifest) -> impl Iterator<Item = String> + use<'a> {
    let gone: Vec<_> = former.tables.iter().filter(|table| now.table(&table.name).is_none()).collect();
    gone.into_iter().flat_map(|table| table.files.iter().map(|file| file.path.clone()))
}

/// The tables are without the files that were forgotten.
///
/// # Errors
/// When the disk does.
pub fn done(root: &Path) -> Result<(), PipelineError> {
    let place = root.join(FORGOTTEN);
    match fs::remove_file(&place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(&place)(error)),
        _ => Ok(()),
    }
}

/// The raw files that a person means: by a file of the same bytes, by the digits with which its checksum begins, by the
/// name under which it is kept, or by that with which it came. None where none is meant.
///
/// # Errors
/// When the disk does.
pub fn find(root: &Path, named: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    // What the last run has seen; others may have come since.
    let seen = Lake::open(root).map(|lake| lake.manifest.raw).unwrap_or_default();
    let text = named.to_string_lossy().to_ascii_lowercase();
    let is_checksum = text.len() >= DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let start = if named.is_file() {
        Some(checksum::of_file(named).map_err(io_at(named))?.1)
    } else if is_checksum {
        Some(text)
    } else {
        // What is lost can be given up, whatever it was: the manifest still names it.
        let is_lost = || seen.iter().any(|file| Path::new(&file.path) == named) && !is_note(named);
        if if root.join(named).is_file() { is_kept(named) } else { is_lost() } {
            return Ok(vec![named.to_owned()]);
        }
        None
    };
    let is_meant = |file: &Path, sha256: &str| match &start {
        Some(start) => sha256.starts_with(start),
        None => keep::is_called(file, named),
    };
    let mut found = BTreeSet::new();
    for file in seen.iter().filter(|file| is_meant(Path::new(&file.path), &file.sha256)) {
        found.insert(PathBuf::from(&file.path));
    }
    for folder in [Raw::Bank, Raw::Balances].map(Raw::folder) {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let file = Path::new(folder).join(entry.file_name());
            if reading(root, &file)?.is_some_and(|reading| is_meant(&file, &reading.sha256)) {
                found.insert(file);
            }
        }
    }
    Ok(found.into_iter().filter(|file| is_kept(file) && root.join(file).is_file()).collect())
}

fn is_note(file: &Path) -> bool {
    file.to_string_lossy().ends_with(NOTE)
}

/// Whether a name is that of a raw file that somebody brought, and not of a note or of faults.
fn is_kept(file: &Path) -> bool {
    let is_below = |raw: Raw| file.starts_with(raw.folder());
    let climbs = file.components().any(|part| matches!(part, std::path::Component::ParentDir));
    !climbs && !is_note(file) && [Raw::Rates, Raw::Bank, Raw::Balances].into_iter().any(is_below)
}

/// Removes raw files with their notes and faults. Running the stages is the caller's.
///
/// # Errors
/// When the disk does.
pub fn forget(root: &Path, files: &[PathBuf]) -> Result<(), PipelineError> {
    let mut gone = BTreeSet::new();
    for file in files {
        // Faults of rates are kept by run.
        let raw = [Raw::Bank, Raw::Balances].into_iter().find(|raw| file.starts_with(raw.folder()));
        let faults = raw.into_iter().flat_map(|raw| faults(raw, file));
        let faults = faults.map(|name| Path::new(Raw::Errors.folder()).join(format!("{name}.jsonl")));
        let all = [file.clone(), note_of(file)].into_iter().chain(faults);
        gone.extend(all.map(|path| path.to_string_lossy().into_owned()));
    }
    remove(root, &gone)
}

/// Removes what is left of files whose removal was cut off: each went before its note and its faults.
///
/// # Errors
/// When the disk does.
pub fn complete(root: &Path) -> Result<(), PipelineError> {
    let is_gone = |file: &PathBuf| is_kept(file) && !root.join(file).exists();
    let gone: Vec<_> = pending(root)?.into_iter().map(PathBuf::from).filter(is_gone).collect();
    if gone.is_empty() { Ok(()) } else { forget(root, &gone) }
}

/// Removes files below `raw` that the next run shall not miss.
///
/// # Errors
/// When the disk does.
pub fn remove(root: &Path, gone: &BTreeSet<String>) -> Result<(), PipelineError> {
    let place = root.join(FORGOTTEN);
    let all: BTreeSet<_> = pending(root)?.union(gone).cloned().collect();
    let text = serde_json::to_vec_pretty(&all).map_err(|error| io_at(&place)(error.into()))?;
    disk::write(&place, &text).map_err(io_at(&place))?;
    for path in gone {
        let place = root.join(path);
        lake::remove(root, &place).map_err(io_at(&place))?;
    }
    Ok(())
}
