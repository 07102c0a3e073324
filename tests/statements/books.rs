//! Statements of many banks' own exports: the account's amount among several, words for a way, a minus in a column for one
//! way, currencies beside amounts, and headers with words that stand twice.

use super::{Place, taken_in};

/// A file, what is said beside it, and its lines with their currencies; none where it is asked about.
type Kind = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The exit code and stderr of a file, and day, withdrawal, deposit, balance and currency of its lines.
fn read(content: &str, options: &[&str]) -> (i32, String, Vec<String>) {
    let place = Place::new();
    place.file("f.csv", content);
    let (code, said) = place.bank(&[&["f.csv", "--account", "A1"], options].concat());
    let currencies = place.rows(
        "banktxn",
        "SELECT COALESCE(withdrawal_currency, deposit_currency, '∅') FROM banktxn ORDER BY source_file, line_no",
    );
    let lines = place.lines().into_iter().zip(currencies);
    (code, said, lines.map(|(line, currency)| format!("{line} {currency}")).collect())
}

fn check(kinds: &[Kind]) {
    for (content, options, lines) in kinds {
        let (code, said, found) = read(content, options);
        let wanted: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(
            (code, found),
            (if lines.is_empty() { 3 } else { 0 }, wanted),
            "{content}{options:?}: {said}"
        );
    }
}

#[test]
fn the_amount_of_the_account_goes_before_that_of_the_shop() {
    check(&[
        (
            "Date,Description,Amount,Currency,Billing amount,Billing currency\n2024-01-13,Shop,-45.10,USD,-41.20,EUR\n",
            &[],
            &["2024-01-13 41.2 ∅ ∅ EUR"],
        ),
        (
            "Date,Description,Amount,Currency,Account amount,Account currency\n2024-01-13,Shop,-45.10,USD,-41.20,EUR\n",
            &[],
            &["2024-01-13 41.2 ∅ ∅ EUR"],
        ),
        (
            "Date,Description,Amount,Account amount,Account currency\n2024-01-13,Shop,-45.10,-41.20,EUR\n",
            &[],
            &["2024-01-13 41.2 ∅ ∅ EUR"],
        ),
        (
            "Date,Description,Amount,Amount in account currency,Balance\n2024-01-13,Shop,-45.10,-41.20,958.80\n\
             2024-01-14,Shop,-10.00,-9.00,949.80\n",
            &[],
            &["2024-01-13 41.2 ∅ 958.8 ∅", "2024-01-14 9 ∅ 949.8 ∅"],
        ),
        (
            "Datum;Text;Betrag;Währung;Abrechnungsbetrag;Währung\n13.01.2024;Laden;-45,10;USD;-41,20;EUR\n",
            &[],
            &["2024-01-13 41.2 ∅ ∅ EUR"],
        ),
    ]);
}

#[test]
fn words_for_the_way_are_known_in_many_languages() {
    let pairs = [
        ("DBIT", "CRDT"),
        ("Debet", "Credit"),
        ("Lastschrift", "Gutschrift"),
        ("Soll", "Kredit"),
        ("Ausgang", "Eingang"),
        ("Ausgabe", "Einnahme"),
        ("Uitgave", "Ontvangst"),
        ("Gasto", "Ingreso"),
        ("Saída", "Entrada"),
        ("Uscita", "Entrata"),
        ("Wydatek", "Wpływ"),
        ("Odchozí", "Příchozí"),
        ("Paid out", "Paid in"),
        ("Money out", "Money in"),
        ("Sent", "Received"),
        ("EXPENSE", "INCOME"),
        ("Ut", "Inn"),
        ("DEB", "CRED"),
        ("Débit", "CRÉDIT"),
    ];
    let headers = ["Type", "Credit/Debit", "Debet / Credit"];
    let place = Place::new();
    let mut names = Vec::new();
    for (at, (out, into)) in pairs.iter().enumerate() {
        let header = headers[at % headers.len()];
        names.push(format!("{at:02}.csv"));
        let file = format!(
            "Account;Date;Text;{header};Amount\nA{at:02};2024-01-13;Shop;{out};45.10\nA{at:02};2024-01-14;Rent;{out};50.00\n\
             A{at:02};2024-01-15;Pay;{into};245.10\n"
        );
        place.file(&names[at], file);
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (code, said) = place.bank(&names);
    let select = "SELECT account_no, CAST(withdrawal_amt AS DECIMAL(9, 2)), CAST(deposit_amt AS DECIMAL(9, 2)) FROM banktxn \
                  ORDER BY account_no, booking_date";
    let wanted = (0..pairs.len())
        .flat_map(|at| ["45.10 ∅", "50.00 ∅", "∅ 245.10"].map(|line| format!("A{at:02} {line}")));
    assert_eq!((code, place.rows("banktxn", select)), (0, wanted.collect()), "{said}");
}

#[test]
fn a_file_of_which_a_few_words_say_the_way_is_asked_about_as_a_whole() {
    let file = "Date;Text;Type;Amount\n2024-01-13;Shop;Debit;45.10\n2024-01-14;Card;Fee;5.00\n2024-01-15;Pay;Credit;245.10\n";
    let (code, said, lines) = read(file, &[]);
    assert_eq!((code, lines), (3, Vec::new()), "{said}");
    for wanted in [
        "45.10 in line 2 may go out or come in: Debit in line 2 would say which way, but other words of its column are not known",
        "name the column `direction` with --map FILE",
    ] {
        assert!(said.contains(wanted), "{said}");
    }
    let out = ["2024-01-13 45.1 ∅ ∅", "2024-01-14 5 ∅ ∅", "2024-01-15 245.1 ∅ ∅"].map(str::to_owned);
    assert_eq!(taken_in(file, &["--account", "A1", "--signs", "minus-in"]), (0, out.to_vec()));
    // Signs tell the way, and so do balances.
    check(&[
        (
            "Date;Text;Type;Amount\n2024-01-13;Shop;Debit;-45.10\n2024-01-14;Card;Fee;-5.00\n2024-01-15;Pay;Credit;245.10\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ ∅", "2024-01-14 5 ∅ ∅ ∅", "2024-01-15 ∅ 245.1 ∅ ∅"],
        ),
        (
            "Date;Text;Type;Amount;Balance\n2024-01-13;Shop;Deposit;45.10;45.10\n2024-01-14;Card;Gift;5.00;50.10\n",
            &[],
            &["2024-01-13 ∅ 45.1 45.1 ∅", "2024-01-14 ∅ 5 50.1 ∅"],
        ),
    ]);
}

const CITI: &str = "Status,Date,Description,Debit,Credit\nCleared,01/13/2024,SHOP,13.10,\nCleared,01/25/2024,PAYMENT,,-245.10\n";

#[test]
fn credits_of_which_all_have_a_minus_are_asked_about_or_known_by_their_bank() {
    let other = &CITI.replace("Status", "Standing").replace("Cleared,", "x,");
    let (code, said, lines) = read(other, &[]);
    assert_eq!((code, lines), (3, Vec::new()), "{said}");
    let wanted = "-245.10 in line 3 is a credit that is taken back, or comes in: each amount of its column has a minus, and no \
                  balances show what it says";
    assert!(said.contains(wanted), "{said}");
    let said = |signs| taken_in(other, &["--account", "A1", "--signs", signs]).1;
    assert_eq!(said("minus-in"), ["2024-01-13 13.1 ∅ ∅", "2024-01-25 ∅ 245.1 ∅"]);
    assert_eq!(said("minus-out"), ["2024-01-13 13.1 ∅ ∅", "2024-01-25 ∅ -245.1 ∅"]);
    check(&[
        (CITI, &[], &["2024-01-13 13.1 ∅ ∅ USD", "2024-01-25 ∅ 245.1 ∅ USD"]),
        (
            "Date,Description,Debit,Credit,Balance\n2024-01-13,SHOP,45.10,,954.90\n2024-01-15,PAY,,-245.10,1200.00\n",
            &[],
            &["2024-01-13 45.1 ∅ 954.9 ∅", "2024-01-15 ∅ 245.1 1200 ∅"],
        ),
        (
            "Date,Description,Debit,Credit,Balance\n2024-01-13,SHOP,45.10,,954.90\n2024-01-15,BACK,,-245.10,709.80\n",
            &[],
            &["2024-01-13 45.1 ∅ 954.9 ∅", "2024-01-15 ∅ -245.1 709.8 ∅"],
        ),
        // Debits have one too.
        (
            "Date,Description,Debit,Credit,Balance\n2024-01-13,SHOP,-45.10,,954.90\n2024-01-14,SHOP,-4.90,,950.00\n\
             2024-01-15,PAY,,-245.10,1195.10\n",
            &[],
            &["2024-01-13 45.1 ∅ 954.9 ∅", "2024-01-14 4.9 ∅ 950 ∅", "2024-01-15 ∅ 245.1 1195.1 ∅"],
        ),
        // Among others one is a reversal.
        (
            "Date,Description,Debit,Credit\n2024-01-13,PAY,,50.00\n2024-01-14,PAY,,-5.00\n2024-01-15,SHOP,7.00,\n",
            &[],
            &["2024-01-13 ∅ 50 ∅ ∅", "2024-01-14 ∅ -5 ∅ ∅", "2024-01-15 7 ∅ ∅ ∅"],
        ),
    ]);
}

#[test]
fn a_currency_is_that_of_the_one_column_with_amounts() {
    check(&[
        (
            "Fecha;Concepto;Importe;Valor;Divisa\n13/01/2024;Shop;-45,10;12/01/2024;EUR\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ EUR"],
        ),
        (
            "Date,Description,Amount,Value,Currency\n2024-01-13,Shop,-45.10,2024-01-12,EUR\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ EUR"],
        ),
        (
            "Date,Description,Amount,Fee,Net amount,Currency\n2024-01-13,Sale,100.00,-3.20,96.80,EUR\n",
            &[],
            &[],
        ),
        (
            "Date,Description,Net amount,Currency\n2024-01-13,Sale,-96.80,EUR\n",
            &[],
            &["2024-01-13 96.8 ∅ ∅ EUR"],
        ),
        (
            "Data;Valor;Descrição;Valor (R$);Saldo\n13/01/2024;12/01/2024;Shop;-45,10;954,90\n",
            &[],
            &["2024-01-13 45.1 ∅ 954.9 BRL"],
        ),
        ("Data;Descrição;Valor\n13/01/2024;Shop;-45,10\n", &[], &["2024-01-13 45.1 ∅ ∅ ∅"]),
    ]);
    let place = Place::new();
    place.file("f.csv", "Fecha;Concepto;Importe;Valor;Divisa\n13/01/2024;Shop;-45,10;12/01/2024;EUR\n");
    place.bank(&["f.csv", "--account", "A1"]);
    assert_eq!(place.rows("banktxn", "SELECT value_date FROM banktxn"), ["2024-01-12"]);
    let (_, said, _) =
        read("Date,Description,Amount,Fee,Net amount\n2024-01-13,Sale,100.00,-3.20,96.80\n", &[]);
    assert!(said.contains("two columns, Amount and Net amount, are both amount"), "{said}");
}

#[test]
fn a_debit_with_a_minus_goes_out_beside_credits_without_one() {
    check(&[
        (
            "Buchungstag;Zweck;Soll;Haben\n13.01.2024;Food;-45,10;\n15.01.2024;Pay;;245,10\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ ∅", "2024-01-15 ∅ 245.1 ∅ ∅"],
        ),
        // A column of amounts has the same.
        (
            "Buchungstag;Zweck;Betrag;Soll;Haben\n13.01.2024;Food;-45,10;-45,10;\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ ∅"],
        ),
        ("Buchungstag;Zweck;Soll;Haben\n13.01.2024;Food;-45,10;\n", &[], &[]),
        (
            "Buchungstag;Zweck;Soll;Haben\n13.01.2024;Food;-45,10;\n",
            &["--signs", "minus-out"],
            &["2024-01-13 45.1 ∅ ∅ ∅"],
        ),
        (
            "Buchungstag;Zweck;Soll;Haben\n13.01.2024;Food;-45,10;\n",
            &["--signs", "minus-in"],
            &["2024-01-13 ∅ 45.1 ∅ ∅"],
        ),
    ]);
    let (_, said, _) = read("Buchungstag;Zweck;Soll;Haben\n13.01.2024;Food;-45,10;\n", &[]);
    assert!(said.contains("say with --signs minus-out that it goes out"), "{said}");
}

#[test]
fn words_that_stand_twice_in_a_header_have_their_places() {
    check(&[
        (
            "ID operace;Datum;Objem;Měna;Poznámka;Typ;Poznámka\n1;13.01.2024;-45,10;CZK;N;Karta;K\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ CZK"],
        ),
        (
            "Date,Description,Amount,Dr / Cr,Balance,Dr / Cr\n13/01/2024,SHOP,145.10,DR,45.10,DR\n15/01/2024,PAY,245.10,CR,200.00,CR\n",
            &[],
            &["2024-01-13 145.1 ∅ -45.1 ∅", "2024-01-15 ∅ 245.1 200 ∅"],
        ),
        (
            "Date,Description,Debit,Credit,Balance,Dr / Cr\n13/01/2024,SHOP,145.10,,45.10,DR\n15/01/2024,PAY,,245.10,200.00,CR\n",
            &[],
            &["2024-01-13 145.1 ∅ -45.1 ∅", "2024-01-15 ∅ 245.1 200 ∅"],
        ),
    ]);
}

#[test]
fn a_header_names_its_currency_by_a_sign_or_in_words() {
    check(&[
        (
            "Data;Histórico;Crédito (R$);Débito (R$);Saldo (R$)\n13/01/2024;SHOP;;-45,10;954,90\n15/01/2024;PAY;245,10;;1.200,00\n",
            &[],
            &["2024-01-13 45.1 ∅ 954.9 BRL", "2024-01-15 ∅ 245.1 1200 BRL"],
        ),
        (
            "Data Contábil,Descrição,Entrada(R$),Saída(R$),Saldo do Dia(R$)\n13/01/2024,Pix,0.00,45.10,954.90\n",
            &[],
            &["2024-01-13 45.1 0 954.9 BRL"],
        ),
        (
            "Data Contabile;Addebiti (euro);Accrediti (euro);Descrizione\n13/01/2024;45,10;;Shop\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ EUR"],
        ),
        (
            "Date;Libellé;Montant(EUROS);Montant(FRANCS)\n13/01/2024;SHOP;-45,10;-295,84\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ EUR"],
        ),
        (
            "Date;Libellé;Débit euros;Crédit euros\n13/01/2024;SHOP;45,10;\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ EUR"],
        ),
        ("Datum;Text;Betrag in €\n13.01.2024;SHOP;-45,10\n", &[], &["2024-01-13 45.1 ∅ ∅ EUR"]),
        ("Date,Text,Amount ($)\n2024-01-13,SHOP,-45.10\n", &[], &["2024-01-13 45.1 ∅ ∅ ∅"]),
    ]);
}

#[test]
fn what_is_only_authorised_is_left_out_and_a_balance_of_the_account_is_no_line() {
    check(&[
        (
            "Data;Entrate;Uscite;Descrizione;Stato\n15/01/2024;45,1;;Pay;Contabilizzato\n14/01/2024;;5;Shop;Autorizzato\n",
            &[],
            &["2024-01-15 ∅ 45.1 ∅ ∅"],
        ),
        (
            "Datum;Text;Betrag;Status\n15.01.2024;Lohn;45,10;gebucht\n14.01.2024;Laden;-5,00;Autorisiert\n",
            &[],
            &["2024-01-15 ∅ 45.1 ∅ ∅"],
        ),
        (
            "Booking date;Text;Amount\n1/13/2024;Shop;-45.10\nAccount balance;1/31/2024;1,200.00\n",
            &[],
            &["2024-01-13 45.1 ∅ ∅ ∅"],
        ),
    ]);
}

#[test]
fn what_is_said_or_a_profile_says_of_a_minus_is_heeded() {
    let sides = |lines: &str| format!("Date,Text,Debit,Credit\n{lines}");
    // Of credits it is asked; the debits are money that goes out, as all amounts have a minus.
    let both = sides("2024-01-13,a,-10.00,\n2024-01-14,b,-20.00,\n2024-01-15,c,,-500.00\n");
    let (code, said, _) = read(&both, &[]);
    assert!(
        code == 3 && said.contains("-500.00 in line 4 is a credit that is taken back, or comes in"),
        "{said}"
    );
    let (code, said, lines) = read(&both, &["--signs", "minus-in"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(lines, ["2024-01-13 10 ∅ ∅ ∅", "2024-01-14 20 ∅ ∅ ∅", "2024-01-15 ∅ 500 ∅ ∅"]);
    // Where some debits have none, they stay what they are.
    let some = sides("2024-01-13,a,10.00,\n2024-01-14,b,20.00,\n2024-01-15,c,,-5.00\n");
    let (code, said, lines) = read(&some, &["--signs", "minus-out"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(lines, ["2024-01-13 10 ∅ ∅ ∅", "2024-01-14 20 ∅ ∅ ∅", "2024-01-15 ∅ -5 ∅ ∅"]);
}

#[test]
fn an_own_profile_says_that_a_debit_with_a_minus_comes_back() {
    let place = Place::new();
    std::fs::create_dir_all(place.0.path().join(".config/saldo/banks")).unwrap();
    place.file(
        ".config/saldo/banks/mine.toml",
        "title = \"Mine\"\nheader = [\"Date\", \"Text\", \"Debit\", \"Credit\"]\nsigns = \"minus-in\"\n[columns]\n\
         date = \"Date\"\ntransaction_details = \"Text\"\nwithdrawal_amt = \"Debit\"\ndeposit_amt = \"Credit\"\n",
    );
    place.file("f.csv", "Date,Text,Debit,Credit\n2024-01-13,a,-7.00,\n2024-01-14,b,,100.00\n");
    let (code, said) = place.bank(&["f.csv", "--account", "A1", "--bank", "mine"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(place.lines(), ["2024-01-13 ∅ 7 ∅", "2024-01-14 ∅ 100 ∅"]);
}

#[test]
fn an_amount_of_the_account_on_some_lines_alone_is_asked_about() {
    check(&[(
        "Date,Description,Amount,Currency,Billing amount,Billing currency\n2024-01-13,Shop,-45.10,USD,-41.20,EUR\n\
         2024-01-14,Shop,-10.00,EUR,,\n",
        &[],
        &[],
    )]);
}

#[test]
fn a_word_beside_a_column_for_each_way_is_not_the_sign_of_a_balance() {
    check(&[(
        "Date,Description,Debit,Credit,Balance,D/C\n2024-01-13,a,50.00,,950.00,D\n2024-01-14,b,,100.00,1050.00,C\n",
        &[],
        &["2024-01-13 50 ∅ 950 ∅", "2024-01-14 ∅ 100 1050 ∅"],
    )]);
}
