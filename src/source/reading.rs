//! The ways in which a CSV that a statement names can be read, the one that says most of it first.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::settled::Settled;
use super::{Copies, FileKind, literal, peculiar};
use crate::sql::{quote_name, quote_text};

/// A call of DuckDB's reader, and what is made of its columns.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The files, as a literal or a pattern.
    files: String,
    /// Options of the reader, each behind a comma.
    options: String,
    /// Columns that are read as text.
    texts: Vec<String>,
    /// What is made of them.
    casts: Vec<String>,
    /// What was decided, as sentences.
    pub words: Vec<String>,
    /// Columns of which nothing is left to decide, though DuckDB reads them as it does.
    sure: Vec<String>,
    /// Whether all cells of the file were looked at.
    pub is_seen: bool,
    /// Folders `name=value` of the file, where their names are those of columns that it has itself.
    folders: Option<Vec<(String, String)>>,
    /// Whether nothing was decided yet, so that DuckDB reads the files as they are.
    pub is_bare: bool,
    /// What is read in place of the file.
    pub copies: Option<Arc<TempDir>>,
}

impl Reading {
    /// As DuckDB reads what it is given.
    #[must_use]
    pub fn bare(files: &str) -> Self {
        Self {
            files: files.to_owned(),
            options: String::new(),
            texts: Vec::new(),
            casts: Vec::new(),
            words: Vec::new(),
            sure: Vec::new(),
            is_seen: false,
            folders: None,
            is_bare: true,
            copies: None,
        }
    }

    /// The files, as a literal or a pattern.
    #[must_use]
    pub fn files(&self) -> &str {
        &self.files
    }

    /// Whether DuckDB reads the files so itself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.is_bare && self.copies.is_none() && self.folders.is_none()
    }

    /// Adds options of the reader.
    pub fn add_options(&mut self, options: &str) {
        self.options.push_str(options);
    }

    /// Leaves these columns texts.
    pub fn leave_texts(&mut self, names: Vec<String>) {
        self.texts.extend(names);
    }

    /// Names the folders of the file beside its own columns.
    pub fn keep_folders(&mut self, folders: Vec<(String, String)>) {
        self.folders = Some(folders);
    }

    /// Whether it says what a column is.
    #[must_use]
    pub fn settles(&self, name: &str) -> bool {
        self.texts.iter().chain(&self.sure).any(|known| known.eq_ignore_ascii_case(name))
    }

    /// A FROM item with the columns that stand in the file, as the reader gives them.
    #[must_use]
    pub fn call(&self, options: &str) -> String {
        let types: Vec<_> =
            self.texts.iter().map(|name| format!("{}: 'VARCHAR'", quote_text(name))).collect();
        let types =
            if types.is_empty() { String::new() } else { format!(", types = {{{}}}", types.join(", ")) };
        format!("read_csv({}{}{options}{types})", quote_text(&self.files), self.options)
    }

    /// A FROM item with what is made of them.
    #[must_use]
    pub fn item(&self) -> String {
        let hive = if self.folders.is_some() { ", hive_partitioning = false" } else { "" };
        let call = self.call(hive);
        if self.casts.is_empty() && self.folders.is_none() {
            return call;
        }
        let casts = self.casts.join(", ");
        let replace = if casts.is_empty() { casts } else { format!(" REPLACE ({casts})") };
        let folders = self.folders.iter().flatten();
        let folders = folders.map(|(name, value)| format!(", {} AS {}", quote_text(value), quote_name(name)));
        let folders = folders.collect::<Vec<_>>().concat();
        format!("(SELECT *{replace}{folders} FROM {call})")
    }
}

/// The readings of a CSV, to be tried one after the other; none of a file that is no CSV.
#[must_use]
pub fn readings(path: &Path, stops: &dyn Fn() -> bool) -> Vec<Reading> {
    let Some(kind @ (FileKind::Csv | FileKind::Tsv)) = path.to_str().and_then(FileKind::of_name) else {
        return Vec::new();
    };
    let mut copies = Copies { stops: Some(stops), ..Copies::default() };
    let place = copies.readable(path, kind).unwrap_or_else(|_| path.to_owned());
    let mut bare =
        Reading { copies: copies.folder.clone(), ..Reading::bare(&literal(&place.to_string_lossy())) };
    let mut readings = Vec::new();
    if let Some((delimiter, is_ragged, _)) = peculiar::delimited(&place, kind) {
        let padded = if is_ragged { ", null_padding = true, parallel = false" } else { "" };
        let options = format!(", delim = '{delimiter}', quote = '\"', header = true{padded}");
        let settled = Settled::of(&place, delimiter, is_ragged);
        bare.sure = settled.iter().flat_map(|settled| settled.sure.clone()).collect();
        bare.is_seen = settled.as_ref().is_some_and(|settled| settled.is_whole);
        let told = Reading { options, is_bare: false, ..bare.clone() };
        if let Some(Settled { texts, casts, words, .. }) = settled.filter(|settled| !settled.is_empty()) {
            readings.push(Reading { texts, casts, words, ..told.clone() });
        }
        if is_ragged {
            readings.push(told);
        }
    }
    readings.push(bare);
    readings
}

/// The `name=value` folders of a path.
#[must_use]
pub fn folders(path: &Path) -> Vec<(String, String)> {
    let folders = path.parent().into_iter().flat_map(Path::components);
    let folder = |part: std::path::Component<'_>| {
        let part = part.as_os_str().to_string_lossy().into_owned();
        part.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
    };
    folders.filter_map(folder).collect()
}

/// Whether all of these are files, of which reading one does not wait for whoever writes it.
#[must_use]
pub fn are_files(paths: &[PathBuf]) -> bool {
    !paths.is_empty() && paths.iter().all(|path| path.is_file())
}
