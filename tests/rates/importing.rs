//! Files of every form, the gates, the comparison of sources, and what statements get from them.

use std::fs;
use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{RngCore, SeedableRng};
use saldo::lake::Lake;
use saldo::pipeline::rates::alarms::alarms;
use zip::write::SimpleFileOptions;

use super::{Home, RATES, oxr};

pub fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn unzipped(name: &str) -> String {
    let bytes = fs::read(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    text
}

/// Five series of the Federal Reserve, 1999 to 2024.
fn h10() -> String {
    unzipped("tests/fixtures/h10.csv.gz")
}

fn ecb() -> String {
    unzipped("assets/eurofxref-hist.csv.gz")
}

const HIST: &str = "Date,USD,JPY,SGD,INR,\n2017-06-30,1.1412,127.75,1.571,73.7445,\n2017-06-29,1.1413,128.59,1.5747,73.6935,\n";
const SERIES: &str = r#"{"disclaimer": "x", "license": "y", "start_date": "2017-06-27", "end_date": "2017-06-28", "base": "USD",
 "rates": {"2017-06-27": {"SGD": 1.3871, "INR": 64.52, "USD": 1}, "2017-06-28": {"SGD": 1.3832, "INR": 64.54, "USD": 1}}}"#;

/// XML of the ECB, and what its data portal gives.
fn forms_of_the_ecb() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let cube = |day: &str| {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube><Cube time="{day}"><Cube currency="USD" rate="1.1413"/><Cube currency="SGD" rate="1.5747"/></Cube></Cube></gesmes:Envelope>"#
        )
    };
    // Columns in another order than the portal's own, a title with a comma, a holiday, and lines of other series.
    let portal = "TIME_PERIOD,OBS_VALUE,KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TITLE\n\
        2017-06-12,1.5500,EXR.D.SGD.EUR.SP00.A,D,SGD,EUR,SP00,A,\"Singapore dollar/Euro, daily\"\n\
        2017-06-13,1.5494,EXR.D.SGD.EUR.SP00.A,D,SGD,EUR,SP00,A,\"Singapore dollar/Euro, daily\"\n\
        2017-06-13,1.1217,EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,US dollar/Euro\n\
        2017-06-14,,EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,US dollar/Euro\n";
    let specific = r#"<message:StructureSpecificData><message:DataSet><Series FREQ="D" CURRENCY="SGD" CURRENCY_DENOM="EUR" EXR_TYPE="SP00" EXR_SUFFIX="A">
<Obs TIME_PERIOD="2017-06-08" OBS_VALUE="1.5547" OBS_STATUS="A"/><Obs TIME_PERIOD="2017-06-09" OBS_VALUE="NaN"/></Series></message:DataSet></message:StructureSpecificData>"#;
    let generic = r#"<message:GenericData><message:DataSet><generic:Series><generic:SeriesKey><generic:Value id="FREQ" value="D"/>
<generic:Value id="CURRENCY" value="SGD"/><generic:Value id="CURRENCY_DENOM" value="EUR"/></generic:SeriesKey>
<generic:Obs><generic:ObsDimension value="2017-06-07"/><generic:ObsValue value="1.5558"/></generic:Obs></generic:Series></message:DataSet></message:GenericData>"#;
    vec![
        ("eurofxref-daily.xml", cube("2017-06-19").into(), "ecb, 1 date from 2017-06-19 to 2017-06-19"),
        ("eurofxref-hist.xml.gz", gzipped(&cube("2017-06-16")), "ecb, 1 date from 2017-06-16 to 2017-06-16"),
        (
            "eurofxref-hist-90d.zip",
            zipped("eurofxref-hist-90d.xml", &cube("2017-06-15")),
            "ecb, 1 date from 2017-06-15 to 2017-06-15",
        ),
        ("data.csv", portal.into(), "ecb, 2 dates from 2017-06-12 to 2017-06-13"),
        ("specific.xml", specific.into(), "ecb, 1 date from 2017-06-08 to 2017-06-08"),
        ("generic.xml", generic.into(), "ecb, 1 date from 2017-06-07 to 2017-06-07"),
    ]
}

/// Files of each form that is read: name, bytes, and the line that the import says.
fn forms() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let daily = "Date, USD, JPY, SGD, INR, \n30 October 2026, 1.1500, 176.20, 1.4800, 101.20, \n";
    let fed = "date,SIUS,USEU,USAL\n2017-06-29,1.3798,1.1438,0.7684\n2017-06-30,1.3766,1.1411,0.7676\n";
    let v1 =
        r#"{"amount":1.0,"base":"USD","date":"2017-06-30","rates":{"EUR":0.87627,"INR":64.62,"SGD":1.3766}}"#;
    let v1_range = r#"{"amount":1.0,"base":"EUR","start_date":"2017-06-22","end_date":"2017-06-23",
      "rates":{"2017-06-22":{"SGD":1.5497,"USD":1.1169},"2017-06-23":{"SGD":1.5504,"USD":1.1173}}}"#;
    let v2 = r#"[{"date":"2017-06-20","base":"USD","quote":"SGD","rate":1.3871,"providers":["ECB"]},{"date":"2017-06-20","base":"USD","quote":"AED","rate":3.6725}]"#;
    let lines = "{\"date\":\"2017-06-15\",\"base\":\"USD\",\"quote\":\"SGD\",\"rate\":1.38}\n{\"date\":\"2017-06-16\",\"base\":\"USD\",\"quote\":\"SGD\",\"rate\":1.39}\n";
    let mut forms = forms_of_the_ecb();
    forms.extend(vec![
        (
            "eurofxref-hist.zip",
            zipped("eurofxref-hist.csv", HIST),
            "ecb, 2 dates from 2017-06-29 to 2017-06-30",
        ),
        ("eurofxref.csv", daily.into(), "ecb, 1 date from 2026-10-30 to 2026-10-30"),
        (
            "hist.csv.gz",
            gzipped(&HIST.replace("2017-06", "2017-05")),
            "ecb, 2 dates from 2017-05-29 to 2017-05-30",
        ),
        ("2017-06-29.json", oxr("2017-06-29", RATES).into(), "oxr, 1 date from 2017-06-29 to 2017-06-29"),
        ("series.json", SERIES.into(), "oxr, 2 dates from 2017-06-27 to 2017-06-28"),
        ("v1.json", v1.into(), "frankfurter, 1 date from 2017-06-30 to 2017-06-30"),
        ("v1-range.json", v1_range.into(), "frankfurter, 2 dates from 2017-06-22 to 2017-06-23"),
        ("v2.json", v2.into(), "frankfurter, 1 date from 2017-06-20 to 2017-06-20"),
        ("lines.ndjson", lines.into(), "frankfurter, 2 dates from 2017-06-15 to 2017-06-16"),
        ("h10.csv", fed.into(), "h10, 2 dates from 2017-06-29 to 2017-06-30"),
        (
            "h10.csv.gz",
            gzipped(&fed.replace("2017-06", "2017-03")),
            "h10, 2 dates from 2017-03-29 to 2017-03-30",
        ),
    ]);
    forms
}

#[test]
fn series_of_the_data_portal_complete_each_other_and_other_series_are_faults() {
    let home = Home::new();
    home.statement(&[("USD", "2017-06-13")]);
    let header = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS\n";
    let daily = |currency: &str, rate: &str| {
        let line = format!("EXR.D.{currency}.EUR.SP00.A,D,{currency},EUR,SP00,A,2017-06-13,{rate},A\n");
        home.write(&format!("{currency}.csv"), format!("{header}{line}"))
    };
    // One series a file, as people download them: a cross needs both.
    let names = [daily("USD", "1.1217"), daily("SGD", "1.5494")];
    assert_eq!(import(&home, &names).code, 0);
    assert_eq!(
        home.rows("SELECT deposit_sgd_amt, rate_status FROM processed"),
        ["138.129625 exact"],
        "1.5494 / 1.1217"
    );
    assert_eq!(
        home.rows("SELECT currency, LENGTH(rate_file_sha) FROM response ORDER BY 1"),
        ["EUR 64", "SGD 64", "USD 64"]
    );
    let others = "EXR.M.JPY.EUR.SP00.A,M,JPY,EUR,SP00,A,2017-06,123.1,A\nEXR.D.E8.EUR.EN00.A,D,E8,EUR,EN00,A,2017-06-13,96.5,A\n\
        EXR.D.JPY.EUR.SP00.A,D,JPY,EUR,SP00,A,2017-06-13,123.36,A\n";
    let told = import(&home, &[home.write("mixed.csv", format!("{header}{others}"))]);
    assert_eq!(told.code, 3, "{}", told.err);
    assert_eq!(
        home.rows("SELECT error, line_no, column_name, text FROM error_error ORDER BY line_no"),
        ["other_series 2 FREQ M", "other_series 3 EXR_TYPE EN00"]
    );
    assert_eq!(home.rows("SELECT rate FROM response WHERE currency = 'JPY'"), ["123.360000000000"]);
    let cut = home
        .write("cut.xml", "<Envelope><Cube><Cube time=\"2017-06-13\"><Cube currency=\"USD\" rate=\"1.1217\"");
    assert_eq!(import(&home, &[cut]).code, 3);
    assert_eq!(home.rows("SELECT error FROM error_error WHERE source = 'cut.xml'"), ["bad_xml"]);
}

#[test]
fn a_day_with_two_rates_for_a_currency_has_none_unless_they_are_equal() {
    let home = Home::new();
    home.statement(&[("USD", "2017-06-13"), ("JPY", "2017-06-13")]);
    let header = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\n";
    let line = |currency: &str, rate: &str| {
        format!("EXR.D.{currency}.EUR.SP00.A,D,{currency},EUR,SP00,A,2017-06-13,{rate}\n")
    };
    // Downloads put behind each other: the same again, and one that differs.
    let lines =
        [("USD", "1.1217"), ("SGD", "1.5494"), ("JPY", "123.36"), ("USD", "1.12170"), ("JPY", "113.36")];
    let lines: String = lines.iter().map(|(currency, rate)| line(currency, rate)).collect();
    import(&home, &[home.write("joined.csv", format!("{header}{lines}"))]);
    assert_eq!(
        home.rows("SELECT currency, COUNT(*) FROM response GROUP BY 1 ORDER BY 1"),
        ["EUR 1", "SGD 1", "USD 1"]
    );
    let converted = "SELECT deposit_currency, deposit_sgd_amt, rate_status FROM processed ORDER BY 1";
    assert_eq!(home.rows(converted)[1], "USD 138.129625 exact", "{:?}", home.rows(converted));
    assert!(home.rows(converted)[0].ends_with("no_rate"), "{:?}", home.rows(converted));
    assert_eq!(
        home.rows("SELECT column_name, text FROM error_error WHERE error = 'duplicate_rate' ORDER BY text"),
        ["JPY 113.36", "JPY 123.36"]
    );
}

#[test]
fn a_csv_with_a_day_twice_has_no_rate_that_differs_and_one_of_another_base_is_refused() {
    let home = Home::new();
    let twice = "Date,EUR,USD,SGD,\n2024-03-06,1,1.08,1.45,\n2024-03-06,1.0,1.09,1.45,\n";
    let told = import(&home, &[home.write("twice.csv", twice)]);
    assert!(told.err.contains("1 date"), "{}", told.err);
    assert_eq!(
        home.rows("SELECT currency, rate FROM response ORDER BY 1"),
        ["EUR 1.000000000000", "SGD 1.450000000000"]
    );
    assert_eq!(
        home.rows("SELECT column_name, text FROM error_error WHERE error = 'duplicate_rate' ORDER BY text"),
        ["USD 1.08", "USD 1.09"]
    );
    let dollars = "Date,EUR,GBP,SGD\n2024-03-07,0.9178,0.7843,1.3373\n";
    let told = import(&home, &[home.write("dollars.csv", dollars)]);
    assert_eq!(told.code, 3, "{}", told.err);
    assert!(told.err.contains("its EUR is not 1, so its rates are of another base"), "{}", told.err);
    assert_eq!(home.rows("SELECT count(*) FROM response WHERE rate_date = '2024-03-07'"), ["0"]);
}

fn import(home: &Home, names: &[String]) -> super::Told {
    let arguments: Vec<&str> = std::iter::once("import").chain(names.iter().map(String::as_str)).collect();
    home.rates(&arguments)
}

#[test]
fn every_form_is_known_by_its_bytes_and_a_second_import_changes_nothing() {
    let home = Home::new();
    home.statement(&[("INR", "2017-06-29"), ("AED", "2017-06-29"), ("JPY", "2017-07-02")]);
    let forms = forms();
    // Under names that say nothing of their form.
    let names: Vec<_> =
        forms.iter().enumerate().map(|(at, form)| home.write(&format!("files/{at}"), &form.1)).collect();
    let told = import(&home, &names);
    assert_eq!(told.code, 0, "{}", told.err);
    for ((_, _, wanted), name) in forms.iter().zip(&names) {
        assert!(told.err.contains(&format!("{name}: {wanted}\n")), "{wanted}: {}", told.err);
    }
    let told = home.rows(
        "SELECT source, rate, inverted, base_per_unit, usd_per_unit, rate_type, provisional, published_at_utc, LENGTH(rate_file_sha)
         FROM response WHERE rate_date = '2017-06-29' AND currency IN ('EUR', 'BTC') ORDER BY currency, source",
    );
    assert_eq!(
        told,
        [
            // Text to DECIMAL: as a float the last digits would be others.
            "oxr 0.000391234568 false 3529.340167290000 2556.011318269100 mid false 2017-06-29 23:59:59 64"
                .replace(
                    "3529.340167290000 2556.011318269100",
                    &quotients(&["1.3808", "1"], "0.000391234567891234")
                ),
            "ecb 1.000000000000 false 1.574700000000 1.141300000000 mid false ∅ 64".into(),
            // USD for one EUR, as the Federal Reserve writes it.
            "h10 1.143800000000 true 1.578215240000 1.143800000000 mid false ∅ 64".into(),
            "oxr 0.874126000000 false EUR mid false 2017-06-29 23:59:59 64"
                .replace("EUR", &quotients(&["1.3808", "1"], "0.874126")),
        ]
    );
    let statuses = home
        .rows("SELECT deposit_currency, rate_source, rate_status, rate_date FROM processed ORDER BY line_no");
    assert_eq!(
        statuses,
        ["INR oxr exact 2017-06-29", "AED oxr exact 2017-06-29", "JPY ecb carried 2017-06-30"]
    );
    let before = home.files();
    let again = import(&home, &names);
    assert_eq!((again.code, again.err.matches(", already there").count()), (0, names.len()));
    assert!(home.files() == before, "byte for byte");
}

/// Quotients as the stage rounds them.
fn quotients(over: &[&str], under: &str) -> String {
    let under: f64 = under.parse().unwrap();
    let text = over.iter().map(|over| format!("{:.12}", over.parse::<f64>().unwrap() / under));
    text.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_order_of_files_that_agree_does_not_matter() {
    let build = |backwards: bool| {
        let home = Home::new();
        home.statement(&[("INR", "2017-06-29"), ("AED", "2017-06-29"), ("JPY", "2017-07-02")]);
        let mut files = forms();
        if backwards {
            files.reverse();
        }
        // Two answers for one day, and two histories that overlap.
        files.push((
            "other/2017-06-29.json",
            oxr("2017-06-29", &RATES.replace("1.3808", "1.3809")).into(),
            "",
        ));
        files.push((
            "other/hist.csv",
            HIST.replace("1.571,", "1.572,").replace("2017-06-30", "2017-07-03").into(),
            "",
        ));
        // One after the other, so that each sees what came before.
        for (name, bytes, _) in files {
            let name = home.write(&format!("files/{name}"), bytes);
            assert_eq!(import(&home, &[name]).code, 0);
        }
        home
    };
    let (one, two) = (build(false), build(true));
    assert_eq!(one.raw("oxr").len(), 3, "both answers are kept");
    for (path, bytes) in
        one.files().iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "parquet"))
    {
        assert!(two.files().get(path) == Some(bytes), "{}", path.display());
    }
    let sgd = |home: &Home| {
        home.rows("SELECT rate FROM response WHERE source = 'oxr' AND currency = 'SGD' AND rate_date = '2017-06-29'")
    };
    assert_eq!(sgd(&one), ["1.380900000000"], "one row a date, source and currency: the later one");
    assert_eq!(sgd(&one), sgd(&two));
}

/// A file that says something else of a day counts from then on, whatever its checksum is, and says so.
#[test]
fn a_rate_that_is_corrected_counts_and_is_told() {
    let usd = |home: &Home| home.rows("SELECT rate FROM response WHERE source = 'ecb' AND currency = 'USD'");
    for corrected in ["1.0765", "1.0766", "1.0767", "1.0768"] {
        let home = Home::new();
        let file =
            |name: &str, usd: &str| home.write(name, format!("Date,USD,SGD,\n2024-06-12,{usd},1.45,\n"));
        let names = [file("first.csv", "1.20"), file("second.csv", corrected)];
        assert!(!import(&home, &names[..1]).err.contains("differ"));
        let told = import(&home, &names[1..]);
        let said = "1 rate differs from those of a file that came before: these count now\n";
        assert!(told.err.contains(said), "{}", told.err);
        assert_eq!(usd(&home), [format!("{corrected}00000000")]);
        let again = import(&home, &names[..1]);
        assert!(again.err.contains(", already there\n") && !again.err.contains("differ"), "{}", again.err);
        assert_eq!(usd(&home), [format!("{corrected}00000000")]);
        // One series of the data portal corrects its currency, and leaves the others.
        let portal = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\n\
            EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2024-06-12,1.1\n";
        import(&home, &[home.write("portal.csv", portal)]);
        assert_eq!(usd(&home), ["1.100000000000"]);
        assert_eq!(
            home.rows("SELECT rate FROM response WHERE source = 'ecb' AND currency = 'SGD'"),
            ["1.450000000000"]
        );
        // Answers of one moment.
        for (at, rate) in ["1.3808", corrected].into_iter().enumerate() {
            import(
                &home,
                &[home.write(&format!("{at}.json"), oxr("2017-06-29", &RATES.replace("1.3808", rate)))],
            );
            let sgd = "SELECT rate FROM response WHERE source = 'oxr' AND currency = 'SGD'";
            assert_eq!(home.rows(sgd), [format!("{rate}00000000")]);
        }
    }
}

#[test]
fn what_is_no_file_of_rates_is_said_and_the_others_are_kept() {
    let home = Home::new();
    let error =
        r#"{"error": true, "status": 401, "message": "invalid_app_id", "description": "Invalid App ID"}"#;
    let bad = [
        ("letter.txt", "Dear Sir,\n".into()),
        ("error.json", error.into()),
        ("other.json", "{\"rates\": {\"SGD\": 1}}".into()),
        ("ten.json", r#"{"amount":10.0,"base":"USD","date":"2017-06-30","rates":{"SGD":13.7}}"#.into()),
        ("cut.zip", zipped("a.csv", HIST)[..60].to_vec()),
        ("empty", Vec::new()),
    ];
    let mut names: Vec<_> =
        bad.into_iter().map(|(name, bytes): (_, Vec<u8>)| home.write(name, bytes)).collect();
    names.push(home.write(
        "good.csv",
        HIST.replace("2017-06-29", "29.06.2017").replace("\n2017-06-30", "\n2017-06-28,1.1\n2017-06-30"),
    ));
    let told = import(&home, &names);
    assert_eq!(told.code, 3);
    assert!(told.err.contains("error: 7 of 7 files could not be read whole"), "{}", told.err);
    assert_eq!(home.rows("SELECT DISTINCT rate_date FROM response"), ["2017-06-30"]);
    let faults = home.rows("SELECT source, error, line_no FROM error_error ORDER BY source, line_no");
    assert_eq!(
        faults,
        [
            "cut.zip broken_archive ∅",
            "empty unknown_format ∅",
            "error.json invalid_app_id ∅",
            "good.csv ragged_line 2",
            "good.csv bad_date 4",
            "letter.txt unknown_format ∅",
            "other.json unknown_format ∅",
            "ten.json unexpected_amount ∅",
        ]
    );
}

#[test]
fn a_name_that_is_mistyped_is_no_fault_of_the_data() {
    let home = Home::new();
    let told = import(&home, &[home.write("hist.csv", HIST), "eurofx.zip".into()]);
    assert_eq!(told.code, 1, "{}", told.err);
    assert!(told.err.starts_with("error: cannot read eurofx.zip: "), "{}", told.err);
    assert!(home.raw("ecb").is_empty() && !home.root().join("raw").exists(), "nothing was written");
}

#[test]
fn gates_hold_back_what_is_no_rate_and_tell_it_once() {
    let home = Home::new();
    let at =
        |day: u32, text: &str| (format!("2017-06-{day:02}.json"), oxr(&format!("2017-06-{day:02}"), text));
    let mut files = vec![
        at(
            1,
            r#""SGD": 1.38, "INR": 64.5, "BYN": 18600, "AED": 3.67, "ZWL": 322.3, "KWD": 0.3, "LBP": 1507, "XYZ_ALT": 2"#,
        ),
        at(2, r#""SGD": 1.38, "INR": 0, "BYN": 18600, "AED": -3.67, "ZWL": 1e10, "KWD": null, "LBP": "15""#),
        // Inverted for a day, and back: with the base currency held back, so is all of that day.
        at(3, r#""SGD": 0.72, "INR": 0.0155, "AED": 3.67"#),
        at(4, r#""SGD": 1.38, "INR": 64.6, "AED": 3.67"#),
    ];
    // A new unit at its date, and a level that lasts.
    files.push(("2016-06-30.json".into(), oxr("2016-06-30", r#""SGD": 1.35, "BYN": 20000"#)));
    files.push(("2016-07-01.json".into(), oxr("2016-07-01", r#""SGD": 1.35, "BYN": 2.0, "ARS": 10"#)));
    for day in 2..=31 {
        let date = format!("2016-07-{day:02}");
        files.push((format!("{date}.json"), oxr(&date, r#""SGD": 1.35, "ARS": 14"#)));
    }
    files.push(("2016-08-02.json".into(), oxr("2016-08-02", r#""SGD": 1.35, "ARS": 14"#)));
    let names: Vec<_> = files.iter().map(|(name, text)| home.write(&format!("files/{name}"), text)).collect();
    assert_eq!(import(&home, &names).code, 3, "four are no rates");
    let rates = "SELECT rate_date, string_agg(currency || ' ' || CAST(CAST(rate AS DOUBLE) AS VARCHAR), ' ' ORDER BY currency)
         FROM response WHERE rate_date >= '2017-06-01' AND NOT held_back GROUP BY 1 ORDER BY 1";
    assert_eq!(
        home.rows(rates),
        [
            "2017-06-01 AED 3.67 BYN 18600.0 INR 64.5 KWD 0.3 LBP 1507.0 SGD 1.38 USD 1.0 ZWL 322.3",
            "2017-06-02 BYN 18600.0 SGD 1.38 USD 1.0",
            "2017-06-04 AED 3.67 INR 64.6 SGD 1.38 USD 1.0",
        ]
    );
    let told = "SELECT requested_date, column_name, error, text FROM error_error WHERE column_name <> 'ARS' ORDER BY 1, 2";
    let wanted = [
        "2017-06-01 XYZ_ALT bad_currency 2",
        "2017-06-02 AED bad_rate -3.67",
        "2017-06-02 INR bad_rate 0",
        "2017-06-02 KWD bad_rate null",
        "2017-06-02 LBP bad_rate \"15\"",
        "2017-06-02 ZWL bad_rate 1e10",
        "2017-06-03 INR jump 0.0155",
        "2017-06-03 SGD jump 0.72",
    ];
    assert_eq!(home.rows(told), wanted);
    assert_eq!(
        home.rows("SELECT base_per_unit FROM response WHERE rate_date = '2017-06-03' AND currency = 'AED'"),
        ["∅"],
        "no SGD, no cross"
    );
    assert_eq!(
        home.rows("SELECT COUNT(*) FROM response WHERE currency = 'BYN' AND rate_date <= '2016-07-01'"),
        ["2"],
        "a new unit is no fault"
    );
    let lasting = "SELECT (SELECT COUNT(*) FROM error_error WHERE column_name = 'ARS'), (SELECT CAST(MAX(rate_date) AS VARCHAR) FROM response WHERE currency = 'ARS')";
    assert_eq!(home.rows(lasting), ["30 2016-08-02"], "a month is held back, then the level is believed");
    // Another run over the same files tells nothing twice.
    let more = home.write("files/2018-01-01.json", oxr("2018-01-01", RATES));
    assert_eq!(import(&home, &[more]).code, 0);
    assert_eq!(home.rows(told), wanted);
}

#[test]
fn crosses_close_from_one_pivot() {
    let home = Home::new();
    let mut dice = Pcg64::seed_from_u64(7);
    let mut names = Vec::new();
    for day in 1..=28 {
        let date = format!("2017-02-{day:02}");
        let codes = ["SGD", "INR", "JPY", "KWD", "EUR", "VND"];
        let rate = |dice: &mut Pcg64| f64::from(dice.next_u32() % 900_000 + 100_000) / 1e6;
        // Sizes from 0.3 to 25,000, within what a gate lets pass from day to day.
        let sizes = [1.4, 64.0, 112.0, 0.3, 0.9, 25_000.0];
        let rates = codes
            .iter()
            .zip(sizes)
            .map(|(code, size)| format!("\"{code}\": {:.6}", size * (0.95 + rate(&mut dice) / 20.0)));
        names.push(
            home.write(&format!("files/{date}.json"), oxr(&date, &rates.collect::<Vec<_>>().join(", "))),
        );
    }
    assert_eq!(import(&home, &names).code, 0);
    // x(a,b) is the SGD of a over the SGD of b. Stored are 12 decimals, so a small unit's own rounding is allowed for.
    let open = home.rows(
        "WITH x AS (SELECT *, CAST(base_per_unit AS DOUBLE) AS sgd, CAST(usd_per_unit AS DOUBLE) AS usd FROM response)
         SELECT COUNT(*), COUNT(*) FILTER (
             ABS((a.sgd / b.sgd) * (b.sgd / a.sgd) - 1) > 1e-12
             OR ABS((a.sgd / b.sgd) / (a.usd / b.usd) - 1) > 1e-12 + 0.5e-12 * (1 / a.sgd + 1 / b.sgd + 1 / a.usd + 1 / b.usd)
             OR ABS(a.sgd / b.sgd * CAST(a.rate AS DOUBLE) / CAST(b.rate AS DOUBLE) - 1) > 1e-12 + 0.5e-12 * (1 / a.sgd + 1 / b.sgd))
         FROM x AS a JOIN x AS b USING (rate_date)",
    );
    assert_eq!(open, [format!("{} 0", 28 * 7 * 7)]);
}

#[test]
fn real_sources_agree_and_an_inverted_file_is_loud() {
    let build = |h10: &str| {
        let home = Home::new();
        let names = [home.write("ecb.csv", ecb()), home.write("h10.csv", h10)];
        let told = import(&home, &names);
        assert_eq!(told.code, 3, "the last line of the real file has no date: {}", told.err);
        (alarms(&Lake::open(&home.root()).unwrap()).unwrap(), told.err, home)
    };
    let (quiet, said, home) = build(&h10());
    assert!(quiet.is_empty() && !said.contains("alarm"), "25 years, five currencies: {quiet:?}");
    let common = "SELECT COUNT(*) FROM response a JOIN response b USING (rate_date, currency) WHERE a.source = 'ecb' AND b.source = 'h10'";
    assert!(home.rows(&format!("{common} AND currency = 'SGD'"))[0].parse::<u32>().unwrap() > 6300);
    assert!(home.rows(&format!("{common} AND currency = 'INR'"))[0].parse::<u32>().unwrap() > 3800);

    // The same file with SGD and EUR the other way round.
    let invert = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        for at in [3, 4] {
            if let Some(rate) = cells[at].parse::<f64>().ok().filter(|rate| *rate > 0.0) {
                cells[at] = format!("{:.6}", 1.0 / rate);
            }
        }
        cells.join(",")
    };
    let (loud, said, _) = build(&h10().lines().map(invert).collect::<Vec<_>>().join("\n"));
    let of = |currency: &str| loud.iter().find(|alarm| alarm.currency == currency);
    assert_eq!(loud.len(), 2, "only the two: {loud:?}");
    let sgd = of("SGD").unwrap();
    assert!(sgd.dates > 6300 && sgd.sources == ["ecb", "h10"], "{sgd:?}");
    assert!(of("EUR").unwrap().dates > 5000, "but where one was near the other");
    assert!(said.contains("alarm: ecb and h10 differ by up to "), "{said}");
}

#[test]
fn the_preferred_source_converts_and_a_late_rate_changes_its_days_only() {
    let home = Home::new();
    let days = ["2017-06-29", "2017-06-30", "2017-07-01", "2017-07-02", "2017-07-03", "2017-07-15"];
    home.statement(&days.map(|day| ("INR", day)));
    let hist = format!("{HIST}2017-06-28,1.14,127,1.58,73.2,\n")
        .replace("INR,\n", "INR,\n2017-07-03,1.1369,128.5,1.5711,73.7,\n");
    assert_eq!(import(&home, &[home.write("hist.csv", hist)]).code, 0);
    let rows = || {
        home.rows("SELECT value_date, rate_source, rate_status, rate_age_days, deposit_sgd_amt FROM processed ORDER BY 1")
    };
    let before = rows();
    assert_eq!(before[3], "2017-07-02 ecb carried 2 2.130328", "Sunday takes Friday's rate: 1.571 / 73.7445");
    assert!(before[5].contains("stale"));
    // A provisional answer of a preferred source does not push out a final one, but is better than none.
    let open: Vec<_> = ["2017-06-29", "2017-07-01"]
        .map(|day| home.write(&format!("{day}.latest.json"), oxr(day, RATES)))
        .into();
    assert_eq!(import(&home, &open).code, 0);
    let changed = |now: &[String]| {
        before
            .iter()
            .zip(now)
            .enumerate()
            .filter(|(_, (old, new))| old != new)
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    let now = rows();
    assert_eq!(changed(&now), [2, 3], "Saturday, and Sunday that carries it: {now:?}");
    assert!(
        now[2].starts_with("2017-07-01 oxr provisional 0 ")
            && now[3].starts_with("2017-07-02 oxr provisional 1 "),
        "{now:?}"
    );
    // The final answer for Sunday comes late.
    let rates = RATES.replace("64.625", "64.7");
    assert_eq!(import(&home, &[home.write("2017-07-02.json", oxr("2017-07-02", &rates))]).code, 0);
    let now = rows();
    assert_eq!(changed(&now), [2, 3]);
    assert_eq!(now[3], "2017-07-02 oxr exact 0 2.134158", "1.3808 / 64.7");
    // Both versions stay to be seen, and lines are not multiplied.
    let versions = home.rows("SELECT source, provisional FROM response WHERE currency = 'INR' AND rate_date = '2017-06-29' ORDER BY 1");
    assert_eq!(versions, ["ecb false", "oxr true"]);
    assert_eq!(home.raw("oxr").len(), 3);
    assert_eq!(now.len(), days.len());
}

#[test]
fn coverage_knows_the_calendars_and_what_the_statements_lack() {
    let home = Home::new();
    home.statement(&[
        ("INR", "2017-06-29"),
        ("INR", "2017-07-02"),
        ("INR", "2017-07-20"),
        ("AED", "2017-06-29"),
        ("XOF", "2017-06-29"),
        ("SGD", "2017-06-29"),
    ]);
    let csv = "Date,SGD,INR,\n2017-06-29,1.57,73.69,\n2017-06-30,1.571,73.74,\n2017-07-03,1.5711,73.7,\n2017-07-06,1.57,73.9,\n";
    let names: Vec<_> = ["2017-06-29", "2017-06-30", "2017-07-03"]
        .map(|day| home.write(&format!("{day}.json"), oxr(day, RATES)))
        .into();
    assert_eq!(import(&home, &[&names[..], &[home.write("ecb.csv", csv)]].concat()).code, 0);
    let told = home.rates(&["coverage", "--format", "csv"]);
    let wanted = [
        "currency,source,calendar,first,last,dates,gaps,longest_gap_days,longest_gap_from,needed,carried,lacking",
        // Sunday-only gaps are a failed fetch here,
        "INR,oxr,every day,2017-06-29,2017-07-03,3,1,2,2017-07-01,3,1,1",
        // and a weekend there: missing are 4 and 5 July.
        "INR,ecb,TARGET days,2017-06-29,2017-07-06,4,1,2,2017-07-04,3,1,1",
        "AED,oxr,every day,2017-06-29,2017-07-03,3,1,2,2017-07-01,1,0,0",
        "XOF,,,,,0,0,0,,1,0,1",
    ];
    for line in wanted {
        assert!(told.out.lines().any(|found| found == line), "{line}:\n{}", told.out);
    }
    let lacking = home.rates(&["coverage", "--lacking", "--format", "csv"]).out;
    assert_eq!(lacking, "currency,rate_day,rate_status\nINR,2017-07-20,stale\nXOF,2017-06-29,no_rate\n");
}

#[test]
fn the_whole_real_history_has_no_gap_on_target_days() {
    let home = Home::new();
    assert_eq!(import(&home, &[home.write("hist.csv", ecb())]).code, 0);
    let told = home.rates(&["coverage", "--format", "csv"]).out;
    let gaps: Vec<_> = told.lines().skip(1).filter(|line| line.split(',').nth(6) != Some("0")).collect();
    assert_eq!(gaps, ["ISK,ecb,TARGET days,1999-01-04,2026-10-30,4785,1,2341,2008-12-10,0,0,0"]);
    assert!(told.contains("SGD,ecb,TARGET days,1999-01-04,2026-10-30,7126,0,0,,0,0,0"), "{told}");
}
