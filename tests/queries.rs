//! Saved queries on a lake small enough to know every answer by hand, whatever the order in which a bank lists its lines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use duckdb::params_from_iter;
use saldo::config::Config;
use saldo::dialect::{Dialect, Names};
use saldo::engine::duckdb::{DuckDb, Settings};
use saldo::lake::Lake;
use saldo::query::{self, Query, Rendered, Statement};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

#[path = "queries/days.rs"]
mod days;
#[path = "queries/exact.rs"]
mod exact;
#[path = "queries/golden.rs"]
mod golden;

const HEADER: &str = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";

/// A lake, and the engine on it.
struct Home {
    folder: TempDir,
    lake: Lake,
    engine: DuckDb,
}

fn saldo(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_saldo"))
        .args(["--lake", "lake"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| name.starts_with("LD_")))
        .env("HOME", folder)
        .output()
        .unwrap()
}

impl Home {
    /// A lake of these statements, each a file with a header, and of other files by the command that takes them.
    fn new(statements: &[Vec<&str>], others: &[(&[&str], &str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let output = saldo(folder.path(), arguments);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        for (command, name, text) in others {
            fs::write(folder.path().join(name), text).unwrap();
            run(&[*command, &[*name]].concat());
        }
        for (index, lines) in statements.iter().enumerate() {
            let name = format!("statement-{index}.csv");
            fs::write(folder.path().join(&name), format!("{HEADER}{}\n", lines.join("\n"))).unwrap();
            run(&["ingest", "bank", &name]);
        }
        let lake = Lake::open(&folder.path().join("lake")).unwrap();
        let schemas = Config::default().schemas();
        let engine = DuckDb::new(Settings { lake: Some(lake.clone()), schemas, ..Settings::default() });
        Self { folder, lake, engine }
    }

    fn query(&self, name: &str) -> Query {
        let base = &self.lake.manifest.conversion.base;
        let (queries, errors) = query::all(None, base, &self.lake.newest_dates());
        assert_eq!(errors, []);
        queries.into_iter().find(|query| query.name == name).unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// The names of the columns, then the rows, cells joined by `|`; NULL is `∅`.
    fn run(&self, statement: &Statement) -> Vec<String> {
        let Rendered { sql, values, .. } = statement.render(Dialect::DuckDb, &Names::default());
        let connection = self.engine.connect(&sql, &CancellationToken::new()).unwrap();
        let text = format!("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql}\n)");
        let mut prepared = connection.prepare(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut found = prepared.query(params_from_iter(values.iter().map(|bound| &bound.text))).unwrap();
        let mut lines = Vec::new();
        while let Some(row) = found.next().unwrap() {
            let columns = row.as_ref().column_count();
            let cell = |index| row.get::<_, Option<String>>(index).unwrap().unwrap_or("∅".into());
            lines.push((0..columns).map(cell).collect::<Vec<_>>().join("|"));
        }
        drop(found);
        lines.insert(0, prepared.column_names().join("|"));
        lines
    }

    /// What a saved query answers, see [`Home::run`].
    fn ask(&self, name: &str, values: &[(&str, &str)]) -> Vec<String> {
        let values: BTreeMap<_, _> =
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.run(&self.query(name).bind(Dialect::DuckDb, &values).unwrap())
    }
}

/// The first columns of lines.
fn first(lines: &[String], columns: usize) -> Vec<String> {
    lines.iter().map(|line| line.split('|').take(columns).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn an_account_that_is_not_there_is_named() {
    let home = Home::new(&[vec!["700100411017,5-Jul-17,PAY,5-Jul-17,,,10,SGD,10"]], &[]);
    let ask = |account: &str| saldo(home.folder.path(), &["query", "balance_over_time", "-p", account]);
    let unknown = ask("account=700100411018");
    assert_eq!(unknown.status.code(), Some(3));
    assert_eq!(
        String::from_utf8_lossy(&unknown.stderr),
        "error: there is no account 700100411018 in the lake\nhint: `saldo query account_summary` lists the accounts\n"
    );
    assert!(unknown.stdout.is_empty());
    let none = saldo(home.folder.path(), &["query", "balance_over_time"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("lists the accounts"));
    let known = ask("account=700100411017");
    assert_eq!((known.status.code(), String::from_utf8_lossy(&known.stdout).lines().count()), (Some(0), 2));
}

/// Without values a query is about the newest data, whenever they are.
#[test]
fn windows_end_with_the_newest_data() {
    let home = Home::new(
        &[vec!["1,5-Jul-25,PAY,5-Jul-25,,,10,SGD,10", "1,6-Jul-25,PAY,6-Jul-25,,,10,SGD,20"]],
        &[(
            &["ingest", "balances"],
            "saldos.csv",
            "fecha,saldo_inversion,saldo_clientes,num_ingresos_hoy,num_egresos_hoy,saldo_flujos\n2025-03-31,1,2,3,4,5\n",
        )],
    );
    for (name, rows) in [
        ("monthly_cash_flow", 1),
        ("balance_over_time", 2),
        ("average_daily_balance", 1),
        ("currency_exposure", 1),
        ("average_balances", 1),
        ("balances_in_transit", 1),
        ("incoming_and_outgoing", 1),
        ("compare_two_dates", 5),
        ("weekday_rhythm", 1),
    ] {
        let account: &[_] = if name == "balance_over_time" { &[("account", "1")] } else { &[] };
        assert_eq!(home.ask(name, account).len() - 1, rows, "{name}");
    }
    assert_eq!(home.ask("average_balances", &[])[1], "1.00|2.00|5.00|1|6");
    assert_eq!(
        home.ask("compare_two_dates", &[])[1],
        "saldo_inversion|∅|∅|2025-03-31|1.00|∅|∅|nothing on or before the first date"
    );
}

static SPREAD: LazyLock<Home> = LazyLock::new(|| Home::new(&[golden::oldest_first()], &golden::others()));

/// After `normalise --base` columns carry the base's name, texts stay as they are.
#[test]
fn saved_queries_follow_the_base_currency() {
    let home = Home::new(&[golden::oldest_first()], &golden::others());
    let output = saldo(home.folder.path(), &["normalise", "--base", "XYZ"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("it is no currency of ISO 4217"), "{said}");
    let output = saldo(home.folder.path(), &["normalise", "--base", "USD"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let csv = |name: &str| {
        let of_one = ["balance_over_time", "account_lines_by_kind"].contains(&name);
        let account: &[_] = if of_one { &["-p", "account=1"] } else { &[] };
        let output = saldo(home.folder.path(), &[&["query", name], account].concat());
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let summary = csv("account_summary");
    assert!(summary.starts_with("account_no,total_withdrawals_usd,total_deposits_usd,net_usd,"), "{summary}");
    assert!(summary.contains("\n2,35.000000,90.000000,55.000000,4,0\n"), "{summary}");
    for (name, ..) in golden::ANSWERS {
        assert!(!csv(name).lines().next().unwrap().contains("sgd"), "{name}");
    }
}
