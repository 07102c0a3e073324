//! The card: all that a person reads of one account, free of any form.
//!
//! There is no clock in it: the same figures and policy make the same card.

pub mod csv;
pub mod html;
pub mod json;
pub mod markdown;
mod notes;
pub mod sparkline;
pub mod text;

use chrono::NaiveDate;
use serde::Serialize;

pub use self::notes::Note;
use super::decimal::Decimal;
use super::figures::{Figures, Period};
use super::grade::{Graded, Outcome, Score, Verdict};
use super::indicators::{INDICATORS, Indicator, Rows, Unit};
use super::policy::{Band, Entry, Policy};
use super::read::Whose;
use super::reasons::{self, Reason, reasons};
use super::sentences::{edge_words, window, words};
use crate::checksum::sha256;

/// What every card says of itself.
pub const DISCLAIMER: &str = "Decision support, not a decision.";

/// What stands beside a grade with an instalment that is not there yet.
pub const WHAT_IF: &str = "What-if: an instalment that does not exist counts as debt here.";

/// Changes when a key of the card changes its meaning.
const FORM: u32 = 1;

/// What a card is of that is of all accounts of a customer.
const CUSTOMER: &str = "customer";

/// One account's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    pub form: u32,
    /// Of the inputs: the same inputs have the same one.
    pub run_id: String,
    /// `account`, or `customer`: all accounts of one, whose code stands for the account's number.
    pub subject: &'static str,
    pub account: String,
    pub name: Option<String>,
    pub customer: Option<String>,
    pub as_of: NaiveDate,
    pub base_currency: String,
    pub balance_currency: Option<String>,
    /// Proposed, a month, in the base currency.
    pub instalment: Option<Decimal>,
    pub disclaimer: &'static str,
    pub headline: Headline,
    /// How the points were counted; none without a grade.
    pub points: Option<Points>,
    pub ratio: Ratio,
    /// About the data: what a reader must know before the numbers.
    pub notes: Vec<Note>,
    pub against: Vec<Reason>,
    #[serde(rename = "for")]
    pub in_favour: Vec<Reason>,
    /// What the policy judges and nobody can tell: neither for nor against.
    pub unknown: Vec<&'static str>,
    pub figures: Vec<Row>,
    pub policy: PolicyStamp,
    pub inputs: Inputs,
}

/// The grade in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Headline {
    /// None where the data do not carry a grade.
    pub band: Option<Band>,
    /// `green`, or `insufficient data`.
    pub word: &'static str,
    /// What weighs most.
    pub sentence: String,
}

/// The points, and what the rules leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Points {
    pub sum: i64,
    pub reachable: i64,
    pub percent: String,
    pub green_from: i64,
    pub amber_from: i64,
    pub band: Band,
    /// The best grade that the broken rules leave.
    pub at_best: Option<Band>,
}

/// The second job's ratio, its label word for word, and what the label hides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ratio {
    pub value: Option<Decimal>,
    pub shown: String,
    pub label: String,
    pub rows: Rows,
}

/// An indicator over all its periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub group: &'static str,
    pub indicator: &'static str,
    pub label: &'static str,
    /// `days`, or the base currency for money.
    pub unit: String,
    pub sentence: String,
    pub meaning: Option<String>,
    pub rows: Rows,
    pub cells: Vec<Cell>,
    pub history: Vec<Month>,
}

/// A value over a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    pub period: Period,
    /// None from the first line on.
    pub from: Option<NaiveDate>,
    pub to: NaiveDate,
    pub value: Option<Decimal>,
    /// The value with its unit, for a person.
    pub shown: String,
    pub band: Option<Band>,
    pub points: Option<i64>,
    pub rule: Option<String>,
    pub threshold: Option<String>,
    pub source: Option<String>,
}

/// A value of a month, which is called by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Month {
    pub month: NaiveDate,
    pub value: Option<Decimal>,
}

/// Which policy judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyStamp {
    pub version: String,
    pub sha256: String,
}

/// Which data were judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inputs {
    pub manifest_sha256: String,
    pub rates: Vec<Rate>,
    pub first_line: Option<NaiveDate>,
    pub last_line: Option<NaiveDate>,
    pub lines: u64,
    pub not_converted: u64,
}

/// A source of rates, and how far it reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rate {
    pub source: String,
    pub last: NaiveDate,
}

/// What is said of an instalment that is not there yet.
#[must_use]
pub fn proposed(instalment: Decimal, currency: &str) -> String {
    format!("with a proposed instalment of {}", edge_words(Unit::MoneyAMonth, instalment, currency))
}

impl Card {
    /// The card of an account's figures, judged by a policy.
    #[must_use]
    pub fn new(policy: &Policy, figures: &Figures) -> Self {
        let graded = Graded::new(policy, figures);
        let [against, in_favour] = match graded.outcome {
            Outcome::Grade(_) => reasons(policy, figures, &graded),
            Outcome::Insufficient(_) => [Vec::new(), Vec::new()],
        };
        let facts = &figures.facts;
        Self {
            form: FORM,
            run_id: run_id(policy, figures),
            subject: if figures.subject.is_customer { CUSTOMER } else { "account" },
            account: figures.subject.account.clone(),
            name: figures.subject.name.clone(),
            customer: figures.subject.customer.clone(),
            as_of: figures.as_of,
            base_currency: figures.base_currency.clone(),
            balance_currency: facts.balance_currency.clone(),
            instalment: figures.asked.instalment,
            disclaimer: DISCLAIMER,
            headline: headline(&graded.outcome, &against, &in_favour),
            points: points(policy, &graded.outcome),
            ratio: ratio(policy, figures),
            notes: notes::of(figures),
            against,
            in_favour,
            unknown: unknown(policy, &graded.verdicts),
            figures: INDICATORS.iter().map(|indicator| row(indicator, policy, figures, &graded)).collect(),
            policy: PolicyStamp { version: policy.version.clone(), sha256: policy.sha256.clone() },
            inputs: Inputs {
                manifest_sha256: figures.inputs.manifest_sha256.clone(),
                rates: figures
                    .inputs
                    .rates
                    .iter()
                    .map(|rate| Rate { source: rate.source.clone(), last: rate.last })
                    .collect(),
                first_line: facts.first_line,
                last_line: facts.last_line,
                lines: facts.lines,
                not_converted: facts.not_converted,
            },
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn whose(&self) -> Whose {
        let code = self.account.clone();
        if self.subject == CUSTOMER { Whose::Customer(code) } else { Whose::Account(code) }
    }

    /// The account's number, or the customer's code, with the names that go with it.
    #[must_use]
    pub fn called(&self) -> String {
        let is_customer = self.subject == CUSTOMER;
        let first = if is_customer { format!("{CUSTOMER} {}", self.account) } else { self.account.clone() };
        let names = [self.name.as_ref(), self.customer.as_ref().filter(|_| !is_customer)];
        names.into_iter().flatten().fold(first, |called, name| format!("{called} · {name}"))
    }

    /// When, in which currencies, and with what proposed.
    #[must_use]
    pub fn about(&self) -> String {
        self.about_with(self.balance_currency.as_deref())
    }

    /// The same without what is the account's own, for a list of accounts.
    #[must_use]
    pub fn in_common(&self) -> String {
        self.about_with(None)
    }

    fn about_with(&self, account_currency: Option<&str>) -> String {
        let mut about = format!("As of {} · amounts in {}", self.as_of, self.base_currency);
        if let Some(currency) = account_currency {
            about = format!("{about} · account in {currency}");
        }
        if let Some(instalment) = self.instalment {
            about = format!("{about} · {}", proposed(instalment, &self.base_currency));
        }
        about
    }

    /// What a list says of it: what speaks against it most, else what speaks for it. That no day ended below zero can be said of
    /// most accounts that are green, and tells them from none.
    #[must_use]
    pub fn weightiest(&self) -> Option<&Reason> {
        self.against.first().or(self.in_favour.first())
    }

    /// The sentence of that, or why there is no grade.
    #[must_use]
    pub fn in_a_line(&self) -> &str {
        match (self.headline.band, self.weightiest()) {
            (Some(_), Some(reason)) => &reason.sentence,
            _ => &self.headline.sentence,
        }
    }

    /// The first row of an indicator.
    #[must_use]
    pub fn row(&self, indicator: &str) -> Option<&Row> {
        self.figures.iter().find(|row| row.indicator == indicator)
    }
}

impl Points {
    /// How the points were counted, and what a broken rule leaves.
    #[must_use]
    pub fn sentence(&self) -> String {
        let points = format!(
            "{:+} of at most {} points are {} %: {}; green from {} %, amber from {} %.",
            self.sum,
            self.reachable,
            self.percent,
            self.band.name(),
            self.green_from,
            self.amber_from
        );
        match self.at_best {
            Some(Band::Red) => format!("{points} A rule is broken: the grade is red."),
            Some(best) => format!("{points} A rule is broken: the grade is at best {}.", best.name()),
            None => points,
        }
    }
}

impl Inputs {
    /// The sources of the rates, and how far each reaches.
    #[must_use]
    pub fn rate_words(&self) -> String {
        let rates = self.rates.iter().map(|rate| format!("{} to {}", rate.source, rate.last));
        let rates = rates.collect::<Vec<_>>().join(", ");
        if rates.is_empty() { "none".to_owned() } else { rates }
    }
}

impl Row {
    /// The value that is judged, else the one over the longest period.
    #[must_use]
    pub fn main(&self) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.band.is_some()).or(self.cells.last())
    }
}

fn run_id(policy: &Policy, figures: &Figures) -> String {
    let asked = &figures.asked;
    let parts = [
        concat!("saldo ", env!("CARGO_PKG_VERSION")).to_owned(),
        FORM.to_string(),
        figures.inputs.manifest_sha256.clone(),
        policy.sha256.clone(),
        figures.subject.account.clone(),
        figures.subject.is_customer.to_string(),
        figures.as_of.to_string(),
        figures.base_currency.clone(),
        asked.instalment.map_or_else(String::new, |instalment| instalment.to_string()),
        asked.floor.to_string(),
    ];
    // Each part with its length, so that no two lists of parts read alike.
    let text: Vec<_> = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    let mut id = sha256(text.join("\n"));
    id.truncate(16);
    id
}

fn headline(outcome: &Outcome, against: &[Reason], in_favour: &[Reason]) -> Headline {
    let grade = match outcome {
        Outcome::Insufficient(why) => {
            return Headline { band: None, word: "insufficient data", sentence: why.join(" ") };
        }
        Outcome::Grade(grade) => grade,
    };
    let weightiest = match grade.band {
        Band::Green => in_favour.first(),
        Band::Amber | Band::Red => against.first(),
    };
    let sentence = weightiest.map_or_else(
        || "What is known says little for it, and nothing against it.".to_owned(),
        |reason| reason.sentence.clone(),
    );
    Headline { band: Some(grade.band), word: grade.band.name(), sentence }
}

fn points(policy: &Policy, outcome: &Outcome) -> Option<Points> {
    let Outcome::Grade(grade) = outcome else { return None };
    let Score { points, reachable, band } = grade.score;
    Some(Points {
        sum: points,
        reachable,
        percent: grade.score.percent(),
        green_from: policy.edges.green_from,
        amber_from: policy.edges.amber_from,
        band,
        at_best: grade.at_best,
    })
}

fn ratio(policy: &Policy, figures: &Figures) -> Ratio {
    let value = figures.value("ratio", Period::All);
    let is_it = |entry: &&Entry| entry.indicator.name == "ratio" && entry.period == Period::All;
    let judged = policy.entries.iter().find(is_it).and_then(Entry::judged);
    let edges = judged.map_or(&[][..], |judged| &judged.edges);
    let facts = &figures.facts;
    let note = || facts.ratio_note.clone().unwrap_or_else(|| "n/a: no withdrawals".to_owned());
    Ratio {
        value,
        shown: value.map_or_else(note, |value| words(Unit::Ratio, Some(value), "", edges)),
        label: facts.ratio_label.clone(),
        rows: Rows { query: "credit_worthiness", kind: None },
    }
}

fn unknown(policy: &Policy, verdicts: &[Verdict]) -> Vec<&'static str> {
    let counts = |entry: &Entry| {
        entry.judged().is_some_and(|judged| judged.points.is_some() || !judged.rules.is_empty())
    };
    let entries = policy.entries.iter().zip(verdicts);
    entries
        .filter(|(entry, verdict)| counts(entry) && verdict.band.is_none())
        .map(|(entry, _)| entry.indicator.label)
        .collect()
}

fn row(indicator: &'static Indicator, policy: &Policy, figures: &Figures, graded: &Graded) -> Row {
    let entries = policy.entries.iter().zip(&graded.verdicts);
    let of = |period: Period| {
        entries.clone().find(|(entry, _)| entry.indicator == indicator && entry.period == period)
    };
    let first = entries.clone().find(|(entry, _)| entry.indicator == indicator);
    let main = indicator.periods.last().copied().unwrap_or(Period::All);
    let history = figures.history.get(indicator.name).into_iter().flatten();
    Row {
        group: indicator.group.title(),
        indicator: indicator.name,
        label: indicator.label,
        unit: unit_name(indicator.unit, &figures.base_currency),
        sentence: match first {
            Some((entry, verdict)) => reasons::sentence(entry, verdict.band, figures),
            None => {
                let value =
                    words(indicator.unit, figures.value(indicator.name, main), &figures.base_currency, &[]);
                format!("{} {}: {value}.", indicator.label, window(main, figures))
            }
        },
        meaning: first.map(|(entry, _)| entry.meaning.clone()),
        rows: indicator.rows,
        cells: indicator
            .periods
            .iter()
            .map(|period| cell(indicator, *period, of(*period), figures))
            .collect(),
        history: history.map(|(month, value)| Month { month: *month, value: *value }).collect(),
    }
}

fn cell(indicator: &Indicator, period: Period, entry: Option<(&Entry, &Verdict)>, figures: &Figures) -> Cell {
    let judged = entry.and_then(|(entry, _)| entry.judged());
    let verdict = entry.map(|(_, verdict)| *verdict).unwrap_or_default();
    let value = figures.value(indicator.name, period);
    let edges = judged.map_or(&[][..], |judged| &judged.edges);
    let window = period.window(figures.as_of);
    let currency = &figures.base_currency;
    Cell {
        period,
        from: window.map_or(figures.facts.first_line, |(from, _)| Some(from)),
        to: window.map_or(figures.as_of, |(_, to)| to),
        value,
        shown: match value {
            None if never(indicator, figures) => "never".to_owned(),
            value => words(indicator.unit, value, currency, edges),
        },
        band: verdict.band,
        points: verdict.points,
        rule: judged.and_then(|judged| reasons::rule_words(indicator, judged, verdict, currency)),
        threshold: judged.map(|judged| reasons::threshold(indicator, judged, currency)),
        source: judged.map(|judged| judged.source.clone()),
    }
}

/// Whether there is no such day: the balance is known on each, and none of them is one.
fn never(indicator: &Indicator, figures: &Figures) -> bool {
    let days = figures.value("negative_days", Period::MonthsAndSince(12));
    indicator.name == "days_since_negative" && days == Some(Decimal::ZERO)
}

/// What the row's digits count.
fn unit_name(unit: Unit, currency: &str) -> String {
    match unit {
        Unit::Money => return currency.to_owned(),
        Unit::MoneyAMonth => return format!("{currency} a month"),
        Unit::Months => "months",
        Unit::Days => "days",
        Unit::DaysAMonth => "days a month",
        Unit::Items => "items",
        Unit::Sources => "payers",
        Unit::Ratio => "ratio",
        Unit::Share => "share",
        Unit::PercentAMonth => "a month",
    }
    .to_owned()
}
