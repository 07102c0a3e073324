//! The engine of Redshift before the double of its Data API.
//!
//! Where a person's AWS account is comes from the environment, and so it does here: one test runs the others, which are
//! ignored else, in a process of its own.

use std::process::Command;
use std::sync::Arc;

use saldo::engine::redshift::{self, Setup};
use saldo::engine::{
    Access, CatalogTable, Check, Engine, ErrorKind, Options, RunEvent, Surroundings, connect, next_event,
};
use saldo::ledger::{Ledger, RunState};
use saldo::query::Statement;
use saldo::target::Target;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::contract::{self, Subject, ask};
use super::proxy::Proxy;
use super::servers::{self, BUCKET, MINISTACK, REDSHIFT, operate};

const ENDLESS: &str = "SELECT count(*) FROM range(1000000000000) a(x) WHERE x % 7 <> 8";

/// Bytes after which an answer with a result's file ends.
const CUTS: [usize; 3] = [2_000, 0, 5_000];

fn numbers(count: u64) -> String {
    format!("SELECT range AS n FROM range(1, {count} + 1) ORDER BY n")
}

fn spectrum(rest: &str, ledger: &Ledger) -> Arc<dyn Engine> {
    let text = format!("kind = 'redshift'\ndatabase = 'dev'\nschema = 'spectrum_schema'\n{rest}");
    let target: Target = toml::from_str(&text).unwrap();
    let threads = saldo::engine::threads::Threads::default();
    let around = Surroundings {
        ledger: ledger.clone(),
        threads,
        schemas: vec!["pyspark-database".into()],
        tables: saldo::lake::TABLES.map(str::to_owned).into(),
    };
    connect("spectrum", &target, &around).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn with_the_environment_of_the_servers() {
    let glue = |operation: &str, request: &Value| {
        let (status, answer) = operate(&MINISTACK, &format!("AWSGlue.{operation}"), request);
        assert_eq!(status, 200, "{operation}: {answer}");
    };
    glue("CreateDatabase", &json!({ "DatabaseInput": { "Name": "fin" } }));
    let columns =
        json!([{ "Name": "account_no", "Type": "string" }, { "Name": "amount", "Type": "decimal(20,4)" }]);
    let place = json!({ "Location": format!("s3://{BUCKET}/none/"), "Columns": columns });
    glue(
        "CreateTable",
        &json!({ "DatabaseName": "fin", "TableInput": { "Name": "processed", "StorageDescriptor": place } }),
    );
    let small = json!({ "WorkgroupName": "small", "limit": 1000 });
    assert!(servers::ask(&REDSHIFT, "POST", "/_control", &small.to_string()).contains(" 200 "));
    // What is unloaded is read through an S3 that cuts its answers off.
    let s3 = Proxy::before(&MINISTACK);
    s3.cut(&CUTS);
    let mut tests = Command::new(std::env::current_exe().unwrap());
    tests.args(["redshift::", "--ignored", "--test-threads=1"]).envs(servers::environment());
    let output = tests.env("AWS_ENDPOINT_URL_S3", &s3.url).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("4 passed"), "{said}");
    assert_eq!(s3.uncut(), 0, "every cut took place");
}

#[test]
#[ignore = "it is run with its environment"]
fn it_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    for place in ["workgroup = 'main'", "cluster = 'c'\nuser = 'ana'", "cluster = 'c'\nsecret = 'arn:aws:x'"]
    {
        let engine = spectrum(place, &Ledger::within(folder.path()));
        contract::holds(&Subject {
            name: "Redshift",
            engine,
            numbers,
            endless: ENDLESS,
            has_positions: true,
        });
    }
}

#[test]
#[ignore = "it is run with its environment"]
fn it_tells_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let engine = spectrum("workgroup = 'main'", &Ledger::within(folder.path()));
    let cancel = CancellationToken::new();
    let kinds = |checks: Vec<Check>| {
        checks.into_iter().map(|check| (check.what, check.found.is_ok())).collect::<Vec<_>>()
    };
    let found = kinds(engine.checks(&cancel));
    assert_eq!(found, [("login", true), ("external schema", false), ("large results", true)]);
    let setup = Setup {
        schema: "spectrum_schema".into(),
        glue_database: "fin".into(),
        region: None,
        role: None,
        readers: vec!["ana".into()],
        database: "dev".into(),
    };
    for statement in redshift::setup(&setup) {
        let mut events =
            engine.run(Statement::plain(&statement), Access::Write.into(), CancellationToken::new());
        while !matches!(
            next_event(&mut events).unwrap_or_else(|error| panic!("{statement}: {error}")),
            RunEvent::Finished(_)
        ) {}
    }
    let found = kinds(engine.checks(&cancel));
    assert_eq!(
        found,
        [("login", true), ("external schema", true), ("right to the schema", true), ("large results", true)]
    );
    let tables = engine.catalog(&cancel).unwrap();
    assert_eq!(tables, [CatalogTable { schema: "spectrum_schema".into(), name: "processed".into() }]);
    let columns = engine.describe("processed", &cancel).unwrap();
    let columns: Vec<_> =
        columns.fields().iter().map(|field| (field.name().as_str(), field.data_type().to_string())).collect();
    assert_eq!(columns, [("account_no", "Utf8".into()), ("amount", "Decimal128(20, 4)".into())]);
    assert_eq!(engine.describe("nope", &cancel).unwrap_err().kind, ErrorKind::Missing);
    ask(&*engine, "SELECT 4711 AS mark").unwrap();
    let runs = engine.runs(&cancel).unwrap();
    let mark = runs.iter().find(|run| run.statement == "SELECT 4711 AS mark").expect("it is listed");
    assert_eq!(mark.state, RunState::Succeeded);
}

#[tokio::test]
#[ignore = "it is run with its environment"]
async fn a_detached_run_is_taken_up_by_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::within(folder.path());
    let engine = spectrum("workgroup = 'main'", &ledger);
    let options = Options::default();
    let detach = options.detach.clone();
    let mut events = engine.run(
        Statement::plain("SELECT count(*) AS n FROM range(300000000) WHERE range % 7 <> 8"),
        options,
        CancellationToken::new(),
    );
    let id = contract::started(&mut events).await;
    detach.cancel();
    while let Some(event) = events.recv().await {
        if let Err(error) = event {
            assert_eq!(error.kind, ErrorKind::Detached);
        }
    }
    let another = spectrum("workgroup = 'main'", &ledger);
    let mut events = another.attach(id, Options::default(), CancellationToken::new());
    let mut rows = 0;
    while let Some(event) = events.recv().await {
        if let RunEvent::Finished(stats) = event.unwrap() {
            rows = stats.rows;
        }
    }
    assert_eq!(rows, 1);
}

#[test]
#[ignore = "it is run with its environment"]
fn what_is_too_large_for_an_answer_is_unloaded_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::within(folder.path());
    let sql = "SELECT range AS n, CAST(range AS DECIMAL(38,2)) AS money, 'it''s' AS words FROM range(5000) ORDER BY n DESC";
    let error = ask(&*spectrum("workgroup = 'small'", &ledger), sql).err().unwrap();
    assert!(error.hint.as_ref().unwrap().contains("output"), "{error:?}");
    let rest = "workgroup = 'small'\noutput = 's3://lakes/unload'\nrole = 'default'";
    let answer = ask(&*spectrum(rest, &ledger), sql).unwrap();
    let rows = answer.rows();
    let row = |n: &str| [n.to_owned(), format!("{n}.00"), "it's".to_owned()].map(Some);
    assert_eq!((rows.len(), &rows[0][..], &rows[4999][..]), (5000, &row("4999")[..], &row("0")[..]));
    assert!(answer.stats.place.is_some_and(|place| place.starts_with("s3://lakes/unload/saldo-")));
}
