//! Files of every format, what a spreadsheet may take for a formula, and what stands beside a file.

use super::*;

/// Cells that mean something to a terminal, a spreadsheet, Markdown, a browser or SQL.
const HOSTILE: &str = "SELECT * FROM (VALUES \
    (1, '=HYPERLINK(\"http://x\",\"y\")', -5.10), (2, '+1', NULL), (3, '-2', 1), (4, '@SUM(1)', 2), \
    (5, chr(9) || 'tab', 3), (6, chr(13) || 'cr', 4), (7, 'a|b' || chr(10) || 'c', 5), \
    (8, '</script><script>alert(1)</script>', 6), (9, 'it''s \"quoted\", so', 7), \
    (10, chr(27) || ']52;c;QQ==' || chr(7), 8), (11, '', 9), (12, NULL, 10)) AS t(n, text, money)";

fn export(home: &Path, sql: &str, file: &str, more: &[&str]) -> String {
    run_in(home, &[&["query", "-c", sql, "-o", file], more].concat())
}

#[test]
fn every_format_that_can_be_read_back_has_the_same_rows() {
    let home = tempfile::tempdir().unwrap();
    let sql =
        "SELECT range AS n, CAST(range AS DECIMAL(38, 10)) / 3 AS d, 'é' || range AS t FROM range(3000)";
    for name in ["a.tsv", "a.arrow", "a.html", "a.sql", "a.xlsx", "a.md", "a.feather"] {
        let said = export(home.path(), sql, name, &[]);
        assert!(said.starts_with("--- 0\n3,000 rows in TIME"), "{name}: {said}");
    }
    let head = |name: &str| fs::read(home.path().join(name)).unwrap()[..6].to_vec();
    assert_eq!((head("a.arrow"), head("a.feather")), (b"ARROW1".to_vec(), b"ARROW1".to_vec()));
    assert_eq!(head("a.xlsx")[..4], *b"PK\x03\x04");
    let text = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!(text("a.sql").matches("INSERT INTO \"result\" (\"n\", \"d\", \"t\") VALUES").count(), 6);
    assert_eq!(text("a.html").matches("<tr>").count(), 3_001);
    for (name, format) in [("parquet", "parquet"), ("arrow", "arrow"), ("xlsx", "xlsx")] {
        let piped = saldo_in(home.path(), &["query", "-c", "SELECT 1 AS a", "--format", format]);
        assert!(piped.status.success() && piped.stdout.len() > 100, "{name}");
    }
}

#[test]
fn hostile_cells_stay_cells_in_every_format() {
    let home = tempfile::tempdir().unwrap();
    let text = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    for name in
        ["h.csv", "h.tsv", "h.json", "h.jsonl", "h.md", "h.html", "h.sql", "h.parquet", "h.arrow", "h.xlsx"]
    {
        assert!(export(home.path(), HOSTILE, name, &[]).starts_with("--- 0\n12 rows"), "{name}");
    }
    let same = |file: &str| {
        let sql = format!("SELECT count(*) AS n FROM ({HOSTILE} INTERSECT ALL SELECT * FROM {file})");
        run_in(home.path(), &["query", "-c", &sql])
    };
    assert_eq!(same("'h.parquet'"), "n\n12\n--- 0\n1 row in TIME\n");
    assert_eq!(same("read_json('h.jsonl')"), "n\n12\n--- 0\n1 row in TIME\n");
    assert_eq!(same("read_json('h.json')"), "n\n12\n--- 0\n1 row in TIME\n");
    let csv = "read_csv('h.csv', allow_quoted_nulls = false, header = true, quote = '\"', escape = '\"', new_line = '\\n')";
    assert_eq!(same(csv), "n\n12\n--- 0\n1 row in TIME\n");
    let md = text("h.md");
    assert_eq!(md.lines().count(), 14, "a line a row: {md}");
    assert!(md.lines().all(|line| line.replace("\\|", "").matches('|').count() == 4), "{md}");
    assert!(!md.contains('\u{1b}') && !md.contains("<script"));
    let html = text("h.html");
    assert!(!html.contains("<script") && !html.contains('\u{1b}') && html.contains("&lt;/script&gt;"));
    assert!(text("h.sql").contains("'it''s \"quoted\", so'"));
    assert!(text("h.json").contains("\\u001b]52;c;QQ==\\u0007"));
}

#[test]
fn formulas_are_marked_where_that_was_asked_for_and_numbers_are_not() {
    let home = tempfile::tempdir().unwrap();
    let text = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    export(home.path(), HOSTILE, "plain.csv", &[]);
    assert!(text("plain.csv").contains("\n2,+1,\n"), "as it is, unless it is asked for");
    let said = export(home.path(), HOSTILE, "guarded.csv", &["--guard-formulas"]);
    assert!(
        said.contains("note: 6 texts that a spreadsheet would take for formulas begin with an apostrophe"),
        "{said}"
    );
    let csv = text("guarded.csv");
    assert!(
        csv.contains("1,\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",-5.10\n2,'+1,\n3,'-2,1.00\n4,'@SUM(1),"),
        "{csv}"
    );
    assert!(csv.contains("5,'\ttab,3.00\n6,\"'\rcr\","), "{csv}");
    export(home.path(), HOSTILE, "guarded.tsv", &["--guard-formulas"]);
    assert!(text("guarded.tsv").contains("\n5\t'\\ttab\t3.00\n"));
    let refused = export(home.path(), HOSTILE, "x.parquet", &["--guard-formulas"]);
    assert!(refused.starts_with("--- 2\nerror: --guard-formulas is for csv and tsv"), "{refused}");
}

#[test]
fn a_sidecar_says_where_the_rows_came_from_and_that_they_are_not_all() {
    let home = tempfile::tempdir().unwrap();
    let arguments = [
        "query",
        "-c",
        "-- param: n integer\nSELECT range AS n FROM range(:n)",
        "-p",
        "n=10",
        "-o",
        "a.csv",
        "--sidecar",
        "--limit",
        "4",
    ];
    let said = run_in(home.path(), &arguments);
    assert!(said.contains("where the rows came from stands in a.csv.meta.json"), "{said}");
    let text = fs::read_to_string(home.path().join("a.csv.meta.json")).unwrap();
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&found["file"], &found["format"], &found["rows"]),
        (&"a.csv".into(), &"csv".into(), &4.into())
    );
    assert_eq!(found["values"]["n"], "10");
    assert_eq!((&found["target"], &found["engine"]), (&"local".into(), &"DuckDB".into()));
    assert!(found["sql"].as_str().unwrap().contains("range(:n)"), "{text}");
    assert_eq!(
        (&found["truncated"], &found["columns"][0]["type"]),
        (&"stopped at --limit".into(), &"int".into())
    );
    let whole = export(home.path(), "SELECT 1 AS n", "b.csv", &["--sidecar"]);
    assert!(whole.starts_with("--- 0\n"), "{whole}");
    let text = fs::read_to_string(home.path().join("b.csv.meta.json")).unwrap();
    assert!(text.contains("\"truncated\": null"), "{text}");
    assert!(
        run_in(home.path(), &["query", "-c", "SELECT 1", "--sidecar"]).starts_with("--- 2\n"),
        "beside what?"
    );
}

#[test]
fn a_workbook_with_too_many_rows_is_refused_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let said = export(home.path(), "SELECT repeat('x', 40000) AS t", "a.xlsx", &[]);
    assert!(
        said.starts_with(
            "--- 1\nerror: cannot write the output: row 1, column t: a cell of a sheet holds 32767 characters"
        ),
        "{said}"
    );
    assert_eq!(
        fs::read_dir(home.path())
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().contains("xlsx") })
            .count(),
        0
    );
}
