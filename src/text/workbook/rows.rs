//! The rows of a sheet as lines of CSV: each row is a line, and as wide as the widest before it.

use std::borrow::Cow;
use std::io;

use super::super::EXACT;
use super::super::limits::damaged;
use super::super::lines::CAP;
use super::super::records;
use super::super::written::Written;

/// Sheets that are worth a look.
pub const SHEETS: usize = 256;
/// Styles of cells; spreadsheets have no more.
pub const STYLES: usize = 1 << 16;
/// Rows of a sheet; no spreadsheet has more.
const ROWS: u64 = 1_048_576;
/// Columns that may have a cell: a line of CSV has a comma for each before it.
pub const COLUMNS: usize = 256;

/// What stands for the value of a cell that is worked out, where the workbook does not have it: no reader takes it for an amount
/// or a date.
pub const UNKNOWN: &str = "=?";

/// Rows on their way to lines.
#[derive(Default)]
pub struct Rows {
    pub out: Written,
    /// Lines that were written.
    lines: u64,
    widest: usize,
    /// The row that is under way.
    pub number: u64,
    cells: Vec<String>,
    /// Bytes of their texts.
    bytes: usize,
}

impl Rows {
    /// Begins a row, the next one where its number is not told.
    ///
    /// # Errors
    /// When rows do not stand in their order.
    pub fn begin(&mut self, number: Option<u64>) -> io::Result<()> {
        let number = number.unwrap_or(self.number + 1);
        if number <= self.number {
            return Err(damaged(format!("row {number} of the sheet stands behind row {}", self.number)));
        }
        self.cells.clear();
        (self.number, self.bytes) = (number, 0);
        Ok(())
    }

    /// Whether the line is over-long already, and a fault: texts that many cells share would fill the memory.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes > CAP
    }

    /// Puts a text into a column behind those that have one; one that is broken into lines is in one line still, so that lines
    /// are rows.
    pub fn put(&mut self, column: usize, text: &str) {
        let text = in_one_line(text);
        self.put_line(column, if text.contains(EXACT) { text.replace(EXACT, "") } else { text.into_owned() });
    }

    /// Puts a number or a day.
    pub fn put_styled(&mut self, column: usize, text: &str) {
        self.put_line(column, in_one_line(text).into_owned());
    }

    fn put_line(&mut self, column: usize, text: String) {
        self.cells.resize_with(self.cells.len().max(column), String::new);
        self.bytes += text.len();
        self.cells.push(text);
    }

    /// Ends a row: it is a line now, behind one for each row that has no cells.
    ///
    /// # Errors
    /// When no spreadsheet has a row of that number.
    pub fn end(&mut self) -> io::Result<()> {
        if self.number > ROWS {
            return Err(damaged(format!("the sheet has a row {}, and no spreadsheet has", self.number)));
        }
        while self.lines + 1 < self.number {
            self.out.bytes.push(b'\n');
            self.lines += 1;
        }
        self.lines += 1;
        if self.cells.is_empty() {
            self.out.bytes.push(b'\n');
            return Ok(());
        }
        self.widest = self.widest.max(self.cells.len());
        let empty = std::iter::repeat_n("", self.widest - self.cells.len());
        records::write(&mut self.out.bytes, self.cells.iter().map(String::as_str).chain(empty));
        Ok(())
    }
}

fn in_one_line(text: &str) -> Cow<'_, str> {
    let breaks = ['\r', '\n'];
    if text.contains(breaks) { text.replace("\r\n", " ").replace(breaks, " ").into() } else { text.into() }
}
