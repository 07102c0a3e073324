//! Trino's protocol, with a server that answers as a test says.

use std::sync::Arc;

use saldo::engine::{
    Engine, EngineError, ErrorKind, Events, Options, Position, RunEvent, RunId, Surroundings, connect,
};
use saldo::ledger::{Ledger, RunState};
use saldo::query::Statement;
use saldo::target::Target;
use tokio_util::sync::CancellationToken;

use crate::contract::{Answer, ask, started};
use crate::double::{self, Double, Request};

const COLUMNS: &str = r#""columns":[{"name":"n","type":"bigint"},{"name":"money","type":"decimal(38, 2)"}]"#;

/// An engine for a server at a URL, and its ledger.
struct Place {
    engine: Arc<dyn Engine>,
    ledger: Ledger,
    _folder: tempfile::TempDir,
}

fn place(url: &str) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::within(folder.path());
    let engine = again(url, &ledger);
    Place { engine, ledger, _folder: folder }
}

/// As another program with the same ledger.
fn again(url: &str, ledger: &Ledger) -> Arc<dyn Engine> {
    let text = format!(
        "kind = 'trino'\nurl = '{url}'\nuser = 'ana'\ncatalog = 'lake'\nschema = 'fin'\nprice_per_tb = 5"
    );
    let target: Target = toml::from_str(&text).unwrap();
    let threads = super::engine().threads().clone();
    let around = Surroundings { ledger: ledger.clone(), threads, schemas: Vec::new(), tables: Vec::new() };
    connect("prod", &target, &around).unwrap_or_else(|error| panic!("{error}"))
}

/// An answer of run `q` in a state; `rest` are further members.
fn page(state: &str, next: Option<&str>, rest: &str) -> String {
    let next = next.map_or(String::new(), |path| format!(r#""nextUri":"http://elsewhere.example:1{path}","#));
    let rest = if rest.is_empty() { String::new() } else { format!(",{rest}") };
    format!(
        r#"{{"id":"q",{next}"stats":{{"state":"{state}","queuedTimeMillis":1,"planningTimeMillis":2,
        "elapsedTimeMillis":10,"physicalInputBytes":1000000000000}}{rest}}}"#
    )
}

fn error(name: &str, message: &str, place: &str) -> String {
    page(
        "FAILED",
        None,
        &format!(r#""error":{{"message":"{message}","errorName":"{name}","errorType":"USER_ERROR"{place}}}"#),
    )
}

/// A run in four answers, of which the third has the first rows.
fn four(request: &Request) -> String {
    match request.path.as_str() {
        "/v1/statement" => page("QUEUED", Some("/q/1"), ""),
        "/q/1" => page("RUNNING", Some("/q/2"), COLUMNS),
        "/q/2" => page(
            "RUNNING",
            Some("/q/3"),
            &format!(r#"{COLUMNS},"data":[[1,"12345678901234567890123456.78"],[2,null]]"#),
        ),
        "/q/3" => page("FINISHED", None, &format!(r#"{COLUMNS},"data":[[9223372036854775807,"-0.01"]]"#)),
        other => panic!("{other} is asked"),
    }
}

fn rows(answer: &Answer) -> String {
    let row = |row: Vec<Option<String>>| {
        row.into_iter().map(|cell| cell.unwrap_or("NULL".into())).collect::<Vec<_>>().join(" ")
    };
    answer.rows().into_iter().map(row).collect::<Vec<_>>().join("|")
}

#[test]
fn addresses_are_followed_on_the_own_host_and_numbers_stay_exact() {
    let server = Double::new(|request| double::ok(four(request)));
    let place = place(&server.url);
    let answer = ask(&*place.engine, "SELECT n, money FROM t; -- why").unwrap();
    assert_eq!(rows(&answer), "1 12345678901234567890123456.78|2 NULL|9223372036854775807 -0.01");
    let first = &server.requests()[0];
    assert_eq!(
        first.body.trim(),
        "SELECT n, money FROM t -- why",
        "where a semicolon is an error there is none"
    );
    let sent = [
        "x-trino-user",
        "x-trino-catalog",
        "x-trino-schema",
        "x-trino-source",
        "x-trino-client-capabilities",
    ];
    assert_eq!(
        sent.map(|name| first.header(name).unwrap_or("none")),
        ["ana", "lake", "fin", "saldo", "PARAMETRIC_DATETIME"]
    );
    let entry = place.ledger.entries().unwrap().pop().unwrap();
    assert_eq!((entry.state, entry.rows, entry.id.as_deref()), (RunState::Succeeded, Some(3), Some("q")));
    assert_eq!(
        (entry.bytes, entry.nano_dollars, entry.cursor),
        (Some(1_000_000_000_000), Some(5_000_000_000), None)
    );
    assert_eq!(answer.stats.queued.map(|queued| queued.as_millis()), Some(1));
    assert_eq!(answer.stats.ran.map(|ran| ran.as_millis()), Some(7));
}

#[test]
fn a_busy_server_and_a_cut_page_are_asked_again() {
    let server = Double::new(|request| match (request.path.as_str(), request.before) {
        ("/v1/statement" | "/q/1", 0) => double::status(503, "busy"),
        ("/q/2", 0) => double::status(502, "<html>"),
        ("/q/3", 0) => double::Answer::Cut(br#"{"id":"q","#.to_vec()),
        _ => double::ok(four(request)),
    });
    let answer = ask(&*place(&server.url).engine, "SELECT 1").unwrap();
    assert_eq!(answer.stats.rows, 3);
    assert_eq!(server.counts().into_values().collect::<Vec<_>>(), [2, 2, 2, 2]);
}

#[test]
fn errors_have_their_kind_and_place() {
    let at = r#","errorLocation":{"lineNumber":2,"columnNumber":8}"#;
    let cases = [
        ("SYNTAX_ERROR", at, ErrorKind::Syntax),
        ("COLUMN_NOT_FOUND", at, ErrorKind::Binding),
        ("TABLE_NOT_FOUND", at, ErrorKind::Missing),
        ("PERMISSION_DENIED", "", ErrorKind::Denied),
        ("DIVISION_BY_ZERO", "", ErrorKind::Data),
        ("EXCEEDED_TIME_LIMIT", "", ErrorKind::TimedOut),
        ("ADMINISTRATIVELY_KILLED", "", ErrorKind::Cancelled),
        ("SOMETHING_NEW", "", ErrorKind::Other),
    ];
    for (name, at, kind) in cases {
        let server = Double::new(move |request| match request.path.as_str() {
            "/v1/statement" => double::ok(page("QUEUED", Some("/q/1"), "")),
            _ => double::ok(error(name, "line 2:8: it is wrong", at)),
        });
        let error = ask(&*place(&server.url).engine, "SELECT\n  a FROM t").err().unwrap();
        assert_eq!(error.kind, kind, "{name}: {error}");
        if at.is_empty() {
            assert_eq!(error.position, None, "{name}");
        } else {
            let place = Some(Position { line: 1, column: 7 });
            assert_eq!((error.message.as_str(), error.position), ("it is wrong", place));
        }
    }
}

#[test]
fn an_error_in_the_middle_of_the_rows_is_no_end() {
    let server = Double::new(|request| match request.path.as_str() {
        "/q/3" => double::ok(error("HIVE_BAD_DATA", "the file is broken", "")),
        _ => double::ok(four(request)),
    });
    let place = place(&server.url);
    let error = ask(&*place.engine, "SELECT 1").err().unwrap();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Data, "the file is broken"));
    assert_eq!(place.ledger.entries().unwrap()[0].state, RunState::Failed);
}

#[test]
fn what_is_no_answer_of_trino_is_an_error() {
    for body in [
        "",
        "{}",
        "<html>",
        r#"{"id":"q","stats":{},"data":[[1]],"columns":[{"name":"n","type":"bigint"}],"nextUri":"ftp://x"}"#,
    ] {
        let server = Double::new(move |_| double::ok(body));
        assert!(ask(&*place(&server.url).engine, "SELECT 1").is_err(), "{body}");
    }
    for cells in ["[1]", "[1,null,3]", r#"["x",null]"#, "[1.5,null]", r#"[1,"1.001"]"#, "1"] {
        let server = Double::new(move |request| match request.path.as_str() {
            "/q/3" => double::ok(page("FINISHED", None, &format!(r#"{COLUMNS},"data":[{cells}]"#))),
            _ => double::ok(four(request)),
        });
        let error = ask(&*place(&server.url).engine, "SELECT 1").err().unwrap();
        assert_eq!(error.kind, ErrorKind::Data, "{cells}: {error}");
    }
}

#[tokio::test]
async fn a_run_is_taken_up_where_the_ledger_says_by_another_program() {
    // It goes on for as long as it is asked for the first time.
    let server = Double::new(|request| match (request.path.as_str(), request.before) {
        ("/q/1", 0) => double::ok(page("RUNNING", Some("/q/a"), "")),
        ("/q/a", _) => double::ok(page("RUNNING", Some("/q/b"), "")),
        ("/q/b", before) if before < 3 => double::ok(page("RUNNING", Some("/q/b"), "")),
        ("/q/b", _) => double::ok(page("RUNNING", Some("/q/2"), COLUMNS)),
        _ => double::ok(four(request)),
    });
    let place = place(&server.url);
    let options = Options::default();
    let detach = options.detach.clone();
    let mut events = place.engine.run(Statement::plain("SELECT 1"), options, CancellationToken::new());
    let id = started(&mut events).await;
    assert_eq!(id.0, "q", "what is shown is no key to the rows");
    detach.cancel();
    let error = loop {
        if let Some(Err(error)) = events.recv().await {
            break error;
        }
    };
    assert_eq!(error.kind, ErrorKind::Detached);
    let entry = place.ledger.entries().unwrap().pop().unwrap();
    assert!(entry.cursor.is_some_and(|cursor| cursor.starts_with("/q/")));

    let another = again(&server.url, &place.ledger);
    let mut events = another.attach(id, Options::default(), CancellationToken::new());
    let mut count = 0;
    while let Some(event) = events.recv().await {
        if let RunEvent::Batch(batch) = event.unwrap() {
            count += batch.num_rows();
        }
    }
    assert_eq!(count, 3);
    let entries = place.ledger.entries().unwrap();
    assert_eq!(
        (entries.len(), entries[0].state, entries[0].cursor.as_deref()),
        (1, RunState::Succeeded, None)
    );
}

/// The error with which a run ends.
async fn end(events: &mut Events) -> EngineError {
    loop {
        match events.recv().await.expect("an end is told") {
            Ok(event) => assert!(!matches!(event, RunEvent::Finished(_)), "it finished"),
            Err(error) => break error,
        }
    }
}

/// The server answers no more about a run after the last page.
#[tokio::test]
async fn a_run_that_is_stopped_at_its_last_page_has_ended_and_is_not_asked_about() {
    let server = Double::new(|request| match request.path.as_str() {
        "/q/2" => {
            let rows = vec!["[1,null]"; 100_000].join(",");
            double::ok(page("FINISHED", None, &format!(r#"{COLUMNS},"data":[{rows}]"#)))
        }
        "/v1/statement" | "/q/1" => double::ok(four(request)),
        other => panic!("{other} is asked"),
    });
    let place = place(&server.url);
    let cancel = CancellationToken::new();
    let mut events = place.engine.run(Statement::plain("SELECT 1"), Options::default(), cancel.clone());
    while !matches!(events.recv().await, Some(Ok(RunEvent::Schema(_)))) {}
    // More rows follow than wait for a reader, and nobody reads them.
    cancel.cancel();
    while !place.ledger.entries().unwrap()[0].state.is_final() {
        tokio::task::yield_now().await;
    }
    let error = end(&mut events).await;
    assert_eq!((error.kind, server.requests().len()), (ErrorKind::Cancelled, 3), "{error}");
    let entry = place.ledger.entries().unwrap().pop().unwrap();
    assert_eq!((entry.state, entry.nano_dollars), (RunState::Cancelled, Some(5_000_000_000)));
}

/// As Trino 476 answers.
#[tokio::test]
async fn a_run_that_nobody_asked_about_in_time_is_gone_and_what_to_do_is_said() {
    let message =
        "Query q was abandoned by the client, as it may have exited or stopped checking for query results.";
    for (told, status) in [("was abandoned by the client", 200), ("Trino no longer keeps this run", 404)] {
        let server = Double::new(move |request| match request.path.as_str() {
            "/v1/statement" => double::ok(page("QUEUED", Some("/q/1"), "")),
            "/q/1" => double::ok(page("RUNNING", Some("/q/2"), "")),
            _ => double::status(status, error("ABANDONED_QUERY", message, "")),
        });
        let place = place(&server.url);
        let options = Options::default();
        options.detach.cancel();
        let mut events = place.engine.run(Statement::plain("SELECT 1"), options, CancellationToken::new());
        while events.recv().await.is_some() {}
        let another = again(&server.url, &place.ledger);
        let mut events = another.attach(RunId("q".into()), Options::default(), CancellationToken::new());
        let error = end(&mut events).await;
        assert!(error.kind == ErrorKind::Missing && error.message.contains(told), "{error}");
        assert!(error.hint.is_some_and(|hint| hint.contains("run the statement again")));
        assert_eq!(place.ledger.entries().unwrap()[0].state, RunState::Failed);
    }
}

/// The answer that nothing follows was on its way when the run was to be stopped: the server answers no more about it.
#[tokio::test]
async fn a_run_whose_last_answer_was_not_waited_for_has_ended() {
    let server = Double::new(|request| match (request.path.as_str(), request.before) {
        ("/v1/statement", 0) | ("/q/1", _) => double::ok(four(request)),
        ("/q/2", 0) => double::Answer::Hang,
        // It is told to stop, and asked once more.
        ("/q/2", 1) => double::status(204, ""),
        ("/q/2", _) => double::status(500, "Cannot generate next result when next token is not present"),
        ("/v1/statement", _) => {
            let rows =
                r#""columns":[{"name":"a","type":"varchar"}],"data":[["q","FINISHED",null,"SELECT 1",null]]"#;
            double::ok(page("FINISHED", None, rows))
        }
        (other, _) => panic!("{other} is asked"),
    });
    let place = place(&server.url);
    let cancel = CancellationToken::new();
    let mut events = place.engine.run(Statement::plain("SELECT 1"), Options::default(), cancel.clone());
    while !server.counts().contains_key("/q/2") {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    assert_eq!(end(&mut events).await.kind, ErrorKind::Cancelled);
    assert_eq!(place.ledger.entries().unwrap()[0].state, RunState::Cancelled);
}

#[test]
fn a_secret_is_only_sent_where_nobody_reads_it() {
    let refused = |url: &str| -> Result<(), EngineError> {
        let target: Target = toml::from_str(&format!("kind = 'trino'\nurl = '{url}'")).unwrap();
        let ledger = Ledger::within(std::path::Path::new("/nowhere"));
        let around = Surroundings {
            ledger,
            threads: super::engine().threads().clone(),
            schemas: Vec::new(),
            tables: Vec::new(),
        };
        connect("prod", &target, &around).map(drop)
    };
    for url in ["", "host", "ftp://host", "http://ana:secret@host"] {
        let error = refused(url).unwrap_err();
        assert!(error.hint.is_some() && !error.message.contains("secret"), "{url}: {error}");
    }
    refused("http://trino.example:8080").unwrap();
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = ask(&*place(&url).engine, "SELECT 1").err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert!(error.hint.is_some());
}
