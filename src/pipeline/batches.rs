//! Lines of bank statements as Parquet files, written and read without an engine: they come in the form of the table, and
//! most months need nothing but their order.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use duckdb::arrow::array::{AsArray, UInt32Array};
use duckdb::arrow::compute;
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
const GROUP: usize = 122_880;
/// Ends of the names of columns whose values hardly ever repeat: a dictionary would not pay.
const DIFFERENT: [&str; 4] = ["_amt", "transaction_details", "txn_key", "line_no"];
/// Columns of texts of which no reader can leave out a part by its first and last.
const UNORDERED: [&str; 2] = ["transaction_details", "txn_key"];
/// Bytes that wait, of all files that are read once, until they are written as a group of each.
const WAITING: usize = 64 << 20;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To stay.
    Table,
    /// To be read once, soon.
    Once,
}

/// Rows by their day, those of a day in the order in which they are.
///
/// # Errors
/// When there is no column for the day.
pub fn sorted(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let days = batch.column_by_name(DAY).and_then(|days| days.as_primitive_opt::<Date32Type>());
    let days = days.ok_or_else(|| ArrowError::SchemaError(format!("there is no {DAY}")))?.values();
    if days.is_sorted() {
        return Ok(batch);
    }
    let mut places: Vec<_> = (0..).take(days.len()).collect();
    places.sort_by_key(|place| days.get(*place as usize));
    compute::take_record_batch(&batch, &UInt32Array::from(places))
}

/// Files that grow side by side.
#[derive(Default)]
pub struct Files {
    files: BTreeMap<PathBuf, ArrowWriter<Stretches>>,
    waiting: usize,
}

impl Files {
    /// Adds rows to a file, which is made when there is none.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add(&mut self, path: &Path, purpose: Use, batch: &RecordBatch) -> io::Result<()> {
        let mut file = match self.files.remove(path) {
            Some(file) => file,
            None => {
                let out = Stretches { path: path.to_owned(), held: Vec::new() };
                ArrowWriter::try_new_with_options(out, batch.schema(), options(purpose, &batch.schema())?)?
            }
        };
        file.write(batch)?;
        if purpose == Use::Table {
            written(&mut file)?;
        } else {
            self.waiting += batch.get_array_memory_size();
        }
        self.files.insert(path.to_owned(), file);
        if self.waiting > WAITING {
            self.waiting = 0;
            self.files.values_mut().try_for_each(written)?;
        }
        Ok(())
    }

    /// Ends all files.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn close(self) -> io::Result<()> {
        self.files.into_values().try_for_each(|file| file.into_inner()?.flush())
    }
}

/// Writes what waits in memory.
fn written(file: &mut ArrowWriter<Stretches>) -> io::Result<()> {
    file.flush()?;
    file.inner_mut().flush()
}

/// Makes one file of several, the rows by their day.
///
/// # Errors
/// When the disk fails, or there is no row.
pub fn merge(files: &[PathBuf], place: &Path) -> io::Result<()> {
    let mut batches = Vec::new();
    for file in files {
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?.with_batch_size(GROUP).build()?;
        for batch in reader {
            batches.push(batch.map_err(io::Error::other)?);
        }
    }
    let first = batches.first().ok_or_else(|| io::Error::other("there is no row"))?;
    let whole = compute::concat_batches(&first.schema(), &batches);
    drop(batches);
    let whole = whole.and_then(sorted).map_err(io::Error::other)?;
    let mut out = ArrowWriter::try_new_with_options(
        File::create(place)?,
        whole.schema(),
        options(Use::Table, &whole.schema())?,
    )?;
    out.write(&whole)?;
    out.close()?;
    Ok(())
}

fn options(purpose: Use, schema: &Schema) -> io::Result<ArrowWriterOptions> {
    let properties = match purpose {
        Use::Table => properties(schema)?,
        Use::Once => WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .build(),
    };
    Ok(ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true))
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
        .set_offset_index_disabled(true);
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
struct Stretches {
    path: PathBuf,
    held: Vec<u8>,
}

impl Write for Stretches {
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
