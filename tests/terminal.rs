//! The real program on a real pseudo-terminal, read back through a terminal parser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "terminal/arrange.rs"]
mod arrange;
#[path = "rates/double.rs"]
#[allow(dead_code, reason = "the tests of the rates need the rest")]
mod double;
#[path = "terminal/elsewhere.rs"]
mod elsewhere;
#[path = "terminal/harness.rs"]
#[allow(dead_code, reason = "the random user needs the rest")]
mod harness;
#[path = "terminal/hostile.rs"]
mod hostile;
#[path = "terminal/line.rs"]
mod line;
#[path = "terminal/session_log.rs"]
mod session_log;
#[path = "terminal/statement.rs"]
mod statement;
#[path = "terminal/work.rs"]
mod work;

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use harness::{CTRL_C, END, ENTER, HOME, LAKE, Place, RUN, Terminal, files, wait_until};

const QUIET: Duration = Duration::from_millis(500);
/// A text that a terminal would obey: it sets the window's title.
const HOSTILE: &[u8] = b"\x1b]0;pwned";

/// The explorer on the demo lake, on screen.
fn explorer(place: &Place, arguments: &[&str]) -> Terminal {
    let terminal = place.spawn(arguments, 140, 40);
    terminal.wait_for("Tables");
    terminal
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The parameters of every `ESC [ … m` that sets a colour; 39 and 49 take one away.
fn colours(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|mark: char| !(mark.is_ascii_digit() || mark == ';' || mark == ':'))?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    let is_colour = |code: &str| {
        let code: u8 = code.parse().unwrap_or(0);
        matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107)
    };
    sequences.filter(|codes| codes.split([';', ':']).any(is_colour)).collect()
}

#[test]
fn a_saved_query_is_found_run_and_read_to_its_last_row() {
    let place = Place::with_lake();
    let sql = "-- title: Every line\n-- group: Mine\nSELECT * FROM processed\n";
    place.write("config/saldo/queries/every_line.sql", sql);
    let mut terminal = explorer(&place, &[]);
    terminal.wait_for("Every line");
    terminal.send("/");
    terminal.wait_for("Filter");
    terminal.send("every l");
    terminal.wait_until("only what fits", |seen| seen.has("Every line") && !seen.has("banktxn"));
    terminal.send(ENTER);
    terminal.wait_until("the tree", |seen| !seen.has("Filter"));
    terminal.send(ENTER);
    terminal.wait_until("rows", |seen| {
        seen.has("1 of 3,000 rows") && seen.has("account_no") && seen.has("FROM processed")
    });
    terminal.send(END);
    terminal.wait_for("3,000 of 3,000 rows");
    terminal.wait_until("the last row with its cells", |seen| {
        let last = seen.lines_with("│3,000  ");
        last.len() == 1 && !last[0].contains(" · ")
    });
}

#[test]
fn enter_on_a_table_reads_it_in_place() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.send("/response");
    terminal.wait_for("Filter");
    terminal.send(ENTER);
    terminal.send(ENTER);
    terminal.wait_until("its rows", |seen| seen.has("Results ─ response") && seen.has("1 of "));
    terminal.send(END);
    terminal.wait_until("its last row", |seen| {
        let status =
            seen.text().lines().rev().find(|line| line.contains(" rows · ")).unwrap_or_default().to_owned();
        let words: Vec<_> = status.split(" of ").collect();
        words.len() == 2 && words[1].starts_with(words[0].rsplit(' ').next().unwrap()) && !seen.has("  ·  ")
    });
}

#[test]
fn typed_sql_runs_and_shows_its_rows() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql("SELECT 6 * 7 AS answer, NULL AS nothing, CAST(1234567.8 AS DECIMAL(12,2)) AS money");
    terminal.wait_until("the row", |seen| {
        seen.has("1 of 1 row")
            && seen.lines_with(" 42 ").iter().any(|line| line.contains("∅") && line.contains("1,234,567.80"))
    });
}

#[test]
fn the_last_of_many_spilled_rows_is_read_back() {
    let place = Place::with_lake().settings("window_mib = 1\nhold_rows = 3000000\n");
    let mut terminal = explorer(&place, &[]);
    terminal.run_sql("SELECT 'line ' || range AS label FROM range(300000)");
    terminal.wait_for("of 300,000 rows");
    terminal.send(END);
    terminal.wait_for("line 299999");
    terminal.send(HOME);
    terminal.wait_until("the first row", |seen| seen.lines_with("line 0").len() == 1);
    terminal.send("#150001\r");
    terminal.wait_for("line 150000");
}

#[test]
fn ctrl_c_stops_the_work_and_says_so() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql("SELECT count(*) FROM range(1000000000000)");
    terminal.wait_for("running");
    let before = terminal.ticks();
    wait_until("work", || terminal.ticks() > before + 10);
    terminal.send(CTRL_C);
    terminal.wait_until("the end of the run", |seen| {
        seen.has("CANCELLED") && seen.has("Cancelled: the statement was stopped before its first row.")
    });
    assert!(!terminal.seen().has("cancelling"), "it is over");
    terminal.wait_for_idle(QUIET);
    // It is ready for the next statement.
    terminal.run_sql("; SELECT 6 * 7 AS answer");
    terminal.wait_until("the next result", |seen| seen.has("1 of 1 row") && seen.has(" 42"));
}

#[test]
fn a_run_goes_on_behind_the_next_and_closing_it_stops_it() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql("SELECT count(*) FROM range(1000000000000)");
    terminal.wait_for("running");
    terminal.run_sql("; SELECT 6 * 7 AS answer");
    terminal.wait_until("the next result", |seen| seen.has("1 of 1 row") && seen.has(" 42"));
    let before = terminal.ticks();
    wait_until("the work behind it", || terminal.ticks() > before + 10);
    terminal.send("[");
    terminal.wait_for("Running …");
    terminal.send("w");
    terminal.wait_for("Confirm");
    terminal.send("y");
    terminal.wait_until("the result that is left", |seen| seen.has(" 42") && !seen.has("running"));
    terminal.wait_for_idle(QUIET);
}

#[test]
fn a_forecast_is_drawn_judged_and_moved_back_in_time() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.send("5");
    terminal.wait_for("80 % band held");
    terminal.send("\x1b[D");
    terminal.wait_until("what would have been said a day before", |seen| {
        seen.has("as said on 2023-12-30") && seen.has("━━ actual") && seen.has("80 % band held")
    });
    terminal.send("v");
    terminal.wait_for("steps ahead");
    terminal.resize(80, 24);
    terminal.wait_until("the tabs", |seen| seen.has("5 Forecast") && seen.has("seasonal naive"));
    terminal.wait_for_idle(QUIET);
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn a_forecast_of_written_columns_says_how_they_were_read() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql(
        "SELECT strftime(DATE '2024-01-01' + CAST(i AS INTEGER), '%d/%m/%Y') AS day, (1000 + i) || ',50' AS amount FROM range(120) AS days(i)",
    );
    terminal.wait_for("1 of 120 rows");
    terminal.send("f");
    terminal.wait_for("day is read with the day first, amount has a comma before decimals");
}

#[test]
fn panes_become_tabs_on_a_small_screen() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.wait_for("─ Editor");
    terminal.resize(80, 24);
    terminal.wait_until("tabs", |seen| {
        seen.has("1 Queries  2 Editor 3 Results 4 Charts") && !seen.has("─ Editor")
    });
    terminal.send("3");
    terminal.wait_for("Nothing was run yet.");
    terminal.resize(1, 1);
    terminal.wait_for_quiet(QUIET);
    terminal.resize(140, 40);
    terminal
        .wait_until("panes", |seen| seen.has("─ Editor") && seen.has("─ Charts") && !seen.has(" 1 Queries "));
}

#[test]
fn q_leaves_with_0_and_the_terminal_as_it_was() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    {
        let seen = terminal.seen();
        assert!(
            seen.screen().alternate_screen()
                && seen.screen().hide_cursor()
                && seen.screen().bracketed_paste()
        );
        assert!(!terminal.is_line_restored(), "the line is raw while the program runs");
        for query in [&b"\x1b[6n"[..], b"\x1b[c", b"\x1b[?u", b"\x1b]11;?"] {
            assert!(!contains(&seen.bytes, query), "the first frame waits for no answer of the terminal");
        }
    }
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn leaving_stops_a_running_statement() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql("SELECT count(*) FROM range(1000000000000)");
    terminal.wait_for("running");
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn a_signal_restores_the_terminal_and_keeps_the_text() {
    for signal in ["TERM", "HUP"] {
        let place = Place::with_lake();
        let mut terminal = explorer(&place, &[]);
        terminal.send("2");
        terminal.send("SELECT 'kept over a signal'");
        terminal.wait_for("kept over a signal");
        terminal.signal(signal);
        terminal.wait_for_end();
        terminal.assert_restored();
        let again = explorer(&place, &[]);
        again.wait_for("SELECT 'kept over a signal'");
    }
}

#[test]
fn the_text_is_kept_while_the_person_thinks() {
    let place = Place::with_lake();
    let mut terminal = explorer(&place, &[]);
    terminal.send("2");
    terminal.send("SELECT 'kept without leaving'");
    wait_until("the file", || {
        let drafts = files(&place.path("cache/saldo/drafts"));
        let whole = drafts.iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
        whole
            .filter_map(|path| fs::read_to_string(path).ok())
            .any(|text| text.contains("'kept without leaving'"))
    });
    terminal.signal("KILL");
    terminal.wait_for_end();
    explorer(&place, &[]).wait_for("SELECT 'kept without leaving'");
}

#[test]
fn a_killed_program_leaves_no_spill_file() {
    let place = Place::with_lake().settings("window_mib = 1\nhold_rows = 3000000\n");
    let mut terminal = explorer(&place, &[]);
    terminal.run_sql("SELECT * FROM range(3000000)");
    terminal.wait_for("of 3,000,000 rows");
    let spill = place.path("cache/saldo/spill");
    let open = fs::read_dir(format!("/proc/{}/fd", terminal.process())).unwrap();
    let spilled = open.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    assert!(
        spilled.into_iter().any(|path| path.starts_with(&spill)),
        "nothing was spilled: the test shows nothing"
    );
    terminal.signal("KILL");
    terminal.wait_for_end();
    assert_eq!(files(&spill), Vec::<std::path::PathBuf>::new());
}

#[test]
fn no_byte_of_a_cell_is_obeyed() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql("SELECT chr(27) || ']0;pwned' || chr(7) AS x");
    terminal.wait_until("the row", |seen| seen.has("1 of 1 row") && seen.lines_with("pwned").len() >= 3);
    terminal.send(ENTER);
    terminal.wait_for("Row 1");
    terminal.send("q");
    terminal.run_sql("; SELECT error(chr(27) || ']0;pwned' || chr(7))");
    terminal.wait_for("failed");
    terminal.send("2\x1b[200~'\x1b]0;pwned\x07'\x1b[201~");
    terminal.wait_for_quiet(QUIET);
    let seen = terminal.seen();
    assert!(!contains(&seen.bytes, HOSTILE) && !seen.bytes.contains(&7), "{}", seen.text());
}

#[test]
fn no_byte_of_a_file_is_obeyed() {
    let place = Place::empty();
    let name = "a\u{1b}]0;pwned\u{7}b.csv";
    place.write(name, "n\u{1b}]0;pwned\u{7},m\n\u{1b}]0;pwned\u{7},2\n");
    let mut terminal = place.spawn(&["open", name], 140, 40);
    terminal.wait_for("1 of 1 row");
    terminal.send("1");
    terminal.send("e");
    terminal.wait_for("LIMIT 1000");
    terminal.send(RUN);
    terminal.wait_for_quiet(QUIET);
    let seen = terminal.seen();
    assert!(seen.has("pwned"), "{}", seen.text());
    assert!(!contains(&seen.bytes, HOSTILE) && !seen.bytes.contains(&7), "{}", seen.text());
}

#[test]
fn an_idle_explorer_sends_nothing() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.wait_for_idle(QUIET);
    assert!(!terminal.comes_within(QUIET * 3), "after the first frame");
    terminal.run_sql("SELECT range AS n FROM range(5000)");
    terminal.wait_for("of 5,000 rows");
    terminal.wait_for_idle(QUIET);
    assert!(!terminal.comes_within(QUIET * 3), "after a result; the text was saved meanwhile");
}

#[test]
fn a_stream_pauses_and_end_goes_on() {
    let place = Place::with_lake().settings("hold_rows = 10240\n");
    let mut terminal = explorer(&place, &[]);
    terminal.run_sql("SELECT range AS n FROM range(100000)");
    terminal.wait_until("the pause", |seen| seen.has(">10,240 rows") && seen.has("paused"));
    terminal.send(END);
    terminal.wait_until("the last row", |seen| {
        seen.has("100,000 of 100,000 rows") && !seen.has(">") && seen.has(" 99,999") && !seen.has("paused")
    });
}

#[test]
fn a_result_of_just_as_many_rows_as_are_held_is_whole() {
    let place = Place::with_lake().settings("hold_rows = 10240\n");
    let mut terminal = explorer(&place, &[]);
    terminal.run_sql("SELECT range AS n FROM range(10240)");
    terminal.wait_until("all rows", |seen| seen.has("1 of 10,240 rows") && !seen.has("paused"));
}

#[test]
fn a_paused_stream_is_cancelled_and_keeps_its_rows() {
    let place = Place::with_lake().settings("hold_rows = 10240\n");
    let mut terminal = explorer(&place, &[]);
    terminal.run_sql("SELECT 'line ' || range AS label FROM range(100000)");
    terminal.wait_for("paused");
    terminal.send(CTRL_C);
    terminal.wait_until("what is held", |seen| {
        seen.has("CANCELLED") && seen.has("1 of >10,240 rows") && seen.has("line 0") && !seen.has("paused")
    });
}

#[test]
fn copying_goes_through_the_terminal_exactly() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql(
        "SELECT CAST('12345678901234567890.10' AS DECIMAL(38,2)) AS money, 'ä' || chr(9) || '∅' AS text",
    );
    terminal.wait_for("12,345,678,901,234,567,890.10");
    terminal.send("y");
    terminal.wait_for("copied the cell");
    let copied = |text: &str| format!("\x1b]52;c;{}\x1b\\", BASE64.encode(text)).into_bytes();
    assert!(contains(&terminal.seen().bytes, &copied("12345678901234567890.10")));
    terminal.send("Y");
    terminal.wait_for("copied the row");
    assert!(contains(&terminal.seen().bytes, &copied("12345678901234567890.10\tä\\t∅")));
}

#[test]
fn an_error_marks_its_place() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql("SELECT 1;\r  SELECT 2 AS b WHERE oops = 1");
    terminal.wait_until("the error", |seen| {
        seen.has("failed") && seen.has("oops") && seen.has("at line 1, column 21")
    });
    let seen = terminal.seen();
    let screen = seen.screen();
    let (rows, columns) = screen.size();
    let cells = (0..rows).flat_map(|row| (36..columns).map(move |column| (row, column)));
    let marked: Vec<_> = cells
        .filter_map(|(row, column)| screen.cell(row, column).map(|cell| (row, column, cell)))
        .filter(|(.., cell)| cell.inverse())
        .map(|(row, column, cell)| (row, column, cell.contents().to_owned()))
        .collect();
    // The editor begins at column 36 and its text 4 further, behind the number of the line.
    assert_eq!(marked, [(2, 36 + 4 + 22, "o".to_owned())]);
}

#[test]
fn typed_sql_only_reads_unless_the_person_asked_for_more() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql("CREATE TABLE t AS SELECT 41 + 1 AS answer");
    terminal.wait_until("the refusal", |seen| seen.has("failed") && seen.has("refused"));
    terminal.run_sql("; SELECT answer FROM t");
    terminal.wait_until("no such table", |seen| seen.has("failed") && seen.has("t does not exist"));
}

#[test]
fn with_write_a_statement_that_writes_asks_first() {
    let mut terminal = explorer(&Place::with_lake(), &["--write"]);
    terminal.run_sql("CREATE TABLE t AS SELECT 41 + 1 AS answer");
    terminal.wait_for("This statement may write");
    terminal.send("\x1b");
    terminal.wait_until("the question gone", |seen| !seen.has("This statement may write"));
    terminal.send("2");
    terminal.send(RUN);
    terminal.wait_for("This statement may write");
    terminal.send("y");
    // Had Esc run it, the table would be there already and this would fail.
    terminal.wait_until("the end of it", |seen| seen.has("1 of 1 row") && !seen.has("failed"));
    terminal.run_sql("; SELECT answer FROM t");
    terminal.wait_until("what was written", |seen| seen.has("1 of 1 row") && seen.has(" 42"));
}

#[test]
fn files_open_without_a_lake() {
    let place = Place::empty();
    place.write("accounts.csv", "account_no,owner\n00123,Ada\n00124,Grace\n");
    let mut csv = place.spawn(&["open", "accounts.csv"], 100, 30);
    csv.wait_until("the rows as they are", |seen| {
        seen.has("1 of 2 rows") && seen.has("00123") && seen.has("Grace")
    });
    csv.send("1\x1b[C");
    csv.wait_until("its columns in the tree", |seen| seen.has("▾ accounts") && seen.has("    owner"));
    csv.send("q");
    assert_eq!(csv.wait_for_end().exit_code(), 0);

    let made = ["query", "-c", "SELECT 'line ' || range AS label FROM range(50000)", "-o", "many.parquet"];
    let output = place.command(&made).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut parquet = place.spawn(&["open", "many.parquet"], 80, 24);
    parquet.wait_until("the first rows", |seen| seen.has("1 of 50,000 rows") && seen.has("line 0"));
    parquet.send(END);
    parquet.wait_for("line 49999");
    parquet.send("#25001\r");
    parquet.wait_for("line 25000");
}

#[test]
fn no_color_is_heeded() {
    let mut terminals =
        [Place::with_lake(), Place::with_lake().variable("NO_COLOR", "1")].map(|place| explorer(&place, &[]));
    let [coloured, plain] = &mut terminals;
    for terminal in [&mut *coloured, &mut *plain] {
        terminal.run_sql("SELECT 6 * 7 AS answer");
        terminal.wait_for("1 of 1 row");
    }
    assert!(!colours(&coloured.seen().bytes).is_empty(), "otherwise the next line shows nothing");
    assert_eq!(colours(&plain.seen().bytes), Vec::<String>::new());
    let inverse = |terminal: &Terminal| {
        let seen = terminal.seen();
        let screen = seen.screen();
        let cells = (0..40).flat_map(|row| (0..140).map(move |column| (row, column)));
        cells.filter_map(|(row, column)| screen.cell(row, column)).any(vt100::Cell::inverse)
    };
    assert!(inverse(plain), "the cursor is seen without colours");
}

#[test]
fn the_credit_check_asks_for_an_account_and_shows_its_card() {
    let place = Place::with_lake();
    let mut terminal = place.spawn(&["credit"], 100, 30);
    terminal.wait_for("Account: a part of its number or name");
    terminal.wait_for("12 of 12 accounts");
    terminal.send(ENTER);
    terminal.wait_for("policy saldo-2");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    let audit = fs::read_to_string(place.path(".local/state/saldo/credit/audit.jsonl")).unwrap();
    assert_eq!(audit.lines().count(), 1, "the one question is written down: {audit}");
    // Without a terminal nobody can be asked.
    let output = place.command(&["credit"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("no account is named"), "{output:?}");
}
