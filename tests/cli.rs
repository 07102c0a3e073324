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
use std::time::Duration;

use tempfile::TempDir;

#[path = "cli/credit.rs"]
mod credit;
#[path = "cli/csv.rs"]
mod csv;
#[path = "rates/double.rs"]
#[allow(dead_code, reason = "it is shared")]
mod double;
#[path = "cli/export.rs"]
mod export;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/targets.rs"]
mod targets;
#[path = "cli/terraform.rs"]
mod terraform;

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
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("saldo.toml");
    for (text, line, wanted) in [
        ("theme = \"dark\"\nlakee = \"x\"\n", 2, "unknown field `lakee`"),
        ("\n\nhold_rows = true\n", 3, "invalid type: boolean `true`"),
        ("theme = \n", 1, ""),
    ] {
        fs::write(&file, text).unwrap();
        let said = run(&["--config", file.to_str().unwrap(), "queries"]);
        assert!(said.contains(&format!("saldo.toml is not valid, line {line}: {wanted}")), "{said}");
        assert!(!said.contains('⏎') && said.contains("\nhint: `saldo config --schema`"), "{said}");
    }
    for (text, wanted) in [
        (
            "memory_limit = '4XB'\n",
            "memory_limit: \"4XB\" is no amount of memory; write a number with its unit",
        ),
        ("[forecast]\ncountry = 'XX'\n", "forecast.country: no holidays are known for XX; known are SG, MX,"),
    ] {
        fs::write(&file, text).unwrap();
        let said = run(&["--config", file.to_str().unwrap(), "queries"]);
        assert!(said.contains(&format!("saldo.toml is not valid, {wanted}")), "{said}");
    }
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
            (
                Some(1),
                "error: no lake at HOME/lake\nhint: check --lake, SALDO_LAKE or `lake` in saldo.toml; \
                 `saldo ingest bank FILE` begins a lake of your own, `saldo demo` makes an example\n"
            )
        );
    }
    let output = saldo_in(home.path(), &["query", "-c", "SELECT * FROM response"]);
    assert!(text(&output.stderr).contains("no lake at"), "{}", text(&output.stderr));
    fs::write(home.path().join("a.csv"), "account,amount\n00123,\"1,000.00\"\n").unwrap();
    let output = saldo_in(home.path(), &["query", "-c", "SELECT count(*) AS n FROM 'a.csv'"]);
    assert_eq!(text(&output.stdout), "n\n1\n", "files need no lake");
}

#[test]
fn a_path_below_the_home_folder_needs_no_shell_and_an_empty_variable_is_none() {
    let home = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str], lake: &str| {
        let output = command(home.path(), arguments).env("SALDO_LAKE", lake).output().unwrap();
        text(&output.stderr).replace(&*home.path().to_string_lossy(), "HOME")
    };
    for (arguments, lake, wanted) in [
        (&["tables", "--lake=~/other"][..], "lake", "HOME/other"),
        (&["tables"], "~/other", "HOME/other"),
        (&["tables"], "", "HOME/.local/share/saldo/demo"),
    ] {
        let said = said(arguments, lake);
        assert!(said.starts_with(&format!("error: no lake at {wanted}\n")), "{said}");
    }
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
    assert!(columns.contains("\nyear,INTEGER\nmonth,INTEGER\n"), "{columns}");
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
        "--- 2\nerror: \"soon\" is not a valid date (YYYY-MM-DD) for parameter from\nhint: give it as --param from=VALUE\n"
    );
    assert!(
        run(&["query", "mine.sql", "--param", "x=1"])
            .starts_with("--- 2\nerror: the query has no parameter x\n")
    );
}

#[test]
fn every_saved_query_runs() {
    let listed = run_in(DEMO.path(), &["queries", "--format", "jsonl"]);
    let rows = listed.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let accounts = run_in(DEMO.path(), &["query", "-c", "SELECT min(account_no) FROM processed"]);
    let account = format!("account={}", accounts.lines().nth(1).unwrap());
    let mut ran = 0;
    for row in rows {
        let (name, parameters) = (row["name"].as_str().unwrap(), row["parameters"].as_str().unwrap());
        let mut arguments = vec!["query", name];
        if parameters.split("; ").any(|parameter| parameter == "account account") {
            arguments.extend(["--param", account.as_str()]);
        }
        let said = run_in(DEMO.path(), &arguments);
        assert!(
            said.contains("--- 0\n") && said.lines().next().is_some_and(|header| header.contains(',')),
            "{name}: {said}"
        );
        ran += 1;
    }
    assert!(ran > 5, "{listed}");
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
fn the_ending_of_a_file_must_be_that_of_a_format() {
    let said = run(&["query", "-c", "SELECT 1 AS n", "-o", "x.xyz"]);
    assert!(said.starts_with("--- 2\nerror: the ending of x.xyz is not that of a format\nhint: "), "{said}");
    assert!(said.contains("txt, csv, tsv, json"), "{said}");
    assert!(!HOME.path().join("x.xyz").exists());
    assert!(run(&["query", "-c", "SELECT 1 AS n", "-o", "x.xyz", "--format", "csv"]).starts_with("--- 0\n"));
    assert_eq!(fs::read_to_string(HOME.path().join("x.xyz")).unwrap(), "n\n1\n");
}

#[test]
fn several_statements_that_write_answer_alike_in_every_format() {
    let sql = "CREATE TABLE a AS SELECT 1 AS n; INSERT INTO a VALUES (2); SELECT sum(n) AS n FROM a";
    assert_eq!(run(&["--write", "query", "-c", sql]), "n\n3\n--- 0\n1 row in TIME\n");
    let out = "several.parquet";
    assert_eq!(run(&["--write", "query", "-c", sql, "-o", out]), "--- 0\n1 row in TIME\n");
    assert_eq!(run(&["query", "-c", "FROM 'several.parquet'"]), "n\n3\n--- 0\n1 row in TIME\n");
}

#[test]
fn a_lone_null_of_a_csv_is_read_back_as_a_row() {
    let sql = "SELECT unnest(['a', NULL, 'b']) AS c";
    assert_eq!(run(&["query", "-c", sql, "-o", "lone.csv"]), "--- 0\n3 rows in TIME\n");
    assert_eq!(
        run(&["query", "-c", "SELECT count(*) AS n, count(c) AS c FROM 'lone.csv'"]),
        "n,c\n3,2\n--- 0\n1 row in TIME\n"
    );
}

#[test]
fn what_a_csv_means_is_settled_by_all_its_cells_or_told() {
    let home = tempfile::tempdir().unwrap();
    let run = |name: &str, text: &[u8], sql: &str| {
        std::fs::write(home.path().join(name), text).unwrap();
        let output = saldo_in(home.path(), &["query", "-c", sql, "--format", "csv"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    };
    let german = "Datum;Konto;Betrag;Kurs\n31.12.19;001;1.234,56;1,5\n01.02.20;002;-7,00;\n\n";
    let (rows, words) =
        run("de.csv", german.as_bytes(), "FROM 'de.csv' WHERE Betrag > -8 AND year(Datum) > 2018");
    assert_eq!(rows, "Datum,Konto,Betrag,Kurs\n2019-12-31,001,1234.56,1.5\n2020-02-01,002,-7.00,\n");
    assert!(words.contains("note: de.csv: Betrag has a comma before decimals\n"), "{words}");
    assert!(words.contains("note: de.csv: Datum is a date written %d.%m.%y\n"), "{words}");
    let latin: Vec<u8> = german.replace("Kurs", "Währung").chars().map(|letter| letter as u8).collect();
    let (rows, _) =
        run("latin.csv", &latin, "SELECT sum(Betrag) AS sum, max(\"Währung\") AS most FROM 'latin.csv'");
    assert_eq!(rows, "sum,most\n1227.56,1.5\n");
    // Neither 5 July nor 7 May, and by no means 17 July 2005.
    let (rows, words) = run("open.csv", b"day,amount\n05/07/17,-1.000\n06/07/17,2.500\n", "FROM 'open.csv'");
    assert!(rows.contains("\n05/07/17,-1"), "{rows}");
    assert!(
        words.contains("day stays a text, since 05/07/17 may be 2017-07-05 or 2017-05-07 or 2005-07-17"),
        "{words}"
    );
    assert!(words.contains("no cell shows that -1.000 is meant so"), "{words}");
    let (rows, _) = run("bom.csv", "\u{feff}Datum ; Betrag\n31.12.2019;1,5\n".as_bytes(), "FROM 'bom.csv'");
    assert_eq!(rows, "Datum,Betrag\n2019-12-31,1.5\n");
    // As DuckDB reads it: nothing is said.
    let (rows, words) =
        run("plain.csv", b"day,amount\n2017-07-05,1.5\n2017-07-06,2.25\n", "FROM 'plain.csv'");
    assert!(rows.ends_with("2017-07-06,2.25\n") && !words.contains("note:"), "{rows}{words}");
    // Names that are none of ours to cut, and lines of another width.
    for text in [
        "a'b;\"c\"\"d\"\n1,5;31/12/2019\n",
        "note\na;b\n1,5;2\n",
        "1,5;2\n3,5;4\n",
        "a;a\n1,5;2,5\n",
        "\n\n",
        "a;b\n1,5\n2,5;3\n\"x;3\n",
        "\" a\";b\n1,5;1\n",
    ] {
        run("odd.csv", text.as_bytes(), "SELECT count(*) AS n FROM 'odd.csv'");
    }
}

#[test]
fn the_catalogue_of_a_lake_is_whole() {
    let shown = run_in(
        DEMO.path(),
        &["query", "-c", "SELECT DISTINCT table_name FROM information_schema.tables ORDER BY 1"],
    );
    for table in ["banktxn", "processed", "response", "transactions"] {
        assert!(shown.lines().any(|line| line == table), "{table} in {shown}");
    }
    let shown = run_in(DEMO.path(), &["query", "-c", "SHOW TABLES"]);
    assert!(shown.lines().any(|line| line == "processed"), "{shown}");
}

#[test]
fn lists_of_the_status_in_a_pipe_have_a_blank_line_between_them() {
    let output = saldo_in(DEMO.path(), &["status"]);
    let said = text(&output.stdout);
    let lists: Vec<_> = said.split("\n\n").collect();
    assert!(lists.len() > 1 && lists[0].starts_with("table,rows,"), "{said}");
    for list in lists {
        let columns = |line: &str| line.split(',').count();
        let first = list.lines().next().unwrap_or_default();
        assert!(list.lines().all(|line| columns(line) >= columns(first)) && !first.is_empty(), "{list:?}");
    }
    let alone = said.lines().filter(|line| line.starts_with("table,")).count();
    assert_eq!(alone, 1, "{said}");
}

#[test]
fn help_has_help_and_what_serves_is_named() {
    let help = run(&["help"]);
    assert_eq!(run(&["help", "--help"]), help);
    assert_eq!(run(&["help", "-h"]), help);
    assert_eq!(run(&["rates", "help", "--help"]), run(&["rates", "help"]));
    assert!(run(&["nothing", "--help"]).starts_with("--- 2\n"));
    let said = run(&["rates", "fetch"]);
    assert!(said.starts_with("--- 2\n") && said.contains("--latest") && said.contains("--date"), "{said}");
}

#[test]
fn the_status_is_one_json_object() {
    let output = saldo_in(DEMO.path(), &["status", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<_> = told.as_object().unwrap().keys().collect();
    assert_eq!(names, ["conversion", "faults", "rates", "snapshot", "statements", "tables"]);
    let table = told["tables"].as_array().unwrap().iter().find(|table| table["table"] == "banktxn").unwrap();
    assert_eq!(table["rows"], 2000);
    assert!(told["conversion"].as_array().unwrap().len() > 5 && told["rates"].as_array().unwrap().len() > 5);
    for empty in ["faults", "snapshot", "statements"] {
        assert_eq!(told[empty], serde_json::json!([]), "a list that is empty is there");
    }
    assert!(!text(&output.stderr).contains("Tables"), "titles are for people");
}

#[test]
fn a_limit_stops_an_endless_query() {
    assert_eq!(
        run(&["query", "-c", "SELECT range AS n FROM range(1e12::BIGINT)", "--limit", "3"]),
        "n\n0\n1\n2\n--- 0\n3 rows, stopped at --limit in TIME\n"
    );
    assert_eq!(run(&["query", "-c", "SELECT 1 AS n", "--limit", "3"]), "n\n1\n--- 0\n1 row in TIME\n");
    let none = |format| run(&["query", "-c", "SELECT 1 AS n", "--limit", "0", "--format", format]);
    assert_eq!(none("json"), "[]\n--- 0\n0 rows, stopped at --limit in TIME\n");
    assert_eq!(none("csv"), "n\n--- 0\n0 rows, stopped at --limit in TIME\n");
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

/// Waits until a program has a handler of its own for Ctrl-C.
#[cfg(target_os = "linux")]
fn wait_for_handler(program: &std::process::Child) {
    let catches = || {
        let status = fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        u64::from_str_radix(caught, 16).unwrap() & 0b10 != 0
    };
    while !catches() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_cancels_with_130() {
    // It would count for hours.
    let arguments = ["query", "-c", "SELECT 1 AS n UNION ALL SELECT count(*) FROM range(1e12::BIGINT)"];
    let mut child =
        command(HOME.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_handler(&child);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(130), "error: cancelled\n"));
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
    assert!(manual.contains("saldo ingest bank") && manual.contains("below\\-heading"), "of every command");
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

/// The rows of a CSV text without its header, cell by cell.
fn cells(csv: &str) -> Vec<Vec<&str>> {
    csv.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

/// A weekly rhythm with a payday on the 15th, day by day.
const BALANCE: &str = "SELECT CAST(CAST('2022-01-01' AS DATE) + CAST(n AS INTEGER) AS DATE) AS day, \
    CAST(1000 + n + 20 * (n % 7) + CASE WHEN n % 30 = 14 THEN 50 ELSE 0 END AS DECIMAL(18,2)) AS amount \
    FROM range(400) AS days(n)";

#[test]
fn a_balance_is_forecast_with_bands_a_backtest_and_its_parts() {
    let show = |what: &str| {
        let output = saldo_in(DEMO.path(), &["forecast", "--show", what]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    };
    let (rows, words) = show("forecast");
    assert!(
        rows.starts_with("date,median,low_50,high_50,low_80,high_80,low_95,high_95,p_below_on_date,p_below_until_date\n2024-01-01,")
    );
    assert_eq!(cells(&rows).len(), 90);
    assert!(words.contains("1,826 daily values, 2019-01-01 to 2023-12-31, 4 of them missing and carried on"));
    assert!(words.contains(" · MASE ") && words.contains("(8 origins, m = 7) · 80 % band held "), "{words}");
    let (ahead, _) = show("horizons");
    let ahead = cells(&ahead);
    assert_eq!(ahead.iter().map(|row| row[0]).collect::<Vec<_>>(), ["7", "30", "90"]);
    assert_eq!(ahead[2][2], cells(&rows)[89][1], "the same median");
    let (scores, _) = show("backtest");
    let names: Vec<_> = scores.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(names[1..], ["naive", "seasonal naive"]);
    assert_eq!(cells(&show("origins").0).len(), 8 * 90);
    let (history, _) = show("history");
    assert_eq!(cells(&history).iter().filter(|row| row[2] == "true").count(), 4, "the gap");
    // The parts sum to the median in every digit.
    let cents = |cell: &str| cell.replace('.', "").parse::<i128>().unwrap();
    let (why, _) = show("why");
    for (row, told) in cells(&why).iter().zip(cells(&rows)) {
        let (median, parts) = (row.last().unwrap(), &row[1..row.len() - 1]);
        assert_eq!(parts.iter().map(|part| cents(part)).sum::<i128>(), cents(median), "{row:?}");
        assert_eq!(*median, told[1]);
    }
    let home = DEMO.path();
    run_in(home, &["forecast", "-o", "ahead.parquet", "--horizon", "7"]);
    let types = run_in(
        home,
        &["query", "-c", "SELECT typeof(date), typeof(median), count(*) FROM 'ahead.parquet' GROUP BY ALL"],
    );
    assert!(types.contains("DATE,\"DECIMAL(38,2)\",7\n"), "{types}");
}

#[test]
fn amounts_of_several_currencies_are_not_forecast_together() {
    let rows = "SELECT DATE '2020-01-01' + CAST(i // 2 AS INT) AS day, CAST(i AS DECIMAL(18, 2)) AS deposit_amt, \
        CASE WHEN i < 200 AND i % 2 = 0 THEN 'INR' ELSE 'JPY' END AS deposit_currency, \
        CASE WHEN i < 200 THEN 'a' ELSE 'b' END AS account FROM range(400) AS t(i)";
    for kind in ["flow", "balance"] {
        let told = run(&["forecast", "-c", rows, "--kind", kind]);
        let wanted = "--- 2\nerror: deposit_amt has amounts of INR and JPY, which make no series together\n\
            hint: keep one with WHERE deposit_currency = 'INR', make a series of each with --by deposit_currency, \
            or take an amount in the base currency";
        assert!(told.starts_with(wanted), "{told}");
    }
    let by = |by| run(&["forecast", "-c", rows, "--kind", "flow", "--by", by, "--horizon", "3"]);
    let told = by("deposit_currency");
    assert_eq!(cells(told.split("--- 0").next().unwrap()).len(), 6, "each currency is a series: {told}");
    let told = by("account");
    assert_eq!(cells(told.split("--- 0").next().unwrap()).len(), 3, "{told}");
    let words = ["1 of 2 groups have a forecast", "none for a: deposit_amt has amounts of INR and JPY"];
    assert!(words.iter().all(|word| told.contains(word)), "{told}");
    // A column of a table is read alone, but for what tells its currency.
    let of = |column| run_in(DEMO.path(), &["forecast", column, "--kind", "flow", "--horizon", "3"]);
    let told = of("processed.deposit_amt");
    assert!(told.contains("--- 2\nerror: deposit_amt has amounts of "), "{told}");
    let told = of("processed.deposit_sgd_amt");
    assert!(!told.contains("amounts of"), "{told}");
    // Numbers beside a column called currency are amounts of it, but for counts, shares and what is in a currency by its name.
    let named = format!(
        "SELECT day, CAST(deposit_amt AS DOUBLE) AS paid, 1 AS lines, paid AS net_sgd, paid AS rate_pct, deposit_currency AS currency \
         FROM ({rows})"
    );
    let at = |column| run(&["forecast", "-c", &named, "--kind", "flow", "--value", column]);
    assert!(at("paid").contains("--- 2\nerror: paid has amounts of INR and JPY"), "{}", at("paid"));
    for column in ["lines", "net_sgd", "rate_pct"] {
        assert!(at(column).contains("--- 0\n"), "{}", at(column));
    }
    // Balances of one currency, whichever side a line has, though they are converted to another one.
    let one = format!(
        "SELECT day, deposit_amt AS balance_amt, CASE WHEN i % 2 = 0 THEN 'INR' END AS withdrawal_currency, \
         CASE WHEN i % 2 = 1 THEN ' inr' END AS deposit_currency, 'SGD' AS base_currency FROM (SELECT *, row_number() OVER () AS i FROM ({rows}))"
    );
    let told = run(&["forecast", "-c", &one, "--kind", "balance", "--value", "balance_amt"]);
    assert!(told.contains("--- 0\n"), "{told}");
    let told = run(&[
        "forecast",
        "-c",
        &one.replace("' inr'", "'EUR'"),
        "--kind",
        "balance",
        "--value",
        "balance_amt",
    ]);
    assert!(
        told.contains("keep one with WHERE COALESCE(withdrawal_currency, deposit_currency) = 'EUR'"),
        "{told}"
    );
}

#[test]
fn every_group_has_a_forecast_of_its_own_or_a_reason() {
    let sql = format!(
        "SELECT 'rising' AS account, * FROM ({BALANCE}) UNION ALL SELECT 'young', * FROM ({BALANCE} LIMIT 5) \
         UNION ALL SELECT 'still', day, 7 FROM ({BALANCE})"
    );
    let arguments = ["forecast", "-c", &sql, "--by", "account", "--horizon", "14"];
    let told = run(&arguments);
    let (rows, words) = told.split_once("--- 0\n").unwrap_or_else(|| panic!("{told}"));
    let (still, rising): (Vec<_>, Vec<_>) = cells(rows).into_iter().partition(|row| row[0] == "still");
    assert_eq!((still.len(), rising.len()), (14, 14));
    assert!(rising.iter().all(|row| row[0] == "rising"));
    // What never changed goes on flat, and its bands have no width.
    assert!(still.iter().all(|row| row[2..9].iter().all(|cell| *cell == "7.00")), "{still:?}");
    assert!(words.contains("2 of 3 groups have a forecast\n"), "{words}");
    assert!(words.contains("none for young: a forecast needs 7 values, and there are 5\n"), "{words}");
    // A group's forecast is that of its rows alone.
    let alone = run(&["forecast", "-c", BALANCE, "--horizon", "14", "--show", "backtest"]);
    let grouped = run(&[&arguments[..], &["--show", "backtest"]].concat());
    let of = |told: &str, skip: usize| {
        told.lines().nth(1).unwrap().split(',').skip(skip).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(&alone, 0), of(&grouped, 1));
}

#[test]
fn a_file_is_forecast_without_a_lake_and_names_and_digits_survive() {
    let home = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str]| run_in(home.path(), &[&["forecast"], arguments].concat());
    let csv = saldo_in(home.path(), &["query", "-c", BALANCE]).stdout;
    fs::write(home.path().join("own.csv"), csv).unwrap();
    assert_eq!(at(&["own.csv"]), at(&["-c", BALANCE]), "read as CSV, typed by the engine");
    let texts = format!("SELECT day::VARCHAR AS day, amount::VARCHAR AS amount FROM ({BALANCE})");
    let told = at(&["-c", &texts, "--show", "horizons"]);
    assert!(
        told.contains("400 daily values, 2022-01-01 to 2023-02-04"),
        "texts count as what they say\n{told}"
    );

    // NULL, an empty text and a column that is called like one of ours.
    let sql = format!("SELECT unnest([NULL, '', 'x']) AS median, * FROM ({BALANCE})");
    let told = at(&["-c", &sql, "--by", "median", "--horizon", "1", "-o", "groups.parquet"]);
    assert!(told.contains("3 of 3 groups have a forecast\n"), "{told}");
    let groups = run_in(
        home.path(),
        &[
            "query",
            "-c",
            "SELECT median_1, count(*) AS n FROM 'groups.parquet' GROUP BY 1 ORDER BY 1 NULLS FIRST",
        ],
    );
    assert!(groups.starts_with("median_1,n\n,1\n\"\",1\nx,1\n"), "{groups}");

    // Parts of numbers with many digits sum to them too.
    let many = format!(
        "SELECT day, CAST(amount * 1.000000000000000001 AS DECIMAL(38,18)) AS amount FROM ({BALANCE})"
    );
    let told = at(&["-c", &many, "--show", "why", "--horizon", "2"]);
    for row in cells(told.split("--- 0").next().unwrap()) {
        let units = |cell: &str| cell.replace('.', "").parse::<i128>().unwrap();
        let (median, parts) = (row.last().unwrap(), &row[1..row.len() - 1]);
        assert_eq!(parts.iter().map(|part| units(part)).sum::<i128>(), units(median), "{row:?}");
        assert!(median.starts_with("14") || median.starts_with("15"), "{row:?}");
    }
}

#[test]
fn what_is_no_series_is_refused_with_a_reason() {
    let cases: [(&[&str], &str); 11] = [
        (
            &["-c", "SELECT 20240101 + range AS day, 1.5 AS n FROM range(30)", "--date", "day"],
            "--- 2\nerror: the column day of type int holds no dates\nhint: ",
        ),
        (&["-c", BALANCE, "--threshold", "nan"], "--- 2\nerror: invalid value 'nan'"),
        (&["-c", BALANCE, "--floor=-50.000"], "--- 2\nerror: invalid value '-50.000'"),
        (&["-c", "SELECT 1 AS n"], "--- 2\nerror: no column holds dates; there are n\nhint: "),
        (
            &["-c", "SELECT DATE '2024-01-01' AS day"],
            "--- 2\nerror: no column holds numbers beside the dates; there are day\nhint: ",
        ),
        (
            &["-c", BALANCE, "--value", "nope"],
            "--- 2\nerror: there is no column nope among day, amount\nhint: ",
        ),
        (
            &["-c", "SELECT DATE '2024-01-01' AS day, 1.5 AS n"],
            "--- 3\nerror: a forecast needs 7 values, and there are 1\nhint: ",
        ),
        (
            &["-c", "SELECT DATE '2024-01-01' AS day, 1.5 AS n WHERE false"],
            "--- 3\nerror: no row has both a date and a number in day and n\nhint: ",
        ),
        (
            &["-c", BALANCE, "--horizon", "5000"],
            "--- 3\nerror: a horizon of 5000 steps is out of reach: with 400 values it can be 1 to 800\nhint: ",
        ),
        (&["-c", BALANCE, "--country", "XX"], "--- 2\nerror: invalid value 'XX'"),
        (&["-c", BALANCE, "--scenario", "none.toml"], "--- 1\nerror: cannot read none.toml"),
    ];
    for (arguments, expected) in cases {
        let told = run(&[&["forecast"], arguments].concat());
        assert!(told.starts_with(expected), "{arguments:?}\n{told}");
    }
}

#[test]
fn a_forecast_is_told_as_of_a_day_with_a_scenario_and_for_flows() {
    let home = HOME.path();
    let plain = run(&["forecast", "-c", BALANCE, "--horizon", "3", "--origin", "2022-12-31"]);
    assert!(
        plain.contains("\n2023-01-01,") && plain.contains("365 daily values, 2022-01-01 to 2022-12-31\n"),
        "{plain}"
    );
    for (name, text) in [
        ("what.toml", "drift = 1.0\n[[item]]\nlabel = 'Fee'\ndate = '2023-01-02'\namount = -100.0\n"),
        (
            "what.json",
            r#"{"drift": 1.0, "item": [{"label": "Fee", "date": "2023-01-02", "amount": -100.0}]}"#,
        ),
    ] {
        fs::write(home.join(name), text).unwrap();
        let told =
            run(&["forecast", "-c", BALANCE, "--horizon", "3", "--origin", "2022-12-31", "--scenario", name]);
        let changes: Vec<_> = cells(told.split("--- 0").next().unwrap())
            .iter()
            .map(|row| format!("{:.2}", row[10].parse::<f64>().unwrap() - row[1].parse::<f64>().unwrap()))
            .collect();
        assert_eq!(changes, ["1.00", "-98.00", "-97.00"], "{told}");
        let of_scenario = ["--scenario", name, "--show", "horizons"];
        let ahead = run(&[
            &["forecast", "-c", BALANCE, "--horizon", "3", "--origin", "2022-12-31"],
            &of_scenario[..],
        ]
        .concat());
        let header = ",p_below_until_date,scenario_median,scenario_change,scenario_p_below_on_date,scenario_p_below_until_date\n";
        assert!(ahead.contains(header), "{ahead}");
        let number = |row: &Vec<&str>, at: usize| row[at].parse::<f64>().unwrap();
        let rows = cells(ahead.split("--- 0").next().unwrap());
        let end = rows.last().unwrap();
        assert_eq!(format!("{:.2}", number(end, 11) - number(end, 7)), "-97.00", "{ahead}");
        assert_eq!(
            format!("{:.2}", number(end, 11) - number(end, 7)),
            format!("{:.2}", number(end, 10) - number(end, 2))
        );
    }
    fs::write(home.join("bad.toml"), "[[item]]\nlabel = 'Fee'\nwhen = 'soon'\n").unwrap();
    let told = run(&["forecast", "-c", BALANCE, "--scenario", "bad.toml"]);
    assert!(
        told.starts_with("--- 3\nerror: bad.toml is no scenario: line 3: unknown field `when`"),
        "{told}"
    );
    fs::write(home.join("endless.toml"), "drift = inf\n").unwrap();
    let told = run(&["forecast", "-c", BALANCE, "--scenario", "endless.toml"]);
    assert!(told.starts_with("--- 3\nerror: the scenario's drift is not a finite number\nhint: "), "{told}");
    // The usual horizon is one that the history up to the origin allows.
    let told = run(&["forecast", "-c", BALANCE, "--origin", "2022-01-20"]);
    assert_eq!(cells(told.split("--- 0").next().unwrap()).len(), 40, "{told}");

    // Two rows of a day: of balances the last one counts and it is said, of flows both.
    let twice = "SELECT CAST(CAST('2022-01-01' AS DATE) + CAST(n // 2 AS INTEGER) AS DATE) AS day, 5 + n % 2 AS amount FROM range(200) AS days(n)";
    let told = run(&["forecast", "-c", twice, "--horizon", "3"]);
    assert!(told.contains("--- 0\n100 rows share their day with a later row; the last one in the"), "{told}");
    assert!(told.contains("\n2022-04-11,6.00,"), "{told}");
    assert!(told.contains("every value is the same: a flat line, and bands of no width\n"), "{told}");
    let told = run(&["forecast", "-c", twice, "--horizon", "3", "--kind", "flow"]);
    assert!(told.contains("\n2022-04-11,11.00,"), "{told}");
}

/// A file of 120 days from 1 January 2024 on, each line by `line`.
fn days_file(home: &Path, name: &str, head: &str, line: impl Fn(chrono::NaiveDate, usize) -> String) {
    let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    let lines = first.iter_days().take(120).enumerate().map(|(at, date)| line(date, at) + "\n");
    fs::write(home.join(name), format!("{head}\n") + &lines.collect::<String>()).unwrap();
}

#[test]
fn dates_and_marks_of_a_file_are_settled_by_its_columns_or_asked_about() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    days_file(home, "dmy.csv", "day,amount", |day, at| {
        format!("{},\"1,{:03}.50\"", day.format("%d/%m/%Y"), 200 + at)
    });
    days_file(home, "mdy.csv", "day,amount", |day, at| {
        format!("{},{}.50", day.format("%m/%d/%Y"), 1200 + at)
    });
    days_file(home, "eu.csv", "Datum;Saldo", |day, at| {
        format!("{};1.{:03},50", day.format("%d.%m.%Y"), 200 + at)
    });
    days_file(home, "zone.csv", "day,amount", |day, at| {
        format!("{day}T00:00:00{},{}.5", if at < 90 { "+01:00" } else { "+02:00" }, 1200 + at)
    });
    for name in ["dmy.csv", "mdy.csv", "eu.csv", "zone.csv"] {
        let told = run_in(home, &["forecast", name, "--horizon", "7"]);
        let (rows, words) = told.split_once("--- 0\n").unwrap_or_else(|| panic!("{name}: {told}"));
        let rows = cells(rows);
        assert_eq!(rows[0][0], "2024-04-30", "{name}");
        let median: f64 = rows[0][1].parse().unwrap();
        assert!((1318.0..1323.0).contains(&median), "{name}: {median}");
        assert!(words.contains("120 daily values, 2024-01-01 to 2024-04-29\n"), "{name}: {words}");
    }
    // Twelve days of January, or the first days of twelve months: the file does not say.
    let twelve = |from: &str| {
        (1..=12).map(|at| format!("{from}{at:02}/2024,{}.25\n", 1000 + at)).collect::<Vec<_>>().concat()
    };
    fs::write(home.join("open.csv"), format!("day,amount\n{}", twelve("01/"))).unwrap();
    let asked = run_in(home, &["forecast", "open.csv", "--horizon", "3"]);
    let expected = "--- 2\nerror: the dates of day can be read day first or month first: 01/02/2024\nhint: say which with --dates dmy or --dates mdy\n";
    assert_eq!(asked, expected);
    for (order, first) in [("dmy", "2025-01-01"), ("mdy", "2024-01-13")] {
        let told = run_in(home, &["forecast", "open.csv", "--horizon", "3", "--dates", order]);
        assert!(told.contains(&format!("\n{first},")), "{order}: {told}");
    }
    // One mark before three digits in every cell, and one column in two ways.
    days_file(home, "mark.csv", "day;amount", |day, at| format!("{day};1.{:03}", 200 + at));
    let asked = run_in(home, &["forecast", "mark.csv"]);
    assert!(asked.starts_with("--- 2\nerror: the mark in the numbers of amount can stand before a fraction or between thousands: 1.200\nhint: say which with --decimal point or --decimal comma\n"), "{asked}");
    for (mark, value) in [("point", "1.2"), ("comma", "1200")] {
        let told = run_in(home, &["forecast", "mark.csv", "--decimal", mark, "--show", "history"]);
        assert!(told.lines().any(|line| line.contains(&format!(",{value},"))), "{mark}: {told}");
    }
    days_file(home, "mixed.csv", "day,amount", |day, at| {
        format!("{},{at}.5", day.format(if at % 2 == 0 { "%d/%m/%Y" } else { "%m/%d/%Y" }))
    });
    let asked = run_in(home, &["forecast", "mixed.csv"]);
    assert!(asked.starts_with("--- 2\nerror: day is written in two ways: "), "{asked}");
    let missing = run_in(home, &["forecast", "nofile.csv"]);
    assert!(missing.starts_with("--- 2\nerror: there is no file nofile.csv\nhint: "), "{missing}");
}

#[test]
fn instants_of_a_zones_midnights_count_for_its_dates_and_counts_stay_above_zero() {
    // 23:00 in winter and 22:00 in summer: midnights of Madrid.
    let zone = "SELECT CAST(TIMESTAMP '2023-01-01 23:00:00' + INTERVAL (n) DAY - INTERVAL (CASE WHEN n BETWEEN 84 AND 300 \
        THEN 1 ELSE 0 END) HOUR AS TIMESTAMPTZ) AS day, CAST(1000 + n + 20 * (n % 7) AS DECIMAL(18, 2)) AS amount \
        FROM range(400) AS days(n)";
    let told = run(&["forecast", "-c", zone, "--horizon", "7"]);
    assert!(told.contains("\n2024-02-06,"), "{told}");
    assert!(told.contains("400 daily values, 2023-01-02 to 2024-02-05\n"), "{told}");
    assert!(
        told.contains("day: instants late in UTC are midnights east of it, each the day that begins\n"),
        "{told}"
    );
    // The last second of a day is midnight nowhere.
    let last = zone.replace("2023-01-01 23:00:00", "2023-01-01 23:59:59").replace("THEN 1 ", "THEN 0 ");
    let told = run(&["forecast", "-c", &last, "--horizon", "7"]);
    assert!(told.contains("400 daily values, 2023-01-01 to 2024-02-04\n"), "{told}");
    let counts = "SELECT CAST(CAST('2022-01-01' AS DATE) + CAST(n AS INTEGER) AS DATE) AS day, \
        CAST((n * 7919) % 5 AS INTEGER) AS count FROM range(400) AS days(n)";
    let told = run(&["forecast", "-c", counts, "--horizon", "14"]);
    let (rows, words) = told.split_once("--- 0\n").unwrap_or_else(|| panic!("{told}"));
    assert!(cells(rows).iter().all(|row| !row[6].starts_with('-')), "{rows}");
    // Nor is one below 0 with any probability.
    let json = run(&["forecast", "-c", counts, "--horizon", "14", "--kind", "flow", "-f", "json"]);
    let values: Vec<serde_json::Value> = serde_json::from_str(json.split("--- 0").next().unwrap()).unwrap();
    for value in &values {
        let [on, until] = ["p_below_on_date", "p_below_until_date"].map(|name| value[name].to_string());
        assert!(["0", "0.0", "\"0.000\""].contains(&on.as_str()) && on == until, "{value}");
    }
    assert!(words.contains("no value is below 0, so the bands are cut there\n"), "{words}");
}

/// The engine as it is linked in knows no time zones: the clock of a query is that of UTC.
#[test]
fn a_query_has_the_day_and_the_time_in_utc() {
    let sql = "SELECT CAST(current_date AS VARCHAR) = CAST(today() AS VARCHAR), \
               CAST(current_date AS VARCHAR) || strftime(localtimestamp, 'T%H'), current_date - INTERVAL 1 DAY < current_date";
    let mut command = command(HOME.path(), &["query", "-c", sql, "--format", "csv"]);
    let before = chrono::Utc::now();
    let output = command.env("TZ", "Pacific/Kiritimati").output().unwrap();
    let after = chrono::Utc::now();
    let out = text(&output.stdout);
    let hour = |at: chrono::DateTime<chrono::Utc>| format!("true,{},true", at.format("%Y-%m-%dT%H"));
    let row = out.lines().nth(1).unwrap_or_default();
    assert!(row == hour(before) || row == hour(after), "{out}{}", text(&output.stderr));
}

#[test]
fn a_table_that_the_lake_lacks_is_told_with_what_makes_it() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("b.csv"), "Fecha,saldo_clientes\n2024-03-01,1.50\n").unwrap();
    let output = saldo_in(home.path(), &["ingest", "balances", "b.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for arguments in [&["query", "-c", "FROM banktxn"][..], &["query", "account_summary"], &["credit", "A1"]]
    {
        let output = saldo_in(home.path(), arguments);
        let said = text(&output.stderr);
        assert!(said.contains("`saldo ingest bank FILE` makes it"), "{arguments:?}: {said}");
        assert!(!said.contains("Did you mean"), "{said}");
    }
    let home = tempfile::tempdir().unwrap();
    let line =
        "account_no,date,transaction_details,amount,currency,balance_amt\nA1,2024-03-01,X,1.00,SGD,1.00\n";
    fs::write(home.path().join("a.csv"), line).unwrap();
    assert!(saldo_in(home.path(), &["ingest", "bank", "a.csv"]).status.success());
    let said = text(&saldo_in(home.path(), &["forecast"]).stderr);
    assert!(said.contains("the lake has no transactions: `saldo ingest balances FILE` makes it"), "{said}");
}

#[test]
fn a_target_of_jobs_is_named_with_the_option_for_it() {
    let said = text(&saldo_in(HOME.path(), &["submit", "--target", "sp"]).stderr);
    assert!(said.contains("hint: write --on sp\n"), "{said}");
}
