//! Dates as statements write them, read in one way only: what could be another day is not a date here.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::trimmed;

/// In which order a file writes day, month and year where numbers alone do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    Dmy,
    Mdy,
    Ymd,
}

impl Order {
    pub const ALL: [Self; 3] = [Self::Dmy, Self::Mdy, Self::Ymd];

    /// The word for it on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }
}

/// No statement of a computer is older.
pub const FIRST_YEAR: i32 = 1970;

/// Whether a day lies in the years that a file may speak of.
#[must_use]
pub fn is_possible(day: NaiveDate, last_year: i32) -> bool {
    (FIRST_YEAR..=last_year).contains(&day.year())
}

const MONTHS: [&[u8; 3]; 12] =
    [b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"];

/// The date that a cell is: `5-Jul-17`, `05-JUL-2017`, or `2017-07-05` and `2017/7/5`, also with a time behind, of
/// which the written day counts whatever its zone. Years of two digits are of this century.
#[must_use]
pub fn date(cell: &str) -> Option<NaiveDate> {
    let text = trimmed(cell).as_bytes();
    let mark = *text.iter().find(|byte| !byte.is_ascii_digit())?;
    let mut parts = text.splitn(3, |byte| *byte == mark);
    let (first, middle, last) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = match middle {
        [a, b, c] if mark == b'-' => {
            let name = [a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()];
            let place = MONTHS.iter().position(|known| **known == name)?;
            let year = if last.len() == 2 { 2000 + digits(last)? } else { year(last)? };
            (year, u32::try_from(place).ok()? + 1, digits(first).filter(|_| first.len() <= 2)?)
        }
        _ if matches!(mark, b'-' | b'/') && middle.len() <= 2 => {
            let day = last.iter().position(|byte| matches!(byte, b' ' | b'T' | b't')).unwrap_or(last.len());
            let (day, time) = last.split_at_checked(day)?;
            let is_time = |byte: &u8| byte.is_ascii_digit() || b":.+-Zz".contains(byte);
            if time.len() == 1 || !time.iter().skip(1).all(is_time) {
                return None;
            }
            (year(first)?, digits(middle)?, digits(day).filter(|_| day.len() <= 2)?)
        }
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
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
    fn a_date_is_one_day_or_none() {
        for (cell, day) in [
            ("5-Jul-17", "2017-07-05"),
            ("29-JUN-2017", "2017-06-29"),
            (" 31-dec-2018\u{a0}", "2018-12-31"),
            ("2017-06-29", "2017-06-29"),
            ("2017-6-9", "2017-06-09"),
            ("2017/06/29", "2017-06-29"),
            ("2020-02-13T23:30:00Z", "2020-02-13"),
            ("2020-02-13T00:00:00+02:00", "2020-02-13"),
            ("2020-02-13 23:59:59.999", "2020-02-13"),
            ("0999-01-01", ""),
        ] {
            assert_eq!(date(cell).map(|day| day.to_string()).unwrap_or_default(), day, "{cell}");
        }
        for cell in [
            "",
            "EPOCH",
            "infinity",
            "-infinity",
            "31-Jun-17",
            "0-Jan-17",
            "29-Feb-17",
            "2017-13-01",
            "2017-02-29",
            "3-XXX-17",
            "5/7/17",
            "05/07/2017",
            "17-07-05",
            "05-07-17",
            "05-07-2017",
            "5-Jul-1",
            "0017-01-01",
            "5-Jul-017",
            "-5-Jul-17",
            "5-Jul--7",
            "20170705",
            "2017-06/29",
            "2017-06-29T",
            "2017-06-29 x",
            "5/Jul/17",
            "5-Jul-17 10:00",
            "2017-06",
            "2017.06.29",
            "٣-Jan-17",
        ] {
            assert_eq!(date(cell), None, "{cell}");
        }
    }

    #[test]
    fn years_have_an_end() {
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let possible = [1969, 1970, 2027, 2028].map(|year| is_possible(day(year), 2027));
        assert_eq!(possible, [false, true, true, false]);
    }
}
