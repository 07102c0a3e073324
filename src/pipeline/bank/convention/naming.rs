//! Lines between the transactions that name the account of those behind them, or may.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::form::{AMOUNT, BALANCE, BOOKED, DEPOSIT, WITHDRAWAL};
use super::{amount, booked, marks, preamble};
use crate::text::amounts::Mark;
use crate::text::header::key;
use crate::text::records::Cells;
use crate::text::scan::Layout;
use crate::text::trimmed;
use crate::text::{day, table};

/// A year until which a cell may be a date, whatever the day is.
pub const ANY_YEAR: i32 = 9999;
/// Digits of a number that is no amount.
const LONG: usize = 8;
/// The cells of a line that names an account: the word, the number, and what the account is called.
const NAMES: usize = 3;
/// Words of a heading, and of the kind of an account: a line of more is a sentence.
const WORDS: usize = 5;
const KIND: usize = 3;
/// Digits of a number behind other words than `Account`.
const DIGITS: usize = 4;

/// What a line says of whose the lines behind it are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Account(String),
    /// What stands in the place of an account's number.
    Nameless(String),
    /// It may name an account, as `Depot 4711` does, or be a piece of a text.
    Doubtful(String),
}

/// A word that stands in the name of a kind of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// An account, behind what kind it is or before it, as in `Savings account` and `Compte courant`.
    Last,
    First,
    /// A kind of account, or a card.
    Kind,
    /// It only says that a number comes.
    Number,
}

static HEADINGS: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for [kind, _, keys] in table::rows(include_str!("marks.tsv")) {
        let word = match kind {
            "account_last" => Word::Last,
            "account_first" => Word::First,
            "account_kind" => Word::Kind,
            "account_number" => Word::Number,
            _ => continue,
        };
        words.extend(keys.split(' ').map(|key| (key, word)));
    }
    words
});

/// Ends of words for accounts that are written together: `Tagesgeldkonto`, `spaarrekening`.
const TOGETHER: [&str; 3] = ["konto", "rekening", "karte"];

fn heading(word: &str) -> Option<Word> {
    let is_together = || TOGETHER.iter().any(|end| word.len() > end.len() && word.ends_with(end));
    HEADINGS.get(word).copied().or_else(|| is_together().then_some(Word::Last))
}

/// Whether a word is one for a kind of account, or for a card.
#[must_use]
pub fn is_kind(word: &str) -> bool {
    heading(word) == Some(Word::Kind)
}

/// What a record says of the account of the lines behind it. Behind a line that was cut it may be the rest of that.
#[must_use]
pub fn named(layout: &Layout, cells: &Cells, is_behind_cut: bool) -> Option<Named> {
    let first = trimmed(cells.get(0));
    let filled = || cells.iter().map(trimmed).filter(|cell| !cell.is_empty());
    // Most lines have more cells, and begin with a date.
    if filled().nth(NAMES).is_some() || day::day(first, ANY_YEAR).is_some() {
        return None;
    }
    let filled: Vec<_> = filled().collect();
    // In a line that is cut, a column's place means nothing.
    let is_whole = cells.count() >= layout.names.len();
    let cell = |column: usize| if is_whole { trimmed(layout.cell(cells, column)) } else { "" };
    if first.is_empty() || day::day(cell(BOOKED), ANY_YEAR).is_some() {
        return None;
    }
    let is_lettered = first.starts_with(char::is_alphabetic);
    let value = preamble::section(cells).filter(|_| is_lettered);
    if !cell(BALANCE).is_empty() && Some(cell(BALANCE)) != value {
        return None;
    }
    let amount = [WITHDRAWAL, DEPOSIT, AMOUNT].map(cell).into_iter().find(|cell| !cell.is_empty());
    let is_rest = is_behind_cut || begins_below_another(layout, cells);
    let Some(value) = value else {
        let has_amount = amount.is_some();
        return kind_of_account(&filled, has_amount, is_rest);
    };
    // A text that goes on names whose money it is, as in `IBAN: DE89…` of a payee.
    if is_rest && !is_whole {
        return Some(Named::Doubtful(filled.join(" ")));
    }
    let is_amount = || Mark::BOTH.iter().any(|mark| amount::is_amount(value, *mark));
    match (preamble::account(value).or_else(|| number(value)), amount) {
        (Some(account), None) => Some(Named::Account(account)),
        (None, None) => Some(Named::Nameless(value.to_owned())),
        // A number below the amounts may be one, of a line whose date is lost, unless it is a long one.
        (Some(account), Some(amount)) if amount == value => Some(if is_amount() && value.len() < LONG {
            Named::Nameless(value.to_owned())
        } else {
            Named::Account(account)
        }),
        (_, Some(_)) => None,
    }
}

/// Whether a line of columns of fixed width begins below another one than the first: it goes on from the line above it.
fn begins_below_another(layout: &Layout, cells: &Cells) -> bool {
    let blanks = cells.get(0).chars().take_while(|letter| letter.is_whitespace()).count();
    layout.gaps.first().is_some_and(|(end, _)| blanks >= *end)
}

/// Whether cells head the transactions of another account: words for both, and behind them only what has its name before a
/// colon, as in `Umsätze Visa-Karte` and `Zeitraum: 2024`.
fn heads_transactions(filled: &[&str]) -> bool {
    let [first, others @ ..] = filled else { return false };
    let words = words_before_number(first);
    let is_of_lines = words.iter().any(|word| booked::is_count(word));
    let has_kind = words.iter().any(|word| heading(word).is_some());
    let is_label =
        |cell: &&str| cell.split_once(':').is_some_and(|(name, _)| name.contains(char::is_alphabetic));
    is_of_lines && has_kind && words.len() <= WORDS && !others.is_empty() && others.iter().all(is_label)
}

/// What the cells of a line say that begins with other words than the one for an account.
fn kind_of_account(filled: &[&str], has_amount: bool, is_behind_cut: bool) -> Option<Named> {
    let [first, others @ ..] = filled else { return None };
    let number = match others {
        [] => number(first),
        [second, ..] => preamble::account(second).filter(|account| is_long(account)),
    };
    let words = words_before_number(first);
    let kinds: Vec<_> = words.iter().map(|word| heading(word)).collect();
    let has_kind = kinds.iter().any(Option::is_some) && words.len() <= WORDS;
    let is_account = words.len() <= KIND
        && (kinds.last() == Some(&Some(Word::Last)) || kinds.first() == Some(&Some(Word::First)));
    let is_label = others.is_empty() && first.contains(':') && has_kind;
    match number {
        Some(number) if !has_amount && !is_behind_cut && (is_account || is_label) => {
            Some(Named::Account(number))
        }
        // A card that was paid with, and its amount, are a line without its date.
        _ if has_amount => (is_account && number.is_some()).then(|| Named::Doubtful(filled.join(" "))),
        None if !is_behind_cut && heads_transactions(filled) => Some(Named::Nameless((*first).to_owned())),
        Some(_) if has_kind || others.len() < 2 => Some(Named::Doubtful(filled.join(" "))),
        None if has_kind && others.is_empty() => Some(Named::Doubtful((*first).to_owned())),
        _ => None,
    }
}

/// The one account that lines above the header name by its kind, as `Savings account 4711` does.
#[must_use]
pub fn above(lines: &[Vec<String>]) -> Option<String> {
    let named = |line: &Vec<String>| {
        let filled: Vec<_> = line.iter().map(|cell| trimmed(cell)).filter(|cell| !cell.is_empty()).collect();
        match kind_of_account(&filled, false, false) {
            Some(Named::Account(account)) if filled.len() <= NAMES => Some(account),
            _ => None,
        }
    };
    let mut accounts = lines.iter().filter_map(named);
    let first = accounts.next()?;
    accounts.all(|account| account == first).then_some(first)
}

/// The words of a cell before its number, without those that only say that one comes.
fn words_before_number(cell: &str) -> Vec<String> {
    let words = key(cell);
    let words = words.split('_').filter(|word| !word.is_empty());
    let words = words.take_while(|word| !word.contains(|letter: char| letter.is_ascii_digit()));
    words.filter(|word| heading(word) != Some(Word::Number)).map(str::to_owned).collect()
}

/// The one number of an account that ends a text, or a part of one.
fn number(text: &str) -> Option<String> {
    let mut found = None;
    for part in text.split([':', '(', ')', ',', ';']).flat_map(|part| part.split(" - ")) {
        let part = trimmed(part);
        // It ends the part, so that what stands long before it is not looked at.
        let end = part.len().saturating_sub(marks::LONGEST);
        let starts = part.match_indices(' ').map(|(at, _)| at + 1).filter(|at| *at >= end);
        let mut ends = std::iter::once(0).chain(starts).filter_map(|at| part.get(at..));
        let number = ends.find_map(|end| preamble::account(end).filter(|account| is_long(account)));
        match number {
            Some(_) if found.is_some() => return None,
            Some(number) => found = Some(number),
            None => {}
        }
    }
    found
}

/// Whether a number is long enough for an account's, and no year.
fn is_long(account: &str) -> bool {
    let digits = account.bytes().filter(u8::is_ascii_digit).count();
    let is_year = account.len() == DIGITS && matches!(account.get(..2), Some("19" | "20"));
    digits >= DIGITS && !is_year
}

#[cfg(test)]
mod tests {
    use super::super::super::form::COLUMNS;
    use super::*;
    use crate::text::decode::Encoding;

    fn named_by(line: &str, is_behind_cut: bool) -> Option<Named> {
        let names = ["Date", "Text", "Amount"].map(str::to_owned).to_vec();
        let place = |name: &str| match name {
            "date" => Some(0),
            "transaction_details" => Some(1),
            "amount" => Some(2),
            _ => None,
        };
        let places = COLUMNS.iter().map(|column| place(column.name)).collect();
        let layout = Layout {
            encoding: Encoding::Utf8,
            delimiter: ';',
            header_line: 1,
            names,
            places,
            gaps: Vec::new(),
        };
        let mut cells = Cells::default();
        cells.fill(line.split(';'));
        named(&layout, &cells, is_behind_cut)
    }

    #[test]
    fn lines_name_accounts_in_many_ways() {
        for (line, wanted) in [
            ("Savings account 444444", "444444"),
            ("Savings account 444444;;", "444444"),
            ("Savings account;444444;", "444444"),
            ("Card account: 333333", "333333"),
            ("Card: 333333", "333333"),
            ("Visa card: **** 3333", "**** 3333"),
            ("Account No. 444444", "444444"),
            ("Account: Savings 444444", "444444"),
            ("Account 444444 - Savings", "444444"),
            ("Savings account (444444)", "444444"),
            ("Tagesgeldkonto 12345", "12345"),
            ("Sparkonto Nr. 12345", "12345"),
            ("Kreditkarte: 1234 5678", "1234 5678"),
            ("Compte courant n° 123456", "123456"),
            ("Compte épargne : 00123456", "00123456"),
            ("Cuenta corriente ES91 2100 0418 4502 0005 1332", "ES9121000418450200051332"),
            ("spaarrekening NL91ABNA0417164300", "NL91ABNA0417164300"),
            ("Konto oszczędnościowe 10203040", "10203040"),
            ("Konto;4711", "4711"),
        ] {
            assert_eq!(named_by(line, false), Some(Named::Account(wanted.into())), "{line}");
        }
        for line in
            ["Depot 123456", "Visa 4711", "Savings account", "Kreditkarte", "Livret A 00123456", "00123456"]
        {
            let text = line.to_owned();
            assert_eq!(named_by(line, false), Some(Named::Doubtful(text)), "{line}");
        }
        let cut = named_by("Savings account 444444", true);
        assert_eq!(
            cut,
            Some(Named::Doubtful("Savings account 444444".into())),
            "the rest of a text, perhaps"
        );
        assert_eq!(named_by("Konto;Sparbuch", false), Some(Named::Nameless("Sparbuch".into())));
        for rest in ["IBAN: DE89370400440532013000;-20,00", "Konto: 4711"] {
            assert_eq!(named_by(rest, true), Some(Named::Doubtful(rest.replace(';', " "))), "{rest}");
        }
        let words = "Umsätze Visa-Karte (Kreditkarte)";
        let heading = named_by(&format!("{words};Zeitraum: 2024;"), false);
        assert_eq!(heading, Some(Named::Nameless(words.into())));
        for line in [
            "2024-01-02;Savings account 444444;-3.00",
            "2024-01-02",
            "Thank you for banking with your card",
            "Page 2 of 3",
            "As of 31.12.2024",
            "January 2024",
            "Total 1,234.50",
            ";Konto;-5,00",
            "x;Visa 4711;-5,00",
        ] {
            assert_eq!(named_by(line, false), None, "{line}");
        }
    }
}
