//! The pipeline against golden numbers: conversions worked out by hand from the central bank's file, rows in and rows
//! out, and builds that give the same bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/rows.rs"]
mod rows;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::LazyLock;

use chrono::Utc;
use rows::rows;
use saldo::demo::{self, DemoError, Options};
use saldo::engine::duckdb::Connection;
use saldo::lake::{Conversion, Lake};
use saldo::pipeline::bank::BANK;
use saldo::pipeline::{self, PipelineError, Raw, STAGES, ingest, views};
use saldo::text::amounts::Mark;
use saldo::text::given::Given;
use tempfile::TempDir;

/// A small demo lake, built once.
static SMALL: LazyLock<(TempDir, Lake)> = LazyLock::new(|| built(3000, 7));
/// The demo lake as it is by default.
static WHOLE: LazyLock<(TempDir, Lake)> = LazyLock::new(|| built(demo::ROWS, demo::SEED));

fn built(rows: u64, seed: u64) -> (TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let options = options(&folder.path().join("lake"), rows, seed);
    let lake = demo::build(&options, &mut |_| ()).unwrap();
    (folder, lake)
}

fn options(lake: &Path, rows: u64, seed: u64) -> Options {
    Options { lake: lake.into(), rows, seed }
}

/// A connection with a view for each table of a lake.
fn over(lake: &Lake) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(pipeline::DIALECT).unwrap();
    connection.execute_batch(&settings()).unwrap();
    for table in &lake.manifest.tables {
        let sql = format!(
            "CREATE VIEW {} AS FROM read_parquet('{}', hive_partitioning = false)",
            table.name,
            lake.glob(table)
        );
        connection.execute_batch(&sql).unwrap();
    }
    connection
}

fn one(connection: &Connection, sql: &str) -> String {
    let rows = rows(connection, sql);
    assert_eq!(rows.len(), 1, "{sql}");
    rows[0].join(" ")
}

fn stage(name: &str) -> String {
    STAGES.iter().find(|stage| stage.name == name).unwrap().statement(&Conversion::default())
}

/// The view of a lake's own choices, all of which one stage reads.
fn settings() -> String {
    let stage = STAGES.iter().find(|stage| stage.name == "daily_rates").unwrap();
    format!("CREATE VIEW settings AS {}", stage.settings_view(&Conversion::default()).unwrap())
}

/// Deposits as a statement has them: amount, currency, value date; and what becomes of them: SGD at two decimals,
/// status, rate date, age.
const GOLDEN: [(&str, &str, &str, &str); 23] = [
    ("1,000,000.00", "INR", "29-JUN-17", "21368.01 exact 2017-06-29 0"),
    ("10,00,000", "inr", "29-Jun-17", "21368.01 exact 2017-06-29 0"),
    ("1,000", "INR", "1-Jul-17", "21.30 carried 2017-06-30 1"),
    ("100.00", "USD", "25-Dec-17", "134.39 carried 2017-12-22 3"),
    ("100.00", " usd ", "25-DEC-17", "134.39 carried 2017-12-22 3"),
    ("100", "HRK", "30-Dec-22", "18.97 exact 2022-12-30 0"),
    ("100", "HRK", "31-Dec-22", "18.97 carried 2022-12-30 1"),
    ("100", "HRK", "1-Jan-23", "18.98 fixed_conv 2022-12-30 2"),
    ("100", "HRK", "15-Jan-23", "18.99 fixed_conv 2023-01-13 2"),
    ("100", "RUB", "1-Mar-22", "1.29 exact 2022-03-01 0"),
    ("100", "RUB", "8-Mar-22", "1.29 carried 2022-03-01 7"),
    ("100", "RUB", "9-Mar-22", "∅ stale 2022-03-01 8"),
    ("100", "RUB", "1-Jan-24", "∅ stale 2022-03-01 671"),
    ("100", "ISK", "1-Jan-12", "∅ stale 2008-12-09 1118"),
    ("1", "INR", "31-Dec-08", "∅ no_rate ∅ ∅"),
    ("1", "USD", "1998-12-31", "∅ no_rate ∅ ∅"),
    ("1", "XYZ", "3-Jan-17", "∅ no_rate ∅ ∅"),
    ("1", "XAU", "3-Jan-17", "∅ no_rate ∅ ∅"),
    ("1", "US$", "3-Jan-17", "∅ ccy_invalid ∅ ∅"),
    ("1", "", "3-Jan-17", "∅ ccy_missing ∅ ∅"),
    ("5", "SGD", "1-Jan-17", "5.00 identity ∅ ∅"),
    ("-100.00", "USD", "25-Dec-17", "-134.39 carried 2017-12-22 3"),
    ("", "USD", "3-Jan-17", "∅ no_amount ∅ ∅"),
];

/// Runs hand-written deposits through the stages with the real rates; the rate stage's text can be changed.
fn converted(response: &str, deposits: &[(&str, &str, &str)]) -> (Connection, Vec<String>) {
    let connection = over(&SMALL.1);
    let raw = "CREATE TABLE raw_rates AS SELECT CAST(rate_date AS VARCHAR) AS rate_date, source, base_currency, currency,
                 CAST(rate AS VARCHAR) AS rate, CAST(inverted AS VARCHAR) AS inverted,
                 CAST(held_back AS VARCHAR) AS held_back,
                 CAST(provisional AS VARCHAR) AS provisional, CAST(published_at_utc AS VARCHAR) AS published_at_utc, rate_file_sha
               FROM response WHERE currency <> base_currency";
    connection.execute_batch(raw).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let statement = folder.path().join("hand.csv");
    let mut lines = String::from(
        "account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,\
         deposit_currency,balance_amt\n",
    );
    for (amount, currency, date) in deposits {
        writeln!(lines, "77',3-Jan-17,X,,{date},,,\"{amount}\",{currency},1.00").unwrap();
    }
    fs::write(&statement, lines).unwrap();
    let said = Given { decimal: Some(Mark::Point), ..Given::default() };
    let options = ingest::Options { given: said, last_year: 2027, ..ingest::Options::new(Utc::now()) };
    ingest::take(folder.path(), &BANK, &statement, &options).unwrap();
    let lines = views::view(folder.path(), folder.path(), Raw::Bank).unwrap();
    connection.execute_batch(&lines).unwrap();
    for (name, sql) in [
        ("response", response.to_owned()),
        ("banktxn", stage("banktxn")),
        ("daily_rates", stage("daily_rates")),
        ("processed", stage("processed")),
    ] {
        let made =
            format!("CREATE TABLE fresh AS {sql}; DROP VIEW {name}; ALTER TABLE fresh RENAME TO {name}");
        connection.execute_batch(&made).unwrap();
    }
    let told = rows(
        &connection,
        "SELECT ROUND(deposit_sgd_amt, 2), rate_status, rate_date, rate_age_days FROM processed ORDER BY line_no",
    );
    let told = told.iter().map(|row| row.join(" ")).collect();
    (connection, told)
}

#[test]
fn a_file_that_was_read_when_a_clock_stood_far_back_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let statement = folder.path().join("may.csv");
    fs::write(&statement, "account_no,date,withdrawal_amt,deposit_amt\n77,2024-05-13,,5.00\n").unwrap();
    let take = |last_year| {
        let options = ingest::Options { last_year, ..ingest::Options::new(Utc::now()) };
        let report = ingest::take(folder.path(), &BANK, &statement, &options).unwrap();
        (report.state, report.rows, report.faults)
    };
    let told = [1971, 1971, 2027, 2027].map(take);
    let [kept, known] = [ingest::State::Kept, ingest::State::Known];
    assert_eq!(told, [(kept, 0, 1), (known, 0, 0), (kept, 1, 0), (known, 1, 0)]);
}

fn golden(response: &str) -> Vec<(String, String)> {
    let deposits: Vec<_> = GOLDEN.iter().map(|case| (case.0, case.1, case.2)).collect();
    let (_, told) = converted(response, &deposits);
    assert_eq!(told.len(), GOLDEN.len(), "no line is lost");
    told.into_iter().zip(GOLDEN.iter().map(|case| case.3.to_owned())).collect()
}

#[test]
fn golden_conversions() {
    for ((told, wanted), case) in golden(&stage("response")).into_iter().zip(GOLDEN) {
        assert_eq!(told, wanted, "{case:?}");
    }
}

#[test]
fn the_inverse_rate_fails_the_golden_check() {
    let inverse = stage("response").replace("base.units / quoted.units", "quoted.units / base.units");
    assert_ne!(inverse, stage("response"), "the mutant differs");
    let wrong = golden(&inverse).into_iter().filter(|(told, wanted)| told != wanted).count();
    let amounts = GOLDEN.iter().filter(|case| !case.3.starts_with('∅') && case.1 != "SGD").count();
    assert_eq!(wrong, amounts, "every foreign amount is wrong");
}

#[test]
fn an_odd_line_is_flagged_and_one_that_cannot_be_read_is_no_row() {
    let deposits = [
        ("", "USD", "3-Jan-17"),
        ("1.23450", "USD", ""),
        ("-5", "", "3-Jan-17"),
        ("n/a", "USD", "3-Jan-17"),
        ("1.23456", "USD", "3-Jan-17"),
        ("1", "SGD", "31-Feb-17"),
        ("1", "SGD", "3-XXX-17"),
        ("1", "SGD", "EPOCH"),
        ("1", "SGD", "17-01-03"),
        ("1", "SGD", "3-Jan-1969"),
        ("1", "SGD", "3-Jan-2028"),
    ];
    let (connection, _) = converted(&stage("response"), &deposits);
    let found =
        rows(&connection, "SELECT flags, reason, value_date, deposit_amt FROM processed ORDER BY line_no");
    let found: Vec<_> = found.iter().map(|row| row.join(" | ")).collect();
    assert_eq!(
        found,
        [
            "no_amount | the line has no amount | 2017-01-03 | ∅",
            "vd_missing | ∅ | 2017-01-03 | 1.2345",
            "neg_amount,ccy_missing | the amount has no currency | 2017-01-03 | -5.0000",
        ]
    );
}

#[test]
fn equal_lines_have_keys_that_a_second_reading_repeats() {
    let deposits =
        [("500,000.00", "INR", "16-Aug-17"), ("5,00,000", "inr", "16-AUG-17"), ("1", "INR", "16-Aug-17")];
    let keys = |deposits: &[_]| {
        let (connection, _) = converted(&stage("response"), deposits);
        rows(&connection, "SELECT txn_key FROM processed ORDER BY line_no").concat()
    };
    let first = keys(&deposits);
    assert_eq!(first, keys(&deposits));
    let (content, ordinal) = first[0].split_once('-').unwrap();
    assert_eq!((content.len(), ordinal), (32, "1"));
    assert_eq!(first[1], format!("{content}-2"), "however its numbers were written");
    assert_ne!(first[2].split_once('-').unwrap().0, content);
}

#[test]
fn a_line_with_two_sides_converts_each_with_its_own_currency() {
    let connection = over(&SMALL.1);
    connection
        .execute_batch(
            "DROP VIEW banktxn; CREATE TABLE banktxn AS SELECT 'x' AS account_no, DATE '2017-07-01' AS booking_date,
             DATE '2017-07-01' AS value_date, NULL::VARCHAR AS transaction_details, NULL::VARCHAR AS chq_no,
             CAST(1000 AS DECIMAL(20,4)) AS withdrawal_amt, 'INR' AS withdrawal_currency,
             CAST(7 AS DECIMAL(20,4)) AS deposit_amt, 'SGD' AS deposit_currency, 1 AS balance_amt,
             'both_sides' AS flags, 'k' AS txn_key, 'f' AS source_file, 2 AS line_no",
        )
        .unwrap();
    let sql = format!(
        "SELECT ROUND(withdrawal_sgd_amt, 2), deposit_sgd_amt, rate_status, rate_age_days, rate_side,
           withdrawal_rate_status, deposit_rate_status FROM ({}\n)",
        stage("processed")
    );
    assert_eq!(
        one(&connection, &sql),
        "21.30 7.000000 carried 1 withdrawal carried identity",
        "the less certain side is told"
    );
}

#[test]
fn the_built_lake_holds_the_golden_amounts() {
    let connection = over(&WHOLE.1);
    let told = rows(
        &connection,
        "SELECT deposit_amt, deposit_currency, value_date, ROUND(deposit_sgd_amt, 2), rate_status FROM processed
         WHERE (deposit_amt, deposit_currency, value_date) IN (
           (1000000, 'INR', DATE '2017-06-29'), (1000, 'INR', DATE '2017-07-01'),
           (100, 'USD', DATE '2017-12-25'), (5, 'SGD', DATE '2017-01-01')) ORDER BY value_date",
    );
    let told: Vec<_> = told.iter().map(|row| row.join(" ")).collect();
    assert_eq!(
        told,
        [
            "5.0000 SGD 2017-01-01 5.00 identity",
            "1000000.0000 INR 2017-06-29 21368.01 exact",
            "1000.0000 INR 2017-07-01 21.30 carried",
            "100.0000 USD 2017-12-25 134.39 carried",
        ]
    );
}

#[test]
fn rows_stand_in_the_order_of_their_stage() {
    let connection = over(&WHOLE.1);
    for stage in STAGES.iter().filter(|stage| WHOLE.1.table(stage.name).is_some()) {
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT ROW({}) < LAG(ROW({})) OVER (PARTITION BY filename ORDER BY file_row_number) AS back
             FROM read_parquet('{}', filename = true, file_row_number = true, hive_partitioning = false)) AS pairs WHERE back",
            stage.order,
            stage.order,
            WHOLE.1.glob(WHOLE.1.table(stage.name).unwrap())
        );
        assert_eq!(one(&connection, &sql), "0", "{}", stage.name);
    }
}

#[test]
fn rows_in_are_rows_out_and_native_sums_are_equal() {
    let connection = over(&WHOLE.1);
    let lines = fs::read_to_string(WHOLE.1.root.join("raw/bank/statement.csv")).unwrap().lines().count() - 1;
    assert_eq!(lines, 116_201);
    for table in ["banktxn", "processed"] {
        assert_eq!(
            one(&connection, &format!("SELECT COUNT(*), COUNT(DISTINCT txn_key) FROM {table}")),
            "116201 116201"
        );
    }
    let sums = |table: &str| {
        let sql = format!(
            "SELECT 'in', deposit_currency, SUM(deposit_amt), COUNT(*) FROM {table} WHERE deposit_amt IS NOT NULL GROUP BY 2
             UNION ALL SELECT 'out', withdrawal_currency, SUM(withdrawal_amt), COUNT(*) FROM {table}
             WHERE withdrawal_amt IS NOT NULL GROUP BY 2 ORDER BY 1, 2"
        );
        rows(&connection, &sql)
    };
    assert_eq!(sums("banktxn"), sums("processed"));
    assert_eq!(sums("processed").len(), 20, "nine currencies and none, in and out");
}

#[test]
fn every_converted_line_can_be_traced_to_its_rate() {
    let connection = over(&WHOLE.1);
    let none = |sql: &str| assert_eq!(one(&connection, &format!("SELECT COUNT(*) FROM {sql}")), "0", "{sql}");
    none("processed WHERE rate_status NOT IN ('identity', 'exact', 'carried', 'no_rate', 'ccy_missing')");
    none("processed WHERE rate_age_days NOT BETWEEN 0 AND 7 OR rate_age_days <> value_date - rate_date");
    none("processed WHERE (reason IS NULL) <> (rate_status IN ('identity', 'exact', 'carried'))");
    none("processed WHERE (reason IS NULL) <> (COALESCE(deposit_sgd_amt, withdrawal_sgd_amt) IS NOT NULL)");
    none(
        "processed WHERE rate_status = 'identity' AND COALESCE(deposit_sgd_amt, withdrawal_sgd_amt)
          <> COALESCE(deposit_amt, withdrawal_amt)",
    );
    // The rate is the published one of that date, and no later date up to the value date has one.
    none("processed p LEFT JOIN response r ON r.rate_date = p.rate_date
            AND r.currency = COALESCE(p.deposit_currency, p.withdrawal_currency)
          WHERE p.rate_status IN ('exact', 'carried')
            AND r.base_per_unit IS DISTINCT FROM COALESCE(p.deposit_base_per_unit, p.withdrawal_base_per_unit)");
    none(
        "processed p JOIN response r ON r.currency = COALESCE(p.deposit_currency, p.withdrawal_currency)
            AND r.rate_date > p.rate_date AND r.rate_date <= p.value_date",
    );
    none("processed WHERE COALESCE(deposit_sgd_amt, withdrawal_sgd_amt) <> ROUND(
            COALESCE(deposit_amt, withdrawal_amt) * COALESCE(deposit_base_per_unit, withdrawal_base_per_unit), 6)");
    // Both legs come from one date: rate of SGD over rate of the currency, as published.
    none(
        "response c JOIN response s ON s.rate_date = c.rate_date AND s.currency = 'SGD'
          WHERE ABS(c.base_per_unit - CAST(s.rate AS DOUBLE) / CAST(c.rate AS DOUBLE)) > 0.000000000001",
    );
    assert_eq!(
        one(&connection, "SELECT COUNT(*), COUNT(DISTINCT rate_date), MIN(rate_date) FROM response"),
        "228828 7126 1999-01-04"
    );
}

#[test]
fn the_statement_has_its_quirks() {
    let connection = over(&WHOLE.1);
    let text = fs::read_to_string(WHOLE.1.root.join("raw/bank/statement.csv")).unwrap();
    for quirk in [
        "700100411017',",
        ",5-Jul-17,",
        ",29-JUN-17,",
        "\"1,",
        ".00\"",
        "TRF FRM",
        "INTERNAL FUND TRANSFE,",
        ", inr ,",
        "\"-2,",
    ] {
        assert!(text.contains(quirk), "{quirk}");
    }
    let grouped = |pattern: &str| {
        let sql = format!(
            "SELECT COUNT(*) > 100 FROM read_csv('{}', all_varchar = true) WHERE balance_amt SIMILAR TO '{pattern}'",
            WHOLE.1.root.join("raw/bank/statement.csv").display()
        );
        one(&connection, &sql)
    };
    assert_eq!(grouped(r"\d+,\d{3},\d{3}\.\d\d"), "true");
    assert_eq!(grouped(r"\d+,\d\d,\d{3}\.\d\d"), "true");
    assert_eq!(grouped(r"\d+,\d{3},\d{3}"), "true");
    let told = one(&connection, "SELECT COUNT(*), COUNT(DISTINCT balance_amt), COUNT(DISTINCT txn_key), SUM(deposit_amt) FROM processed
         WHERE account_no = '700100611074' AND value_date = DATE '2017-08-16' AND deposit_amt = 500000 AND transaction_details = 'CASH DEP BR 0411'");
    assert_eq!(told, "6 6 6 3000000.0000", "six equal deposits");
    let told = one(&connection, "SELECT COUNT(DISTINCT account_no),
           COUNT(DISTINCT CASE WHEN withdrawal_amt IS NULL THEN account_no END) = 12, BOOL_OR(value_date > booking_date),
           BOOL_OR(value_date < booking_date), BOOL_OR(DAYOFWEEK(value_date) = 0), COUNT(chq_no) > 500,
           MIN(value_date), MAX(value_date), MIN(balance_amt) < -10000000 FROM banktxn");
    assert_eq!(told, "12 true true true true true 2015-01-01 2019-12-31 true");
    assert_eq!(
        rows(&connection, "SELECT account_no FROM banktxn GROUP BY 1 HAVING COUNT(withdrawal_amt) = 0"),
        [["700100420036"]]
    );
}

#[test]
fn balances_follow_from_amounts_and_transfers_have_two_legs() {
    let connection = over(&WHOLE.1);
    let broken = one(&connection, "SELECT COUNT(*) FROM (SELECT balance_amt - COALESCE(deposit_amt, 0) + COALESCE(withdrawal_amt, 0)
           - LAG(balance_amt) OVER (PARTITION BY account_no ORDER BY line_no) AS difference FROM banktxn) WHERE difference <> 0");
    assert_eq!(broken, "0");
    let net = one(
        &connection,
        "SELECT COUNT(*) > 1000, SUM(COALESCE(deposit_amt, 0) - COALESCE(withdrawal_amt, 0)) FROM banktxn
         WHERE transaction_details LIKE '%INTERNAL FUND TRANS%'",
    );
    assert_eq!(net, "true 0.0000");
}

#[test]
fn the_calendar_knows_iso_weeks_and_spanish_names() {
    let connection = over(&SMALL.1);
    let told = rows(&connection, "SELECT fecha, nombre_dia, dia_semana, semana_del_anio, anio_iso, entre_semana, dia_habil FROM dates
         WHERE fecha IN ('2021-01-03', '2022-01-05', '2023-01-01', '2024-12-30', '2026-12-31', '2017-12-25') ORDER BY fecha");
    let told: Vec<_> = told.iter().map(|row| row.join(" ")).collect();
    assert_eq!(
        told,
        [
            "2017-12-25 lunes 2 52 2017 true false",
            "2021-01-03 domingo 1 53 2020 false false",
            "2022-01-05 miércoles 4 1 2022 true true",
            "2023-01-01 domingo 1 52 2022 false false",
            "2024-12-30 lunes 2 1 2025 true true",
            "2026-12-31 jueves 5 53 2026 true ∅",
        ]
    );
    let whole = "SELECT COUNT(*), COUNT(DISTINCT fecha), MIN(fecha), MAX(fecha),
        COUNT(CASE WHEN dia_semana <> DAYOFWEEK(fecha) + 1 OR anio_iso <> ISOYEAR(fecha) OR fin_de_mes <> (LAST_DAY(fecha) = fecha)
                   THEN 1 END) FROM dates";
    assert_eq!(one(&connection, whole), "4383 4383 2015-01-01 2026-12-31 0");
    let facts = "SELECT COUNT(*), MIN(fecha), MAX(fecha), COUNT(saldo_inversion) FROM transactions";
    assert_eq!(one(&connection, facts), "1822 2019-01-01 2023-12-31 1822", "four days are missing");
    let header = fs::read_to_string(SMALL.1.root.join("raw/balances/saldos.csv")).unwrap();
    assert!(
        header.starts_with(
            "Fecha,Saldo_Inversion,saldo_clientes,num_ingresos_hoy,num_egresos_hoy,Saldo_Flujos,"
        )
    );
    assert!(header.lines().next().unwrap().ends_with(",mes,año"));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (_folder, again) = built(3000, 7);
    assert_eq!(again.manifest, SMALL.1.manifest, "sizes and SHA-256 of all files");
    let raw = |lake: &Lake, file: &str| fs::read(lake.root.join("raw").join(file)).unwrap();
    for file in ["bank/statement.csv", "balances/saldos.csv", "rates/source=ecb/eurofxref-hist.csv.gz"] {
        assert_eq!(raw(&again, file), raw(&SMALL.1, file));
    }
    let (_folder, other) = built(3000, 8);
    assert_ne!(raw(&other, "bank/statement.csv"), raw(&SMALL.1, "bank/statement.csv"));
    assert_eq!(other.table("response").unwrap().files, again.table("response").unwrap().files);
}

#[test]
fn the_manifest_tells_the_truth() {
    let (_, lake) = &*SMALL;
    let names: Vec<_> = lake.manifest.tables.iter().map(|table| table.name.as_str()).collect();
    let wanted = ["response", "banktxn", "daily_rates", "processed", "dates", "transactions", "error_error"];
    assert_eq!(names, wanted);
    assert!(lake.manifest.sources[0].contains("European Central Bank (ECB)"));
    let connection = over(lake);
    for table in &lake.manifest.tables {
        assert_eq!(one(&connection, &format!("SELECT COUNT(*) FROM {}", table.name)), table.rows.to_string());
        for file in &table.files {
            assert_eq!(fs::metadata(lake.root.join(&file.path)).unwrap().len(), file.size, "{}", file.path);
            let folders = file.path.matches('/').count();
            assert_eq!(folders, if table.partitioned { 3 } else { 1 }, "{}", file.path);
        }
    }
    let paths = &lake.table("processed").unwrap().files;
    assert!(paths.iter().any(|file| file.path.starts_with("processed/year=2017/month=06/")));
    let amount =
        lake.table("processed").unwrap().columns.iter().find(|column| column.name == "deposit_sgd_amt");
    assert_eq!(amount.unwrap().sql_type, "DECIMAL(28,6)");
    let newest = |name: &str| lake.table(name).unwrap().newest.as_ref().map(|newest| newest.date.to_string());
    assert_eq!(newest("response").unwrap(), "2026-10-30");
    assert_eq!(newest("processed").unwrap(), "2019-12-31");
    assert_eq!(newest("transactions").unwrap(), "2023-12-31");
    assert_eq!(newest("dates"), None, "a calendar reaches into the future");
}

#[test]
fn an_identical_lake_is_current_and_others_are_not() {
    let (_, lake) = &*SMALL;
    assert!(demo::is_current(lake, &options(&lake.root, 3000, 7)));
    assert!(!demo::is_current(lake, &options(&lake.root, 3000, 8)));
    assert!(!demo::is_current(lake, &options(&lake.root, 3001, 7)));
    let (_folder, damaged) = built(20, 1);
    let wanted = options(&damaged.root, 20, 1);
    assert!(demo::is_current(&damaged, &wanted));
    fs::remove_file(damaged.root.join("dates/data_0.parquet")).unwrap();
    assert!(!demo::is_current(&damaged, &wanted));
}

#[test]
fn a_build_that_dies_leaves_the_old_lake_and_its_litter_is_swept() {
    let (folder, lake) = built(20, 1);
    let wanted = options(&lake.root, 40, 1);
    let died = catch_unwind(AssertUnwindSafe(|| {
        demo::build(&wanted, &mut |stage| assert_ne!(stage, "raw files", "dies here"))
    }));
    assert!(died.is_err());
    assert_eq!(Lake::open(&lake.root).unwrap(), lake);
    // A build that was killed could not remove its folder; one that still runs holds its lock.
    let (killed, running) = (folder.path().join(".saldo-demo-a"), folder.path().join(".saldo-demo-b"));
    for building in [&killed, &running] {
        fs::create_dir_all(building.join("lake")).unwrap();
        File::create(building.join("lock")).unwrap();
    }
    let held = File::open(running.join("lock")).unwrap();
    held.lock().unwrap();
    let replaced = demo::build(&wanted, &mut |_| ()).unwrap();
    assert_eq!(replaced.table("processed").unwrap().rows, 40);
    let mut left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".saldo-demo-b", "lake"]);
    assert!(!lake.root.join("_saldo/work").exists(), "what was built there has its place");
}

#[test]
fn what_is_not_a_demo_lake_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("letter.txt"), "mine").unwrap();
    let error = demo::build(&options(folder.path(), 20, 1), &mut |_| ()).unwrap_err();
    assert!(matches!(error, DemoError::NotALake(_)), "{error}");
    let (_folder, mut lake) = built(20, 1);
    lake.manifest.demo = None;
    lake.manifest.write(&lake.root).unwrap();
    let error = demo::build(&options(&lake.root, 20, 1), &mut |_| ()).unwrap_err();
    assert!(matches!(error, DemoError::NotADemo(_)), "{error}");
}

#[test]
fn a_stage_that_fails_leaves_its_table_and_the_manifest() {
    let (_folder, lake) = built(20, 1);
    let run = pipeline::Run {
        root: &lake.root,
        sources: &[],
        demo: lake.manifest.demo,
        conversion: None,
        only: &[],
        on_demand: None,
    };
    fs::write(lake.root.join("raw/bank/statement.csv"), "one,two\n1,2\n").unwrap();
    assert!(matches!(pipeline::run(&run, &mut |_| ()), Err(PipelineError::Stage { stage: "banktxn", .. })));
    fs::remove_file(lake.root.join("raw/bank/statement.csv")).unwrap();
    let lost = pipeline::run(&run, &mut |_| ()).unwrap_err();
    assert!(
        matches!(&lost, PipelineError::RawLost { path, .. } if path == "raw/bank/statement.csv"),
        "{lost}"
    );
    assert_eq!(Lake::open(&lake.root).unwrap(), lake);
    assert!(demo::is_current(&lake, &options(&lake.root, 20, 1)));
    assert!(!lake.root.join("_saldo/work").exists(), "no litter");
}
