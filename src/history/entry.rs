//! One entry: a statement as it can run again, and how it ended.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::secrets;
use crate::query::{ParameterKind, Statement};

/// Bytes of a statement that are kept.
pub(super) const LONGEST: usize = 64 << 10;

/// One statement that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its own name, given as it is written.
    #[serde(default)]
    pub id: String,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Who ran it: `explorer` or `query`.
    pub program: String,
    pub target: String,
    /// The title of a saved query; empty for what was typed.
    pub title: String,
    /// With a header that declares its parameters and has the values that were given, but for secret ones.
    pub statement: String,
    /// The statement was too long: this is its beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
    pub outcome: Outcome,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Rows that came.
    pub rows: u64,
    pub milliseconds: u64,
    /// Bytes scanned, and their price in billionths of a US dollar, where the engine bills by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nano_dollars: Option<u64>,
    #[serde(skip)]
    pub is_pinned: bool,
}

/// How a statement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Succeeded,
    Failed,
    Cancelled,
}

impl Outcome {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Entry {
    /// An entry of a statement that has succeeded with no rows in no time: the rest is filled in.
    #[must_use]
    pub fn of(statement: &Statement, program: &str, target: &str, title: &str) -> Self {
        let mut text = header(statement);
        let body = secrets::withheld(&undeclared(statement));
        let end = body.floor_char_boundary(LONGEST);
        text.push_str(&body[..end]);
        Self {
            id: String::new(),
            ended: DateTime::UNIX_EPOCH,
            program: program.to_owned(),
            target: target.to_owned(),
            title: secrets::withheld(title),
            statement: text,
            is_cut: end < body.len(),
            outcome: Outcome::Succeeded,
            error: None,
            rows: 0,
            milliseconds: 0,
            scanned: None,
            nano_dollars: None,
            is_pinned: false,
        }
    }
}

/// The statement without its own declarations of parameters that have values.
fn undeclared(statement: &Statement) -> String {
    let declares = |line: &str| {
        let declared =
            line.strip_prefix("--").map(str::trim_start).and_then(|line| line.strip_prefix("param:"));
        let name = declared.and_then(|declared| declared.split_whitespace().next());
        name.is_some_and(|name| statement.values.iter().any(|value| value.name == name))
    };
    let lines: Vec<_> = statement.running().trim().lines().filter(|line| !declares(line)).collect();
    lines.join("\n")
}

/// The declarations of a statement's parameters, their values as defaults; a secret one has none.
fn header(statement: &Statement) -> String {
    let mut lines = String::new();
    for value in &statement.values {
        let kind = match &value.kind {
            ParameterKind::Choice(options) => format!("choice({})", options.join("|")),
            ParameterKind::Date => "date".to_owned(),
            ParameterKind::Month => "month".to_owned(),
            kind => kind.label(),
        };
        let is_secret = secrets::is_secret(&value.name);
        // A month is bound as its first day.
        let text = value.text.as_deref().map(|text| match value.kind {
            ParameterKind::Month => text.get(..7).unwrap_or(text),
            _ => text,
        });
        let default = text.filter(|text| !is_secret && !text.contains(['\n', '\r']));
        let default = default.map(|text| format!(" = {text}")).unwrap_or_default();
        let optional = if value.text.is_none() { "?" } else { "" };
        let _ = writeln!(lines, "-- param: {} {kind}{optional}{default}", value.name);
    }
    lines
}
