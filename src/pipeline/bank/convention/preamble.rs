//! What the lines around a statement's transactions say: its account, its currency, its balances at the beginning and the
//! end. None of it is a transaction.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::account::{DIGITS, iban};
use super::super::form::{AMOUNT, BALANCE, DEPOSIT, WITHDRAWAL};
use super::amount;
use crate::text::amounts::Mark;
use crate::text::header::key;
use crate::text::records::Cells;
use crate::text::scan::Layout;
use crate::text::trimmed;
use crate::text::{day, table};

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

/// A word and its kind.
static WORDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for [kind, _, keys] in table::rows(include_str!("marks.tsv")) {
        if !matches!(kind, "currency" | "out" | "in") && !kind.starts_with("account_") {
            words.extend(keys.split(' ').map(|key| (key, kind)));
        }
    }
    words
});

/// The kind of words that are one of `marks.tsv`.
#[must_use]
pub fn kind(name: &str) -> Option<&'static str> {
    kind_of_key(&key(name))
}

/// The same of words as a header's key spells them.
#[must_use]
pub fn kind_of_key(key: &str) -> Option<&'static str> {
    WORDS.get(key).copied()
}

/// Bytes of words that name something, at the most.
pub const LONGEST: usize = 64;

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
        matches!(WORDS.get(word), Some(&("total" | "opening" | "closing" | "balance" | "day_balance")))
    };
    is_head(&first) || first.split('_').next().is_some_and(|word| matches!(WORDS.get(word), Some(&"total")))
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

/// What a cell that may be a word for a state is.
fn state(cell: &str) -> Option<&'static str> {
    kind(cell).filter(|_| cell.len() <= 32)
}

/// Whether a cell says that its line is booked, or is not; nothing where it says neither.
#[must_use]
pub fn is_booked(cell: &str) -> Option<bool> {
    match state(cell) {
        Some("booked") => Some(true),
        Some("unbooked" | "undone") => Some(false),
        _ => None,
    }
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
        match WORDS.get(word) {
            Some(&"transactions") => many += 1,
            Some(&"transaction") => one += 1,
            _ => others.push(word),
        }
    }
    let kind = |words: &[&str]| WORDS.get(words.join("_").as_str()).copied();
    let is_digit = |letter: char| letter.is_ascii_digit();
    let said = match (kind(&others), others.as_slice()) {
        (Some("booked"), _) if many + one > 0 => Some(Heading::Says(true)),
        (Some("unbooked"), _) => Some(Heading::Says(false)),
        // What failed or is processed may be the one payment of a line.
        (Some("undone"), _) if many > 0 => Some(Heading::Says(false)),
        (Some("booked"), _) => Some(Heading::Ends),
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
    let is_noun = |word: &str| matches!(WORDS.get(word), Some(&("transactions" | "transaction")));
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
    let begins = |end: usize| WORDS.get(words[..end].join("_").as_str()) == Some(&"unbooked");
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
        && words.split('_').any(|word| WORDS.get(word) == Some(&"transactions"))
}

/// Whether a cell is a sum of what is not booked, such as `Pending: 5.00`, without a word for lines; among balances above the header
/// it says nothing of the lines below.
fn is_sum(cell: &str) -> bool {
    let is_amount = |value: &str| Mark::BOTH.iter().any(|mark| amount::is_amount(value, *mark));
    let has_decimals = |value: &str| value.contains(['.', ',']);
    let is_of_lines = |word: &str| matches!(WORDS.get(word), Some(&("transactions" | "transaction")));
    cell.split_once(':').is_some_and(|(_, value)| has_decimals(value) && is_amount(trimmed(value)))
        && !key(cell).split('_').any(is_of_lines)
}

impl Stated {
    /// Takes what a line says; a value stands behind its name, in the next cell or behind a colon.
    pub fn add<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        let cells: Vec<_> = cells.map(trimmed).filter(|cell| !cell.is_empty()).collect();
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
        let columns =
            [BALANCE, AMOUNT, DEPOSIT, WITHDRAWAL].map(|column| trimmed(layout.cell(cells, column)));
        let balance = columns.iter().copied().find(is_amount).filter(|_| cells.count() >= layout.names.len());
        match cells
            .iter()
            .find_map(|cell| kind(trimmed(cell)).filter(|kind| matches!(*kind, "opening" | "closing")))
        {
            Some("opening") => first(&mut self.opening, balance.map(str::to_owned)),
            Some(_) => first(&mut self.closing, balance.map(str::to_owned)),
            None => {}
        }
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
