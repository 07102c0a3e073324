//! Lines of which every cell is plain: typed, flagged and keyed in the reader's pass, as `lines.sql` does it. A test holds
//! the two equal; a line that is not plain throughout is left to the SQL.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use super::super::text::numbers;

/// Stands between the cells of what is hashed: the unit separator, which is in no statement.
const UNIT: u8 = 0x1F;

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
    stated_value_date: Option<NaiveDate>,
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
        let stated = cell(4).trim_matches(' ');
        let booking_date = numbers::date(cell(1))?;
        let stated_value_date = match stated {
            "" => None,
            // As nearly all lines have it.
            same if same == cell(1) => Some(booking_date),
            other => Some(numbers::date(other)?),
        };
        Some(Self {
            account_no: text(cell(0).trim_matches([' ', '\''])).filter(|account| !account.contains('\''))?,
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

    /// What is odd about it.
    pub fn flags(&self) -> impl Iterator<Item = &'static str> {
        let (withdrawal, deposit) = (&self.withdrawal, &self.deposit);
        let is_there = |side: &Side| side.amount.is_some();
        let is_negative = |side: &Side| side.amount.is_some_and(|amount| amount < 0);
        let lacks_currency = |side: &Side| is_there(side) && side.currency.is_empty();
        [
            ("account_missing", self.account_no.is_empty()),
            ("vd_missing", self.stated_value_date.is_none()),
            ("no_amount", !is_there(withdrawal) && !is_there(deposit)),
            ("both_sides", is_there(withdrawal) && is_there(deposit)),
            ("neg_amount", is_negative(withdrawal) || is_negative(deposit)),
            ("ccy_missing", lacks_currency(withdrawal) || lacks_currency(deposit)),
        ]
        .into_iter()
        .filter_map(|(flag, is_set)| is_set.then_some(flag))
    }

    /// Its content as text, independent of how its numbers and dates were written, in place of what `out` has: what is hashed.
    fn content(&self, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(self.account_no.as_bytes());
        put_date(out, Some(self.booking_date));
        put_date(out, self.stated_value_date);
        put(out, self.transaction_details);
        put(out, self.chq_no);
        put_amount(out, self.withdrawal.amount);
        put(out, &self.withdrawal.currency);
        put_amount(out, self.deposit.amount);
        put(out, &self.deposit.currency);
        put_amount(out, self.balance);
    }

    /// The key of its content; `scratch` is for the content.
    pub fn key(&self, scratch: &mut Vec<u8>) -> u128 {
        self.content(scratch);
        let hash = Sha256::digest(scratch);
        hash.first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.push(UNIT);
    out.extend_from_slice(text.as_bytes());
}

fn put_date(out: &mut Vec<u8>, date: Option<NaiveDate>) {
    out.push(UNIT);
    if let Some(date) = date {
        put_number(out, u64::from(date.year_ce().1), 4);
        out.push(b'-');
        put_number(out, u64::from(date.month()), 2);
        out.push(b'-');
        put_number(out, u64::from(date.day()), 2);
    }
}

fn put_amount(out: &mut Vec<u8>, amount: Option<i64>) {
    out.push(UNIT);
    if let Some(units) = amount {
        out.extend_from_slice(if units < 0 { b"-" } else { b"" });
        put_number(out, units.unsigned_abs() / 10_000, 1);
        out.push(b'.');
        put_number(out, units.unsigned_abs() % 10_000, 4);
    }
}

/// Decimal digits, `width` of them at least.
fn put_number(out: &mut Vec<u8>, mut number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        if number == 0 && used >= width {
            break;
        }
        *digit += (number % 10) as u8;
        number /= 10;
        used += 1;
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

/// A text without the blanks around it, unless it must stand in quotes or begins or ends with a letter that engines
/// may take for a blank.
fn text(cell: &str) -> Option<&str> {
    let text = cell.trim_matches(' ');
    let bytes = text.as_bytes();
    let is_odd = |byte: &u8| matches!(byte, b'"' | b'\n' | b'\r' | &UNIT);
    let edges = [bytes.first(), bytes.last()];
    (edges.into_iter().flatten().all(u8::is_ascii) && !bytes.iter().any(is_odd)).then_some(text)
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
