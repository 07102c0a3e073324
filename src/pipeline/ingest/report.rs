//! What became of a file, for whoever brought it.

use std::path::PathBuf;

use serde::Serialize;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Kept,
    /// The same bytes were kept before.
    Known,
    Refused,
}

/// A file with its counts: each of its lines is loaded, corrects, was known, or has a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// The file as it was named.
    pub file: String,
    pub state: State,
    /// Where it is kept, below the lake.
    pub kept: Option<PathBuf>,
    /// Names that its rows bear.
    pub sources: Vec<String>,
    /// Rows and bad lines; header and blank lines do not count.
    pub lines: u64,
    /// Lines that became rows.
    pub rows: u64,
    /// Rows that were new in the table. Counted for statements after the stages have run.
    pub loaded: u64,
    /// Days of which a value was another, or none, before.
    pub corrected: u64,
    /// Lines that are equal to another one of the file, where that makes one row.
    pub repeated: u64,
    /// Rows that are one with a line of another file although the two differ in words, or one lacks its text or its balance.
    pub matched: u64,
    /// Lines without any text.
    pub blank: u64,
    /// Lines and cells in the table of faults.
    pub faults: u64,
    /// Each account's lines stand in the order of their days, and each balance follows from the one before.
    #[serde(skip)]
    pub reconciles: bool,
    /// What else a person should know.
    pub notes: Vec<String>,
}

impl FileReport {
    pub(super) fn new(file: String) -> Self {
        Self {
            file,
            state: State::Known,
            kept: None,
            sources: Vec::new(),
            lines: 0,
            rows: 0,
            loaded: 0,
            corrected: 0,
            repeated: 0,
            matched: 0,
            blank: 0,
            faults: 0,
            reconciles: false,
            notes: Vec::new(),
        }
    }

    /// Lines that the lake had before.
    #[must_use]
    pub fn known(&self) -> u64 {
        (self.rows + self.repeated).saturating_sub(self.loaded + self.corrected)
    }
}
