//! The run on Spark that a lake is waiting for, as it is noted beside the lake.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::error::{PipelineError, io_at};
use super::super::stages::WRITER;
use crate::checksum::sha256;
use crate::lake::folder::Folder;
use crate::lake::place::STAGING;
use crate::lake::{LAYOUT, Manifest, manifest_path};

const SUBMITTED: &str = "_saldo/submitted.json";

/// A run that Spark is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Our own name of it, and that of its folder in staging.
    pub run: String,
    /// The target of the settings that it was given to, and what that calls it.
    pub target: String,
    pub id: Option<String>,
    /// Where its job was asked for, and a checksum of the settings that were a part of that; nothing before.
    #[serde(default)]
    pub asked: Option<(String, String)>,
    /// When its job was started; before, when it was noted.
    pub at: DateTime<Utc>,
    /// The tables that it makes.
    pub tables: Vec<String>,
    /// The raw files and files of tables that it reads, and their bytes.
    pub files: u64,
    pub bytes: u64,
    /// Checksum of the manifest that it began from.
    pub(super) base: String,
    /// The lake as it will be, but for these tables.
    pub(super) manifest: Manifest,
}

impl Submitted {
    /// The run of a lake that is not taken in yet.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn read(folder: &Folder) -> Result<Option<Self>, PipelineError> {
        let Some(text) = folder.read(SUBMITTED)? else { return Ok(None) };
        let run: Self =
            serde_json::from_slice(&text).map_err(|error| PipelineError::Noted(error.to_string()))?;
        // Its folder is removed by that name, whoever wrote it.
        let is_name = run
            .run
            .strip_prefix("spark-")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_name { Ok(Some(run)) } else { Err(PipelineError::Noted("it names no run".into())) }
    }

    /// Notes the run, with what the target calls it.
    ///
    /// # Errors
    /// When the lake cannot be written.
    pub fn write(&self, folder: &Folder) -> Result<(), PipelineError> {
        let text = serde_json::to_vec(self).map_err(|error| io_at(Path::new(SUBMITTED))(error.into()))?;
        Ok(folder.write(SUBMITTED, &text)?)
    }

    /// Removes all that there is of the run, its name at last; the name of another one stays. For whoever may write the lake.
    ///
    /// # Errors
    /// When the lake cannot be written.
    pub fn remove(&self, folder: &Folder) -> Result<(), PipelineError> {
        folder.clear(&self.folder())?;
        if Self::read(folder)?.is_some_and(|noted| noted.run == self.run) {
            folder.remove(vec![SUBMITTED.to_owned()])?;
        }
        Ok(())
    }

    /// Whether the lake in a folder is still the one that the run began from, and this version is the one that began it: others
    /// make other tables of the same files.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn is_current(&self, root: &Path) -> Result<bool, PipelineError> {
        let is_ours = self.manifest.writer == WRITER && self.manifest.layout == LAYOUT;
        Ok(is_ours && base(root)? == self.base)
    }

    /// The lake as it will be, but for its tables.
    #[must_use]
    pub fn lake(&self) -> &Manifest {
        &self.manifest
    }

    /// Its folder, below the lake.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{STAGING}/{}", self.run)
    }

    /// The tables of which all is written.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn done(&self, folder: &Folder) -> Result<usize, PipelineError> {
        let mut done = 0;
        for table in &self.tables {
            done += usize::from(folder.read(&format!("{}/{table}/_SUCCESS", self.folder()))?.is_some());
        }
        Ok(done)
    }
}

/// Checksum of the manifest of the lake in a folder; nothing where there is none.
pub(super) fn base(root: &Path) -> Result<String, PipelineError> {
    let path = manifest_path(root);
    match fs::read(&path) {
        Ok(text) => Ok(sha256(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(io_at(&path)(error)),
    }
}
