//! The engine of Trino before a real one.

use std::sync::Arc;

use saldo::engine::{Engine, ErrorKind, Options, RunEvent, Surroundings, connect};
use saldo::ledger::{Ledger, RunState};
use saldo::query::Statement;
use saldo::target::Target;
use saldo::value;
use tokio_util::sync::CancellationToken;

use super::contract::{self, Subject, ask};
use super::servers::TRINO;

const ENDLESS: &str = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(y), UNNEST(sequence(1, 10000)) c(z) WHERE (x + y) % 7 <> z";

fn numbers(count: u64) -> String {
    format!("SELECT CAST(n AS BIGINT) AS n FROM UNNEST(sequence(1, {count})) t(n) ORDER BY n")
}

fn trino(url: &str, ledger: &Ledger) -> Arc<dyn Engine> {
    let text =
        format!("kind = 'trino'\nurl = '{url}'\nuser = 'contract'\ncatalog = 'memory'\nschema = 'default'");
    let target: Target = toml::from_str(&text).unwrap();
    let around = Surroundings {
        ledger: ledger.clone(),
        threads: saldo::engine::threads::Threads::default(),
        schemas: Vec::new(),
        tables: saldo::lake::TABLES.map(str::to_owned).into(),
    };
    connect("trino", &target, &around).unwrap()
}

#[test]
fn it_keeps_the_contract() {
    let Some(url) = &*TRINO else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = trino(url, &Ledger::within(folder.path()));
    contract::holds(&Subject { name: "Trino", engine, numbers, endless: ENDLESS, has_positions: true });
}

#[test]
fn every_type_is_exact() {
    let Some(url) = &*TRINO else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = trino(url, &Ledger::within(folder.path()));
    let sql = "SELECT TINYINT '-128', SMALLINT '7', REAL '1.1', 1e10, nan(), infinity(), TIMESTAMP '2020-01-01 00:00:00.123456', \
        TIMESTAMP '2020-01-01 00:00:00.123456789', TIMESTAMP '2020-01-01 00:00:00 Europe/Zurich', TIME '01:02:03.5', \
        X'00ff', ARRAY[1, NULL], CAST(ROW(1, 'x') AS ROW(a INTEGER, b VARCHAR)), MAP(ARRAY['k'], ARRAY[1.50]), JSON '{\"a\":1}', \
        CAST('ab' AS CHAR(4)), INTERVAL '3' DAY, UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', 'a\nb\\', NULL";
    let rows = ask(&*engine, sql).unwrap().rows();
    let cells: Vec<_> = rows[0].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
    assert_eq!(
        cells,
        [
            "-128",
            "7",
            "1.1",
            "10000000000",
            "NaN",
            "inf",
            "2020-01-01 00:00:00.123456",
            "2020-01-01 00:00:00.123456789",
            "2020-01-01 00:00:00 Europe/Zurich",
            "01:02:03.500",
            "\\x00\\xFF",
            "[1,null]",
            "[1,\"x\"]",
            "{\"k\":\"1.50\"}",
            "{\"a\":1}",
            "ab  ",
            "3 00:00:00.000",
            "12151fd2-7586-11e9-8f9e-2a86e4085a59",
            "a\nb\\",
            "NULL"
        ]
    );
}

#[test]
fn it_tells_of_itself() {
    let Some(url) = &*TRINO else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = trino(url, &Ledger::within(folder.path()));
    let cancel = CancellationToken::new();
    let found: Vec<_> = engine.checks(&cancel).into_iter().map(|check| (check.what, check.found)).collect();
    let ok = |text: &str| Ok(text.to_owned());
    assert_eq!(
        found,
        [
            ("server", ok("Trino 476")),
            ("login", ok("contract")),
            ("catalog", ok("memory")),
            ("schema", ok("default"))
        ]
    );
    let tables = engine.catalog(&cancel).unwrap();
    assert!(tables.iter().all(|table| table.schema == "default"), "{tables:?}");
    let columns = engine.describe("system.runtime.queries", &cancel).unwrap();
    assert!(columns.field_with_name("query_id").is_ok());
    assert_eq!(engine.describe("nope", &cancel).unwrap_err().kind, ErrorKind::Missing);
    let statement = Statement::plain("SELECT * FROM system.runtime.queries");
    assert_eq!(engine.estimate(&statement, &cancel).unwrap(), None, "it has no statistics");
    ask(&*engine, "SELECT 4711 AS mark").unwrap();
    let runs = engine.runs(&cancel).unwrap();
    let mark = runs.iter().find(|run| run.statement == "SELECT 4711 AS mark").expect("it is listed");
    assert_eq!(mark.state, RunState::Succeeded);
    assert!(
        runs.iter().all(|run| !run.statement.contains("system.runtime")),
        "our own questions are not listed"
    );
}

#[tokio::test]
async fn a_run_that_another_machine_began_is_stopped_and_not_taken_up() {
    let Some(url) = &*TRINO else { return };
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [begun, other] = folders.each_ref().map(|folder| trino(url, &Ledger::within(folder.path())));
    let options = Options::default();
    let detach = options.detach.clone();
    let mut events = begun.run(Statement::plain(ENDLESS), options, CancellationToken::new());
    let id = contract::started(&mut events).await;
    detach.cancel();
    while events.recv().await.is_some() {}
    let end = async |cancel: CancellationToken| {
        let mut events = other.attach(id.clone(), Options::default(), cancel);
        loop {
            if let Err(error) = events.recv().await.expect("an end is told") {
                break error;
            }
        }
    };
    let error = end(CancellationToken::new()).await;
    assert!(error.kind == ErrorKind::Detached && error.hint.is_some(), "{error}");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let error = end(cancel).await;
    assert_eq!(error.kind, ErrorKind::Cancelled, "{error}");
    let runs = tokio::task::spawn_blocking(move || other.runs(&CancellationToken::new())).await.unwrap();
    let run =
        runs.unwrap().into_iter().find(|run| run.id.as_deref() == Some(id.0.as_str())).expect("it is listed");
    assert_eq!(run.state, RunState::Cancelled);
}

#[tokio::test]
async fn a_detached_run_is_taken_up_by_another_program() {
    let Some(url) = &*TRINO else { return };
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::within(folder.path());
    let engine = trino(url, &ledger);
    let options = Options::default();
    let detach = options.detach.clone();
    let sql = "SELECT count(*) AS n FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 1000)) b(y) WHERE (x + y) % 7 <> -1";
    let mut events = engine.run(Statement::plain(sql), options, CancellationToken::new());
    let id = contract::started(&mut events).await;
    detach.cancel();
    let error = loop {
        if let Err(error) = events.recv().await.unwrap() {
            break error;
        }
    };
    assert_eq!(error.kind, ErrorKind::Detached, "{error}");
    drop(engine);
    let another = trino(url, &ledger);
    let mut events = another.attach(id, Options::default(), CancellationToken::new());
    let mut cells = Vec::new();
    while let Some(event) = events.recv().await {
        if let RunEvent::Batch(batch) = event.unwrap() {
            cells.push(value::plain(batch.column(0).as_ref(), 0));
        }
    }
    assert_eq!(cells, [Some("10000000".to_owned())]);
}
