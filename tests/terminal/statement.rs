//! Taking in a bank's statement on a terminal.

use super::*;

const TAB: &str = "\t";
const RIGHT: &str = "\x1b[C";
const ESC: &str = "\x1b";

/// A lake of one statement, and others beside it that were not taken in.
fn place() -> Place {
    let place = Place::empty();
    place.write("first.csv", "Date,Account,Amount,Balance\n2024-01-13,77,10.00,110.00\n");
    let output =
        place.command(&["ingest", "bank", "first.csv", "--lake", "lake", "--currency", "EUR"]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lake = place.path("lake");
    place.variable("SALDO_LAKE", lake.to_str().unwrap())
}

#[test]
fn a_statement_is_chosen_looked_at_answered_and_taken_in() {
    let place = place();
    // A point before three digits may be either mark, and the file does not say whose lines these are.
    place.write("in/open-\u{1b}[31mred.csv", "x");
    place.write("in/second.csv", "Datum;Betrag\n14.01.2024;-1.234\n15.01.2024;2.500\n");
    let mut terminal = explorer(&place, &[]);
    terminal.send("B");
    terminal.wait_until("the files", |seen| seen.has("Take in a bank's statement") && seen.has("first.csv"));
    terminal.send("in");
    terminal.send(TAB);
    terminal.wait_for("second.csv");
    terminal.send("scnd");
    terminal.wait_until("one that fits", |seen| seen.has("1 of 2") && seen.has("second.csv"));
    terminal.send(ENTER);
    // What is asked for has the cursor: the account, with the currency beside it, then the mark.
    terminal.wait_until("no account", |seen| seen.has("not read") && seen.has("--account NUMBER"));
    terminal.send("88");
    terminal.wait_for("Enter looks at it again");
    terminal.send(TAB);
    terminal.send("EUR");
    terminal.send(ENTER);
    terminal
        .wait_until("two readings", |seen| seen.has("--decimal comma") && seen.has("decimal   ‹ as found ›"));
    terminal.send(RIGHT);
    terminal.send(RIGHT);
    terminal.wait_for("‹ comma ›");
    terminal.wait_for("Enter takes it in");
    terminal.wait_until("how it is read", |seen| seen.has("Enter takes it in") && seen.has("1,234.00 EUR"));
    terminal.send(ENTER);
    terminal.wait_for("second.csv: 2 lines, 2 loaded");
    let output = place
        .command(&[
            "query",
            "-c",
            "SELECT account_no, withdrawal_amt, deposit_amt FROM banktxn ORDER BY 1, booking_date",
            "--format",
            "csv",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text.lines().filter(|line| line.starts_with("88")).count(), 2, "{text}");
    // What became of it stands below the files the next time; the same file again changes nothing.
    terminal.send("B");
    terminal.wait_until("the report", |seen| seen.has("first.csv") && seen.has("2 loaded"));
    terminal.send(ESC);
    terminal.wait_for("Enter open");
    assert!(
        !terminal.seen().bytes.windows(5).any(|bytes| bytes == b"\x1b[31m"),
        "no byte of a name is obeyed"
    );
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
}

#[test]
fn what_cannot_be_taken_in_is_said_and_the_lake_stays() {
    let place = place();
    // Another run has the lake.
    let lock =
        fs::OpenOptions::new().write(true).create(true).truncate(false).open(place.path("lake/_saldo/lock"));
    let lock = lock.unwrap();
    lock.lock().unwrap();
    place.write("second.csv", "Date,Account,Amount,Balance\n2024-02-13,77,10.00,120.00\n");
    let mut terminal = explorer(&place, &[]);
    terminal.send("B");
    terminal.wait_for("second.csv");
    terminal.send("second");
    terminal.send(ENTER);
    terminal.wait_for("Enter takes it in");
    terminal.send(ENTER);
    terminal.wait_for("hint:");
    assert!(!terminal.seen().has("loaded"));
}
