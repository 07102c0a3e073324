//! One statement from the files of `queries/credit`.
//!
//! A file is one SELECT, which names what it reads as [`crate::query::compose`] says: files of its own folder, else
//! parts, else saved queries. So one statement over all topics scans the lake once where the engine keeps what stands before,
//! and a topic alone is small. For an engine that does not keep it, [`gathered`] asks for what reads the lake alone.

use std::collections::BTreeSet;

use crate::query::compose::{Files, Parts};
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

/// The files that tell what the others read, and by which name these read it. Each is a statement of few stages on engines that
/// plan what stands before anew wherever it is named.
const GATHERED: [(&str, &str); 6] = [
    ("members", "members"),
    ("calendar", "calendar"),
    ("history", "history"),
    ("booked", "booked"),
    ("dated", "dated"),
    ("quotes", "response"),
];

/// The files that tell what the cards of one day have in common.
pub const COMMON: [&str; 6] = ["calendar", "history", "opening", "rates", "moves", "kinds"];

/// Where files are looked for, those of the check first.
const FOLDERS: [Files; 3] = [files::BUILT_IN, compose::PARTS, query::BUILT_IN];
/// In place of the currencies of an account, those that have a rate.
const EVERY_CURRENCY: Files = &[
    ("currencies", "SELECT DISTINCT currency AS balance_currency FROM response\n"),
    ("positions", "SELECT DISTINCT currency FROM response\n"),
];

/// The query over these topics, amounts in a base currency, for an engine with these tables; names are in lower case. What is
/// `given` are tables that hold what [`gathered`] asks for by these names.
///
/// # Errors
/// When a file that is named is not there, or cannot be read.
pub fn query(
    topics: &[&str],
    base: &str,
    tables: &BTreeSet<String>,
    given: &[&str],
) -> Result<Query, QueryError> {
    let mut parts = Parts::new(&FOLDERS, Some(tables)).given(given);
    for topic in topics {
        parts.add(topic)?;
    }
    let (header, select) = figures()?;
    parts.add_all(header)?;
    let asked = topics.iter().map(|topic| {
        format!(
            "\n      SELECT subject, indicator, period, CAST(dividend AS DECIMAL(38,6)) AS dividend, \
             CAST(divisor AS DECIMAL(38,6)) AS divisor FROM {topic}"
        )
    });
    let asked = asked.collect::<Vec<_>>().join("\n      UNION ALL");
    behind(&parts, FIGURES, &select.replace("{topics}", &asked), base)
}

/// Queries that ask an engine with these tables for all that the topics are computed from, each with the name of its table.
///
/// # Errors
/// As for [`query()`].
pub fn gathered(base: &str, tables: &BTreeSet<String>) -> Result<Vec<(&'static str, Query)>, QueryError> {
    let mut queries = Vec::new();
    for (name, table) in GATHERED {
        // Of a table that is not there is nothing to be had.
        let mut needed = compose::values(file(name)?, "table").filter_map(|needed| needed.split_once(" ("));
        if needed.all(|(needed, _)| tables.contains(needed)) {
            let mut parts = Parts::new(&FOLDERS, Some(tables));
            parts.add(name)?;
            queries.push((table, behind(&parts, name, &format!("SELECT * FROM {name}\n"), base)?));
        }
    }
    Ok(queries)
}

/// Queries that ask an engine with these tables for what the cards of one day have in common.
///
/// # Errors
/// As for [`query()`].
pub fn common(base: &str, tables: &BTreeSet<String>) -> Result<Vec<(&'static str, Query)>, QueryError> {
    let [own, parts, saved] = FOLDERS;
    let folders = [EVERY_CURRENCY, own, parts, saved];
    let asked = COMMON.into_iter().map(|name| {
        let mut parts = Parts::new(&folders, Some(tables));
        parts.add(name)?;
        Ok((name, behind(&parts, name, &format!("SELECT * FROM {name}\n"), base)?))
    });
    asked.collect()
}

/// The query of a SELECT behind what it reads, with the parameters of the check.
fn behind(parts: &Parts<'_>, name: &str, select: &str, base: &str) -> Result<Query, QueryError> {
    let (header, _) = figures()?;
    let whole = format!("{header}WITH {}\n{select}", parts.written()?);
    Query::parse(name, &query::renamed(&whole, base))
}

/// The file that asks the topics: its header, and its SELECT.
fn figures() -> Result<(&'static str, &'static str), QueryError> {
    let file = file(FIGURES)?;
    Ok(file.split_at(file.find("\nSELECT").map_or(0, |at| at + 1)))
}

/// The text of a file of the check.
fn file(name: &str) -> Result<&'static str, QueryError> {
    let found = files::BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    found.ok_or_else(|| QueryError::Part { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_used_and_stands_once() {
        let tables = ["customers", "response"].map(str::to_owned).into();
        let query = query(&TOPICS, "SGD", &tables, &[]).unwrap();
        // The rates that have to be fetched are here as they are.
        for (name, _) in files::BUILT_IN.iter().filter(|(name, _)| ![FIGURES, "quotes"].contains(name)) {
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
        let query = query(&["flows"], "USD", &BTreeSet::new(), &[]).unwrap();
        let empty =
            "customers AS (\nSELECT CAST(NULL AS VARCHAR) AS account_no, CAST(NULL AS VARCHAR) AS customer";
        assert_eq!(query.text.matches(empty).count(), 1);
        assert!(query.text.contains("CAST(NULL AS DECIMAL(28,12)) AS base_per_unit"));
        assert!(query.text.contains("deposit_usd_amt") && !query.text.contains("sgd"));
        assert!(!query.text.contains("currency_move_loss"), "a topic alone brings what it needs");
        assert!(matches!(
            super::query(&["nothing"], "SGD", &BTreeSet::new(), &[]),
            Err(QueryError::Part { .. })
        ));
    }

    #[test]
    fn what_is_gathered_elsewhere_is_all_that_the_topics_read_of_the_lake() {
        let tables: BTreeSet<_> = ["customers", "dates", "processed", "response"].map(str::to_owned).into();
        let gathered = gathered("SGD", &tables).unwrap();
        let names: Vec<_> = gathered.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["members", "calendar", "history", "booked", "dated", "response"]);
        let here = query(&TOPICS, "SGD", &BTreeSet::new(), &names).unwrap().text;
        for table in tables.iter().filter(|table| *table != "response") {
            let reads = [format!("FROM {table}\n"), format!("JOIN {table} ")];
            assert!(reads.iter().all(|read| !here.contains(read)), "{table} is read here");
            assert!(
                gathered.iter().any(|(_, query)| query.text.contains(&reads[0])),
                "{table} is read there"
            );
        }
        let without = super::gathered("SGD", &["dates", "processed"].map(str::to_owned).into()).unwrap();
        let names: Vec<_> = without.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["calendar", "history", "booked", "dated"]);
    }
}
