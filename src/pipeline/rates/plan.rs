//! What to ask a source for: the fewest requests that fill the missing dates, the newest first.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::source::Source;

/// One request and the dates it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Newest first; none for the latest rates.
    pub dates: Vec<NaiveDate>,
    /// Below the source's base address.
    pub path: String,
}

/// The first date for which a source can have rates.
#[must_use]
pub fn beginning(source: Source) -> NaiveDate {
    let (year, month, day) = match source {
        Source::Oxr => (1999, 1, 1),
        Source::Ecb | Source::H10 => (1999, 1, 4),
        Source::Frankfurter => (1948, 1, 1),
    };
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// The last day up to another on which a source publishes.
fn published(source: Source, day: NaiveDate) -> NaiveDate {
    // Ten days hold every run of holidays.
    (0..10).map(|back| day - TimeDelta::days(back)).find(|day| source.publishes(*day)).unwrap_or(day)
}

/// The dates to ask a source for so that every wanted date has a rate: on a day without publication, the last one before
/// it. What is known is left out; newest first.
#[must_use]
pub fn missing(
    source: Source,
    wanted: &BTreeSet<NaiveDate>,
    known: &BTreeSet<NaiveDate>,
    today: NaiveDate,
) -> Vec<NaiveDate> {
    let dates = wanted.iter().filter(|day| **day <= today).map(|day| published(source, *day));
    let dates: BTreeSet<NaiveDate> = dates.filter(|day| *day >= beginning(source)).collect();
    dates.iter().rev().filter(|day| !known.contains(day)).copied().collect()
}

/// The request for the newest rates. The Federal Reserve is not asked: its files are imported.
#[must_use]
pub fn latest(source: Source) -> Vec<Task> {
    let path = match source {
        Source::Oxr => "latest.json",
        Source::Ecb => "eurofxref.zip",
        Source::Frankfurter => "v2/rates?base=USD",
        Source::H10 => return Vec::new(),
    };
    vec![Task { dates: Vec::new(), path: path.into() }]
}

/// How far back the ECB's file of 90 days surely reaches.
const RECENT: TimeDelta = TimeDelta::days(85);

/// The requests for dates, given newest first. Open Exchange Rates counts every day, the ECB has a file with the last day, one with
/// 90 days and one with all, and Frankfurter answers ranges: a quarter each.
#[must_use]
pub fn tasks(source: Source, dates: &[NaiveDate], today: NaiveDate) -> Vec<Task> {
    match source {
        Source::Oxr => {
            let task = |day: &NaiveDate| Task { dates: vec![*day], path: format!("historical/{day}.json") };
            dates.iter().map(task).collect()
        }
        Source::H10 => Vec::new(),
        Source::Ecb => {
            let newest = published(source, today);
            let path = match dates {
                [] => return Vec::new(),
                [only] if *only == newest => "eurofxref-daily.xml",
                [.., oldest] if today - *oldest <= RECENT => "eurofxref-hist-90d.xml",
                _ => "eurofxref-hist.zip",
            };
            vec![Task { dates: dates.to_vec(), path: path.into() }]
        }
        Source::Frankfurter => {
            let quarter =
                |a: &NaiveDate, b: &NaiveDate| (a.year(), a.month0() / 3) == (b.year(), b.month0() / 3);
            let task = |dates: &[NaiveDate]| {
                let path = match dates {
                    [only] => format!("v2/rates?date={only}&base=USD"),
                    [to, .., from] => format!("v2/rates?from={from}&to={to}&base=USD"),
                    [] => String::new(),
                };
                Task { dates: dates.to_vec(), path }
            };
            dates.chunk_by(quarter).map(task).collect()
        }
    }
}
