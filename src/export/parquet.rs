//! Rows as Parquet, from the Arrow form of a result.
//!
//! Numbers, decimals, dates, times and texts keep their type; a whole number of 128 bits is a DECIMAL(38,0). What
//! Parquet has no exact form for (intervals of months, days and nanoseconds, unions) is written as the exact text,
//! also where it stands inside a list or a struct: then the whole column is.

use std::collections::HashSet;
use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::ColumnPath;
use duckdb::arrow::array::{Array, ArrayRef, StringArray};
use duckdb::arrow::compute::{CastOptions, cast_with_options};
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;

use super::ahead::Ahead;
use super::distinct;
use crate::value;

/// Rows of a row group at the most, as DuckDB writes them.
const GROUP_ROWS: usize = 122_880;
/// Bytes in memory of a row group, where rows are wide.
const GROUP_BYTES: usize = 32 << 20;
/// Rows by which is told whether the values of a column come again, so that a dictionary of them is worth its time.
const SAMPLE: usize = 16_384;

/// Writes batches to a Parquet file: `start`, `batch`…, `finish`. Row groups are encoded side by side and stand in their order.
pub(super) struct ParquetWriter<W: Write + Send> {
    out: Option<W>,
    schema: SchemaRef,
    file: Option<(SerializedFileWriter<W>, ArrowRowGroupWriterFactory)>,
    /// What the next row group has so far, its rows and bytes.
    waiting: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    ahead: Ahead<io::Result<Vec<ArrowColumnChunk>>>,
}

impl<W: Write + Send> ParquetWriter<W> {
    pub fn new(out: W) -> Self {
        Self {
            out: Some(out),
            schema: Arc::new(Schema::empty()),
            file: None,
            waiting: Vec::new(),
            rows: 0,
            bytes: 0,
            ahead: Ahead::new(),
        }
    }

    pub fn start(&mut self, schema: &SchemaRef) {
        let names: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let fields = distinct(&names).into_iter().zip(schema.fields()).map(|(name, field)| {
            Field::new(name, written_type(field.data_type()).unwrap_or(DataType::Utf8), true)
        });
        self.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    }

    /// Begins the file, when it is known what the first rows are like.
    fn begin(&mut self) -> io::Result<()> {
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by(concat!("saldo ", env!("CARGO_PKG_VERSION")).to_owned());
        for (place, field) in self.schema.fields().iter().enumerate() {
            if !field.data_type().is_nested() && differ(&self.waiting, place) {
                let path = ColumnPath::from(field.name().as_str());
                properties = properties.set_column_dictionary_enabled(path, false);
            }
        }
        let properties = properties.build();
        // Types are Parquet's own: a reader that knows no Arrow sees the same.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let out = self.out.take().ok_or_else(|| io::Error::other("the file has begun already"))?;
        let writer = ArrowWriter::try_new_with_options(out, self.schema.clone(), options)?;
        self.file = Some(writer.into_serialized_writer()?);
        Ok(())
    }

    pub fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let mut rest = batch.clone();
        while rest.num_rows() > 0 {
            let rows = rest.num_rows().min(GROUP_ROWS - self.rows);
            let part = rest.slice(0, rows);
            self.rows += rows;
            self.bytes += part.columns().iter().map(bytes).sum::<usize>();
            self.waiting.push(part);
            if self.rows == GROUP_ROWS || self.bytes > GROUP_BYTES {
                self.encode()?;
            }
            rest = rest.slice(rows, rest.num_rows() - rows);
        }
        Ok(())
    }

    pub fn finish(&mut self) -> io::Result<()> {
        if self.file.is_none() && self.out.is_some() {
            self.begin()?;
        }
        if !self.waiting.is_empty() {
            self.encode()?;
        }
        while let Some(columns) = self.ahead.next() {
            self.put(columns??)?;
        }
        match self.file.take() {
            Some((file, _)) => file.into_inner()?.flush(),
            None => Ok(()),
        }
    }

    /// Begins to encode the rows that wait, as a row group of their own.
    fn encode(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.begin()?;
        }
        (self.rows, self.bytes) = (0, 0);
        let batches = mem::take(&mut self.waiting);
        while let Some(columns) = self.ahead.due() {
            self.put(columns??)?;
        }
        let Some((file, groups)) = &self.file else { return Ok(()) };
        let writers = groups.create_column_writers(file.flushed_row_groups().len() + self.ahead.len())?;
        let schema = self.schema.clone();
        self.ahead.begin(move || encoded(&schema, writers, &batches))
    }

    /// Puts a row group into the file.
    fn put(&mut self, columns: Vec<ArrowColumnChunk>) -> io::Result<()> {
        let Some((file, _)) = &mut self.file else { return Ok(()) };
        let mut group = file.next_row_group()?;
        for column in columns {
            column.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }
}

/// The columns of a row group.
fn encoded(
    schema: &SchemaRef,
    mut writers: Vec<ArrowColumnWriter>,
    batches: &[RecordBatch],
) -> io::Result<Vec<ArrowColumnChunk>> {
    for batch in batches {
        let mut writers = writers.iter_mut();
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            for (leaf, writer) in compute_leaves(field, &as_written(column)?)?.iter().zip(&mut writers) {
                writer.write(leaf)?;
            }
        }
    }
    Ok(writers.into_iter().map(ArrowColumnWriter::close).collect::<Result<_, _>>()?)
}

/// Whether most of the first values of a column are like no other.
fn differ(batches: &[RecordBatch], place: usize) -> bool {
    let (mut rows, mut seen) = (0, HashSet::new());
    for batch in batches {
        for row in 0..batch.num_rows().min(SAMPLE - rows) {
            seen.insert(value::plain(batch.column(place).as_ref(), row));
            rows += 1;
        }
    }
    2 * seen.len() > rows
}

/// Bytes that the rows of an array take; of a part of an array no more than its own.
fn bytes(array: &ArrayRef) -> usize {
    let data = array.to_data();
    data.get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size())
}

/// The type that a column is written as; none where its text is.
fn written_type(data_type: &DataType) -> Option<DataType> {
    let inner = |field: &Arc<Field>| {
        let data_type = written_type(field.data_type())?;
        Some(Arc::new(field.as_ref().clone().with_data_type(data_type)))
    };
    Some(match data_type {
        // Parquet counts no whole seconds.
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Date64 => DataType::Date32,
        DataType::Dictionary(_, value) => written_type(value)?,
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => DataType::Utf8,
        DataType::Interval(_) | DataType::Duration(_) | DataType::Union(..) => return None,
        DataType::List(field) => DataType::List(inner(field)?),
        DataType::LargeList(field) => DataType::LargeList(inner(field)?),
        DataType::FixedSizeList(field, length) => DataType::FixedSizeList(inner(field)?, *length),
        DataType::Map(field, sorted) => DataType::Map(inner(field)?, *sorted),
        DataType::Struct(fields) if fields.is_empty() => return None,
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(inner).collect::<Option<Vec<_>>>()?.into())
        }
        other => other.clone(),
    })
}

fn as_written(array: &ArrayRef) -> io::Result<ArrayRef> {
    match written_type(array.data_type()) {
        None => {
            let texts = (0..array.len()).map(|row| value::plain(array.as_ref(), row));
            Ok(Arc::new(StringArray::from_iter(texts)))
        }
        Some(data_type) if data_type == *array.data_type() => Ok(Arc::clone(array)),
        // A time that does not fit is told, not written as NULL.
        Some(data_type) => {
            let exact = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(array.as_ref(), &data_type, &exact).map_err(io::Error::other)
        }
    }
}
