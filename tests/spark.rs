//! Real Spark makes the tables that DuckDB made, in a folder and in a bucket (`s3a://`, on `MinIO`), from `saldo submit` to the
//! lake that it takes them into.
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
#[allow(dead_code, reason = "tests/rates.rs uses the rest")]
#[path = "rates/double.rs"]
mod double;
#[path = "spark/emr.rs"]
mod emr;
#[allow(dead_code, reason = "tests/submit.rs and tests/s3.rs use the rest")]
#[path = "support/jobs.rs"]
mod jobs;
#[allow(dead_code, reason = "tests/s3.rs uses the rest")]
#[path = "s3/objects.rs"]
mod objects;
#[allow(dead_code, reason = "tests/s3.rs and tests/remote.rs use the rest")]
#[path = "support/servers.rs"]
mod servers;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use saldo::demo;
use saldo::engine::duckdb::Connection;
use saldo::lake::{Lake, Manifest};
use saldo::pipeline::bank::BANK;
use saldo::pipeline::ingest::{self, Options};
use saldo::pipeline::{self, Run, STAGES};

use objects::Objects;
use servers::{BUCKET, MINIO, PASSWORD, USER};

/// These jobs are over before what Java's second compiler makes would be of use.
const QUICK_JAVA: &str = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

/// What speaks `s3a://`: the version that belongs to pyspark's Hadoop.
const S3A: &str = "org.apache.hadoop:hadoop-aws:3.5.0";

/// The folder of its jars, fetched once. A session that names packages copies their 600 MB into a folder of its own; this one
/// finds them where they are.
static JARS: LazyLock<PathBuf> = LazyLock::new(|| {
    let ivy = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ivy");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("nothing.py");
    fs::write(&program, "").unwrap();
    let mut fetch = Command::new(python().with_file_name("spark-submit"));
    fetch.args(["--packages", S3A, "--conf"]).arg(format!("spark.jars.ivy={}", ivy.display()));
    let output = fetch.arg(&program).env("PYSPARK_PYTHON", python()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ivy.join("jars")
});

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
    let run = Run { root, sources: &[], demo: None, conversion: None, only: &[], on_demand: None };
    pipeline::run(&run, &mut |_| ()).unwrap().lake
}

/// Settings with a target for each lake: how Spark is found, and how it reaches the bucket.
fn settings(folder: &Path) -> PathBuf {
    let file = folder.join("saldo.toml");
    let submit = python().with_file_name("spark-submit");
    let text = format!(
        "state = '{state}'\ncache = '{cache}'\n[scale]\nfrom = '1 kB'\n[targets.spark]\nkind = 'spark'\ncommand = ['{submit}', '--master', 'local[2]']\n\
         [targets.spark.conf]\n'spark.driver.bindAddress' = '127.0.0.1'\n'spark.driver.host' = '127.0.0.1'\n\
         'spark.driver.memory' = '1g'\n'spark.driver.extraJavaOptions' = '{QUICK_JAVA}'\n'spark.ui.enabled' = 'false'\n'spark.sql.shuffle.partitions' = '2'\n\
         'spark.local.dir' = '{local}'\n'spark.driver.extraClassPath' = '{jars}/*'\n\
         'spark.hadoop.fs.s3a.endpoint' = '{minio}'\n'spark.hadoop.fs.s3a.endpoint.region' = 'us-east-1'\n\
         'spark.hadoop.fs.s3a.path.style.access' = 'true'\n'spark.hadoop.fs.s3a.access.key' = '{USER}'\n\
         'spark.hadoop.fs.s3a.secret.key' = '{PASSWORD}'\n",
        state = folder.join("state").display(),
        cache = folder.join("cache").display(),
        local = folder.join("local").display(),
        jars = JARS.display(),
        submit = submit.display(),
        minio = *MINIO,
    );
    fs::write(&file, text).unwrap();
    file
}

/// The program on a lake, to be run.
fn saldo(settings: &Path, lake: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
    let path = format!("{}:{}", python().parent().unwrap().display(), std::env::var("PATH").unwrap());
    command.arg("--config").arg(settings).args(["--lake", lake]).args(arguments);
    command.env("PATH", path).env("PYSPARK_PYTHON", python()).env("AWS_EC2_METADATA_DISABLED", "true");
    command
        .env("AWS_ACCESS_KEY_ID", USER)
        .env("AWS_SECRET_ACCESS_KEY", PASSWORD)
        .env("AWS_ENDPOINT_URL", &*MINIO);
    command
}

/// Runs it; what it said, and its exit code.
fn run_to_end(settings: &Path, lake: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = saldo(settings, lake, arguments).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The Python that has Spark.
fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/spark/bin/python");
    assert!(python.exists(), "there is no {}: scripts/test makes it", python.display());
    python
}

/// A lake that DuckDB made, and settings.
fn scene(folder: &Path, options: &Options) -> (Lake, PathBuf) {
    let demo = demo::Options { lake: folder.join("demo"), rows: 3_000, seed: 3 };
    let demo = demo::build(&demo, &mut |_| ()).unwrap();
    let statements = statements(&demo, &folder.join("statements"));
    let lake = lake_of(&demo, &folder.join("lake"), &statements, options);
    for table in ["banktxn", "error_error"] {
        assert!(lake.table(table).unwrap().rows > 2, "{table}");
    }
    (lake, settings(folder))
}

#[test]
fn spark_makes_the_tables_of_a_folder_as_duckdb_does() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(Utc::now());
    let (lake, settings) = scene(folder.path(), &options);
    let local = folder.path().join("other");
    copy(&lake.root.join("raw"), &local.join("raw"));
    let name = local.to_str().unwrap();
    cancelled(&settings, &local);
    cut_off(&local);
    // Whoever is killed while the job runs, or while its tables are taken in, leaves the lake as it was or as it will be.
    let mut first = saldo(&settings, name, &["submit"]).spawn().unwrap();
    let run = begun(&local);
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(Lake::open(&local).is_err(), "nothing of it is to be seen");
    let log = folder.path().join("state/submitted").join(&run);
    wait_until("the job has ended", || log.join("exit").exists());
    for (place, sign) in KILLED_AT.into_iter().enumerate() {
        let mut next = saldo(&settings, name, &["submit", "--attach", &run]).spawn().unwrap();
        while !local.join(sign).exists() && next.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        next.kill().unwrap();
        let ended = next.wait().unwrap();
        assert!(place > 0 || ended.code().is_none(), "it was at work when it was killed: {ended}");
    }
    let (code, said) = run_to_end(&settings, name, &["submit"]);
    assert_eq!(code, Some(0), "{said}");
    let log = fs::read_to_string(log.join("driver.log")).unwrap();
    for stage in &STAGES {
        assert!(log.contains(&format!("{}: ", stage.name)), "{log}");
    }
    assert_same_tables(&lake, &local);
    assert!(!local.join("_saldo/submitted.json").exists());
    for command in [&["submit"][..], &["run", "--no-fetch"]] {
        let (code, said) = run_to_end(&settings, name, command);
        assert!(code == Some(0) && said.contains("nothing was due"), "{code:?}: {said}");
        assert_eq!(said.contains("hint: `saldo submit`"), command[0] == "run", "{said}");
    }
    let (code, said) = run_to_end(&settings, name, &["lake", "verify"]);
    assert_eq!(code, Some(0), "{said}");
    // Months that Spark wrote are gone on with here, when a rate and a line come.
    let more = folder.path().join("more.csv");
    fs::write(&more, "account_no,date,transaction_details,value_date,deposit_amt,deposit_currency\n4711,2017-06-05,Lohn,2017-06-05,10.00,EUR\n").unwrap();
    let rate = r#"{"timestamp": 1496620800, "base": "USD", "rates": {"EUR": 0.9, "INR": 64.1, "SGD": 1.39}}"#;
    for root in [&lake.root, &local] {
        fs::write(root.join("raw/rates/source=oxr/2017-06-04.json"), rate).unwrap();
        ingest::take(root, &BANK, &more, &options).unwrap();
        pipeline::run(
            &Run { root, sources: &[], demo: None, conversion: None, only: &[], on_demand: None },
            &mut |_| (),
        )
        .unwrap();
    }
    let lake = Lake::open(&lake.root).unwrap();
    assert_same_tables(&lake, &local);
}

/// What is there when one is killed who takes in what the job made: its files wait, they count, they have their places.
const KILLED_AT: [&str; 3] = ["_saldo/work/new", "_saldo/commit.json", "_saldo/manifest.json"];

/// Ctrl-C, sent while Spark works, ends it, and nothing is left.
fn cancelled(settings: &Path, lake: &Path) {
    let child = saldo(settings, lake.to_str().unwrap(), &["submit"]).stderr(Stdio::piped()).spawn().unwrap();
    let run = begun(lake);
    let state = settings.parent().unwrap().join("state/submitted").join(run);
    wait_until("Spark is there", || fs::metadata(state.join("spark.log")).is_ok_and(|log| log.len() > 0));
    let signal = |name: &str, id: &str| {
        Command::new("sh").args(["-c", &format!("kill -s {name} -- {id}")]).status().unwrap()
    };
    assert!(signal("INT", &child.id().to_string()).success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.code() == Some(130) && said.contains("cancelled"), "{said}");
    let shell = fs::read_to_string(state.join("pid")).unwrap();
    assert!(!signal("0", &format!("-{}", shell.trim())).success(), "no process of it is left");
    assert!(!lake.join("_saldo/submitted.json").exists() && Lake::open(lake).is_err());
}

/// Leaves the lines of a statement as one does who is killed while they are put there, and lines of a statement that is no more.
fn cut_off(lake: &Path) {
    let staged = lake.join("_saldo/staged");
    let mut whole: BTreeMap<String, usize> =
        serde_json::from_slice(&fs::read(staged.join("whole.json")).unwrap()).unwrap();
    let mut lines = Vec::new();
    walk(&staged.join("bank_lines"), &mut lines);
    let of = |file: &Path, key: &str| file.file_name().unwrap().to_string_lossy().starts_with(key);
    // One of many months.
    let key = whole.iter().find(|(_, files)| **files > 1).unwrap().0.clone();
    whole.remove(&key);
    let lost = lines.iter().find(|file| of(file, &key)).unwrap();
    fs::rename(lost, lost.with_file_name("0123456789abcdef-0.parquet")).unwrap();
    fs::write(staged.join("whole.json"), serde_json::to_vec(&whole).unwrap()).unwrap();
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { walk(&entry, files) } else { files.push(entry) }
    }
}

/// The name of a run of a lake, once its job is started.
fn begun(lake: &Path) -> String {
    let noted = || fs::read_to_string(lake.join("_saldo/submitted.json")).unwrap_or_default();
    wait_until("a job is started", || noted().contains("\"id\":\""));
    let noted: serde_json::Value = serde_json::from_str(&noted()).unwrap();
    noted["run"].as_str().unwrap().to_owned()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(8), "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The same in a bucket: raw files alone are pushed there, as a lake without tables.
#[test]
fn spark_makes_the_tables_of_a_bucket_as_duckdb_does() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let (lake, settings) = &scene(folder, &Options::new(Utc::now()));
    let bare = folder.join("bare");
    copy(&lake.root.join("raw"), &bare.join("raw"));
    let manifest = Manifest { tables: Vec::new(), ..lake.manifest.clone() };
    manifest.write(&bare).unwrap();
    let url = format!("s3://{BUCKET}/spark");
    let (code, said) = run_to_end(settings, bare.to_str().unwrap(), &["push", &url]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run_to_end(settings, &url, &["submit"]);
    assert_eq!(code, Some(0), "{said}");
    let objects = Objects::of(&MINIO, "spark");
    assert!(!objects.all().iter().any(|(path, _)| path.starts_with("_saldo/staging")), "nothing is left");
    let copied = folder.join("copied");
    let (code, said) = run_to_end(settings, copied.to_str().unwrap(), &["pull", "--from", &url]);
    assert_eq!(code, Some(0), "{said}");
    assert_same_tables(lake, &copied);
    for command in [&["run", "--no-fetch"][..], &["lake", "verify"]] {
        let (code, said) = run_to_end(settings, &url, command);
        assert!(code == Some(0) && (command[0] != "run" || said.contains("nothing was due")), "{said}");
    }
}

/// What was read anew stays here until a run publishes it, so that Spark would not make the tables of the bucket's files.
#[test]
fn raw_files_that_were_changed_here_are_published_by_a_run_first() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let settings = settings(folder);
    let (lake, statement) = (folder.join("lake"), folder.join("january.csv"));
    let (name, url) = (lake.to_str().unwrap(), format!("s3://{BUCKET}/renewed"));
    fs::write(
        &statement,
        "account_no,date,transaction_details,deposit_amt,deposit_currency\n4711,2017-01-05,PAY,1.50,SGD\n",
    )
    .unwrap();
    let (code, said) = run_to_end(&settings, name, &["ingest", "bank", statement.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    // As an older reader has left it.
    let mut manifest = Lake::open(&lake).unwrap().manifest;
    let note = manifest.raw.iter_mut().find(|file| file.path.ends_with(".reading.json")).unwrap();
    let mut noted: serde_json::Value =
        serde_json::from_slice(&fs::read(lake.join(&note.path)).unwrap()).unwrap();
    noted["reader"] = 1.into();
    fs::write(lake.join(&note.path), noted.to_string()).unwrap();
    (note.size, note.sha256) = saldo::checksum::of_file(&lake.join(&note.path)).unwrap();
    manifest.tables.clear();
    manifest.write(&lake).unwrap();
    let (code, said) = run_to_end(&settings, name, &["push", &url]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run_to_end(&settings, &url, &["submit"]);
    assert!(code == Some(1) && said.contains("hint: `saldo run` publishes it first"), "{code:?}: {said}");
    let (code, said) = run_to_end(&settings, &url, &["run", "--no-fetch"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run_to_end(&settings, &url, &["submit"]);
    assert!(code == Some(0) && said.contains("nothing was due"), "{code:?}: {said}");
}

/// Each table of a lake is the one of another lake.
fn assert_same_tables(lake: &Lake, root: &Path) {
    let connection = Connection::open_in_memory().unwrap();
    let other = Lake::open(root).unwrap();
    let read = |lake: &Lake, name| {
        format!("read_parquet('{}', hive_partitioning = false)", lake.glob(lake.table(name).unwrap()))
    };
    for stage in &STAGES {
        let (ours, theirs) = (lake.table(stage.name).unwrap(), other.table(stage.name).unwrap());
        assert_eq!(
            (&ours.columns, ours.rows, &ours.newest),
            (&theirs.columns, theirs.rows, &theirs.newest),
            "{}",
            stage.name
        );
        assert_same(&connection, &read(lake, stage.name), &read(&other, stage.name), stage.name);
    }
}

/// Two tables have the same columns and, in any order, the same rows.
fn assert_same(connection: &Connection, ours: &str, theirs: &str, name: &str) {
    let described = |from: &str| {
        let sql = format!(
            "SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE SELECT * FROM {from})"
        );
        one(connection, &sql)
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
