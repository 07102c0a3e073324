//! Bounds of what is unpacked, and files that cannot be read to their end.

use std::io::{self, Read};

/// Statements pack to a tenth or so. What unpacks to more than this many times its size, and is large, is a bomb.
const BOMB_RATIO: u64 = 250;
const BOMB_FLOOR: u64 = 64 << 20;

/// A file that cannot be read to its end; travels inside an [`io::Error`], apart from trouble with our own disk.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Damaged(pub String);

/// A file that cannot be read to its end, in words.
pub fn damaged(message: impl Into<String>) -> io::Error {
    io::Error::other(Damaged(message.into()))
}

/// What is told of a packed file.
#[must_use]
pub fn unreadable(why: &str) -> String {
    format!("the packed file is damaged or locked: {why}")
}

/// What comes out of so many packed bytes, of which no more is unpacked than any statement has.
pub fn limited<R: Read>(reader: R, packed: u64) -> impl Read {
    let limit = packed.saturating_mul(BOMB_RATIO).max(BOMB_FLOOR);
    Limited { reader, limit, left: limit }
}

/// Ends with an error when more comes out than any statement has, or when the packed bytes are damaged.
struct Limited<R> {
    reader: R,
    limit: u64,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(out).map_err(|error| damaged(unreadable(&error.to_string())))?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            damaged(format!(
                "it unpacks to more than {} MB, which no statement of its size does",
                self.limit >> 20
            ))
        })?;
        Ok(read)
    }
}
