//! Rates that changed too much at once: held back, listed, accepted.

use super::{Home, oxr};

/// Answers of days with the rates of SGD and another currency.
fn import(home: &Home, days: &[(&str, &str, &str)]) -> super::Told {
    let name = |(day, currency, rate): &(&str, &str, &str)| {
        let rates = format!(r#""SGD": 1.33, "{currency}": {rate}, "INR": 83.0"#);
        home.write(&format!("files/{currency}/{day}.json"), oxr(day, &rates))
    };
    let names: Vec<String> = days.iter().map(name).collect();
    let arguments: Vec<&str> = std::iter::once("import").chain(names.iter().map(String::as_str)).collect();
    home.rates(&arguments)
}

const AMOUNTS: &str =
    "SELECT value_date, deposit_sgd_amt, rate_status, rate_date, reason FROM processed ORDER BY value_date";

#[test]
fn a_devaluation_that_is_known_passes_by_itself() {
    let home = Home::new();
    let line = "77',2023-12-13,X,,2023-12-13,,,800000.00,ARS,1.00\n";
    let header = "account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";
    home.write("lake/raw/bank/statement.csv", format!("{header}{line}"));
    let told = import(&home, &[("2023-12-12", "ARS", "366.5"), ("2023-12-13", "ARS", "800")]);
    assert_eq!(told.code, 0, "{}", told.err);
    // 800,000 / 800 * 1.33, by hand.
    assert_eq!(home.rows(AMOUNTS), ["2023-12-13 1330.000000 exact 2023-12-13 ∅"]);
}

#[test]
fn every_known_devaluation_passes_and_the_same_jump_a_year_before_does_not() {
    let known = [
        ("EGP", "2016-11-02", "2016-11-03"),
        ("EGP", "2022-03-20", "2022-03-21"),
        ("EGP", "2022-10-26", "2022-10-27"),
        ("EGP", "2023-01-10", "2023-01-11"),
        ("EGP", "2024-03-05", "2024-03-06"),
        ("NGN", "2023-06-13", "2023-06-14"),
        ("ARS", "2023-12-12", "2023-12-13"),
        ("ETB", "2024-07-28", "2024-07-29"),
    ];
    for (currency, before, day) in known {
        let home = Home::new();
        let told = import(&home, &[(before, currency, "10"), (day, currency, "18")]);
        assert_eq!(told.code, 0, "{currency} {day}: {}", told.err);
    }
    let home = Home::new();
    let told = import(&home, &[("2015-06-12", "NGN", "10"), ("2015-06-13", "NGN", "18")]);
    assert_eq!(told.code, 3, "{}", told.err);
}

/// Five days of deposits in ARS, whose rate doubles on the second.
fn peso() -> (Home, super::Told) {
    let home = Home::new();
    let days = ["2019-05-01", "2019-05-02", "2019-05-03", "2019-05-04", "2019-05-05"];
    home.statement(&days.map(|day| ("ARS", day)));
    let rates = [("2019-05-01", "ARS", "40"), ("2019-05-02", "ARS", "80"), ("2019-05-04", "ARS", "82")];
    let told = import(&home, &rates);
    (home, told)
}

/// The first of them.
const FIRST: &str = "2019-05-01 3.325000 exact 2019-05-01 ∅";

#[test]
fn what_a_held_rate_would_convert_has_no_amount_until_it_is_accepted() {
    let (home, told) = peso();
    assert_eq!(told.code, 3, "{}", told.err);
    assert!(
        told.err.contains(
            "error: 2 new rates and the amounts of 4 lines are held back: a rate changed too much at once\n"
        ),
        "{}",
        told.err
    );
    assert!(told.err.contains("hint: `saldo rates held` lists them"), "{}", told.err);
    let held = |date: &str, rate_date: &str| {
        format!(
            "{date} ∅ held_back {rate_date} the rate for ARS of {rate_date} is held back: it or that of the base currency changed too much at once"
        )
    };
    assert_eq!(
        home.rows(AMOUNTS),
        [
            FIRST.to_owned(),
            held("2019-05-02", "2019-05-02"),
            held("2019-05-03", "2019-05-02"),
            held("2019-05-04", "2019-05-04"),
            held("2019-05-05", "2019-05-04"),
        ]
    );
    let list = home.rates(&["held", "--format", "csv"]);
    assert_eq!(list.code, 0, "{}", list.err);
    assert_eq!(
        list.out,
        "rate_date,currency,source,base_currency,rate,reason\n\
         2019-05-02,ARS,oxr,USD,80,\"the rate changed by +100 % since 2019-05-01, so it is held back\"\n\
         2019-05-04,ARS,oxr,USD,82,\"the rate changed by +105 % since 2019-05-01, so it is held back\"\n"
    );
}

#[test]
fn a_rate_that_is_accepted_is_used_also_when_the_lake_is_made_again() {
    let (home, told) = peso();
    assert_eq!(told.code, 3, "{}", told.err);
    // What is not held back cannot be accepted, and the message says what is.
    for arguments in [["accept", "2019-05-03", "ARS"], ["accept", "2019-05-02", "INR"]] {
        let told = home.rates(&arguments);
        assert_eq!(told.code, 1, "{}", told.err);
        assert!(
            told.err.contains("is held back\nhint: held back are 2019-05-02 ARS, 2019-05-04 ARS\n"),
            "{}",
            told.err
        );
    }
    assert_eq!(home.rates(&["accept", "2019-05-32", "ARS"]).code, 2);

    // One is taken in, and the next is near to it.
    let told = home.rates(&["accept", "2019-05-02", "ars"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(
        told.err.contains("accepted the rate of 2019-05-02 by oxr: 80 ARS for one USD\n"),
        "{}",
        told.err
    );
    let wanted = [
        FIRST.to_owned(),
        "2019-05-02 1.662500 exact 2019-05-02 ∅".into(),
        "2019-05-03 1.662500 carried 2019-05-02 ∅".into(),
        "2019-05-04 1.621951 exact 2019-05-04 ∅".into(),
        "2019-05-05 1.621951 provisional 2019-05-04 ∅".into(),
    ];
    assert_eq!(home.rows(AMOUNTS), wanted);
    assert_eq!(home.rates(&["held", "--format", "csv"]).out.lines().count(), 1, "only the header");
    assert_eq!(home.rates(&["accept", "2019-05-02", "ARS"]).code, 1, "there is nothing to accept any more");

    // The word is a raw file: the lake can be made again from those alone.
    let other = Home::new();
    for (path, bytes) in home.files().into_iter().filter(|(path, _)| path.starts_with("raw")) {
        other.write(&format!("lake/{}", path.display()), bytes);
    }
    assert_eq!(other.saldo(&["run", "--no-fetch"]).code, 0);
    assert_eq!(other.rows(AMOUNTS), wanted);
}

#[test]
fn commands_that_make_such_lines_end_with_3_and_those_that_change_nothing_do_not() {
    let home = Home::new();
    assert_eq!(import(&home, &[("2019-05-01", "ARS", "40"), ("2019-05-02", "ARS", "80")]).code, 3);
    let statement = home.write("b.csv", "account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n77,2019-05-02,X,,2019-05-02,,,100.00,ARS,100.00\n");
    let told = home.saldo(&["ingest", "bank", &statement]);
    assert!(told.code == 3 && told.err.contains("the amounts of 1 line are held back"), "{}", told.err);
    assert_eq!(home.saldo(&["run", "--no-fetch"]).code, 0, "nothing was due");
    let told = home.saldo(&["normalise", "--base", "USD"]);
    assert!(told.code == 3 && told.err.contains("the amounts of 1 line are held back"), "{}", told.err);
    // A second source that has the day's rate decides it.
    let csv = "Date,USD,SGD,ARS,\n2019-05-02,1.12,1.52,90.0,\n";
    assert_eq!(home.rates(&["import", &home.write("ecb.csv", csv)]).code, 0);
    assert_eq!(home.rows("SELECT rate_status, rate_source FROM processed"), ["exact ecb"]);
}

#[test]
fn a_held_rate_of_the_base_currency_holds_the_day() {
    let home = Home::new();
    home.statement(&[("INR", "2019-05-02")]);
    let day = |day: &str, sgd: &str| {
        home.write(&format!("{day}.json"), oxr(day, &format!(r#""SGD": {sgd}, "INR": 70.0"#)))
    };
    let told = home.rates(&["import", &day("2019-05-01", "1.36"), &day("2019-05-02", "0.72")]);
    assert_eq!(told.code, 3, "{}", told.err);
    let rows = || home.rows("SELECT deposit_sgd_amt, rate_status, rate_date FROM processed");
    assert_eq!(rows(), ["∅ held_back 2019-05-02"], "not the day before's rate, unmarked");
    assert_eq!(home.rates(&["held", "--format", "csv"]).out.lines().count(), 2, "the one that jumped");
    assert_eq!(home.rates(&["accept", "2019-05-02", "SGD"]).code, 0);
    assert_eq!(rows(), ["1.028571 exact 2019-05-02"]);
}
