//! A table of a run, before it is visible.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::due::{Due, month_of};
use super::{commit, files, write};
use crate::lake::Table;

/// A table as it will be, with what changes on the disk.
#[derive(Debug, Clone)]
pub struct Made {
    pub table: Table,
    /// Files that wait in the work folder.
    pub fresh: BTreeSet<String>,
    /// Files of the former table that go.
    pub gone: Vec<String>,
}

impl Made {
    pub fn is_changed(&self) -> bool {
        !self.fresh.is_empty() || !self.gone.is_empty()
    }

    /// Where a file lies until the run is visible.
    fn place(&self, root: &Path, path: &str) -> PathBuf {
        if self.fresh.contains(path) { commit::fresh(root).join(path) } else { root.join(path) }
    }

    /// The SELECT that reads the table.
    pub fn read(&self, root: &Path) -> String {
        let files: Vec<_> = self.table.files.iter().map(|file| self.place(root, &file.path)).collect();
        files::read(files.iter().map(PathBuf::as_path))
    }

    /// The months that are due of a table that follows this one by `sql`, each with its rows, and the months that stay.
    pub fn followed(&self, root: &Path, sql: &str, due: &Due) -> (Vec<write::Partition>, BTreeSet<String>) {
        let mut kept = BTreeSet::new();
        let mut months = Vec::new();
        // A month has one file.
        for file in &self.table.files {
            let month = month_of(&file.path).to_owned();
            if let Due::Months(changed) = due
                && !changed.contains(&month)
            {
                kept.insert(month);
                continue;
            }
            let file = self.place(root, &file.path);
            // The name stands for the rows of the month alone.
            let rows = files::read([file.as_path()].into_iter());
            let select = format!("WITH {} AS ({rows}) SELECT * FROM ({sql}\n) AS stage", self.table.name);
            months.push((month, write::Rows::Beside(file, select)));
        }
        (months, kept)
    }
}
