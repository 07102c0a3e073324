//! Athena: its double before a real Trino, ministack's own, moto's exact shapes, and microburst's faults before the first.
//!
//! Who asks is told by the environment alone, so the tests run in a process of their own that has it: [`all`].

use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use duckdb::arrow::datatypes::DataType;
use saldo::engine::threads::Threads;
use saldo::engine::{
    self, Access, Engine, EngineError, ErrorKind, Options, Phase, RunEvent, RunId, Surroundings,
};
use saldo::ledger::{Entry, Ledger, RunState};
use saldo::query::Statement;
use saldo::target::Target;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::contract::{self, Answer, Subject};
use super::proxy::Proxy;
use super::router;
use super::servers::{ATHENA, BUCKET, MINISTACK, MOTO, PASSWORD, Server, USER, ask, microburst, operate};

/// Set where the tests run.
const INSIDE: &str = "SALDO_TESTS_ATHENA";

#[test]
fn all() {
    let Some(athena) = &*ATHENA else { return };
    let mut inside = Command::new(std::env::current_exe().unwrap());
    inside.args(["athena::inside::", "--ignored", "--test-threads=3"]);
    let who = [
        ("AWS_ACCESS_KEY_ID", USER),
        ("AWS_SECRET_ACCESS_KEY", PASSWORD),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    inside.envs(who).env_remove("AWS_PROFILE").env_remove("AWS_ENDPOINT_URL");
    let servers = json!({ "athena": athena, "ministack": *MINISTACK, "moto": *MOTO });
    let output = inside.env(INSIDE, servers.to_string()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("inside"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The servers that the outer process started.
static SERVERS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&std::env::var(INSIDE).expect("run by `all`")).unwrap());

fn server(name: &str) -> &'static str {
    SERVERS[name].as_str().unwrap()
}

/// An engine with its ledger.
struct Place {
    engine: Arc<dyn Engine>,
    ledger: Ledger,
    _folder: tempfile::TempDir,
}

impl Place {
    /// At an address, with more settings of the target.
    fn at(endpoint: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::within(folder.path());
        let text = format!("kind = 'athena'\nregion = 'us-east-1'\nendpoint = '{endpoint}'\n{settings}");
        let target: Target = toml::from_str(&text).unwrap();
        let around = Surroundings {
            ledger: ledger.clone(),
            threads: Threads::default(),
            schemas: vec!["pyspark-database".into()],
            tables: saldo::lake::TABLES.map(str::to_owned).into(),
        };
        Self { engine: engine::connect("prod", &target, &around).unwrap(), ledger, _folder: folder }
    }

    fn double(settings: &str) -> Self {
        let router = router::before(server("athena"), server("ministack"));
        Self::at(&router, &format!("database = 'money'\n{settings}"))
    }

    fn ask(&self, sql: &str) -> Result<Answer, EngineError> {
        contract::ask(&*self.engine, sql)
    }

    fn entry(&self) -> Entry {
        self.ledger.entries().unwrap().pop().unwrap()
    }
}

/// The database that the tests' tables stand in.
fn database() {
    let (status, answer) = operate(
        server("ministack"),
        "AWSGlue.CreateDatabase",
        &json!({ "DatabaseInput": { "Name": "money" } }),
    );
    assert!(status == 200 || answer.to_string().contains("AlreadyExists"), "{answer}");
}

/// A work group of the double with these settings.
fn group(name: &str, settings: &Value) -> String {
    let configuration =
        json!({ "ResultConfiguration": { "OutputLocation": format!("s3://{BUCKET}/{name}/") } });
    let request = json!({ "Name": name, "Configuration": configuration });
    assert_eq!(operate(server("athena"), "AmazonAthena.CreateWorkGroup", &request).0, 200);
    let mut control = settings.clone();
    control["WorkGroup"] = name.into();
    assert!(ask(server("athena"), "POST", "/_control", &control.to_string()).contains(" 200 "));
    format!("workgroup = '{name}'")
}

fn cells(rows: &[&[Option<&str>]]) -> Vec<Vec<Option<String>>> {
    rows.iter().map(|row| row.iter().map(|cell| cell.map(str::to_owned)).collect()).collect()
}

mod inside {
    use super::*;

    const ENDLESS: &str = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a (n), UNNEST(sequence(1, 10000)) b (n), \
                           UNNEST(sequence(1, 10000)) c (n)";

    fn numbers(count: u64) -> String {
        format!("SELECT n FROM UNNEST(sequence(1, {count})) AS t (n) ORDER BY n")
    }

    #[test]
    #[ignore = "`all` runs it"]
    fn the_double_keeps_the_contract() {
        database();
        let engine = Place::double("").engine;
        contract::holds(&Subject { name: "Athena", engine, numbers, endless: ENDLESS, has_positions: true });
    }

    #[test]
    #[ignore = "`all` runs it"]
    fn ministacks_own_athena_keeps_what_it_can() {
        fn numbers(count: u64) -> String {
            format!("SELECT range AS n FROM range(1, {count} + 1) ORDER BY n")
        }
        let settings = format!("output = 's3://{BUCKET}/own/'");
        let engine = Place::at(server("ministack"), &settings).engine;
        let endless = "SELECT count(*) FROM range(100000000000)";
        let subject = Subject { name: "ministack", engine, numbers, endless, has_positions: false };
        contract::every_row_comes_once(&subject);
        contract::an_empty_result_has_its_columns(&subject);
        contract::what_writes_is_refused(&subject);
        contract::cancelling_stops_and_says_so(&subject);
    }

    #[test]
    #[ignore = "`all` runs it"]
    fn null_is_no_empty_text_on_any_road() {
        // 2,000 rows come from the file, one row from the page; where Athena keeps results, all from pages.
        let managed = json!({ "Name": "managed", "Configuration": { "ManagedQueryResultsConfiguration": { "Enabled": true } } });
        assert_eq!(operate(server("athena"), "AmazonAthena.CreateWorkGroup", &managed).0, 200);
        for settings in ["", "workgroup = 'managed'"] {
            let place = Place::double(settings);
            let sql = "SELECT CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'a\"b,' || chr(10) || 'é' END AS t \
                       FROM UNNEST(sequence(1, 2000)) AS u (n) ORDER BY n";
            let rows = place.ask(sql).unwrap().rows();
            assert_eq!(rows.len(), 2000);
            for (at, row) in rows.iter().enumerate() {
                let expected = match (at + 1) % 3 {
                    0 => None,
                    1 => Some(""),
                    _ => Some("a\"b,\né"),
                };
                assert_eq!(row[0].as_deref(), expected, "row {at} {settings}");
            }
        }
    }

    #[test]
    #[ignore = "`all` runs it"]
    fn every_type_comes_as_it_is() {
        let cases = [
            ("CAST(NULL AS decimal(20,4))", "decimal(20,4)", None),
            ("CAST(-0.0000000001 AS decimal(38,10))", "-", Some("-0.0000000001")),
            ("CAST(127 AS tinyint)", "", Some("127")),
            ("nan()", "", Some("NaN")),
            ("-infinity()", "", Some("-inf")),
            ("1E10", "", Some("10000000000")),
            ("real '0.1'", "", Some("0.1")),
            ("DATE '9999-12-31'", "", Some("9999-12-31")),
            ("TIME '23:59:59.123'", "", Some("23:59:59.123")),
            ("TIMESTAMP '2019-02-03 04:05:06'", "", Some("2019-02-03 04:05:06")),
            (
                "TIMESTAMP '2019-02-03 04:05:06.789 America/New_York'",
                "",
                Some("2019-02-03 04:05:06.789 America/New_York"),
            ),
            ("x'00ff'", "", Some("\\x00\\xFF")),
            ("ARRAY[1, NULL]", "", Some("[1, null]")),
            ("MAP(ARRAY['k'], ARRAY[1])", "", Some("{k=1}")),
        ];
        let place = Place::double("");
        let list: Vec<_> = cases.iter().map(|(sql, ..)| *sql).collect();
        let answer = place.ask(&format!("SELECT {}", list.join(", "))).unwrap();
        let row = &answer.rows()[0];
        for ((sql, _, expected), found) in cases.iter().zip(row) {
            assert_eq!(found.as_deref(), *expected, "{sql}");
        }
        assert_eq!(*answer.schema.field(0).data_type(), DataType::Decimal128(20, 4));
    }

    #[test]
    #[ignore = "`all` runs it"]
    fn what_is_no_query_comes_as_lines() {
        database();
        let place = Place::double("");
        let answer = place.ask("SHOW SCHEMAS").unwrap();
        assert!(answer.rows().contains(&vec![Some("money".into())]), "{:?}", answer.rows());
        assert_eq!(answer.stats.cost.unwrap().to_string(), "$0.00");
        assert!(place.ask("EXPLAIN SELECT 1").unwrap().rows().len() > 1);
    }

    /// A table of two partitions, and what a statement is told to scan and does.
    #[test]
    #[ignore = "`all` runs it"]
    fn a_statement_never_scans_more_than_was_told_before() {
        database();
        let place = Place::double("");
        let made = "CREATE TABLE money.flows WITH (external_location = 's3://lakes/money/flows/', format = 'PARQUET', \
                    partitioned_by = ARRAY['year']) AS SELECT CAST(n AS decimal(18,2)) AS amount, \
                    'account ' || CAST(n AS varchar) AS account, 2016 + n % 2 AS year FROM UNNEST(sequence(1, 10000)) AS t (n)";
        write(&*place.engine, made);
        let told = |sql: &str| {
            let estimate = place.engine.estimate(&Statement::plain(sql), &CancellationToken::new());
            estimate.unwrap().unwrap()
        };
        let cases = [
            ("SELECT sum(amount) FROM money.flows", "2 of 2 partitions, 1 of 2 columns"),
            ("SELECT sum(amount) FROM money.flows WHERE year = 2017", "1 of 2 partitions, 1 of 2 columns"),
            (
                "SELECT * FROM \"pyspark-database\".flows WHERE year IN (2016)",
                "1 of 2 partitions, all 2 columns",
            ),
            ("SELECT count(*) FROM flows WHERE year > 2017", "0 of 2 partitions, 0 of 2 columns"),
            (
                "WITH f AS (SELECT * FROM flows) SELECT count(*) FROM f a JOIN f b ON a.account = b.account",
                "2 of 2",
            ),
        ];
        for (sql, basis) in cases {
            let estimate = told(sql);
            assert!(estimate.basis.contains(basis), "{sql}: {}", estimate.basis);
            let scanned = place.ask(sql).unwrap().stats.bytes_scanned.unwrap();
            assert!(scanned <= estimate.bytes, "{sql}: {scanned} bytes, told {estimate:?}");
        }
        assert!(
            told("SELECT amount FROM flows WHERE year = 2016").bytes < told("SELECT amount FROM flows").bytes
        );
        assert_eq!(told("SELECT 1").bytes, 0);
        assert_eq!(told("SHOW TABLES").bytes, 0);

        let tables = place.engine.catalog(&CancellationToken::new()).unwrap();
        assert!(
            tables.iter().any(|table| (table.schema.as_str(), table.name.as_str()) == ("money", "flows"))
        );
        let schema = place.engine.describe("money.flows", &CancellationToken::new()).unwrap();
        let types: Vec<_> = schema.fields().iter().map(|field| field.data_type().clone()).collect();
        assert_eq!(types, [DataType::Decimal128(18, 2), DataType::Utf8, DataType::Int64]);
        let missing = place.engine.describe("nothing", &CancellationToken::new()).unwrap_err();
        assert_eq!(missing.kind, ErrorKind::Missing);

        let ran = place.ask("SELECT sum(amount) FROM flows").unwrap();
        assert_eq!(
            (ran.rows(), ran.stats.cost.unwrap().to_string()),
            (cells(&[&[Some("50005000.00")]]), "$0.00005".into())
        );
        let lies = ran.stats.place.unwrap();
        assert!(lies.rsplit_once('.').is_some_and(|(_, end)| end == "csv") && ran.stats.ran.is_some());
        assert_eq!(place.entry().nano_dollars, Some(50_000));
    }

    #[tokio::main(flavor = "current_thread")]
    async fn write(engine: &dyn Engine, sql: &str) {
        let mut events = engine.run(Statement::plain(sql), Access::Write.into(), CancellationToken::new());
        while let Some(event) = events.recv().await {
            event.unwrap();
        }
    }

    #[tokio::test]
    #[ignore = "`all` runs it"]
    async fn an_earlier_result_is_taken_and_costs_nothing() {
        let place = Place::double("");
        let mut reused = Vec::new();
        for _ in 0..2 {
            let options = Options { reuse: Some(Duration::from_hours(1)), ..Options::default() };
            let sql = Statement::plain("SELECT 'taken again' AS a");
            let mut events = place.engine.run(sql, options, CancellationToken::new());
            while let Some(event) = events.recv().await {
                if let RunEvent::Finished(stats) = event.unwrap() {
                    reused.push((stats.reused, stats.bytes_scanned));
                }
            }
        }
        assert_eq!(reused[1], (true, Some(0)), "{reused:?}");
        assert!(place.entry().reused);
    }

    #[tokio::test]
    #[ignore = "`all` runs it"]
    async fn a_run_is_left_and_taken_up_by_its_id_and_shown_in_the_list() {
        let place = Place::double(&group("left", &json!({ "delay": 1_000 })));
        let options = Options::default();
        let detach = options.detach.clone();
        let mut events =
            place.engine.run(Statement::plain("SELECT 42 AS n"), options, CancellationToken::new());
        let id = contract::started(&mut events).await;
        detach.cancel();
        let mut last = None;
        while let Some(event) = events.recv().await {
            last = Some(event);
        }
        assert_eq!(last.unwrap().unwrap_err().kind, ErrorKind::Detached);

        // Another program takes it up.
        let other = Place::double("workgroup = 'left'");
        let engine = Arc::clone(&other.engine);
        let runs = tokio::task::spawn_blocking(move || engine.runs(&CancellationToken::new()))
            .await
            .unwrap()
            .unwrap();
        assert!(
            runs.iter().any(|run| run.id.as_ref() == Some(&id.0) && run.statement == "SELECT 42 AS n"),
            "{runs:?}"
        );
        let (mut rows, mut phases) = (0, Vec::new());
        let mut events = other.engine.attach(id, Options::default(), CancellationToken::new());
        while let Some(event) = events.recv().await {
            match event.unwrap() {
                RunEvent::Batch(batch) => rows += batch.num_rows(),
                RunEvent::Progress(progress) => phases.push(progress.phase),
                _ => {}
            }
        }
        assert_eq!((rows, other.entry().state), (1, RunState::Succeeded));
        assert_eq!(phases.last(), Some(&Phase::Fetching));
        let mut events =
            other.engine.attach(RunId("nobody".into()), Options::default(), CancellationToken::new());
        let mut last = None;
        while let Some(event) = events.recv().await {
            last = Some(event);
        }
        assert_eq!(last.unwrap().unwrap_err().kind, ErrorKind::Missing);
    }

    #[test]
    #[ignore = "`all` runs it"]
    fn a_doctor_finds_what_is_wrong_and_what_to_do() {
        database();
        let found = |settings: &str| -> Vec<(&'static str, bool)> {
            let checks = Place::double(settings).engine.checks(&CancellationToken::new());
            for check in &checks {
                assert!(check.found.is_ok() || check.remedy.is_some(), "{check:?}");
            }
            checks.iter().map(|check| (check.what, check.found.is_ok())).collect()
        };
        let first = ["region", "identity", "clock"].map(|what| (what, true));
        let rest = |group, bucket| [("work group", group), ("result bucket", bucket)];
        assert_eq!(found("")[..5], [&first[..], &rest(true, true)].concat());
        assert_eq!(found("workgroup = 'no such'")[..5], [&first[..], &rest(false, false)].concat());
        assert_eq!(
            found("output = 's3://no-such-bucket/x/'")[..5],
            [&first[..], &rest(true, false)].concat()
        );
    }

    /// An Athena with a fault maker before it, which still makes none.
    fn faulty() -> (Place, Server) {
        let router = router::before(server("athena"), server("ministack"));
        let faulty = microburst(&router, "[]");
        // It reads what it knows of a service with the first request, which takes it seconds.
        let group = json!({ "WorkGroup": "primary" });
        while operate(&faulty, "AmazonAthena.GetWorkGroup", &group).0 != 200 {}
        assert!(ask(&faulty, "GET", &format!("/{BUCKET}?list-type=2&max-keys=1"), "").contains(" 200 "));
        // It answers in chunks, which S3 does not.
        let proxy = Proxy::before(&faulty);
        (Place::at(&proxy.url, "database = 'money'"), faulty)
    }

    fn rules(faulty: &Server, rules: &Value) {
        let answer = ask(faulty, "POST", "/_microburst/rules", &rules.to_string());
        assert!(answer.contains(" 200 ") || answer.contains(" 201 "), "{answer}");
    }

    const LONG: &str =
        "SELECT n, 'some text to fill the file' AS t FROM UNNEST(sequence(1, 9000)) AS u (n) ORDER BY n";

    #[test]
    #[ignore = "`all` runs it"]
    fn faults_give_the_right_rows() {
        let (place, faulty) = faulty();
        let made = json!([
            { "service": "athena", "operation": "StartQueryExecution", "times": 2, "error": { "code": "TooManyRequestsException" } },
            { "service": "athena", "operation": "GetQueryExecution", "times": 2, "error": { "code": "ThrottlingException", "status": 400 } },
            { "service": "athena", "operation": "GetQueryResults", "times": 1, "error": { "code": "InternalServerException", "status": 500 } },
            { "service": "athena", "operation": "GetQueryResults", "times": 1, "reset": true },
            { "service": "s3", "operation": "GetObject", "times": 1, "error": { "code": "SlowDown" } },
            // It never comes whole, and goes on each time from where it was cut off.
            { "service": "s3", "operation": "GetObject", "response": { "abort_bytes": 100_000 } },
        ]);
        rules(&faulty, &made);
        let rows = place.ask(LONG).unwrap().rows();
        let numbers: Vec<_> =
            rows.iter().map(|row| row[0].clone().unwrap().parse::<u32>().unwrap()).collect();
        assert_eq!(numbers, (1..=9000).collect::<Vec<_>>());
        let fired = ask(&faulty, "GET", "/_microburst/fired", "");
        for operation in ["StartQueryExecution", "GetQueryExecution", "GetQueryResults", "GetObject"] {
            assert!(fired.contains(operation), "{operation} did not fail: {fired}");
        }
    }

    /// Whoever may ask Athena and not read its bucket gets the rows from Athena.
    #[test]
    #[ignore = "`all` runs it"]
    fn a_file_that_may_not_be_read_is_not_needed() {
        let (place, faulty) = faulty();
        rules(
            &faulty,
            &json!([{ "service": "s3", "operation": "GetObject", "error": { "code": "AccessDenied", "status": 403 } }]),
        );
        assert_eq!(place.ask(LONG).unwrap().rows().len(), 9000);
        assert!(ask(&faulty, "GET", "/_microburst/fired", "").contains("GetObject"));
    }

    #[test]
    #[ignore = "`all` runs it"]
    fn faults_that_stay_are_errors_and_no_short_result() {
        let always = |service: &str, operation: &str, fault: Value| {
            let mut rule = json!({ "service": service, "operation": operation });
            rule.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
            json!([rule])
        };
        let cases = [
            (
                always(
                    "athena",
                    "StartQueryExecution",
                    json!({ "error": { "code": "ExpiredTokenException", "status": 400 } }),
                ),
                ErrorKind::Expired,
            ),
            (
                always(
                    "athena",
                    "StartQueryExecution",
                    json!({ "error": { "code": "AccessDeniedException", "status": 400 } }),
                ),
                ErrorKind::Denied,
            ),
            (always("athena", "StartQueryExecution", json!({ "reset": true })), ErrorKind::Unreachable),
            (
                always(
                    "athena",
                    "GetQueryResults",
                    json!({ "error": { "code": "InternalServerException", "status": 500 } }),
                ),
                ErrorKind::Unreachable,
            ),
            (always("s3", "GetObject", json!({ "reset": true })), ErrorKind::Unreachable),
            // The query goes on there, and can be taken up.
            (
                always(
                    "athena",
                    "GetQueryExecution",
                    json!({ "error": { "code": "ExpiredTokenException", "status": 400 } }),
                ),
                ErrorKind::Detached,
            ),
            (
                always("s3", "GetObject", json!({ "error": { "code": "SlowDown", "status": 503 } })),
                ErrorKind::Unreachable,
            ),
            (
                always("s3", "GetObject", json!({ "error": { "code": "ExpiredToken", "status": 400 } })),
                ErrorKind::Expired,
            ),
        ];
        let (place, faulty) = faulty();
        for (made, kind) in cases {
            rules(&faulty, &made);
            let error = place.ask(LONG).err().unwrap_or_else(|| panic!("{made}: it finished"));
            assert_eq!(error.kind, kind, "{made}: {error:?}");
            assert!(error.hint.is_some(), "{made}: {error:?}");
        }
    }

    #[test]
    #[ignore = "`all` runs it"]
    fn motos_shapes_and_states_are_read() {
        let column = |name: &str, kind: &str, precision: u32, scale: u32| json!({ "Name": name, "Type": kind, "Precision": precision, "Scale": scale, "CaseSensitive": false });
        let row = |cells: &[&str]| json!({ "Data": cells.iter().map(|cell| json!({ "VarCharValue": cell })).collect::<Vec<_>>() });
        let scripted = json!({ "results": [{
            "rows": [row(&["d", "t", "z", "v"]), row(&["1.50", "2019-02-03 04:05:06.789", "2019-02-03 04:05:06.789 UTC", ""]), json!({ "Data": [{}, {}, {}, {}] })],
            "column_info": [column("d", "decimal", 18, 2), column("t", "timestamp", 3, 0), column("z", "timestamp with time zone", 3, 0), column("v", "varchar", 2_147_483_647, 0)],
        }]});
        assert!(
            ask(server("moto"), "POST", "/moto-api/static/athena/query-results", &scripted.to_string())
                .contains(" 201 ")
        );
        let slow = json!({ "model_name": "athena::execution", "transition": { "progression": "manual", "times": 2 } });
        assert!(
            ask(server("moto"), "POST", "/moto-api/state-manager/set-transition", &slow.to_string())
                .contains(" 201 ")
        );
        let place = Place::at(server("moto"), "output = 's3://results/'");
        let answer = place.ask("SELECT d, t, z, v FROM x").unwrap();
        assert_eq!(
            answer.rows(),
            cells(&[
                &[
                    Some("1.50"),
                    Some("2019-02-03 04:05:06.789"),
                    Some("2019-02-03 04:05:06.789 UTC"),
                    Some("")
                ],
                &[None, None, None, None],
            ])
        );
        assert_eq!(*answer.schema.field(0).data_type(), DataType::Decimal128(18, 2));
    }
}
