//! Real Spark runs the stages' own texts on the raw files' rows and gives the tables that DuckDB gave, from local files and
//! from a bucket (`s3a://`, on `MinIO`).
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

use saldo::demo;
use saldo::engine::duckdb::Connection;
use saldo::lake::Lake;
use saldo::pipeline::{self, Raw, Run, STAGES, Stage, views};
use serde_json::{Value, json};

use objects::Objects;
use servers::{BUCKET, MINIO, PASSWORD, USER};

/// What speaks `s3a://`: the version that belongs to pyspark's Hadoop.
const S3A: &str = "org.apache.hadoop:hadoop-aws:3.5.0";

/// The names under which the stages read raw files.
const RAW: [&str; 3] = ["raw_rates", "raw_bank", "raw_balances"];

fn one(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The lake with rates that are inverted, dated to the second, and written with an exponent.
fn with_more_rates(lake: &Lake) -> Lake {
    let raw = lake.root.join("raw/rates");
    let rates = r#"{"timestamp": 1498780799, "base": "USD", "rates": {"BTC": 3.9123456789123e-04, "INR": 64.625, "SGD": 1.3808}}"#;
    let h10 = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/h10.csv.gz")).unwrap();
    for (name, bytes) in [("source=oxr/2017-06-29.json", rates.as_bytes()), ("source=h10/h10.csv.gz", &h10)] {
        fs::create_dir_all(raw.join(name).parent().unwrap()).unwrap();
        fs::write(raw.join(name), bytes).unwrap();
    }
    let run = Run { root: &lake.root, sources: &[], demo: None, conversion: None, only: &[] };
    pipeline::run(&run, &mut |_| ()).unwrap().lake
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
    let options = demo::Options { lake: folder.path().join("lake"), rows: 3_000, seed: 3 };
    let lake = with_more_rates(&demo::build(&options, &mut |_| ()).unwrap());
    let connection = Connection::open_in_memory().unwrap();
    let (local, copied) = (folder.path().join("files"), folder.path().join("objects"));
    let objects = Objects::of(&MINIO, "spark");
    fs::create_dir_all(local.join("raw")).unwrap();
    for kind in [Raw::Rates, Raw::Balances] {
        connection.execute_batch(&views::view(&lake.root, folder.path(), kind).unwrap()).unwrap();
    }
    // The reader types statements itself; Spark gets their text.
    let bank = format!(
        "CREATE VIEW raw_bank AS SELECT 'raw/bank/statement.csv' AS source_file, row_number() OVER () + 1 AS line_no,
           2098 AS last_year, * RENAME (date AS booking_date) FROM read_csv('{}', header = true, all_varchar = true)",
        lake.root.join("raw/bank/statement.csv").display()
    );
    connection.execute_batch(&bank).unwrap();
    for name in RAW {
        let path = format!("raw/{name}.parquet");
        let file = local.join(&path);
        connection.execute_batch(&format!("COPY {name} TO '{}' (FORMAT parquet)", file.display())).unwrap();
        objects.put(&path, &fs::read(file).unwrap());
    }
    // Faults are our reader's own rows: this lake has none, and Spark no text to make them from.
    let is_made = |stage: &&Stage| stage.raw != Some(Raw::Errors) && lake.table(stage.name).is_some();
    let stages: Vec<_> = STAGES.iter().filter(is_made).collect();
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
        "stages": texts,
    });
    let plan_file = folder.path().join("plan.json");
    fs::write(&plan_file, plan.to_string()).unwrap();
    let output =
        Command::new(python()).arg(root.join("tests/spark/run.py")).arg(&plan_file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (path, bytes) in objects.all() {
        let file = copied.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
    for place in [&local, &copied] {
        for stage in &stages {
            let ours = format!(
                "read_parquet('{}', hive_partitioning = false)",
                lake.glob(lake.table(stage.name).unwrap())
            );
            let theirs = format!("read_parquet('{}/tables/{}/*.parquet')", place.display(), stage.name);
            let name = format!("{} in {}", stage.name, place.display());
            assert_same(&connection, &ours, &theirs, &name);
        }
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
