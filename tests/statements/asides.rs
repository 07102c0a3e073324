//! Lines that are no transactions, and what they say of those that are; fees beside amounts; amounts of which only some say
//! their way.

use super::{Place, taken_in};

/// The accounts of the lines, each with its amount.
fn accounts(place: &Place) -> Vec<String> {
    place.rows(
        "banktxn",
        "SELECT account_no, CAST(COALESCE(-withdrawal_amt, deposit_amt) AS VARCHAR) FROM banktxn ORDER BY line_no",
    )
}

/// Where the file `f.csv` is refused as it is, and why.
fn refused(text: &str, why: &str) -> Place {
    let place = Place::new();
    place.file("f.csv", text);
    let (code, said) = place.bank(&["f.csv"]);
    assert_eq!(code, 3);
    assert!(said.contains(why), "{said}");
    place
}

#[test]
fn lines_are_of_the_account_that_is_named_above_them() {
    let header = "Datum;Text;Betrag\n";
    for (kind, text) in [
        (
            "a line of two cells",
            format!("Konto;4711\n{header}01.02.2024;Brot;-3,50\nKonto;4712\n15.02.2024;Lohn;9,00\n"),
        ),
        (
            "a line as wide as the others, and the header anew",
            format!(
                "Konto;4711;\n{header}01.02.2024;Brot;-3,50\nSumme;;-3,50\n\nKonto;4712;\n{header}15.02.2024;Lohn;9,00\n"
            ),
        ),
        (
            "behind a colon",
            format!("Konto: 4711\n{header}01.02.2024;Brot;-3,50\nKonto: 4712\n15.02.2024;Lohn;9,00\n"),
        ),
        (
            "behind a blank",
            format!("Konto 4711\n{header}01.02.2024;Brot;-3,50\nKonto 4712\n15.02.2024;Lohn;9,00\n"),
        ),
        (
            "named below the header only",
            format!("{header}Konto;4711;\n01.02.2024;Brot;-3,50\nKonto;4712;\n15.02.2024;Lohn;9,00\n"),
        ),
        (
            "named once more behind the last line",
            format!(
                "Konto;4711\n{header}01.02.2024;Brot;-3,50\nKonto;4712\n15.02.2024;Lohn;9,00\nKonto;4713\n"
            ),
        ),
    ] {
        let place = Place::new();
        place.file("f.csv", &text);
        let (code, said) = place.bank(&["f.csv"]);
        assert_eq!(
            (code, accounts(&place)),
            (0, vec!["4711 -3.5000".into(), "4712 9.0000".into()]),
            "{kind}: {said}"
        );
        let shown = String::from_utf8(place.command(&["--try", "f.csv"]).output().unwrap().stdout).unwrap();
        assert!(shown.contains("4712     2024-02-15"), "{kind}: {shown}");
    }
}

#[test]
fn whose_lines_are_is_asked_where_it_is_not_told() {
    let text = "Konto;4711\nDatum;Text;Betrag\n01.02.2024;Brot;-3,50\nKonto;Sparbuch\n15.02.2024;Lohn;9,00\n";
    let place = refused(
        text,
        "line 4 names another account without its number, Sparbuch, so it is not clear whose the lines below it are\n  \
         hint: give the lines of each account as a file of their own, with --account NUMBER",
    );
    assert!(!place.lake().join("raw/bank").exists(), "a refused file is not kept");
    assert_eq!(place.command(&["--try", "f.csv"]).output().unwrap().status.code(), Some(3));
    // The account that is said would be that of both; of the lines of one it is what the file lacks.
    let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
    assert!(code == 3 && said.contains("line 4 names another account without its number"), "{said}");
    place.file("one.csv", "Konto;Sparbuch\nDatum;Text;Betrag\n15.02.2024;Lohn;9,00\n");
    let (code, said) = place.bank(&["one.csv", "--account", "A1"]);
    assert_eq!((code, accounts(&place)), (0, vec!["A1 9.0000".into()]), "{said}");
    let (code, lines) = taken_in(
        "Datum;Text;Betrag\n01.02.2024;Brot;-3,50\nKonto;4712\n15.02.2024;Lohn;9,00\n",
        &["--account", "4711"],
    );
    assert_eq!(
        (code, lines),
        (3, Vec::new()),
        "a line above which none is named is of the account that is said"
    );
    // With a day or a balance it is a transaction.
    let (code, lines) = taken_in(
        "Text;Datum;Betrag;Saldo\nBrot;01.02.2024;-3,50;6,50\nKonto 123456789;02.02.2024;;500,00\n",
        &["--account", "A1"],
    );
    assert_eq!((code, lines.len()), (0, 2));
    // One account cannot be that of the lines of two.
    let place = Place::new();
    place.file("f.csv", text.replace("Sparbuch", "4712"));
    let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
    assert_eq!(code, 3);
    assert!(
        said.contains("the file has lines of the accounts 4711 and 4712, and --account names one"),
        "{said}"
    );
    // A short number below the amounts may be one.
    let below = "Konto;4711;\nDatum;Betrag;Text\n01.02.2024;-3,50;Brot\nKonto;4712;\n15.02.2024;9,00;Lohn\n";
    assert_eq!(taken_in(below, &[]), (3, Vec::new()));
    let place = Place::new();
    place.file("f.csv", below.replace("4712", "47120815"));
    let (code, said) = place.bank(&["f.csv"]);
    assert_eq!(
        (code, accounts(&place)),
        (0, vec!["4711 -3.5000".into(), "47120815 9.0000".into()]),
        "{said}"
    );
    // A transaction with that word is one, and its fault its own.
    let (code, lines) =
        taken_in("Datum;Text;Betrag\n01.02.2024;Brot;-3,50\n;Konto;-5,00\n", &["--account", "A1"]);
    assert_eq!((code, lines.len()), (3, 1));
    let (code, lines) = taken_in(
        "Text;Datum;Betrag\nBrot;01.02.2024;-3,50\nKonto;;-5,00\nBrot;02.02.2024;-3,50\n",
        &["--account", "A1"],
    );
    assert_eq!((code, lines.len()), (3, 2));
}

#[test]
fn an_account_is_no_sentence_with_a_number() {
    let text = "Account: 12 transactions found\n\nDate;Text;Amount\n2024-02-01;Bread;-3.50\n";
    assert_eq!(taken_in(text, &[]), (3, Vec::new()));
    let place = Place::new();
    place.file("f.csv", format!("Account: 12345678\n{text}"));
    assert_eq!(place.bank(&["f.csv"]).0, 0);
    assert_eq!(accounts(&place), ["12345678 -3.5000"]);
}

#[test]
fn lines_that_are_not_booked_are_told_and_not_summed() {
    for (kind, text, lines) in [
        (
            "Revolut",
            "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n\
             CARD_PAYMENT,Current,2024-01-15 19:42:42,2024-01-16 14:54:46,Shop,-3.46,0.00,EUR,COMPLETED,20.03\n\
             CARD_PAYMENT,Current,2024-01-17 19:42:42,2024-01-17 19:42:42,Hotel,-90.00,0.00,EUR,REVERTED,\n\
             CARD_PAYMENT,Current,2024-01-18 19:42:42,,Shop,-7.00,0.00,EUR,PENDING,\n\
             TRANSFER,Current,2024-01-19 19:42:42,2024-01-19 19:42:42,Ana,-10.00,0.50,EUR,COMPLETED,9.53\n\
             TOPUP,Current,2024-01-20 08:00:00,2024-01-20 08:00:01,Card,50.00,1.00,EUR,COMPLETED,58.53\n\
             FEE,Current,2024-01-21 08:00:00,2024-01-21 08:00:01,Plan,0.00,2.99,EUR,COMPLETED,55.54\n",
            &[
                "2024-01-16 3.46 ∅ 20.03",
                "2024-01-19 10.5 ∅ 9.53",
                "2024-01-20 ∅ 49 58.53",
                "2024-01-21 2.99 ∅ 55.54",
            ][..],
        ),
        (
            "DKB",
            "\"Buchungsdatum\";\"Wertstellung\";\"Status\";\"Zahlungspflichtige*r\";\"Zahlungsempfänger*in\";\"Verwendungszweck\";\"Umsatztyp\";\"IBAN\";\"Betrag (€)\"\n\
             \"15.01.24\";\"16.01.24\";\"Gebucht\";\"A\";\"Markt\";\"Einkauf\";\"Ausgang\";\"DE00\";\"-1.045,20\"\n\
             \"16.01.24\";\"\";\"Vorgemerkt\";\"A\";\"Markt\";\"Einkauf\";\"Ausgang\";\"DE00\";\"-20,00\"\n\
             \"\";\"\";\"Vorgemerkt\";\"A\";\"Markt\";\"Einkauf\";\"Ausgang\";\"DE00\";\"-21,00\"\n",
            &["2024-01-15 1045.2 ∅ ∅"][..],
        ),
        (
            "comdirect",
            "\"Buchungstag\";\"Wertstellung (Valuta)\";\"Vorgang\";\"Buchungstext\";\"Umsatz in EUR\";\n\
             \"offen\";\"16.01.2024\";\"Kartenverfügung\";\"Laden\";\"-5,00\";\n\
             \"offen\";\"16.01.2024\";\"Kartenverfügung\";\"Laden\";\"-6,00\";\n\
             \"15.01.2024\";\"15.01.2024\";\"Kartenverfügung\";\"Laden Ref. 1\";\"-1.123,34\";\n",
            &["2024-01-15 1123.34 ∅ ∅"][..],
        ),
        (
            "no profile",
            "Date,Text,Amount,Status\n2024-01-15,Shop,-3.46,Posted\n2024-01-16,Shop,-3.46,Pending\n2024-01-17,Shop,-3.46,Declined\n",
            &["2024-01-15 3.46 ∅ ∅"][..],
        ),
    ] {
        let place = Place::new();
        place.file("f.csv", text);
        let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
        let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!((code, place.lines()), (0, lines), "{kind}: {said}");
        assert!(said.contains("\n  2 lines are not booked, and left out: lines "), "{kind}: {said}");
        let shown =
            String::from_utf8(place.command(&["--try", "f.csv", "--account", "A1"]).output().unwrap().stdout)
                .unwrap();
        assert!(shown.contains("\n  2 lines are not booked, and left out: lines "), "{kind}: {shown}");
    }
}

#[test]
fn lines_below_a_heading_of_what_is_pending_are_not_booked() {
    let header = "Date,Text,Amount,Balance\n";
    let (pending, posted) =
        ("2024-01-16,Shop,-3.46,\n2024-01-17,Shop,-5.00,\n", "2024-01-15,Shop,-7.00,93.00\n");
    for (kind, text) in [
        (
            "between",
            format!("{header}{posted}Pending transactions\n{pending}Posted transactions:,,,\n{posted}"),
        ),
        (
            "padded",
            format!("{header}Pending transactions,,,\n{pending}Posted transactions,,,\n{posted}{posted}"),
        ),
        (
            "above",
            format!("Vorgemerkte Umsätze\n{header}{pending}Gebuchte Umsätze\n{header}{posted}{posted}"),
        ),
        ("at the end", format!("{header}{posted}{posted}Opérations en attente\n{pending}")),
    ] {
        let place = Place::new();
        place.file("f.csv", &text);
        let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
        let booked: Vec<_> = std::iter::repeat_n("2024-01-15 7 ∅ 93".to_owned(), 2).collect();
        assert_eq!((code, place.lines()), (0, booked), "{kind}: {said}");
        assert!(said.contains("\n  2 lines are not booked, and left out: lines "), "{kind}: {said}");
    }
}

#[test]
fn words_that_go_on_from_a_line_head_nothing() {
    let header = "Date,Description,Amount,Currency,Balance\n";
    let (above, below) = (
        "2020-01-02,Coffee,-3.50,EUR,100.00\n2020-01-03,Rent,-50.00,EUR,50.00\n",
        "2020-01-04,Salary,1000.00,EUR,1050.00\n2020-01-05,Tea,-2.50,EUR,1047.50\n",
    );
    for words in [
        ",Payment processing,,,",
        ",Booking failed,,,",
        ",CANCELLED PAYMENT,,,",
        ",Pending,,,",
        "Payment processing,,,,",
        "Payment processing",
    ] {
        for has_balances in [true, false] {
            let bare = |lines: &str| {
                if has_balances {
                    return lines.to_owned();
                }
                lines.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + ",\n").collect()
            };
            let place = Place::new();
            place.file("f.csv", format!("{header}{}{words}\n{}", bare(above), bare(below)));
            let (_, said) = place.bank(&["f.csv", "--account", "123"]);
            assert!(!said.contains("not booked"), "{words} {said}");
            let sums = "SELECT COUNT(*), SUM(deposit_amt), SUM(withdrawal_amt) FROM banktxn";
            assert_eq!(place.rows("banktxn", sums), ["4 1000.0000 56.0000"], "{words} {said}");
        }
    }
}

/// Statements with headings: a name, the text, how many lines are left out and loaded.
fn headed() -> Vec<(&'static str, String, [usize; 2])> {
    let header = "Date,Text,Amount,Balance\n";
    let (pending, booked) = ("2024-01-16,Shop,-3.46,\n", "2024-01-15,Shop,-7.00,93.00\n");
    vec![
        ("another heading above", format!("Vorgemerkte Umsätze\nkeine\nUmsätze\n{header}{booked}"), [0, 1]),
        (
            "none above",
            format!("Pending transactions\nNo pending transactions\nTransactions\n{header}{booked}{booked}"),
            [0, 2],
        ),
        ("none are there", format!("Vorgemerkte Umsätze\nkeine\n{header}{booked}"), [0, 1]),
        (
            "the header anew",
            format!("Pending transactions\n{header}{pending}{pending}{header}{booked}"),
            [2, 1],
        ),
        ("the header anew at once", format!("Pending transactions\n{header}{header}{booked}"), [0, 1]),
        (
            "another header",
            format!(
                "Pending transactions\n{header}{pending}Text,Date,Amount,Balance\nShop,2024-01-15,-7.00,93.00\n"
            ),
            [1, 1],
        ),
        (
            "a header of its own",
            format!("{header}{booked}Pending transactions\n{header}{pending}{header}{booked}"),
            [1, 2],
        ),
        (
            "a word",
            format!("{header}Pending transactions,,,\n{pending}Completed,,,\n{booked}{booked}"),
            [1, 2],
        ),
        ("plain", format!("{header}Pending transactions\n{pending}Transactions\n{booked}"), [1, 1]),
        (
            "a column that is empty",
            format!(",{header},Pending transactions,,,\n,{pending},Transactions,,,\n,{booked}"),
            [1, 1],
        ),
        (
            "another balance",
            format!("{header}{booked}Pending transactions\n2024-01-17,Shop,-3.00,80.00\n"),
            [1, 1],
        ),
    ]
}

/// The same where the heading, or what is below it, is odd.
fn oddly_headed() -> Vec<(&'static str, String, [usize; 2])> {
    let header = "Date,Text,Amount,Balance\n";
    let booked = "2024-01-15,Shop,-7.00,93.00\n";
    vec![
        ("a word alone", format!("{header}{booked}Pending,,,\n2024-01-16,Shop,-3.00,\n"), [1, 1]),
        (
            "a word above",
            format!("Pending\n{header}2024-01-16,Shop,-3.00,\nPosted\n{header}{booked}"),
            [1, 1],
        ),
        (
            "how many",
            format!("{header}{booked}Pending transactions (1),,,\n2024-01-16,Shop,-3.00,\n"),
            [1, 1],
        ),
        (
            "how many beside it",
            format!("{header}{booked}Pending transactions:,1,,-3.00\n2024-01-16,Shop,-3.00,\n"),
            [1, 1],
        ),
        (
            "one below it that says how many",
            format!(
                "{header}{booked}Pending transactions,,,\n1 transaction,,,\nPayments,1,,-3.00\n2024-01-16,Shop,-3.00,\n"
            ),
            [1, 1],
        ),
        (
            "a sentence",
            format!("Pending transactions are not included in this balance\n{header}{booked}"),
            [0, 1],
        ),
        (
            "a state and an amount",
            format!("{header}{booked}Pending,,-3.00,\n2024-01-16,Shop,-3.00,90.00\n"),
            [1, 2],
        ),
        (
            "a balance that differs by the amount of the line before",
            format!(
                "{header}2024-01-14,Pay,93.00,93.00\nPending transactions,,,\n2024-01-16,Shop,-3.00,0.00\n"
            ),
            [1, 1],
        ),
        (
            "a header in another order",
            format!(
                "{header}{booked}Total,,,\nAmount,Balance,Text,Date\n-3.00,90.00,Shop,2024-01-16\nPending transactions,,,\n-2.00,,Shop,2024-01-17\n"
            ),
            [1, 2],
        ),
        ("one payment", format!("{header}{booked}Payment authorised,,,\n2024-01-16,Shop,-3.00,\n"), [0, 2]),
    ]
}

/// The same of words with a number that is a sum, or of no lines at all.
fn summed() -> Vec<(&'static str, String, [usize; 2])> {
    let header = "Date,Text,Amount,Balance\n";
    let booked = "2024-01-15,Shop,-7.00,93.00\n";
    vec![
        ("a sum above", format!("Pending: 5.00\n{header}{booked}"), [0, 1]),
        ("a sum that is booked", format!("{header}Posted transactions: $7.00\n{booked}"), [0, 1]),
        (
            "a sum of what is booked below those that are not",
            format!(
                "{header}Pending transactions\n2024-01-16,Shop,-3.00,\nPosted transactions: $7.00\n{booked}"
            ),
            [1, 1],
        ),
        (
            "how many, and a mark",
            format!("Pending (1):\n{header}2024-01-16,Shop,-3.00,\nPosted\n{header}{booked}"),
            [1, 1],
        ),
        (
            "how many first",
            format!("{header}2 pending\n2024-01-16,Shop,-3.00,\n2024-01-16,Shop,-4.00,\n"),
            [2, 0],
        ),
        ("none of them behind nothing", format!("{header}Pending transactions (0)\n{booked}"), [0, 1]),
        ("none of them above", format!("Vorgemerkte Umsätze (0)\n{header}{booked}"), [0, 1]),
        (
            "none of them behind",
            format!(
                "{header}Pending transactions (1),,,\n2024-01-16,Shop,-3.00,\nPending transactions (0),,,\n{booked}"
            ),
            [1, 1],
        ),
    ]
}

#[test]
fn what_a_heading_leaves_out_ends() {
    for (kind, text, wanted) in headed().into_iter().chain(oddly_headed()).chain(summed()) {
        let place = Place::new();
        place.file("f.csv", &text);
        let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
        let [left_out, loaded] = wanted;
        let is_told = match left_out {
            0 => !said.contains("not booked"),
            1 => said.contains("1 line is not booked, and left out: line "),
            _ => said.contains("2 lines are not booked, and left out: lines "),
        };
        // What stands alone and is not known is a fault.
        let wanted = if kind.starts_with("one ") { 3 } else { 0 };
        assert_eq!((code, place.lines().len(), is_told), (wanted, loaded, true), "{kind}: {said}");
    }
}

#[test]
fn a_line_is_booked_where_it_says_so_below_a_heading_that_does_not() {
    for (text, said_of_it) in [
        (
            "Date,Text,Amount,State\nPending transactions,,,\n2024-01-05,Coffee,-3.00,Pending\n2024-01-03,Pay,10.00,Booked\n2024-01-02,Rent,-5.00,Booked\n",
            "1 line is not booked, and left out: line 3",
        ),
        (
            "Date,Text,Amount\n2024-01-02,Pay,10.00\n2024-01-03,Rent,-5.00\nPending payments,,\n2024-01-05,Coffee,-3.00\nSome heading,,\n",
            "1 line is not booked, and left out: line 5",
        ),
    ] {
        let place = Place::new();
        place.file("f.csv", text);
        let (_, said) = place.bank(&["f.csv", "--account", "A1"]);
        assert!(place.lines().len() == 2 && said.contains(said_of_it), "{said}");
    }
}

/// How it is said that words leave a line open.
fn opened(words: &str, line: usize) -> String {
    format!("line {line} and those below it may not be booked yet: {words} ")
}

/// A statement of which it is asked what is booked: a name, the text, the words and the first line that they leave open, and how
/// many lines are loaded where it is said that it is booked, and where it is said that it is not.
type Asked = (&'static str, String, (&'static str, usize), [usize; 2]);

/// Statements of which a heading leaves it open what is booked.
fn openly_headed() -> Vec<Asked> {
    let header = "Date,Text,Amount,Balance\n";
    let booked = "2024-01-14,Pay,100.00,100.00\n2024-01-15,Shop,-7.00,93.00\n";
    let pending = "2024-01-16,Shop,-3.00,\n";
    vec![
        (
            "balances that were projected",
            format!(
                "{header}{booked}Pending transactions,,,\n2024-01-16,Shop,-3.00,90.00\n2024-01-17,Shop,-2.00,88.00\n"
            ),
            ("Pending transactions in line 4", 5),
            [4, 2],
        ),
        (
            "no balance but for those behind",
            format!("{header}Pending transactions\n{pending}2024-01-15,Shop,-7.00,93.00\n"),
            ("Pending transactions in line 2", 4),
            [1, 0],
        ),
        (
            "balances from the newest on",
            format!(
                "{header}Pending transactions\n2024-01-15,Shop,-7.00,93.00\n2024-01-14,Pay,100.00,100.00\n"
            ),
            ("Pending transactions in line 2", 3),
            [2, 0],
        ),
        (
            "above the header",
            format!("Pending transactions\n{header}{booked}"),
            ("Pending transactions above the header", 3),
            [2, 0],
        ),
        (
            "words that are not known behind it",
            format!("{header}Pending transactions,,,\n{pending}Account history,,,\n{booked}"),
            ("Account history in line 4", 5),
            [2, 0],
        ),
        (
            "such words, and no balances",
            "Date,Text,Amount\nPending transactions\n2024-01-16,Shop,-3.00\nRecent activity\n2024-01-15,Shop,-7.00\n".into(),
            ("Recent activity in line 4", 5),
            [1, 0],
        ),
    ]
}

/// The same by words that may be a heading.
fn doubtfully_headed() -> Vec<Asked> {
    let header = "Date,Text,Amount,Balance\n";
    let booked = "2024-01-14,Pay,100.00,100.00\n2024-01-15,Shop,-7.00,93.00\n";
    let pending = "2024-01-16,Shop,-3.00,\n";
    vec![
        (
            "more than it says",
            "Date,Text,Amount\nPending transactions (1)\n2024-01-16,Shop,-3.00\n2024-01-15,Shop,-7.00\n"
                .into(),
            ("Pending transactions (1) in line 2", 4),
            [1, 0],
        ),
        (
            "more than it says above the header",
            "Pending transactions (1)\nDate,Text,Amount\n2024-01-16,Shop,-3.00\n2024-01-15,Shop,-7.00\n"
                .into(),
            ("Pending transactions (1) above the header", 4),
            [1, 0],
        ),
        (
            "words that may say so",
            format!("{header}{booked}Pending charges,,,\n{pending}"),
            ("Pending charges in line 4", 5),
            [3, 2],
        ),
        (
            "those above the header",
            format!("Pending charges\n{header}{pending}"),
            ("Pending charges above the header", 3),
            [1, 0],
        ),
        (
            "what was cancelled, or all behind it",
            format!("{header}{booked}Cancelled,,,\n{pending}"),
            ("Cancelled in line 4", 5),
            [3, 2],
        ),
        (
            "where texts stand",
            format!("{header}{booked},Pending transactions,,\n{pending}"),
            ("Pending transactions in line 4", 5),
            [3, 2],
        ),
        (
            "where texts stand first",
            "Text,Date,Amount\nShop,2024-01-15,-7.00\nPending transactions\nShop,2024-01-16,-3.00\n".into(),
            ("Pending transactions in line 3", 4),
            [2, 1],
        ),
    ]
}

/// The same by a heading whose number is not how many lines there are.
fn numbered() -> Vec<Asked> {
    let header = "Date,Text,Amount,Balance\n";
    let booked = "2024-01-14,Pay,100.00,100.00\n2024-01-15,Shop,-7.00,93.00\n";
    let pending = "2024-01-16,Shop,-3.00,\n";
    vec![
        (
            "a sum of lines above",
            format!("Pending transactions: $125.40\n{header}{booked}"),
            ("Pending transactions: $125.40 above the header", 3),
            [2, 0],
        ),
        (
            "a whole sum of lines above",
            format!("Vorgemerkte Umsätze: -125 €\n{header}{booked}"),
            ("Vorgemerkte Umsätze: -125 € above the header", 3),
            [2, 0],
        ),
        (
            "a sum of lines behind",
            format!("{header}{booked}Pending transactions (1) $3.00,,,\n{pending}"),
            ("Pending transactions (1) $3.00 in line 4", 5),
            [3, 2],
        ),
        (
            "a day of lines behind",
            format!("{header}{booked}Pending transactions 16/01/2024,,,\n{pending}"),
            ("Pending transactions 16/01/2024 in line 4", 5),
            [3, 2],
        ),
        (
            "a number that may be a sum",
            format!("Pending: 2\n{header}{pending}"),
            ("Pending: 2 above the header", 3),
            [1, 0],
        ),
    ]
}

fn asked() -> impl Iterator<Item = Asked> {
    openly_headed().into_iter().chain(doubtfully_headed()).chain(numbered())
}

#[test]
fn a_heading_that_may_be_one_or_another_is_asked_about() {
    for (kind, text, (words, line), _) in asked() {
        let said_of_it = opened(words, line);
        let place = Place::new();
        place.file("f.csv", &text);
        let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
        assert!(
            code == 3
                && place.lines().is_empty()
                && said.contains(&said_of_it)
                && said.contains("--below-heading"),
            "{kind}: {said}"
        );
        let shown = place.command(&["--try", "f.csv", "--account", "A1"]).output().unwrap();
        let shown = [shown.stdout, shown.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        assert!(shown.contains(&said_of_it), "{kind}: {shown}");
    }
    let header = "Date,Text,Amount,Balance\n";
    let booked = "2024-01-14,Pay,100.00,100.00\n2024-01-15,Shop,-7.00,93.00\n";
    for (kind, text) in [
        ("another heading", format!("{header}Pending charges\nTransactions\n{booked}")),
        (
            "the header anew",
            format!(
                "{header}Pending transactions\n2024-01-16,Shop,-3.00,\nAccount history\n{header}{booked}"
            ),
        ),
    ] {
        let place = Place::new();
        place.file("f.csv", &text);
        let (_, said) = place.bank(&["f.csv", "--account", "A1"]);
        assert_eq!(place.lines().len(), 2, "{kind}: {said}");
    }
}

/// How a file `f.csv` of the account A1 is read where it is said what is below a heading that leaves it open: the exit code, how many
/// lines are loaded, and what is told.
fn answered(text: &str, answer: Option<&str>) -> (i32, usize, String) {
    let place = Place::new();
    place.file("f.csv", text);
    let mut arguments = vec!["f.csv", "--account", "A1"];
    arguments.extend(answer.into_iter().flat_map(|answer| ["--below-heading", answer]));
    let (code, said) = place.bank(&arguments);
    (code, place.lines().len(), said)
}

#[test]
fn what_is_below_a_heading_that_leaves_it_open_can_be_said() {
    for (kind, text, (words, line), loaded) in asked() {
        for ((answer, is), wanted) in
            [("booked", "booked"), ("pending", "not booked")].into_iter().zip(loaded)
        {
            let (code, lines, said) = answered(&text, Some(answer));
            assert_eq!((code, lines), (0, wanted), "{kind}, {answer}: {said}");
            let told = format!("as was said, line {line} and those behind it are {is}, below {words}");
            assert!(said.contains(&told), "{kind}, {answer}: {said}");
        }
    }
}

#[test]
fn what_is_said_of_headings_changes_clear_ones_only_where_a_line_has_a_balance() {
    for (kind, text, [_, loaded]) in headed().into_iter().chain(oddly_headed()).chain(summed()) {
        let place = Place::new();
        place.file("f.csv", &text);
        for answer in ["booked", "pending"] {
            let arguments = ["--try", "f.csv", "--account", "A1", "--below-heading", answer];
            let shown = place.command(&arguments).output().unwrap().stdout;
            let shown = String::from_utf8(shown).unwrap();
            // A balance below a heading is enough for one who says that such lines are booked.
            let more = usize::from(answer == "booked" && kind.contains("balance"));
            let count = loaded + more;
            let read = format!("\n{count} line{} read", if count == 1 { "" } else { "s" });
            assert!(shown.contains(&read), "{kind}, {answer}: {shown}");
            // What stands alone and is not known is a fault.
            let is_faulty = !shown.contains(", 0 faults");
            assert_eq!(is_faulty, kind.starts_with("one "), "{kind}, {answer}: {shown}");
        }
    }
}

#[test]
fn an_answer_holds_until_another_heading_and_for_the_next_question() {
    let header = "Date,Text,Amount\n";
    let text = format!(
        "{header}Pending charges\n2024-01-16,Shop,-3.00\nTransactions\n2024-01-14,Pay,100.00\nPending fees\n2024-01-17,Fee,-1.00\n"
    );
    let told =
        |said: &str| said.contains("below Pending charges in line 2, and so on below other such words");
    let (code, lines, said) = answered(&text, Some("pending"));
    assert!(told(&said) && said.contains("2 lines are not booked, and left out: lines 3, 7"), "{said}");
    assert_eq!((code, lines), (0, 1), "{said}");
    let (code, lines, said) = answered(&text, Some("booked"));
    assert!(told(&said) && !said.contains("left out"), "{said}");
    assert_eq!((code, lines), (0, 3), "{said}");
}

#[test]
fn a_line_without_a_day_is_left_out_below_a_heading_that_says_that_it_is_not_booked() {
    let header = "Date,Text,Amount,Balance\n";
    let booked = "2024-01-14,Pay,100.00,100.00\n2024-01-15,Shop,-7.00,93.00\n";
    let undated = ",Coffee,-3.00,\n,Tea,-2.00,\n";
    let two = "2 lines are not booked, and left out: lines 5, 6";
    for (kind, text, answer, wanted, said_of_it) in [
        ("behind", format!("{header}{booked}Pending transactions,,,\n{undated}"), None, (0, 2), two),
        ("more than it says", format!("{header}{booked}Pending (1),,,\n{undated}"), None, (0, 2), two),
        (
            "above the header",
            format!("Pending transactions\n{header}{undated}Transactions\n{header}{booked}"),
            None,
            (0, 2),
            "2 lines are not booked, and left out: lines 3, 4",
        ),
        (
            "the text first",
            "Text,Date,Amount\nShop,2024-01-15,-7.00\nPending transactions\nCoffee,,-3.00\n".into(),
            Some("pending"),
            (0, 1),
            "1 line is not booked, and left out: line 4",
        ),
        (
            "as is said",
            format!("{header}{booked}Pending charges,,,\n{undated}"),
            Some("pending"),
            (0, 2),
            two,
        ),
        // What is booked has a day.
        (
            "said to be booked",
            format!("{header}{booked}Pending charges,,,\n{undated}"),
            Some("booked"),
            (3, 2),
            ", 2 faults",
        ),
        ("no heading", format!("{header}{booked}{undated}"), None, (3, 2), ", 2 faults"),
        (
            "another heading",
            format!("{header}Pending transactions,,,\nTransactions,,,\n{undated}{booked}"),
            None,
            (3, 2),
            ", 2 faults",
        ),
    ] {
        let (code, lines, said) = answered(&text, answer);
        assert_eq!((code, lines), wanted, "{kind}: {said}");
        assert!(said.contains(said_of_it), "{kind}: {said}");
    }
    // Lines behind them that have a balance are asked about, as behind others.
    let (code, lines, said) = answered(&format!("{header}Pending transactions,,,\n{undated}{booked}"), None);
    assert!((code, lines) == (3, 0) && said.contains(&opened("Pending transactions in line 2", 5)), "{said}");
}

#[test]
fn a_shop_may_be_called_as_what_is_pending() {
    let place = Place::new();
    place.file(
        "f.csv",
        "Date,Text,Amount,Balance\n2024-01-15,Pending transactions,-7.00,93.00\n2024-01-16,Shop,-3.00,90.00\n",
    );
    let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
    assert_eq!((code, place.lines().len()), (0, 2), "{said}");
}

#[test]
fn a_fee_is_taken_off_unless_the_balances_show_that_it_was() {
    let map = "Charge,fee\n";
    let taken = |text: &str| {
        let place = Place::new();
        place.file("f.csv", text);
        place.file("map.csv", map);
        let (code, said) = place.bank(&["f.csv", "--account", "A1", "--map", "map.csv"]);
        (code, place.lines(), said)
    };
    let apart = "Date,Text,Amount,Charge,Balance\n2024-01-15,Shop,-10.00,0.50,89.50\n2024-01-16,Shop,-20.00,,69.50\n\
                 2024-01-17,In,30.00,1.00,98.50\n";
    let (code, lines, said) = taken(apart);
    assert_eq!(
        (code, lines),
        (
            0,
            vec![
                "2024-01-15 10.5 ∅ 89.5".into(),
                "2024-01-16 20 ∅ 69.5".into(),
                "2024-01-17 ∅ 29 98.5".into()
            ]
        ),
        "{said}"
    );
    assert!(said.contains("fees, as 0.50 in line 2, are taken off the amounts"), "{said}");
    let within = "Date,Text,Amount,Charge,Balance\n2024-01-15,Shop,-10.00,0.50,90.00\n2024-01-16,Shop,-20.00,,70.00\n\
                  2024-01-17,In,30.00,1.00,100.00\n";
    let (code, lines, said) = taken(within);
    assert_eq!(
        (code, lines),
        (0, vec!["2024-01-15 10 ∅ 90".into(), "2024-01-16 20 ∅ 70".into(), "2024-01-17 ∅ 30 100".into()]),
        "{said}"
    );
    assert!(said.contains("stand in the amounts already: the balances follow without them"), "{said}");
    let (code, lines, _) =
        taken("Date,Text,Amount,Charge\n2024-01-15,Shop,-10.00,-0.50\n2024-01-16,In,5.00,\n");
    assert_eq!((code, lines), (3, vec!["2024-01-16 ∅ 5 ∅".into()]), "a negative fee may mean either way");
}

#[test]
fn a_fee_that_is_all_of_its_line_has_the_currency_of_the_line_or_of_the_file() {
    let sides = "Date,Description,Money In,Money Out,Fee,Balance\n02/01/2023,Shop,,45.30,2.00,952.70\n\
                 13/01/2023,Salary,2000.00,,,2952.70\n31/01/2023,Monthly fee,,,7.50,2945.20\n";
    let one = "Date,Description,Amount,Fee,Balance\n02/01/2023,Shop,-45.30,2.00,952.70\n\
               13/01/2023,Salary,2000.00,,2952.70\n31/01/2023,Monthly fee,,7.50,2945.20\n";
    let own = "account_no,date,transaction_details,withdrawal_amt,withdrawal_currency,deposit_amt,\
               deposit_currency,balance_amt,fee\nA1,2023-01-02,Shop,45.30,ZAR,,,952.70,2.00\n\
               A1,2023-01-13,Salary,,,2000.00,ZAR,2952.70,\nA1,2023-01-31,Monthly fee,,ZAR,,,2945.20,7.50\n";
    let of_line = sides.replace(",Balance\n", ",Balance,Currency\n").replace("0\n", "0,ZAR\n");
    for (text, options) in [
        (sides, &["--account", "A1", "--currency", "ZAR"][..]),
        (one, &["--account", "A1", "--currency", "ZAR"]),
        (own, &[]),
        (&of_line, &["--account", "A1"]),
    ] {
        let place = Place::new();
        place.file("f.csv", text);
        let (code, said) = place.bank(&[&["f.csv"], options].concat());
        let select = "SELECT CAST(withdrawal_amt AS VARCHAR), withdrawal_currency FROM banktxn \
                      WHERE withdrawal_amt IS NOT NULL ORDER BY line_no";
        let wanted = vec!["47.3000 ZAR".to_owned(), "7.5000 ZAR".to_owned()];
        assert_eq!((code, place.rows("banktxn", select)), (0, wanted), "{text}: {said}");
    }
}

#[test]
fn a_plus_on_some_amounts_alone_is_asked_about() {
    let text = "Account;Date;Text;Amount\nA1;2024-01-14;Shop;20.00\nA1;2024-01-15;Refund;+50.00\n";
    refused(text, "20.00 in line 2 may go out or come in: only others, as +50.00 in line 3, say their way");
    let lines = |first: &str| vec![format!("2024-01-14 {first} ∅"), "2024-01-15 ∅ 50 ∅".to_owned()];
    assert_eq!(taken_in(text, &["--signs", "minus-in"]), (0, lines("20 ∅")));
    assert_eq!(taken_in(text, &["--signs", "minus-out"]), (0, lines("∅ 20")));
    // A minus tells what those without a sign are.
    let (code, read) = taken_in(&format!("{text}A1;2024-01-16;Shop;-3.00\n"), &[]);
    assert_eq!((code, &read[..2]), (0, &lines("∅ 20")[..]));
    // So do balances.
    let text =
        "Account;Date;Text;Amount;Balance\nA1;2024-01-14;Shop;20.00;80.00\nA1;2024-01-15;Shop;30.00;50.00\n";
    assert_eq!(taken_in(text, &[]).0, 0);
    // Where the sample shows no plus, the whole file does.
    let many = "A1;2024-01-14;A shop with a name of some length, and its place;20.00\n".repeat(40_000);
    let text = format!("Account;Date;Text;Amount\n{many}A1;2024-01-15;Refund;+50.00\n");
    assert_eq!(taken_in(&text, &[]), (3, Vec::new()));
}

#[test]
fn debits_with_a_minus_are_what_balances_show_or_a_person_says() {
    let header = "Account,Date,Text,Debit,Credit,Balance\n";
    let refunds = "A1,2024-01-02,Back,-5.00,,105.00\nA1,2024-01-03,Back,-6.00,,111.00\nA1,2024-01-04,Back,-7.00,,118.00\n";
    let lines = |balances: [&str; 3], out: bool| -> Vec<String> {
        let amounts = [("02", 5), ("03", 6), ("04", 7)].into_iter().zip(balances);
        let amount = |units: i32| if out { format!("{units} ∅") } else { format!("∅ {units}") };
        amounts.map(|((day, units), balance)| format!("2024-01-{day} {} {balance}", amount(units))).collect()
    };
    assert_eq!(taken_in(&format!("{header}{refunds}"), &[]), (0, lines(["105", "111", "118"], false)));
    let debits = refunds.replace("105", "95").replace("111", "89").replace("118", "82");
    assert_eq!(taken_in(&format!("{header}{debits}"), &[]), (0, lines(["95", "89", "82"], true)));
    // Without balances three of them are the usual way to write debits, and that is told.
    let bare =
        "Account,Date,Debit,Credit\nA1,2024-01-02,-5.00,\nA1,2024-01-03,-6.00,\nA1,2024-01-04,-7.00,\n";
    let place = Place::new();
    place.file("f.csv", bare);
    let (code, said) = place.bank(&["f.csv"]);
    assert_eq!((code, place.lines()), (0, lines(["∅"; 3], true)), "{said}");
    assert!(
        said.contains("debits have a minus: 3 have one, as -5.00 in line 2, none is without, and no balances show otherwise"),
        "{said}"
    );
    assert_eq!(taken_in(bare, &["--signs", "minus-in"]), (0, lines(["∅"; 3], false)));
}

#[test]
fn standard_input_comes_once() {
    let place = Place::new();
    let (code, said) = place.bank(&["-", "-"]);
    assert_eq!(
        (code, said.as_str()),
        (2, "error: standard input is named twice, and comes once\nhint: name `-` once\n")
    );
}

#[test]
fn a_trial_of_a_sample_says_that_the_sample_leaves_it_open() {
    let place = Place::new();
    let many = "A1;2024-01-14;A shop with a name of some length, and its place;1.234\n".repeat(40_000);
    place.file("f.csv", format!("Account;Date;Text;Amount\n{many}A1;2024-01-15;Shop;5,00\n"));
    let shown = String::from_utf8(place.command(&["--try", "f.csv"]).output().unwrap().stdout).unwrap();
    assert!(shown.contains("with a comma, and no cell of the sample settles which"), "{shown}");
}

#[test]
fn an_account_is_known_by_its_kind_or_asked_about() {
    let file = |section: &str| {
        format!("Konto;4711;\nDatum;Text;Betrag\n01.02.2024;Brot;-3,50\n{section}\n15.02.2024;Lohn;9,00\n")
    };
    for section in [
        "Savings account 444444",
        "Card account: 444444",
        "Savings account;444444;",
        "Sparkonto Nr. 444444;;",
    ] {
        let place = Place::new();
        place.file("f.csv", file(section));
        let (code, said) = place.bank(&["f.csv"]);
        assert_eq!(
            (code, accounts(&place)),
            (0, vec!["4711 -3.5000".into(), "444444 9.0000".into()]),
            "{section}: {said}"
        );
    }
    for section in ["Depot 444444", "Visa 444444;;", "Savings", "00444444"] {
        let text = section.trim_end_matches(';');
        let place = refused(
            &file(section),
            &format!(
                "line 4, {text}, is no transaction and may name an account, so it is not clear whose the lines"
            ),
        );
        assert_eq!(place.command(&["--try", "f.csv"]).output().unwrap().status.code(), Some(3));
        let (code, said) = place.bank(&["f.csv", "--account", "4711"]);
        assert_eq!(
            (code, accounts(&place)),
            (3, vec!["4711 -3.5000".into(), "4711 9.0000".into()]),
            "the line is a fault of its own: {said}"
        );
    }
    // With the account in each line nothing is asked, and behind the last line neither.
    let own = "Konto;Datum;Text;Betrag\n1;01.02.2024;Brot;-3,50\nDepot 444444\n1;15.02.2024;Lohn;9,00\n";
    assert_eq!(taken_in(own, &[]).1.len(), 2);
    let last = "Konto;4711;\nDatum;Text;Betrag\n01.02.2024;Brot;-3,50\nDepot 444444\n";
    let place = Place::new();
    place.file("f.csv", last);
    assert_eq!(place.bank(&["f.csv"]).0, 0);
    // Above the header an account is known by its kind too.
    let place = Place::new();
    place.file("f.csv", "Savings account 444444\n\nDatum;Text;Betrag\n01.02.2024;Brot;-3,50\n");
    assert_eq!((place.bank(&["f.csv"]).0, accounts(&place)), (0, vec!["444444 -3.5000".into()]));
}

#[test]
fn rows_are_read_by_the_header_above_them() {
    let first = "Konto;4711;;\nDatum;Text;Betrag;Saldo\n01.02.2024;Brot;-3,50;6,50\n";
    for (kind, header, row) in [
        ("in another order", "Text;Saldo;Datum;Betrag", "Lohn;109,00;15.02.2024;9,00"),
        ("with a column less", "Datum;Betrag;Text", "15.02.2024;9,00;Lohn"),
        ("in another language", "Amount;Date;Details", "9,00;15.02.2024;Lohn"),
    ] {
        for between in ["Konto;4712;;\n", "Konto: 4712\n\n", "Savings account 4712\n"] {
            let place = Place::new();
            place.file("f.csv", format!("{first}{between}{header}\n{row}\n"));
            let (code, said) = place.bank(&["f.csv"]);
            assert_eq!(
                (code, accounts(&place)),
                (0, vec!["4711 -3.5000".into(), "4712 9.0000".into()]),
                "{kind}, {between}: {said}"
            );
            let texts = place.rows("banktxn", "SELECT transaction_details FROM banktxn ORDER BY line_no");
            assert_eq!(texts, ["Brot", "Lohn"], "{kind}: {said}");
        }
    }
    // The first header stands again.
    let again = format!(
        "{first}Konto;4712\nText;Saldo;Datum;Betrag\nLohn;109,00;15.02.2024;9,00\nKonto;4713\nDatum;Text;Betrag;Saldo\n\
         16.02.2024;Tee;-1,00;2,00\n"
    );
    let place = Place::new();
    place.file("f.csv", again);
    let (code, said) = place.bank(&["f.csv"]);
    assert_eq!(
        (code, accounts(&place)),
        (0, vec!["4711 -3.5000".into(), "4712 9.0000".into(), "4713 -1.0000".into()]),
        "{said}"
    );
    for (header, why) in [
        ("Datum;Text;Soll;Haben", "line 5 is a header with a column Soll that the one in line 2 has not"),
        ("Datum;Text;Betrag (USD);Saldo", "line 5 is a header that names the currency USD"),
        ("Wann;Was;Wieviel;Rest", "line 5 stands where a header would, and is none that is known"),
    ] {
        refused(&format!("{first}Konto;4712;;\n{header}\n15.02.2024;Lohn;9,00;\n"), why);
    }
    // A row with fewer cells than its own header is a fault, though it has as many as the first.
    let place = Place::new();
    place.file(
        "f.csv",
        format!("{first}Konto;4712\nText;Saldo;Datum;Betrag;Kunde\nLohn;109,00;15.02.2024;9,00\nTee;1,00;16.02.2024;2,00;x\n"),
    );
    let (code, said) = place.bank(&["f.csv"]);
    assert_eq!((code, accounts(&place)), (3, vec!["4711 -3.5000".into(), "4712 2.0000".into()]), "{said}");
}

#[test]
fn a_state_that_is_not_known_is_never_booked() {
    let text = "Date,Text,Amount,Status\n2024-01-15,Shop,-3.46,Posted\n2024-01-16,Shop,-3.47,Charged back\n2024-01-17,Shop,-3.48,\n";
    let place = Place::new();
    place.file("f.csv", text);
    let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
    assert_eq!(
        (code, place.lines()),
        (3, vec!["2024-01-15 3.46 ∅ ∅".into(), "2024-01-17 3.48 ∅ ∅".into()]),
        "{said}"
    );
    let faults = place.rows("error_error", "SELECT line_no, column_name, text, message FROM error_error");
    assert_eq!(
        faults,
        ["3 Status Charged back the cell says neither that the line is booked nor that it is not"]
    );
    let shown =
        String::from_utf8(place.command(&["--try", "f.csv", "--account", "A1"]).output().unwrap().stdout)
            .unwrap();
    assert!(shown.contains("line 3, Status: the cell says neither"), "{shown}");
    // Where no word is known, the column may say something else, and that is asked.
    let place = Place::new();
    place.file("f.csv", "Date,Text,Amount,Status\n2024-01-15,Shop,-3.46,A\n2024-01-16,Shop,-3.47,B\n");
    let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
    assert_eq!((code, place.lines()), (3, Vec::new()), "{said}");
    assert!(said.contains("A in line 2 says neither that the line is booked nor that it is not"), "{said}");
    place.file("map.csv", "Status,-\n");
    let (code, said) = place.bank(&["f.csv", "--account", "A1", "--map", "map.csv"]);
    assert_eq!((code, place.lines().len()), (0, 2), "{said}");
}

#[test]
fn a_trial_settles_an_unclear_amount_as_it_is_taken_in() {
    let lines = "A1;2024-01-14;Shop;1.234\nA1;2024-01-15;Shop;5,00\nA1;2024-01-16;Shop;2.00\nA1;2024-01-17;Shop;6,00\n";
    for text in [lines.to_owned(), format!("A1;2024-01-13;Shop;7,00\nA1;2024-01-13;Shop;8,00\n{lines}")] {
        let place = Place::new();
        place.file("f.csv", format!("Account;Date;Text;Amount\n{text}"));
        let shown = String::from_utf8(place.command(&["--try", "f.csv"]).output().unwrap().stdout).unwrap();
        let (_, said) = place.bank(&["f.csv"]);
        let rows = place.lines().len();
        assert!(shown.contains(&format!("\n{rows} lines read")), "{shown}{said}");
    }
    let many = "A1;2024-01-14;A shop with a name of some length, and its place;5,00\n".repeat(40_000);
    let place = Place::new();
    place.file("f.csv", format!("Account;Date;Text;Amount\nA1;2024-01-13;Shop;1.234\n{many}"));
    let shown = String::from_utf8(place.command(&["--try", "f.csv"]).output().unwrap().stdout).unwrap();
    assert!(shown.contains("not settled: 1.234 in line 2 could be meant in two ways"), "{shown}");
}

#[test]
fn a_debit_without_a_minus_where_others_have_one_is_told_as_that() {
    let place = Place::new();
    place.file("f.csv", "Account,Date,Debit,Credit\nA1,2024-01-02,-5.00,\nA1,2024-01-03,6.00,\n");
    let (code, _) = place.bank(&["f.csv", "--signs", "minus-out"]);
    assert_eq!((code, place.lines()), (3, vec!["2024-01-02 5 ∅ ∅".into()]));
    let faults = place.rows("error_error", "SELECT line_no, error, message FROM error_error");
    assert_eq!(
        faults,
        ["3 positive_debit the withdrawal has no minus, and where debits have one that may mean either way"]
    );
}

#[test]
fn columns_of_fixed_width_are_read_by_where_they_stand() {
    let text = "Savings account:  444444\nClosing balance:  1,259.00\n\n\
                Date        Details                Debit     Credit     Balance\n\
                ----------  --------------------  ------  ---------  ----------\n\
                2024-05-03  Coffee beans           12.50               1,187.50\n\
                2024-05-14  Salary, May                    1,234.00    2,421.50\n\
                \n\
                2024-05-20  Rent  two rooms     1,162.50               1,259.00\n\
                2024-05-21  A text that is much too long for it 1.00   1,258.00\n\
                End of statement\n";
    let place = Place::new();
    place.file("f.txt", text);
    let (code, said) = place.bank(&["f.txt"]);
    assert_eq!(
        (code, place.lines()),
        (
            3,
            vec![
                "2024-05-03 12.5 ∅ 1187.5".into(),
                "2024-05-14 ∅ 1234 2421.5".into(),
                "2024-05-20 1162.5 ∅ 1259".into()
            ]
        ),
        "{said}"
    );
    let rows = place.rows("banktxn", "SELECT account_no, transaction_details FROM banktxn ORDER BY line_no");
    assert_eq!(rows, ["444444 Coffee beans", "444444 Salary, May", "444444 Rent  two rooms"]);
    let faults = place.rows("error_error", "SELECT line_no, error FROM error_error ORDER BY line_no");
    assert_eq!(faults, ["10 ragged_line"], "{said}");
    let shown = String::from_utf8(place.command(&["--try", "f.txt"]).output().unwrap().stdout).unwrap();
    assert!(shown.contains("f.txt: utf-8, blanks between cells, the header in line 4"), "{shown}");
}

#[test]
fn a_text_that_goes_on_names_no_account_of_the_lines_behind_it() {
    let fixed = "Konto: 4711\n\n\
                 Datum       Verwendungszweck                    Betrag\n\
                 03.01.2024  Lastschrift Strom                   -50,00\n\
                 15.01.2024  Überweisung Max Muster              -20,00\n            \
                 IBAN: DE89370400440532013000\n\
                 16.01.2024  Miete                              -500,00\n";
    let cut = "Konto: 4711\nDatum;Text;Betrag\n03.01.2024;Strom;-50,00\n04.01.2024;Überweisung\n\
               IBAN: DE89370400440532013000;-20,00\nKonto: 12345678\n05.01.2024;Miete;-500,00\n";
    for (text, line, wanted) in [
        (fixed, 6, &["4711 -50.0000", "4711 -20.0000", "4711 -500.0000"] as &[_]),
        (cut, 5, &["4711 -50.0000", "4711 -500.0000"]),
    ] {
        let place = refused(text, &format!("line {line}, IBAN: DE89370400440532013000"));
        let (code, said) = place.bank(&["f.csv", "--account", "4711"]);
        assert_eq!(
            (code, accounts(&place)),
            (3, wanted.iter().map(|line| (*line).to_owned()).collect()),
            "{said}"
        );
    }
}

#[test]
fn a_heading_of_the_lines_of_another_account_is_asked_about_though_one_is_said() {
    let giro = "\"Umsätze Girokonto\";\"Zeitraum: 2024\";\n\"Neuer Kontostand\";\"1.000,00 EUR\";\n\
                \"Buchungstag\";\"Wertstellung (Valuta)\";\"Vorgang\";\"Buchungstext\";\"Umsatz in EUR\";\n\
                \"22.01.2024\";\"22.01.2024\";\"Lastschrift\";\"Strom\";\"-50,00\";\n";
    let card = "\"Umsätze Visa-Karte (Kreditkarte)\";\"Zeitraum: 2024\";\n\"Neuer Kontostand\";\"-19,99 EUR\";\n\
                \"Buchungstag\";\"Umsatztag\";\"Vorgang\";\"Nummer\";\"Buchungstext\";\"Umsatz in EUR\";\n\
                \"23.01.2024\";\"22.01.2024\";\"Visa-Umsatz\";\"R1\";\"AMAZON\";\"-19,99\";\n";
    let place = Place::new();
    place.file("f.csv", format!("{giro}{card}"));
    let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
    let why = "line 5 names another account without its number, Umsätze Visa-Karte (Kreditkarte)";
    assert!(code == 3 && said.contains(why), "{said}");
    // The balances around the lines of one account are no faults.
    let one = format!("{giro}\"Alter Kontostand\";\"1.050,00 EUR\";\n");
    assert_eq!(taken_in(&one, &["--account", "A1"]), (0, vec!["2024-01-22 50 ∅ ∅".to_owned()]));
}

#[test]
fn numbers_of_fixed_width_below_no_word_are_of_the_column_that_all_show() {
    let text = "Date        Details                 Debit             Credit            Balance           \n\
                2024-01-03  Coffee                              5.00                              995.00\n\
                2024-01-14  Rent                              500.00                              495.00\n\
                2024-01-20  Salary                                            2,000.00          2,495.00\n\
                2024-01-25  Food                               45.00                            2,450.00\n";
    let wanted =
        ["2024-01-03 5 ∅ 995", "2024-01-14 500 ∅ 495", "2024-01-20 ∅ 2000 2495", "2024-01-25 45 ∅ 2450"];
    assert_eq!(taken_in(text, &["--account", "A1"]), (0, wanted.map(str::to_owned).to_vec()));
    refused(
        "Date        Details       Debit         Credit\n2024-01-03  Coffee                 5.00\n",
        "5.00 stands below no word of the header in line 1",
    );
}

#[test]
fn the_currency_beside_an_original_amount_is_not_that_of_the_account() {
    let alior = "Data transakcji;Data księgowania;Nazwa nadawcy;Nazwa odbiorcy;Szczegóły transakcji;Kwota operacji;Waluta operacji;\
                 Kwota w walucie rachunku;Waluta rachunku;Numer rachunku nadawcy;Numer rachunku odbiorcy\n\
                 13-01-2024;14-01-2024;JAN;SKLEP;ZAKUP;-10,00;EUR;-43,50;PLN;PL1;PL2\n";
    let norwegian = "TransactionDate,Text,Type,Currency Amount,Currency Rate,Currency,Amount,Merchant Area,Merchant Category,\
                     BookDate,ValueDate\n2024-01-13,SHOP,Purchase,-100.00,10.50,USD,-1050.00,NYC,Shops,2024-01-14,2024-01-14\n";
    for (text, options, wanted) in [
        (alior, &[] as &[&str], "43.5000 PLN"),
        (norwegian, &["--currency", "NOK"], "1050.0000 NOK"),
        (norwegian, &[], "1050.0000 "),
    ] {
        let place = Place::new();
        place.file("f.csv", text);
        let (code, said) = place.bank(&[&["f.csv", "--account", "A1"], options].concat());
        let money = "SELECT CAST(withdrawal_amt AS VARCHAR), COALESCE(withdrawal_currency, '') FROM banktxn";
        assert_eq!((code, place.rows("banktxn", money)), (0, vec![wanted.to_owned()]), "{said}");
    }
}
