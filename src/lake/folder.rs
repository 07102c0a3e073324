//! A folder on the disk, or a prefix of a bucket, for files that are no lake yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::PlaceError;
use super::place::Place;
use super::remote::{self, Prefix};
use crate::disk;

/// Where files go.
#[derive(Debug)]
pub enum Folder {
    Local(PathBuf),
    Remote(Box<Prefix>),
}

impl Folder {
    /// Of a place. Not to be called from a task of tokio.
    ///
    /// # Errors
    /// When the bucket cannot be reached.
    pub fn open(place: &Place) -> Result<Self, PlaceError> {
        match place {
            Place::Local(folder) => Ok(Self::Local(folder.clone())),
            Place::Remote(remote) => remote::prefix(remote).map(Box::new).map(Self::Remote),
        }
    }

    /// A folder to make files in before they are put here: on the same disk, where there is one. It is gone when it is dropped.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn scratch(&self) -> Result<TempDir, PlaceError> {
        match self {
            Self::Local(folder) => {
                // By custom such a name is no data for whoever reads the folder meanwhile.
                let made =
                    fs::create_dir_all(folder).and_then(|()| TempDir::with_prefix_in(".making-", folder));
                made.map_err(at(folder))
            }
            Self::Remote(_) => tempfile::tempdir().map_err(at(Path::new("the folder for temporary files"))),
        }
    }

    /// Puts files under their names, in place of others. On the disk they are moved, and are there for good when this returns.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be written.
    pub fn put(&self, files: Vec<(PathBuf, String)>) -> Result<(), PlaceError> {
        let folder = match self {
            Self::Local(folder) => folder,
            Self::Remote(prefix) => return prefix.put(files),
        };
        let mut places = Vec::new();
        for (from, name) in files {
            let place = folder.join(name);
            let moved = fs::create_dir_all(disk::folder_of(&place)).and_then(|()| fs::rename(from, &place));
            moved.map_err(at(&place))?;
            places.push(place);
        }
        disk::sync(&places).map_err(at(folder))
    }

    /// A small file, if it is there.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, PlaceError> {
        match self {
            Self::Local(folder) => match fs::read(folder.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                read => read.map(Some).map_err(at(&folder.join(name))),
            },
            Self::Remote(prefix) => prefix.read(name),
        }
    }

    /// Writes a small file, in place of another.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError> {
        match self {
            Self::Local(folder) => {
                let place = folder.join(name);
                disk::write(&place, bytes).map_err(at(&place))
            }
            Self::Remote(prefix) => prefix.write(name, bytes),
        }
    }

    /// Removes files, of which some may not be there.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be written.
    pub fn remove(&self, names: Vec<String>) -> Result<(), PlaceError> {
        let folder = match self {
            Self::Local(folder) => folder,
            Self::Remote(prefix) => return prefix.remove(names),
        };
        for name in names {
            let place = folder.join(name);
            match fs::remove_file(&place) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&place)(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    move |source| PlaceError::Io { path: path.into(), source }
}
