//! A lake that is set up step by step on ministack, with the double of Redshift over the same Glue and the one of Glue's jobs.

use std::fs;

use aws_sdk_glue::types::{CrawlerTargets, S3Target};

use super::catalog::Glue;
use super::jobs::Jobs;
use super::objects::Objects;
use super::servers::{BUCKET, MINISTACK, REDSHIFT};
use super::{Machine, demo, url};

const STATEMENT: &str =
    "account_no,date,transaction_details,deposit_amt,deposit_currency\n4711,2017-01-05,PAY,1.50,SGD\n";

/// A machine whose settings name a lake that is not there yet.
fn machine(name: &str, more: &str) -> Machine {
    let machine = Machine::at(&MINISTACK);
    let settings = format!("lake = '{}'\ndatabase = '{name}'\n{more}\n", url(&format!("bootstrap/{name}")));
    fs::write(machine.home.path().join("saldo.toml"), settings).unwrap();
    fs::write(machine.home.path().join("january.csv"), STATEMENT).unwrap();
    machine
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["--config", "saldo.toml"], more].concat()
}

/// What was said of each step, `word  step`.
fn steps(told: &str) -> Vec<String> {
    let lines = told.lines().filter(|line| !line.trim_start().starts_with("hint: "));
    let short = lines.map(|line| line.split_once(": ").unwrap_or_else(|| panic!("{told}")).0);
    short.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// All objects with their bytes, but the lease, which each writer leaves.
fn objects(name: &str) -> Vec<(String, Vec<u8>)> {
    let objects = Objects::of(&MINISTACK, &format!("bootstrap/{name}"));
    objects.all().into_iter().filter(|(path, _)| path != "_saldo/lease.json").collect()
}

#[test]
fn a_lake_is_set_up_once_and_a_second_time_changes_nothing() {
    let jobs = Jobs::new(|_, _| (), |_| Ok(String::new()));
    let targets = format!(
        "[targets.athena]\nkind = 'athena'\nregion = 'us-east-1'\ndatabase = 'set_up'\noutput = 's3://{BUCKET}/athena/'\n\
         [targets.spectrum]\nkind = 'redshift'\nregion = 'us-east-1'\nworkgroup = 'w'\ndatabase = 'dev'\nschema = 'set_up_there'\n\
         endpoint = '{}'\n[targets.glue]\n{}",
        *REDSHIFT,
        jobs.glue()
    );
    let (machine, glue) = (machine("set_up", &targets), Glue::open());
    let (told, _) = machine.done(&with(&["bootstrap", "--dry-run"]));
    let first =
        ["to do lake", "skipped raw crawler", "to do job", "to do catalogue", "to do schema of spectrum"];
    assert_eq!(steps(&told)[..5], first, "{told}");
    assert!(told.contains("CREATE EXTERNAL SCHEMA"), "{told}");
    assert!(objects("set_up").is_empty() && !glue.databases().contains(&"set_up".to_owned()));

    let (told, _) = machine.done(&with(&["bootstrap"]));
    let first = ["done lake", "skipped raw crawler", "done job", "done catalogue", "done schema of spectrum"];
    assert_eq!(steps(&told)[..5], first, "{told}");
    let names: Vec<_> = objects("set_up").into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, ["_saldo/jobs/job.py", "_saldo/manifest.json"]);
    let before = objects("set_up");
    let (told, _) = machine.done(&with(&["bootstrap"]));
    let again: Vec<_> = steps(&told).iter().map(|step| step.split(' ').next().unwrap().to_owned()).collect();
    assert!(again.iter().all(|word| ["was", "skipped"].contains(&word.as_str())), "{told}");
    assert_eq!(objects("set_up"), before);

    // What the lake gets then is told of, and read there.
    machine.done(&with(&["ingest", "bank", "january.csv"]));
    machine.done(&with(&["run", "--no-fetch"]));
    let (told, _) = machine.done(&with(&["bootstrap"]));
    assert_eq!(
        steps(&told)[..4],
        ["was there lake", "skipped raw crawler", "was there job", "done catalogue"]
    );
    let (told, _) = machine.done(&with(&["bootstrap"]));
    let end = ["was there athena", "was there glue", "was there spectrum"];
    assert!(told.contains("was there  catalogue: ") && steps(&told)[5..] == end, "{told}");
    let sql = "SELECT account_no, deposit_amt FROM processed";
    let (rows, _) = machine.done(&with(&["query", "-c", sql, "--target", "spectrum", "--format", "csv"]));
    assert_eq!(rows, "account_no,deposit_amt\n4711,1.5000\n");

    // What somebody else changed is not mended unasked, and the other steps are done all the same.
    glue.retype("set_up", "processed", "deposit_amt", "double");
    let (code, words) = machine.fails(&with(&["bootstrap"]));
    assert!(code == 1 && words.contains("error: one step failed"), "{words}");
    let (told, _) = super::texts(&machine.saldo(&with(&["bootstrap"])));
    assert!(told.contains("failed     catalogue: ") && told.contains("hint: `saldo catalog sync`"), "{told}");
    assert!(told.contains("was there  spectrum: "), "{told}");
}

#[test]
fn crawlers_are_started_where_the_settings_name_them() {
    let (machine, glue) =
        (machine("crawled", "[crawlers]\nraw = 'boot-raw'\ntables = 'boot-tables'\n"), Glue::open());
    let (code, _) = machine.fails(&with(&["bootstrap"]));
    assert_eq!(code, 1, "there is none of that name");
    for name in ["boot-raw", "boot-tables"] {
        let target = S3Target::builder().path(url("bootstrap/crawled")).build();
        let made = glue.client.create_crawler().name(name).role("arn:aws:iam::000000000000:role/c");
        let targets = CrawlerTargets::builder().s3_targets(target).build();
        glue.runtime.block_on(made.database_name("crawled").targets(targets).send()).unwrap();
    }
    let (told, _) = machine.done(&with(&["bootstrap", "--dry-run"]));
    assert_eq!(steps(&told)[1..4], ["to do raw crawler", "skipped job", "skipped table crawler"], "{told}");
    let (told, _) = machine.done(&with(&["bootstrap"]));
    assert_eq!(steps(&told)[1..4], ["done raw crawler", "skipped job", "skipped table crawler"], "{told}");
    machine.done(&with(&["ingest", "bank", "january.csv"]));
    machine.done(&with(&["run", "--no-fetch"]));
    let (told, _) = machine.done(&with(&["bootstrap"]));
    assert_eq!(steps(&told)[1..4], ["was there raw crawler", "skipped job", "done table crawler"], "{told}");
    let (told, _) = machine.done(&with(&["bootstrap"]));
    assert_eq!(
        steps(&told)[1..4],
        ["was there raw crawler", "skipped job", "was there table crawler"],
        "{told}"
    );
    assert!(
        !glue.databases().contains(&"crawled".to_owned()),
        "the crawlers tell the catalogue, and nobody else"
    );
}

#[test]
fn what_cannot_be_looked_at_does_not_pass_for_what_comes_later() {
    let settings = format!(
        "[crawlers]\ntables = 'boot-later'\n[targets.athena]\nkind = 'athena'\nregion = 'us-east-1'\ndatabase = 'later'\n\
         output = 's3://{BUCKET}/athena/'"
    );
    let machine = machine("later", &settings);
    let (told, _) = machine.done(&with(&["bootstrap"]));
    assert!(
        told.contains("skipped    catalogue of athena: ") && told.contains("that comes with the tables"),
        "{told}"
    );
    let mut command = machine.command(&with(&["bootstrap"]));
    let output = command.env("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:9").output().unwrap();
    let (told, words) = super::texts(&output);
    assert!(output.status.code() == Some(1) && words.contains("error: one step failed"), "{told}{words}");
    assert!(told.contains("failed     catalogue of athena: "), "{told}");
}

#[test]
fn a_lake_that_was_set_up_takes_a_demo_or_a_lake_that_is_pushed() {
    for name in ["demo", "pushed"] {
        let (machine, lake) = (machine(name, ""), url(&format!("bootstrap/{name}")));
        machine.done(&with(&["bootstrap"]));
        if name == "demo" {
            machine.done(&demo(&lake, "1"));
        } else {
            machine.done(&demo("mine", "1"));
            machine.done(&["push", &lake, "--lake", "mine"]);
        }
        let (told, _) = machine.done(&with(&["bootstrap"]));
        assert!(told.contains("bootstrap/") && told.contains("done       catalogue: "), "{told}");
    }
}

#[test]
fn a_folder_is_told_that_it_needs_nothing() {
    let machine = Machine::at("http://127.0.0.1:9");
    let (code, words) = machine.fails(&["bootstrap", "--lake", "lake"]);
    assert!(code == 2 && words.contains("--lake s3://bucket/prefix"), "{words}");
}
