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
    statement.extend(lines("JOINT", &[("2019-08-01", "CASH", 50)]));
    statement.extend(lines("NOBODYS", &[("2019-08-01", "CASH", 70)]));
    let home = Home::new(&[statement]);
    let customers = "account_no,customer,name\nP,C1,Ann\nQ,C1,Ann\nQ,C1,Ann\nJOINT,C2,Ben\nJOINT,C3,Cem\nELSEWHERE,C4,Dee\n";
    fs::write(home.folder.path().join("lake/customers.csv"), customers).unwrap();
    Home::open(home.folder)
}

#[test]
fn the_accounts_of_a_customer_count_together() {
    let home = home();
    let ann = home.ask(&request(Whose::Customer("C1".into()), "2019-08-31")).unwrap();
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
    assert_eq!((ann[0].facts.lines, ann[0].facts.balance_currency.as_deref()), (4, Some("SGD")));

    let all = home.ask(&request(Whose::EveryCustomer, "2019-08-31")).unwrap();
    let names: Vec<_> = all.iter().map(|figures| figures.subject.account.as_str()).collect();
    assert_eq!(names, ["C1", "C2", "C3", "NOBODYS"]);
    assert_eq!(all[0], ann[0]);
    assert_values(&all[2], &[("inflow", "1m", "50")]);
    assert_eq!((all[2].subject.name.as_deref(), all[2].facts.notes.len()), (Some("Cem"), 0));
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
