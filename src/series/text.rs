//! Dates and amounts that are written as text: each cell says what it can, and the column settles what one cell leaves
//! open. Nothing is guessed: a column that stays open is asked about.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use super::SeriesError;

/// Which number of `03/04/2024` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// The first one.
    Dmy,
    /// The second one.
    Mdy,
}

impl FromStr for DateOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "dmy" => Ok(Self::Dmy),
            "mdy" => Ok(Self::Mdy),
            _ => Err("it is dmy or mdy".into()),
        }
    }
}

/// A cell that shows something, kept to be named.
type Example = Option<String>;

/// What the cells of a column show of two ways to read them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shown {
    /// Cells that only the first way reads, that only the second one reads, and that both do.
    first: Example,
    second: Example,
    either: Example,
}

/// The ways in which a cell can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    First,
    Second,
    Either,
    /// It does not matter.
    Same,
}

impl Shown {
    pub(super) fn add(&mut self, way: Way, text: &str) {
        let place = match way {
            Way::First => &mut self.first,
            Way::Second => &mut self.second,
            Way::Either => &mut self.either,
            Way::Same => return,
        };
        if place.is_none() {
            *place = Some(text.trim().to_owned());
        }
    }

    /// Whether the second way counts.
    fn settle(
        &self,
        wanted: Option<bool>,
        open: impl Fn(String) -> SeriesError,
        mixed: impl Fn(String, String) -> SeriesError,
    ) -> Result<bool, SeriesError> {
        match (&self.first, &self.second, &self.either, wanted) {
            (Some(one), Some(other), ..) => Err(mixed(one.clone(), other.clone())),
            (Some(_), None, ..) | (None, None, None, None) => Ok(false),
            (None, Some(_), ..) => Ok(true),
            (None, None, _, Some(second)) => Ok(second),
            (None, None, Some(text), None) => Err(open(text.clone())),
        }
    }

    /// Whether the month stands first.
    pub(super) fn month_first(&self, name: &str, order: Option<DateOrder>) -> Result<bool, SeriesError> {
        self.settle(
            order.map(|order| order == DateOrder::Mdy),
            |example| SeriesError::DateOrder { name: name.to_owned(), example },
            |one, other| SeriesError::Mixed { name: name.to_owned(), one, other },
        )
    }

    /// Whether a comma stands before the fraction.
    pub(super) fn comma(&self, name: &str) -> Result<bool, SeriesError> {
        self.settle(
            None,
            |example| SeriesError::DecimalMark { name: name.to_owned(), example },
            |one, other| SeriesError::Mixed { name: name.to_owned(), one, other },
        )
    }
}

/// A written date, read day first where that is open: `2024-12-31`, `31/12/2024`, `12/31/2024` or `31.12.2024`, with a
/// time and a zone or without. The date is the written one, wherever its zone lies.
pub(super) fn date(text: &str) -> Option<(NaiveDate, Way)> {
    let text = text.trim();
    let day = text.split([' ', 'T']).next()?;
    let mark = day.chars().find(|sign| !sign.is_ascii_digit())?;
    let mut parts = day.split(mark);
    let (one, two, three) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || ![one, two, three].iter().all(|part| is_digits(part)) {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok();
    if one.len() == 4 {
        let date = NaiveDate::from_ymd_opt(one.parse().ok()?, number(two)?, number(three)?)?;
        return matches!(mark, '-' | '/' | '.').then_some((date, Way::Same));
    }
    if three.len() != 4 || one.len() > 2 || two.len() > 2 {
        return None;
    }
    let (year, one, two) = (three.parse().ok()?, number(one)?, number(two)?);
    let (day_first, month_first) =
        (NaiveDate::from_ymd_opt(year, two, one), NaiveDate::from_ymd_opt(year, one, two));
    match (mark, day_first, month_first) {
        ('/' | '-', Some(one), Some(other)) => {
            Some((one, if one == other { Way::Same } else { Way::Either }))
        }
        // Nobody puts points after a month that stands first.
        ('.', Some(date), _) | ('/' | '-', Some(date), None) => Some((date, Way::First)),
        ('/' | '-', None, Some(date)) => Some((date, Way::Second)),
        _ => None,
    }
}

/// A date that was read day first, read month first.
pub(super) fn turned(date: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(date.year(), date.day(), date.month()).unwrap_or(date)
}

/// A written amount, with a point before its fraction and with a comma, and what it shows.
pub(super) fn amount(text: &str) -> Option<(f64, f64, Way)> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (commas, points) = (digits.matches(',').count(), digits.matches('.').count());
    if commas == 0 && !digits.contains(['.']) || digits.contains(['e', 'E', 'n', 'N', 'i', 'I']) {
        let value = text.parse().ok()?;
        return Some((value, value, Way::Same));
    }
    let last = digits.rfind([',', '.'])?;
    let is_comma = digits[last..].starts_with(',');
    let (before, after) = (&digits[..last], &digits[last + 1..]);
    let this = if is_comma { Way::Second } else { Way::First };
    let other = if is_comma { Way::First } else { Way::Second };
    let way = match (commas, points) {
        (1.., 1..) => this,
        (2.., 0) | (0, 2..) => other,
        _ if after.len() == 3 && (1..=3).contains(&before.len()) && before != "0" => Way::Either,
        _ => this,
    };
    let plain = |group: char, mark: char| -> Option<f64> {
        let (whole, fraction) = text.split_once(mark).unwrap_or((text, ""));
        if fraction.contains(group) || !grouped(whole.trim_start_matches(['-', '+']), group) {
            return None;
        }
        format!("{}.{fraction}", whole.replace(group, "")).trim_end_matches('.').parse().ok()
    };
    let (with_point, with_comma) = (plain(',', '.'), plain('.', ','));
    match way {
        Way::First => with_point.map(|value| (value, value, way)),
        Way::Second => with_comma.map(|value| (value, value, way)),
        _ => Some((with_point?, with_comma?, way)),
    }
}

/// Whether a whole number is digits, in groups of three where there are groups.
fn grouped(text: &str, mark: char) -> bool {
    let mut groups = text.split(mark);
    let first = groups.next().unwrap_or_default();
    let mut groups = groups.peekable();
    let short = groups.peek().is_none() || (1..=3).contains(&first.len());
    short
        && first.chars().all(|sign| sign.is_ascii_digit())
        && groups.all(|group| group.len() == 3 && is_digits(group))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_dates_say_what_they_are() {
        let read = |text: &str| date(text).map(|(date, way)| (date.to_string(), way));
        let day = |text: &str, way| Some((text.to_owned(), way));
        assert_eq!(read("2024-12-31"), day("2024-12-31", Way::Same));
        // The zone does not move the written date.
        assert_eq!(read("2023-03-26T00:00:00+01:00"), day("2023-03-26", Way::Same));
        assert_eq!(read("2024-01-01 23:30:00-05"), day("2024-01-01", Way::Same));
        assert_eq!(read("31/12/2024"), day("2024-12-31", Way::First));
        assert_eq!(read("12/31/2024"), day("2024-12-31", Way::Second));
        assert_eq!(read("03/04/2024"), day("2024-04-03", Way::Either));
        assert_eq!(read("03.04.2024"), day("2024-04-03", Way::First));
        assert_eq!(read("04/04/2024"), day("2024-04-04", Way::Same));
        for wrong in ["31/12/24", "2024-13-01", "12/31.2024", "1,5", "", "2024", "a/b/2024", "31.31.2024"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn written_amounts_say_what_they_are() {
        assert_eq!(amount("1,200.50"), Some((1200.5, 1200.5, Way::First)));
        assert_eq!(amount("1.200,50"), Some((1200.5, 1200.5, Way::Second)));
        assert_eq!(amount("-1.234.567"), Some((-1_234_567.0, -1_234_567.0, Way::Second)));
        assert_eq!(amount("1200,5"), Some((1200.5, 1200.5, Way::Second)));
        assert_eq!(amount("1,200"), Some((1200.0, 1.2, Way::Either)));
        assert_eq!(amount("1.200"), Some((1.2, 1200.0, Way::Either)));
        assert_eq!(amount("0.125"), Some((0.125, 0.125, Way::First)));
        assert_eq!(amount("1234.567"), Some((1234.567, 1234.567, Way::First)));
        assert_eq!(amount("1e3"), Some((1000.0, 1000.0, Way::Same)));
        for wrong in ["1,2.3,4", "1.2.3", "12,34.5", "abc", "", ",", "1 200", "12a,5"] {
            assert_eq!(amount(wrong), None, "{wrong}");
        }
    }
}
