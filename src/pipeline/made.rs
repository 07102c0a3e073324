//! A table of a run, before it is visible.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{commit, plan, write};
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
        write::read(self.files(root, None).iter().map(PathBuf::as_path))
    }

    /// The files of the table, or of a month of it.
    fn files(&self, root: &Path, month: Option<&str>) -> Vec<PathBuf> {
        let files = self.table.files.iter();
        let files = files.filter(|file| month.is_none_or(|month| plan::month_of(&file.path) == month));
        files.map(|file| self.place(root, &file.path)).collect()
    }

    /// The months that are due of a table that follows this one by `sql`, each with its rows, and the
    /// months that stay.
    pub fn followed(&self, root: &Path, sql: &str, due: &plan::Due) -> (Vec<write::Piece>, BTreeSet<String>) {
        let months = self.table.files.iter().map(|file| plan::month_of(&file.path).to_owned());
        let is_due = |month: &String| match due {
            plan::Due::Months(changed) => changed.contains(month),
            _ => true,
        };
        let (months, kept): (BTreeSet<_>, _) = months.partition(is_due);
        // The name stands for the rows of the month alone.
        let rows = |month: &str| {
            let files = self.files(root, Some(month));
            let rows = write::read(files.iter().map(PathBuf::as_path));
            let select = format!("WITH {} AS ({rows}) SELECT * FROM ({sql}\n) AS stage", self.table.name);
            match <[PathBuf; 1]>::try_from(files) {
                Ok([file]) => write::Rows::Beside(file, select),
                Err(_) => write::Rows::Select(select),
            }
        };
        (months.into_iter().map(|month| (month.clone(), rows(&month))).collect(), kept)
    }
}
