//! Statements of many banks: kinds that public reports name, each with the value that is right.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "statements/asides.rs"]
mod asides;
#[path = "statements/balances.rs"]
mod balances;
#[path = "statements/books.rs"]
mod books;
#[path = "statements/damaged.rs"]
mod damaged;
#[path = "statements/exports.rs"]
mod exports;
#[path = "statements/forms.rs"]
mod forms;
#[path = "statements/fuzz.rs"]
mod fuzz;
#[path = "statements/lines.rs"]
mod lines;
#[path = "statements/lists.rs"]
mod lists;
#[path = "statements/long.rs"]
mod long;
#[path = "support/rows.rs"]
mod rows;
#[path = "statements/sheets.rs"]
mod sheets;
#[path = "statements/standards.rs"]
mod standards;
#[path = "support/table.rs"]
mod table;
#[path = "support/workbook.rs"]
mod workbook;
#[path = "statements/workbooks.rs"]
mod workbooks;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with a lake and files to take in.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn lake(&self) -> PathBuf {
        self.0.path().join("lake")
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
        command
            .args(["ingest", "bank", "--lake", "lake"])
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path());
        command
    }

    /// Exit code and stderr.
    fn bank(&self, arguments: &[&str]) -> (i32, String) {
        told(&self.command(arguments).output().unwrap())
    }

    fn rows(&self, table: &str, select: &str) -> Vec<String> {
        table::table(&self.lake(), table, select).into_iter().map(|cells| cells.join(" ")).collect()
    }

    /// What the lines say: day, withdrawal, deposit, balance, each without zeros at its end.
    fn lines(&self) -> Vec<String> {
        let amount = |name: &str| format!("COALESCE(rtrim(rtrim(CAST({name} AS VARCHAR), '0'), '.'), '∅')");
        let [out, into, balance] = ["withdrawal_amt", "deposit_amt", "balance_amt"].map(amount);
        self.rows(
            "banktxn",
            &format!(
                "SELECT booking_date, {out}, {into}, {balance} FROM banktxn ORDER BY source_file, line_no"
            ),
        )
    }
}

fn told(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// A statement of a kind, what is said beside it, the exit code, and its lines.
struct Case {
    kind: &'static str,
    content: Vec<u8>,
    map: &'static str,
    options: &'static [&'static str],
    code: i32,
    lines: &'static [&'static str],
}

fn case(kind: &'static str, content: &str, lines: &'static [&'static str]) -> Case {
    Case { kind, content: content.as_bytes().to_vec(), map: "", options: &[], code: 0, lines }
}

const OWN: &str =
    "account_no,date,transaction_details,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency\n";

fn dated(dates: &[&str]) -> String {
    let lines = dates.iter().zip(1..).map(|(date, amount)| format!("A1,\"{date}\",n,{amount}.00,EUR\n"));
    format!("account_no,date,transaction_details,deposit_amt,deposit_currency\n{}", lines.collect::<String>())
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<Case> {
    let hungarian =
        "Konto\tDatum\tText\tBetrag\n4711\t2024-01-02\tKőbánya Áruház\t-5.00\n4711\t2024-01-03\tBér\t7.00\n";
    let marked = format!("\u{feff}{hungarian}");
    let wide = |text: &str, bytes, kind| Case {
        content: utf16(text, bytes),
        ..case(kind, "", &["2024-01-02 5 ∅ ∅", "2024-01-03 ∅ 7 ∅"])
    };
    vec![
        case(
            "points that group, and one cell that tells",
            "Konto;Buchungsdatum;Zweck;Betrag;Währung\n4711;2024-02-01;Miete;\"-412,30\";EUR\n4711;2024-02-02;Lohn;\"2.345,67\";EUR\n\
             4711;2024-02-03;Auto;\"-1.000\";EUR\n4711;2024-02-05;Bonus;\"3.000\";EUR\n",
            &["2024-02-01 412.3 ∅ ∅", "2024-02-02 ∅ 2345.67 ∅", "2024-02-03 1000 ∅ ∅", "2024-02-05 ∅ 3000 ∅"],
        ),
        case(
            "lines around the transactions",
            "Umsatzanzeige;erstellt am: 03.02.2024 09:15\n\nIBAN;XX00 0000 0000 0000 0000 00\nSaldo;1.240,00;EUR\n\n\
             In dieser Datei stehen nur gebuchte Umsätze.\n\n\
             account_no;date;transaction_details;withdrawal_amt;withdrawal_currency;deposit_amt;deposit_currency;balance_amt\n\
             4711;2024-01-15;Brot;10.00;EUR;;;990.00\n4711;2024-01-20;Lohn;;;250.00;EUR;1240.00\n;;Summe;10.00;EUR;250.00;EUR;\n\
             Kontostand;1240.00 EUR\n",
            &["2024-01-15 10 ∅ 990", "2024-01-20 ∅ 250 1240"],
        ),
        Case {
            options: &["--currency", "SGD"],
            ..case(
                "a sign and a currency's sign",
                "Konto;Datum;Text;Betrag\n4711;2024-05-17;Laden;\" -110.7 €\"\n4711;2024-05-18;Refund;\"$57.90\"\n\
                 4711;2024-05-19;Kiosk;\"EUR -9.13\"\n4711;2024-05-20;plain;-20.00\n",
                &["2024-05-17 110.7 ∅ ∅", "2024-05-18 ∅ 57.9 ∅", "2024-05-19 9.13 ∅ ∅", "2024-05-20 20 ∅ ∅"],
            )
        },
        Case {
            map: "Konto,account_no\nDatum,date\nText,transaction_details\nBetrag,deposit_amt\nWaehrung,deposit_currency\n",
            ..case(
                "a word for the way",
                "Konto;Datum;Text;Betrag;Waehrung;Soll/Haben\n4711;2019-10-01;Lohn;1337.00;EUR;H\n4711;2019-10-02;Kaffee;37.00;EUR;S\n",
                &["2019-10-01 ∅ 1337 ∅", "2019-10-02 37 ∅ ∅"],
            )
        },
        case(
            "a word for the way under another name",
            "Rekening;Datum;Bedrag (EUR);Richting\nNL1;20240102;\"5,25\";Af\nNL1;20240103;\"7,5\";Bij\n",
            &["2024-01-02 5.25 ∅ ∅", "2024-01-03 ∅ 7.5 ∅"],
        ),
        case(
            "a minus behind the number",
            "Acct,Date,Description,Amount\nA1,2024-01-02,Coffee,5.00-\nA1,2024-01-05,Salary,2000.00\nA1,2024-01-08,Rent,\"1,234.56-\"\n",
            &["2024-01-02 5 ∅ ∅", "2024-01-05 ∅ 2000 ∅", "2024-01-08 1234.56 ∅ ∅"],
        ),
        case(
            "CR and DR behind the number",
            "Acct,Date,Description,Amount\nA1,2024-01-02,Coffee,5.00 DR\nA1,2024-01-05,Salary,\"2,000.00 CR\"\nA1,2024-01-08,Back,50.90Cr\n",
            &["2024-01-02 5 ∅ ∅", "2024-01-05 ∅ 2000 ∅", "2024-01-08 ∅ 50.9 ∅"],
        ),
        Case {
            map: "Konto,account_no\nDatum,date\nText,transaction_details\nBetrag,deposit_amt\n",
            ..case(
                "apostrophes that group",
                "Konto;Datum;Text;Betrag\n4711;2024-01-02;a;1'234.50\n4711;2024-01-03;b;1'000'000.00\n4711;2024-01-04;c;1\u{2019}234.50\n",
                &["2024-01-02 ∅ 1234.5 ∅", "2024-01-03 ∅ 1000000 ∅", "2024-01-04 ∅ 1234.5 ∅"],
            )
        },
        case(
            "lakh and crore",
            &format!("{OWN}A1,5-Jul-17,a,\"1,00,000.00\",INR,,\nA1,6-Jul-17,b,,,\"12,34,56,789.00\",INR\n"),
            &["2017-07-05 100000 ∅ ∅", "2017-07-06 ∅ 123456789 ∅"],
        ),
        wide(&marked, u16::to_le_bytes, "UTF-16 LE with a mark"),
        wide(&marked, u16::to_be_bytes, "UTF-16 BE with a mark"),
        wide(hungarian, u16::to_le_bytes, "UTF-16 LE without a mark"),
        case(
            "a mark before the header",
            "\u{feff}account_no,date,deposit_amt,deposit_currency\nA1,2024-01-02,5.00,EUR\n",
            &["2024-01-02 ∅ 5 ∅"],
        ),
        case(
            "a mark before a quoted header",
            "\u{feff}\"account_no\",\"date\",\"deposit_amt\",\"deposit_currency\"\n\"A1\",\"2024-01-02\",\"5.00\",\"EUR\"\n",
            &["2024-01-02 ∅ 5 ∅"],
        ),
        case(
            "quotes of every kind",
            &format!(
                "{OWN}A1,2024-02-01,\"first\nsecond\nthird\",1.00,EUR,,\nA1,2024-02-02,\"said \"\"yes\"\", twice\",2.00,EUR,,\n\
                 A1,2024-02-03,\"AGENT FOR \"SOME HUMBLE BANK INC.\"\",3.00,EUR,,\nA1,2024-02-04,5\" pipe,4.00,EUR,,\n\
                 A1,2024-02-05,plain,5.00,EUR,,\n"
            ),
            &[
                "2024-02-01 1 ∅ ∅",
                "2024-02-02 2 ∅ ∅",
                "2024-02-03 3 ∅ ∅",
                "2024-02-04 4 ∅ ∅",
                "2024-02-05 5 ∅ ∅",
            ],
        ),
        case(
            "days and years between points",
            &dated(&["31.01.2024", "01.02.2024", "01.02.24"]),
            &["2024-01-31 ∅ 1 ∅", "2024-02-01 ∅ 2 ∅", "2024-02-01 ∅ 3 ∅"],
        ),
        case(
            "the day first",
            &dated(&["19/01/2024", "03/01/2024"]),
            &["2024-01-19 ∅ 1 ∅", "2024-01-03 ∅ 2 ∅"],
        ),
        case(
            "the month first",
            &dated(&["01/19/2024", "03/01/2024"]),
            &["2024-01-19 ∅ 1 ∅", "2024-03-01 ∅ 2 ∅"],
        ),
        Case { code: 3, ..case("the day or the month first", &dated(&["01/02/2024", "03/04/2024"]), &[]) },
        Case {
            options: &["--dates", "mdy"],
            ..case(
                "the month first, as was said",
                &dated(&["01/02/2024", "03/04/2024"]),
                &["2024-01-02 ∅ 1 ∅", "2024-03-04 ∅ 2 ∅"],
            )
        },
        case(
            "years of two digits",
            &dated(&["05-07-17", "31-12-19"]),
            &["2017-07-05 ∅ 1 ∅", "2019-12-31 ∅ 2 ∅"],
        ),
        Case { code: 3, ..case("the year or the day first", &dated(&["17-07-05"]), &[]) },
        Case {
            options: &["--dates", "ymd"],
            ..case("the year first, as was said", &dated(&["17-07-05"]), &["2017-07-05 ∅ 1 ∅"])
        },
        case("hyphens", &dated(&["05-07-2017", "31-12-2019"]), &["2017-07-05 ∅ 1 ∅", "2019-12-31 ∅ 2 ∅"]),
        case("eight digits", &dated(&["20180413"]), &["2018-04-13 ∅ 1 ∅"]),
        case(
            "months in words",
            &dated(&[
                "01 NOV 2021",
                "June 1, 2026",
                "1 November 2021",
                "5-JUL-2017",
                "5-July-2017",
                "5-Sept-2017",
                "1-abr-2017",
            ]),
            &[
                "2021-11-01 ∅ 1 ∅",
                "2026-06-01 ∅ 2 ∅",
                "2021-11-01 ∅ 3 ∅",
                "2017-07-05 ∅ 4 ∅",
                "2017-07-05 ∅ 5 ∅",
                "2017-09-05 ∅ 6 ∅",
                "2017-04-01 ∅ 7 ∅",
            ],
        ),
        case(
            "times and zones behind the day",
            &dated(&[
                "2020-02-13 00:00:00",
                "2020-02-13T23:59:59",
                "2020-02-13T00:00:00+02:00",
                "2020-02-13T23:30:00Z",
            ]),
            &["2020-02-13 ∅ 1 ∅", "2020-02-13 ∅ 2 ∅", "2020-02-13 ∅ 3 ∅", "2020-02-13 ∅ 4 ∅"],
        ),
        case(
            "a dash for nothing",
            "Konto,Buchungsdatum,Text,Belastung,Gutschrift,Saldo\n4711,2019-05-27,eins,-,500.00,2000.00\n4711,2019-05-24,zwei,500.00,-,-\n",
            &["2019-05-27 ∅ 500 2000", "2019-05-24 500 ∅ ∅"],
        ),
        case(
            "carriage returns",
            "account_no,date,deposit_amt,deposit_currency\rA1,2024-01-02,5.00,EUR\rA1,2024-01-03,6.00,EUR\r",
            &["2024-01-02 ∅ 5 ∅", "2024-01-03 ∅ 6 ∅"],
        ),
        case(
            "ends of every kind",
            "\r\naccount_no,date,deposit_amt,deposit_currency\r\nA1,2024-01-02,5.00,EUR\n\n\r\nA1,2024-01-03,6.00,EUR\rA1,2024-01-04,7.00,EUR\n\n\n",
            &["2024-01-02 ∅ 5 ∅", "2024-01-03 ∅ 6 ∅", "2024-01-04 ∅ 7 ∅"],
        ),
        Case {
            code: 3,
            ..case(
                "a NUL byte",
                "account_no,date,transaction_details,deposit_amt,deposit_currency\nA1,2024-01-02,ok,5.00,EUR\nA1,2024-01-03,n\0ul,6.00,EUR\n\
                 A1,2024-01-04,ok,7.00,EUR\n",
                &["2024-01-02 ∅ 5 ∅", "2024-01-04 ∅ 7 ∅"],
            )
        },
        case(
            "the line that a spreadsheet wants",
            "sep=;\r\naccount_no;date;deposit_amt;deposit_currency\r\nA1;2024-01-02;5.00;EUR\r\n",
            &["2024-01-02 ∅ 5 ∅"],
        ),
        Case {
            code: 3,
            ..case(
                "more decimals than the table has",
                "account_no,date,transaction_details,deposit_amt,deposit_currency\nA1,2024-01-02,a,31.422,BTC\nA1,2024-01-03,b,0.021385479,BTC\n\
                 A1,2024-01-04,c,\"0,021385479\",EUR\nA1,2024-01-05,d,1e3,EUR\nA1,2024-01-06,e,1_000,EUR\n",
                &["2024-01-02 ∅ 31.422 ∅"],
            )
        },
        Case {
            code: 3,
            map: "A1,account_no\n2024-01-02,date\nCoffee,transaction_details\n5.00,withdrawal_amt\n",
            ..case("no header", "A1,2024-01-02,Coffee,5.00,EUR\nA1,2024-01-03,Tea,4.00,EUR\n", &[])
        },
        Case {
            map: "1,account_no\n2,date\n3,transaction_details\n4,withdrawal_amt\n5,withdrawal_currency\n",
            options: &["--no-header"],
            ..case(
                "no header, as was said",
                "A1,2024-01-02,Coffee,5.00,EUR\nA1,2024-01-03,Tea,4.00,EUR\n",
                &["2024-01-02 5 ∅ ∅", "2024-01-03 4 ∅ ∅"],
            )
        },
        case(
            "the value date is no amount",
            "Cuenta;Fecha operación;Fecha valor;Concepto;Importe;Saldo;Divisa\nES1;2026-07-30;2026-07-31;Luz;-45.10;954.90;EUR\n",
            &["2026-07-30 45.1 ∅ 954.9"],
        ),
        case(
            "one signed column",
            "Account,Date,Description,Amount,Currency\nA1,2024-01-02,Rent,-700.00,SGD\nA1,2024-01-05,Salary,2000.00,SGD\nA1,2024-01-09,Food,-50.00,SGD\n",
            &["2024-01-02 700 ∅ ∅", "2024-01-05 ∅ 2000 ∅", "2024-01-09 50 ∅ ∅"],
        ),
        case(
            "purchases without a minus, as the balances show",
            "Account,Date,Text,Amount,Balance\nC1,2024-01-02,Shop,5.00,95.00\nC1,2024-01-03,Shop,15.00,80.00\nC1,2024-01-04,Paid,-20.00,100.00\n\
             C1,2024-01-05,Shop,1.00,99.00\n",
            &["2024-01-02 5 ∅ 95", "2024-01-03 15 ∅ 80", "2024-01-04 ∅ 20 100", "2024-01-05 1 ∅ 99"],
        ),
        Case {
            options: &["--signs", "minus-in"],
            ..case(
                "purchases without a minus, as was said",
                "Account,Date,Text,Amount\nC1,2024-01-02,Shop,5.00\n",
                &["2024-01-02 5 ∅ ∅"],
            )
        },
        case(
            "debits with a minus",
            "Account,Date,Debit,Credit\nA1,2024-01-02,-5.00,\nA1,2024-01-03,-6.00,\nA1,2024-01-04,,7.00\nA1,2024-01-05,-8.00,\n",
            &["2024-01-02 5 ∅ ∅", "2024-01-03 6 ∅ ∅", "2024-01-04 ∅ 7 ∅", "2024-01-05 8 ∅ ∅"],
        ),
        Case {
            options: &["--account", "4711", "--currency", "pln"],
            ..case(
                "blanks that group, and an account that was said",
                "Data operacji~Opis~Obciążenia~Uznania\n31.12.2023~czynsz~1 250,50~\n02.01.2024~wpłata~~10\u{a0}000,00\n",
                &["2023-12-31 1250.5 ∅ ∅", "2024-01-02 ∅ 10000 ∅"],
            )
        },
        case(
            "days in their order",
            &dated(&[
                "01/02/2024",
                "02/02/2024",
                "03/02/2024",
                "05/02/2024",
                "08/02/2024",
                "11/02/2024",
                "01/03/2024",
                "02/03/2024",
                "06/03/2024",
                "01/04/2024",
            ]),
            &[
                "2024-02-01 ∅ 1 ∅",
                "2024-02-02 ∅ 2 ∅",
                "2024-02-03 ∅ 3 ∅",
                "2024-02-05 ∅ 4 ∅",
                "2024-02-08 ∅ 5 ∅",
                "2024-02-11 ∅ 6 ∅",
                "2024-03-01 ∅ 7 ∅",
                "2024-03-02 ∅ 8 ∅",
                "2024-03-06 ∅ 9 ∅",
                "2024-04-01 ∅ 10 ∅",
            ],
        ),
        case(
            "marks that the balances settle",
            "Konto;Datum;Betrag;Saldo\n1;2024-01-01;500;1.500\n1;2024-01-02;1.250;2.750\n1;2024-01-03;-750;2.000\n1;2024-01-04;1.000;3.000\n",
            &[
                "2024-01-01 ∅ 500 1500",
                "2024-01-02 ∅ 1250 2750",
                "2024-01-03 750 ∅ 2000",
                "2024-01-04 ∅ 1000 3000",
            ],
        ),
        Case { code: 3, ..case("a header without an account", "Date,Text,Amount\n2024-01-02,x,5.00\n", &[]) },
        Case {
            code: 3,
            ..case(
                "a word that contradicts its column",
                "Account,Date,Debit,Credit\n1,2024-01-02,5.00 CR,\n1,2024-01-03,6.00 DR,\n",
                &["2024-01-03 6 ∅ ∅"],
            )
        },
    ]
}

#[test]
fn statements_of_every_kind_give_the_right_values() {
    for Case { kind, content, map, options, code, lines } in cases() {
        let place = Place::new();
        place.file("f.csv", content);
        place.file("map.csv", map);
        let mut arguments = vec!["f.csv"];
        if !map.is_empty() {
            arguments.extend(["--map", "map.csv"]);
        }
        arguments.extend(options);
        let (left, said) = place.bank(&arguments);
        assert_eq!(
            (left, place.lines()),
            (code, lines.iter().map(|line| (*line).to_owned()).collect()),
            "{kind}: {said}"
        );
    }
}

#[test]
fn accounts_keep_every_digit_and_lose_what_a_spreadsheet_put_around_them() {
    let place = Place::new();
    place.file(
        "f.csv",
        "account_no,date,deposit_amt,deposit_currency\n0010,2024-01-02,1.00,EUR\n\"=\"\"00123\"\"\",2024-01-02,2.00,EUR\n\
         '112233-44556677,2024-01-02,3.00,EUR\n12345678901234567890123,2024-01-02,4.00,EUR\n1.23457E+17,2024-01-02,5.00,EUR\n",
    );
    let (code, said) = place.bank(&["f.csv"]);
    assert_eq!(code, 3, "{said}");
    let accounts = place.rows("banktxn", "SELECT account_no FROM banktxn ORDER BY line_no");
    assert_eq!(accounts, ["0010", "00123", "112233-44556677", "12345678901234567890123"]);
    assert_eq!(place.rows("error_error", "SELECT error, line_no FROM error_error"), ["bad_account 6"]);
}

#[test]
fn an_account_is_one_with_the_blanks_of_its_iban_and_without_them() {
    const SPACED: &str = "BE12 3456 7890 1234";
    let column = "Rekening;Boekingsdatum;Bedrag;Munt;Mededeling\nACCOUNT;13/01/2023;2000,00;EUR;LOON\n";
    let above = "Rekening;ACCOUNT\nBoekingsdatum;Bedrag;Munt;Mededeling\n13/01/2023;2000,00;EUR;LOON\n";
    let between = "Boekingsdatum;Bedrag;Munt;Mededeling\nRekening;ACCOUNT\n13/01/2023;2000,00;EUR;LOON\n";
    let none = "Boekingsdatum;Bedrag;Munt;Mededeling\n13/01/2023;2000,00;EUR;LOON\n";
    let camt = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt><Stmt><Acct><Id>\
                <IBAN>ACCOUNT</IBAN></Id></Acct><Ntry><Amt Ccy=\"EUR\">2000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
                <Sts>BOOK</Sts><BookgDt><Dt>2023-01-13</Dt></BookgDt><NtryDtls><TxDtls><RmtInf><Ustrd>LOON</Ustrd></RmtInf>\
                </TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>";
    let swift = ":20:X\n:25:ACCOUNT\n:28C:1\n:60F:C230101EUR0,00\n:61:2301130113C2000,00NTRFNONREF\n:86:LOON\n:62F:C230113EUR2000,00\n-\n";
    let ofx = "OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>ACCOUNT</BANKACCTFROM>\
               <BANKTRANLIST><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20230113<TRNAMT>2000.00<FITID>1<MEMO>LOON</STMTTRN></BANKTRANLIST>\
               </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";
    let texts = [column, above, between, none, camt, swift, ofx].map(|text| (text, " "));
    for (text, blank) in texts.into_iter().chain([(column, "\u{a0}")]) {
        let spaced = SPACED.replace(' ', blank);
        let place = Place::new();
        place.file("spaced", text.replace("ACCOUNT", &spaced));
        place.file("plain", text.replace("ACCOUNT", &spaced.replace(blank, "")));
        for (file, account) in [("spaced", spaced.as_str()), ("plain", "BE12345678901234")] {
            let said = if text == none { vec![file, "--account", account] } else { vec![file] };
            let (code, said) = place.bank(&said);
            assert_eq!(code, 0, "{text}: {said}");
        }
        let select = "SELECT account_no, CAST(deposit_amt AS VARCHAR) FROM banktxn";
        assert_eq!(place.rows("banktxn", select), ["BE12345678901234 2000.0000"], "{text}");
    }
}

#[test]
fn both_readings_are_told_and_both_values_of_a_cut_amount() {
    let place = Place::new();
    place.file("dates.csv", dated(&["01/02/2024", "03/04/2024"]));
    let (code, said) = place.bank(&["dates.csv"]);
    assert_eq!(code, 3);
    let wanted = "01/02/2024 in line 2 is 2024-02-01 as dmy and 2024-01-02 as mdy, and no date of the file settles which\n  \
                  hint: say which with --dates dmy, --dates mdy or --dates ymd";
    assert!(said.contains(wanted), "{said}");
    // Sorted as texts, the days of one quarter go up by their years, and would be those of 26 years with years between them.
    let sorted = [
        "01/02/17", "02/01/17", "05/01/17", "07/03/17", "09/02/17", "12/01/17", "15/03/17", "20/01/17",
        "26/02/17",
    ];
    place.file("sorted.csv", dated(&sorted));
    let (code, said) = place.bank(&["--try", "sorted.csv"]);
    assert_eq!(code, 0, "{said}");
    // A day a year may be one.
    place.file("yearly.csv", dated(&["13/02/17", "14/02/17", "15/03/17"]));
    let (code, said) = place.bank(&["yearly.csv"]);
    let wanted = "13/02/17 in line 2 is 2017-02-13 as dmy and 2013-02-17 as ymd, and no date of the file settles which";
    assert!(code == 3 && said.contains(wanted), "{said}");
    place.file("marks.csv", "Konto;Datum;Betrag\n1;2024-01-01;1.250\n1;2024-01-02;-3.000\n");
    let (code, said) = place.bank(&["marks.csv"]);
    assert_eq!(code, 3);
    assert!(
        said.contains("1.250 in line 2 is 1.25 with a point before the decimals and 1250 with a comma"),
        "{said}"
    );
    assert!(!place.lake().join("raw/bank").exists(), "a refused file is not kept");
    assert_eq!(place.bank(&["marks.csv", "--decimal", "comma"]).0, 0);
    assert_eq!(place.lines(), ["2024-01-01 ∅ 1250 ∅", "2024-01-02 3000 ∅ ∅"]);
    place.file("cut.csv", "Konto;Datum;Betrag\n1;2024-01-01;0,021385479\n1;2024-01-01;5,00\n");
    assert_eq!(place.bank(&["cut.csv"]).0, 3);
    let message = place.rows("error_error", "SELECT message FROM error_error WHERE error = 'bad_amount'");
    assert!(message[0].ends_with("0,021385479 would become 0,0213"), "{message:?}");
}

#[test]
fn what_a_person_said_is_kept_with_the_file_and_can_be_said_anew() {
    let place = Place::new();
    place.file("f.csv", dated(&["01/02/2024", "03/04/2024"]));
    assert_eq!(place.bank(&["f.csv", "--dates", "mdy"]).0, 0);
    let (code, said) = place.bank(&["f.csv", "--dates", "dmy"]);
    assert_eq!(code, 0);
    assert!(said.contains("it was read with other options; `saldo ingest again FILE`"), "{said}");
    assert_eq!(place.lines(), ["2024-01-02 ∅ 1 ∅", "2024-03-04 ∅ 2 ∅"]);
    let mut again = Command::new(env!("CARGO_BIN_EXE_saldo"));
    again
        .args(["ingest", "again", "--lake", "lake", "f.csv", "--dates", "dmy"])
        .current_dir(place.0.path())
        .env_clear();
    assert_eq!(told(&again.env("HOME", place.0.path()).output().unwrap()).0, 0);
    assert_eq!(
        place.lines(),
        ["2024-02-01 ∅ 1 ∅", "2024-04-03 ∅ 2 ∅"],
        "the note has as many bytes as before"
    );
}

#[test]
fn a_trial_shows_how_a_statement_would_be_read_and_keeps_nothing() {
    let place = Place::new();
    let text = "IBAN: DE00 1234\n\nBuchungstag;Wertstellung;Verwendungszweck;Kennung;Betrag;Währung;Saldo\n\
                31.01.2024;01.02.2024;Miete;x;-1.250,00;EUR;3.750,00\n01.02.2024;;Lohn\u{1b}[2J;x;250,00;EUR;4.000,00\n\
                02.02.2024;;Brot;x;zwei;EUR;\nSumme;;;;-1.000,00;;\n";
    place.file("f.csv", text);
    let output = place.command(&["--try", "f.csv"]).output().unwrap();
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    let wanted = "\
f.csv: utf-8, `;` between cells, the header in line 3
looked at: the whole file

columns
  Buchungstag       date
  Wertstellung      value_date
  Verwendungszweck  transaction_details
  Kennung           kept out
  Betrag            amount
  Währung           currency
  Saldo             balance_amt

convention
  a comma stands before decimals: 4 cells show it, the first is -1.250,00 in line 4
  dates are written dmy: no other order gives a day for each, as 31.01.2024 in line 4
  an amount with a minus goes out: so the balances follow from the amounts
  lines without an account are of DE001234

first lines
  line  account   date        value date  withdrawal    deposit     balance   details
  4     DE001234  2024-01-31  2024-02-01  1,250.00 EUR  -           3,750.00  Miete
  5     DE001234  2024-02-01  -           -             250.00 EUR  4,000.00  Lohn\\x1b[2J

2 lines read, 2024-01-31 to 2024-02-01: 1,250.00 out, 250.00 in; 2 notes, 1 fault
  line 6, Betrag: the cell is not a valid amount: zwei
";
    assert_eq!((output.status.code(), shown.as_str()), (Some(3), wanted), "{}", told(&output).1);
    assert!(!place.lake().exists());
    // Of a large file the start is enough.
    let lines =
        (0..90_000).map(|_| "31.01.2024;;Miete, wie jeden Monat;;-1.250,00;EUR;\n").collect::<String>();
    place.file("large.csv", format!("{}{lines}", &text[..text.find("31.").unwrap()]));
    let output = place.command(&["--try", "large.csv"]).output().unwrap();
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(shown.contains("\nlooked at: the first 2.0 MB of its text, to the end of a line\n"), "{shown}");
    place.file("open.csv", dated(&["01/02/2024"]));
    let output = place.command(&["--try", "open.csv"]).output().unwrap();
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        shown.contains(
            "open.csv: not read\n  01/02/2024 in line 2 is 2024-02-01 as dmy and 2024-01-02 as mdy"
        ),
        "{shown}"
    );
}

#[test]
fn an_encoding_that_a_file_does_not_tell_is_said() {
    let text = b"Konto;Datum;Text;Betrag\n4711;2024-01-02;Th\x82 \x8D;-5,00\n";
    let details = |place: &Place| place.rows("banktxn", "SELECT transaction_details FROM banktxn");
    let place = Place::new();
    place.file("f.csv", text);
    let (code, said) = place.bank(&["f.csv", "--encoding", "cp850"]);
    assert_eq!((code, details(&place)), (0, vec!["Thé ì".to_owned()]), "{said}");
    assert!(!said.contains("taken for"), "{said}");
    let place = Place::new();
    place.file("f.csv", [text.as_slice(), b"4711;2024-01-03;Br\xF6tchen;-1,00\n"].concat());
    let (code, said) = place.bank(&["f.csv"]);
    assert_eq!(
        (code, details(&place)),
        (3, vec!["Brötchen".to_owned()]),
        "8D is no letter of Windows-1252: {said}"
    );
    assert!(
        said.contains("\n  its letters are taken for windows-1252; --encoding names another\n"),
        "{said}"
    );
}

#[test]
fn a_statement_comes_through_standard_input() {
    let place = Place::new();
    let mut child = place
        .command(&["-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(dated(&["2024-01-02"]).as_bytes()).unwrap();
    let (code, said) = told(&child.wait_with_output().unwrap());
    assert_eq!(
        (code, said.as_str()),
        (
            0,
            "standard input: 1 line, 1 loaded, 0 known already, 0 faults\n  \
                how it was read: a point stands before decimals: 1 cell shows it: 1.00 in line 2; \
                an amount with a minus goes out: no balances show otherwise\n"
        )
    );
    assert_eq!(place.lines(), ["2024-01-02 ∅ 1 ∅"]);
}

#[test]
fn what_a_statement_says_of_its_lines_is_compared_with_them() {
    let place = Place::new();
    let text = "Konto: 4711\nWährung: EUR\nAnfangssaldo;1.000,00\nEndsaldo;1.240,00\n\nDatum;Text;Soll;Haben\n15.01.2024;Brot;10,00;\n\
                20.01.2024;Lohn;;250,00\nSumme;;10,00;250,00\n";
    place.file("f.csv", text);
    let (code, said) = place.bank(&["f.csv"]);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("the statement"), "{said}");
    let lines = place.rows(
        "banktxn",
        "SELECT account_no, withdrawal_currency, deposit_currency FROM banktxn ORDER BY line_no",
    );
    assert_eq!(lines, ["4711 EUR ∅", "4711 ∅ EUR"]);
    place.file("g.csv", text.replace("1.240,00", "1.241,00").replace("Summe;;10,00", "Summe;;11,00"));
    let (code, said) = place.bank(&["g.csv"]);
    assert_eq!(code, 0, "{said}");
    for wanted in [
        "the statement ends with 1,241.00, and its lines lead from 1,000.00 to 1,240.00",
        "the statement says that its withdrawals are 11.00, and those of its lines are 10.00",
    ] {
        assert!(said.contains(wanted), "{said}");
    }
}

/// A file's exit code, and its lines.
fn taken_in(content: &str, options: &[&str]) -> (i32, Vec<String>) {
    let place = Place::new();
    place.file("f.csv", content);
    let (code, _) = place.bank(&[&["f.csv"], options].concat());
    (code, place.lines())
}

#[test]
fn a_word_says_which_way_an_amount_goes_where_its_sign_says_otherwise() {
    let kinds = "Account;Date;Text;Amount;Kind\nA1;2024-01-14;Miete;500,00;Soll\nA1;2024-01-15;Lohn;900,50;Haben\n\
                 A1;2024-01-16;Storno;-20,00;Soll\n";
    assert_eq!(
        taken_in(kinds, &[]),
        (3, vec!["2024-01-14 500 ∅ ∅".to_owned(), "2024-01-15 ∅ 900.5 ∅".to_owned()])
    );
    let suffixes = "Account;Date;Text;Amount\nA1;2024-01-14;Shop;20.00 DR\nA1;2024-01-15;Refund;50.00 CR\n";
    for options in [&[][..], &["--signs", "minus-in"], &["--signs", "minus-out"]] {
        let lines = vec!["2024-01-14 20 ∅ ∅".to_owned(), "2024-01-15 ∅ 50 ∅".to_owned()];
        assert_eq!(taken_in(suffixes, options), (0, lines), "{options:?}");
    }
    let credits = "Account;Date;Text;Amount\nA1;2024-01-14;Shop;20.00\nA1;2024-01-15;Refund;50.00 CR\n";
    assert_eq!(taken_in(credits, &[]), (3, Vec::new()));
    let lines = vec!["2024-01-14 20 ∅ ∅".to_owned(), "2024-01-15 ∅ 50 ∅".to_owned()];
    assert_eq!(taken_in(credits, &["--signs", "minus-in"]), (0, lines));
    let both = "account_no;date;transaction_details;amount;direction\nA1;2024-01-14;Shop;1.50 CR;D\n\
                A1;2024-01-15;Shop;2.50 DR;D\n";
    assert_eq!(taken_in(both, &[]), (3, vec!["2024-01-15 2.5 ∅ ∅".to_owned()]));
}

#[test]
fn dates_that_tell_different_orders_are_asked_about() {
    let open = (1..=12).map(|day| format!("A1;{day:02}/05/2024;Shop;-1.50\n")).collect::<Vec<_>>().concat();
    let told = "A1;03/21/2024;Shop;-1.50\nA1;04/22/2024;Shop;-1.50\nA1;23/05/2024;Shop;-1.50\n";
    let file = format!("Account;Date;Text;Amount\n{open}{told}");
    assert_eq!(taken_in(&file, &[]), (3, Vec::new()));
    // One that is none in the order of all others is a fault of its own.
    let most = (13..=28).map(|day| format!("A1;{day:02}/05/2024;Shop;-1.50\n")).collect::<Vec<_>>().concat();
    let (code, lines) = taken_in(&format!("Account;Date;Text;Amount\n{most}A1;05/30/2024;Shop;-1.50\n"), &[]);
    assert_eq!((code, lines.len()), (3, 16));
}

#[test]
fn a_line_that_was_cut_or_names_a_shop_called_total_is_no_note() {
    let header = "Account;Date;Text;Amount;Note\nA1;2024-01-13;Brot;-3,50;x\n";
    for line in [
        "A1;2024-01-14;TOTAL TANKSTELLE;-50,00",
        "A1;;Total Energies;-50,00;x",
        "GB29NWBK601613",
        "2024-01-14 Tea -3,50",
    ] {
        let (code, lines) = taken_in(&format!("{header}{line}"), &[]);
        assert_eq!((code, lines.len()), (3, 1), "{line}");
    }
    for line in ["Total;;;-3,50;", ";;Total;-3,50;", "End of the list"] {
        let (code, lines) = taken_in(&format!("{header}{line}\n"), &[]);
        assert_eq!((code, lines.len()), (0, 1), "{line}");
    }
}

#[test]
fn a_long_line_of_quotes_that_nobody_doubled_is_read_in_no_time() {
    let cells = "\"\",".repeat(300_000);
    let (code, lines) =
        taken_in(&format!("Account,Date,Text,Amount\nA1,2024-01-13,Brot,-3.50\n\"a\"b,{cells}\n"), &[]);
    assert_eq!((code, lines.len()), (3, 1));
}
