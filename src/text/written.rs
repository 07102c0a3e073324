//! Lines that one reader writes for another, taken a stretch at a time.

use std::io::{self, Read};

/// What is written and not yet taken.
#[derive(Default)]
pub struct Written {
    pub bytes: Vec<u8>,
    at: usize,
}

impl Written {
    /// Whether all was taken; then there is room for more.
    #[must_use]
    pub fn is_drained(&mut self) -> bool {
        let is_drained = self.at >= self.bytes.len();
        if is_drained {
            self.bytes.clear();
            self.at = 0;
        }
        is_drained
    }

    /// Takes what is written.
    pub fn take(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        let read = rest.read(to)?;
        self.at += read;
        Ok(read)
    }
}
