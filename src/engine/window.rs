//! Some rows of a result, and those that were read last.

use std::collections::VecDeque;

use duckdb::arrow::array::ArrayRef;
use duckdb::arrow::record_batch::RecordBatch;

/// Windows that are kept, and the rows above which one is not.
const RECENT: usize = 8;
const RECENT_ROWS: usize = 1_000;

/// Some consecutive rows of a result.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// Number of the first row, from 0.
    pub first: u64,
    parts: Vec<RecordBatch>,
    /// Rows and columns of the cells of which only the beginning was read.
    cut: Vec<(u64, usize)>,
    /// What the rows are numbered in the result that they were arranged from, if they were.
    numbers: Vec<u64>,
}

impl Window {
    /// A window that starts at row `first`.
    #[must_use]
    pub fn new(first: u64, parts: Vec<RecordBatch>) -> Self {
        Self { first, parts, ..Self::default() }
    }

    /// The same rows, with their numbers in the result that they were arranged from.
    #[must_use]
    pub fn with_numbers(mut self, numbers: Vec<u64>) -> Self {
        self.numbers = numbers;
        self
    }

    /// The number of a row in the result that it was arranged from: its own where it was not.
    #[must_use]
    pub fn number(&self, row: u64) -> u64 {
        let at = row.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.numbers.get(at)).copied().unwrap_or(row)
    }

    /// The same rows, of which these cells (row and column) are only the beginning.
    #[must_use]
    pub fn with_cut(mut self, cut: Vec<(u64, usize)>) -> Self {
        self.cut = cut;
        self
    }

    /// Whether a cell is only the beginning of what the result has: [`super::store::ResultStore::window`] reads it whole.
    #[must_use]
    pub fn is_cut(&self, row: u64, column: usize) -> bool {
        self.cut.contains(&(row, column))
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.parts.iter().map(|part| part.num_rows() as u64).sum()
    }

    /// The rows from `first` to before `last`, which the window holds; nothing is copied.
    #[must_use]
    pub fn part(&self, first: u64, last: u64) -> Self {
        let mut start = self.first;
        let mut parts = Vec::new();
        for part in &self.parts {
            let end = start + part.num_rows() as u64;
            let (from, to) = (first.clamp(start, end), last.clamp(start, end));
            // Both lie in one batch, so they fit.
            if let (Ok(offset), Ok(length)) = (usize::try_from(from - start), usize::try_from(to - from))
                && length > 0
            {
                parts.push(part.slice(offset, length));
            }
            start = end;
        }
        let cut = self.cut.iter().copied().filter(|(row, _)| (first..last).contains(row)).collect();
        let held = usize::try_from(first.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let count = usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX);
        let numbers = self.numbers.iter().copied().skip(held).take(count).collect();
        Self { first, parts, cut, numbers }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.num_rows() == 0)
    }

    /// The batches.
    #[must_use]
    pub fn batches(&self) -> &[RecordBatch] {
        &self.parts
    }

    /// Whether the row is held.
    #[must_use]
    pub fn holds(&self, row: u64) -> bool {
        row >= self.first && row - self.first < self.len()
    }

    /// The cell of a row (numbered over the whole result) and a column, when it is held.
    #[must_use]
    pub fn cell(&self, row: u64, column: usize) -> Option<(&ArrayRef, usize)> {
        let mut at = usize::try_from(row.checked_sub(self.first)?).ok()?;
        for part in &self.parts {
            if at < part.num_rows() {
                return part.columns().get(column).map(|array| (array, at));
            }
            at -= part.num_rows();
        }
        None
    }
}

/// Small windows read last: going to and fro between the ends reads nothing twice.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<Window>);

impl Recent {
    /// The rows from `first` to before `last`, if one window holds them.
    pub(super) fn find(&self, first: u64, last: u64) -> Option<Window> {
        let held = self.0.iter().find(|held| held.first <= first && last <= held.first + held.len())?;
        Some(held.part(first, last.max(first)))
    }

    pub(super) fn keep(&mut self, window: &Window) {
        if window.len() <= RECENT_ROWS as u64 {
            self.0.truncate(RECENT - 1);
            self.0.push_front(window.clone());
        }
    }
}
