//! Which cells are surely an amount or a date: the plain spellings, told apart quickly. What is not plain is judged by
//! the stage's own SQL, so that there is one judge.

use chrono::NaiveDate;

/// Whether a cell is empty or an amount such as `-1,00,000.00`: digits, commas that group thousands, one point.
#[must_use]
pub fn is_surely_amount(cell: &str) -> bool {
    let text = trimmed(cell, b" ");
    text.is_empty() || number(text).is_some()
}

/// Whether a cell is a date such as `5-Jul-17`, `29-JUN-2017` or `2017-06-29`.
#[must_use]
pub fn is_surely_date(cell: &str) -> bool {
    date(cell).is_some()
}

/// The amount in ten-thousandths, when it is surely one and has no more decimals than the table.
#[must_use]
pub fn amount(cell: &str) -> Option<i64> {
    let (units, decimals) = number(trimmed(cell, b" "))?;
    i64::try_from(units).ok().filter(|_| decimals <= SCALE)
}

/// Decimals of amounts in the table.
const SCALE: usize = 4;

/// A text without what stands at its ends, of ASCII.
#[must_use]
pub fn trimmed<'a>(text: &'a str, ends: &[u8]) -> &'a str {
    let is_inside = |byte: &u8| !ends.contains(byte);
    let bytes = text.as_bytes();
    let start = bytes.iter().position(is_inside).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(is_inside).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// A number in ten-thousandths, cut off there, and how many decimals it has.
fn number(text: &str) -> Option<(i128, usize)> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let digit = |byte: u8| Some(byte.wrapping_sub(b'0')).filter(|digit| *digit < 10).map(u64::from);
    let point = digits.iter().position(|byte| *byte == b'.').unwrap_or(digits.len());
    let (whole, decimals) = digits.split_at_checked(point)?;
    let decimals = decimals.get(1..);
    // Nineteen digits at most.
    let (mut units, mut count, mut group, mut grouped) = (0_u64, 0, 0, false);
    for byte in whole {
        match digit(*byte) {
            Some(digit) if count < 15 => {
                units = units * 10 + digit;
                count += 1;
                group += 1;
            }
            None if *byte == b',' && group > 0 => {
                grouped = true;
                group = 0;
            }
            _ => return None,
        }
    }
    for (place, byte) in decimals.unwrap_or_default().iter().enumerate() {
        let digit = digit(*byte)?;
        units = if place < SCALE { units * 10 + digit } else { units };
    }
    if count == 0 || (grouped && group != 3) || decimals.is_some_and(<[u8]>::is_empty) {
        return None;
    }
    let decimals = decimals.map_or(0, <[u8]>::len);
    let rest = u32::try_from(SCALE.saturating_sub(decimals)).ok()?;
    let units = i128::from(units * 10_u64.pow(rest));
    Some((if digits.len() < text.len() { -units } else { units }, decimals))
}

const MONTHS: [&[u8; 3]; 12] =
    [b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"];

/// The date that a cell surely is. Years of two digits are of this century.
#[must_use]
pub fn date(cell: &str) -> Option<NaiveDate> {
    let text = trimmed(cell, b" ").as_bytes();
    let mut parts = text.split(|byte| *byte == b'-');
    let (Some(first), Some(middle), Some(last), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let (year, month, day) = if let [a, b, c] = middle {
        let name = [a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()];
        let place = MONTHS.iter().position(|known| **known == name)?;
        let year = if last.len() == 2 { 2000 + digits(last)? } else { year(last)? };
        (year, u32::try_from(place).ok()? + 1, first)
    } else {
        (year(first)?, (middle.len() == 2).then(|| digits(middle)).flatten()?, last)
    };
    let is_short = day.len() == 2 || (day.len() == 1 && middle.len() == 3);
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, digits(day).filter(|_| is_short)?)
}

/// A year of four digits, which does not begin with 0.
fn year(text: &[u8]) -> Option<u32> {
    digits(text).filter(|year| text.len() == 4 && *year >= 1000)
}

/// A number of digits alone, few enough for a year.
fn digits(text: &[u8]) -> Option<u32> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    text.iter().try_fold(0, |number, byte| Some(number * 10 + digit(byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_amounts() {
        for sure in ["", " ", "0", "1,000", "10,00,000.00", " -5.25 ", "999999999999999.1234", "1,00,000"] {
            assert!(is_surely_amount(sure), "{sure}");
        }
        for unsure in [
            "-",
            "1,00",
            "12,50",
            "1.",
            ".5",
            "1,0000",
            ",123",
            "1,,000",
            "1 000",
            "1e5",
            "n/a",
            "1.2.3",
            "+1",
            "1.000,00",
            "1234567890123456",
            "Infinity",
        ] {
            assert!(!is_surely_amount(unsure), "{unsure}");
        }
    }

    #[test]
    fn plain_dates() {
        for sure in ["5-Jul-17", "29-JUN-17", " 31-dec-2018 ", "2017-06-29", "1999-01-04"] {
            assert!(is_surely_date(sure), "{sure}");
        }
        for unsure in [
            "",
            "31-Jun-17",
            "0-Jan-17",
            "29-Feb-17",
            "2017-13-01",
            "2017-02-29",
            "3-XXX-17",
            "5/7/17",
            "2017-6-29",
            "5-Jul-1",
            "0017-01-01",
            "5-Jul-017",
            "-5-Jul-17",
            "5-Jul--7",
        ] {
            assert!(!is_surely_date(unsure), "{unsure}");
        }
    }
}
