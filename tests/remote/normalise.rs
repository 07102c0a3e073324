//! `saldo normalise --on athena`: the double of Athena before a real Trino makes the table, and each row is the one that DuckDB
//! makes.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use saldo::lake::{Lake, Manifest};
use serde_json::{Value, json};

use super::proxy::Proxy;
use super::road::{Person, list};
use super::servers::{ATHENA, BUCKET, MINISTACK, TRINO, ask, operate};

const NAME: &str = "normalised";
const DATABASE: &str = "normalised";
/// Months from January 2000 on: more than two statements write.
const MONTHS: usize = 250;

/// A line a month, in currencies with rates, with none, and with an old one.
fn statement() -> String {
    let mut text = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n".to_owned();
    for n in 0..MONTHS {
        let date = format!("{}-{:02}-17", 2000 + n / 12, n % 12 + 1);
        let (out, into) = match n % 4 {
            0 => ("12.35,USD", ","),
            1 => (",", "1000000.07,JPY"),
            2 => ("0.01,XXQ", ","),
            _ => (",", "7.77,EUR"),
        };
        let _ = writeln!(text, "900,{date},LINE {n} é,{date},{out},{into},1.00");
    }
    text
}

/// A lake on S3 that has all but these tables, and the manifest of the one that has them too.
fn lacking(person: &Person, names: &[&str]) -> Manifest {
    person.done(&["demo", "--rows", "300", "--no-open"]);
    fs::write(person.home().join("more.csv"), statement()).unwrap();
    person.done(&["ingest", "bank", "more.csv"]);
    person.done(&["run", "--no-fetch"]);
    let copied = Command::new("cp").args(["-r", "lake", "bare"]).current_dir(person.home()).status().unwrap();
    let whole = Lake::open(&person.home().join("lake")).unwrap().manifest;
    let mut bare = whole.clone();
    bare.tables.retain(|table| !names.contains(&&*table.name));
    bare.write(&person.home().join("bare")).unwrap();
    for name in names {
        fs::remove_dir_all(person.home().join("bare").join(name)).unwrap();
    }
    assert!(copied.success() && bare.tables.len() + names.len() == 7);
    person.done(&["push", person.url(), "--lake", "bare"]);
    whole
}

/// The manifest in the bucket.
fn manifest(of: &str) -> Value {
    let answer = ask(&MINISTACK, "GET", &format!("/{BUCKET}/{of}/_saldo/manifest.json"), "");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// What is left of runs: tables in the catalogue, objects in staging.
fn left() -> (Vec<String>, usize) {
    let (status, answer) = operate(&MINISTACK, "AWSGlue.GetTables", &json!({ "DatabaseName": DATABASE }));
    assert_eq!(status, 200, "{answer}");
    let names = answer["TableList"].as_array().unwrap().iter().map(|table| table["Name"].as_str().unwrap());
    (
        names.filter(|name| name.starts_with("saldo_run_")).map(Into::into).collect(),
        staged().matches("<Key>").count(),
    )
}

/// The listing of the lake's staging.
fn staged() -> String {
    ask(&MINISTACK, "GET", &format!("/{BUCKET}?list-type=2&prefix={NAME}/_saldo/staging"), "")
}

/// A work group whose statements end late, and the settings of a target that has it.
fn late(athena: &str) -> String {
    let configuration = json!({ "ResultConfiguration": { "OutputLocation": format!("s3://{BUCKET}/late") } });
    operate(
        athena,
        "AmazonAthena.CreateWorkGroup",
        &json!({ "Name": "late", "Configuration": configuration }),
    );
    let control = json!({ "WorkGroup": "late", "linger": 600_000 });
    assert!(ask(athena, "POST", "/_control", &control.to_string()).contains(" 200 "));
    format!("kind = 'athena'\nregion = 'us-east-1'\ndatabase = '{DATABASE}'\nworkgroup = 'late'\n")
}

/// So many statements of others, which end at once.
fn others(athena: &str, count: usize) {
    let table = json!({ "columns": [{ "Name": "n", "Type": "bigint" }], "rows": [["1"]] });
    let control = json!({ "WorkGroup": "late", "instant": table });
    assert!(ask(athena, "POST", "/_control", &control.to_string()).contains(" 200 "));
    for n in 0..count {
        let token = format!("others{n:0>32}");
        let request = json!({ "QueryString": "SELECT 1", "ClientRequestToken": token, "WorkGroup": "late" });
        assert_eq!(operate(athena, "AmazonAthena.StartQueryExecution", &request).0, 200);
    }
}

/// A run to which Ctrl-C comes at a request to the bucket: its exit code, and what it said.
fn pressed_at(person: &Person, proxy: &Proxy, method: &str, path: &str) -> (Option<i32>, String) {
    let mut command = person.command(&["normalise", "--on", "late", "--lake", person.url()]);
    command.env("AWS_ENDPOINT_URL_S3", &proxy.url).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    proxy.press(method, path, child.id());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(proxy.has_pressed(), "{said}");
    (output.status.code(), said)
}

/// A run whose first statement is under way and noted; `known` is how many there were before.
fn under_way(person: &Person, proxy: &Proxy, athena: &str, known: usize) -> Child {
    let mut command = person.command(&["normalise", "--on", "late", "--lake", person.url()]);
    let mut child = command
        .env("AWS_ENDPOINT_URL_S3", &proxy.url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let has_sent = || {
        let (_, all) = operate(athena, "AmazonAthena.ListQueryExecutions", &json!({ "WorkGroup": "late" }));
        all["QueryExecutionIds"].as_array().unwrap().len() > known
    };
    while !has_sent() || !staged().contains("statement.id") {
        assert!(begun.elapsed() < Duration::from_mins(3), "{:?}: no statement was sent", child.try_wait());
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

/// What may not be paid is not begun, and what is no Athena is told.
fn unpaid(person: &Person) {
    let normalise = |on: &str| person.run(&["normalise", "--on", on, "--lake", person.url()]);
    let (code, _, said) = normalise("poor");
    assert!(code == 2 && said.contains("not sent to poor: up to $0.00015 is above"), "{said}");
    let (code, _, said) = normalise("trino");
    assert!(code == 2 && said.contains("target trino is not of Athena"), "{said}");
    let (code, _, said) = person.run(&["normalise", "--on", "athena"]);
    assert!(code == 2 && said.contains("lakes on S3"), "{said}");
}

/// A file that the manifest does not name would be read there: nothing is asked then.
fn strayed(person: &Person, before: &Value) {
    let made: Manifest = serde_json::from_value(before.clone()).unwrap();
    for (name, folder) in [("banktxn", "banktxn/year=2000/month=01"), ("daily_rates", "daily_rates")] {
        let stray = format!("{}/{BUCKET}/{NAME}/{folder}/stray.parquet", *MINISTACK);
        let source = format!("/{BUCKET}/{NAME}/{}", made.table(name).unwrap().files[0].path);
        ureq::put(&stray).header("x-amz-copy-source", &source).send_empty().unwrap();
        let (code, _, said) = person.run(&["normalise", "--on", "athena", "--lake", person.url()]);
        let told = format!("{folder}/stray.parquet lies in the folder of {name} but is not in the manifest");
        assert!(code == 3 && said.contains(&told) && said.contains("hint: "), "{said}");
        assert!(!said.contains("to read in"), "{said}");
        assert_eq!((manifest(NAME), left()), (before.clone(), (vec![], 0)));
        ureq::delete(&stray).call().unwrap();
    }
}

#[test]
fn athena_makes_the_table_that_duckdb_makes_and_nothing_is_left_of_what_was_cut_off() {
    let (Some(trino), Some(athena)) = (&*TRINO, &*ATHENA) else { return };
    let person = Person::new(trino, NAME, DATABASE);
    let settings = person.home().join(".config/saldo/saldo.toml");
    let poor =
        format!("kind = 'athena'\nregion = 'us-east-1'\ndatabase = '{DATABASE}'\nbudget_query = 0.00001\n");
    let more = format!("[targets.late]\n{}[targets.poor]\n{poor}", late(athena));
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + &more).unwrap();
    operate(&MINISTACK, "AWSGlue.CreateDatabase", &json!({ "DatabaseInput": { "Name": DATABASE } }));
    let whole = lacking(&person, &["processed"]);
    let before = manifest(NAME);
    let normalise = |on: &str| person.run(&["normalise", "--on", on, "--lake", person.url()]);

    unpaid(&person);
    assert_eq!((manifest(NAME), left()), (before.clone(), (vec![], 0)));

    // Ctrl-C stops the statement.
    let proxy = Proxy::before(&MINISTACK);
    let mut child = under_way(&person, &proxy, athena, 0);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let (_, runs, _) = person.run(&["runs", "--format", "json"]);
    assert!(list(&runs).iter().any(|run| run["state"] == "cancelled"), "{runs}");
    assert_eq!((manifest(NAME), left()), (before.clone(), (vec![], 0)));

    strayed(&person, &before);

    // Who is killed leaves tables and files that are no lake's, until the next run, which stops the statement however many others
    // came since. Ctrl-C counts where nothing runs there, too: before a statement is sent, and when all of them have ended.
    let mut child = under_way(&person, &proxy, athena, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((manifest(NAME), left().0.len()), (before.clone(), 3));
    others(athena, 60);
    // As it is on a machine that knows nothing of the killed run.
    fs::remove_file(person.home().join(".local/state/saldo/ledger.jsonl")).unwrap();
    assert!(ask(athena, "POST", "/_control", r#"{"WorkGroup": "late"}"#).contains(" 200 "));
    let (code, said) = pressed_at(&person, &proxy, "PUT", "/plan.json");
    assert!(code == Some(130) && said.contains("\nstopped "), "what it left is stopped: {code:?} {said}");
    assert!(said.contains("\nstopping; Ctrl-C again leaves at once\n"), "{said}");
    assert!(
        !said.contains("to read in") && said.ends_with("cancelled; processed is as it was before\n"),
        "{said}"
    );
    let (code, said) = pressed_at(&person, &proxy, "GET", "/result/part-0");
    assert!(code == Some(130) && said.contains("looking into what came"), "{code:?} {said}");
    assert_eq!((manifest(NAME), left()), (before, (vec![], 0)));
    let (code, _, said) = normalise("late");
    assert_eq!(code, 0, "{said}");
    for words in
        ["to read in 3 statements, at most $0.00015", "100 months made", "scanned ", " for $", "processed "]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(left(), (vec![], 0));

    assert_same(&person, &whole);
    // Then nothing is due, there or here.
    let (code, _, said) = normalise("athena");
    assert!(code == 0 && said.contains("processed: nothing was due"), "{said}");
    let (_, _, said) = person.run(&["run", "--no-fetch", "--lake", person.url()]);
    assert!(said.contains("nothing was due"), "{said}");
}

/// The table is the one that DuckDB made, and the lake is whole.
fn assert_same(person: &Person, whole: &Manifest) {
    let made: Manifest = serde_json::from_value(manifest(NAME)).unwrap();
    let (made, local) = (made.table("processed").unwrap(), whole.table("processed").unwrap());
    assert_eq!((&made.columns, made.rows, &made.newest), (&local.columns, local.rows, &local.newest));
    assert_eq!((&made.made_by, made.partitioned), (&local.made_by, true));
    assert!(made.files.len() >= MONTHS && made.files.iter().all(|file| file.path.ends_with(".parquet")));
    let sql = "SELECT * FROM processed ORDER BY txn_key, source_file, line_no";
    let rows = |lake: &str| person.done(&["query", "-c", sql, "--format", "csv", "--lake", lake]);
    let (there, here) = (rows(person.url()), rows("lake"));
    assert!(here.lines().count() > MONTHS + 300, "{}", here.lines().count());
    for (there, here) in there.lines().zip(here.lines()) {
        assert_eq!(there, here);
    }
    assert_eq!(there, here);
    let (code, out, said) = person.run(&["lake", "verify", "--lake", person.url()]);
    assert!(code == 0 && said.contains("files are as the manifest says"), "{out}{said}");
}

#[test]
fn a_job_of_spark_that_is_at_work_is_refused_beside_and_goes_on() {
    let person = Person::new("http://127.0.0.1:9", "beside", "beside");
    let (settings, state) = (person.home().join(".config/saldo/saldo.toml"), person.home().join("state"));
    let cluster = "[targets.cluster]\nkind = 'spark'\ncommand = ['sh', '-c', 'exec sleep 600']\n";
    let targets = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("state = '{}'\n{targets}{cluster}", state.display())).unwrap();
    lacking(&person, &["banktxn", "processed"]);
    let mut command = person.command(&["submit", "--on", "cluster", "--lake", person.url()]);
    let mut submit = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(submit.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said: Vec<_> = lines.take_while(|line| !line.ends_with(" on cluster")).collect();
    let run =
        fs::read_dir(state.join("submitted")).unwrap().next().unwrap_or_else(|| panic!("{said:?}")).unwrap();
    let group = format!("-{}", fs::read_to_string(run.path().join("pid")).unwrap().trim());
    let before = manifest("beside");

    let (code, _, said) = person.run(&["normalise", "--on", "athena", "--lake", person.url()]);
    let goes_on = Command::new("kill").args(["-KILL", "--", &group]).status().unwrap().success();
    submit.wait().unwrap();
    assert!(
        goes_on && code == 2 && said.contains("on cluster is not over, and makes"),
        "{code} {goes_on}: {said}"
    );
    assert_eq!(manifest("beside"), before);
}
