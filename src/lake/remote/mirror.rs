//! The local copy of a lake in a bucket, and what is known of its files without reading them again.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::layout::token;
use crate::lake::File;
use crate::lake::address::Listed;
use crate::lake::error::PlaceError;
use crate::{checksum, disk, lake};

/// The mirror's folder, its files by path below the lake.
#[derive(Debug)]
pub(super) struct Mirror {
    folder: PathBuf,
    /// The folder that is a lake.
    root: PathBuf,
    index: Index,
    changed: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Index {
    /// Tells this mirror from all others.
    token: String,
    files: BTreeMap<String, Entry>,
}

/// A file as it was when it had that checksum. One whose size and time are still the same is not read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    size: u64,
    /// Nanoseconds since 1970, as text: JSON numbers are not exact so far.
    modified: String,
    pub(super) sha256: String,
    /// Of the object in the bucket that is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
}

impl Mirror {
    /// Opens the mirror; an index that cannot be read is begun anew, and files are then read again.
    pub(super) fn open(folder: &Path) -> Result<Self, PlaceError> {
        Self::over(folder, &folder.join("lake"))
    }

    /// The same of a lake that lies elsewhere.
    pub(super) fn over(folder: &Path, root: &Path) -> Result<Self, PlaceError> {
        let text = fs::read(folder.join("index.json")).unwrap_or_default();
        let index: Option<Index> = serde_json::from_slice(&text).ok();
        let changed = index.is_none();
        let fresh = || Index { token: token(&folder.to_string_lossy()), files: BTreeMap::new() };
        let mirror =
            Self { folder: folder.into(), root: root.into(), index: index.unwrap_or_else(fresh), changed };
        fs::create_dir_all(root).map_err(at(folder))?;
        Ok(mirror)
    }

    /// Takes what is known of the files from the disk, where another session may have written it.
    pub(super) fn read_index(&mut self) {
        let text = fs::read(self.folder.join("index.json")).unwrap_or_default();
        if let Ok(index) = serde_json::from_slice(&text) {
            (self.index, self.changed) = (index, false);
        }
    }

    /// The folder that is a lake.
    pub(super) fn root(&self) -> PathBuf {
        self.root.clone()
    }

    pub(super) fn token(&self) -> &str {
        &self.index.token
    }

    /// Where a file of the lake lies.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Where a file waits until all are there. A folder that is missing is made.
    pub(super) fn incoming(&self, path: &str) -> Result<PathBuf, PlaceError> {
        let place = self.folder.join("incoming").join(path);
        make_parent(&place)?;
        Ok(place)
    }

    /// Moves a file that was complete to its place.
    pub(super) fn install(
        &mut self,
        path: &str,
        sha256: String,
        etag: Option<String>,
    ) -> Result<(), PlaceError> {
        let from = self.incoming(path)?;
        self.place(&from, path, sha256, etag)
    }

    /// The same of a file that waits elsewhere.
    pub(super) fn place(
        &mut self,
        from: &Path,
        path: &str,
        sha256: String,
        etag: Option<String>,
    ) -> Result<(), PlaceError> {
        let place = self.path(path);
        make_parent(&place)?;
        fs::rename(from, &place).map_err(at(&place))?;
        self.record(path, sha256, etag)
    }

    /// Where files wait that are brought while others open the lake.
    pub(super) fn coming(&self) -> PathBuf {
        self.folder.join("coming")
    }

    /// Removes a file and the folders that it leaves empty.
    pub(super) fn remove(&mut self, path: &str) -> Result<(), PlaceError> {
        self.changed |= self.index.files.remove(path).is_some();
        let (root, place) = (self.root(), self.path(path));
        lake::remove(&root, &place).map_err(at(&place))
    }

    /// Notes that the file as it lies has this checksum.
    pub(super) fn record(
        &mut self,
        path: &str,
        sha256: String,
        etag: Option<String>,
    ) -> Result<(), PlaceError> {
        let place = self.path(path);
        let found = place.metadata().map_err(at(&place))?;
        let entry = Entry { size: found.len(), modified: modified(&found), sha256, etag };
        self.changed |= self.index.files.insert(path.into(), entry.clone()).as_ref() != Some(&entry);
        Ok(())
    }

    /// Notes which checksum an object has, whatever the file here is.
    pub(super) fn suppose(&mut self, path: &str, sha256: &str, etag: Option<String>) {
        let entry = Entry { size: 0, modified: String::new(), sha256: sha256.into(), etag };
        self.index.files.insert(path.into(), entry);
        self.changed = true;
    }

    /// What is known of a file as it lies; `None` when there is none, or it is not as it was.
    pub(super) fn known(&self, path: &str) -> Option<&Entry> {
        let found = self.path(path).metadata().ok()?;
        let entry = self.index.files.get(path)?;
        (entry.size == found.len() && entry.modified == modified(&found)).then_some(entry)
    }

    /// What was last known of a file, whatever became of it.
    pub(super) fn was(&self, path: &str) -> Option<&Entry> {
        self.index.files.get(path)
    }

    /// The checksum of a file, read only when it changed; `None` when there is no file.
    pub(super) fn sha256(&mut self, path: &str) -> Result<Option<String>, PlaceError> {
        if let Some(entry) = self.known(path) {
            return Ok(Some(entry.sha256.clone()));
        }
        let Some(sha256) = sha256(&self.path(path))? else { return Ok(None) };
        let etag = self.was(path).filter(|entry| entry.sha256 == sha256).and_then(|entry| entry.etag.clone());
        self.record(path, sha256.clone(), etag)?;
        Ok(Some(sha256))
    }

    /// Whether an object of the bucket is the file of a manifest, as far as its size tells, and its ETag where that is
    /// known of the file.
    pub(super) fn is_object(&self, file: &File, object: &Listed) -> bool {
        object.size == file.size && self.etag_of(file).is_none_or(|etag| object.etag.as_deref() == Some(etag))
    }

    /// The ETag that the object had that was the file of a manifest, where that is known.
    pub(super) fn etag_of(&self, file: &File) -> Option<&str> {
        let known = self.was(&file.path).filter(|entry| entry.sha256 == file.sha256);
        known.and_then(|entry| entry.etag.as_deref())
    }

    /// Whether the file is the one of the bucket and not one that a run made since.
    pub(super) fn is_as_pulled(&self, path: &str) -> bool {
        self.known(path).is_some_and(|entry| entry.etag.is_some())
    }

    /// Files below a folder of the lake, by path below the lake.
    pub(super) fn files(&self, folder: &str) -> Result<Vec<String>, PlaceError> {
        let mut found = Vec::new();
        walk(&self.path(folder), folder, &mut found)?;
        found.sort();
        Ok(found)
    }

    /// When the mirror was last the same as the bucket.
    pub(super) fn as_of(&self) -> Option<DateTime<Utc>> {
        let text = fs::read_to_string(self.folder.join("as-of")).ok()?;
        Some(DateTime::parse_from_rfc3339(text.trim()).ok()?.to_utc())
    }

    /// Keeps what is known.
    pub(super) fn keep_index(&mut self) -> Result<(), PlaceError> {
        if self.changed {
            self.save("index.json", &serde_json::to_vec(&self.index).unwrap_or_default())?;
            self.changed = false;
        }
        Ok(())
    }

    /// Keeps what is known, and that the mirror is now the same as the bucket.
    pub(super) fn keep(&mut self) -> Result<(), PlaceError> {
        self.keep_index()?;
        let incoming = self.folder.join("incoming");
        if incoming.exists() {
            fs::remove_dir_all(&incoming).map_err(at(&incoming))?;
        }
        self.save("as-of", Utc::now().to_rfc3339().as_bytes())
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError> {
        let path = self.folder.join(name);
        write_whole(&path, bytes)
    }
}

/// Writes a file, whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), PlaceError> {
    disk::write(path, bytes).map_err(at(path))
}

/// The checksum of a file; `None` when there is none.
pub(super) fn sha256(path: &Path) -> Result<Option<String>, PlaceError> {
    match checksum::of_file(path) {
        Ok((_, sha256)) => Ok(Some(sha256)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

fn walk(folder: &Path, name: &str, found: &mut Vec<String>) -> Result<(), PlaceError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(at(folder))?;
        let below = match name {
            "" => entry.file_name().to_string_lossy().into_owned(),
            name => format!("{name}/{}", entry.file_name().to_string_lossy()),
        };
        if entry.file_type().map_err(at(folder))?.is_dir() {
            walk(&entry.path(), &below, found)?;
        } else {
            found.push(below);
        }
    }
    Ok(())
}

fn make_parent(path: &Path) -> Result<(), PlaceError> {
    path.parent().map_or(Ok(()), |folder| fs::create_dir_all(folder).map_err(at(folder)))
}

fn modified(found: &Metadata) -> String {
    let since = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.unwrap_or_default().as_nanos().to_string()
}

pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> PlaceError {
    move |source| PlaceError::Io { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_again_only_when_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let mut mirror = Mirror::open(folder.path()).unwrap();
        assert_eq!(mirror.sha256("t/a").unwrap(), None);
        write_whole(&mirror.path("t/a"), b"one").unwrap();
        mirror.record("t/a", "noted".into(), Some("etag".into())).unwrap();
        assert_eq!(mirror.sha256("t/a").unwrap().as_deref(), Some("noted"));
        assert!(mirror.is_as_pulled("t/a"));
        mirror.keep().unwrap();
        assert!(mirror.as_of().is_some());
        let token = mirror.token().to_owned();
        let mut mirror = Mirror::open(folder.path()).unwrap();
        assert_eq!(
            (mirror.sha256("t/a").unwrap().as_deref(), mirror.token()),
            (Some("noted"), token.as_str())
        );
        write_whole(&mirror.path("t/a"), b"other").unwrap();
        assert!(!mirror.is_as_pulled("t/a"));
        let read = mirror.sha256("t/a").unwrap().unwrap();
        assert_eq!(read, checksum::sha256(b"other"));
        assert!(!mirror.is_as_pulled("t/a"), "its object is not this file");
        assert_eq!(mirror.files("").unwrap(), ["t/a"]);
        mirror.remove("t/a").unwrap();
        assert!(!mirror.path("t").exists() && mirror.root().exists());
    }
}
