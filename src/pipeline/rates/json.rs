//! JSON of Open Exchange Rates and of Frankfurter. Numbers stay the text they were.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::{Answer, Day, Rate, Refusal, day, error_of};
use super::source::Source;

/// A body with `rates` by currency, or by date and currency.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    rates: Option<BTreeMap<String, &'a RawValue>>,
    base: Option<String>,
    /// Seconds since 1970, UTC: Open Exchange Rates' mark of a day.
    timestamp: Option<i64>,
    /// Frankfurter's mark: units of the base.
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    date: Option<NaiveDate>,
    start_date: Option<NaiveDate>,
}

/// A row of Frankfurter's second version.
#[derive(Deserialize)]
struct Row<'a> {
    date: NaiveDate,
    base: String,
    quote: String,
    #[serde(borrow)]
    rate: &'a RawValue,
}

pub(super) fn answer(text: &str) -> Result<Answer, Refusal> {
    if let Some(refusal) = error_of(text.as_bytes()) {
        return Err(refusal);
    }
    if let Ok(body) = serde_json::from_str::<Body>(text)
        && body.rates.is_some()
    {
        return of_body(&body);
    }
    of_rows(&rows(text)?)
}

fn of_body(body: &Body) -> Result<Answer, Refusal> {
    let source = match (body.amount, body.timestamp, body.start_date) {
        (Some(_), ..) => Source::Frankfurter,
        (None, Some(_), _) | (None, None, Some(_)) => Source::Oxr,
        (None, None, None) => return Err(unknown()),
    };
    if body.amount.is_some_and(|amount| !matches!(amount.get(), "1" | "1.0")) {
        return Err(Refusal::new("unexpected_amount", "the rates are for another amount than 1"));
    }
    let base =
        body.base.as_deref().ok_or_else(|| Refusal::new("missing_base", "the answer names no base"))?;
    let empty = BTreeMap::new();
    let rates = body.rates.as_ref().unwrap_or(&empty);
    let published = body.timestamp.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let mut days = Vec::new();
    if body.start_date.is_some() {
        for (date, rates) in rates {
            let date = date.parse().map_err(|_| Refusal::new("bad_date", "a date of the series is none"))?;
            let rates = serde_json::from_str(rates.get()).map_err(|_| unknown())?;
            days.push(day(source, date, base, listed(base, &rates)));
        }
    } else {
        let date = body.date.or(published.map(|at| at.date_naive())).ok_or_else(unknown)?;
        days.push(Day { published, ..day(source, date, base, listed(base, rates)) });
    }
    days.retain(|day| !day.rates.is_empty());
    Ok(of_days(source, days))
}

/// The base among its own rates is always 1 and is no rate.
fn listed(base: &str, rates: &BTreeMap<String, &RawValue>) -> Vec<Rate> {
    let rates = rates.iter().filter(|(currency, _)| *currency != base);
    rates.map(|(currency, rate)| plain(currency, rate)).collect()
}

fn plain(currency: &str, rate: &RawValue) -> Rate {
    Rate::new(currency, rate.get(), false)
}

/// An array of rows, or a row a line.
fn rows(text: &str) -> Result<Vec<Row<'_>>, Refusal> {
    let unread = |error: serde_json::Error| {
        let word = if error.is_data() { "missing_rates" } else { "not_json" };
        Refusal::new(word, format!("the answer is not JSON with rates: {error}"))
    };
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(unread);
    }
    serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().map_err(unread)
}

fn of_rows(rows: &[Row]) -> Result<Answer, Refusal> {
    let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
    for row in rows {
        let found =
            days.entry(row.date).or_insert_with(|| day(Source::Frankfurter, row.date, &row.base, Vec::new()));
        if found.base != row.base {
            return Err(Refusal::new("mixed_bases", "one date has rates of several bases"));
        }
        if row.quote != row.base {
            found.rates.push(plain(&row.quote, row.rate));
        }
    }
    days.retain(|_, day| !day.rates.is_empty());
    Ok(of_days(Source::Frankfurter, days.into_values().collect()))
}

fn of_days(source: Source, days: Vec<Day>) -> Answer {
    Answer { source, days, unread: Vec::new(), extension: "json", sha256: String::new() }
}

fn unknown() -> Refusal {
    Refusal::new("unknown_format", "the JSON is not of a known source of rates")
}
