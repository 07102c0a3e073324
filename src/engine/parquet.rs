//! One Parquet file by row number, read by the `parquet` crate: its first rows stand on the screen before DuckDB has
//! opened.
//!
//! Only files of which both readers show the same: flat columns of plain types with names of their own. For any other
//! file there is no reader here, and DuckDB pages it.

use std::collections::HashSet;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::SystemTime;

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use ::parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, RowGroupMetaData};
use duckdb::arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::store::{Pager, Window};
use super::window::Recent;
use super::{EngineError, ErrorKind, duckdb::changed};
use crate::source::Relation;

/// Mean bytes of a column's cells above which DuckDB reads the file: it can cut long texts as it reads them.
const LONG_CELLS: i64 = 1_024;
/// Rows of one step of a wide window, between which a cancelled token is seen.
const STEP: usize = 1_024;

/// Rows of a file: its row groups, the first row and the count in those, or those that are picked from them.
struct Part {
    groups: Vec<usize>,
    offset: usize,
    rows: usize,
    some: Option<RowSelection>,
}

/// A file that this reader shows as DuckDB does.
pub(super) struct ParquetFile {
    path: PathBuf,
    /// What DuckDB reads it by.
    from: String,
    /// Length and time when it was opened.
    stamp: Option<(u64, SystemTime)>,
    metadata: ArrowReaderMetadata,
    rows: u64,
    recent: Recent,
}

impl ParquetFile {
    /// The file, which DuckDB reads by a FROM item, when both readers show the same of it.
    pub(super) fn open(path: &Path, from: String) -> Option<Self> {
        let file = File::open(path).ok()?;
        let stamp = stamp(path);
        // The types are Parquet's own, as DuckDB takes them, not those of the program that wrote it.
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&file, options).ok()?;
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).ok()?;
        let is_plain = has_plain_columns(metadata.schema()) && has_short_cells(metadata.metadata());
        is_plain.then(|| Self {
            path: path.to_owned(),
            from,
            stamp,
            metadata,
            rows,
            recent: Recent::default(),
        })
    }

    /// The file of a relation that is one, when both readers show the same of it.
    pub(super) fn of(relation: &Relation) -> Option<Self> {
        Self::open(relation.file.as_deref()?, relation.from.clone())
    }

    /// The columns.
    pub(super) fn schema(&self) -> SchemaRef {
        self.metadata.schema().clone()
    }

    fn read(&self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        let (groups, offset) = groups(self.metadata.metadata(), first, first.saturating_add(rows as u64));
        let window = Window::new(first, self.batches(&Part { groups, offset, rows, some: None }, cancel)?);
        let there = self.rows.saturating_sub(first).min(rows as u64);
        if window.len() == there { Ok(window) } else { Err(changed(&self.path.display().to_string())) }
    }

    fn batches(&self, part: &Part, cancel: &CancellationToken) -> Result<Vec<RecordBatch>, EngineError> {
        if stamp(&self.path) != self.stamp {
            return Err(changed(&self.path.display().to_string()));
        }
        let columns = self.metadata.schema().fields().len();
        let threads = thread::available_parallelism().map_or(1, usize::from).min(columns).max(1);
        // What takes the time is unpacking a page of each column; they are dealt out by turns.
        let read = |turn: usize| self.columns((turn..columns).step_by(threads), part, cancel);
        let dealt: Vec<_> = thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|turn| scope.spawn(move || read(turn))).collect();
            let own = read(0);
            let lost = |_| Err(EngineError::new(ErrorKind::Other, "a thread that read the file is gone"));
            std::iter::once(own)
                .chain(others.into_iter().map(|other| other.join().unwrap_or_else(lost)))
                .collect()
        });
        let dealt = dealt.into_iter().collect::<Result<Vec<_>, _>>()?;
        let whole = |step: usize| {
            let column = |at: usize| dealt[at % threads].get(step)?.columns().get(at / threads).cloned();
            let columns: Option<Vec<_>> = (0..columns).map(column).collect();
            let batch = RecordBatch::try_new(self.schema(), columns.unwrap_or_default());
            batch.map_err(|error| self.unreadable(&error))
        };
        let steps = dealt.iter().map(Vec::len).min().unwrap_or(0);
        (0..steps).map(whole).collect()
    }

    /// Some columns of some rows, in steps.
    fn columns(
        &self,
        columns: impl Iterator<Item = usize>,
        part: &Part,
        cancel: &CancellationToken,
    ) -> Result<Vec<RecordBatch>, EngineError> {
        // A handle of its own: copies of one share the place where they read.
        let file = File::open(&self.path).map_err(|error| self.unreadable(&error))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
        let mut builder = builder
            .with_projection(mask)
            .with_row_groups(part.groups.clone())
            .with_offset(part.offset)
            .with_limit(part.rows)
            .with_batch_size(part.rows.clamp(1, STEP));
        if let Some(some) = &part.some {
            builder = builder.with_row_selection(some.clone());
        }
        let reader = builder.build().map_err(|error| self.unreadable(&error))?;
        let mut parts = Vec::new();
        for batch in reader {
            if cancel.is_cancelled() {
                return Err(EngineError::cancelled());
            }
            parts.push(batch.map_err(|error| self.unreadable(&error))?);
        }
        Ok(parts)
    }

    /// Where rows lie by their numbers, which rise: their row groups, and their places in those.
    fn part(&self, rows: &[u64]) -> Part {
        let (mut groups, mut places) = (Vec::new(), Vec::<Range<usize>>::new());
        let (mut start, mut before, mut rest) = (0, 0, rows);
        for (index, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let count = u64::try_from(group.num_rows()).unwrap_or(0);
            let (here, after) = rest.split_at(rest.partition_point(|row| *row < start + count));
            if !here.is_empty() {
                groups.push(index);
                for row in here {
                    let at = usize::try_from(before + (row - start)).unwrap_or(usize::MAX);
                    match places.last_mut().filter(|last| last.end == at) {
                        Some(last) => last.end = at + 1,
                        None => places.push(at..at + 1),
                    }
                }
                before += count;
            }
            (start, rest) = (start + count, after);
        }
        let whole = usize::try_from(before).unwrap_or(usize::MAX);
        let some = RowSelection::from_consecutive_ranges(places.into_iter(), whole);
        Part { groups, offset: 0, rows: rows.len(), some: Some(some) }
    }

    fn unreadable(&self, error: &dyn std::fmt::Display) -> EngineError {
        EngineError::new(ErrorKind::Data, format!("cannot read {}: {error}", self.path.display()))
    }
}

impl Pager for ParquetFile {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn schema(&self) -> SchemaRef {
        ParquetFile::schema(self)
    }

    fn window(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        let last = first.saturating_add(rows as u64).min(self.rows);
        if let Some(held) = self.recent.find(first, last) {
            return Ok(held);
        }
        let window = self.read(first, rows, cancel)?;
        self.recent.keep(&window);
        Ok(window)
    }

    fn view(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        self.window(first, rows, cancel)
    }

    fn pick(&mut self, rows: &[u64], cancel: &CancellationToken) -> Result<Vec<RecordBatch>, EngineError> {
        self.batches(&self.part(rows), cancel)
    }

    fn in_sql(&mut self, _: &CancellationToken) -> Result<Option<String>, EngineError> {
        let taken = self.metadata.schema().fields().iter().any(|field| field.name() == "file_row_number");
        let number = if taken { "row_number() OVER () - 1" } else { "file_row_number" };
        Ok(Some(format!("SELECT {number}, * FROM {}", self.from)))
    }
}

/// The row groups that hold rows `first..last`, and the place of `first` in them.
pub(super) fn groups(metadata: &ParquetMetaData, first: u64, last: u64) -> (Vec<usize>, usize) {
    let (mut groups, mut offset, mut start) = (Vec::new(), 0, 0);
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let end = start + u64::try_from(group.num_rows()).unwrap_or(0);
        if first < end && start < last {
            if groups.is_empty() {
                offset = usize::try_from(first.saturating_sub(start)).unwrap_or(usize::MAX);
            }
            groups.push(index);
        }
        start = end;
    }
    (groups, offset)
}

fn stamp(path: &Path) -> Option<(u64, SystemTime)> {
    let found = fs::metadata(path).ok()?;
    Some((found.len(), found.modified().ok()?))
}

/// Names that DuckDB would not change, and types that mean the same to both readers.
fn has_plain_columns(schema: &SchemaRef) -> bool {
    let mut names = HashSet::new();
    let is_plain = |data_type: &DataType| {
        data_type.is_integer()
            || matches!(
                data_type,
                DataType::Boolean
                    | DataType::Float32
                    | DataType::Float64
                    | DataType::Utf8
                    | DataType::Date32
                    | DataType::Decimal128(_, 0..)
                    | DataType::Decimal256(_, 0..)
                    | DataType::Timestamp(TimeUnit::Microsecond, _)
            )
    };
    !schema.fields().is_empty()
        && schema.fields().iter().all(|field| {
            !field.name().is_empty()
                && names.insert(field.name().to_lowercase())
                && is_plain(field.data_type())
        })
}

fn has_short_cells(metadata: &ParquetMetaData) -> bool {
    metadata.row_groups().iter().flat_map(RowGroupMetaData::columns).all(|column| {
        column.uncompressed_size() <= column.num_values().saturating_mul(LONG_CELLS).saturating_add(1 << 16)
    })
}
