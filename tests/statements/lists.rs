//! Lists below one another: what is not booked yet or is of another kind, below a heading, a header or a mark of its own.

use super::{Place, taken_in};

#[test]
fn a_heading_of_what_is_to_come_is_known_or_asked_about() {
    let headed = |words: &str| {
        format!("Date,Description,Amount\n13/01/2023,Salary,2000.00\n{words}\n15/01/2023,Rent,-500.00\n")
    };
    for words in [
        "Upcoming transactions",
        "Unposted transactions",
        "Movimenti non contabilizzati",
        "Movimientos retenidos",
        "Operaciones no contabilizadas",
        "Lançamentos futuros",
        "Geplante Umsätze",
        "Nicht gebuchte Umsätze",
        "Opérations à venir",
        "Mouvements non comptabilisés",
        "Niet geboekte mutaties",
        "Zaplanowane operacje",
    ] {
        let (code, lines) = taken_in(&headed(words), &["--account", "A1"]);
        assert_eq!((code, lines), (0, vec!["2023-01-13 ∅ 2000 ∅".to_owned()]), "{words}");
    }
    for (words, header) in [
        ("Authorisations", ""),
        ("Reversed transactions", "\nDate,Description,Amount"),
        ("Otros movimientos", ""),
    ] {
        let text = headed(&format!("{words}{header}"));
        let place = Place::new();
        place.file("f.csv", &text);
        let (code, told) = place.bank(&["f.csv", "--account", "A1"]);
        let asked = format!("may not be booked yet: {words} in line 3 may mean so");
        assert!(code == 3 && told.contains(&asked), "{told}");
        for (answer, count) in [("pending", 1), ("booked", 2)] {
            let (code, lines) = taken_in(&text, &["--account", "A1", "--below-heading", answer]);
            assert_eq!((code, lines.len()), (0, count), "{words} {answer}");
        }
    }
    // The end of the list, the rest of a text, and a text of more words are none.
    for text in [
        "Date,Description,Amount\n13/01/2023,Salary,2000.00\n15/01/2023,Rent,-500.00\nOther payments\n",
        "Date,Description,Amount\n13/01/2023,Salary,2000.00\nPayments are shown in the order of their booking\n15/01/2023,Rent,-500.00\n",
    ] {
        assert_eq!(taken_in(text, &["--account", "A1"]).1.len(), 2, "{text}");
    }
}

#[test]
fn a_table_without_amounts_below_the_transactions_is_asked_about() {
    let list = "Date,Description,Amount\n01/13/2023,Salary,2000.00\n01/15/2023,Rent,-500.00\n";
    for (header, line) in [
        ("Daily balances\nDate,,Balance", 5),
        ("Date,,Balance", 4),
        ("Date,Description,Balance", 4),
        ("Date,Balance", 4),
    ] {
        let place = Place::new();
        place.file("f.csv", format!("{list}{header}\n01/13/2023,,2500.00\n"));
        let (code, told) = place.bank(&["f.csv", "--account", "A1"]);
        let asked = format!("line {line} is a header without a column for amounts");
        assert!(code == 3 && told.contains(&asked), "{header}: {told}");
        assert!(!told.contains("taken for a transaction"), "{told}");
        // Of no lines it is a fault of its own.
        assert_eq!(taken_in(&format!("{list}{header}\n"), &["--account", "A1"]).1.len(), 2, "{header}");
    }
}

#[test]
fn a_mark_in_the_text_says_that_a_line_is_not_booked() {
    let text = "Date,Description,Amount,Balance\n2026-07-06,Grocer,-515.00,39485.00\n2026-07-07,(Pending) Jack Hammers Gardens,-52.25,\n\
                2026-07-07,[Vorgemerkt] Laden,-7.00,\n2026-07-08,Rechnung (offen),-8.00,39477.00\n2026-07-08,Pending Ltd,-9.00,39468.00\n\
                2026-07-09,(Scheduled) Rent,-1.00,39467.00\n2026-07-09,(Refund) Shop,2.00,39469.00\n";
    let place = Place::new();
    place.file("f.csv", text);
    let (code, told) = place.bank(&["f.csv", "--account", "A1"]);
    assert_eq!((code, place.lines().len()), (0, 5), "{told}");
    assert!(told.contains("2 lines are not booked, and left out: lines 3, 4"), "{told}");
}

#[test]
fn two_tables_side_by_side_are_refused() {
    for (header, row) in [
        ("Date,Text,Amount,,Date,Text,Amount", "2024-01-15,Shop,-3.46,,2024-01-16,Pay,100.00"),
        (
            "Date,Text,Amount,Balance,,Date,Text,Amount,Balance",
            "2024-01-15,Shop,-3.46,96.54,,2024-01-16,Pay,100.00,200.00",
        ),
        ("Datum,Text,Soll,Datum,Text,Haben", "15.01.2024,Laden,3.46,16.01.2024,Lohn,100.00"),
        ("Buchungstag,Text,Soll,Datum,Text,Haben", "15.01.2024,Laden,3.46,16.01.2024,Lohn,100.00"),
    ] {
        let place = Place::new();
        place.file("f.csv", format!("{header}\n{row}\n"));
        let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
        assert!(code == 3 && said.contains("two tables stand side by side"), "{header}: {said}");
        assert!(said.contains("hint: give each table as a file of its own"), "{header}: {said}");
    }
    let one =
        "Date,Date,Text,Debit,Credit\n2024-01-15,2024-01-16,Shop,3.46,\n2024-01-17,2024-01-17,Pay,,7.00\n";
    let wanted = ["2024-01-15 3.46 ∅ ∅", "2024-01-17 ∅ 7 ∅"].map(str::to_owned).to_vec();
    assert_eq!(super::taken_in(one, &["--account", "A1"]), (0, wanted));
    // Of a card, with the shop and its town, and the amount in its currency and in the account's.
    let card = "Transaction Date,Description,Amount,Currency,Posting Date,Description,Billing Amount\n\
                2024-01-15,Shop,-3.46,EUR,2024-01-16,Lyon,-3.46\n";
    let place = Place::new();
    place.file("f.csv", card);
    let (_, said) = place.bank(&["f.csv", "--account", "A1"]);
    assert!(!said.contains("side by side"), "{said}");
}

#[test]
fn a_column_that_is_called_booked_says_whether_its_lines_are() {
    let booked = ["2024-01-15 3.46 ∅ ∅", "2024-01-17 9 ∅ ∅"].map(str::to_owned).to_vec();
    for (name, yes, no) in [
        ("Booked", "TRUE", "FALSE"),
        ("Is posted", "yes", "no"),
        ("Gebucht", "ja", "nein"),
        ("Booked", "1", "0"),
        ("Stato", "Contabilizzato", "Rifiutata"),
    ] {
        let text = format!(
            "Date,Text,Amount,{name}\n2024-01-15,Shop,-3.46,{yes}\n2024-01-16,Shop,-5.00,{no}\n2024-01-17,Shop,-9.00,{yes}\n"
        );
        let place = Place::new();
        place.file("f.csv", &text);
        let (code, said) = place.bank(&["f.csv", "--account", "A1"]);
        assert_eq!((code, place.lines()), (0, booked.clone()), "{name}: {said}");
        assert!(said.contains("1 line is not booked, and left out: line 3"), "{name}: {said}");
    }
    // What is not reconciled may be booked.
    let own = "Date,Text,Amount,Reconciled\n2024-01-15,Shop,-3.46,yes\n2024-01-17,Shop,-9.00,no\n";
    assert_eq!(taken_in(own, &["--account", "A1"]), (0, booked.clone()));
    // Of what was paid and came back the word does not say whether this line moved money.
    for word in ["Reversed", "Returned", "Refunded", "Devuelto", "storniert"] {
        let text = format!(
            "Date,Text,Amount,Status\n2024-01-15,Shop,-3.46,Posted\n2024-01-16,Shop,-5.00,{word}\n2024-01-17,Shop,-9.00,Posted\n"
        );
        assert_eq!(taken_in(&text, &["--account", "A1"]), (3, booked.clone()), "{word}");
    }
}
