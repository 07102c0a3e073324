//! Every saved query, as it is written for Trino and for Athena, and the second job's own statements, by Trino's grammar.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use saldo::dialect::{Dialect, Names};
use saldo::query::{self, Newest, ParameterKind, Statement};

use super::servers::python;

/// As they run in Athena.
pub const SECOND_JOB: [&str; 3] = [
    "SELECT account_no, SUM(COALESCE(withdrawal_sgd_amt, 0)) AS total_withdrawals_sgd, SUM(COALESCE(deposit_sgd_amt, 0)) AS total_deposits_sgd
FROM \"pyspark-database\".\"processed\" GROUP BY account_no;",
    "SELECT account_no, SUM(deposit_sgd_amt) AS total_deposits_sgd, SUM(withdrawal_sgd_amt) AS total_withdrawals_sgd,
    SUM(deposit_sgd_amt) / NULLIF(SUM(withdrawal_sgd_amt), 0) AS credit_ratio,
    CASE WHEN SUM(deposit_sgd_amt) / NULLIF(SUM(withdrawal_sgd_amt), 0) > 1.5 THEN 'High Creditworthiness'
         WHEN SUM(deposit_sgd_amt) / NULLIF(SUM(withdrawal_sgd_amt), 0) BETWEEN 1.0 AND 1.5 THEN 'Moderate Creditworthiness'
         ELSE 'Low Creditworthiness' END AS creditworthiness
FROM \"pyspark-database\".\"processed\" GROUP BY account_no;",
    "SELECT deposit_currency, SUM(deposit_sgd_amt) AS total_deposit FROM \"pyspark-database\".\"processed\" GROUP BY deposit_currency;",
];

fn unknown(statements: &[String]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/remote/grammar.py");
    let mut command = python();
    command.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for statement in statements {
        writeln!(stdin, "{}", serde_json::to_string(statement).unwrap()).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_statement_for_athena_is_in_trinos_grammar() {
    let newest = ["banktxn", "processed", "response", "transactions"];
    let newest = newest.map(|table| (table.to_owned(), "2020-02-29".parse().unwrap()));
    let (queries, errors) = query::all(None, "SGD", &Newest::from(newest));
    assert_eq!(errors, []);
    let names = Names {
        schema: "lake".into(),
        known_schemas: vec!["pyspark-database".into(), "spectrum_schema".into()],
        tables: vec!["processed".into()],
    };
    let mut statements = Vec::new();
    for dialect in [Dialect::Trino, Dialect::Athena] {
        for query in &queries {
            let asked = query.parameters.iter().filter(|one| one.kind == ParameterKind::Account);
            let given: BTreeMap<_, _> = asked.map(|one| (one.name.clone(), "1".to_owned())).collect();
            statements.push(query.bind(dialect, &given).unwrap());
        }
        statements.extend(SECOND_JOB.map(Statement::plain));
    }
    let written = |(at, statement): (usize, &Statement)| {
        let dialect = if at < statements.len() / 2 { Dialect::Trino } else { Dialect::Athena };
        statement.render(dialect, &names).sql
    };
    let written: Vec<_> = statements.iter().enumerate().map(written).collect();
    assert!(written.len() >= 40 && written.iter().all(|sql| !sql.contains("spectrum_schema.")));
    assert_eq!(unknown(&written), "");
    assert!(unknown(&["SELECT 1 QUALIFY 1 = 1".to_owned()]).contains("QUALIFY"), "the grammar is asked");
}
