//! What is counted while the cells of a file go by: cells of a kind, words of a column, balances that follow.

use std::sync::LazyLock;

use chrono::Datelike as _;

use super::super::form::capitals;
use super::super::sides;
use super::amount::Way;
use super::{booked, marks};
use crate::text::amounts::Mark;
use crate::text::day::Day;
use crate::text::{EXACT, trimmed};
use crate::value;

/// A day behind so many is no month.
const MONTHS: u32 = 12;

/// Currencies whose hundredths nobody writes.
static WHOLE: LazyLock<Vec<&'static str>> = LazyLock::new(|| marks::words("currency_whole").collect());

/// A cell that stands for its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub line: u64,
    pub text: String,
}

/// How often something was seen, and where first.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub count: u64,
    pub first: Option<Seen>,
}

impl Tally {
    pub fn add(&mut self, line: u64, text: &str) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some(Seen { line, text: trimmed(text).to_owned() });
        }
    }

    pub fn shown(&self) -> String {
        self.first.as_ref().map_or_else(String::new, |seen| format!("{} in line {}", seen.text, seen.line))
    }
}

/// Whether cells that are clear have settled what the others mean: twice as many speak for the mark as against it.
#[must_use]
pub fn is_settled([with, against]: [u64; 2], is_favoured: bool) -> bool {
    let with = with + u64::from(is_favoured && with > 0);
    with > 0 && with >= 2 * against
}

/// Amounts that could be meant in two ways, but for a currency without decimals, by the mark that would stand before such.
#[derive(Debug, Clone, Copy, Default)]
pub struct WholeAmounts {
    /// In such a currency.
    whole: [u64; 2],
    /// In the one of lines that name none.
    unnamed: [u64; 2],
}

impl WholeAmounts {
    pub fn add(&mut self, cell: &str, currency: &str) {
        let counts = match currency {
            "" => &mut self.unnamed,
            _ if has_no_decimals(currency) => &mut self.whole,
            _ => return,
        };
        // What groups the digits is not what stands before decimals.
        counts.get_mut(usize::from(!cell.contains(','))).into_iter().for_each(|count| *count += 1);
    }

    /// The mark before decimals, where all these are so many amounts.
    pub fn mark(self, unclear: u64, currency: Option<&str>) -> Option<Mark> {
        let with = if currency.is_some_and(has_no_decimals) { self.unnamed } else { [0; 2] };
        let [point, comma] = [self.whole[0] + with[0], self.whole[1] + with[1]];
        match (point == unclear, comma == unclear) {
            (true, false) => Some(Mark::Point),
            (false, true) => Some(Mark::Comma),
            _ => None,
        }
    }
}

/// Whether a currency has no decimals, or none that anyone writes, as the forint.
fn has_no_decimals(code: &str) -> bool {
    let code = capitals(code);
    value::minor_unit(&code) == Some(0) || WHOLE.contains(&&*code)
}

/// The cells of a column, which may be words for the ways of the lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct Words {
    /// Whether it has words for money that goes out, and that comes in.
    ways: [bool; 2],
    has_sure: bool,
    has_others: bool,
    has_letters: bool,
    count: u64,
    /// Whether a minus stands, or does not, where money goes out by the word; and where it comes in.
    signs: [bool; 2],
}

impl Words {
    /// A cell, and whether the amount beside it has a minus; of an amount of zero nothing is told.
    pub fn add(&mut self, cell: &str, is_negative: Option<bool>) {
        if self.has_others || cell.is_empty() {
            return;
        }
        self.has_sure |= sides::is_sure(cell);
        self.has_letters |= cell.len() == 1;
        match sides::direction(cell) {
            Some(way) => {
                self.count += 1;
                self.ways[usize::from(way == Way::In)] = true;
                if let Some(is_negative) = is_negative {
                    self.signs[usize::from(is_negative != (way == Way::Out))] = true;
                }
            }
            None => self.has_others = true,
        }
    }

    /// Whether the signs of the amounts say now the same and now the contrary.
    pub fn differ_from_signs(self) -> bool {
        self.signs == [true; 2]
    }

    /// Whether a minus always stands where money comes in by the word, and never where it goes out.
    pub fn say_minus_in(self) -> bool {
        self.tell() && self.ways == [true; 2] && self.signs == [false, true]
    }

    /// Whether so many lines have the same letter, which may say their way or be anything.
    pub fn may_say_one_way(self, lines: u64) -> bool {
        !self.tell() && !self.has_others && self.count > 0 && self.count >= lines
    }

    /// Whether some lines have the same word for a way, as `CR`, and the others none.
    pub fn say_some_ways(self) -> bool {
        !self.tell() && !self.has_others && !self.has_letters && self.count > 0
    }

    /// A column of one letter alone may be anything.
    pub fn tell(self) -> bool {
        !self.has_others && (self.has_sure || self.ways == [true; 2])
    }
}

/// The dates of a column, of which a spreadsheet may have turned day and month round where it could read them so, and left the
/// others as texts.
#[derive(Debug, Clone, Default)]
pub struct Turned {
    /// Days of the spreadsheet that are a day with month and day turned too, and texts that are none.
    days: Tally,
    texts: Tally,
    /// A day or a text of the other kind shows that none were turned.
    has_others: bool,
}

impl Turned {
    pub fn add(&mut self, line: u64, cell: &str, day: Day) {
        match day {
            Day::Sure(day) if cell.ends_with(EXACT) && day.day() == day.month() => {}
            Day::Sure(day) if cell.ends_with(EXACT) && day.day() <= MONTHS => self.days.add(line, cell),
            Day::Sure(_) => self.has_others |= cell.ends_with(EXACT),
            Day::Open(days) if days.iter().flatten().all(|day| day.day() > MONTHS) => {
                self.texts.add(line, cell);
            }
            Day::Open(_) => self.has_others = true,
        }
    }

    /// The first of the days and of the texts, where all days may be turned and no text may.
    #[must_use]
    pub fn told(&self) -> Option<[&Seen; 2]> {
        let [day, text] = [&self.days, &self.texts].map(|tally| tally.first.as_ref());
        day.zip(text).filter(|_| !self.has_others).map(|(day, text)| [day, text])
    }
}

/// The cells of a column, which may be words for what money goes out or comes in for.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is seen by itself")]
pub struct Hints {
    first: Option<Seen>,
    /// Whether there is another word than the first, and one for what goes out.
    differ: bool,
    may_go_out: bool,
    has_others: bool,
    /// Whether the column is one of such words by its name, so that one that is not known may be for either.
    is_named: bool,
}

impl Hints {
    /// Of a column of this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self { is_named: sides::is_of_types(name), ..Self::default() }
    }

    pub fn add(&mut self, line: u64, cell: &str) {
        if self.has_others || cell.is_empty() {
            return;
        }
        match sides::hint(cell) {
            Some(may_go_out) => self.may_go_out |= may_go_out,
            None if self.is_named => self.may_go_out = true,
            None => self.has_others = true,
        }
        match &self.first {
            Some(first) => self.differ |= first.text != cell,
            None => self.first = Some(Seen { line, text: cell.to_owned() }),
        }
    }

    /// Whether all words are such, and more of them might differ.
    pub fn may_tell(&self) -> bool {
        self.first.is_some() && !self.has_others
    }

    /// The first word, where all are such, they differ, and some may go out.
    pub fn told(&self) -> Option<&Seen> {
        self.first.as_ref().filter(|_| !self.has_others && self.differ && self.may_go_out)
    }
}

/// The cells of a column, which may be words for whether their lines are booked.
#[derive(Debug, Clone, Copy, Default)]
pub struct States {
    booked: bool,
    unbooked: bool,
    has_others: bool,
}

impl States {
    /// A cell of a column of this name.
    pub fn add(&mut self, name: &str, cell: &str) {
        let cell = trimmed(cell);
        if self.has_others || cell.is_empty() {
            return;
        }
        match booked::is_booked_below(name, cell) {
            Some(true) => self.booked = true,
            Some(false) => self.unbooked = true,
            None => self.has_others = true,
        }
    }

    /// Whether all say so, and some that they are not.
    pub fn tell(self) -> bool {
        self.unbooked && !self.has_others
    }

    /// Whether all say that they are.
    pub fn are_booked(self) -> bool {
        self.booked && !self.unbooked && !self.has_others
    }
}

/// By how many rules of signs a line may change its balance: with the usual one of debits and the other, and the same with the
/// other one of credits.
pub const RULES: usize = 4;

/// How many balances follow from the amounts, by each rule of signs, upwards and downwards.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    account: String,
    /// Of the last line that names one: an account in several has a balance of each.
    currency: String,
    before: Option<([i128; RULES], i128)>,
    pairs: u32,
    follow: [[u32; 2]; RULES],
}

impl Chain {
    /// Takes a line of an account in a currency, which may be empty.
    pub fn add(&mut self, account: &str, currency: &str, changes: [i128; RULES], balance: Option<i128>) {
        let Some(balance) = balance else {
            self.before = None;
            return;
        };
        if self.account != account {
            self.before = None;
            account.clone_into(&mut self.account);
            self.currency.clear();
        }
        if !currency.is_empty() && self.currency != currency {
            if !self.currency.is_empty() {
                self.before = None;
            }
            currency.clone_into(&mut self.currency);
        }
        if let Some((before, former)) = self.before {
            self.pairs += 1;
            for ((follow, change), before) in self.follow.iter_mut().zip(changes).zip(before) {
                follow[0] += u32::from(former + change == balance);
                follow[1] += u32::from(balance + before == former);
            }
        }
        self.before = Some((changes, balance));
    }

    /// By which rules of signs all balances follow, from one day to the next or back.
    pub fn rules(&self, ways: [bool; 2]) -> [bool; RULES] {
        self.follow.each_ref().map(|follow| {
            let mut follow = follow.iter().zip(ways);
            self.pairs > 0 && follow.any(|(count, is_possible)| is_possible && *count == self.pairs)
        })
    }

    pub fn follows(&self) -> bool {
        self.rules([true; 2]).contains(&true)
    }
}

/// Whether balances follow with either mark.
pub fn follow(chains: &[Chain; 2]) -> bool {
    chains.iter().any(Chain::follows)
}
