//! Numbers of cells as texts: exact by their digits, days where their style says so.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{Days, NaiveDate};

/// Digits that a spreadsheet keeps and shows; what it writes behind them is the noise of binary fractions.
const DIGITS: usize = 15;
/// Decimals of a fraction at least, so many that its point is not taken for one between thousands.
const DECIMALS: usize = 4;
/// The longest text of a number, and the largest exponent that is written out.
pub const LONGEST: usize = 64;
const EXPONENT: i32 = 40;
const SECONDS: f64 = 86_400.0;

/// A number as a text: no more than 15 digits; one that has more of them before the point is written so that its last digits
/// are seen to be lost. What is no number stays as it is.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let Some((is_negative, digits, point)) = parts(text) else { return text.into() };
    let sign = if is_negative { "-" } else { "" };
    if digits.is_empty() {
        return "0".into();
    }
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let last = point - count;
    if point > i32::try_from(DIGITS).unwrap_or(i32::MAX) || !(-EXPONENT..=EXPONENT).contains(&last) {
        let (first, rest) = digits.split_at(1);
        return format!("{sign}{first}.{}E{:+}", if rest.is_empty() { "0" } else { rest }, point - 1).into();
    }
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if last >= 0 {
        return format!("{sign}{digits}{}", zeros(last)).into();
    }
    let (whole, decimals) = match usize::try_from(point) {
        Ok(point) if point > 0 => digits.split_at_checked(point).unwrap_or((&digits, "")),
        _ => ("0", digits.as_str()),
    };
    format!("{sign}{whole}.{:0<DECIMALS$}", zeros(-point) + decimals).into()
}

/// The sign of a number, its digits without zeros around them, and where the point stands behind the first of them.
fn parts(text: &str) -> Option<(bool, String, i32)> {
    if text.len() > LONGEST {
        return None;
    }
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let is_negative = number.starts_with('-');
    let number = number.strip_prefix(['-', '+']).unwrap_or(number);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + decimals.len() == 0 || !is_digits(whole) || !is_digits(decimals) {
        return None;
    }
    let all = format!("{whole}{decimals}");
    let digits = all.trim_start_matches('0');
    let leading = i32::try_from(all.len() - digits.len()).ok()?;
    let mut point = i32::try_from(whole.len()).ok()?.checked_sub(leading)?.checked_add(exponent)?;
    let mut digits = digits.to_owned();
    // Where hundredths would be rounded all digits stay: they are money, and what is too much of them is seen.
    let has_hundredths = usize::try_from(point).is_ok_and(|point| (DIGITS - 1..=DIGITS).contains(&point));
    if digits.len() > DIGITS && !has_hundredths {
        point = point.checked_add(i32::from(round(&mut digits)))?;
    }
    digits.truncate(digits.trim_end_matches('0').len());
    Some((is_negative, digits, point))
}

/// Rounds digits to as many as a spreadsheet keeps; true where that makes one more before the point.
fn round(digits: &mut String) -> bool {
    let is_up = digits.as_bytes().get(DIGITS).is_some_and(|digit| *digit >= b'5');
    digits.truncate(DIGITS);
    if !is_up {
        return false;
    }
    let kept = digits.trim_end_matches('9').to_owned();
    digits.clear();
    let mut letters = kept.chars();
    match letters.next_back().and_then(|last| last.to_digit(10)) {
        Some(last) => {
            digits.push_str(letters.as_str());
            let _ = write!(digits, "{}", last + 1);
            false
        }
        None => {
            digits.push('1');
            true
        }
    }
}

/// The day of a number, with its time where it has one; a number that is no day of a spreadsheet stays one.
#[must_use]
pub fn day(text: &str, is_1904: bool) -> Cow<'_, str> {
    // A day is no money: fractions of it are times to the second.
    let Some(serial) = text.trim().parse::<f64>().ok().filter(|serial| (0.0..2_958_466.0).contains(serial))
    else {
        return plain(text);
    };
    let exact = serial.fract() * SECONDS;
    // The last second of a day is none of the next; what lacks less than a thousandth of one was not written with more digits.
    let seconds = if exact < SECONDS - 0.001 { exact.round().min(SECONDS - 1.0) } else { exact.round() };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between the bounds above"
    )]
    let (mut days, mut seconds) = (serial.trunc() as u64, seconds as u64);
    if seconds >= 86_400 {
        (days, seconds) = (days + 1, 0);
    }
    let time = || format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if days == 0 && !is_1904 {
        return time().into();
    }
    // They take 1900 for a leap year: day 60 is one that there was not.
    let (first, days) = match (is_1904, days) {
        (true, days) => (NaiveDate::from_ymd_opt(1904, 1, 1), days),
        (false, 60) => return plain(text),
        (false, days @ 0..60) => (NaiveDate::from_ymd_opt(1899, 12, 31), days),
        (false, days) => (NaiveDate::from_ymd_opt(1899, 12, 30), days),
    };
    match first.and_then(|first| first.checked_add_days(Days::new(days))) {
        Some(day) if seconds == 0 => day.to_string().into(),
        Some(day) => format!("{day} {}", time()).into(),
        None => plain(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_their_digits() {
        for (text, wanted) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("4711", "4711"),
            ("12.5", "12.5000"),
            ("-1234.5", "-1234.5000"),
            ("0.05", "0.0500"),
            ("0.30000000000000004", "0.3000"),
            ("1199.9999999999998", "1200"),
            ("-999999999999999.9", "-999999999999999.9000"),
            ("0.00012345", "0.00012345"),
            ("1.5E-3", "0.0015"),
            ("1.5E3", "1500"),
            ("123456789012345", "123456789012345"),
            ("12345678901234.56", "12345678901234.5600"),
            ("123456789012345.67", "123456789012345.6700"),
            ("1234567890123456", "1.23456789012346E+15"),
            ("1.2345678901234499E+17", "1.23456789012345E+17"),
            ("20240503", "20240503"),
            ("1E999999999", "1.0E+999999999"),
            ("5.5511151231257827E-17", "0.0000000000000000555111512312578"),
            ("1e99999999999", "1e99999999999"),
            ("abc", "abc"),
            ("", ""),
            (".", "."),
            ("1.2.3", "1.2.3"),
        ] {
            assert_eq!(plain(text), wanted, "{text}");
        }
    }

    #[test]
    fn days_are_counted_from_1900_or_1904() {
        for (text, is_1904, wanted) in [
            ("45415", false, "2024-05-03"),
            ("45415", true, "2028-05-04"),
            ("43953", true, "2024-05-03"),
            ("45415.5", false, "2024-05-03 12:00:00"),
            ("45415.999999999", false, "2024-05-04"),
            ("45415.9999988426", false, "2024-05-03 23:59:59"),
            ("1", false, "1900-01-01"),
            ("59", false, "1900-02-28"),
            ("60", false, "60"),
            ("61", false, "1900-03-01"),
            ("0.25", false, "06:00:00"),
            ("-1", false, "-1"),
            ("2958466", false, "2958466"),
            ("NaN", false, "NaN"),
        ] {
            assert_eq!(day(text, is_1904), wanted, "{text}");
        }
    }
}
