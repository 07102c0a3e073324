//! What SWIFT, ISO 20022 and OFX allow and few banks write.

use super::Place;

/// Exit code, the rows (account, booking date, out, in, balance, text), and what is told.
fn said(content: &str, options: &[&str]) -> (i32, Vec<String>, String) {
    let place = Place::new();
    place.file("f.dat", content);
    let (code, told) = place.bank(&[&["f.dat"], options].concat());
    if !place.lake().join("banktxn").exists() {
        return (code, Vec::new(), told);
    }
    let amount = |name: &str| format!("COALESCE(rtrim(rtrim(CAST({name} AS VARCHAR), '0'), '.'), '∅')");
    let [out, into, balance] = ["withdrawal_amt", "deposit_amt", "balance_amt"].map(amount);
    let select = format!(
        "SELECT account_no, booking_date, {out}, {into}, {balance}, COALESCE(transaction_details, '∅') FROM banktxn ORDER BY line_no"
    );
    (code, place.rows("banktxn", &select), told)
}

/// A message of one entry of a euro that comes in, with these fields behind it.
fn told_by(fields: &str) -> String {
    let (code, rows, told) = said(
        &format!(
            ":20:X\n:25:1\n:28C:1\n:60F:C240101EUR10,00\n:61:2401020102C1,00NTRFNONREF\n{fields}\n:62F:C240102EUR11,00\n-\n"
        ),
        &[],
    );
    assert_eq!((code, rows.len()), (0, 1), "{fields}: {told}");
    rows[0].strip_prefix("1 2024-01-02 ∅ 1 11 ").expect(&rows[0]).to_owned()
}

#[test]
fn a_message_may_have_several_accounts() {
    let of = |account: &str, entry: &str, ends: [&str; 2]| {
        let [opens, closes] = ends;
        format!(
            "{account}:28C:1\n:60F:C240101EUR{opens}\n:61:2401020102{entry}NTRFNONREF\n:86:t\n:62F:C240102EUR{closes}\n"
        )
    };
    let (first, second) =
        (of(":25:111\n", "C1,00", ["10,00", "11,00"]), of(":25:222\n", "D1,00", ["20,00", "19,00"]));
    for between in ["", "-\n", "-}\n"] {
        let (code, rows, told) = said(&format!(":20:X\n{first}{between}{second}-\n"), &[]);
        assert_eq!(
            (code, rows),
            (0, vec!["111 2024-01-02 ∅ 1 11 t".to_owned(), "222 2024-01-02 1 ∅ 19 t".to_owned()]),
            "{between}: {told}"
        );
        assert!(!told.contains("as stated"), "{told}");
    }
    // Without its number it is the same account anew.
    let again = of("", "D1,00", ["11,00", "10,00"]);
    let (code, rows, told) = said(&format!(":20:X\n{first}{again}-\n"), &[]);
    assert_eq!(
        (code, rows),
        (0, vec!["111 2024-01-02 ∅ 1 11 t".to_owned(), "111 2024-01-02 1 ∅ 10 t".to_owned()])
    );
    assert!(!told.contains("as stated"), "{told}");
}

#[test]
fn a_line_of_a_dash_in_a_text_ends_no_message() {
    let file = ":20:X\n:25:1\n:28C:1\n:60F:C240101EUR10,00\n:61:2401020102C1,00NTRFNONREF\n:86:first\n-\nmore\n\
                :61:2401020102D3,00NTRFNONREF\n:86:b\n:62F:C240102EUR8,00\n-\n";
    let (code, rows, told) = said(file, &[]);
    assert_eq!(
        (code, rows),
        (0, vec!["1 2024-01-02 ∅ 1 11 first - more".to_owned(), "1 2024-01-02 3 ∅ 8 b".to_owned()])
    );
    assert!(!told.contains("as stated"), "{told}");
}

#[test]
fn a_booking_date_is_in_the_year_nearest_to_the_value_date() {
    for (dates, booked) in [
        ("2310310102", "2024-01-02"),
        ("2403011229", "2023-12-29"),
        ("2312310229", "2024-02-29"),
        ("2401020102", "2024-01-02"),
        ("2401300729", "2024-07-29"),
    ] {
        let file = format!(
            ":20:X\n:25:1\n:28C:1\n:60F:C240101EUR10,00\n:61:{dates}C1,00NTRFNONREF\n:86:t\n:62F:C240102EUR11,00\n-\n"
        );
        assert_eq!(said(&file, &[]).1, [format!("1 {booked} ∅ 1 11 t")], "{dates}");
    }
}

#[test]
fn a_currency_behind_a_slash_is_no_account() {
    for (written, account) in [
        ("1234567/EUR", "1234567"),
        ("50040000/1234567/EUR", "1234567"),
        ("50040000/1234567 EUR", "1234567"),
        ("/PL12105000000000000000000001", "PL12105000000000000000000001"),
    ] {
        let file = format!(
            ":20:X\n:25:{written}\n:28C:1\n:60F:C240101EUR10,00\n:61:2401020102C1,00NTRFNONREF\n:86:t\n:62F:C240102EUR11,00\n-\n"
        );
        assert_eq!(said(&file, &[]).1, [format!("{account} 2024-01-02 ∅ 1 11 t")], "{written}");
    }
}

#[test]
fn party_and_text_of_many_banks_arrive() {
    for (fields, told) in [
        // ING of the Netherlands, Rabobank, ABN AMRO, a Belgian one.
        (
            ":86:/EREF/EV1//CNTP/NL32INGB0000012345/INGBNL2A/ING Testrekening inz / / ///REMI/USTD//Rent January/",
            "ING Testrekening inz; Rent January",
        ),
        (
            ":86:/MARF/M1/EREF/E1/ORDP//NAME/Kantoor BV/REMI/Factuur 12/ISDT/2024-01-31",
            "Kantoor BV; Factuur 12",
        ),
        (
            ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL00ABNA0123456789/BIC/ABNANL2A/NAME/J Smit\n/REMI/Huur/EREF/NOTPROVIDED",
            "J Smit; Huur",
        ),
        (":86:/EREF/NOTPROVIDED/ORDP//NAME/Jan/REMI/STRD/+++090/9337/55493+++/", "Jan; +++090/9337/55493+++"),
        // PKO BP, Santander of Poland, Raiffeisen, Triodos.
        (
            ":86:020~00BA03\n~20Faktura 1~21/2024\n~32Jan Kowal~33ski~38PL99105",
            "Jan Kowalski; Faktura 1/2024",
        ),
        (":86:073^00^34000\n^3010900004^38PL1^20Czynsz^32Anna", "Anna; Czynsz"),
        (":86:020<00Przelew<20Czynsz<32Anna", "Anna; Czynsz"),
        (":86:000>100987654321>20ALGEMENE >21KOSTEN>310390123456", "ALGEMENE KOSTEN"),
        // A mark inside a text, and a text before the names.
        (":86:166?00GUTSCHRIFT?20Rent?yes?32Bob", "Bob; Rent?yes"),
        (":86:166?00GUTSCHRIFT?20Rent January?21EREF+1?32Bob", "Bob; Rent January"),
        (":86:166?00GUTSCHRIFT?20EREF+1?32Bob", "Bob; GUTSCHRIFT"),
        // Free text.
        (
            ":86:SEPA OVERBOEKING IBAN: NL1 NAAM: J Smit\nOMSCHRIJVING: Huur",
            "SEPA OVERBOEKING IBAN: NL1 NAAM: J Smit OMSCHRIJVING: Huur",
        ),
    ] {
        assert_eq!(told_by(fields), told, "{fields}");
    }
}

#[test]
fn all_texts_of_an_entry_are_its_text() {
    for (fields, told) in [
        (":86:034\n:86:034~00BA03~20Prowizja~32Bank SA", "Bank SA; Prowizja"),
        (":86:166?00GUT?20Rent?32Bob\n:86:166?21 January", "Bob; Rent January"),
        (":86:first\n:86:first of two", "first first of two"),
        (":86:first\n:86:second", "first second"),
        (":86:first\n:62F:C240102EUR11,00\n:86:of the statement", "first"),
    ] {
        assert_eq!(told_by(fields), told, "{fields}");
    }
    let before = ":20:X\n:25:1\n:28C:1\n:60F:C240101EUR10,00\n:86:of the statement\n:61:2401020102C1,00NTRFNONREF\n\
                  :62F:C240102EUR11,00\n-\n";
    assert_eq!(said(before, &[]).1, ["1 2024-01-02 ∅ 1 11 ∅"]);
}

/// A camt.053 of one account with this inside.
fn camt(inside: &str) -> String {
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE1</IBAN></Id>\
         <Ccy>EUR</Ccy></Acct>{inside}</Stmt></BkToCstmrStmt></Document>"
    )
}

fn entry(way: &str, status: &str, more: &str) -> String {
    format!("<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>{status}</Sts>{more}</Ntry>")
}

const BOOKED: &str = "<BookgDt><Dt>2024-01-31</Dt></BookgDt>";

#[test]
fn the_first_version_of_camt_is_read() {
    let file = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.01\"><BkToCstmrStmtV01><Stmt><Acct><Id><PrtryAcct><Id>12345</Id>\
        </PrtryAcct></Id><Ccy>EUR</Ccy></Acct><Bal><Tp><Cd>OPBD</Cd></Tp><Amt Ccy=\"EUR\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>\
        <Bal><Tp><Cd>CLBD</Cd></Tp><Amt Ccy=\"EUR\">4</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>\
        <Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2024-01-31</Dt></BookgDt>\
        <TxDtls><RmtInf><Ustrd>hi</Ustrd></RmtInf></TxDtls></Ntry></Stmt></BkToCstmrStmtV01></Document>";
    assert_eq!(said(file, &[]).1, ["12345 2024-01-31 1 ∅ 4 hi"]);
}

#[test]
fn an_entry_without_a_day_of_booking_is_of_its_value_date() {
    let file = camt(&entry("DBIT", "BOOK", "<ValDt><Dt>2024-01-30</Dt></ValDt>"));
    let (code, rows, told) = said(&file, &[]);
    assert_eq!((code, rows), (0, vec!["DE1 2024-01-30 1 ∅ ∅ ∅".to_owned()]), "{told}");
}

#[test]
fn a_status_of_a_banks_own_is_a_fault_where_its_word_is_not_known() {
    for (status, code, rows, part) in [
        ("<Prtry>BOOK</Prtry>", 0, 1, ""),
        ("<Prtry>PDNG</Prtry>", 0, 0, "1 entry is not booked yet"),
        ("<Cd>FUTR</Cd>", 0, 0, "1 entry is not booked yet"),
        ("<Prtry>CANCELLED</Prtry>", 3, 0, "fault"),
    ] {
        let (got, lines, told) = said(&camt(&entry("DBIT", status, BOOKED)), &[]);
        assert_eq!((got, lines.len()), (code, rows), "{status}: {told}");
        assert!(told.contains(part), "{status}: {told}");
    }
}

#[test]
fn all_texts_of_a_transaction_arrive_and_what_is_given_back_names_the_other_side() {
    let details = |text: &str| format!("{BOOKED}<NtryDtls><TxDtls>{text}</TxDtls></NtryDtls>");
    let five: String = ["a", "b", "c", "d", "e"].map(|text| format!("<Ustrd>{text}</Ustrd>")).concat();
    let five = camt(&entry("DBIT", "BOOK", &details(&format!("<RmtInf>{five}</RmtInf>"))));
    assert_eq!(said(&five, &[]).1, ["DE1 2024-01-31 1 ∅ ∅ a b c d e"]);
    let more = "<RmtInf><Strd><AddtlRmtInf>words</AddtlRmtInf></Strd></RmtInf>";
    assert_eq!(said(&camt(&entry("DBIT", "BOOK", &details(more))), &[]).1, ["DE1 2024-01-31 1 ∅ ∅ words"]);
    let sides = "<RltdPties><Dbtr><Nm>Me</Nm></Dbtr><Cdtr><Nm>Shop</Nm></Cdtr></RltdPties>";
    let back = format!("<RvslInd>true</RvslInd>{}", details(sides));
    assert_eq!(said(&camt(&entry("CRDT", "BOOK", &back)), &[]).1, ["DE1 2024-01-31 ∅ 1 ∅ Shop; reversal"]);
}

#[test]
fn a_reference_of_a_transaction_is_told_beside_its_words() {
    let details = |text: &str| format!("{BOOKED}<NtryDtls><TxDtls>{text}</TxDtls></NtryDtls>");
    let strd = |words: &str| {
        format!(
            "<RmtInf><Strd><CdtrRefInf><Ref>210000000003139471430009017</Ref></CdtrRefInf>\
             <AddtlRmtInf>{words}</AddtlRmtInf></Strd></RmtInf>"
        )
    };
    for (words, told) in [
        ("Inv 5", "Inv 5; 210000000003139471430009017"),
        ("QR 210000000003139471430009017", "QR 210000000003139471430009017"),
        ("", "210000000003139471430009017"),
    ] {
        let file = camt(&entry("CRDT", "BOOK", &details(&strd(words))));
        assert_eq!(said(&file, &[]).1, [format!("DE1 2024-01-31 ∅ 1 ∅ {told}")], "{words}");
    }
}

#[test]
fn a_batch_has_nothing_of_its_first_transaction_alone_and_adds_up() {
    let one = |amount: &str, payer: &str| {
        format!(
            "<TxDtls><Refs><EndToEndId>E-{payer}</EndToEndId></Refs><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
             <RltdPties><Dbtr><Nm>{payer}</Nm></Dbtr></RltdPties></TxDtls>"
        )
    };
    let batch = |one: &str, other: &str| {
        camt(&entry("CRDT", "BOOK", &format!("{BOOKED}<NtryDtls>{one}{other}</NtryDtls>")))
    };
    let (code, rows, told) = said(&batch(&one("0.60", "Ann"), &one("0.40", "Bob")), &[]);
    assert_eq!((code, rows), (0, vec!["DE1 2024-01-31 ∅ 1 ∅ batch of 2".to_owned()]), "{told}");
    assert!(!told.contains("add up"), "{told}");
    let (_, rows, told) = said(&batch(&one("0.60", "Ann"), &one("0.30", "Ann")), &[]);
    assert_eq!(rows, ["DE1 2024-01-31 ∅ 1 ∅ Ann; batch of 2"]);
    assert!(told.contains("DE1: the transactions of a batch do not add up to its amount"), "{told}");
}

#[test]
fn a_page_begins_and_ends_with_balances_between_pages() {
    let balance = |kind: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        )
    };
    for (kinds, shown) in
        [(["OPBD", "ITBD"], "6"), (["ITBD", "CLBD"], "6"), (["ITBD", "ITBD"], "6"), (["ITBD", "CLAV"], "∅")]
    {
        let balances = balance(kinds[0], "5") + &balance(kinds[1], "6");
        let (code, rows, told) = said(&camt(&(balances + &entry("CRDT", "BOOK", BOOKED))), &[]);
        assert_eq!((code, rows), (0, vec![format!("DE1 2024-01-31 ∅ 1 {shown} ∅")]), "{kinds:?}: {told}");
    }
}

fn ofx(entries: &str) -> String {
    format!(
        "OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>123</BANKACCTFROM>{entries}\
         </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
}

/// A transaction of this amount.
fn moved(amount: &str) -> String {
    format!("<STMTTRN><TRNTYPE>OTHER<DTPOSTED>20240115<TRNAMT>{amount}<FITID>1<NAME>Shop</STMTTRN>")
}

#[test]
fn what_is_not_booked_or_is_of_securities_is_counted_in_ofx() {
    let pending = "<BANKTRANLISTP><DTASOF>20240131<STMTTRNP><TRNTYPE>DEBIT<DTTRAN>20240130<TRNAMT>-3<NAME>P</STMTTRNP></BANKTRANLISTP>";
    let (code, rows, told) =
        said(&ofx(&format!("<BANKTRANLIST>{}</BANKTRANLIST>{pending}", moved("-1.00"))), &[]);
    assert_eq!((code, rows), (0, vec!["123 2024-01-15 1 ∅ ∅ Shop".to_owned()]));
    assert!(told.contains("123: 1 entry is not booked yet, and left out"), "{told}");
    let securities = format!(
        "OFXHEADER:100\n\n<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>77</INVACCTFROM><INVTRANLIST>\
         <INVBANKTRAN>{}</INVBANKTRAN><INCOME><INVTRAN><FITID>2</INVTRAN><TOTAL>5.00</INCOME><BUYSTOCK><INVBUY><TOTAL>-50</INVBUY>\
         <BUYTYPE>BUY</BUYSTOCK></INVTRANLIST></INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1></OFX>\n",
        moved("100.00")
    );
    let (code, rows, told) = said(&securities, &[]);
    assert_eq!((code, rows), (0, vec!["77 2024-01-15 ∅ 100 ∅ Shop".to_owned()]));
    assert!(told.contains("77: 2 entries are of securities, and left out"), "{told}");
}

#[test]
fn the_mark_of_amounts_in_ofx_is_what_the_file_shows() {
    let of = |amounts: &[&str]| {
        let entries: String = amounts.iter().map(|amount| moved(amount)).collect();
        let (code, rows, told) = said(&ofx(&format!("<BANKTRANLIST>{entries}</BANKTRANLIST>")), &[]);
        let amounts = rows.iter().map(|row| row.split(' ').skip(2).take(2).collect::<Vec<_>>().join(" "));
        (code, amounts.collect::<Vec<_>>(), told)
    };
    let rows = |of: (i32, Vec<String>, String)| (of.0, of.1);
    let wanted =
        |amounts: &[&str]| (0, amounts.iter().map(|amount| (*amount).to_owned()).collect::<Vec<_>>());
    assert_eq!(rows(of(&["-1.234,56", "12,5"])), wanted(&["1234.56 ∅", "∅ 12.5"]));
    assert_eq!(rows(of(&["1,234.56", "-1,234"])), wanted(&["∅ 1234.56", "1234 ∅"]));
    assert_eq!(rows(of(&["-1,234", "12,50"])), wanted(&["1.234 ∅", "∅ 12.5"]));
    assert_eq!(rows(of(&["-1.234", "1.000,50"])), wanted(&["1234 ∅", "∅ 1000.5"]));
    assert_eq!(rows(of(&["-1,234,567", "1,5"])), wanted(&["1234567 ∅", "∅ 1.5"]));
    for unclear in ["-1,234", "-1.234"] {
        let (code, lines, told) = of(&[unclear, "7"]);
        assert_eq!((code, lines), (3, vec!["∅ 7".to_owned()]), "{told}");
        // Nor where a person says which it is.
        let file = ofx(&format!("<BANKTRANLIST>{}</BANKTRANLIST>", moved(unclear)));
        let is_comma = unclear.contains(',');
        for (mark, amount) in [
            ("comma", if is_comma { "1.234" } else { "1234" }),
            ("point", if is_comma { "1234" } else { "1.234" }),
        ] {
            let (code, rows, told) = said(&file, &["--decimal", mark]);
            assert_eq!((code, rows), (0, vec![format!("123 2024-01-15 {amount} ∅ ∅ Shop")]), "{told}");
        }
    }
    let dinars = ofx(&format!("<BANKTRANLIST>{}</BANKTRANLIST>", moved("-1.234"))).replace("USD", "KWD");
    assert_eq!(said(&dinars, &[]).1, ["123 2024-01-15 1.234 ∅ ∅ Shop"]);
}

#[test]
fn a_section_of_characters_is_a_text_of_ofx() {
    for (section, wanted) in [
        ("<![CDATA[Rock & Roll <b>]]>", "Rock & Roll <b>"),
        ("<![CDATA[a]] > b]>c\r\n  d]]>", "a]] > b]>c d"),
        ("<![CDATA[]]>", "∅"),
    ] {
        let entry = moved("-1.00").replace("<NAME>Shop", &format!("<NAME>{section}</NAME>"));
        let (code, rows, told) = said(&ofx(&format!("<BANKTRANLIST>{entry}</BANKTRANLIST>")), &[]);
        assert_eq!((code, rows), (0, vec![format!("123 2024-01-15 1 ∅ ∅ {wanted}")]), "{told}");
    }
    let cut = "OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><STMTTRN><NAME><![CDATA[never ends > and goes on";
    assert_eq!(said(cut, &[]).0, 3);
}

#[test]
fn an_entry_of_ofx_without_its_end_is_taken_once() {
    let rows = |first: &str| {
        let entries = format!("{first}{}", moved("-20.00").replace("20240115", "20240116"));
        let (code, rows, told) = said(&ofx(&format!("<BANKTRANLIST>{entries}</BANKTRANLIST>")), &[]);
        assert_eq!(code, 0, "{told}");
        rows
    };
    let wanted =
        |text: &str| vec![format!("123 2024-01-15 10 ∅ ∅ {text}"), "123 2024-01-16 20 ∅ ∅ Shop".to_owned()];
    assert_eq!(rows(&moved("-10.00").replace("</STMTTRN>", "")), wanted("Shop"));
    assert_eq!(rows(&moved("-10.00").replace("Shop", "offer < 5 EUR\n")), wanted("offer < 5 EUR"));
    assert_eq!(rows(&moved("-10.00").replace("Shop", "two\n lines</NAME>")), wanted("two lines"));
}

#[test]
fn an_ofx_that_is_not_quite_one_is_read_all_the_same() {
    let one = ofx(&format!("<BANKTRANLIST>{}</BANKTRANLIST>", moved("-1.00")));
    let wanted = (0, vec!["123 2024-01-15 1 ∅ ∅ Shop".to_owned()]);
    for file in [
        one.replace("OFXHEADER:100\n\n<OFX>", "<?xml version=\"1.0\"?>\n<OFX >"),
        one.replace("<STMTRS>", "<CCSTMTRS>"),
    ] {
        let (code, rows, told) = said(&file, &[]);
        assert_eq!((code, rows), wanted, "{told}");
    }
}

#[test]
fn a_balance_among_the_entries_of_ofx_is_none() {
    let balance =
        moved("1500.00").replace("<FITID>1", "<FITID>").replace("<NAME>Shop", "<MEMO>Saldo Anterior");
    let (code, rows, told) =
        said(&ofx(&format!("<BANKTRANLIST>{balance}{}</BANKTRANLIST>", moved("-1.00"))), &[]);
    assert_eq!((code, rows), (0, vec!["123 2024-01-15 1 ∅ ∅ Shop".to_owned()]));
    assert!(
        told.contains("123: 1 entry is no transaction by the text, which is that of a balance, and left out"),
        "{told}"
    );
}

#[test]
fn a_text_that_is_cut_in_a_time_is_no_field() {
    for tag in ["25", "20", "26"] {
        let text = format!(":86:106?00KARTE?20at 12-09-2014T16\n:{tag}:37 Ca?21rd. 007");
        assert_eq!(told_by(&text), format!("at 12-09-2014T16:{tag}:37 Card. 007"));
    }
    assert_eq!(told_by(":86:a\n{b} c\nd"), "a {b} c d");
}

#[test]
fn a_balance_without_its_currency_and_an_entry_without_its_day_are_read() {
    let file = ":20:X\n:25:1\n:28C:1\n:60F:C24010110,00\n:61:240102    CR1,00NTRFNONREF\n:86:a\n:62F:C24010211,00\n-\n";
    let (code, rows, told) = said(file, &["--currency", "EUR"]);
    assert_eq!((code, rows), (0, vec!["1 2024-01-02 ∅ 1 11 a".to_owned()]), "{told}");
}

#[test]
fn sums_that_count_what_is_not_booked_yet_are_no_difference() {
    let file = ":20:X\n:25:1\n:28C:1\n:34F:EUR0,\n:61:2401020102C10,00NTRFNONREF\n:86:a\n:61:2401020102EC5,00NTRFNONREF\n:86:b\n\
        :90C:2EUR15,00\n-\n";
    let (code, rows, told) = said(file, &[]);
    assert_eq!((code, rows.len()), (0, 1), "{told}");
    assert!(!told.contains("as stated") && told.contains("1 entry is not booked yet"), "{told}");
    let (.., told) = said(&file.replace("EUR15", "EUR16"), &[]);
    assert!(told.contains("the sum of credits is 16.00 as stated, 10.00 by its entries"), "{told}");
}

#[test]
fn a_report_and_a_statement_in_one_file_may_tell_an_entry_twice_and_that_is_said() {
    let entry = ":61:2401020102C10,00NTRFNONREF\n:86:a\n";
    let report = format!(":20:X\n:25:1\n:28C:1\n:34F:EUR0,\n{entry}:90C:1EUR10,00\n-\n");
    let statement = format!(":20:Y\n:25:1\n:28C:1\n:60F:C240101EUR10,00\n{entry}:62F:C240102EUR20,00\n-\n");
    let words = "1: the file has reports of a day under way and statements";
    assert!(said(&format!("{report}{statement}"), &[]).2.contains(words));
    assert!(!said(&format!("{statement}{statement}"), &[]).2.contains(words));
}

#[test]
fn an_entry_that_corrects_another_is_a_fault() {
    let deletes = moved("-1.00").replace("<FITID>", "<CORRECTFITID>7<CORRECTACTION>DELETE<FITID>");
    let (code, rows, told) =
        said(&ofx(&format!("<BANKTRANLIST>{}{deletes}</BANKTRANLIST>", moved("-2.00"))), &[]);
    assert_eq!((code, rows), (3, vec!["123 2024-01-15 2 ∅ ∅ Shop".to_owned()]), "{told}");
}
