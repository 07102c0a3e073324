//! The raw bank statement: any number of lines, streamed with a fixed amount of memory.

use std::io::{self, Write};

use chrono::{Datelike, NaiveDate, Weekday};

use super::accounts::{ACCOUNTS, DEPOSITS, Kind, PARTIES, Tail, WITHDRAWALS};
use super::dice::Dice;
use super::line::{self, Currency, Line};

/// Lines from which the set pieces below are part of the statement.
const ENOUGH_FOR_SET_PIECES: u64 = 1000;
/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 20;

/// Deposits that every larger statement holds, whatever its seed: year, month, day, account, minor units, words,
/// and how often. The six equal ones are genuine repeats that differ only in the balance after them.
const SET_PIECES: [(i32, u32, u32, usize, i64, &str, u64); 5] = [
    (2017, 1, 1, 0, 500, "INTEREST CREDIT", 1),
    (2017, 6, 29, 3, 100_000_000, "RTGS/06291702/MERIDIAN TEXTILES", 1),
    (2017, 7, 1, 3, 100_000, "CASH DEP BR 0411", 1),
    (2017, 8, 16, 3, 50_000_000, "CASH DEP BR 0411", 6),
    (2017, 12, 25, 5, 10_000, "REFUND AMBER ROAD COFFEE", 1),
];

/// Writes a statement of exactly `rows` lines after its header.
///
/// # Errors
/// When the output cannot be written.
pub fn write(out: &mut impl Write, rows: u64, seed: u64) -> io::Result<()> {
    let days = calendar();
    let set_pieces: u64 = SET_PIECES.iter().map(|piece| piece.6).sum();
    let with_set_pieces = rows >= ENOUGH_FOR_SET_PIECES;
    let common = if with_set_pieces { rows - set_pieces } else { rows };
    let total = days.last().map_or(1, |day| day.weight_so_far);
    let mut statement = Statement::new(&days, seed);
    out.write_all(line::HEADER)?;
    let mut written = 0;
    for (index, day) in days.iter().enumerate() {
        if with_set_pieces {
            statement.set_pieces(index, day.date);
        }
        let due = u128::from(common) * u128::from(day.weight_so_far) / u128::from(total);
        let due = u64::try_from(due).unwrap_or(common);
        while written < due {
            written += statement.next(index, due - written);
            if statement.buffer.len() >= BUFFER {
                out.write_all(&statement.buffer)?;
                statement.buffer.clear();
            }
        }
    }
    out.write_all(&statement.buffer)
}

/// A day of the statement with its text in both styles.
struct Day {
    date: NaiveDate,
    styles: [Vec<u8>; 2],
    /// Sum of the weights of all days up to this one; its share of the total is its share of the lines.
    weight_so_far: u64,
}

/// The days from 2015 to 2019, busiest at month ends and in mid-month, quiet at weekends.
fn calendar() -> Vec<Day> {
    let first = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap_or_default();
    let mut weight_so_far = 0;
    let dates = first.iter_days().take_while(|date| date.year() < 2020);
    dates
        .map(|date| {
            weight_so_far += weight(date);
            let text = date.format("%-d-%b-%y").to_string();
            let padded = date.format("%d-%b-%y").to_string().to_uppercase();
            Day { date, styles: [text.into_bytes(), padded.into_bytes()], weight_so_far }
        })
        .collect()
}

fn weight(date: NaiveDate) -> u64 {
    let base = match date.weekday() {
        Weekday::Sun => 3,
        Weekday::Sat => 5,
        _ => 10,
    };
    let month_end = date.day() >= 28;
    base + if month_end { base / 2 } else { 0 } + if date.day() == 15 { 4 } else { 0 }
}

struct Statement<'a> {
    days: &'a [Day],
    dice: Dice,
    balances: [i64; ACCOUNTS.len()],
    buffer: Vec<u8>,
    details: Vec<u8>,
}

/// One side of a booking, before its narration.
#[derive(Clone, Copy)]
struct Entry {
    account: usize,
    booked: usize,
    valued: usize,
    deposit: bool,
    amount: i64,
    cheque: Option<u64>,
}

impl<'a> Statement<'a> {
    fn new(days: &'a [Day], seed: u64) -> Self {
        let buffer = Vec::with_capacity(BUFFER + 4096);
        let balances = ACCOUNTS.map(|account| account.opening);
        Self { days, dice: Dice::new(seed, 1), balances, buffer, details: Vec::with_capacity(64) }
    }

    /// Writes one line, or the two legs of a transfer when both fit; returns how many.
    fn next(&mut self, day: usize, room: u64) -> u64 {
        let index = self.any_account();
        if let Some(other) = ACCOUNTS[index].sibling
            && room >= 2
            && self.dice.chance(45)
        {
            self.transfer(day, index, other);
            return 2;
        }
        self.common(day, index);
        1
    }

    fn any_account(&mut self) -> usize {
        let mut rest = self.dice.below(1000);
        for (index, account) in ACCOUNTS.iter().enumerate() {
            if rest < account.share {
                return index;
            }
            rest -= account.share;
        }
        0
    }

    fn common(&mut self, day: usize, index: usize) {
        let account = &ACCOUNTS[index];
        let wanted = self.dice.chance(account.deposits);
        let kind = *self.any_kind(if wanted { &DEPOSITS } else { &WITHDRAWALS });
        let per_cent = self.dice.between(kind.low * 100, kind.high * 100);
        let exact = (account.usual / 100 * per_cent / 100).max(1) + self.dice.between(0, 99);
        let amount = if self.dice.chance(250) { (exact / 10_000 + 1) * 10_000 } else { exact };
        // An account that may not go below its floor receives a payment instead.
        let deposit = wanted || self.balances[index] - amount < account.floor;
        let kind = if deposit == wanted { kind } else { DEPOSITS[2] };
        let cheque = (kind.tail == Tail::Cheque).then(|| 100_000 + self.dice.below(900_000));
        let valued = self.value_day(day);
        self.narrate(&kind);
        let currency = match self.dice.below(1000) {
            0..15 => Currency::Blank,
            15..19 => Currency::Untidy,
            _ => Currency::Plain,
        };
        self.enter(Entry { account: index, booked: day, valued, deposit, amount, cheque }, currency);
    }

    fn any_kind<'k>(&mut self, kinds: &'k [Kind]) -> &'k Kind {
        let mut rest = self.dice.below(1000);
        for kind in kinds {
            if rest < kind.weight {
                return kind;
            }
            rest -= kind.weight;
        }
        &kinds[0]
    }

    /// Most lines have value on the day they are booked; some up to three days later, a few up to two before.
    fn value_day(&mut self, day: usize) -> usize {
        let last = self.days.len() - 1;
        match self.dice.below(100) {
            0..12 => (day + 1 + usize::try_from(self.dice.below(3)).unwrap_or(0)).min(last),
            12..20 => day.saturating_sub(1 + usize::try_from(self.dice.below(2)).unwrap_or(0)),
            _ => day,
        }
    }

    /// Builds the narration; one in fifty is left out by the bank.
    fn narrate(&mut self, kind: &Kind) {
        self.details.clear();
        if self.dice.chance(20) {
            return;
        }
        self.details.extend_from_slice(kind.words.as_bytes());
        match kind.tail {
            Tail::Nothing => {}
            Tail::Digits(width) => self.reference(width),
            Tail::Party | Tail::Cheque => self.party(),
            Tail::DigitsParty(width) => {
                self.reference(width);
                self.details.push(b'/');
                self.party();
            }
        }
    }

    fn reference(&mut self, width: u32) {
        let number = self.dice.below(10_u64.pow(width));
        line::push_number(&mut self.details, number, usize::try_from(width).unwrap_or(0));
    }

    fn party(&mut self) {
        let party = self.dice.pick(&PARTIES).copied().unwrap_or_default();
        self.details.extend_from_slice(party.as_bytes());
    }

    /// Both legs of a transfer between a customer's two accounts, equal in amount and dates.
    fn transfer(&mut self, day: usize, index: usize, other: usize) {
        let usual = ACCOUNTS[index].usual.min(ACCOUNTS[other].usual);
        let amount = usual * self.dice.between(20, 400) / 100;
        let covered = self.balances[index] - amount >= ACCOUNTS[index].floor;
        let (from, to) = if covered { (index, other) } else { (other, index) };
        // When neither side can pay, the payer dips below its floor: banks let that happen between own accounts.
        for (account, deposit) in [(from, false), (to, true)] {
            self.details.clear();
            self.details.extend_from_slice(b"OWNB/INTERNAL FUND TRANSFER");
            let entry = Entry { account, booked: day, valued: day, deposit, amount, cheque: None };
            self.enter(entry, Currency::Plain);
        }
    }

    fn set_pieces(&mut self, day: usize, date: NaiveDate) {
        for (year, month, day_of_month, account, amount, words, times) in SET_PIECES {
            if Some(date) != NaiveDate::from_ymd_opt(year, month, day_of_month) {
                continue;
            }
            for _ in 0..times {
                self.details.clear();
                self.details.extend_from_slice(words.as_bytes());
                let entry = Entry { account, booked: day, valued: day, deposit: true, amount, cheque: None };
                self.enter(entry, Currency::Plain);
            }
        }
    }

    fn enter(&mut self, entry: Entry, currency: Currency) {
        let account = &ACCOUNTS[entry.account];
        let balance = &mut self.balances[entry.account];
        *balance += if entry.deposit { entry.amount } else { -entry.amount };
        let style = usize::from(account.upper_dates);
        let line = Line {
            account,
            booked: &self.days[entry.booked].styles[style],
            valued: &self.days[entry.valued].styles[style],
            details: &self.details,
            cheque: entry.cheque,
            deposit: entry.deposit,
            amount: entry.amount,
            balance: *balance,
            currency,
            short: self.dice.chance(100),
        };
        line::push(&mut self.buffer, &line);
    }
}
