//! A table of a run, before it is visible.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::due::{Due, month_of};
use super::stages::Stage;
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
    /// Whether all rows of the former table are among its rows.
    pub has_former: bool,
}

impl Made {
    /// A table as it stands.
    pub fn standing(table: &Table) -> Self {
        Self { table: table.clone(), fresh: BTreeSet::new(), gone: Vec::new(), has_former: true }
    }

    pub fn is_changed(&self) -> bool {
        !self.fresh.is_empty() || !self.gone.is_empty()
    }

    /// Where a file lies until the run is visible.
    pub fn place(&self, root: &Path, path: &str) -> PathBuf {
        if self.fresh.contains(path) { commit::fresh(root).join(path) } else { root.join(path) }
    }

    /// The SELECT that reads the table.
    pub fn read(&self, root: &Path) -> String {
        let files: Vec<_> = self.table.files.iter().map(|file| self.place(root, &file.path)).collect();
        files::read(files.iter().map(PathBuf::as_path))
    }

    /// The months that are due of a table that follows this one by `sql`, each with its rows, and the months that stay.
    pub fn followed(
        &self,
        root: &Path,
        stage: &Stage,
        sql: &str,
        due: &Due,
    ) -> (Vec<write::Partition>, BTreeSet<String>) {
        let mut kept = BTreeSet::new();
        let mut months: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
        for file in &self.table.files {
            let month = month_of(&file.path);
            if let Due::Months(changed) = due
                && !changed.contains(month)
            {
                kept.insert(month.to_owned());
                continue;
            }
            months.entry(month).or_default().push(self.place(root, &file.path));
        }
        let months = months.into_iter().map(|(month, files)| {
            // The name stands for the rows of the month alone.
            let rows = files::read(files.iter().map(PathBuf::as_path));
            let select = format!("WITH {} AS ({rows}) SELECT * FROM ({sql}\n) AS stage", self.table.name);
            let rows = match <[_; 1]>::try_from(files) {
                Ok([file]) if file.ends_with(write::FILE) => write::Rows::Beside(file, select),
                // Another program wrote it, in as many files as it liked.
                _ => write::Rows::Select(stage.ordered(&select)),
            };
            (month.to_owned(), rows)
        });
        (months.collect(), kept)
    }
}
