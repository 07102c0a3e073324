//! The cells of a sheet of XML as lines of CSV.

use std::io::{self, Read};
use std::mem;

use quick_xml::events::{BytesStart, Event};

use super::super::limits::damaged;
use super::super::xml::{Events, attribute, push_text};
use super::format::{self, Style};
use super::rows::{COLUMNS, Rows, UNKNOWN};
use super::texts::Texts;

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
    /// What the numbers of each style are.
    styles: &'a [Style],
    is_1904: bool,
    /// Whether results were left to the program that opens the file.
    are_results_open: bool,
    is_done: bool,
    rows: Rows,
    /// The column of a cell that does not tell its own.
    next: usize,
    open: Open,
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
    pub fn new(
        events: Events<R>,
        texts: &'a Texts,
        styles: &'a [Style],
        is_1904: bool,
        are_results_open: bool,
    ) -> Self {
        let (rows, open) = (Rows::default(), Open::default());
        Self { events, texts, styles, is_1904, are_results_open, is_done: false, rows, next: 0, open }
    }

    /// Reads until a row ends, or the cells do.
    fn advance(&mut self) -> io::Result<()> {
        loop {
            let event = self.events.next_event()?;
            match &event {
                Event::Start(element) => match element.local_name().as_ref() {
                    b"row" => {
                        self.rows.begin(row_number(element)?)?;
                        self.next = 0;
                    }
                    b"c" => self.open.begin(self.rows.number, &mut self.next, element)?,
                    b"f" => self.open.lacks_value = true,
                    b"v" => {
                        self.open.is_value = true;
                        self.open.found_value();
                    }
                    b"t" => self.open.is_value = !self.open.is_sound,
                    b"rPh" => self.open.is_sound = true,
                    _ => {}
                },
                Event::Empty(element) => match element.local_name().as_ref() {
                    b"row" => {
                        self.rows.begin(row_number(element)?)?;
                        return self.rows.end();
                    }
                    b"c" => self.open.begin(self.rows.number, &mut self.next, element)?,
                    b"f" => self.open.lacks_value = true,
                    b"v" => self.open.found_value(),
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
                    b"row" => return self.rows.end(),
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
        // Where results are left to the program that opens the file, some write zero for each.
        let text = self.open.text.trim();
        let is_open = text.is_empty() || (self.are_results_open && text == "0");
        if self.open.lacks_value && is_open {
            // The program that wrote it did not work it out: no reader takes this for an amount or a date.
            self.open.kind = Kind::Text;
            UNKNOWN.clone_into(&mut self.open.text);
        }
        let text = match self.open.kind {
            Kind::Number => {
                let style = self.styles.get(self.open.style).unwrap_or(&Style::Number);
                format::styled(&self.open.text, style, self.is_1904)
            }
            Kind::Shared => {
                let found = self.open.text.trim().parse().ok().and_then(|place| self.texts.get(place));
                found
                    .ok_or_else(|| {
                        damaged(format!("row {} has a text that the workbook has not", self.rows.number))
                    })?
                    .into()
            }
            Kind::Boolean => if self.open.text.trim() == "1" { "TRUE" } else { "FALSE" }.into(),
            Kind::Text => self.open.text.as_str().into(),
        };
        if text.is_empty() || self.rows.is_full() {
            return Ok(());
        }
        match self.open.kind {
            Kind::Number => self.rows.put_styled(self.open.column, &text),
            _ => self.rows.put(self.open.column, &unescaped(&text)),
        }
        Ok(())
    }
}

/// The number that a row tells of itself.
fn row_number(element: &BytesStart) -> io::Result<Option<u64>> {
    let number = attribute(element, "r")
        .map(|text| text.parse().map_err(|_| damaged(format!("the sheet has a row {text}"))));
    number.transpose()
}

impl Open {
    fn begin(&mut self, row: u64, next: &mut usize, element: &BytesStart) -> io::Result<()> {
        let (column, style, kind) = cell(element, row, *next)?;
        *next = column + 1;
        let mut text = mem::take(&mut self.text);
        text.clear();
        *self = Self { column, style, kind, text, ..Self::default() };
        Ok(())
    }

    /// Some programs write an empty result for a number that they did not work out.
    fn found_value(&mut self) {
        self.lacks_value &= matches!(self.kind, Kind::Number);
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
        while self.rows.out.is_drained() && !self.is_done {
            self.advance()?;
        }
        self.rows.out.take(to)
    }
}
