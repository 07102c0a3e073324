//! A result in another order, or some of its rows: the numbers of the rows, and the result that they are read from.

use std::path::PathBuf;
use std::sync::Arc;

use duckdb::arrow::array::AsArray;
use duckdb::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::find::Matches;
use super::store::{Pager, Shared, Streamed, Window, lock};
use super::{EngineError, ErrorKind};

/// Rows that are read ahead where all are read one after the other, and bytes of those at the most.
const AHEAD: usize = 1 << 17;
const AHEAD_BYTES: usize = 64 << 20;
/// Rows from which a window is no screen.
const LARGE: usize = 2_048;

/// The rows of another result, in an order of their own.
pub struct Arranged {
    base: Shared,
    schema: SchemaRef,
    /// One column: the number of the row in the other result.
    numbers: Streamed,
    /// What was read ahead, and the rows to read next time.
    ahead: Window,
    step: usize,
    /// Which rows of the other result have what was looked for last.
    matches: Option<Arc<Matches>>,
}

impl Arranged {
    /// No rows yet; keeps `budget` bytes of numbers in memory.
    ///
    /// # Errors
    /// When the other result is gone.
    pub fn new(base: &Shared, budget: usize, folder: PathBuf) -> Result<Self, EngineError> {
        let schema = lock(base).as_ref().map(super::store::ResultStore::schema).ok_or_else(gone)?;
        let number = Schema::new(vec![Field::new("row", DataType::Int64, true)]);
        Ok(Self {
            base: Arc::clone(base),
            schema,
            numbers: Streamed::new(Arc::new(number), budget, folder),
            matches: None,
            ahead: Window::default(),
            step: AHEAD,
        })
    }

    /// Adds row numbers, as the one column of a batch.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        let numbers = batch.columns().first().cloned().ok_or_else(gone)?;
        let schema = self.numbers.schema();
        let batch = RecordBatch::try_new(schema, vec![numbers])
            .map_err(|error| EngineError::new(ErrorKind::Other, error.to_string()))?;
        self.ahead = Window::default();
        self.numbers.push(batch)
    }

    /// The numbers, in the other result, of some rows.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn numbers(&mut self, first: u64, rows: usize) -> Result<Vec<u64>, EngineError> {
        let window = self.numbers.window(first, rows, &CancellationToken::new())?;
        let parts = window.batches().iter().map(|batch| batch.column(0).as_primitive::<Int64Type>());
        let numbers = parts.flat_map(|part| part.values().iter().map(|number| u64::try_from(*number)));
        numbers.collect::<Result<_, _>>().map_err(|_| gone())
    }

    pub(super) fn matches(&self) -> Option<&Arc<Matches>> {
        self.matches.as_ref()
    }

    pub(super) fn keep_matches(&mut self, matches: Arc<Matches>) {
        self.matches = Some(matches);
    }

    /// The other result.
    #[must_use]
    pub fn base(&self) -> &Shared {
        &self.base
    }
}

impl Pager for Arranged {
    fn rows(&self) -> u64 {
        self.numbers.rows()
    }

    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn window(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        // Rows in an order of their own lie all over the other result: many are read as fast as few.
        if rows < LARGE {
            return self.gather(first, rows, cancel);
        }
        let end = first.saturating_add(rows as u64).min(self.rows());
        let held = self.ahead.first + self.ahead.len();
        if first < self.ahead.first || end > held {
            self.ahead = Window::default();
            self.ahead = self.gather(first, self.step.max(rows), cancel)?;
            let bytes: usize = self.ahead.batches().iter().map(RecordBatch::get_array_memory_size).sum();
            let count = usize::try_from(self.ahead.len()).unwrap_or(1).max(1);
            self.step = (AHEAD_BYTES / (bytes / count).max(1)).clamp(LARGE, AHEAD);
        }
        Ok(self.ahead.part(first, end))
    }
}

impl Arranged {
    fn gather(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        let numbers = self.numbers(first, rows)?;
        let batch = lock(&self.base).as_mut().ok_or_else(gone)?.pick(&numbers, cancel)?;
        Ok(Window::new(first, vec![batch]).with_numbers(numbers))
    }
}

fn gone() -> EngineError {
    EngineError::new(ErrorKind::Other, "the result that these rows are of is gone")
}
