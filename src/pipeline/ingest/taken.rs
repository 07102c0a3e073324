//! Which statements a lake was made from, and how each is read.

use std::path::{Path, PathBuf};

use super::super::error::PipelineError;
use super::super::raw;
use super::super::stages::Raw;
use super::keep::reading;
use super::note::{FilePart, Reading};

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
}

/// All that were taken in, in the order of their files' names; a lake whose raw files are elsewhere has none.
///
/// # Errors
/// When a note cannot be read.
pub fn statements(root: &Path) -> Result<Vec<Taken>, PipelineError> {
    let files = match raw::files(root, Raw::Bank.folder(), &[""]) {
        Err(PipelineError::NoRawFiles(_)) => Vec::new(),
        files => files?,
    };
    let read = |file: PathBuf| Ok(reading(root, &file)?.map(|reading| (file, reading)));
    let noted =
        files.into_iter().map(read).collect::<Result<Vec<Option<(PathBuf, Reading)>>, PipelineError>>()?;
    let taken = noted.iter().flatten();
    Ok(taken.flat_map(|(file, reading)| reading.parts.iter().map(|part| Taken::of(file, part))).collect())
}
