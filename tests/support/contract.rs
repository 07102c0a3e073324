//! What every engine keeps, whoever it is: the same cases run on each, in its own words.

use std::sync::Arc;

use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;
use saldo::dialect::Dialect;
use saldo::engine::{Access, Engine, EngineError, ErrorKind, Events, Position, RunEvent, RunId, Stats};
use saldo::query::Statement;
use saldo::value;
use tokio_util::sync::CancellationToken;

/// An engine under test, with what it calls things.
pub struct Subject {
    pub name: &'static str,
    pub engine: Arc<dyn Engine>,
    /// A statement that yields the whole numbers from 1 to the one given, in order, as column `n`.
    pub numbers: fn(u64) -> String,
    /// A statement that takes minutes.
    pub endless: &'static str,
    /// Whether a place in the statement comes with an error.
    pub has_positions: bool,
}

/// What the engine calls a run, once it has a name.
pub async fn started(events: &mut Events) -> RunId {
    loop {
        match events.recv().await {
            Some(Ok(RunEvent::Progress(_))) => {}
            Some(Ok(RunEvent::Started(id))) => return id,
            other => panic!("it starts: {other:?}"),
        }
    }
}

/// All that a run yielded.
pub struct Answer {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    pub stats: Stats,
}

impl Answer {
    /// Every cell as its exact text, row by row.
    pub fn rows(&self) -> Vec<Vec<Option<String>>> {
        let row = |batch: &RecordBatch, row| {
            batch.columns().iter().map(|column| value::plain(column.as_ref(), row)).collect::<Vec<_>>()
        };
        self.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| row(batch, at))).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }
}

/// Runs a statement to its end; what comes in the wrong order is a failure.
#[tokio::main(flavor = "current_thread")]
pub async fn ask(engine: &dyn Engine, sql: &str) -> Result<Answer, EngineError> {
    let mut events = engine.run(Statement::plain(sql), Access::ReadOnly.into(), CancellationToken::new());
    let (mut started, mut schema, mut batches, mut stats) = (false, None, Vec::new(), None);
    while let Some(event) = events.recv().await {
        match event? {
            RunEvent::Started(_) => assert!(!std::mem::replace(&mut started, true), "it starts once"),
            RunEvent::Schema(found) => assert!(schema.replace(found).is_none(), "one schema"),
            RunEvent::Batch(batch) => {
                assert!(schema.is_some() && stats.is_none(), "rows stand between the schema and the end");
                batches.push(batch);
            }
            RunEvent::Progress(progress) => {
                assert!(progress.percent.is_none_or(|percent| (0.0..=100.0).contains(&percent)));
            }
            RunEvent::Finished(found) => assert!(stats.replace(found).is_none(), "one end"),
        }
    }
    assert!(started, "its start is told");
    Ok(Answer { schema: schema.expect("a schema"), batches, stats: stats.expect("an end") })
}

/// Every promise of [`Engine`], on one engine.
pub fn holds(subject: &Subject) {
    values_are_exact(subject);
    every_row_comes_once(subject);
    an_empty_result_has_its_columns(subject);
    errors_have_their_kind_and_place(subject);
    what_writes_is_refused(subject);
    cancelling_stops_and_says_so(subject);
}

fn text(cells: &[&str]) -> Vec<Option<String>> {
    cells.iter().map(|cell| Some((*cell).to_owned())).collect()
}

fn values_are_exact(subject: &Subject) {
    let sql = "SELECT CAST(9223372036854775807 AS BIGINT) AS big, CAST('-12345678901234567890123456.78' AS DECIMAL(38,2)) AS money, \
        CAST('2019-02-03' AS DATE) AS day, CAST('2019-02-03 04:05:06.789' AS TIMESTAMP) AS moment, TRUE AS yes, \
        'Zürich 東京 🦀, \"a\"' AS words, '' AS empty";
    let answer = ask(&*subject.engine, sql).unwrap_or_else(|error| panic!("{}: {error}", subject.name));
    assert_eq!(
        answer.names(),
        ["big", "money", "day", "moment", "yes", "words", "empty"],
        "{}",
        subject.name
    );
    let expected = text(&[
        "9223372036854775807",
        "-12345678901234567890123456.78",
        "2019-02-03",
        "2019-02-03 04:05:06.789",
        "true",
        "Zürich 東京 🦀, \"a\"",
        "",
    ]);
    assert_eq!(answer.rows(), [expected], "{}", subject.name);
    let sql = "SELECT CAST(NULL AS VARCHAR) AS a, CAST(NULL AS DECIMAL(18,2)) AS b, 'x' AS c \
        UNION ALL SELECT '', CAST('0.10' AS DECIMAL(18,2)), NULL";
    let mut rows = ask(&*subject.engine, sql).unwrap().rows();
    rows.sort();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(rows, [[None, None, some("x")], [some(""), some("0.10"), None]], "{}", subject.name);
}

/// Around the pages of Athena (999 and 1,000 rows) and the batches of DuckDB.
pub fn every_row_comes_once(subject: &Subject) {
    for count in [1, 998, 999, 1_000, 1_001, 2_000, 3_601] {
        let answer = ask(&*subject.engine, &(subject.numbers)(count)).unwrap();
        let rows: Vec<_> = answer.rows().into_iter().map(|row| row[0].clone().unwrap()).collect();
        let expected: Vec<_> = (1..=count).map(|number| number.to_string()).collect();
        assert!(rows == expected, "{}: {count} rows became {}", subject.name, rows.len());
        assert_eq!(answer.stats.rows, count, "{}", subject.name);
    }
}

pub fn an_empty_result_has_its_columns(subject: &Subject) {
    let answer = ask(&*subject.engine, "SELECT 1 AS n, 'x' AS word WHERE 1 = 0").unwrap();
    assert_eq!(
        (answer.names(), answer.rows().len()),
        (vec!["n".into(), "word".into()], 0),
        "{}",
        subject.name
    );
}

fn errors_have_their_kind_and_place(subject: &Subject) {
    let cases = [
        ("SELECT 1 AS one\nFROM (SELECT 2 AS two) t\nWHERE nope = 1", ErrorKind::Binding, (2, 6)),
        ("SELECT *\nFROM no_such_table", ErrorKind::Missing, (1, 5)),
        ("SELECT 1,\n  FORM x y", ErrorKind::Syntax, (1, 9)),
    ];
    // What does not parse is not sent elsewhere.
    let is_sent = |kind| kind != ErrorKind::Syntax || subject.engine.dialect() == Dialect::DuckDb;
    for (sql, kind, (line, column)) in cases {
        let error =
            ask(&*subject.engine, sql).err().unwrap_or_else(|| panic!("{}: {sql} runs", subject.name));
        let told = if is_sent(kind) { kind } else { ErrorKind::Refused };
        assert_eq!(error.kind, told, "{}: {sql}: {error}", subject.name);
        if subject.has_positions && is_sent(kind) {
            assert_eq!(error.position, Some(Position { line, column }), "{}: {sql}: {error}", subject.name);
        }
    }
}

pub fn what_writes_is_refused(subject: &Subject) {
    for sql in ["CREATE TABLE t AS SELECT 1 AS a", "DELETE FROM processed", "SELECT 1; DROP TABLE processed"]
    {
        let error =
            ask(&*subject.engine, sql).err().unwrap_or_else(|| panic!("{}: {sql} runs", subject.name));
        assert_eq!(error.kind, ErrorKind::Refused, "{}: {sql}: {error}", subject.name);
    }
}

#[tokio::main(flavor = "current_thread")]
pub async fn cancelling_stops_and_says_so(subject: &Subject) {
    let cancel = CancellationToken::new();
    let mut events =
        subject.engine.run(Statement::plain(subject.endless), Access::ReadOnly.into(), cancel.clone());
    started(&mut events).await;
    cancel.cancel();
    let error = loop {
        match events.recv().await.expect("an end is told") {
            Ok(RunEvent::Finished(_)) => panic!("{}: it finished", subject.name),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, ErrorKind::Cancelled, "{}: {error}", subject.name);
    assert!(events.recv().await.is_none(), "{}: nothing follows", subject.name);
}
