//! Raw files: immutable, put once, listed by name.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::error::{PipelineError, io_at};
use super::ingest::keep::{self, names};
use super::ingest::note::Reading;
use super::stages::Raw;
use crate::disk::Draft;

/// Whether there is a raw file of a kind, and a row in it: a table without rows is not made.
pub(super) fn is_there(root: &Path, raw: Raw) -> Result<bool, PipelineError> {
    Ok(keep::kept(root, raw)?.iter().any(|file| {
        // A note that cannot be read is the view's to tell.
        let has_rows = |reading: Reading| reading.parts.iter().any(|part| part.rows > 0);
        keep::reading(root, file).ok().flatten().is_none_or(has_rows)
    }))
}

/// What became of a raw file that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    Kept,
    /// A file of that name with the same bytes was there.
    Known,
    /// A file of that name with other bytes was there and stays.
    Differs,
}

/// Keeps a raw file as received, under a temporary name first; a file that is there is never changed.
///
/// # Errors
/// When the disk does.
pub fn put(root: &Path, path: &Path, bytes: &[u8]) -> Result<Put, PipelineError> {
    let place = root.join(path);
    let folder = place.parent().unwrap_or(root);
    match fs::read(&place) {
        Ok(found) if found == bytes => return Ok(Put::Known),
        Ok(_) => return Ok(Put::Differs),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io_at(&place)(error)),
    }
    let mut draft = Draft::beside(&place).map_err(io_at(folder))?;
    draft.write_all(bytes).map_err(io_at(&place))?;
    draft.keep_new(&place).map_err(io_at(&place))?;
    Ok(Put::Kept)
}

/// The files of a folder that end so, below the root and in the order of their names.
pub(super) fn files(root: &Path, folder: &str, endings: &[&str]) -> Result<Vec<PathBuf>, PipelineError> {
    let path = root.join(folder);
    let mut found = Vec::new();
    let names = match names(root, folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(PipelineError::NoRawFiles(path)),
        names => names.map_err(io_at(&path))?,
    };
    for name in names {
        let text = name.to_string_lossy();
        if endings.iter().any(|ending| text.ends_with(ending)) {
            found.push(Path::new(folder).join(name));
        }
    }
    if found.is_empty() { Err(PipelineError::NoRawFiles(path)) } else { Ok(found) }
}
