//! Exports of banks as people have them, each with what is right of it.

use super::taken_in;

const CAMT: &str = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id>\
                    <Ccy>EUR</Ccy></Acct>";

#[test]
fn a_balance_with_a_day_is_no_transaction() {
    let volksbank = "Konto:;1234567;;;;;;;;;;;\n\
        \"Buchungstag\";\"Valuta\";\"Auftraggeber/Zahlungsempfänger\";\"Empfänger/Zahlungspflichtiger\";\"Konto-Nr.\";\"IBAN\";\"BLZ\";\"BIC\";\
        \"Vorgang/Verwendungszweck\";\"Kundenreferenz\";\"Währung\";\"Umsatz\";\" \"\n\
        \"16.02.2024\";\"16.02.2024\";\"A\";\"B\";\"\";\"\";\"\";\"\";\"Strom\";\"\";\"EUR\";\"12,34\";\"S\"\n\
        \"17.01.2024\";;;;;;;;;\"Anfangssaldo\";\"EUR\";\"1.000,00\";\"H\"\n\
        \"16.02.2024\";;;;;;;;;\"Endsaldo\";\"EUR\";\"987,66\";\"H\"\n";
    assert_eq!(taken_in(volksbank, &[]), (0, vec!["2024-02-16 12.34 ∅ ∅".to_owned()]));
    let banco_do_brasil = "\"Data\",\"Dependencia Origem\",\"Histórico\",\"Data do Balancete\",\"Número do documento\",\"Valor\",\n\
        \"31/01/2024\",\"\",\"Saldo Anterior\",\"\",\"0\",\"1083.67\",\n\
        \"15/02/2024\",\"0000-00\",\"Compra\",\"\",\"123456\",\"-50.00\",\n\
        \"29/02/2024\",\"\",\"S A L D O\",\"\",\"0\",\"1033.67\",\n";
    assert_eq!(taken_in(banco_do_brasil, &["--account", "X"]), (0, vec!["2024-02-15 50 ∅ ∅".to_owned()]));
}

#[test]
fn words_for_the_way_of_the_money_count_whatever_the_signs_say() {
    // A card's: what was bought has no minus.
    let card = "Account,Date,Description,Type,Amount\n4111,2024-05-03,Grocer,Debit,50.00\n4111,2024-05-14,Refund,Credit,-20.00\n\
        4111,2024-05-21,Payment,Credit,-500.00\n";
    let lines = ["2024-05-03 50 ∅ ∅", "2024-05-14 ∅ 20 ∅", "2024-05-21 ∅ 500 ∅"];
    assert_eq!(taken_in(card, &[]), (0, lines.map(str::to_owned).to_vec()));
    let knab = "KNAB EXPORT;;;;;;\nRekeningnummer;Transactiedatum;Valutacode;CreditDebet;Bedrag;Valutadatum;Omschrijving\n\
        NL00KNAB0123456789;15-01-2024;EUR;D;50,00;15-01-2024;Brood\nNL00KNAB0123456789;16-01-2024;EUR;D;12,50;16-01-2024;Vlees\n";
    let lines = ["2024-01-15 50 ∅ ∅", "2024-01-16 12.5 ∅ ∅"];
    assert_eq!(taken_in(knab, &[]), (0, lines.map(str::to_owned).to_vec()));
    let letters = "Account;Date;Text;Amount;Code\nA1;2024-01-14;Shop;20.00;D\nA1;2024-01-15;Shop;50.00;D\n";
    assert_eq!(taken_in(letters, &[]), (3, Vec::new()));
    for (answer, lines) in [
        ("minus-in", ["2024-01-14 20 ∅ ∅", "2024-01-15 50 ∅ ∅"]),
        ("minus-out", ["2024-01-14 ∅ 20 ∅", "2024-01-15 ∅ 50 ∅"]),
    ] {
        let lines = lines.map(str::to_owned).to_vec();
        assert_eq!(taken_in(letters, &["--signs", answer]), (0, lines), "{answer}");
    }
    let entry = |kind: &str, amount: &str| {
        format!("<STMTTRN><TRNTYPE>{kind}<DTPOSTED>20240115<TRNAMT>{amount}<FITID>1<NAME>Grocer</STMTTRN>\n")
    };
    let ofx = format!(
        "OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD\n<BANKACCTFROM><ACCTID>123</BANKACCTFROM><BANKTRANLIST>\n\
         {}{}{}{}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n",
        entry("DEBIT", "25.00"),
        entry("CREDIT", "-3.00"),
        entry("DEBIT", "-7.00"),
        entry("POS", "8.00")
    );
    assert_eq!(taken_in(&ofx, &[]), (3, vec!["2024-01-15 7 ∅ ∅".into(), "2024-01-15 ∅ 8 ∅".into()]));
}

#[test]
fn entries_that_do_not_stand_by_their_days_get_no_balances() {
    let balance = |kind: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        )
    };
    let entry = |day: &str, way: &str, amount: &str| {
        format!(
            "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt></Ntry>"
        )
    };
    let (rent, pay) = (entry("2024-01-20", "DBIT", "30"), entry("2024-01-05", "CRDT", "50"));
    let of = |entries: &str| {
        let ends = balance("OPBD", "100") + &balance("CLBD", "120");
        taken_in(&format!("{CAMT}{ends}{entries}</Stmt></BkToCstmrStmt></Document>"), &[])
    };
    let lines = |lines: [&str; 2]| (0, lines.map(str::to_owned).to_vec());
    assert_eq!(of(&format!("{rent}{pay}")), lines(["2024-01-20 30 ∅ ∅", "2024-01-05 ∅ 50 ∅"]));
    assert_eq!(of(&format!("{pay}{rent}")), lines(["2024-01-05 ∅ 50 150", "2024-01-20 30 ∅ 120"]));
}

#[test]
fn a_long_line_of_words_is_read_in_no_time() {
    for file in [
        format!("Date;Details;Amount\n2024-05-13;x;-1.00\n{}\n", "lorem ".repeat(170_000)),
        format!("{}\nDate;Details;Amount\n2024-05-13;x;-1.00\n", "lorem ".repeat(10_000)),
    ] {
        let (_, lines) = taken_in(&file, &["--account", "A1"]);
        assert_eq!(lines, ["2024-05-13 1 ∅ ∅"]);
    }
}
