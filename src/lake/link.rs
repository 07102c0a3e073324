//! The lake on S3 that a local one is a snapshot or the mirror of, or was pushed to: where it is, and which state of it is
//! here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::address::AwsOptions;
use super::manifest::LakeError;
use super::selection::Selection;
use crate::disk;

/// Which of them a link is; each has a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The local lake is a snapshot of the other.
    Origin,
    /// The local lake was pushed to the other.
    Pushed,
    /// The local lake is the mirror of the other: what it has not is there.
    Mirror,
}

/// Another lake, and when the local one was last the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// `s3://bucket/prefix`.
    pub url: String,
    /// How it is reached; no keys.
    #[serde(default)]
    pub options: AwsOptions,
    /// SHA-256 of its manifest; empty while the first pull goes on, and of a mirror, whose own manifest tells it.
    pub manifest: String,
    /// ETag of its manifest, where that was in place.
    pub etag: Option<String>,
    /// When the local lake was last the same.
    pub as_of: DateTime<Utc>,
    /// Which of its tables a snapshot has.
    #[serde(default)]
    pub selection: Selection,
}

impl Link {
    /// The link of a local lake, if it has one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(root: &Path, kind: Kind) -> Result<Option<Self>, LakeError> {
        let path = place(root, kind);
        match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map(Some).map_err(|source| LakeError::Manifest { path, source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LakeError::Io { path, source }),
        }
    }

    /// Keeps the link of a local lake.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write(&self, root: &Path, kind: Kind) -> Result<(), LakeError> {
        let path = place(root, kind);
        let text = serde_json::to_vec_pretty(self)
            .map_err(|source| LakeError::Manifest { path: path.clone(), source })?;
        disk::write(&path, &text).map_err(|source| LakeError::Io { path, source })
    }
}

fn place(root: &Path, kind: Kind) -> PathBuf {
    root.join("_saldo").join(match kind {
        Kind::Origin => "origin.json",
        Kind::Pushed => "pushed.json",
        Kind::Mirror => "mirror.json",
    })
}
