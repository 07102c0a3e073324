//! Questions about a file that nothing in it answers: what it may mean, and what a person can say.

use super::tally::Seen;
use crate::text::scan::Refusal;

pub const WAY_HINT: &str = "name the column `direction` with --map FILE, and lines with other words are faults; else say --signs \
                        minus-out, by which amounts without a minus come in, or --signs minus-in, by which they go out";

/// Why days of a spreadsheet may be others than the bank wrote.
#[must_use]
pub fn turned(day: &Seen, text: &Seen) -> Refusal {
    Refusal {
        error: "two_readings",
        message: format!(
            "the sheet has days, as {} in line {}, none behind the 12th of its month, and texts of days behind it, as {} in line {}: \
             a spreadsheet that reads dates in another order turned day and month round where it could",
            day.text, day.line, text.text, text.line
        ),
        hint: "take the bank's own file, which no spreadsheet has opened; or set the column right in the spreadsheet, so that all of it \
               are days",
    }
}

/// Why it is not told what a minus in a column for one way says.
#[must_use]
pub fn minus(seen: &Seen, out: &str, into: &str) -> Refusal {
    Refusal {
        error: "two_readings",
        message: format!(
            "{} in line {} {out}, or {into}: each amount of its column has a minus, and no balances show what it says",
            seen.text, seen.line
        ),
        hint: "say with --signs minus-out that it goes out, with --signs minus-in that it comes in",
    }
}

/// Why it is not told which way amounts go, where some lines have a word for it.
#[must_use]
pub fn way(amount: &str, word: &str, line: u64) -> Refusal {
    Refusal {
        error: "two_readings",
        message: format!(
            "{amount} may go out or come in: {word} in line {line} would say which way, but other words of its column are not known"
        ),
        hint: WAY_HINT,
    }
}
