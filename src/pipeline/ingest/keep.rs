//! Files of the lake that are there whole or not at all: raw files, their notes, clean CSV.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::error::{PipelineError, io_at};
use super::super::stages::Raw;
use super::note::Reading;
use crate::checksum;
use crate::disk::Draft;
pub use crate::lake::NOTE;
use crate::lake::link::{Kind, Link};
use crate::lake::{Lake, LakeError};
use crate::text::records;

/// A nameless place on the lake's disk; gone when it is dropped.
///
/// # Errors
/// When the disk fails.
pub fn temporary(root: &Path) -> Result<Draft, PipelineError> {
    let folder = root.join("_saldo").join("incoming");
    Draft::within(&folder).map_err(io_at(&folder))
}

/// Gives a finished file its name, unless a file has it.
///
/// # Errors
/// When the disk fails.
pub fn name(root: &Path, file: Draft, name: &Path) -> Result<(), PipelineError> {
    let place = root.join(name);
    match file.keep_new(&place) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(io_at(&place)(error)),
        _ => Ok(()),
    }
}

/// Gives a finished file its name, in place of one that an earlier reading left.
///
/// # Errors
/// When the disk fails.
pub fn replace(root: &Path, file: Draft, name: &Path) -> Result<(), PipelineError> {
    let place = root.join(name);
    file.keep(&place).map_err(io_at(&place))
}

/// The note first, then the file.
pub(super) fn keep(root: &Path, file: &Path, copy: Draft, reading: &Reading) -> Result<(), PipelineError> {
    note(root, file, reading)?;
    name(root, copy, file)
}

/// Writes the note on a file, in place of one that is there.
///
/// # Errors
/// When the disk fails.
pub(super) fn note(root: &Path, file: &Path, reading: &Reading) -> Result<(), PipelineError> {
    let mut note = temporary(root)?;
    let text = serde_json::to_vec_pretty(reading).map_err(|error| io_at(file)(error.into()))?;
    note.write_all(&text).map_err(io_at(note.path()))?;
    replace(root, note, &note_of(file))
}

pub(super) fn note_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(NOTE);
    name.into()
}

/// The note on a raw file, if it has one.
///
/// # Errors
/// When the note cannot be read, or is damaged.
pub fn reading(root: &Path, file: &Path) -> Result<Option<Reading>, PipelineError> {
    let place = root.join(note_of(file));
    match fs::read(&place) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| PipelineError::Damaged { path: place, why: error.to_string() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_at(&place)(error)),
    }
}

/// The numbers that new files get, by their folder: a later file corrects an earlier one.
#[derive(Debug, Clone, Default)]
pub struct Numbers(Arc<Mutex<BTreeMap<PathBuf, u64>>>);

impl Numbers {
    /// The next number, which is above those of all files that are kept with a note; these are read for the first one alone.
    ///
    /// # Errors
    /// When a note cannot be read.
    pub(super) fn next(&self, root: &Path, raw: Raw) -> Result<u64, PipelineError> {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = root.join(raw.folder());
        let number = match numbers.get(&folder) {
            Some(number) => *number,
            None => above(root, raw)?,
        };
        numbers.insert(folder, number + 1);
        Ok(number)
    }
}

fn above(root: &Path, raw: Raw) -> Result<u64, PipelineError> {
    let folder = root.join(raw.folder());
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(io_at(&folder))?,
    };
    let mut above = 0;
    for entry in entries {
        let name = entry.map_err(io_at(&folder))?.file_name();
        let file = name.to_string_lossy().strip_suffix(NOTE).map(|file| Path::new(raw.folder()).join(file));
        if let Some(file) = file
            && let Some(note) = reading(root, &file)?
        {
            above = above.max(note.number + 1);
        }
    }
    Ok(above)
}

/// The kept file with a checksum and its note, if there are both; the file may lie elsewhere.
pub(super) fn known(
    root: &Path,
    raw: Raw,
    sha256: &str,
    on_demand: bool,
) -> Result<Option<(PathBuf, Reading)>, PipelineError> {
    for file in kept(root, raw)? {
        if is_of(&file, sha256)
            && (on_demand || root.join(&file).exists())
            && let Some(reading) = reading(root, &file)?
            // The name has a part of the checksum only, and notes of earlier versions have none.
            && match reading.sha256.as_str() {
                "" => checksum::of_file(&root.join(&file)).is_ok_and(|(_, own)| own == sha256),
                known => known == sha256,
            }
        {
            return Ok(Some((file, reading)));
        }
    }
    Ok(None)
}

/// The names of the files in a folder, but for notes. One that the lake has, and on which there is a note, may lie on S3 alone.
///
/// # Errors
/// When the folder cannot be read, or the lake that may have others.
pub fn names(root: &Path, folder: &str) -> io::Result<BTreeSet<OsString>> {
    let here = fs::read_dir(root.join(folder))?.map(|entry| Ok(entry?.file_name()));
    let mut here: BTreeSet<OsString> = here.collect::<io::Result<_>>()?;
    let lake = match Link::read(root, Kind::Mirror).map_err(io::Error::other)? {
        None => None,
        Some(_) => match Lake::open(root) {
            Err(LakeError::Missing(_)) => None,
            lake => Some(lake.map_err(io::Error::other)?),
        },
    };
    if let Some(lake) = lake {
        let below =
            lake.manifest.raw.iter().filter_map(|file| file.path.strip_prefix(folder)?.strip_prefix('/'));
        let noted = below.filter(|name| here.contains(&OsString::from(format!("{name}{NOTE}"))));
        let noted: Vec<OsString> = noted.map(OsString::from).collect();
        here.extend(noted);
    }
    here.retain(|name| !name.to_string_lossy().ends_with(NOTE));
    Ok(here)
}

/// The files of a kind that are kept, by name.
///
/// # Errors
/// As [`names`], but that a folder may not be there.
pub fn kept(root: &Path, raw: Raw) -> Result<Vec<PathBuf>, PipelineError> {
    let names = match names(root, raw.folder()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        names => names.map_err(io_at(&root.join(raw.folder())))?,
    };
    Ok(names.iter().map(|name| Path::new(raw.folder()).join(name)).collect())
}

/// Whether a kept file's name begins as a checksum does.
fn is_of(file: &Path, sha256: &str) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.split_once('-').is_some_and(|(id, _)| id.len() >= ID && sha256.starts_with(id))
}

/// Whether a kept file came with this name, which is without a folder.
pub(super) fn is_called(file: &Path, name: &Path) -> bool {
    let kept = file.file_name().unwrap_or_default().to_string_lossy();
    let own = kept.split_once('-').map(|(_, own)| own);
    name.components().count() == 1 && own == Some(&clean_name(name)) && !own.is_some_and(str::is_empty)
}

/// Digits of the checksum in a name.
pub(super) const ID: usize = 12;

/// The name under which a file is to be kept.
pub(super) fn free_name(root: &Path, raw: Raw, path: &Path, sha256: &str) -> PathBuf {
    let name = |id: &str| Path::new(raw.folder()).join(format!("{id}-{}", clean_name(path)));
    let usual = name(sha256.get(..ID).unwrap_or_default());
    // Another file of that name begins with the same digits, unless a run was stopped that had put it there.
    let is_other = checksum::of_file(&root.join(&usual)).is_ok_and(|(_, other)| other != sha256);
    let is_of_other = || {
        let note = reading(root, &usual).ok().flatten();
        note.is_some_and(|note| !note.sha256.is_empty() && note.sha256 != sha256)
    };
    if is_other || is_of_other() { name(sha256) } else { usual }
}

/// The names of the faults of a kept file, and of those for which it was refused before.
pub(super) fn faults(raw: Raw, file: &Path) -> [String; 2] {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let id = name.split('-').next().unwrap_or_default();
    let area = raw.folder().trim_start_matches("raw/");
    [format!("{id}-{area}"), format!("{id}-{area}-refused")]
}

/// The file's own name in letters that every file system and shell takes.
pub(super) fn clean_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let clean =
        |letter: char| if letter.is_ascii_alphanumeric() || ".-_".contains(letter) { letter } else { '-' };
    let clean: String = name.chars().map(clean).collect();
    // The end tells what it is.
    let long = clean.len().saturating_sub(80);
    clean.get(long..).unwrap_or_default().trim_start_matches(['.', '-']).to_owned()
}

/// Rows as clean CSV: UTF-8, commas, LF, a header.
pub struct Clean {
    out: BufWriter<Draft>,
    line: Vec<u8>,
}

impl Clean {
    /// With its header.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn new<'a>(root: &Path, names: impl Iterator<Item = &'a str>) -> Result<Self, PipelineError> {
        let mut clean = Self { out: BufWriter::new(temporary(root)?), line: Vec::new() };
        clean.row(names).map_err(io_at(root))?;
        Ok(clean)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn row<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
        self.line.clear();
        records::write(&mut self.line, cells);
        self.out.write_all(&self.line)
    }

    /// The whole file, to be read or named.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn finish(self) -> Result<Draft, PipelineError> {
        self.out.into_inner().map_err(|error| io_at(Path::new("_saldo/incoming"))(error.into_error()))
    }
}
