//! Real Spark tells the same figures of the credit check from the same statement. What stands before it is a table each, made
//! once: Spark plans what stands in a WITH anew wherever it is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use saldo::credit::statement::{TOPICS, query};
use saldo::dialect::{Dialect, Names};
use saldo::engine::duckdb::Connection;
use saldo::lake::Lake;
use saldo::sql::{self, Kind, quote_text};
use serde_json::json;

use super::credit_lake::{self, AS_OF};
use super::{assert_same, one, python};

/// The tables that the statement reads.
const TABLES: [&str; 3] = ["processed", "response", "dates"];

/// The statement with its values written into it.
fn statement() -> String {
    let tables: BTreeSet<_> = TABLES.map(str::to_owned).into();
    let values = [
        ("as_of", AS_OF),
        ("from", "2019-01-01"),
        ("to", "2019-12-31"),
        ("floor", "100"),
        ("max_age_days", "7"),
        ("base_currency", "SGD"),
        ("instalment", "125.50"),
    ];
    let values: BTreeMap<_, _> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let query = query(&TOPICS, "SGD", &tables, &[]).unwrap();
    let rendered = query.bind(Dialect::DuckDb, &values).unwrap().render(Dialect::DuckDb, &Names::default());
    let mut text = rendered.sql;
    // From the last on: the first's number begins others.
    for (at, value) in rendered.values.iter().enumerate().rev() {
        let value = value.text.as_deref().map_or("NULL".to_owned(), quote_text);
        text = text.replace(&format!("${} ", at + 1), &format!("{value} "));
    }
    text
}

/// What stands before a statement, each with its name, and the statement.
fn steps(text: &str) -> (Vec<(String, String)>, String) {
    let tokens: Vec<_> = sql::tokens(text).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let (mut steps, mut depth, mut name, mut begin) = (Vec::new(), 0, "", 0);
    for (at, token) in tokens.iter().enumerate().skip(1) {
        match &text[token.range.clone()] {
            "(" => {
                if depth == 0 {
                    begin = token.range.end;
                }
                depth += 1;
            }
            ")" => {
                depth -= 1;
                if depth == 0 {
                    steps.push((name.to_owned(), text[begin..token.range.start].to_owned()));
                    // Behind the last there is no comma.
                    let next = tokens[at + 1].range.clone();
                    if &text[next.clone()] != "," {
                        return (steps, text[next.start..].to_owned());
                    }
                }
            }
            word if depth == 0 && token.kind == Kind::Name => name = word,
            _ => {}
        }
    }
    panic!("no statement follows: {text}");
}

#[test]
fn the_credit_check_says_the_same_on_spark() {
    let folder = tempfile::tempdir().unwrap();
    credit_lake::make(folder.path(), |arguments| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
        let output = command.args(["--lake", "lake"]).args(arguments).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    });
    let lake = Lake::open(&folder.path().join("lake")).unwrap();
    let text = statement();
    let connection = Connection::open_in_memory().unwrap();
    for name in TABLES {
        let glob = lake.glob(lake.table(name).unwrap());
        connection.execute_batch(&format!("CREATE VIEW {name} AS FROM read_parquet('{glob}')")).unwrap();
    }
    connection.execute_batch(&format!("CREATE TABLE here AS {text}")).unwrap();
    let told = |what: &str| one(&connection, &format!("SELECT CAST({what} AS VARCHAR) FROM here"));
    assert_eq!(told("COUNT(DISTINCT subject)"), "2");
    assert!(told("COUNT(value)").parse::<u32>().unwrap() > 200, "{} values", told("COUNT(value)"));

    // A text has no length there.
    let (steps, last) = steps(&text.replace("AS VARCHAR)", "AS STRING)"));
    assert!(steps.len() > 30 && steps.iter().any(|(name, _)| name == "balance_breaks"), "{steps:?}");
    let tables: BTreeMap<_, _> = TABLES.iter().map(|name| (name, lake.root.join(name))).collect();
    let plan = json!({ "folder": folder.path(), "tables": tables, "steps": steps, "last": last });
    let plan_file = folder.path().join("plan.json");
    fs::write(&plan_file, plan.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spark/credit.py");
    let output = Command::new(python()).arg(script).arg(&plan_file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let there = format!("read_parquet('{}/there/*.parquet')", folder.path().display());
    let rows = |from: &str| {
        format!(
            "(SELECT subject, indicator, period, CAST(value AS DECIMAL(38,6)) AS value, text FROM {from})"
        )
    };
    assert_same(&connection, &rows("here"), &rows(&there), "the figures");
}
