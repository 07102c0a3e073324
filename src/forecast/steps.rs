//! The distance between observations: which dates a series has, and which come next.

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Serialize;

/// How far apart observations stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Every day.
    Daily,
    /// Monday to Friday.
    BusinessDaily,
    /// Every seventh day.
    Weekly,
    /// Every month.
    Monthly,
    /// Every third month.
    Quarterly,
    /// Every year.
    Yearly,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Daily => "daily",
            Self::BusinessDaily => "business-daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        })
    }
}

/// A series with fewer weekend days than this share has none: the others are corrections.
const WEEKENDS: f64 = 0.02;

impl Step {
    /// The step of sorted dates without repeats, from their median distance; in days when it is no known step.
    pub(crate) fn detect(dates: &[NaiveDate]) -> Result<Self, i64> {
        let mut gaps: Vec<i64> = dates.windows(2).map(|pair| (pair[1] - pair[0]).num_days()).collect();
        gaps.sort_unstable();
        match gaps.get(gaps.len() / 2).copied().unwrap_or(1) {
            1 => {
                let weekends = dates.iter().filter(|date| date.weekday().num_days_from_monday() > 4).count();
                let few = (weekends as f64) <= WEEKENDS * dates.len() as f64;
                Ok(if few { Self::BusinessDaily } else { Self::Daily })
            }
            7 => Ok(Self::Weekly),
            28..=31 => Ok(Self::Monthly),
            89..=92 => Ok(Self::Quarterly),
            365 | 366 => Ok(Self::Yearly),
            days => Err(days),
        }
    }

    /// Observations in the season that models look for; 1 for none.
    #[must_use]
    pub fn period(self) -> usize {
        match self {
            Self::Daily => 7,
            Self::BusinessDaily => 5,
            Self::Weekly | Self::Yearly => 1,
            Self::Monthly => 12,
            Self::Quarterly => 4,
        }
    }

    /// So many steps in words: `90 days`.
    #[must_use]
    pub fn count(self, steps: usize) -> String {
        let word = match self {
            Self::Daily => "day",
            Self::BusinessDaily => "business day",
            Self::Weekly => "week",
            Self::Monthly => "month",
            Self::Quarterly => "quarter",
            Self::Yearly => "year",
        };
        format!("{steps} {word}{}", if steps == 1 { "" } else { "s" })
    }

    /// Steps ahead that people ask for; the third is the usual one.
    #[must_use]
    pub fn horizons(self) -> [usize; 4] {
        match self {
            Self::Daily | Self::BusinessDaily => [7, 30, 90, 365],
            Self::Weekly => [4, 13, 26, 52],
            Self::Monthly => [3, 6, 12, 24],
            Self::Quarterly => [2, 4, 8, 12],
            Self::Yearly => [1, 2, 5, 10],
        }
    }

    /// Whether days of the month and of the week can be told apart.
    pub(crate) fn has_days(self) -> bool {
        matches!(self, Self::Daily | Self::BusinessDaily)
    }

    /// Place of a date, counted in steps from the first one.
    pub(crate) fn place(self, first: NaiveDate, date: NaiveDate) -> i64 {
        let days = (date - first).num_days();
        let months = || {
            i64::from(date.year() - first.year()) * 12 + i64::from(date.month()) - i64::from(first.month())
        };
        match self {
            Self::Daily => days,
            Self::BusinessDaily => business_number(date) - business_number(first),
            Self::Weekly => (days + 3).div_euclid(7),
            Self::Monthly => months(),
            Self::Quarterly => (months() + 1).div_euclid(3),
            Self::Yearly => (months() + 6).div_euclid(12),
        }
    }

    /// The date at a place. Months end where the first date was an end of month.
    pub(crate) fn date(self, first: NaiveDate, place: usize) -> NaiveDate {
        let count = place as u64;
        let months = |each: u32| {
            let month = u32::try_from(place).unwrap_or(0).saturating_mul(each);
            let ends = first.succ_opt().is_some_and(|next| next.month() != first.month());
            // Months stand for ends when the first date is one: day 31 falls back to the last there is.
            let anchor = if ends { first.with_day(1).unwrap_or(first) } else { first };
            let date = anchor.checked_add_months(Months::new(month)).unwrap_or(NaiveDate::MAX);
            if ends { last_of_month(date) } else { date }
        };
        match self {
            Self::Daily => first.checked_add_days(Days::new(count)).unwrap_or(NaiveDate::MAX),
            Self::BusinessDaily => {
                let from = u64::from(first.weekday().num_days_from_monday()).min(4);
                let monday = first
                    .checked_sub_days(Days::new(u64::from(first.weekday().num_days_from_monday())))
                    .unwrap_or(first);
                let total = from + count;
                monday.checked_add_days(Days::new(total / 5 * 7 + total % 5)).unwrap_or(NaiveDate::MAX)
            }
            Self::Weekly => first.checked_add_days(Days::new(7 * count)).unwrap_or(NaiveDate::MAX),
            Self::Monthly => months(1),
            Self::Quarterly => months(3),
            Self::Yearly => months(12),
        }
    }
}

/// Where all dates are the ends of their months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MonthEnd {
    Day,
    Weekday,
}

impl MonthEnd {
    /// The end that all dates of months, quarters or years are.
    pub(crate) fn of(step: Step, dates: &[NaiveDate]) -> Option<Self> {
        let is_of_months = matches!(step, Step::Monthly | Step::Quarterly | Step::Yearly);
        let all = |end: Self| dates.iter().all(|date| Self::moved(Some(end), *date) == *date);
        [Self::Day, Self::Weekday].into_iter().find(|end| is_of_months && all(*end))
    }

    /// A date at the end of its month.
    pub(crate) fn moved(end: Option<Self>, date: NaiveDate) -> NaiveDate {
        let Some(end) = end else { return date };
        let last = last_of_month(date);
        let back = u64::from(last.weekday().num_days_from_monday()).saturating_sub(4);
        match end {
            Self::Day => last,
            Self::Weekday => last.checked_sub_days(Days::new(back)).unwrap_or(last),
        }
    }
}

/// Weekdays since the year 1; a weekend counts as its Friday.
fn business_number(date: NaiveDate) -> i64 {
    let day = i64::from(date.num_days_from_ce()) - 1;
    day.div_euclid(7) * 5 + day.rem_euclid(7).min(4)
}

pub(crate) fn last_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(1)))
        .and_then(|next| next.pred_opt())
        .unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_dates_are_each_others_inverse() {
        let starts = ["2015-01-31", "2016-02-29", "2015-07-01", "2015-07-04"];
        let steps =
            [Step::Daily, Step::BusinessDaily, Step::Weekly, Step::Monthly, Step::Quarterly, Step::Yearly];
        for start in starts {
            for step in steps {
                let first: NaiveDate = start.parse().unwrap();
                for place in 0..400 {
                    let date = step.date(first, place);
                    assert_eq!(
                        step.place(first, date),
                        i64::try_from(place).unwrap(),
                        "{step} {start} {date}"
                    );
                }
            }
        }
        let ends = Step::Monthly.date("2015-01-31".parse().unwrap(), 1);
        assert_eq!(ends.to_string(), "2015-02-28");
    }
}
