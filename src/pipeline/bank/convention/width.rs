//! Lines that have another number of cells than their header, each of them the same: empty cells at their end that the bank left out,
//! or cells that it did not name.

use std::io;

use super::super::form::{
    ACCOUNT, AMOUNT, BALANCE, BOOKED, CHEQUE, COLUMNS, CURRENCY, DEPOSIT, DETAILS, DIRECTION, FEE, STATE,
    VALUED, WITHDRAWAL,
};
use super::super::sides;
use super::amount;
use crate::text::amounts::Mark;
use crate::text::day;
use crate::text::records::{Item, Records};
use crate::text::scan::Layout;
use crate::text::trimmed;

/// Lines that are looked at, and how many there are at least: one alone may have been cut.
const LINES: usize = 200;
const LEAST: usize = 2;

/// Gives the header as many cells as each line of the sample has, where that can be meant in one way only; what a person is told
/// of it.
///
/// # Errors
/// Not of text in memory.
pub fn settle(layout: &mut Layout, sample: &[u8], cap: usize, last_year: i32) -> io::Result<Option<String>> {
    let wanted = layout.names.len();
    let Some(booked) = layout.places.get(BOOKED).copied().flatten() else { return Ok(None) };
    if !layout.gaps.is_empty() || layout.header_line == 0 {
        return Ok(None);
    }
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut records =
        Records::new(sample, u8::try_from(layout.delimiter).unwrap_or(b','), cap).of_width(wanted);
    while lines.len() < LINES
        && let Some((line, item)) = records.next_record()?
    {
        let Item::Cells(cells) = item else { continue };
        if line <= layout.header_line || day::day(cells.get(booked), last_year).is_none() {
            continue;
        }
        let count = cells.count();
        let is_other = lines.first().is_some_and(|first| first.len() != count);
        // As nearly all files have it.
        if is_other || count == wanted {
            return Ok(None);
        }
        lines.push(cells.iter().map(str::to_owned).collect());
    }
    let Some(count) = lines.first().map(Vec::len).filter(|_| lines.len() >= LEAST) else { return Ok(None) };
    let shift = Shift { wanted, count, last_year };
    let last = layout.places.iter().copied().flatten().max().unwrap_or_default();
    let end = wanted.min(count);
    let has_letters =
        |line: &Vec<String>| shift.cell(layout, line, end, DETAILS).contains(char::is_alphabetic);
    let is_one = last < count
        && shift.reads(layout, &lines, end)
        && (!layout.has(DETAILS) || lines.iter().any(has_letters))
        && !(0..=last).any(|at| shift.reads(layout, &lines, at));
    if !is_one {
        return Ok(None);
    }
    layout.names.resize(count, String::new());
    Ok(Some(format!("each line has {count} cells and the header {wanted}: both are read from the first on")))
}

/// How cells may stand to the names of a header that has more, or fewer.
struct Shift {
    wanted: usize,
    count: usize,
    last_year: i32,
}

impl Shift {
    /// Where the cell of a name stands, if those that are too many, or lacking, stand at a place.
    fn place(&self, name: usize, at: usize) -> Option<usize> {
        match (name < at, self.count.checked_sub(self.wanted)) {
            (true, _) => Some(name),
            (false, Some(more)) => Some(name + more),
            (false, None) => name.checked_sub(self.wanted - self.count).filter(|place| *place >= at),
        }
    }

    /// Whether the cells of all lines are what their columns say then.
    fn reads(&self, layout: &Layout, lines: &[Vec<String>], at: usize) -> bool {
        // A text may be what was left out; without a number that is there nothing is read.
        let lacks = (0..COLUMNS.len()).any(|column| {
            let name = layout.places.get(column).copied().flatten();
            let is_typed = !matches!(column, ACCOUNT | DETAILS | CHEQUE | STATE);
            is_typed && name.is_some_and(|name| self.place(name, at).is_none())
        });
        !lacks && lines.iter().all(|line| self.reads_line(layout, line, at))
    }

    fn cell<'a>(&self, layout: &Layout, line: &'a [String], at: usize, column: usize) -> &'a str {
        let name = layout.places.get(column).copied().flatten();
        let place = name.and_then(|name| self.place(name, at));
        place.and_then(|place| line.get(place)).map_or("", |cell| trimmed(cell))
    }

    fn reads_line(&self, layout: &Layout, line: &[String], at: usize) -> bool {
        let cell = |column| self.cell(layout, line, at, column);
        let is_day = |cell: &str| day::day(cell, self.last_year).is_some();
        let is_amount = |cell: &str| Mark::BOTH.into_iter().any(|mark| amount::is_amount(cell, mark));
        let is_none = |cell: &str| matches!(amount::money(cell, Mark::Point), Ok(None));
        let is_there =
            |column| is_amount(cell(column)) && cell(column).contains(|letter| matches!(letter, '1'..='9'));
        let sides = [WITHDRAWAL, DEPOSIT].into_iter().filter(|side| is_there(*side)).count();
        let is_code = |cell: &str| cell.is_empty() || amount::is_code(&cell.to_ascii_uppercase());
        is_day(cell(BOOKED))
            && (cell(VALUED).is_empty() || is_day(cell(VALUED)))
            && [WITHDRAWAL, DEPOSIT, AMOUNT, BALANCE, FEE]
                .iter()
                .all(|column| is_none(cell(*column)) || is_amount(cell(*column)))
            && (layout.has(AMOUNT) && is_amount(cell(AMOUNT)) || !layout.has(AMOUNT) && sides == 1)
            && [CURRENCY, WITHDRAWAL + 1, DEPOSIT + 1].iter().all(|column| is_code(cell(*column)))
            && (cell(DIRECTION).is_empty() || sides::direction(cell(DIRECTION)).is_some())
    }
}
