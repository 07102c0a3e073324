//! Ends of days where lines show no balance, or are booked on another day than that of their value.

use super::*;

const WITHOUT: &str = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency\n";

/// The days of `balance_over_time` of an account, from the day to the note.
fn days(home: &Home, account: &str, to: &str) -> Vec<String> {
    let found = home.ask("balance_over_time", &[("account", account), ("from", "2017-01-01"), ("to", to)]);
    found[1..].to_vec()
}

/// After a line that shows a balance come lines that show none, on its day and on others: each end is what they come to, in
/// whatever order the bank lists them.
#[test]
fn lines_without_a_balance_count_from_the_last_one_shown() {
    let lines = [
        "1,5-Jul-17,PAY,5-Jul-17,,,100,SGD,100",
        "1,5-Jul-17,BUY,5-Jul-17,90,SGD,,,",
        "1,5-Jul-17,BUY,5-Jul-17,30,SGD,,,",
        "1,6-Jul-17,NOTE,6-Jul-17,,,,,",
        "1,7-Jul-17,BUY,7-Jul-17,5,SGD,,,",
        "1,8-Jul-17,PAY,8-Jul-17,,,10,SGD,-15",
    ];
    let newest_first: Vec<_> = lines.iter().rev().copied().collect();
    for lines in [lines.to_vec(), newest_first] {
        let home = Home::new(&[lines], &[]);
        assert_eq!(
            days(&home, "1", "2017-07-08"),
            [
                "2017-07-05|1|-20.0000|SGD|computed|2017-07-05|∅",
                "2017-07-06|1|-20.0000|SGD|carried|2017-07-05|∅",
                "2017-07-07|1|-25.0000|SGD|computed|2017-07-07|∅",
                "2017-07-08|1|-15.0000|SGD|booked|2017-07-08|∅",
            ]
        );
        assert_eq!(home.ask("balance_breaks", &[]).len(), 1);
        assert_eq!(home.ask("average_daily_balance", &[])[1], "1|4|-20.00|-25.0000|4|SGD|2017-07-08|0|0");
    }
}

/// A later file without a column of balances goes on from the former one.
#[test]
fn a_file_without_balances_goes_on_from_the_one_before() {
    let home = Home::new(
        &[vec!["1,5-Jul-17,PAY,5-Jul-17,,,100,SGD,100"]],
        &[(
            &["ingest", "bank"],
            "without.csv",
            &format!("{WITHOUT}1,7-Jul-17,BUY,7-Jul-17,130,SGD,,\n2,7-Jul-17,BUY,7-Jul-17,130,SGD,,\n"),
        )],
    );
    assert_eq!(
        days(&home, "1", "2017-07-07"),
        [
            "2017-07-05|1|100.0000|SGD|booked|2017-07-05|∅",
            "2017-07-06|1|100.0000|SGD|carried|2017-07-05|∅",
            "2017-07-07|1|-30.0000|SGD|computed|2017-07-07|∅",
        ]
    );
    // Where nothing was ever shown nothing is known.
    assert!(days(&home, "2", "2017-07-07").is_empty());
}

/// Amounts of two currencies have no sum: the note says so until a balance is shown again.
#[test]
fn lines_in_two_currencies_without_a_balance_are_noted() {
    let lines = [
        "1,5-Jul-17,PAY,5-Jul-17,,,100,SGD,100",
        "1,6-Jul-17,EXCHANGE,6-Jul-17,10,SGD,7,USD,",
        "1,7-Jul-17,BUY,7-Jul-17,5,SGD,,,",
        "1,8-Jul-17,BUY,8-Jul-17,5,SGD,,,80",
    ];
    let home = Home::new(&[lines.to_vec()], &[]);
    let notes: Vec<_> =
        days(&home, "1", "2017-07-08").iter().map(|day| day.rsplit_once('|').unwrap().1.to_owned()).collect();
    let note = "lines that show no balance are of several currencies: their sum is none";
    assert_eq!(notes, ["∅", note, note, "∅"]);
}

/// What is booked after the day of its value counts on the day it is booked, which the calendar has and a query asks for.
#[test]
fn the_newest_line_may_be_booked_after_its_value() {
    let lines = ["5,10-May-24,PAY,10-May-24,,,100,SGD,100", "5,3-Jan-25,BUY,31-May-24,150,SGD,,,-50"];
    let home = Home::new(&[lines.to_vec()], &[]);
    let found = home.ask("balance_over_time", &[("account", "5")]);
    assert_eq!(found.last().unwrap(), "2025-01-03|5|-50.0000|SGD|booked|2025-01-03|∅");
    assert_eq!(home.ask("average_daily_balance", &[])[1], "5|239|99.37|-50.0000|1|SGD|2025-01-03|0|0");
    let card = saldo(home.folder.path(), &["credit", "5"]);
    let card = String::from_utf8(card.stdout).unwrap();
    assert!(card.contains("As of 2025-01-03"), "{card}");
    assert!(!card.contains("never below zero"), "{card}");
    // And what is booked before its value.
    let home = Home::new(&[vec!["5,30-Dec-23,PAY,2-Jan-24,,,100,SGD,100"]], &[]);
    assert_eq!(home.ask("balance_over_time", &[("account", "5")]).len(), 5);
}

/// An account's first day may list any of its lines first: what it begins with follows from nothing.
#[test]
fn an_account_begins_with_one_line_wherever_it_stands() {
    let lines = [
        "1,5-Jul-17,BUY,5-Jul-17,30,SGD,,,80",
        "1,5-Jul-17,PAY,5-Jul-17,,,10,SGD,110",
        "1,5-Jul-17,BUY,5-Jul-17,5,SGD,,,75",
        "1,8-Jul-17,PAY,8-Jul-17,,,10,SGD,85",
        // Begins and ends with nothing; what comes behind follows from neither.
        "2,5-Jul-17,PAY,5-Jul-17,,,10,SGD,10",
        "2,5-Jul-17,BUY,5-Jul-17,10,SGD,,,0",
        "2,5-Jul-17,PAY,5-Jul-17,,,5,SGD,500",
        // Of two lines that follow from nothing one is a break.
        "3,5-Jul-17,BUY,5-Jul-17,30,SGD,,,80",
        "3,5-Jul-17,PAY,5-Jul-17,,,10,SGD,110",
        "3,5-Jul-17,BUY,5-Jul-17,5,SGD,,,60",
    ];
    let home = Home::new(&[lines.to_vec()], &[]);
    let found = home.ask("balance_breaks", &[]);
    let found: Vec<_> = first(&found[1..], 3);
    assert_eq!(found, ["2|2017-07-05|500.0000", "3|2017-07-05|110.0000"]);
}

/// A business day is one of TARGET, also where no file of the central bank covers it.
#[test]
fn business_days_are_those_of_target_where_files_have_gaps() {
    let home = Home::new(
        &[vec!["1,5-Jun-24,PAY,5-Jun-24,,,10,SGD,10"]],
        &[(
            &["rates", "import"],
            "ecb.csv",
            "Date,USD,SGD,\n2024-06-12,1.0765,1.45,\n2024-06-10,1.0765,1.45,\n",
        )],
    );
    let sql = "SELECT fecha, dia_habil FROM dates WHERE fecha IN (DATE '2024-03-29', DATE '2024-04-01', DATE '2024-05-01',
        DATE '2024-06-03', DATE '2024-06-08', DATE '2024-06-10', DATE '2024-06-11', DATE '2024-06-13') ORDER BY fecha";
    assert_eq!(
        home.run(&Statement::plain(sql))[1..],
        [
            "2024-03-29|false",
            "2024-04-01|false",
            "2024-05-01|false",
            "2024-06-03|true",
            "2024-06-08|false",
            "2024-06-10|true",
            "2024-06-11|true",
            "2024-06-13|∅",
        ]
    );
}

/// Days without a row are those that are asked for, also where the calendar does not reach.
#[test]
fn days_without_a_row_count_beyond_the_calendar() {
    let balances = "fecha,saldo_inversion,saldo_clientes,num_ingresos_hoy,num_egresos_hoy,saldo_flujos\n\
                    2024-01-01,1,2,3,4,5\n2024-01-02,1,2,3,4,5\n";
    let home = Home::new(&[], &[(&["ingest", "balances"], "saldos.csv", balances)]);
    for (from, to, with, without) in [
        ("2023-12-25", "2024-01-03", 2, 8),
        ("2024-12-30", "2025-01-03", 0, 5),
        ("1999-12-31", "2024-02-29", 2, 8825),
        ("2024-02-28", "2024-03-01", 0, 3),
        ("2023-02-28", "2023-03-01", 0, 2),
    ] {
        let found = home.ask("average_balances", &[("from", from), ("to", to)]);
        let told = found[1].rsplitn(3, '|').take(2).collect::<Vec<_>>();
        assert_eq!(told, [without.to_string(), with.to_string()], "{from} {to}");
    }
}

/// Amounts of currencies that nobody tells, or of several, have no sum and no name.
#[test]
fn amounts_of_unknown_or_several_currencies_have_no_sum() {
    let lines = [
        "1,5-Jul-17,PAY,5-Jul-17,,,1000,,1000",
        "2,5-Jul-17,PAY,5-Jul-17,,,500,,500",
        "3,5-Jul-17,EXCHANGE,5-Jul-17,5,EUR,10,USD,10",
        "3,6-Jul-17,EXCHANGE,6-Jul-17,1,USD,2,USD,11",
    ];
    let home = Home::new(&[lines.to_vec()], &[]);
    let exposure = home.ask("currency_exposure", &[]);
    assert_eq!(exposure.last().unwrap(), "∅|2017|∅|∅|∅|∅|2|2");
    let months = home.ask("currency_months", &[]);
    assert_eq!(months.last().unwrap(), "∅|∅|∅|∅|2|2");
    let days = days(&home, "3", "2017-07-06");
    assert!(days.iter().all(|day| day.split('|').nth(3) == Some("several")), "{days:?}");
}
