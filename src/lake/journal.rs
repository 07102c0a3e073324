//! What a run that publishes is about to do. From the moment the journal has its name the run counts, and whoever writes
//! next completes it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::manifest::{LakeError, Manifest, manifest_path};
use crate::disk;

/// What a run changes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Journal {
    /// Files that wait in the work folder, as paths below the lake.
    pub moves: Vec<String>,
    /// Files that go.
    pub removes: Vec<String>,
    /// What the lake holds afterwards.
    pub manifest: Manifest,
}

/// Where a run builds.
#[must_use]
pub fn work(root: &Path) -> PathBuf {
    root.join("_saldo").join("work")
}

/// Where new files wait.
#[must_use]
pub fn fresh(root: &Path) -> PathBuf {
    work(root).join("new")
}

/// Where the journal lies.
#[must_use]
pub fn path(root: &Path) -> PathBuf {
    root.join("_saldo").join("commit.json")
}

impl Journal {
    /// The journal of a run that is being published, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(root: &Path) -> Result<Option<Self>, LakeError> {
        let path = path(root);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LakeError::Io { path, source }),
        };
        let journal: Self =
            serde_json::from_slice(&text).map_err(|source| LakeError::Manifest { path, source })?;
        Ok(Some(Self { manifest: journal.manifest.checked(root)?, ..journal }))
    }

    /// Puts the journal in its place: from here on the run counts.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write(&self, root: &Path) -> Result<(), LakeError> {
        let path = path(root);
        let text =
            serde_json::to_vec(self).map_err(|source| LakeError::Manifest { path: path.clone(), source })?;
        disk::write(&path, &text).map_err(|source| LakeError::Io { path, source })
    }
}

/// Tells one state of a lake from another without reading it: each publishing replaces the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    manifest: Option<Version>,
    is_publishing: bool,
}

/// Length, time and number of a file.
type Version = (u64, Option<SystemTime>, u64);

impl Stamp {
    /// Of the lake in a folder as it is now.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        // The journal goes after the manifest has come: looked at first, it cannot be missed.
        let is_publishing = path(root).exists();
        let version = |found: fs::Metadata| (found.len(), found.modified().ok(), number(&found));
        Self { manifest: fs::metadata(manifest_path(root)).ok().map(version), is_publishing }
    }

    /// Whether there is a lake.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.manifest.is_some()
    }

    /// Whether a run was being published.
    #[must_use]
    pub fn is_publishing(&self) -> bool {
        self.is_publishing
    }
}

#[cfg(unix)]
fn number(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn number(_found: &fs::Metadata) -> u64 {
    0
}
