//! Runs on a lake as cron makes them: again, killed, after late rates and new statements.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use saldo::demo;
use saldo::engine::duckdb::Connection;
use saldo::lake::{Conversion, LAYOUT, Lake, Manifest};
use saldo::pipeline::{self, Outcome, Run, verify};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

fn demo_lake(rows: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    demo::build(&demo::Options { lake: lake.clone(), rows, seed: 1 }, &mut |_| ()).unwrap();
    (folder, lake)
}

fn run(root: &Path) -> Outcome {
    pipeline::run(
        &Run { root, sources: &[], demo: None, conversion: None, only: &[], on_demand: None },
        &mut |_| (),
    )
    .unwrap()
}

fn names(outcome: &Outcome) -> Vec<&str> {
    outcome.changed.iter().map(|(name, _)| name.as_str()).collect()
}

/// Every file below a folder with its checksum.
fn contents(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("_saldo/lock") {
                let sum = format!("{:x}", Sha256::digest(fs::read(&path).unwrap()));
                found.insert(path.strip_prefix(root).unwrap().to_path_buf(), sum);
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
}

fn saldo(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_saldo")).args(arguments).env("HOME", home.path()).output().unwrap()
}

fn query(lake: &Path, sql: &str) -> String {
    let output = saldo(&["query", "--lake", lake.to_str().unwrap(), "--format", "csv", "-c", sql]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Splits the demo's statement: all lines, and those of it that a bank sends later.
fn statement_in_two(lake: &Path) -> (String, String) {
    let text = fs::read_to_string(lake.join("raw/bank/statement.csv")).unwrap();
    let (head, later): (Vec<_>, Vec<_>) =
        text.lines().skip(1).partition(|line| !line.contains("-DEC-19") && !line.contains("-Dec-19"));
    let header = text.lines().next().unwrap();
    assert!(!later.is_empty() && head.len() > later.len());
    (format!("{header}\n{}\n", head.join("\n")), format!("{header}\n{}\n", later.join("\n")))
}

/// The rates without those from a day on, as the ECB's file has them.
fn rates_until(lake: &Path, day: &str, to: &Path) {
    let file = lake.join("raw/rates/source=ecb/eurofxref-hist.csv.gz");
    let connection = Connection::open_in_memory().unwrap();
    let sql = format!(
        "COPY (SELECT * EXCLUDE (column42) FROM read_csv('{}', header = true, all_varchar = true, null_padding = true, hive_partitioning = false) WHERE \"Date\" < '{day}') TO '{}' (HEADER, COMPRESSION gzip)",
        file.display(),
        to.display()
    );
    connection.execute_batch(&sql).unwrap();
}

#[test]
fn a_run_with_nothing_new_writes_nothing() {
    let (_folder, lake) = demo_lake(2_000);
    let before = contents(&lake);
    let modified = |lake: &Path| fs::metadata(lake.join("_saldo/manifest.json")).unwrap().modified().unwrap();
    let written = modified(&lake);
    let outcome = run(&lake);
    assert_eq!(names(&outcome), Vec::<&str>::new());
    assert_eq!((contents(&lake), modified(&lake)), (before, written));
    assert!(Lake::open(&lake).unwrap().manifest.demo.is_some(), "it is still the demo");
}

#[test]
fn new_lines_change_only_their_months_and_the_result_is_that_of_one_run() {
    let (_folder, whole) = demo_lake(2_000);
    let (_other, lake) = demo_lake(2_000);
    let (first, later) = statement_in_two(&whole);
    for place in [&whole, &lake] {
        fs::write(place.join("raw/bank/statement.csv"), &first).unwrap();
    }
    run(&lake);
    for place in [&whole, &lake] {
        fs::write(place.join("raw/bank/statement-12.csv"), &later).unwrap();
    }
    let outcome = run(&lake);
    run(&whole);
    let (_, files) = outcome.changed.iter().find(|(name, _)| name == "processed").unwrap();
    assert!((1..=4).contains(files), "{:?}: lines of one month touch few value months", outcome.changed);
    assert!(outcome.lake.manifest.demo.is_none(), "other data make it a real lake");
    let (mut whole, mut lake) = (contents(&whole), contents(&lake));
    // The order of the runs is not in the tables; both manifests say the same.
    assert_eq!(
        whole.remove(Path::new("_saldo/manifest.json")),
        lake.remove(Path::new("_saldo/manifest.json"))
    );
    assert_eq!(whole, lake);
}

#[test]
fn a_late_rate_converts_again_only_what_it_changes() {
    let (_folder, lake) = demo_lake(2_000);
    let full = lake.join("raw/rates/source=ecb/eurofxref-hist.csv.gz");
    let kept = fs::read(&full).unwrap();
    let cut = lake.join("cut.csv.gz");
    rates_until(&lake, "2019-11-28", &cut);
    fs::rename(cut, &full).unwrap();
    run(&lake);
    let status = "SELECT rate_status, count(*) FROM processed WHERE value_date >= DATE '2019-11-28' AND rate_status <> 'identity' GROUP BY ALL ORDER BY ALL";
    let before = query(&lake, status);
    assert!(
        before.contains("provisional") && before.contains("stale") && !before.contains("exact"),
        "{before}"
    );
    let untouched = "SELECT sum(deposit_sgd_amt), sum(withdrawal_sgd_amt) FROM processed WHERE value_date < DATE '2019-11-28'";
    let sums = query(&lake, untouched);
    fs::write(&full, kept).unwrap();
    let outcome = run(&lake);
    let (_, files) = outcome.changed.iter().find(|(name, _)| name == "processed").unwrap();
    assert_eq!(*files, 2, "November and December");
    assert!(!names(&outcome).contains(&"banktxn"));
    let after = query(&lake, status);
    assert!(after.contains("exact") && !after.contains("provisional") && !after.contains("stale"), "{after}");
    assert_eq!(query(&lake, untouched), sums);
    let (_other, fresh) = demo_lake(2_000);
    let processed = |lake: &Path| -> BTreeMap<_, _> {
        contents(lake).into_iter().filter(|(path, _)| path.starts_with("processed")).collect()
    };
    assert_eq!(processed(&lake), processed(&fresh));
}

#[test]
fn another_base_currency_is_linear_and_the_way_back_gives_the_same_bytes() {
    let (_folder, lake) = demo_lake(1_000);
    let before = contents(&lake);
    let convert = |base: &str, dated_by: &str| {
        let conversion = Conversion { base: base.into(), dated_by: dated_by.into(), ..Conversion::default() };
        let run = Run {
            root: &lake,
            sources: &[],
            demo: None,
            conversion: Some(&conversion),
            only: &[],
            on_demand: None,
        };
        pipeline::run(&run, &mut |_| ()).unwrap()
    };
    assert!(query(&lake, "SELECT * FROM processed LIMIT 0").contains("deposit_sgd_amt"));
    convert("USD", "value");
    let off = query(
        &lake,
        "SELECT count(*) FROM processed WHERE deposit_base_per_unit <> usd_per_unit AND withdrawal_amt IS NULL AND rate_status <> 'identity'",
    );
    assert_eq!(off.lines().nth(1), Some("0"), "the base is the dollar now");
    assert!(query(&lake, "SELECT * FROM processed LIMIT 0").contains("deposit_usd_amt"));
    let (queries, _) = saldo::query::all(None, "USD", &saldo::query::Newest::new());
    let summary = queries.iter().find(|query| query.name == "account_summary").unwrap();
    let told = query(&lake, &summary.text);
    assert!(
        told.contains("net_usd") && told.lines().count() > 12,
        "the saved queries follow the base\n{told}"
    );
    convert("SGD", "booking");
    let dated = "SELECT count(*) FROM processed WHERE rate_status = 'exact' AND rate_date <> ";
    assert_eq!(query(&lake, &format!("{dated} booking_date")).lines().nth(1), Some("0"));
    assert_ne!(query(&lake, &format!("{dated} value_date")).lines().nth(1), Some("0"));
    convert("SGD", "value");
    let mut after = contents(&lake);
    let mut before = before;
    // Only the mark of the demo is gone.
    assert!(
        after.remove(Path::new("_saldo/manifest.json")) != before.remove(Path::new("_saldo/manifest.json"))
    );
    assert_eq!(after, before);
}

#[test]
fn a_run_killed_at_any_moment_is_as_if_it_had_not_been_or_is_finished_by_the_next() {
    let (folder, lake) = demo_lake(1_000);
    let (first, later) = statement_in_two(&lake);
    fs::write(lake.join("raw/bank/statement.csv"), &first).unwrap();
    run(&lake);
    let start = folder.path().join("start");
    copy(&lake, &start);
    fs::write(lake.join("raw/bank/statement-12.csv"), &later).unwrap();
    let stages = saldo(&["run", "--lake", lake.to_str().unwrap()]);
    assert!(stages.status.success());
    let undisturbed = contents(&lake);
    let tables_before = tables(&start);
    // As each stage begins, and as each folder and file on the way to the new tables appears.
    let begun = String::from_utf8(stages.stderr).unwrap().lines().count() - 1;
    assert!(begun > 2, "a stage that begins is a line");
    let places =
        ["work", "partitions", "work/banktxn", "work/new/banktxn", "work/new/processed", "commit.json"];
    let moments = (0..=begun).map(Moment::Lines).chain(places.map(Moment::Appears));
    let mut stopped = 0;
    for (number, moment) in moments.enumerate() {
        let place = folder.path().join(format!("killed-{number}"));
        copy(&start, &place);
        fs::write(place.join("raw/bank/statement-12.csv"), &later).unwrap();
        let arguments = ["run", "--lake", place.to_str().unwrap()];
        let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
        let mut child = command.args(arguments).stderr(Stdio::piped()).spawn().unwrap();
        // Held until the end: a program that cannot say anything ends otherwise.
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        match moment {
            Moment::Lines(count) => drop(lines.by_ref().take(count).last()),
            Moment::Appears(name) => {
                while !place.join("_saldo").join(name).exists() && child.try_wait().unwrap().is_none() {
                    thread::yield_now();
                }
            }
        }
        stopped += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if !place.join("_saldo/commit.json").exists() {
            let now = tables(&place);
            assert!(now == tables_before || now == tables(&lake), "a reader sees one or the other");
        }
        assert!(saldo(&arguments).status.success());
        assert_eq!(contents(&place), undisturbed, "killed at {moment:?}");
        fs::remove_dir_all(&place).unwrap();
    }
    assert!(stopped > begun, "only {stopped} runs were stopped: the test shows little");
}

/// When a run is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// It has said so many lines.
    Lines(usize),
    /// There is a file or folder below `_saldo`.
    Appears(&'static str),
}

/// The Parquet files of a lake.
fn tables(lake: &Path) -> BTreeMap<PathBuf, String> {
    contents(lake).into_iter().filter(|(path, _)| is_table(path)).collect()
}

fn is_table(path: &Path) -> bool {
    !path.starts_with("raw") && !path.starts_with("_saldo")
}

#[test]
fn taking_files_in_waits_for_another_writer_as_long_as_it_is_told_to() {
    let (folder, lake) = demo_lake(500);
    let file = folder.path().join("file").to_string_lossy().into_owned();
    fs::write(&file, "neither rates nor lines").unwrap();
    let lock = fs::File::create(lake.join("_saldo/lock")).unwrap();
    lock.lock().unwrap();
    let holder = r#"{"work": "write", "process": 4711, "host": "here", "started": "2026-01-02T03:04:05Z"}"#;
    fs::write(lake.join("_saldo/lock"), holder).unwrap();
    for command in [["ingest", "bank"], ["rates", "import"]] {
        let take = |more: &[&str]| {
            let output = saldo(&[&command[..], &[&file, "--lake", lake.to_str().unwrap()], more].concat());
            String::from_utf8(output.stderr).unwrap()
        };
        let began = Instant::now();
        let told = take(&["--wait", "1"]);
        assert!(told.contains("is being written by process 4711 on here"), "{told}");
        assert!(began.elapsed() >= Duration::from_secs(1), "{command:?} did not wait");
    }
    drop(lock);
    let output = saldo(&["ingest", "bank", &file, "--lake", lake.to_str().unwrap(), "--wait", "60"]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_journal_that_was_written_is_carried_out_by_whoever_comes_next() {
    let (folder, lake) = demo_lake(500);
    let before = folder.path().join("before");
    copy(&lake, &before);
    let after = contents(&lake);
    // What a run leaves that is killed between its journal and its first rename.
    let fresh = lake.join("_saldo/work/new/processed/year=2019/month=12");
    fs::create_dir_all(&fresh).unwrap();
    let file = "processed/year=2019/month=12/data_0.parquet";
    fs::rename(lake.join(file), fresh.join("data_0.parquet")).unwrap();
    let foreign = "processed/year=2031/month=01/data_0.parquet";
    fs::create_dir_all(lake.join(foreign).parent().unwrap()).unwrap();
    fs::write(lake.join(foreign), "old").unwrap();
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(lake.join("_saldo/manifest.json")).unwrap()).unwrap();
    let journal = serde_json::json!({ "moves": [file], "removes": [foreign], "manifest": manifest });
    fs::write(lake.join("_saldo/commit.json"), journal.to_string()).unwrap();
    run(&lake);
    assert_eq!(contents(&lake), after);
    assert!(!lake.join("processed/year=2031").exists());
}

#[test]
fn verify_names_what_is_not_as_the_manifest_says_and_a_run_mends_tables() {
    let (_folder, lake) = demo_lake(500);
    let before = contents(&lake);
    let path = |name: &str| lake.join(name);
    let verified = || {
        let found = verify::verify(&Lake::open(&lake).unwrap(), false).unwrap();
        found.into_iter().map(|finding| format!("{} {}", finding.kind, finding.place)).collect::<Vec<_>>()
    };
    assert_eq!(verified(), Vec::<String>::new());
    fs::write(path("processed/year=2019/month=12/stray.parquet"), "x").unwrap();
    fs::remove_file(path("dates/data_0.parquet")).unwrap();
    let rates = path("response/year=1999/month=01/data_0.parquet");
    let bytes = fs::read(&rates).unwrap();
    fs::write(&rates, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(
        verified(),
        [
            "changed response/year=1999/month=01/data_0.parquet",
            "foreign processed/year=2019/month=12/stray.parquet",
            "missing dates/data_0.parquet"
        ]
    );
    let output = saldo(&["lake", "verify", "--lake", lake.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    fs::remove_file(path("processed/year=2019/month=12/stray.parquet")).unwrap();
    run(&lake);
    assert_eq!(verified(), Vec::<String>::new());
    assert_eq!(tables(&lake), before.into_iter().filter(|(path, _)| is_table(path)).collect());
}

#[test]
fn a_star_schema_needs_no_statement_and_statements_need_no_star_schema() {
    let (_folder, lake) = demo_lake(500);
    let only = |folders: &[&str]| {
        let place = tempfile::tempdir().unwrap();
        for folder in folders {
            copy(&lake.join(folder), &place.path().join(folder));
        }
        let outcome = run(place.path());
        outcome.lake.manifest.tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>()
    };
    let of_statements = ["banktxn", "daily_rates", "processed", "dates", "error_error"];
    assert_eq!(only(&["raw/bank"]), of_statements, "what needs no rate is converted, the rest says so");
    assert_eq!(only(&["raw/rates", "raw/bank"]), [&["response"], &of_statements[..]].concat());
    assert_eq!(only(&["raw/balances"]), ["dates", "transactions", "error_error"]);
}

#[test]
fn a_column_that_an_earlier_version_did_not_make_is_told_with_what_to_do() {
    let (folder, lake) = demo_lake(500);
    // As an earlier version made it.
    let mut text = fs::read_to_string(lake.join("_saldo/manifest.json")).unwrap();
    let connection = Connection::open_in_memory().unwrap();
    let manifest = Lake::open(&lake).unwrap().manifest;
    let table = manifest.table("processed").unwrap();
    for file in &table.files {
        let (place, other) = (lake.join(&file.path), folder.path().join("other.parquet"));
        let sql = format!(
            "COPY (SELECT * EXCLUDE (rate_side) FROM read_parquet('{}', hive_partitioning = false)) TO '{}'",
            place.display(),
            other.display()
        );
        connection.execute_batch(&sql).unwrap();
        fs::rename(other, place).unwrap();
    }
    text = text.replace(&table.made_by, "earlier");
    fs::write(lake.join("_saldo/manifest.json"), text).unwrap();
    let arguments = ["query", "unconverted_rows", "--format", "csv", "--lake", lake.to_str().unwrap()];
    let output = saldo(&arguments);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains("another version of saldo made the tables: `saldo run` makes them anew"),
        "{words}"
    );
    run(&lake);
    let output = saldo(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_lake_that_was_set_up_and_has_no_file_yet_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let run = || saldo(&["run", "--no-fetch", "--lake", lake.to_str().unwrap()]);
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let elsewhere = run();
    let words = said(&elsewhere);
    assert!(elsewhere.status.code() == Some(1) && words.contains("error: no raw files in "), "{words}");
    Manifest { layout: LAYOUT, writer: "saldo".into(), ..Manifest::default() }.write(&lake).unwrap();
    for _ in 0..2 {
        let output = run();
        let words = said(&output);
        let wanted = "nothing was due, for the lake has no raw files yet; ";
        assert!(output.status.success() && words.starts_with(wanted), "{words}");
    }
    let stage = saldo(&["star", "--lake", lake.to_str().unwrap()]);
    assert_eq!(stage.status.code(), Some(1), "{}", said(&stage));
}

#[test]
fn a_lost_file_is_made_again_with_the_same_bytes() {
    let (_folder, lake) = demo_lake(500);
    let before = contents(&lake);
    let lost = before.keys().find(|path| path.starts_with("transactions")).unwrap();
    fs::remove_file(lake.join(lost)).unwrap();
    assert_eq!(names(&run(&lake)), ["transactions"]);
    assert_eq!(tables(&lake), before.into_iter().filter(|(path, _)| is_table(path)).collect());
    assert_eq!(names(&run(&lake)), Vec::<&str>::new());
}
