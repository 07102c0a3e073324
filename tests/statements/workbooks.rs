//! Sheets of workbooks.

use saldo::pipeline::{self, Run};

use super::Place;
use super::workbook::{self, Cell};

fn texts(row: &[&'static str]) -> Vec<Cell> {
    row.iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text) }).collect()
}

const HEADER: [&str; 4] = ["Account", "Date", "Text", "Amount"];

#[test]
fn cells_are_what_a_spreadsheet_means() {
    let place = Place::new();
    let raw = |xml| Cell::Raw(xml);
    let rows = vec![
        texts(&HEADER),
        vec![
            Cell::Number("4711"),
            Cell::Day("45415.5"),
            Cell::Inline("a & \n b"),
            Cell::Number("0.30000000000000004"),
        ],
        vec![],
        // An account whose last digits a spreadsheet has lost.
        vec![Cell::Number("1.2345678901234501E+17"), Cell::Day("45416"), Cell::Text("b"), Cell::Number("-5")],
        vec![
            Cell::Text("0010"),
            raw("t=\"d\"><v>2024-05-05T00:00:00</v></c>"),
            Cell::Empty,
            Cell::Number("-1.5E3"),
        ],
        vec![
            Cell::Text("0010"),
            Cell::Text("06.05.2024"),
            raw("t=\"str\"><f>A1</f><v>_x0041_b</v></c>"),
            Cell::Text("-7.25 EUR"),
        ],
        vec![
            Cell::Text("0010"),
            Cell::Day("45419"),
            raw("t=\"b\"><v>1</v></c>"),
            raw("t=\"e\"><v>#REF!</v></c>"),
        ],
        vec![Cell::Text("0010"), Cell::Day("45420"), Cell::Text("c"), Cell::Number("1.23456")],
        texts(&["", "", "Total", ""]),
    ];
    place.file("f.xlsx", workbook::of(&[("Mayo", &rows)]));
    let (code, said) = place.bank(&["f.xlsx"]);
    assert_eq!(code, 3, "{said}");
    let lines = place.rows(
        "banktxn",
        "SELECT line_no, account_no, booking_date, COALESCE(transaction_details, '∅'), \
         CAST(COALESCE(deposit_amt, -withdrawal_amt) AS VARCHAR) FROM banktxn ORDER BY line_no",
    );
    assert_eq!(
        lines,
        [
            "2 4711 2024-05-03 a &   b 0.3000",
            "5 0010 2024-05-05 ∅ -1500.0000",
            "6 0010 2024-05-06 Ab -7.2500",
        ],
        "{said}"
    );
    let faults = place.rows("error_error", "SELECT line_no, error, text FROM error_error ORDER BY line_no");
    assert_eq!(
        faults,
        ["4 bad_account 1.23456789012345E+17", "7 bad_amount #REF!", "8 bad_amount 1.23456"],
        "{said}"
    );
}

#[test]
fn days_of_1904_are_such() {
    let place = Place::new();
    let rows =
        vec![texts(&HEADER), vec![Cell::Text("A1"), Cell::Day("43953"), Cell::Text("a"), Cell::Number("5")]];
    let book = workbook::of(&[("s", &rows)]);
    let mut parts = workbook::unzipped(&book);
    for (name, content) in &mut parts {
        if name == "xl/workbook.xml" {
            *content = content.replace("<sheets>", "<workbookPr date1904=\"1\"/><sheets>");
        }
    }
    place.file("f.xlsx", workbook::zip(&parts));
    assert_eq!(place.bank(&["f.xlsx"]).0, 0);
    assert_eq!(place.lines(), ["2024-05-03 ∅ 5 ∅"]);
}

#[test]
fn the_sheets_that_hold_a_statement_are_read() {
    let place = Place::new();
    let other = vec![texts(&["Chart of the year", "", "x"]), vec![Cell::Number("1")]];
    let may =
        vec![texts(&HEADER), vec![Cell::Text("A1"), Cell::Day("45415"), Cell::Text("a"), Cell::Number("5")]];
    let june =
        vec![texts(&HEADER), vec![Cell::Text("A1"), Cell::Day("45450"), Cell::Text("b"), Cell::Number("6")]];
    let book = workbook::of(&[("Summary", &other), ("May", &may), ("June", &june)]);
    place.file("f.xlsx", &book);
    let shown = |options: &[&str]| {
        let output = place.command(&[&["--try", "f.xlsx"], options].concat()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = shown(&[]);
    assert!(code == 0 && text.starts_with("f.xlsx#May: a sheet, the header in row 1\n"), "{text}");
    assert!(text.contains("f.xlsx#June: a sheet") && !text.contains("Summary"), "{text}");
    let (code, said) = place.bank(&["f.xlsx"]);
    assert_eq!(
        (code, place.lines()),
        (0, vec!["2024-06-07 ∅ 6 ∅".into(), "2024-05-03 ∅ 5 ∅".into()]),
        "{said}"
    );
    assert!(said.contains("Summary: left out, for it holds no statement: "), "{said}");
    let sources =
        place.rows("banktxn", "SELECT DISTINCT substr(source_file, strpos(source_file, '#')) FROM banktxn");
    assert_eq!(sources.len(), 2, "{sources:?}");
    // One alone, where it is named; and the note knows it.
    let place = Place::new();
    place.file("f.xlsx", &book);
    let (code, said) = place.bank(&["f.xlsx", "--sheet", "June"]);
    assert_eq!((code, place.lines()), (0, vec!["2024-06-07 ∅ 6 ∅".into()]), "{said}");
    std::fs::remove_dir_all(place.lake().join("banktxn")).unwrap();
    std::fs::remove_dir_all(place.lake().join("_saldo")).unwrap();
    let run =
        Run { root: &place.lake(), sources: &[], demo: None, conversion: None, only: &[], on_demand: None };
    pipeline::run(&run, &mut |_| ()).unwrap();
    assert_eq!(place.lines(), ["2024-06-07 ∅ 6 ∅"], "made again from its raw file");
    let place = Place::new();
    place.file("f.xlsx", &book);
    let (code, said) = place.bank(&["f.xlsx", "--sheet", "July"]);
    assert_eq!(code, 3);
    assert!(
        said.contains("the workbook has no sheet July: it has Summary, May, June\n  hint: name one of them"),
        "{said}"
    );
    let (code, said) = place.bank(&["f.xlsx", "--sheet", "Summary"]);
    assert!(code == 3 && !said.contains("left out"), "{said}");
    place.file("plain.csv", "Account,Date,Text,Amount\nA1,2024-07-01,c,7.00\n");
    let (code, said) = place.bank(&["plain.csv", "--sheet", "June"]);
    assert!(code == 3 && said.contains("the file is no workbook, so it has no sheet June"), "{said}");
}

#[test]
fn a_cell_is_where_it_stands_and_one_without_its_result_is_a_fault() {
    let rows =
        vec![texts(&HEADER), vec![Cell::Text("A1"), Cell::Day("45415"), Cell::Text("a"), Cell::Number("5")]];
    let parts = workbook::unzipped(&workbook::of(&[("s", &rows)]));
    let taken = |change: &dyn Fn(&str) -> String| {
        let changed = parts.iter().map(|(name, content)| {
            (name.clone(), if name.ends_with("sheet1.xml") { change(content) } else { content.clone() })
        });
        let place = Place::new();
        place.file("f.xlsx", workbook::zip(&changed.collect::<Vec<_>>()));
        let (code, said) = place.bank(&["f.xlsx"]);
        (code, if place.lake().join("banktxn").exists() { place.lines() } else { Vec::new() }, said)
    };
    let worked_out = |text: &str, value: &str| {
        let (before, behind) = text.rsplit_once("<v>5</v>").unwrap();
        format!("{before}{value}{behind}")
    };
    // Cells that do not tell their columns stand behind each other, also behind an empty one.
    let (code, lines, said) = taken(&|text| {
        let (before, from) = text.split_once("<c r=\"C2\"").unwrap();
        let (_, behind) = from.split_once("</c>").unwrap();
        format!("{before}<c/>{}", behind.replace(" r=\"D2\"", ""))
    });
    assert_eq!((code, lines), (0, vec!["2024-05-03 ∅ 5 ∅".into()]), "{said}");
    for lacking in ["<f>A1*2</f>", "<f>A1*2</f><v/>", "<f>A1*2</f><v></v>"] {
        let (code, lines, said) = taken(&|text| worked_out(text, lacking));
        assert_eq!((code, lines), (3, Vec::new()), "{lacking}: {said}");
    }
    let (code, lines, said) = taken(&|text| worked_out(text, "<f>A1*2</f><v>7</v>"));
    assert_eq!((code, lines), (0, vec!["2024-05-03 ∅ 7 ∅".into()]), "{said}");
    // An account is lacking: a statement all the same.
    let june = vec![
        texts(&["Date", "Text", "Amount"]),
        vec![Cell::Day("45450"), Cell::Text("b"), Cell::Number("6")],
    ];
    let place = Place::new();
    place.file("f.xlsx", workbook::of(&[("May", &rows), ("June", &june)]));
    let (code, said) = place.bank(&["f.xlsx"]);
    assert_eq!((code, place.lines()), (3, vec!["2024-05-03 ∅ 5 ∅".into()]), "{said}");
    assert!(
        said.contains("June: the header is not a bank statement's: no column is called account_no"),
        "{said}"
    );
}

#[test]
fn a_workbook_that_is_no_honest_one_is_refused() {
    let rows =
        vec![texts(&HEADER), vec![Cell::Text("A1"), Cell::Day("45415"), Cell::Text("a"), Cell::Number("5")]];
    let parts = workbook::unzipped(&workbook::of(&[("s", &rows)]));
    let with = |part: &str, change: &dyn Fn(&str) -> String| {
        let changed = parts.iter().map(|(name, content)| {
            (name.clone(), if name.ends_with(part) { change(content) } else { content.clone() })
        });
        workbook::zip(&changed.collect::<Vec<_>>())
    };
    let sheet = "sheet1.xml";
    let cases = [
        ("a text that is not there", with(sheet, &|text| text.replace("<v>0</v>", "<v>99</v>"))),
        ("rows in no order", with(sheet, &|text| text.replace("<row r=\"2\">", "<row r=\"1\">"))),
        ("a row beyond the last", with(sheet, &|text| text.replace("<row r=\"2\">", "<row r=\"99999999\">"))),
        ("a column beyond the last", with(sheet, &|text| text.replace("r=\"D2\"", "r=\"XFD2\""))),
        ("no end", with(sheet, &|text| text[..text.len() / 2].to_owned())),
        (
            "entities",
            with(sheet, &|text| {
                format!("<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>{text}")
            }),
        ),
        ("an entity of its own", with("sharedStrings.xml", &|text| text.replace("<t>a<", "<t>&lol;<"))),
        (
            "more rows than its bytes can be",
            with(sheet, &|text| {
                text.replace("</sheetData>", &format!("{}</sheetData>", "<row/>".repeat(12_000_000)))
            }),
        ),
        (
            "more texts than any",
            with("sharedStrings.xml", &|text| {
                text.replace("</sst>", &format!("{}</sst>", "<si/>".repeat(9_000_000)))
            }),
        ),
        (
            "a text without an end",
            with("sharedStrings.xml", &|text| {
                text.replace("<t>a<", &format!("<t>{}<", "a".repeat(50_000_000)))
            }),
        ),
        ("no sheet", with("workbook.xml", &|_| "<workbook/>".into())),
    ];
    for (kind, book) in cases {
        let place = Place::new();
        place.file("f.xlsx", book);
        let (code, said) = place.bank(&["f.xlsx"]);
        assert_eq!(code, 3, "{kind}: {said}");
        assert!(
            said.starts_with("f.xlsx: not loaded\n") && said.contains("hint: ask for the file again"),
            "{kind}: {said}"
        );
        assert!(!place.lake().join("raw/bank").exists(), "{kind}");
    }
}

/// Workbooks of before 2007, written by another program: see `fixtures/SOURCE.md`.
const STATEMENT: &[u8] = include_bytes!("../fixtures/statement.xls");
const CELLS: &[u8] = include_bytes!("../fixtures/cells.xls");

#[test]
fn cells_of_before_2007_are_what_a_spreadsheet_means() {
    let place = Place::new();
    place.file("cells.xls", CELLS);
    let (code, said) = place.bank(&["cells.xls", "--currency", "EUR"]);
    assert_eq!(code, 3, "{said}");
    let lines = place.rows(
        "banktxn",
        "SELECT line_no, account_no, booking_date, transaction_details, CAST(COALESCE(deposit_amt, -withdrawal_amt) AS VARCHAR) \
         FROM banktxn ORDER BY line_no",
    );
    assert_eq!(
        lines,
        [
            "2 00004711 2024-05-01 Zażółć gęślą 5.2500",
            "3 00004711 2024-05-02 TRUE -1234567.8900",
            "5 123456789 2024-05-04 large -0.3000",
            "7 00004711 2024-05-06 #DIV/0! 7.0000",
        ],
        "{said}"
    );
    let faults = place.rows("error_error", "SELECT line_no, error, text FROM error_error ORDER BY line_no");
    assert_eq!(faults, ["4 bad_amount =?", "6 bad_account 1.23456789012346E+17"], "{said}");
}

#[test]
fn a_sheet_of_before_2007_stands_beside_others() {
    let place = Place::new();
    place.file("f.xls", STATEMENT);
    let (code, said) = place.bank(&["f.xls"]);
    assert_eq!((code, place.lines().len()), (0, 3), "{said}");
    assert!(said.contains("Notes: left out, for it holds no statement: "), "{said}");
    let (code, said) = place.bank(&["f.xls", "--sheet", "May"]);
    assert_eq!(code, 0, "it is known: {said}");
    let place = Place::new();
    place.file("f.xls", STATEMENT);
    let (code, said) = place.bank(&["f.xls", "--sheet", "May"]);
    assert!(code == 3 && said.contains("the workbook has no sheet May: it has Notes, Statement"), "{said}");
    for (kind, bytes, why) in [
        ("a few bytes", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more".to_vec(), "cut or damaged"),
        ("half of it", STATEMENT[..STATEMENT.len() / 2].to_vec(), "cut or damaged"),
        ("another document", renamed("Workbook", "WordDocu"), "no workbook"),
        ("one of before 1997", renamed("Workbook", "Book\0\0\0\0"), "in a form of before 1997"),
    ] {
        let place = Place::new();
        place.file("f.xls", bytes);
        let (code, said) = place.bank(&["f.xls"]);
        assert!(code == 3 && said.contains(why) && said.contains("\n  hint: "), "{kind}: {said}");
        assert!(!place.lake().join("raw/bank").exists(), "{kind}");
    }
}

/// The workbook with its stream under another name.
fn renamed(from: &str, to: &str) -> Vec<u8> {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let (from, to) = (wide(from), wide(to));
    let at = STATEMENT.windows(from.len()).position(|bytes| bytes == from).unwrap();
    let mut bytes = STATEMENT.to_vec();
    bytes[at..at + to.len()].copy_from_slice(&to);
    bytes
}

#[test]
fn workbooks_in_a_zip_are_opened() {
    let rows =
        vec![texts(&HEADER), vec![Cell::Text("A1"), Cell::Day("45415"), Cell::Text("a"), Cell::Number("5")]];
    let other = vec![texts(&["Chart of the year", "", "x"])];
    let book = workbook::of(&[("May", &rows), ("Chart", &other)]);
    let csv = b"Account,Date,Text,Amount\nA1,2024-07-01,c,7.00\n";
    let inner = zipped(&[("a.csv", csv)]);
    let zip = zipped(&[("a.csv", csv), ("2024/may.xlsx", &book), ("old.xls", STATEMENT)]);
    let place = Place::new();
    place.file("all.zip", &zip);
    let (code, said) = place.bank(&["all.zip"]);
    assert_eq!(code, 0, "{said}");
    let sources = place.rows(
        "banktxn",
        "SELECT substr(source_file, strpos(source_file, '#')), COUNT(*) FROM banktxn GROUP BY ALL ORDER BY ALL",
    );
    assert_eq!(sources, ["#2024/may.xlsx#May 1", "#a.csv 1", "#old.xls#Statement 3"], "{said}");
    assert!(said.contains("2024/may.xlsx#Chart: left out, for it holds no statement"), "{said}");
    let lines = place.lines();
    std::fs::remove_dir_all(place.lake().join("banktxn")).unwrap();
    std::fs::remove_dir_all(place.lake().join("_saldo")).unwrap();
    let run =
        Run { root: &place.lake(), sources: &[], demo: None, conversion: None, only: &[], on_demand: None };
    pipeline::run(&run, &mut |_| ()).unwrap();
    assert_eq!(place.lines(), lines, "made again from its raw file");
    let shown = String::from_utf8(place.command(&["--try", "all.zip"]).output().unwrap().stdout).unwrap();
    assert!(shown.contains("all.zip#2024/may.xlsx#May: a sheet, the header in row 1"), "{shown}");
    let place = Place::new();
    place.file("all.zip", &zip);
    let (code, said) = place.bank(&["all.zip", "--sheet", "May"]);
    assert_eq!((code, place.lines()), (0, vec!["2024-05-03 ∅ 5 ∅".into()]), "{said}");
    // One that is damaged, or another zip, is told beside those that are read.
    let place = Place::new();
    place.file(
        "all.zip",
        zipped(&[("a.csv", csv), ("cut.xlsx", &book[..book.len() / 2]), ("in.zip", &inner)]),
    );
    let (code, said) = place.bank(&["all.zip"]);
    assert_eq!((code, place.lines()), (3, vec!["2024-07-01 ∅ 7 ∅".into()]), "{said}");
    assert!(said.contains("cut.xlsx: the packed file is damaged"), "{said}");
    assert!(
        said.contains("in.zip: it is packed in a zip that is in a zip; take it out of the outer one"),
        "{said}"
    );
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut out, bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn zeros_before_an_account_are_kept_where_its_style_shows_them() {
    let rows = vec![
        texts(&HEADER),
        vec![Cell::Raw("s=\"2\"><v>4711</v></c>"), Cell::Day("45415"), Cell::Text("a"), Cell::Number("5")],
        vec![Cell::Number("4711"), Cell::Day("45415"), Cell::Text("b"), Cell::Number("6")],
    ];
    let mut parts = workbook::unzipped(&workbook::of(&[("s", &rows)]));
    for (name, content) in &mut parts {
        if name == "xl/styles.xml" {
            *content = content
                .replace("</numFmts>", "<numFmt numFmtId=\"165\" formatCode=\"00000000\"/></numFmts>")
                .replace("</cellXfs>", "<xf numFmtId=\"165\"/></cellXfs>");
        }
    }
    let place = Place::new();
    place.file("f.xlsx", workbook::zip(&parts));
    let (code, said) = place.bank(&["f.xlsx"]);
    let accounts = place.rows("banktxn", "SELECT account_no FROM banktxn ORDER BY line_no");
    assert_eq!((code, accounts), (0, vec!["00004711".into(), "4711".into()]), "{said}");
}

#[test]
fn a_hidden_sheet_beside_one_that_is_shown_is_asked_about() {
    let rows = |day, amount| {
        vec![
            texts(&HEADER),
            vec![Cell::Number("4711"), Cell::Day(day), Cell::Text("a"), Cell::Number(amount)],
        ]
    };
    let (shown, hidden) = (rows("45415", "-1"), rows("45416", "-2"));
    let notes = vec![texts(&["Notes"]), texts(&["none"])];
    let with_state = |sheets: &[(&str, &Vec<Vec<Cell>>)], state: &str| {
        let mut parts = workbook::unzipped(&workbook::of(sheets));
        let mark = format!("<sheet name=\"Old\" state=\"{state}\"");
        for (_, text) in &mut parts {
            *text = text.replace("<sheet name=\"Old\"", &mark);
        }
        workbook::zip(&parts)
    };
    let both = [("May", &shown), ("Old", &hidden)];
    for state in ["hidden", "veryHidden"] {
        let place = Place::new();
        place.file("f.xlsx", with_state(&both, state));
        let why = "the sheet Old is hidden and holds a statement, as May does, which is shown";
        let (code, said) = place.bank(&["f.xlsx"]);
        assert!(code == 3 && said.contains(why) && said.contains("--sheet NAME"), "{state}: {said}");
        assert!(!place.lake().join("raw/bank").exists(), "{state}: a refused file is not kept");
        let tried = place.command(&["--try", "f.xlsx"]).output().unwrap();
        let said = String::from_utf8(tried.stdout).unwrap();
        assert!(tried.status.code() == Some(3) && said.contains(why), "{state}: {said}");
        assert_eq!(place.bank(&["f.xlsx", "--sheet", "May"]).0, 0);
        assert_eq!(place.lines(), ["2024-05-03 1 ∅ ∅"]);
        assert_eq!(place.bank(&["f.xlsx", "--sheet", "Old"]).0, 0);
        assert_eq!(place.lines(), ["2024-05-03 1 ∅ ∅", "2024-05-04 2 ∅ ∅"]);
        // Beside sheets without a statement it is the one that is meant.
        let place = Place::new();
        place.file("f.xlsx", with_state(&[("Notes", &notes), ("Old", &hidden)], state));
        let (code, said) = place.bank(&["f.xlsx"]);
        assert_eq!((code, place.lines()), (0, vec!["2024-05-04 2 ∅ ∅".to_owned()]), "{state}: {said}");
    }
    let place = Place::new();
    place.file("f.xlsx", with_state(&both, "visible"));
    assert_eq!((place.bank(&["f.xlsx"]).0, place.lines().len()), (0, 2));
    let place = Place::new();
    place.file("f.zip", zipped(&[("book.xlsx", &with_state(&both, "hidden"))]));
    let (code, said) = place.bank(&["f.zip"]);
    assert!(code == 3 && said.contains("the sheet book.xlsx#Old is hidden"), "{said}");
}

#[test]
fn a_number_in_a_header_is_shown_as_it_stands_there() {
    let place = Place::new();
    let header = vec![Cell::Text("Account"), Cell::Text("Date"), Cell::Text("Amount"), Cell::Number("0.5")];
    let row = vec![Cell::Number("4711"), Cell::Day("45415"), Cell::Number("-1"), Cell::Number("2")];
    place.file("f.xlsx", workbook::of(&[("May", &vec![header, row])]));
    let shown = String::from_utf8(place.command(&["--try", "f.xlsx"]).output().unwrap().stdout).unwrap();
    assert!(shown.contains("  0.5000   kept out") && !shown.contains('\u{fdd0}'), "{shown}");
    let (code, said) = place.bank(&["f.xlsx"]);
    assert!(code == 0 && said.contains("kept out: 0.5000\n") && !said.contains('\u{fdd0}'), "{said}");
}
