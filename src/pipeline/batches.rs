//! Lines of bank statements as Parquet files, written and read without an engine, in the form and the order of the table.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use duckdb::arrow::array::AsArray;
use duckdb::arrow::compute::interleave_record_batch;
use duckdb::arrow::datatypes::{Date32Type, Schema};
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

/// The columns by which rows stand.
const ACCOUNT: &str = "account_no";
const DAY: &str = "value_date";
/// The column that tells rows apart.
const KEY: &str = "txn_key";
/// Rows of a group in a file. A reader leaves out the groups that do not have the account or the currency that it asks for, so
/// there are more of them than DuckDB makes, which puts three times as many rows in one.
pub const GROUP: usize = 40_960;
/// Rows of a batch that is made here or elsewhere: so few that they stay near the processor until they are packed.
pub const BATCH: usize = 16_384;
/// Ends of the names of columns whose values hardly ever repeat: a dictionary would not pay.
const DIFFERENT: [&str; 4] = ["_amt", "transaction_details", "txn_key", "line_no"];
/// Ends of the names of columns of which no reader can leave out a part by its least and greatest.
const UNORDERED: [&str; 4] = ["_amt", "transaction_details", "txn_key", "source_file"];

/// A file that grows by groups of rows.
pub struct Growing {
    path: PathBuf,
    /// From the first rows on.
    out: Option<ArrowWriter<Appended>>,
}

impl Growing {
    /// At a place where no file is.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path, out: None }
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let out = match &mut self.out {
            Some(out) => out,
            out => {
                let schema = batch.schema();
                let stretches = Appended { path: self.path.clone(), held: Vec::new() };
                let options = ArrowWriterOptions::new()
                    .with_properties(properties(&schema)?)
                    .with_skip_arrow_metadata(true);
                out.insert(ArrowWriter::try_new_with_options(stretches, schema, options)?)
            }
        };
        Ok(out.write(batch)?)
    }

    /// Ends a group and lets nothing wait in memory.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn flush(&mut self) -> io::Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        out.flush()?;
        out.inner_mut().flush()
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn close(self) -> io::Result<()> {
        self.out.map_or(Ok(()), |out| out.into_inner()?.flush())
    }
}

/// The rows of a file.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<RecordBatch>> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.with_batch_size(GROUP).build()?;
    reader.map(|batch| batch.map_err(io::Error::other)).collect()
}

/// Whether no two rows have one key.
///
/// # Errors
/// When there is no such column.
pub fn differ(batches: &[RecordBatch]) -> Result<bool, ArrowError> {
    let mut keys = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        let of_batch = batch.column_by_name(KEY).and_then(|keys| keys.as_string_opt::<i32>());
        keys.extend(of_batch.ok_or_else(lacks(KEY))?.iter());
    }
    keys.sort_unstable();
    Ok(keys.windows(2).all(|pair| pair.first() != pair.last()))
}

fn lacks(name: &str) -> impl Fn() -> ArrowError {
    move || ArrowError::SchemaError(format!("there is no {name}"))
}

/// The rows of all batches by account and value date; those that agree in both as they came.
///
/// # Errors
/// When there is no such column.
pub fn sorted(
    batches: &[RecordBatch],
) -> Result<impl Iterator<Item = Result<RecordBatch, ArrowError>>, ArrowError> {
    let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (place, batch) in batches.iter().enumerate() {
        let accounts = batch.column_by_name(ACCOUNT).and_then(|accounts| accounts.as_string_opt::<i32>());
        let days = batch.column_by_name(DAY).and_then(|days| days.as_primitive_opt::<Date32Type>());
        let keys = accounts.ok_or_else(lacks(ACCOUNT))?.iter().zip(days.ok_or_else(lacks(DAY))?.values());
        rows.extend(keys.enumerate().map(|(row, key)| (key, (place, row))));
    }
    rows.sort_by_key(|(key, _)| *key);
    let places: Vec<_> = rows.into_iter().map(|(_, place)| place).collect();
    let all: Vec<_> = batches.iter().collect();
    let starts = (0..places.len()).step_by(BATCH);
    Ok(starts.map(move |start| {
        let end = places.len().min(start + BATCH);
        interleave_record_batch(&all, places.get(start..end).unwrap_or_default())
    }))
}

/// How columns of a table are packed.
///
/// Without an index of pages, as the engine packs its files: a reader that finds one for some columns (Trino, and so Athena)
/// demands it of all, and columns that are taken over from the engine's files have none.
///
/// # Errors
/// Not with the level that is asked for.
pub fn properties(schema: &Schema) -> io::Result<WriterProperties> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_data_page_row_count_limit(usize::MAX);
    let names = || schema.fields().iter().map(|field| field.name());
    let ends = |name: &&String, ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let unordered = names().filter(|name| ends(name, &UNORDERED));
    let properties = unordered.fold(properties, |properties, name| {
        properties.set_column_statistics_enabled(name.as_str().into(), EnabledStatistics::None)
    });
    let different = names().filter(|name| ends(name, &DIFFERENT));
    let properties = different.fold(properties, |properties, name| {
        properties.set_column_dictionary_enabled(name.as_str().into(), false)
    });
    Ok(properties.build())
}

/// A file that is open only while it is written to: there may be more months than files that may be open.
struct Appended {
    path: PathBuf,
    held: Vec<u8>,
}

impl Write for Appended {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = mem::take(&mut self.held);
        OpenOptions::new().create(true).append(true).open(&self.path)?.write_all(&held)
    }
}
