//! Transactions above the header, of a list whose own header is not known.

use super::{amount, preamble};
use crate::text::amounts::Mark;
use crate::text::day;
use crate::text::scan::Refusal;
use crate::text::trimmed;

/// Filled cells of a transaction and of a header, at the least.
const LEAST: usize = 3;
/// Transactions that are no chance.
const ENOUGH: usize = 2;

/// What a line above the header looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Header,
    Transaction,
    Other,
}

fn look(cells: &[String], last_year: i32) -> Look {
    let filled: Vec<_> = cells.iter().map(|cell| trimmed(cell)).filter(|cell| !cell.is_empty()).collect();
    let is_day = |cell: &&str| day::day(cell, last_year).is_some();
    let is_amount =
        |cell: &&str| !is_day(cell) && Mark::BOTH.into_iter().any(|mark| amount::is_amount(cell, mark));
    let (has_day, has_amount) = (filled.iter().any(is_day), filled.iter().any(is_amount));
    if filled.len() < LEAST || filled.iter().any(|cell| preamble::is_total(cell)) {
        Look::Other
    } else if has_day && has_amount {
        Look::Transaction
    } else if has_day || has_amount {
        Look::Other
    } else {
        Look::Header
    }
}

/// Why lines above the header are not left out: below one that looks like a header too stand lines as wide as it, with days and amounts.
#[must_use]
pub fn refusal(above: &[(u64, Vec<String>)], header_line: u64, last_year: i32) -> Option<Refusal> {
    let mut list: Option<(usize, Vec<u64>)> = None;
    for (line, cells) in above {
        match (look(cells, last_year), &mut list) {
            (Look::Header, _) => list = Some((cells.len(), Vec::new())),
            (Look::Transaction, Some((width, lines))) if *width == cells.len() => lines.push(*line),
            _ => list = None,
        }
        if let Some((_, lines)) = list.as_ref().filter(|(_, lines)| lines.len() >= ENOUGH) {
            return Some(Refusal {
                error: "open_header",
                message: format!(
                    "line {} looks like a transaction, as those behind it do, and stands above the header in line {header_line}",
                    lines.first().copied().unwrap_or_default()
                ),
                hint: "name the columns of its own header with --map FILE, or give the lines of each header as a file of their own",
            });
        }
    }
    None
}
