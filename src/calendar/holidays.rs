//! Bank holidays of a few countries, by rule: fixed dates, nth weekdays, Easter, and for Singapore the moon.
//!
//! Those of the moon are as gazetted from 2015 to 2026; in other years they are computed: Chinese New Year is exact,
//! the others may be a day or two off, and Vesak a moon.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Serialize;

use super::easter;

/// Whose holidays move a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Country {
    /// Singapore's public holidays.
    Sg,
    /// Mexico's bank holidays.
    Mx,
    /// Spain's national holidays.
    Es,
    /// Holidays of the Federal Reserve.
    Us,
    /// Closing days of the euro's settlement system.
    Target,
}

impl Country {
    /// All of them, by the name that a person types.
    pub const ALL: [(&str, Self); 5] =
        [("SG", Self::Sg), ("MX", Self::Mx), ("ES", Self::Es), ("US", Self::Us), ("TARGET", Self::Target)];
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Self::ALL.iter().find(|(_, country)| country == self);
        f.write_str(known.map_or("", |(name, _)| name))
    }
}

impl FromStr for Country {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        known.map(|(_, country)| *country).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!("no holidays are known for {text}; known are {}", names.join(", "))
        })
    }
}

/// How a date follows from a year.
enum Rule {
    /// Month and day.
    Fixed(u32, u32),
    /// Month, weekday and its number in the month.
    Nth(u32, Weekday, u8),
    /// Month and weekday: the last one.
    Last(u32, Weekday),
    /// Days after Easter Sunday.
    Easter(i64),
    /// Days after the new moon that begins the Chinese year.
    ChineseYear(i64),
    /// The full moon of May, in Singapore.
    Vesak,
    /// The new moon between mid-October and mid-November, in Singapore.
    Deepavali,
    /// Month and day of the tabular Islamic year; up to two in one year of ours.
    Islamic(i64, i64),
}

use Rule::{ChineseYear, Deepavali, Easter, Fixed, Islamic, Last, Nth, Vesak};

const SG: &[Rule] = &[
    Fixed(1, 1),
    ChineseYear(0),
    ChineseYear(1),
    Easter(-2),
    Fixed(5, 1),
    Vesak,
    Islamic(10, 1),
    Islamic(12, 10),
    Fixed(8, 9),
    Deepavali,
    Fixed(12, 25),
];
const MX: &[Rule] = &[
    Fixed(1, 1),
    Nth(2, Weekday::Mon, 1),
    Nth(3, Weekday::Mon, 3),
    Easter(-3),
    Easter(-2),
    Fixed(5, 1),
    Fixed(9, 16),
    Fixed(11, 2),
    Nth(11, Weekday::Mon, 3),
    Fixed(12, 12),
    Fixed(12, 25),
];
const ES: &[Rule] = &[
    Fixed(1, 1),
    Fixed(1, 6),
    Easter(-2),
    Fixed(5, 1),
    Fixed(8, 15),
    Fixed(10, 12),
    Fixed(11, 1),
    Fixed(12, 6),
    Fixed(12, 8),
    Fixed(12, 25),
];
const US: &[Rule] = &[
    Fixed(1, 1),
    Nth(1, Weekday::Mon, 3),
    Nth(2, Weekday::Mon, 3),
    Last(5, Weekday::Mon),
    Fixed(6, 19),
    Fixed(7, 4),
    Nth(9, Weekday::Mon, 1),
    Nth(10, Weekday::Mon, 2),
    Fixed(11, 11),
    Nth(11, Weekday::Thu, 4),
    Fixed(12, 25),
];
const TARGET: &[Rule] = &[Fixed(1, 1), Easter(-2), Easter(1), Fixed(5, 1), Fixed(12, 25), Fixed(12, 26)];

/// Vesak, Hari Raya Puasa, Hari Raya Haji and Deepavali as Singapore's Ministry of Manpower gazetted them: month and day.
const GAZETTED: [(i32, [(u32, u32); 4]); 12] = [
    (2015, [(6, 1), (7, 17), (9, 24), (11, 10)]),
    (2016, [(5, 21), (7, 6), (9, 12), (10, 29)]),
    (2017, [(5, 10), (6, 25), (9, 1), (10, 18)]),
    (2018, [(5, 29), (6, 15), (8, 22), (11, 6)]),
    (2019, [(5, 19), (6, 5), (8, 11), (10, 27)]),
    (2020, [(5, 7), (5, 24), (7, 31), (11, 14)]),
    (2021, [(5, 26), (5, 13), (7, 20), (11, 4)]),
    (2022, [(5, 15), (5, 3), (7, 10), (10, 24)]),
    (2023, [(6, 2), (4, 22), (6, 29), (11, 12)]),
    (2024, [(5, 22), (4, 10), (6, 17), (10, 31)]),
    (2025, [(5, 12), (3, 31), (6, 7), (10, 20)]),
    (2026, [(5, 31), (3, 21), (5, 27), (11, 8)]),
];

/// The holidays of a year in order, those on a Sunday moved where the country moves them.
#[must_use]
pub fn holidays(country: Country, year: i32) -> Vec<NaiveDate> {
    let (rules, moves) = match country {
        Country::Sg => (SG, true),
        Country::Mx => (MX, false),
        Country::Es => (ES, false),
        Country::Us => (US, true),
        Country::Target => (TARGET, false),
    };
    let mut days: Vec<NaiveDate> = rules
        .iter()
        // Juneteenth became a federal holiday in 2021.
        .filter(|rule| !(country == Country::Us && matches!(rule, Fixed(6, 19)) && year < 2021))
        .flat_map(|rule| rule.dates(year))
        .collect();
    days.sort_unstable();
    for place in 0..days.len() {
        while moves && (days[place].weekday() == Weekday::Sun || days[..place].contains(&days[place])) {
            let Some(next) = days[place].succ_opt() else { break };
            days[place] = next;
        }
    }
    days.dedup();
    days
}

impl Rule {
    fn dates(&self, year: i32) -> Vec<NaiveDate> {
        if let Some(gazetted) = self.gazetted(year) {
            return vec![gazetted];
        }
        let one = match self {
            Fixed(month, day) => NaiveDate::from_ymd_opt(year, *month, *day),
            Nth(month, weekday, number) => {
                NaiveDate::from_weekday_of_month_opt(year, *month, *weekday, *number)
            }
            Last(month, weekday) => (4..=5)
                .rev()
                .find_map(|number| NaiveDate::from_weekday_of_month_opt(year, *month, *weekday, number)),
            Easter(days) => easter(year).and_then(|sunday| after(sunday, *days)),
            // The second new moon after the solstice: the one between 21 January and 20 February.
            ChineseYear(days) => NaiveDate::from_ymd_opt(year, 1, 21)
                .and_then(|from| moon(from, 0.0))
                .and_then(|day| after(day, *days)),
            Vesak => NaiveDate::from_ymd_opt(year, 5, 2).and_then(|from| moon(from, 0.5)),
            Deepavali => NaiveDate::from_ymd_opt(year, 10, 16).and_then(|from| moon(from, 0.0)),
            Islamic(month, day) => return islamic(year, *month, *day),
        };
        one.into_iter().collect()
    }
}

impl Rule {
    /// The day that was gazetted, where it is known.
    fn gazetted(&self, year: i32) -> Option<NaiveDate> {
        let place = match self {
            Vesak => 0,
            Islamic(10, _) => 1,
            Islamic(..) => 2,
            Deepavali => 3,
            Fixed(..) | Nth(..) | Last(..) | Easter(_) | ChineseYear(_) => return None,
        };
        let (_, days) = GAZETTED.iter().find(|(known, _)| *known == year)?;
        NaiveDate::from_ymd_opt(year, days[place].0, days[place].1)
    }
}

fn after(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    let count = Days::new(days.unsigned_abs());
    if days < 0 { date.checked_sub_days(count) } else { date.checked_add_days(count) }
}

/// The first day on or after `from` with a new moon (`phase` 0) or a full moon (0.5), in UTC+8.
///
/// Mean phase with the largest periodic terms (Meeus, chapter 49): within a quarter of an hour.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "days of a calendar")]
fn moon(from: NaiveDate, phase: f64) -> Option<NaiveDate> {
    let epoch = NaiveDate::from_ymd_opt(2000, 1, 6)?;
    let start = (from - epoch).num_days() as f64;
    let first = (start / 29.530_588_861).floor() - 1.0;
    (0..4).find_map(|step| {
        let k = first + f64::from(step) + phase;
        let t = k / 1236.85;
        // Days after 2000-01-01 12:00; 69 seconds lie between dynamical time and UTC.
        let mean = 2_451_550.097_66 + 29.530_588_861 * k + 0.000_154_37 * t * t - 2_451_545.0 - 0.0008;
        let sun = (2.5534 + 29.105_356_70 * k).to_radians();
        let own = (201.5643 + 385.816_935_28 * k + 0.010_758_2 * t * t).to_radians();
        let latitude = (160.7108 + 390.670_502_84 * k - 0.001_611_8 * t * t).to_radians();
        let terms = if phase > 0.0 {
            -0.406_14 * own.sin() + 0.173_02 * sun.sin()
        } else {
            -0.407_20 * own.sin() + 0.172_41 * sun.sin()
        };
        let small =
            0.016_1 * (2.0 * own).sin() + 0.010_4 * (2.0 * latitude).sin() + 0.007_4 * (own - sun).sin()
                - 0.005_1 * (own + sun).sin()
                + 0.002_1 * (2.0 * sun).sin();
        let local = mean + terms + small + 0.5 + 8.0 / 24.0;
        let day = after(NaiveDate::from_ymd_opt(2000, 1, 1)?, local.floor() as i64)?;
        (day >= from).then_some(day)
    })
}

/// Days of our year that bear this month and day of the tabular Islamic calendar (civil epoch).
fn islamic(year: i32, month: i64, day: i64) -> Vec<NaiveDate> {
    let Some(epoch) = NaiveDate::from_ymd_opt(622, 7, 19) else { return Vec::new() };
    let near = (i64::from(year) - 622) * 33 / 32;
    (near - 1..=near + 2)
        .filter_map(|count| {
            let days = 354 * (count - 1) + (3 + 11 * count) / 30 + (59 * (month - 1) + 1) / 2 + day - 1;
            after(epoch, days)
        })
        .filter(|date| date.year() == year)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_and_its_friday_are_those_of_the_tables() {
        for (year, sunday) in
            [(2015, "2015-04-05"), (2018, "2018-04-01"), (2024, "2024-03-31"), (2038, "2038-04-25")]
        {
            assert_eq!(easter(year), Some(day(sunday)));
        }
        assert!(holidays(Country::Target, 2024).contains(&day("2024-03-29")));
        assert!(holidays(Country::Target, 2024).contains(&day("2024-04-01")));
    }

    #[test]
    fn singapores_holidays_are_the_gazetted_ones() {
        // Sundays move to Monday: 2022 had 10 and 11 July, 2026 has 31 May and 8 November.
        for date in ["2020-05-24", "2021-05-26", "2023-06-02", "2025-03-31", "2025-06-07"] {
            let (date, year) = (day(date), day(date).year());
            let moved = if date.weekday() == Weekday::Sun { after(date, 1).unwrap() } else { date };
            assert!(
                holidays(Country::Sg, year).contains(&moved),
                "{date}: {:?}",
                holidays(Country::Sg, year)
            );
        }
        for date in ["2022-07-11", "2026-06-01", "2026-11-09"] {
            assert!(holidays(Country::Sg, day(date).year()).contains(&day(date)), "{date}");
        }
        // Chinese New Year is exact.
        for year in ["2017-01-28", "2018-02-16", "2019-02-05", "2022-02-01", "2024-02-10", "2026-02-17"] {
            let date = day(year);
            assert!(holidays(Country::Sg, date.year()).contains(&date), "{year}");
        }
        for gazetted in [
            "2018-05-29",
            "2019-05-19",
            "2024-05-22",
            "2018-11-06",
            "2024-10-31",
            "2018-06-15",
            "2024-04-10",
            "2018-08-22",
            "2024-06-17",
            "2023-11-12",
            "2025-10-20",
        ] {
            let date = day(gazetted);
            let date = if date.weekday() == Weekday::Sun { after(date, 1).unwrap() } else { date };
            let found = holidays(Country::Sg, date.year()).contains(&date);
            assert!(found, "{gazetted}: {:?}", holidays(Country::Sg, date.year()));
        }
    }

    #[test]
    fn sundays_move_where_the_country_moves_them() {
        assert!(holidays(Country::Us, 2021).contains(&day("2021-07-05")));
        assert!(holidays(Country::Us, 2022).contains(&day("2022-06-20")));
        assert!(!holidays(Country::Us, 2019).contains(&day("2019-06-19")));
        assert!(holidays(Country::Us, 2024).contains(&day("2024-11-28")));
        assert!(holidays(Country::Us, 2024).contains(&day("2024-05-27")));
        assert!(holidays(Country::Mx, 2024).contains(&day("2024-03-18")));
        assert!(holidays(Country::Es, 2023).contains(&day("2023-01-01")));
        assert_eq!("target".parse(), Ok(Country::Target));
        assert!("FR".parse::<Country>().is_err());
    }
}
