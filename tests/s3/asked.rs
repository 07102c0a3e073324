//! What a session reads of a lake on S3: its manifest, and the tables that it asks for.

use std::fs;

use super::objects::Objects;
use super::proxy::{Kill, Proxy};
use super::servers::MINIO;
use super::{Machine, assert_same, demo, local, local_rows, rows, texts, url};

const COUNT: &str = "SELECT count(*) AS lines FROM banktxn";

/// The objects that were got, each as often as it was asked for.
fn got(proxy: &Proxy, prefix: &str) -> Vec<String> {
    let below = url(prefix).split_once("//").map(|(_, key)| format!("/{key}/")).unwrap();
    let seen = proxy.seen().into_iter().filter(|(method, _)| method == "GET");
    seen.filter_map(|(_, path)| Some(path.strip_prefix(&below)?.to_owned())).collect()
}

fn files_of(table: &str) -> usize {
    local(1).into_keys().filter(|path| path.starts_with(&format!("{table}/"))).count()
}

#[test]
fn a_session_reads_the_manifest_and_then_what_is_asked_for() {
    let lake = url("asked");
    Machine::at(&MINIO).done(&demo(&lake, "1"));
    let proxy = Proxy::before(&MINIO);
    let machine = Machine::at(&proxy.url);
    let own = ["_saldo/manifest.json", "_saldo/publish.json"];
    for arguments in [&["tables"][..], &["query", "-c", "SHOW TABLES"], &["query", "-c", "SELECT 1 AS a"]] {
        machine.done(&[arguments, &["--lake", &lake]].concat());
        assert_eq!(got(&proxy, "asked"), own, "{arguments:?}");
    }
    let (_, words) = machine.done(&["query", "-c", "SELECT count(*) AS days FROM dates", "--lake", &lake]);
    assert!(words.contains("copying 1 file, ") && words.contains(&format!(" from {lake}\n")), "{words}");
    let tables = got(&proxy, "asked");
    assert!(tables.len() == 3 && tables[2].starts_with("dates/"), "{tables:?}");
    machine.done(&["query", "-c", "SELECT count(*) AS days FROM dates", "--lake", &lake]);
    assert_eq!(got(&proxy, "asked"), own, "it is here");
    assert_eq!(rows(&machine, &lake), local_rows(1));
    // What is here goes without a network; what is not says why.
    proxy.go_down();
    machine.done(&["query", "-c", "SELECT count(*) AS days FROM dates", "--lake", &lake]);
    let (code, words) = machine.fails(&["query", "-c", COUNT, "--lake", &lake]);
    assert!(code == 1 && words.contains(&format!("error: cannot reach {lake}")), "{words}");
}

#[test]
fn a_run_with_nothing_new_copies_nothing_and_one_with_a_new_statement_makes_its_lines() {
    let lake = url("current");
    Machine::at(&MINIO).done(&demo(&lake, "1"));
    let objects = Objects::of(&MINIO, "current");
    let proxy = Proxy::before(&MINIO);
    let run = ["run", "--no-fetch", "--lake", &lake];
    let machine = Machine::at(&proxy.url);
    for _ in 0..2 {
        let (_, words) = machine.done(&run);
        assert!(words.contains("nothing was due"), "{words}");
        assert!(proxy.seen().len() <= 20, "{:?}", proxy.seen());
        let own = |path: &&String| !path.starts_with("_saldo/") && !path.starts_with('?');
        assert_eq!(got(&proxy, "current").iter().filter(own).count(), 0);
    }
    // Which days lack a rate is told by one table.
    machine.done(&["run", "--lake", &lake]);
    let copied: Vec<_> =
        got(&proxy, "current").into_iter().filter(|path| path.ends_with(".parquet")).collect();
    assert!(copied.len() == 1 && copied[0].starts_with("daily_rates/"), "{copied:?}");
    assert_same(&objects.all(), &local(1), "nothing is changed, and nothing deleted");
    let other = Machine::at(&MINIO);
    let statement = other.home.path().join("new.csv");
    fs::write(&statement, lines_of("01-MAR-19")).unwrap();
    other.done(&["ingest", "bank", &statement.to_string_lossy(), "--lake", &lake]);
    let (_, words) = machine.done(&run);
    assert!(words.contains("nothing was due"), "ingest has made them: {words}");
    assert_eq!(rows(&machine, &lake), rows(&other, &lake));
    // A raw file that somebody put there, and one that is gone.
    objects.put("raw/bank/more.csv", lines_of("02-MAR-19").as_bytes());
    let (_, words) = machine.done(&run);
    assert!(words.contains("banktxn 1 file"), "{words}");
    assert_eq!(proxy.unchecked(), 0, "the bucket knows the SHA-256 of what was put");
    objects.delete("raw/bank/more.csv");
    let (code, words) = Machine::at(&MINIO).fails(&run);
    assert!(code == 3 && words.contains("raw/bank/more.csv"), "{words}");
}

#[test]
fn a_statement_whose_run_was_cut_off_before_it_was_published_is_published_by_the_next() {
    let lake = url("unpublished");
    let proxy = Proxy::before(&MINIO);
    let machine = Machine::at(&proxy.url);
    machine.done(&demo(&lake, "1"));
    let before = rows(&machine, &lake);
    let statement = machine.home.path().join("new.csv");
    fs::write(&statement, lines_of("01-MAR-19")).unwrap();
    proxy.seen();
    let child = machine.spawn(&["ingest", "bank", &statement.to_string_lossy(), "--lake", &lake]);
    proxy.kill(Kill { method: "PUT", path: "/raw/bank/", nth: 1, after: false }, child.id());
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success() && proxy.has_killed(), "{}", texts(&output).1);
    // Other raw files of the statement may have been put at the same time.
    let objects = Objects::of(&MINIO, "unpublished");
    objects.all().keys().filter(|path| path.contains("new.csv")).for_each(|path| objects.delete(path));
    let (_, words) = machine.done(&["run", "--no-fetch", "--lake", &lake]);
    assert!(words.contains("banktxn 1 file"), "{words}");
    assert_ne!(rows(&machine, &lake), before);
    assert_eq!(rows(&machine, &lake), rows(&Machine::at(&MINIO), &lake));
}

fn lines_of(date: &str) -> String {
    format!(
        "account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n\
         1188423',{date},TRF TO EASTERN STAR MOTO,,{date},12.50,SGD,,,100.00\n"
    )
}

#[test]
fn two_sessions_that_ask_for_a_table_at_once_copy_it_once() {
    let lake = url("twice");
    Machine::at(&MINIO).done(&demo(&lake, "1"));
    let proxy = Proxy::before(&MINIO);
    let machine = Machine::at(&proxy.url);
    let begun: Vec<_> = (0..3).map(|_| machine.spawn(&["query", "-c", COUNT, "--lake", &lake])).collect();
    for child in begun {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", texts(&output).1);
    }
    let copied = got(&proxy, "twice").into_iter().filter(|path| path.starts_with("banktxn/")).count();
    assert_eq!(copied, files_of("banktxn"));
}

#[test]
fn a_copy_that_is_cut_off_goes_on_and_gives_the_same_rows() {
    let lake = url("severed");
    Machine::at(&MINIO).done(&demo(&lake, "1"));
    let proxy = Proxy::before(&MINIO);
    let machine = Machine::at(&proxy.url);
    machine.done(&["tables", "--lake", &lake]);
    proxy.cut(&[10, 300, 2_000, 1, 700]);
    assert_eq!(rows(&machine, &lake), local_rows(1));
    assert_eq!(proxy.uncut(), 0, "every cut took place");
}

#[test]
fn what_is_too_large_or_not_what_the_manifest_says_is_never_half_a_table() {
    let (machine, lake) = (Machine::at(&MINIO), url("hostile"));
    machine.done(&demo(&lake, "1"));
    let objects = Objects::of(&MINIO, "hostile");
    let settings = machine.home.path().join("small.toml");
    fs::write(&settings, "fetch_mib = 0\n").unwrap();
    let settings = settings.to_string_lossy().into_owned();
    let count = ["query", "-c", COUNT, "--lake", &lake];
    let small = Machine::at(&MINIO);
    let (_, words) = small.fails(&[&count[..], &["--config", &settings]].concat());
    assert!(
        words.contains("and that is more than fetch_mib allows\nhint: `saldo pull banktxn --where"),
        "{words}"
    );
    let (out, words) = small.done(&["status", "--format", "json", "--lake", &lake, "--config", &settings]);
    assert!(
        out.contains("\"conversion\": null") && words.contains("note: Conversion by currency: "),
        "{words}"
    );

    // Sizes that are made up, too small, too large, and without end.
    let manifest = String::from_utf8(objects.get("_saldo/manifest.json")).unwrap();
    let path = local(1).into_keys().find(|path| path.starts_with("banktxn/")).unwrap();
    let size = local(1)[&path].len();
    let at = manifest.find(&format!("\"{}\"", path.rsplit_once('/').unwrap().0)).unwrap();
    for wrong in ["1", "99999999", "18446744073709551615"] {
        let (before, line) = manifest.split_at(at);
        let lying = format!("{before}{}", line.replacen(&size.to_string(), wrong, 1));
        objects.put("_saldo/manifest.json", lying.as_bytes());
        let (_, words) = Machine::at(&MINIO).fails(&count);
        let is_told = words.contains("is not the file that the manifest names")
            || words.contains("more than fetch_mib");
        assert!(is_told, "{wrong}: {words}");
    }
    let all = machine.home.path().join("all.toml");
    fs::write(&all, "fetch_mib = 99999999999999\n").unwrap();
    let (_, words) = Machine::at(&MINIO).fails(&[&count[..], &["--config", &all.to_string_lossy()]].concat());
    assert!(words.contains(&format!("error: {path} of {lake} is not the file")), "{words}");
    objects.put("_saldo/manifest.json", manifest.as_bytes());
    objects.delete(&path);
    let other = Machine::at(&MINIO);
    let (code, words) = other.fails(&count);
    assert!(code == 3 && words.contains("`saldo lake repair` mends it"), "{words}");
    other.done(&["query", "-c", "SELECT count(*) AS days FROM dates", "--lake", &lake]);
}
