//! A folder on the disk, or a prefix of a bucket, for files that no manifest names.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::error::PlaceError;
use super::manifest::manifest_path;
use super::place::Place;
use super::remote::{self, Prefix};
use crate::{checksum, disk};

/// How the name of a folder begins in which files are made: by custom it is no data for whoever reads the folder meanwhile.
const MAKING: &str = ".making-";
/// Held while a file is replaced.
const LOCK: &str = ".lock";
/// After so long nobody makes files in one any more: its run was killed.
const DAY: Duration = Duration::from_hours(24);

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

    /// Whether a lake lies here.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be read.
    pub fn is_lake(&self) -> Result<bool, PlaceError> {
        Ok(self.read(&manifest_path(Path::new("")).to_string_lossy())?.is_some())
    }

    /// Removes the folders that killed runs made files in, once they are older than a day. A bucket has none.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove_old_scratch(&self) -> Result<(), PlaceError> {
        let Self::Local(folder) = self else { return Ok(()) };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(at(folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(at(folder))?;
            let touched = entry.metadata().and_then(|found| found.modified());
            let is_old = touched.is_ok_and(|touched| touched.elapsed().is_ok_and(|age| age > DAY));
            if !is_old || !entry.file_name().to_string_lossy().starts_with(MAKING) {
                continue;
            }
            match fs::remove_dir_all(entry.path()) {
                // Another run may remove it at the same time.
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(at(&entry.path())(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A folder to make files in before they are put here: on the same disk, where there is one. It is gone when it is dropped.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn scratch(&self) -> Result<TempDir, PlaceError> {
        match self {
            Self::Local(folder) => {
                let made = fs::create_dir_all(folder).and_then(|()| TempDir::with_prefix_in(MAKING, folder));
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
            let moved =
                fs::create_dir_all(disk::folder_of(&place)).and_then(|()| disk::rename(&from, &place));
            moved.map_err(at(&place))?;
            places.push(place);
        }
        disk::sync(folder, &places).map_err(at(folder))
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

    /// Copies a file, however long, to one on this disk; its SHA-256, if it is there.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be read.
    pub fn fetch(&self, name: &str, to: &Path) -> Result<Option<String>, PlaceError> {
        match self {
            Self::Local(folder) => match fs::copy(folder.join(name), to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                copied => {
                    copied.map_err(at(to))?;
                    Ok(Some(checksum::of_file(to).map_err(at(to))?.1))
                }
            },
            Self::Remote(prefix) => prefix.download(name, to),
        }
    }

    /// Gives a file another name; whether it is there.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be written.
    pub fn rename(&self, from: &str, to: &str) -> Result<bool, PlaceError> {
        match self {
            Self::Local(folder) => match fs::rename(folder.join(from), folder.join(to)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                renamed => renamed.map(|()| true).map_err(at(&folder.join(from))),
            },
            Self::Remote(prefix) => {
                let is_there = prefix.copy(from, to)?;
                prefix.remove(vec![from.to_owned()])?;
                Ok(is_there)
            }
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

    /// Writes a small file in place of what it was when it was read, or says that it is another one by now.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be written.
    pub fn replace(&self, name: &str, was: Option<&[u8]>, bytes: &[u8]) -> Result<bool, PlaceError> {
        match self {
            Self::Local(folder) => {
                let lock = folder.join(LOCK);
                let replace = || {
                    let is_same = self.read(name)?.as_deref() == was;
                    if is_same {
                        self.write(name, bytes)?;
                    }
                    Ok(is_same)
                };
                disk::alone(&lock, replace).map_err(at(&lock))?
            }
            Self::Remote(prefix) => prefix.replace(name, was, bytes),
        }
    }

    /// The files of a folder and of those below, by their names from here on, with their bytes; none where there is no such
    /// folder.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be read.
    pub fn list(&self, below: &str) -> Result<BTreeMap<String, u64>, PlaceError> {
        let mut found = BTreeMap::new();
        match self {
            Self::Local(folder) => walk(folder, below, &mut found)?,
            Self::Remote(prefix) => {
                found.extend(prefix.list(below)?.into_iter().map(|object| (object.path, object.size)));
            }
        }
        Ok(found)
    }

    /// Removes a folder with all that is below.
    ///
    /// # Errors
    /// When the disk fails, or the bucket cannot be written.
    pub fn clear(&self, below: &str) -> Result<(), PlaceError> {
        match self {
            Self::Local(folder) => match fs::remove_dir_all(folder.join(below)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&folder.join(below))(error)),
                _ => Ok(()),
            },
            Self::Remote(_) => self.remove(self.list(below)?.into_keys().collect()),
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

fn walk(root: &Path, below: &str, found: &mut BTreeMap<String, u64>) -> Result<(), PlaceError> {
    let folder = root.join(below);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(at(&folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(at(&folder))?;
        let metadata = entry.metadata().map_err(at(&entry.path()))?;
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        if metadata.is_dir() {
            walk(root, &name, found)?;
        } else {
            found.insert(name, metadata.len());
        }
    }
    Ok(())
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    move |source| PlaceError::Io { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_another_machine_wrote_meanwhile_is_not_replaced() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::Local(place.path().into());
        assert!(folder.replace("note", None, b"one").unwrap());
        assert!(!folder.replace("note", None, b"two").unwrap(), "it is there");
        assert!(folder.replace("note", Some(b"one"), b"two").unwrap());
        assert!(!folder.replace("note", Some(b"one"), b"three").unwrap(), "it is another one");
        assert_eq!(folder.read("note").unwrap().as_deref(), Some(&b"two"[..]));
        assert!(!place.path().join(LOCK).exists());
    }
}
