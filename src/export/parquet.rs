//! Rows as Parquet, from the Arrow form of a result.
//!
//! Numbers, decimals, dates, times and texts keep their type; a whole number of 128 bits is a DECIMAL(38,0). What
//! Parquet has no exact form for (intervals of months, days and nanoseconds, unions) is written as the exact text,
//! also where it stands inside a list or a struct: then the whole column is.

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::ArrowWriterOptions;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::properties::WriterProperties;
use duckdb::arrow::array::{Array, ArrayRef, StringArray};
use duckdb::arrow::compute::{CastOptions, cast_with_options};
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;

use super::distinct;
use crate::value;

/// Rows of a row group at the most, as DuckDB writes them.
const GROUP_ROWS: usize = 122_880;
/// Bytes of a row group that are held before it is written, where rows are wide.
const GROUP_BYTES: usize = 32 << 20;

/// Writes batches to a Parquet file: `start`, `batch`…, `finish`.
pub(super) struct ParquetWriter<W: Write + Send> {
    out: Option<W>,
    schema: SchemaRef,
    writer: Option<ArrowWriter<W>>,
}

impl<W: Write + Send> ParquetWriter<W> {
    pub fn new(out: W) -> Self {
        Self { out: Some(out), schema: Arc::new(Schema::empty()), writer: None }
    }

    pub fn start(&mut self, schema: &SchemaRef) -> io::Result<()> {
        let names: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let fields = distinct(&names).into_iter().zip(schema.fields()).map(|(name, field)| {
            Field::new(name, written_type(field.data_type()).unwrap_or(DataType::Utf8), true)
        });
        self.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(concat!("saldo ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        // Types are Parquet's own: a reader that knows no Arrow sees the same.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let out = self.out.take().ok_or_else(|| io::Error::other("the file has begun already"))?;
        self.writer = Some(ArrowWriter::try_new_with_options(out, self.schema.clone(), options)?);
        Ok(())
    }

    pub fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let columns = batch.columns().iter().map(as_written).collect::<io::Result<Vec<_>>>()?;
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(io::Error::other)?;
        writer.write(&batch)?;
        if writer.in_progress_size() > GROUP_BYTES {
            writer.flush()?;
        }
        Ok(())
    }

    pub fn finish(&mut self) -> io::Result<()> {
        match self.writer.take() {
            Some(writer) => writer.into_inner()?.flush(),
            None => Ok(()),
        }
    }
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
