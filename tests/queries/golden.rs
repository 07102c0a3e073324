//! Every saved query beside the answer that was worked out by hand.

use super::*;

/// Lines in the order in which they happened; the third of August and the tenth have several of one account, on the
/// fourth account 3 pays itself, account 7's second balance does not follow, and account 5 has lines with two sides.
const LINES: [&str; 19] = [
    "1,1-Aug-17,SALARY,1-Aug-17,,,1000,SGD,1000",
    "1,3-Aug-17,RENT,3-Aug-17,400,SGD,,,600",
    "1,3-Aug-17,CASH,3-Aug-17,,,50,SGD,650",
    "1,3-Aug-17,INTERNAL FUND TRANSFER TO 3,3-Aug-17,150,SGD,,,500",
    "1,10-Aug-17,FEE,10-Aug-17,25,SGD,,,475",
    "1,10-Aug-17,FEE BACK,10-Aug-17,,,25,SGD,500",
    "2,1-Aug-17,PAY,1-Aug-17,,,100,USD,100",
    "2,2-Aug-17,PAY REVERSED,2-Aug-17,,,-10,USD,90",
    "2,5-Aug-17,BUY,5-Aug-17,30,USD,,,60",
    "2,20-Sep-17,BUY,20-Sep-17,5,USD,,,55",
    "3,3-Aug-17,INTERNAL FUND TRANSFER FROM 1,3-Aug-17,,,150,SGD,150",
    "3,4-Aug-17,INTERNAL FUND TRANSFER TO 3,4-Aug-17,20,SGD,,,130",
    "3,4-Aug-17,INTERNAL FUND TRANSFER FROM 3,4-Aug-17,,,20,SGD,150",
    "4,3-Aug-17,GIFT,3-Aug-17,,,7,XYZ,7",
    "5,2-Aug-17,EXCHANGE,2-Aug-17,100,USD,134,SGD,",
    "5,3-Aug-17,EXCHANGE,3-Aug-17,12,SGD,9,XYZ,",
    "7,1-Aug-17,PAY,1-Aug-17,,,10,SGD,10",
    "7,2-Aug-17,PAY,2-Aug-17,,,5,SGD,16",
    "7,2-Aug-17,PAY MORE,2-Aug-17,,,1,SGD,17",
];

/// Singapore dollars for a US dollar on the first four days of August.
const RATES: [(&str, &str); 4] = [
    ("2017-08-01.json", r#"{"timestamp": 1501631999, "base": "USD", "rates": {"SGD": 1.36}}"#),
    ("2017-08-02.json", r#"{"timestamp": 1501718399, "base": "USD", "rates": {"SGD": 1.35}}"#),
    ("2017-08-03.json", r#"{"timestamp": 1501804799, "base": "USD", "rates": {"SGD": 1.37}}"#),
    ("2017-08-04.json", r#"{"timestamp": 1501891199, "base": "USD", "rates": {"SGD": 1.36}}"#),
];

/// Two Mondays, a Tuesday, a Thursday.
const BALANCES: &str = "fecha,saldo_inversion,saldo_clientes,num_ingresos_hoy,num_egresos_hoy,saldo_flujos
2017-07-31,100.00,-50.00,3,1,0.01
2017-08-01,100.01,-40.00,4,0,0.02
2017-08-07,103.00,-60.00,0,2,0.02
2017-08-31,0.00,-30.00,1,1,-0.10
";

pub fn oldest_first() -> Vec<&'static str> {
    LINES.to_vec()
}

/// Rates and balances, with the commands that take them.
pub fn others() -> Vec<(&'static [&'static str], &'static str, &'static str)> {
    let rates = RATES.map(|(name, text)| (["rates", "import"].as_slice(), name, text));
    let mut others = rates.to_vec();
    others.push((["ingest", "balances"].as_slice(), "saldos.csv", BALANCES));
    others
}

/// A query, its values, how many of its columns are compared, and its answer.
type Answer = (&'static str, &'static [(&'static str, &'static str)], usize, &'static [&'static str]);

const AUGUST: &[(&str, &str)] = &[("from", "2017-08-01"), ("to", "2017-08-31")];
const WITH_JULY: &[(&str, &str)] = &[("from", "2017-07-31"), ("to", "2017-08-31")];

/// Every built-in query at least once.
pub const ANSWERS: &[Answer] = &[
    (
        "account_lines_by_kind",
        &[("account", "1"), ("kind", "income"), ("from", "2017-08-01"), ("to", "2017-08-31")],
        6,
        &[
            "value_date|transaction_details|kind_of_deposit|kind_of_withdrawal|returned_items|payer",
            "2017-08-01|SALARY|salary|∅|0|SALARY",
            "2017-08-03|CASH|other|∅|0|CASH",
            "2017-08-10|FEE BACK|other|∅|0|FEE BACK",
        ],
    ),
    (
        "account_lines_by_kind",
        &[("account", "1"), ("kind", "own transfer"), ("from", "2017-08-01"), ("to", "2017-08-31")],
        6,
        &[
            "value_date|transaction_details|kind_of_deposit|kind_of_withdrawal|returned_items|payer",
            "2017-08-03|INTERNAL FUND TRANSFER TO 3|∅|own transfer|0|∅",
        ],
    ),
    (
        "account_months",
        &[("to", "2017-09")],
        9,
        &[
            "account_no|net_sgd|net_sgd_trend|num_lines|not_converted",
            "1|500.000000|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 500.000000, 0]|6|0",
            "2|81.700000|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 81.700000, null]|4|1",
            "3|150.000000|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 150.000000, 0]|3|0",
            "4|∅|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, 0]|1|1",
            "5|-13.000000|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -13.000000, 0]|2|1",
            "7|16.000000|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16.000000, 0]|3|0",
        ],
    ),
    (
        "account_months",
        &[("to", "2018-08")],
        9,
        &[
            "account_no|net_sgd|net_sgd_trend|num_lines|not_converted",
            "2|∅|[null, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]|1|1",
        ],
    ),
    (
        "account_summary",
        &[],
        9,
        &[
            "account_no|total_withdrawals_sgd|total_deposits_sgd|net_sgd|num_transactions|not_converted",
            "1|575.000000|1075.000000|500.000000|6|0",
            "2|40.800000|122.500000|81.700000|4|1",
            "3|20.000000|170.000000|150.000000|3|0",
            "4|0.000000|0.000000|∅|1|1",
            "5|147.000000|134.000000|-13.000000|2|1",
            "7|0.000000|16.000000|16.000000|3|0",
        ],
    ),
    (
        "average_balances",
        AUGUST,
        9,
        &[
            "promedio_saldo_inversion|promedio_saldo_clientes|promedio_saldo_flujos|days_with_row|days_without_row",
            "67.67|-43.33|-0.02|3|28",
        ],
    ),
    (
        "average_balances",
        &[("from", "2017-07-31"), ("to", "2017-08-01")],
        9,
        &[
            "promedio_saldo_inversion|promedio_saldo_clientes|promedio_saldo_flujos|days_with_row|days_without_row",
            "100.01|-45.00|0.02|2|0",
        ],
    ),
    (
        "average_daily_balance",
        AUGUST,
        9,
        &[
            "account_no|days|average_daily_balance|lowest_balance|negative_days|currency|last_line|days_past_last_line|uncertain_days",
            "1|31|532.26|500.0000|0|SGD|2017-08-10|21|0",
            "2|31|64.19|60.0000|0|USD|2017-09-20|0|0",
            "3|29|150.00|150.0000|0|SGD|2017-08-04|27|0",
            "4|29|7.00|7.0000|0|XYZ|2017-08-03|28|0",
            "7|31|16.77|10.0000|0|SGD|2017-08-02|29|0",
        ],
    ),
    (
        "balance_breaks",
        &[],
        5,
        &["account_no|day|balance_amt|expected_amt|difference", "7|2017-08-02|16.0000|15.0000|1.0000"],
    ),
    (
        "balance_over_time",
        &[("account", "1"), ("from", "2017-08-02"), ("to", "2017-08-04")],
        9,
        &[
            "day|account_no|balance_amt|currency|origin|booked_on|note",
            "2017-08-02|1|1000.0000|SGD|carried|2017-08-01|∅",
            "2017-08-03|1|500.0000|SGD|booked|2017-08-03|∅",
            "2017-08-04|1|500.0000|SGD|carried|2017-08-03|∅",
        ],
    ),
    (
        "balance_over_time",
        &[("account", "1"), ("from", "2017-08-09"), ("to", "2017-08-11")],
        9,
        &[
            "day|account_no|balance_amt|currency|origin|booked_on|note",
            "2017-08-09|1|500.0000|SGD|carried|2017-08-03|∅",
            "2017-08-10|1|500.0000|SGD|booked|2017-08-10|∅",
            "2017-08-11|1|500.0000|SGD|carried past the last line|2017-08-10|∅",
        ],
    ),
    (
        "balances_in_transit",
        WITH_JULY,
        9,
        &[
            "fecha|saldo_flujos|suma|promedio",
            "2017-07-31|0.01|0.01|0.01",
            "2017-08-01|0.02|0.03|0.02",
            "2017-08-07|0.02|0.05|0.02",
            "2017-08-31|-0.10|-0.05|-0.01",
        ],
    ),
    (
        "compare_two_dates",
        &[("first", "2017-07-31"), ("second", "2017-08-06")],
        9,
        &[
            "measure|first_date|first_value|second_date|second_value|change|change_pct|note",
            "saldo_inversion|2017-07-31|100.00|2017-08-01|100.01|0.01|0.01|second date moved to the nearest earlier row",
            "saldo_clientes|2017-07-31|-50.00|2017-08-01|-40.00|10.00|20.00|second date moved to the nearest earlier row; percentage of a negative first value, without its sign",
            "saldo_flujos|2017-07-31|0.01|2017-08-01|0.02|0.01|100.00|second date moved to the nearest earlier row",
            "num_ingresos_hoy|2017-07-31|3.00|2017-08-01|4.00|1.00|33.33|second date moved to the nearest earlier row",
            "num_egresos_hoy|2017-07-31|1.00|2017-08-01|0.00|-1.00|-100.00|second date moved to the nearest earlier row",
        ],
    ),
    (
        "compare_two_dates",
        &[("first", "2017-08-07"), ("second", "2017-08-31")],
        9,
        &[
            "measure|first_date|first_value|second_date|second_value|change|change_pct|note",
            "saldo_inversion|2017-08-07|103.00|2017-08-31|0.00|-103.00|-100.00|exact dates",
            "saldo_clientes|2017-08-07|-60.00|2017-08-31|-30.00|30.00|50.00|exact dates; percentage of a negative first value, without its sign",
            "saldo_flujos|2017-08-07|0.02|2017-08-31|-0.10|-0.12|-600.00|exact dates",
            "num_ingresos_hoy|2017-08-07|0.00|2017-08-31|1.00|1.00|∅|exact dates; percentage n/a: the first value is 0",
            "num_egresos_hoy|2017-08-07|2.00|2017-08-31|1.00|-1.00|-50.00|exact dates",
        ],
    ),
    (
        "conversion_status_by_month",
        &[],
        99,
        &[
            "value_month|num_lines|already_sgd|exact|carried|not_converted|stale|held_back|no_rate|no_currency|no_amount",
            "2017-08-01|18|13|2|1|2|0|0|2|0|0",
            "2017-09-01|1|0|0|0|1|1|0|0|0|0",
        ],
    ),
    (
        "credit_worthiness",
        &[],
        9,
        &[
            "account_no|total_deposits_sgd|total_withdrawals_sgd|credit_ratio|creditworthiness|verdict|note|num_transactions",
            "1|1075.000000|575.000000|1.869565|High Creditworthiness|High|∅|6",
            "2|122.500000|40.800000|3.002451|High Creditworthiness|High|not wholly converted: 1 of 4 lines|4",
            "3|170.000000|20.000000|8.500000|High Creditworthiness|High|∅|3",
            "4|∅|∅|∅|Low Creditworthiness|n/a: no withdrawals|not wholly converted: 1 of 1 lines|1",
            "5|134.000000|147.000000|0.911565|Low Creditworthiness|Low|not wholly converted: 1 of 2 lines|2",
            "7|16.000000|∅|∅|Low Creditworthiness|n/a: no withdrawals|∅|3",
        ],
    ),
    (
        "currency_exposure",
        &[],
        9,
        &[
            "currency|value_year|inflow|outflow|net|net_sgd|num_amounts|not_converted",
            "SGD|2017|1395.0000|607.0000|788.0000|788.000000|14|0",
            "USD|2017|90.0000|135.0000|-45.0000|-53.300000|5|1",
            "XYZ|2017|16.0000|0.0000|16.0000|∅|2|2",
        ],
    ),
    (
        "currency_months",
        &[("to", "2017-09")],
        9,
        &[
            "currency|net|net_trend|net_sgd|num_amounts|not_converted",
            "SGD|788.0000|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 788.0000, 0]|788.000000|14|0",
            "USD|-45.0000|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -40.0000, -5.0000]|-53.300000|5|1",
            "XYZ|16.0000|[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16.0000, 0]|∅|2|2",
        ],
    ),
    (
        "currency_rates",
        &[("source", "oxr"), ("from", "2017-08-01"), ("to", "2017-08-02")],
        4,
        &[
            "rate_date|currency|sgd_per_unit|usd_per_unit",
            "2017-08-01|USD|1.360000000000|1.000000000000",
            "2017-08-02|USD|1.350000000000|1.000000000000",
        ],
    ),
    (
        "deposits_by_currency",
        &[],
        9,
        &[
            "deposit_currency|total_deposit|total_native|num_deposits|not_converted|note",
            "SGD|1395.000000|1395.0000|9|0|∅",
            "USD|122.500000|90.0000|2|0|∅",
            "XYZ|∅|16.0000|2|2|∅",
            "∅|∅|∅|0|0|lines without a deposit, and deposits without a currency",
        ],
    ),
    (
        "incoming_and_outgoing",
        AUGUST,
        9,
        &[
            "fecha|num_ingresos_hoy|num_egresos_hoy|diferencia",
            "2017-08-01|4|0|4",
            "2017-08-07|0|2|-2",
            "2017-08-31|1|1|0",
        ],
    ),
    (
        "largest_transactions",
        &[("side", "deposit"), ("count", "3")],
        9,
        &[
            "place|value_date|account_no|side|amount|currency|sgd_amt|rate_status|transaction_details",
            "1|2017-08-01|1|deposit|1000.0000|SGD|1000.000000|identity|SALARY",
            "2|2017-08-03|3|deposit|150.0000|SGD|150.000000|identity|INTERNAL FUND TRANSFER FROM 1",
            "3|2017-08-01|2|deposit|100.0000|USD|136.000000|exact|PAY",
        ],
    ),
    (
        "monthly_cash_flow",
        &[],
        9,
        &[
            "value_month|inflow_sgd|outflow_sgd|net_sgd|num_lines|not_converted|last_line",
            "2017-08-01|1517.500000|782.800000|734.700000|18|2|2017-08-10",
            "2017-09-01|∅|∅|∅|1|1|2017-09-20",
        ],
    ),
    (
        "own_transfers",
        AUGUST,
        9,
        &[
            "booking_date|from_account|to_account|amount|currency|sgd_amt|legs",
            "2017-08-03|1|3|150.0000|SGD|150.000000|matched",
            "2017-08-04|3|∅|20.0000|SGD|20.000000|no leg in",
            "2017-08-04|∅|3|20.0000|SGD|20.000000|no leg out",
        ],
    ),
    (
        "rate_coverage",
        &[],
        99,
        &[
            "currency|num_amounts|value_dates|exact_dates|carried_dates|missing_dates|oldest_rate_days|first_rate|last_rate|rate_dates",
            "USD|5|4|2|1|1|1|2017-08-01|2017-08-04|4",
            "XYZ|2|1|0|0|1|∅|∅|∅|∅",
            "SGD|14|5|5|0|0|∅|2017-08-01|2017-08-04|4",
        ],
    ),
    (
        "unconverted_rows",
        &[],
        10,
        &[
            "value_date|account_no|amount|currency|side|rate_status|reason|rate_date|rate_age_days|transaction_details",
            "2017-08-03|4|7.0000|XYZ|deposit|no_rate|no rate for XYZ on or before 2017-08-03|∅|∅|GIFT",
            "2017-08-03|5|9.0000|XYZ|deposit|no_rate|no rate for XYZ on or before 2017-08-03|∅|∅|EXCHANGE",
            "2017-09-20|2|5.0000|USD|withdrawal|stale|the last rate for USD is 47 days old|2017-08-04|47|BUY",
        ],
    ),
    (
        "weekday_rhythm",
        WITH_JULY,
        9,
        &[
            "dia_semana|nombre_dia|num_days|promedio_saldo_clientes|promedio_saldo_flujos|promedio_ingresos|promedio_egresos",
            "2|lunes|2|-55.00|0.02|1.50|1.50",
            "3|martes|1|-40.00|0.02|4.00|0.00",
            "5|jueves|1|-30.00|-0.10|1.00|1.00",
        ],
    ),
];

/// Compares every answer.
fn assert_golden(home: &Home, order: &str) {
    for (name, values, columns, wanted) in ANSWERS {
        let mut answer = first(&home.ask(name, values), *columns);
        if *name == "unconverted_rows" {
            // Of one day they stand in the order of the file.
            answer[1..].sort();
        }
        assert_eq!(answer, *wanted, "{name} {values:?}, {order}");
    }
}

#[test]
fn every_saved_query_has_a_golden_answer() {
    let (queries, _) = query::all(None, "SGD", &query::Newest::new());
    for query in queries {
        assert!(ANSWERS.iter().any(|answer| answer.0 == query.name), "{} has none", query.name);
    }
}

#[test]
fn answers_are_the_golden_ones_from_the_oldest_line_first() {
    assert_golden(&SPREAD, "oldest first");
}

#[test]
fn answers_are_the_golden_ones_from_the_newest_line_first() {
    let newest_first = LINES.iter().rev().copied().collect();
    assert_golden(&Home::new(&[newest_first], &others()), "newest first");
}

/// The days of most accounts lie in both files, one of them with its newest line first.
#[test]
fn answers_are_the_golden_ones_from_days_in_two_files() {
    let each = |from| LINES.iter().skip(from).step_by(2).copied();
    let mut even: Vec<_> = each(0).collect();
    even.reverse();
    assert_golden(&Home::new(&[even, each(1).collect()], &others()), "two files");
}
