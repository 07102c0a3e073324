//! Objects below a prefix that are no lake: put, read and removed, by several threads at once.

use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use super::bucket::{Bucket, Got, When, each};
use crate::lake::address::Listed;
use crate::lake::error::PlaceError;

/// A prefix of a bucket.
#[derive(Debug)]
pub struct Prefix {
    bucket: Bucket,
    runtime: Runtime,
}

impl Prefix {
    pub(super) fn new(bucket: Bucket, runtime: Runtime) -> Self {
        Self { bucket, runtime }
    }

    /// Uploads files under their names.
    pub(in crate::lake) fn put(&self, files: Vec<(PathBuf, String)>) -> Result<(), PlaceError> {
        let upload =
            async |(from, name): (PathBuf, String)| self.bucket.upload(&from, &name, false).await.map(drop);
        self.runtime.block_on(each(files, upload))
    }

    /// A small object, if it is there.
    pub(in crate::lake) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, PlaceError> {
        match self.runtime.block_on(self.bucket.get(name, None))? {
            Got::New(bytes, _) => Ok(Some(bytes)),
            Got::Same | Got::Absent => Ok(None),
        }
    }

    /// Streams an object into a file; its SHA-256, if it is there.
    pub(in crate::lake) fn download(&self, name: &str, to: &Path) -> Result<Option<String>, PlaceError> {
        let downloaded = self.runtime.block_on(self.bucket.download(name, to))?;
        Ok(downloaded.map(|downloaded| downloaded.sha256))
    }

    /// Copies an object inside the bucket, if it is there.
    pub(in crate::lake) fn copy(&self, from: &str, to: &str) -> Result<bool, PlaceError> {
        self.runtime.block_on(self.bucket.copy(from, to))
    }

    /// Puts a small object.
    pub(in crate::lake) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError> {
        self.runtime.block_on(self.bucket.put(name, bytes, When::Always)).map(drop)
    }

    /// Puts a small object in place of what it was when it was read, or says that it is another one by now.
    pub(in crate::lake) fn replace(
        &self,
        name: &str,
        was: Option<&[u8]>,
        bytes: &[u8],
    ) -> Result<bool, PlaceError> {
        self.runtime.block_on(async {
            let when = match (self.bucket.get(name, None).await?, was) {
                (Got::New(found, etag), Some(was)) if found == was => etag.map_or(When::Always, When::Is),
                (Got::Absent, None) => When::Absent,
                _ => return Ok(false),
            };
            if self.bucket.put(name, bytes, when).await?.is_some() {
                return Ok(true);
            }
            // The answer to an earlier try may have been lost.
            Ok(matches!(self.bucket.get(name, None).await?, Got::New(found, _) if found == bytes))
        })
    }

    /// The objects below a folder.
    pub(in crate::lake) fn list(&self, below: &str) -> Result<Vec<Listed>, PlaceError> {
        self.runtime.block_on(self.bucket.list(below))
    }

    /// Deletes objects, of which some may not be there.
    pub(in crate::lake) fn remove(&self, names: Vec<String>) -> Result<(), PlaceError> {
        if names.is_empty() { Ok(()) } else { self.runtime.block_on(self.bucket.delete(names)) }
    }
}
