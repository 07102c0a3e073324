//! Figures from the engine inside: one statement, its rows by account or customer.

use std::collections::{BTreeMap, BTreeSet};
use std::{fmt, io};

use chrono::NaiveDate;
use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::decimal::{Decimal, DecimalError};
use super::figures::{Asked, Figures, Period};
use super::statement;
use crate::engine::{Access, Engine, EngineError, RunEvent, next_event};
use crate::query::QueryError;
use crate::value;

/// Columns of the statement's rows: whose, what, over which time, the value, or a text.
const COLUMNS: usize = 5;
/// What stands for a period where a row is a fact.
const FACT: &str = "fact";

/// What is asked of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub whose: Whose,
    /// The last day that counts.
    pub as_of: NaiveDate,
    pub asked: Asked,
    pub base_currency: String,
    /// Days after which a rate is too old to be used, as the lake's lines are converted.
    pub max_age_days: u16,
    /// What is told, of [`statement::TOPICS`].
    pub topics: Vec<&'static str>,
}

/// Whose figures are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    Account(String),
    EveryAccount,
    /// All accounts of a customer of the mapping table together.
    Customer(String),
    /// Every customer; an account of none stands for itself.
    EveryCustomer,
}

/// An account's number.
impl From<&str> for Whose {
    fn from(account: &str) -> Self {
        Self::Account(account.to_owned())
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account {account}"),
            Self::Customer(customer) => write!(f, "customer {customer}"),
            Self::EveryAccount => f.write_str("every account"),
            Self::EveryCustomer => f.write_str("every customer"),
        }
    }
}

impl Whose {
    /// The number or the code of a subject, and whether it is a customer's: `subjects.sql` says which where both may be.
    fn code<'s>(&self, subject: &'s str) -> (&'s str, bool) {
        match (self, subject.split_once(' ')) {
            (Self::Customer(_) | Self::EveryCustomer, Some((kind, code))) => (code, kind == "customer"),
            _ => (subject, false),
        }
    }
}

impl Request {
    /// Every figure, without an instalment or a floor.
    #[must_use]
    pub fn new(whose: Whose, as_of: NaiveDate, base_currency: &str) -> Self {
        Self {
            whose,
            as_of,
            asked: Asked::default(),
            base_currency: base_currency.to_owned(),
            max_age_days: 7,
            topics: statement::TOPICS.to_vec(),
        }
    }
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The calendar of the lake, its table `dates`, does not reach so far.
    #[error("the days up to {as_of} are not in the lake's calendar, which ends with {last}")]
    Calendar { as_of: NaiveDate, last: NaiveDate },
    #[error("there are no twelve months before {0}")]
    Date(NaiveDate),
    #[error("what was read elsewhere cannot be kept here meanwhile: {0}")]
    Kept(#[from] io::Error),
    #[error("the engine answers with {0}, which is no row of figures")]
    Row(String),
    #[error("{indicator} of {subject}: {source}")]
    Value { indicator: String, subject: String, source: DecimalError },
}

/// The figures from the lake that the engine reads, in the order of account numbers or customers; nothing where there is no line.
///
/// # Errors
/// When the engine's tables cannot be listed, the request asks for what there is not, the statement cannot be run, or its rows are
/// not what they should be.
pub fn read(
    engine: &dyn Engine,
    request: &Request,
    cancel: &CancellationToken,
) -> Result<Vec<Figures>, ReadError> {
    read_given(engine, request, &[], cancel)
}

/// The same, where tables of these names hold what the files of `queries/credit` of the same names tell.
pub(super) fn read_given(
    engine: &dyn Engine,
    request: &Request,
    given: &[&str],
    cancel: &CancellationToken,
) -> Result<Vec<Figures>, ReadError> {
    let tables = tables(engine, cancel)?;
    let query = statement::query(&request.topics, &request.base_currency, &tables, given)?;
    let statement = query.bind(engine.dialect(), &request.values()?)?;
    let mut found = BTreeMap::new();
    // What was read before for the given tables would be missing.
    let access = Access::Ours { is_measured: given.is_empty() };
    let mut events = engine.run(statement, access.into(), cancel.clone());
    let bytes_read = loop {
        match next_event(&mut events)? {
            RunEvent::Batch(batch) => {
                for row in 0..batch.num_rows() {
                    request.take(&mut found, &batch, row)?;
                }
            }
            RunEvent::Finished(stats) => break stats.bytes_scanned,
            RunEvent::Started(_) | RunEvent::Schema(_) | RunEvent::Progress(_) => {}
        }
    };
    let mut all: Vec<_> = found.into_values().collect();
    all.sort_by(|one, other| one.subject.account.cmp(&other.subject.account));
    for figures in &mut all {
        figures.inputs.bytes_read = bytes_read;
        for months in figures.history.values_mut() {
            months.sort_unstable();
        }
        figures.note_what_cannot_be_told();
    }
    Ok(all)
}

/// The names of the engine's tables, in lower case.
pub(super) fn tables(
    engine: &dyn Engine,
    cancel: &CancellationToken,
) -> Result<BTreeSet<String>, EngineError> {
    Ok(engine.catalog(cancel)?.into_iter().map(|table| table.name.to_ascii_lowercase()).collect())
}

impl Request {
    pub(super) fn values(&self) -> Result<BTreeMap<String, String>, ReadError> {
        let (from, to) = Period::Months(12).window(self.as_of).ok_or(ReadError::Date(self.as_of))?;
        let mut values: BTreeMap<_, _> = [
            ("as_of", self.as_of.to_string()),
            ("from", from.to_string()),
            ("to", to.to_string()),
            ("floor", self.asked.floor.to_string()),
            ("max_age_days", self.max_age_days.to_string()),
            ("base_currency", self.base_currency.clone()),
        ]
        .into();
        if let Some(instalment) = self.asked.instalment {
            values.insert("instalment", instalment.to_string());
        }
        match &self.whose {
            Whose::Account(account) => drop(values.insert("account", account.clone())),
            Whose::EveryAccount => {}
            Whose::Customer(customer) => {
                values.insert("customer", customer.clone());
                values.insert("by", "customer".to_owned());
            }
            Whose::EveryCustomer => drop(values.insert("by", "customer".to_owned())),
        }
        Ok(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Puts a row where it belongs.
    fn take(
        &self,
        found: &mut BTreeMap<String, Figures>,
        batch: &RecordBatch,
        row: usize,
    ) -> Result<(), ReadError> {
        let cell = |column: usize| value::plain(batch.column(column), row);
        if batch.num_columns() != COLUMNS {
            return Err(ReadError::Row(format!("{} columns", batch.num_columns())));
        }
        let (Some(subject), Some(indicator), Some(period)) = (cell(0), cell(1), cell(2)) else {
            return Err(ReadError::Row("a row that names nothing".to_owned()));
        };
        let figures = found.entry(subject).or_insert_with_key(|subject| {
            let (code, is_customer) = self.whose.code(subject);
            let mut figures = Figures::new(code, self.as_of, &self.base_currency);
            figures.subject.is_customer = is_customer;
            figures.asked = self.asked.clone();
            figures
        });
        if period == FACT {
            return figures.know(&indicator, cell(4));
        }
        let value =
            cell(3).map(|text| text.parse::<Decimal>()).transpose().map_err(|source| ReadError::Value {
                indicator: indicator.clone(),
                subject: figures.subject.account.clone(),
                source,
            })?;
        if let Ok(period) = period.parse::<Period>() {
            figures.values.insert((indicator, period), value);
        } else {
            let month = period.parse().map_err(|_| ReadError::Row(format!("the period {period}")))?;
            figures.history.entry(indicator).or_default().push((month, value));
        }
        Ok(())
    }
}

impl Figures {
    fn know(&mut self, fact: &str, text: Option<String>) -> Result<(), ReadError> {
        let Some(text) = text else { return Ok(()) };
        let wrong = || ReadError::Row(format!("{fact} {text:?}"));
        let date = || text.parse::<NaiveDate>().map_err(|_| wrong());
        let count = || text.parse::<u64>().map_err(|_| wrong());
        let facts = &mut self.facts;
        match fact {
            "customer" => self.subject.customer = Some(text),
            "name" => self.subject.name = Some(text),
            "customers" if count()? > 1 => {
                facts.notes.push(format!("The account belongs to {text} customers."));
            }
            "balance_currency" => facts.balance_currency = Some(text),
            "first_line" => facts.first_line = Some(date()?),
            "last_line" => facts.last_line = Some(date()?),
            "accounts" => facts.accounts = count()?,
            "num_lines" => facts.lines = count()?,
            "not_converted" => facts.not_converted = count()?,
            "creditworthiness" => facts.ratio_label = text,
            // The verdict that only repeats the label's first word hides nothing.
            "verdict" if !["High", "Moderate", "Low"].contains(&text.as_str()) => {
                facts.ratio_note = Some(text);
            }
            "last_day" => {
                let last = date()?;
                if last < self.as_of {
                    return Err(ReadError::Calendar { as_of: self.as_of, last });
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A balance that is there and cannot be told in the base currency.
    fn note_what_cannot_be_told(&mut self) {
        let year = Period::Months(12);
        let is_there = self.value("negative_days", year).is_some();
        if !is_there {
            let note = "The balance is not known on each day, so days below zero could not be judged.";
            self.facts.notes.push(note.to_owned());
        }
        let is_told = self.value("average_daily_balance", year).is_some();
        if is_there && !is_told {
            self.facts.notes.push(match &self.facts.balance_currency {
                Some(currency) => {
                    let base = &self.base_currency;
                    format!("{currency} has no rate on each day, so the balance is not told in {base}.")
                }
                None if self.facts.accounts > 1 => {
                    let base = &self.base_currency;
                    format!(
                        "The balances cannot be added up in {base} on each day: a day counts as below zero then when any account ends it so."
                    )
                }
                None => {
                    "The currency of the balance is not known: the lines name several, or none.".to_owned()
                }
            });
        }
    }
}
