//! One object of a table: its footer, the pages in which rows lie, and the rows of them.

use std::sync::Arc;

use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetMetaDataReader, RowGroupMetaData,
};
use duckdb::arrow::array::{ArrayRef, Int64Array, StringArray, new_null_array};
use duckdb::arrow::datatypes::{DataType, Field, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use crate::engine::parquet::groups;
use crate::engine::sparse::{Bytes, Held, Sparse};

/// Bytes that are read beyond where the rows of a column are expected to end, where its pages are not listed.
const BEYOND: u64 = 1 << 16;

/// One object of a table.
pub(super) struct Member {
    pub(super) object: usize,
    /// Number of its first row.
    pub(super) first: u64,
    pub(super) rows: u64,
    pub(super) metadata: ArrowReaderMetadata,
    /// Whether it was asked where its pages begin.
    pub(super) is_indexed: bool,
    /// Where each column of the table comes from.
    pub(super) columns: Vec<Origin>,
}

/// Where a column of an object's rows comes from.
pub(super) enum Origin {
    Column(usize),
    /// The same for all rows: the value in a folder's name, or nothing.
    Folder(Option<String>),
}

impl Member {
    pub(super) fn open(
        held: &Held,
        object: usize,
        first: u64,
        cancel: &CancellationToken,
    ) -> Result<Self, ParquetError> {
        let sparse = Sparse { held: held.clone(), object, cancel: cancel.clone() };
        let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Skip);
        let metadata = reader.parse_and_finish(&sparse)?;
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options())?;
        Ok(Self { object, first, rows, metadata, is_indexed: false, columns: Vec::new() })
    }

    /// Where it is told where its pages begin.
    pub(super) fn index(&self) -> Option<Bytes> {
        let columns = self.metadata.metadata().row_groups().iter().flat_map(RowGroupMetaData::columns);
        let ranges = columns.filter_map(ColumnChunkMetaData::offset_index_range);
        let all = ranges.reduce(|all, one| all.start.min(one.start)..all.end.max(one.end))?;
        Some((self.object, all))
    }

    pub(super) fn read_index(&mut self, held: &Held, cancel: &CancellationToken) -> Result<(), ParquetError> {
        if self.is_indexed {
            return Ok(());
        }
        let sparse = Sparse { held: held.clone(), object: self.object, cancel: cancel.clone() };
        let mut reader = ParquetMetaDataReader::new_with_metadata(self.metadata.metadata().as_ref().clone())
            .with_column_index_policy(PageIndexPolicy::Skip)
            .with_offset_index_policy(PageIndexPolicy::Optional);
        reader.read_page_indexes(&sparse)?;
        self.metadata = ArrowReaderMetadata::try_new(Arc::new(reader.finish()?), options())?;
        self.is_indexed = true;
        Ok(())
    }

    /// Rows of it between two of the table, as numbers in it.
    fn part(&self, first: u64, last: u64) -> (u64, u64) {
        (first.saturating_sub(self.first), last.saturating_sub(self.first).min(self.rows))
    }

    /// The bytes in which rows of the table lie.
    pub(super) fn pages(&self, first: u64, last: u64) -> Vec<Bytes> {
        let (first, last) = self.part(first, last);
        let metadata = self.metadata.metadata();
        let (numbers, _) = groups(metadata, first, last);
        let mut found = Vec::new();
        for number in numbers {
            let before = &metadata.row_groups()[..number];
            let start: u64 = before.iter().map(rows_of).sum();
            let group = metadata.row_group(number);
            let (from, to) = (first.saturating_sub(start), (last - start).min(rows_of(group)));
            for (at, column) in group.columns().iter().enumerate() {
                let (begin, length) = column.byte_range();
                let end = begin + length;
                let pages = metadata.page_index().and_then(|index| index.page_locations(number, at).cloned());
                let Some(pages) = pages.filter(|pages| !pages.is_empty()) else {
                    // Pages follow each other in the order of rows; what is read too little is brought when it is missed.
                    let share = u128::from(length) * u128::from(to) / u128::from(rows_of(group).max(1));
                    let until = begin + u64::try_from(share).unwrap_or(length) + BEYOND;
                    found.push((self.object, begin..until.min(end)));
                    continue;
                };
                let place = |offset: i64| u64::try_from(offset).unwrap_or(begin);
                // What stands before the first page is the dictionary.
                found.push((self.object, begin..place(pages[0].offset)));
                for (page, next) in pages.iter().zip(pages.iter().skip(1).map(Some).chain([None])) {
                    let ends = next.map_or(rows_of(group), |next| place(next.first_row_index));
                    if from < ends && place(page.first_row_index) < to {
                        let size = u64::try_from(page.compressed_page_size).unwrap_or(0);
                        found.push((self.object, place(page.offset)..place(page.offset) + size));
                    }
                }
            }
        }
        found.retain(|(_, range)| !range.is_empty());
        found
    }

    /// Rows of the table that lie in it, with the table's columns.
    pub(super) fn read(
        &self,
        held: &Held,
        (first, last): (u64, u64),
        schema: &SchemaRef,
        cancel: &CancellationToken,
    ) -> Result<Vec<RecordBatch>, ParquetError> {
        let (first, last) = self.part(first, last);
        let (groups, offset) = groups(self.metadata.metadata(), first, last);
        let rows = usize::try_from(last - first).unwrap_or(usize::MAX);
        let sparse = Sparse { held: held.clone(), object: self.object, cancel: cancel.clone() };
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(sparse, self.metadata.clone())
            .with_row_groups(groups)
            .with_offset(offset)
            .with_limit(rows)
            .with_batch_size(rows.clamp(1, 8_192))
            .build()?;
        let mut batches = Vec::new();
        for batch in reader {
            let batch = batch?;
            let column = |(origin, field): (&Origin, &Arc<Field>)| match origin {
                Origin::Column(at) => batch.column(*at).clone(),
                Origin::Folder(value) => constant(value.as_deref(), field.data_type(), batch.num_rows()),
            };
            let columns = self.columns.iter().zip(schema.fields()).map(column).collect();
            batches.push(RecordBatch::try_new(schema.clone(), columns)?);
        }
        Ok(batches)
    }
}

/// The types are Parquet's own, not those of the program that wrote it.
fn options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

fn rows_of(group: &RowGroupMetaData) -> u64 {
    u64::try_from(group.num_rows()).unwrap_or(0)
}

fn constant(value: Option<&str>, data_type: &DataType, rows: usize) -> ArrayRef {
    match (value, data_type) {
        (Some(value), DataType::Utf8) => {
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows)))
        }
        (Some(value), DataType::Int64) => {
            Arc::new(Int64Array::from_iter(std::iter::repeat_n(value.parse::<i64>().ok(), rows)))
        }
        _ => new_null_array(data_type, rows),
    }
}
