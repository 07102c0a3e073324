//! Statements in formats of their own: the same rows as from lines of cells, and what is not as it should be is told.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};
use saldo::pipeline::bank::BANK;
use saldo::pipeline::ingest::{self, State};

use super::{OWN, Place, options, zip};

/// Account, booking date, value date, text, reference, whether it is a credit, amount.
const ENTRIES: [(&str, &str, &str, &str, bool, &str); 4] = [
    ("2024-12-30", "2024-12-30", "Salary Décembre & more", "E2E-1", true, "2500.50"),
    ("2024-12-31", "2024-12-31", "Rent", "4711", false, "1200.00"),
    ("2025-01-02", "2024-12-31", "Coffee", "", false, "3.05"),
    ("2025-01-02", "2025-01-02", "Coffee", "", false, "3.05"),
];
pub const ACCOUNT: &str = "CH9300762011623852957";

fn own() -> String {
    let mut text = OWN.to_owned();
    let mut balance = 100_000_i64;
    for (booked, valued, details, reference, is_credit, amount) in ENTRIES {
        let cents: i64 = amount.replace('.', "").parse().unwrap();
        balance += if is_credit { cents } else { -cents };
        let side = format!("{amount},CHF");
        let (out, into) = if is_credit { (",".to_owned(), side) } else { (side, ",".to_owned()) };
        let balance = format!("{}.{:02}", balance / 100, balance % 100);
        writeln!(text, "{ACCOUNT},{booked},{details},{reference},{valued},{out},{into},{balance}").unwrap();
    }
    text
}

/// As banks print camt, of any version: what is not read stands between.
pub fn camt(entries: &str, closing: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\
         <BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>S1</Id><Acct><Id><IBAN>{ACCOUNT}</IBAN></Id>\
         <Ccy>CHF</Ccy><Svcr><FinInstnId><Othr><Id>no account</Id></Othr></FinInstnId></Svcr></Acct>\
         <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"CHF\">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>\
         <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"CHF\">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>\
         {more}{entries}</Stmt></BkToCstmrStmt></Document>"
    )
}

pub fn ntry(side: &str, amount: &str, booked: &str, valued: &str, more: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"CHF\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{booked}</Dt>\
         </BookgDt><ValDt><DtTm>{valued}T00:00:00+01:00</DtTm></ValDt>{more}</Ntry>\n"
    )
}

fn whole_camt() -> String {
    let mut entries = String::new();
    for (booked, valued, details, reference, is_credit, amount) in ENTRIES {
        let reference = if reference.is_empty() { "NOTPROVIDED" } else { reference };
        let details = details.replace('&', "&amp;");
        let more = format!(
            "<NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><Amt Ccy=\"USD\">9</Amt>\
             <RmtInf><Ustrd>{details}</Ustrd></RmtInf></TxDtls></NtryDtls><AddtlNtryInf>not told</AddtlNtryInf>"
        );
        entries += &ntry(if is_credit { "CRDT" } else { "DBIT" }, amount, booked, valued, &more);
    }
    let sums = "<TxsSummry><TtlNtries><NbOfNtries>4</NbOfNtries></TtlNtries><TtlCdtNtries><Sum>2500.5</Sum></TtlCdtNtries>\
                <TtlDbtNtries><Sum>1206.10</Sum></TtlDbtNtries></TxsSummry>";
    camt(&entries, "2294.40", sums)
}

fn mt940() -> String {
    let mut text = format!(
        "{{1:F01BANKCHZZAXXX0000000000}}{{2:I940BANKCHZZXXXXN}}{{4:\r\n:20:STMT\r\n:25:BANKCHZZ/{ACCOUNT}CHF\r\n:28C:1/1\r\n\
         :60F:C241229CHF1000,\r\n"
    );
    for (booked, valued, details, reference, is_credit, amount) in ENTRIES {
        let short = |date: &str| date.replace('-', "")[2..].to_owned();
        let reference = if reference.is_empty() { "NONREF".into() } else { format!("{reference}//X1") };
        let side = if is_credit { "C" } else { "D" };
        let amount = amount.replace('.', ",");
        write!(text, ":61:{}{}{side}F{amount}NTRF{reference}\r\n", short(valued), &short(booked)[2..])
            .unwrap();
        // A text goes on in the next line.
        write!(text, ":86:{}\r\n", details.replacen(' ', "\r\n", 1)).unwrap();
    }
    text + ":62F:C250102CHF2294,40\r\n:64:C250102CHF2294,40\r\n-}"
}

fn ofx(is_xml: bool) -> String {
    let value = |name: &str, text: &str| {
        if is_xml { format!("<{name}>{text}</{name}>") } else { format!("<{name}>{text}\r\n") }
    };
    let mut text = if is_xml {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?OFX OFXHEADER=\"200\" VERSION=\"211\"?>\n".to_owned()
    } else {
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n".to_owned()
    };
    text += "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>";
    text += &(value("CURDEF", "CHF") + "<BANKACCTFROM>" + &value("BANKID", "1") + &value("ACCTID", ACCOUNT));
    text += "</BANKACCTFROM><BANKTRANLIST>";
    for (booked, valued, details, reference, is_credit, amount) in ENTRIES {
        let sign = if is_credit { "" } else { "-" };
        text += "<STMTTRN>";
        text += &value("DTPOSTED", &(booked.replace('-', "") + "120000[-5:EST]"));
        text += &value("DTAVAIL", &valued.replace('-', ""));
        text += &value("TRNAMT", &format!("{sign}{amount}"));
        if !reference.is_empty() {
            text += &value("CHECKNUM", reference);
        }
        text += &value("MEMO", &if is_xml { details.replace('&', "&amp;") } else { details.to_owned() });
        text += "<BANKACCTTO>";
        text += &(value("ACCTID", "another") + "</BANKACCTTO></STMTTRN>\r\n");
    }
    text += "</BANKTRANLIST><LEDGERBAL>";
    text + &value("BALAMT", "2294.40") + "</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n"
}

/// The rows of a file that is taken in alone.
fn rows(name: &str, content: impl AsRef<[u8]>, columns: &str) -> Vec<String> {
    let place = Place::new();
    place.file(name, content);
    let (code, said) = place.bank(&[name]);
    assert_eq!(code, 0, "{name}: {said}");
    place.rows("banktxn", &format!("SELECT {columns} FROM banktxn ORDER BY txn_key"))
}

#[test]
fn every_format_gives_the_same_rows() {
    let all = "* EXCLUDE (source_file, line_no)";
    let wanted = rows("own.csv", own(), all);
    assert_eq!(wanted.len(), 4, "{wanted:#?}");
    assert_eq!(rows("camt.xml", whole_camt(), all), wanted);
    let latin = whole_camt().replace("UTF-8", "ISO-8859-1");
    let latin: Vec<u8> = latin.chars().map(|letter| u8::try_from(letter).unwrap()).collect();
    assert_eq!(rows("latin.xml", latin, all), wanted);
    assert_eq!(rows("statement.sta", mt940(), all), wanted);
    assert_eq!(rows("plain.sta", mt940().split_once("{4:\r\n").unwrap().1.replace("-}", "-"), all), wanted);
    assert_eq!(rows("packed.zip", zip(&[("a.xml", whole_camt().as_bytes())]), all), wanted);
    // OFX has no opening balance, and so none behind an entry.
    let most = "* EXCLUDE (source_file, line_no, balance_amt, txn_key)";
    let mut wanted = rows("own.csv", own(), most);
    wanted.sort();
    for is_xml in [false, true] {
        let mut found = rows("bank.qfx", ofx(is_xml), most);
        found.sort();
        assert_eq!(found, wanted, "XML: {is_xml}");
    }
}

#[test]
fn one_statement_in_two_formats_is_there_once() {
    let place = Place::new();
    place.file("a.csv", own());
    place.file("b.xml", whole_camt());
    place.file("c.sta", mt940());
    let (code, said) = place.bank(&["a.csv", "b.xml", "c.sta"]);
    assert_eq!((code, place.count("banktxn")), (0, 4), "{said}");
}

#[test]
fn entries_tell_their_party_and_what_is_special() {
    let transaction = |text: &str, party: &str| {
        format!(
            "<TxDtls><RltdPties><Cdtr><Pty><Nm>{party}</Nm></Pty></Cdtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
        )
    };
    let batch =
        format!("<NtryDtls>{}{}</NtryDtls>", transaction("one", "Baker"), transaction("two", "Smith"));
    let charges = "<Chrgs><Rcrd><Amt Ccy=\"CHF\">1.50</Amt></Rcrd></Chrgs><RvslInd>true</RvslInd><AddtlNtryInf>Card</AddtlNtryInf>";
    let pending = ntry("DBIT", "99.00", "2024-12-31", "2024-12-31", "").replace("BOOK", "PDNG");
    let entries = ntry("DBIT", "30.00", "2024-12-30", "2024-12-30", &batch)
        + &ntry("CRDT", "5.00", "2024-12-30", "2024-12-30", charges)
        + &pending;
    let place = Place::new();
    place.file("a.xml", camt(&entries, "975.00", ""));
    let (code, said) = place.bank(&["a.xml"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 entry is not booked yet"), "{said}");
    let found =
        place.rows("banktxn", "SELECT transaction_details, balance_amt FROM banktxn ORDER BY line_no");
    assert_eq!(found, ["one two; batch of 2 | 970.0000", "Card; reversal; charges 1.50 CHF | 975.0000"]);
    // SWIFT's field for the person, as German and as Dutch banks fill it, and a line that a bank adds.
    let text = ":20:X\n:25:10020030/123456\n:28C:1\n:60F:D240101EUR10,\n\
                :61:2401020102C5,NTRFNONREF\n:86:166?00GUTSCHRIFT?20EREF+R-7?21SVWZ+Invoice?22 77?32Meyer ?33AG\n\
                :61:240103RC1,5NMSCNONREF//B9\nadded\n\
                :61:2401040104D2,NTRFNONREF\n:86:/TRTP/SEPA/NAME/Jan/REMI/USTD//Huur mei/EREF/R-8\n\
                :62F:D240104EUR8,5\n-\n:20:Y\n:25:99\n:28C:1\n:60F:C240101KWD1,125\n:61:240105D0,125NCHK0815\n:62F:C240105KWD1,\n-\n";
    let place = Place::new();
    place.file("a.sta", text);
    let (code, said) = place.bank(&["a.sta"]);
    assert_eq!(code, 0, "{said}");
    let found = place.rows(
        "banktxn",
        "SELECT account_no, booking_date, transaction_details, chq_no, withdrawal_amt, withdrawal_currency, deposit_amt, \
         balance_amt FROM banktxn ORDER BY line_no",
    );
    let wanted = [
        "123456 | 2024-01-02 | Meyer AG; Invoice 77 | R-7 | ∅ | ∅ | 5.0000 | -5.0000",
        "123456 | 2024-01-03 | added | B9 | 1.5000 | EUR | ∅ | -6.5000",
        "123456 | 2024-01-04 | Jan; Huur mei | R-8 | 2.0000 | EUR | ∅ | -8.5000",
        "99 | 2024-01-05 | ∅ | 0815 | 0.1250 | KWD | ∅ | 1.0000",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn what_a_statement_states_is_compared_with_its_entries() {
    let place = Place::new();
    place.file("a.xml", whole_camt().replace("2294.40", "2294.41").replace("Ntries>4", "Ntries>5"));
    let (code, said) = place.bank(&["a.xml"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("the closing balance is 2294.41 as stated, 2294.40 by its entries"), "{said}");
    assert!(said.contains("the number of entries is 5 as stated, 4 by its entries"), "{said}");
    // A balance that may be wrong is none.
    assert_eq!(place.rows("banktxn", "SELECT COUNT(*), COUNT(balance_amt) FROM banktxn"), ["4 | 0"]);
    let place = Place::new();
    place.file("a.sta", mt940().replace(":61:241231", ":61:24x231").replace("CF2500", "CF25x0"));
    let (code, said) = place.bank(&["a.sta"]);
    assert_eq!(code, 3, "{said}");
    let faults = place.rows("error_error", "SELECT error, COUNT(*) FROM error_error GROUP BY 1 ORDER BY 1");
    assert_eq!(faults, ["bad_entry | 3"]);
    assert_eq!(place.count("banktxn"), 1);
}

#[test]
fn statements_of_one_file_are_compared_each_for_itself() {
    let statement = |account: &str, closing: &str| {
        format!(
            ":20:X\n:25:{account}\n:28C:1\n:60F:C240101EUR1,\n:61:240105C2,NTRFNONREF\n:86:in\n:62F:C240105EUR{closing},\n-\n"
        )
    };
    let place = Place::new();
    let outside = ":61:240106C9,NTRFNONREF\n:86:of no statement\n-\n";
    place.file(
        "a.sta",
        format!("{}{outside}{}{}", statement("11", "3"), statement("22", "3"), statement("33", "4")),
    );
    let (code, said) = place.bank(&["a.sta"]);
    assert_eq!((code, said.matches("as stated").count()), (0, 1), "{said}");
    assert!(said.contains("33: the closing balance is 4.00 as stated, 3.00 by its entries"), "{said}");
    let told =
        "SELECT account_no, balance_amt FROM banktxn WHERE transaction_details = 'in' ORDER BY line_no";
    assert_eq!(place.rows("banktxn", told), ["11 | 3.0000", "22 | 3.0000", "33 | ∅"]);
}

#[test]
fn a_gap_between_statements_of_one_file_is_told() {
    let statement = |opening: &str, day: &str, amount: &str, closing: &str| {
        format!(
            ":20:X\n:25:11\n:28C:1\n:60F:C2401{day}EUR{opening}\n:61:2401{day}D{amount}NTRFNONREF\n:86:out\n\
             :62F:C2401{day}EUR{closing}\n-\n"
        )
    };
    for (next, wanted) in
        [(statement("96,95", "06", "1,", "95,95"), false), (statement("50,00", "06", "1,", "49,00"), true)]
    {
        let place = Place::new();
        place.file("a.sta", statement("100,00", "05", "3,05", "96,95") + &next);
        let (code, said) = place.bank(&["a.sta"]);
        assert_eq!((code, said.contains("1 balance does not follow")), (0, wanted), "{said}");
    }
}

#[test]
fn an_amount_without_a_digit_is_none() {
    let place = Place::new();
    let entries = ":61:240105D,NMSC\n:86:none\n:61:240105D,5NMSC\n:86:half\n";
    place.file("a.sta", format!(":20:X\n:25:11\n:28C:1\n{entries}-\n"));
    let (code, said) = place.bank(&["a.sta"]);
    assert_eq!(code, 3, "{said}");
    assert_eq!(place.rows("banktxn", "SELECT withdrawal_amt FROM banktxn"), ["0.5000"]);
    assert_eq!(place.rows("error_error", "SELECT text FROM error_error"), [","]);
}

#[test]
fn a_damaged_file_is_refused_and_nothing_of_it_is_kept() {
    let bomb = whole_camt().replacen(
        "<Document",
        "<!DOCTYPE a [<!ENTITY b \"cccccccccc\"><!ENTITY d \"&b;&b;&b;&b;&b;&b;\">]><Document",
        1,
    );
    let deep = whole_camt().replacen("<Stmt>", &format!("<Stmt>{}", "<a>".repeat(10_000)), 1);
    let endless = whole_camt().replacen("<Ustrd>", &format!("<Ustrd>{}", "x".repeat(6_000_000)), 1);
    let nested = ofx(true).replacen("<STMTTRN>", &"<STMTTRN>".repeat(100_000), 1);
    let unknown = whole_camt().replacen("Rent", "&rent;", 1);
    let mut cases: Vec<Vec<u8>> = [bomb, deep, endless, nested, unknown].map(String::into_bytes).into();
    for whole in [whole_camt(), ofx(true), ofx(false)] {
        cases.extend((1..8).map(|eighths| whole.as_bytes()[..whole.len() * eighths / 8].to_vec()));
    }
    let place = Place::new();
    for (number, case) in cases.into_iter().enumerate() {
        let name = format!("{number}.txt");
        place.file(&name, case);
        let (code, said) = place.bank(&[&name]);
        assert_eq!(code, 3, "{number}: {said}");
        assert!(said.contains("hint: "), "{number}: {said}");
    }
    assert_eq!(place.count("banktxn"), 0);
}

/// Bits are turned and pieces cut out or doubled: every line that was seen is a row or a fault, or the file is refused.
#[test]
fn whatever_happens_to_a_file_it_is_told() {
    let mut random = Pcg64Mcg::seed_from_u64(20_250_102);
    let mut below = |end: usize| usize::try_from(random.next_u64() % end as u64).unwrap();
    let (mut kept, mut refused) = (0, 0);
    for (name, whole) in
        [("a.xml", whole_camt()), ("a.sta", mt940()), ("a.ofx", ofx(true)), ("a.qfx", ofx(false))]
    {
        for number in 0..75 {
            let mut bytes = whole.clone().into_bytes();
            for _ in 0..=below(3) {
                let (at, length) = (below(bytes.len()), below(60));
                let piece = at..(at + length).min(bytes.len());
                match below(3) {
                    0 => bytes[at] ^= 1 << below(8),
                    1 => drop(bytes.drain(piece)),
                    _ => {
                        let piece = bytes[piece].to_vec();
                        drop(bytes.splice(at..at, piece));
                    }
                }
            }
            let place = Place::new();
            let path = place.file(name, &bytes);
            let report = ingest::take(&place.lake(), &BANK, &path, &options()).unwrap();
            match report.state {
                State::Kept => {
                    kept += 1;
                    assert!(report.rows + report.faults >= report.lines, "{name} {number}: {report:?}");
                }
                State::Refused => {
                    refused += 1;
                    assert!(report.faults == 1 && !report.notes.is_empty(), "{name} {number}: {report:?}");
                }
                State::Known => panic!("{name} {number}: {report:?}"),
            }
        }
    }
    assert!(kept > 50 && refused > 50, "{kept} kept, {refused} refused");
}

/// The same entries as a notification, which tells no balance.
pub fn notification(mut text: String) -> String {
    while let (Some(start), Some(end)) = (text.find("<Bal>"), text.find("</Bal>")) {
        text.replace_range(start..end + "</Bal>".len(), "");
    }
    let text = text.replace("camt.053", "camt.054").replace("BkToCstmrStmt>", "BkToCstmrDbtCdtNtfctn>");
    text.replace("<Stmt>", "<Ntfctn>").replace("</Stmt>", "</Ntfctn>")
}

#[test]
fn what_a_notification_tells_before_its_statement_is_counted_once_in_any_order() {
    let lines = "SELECT booking_date, transaction_details, withdrawal_amt, deposit_amt, balance_amt FROM banktxn \
                 ORDER BY booking_date, value_date, balance_amt";
    let alone = Place::new();
    alone.file("statement.xml", whole_camt());
    assert_eq!(alone.ingested("bank", &["statement.xml"]).0, 0);
    let wanted = alone.rows("banktxn", lines);
    assert!(wanted.len() == ENTRIES.len() && wanted.iter().all(|row| !row.ends_with('∅')), "{wanted:?}");
    let told = format!("{} lines are one with lines of another file", ENTRIES.len());
    for order in [["notification.xml", "statement.xml"], ["statement.xml", "notification.xml"]] {
        for at_once in [true, false] {
            let place = Place::new();
            place.file("statement.xml", whole_camt());
            place.file("notification.xml", notification(whole_camt()));
            let mut said = String::new();
            for names in if at_once { vec![&order[..]] } else { order.chunks(1).collect() } {
                let (code, words) = place.ingested("bank", names);
                assert_eq!(code, 0, "{words}");
                said += &words;
            }
            assert!(said.contains(&told), "{order:?} {said}");
            assert_eq!(place.rows("banktxn", lines), wanted, "{order:?}");
        }
    }
}

/// Takes files in, at once or one by one, and gives all that was said.
fn taken(place: &Place, files: &[&str], at_once: bool) -> String {
    let mut said = String::new();
    for names in if at_once { vec![files] } else { files.chunks(1).collect() } {
        let (code, words) = place.ingested("bank", names);
        assert_eq!(code, 0, "{words}");
        said += &words;
    }
    said
}

#[test]
fn two_forms_of_one_statement_are_counted_once_whatever_their_words() {
    // Of one payment the file of lines has more words, of the others the format; it has no references, and its newest line first.
    let mut lines: Vec<_> = own().lines().skip(1).map(str::to_owned).collect();
    lines.reverse();
    let lines = lines
        .join("\n")
        .replace("Décembre & more,E2E-1", ",")
        .replace("Rent,4711", "\"Rent\nof December, paid\",");
    let other = format!("{OWN}{lines}\n");
    let rows = "SELECT transaction_details, chq_no, withdrawal_amt, deposit_amt, balance_amt FROM banktxn ORDER BY booking_date, balance_amt";
    let wanted = [
        "Salary Décembre & more | E2E-1 | ∅ | 2500.5000 | 3500.5000",
        "Rent\nof December, paid | ∅ | 1200.0000 | ∅ | 2300.5000",
        "Coffee | ∅ | 3.0500 | ∅ | 2294.4000",
        "Coffee | ∅ | 3.0500 | ∅ | 2297.4500",
    ];
    for (name, form) in [("s.xml", whole_camt()), ("s.sta", mt940())] {
        for order in [["other.csv", name], [name, "other.csv"]] {
            for at_once in [true, false] {
                let place = Place::new();
                place.file(name, &form);
                place.file("other.csv", &other);
                let said = taken(&place, &order, at_once);
                assert!(
                    said.contains("2 lines are one with lines of another file, which has other words"),
                    "{order:?} {said}"
                );
                assert!(!said.contains("may stand twice"), "{order:?} {said}");
                assert_eq!(place.rows("banktxn", rows), wanted, "{order:?}");
            }
        }
    }
}

#[test]
fn lines_that_may_be_those_of_another_file_in_other_words_are_told() {
    let header = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency\n";
    // Without balances nothing says that a payment is the other one. On the second day each file has one that the other has not.
    let bank =
        format!("{header}77,2019-03-01,Coffee,2019-03-01,3.05,SGD\n77,2019-03-02,Tea,2019-03-02,3.05,SGD\n");
    let card = format!(
        "{header}77,2019-03-01,CARD 1 COFFEE,2019-03-01,3.05,SGD\n77,2019-03-02,CARD 1 LUNCH,2019-03-02,9.00,SGD\n"
    );
    let again = bank.replacen("details", "text", 1).replace("Tea", "Cake").replace("03-01", "03-03");
    let map = "transaction_text,transaction_details\n";
    for at_once in [true, false] {
        let place = Place::new();
        place.file("bank.csv", &bank);
        place.file("card.csv", card.replacen("transaction_details", "text", 1));
        let said = taken(&place, &["bank.csv", "card.csv"], at_once);
        let told = "1 line may stand twice: another file has lines of the same account, day and amount, but other words (from 2019-03-01 on; `saldo ingest forget` takes a file out)";
        assert!(said.contains(told), "{said}");
        assert_eq!(place.count("banktxn"), 4);
        place.file("map.csv", map);
        place.file("again.csv", &again);
        let (code, said) = place.bank(&["again.csv", "--map", "map.csv"]);
        assert!(
            code == 0 && said.contains("1 line may stand twice") && said.contains("(from 2019-03-02 on;"),
            "{said}"
        );
    }
}

#[test]
fn a_line_without_a_balance_is_one_with_another_only_as_often_as_that_one_stands_and_when_all_else_agrees() {
    let place = Place::new();
    let header =
        "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,balance_amt\n";
    let line = |text: &str, amount: &str, balance: &str| {
        format!("77,01-MAR-19,{text},01-MAR-19,{amount},SGD,{balance}\n")
    };
    // Two of three equal payments have a balance in the other file, and other texts or amounts stay.
    let plain: Vec<_> =
        [("Coffee", "3.05"), ("Coffee", "3.05"), ("Coffee", "3.05"), ("Tea", "3.05"), ("Coffee", "3.06")]
            .map(|(text, amount)| line(text, amount, ""))
            .into();
    place.file("plain.csv", format!("{header}{}", plain.concat()));
    place.file(
        "whole.csv",
        format!("{header}{}{}", line("Coffee", "3.05", "96.95"), line("Coffee", "3.05", "93.90")),
    );
    let (code, said) = place.ingested("bank", &["plain.csv"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = place.ingested("bank", &["whole.csv"]);
    assert!(code == 0 && said.contains("2 lines are one with lines of another file"), "{said}");
    let rows = "SELECT transaction_details, withdrawal_amt, balance_amt FROM banktxn ORDER BY ALL";
    let wanted = [
        "Coffee | 3.05 | 93.9000",
        "Coffee | 3.05 | 96.9500",
        "Coffee | 3.05 | ∅",
        "Coffee | 3.06 | ∅",
        "Tea | 3.05 | ∅",
    ];
    assert_eq!(
        place.rows("banktxn", rows),
        wanted.map(|row| row.replace(".05 |", ".0500 |").replace(".06 |", ".0600 |"))
    );
}

#[test]
fn the_status_of_a_lake_tells_how_each_statement_is_read() {
    let place = Place::new();
    place.file("german.csv", "Konto;Buchungsdatum;Zweck;Betrag;Währung\n4711;15.02.2024;Miete;-412,30;EUR\n");
    place.file("own.csv", OWN.to_owned() + "4711,2024-03-15,Rent,,2024-03-15,1.00,EUR,,,\n");
    place.file("c.xml", camt(&ntry("DBIT", "1.00", "2024-04-01", "2024-04-02", ""), "9.00", ""));
    assert_eq!(place.ingested("bank", &["german.csv", "own.csv", "c.xml"]).0, 0);
    let status = || -> serde_json::Value {
        let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
            .args(["status", "--lake", "lake", "--format", "json"])
            .current_dir(place.0.path())
            .env("HOME", place.0.path())
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let told = status();
    let mut found: Vec<_> = told["statements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert!(one["statement"].as_str().unwrap().starts_with("raw/bank/"), "{one}");
            ["first_month", "last_month", "read_as"].map(|name| one[name].as_str().unwrap()).join(" ")
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "2024-02 2024-02 `;` between cells; a comma stands before decimals; dates are written dmy; an amount with a minus goes out",
            "2024-03 2024-03 `,` between cells; a point stands before decimals",
            "2024-04 2024-04 ISO 20022 camt",
        ]
    );
    // A note that is damaged hides nothing else.
    let mut notes = fs::read_dir(place.lake().join("raw/bank")).unwrap().map(|file| file.unwrap().path());
    let note = notes.find(|file| file.to_string_lossy().ends_with("own.csv.reading.json")).unwrap();
    fs::write(note, "{").unwrap();
    let told = status();
    let told = told["statements"].as_array().unwrap().iter();
    let told: Vec<_> = told.map(|one| one["read_as"].as_str().unwrap()).collect();
    assert!(told.len() == 3 && told.contains(&"the note on it cannot be read"), "{told:?}");
}
