//! Snapshots come down, lakes go up.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::objects::{Files, Objects};
use super::proxy::{Kill, Proxy};
use super::servers::{MINIO, PASSWORD, USER};
use super::{LOCAL, Machine, ROWS, assert_same, demo, local, local_rows, texts, url, walk};

/// Files of a folder, without those of the program's own that no lake on S3 has.
fn lake(root: &Path) -> Files {
    let mut files = Files::new();
    walk(root, root, &mut files);
    files.retain(|path, _| !path.starts_with("_saldo/") || path == "_saldo/manifest.json");
    files
}

fn tables(files: Files) -> Files {
    let is_table = |path: &String| !path.starts_with("_saldo/") && !path.starts_with("raw/");
    files.into_iter().filter(|(path, _)| is_table(path)).collect()
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let some: Vec<_> = (0..length.min(MIB)).map(|_| u8::try_from(self.below(256)).unwrap()).collect();
        // No part of it is like another: every block begins with its number.
        let block = |at: usize| {
            (at as u64).to_be_bytes().into_iter().chain(some[some.len().min(8)..].iter().copied())
        };
        (0..length.div_ceil(MIB)).flat_map(block).take(length).collect()
    }
}

/// A lake of files of these lengths, one table each, as its objects.
fn made(objects: &Objects, lengths: &[usize], dice: &mut Dice) -> Files {
    let mut files = Files::new();
    let mut lines = Vec::new();
    for (number, length) in lengths.iter().enumerate() {
        let (path, bytes) = (format!("t{number}/a.parquet"), dice.bytes(*length));
        let sha256 = saldo::checksum::sha256(&bytes);
        lines.push(format!(
            r#"{{"name": "t{number}", "partitioned": false, "columns": [], "rows": 1, "newest": null,
                "files": [{{"path": "{path}", "size": {length}, "sha256": "{sha256}"}}]}}"#
        ));
        objects.put(&path, &bytes);
        files.insert(path, bytes);
    }
    let manifest =
        format!(r#"{{"layout": 1, "writer": "test", "sources": [], "tables": [{}]}}"#, lines.join(","));
    objects.put("_saldo/manifest.json", manifest.as_bytes());
    files
}

const MIB: usize = 1 << 20;

#[test]
fn a_pull_that_is_cut_fifty_times_ends_with_the_same_bytes() {
    const ROUNDS: usize = 10;
    let proxy = Proxy::before(&MINIO);
    let machine = Machine::at(&proxy.url);
    let mut dice = Dice(7);
    let lengths = [20 * MIB + 5, 9 * MIB, 0, 700, 3 * MIB, 8 * MIB, 1, 70_000, 40_000, 20_000];
    let wanted = made(&Objects::of(&MINIO, "cut"), &lengths, &mut dice);
    let pull = ["pull", "--from", &url("cut"), "--lake", "snapshot"];
    let root = machine.home.path().join("snapshot");
    for round in 0..ROUNDS {
        let cuts: Vec<_> = (0..5).map(|_| dice.below(15_000)).collect();
        proxy.cut(&cuts);
        if round + 1 == ROUNDS {
            proxy.cut(&vec![100; proxy.uncut().saturating_sub(5)]);
            machine.done(&pull);
            break;
        }
        proxy.seen();
        let mut child = machine.spawn(&pull);
        let kill = Kill { method: "GET", path: "/cut/t", nth: 2 + round % 3, after: true };
        proxy.kill(kill, child.id());
        assert!(!child.wait().unwrap().success() && proxy.has_killed(), "{round}");
        assert!(!root.join("_saldo/manifest.json").exists(), "{round}: half a lake is none");
    }
    assert_eq!(proxy.uncut(), 0, "every cut took place");
    assert_same(&tables(lake(&root)), &wanted, "after fifty cuts");
    assert!(!root.join("_saldo/pull").exists() && !root.join("_saldo/work").exists());
}

#[test]
fn what_came_before_a_pull_was_cut_off_is_not_asked_for_again() {
    let proxy = Proxy::before(&MINIO);
    let machine = Machine::at(&proxy.url);
    let length = 80 * MIB - 5;
    let wanted = made(&Objects::of(&MINIO, "resumed"), &[length], &mut Dice(3));
    let pull = ["pull", "--from", &url("resumed"), "--lake", "snapshot"];
    let mut child = machine.spawn(&pull);
    // Eight parts of a file are asked for at once, the next one when the first is written.
    proxy.kill(Kill { method: "GET", path: "/resumed/t0", nth: 10, after: true }, child.id());
    assert!(!child.wait().unwrap().success() && proxy.has_killed());
    let partial = machine.home.path().join("snapshot/_saldo/pull/t0");
    let here = fs::read_dir(&partial).unwrap().next().unwrap().unwrap().metadata().unwrap().len();
    assert!(here >= 8 * MIB as u64, "{here}");
    proxy.read();
    let (_, words) = machine.done(&pull);
    let manifest = Objects::of(&MINIO, "resumed").get("_saldo/manifest.json").len();
    assert_eq!(proxy.read(), (length + manifest) as u64 - here, "{words}");
    assert_same(&tables(lake(&machine.home.path().join("snapshot"))), &wanted, "whole");
}

#[test]
fn ctrl_c_ends_a_pull_and_the_next_one_goes_on() {
    let proxy = Proxy::before(&MINIO);
    let machine = Machine::at(&proxy.url);
    let wanted = made(&Objects::of(&MINIO, "stopped"), &[20 * MIB, 20 * MIB], &mut Dice(5));
    let from = url("stopped");
    let mut child = machine.spawn(&["pull", "--from", &from, "--lake", "snapshot"]);
    let stderr = child.stderr.take().unwrap();
    let mut words = std::io::BufRead::lines(std::io::BufReader::new(stderr));
    assert!(words.next().unwrap().unwrap().starts_with("copying 2 files, 42.0 MB from "));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<_> = words.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert_eq!(
        rest,
        ["error: cancelled; what came so far is kept", "hint: the same command goes on from there"]
    );
    // Where it came from is known by now.
    machine.done(&["pull", "--lake", "snapshot"]);
    assert_same(&tables(lake(&machine.home.path().join("snapshot"))), &wanted, "whole");
}

#[test]
fn a_snapshot_is_a_lake_to_read_that_knows_whence_and_of_when_it_is() {
    let proxy = Proxy::before(&MINIO);
    let (machine, from) = (Machine::at(&proxy.url), url("origin"));
    machine.done(&demo(&from, "1"));
    let dry = ["pull", "--from", &from, "--lake", "snapshot", "--dry-run", "--format", "csv"];
    let (list, words) = machine.done(&dry);
    let size: usize = tables(local(1)).values().map(Vec::len).sum();
    let listed = list.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse::<usize>().unwrap());
    assert_eq!(listed.sum::<usize>(), size, "{list}{words}");
    assert!(!machine.home.path().join("snapshot/_saldo/origin.json").exists(), "a dry run begins nothing");

    let pull = ["pull", "--from", &from, "--lake", "snapshot"];
    let (_, words) = machine.done(&pull);
    assert!(words.ends_with(&format!(": snapshot of {from} at snapshot\n")), "{words}");
    let root = machine.home.path().join("snapshot");
    assert_same(&tables(lake(&root)), &tables(local(1)), "the first pull");
    proxy.read();
    let (_, words) = machine.done(&pull);
    assert_eq!(words, format!("nothing is new: snapshot of {from} at snapshot\n"));
    let manifest = local(1)["_saldo/manifest.json"].len() as u64;
    assert_eq!(proxy.read(), manifest, "the manifest is all that is read");

    let status = |wanted: &str| {
        let (out, _) = machine.done(&["status", "--lake", "snapshot", "--format", "json"]);
        let (_, snapshot) = out.split_once("\"snapshot\": [").unwrap();
        assert!(snapshot.contains(&from) && snapshot.contains(" min old"), "{snapshot}");
        assert!(snapshot.contains(wanted), "{snapshot}");
    };
    status("\"newer\": \"nothing\"");
    machine.done(&demo(&from, "2"));
    status(" MB in ");
    machine.done(&["pull", "--lake", "snapshot"]);
    assert_same(&tables(lake(&root)), &tables(local(2)), "what was new came, what was gone went");
    status("\"newer\": \"nothing\"");

    proxy.go_down();
    assert_eq!(machine.done(&[ROWS[0], ROWS[1], "--lake", "snapshot"]).0, local_rows(2));
    status("not known: cannot reach");
    let (_, words) = machine.done(&["tables", "--lake", "snapshot"]);
    assert!(words.starts_with("lake at snapshot (0 min old)") || words.contains(" min old)"), "{words}");
    let (code, words) = machine.fails(&["run", "--lake", "snapshot"]);
    assert!(code == 1 && words.contains(&format!("snapshot is a snapshot of {from}")), "{words}");
    let (code, words) = machine.fails(&["push", &url("origin-again"), "--lake", "snapshot"]);
    assert!(code == 1 && words.contains("is a snapshot of"), "{words}");
    no_secrets(machine.home.path());
}

/// No file of a folder holds a key.
fn no_secrets(folder: &Path) {
    let mut files = Files::new();
    walk(folder, folder, &mut files);
    assert!(files.len() > 10, "{}", files.len());
    for (path, bytes) in files {
        for secret in [USER, PASSWORD] {
            let found = bytes.windows(secret.len()).any(|text| text == secret.as_bytes());
            assert!(!found, "{path} holds a key");
        }
    }
}

#[test]
fn a_part_of_a_lake_is_pulled_and_stays_that_part() {
    let (machine, from) = (Machine::at(&MINIO), url("part"));
    machine.done(&demo(&from, "1"));
    let pull =
        |more: &[&str]| machine.done(&[&["pull", "--from", &from, "--lake", "snapshot"], more].concat());
    let root = machine.home.path().join("snapshot");
    let wanted = |all: &Files, year: &str| -> Files {
        let is_wanted =
            |path: &str| path.starts_with("dates/") || path.starts_with(&format!("processed/year={year}/"));
        all.clone().into_iter().filter(|(path, _)| is_wanted(path)).collect()
    };
    pull(&["processed", "--where", "year=2017"]);
    pull(&["DATES"]);
    assert_same(&tables(lake(&root)), &wanted(&local(1), "2017"), "two tables, one of them in part");
    let query = "SELECT count(*) AS rows, max(value_date) AS newest FROM processed WHERE year = 2017";
    let rows = |lake: &str| machine.done(&["query", "-c", query, "--lake", lake]).0;
    let whole = LOCAL[0].path().join("lake").to_string_lossy().into_owned();
    assert_eq!(rows("snapshot"), rows(&whole));
    let (list, _) = machine.done(&["tables", "--lake", "snapshot"]);
    let line = list.lines().find(|line| line.starts_with("processed,")).unwrap();
    let figures: Vec<_> = line.split(',').collect();
    let counted = rows(&whole);
    let counted: Vec<_> = counted.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((figures[1], figures[3]), (counted[0], counted[1]), "rows and newest date are the part's");
    // A new state of the lake changes which files, not which tables and partitions.
    machine.done(&demo(&from, "2"));
    machine.done(&["pull", "--lake", "snapshot"]);
    assert_same(&tables(lake(&root)), &wanted(&local(2), "2017"), "the same part of the next lake");
    pull(&["processed", "--where", "year=2018"]);
    assert_same(&tables(lake(&root)), &wanted(&local(2), "2018"), "another year in its place");
    for (wrong, why) in [
        (&["nosuch"][..], "has no table nosuch\nhint: it has "),
        (&["--where", "day=1"], "has no partition column day in "),
        (&["processed", "--where", "year=2030"], "has no partition where year=2030\nhint: it has year="),
    ] {
        let (code, words) = machine.fails(&[&["pull", "--lake", "snapshot"], wrong].concat());
        assert!(code == 2 && words.contains(why), "{words}");
    }
    for wrong in [
        &["pull", "--lake", &whole, "--from", &from][..],
        &["pull", "--lake", "snapshot", "--from", &url("other")],
    ] {
        let (code, words) = machine.fails(wrong);
        assert!(code == 1 && words.contains("is not a snapshot of"), "{words}");
    }
    let (code, words) = machine.fails(&["pull", "--lake", "nothing"]);
    assert!(code == 2 && words.contains("nothing is no snapshot yet"), "{words}");
    assert_same(&tables(lake(&root)), &wanted(&local(2), "2018"), "as it was");
    a_damaged_file_comes_again(&machine, &root);
    assert_same(&tables(lake(&root)), &wanted(&local(2), "2018"), "mended");
}

fn a_damaged_file_comes_again(machine: &Machine, root: &Path) {
    let damaged = root.join(tables(lake(root)).into_keys().last().unwrap());
    let length = fs::read(&damaged).unwrap().len();
    fs::write(&damaged, vec![b'x'; length]).unwrap();
    let (code, words) = machine.fails(&["lake", "verify", "--lake", "snapshot"]);
    assert!(
        code == 3 && words.contains("hint: remove the files that are changed, and `saldo pull` brings"),
        "{words}"
    );
    fs::remove_file(&damaged).unwrap();
    let (told, _) = texts(&machine.saldo(&["doctor", "local", "--lake", "snapshot"]));
    assert!(
        told.contains("files of snapshot is missing") && told.contains("hint:  run `saldo pull`"),
        "{told}"
    );
    machine.done(&["pull", "--lake", "snapshot"]);
}

#[test]
fn a_pushed_lake_has_the_same_bytes_and_is_not_pushed_over_another() {
    let proxy = Proxy::before(&MINIO);
    let (machine, to) = (Machine::at(&proxy.url), url("pushed"));
    let objects = Objects::of(&MINIO, "pushed");
    machine.done(&demo("mine", "1"));
    let root = machine.home.path().join("mine");
    let (_, words) = machine.done(&["push", &to, "--lake", "mine"]);
    assert!(words.ends_with(&format!("lake at {to}\n")), "{words}");
    assert_same(&objects.all(), &local(1), "pushed");
    proxy.seen();
    machine.done(&["push", "--lake", "mine"]);
    let lease = |path: &str| path.contains("lease.json") || path.contains("?delete");
    let writes: Vec<_> = proxy.writes().into_iter().filter(|(_, path)| !lease(path)).collect();
    assert_eq!(writes, [], "what is there is not sent again");

    machine.done(&demo("mine", "2"));
    machine.done(&["push", "--lake", "mine"]);
    assert_same(&objects.all(), &lake(&root), "the next state");
    assert_same(&objects.all(), &local(2), "the next state");
    // A lost object is put back.
    let gone = local(2).into_keys().find(|path| path.starts_with("processed/")).unwrap();
    objects.delete(&gone);
    machine.done(&["push", "--lake", "mine"]);
    assert_same(&objects.all(), &local(2), "nothing is missing");

    let other = Machine::at(&MINIO);
    other.done(&demo("theirs", "1"));
    let (code, words) = other.fails(&["push", &to, "--lake", "theirs"]);
    assert!(code == 1 && words.contains("was not pushed from here, or was changed since"), "{words}");
    assert_same(&objects.all(), &local(2), "it is as it was");
    other.done(&["push", &to, "--lake", "theirs", "--replace"]);
    assert_same(&objects.all(), &local(1), "replaced");
    let (_, words) = machine.fails(&["push", "--lake", "mine"]);
    assert!(words.contains("was changed since"), "{words}");
    let (code, words) = machine.fails(&["push", "--lake", &to]);
    assert!(code == 2 && words.contains("only a local lake is pushed"), "{words}");
    assert!(fs::read_to_string(root.join("_saldo/pushed.json")).unwrap().contains(&to));
    no_secrets(machine.home.path());
}
