//! Several machines on one lake: what one forgets, what another lists, and who was killed.

use std::fs;

use serde_json::{Value, json};

use super::proxy::{Kill, Proxy};
use super::servers::MINIO;
use super::{Machine, Objects, texts, url};

const HEADER: &str = "account_no,date,transaction_details,deposit_amt,deposit_currency\n";

/// A file with a statement of one line.
fn statement(machine: &Machine, account: &str) -> String {
    let name = format!("{account}.csv");
    fs::write(machine.home.path().join(&name), format!("{HEADER}{account},2017-01-05,PAY,1.50,SGD\n"))
        .unwrap();
    name
}

fn ingest(machine: &Machine, lake: &str, account: &str) {
    machine.done(&["--lake", lake, "ingest", "bank", &statement(machine, account)]);
}

/// The statements that `saldo status` lists.
fn listed(machine: &Machine, lake: &str) -> Vec<(String, u64)> {
    let (text, _) = machine.done(&["--lake", lake, "status", "--format", "json"]);
    let status: Value = serde_json::from_str(&text).unwrap();
    let one = |line: &Value| {
        let name = line["statement"].as_str().unwrap().rsplit_once('-').unwrap().1;
        assert!(line["read_as"].as_str().is_some_and(|clauses| !clauses.contains("the note")), "{line}");
        (name.to_owned(), line["rows"].as_u64().unwrap())
    };
    let mut listed: Vec<_> = status["statements"].as_array().unwrap().iter().map(one).collect();
    listed.sort();
    listed
}

#[test]
fn what_another_machine_made_the_lake_forget_is_no_damage_and_no_statement() {
    let lake = url("machines/forgotten");
    let [first, second, reader] = [(); 3].map(|()| Machine::at(&MINIO));
    ingest(&first, &lake, "4711");
    ingest(&second, &lake, "4712");
    let both = [("4711.csv".to_owned(), 1), ("4712.csv".to_owned(), 1)];
    for machine in [&first, &second, &reader] {
        assert_eq!(listed(machine, &lake), both);
    }
    let raw = Objects::of(&MINIO, "machines/forgotten").all();
    let name = raw.keys().find(|path| path.ends_with("4712.csv")).unwrap();
    first.done(&["--lake", &lake, "ingest", "forget", name]);
    // It still has the file.
    let (_, words) = second.done(&["--lake", &lake, "lake", "verify"]);
    assert!(words.ends_with("files are as the manifest says\n"), "{words}");
    for machine in [&first, &second, &reader] {
        assert_eq!(listed(machine, &lake), both[..1]);
    }
    // One that the bucket does not have is foreign all the same.
    let mirror =
        fs::read_dir(second.home.path().join(".cache/saldo/lakes")).unwrap().next().unwrap().unwrap();
    fs::write(mirror.path().join("lake/raw/bank/stray.csv"), HEADER).unwrap();
    let (code, words) = second.fails(&["--lake", &lake, "lake", "verify"]);
    assert!(code == 3 && words.contains("and 1 file is foreign"), "{words}");
}

#[test]
fn a_lake_on_s3_goes_by_its_url_and_one_that_is_being_published_is_not_called_damaged() {
    let (machine, lake) = (Machine::at(&MINIO), url("machines/named"));
    let (code, words) = machine.fails(&["--lake", &lake, "run", "--no-fetch"]);
    assert!(code == 1 && words.contains(&format!("error: no raw files in {lake}/raw\n")), "{words}");
    ingest(&machine, &lake, "4711");
    let (summary, _) = machine.done(&["--lake", &lake, "run", "--no-fetch", "--json"]);
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["lake"], lake.as_str());
    let journal =
        json!({"run": "r", "replaces": null, "manifest": "", "files": [], "delete": []}).to_string();
    Objects::of(&MINIO, "machines/named").put("_saldo/publish.json", journal.as_bytes());
    let (code, words) = machine.fails(&["--lake", &lake, "lake", "verify"]);
    assert!(
        code == 3 && words.contains("error: the lake could not be looked at: a run is publishing"),
        "{words}"
    );
    assert!(words.contains("`saldo run` completes") && !words.contains("repair"), "{words}");
}

#[test]
fn a_machine_whose_first_run_was_killed_goes_on_at_once() {
    let proxy = Proxy::before(&MINIO);
    let (machine, lake) = (Machine::at(&proxy.url), url("machines/killed"));
    let name = statement(&machine, "4711");
    let arguments = ["--lake", &lake, "ingest", "bank", &name];
    let mut first = machine.spawn(&arguments);
    proxy.kill(Kill { method: "PUT", path: "/raw/bank/", nth: 1, after: true }, first.id());
    first.wait().unwrap();
    assert!(proxy.has_killed());
    machine.done(&arguments);
    assert_eq!(listed(&machine, &lake), [("4711.csv".to_owned(), 1)]);
}

#[test]
fn a_long_file_whose_last_answer_was_lost_is_uploaded_again() {
    let proxy = Proxy::before(&MINIO);
    let (machine, lake) = (Machine::at(&proxy.url), url("machines/lost"));
    ingest(&machine, "mine", "4711");
    let long = vec![b'x'; 9 << 20];
    fs::write(machine.home.path().join("mine/raw/bank/long.txt"), &long).unwrap();
    proxy.lose("POST", "uploadId=");
    machine.done(&["--lake", "mine", "push", &lake]);
    assert!(proxy.has_lost());
    assert!(Objects::of(&MINIO, "machines/lost").get("raw/bank/long.txt") == long);
}

#[test]
fn a_raw_file_is_compared_by_the_sha256_that_s3_keeps_and_not_read() {
    let proxy = Proxy::before(&MINIO);
    let (machine, lake) = (Machine::at(&proxy.url), url("machines/kept"));
    let objects = Objects::of(&MINIO, "machines/kept");
    let name = statement(&machine, "4711");
    // The store asks again, and finds what its first request put.
    proxy.lose("PUT", "/raw/bank/");
    machine.done(&["--lake", &lake, "ingest", "bank", &name]);
    assert!(proxy.has_lost());
    let verify = ["--lake", &lake, "lake", "verify", "--format", "csv"];
    let (_, words) = Machine::at(&proxy.url).done(&verify);
    assert!(words.ends_with("files are as the manifest says\n"), "{words}");
    let (raw, bytes) = objects.all().into_iter().find(|(path, _)| path.starts_with("raw/bank/")).unwrap();
    objects.put_with_sha256(&raw, &vec![b'x'; bytes.len()]);
    let output = Machine::at(&proxy.url).saldo(&verify);
    let (list, words) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(list.contains(&format!("changed,{raw},S3 has another SHA-256")), "{list}");
    let read: Vec<_> =
        proxy.seen().into_iter().filter(|(method, path)| method == "GET" && path.ends_with(&raw)).collect();
    assert!(read.is_empty(), "{read:?}");
}
