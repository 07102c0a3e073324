//! Profiles of banks: for each that is built in a sample with its header and made-up rows is known by that header and read
//! right; a person's own go before them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/rows.rs"]
mod rows;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rows::rows;
use saldo::engine::duckdb::Connection;
use saldo::pipeline::bank::profile::BUILT_IN;
use saldo::pipeline::{self, Run};

fn saldo(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_saldo"))
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("SALDO_LAKE", "lake")
        .output()
        .unwrap()
}

/// Account, day, value date, withdrawal, deposit, currency, balance and text of the lines of a file; what is not there is a
/// dash.
fn lines(home: &Path, file: &str) -> Vec<String> {
    let connection = Connection::open_in_memory().unwrap();
    let amount = |name: &str| format!("COALESCE(CAST(CAST({name} AS DOUBLE) AS VARCHAR), '-')");
    let [out, into, balance] = ["withdrawal_amt", "deposit_amt", "balance_amt"].map(amount);
    let select = format!(
        "SELECT account_no, booking_date, CASE WHEN strpos(flags, 'vd_missing') > 0 THEN '-' ELSE CAST(value_date AS VARCHAR) END, {out}, {into}, \
         COALESCE(withdrawal_currency, deposit_currency), {balance}, COALESCE(transaction_details, '-') \
         FROM read_parquet('{}/lake/banktxn/**/*.parquet', hive_partitioning = false) \
         WHERE source_file LIKE '%-{file}' ORDER BY line_no",
        home.display()
    );
    let plain = |cell: String| cell.strip_suffix(".0").map(str::to_owned).unwrap_or(cell);
    rows(&connection, &select)
        .into_iter()
        .map(|cells| cells.into_iter().map(plain).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_sample_of_each_bank_is_known_and_read_right() {
    let home = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/banks");
    let files: Vec<_> = BUILT_IN.iter().map(|(name, _)| samples.join(format!("{name}.csv"))).collect();
    let mut arguments = vec!["ingest", "bank", "--json", "--account", "A1"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let output = saldo(home.path(), &arguments);
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["files"].as_array().unwrap().len(), BUILT_IN.len());
    for ((name, _), file) in BUILT_IN.iter().zip(report["files"].as_array().unwrap()) {
        let notes = file["notes"].to_string();
        assert!(notes.contains(&format!("the header is that of {name} (")), "{name}: {notes}");
        let wanted = fs::read_to_string(samples.join(format!("{name}.txt"))).unwrap();
        let wanted: Vec<_> = wanted.lines().map(str::to_owned).collect();
        assert_eq!(lines(home.path(), &format!("{name}.csv")), wanted, "{name}");
    }
}

/// Cells that leave order and marks open.
const OPEN: &str = "Wann;Wofür;Wieviel\n01/02/2024;Brot;1.234\n03/04/2024;Lohn;-5.678\n";

#[test]
fn an_own_profile_is_made_by_a_trial_and_settles_what_cells_leave_open() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::write(at("open.csv"), OPEN).unwrap();
    fs::write(at("map.csv"), "Wann,date\nWofür,transaction_details\nWieviel,amount\n").unwrap();
    let said = [
        "--account",
        "A1",
        "--currency",
        "EUR",
        "--dates",
        "mdy",
        "--decimal",
        "comma",
        "--signs",
        "minus-in",
        "--below-heading",
        "pending",
    ];
    let mut trial =
        vec!["ingest", "bank", "--try", "open.csv", "--map", "map.csv", "--write-profile", "corner"];
    trial.extend(said);
    let output = saldo(home.path(), &trial);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let file = at("config/saldo/banks/corner.toml");
    let wanted = "title = \"corner\"\nheader = [\"Wann\", \"Wofür\", \"Wieviel\"]\ndecimal = \"comma\"\ndates = \"mdy\"\n\
                  signs = \"minus-in\"\nbelow_heading = \"pending\"\naccount = \"A1\"\ncurrency = \"EUR\"\n\n[columns]\namount = \"Wieviel\"\n\
                  date = \"Wann\"\ntransaction_details = \"Wofür\"\n";
    assert_eq!(fs::read_to_string(&file).unwrap(), wanted);
    let again = saldo(home.path(), &trial);
    assert_eq!(again.status.code(), Some(1), "a profile that is there stays");
    // The file is known by its header now, and nothing else is said.
    let output = saldo(home.path(), &["ingest", "bank", "open.csv"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let meant = ["A1 2024-01-02 - 1234 - EUR - Brot", "A1 2024-03-04 - - 5678 EUR - Lohn"];
    assert_eq!(lines(home.path(), "open.csv"), meant);
    // What cells show goes before what the profile says.
    fs::write(at("shown.csv"), OPEN.replace("01/02", "31/01").replace("1.234", "1,234.50")).unwrap();
    let output = saldo(home.path(), &["ingest", "bank", "shown.csv"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        lines(home.path(), "shown.csv"),
        ["A1 2024-01-31 - 1234.5 - EUR - Brot", "A1 2024-04-03 - - 5.678 EUR - Lohn"]
    );
    // The lake is the same when it is made anew without the profile: the note on the file has it.
    fs::remove_file(&file).unwrap();
    for name in ["banktxn", "_saldo"] {
        fs::remove_dir_all(at("lake").join(name)).unwrap();
    }
    let run =
        Run { root: &at("lake"), sources: &[], demo: None, conversion: None, only: &[], on_demand: None };
    pipeline::run(&run, &mut |_| ()).unwrap();
    assert_eq!(lines(home.path(), "open.csv"), meant);
}

#[test]
fn profiles_stand_beside_the_settings_wherever_these_are() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir_all(at("team")).unwrap();
    fs::write(at("team/saldo.toml"), "theme = \"dark\"\n").unwrap();
    fs::write(at("open.csv"), OPEN).unwrap();
    fs::write(at("map.csv"), "Wann,date\nWofür,transaction_details\nWieviel,amount\n").unwrap();
    let said = ["--account", "A1", "--dates", "mdy", "--decimal", "comma"];
    let mut trial =
        vec!["ingest", "bank", "--try", "open.csv", "--map", "map.csv", "--write-profile", "corner"];
    trial.extend(said);
    trial.extend(["--config", "team/saldo.toml"]);
    let output = saldo(home.path(), &trial);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(at("team/banks/corner.toml").is_file() && !at("config/saldo/banks").exists());
    fs::write(at("team/saldo.toml"), "banks = \"ours\"\n").unwrap();
    assert_eq!(saldo(home.path(), &trial).status.code(), Some(0));
    assert!(at("ours/corner.toml").is_file());
}

#[test]
fn a_profile_that_is_named_goes_before_what_the_header_says() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir_all(at("config/saldo/banks")).unwrap();
    fs::write(
        at("config/saldo/banks/plain.toml"),
        "title = \"Without a header\"\nno_header = true\ndates = \"mdy\"\ndecimal = \"comma\"\naccount = \"A7\"\ndelimiter = \";\"\n\
         [columns]\ndate = \"1\"\namount = \"2\"\ntransaction_details = \"4\"\n",
    )
    .unwrap();
    fs::write(at("plain.csv"), "01/02/2024;-1.234;x;Rent\n01/03/2024;5;x;Pay\n").unwrap();
    let output = saldo(home.path(), &["ingest", "bank", "plain.csv", "--bank", "plain", "--currency", "USD"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("the profile plain (Without a header)"));
    assert_eq!(
        lines(home.path(), "plain.csv"),
        ["A7 2024-01-02 - 1234 - USD - Rent", "A7 2024-01-03 - - 5 USD - Pay"]
    );
    let output = saldo(home.path(), &["ingest", "bank", "plain.csv", "--bank", "none"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.starts_with("error: there is no profile none\nhint: the profiles are apple-card, "),
        "{told}"
    );
    fs::write(at("config/saldo/banks/plain.toml"), "title = 1\n").unwrap();
    let output = saldo(home.path(), &["ingest", "bank", "plain.csv"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("plain.toml: "), "{told}");
}

#[test]
fn an_own_profile_of_too_few_words_is_hinted_at() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir_all(at("config/saldo/banks")).unwrap();
    fs::write(
        at("config/saldo/banks/mine.toml"),
        "title = \"Mine\"\nheader = [\"Date\", \"Amount\"]\nsigns = \"minus-in\"\n[columns]\ndate = \"Date\"\namount = \"Amount\"\n",
    )
    .unwrap();
    fs::write(at("f.csv"), "Date,Amount,Text,Shop,Town\n2024-01-02,-5.00,a,b,c\n").unwrap();
    let wanted = "the header has the words of your profile mine, which are too few of its 5 columns to know a bank by; \
                  `--bank mine` reads it by that";
    let output = saldo(home.path(), &["ingest", "bank", "--try", "f.csv", "--account", "A1"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains(wanted), "{output:?}");
    let output = saldo(home.path(), &["ingest", "bank", "f.csv", "--account", "A1"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains(wanted), "{output:?}");
    let output = saldo(home.path(), &["ingest", "again", "f.csv", "--account", "A1", "--bank", "mine"]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("too few"), "{output:?}");
}
