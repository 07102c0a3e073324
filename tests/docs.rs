//! What README and `docs/` show is so: each command is understood and, where it needs no server, done; each setting is
//! one; each query runs; each link leads somewhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/workbook.rs"]
mod workbook;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use clap::Parser;
use saldo::cli::Cli;
use workbook::Cell;

/// The pages, README first.
fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> =
        fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.insert(0, root.join("README.md"));
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The fenced blocks of a language in a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside: Option<(bool, String)> = None;
    for line in page.lines() {
        match (&mut inside, line.strip_prefix("```")) {
            (None, Some(named)) => inside = Some((named == language, String::new())),
            (None, None) => {}
            (Some(_), Some(_)) => {
                found.extend(inside.take().filter(|(wanted, _)| *wanted).map(|(_, block)| block));
            }
            (Some((_, block)), None) => {
                let _ = writeln!(block, "{line}");
            }
        }
    }
    found
}

/// The lines of the page's shell blocks that call saldo, continued ones joined.
fn commands(page: &str) -> Vec<String> {
    let lines = blocks(page, "sh").concat().replace("\\\n", " ");
    lines.lines().filter(|line| line.starts_with("saldo ")).map(str::to_owned).collect()
}

/// The demo lake, whole: what a page shows of it depends on how many lines there are.
static DEMO: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let home = tempfile::tempdir().unwrap();
    let made = shell(home.path(), "saldo demo --no-open");
    assert!(made.status.success(), "{made:?}");
    home
});

/// A person's home with a demo lake of its own and the files that the pages name.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let copied = shell(home.path(), &format!("cp -r {}/lake lake", DEMO.path().display()));
    assert!(copied.status.success(), "{copied:?}");
    let statement = "account_no,date,transaction_details,withdrawal_amt,withdrawal_currency,deposit_amt,\
        deposit_currency,balance_amt\n700199990001,2017-01-05,SALARY,,,1500.00,SGD,1500.00\n";
    fs::write(at("january.csv"), statement).unwrap();
    let german =
        "Konto;4711\n\nBuchungstag;Verwendungszweck;Betrag;Währung\n05.06.2017;Miete;-1.250,00;EUR\n";
    fs::write(at("june.csv"), german).unwrap();
    fs::create_dir(at("statements")).unwrap();
    fs::write(at("statements/june.csv"), german).unwrap();
    let mut zip = zip::ZipWriter::new(fs::File::create(at("2017.zip")).unwrap());
    zip.start_file("february.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(statement.replace("2017-01-05", "2017-02-05").as_bytes()).unwrap();
    zip.finish().unwrap();
    fs::write(at("other.csv"), "Konto,Tag,Gutschrift,Geld\n700199990002,2017-03-05,12.50,SGD\n").unwrap();
    let row = |cells: [Cell; 4]| cells.to_vec();
    let names = ["Account", "Date", "Amount", "Currency"].map(Cell::Text);
    let cells = [Cell::Text("700199990002"), Cell::Day("42860"), Cell::Number("12.5"), Cell::Text("SGD")];
    fs::write(at("year.xlsx"), workbook::of(&[("May", &vec![row(names), row(cells)])])).unwrap();
    let map = "Konto,account_no\nTag,date\nGutschrift,deposit_amt\nGeld,deposit_currency\n";
    fs::write(at("other-map.csv"), map).unwrap();
    fs::write(at("better.csv"), map).unwrap();
    let customers = "account_no,customer,name\n700100411017,C42,Customer 42\n";
    fs::write(at("lake/customers.csv"), customers).unwrap();
    for name in ["camt053.xml", "may.sta", "card.qfx"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name), at(name)).unwrap();
    }
    fs::write(at("saldos.json"), r#"[{"fecha": "2024-01-02", "saldo_inversion": 1000.50}]"#).unwrap();
    let days: Vec<_> = (1..=28).map(|day| format!("2024-02-{day:02},{}", 100 + day % 7)).collect();
    fs::write(at("own.csv"), format!("day,amount\n{}\n", days.join("\n"))).unwrap();
    let outputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/terraform-output.json");
    fs::copy(outputs, at("outputs.json")).unwrap();
    let item = "drift = -100.0\n[[item]]\nlabel = \"rent\"\ndate = \"2024-02-15\"\namount = -500.0\n";
    fs::write(at("what_if.toml"), item).unwrap();
    let made = shell(home.path(), "saldo query -c \"SELECT 1 AS one\" --format parquet -o some.parquet");
    assert!(made.status.success(), "{made:?}");
    let session = at("session.jsonl");
    fs::write(&session, SESSION).unwrap();
    let screen = shell(home.path(), "saldo replay session.jsonl");
    let lines: Vec<_> = String::from_utf8(screen.stdout).unwrap().lines().map(str::to_owned).collect();
    let last = serde_json::json!({"at": 99, "event": {"screen": lines}});
    fs::write(&session, format!("{SESSION}{last}\n")).unwrap();
    home
}

/// A session that a person might write.
const SESSION: &str = r#"{"saldo_session":1,"version":"0.1.0","size":[80,24],"today":"2026-11-02","lake":"demo","write":false,"theme":"dark","depth":"true","glyphs":"full","hold_rows":1000000,"targets":[],"keys":"","texts":[]}
{"at":1,"event":{"key":"2"}}
{"at":2,"event":{"text":"SELECT 42 AS answer"}}
{"at":3,"event":{"key":"Ctrl-r"}}
"#;

/// Runs a line as a shell does, with this program as `saldo` and nothing of this machine's settings.
fn shell(home: &Path, line: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_saldo")).parent().unwrap();
    Command::new("sh")
        .args(["-c", line])
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
        .env("SALDO_LAKE", home.join("lake"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The words of a line as a shell hands them over, each on a line of its own.
fn words(line: &str) -> Vec<String> {
    let print = format!("saldo() {{ printf '%s\\n' saldo \"$@\"; }}\n{}", line.split(" > ").next().unwrap());
    let output = Command::new("sh").args(["-c", &print]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// What needs a server, and the test that runs such a command against one.
const ELSEWHERE: &[(&str, &str)] = &[
    ("s3://", "tests/s3.rs"),
    ("prod", "tests/s3.rs and tests/remote.rs"),
    ("~/snapshot", "tests/s3.rs, after a pull"),
    ("rates fetch", "tests/rates.rs"),
    ("rates backfill", "tests/rates.rs"),
    ("rates import", "tests/rates.rs, which has the files"),
    ("rates accept", "tests/rates.rs, after a rate was held back"),
    ("saldo runs ", "tests/remote.rs"),
    ("saldo submit", "tests/spark.rs and tests/submit.rs"),
];

/// What needs a terminal, which a test has not.
const SCREEN: &[&str] = &["saldo credit", "saldo keys --debug", "saldo --record today.jsonl"];

#[test]
fn every_command_shown_is_understood_and_done() {
    let mut done = 0;
    for (path, page) in pages() {
        let commands = commands(&page);
        if commands.is_empty() {
            continue;
        }
        let home = home();
        for line in commands {
            if let Err(error) = Cli::try_parse_from(words(&line)) {
                panic!("{}: {line}\n{error}", path.display());
            }
            if ELSEWHERE.iter().any(|(part, _)| line.contains(part)) {
                continue;
            }
            let output = shell(home.path(), &line);
            let typed = line.split('#').next().unwrap().trim();
            let expected = if SCREEN.contains(&typed) { 2 } else { 0 };
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(expected), "{}: {line}\n{said}", path.display());
            done += 1;
        }
    }
    assert!(done > 20, "only {done} commands were run");
}

#[test]
fn every_setting_shown_is_one() {
    let home = tempfile::tempdir().unwrap();
    let mut read = 0;
    for (path, page) in pages() {
        for block in blocks(&page, "toml") {
            fs::write(home.path().join("shown.toml"), &block).unwrap();
            let output = shell(home.path(), "saldo --config shown.toml targets");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {said}\n{block}", path.display());
            read += 1;
        }
    }
    assert!(read > 1, "only {read} blocks of settings were read");
}

#[test]
fn every_saved_query_shown_runs() {
    let home = home();
    let queries = home.path().join(".config/saldo/queries");
    fs::create_dir_all(&queries).unwrap();
    let mut asked = 0;
    for (path, page) in pages() {
        for block in blocks(&page, "sql").into_iter().filter(|block| block.starts_with("-- title")) {
            fs::write(queries.join("shown.sql"), &block).unwrap();
            let output = shell(home.path(), "saldo query shown");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {said}\n{block}", path.display());
            asked += 1;
        }
    }
    assert!(asked > 0, "no saved query is shown");
}

#[test]
fn links_lead_somewhere_and_the_readme_is_one_page() {
    let pages = pages();
    assert!(pages[0].1.lines().count() <= 150, "README.md has {} lines", pages[0].1.lines().count());
    for (path, page) in &pages {
        for rest in page.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap();
            let is_here = !target.is_empty() && !target.contains("://");
            assert!(!is_here || path.parent().unwrap().join(target).exists(), "{}: {target}", path.display());
        }
    }
    for (path, _) in &pages[1..] {
        let name = format!("docs/{}", path.file_name().unwrap().to_str().unwrap());
        assert!(pages[0].1.contains(&format!("({name})")), "README.md does not lead to {name}");
    }
}

#[test]
fn every_line_of_the_comparison_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/comparison.md")).unwrap();
    let rows: Vec<Vec<_>> = page
        .lines()
        .filter(|line| line.starts_with('|') && !line.contains("---"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .filter(|cells: &Vec<_>| cells.first() != Some(&"what"))
        .collect();
    assert!(rows.len() > 40, "{}", rows.len());
    for cells in rows {
        let [what, saldo, _, shown, _] = cells[..] else { panic!("{cells:?}") };
        let tests: Vec<_> = shown.split('`').filter(|part| part.contains("::")).collect();
        assert!(!tests.is_empty() || saldo.starts_with("no"), "{what}: no test shows it");
        for named in tests {
            let (file, test) = named.split_once("::").unwrap();
            let text = fs::read_to_string(root.join(file)).unwrap_or_else(|why| panic!("{named}: {why}"));
            let place =
                text.find(&format!("fn {test}(")).unwrap_or_else(|| panic!("there is no test {named}"));
            let before = text[..place].trim_end_matches("async ").trim_end();
            assert!(before.ends_with("#[test]") || before.ends_with("#[tokio::test]"), "{named} is no test");
        }
    }
}
