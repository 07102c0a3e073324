//! Lines among the transactions that are none, and columns that are not what their words say.

use super::{Place, taken_in};

/// What is taken in of a file of one account, with what is said of it.
fn taken(text: &str, options: &[&str]) -> (i32, Vec<String>) {
    taken_in(text, &[&["--account", "A1"], options].concat())
}

/// What is said of a file that is taken in with options.
fn said(text: &str, options: &[&str]) -> (i32, String) {
    let place = Place::new();
    place.file("f.csv", text);
    place.bank(&[&["f.csv"], options].concat())
}

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn a_balance_with_a_day_is_no_transaction() {
    let daily = |word: &str| {
        format!(
            "Data,Descrição,Valor\n30/12/2022,Saldo Anterior,\"1.000,00\"\n02/01/2023,Pix - Enviado,\"-100,50\"\n\
             02/01/2023,{word},\"899,50\"\n13/01/2023,Proventos,\"2.500,00\"\n13/01/2023,{word},\"3.399,50\"\n"
        )
    };
    let wanted = lines(&["2023-01-02 100.5 ∅ ∅", "2023-01-13 ∅ 2500 ∅"]);
    for word in [
        "Saldo do dia",
        "Saldo",
        "BALANCE",
        "Solde",
        "Kontostand",
        "Kontostand am 01.01.2023",
        "Solde au 01/01/2023",
        "Beginning balance as of 01/01/2023",
        "Balance at 31 January 2023",
        "Saldo contabile",
        "Saldo al 13/01/2023",
    ] {
        assert_eq!(taken(&daily(word), &[]), (0, wanted.clone()), "{word}");
        let without_opening = daily(word).replace("30/12/2022,Saldo Anterior,\"1.000,00\"\n", "");
        assert_eq!(taken(&without_opening, &[]), (0, wanted.clone()), "{word}");
    }
    let total = "Date,Description,Debit,Credit\n2023-01-02,Amazon,45.30,\n2023-01-13,Acme,,2000.00\n\
                 2023-01-13,Total,45.30,2000.00\n";
    assert_eq!(taken(total, &[]), (0, lines(&["2023-01-02 45.3 ∅ ∅", "2023-01-13 ∅ 2000 ∅"])));
    let swedbank = "Date,Details,Amount,Currency,D/K\n2023-01-01,Opening balance,100.00,EUR,K\n2023-01-02,Shop,45.30,EUR,D\n\
                    2023-01-13,Pay,2000.00,EUR,K\n2023-01-13,Turnover,45.30,EUR,D\n2023-01-13,Turnover,2000.00,EUR,K\n\
                    2023-01-13,closing balance,2054.70,EUR,K\n";
    assert_eq!(taken(swedbank, &[]), (0, lines(&["2023-01-02 45.3 ∅ ∅", "2023-01-13 ∅ 2000 ∅"])));
    let beside = "Date,Description,Amount,Balance\n2023-01-01,Balance,1000.00,1000.00\n2023-01-02,Shop,-45.30,954.70\n";
    assert_eq!(taken(beside, &[]), (0, lines(&["2023-01-02 45.3 ∅ 954.7"])));
}

#[test]
fn a_shop_that_is_called_as_a_balance_is_one() {
    let shops = "Date,Description,Amount\n2023-01-02,LIDL,-45.30\n2023-01-03,TOTAL,-60.00\n2023-01-04,BALANCE,-80.00\n\
                 2023-01-05,TOTAL,-50.00\n2023-01-05,ACME,2000.00\n";
    let wanted = lines(&[
        "2023-01-02 45.3 ∅ ∅",
        "2023-01-03 60 ∅ ∅",
        "2023-01-04 80 ∅ ∅",
        "2023-01-05 50 ∅ ∅",
        "2023-01-05 ∅ 2000 ∅",
    ]);
    assert_eq!(taken(shops, &[]), (0, wanted));
    let (_, told) = said(shops, &["--account", "A1"]);
    assert!(told.contains("TOTAL in line 3 is taken for a transaction"), "{told}");
    let sums = format!("{shops}2023-01-06,TOTAL,1764.70\n");
    assert_eq!(taken(&sums, &[]).1.len(), 5, "a shop, and the sum");
}

#[test]
fn a_day_and_an_hour_are_no_account() {
    for above in [
        "\"Transactions  for account Checking ...123 as of 09/04/2022 10:11:02 AM ET\"",
        "Umsätze Girokonto, Stand: 03.02.2024 09:15",
        "Savings account statement generated 01/02/2024 10:15",
        "Card activity as of 01/20/2024 10:15 AM",
        "Checking account as of 2024-01-20 10:15",
    ] {
        let text = format!(
            "{above}\nDate,Description,Withdrawal,Deposit\n08/17/2022,Branch,,20.00\n08/18/2022,Shop,5.00,\n"
        );
        let (code, told) = said(&text, &[]);
        assert!(code == 3 && told.contains("no column is called account_no"), "{above}: {told}");
        assert_eq!(taken(&text, &[]).0, 0, "{above}");
    }
    let sort_code = "Account: 20-10-12 12345678\nDate,Description,Amount\n17/08/2022,Shop,-5.00\n";
    let place = Place::new();
    place.file("f.csv", sort_code);
    assert_eq!(place.bank(&["f.csv"]).0, 0);
    assert_eq!(place.rows("banktxn", "SELECT account_no FROM banktxn"), ["20-10-12 12345678"]);
}

#[test]
fn each_side_has_its_own_currency() {
    let yuh = "DATE;\"ACTIVITY NAME\";DEBIT;\"DEBIT CURRENCY\";CREDIT;\"CREDIT CURRENCY\"\n\
               13/01/2023;Exchange;-100.00;CHF;102.00;EUR\n14/01/2023;Card;-5.00;EUR;;\n15/01/2023;Card;-6.00;CHF;;\n\
               16/01/2023;Pay;;;50.00;CHF\n";
    let place = Place::new();
    place.file("f.csv", yuh);
    let (code, told) = place.bank(&["f.csv", "--account", "A1", "--currency", "CHF"]);
    let rows = place.rows(
        "banktxn",
        "SELECT COALESCE(withdrawal_currency, '-'), COALESCE(deposit_currency, '-') FROM banktxn ORDER BY line_no",
    );
    assert_eq!((code, rows), (0, lines(&["CHF EUR", "EUR -", "CHF -", "- CHF"])), "{told}");
    let settled = "Date,Text,Transaction Amount,Transaction Currency,Settlement Amount,Settlement Currency\n\
                   2023-01-13,Shop,-10.00,USD,-9.10,EUR\n2023-01-14,Shop,-4.00,EUR,-4.00,EUR\n";
    let place = Place::new();
    place.file("f.csv", settled);
    place.bank(&["f.csv", "--account", "A1"]);
    let select = "SELECT CAST(withdrawal_amt AS VARCHAR), withdrawal_currency FROM banktxn ORDER BY line_no";
    assert_eq!(place.rows("banktxn", select), ["9.1000 EUR", "4.0000 EUR"]);
}

#[test]
fn what_is_after_fees_is_asked_whatever_it_is_called() {
    for header in
        ["Date,Text,Amount,Fee,Net", "Date,Text,Amount,Fees,Total", "Date,Text,Amount,Fee,Total amount"]
    {
        let text = format!("{header}\n2023-01-13,Sale,100.00,3.20,96.80\n2023-01-14,Sale,50.00,1.75,48.25\n");
        let (code, told) = said(&text, &["--account", "A1"]);
        assert!(code == 3 && told.contains("are both amount"), "{header}: {told}");
    }
}

#[test]
fn the_day_is_that_of_booking_and_a_currency_stands_in_a_header() {
    let bpce = "Date de comptabilisation;Libelle;Debit;Credit;Date operation;Date de valeur\n\
                01/09/26;Carte;-5,00;;31/08/26;01/09/26\n13/09/26;Paie;;9,00;13/09/26;13/09/26\n";
    assert_eq!(
        taken(bpce, &["--signs", "minus-out", "--dates", "dmy"]),
        (0, lines(&["2026-09-01 5 ∅ ∅", "2026-09-13 ∅ 9 ∅"]))
    );
    let place = Place::new();
    place.file("f.csv", "Fecha,Concepto,Importe (EUR)\n13/01/2023,Pago,\"-5,00\"\n");
    place.bank(&["f.csv", "--account", "A1"]);
    assert_eq!(place.rows("banktxn", "SELECT withdrawal_currency FROM banktxn"), ["EUR"]);
}

#[test]
fn fees_go_off_the_amounts_where_that_is_told() {
    let own = "account_no,date,transaction_details,amount,currency,fee,balance_amt\nA1,2023-01-02,Amazon,-45.30,EUR,2.00,952.70\n\
               A1,2023-01-13,Acme,2000.00,EUR,0.00,2952.70\nA1,2023-01-14,Cash,-50.00,EUR,5.00,2897.70\n";
    let wanted = lines(&["2023-01-02 47.3 ∅ 952.7", "2023-01-13 ∅ 2000 2952.7", "2023-01-14 55 ∅ 2897.7"]);
    assert_eq!(taken_in(own, &[]), (0, wanted.clone()));
    let without = own
        .replace(",balance_amt", "")
        .replace(",952.70", "")
        .replace(",2952.70", "")
        .replace(",2897.70", "");
    assert_eq!(taken_in(&without, &[]).1.first().map(String::as_str), Some("2023-01-02 47.3 ∅ ∅"));
    let capitec = "Date,Description,Money In,Money Out,Fee,Balance\n2023-01-02,Shop,,45.30,2.00,952.70\n\
                   2023-01-13,Acme,2000.00,,,2952.70\n2023-01-14,Monthly fee,,,5.00,2947.70\n";
    let fee = lines(&["2023-01-02 47.3 ∅ 952.7", "2023-01-13 ∅ 2000 2952.7", "2023-01-14 5 ∅ 2947.7"]);
    assert_eq!(taken(capitec, &[]), (0, fee));
    let within = "Fecha,Concepto,Importe,Comisión,Saldo\n02/01/2023,b,2000.00,,2000.00\n13/01/2023,a,-45.30,2.00,1954.70\n";
    assert_eq!(taken(within, &[]).1, ["2023-01-02 ∅ 2000 2000", "2023-01-13 45.3 ∅ 1954.7"]);
    let open = "Date,Text,Amount,Fee\n2023-01-02,Amazon,-45.30,2.00\n";
    let (code, told) = said(open, &["--account", "A1"]);
    assert!(
        code == 3 && told.contains("the fees of the column Fee, as 2.00 in line 2, may stand in the amounts"),
        "{told}"
    );
    let place = Place::new();
    place.file("f.csv", open);
    place.file("map.csv", "Fee,fee\n");
    place.bank(&["f.csv", "--account", "A1", "--map", "map.csv"]);
    assert_eq!(place.lines(), ["2023-01-02 47.3 ∅ ∅"]);
    let net = "Date,Text,Gross,Fee,Net\n2023-01-02,Sale,100.00,3.20,96.80\n";
    assert_eq!(taken(net, &[]), (0, lines(&["2023-01-02 ∅ 96.8 ∅"])));
}

#[test]
fn fees_with_a_minus_go_off_the_amounts_where_the_balances_show_it() {
    let capitec = "Account,Posting Date,Description,Money In,Money Out,Fee,Balance\nA1,2026-07-01,Grocer,,-515.00,,39485.00\n\
                   A1,2026-07-01,Notification fee,,,-0.35,39484.65\nA1,2026-07-02,Correction of a fee,,,0.35,39485.00\n\
                   A1,2026-07-03,Cash,,-100.00,-7.50,39377.50\nA1,2026-07-03,Back,,-1.00,3.00,39379.50\n\
                   A1,2026-07-04,Salary,2000.00,,-5.00,41374.50\n";
    let wanted = lines(&[
        "2026-07-01 515 ∅ 39485",
        "2026-07-01 0.35 ∅ 39484.65",
        "2026-07-02 ∅ 0.35 39485",
        "2026-07-03 107.5 ∅ 39377.5",
        "2026-07-03 ∅ 2 39379.5",
        "2026-07-04 ∅ 1995 41374.5",
    ]);
    assert_eq!(taken(capitec, &["--currency", "ZAR"]), (0, wanted.clone()));
    let one = "account_no,date,transaction_details,amount,currency,fee,balance_amt\nA1,2026-07-01,Grocer,-515.00,ZAR,,39485.00\n\
               A1,2026-07-01,Fee,,ZAR,-0.35,39484.65\nA1,2026-07-02,Correction,,ZAR,0.35,39485.00\n\
               A1,2026-07-03,Cash,-100.00,ZAR,-7.50,39377.50\nA1,2026-07-03,Back,-1.00,ZAR,3.00,39379.50\n\
               A1,2026-07-04,Salary,2000.00,ZAR,-5.00,41374.50\n";
    assert_eq!(taken_in(one, &[]), (0, wanted));
    let open = "account_no,date,transaction_details,amount,currency,fee\nA1,2026-07-01,Fee,,ZAR,-0.35\n";
    let (code, told) = said(open, &[]);
    assert!(code == 3 && told.contains(", 1 fault\n"), "{told}");
}

#[test]
fn a_column_of_states_is_one_whatever_it_is_called() {
    for [header, booked, pending] in [
        ["Booking State", "Booked", "Pending"],
        ["Type", "Posted", "Pending"],
        ["Contabilizzazione", "CONTABILIZZATO", "NON CONTABILIZZATO"],
        ["Anything", "Completed", "Cancelled"],
    ] {
        let text = format!(
            "Booking Date,Description,Amount,{header}\n2023-01-13,ACME,2000.00,{booked}\n2023-01-14,UBER,-12.00,{pending}\n"
        );
        assert_eq!(taken(&text, &[]), (0, lines(&["2023-01-13 ∅ 2000 ∅"])), "{header}");
    }
    let mixed = "Date,Text,Amount,Type\n2023-01-13,ACME,2000.00,Card\n2023-01-14,UBER,-12.00,Pending\n";
    assert_eq!(taken(mixed, &[]).1.len(), 2, "words for something else");
}

#[test]
fn accounts_that_may_be_those_of_payees_are_asked_about() {
    let moneymoney = "Datum;Wertstellung;Kategorie;Name;Verwendungszweck;Konto;Bank;Betrag;Währung\n\
                      13.01.2023;13.01.2023;Gehalt;ACME;Lohn;DE99345678901234567890;X;2.000,00;EUR\n\
                      02.01.2023;01.01.2023;Einkauf;REWE;x;DE98345678901234567890;Y;-45,30;EUR\n";
    let keytrade = "Uittreksel;Datum;Valutadatum;Rekening;Omschrijving;Bedrag;Valuta\n\
                    1;13.01.2023;13.01.2023;BE68539007547034;Loon;2.000,00;EUR\n2;02.01.2023;02.01.2023;-;Kaart;-45,30;EUR\n";
    let sparkasse = "Buchungstag;Auftraggeber/Empfänger;Verwendungszweck;Kontonummer;BLZ;Betrag;Währung\n\
                     15.02.2024;Stadtwerke;Abschlag;1234567890;12030000;-45,90;EUR\n\
                     14.02.2024;ACME;Gehalt;9876543210;50010517;2.100,00;EUR\n";
    let bank = "Date,Account number,Bank,Payee,Details,Amount,Currency\n15/02/2024,GB29NWBK60161331926819,NWBK,Shop,x,-45.90,GBP\n\
                14/02/2024,GB82WEST12345698765432,WEST,ACME,Salary,2100.00,GBP\n";
    for (text, map) in [
        (moneymoney, "Konto,-\n"),
        (keytrade, "Rekening,-\n"),
        (sparkasse, "Kontonummer,-\n"),
        (bank, "Account number,-\n"),
    ] {
        for options in [&[][..], &["--account", "MYOWN"]] {
            let (code, told) = said(text, options);
            assert!(code == 3 && told.contains("may be of whom was paid"), "{told}");
        }
        let place = Place::new();
        place.file("f.csv", text);
        place.file("map.csv", map);
        let (code, told) = place.bank(&["f.csv", "--map", "map.csv", "--account", "MYOWN"]);
        let rows = place.rows("banktxn", "SELECT account_no FROM banktxn");
        assert_eq!((code, rows), (0, lines(&["MYOWN", "MYOWN"])), "{told}");
    }
    // Several accounts of one's own in one file.
    let own = "Account,Bank,Date,Payee,Amount\nA1,X,2023-01-02,a,-1.00\nA2,X,2023-01-02,b,-2.00\n";
    assert_eq!(taken_in(own, &[]).0, 0);
    let one = "Date,Account number,Bank,Payee,Amount\n2023-01-02,A1,X,a,-1.00\n2023-01-02,A1,X,b,-2.00\n";
    assert_eq!(taken_in(one, &[]).0, 0);
    let few = "Date,Payee,Text,Account,Bank,Amount\n2023-01-02,a,t,A1,X,-1.00\n2023-01-03,b,t,A1,X,-2.00\n\
               2023-01-04,a,t,A2,X,-1.00\n2023-01-05,b,t,A2,X,-2.00\n";
    assert_eq!(taken_in(few, &[]).0, 0);
}

#[test]
fn a_list_above_the_known_header_is_not_left_out() {
    let sections = "Deposits & Withdrawals,Header,Currency,Settle Date,Description,Amount\n\
                    Deposits & Withdrawals,Data,USD,2023-01-13,Electronic Fund Transfer,2000.00\n\
                    Deposits & Withdrawals,Data,USD,2023-01-14,Electronic Fund Transfer,-500.00\n\
                    Dividends,Header,Currency,Date,Description,Amount\nDividends,Data,USD,2023-01-02,VTI Cash Dividend,10.20\n";
    let (code, told) = said(sections, &["--account", "A1"]);
    assert!(code == 3 && told.contains("line 2 looks like a transaction"), "{told}");
    let stated = "Account holder,J. Doe,EUR\nOpening balance,01.01.2023,100.00\nClosing balance,31.01.2023,95.00\n\
                  Available balance,31.01.2023,95.00\nDate,Text,Amount\n02.01.2023,Shop,-5.00\n";
    assert_eq!(taken(stated, &[]), (0, lines(&["2023-01-02 5 ∅ ∅"])));
    let period = "Konto;Von;Bis\n4711;01.01.2023;31.01.2023\nDatum;Text;Betrag\n02.01.2023;Brot;-5,00\n";
    assert_eq!(taken(period, &[]).0, 0);
}

#[test]
fn amounts_without_a_minus_are_asked_about_where_words_may_say_their_way() {
    for [header, first, second] in [
        ["Type", "PURCHASE", "REFUND"],
        ["Type", "PAYMENT", "PURCHASE"],
        ["Kind", "Debit Card", "Direct Credit"],
        ["BillingAmountSign", "", "CR"],
        ["Type", "Club", "Payment"],
    ] {
        let text =
            format!("Date,Text,Amount,{header}\n2023-01-02,a,45.30,{first}\n2023-01-13,b,20.00,{second}\n");
        let (code, told) = said(&text, &["--account", "A1"]);
        assert!(code == 3 && told.contains("45.30 in line 2 may go out or come in"), "{first}: {told}");
        assert_eq!(taken(&text, &["--signs", "minus-out"]).0, 0, "{first}");
    }
    for [header, first, second] in [
        ["Type", "Direct Credit", "Salary"],
        ["Type", "Direct Credit", "Direct Credit"],
        ["Group", "Club", "Payment"],
    ] {
        let text =
            format!("Date,Text,Amount,{header}\n2023-01-02,a,45.30,{first}\n2023-01-13,b,20.00,{second}\n");
        assert_eq!(taken(&text, &[]).0, 0, "{first}");
    }
}

#[test]
fn what_is_said_of_balances_and_sums_is_what_stands_there() {
    let brasil = "\"Data\",\"Dependencia\",\"Histórico\",\"Número do documento\",\"Valor\"\n\
                  \"31/12/2022\",\"\",\"Saldo Anterior\",\"0\",\"1000.00\"\n\"02/01/2023\",\"\",\"Pix\",\"12\",\"-100.50\"\n\
                  \"31/01/2023\",\"\",\"S A L D O\",\"0\",\"899.50\"\n";
    let (code, told) = said(brasil, &["--account", "A1"]);
    assert!(code == 0 && !told.contains("the statement ends with"), "{told}");
    assert!(
        told.contains("2 lines of totals or of words are no transactions"),
        "nothing is above the header: {told}"
    );
    let wrong = brasil.replace("899.50", "890.00");
    let (_, told) = said(&wrong, &["--account", "A1"]);
    assert!(
        told.contains("the statement ends with 890.00, and its lines lead from 1,000.00 to 899.50"),
        "{told}"
    );
    let total = "Data;Texto;Credito;Debito\n02/01/2023;a;;-100,50\n03/01/2023;b;;-10,00\n13/01/2023;c;2.500,00;\n\
                 Total;;2.500,00;-100,50\n";
    let (_, told) = said(total, &["--account", "A1"]);
    assert!(told.contains("its withdrawals are 100.50, and those of its lines are 110.50"), "{told}");
    let coinbase =
        "Timestamp,Transaction Type,Asset,Total,Notes\n2023-01-13 10:00:00 UTC,Deposit,EUR,5.00,Deposit\n";
    let (_, told) = said(coinbase, &["--account", "A1"]);
    assert!(!told.contains("two columns"), "{told}");
    let schwab = "Date,Description,Withdrawal,Deposit,RunningBalance\n08/17/2022,Branch,,20.00,878.47\n";
    assert_eq!(taken(schwab, &[]).1, ["2022-08-17 ∅ 20 878.47"]);
}

#[test]
fn dates_may_have_a_point_behind_them_or_nothing_between_their_parts() {
    let wanted = lines(&["2023-01-02 5.5 ∅ ∅", "2023-01-13 6.5 ∅ ∅"]);
    for [first, second] in [
        ["2023.01.02.", "2023.01.13."],
        ["2023. 01. 02.", "2023. 01. 13."],
        ["02.01.2023.", "13.01.2023."],
        ["2. 1. 2023.", "13. 1. 2023."],
        ["02Jan2023", "13Jan2023"],
    ] {
        let text = format!("Date,Description,Amount\n{first},Shop,-5.50\n{second},Shop,-6.50\n");
        assert_eq!(taken(&text, &[]), (0, wanted.clone()), "{first}");
    }
}

#[test]
fn what_a_spreadsheet_put_around_a_cell_is_no_part_of_it() {
    let text = "Account No,Date,Description,Amount,Balance\n=\"007\",=\"02-01-2023 10:00:00\",=\"Shop, \"\"x\"\"\",=\"-1,234.50\",\
                =\"100.00\"\n\"=\"\"007\"\"\",\"=\"\"13-01-2023\"\"\",Shop,\"=\"\"-5.50\"\"\",\"=\"\"94.50\"\"\"\n";
    let place = Place::new();
    place.file("f.csv", text);
    let (code, told) = place.bank(&["f.csv"]);
    assert_eq!(
        (code, place.lines()),
        (0, lines(&["2023-01-02 1234.5 ∅ 100", "2023-01-13 5.5 ∅ 94.5"])),
        "{told}"
    );
    let select = "SELECT account_no, transaction_details FROM banktxn ORDER BY line_no";
    assert_eq!(place.rows("banktxn", select), ["007 Shop, \"x\"", "007 Shop"]);
}

#[test]
fn lines_may_have_fewer_cells_than_the_header_or_more() {
    let wanted = lines(&["2023-01-02 5.5 ∅ ∅", "2023-01-13 6.5 ∅ ∅"]);
    let fewer =
        "Date,Description,Amount,Note,Code,More\n02/01/2023,Shop,-5.50,a,7\n13/01/2023,Shop,-6.50,a,8\n";
    assert_eq!(taken(fewer, &[]), (0, wanted.clone()));
    let more = "Date,Description,Amount,Note\n02/01/2023,Shop,-5.50,a,b,c\n13/01/2023,Shop,-6.50,a,b,c\n";
    assert_eq!(taken(more, &[]), (0, wanted));
    for open in [
        // A column before the amounts may be lacking.
        "Date,Type,Description,Amount,Balance\n02/01/2023,Shop,-5.50,94.50\n13/01/2023,Shop,-6.50,88.00\n",
        "Date,Type,Description,Amount,Balance,Note\n02/01/2023,Card,-5.50,94.50,\n13/01/2023,Card,-6.50,88.00,\n",
        "Date,Description,Debit,Credit,Balance,Note\n02/01/2023,Shop,5.50,94.50,\n13/01/2023,Shop,6.50,88.00,\n",
        // Decimals may stand behind a comma, or the text have one.
        "Date,Description,Amount\n02/01/2023,Shop,-5,50\n13/01/2023,Shop,-6,50\n",
        "Date,Description,Amount,Balance\n02/01/2023,Shop,-5,50,94,50\n13/01/2023,Shop,-6,50,88,00\n",
        "Date,Amount,Description\n02/01/2023,-5,50,Shop\n13/01/2023,-6,50,Shop\n",
        "Date,Description,Amount\n02/01/2023,Shop,7,-5.50\n13/01/2023,Shop,7,-6.50\n",
        // Of other numbers, or one line alone, nothing is told.
        "Date,Description,Amount,Note,Code\n02/01/2023,Shop,-5.50,a\n13/01/2023,Shop,-6.50\n",
        "Date,Description,Amount,Note\n02/01/2023,Shop,-5.50\n",
    ] {
        let (code, loaded) = taken(open, &["--dates", "dmy"]);
        assert_eq!((code, loaded.len()), (3, 0), "{open}");
    }
}

#[test]
fn a_line_without_a_word_for_its_way_goes_the_other_way_where_that_is_told() {
    let wanted = |balances: [&str; 3]| {
        let [first, second, third] = balances;
        vec![
            format!("2023-01-02 45.3 ∅ {first}"),
            format!("2023-01-13 ∅ 2000 {second}"),
            format!("2023-01-14 10 ∅ {third}"),
        ]
    };
    let shown = wanted(["954.7", "2954.7", "2944.7"]);
    for [header, out, into] in [["Dr/Cr", "", "CR"], ["Debit / Credit", "DR", ""], ["Dr/Cr", "D", ""]] {
        let balances = format!(
            "Date,Description,Amount,{header},Balance\n02/01/2023,Shop,45.30,{out},954.70\n13/01/2023,Pay,2000.00,{into},2954.70\n\
             14/01/2023,Shop,10.00,{out},2944.70\n"
        );
        assert_eq!(taken(&balances, &[]), (0, shown.clone()), "{header} {out} {into}");
        let without = balances.replace(",954.70", ",").replace(",2954.70", ",").replace(",2944.70", ",");
        let (code, told) = said(&without, &["--account", "A1"]);
        assert!(
            code == 3 && told.contains("may go out or come in: only some lines have a word for it"),
            "{told}"
        );
        let said = if out.is_empty() { "minus-in" } else { "minus-out" };
        assert_eq!(taken(&without, &["--signs", said]), (0, wanted(["∅"; 3])), "{header} {out} {into}");
    }
    let signed = "Date,Description,Amount,Dr/Cr\n02/01/2023,Shop,-45.30,\n13/01/2023,Pay,2000.00,CR\n14/01/2023,Shop,-10.00,\n";
    assert_eq!(taken(signed, &[]), (0, wanted(["∅"; 3])));
    assert_eq!(taken(&signed.replace("CR", ""), &[]), (0, wanted(["∅"; 3])), "no words at all");
    let both = "Date,Description,Amount,Dr/Cr\n02/01/2023,Shop,45.30,DR\n13/01/2023,Pay,2000.00,CR\n14/01/2023,Shop,10.00,\n";
    let (code, told) = said(both, &["--account", "A1"]);
    assert!(code == 3 && told.contains("2 loaded") && told.contains(", 1 fault\n"), "{told}");
}

#[test]
fn what_stands_on_each_page_is_no_fault() {
    let text = "Date,Description,Amount\n02/01/2023,Shop,-1.00\nDate,Description,Amount\n13/01/2023,Shop,-2.00\nPage 2 of 3,,\n\
                Date,Description,Amount,\n14/01/2023,Shop,-3.00\nSeite: 2/3\n15/01/2023,Shop,-4.00\n";
    let wanted = lines(&["2023-01-02 1 ∅ ∅", "2023-01-13 2 ∅ ∅", "2023-01-14 3 ∅ ∅", "2023-01-15 4 ∅ ∅"]);
    assert_eq!(taken(text, &[]), (0, wanted));
    let shop = "Date,Description,Amount\n,Page 2,-1.00\n02/01/2023,Page 2,-1.00\n13/01/2023,Shop,-2.00\n";
    assert_eq!(taken(shop, &[]).1, ["2023-01-02 1 ∅ ∅", "2023-01-13 2 ∅ ∅"]);
}

#[test]
fn amounts_without_decimals_are_not_asked_about_where_their_currency_has_none() {
    let wanted = |text: &str, options: &[&str]| {
        assert_eq!(
            taken(text, options),
            (0, lines(&["2023-01-02 4530 ∅ ∅", "2023-01-13 ∅ 200000 ∅"])),
            "{text}"
        );
    };
    let text =
        "Date,Description,Amount,Currency\n2023-01-02,Shop,\"-4,530\",JPY\n2023-01-13,Pay,\"200,000\",jpy\n";
    wanted(text, &[]);
    wanted(&text.replace(",JPY", ",").replace(",jpy", ","), &["--currency", "JPY"]);
    wanted(
        &text
            .replace("4,530", "4.530")
            .replace("200,000", "200.000")
            .replace("JPY", "CLP")
            .replace("jpy", "CLP"),
        &[],
    );
    wanted("Date,Description,Amount\n2023-01-02,Shop,\"-4,530 JPY\"\n2023-01-13,Pay,\"200,000 JPY\"\n", &[]);
    // Nobody writes the hundredths of a forint or a rupiah.
    wanted(&text.replace("JPY", "HUF").replace("jpy", "huf"), &[]);
    wanted(&text.replace("JPY", "IDR").replace("jpy", "HUF"), &[]);
    let decimals =
        "Date;Description;Amount;Currency\n2023-01-02;Shop;-4530,50;HUF\n2023-01-13;Pay;3,460;HUF\n";
    assert_eq!(taken(decimals, &[]), (0, lines(&["2023-01-02 4530.5 ∅ ∅", "2023-01-13 ∅ 3.46 ∅"])));
    for other in [text.replace("jpy", "EUR"), text.replace("JPY", "BHD"), text.replace("200,000", "200.000")]
    {
        let (code, told) = said(&other, &["--account", "A1"]);
        assert!(code == 3 && told.contains("no cell of the file settles which"), "{told}");
    }
}

#[test]
fn years_are_not_read_where_only_their_days_would_lie_years_apart() {
    let text = |days: &[&str]| {
        let each = days.iter().map(|day| format!("{day},Shop,-1.00\n"));
        format!("Date,Description,Amount\n{}", each.collect::<String>())
    };
    let near = text(&["02/01/23", "13/01/23", "20/01/23"]);
    assert_eq!(taken(&near, &[]), (0, lines(&["2023-01-02 1 ∅ ∅", "2023-01-13 1 ∅ ∅", "2023-01-20 1 ∅ ∅"])));
    let first = text(&["23/01/02", "23/01/13", "23/01/20"]);
    assert_eq!(taken(&first, &[]).1, ["2023-01-02 1 ∅ ∅", "2023-01-13 1 ∅ ∅", "2023-01-20 1 ∅ ∅"]);
    // One line a year, two lines, and days of which the month may stand first.
    for open in [
        ["13/01/18", "13/01/19", "13/01/20"],
        ["13/01/18", "13/01/18", "13/01/23"],
        ["02/01/23", "05/01/23", "09/01/23"],
    ] {
        let (code, told) = said(&text(&open), &["--account", "A1"]);
        assert!(code == 3 && told.contains("say which with --dates"), "{open:?}: {told}");
    }
}

#[test]
fn a_column_says_yes_or_no_of_what_it_is_called() {
    for [header, no, yes] in
        [["Pending", "false", "true"], ["is_pending", "0", "yes"], ["Cancelled", "No", "Yes"]]
    {
        let text = format!(
            "Date,Description,Amount,{header}\n2023-01-13,ACME,2000.00,{no}\n2023-01-14,UBER,-12.00,{yes}\n"
        );
        let booked = lines(&["2023-01-13 ∅ 2000 ∅"]);
        assert_eq!(taken(&text, &[]), (0, booked), "{header}");
    }
    let reconciled =
        "Date,Description,Amount,Cleared\n2023-01-13,ACME,2000.00,yes\n2023-01-14,UBER,-12.00,no\n";
    assert_eq!(taken(reconciled, &[]).1.len(), 2, "what is not marked so may be booked");
}

#[test]
fn more_words_of_banks_are_known() {
    let state = |word: &str| {
        format!("Date,Description,Amount,Status\n2023-01-13,A,-1.00,Posted\n2023-01-14,B,-2.00,{word}\n")
    };
    for [word, count] in [["Issued", "2"], ["BILLED", "2"], ["Hold", "1"], ["Estornado", "1"]] {
        let (code, loaded) = taken(&state(word), &[]);
        assert_eq!((code, loaded.len().to_string()), (0, count.to_owned()), "{word}");
    }
    let sides = "Bank Account,Posted Transactions Date,Booking Text,Funds Out,Funds In,Current Balance,Munteenheid\n\
                 A1,2023-01-13,Shop,5.00,,95.00,EUR\nA1,2023-01-14,Pay,,10.00,105.00,EUR\n";
    assert_eq!(taken_in(sides, &[]), (0, lines(&["2023-01-13 5 ∅ 95", "2023-01-14 ∅ 10 105"])));
    for [out, into] in [["Out", "In"], ["DR", "CR"], ["Withdrawn", "Deposit"]] {
        let text = format!(
            "Client Account,Date,Lançamentos,{out},{into},Cash Balance\nA1,2023-01-13,Shop,5.00,,95.00\n"
        );
        assert_eq!(taken_in(&text, &[]), (0, lines(&["2023-01-13 5 ∅ 95"])), "{out}");
    }
    for (day, amount) in [
        ("Date and time", "Amount"),
        ("Booked At", "Amount"),
        ("Completion Time", "Amount"),
        ("Activity Date", "Amount"),
        ("Run Date", "Amount"),
        ("Uitvoeringsdatum", "Bedrag"),
        ("Data tranzacție", "Amount"),
        ("Datum", "Belopp"),
        ("Data transakcji", "Kwota transakcji (waluta rachunku)"),
        ("Datum", "Netto"),
    ] {
        let text = format!("{day};Text;{amount}\n2023-01-13;Shop;-5.00\n");
        assert_eq!(taken(&text, &[]), (0, lines(&["2023-01-13 5 ∅ ∅"])), "{day} {amount}");
    }
    let ynab =
        "Account,Date,Payee,Outflow,Inflow\nA1,2023-01-13,Shop,5.00,0.00\nA1,2023-01-14,Pay,0.00,10.00\n";
    assert_eq!(taken_in(ynab, &[]), (0, lines(&["2023-01-13 5 0 ∅", "2023-01-14 0 10 ∅"])));
    let paypal = "Datum;Text;Brutto;Gebühr;Netto\n2023-01-13;Pay;10,00;-0,35;9,65\n";
    let (code, told) = said(paypal, &["--account", "A1"]);
    assert!(code == 3 && told.contains("Brutto and Netto"), "{told}");
    let word = "Date,Description,Amount,CR\n2023-01-13,Pay,10.00,CR\n2023-01-14,Shop,5.00,\n";
    let (code, told) = said(word, &["--account", "A1"]);
    assert!(code == 3 && told.contains("say --signs"), "{told}");
}

#[test]
fn an_account_in_several_currencies_has_a_balance_of_each() {
    let text = "Date,Description,Amount,Currency,Balance\n2023-01-02,Pay,100.00,EUR,100.00\n2023-01-03,Pay,50.00,USD,50.00\n\
                2023-01-09,Shop,-10.00,EUR,90.00\n2023-01-09,Note,,,30.00\n2023-01-19,Shop,-20.00,USD,30.00\n\
                2023-01-30,Shop,-1.00,EUR,89.00\n";
    let (code, told) = said(&text.replace("2023-01-09,Note,,,30.00\n", ""), &["--account", "A1"]);
    assert!(code == 0 && !told.contains("do not follow"), "{told}");
    let (_, told) = said(&text.replace("EUR,89.00", "EUR,80.00"), &["--account", "A1"]);
    assert!(told.contains("do not follow"), "{told}");
    let marks = "Date,Description,Amount,Currency,Balance\n2023-01-02,Pay,\"1,250\",EUR,\"1,250\"\n2023-01-03,Pay,\"2,500\",USD,\"2,500\"\n\
                 2023-01-09,Shop,-100,USD,\"2,400\"\n2023-01-19,Shop,-50,EUR,\"1,200\"\n";
    assert_eq!(taken(marks, &[]).1.first().map(String::as_str), Some("2023-01-02 ∅ 1250 1250"));
    // The balances of all lines together may be of one, whatever the lines say.
    let one = "Date,Description,Amount,Currency,Balance\n2023-01-02,Pay,100.00,EUR,100.00\n2023-01-03,Pay,50.00,USD,150.00\n\
               2023-01-09,Shop,-10.00,EUR,140.00\n";
    let (code, told) = said(one, &["--account", "A1"]);
    assert!(code == 0 && !told.contains("do not follow"), "{told}");
}

#[test]
fn dates_of_a_column_that_is_kept_out_show_the_order_of_all() {
    let text = "Date,Settled,Description,Amount\n2/3/2020,2/13/2020,Shop,-5.00\n2/4/2020,,Shop,-6.00\n2/4/2020,2/5/2020,Shop,-7.00\n";
    let wanted = lines(&["2020-02-03 5 ∅ ∅", "2020-02-04 6 ∅ ∅", "2020-02-04 7 ∅ ∅"]);
    assert_eq!(taken(text, &[]), (0, wanted));
    for open in [
        text.replace("2/13/2020", "2/6/2020"),
        text.replace(",2/5/2020", ",13/5/2020"),
        text.replace("2/5/2020", "x"),
    ] {
        let (code, told) = said(&open, &["--account", "A1"]);
        assert!(code == 3 && told.contains("say which with --dates"), "{told}");
    }
}

#[test]
fn payments_that_are_called_as_totals_and_balances_are_transactions() {
    for (text, wanted) in [
        // Balances that stand on the last line of a day.
        (
            "Date,Text,Out,In,Balance\n2024-05-02,Salary,,2000,3000\n2024-05-03,Total May,60.00,,\n2024-05-03,Boots,40.00,,2900\n",
            ["2024-05-02 ∅ 2000 3000", "2024-05-03 60 ∅ ∅", "2024-05-03 40 ∅ 2900"],
        ),
        // The same amount twice, and once each way.
        (
            "Date,Text,Amount,Balance\n2024-05-02,Coffee,-45,55.00\n2024-05-03,TOTAL 2024,-45,10.00\n2024-05-04,Shop,-5,5.00\n",
            ["2024-05-02 45 ∅ 55", "2024-05-03 45 ∅ 10", "2024-05-04 5 ∅ 5"],
        ),
        (
            "Date,Text,Amount\n2024-05-02,Refund,50\n2024-05-03,Shop,-7\n2024-05-04,TOTAL 2024,-50\n",
            ["2024-05-02 ∅ 50 ∅", "2024-05-03 7 ∅ ∅", "2024-05-04 50 ∅ ∅"],
        ),
        // What is paid for a month, and by instalments.
        (
            "Date,Text,Amount,Balance\n2024-05-02,Coffee,-45,955\n2024-05-03,Saldo per 05/2024,-300,655\n2024-05-04,Shop,-5,650\n",
            ["2024-05-02 45 ∅ 955", "2024-05-03 300 ∅ 655", "2024-05-04 5 ∅ 650"],
        ),
        (
            "Date,Text,Amount\n2024-05-02,Saldo 1/2,-100\n2024-05-03,Shop,-50\n2024-05-04,Saldo 2/2,-150\n",
            ["2024-05-02 100 ∅ ∅", "2024-05-03 50 ∅ ∅", "2024-05-04 150 ∅ ∅"],
        ),
    ] {
        assert_eq!(taken(text, &[]), (0, lines(&wanted)), "{text}");
    }
}

#[test]
fn balances_that_are_carried_forward_are_no_transactions() {
    for carried in [
        ";Übertrag;;96,54\n;Übertrag;;96,54",
        "31.01.2024;Übertrag;;96,54\n01.02.2024;Report à nouveau;;96,54",
        ";Carried forward;;96,54\n;Brought forward;;96,54",
        "31.01.2024;Übertrag;96,54;96,54\n01.02.2024;Übertrag;96,54;96,54",
        ";Zwischensaldo;;96,54\n;Monatssaldo;;96,54",
    ] {
        let text = format!(
            "Datum;Text;Betrag;Saldo\n15.01.2024;Laden;-3,46;96,54\n{carried}\n16.02.2024;Laden;-5,46;91,08\n"
        );
        let wanted = lines(&["2024-01-15 3.46 ∅ 96.54", "2024-02-16 5.46 ∅ 91.08"]);
        assert_eq!(taken(&text, &[]), (0, wanted), "{carried}");
    }
    // Between pages neither balance is the statement's.
    let pages = "Date;Text;Amount;Balance\n14/02/2024;Balance brought forward;;500.00\n15/02/2024;A;-25.50;474.50\n\
                 15/02/2024;Carried forward;;474.50\n15/02/2024;Brought forward;;474.50\n16/02/2024;B;100.00;574.50\n\
                 16/02/2024;Closing balance;;574.50\n";
    let (code, told) = said(pages, &["--account", "A1"]);
    assert!(code == 0 && !told.contains("474.5"), "{told}");
    let (code, told) = said(&pages.replace("balance;;574.50", "balance;;575.50"), &["--account", "A1"]);
    assert!(code == 0 && told.contains("575.50"), "{told}");
    // A transfer between own accounts that lacks its day is a fault, and no balance.
    let transfer = "Datum;Text;Betrag;Saldo\n15.01.2024;Laden;-3,46;96,54\n;Übertrag;-6,54;90,00\n";
    assert_eq!(taken(transfer, &[]), (3, lines(&["2024-01-15 3.46 ∅ 96.54"])));
}

#[test]
fn balances_of_an_iban_with_blanks_and_without_are_those_of_one_account() {
    let [plain, apart] = ["DE89370400440532013000", "DE89 3704 0044 0532 0130 00"];
    let text = format!(
        "Konto;Datum;Text;Betrag;Saldo\n{plain};15.01.2024;a;1,000;1,000\n{apart};16.01.2024;b;5;1,005\n{plain};17.01.2024;c;7;1,012\n"
    );
    let wanted = ["2024-01-15 ∅ 1000 1000", "2024-01-16 ∅ 5 1005", "2024-01-17 ∅ 7 1012"];
    assert_eq!(taken_in(&text, &[]), (0, lines(&wanted)));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_may_move_a_balance_is_asked_about_or_left_out() {
    for (text, code, wanted, told) in [
        (
            "Date,Text,Amount\n13.02.2024,Pay,\"1'200.-\"\n14.02.2024,Shop,-12.50\n",
            0,
            &["2024-02-13 ∅ 1200 ∅", "2024-02-14 12.5 ∅ ∅"][..],
            "",
        ),
        (
            "Date,Text,Amount,Transaction fee,Value Date\n13.02.2024,A,-25.50,0.50,13.02.2024\n",
            3,
            &[],
            "may stand in the amounts",
        ),
        (
            "Date,Text,Amount,Charges\n13.02.2024,A,-25.50,SHA\n",
            0,
            &["2024-02-13 25.5 ∅ ∅"],
            "kept out: Charges",
        ),
        ("date,text,amount,fee,tax\n2024-02-16,Interest,10.00,,-2.64\n", 3, &[], "fee and tax, are both fee"),
        ("Date,Text,Amount,Tax\n2024-02-16,Interest,10.00,2.64\n", 3, &[], "may stand in the amounts"),
        (
            "Date,Text,Amount,Total,VAT\n2024-02-16,A,-100.00,-120.00,-20.00\n",
            3,
            &[],
            "one may be before fees",
        ),
        (
            "Date,Text,Amount,Balance Impact\n01/16/2024,A,-20.00,Memo\n01/17/2024,A,-20.00,Debit\n01/18/2024,B,50.00,Credit\n",
            0,
            &["2024-01-17 20 ∅ ∅", "2024-01-18 ∅ 50 ∅"],
            "1 line is not booked, and left out: line 2",
        ),
        (
            "Date,Text,Amount,Pending\n15/02/2024,A,-25.50,x\n14/02/2024,B,10.00,\n",
            0,
            &["2024-02-14 ∅ 10 ∅"],
            "left out: line 2",
        ),
        (
            "Date,Text,Amount,Is Pending\n15/02/2024,A,-25.50,1\n14/02/2024,B,10.00,0\n",
            0,
            &["2024-02-14 ∅ 10 ∅"],
            "left out: line 2",
        ),
        (
            "Date,Text,Amount,Transaction Type\n15/02/2024,A,100.00,Card payment\n14/02/2024,B,10.00,Bank giro credit\n",
            3,
            &[],
            "may go out or come in",
        ),
        (
            "Date,Text,Amount,Type\n15/02/2024,A,100.00,W\n14/02/2024,B,10.00,D\n",
            3,
            &[],
            "may go out or come in",
        ),
        (
            "Date,Text,Amount,Type\n15/02/2024,A,100.00,Deposit\n14/02/2024,B,10.00,Deposit\n",
            0,
            &["2024-02-15 ∅ 100 ∅", "2024-02-14 ∅ 10 ∅"],
            "",
        ),
        (
            "Date,Text,Debit,Credit,Balance\n14/02/2024,X,0.00,1000.00,1000.00\n15/02/2024,A,100.00,0.00,900.00\n16/02/2024,Refund,-20.00,0.00,920.00\n",
            0,
            &["2024-02-14 0 1000 1000", "2024-02-15 100 0 900", "2024-02-16 ∅ 20 920"],
            "",
        ),
    ] {
        assert_eq!(taken(text, &[]), (code, lines(wanted)), "{text}");
        let (_, said) = said(text, &["--account", "A1"]);
        assert!(said.contains(told), "{text}: {said}");
    }
}

#[test]
fn a_header_may_have_two_lines() {
    let wanted = lines(&["2024-02-15 25.5 ∅ 974.5", "2024-02-14 ∅ 1000 1000"]);
    for second in [",,Debit,Credit,", ",,Withdrawal,Deposit,", ",,Debit,Credit"] {
        let text = format!(
            "Account number,123456\nDate,Details,Amount,,Balance\n{second}\n15/02/2024,A,25.50,,974.50\n14/02/2024,B,,1000.00,1000.00\n"
        );
        assert_eq!(taken_in(&text, &[]), (0, wanted.clone()), "{second}");
    }
    // What no line names is not dropped.
    let nameless =
        "Date,Details,Amount,,Balance\n15/02/2024,A,-25.50,,974.50\n14/02/2024,B,,1000.00,1000.00\n";
    assert_eq!(taken(nameless, &[]), (3, lines(&["2024-02-15 25.5 ∅ 974.5"])));
    let empty = nameless.replace(",1000.00,1000.00", ",,1000.00");
    assert_eq!(taken(&empty, &[]).0, 0);
}

#[test]
fn what_is_no_statement_of_cells_is_told_to_be_such() {
    let norma = format!("11{}\n22{}\n", "0".repeat(78), "0".repeat(78));
    for (text, wanted) in [
        ("!Type:Bank\nD15/02/2024\nT-25.50\nPShop\n^\n", "looks like QIF"),
        (norma.as_str(), "looks like Norma 43"),
        ("From: 01/01/2024\n\nDate: 15/02/2024\nAmount: -25.50\n", "no line has three cells"),
    ] {
        let (code, told) = said(text, &[]);
        assert!(code == 3 && told.contains(wanted) && told.contains("MT940"), "{told}");
    }
    let place = Place::new();
    let czech = b"\xc8\xedslo \xfa\xe8tu;Datum za\xfa\xe8tov\xe1n\xed;\xc8\xe1stka;M\xecna\n123/0100;15.02.2024;-250,50;CZK\n";
    place.file("f.csv", czech);
    let (code, told) = place.bank(&["f.csv"]);
    assert!(
        code == 3 && told.contains("windows-1252, which is a guess") && told.contains("--encoding"),
        "{told}"
    );
    assert_eq!(place.bank(&["f.csv", "--encoding", "windows-1250"]).0, 0);
}

#[test]
fn faults_of_one_kind_are_told_together_where_they_are_many() {
    let text = format!(
        "Account;Date;Text;Amount\nA1;15/02/2024;\"{}A\";-1.50\nA1;16/02/2024;B;-2.50\n",
        "A\n".repeat(5000)
    );
    let place = Place::new();
    place.file("f.csv", &text);
    let (code, _) = place.bank(&["f.csv"]);
    assert_eq!((code, place.lines()), (3, lines(&["2024-02-16 2.5 ∅ ∅"])));
    let faults = place.rows("error_error", "SELECT count(*) FROM error_error");
    let rest = place
        .rows("error_error", "SELECT count(*) FROM error_error WHERE text LIKE '% lines to line 5002: A'");
    assert_eq!((faults, rest), (lines(&["1002"]), lines(&["1"])));
}
