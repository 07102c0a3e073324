//! Lines with their types: what a statement's line says, or why it is not a row. `lines.sql` says the same in SQL, and
//! a test holds the two equal.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::super::text::amounts::{self, Marks};
use super::super::text::records::Bad;
use super::super::text::{dates, trimmed};

/// What may be odd about a line.
pub const FLAGS: [&str; 5] = ["vd_missing", "no_amount", "both_sides", "neg_amount", "ccy_missing"];

const NO_ACCOUNT: Bad = Bad { error: "account_missing", message: "the line has no account" };
const SPOILED_ACCOUNT: Bad = Bad {
    error: "bad_account",
    message: "a spreadsheet has put the account number in scientific form, and its last digits are lost",
};
const NO_DATE: Bad = Bad { error: "date_missing", message: "the line has no date" };
const NOT_A_DATE: Bad = Bad { error: "bad_date", message: "the cell is not a valid date" };
const OTHER_CENTURY: Bad =
    Bad { error: "bad_date", message: "the date lies before 1970 or after the next year" };
const NEGATIVE_DEBIT: Bad =
    Bad { error: "negative_debit", message: "the withdrawal is negative, which may mean either way" };

/// Our columns, by their place.
const ACCOUNT: usize = 0;
const BOOKED: usize = 1;
const VALUED: usize = 4;
/// The currency of an amount stands behind it.
pub const WITHDRAWAL: usize = 5;
pub const DEPOSIT: usize = 7;
const BALANCE: usize = 9;

/// The cells of a line in the order of the statement's columns, its amounts on their sides.
pub type LineCells<'a> = [&'a str; 10];

/// An amount in ten-thousandths, and its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side<'a> {
    pub amount: Option<i64>,
    pub currency: Cow<'a, str>,
}

/// A line with its types; a text that is not there is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    pub account_no: &'a str,
    pub booking_date: NaiveDate,
    pub stated_value_date: Option<NaiveDate>,
    pub transaction_details: &'a str,
    pub chq_no: &'a str,
    pub withdrawal: Side<'a>,
    pub deposit: Side<'a>,
    /// In ten-thousandths.
    pub balance: Option<i64>,
}

/// Reads the lines of one file, and learns from each what its marks mean.
#[derive(Debug, Default)]
pub struct Typist {
    /// The last year of which a date may be.
    pub last_year: i32,
    pub marks: Marks,
    /// What is wrong with the line that was read last: the column and why.
    pub problems: Vec<(usize, Bad)>,
    /// The columns of that line whose amounts could be meant in two ways.
    pub unclear: Vec<usize>,
}

impl Typist {
    /// For a file whose dates go to the end of a year.
    #[must_use]
    pub fn until(last_year: i32) -> Self {
        Self { last_year, ..Self::default() }
    }

    /// Reads a line. It is no row where there are `problems` afterwards.
    pub fn line<'a>(&mut self, cells: &LineCells<'a>) -> Option<Line<'a>> {
        self.problems.clear();
        self.unclear.clear();
        let [account, booked, details, chq_no, valued, .., balance] = *cells;
        let account_no = self.account(account);
        let booking_date = self.date(BOOKED, booked);
        if trimmed(booked).is_empty() {
            self.problems.push((BOOKED, NO_DATE));
        }
        // As nearly all lines have it.
        let stated_value_date = if valued == booked { booking_date } else { self.date(VALUED, valued) };
        let withdrawal = self.side(cells, WITHDRAWAL);
        let deposit = self.side(cells, DEPOSIT);
        let balance = self.amount(BALANCE, balance);
        if withdrawal.amount.is_some_and(|amount| amount < 0) {
            self.problems.push((WITHDRAWAL, NEGATIVE_DEBIT));
        }
        let booking_date = booking_date.filter(|_| self.problems.is_empty())?;
        let (transaction_details, chq_no) = (trimmed(details), trimmed(chq_no));
        Some(Line {
            account_no,
            booking_date,
            stated_value_date,
            transaction_details,
            chq_no,
            withdrawal,
            deposit,
            balance,
        })
    }

    /// The account without what spreadsheets put around numbers that are text: an apostrophe, or `="…"`.
    fn account<'a>(&mut self, cell: &'a str) -> &'a str {
        let text = trimmed(cell);
        let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let text = trimmed(text.trim_matches('\''));
        if text.is_empty() {
            self.problems.push((ACCOUNT, NO_ACCOUNT));
        } else if is_scientific(text) {
            self.problems.push((ACCOUNT, SPOILED_ACCOUNT));
        }
        text
    }

    /// A date; an empty cell has none.
    fn date(&mut self, column: usize, cell: &str) -> Option<NaiveDate> {
        let date = dates::date(cell);
        match date {
            Some(day) if dates::is_possible(day, self.last_year) => {}
            Some(_) => self.problems.push((column, OTHER_CENTURY)),
            None if trimmed(cell).is_empty() => {}
            None => self.problems.push((column, NOT_A_DATE)),
        }
        date
    }

    fn side<'a>(&mut self, cells: &LineCells<'a>, column: usize) -> Side<'a> {
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let amount = self.amount(column, cell(column));
        Side { amount, currency: capitals(trimmed(cell(column + 1))) }
    }

    fn amount(&mut self, column: usize, cell: &str) -> Option<i64> {
        match self.marks.amount(cell) {
            Ok(amount) => {
                if amount.is_some_and(|amount| amount.is_unclear) {
                    self.unclear.push(column);
                }
                amount.map(|amount| amount.units)
            }
            Err(bad) => {
                self.problems.push((column, bad));
                None
            }
        }
    }

    /// Makes problems of what stayed unclear, unless the file's other cells have settled it.
    pub fn settle(&mut self) {
        if !self.marks.are_settled() {
            self.problems.extend(self.unclear.iter().map(|column| (*column, amounts::UNCLEAR)));
        }
    }
}

impl Line<'_> {
    /// The date whose month the line belongs to.
    #[must_use]
    pub fn value_date(&self) -> NaiveDate {
        self.stated_value_date.unwrap_or(self.booking_date)
    }

    /// Its texts.
    #[must_use]
    pub fn texts(&self) -> [&str; 5] {
        let (withdrawal, deposit) = (&self.withdrawal.currency, &self.deposit.currency);
        [self.account_no, self.transaction_details, self.chq_no, withdrawal, deposit]
    }

    /// Whether it has no text and could be known by its balance all the same.
    #[must_use]
    pub fn is_textless(&self) -> bool {
        self.transaction_details.is_empty() && self.balance.is_some()
    }

    /// What is odd about it: a bit for each of [`FLAGS`].
    #[must_use]
    pub fn flags(&self) -> u8 {
        let (withdrawal, deposit) = (&self.withdrawal, &self.deposit);
        let is_there = |side: &Side| side.amount.is_some();
        let lacks_currency = |side: &Side| is_there(side) && side.currency.is_empty();
        let are_set = [
            self.stated_value_date.is_none(),
            !is_there(withdrawal) && !is_there(deposit),
            is_there(withdrawal) && is_there(deposit),
            deposit.amount.is_some_and(|amount| amount < 0),
            lacks_currency(withdrawal) || lacks_currency(deposit),
        ];
        are_set.into_iter().zip(0..).fold(0, |bits, (is_set, place)| bits | u8::from(is_set) << place)
    }
}

/// Whether a text is a number such as `1.23457E+17`.
fn is_scientific(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once(['e', 'E']).is_some_and(|(number, exponent)| {
        let (whole, decimals) = number.split_once(['.', ',']).unwrap_or((number, "0"));
        is_digits(whole) && is_digits(decimals) && exponent.strip_prefix(['+', '-']).is_some_and(is_digits)
    })
}

/// A currency in capitals of ASCII, on which all engines agree.
fn capitals(text: &str) -> Cow<'_, str> {
    let has_small = text.bytes().any(|byte| byte.is_ascii_lowercase());
    if has_small { text.to_ascii_uppercase().into() } else { text.into() }
}
