//! `saldo stage` into a bucket.

use std::fs;

use super::objects::Objects;
use super::servers::MINIO;
use super::{Files, Machine, assert_same, url, walk};

/// A statement of an account, a line on each of the first days of a month.
fn statement(account: u32, month: u32) -> String {
    let line = |day: u32| format!("{account},2017-{month:02}-{day:02},line {day},,{day}.00,SGD\n");
    let lines: String = (1..=9).map(line).collect();
    format!("account_no,date,transaction_details,withdrawal_amt,deposit_amt,deposit_currency\n{lines}")
}

fn with_statements() -> Machine {
    let machine = Machine::at(&MINIO);
    for month in 1..=6 {
        fs::write(machine.home.path().join(format!("{month}.csv")), statement(month % 2, month)).unwrap();
    }
    machine
}

#[test]
fn machines_stage_into_one_place_what_one_stages_on_its_disk() {
    let [one, other] = [with_statements(), with_statements()];
    let to = url("staged");
    one.done(&["stage", "1.csv", "2.csv", "3.csv", "4.csv", "5.csv", "6.csv", "--to", "local"]);
    // Both have the files 3 and 4.
    let mut running = [
        one.spawn(&["stage", "1.csv", "2.csv", "3.csv", "4.csv", "--to", &to]),
        other.spawn(&["stage", "4.csv", "3.csv", "5.csv", "6.csv", "--to", &to]),
    ];
    for child in &mut running {
        assert!(child.wait().unwrap().success());
    }
    let local = |machine: &Machine| {
        let (root, mut files) = (machine.home.path().join("local"), Files::new());
        walk(&root, &root, &mut files);
        files
    };
    let objects = Objects::of(&MINIO, "staged");
    let wanted = local(&one);
    assert_eq!(wanted.len(), 2 * 6, "lines and a note each");
    assert_same(&objects.all(), &wanted, "staged by two machines");
    // With a map that takes a column for another.
    fs::write(one.home.path().join("map.csv"), "transaction_details,chq_no\n").unwrap();
    for to in ["local", &to] {
        one.done(&["stage", "1.csv", "--map", "map.csv", "--to", to]);
    }
    let other = local(&one);
    assert!(other != wanted);
    assert_same(&objects.all(), &other, "staged again, otherwise");
    // Where a lake lies, nothing is staged.
    objects.put("_saldo/manifest.json", b"{}");
    let (code, said) = one.fails(&["stage", "2.csv", "--to", &to]);
    assert!(code == 2 && said.contains("is a lake"), "{said}");
}
