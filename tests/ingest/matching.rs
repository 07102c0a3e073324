//! Lines that lack their text, their balance or both, beside files that tell them.

use std::fmt::Write as _;
use std::time::Instant;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};

use super::formats::{ACCOUNT, camt, notification, ntry};
use super::{OWN, Place};

/// Day, amount and balance of three payments.
const PAYMENTS: [(&str, &str, &str); 3] =
    [("2024-12-30", "3.05", "996.95"), ("2024-12-31", "7.00", "989.95"), ("2024-12-31", "1.00", "988.95")];

/// The payments as camt.053; each has its text where one is given.
fn entries(texts: [&str; 3]) -> String {
    let mut all = String::new();
    for ((day, amount, _), text) in PAYMENTS.into_iter().zip(texts) {
        let details = format!("<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>");
        all += &ntry("DBIT", amount, day, day, if text.is_empty() { "" } else { &details });
    }
    camt(&all, "988.95", "")
}

fn lines(texts: [&str; 3], has_balances: bool) -> String {
    let mut all = OWN.to_owned();
    for ((day, amount, balance), text) in PAYMENTS.into_iter().zip(texts) {
        let balance = if has_balances { balance } else { "" };
        writeln!(all, "{ACCOUNT},{day},{text},,{day},{amount},CHF,,,{balance}").unwrap();
    }
    all
}

fn mt940() -> String {
    let mut all = format!(":20:X\n:25:{ACCOUNT}\n:28C:1\n:60F:C241230CHF1000,\n");
    for (day, amount, _) in PAYMENTS {
        let day = day.replace('-', "");
        writeln!(all, ":61:{}{}D{}NTRFNONREF", &day[2..], &day[4..], amount.replace('.', ",")).unwrap();
    }
    all + ":62F:C241231CHF988,95\n-\n"
}

/// Takes files in, at once and one by one, and one by one in the other order: how many lines there are, what goes out, how many
/// texts and balances they tell.
fn taken_in(files: &[(&str, String)], wanted: &str) {
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    let back: Vec<_> = names.iter().rev().copied().collect();
    for (order, size) in [(&names, names.len()), (&names, 1), (&back, 1)] {
        let place = Place::new();
        for (name, content) in files {
            place.file(name, content);
        }
        let mut said = String::new();
        for names in order.chunks(size) {
            let (code, words) = place.ingested("bank", names);
            assert_eq!(code, 0, "{words}");
            said += &words;
        }
        let select = "SELECT COUNT(*), SUM(withdrawal_amt), COUNT(transaction_details), COUNT(balance_amt) FROM banktxn";
        assert_eq!(place.rows("banktxn", select), [wanted], "{order:?} {said}");
    }
}

#[test]
fn lines_without_text_and_balance_are_one_with_those_that_tell_more() {
    let none = [""; 3];
    let statement = || ("a.xml", entries(none));
    let notice = || ("b.xml", notification(entries(none)));
    taken_in(&[statement(), notice()], "3 | 11.0500 | 0 | 3");
    taken_in(&[("c.csv", lines(none, true)), ("d.csv", lines(none, false))], "3 | 11.0500 | 0 | 3");
    taken_in(&[("e.sta", mt940()), ("d.csv", lines(none, false))], "3 | 11.0500 | 0 | 3");
    let all = [
        statement(),
        notice(),
        ("c.csv", lines(none, true)),
        ("d.csv", lines(none, false)),
        ("e.sta", mt940()),
    ];
    taken_in(&all, "3 | 11.0500 | 0 | 3");
    // One of the three lacks its text, in both files or in one of them.
    let two = ["Coffee", "", "Tea"];
    let (some, whole) = (("a.xml", entries(two)), ("a.xml", entries(["Coffee", "Rent", "Tea"])));
    let notice = ("b.xml", notification(entries(two)));
    taken_in(&[some, notice.clone()], "3 | 11.0500 | 2 | 3");
    taken_in(&[whole, notice], "3 | 11.0500 | 3 | 3");
}

#[test]
fn texts_of_one_file_and_balances_of_another_are_of_the_same_lines() {
    let texts = ["Coffee", "Rent", "Tea"];
    let files = [("a.csv", lines([""; 3], true)), ("b.csv", lines(texts, false))];
    taken_in(&files, "3 | 11.0500 | 3 | 0");
    let [balances, texts_alone] = files;
    let all = [balances, texts_alone, ("c.csv", lines(texts, true)), ("d.csv", lines([""; 3], false))];
    taken_in(&all, "3 | 11.0500 | 3 | 3");
}

/// Amount, and text and balance where they are told.
type Payment = (u32, Option<&'static str>, Option<u32>);

fn csv(files: &[Vec<(usize, Payment)>], which: usize) -> String {
    let mut all = OWN.to_owned();
    for (account, (amount, text, balance)) in &files[which] {
        let balance = balance.map(|balance| format!("{balance}.00")).unwrap_or_default();
        let text = text.unwrap_or_default();
        writeln!(all, "{account},2024-01-05,{text},,2024-01-05,{amount}.00,SGD,,,{balance}").unwrap();
    }
    all
}

/// Whether each line can be given a row of its own that contradicts nothing it tells.
fn have_rows(lines: &[Payment], rows: &[Payment]) -> bool {
    fn given(
        at: usize,
        lines: &[Payment],
        rows: &[Payment],
        taken: &mut Vec<Option<usize>>,
        seen: &mut Vec<bool>,
    ) -> bool {
        let (amount, text, balance) = lines[at];
        for row in 0..rows.len() {
            let (own, told, shown) = rows[row];
            let agrees = own == amount
                && text.zip(told).is_none_or(|(text, told)| text == told)
                && balance.zip(shown).is_none_or(|(balance, shown)| balance == shown);
            if agrees && !seen[row] {
                seen[row] = true;
                let is_free = match taken[row] {
                    None => true,
                    Some(other) => given(other, lines, rows, taken, seen),
                };
                if is_free {
                    taken[row] = Some(at);
                    return true;
                }
            }
        }
        false
    }
    let mut taken = vec![None; rows.len()];
    (0..lines.len()).all(|at| given(at, lines, rows, &mut taken, &mut vec![false; rows.len()]))
}

/// Takes files in, and how many lines it says that each of them brought.
fn loaded(place: &Place, names: &[&str]) -> Vec<u64> {
    let output = place.ingest("bank", &[&["--json"], names].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    told["files"].as_array().unwrap().iter().map(|file| file["loaded"].as_u64().unwrap()).collect()
}

#[test]
fn lines_that_become_one_with_earlier_ones_are_told_as_far_as_they_are_new() {
    let line = |day: &str, text: &str, amount: &str, balance: &str| {
        format!("{ACCOUNT},{day},{text},,{day},{amount},EUR,,,{balance}\n")
    };
    let coffee = |balance| line("2024-01-05", "Coffee", "5.00", balance);
    let files = [
        ("a.csv", coffee("") + &coffee("")),
        ("b.csv", coffee("") + &line("2024-01-04", "Rent", "500.00", "")),
        ("c.csv", coffee("95.00")),
        ("d.csv", coffee("95.00") + &line("2024-01-06", "Salary", "1.00", "94.00")),
    ];
    let place = || {
        let place = Place::new();
        for (name, lines) in &files {
            place.file(name, OWN.to_owned() + lines);
        }
        place
    };
    let at_once = place();
    assert_eq!(loaded(&at_once, &["a.csv", "b.csv", "c.csv"]), [2, 1, 0]);
    assert_eq!(at_once.count("banktxn"), 3);
    assert_eq!(loaded(&place(), &["a.csv", "b.csv", "d.csv"]), [2, 1, 1]);
    let one_by_one = place();
    let told: Vec<_> = files.iter().flat_map(|(name, _)| loaded(&one_by_one, &[name])).collect();
    assert_eq!(told, [2, 1, 0, 1]);
}

#[test]
fn every_line_of_every_file_has_a_row_and_payments_that_files_share_have_one() {
    const ACCOUNTS: usize = 150;
    let mut chance = Pcg64Mcg::seed_from_u64(5);
    let mut below = |limit: u64| usize::try_from(chance.next_u64() % limit).unwrap();
    let mut files = vec![Vec::new(); 4];
    let mut counts = Vec::new();
    for account in 0..ACCOUNTS {
        let mut balance = 100;
        let count = 1 + below(5);
        let payments: Vec<_> = (0..count)
            .map(|_| {
                let amount = [1, 1, 2][below(3)];
                balance -= amount;
                (amount, ["x", "x", "y"][below(3)], balance)
            })
            .collect();
        // Of half the accounts a file tells all texts or none, and all balances or none.
        let is_even = account % 2 == 0;
        for file in &mut files {
            let lacks = [below(2) * 4, below(2) * 4];
            for (amount, text, balance) in &payments {
                let [no_text, no_balance] =
                    lacks.map(|lacks| below(4) < if is_even { lacks } else { lacks / 2 });
                if below(6) > 0 {
                    let line = (*amount, (!no_text).then_some(*text), (!no_balance).then_some(*balance));
                    file.push((account, line));
                }
            }
        }
        counts.push(count);
    }
    let place = Place::new();
    let names = ["a.csv", "b.csv", "c.csv", "d.csv"];
    for (which, name) in names.iter().enumerate() {
        place.file(name, csv(&files, which));
    }
    let told = loaded(&place, &names);
    assert_eq!(told.iter().sum::<u64>(), place.count("banktxn"), "{told:?}");
    let mut table = vec![Vec::new(); ACCOUNTS];
    let select = "SELECT account_no, CAST(withdrawal_amt AS INTEGER), transaction_details, CAST(balance_amt AS INTEGER) FROM banktxn";
    for row in place.rows("banktxn", select) {
        let cells: Vec<_> = row.split(" | ").collect();
        let text = ["x", "y"].into_iter().find(|text| *text == cells[2]);
        let account: usize = cells[0].parse().unwrap();
        table[account].push((cells[1].parse().unwrap(), text, cells[3].parse().ok()));
    }
    for (account, rows) in table.iter().enumerate() {
        for file in &files {
            let lines: Vec<_> = file.iter().filter(|(of, _)| *of == account).map(|(_, line)| *line).collect();
            assert!(have_rows(&lines, rows), "{account}: {lines:?} of {rows:?}");
        }
        assert!(account % 2 > 0 || rows.len() <= counts[account], "{account}: {rows:?}");
    }
}

#[test]
fn many_payments_of_one_amount_are_matched_about_as_fast_as_others() {
    const LINES: u64 = 20_000;
    let seconds = |is_one_amount: bool| {
        let place = Place::new();
        for (name, has_balances) in [("a.csv", true), ("b.csv", false)] {
            let mut all = OWN.to_owned();
            let mut left: u64 = 900_000_000;
            for at in 0..LINES {
                let amount = if is_one_amount { 1 } else { 1 + at };
                left -= amount;
                let balance = if has_balances { format!("{left}.00") } else { String::new() };
                writeln!(all, "77,2024-01-05,Subscription {at},,2024-01-05,{amount}.00,SGD,,,{balance}")
                    .unwrap();
            }
            place.file(name, all);
        }
        assert_eq!(place.ingested("bank", &["a.csv"]).0, 0);
        let start = Instant::now();
        assert_eq!(place.ingested("bank", &["b.csv"]).0, 0);
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(place.count("banktxn"), LINES);
        seconds
    };
    let (others, one) = (seconds(false), seconds(true));
    assert!(one < 3.0 * others, "{one} s, others {others} s");
}
