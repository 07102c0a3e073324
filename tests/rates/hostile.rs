//! Files of rates as nobody means them: each is a fault, and the next run goes on.

use super::{Home, RATES, oxr};

/// One day of Open Exchange Rates with a base, a moment and rates.
fn body(base: &str, stamp: i64, rates: &str) -> String {
    let base = serde_json::Value::from(base);
    format!(r#"{{"timestamp": {stamp}, "base": {base}, "rates": {{{rates}}}}}"#)
}

#[test]
fn no_file_of_rates_stops_the_runs_that_follow() {
    let stamp = 1_498_780_799;
    let long = "X".repeat(10 << 20);
    let digits = format!("\"INR\": 1.{}", "3".repeat(1 << 20));
    let files = [
        ("a comma in the base", body("US,D", stamp, r#""SGD": 1.38"#)),
        ("a quote in the base", body("U\"D", stamp, r#""SGD": 1.38"#)),
        ("a line break in the base", body("U\nD", stamp, r#""SGD": 1.38"#)),
        ("a long base", body(&long, stamp, r#""SGD": 1.38"#)),
        ("no base", body("", stamp, r#""SGD": 1.38"#)),
        ("a long currency", body("USD", stamp, &format!(r#""{long}": 1.38"#))),
        ("a currency with a break", body("USD", stamp, r#""S\n,": 1.38"#)),
        ("only a bad rate", body("USD", stamp, r#""SGD": 0"#)),
        ("a rate of many digits", body("USD", stamp, &digits)),
        ("a text for a rate", body("USD", stamp, r#""SGD": "1,38\"\n""#)),
        ("the year 300,000", body("USD", 9_400_000_000_000, r#""SGD": 1.38"#)),
        ("before the flood", body("USD", -100_000_000_000, r#""SGD": 1.38"#)),
        (
            "a date beyond",
            r#"{"amount":1.0,"base":"USD","date":"+20170-06-30","rates":{"SGD":1.3766}}"#.into(),
        ),
        ("a long header", format!("Date,USD,{long}\n2017-06-29,1.1,2\n")),
    ];
    for (what, text) in files {
        let home = Home::new();
        home.statement(&[("INR", "2017-06-29")]);
        let told = home.rates(&["import", &home.write("rates.json", text)]);
        assert!([0, 3].contains(&told.code), "{what}: {}", told.err);
        assert!(told.err.len() < 5_000, "{what}: the message is {} bytes long", told.err.len());
        let run = home.saldo(&["run", "--no-fetch"]);
        assert_eq!(run.code, 0, "{what}: {}", run.err);
        assert_ne!(home.rows("SELECT COUNT(*) FROM error_error"), ["0"], "{what} is told");
        assert_eq!(home.rows("SELECT rate_status FROM processed"), ["no_rate"], "{what}");
        // Good rates that come later are used.
        let good = home.write("2017-06-29.json", oxr("2017-06-29", RATES));
        let told = home.rates(&["import", &good]);
        assert_eq!(told.code, 0, "{what}: {}", told.err);
        assert_eq!(home.rows("SELECT rate_status, rate_source FROM processed"), ["exact oxr"], "{what}");
    }
}

#[test]
fn every_spelling_that_passes_is_a_number_to_sql() {
    let home = Home::new();
    let spellings = [
        "1e-12",
        "1E+9",
        "1.5e3",
        "00",
        "-0",
        "0.000391234567891234",
        "1e300",
        "1e-300",
        "999999999.999999999999",
    ];
    let rates = spellings.iter().enumerate().map(|(at, text)| format!("\"A{at:02}\": {text}"));
    let rates: Vec<String> = rates.collect();
    let text = format!("{}, \"SGD\": 1e9", rates.join(", "));
    let told = home.rates(&["import", &home.write("2017-06-29.json", oxr("2017-06-29", &text))]);
    // JSON forbids some, and then the whole file is a fault; either way the next run goes on.
    assert!([0, 3].contains(&told.code), "{}", told.err);
    let csv = "Date,USD,SGD,INR,JPY,GBP,AUD,CHF,\n2017-06-29,+1.1,.5,5.,1e2,1.e1,00012,1E-12,\n";
    let told = home.rates(&["import", &home.write("ecb.csv", csv)]);
    assert!([0, 3].contains(&told.code), "{}", told.err);
    assert_eq!(home.saldo(&["run", "--no-fetch"]).code, 0);
    // Quotients that no column holds, or that would be 0, are no rates.
    assert_eq!(
        home.rows("SELECT COUNT(*) FROM response WHERE base_per_unit <= 0 OR usd_per_unit <= 0"),
        ["0"]
    );
    assert_eq!(
        home.rows("SELECT currency, rate FROM response WHERE source = 'ecb' AND currency IN ('SGD', 'INR', 'GBP', 'AUD') ORDER BY 1"),
        ["AUD 12.000000000000", "GBP 10.000000000000", "INR 5.000000000000", "SGD 0.500000000000"]
    );
}
