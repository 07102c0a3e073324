//! Records of cells: quotes, lines inside quotes, and lines that are no record.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;

use super::lines::{HEAD, Line, Lines};
use super::{EXACT, trimmed};

/// A quoted cell may go over so many lines. A quote that is still open then was never meant to be one, and the lines
/// behind its first are read on their own.
const LINES: usize = 20;
/// Bytes of a row that is longer than nearly all.
const LONG: usize = 16 << 10;

/// The cells of one record, without their quotes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Clone for Cells {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), ends: self.ends.clone() }
    }

    /// Without taking memory anew.
    fn clone_from(&mut self, source: &Self) {
        self.text.clone_from(&source.text);
        self.ends.clone_from(&source.ends);
    }
}

impl Cells {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of memory that they take, more or less.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<usize>()
    }

    /// Takes what others are, and leaves them something else; memory for a long row stays where it is.
    pub fn take(&mut self, other: &mut Self) {
        if other.text.capacity() > LONG {
            self.clone_from(other);
        } else {
            mem::swap(self, other);
        }
    }

    /// One cell; a cell that is not there is empty.
    #[must_use]
    pub fn get(&self, place: usize) -> &str {
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(place).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    /// Takes the first cells out; those that are not there are empty.
    pub fn first<'a, const N: usize>(&'a self, cells: &mut [&'a str; N]) {
        let mut start = 0;
        for (place, cell) in cells.iter_mut().enumerate() {
            let end = self.ends.get(place).copied().unwrap_or(start);
            *cell = self.text.get(start..end).unwrap_or_default();
            start = end;
        }
    }

    /// Whether there is nothing but blanks in all cells.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim_start().is_empty()
    }

    /// The one cell that is not blank, with its place; nothing where several are or none is.
    #[must_use]
    pub fn only(&self) -> Option<(usize, &str)> {
        let mut filled = self.iter().enumerate().filter(|(_, cell)| !trimmed(cell).is_empty());
        filled.next().filter(|_| filled.next().is_none())
    }

    /// Whether there is a digit in any cell.
    #[must_use]
    pub fn has_digit(&self) -> bool {
        self.text.bytes().any(|byte| byte.is_ascii_digit())
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.count()).map(|place| self.get(place))
    }

    /// The cells as a line of a file with this character between them, quoted where they must be.
    #[must_use]
    pub fn joined(&self, delimiter: char) -> String {
        let mut line = Vec::new();
        put(&mut line, delimiter, self.iter());
        String::from_utf8(line).unwrap_or_default()
    }

    /// Takes these cells in place of those before.
    pub fn fill<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        self.clear();
        for cell in cells {
            // Many are empty, and to copy nothing takes time too.
            if !cell.is_empty() {
                self.text.push_str(cell);
            }
            self.ends.push(self.text.len());
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

/// Why a line is no record: a stable word and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bad {
    pub error: &'static str,
    pub message: &'static str,
}

pub const TOO_LONG: Bad = Bad { error: "line_too_long", message: "the line is longer than any statement's" };
pub const UNDECODABLE: Bad =
    Bad { error: "undecodable", message: "the line has bytes that are no text in the file's encoding" };
pub const NUL: Bad = Bad { error: "nul_byte", message: "the line has a NUL byte, which is in no text" };
pub const UNIT: Bad = Bad {
    error: "unit_separator",
    message: "the line has a unit separator, which stands between the parts of keys",
};
pub const UNCLOSED: Bad = Bad { error: "unclosed_quote", message: "a quote opens and does not close" };
pub const QUOTING: Bad = Bad { error: "bad_quoting", message: "there is text behind a closing quote" };

/// What stands at a place of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// Whoever takes them out leaves others, whose memory is used again.
    Cells(&'a mut Cells),
    Bad {
        bad: Bad,
        text: String,
    },
}

/// How a text went into cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Split {
    Whole,
    /// A quote is open at the end.
    Open,
    Behind,
}

/// Reads records, one or more lines each.
pub struct Records<R> {
    lines: Lines<R>,
    delimiter: u8,
    cells: Cells,
    /// Lines that were looked at and are still to be read, each with its number.
    ahead: VecDeque<(u64, Owned)>,
    cap: usize,
    /// Cells of a record, where they are known.
    width: Option<usize>,
}

/// A line that outlives its reader's buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owned {
    Text(String),
    Bad(Bad, String),
}

impl<R: Read> Records<R> {
    /// Records with cells between `delimiter`, an ASCII character; `cap` is the longest record in bytes.
    pub fn new(reader: R, delimiter: u8, cap: usize) -> Self {
        let lines = Lines::new(reader, cap);
        Self { lines, delimiter, cells: Cells::default(), ahead: VecDeque::new(), cap, width: None }
    }

    /// Records of so many cells: a line whose quotes are none by the rules is read as it was meant where that gives as many.
    #[must_use]
    pub fn of_width(self, width: usize) -> Self {
        Self { width: Some(width), ..self }
    }

    /// The next record and its first line, from 1; nothing at the end.
    ///
    /// # Errors
    /// When reading fails.
    pub fn next_record(&mut self) -> io::Result<Option<(u64, Item<'_>)>> {
        let (line, text) = match self.ahead.pop_front() {
            Some((line, Owned::Text(text))) => (line, text),
            Some((line, Owned::Bad(bad, text))) => return Ok(Some((line, Item::Bad { bad, text }))),
            // The way that almost every line goes: from the buffer into cells.
            None => {
                let Some((line, text)) = self.lines.next_line()? else { return Ok(None) };
                match checked(text) {
                    Ok(text) => {
                        if split(text, self.delimiter, &mut self.cells) == Split::Whole {
                            return Ok(Some((line, Item::Cells(&mut self.cells))));
                        }
                        (line, text.to_owned())
                    }
                    Err((bad, text)) => return Ok(Some((line, Item::Bad { bad, text }))),
                }
            }
        };
        Ok(Some((line, self.several(&text)?)))
    }

    /// A record that starts with this line and may go on.
    fn several(&mut self, first: &str) -> io::Result<Item<'_>> {
        let mut whole = first.to_owned();
        let mut taken = 0;
        // A line without a quote closes none, and the text is not gone through again for it.
        let mut may_close = true;
        loop {
            let found = if may_close { split(&whole, self.delimiter, &mut self.cells) } else { Split::Open };
            match found {
                Split::Whole => break,
                Split::Behind if taken == 0 => {
                    if self.width.is_some() && self.width == leniently(first, self.delimiter, &mut self.cells)
                    {
                        return Ok(Item::Cells(&mut self.cells));
                    }
                    return Ok(bad_line(QUOTING, first));
                }
                Split::Open if taken < LINES && whole.len() <= self.cap => {}
                Split::Behind | Split::Open => return Ok(bad_line(UNCLOSED, first)),
            }
            if self.ahead.len() == taken && !self.look_ahead()? {
                return Ok(bad_line(UNCLOSED, first));
            }
            let Some((_, Owned::Text(next))) = self.ahead.get(taken) else {
                return Ok(bad_line(UNCLOSED, first));
            };
            may_close = next.contains('"');
            whole.push('\n');
            whole.push_str(next);
            taken += 1;
        }
        self.ahead.drain(..taken);
        Ok(Item::Cells(&mut self.cells))
    }

    /// Takes one line more to look at; false at the end.
    fn look_ahead(&mut self) -> io::Result<bool> {
        let Some((line, text)) = self.lines.next_line()? else { return Ok(false) };
        let owned = match checked(text) {
            Ok(text) => Owned::Text(text.to_owned()),
            Err((bad, text)) => Owned::Bad(bad, text),
        };
        self.ahead.push_back((line, owned));
        Ok(true)
    }
}

fn bad_line(bad: Bad, line: &str) -> Item<'static> {
    Item::Bad { bad, text: head(line) }
}

/// The line as text, or why it is none.
fn checked(line: Line<'_>) -> Result<&str, (Bad, String)> {
    let lossy = |bytes: &[u8]| head(&String::from_utf8_lossy(bytes));
    match line {
        Line::TooLong { head, .. } => Err((TOO_LONG, lossy(head))),
        Line::Bytes(bytes) => Err((UNDECODABLE, lossy(bytes.get(..HEAD).unwrap_or(bytes)))),
        Line::Text(text) => {
            let bytes = text.as_bytes();
            match memchr::memchr2(0, 0x1F, bytes).and_then(|place| bytes.get(place)) {
                None => Ok(text),
                Some(0) => Err((NUL, head(text))),
                Some(_) => Err((UNIT, head(text))),
            }
        }
    }
}

/// The first 2 kB of a text, cut between characters.
#[must_use]
pub fn head(text: &str) -> String {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or_default();
    head.replace(EXACT, "")
}

/// Splits a text into cells. Blanks around a quoted cell are forgiven; a quote inside an unquoted cell is a character. Of `="007"`,
/// by which a spreadsheet keeps what stands in a cell, the inner text is taken.
fn split(text: &str, delimiter: u8, cells: &mut Cells) -> Split {
    cells.clear();
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        let start = cells.text.len();
        let end = match rest.get(blanks) {
            Some(b'"') => match quoted(text, at + blanks + 1, delimiter, cells) {
                Ok(end) => {
                    unwrap(&mut cells.text, start);
                    end
                }
                Err(split) => return split,
            },
            Some(b'=') if rest.get(blanks + 1) == Some(&b'"') => {
                quoted(text, at + blanks + 2, delimiter, cells).unwrap_or_else(|_| {
                    cells.text.truncate(start);
                    bare(text, at, delimiter, cells)
                })
            }
            _ => bare(text, at, delimiter, cells),
        };
        cells.ends.push(cells.text.len());
        if end >= bytes.len() {
            return Split::Whole;
        }
        at = end + 1;
    }
}

/// Takes off what a spreadsheet put around a cell's text, `="…"`.
fn unwrap(text: &mut String, start: usize) {
    let cell = text.get(start..).unwrap_or_default();
    let inner = cell.strip_prefix("=\"").and_then(|cell| cell.strip_suffix('"'));
    if let Some(length) = inner.map(str::len) {
        text.truncate(start + 2 + length);
        text.drain(start..start + 2);
    }
}

/// Takes a cell without quotes; the place of the delimiter behind it.
fn bare(text: &str, at: usize, delimiter: u8, cells: &mut Cells) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let length = memchr::memchr(delimiter, rest.as_bytes()).unwrap_or(rest.len());
    cells.text.push_str(rest.get(..length).unwrap_or_default());
    at + length
}

/// Takes a quoted cell from behind its opening quote; the place of the delimiter behind it.
fn quoted(text: &str, start: usize, delimiter: u8, cells: &mut Cells) -> Result<usize, Split> {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(length) = memchr::memchr(b'"', rest) else { return Err(Split::Open) };
        cells.text.push_str(text.get(at..at + length).unwrap_or_default());
        at += length + 1;
        if bytes.get(at) == Some(&b'"') {
            cells.text.push('"');
            at += 1;
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        return match rest.get(blanks) {
            None => Ok(bytes.len()),
            Some(byte) if *byte == delimiter => Ok(at + blanks),
            Some(_) => Err(Split::Behind),
        };
    }
}

/// Splits a line of which a quoted cell has quotes that nobody doubled: such a cell ends with a quote before a delimiter.
/// How many cells there are then, unless one stays open.
fn leniently(text: &str, delimiter: u8, cells: &mut Cells) -> Option<usize> {
    cells.clear();
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let end = if rest.first() == Some(&b'"') {
            let is_end = |place: &usize| {
                matches!(bytes.get(place + 1), None | Some(b'\n')) || bytes.get(place + 1) == Some(&delimiter)
            };
            let behind = memchr::memchr_iter(b'"', rest.get(1..).unwrap_or_default());
            let quote = behind.map(|place| at + 1 + place).find(is_end)?;
            // A quote that was doubled is one, as it is elsewhere.
            cells.text.push_str(&text.get(at + 1..quote).unwrap_or_default().replace("\"\"", "\""));
            quote + 1
        } else {
            bare(text, at, delimiter, cells)
        };
        cells.ends.push(cells.text.len());
        if end >= bytes.len() {
            return Some(cells.count());
        }
        at = end + 1;
    }
}

/// Appends a record of clean CSV: commas, quotes where they are needed, LF.
pub fn write<'a>(out: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) {
    put(out, ',', cells);
    out.push(b'\n');
}

fn put<'a>(out: &mut Vec<u8>, delimiter: char, cells: impl Iterator<Item = &'a str>) {
    let is_quoted = [delimiter, '"', '\n', '\r'];
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.extend_from_slice(delimiter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        if cell.contains(is_quoted) {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<String> {
        let mut records = Records::new(text, b',', 1000);
        let mut found = Vec::new();
        loop {
            let Some((line, item)) = records.next_record().unwrap() else { return found };
            found.push(match item {
                Item::Cells(cells) => format!("{line} {}", cells.iter().collect::<Vec<_>>().join("|")),
                Item::Bad { bad, text } => format!("{line} {}: {text}", bad.error),
            });
        }
    }

    #[test]
    fn quotes_are_read() {
        let text = b"a,b\n\"1,000.00\",\"say \"\"x\"\"\"\n 5\" pipe , \"q\" ,\n,\n\n\"\"";
        assert_eq!(all(text), ["1 a|b", "2 1,000.00|say \"x\"", "3  5\" pipe |q|", "4 |", "5 ", "6 "]);
    }

    #[test]
    fn a_quote_may_go_over_lines_and_one_that_never_closes_costs_one_line() {
        assert_eq!(all(b"\"a\nb\",c\nd"), ["1 a\nb|c", "3 d"]);
        assert_eq!(
            all(b"x,\"open\ny,1\nz,\"2,0\"\nw"),
            ["1 unclosed_quote: x,\"open", "2 y|1", "3 z|2,0", "4 w"]
        );
        assert_eq!(all(b"x,\"open"), ["1 unclosed_quote: x,\"open"]);
        assert_eq!(all(b"\"a\"b,c\nd"), ["1 bad_quoting: \"a\"b,c", "2 d"]);
        let many = format!("\"open{}\nlast", "\nx".repeat(30));
        let told = all(many.as_bytes());
        assert_eq!(
            (told.len(), told[0].as_str(), told[31].as_str()),
            (32, "1 unclosed_quote: \"open", "32 last")
        );
    }

    #[test]
    fn quotes_that_nobody_doubled_cost_nothing_where_the_cells_agree() {
        let read = |text: &str| {
            let mut records = Records::new(text.as_bytes(), b',', 1000).of_width(3);
            match records.next_record().unwrap() {
                Some((_, Item::Cells(cells))) => cells.iter().collect::<Vec<_>>().join("|"),
                Some((_, Item::Bad { bad, .. })) => bad.error.to_owned(),
                None => String::new(),
            }
        };
        assert_eq!(read("a,\"FOR \"SOME BANK INC.\"\",3.00"), "a|FOR \"SOME BANK INC.\"|3.00");
        assert_eq!(read("a,\"FOR \"SOME\" BANK\",3.00"), "a|FOR \"SOME\" BANK|3.00");
        assert_eq!(read("a,\"FOR \"SOME\", BANK\",3.00"), "bad_quoting", "there would be four cells");
        assert_eq!(read("\"a\"b,c,d"), "bad_quoting");
    }

    #[test]
    fn what_a_spreadsheet_put_around_a_cell_is_taken_off() {
        let text = b"=\"007\", =\"1,234.50\" ,=\"say \"\"x\"\"\"\n\"=\"\"007\"\"\",\"=\"\"\"\"\",=\"\"\n=\"a\"b,=\",=x\n=\"open,1";
        assert_eq!(all(text), ["1 007|1,234.50|say \"x\"", "2 007||", "3 =\"a\"b|=\"|=x", "4 =\"open|1"]);
    }

    #[test]
    fn bytes_that_are_no_text_cost_their_line() {
        assert_eq!(
            all(b"a\nb\xFFc\nd\0e\nf"),
            ["1 a", "2 undecodable: b\u{fffd}c", "3 nul_byte: d\0e", "4 f"]
        );
        let long = format!("a\n{}\nb", "x".repeat(5000));
        assert_eq!(all(long.as_bytes())[1], format!("2 line_too_long: {}", "x".repeat(2048)));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let rows = [vec!["a", "", "x,y"], vec!["\"", " b ", "two\nlines"], vec!["", "", "é"]];
        let mut text = Vec::new();
        for row in &rows {
            write(&mut text, row.iter().copied());
        }
        let told: Vec<_> = all(&text).iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
        assert_eq!(told, rows.map(|row| row.join("|")));
    }
}
