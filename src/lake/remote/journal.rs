//! What a publish has begun: from its journal on it counts, and whoever comes next completes it.

use std::slice;

use serde::{Deserialize, Serialize};

use super::bucket::{Bucket, Got};
use super::layout::{JOURNAL, MANIFEST, STAGING, check_path};
use crate::checksum::sha256;
use crate::lake::File;
use crate::lake::error::PlaceError;

/// What a publish is about to do, once all of it lies in staging.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    /// Name of the folder in staging.
    pub(super) run: String,
    /// ETag of the manifest that is replaced.
    pub(super) replaces: Option<String>,
    /// SHA-256 of the new manifest.
    pub(super) manifest: String,
    /// What goes from staging to its place.
    pub(super) files: Vec<File>,
    /// What is deleted.
    pub(super) delete: Vec<String>,
}

impl Journal {
    /// What was begun to publish and is not complete, if there is such.
    pub(super) async fn begun(bucket: &Bucket) -> Result<Option<Self>, PlaceError> {
        let Got::New(text, _) = bucket.get(JOURNAL, None).await? else { return Ok(None) };
        let unreadable = |_| PlaceError::Refused {
            place: bucket.place.clone(),
            why: format!("{JOURNAL} is not readable"),
        };
        let journal: Self = serde_json::from_slice(&text).map_err(unreadable)?;
        let paths = journal.files.iter().map(|file| &file.path).chain(&journal.delete);
        for path in paths.chain(slice::from_ref(&journal.run)) {
            check_path(&bucket.place, path)?;
        }
        Ok(Some(journal))
    }

    pub(super) fn staged(&self, path: &str) -> String {
        format!("{STAGING}/{}/{path}", self.run)
    }

    /// Where a file of the new lake lies until all is in place.
    pub(super) fn place(&self, path: &str) -> String {
        let is_moved = self.files.iter().any(|file| file.path == path);
        if is_moved { self.staged(path) } else { path.into() }
    }

    /// The text of the new manifest.
    pub(super) async fn text(&self, bucket: &Bucket) -> Result<Vec<u8>, PlaceError> {
        let path = self.staged(MANIFEST);
        match bucket.get(&path, None).await? {
            Got::New(text, _) if sha256(&text) == self.manifest => Ok(text),
            _ => Err(PlaceError::Changed { place: bucket.place.clone(), path }),
        }
    }
}
