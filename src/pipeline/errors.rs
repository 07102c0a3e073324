//! What could not be fetched or read: a JSON line each under `raw/errors`, a row each in the table `error_error`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::error::{PipelineError, io_at};
use super::ingest::{forget, keep};
use super::raw;
use crate::disk::Draft;

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
    let path = path(&format!("{run_id}-{area}"));
    raw::put(root, &path, &text).map(drop)
}

/// The faults that runs recorded for an area.
///
/// # Errors
/// When the disk does.
pub fn recorded(root: &Path, area: &str) -> Result<Vec<Fault>, PipelineError> {
    let folder = root.join(FOLDER);
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
    out: BufWriter<Draft>,
    /// How many there are.
    pub count: u64,
}

impl Writer {
    /// Into a file that has no name until it is kept.
    #[must_use]
    pub fn new(file: Draft) -> Self {
        Self { out: BufWriter::new(file), count: 0 }
    }

    /// Adds one.
    ///
    /// # Errors
    /// When the disk does.
    pub fn add(&mut self, fault: &Fault) -> Result<(), PipelineError> {
        let written = serde_json::to_writer(&mut self.out, fault).map_err(io::Error::from);
        written.map_err(io_at(Path::new(FOLDER)))?;
        self.count += 1;
        self.out.write_all(b"\n").map_err(io_at(Path::new(FOLDER)))
    }

    /// Adds those of another writer.
    ///
    /// # Errors
    /// When the disk does.
    pub fn append(&mut self, other: Self) -> Result<(), PipelineError> {
        let failed = |error: io::Error| io_at(Path::new(FOLDER))(error);
        self.count += other.count;
        let file = other.out.into_inner().map_err(|error| failed(error.into_error()))?;
        let mut written = File::open(file.path()).map_err(failed)?;
        io::copy(&mut written, &mut self.out).map(drop).map_err(failed)
    }

    /// Keeps the faults of one file under its name, in place of those of an earlier reading; none leave no file. The same
    /// faults stay as they are, with the run that met them first.
    ///
    /// # Errors
    /// When the disk does.
    pub fn keep(self, root: &Path, name: &str) -> Result<(), PipelineError> {
        if self.count == 0 {
            return remove(root, name);
        }
        let path = path(name);
        let file = self.out.into_inner().map_err(|error| io_at(&path)(error.into_error()))?;
        if are_equal(file.path(), &root.join(&path)).map_err(io_at(&path))? {
            return Ok(());
        }
        keep::replace(root, file, &path)
    }
}

/// Removes the faults of one file.
///
/// # Errors
/// When the disk does.
pub fn remove(root: &Path, name: &str) -> Result<(), PipelineError> {
    let path = path(name);
    if !root.join(&path).exists() {
        return Ok(());
    }
    forget::remove(root, &BTreeSet::from([path.to_string_lossy().into_owned()]))
}

/// Where faults are kept, below the lake.
const FOLDER: &str = "raw/errors";

fn path(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.jsonl"))
}

/// Whether two files have the same faults, whenever they happened.
fn are_equal(one: &Path, other: &Path) -> io::Result<bool> {
    let other = match File::open(other) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other?,
    };
    let lines = |file: File| BufReader::new(file).lines();
    let fault = |line: String| -> io::Result<Fault> {
        let fault: Fault = serde_json::from_str(&line)?;
        Ok(Fault { run_id: String::new(), happened_at_utc: DateTime::default(), ..fault })
    };
    let (mut one, mut other) = (lines(File::open(one)?), lines(other));
    loop {
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => return Ok(true),
            (Some(one), Some(other)) => {
                if fault(one)? != fault(other)? {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
    }
}
