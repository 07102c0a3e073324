//! `saldo run` on lakes whose statements lack rates.

use serde_json::{Value, json};

use super::double::{Double, error, status};
use super::fetching::{good, usage};
use super::{Home, RATES, oxr};

/// A lake with deposits of these currencies and dates, and settings that name a source.
fn home(url: &str, source: &str, deposits: &[(&str, &str)]) -> Home {
    let home = Home::asking(url);
    home.write("saldo.toml", format!("[rates]\n{source}\nretry_ms = 2\ntimeout_s = 1\nreserve = 2\n"));
    home.statement(deposits);
    home
}

const DEPOSITS: [(&str, &str); 3] = [("INR", "2017-06-29"), ("SGD", "2017-06-30"), ("USD", "2017-07-02")];

fn statuses(home: &Home) -> Vec<String> {
    home.rows("SELECT value_date, rate_status FROM processed ORDER BY 1")
}

#[test]
fn a_run_fetches_what_the_statements_lack_and_nothing_twice() {
    let double = Double::new(good);
    let home = home(&double.url, "source = 'oxr'", &DEPOSITS);
    let told = home.saldo(&["run", "--json"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.err.contains("\n2 dates missing; 2 new, 0 known answers\n"), "{}", told.err);
    let summary: Value = serde_json::from_str(&told.out).unwrap();
    let report = json!({
        "missing": 2, "refused": 0, "new": 2, "known": 0, "absent": 0, "left": 0, "failed": 0, "not_asked": 0, "stopped": null
    });
    assert_eq!((&summary["rates"], &summary["changed"]["response"]), (&report, &json!(2)), "{summary}");
    assert_eq!(statuses(&home), ["2017-06-29 exact", "2017-06-30 identity", "2017-07-02 exact"]);
    assert_eq!(double.requests().len(), 3, "two dates, and the usage before");
    let before = home.files();
    let told = home.saldo(&["run", "--json"]);
    assert!(told.code == 0 && told.err.starts_with("nothing was due; "), "{}", told.err);
    assert_eq!((home.files(), double.requests().len()), (before, 3));
}

#[test]
fn rates_of_another_source_are_not_asked_for_again() {
    let double = Double::new(good);
    let home = home(&double.url, "source = 'oxr'", &DEPOSITS);
    let csv = "Date,USD,SGD,INR,\n2017-06-30,1.1412,1.571,73.7445,\n2017-06-29,1.1413,1.5747,73.5,\n";
    let file = home.write("eurofxref-hist.csv", csv);
    assert_eq!(home.rates(&["import", &file]).code, 0);
    assert_eq!(home.saldo(&["run"]).code, 0);
    assert_eq!(home.raw("oxr"), ["2017-07-02.json"], "a Sunday's is carried, and may be had");
}

#[test]
fn a_failed_fetch_is_recorded_and_the_stages_run() {
    let double = Double::new(|request| match request.path.as_str() {
        "/usage.json" => usage(900),
        "/historical/2017-07-02.json" => status(503, "down"),
        _ => good(request),
    });
    let home = home(&double.url, "source = 'oxr'", &DEPOSITS);
    let told = home.saldo(&["run", "--json"]);
    assert!(told.code == 3 && told.err.contains("error: 1 request failed: http_503: "), "{}", told.err);
    let summary: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&summary["rates"]["new"], &summary["rates"]["failed"]), (&json!(1), &json!(1)), "{summary}");
    assert_eq!(home.rows("SELECT error, requested_date FROM error_error"), ["http_503 2017-07-02"]);
    assert_eq!(statuses(&home), ["2017-06-29 exact", "2017-06-30 identity", "2017-07-02 provisional"]);
}

#[test]
fn nobody_is_asked_who_is_not_named_or_not_to_be_asked() {
    let double = Double::new(good);
    let silent = home(&double.url, "source = 'oxr'", &DEPOSITS);
    let told = silent.saldo(&["run", "--no-fetch"]);
    assert!(told.code == 0 && !told.err.contains("lack a rate"), "{}", told.err);
    let offline = home(&double.url, "", &DEPOSITS);
    let told = offline.saldo(&["run", "--json"]);
    let words = "amounts of 2 dates lack a rate: set source under [rates] in saldo.toml";
    assert!(told.code == 0 && told.err.contains(words), "{}", told.err);
    assert!(told.out.contains("\"rates\":null"), "{}", told.out);
    let file = offline.write("2017-06-29.json", oxr("2017-06-29", RATES));
    assert_eq!(offline.rates(&["import", &file]).code, 0);
    let told = offline.saldo(&["run"]);
    assert!(told.code == 0 && !told.err.contains("lack a rate"), "the rest is carried: {}", told.err);
    assert_eq!(double.requests().len(), 0);
}

#[test]
fn a_source_without_its_key_is_told_before_anything_is_done() {
    let mut home = home("http://127.0.0.1:9", "source = 'oxr'", &DEPOSITS);
    home.environment.retain(|(name, _)| *name != "OPENEXCHANGE_APP_ID");
    let told = home.saldo(&["run"]);
    assert_eq!((told.code, told.err.lines().next()), (2, Some("error: Open Exchange Rates needs an app_id")));
    assert_eq!(home.saldo(&["run", "--no-fetch"]).code, 0);
}

#[test]
fn a_lake_dated_by_booking_needs_the_rates_of_booking_dates() {
    let double = Double::new(good);
    let home = home(&double.url, "source = 'oxr'", &[("SGD", "2017-06-01")]);
    let line = "77',2017-06-28,X,,2017-06-30,,,100.00,INR,1.00\n";
    let header = "account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";
    home.write("lake/raw/bank/other.csv", format!("{header}{line}"));
    assert_eq!(home.saldo(&["normalise", "--rate-date", "booking"]).code, 0);
    assert_eq!(home.saldo(&["run"]).code, 0);
    assert_eq!(home.raw("oxr"), ["2017-06-28.json"]);
    let backfill = ["backfill", "--from", "2017-06-01", "--to", "2017-06-30", "--needed"];
    assert_eq!(home.rates(&backfill).err, "0 dates missing; 0 new, 0 known answers\n");
    assert_eq!(home.rows("SELECT rate_status FROM processed WHERE value_date = '2017-06-30'"), ["exact"]);
}

#[test]
fn a_date_that_was_refused_for_good_is_not_asked_for_again_unless_told_to() {
    let double = Double::new(|request| match request.path.as_str() {
        "/historical/2017-07-02.json" => error(400, "not_available", "Historical rates are not available"),
        "/historical/2017-06-29.json" if request.before == 0 => error(400, "busy", "Something else"),
        _ => good(request),
    });
    let home = home(&double.url, "source = 'oxr'", &DEPOSITS);
    let asked = || {
        let counts = double.counts();
        ["2017-06-29", "2017-07-02"].map(|day| counts[&format!("/historical/{day}.json")])
    };
    assert_eq!((home.saldo(&["run"]).code, asked()), (3, [1, 1]));
    let told = home.saldo(&["run"]);
    let words = "2 dates missing; 1 new, 0 known answers\n\
                 1 date refused before, not asked for: `saldo rates backfill --retry-refused` asks\n";
    assert!(told.err.contains(words), "{}", told.err);
    assert_eq!((told.code, asked()), (0, [2, 1]), "only what was refused for good stays refused");
    assert_eq!(home.rows("SELECT count(*) FROM error_error"), ["2"]);
    let backfill = ["backfill", "--from", "2017-07-02", "--to", "2017-07-02", "--retry-refused"];
    assert_eq!((home.rates(&backfill).code, asked()), (3, [2, 2]));
    assert_eq!((home.rates(&["fetch", "--date", "2017-07-02"]).code, asked()), (3, [2, 3]));
}
