//! Daily balances: CSV or JSON files with a row a day, into the table `transactions`.
//!
//! A row without a valid date is a fault and not in the table; so are two rows of a date in one file that differ, of
//! which none is taken, while equal ones are one. A cell that cannot be read is a fault, and says nothing, as an empty
//! one does. A file corrects the cells that it has: what it does not say stays as an earlier file said it. The
//! calendar's columns of a file (weekday, day, month, year, day of the year) are compared with the calendar and not used.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;

use chrono::{Datelike, NaiveDate};

use super::error::{PipelineError, io_at};
use super::errors::Fault;
use super::ingest::keep::{Clean, replace};
use super::ingest::note::FilePart;
use super::ingest::{FileKind, ReadError, Work};
use super::stages::Raw;
use crate::text::amounts::Mark;
use crate::text::decode::{self, Decoder};
use crate::text::records::{self, Bad, Cells};
use crate::text::scan::{self, Form, Sink};
use crate::value;
use cells::{Cell, Conventions};
use columns::{COLUMNS, FIRST_COUNT, NAME, NEEDED, USED, clean_names};

mod cells;
mod columns;
mod compare;
mod json;
pub mod select;

/// Bytes of a row's text that are held for the fault that it may become.
const HEAD: usize = 200;

const DIFFERENT: Bad = Bad {
    error: "duplicate_date",
    message: "the day stands in this file more than once, with different values; none is taken",
};

/// What answers the faults that an option settles, by their words.
const ANSWERS: [(&str, &str); 2] = [
    ("unclear_date", "hint: --dates dmy or --dates mdy says how its dates are meant"),
    ("unclear_amount", "hint: --decimal comma or --decimal point says what the mark in its amounts is"),
];

/// Daily balances.
pub const BALANCES: FileKind = FileKind {
    area: "balances",
    raw: Raw::Balances,
    table: "transactions",
    form: Form { name: NAME, columns: &COLUMNS, needed: NEEDED },
    read,
    across: |_| None,
    compare: compare::compare,
};

fn read(work: &mut Work) -> Result<FilePart, ReadError> {
    let (bytes, cap) = (work.bytes(), work.options.line_cap);
    let is_json = bytes.open(|reader| {
        let mut start = Vec::new();
        Decoder::new(reader.take(4096), decode::Encoding::Utf8).read_to_end(&mut start)?;
        let first = start.iter().find(|byte| byte.is_ascii_graphic());
        Ok(matches!(first, Some(b'{' | b'[')))
    })?;
    if is_json {
        let (rows, last_year) = (json::rows(work)?, work.options.last_year);
        let mut pass = Pass::new(work, rows.names.clone());
        rows.each(|_, cells| {
            pass.conventions.learn(cells, last_year);
            Ok(())
        })?;
        rows.each(|line, cells| pass.take(line, cells, &|| rows.text(line)))?;
        pass.lines = rows.count();
        return Ok(pass.finish(None)?);
    }
    let layout = work.layout()?;
    let names = (0..COLUMNS.len()).map(|column| layout.name(column).to_owned()).collect();
    // What a mark or a date means is settled by all cells of the file, so it is read twice.
    let conventions = Conventions::new(&work.options.given);
    let mut learning = Learning { places: &layout.places, conventions, last_year: work.options.last_year };
    bytes.open(|reader| scan::scan(&layout, cap, reader, &mut learning))?;
    let conventions = learning.conventions;
    let (places, delimiter) = (layout.places.clone(), layout.delimiter);
    let mut pass = Pass { conventions, places, delimiter, ..Pass::new(work, names) };
    let counts = bytes.open(|reader| scan::scan(&layout, cap, reader, &mut pass))?;
    pass.work.report.blank += counts.blank;
    pass.lines = counts.rows + counts.bad;
    Ok(pass.finish(Some(layout))?)
}

/// The first pass over a file.
struct Learning<'a> {
    places: &'a [Option<usize>],
    conventions: Conventions,
    last_year: i32,
}

/// A row's cells in the order of our columns.
fn ordered<'a>(places: &[Option<usize>], cells: &'a Cells) -> Vec<Cell<'a>> {
    places.iter().map(|place| place.map_or("", |place| cells.get(place)).into()).collect()
}

impl Sink for Learning<'_> {
    fn row(&mut self, _: u64, cells: &mut Cells) -> io::Result<()> {
        self.conventions.learn(&ordered(self.places, cells), self.last_year);
        Ok(())
    }

    fn bad(&mut self, _: u64, _: Bad, _: String) -> io::Result<()> {
        Ok(())
    }
}

/// What a day's cells say, in hundredths and counts.
type Values = [Option<i64>; USED - 1];

/// A day of a file.
struct Day {
    line: u64,
    text: String,
    values: Values,
    /// Another row of the day has other values.
    is_disputed: bool,
}

/// The second pass over a file.
struct Pass<'a, 'b> {
    work: &'a mut Work<'b>,
    conventions: Conventions,
    /// Our columns in the file: their places, and what it calls them.
    places: Vec<Option<usize>>,
    names: Vec<String>,
    delimiter: char,
    /// So many at most as the years that are read have.
    days: HashMap<NaiveDate, Day>,
    lines: u64,
    /// Whether the faults of `ANSWERS` came.
    unclear: [bool; 2],
    /// Days on which a calendar column of the file is not the calendar's.
    differ: [u64; 5],
}

impl<'a, 'b> Pass<'a, 'b> {
    fn new(work: &'a mut Work<'b>, names: Vec<String>) -> Self {
        let conventions = Conventions::new(&work.options.given);
        let (places, delimiter, days) = (Vec::new(), ',', HashMap::new());
        Self {
            work,
            conventions,
            places,
            names,
            delimiter,
            days,
            lines: 0,
            unclear: [false; 2],
            differ: [0; 5],
        }
    }

    /// A row, its cells in the order of our columns, and its text as the file has it.
    fn take(&mut self, line: u64, cells: &[Cell], text: &dyn Fn() -> String) -> Result<(), PipelineError> {
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let day = match self.conventions.date(cell(0).text, self.work.options.last_year) {
            Ok(day) => day,
            Err(bad) => return self.fault(bad, line, Some(0), cell(0).text),
        };
        let mut values = Values::default();
        for (column, value) in (1..USED).zip(&mut values) {
            let number = if column < FIRST_COUNT {
                self.conventions.amount(cell(column))
            } else {
                self.conventions.count(cell(column))
            };
            match number {
                Ok(number) => *value = number,
                Err(bad) => self.fault(bad, line, Some(column), cell(column).text)?,
            }
        }
        let text = || {
            let text = text();
            text.get(..text.floor_char_boundary(HEAD)).unwrap_or_default().to_owned()
        };
        if let Some(former) = self.days.get_mut(&day) {
            if former.values == values {
                self.work.report.repeated += u64::from(!former.is_disputed);
                return if former.is_disputed {
                    self.fault(DIFFERENT, line, Some(0), &text())
                } else {
                    Ok(())
                };
            }
            if !former.is_disputed {
                former.is_disputed = true;
                let (line, text) = (former.line, former.text.clone());
                self.fault(DIFFERENT, line, Some(0), &text)?;
            }
            return self.fault(DIFFERENT, line, Some(0), &text());
        }
        let weekday = day.weekday().num_days_from_sunday() + 1;
        let calendar = [weekday, day.day(), day.month(), day.year_ce().1, day.ordinal()];
        for (place, (own, differ)) in calendar.iter().zip(&mut self.differ).enumerate() {
            let theirs = cell(USED + place).text.trim();
            *differ += u64::from(!theirs.is_empty() && theirs.parse() != Ok(*own));
        }
        self.days.insert(day, Day { line, text: text(), values, is_disputed: false });
        Ok(())
    }

    fn fault(&mut self, bad: Bad, line: u64, column: Option<usize>, text: &str) -> Result<(), PipelineError> {
        for ((word, _), came) in ANSWERS.iter().zip(&mut self.unclear) {
            *came |= bad.error == *word;
        }
        let column = column.and_then(|column| self.names.get(column)).cloned();
        let fault = self.work.fault(bad.error, bad.message);
        let text = Some(records::head(text));
        self.work.faults.add(&Fault { line_no: Some(line), column_name: column, text, ..fault })
    }

    /// Keeps the days as clean CSV, in the order of their lines.
    fn finish(self, layout: Option<scan::Layout>) -> Result<FilePart, PipelineError> {
        let Self { work, conventions, days, lines, unclear, differ, .. } = self;
        if conventions.mark() == Some(Mark::Comma) {
            work.report.notes.push("its amounts have a comma before decimals".into());
        }
        if let Some(order) = conventions.order() {
            work.report.notes.push(format!("its dates are read in the order {}", order.word()));
        }
        let came = ANSWERS.iter().zip(unclear).filter(|(_, came)| *came);
        work.report.notes.extend(came.map(|((_, answer), _)| (*answer).to_owned()));
        let root = work.root;
        let mut clean = Clean::new(root, clean_names())?;
        let mut days: Vec<_> = days.into_iter().filter(|(_, day)| !day.is_disputed).collect();
        days.sort_by_key(|(_, day)| day.line);
        for (date, Day { line, values, .. }) in &days {
            let texts = values.iter().zip(1..).map(|(value, column)| match value {
                None => String::new(),
                Some(value) if column < FIRST_COUNT => cells::hundredths(*value),
                Some(value) => value.to_string(),
            });
            let row: Vec<_> = [line.to_string(), date.to_string()].into_iter().chain(texts).collect();
            clean.row(row.iter().map(String::as_str)).map_err(io_at(root))?;
        }
        let rows = days.len() as u64;
        work.report.lines += lines;
        for (column, differ) in COLUMNS.iter().skip(USED).zip(differ).filter(|(_, differ)| *differ > 0) {
            let note = format!(
                "{} is not the calendar's on {differ} of {}; the calendar's is used",
                column.name,
                value::counted(rows, "day")
            );
            work.report.notes.push(note);
        }
        let part = work.part(layout, rows);
        replace(root, clean.finish()?, Path::new(&part.clean(&work.file, &work.options.map)))?;
        Ok(part)
    }
}

impl Sink for Pass<'_, '_> {
    fn row(&mut self, line: u64, cells: &mut Cells) -> io::Result<()> {
        let (row, delimiter) = (ordered(&self.places, cells), self.delimiter);
        self.take(line, &row, &|| cells.joined(delimiter)).map_err(io::Error::other)
    }

    fn bad(&mut self, line: u64, bad: Bad, text: String) -> io::Result<()> {
        self.fault(bad, line, None, &text).map_err(io::Error::other)
    }
}
