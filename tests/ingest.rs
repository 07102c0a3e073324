//! Statements and daily balances as people send them: every encoding, packing and fault, in any order and more than once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "ingest/formats.rs"]
mod formats;
#[path = "ingest/matching.rs"]
mod matching;
#[path = "ingest/renewed.rs"]
mod renewed;
#[path = "support/rows.rs"]
mod rows;
#[path = "ingest/staged.rs"]
mod staged;
#[path = "support/table.rs"]
mod table;

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use saldo::pipeline::bank::BANK;
use saldo::pipeline::ingest::{self, FileReport, Options, State};
use saldo::pipeline::{self, Run};
use saldo::text::BLANKS;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const OWN: &str = "account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,withdrawal_currency,\
                   deposit_amt,deposit_currency,balance_amt\n";
const PUBLIC: &str =
    "Account No,DATE,TRANSACTION DETAILS,CHQ.NO.,VALUE DATE, WITHDRAWAL AMT , DEPOSIT AMT ,BALANCE AMT,.\n";

/// A folder with a lake and files to take in.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn lake(&self) -> PathBuf {
        self.0.path().join("lake")
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Runs `saldo ingest` in the folder.
    fn ingest(&self, kind: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_saldo"))
            .args(["ingest", kind, "--lake", "lake"])
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path())
            .output()
            .unwrap()
    }

    /// Exit code and stderr.
    fn ingested(&self, kind: &str, arguments: &[&str]) -> (i32, String) {
        let output = self.ingest(kind, arguments);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn bank(&self, arguments: &[&str]) -> (i32, String) {
        self.ingested("bank", arguments)
    }

    /// Rows of a table as text; `∅` for NULL. A table that is not there has none.
    fn rows(&self, table: &str, select: &str) -> Vec<String> {
        table::table(&self.lake(), table, select).into_iter().map(|cells| cells.join(" | ")).collect()
    }

    fn count(&self, table: &str) -> u64 {
        let rows = self.rows(table, &format!("SELECT COUNT(*) FROM {table}"));
        rows.first().map_or(0, |count| count.parse().unwrap())
    }

    /// What the statements say, whatever their files are called.
    fn lines(&self) -> Vec<String> {
        self.rows("banktxn", "SELECT * EXCLUDE (source_file, line_no) FROM banktxn ORDER BY txn_key")
    }

    /// Every file of the lake with its bytes, but the lock, which says who came last.
    fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else if !path.ends_with("_saldo/lock") {
                    found.push((path.clone(), fs::read(&path).unwrap()));
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.lake(), &mut found);
        found.sort();
        found
    }

    /// Takes files in through the library.
    fn take(&self, names: &[&str], options: &Options) -> Vec<FileReport> {
        let take =
            |name: &&str| ingest::take(&self.lake(), &BANK, &self.0.path().join(name), options).unwrap();
        let reports = names.iter().map(take).collect();
        pipeline::run(
            &Run {
                root: &self.lake(),
                sources: &[],
                demo: None,
                conversion: None,
                only: &[],
                on_demand: None,
            },
            &mut |_| (),
        )
        .unwrap();
        reports
    }
}

/// How files came in 2026.
fn options() -> Options {
    Options::new("2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap())
}

/// A line of the pipeline's own form: account, day of January 2017, deposit, balance.
fn own(account: &str, day: u32, deposit: &str, balance: &str) -> String {
    format!("{account}',{day}-Jan-17,CASH DEP,,{day}-Jan-17,,,{deposit},INR,{balance}\n")
}

fn statement(lines: &[String]) -> String {
    format!("{OWN}{}", lines.concat())
}

/// Ten lines of one account, each with its own amount.
static TEN: LazyLock<Vec<String>> = LazyLock::new(|| {
    (1..=10).map(|day| own("77", day, &format!("{day}.00"), &format!("{}.00", day * (day + 1) / 2))).collect()
});

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in files {
        out.start_file(*name, options).unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(bytes).collect()
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

#[test]
fn both_headers_give_the_same_lines() {
    let place = Place::new();
    place.file(
        "public.csv",
        format!(
            "{PUBLIC}409000611074',29-Jun-17,TRF FROM  Indiaforensic SERVICES,,29-JUN-17,,\"10,00,000.00\",\"1,000,000.00\",.\n\
             409000611074',5-Jul-17,FDRL/INTERNAL FUND TRANSFE,123,5-Jul-17,\"1,000,000\",,0,.\n"
        ),
    );
    let (code, said) = place.bank(&["public.csv"]);
    assert_eq!((code, said.as_str()), (0, "public.csv: 2 lines, 2 loaded, 0 known already, 0 faults\n"));
    let lines = place.rows(
        "banktxn",
        "SELECT account_no, booking_date, value_date, transaction_details, chq_no, withdrawal_amt, deposit_amt,
           balance_amt, flags FROM banktxn ORDER BY line_no",
    );
    assert_eq!(
        lines,
        [
            "409000611074 | 2017-06-29 | 2017-06-29 | TRF FROM  Indiaforensic SERVICES | ∅ | ∅ | 1000000.0000 | 1000000.0000 | ccy_missing",
            "409000611074 | 2017-07-05 | 2017-07-05 | FDRL/INTERNAL FUND TRANSFE | 123 | 1000000.0000 | ∅ | 0.0000 | ccy_missing",
        ]
    );
    // The same lines under the other header are the same lines.
    let same = format!(
        "{OWN}409000611074,2017-06-29,TRF FROM  Indiaforensic SERVICES,,29-Jun-2017,,,1000000,,1000000\n\
         409000611074,05-Jul-17,FDRL/INTERNAL FUND TRANSFE,123,5-JUL-17,1000000.00,,,,0.00\n"
    );
    place.file("own.csv", same);
    let (code, said) = place.bank(&["own.csv"]);
    assert_eq!((code, said.as_str()), (0, "own.csv: 2 lines, 0 loaded, 2 known already, 0 faults\n"));
    assert_eq!(place.count("banktxn"), 2);
}

#[test]
fn every_encoding_packing_and_dialect_gives_the_same_lines() {
    let text = statement(&TEN).replace("CASH DEP", "DEPÓSITO AÑO");
    let name = "a statement (ñ).csv";
    let whole = Place::new();
    whole.file("plain.csv", &text);
    assert_eq!(whole.bank(&["plain.csv"]).0, 0);
    let wanted = whole.lines();
    assert_eq!(wanted.len(), 10);
    assert!(wanted[0].contains("DEPÓSITO AÑO"));
    let quoted = |delimiter: &str| {
        let cell = |cell: &str| format!("\"{cell}\"");
        let line = |line: &str| line.split(',').map(cell).collect::<Vec<_>>().join(delimiter) + "\n";
        text.lines().map(line).collect::<String>()
    };
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("UTF-8 with a mark", format!("\u{feff}{text}").into_bytes()),
        ("UTF-16 LE", utf16(&text, u16::to_le_bytes)),
        ("UTF-16 BE", utf16(&text, u16::to_be_bytes)),
        ("Latin-1", latin1(&text)),
        ("CR LF", text.replace('\n', "\r\n").into_bytes()),
        ("CR", text.replace('\n', "\r").into_bytes()),
        ("mixed ends", text.replacen('\n', "\r\n", 3).into_bytes()),
        ("no end", text.trim_end().as_bytes().to_vec()),
        ("semicolons", text.replace(',', ";").into_bytes()),
        ("tabs", text.replace(',', "\t").into_bytes()),
        ("pipes", text.replace(',', "|").into_bytes()),
        ("quotes", quoted(",").into_bytes()),
        ("quotes and blanks", quoted(" , ").into_bytes()),
        ("blank lines", text.replace('\n', "\n\n").into_bytes()),
        ("empty cells at the end", text.replace('\n', ",,\n").replacen(",,\n", "\n", 1).into_bytes()),
        ("gzip", gzip(text.as_bytes())),
        ("gzip of CR LF", gzip(text.replace('\n', "\r\n").as_bytes())),
        ("gzip in two members", {
            let (first, second) = text.split_at(300);
            [gzip(first.as_bytes()), gzip(second.as_bytes())].concat()
        }),
        ("zip", zip(&[("x.csv", text.as_bytes())])),
    ];
    for (form, content) in forms {
        let place = Place::new();
        place.file(name, content);
        let (code, said) = place.bank(&[name]);
        // What is no UTF may be in other encodings too.
        let note = if form == "Latin-1" {
            "  its letters are taken for windows-1252; --encoding names another\n"
        } else {
            ""
        };
        let told = format!("{name}: 10 lines, 10 loaded, 0 known already, 0 faults\n{note}");
        assert_eq!(said, told, "{form}");
        assert_eq!(code, 0, "{form}");
        assert_eq!(place.lines(), wanted, "{form}");
    }
}

/// A broken file, the lines that load from it, the faults it makes, and a word of what is said.
struct Broken {
    what: &'static str,
    content: Vec<u8>,
    rows: u64,
    faults: &'static [&'static str],
    said: &'static str,
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn broken_files() -> Vec<Broken> {
    let good = statement(&TEN);
    let with = |line: &str| {
        let mut lines = TEN.clone();
        lines.insert(5, line.to_owned());
        statement(&lines).into_bytes()
    };
    let case = |what, content, rows, faults, said| Broken { what, content, rows, faults, said };
    let line = |cells: &str| format!("77,4-Jan-17,{cells}\n");
    let bytes = |bad: &[u8]| {
        let text = with("77,4-Jan-17,HERE,,,,,1.00,INR,1.00\n");
        let at = text.windows(4).position(|window| window == b"HERE").unwrap();
        [&text[..at], bad, &text[at + 4..]].concat()
    };
    let accents = statement(&TEN).replace("CASH DEP", "DEPÓSITO").into_bytes();
    vec![
        case("empty", Vec::new(), 0, &["empty_file"], "it has no lines: get it again"),
        case("header only", OWN.into(), 0, &[], "0 lines"),
        case(
            "nothing but bad lines",
            format!("{OWN}1,2\n3,4\n").into(),
            0,
            &["ragged_line", "ragged_line"],
            "2 lines, 0 loaded",
        ),
        case("blank lines only", b"\n\n\n".to_vec(), 0, &["no_header"], "no line of the first"),
        case("no header", TEN.concat().into(), 0, &["no_header"], "no line of the first"),
        case("binary", (0..=255).cycle().take(9000).collect(), 0, &["no_header"], "XLSX, XLS, camt.052"),
        case("column twice", good.replacen("chq_no", "DATE", 1).into(), 0, &["bad_header"], "are both date"),
        case(
            "column missing",
            good.replacen("account_no", "branch", 1).into(),
            0,
            &["no_account"],
            "no column is called account_no",
        ),
        case(
            "no amounts",
            b"account_no,date,balance_amt\n1,1-Jan-17,5\n".to_vec(),
            0,
            &["bad_header"],
            "withdrawal_amt or deposit_amt or amount",
        ),
        case(
            "unknown columns",
            b"account_no,date,deposit_amt,branch\n1,1-Jan-17,5,x\n".to_vec(),
            1,
            &[],
            "kept out: branch",
        ),
        case("too few cells", with("77,4-Jan-17,x\n"), 10, &["ragged_line"], ", 1 fault\n"),
        case("too many cells", with(&line("x,,,,,1.00,INR,1.00,more")), 10, &["ragged_line"], ", 1 fault\n"),
        case("header again", with(OWN), 10, &[], "10 loaded"),
        case(
            "lines above",
            format!("Statement of account\nfor Mr X\n\n{good}").into(),
            10,
            &[],
            "2 lines above the header, of totals or of words are no transactions",
        ),
        case(
            "text behind a quote",
            with(&line("\"a\"b,,,,,1.00,INR,1.00")),
            10,
            &["bad_quoting"],
            ", 1 fault\n",
        ),
        case(
            "open quote",
            with(&line("\"never closed,,,,,1.00,INR,1.00")),
            10,
            &["unclosed_quote"],
            ", 1 fault\n",
        ),
        case(
            "open quote before amounts in quotes",
            with("77,4-Jan-17,\"open,,,,,1.00,INR,1.00\n77,4-Jan-17,x,,,,,\"1,000.00\",INR,5.00\n"),
            11,
            &["unclosed_quote"],
            ", 1 fault\n",
        ),
        case(
            "open quote at the end",
            format!("{good}{}", line("\"x,,,,,1,INR,1").trim_end()).into(),
            10,
            &["unclosed_quote"],
            ", 1 fault\n",
        ),
        case(
            "a quote over two lines is no fault",
            with(&line("\"two\nlines\",,,,,1.00,INR,1.00")),
            11,
            &[],
            "11 lines, 11 loaded",
        ),
        case("NUL byte", bytes(b"a\0b"), 10, &["nul_byte"], ", 1 fault\n"),
        case("no Windows-1252", bytes(b"a\x81b"), 10, &["undecodable"], ", 1 fault\n"),
        case(
            "no UTF-8 in a file of UTF-8",
            [accents.as_slice(), b"77,4-Jan-17,\xFF,,,,,1.00,INR,1.00\n"].concat(),
            10,
            &["undecodable"],
            ", 1 fault\n",
        ),
        case(
            "half a UTF-16 character",
            [utf16(&good, u16::to_le_bytes), vec![b'7']].concat(),
            10,
            &["undecodable"],
            ", 1 fault\n",
        ),
        case("no amount", with(&line("x,,,,,n/a,INR,1.00")), 10, &["bad_amount"], "10 loaded"),
        case(
            "a decimal comma",
            with(&line("x,,,\"12,50\",INR,,,\"1.234,56\"")),
            10,
            &["bad_amount", "bad_amount"],
            "2 faults",
        ),
        case(
            "an amount too large",
            with(&line("x,,,,,99999999999999999999999,INR,1.00")),
            10,
            &["bad_amount"],
            ", 1 fault\n",
        ),
        case(
            "no date",
            with("77,31-Feb-17,x,,yesterday,,,1.00,INR,1.00\n"),
            10,
            &["bad_date", "bad_date"],
            "2 faults",
        ),
        case("date missing", with("77,,x,,,,,1.00,INR,1.00\n"), 10, &["date_missing"], ", 1 fault\n"),
        case("account missing", with("',4-Jan-17,x,,,,,1.00,INR,1.00\n"), 10, &["account_missing"], ", 1 fault\n"),
        case("a spoiled account", with("1.23457E+17,4-Jan-17,x,,,,,1.00,INR,1.00\n"), 10, &["bad_account"], ", 1 fault\n"),
        case(
            "dates of other centuries",
            with("77,4-Jan-1969,x,,,,,1.00,INR,1.00\n77,EPOCH,x,,,,,1.00,INR,1.00\n77,infinity,x,,,,,1.00,INR,1.00\n\
                  77,17-07-05,x,,,,,1.00,INR,1.00\n77,4-Jan-17,x,,4-Jan-2917,,,1.00,INR,1.00\n"),
            10,
            &["bad_date", "bad_date", "bad_date", "unclear_date", "bad_date"],
            "15 lines, 10 loaded, 0 known already, 5 faults",
        ),
        case("a cut digit", with(&line("x,,,,,0.021385479,INR,1.00")), 10, &["bad_amount"], ", 1 fault\n"),
        case(
            "a negative debit among others",
            with(&[line("x,,,-1.00,INR,,,1.00"), line("x,,,2.00,INR,,,1.00")].concat()),
            11,
            &["negative_debit"],
            ", 1 fault\n",
        ),
        case("unit separator", bytes(b"a\x1Fb"), 10, &["unit_separator"], ", 1 fault\n"),
        case(
            "marks that nothing settles",
            b"account_no,date,deposit_amt,withdrawal_amt\n1,1-Jan-17,\"1,234\",\n1,2-Jan-17,1.234,\n1,3-Jan-17,77,\n".to_vec(),
            0,
            &["two_readings"],
            "1,234 in line 2 is 1234 with a point before the decimals and 1.234 with a comma, and no cell of the file settles which\n  \
             hint: say which with --decimal point or --decimal comma",
        ),
        case(
            "marks that contradict each other",
            b"account_no;date;deposit_amt;withdrawal_amt\n1;1-Jan-17;1.234;\n1;2-Jan-17;1.50;\n1;3-Jan-17;1,50;\n".to_vec(),
            1,
            &["unclear_amount", "bad_amount"],
            "3 lines, 1 loaded, 0 known already, 2 faults",
        ),
        case(
            "marks that another cell settles",
            b"account_no,date,deposit_amt,withdrawal_amt\n1,1-Jan-17,\"1,234\",\n1,2-Jan-17,1.234,\n1,3-Jan-17,77.5,\n".to_vec(),
            3,
            &[],
            "3 lines, 3 loaded",
        ),
        case(
            "one amount with a sign",
            b"account_no,date,deposit_amt\n1,1-Jan-17,-700.00\n1,2-Jan-17,2000.00\n".to_vec(),
            2,
            &[],
            "an amount with a minus goes out",
        ),
        case(
            "a direction that is not understood",
            b"account_no,date,deposit_amt,Soll/Haben\n1,1-Jan-17,1337.00,H\n1,2-Jan-17,37.00,X\n1,3-Jan-17,5.00,\n".to_vec(),
            1,
            &["bad_direction"; 2],
            "2 faults",
        ),
        case(
            "a direction under another name",
            b"account_no,date,deposit_amt,Art\n1,1-Jan-17,1337.00,Haben\n1,2-Jan-17,37.00,Miete\n".to_vec(),
            0,
            &["two_readings"],
            "Haben in line 2 would say which way",
        ),
        case(
            "gzip cut short",
            {
                let packed = gzip(good.as_bytes());
                packed[..packed.len() / 2].to_vec()
            },
            0,
            &["damaged_file"],
            "damaged",
        ),
        case("gzip of nonsense", b"\x1F\x8Bnonsense".to_vec(), 0, &["damaged_file"], "damaged"),
        case("gzip of nothing", gzip(b""), 0, &["empty_file"], "the file is empty"),
        case("gzip bomb", gzip(&vec![b'x'; 80 << 20]), 0, &["damaged_file"], "unpacks to more than"),
        case(
            "zip cut short",
            {
                let packed = zip(&[("a.csv", good.as_bytes())]);
                packed[..packed.len() / 2].to_vec()
            },
            0,
            &["damaged_file"],
            "damaged",
        ),
        case("zip of nothing", zip(&[]), 0, &["empty_file"], "no file in the zip"),
        case(
            "zip bomb",
            zip(&[("a.csv", &vec![b','; 80 << 20])]),
            0,
            &["damaged_file"],
            "unpacks to more than",
        ),
        case(
            "workbook",
            zip(&[("[Content_Types].xml", b"<x/>"), ("xl/a.xml", b"<x/>")]),
            0,
            &["damaged_file"],
            "workbook",
        ),
        case(
            "zip of an endless name",
            zip(&[(&"x".repeat(2000), good.as_bytes())]),
            0,
            &["damaged_file"],
            "a name of more than 1024 bytes",
        ),
        case(
            "zip of a path that climbs, a good file and a picture",
            zip(&[
                ("../../a/b.csv", good.as_bytes()),
                ("__MACOSX/._b.csv", b"x"),
                ("deep/er/logo.png", b"\x89PNG\0"),
            ]),
            10,
            &["no_header"],
            "deep/er/logo.png: no line",
        ),
    ]
}

#[test]
fn broken_files_give_faults_and_lose_nothing() {
    let cases = broken_files();
    assert!(cases.len() >= 30, "{}", cases.len());
    for Broken { what, content, rows, faults, said } in cases {
        let place = Place::new();
        place.file("broken.csv", content);
        let output = place.ingest("bank", &["broken.csv", "--json"]);
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(words.contains(said), "{what}: {words}");
        assert_eq!(output.status.code(), Some(if faults.is_empty() { 0 } else { 3 }), "{what}: {words}");
        assert_eq!(place.count("banktxn"), rows, "{what}");
        let told = place.rows("error_error", "SELECT error FROM error_error ORDER BY line_no, column_name");
        assert_eq!(told, faults, "{what}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let number = |name: &str| json["files"][0][name].as_u64().unwrap();
        assert_eq!((number("rows"), number("faults")), (rows, faults.len() as u64), "{what}");
        let of_lines = place
            .rows("error_error", "SELECT COUNT(DISTINCT line_no) FROM error_error WHERE line_no IS NOT NULL");
        let of_lines: u64 = of_lines.first().map_or(0, |count| count.parse().unwrap());
        assert_eq!(number("lines"), rows + of_lines, "{what}: lines in are rows out and faults");
        // Whoever tries again is told the same, and nothing is there twice.
        let before = place.bytes();
        place.bank(&["broken.csv"]);
        assert_eq!(place.count("error_error"), faults.len() as u64, "{what}: again");
        assert_eq!(before, place.bytes(), "{what}: again");
    }
}

#[test]
fn a_fault_names_file_line_column_and_text() {
    let place = Place::new();
    let long = "x".repeat(5000);
    place.file(
        "k.csv",
        format!("{PUBLIC}1',5-Jul-17,x,,31-Feb-17,,\"12,50\",1.00,.\n1',5-Jul-17,{long}\n1',5-Jul-17,x,,,,2,3.00,.\n"),
    );
    assert_eq!(place.bank(&["k.csv"]).0, 3);
    let faults = place.rows(
        "error_error",
        "SELECT area, regexp_replace(source, '[0-9a-f]{12}', 'HASH'), line_no, column_name, error, left(text, 9), length(text)
         FROM error_error ORDER BY line_no, column_name",
    );
    assert_eq!(
        faults,
        [
            "bank | raw/bank/HASH-k.csv | 2 | DEPOSIT AMT | bad_amount | 12,50 | 5",
            "bank | raw/bank/HASH-k.csv | 2 | VALUE DATE | bad_date | 31-Feb-17 | 9",
            "bank | raw/bank/HASH-k.csv | 3 | ∅ | ragged_line | 1',5-Jul- | 2048",
        ]
    );
    let lines =
        place.rows("banktxn", "SELECT line_no, value_date, deposit_amt, flags FROM banktxn ORDER BY line_no");
    assert_eq!(lines, ["4 | 2017-07-05 | 2.0000 | vd_missing,ccy_missing"]);
}

#[test]
fn a_line_over_the_cap_is_a_fault_and_the_rest_loads() {
    let place = Place::new();
    let mut lines = TEN.clone();
    lines.insert(3, format!("77,4-Jan-17,{},,,,,1.00,INR,1.00\n", "x".repeat(10_000)));
    let options = Options { line_cap: 5000, ..options() };
    place.file("long.csv", statement(&lines));
    let told = place.take(&["long.csv"], &options).remove(0);
    assert_eq!((told.state, told.lines, told.rows, told.faults), (State::Kept, 11, 10, 1));
    assert_eq!(
        place.rows("error_error", "SELECT error, line_no, length(text) FROM error_error"),
        ["line_too_long | 5 | 2048"]
    );
    assert_eq!(place.count("banktxn"), 10);
    // A file that is one line without an end is refused, whatever its length.
    place.file("endless.csv", vec![b'x'; 20 << 20]);
    assert_eq!(place.take(&["endless.csv"], &options)[0].state, State::Refused);
}

#[test]
fn the_same_file_twice_changes_nothing_under_any_name() {
    let place = Place::new();
    let mut lines = TEN.clone();
    lines.push("77,x\n".into());
    place.file("a.csv", statement(&lines));
    place.file("b.csv", statement(&lines));
    let (code, said) = place.bank(&["a.csv"]);
    assert_eq!(code, 3);
    assert!(said.starts_with("a.csv: 11 lines, 10 loaded, 0 known already, 1 fault\n"), "{said}");
    let before = place.bytes();
    for name in ["a.csv", "b.csv"] {
        assert_eq!(place.bank(&[name]), (0, format!("{name}: known already, nothing changed\n")));
        assert_eq!(before, place.bytes());
    }
    // What a killed run left behind goes with the next one.
    for name in ["_saldo/incoming/.tmpa1", "_saldo/.tmpb2", "raw/bank/.tmpc3", "raw/rates/source=oxr/.tmpd4"]
    {
        let litter = place.file(&format!("lake/{name}"), "half a file");
        assert_eq!(place.bank(&["a.csv"]).0, 0);
        assert!(!litter.exists(), "{name}");
    }
    assert_eq!(before, place.bytes());
    let raw = before.iter().find(|(path, _)| path.to_string_lossy().ends_with("-a.csv")).unwrap();
    assert_eq!(raw.1, statement(&lines).into_bytes(), "kept as received");
}

#[test]
fn files_of_a_zip_whose_names_cannot_be_told_apart_are_two() {
    let place = Place::new();
    let names = [("first.csv", 0xFE), ("other.csv", 0xFF)];
    let mut packed = zip(&[
        (names[0].0, statement(&TEN[..4]).as_bytes()),
        (names[1].0, statement(&TEN[4..]).as_bytes()),
        ("b.csv", statement(&TEN[..1]).as_bytes()),
    ]);
    // In no encoding that the zip tells.
    for (name, odd) in names {
        let places = 0..packed.len() - name.len();
        for place in places.filter(|place| packed[*place..].starts_with(name.as_bytes())).collect::<Vec<_>>()
        {
            packed[place..place + 5].fill(odd);
        }
    }
    place.file("all.zip", packed);
    let (code, said) = place.bank(&["all.zip"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(place.count("banktxn"), 10);
    let names = "SELECT COUNT(DISTINCT source_file), COUNT(DISTINCT (source_file, line_no)) FROM banktxn";
    assert_eq!(place.rows("banktxn", names), ["3 | 10"]);
}

#[test]
fn a_lake_is_made_again_from_its_raw_files() {
    let place = Place::new();
    place.file("a.csv", utf16(&statement(&TEN), u16::to_le_bytes));
    place.file("b.csv", zip(&[("one.csv", statement(&TEN[..4]).as_bytes()), ("two.csv", PUBLIC.as_bytes())]));
    place.file("map.csv", "Konto,account_no\nTag,date\nHaben,deposit_amt\n");
    place.file("c.csv", "Konto;Tag;Haben\n5;1-Jan-17;7.00\n5;2-Jan-17;x\n");
    assert_eq!(place.bank(&["a.csv", "b.csv"]).0, 0);
    assert_eq!(place.bank(&["c.csv", "--map", "map.csv"]).0, 3);
    place.file(
        "d.json",
        "{\"table\": \"t\", \"rows\": [{\"Fecha\": \"2023-01-02\", \"saldo_clientes\": 1.10}]}",
    );
    assert_eq!(place.ingested("balances", &["d.json"]).0, 0);
    let before = place.bytes();
    for name in ["banktxn", "error_error", "transactions", "_saldo"] {
        fs::remove_dir_all(place.lake().join(name)).unwrap();
    }
    let sources: Vec<String> = {
        let manifest = before.iter().find(|(path, _)| path.ends_with("_saldo/manifest.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&manifest.1).unwrap();
        json["sources"].as_array().unwrap().iter().map(|source| source.as_str().unwrap().to_owned()).collect()
    };
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    pipeline::run(
        &Run {
            root: &place.lake(),
            sources: &sources,
            demo: None,
            conversion: None,
            only: &[],
            on_demand: None,
        },
        &mut |_| (),
    )
    .unwrap();
    assert_eq!(before, place.bytes());
}

#[test]
fn six_equal_deposits_survive_and_overlaps_merge_as_multisets() {
    let place = Place::new();
    let equal = || own("77", 16, "\"500,000.00\"", "1.00");
    place.file("six.csv", statement(&vec![equal(); 6]));
    place.file("four.csv", statement(&[vec![equal(); 4], vec![TEN[0].clone()]].concat()));
    place.file(
        "again.csv",
        statement(&vec![equal(); 6].into_iter().chain([TEN[1].clone()]).collect::<Vec<_>>()),
    );
    let said = place.bank(&["four.csv", "six.csv", "again.csv"]).1;
    let wanted = "four.csv: 5 lines, 5 loaded, 0 known already, 0 faults\n\
                  six.csv: 6 lines, 2 loaded, 4 known already, 0 faults\n\
                  again.csv: 7 lines, 1 loaded, 6 known already, 0 faults\n";
    assert!(said.starts_with(wanted), "{said}");
    let told = place.rows(
        "banktxn",
        "SELECT deposit_amt, COUNT(*), COUNT(DISTINCT txn_key) FROM banktxn GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(told, ["1.0000 | 1 | 1", "2.0000 | 1 | 1", "500000.0000 | 6 | 6"]);
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[test]
fn overlapping_parts_in_any_order_equal_the_whole() {
    let mut chance = Chance(20_170_629);
    // Few accounts, days and amounts, so that many lines are equal.
    let lines: Vec<String> = (0..200)
        .map(|_| {
            let amount = format!("{}.00", 1 + chance.below(2));
            own(
                &format!("7{}", chance.below(2)),
                1 + u32::try_from(chance.below(5)).unwrap(),
                &amount,
                "9.00",
            )
        })
        .collect();
    // Statements cover days: a part has all lines of its days.
    let day =
        |line: &str| line.split(',').nth(1).unwrap().split('-').next().unwrap().parse::<usize>().unwrap();
    let part = |first: usize, last: usize| {
        let chosen = lines.iter().filter(|line| (first..=last).contains(&day(line))).cloned();
        statement(&chosen.collect::<Vec<_>>())
    };
    let whole = Place::new();
    whole.file("whole.csv", statement(&lines));
    assert_eq!(whole.bank(&["whole.csv"]).0, 0);
    let wanted = whole.lines();
    assert_eq!(wanted.len(), 200);
    let mut tables = Vec::new();
    for round in 0..4 {
        let place = Place::new();
        let mut names = Vec::new();
        for (first, last) in [(1, 2), (2, 4), (3, 5), (5, 5), (1, 1)] {
            let name = format!("{first}-{last}.csv");
            place.file(&name, part(first, last));
            names.push(name);
        }
        for place in (1..names.len()).rev() {
            names.swap(place, chance.below(place + 1));
        }
        // All at once, or one after the other.
        if round % 2 == 0 {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            assert_eq!(place.bank(&names).0, 0);
        } else {
            for name in &names {
                assert_eq!(place.bank(&[name]).0, 0);
            }
        }
        assert_eq!(place.lines(), wanted, "{names:?}");
        let files =
            place.bytes().into_iter().filter(|(path, _)| path.to_string_lossy().contains("/banktxn/"));
        tables.push(files.map(|(_, bytes)| bytes).collect::<Vec<_>>());
    }
    assert!(tables.windows(2).all(|pair| pair[0] == pair[1]), "the bytes do not depend on the order");
}

/// A statement by account and then by day, and its lines as the table has them: by month, account and day.
fn by_account(accounts: &[i32], months: &[(i32, u32)], lines: usize) -> (String, Vec<String>) {
    let mut statement = String::from(OWN);
    let mut wanted = Vec::new();
    for account in accounts {
        for (year, month) in months {
            for line in 0..lines {
                let date = format!("{year}-{month:02}-{:02}", line * 24 / lines + 1);
                let details = format!("PAYMENT {account} {line}");
                let currency = ["INR", "SGD"][line % 2];
                writeln!(statement, "7{account}',{date},{details},,{date},{line}.25,{currency},,,").unwrap();
                let text = format!("{date} | 7{account} | {details} | {line}.2500");
                wanted.push((*year, *month, account, date, wanted.len() + 2, text));
            }
        }
    }
    wanted.sort();
    (statement, wanted.into_iter().map(|(.., number, text)| format!("{text} | {number}")).collect())
}

#[test]
fn a_statement_longer_than_what_is_held_stands_by_account_and_day_whatever_its_order() {
    // Every month is written to again when its first lines have left the memory.
    let months: Vec<_> = (2015..=2016).flat_map(|year| (1..=12).map(move |month| (year, month))).collect();
    let (long, wanted) = by_account(&[2, 0, 3, 1], &months, 240);
    let first: Vec<_> =
        months.iter().map(|(year, month)| format!("79',{year}-{month:02}-09,x,,,1,INR,,,\n")).collect();
    let select = |account: &str| {
        format!(
            "SELECT value_date, account_no, transaction_details, withdrawal_amt, line_no \
             FROM banktxn WHERE account_no {account} '79'"
        )
    };
    // So much that a month is put in order in memory, and so little that the engine does it.
    let (much, little) = (1 << 20, 1 << 16);
    let orders: [(usize, &[&[&str]]); 4] = [
        (much, &[&["long.csv"]]),
        (little, &[&["long.csv"]]),
        (much, &[&["first.csv"], &["long.csv"]]),
        (little, &[&["long.csv", "first.csv"]]),
    ];
    let tables: Vec<_> = orders
        .into_iter()
        .map(|(held, runs)| {
            let options = Options { held, ..options() };
            let place = Place::new();
            place.file("long.csv", &long);
            place.file("first.csv", statement(&first));
            for files in runs {
                place.take(files, &options);
            }
            // As they stand in the files.
            assert!(place.rows("banktxn", &select("<>")) == wanted, "{held} {runs:?}");
            // Which columns the one takes over from the other, and what it makes of them.
            let taken = "account_no, booking_date, value_date, transaction_details, chq_no, withdrawal_amt, \
                         withdrawal_currency, deposit_amt, deposit_currency, balance_amt, flags, txn_key, source_file, line_no";
            let banktxn = place.lake().join("banktxn/**/*.parquet");
            let others = format!(
                "SELECT {taken} FROM processed EXCEPT ALL SELECT {taken} FROM read_parquet('{}')",
                banktxn.display()
            );
            assert_eq!(place.rows("processed", &others), [""; 0]);
            let wrong = "SELECT line_no FROM processed WHERE withdrawal_sgd_amt IS DISTINCT FROM \
                         CASE withdrawal_currency WHEN 'SGD' THEN withdrawal_amt END";
            assert_eq!(place.rows("processed", wrong), [""; 0]);
            assert_eq!(place.count("processed"), place.count("banktxn"));
            assert_eq!(place.rows("banktxn", &select("=")).len(), (runs.concat().len() - 1) * months.len());
            let files =
                place.bytes().into_iter().filter(|(path, _)| path.to_string_lossy().contains("/banktxn/"));
            files.map(|(_, bytes)| bytes).collect::<Vec<_>>()
        })
        .collect();
    assert!(tables[2] == tables[3], "the bytes do not depend on the order of files");
}

#[test]
fn a_statement_by_account_goes_to_its_months_as_it_comes() {
    // The pieces in which lines leave the memory have odd numbers, of some of which the engine changes the order.
    let accounts: Vec<_> = (0..10).collect();
    let (long, wanted) = by_account(&accounts, &[(2015, 1), (2015, 2)], 1030);
    let place = Place::new();
    place.file("long.csv", &long);
    place.take(&["long.csv"], &Options { held: 270 << 10, ..options() });
    let columns = "SELECT value_date, account_no, transaction_details, withdrawal_amt, line_no FROM";
    assert!(place.rows("banktxn", &format!("{columns} banktxn")) == wanted);
    assert!(place.rows("processed", &format!("{columns} processed")) == wanted);
}

/// Cells that are plain in one way or another, or nearly so.
const ACCOUNTS: &str = "77|=\"0077\"|1.5E+17|1E5|77'|'77| 7 7 '||'|7'7|ñ7|\u{a0}77|77\u{2003}|a\tb";
const DATES: &str = "29-Feb-16|29-Feb-17|2016-02-29|2016-2-9|31-dec-99| 1-JAN-00 |1-Jan-1965|| |5/7/17|5-Jul-0017|31-Apr-17|\
                     2016-02-29T10:00Z|2016/2/9|EPOCH|infinity|1-Jan-2999|9999-12-31|٣-Jan-17|-1-Jan-17";
const TEXTS: &str = "| |x| x  y |say \"x\"|a,b|two\nlines|é|x\u{a0}|\u{2003}x|'|\t";
const CURRENCIES: &str = "INR| inr |Sgd||us$|ıNR|straße|usd\u{a0}|x\ty";
const NUMBERS: &str = "| |1|-0|-0.00|0.0001|-0.00001|1.23456|1,00,000.5|1e5|+1|.5|5.|n/a|-5|99999999999999.9999|\
                       922337203685477.5807|922337203685477.5808|999999999999999|1234567890123456|99999999999999999|\
                       00012.10|--5|١|1,2345,678|0.50000|-|12,34,567|1,234,567.8";
/// Of a file whose marks are settled, and of one in which they contradict each other.
const SETTLED: &str = "1,234|1.234|-999.125";
const UNSETTLED: &str = "12,50|0,123|1234,567|1.234,56|1.000.000";

/// A statement of odd lines, of lines that are odd but for a few cells, and of plain ones.
fn odd_statement(more: &str) -> String {
    let numbers = format!("{NUMBERS}|{more}");
    let mut chance = Chance(11);
    let mut pick = |pool: &str| {
        let cells: Vec<_> = pool.split('|').collect();
        cells[chance.below(cells.len())].replace('"', "\"\"")
    };
    let mut file = String::from(OWN);
    for _ in 0..4_000 {
        let is_plain = pick("plain|odd") == "plain";
        let mut cell =
            |odd: &str, usual: &str| if is_plain && !usual.is_empty() { usual.to_owned() } else { pick(odd) };
        let cells = [
            cell(ACCOUNTS, "77'"),
            cell(DATES, "29-Feb-16"),
            cell(TEXTS, "CASH"),
            cell(TEXTS, " "),
            cell(DATES, "1-Mar-16"),
            cell(&numbers, " "),
            cell(CURRENCIES, ""),
            cell(&numbers, ""),
            cell("INR|INR|INR|sgd", ""),
            cell(&numbers, "8.00"),
        ];
        writeln!(file, "{}", cells.map(|cell| format!("\"{cell}\"")).join(",")).unwrap();
    }
    file
}

#[test]
fn every_odd_line_is_a_row_under_the_key_of_what_it_says_or_has_a_fault() {
    for more in [SETTLED, UNSETTLED] {
        let place = Place::new();
        place.file("odd.csv", odd_statement(more));
        let said = place.bank(&["odd.csv"]);
        assert_eq!(said.0, 3, "{said:?}");
        let count = |condition: &str| {
            let rows = place.rows("banktxn", &format!("SELECT COUNT(*) FROM banktxn WHERE {condition}"));
            rows.first().map_or(0, |count| count.parse::<u64>().unwrap())
        };
        // Half of the SHA-256 of the line's cells as the table has them, its words only where no balance is behind it, and which of
        // equal lines it is.
        let content = "CONCAT_WS(CHR(31), account_no, CAST(booking_date AS VARCHAR), CAST(value_date AS VARCHAR),
            CASE WHEN balance_amt IS NULL
                 THEN CONCAT(trim(regexp_replace(COALESCE(transaction_details, ''), '\\s+', ' ', 'g')), CHR(31), COALESCE(chq_no, '')) END,
            COALESCE(CAST(withdrawal_amt AS VARCHAR), ''), COALESCE(withdrawal_currency, ''),
            COALESCE(CAST(deposit_amt AS VARCHAR), ''), COALESCE(deposit_currency, ''),
            COALESCE(CAST(balance_amt AS VARCHAR), ''))";
        let equal = format!(
            "SELECT *, {content} AS content, row_number() OVER (
               PARTITION BY {content} ORDER BY COALESCE(transaction_details, ''), COALESCE(chq_no, ''), line_no) AS place FROM banktxn"
        );
        let wrong = format!(
            "SELECT line_no, txn_key FROM ({equal}) WHERE txn_key <> substr(sha256(content), 1, 32) || '-' || place"
        );
        assert_eq!(place.rows("banktxn", &wrong), [""; 0]);
        // Some lines repeat others, some have nothing to remark, and many are rows.
        for some in
            ["txn_key LIKE '%-2'", "flags IS NULL", "flags LIKE '%neg_amount%'", "account_no = '0077'"]
        {
            assert!(count(some) > 0, "{some}");
        }
        assert!(place.count("banktxn") > 300, "{}", place.count("banktxn"));
        let flagged = "(withdrawal_amt IS NULL AND deposit_amt IS NULL) <> (COALESCE(flags, '') LIKE '%no_amount%')
            OR (withdrawal_amt IS NOT NULL AND deposit_amt IS NOT NULL) <> (COALESCE(flags, '') LIKE '%both_sides%')
            OR COALESCE(deposit_amt < 0, FALSE) <> (COALESCE(flags, '') LIKE '%neg_amount%')
            OR COALESCE((withdrawal_amt IS NOT NULL AND withdrawal_currency IS NULL)
              OR (deposit_amt IS NOT NULL AND deposit_currency IS NULL), FALSE) <> (COALESCE(flags, '') LIKE '%ccy_missing%')";
        assert_eq!(count(flagged), 0, "a flag is there where its reason is");
        let faults = "SELECT COUNT(DISTINCT line_no) FROM error_error";
        let faults: u64 = place.rows("error_error", faults).remove(0).parse().unwrap();
        assert_eq!(place.count("banktxn") + faults, 4_000);
    }
}

#[test]
fn cells_around_which_there_is_any_blank_are_bare() {
    let place = Place::new();
    let line = |blank: char| {
        format!(
            "\"{blank}77{blank}\",\"{blank}3-Jan-17{blank}\",\"{blank}X{blank}\",,,,,\"{blank}5.00{blank}\",\"{blank}inr{blank}\",\n"
        )
    };
    let lines: String = BLANKS.chars().map(line).collect();
    place.file("blanks.csv", format!("{OWN}{lines}"));
    let said = place.bank(&["blanks.csv"]);
    assert_eq!(said.0, 0, "{said:?}");
    let rows = "SELECT DISTINCT account_no, booking_date, transaction_details, deposit_amt, deposit_currency, COUNT(*) OVER ()
                FROM banktxn";
    let wanted = format!("77 | 2017-01-03 | X | 5.0000 | INR | {}", BLANKS.chars().count());
    assert_eq!(place.rows("banktxn", rows), [wanted]);
}

#[test]
fn a_map_names_the_columns_of_another_bank() {
    let place = Place::new();
    place.file("other.csv", "Kto.;Gebucht;Wofür;Weg;Her;Filiale\n5;1-Jan-17;MIETE;1,000.00;;x\n");
    let (code, said) = place.bank(&["other.csv"]);
    assert_eq!(code, 3);
    assert!(said.contains("hint: name the columns with --map FILE"), "{said}");
    assert!(!place.lake().join("raw/bank").exists(), "a refused file is not kept");
    place.file(
        "map.csv",
        "their header,our column\nKTO,account_no\ngebucht,Date\nWofür,transaction_details\nWeg,withdrawal_amt\nHer,deposit_amt\n",
    );
    let said = place.bank(&["other.csv", "--map", "map.csv"]);
    assert_eq!(
        said,
        (0, "other.csv: 1 line, 1 loaded, 0 known already, 0 faults\n  kept out: Filiale\n".into())
    );
    let told = place
        .rows("banktxn", "SELECT account_no, booking_date, transaction_details, withdrawal_amt FROM banktxn");
    assert_eq!(told, ["5 | 2017-01-01 | MIETE | 1000.0000"]);
    place.file("bad.csv", "Kto,account_no\nWeg,debit\n");
    let (code, said) = place.bank(&["other.csv", "--map", "bad.csv"]);
    assert_eq!(code, 2);
    assert!(
        said.contains("line 2: debit is none of our columns") && said.contains("hint: our columns are"),
        "{said}"
    );
    assert_eq!(place.bank(&["nothing.csv"]).0, 1, "a file that is not there");
}

#[test]
fn balances_follow_within_the_tolerance_whatever_the_order_of_a_day() {
    let place = Place::new();
    // The second day is listed newest first; the third drifts by 0.05, the fourth lacks a line of 100.
    let lines = [
        own("77", 1, "10.00", "10.00"),
        own("77", 2, "3.00", "18.00"),
        own("77", 2, "2.00", "15.00"),
        own("77", 2, "3.00", "13.00"),
        own("77", 3, "1.00", "19.05"),
        own("77", 4, "1.00", "120.05"),
        own("77", 5, "1.00", "121.05"),
        own("88", 1, "1.00", "500.00"),
        own("88", 2, "1.00", ""),
        own("88", 3, "1.00", "502.00"),
    ];
    place.file("chain.csv", statement(&lines));
    let (code, said) = place.bank(&["chain.csv"]);
    assert_eq!(code, 0);
    let mut words = String::new();
    let source = place.rows("banktxn", "SELECT DISTINCT source_file FROM banktxn").remove(0);
    writeln!(words, "chain.csv: 10 lines, 10 loaded, 0 known already, 0 faults").unwrap();
    writeln!(words, "1 balance does not follow from its amount:").unwrap();
    writeln!(words, "  account 77 on 2017-01-04: balance 120.0500, expected 20.0500 (line 7 of {source})")
        .unwrap();
    writeln!(words, "  see `saldo query balance_breaks`").unwrap();
    assert_eq!(said, words);
    let query = |tolerance: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
            .args(["query", "--lake", "lake", "balance_breaks", "--format", "csv", "--param", tolerance])
            .current_dir(place.0.path())
            .env_clear()
            .env("HOME", place.0.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let place = text.lines().next().unwrap().split(',').position(|name| name == "line_no").unwrap();
        text.lines().skip(1).map(|line| line.split(',').nth(place).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(query("tolerance=0.10"), ["7"]);
    assert_eq!(query("tolerance=0.005"), ["6", "7"], "two decimals do not allow for rounding");
}

#[test]
fn daily_balances_forgive_headers_and_compare_the_calendar() {
    for year in ["año", "aÃ±o", "anio", "ANO"] {
        let place = Place::new();
        let header = format!(
            "FECHA;saldo_inversión;Saldo Clientes;num_ingresos_hoy;num_egresos_hoy;Saldo_Flujos;dia_semana;dia_del_mes;mes;{year}"
        );
        place.file("s.csv", format!("{header}\n2023-12-31;1,234.50;2000;3;4.0;;1;31;12;2022\n30/12/2023;1.00;2;0;0;5;7;30;12;2023\n"));
        let (code, said) = place.ingested("balances", &["s.csv"]);
        assert_eq!(
            (code, said.as_str()),
            (
                0,
                "s.csv: 2 lines, 2 loaded, 0 known already, 0 faults\n  its dates are read in the order dmy\n  anio is not the calendar's on 1 of 2 days; the calendar's is used\n"
            ),
            "{year}"
        );
        let told = place.rows("transactions", "SELECT * FROM transactions ORDER BY fecha");
        assert_eq!(
            told,
            ["2023-12-30 | 1.00 | 2.00 | 5.00 | 0 | 0", "2023-12-31 | 1234.50 | 2000.00 | ∅ | 3 | 4"],
            "{year}"
        );
    }
}

#[test]
fn daily_balances_come_as_json_without_floats() {
    let place = Place::new();
    place.file(
        "s.json",
        r#"{"table": "saldos", "rows": [
            {"Fecha": "2023-01-01", "Saldo_Inversion": 12345678901234.57, "saldo_clientes": "2.00", "num_ingresos_hoy": 7, "aÃ±o": 2023},
            {"Fecha": "2023-01-02", "Saldo_Inversion": null, "saldo_clientes": 1e3, "num_ingresos_hoy": 8.0, "aÃ±o": 2023},
            {"Fecha": "2023-01-03", "Saldo_Inversion": "x", "saldo_clientes": 1, "num_ingresos_hoy": 1.5, "aÃ±o": 2023}]}"#,
    );
    let (code, said) = place.ingested("balances", &["s.json"]);
    assert_eq!(code, 3);
    assert!(said.starts_with("s.json: 3 lines, 3 loaded, 0 known already, 2 faults\n"), "{said}");
    let told = place.rows(
        "transactions",
        "SELECT fecha, saldo_inversion, saldo_clientes, num_ingresos_hoy FROM transactions ORDER BY fecha",
    );
    assert_eq!(
        told,
        [
            "2023-01-01 | 12345678901234.57 | 2.00 | 7",
            "2023-01-02 | ∅ | 1000.00 | 8",
            "2023-01-03 | ∅ | 1.00 | ∅"
        ]
    );
    // A number says itself what its point is, whatever the texts beside it show.
    place.file(
        "both.json",
        r#"[{"fecha": "05/01/2024", "saldo_clientes": 1.230, "num_ingresos_hoy": 1.000}, {"fecha": "13/01/2024", "saldo_clientes": "1.234,5"}]"#,
    );
    let (code, said) = place.ingested("balances", &["both.json"]);
    assert_eq!(code, 0, "{said}");
    let told = place.rows(
        "transactions",
        "SELECT fecha, saldo_clientes, num_ingresos_hoy FROM transactions WHERE fecha > '2024-01-01' ORDER BY fecha",
    );
    assert_eq!(told, ["2024-01-05 | 1.23 | 1", "2024-01-13 | 1234.50 | ∅"]);
    place.file("bad.json", r#"{"rows": [{"Fecha": "2023-01-01", "#);
    let (code, said) = place.ingested("balances", &["bad.json"]);
    assert_eq!(code, 3);
    assert!(said.contains("it is not JSON with a list of rows"), "{said}");
}

#[test]
fn balances_are_read_with_the_marks_and_the_order_that_all_cells_show_or_that_are_said() {
    let place = Place::new();
    place.file("a.csv", "Fecha;saldo_clientes;num_ingresos_hoy\n30.12.2023;1.234,56;1\n31.12.2023;-1.234;2\n01.02.2024;0,5;3\n");
    let (code, said) = place.ingested("balances", &["a.csv"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("its amounts have a comma before decimals") && said.contains("in the order dmy"),
        "{said}"
    );
    let days = "SELECT fecha, saldo_clientes FROM transactions ORDER BY fecha";
    let first = ["2023-12-30 | 1234.56", "2023-12-31 | -1234.00", "2024-02-01 | 0.50"];
    assert_eq!(place.rows("transactions", days), first);
    place.file("b.csv", "Fecha,saldo_clientes\n05/07/2023,1.234\n");
    let (code, said) = place.ingested("balances", &["b.csv"]);
    assert!(code == 3 && said.contains("0 loaded"), "{said}");
    place.file("c.csv", "Fecha,saldo_clientes\n05/07/2022,1.234\n");
    let (code, said) = place.ingested("balances", &["c.csv", "--dates", "mdy", "--decimal", "comma"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(place.rows("transactions", days)[0], "2022-05-07 | 1234.00");
}

#[test]
fn days_that_stand_twice_or_nowhere_are_faults() {
    let place = Place::new();
    place.file(
        "a.csv",
        "Fecha,saldo_clientes\n2023-01-01,1\n2023-01-02,2\n2023-01-01,1\n2023-01-02,3\n1899-12-30,4\nx,5\n2023-01-03\n\
         2023-01-04,4\n05/07/2023,1\n",
    );
    let (code, said) = place.ingested("balances", &["a.csv"]);
    assert_eq!(code, 3);
    assert!(said.starts_with("a.csv: 9 lines, 2 loaded, 1 known already, 6 faults\n"), "{said}");
    let faults = place.rows("error_error", "SELECT line_no, error, text FROM error_error ORDER BY line_no");
    assert_eq!(
        faults,
        [
            "3 | duplicate_date | 2023-01-02,2",
            "5 | duplicate_date | 2023-01-02,3",
            "6 | bad_date | 1899-12-30",
            "7 | bad_date | x",
            "8 | ragged_line | 2023-01-03",
            "10 | unclear_date | 05/07/2023",
        ]
    );
    let days = "SELECT fecha, saldo_clientes FROM transactions ORDER BY fecha";
    assert_eq!(place.rows("transactions", days), ["2023-01-01 | 1.00", "2023-01-04 | 4.00"]);
    // A later file corrects what it has, and says what; that is no fault.
    place.file("b.csv", "Fecha,saldo_clientes\n2023-01-01,1\n2023-01-04,20\n2023-01-05,5\n");
    let (code, said) = place.ingested("balances", &["b.csv"]);
    let wanted = "b.csv: 3 lines, 1 loaded, 1 corrected, 1 known already, 0 faults\n  \
                  corrected 2023-01-04: saldo_clientes 4.00 is now 20.00\n";
    assert_eq!((code, said.as_str()), (0, wanted));
    let now = ["2023-01-01 | 1.00", "2023-01-04 | 20.00", "2023-01-05 | 5.00"];
    assert_eq!(place.rows("transactions", days), now);
    let before = place.bytes();
    assert_eq!(place.ingested("balances", &["a.csv", "b.csv"]).0, 0);
    assert_eq!(before, place.bytes());
}

#[test]
fn the_text_of_a_disputed_day_is_the_files_own_line() {
    let files = [
        (
            "b.csv",
            "Fecha,Saldo_Inversion,saldo_clientes,num_ingresos_hoy,num_egresos_hoy,Saldo_Flujos\n2024-03-01,120,220,1,2,5\n2024-03-01,125,220,1,2,5\n",
            ["2 | 2024-03-01,120,220,1,2,5", "3 | 2024-03-01,125,220,1,2,5"],
        ),
        (
            "h.csv",
            "Nota;Fecha;saldo_clientes\n\"a;b\";31/12/2023;1.234,56\nc;31/12/2023;1.234,57\n",
            ["2 | \"a;b\";31/12/2023;1.234,56", "3 | c;31/12/2023;1.234,57"],
        ),
        (
            "j.json",
            r#"[{"fecha": "2024-03-01", "saldo_clientes": 1.50}, {"fecha": "2024-03-01", "saldo_clientes": 2}]"#,
            [
                r#"1 | {"fecha":"2024-03-01","saldo_clientes":1.50}"#,
                r#"2 | {"fecha":"2024-03-01","saldo_clientes":2}"#,
            ],
        ),
    ];
    for (name, text, wanted) in files {
        let place = Place::new();
        place.file(name, text);
        assert_eq!(place.ingested("balances", &[name]).0, 3);
        let faults = "SELECT line_no, text FROM error_error ORDER BY line_no";
        assert_eq!(place.rows("error_error", faults), wanted, "{name}");
    }
}

#[test]
fn the_day_of_the_year_is_compared_with_the_calendar() {
    let place = Place::new();
    place.file(
        "a.csv",
        "Fecha,saldo_clientes,dia_del_año\n2024-03-01,1,61\n2024-03-02,2,999\n2024-12-31,2,366\n",
    );
    let (code, said) = place.ingested("balances", &["a.csv"]);
    assert_eq!(code, 0, "{said}");
    let wanted = "  dia_del_anio is not the calendar's on 1 of 3 days; the calendar's is used\n";
    assert!(said.contains(wanted) && !said.contains("kept out"), "{said}");
}

#[test]
fn a_file_of_which_nothing_was_loaded_is_read_anew_with_what_answers_its_faults() {
    let place = Place::new();
    place.file("c.csv", "Fecha,Saldo_Inversion,saldo_clientes\n01/02/2024,100,200\n03/04/2024,110,210\n");
    let (code, said) = place.ingested("balances", &["c.csv"]);
    assert!(
        code == 3 && said.contains("hint: --dates dmy or --dates mdy says how its dates are meant"),
        "{said}"
    );
    let faults = place.rows("error_error", "SELECT DISTINCT message FROM error_error");
    assert!(faults[0].ends_with("--dates says it"), "{faults:?}");
    let (code, said) = place.ingested("balances", &["c.csv"]);
    assert!(code == 0 && said.contains("known already"), "{said}");
    let (code, said) = place.ingested("balances", &["c.csv", "--dates", "dmy"]);
    assert!(code == 0 && said.contains("c.csv: 2 lines, 2 loaded"), "{said}");
    let days = place.rows("transactions", "SELECT fecha FROM transactions ORDER BY fecha");
    assert_eq!(days, ["2024-02-01", "2024-04-03"]);
    assert_eq!(place.count("error_error"), 0);
    // What is loaded is not read anew by the way.
    let (code, said) = place.ingested("balances", &["c.csv", "--dates", "mdy"]);
    assert!(code == 0 && said.contains("it was read with other options"), "{said}");
}

#[test]
fn all_dates_of_balances_together_settle_their_order() {
    let ordered =
        "05/12/2016 09/12/2016 02/01/2017 03/01/2017 09/01/2017 02/02/2017 07/02/2017 03/03/2017 04/04/2017";
    for (days, first, last) in [
        ("31/12/19 01/02/20", "2019-12-31", "2020-02-01"),
        ("12/31/19 01/02/20", "2019-12-31", "2020-01-02"),
        ("25/07/17 05/08/2017", "2017-07-25", "2017-08-05"),
        (ordered, "2016-12-05", "2017-04-04"),
    ] {
        let place = Place::new();
        let rows = days.split(' ').map(|day| format!("{day},1.5\n")).collect::<Vec<_>>().concat();
        place.file("a.csv", format!("Fecha,saldo_clientes\n{rows}"));
        let (code, said) = place.ingested("balances", &["a.csv"]);
        assert_eq!(code, 0, "{days}: {said}");
        let ends = place.rows("transactions", "SELECT min(fecha), max(fecha) FROM transactions");
        assert_eq!(ends, [format!("{first} | {last}")], "{days}");
    }
}

#[test]
fn a_later_file_of_balances_takes_nothing_away() {
    let place = Place::new();
    place.file(
        "good.csv",
        "Fecha,Saldo_Inversion,saldo_clientes,num_ingresos_hoy\n2023-01-01,988564.99,10.50,3\n2023-01-02,5.00,6.00,7\n",
    );
    assert_eq!(place.ingested("balances", &["good.csv"]).0, 0);
    let select = "SELECT * FROM transactions ORDER BY fecha";
    let good = place.rows("transactions", select);
    assert_eq!(good[0], "2023-01-01 | 988564.99 | 10.50 | ∅ | 3 | ∅");
    // What cannot be read, is empty, stands twice or has no column.
    place.file(
        "bad.csv",
        "Fecha,Saldo_Inversion,saldo_flujos\n2023-01-01,foo,1.25\n2023-01-02,1e400,\n2023-01-03,1.00,1.00\n2023-01-03,2.00,1.00\n",
    );
    let (code, said) = place.ingested("balances", &["bad.csv"]);
    assert_eq!(code, 3);
    assert!(
        said.starts_with("bad.csv: 4 lines, 0 loaded, 1 corrected, 1 known already, 4 faults\n"),
        "{said}"
    );
    assert_eq!(
        place.rows("transactions", select),
        ["2023-01-01 | 988564.99 | 10.50 | 1.25 | 3 | ∅", "2023-01-02 | 5.00 | 6.00 | ∅ | 7 | ∅"]
    );
    // Without that file the lake is as if it had not been taken in, its faults too.
    assert_eq!(place.ingested("forget", &["bad.csv"]).0, 0);
    assert_eq!(place.rows("transactions", select), good);
    assert_eq!(place.count("error_error"), 0);
}

#[test]
fn a_folder_that_is_no_lake_is_left_alone_and_a_demo_is_no_demo_after() {
    let place = Place::new();
    place.file("a.csv", statement(&TEN));
    place.file("lake/letter.txt", "mine");
    let (code, said) = place.bank(&["a.csv"]);
    assert_eq!(code, 1);
    assert!(said.contains("exists and is not a lake"), "{said}");
    fs::remove_dir_all(place.lake()).unwrap();
    let demo = saldo::demo::Options { lake: place.lake(), rows: 20, seed: 1 };
    saldo::demo::build(&demo, &mut |_| ()).unwrap();
    assert_eq!(place.bank(&["a.csv"]), (0, "a.csv: 10 lines, 10 loaded, 0 known already, 0 faults\n".into()));
    assert_eq!((place.count("banktxn"), place.count("processed")), (30, 30));
    assert!(saldo::demo::build(&demo, &mut |_| ()).is_err(), "it would remove the statement");
}

#[test]
fn a_file_is_forgotten_or_read_anew() {
    let place = Place::new();
    place.file("ten.csv", statement(&TEN));
    place.file("map.csv", "Konto,account_no\nTag,date\nBetrag,deposit_amt\nGut,balance_amt\n");
    place.file("wrong.csv", "Konto,account_no\nTag,date\nGut,deposit_amt\n");
    place.file("other.csv", "Konto;Tag;Betrag;Gut\n5;1-Jan-17;7.00;7.00\n5;2-Jan-17;1.00;x\n");
    assert_eq!(place.bank(&["ten.csv"]).0, 0);
    let without = place.bytes();
    let lines = place.lines();
    // Taken in with a wrong map, which is known, and not for ever.
    assert_eq!(place.bank(&["other.csv", "--map", "wrong.csv"]).0, 3);
    let (code, said) = place.bank(&["other.csv", "--map", "map.csv"]);
    assert_eq!(code, 0);
    assert!(said.contains("`saldo ingest again FILE --map FILE` reads it anew"), "{said}");
    let (code, said) = place.ingested("again", &["other.csv", "--map", "map.csv"]);
    assert_eq!(code, 3, "{said}");
    let select = "SELECT deposit_amt, balance_amt FROM banktxn WHERE account_no = '5'";
    assert_eq!(place.rows("banktxn", select), ["7.0000 | 7.0000"]);
    let faults = "SELECT error, column_name, text FROM error_error";
    assert_eq!(
        place.rows("error_error", faults),
        ["bad_amount | Gut | x"],
        "those of the former reading are gone"
    );
    // As if it had been taken in so at first.
    let direct = Place::new();
    for (name, map) in [("ten.csv", None), ("other.csv", Some("map.csv"))] {
        direct.file(name, fs::read(place.0.path().join(name)).unwrap());
        direct.file("map.csv", fs::read(place.0.path().join("map.csv")).unwrap());
        direct.bank(&map.map_or(vec![name], |map| vec![name, "--map", map]));
    }
    assert_eq!(place.lines(), direct.lines());
    // By the file, by its checksum, by its name.
    let kept = || {
        let names = fs::read_dir(place.lake().join("raw/bank")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with("other.csv")).collect::<Vec<_>>().pop().unwrap()
    };
    let names = [
        (|_| "other.csv".to_owned()) as fn(String) -> String,
        |kept| kept[..8].to_uppercase(),
        |kept| format!("raw/bank/{kept}"),
    ];
    for name in names {
        let name = name(kept());
        let (code, said) = place.ingested("forget", &[&name]);
        assert_eq!(code, 0, "{name}: {said}");
        assert_eq!(place.lines(), lines, "{name}");
        assert_eq!(place.rows("error_error", faults), [""; 0], "{name}");
        let strip = |files: Vec<(PathBuf, Vec<u8>)>| {
            files.into_iter().filter(|(path, _)| !path.ends_with("manifest.json")).collect::<Vec<_>>()
        };
        assert_eq!(strip(place.bytes()), strip(without.clone()), "{name}");
        assert_eq!(place.bank(&["other.csv", "--map", "map.csv"]).0, 3, "it can be taken in again");
    }
    for (command, name) in
        [("forget", "nothing.csv"), ("forget", "00000000"), ("again", "map.csv"), ("forget", "raw/bank/../x")]
    {
        let (code, said) = place.ingested(command, &[name]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("no file like"), "{said}");
    }
}

#[test]
fn a_file_that_is_no_longer_there_is_found_by_its_name() {
    let place = Place::new();
    for (name, text) in [
        ("ten.csv", statement(&TEN)),
        ("twice.csv", statement(&TEN[..4])),
        ("twice.csv", statement(&TEN[..3])),
    ] {
        place.file(name, text);
        assert_eq!(place.bank(&[name]).0, 0);
        fs::remove_file(place.0.path().join(name)).unwrap();
    }
    for command in ["again", "forget"] {
        assert_eq!(place.ingested(command, &["elsewhere/ten.csv"]).0, 1, "{command}");
        let (code, said) = place.ingested(command, &["twice.csv"]);
        assert!(code == 2 && said.contains("twice.csv may be any of raw/bank/"), "{command}: {said}");
        let (code, said) = place.ingested(command, &["ten.csv"]);
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!(place.count("banktxn"), 4);
}

#[test]
fn the_last_file_can_be_forgotten() {
    let place = Place::new();
    place.file("ten.csv", statement(&TEN));
    assert_eq!(place.bank(&["ten.csv"]).0, 0);
    assert_eq!(place.ingested("forget", &["ten.csv"]).0, 0);
    assert_eq!((place.count("banktxn"), place.count("processed")), (0, 0));
    assert!(!place.lake().join("_saldo/forgotten.json").exists());
    assert_eq!(place.bank(&["ten.csv"]).0, 0);
    assert_eq!(place.count("processed"), 10);
    // What is lost and was not forgotten is not given up in silence.
    fs::remove_dir_all(place.lake().join("raw/bank")).unwrap();
    place.file("b.csv", "Fecha,saldo_clientes\n2023-01-01,1\n");
    assert_eq!(place.ingested("balances", &["b.csv"]).0, 3);
    assert_eq!(place.count("processed"), 10);
}

#[test]
fn a_later_file_corrects_also_where_one_was_forgotten() {
    let place = Place::new();
    let take = |number: u32| {
        place.file("day.csv", format!("Fecha,saldo_clientes\n2023-01-01,{number}\n2023-02-0{number},9\n"));
        let (code, said) = place.ingested("balances", &["day.csv"]);
        assert_eq!(code, 0, "{said}");
        assert_eq!(
            place.rows(
                "transactions",
                "SELECT saldo_clientes FROM transactions WHERE fecha = DATE '2023-01-01'"
            ),
            [format!("{number}.00")]
        );
    };
    for number in 1..=3 {
        take(number);
    }
    // The oldest goes each time.
    for number in 4..=9 {
        let raw = fs::read_dir(place.lake().join("raw/balances")).unwrap().map(|entry| entry.unwrap().path());
        let mut raw: Vec<_> = raw.filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
        raw.sort_by_key(|path| fs::read_to_string(path).unwrap());
        let first = raw[0].strip_prefix(place.lake()).unwrap().to_str().unwrap();
        assert_eq!(place.ingested("forget", &[first]).0, 0);
        take(number);
    }
}

#[test]
fn a_forgetting_that_was_cut_off_is_completed() {
    let (place, without) = (Place::new(), Place::new());
    for (name, text) in [("a.csv", statement(&TEN[..5])), ("b.csv", statement(&TEN[5..]) + "x,y,z\n")] {
        place.file(name, &text);
        place.bank(&[name]);
        if name == "a.csv" {
            without.file(name, &text);
            without.bank(&[name]);
        }
    }
    assert_eq!(place.count("error_error"), 1);
    // Cut off behind the file: its note and its faults are still there.
    let raw = fs::read_dir(place.lake().join("raw/bank")).unwrap().map(|entry| entry.unwrap().path());
    let gone = raw.into_iter().find(|path| path.to_string_lossy().ends_with("-b.csv")).unwrap();
    let named = gone.strip_prefix(place.lake()).unwrap().to_str().unwrap();
    fs::write(place.lake().join("_saldo/forgotten.json"), format!("[\"{named}\"]")).unwrap();
    fs::remove_file(&gone).unwrap();
    let root = place.lake();
    let run = Run { root: &root, sources: &[], demo: None, conversion: None, only: &[], on_demand: None };
    pipeline::run(&run, &mut |_| ()).unwrap();
    assert_eq!((place.lines(), place.count("error_error")), (without.lines(), 0));
    let names = |place: &Place| {
        let files = place.bytes().into_iter();
        files.map(|(path, _)| path.strip_prefix(place.lake()).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&place), names(&without));
}

#[test]
fn a_raw_file_that_is_lost_is_named_and_no_table_comes_back_with_fewer_rows() {
    let place = Place::new();
    for (name, lines) in [("a.csv", &TEN[..5]), ("b.csv", &TEN[5..])] {
        place.file(name, statement(lines));
        assert_eq!(place.bank(&[name]).0, 0);
    }
    let raw = fs::read_dir(place.lake().join("raw/bank")).unwrap().map(|entry| entry.unwrap().path());
    let lost = raw.into_iter().find(|path| path.to_string_lossy().ends_with("-b.csv")).unwrap();
    let copy = fs::read(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    let name = lost.strip_prefix(place.lake()).unwrap().to_str().unwrap();
    let hint =
        format!("hint: put it back from a copy, or give its rows up with `saldo ingest forget {name}`");
    let before = place.bytes();
    let run = || {
        let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
            .args(["run", "--no-fetch", "--lake", "lake"])
            .current_dir(place.0.path())
            .env_clear()
            .env("HOME", place.0.path())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, words) = run();
    assert_eq!(code, Some(3), "{words}");
    assert!(words.contains(&format!("the raw file {name} is gone, and")) && words.contains(&hint), "{words}");
    assert_eq!(place.bytes(), before, "nothing was made again");
    // Its note tells how it is read.
    fs::write(&lost, copy).unwrap();
    let note = lost.with_file_name(format!("{}.reading.json", lost.file_name().unwrap().to_str().unwrap()));
    let text = fs::read(&note).unwrap();
    fs::remove_file(&note).unwrap();
    let (code, words) = run();
    assert_eq!(code, Some(3), "{words}");
    assert!(words.contains(&hint), "{words}");
    fs::write(&note, text).unwrap();
    assert_eq!(run().0, Some(0));
    // What is lost for good is given up by its name.
    fs::remove_file(&lost).unwrap();
    let (code, words) = place.ingested("forget", &[name]);
    assert_eq!((code, place.count("processed")), (0, 5), "{words}");
    assert_eq!(run().0, Some(0));
}

#[test]
fn faults_have_a_table_before_there_is_one() {
    let place = Place::new();
    place.file("ten.csv", statement(&TEN));
    assert_eq!(place.bank(&["ten.csv"]).0, 0);
    assert_eq!(place.rows("error_error", "SELECT COUNT(*), COUNT(message) FROM error_error"), ["0 | 0"]);
    for arguments in
        [&["query", "-c", "SELECT source, line_no, message FROM error_error"][..], &["status"], &["tables"]]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
            .args(arguments)
            .args(["--lake", "lake"])
            .current_dir(place.0.path())
            .env_clear()
            .env("HOME", place.0.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn faults_that_a_stopped_run_left_give_way() {
    let place = Place::new();
    let mut lines = TEN.clone();
    lines.push("77,x\n".into());
    place.file("a.csv", statement(&lines));
    assert_eq!(place.bank(&["a.csv"]).0, 3);
    let errors = place.lake().join("raw/errors");
    let file = fs::read_dir(&errors).unwrap().next().unwrap().unwrap().path();
    let right = fs::read_to_string(&file).unwrap();
    assert_eq!(place.ingested("forget", &["a.csv"]).0, 0);
    fs::create_dir_all(&errors).unwrap();
    fs::write(&file, right.replace("ragged_line", "another_reading")).unwrap();
    assert_eq!(place.bank(&["a.csv"]).0, 3);
    assert_eq!(place.rows("error_error", "SELECT error FROM error_error"), ["ragged_line"]);
}

#[test]
fn a_file_whose_checksum_begins_like_another_is_not_known() {
    let place = Place::new();
    place.file("a.csv", statement(&TEN[..4]));
    assert_eq!(place.bank(&["a.csv"]).0, 0);
    // The kept file becomes another one that begins with the digits of the file to come.
    let folder = place.lake().join("raw/bank");
    let name = |file: &fs::DirEntry| file.file_name().into_string().unwrap();
    place.file("b.csv", statement(&TEN));
    let sha256 = format!("{:x}", Sha256::digest(statement(&TEN)));
    let manifest = place.lake().join("_saldo/manifest.json");
    let mut text = fs::read_to_string(&manifest).unwrap();
    for file in fs::read_dir(&folder).unwrap().map(Result::unwrap).collect::<Vec<_>>() {
        let other = name(&file).replacen(&name(&file)[..12], &sha256[..12], 1).replace("a.csv", "b.csv");
        text = text.replace(&name(&file), &other);
        fs::rename(file.path(), folder.join(other)).unwrap();
    }
    fs::write(&manifest, text).unwrap();
    let (code, said) = place.bank(&["b.csv"]);
    assert_eq!(code, 0);
    assert!(
        said.starts_with("b.csv: 10 lines, 10 loaded") || said.starts_with("b.csv: 10 lines, 6 loaded"),
        "{said}"
    );
    assert_eq!(place.count("banktxn"), 10);
    assert_eq!(place.bank(&["b.csv"]), (0, "b.csv: known already, nothing changed\n".into()));
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_taken_in() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let name = OsStr::from_bytes(b"aus\xFCge.csv");
    fs::write(place.0.path().join(name), statement(&TEN)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
        .args(["ingest", "bank", "--lake", "lake"])
        .arg(name)
        .current_dir(place.0.path())
        .env_clear()
        .env("HOME", place.0.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(place.count("banktxn"), 10);
}

#[test]
fn a_word_tells_the_direction_of_a_single_amount() {
    let place = Place::new();
    place.file(
        "dc.csv",
        "Konto;Datum;Text;Betrag;Waehrung;Soll/Haben\n4711;2019-10-01;Lohn;1337.00;EUR;H\n4711;2019-10-02;Kaffee;37.00;EUR;S\n",
    );
    place.file(
        "map.csv",
        "Konto,account_no\nDatum,date\nText,transaction_details\nBetrag,deposit_amt\nWaehrung,deposit_currency\n",
    );
    assert_eq!(place.bank(&["dc.csv", "--map", "map.csv"]).0, 0);
    let select = "SELECT withdrawal_amt, withdrawal_currency, deposit_amt, deposit_currency, flags FROM banktxn ORDER BY line_no";
    assert_eq!(
        place.rows("banktxn", select),
        ["∅ | ∅ | 1337.0000 | EUR | vd_missing", "37.0000 | EUR | ∅ | ∅ | vd_missing"]
    );
}

#[test]
fn a_line_without_its_text_is_one_with_the_line_that_has_it() {
    let bare = |line: &String| line.replace("CASH DEP", "");
    // The third line is in the other file alone, the fourth has another balance there.
    let with = statement(&[TEN[0].clone(), TEN[1].clone(), TEN[2].clone()]);
    let without =
        statement(&[bare(&TEN[0]), bare(&TEN[1]), bare(&TEN[3]), bare(&TEN[2]).replace("6.00\n", "7.00\n")]);
    let mut tables = Vec::new();
    for files in [&["with.csv", "without.csv"][..], &["without.csv", "with.csv"], &["both"]] {
        let place = Place::new();
        place.file("with.csv", &with);
        place.file("without.csv", &without);
        let mut reports = String::new();
        if files == ["both"] {
            reports = place.bank(&["with.csv", "without.csv"]).1;
        } else {
            for file in files {
                reports = place.bank(&[file]).1;
            }
        }
        let matched =
            "2 lines are one with lines of another file, which has other words or lacks a text or a balance";
        assert!(reports.contains(matched), "{files:?} {reports}");
        let loaded = match files {
            ["without.csv", _] => "with.csv: 3 lines, 1 loaded, 2 known already",
            _ => "without.csv: 4 lines, 2 loaded, 2 known already",
        };
        assert!(reports.contains(loaded), "{files:?} {reports}");
        let lines = place.rows(
            "banktxn",
            "SELECT deposit_amt, transaction_details, balance_amt FROM banktxn ORDER BY booking_date, balance_amt",
        );
        assert_eq!(
            lines,
            [
                "1.0000 | CASH DEP | 1.0000",
                "2.0000 | CASH DEP | 3.0000",
                "3.0000 | CASH DEP | 6.0000",
                "3.0000 | ∅ | 7.0000",
                "4.0000 | ∅ | 10.0000",
            ],
            "{files:?}"
        );
        let files =
            place.bytes().into_iter().filter(|(path, _)| path.to_string_lossy().contains("/banktxn/"));
        tables.push(files.map(|(_, bytes)| bytes).collect::<Vec<_>>());
    }
    assert!(tables.windows(2).all(|pair| pair[0] == pair[1]), "the bytes do not depend on the order");
    // Of one file both are lines.
    let place = Place::new();
    place.file("one.csv", statement(&[TEN[0].clone(), bare(&TEN[0])]));
    place.file("two.csv", statement(&[TEN[1].clone()]));
    assert_eq!(place.bank(&["one.csv", "two.csv"]).0, 0);
    assert_eq!(place.count("banktxn"), 3);
}

#[test]
fn an_overlap_reads_the_files_of_its_months_alone() {
    let place = Place::new();
    let early: Vec<_> = TEN.iter().map(|line| line.replace("Jan-17", "Jan-16")).collect();
    place.file("early.csv", statement(&early));
    place.file("a.csv", statement(&TEN[..6]));
    place.file("b.csv", statement(&TEN[4..]));
    assert_eq!(place.bank(&["early.csv"]).0, 0);
    // Whoever read it would find that it is not as it was.
    let raw = fs::read_dir(place.lake().join("raw/bank")).unwrap().map(|entry| entry.unwrap().path());
    let raw =
        raw.filter(|path| path.to_string_lossy().ends_with("early.csv")).collect::<Vec<_>>().pop().unwrap();
    fs::write(&raw, "x".repeat(fs::read(&raw).unwrap().len())).unwrap();
    let (code, said) = place.bank(&["a.csv", "b.csv"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("b.csv: 6 lines, 4 loaded, 2 known already, 0 faults"), "{said}");
    assert_eq!(place.count("banktxn"), 20);
}
