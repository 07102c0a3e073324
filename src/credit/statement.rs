//! One statement from the files of `queries/credit`.
//!
//! A file is one SELECT. A line `-- with: a, b` in it names the files, else saved queries, that it reads: they stand before it
//! under their names, each once. `-- table: name (columns)` names a table that a lake may lack: an empty one stands for it.
//! So one statement over all topics scans the lake once where the engine keeps what stands before, and a topic alone is small.

use std::collections::BTreeSet;

use super::narrations::{Narrations, SHIPPED};
use crate::query::{self, Query, QueryError};

mod files {
    include!(concat!(env!("OUT_DIR"), "/queries_credit.rs"));
}

/// The file that asks the topics.
const FIGURES: &str = "figures";
/// What each topic file tells: `subject, indicator, period, dividend, divisor`.
pub const TOPICS: [&str; 12] = [
    "balances",
    "debt",
    "exposure",
    "flows",
    "income",
    "low_balances",
    "month_by_month",
    "quality",
    "ratio",
    "returned",
    "spread",
    "trend",
];

/// Why there is no statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    #[error("there is no file queries/credit/{0}.sql")]
    Missing(String),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Narrations(#[from] super::narrations::NarrationError),
}

/// The query over these topics, amounts in a base currency, for an engine with these tables; names are in lower case.
///
/// # Errors
/// When a file that is named is not there, or cannot be read.
pub fn query(topics: &[&str], base: &str, tables: &BTreeSet<String>) -> Result<Query, StatementError> {
    let mut parts = Parts { tables, named: BTreeSet::new(), before: Vec::new() };
    for topic in topics {
        parts.add(topic)?;
    }
    let figures = text(FIGURES).ok_or_else(|| StatementError::Missing(FIGURES.to_owned()))?;
    parts.add_all(figures)?;
    let asked = topics.iter().map(|topic| {
        format!(
            "\n      SELECT subject, indicator, period, CAST(dividend AS DECIMAL(38,6)) AS dividend, \
             CAST(divisor AS DECIMAL(38,6)) AS divisor FROM {topic}"
        )
    });
    let asked = asked.collect::<Vec<_>>().join("\n      UNION ALL");
    let start = figures.find("\nSELECT").map_or(0, |at| at + 1);
    let (header, select) = figures.split_at(start);
    let before = parts.before.join(",\n");
    let whole = format!("{header}WITH {before}\n{}", select.replace("{topics}", &asked));
    let whole = Narrations::parse(SHIPPED)?.written_in(&whole);
    Ok(Query::parse(FIGURES, &query::renamed(&whole, base))?)
}

/// What stands before the last SELECT.
struct Parts<'a> {
    tables: &'a BTreeSet<String>,
    named: BTreeSet<String>,
    before: Vec<String>,
}

impl Parts<'_> {
    fn add(&mut self, name: &str) -> Result<(), StatementError> {
        if self.named.insert(name.to_owned()) {
            let text = text(name).ok_or_else(|| StatementError::Missing(name.to_owned()))?;
            self.add_all(text)?;
            self.before.push(format!("{name} AS (\n{text})"));
        }
        Ok(())
    }

    /// What a file reads.
    fn add_all(&mut self, text: &str) -> Result<(), StatementError> {
        for (name, columns) in values(text, "table").filter_map(|table| table.split_once(" (")) {
            if !self.tables.contains(name) && self.named.insert(name.to_owned()) {
                self.before.push(empty(name, columns.trim_end_matches(')')));
            }
        }
        for name in values(text, "with").flat_map(|names| names.split(',')) {
            self.add(name.trim())?;
        }
        Ok(())
    }
}

/// The values of a key of a file's leading comments.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let comments = text.lines().map_while(|line| line.strip_prefix("--"));
    comments.filter_map(move |line| Some(line.trim().strip_prefix(key)?.strip_prefix(':')?.trim()))
}

/// A table without rows. Types with a comma in them have no blank after it.
fn empty(name: &str, columns: &str) -> String {
    let cells = columns.split(", ").filter_map(|column| column.split_once(' '));
    let cells = cells.map(|(column, sql_type)| format!("CAST(NULL AS {sql_type}) AS {column}"));
    format!("{name} AS (\nSELECT {} WHERE 1 = 0)", cells.collect::<Vec<_>>().join(", "))
}

/// The text of a file of the folder, else of a saved query.
fn text(name: &str) -> Option<&'static str> {
    let all = files::BUILT_IN.iter().chain(query::BUILT_IN);
    all.into_iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_used_and_stands_once() {
        let tables = ["customers", "response"].map(str::to_owned).into();
        let query = query(&TOPICS, "SGD", &tables).unwrap();
        for (name, _) in files::BUILT_IN.iter().filter(|(name, _)| *name != FIGURES) {
            let stands = [format!("\n{name} AS (\n-- "), format!("WITH {name} AS (\n-- ")];
            let count = |start: &String| query.text.matches(start).count();
            assert_eq!(stands.iter().map(count).sum::<usize>(), 1, "{name}");
        }
        assert!(query.text.contains("balance_breaks AS ("), "a saved query is read too");
        assert!(!query.text.contains("customers AS ("));
        assert!(!query.text.contains("{t") && !query.text.contains("{f") && !query.text.contains("{p"));
        assert_eq!(query.parameters.len(), 11);
    }

    #[test]
    fn a_table_that_is_not_there_is_an_empty_one_and_amounts_are_named_by_the_base() {
        let query = query(&["flows"], "USD", &BTreeSet::new()).unwrap();
        let empty =
            "customers AS (\nSELECT CAST(NULL AS VARCHAR) AS account_no, CAST(NULL AS VARCHAR) AS customer";
        assert_eq!(query.text.matches(empty).count(), 1);
        assert!(query.text.contains("CAST(NULL AS DECIMAL(28,12)) AS base_per_unit"));
        assert!(query.text.contains("deposit_usd_amt") && !query.text.contains("sgd"));
        assert!(!query.text.contains("currency_move_loss"), "a topic alone brings what it needs");
        assert!(matches!(
            super::query(&["nothing"], "SGD", &BTreeSet::new()),
            Err(StatementError::Missing(_))
        ));
    }
}
