//! What the lines around a statement's transactions say: its account, its currency, its balances at the beginning and the
//! end. None of it is a transaction.

use super::super::account::{DIGITS, iban};
use super::super::form::{AMOUNT, BALANCE, DEPOSIT, WITHDRAWAL};
use super::amount;
use super::booked::{Heading, heading, is_sum, may_be_heading};
use super::marks::{LONGEST, kind, kind_of_key};
use crate::text::amounts::Mark;
use crate::text::header::key;
use crate::text::records::Cells;
use crate::text::scan::Layout;
use crate::text::{EXACT, day, trimmed};

/// What the lines above the header and the lines of totals say, as they write it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated {
    pub account: Option<String>,
    pub currency: Option<String>,
    pub opening: Option<String>,
    pub closing: Option<String>,
    /// The withdrawals and the deposits of the last line of totals.
    pub totals: [Option<String>; 2],
    /// Whether lines between the transactions name accounts, so that balances and totals are not those of all lines.
    pub are_several: bool,
    /// A heading that says of the lines behind it that they are not booked.
    pub unbooked: Option<String>,
    /// Words that may say that they are not.
    pub doubtful: Option<String>,
}

/// Whether a cell heads a line of totals or of a balance.
#[must_use]
pub fn is_total(cell: &str) -> bool {
    // Most cells that are looked at are numbers or empty.
    if !cell.bytes().any(|byte| byte.is_ascii_alphabetic()) || cell.len() > LONGEST {
        return false;
    }
    let name = cell.split(':').next().unwrap_or_default();
    let first = key(name);
    let is_head = |word: &str| {
        matches!(kind_of_key(word), Some("total" | "opening" | "closing" | "balance" | "day_balance"))
    };
    is_head(&first) || first.split('_').next().is_some_and(|word| kind_of_key(word) == Some("total"))
}

/// Whether a cell is the number of a page and nothing else: `Page 2 of 3`, `Seite: 2/3`.
#[must_use]
pub fn is_page(cell: &str) -> bool {
    if cell.len() > LONGEST / 2 || !cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let key = key(cell);
    let mut words = key.split('_').filter(|word| !word.is_empty());
    let is_number = |word: &str| word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    words.next().is_some_and(|word| kind_of_key(word) == Some("page"))
        && words.all(|word| is_number(word) || kind_of_key(word) == Some("between"))
}

/// The parts of a cell that names an account: the word before a colon and what stands behind it, or a word and a number.
fn parts(cell: &str) -> Option<(&str, &str)> {
    if let Some((name, value)) = cell.split_once(':') {
        return Some((name, trimmed(value)));
    }
    let blanks = cell.match_indices(' ').take_while(|(at, _)| *at <= LONGEST);
    let mut parts = blanks.map(|(at, _)| cell.split_at(at)).map(|(name, value)| (name, trimmed(value)));
    parts.find(|(name, value)| kind(name) == Some("account") && account(value).is_some())
}

/// What a record says of the account of the lines behind it: a word for one in its first cell, and behind it the number, or
/// what stands in its place.
#[must_use]
pub fn section(cells: &Cells) -> Option<&str> {
    let first = trimmed(cells.get(0));
    let (name, value) = parts(first).unwrap_or((first, ""));
    if kind(name) != Some("account") {
        return None;
    }
    let mut others = cells.iter().skip(1).map(trimmed);
    if value.is_empty() { others.find(|cell| !cell.is_empty()) } else { Some(value) }
}

impl Stated {
    /// Takes what a line says; a value stands behind its name, in the next cell or behind a colon.
    pub fn add<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        let cells: Vec<_> = cells.map(kept).filter(|cell| !cell.is_empty()).collect();
        if let [only] = cells.as_slice() {
            if let Some(heading) = heading(only) {
                self.doubtful = None;
                self.unbooked = (heading == Heading::Says(false)).then(|| (*only).to_owned());
            } else if may_be_heading(only) && !is_sum(only) {
                self.doubtful.get_or_insert_with(|| (*only).to_owned());
            }
        }
        for (place, cell) in cells.iter().enumerate() {
            let next = || cells.get(place + 1).copied().unwrap_or_default();
            let (name, value) = match parts(cell) {
                Some((name, value)) if !value.is_empty() => (name, value),
                _ => (cell.trim_end_matches(':'), next()),
            };
            match kind(name) {
                Some("account") => first(&mut self.account, account(value)),
                Some("money") => {
                    first(&mut self.currency, amount::is_code(value).then(|| value.to_owned()));
                }
                Some("opening") => first(&mut self.opening, amount_in(&cells, value)),
                Some("closing") => first(&mut self.closing, amount_in(&cells, value)),
                _ => {}
            }
        }
    }
}

impl Stated {
    /// Takes what a line behind the header says that is no transaction.
    pub fn add_note(&mut self, layout: &Layout, cells: &Cells) {
        // Beside its words a line as wide as the others has its balance where they have theirs, or their amounts.
        let is_amount = |cell: &&str| Mark::BOTH.iter().any(|mark| amount::is_amount(cell, *mark));
        let columns = [BALANCE, AMOUNT, DEPOSIT, WITHDRAWAL].map(|column| kept(layout.cell(cells, column)));
        let balance = columns.iter().copied().find(is_amount).filter(|_| cells.count() >= layout.names.len());
        let word = cells
            .iter()
            .find_map(|cell| kind(trimmed(cell)).filter(|kind| matches!(*kind, "opening" | "closing")));
        if let Some(word) = word {
            let Self { opening, closing, .. } = self;
            let (own, other) = if word == "opening" { (opening, closing) } else { (closing, opening) };
            // What ends one page begins the next: of such a pair neither is the statement's.
            if own.is_some() && balance.is_some() && other.as_deref() == balance {
                *other = None;
                return;
            }
            first(own, balance.map(str::to_owned));
        }
        self.add(cells.iter());
        if cells.count() >= layout.names.len() && cells.iter().any(|cell| kind(cell) == Some("total")) {
            self.totals = [WITHDRAWAL, DEPOSIT].map(|column| {
                let cell = kept(layout.cell(cells, column));
                (!cell.is_empty()).then(|| cell.to_owned())
            });
        }
    }
}

/// A cell without the blanks around it, but for the mark of what a spreadsheet keeps as a number.
fn kept(cell: &str) -> &str {
    if cell.ends_with(EXACT) { cell } else { trimmed(cell) }
}

fn first(there: &mut Option<String>, found: Option<String>) {
    if there.is_none() {
        *there = found;
    }
}

/// An account's number: an IBAN, of which the blanks go, which are there for the eye; else groups of digits, letters and signs
/// that hide a digit, each with a digit or such a sign. Words around a number make none, and neither is a day or an amount one.
pub fn account(text: &str) -> Option<String> {
    // Behind a stroke stands what kind of account it is, or before it.
    text.split(" / ").map(|part| trimmed(part.trim_matches(['"', '\'']))).find_map(number)
}

fn number(text: &str) -> Option<String> {
    if let Some(iban) = iban(text) {
        return Some(iban);
    }
    let hides = |letter: char| matches!(letter, '*' | '•' | '\u{2026}' | 'x' | 'X');
    let is_group = |group: &str| {
        group.chars().all(|letter| letter.is_ascii_alphanumeric() || "-/.".contains(letter) || hides(letter))
            && (group.contains(|letter: char| letter.is_ascii_digit()) || group.chars().all(hides))
    };
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_day = |text: &str| text.contains(['-', '.', '/']) && day::day(text, 9999).is_some();
    // A number with hyphens may be that of the bank, as `20-10-12 12345678` begins with one.
    let has_day = |group: &str| is_day(group) && (group.contains(['.', '/']) || group.len() == day::LONG);
    let is_date = is_day(text) || text.split(' ').any(has_day);
    let is_money = text
        .split_once('.')
        .is_some_and(|(whole, decimals)| decimals.len() < 3 && !whole.contains(['-', '/', ' ']));
    let is_one = text.len() <= 64 && text.split(' ').all(is_group) && !is_date && !is_money;
    (is_one && digits >= if text.contains(' ') { DIGITS } else { 1 }).then(|| text.to_owned())
}

/// The amount of a line: the value behind its name, or where that is none the one amount of its cells.
fn amount_in(cells: &[&str], value: &str) -> Option<String> {
    let is_amount = |text: &str| Mark::BOTH.iter().any(|mark| amount::is_amount(text, *mark));
    let mut others = cells.iter().copied().filter(|cell| is_amount(cell));
    let found =
        if is_amount(value) { Some(value) } else { others.next().filter(|_| others.next().is_none()) };
    found.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_around_the_transactions_name_account_and_balances() {
        let mut stated = Stated::default();
        for line in [
            "Umsatzanzeige;erstellt am: 03.02.2024 09:15",
            "IBAN;XX00 0000 0000 0000 0000 00",
            "Kontoname;Giro",
            "Währung: EUR",
            "Anfangssaldo;;1.000,00",
            "Endsaldo: 1.240,00 EUR",
            "Konto;4711",
            "Account: 12 transactions found",
        ] {
            stated.add(line.split(';'));
        }
        let wanted =
            ["XX00000000000000000000", "EUR", "1.000,00", "1.240,00 EUR"].map(|text| Some(text.to_owned()));
        let Stated { account, currency, opening, closing, .. } = stated;
        assert_eq!([account, currency, opening, closing], wanted);
    }

    #[test]
    fn an_account_looks_like_one() {
        for (text, wanted) in [
            ("4711", "4711"),
            ("XX00 0000 0000 0000 0000 00", "XX00000000000000000000"),
            ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
            ("DE00000000000000000001 / Girokonto", "DE00000000000000000001"),
            ("Girokonto / 12-345678-9", "12-345678-9"),
            ("12-34-56 12345678", "12-34-56 12345678"),
            ("**** **** **** 1234", "**** **** **** 1234"),
            ("XXXX XXXX 1234", "XXXX XXXX 1234"),
            ("*12", "*12"),
            ("'0010'", "0010"),
        ] {
            assert_eq!(account(text).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "12 transactions found",
            "Giro 4711",
            "1 2",
            "",
            "Sparbuch",
            "03.02.2024",
            "2024-02-03",
            "1.234,56",
            "1234.50",
            "all 3 accounts",
            "4711, 4712",
        ] {
            assert_eq!(account(text), None, "{text}");
        }
    }

    #[test]
    fn totals_are_known_by_their_words() {
        for cell in ["Summe", "TOTAL", "Total withdrawals", "Kontostand", "Saldo final", "Endsaldo: 5"] {
            assert!(is_total(cell), "{cell}");
        }
        for cell in ["", "5.00", "Rent", "Totalenergies", "Summer sale"] {
            assert!(!is_total(cell), "{cell}");
        }
    }
}
