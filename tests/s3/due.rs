//! What a run on a lake on S3 copies: what its due months need. What it makes is what a run with all files makes.

use std::fs;
use std::path::Path;

use super::objects::{Files, Objects};
use super::proxy::{Kill, Proxy};
use super::servers::MINIO;
use super::{Machine, assert_same, demo, url, walk};

const HEADER: &str = "account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";

/// A statement of an account with a balance behind each line.
fn statement(days: &[(&str, u32, &str)]) -> String {
    let line = |(day, amount, balance): &(&str, u32, &str)| {
        format!("77001,{day},RENT {day},,{day},{amount}.50,USD,,,{balance}\n")
    };
    days.iter().fold(HEADER.to_owned(), |text, day| text + &line(day))
}

/// A lake on S3, the same on the disk, and statements for both.
struct Twins {
    proxy: Proxy,
    prefix: &'static str,
    local: Machine,
}

impl Twins {
    /// Of a demo's lines and those of a statement, so that it is no demo.
    fn new(prefix: &'static str) -> Self {
        let twins = Self { proxy: Proxy::before(&MINIO), prefix, local: Machine::at("http://127.0.0.1:9") };
        Machine::at(&MINIO).done(&demo(&url(prefix), "1"));
        twins.local.done(&demo(&twins.root(), "1"));
        twins.write("first.csv", &statement(&[("02-JAN-24", 10, "100.00"), ("03-FEB-24", 20, "79.50")]));
        twins.on_both(&["ingest", "bank", "first.csv"]);
        twins
    }

    fn root(&self) -> String {
        self.local.home.path().join("lake").to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.local.home.path().join(name), text).unwrap();
    }

    /// Runs a command on the disk, and on a machine that has seen nothing of the lake on S3; the objects that this one got.
    fn on_both(&self, arguments: &[&str]) -> Vec<String> {
        let (_, here) = self.local.done(&[arguments, &["--lake", &self.root()]].concat());
        let machine = Machine::at(&self.proxy.url);
        for file in fs::read_dir(self.local.home.path()).unwrap() {
            let file = file.unwrap();
            if file.path().is_file() {
                fs::copy(file.path(), machine.home.path().join(file.file_name())).unwrap();
            }
        }
        self.proxy.seen();
        let (_, there) = machine.done(&[arguments, &["--lake", &url(self.prefix)]].concat());
        assert_eq!(told(&there), told(&here), "{there}");
        let below = format!("/{}/", url(self.prefix).split_once("//").unwrap().1);
        let got = self.proxy.seen().into_iter().filter(|(method, _)| method == "GET");
        let got = got.filter_map(|(_, path)| Some(path.strip_prefix(&below)?.to_owned())).collect();
        self.assert_same(&format!("after {arguments:?}"));
        got
    }

    /// That the bucket has the bytes of the disk.
    fn assert_same(&self, when: &str) {
        let is_of_the_lake = |path: &String| !path.starts_with("_saldo/") || path == "_saldo/manifest.json";
        let mut here = Files::new();
        let root = self.root();
        walk(Path::new(&root), Path::new(&root), &mut here);
        here.retain(|path, _| is_of_the_lake(path));
        let mut there = Objects::of(&MINIO, self.prefix).all();
        there.retain(|path, _| is_of_the_lake(path));
        assert_same(&there, &here, when);
    }
}

/// What is said of files, tables and balances, without where the lake is, how long it took and what was copied.
fn told(words: &str) -> Vec<&str> {
    let is_told = |line: &&str| {
        let is_copied = line.starts_with("copying ") || line.starts_with("publishing ");
        !is_copied && [".csv: ", " files", "balances", "account "].iter().any(|word| line.contains(word))
    };
    words
        .lines()
        .filter(is_told)
        .map(|line| line.split("; ").next().unwrap())
        .map(|line| line.rsplit("/lake/").next().unwrap())
        .collect()
}

fn count(got: &[String], start: &str) -> usize {
    got.iter().filter(|path| path.starts_with(start)).count()
}

#[test]
fn a_statement_copies_the_months_that_it_touches_and_no_table_that_nothing_reads() {
    let twins = Twins::new("due");
    twins.write("march.csv", &statement(&[("04-MAR-24", 30, "49.00")]));
    let got = twins.on_both(&["ingest", "bank", "march.csv"]);
    // The first three months and the last three for the calendar, of which March is new: a booking date may be of another month.
    assert_eq!((count(&got, "banktxn/"), count(&got, "processed/")), (5, 0), "{got:?}");
    assert_eq!((count(&got, "transactions/"), count(&got, "dates/")), (0, 0), "{got:?}");
    let of_first = |got: &[String]| got.iter().filter(|path| path.ends_with("-first.csv")).count();
    assert_eq!(of_first(&got), 0, "{got:?}");
    // A month that is there gets a line more. The demo's file has no note, so what overlaps is read again.
    twins.write("more.csv", &statement(&[("05-FEB-24", 5, "73.00")]));
    let got = twins.on_both(&["ingest", "bank", "more.csv"]);
    assert_eq!((count(&got, "banktxn/"), count(&got, "processed/")), (6, 0), "{got:?}");
    assert_eq!(of_first(&got), 1, "{got:?}");
    // Lines without balances may be those of the others, which are read again.
    twins.write("bare.csv", &statement(&[("03-FEB-24", 20, ""), ("05-FEB-24", 5, ""), ("06-FEB-24", 7, "")]));
    let got = twins.on_both(&["ingest", "bank", "bare.csv"]);
    assert_eq!((of_first(&got), count(&got, "processed/")), (1, 0), "{got:?}");
    // What is known changes nothing.
    let got = twins.on_both(&["ingest", "bank", "march.csv"]);
    assert_eq!((of_first(&got), count(&got, "banktxn/"), count(&got, "processed/")), (0, 0, 0), "{got:?}");
}

#[test]
fn what_needs_all_files_gets_them() {
    let twins = Twins::new("due-all");
    let got = twins.on_both(&["normalise", "--base", "EUR"]);
    assert!(count(&got, "banktxn/") > 20 && count(&got, "processed/") == 0, "{got:?}");
    twins.write("march.csv", &statement(&[("04-MAR-24", 30, "49.00")]));
    twins.on_both(&["ingest", "bank", "march.csv"]);
    // Rates are dated otherwise: what was asked for before does not tell what is asked for now.
    twins.on_both(&["normalise", "--rate-date", "booking"]);
    twins.write("april.csv", &statement(&[("04-APR-24", 30, "18.50")]));
    twins.on_both(&["ingest", "bank", "april.csv"]);
    twins.on_both(&["ingest", "again", "march.csv", "--signs", "minus-in"]);
    twins.on_both(&["ingest", "forget", "march.csv"]);
    twins.write("may.csv", &statement(&[("04-MAY-24", 30, "18.50")]));
    twins.on_both(&["ingest", "bank", "may.csv"]);
    // What the bucket lost is made again, as before.
    let objects = Objects::of(&MINIO, "due-all");
    let lost = objects.all().into_keys().find(|path| path.starts_with("processed/")).unwrap();
    objects.delete(&lost);
    twins.write("june.csv", &statement(&[("04-JUN-24", 30, "18.50")]));
    twins.on_both(&["ingest", "bank", "june.csv"]);
}

#[test]
fn a_run_that_is_killed_with_a_part_of_the_files_is_completed_by_another() {
    let twins = Twins::new("due-killed");
    twins.write("march.csv", &statement(&[("04-MAR-24", 30, "49.00")]));
    let statement = twins.local.home.path().join("march.csv").to_string_lossy().into_owned();
    twins.local.done(&["ingest", "bank", &statement, "--lake", &twins.root()]);
    let lake = url("due-killed");
    // A note without its file, as one may be left whose file was cut off.
    let objects = Objects::of(&MINIO, "due-killed");
    let folder = Path::new(&twins.root()).join("raw/bank");
    let mut names =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let note = names.find(|name| name.ends_with("march.csv.reading.json")).unwrap();
    objects.put(&format!("raw/bank/{note}"), &fs::read(folder.join(&note)).unwrap());
    for (method, path, nth) in [
        ("GET", "/banktxn/", 1),
        ("PUT", "/raw/bank/", 1),
        ("PUT", "_saldo/staging", 3),
        ("PUT", "publish.json", 1),
    ] {
        let machine = Machine::at(&twins.proxy.url);
        let child = machine.spawn(&["ingest", "bank", &statement, "--lake", &lake]);
        twins.proxy.kill(Kill { method, path, nth, after: false }, child.id());
        child.wait_with_output().unwrap();
        assert!(twins.proxy.has_killed(), "{method} {path}");
        // The dead one's lease ends by itself.
        objects.delete("_saldo/lease.json");
    }
    Machine::at(&MINIO).done(&["ingest", "bank", &statement, "--lake", &lake]);
    twins.assert_same("after four kills");
}

#[test]
fn a_machine_whose_publish_was_cut_off_goes_on_with_the_next_statement() {
    let twins = Twins::new("due-cut");
    let lake = url("due-cut");
    let path = |name: &str| twins.local.home.path().join(name).to_string_lossy().into_owned();
    twins.write("march.csv", &statement(&[("04-MAR-24", 30, "49.00")]));
    twins.write("april.csv", &statement(&[("04-APR-24", 30, "18.50")]));
    for name in ["march.csv", "april.csv"] {
        twins.local.done(&["ingest", "bank", &path(name), "--lake", &twins.root()]);
    }
    let machine = Machine::at(&twins.proxy.url);
    let child = machine.spawn(&["ingest", "bank", &path("march.csv"), "--lake", &lake]);
    twins.proxy.kill(Kill { method: "PUT", path: "publish.json", nth: 1, after: true }, child.id());
    child.wait_with_output().unwrap();
    assert!(twins.proxy.has_killed());
    Objects::of(&MINIO, "due-cut").delete("_saldo/lease.json");
    machine.done(&["ingest", "bank", &path("april.csv"), "--lake", &lake]);
    twins.assert_same("after the next statement");
}

#[test]
fn a_machine_that_was_killed_between_its_files_makes_them_again() {
    let twins = Twins::new("due-begun");
    let lake = url("due-begun");
    twins.write("march.csv", &statement(&[("04-MAR-24", 30, "49.00")]));
    let path = twins.local.home.path().join("march.csv").to_string_lossy().into_owned();
    let machine = Machine::at(&MINIO);
    machine.done(&["ingest", "bank", &path, "--lake", &lake]);
    twins.local.done(&["ingest", "bank", &path, "--lake", &twins.root()]);
    // As a kill leaves it that comes when some files have their place, and the one that follows was not moved.
    let mut files = Files::new();
    walk(machine.home.path(), machine.home.path(), &mut files);
    let (name, manifest) = files.iter().find(|(path, _)| path.ends_with("_saldo/manifest.json")).unwrap();
    let mirror = machine.home.path().join(name.strip_suffix("_saldo/manifest.json").unwrap());
    let manifest: serde_json::Value = serde_json::from_slice(manifest).unwrap();
    let moved = "daily_rates/data_0.parquet";
    let journal = serde_json::json!({ "moves": [moved], "removes": [], "manifest": manifest });
    fs::write(mirror.join("_saldo/commit.json"), journal.to_string()).unwrap();
    let mut bytes = fs::read(mirror.join(moved)).unwrap();
    bytes[8] ^= 1;
    fs::write(mirror.join(moved), bytes).unwrap();
    twins.write("april.csv", &statement(&[("04-APR-24", 30, "18.50")]));
    let path = twins.local.home.path().join("april.csv").to_string_lossy().into_owned();
    machine.done(&["ingest", "bank", &path, "--lake", &lake]);
    twins.local.done(&["ingest", "bank", &path, "--lake", &twins.root()]);
    twins.assert_same("after a journal that was given up");
}

#[test]
fn what_lies_at_the_edge_of_the_months_that_are_read_is_no_break() {
    let twins = Twins::new("due-edge");
    let lines = |lines: &[(&str, &str, &str, &str)]| {
        let line = |(booked, valued, amounts, balance): &(&str, &str, &str, &str)| {
            format!("77002,{booked},RENT,,{valued},{amounts},{balance}\n")
        };
        lines.iter().fold(HEADER.to_owned(), |text, cells| text + &line(cells))
    };
    let february = [
        ("01-FEB-24", "01-FEB-24", "10.00,USD,,", "110.00"),
        // The one that the next line follows is of another month by its value date.
        ("01-FEB-24", "31-JAN-24", "5.00,USD,,", "105.00"),
        ("02-FEB-24", "02-FEB-24", ",,1.00,USD", "106.00"),
    ];
    twins.write("february.csv", &lines(&february));
    twins.on_both(&["ingest", "bank", "february.csv"]);
    twins.write("march.csv", &lines(&[("04-MAR-24", "04-MAR-24", "6.00,USD,,", "100.00")]));
    twins.on_both(&["ingest", "bank", "march.csv"]);
}
