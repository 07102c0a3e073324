//! The keys of lines: half of the SHA-256 of what they say.

use chrono::NaiveDate;

use super::rows::Row;
use crate::checksum;
use crate::text::amounts::Exact;
use crate::value::iso;

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
    /// The key of a line's content, which is the same however its numbers and dates were written. The balance behind it says more
    /// than its words, which each form of a statement has others of: only a line without one is known by them.
    pub fn of(&mut self, row: &Row) -> u128 {
        let Self { content, booking_date, value_date } = self;
        let [account_no, transaction_details, chq_no, withdrawal_currency, deposit_currency] = row.texts;
        let [withdrawal, deposit, balance] = row.amounts;
        content.clear();
        content.extend_from_slice(account_no);
        put_date(content, booking_date.text(row.booking_date));
        put_date(content, value_date.text(row.value_date));
        if balance.is_none() {
            put_words(content, transaction_details);
            put(content, chq_no);
        }
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
    text: Option<[u8; 10]>,
}

impl Day {
    fn text(&mut self, day: i32) -> [u8; 10] {
        match self.text {
            Some(text) if self.day == day => text,
            _ => {
                let text = iso(NaiveDate::from_epoch_days(day).unwrap_or_default());
                (self.day, self.text) = (day, Some(text));
                text
            }
        }
    }
}

fn put(out: &mut Vec<u8>, text: &[u8]) {
    out.push(UNIT);
    // Half of the texts are empty, and to copy nothing takes time too.
    if !text.is_empty() {
        out.extend_from_slice(text);
    }
}

/// A text in which a break or several blanks are one, for a sheet and its CSV differ in them.
fn put_words(out: &mut Vec<u8>, text: &[u8]) {
    let mut mark = UNIT;
    for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        out.push(mark);
        out.extend_from_slice(word);
        mark = b' ';
    }
    if mark == UNIT {
        out.push(UNIT);
    }
}

fn put_date(out: &mut Vec<u8>, date: [u8; 10]) {
    out.push(UNIT);
    out.extend_from_slice(&date);
}

/// An amount in ten-thousandths as `-1234.5000`.
fn put_amount(out: &mut Vec<u8>, amount: Option<i64>) {
    match amount {
        Some(units) => put(out, Exact::of(units).bytes()),
        None => out.push(UNIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_days_are_written_as_they_were_ever() {
        let amounts = [0, 1, -1, 9_999, 10_000, -10_000, 123_456_789, i64::MAX, i64::MIN, -99_999];
        for units in amounts {
            let mut text = Vec::new();
            put_amount(&mut text, Some(units));
            let sign = if units < 0 { "-" } else { "" };
            let number = units.unsigned_abs();
            let wanted = format!("\u{1f}{sign}{}.{:04}", number / 10_000, number % 10_000);
            assert_eq!(String::from_utf8(text).unwrap(), wanted);
        }
        let mut days = Day::default();
        for day in [0, 0, 1, 17_350, 47_481, 0] {
            let wanted = NaiveDate::from_epoch_days(day).unwrap().to_string();
            assert_eq!(String::from_utf8(days.text(day).to_vec()).unwrap(), wanted);
        }
    }
}
