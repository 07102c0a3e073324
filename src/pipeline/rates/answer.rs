//! What a file of rates says, or why it says nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use super::source::Source;

/// One currency's rate on one day, as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// ISO 4217 code.
    pub currency: String,
    /// The number as the source wrote it.
    pub text: String,
    /// Unset: units of the currency for one unit of the base. Set: units of the base for one unit of the currency.
    pub inverted: bool,
    /// A gate keeps it from being used until someone accepts it.
    pub held_back: bool,
    /// SHA-256 of the raw file, where that is another than the day's.
    pub file: Option<Arc<str>>,
}

impl Rate {
    pub(super) fn new(currency: impl Into<String>, text: impl Into<String>, inverted: bool) -> Self {
        Self { currency: currency.into(), text: text.into(), inverted, held_back: false, file: None }
    }
}

/// What one file says of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub source: Source,
    pub date: NaiveDate,
    pub base: String,
    pub rates: Vec<Rate>,
    /// When the source says it published them.
    pub published: Option<DateTime<Utc>>,
    /// The day had not ended when the answer came.
    pub provisional: bool,
    /// SHA-256 of the raw file.
    pub file: String,
    /// The raw file's number among those that came one after the other for the same days.
    pub(super) arrival: u64,
    /// Last date of the raw file, and how many rates it has of the day.
    pub(super) until: NaiveDate,
    pub(super) listed: usize,
}

impl Day {
    /// Which of two files is believed about a day: a final one; where files complete each other, the one that came later; the
    /// fuller, the later; at last any, but always the same.
    pub(super) fn weight(&self) -> impl Ord + use<'_> {
        let later = if self.source.publishes_once() { self.arrival } else { 0 };
        (!self.provisional, later, self.listed, self.published, self.arrival, self.until, &self.file)
    }

    /// How many rates of another file for the day differ from these.
    pub(super) fn differing(&self, other: &Self) -> usize {
        if (self.source, self.date, &self.base) != (other.source, other.date, &other.base) {
            return 0;
        }
        let known: BTreeMap<&str, &Rate> =
            other.rates.iter().map(|rate| (rate.currency.as_str(), rate)).collect();
        let number = |rate: &Rate| rate.text.trim().parse::<f64>().ok();
        let differs = |rate: &&Rate| {
            known.get(rate.currency.as_str()).is_some_and(|known| {
                known.inverted == rate.inverted && known.text != rate.text && number(known) != number(rate)
            })
        };
        self.rates.iter().filter(differs).count()
    }

    /// Takes from another file the currencies that this one lacks: such sources publish once a day, and their files hold some of
    /// the currencies or all.
    pub(super) fn complete(&mut self, other: &Self) {
        if self.base != other.base || self.provisional != other.provisional {
            return;
        }
        let known: BTreeSet<&str> = self.rates.iter().map(|rate| rate.currency.as_str()).collect();
        let lacks = |rate: &&Rate| !known.contains(rate.currency.as_str());
        let file: Arc<str> = other.file.as_str().into();
        let of_other = |rate: &Rate| Rate { file: rate.file.clone().or(Some(file.clone())), ..rate.clone() };
        let more: Vec<Rate> = other.rates.iter().filter(lacks).map(of_other).collect();
        self.rates.extend(more);
    }
}

/// What a file or an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub source: Source,
    /// In the order of the file.
    pub days: Vec<Day>,
    /// Lines and cells that could not be read; the others are good.
    pub unread: Vec<Unread>,
    /// How names of such files end.
    pub extension: &'static str,
    pub(super) sha256: String,
}

impl Answer {
    /// How many rates differ from those of another file for the same days.
    pub(super) fn differing(&self, other: &Self) -> usize {
        let known: BTreeMap<NaiveDate, &Day> = other.days.iter().map(|day| (day.date, day)).collect();
        let each = self.days.iter().filter_map(|day| Some(day.differing(known.get(&day.date)?)));
        each.sum()
    }

    /// Refuses days that have not come: a rate of one would count as the newest for years. Somewhere tomorrow has begun.
    pub(super) fn check_days(&self, today: NaiveDate) -> Result<(), Refusal> {
        match self.days.iter().map(|day| day.date).filter(|day| *day > today + TimeDelta::days(1)).min() {
            None => Ok(()),
            Some(day) => Err(Refusal::new(
                "future_date",
                format!("it has rates of {day}, and today is {today} by this machine's clock"),
            )),
        }
    }

    /// Takes the date of a single day of Open Exchange Rates from the file's name, `2017-06-29.json`: its only other mark is
    /// its last second, which may be stamped as the next day's first. A name that says something else is not believed.
    pub(super) fn trust_name(&mut self, name: &str) {
        let date = name.get(..10).and_then(|text| text.parse::<NaiveDate>().ok());
        if let (Source::Oxr, [day], Some(date)) = (self.source, self.days.as_mut_slice(), date)
            && is_of(date, day.date)
        {
            day.date = date;
        }
    }
}

/// Whether an answer that is stamped with a day may be of another: its last second may be stamped as the next day's first.
pub(super) fn is_of(date: NaiveDate, stamped: NaiveDate) -> bool {
    (0..=1).contains(&(stamped - date).num_days())
}

/// A place in a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// A stable word.
    pub error: &'static str,
    /// One sentence.
    pub message: &'static str,
    /// The header being line 1.
    pub line_no: u64,
    pub column: Option<String>,
    pub text: String,
}

/// Why an answer is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// A stable word; the provider's own where it has one.
    pub error: String,
    /// One sentence.
    pub message: String,
    /// The provider's own description.
    pub description: Option<String>,
    pub status: Option<u16>,
    /// Whether asking again can help.
    pub retryable: bool,
    /// Whether asking for other dates is of no use either.
    pub stops: bool,
    /// Number of the last attempt, from 1; 0 when nothing was asked.
    pub attempt: u32,
    /// The body, secrets taken out.
    pub body: Vec<u8>,
}

impl Refusal {
    pub(super) fn new(error: &str, message: impl Into<String>) -> Self {
        // A message may name what a file has, which may be long.
        let message = message.into().chars().take(500).collect();
        Self { error: error.into(), message, ..Self::default() }
    }

    pub(super) fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }
}

/// The messages of Open Exchange Rates, which come with differing statuses, and whether they end a run.
const MESSAGES: [(&str, bool); 10] = [
    ("missing_app_id", true),
    ("invalid_app_id", true),
    ("not_allowed", true),
    ("access_restricted", true),
    ("invalid_base", true),
    ("not_found", true),
    ("invalid_date", false),
    ("invalid_date_range", false),
    ("invalid_currency", false),
    ("not_available", false),
];

#[derive(Deserialize)]
struct ErrorBody {
    error: bool,
    message: String,
    description: Option<String>,
}

/// The provider's own words, when a body is an error of Open Exchange Rates.
#[must_use]
pub fn error_of(body: &[u8]) -> Option<Refusal> {
    let error: ErrorBody = serde_json::from_slice(body).ok()?;
    if !error.error {
        return None;
    }
    let known = MESSAGES.iter().find(|(message, _)| *message == error.message);
    let said = error.description.as_deref().unwrap_or(&error.message);
    Some(Refusal {
        message: format!("the provider says: {said}"),
        stops: known.is_some_and(|(_, stops)| *stops),
        error: error.message,
        description: error.description,
        ..Refusal::default()
    })
}

/// A day as a reader finds it; what the file as a whole says of it comes later.
pub(super) fn day(source: Source, date: NaiveDate, base: &str, rates: Vec<Rate>) -> Day {
    let base = base.to_owned();
    Day {
        source,
        date,
        base,
        rates,
        published: None,
        provisional: false,
        file: String::new(),
        arrival: 0,
        until: date,
        listed: 0,
    }
}
