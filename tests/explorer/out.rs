//! What leaves the explorer: copies in every format, files, results that are kept and compared.

use saldo::explorer::effect::Block;
use saldo::explorer::message::ExportEvent;
use saldo::explorer::overlays::copy_as::Part;
use saldo::export::Format;

use super::*;

/// Cells that mean something to a terminal, a spreadsheet, Markdown or SQL; the last column is money.
const ROWS: &str = "SELECT * FROM (VALUES (1, '=1+1|x' || chr(27) || '[2J', 12345678901234567.89), \
    (2, 'it''s' || chr(10) || chr(9) || '\"q\"', -0.10), (3, NULL, NULL)) AS t(n, text, money) ORDER BY n";

/// A session on the demo lake with a folder of its own.
pub fn session(folder: &TempDir, size: (u16, u16)) -> Session {
    let config = Config {
        queries: PathBuf::from("/nonexistent"),
        cache: folder.path().join("cache"),
        state: folder.path().join("state"),
        ..Config::default()
    };
    let start = Start { config, lake: Some(LAKE.1.clone()), ..Start::default() };
    Session::new(&start, Rect::new(0, 0, size.0, size.1)).unwrap()
}

pub async fn run(session: &mut Session, sql: &str) {
    session.keys("2").await.unwrap();
    session.app.editor.open("typed", sql);
    session.keys("{run}").await.unwrap();
    session.settle().await;
}

pub fn screen_of(session: &mut Session) -> String {
    glyphs(&session.draw(&Theme::load("dark", Depth::True).unwrap()).unwrap())
}

pub fn said(session: &Session) -> &str {
    session.app.notice.as_ref().map_or("", |notice| &notice.text)
}

#[tokio::test]
async fn a_part_of_a_result_is_copied_in_every_format_with_every_digit() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(&folder, (120, 36));
    run(&mut session, ROWS).await;
    // The cell under the cursor, then its row, its column, and all.
    let cases = [
        ("c{right}{left}t", "1"),
        ("{right}cj", "\"=1+1|x\\u001b[2J\""),
        ("cs", "'=1+1|x\u{1b}[2J'"),
        ("cm", "=1+1\\|x\\\\x1b[2J"),
        ("{right}cc", "12345678901234567.89"),
        ("c{right}c", "n,text,money\n1,=1+1|x\u{1b}[2J,12345678901234567.89\n"),
        ("cj", "{\"n\": 1, \"text\": \"=1+1|x\\u001b[2J\", \"money\": 12345678901234567.89}\n"),
        ("{down}ct", "n\ttext\tmoney\n2\tit's\\n\\t\"q\"\t-0.10\n"),
        (
            "cs",
            "INSERT INTO \"result\" (\"n\", \"text\", \"money\") VALUES\n  (2, 'it''s\n\t\"q\"', -0.10);\n",
        ),
        ("c{right}t", "money\n12345678901234567.89\n-0.10\n\\N\n"),
        ("cm", "| money |\n|--:|\n| 12,345,678,901,234,567.89 |\n| -0.10 |\n| ∅ |\n"),
        (
            "c{right}j",
            "[\n{\"n\": 1, \"text\": \"=1+1|x\\u001b[2J\", \"money\": 12345678901234567.89},\n{\"n\": 2, \
            \"text\": \"it's\\n\\t\\\"q\\\"\", \"money\": -0.10},\n{\"n\": 3, \"text\": null, \"money\": null}\n]\n",
        ),
    ];
    for (keys, expected) in cases {
        session.keys(keys).await.unwrap();
        session.settle().await;
        assert_eq!(session.copied.last().map(String::as_str), Some(expected), "{keys}: {}", said(&session));
    }
    assert!(said(&session).starts_with("copied the whole result, "), "{}", said(&session));
    // A long column does not fit through a terminal, and is whole in a file.
    run(&mut session, "SELECT range AS n, repeat('x', 20) AS t FROM range(30000)").await;
    let count = session.copied.len();
    session.keys("{right}c{left}c").await.unwrap();
    session.settle().await;
    assert_eq!(session.copied.len(), count);
    let path = said(&session).rsplit_once("it is in ").unwrap().1.to_owned();
    assert!(said(&session).starts_with("the column has 630,002 bytes"), "{}", said(&session));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 30_001);
}

#[test]
fn a_copy_waits_for_the_rows_it_needs_and_is_stopped_like_an_export() {
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 50);
    app.focus = Pane::Results;
    press(&mut app, KeyCode::Char('c'));
    press(&mut app, KeyCode::Left);
    let whole = press(&mut app, KeyCode::Char('c'));
    let block = Block { job: JobId(1), rows: 0..50, columns: vec![0, 1, 2], is_cell: false };
    let table = "loose".to_owned();
    assert_eq!(whole, [Effect::CopyAs { block, format: Format::Csv, what: Part::Whole.name(), table }]);
    press(&mut app, KeyCode::Char('c'));
    assert_eq!(press(&mut app, KeyCode::Char('t')), []);
    assert!(app.notice.as_ref().unwrap().text.contains("under way"));
    assert_eq!(control(&mut app, 'c'), [Effect::CancelExport]);
    let copied = ExportEvent::Copied { what: "column".into(), text: "x".into() };
    assert_eq!(app.update(Msg::Export(copied)), [Effect::Copy("x".into())]);
    app.update(Msg::Job(JobId(1), rows(60, State::Paused)));
    app.tabs.shown.results.state = State::Paused;
    press(&mut app, KeyCode::Char('c'));
    assert_eq!(press(&mut app, KeyCode::Char('t')), [], "the whole result is not there yet");
    assert!(app.notice.as_ref().unwrap().text.contains("not complete"));
}

#[tokio::test]
async fn the_dialog_writes_every_format_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(&folder, (120, 36));
    run(&mut session, ROWS).await;
    for ending in ["csv", "tsv", "xlsx", "parquet", "arrow", "json", "jsonl", "md", "html", "sql", "txt"] {
        let path = folder.path().join(format!("out.{ending}"));
        session.keys("3x{clear}").await.unwrap();
        session.app.update(Msg::Input(Event::Paste(path.display().to_string())));
        session.keys("\n").await.unwrap();
        session.settle().await;
        assert!(
            said(&session).contains(&format!("wrote 3 rows to {}", path.display())),
            "{}",
            said(&session)
        );
        assert!(std::fs::metadata(&path).unwrap().len() > 20);
    }
    // A note of a workbook's cell that is no number; the list of formats changes the ending; a file beside it.
    let name = folder.path().join("deposits.2024");
    session.keys("x{clear}").await.unwrap();
    session.app.update(Msg::Input(Event::Paste(name.display().to_string())));
    session.keys("{tab}{right}{right}{right}{tab}{right}\n").await.unwrap();
    session.settle().await;
    let book = folder.path().join("deposits.2024.xlsx");
    assert!(said(&session).contains(&format!("wrote 3 rows to {}", book.display())), "{}", said(&session));
    assert!(
        said(&session).contains("money: 1 numbers of more than 15 digits are texts"),
        "{}",
        said(&session)
    );
    let text = std::fs::read_to_string(folder.path().join("deposits.2024.xlsx.meta.json")).unwrap();
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&found["rows"], &found["engine"]), (&3.into(), &"DuckDB".into()));
    assert!(found["sql"].as_str().unwrap().contains("VALUES (1, '=1+1|x'"), "{text}");
    assert!(
        found["notes"][0].as_str().unwrap().contains("15 digits") && found["truncated"].is_null(),
        "{text}"
    );
    // Formulas are marked where that was asked for.
    session.keys("x{clear}").await.unwrap();
    session.app.update(Msg::Input(Event::Paste(folder.path().join("guarded.csv").display().to_string())));
    session.keys("{tab}{tab}{right}\n").await.unwrap();
    session.settle().await;
    let csv = std::fs::read_to_string(folder.path().join("guarded.csv")).unwrap();
    assert!(csv.contains("\n1,'=1+1|x") && csv.ends_with(",-0.10\n3,,\n"), "{csv}");
}

#[test]
fn a_name_without_a_format_and_rows_that_no_sheet_holds_are_refused_where_they_are_typed() {
    let mut app = with_rows(Rect::new(0, 0, 100, 30), 50);
    app.focus = Pane::Results;
    app.source.folder = "/home/somebody".into();
    app.update(Msg::Job(JobId(1), rows(1_048_576, State::Complete)));
    let attempt = |app: &mut App, name: &str| {
        press(app, KeyCode::Char('x'));
        control(app, 'u');
        app.update(Msg::Input(Event::Paste(name.into())));
        let effects = press(app, KeyCode::Enter);
        let text = glyphs(&drawn(app, Glyphs::Full));
        press(app, KeyCode::Esc);
        (effects, text)
    };
    let (effects, text) = attempt(&mut app, "x.exe");
    assert!(effects.is_empty() && text.contains("the ending names no format"), "{text}");
    let (effects, text) = attempt(&mut app, "x.xlsx");
    assert!(effects.is_empty() && text.contains("a sheet holds 1,048,575 rows"), "{text}");
    assert!(text.contains("to /home/somebody/x.xlsx"), "{text}");
    let (effects, _) = attempt(&mut app, "x.parquet");
    assert!(matches!(&effects[..], [Effect::Export(_)]), "{effects:?}");
}

#[tokio::test]
async fn a_result_is_kept_under_a_name_read_as_a_table_and_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(&folder, (120, 36));
    run(&mut session, ROWS).await;
    session.keys("Kbad name\n").await.unwrap();
    assert!(screen_of(&mut session).contains("a name has lower-case letters"));
    session.keys("{clear}mine\n").await.unwrap();
    session.settle().await;
    assert_eq!(said(&session), "kept as results.mine");
    assert!(session.app.tabs.shown.results.title.starts_with("results.mine · "));
    run(&mut session, "SELECT sum(money) AS s, count(*) AS n FROM results.mine").await;
    assert!(screen_of(&mut session).contains("12,345,678,901,234,567.79"), "{}", screen_of(&mut session));
    session.keys("K").await.unwrap();
    session.keys("mine\n").await.unwrap();
    session.settle().await;
    assert_eq!(said(&session), "there is a result mine already");
    session.keys("[K{clear}other\n").await.unwrap();
    session.settle().await;
    assert_eq!(said(&session), "results.mine is results.other now");
    run(&mut session, "SELECT count(*) AS n FROM results.other").await;
    assert_eq!(session.app.tabs.shown.results.view.rows(), 1);
    let note = std::fs::read_to_string(folder.path().join("state/results/other.json")).unwrap();
    assert!(note.contains("=1+1|x") && note.contains("\"rows\": 3"), "{note}");
}

#[tokio::test]
async fn two_results_are_compared_by_their_keys_and_the_rows_that_differ_are_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(&folder, (120, 36));
    run(&mut session, "SELECT 1 AS n").await;
    session.keys("=").await.unwrap();
    assert!(said(&session).starts_with("there is no other result"), "{}", said(&session));
    run(&mut session, "SELECT * FROM (VALUES ('a', 1.00), ('b', 2.00), ('c', 3.00)) AS t(k, v)").await;
    run(&mut session, "SELECT * FROM (VALUES ('a', 1.01), ('b', 2.50)) AS t(k, v)").await;
    session.keys("=").await.unwrap();
    assert!(screen_of(&mut session).contains("paired by"), "{}", screen_of(&mut session));
    session.keys("{tab}{tab}{clear}0.01\n").await.unwrap();
    session.settle().await;
    assert_eq!(said(&session), "2 rows differ: paired by k");
    let text = screen_of(&mut session);
    assert!(text.contains("different") && text.contains("only result 2") && text.contains("v (result 3)"));
    assert_eq!(text.matches("1.01").count(), 1, "in the editor alone:\n{text}");
    // The order of rows is none of the answer.
    run(&mut session, "SELECT * FROM (VALUES ('b', 2.50), ('a', 1.01)) AS t(k, v)").await;
    session.keys("={left}\n").await.unwrap();
    session.settle().await;
    assert_eq!(said(&session), "the results are the same: paired by k");
}

/// What was copied last after these keys, and what was said.
async fn copied(session: &mut Session, keys: &str) -> (String, String) {
    session.keys(keys).await.unwrap();
    session.settle().await;
    (session.copied.last().cloned().unwrap_or_default(), said(session).to_owned())
}

#[tokio::test]
async fn what_is_marked_is_copied_exactly_and_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(&folder, (120, 36));
    let sql = "SELECT range AS n, 'a' || range AS t, CAST(range * 1.5 AS DECIMAL(9, 2)) AS d FROM range(50)";
    run(&mut session, sql).await;
    // Two rows and two columns of it, from below and from the right.
    copied(&mut session, "{down}{down}{down}{right}{right}").await;
    let shift = |code| KeyEvent::new(code, KeyModifiers::SHIFT);
    for code in [KeyCode::Up, KeyCode::Left] {
        session.press(shift(code));
    }
    session.settle().await;
    assert_eq!(copied(&mut session, "y").await.0, "t\td\na2\t3.00\na3\t4.50\n");
    for (keys, expected) in [
        ("cc", "t,d\na2,3.00\na3,4.50\n"),
        ("cj", "[\n{\"t\": \"a2\", \"d\": 3.00},\n{\"t\": \"a3\", \"d\": 4.50}\n]\n"),
        ("cs", "INSERT INTO \"result\" (\"t\", \"d\") VALUES\n  ('a2', 3.00),\n  ('a3', 4.50);\n"),
    ] {
        let (text, said) = copied(&mut session, keys).await;
        assert_eq!(text, expected);
        assert!(said.starts_with("copied the marked cells, "), "{said}");
    }
    assert!(copied(&mut session, "cm").await.0.ends_with("| a3 | 4.50 |\n"));
    let rows = "n\tt\td\n2\ta2\t3.00\n3\ta3\t4.50\n";
    assert_eq!(copied(&mut session, "Y").await.0, rows);
    // The next mark is of whole rows, the one after it of whole columns.
    assert_eq!(copied(&mut session, " ct").await.0, rows);
    let (text, said) = copied(&mut session, " ct").await;
    assert_eq!((text.lines().count(), text.lines().nth(50)), (51, Some("a49\t73.50")));
    assert!(said.starts_with("copied the marked columns, "), "{said}");
    // Columns are copied as they stand; without a mark the cell is meant again.
    copied(&mut session, "{esc}L").await;
    session.press(shift(KeyCode::Left));
    assert_eq!(copied(&mut session, "y").await.0, "d\tt\n3.00\ta2\n");
    assert_eq!(copied(&mut session, "{esc}y").await.0, "3.00");
}
