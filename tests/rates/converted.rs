//! What the statements get from the rates, and which days are told to lack one.

use super::double::{Double, Request, ok};
use super::fetching::{day, usage};
use super::importing::zipped;
use super::{Home, oxr};

const CONVERTED: &str = "SELECT value_date, deposit_currency, deposit_eur_amt, rate_status, rate_date FROM processed ORDER BY ALL";

fn lacking(home: &Home) -> Vec<String> {
    let told = home.rates(&["coverage", "--lacking", "--format", "csv"]);
    assert_eq!(told.code, 0, "{}", told.err);
    told.out.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_currency_that_became_the_base_is_worth_what_the_law_says_with_old_rates_and_with_none() {
    let home = Home::new();
    home.statement(&[
        ("HRK", "2022-12-31"),
        ("HRK", "2023-02-01"),
        ("BGN", "2026-01-05"),
        ("USD", "2023-02-01"),
    ]);
    let told = home.saldo(&["normalise", "--base", "EUR"]);
    assert_eq!(told.code, 0, "{}", told.err);
    // 100 / 7.5345 and 100 / 1.95583, by hand.
    let wanted = [
        "2022-12-31 HRK ∅ no_rate ∅",
        "2023-02-01 HRK 13.272281 fixed_conv ∅",
        "2023-02-01 USD ∅ no_rate ∅",
        "2026-01-05 BGN 51.129188 fixed_conv ∅",
    ];
    assert_eq!(home.rows(CONVERTED), wanted);
    assert_eq!(lacking(&home), ["HRK,2022-12-31,no_rate", "USD,2023-02-01,no_rate"]);
    let old = home.write("old.csv", "Date,USD,HRK,\n2022-12-30,1.0666,7.5365,\n");
    assert_eq!(home.rates(&["import", &old]).code, 0);
    let wanted = [
        "2022-12-31 HRK 13.268759 provisional 2022-12-30",
        "2023-02-01 HRK 13.272281 fixed_conv ∅",
        "2023-02-01 USD ∅ stale 2022-12-30",
        "2026-01-05 BGN 51.129188 fixed_conv ∅",
    ];
    assert_eq!(home.rows(CONVERTED), wanted);
}

#[test]
fn a_day_that_is_converted_does_not_lack_a_rate_whoever_has_it() {
    let home = Home::new();
    home.statement(&[("HRK", "2023-02-01"), ("EUR", "2023-02-02"), ("USD", "2023-06-01")]);
    let day = |date: &str| home.write(&format!("{date}.csv"), format!("Date,USD,SGD,\n{date},1.09,1.43,\n"));
    let day = [day("2023-02-01"), day("2023-02-02")];
    let old = home.write("2023-01-02.json", oxr("2023-01-02", super::RATES));
    assert_eq!(home.rates(&["import", &day[0], &day[1], &old]).code, 0);
    let told = home.rates(&["coverage", "--format", "csv"]).out;
    let of = |start: &str| told.lines().find(|line| line.starts_with(start)).map(str::to_owned);
    // The day of the kuna needs a rate of the euro, which the ECB has.
    let wanted = "EUR,ecb,TARGET days,2023-02-01,2023-02-02,2,0,0,,2,0,0";
    assert_eq!(of("EUR,ecb").as_deref(), Some(wanted), "{told}");
    assert_eq!(of("HRK"), None, "{told}");
    assert_eq!(lacking(&home), ["USD,2023-06-01,stale"]);
}

#[test]
fn rates_of_a_day_that_has_not_come_are_refused() {
    let home = Home::new();
    home.statement(&[("USD", "2024-03-08")]);
    let future = home.write("future.csv", "Date,USD,SGD,\n2062-11-28,1.05,1.40,\n2024-03-07,1.09,1.44,\n");
    let told = home.rates(&["import", &future]);
    assert_eq!(told.code, 3, "{}", told.err);
    assert!(told.err.contains("it has rates of 2062-11-28, and today is "), "{}", told.err);
    assert_eq!(home.raw("ecb"), Vec::<String>::new());
    assert_eq!(home.rows("SELECT error, source FROM error_error"), ["future_date future.csv"]);
    // Somewhere tomorrow has begun.
    let tomorrow = chrono::Utc::now().date_naive() + chrono::TimeDelta::days(1);
    let ours = home.write("ours.csv", format!("Date,USD,SGD,\n{tomorrow},1.05,1.40,\n"));
    assert_eq!(home.rates(&["import", &ours]).code, 0);
}

#[test]
fn a_source_that_answers_with_a_day_that_has_not_come_is_at_fault() {
    let csv = "Date,USD,SGD,\n2062-11-28,1.05,1.40,\n2017-06-29,1.1413,1.5747,\n";
    let double = Double::new(move |_| ok(zipped("eurofxref-hist.csv", csv)));
    let home = Home::asking(&double.url);
    let told = home.rates(&["fetch", "--source", "ecb", "--date", "2017-06-29"]);
    assert_eq!(told.code, 3, "{}", told.err);
    assert_eq!(home.rows("SELECT error, attempt FROM error_error"), ["future_date 4"]);
    assert_eq!(home.raw("ecb"), Vec::<String>::new());
}

#[test]
fn an_answer_needs_the_rate_of_the_lakes_own_base() {
    let rates = |request: &Request| match day(request).as_str() {
        "2017-06-29" => r#""GBP": 0.7689, "USD": 1"#,
        _ => r#""SGD": 1.3808, "USD": 1"#,
    };
    let double = Double::new(move |request| match request.path.as_str() {
        "/usage.json" => usage(900),
        _ => ok(oxr(&day(request), rates(request))),
    });
    let home = Home::asking(&double.url);
    home.statement(&[("GBP", "2017-06-29"), ("USD", "2017-06-29")]);
    assert_eq!(home.saldo(&["normalise", "--base", "GBP"]).code, 0);
    let told = home.rates(&["fetch", "--date", "2017-06-29"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let converted = "SELECT deposit_currency, deposit_gbp_amt FROM processed ORDER BY 1";
    assert_eq!(home.rows(converted), ["GBP 100.000000", "USD 76.890000"]);
    let told = home.rates(&["fetch", "--date", "2017-06-28"]);
    assert_eq!(told.code, 3, "{}", told.err);
    assert!(told.err.contains("missing_base: the answer has no rate for GBP"), "{}", told.err);
}

#[test]
fn rates_that_are_no_numbers_and_those_that_differ_are_told() {
    let texts = [
        "Date,USD,SGD,\n2024-03-06,1.09,NaN,\n",
        "Date,USD,SGD,\n2024-03-06,1.09,1.4,\n2024-03-06,1.08,1.4,\n",
    ];
    for (text, count) in texts.into_iter().zip(["1 line or rate", "2 lines or rates"]) {
        let home = Home::new();
        let told = home.rates(&["import", &home.write("odd.csv", text)]);
        assert_eq!(told.code, 3, "{text}: {}", told.err);
        assert!(told.err.contains(&format!("odd.csv: {count} could not be taken\n")), "{}", told.err);
    }
}

#[test]
fn a_file_of_fred_is_known_by_its_own_word_for_the_day() {
    let home = Home::new();
    home.statement(&[("EUR", "2024-03-06")]);
    let fred = "observation_date,DEXSIUS,DEXUSEU\n2024-03-05,1.3441,1.0849\n2024-03-06,1.3389,1.0896\n2024-03-07,,\n";
    let told = home.rates(&["import", &home.write("fred.csv", fred)]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.err.contains("h10, 2 dates from 2024-03-05 to 2024-03-06"), "{}", told.err);
    // 100 * 1.0896 * 1.3389, by hand.
    assert_eq!(home.rows("SELECT deposit_sgd_amt, rate_status FROM processed"), ["145.886544 exact"]);
    let other = home.write("other.csv", "observation_date,USD,SGD\n2024-03-05,1.1,1.4\n");
    let told = home.rates(&["import", &other]);
    assert!(told.err.contains("there is no H.10 series USD"), "{}", told.err);
}
