//! The figures of the credit check beside what was worked out by hand, on a lake small enough to know every answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use chrono::NaiveDate;
use saldo::config::Config;
use saldo::credit::figures::{Figures, Period};
use saldo::credit::read::{ReadError, Request, Whose, read};
use saldo::engine::duckdb::{DuckDb, Settings};
use saldo::lake::Lake;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

#[path = "credit_figures/agree.rs"]
mod agree;
#[path = "credit_figures/customers.rs"]
mod customers;
#[path = "credit_figures/narrations.rs"]
mod narrations;
#[path = "credit_figures/vectors.rs"]
mod vectors;

const HEADER: &str = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";

/// A lake, and the engine on it.
struct Home {
    folder: TempDir,
    engine: DuckDb,
}

fn saldo(folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
        .args(["--lake", "lake"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| name.starts_with("LD_")))
        .env("HOME", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

impl Home {
    /// A lake of these statements, each a file with a header, and with the rates of [`rates`].
    fn new(statements: &[Vec<String>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("rates.csv"), rates()).unwrap();
        saldo(folder.path(), &["rates", "import", "rates.csv"]);
        for (index, lines) in statements.iter().enumerate() {
            let name = format!("statement-{index}.csv");
            fs::write(folder.path().join(&name), format!("{HEADER}{}\n", lines.join("\n"))).unwrap();
            saldo(folder.path(), &["ingest", "bank", &name]);
        }
        Self::open(folder)
    }

    fn open(folder: TempDir) -> Self {
        let lake = Lake::open(&folder.path().join("lake")).unwrap();
        let engine = DuckDb::new(Settings {
            lake: Some(lake),
            schemas: Config::default().schemas(),
            ..Settings::default()
        });
        Self { folder, engine }
    }

    fn ask(&self, request: &Request) -> Result<Vec<Figures>, ReadError> {
        read(&self.engine, request, &CancellationToken::new())
    }

    /// The figures of one account.
    fn account(&self, account: &str, as_of: &str) -> Figures {
        let mut found = self.ask(&request(Whose::Account(account.to_owned()), as_of)).unwrap();
        assert_eq!(found.len(), 1, "{account}");
        found.pop().unwrap()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn request(whose: Whose, as_of: &str) -> Request {
    Request::new(whose, day(as_of), "SGD")
}

/// A value as the tables have it, `∅` where it cannot be told.
fn value(figures: &Figures, indicator: &str, period: &str) -> String {
    let key = (indicator.to_owned(), period.parse::<Period>().unwrap());
    let value = figures.values.get(&key).unwrap_or_else(|| panic!("there is no {indicator} {period}"));
    value.map_or("∅".to_owned(), |value| {
        value.to_string().trim_end_matches('0').trim_end_matches('.').to_owned()
    })
}

/// Each indicator and period beside its value, and all that differ at once.
fn assert_values(figures: &Figures, expected: &[(&str, &str, &str)]) {
    let wrong: Vec<_> = expected
        .iter()
        .map(|(indicator, period, right)| (indicator, period, right, value(figures, indicator, period)))
        .filter(|(_, _, right, found)| *right != found)
        .collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", figures.subject.account);
}

/// The months of a history that are there, `2019-08 value`.
fn months(figures: &Figures, indicator: &str) -> Vec<String> {
    let history =
        figures.history.get(indicator).unwrap_or_else(|| panic!("there is no history of {indicator}"));
    let text = |value: Option<saldo::credit::decimal::Decimal>| {
        value.map_or("∅".to_owned(), |value| value.rounded(2))
    };
    history.iter().map(|(month, value)| format!("{} {}", month.format("%Y-%m"), text(*value))).collect()
}

/// A US dollar is 1.50 Singapore dollars until the middle of August 2019, and 1.35 from then on.
fn rates() -> String {
    let mut text = "Date,USD,SGD,\n".to_owned();
    let first = day("2018-08-20");
    for date in first.iter_days().take_while(|date| *date <= day("2020-03-31")) {
        let dollars = if date < day("2019-08-16") { "1.5" } else { "1.35" };
        writeln!(text, "{date},1.0,{dollars},").unwrap();
    }
    text
}

/// `account,day,text,value day,out,currency,in,currency,balance` of a line in Singapore dollars; a negative amount goes out.
fn line(account: &str, date: &str, text: &str, amount: i64, balance: i64) -> String {
    line_in("SGD", account, date, date, text, amount, balance)
}

fn line_in(
    currency: &str,
    account: &str,
    booked: &str,
    valued: &str,
    text: &str,
    amount: i64,
    balance: i64,
) -> String {
    let sides =
        if amount < 0 { format!("{},{currency},,", -amount) } else { format!(",,{amount},{currency}") };
    format!("{account},{booked},{text},{valued},{sides},{balance}")
}

/// A balance that begins with nothing and moves by each amount.
fn lines(account: &str, moves: &[(&str, &str, i64)]) -> Vec<String> {
    let mut balance = 0;
    let line = |(date, text, amount): &(&str, &str, i64)| {
        balance += amount;
        line(account, date, text, *amount, balance)
    };
    moves.iter().map(line).collect()
}

static HOME: LazyLock<Home> = LazyLock::new(|| {
    let mut oldest_first = vectors::statement();
    let newest_first = vectors::several_a_day("NEWEST").into_iter().rev().collect();
    oldest_first.extend(vectors::several_a_day("OLDEST"));
    Home::new(&[oldest_first, newest_first, narrations::statement()])
});
