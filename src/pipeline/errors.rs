//! What could not be fetched or read: a JSON line each under `raw/errors`, a row each in the table `error_error`.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use tempfile::NamedTempFile;

use super::error::{PipelineError, io_at};
use super::ingest::keep;
use super::raw;

/// One thing that could not be fetched or read. Fields that do not apply are empty; no field ever holds a key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fault {
    /// Run in which it happened, see [`run_id`].
    pub run_id: String,
    pub happened_at_utc: DateTime<Utc>,
    /// What was worked on: `rates`, `bank` or `balances`.
    pub area: String,
    /// Rate source, or the bank file's name.
    pub source: String,
    /// A stable word for the kind of fault, for example `invalid_date` or `ragged_line`.
    pub error: String,
    /// One sentence for a person.
    pub message: String,
    /// The provider's own description.
    pub description: Option<String>,
    /// Date whose rates were asked for.
    pub requested_date: Option<NaiveDate>,
    /// Address, without anything secret.
    pub url: Option<String>,
    pub http_status: Option<u16>,
    /// Number of the last attempt, from 1.
    pub attempt: Option<u32>,
    /// Whether asking again can help.
    pub retryable: Option<bool>,
    pub body_sha256: Option<String>,
    /// The first 2 kB of the answer, secrets taken out.
    pub body_head: Option<String>,
    /// Line of the file, the header being line 1.
    pub line_no: Option<u64>,
    /// Column of the file, as its header names it.
    pub column_name: Option<String>,
    /// The text that could not be read, at most 2 kB of it.
    pub text: Option<String>,
}

/// Names a run: the second in which it began and its process, for example `20260105T070000Z-4711`.
#[must_use]
pub fn run_id(now: DateTime<Utc>) -> String {
    format!("{}-{}", now.format("%Y%m%dT%H%M%SZ"), std::process::id())
}

/// Keeps the faults of one run; a run without faults leaves no file.
///
/// # Errors
/// When the disk does.
pub fn record(root: &Path, run_id: &str, area: &str, faults: &[Fault]) -> Result<(), PipelineError> {
    if faults.is_empty() {
        return Ok(());
    }
    let mut text = Vec::new();
    for fault in faults {
        let line = serde_json::to_vec(fault);
        text.extend(
            line.map_err(|error| PipelineError::Stage { stage: "error_error", message: error.to_string() })?,
        );
        text.push(b'\n');
    }
    let path = PathBuf::from("raw/errors").join(format!("{run_id}-{area}.jsonl"));
    raw::put(root, &path, &text).map(drop)
}

/// The faults that runs recorded for an area.
///
/// # Errors
/// When the disk does.
pub fn recorded(root: &Path, area: &str) -> Result<Vec<Fault>, PipelineError> {
    let folder = root.join("raw/errors");
    let ending = format!("-{area}.jsonl");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let path = entry.map_err(io_at(&folder))?.path();
        if path.to_string_lossy().ends_with(&ending) {
            let text = fs::read_to_string(&path).map_err(io_at(&path))?;
            found.extend(text.lines().filter_map(|line| serde_json::from_str(line).ok()));
        }
    }
    Ok(found)
}

/// Faults that are written as they are found, however many there are.
pub struct Writer {
    out: BufWriter<NamedTempFile>,
    /// How many there are.
    pub count: u64,
}

impl Writer {
    /// Into a file that has no name until it is kept.
    #[must_use]
    pub fn new(file: NamedTempFile) -> Self {
        Self { out: BufWriter::new(file), count: 0 }
    }

    /// Adds one.
    ///
    /// # Errors
    /// When the disk does.
    pub fn add(&mut self, fault: &Fault) -> Result<(), PipelineError> {
        let written = serde_json::to_writer(&mut self.out, fault).map_err(io::Error::from);
        written.map_err(io_at(Path::new("raw/errors")))?;
        self.count += 1;
        self.out.write_all(b"\n").map_err(io_at(Path::new("raw/errors")))
    }

    /// Keeps the faults of one file under its name; faults that were kept before stay, and none leave no file.
    ///
    /// # Errors
    /// When the disk does.
    pub fn keep(self, root: &Path, name: &str) -> Result<(), PipelineError> {
        if self.count == 0 {
            return Ok(());
        }
        let path = PathBuf::from("raw/errors").join(format!("{name}.jsonl"));
        let file = self.out.into_inner().map_err(|error| io_at(&path)(error.into_error()))?;
        keep::name(root, file, &path)
    }
}
