//! The days on which the euro's payment system is open, and with it the central bank's fixing.

use chrono::{Datelike, NaiveDate, Weekday};

use super::easter;

/// Whether TARGET was open: weekdays but New Year, Good Friday, Easter Monday, 1 May, 25 and 26 December (since 2000;
/// before, only New Year and Christmas), and the last days of 1999 and 2001.
#[must_use]
pub fn is_target_day(day: NaiveDate) -> bool {
    let since_easter = easter(day.year()).map_or(i64::MAX, |easter| (day - easter).num_days());
    let holiday = match (day.month(), day.day()) {
        (1, 1) | (12, 25) => true,
        (5, 1) | (12, 26) => day.year() >= 2000,
        (12, 31) => matches!(day.year(), 1999 | 2001),
        _ => day.year() >= 2000 && matches!(since_easter, -2 | 1),
    };
    !holiday && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_moves_and_target_closes() {
        let easters = [
            "1999-04-04",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2024-03-31",
            "2026-04-05",
            "2049-04-18",
        ];
        for text in easters {
            let day: NaiveDate = text.parse().unwrap();
            assert_eq!(easter(day.year()), Some(day));
        }
        let days = [
            ("1999-04-02", true),
            ("1999-12-31", false),
            ("2000-04-21", false),
            ("2000-12-26", false),
            ("2017-05-01", false),
            ("2017-07-01", false),
            ("2017-12-27", true),
        ];
        for (text, open) in days {
            assert_eq!(is_target_day(text.parse().unwrap()), open, "{text}");
        }
    }
}
