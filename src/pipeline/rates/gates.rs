//! What a rate must pass before it is used: a positive number of a sane size that is near the one before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::{NaiveDate, TimeDelta, Utc};

use super::{Day, Rate, Source, days, sha256};
use crate::pipeline::PipelineError;
use crate::pipeline::errors::{self, Fault};

/// No currency was ever quoted above this and no file means it.
const LARGEST: f64 = 1e9;
/// What is stored has 12 decimals.
const SMALLEST: f64 = 1e-12;
/// A larger change from one rate to the next is a fault of the file until someone says otherwise.
const JUMP: f64 = 0.30;
/// A former rate older than this proves nothing; so a level that lasts is accepted after a month.
const MEMORY_DAYS: i64 = 31;
/// Providers switch to a new unit within this time.
const SWITCH_DAYS: i64 = 31;

/// Days from which a code stands for another amount of money, or its old code is quoted by its successor's rate.
const REDENOMINATIONS: [(&str, &str); 30] = [
    ("TRL", "2005-01-01"),
    ("TRY", "2005-01-01"),
    ("ROL", "2005-07-01"),
    ("RON", "2005-07-01"),
    ("AZM", "2006-01-01"),
    ("AZN", "2006-01-01"),
    ("MZM", "2006-07-01"),
    ("MZN", "2006-07-01"),
    ("GHC", "2007-07-01"),
    ("GHS", "2007-07-01"),
    ("VEB", "2008-01-01"),
    ("VEF", "2008-01-01"),
    ("ZMK", "2013-01-01"),
    ("ZMW", "2013-01-01"),
    ("BYR", "2016-07-01"),
    ("BYN", "2016-07-01"),
    ("MRO", "2018-01-01"),
    ("MRU", "2018-01-01"),
    ("STD", "2018-01-01"),
    ("STN", "2018-01-01"),
    ("VEF", "2018-08-20"),
    ("VES", "2018-08-20"),
    ("VES", "2021-10-01"),
    ("VED", "2021-10-01"),
    ("SLL", "2022-07-01"),
    ("SLE", "2022-07-01"),
    // No new unit, but changes of that size that the ECB and the Federal Reserve published: the float of the lira, the
    // fall of the króna, the devaluations of the bolívar.
    ("TRL", "2001-02-22"),
    ("ISK", "2008-10-08"),
    ("VES", "2010-01-12"),
    ("VES", "2013-02-11"),
];

/// A rate that a gate held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    source: Source,
    date: NaiveDate,
    rate: Rate,
    file: String,
    error: &'static str,
    message: String,
}

/// Takes the rates out of the days that do not pass. Days come by source and date.
pub(super) fn refuse(days: &mut [Day]) -> Vec<Refused> {
    let mut refused = Vec::new();
    // The last rate that passed: by source, base and currency.
    let mut former: BTreeMap<(Source, String, String), (NaiveDate, f64)> = BTreeMap::new();
    for day in days {
        let Day { source, date, base, file, rates, .. } = day;
        rates.retain(|rate| {
            let key = (*source, base.clone(), rate.currency.clone());
            let verdict = check(rate, *date, former.get(&key).copied());
            match verdict {
                Ok(value) => {
                    former.insert(key, (*date, value));
                    true
                }
                Err((error, message)) => {
                    let (source, date, rate, file) = (*source, *date, rate.clone(), file.clone());
                    refused.push(Refused { source, date, rate, file, error, message });
                    false
                }
            }
        });
    }
    refused
}

fn check(
    rate: &Rate,
    date: NaiveDate,
    former: Option<(NaiveDate, f64)>,
) -> Result<f64, (&'static str, String)> {
    let Rate { currency, text, .. } = rate;
    let code = |mark: u8| mark.is_ascii_uppercase() || mark.is_ascii_digit();
    if currency.len() != 3 || !currency.bytes().all(code) {
        return Err(("bad_currency", "the code is not one of ISO 4217's form".into()));
    }
    // Spellings that only a float's parser knows, such as inf, are no numbers of a file.
    let spelled = text.bytes().all(|mark| mark.is_ascii_digit() || b"+-.eE".contains(&mark));
    let value = if spelled { text.parse::<f64>().ok() } else { None };
    let Some(value) = value else { return Err(("bad_rate", "the rate is not a number".into())) };
    if !(SMALLEST..=LARGEST).contains(&value) {
        return Err(("bad_rate", "the rate is not between 0 and 1,000,000,000".into()));
    }
    if let Some((day, known)) = former
        && date - day <= TimeDelta::days(MEMORY_DAYS)
        && (value / known - 1.0).abs() > JUMP
        && !is_known(currency, date)
    {
        let change = (value / known - 1.0) * 100.0;
        return Err(("jump", format!("the rate changed by {change:+.0} % since {day}, so it is held back")));
    }
    Ok(value)
}

fn is_known(currency: &str, date: NaiveDate) -> bool {
    REDENOMINATIONS.iter().any(|(code, since)| {
        let since: Option<NaiveDate> = since.parse().ok();
        *code == currency && since.is_some_and(|since| (date - since).num_days().abs() <= SWITCH_DAYS)
    })
}

/// Names the files of faults that this module writes.
const AREA: &str = "rates-gates";

/// Records what the gates hold back and what could not be read, each once however often it is asked.
///
/// # Errors
/// When the disk does.
pub fn record_refused(root: &Path) -> Result<usize, PipelineError> {
    let (mut all, unread) = days(root)?;
    let now = Utc::now();
    let run_id = errors::run_id(now);
    let fault = |source: &str, error: &str, message: String| Fault {
        run_id: run_id.clone(),
        happened_at_utc: now,
        area: "rates".into(),
        source: source.into(),
        error: error.into(),
        message,
        ..Fault::default()
    };
    let held = refuse(&mut all).into_iter().map(|refused| Fault {
        requested_date: Some(refused.date),
        column_name: Some(refused.rate.currency),
        text: Some(refused.rate.text.chars().take(500).collect()),
        body_sha256: Some(refused.file),
        ..fault(refused.source.name(), refused.error, refused.message)
    });
    let unread = unread.into_iter().map(|(path, refusal)| {
        let bytes = fs::read(root.join(&path)).unwrap_or_default();
        let message = format!("{}: {}", path.display(), refusal.message);
        Fault { body_sha256: Some(sha256(&bytes)), ..fault("", &refusal.error, message) }
    });
    let known: BTreeSet<Key> = errors::recorded(root, AREA)?.iter().map(key).collect();
    let fresh: Vec<Fault> = held.chain(unread).filter(|fault| !known.contains(&key(fault))).collect();
    errors::record(root, &run_id, AREA, &fresh)?;
    Ok(fresh.len())
}

type Key = (String, String, Option<NaiveDate>, Option<String>, Option<String>, Option<String>);

fn key(fault: &Fault) -> Key {
    let Fault { source, error, requested_date, column_name, text, body_sha256, .. } = fault.clone();
    // A history that is published anew every day holds the same bad rate each time.
    let file = body_sha256.filter(|_| requested_date.is_none());
    (source, error, requested_date, column_name, text, file)
}
