//! Athena's result file: every value between quotes, NULL as nothing, one line a row. Pieces come in; rows go out.

use std::ops::Range;

use memchr::{memchr, memchr2};

use crate::engine::{EngineError, ErrorKind};

/// What came and is not taken yet.
#[derive(Debug, Default)]
pub(super) struct Csv {
    held: String,
    /// The beginning of a character whose rest has not come.
    begun: Vec<u8>,
    at: usize,
    /// Fields of the row that was read last.
    fields: Vec<Field>,
    /// Values in which a quote stood, with one quote for two.
    unquoted: String,
}

/// Where a value stands.
#[derive(Debug, Clone)]
enum Field {
    Null,
    Held(Range<usize>),
    Unquoted(Range<usize>),
}

impl Csv {
    /// Adds what comes next.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        self.held.drain(..self.at);
        self.at = 0;
        let joined;
        let bytes = if self.begun.is_empty() {
            bytes
        } else {
            joined = [&std::mem::take(&mut self.begun), bytes].concat();
            &joined
        };
        let whole = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                let (whole, begun) = bytes.split_at(error.valid_up_to());
                self.begun = begun.to_vec();
                std::str::from_utf8(whole).unwrap_or_default()
            }
            Err(_) => return Err(broken("it is not UTF-8")),
        };
        self.held.push_str(whole);
        Ok(())
    }

    /// Reads the next row; `false` when the rest of it has not come yet.
    ///
    /// # Errors
    /// When it is no such file.
    pub(super) fn next(&mut self) -> Result<bool, EngineError> {
        self.fields.clear();
        self.unquoted.clear();
        let mut at = self.at;
        loop {
            let Some(end) = self.field(at)? else { return Ok(false) };
            let marks = self.held.as_bytes();
            match marks.get(end) {
                Some(b',') => at = end + 1,
                Some(b'\n') => {
                    self.at = end + 1;
                    return Ok(true);
                }
                Some(b'\r') if marks.get(end + 1) == Some(&b'\n') => {
                    self.at = end + 2;
                    return Ok(true);
                }
                None => return Ok(false),
                Some(b'\r') if marks.len() == end + 1 => return Ok(false),
                Some(_) => return Err(broken("a value goes on after its closing quote")),
            }
        }
    }

    /// Reads the field at a place; where it ends, unless the rest has not come.
    fn field(&mut self, at: usize) -> Result<Option<usize>, EngineError> {
        let Some(rest) = self.held.as_bytes().get(at..) else { return Ok(None) };
        let Some(b'"') = rest.first() else {
            let Some(mut length) = memchr2(b',', b'\n', rest) else { return Ok(None) };
            if rest[length] == b'\n' && length > 0 && rest[length - 1] == b'\r' {
                length -= 1;
            }
            self.fields.push(if length == 0 { Field::Null } else { Field::Held(at..at + length) });
            return Ok(Some(at + length));
        };
        let start = at + 1;
        let (mut from, mut whole) = (start, None);
        loop {
            let Some(length) = memchr(b'"', &self.held.as_bytes()[from..]) else { return Ok(None) };
            let quote = from + length;
            match self.held.as_bytes().get(quote + 1) {
                // A quote at the end of what came may be the first of two.
                None => return Ok(None),
                Some(b'"') => {
                    let begin = *whole.get_or_insert(self.unquoted.len());
                    self.unquoted.push_str(&self.held[from..=quote]);
                    (from, whole) = (quote + 2, Some(begin));
                }
                Some(_) => {
                    self.fields.push(match whole {
                        None => Field::Held(start..quote),
                        Some(begin) => {
                            self.unquoted.push_str(&self.held[from..quote]);
                            Field::Unquoted(begin..self.unquoted.len())
                        }
                    });
                    return Ok(Some(quote + 1));
                }
            }
        }
    }

    /// The cells of the row that was read last.
    pub(super) fn cells(&self) -> impl Iterator<Item = Option<&str>> {
        self.fields.iter().map(|field| match field {
            Field::Null => None,
            Field::Held(range) => Some(&self.held[range.clone()]),
            Field::Unquoted(range) => Some(&self.unquoted[range.clone()]),
        })
    }

    /// Reads the last row where no line ends it, once nothing more comes; whether there is one.
    ///
    /// # Errors
    /// When something is left that is no row.
    pub(super) fn end(&mut self) -> Result<bool, EngineError> {
        if self.at == self.held.len() && self.begun.is_empty() {
            return Ok(false);
        }
        self.held.push('\n');
        if self.begun.is_empty() && self.next()? { Ok(true) } else { Err(broken("its last row has no end")) }
    }
}

fn broken(why: &str) -> EngineError {
    EngineError::new(ErrorKind::Data, format!("the result file cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, piece: usize) -> Result<Vec<Vec<Option<String>>>, EngineError> {
        let (mut csv, mut rows) = (Csv::default(), Vec::new());
        for bytes in text.as_bytes().chunks(piece) {
            csv.feed(bytes)?;
            while csv.next()? {
                rows.push(csv.cells().map(|cell| cell.map(str::to_owned)).collect());
            }
        }
        if csv.end()? {
            rows.push(csv.cells().map(|cell| cell.map(str::to_owned)).collect());
        }
        Ok(rows)
    }

    #[test]
    fn rows_are_the_same_however_the_file_is_cut() {
        let text = "\"a\",\"b\"\n\"1\",\n,\"\"\n\"x,\"\"y\"\"\n\",\"東京 🦀\"\n,\n\"\"\"\",\"\"\"\"\"\"\n";
        let some = |text: &str| Some(text.to_owned());
        let expected = vec![
            vec![some("a"), some("b")],
            vec![some("1"), None],
            vec![None, some("")],
            vec![some("x,\"y\"\n"), some("東京 🦀")],
            vec![None, None],
            vec![some("\""), some("\"\"")],
        ];
        for piece in 1..=text.len() {
            assert_eq!(rows(text, piece).unwrap(), expected, "{piece}");
        }
        assert_eq!(rows("\"n\"\n\n\"1\"\n", 3).unwrap(), [[some("n")], [None], [some("1")]]);
        assert_eq!(rows("a,b\r\n1,\r\n", 3).unwrap(), [[some("a"), some("b")], [some("1"), None]]);
    }

    #[test]
    fn a_file_that_is_cut_short_or_none_is_an_error() {
        for text in ["\"a\"\n\"1", "\"a\"b\n", "\"a\"\n\"\"\""] {
            assert_eq!(rows(text, 100).unwrap_err().kind, ErrorKind::Data, "{text:?}");
        }
        assert_eq!(rows("\"a\"\n\"1\"", 3).unwrap().len(), 2, "the last line may have no end");
        assert!(Csv::default().feed(b"\"\xff\"\n").is_err());
        let mut csv = Csv::default();
        csv.feed("\"1\"\né".as_bytes().split_last().unwrap().1).unwrap();
        assert!(csv.next().unwrap() && csv.end().is_err());
    }
}
