//! What the footers of Parquet files tell: how many rows there are, and the newest date of a column.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{Days, NaiveDate};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;

/// Rows of a file, and the newest date in a column where the file says so.
///
/// # Errors
/// When it cannot be read, or is no Parquet file.
pub fn rows_and_newest(path: &Path, column: Option<&str>) -> io::Result<(u64, Option<NaiveDate>)> {
    let reader = SerializedFileReader::new(fs::File::open(path)?).map_err(io::Error::other)?;
    let metadata = reader.metadata();
    let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
    let columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let dated = columns.filter(|chunk| column.is_some_and(|name| chunk.column_path().string() == name));
    // Where one part of the file tells nothing, the file does not.
    let newest: Option<Vec<_>> = dated
        .map(|chunk| match chunk.statistics()? {
            Statistics::Int32(days) => Some(days.max_opt().and_then(|days| u64::try_from(*days).ok())),
            _ => None,
        })
        .collect();
    let newest = newest.unwrap_or_default().into_iter().flatten().max();
    let newest = newest.and_then(|days| NaiveDate::default().checked_add_days(Days::new(days)));
    Ok((rows, newest))
}
