//! Lines of which every cell is plain: typed and flagged in the reader's pass, as `lines.sql` does it. A test holds
//! the two equal; a line that is not plain throughout is left to the SQL.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::super::text::numbers;

/// Stands between the cells of what is hashed: the unit separator, which is in no statement.
pub const UNIT: u8 = 0x1F;

/// What may be odd about a line.
pub const FLAGS: [&str; 6] =
    ["account_missing", "vd_missing", "no_amount", "both_sides", "neg_amount", "ccy_missing"];

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

impl<'a> Line<'a> {
    /// A line by its cells in the order of the statement's columns, unless one of them is not plain.
    pub fn of(cell: impl Fn(usize) -> &'a str) -> Option<Self> {
        let booked = cell(1);
        let booking_date = numbers::date(booked)?;
        let stated_value_date = match numbers::trimmed(cell(4), b" ") {
            "" => None,
            // As nearly all lines have it.
            same if same == booked => Some(booking_date),
            other => Some(numbers::date(other)?),
        };
        let account_no = text(numbers::trimmed(cell(0), b" '")).filter(|account| !account.contains('\''))?;
        Some(Self {
            account_no,
            booking_date,
            stated_value_date,
            transaction_details: text(cell(2))?,
            chq_no: text(cell(3))?,
            withdrawal: Side { amount: amount(cell(5)).ok()?, currency: currency(cell(6))? },
            deposit: Side { amount: amount(cell(7)).ok()?, currency: currency(cell(8))? },
            balance: amount(cell(9)).ok()?,
        })
    }

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

    /// What is odd about it: a bit for each of [`FLAGS`].
    pub fn flags(&self) -> u8 {
        let (withdrawal, deposit) = (&self.withdrawal, &self.deposit);
        let is_there = |side: &Side| side.amount.is_some();
        let is_negative = |side: &Side| side.amount.is_some_and(|amount| amount < 0);
        let lacks_currency = |side: &Side| is_there(side) && side.currency.is_empty();
        let are_set = [
            self.account_no.is_empty(),
            self.stated_value_date.is_none(),
            !is_there(withdrawal) && !is_there(deposit),
            is_there(withdrawal) && is_there(deposit),
            is_negative(withdrawal) || is_negative(deposit),
            lacks_currency(withdrawal) || lacks_currency(deposit),
        ];
        are_set.into_iter().zip(0..).fold(0, |bits, (is_set, place)| bits | u8::from(is_set) << place)
    }
}

/// A text without the blanks around it, unless it must stand in quotes or begins or ends with a letter that engines
/// may take for a blank.
fn text(cell: &str) -> Option<&str> {
    let text = numbers::trimmed(cell, b" ");
    let bytes = text.as_bytes();
    // All of them are looked at, which is done many at a time.
    let is_odd = bytes.iter().fold(false, |odd, byte| odd | matches!(byte, b'"' | b'\n' | b'\r' | &UNIT));
    let edges = [bytes.first(), bytes.last()];
    (!is_odd && edges.into_iter().flatten().all(u8::is_ascii)).then_some(text)
}

/// A currency in capitals, unless it has a letter beyond ASCII, whose capital engines may disagree on.
fn currency(cell: &str) -> Option<Cow<'_, str>> {
    let text = text(cell).filter(|text| text.is_ascii())?;
    let is_small = text.bytes().any(|byte| byte.is_ascii_lowercase());
    Some(if is_small { text.to_ascii_uppercase().into() } else { text.into() })
}

/// A cell that is not plain.
struct Odd;

/// An amount, or nothing for an empty cell.
fn amount(cell: &str) -> Result<Option<i64>, Odd> {
    if cell.bytes().all(|byte| byte == b' ') { Ok(None) } else { numbers::amount(cell).map(Some).ok_or(Odd) }
}
