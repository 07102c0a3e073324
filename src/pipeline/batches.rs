//! Lines of bank statements as Parquet files, written and read without an engine, in the form and the order of the table.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use duckdb::arrow::array::AsArray;
use duckdb::arrow::datatypes::{Date32Type, Schema};
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

/// The column whose months name the folders, and by which rows stand.
const DAY: &str = "value_date";
/// Rows of a group in a file: as many as DuckDB puts there.
pub const GROUP: usize = 122_880;
/// Ends of the names of columns whose values hardly ever repeat: a dictionary would not pay.
const DIFFERENT: [&str; 4] = ["_amt", "transaction_details", "txn_key", "line_no"];
/// Columns of texts of which no reader can leave out a part by its first and last.
const UNORDERED: [&str; 2] = ["transaction_details", "txn_key"];

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

/// The rows of each day in turn, of batches in the order of their days.
///
/// # Errors
/// When there is no column for the day.
pub fn days(batches: &[RecordBatch]) -> Result<Vec<(i32, RecordBatch)>, ArrowError> {
    let mut found = Vec::new();
    for batch in batches {
        let days = batch.column_by_name(DAY).and_then(|days| days.as_primitive_opt::<Date32Type>());
        let days = days.ok_or_else(|| ArrowError::SchemaError(format!("there is no {DAY}")))?.values();
        let mut start = 0;
        for run in days.chunk_by(|one, next| one == next) {
            found.extend(run.first().map(|day| (*day, batch.slice(start, run.len()))));
            start += run.len();
        }
    }
    Ok(found)
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
    let properties = UNORDERED.iter().fold(properties, |properties, name| {
        properties.set_column_statistics_enabled((*name).into(), EnabledStatistics::None)
    });
    let names = schema.fields().iter().map(|field| field.name());
    let different = names.filter(|name| DIFFERENT.iter().any(|end| name.ends_with(end)));
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
