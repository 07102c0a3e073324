//! Which dates have rates, by source and currency, and which the bank statements need and lack.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};

use super::source::Source;
use super::table::view;
use crate::lake::Lake;
use crate::pipeline::error::{PipelineError, stage_failed};
use crate::sql::quote_text;

/// The codes that ended, and what each became: the start of a statement.
const RETIRED: &str = include_str!("retired.sql");

/// One source's rates of one currency; a currency that statements need and nobody has comes without a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    pub source: Option<Source>,
    pub currency: String,
    /// First and last date with a rate.
    pub span: Option<(NaiveDate, NaiveDate)>,
    /// Dates with a rate.
    pub dates: u64,
    /// Runs of days between first and last on which the source publishes and has no rate.
    pub gaps: u64,
    /// The longest of them: days on which the source publishes, and the first of these.
    pub longest: Option<(u64, NaiveDate)>,
    /// Days whose rate of that currency the statements need.
    pub needed: u64,
    /// Those whose last known rate is older, and not too old.
    pub carried: u64,
    /// Those without a rate of that age.
    pub lacking: u64,
}

/// A day and currency of which amounts are not converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    pub day: String,
    pub currency: String,
    /// Why, as the table of rates has it; unset where that is not made yet.
    pub status: Option<String>,
}

/// How a source's calendar is told.
#[must_use]
pub fn calendar(source: Source) -> &'static str {
    match source {
        Source::Oxr => "every day",
        Source::Ecb | Source::Frankfurter => "TARGET days",
        Source::H10 => "its own dates",
    }
}

/// The coverage of a lake, by source and currency.
///
/// # Errors
/// When its tables cannot be read.
pub fn coverage(lake: &Lake) -> Result<Vec<Coverage>, PipelineError> {
    let needed = needed(lake)?;
    let oldest = i64::from(lake.manifest.conversion.max_age_days);
    let mut held: BTreeMap<(Option<Source>, String), BTreeSet<NaiveDate>> = BTreeMap::new();
    let mut published: BTreeMap<Source, BTreeSet<NaiveDate>> = BTreeMap::new();
    for [source, currency, date] in rows(
        lake,
        "response",
        "SELECT source, currency, CAST(rate_date AS VARCHAR) FROM response WHERE base_per_unit IS NOT NULL",
    )? {
        let source = Source::ALL.into_iter().find(|known| known.name() == source);
        let Ok(date) = date.parse() else { continue };
        held.entry((source, currency)).or_default().insert(date);
        published.entry(source.unwrap_or(Source::H10)).or_default().insert(date);
    }
    for currency in needed.keys() {
        if !held.keys().any(|(_, known)| known == currency) {
            held.insert((None, currency.clone()), BTreeSet::new());
        }
    }
    let none = BTreeSet::new();
    let rows = held.iter().map(|((source, currency), dates)| {
        let publishes = |day: NaiveDate| match source {
            Some(Source::H10) | None => published.get(&Source::H10).is_some_and(|days| days.contains(&day)),
            Some(source) => source.publishes(day),
        };
        let (gaps, longest) = gaps(dates, &publishes);
        let wanted = needed.get(currency).unwrap_or(&none);
        let age = |day: &NaiveDate| dates.range(..=*day).next_back().map(|last| (*day - *last).num_days());
        let known: Vec<&NaiveDate> =
            wanted.iter().filter(|day| age(day).is_some_and(|age| age <= oldest)).collect();
        Coverage {
            source: *source,
            currency: currency.clone(),
            span: dates.first().copied().zip(dates.last().copied()),
            dates: dates.len() as u64,
            gaps,
            longest,
            needed: wanted.len() as u64,
            carried: known.iter().filter(|day| !dates.contains(day)).count() as u64,
            lacking: (wanted.len() - known.len()) as u64,
        }
    });
    Ok(rows.collect())
}

/// Runs of publishing days without a rate: how many, and the longest with its first day.
fn gaps(
    dates: &BTreeSet<NaiveDate>,
    publishes: &dyn Fn(NaiveDate) -> bool,
) -> (u64, Option<(u64, NaiveDate)>) {
    let mut count = 0;
    let mut longest: Option<(u64, NaiveDate)> = None;
    for (from, to) in dates.iter().zip(dates.iter().skip(1)) {
        let inside = (1..(*to - *from).num_days()).map(|days| *from + TimeDelta::days(days));
        let missing: Vec<NaiveDate> = inside.filter(|day| publishes(*day)).collect();
        let Some(first) = missing.first() else { continue };
        count += 1;
        let length = missing.len() as u64;
        if longest.is_none_or(|(known, _)| length > known) {
            longest = Some((length, *first));
        }
    }
    (count, longest)
}

/// The days whose rates the statements need, by the currency that is quoted: a code that ended is its successor's. The base
/// currency needs no rate.
///
/// # Errors
/// When the table cannot be read.
pub fn needed(lake: &Lake) -> Result<BTreeMap<String, BTreeSet<NaiveDate>>, PipelineError> {
    // As `daily_rates.sql` has it.
    let day = match lake.manifest.conversion.dated_by.as_str() {
        "booking" => "COALESCE(booking_date, value_date)",
        _ => "value_date",
    };
    let sql = format!(
        "{RETIRED} dated AS (SELECT *, {day} AS rate_day FROM banktxn), sides AS (
           SELECT withdrawal_currency AS currency, rate_day FROM dated WHERE withdrawal_amt IS NOT NULL
           UNION SELECT deposit_currency, rate_day FROM dated WHERE deposit_amt IS NOT NULL)
         SELECT DISTINCT '', COALESCE(successor, currency), CAST(rate_day AS VARCHAR)
         FROM sides LEFT JOIN retired ON code = currency AND rate_day >= since
         WHERE currency IS NOT NULL AND currency <> {base} AND rate_day IS NOT NULL",
        base = quote_text(&lake.manifest.conversion.base)
    );
    let mut found: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    for [_, currency, date] in rows(lake, "banktxn", &sql)? {
        if let Ok(date) = date.parse() {
            found.entry(currency).or_default().insert(date);
        }
    }
    found.remove(&lake.manifest.conversion.base);
    Ok(found)
}

/// The days and currencies whose amounts are not converted, whatever the sources have.
///
/// # Errors
/// When the table cannot be read.
pub fn lacking(lake: &Lake) -> Result<Vec<Lacking>, PipelineError> {
    if lake.table("daily_rates").is_none() {
        let each = needed(lake)?.into_iter().flat_map(|(currency, days)| {
            let of = move |day: NaiveDate| Lacking {
                day: day.to_string(),
                currency: currency.clone(),
                status: None,
            };
            days.into_iter().map(of)
        });
        return Ok(each.collect());
    }
    let sql = "SELECT currency, CAST(rate_day AS VARCHAR), rate_status FROM daily_rates WHERE base_per_unit IS NULL \
               ORDER BY currency, rate_day";
    let found = rows(lake, "daily_rates", sql)?;
    let of = |[currency, day, status]: [String; 3]| Lacking { day, currency, status: Some(status) };
    Ok(found.into_iter().map(of).collect())
}

/// The days that the statements need and for which no source has given its last word.
///
/// # Errors
/// When the table cannot be read.
pub fn open(lake: &Lake) -> Result<BTreeSet<NaiveDate>, PipelineError> {
    days(lake, "rate_status IN ('no_rate', 'stale', 'held_back', 'provisional') OR rate_age_days > 0")
}

/// The days of which a source has given its last word.
///
/// # Errors
/// When the table cannot be read.
pub fn answered(lake: &Lake, source: Source) -> Result<BTreeSet<NaiveDate>, PipelineError> {
    let name = source.name();
    let sql = format!(
        "SELECT DISTINCT '', '', CAST(rate_date AS VARCHAR) FROM response WHERE source = '{name}' AND NOT provisional"
    );
    Ok(rows(lake, "response", &sql)?.into_iter().filter_map(|[_, _, day]| day.parse().ok()).collect())
}

/// The days with amounts that are not converted for want of a rate.
///
/// # Errors
/// When the table cannot be read.
pub fn unconverted(lake: &Lake) -> Result<BTreeSet<NaiveDate>, PipelineError> {
    days(lake, "rate_status IN ('no_rate', 'stale')")
}

/// The days that the statements need, as far as a condition holds; all when there are no rates at all.
fn days(lake: &Lake, condition: &str) -> Result<BTreeSet<NaiveDate>, PipelineError> {
    if lake.table("daily_rates").is_none() {
        return Ok(needed(lake)?.into_values().flatten().collect());
    }
    let sql = format!("SELECT DISTINCT '', '', CAST(rate_day AS VARCHAR) FROM daily_rates WHERE {condition}");
    let found = rows(lake, "daily_rates", &sql)?;
    Ok(found.into_iter().filter_map(|[_, _, day]| day.parse().ok()).collect())
}

/// Rows of three texts from a table; none when the lake has no such table.
fn rows(lake: &Lake, table: &'static str, sql: &str) -> Result<Vec<[String; 3]>, PipelineError> {
    let failed = stage_failed(table);
    let Some(table) = lake.table(table) else { return Ok(Vec::new()) };
    let connection = view(&[table], lake)?;
    let mut statement = connection.prepare(sql).map_err(&failed)?;
    let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]));
    rows.and_then(Iterator::collect).map_err(failed)
}
