//! The cells of a sheet as lines of CSV.

use std::io::{self, Read};
use std::mem;

use quick_xml::events::{BytesStart, Event};

use super::super::limits::damaged;
use super::super::lines::CAP;
use super::super::records;
use super::super::xml::{Events, attribute, push_text};
use super::number;
use super::texts::Texts;

/// Rows of a sheet; no spreadsheet has more.
const ROWS: u64 = 1_048_576;
/// Columns that may have a cell: a line of CSV has a comma for each before it.
const COLUMNS: usize = 256;

/// What stands for the value of a cell that is worked out, where the workbook does not have it.
const UNKNOWN: &str = "=?";

/// What a cell's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Number,
    Shared,
    Boolean,
    Text,
}

/// A sheet that is read as a text: each row is a line, and as wide as the widest before it.
pub struct Sheet<'a, R: Read> {
    events: Events<R>,
    texts: &'a Texts,
    /// For each style, whether its numbers are days.
    dates: &'a [bool],
    is_1904: bool,
    out: Vec<u8>,
    at: usize,
    is_done: bool,
    /// Lines that were written.
    lines: u64,
    row: Row,
    widest: usize,
    open: Open,
}

/// The row that is read.
#[derive(Default)]
struct Row {
    number: u64,
    cells: Vec<String>,
    /// Bytes of their texts.
    bytes: usize,
    /// The column of a cell that does not tell its own.
    next: usize,
}

/// The cell that is read.
#[derive(Default)]
struct Open {
    column: usize,
    style: usize,
    kind: Kind,
    text: String,
    /// Whether what comes is of its value, or only says how that sounds.
    is_value: bool,
    is_sound: bool,
    /// Whether it is worked out and the result did not come yet.
    lacks_value: bool,
}

impl<'a, R: Read> Sheet<'a, R> {
    pub fn new(events: Events<R>, texts: &'a Texts, dates: &'a [bool], is_1904: bool) -> Self {
        Self {
            events,
            texts,
            dates,
            is_1904,
            out: Vec::new(),
            at: 0,
            is_done: false,
            lines: 0,
            row: Row::default(),
            widest: 0,
            open: Open::default(),
        }
    }

    /// Reads until a row ends, or the cells do.
    fn advance(&mut self) -> io::Result<()> {
        loop {
            let event = self.events.next_event()?;
            match &event {
                Event::Start(element) => match element.local_name().as_ref() {
                    b"row" => self.row.begin(element)?,
                    b"c" => self.open.begin(&mut self.row, element)?,
                    b"f" => self.open.lacks_value = true,
                    b"v" => (self.open.is_value, self.open.lacks_value) = (true, false),
                    b"t" => self.open.is_value = !self.open.is_sound,
                    b"rPh" => self.open.is_sound = true,
                    _ => {}
                },
                Event::Empty(element) => match element.local_name().as_ref() {
                    b"row" => {
                        self.row.begin(element)?;
                        return self.end_row();
                    }
                    b"c" => self.open.begin(&mut self.row, element)?,
                    b"f" => self.open.lacks_value = true,
                    b"v" => self.open.lacks_value = false,
                    b"sheetData" => {
                        self.is_done = true;
                        return Ok(());
                    }
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    b"v" | b"t" => self.open.is_value = false,
                    b"rPh" => self.open.is_sound = false,
                    b"c" => self.end_cell()?,
                    b"row" => return self.end_row(),
                    b"sheetData" => {
                        self.is_done = true;
                        return Ok(());
                    }
                    _ => {}
                },
                Event::Eof => {
                    let at = self.events.position();
                    return Err(damaged(format!("the sheet ends at byte {at} in the middle")));
                }
                event => {
                    if self.open.is_value {
                        push_text(&mut self.open.text, event)?;
                    }
                }
            }
        }
    }

    fn end_cell(&mut self) -> io::Result<()> {
        if self.open.lacks_value {
            // The program that wrote it did not work it out: no reader takes this for an amount or a date.
            self.open.kind = Kind::Text;
            UNKNOWN.clone_into(&mut self.open.text);
        }
        let text = match self.open.kind {
            Kind::Number if self.dates.get(self.open.style) == Some(&true) => {
                number::day(&self.open.text, self.is_1904)
            }
            Kind::Number => number::plain(&self.open.text),
            Kind::Shared => {
                let found = self.open.text.trim().parse().ok().and_then(|place| self.texts.get(place));
                found
                    .ok_or_else(|| {
                        damaged(format!("row {} has a text that the workbook has not", self.row.number))
                    })?
                    .into()
            }
            Kind::Boolean => if self.open.text.trim() == "1" { "TRUE" } else { "FALSE" }.into(),
            Kind::Text => self.open.text.as_str().into(),
        };
        if text.is_empty() {
            return Ok(());
        }
        // The line is over-long already, and a fault: texts that many cells share would fill the memory.
        if self.row.bytes > CAP {
            return Ok(());
        }
        // A cell that breaks its text into lines is in one line still, so that lines are rows.
        let text = unescaped(&text).replace("\r\n", " ").replace(['\r', '\n'], " ");
        self.row.put(self.open.column, text);
        Ok(())
    }

    fn end_row(&mut self) -> io::Result<()> {
        if self.row.number > ROWS {
            return Err(damaged(format!("the sheet has a row {}, and no spreadsheet has", self.row.number)));
        }
        while self.lines + 1 < self.row.number {
            self.out.push(b'\n');
            self.lines += 1;
        }
        self.lines += 1;
        if self.row.cells.is_empty() {
            self.out.push(b'\n');
            return Ok(());
        }
        self.widest = self.widest.max(self.row.cells.len());
        let empty = std::iter::repeat_n("", self.widest - self.row.cells.len());
        records::write(&mut self.out, self.row.cells.iter().map(String::as_str).chain(empty));
        Ok(())
    }
}

impl Row {
    fn begin(&mut self, element: &BytesStart) -> io::Result<()> {
        let number = match attribute(element, "r") {
            Some(text) => text.parse().map_err(|_| damaged(format!("the sheet has a row {text}")))?,
            None => self.number + 1,
        };
        if number <= self.number {
            return Err(damaged(format!("row {number} of the sheet stands behind row {}", self.number)));
        }
        self.cells.clear();
        (self.number, self.bytes, self.next) = (number, 0, 0);
        Ok(())
    }

    /// Puts a text into a column behind those that have one.
    fn put(&mut self, column: usize, text: String) {
        self.cells.resize_with(self.cells.len().max(column), String::new);
        self.bytes += text.len();
        self.cells.push(text);
    }
}

impl Open {
    fn begin(&mut self, row: &mut Row, element: &BytesStart) -> io::Result<()> {
        let (column, style, kind) = cell(element, row.number, row.next)?;
        row.next = column + 1;
        let mut text = mem::take(&mut self.text);
        text.clear();
        *self = Self { column, style, kind, text, ..Self::default() };
        Ok(())
    }
}

/// The column of a cell, from 0, its style and its kind.
fn cell(element: &BytesStart, row: u64, next: usize) -> io::Result<(usize, usize, Kind)> {
    let column = match attribute(element, "r") {
        None => next,
        Some(name) => {
            let letters = name.bytes().take_while(u8::is_ascii_uppercase);
            let number = letters.fold(0_usize, |number, letter| {
                number.saturating_mul(26).saturating_add(usize::from(letter - b'A') + 1)
            });
            number.checked_sub(1).ok_or_else(|| damaged(format!("row {row} has a cell {name}")))?
        }
    };
    if column < next || column >= COLUMNS {
        let what = if column < next {
            "whose cells are not in order"
        } else {
            "with more columns than a statement has"
        };
        return Err(damaged(format!("the sheet has a row {row} {what}")));
    }
    let style = attribute(element, "s").and_then(|style| style.parse().ok()).unwrap_or(0);
    let kind = match attribute(element, "t").as_deref() {
        None | Some("n") => Kind::Number,
        Some("s") => Kind::Shared,
        Some("b") => Kind::Boolean,
        Some(_) => Kind::Text,
    };
    Ok((column, style, kind))
}

/// A text without the way in which spreadsheets write letters that XML cannot have: `_x000D_`.
fn unescaped(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("_x") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let code = from.get(2..6).filter(|_| from.as_bytes().get(6) == Some(&b'_'));
        let letter = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        let (taken, written) = match letter {
            Some(letter) => (7, letter),
            None => (1, '_'),
        };
        out.push(written);
        rest = from.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out.into()
}

impl<R: Read> Read for Sheet<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.out.len() && !self.is_done {
            self.out.clear();
            self.at = 0;
            self.advance()?;
        }
        let mut rest = self.out.get(self.at..).unwrap_or_default();
        let read = rest.read(to)?;
        self.at += read;
        Ok(read)
    }
}
