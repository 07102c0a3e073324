//! The grid: money that reads as money, columns that are moved, hidden and kept, marks that add up, texts that are found,
//! columns that are profiled; with the real engine behind it.

use super::arrange::{LARGE, column, screen, session};
use super::*;

/// Amounts in currencies of two, no and three digits, and one that nothing could convert.
const MONEY: &str = "2SELECT * FROM (VALUES \
    (1, 2019, 409000362479, 1234567.5600, 'SGD', 1234567.560000, 'ok'), \
    (2, 2019, 409000362479, -1234.0000, 'JPY', -15.120000, 'ok'), \
    (3, 2020, 409000362479, 1.2345, 'KWD', 5.123456, 'ok'), \
    (4, 2020, 409000362479, 77.5000, 'XXQ', NULL, 'no_rate'), \
    (5, 2020, 409000362479, NULL, NULL, NULL, NULL)) \
    t(line_no, year, account_no, deposit_amt, deposit_currency, deposit_sgd_amt, deposit_rate_status){run}";

fn type_in(session: &mut Session, keys: &[KeyCode]) {
    for code in keys {
        session.press(KeyEvent::from(*code));
    }
}

#[tokio::test]
async fn money_reads_as_money_and_is_copied_with_every_digit() {
    let (_folder, mut session) = session((140, 40));
    session.keys(MONEY).await.unwrap();
    let text = screen(&mut session);
    let amounts = ["1,234,567.56 ", "-1,234 ", "1.234… ", "77.5000 "];
    let lines: Vec<_> = amounts.map(|amount| text.lines().find(|line| line.contains(amount)).unwrap()).into();
    // Marks stand under each other: where an amount has none, before its end.
    let mark = |line: &str, amount: &str| {
        let at = line.find(amount).unwrap();
        line[..at].chars().count() + amount.find('.').unwrap_or(amount.trim_end().len())
    };
    let marks: Vec<_> = lines.iter().zip(amounts).map(|(line, amount)| mark(line, amount)).collect();
    assert!(marks.iter().all(|at| *at == marks[0]), "{marks:?}\n{text}");
    assert!(
        text.contains("409000362479") && text.contains(" 2019"),
        "numbers of accounts and years:\n{text}"
    );
    assert!(text.contains("-15.12 ") && text.contains("5.12…"), "{text}");
    assert!(text.contains("∅ no_rate"), "an amount that nothing could convert:\n{text}");
    assert_eq!(text.matches("no_rate").count(), 2, "what is NULL itself was not to be converted:\n{text}");
    assert_eq!(column(&session, "deposit_amt")[2].as_deref(), Some("1.2345"));
    session.keys("{right}{right}{right}mm").await.unwrap();
    let text = screen(&mut session);
    assert!(text.contains("1,234,567.5600") && text.contains("-1,234.0000"), "{text}");
    session.keys("m").await.unwrap();
    assert!(screen(&mut session).contains("(1,234.0000)"));
    session.keys("mm").await.unwrap();
    assert!(screen(&mut session).contains("775,000 bp"));
    assert_eq!(column(&session, "deposit_amt")[3].as_deref(), Some("77.5000"), "what is copied stays exact");
}

/// Amounts in several currencies have no sum, those in one have.
#[tokio::test]
async fn amounts_in_several_currencies_are_not_added_up() {
    let (_folder, mut session) = session((140, 40));
    session.keys(MONEY).await.unwrap();
    session.keys("{right}{right}{right}   ").await.unwrap();
    let totals = session.app.tabs.shown.results.totals.clone().unwrap();
    assert_eq!((totals.rows, totals.sum, totals.mean), (5, None, None));
    assert_eq!(totals.max.as_deref(), Some("1234567.5600"));
    session.keys("p").await.unwrap();
    let Some(Overlay::Profile(sheet)) = &session.app.overlay else { panic!("no profile") };
    let profile = sheet.profile.clone().unwrap();
    assert_eq!((profile.sum, profile.mean, profile.rows), (None, None, 5));
    // Those in the base currency.
    session.keys("{esc}{esc}{right}{right}   ").await.unwrap();
    let totals = session.app.tabs.shown.results.totals.clone().unwrap();
    assert_eq!(totals.sum.as_deref(), Some("1234557.563456"));
}

#[test]
fn columns_are_hidden_moved_kept_on_screen_and_widened() {
    let mut app = with_rows(Rect::new(0, 0, 60, 24), 50);
    app.focus = Pane::Results;
    let header = |app: &App| glyphs(&drawn(app, Glyphs::Full)).lines().nth(1).unwrap().trim().to_owned();
    let titles = |app: &App| {
        let text = glyphs(&drawn(app, Glyphs::Full));
        let line = text.lines().find(|line| line.contains("real")).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(header(&app), "number  text                       real");
    press(&mut app, KeyCode::Char('L'));
    assert_eq!(titles(&app), ["text", "number", "real"]);
    press(&mut app, KeyCode::Char('H'));
    press(&mut app, KeyCode::Right);
    press(&mut app, KeyCode::Char('d'));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("1 column is hidden"), "{text}");
    assert_eq!(titles(&app), ["number", "real"]);
    assert_eq!(app.tabs.shown.results.column, 2, "the cursor goes on to the next one");
    // A copy of the row has the hidden column all the same.
    assert_eq!(press(&mut app, KeyCode::Char('Y')), [Effect::Copy("0\t\\N\tinf".into())]);
    press(&mut app, KeyCode::Char('C'));
    press(&mut app, KeyCode::Up);
    press(&mut app, KeyCode::Char(' '));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("● text"), "{text}");
    press(&mut app, KeyCode::Esc);
    assert_eq!(titles(&app), ["number", "text", "real"]);
    // On a narrow screen the first column stays while the others move.
    resize(&mut app, 34, 24);
    press(&mut app, KeyCode::Char('^'));
    press(&mut app, KeyCode::Char('F'));
    press(&mut app, KeyCode::Char('$'));
    assert_eq!(titles(&app), ["number", "│", "real"]);
    let before = app.tabs.shown.results.columns[2].width;
    press(&mut app, KeyCode::Char('>'));
    press(&mut app, KeyCode::Char('>'));
    press(&mut app, KeyCode::Char('<'));
    assert_eq!(app.tabs.shown.results.columns[2].width, before + 4);
}

#[tokio::test]
async fn what_is_marked_adds_up_exactly_over_rows_that_are_not_in_view() {
    let (_folder, mut session) = session((160, 40));
    session.keys(LARGE).await.unwrap();
    session.keys("{right}{right}   ").await.unwrap();
    let totals = session.app.tabs.shown.results.totals.clone().unwrap();
    assert_eq!((totals.rows, totals.nulls, totals.sum.as_deref()), (2_000_000, 0, Some("19999990000.00")));
    assert_eq!((totals.mean.as_deref(), totals.is_rounded), (Some("9999.9950"), false));
    assert_eq!((totals.min.as_deref(), totals.max.as_deref()), (Some("0.00"), Some("19999.99")));
    let text = screen(&mut session);
    assert!(text.contains("2,000,000 rows · sum 19,999,990,000.00 · mean 9,999.9950"), "{text}");
    // Sorted and filtered, the marked rows are others.
    session.keys("{esc}$+").await.unwrap();
    session.keys("^{right}{right}ss").await.unwrap();
    session.keys("   ").await.unwrap();
    let totals = session.app.tabs.shown.results.totals.clone().unwrap();
    assert_eq!((totals.rows, totals.sum.as_deref()), (2_000, Some("19990000.00")));
    session.keys("{esc}").await.unwrap();
    assert!(session.app.tabs.shown.results.totals.is_none());
    assert_eq!(session.app.tabs.shown.results.view.rows(), 2_000, "the mark goes first");
    let shift = |code| KeyEvent::new(code, KeyModifiers::SHIFT);
    for code in [KeyCode::Down, KeyCode::Down, KeyCode::Left] {
        session.press(shift(code));
    }
    session.settle().await;
    let totals = session.app.tabs.shown.results.totals.clone().unwrap();
    assert_eq!((totals.rows, totals.cells), (3, 6));
    // 19990.00, 19980.00 and 19970.00 with the remainders of 1999000, 1998000 and 1997000.
    let keys: u64 = [1_999_000_u64, 1_998_000, 1_997_000].map(|i| (i * 7919) % 1_000_003).iter().sum();
    assert_eq!(totals.sum, Some(format!("{}.00", 19_990 + 19_980 + 19_970 + keys)));
}

#[tokio::test]
async fn a_text_is_found_in_any_row_also_of_sorted_ones() {
    let (_folder, mut session) = session((140, 40));
    session.keys(LARGE).await.unwrap();
    session.keys("/TEXT 6\n").await.unwrap();
    assert!(
        session.app.notice.as_ref().is_some_and(|notice| notice.text.contains("no cell")),
        "capitals count"
    );
    session.keys("/text 6\n").await.unwrap();
    let at = |session: &Session| {
        let results = &session.app.tabs.shown.results;
        (results.view.row(), results.column)
    };
    assert_eq!(at(&session), (6, 3));
    session.keys("n").await.unwrap();
    assert_eq!(at(&session), (13, 3));
    session.keys("N").await.unwrap();
    session.keys("N").await.unwrap();
    assert_eq!(at(&session), (1_999_997, 3), "round the first row");
    assert!(session.app.notice.as_ref().is_some_and(|notice| notice.text.contains("other end")));
    session.keys("^ss{home}").await.unwrap();
    session.keys("/19,999.95\n").await.unwrap();
    assert_eq!(at(&session), (4, 2), "falling, the fifth");
    session.keys("/text 0\n").await.unwrap();
    let (row, column) = at(&session);
    assert_eq!(((1_999_999 - row) % 7, column), (0, 3));
}

#[tokio::test]
async fn a_column_is_profiled_whole_and_a_value_filters() {
    let (_folder, mut session) = session((120, 50));
    session.keys(LARGE).await.unwrap();
    session.keys("{right}{right}p").await.unwrap();
    let text = screen(&mut session);
    for part in [
        "rows 2,000,000",
        "different 2,000,000",
        "min 0.00",
        "max 19,999.99",
        "mean 9,999.9950",
        "sum 19,999,990,000.00",
        "50 % 9,999.99",
        "the 500 most frequent values",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    assert!(text.contains(&"█".repeat(40)), "equal bars:\n{text}");
    session.keys("{esc}$p").await.unwrap();
    let text = screen(&mut session);
    assert!(text.contains("NULL 2,000 (0.1 %)") && text.contains("different 7"), "{text}");
    assert!(text.contains("text 1") && text.contains("285,4"), "{text}");
    type_in(&mut session, &[KeyCode::End]);
    assert!(screen(&mut session).contains("∅"));
    session.keys("{enter}").await.unwrap();
    assert_eq!(session.app.tabs.shown.results.view.rows(), 2_000);
    assert!(screen(&mut session).contains("2,000 of 2,000,000 rows · label = ∅"));
    // Of the rows that are kept.
    session.keys("^p").await.unwrap();
    assert!(screen(&mut session).contains("rows 2,000 "));
}

#[tokio::test]
async fn hostile_cells_and_names_command_nothing_in_any_of_it() {
    let (_folder, mut session) = session((120, 50));
    let hostile = "2SELECT * FROM (SELECT chr(27) || ']0;pwned' || chr(7) || chr(8238) AS \"a\u{1b}[31m\"\"b\", \
                   i, {'k': [chr(27), chr(10)], 'n': i} AS s FROM range(3) t(i)){run}";
    session.app.update(Msg::Input(Event::Key(KeyEvent::from(KeyCode::Char('2')))));
    session.app.update(Msg::Input(Event::Paste(hostile[1..hostile.len() - 5].into())));
    session.keys("{run}").await.unwrap();
    for keys in [
        "s",
        "+",
        "p",
        "{esc}",
        "C",
        "{esc}",
        "{enter}",
        "{esc}",
        "$p",
        "{esc}",
        " ",
        "/]0;pwned\n",
        "{enter}",
    ] {
        session.keys(keys).await.unwrap();
        let text = screen(&mut session);
        let bad = text.chars().find(|mark| mark.is_control() && *mark != '\n' || *mark == '\u{202e}');
        assert_eq!(bad, None, "{keys}:\n{text}");
    }
    assert!(screen(&mut session).contains("pwned"));
}

#[tokio::test]
async fn records_are_read_one_after_the_other_and_lists_are_drawn() {
    let (_folder, mut session) = session((100, 30));
    let text = "2SELECT i, [i, 2, 3, NULL, 8] AS trend, \
                '{\"amount\": 12345678901234567890.10, \"of\": [{\"n\": 1}]}' AS note FROM range(5) t(i){run}";
    session.app.update(Msg::Input(Event::Key(KeyEvent::from(KeyCode::Char('2')))));
    session.app.update(Msg::Input(Event::Paste(text[1..text.len() - 5].into())));
    session.keys("{run}").await.unwrap();
    let text = screen(&mut session);
    assert!(text.contains("▁▃▄ █") && !text.contains("[0, 2"), "a list of numbers is a line:\n{text}");
    session.keys("{enter}").await.unwrap();
    let text = screen(&mut session);
    assert!(text.contains("Row 1 of 5") && text.contains("[0, 2, 3, null, 8]"), "every digit:\n{text}");
    assert!(
        text.contains("\"amount\": 12345678901234567890.10,\n") || text.contains("12345678901234567890.10,")
    );
    session.keys("{right}{right}").await.unwrap();
    let text = screen(&mut session);
    assert!(text.contains("Row 3 of 5") && text.contains("[2, 2, 3, null, 8]"), "{text}");
    session.keys("h").await.unwrap();
    assert!(screen(&mut session).contains("Row 2 of 5"));
}

#[tokio::test]
async fn what_is_marked_adds_up_on_a_narrow_screen_too() {
    let (_folder, mut session) = session((80, 24));
    let large = "SELECT CAST(i * 98765432.11 AS DECIMAL(18, 2)) AS amount FROM range(-1, 120000) t(i)";
    super::out::run(&mut session, large).await;
    session.keys("   ").await.unwrap();
    let text = screen(&mut session);
    for part in [
        "120,001 rows",
        "sum 711,105,185,167,307,967.89",
        "mean 5,925,827,161,167.",
        "min -98,765,432.11",
        "max 11,851,753,087,767.89",
    ] {
        let lines: Vec<_> = text.lines().rev().take(2).collect();
        assert!(lines.iter().any(|line| line.contains(part)), "{part}:\n{text}");
    }
    assert!(text.contains("DuckDB"), "what data this is stays:\n{text}");
    session.keys("{esc}").await.unwrap();
    assert!(screen(&mut session).lines().last().unwrap().contains("q quit"));
}

#[tokio::test]
async fn texts_of_lists_are_drawn_in_a_column_that_is_called_a_trend() {
    let (_folder, mut session) = session((160, 30));
    let list = "'[1, null, -2.50, 12345678901234567890.10]'";
    let long = "'[' || repeat('1, ', 4000) || '1]'";
    let text = format!(
        "SELECT {list} AS net_trend, {list} AS trend, '[]' AS empty_trend, '[null, null]' AS no_trend, \
         [NULL, NULL]::INTEGER[] AS nothing, 'up' AS up_trend, {list} AS trends, {long} AS long_trend"
    );
    session.app.update(Msg::Input(Event::Key(KeyEvent::from(KeyCode::Char('2')))));
    session.app.update(Msg::Input(Event::Paste(text)));
    session.keys("{run}").await.unwrap();
    let text = screen(&mut session);
    assert_eq!(text.matches("▁ ▁█").count(), 2, "a gap is left for null:\n{text}");
    assert!(text.contains("[1, null, -2.50") && text.contains("up "), "what is none stays a text:\n{text}");
    assert!(text.contains("[1, 1, 1") || text.contains("[1,1,"), "what is too long to read too:\n{text}");
    let row = text.lines().find(|line| line.contains("▁ ▁█")).unwrap();
    assert_eq!(
        (row.matches("[] ").count(), row.matches('∅').count()),
        (1, 2),
        "none of a list is known:\n{text}"
    );
}

#[tokio::test]
async fn the_least_and_the_greatest_account_are_no_numbers() {
    let (_folder, mut session) = session((140, 40));
    session.keys("2SELECT * FROM (VALUES ('1188423'), ('700400700101')) t(account_no){run}").await.unwrap();
    session.settle().await;
    session.keys("^   ").await.unwrap();
    session.settle().await;
    let text = screen(&mut session);
    assert!(text.contains("min 1188423 · max 700400700101"), "{text}");
}

#[tokio::test]
async fn the_ends_of_a_long_histogram_are_cut_with_a_mark() {
    let (_folder, mut session) = session((80, 24));
    session
        .keys("2SELECT * FROM (VALUES (1.5::DECIMAL(38,1)), (1234567890123456789012345678901234567.5)) t(n){run}")
        .await
        .unwrap();
    session.settle().await;
    session.keys("p").await.unwrap();
    session.settle().await;
    let text = screen(&mut session);
    let axis = text.lines().rev().find(|line| line.contains("1,234,567,890,123")).unwrap();
    assert!(axis.contains('…') || axis.contains("567.5"), "{text}");
}

#[tokio::test]
async fn a_condition_that_names_no_column_is_offered_none_that_is_not_there() {
    let (_folder, mut session) = session((140, 40));
    session.keys("2SELECT 1 AS a{run}").await.unwrap();
    session.settle().await;
    session.keys("&nosuch > 1\n").await.unwrap();
    session.settle().await;
    let said = session.app.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default();
    assert!(said.contains("nosuch") && !said.contains("row_number"), "{said}");
}
