//! A lake of two accounts and fourteen months for the credit check: small, for engines that take a second for a statement.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::{Datelike, Days, Months, NaiveDate};

/// The last day that counts: the first of a month that is not full.
pub const AS_OF: &str = "2020-01-20";

const HEADER: &str = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";
/// Day, text and cents of what comes back each month.
type Monthly = &'static [(u32, &'static str, i64)];
/// Account, currency and lines; the second account is in another currency.
const MONTHLY: [(&str, &str, Monthly); 2] = [
    (
        "700",
        "SGD",
        &[
            (1, "RENT WILLOW ESTATES", -120_000),
            (5, "LOAN EMI 4711", -45_055),
            (12, "CARD PAYMENT 99/HARBOUR", -74_025),
            (12, "UTILITY BILL", -8_010),
            (25, "SALARY CREDIT ORCHID FOODS", 250_040),
        ],
    ),
    (
        "701",
        "USD",
        &[
            (3, "NEFT/0815/MERIDIAN TEXTILES", 180_010),
            (17, "SUPPLIER INV 12/KESTREL", -150_075),
            (28, "TRF FROM LOTUS ELECTRIC", 3_001),
        ],
    ),
];
/// What comes once: account, day, text and cents.
const ONCE: [(&str, &str, &str, i64); 7] = [
    ("700", "2019-03-10", "INTERNAL FUND TRANSFER", 30_000),
    ("700", "2019-06-20", "CHQ RETURN CHG INSUFF FUND", -1_500),
    ("700", "2019-06-21", "REVERSAL CHQ RETURN CHG", 1_500),
    ("700", "2019-12-20", "CHQ RETURN CHG INSUFF FUND", -1_500),
    ("701", "2019-05-09", "LOAN DISBURSAL 5", 500_000),
    ("701", "2019-09-09", "REFUND", 2_500),
    ("701", "2019-11-11", "SALE OF A CAR", 900_000),
];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The rates of a year and a half, one a day of the week but Saturday and Sunday.
fn rates() -> String {
    let mut text = "Date,USD,SGD,\n".to_owned();
    for day in day("2018-10-01").iter_days().take_while(|day| *day <= self::day(AS_OF)) {
        if day.weekday().number_from_monday() < 6 {
            writeln!(text, "{day},1.1{},1.5{},", day.day() % 7, day.month() % 5).unwrap();
        }
    }
    text
}

/// The lines of both accounts in the order of their days.
fn statement() -> String {
    let mut text = HEADER.to_owned();
    for (account, currency, monthly) in MONTHLY {
        let months = (0..15).filter_map(|month| day("2018-11-01").checked_add_months(Months::new(month)));
        let monthly = months.flat_map(|first| {
            monthly
                .iter()
                .map(move |(day, text, cents)| (first + Days::new(u64::from(day - 1)), *text, *cents))
        });
        let once = ONCE.iter().filter(|(whose, ..)| *whose == account);
        let mut lines: Vec<_> =
            monthly.chain(once.map(|(_, date, text, cents)| (day(date), *text, *cents))).collect();
        lines.retain(|(date, ..)| *date <= day(AS_OF));
        lines.sort_by_key(|(date, ..)| *date);
        let mut balance = 95_000;
        for (date, narration, cents) in lines {
            balance += cents;
            let money = |cents: i64| {
                format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
            };
            let amount = money(cents.abs());
            let sides =
                if cents < 0 { format!("{amount},{currency},,") } else { format!(",,{amount},{currency}") };
            writeln!(text, "{account},{date},{narration},{date},{sides},{}", money(balance)).unwrap();
        }
    }
    text
}

/// Writes `rates.csv` and `statement.csv`, and has the program make the lake of them.
pub fn make(folder: &Path, mut done: impl FnMut(&[&str])) {
    fs::write(folder.join("rates.csv"), rates()).unwrap();
    fs::write(folder.join("statement.csv"), statement()).unwrap();
    done(&["rates", "import", "rates.csv"]);
    done(&["ingest", "bank", "statement.csv"]);
}
