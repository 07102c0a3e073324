//! CSV files that a statement names: a day that may be another one is never read as one of them.

use std::fs;
use std::path::Path;

use super::{saldo_in, text};

/// What a statement prints, and what is said beside it.
fn query(home: &Path, sql: &str) -> (String, String) {
    let output = saldo_in(home, &["query", "-c", sql, "--format", "csv"]);
    assert!(output.status.success(), "{sql}: {}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn days_that_nothing_settles_stay_texts_in_every_file() {
    let home = tempfile::tempdir().unwrap();
    for (file, cells, column) in [
        ("Date;Amount;\n05/07/17;1,5;\n", "05/07/17", "Date"),
        ("Date;Amount\n05/07/17;1,5;\n06/07/17;1,5;\n", "05/07/17", ""),
        ("\n\nd,e\n05/07/17,1\n06/07/17,2\n", "05/07/17", "d"),
        ("# c\nd,e\n05/07/17,1\n06/07/17,2\n", "05/07/17", "d"),
        ("d;x\n29.02.17;1,5\n28.02.17;2,5\n", "29.02.17", "d"),
        ("d,x\n5/7/17,1\n06/08/2017,2\n", "5/7/17", "d"),
        ("d,x\n05/07/17 10:00,1\n06/07/17 10:00,2\n", "05/07/17 10:00", "d"),
        ("2019;d\n1;05/07/17\n2;06/07/17\n", "05/07/17", "d"),
        ("#;d\n1;05/07/17\n2;06/07/17\n", "05/07/17", "d"),
        ("d,d\n05/07/17,31/07/01\n", "05/07/17,31/07/01", "d_1"),
        ("d,e\n'05/07/17',1\n'06/07/17',2\n", "05/07/17", "d"),
        ("d,e\n05/07/17,\0a\n", "05/07/17", "d"),
        ("d,e\n05/07/2031,1\n06/08/2031,2\n", "05/07/2031", "d"),
        ("d,e\n05/07/1961,1\n06/08/1961,2\n", "05/07/1961", "d"),
        ("05/07/17,1\n06/07/17,2\n", "05/07/17", "column0"),
    ] {
        fs::write(home.path().join("a.csv"), file).unwrap();
        let (rows, words) = query(home.path(), "FROM 'a.csv'");
        assert!(rows.contains(cells), "{file:?}: {rows}");
        assert!(column.is_empty() || words.contains(&format!("{column} stays a text")), "{file:?}: {words}");
    }
    // Wherever a file stands among the tables of a statement.
    fs::write(home.path().join("b.csv"), "e,x\n07/08/17,1\n").unwrap();
    fs::write(home.path().join("a.csv"), "d,x\n05/07/17,1\n").unwrap();
    let all = "FROM 'a.csv' a, (SELECT e, x FROM 'b.csv'), \"b.csv\" AS b, 'b.csv' c";
    let (rows, _) = query(home.path(), all);
    assert!(rows.ends_with("05/07/17,1,07/08/17,1,07/08/17,1,07/08/17,1\n"), "{rows}");
    // Another column of the row settles nothing of a due date.
    let due = "Date;Faellig\n13/02/2019;05/07/31\n14/02/2019;06/08/31\n";
    fs::write(home.path().join("a.csv"), due).unwrap();
    let (rows, words) = query(home.path(), "FROM 'a.csv'");
    assert!(rows.contains("2019-02-13,05/07/31"), "{rows}");
    assert!(words.contains("Faellig stays a text, since 05/07/31 may be 2031-07-05 or"), "{words}");
}

#[test]
fn years_of_two_digits_are_read_where_the_cells_settle_the_order() {
    let home = tempfile::tempdir().unwrap();
    let ordered = [
        "05/12/16", "09/12/16", "02/01/17", "03/01/17", "09/01/17", "02/02/17", "07/02/17", "03/03/17",
        "04/04/17",
    ];
    let ordered = ordered.map(|day| format!("{day},1\n")).concat();
    for (file, first, form) in [
        ("d,x\n31/12/19,1\n01/02/20,2\n".to_owned(), "2019-12-31", "%d/%m/%y"),
        ("d,x\n12/31/19,1\n01/02/20,2\n".to_owned(), "2019-12-31", "%m/%d/%y"),
        ("\u{feff}d;x\r\n31/12/19;1\r\n".to_owned(), "2019-12-31", "%d/%m/%y"),
        (format!("d,x\n{ordered}"), "2016-12-05", "%d/%m/%y"),
        (format!("d,x\n{}", ordered.replace('/', "-")), "2016-12-05", "%d-%m-%y"),
    ] {
        fs::write(home.path().join("a.csv"), &file).unwrap();
        let (rows, words) = query(home.path(), "FROM 'a.csv'");
        assert!(rows.starts_with(&format!("d,x\n{first},1\n")), "{file:?}: {rows}");
        assert!(words.contains(&format!("d is a date written {form}\n")), "{file:?}: {words}");
    }
    let wide: Vec<u8> = "\u{feff}d,x\n31/12/19,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(home.path().join("a.csv"), wide).unwrap();
    assert_eq!(query(home.path(), "FROM 'a.csv'").0, "d,x\n2019-12-31,1\n");
    // No order reads all; one does, and the year may be of either century; two do.
    for (cells, first) in [
        (["31/12/19", "12/31/19"], "31/12/19"),
        (["31/12/19", "01/02/2020"], "31/12/19"),
        (["31/12/61", "30/12/61"], "31/12/61"),
        (["31-12-19", "30-11-19"], "31-12-19"),
        (["13/07/17", "14/07/17"], "13/07/17"),
    ] {
        fs::write(home.path().join("a.csv"), format!("d,x\n{},1\n{},2\n", cells[0], cells[1])).unwrap();
        let (rows, words) = query(home.path(), "FROM 'a.csv'");
        assert!(rows.contains(&format!("\n{first},1\n")), "{cells:?}: {rows}");
        assert!(words.contains("d stays a text"), "{cells:?}: {words}");
    }
}

#[test]
fn days_of_a_packed_file_of_a_pattern_and_of_a_large_file_stay_texts_too() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(home.path().join(name), bytes).unwrap();
    let file = "Date,Amount\n05/07/17,1\n06/07/17,2\n";
    write("a4.csv", file.as_bytes());
    let packed = home.path().join("b.csv.gz");
    let pack =
        format!("COPY (FROM read_csv('a4.csv', all_varchar = true)) TO '{}' (HEADER)", packed.display());
    assert!(saldo_in(home.path(), &["query", "--write", "-c", &pack]).status.success());
    write("c4.csv", file.replace(',', ";").as_bytes());
    write("d4.csv", format!("Statement\n\n{file}").as_bytes());
    let years = "2017-07-05,1\n".repeat(250_100);
    write("late.csv", format!("Date,Amount\n{years}05/07/17,1\n").as_bytes());
    write("large.csv", ("day,text\n".to_owned() + &"13.07.17,some words\n".repeat(900_000)).as_bytes());
    for (from, cell, column) in [
        ("'b.csv.gz'", "05/07/17", "Date"),
        ("'a[4].csv'", "05/07/17", "Date"),
        ("'[ac]4.csv'", "05/07/17", "Date"),
        ("'[ad]4.csv'", "05/07/17", "Date"),
        ("'late.csv'", "2017-07-05", "Date"),
        ("'large.csv'", "13.07.17", "day"),
    ] {
        let (rows, words) = query(home.path(), &format!("FROM {from} LIMIT 1"));
        assert!(rows.contains(cell), "{from}: {rows}");
        assert!(words.contains(&format!("{column} stays a text")), "{from}: {words}");
    }
}

#[test]
fn days_with_the_year_in_front_and_what_they_stand_beside_are_read_as_ever() {
    let home = tempfile::tempdir().unwrap();
    let file = "d,t,z,n\n2017-07-05,2017-07-05 10:00:00,2017-07-05T10:00:00Z,1\n0001-01-01,2017-07-06 10:00:00,2017-07-06T10:00:00Z,2\n";
    fs::write(home.path().join("a.csv"), file).unwrap();
    let (rows, words) = query(
        home.path(),
        "SELECT DISTINCT typeof(d) AS d, typeof(t) AS t, typeof(z) AS z, typeof(n) AS n FROM 'a.csv'",
    );
    assert_eq!(rows, "d,t,z,n\nDATE,TIMESTAMP,TIMESTAMP WITH TIME ZONE,BIGINT\n");
    for last in ["infinity", "-infinity", "epoch", "12024-01-02"] {
        fs::write(home.path().join("b.csv"), format!("d\n2024-01-02\n{last}\n")).unwrap();
        let (rows, words) = query(home.path(), "SELECT typeof(d) FROM 'b.csv' LIMIT 1");
        assert!(rows.contains("DATE") && !words.contains("note:"), "{last}: {rows}{words}");
    }
    assert!(!words.contains("note:"), "{words}");
}

#[test]
fn a_marked_file_keeps_its_rows_its_names_and_its_folder() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
    write("a.csv", "\u{feff}\"d\";x;y\n05.07.17;1,5\n06.07.17;2,5;z\n07.07.17;3,5;q\n08.07.17;3,5;q\n");
    let (rows, _) = query(home.path(), "SELECT d, y FROM 'a.csv'");
    assert_eq!(rows.lines().count(), 5, "{rows}");
    write("b.csv", "\u{feff}\"d\";x\n05.07.17;1,5\n");
    assert_eq!(query(home.path(), "FROM 'b.csv'").0, "d,x\n2017-07-05,1.5\n");
    fs::create_dir_all(home.path().join("d=5")).unwrap();
    write("d=5/c.csv", "d,n\n7,1\n8,2\n");
    assert_eq!(query(home.path(), "FROM 'd=5/c.csv'").0, "d,n,folder_d\n7,1,5\n8,2,5\n");
}

#[test]
fn what_is_no_amount_leaves_a_column_a_text_and_the_words_say_what_it_is() {
    let home = tempfile::tempdir().unwrap();
    let long = "9".repeat(39);
    for (file, cell) in [
        ("ref;x\na;1,5\nb;999999999999999999999999 x\n".to_owned(), "999999999999999999999999 x"),
        (format!("ref;x\na;1,5\nb;{long}\n"), long.as_str()),
    ] {
        fs::write(home.path().join("a.csv"), &file).unwrap();
        let (rows, _) = query(home.path(), "FROM 'a.csv'");
        assert!(rows.contains(cell) && rows.contains("1,5"), "{rows}");
    }
    fs::write(home.path().join("a.csv"), "ref;x\na;1,234\nb;5,678\n").unwrap();
    let (rows, words) = query(home.path(), "FROM 'a.csv'");
    assert!(rows.contains("\"1,234\""), "{rows}");
    assert!(words.contains("x stays a text, since the comma of 1,234"), "{words}");
    fs::write(home.path().join("a.csv"), "who;code\nx;11-12-15\ny;30-10-16\n").unwrap();
    let (rows, _) = query(home.path(), "FROM 'a.csv'");
    assert!(rows.contains("11-12-15"), "{rows}");
}

/// 120 days from 1 September 2019 on, each with an amount from 1200.50 up, as the bytes of a file.
fn days(head: &str, line: impl Fn(chrono::NaiveDate, usize) -> String) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2019, 9, 1).unwrap();
    let lines = first.iter_days().take(120).enumerate().map(|(at, day)| line(day, 1200 + 7 * (at % 90)));
    format!("{head}\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// A number of thousands with a point between them and a comma before decimals.
fn comma(amount: usize) -> String {
    format!("{}.{:03},50", amount / 1000, amount % 1000)
}

#[test]
fn a_forecast_reads_a_file_in_any_form_as_the_same_days_and_amounts() {
    let home = tempfile::tempdir().unwrap();
    let ask = |name: &str| {
        let output = saldo_in(home.path(), &["forecast", name, "--horizon", "5"]);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    };
    fs::write(home.path().join("plain.csv"), days("day,amount", |day, amount| format!("{day},{amount}.50")))
        .unwrap();
    let (wanted, words) = ask("plain.csv");
    assert!(wanted.contains("\n2019-12-30,") && !words.contains("is read with"), "{wanted} {words}");
    let short = days("day;amount", |day, amount| format!("{};{}", day.format("%d/%m/%y"), comma(amount)));
    let utf16 = |text: &str| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let latin =
        |text: &str| -> Vec<u8> { text.chars().map(|letter| u8::try_from(letter).unwrap()).collect() };
    let breaks = days("day;text;amount", |day, amount| {
        format!("{};\"Rent, a;\nsecond line\";{}", day.format("%d.%m.%y"), comma(amount))
    });
    let marked = days("\u{feff}\"day\";\"amount\"", |day, amount| {
        format!("\"{}\";\"{}\"", day.format("%d/%m/%y"), comma(amount))
    });
    let spanish = days("día;cuantía, EUR", |day, amount| format!("{};{amount},50", day.format("%d-%m-%y")));
    let tabs = days("day\tamount", |day, amount| format!("{}\t{},50", day.format("%d/%m/%y"), amount));
    let coded = days("code;day;amount", |day, amount| {
        format!("20-05-17;{};{}", day.format("%d/%m/%Y"), comma(amount))
    });
    for (name, bytes, day, amount) in [
        ("short.csv", short.clone().into_bytes(), "day", "amount"),
        ("utf16.csv", utf16(&short), "day", "amount"),
        ("utf16.txt", utf16(&short), "day", "amount"),
        ("mark.csv", format!("\u{feff}{short}").into_bytes(), "day", "amount"),
        ("quoted.csv", marked.into_bytes(), "day", "amount"),
        ("breaks.csv", breaks.into_bytes(), "day", "amount"),
        ("latin.csv", latin(&spanish), "día", "cuantía, EUR"),
        ("tabs.tsv", tabs.clone().into_bytes(), "day", "amount"),
        ("tabs.txt", tabs.into_bytes(), "day", "amount"),
        ("coded.csv", coded.into_bytes(), "day", "amount"),
    ] {
        fs::write(home.path().join(name), bytes).unwrap();
        let (rows, words) = ask(name);
        assert_eq!(rows, wanted, "{name}: {words}");
        let decided = format!("{day} is read with the day first, {amount} has a comma before decimals\n");
        assert!(words.contains(&decided), "{name}: {words}");
    }
}

#[test]
fn the_order_that_is_said_goes_before_days_in_their_order() {
    let home = tempfile::tempdir().unwrap();
    let first = chrono::NaiveDate::from_ymd_opt(2017, 1, 1).unwrap();
    let open: Vec<_> = (0..12)
        .flat_map(|month| (1..=12).step_by(4).map(move |day| (month, day)))
        .map(|(month, day)| first + chrono::Months::new(month) + chrono::Days::new(day))
        .map(|day| format!("{},{}.25\n", day.format("%d/%m/%Y"), day.format("%j")))
        .collect();
    fs::write(home.path().join("open.csv"), format!("day,amount\n{}", open.concat())).unwrap();
    // They are too few for a forecast, which is said with the first and the last of them.
    let told =
        |more: &[&str]| text(&saldo_in(home.path(), &[&["forecast", "open.csv"], more].concat()).stderr);
    let words = told(&[]);
    assert!(words.starts_with("day is read with the day first\n"), "{words}");
    assert!(words.contains("from 2017-01-02 to 2017-12-10"), "{words}");
    let words = told(&["--dates", "MDY"]);
    assert!(words.starts_with("day is read with the month first\n"), "{words}");
    assert!(words.contains("from 2017-02-01 to 2017-10-12"), "{words}");
}

#[test]
fn the_first_row_of_a_day_is_its_last_where_the_days_of_a_file_go_down() {
    let home = tempfile::tempdir().unwrap();
    let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    let lines = |day: chrono::NaiveDate| format!("{day};1 050,25\n{day};5,00-\n");
    let down: String = first.iter_days().take(60).collect::<Vec<_>>().into_iter().rev().map(lines).collect();
    fs::write(home.path().join("down.csv"), format!("day;amount\n{down}")).unwrap();
    let output = saldo_in(home.path(), &["forecast", "down.csv", "--horizon", "3", "--show", "history"]);
    let (rows, words) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{words}");
    assert!(rows.contains("2024-02-29,1050.25") && !rows.contains("-5.00"), "{rows}");
    let note = "60 rows share their day with an earlier row; as the days go down, the first one in the statement's order counts";
    assert!(words.contains(note) && !words.contains("left out"), "{words}");
}
