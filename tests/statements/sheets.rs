//! Sheets whose cells say more than their digits, and workbooks of several accounts.

use super::Place;
use super::workbook::{self, Cell};

fn texts(row: &[&'static str]) -> Vec<Cell> {
    row.iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text) }).collect()
}

/// A workbook of one sheet, whose style 2 has a format.
fn formatted(rows: &Vec<Vec<Cell>>, codes: &[&str]) -> Vec<u8> {
    let mut parts = workbook::unzipped(&workbook::of(&[("s", rows)]));
    for (name, content) in &mut parts {
        if name == "xl/styles.xml" {
            for (id, code) in (165..).zip(codes) {
                let code = code.replace('"', "&quot;");
                *content = content
                    .replace(
                        "</numFmts>",
                        &format!("<numFmt numFmtId=\"{id}\" formatCode=\"{code}\"/></numFmts>"),
                    )
                    .replace("</cellXfs>", &format!("<xf numFmtId=\"{id}\"/></cellXfs>"));
            }
        }
    }
    workbook::zip(&parts)
}

fn taken(book: &[u8], options: &[&str]) -> (i32, Vec<String>, String) {
    let place = Place::new();
    place.file("f.xlsx", book);
    let (code, said) = place.bank(&[&["f.xlsx"], options].concat());
    (code, if place.lake().join("banktxn").exists() { place.lines() } else { Vec::new() }, said)
}

const HEADER: [&str; 4] = ["Account", "Date", "Text", "Amount"];

#[test]
fn what_a_format_shows_beside_the_digits_is_of_the_amount() {
    let rows = |value: &'static str, other: &'static str| {
        vec![
            texts(&HEADER),
            vec![Cell::Text("A1"), Cell::Day("45415"), Cell::Text("a"), Cell::Raw(value)],
            vec![Cell::Text("A1"), Cell::Day("45416"), Cell::Text("b"), Cell::Raw(other)],
        ]
    };
    let both = rows("s=\"2\"><v>500</v></c>", "s=\"3\"><v>45.3</v></c>");
    for (codes, lines) in [
        (["0.00\" Dr\"", "0.00\" Cr\""], ["2024-05-03 500 ∅ ∅", "2024-05-04 ∅ 45.3 ∅"]),
        (["\"-\"#,##0.00", "#,##0.00"], ["2024-05-03 500 ∅ ∅", "2024-05-04 ∅ 45.3 ∅"]),
        (["\\(#,##0.00\\)", "#,##0.00"], ["2024-05-03 500 ∅ ∅", "2024-05-04 ∅ 45.3 ∅"]),
        (["#,##0.00_);(#,##0.00)", "0.00;[Red]-0.00"], ["2024-05-03 ∅ 500 ∅", "2024-05-04 ∅ 45.3 ∅"]),
    ] {
        let (code, found, said) = taken(&formatted(&both, &codes), &["--currency", "EUR"]);
        assert_eq!((code, found), (0, lines.map(str::to_owned).to_vec()), "{codes:?}: {said}");
    }
    let place = Place::new();
    place.file("f.xlsx", formatted(&both, &["[$€-407]#,##0.00", "\"CHF\" #,##0.00"]));
    let (code, said) = place.bank(&["f.xlsx"]);
    let currencies =
        place.rows("banktxn", "SELECT deposit_currency, deposit_amt FROM banktxn ORDER BY line_no");
    assert_eq!((code, currencies), (0, vec!["EUR 500.0000".into(), "CHF 45.3000".into()]), "{said}");
    // A dollar is no euro, whatever is said.
    let (code, lines, said) =
        taken(&formatted(&both, &["[$$-409]#,##0.00", "\"CHF\" #,##0.00"]), &["--currency", "EUR"]);
    assert_eq!((code, lines), (3, vec!["2024-05-04 ∅ 45.3 ∅".into()]), "{said}");
}

#[test]
fn what_a_spreadsheet_keeps_as_a_number_settles_nothing_for_texts() {
    let rows = |text: &'static str| {
        vec![
            texts(&HEADER),
            vec![Cell::Text("A1"), Cell::Day("45415"), Cell::Text("a"), Cell::Text(text)],
            vec![Cell::Text("A1"), Cell::Day("45416"), Cell::Text("b"), Cell::Number("2000.5")],
            vec![Cell::Text("A1"), Cell::Day("45417"), Cell::Text("c"), Cell::Number("-45.3")],
        ]
    };
    let with = |text, options: &[&str]| {
        let (code, lines, said) = taken(&workbook::of(&[("s", &rows(text))]), options);
        (code, lines.first().cloned().unwrap_or_default(), lines.len(), said)
    };
    let (code, _, count, said) = with("-1.500", &[]);
    assert!(code == 3 && count == 0 && said.contains("-1.5 with a point"), "{said}");
    for (text, options, line) in [
        ("-1.500", ["--decimal", "comma"], "2024-05-03 1500 ∅ ∅"),
        ("-1.500", ["--decimal", "point"], "2024-05-03 1.5 ∅ ∅"),
        ("-1.500,00", ["--currency", "EUR"], "2024-05-03 1500 ∅ ∅"),
    ] {
        let (code, first, count, said) = with(text, &options);
        assert_eq!((code, first.as_str(), count), (0, line, 3), "{text}: {said}");
    }
    // Nothing tells the mark, so a profile has none.
    let place = Place::new();
    place.file("f.xlsx", workbook::of(&[("s", &rows("-1"))]));
    let output = place.command(&["--try", "f.xlsx", "--write-profile", "mine"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let profile = std::fs::read_to_string(place.0.path().join(".config/saldo/banks/mine.toml")).unwrap();
    assert!(!profile.contains("decimal"), "{profile}");
}

#[test]
fn zeros_of_formulas_that_nobody_worked_out_are_faults() {
    let rows = vec![
        texts(&HEADER),
        vec![Cell::Text("A1"), Cell::Day("45415"), Cell::Text("a"), Cell::Raw("><f>B1*2</f><v>0</v></c>")],
        vec![Cell::Text("A1"), Cell::Day("45416"), Cell::Text("b"), Cell::Raw("><f>B1*2</f><v>7</v></c>")],
        vec![Cell::Text("A1"), Cell::Day("45417"), Cell::Text("c"), Cell::Number("0")],
    ];
    let mut parts = workbook::unzipped(&workbook::of(&[("s", &rows)]));
    let (code, lines, said) = taken(&workbook::zip(&parts), &[]);
    assert_eq!((code, lines.len()), (0, 3), "{said}");
    for (name, content) in &mut parts {
        if name == "xl/workbook.xml" {
            *content =
                content.replace("</workbook>", "<calcPr calcId=\"1\" fullCalcOnLoad=\"1\"/></workbook>");
        }
    }
    let (code, lines, said) = taken(&workbook::zip(&parts), &[]);
    assert_eq!((code, lines), (3, vec!["2024-05-04 ∅ 7 ∅".into(), "2024-05-05 ∅ 0 ∅".into()]), "{said}");
}

#[test]
fn days_that_a_spreadsheet_may_have_turned_are_asked_about() {
    let with = |days: [Cell; 4]| {
        let mut rows = vec![texts(&HEADER)];
        rows.extend(days.map(|day| vec![Cell::Text("A1"), day, Cell::Text("a"), Cell::Number("5")]));
        taken(&workbook::of(&[("s", &rows)]), &[])
    };
    let [march, september, late] = [Cell::Day("45352"), Cell::Day("45536"), Cell::Day("45382")];
    let [first, last, sure] = ["13/01/2024", "31/01/2024", "03/01/2024"].map(Cell::Text);
    let (code, lines, said) = with([march, september, first, last]);
    assert_eq!((code, lines.len()), (3, 0), "{said}");
    assert!(said.contains("the sheet has days, as 2024-03-01 in line 2, none behind the 12th"), "{said}");
    // A day behind the 12th, or a text that could have been turned, shows that none was.
    for days in [[march, late, first, last], [march, sure, first, last], [march, september, late, march]] {
        let (code, lines, said) = with(days);
        assert_eq!((code, lines.len()), (0, 4), "{said}");
    }
}

/// Two sheets that tell their accounts by their names alone, each with the same line.
fn of_two_accounts(names: [&str; 2]) -> Vec<u8> {
    let rows = vec![
        texts(&["Date", "Text", "Amount"]),
        vec![Cell::Day("45415"), Cell::Text("a"), Cell::Number("-5")],
    ];
    workbook::of(&names.map(|name| (name, &rows)))
}

#[test]
fn one_account_is_not_taken_for_sheets_that_are_named_by_two() {
    let book = of_two_accounts(["Checking 4711", "Savings 4712"]);
    let (code, lines, said) = taken(&book, &["--account", "4711"]);
    assert_eq!((code, lines.len()), (3, 0), "{said}");
    let asked = "the names of Checking 4711 and Savings 4712 tell of two accounts, and 4711 is said for both";
    assert!(said.contains(asked) && said.contains("--sheet NAME --account NUMBER"), "{said}");
    let place = Place::new();
    place.file("f.xlsx", &book);
    let shown = place.command(&["--try", "f.xlsx", "--account", "4711"]).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains(asked));
    let accounts =
        |place: &Place| place.rows("banktxn", "SELECT account_no, withdrawal_amt FROM banktxn ORDER BY ALL");
    for (sheet, account) in [("Checking 4711", "4711"), ("Savings 4712", "9")] {
        let (code, said) = place.bank(&["f.xlsx", "--sheet", sheet, "--account", account]);
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!(accounts(&place), ["4711 5.0000", "9 5.0000"]);
    // The one is read anew, and the other stays; each keeps what was said of it.
    let (code, said) = place.bank(&["f.xlsx", "--sheet", "Savings 4712", "--account", "4712"]);
    assert!(code == 0 && said.contains("read with other options"), "{said}");
    let again = |options: &[&str]| {
        let mut command = place.command(&[]);
        let arguments = [&["ingest", "again", "--lake", "lake", "f.xlsx"], options].concat();
        let mut again = std::process::Command::new(command.get_program());
        again.args(arguments).current_dir(place.0.path()).env_clear().env("HOME", place.0.path());
        drop(command.output());
        super::told(&again.output().unwrap())
    };
    let (code, said) = again(&["--sheet", "Savings 4712", "--account", "4712"]);
    assert_eq!((code, accounts(&place)), (0, vec!["4711 5.0000".into(), "4712 5.0000".into()]), "{said}");
    assert!(!said.contains("taken away"), "{said}");
}

#[test]
fn a_sheet_that_is_read_no_more_is_told() {
    let place = Place::new();
    place.file("f.xlsx", of_two_accounts(["May", "June"]));
    assert_eq!(place.bank(&["f.xlsx", "--account", "1"]).0, 0);
    let mut again = place.command(&[]);
    again = std::process::Command::new(again.get_program());
    again.args(["ingest", "again", "--lake", "lake", "f.xlsx", "--sheet", "May", "--account", "1"]);
    again.current_dir(place.0.path()).env_clear().env("HOME", place.0.path());
    let (code, said) = super::told(&again.output().unwrap());
    assert!(
        code == 0 && said.contains("June: it was read before and is not now, which takes 1 line away"),
        "{said}"
    );
}

#[test]
fn a_profile_keeps_what_the_one_in_use_says() {
    let place = Place::new();
    place.file("card.csv", "Trans Date,Text,Amount\n2024-01-02,a,-5.00\n");
    let folder = place.0.path().join(".config/saldo/banks");
    std::fs::create_dir_all(&folder).unwrap();
    let profile = "title = \"Card\"\nheader = [\"Trans Date\", \"Text\", \"Amount\"]\naccount = \"77\"\ncurrency = \"USD\"\n\
                   [columns]\ndate = \"Trans Date\"\ntransaction_details = \"Text\"\namount = \"Amount\"\n";
    std::fs::write(folder.join("card.toml"), profile).unwrap();
    let output = place.command(&["--try", "card.csv", "--write-profile", "second"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let second = std::fs::read_to_string(folder.join("second.toml")).unwrap();
    assert!(second.contains("account = \"77\"") && second.contains("currency = \"USD\""), "{second}");
}

#[test]
fn what_only_looks_like_a_workbook_is_told() {
    let xml = "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n\
               <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet/></Workbook>";
    let part = |name: &str| (name.to_owned(), "x".to_owned());
    let ods = workbook::zip(&["mimetype", "content.xml", "styles.xml", "META-INF/manifest.xml"].map(part));
    let utf16: Vec<u8> =
        "\u{feff}<html><table><tr><td>Date".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, what) in [
        (b"\n<HTML><body><table><tr><td>Date</td></tr></table>".to_vec(), "a page of the web"),
        (utf16, "a page of the web"),
        (xml.into(), "a sheet in the XML of before 2007"),
        (b"%PDF-1.7\n1 0 obj".to_vec(), "a PDF"),
        (ods, "OpenDocument"),
    ] {
        let place = Place::new();
        place.file("f.xls", bytes);
        let (code, said) = place.bank(&["f.xls"]);
        assert!(code == 3 && said.contains(what) && said.contains("CSV"), "{what}: {said}");
        assert!(said.lines().count() < 7, "told once: {said}");
    }
}

#[test]
fn options_that_mean_nothing_for_a_form_are_told() {
    let book = of_two_accounts(["May", "June"]);
    let (code, lines, said) = taken(&book, &["--account", "1", "--delimiter", ";", "--encoding", "cp850"]);
    assert_eq!((code, lines.len()), (0, 1), "{said}");
    for option in ["--delimiter", "--encoding"] {
        assert!(
            said.contains(&format!("May: {option} says nothing of a sheet, and was not heeded")),
            "{said}"
        );
    }
}

#[test]
fn a_forecast_reads_no_workbook_and_says_so() {
    let place = Place::new();
    place.file("f.xlsx", of_two_accounts(["May", "June"]));
    let mut forecast = std::process::Command::new(place.command(&[]).get_program());
    forecast.args(["forecast", "f.xlsx"]).current_dir(place.0.path()).env_clear().env("HOME", place.0.path());
    let (code, said) = super::told(&forecast.output().unwrap());
    assert!(code == 2 && said.contains("f.xlsx is a workbook, which a forecast does not read"), "{said}");
}

#[test]
fn sheets_that_are_staged_one_after_the_other_are_both_there() {
    let place = Place::new();
    place.file("f.xlsx", of_two_accounts(["Checking 4711", "Savings 4712"]));
    let stage = |arguments: &[&str]| {
        let mut command = place.command(&[]);
        command = {
            let mut stage = std::process::Command::new(command.get_program());
            stage.args(["stage", "f.xlsx", "--to", "staged"]).args(arguments);
            stage.current_dir(place.0.path()).env_clear().env("HOME", place.0.path());
            stage
        };
        super::told(&command.output().unwrap())
    };
    let staged = || {
        let all = place.0.path().join("staged/bank_lines");
        let mut files = Vec::new();
        let mut folders = vec![all];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.len()
    };
    for (sheet, account, count) in
        [("Checking 4711", "4711", 1), ("Savings 4712", "9", 2), ("Savings 4712", "4712", 2)]
    {
        let (code, said) = stage(&["--sheet", sheet, "--account", account]);
        assert_eq!((code, staged()), (0, count), "{sheet}: {said}");
    }
    // With another map the former sheet is not read as it was.
    place.file("m.csv", "Text,-\n");
    let (code, said) = stage(&["--sheet", "Savings 4712", "--account", "4712", "--map", "m.csv"]);
    assert_eq!((code, staged()), (0, 1), "{said}");
    assert!(said.contains("Checking 4711: it was read before and is not now"), "{said}");
}
