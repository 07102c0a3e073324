//! What is asked about a bank's statement, and what comes of it, as plain data.

use std::path::{Path, PathBuf};

use crate::text::given::Given;

/// A statement, and what a person says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRequest {
    /// The newest look counts; the ones before it are dropped.
    pub number: u64,
    pub path: PathBuf,
    pub given: Given,
}

/// What a file is called on screen, whatever folder it lies in.
#[must_use]
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What comes of asking.
#[derive(Debug)]
pub enum StatementEvent {
    Folder(Folder),
    Looked(u64, Looked),
    Taken(Taken),
}

/// What lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// As it was asked for.
    pub asked: PathBuf,
    /// Folders first, each kind by its name.
    pub entries: Vec<FolderEntry>,
    /// How many more there are.
    pub more: usize,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    pub name: String,
    pub path: PathBuf,
    pub is_folder: bool,
    pub bytes: u64,
}

/// How a statement would be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Looked {
    /// Its convention with the evidence, its first lines, totals and faults.
    pub lines: Vec<String>,
    /// Why it, or a part of it, is not read.
    pub refusals: Vec<String>,
    /// The profiles that there are.
    pub profiles: Vec<String>,
}

/// What became of a statement that was to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub name: String,
    /// The exit code of `saldo ingest bank`; nothing where it was stopped.
    pub code: Option<i32>,
    /// What it said.
    pub lines: Vec<String>,
}
