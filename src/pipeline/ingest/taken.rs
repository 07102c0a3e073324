//! Which statements a lake was made from, and how each is read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::error::PipelineError;
use super::super::raw;
use super::super::stages::Raw;
use super::keep::{NOTE, note_of, reading};
use super::note::FilePart;
use crate::lake::{File, Lake};

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

    fn unknown(file: &Path, why: &str) -> Self {
        Self { statement: file.display().to_string(), rows: 0, months: None, read_as: why.to_owned() }
    }
}

/// The notes on the statements of a lake on S3, where its manifest names them; of any other lake they are here.
#[must_use]
pub fn notes(lake: &Lake) -> Vec<&File> {
    if lake.origin().is_none() {
        return Vec::new();
    }
    of_bank(lake).filter(|file| file.path.ends_with(NOTE)).collect()
}

fn of_bank(lake: &Lake) -> impl Iterator<Item = &File> {
    lake.manifest
        .raw
        .iter()
        .filter(|file| Path::new(&file.path).parent() == Some(Path::new(Raw::Bank.folder())))
}

/// All that were taken in, in the order of their files' names. Of a lake on S3 they are those of its manifest, and their
/// [`notes`] are to be brought before; a snapshot, whose raw files are elsewhere, has none.
///
/// # Errors
/// When the disk fails.
pub fn statements(lake: &Lake) -> Result<Vec<Taken>, PipelineError> {
    let noted: BTreeSet<&str> = notes(lake).into_iter().map(|file| file.path.as_str()).collect();
    let files: Vec<PathBuf> = if lake.origin().is_some() {
        let files: BTreeSet<_> = of_bank(lake).map(|file| file.path.as_str()).collect();
        files.difference(&noted).map(PathBuf::from).collect()
    } else {
        match raw::files(&lake.root, Raw::Bank.folder(), &[""]) {
            Err(PipelineError::NoRawFiles(_)) => Vec::new(),
            files => files?,
        }
    };
    let taken = |file: &PathBuf| match reading(&lake.root, file) {
        Ok(None) if noted.contains(&*note_of(file).to_string_lossy()) => {
            vec![Taken::unknown(file, "the note on it is not here")]
        }
        Ok(reading) => {
            reading.iter().flat_map(|reading| &reading.parts).map(|part| Taken::of(file, part)).collect()
        }
        Err(_) => vec![Taken::unknown(file, "the note on it cannot be read")],
    };
    Ok(files.iter().flat_map(taken).collect())
}
