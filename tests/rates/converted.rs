//! What the statements get from the rates, and which days are told to lack one.

use super::Home;

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
    let old = home.write("2023-01-02.json", super::oxr("2023-01-02", super::RATES));
    assert_eq!(home.rates(&["import", &day[0], &day[1], &old]).code, 0);
    let told = home.rates(&["coverage", "--format", "csv"]).out;
    let of = |start: &str| told.lines().find(|line| line.starts_with(start)).map(str::to_owned);
    // The day of the kuna needs a rate of the euro, which the ECB has.
    let wanted = "EUR,ecb,TARGET days,2023-02-01,2023-02-02,2,0,0,,2,0,0";
    assert_eq!(of("EUR,ecb").as_deref(), Some(wanted), "{told}");
    assert_eq!(of("HRK"), None, "{told}");
    assert_eq!(lacking(&home), ["USD,2023-06-01,stale"]);
}
