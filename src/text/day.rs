//! Dates as the cells of a statement have them. Of `05/07/17` the cell does not say which is the day: the file does.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

use super::dates::{self, Order};
use super::table;
use super::{header, trimmed};

/// Bytes of a day whose year has four digits.
pub const LONG: usize = 10;

/// What stands between the day of a booking and the one for which it counts.
const AS_OF: &str = " as of ";
/// Zones behind a time.
const ZONES: [&str; 30] = [
    "UTC", "GMT", "BST", "IST", "WET", "WEST", "CET", "CEST", "MEZ", "MESZ", "EET", "EEST", "MSK", "EST",
    "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "HST", "SGT", "HKT", "JST", "AEST", "AEDT",
    "NZST", "NZDT",
];

/// Names of weekdays.
static WEEKDAYS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let rows = table::rows(include_str!("weekdays.tsv"));
    rows.flat_map(|[_, names]: [&str; 2]| names.split(' ')).collect()
});

/// What a cell can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// One day, whatever the file's order is.
    Sure(NaiveDate),
    /// A day for each order in which it is one, as in [`Order::ALL`].
    Open([Option<NaiveDate>; 3]),
}

impl Day {
    /// The day in a file of this order.
    #[must_use]
    pub fn of(self, order: Option<Order>) -> Option<NaiveDate> {
        match self {
            Self::Sure(day) => Some(day),
            Self::Open(days) => order.and_then(|order| days.get(order as usize).copied().flatten()),
        }
    }
}

/// The cell of the date that was read last and what it can be: that of the next line is often the same.
#[derive(Debug, Clone, Default)]
pub struct Last {
    cell: String,
    day: Option<Day>,
}

impl Last {
    /// What a cell can be, as [`day`] tells.
    pub fn day(&mut self, cell: &str, last_year: i32) -> Option<Day> {
        if self.cell != cell {
            self.day = day(cell, last_year);
            cell.clone_into(&mut self.cell);
        }
        self.day
    }
}

/// What a cell can be; nothing where it is no date. The written day counts, whatever time and zone stand behind it.
#[must_use]
pub fn day(cell: &str, last_year: i32) -> Option<Day> {
    day_within(cell, &(dates::FIRST_YEAR..=last_year))
}

/// The same where the years are not those of statements.
#[must_use]
pub fn day_within(cell: &str, years: &RangeInclusive<i32>) -> Option<Day> {
    if let Some(day) = dates::date(cell) {
        return Some(Day::Sure(day));
    }
    let text = trimmed(cell);
    bare(text, years).or_else(|| among_words(text, years))
}

/// A day with the name of its weekday before it, or another day behind it: `02/20/2024 as of 02/18/2024` is booked on the first.
fn among_words(text: &str, years: &RangeInclusive<i32>) -> Option<Day> {
    if let Some((first, other)) = text.split_once(AS_OF) {
        return bare(other, years).and_then(|_| bare(first, years));
    }
    let (first, rest) = text.split_once([' ', ',']).filter(|_| text.starts_with(char::is_alphabetic))?;
    // Few texts have a day behind their first word, and only of these it is spelt out.
    bare(rest.trim_start(), years).filter(|_| WEEKDAYS.contains(header::key(first).as_str()))
}

/// A day of numbers and a month, be it with a time behind it.
fn bare(text: &str, years: &RangeInclusive<i32>) -> Option<Day> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.get(..8).filter(|_| is_digits(text) && has_time_of_digits(text)).unwrap_or(text);
    if text.len() == 8 && is_digits(text) {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        let day = date(year, month.parse().ok()?, day)?;
        return years.contains(&day.year()).then_some(Day::Sure(day));
    }
    let parts = Parts::of(text)?;
    let [first, middle, last] = parts.texts;
    match [first, middle, last].map(is_digits) {
        [true, true, true] if first.len() == 4 => {
            let month = middle.parse().ok().filter(|_| middle.len() <= 2)?;
            date(first, month, last).map(Day::Sure)
        }
        [true, true, true] => numbers(parts, years),
        // 1 November 2021, 5.Sept.2017
        [true, false, true] if first.len() <= 2 => date(last, month(middle)?, first).map(Day::Sure),
        // 2021-Nov-05
        [true, false, true] => date(first, month(middle)?, last).map(Day::Sure),
        // June 1, 2026
        [false, true, true] => date(last, month(first)?, middle).map(Day::Sure),
        _ => None,
    }
}

/// Whether the time stands behind a day without anything between them, as in `20240215235959`.
fn has_time_of_digits(text: &str) -> bool {
    let part = |at: usize| text.get(at..at + 2).and_then(|part| part.parse::<u32>().ok());
    text.len() == 14 && part(8) < Some(24) && part(10) < Some(60) && part(12) < Some(60)
}

/// Three numbers of which the year does not stand first in four digits.
fn numbers(parts: Parts, years: &RangeInclusive<i32>) -> Option<Day> {
    let [first, middle, last] = parts.texts;
    if [first, middle].iter().any(|text| text.len() > 2) || !matches!(last.len(), 2 | 4) {
        return None;
    }
    let possible = |year: &str, month: &str, day: &str| {
        let day = date(year, month.parse().ok()?, day)?;
        years.contains(&day.year()).then_some(day)
    };
    // Nobody writes the month first between points, or a year of two digits.
    let is_dotted = parts.mark == '.';
    let days = [
        possible(last, middle, first),
        possible(last, first, middle).filter(|_| !is_dotted),
        possible(first, middle, last).filter(|_| !is_dotted && first.len() == 2 && last.len() == 2),
    ];
    days.iter().any(Option::is_some).then_some(Day::Open(days))
}

/// The three parts of a date.
#[derive(Clone, Copy)]
struct Parts<'a> {
    texts: [&'a str; 3],
    /// What stands behind the first.
    mark: char,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        const BETWEEN: [char; 5] = ['-', '/', '.', ' ', ','];
        if let Some(parts) = Self::together(text) {
            return Some(parts);
        }
        let end = |text: &'a str| text.find(BETWEEN).and_then(|at| text.split_at_checked(at));
        let behind = |rest: &'a str| rest.trim_start_matches(BETWEEN);
        let (first, rest) = end(text)?;
        let mark = rest.chars().next()?;
        // One mark, of which a blank may stand behind.
        let is_narrow = |text: &'a str, rest: &'a str| text.len() - rest.len() <= 2;
        let next = behind(rest);
        let (middle, more) = end(next)?;
        let last = behind(more);
        if !is_narrow(rest, next) || !is_narrow(more, last) {
            return None;
        }
        // The point of a month that is cut short: `15-févr.-2024`
        let more = more.strip_prefix('.').filter(|more| more.starts_with(mark)).unwrap_or(more);
        let is_same = more.starts_with(mark) || mark == ' ' || more.starts_with([' ', ',']) && mark == '.';
        let last = without_time(last)?;
        // Some languages write a point behind each number, the last one too: `2019.04.19.`
        let last = if mark == '.' { last.strip_suffix('.').unwrap_or(last) } else { last };
        is_same.then_some(Self { texts: [first, middle, last], mark })
    }

    /// The parts of a date with nothing between them, which its month of letters tells apart: `02Jan2023`.
    fn together(text: &'a str) -> Option<Self> {
        let at = text.find(|letter: char| !letter.is_ascii_digit())?;
        let (first, rest) = text.split_at_checked(at).filter(|(first, _)| !first.is_empty())?;
        let at = rest.find(|letter: char| !letter.is_alphabetic())?;
        let (middle, last) = rest.split_at_checked(at).filter(|(middle, _)| !middle.is_empty())?;
        Some(Self { texts: [first, middle, without_time(last)?], mark: '-' })
    }
}

/// A last part without the time behind it.
fn without_time(last: &str) -> Option<&str> {
    let (last, time) = last.split_at_checked(last.find([' ', 'T', ',']).unwrap_or(last.len()))?;
    let zone = time.rsplit_once(' ').filter(|(_, zone)| ZONES.contains(zone));
    let time = zone.map_or(time, |(time, _)| time);
    let is_time = |letter: char| letter.is_ascii_digit() || " ,:.+-TZAPM".contains(letter);
    let has_time = time.contains(':') && time.chars().all(is_time);
    (time.is_empty() || has_time).then_some(last)
}

/// A day; a year of two digits is of this century.
fn date(year: &str, month: u32, day: &str) -> Option<NaiveDate> {
    let number: i32 = year.parse().ok()?;
    let year = match year.len() {
        2 => 2000 + number,
        4 if number >= 1000 => number,
        _ => return None,
    };
    if day.len() > 2 || !day.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, day.parse().ok()?)
}

/// The months of each start of three letters or more of their names; several where the start does not tell.
static MONTHS: LazyLock<HashMap<String, (u32, bool)>> = LazyLock::new(|| {
    let mut months = HashMap::new();
    for [_, names] in table::rows(include_str!("months.tsv")) {
        for (name, month) in names.split(' ').zip(1..) {
            for end in 3..=name.len() {
                let start = name.get(..end).unwrap_or(name).to_owned();
                let is_whole = end == name.len();
                match months.get_mut(&start) {
                    None => drop(months.insert(start, (month, is_whole))),
                    // A whole name is the month, whatever longer names begin so.
                    Some((known, known_whole)) if *known != month => match (is_whole, *known_whole) {
                        (true, false) => (*known, *known_whole) = (month, true),
                        (false, true) => {}
                        _ => *known = 0,
                    },
                    Some((_, known_whole)) => *known_whole |= is_whole,
                }
            }
        }
    }
    months
});

fn month(name: &str) -> Option<u32> {
    let key = header::key(name);
    MONTHS.get(&key).map(|(month, _)| *month).filter(|month| *month > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn a_cell_is_one_day_or_a_day_for_each_order() {
        for (cell, sure) in [
            ("20180413", "2018-04-13"),
            ("01 NOV 2021", "2021-11-01"),
            ("June 1, 2026", "2026-06-01"),
            ("1 November 2021", "2021-11-01"),
            ("5-JUL-2017", "2017-07-05"),
            ("5-July-2017", "2017-07-05"),
            ("5-Sept-2017", "2017-09-05"),
            ("1-abr-2017", "2017-04-01"),
            ("1. März 2024", "2024-03-01"),
            ("3 août 2023", "2023-08-03"),
            ("7 października 2022", "2022-10-07"),
            ("5. června 2022", "2022-06-05"),
            ("5. července 2022", "2022-07-05"),
            ("2024.01.31", "2024-01-31"),
            ("2019.04.19.", "2019-04-19"),
            ("2019. 04. 19.", "2019-04-19"),
            ("2019.04.19. 10:15", "2019-04-19"),
            ("02Jan2023", "2023-01-02"),
            ("2JAN23", "2023-01-02"),
            ("2023Jan02", "2023-01-02"),
            ("02Jan2023 10:15", "2023-01-02"),
            ("2021-Nov-05", "2021-11-05"),
            ("2020-02-13T23:30:00Z", "2020-02-13"),
            ("15-févr.-2024", "2024-02-15"),
            ("15 févr. 2024", "2024-02-15"),
            ("Thu 15 Feb 2024", "2024-02-15"),
            ("Do., 15. Februar 2024", "2024-02-15"),
            ("Thursday, February 15, 2024", "2024-02-15"),
            ("jeudi 15 février 2024", "2024-02-15"),
            ("2024-02-15 10:15:00 CET", "2024-02-15"),
            ("Feb 15, 2024 10:15 PM PST", "2024-02-15"),
            ("20240215235959", "2024-02-15"),
        ] {
            assert_eq!(day(cell, 2027), Some(Day::Sure(sure.parse().unwrap())), "{cell}");
        }
        for (cell, orders) in [
            ("31/01/2024", ["2024-01-31", "", ""]),
            ("01/19/2024", ["", "2024-01-19", ""]),
            ("01/02/2024", ["2024-02-01", "2024-01-02", ""]),
            ("01/02/2024 10:15", ["2024-02-01", "2024-01-02", ""]),
            ("02/20/2024 as of 02/18/2024", ["", "2024-02-20", ""]),
            ("Tue 01/02/2024", ["2024-02-01", "2024-01-02", ""]),
            ("01/02/2024 10:15 PST", ["2024-02-01", "2024-01-02", ""]),
            ("01.02.2024", ["2024-02-01", "", ""]),
            ("01.02.24", ["2024-02-01", "", ""]),
            ("01.02.2024.", ["2024-02-01", "", ""]),
            ("1. 2. 2024.", ["2024-02-01", "", ""]),
            ("17-07-05", ["2005-07-17", "", "2017-07-05"]),
            ("05-07-17", ["2017-07-05", "2017-05-07", "2005-07-17"]),
            ("31-12-19", ["2019-12-31", "", ""]),
        ] {
            let Some(Day::Open(days)) = day(cell, 2027) else { panic!("{cell}") };
            assert_eq!(days.map(|day| day.map(|day| day.to_string()).unwrap_or_default()), orders, "{cell}");
        }
        for cell in [
            "",
            "EPOCH",
            "infinity",
            "x",
            "31/13/2024",
            "00/01/2024",
            "1/2",
            "1/2/3/4",
            "5 jui 2020",
            "99999999",
            "20171301",
            "2024-01-31x",
            "20240215245959",
            "20240215236",
            "Rent 15 Feb 2024",
            "01/02/2024 10:15 SHOP",
            "02/20/2024 as of today",
            "15-Feb.2024",
            "1-Foo-17",
            "1Foo17",
            "02Jan",
            "02Jan023",
            "Jan2023",
            "2Jan2023x",
            "01/02/2024.",
            "2019.04.19..",
            "2019.04.",
            "05/07.17",
            "1/2/017",
            "12:30:00",
            "1,234.56",
            "1.234.567",
            "1/1/1969",
        ] {
            assert_eq!(day(cell, 2027), None, "{cell}");
        }
    }
}
