//! What the judge of statements for engines elsewhere refuses, and what it lets through.

use saldo::dialect::Dialect::{self, Athena, Redshift, Trino};
use saldo::engine::guard::{REFUSED_ELSEWHERE, check};
use saldo::engine::{Access, ErrorKind, Position};

/// Refused for every engine elsewhere.
const HOSTILE: &[&str] = &[
    // Writing, plain.
    "INSERT INTO t VALUES (2)",
    "INSERT INTO t SELECT * FROM u",
    "DELETE FROM t",
    "UPDATE t SET a = 2",
    "TRUNCATE TABLE t",
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
    "CREATE TABLE u AS SELECT 1 AS a",
    "CREATE TABLE IF NOT EXISTS u (a INT)",
    "CREATE OR REPLACE VIEW v AS SELECT 1",
    "CREATE EXTERNAL TABLE u (a INT) STORED AS PARQUET LOCATION 's3://b/u/'",
    "CREATE SCHEMA s",
    "DROP TABLE t",
    "DROP SCHEMA s CASCADE",
    "ALTER TABLE t ADD COLUMN b INT",
    "ALTER TABLE t ADD PARTITION (year = '2017')",
    "COMMENT ON TABLE t IS 'x'",
    "GRANT SELECT ON t TO u",
    "REVOKE SELECT ON t FROM u",
    "ANALYZE t",
    "UNLOAD (SELECT 1) TO 's3://b/p/' WITH (format = 'PARQUET')",
    "UNLOAD ('SELECT 1') TO 's3://b/p/' IAM_ROLE default",
    "COPY t FROM 's3://b/p/' IAM_ROLE default",
    "MSCK REPAIR TABLE t",
    "VACUUM t",
    "OPTIMIZE t REWRITE DATA USING BIN_PACK",
    "CALL p()",
    "CALL system.sync_partition_metadata('s', 't', 'FULL')",
    "PREPARE p FROM INSERT INTO t VALUES (1)",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXECUTE p USING 1",
    "EXECUTE IMMEDIATE 'INSERT INTO t VALUES (1)'",
    "DEALLOCATE PREPARE p",
    "REFRESH MATERIALIZED VIEW v",
    // Settings and state.
    "SET SESSION x = 1",
    "SET x TO 1",
    "RESET SESSION x",
    "USE s",
    "START TRANSACTION",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "LOCK TABLE t",
    "DECLARE c CURSOR FOR SELECT 1",
    "FETCH 1 FROM c",
    "CANCEL 1",
    // Hidden in something that reads.
    "WITH x AS (INSERT INTO t VALUES (2) RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE t SET a = 3 RETURNING a) SELECT * FROM x",
    "WITH x AS (SELECT 1 AS a) INSERT INTO t SELECT a FROM x",
    "WITH x AS (SELECT 1 AS a) DELETE FROM t USING x WHERE t.a = x.a",
    "WITH x AS (SELECT 1 AS a) UPDATE t SET a = 1 FROM x",
    "SELECT * FROM (DELETE FROM t RETURNING *)",
    "SELECT (WITH x AS (DELETE FROM t RETURNING a) SELECT max(a) FROM x)",
    "SELECT 1 UNION ALL (WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x)",
    "SELECT * INTO u FROM t",
    "SELECT a INTO TEMP u FROM t",
    "WITH x AS (SELECT 1 AS a) SELECT a INTO u FROM x",
    "SELECT a INTO TABLE u FROM t",
    "(SELECT a INTO u FROM t)",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM (SELECT * FROM t FOR SHARE) AS x",
    // An EXPLAIN that runs.
    "EXPLAIN ANALYZE DELETE FROM t",
    "EXPLAIN DELETE FROM t",
    "EXPLAIN ANALYZE VERBOSE INSERT INTO t SELECT 1",
    "EXPLAIN (FORMAT json) DELETE FROM t",
    "EXPLAIN (TYPE LOGICAL, FORMAT TEXT) CREATE TABLE u AS SELECT 1",
    "EXPLAIN EXPLAIN ANALYZE DELETE FROM t",
    "EXPLAIN ANALYZE (SELECT 1); DELETE FROM t",
    "EXPLAIN (FORMAT json",
    "EXPLAIN",
    "EXPLAIN ANALYZE WITH x AS (SELECT 1 AS a) INSERT INTO t SELECT a FROM x",
    // Several statements, and marks that hide them.
    "SELECT 1; DELETE FROM t",
    "SELECT 1; SELECT 2",
    "SELECT 1;;; DROP TABLE t",
    "SHOW TABLES; DROP TABLE t",
    "DESCRIBE t; DROP TABLE t",
    "SELECT ';' AS a; DELETE FROM t",
    "SELECT ''; DELETE FROM t; --'",
    "SELECT 'a'';'; DELETE FROM t; --'",
    "SELECT \"a\"\"\" FROM t; DELETE FROM t",
    "SELECT 1 /* x */; DELETE FROM t",
    "/* ; */ DELETE FROM t",
    "/* SELECT 1 */ DELETE FROM t -- SELECT 1",
    "/**/DELETE/**/FROM/**/t",
    "-- SELECT 1\nDELETE FROM t",
    "--\rINSERT INTO t --\nSELECT 1",
    "-- x\r DELETE FROM t --\n",
    "EXPLAIN -- x\r ANALYZE INSERT INTO t --\n SELECT 1",
    "SELECT 1 -- x\r; DELETE FROM t",
    "SELECT 1 --\u{2028}; DELETE FROM t",
    "/* /* */ DELETE FROM t /* */ */ SELECT 1",
    "/* /* */ DELETE FROM t --*/ SELECT 1",
    "SELECT 1 /* /* */ ; DELETE FROM t -- */",
    "SELECT $$a$$; DELETE FROM t; --$$",
    "SELECT a$$; DELETE FROM t; --$$",
    "SELECT $1$; DELETE FROM t; --$1$",
    "SELECT U&'\\0027'; DELETE FROM t; --'",
    "SELECT `a; DELETE FROM t; --`; DELETE FROM t",
    "SELECT [a; DELETE FROM t; --]",
    "# x\nDELETE FROM t",
    "SELECT 1 # x\n; DELETE FROM t",
    "SELECT 'abc",
    "SELECT \"abc",
    "SELECT 1 /* abc",
    "\u{feff}DELETE FROM t",
    "\u{a0}DELETE\u{a0}FROM\u{a0}t",
    "SELECT\u{3000}1;\u{2003}DELETE FROM t",
    "SELECT\u{b}1",
    "SELECT\u{0}1",
    "dElEtE\tfrom\nt",
    "\"SELECT\" 1",
    "((((DELETE FROM t))))",
    // Nothing, and what is not SQL.
    "",
    " ; ",
    "-- nothing",
    "SELEKT 1", // typos: ignore
    "SELECT FROM WHERE",
    "SELECT 1 FORM t",
    "SELECT 1 SELECT 2",
    "SELECT 1) UNION (SELECT 2",
];

/// Refused for one engine.
const HOSTILE_THERE: &[(&[Dialect], &[&str])] = &[
    (
        &[Trino, Athena],
        &[
            "SELECT * FROM TABLE(query(query => 'DELETE FROM t RETURNING *'))",
            "SELECT * FROM TABLE(postgresql.system.query(query => 'DELETE FROM t RETURNING *'))",
            "SELECT * FROM TABLE(\"system\".\"QUERY\" (query => 'x'))",
            "SELECT * FROM TABLE(system/* */./* */query/* */(query => 'x'))",
            "SELECT * FROM TABLE(raw_query(\"schema\" => 's', query => 'x'))",
            "SELECT * FROM TABLE(sqlserver.system.procedure(query => 'EXEC p'))",
            "SELECT * FROM t WHERE EXISTS (SELECT 1 FROM TABLE(system.query(query => 'x')))",
            "SELECT ai_gen('x')",
            "SELECT a.ai.ai_classify(x, ARRAY['a']) FROM t",
            "USING EXTERNAL FUNCTION f(a INT) RETURNS INT LAMBDA 'arn' SELECT f(1)",
            "USING FUNCTION f(a INT) RETURNS INT TYPE LAMBDA_INVOKE WITH (lambda_name = 'x') SELECT f(1)",
            "CREATE FUNCTION f() RETURNS INT RETURN 1",
            "WITH FUNCTION f() RETURNS INT BEGIN INSERT INTO t VALUES (1); RETURN 1; END SELECT f()",
            "SET PATH x",
            "SET TIME ZONE 'UTC'",
            "SET ROLE admin",
            "DENY SELECT ON t TO u",
            "DESCRIBE 't\\'; DROP TABLE t; --'",
            "SELECT é FROM t",
            "SELECT $$ FROM t",
        ],
    ),
    (
        &[Redshift],
        &[
            "SELECT pg_terminate_backend(1)",
            "SELECT PG_CANCEL_BACKEND(pid) FROM stv_recents",
            "SELECT \"pg_terminate_backend\"(1)",
            "SELECT pg_catalog.pg_terminate_backend(1)",
            "SELECT pg_terminate_backend/* */ (1)",
            "SELECT a FROM t WHERE pg_cancel_backend(1) = 1",
            "SELECT a FROM t ORDER BY pg_terminate_backend(1)",
            "SELECT CASE WHEN true THEN pg_terminate_backend(1) END",
            "SELECT (SELECT pg_terminate_backend(1))",
            "SELECT COUNT(pg_terminate_backend(pid)) OVER (PARTITION BY pid) FROM x",
            "SELECT * FROM pg_terminate_backend(1)",
            "SELECT U&\"pg\\005fterminate_backend\"(1)",
            "SELECT set_config('x', 'y', false)",
            "SELECT change_query_priority(1, 'low')",
            "SELECT change_session_priority(1, 'low')",
            "SELECT nextval('s')",
            "SELECT lo_import('/etc/passwd')",
            "SELECT lo_unlink(1)",
            "SELECT pg_read_file('x', 0, 1)",
            "SELECT pg_reload_conf()",
            "SELECT pg_sleep(100)",
            "SELECT reboot_cluster()",
            "SELECT xpx('x')",
            "SELECT * FROM dblink('x', 'DELETE FROM t')",
            "SELECT query_to_xml('DELETE FROM t', true, true, '')",
            "SELECT public.f_write(1)",
            "SELECT \"mine\".\"f\" (1)",
            "SELECT a FROM t WHERE other.f(a)",
            "SELECT * INTO #u FROM t",
            "SELECT TOP 1 a INTO u FROM t",
            "SELECT E'\\''; DELETE FROM t; --'",
            "SELECT ''\\''; DELETE FROM t; --'",
            "SELECT 'a\\'; DELETE FROM t; --'",
            "SELECT 'a\\\\\\'; DELETE FROM t; --'",
            "SELECT $a$ $b$ $a$; DELETE FROM t; --$b$",
            "SELECT $a$ ; DELETE FROM t",
            "SELECT ñ$$; DELETE FROM t; --$$",
            "SELECT /* a /* b */ c */ 1",
            "SELECT `a` FROM t",
            "SELECT a AS [b; DELETE FROM t; --] FROM t",
            "SET wlm_query_slot_count TO 2",
            "SET SESSION AUTHORIZATION x",
            "CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' IAM_ROLE default",
            "CREATE TEMP TABLE u (a INT)",
            "CREATE LIBRARY l LANGUAGE plpythonu FROM 's3://b/l.zip'",
            "CREATE MODEL m FROM t TARGET a FUNCTION f IAM_ROLE default SETTINGS (S3_BUCKET 'b')",
            "CLOSE c",
            "END",
            "ABORT",
        ],
    ),
];

/// Let through for every engine elsewhere.
const HONEST: &[&str] = &[
    "SELECT 1",
    "select 1;",
    "  SELECT 1 ;; -- done",
    "-- title: x\n-- param: y\r\nSELECT 1",
    "/* a; 'b */ SELECT 1",
    "SELECT 1 -- ; DELETE FROM t",
    "SELECT 1 /* ; DELETE FROM t */",
    "SELECT 'DELETE FROM t; --' AS x, 'it''s; x', '', ''''",
    "SELECT \"a\" AS \"delete;\" FROM t",
    "SELECT \"a\"\";\" FROM \"pyspark-database\".\"processed\"",
    "SELECT a AS \"insert\", b AS \"into\" FROM t",
    "SELECT 'pg_terminate_backend(1)', 'query(' FROM t",
    "VALUES (1, 'a'), (2, 'b')",
    "(SELECT 1)",
    "((SELECT 1))",
    "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1",
    "SELECT 1 UNION SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4",
    "WITH x AS (SELECT a FROM t) SELECT * FROM x",
    "WITH x (a, b) AS (SELECT 1, 2), y AS (SELECT * FROM x) SELECT x.*, y.a FROM x JOIN y USING (a)",
    "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r",
    "SELECT a, SUM(b) OVER (PARTITION BY a ORDER BY c ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t",
    "SELECT LAG(a) OVER (ORDER BY b), ROW_NUMBER() OVER (ORDER BY c DESC) FROM t",
    "SELECT * FROM t LEFT JOIN u ON t.a = u.a FULL OUTER JOIN v ON v.a = u.a CROSS JOIN w",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u) AND EXISTS (SELECT 1 FROM v WHERE v.a = t.a)",
    "SELECT CASE WHEN a > 0 THEN 'x' ELSE NULL END FROM t GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY 1 LIMIT 3",
    "SELECT CAST('2019-01-02' AS DATE), DATE '2019-01-02', CAST(a AS DECIMAL(18,2)), CAST(a AS VARCHAR(20)) FROM t",
    "SELECT EXTRACT(YEAR FROM d), DATE_TRUNC('month', d), COALESCE(a, b), NULLIF(a, 0), a || b, a % 2 FROM t",
    "SELECT COUNT(DISTINCT a), MIN(b), MAX(c), ABS(d), UPPER(e), CONCAT(f, g) FROM t",
    "SELECT a FROM t WHERE a BETWEEN 1 AND 2 AND b LIKE '%x%' AND c IS NOT NULL AND NOT d",
    "SELECT * FROM (SELECT 1 AS a) AS x, (SELECT 2 AS b) AS y",
    "SELECT (SELECT MAX(a) FROM t), -1, +1, 1.5, .5, 1e5, TRUE, NULL",
    "SELECT delete_me, updated, insert_date FROM t AS truncated",
    "SHOW TABLES",
    "SHOW SCHEMAS",
    "SHOW CREATE TABLE t",
    "SHOW COLUMNS FROM t",
    "show tables in s 'x*'",
    "EXPLAIN SELECT 1",
    "EXPLAIN (SELECT 1)",
    "EXPLAIN VERBOSE SELECT 1",
    "explain analyze with x as (select 1) select * from x",
    "EXPLAIN /* why */ SELECT 1 -- so",
    "SELECT now(), current_date, current_user, version()",
];

/// Let through for one engine.
const HONEST_THERE: &[(&[Dialect], &[&str])] = &[
    (
        &[Trino, Athena],
        &[
            "SELECT ?, ? IS NULL",
            "SELECT '\\', 'a\\' AS b -- it is no escape",
            "/* a /* b */ SELECT 1",
            "SELECT COUNT(*) FILTER (WHERE a > 0) FROM t GROUP BY ROLLUP (a, b)",
            "SELECT a FROM t GROUP BY GROUPING SETS ((a), (b), ())",
            "SELECT transform(ARRAY[1, 2], x -> x + 1), reduce(a, 0, (s, x) -> s + x, s -> s) FROM t",
            "SELECT * FROM t CROSS JOIN UNNEST(a, b) WITH ORDINALITY AS u (x, y, n)",
            "SELECT CAST(ROW(1, 'a') AS ROW(a BIGINT, b VARCHAR)), MAP(ARRAY['a'], ARRAY[1])['a']",
            "SELECT TIMESTAMP '2020-01-01 00:00:00' AT TIME ZONE 'UTC', DATE '2020-01-01' + INTERVAL '1' DAY, DECIMAL '1.50'",
            "SELECT TRY_CAST('x' AS BIGINT), TRY(1 / 0), IF(a > 1, 2, 3) FROM t",
            "SELECT a FROM t ORDER BY a NULLS LAST OFFSET 5 ROWS FETCH FIRST 10 ROWS WITH TIES",
            "SELECT a FROM t ORDER BY a OFFSET 5 LIMIT 10",
            "SELECT * FROM t TABLESAMPLE BERNOULLI (10)",
            "SELECT LISTAGG(a, ',') WITHIN GROUP (ORDER BY a), LAG(a) IGNORE NULLS OVER (ORDER BY b) FROM t",
            "SELECT approx_percentile(x, 0.5), max_by(a, b), count_if(a > 1) FROM t",
            "SELECT X'65683F', U&'Hello \\0041', a LIKE 'x\\%' ESCAPE '\\' FROM t",
            "SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY a ORDER BY b MEASURES A.x AS y ONE ROW PER MATCH PATTERN (A B+) DEFINE B AS x > 1) AS m",
            "SELECT * FROM TABLE(sequence(start => 1, stop => 10))",
            "SELECT \"$path\", \"processed$partitions\".* FROM \"awsdatacatalog\".\"s\".\"processed$partitions\"",
            "SELECT JSON_VALUE(j, 'lax $.a'), json_extract_scalar(j, '$.a') FROM t",
            "SELECT query, procedure FROM t AS query",
            "EXPLAIN (TYPE DISTRIBUTED, FORMAT JSON) SELECT 1",
            "EXPLAIN ANALYZE VERBOSE SELECT 1",
            "DESCRIBE t",
            "DESC \"s\".\"t\"",
            "DESCRIBE `s`.`t`",
            "SHOW PARTITIONS t",
            "SHOW FUNCTIONS LIKE 'approx%'",
            "SHOW STATS FOR t",
        ],
    ),
    (
        &[Redshift],
        &[
            "SELECT CAST(:a AS VARCHAR(65535)), :b IS NULL",
            "SELECT a::INT, '1'::NUMERIC(18,2) FROM t",
            "SELECT $$;DROP TABLE t;$$, $a$;$b$;$a$",
            "SELECT 'a\\\\', '\\\\d+', E'x'",
            "SELECT TOP 10 a FROM t",
            "SELECT NVL(a, 0), GETDATE(), DATEDIFF(day, a, b), DATEADD(month, 1, a), LISTAGG(a, ',') WITHIN GROUP (ORDER BY a) FROM t",
            "SELECT a FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) = 1",
            "SELECT a, MEDIAN(b), APPROXIMATE PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY c) FROM t GROUP BY a",
            "SELECT * FROM svv_external_tables WHERE schemaname = 'x'",
            "SELECT pg_catalog.version(), pg_last_query_id(), pg_backend_pid()",
            "SELECT a.b[0].c FROM t AS a",
            "SELECT ñandú, año AS \"el año\" FROM #temporal",
            "SELECT a FROM t WHERE b ILIKE 'x%' AND c SIMILAR TO '(a|b)%' AND d ~ '^x'",
            "SHOW TABLES FROM SCHEMA dev.public",
            "SHOW search_path",
            "SHOW EXTERNAL TABLE s.t",
        ],
    ),
];

fn cases<'a>(
    all: &'a [&'a str],
    there: &'a [(&'a [Dialect], &'a [&'a str])],
    dialect: Dialect,
) -> impl Iterator<Item = &'a str> {
    let own = there.iter().filter(move |(dialects, _)| dialects.contains(&dialect));
    all.iter().chain(own.flat_map(|(_, texts)| *texts)).copied()
}

#[test]
fn hostile_statements_are_refused_before_they_are_sent() {
    for dialect in [Trino, Athena, Redshift] {
        assert!(cases(HOSTILE, HOSTILE_THERE, dialect).count() >= 60);
        let passed: Vec<_> = cases(HOSTILE, HOSTILE_THERE, dialect)
            .filter(|sql| {
                let error = check(dialect, sql, Access::ReadOnly).err();
                let told = error.as_ref().is_some_and(|error| error.reason.is_some() && error.hint.is_some());
                error.is_none_or(|error| error.kind != ErrorKind::Refused) || !told
            })
            .collect();
        assert_eq!(passed, Vec::<&str>::new(), "{dialect}");
    }
}

#[test]
fn honest_statements_pass() {
    for dialect in [Trino, Athena, Redshift] {
        let refused: Vec<_> = cases(HONEST, HONEST_THERE, dialect)
            .filter_map(|sql| Some((sql, check(dialect, sql, Access::ReadOnly).err()?.reason)))
            .collect();
        assert!(refused.is_empty(), "{dialect} {refused:#?}");
    }
}

#[test]
fn every_refused_function_is_refused_in_any_case_and_place() {
    for (dialects, names) in REFUSED_ELSEWHERE {
        for name in *names {
            let name = name.replace('*', "x").to_uppercase();
            for text in [format!("SELECT {name}(1)"), format!("SELECT 1 FROM t WHERE \"{name}\" (a) > 0")] {
                for dialect in *dialects {
                    assert!(check(*dialect, &text, Access::ReadOnly).is_err(), "{text} {dialect}");
                }
            }
        }
    }
}

#[test]
fn a_refusal_says_why_and_what_to_do() {
    let error = check(Trino, "DROP TABLE t", Access::ReadOnly).unwrap_err();
    assert_eq!(error.reason.as_deref(), Some("DROP begins no statement that only reads"));
    assert_eq!(error.hint.as_deref(), Some("start with --write to allow statements that write"));
    let text = "SELECT 'x\n' /* \n */, $$y$$, /* é */ a FORM t";
    let error = check(Redshift, text, Access::ReadOnly).unwrap_err();
    assert_eq!(error.position, Some(Position { line: 2, column: 27 }), "{error:?}");
    assert!(error.message.starts_with("refused: it cannot be judged (Expected"), "{}", error.message);
    assert_eq!(check(Trino, "DROP TABLE t", Access::Write), Ok(()));
    assert!(check(Dialect::DuckDb, "SELECT 1", Access::ReadOnly).is_err(), "DuckDB judges its own");
}

/// Deep and long texts end in an answer, not in an overflow of the stack.
#[test]
fn a_text_of_any_depth_is_judged_or_refused() {
    for dialect in [Trino, Athena, Redshift] {
        for (unit, times) in
            [(" + 1", 9_000), (" IS NULL", 6_000), (" UNION SELECT 1", 6_000), (" IN (1)", 4_000)]
        {
            let text = format!("SELECT 1{}", unit.repeat(times));
            assert_eq!(check(dialect, &text, Access::ReadOnly), Ok(()), "{unit}");
            let text = format!("SELECT 1{}", unit.repeat(times * 3));
            assert!(check(dialect, &text, Access::ReadOnly).is_err(), "{unit}");
        }
        for (open, close) in
            [("(", ")"), ("NOT ", ""), ("- ", ""), ("CASE WHEN ", " THEN 1 END"), ("EXPLAIN ", "")]
        {
            let text = format!("SELECT {}1{}", open.repeat(5_000), close.repeat(5_000));
            assert!(check(dialect, &text, Access::ReadOnly).is_err(), "{open}");
        }
    }
}
