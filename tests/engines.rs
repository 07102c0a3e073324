//! The engine's contract, what a statement may do, and every type of DuckDB, on the real engine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use duckdb::arrow::array::ArrayRef;
use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;
use saldo::dialect::Dialect;
use saldo::engine::duckdb::{DuckDb, Settings};
use saldo::engine::guard::REFUSED_FUNCTIONS;
use saldo::engine::{Access, Engine, EngineError, ErrorKind, Position, RunEvent, Stats};
use saldo::export::{Bytes, Format, Writer};
use saldo::query::{Query, Statement};
use saldo::value;
use tokio_util::sync::CancellationToken;

fn engine() -> DuckDb {
    let schemas = vec!["pyspark-database".into(), "spectrum_schema".into()];
    DuckDb::new(Settings { schemas, ..Settings::default() })
}

struct Answer {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    stats: Stats,
}

impl Answer {
    fn cells(&self) -> impl Iterator<Item = (&ArrayRef, usize)> {
        let cells = |batch: &RecordBatch| {
            (0..batch.num_rows()).map(|row| (row, batch.num_columns())).collect::<Vec<_>>()
        };
        self.batches.iter().flat_map(move |batch| {
            cells(batch)
                .into_iter()
                .flat_map(move |(row, columns)| (0..columns).map(move |at| (batch.column(at), row)))
        })
    }

    fn plain(&self) -> Vec<Option<String>> {
        self.cells().map(|(array, row)| value::plain(array.as_ref(), row)).collect()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn ask(engine: &DuckDb, statement: Statement, access: Access) -> Result<Answer, EngineError> {
    let mut events = engine.run(statement, access.into(), CancellationToken::new());
    let (mut schema, mut batches, mut stats) = (None, Vec::new(), None);
    while let Some(event) = events.recv().await {
        match event? {
            RunEvent::Started(_) => assert!(schema.is_none()),
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
    Ok(Answer { schema: schema.expect("a schema"), batches, stats: stats.expect("an end") })
}

fn read(engine: &DuckDb, sql: &str) -> Result<Answer, EngineError> {
    ask(engine, Statement::plain(sql), Access::ReadOnly)
}

#[test]
fn rows_stand_between_the_schema_and_the_end() {
    let answer = read(&engine(), "SELECT range AS n FROM range(100000)").unwrap();
    assert_eq!(answer.schema.field(0).name(), "n");
    assert_eq!(answer.stats.rows, 100_000);
    assert!(answer.batches.len() > 1, "it streams");
    assert_eq!(answer.plain().last().unwrap().as_deref(), Some("99999"));
    let empty = read(&engine(), "SELECT 1 AS n WHERE false").unwrap();
    assert_eq!((empty.schema.fields().len(), empty.stats.rows), (1, 0));
}

#[test]
fn values_are_bound_and_null_is_null() {
    let text = "-- param: a date\n-- param: b integer?\n-- param: c text\nSELECT :a + 1, :b IS NULL, :c";
    let given = [("a", "2019-02-03"), ("c", "o'; DROP")].map(|(name, value)| (name.into(), value.into()));
    let statement = Query::parse("q", text).unwrap().bind(Dialect::DuckDb, &given.into()).unwrap();
    let answer = ask(&engine(), statement, Access::ReadOnly).unwrap();
    assert_eq!(answer.plain(), ["2019-02-04", "true", "o'; DROP"].map(|text| Some(text.to_owned())));
}

#[test]
fn errors_have_their_kind_and_place() {
    let place = |line, column| Some(Position { line, column });
    let cases = [
        ("SELECT 1\nFROM range(3) WHERE nope = 1", ErrorKind::Binding, place(1, 20)),
        ("SELECT *\nFROM no_such_table", ErrorKind::Missing, place(1, 5)),
        ("SELECT no_such_function(1)", ErrorKind::Missing, place(0, 7)),
        ("SELECT 1,\n  FORM x y", ErrorKind::Syntax, place(1, 9)),
        ("SELECT CAST('x' AS INTEGER)", ErrorKind::Data, place(0, 7)),
        ("SELECT * FROM 'no/such.parquet'", ErrorKind::Io, None),
        ("SELECT error('said')", ErrorKind::Data, None),
    ];
    for (sql, kind, position) in cases {
        let error = read(&engine(), sql).err().unwrap_or_else(|| panic!("{sql} runs"));
        assert_eq!(error.kind, kind, "{sql}: {error}");
        if kind != ErrorKind::Io && position.is_some() {
            assert_eq!(error.position, position, "{sql}: {error}");
        }
    }
}

#[tokio::test]
async fn a_cancelled_query_stops_and_says_so() {
    for sql in ["SELECT count(*) FROM range(1e12::BIGINT)", "SELECT * FROM range(1e12::BIGINT)"] {
        let cancel = CancellationToken::new();
        let mut events = engine().run(Statement::plain(sql), Access::ReadOnly.into(), cancel.clone());
        assert!(matches!(events.recv().await, Some(Ok(RunEvent::Started(_)))), "{sql}");
        assert!(
            matches!(events.recv().await, Some(Ok(RunEvent::Schema(_) | RunEvent::Progress(_)))),
            "{sql}"
        );
        cancel.cancel();
        let error = loop {
            match events.recv().await.expect("an end is said") {
                Ok(RunEvent::Finished(_)) => panic!("{sql} finished"),
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind, ErrorKind::Cancelled, "{sql}");
        assert!(events.recv().await.is_none(), "nothing follows");
    }
}

#[tokio::test]
async fn a_run_stops_when_its_reader_is_gone() {
    let engine = engine();
    let connections = || -> i64 {
        let connection = engine.connect("", &CancellationToken::new()).unwrap();
        connection.query_row("SELECT count FROM duckdb_connection_count()", [], |row| row.get(0)).unwrap()
    };
    let before = connections();
    let endless = Statement::plain("SELECT count(*) FROM range(1e12::BIGINT)");
    let mut events = engine.run(endless, Access::ReadOnly.into(), CancellationToken::new());
    assert!(matches!(events.recv().await, Some(Ok(RunEvent::Started(_)))));
    assert!(connections() > before);
    drop(events);
    // The statement would count for hours: that its connection goes is the proof that it was stopped.
    while connections() > before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn windows_of_a_file_equal_the_table() {
    // Columns that the Parquet reader shows as DuckDB does, and some that only DuckDB reads.
    for columns in [
        "CAST(range * 1.01 AS DECIMAL(38,4)) AS d, range % 3 = 0 AS b, IF(range % 5 = 0, NULL, 'row ' || range) AS t",
        "DATE '2020-01-01' + range::INT AS d, TIMESTAMP '2020-01-01' + INTERVAL (range) SECOND AS s, range / 7 AS f",
        "CAST(range % 100 AS UTINYINT) AS u, TIMESTAMPTZ '2020-01-01' AS z, -range::INT AS i",
        "CAST(range AS UHUGEINT) AS u, [range] AS l, CAST(range AS DECIMAL(20,4)) AS d",
    ] {
        windows_equal_the_table(&format!("range AS n, {columns}"));
    }
}

fn windows_equal_the_table(columns: &str) {
    let never = CancellationToken::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let connection = engine().connect("", &CancellationToken::new()).unwrap();
    let copy =
        format!("COPY (SELECT {columns} FROM range(100000)) TO '{}' (ROW_GROUP_SIZE 10000)", path.display());
    connection.execute_batch(&copy).unwrap();
    let engine = opened(&path);
    let mut pager = engine.pager("T", &never).unwrap();
    // A statement that is nothing but the file is read in place too, where both readers show the same.
    let in_place =
        |sql: &str| engine.in_place(&Statement::plain(sql)).map(|pager| (pager.rows(), pager.schema()));
    let whole = Some((pager.rows(), pager.schema())).filter(|_| !columns.contains("[range]"));
    assert_eq!(in_place(&format!("FROM '{}'", path.display())), whole);
    assert_eq!(in_place("SELECT * FROM t"), None, "a view may have taken the name");
    assert_eq!((pager.rows(), pager.schema().fields().len()), (100_000, 4));
    let labels = |schema: &SchemaRef| -> Vec<_> {
        schema
            .fields()
            .iter()
            .map(|field| (field.name().clone(), value::type_label(field.data_type())))
            .collect()
    };
    let wanted = read(&engine, "FROM t LIMIT 0").unwrap().schema;
    assert_eq!(labels(&pager.schema()), labels(&wanted));
    assert_eq!(labels(&engine.describe("t", &never).unwrap()), labels(&wanted));
    for first in [0, 1, 9_999, 50_000, 99_960, 99_999, 100_000] {
        let window = pager.window(first, 40, &never).unwrap();
        let wanted =
            read(&engine, &format!("SELECT * FROM t WHERE n >= {first} AND n < {first} + 40 ORDER BY n"))
                .unwrap();
        assert_eq!(window.len(), wanted.stats.rows, "from {first}");
        let found: Vec<_> = (first..first + window.len())
            .flat_map(|row| (0..4).map(move |column| (row, column)))
            .map(|(row, column)| {
                window.cell(row, column).map(|(array, at)| value::plain(array.as_ref(), at)).unwrap()
            })
            .collect();
        assert_eq!(found, wanted.plain(), "from {first}");
    }
    assert_eq!(engine.pager("none", &never).err().map(|error| error.kind), Some(ErrorKind::Missing));
}

/// An engine on a file, as `saldo open` makes it.
fn opened(path: &Path) -> DuckDb {
    let relations = saldo::source::relations(path).unwrap();
    DuckDb::new(Settings { relations, ..Settings::default() })
}

const HOSTILE: &[&str] = &[
    // Writing, plain and hidden.
    "INSERT INTO t VALUES (2)",
    "DELETE FROM t",
    "UPDATE t SET a = 2",
    "TRUNCATE t",
    "MERGE INTO t USING t AS u ON t.a = u.a WHEN MATCHED THEN DELETE",
    "WITH x AS (INSERT INTO t VALUES (2) RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE t SET a = 3 RETURNING a) SELECT * FROM x",
    "WITH x AS MATERIALIZED (DELETE FROM t RETURNING *) SELECT 1",
    "WITH x AS (COPY (SELECT 1) TO 'leak.csv') SELECT 1",
    "WITH x AS (SELECT 1 AS a) INSERT INTO t SELECT a FROM x",
    "WITH y AS (WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x) SELECT * FROM y",
    "SELECT (WITH x AS (DELETE FROM t RETURNING a) SELECT max(a) FROM x)",
    "SELECT * FROM (WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x)",
    "SELECT 1 UNION ALL (WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x)",
    "CREATE TABLE u AS SELECT 1",
    "CREATE OR REPLACE VIEW t2 AS SELECT 1",
    "CREATE TEMP TABLE u (a INT)",
    "CREATE MACRO m() AS 1",
    "CREATE SECRET s (TYPE s3)",
    "DROP TABLE t",
    "ALTER TABLE t ADD COLUMN b INT",
    "COMMENT ON TABLE t IS 'x'",
    // Files, other databases, extensions.
    "COPY t TO 'leak.csv'",
    "COPY (SELECT 1) TO 'leak.parquet' (FORMAT parquet)",
    "COPY t FROM 'x.csv'",
    "EXPORT DATABASE 'leak'",
    "IMPORT DATABASE 'leak'",
    "ATTACH 'x.db'",
    "DETACH x",
    "INSTALL httpfs",
    "LOAD httpfs",
    "UPDATE EXTENSIONS",
    // Settings and state.
    "SET memory_limit = '1GB'",
    "RESET memory_limit",
    "SET VARIABLE x = 1",
    "PRAGMA memory_limit = '1GB'",
    "PRAGMA enable_profiling",
    "PRAGMA enable_verification",
    "PRAGMA import_database('x')",
    "PRAGMA table_info = 1",
    "PRAGMA table_info('t'); DELETE FROM t",
    "PRAGMA version -- \r; DELETE FROM t",
    "PRAGMA version /* */; DELETE FROM t",
    "PRAGMA table_info($$t$$)",
    "USE memory",
    "CALL force_checkpoint()",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "BEGIN TRANSACTION",
    "COMMIT",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    // An EXPLAIN that runs.
    "EXPLAIN ANALYZE DELETE FROM t",
    "EXPLAIN DELETE FROM t",
    "EXPLAIN (FORMAT json) DELETE FROM t",
    "EXPLAIN (ANALYZE, FORMAT json) DELETE FROM t",
    "EXPLAIN ANALYZE (FORMAT json) DELETE FROM t",
    "EXPLAIN ANALYZE VERBOSE DELETE FROM t",
    "EXPLAIN EXPLAIN ANALYZE DELETE FROM t",
    "EXPLAIN -- x\r ANALYZE DELETE FROM t\n SELECT 1",
    "EXPLAIN -- x\r ANALYZE INSERT INTO t --\n SELECT 1",
    "EXPLAIN /* ( */ ANALYZE DELETE FROM t",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'leak.csv'",
    "EXPLAIN ANALYZE WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "EXPLAIN SELECT 1; DELETE FROM t",
    // Several statements, and marks that hide them.
    "SELECT 1; DELETE FROM t",
    "SELECT 1; SELECT 2",
    "SELECT 1;;; DROP TABLE t",
    "SELECT 1 -- x\r; DELETE FROM t",
    "SELECT 1 /* /* */ */; DELETE FROM t",
    "/* ; */ DELETE FROM t",
    "-- SELECT 1\nDELETE FROM t",
    "SELECT ''; DELETE FROM t; --'",
    "SELECT E'\\''; DELETE FROM t; --'",
    "SELECT 'a\\'; DELETE FROM t; --'",
    "SELECT $$a$$; DELETE FROM t; --$$",
    "SELECT $a$ $b$ $a$; DELETE FROM t; --$b$",
    "SELECT \"a\"\"\" FROM t; DELETE FROM t",
    "\u{feff}DELETE FROM t",
    "\u{a0}DELETE\u{a0}FROM\u{a0}t",
    "SELECT\u{3000}1;\u{2003}DELETE FROM t",
    "dElEtE\tfrom\nt",
    "",
    " ; ",
    "-- nothing",
    // Functions that write, reconfigure or run text.
    "SELECT * FROM query('DELETE FROM t RETURNING *')",
    "SELECT * FROM QUERY('SELECT 1')",
    "SELECT * FROM main.query('SELECT 1')",
    "SELECT * FROM system.main.\"query\"('SELECT 1')",
    "FROM query('SELECT 1')",
    "SELECT nextval('s')",
    "SELECT a FROM t WHERE nextval('s') > 0",
    "SELECT a FROM t ORDER BY setseed(0.1)",
    "SELECT currval('s')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM read_duckdb('x.db')",
    "SELECT write_log('x')",
    "SELECT 1 LIMIT (SELECT nextval('s'))",
    "SELECT (SELECT nextval('s') FROM t)",
    "VALUES (nextval('s'))",
    "SELECT list_transform([1], lambda x: nextval('s'))",
    // Files that would be attached as databases.
    "FROM 'other.db'",
    "SELECT * FROM \"x/Other.DuckDB\"",
    "SELECT (SELECT count(*) FROM 'other.ddb')",
    "CALL enable_logging()",
    "CALL query('DELETE FROM t')",
    // Refused because the tree cannot be seen.
    "PIVOT t ON a USING count(*)",
];

/// What hides a statement from this program and not from the engine, or the other way round: it does not parse.
const MALFORMED: &[&str] = &[
    "(DELETE FROM t)",
    "-- x\rDELETE FROM t --\nCALL pragma_version()",
    "-- x\rDELETE FROM t --\nEXPLAIN SELECT 1",
];

const HONEST: &[&str] = &[
    "SELECT 1",
    "select 1;",
    "  SELECT 1 ; -- done",
    "-- title: x\n-- param: y\nSELECT 1",
    "/* a; /* b; */ c */ SELECT 1",
    "\u{feff}SELECT 1",
    "SELECT\u{a0}1",
    "SELECT 1 -- ; DELETE FROM t",
    "SELECT 'DELETE FROM t; --' AS x",
    "SELECT 'it''s; x'",
    "SELECT $$;DROP TABLE t;$$",
    "SELECT $a$;$b$;$a$",
    "SELECT E'\\'; x'",
    "SELECT \"a\" AS \"delete;\" FROM t",
    "SELECT a AS update FROM t",
    "FROM t",
    "FROM t SELECT a",
    "TABLE t",
    "VALUES (1), (2)",
    "(SELECT 1)",
    "SELECT 1 UNION ALL SELECT 2",
    "SELECT 1 EXCEPT SELECT 2",
    "WITH x AS (SELECT a FROM t) SELECT * FROM x",
    "WITH x AS MATERIALIZED (SELECT 1) SELECT * FROM x",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r",
    "SELECT a, sum(a) OVER (ORDER BY a) FROM t",
    "SELECT a FROM t WINDOW w AS (ORDER BY a)",
    "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1",
    "SELECT count(*) FILTER (WHERE a > 0) FROM t GROUP BY ALL",
    "SELECT * EXCLUDE (a), a FROM t, range(2) AS r(n)",
    "SELECT * FROM t JOIN t AS u USING (a) LEFT JOIN t AS v ON v.a = u.a",
    "SELECT * FROM t ASOF JOIN t AS u ON t.a >= u.a",
    "SELECT CASE WHEN a > 0 THEN 'x' END FROM t ORDER BY 1 NULLS LAST LIMIT 3 OFFSET 0",
    "SELECT CAST('2019-01-02' AS DATE) + INTERVAL 1 DAY",
    "SELECT a::VARCHAR FROM t WHERE a IN (SELECT a FROM t)",
    "SELECT {'a': 1}.a, [1, 2][1], MAP {'k': 1}",
    "SELECT list_transform([1, 2], lambda x: x + 1)",
    "SELECT EXISTS (SELECT 1), (SELECT max(a) FROM t)",
    "SELECT random() >= 0, uuid() IS NOT NULL, now() IS NOT NULL",
    "SELECT * FROM range(3)",
    "SELECT * FROM generate_series(1, 3)",
    "SELECT * FROM glob('no/such/*')",
    "SELECT name FROM duckdb_settings() LIMIT 1",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pragma_table_info('t')",
    "UNPIVOT (SELECT 1 AS x, 2 AS y) ON x, y INTO NAME n VALUE v",
    "SELECT * FROM (PIVOT t ON a IN (1, 2) USING count(*))",
    "DESCRIBE t",
    "DESCRIBE SELECT 1",
    "SUMMARIZE t",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "SHOW DATABASES",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "EXPLAIN (FORMAT json) SELECT 1",
    "EXPLAIN (SELECT 1)",
    "explain analyze with x as (select 1) select * from x",
    "EXPLAIN /* why */ SELECT 1 -- so",
    "PRAGMA version",
    "PRAGMA table_info('t')",
    "PRAGMA database_list;",
    "PRAGMA show_tables",
    "SELECT current_schema(), current_setting('threads') IS NOT NULL",
    "SELECT json_serialize_sql('SELECT 1')",
    "EXPLAIN VALUES (1)",
    "EXPLAIN (TABLE t)",
    "FROM (PIVOT t ON a IN (1) USING count(*))",
    "FROM (UNPIVOT (SELECT 1 AS x, 2 AS y) ON x, y INTO NAME n VALUE v)",
    "PRAGMA table_info('my-table')",
    "CALL duckdb_tables()",
    "CALL pragma_version()",
    "CALL range(3);",
    "SELECT '\"function_name\":\"query\"' AS \"DELETE_NODE\"",
];

/// An engine with a table and a sequence to attack.
fn target() -> DuckDb {
    let engine = engine();
    let connection = engine.connect("", &CancellationToken::new()).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t AS SELECT 1 AS a; CREATE TABLE \"my-table\" (a INT); CREATE SEQUENCE s",
        )
        .unwrap();
    engine
}

#[test]
fn hostile_statements_are_refused_and_change_nothing() {
    assert!(HOSTILE.len() >= 40);
    let engine = target();
    let unchanged = |sql: &str| {
        let answer =
            read(&engine, "SELECT count(*), sum(a), (SELECT count(*) FROM duckdb_tables()) FROM t").unwrap();
        assert_eq!(
            answer.plain(),
            ["1", "1", "2"].map(|text| Some(text.to_owned())),
            "{sql:?} changed something"
        );
    };
    let mut passed = Vec::new();
    let hostile = HOSTILE.iter().map(|sql| (sql, ErrorKind::Refused));
    for (sql, kind) in hostile.chain(MALFORMED.iter().map(|sql| (sql, ErrorKind::Syntax))) {
        let found = read(&engine, sql).err().map(|error| error.kind);
        if found != Some(kind) {
            passed.push((*sql, found));
        }
        unchanged(sql);
    }
    assert_eq!(passed, []);
}

#[test]
fn a_long_sum_is_read_to_its_end() {
    let engine = target();
    for operands in [42, 400] {
        let sum = vec!["1"; operands].join(" + ");
        let answer = read(&engine, &format!("SELECT {sum} AS n")).unwrap();
        assert_eq!(answer.plain(), [Some(operands.to_string())]);
        let error = read(&engine, &format!("SELECT {sum} + nextval('s')")).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Refused, "{error}");
        assert_eq!(error.reason.as_deref(), Some("the function nextval may write or run other text"));
    }
}

#[test]
fn what_the_engine_does_not_parse_is_its_own_to_tell() {
    let error = read(&target(), "EXPLAIN (VALUES (1))").err().unwrap();
    assert_eq!(error.kind, ErrorKind::Syntax, "{error}");
}

#[test]
fn honest_statements_run() {
    assert!(HONEST.len() >= 40);
    let engine = target();
    let refused: Vec<_> = HONEST.iter().filter_map(|sql| Some((sql, read(&engine, sql).err()?))).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn writing_works_when_it_is_asked_for() {
    let engine = target();
    ask(&engine, Statement::plain("INSERT INTO t VALUES (2)"), Access::Write).unwrap();
    assert_eq!(read(&engine, "SELECT sum(a) FROM t").unwrap().plain(), [Some("3".to_owned())]);
}

/// Table functions and functions with an effect that were looked at and only read.
const READING_FUNCTIONS: &[&str] = &[
    "current_connection_id",
    "current_query",
    "current_query_id",
    "current_transaction_id",
    "duckdb_approx_database_count",
    "duckdb_available_metrics",
    "duckdb_columns",
    "duckdb_connection_count",
    "duckdb_constraints",
    "duckdb_coordinate_systems",
    "duckdb_databases",
    "duckdb_dependencies",
    "duckdb_dialects",
    "duckdb_eviction_queues",
    "duckdb_extension_repositories",
    "duckdb_extensions",
    "duckdb_external_file_cache",
    "duckdb_external_resource_types",
    "duckdb_external_resources",
    "duckdb_functions",
    "duckdb_grammar_extensions",
    "duckdb_indexes",
    "duckdb_keywords",
    "duckdb_log_contexts",
    "duckdb_logs",
    "duckdb_logs_parsed",
    "duckdb_memory",
    "duckdb_optimizers",
    "duckdb_prepared_statements",
    "duckdb_profiling_settings",
    "duckdb_schemas",
    "duckdb_secret_type_parameters",
    "duckdb_secret_types",
    "duckdb_sequences",
    "duckdb_settings",
    "duckdb_table_sample",
    "duckdb_tables",
    "duckdb_temporary_files",
    "duckdb_triggers",
    "duckdb_types",
    "duckdb_variables",
    "duckdb_views",
    "error",
    "gen_random_uuid",
    "generate_series",
    "get_current_timestamp",
    "getvariable",
    "glob",
    "histogram",
    "histogram_values",
    "icu_calendar_names",
    "json_each",
    "json_tree",
    "now",
    "parquet_bloom_probe",
    "parquet_file_metadata",
    "parquet_full_metadata",
    "parquet_kv_metadata",
    "parquet_metadata",
    "parquet_scan",
    "parquet_schema",
    "pg_timezone_names",
    "pragma_collations",
    "pragma_database_size",
    "pragma_metadata_info",
    "pragma_platform",
    "pragma_show",
    "pragma_storage_info",
    "pragma_table_info",
    "pragma_user_agent",
    "pragma_version",
    "query_table",
    "random",
    "range",
    "read_blob",
    "read_csv",
    "read_csv_auto",
    "read_json",
    "read_json_auto",
    "read_json_objects",
    "read_json_objects_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_ndjson_objects",
    "read_parquet",
    "read_single_csv_file",
    "read_single_json_file",
    "read_single_parquet_file",
    "read_text",
    "repeat",
    "repeat_row",
    "seq_scan",
    "sleep_ms",
    "sniff_csv",
    "stats",
    "summary",
    "test_all_types",
    "test_vector_types",
    "transaction_timestamp",
    "txid_current",
    "unnest",
    "uuid",
    "uuidv4",
    "uuidv7",
    "vector_type",
    "version",
];

#[test]
fn every_function_that_could_write_is_classified() {
    let engine = engine();
    let sql = "SELECT DISTINCT function_name FROM duckdb_functions() \
        WHERE function_type IN ('table', 'table_macro') OR has_side_effects OR stability = 'VOLATILE'";
    let known: HashSet<_> = READING_FUNCTIONS.iter().chain(REFUSED_FUNCTIONS).copied().collect();
    let names = read(&engine, sql).unwrap().plain();
    assert!(names.len() > 60, "the catalogue is read");
    let unknown: Vec<_> = names.into_iter().flatten().filter(|name| !known.contains(name.as_str())).collect();
    assert_eq!(unknown, Vec::<String>::new(), "say in the guard or here what these do");
}

#[path = "support/contract.rs"]
mod contract;
#[cfg(feature = "remote")]
#[path = "rates/double.rs"]
#[allow(dead_code, reason = "it is shared")]
mod double;
#[path = "engines/files.rs"]
mod files;
#[cfg(feature = "remote")]
#[path = "engines/guards.rs"]
mod guards;
#[cfg(feature = "remote")]
#[path = "engines/redshift.rs"]
mod redshift;
#[path = "engines/remote.rs"]
mod remote;
#[cfg(feature = "remote")]
#[path = "engines/trino.rs"]
mod trino;
#[path = "engines/types.rs"]
mod types;
