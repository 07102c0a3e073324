//! The program as a person and a script meet it: arguments in; stdout, stderr and the exit code out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A home without settings and without a lake.
static HOME: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// A home with the demo lake, built once by the program itself.
static DEMO: LazyLock<TempDir> = LazyLock::new(|| {
    let home = tempfile::tempdir().unwrap();
    let output = saldo_in(home.path(), &["demo", "--no-open", "--rows", "2000"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    home
});

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("SALDO_LAKE", home.join("lake"));
    command.stdin(Stdio::null());
    command
}

fn saldo_in(home: &Path, arguments: &[&str]) -> Output {
    command(home, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Exit code, stdout and stderr, without what differs from run to run.
fn run(arguments: &[&str]) -> String {
    run_in(HOME.path(), arguments)
}

fn run_in(home: &Path, arguments: &[&str]) -> String {
    let output = saldo_in(home, arguments);
    let words = text(&output.stderr).replace(&*home.to_string_lossy(), "HOME");
    let words = words.lines().map(|line| match line.rsplit_once(" in ") {
        Some((said, time)) if time.ends_with(" s") => format!("{said} in TIME\n"),
        _ => format!("{line}\n"),
    });
    let code = output.status.code().unwrap();
    format!("{}--- {code}\n{}", text(&output.stdout), words.collect::<String>())
}

#[test]
fn sql_goes_to_stdout_and_words_to_stderr() {
    let sql = "SELECT 1 AS n, NULL AS nothing, '' AS empty, 1234567.80 AS money";
    assert_eq!(
        run(&["query", "-c", sql]),
        "n,nothing,empty,money\n1,,\"\",1234567.80\n--- 0\n1 row in TIME\n"
    );
    assert_eq!(
        run(&["query", "-c", sql, "--format", "table"]),
        "n  nothing  empty         money\n─  ───────  ─────  ────────────\n\
         1  ∅               1,234,567.80\n--- 0\n1 row in TIME\n"
    );
    assert_eq!(
        run(&["query", "-c", sql, "--format", "jsonl"]),
        "{\"n\": 1, \"nothing\": null, \"empty\": \"\", \"money\": 1234567.80}\n--- 0\n1 row in TIME\n"
    );
    assert_eq!(
        run(&["query", "-c", sql, "--format", "md"]),
        "| n | nothing | empty | money |\n|--:|---|---|--:|\n| 1 | ∅ |  | 1,234,567.80 |\n--- 0\n1 row in TIME\n"
    );
}

#[test]
fn failures_have_a_sentence_a_hint_and_a_code() {
    assert_eq!(
        run(&["query", "-c", "SELECT *\nFROM range(3) WHERE nope = 1"]),
        "--- 1\nerror: Referenced column \"nope\" not found in FROM clause! at line 2, column 21: nope = 1\n\
         hint: Candidate bindings: \"range\"\n"
    );
    assert_eq!(
        run(&["query", "-c", "DELETE FROM response"]),
        "--- 1\nerror: refused: it is not a SELECT, and typed SQL is read-only\n\
         hint: start with --write to allow statements that write\n"
    );
    assert!(run(&["query", "-c", "SELECT CAST('x' AS INTEGER)"]).contains("--- 3\nerror: "));
    assert!(
        run(&["query", "no_such_query"])
            .starts_with("--- 2\nerror: there is no saved query no_such_query\nhint: ")
    );
    assert!(run(&["query"]).starts_with("--- 2\nerror: "));
    assert!(run(&["query", "-c", "SELECT 1", "--format", "xml"]).starts_with("--- 2\nerror: "));
    assert!(run(&["query", "-c", "SELECT 1", "--param", "x"]).starts_with("--- 2\nerror: "));
    assert!(
        run(&["query", "-c", "SELECT 1", "-o", "no/such/folder/x.csv"])
            .starts_with("--- 1\nerror: cannot write")
    );
    assert!(run(&["--config", "none.toml", "queries"]).starts_with("--- 1\nerror: cannot read none.toml"));
}

#[test]
fn words_of_an_error_are_not_obeyed_by_the_terminal() {
    let said = run(&["query", "-c", "SELECT CAST(chr(27) || '[2J' AS INTEGER)"]);
    assert!(!said.contains('\u{1b}') && said.contains("\\x1b[2J"), "{said}");
}

#[test]
fn without_a_lake_the_program_says_how_to_make_one() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["tables"]] {
        let output = saldo_in(home.path(), arguments);
        let said = text(&output.stderr).replace(&*home.path().to_string_lossy(), "HOME");
        assert_eq!(
            (output.status.code(), said.as_str()),
            (Some(1), "error: no lake at HOME/lake\nhint: run `saldo demo`\n")
        );
    }
    let output = saldo_in(home.path(), &["query", "-c", "SELECT * FROM response"]);
    assert!(text(&output.stderr).contains("no lake at"), "{}", text(&output.stderr));
    fs::write(home.path().join("a.csv"), "account,amount\n00123,\"1,000.00\"\n").unwrap();
    let output = saldo_in(home.path(), &["query", "-c", "SELECT count(*) AS n FROM 'a.csv'"]);
    assert_eq!(text(&output.stdout), "n\n1\n", "files need no lake");
}

#[test]
fn the_lake_answers_under_every_name_of_its_schema() {
    let sql = "SELECT count(*) AS n FROM \"pyspark-database\".\"processed\" UNION ALL SELECT count(*) FROM processed";
    let said = run_in(DEMO.path(), &["query", "-c", sql]);
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("n"));
    let (first, second) = (lines.next().unwrap(), lines.next().unwrap());
    assert_eq!(first, second, "{said}");
    assert!(first.parse::<u64>().unwrap() > 0, "{said}");
    let tables = run_in(DEMO.path(), &["tables"]);
    assert!(tables.starts_with("table,rows,columns,newest\n") && tables.contains("\nprocessed,"), "{tables}");
    let columns = run_in(DEMO.path(), &["tables", "processed"]);
    assert!(columns.starts_with("column,type\n") && columns.contains("DECIMAL"), "{columns}");
    assert!(
        run_in(DEMO.path(), &["tables", "nope"])
            .starts_with("--- 2\nerror: there is no table nope\nhint: the lake has ")
    );
}

#[test]
fn a_query_file_takes_typed_parameters() {
    let file = HOME.path().join("mine.sql");
    fs::write(&file, "-- param: from date = 2019-01-02\n-- param: who text?\nSELECT CAST(:from AS VARCHAR) AS d, :who AS who").unwrap();
    assert_eq!(run(&["query", "mine.sql"]), "d,who\n2019-01-02,\n--- 0\n1 row in TIME\n");
    assert_eq!(
        run(&["query", "mine.sql", "--param", "from=2020-02-29", "--param", "who=O'Brien"]),
        "d,who\n2020-02-29,O'Brien\n--- 0\n1 row in TIME\n"
    );
    assert_eq!(
        run(&["query", "mine.sql", "--param", "from=soon"]),
        "--- 2\nerror: \"soon\" is no date (YYYY-MM-DD) for parameter from\nhint: give it as --param from=VALUE\n"
    );
    assert!(
        run(&["query", "mine.sql", "--param", "x=1"])
            .starts_with("--- 2\nerror: the query has no parameter x\n")
    );
}

#[test]
fn every_saved_query_runs() {
    let listed = run_in(DEMO.path(), &["queries", "--format", "jsonl"]);
    let names: Vec<String> = listed
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line).ok()?["name"].as_str().map(str::to_owned)
        })
        .collect();
    assert!(names.len() > 5, "{listed}");
    for name in names {
        let said = run_in(DEMO.path(), &["query", &name]);
        assert!(said.contains("--- 0\n"), "{name}: {said}");
    }
}

#[test]
fn sql_is_read_from_stdin_and_colons_are_its_own() {
    let mut child = command(HOME.path(), &["query", "-c", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"SELECT {'a':x}.a AS a FROM range(2) AS r(x)").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stdout), "a\n0\n1\n");
}

#[test]
fn files_appear_whole_and_parquet_is_exact() {
    let folder = HOME.path().join("out");
    fs::create_dir_all(&folder).unwrap();
    let sql =
        "SELECT range AS n, CAST(range AS DECIMAL(38,10)) / 3 AS d FROM range(5000) ORDER BY n DESC -- all";
    for (name, rows) in [("a.parquet", "5000"), ("a.csv", "5000"), ("a.jsonl", "5000")] {
        let said = run(&["query", "-c", sql, "-o", &format!("out/{name}")]);
        assert!(said.starts_with("--- 0\n5,000 rows in TIME"), "{name}: {said}");
        assert_eq!(
            run(&["query", "-c", &format!("SELECT count(*) AS n FROM 'out/{name}'")]),
            format!("n\n{rows}\n--- 0\n1 row in TIME\n")
        );
    }
    let same = format!(
        "SELECT count(*) AS n FROM (FROM 'out/a.parquet' EXCEPT ({}))",
        sql.trim_end_matches(" -- all")
    );
    assert_eq!(run(&["query", "-c", &same]), "n\n0\n--- 0\n1 row in TIME\n");
    // A failure leaves what was there, and nothing beside it.
    let before = fs::read(folder.join("a.csv")).unwrap();
    assert!(
        run(&[
            "query",
            "-c",
            "SELECT CAST(IF(range = 4000, 'x', '1') AS INT) FROM range(5000)",
            "-o",
            "out/a.csv"
        ])
        .contains("--- 3\n")
    );
    assert_eq!(fs::read(folder.join("a.csv")).unwrap(), before);
    assert!(
        run(&["query", "-c", "SELECT 1) TO 'out/leak.csv'; --", "-o", "out/b.parquet"]).contains("--- 1\n")
    );
    assert!(run(&["query", "-c", "DELETE FROM response", "-o", "out/b.parquet"]).contains("error: refused"));
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a.csv", "a.jsonl", "a.parquet"]);
    let piped = saldo_in(HOME.path(), &["query", "-c", "SELECT 1 AS a", "--format", "parquet"]);
    assert!(piped.stdout.starts_with(b"PAR1") && piped.stdout.ends_with(b"PAR1"));
}

#[test]
fn the_status_is_one_json_object() {
    let output = saldo_in(DEMO.path(), &["status", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<_> = told.as_object().unwrap().keys().collect();
    assert_eq!(names, ["conversion", "faults", "rates", "tables"]);
    let table = told["tables"].as_array().unwrap().iter().find(|table| table["table"] == "banktxn").unwrap();
    assert_eq!(table["rows"], 2000);
    assert!(told["conversion"].as_array().unwrap().len() > 5 && told["rates"].as_array().unwrap().len() > 5);
    assert_eq!(told["faults"], serde_json::json!([]), "a list that is empty is there");
    assert!(!text(&output.stderr).contains("Tables"), "titles are for people");
}

#[test]
fn a_limit_stops_an_endless_query() {
    assert_eq!(
        run(&["query", "-c", "SELECT range AS n FROM range(1e12::BIGINT)", "--limit", "3"]),
        "n\n0\n1\n2\n--- 0\n3 rows, stopped at --limit in TIME\n"
    );
    assert_eq!(run(&["query", "-c", "SELECT 1 AS n", "--limit", "3"]), "n\n1\n--- 0\n1 row in TIME\n");
}

#[test]
fn a_closed_pipe_is_success() {
    let arguments = ["query", "-c", "SELECT range AS n FROM range(1e12::BIGINT)"];
    let mut child =
        command(HOME.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 100];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut some).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_with_130() {
    let arguments = ["query", "-c", "SELECT 1 AS n UNION ALL SELECT count(*) FROM range(1e12::BIGINT)"];
    let mut child =
        command(HOME.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Long enough for the handler; an earlier signal ends the program by itself.
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(130), "error: cancelled\n"));
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
}

#[test]
fn help_version_completions_and_manual_come_from_the_same_definitions() {
    let help = run(&["--help"]);
    let manual = run(&["man"]);
    for name in ["demo", "open", "query", "queries", "tables", "completions", "man"] {
        assert!(help.contains(&format!("  {name} ")), "{name} in {help}");
        assert!(run(&["completions", "bash"]).contains(name), "{name}");
        assert!(
            manual.contains(&format!("saldo\\-{name}")) || manual.contains(&format!("saldo {name}")),
            "{name}"
        );
    }
    assert_eq!(run(&["--version"]), format!("saldo {}\n--- 0\n", env!("CARGO_PKG_VERSION")));
    let verbose = run(&["--version", "--verbose"]);
    assert!(verbose.contains("engine: DuckDB v") && verbose.contains("European Central Bank"), "{verbose}");
}

#[test]
fn what_cannot_be_opened_is_told_before_the_screen_opens() {
    assert!(
        run(&["open", "none.csv"]).starts_with("--- 1\nerror: there is no file or folder none.csv\nhint: ")
    );
    fs::write(HOME.path().join("x.bin"), [0, 1, 2]).unwrap();
    assert!(
        run(&["open", "x.bin"])
            .starts_with("--- 3\nerror: x.bin is neither Parquet, CSV, TSV nor JSON\nhint: ")
    );
}
