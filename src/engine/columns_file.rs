//! Columns of a streamed result as a Parquet file without a name, by which SQL reads them: written when they are asked
//! for first, and gone with the result, whatever kills us.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::ArrowWriterOptions;
use ::parquet::basic::Compression;
use ::parquet::file::properties::WriterProperties;
use duckdb::arrow::array::{Array, ArrayRef, StringArray};
use duckdb::arrow::compute::{CastOptions, cast_with_options};
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;

use super::store::Window;
use super::{EngineError, ErrorKind, arrange};
use crate::value;

/// Rows of a row group: by the least and the most of each, the first rows of an order are found without the others.
const GROUP_ROWS: usize = 122_880;
/// Where the system shows the open files of this program.
const OPEN_FILES: &str = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };

/// The file with what is in it.
#[derive(Debug)]
pub(super) struct ColumnsFile {
    /// Places of its columns in the result, in the order of the file.
    pub columns: Vec<usize>,
    /// Rows of the result that are in it.
    pub rows: u64,
    file: File,
}

impl ColumnsFile {
    /// Writes these columns of a result whose rows come in windows.
    ///
    /// # Errors
    /// When the windows cannot be read, a time does not fit, or the disk is full.
    pub(super) fn write(
        schema: &SchemaRef,
        columns: Vec<usize>,
        folder: &Path,
        windows: impl Iterator<Item = Result<Window, EngineError>>,
    ) -> Result<Self, EngineError> {
        std::fs::create_dir_all(folder).map_err(unwritten)?;
        let file = tempfile::tempfile_in(folder).map_err(unwritten)?;
        let names = arrange::names(schema);
        let field = |at: &usize| {
            let data_type = written_type(schema.field(*at).data_type());
            Field::new(&names[*at], data_type.unwrap_or(DataType::Utf8), true)
        };
        let written = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        // It is read a few times and then gone: nothing is packed.
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(false)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let out = file.try_clone().map_err(unwritten)?;
        let mut writer =
            ArrowWriter::try_new_with_options(out, written.clone(), options).map_err(unwritten)?;
        let mut rows = 0;
        for window in windows {
            for batch in window?.batches() {
                let arrays = columns.iter().map(|at| as_written(batch.column(*at)));
                let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
                let batch = RecordBatch::try_new(written.clone(), arrays).map_err(unwritten)?;
                rows += batch.num_rows() as u64;
                writer.write(&batch).map_err(unwritten)?;
            }
        }
        writer.close().map_err(unwritten)?;
        Ok(Self { columns, rows, file })
    }

    /// A SELECT of its rows with their numbers.
    pub(super) fn select(&self) -> String {
        let path = format!("{OPEN_FILES}/{}", self.file.as_raw_fd());
        format!("SELECT file_row_number, * FROM read_parquet('{path}', hive_partitioning = false)")
    }
}

/// The type that both Parquet and SQL hold exactly; none where the text of a cell is written.
fn written_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Timestamp(TimeUnit::Second, zone) => {
            Some(DataType::Timestamp(TimeUnit::Millisecond, zone.clone()))
        }
        DataType::Boolean
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(_, 0..)
        | DataType::Utf8
        | DataType::Binary
        | DataType::Date32
        | DataType::Time64(_)
        | DataType::Timestamp(..) => Some(data_type.clone()),
        number if number.is_integer() => Some(number.clone()),
        _ => None,
    }
}

fn as_written(array: &ArrayRef) -> Result<ArrayRef, EngineError> {
    match written_type(array.data_type()) {
        None => {
            let texts = (0..array.len()).map(|row| value::plain(array.as_ref(), row));
            Ok(Arc::new(StringArray::from_iter(texts)))
        }
        Some(same) if same == *array.data_type() => Ok(Arc::clone(array)),
        Some(other) => {
            let exact = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(array.as_ref(), &other, &exact).map_err(unwritten)
        }
    }
}

fn unwritten(error: impl std::fmt::Display) -> EngineError {
    EngineError::new(ErrorKind::Io, format!("cannot write the columns to be sorted or counted: {error}"))
        .with_hint("free some space in the cache folder")
}
