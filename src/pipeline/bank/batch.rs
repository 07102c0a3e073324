//! Rows on their way from the thread that finds them to the one that types them.

use super::formats::EntryAmounts;
use crate::text::records::Cells;

/// Rows and bytes in a batch, and batches that wait.
const ROWS: usize = 1000;
const BYTES: usize = 1 << 20;
pub const WAITING: usize = 4;
/// A batch that had a longer row than this is not used again: it keeps its memory.
const LONG: usize = 16 << 10;

/// Rows, and how many of them count: the others are there to be used again.
#[derive(Default)]
pub struct Batch {
    /// The account of its rows, where a line above them names one.
    pub section: Option<String>,
    rows: Vec<Row>,
    pub count: usize,
    /// Bytes of their cells, and of the longest row that was ever in it.
    bytes: usize,
    longest: usize,
}

#[derive(Default)]
pub struct Row {
    pub line_no: u64,
    pub cells: Cells,
    /// Those of an entry, which are read.
    pub amounts: Option<EntryAmounts>,
}

impl Batch {
    /// Takes the cells of a row out; whether the batch is full.
    pub fn add(&mut self, line_no: u64, cells: &mut Cells, amounts: Option<EntryAmounts>) -> bool {
        let Self { rows, count, bytes, longest, .. } = self;
        *bytes += cells.bytes();
        *longest = cells.bytes().max(*longest);
        if *count == rows.len() {
            rows.push(Row::default());
        }
        if let Some(row) = rows.get_mut(*count) {
            (row.line_no, row.amounts) = (line_no, amounts);
            row.cells.take(cells);
        }
        *count += 1;
        *count >= ROWS || *bytes >= BYTES
    }

    /// Its rows in their order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().take(self.count)
    }

    /// The batch to be filled again, unless it holds too much memory.
    pub fn emptied(mut self) -> Option<Self> {
        (self.count, self.bytes) = (0, 0);
        (self.longest <= LONG).then_some(self)
    }
}
