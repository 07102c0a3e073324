//! Why the pipeline stops.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use crate::lake::LakeError;
use crate::lake::error::PlaceError;

/// Why the pipeline stopped. What it had not yet replaced is as before.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A stage's statement failed.
    #[error("stage {stage} failed: {message}")]
    Stage { stage: &'static str, message: String },
    /// There is nothing to read.
    #[error("no raw files in {}", .0.display())]
    NoRawFiles(PathBuf),
    /// Raw files that the tables were made from are gone, and nobody forgot them.
    #[error("the raw file {path} is gone{}, and the tables would lose its rows", and_more(*.more))]
    RawLost { path: String, more: usize },
    /// The note on a raw file is not what this program wrote.
    #[error("{} is damaged: {why}", .path.display())]
    Damaged { path: PathBuf, why: String },
    /// A file that an older reader took in, and today's refuses.
    #[error("{} was read by an older reader, and this one refuses it: {why}", .file.display())]
    Older { file: PathBuf, sha256: String, why: String },
    /// What came of a run elsewhere is not what it should be.
    #[error("what was made there cannot be taken into the lake: {0}")]
    Spark(String),
    /// A file in the folder of a table that the manifest does not name, where whole folders are read.
    #[error(
        "{path} lies in the folder of {table} but is not in the manifest, and Athena would read it as rows of {table}"
    )]
    Stray { path: String, table: String },
    /// The note of a run on Spark is not what this program wrote.
    #[error("cannot use _saldo/submitted.json: {0}")]
    Noted(String),
    /// Raw files of a bucket are here in another form, or were forgotten, and only a run publishes that.
    #[error("the local copy of {0} differs from the bucket, which Spark reads")]
    Unpublished(String),
    /// The manifest could not be read or written.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A bucket or a disk to which files go could not be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Disk trouble.
    #[error("cannot use {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" with {more} more") }
}

/// Trouble with a place on the disk.
pub fn io_at(path: &Path) -> impl Fn(io::Error) -> PipelineError {
    move |source| PipelineError::Io { path: path.into(), source }
}

/// Keeps the database's words and leaves its error type to the engine.
pub fn stage_failed<E: Display>(stage: &'static str) -> impl Fn(E) -> PipelineError {
    move |error| PipelineError::Stage { stage, message: error.to_string() }
}

/// A thread can only end without an answer by a fault inside a library.
pub fn died(stage: &'static str) -> PipelineError {
    PipelineError::Stage { stage, message: "a worker stopped".into() }
}
