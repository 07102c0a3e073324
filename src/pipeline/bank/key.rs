//! The keys of lines, as `lines.sql` makes them.

use chrono::{Datelike, NaiveDate};

use super::rows::Row;
use crate::checksum;

/// Stands between the cells of what is hashed: the unit separator, which is in no line.
const UNIT: u8 = 0x1F;

/// Makes keys; what it needs again and again is kept.
#[derive(Default)]
pub struct Keys {
    content: Vec<u8>,
    booking_date: Day,
    value_date: Day,
}

impl Keys {
    /// The key of a line's content, which is the same however its numbers and dates were written.
    pub fn of(&mut self, row: &Row) -> u128 {
        let Self { content, booking_date, value_date } = self;
        let [account_no, transaction_details, chq_no, withdrawal_currency, deposit_currency] = row.texts;
        let [withdrawal, deposit, balance] = row.amounts;
        content.clear();
        content.extend_from_slice(account_no);
        put(content, booking_date.text(row.booking_date));
        put(content, if row.has_value_date { value_date.text(row.value_date) } else { &[] });
        put(content, transaction_details);
        put(content, chq_no);
        put_amount(content, withdrawal);
        put(content, withdrawal_currency);
        put_amount(content, deposit);
        put(content, deposit_currency);
        put_amount(content, balance);
        let hash = checksum::digest(content);
        hash.first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
    }
}

/// A day and its text, for the next line is often of the same one.
#[derive(Default)]
struct Day {
    day: i32,
    text: Vec<u8>,
}

impl Day {
    fn text(&mut self, day: i32) -> &[u8] {
        if self.text.is_empty() || self.day != day {
            let date = NaiveDate::from_epoch_days(day).unwrap_or_default();
            self.day = day;
            self.text.clear();
            put_number(&mut self.text, u64::from(date.year_ce().1), 4);
            self.text.push(b'-');
            put_number(&mut self.text, u64::from(date.month()), 2);
            self.text.push(b'-');
            put_number(&mut self.text, u64::from(date.day()), 2);
        }
        &self.text
    }
}

fn put(out: &mut Vec<u8>, text: &[u8]) {
    out.push(UNIT);
    out.extend_from_slice(text);
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
