//! Asking sources: the contract of Open Exchange Rates against a double that speaks its bodies.

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use saldo::pipeline::rates::Source;
use saldo::pipeline::rates::fetch::{self, Settings, Want};
use saldo::pipeline::rates::http::Secret;

use super::double::{Answer, Double, Request, error, ok, status};
use super::{Home, KEY, RATES, oxr};

/// What is left of the month, as the provider says it, the key echoed.
pub fn usage(left: i64) -> Answer {
    ok(format!(
        r#"{{"status": 200, "data": {{"app_id": "{KEY}", "status": "active", "plan": {{"name": "Free", "quota": "1000 requests/month",
 "update_frequency": "3600s", "features": {{"base": false, "symbols": true, "experimental": true, "time-series": false, "convert": false}}}},
 "usage": {{"requests": 54, "requests_quota": 1000, "requests_remaining": {left}, "days_elapsed": 6, "days_remaining": 24, "daily_average": 9}}}}}}"#
    ))
}

/// The day of `/historical/2017-06-29.json`.
pub fn day(request: &Request) -> String {
    request.path.trim_start_matches("/historical/").trim_end_matches(".json").to_owned()
}

pub fn good(request: &Request) -> Answer {
    match request.path.as_str() {
        "/usage.json" => usage(900),
        _ => ok(oxr(&day(request), RATES)),
    }
}

/// A source that fails in another way each day.
fn failing(request: &Request) -> Answer {
    const PAGE: &str = "<html><body>Bad gateway</body></html>";
    if request.path == "/usage.json" {
        return usage(900);
    }
    let whole = oxr(&day(request), RATES);
    let first = request.before == 0;
    match day(request).as_str() {
        "2017-06-01" => error(400, "not_available", "Historical rates are not available"),
        "2017-06-02" => error(400, "invalid_date", "Bad date"),
        "2017-06-03" => status(503, PAGE),
        "2017-06-04" => status(200, PAGE),
        "2017-06-05" => ok(oxr(&day(request), r#""SGD": 0, "INR": 64.6, "EUR": 0.87"#)),
        "2017-06-06" => ok(r#"{"timestamp": 1496793599, "base": "USD"}"#),
        "2017-06-07" => ok(oxr("2017-06-06", RATES)),
        "2017-06-08" => ok(&whole[..90]),
        // What passes: a time-out, a cut body, a full server, a limit of something between.
        "2017-06-11" if first => Answer::Hang,
        "2017-06-12" if first => Answer::Cut(whole.into_bytes()),
        "2017-06-13" if first => status(500, PAGE),
        "2017-06-14" if first => error(429, "too_many_requests", "Slow down"),
        _ => ok(whole),
    }
}

#[test]
fn every_failure_is_recorded_and_the_other_dates_go_on() {
    let double = Double::new(failing);
    let home = Home::asking(&double.url);
    let told = home.rates(&["backfill", "--from", "2017-06-01", "--to", "2017-06-15"]);
    assert_eq!(told.code, 3, "{}", told.err);
    assert!(
        told.err
            .starts_with("15 dates missing; 7 new, 0 known answers\nerror: 8 requests failed; the first: "),
        "{}",
        told.err
    );
    let faults = home.rows(
        "SELECT requested_date, error, http_status, attempt, retryable, body_head IS NOT NULL, LENGTH(body_sha256), url LIKE '%historical%'
         FROM error_error ORDER BY requested_date",
    );
    assert_eq!(
        faults,
        [
            "2017-06-01 not_available 400 1 false true 64 true",
            "2017-06-02 invalid_date 400 1 false true 64 true",
            "2017-06-03 http_503 503 4 true true 64 true",
            "2017-06-04 not_json 200 4 true true 64 true",
            "2017-06-05 missing_base 200 4 true true 64 true",
            "2017-06-06 missing_rates 200 4 true true 64 true",
            "2017-06-07 wrong_date 200 1 false true 64 true",
            "2017-06-08 not_json 200 4 true true 64 true",
        ]
    );
    let days = home.rows("SELECT DISTINCT rate_date FROM response ORDER BY 1");
    assert_eq!(days, (9..=15).map(|day| format!("2017-06-{day:02}")).collect::<Vec<_>>());
    let counts = double.counts();
    for (day, requests) in
        [("01", 1), ("03", 4), ("07", 1), ("11", 2), ("12", 2), ("13", 2), ("14", 2), ("15", 1)]
    {
        assert_eq!(counts[&format!("/historical/2017-06-{day}.json")], requests, "{day}");
    }
    // Raw answers are as received, and a second run asks only for what is missing.
    let raw = fs::read_to_string(home.root().join("raw/rates/source=oxr/2017-06-12.json")).unwrap();
    assert_eq!(raw, oxr("2017-06-12", RATES));
    home.rates(&["backfill", "--from", "2017-06-09", "--to", "2017-06-15"]);
    assert_eq!(double.counts(), counts, "nothing was asked, not even the usage");
}

#[test]
fn a_source_that_cannot_be_reached_is_a_fault_too() {
    let home = Home::asking("http://127.0.0.1:9");
    let told = home.rates(&["fetch", "--date", "2017-06-29"]);
    assert_eq!(told.code, 3);
    assert!(told.err.contains("stopped, 1 date not asked for: the source did not answer"), "{}", told.err);
    assert_eq!(home.rows("SELECT error, attempt, source FROM error_error"), ["connection 4 oxr"]);
}

#[test]
fn a_refused_key_stops_the_run_whatever_the_status() {
    let cases = [
        (401, "invalid_app_id"),
        (401, "missing_app_id"),
        (429, "not_allowed"),
        (403, "not_allowed"),
        (403, "access_restricted"),
        (429, "access_restricted"),
        (500, "access_restricted"),
    ];
    for (code, message) in cases {
        let double = Double::new(move |request| match request.path.as_str() {
            "/usage.json" => usage(900),
            _ => error(code, message, "Because it is so"),
        });
        let home = Home::asking(&double.url);
        let told = home.rates(&["backfill", "--from", "2017-01-01", "--to", "2017-03-31"]);
        assert_eq!(told.code, 3, "{}", told.err);
        assert!(told.err.contains("the provider says: Because it is so"), "{}", told.err);
        let historical: Vec<_> =
            double.counts().into_iter().filter(|(path, _)| path != "/usage.json").collect();
        assert!((1..=4).contains(&historical.len()), "as many as are under way: {historical:?}");
        assert!(historical.iter().all(|(_, count)| *count == 1), "no retry: {historical:?}");
        let faults = home.rows("SELECT DISTINCT error, http_status, attempt, retryable FROM error_error");
        assert_eq!(faults, [format!("{message} {code} 1 false")]);
    }
    // The usage tells it before a request is spent.
    let double = Double::new(|_| error(401, "invalid_app_id", "Invalid App ID provided"));
    let home = Home::asking(&double.url);
    let told = home.rates(&["fetch", "--latest"]);
    assert_eq!(told.code, 3, "{}", told.err);
    assert_eq!(double.counts().into_iter().collect::<Vec<_>>(), [("/usage.json".to_owned(), 1)]);
    assert_eq!(home.rows("SELECT error, url LIKE '%usage.json' FROM error_error"), ["invalid_app_id true"]);
}

#[test]
fn the_quota_is_kept_newest_first_and_a_run_goes_on_where_it_stopped() {
    let double = Double::new(|request| match request.path.as_str() {
        "/usage.json" if request.before == 0 => usage(7),
        "/usage.json" => usage(-1),
        _ => ok(oxr(&day(request), RATES)),
    });
    let home = Home::asking(&double.url);
    let span = ["backfill", "--from", "2017-06-21", "--to", "2017-06-30"];
    let told = home.rates(&span);
    assert_eq!(
        (told.code, told.err.as_str()),
        (0, "10 dates missing; 5 new, 0 known answers\n5 dates left for next month\n")
    );
    let newest: Vec<_> = (26..=30).map(|day| format!("2017-06-{day}.json")).collect();
    assert_eq!(home.raw("oxr"), newest, "seven are left, two stay in reserve");
    let told = home.rates(&[&span[..], &["--max-requests", "2"]].concat());
    assert_eq!(told.err, "5 dates missing; 2 new, 0 known answers\n3 dates left for another run\n");
    let told = home.rates(&span);
    assert_eq!(told.err, "3 dates missing; 3 new, 0 known answers\n");
    let counts = double.counts();
    assert_eq!(counts.values().sum::<usize>(), 13, "ten dates once and the usage three times: {counts:?}");
}

#[test]
fn few_requests_are_under_way_at_a_time() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (busy, peak) = (now.clone(), most.clone());
    let double = Double::new(move |request| {
        peak.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(30));
        busy.fetch_sub(1, Ordering::SeqCst);
        good(request)
    });
    let home = Home::asking(&double.url);
    let told = home.rates(&["backfill", "--from", "2017-06-01", "--to", "2017-06-20"]);
    assert_eq!(told.err, "20 dates missing; 20 new, 0 known answers\n");
    assert!((2..=4).contains(&most.load(Ordering::SeqCst)), "{most:?}");
}

#[test]
fn a_run_that_was_cut_short_is_caught_up_without_a_request() {
    let double = Double::new(good);
    let home = Home::asking(&double.url);
    assert_eq!(home.rates(&["fetch", "--date", "2017-06-29"]).code, 0);
    // What a run leaves that is killed behind its last answer.
    thread::sleep(Duration::from_millis(20));
    home.write("lake/raw/rates/source=oxr/2017-06-28.json", oxr("2017-06-28", RATES));
    let told = home.rates(&["backfill", "--from", "2017-06-28", "--to", "2017-06-29"]);
    assert_eq!(told.err, "0 dates missing; 0 new, 0 known answers\n");
    assert_eq!(home.rows("SELECT DISTINCT rate_date FROM response ORDER BY 1"), ["2017-06-28", "2017-06-29"]);
}

#[test]
fn a_day_that_has_not_begun_has_no_rates() {
    let home = Home::asking("http://127.0.0.1:9");
    let told = home.rates(&["fetch", "--date", "2999-01-01"]);
    assert_eq!((told.code, told.err.lines().next()), (2, Some("error: 2999-01-01 has not begun")));
}

#[test]
fn a_retry_does_not_overdraw_the_quota() {
    let double = Double::new(|request| match request.path.as_str() {
        "/usage.json" => usage(5),
        _ => status(500, "down"),
    });
    let home = Home::asking(&double.url);
    assert_eq!(home.rates(&["backfill", "--from", "2017-06-01", "--to", "2017-06-30"]).code, 3);
    let asked: usize = double
        .counts()
        .iter()
        .filter(|(path, _)| path.as_str() != "/usage.json")
        .map(|(_, count)| count)
        .sum();
    assert_eq!(asked, 3, "five are left, two stay in reserve");
}

#[test]
fn a_busy_source_is_left_alone_as_long_as_it_asks() {
    let date = || ("Date", "Thu, 29 Jun 2017 10:00:00 GMT".to_owned());
    let double = Double::new(move |request| match (day(request).as_str(), request.before) {
        ("2017-06-28", 0) => Answer::Http(429, vec![("Retry-After", "1".into())], b"slow down".to_vec()),
        ("2017-06-29", 0) => {
            let later = ("Retry-After", "Thu, 29 Jun 2017 10:00:01 GMT".into());
            Answer::Http(503, vec![date(), later], b"full".to_vec())
        }
        _ => good(request),
    });
    for day in ["2017-06-28", "2017-06-29"] {
        let home = Home::asking(&double.url);
        let begun = Instant::now();
        assert_eq!(home.rates(&["fetch", "--date", day]).code, 0);
        assert!(begun.elapsed().as_secs() >= 1, "{day}");
        assert_eq!(double.counts()[&format!("/historical/{day}.json")], 2);
    }
}

#[test]
fn only_the_dates_of_the_statements_are_asked_for() {
    let double = Double::new(good);
    let home = Home::asking(&double.url);
    home.statement(&[
        ("INR", "2017-06-29"),
        ("SGD", "2017-06-30"),
        ("usd", "2017-07-02"),
        ("INR", "2018-01-01"),
    ]);
    let first = home.write("2017-06-29.json", oxr("2017-06-29", RATES));
    assert_eq!(home.rates(&["import", &first]).code, 0);
    let told = home.rates(&["backfill", "--from", "2017-06-01", "--to", "2017-12-31", "--needed"]);
    assert_eq!((told.code, told.err.as_str()), (0, "1 date missing; 1 new, 0 known answers\n"));
    assert_eq!(home.raw("oxr"), ["2017-06-29.json", "2017-07-02.json"]);
    let told =
        home.rows("SELECT value_date, deposit_currency, rate_status, rate_source FROM processed ORDER BY 1");
    assert_eq!(
        told,
        [
            "2017-06-29 INR exact oxr",
            "2017-06-30 SGD identity ∅",
            "2017-07-02 USD exact oxr",
            "2018-01-01 INR stale oxr"
        ]
    );
}

#[test]
fn an_answer_that_did_not_change_costs_no_rewrite() {
    let double = Double::new(|request| match request.path.as_str() {
        "/usage.json" => usage(900),
        _ if request.header("if-none-match") == Some("\"abc\"") => {
            assert_eq!(request.header("if-modified-since"), Some("Thu, 29 Jun 2017 10:00:00 GMT"));
            status(304, "")
        }
        _ => Answer::Http(
            200,
            vec![("ETag", "\"abc\"".into()), ("Date", "Thu, 29 Jun 2017 10:00:00 GMT".into())],
            oxr("2017-06-29", RATES).into_bytes(),
        ),
    });
    let home = Home::asking(&double.url);
    assert_eq!(home.rates(&["fetch", "--latest"]).err, "1 new, 0 known answers\n");
    let before = home.files();
    let written = fs::metadata(home.root().join("_saldo/manifest.json")).unwrap().modified().unwrap();
    let told = home.rates(&["fetch", "--latest"]);
    assert_eq!((told.code, told.err.as_str()), (0, "0 new, 1 known answers\n"));
    assert_eq!(home.files(), before);
    assert_eq!(fs::metadata(home.root().join("_saldo/manifest.json")).unwrap().modified().unwrap(), written);
    let requests = double.requests();
    assert_eq!(requests.iter().filter(|request| request.header("if-none-match").is_some()).count(), 1);
    assert_eq!(home.rows("SELECT DISTINCT rate_date, provisional FROM response"), ["2017-06-29 true"]);
}

/// Asks at a time of the test's choice.
fn at(home: &Home, url: &str, now: &str, dates: &[&str]) -> fetch::Report {
    let settings = Settings {
        source: Source::Oxr,
        url: url.into(),
        key: Some(Secret::new(KEY).unwrap()),
        timeout: Duration::from_secs(5),
        pause: Duration::from_millis(1),
        reserve: 0,
        limit: None,
        again: false,
        now: now.parse::<DateTime<Utc>>().unwrap(),
    };
    let dates = dates.iter().map(|date| date.parse::<NaiveDate>().unwrap());
    fetch::fetch(&home.root(), &settings, &Want::Dates(dates.collect())).unwrap()
}

#[test]
fn a_day_that_has_not_ended_is_provisional_and_asked_for_again() {
    let double = Double::new(|request| match (request.path.as_str(), request.before) {
        ("/usage.json", _) => usage(900),
        // The rate moves during the day; the fourth request comes after its end.
        (_, before) => ok(oxr("2017-06-29", &RATES.replace("1.3808", &format!("1.380{before}")))),
    });
    let home = Home::new();
    for hour in [8, 9, 10] {
        let report =
            at(&home, &double.url, &format!("2017-06-29T{hour:02}:00:00Z"), &["2017-06-29", "2017-06-30"]);
        assert_eq!((report.missing, report.kept), (1, 1), "no rates of tomorrow are asked for");
    }
    let names = home.raw("oxr");
    assert!(
        names.len() == 3
            && names
                .iter()
                .all(|name| name.starts_with("2017-06-29.") && name.ends_with(".provisional.json")),
        "{names:?}"
    );
    let report = at(&home, &double.url, "2017-06-30T00:00:01Z", &["2017-06-29"]);
    assert_eq!((report.missing, report.kept), (1, 1), "the day has ended");
    assert!(home.raw("oxr").contains(&"2017-06-29.json".to_owned()));
    let report = at(&home, &double.url, "2017-06-30T12:00:00Z", &["2017-06-29"]);
    assert_eq!((report.missing, report.kept), (0, 0), "final is final");
    let final_one = home.root().join("raw/rates/source=oxr/2017-06-29.json");
    assert!(fs::read_to_string(final_one).unwrap().contains("1.3803"));
    let other = home.write("2017-06-28.json", oxr("2017-06-28", RATES));
    assert_eq!(home.rates(&["import", &other]).code, 0);
    let told = home
        .rows("SELECT rate, provisional FROM response WHERE currency = 'SGD' AND rate_date = '2017-06-29'");
    assert_eq!(told, ["1.380300000000 false"]);
}

#[test]
fn a_provisional_day_that_ends_unchanged_becomes_final_by_a_304() {
    let double = Double::new(|request| match request.path.as_str() {
        "/usage.json" => usage(900),
        _ if request.header("if-none-match").is_some() => status(304, ""),
        _ => Answer::Http(
            200,
            vec![("ETag", "\"abc\"".into()), ("Date", "Thu, 29 Jun 2017 10:00:00 GMT".into())],
            oxr("2017-06-29", RATES).into_bytes(),
        ),
    });
    let home = Home::new();
    at(&home, &double.url, "2017-06-29T23:59:59Z", &["2017-06-29"]);
    let report = at(&home, &double.url, "2017-06-30T00:30:00Z", &["2017-06-29"]);
    assert_eq!(report.kept, 1);
    assert!(home.raw("oxr").contains(&"2017-06-29.json".to_owned()), "{:?}", home.raw("oxr"));
}

#[test]
fn the_key_is_in_nothing_that_a_run_leaves() {
    // The double echoes the key wherever it can, also as part of good rates.
    let double = Double::new(|request| {
        let tag = || vec![("ETag", format!("\"{KEY}\"")), ("Date", "Thu, 29 Jun 2017 10:00:00 GMT".into())];
        match request.path.as_str() {
            "/usage.json" => usage(900),
            "/latest.json" => {
                let body = oxr("2017-06-29", RATES).replace("terms", &format!("terms of {KEY}"));
                Answer::Http(200, tag(), body.into_bytes())
            }
            "/historical/2017-06-01.json" => error(400, "not_available", &format!("not for {KEY}")),
            "/historical/2017-06-02.json" => status(500, format!("<p>{KEY}</p>{KEY}")),
            "/historical/2017-06-03.json" => error(400, KEY, "what"),
            "/historical/2017-06-05.json" => {
                error(403, "access_restricted", &format!("{KEY} was used too much"))
            }
            _ => ok(oxr(&day(request), RATES).replace("license\"", &format!("license/{KEY}\""))),
        }
    });
    let mut home = Home::asking(&double.url);
    let mut said = String::new();
    let mut run = |home: &Home, arguments: &[&str]| {
        let told = home.rates(arguments);
        said.extend([told.out, told.err]);
        told.code
    };
    assert_eq!(run(&home, &["fetch", "--latest"]), 0);
    assert_eq!(run(&home, &["fetch", "--latest"]), 0);
    assert_eq!(run(&home, &["backfill", "--from", "2017-06-01", "--to", "2017-06-04"]), 3);
    assert_eq!(run(&home, &["fetch", "--date", "2017-06-05"]), 3);
    assert_eq!(run(&home, &["coverage"]), 0);
    // From a file that is not in the home.
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    writeln!(elsewhere.as_file(), "{KEY}").unwrap();
    home.environment.retain(|(name, _)| *name != "OPENEXCHANGE_APP_ID");
    assert_eq!(home.rates(&["fetch", "--date", "2017-06-06"]).code, 2, "no key");
    home.write("saldo.toml", format!("[rates]\napp_id_file = \"{}\"\n", elsewhere.path().display()));
    assert_eq!(run(&home, &["fetch", "--date", "2017-06-06"]), 0);
    // A key that is none is not repeated either.
    home.environment.push(("OPENEXCHANGE_APP_ID", format!("{KEY}\u{1}")));
    assert_eq!(run(&home, &["fetch", "--date", "2017-06-07"]), 2);

    let requests = double.requests();
    assert!(requests.iter().all(|request| !request.path.contains(KEY)), "not in a URL");
    let token = format!("Token {KEY}");
    assert!(requests.iter().all(|request| request.header("authorization") == Some(&token)));
    assert!(!said.contains(KEY), "{said}");
    let mut files = std::collections::BTreeMap::new();
    super::walk(home.folder.path(), home.folder.path(), &mut files);
    assert!(files.len() >= 10, "{files:?}");
    for (path, bytes) in files {
        let found = bytes.windows(16).any(|window| window == &KEY.as_bytes()[..16]);
        assert!(!found && !path.to_string_lossy().contains(KEY), "{}", path.display());
    }
    // Parquet is packed, so its cells are searched too.
    let cells = home.rows("SELECT COLUMNS(*)::VARCHAR FROM error_error").concat();
    assert!(cells.contains("[app_id]") && !cells.contains(&KEY[..16]), "{cells}");
    let raw = fs::read_to_string(home.root().join("raw/rates/source=oxr/2017-06-04.json")).unwrap();
    assert!(raw.contains("license/[app_id]"));
}

#[test]
fn the_key_is_sent_over_https_only() {
    let home = Home::asking("http://rates.example.com/api");
    let told = home.rates(&["fetch", "--latest"]);
    assert!(told.code == 3 && told.err.contains("the key is only sent over https"), "{}", told.err);
}

/// The central bank and Frankfurter.
fn keyless(request: &Request) -> Answer {
    assert_eq!(request.header("authorization"), None, "no key for those who need none");
    match request.path.as_str() {
        "/eurofxref.zip" => ok(super::importing::zipped(
            "eurofxref.csv",
            "Date, USD, SGD, INR, \n30 October 2026, 1.1500, 1.4800, 101.20, \n",
        )),
        "/eurofxref-hist.zip" => ok(super::importing::zipped(
            "eurofxref-hist.csv",
            "Date,USD,SGD,INR,\n2017-06-30,1.1412,1.571,73.7445,\n2017-06-29,1.1413,1.5747,N/A,\n",
        )),
        "/v2/rates?base=USD" => ok(r#"[{"date":"2026-10-30","base":"USD","quote":"SGD","rate":1.2870},
            {"date":"2026-10-30","base":"USD","quote":"KWD","rate":0.30512}]"#),
        "/v2/rates?from=2017-06-29&to=2017-06-30&base=USD" => ok(
            r#"[{"date":"2017-06-29","base":"USD","quote":"SGD","rate":1.3798},{"date":"2017-06-29","base":"USD","quote":"AED","rate":3.6725},
            {"date":"2017-06-30","base":"USD","quote":"SGD","rate":1.3766}]"#,
        ),
        "/v2/rates?date=2017-07-03&base=USD" => ok("[]"),
        _ => status(404, r#"{"message":"not found"}"#),
    }
}

#[test]
fn sources_without_a_key_are_asked_for_what_they_have() {
    let double = Double::new(keyless);
    let home = Home::asking(&double.url);
    let run = |arguments: &[&str]| {
        let told = home.rates(arguments);
        (told.code, told.err)
    };
    assert_eq!(run(&["fetch", "--latest", "--source", "ecb"]), (0, "1 new, 0 known answers\n".into()));
    // 1 July 2017 was a Saturday: the rate of Friday is asked for.
    let backfill = ["backfill", "--from", "2017-06-29", "--to", "2017-07-02", "--source"];
    assert_eq!(
        run(&[&backfill[..], &["ecb"]].concat()),
        (0, "2 dates missing; 1 new, 0 known answers\n".into())
    );
    assert_eq!(
        run(&[&backfill[..], &["ecb"]].concat()),
        (0, "0 dates missing; 0 new, 0 known answers\n".into())
    );
    assert_eq!(
        run(&["fetch", "--latest", "--source", "frankfurter"]),
        (0, "1 new, 0 known answers\n".into())
    );
    assert_eq!(run(&[&backfill[..], &["frankfurter"]].concat()).0, 0);
    let (code, said) = run(&["fetch", "--date", "2017-07-03", "--source", "frankfurter"]);
    assert!(code == 3 && said.contains("no_rates: the file holds no rates"), "{said}");
    assert_eq!(double.counts()["/v2/rates?date=2017-07-03&base=USD"], 1, "an empty list is an answer");
    let told = home.rows(
        "SELECT source, rate_date, currency, rate, base_currency FROM response WHERE currency <> base_currency ORDER BY 1, 2, 3",
    );
    assert_eq!(
        told,
        [
            "ecb 2017-06-29 SGD 1.574700000000 EUR",
            "ecb 2017-06-29 USD 1.141300000000 EUR",
            "ecb 2017-06-30 INR 73.744500000000 EUR",
            "ecb 2017-06-30 SGD 1.571000000000 EUR",
            "ecb 2017-06-30 USD 1.141200000000 EUR",
            "ecb 2026-10-30 INR 101.200000000000 EUR",
            "ecb 2026-10-30 SGD 1.480000000000 EUR",
            "ecb 2026-10-30 USD 1.150000000000 EUR",
            "frankfurter 2017-06-29 AED 3.672500000000 USD",
            "frankfurter 2017-06-29 SGD 1.379800000000 USD",
            "frankfurter 2017-06-30 SGD 1.376600000000 USD",
            "frankfurter 2026-10-30 KWD 0.305120000000 USD",
            "frankfurter 2026-10-30 SGD 1.287000000000 USD",
        ]
    );
    let sources = saldo::lake::Lake::open(&home.root()).unwrap().manifest.sources;
    assert!(
        sources.iter().any(|line| line.contains("European Central Bank (ECB)")) && sources.len() == 2,
        "{sources:?}"
    );
}
