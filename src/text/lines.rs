//! Lines of a reader, ended by LF, CR LF or CR, none longer than a cap: a line without an end does not fill the memory.

use std::io::{self, Read};
use std::mem;
use std::ops::Range;

/// The longest line that is read whole, in bytes.
pub const CAP: usize = 1 << 20;
/// What is kept of a line that is too long.
pub const HEAD: usize = 2048;
const PIECE: usize = 1 << 18;

/// A line without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    Text(&'a str),
    /// Not UTF-8.
    Bytes(&'a [u8]),
    /// The first bytes of a line over the cap, and how many it has.
    TooLong {
        head: &'a [u8],
        bytes: u64,
    },
}

/// Reads lines and counts them from 1.
pub struct Lines<R> {
    reader: R,
    cap: usize,
    buffer: Buffer,
    /// What is held of it, and not handed out yet.
    held: Range<usize>,
    /// The first bytes of a character whose others are not read yet.
    cut: Vec<u8>,
    /// Bytes that are read at a time.
    piece: usize,
    /// A line ended with CR: an LF that follows belongs to it.
    after_return: bool,
    number: u64,
    head: Vec<u8>,
}

/// What was read. Of a text its lines need no look whether they are UTF-8.
enum Buffer {
    Text(String),
    Bytes(Vec<u8>),
}

impl Buffer {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    fn line(&self, place: Range<usize>) -> Line<'_> {
        match self {
            Self::Text(text) => Line::Text(text.get(place).unwrap_or_default()),
            Self::Bytes(bytes) => {
                let line = bytes.get(place).unwrap_or_default();
                std::str::from_utf8(line).map_or(Line::Bytes(line), Line::Text)
            }
        }
    }
}

impl<R: Read> Lines<R> {
    pub fn new(reader: R, cap: usize) -> Self {
        Self {
            reader,
            cap,
            buffer: Buffer::Bytes(Vec::new()),
            held: 0..0,
            cut: Vec::new(),
            piece: PIECE,
            after_return: false,
            number: 0,
            head: Vec::new(),
        }
    }

    /// The next line and its number; nothing at the end.
    ///
    /// # Errors
    /// When reading fails.
    pub fn next_line(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        let mut searched = 0;
        loop {
            if self.after_return && !self.held.is_empty() {
                self.after_return = false;
                if self.buffer.bytes().get(self.held.start) == Some(&b'\n') {
                    self.held.start += 1;
                }
            }
            let held = self.buffer.bytes().get(self.held.clone()).unwrap_or_default();
            if let Some(found) = memchr::memchr2(b'\n', b'\r', held.get(searched..).unwrap_or_default()) {
                let length = searched + found;
                self.after_return = held.get(length) == Some(&b'\r');
                let line = self.held.start..self.held.start + length;
                self.held.start += length + 1;
                self.number += 1;
                return Ok(Some((self.number, self.line(line))));
            }
            searched = held.len();
            if searched > self.cap {
                self.number += 1;
                let number = self.number;
                return self.skip().map(|line| Some((number, line)));
            }
            if !self.more()? {
                let line = mem::replace(&mut self.held, 0..0);
                if line.is_empty() {
                    return Ok(None);
                }
                self.number += 1;
                return Ok(Some((self.number, self.line(line))));
            }
        }
    }

    fn line(&self, place: Range<usize>) -> Line<'_> {
        if place.len() <= self.cap {
            return self.buffer.line(place);
        }
        let line = self.buffer.bytes().get(place).unwrap_or_default();
        Line::TooLong { head: line.get(..HEAD).unwrap_or(line), bytes: line.len() as u64 }
    }

    /// Reads more behind what is held; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        let mut bytes = match mem::replace(&mut self.buffer, Buffer::Bytes(Vec::new())) {
            Buffer::Text(text) => text.into_bytes(),
            Buffer::Bytes(bytes) => bytes,
        };
        bytes.copy_within(self.held.clone(), 0);
        bytes.truncate(self.held.len());
        bytes.append(&mut self.cut);
        let read = self.reader.by_ref().take(self.piece as u64).read_to_end(&mut bytes)?;
        self.buffer = String::from_utf8(bytes).map_or_else(
            |error| {
                let (why, mut bytes) = (error.utf8_error(), error.into_bytes());
                if read == 0 || why.error_len().is_some() {
                    return Buffer::Bytes(bytes);
                }
                self.cut = bytes.split_off(why.valid_up_to());
                String::from_utf8(bytes).map_or_else(|error| Buffer::Bytes(error.into_bytes()), Buffer::Text)
            },
            Buffer::Text,
        );
        self.held = 0..self.buffer.bytes().len();
        Ok(read > 0)
    }

    /// Passes over the rest of a line that is too long.
    fn skip(&mut self) -> io::Result<Line<'_>> {
        let held = self.buffer.bytes().get(self.held.clone()).unwrap_or_default();
        self.head = held.get(..HEAD).unwrap_or(held).to_vec();
        let mut bytes = held.len() as u64;
        self.held = 0..0;
        loop {
            let is_more = self.more()?;
            let held = self.buffer.bytes().get(self.held.clone()).unwrap_or_default();
            if let Some(end) = memchr::memchr2(b'\n', b'\r', held) {
                bytes += end as u64;
                self.after_return = held.get(end) == Some(&b'\r');
                self.held.start = end + 1;
                break;
            }
            bytes += held.len() as u64;
            self.held = 0..0;
            if !is_more {
                break;
            }
        }
        Ok(Line::TooLong { head: &self.head, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads one byte at a time, so that every border between pieces is met.
    fn dripping(text: &[u8], cap: usize) -> Lines<&[u8]> {
        Lines { piece: 1, ..Lines::new(text, cap) }
    }

    fn all(mut lines: Lines<impl Read>) -> Vec<String> {
        let mut found = Vec::new();
        while let Some((_, line)) = lines.next_line().unwrap() {
            found.push(match line {
                Line::Text(line) => line.to_owned(),
                Line::Bytes(line) => format!("{line:?}"),
                Line::TooLong { head, bytes } => format!("{}… {bytes}", String::from_utf8_lossy(head)),
            });
        }
        found
    }

    #[test]
    fn all_three_ends_are_ends() {
        let text = b"a\nb\r\nc\rd\r\r\n\n\ne";
        let wanted = ["a", "b", "c", "d", "", "", "", "e"];
        assert_eq!(all(Lines::new(&text[..], CAP)), wanted);
        assert_eq!(all(dripping(text, CAP)), wanted);
        assert_eq!(all(Lines::new(&b""[..], CAP)), [""; 0]);
        assert_eq!(all(Lines::new(&b"x\r\n"[..], CAP)), ["x"]);
    }

    #[test]
    fn a_line_that_is_no_text_is_told_from_those_around_it_wherever_it_is_cut() {
        let text = b"a\xc3\xb1o\n\xff\n\xe2\x82\xac\r\n\xe2\x82\nb\xc3";
        let wanted = ["a\u{f1}o", "[255]", "\u{20ac}", "[226, 130]", "[98, 195]"];
        assert_eq!(all(Lines::new(&text[..], CAP)), wanted);
        assert_eq!(all(dripping(text, CAP)), wanted);
        let long = "\u{20ac}\n".repeat(PIECE);
        let found = all(Lines::new(long.as_bytes(), CAP));
        assert!(found.len() == PIECE && found.iter().all(|line| line == "\u{20ac}"));
    }

    #[test]
    fn a_line_over_the_cap_is_passed_over() {
        let text = format!("a\n{}\r\nb\n{}", "x".repeat(20), "y".repeat(11));
        let wanted = ["a", "xxxxxxxxxxxxxxxxxxxx… 20", "b", "yyyyyyyyyyy… 11"];
        assert_eq!(all(Lines::new(text.as_bytes(), 10)), wanted);
        let wanted = ["a", "xxxxxxxxxxx… 20", "b", "yyyyyyyyyyy… 11"];
        assert_eq!(all(dripping(text.as_bytes(), 10)), wanted, "what was held when the cap was met");
        let cut = [text.as_bytes(), b"\xc3"].concat();
        let wanted = ["a", "xxxxxxxxxxx… 20", "b", "yyyyyyyyyyy… 12"];
        assert_eq!(all(dripping(&cut, 10)), wanted, "half a character is no line of its own");
        assert_eq!(all(dripping(b"xxxxxxxxxx\xc3", 10)), ["xxxxxxxxxx\u{fffd}… 11"]);
    }

    #[test]
    fn a_line_without_an_end_takes_no_memory() {
        let mut lines = Lines::new(io::repeat(b'x').take(1 << 28), CAP);
        assert!(matches!(lines.next_line().unwrap(), Some((1, Line::TooLong { bytes: 268_435_456, .. }))));
        let taken = match &lines.buffer {
            Buffer::Text(text) => text.capacity(),
            Buffer::Bytes(bytes) => bytes.capacity(),
        };
        assert!(taken < 8 * CAP, "{taken}");
        assert!(lines.next_line().unwrap().is_none());
    }
}
