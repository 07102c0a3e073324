//! What is due of a table, and the months that name its parts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::lake::File;

/// What a stage is to make now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing: the former table stands.
    Nothing,
    /// The whole table.
    Whole,
    /// Only the months, as `year=2017/month=06`, whose input changed.
    Months(BTreeSet<String>),
    /// What raw files, by their paths, bring that came since.
    Files(BTreeSet<String>),
}

/// `year=2017/month=06` of `banktxn/year=2017/month=06/data_0.parquet`.
pub fn month_of(path: &str) -> &str {
    let below = path.split_once('/').map_or("", |(_, below)| below);
    below.rsplit_once('/').map_or("", |(folders, _)| folders)
}

/// Whether a file of the manifest is there, as far as its size tells.
pub fn is_whole(root: &Path, file: &File) -> bool {
    fs::metadata(root.join(&file.path)).is_ok_and(|found| found.len() == file.size)
}
