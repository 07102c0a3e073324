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
    Whole(&'a [u8]),
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
    buffer: Vec<u8>,
    /// What is held of it, and not handed out yet.
    held: Range<usize>,
    /// A line ended with CR: an LF that follows belongs to it.
    after_return: bool,
    number: u64,
    head: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub fn new(reader: R, cap: usize) -> Self {
        Self { reader, cap, buffer: Vec::new(), held: 0..0, after_return: false, number: 0, head: Vec::new() }
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
                if self.buffer.get(self.held.start) == Some(&b'\n') {
                    self.held.start += 1;
                }
            }
            let held = self.buffer.get(self.held.clone()).unwrap_or_default();
            if let Some(found) = memchr::memchr2(b'\n', b'\r', held.get(searched..).unwrap_or_default()) {
                let length = searched + found;
                self.after_return = held.get(length) == Some(&b'\r');
                let line = self.held.start..self.held.start + length;
                self.held.start += length + 1;
                self.number += 1;
                let line = self.buffer.get(line).unwrap_or_default();
                let line = if length > self.cap { too_long(line, length as u64) } else { Line::Whole(line) };
                return Ok(Some((self.number, line)));
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
                let line = Line::Whole(self.buffer.get(line).unwrap_or_default());
                return Ok(Some((self.number, line)));
            }
        }
    }

    /// Reads more behind what is held; false at the end. A reader may give a line at a time, so no more is moved than is held.
    fn more(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.held.clone(), 0);
        self.held = 0..self.held.len();
        if self.buffer.len() < self.held.end + PIECE {
            self.buffer.resize(self.held.end + PIECE, 0);
        }
        let read = self.reader.read(self.buffer.get_mut(self.held.end..).unwrap_or_default())?;
        self.held.end += read;
        Ok(read > 0)
    }

    /// Passes over the rest of a line that is too long.
    fn skip(&mut self) -> io::Result<Line<'_>> {
        let held = self.buffer.get(self.held.clone()).unwrap_or_default();
        self.head = held.get(..HEAD).unwrap_or(held).to_vec();
        let mut bytes = held.len() as u64;
        self.held = 0..0;
        while self.more()? {
            let held = self.buffer.get(self.held.clone()).unwrap_or_default();
            if let Some(end) = memchr::memchr2(b'\n', b'\r', held) {
                bytes += end as u64;
                self.after_return = held.get(end) == Some(&b'\r');
                self.held.start = end + 1;
                break;
            }
            bytes += held.len() as u64;
            self.held = 0..0;
        }
        Ok(Line::TooLong { head: &self.head, bytes })
    }
}

fn too_long(line: &[u8], bytes: u64) -> Line<'_> {
    Line::TooLong { head: line.get(..HEAD).unwrap_or(line), bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every border between pieces is met.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let mut one = self.0.get(..1).unwrap_or_default();
            let read = one.read(out)?;
            self.0 = &self.0[read..];
            Ok(read)
        }
    }

    fn all(mut lines: Lines<impl Read>) -> Vec<String> {
        let mut found = Vec::new();
        while let Some((_, line)) = lines.next_line().unwrap() {
            found.push(match line {
                Line::Whole(line) => String::from_utf8(line.to_vec()).unwrap(),
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
        assert_eq!(all(Lines::new(Drip(text), CAP)), wanted);
        assert_eq!(all(Lines::new(&b""[..], CAP)), [""; 0]);
        assert_eq!(all(Lines::new(&b"x\r\n"[..], CAP)), ["x"]);
    }

    #[test]
    fn a_line_over_the_cap_is_passed_over() {
        let text = format!("a\n{}\r\nb\n{}", "x".repeat(20), "y".repeat(11));
        let wanted = ["a", "xxxxxxxxxxxxxxxxxxxx… 20", "b", "yyyyyyyyyyy… 11"];
        assert_eq!(all(Lines::new(text.as_bytes(), 10)), wanted);
        let wanted = ["a", "xxxxxxxxxxx… 20", "b", "yyyyyyyyyyy… 11"];
        assert_eq!(all(Lines::new(Drip(text.as_bytes()), 10)), wanted, "what was held when the cap was met");
    }

    #[test]
    fn a_line_without_an_end_takes_no_memory() {
        let mut lines = Lines::new(io::repeat(b'x').take(1 << 28), CAP);
        assert!(matches!(lines.next_line().unwrap(), Some((1, Line::TooLong { bytes: 268_435_456, .. }))));
        assert!(lines.buffer.capacity() < 8 * CAP, "{}", lines.buffer.capacity());
        assert!(lines.next_line().unwrap().is_none());
    }
}
