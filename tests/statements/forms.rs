//! One made-up statement in eleven forms is the same rows.

use super::Place;
use super::workbook::{self, Cell};

const IBAN: &str = "DE02120300000000202051";

/// Name and content of each form.
#[expect(clippy::too_many_lines, reason = "a table")]
fn forms() -> [(&'static str, String); 9] {
    let camt = |booked: &str, valued: &str, way: &str, amount: &str, text: &str| {
        format!(
            "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>{booked}</Dt></BookgDt><ValDt><Dt>{valued}</Dt></ValDt><NtryDtls><TxDtls><RmtInf>\
             <Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        )
    };
    let balance = |kind: &str, day: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        )
    };
    let entries = [
        ("20240503", "-12.50", "Coffee beans"),
        ("20240514", "123456.78", "Salary May"),
        ("20240520", "-1234.50", "Rent, two rooms"),
    ];
    let ofx = |end: fn(&str) -> String| {
        let field = |name: &str, text: &str| format!("<{name}>{text}{}\n", end(name));
        let entry = |(day, amount, text): &(&str, &str, &str)| {
            let fields =
                [field("DTPOSTED", day), field("TRNAMT", amount), field("FITID", day), field("NAME", text)];
            format!("<STMTTRN>{}</STMTTRN>\n", fields.concat())
        };
        format!(
            "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>{}<BANKACCTFROM>{}</BANKACCTFROM><BANKTRANLIST>{}</BANKTRANLIST>\
             </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n",
            field("CURDEF", "EUR"),
            field("ACCTID", IBAN),
            entries.iter().map(entry).collect::<String>()
        )
    };
    [
        (
            "english.csv",
            format!(
                "Account,Booking Date,Value Date,Description,Amount,Currency,Balance\n\
                 {IBAN},05/03/2024,05/03/2024,Coffee beans,-12.50,EUR,\"199,987.50\"\n\
                 {IBAN},05/14/2024,05/15/2024,Salary May,\"123,456.78\",EUR,\"323,444.28\"\n\
                 {IBAN},05/20/2024,05/20/2024,\"Rent, two rooms\",\"-1,234.50\",EUR,\"322,209.78\"\n"
            ),
        ),
        (
            "german.csv",
            "IBAN;DE02 1203 0000 0000 2020 51\nWährung;EUR\n\nBuchungstag;Wertstellung;Verwendungszweck;Soll;Haben;Saldo\n\
             03.05.2024;03.05.2024;Coffee beans;12,50;;199.987,50\n14.05.2024;15.05.2024;Salary May;;123.456,78;323.444,28\n\
             20.05.2024;20.05.2024;Rent, two rooms;1.234,50;;322.209,78\n"
                .into(),
        ),
        (
            "french.csv",
            format!(
                "Compte;Date opération;Date de valeur;Libellé;Montant;Devise;Solde\n\
                 {IBAN};03/05/2024;03/05/2024;Coffee beans;-12,50;EUR;199 987,50\n\
                 {IBAN};14/05/2024;15/05/2024;Salary May;123\u{202f}456,78;EUR;323\u{202f}444,28\n\
                 {IBAN};20/05/2024;20/05/2024;Rent, two rooms;-1\u{a0}234,50;EUR;322\u{a0}209,78\n"
            ),
        ),
        (
            "swiss.csv",
            format!(
                "Konto;Datum;Valuta;Text;Belastung;Gutschrift;Währung;Saldo\n\
                 {IBAN};03.05.24;03.05.24;Coffee beans;12.50;;EUR;199'987.50\n\
                 {IBAN};14.05.24;15.05.24;Salary May;;123'456.78;EUR;323'444.28\n\
                 {IBAN};20.05.24;20.05.24;Rent, two rooms;1'234.50;;EUR;322'209.78\n"
            ),
        ),
        (
            "indian.csv",
            format!(
                "Account No,Txn Date,Value Date,Narration,Amount,Dr/Cr,Currency,Balance\n\
                 {IBAN}',3-May-24,03-MAY-24,Coffee beans,12.50,DR,EUR,\"1,99,987.50\"\n\
                 {IBAN}',14-May-24,15-MAY-24,Salary May,\"1,23,456.78\",CR,EUR,\"3,23,444.28\"\n\
                 {IBAN}',20-May-24,20-MAY-24,\"Rent, two rooms\",\"1,234.50\",DR,EUR,\"3,22,209.78\"\n"
            ),
        ),
        (
            "camt053.xml",
            format!(
                "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
                 <GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>\
                 {}{}{}{}{}</Stmt></BkToCstmrStmt></Document>",
                balance("OPBD", "2024-05-01", "200000.00"),
                balance("CLBD", "2024-05-31", "322209.78"),
                camt("2024-05-03", "2024-05-03", "DBIT", "12.5", "Coffee beans"),
                camt("2024-05-14", "2024-05-15", "CRDT", "123456.78", "Salary May"),
                camt("2024-05-20", "2024-05-20", "DBIT", "1234.50", "Rent, two rooms"),
            ),
        ),
        (
            "mt940.sta",
            format!(
                ":20:MAY\n:25:{IBAN}\n:28C:5/1\n:60F:C240501EUR200000,\n:61:2405030503D12,5NMSCNONREF\n:86:Coffee beans\n\
                 :61:2405150514C123456,78NMSCNONREF\n:86:Salary May\n:61:2405200520D1234,5NMSCNONREF\n:86:Rent, two rooms\n\
                 :62F:C240531EUR322209,78\n-\n"
            ),
        ),
        (
            "one.ofx",
            format!("OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\n\n{}", ofx(|_| String::new())),
        ),
        (
            "two.ofx",
            format!(
                "<?xml version=\"1.0\"?>\n<?OFX OFXHEADER=\"200\" VERSION=\"220\"?>\n{}",
                ofx(|name| format!("</{name}>"))
            ),
        ),
    ]
}

/// As a spreadsheet writes it: days and amounts are numbers, of which one has the noise of a sum.
fn sheet() -> Vec<u8> {
    let text = |text: &'static str| Cell::Text(text);
    let mut rows = vec![
        vec![text("Account statement")],
        vec![text("Account"), text(IBAN)],
        vec![],
        ["Booking date", "Value date", "Description", "Amount", "Currency", "Balance"].map(text).to_vec(),
    ];
    for (booked, valued, details, amount, balance) in [
        ("45415", "45415", "Coffee beans", "-12.5", "199987.5"),
        ("45426", "45427", "Salary May", "123456.78", "323444.28000000003"),
        ("45432", "45432", "Rent, two rooms", "-1234.5", "322209.78"),
    ] {
        let row = [Cell::Day(booked), Cell::Day(valued), text(details), Cell::Number(amount), text("EUR")];
        rows.push(row.into_iter().chain([Cell::Number(balance)]).collect());
    }
    workbook::of(&[("Statement", &rows)])
}

/// Name and content of each form.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let texts = forms().into_iter().map(|(name, content)| (name, content.into_bytes()));
    let old = include_bytes!("../fixtures/statement.xls").to_vec();
    texts.chain([("sheet.xlsx", sheet()), ("sheet.xls", old)]).collect()
}

const ROWS: [&str; 3] = [
    "DE02120300000000202051 2024-05-03 Coffee beans 12.5000 EUR ∅ ∅",
    "DE02120300000000202051 2024-05-14 Salary May ∅ ∅ 123456.7800 EUR",
    "DE02120300000000202051 2024-05-20 Rent, two rooms 1234.5000 EUR ∅ ∅",
];
/// Value date and balance of each, which OFX does not tell.
const MORE: [&str; 3] = ["2024-05-03 199987.5000", "2024-05-15 323444.2800", "2024-05-20 322209.7800"];

#[test]
fn one_statement_in_eleven_forms_is_the_same_rows() {
    for (name, content) in all() {
        let place = Place::new();
        place.file(name, content);
        let (code, said) = place.bank(&[name]);
        assert_eq!(code, 0, "{name}: {said}");
        let rows = place.rows(
            "banktxn",
            "SELECT account_no, booking_date, transaction_details, withdrawal_amt, withdrawal_currency, deposit_amt, \
             deposit_currency FROM banktxn ORDER BY booking_date",
        );
        assert_eq!(rows, ROWS, "{name}");
        if !name.ends_with("ofx") {
            let more =
                place.rows("banktxn", "SELECT value_date, balance_amt FROM banktxn ORDER BY booking_date");
            assert_eq!(more, MORE, "{name}");
        }
    }
}

#[test]
fn a_line_in_several_forms_is_one_line() {
    let place = Place::new();
    let forms = all();
    let names: Vec<_> = forms.iter().map(|(name, _)| *name).filter(|name| !name.ends_with("ofx")).collect();
    for (name, content) in &forms {
        place.file(name, content);
    }
    let (code, said) = place.bank(&names);
    assert_eq!(code, 0, "{said}");
    assert_eq!(place.lines().len(), 3, "{said}");
    assert_eq!(said.matches("3 lines, 0 loaded, 3 known already, 0 faults").count(), 8, "{said}");
}
