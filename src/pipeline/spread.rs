//! Rows in the order of their months, written as a file for each in one pass: a statement for each month would cost more than the
//! month.

use std::fs;
use std::io;
use std::mem;
use std::path::Path;

use duckdb::arrow::array::AsArray;
use duckdb::arrow::compute::concat_batches;
use duckdb::arrow::record_batch::RecordBatch;

use super::batches::{GROUP, Growing};
use crate::engine::duckdb::Connection;

/// The last column of the rows: the folder of each, NULL for the rows without a date.
pub const FOLDER: &str = "saldo_folder";

/// A file that is being written.
struct Month {
    folder: Option<String>,
    file: Growing,
    /// Rows of the group that is not full yet. Groups begin with the file, so that its bytes do not depend on where batches end.
    waiting: Vec<RecordBatch>,
    rows: usize,
}

impl Month {
    fn add(&mut self, mut batch: RecordBatch) -> io::Result<()> {
        while batch.num_rows() > 0 {
            let fits = batch.num_rows().min(GROUP - self.rows);
            self.waiting.push(batch.slice(0, fits));
            self.rows += fits;
            batch = batch.slice(fits, batch.num_rows() - fits);
            if self.rows == GROUP {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let waiting = mem::take(&mut self.waiting);
        self.rows = 0;
        let Some(first) = waiting.first() else { return Ok(()) };
        let group = concat_batches(&first.schema(), &waiting).map_err(io::Error::other)?;
        self.file.add(&group)?;
        self.file.flush()
    }

    fn close(mut self) -> io::Result<()> {
        self.flush()?;
        self.file.close()
    }
}

/// Writes the rows of a SELECT that has them in the order of their folders; `none` is the folder of rows without a date, and
/// `file` the name of each file.
pub fn write(connection: &Connection, select: &str, fresh: &Path, none: &str, file: &str) -> io::Result<()> {
    let mut statement = connection.prepare(select).map_err(io::Error::other)?;
    let mut month: Option<Month> = None;
    for batch in statement.stream_arrow([]).map_err(io::Error::other)? {
        let batch = batch.map_err(io::Error::other)?;
        let last = batch.num_columns().saturating_sub(1);
        let columns: Vec<usize> = (0..last).collect();
        let rows = batch.project(&columns).map_err(io::Error::other)?;
        let folders = batch.column(last).as_string_opt::<i32>();
        let folders = folders.ok_or_else(|| io::Error::other("the folders are not texts"))?;
        let folders: Vec<Option<&str>> = folders.iter().collect();
        let mut start = 0;
        for run in folders.chunk_by(|one, next| one == next) {
            let folder = run.first().copied().flatten();
            if month.as_ref().is_none_or(|month| month.folder.as_deref() != folder) {
                if let Some(full) = month.take() {
                    full.close()?;
                }
                let place = fresh.join(folder.unwrap_or(none));
                fs::create_dir_all(&place)?;
                let folder = folder.map(str::to_owned);
                month =
                    Some(Month { folder, file: Growing::at(place.join(file)), waiting: Vec::new(), rows: 0 });
            }
            if let Some(month) = &mut month {
                month.add(rows.slice(start, run.len()))?;
            }
            start += run.len();
        }
    }
    month.map_or(Ok(()), Month::close)
}
