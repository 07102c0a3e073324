//! Files on the disk: walked, measured, removed, and named in SQL.

use std::fs;
use std::io;
use std::path::Path;

use super::error::{PipelineError, io_at};
use super::stages::Raw;
use crate::sql::quote_text;
use crate::{checksum, lake};

/// Tells every file below a folder, as a path below the root, in the order of the paths.
pub fn walk(
    root: &Path,
    folder: &str,
    tell: &mut dyn FnMut(String) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    walk_without(root, folder, "", tell)
}

/// The same, but for what lies below one of the folders.
pub fn walk_without(
    root: &Path,
    folder: &str,
    left_out: &str,
    tell: &mut dyn FnMut(String) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    let path = root.join(folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).map_err(io_at(&path))? {
        let entry = entry.map_err(io_at(&path))?;
        let kind = entry.file_type().map_err(io_at(&path))?;
        // A folder of raw files may lie elsewhere; other links may lead anywhere, also back to where they stand.
        let is_raw = || Raw::ALL.iter().any(|raw| entry.path() == root.join(raw.folder()));
        let is_folder = kind.is_dir() || (kind.is_symlink() && is_raw() && entry.path().is_dir());
        names.push((entry.file_name(), is_folder));
    }
    names.sort();
    for (name, is_folder) in names {
        let below = format!("{folder}/{}", name.to_string_lossy());
        if below == left_out {
            continue;
        }
        if is_folder {
            walk_without(root, &below, left_out, tell)?;
        } else {
            tell(below)?;
        }
    }
    Ok(())
}

/// A file of the lake with its size and SHA-256.
pub fn file(root: &Path, path: String) -> Result<lake::File, PipelineError> {
    let place = root.join(&path);
    let (size, sha256) = checksum::of_file(&place).map_err(io_at(&place))?;
    Ok(lake::File { path, size, sha256 })
}

/// A path as a string literal.
pub fn quoted(path: &Path) -> String {
    quote_text(&path.to_string_lossy())
}

/// Removes a folder that may not be there.
pub fn clear(folder: &Path) -> Result<(), PipelineError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(folder)(error)),
        _ => Ok(()),
    }
}

/// The SELECT that reads Parquet files, without their folders' names as columns.
pub fn read<'a>(paths: impl Iterator<Item = &'a Path>) -> String {
    let paths = paths.map(quoted).collect::<Vec<_>>().join(", ");
    format!("SELECT * FROM read_parquet([{paths}], hive_partitioning = false)")
}
