//! What a rate must pass before it is used: a positive number of a sane size that is near the one before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use chrono::{Datelike, NaiveDate, TimeDelta, Utc};

use super::accepted::{Accepted, accepted};
use super::answer::{Day, Rate};
use super::kept::{Unreadable, days};
use super::source::Source;
use crate::checksum::sha256;
use crate::pipeline::error::PipelineError;
use crate::pipeline::errors::{self, Fault};

/// No currency was ever quoted above this and no file means it.
const LARGEST: f64 = 1e9;
/// What is stored has 12 decimals.
const SMALLEST: f64 = 1e-12;
/// No rate is written with more characters.
const LONGEST: usize = 64;
/// A larger change from one rate to the next is a fault of the file until someone says otherwise.
const JUMP: f64 = 0.30;
/// A former rate older than this proves nothing; so a level that lasts is accepted after a month.
const MEMORY_DAYS: i64 = 31;
/// Providers switch to a new unit within this time.
const SWITCH_DAYS: i64 = 31;

/// Days from which a code stands for another amount of money, or its old code is quoted by its successor's rate.
const REDENOMINATIONS: [(&str, &str); 38] = [
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
    // Devaluations that their central banks announced.
    ("EGP", "2016-11-03"),
    ("EGP", "2022-03-21"),
    ("EGP", "2022-10-27"),
    ("EGP", "2023-01-11"),
    ("EGP", "2024-03-06"),
    ("NGN", "2023-06-14"),
    ("ARS", "2023-12-13"),
    ("ETB", "2024-07-29"),
];

/// A rate, or a whole day of them, that does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub source: Source,
    pub date: NaiveDate,
    /// Unset: the whole day does not pass.
    pub rate: Option<Rate>,
    pub file: String,
    pub error: &'static str,
    pub message: String,
}

/// The word for a rate that is too far from the one before it: it stays, held back.
pub(super) const JUMP_WORD: &str = "jump";

/// Raw files of rates as the gates leave them.
pub(super) struct Judged {
    /// By source and date.
    pub days: Vec<Day>,
    pub refused: Vec<Refused>,
    pub unread: Unreadable,
}

/// What the raw files say, with what does not pass the gates.
pub(super) fn judged(root: &Path) -> Result<Judged, PipelineError> {
    let (mut days, mut unread) = days(root)?;
    let accepted = accepted(root, &mut unread)?;
    let refused = refuse(&mut days, &accepted);
    Ok(Judged { days, refused, unread })
}

/// Marks the rates that are held back and takes out those that are no rates. Days come by source and date.
fn refuse(days: &mut [Day], accepted: &[Accepted]) -> Vec<Refused> {
    let mut refused = Vec::new();
    // The last rate that passed: by source, base and currency.
    let mut former: BTreeMap<(Source, String, String), (NaiveDate, f64)> = BTreeMap::new();
    for day in days {
        let Day { source, date, base, file, rates, .. } = day;
        let (source, date) = (*source, *date);
        let fault = |rate: Option<Rate>, file: String, (error, message)| Refused {
            source,
            date,
            rate,
            file,
            error,
            message,
        };
        if let Err(reason) = check_day(date, base) {
            refused.push(fault(None, file.clone(), reason));
            rates.clear();
            continue;
        }
        let disputed = disputed(rates);
        let mut seen = BTreeSet::new();
        rates.retain_mut(|rate| {
            let file = rate.file.as_deref().unwrap_or(file).to_owned();
            let value = match check_number(rate) {
                Ok(value) => value,
                Err(reason) => {
                    refused.push(fault(Some(rate.clone()), file, reason));
                    return false;
                }
            };
            if disputed.contains(&rate.currency) {
                refused.push(fault(Some(rate.clone()), file, (DISPUTED.0, DISPUTED.1.into())));
                return false;
            }
            if !seen.insert(rate.currency.clone()) {
                return false;
            }
            let key = (source, base.clone(), rate.currency.clone());
            let jump = former.get(&key).and_then(|known| jump(&rate.currency, date, value, *known));
            let is_accepted = || {
                let is_it = |known: &&Accepted| {
                    (known.source.as_str(), known.date, &known.base, &known.currency)
                        == (source.name(), date, base, &rate.currency)
                };
                accepted
                    .iter()
                    .filter(is_it)
                    .filter_map(|known| known.rate.parse().ok())
                    .any(|known| is_near(value, known))
            };
            match jump.filter(|_| !is_accepted()) {
                Some(message) => {
                    rate.held_back = true;
                    refused.push(fault(Some(rate.clone()), file, (JUMP_WORD, message)));
                }
                None => drop(former.insert(key, (date, value))),
            }
            true
        });
    }
    refused
}

const DISPUTED: (&str, &str) =
    ("duplicate_rate", "the day has more than one rate for the currency; none is taken");

/// Currencies of which a day has rates that differ. Equal ones are one.
fn disputed(rates: &[Rate]) -> BTreeSet<String> {
    let mut known: BTreeMap<&str, (Option<u64>, bool)> = BTreeMap::new();
    let mut differ = BTreeSet::new();
    for rate in rates {
        let value = (rate.text.parse().ok().map(f64::to_bits), rate.inverted);
        if *known.entry(rate.currency.as_str()).or_insert(value) != value {
            differ.insert(rate.currency.clone());
        }
    }
    differ
}

/// How many rates of a day are none that can be used. Codes of more than three letters are a source's own matter.
pub(super) fn unusable(rates: &[Rate]) -> usize {
    let disputed = disputed(rates);
    let is_bad =
        |rate: &&Rate| is_code(&rate.currency) && (!is_rate(rate) || disputed.contains(&rate.currency));
    rates.iter().filter(is_bad).count()
}

type Reason = (&'static str, String);

/// The years that a date of rates can have.
const YEARS: RangeInclusive<i32> = 1900..=2100;

fn check_day(date: NaiveDate, base: &str) -> Result<(), Reason> {
    if !YEARS.contains(&date.year()) {
        return Err(("bad_date", format!("{date} is not a date of exchange rates")));
    }
    if !is_code(base) {
        return Err(("bad_currency", "the base is not a currency code of three letters".into()));
    }
    Ok(())
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|mark| mark.is_ascii_uppercase() || mark.is_ascii_digit())
}

/// Whether a rate is a number that can be one.
pub(super) fn is_rate(rate: &Rate) -> bool {
    check_number(rate).is_ok()
}

/// A number as files write it: spellings that only a float's parser knows, such as inf, are not numbers.
fn check_number(rate: &Rate) -> Result<f64, Reason> {
    if !is_code(&rate.currency) {
        return Err(("bad_currency", "the currency is not a code of three letters".into()));
    }
    let text = rate.text.as_str();
    let spelled =
        text.len() <= LONGEST && text.bytes().all(|mark| mark.is_ascii_digit() || b"+-.eE".contains(&mark));
    let value = if spelled { text.parse::<f64>().ok() } else { None };
    let Some(value) = value else { return Err(("bad_rate", "the rate is not a number".into())) };
    if !(SMALLEST..=LARGEST).contains(&value) {
        return Err(("bad_rate", "the rate is not between 0 and 1,000,000,000".into()));
    }
    Ok(value)
}

/// Why a rate is held back, if it is too far from the one before it.
fn jump(currency: &str, date: NaiveDate, value: f64, (day, known): (NaiveDate, f64)) -> Option<String> {
    let held =
        date - day <= TimeDelta::days(MEMORY_DAYS) && !is_near(value, known) && !is_known(currency, date);
    let change = (value / known - 1.0) * 100.0;
    held.then(|| format!("the rate changed by {change:+.0} % since {day}, so it is held back"))
}

fn is_near(value: f64, known: f64) -> bool {
    (value / known - 1.0).abs() <= JUMP
}

fn is_known(currency: &str, date: NaiveDate) -> bool {
    REDENOMINATIONS.iter().any(|(code, since)| {
        let since: Option<NaiveDate> = since.parse().ok();
        *code == currency && since.is_some_and(|since| (date - since).num_days().abs() <= SWITCH_DAYS)
    })
}

/// Names the files of faults that this module writes.
const AREA: &str = "rates-gates";

/// Records what the gates refuse and what could not be read, each once however often it is asked.
///
/// # Errors
/// When the disk does.
pub fn record_refused(root: &Path) -> Result<usize, PipelineError> {
    let Judged { refused, unread, .. } = judged(root)?;
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
    let head = |text: String| Some(text.chars().take(500).collect());
    let refused = refused.into_iter().map(|refused| {
        let (currency, text) = refused.rate.map(|rate| (rate.currency, rate.text)).unzip();
        Fault {
            // A date that is none would be none in SQL either.
            requested_date: Some(refused.date).filter(|date| YEARS.contains(&date.year())),
            column_name: currency.and_then(head),
            text: text.and_then(head),
            body_sha256: Some(refused.file),
            ..fault(refused.source.name(), refused.error, refused.message)
        }
    });
    let unread = unread.into_iter().map(|(path, refusal)| {
        let bytes = fs::read(root.join(&path)).unwrap_or_default();
        let message: String = format!("{}: {}", path.display(), refusal.message).chars().take(500).collect();
        Fault { body_sha256: Some(sha256(&bytes)), ..fault("", &refusal.error, message) }
    });
    let known: BTreeSet<Key> = errors::recorded(root, AREA)?.iter().map(key).collect();
    let fresh: Vec<Fault> = refused.chain(unread).filter(|fault| !known.contains(&key(fault))).collect();
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
