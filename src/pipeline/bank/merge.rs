//! The table `banktxn` from partitions, month by month: equal lines have the same value date, so a month stands alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::due::{Due, month_of};
use super::super::error::PipelineError;
use super::super::files;
use super::super::ingest::FileKind;
use super::super::stages::Stage;
use super::super::write::{Partition, Rows};
use super::partitions::{self, Bring};
use crate::lake::{File, Table};

/// Gives the lines `bank_lines` as `keyed`.
pub const KEYED: &str = include_str!("keyed.sql");
/// Make one multiset of the lines `keyed`.
pub const REPEATS: &str = include_str!("repeats.sql");
/// The rows of the table from lines `keyed` and their repeats.
const BANKTXN: &str = include_str!("banktxn.sql");
/// Adds the lines `fresh` of files that came since to the lines `former` of the table.
const ADD: &str = include_str!("add.sql");

/// The months to write, each with its rows, and the months of the former table that stay.
///
/// # Errors
/// When a raw file is not as it was, or the disk fails.
pub fn months(
    root: &Path,
    kind: &FileKind,
    stage: &Stage,
    former: Option<&Table>,
    due: &Due,
    bring: &Bring,
) -> Result<(Vec<Partition>, BTreeSet<String>), PipelineError> {
    let (came, former) = match (due, former) {
        (Due::Files(came), Some(former)) => (Some(came), former.files.as_slice()),
        _ => (None, [].as_slice()),
    };
    let mut stay: BTreeSet<_> = former.iter().map(|file| month_of(&file.path).to_owned()).collect();
    let mut months = Vec::new();
    let (fresh, whole) = partitions::fresh(root, kind, came, bring)?;
    let is_due = |file: &&File| fresh.contains_key(month_of(&file.path));
    bring(&former.iter().filter(is_due).map(|file| file.path.clone()).collect())?;
    for (month, lines) in fresh {
        let mut fresh = lines.select();
        if !lines.is_ready {
            fresh = format!("WITH bank_lines AS ({fresh}) SELECT * FROM ({KEYED}{REPEATS}{BANKTXN})");
        }
        let is_former = stay.remove(&month);
        let rows = if is_former && !whole {
            let files = former.iter().filter(|file| month_of(&file.path) == month);
            let files: Vec<_> = files.map(|file| root.join(&file.path)).collect();
            let files = files::read(files.iter().map(PathBuf::as_path));
            Rows::Select(stage.ordered(&format!("WITH former AS ({files}), fresh AS ({fresh}) {ADD}")))
        } else {
            match <[_; 1]>::try_from(lines.files) {
                Ok([file]) if lines.is_ready => Rows::File(file),
                _ => Rows::Select(stage.ordered(&fresh)),
            }
        };
        months.push((month, rows));
    }
    Ok((months, stay))
}
