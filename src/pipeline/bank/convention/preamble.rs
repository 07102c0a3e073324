//! What the lines around a statement's transactions say: its account, its currency, its balances at the beginning and the
//! end. None of it is a transaction.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::super::text::amounts::Mark;
use super::super::super::text::header::key;
use super::super::super::text::records::Cells;
use super::super::super::text::scan::Layout;
use super::super::super::text::trimmed;
use super::super::form::{DEPOSIT, WITHDRAWAL};
use super::{amount, table};

/// What the lines above the header and the lines of totals say, as they write it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated {
    pub account: Option<String>,
    pub currency: Option<String>,
    pub opening: Option<String>,
    pub closing: Option<String>,
    /// The withdrawals and the deposits of the last line of totals.
    pub totals: [Option<String>; 2],
}

/// A word and its kind.
static WORDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for [kind, _, keys] in table::rows(include_str!("marks.tsv")) {
        if !matches!(kind, "currency" | "out" | "in") {
            words.extend(keys.split(' ').map(|key| (key, kind)));
        }
    }
    words
});

fn kind(name: &str) -> Option<&'static str> {
    WORDS.get(key(name).as_str()).copied()
}

/// Whether a cell heads a line of totals or of a balance.
#[must_use]
pub fn is_total(cell: &str) -> bool {
    // Most cells that are looked at are numbers or empty.
    if !cell.bytes().any(|byte| byte.is_ascii_alphabetic()) || cell.len() > 64 {
        return false;
    }
    let name = cell.split(':').next().unwrap_or_default();
    let first = key(name);
    let is_head =
        |word: &str| matches!(WORDS.get(word), Some(&("total" | "opening" | "closing" | "balance")));
    is_head(&first) || first.split('_').next().is_some_and(|word| matches!(WORDS.get(word), Some(&"total")))
}

impl Stated {
    /// Takes what a line says; a value stands behind its name, in the next cell or behind a colon.
    pub fn add<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        let cells: Vec<_> = cells.map(trimmed).filter(|cell| !cell.is_empty()).collect();
        for (place, cell) in cells.iter().enumerate() {
            let next = || cells.get(place + 1).copied().unwrap_or_default();
            let (name, value) = match cell.split_once(':') {
                Some((name, value)) if !trimmed(value).is_empty() => (name, trimmed(value)),
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
        self.add(cells.iter());
        if cells.count() >= layout.names.len() && cells.iter().any(|cell| kind(cell) == Some("total")) {
            self.totals = [WITHDRAWAL, DEPOSIT].map(|column| {
                let cell = trimmed(layout.cell(cells, column));
                (!cell.is_empty()).then(|| cell.to_owned())
            });
        }
    }
}

fn first(there: &mut Option<String>, found: Option<String>) {
    if there.is_none() {
        *there = found;
    }
}

/// An account's number: of an IBAN the blanks go, which are there for the eye.
fn account(text: &str) -> Option<String> {
    let text = text.trim_matches(['"', '\'']);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digit || text.len() > 64 {
        return None;
    }
    let [a, b, c, d, ..] = text.as_bytes() else { return Some(text.to_owned()) };
    let is_iban =
        a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit();
    Some(if is_iban { text.replace(' ', "") } else { text.to_owned() })
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
        ] {
            stated.add(line.split(';'));
        }
        let wanted =
            ["XX00000000000000000000", "EUR", "1.000,00", "1.240,00 EUR"].map(|text| Some(text.to_owned()));
        let Stated { account, currency, opening, closing, .. } = stated;
        assert_eq!([account, currency, opening, closing], wanted);
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
