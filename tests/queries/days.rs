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
