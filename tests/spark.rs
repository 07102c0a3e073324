//! Real Spark runs the stages' own texts on staged statements and the other raw files' rows, and gives the tables that DuckDB
//! gave, from local files and from a bucket (`s3a://`, on `MinIO`).
//!
//! Needs Java, the Python environment that `scripts/test` makes, and at first a network for Spark's own S3 packages.

#![cfg(feature = "remote")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "spark/credit.rs"]
mod credit;
#[path = "support/credit_lake.rs"]
mod credit_lake;
#[allow(dead_code, reason = "tests/s3.rs uses the rest")]
#[path = "s3/objects.rs"]
mod objects;
#[allow(dead_code, reason = "tests/s3.rs and tests/remote.rs use the rest")]
#[path = "support/servers.rs"]
mod servers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::Utc;
use saldo::demo;
use saldo::engine::duckdb::Connection;
use saldo::lake::Lake;
use saldo::lake::folder::Folder;
use saldo::pipeline::bank::BANK;
use saldo::pipeline::ingest::{self, Options, staged};
use saldo::pipeline::{self, Raw, Run, STAGES, Stage, views};
use serde_json::{Value, json};

use objects::Objects;
use servers::{BUCKET, MINIO, PASSWORD, USER};

/// What speaks `s3a://`: the version that belongs to pyspark's Hadoop.
const S3A: &str = "org.apache.hadoop:hadoop-aws:3.5.0";

/// The names under which the stages read raw files, statements and faults aside.
const RAW: [&str; 2] = ["raw_rates", "raw_balances"];

fn one(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Copies what lies in a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, place) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &place);
        } else {
            fs::copy(path, place).unwrap();
        }
    }
}

/// Statements as people have them: the demo's, a part of it again without texts, one in German with cells that cannot be read,
/// formats of their own, and a file that is none.
fn statements(demo: &Lake, folder: &Path) -> Vec<PathBuf> {
    fs::create_dir_all(folder).unwrap();
    let whole = fs::read_to_string(demo.root.join("raw/bank/statement.csv")).unwrap();
    let (header, lines) = whole.split_once('\n').unwrap();
    let place = header.split(',').position(|name| name == "transaction_details").unwrap();
    let without = |line: &str| {
        let before: String = line.splitn(place + 1, ',').take(place).flat_map(|cell| [cell, ","]).collect();
        format!("{before},{}", line.splitn(place + 2, ',').nth(place + 1).unwrap_or_default())
    };
    let textless: Vec<_> = lines.lines().take(300).filter(|line| !line.contains('"')).map(without).collect();
    let german = "Konto;Buchungstag;Text;Betrag;Währung\n4711;01.02.2017;Miete;-1.234,56;EUR\n4711;03.02.2017;Lohn;2.000,00;EUR\n\
                  4711;03.02.2017;Lohn;2.000,00;EUR\n4711;31.02.2017;Strom;1,00;EUR\n;04.02.2017;von niemand;1,00001;EUR\n";
    for (name, text) in [
        ("demo.csv", whole.clone()),
        ("textless.csv", format!("{header}\n{}\n", textless.join("\n"))),
        (
            "again.csv",
            format!("{header}\n{}\n", lines.lines().skip(100).take(900).collect::<Vec<_>>().join("\n")),
        ),
        ("german.csv", german.to_owned()),
        ("none.csv", "this is\nno statement\n".to_owned()),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.extend(["camt053.xml", "may.sta", "card.qfx"].map(|name| fixtures.join(name)));
    files.sort();
    files
}

/// A lake of the demo's balances, of its rates with some that are inverted, dated to the second, and written with an exponent,
/// and of these statements.
fn lake_of(demo: &Lake, root: &Path, statements: &[PathBuf], options: &Options) -> Lake {
    for kind in ["raw/rates", "raw/balances"] {
        copy(&demo.root.join(kind), &root.join(kind));
    }
    let raw = root.join("raw/rates");
    let rates = r#"{"timestamp": 1498780799, "base": "USD", "rates": {"BTC": 3.9123456789123e-04, "INR": 64.625, "SGD": 1.3808}}"#;
    let h10 = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/h10.csv.gz")).unwrap();
    for (name, bytes) in [("source=oxr/2017-06-29.json", rates.as_bytes()), ("source=h10/h10.csv.gz", &h10)] {
        fs::create_dir_all(raw.join(name).parent().unwrap()).unwrap();
        fs::write(raw.join(name), bytes).unwrap();
    }
    for file in statements {
        ingest::take(root, &BANK, file, options).unwrap();
    }
    let run = Run { root, sources: &[], demo: None, conversion: None, only: &[] };
    pipeline::run(&run, &mut |_| ()).unwrap().lake
}

/// Stages statements into the bucket, as a person does.
fn stage_remotely(statements: &[PathBuf]) {
    let to = format!("s3://{BUCKET}/spark");
    let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
        .args(["stage", "--to", &to])
        .args(statements)
        .env("AWS_ACCESS_KEY_ID", USER)
        .env("AWS_SECRET_ACCESS_KEY", PASSWORD)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", &*MINIO)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The files of a folder below another, with their names from that on.
fn files_of(root: &Path, below: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(below)).unwrap().map(Result::unwrap) {
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files.extend(files_of(root, &name));
        } else {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
    files.sort();
    files
}

/// How Spark reaches the bucket; its packages stay in the build's folder.
fn settings(root: &Path) -> Value {
    json!({
        "spark.jars.packages": S3A,
        "spark.jars.ivy": root.join("target/ivy"),
        "spark.hadoop.fs.s3a.endpoint": *MINIO,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.access.key": USER,
        "spark.hadoop.fs.s3a.secret.key": PASSWORD,
    })
}

/// The Python that has Spark.
fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/spark/bin/python");
    assert!(python.exists(), "there is no {}: scripts/test makes it", python.display());
    python
}

#[test]
fn spark_gives_the_same_rows_from_the_same_texts() {
    let folder = tempfile::tempdir().unwrap();
    let demo = demo::Options { lake: folder.path().join("demo"), rows: 3_000, seed: 3 };
    let demo = demo::build(&demo, &mut |_| ()).unwrap();
    let statements = statements(&demo, &folder.path().join("statements"));
    let options = Options::new(Utc::now());
    let lake = lake_of(&demo, &folder.path().join("lake"), &statements, &options);
    let connection = Connection::open_in_memory().unwrap();
    let (local, copied) = (folder.path().join("files"), folder.path().join("objects"));
    let objects = Objects::of(&MINIO, "spark");
    fs::create_dir_all(local.join("raw")).unwrap();
    for kind in [Raw::Rates, Raw::Balances] {
        connection.execute_batch(&views::view(&lake.root, folder.path(), kind).unwrap()).unwrap();
    }
    let reports = staged::stage(&Folder::Local(local.clone()), &statements, &options, &mut |_| ()).unwrap();
    assert_eq!(reports.iter().filter(|report| report.faults > 0).count(), 2, "{reports:?}");
    stage_remotely(&statements);
    let lines = files_of(&local, staged::LINES);
    let there: Vec<_> =
        objects.all().into_iter().filter(|(path, _)| path.starts_with(staged::LINES)).collect();
    assert!(lines == there, "the same lines here and there");
    // Another run met the faults there, at another time.
    for (name, bytes) in files_of(&local, staged::FAULTS) {
        objects.put(&name, &bytes);
    }
    for name in RAW {
        let path = format!("raw/{name}.parquet");
        let file = local.join(&path);
        connection.execute_batch(&format!("COPY {name} TO '{}' (FORMAT parquet)", file.display())).unwrap();
        objects.put(&path, &fs::read(file).unwrap());
    }
    let stages: Vec<&Stage> = STAGES.iter().collect();
    let texts = stages.iter().map(|stage| {
        let conversion = &lake.manifest.conversion;
        json!({ "name": stage.name, "sql": stage.statement(conversion), "settings": stage.settings_view(conversion) })
    });
    let texts: Vec<_> = texts.collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plan = json!({
        "folder": folder.path(),
        "settings": settings(root),
        "places": [&local, Path::new(&format!("s3a://{BUCKET}/spark"))],
        "raw": RAW,
        "lines": staged::LINES,
        "faults": staged::FAULTS,
        "stages": texts,
    });
    let plan_file = folder.path().join("plan.json");
    fs::write(&plan_file, plan.to_string()).unwrap();
    let output =
        Command::new(python()).arg(root.join("tests/spark/run.py")).arg(&plan_file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fetch(&objects, &copied);
    for table in ["banktxn", "error_error"] {
        assert!(lake.table(table).unwrap().rows > 2, "{table}");
    }
    for place in [&local, &copied] {
        assert_same_tables(&connection, &lake, place);
    }
}

/// Copies all objects into a folder.
fn fetch(objects: &Objects, folder: &Path) {
    for (path, bytes) in objects.all() {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

/// Each table of the lake is the one that Spark made at a place.
fn assert_same_tables(connection: &Connection, lake: &Lake, place: &Path) {
    for stage in &STAGES {
        let ours = format!(
            "read_parquet('{}', hive_partitioning = false)",
            lake.glob(lake.table(stage.name).unwrap())
        );
        let theirs = format!("read_parquet('{}/tables/{}/*.parquet')", place.display(), stage.name);
        assert_same(connection, &ours, &theirs, &format!("{} in {}", stage.name, place.display()));
    }
}

/// Two tables have the same columns and, in any order, the same rows.
fn assert_same(connection: &Connection, ours: &str, theirs: &str, name: &str) {
    let described = |from: &str| {
        let sql = format!(
            "SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE SELECT * FROM {from})"
        );
        // A moment has no zone here and is stored as UTC there.
        one(connection, &sql).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP")
    };
    assert_eq!(described(ours), described(theirs), "columns of {name}");
    let columns =
        one(connection, &format!("SELECT string_agg(column_name, ',') FROM (DESCRIBE SELECT * FROM {ours})"));
    // Column by column first: a difference is named by its column.
    for column in columns.split(',') {
        let texts = |from: &str| {
            format!(
                "SELECT CAST(count({column}) AS VARCHAR) || ' ' || COALESCE(CAST(sum(hash(CAST({column} AS VARCHAR))) AS VARCHAR), '') FROM {from}"
            )
        };
        assert_eq!(one(connection, &texts(ours)), one(connection, &texts(theirs)), "{column} of {name}");
    }
    let apart = |left: &str, right: &str| {
        one(
            connection,
            &format!(
                "SELECT CAST(count(*) AS VARCHAR) FROM (SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right})"
            ),
        )
    };
    assert_eq!((apart(ours, theirs), apart(theirs, ours)), ("0".into(), "0".into()), "{name}");
}
