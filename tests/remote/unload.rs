//! Results that Athena writes to S3 as Parquet: the double before a real Trino, which writes them.

use serde_json::{Value, json};

use super::commands::{command, home, told};
use super::servers::{ATHENA, MINISTACK, ask, operate};

/// What is left of what was unloaded.
fn left() -> String {
    let listed = ask(&MINISTACK, "GET", "/lakes?list-type=2&prefix=athena/saldo-", "");
    assert!(listed.contains(" 200 "), "{listed}");
    listed.split("<Contents>").skip(1).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story: each step needs what the one before it left")]
fn a_long_result_comes_by_way_of_parquet() {
    let Some(athena) = &*ATHENA else { return };
    // Athena has it from the start; files are written by way of a table that is dropped again.
    operate(&MINISTACK, "AWSGlue.CreateDatabase", &json!({ "DatabaseInput": { "Name": "default" } }));
    let home = home(athena);
    let run = |arguments: &[&str]| told(&command(home.path(), arguments).output().unwrap());
    let there = |sql: &str, more: &[&str]| run(&[&["query", "-c", sql, "--target", "prod"], more].concat());

    // The same rows and types on both roads; those of the result file are the measure.
    let sql = "WITH t AS (SELECT 10000 * k + i AS n FROM UNNEST(sequence(0, 2)) AS a (k), \
               UNNEST(sequence(1, 10000)) AS b (i)) \
               SELECT n, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'é,\"x\"' END AS word, \
               CAST(n AS decimal(38, 2)) / 4 AS money, CAST(n AS double) / 8 AS part, n % 2 = 0 AS even, \
               date_add('day', n, DATE '1969-07-20') AS day, \
               date_add('second', n, TIMESTAMP '1582-10-04 23:59:59.123') AS at FROM t; -- as it is";
    let (code, _, said) = there(sql, &["-o", "file.csv", "--keep-as", "by_text"]);
    assert_eq!(code, 0, "{said}");
    let (code, _, said) = there(sql, &["-o", "big.parquet", "--unload", "--keep-as", "by_files"]);
    assert_eq!(code, 0, "{said}");
    for words in [
        "30,000 rows in ",
        "scanned ",
        "what was unloaded to S3 is removed again",
        "kept as results.by_files",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(left(), "");
    let described = |from: &str| {
        run(&["query", "-c", &format!("SELECT column_name, column_type FROM (DESCRIBE FROM {from})")]).1
    };
    assert_eq!(described("results.by_files"), described("results.by_text"));
    assert_eq!(described("'big.parquet'"), described("results.by_text"));
    let rows = |from: &str| run(&["query", "-c", &format!("SELECT * FROM {from} ORDER BY n")]).1;
    let expected = rows("results.by_text");
    assert_eq!(expected.lines().count(), 30_001);
    assert!(rows("results.by_files") == expected && rows("'big.parquet'") == expected);

    // Without rows the columns are told all the same, by a run that is listed as well; values are bound.
    let sql = "-- param: word text = it's\nSELECT CAST(1 AS decimal(5, 2)) AS a, :word AS b WHERE 1 = 0";
    let (_, out, said) = there(sql, &["--unload", "--keep-as", "none"]);
    assert_eq!(out, "a,b\n", "{said}");
    let runs: Value = serde_json::from_str(&run(&["runs", "--format", "json"]).1).unwrap();
    // Others ask the same Athena.
    let (_, all) = operate(athena, "AmazonAthena.ListQueryExecutions", &json!({}));
    let mut new = Vec::new();
    for id in all["QueryExecutionIds"].as_array().unwrap() {
        let request = json!({ "QueryExecutionId": id });
        let (_, told) = operate(athena, "AmazonAthena.GetQueryExecution", &request);
        if told["QueryExecution"]["Query"].as_str().unwrap().contains("CAST(1 AS decimal(5, 2))") {
            new.push(runs.as_array().unwrap().iter().find(|run| run["id"] == *id).expect("it is listed"));
        }
    }
    assert!(new.len() == 2 && new.iter().all(|run| run["state"] == "succeeded"), "{new:?}");
    let (own, asked): (Vec<&Value>, Vec<&Value>) =
        new.iter().partition(|run| run["statement"].as_str().unwrap().starts_with("SELECT * FROM ("));
    assert!(own.len() == 1 && own[0]["rows"] == 0 && own[0]["cost"] == "$0.00", "{own:?}");
    let kept = run(&["results", "show", "none"]).1;
    assert!(kept.contains(asked[0]["id"].as_str().unwrap()), "it is the run of the statement: {kept}");
    let sql = "-- param: word text = it's\nSELECT :word AS b";
    assert_eq!(there(sql, &["--unload"]).1, "b\nit's\n");

    // Places are those of the statement.
    let (code, _, said) = there("SELECT 1 AS a,\n  oops AS b FROM (VALUES (1)) AS t (x)", &["--unload"]);
    assert!(code != 0 && said.contains("line 2, column 3: oops"), "{said}");
    let (code, _, said) = there("SELECT 1 AS a,\n  sum(x, x) AS b FROM (VALUES (1)) AS t (x)", &["--unload"]);
    assert!(code != 0 && said.contains("at line 2, column 3: sum"), "{said}");
    let (code, out, said) = there("SELECT 1 AS a; SELECT 2 AS b", &["--unload", "--write"]);
    let refused =
        "error: one statement can be unloaded, and the text has 2\nhint: send each statement by itself\n";
    assert!(code == 1 && out.is_empty() && said == refused, "{code} {said}");
    let (code, _, said) = there("SELECT 1 AS a, 2", &["--unload"]);
    assert!(code != 0 && said.contains("name each column with AS"), "{said}");

    // Left alone, and taken up; what was removed is not taken for nothing.
    let (code, out, said) = there("SELECT n FROM UNNEST(sequence(1, 3)) AS t (n)", &["--unload", "--detach"]);
    assert_eq!(code, 0, "{said}");
    let attach = ["runs", "attach", out.trim_end(), "--target", "prod"];
    let (code, out, said) = run(&attach);
    let mut numbers: Vec<_> = out.lines().collect();
    numbers.sort_unstable();
    assert_eq!((code, numbers), (0, vec!["1", "2", "3", "n"]), "{said}");
    assert!(said.contains("what was unloaded to S3 is removed again"), "{said}");
    assert_eq!(left(), "");
    let (code, out, said) = run(&attach);
    assert!(code == 3 && out.is_empty() && said.contains("what Athena unloaded is gone"), "{code} {said}");

    // All of it stands in the ledger under the person's own text.
    let runs: Value = serde_json::from_str(&run(&["runs", "--format", "json"]).1).unwrap();
    let of_files =
        |run: &&Value| run["rows"] == 30_000 && run["state"] == "succeeded" && run["cost"] == "$0.00";
    assert_eq!(runs.as_array().unwrap().iter().filter(of_files).count(), 2, "{runs}");
    assert!(!runs.to_string().contains("UNLOAD"), "{runs}");

    let (code, _, said) = run(&["query", "-c", "SELECT 1", "--unload"]);
    assert!(code == 2 && said.contains("--unload is for another engine"), "{said}");
}
