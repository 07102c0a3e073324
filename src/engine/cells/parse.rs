//! The value that a text is, or none: nothing is rounded and nothing is guessed.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

/// So many digits fit 64 bits, whichever they are.
const DIGITS_OF_64_BITS: usize = 19;

/// `NaN`, `Infinity` and `1.0E10` among the floats.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The digits of a decimal as a whole number of its smallest unit.
pub(super) fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let scale = usize::try_from(scale).ok()?;
    let (kept, lost) = fraction.as_bytes().split_at_checked(scale).unwrap_or((fraction.as_bytes(), b""));
    if lost.iter().any(|digit| *digit != b'0') {
        return None;
    }
    let length = whole.trim_start_matches('0').len() + scale;
    if length > usize::from(precision) {
        return None;
    }
    let missing = std::iter::repeat_n(b'0', scale - kept.len());
    let mut digits = whole.bytes().chain(kept.iter().copied()).chain(missing);
    // Arithmetic of 128 bits takes several times as long.
    let value = if length <= DIGITS_OF_64_BITS {
        i128::from(digits.try_fold(0u64, |sum, mark| Some(sum * 10 + u64::from(digit(mark)?)))?)
    } else {
        digits.try_fold(0i128, |sum, mark| Some(sum * 10 + i128::from(digit(mark)?)))?
    };
    Some(if is_negative { -value } else { value })
}

fn digit(mark: u8) -> Option<u8> {
    mark.is_ascii_digit().then(|| mark - b'0')
}

/// Days since 1970-01-01.
pub(super) fn date(text: &str) -> Option<i32> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = digits.splitn(3, '-');
    let year = i32::try_from(whole(parts.next()?, 4..=6)?).ok()?;
    let (month, day) = (whole(parts.next()?, 2..=2)?, whole(parts.next()?, 2..=2)?);
    let date = NaiveDate::from_ymd_opt(if is_negative { -year } else { year }, month, day)?;
    Some(date.num_days_from_ce() - EPOCH)
}

/// 1970-01-01, counted as chrono counts days.
const EPOCH: i32 = 719_163;

/// Microseconds since midnight.
pub(super) fn time(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (whole(parts.next()?, 2..=2)?, whole(parts.next()?, 2..=2)?);
    let second = parts.next().map_or(Some(0), |second| whole(second, 2..=2))?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (kept, lost) = fraction.split_at_checked(6).unwrap_or((fraction, ""));
    if lost.bytes().any(|digit| digit != b'0') {
        return None;
    }
    let micros = if kept.is_empty() { 0 } else { whole(kept, 1..=6)? };
    let micros = i64::from(micros) * 10i64.pow(6 - u32::try_from(kept.len()).ok()?);
    Some((i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second)) * 1_000_000 + micros)
}

/// Microseconds since 1970-01-01.
pub(super) fn timestamp(text: &str) -> Option<i64> {
    let (day, clock) = text.split_once([' ', 'T'])?;
    i64::from(date(day)?).checked_mul(86_400_000_000)?.checked_add(time(clock)?)
}

/// A number of so many digits, without a sign.
fn whole(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    if !digits.contains(&text.len()) {
        return None;
    }
    text.bytes().try_fold(0, |sum: u32, mark| Some(sum * 10 + u32::from(digit(mark)?)))
}

/// Pairs of digits, with spaces between them or not.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |mark: u8| char::from(mark).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits = text.bytes().filter(|mark| *mark != b' ').map(digit).collect::<Option<Vec<_>>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// The standard alphabet, padded.
pub(in crate::engine) fn base64(text: &str) -> Option<Vec<u8>> {
    let (groups, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(groups.len() * 3);
    for (at, group) in groups.iter().enumerate() {
        let padding = group.iter().rev().take_while(|mark| **mark == b'=').count();
        if padding > 2 || (padding > 0 && at + 1 < groups.len()) {
            return None;
        }
        let digits = &group[..4 - padding];
        let value = digits.iter().try_fold(0u32, |sum, mark| Some(sum << 6 | digit_of_64(*mark)?))?;
        let [_, three @ ..] = (value << (6 * padding)).to_be_bytes();
        bytes.extend(&three[..3 - padding]);
    }
    Some(bytes)
}

fn digit_of_64(mark: u8) -> Option<u32> {
    let digit = match mark {
        b'A'..=b'Z' => mark - b'A',
        b'a'..=b'z' => mark - b'a' + 26,
        b'0'..=b'9' => mark - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_whole_or_not_at_all() {
        let cases: [(&str, Option<&[u8]>); 8] = [
            ("", Some(b"")),
            ("AA==", Some(b"\0")),
            ("/+8=", Some(b"\xff\xef")),
            ("YWJj", Some(b"abc")),
            ("SGVsbG8=", Some(b"Hello")),
            ("SGV", None),
            ("A===", None),
            ("AA==SGVs", None),
        ];
        for (text, expected) in cases {
            assert_eq!(base64(text).as_deref(), expected, "{text}");
        }
    }
}
