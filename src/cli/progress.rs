//! How far a copy is, on one line of a terminal that it takes away again; nothing at all in a log.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::time::Instant;

/// Marks of a full bar.
const WIDTH: u64 = 24;
const MB: f64 = 1e6;

/// The line, from its first figure on.
#[derive(Debug)]
pub(super) struct Bar {
    is_terminal: bool,
    /// When the first figure came, and what it was.
    begun: Cell<Option<(Instant, u64)>>,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { is_terminal: io::stderr().is_terminal(), begun: Cell::new(None) }
    }

    /// Shows that so many bytes of so many are here.
    pub(super) fn show(&self, bytes: u64, of: u64) {
        if !self.is_terminal || of == 0 {
            return;
        }
        let (begun, before) = self.begun.get().unwrap_or_else(|| {
            self.begun.set(Some((Instant::now(), bytes)));
            (Instant::now(), bytes)
        });
        let line = line(bytes.min(of), of, bytes.saturating_sub(before), begun.elapsed().as_secs_f64());
        let _ = write!(io::stderr(), "\r\x1b[K{line}");
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        if self.begun.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// ` 45 % ██████████░░░░░░░░░░░░░░ 123.4 of 456.7 MB, 89.0 MB/s, 4 s left`
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn line(bytes: u64, of: u64, came: u64, seconds: f64) -> String {
    let full = usize::try_from(bytes * WIDTH / of).unwrap_or(0);
    let bar = "█".repeat(full) + &"░".repeat(usize::try_from(WIDTH).unwrap_or(0) - full);
    let amount =
        format!("{:3} % {bar} {:.1} of {:.1} MB", bytes * 100 / of, bytes as f64 / MB, of as f64 / MB);
    if seconds <= 1.0 || came == 0 {
        return amount;
    }
    let speed = came as f64 / seconds;
    format!("{amount}, {:.1} MB/s, {:.0} s left", speed / MB, (of - bytes) as f64 / speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_share_amount_speed_and_what_is_left() {
        assert_eq!(line(0, 10_000_000, 0, 0.0), "  0 % ░░░░░░░░░░░░░░░░░░░░░░░░ 0.0 of 10.0 MB");
        assert_eq!(
            line(5_000_000, 10_000_000, 4_000_000, 2.0),
            " 50 % ████████████░░░░░░░░░░░░ 5.0 of 10.0 MB, 2.0 MB/s, 2 s left"
        );
        assert!(line(10, 10, 10, 9.0).starts_with("100 % ████████████████████████ "));
    }
}
