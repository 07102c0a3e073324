//! Which statements a lake was made from, and how each is read.

use std::path::{Path, PathBuf};

use super::super::error::PipelineError;
use super::super::raw;
use super::super::stages::Raw;
use super::keep::reading;
use super::note::FilePart;

/// A statement, or one of a zip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its file below the lake, and its name in a zip.
    pub statement: String,
    pub rows: u64,
    /// The first and the last month of its rows, as `2017-06`.
    pub months: Option<(String, String)>,
    /// How it is read, as clauses with something between them.
    pub read_as: String,
}

impl Taken {
    /// What a list of them has.
    pub const NAMES: [&str; 5] = ["statement", "rows", "first_month", "last_month", "read_as"];

    fn of(file: &Path, part: &FilePart) -> Self {
        // `year=2017/month=06`
        let month = |name: &String| name.replace("year=", "").replace("/month=", "-");
        let mut months = part.months.iter().flatten().map(month);
        let months = months.clone().next().zip(months.next_back());
        Self { statement: part.source(file), rows: part.rows, months, read_as: part.read_as.join("; ") }
    }

    fn unknown(file: &Path) -> Self {
        let read_as = "the note on it cannot be read".to_owned();
        Self { statement: file.display().to_string(), rows: 0, months: None, read_as }
    }
}

/// All that were taken in, in the order of their files' names; a lake whose raw files are elsewhere has none.
///
/// # Errors
/// When the disk fails.
pub fn statements(root: &Path) -> Result<Vec<Taken>, PipelineError> {
    let files = match raw::files(root, Raw::Bank.folder(), &[""]) {
        Err(PipelineError::NoRawFiles(_)) => Vec::new(),
        files => files?,
    };
    let taken = |file: &PathBuf| match reading(root, file) {
        Ok(reading) => {
            reading.iter().flat_map(|reading| &reading.parts).map(|part| Taken::of(file, part)).collect()
        }
        Err(_) => vec![Taken::unknown(file)],
    };
    Ok(files.iter().flat_map(taken).collect())
}
