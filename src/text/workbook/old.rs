//! Workbooks of before 2007 (BIFF8, [MS-XLS]): the cells of a sheet as lines of CSV.
//!
//! A reader of our own, since those that there are take memory for what a file's bytes claim. The file is in memory, within a
//! bound; a record is no longer than the file, and cells and texts are counted.

use std::collections::HashMap;
use std::io::{self, Read};

use super::super::container::{Container, u16_at, u32_at};
use super::super::limits::damaged;
use super::format::{self, Style};
use super::rows::{COLUMNS, Rows, SHEETS, STYLES, UNKNOWN};
use super::texts::Texts;

/// Cells of a sheet; a statement has no more.
const CELLS: usize = 2 << 20;

/// Records, by their numbers.
mod record {
    pub const FORMULA: u16 = 0x0006;
    pub const END: u16 = 0x000A;
    pub const DATES: u16 = 0x0022;
    pub const PASSWORD: u16 = 0x002F;
    pub const CONTINUED: u16 = 0x003C;
    pub const SHEET: u16 = 0x0085;
    pub const NUMBERS: u16 = 0x00BD;
    pub const RICH_TEXT: u16 = 0x00D6;
    pub const STYLE: u16 = 0x00E0;
    pub const TEXTS: u16 = 0x00FC;
    pub const SHARED_TEXT: u16 = 0x00FD;
    pub const FLOAT: u16 = 0x0203;
    pub const TEXT: u16 = 0x0204;
    pub const BOOLEAN: u16 = 0x0205;
    pub const RESULT: u16 = 0x0207;
    pub const NUMBER: u16 = 0x027E;
    pub const FORMAT: u16 = 0x041E;
    pub const BEGIN: u16 = 0x0809;
}

/// The version of what is read here.
const VERSION: u16 = 0x0600;
/// The kind of a sheet with cells.
const WITH_CELLS: u8 = 0;
/// The bits that say whether a sheet is shown, all of them zero where it is.
const SHOWN: u8 = 3;

fn cut() -> io::Error {
    damaged("the workbook is cut or damaged: one of its records is not whole")
}

/// What a workbook consists of.
pub struct Book {
    stream: Vec<u8>,
    /// Names of sheets with cells, each with where it begins.
    sheets: Vec<(String, usize)>,
    /// The places of those that are not shown.
    hidden: Vec<usize>,
    texts: Texts,
    styles: Vec<Style>,
    is_1904: bool,
}

impl Book {
    /// # Errors
    /// When it is damaged or locked, or of another version.
    pub fn read(bytes: &[u8]) -> io::Result<Self> {
        let container = Container::of(bytes)?;
        let Some(stream) = container.stream(&["Workbook"])? else {
            let is_older = container.stream(&["Book"])?.is_some();
            return Err(damaged(if is_older {
                "the workbook is in a form of before 1997; save it as XLSX or CSV"
            } else {
                "this is a document of an office program and no workbook"
            }));
        };
        let mut book = Self {
            stream: Vec::new(),
            sheets: Vec::new(),
            hidden: Vec::new(),
            texts: Texts::default(),
            styles: Vec::new(),
            is_1904: false,
        };
        let (mut formats, mut styles) = (HashMap::new(), Vec::new());
        let mut records = Records { bytes: &stream, at: 0 };
        let (first, begin) = records.next_record()?;
        if first != record::BEGIN || u16_at(begin, 0) != Some(VERSION) {
            return Err(damaged("the workbook is in a form of before 1997; save it as XLSX or CSV"));
        }
        loop {
            let (kind, data) = records.next_record()?;
            match kind {
                record::END => break,
                record::PASSWORD => return Err(damaged("the workbook is locked with a password")),
                record::DATES => book.is_1904 = u16_at(data, 0) == Some(1),
                record::SHEET if data.get(5) == Some(&WITH_CELLS) => {
                    let at = u32_at(data, 0).and_then(|at| usize::try_from(at).ok()).ok_or_else(cut)?;
                    let count = usize::from(*data.get(6).ok_or_else(cut)?);
                    let mut name = Pieces::of(vec![data.get(7..).unwrap_or_default()]);
                    let is_hidden = data.get(4).is_some_and(|state| state & SHOWN != 0);
                    book.hidden.extend(is_hidden.then_some(book.sheets.len()));
                    book.sheets.push((name.text(count)?, at));
                }
                record::FORMAT => {
                    let id = u16_at(data, 0).ok_or_else(cut)?;
                    let code = long_text(vec![data.get(2..).unwrap_or_default()])?;
                    formats.insert(id, Style::of_code(&code));
                }
                record::STYLE => styles.push(u16_at(data, 2).ok_or_else(cut)?),
                record::TEXTS => {
                    let pieces = records.with_continued(data)?;
                    book.texts = texts(Pieces::of(pieces))?;
                }
                _ => {}
            }
            if book.sheets.len() > SHEETS || styles.len().max(formats.len()) > STYLES {
                return Err(damaged("the workbook has more sheets or styles than any"));
            }
        }
        if book.sheets.is_empty() {
            return Err(damaged("the workbook has no sheet with cells"));
        }
        let style = |id: u16| formats.get(&id).cloned().unwrap_or_else(|| Style::of_id(&id.to_string()));
        book.styles = styles.into_iter().map(style).collect();
        book.stream = stream;
        Ok(book)
    }

    /// The names of its sheets, in its order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sheets.iter().map(|(name, _)| name.as_str())
    }

    pub fn is_hidden(&self, place: usize) -> bool {
        self.hidden.contains(&place)
    }

    /// A sheet as CSV in UTF-8 with commas; a line is a row.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn sheet(&self, place: usize) -> io::Result<Sheet<'_>> {
        let (_, at) = self.sheets.get(place).ok_or_else(cut)?;
        let mut cells = Cells::default();
        cells.read(Records { bytes: &self.stream, at: *at })?;
        // Some programs write them as they come; of two in one place the last is what it shows.
        cells.all.sort_by_key(|cell| (cell.row, cell.column));
        let mut all: Vec<Cell> = Vec::with_capacity(cells.all.len());
        for cell in cells.all {
            match all.last_mut() {
                Some(last) if (last.row, last.column) == (cell.row, cell.column) => *last = cell,
                _ => all.push(cell),
            }
        }
        Ok(Sheet { book: self, cells: all.into_iter().peekable(), own: cells.own, rows: Rows::default() })
    }
}

/// Records one behind the other.
struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    fn peek(&self) -> Option<(u16, &'a [u8])> {
        let rest = self.bytes.get(self.at..)?;
        let length = usize::from(u16_at(rest, 2)?);
        Some((u16_at(rest, 0)?, rest.get(4..4 + length)?))
    }

    fn next_record(&mut self) -> io::Result<(u16, &'a [u8])> {
        let (kind, data) = self.peek().ok_or_else(cut)?;
        self.at += 4 + data.len();
        Ok((kind, data))
    }

    /// The data of a record and of those that continue it.
    fn with_continued(&mut self, data: &'a [u8]) -> io::Result<Vec<&'a [u8]>> {
        let mut pieces = vec![data];
        while self.peek().is_some_and(|(kind, _)| kind == record::CONTINUED) {
            pieces.push(self.next_record()?.1);
        }
        Ok(pieces)
    }
}

/// Data that goes over several records.
struct Pieces<'a> {
    of_records: Vec<&'a [u8]>,
    which: usize,
    at: usize,
}

impl<'a> Pieces<'a> {
    fn of(of_records: Vec<&'a [u8]>) -> Self {
        Self { of_records, which: 0, at: 0 }
    }

    /// What is left of the piece under way; of the next one where that is at its end.
    fn rest(&mut self) -> &'a [u8] {
        while let Some(piece) = self.of_records.get(self.which) {
            match piece.get(self.at..) {
                Some(rest) if !rest.is_empty() => return rest,
                _ => (self.which, self.at) = (self.which + 1, 0),
            }
        }
        &[]
    }

    fn byte(&mut self) -> io::Result<u8> {
        let byte = self.rest().first().copied().ok_or_else(cut)?;
        self.at += 1;
        Ok(byte)
    }

    fn word(&mut self) -> io::Result<u16> {
        Ok(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, mut count: usize) -> io::Result<()> {
        while count > 0 {
            let some = self.rest().len().min(count);
            if some == 0 {
                return Err(cut());
            }
            self.at += some;
            count -= some;
        }
        Ok(())
    }

    /// A text of so many letters, behind the byte that says how wide they are; what it has beside its letters is left out.
    fn text(&mut self, count: usize) -> io::Result<String> {
        let flags = self.byte()?;
        let runs = if flags & 8 == 0 { 0 } else { usize::from(self.word()?) * 4 };
        let sounds =
            if flags & 4 == 0 { 0 } else { usize::from(self.word()?) | usize::from(self.word()?) << 16 };
        let mut is_wide = flags & 1 == 1;
        let mut units: Vec<u16> = Vec::new();
        while units.len() < count {
            let record = self.which;
            let mut rest = self.rest();
            // Behind the end of a record the width is told anew.
            if self.which != record {
                is_wide = self.byte()? & 1 == 1;
                rest = self.rest();
            }
            let left = count - units.len();
            let taken = if is_wide {
                let (pairs, _) = rest.as_chunks();
                units.extend(pairs.iter().take(left).copied().map(u16::from_le_bytes));
                pairs.len().min(left) * 2
            } else {
                units.extend(rest.iter().take(left).copied().map(u16::from));
                rest.len().min(left)
            };
            if taken == 0 {
                return Err(cut());
            }
            self.at += taken;
        }
        self.skip(runs)?;
        self.skip(sounds)?;
        Ok(String::from_utf16_lossy(&units))
    }
}

/// A text whose length stands before it in two bytes.
fn long_text(pieces: Vec<&[u8]>) -> io::Result<String> {
    let mut pieces = Pieces::of(pieces);
    let count = usize::from(pieces.word()?);
    pieces.text(count)
}

/// The texts that cells share. How many there are is not always told right, so they are read to their end.
fn texts(mut pieces: Pieces) -> io::Result<Texts> {
    let mut texts = Texts::default();
    pieces.skip(8)?;
    while !pieces.rest().is_empty() {
        let count = usize::from(pieces.word()?);
        texts.push(&mut pieces.text(count)?)?;
    }
    Ok(texts)
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Number(f64),
    Shared(u32),
    /// A text of its own.
    Own(u32),
    Boolean(bool),
    Error(u8),
    /// It is worked out, and the workbook does not have what that gives.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    row: u16,
    column: u16,
    style: u16,
    value: Value,
}

/// The cells of a sheet as they come.
#[derive(Default)]
struct Cells {
    all: Vec<Cell>,
    own: Texts,
    owned: u32,
}

impl Cells {
    fn read(&mut self, mut records: Records) -> io::Result<()> {
        let (first, _) = records.next_record()?;
        if first != record::BEGIN {
            return Err(cut());
        }
        // A chart in a sheet has records of its own.
        let mut depth = 1_u32;
        loop {
            let (kind, data) = records.next_record()?;
            match kind {
                record::BEGIN => depth = depth.saturating_add(1),
                record::END if depth == 1 => return Ok(()),
                record::END => depth -= 1,
                _ if depth > 1 => {}
                record::RESULT => {
                    let text = long_text(records.with_continued(data)?)?;
                    let value = self.own(text)?;
                    if let Some(cell) =
                        self.all.last_mut().filter(|cell| matches!(cell.value, Value::Unknown))
                    {
                        cell.value = value;
                    }
                }
                record::TEXT | record::RICH_TEXT => {
                    let pieces = records.with_continued(data.get(6..).ok_or_else(cut)?)?;
                    let value = long_text(pieces).and_then(|text| self.own(text))?;
                    self.add(data, value)?;
                }
                record::NUMBERS => self.numbers(data)?,
                _ => {
                    if let Some(value) = value(kind, data)? {
                        self.add(data, value)?;
                    }
                }
            }
        }
    }

    fn own(&mut self, mut text: String) -> io::Result<Value> {
        self.own.push(&mut text)?;
        self.owned += 1;
        Ok(Value::Own(self.owned - 1))
    }

    /// A cell whose row, column and style stand at the beginning.
    fn add(&mut self, data: &[u8], value: Value) -> io::Result<()> {
        let [row, column, style] = [0, 2, 4].map(|at| u16_at(data, at));
        self.put(row.ok_or_else(cut)?, column.ok_or_else(cut)?, style.ok_or_else(cut)?, value)
    }

    fn put(&mut self, row: u16, column: u16, style: u16, value: Value) -> io::Result<()> {
        if usize::from(column) >= COLUMNS || self.all.len() >= CELLS {
            return Err(damaged("the sheet has more cells than a statement has"));
        }
        self.all.push(Cell { row, column, style, value });
        Ok(())
    }

    /// Numbers side by side.
    fn numbers(&mut self, data: &[u8]) -> io::Result<()> {
        let row = u16_at(data, 0).ok_or_else(cut)?;
        let first = u16_at(data, 2).ok_or_else(cut)?;
        let cells = data.get(4..data.len().saturating_sub(2)).ok_or_else(cut)?;
        for (column, cell) in (first..=u16::MAX).zip(cells.as_chunks::<6>().0) {
            let (style, value) = (u16_at(cell, 0).ok_or_else(cut)?, u32_at(cell, 2).ok_or_else(cut)?);
            self.put(row, column, style, Value::Number(short(value)))?;
        }
        Ok(())
    }
}

/// The value of a cell that is one record; nothing for a record that is none.
fn value(kind: u16, data: &[u8]) -> io::Result<Option<Value>> {
    let float =
        |at: usize| data.get(at..).and_then(|rest| rest.first_chunk()).copied().map(f64::from_le_bytes);
    let value = match kind {
        record::FLOAT => float(6).map(Value::Number),
        record::NUMBER => u32_at(data, 6).map(|value| Value::Number(short(value))),
        record::SHARED_TEXT => u32_at(data, 6).map(Value::Shared),
        record::BOOLEAN => match data.get(6..8) {
            Some([value, 0]) => Some(Value::Boolean(*value != 0)),
            Some([error, _]) => Some(Value::Error(*error)),
            _ => None,
        },
        record::FORMULA => {
            // Some leave it to the program that opens the file to work it out, and write zero.
            let is_left = u16_at(data, 14).is_some_and(|flags| flags & 2 != 0);
            match (data.get(6..14), float(6)) {
                (Some([1, _, value, .., 0xFF, 0xFF]), _) => Some(Value::Boolean(*value != 0)),
                (Some([2, _, error, .., 0xFF, 0xFF]), _) => Some(Value::Error(*error)),
                // A text comes behind it. An empty one is what some programs write that do not work it out.
                (Some([.., 0xFF, 0xFF]), _) => Some(Value::Unknown),
                (_, Some(0.0)) if is_left => Some(Value::Unknown),
                (_, value) => value.map(Value::Number),
            }
        }
        _ => return Ok(None),
    };
    value.map(Some).ok_or_else(cut)
}

/// A number in four bytes: the upper ones of a fraction, or a whole number; perhaps hundredths.
fn short(value: u32) -> f64 {
    let number = if value & 2 == 0 {
        f64::from_bits(u64::from(value & !3) << 32)
    } else {
        f64::from(value.cast_signed() >> 2)
    };
    if value & 1 == 0 { number } else { number / 100.0 }
}

/// A sheet that is read as a text.
pub struct Sheet<'a> {
    book: &'a Book,
    cells: std::iter::Peekable<std::vec::IntoIter<Cell>>,
    own: Texts,
    rows: Rows,
}

impl Sheet<'_> {
    fn row(&mut self, row: u16) -> io::Result<()> {
        self.rows.begin(Some(u64::from(row) + 1))?;
        while let Some(cell) = self.cells.next_if(|cell| cell.row == row) {
            let lacking =
                || damaged(format!("row {} has a text that the workbook has not", u32::from(row) + 1));
            let place = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
            let number;
            let text = match cell.value {
                Value::Shared(shared) => self.book.texts.get(place(shared)).ok_or_else(lacking)?,
                Value::Own(own) => self.own.get(place(own)).ok_or_else(lacking)?,
                Value::Boolean(true) => "TRUE",
                Value::Boolean(false) => "FALSE",
                Value::Error(code) => error(code),
                Value::Unknown => UNKNOWN,
                Value::Number(value) => {
                    let style = self.book.styles.get(usize::from(cell.style)).unwrap_or(&Style::Number);
                    number = format::styled(&format!("{value:e}"), style, self.book.is_1904).into_owned();
                    number.as_str()
                }
            };
            let column = usize::from(cell.column);
            match cell.value {
                _ if text.is_empty() || self.rows.is_full() => {}
                Value::Number(_) => self.rows.put_styled(column, text),
                _ => self.rows.put(column, text),
            }
        }
        self.rows.end()
    }
}

/// What a spreadsheet shows of an error.
fn error(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        _ => "#N/A",
    }
}

impl Read for Sheet<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.rows.out.is_drained() {
            let Some(row) = self.cells.peek().map(|cell| cell.row) else { return Ok(0) };
            self.row(row)?;
        }
        self.rows.out.take(to)
    }
}
