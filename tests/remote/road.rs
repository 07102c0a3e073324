//! The whole road: the demo lake goes to S3, its tables into Glue, and every question has the same answer on every engine
//! there as here. What the catalogue then loses is found.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use saldo::target::Dollars;
use serde_json::{Value, json};

use super::grammar::SECOND_JOB;
use super::servers::{self, BUCKET, MINISTACK, TRINO, ask, environment, operate};

const DATABASE: &str = "pyspark-database";
const REDSHIFT: &str =
    "kind = 'redshift'\nregion = 'us-east-1'\ndatabase = 'dev'\nschema = 'road'\nprice_per_tb = 5\n";
/// What the demo has none of: money that goes between a customer's own accounts, and a balance that does not follow.
const MORE: &str = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt
900,3-Jun-19,INTERNAL FUND TRANSFER,3-Jun-19,250.00,SGD,,,750.00
900,4-Jun-19,BUY,4-Jun-19,50.00,SGD,,,690.00
901,3-Jun-19,INTERNAL FUND TRANSFER,3-Jun-19,,,250.00,SGD,250.00
";
const ENGINES: [&str; 3] = ["trino", "athena", "redshift"];

/// Somebody at a terminal, with a lake in hand and engines elsewhere.
pub struct Person {
    home: tempfile::TempDir,
    url: String,
}

impl Person {
    /// With a lake of this name on S3, and a database of it.
    pub fn new(trino: &str, name: &str, database: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".config/saldo");
        fs::create_dir_all(&folder).unwrap();
        let settings = format!(
            "[targets.trino]\nkind = 'trino'\nurl = '{trino}'\nuser = 'road'\ncatalog = 'awsdatacatalog'\nschema = '{database}'\n\
             [targets.athena]\nkind = 'athena'\nregion = 'us-east-1'\ndatabase = '{database}'\nprice_per_tb = 5\n\
             [targets.redshift]\n{REDSHIFT}cluster = 'road'\nuser = 'road'\n\
             [targets.serverless]\n{REDSHIFT}workgroup = 'road'\n\
             [targets.slow]\n{REDSHIFT}cluster = 'slow'\nuser = 'road'\n\
             [targets.narrow]\n{REDSHIFT}cluster = 'narrow'\nuser = 'road'\nrole = 'default'\noutput = 's3://{BUCKET}/narrow'\n"
        );
        fs::write(folder.join("saldo.toml"), settings).unwrap();
        Self { home, url: format!("s3://{BUCKET}/{name}") }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The lake on S3.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
        command.args(arguments).current_dir(&self.home).stdin(Stdio::null()).env_clear();
        command.envs(env::vars().filter(|(name, _)| name.starts_with("LD_"))).envs(environment());
        command.env("HOME", self.home.path()).env("SALDO_LAKE", self.home.path().join("lake"));
        command
    }

    /// Exit code, stdout and stderr.
    pub fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// What it prints.
    pub fn done(&self, arguments: &[&str]) -> String {
        let (code, out, said) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {out}{said}");
        out
    }

    /// Asks there and here, and gives what is said of the two answers.
    fn same(&self, question: &[&str], engine: &str) -> String {
        let (code, out, said) = self.compare(question, engine);
        assert_eq!((code, out.as_str()), (0, ""), "{question:?} on {engine}: {said}");
        // An answer without rows would prove little.
        assert!(said.contains(", asked at ") && !said.contains(&format!("{engine}: 0 rows")), "{said}");
        said
    }

    fn compare(&self, question: &[&str], engine: &str) -> (i32, String, String) {
        self.run(&[&["query"], question, &["--target", engine, "--compare", "local"]].concat())
    }
}

/// The rows of a list.
pub fn list(json: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(json).unwrap().as_array().unwrap().clone()
}

#[test]
fn every_question_has_the_same_answer_there_and_here() {
    let Some(trino) = &*TRINO else { return };
    let person = Person::new(trino, "road", DATABASE);
    person.done(&["demo", "--rows", "300", "--no-open"]);
    fs::write(person.home.path().join("more.csv"), MORE).unwrap();
    person.done(&["ingest", "bank", "more.csv"]);
    person.done(&["push", &person.url]);
    person.done(&["catalog", "sync", "--lake", &person.url]);
    let made = person.done(&["redshift", "setup", "--apply", "--yes", "--target", "redshift"]);
    assert!(made.contains("CREATE EXTERNAL SCHEMA") && made.contains(DATABASE), "{made}");

    let accounts = person.done(&["query", "account_summary", "--format", "json"]);
    let account = format!("account={}", list(&accounts)[0]["account_no"].as_str().unwrap());
    let queries = list(&person.done(&["queries", "--format", "json"]));
    assert!(queries.len() >= 19, "{queries:?}");
    for query in &queries {
        let name = query["name"].as_str().unwrap();
        let is_of_one = query["parameters"].as_str().is_some_and(|all| all.starts_with("account account;"));
        let question: &[&str] = if is_of_one { &[name, "--param", &account] } else { &[name] };
        for engine in ENGINES {
            person.same(question, engine);
        }
    }
    for (at, statement) in SECOND_JOB.into_iter().enumerate() {
        for engine in ENGINES {
            let said = person.same(&["-c", statement], engine);
            // Their ratio is a float here, and a decimal of six places on Trino.
            let is_rounded = at == 1 && engine != "redshift";
            assert_eq!(said.contains("credit_ratio is a decimal"), is_rounded, "{engine}: {said}");
        }
    }
    what_it_took(&person, queries.len() + SECOND_JOB.len());
    what_is_unloaded_is_read_and_billed_twice(&person);
    what_is_stopped_has_cost_what_it_read(&person);
    what_the_catalogue_loses_is_found(&person);
}

/// Athena tells bytes and price, and so does a cluster of Redshift of all but the statement that shows it the tables; Trino
/// tells no price, and a work group of Redshift has none for bytes. Nothing is made up.
fn what_it_took(person: &Person, runs: usize) {
    person.done(&["query", "account_summary", "--target", "serverless"]);
    let (_, sums, said) = person.run(&["cost", "--by", "target", "--format", "json"]);
    let sums = list(&sums);
    let of = |target: &str| sums.iter().find(|sum| sum["target"] == target).unwrap().clone();
    // Each at the least that is billed, of 10 MB.
    let least = Dollars::from_nano(50_000 * u64::try_from(runs).unwrap()).to_string();
    let expected = [
        ("athena", runs, 0, json!(least)),
        ("redshift", runs + 1, 1, json!(least)),
        ("serverless", 1, 1, Value::Null),
        ("trino", runs, runs, Value::Null),
    ];
    for (target, runs, without_price, cost) in expected {
        let sum = of(target);
        let told = (&sum["runs"], &sum["without_price"], &sum["cost"]);
        assert_eq!(told, (&json!(runs), &json!(without_price), &cost), "{target}");
        assert!(sum["bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{sum}");
    }
    assert!(said.contains("have no price: it is not known yet, or never told"), "{said}");
}

/// A result that is too large for an answer has been read whole when Redshift refuses it, and is read again.
fn what_is_unloaded_is_read_and_billed_twice(person: &Person) {
    let narrow = json!({ "ClusterIdentifier": "narrow", "limit": 1_000 });
    assert!(ask(&servers::REDSHIFT, "POST", "/_control", &narrow.to_string()).contains(" 200 "));
    // To ask for no earlier result is to ask for what happens anyway.
    let question = ["query", "-c", "SELECT * FROM processed", "--reuse", "0", "--target", "narrow"];
    assert!(person.done(&question).lines().count() > 300);
    let runs = list(&person.done(&["runs", "--target", "narrow", "--format", "json"]));

    assert_eq!((runs.len(), &runs[0]["cost"]), (1, &json!("$0.0001")), "{runs:?}");
}

/// Redshift tells what it read until then once it has stopped.
fn what_is_stopped_has_cost_what_it_read(person: &Person) {
    let slow = json!({ "ClusterIdentifier": "slow", "linger": 600_000 });
    assert!(ask(&servers::REDSHIFT, "POST", "/_control", &slow.to_string()).contains(" 200 "));
    let read = || {
        let sql = "SELECT COUNT(*) FROM svcs_s3query_summary";
        let request =
            json!({ "Sql": sql, "WorkgroupName": "road", "Database": "dev", "WaitTimeSeconds": 30 });
        let run = |operation, request| operate(&servers::REDSHIFT, operation, request).1;
        let id = json!({ "Id": run("RedshiftData.ExecuteStatement", &request)["Id"] });
        run("RedshiftData.GetStatementResult", &id)["Records"][0][0]["longValue"].as_u64().unwrap()
    };
    let before = read();
    let mut command = person.command(&["query", "account_summary", "--target", "slow"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while read() == before {}
    // What saldo itself asks there is answered at once.
    assert!(
        ask(&servers::REDSHIFT, "POST", "/_control", &json!({ "ClusterIdentifier": "slow" }).to_string())
            .contains(" 200 ")
    );
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains(" for $0.00005 · ") && said.ends_with("error: cancelled\n"), "{said}");
    let sums = list(&person.done(&["cost", "--by", "target", "--target", "slow", "--format", "json"]));
    assert_eq!((&sums[0]["cancelled"], &sums[0]["cost"]), (&json!(1), &json!("$0.00005")));
}

fn what_the_catalogue_loses_is_found(person: &Person) {
    let months = list(&person.done(&["query", "conversion_status_by_month", "--format", "json"]));
    let month = months[0]["value_month"].as_str().unwrap();
    let (year, number) = (&month[..4], &month[5..7]);
    let partition =
        json!({ "DatabaseName": DATABASE, "TableName": "processed", "PartitionValues": [year, number] });
    let (status, answer) = operate(&MINISTACK, "AWSGlue.DeletePartition", &partition);
    assert_eq!(status, 200, "{answer}");
    for engine in ENGINES {
        let (code, out, said) = person.compare(&["conversion_status_by_month"], engine);
        assert_eq!(code, 3, "{engine}: {said}");
        let rows: Vec<_> = out.lines().skip(1).collect();
        assert!(rows.len() == 1 && rows[0].starts_with(&format!("only local,{month},")), "{engine}: {out}");
        let hint = "error: the answers differ: 1 only local\nhint: one lake may be older";
        assert!(said.contains(hint), "{engine}: {said}");
        let (code, out, said) = person.compare(&["-c", SECOND_JOB[0]], engine);
        assert!(code == 3 && out.contains("\ndifferent,"), "{engine}: {out}{said}");
    }
    let sync = ["catalog", "sync", "--lake", &person.url, "--format", "csv"];
    let lacks = format!("new,processed,1 partition,\"\",year={year}/month={number}\n");
    assert!(person.done(&[&sync[..], &["--dry-run"]].concat()).ends_with(&lacks));
    person.done(&sync);
    for engine in ENGINES {
        person.same(&["conversion_status_by_month"], engine);
    }
}
