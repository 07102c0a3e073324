//! The figures and the saved queries tell the same of every account of the demo lake.

use std::collections::BTreeMap;

use saldo::credit::common::Common;
use saldo::credit::gathered;

use super::*;

/// The cells of a saved query's rows, by account.
fn answers(home: &Home, query: &str, values: &[&str]) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut arguments = vec!["query", query, "--format", "csv"];
    arguments.extend(values.iter().flat_map(|value| ["-p", value]));
    let output = String::from_utf8(saldo(home.folder.path(), &arguments).stdout).unwrap();
    let mut lines = output.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let row = |cells: Vec<String>| {
        let cells: BTreeMap<_, _> = header.iter().cloned().zip(cells).collect();
        (cells["account_no"].clone(), cells)
    };
    lines.map(row).collect()
}

#[test]
fn the_demo_lakes_accounts_have_the_same_ratio_label_and_balances_as_in_the_saved_queries() {
    let folder = tempfile::tempdir().unwrap();
    saldo(folder.path(), &["demo", "--rows", "20000", "--no-open"]);
    let home = Home::open(folder);
    let newest = "2019-12-31";
    let all = home.ask(&request(Whose::EveryAccount, newest)).unwrap();
    let ratios = answers(&home, "credit_worthiness", &[]);
    assert_eq!((all.len(), ratios.len()), (12, 12));
    let balances = answers(&home, "average_daily_balance", &["from=2019-01-01", "to=2019-12-31"]);
    let breaks = saldo(home.folder.path(), &["query", "balance_breaks", "--format", "csv"]).stdout;
    let breaks = String::from_utf8(breaks).unwrap();
    let mut with_own_balance = 0;
    for figures in &all {
        let account = &figures.subject.account;
        let ratio = &ratios[account];
        let decimals = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
        let expected = if ratio["credit_ratio"].is_empty() {
            "∅".to_owned()
        } else {
            decimals(&ratio["credit_ratio"])
        };
        assert_eq!(value(figures, "ratio", "all"), expected, "{account}");
        assert_eq!(figures.facts.ratio_label, ratio["creditworthiness"], "{account}");
        assert_eq!(figures.facts.lines.to_string(), ratio["num_transactions"], "{account}");
        let note = figures.facts.ratio_note.clone();
        assert_eq!(
            note.unwrap_or_else(|| figures.facts.ratio_label.replace(" Creditworthiness", "")),
            ratio["verdict"]
        );

        let balance = &balances[account];
        assert_eq!(value(figures, "negative_days", "12m"), balance["negative_days"], "{account}");
        assert_eq!(value(figures, "uncertain_days", "12m"), balance["uncertain_days"], "{account}");
        assert_eq!(figures.facts.balance_currency.as_ref(), Some(&balance["currency"]), "{account}");
        if balance["currency"] == "SGD" {
            with_own_balance += 1;
            let average = figures.value("average_daily_balance", Period::Months(12)).unwrap();
            assert_eq!(average.rounded(2), balance["average_daily_balance"], "{account}");
            assert_eq!(
                decimals(&balance["lowest_balance"]),
                value(figures, "lowest_balance", "12m"),
                "{account}"
            );
        }
        // A line is `account,day,…`.
        let of_window = breaks.lines().filter(|line| line.starts_with(&format!("{account},2019-"))).count();
        assert_eq!(value(figures, "balance_breaks", "12m"), of_window.to_string(), "{account}");
    }
    assert_eq!(with_own_balance, 3);
}

/// What an engine elsewhere is asked gives the same figures, here with the engine inside in its place; so does what all accounts
/// have in common, worked out before.
pub fn assert_gathered(home: &Home, request: &Request) {
    let cancel = CancellationToken::new();
    let statements = gathered::statements(&home.engine, request, &cancel).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { temporary: Some(folder.path().join("cache")), ..Settings::default() };
    let mut there = gathered::read(&home.engine, statements, request, settings, &cancel).unwrap();
    let mut here = home.ask(request).unwrap();
    let common = Common::of(&home.engine, request, &cancel).unwrap();
    let sooner = common.read(request, &cancel).unwrap();
    for figures in there.iter_mut().chain(&mut here) {
        assert!(figures.inputs.bytes_read.take().is_some_and(|bytes| bytes > 0), "{request:?}");
    }
    assert!(!here.is_empty(), "{request:?}");
    assert_eq!(there, here, "{request:?}");
    assert_eq!(sooner, here, "{request:?}: what was read for all cards is not told as read for one");
    assert_eq!(std::fs::read_dir(folder.path().join("cache")).unwrap().count(), 0, "nothing stays");
}

#[test]
fn what_is_gathered_elsewhere_gives_the_same_figures() {
    for as_of in ["2019-08-31", "2019-12-31", "2020-02-29"] {
        assert_gathered(&HOME, &request(Whose::EveryAccount, as_of));
    }
    let account = HOME.ask(&request(Whose::EveryAccount, "2019-08-31")).unwrap()[0].subject.account.clone();
    let mut request = request(Whose::Account(account), "2019-08-31");
    request.asked.instalment = Some("125.50".parse().unwrap());
    assert_gathered(&HOME, &request);
}
