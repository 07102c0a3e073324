//! Saved queries on statements small enough to know the answers by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

const HEADER: &str = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";

fn saldo(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
        .args(["--lake", "lake"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The columns of a saved query's answer on a lake of these lines.
fn answer(lines: &str, query: &[&str], columns: &[usize]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lines.csv"), format!("{HEADER}{lines}")).unwrap();
    saldo(folder.path(), &["ingest", "bank", "lines.csv"]);
    let csv = saldo(folder.path(), &[&["query"], query].concat());
    let row = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        columns.iter().map(|column| cells[*column]).collect::<Vec<_>>().join(" | ")
    };
    csv.lines().skip(1).map(row).collect()
}

/// The worked example: seven balances in August hold for 31 days, 43,000 / 31. Dividing the sum of the lines by the
/// days gives 290.32.
#[test]
fn the_average_daily_balance_counts_every_day() {
    let mut lines = String::new();
    for (day, balance) in [(1, 1000), (3, 500), (8, 1500), (15, 2000), (22, 1000), (28, 2500), (31, 500)] {
        writeln!(lines, "7,{day}-Aug-17,MOVE,{day}-Aug-17,,,1,SGD,{balance}").unwrap();
    }
    // An earlier balance is carried into the window; an overdraft counts its days.
    lines.push_str("8,1-Jul-17,MOVE,1-Jul-17,,,1,SGD,100\n8,30-Aug-17,MOVE,30-Aug-17,1,SGD,,,-50\n");
    let august = ["average_daily_balance", "-p", "from=2017-08-01", "-p", "to=2017-08-31"];
    assert_eq!(
        answer(&lines, &august, &[0, 1, 2, 3, 4]),
        ["7 | 31 | 1387.10 | 500.0000 | 0", "8 | 31 | 90.32 | -50.0000 | 2"]
    );
}

/// `BETWEEN` has both its ends, a NULL ratio is Low, and the note says what the band does not.
#[test]
fn the_bands_of_creditworthiness_have_their_edges() {
    let mut lines = String::new();
    for (account, withdrawn, deposited) in
        [(1, "100", "99.99"), (2, "100", "100"), (3, "100", "150"), (4, "100", "150.01"), (5, "", "10")]
    {
        writeln!(lines, "{account},5-Jul-17,PAY,5-Jul-17,,,{deposited},SGD,").unwrap();
        if !withdrawn.is_empty() {
            writeln!(lines, "{account},5-Jul-17,BUY,5-Jul-17,{withdrawn},SGD,,,").unwrap();
        }
    }
    assert_eq!(
        answer(&lines, &["credit_worthiness"], &[0, 1, 2, 3]),
        [
            "1 | 0.999900 | Low Creditworthiness | ",
            "2 | 1.000000 | Moderate Creditworthiness | ",
            "3 | 1.500000 | Moderate Creditworthiness | ",
            "4 | 1.500100 | High Creditworthiness | ",
            "5 |  | Low Creditworthiness | n/a: no withdrawals",
        ]
    );
}
