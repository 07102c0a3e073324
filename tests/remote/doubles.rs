//! The doubles answer as the services do: states, refusals, pages, the exact shapes of columns and fields.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::servers::{ATHENA, BUCKET, MINISTACK, MOTO, REDSHIFT, ask, operate};

/// One operation that must succeed.
fn done(url: &str, operation: &str, request: &Value) -> Value {
    let (status, answer) = operate(url, operation, request);
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

fn start(athena: &str, sql: &str, more: &Value) -> String {
    static STARTS: AtomicUsize = AtomicUsize::new(0);
    let token = format!("{:0>32}", STARTS.fetch_add(1, Ordering::Relaxed));
    let mut request = json!({ "QueryString": sql, "ClientRequestToken": token });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    done(athena, "AmazonAthena.StartQueryExecution", &request)["QueryExecutionId"].as_str().unwrap().into()
}

/// The execution, once it is in a state that fits.
fn until(athena: &str, id: &str, fits: impl Fn(&str) -> bool) -> Value {
    loop {
        let answer = done(athena, "AmazonAthena.GetQueryExecution", &json!({ "QueryExecutionId": id }));
        let execution = answer["QueryExecution"].clone();
        if fits(execution["Status"]["State"].as_str().unwrap()) {
            return execution;
        }
    }
}

fn ended(athena: &str, id: &str) -> Value {
    until(athena, id, |state| !matches!(state, "QUEUED" | "RUNNING"))
}

fn group(athena: &str, name: &str, settings: &Value) -> Value {
    let configuration =
        json!({ "ResultConfiguration": { "OutputLocation": format!("s3://{BUCKET}/{name}") } });
    done(athena, "AmazonAthena.CreateWorkGroup", &json!({ "Name": name, "Configuration": configuration }));
    let mut control = settings.clone();
    control["WorkGroup"] = name.into();
    assert!(ask(athena, "POST", "/_control", &control.to_string()).contains(" 200 "));
    json!({ "WorkGroup": name })
}

#[test]
fn athena_gives_trinos_rows_and_types_and_puts_them_into_a_csv() {
    let Some(athena) = &*ATHENA else { return };
    let sql = "SELECT CAST(1.50 AS decimal(18,2)) AS d, '' AS e, 'a\"b' AS q, NULL, ARRAY[1, NULL], x'6162', 1E10, 0.10";
    let execution = ended(athena, &start(athena, sql, &json!({})));
    assert_eq!(execution["Status"]["State"], "SUCCEEDED", "{execution}");
    assert_eq!(
        (&execution["StatementType"], &execution["SubstatementType"]),
        (&json!("DML"), &json!("SELECT"))
    );
    let results = json!({ "QueryExecutionId": execution["QueryExecutionId"] });
    let answer = done(athena, "AmazonAthena.GetQueryResults", &results);
    let cells = |row: &Value| -> Vec<Option<String>> {
        row["Data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| cell["VarCharValue"].as_str().map(Into::into))
            .collect()
    };
    let text = |words: &[&str]| words.iter().map(|word| Some((*word).to_owned())).collect::<Vec<_>>();
    let rows = &answer["ResultSet"]["Rows"];
    assert_eq!(cells(&rows[0]), text(&["d", "e", "q", "_col3", "_col4", "_col5", "_col6", "_col7"]));
    let mut expected = text(&["1.50", "", "a\"b", "", "[1, null]", "61 62", "1.0E10", "0.1"]);
    expected[3] = None;
    assert_eq!(cells(&rows[1]), expected);
    let column = &answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0];
    assert_eq!(
        (&column["Type"], &column["Precision"], &column["Scale"]),
        (&json!("decimal"), &json!(18), &json!(2))
    );
    let place = execution["ResultConfiguration"]["OutputLocation"].as_str().unwrap();
    let csv = ask(&MINISTACK, "GET", place.strip_prefix("s3:/").unwrap(), "");
    let lines = "\"d\",\"e\",\"q\",\"_col3\",\"_col4\",\"_col5\",\"_col6\",\"_col7\"\n\
                 \"1.50\",\"\",\"a\"\"b\",,\"[1, null]\",\"61 62\",\"1.0E10\",\"0.1\"\n";
    assert!(csv.ends_with(lines), "{csv}");
}

#[test]
fn athena_refuses_what_does_not_parse_and_fails_what_does_not_hold_at_its_place() {
    let Some(athena) = &*ATHENA else { return };
    let request = json!({ "QueryString": "SELECT 1,\n  2 FORM x", "ClientRequestToken": "parse".repeat(8) });
    let (status, answer) = operate(athena, "AmazonAthena.StartQueryExecution", &request);
    assert_eq!((status, &answer["AthenaErrorCode"]), (400, &json!("MALFORMED_QUERY")));
    assert!(answer["Message"].as_str().unwrap().starts_with("line 2:10: mismatched input 'x'"), "{answer}");
    for (sql, more, reason) in [
        (
            "SELECT 1,\n  nowhere",
            json!({}),
            "COLUMN_NOT_FOUND: line 2:3: Column 'nowhere' cannot be resolved",
        ),
        (
            "SELECT 0.5, '0.5', 1.25, nowhere",
            json!({}),
            "COLUMN_NOT_FOUND: line 1:26: Column 'nowhere' cannot be resolved",
        ),
        (
            "SELECT nowhere, ?",
            json!({ "ExecutionParameters": ["'it''s'"] }),
            "COLUMN_NOT_FOUND: line 1:8: Column 'nowhere' cannot be resolved",
        ),
    ] {
        let execution = ended(athena, &start(athena, sql, &more));
        assert_eq!(execution["Status"]["State"], "FAILED");
        assert_eq!(execution["Status"]["StateChangeReason"], reason);
        assert_eq!(execution["Status"]["AthenaError"]["ErrorCategory"], 2);
    }
}

#[test]
fn a_page_of_athenas_has_a_thousand_rows_with_the_header() {
    let Some(athena) = &*ATHENA else { return };
    let sql = "SELECT n FROM UNNEST(sequence(1, 2000)) AS t (n)";
    let id = ended(athena, &start(athena, sql, &json!({})))["QueryExecutionId"].clone();
    let mut request = json!({ "QueryExecutionId": id });
    let mut pages = Vec::new();
    loop {
        let answer = done(athena, "AmazonAthena.GetQueryResults", &request);
        pages.push(answer["ResultSet"]["Rows"].as_array().unwrap().len());
        let Some(token) = answer.get("NextToken") else { break };
        request["NextToken"] = token.clone();
    }
    assert_eq!(pages, [1000, 1000, 1]);
    request["MaxResults"] = 1001.into();
    assert_eq!(operate(athena, "AmazonAthena.GetQueryResults", &request).0, 400);
}

#[test]
fn stopping_an_execution_of_athenas_stops_trino() {
    let Some(athena) = &*ATHENA else { return };
    let long = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a (n), UNNEST(sequence(1, 10000)) b (n), UNNEST(sequence(1, 10000)) c (n)";
    let queued = group(athena, "queued", &json!({ "delay": 600_000 }));
    for (more, state) in [(json!({}), "RUNNING"), (queued, "QUEUED")] {
        let id = start(athena, long, &more);
        until(athena, &id, |found| found == state);
        done(athena, "AmazonAthena.StopQueryExecution", &json!({ "QueryExecutionId": id }));
        let status = ended(athena, &id)["Status"].clone();
        assert_eq!(
            (&status["State"], &status["StateChangeReason"]),
            (&json!("CANCELLED"), &json!("Query cancelled by user"))
        );
    }
}

#[test]
fn a_work_group_of_athenas_can_answer_at_once() {
    let Some(athena) = &*ATHENA else { return };
    let table = json!({ "columns": [{ "Name": "n", "Type": "bigint", "Precision": 19 }], "rows": [["1"], [null]], "times": 2 });
    let more = group(athena, "instant", &json!({ "instant": table }));
    let id = start(athena, "SELECT whatever", &more);
    // Once, without waiting.
    let execution = until(athena, &id, |_| true);
    assert_eq!(execution["Status"]["State"], "SUCCEEDED");
    let rows = done(athena, "AmazonAthena.GetQueryResults", &json!({ "QueryExecutionId": id }))["ResultSet"]
        ["Rows"]
        .clone();
    let row = |cell: Value| json!({ "Data": [cell] });
    let (one, nothing) = (row(json!({ "VarCharValue": "1" })), row(json!({})));
    assert_eq!(rows, json!([row(json!({ "VarCharValue": "n" })), one, nothing, one, nothing]));
}

#[test]
fn redshift_waits_types_its_fields_and_cancels() {
    let run = |request: Value| {
        let mut whole = json!({ "WorkgroupName": "tests", "Database": "dev" });
        whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        done(&REDSHIFT, "RedshiftData.ExecuteStatement", &whole)
    };
    let told = |id: &Value| {
        done(&REDSHIFT, "RedshiftData.DescribeStatement", &json!({ "Id": id, "WaitTimeSeconds": 30 }))
    };
    let sql = "SELECT 1 AS n, 2.50 AS d, NULL AS nothing, :day || '!' AS text, true AS b";
    let begun = run(
        json!({ "Sql": sql, "Parameters": [{ "name": "day", "value": "2020-01-31" }], "WaitTimeSeconds": 30 }),
    );
    assert_eq!(told(&begun["Id"])["Status"], "FINISHED");
    let answer = done(&REDSHIFT, "RedshiftData.GetStatementResult", &json!({ "Id": begun["Id"] }));
    let fields = json!([[
        { "longValue": 1 }, { "stringValue": "2.50" }, { "isNull": true }, { "stringValue": "2020-01-31!" }, { "booleanValue": true }
    ]]);
    assert_eq!(answer["Records"], fields);
    let column = &answer["ColumnMetadata"][1];
    assert_eq!((&column["typeName"], &column["scale"]), (&json!("numeric"), &json!(2)));

    let failed = told(&run(json!({ "Sql": "SELECT 1 FORM x y" }))["Id"]);
    assert_eq!((&failed["Status"], &failed["HasResultSet"]), (&json!("FAILED"), &json!(false)));
    assert!(
        failed["Error"].as_str().unwrap().contains("syntax error at or near \"x\"\n  Position: 15"),
        "{failed}"
    );

    let long =
        run(json!({ "Sql": "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c" }));
    done(&REDSHIFT, "RedshiftData.CancelStatement", &json!({ "Id": long["Id"] }));
    assert_eq!(told(&long["Id"])["Status"], "ABORTED");
}

#[test]
fn moto_gives_the_rows_that_a_test_scripts() {
    let column = json!({ "Name": "n", "Type": "decimal", "Precision": 18, "Scale": 2 });
    let scripted = json!({ "results": [{ "rows": [{ "Data": [{ "VarCharValue": "n" }] }, { "Data": [{}] }], "column_info": [column] }] });
    assert!(
        ask(&MOTO, "POST", "/moto-api/static/athena/query-results", &scripted.to_string()).contains(" 201 ")
    );
    let id =
        start(&MOTO, "SELECT n", &json!({ "ResultConfiguration": { "OutputLocation": "s3://results" } }));
    // Another test may have told it that executions wait first.
    ended(&MOTO, &id);
    let answer = done(&MOTO, "AmazonAthena.GetQueryResults", &json!({ "QueryExecutionId": id }));
    assert_eq!(answer["ResultSet"]["Rows"][1], json!({ "Data": [{}] }));
    assert_eq!(answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0]["Scale"], 2);
}
