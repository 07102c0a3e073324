//! Lines with a day whose text is a word for a balance or a total, as `Saldo do dia` is. Some shops are called so: such a line is a
//! balance where its amount is that of its balance cell, or the one that the lines lead to.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use super::super::sides;
use super::marks::{self, LONGEST};
use crate::text::{day, header, trimmed};

/// What a text that is a word for a balance may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It is nothing else.
    Sure,
    /// A balance, or what a payment is for.
    Balance,
    /// It has a word for a balance among others, as `New balance` has, which is a shop too.
    Phrase,
    /// A total, or a shop.
    Total,
}

/// Words between a balance and its day, as a header's key spells them.
const LINKS: [&str; 16] = [
    "as_of", "as_at", "at", "on", "am", "per", "vom", "zum", "au", "al", "del", "a", "do_dia", "em", "op",
    "z_dnia",
];
/// Words before a day, at the most.
const WORDS: usize = 6;
/// Words of which one is for a balance, at the most; more are a sentence.
const PHRASE: usize = 5;
/// Bytes of a text without a digit, at the most.
const SHORT: usize = 40;
/// Ends of words that are put together, as in `Monatssaldo`.
const ENDS: [&str; 2] = ["saldo", "kontostand"];

/// What a text is that says nothing but that its line is a balance or a total, be it with a day behind it.
#[must_use]
pub fn word(cell: &str) -> Option<Word> {
    let cell = trimmed(cell);
    // Most texts of transactions are longer, or have a digit and do not end with a day.
    if !(3..=LONGEST).contains(&cell.len()) {
        return None;
    }
    if !cell.ends_with(|letter: char| letter.is_ascii_digit()) {
        let is_short = cell.len() <= SHORT && !cell.bytes().any(|byte| byte.is_ascii_digit());
        return if is_short && may_be_words(cell) { of_words(&header::key(cell)) } else { None };
    }
    if !cell.starts_with(char::is_alphabetic) {
        return None;
    }
    // A day has three parts, of which the first or the second is a number.
    let is_mark = |letter: char| matches!(letter, '.' | '/' | '-' | ' ' | ',');
    let is_day = |text: &str| {
        let number = text.trim_start_matches(char::is_alphabetic).trim_start_matches(is_mark);
        number.starts_with(|letter: char| letter.is_ascii_digit())
            && text.chars().filter(|letter| is_mark(*letter)).count() > 1
            && day::day(text, super::naming::ANY_YEAR).is_some()
    };
    let blanks = cell.match_indices(' ').take(WORDS);
    let mut parts = blanks.filter_map(|(at, _)| Some((cell.get(..at)?, cell.get(at..)?.trim_start())));
    let (words, _) = parts.find(|(_, rest)| is_day(rest))?;
    let linked = LINKS.iter().find_map(|link| {
        let ends = words.match_indices(' ').map(|(at, _)| at);
        ends.filter_map(|at| Some((words.get(..at)?, words.get(at..)?)))
            .find(|(_, last)| header::key(last) == *link)
    });
    let name = linked.map_or(words, |(name, _)| name).trim_end_matches(':');
    match of_words(&header::key(name))? {
        Word::Balance if linked.is_some() => Some(Word::Sure),
        Word::Total => None,
        word => Some(word),
    }
}

/// The first letters of words for balances and totals.
static STARTS: LazyLock<HashSet<[u8; 3]>> = LazyLock::new(|| {
    let is_one =
        |kind: &str| matches!(kind, "opening" | "closing" | "day_balance" | "balance" | "carried" | "total");
    let words = marks::kinds().filter(|(_, kind)| is_one(kind)).map(|(words, _)| words);
    words.filter_map(|words| words.as_bytes().first_chunk().copied()).collect()
});

/// Whether a text may be words for a balance or a total by its first word or its last one. The text of every line is asked about,
/// and of most this tells.
fn may_be_words(cell: &str) -> bool {
    if !cell.is_ascii() {
        return true;
    }
    let mut words =
        cell.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next();
    [first, words.next_back()].into_iter().flatten().any(|word| {
        let start =
            word.as_bytes().first_chunk().map(|start: &[u8; 3]| start.map(|byte| byte.to_ascii_lowercase()));
        let ends = |end: &&str| {
            let at = word.len().checked_sub(end.len());
            at.and_then(|at| word.get(at..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
        };
        start.is_none_or(|start| STARTS.contains(&start)) || ENDS.iter().any(ends)
    })
}

/// What words are, as a header's key spells them.
fn of_words(key: &str) -> Option<Word> {
    match marks::kind_of_key(key) {
        Some("opening" | "closing" | "day_balance") => return Some(Word::Sure),
        Some("balance") => return Some(Word::Balance),
        Some("carried") => return Some(Word::Phrase),
        Some("total") => return Some(Word::Total),
        _ => {}
    }
    let is_balance = |word: &str| {
        marks::kind_of_key(word) == Some("balance") || ENDS.iter().any(|end| word.ends_with(end))
    };
    let is_total = |word: &str| marks::kind_of_key(word) == Some("total");
    // Of what moves there are totals; a shop may have the word in its name.
    let are_moves = |words: &str| {
        let is_move =
            |word: &str| sides::direction(word).is_some() || marks::kind_of_key(word) == Some("transactions");
        let is_between = |word: &str| marks::kind_of_key(word) == Some("between");
        words.split('_').any(is_move) && words.split('_').all(|word| is_move(word) || is_between(word))
    };
    let is_short = key.split('_').nth(PHRASE).is_none();
    let (first, behind) = key.split_once('_').unwrap_or((key, ""));
    let (before, last) = key.rsplit_once('_').unwrap_or(("", key));
    if !is_short {
        None
    } else if is_balance(first) || is_balance(last) {
        Some(Word::Phrase)
    } else if (is_total(first) && are_moves(behind)) || (is_total(last) && are_moves(before)) {
        Some(Word::Total)
    } else {
        None
    }
}

/// An amount read with each mark.
type Read = [Option<i64>; 2];

/// The sums of lines, with each mark: of what went out and came in, and how many did.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    moved: [[i128; 2]; 2],
    counts: [u64; 2],
}

impl Sums {
    fn add(&mut self, moves: [[i128; 2]; 2]) {
        for (sums, moves) in self.moved.iter_mut().zip(moves) {
            for (sum, units) in sums.iter_mut().zip(moves) {
                *sum += units;
            }
        }
        for (way, count) in self.counts.iter_mut().enumerate() {
            *count += u64::from(moves.iter().any(|moves| moves.get(way).is_some_and(|units| *units != 0)));
        }
    }

    /// Takes a line out that was added.
    fn take_out(&mut self, moves: [[i128; 2]; 2]) {
        self.add(moves.map(|moves| moves.map(|units| -units)));
        for (way, count) in self.counts.iter_mut().enumerate() {
            let moved = moves.iter().any(|moves| moves.get(way).is_some_and(|units| *units != 0));
            *count = count.saturating_sub(2 * u64::from(moved));
        }
    }

    fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether what a line says of money out and in is the sum of lines, of those of one way, or of all.
    fn are(&self, mark: usize, said: [i128; 2]) -> bool {
        let [out, into] = self.moved.get(mark).copied().unwrap_or_default();
        let amount = said[1] - said[0];
        let of_one_way = [out, into].into_iter().zip(self.counts);
        self.count() > 1
            && (said == [out, into]
                || amount.abs() == (into - out).abs()
                || of_one_way.into_iter().any(|(sum, count)| count > 1 && sum == amount.abs()))
    }
}

/// What lines show of those among them that may be balances.
#[derive(Debug, Clone, Default)]
pub struct Balances {
    account: String,
    all: Sums,
    /// Since the last balance.
    since: Sums,
    last: Option<([i128; 2], Option<u64>)>,
    last_moves: [[i128; 2]; 2],
    /// The balance that the last line has or leads to, with each mark.
    reached: [Option<i128>; 2],
    /// Lines that are balances, of those that may be; and whether there are such.
    found: BTreeSet<u64>,
    has_some: bool,
}

impl Balances {
    /// Money out and in of a line, with each mark.
    fn moves([withdrawal, deposit]: [Read; 2]) -> [[i128; 2]; 2] {
        [0, 1].map(|mark| {
            let units = |read: Read| read.get(mark).copied().flatten().map_or(0, i128::from);
            let (out, into) = (units(withdrawal).abs(), units(deposit));
            if into < 0 { [out - into, 0] } else { [out, into] }
        })
    }

    fn change_to(&mut self, account: &str) {
        if self.account != account {
            account.clone_into(&mut self.account);
            (self.all, self.since, self.last, self.reached) = <_>::default();
        }
    }

    /// Takes a transaction, and its balance.
    pub fn add(&mut self, account: &str, sides: [Read; 2], balance: Read) {
        self.change_to(account);
        let moves = Self::moves(sides);
        self.all.add(moves);
        self.since.add(moves);
        self.reach(moves, balance);
    }

    fn reach(&mut self, moves: [[i128; 2]; 2], balance: Read) {
        for ((reached, [out, into]), shown) in self.reached.iter_mut().zip(moves).zip(balance) {
            *reached = shown.map(i128::from).or(reached.map(|reached| reached + into - out));
        }
    }

    /// Takes a line that is a balance: what it has of amounts, or its balance.
    pub fn known(&mut self, account: &str, sides: [Read; 2], balance: Read) {
        self.change_to(account);
        let amounts = Self::moves(sides).map(|[out, into]| into - out);
        let balances = balance.map(|units| units.map_or(0, i128::from));
        self.last = Some((if amounts == [0; 2] { balances } else { amounts }, None));
        self.since = Sums::default();
    }

    /// Takes a line that may be a balance or a total.
    pub fn perhaps(&mut self, line: u64, word: Word, account: &str, sides: [Read; 2], balance: Read) {
        self.change_to(account);
        self.has_some = true;
        let moves = Self::moves(sides);
        let amounts = moves.map(|[out, into]| into - out);
        let is_balance = matches!(word, Word::Balance | Word::Phrase);
        if amounts == [0; 2] {
            // It moves nothing, and has what its words say.
            if is_balance && balance != [None; 2] {
                self.found.insert(line);
                self.known(account, sides, balance);
            }
            return;
        }
        let before = self.reached;
        self.reach([[0; 2]; 2], balance);
        let (mut is_found, mut is_last_found) = (false, false);
        for (mark, (said, amount)) in moves.into_iter().zip(amounts).enumerate() {
            if amount == 0 {
                continue;
            }
            let shown = balance.get(mark).copied().flatten().map(i128::from);
            // As a transaction it has moved the balance from nothing, or to twice as much.
            let change = shown.zip(before.get(mark).copied().flatten()).map(|(now, before)| now - before);
            if word == Word::Phrase && change.is_some_and(|change| change.abs() == amount.abs()) {
                continue;
            }
            is_found |= shown.map(i128::abs) == Some(amount.abs());
            is_found |= self.all.are(mark, said) || self.since.are(mark, said);
            let last = self.last.and_then(|(last, line)| Some((*last.get(mark)?, line)));
            if let (Some((last, line)), true) = (last, is_balance) {
                let [out, into] = self.since.moved.get(mark).copied().unwrap_or_default();
                let change = into - out;
                let is_known = line.is_none_or(|line| self.found.contains(&line));
                let leads = (amount - last).abs() == change.abs() && (change != 0 || is_known);
                is_found |= leads;
                is_last_found |= leads;
            }
        }
        if let (true, Some((_, Some(last)))) = (is_last_found, self.last)
            && self.found.insert(last)
        {
            self.all.take_out(self.last_moves);
        }
        if is_found {
            self.found.insert(line);
        } else {
            // A shop, as it seems.
            self.all.add(moves);
            self.last_moves = moves;
            if balance == [None; 2] {
                self.reach(moves, balance);
            }
            if word == Word::Total {
                self.since.add(moves);
                return;
            }
        }
        self.last = Some((amounts, Some(line)));
        self.since = Sums::default();
    }

    /// Whether some lines may be balances.
    #[must_use]
    pub fn has_some(&self) -> bool {
        self.has_some
    }

    /// The lines that are.
    #[must_use]
    pub fn found(&self) -> BTreeSet<u64> {
        self.found.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_is_no_word_for_a_balance() {
        for (key, _) in marks::kinds() {
            for words in [key.to_owned(), format!("x_{key}"), format!("{key}_x"), format!("x{key}")] {
                assert!(of_words(&words).is_none() || may_be_words(&words.to_ascii_uppercase()), "{words}");
            }
        }
        assert!(!may_be_words("TRF FROM SILVER OAK CLINIC"));
    }

    #[test]
    fn a_balance_is_known_by_its_words_and_a_day_behind_them() {
        for text in [
            "Saldo do dia",
            "Kontostand am 01.01.2023",
            "Solde au 01/01/2023",
            "Saldo al 13/01/2023",
            "Beginning balance as of 01/01/2023",
            "Balance at 31 January 2023",
            "Saldo contabile",
            "Turnover",
            "Ending balance 01/31/2023",
            "S A L D O",
            "Saldo Anterior",
        ] {
            assert_eq!(word(text), Some(Word::Sure), "{text}");
        }
        for text in ["BALANCE", "Saldo", "Solde", "Balance 12/01/2023"] {
            assert_eq!(word(text), Some(Word::Balance), "{text}");
        }
        for text in [
            "New Balance",
            "Balance Fitness",
            "Saldo fattura",
            "Übertrag",
            "B/F",
            "Monatssaldo",
            "New Balance 12/01/2023",
        ] {
            assert_eq!(word(text), Some(Word::Phrase), "{text}");
        }
        for text in ["Total", "Total credits", "Total de cargos", "Summe Haben", "Grand Total"] {
            assert_eq!(word(text), Some(Word::Total), "{text}");
        }
        for text in [
            "TOTAL 12/01/2023",
            "Saldo Rechnung 12",
            "Balance bike 1/2",
            "Konto",
            "Total 4711",
            "Total Wine",
            "Total Station Lyon",
            "Balanced Kitchen",
            "Thank you for the payment of the balance",
        ] {
            assert_eq!(word(text), None, "{text}");
        }
    }
}
