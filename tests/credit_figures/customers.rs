//! Accounts of one customer together, by a file that a person lays into the lake's folder.

use super::*;

/// Two accounts of a customer, one that two share, and one of nobody.
fn home() -> Home {
    let mut statement = lines(
        "P",
        &[("2019-08-01", "SALARY CREDIT ACME", 1000), ("2019-08-11", "INTERNAL FUND TRANSFER", -400)],
    );
    statement.extend(lines(
        "Q",
        &[("2019-08-11", "INTERNAL FUND TRANSFER", 400), ("2019-08-21", "RENT MR LEE", -500)],
    ));
    statement.push(line("Q", "2019-08-31", "INTEREST", 0, -100));
    statement.extend(lines("JOINT", &[("2019-08-01", "CASH", 50), ("2019-08-31", "INTEREST", 0)]));
    statement.extend(lines("NOBODYS", &[("2019-08-01", "CASH", 70), ("2019-08-31", "INTEREST", 0)]));
    // One account in dirhams, for which there is no rate.
    statement.extend(lines(
        "R",
        &[("2019-08-01", "CASH", 30), ("2019-08-21", "CASH", -90), ("2019-08-31", "CASH", 100)],
    ));
    for (date, amount, balance) in [("2019-08-01", 10, 10), ("2019-08-25", -20, -10), ("2019-08-31", 20, 10)]
    {
        statement.push(line_in("AED", "S", date, date, "CASH", amount, balance));
    }
    let home = Home::new(&[statement]);
    let customers = "account_no,customer,name\nP,C1,Ann\nQ,C1,Ann\nQ,C1,Ann\nJOINT,C2,Ben\nJOINT,C3,Cem\nELSEWHERE,C4,Dee\nR,NOBODYS,Eve\nS,NOBODYS,Eve\n";
    fs::write(home.folder.path().join("lake/customers.csv"), customers).unwrap();
    Home::open(home.folder)
}

#[test]
fn the_accounts_of_a_customer_count_together() {
    let home = home();
    let mut ann = home.ask(&request(Whose::Customer("C1".into()), "2019-08-31")).unwrap();
    assert_eq!(ann.len(), 1);
    assert_values(
        &ann[0],
        &[
            // 1,000 on 20 days, then 500 on 11.
            ("average_daily_balance", "1m", "822.580645"),
            ("negative_days", "1m", "0"),
            // The salary, and the transfer that came back in; both of its legs.
            ("inflow", "1m", "1400"),
            ("own_transfers", "12m", "800"),
            // 1,000 over the rent.
            ("adjusted_ratio", "12m", "2"),
            ("ratio", "all", "1.555556"),
        ],
    );
    assert_eq!((ann[0].subject.account.as_str(), ann[0].subject.name.as_deref()), ("C1", Some("Ann")));
    assert_eq!((ann[0].facts.lines, ann[0].facts.balance_currency.as_deref()), (5, Some("SGD")));

    let mut all = home.ask(&request(Whose::EveryCustomer, "2019-08-31")).unwrap();
    for figures in all.iter_mut().chain(&mut ann) {
        figures.inputs.bytes_read = None;
    }
    let names: Vec<_> = all.iter().map(|figures| figures.subject.account.as_str()).collect();
    // An account of nobody, and a customer whose code is that account's number.
    assert_eq!(names, ["C1", "C2", "C3", "NOBODYS", "NOBODYS"]);
    let kinds: Vec<_> = all.iter().map(|figures| figures.subject.is_customer).collect();
    assert_eq!(kinds, [true, true, true, false, true]);
    assert_values(&all[3], &[("inflow", "1m", "70")]);
    assert_eq!((all[3].facts.lines, all[4].facts.lines, all[4].facts.accounts), (2, 6, 2));
    assert_eq!(all[0], ann[0]);
    assert_values(&all[2], &[("inflow", "1m", "50")]);
    assert_eq!((all[2].subject.name.as_deref(), all[2].facts.notes.len()), (Some("Cem"), 0));
    for whose in [Whose::Customer("C1".into()), Whose::EveryCustomer] {
        agree::assert_gathered(&home, &request(whose, "2019-08-31"));
    }
}

#[test]
fn a_total_that_no_rate_tells_is_below_zero_when_any_account_is() {
    let home = home();
    let eve = home.ask(&request(Whose::Customer("NOBODYS".into()), "2019-08-31")).unwrap();
    assert_values(
        &eve[0],
        &[
            // The one from the 21st, the other from the 25th, both to the 30th.
            ("negative_days", "12m", "10"),
            ("negative_run", "12m", "10"),
            ("days_since_negative", "all", "1"),
            ("average_daily_balance", "12m", "∅"),
        ],
    );
    assert!(
        eve[0].facts.notes[0].starts_with("The balances cannot be added up in SGD"),
        "{:?}",
        eve[0].facts.notes
    );
}

#[test]
fn an_account_alone_tells_whose_it_is() {
    let home = home();
    let q = home.account("Q", "2019-08-31");
    assert_values(&q, &[("negative_days", "1m", "11"), ("own_transfers", "12m", "∅")]);
    // Its month begins with the 11th, so it is not full.
    assert_eq!(months(&q, "inflow"), ["2019-08 400.00"]);
    assert_eq!((q.subject.customer.as_deref(), q.subject.name.as_deref()), (Some("C1"), Some("Ann")));
    assert_eq!(home.account("JOINT", "2019-08-31").facts.notes, ["The account belongs to 2 customers."]);
    assert_eq!(home.account("NOBODYS", "2019-08-31").subject.customer, None);
}
