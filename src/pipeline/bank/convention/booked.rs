//! Whether lines are booked: what a cell, the text of a line or a heading above it says, by the words of `marks.tsv`.

use super::super::form::{DIRECTION, STATE};
use super::super::sides;
use super::amount;
use super::marks::{LONGEST, kind, kind_of_key};
use crate::text::amounts::Mark;
use crate::text::header::key;
use crate::text::records::Cells;
use crate::text::scan::Layout;
use crate::text::trimmed;

/// What a cell that may be a word for a state is.
fn state(cell: &str) -> Option<&'static str> {
    kind(cell).filter(|_| cell.len() <= 32)
}

/// Whether a cell says that its line is booked, or is not; nothing where it says neither.
#[must_use]
pub fn is_booked(cell: &str) -> Option<bool> {
    match state(cell) {
        Some("booked" | "done") => Some(true),
        Some("unbooked" | "undone") => Some(false),
        _ => None,
    }
}

/// Whether a cell of a column says that its line is booked: by a word for it, or by yes or no below a name such as `Pending`.
#[must_use]
pub fn is_booked_below(name: &str, cell: &str) -> Option<bool> {
    is_booked(cell).or_else(|| {
        let name = key(name);
        let bare = ["is_", "ist_"].iter().find_map(|start| name.strip_prefix(start));
        let of_name = kind_of_key(bare.unwrap_or(&name))?;
        let is_so = match state(cell) {
            Some("yes") => true,
            Some("no" | "no_transactions") => false,
            // A number below `Pending` may be how many there are, but not below `Is pending`.
            None if (of_name == "booked" || bare.is_some()) && matches!(cell, "0" | "1") => cell == "1",
            _ => return None,
        };
        match of_name {
            "booked" => Some(is_so),
            "unbooked" | "undone" => Some(!is_so),
            // What is not marked as reconciled or approved may be booked all the same.
            _ => None,
        }
    })
}

/// Whether the column for it says that a line is booked; nothing where it says neither.
#[must_use]
pub fn is_booked_line(layout: &Layout, row: &Cells) -> Option<bool> {
    layout.has(STATE).then(|| is_booked_below(layout.name(STATE), trimmed(layout.cell(row, STATE))))?
}

/// Whether a word beside words for a way says that the line goes neither way, and moves no balance.
#[must_use]
pub fn is_unmoved(layout: &Layout, row: &Cells) -> bool {
    let word = trimmed(layout.cell(row, DIRECTION));
    // Nearly all are words for a way, which are known without being spelt out.
    layout.has(DIRECTION) && sides::direction(word).is_none() && kind(word) == Some("unmoved")
}

/// Whether a text begins with a word in brackets that says that its line is under way, as `(Pending) Shop` does. One behind it may
/// be of what was paid, as in `Rechnung (offen)`.
#[must_use]
pub fn is_marked_unbooked(text: &str) -> bool {
    let word = |from: char, to: char| text.strip_prefix(from)?.split_once(to).map(|(word, _)| trimmed(word));
    word('(', ')').or_else(|| word('[', ']')).is_some_and(|word| state(word) == Some("unbooked"))
}

/// What a heading says of the lines behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// Whether they are booked, as `Pending transactions` does.
    Says(bool),
    /// They are other ones than those above it, or it stands in place of those: `Transactions`, `Completed`, `None`.
    Ends,
}

/// What the one cell of a record says of the lines behind it. How many lines that are not booked there are may stand there too,
/// before or behind a word for them, or in parentheses; of none it says nothing.
#[must_use]
pub fn heading(cell: &str) -> Option<Heading> {
    let (said, is_of_lines) = worded(cell)?;
    if said != Heading::Says(false) || !cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return Some(said);
    }
    Some(if counted(cell, is_of_lines)? == 0 { Heading::Ends } else { said })
}

/// How many lines a cell says that there are. What has a sign of a currency or decimals is a sum, and a plain number behind a word
/// such as `Pending` may be one.
fn counted(cell: &str, is_of_lines: bool) -> Option<u64> {
    let words = trimmed(cell).trim_end_matches([':', '.', ' ']);
    let is_plain = |letter: char| letter.is_alphanumeric() || " :.()[]".contains(letter);
    let is_count = is_of_lines
        || words.ends_with([')', ']'])
        || words.starts_with(|letter: char| letter.is_ascii_digit());
    if is_of_none(cell) {
        return Some(0);
    }
    number_of(words).filter(|_| is_count && words.chars().all(is_plain))
}

/// Whether the numbers of a cell, of which there is one, are nothing but zeros: `0`, `0,00`.
pub fn is_of_none(cell: &str) -> bool {
    let mut digits = cell.bytes().filter(u8::is_ascii_digit).peekable();
    digits.peek().is_some() && digits.all(|digit| digit == b'0')
}

/// The one number in a text.
pub fn number_of(text: &str) -> Option<u64> {
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty());
    numbers.next().filter(|_| numbers.next().is_none())?.parse().ok()
}

/// What the words of a cell say, and whether there is one for lines among them.
fn worded(cell: &str) -> Option<(Heading, bool)> {
    if cell.len() > 2 * LONGEST {
        return None;
    }
    let words = key(trimmed(cell).trim_end_matches([':', '.']));
    let (mut others, mut many, mut one) = (Vec::new(), 0, 0);
    for word in words.split('_').filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit())) {
        match kind_of_key(word) {
            Some("transactions") => many += 1,
            Some("transaction") => one += 1,
            _ => others.push(word),
        }
    }
    let kind = |words: &[&str]| kind_of_key(&words.join("_"));
    let is_digit = |letter: char| letter.is_ascii_digit();
    let said = match (kind(&others), others.as_slice()) {
        (Some("booked" | "done"), _) if many + one > 0 => Some(Heading::Says(true)),
        (Some("unbooked"), _) => Some(Heading::Says(false)),
        // What failed or is processed may be the one payment of a line.
        (Some("undone"), _) if many > 0 => Some(Heading::Says(false)),
        (Some("booked" | "done"), _) => Some(Heading::Ends),
        // With a number it says how many there are, or which.
        (None, []) if many + one > 0 && !words.contains(is_digit) => Some(Heading::Ends),
        // With a number it may be one: `No. 12`.
        (_, [first, rest @ ..])
            if kind(&[*first]) == Some("no_transactions") && !words.contains(is_digit) =>
        {
            (rest.is_empty() || kind(rest) == Some("unbooked")).then_some(Heading::Ends)
        }
        _ => None,
    };
    said.map(|said| (said, many + one > 0))
}

/// Whether the words of a cell are those for transactions alone, with how many there are or without.
#[must_use]
pub fn is_count(cell: &str) -> bool {
    let is_noun = |word: &str| matches!(kind_of_key(word), Some("transactions" | "transaction"));
    key(cell).split('_').all(|word| is_noun(word) || word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Words of a heading at the most; more are a sentence, as `Pending transactions are not included`.
const WORDS_OF_HEADING: usize = 4;

/// Whether a cell that is no heading may be one all the same, of lines that are not booked: it begins with a word for them as
/// `Pending charges` does, is the word for what was never carried out alone, or has a number that is not how many there are.
#[must_use]
pub fn may_be_heading(cell: &str) -> bool {
    if cell.len() > 2 * LONGEST {
        return false;
    }
    let has_number = cell.bytes().any(|byte| byte.is_ascii_digit());
    if has_number && heading(cell).is_some() {
        return false;
    }
    let is_counted = |word: &&str| {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        !has_number || !(is_number || amount::is_code(&word.to_ascii_uppercase()))
    };
    let words = key(cell);
    let words: Vec<_> = words.split('_').filter(is_counted).collect();
    if words.len() > WORDS_OF_HEADING {
        return false;
    }
    // Without a number, all words together are a heading.
    let ends = 1..words.len() + usize::from(has_number);
    let begins = |end: usize| kind_of_key(&words[..end].join("_")) == Some("unbooked");
    state(cell) == Some("undone") || ends.into_iter().any(begins)
}

/// Whether a cell that is no heading may be one of transactions that are not these: it has a word for many among others, as
/// `Reversed transactions` has.
#[must_use]
pub fn may_be_of_others(cell: &str) -> bool {
    if cell.len() > LONGEST || cell.bytes().any(|byte| byte.is_ascii_digit()) || heading(cell).is_some() {
        return false;
    }
    let words = key(cell);
    words.split('_').nth(WORDS_OF_HEADING).is_none()
        && words.split('_').any(|word| kind_of_key(word) == Some("transactions"))
}

/// Whether a cell is a sum of what is not booked, such as `Pending: 5.00`, without a word for lines; among balances above the header
/// it says nothing of the lines below.
pub fn is_sum(cell: &str) -> bool {
    let is_amount = |value: &str| Mark::BOTH.iter().any(|mark| amount::is_amount(value, *mark));
    let has_decimals = |value: &str| value.contains(['.', ',']);
    let is_of_lines = |word: &str| matches!(kind_of_key(word), Some("transactions" | "transaction"));
    cell.split_once(':').is_some_and(|(_, value)| has_decimals(value) && is_amount(trimmed(value)))
        && !key(cell).split('_').any(is_of_lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_of_words_for_a_list_of_transactions() {
        use Heading::{Ends, Says};
        for (cell, wanted) in [
            ("Pending transactions:", Some(Says(false))),
            ("Vorgemerkte Umsätze", Some(Says(false))),
            ("Declined payments", Some(Says(false))),
            ("Gebuchte Umsätze", Some(Says(true))),
            ("Posted transaction", Some(Says(true))),
            ("Transactions", Some(Ends)),
            ("Umsätze:", Some(Ends)),
            ("Completed", Some(Ends)),
            ("keine", Some(Ends)),
            ("No pending transactions.", Some(Ends)),
            ("Payment processing", None),
            ("Booking failed", None),
            ("CANCELLED PAYMENT", None),
            ("Pending", Some(Says(false))),
            ("Pending transactions (2)", Some(Says(false))),
            ("Pending (2)", Some(Says(false))),
            ("Pending (2):", Some(Says(false))),
            ("Pending [2]", Some(Says(false))),
            ("2 pending", Some(Says(false))),
            ("Pending (0):", Some(Ends)),
            ("Posted transactions: $7.00", Some(Says(true))),
            ("Posted transactions 01/2024 - 02/2024", Some(Says(true))),
            ("Completed: 12", Some(Ends)),
            ("Vorgemerkte Umsätze: 0,00 €", Some(Ends)),
            ("No. 2024/001", None),
            ("No 12", None),
            ("Pending transactions (0)", Some(Ends)),
            ("Vorgemerkte Umsätze: 0", Some(Ends)),
            ("Pending: 5.00", None),
            ("Pending: 5", None),
            ("Offen: 12,50", None),
            ("Pending transactions: $125.40", None),
            ("Pending transactions: $125", None),
            ("Pending transactions: 125 €", None),
            ("Pending transactions: -125", None),
            ("Pending transactions 16/01/2024", None),
            ("Pending charges", None),
            ("Authorised", None),
            ("2024", None),
            ("2 transactions", None),
            ("Payment 4711", None),
            ("No fees for pending transactions", None),
            ("", None),
        ] {
            assert_eq!(heading(cell), wanted, "{cell}");
        }
    }

    #[test]
    fn what_may_be_a_heading_or_a_sum_is_told_from_what_is_one() {
        for cell in [
            "Pending charges",
            "Vorgemerkte Kartenumsätze",
            "À venir ce mois",
            "Authorised",
            "Vorgemerkte Umsätze: -8,46 €",
            "Pending transactions 16/01/2024",
            "Pending transactions (1) $8.46",
            "Pending: 5",
            "Pending: 5.00",
            "Pending charges (2)",
            "Pending charges: 12.50",
            "Vorgemerkte Umsätze: -8,46 EUR",
            "Pending transactions as of 16/01/2024",
        ] {
            assert!(may_be_heading(cell), "{cell}");
        }
        for cell in [
            "Pending: 5.00",
            "Offen: 12,50",
            "Pending: $5.00",
            "Vorgemerkt: -8,46 €",
            "Pending charges: 12.50",
            "Vorgemerkt: 8,46 EUR",
        ] {
            assert!(is_sum(cell), "{cell}");
        }
        for cell in [
            "Pending: 5",
            "Pending transactions: 5.00",
            "Pending 16/01/2024",
            "Vorgemerkte Umsätze: -8,46 EUR",
        ] {
            assert!(!is_sum(cell), "{cell}");
        }
        for cell in [
            "Payment processing",
            "Excludes pending items",
            "Pending transactions are not included",
            "Pending transactions (2)",
            "Posted transactions: $7.00",
            "Rent",
            "",
        ] {
            assert!(!may_be_heading(cell), "{cell}");
        }
    }
}
