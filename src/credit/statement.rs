//! One statement from the files of `queries/credit`.
//!
//! A file is one SELECT, which names what it reads as [`compose`](crate::query::compose) says: files of its own folder, else
//! parts, else saved queries. So one statement over all topics scans the lake once where the engine keeps what stands before,
//! and a topic alone is small.

use std::collections::BTreeSet;

use crate::query::compose::Parts;
use crate::query::{self, Query, QueryError, compose};

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

/// The query over these topics, amounts in a base currency, for an engine with these tables; names are in lower case.
///
/// # Errors
/// When a file that is named is not there, or cannot be read.
pub fn query(topics: &[&str], base: &str, tables: &BTreeSet<String>) -> Result<Query, QueryError> {
    let folders = [files::BUILT_IN, compose::PARTS, query::BUILT_IN];
    let mut parts = Parts::new(&folders, Some(tables));
    for topic in topics {
        parts.add(topic)?;
    }
    let missing = || QueryError::Part { name: FIGURES.to_owned() };
    let (_, figures) = files::BUILT_IN.iter().find(|(name, _)| *name == FIGURES).ok_or_else(missing)?;
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
    let whole = format!("{header}WITH {}\n{}", parts.written()?, select.replace("{topics}", &asked));
    Query::parse(FIGURES, &query::renamed(&whole, base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_used_and_stands_once() {
        let tables = ["customers", "response"].map(str::to_owned).into();
        let query = query(&TOPICS, "SGD", &tables).unwrap();
        for (name, _) in files::BUILT_IN.iter().filter(|(name, _)| *name != FIGURES) {
            let stands = [format!("\n{name} AS (\n  -- "), format!("WITH {name} AS (\n  -- ")];
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
        assert!(matches!(super::query(&["nothing"], "SGD", &BTreeSet::new()), Err(QueryError::Part { .. })));
    }
}
