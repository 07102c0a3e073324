//! What is known of the data.

use std::path::PathBuf;

use chrono::NaiveDate;

use crate::dialect::Dialect;
use crate::query::Newest;

/// What is known of the data, for the status line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    pub engine: String,
    /// The SQL that the engine speaks.
    pub dialect: Dialect,
    /// Name of the lake or of the file.
    pub name: String,
    /// Where a file without a folder is written to.
    pub folder: PathBuf,
    /// Whether there is a lake that statements are taken into.
    pub has_lake: bool,
    pub newest: Option<NaiveDate>,
    /// The newest date of each table.
    pub newest_dates: Newest,
    pub today: NaiveDate,
}
