//! Amounts as statements write them, exact, and what their marks say about the file.
//!
//! One of point and comma begins the decimals and the other groups thousands, the Western or the Indian way. `1.234` and
//! `1,234` may be meant the other way round: they count only where other cells of the file show which way it is.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::records::Bad;
use super::{EXACT, trimmed};

/// Decimals of amounts in the table.
const SCALE: usize = 4;

pub const NOT_AN_AMOUNT: Bad = Bad { error: "bad_amount", message: "the cell is not a valid amount" };
pub const CUT: Bad =
    Bad { error: "bad_amount", message: "the amount has more decimals than the table, and none is cut off" };
pub const TOO_LARGE: Bad = Bad { error: "bad_amount", message: "the amount is larger than 922 trillion" };
pub const UNCLEAR: Bad = Bad {
    error: "unclear_amount",
    message: "the mark may group thousands or begin the decimals, and no other cell of the file settles which: --decimal says it",
};

/// Signs of what is below zero.
pub const MINUS: [char; 4] = ['-', '\u{2212}', '\u{2013}', '\u{2010}'];

/// What stands before the decimals of a file's amounts; the other one groups thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    #[default]
    Point,
    Comma,
}

impl Mark {
    pub const BOTH: [Self; 2] = [Self::Point, Self::Comma];

    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }

    /// The word for it on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Point => b'.',
            Self::Comma => b',',
        }
    }
}

/// An amount in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    pub units: i64,
    /// Whether it could be meant the other way round.
    pub is_unclear: bool,
}

/// What the cells of a file show about its marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// A cell can only be read with a point before the decimals.
    point: bool,
    /// A cell can only be read with a comma before the decimals, or with points that group.
    comma: bool,
}

impl Marks {
    /// The mark before decimals, where cells show one and none shows the other.
    #[must_use]
    pub fn settled(self) -> Option<Mark> {
        match (self.point, self.comma) {
            (true, false) => Some(Mark::Point),
            (false, true) => Some(Mark::Comma),
            _ => None,
        }
    }

    /// Reads a cell and notes what it shows; nothing for an empty cell, or for a dash, which stands for one.
    ///
    /// # Errors
    /// When it is not an amount, or not one that the table can hold.
    pub fn amount(&mut self, cell: &str) -> Result<Option<Amount>, Bad> {
        let text = trimmed(cell);
        if text.is_empty() || text == "-" {
            return Ok(None);
        }
        if cell.ends_with(EXACT) {
            return Ok(Some(Amount { is_unclear: false, ..read(text, Mark::Point)?.0 }));
        }
        let (amount, shows_point) =
            read(text, Mark::Point).inspect_err(|_| self.comma |= has_decimal_comma(text))?;
        self.point |= shows_point;
        Ok(Some(amount))
    }
}

/// Digits and marks of a text whose amount the table can hold whatever they are.
const SHORT: usize = 14;

/// What [`read`] tells of a few digits without groups and with no more decimals than the table's, as nearly all amounts have
/// them; nothing of others.
#[must_use]
pub fn short(text: &str, mark: Mark) -> Option<(Amount, bool)> {
    let (is_negative, unsigned) = match text.as_bytes() {
        [b'-', unsigned @ ..] => (true, unsigned),
        [b'+', unsigned @ ..] | unsigned => (false, unsigned),
    };
    if unsigned.len() > SHORT {
        return None;
    }
    let (mut units, mut point) = (0_i64, None);
    for (place, byte) in unsigned.iter().enumerate() {
        if byte.is_ascii_digit() {
            units = units * 10 + i64::from(byte - b'0');
        } else if *byte == mark.byte() && point.is_none() {
            point = Some(place);
        } else {
            return None;
        }
    }
    let whole = point.unwrap_or(unsigned.len());
    let decimals = point.map_or(0, |point| unsigned.len() - point - 1);
    if whole + decimals == 0 {
        return None;
    }
    let units = units * [10_000, 1_000, 100, 10, 1].get(decimals)?;
    let is_unclear = decimals == 3 && (1..=3).contains(&whole) && unsigned.first() != Some(&b'0');
    let units = if is_negative { -units } else { units };
    Some((Amount { units, is_unclear }, !is_unclear && decimals > 0))
}

/// The amount of a text without blanks, with this mark before its decimals, and whether it can only be read so.
///
/// # Errors
/// When it is not an amount, or not one that the table can hold.
pub fn read(text: &str, mark: Mark) -> Result<(Amount, bool), Bad> {
    short(text, mark).map_or_else(|| read_long(text, mark), Ok)
}

fn read_long(text: &str, mark: Mark) -> Result<(Amount, bool), Bad> {
    let (mark, groups) = (mark.byte(), mark.other().byte());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text).as_bytes();
    let digit = |byte: u8| Some(byte.wrapping_sub(b'0')).filter(|digit| *digit < 10).map(u64::from);
    let point = unsigned.iter().position(|byte| *byte == mark).unwrap_or(unsigned.len());
    let (whole, decimals) = unsigned.split_at_checked(point).unwrap_or_default();
    let decimals = decimals.get(1..).unwrap_or_default();
    let (mut units, mut commas, mut group, mut leading) = (0_u64, 0, 0, 0);
    // Whether the groups behind the first comma have three digits, and those before the last comma two.
    let (mut is_western, mut is_indian) = (true, true);
    for byte in whole {
        match digit(*byte) {
            Some(digit) => {
                units = units.checked_mul(10).and_then(|units| units.checked_add(digit)).ok_or(TOO_LARGE)?;
                group += 1;
            }
            None if *byte == groups => {
                if commas == 0 {
                    leading = group;
                } else {
                    is_western &= group == 3;
                    is_indian &= group == 2;
                }
                commas += 1;
                group = 0;
            }
            None => return Err(NOT_AN_AMOUNT),
        }
    }
    let is_grouped = commas > 0;
    let in_groups = group == 3
        && unsigned.first().is_some_and(|first| (b'1'..=b'9').contains(first))
        && ((is_western && leading <= 3) || (is_indian && leading <= 2));
    if (is_grouped && !in_groups) || (whole.is_empty() && decimals.is_empty()) {
        return Err(NOT_AN_AMOUNT);
    }
    let mut is_cut = false;
    for (place, byte) in decimals.iter().enumerate() {
        let digit = digit(*byte).ok_or(NOT_AN_AMOUNT)?;
        if place < SCALE {
            units = units.checked_mul(10).and_then(|units| units.checked_add(digit)).ok_or(TOO_LARGE)?;
        } else {
            is_cut |= digit > 0;
        }
    }
    let rest = u32::try_from(SCALE.saturating_sub(decimals.len())).unwrap_or_default();
    let units = units.checked_mul(10_u64.pow(rest)).and_then(|units| i64::try_from(units).ok());
    let is_short = (1..=3).contains(&whole.len()) && whole.first() != Some(&b'0');
    let is_unclear = if is_grouped {
        commas == 1 && decimals.is_empty() && point == unsigned.len()
    } else {
        is_short && decimals.len() == 3
    };
    if is_cut {
        return Err(CUT);
    }
    let units = units.ok_or(TOO_LARGE)?;
    let units = if text.starts_with('-') { -units } else { units };
    Ok((Amount { units, is_unclear }, !is_unclear && (is_grouped || !decimals.is_empty())))
}

/// A number without blanks or apostrophes between its thousands, and whether it had any.
#[must_use]
pub fn joined(number: &str) -> Option<(Cow<'_, str>, bool)> {
    if number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) {
        return Some((number.into(), false));
    }
    let is_group =
        |letter: char| matches!(letter, ' ' | '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' | '\u{2009}');
    let mark = number.find(['.', ',']).unwrap_or(number.len());
    let (whole, decimals) = number.split_at(mark);
    let mut groups = whole.split(is_group);
    let first = groups.next()?;
    let rest: Vec<_> = groups.collect();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_western = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    let is_indian = (1..=2).contains(&first.len())
        && rest.iter().rev().enumerate().all(|(place, group)| group.len() == if place == 0 { 3 } else { 2 });
    let is_whole = is_digits(first) && !first.starts_with('0') && rest.iter().all(|group| is_digits(group));
    let has_one_mark = is_digits(decimals.get(1..).unwrap_or_default());
    let has_groups = !rest.is_empty() && are_same(whole.chars().filter(|letter| is_group(*letter)));
    (has_groups && is_whole && has_one_mark && (is_western || is_indian))
        .then(|| (format!("{first}{}{decimals}", rest.concat()).into(), true))
}

fn are_same(mut letters: impl Iterator<Item = char>) -> bool {
    let first = letters.next();
    letters.all(|letter| Some(letter) == first)
}

/// Bytes of the longest amount: a sign, twenty digits, a point.
const LONGEST: usize = 22;

/// Two digits of each number below a hundred: to divide takes the time, and so it is done half as often.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number as usize] = [b'0' + number / 10, b'0' + number % 10];
        number += 1;
    }
    pairs
};

/// An amount in ten-thousandths as `-1234.5000`, without memory of its own.
pub struct Exact {
    text: [u8; LONGEST],
    first: usize,
}

impl Exact {
    #[must_use]
    pub fn of(units: i64) -> Self {
        let pair = |number: u64| PAIRS[(number % 100) as usize];
        let (mut whole, decimals) = (units.unsigned_abs() / 10_000, units.unsigned_abs() % 10_000);
        let mut exact = Self { text: [b'0'; LONGEST], first: LONGEST };
        exact.put(pair(decimals));
        exact.put(pair(decimals / 100));
        exact.put(*b".");
        while whole >= 100 {
            exact.put(pair(whole));
            whole /= 100;
        }
        let [tens, ones] = pair(whole);
        exact.put([ones]);
        if tens > b'0' {
            exact.put([tens]);
        }
        if units < 0 {
            exact.put(*b"-");
        }
        exact
    }

    /// Puts bytes before those that are there.
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.first -= N;
        if let Some((place, _)) = self.text.get_mut(self.first..).and_then(<[u8]>::split_first_chunk_mut) {
            *place = bytes;
        }
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.text.get(self.first..).unwrap_or_default()
    }

    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

/// Ten-thousandths as text with a point before the decimals, of which as many stand there as the amount needs.
#[must_use]
pub fn text(units: i128, least_decimals: usize) -> String {
    let (whole, rest) = (units.unsigned_abs() / 10_000, units.unsigned_abs() % 10_000);
    let sign = if units < 0 { "-" } else { "" };
    let decimals = format!("{rest:04}");
    let decimals = format!("{:0<least_decimals$}", decimals.trim_end_matches('0'));
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

/// Whether a cell that is not an amount here is one with a decimal comma, or with points between its thousands.
fn has_decimal_comma(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, decimals) = unsigned.split_once(',').unwrap_or((unsigned, "0"));
    let is_grouped = whole.matches('.').count() > 1 && whole.split('.').skip(1).all(|group| group.len() == 3);
    whole.split('.').all(is_digits) && is_digits(decimals) && (unsigned.contains(',') || is_grouped)
}

/// A number that a program wrote with an exponent, for example `1.85E+8`, in the digits that it stands for.
#[must_use]
pub fn without_exponent(text: &str) -> Option<String> {
    let (number, exponent) = text.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= 40)?;
    let (sign, unsigned) = number.strip_prefix('-').map_or(("", number), |unsigned| ("-", unsigned));
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{decimals}");
    if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let place = usize::try_from(point.max(0)).ok()?;
    let before = usize::try_from((-point).max(0)).ok()?;
    let digits = format!("{}{digits}", "0".repeat(before));
    let digits = format!("{digits:0<place$}");
    let (whole, decimals) = digits.split_at_checked(place)?;
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_the_marks_of_others_settle_theirs() {
        // The cell, its ten-thousandths, and what it shows: p a point, c a comma, ? that it could be either.
        for (cell, units, shows) in [
            ("0", 0, ""),
            ("1000", 10_000_000, ""),
            (" -5.25 ", -52_500, "p"),
            ("+1", 10_000, ""),
            (".5", 5_000, "p"),
            ("5.", 50_000, ""),
            ("10,00,000.00", 10_000_000_000, "p"),
            ("1,00,000", 1_000_000_000, "p"),
            ("1,000,000", 10_000_000_000, "p"),
            ("1,234", 12_340_000, "?"),
            ("1.234", 12_340, "?"),
            ("-999.999", -9_999_990, "?"),
            ("0.123", 1_230, "p"),
            ("1234.567", 12_345_670, "p"),
            ("1,234.567", 12_345_670, "p"),
            ("1.50000", 15_000, "p"),
            ("00012.10", 121_000, "p"),
            ("922337203685477.5807", i64::MAX, "p"),
        ] {
            let mut marks = Marks::default();
            let amount = marks.amount(cell).unwrap().unwrap();
            let shown = [(marks.point, "p"), (marks.comma, "c"), (amount.is_unclear, "?")];
            let shown: String =
                shown.iter().filter(|(is_shown, _)| *is_shown).map(|(_, mark)| *mark).collect();
            assert_eq!((amount.units, shown.as_str()), (units, shows), "{cell}");
        }
        for cell in ["", " ", "-", "\u{a0}"] {
            assert_eq!(Marks::default().amount(cell), Ok(None), "{cell}");
        }
        for (cell, bad, shows_comma) in [
            ("12,50", NOT_AN_AMOUNT, true),
            ("1.234,56", NOT_AN_AMOUNT, true),
            ("1.000.000", NOT_AN_AMOUNT, true),
            ("0,123", NOT_AN_AMOUNT, true),
            ("0,021385479", NOT_AN_AMOUNT, true),
            ("1234,567", NOT_AN_AMOUNT, true),
            ("1,2345,678", NOT_AN_AMOUNT, false),
            ("1,,000", NOT_AN_AMOUNT, false),
            (",123", NOT_AN_AMOUNT, false),
            ("1 000", NOT_AN_AMOUNT, false),
            ("1e5", NOT_AN_AMOUNT, false),
            ("1_000", NOT_AN_AMOUNT, false),
            ("--5", NOT_AN_AMOUNT, false),
            ("(7.00)", NOT_AN_AMOUNT, false),
            ("$8.00", NOT_AN_AMOUNT, false),
            ("5.00-", NOT_AN_AMOUNT, false),
            ("5.00 DR", NOT_AN_AMOUNT, false),
            (".", NOT_AN_AMOUNT, false),
            ("1.2.3", NOT_AN_AMOUNT, false),
            ("١", NOT_AN_AMOUNT, false),
            ("Infinity", NOT_AN_AMOUNT, false),
            ("0.021385479", CUT, false),
            ("0.000000000000000000000001", CUT, false),
            ("922337203685477.5808", TOO_LARGE, false),
            ("99999999999999999999999", TOO_LARGE, false),
        ] {
            let mut marks = Marks::default();
            assert_eq!((marks.amount(cell), marks.comma), (Err(bad), shows_comma), "{cell}");
        }
    }

    #[test]
    fn a_short_amount_is_what_it_is_by_all_rules() {
        let letters = ["", "-", "+", ".", ",", "0", "1", "9"];
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            texts = texts.iter().flat_map(|text| letters.map(|letter| format!("{letter}{text}"))).collect();
        }
        let long =
            ["1234.567", "123.4567", "123.45678", "99999999999999", "9999999999999.9", "-9999999999.9999"];
        texts.extend(long.map(str::to_owned));
        let mut found = 0;
        for (text, mark) in texts.iter().flat_map(|text| Mark::BOTH.map(|mark| (text, mark))) {
            if let Some(amount) = short(text, mark) {
                assert_eq!(Ok(amount), read_long(text, mark), "{text} with {mark:?}");
                found += 1;
            }
        }
        assert!(found > 1000, "{found}");
    }

    #[test]
    fn ten_thousandths_are_text_with_the_decimals_that_they_need() {
        for (units, least, wanted) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (-50_000, 2, "-5.00"),
            (-50_000, 0, "-5"),
            (12_345, 2, "1.2345"),
            (1_005_000, 0, "100.5"),
            (1_005_000, 2, "100.50"),
            (-1, 2, "-0.0001"),
            (i128::from(i64::MIN), 2, "-922337203685477.5808"),
        ] {
            assert_eq!(text(units, least), wanted, "{units}");
        }
    }

    #[test]
    fn exponents_move_the_point_and_cut_nothing() {
        for (text, plain) in [
            ("1.85E+8", "185000000"),
            ("1e3", "1000"),
            ("-2.5e-3", "-0.0025"),
            ("1.23456e2", "123.456"),
            ("12345678901234.57E0", "12345678901234.57"),
        ] {
            assert_eq!(without_exponent(text).as_deref(), Some(plain), "{text}");
        }
        for text in ["1e400", "e5", "1e", "inf", "1", "1.2.3e4", "nan"] {
            assert_eq!(without_exponent(text), None, "{text}");
        }
    }
}
