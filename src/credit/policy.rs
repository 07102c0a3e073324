//! What is judged, how, and why: the rules that lead from figures to a grade.
//!
//! They are data, a file that anyone may replace by their own; see `policy.toml` beside this for what each key means.

pub mod file;

use super::decimal::Decimal;
use super::figures::Period;
use super::indicators::Indicator;
use super::sentences::Sentence;

/// The rules that the program comes with.
pub const SHIPPED: &str = include_str!("policy.toml");

/// The rules of a credit check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub version: String,
    /// The only base currency for which the rules are meant; any, where they name no amount of money.
    pub base_currency: Option<String>,
    /// Full months that there must be for a grade.
    pub minimum_months: Decimal,
    /// Share of the lines that must be converted for a grade.
    pub minimum_converted: Decimal,
    /// Days without a line before the as-of date that a grade still bears; any number where there is none.
    pub maximum_silence: Option<Decimal>,
    /// Balance below which a day is low at any rate.
    pub floor: Decimal,
    pub edges: GradeEdges,
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// Of the file, in hexadecimal.
    pub sha256: String,
}

/// From how many percent of the points that can be reached a grade is green or amber; below, it is red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GradeEdges {
    pub green_from: i64,
    pub amber_from: i64,
}

/// What is said of an indicator over a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub indicator: &'static Indicator,
    pub period: Period,
    pub meaning: String,
    /// What is said when the value cannot be told; else its label does.
    pub unknown: Option<Sentence>,
    pub speech: Speech,
}

/// The sentences, with the bands if the value is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speech {
    /// It is shown and said, and never judged.
    Shown(Sentence),
    Judged(Box<Judged>),
}

/// How a value is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub worse: Worse,
    /// The worst values that are still green, and still amber.
    pub edges: [Decimal; 2],
    /// None for what has bands and never counts.
    pub points: Option<Points>,
    pub rules: Vec<Rule>,
    pub in_favour: Sentence,
    pub against: Sentence,
    /// Where the edges come from.
    pub source: String,
}

/// On which side the bad values lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Worse {
    High,
    Low,
}

/// What each band adds to the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points {
    pub green: i64,
    pub amber: i64,
    pub red: i64,
}

/// A value past this leaves at best this band as the grade, whatever the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub beyond: Decimal,
    pub at_best: Band,
}

/// How well something stands, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    Green,
    Amber,
    Red,
}

impl Band {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

impl Worse {
    /// Whether a value lies past an edge, on the bad side of it.
    #[must_use]
    pub fn is_past(self, value: Decimal, edge: Decimal) -> bool {
        match self {
            Self::High => value > edge,
            Self::Low => value < edge,
        }
    }
}

impl Judged {
    /// The band of a value; the edges belong to the better one.
    #[must_use]
    pub fn band(&self, value: Decimal) -> Band {
        let [green, amber] = self.edges;
        if !self.worse.is_past(value, green) {
            Band::Green
        } else if !self.worse.is_past(value, amber) {
            Band::Amber
        } else {
            Band::Red
        }
    }

    /// The strictest rule that a value breaks.
    #[must_use]
    pub fn broken(&self, value: Decimal) -> Option<Rule> {
        let broken = self.rules.iter().filter(|rule| self.worse.is_past(value, rule.beyond));
        broken.max_by_key(|rule| rule.at_best).copied()
    }
}

impl Points {
    #[must_use]
    pub const fn of(self, band: Band) -> i64 {
        match band {
            Band::Green => self.green,
            Band::Amber => self.amber,
            Band::Red => self.red,
        }
    }
}

impl Entry {
    #[must_use]
    pub fn judged(&self) -> Option<&Judged> {
        match &self.speech {
            Speech::Judged(judged) => Some(judged),
            Speech::Shown(_) => None,
        }
    }
}

impl Policy {
    /// What is said of an indicator over a period.
    #[must_use]
    pub fn entry(&self, indicator: &str, period: Period) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.indicator.name == indicator && entry.period == period)
    }
}
