//! Grouping a result without SQL.

use super::arrange::{column, screen, session};
use super::out::run;
use super::*;

const ROWS: &str = "SELECT * FROM (VALUES \
    ('a', 'EUR', CAST(1.01 AS DECIMAL(18, 2))), ('a', 'EUR', -2.00), ('a', NULL, 0.50), \
    ('b', 'it''s', 9999999999999999.99), ('b', 'it''s', 9999999999999999.99), (NULL, 'EUR', NULL) \
    ) AS t(account, code, amount)";

fn texts(session: &Session, name: &str) -> Vec<String> {
    column(session, name).into_iter().map(|text| text.unwrap_or_else(|| "∅".into())).collect()
}

#[tokio::test]
async fn a_result_is_grouped_across_a_column_exactly_and_opens_beside_it() {
    let (_folder, mut session) = session((140, 40));
    run(&mut session, ROWS).await;
    session.keys("*{down}{right}{right}").await.unwrap();
    let text = screen(&mut session);
    assert!(text.contains("‹ account ›") && text.contains("‹ code ›") && text.contains("‹ sum ›"), "{text}");
    session.keys("{enter}").await.unwrap();
    session.settle().await;
    assert_eq!(session.app.tabs.count(), 2, "the result stays");
    assert_eq!(session.app.tabs.shown.results.title, "sum of amount by account across code");
    assert_eq!(texts(&session, "account"), ["a", "b", "∅"]);
    assert_eq!(texts(&session, "EUR"), ["-0.99", "∅", "∅"]);
    assert_eq!(texts(&session, "it's"), ["∅", "19999999999999999.98", "∅"], "no float is between");
    assert_eq!(texts(&session, "∅"), ["0.50", "∅", "∅"]);
    assert_eq!(texts(&session, "all"), ["-0.49", "19999999999999999.98", "∅"]);
}

#[tokio::test]
async fn every_figure_is_exact_of_the_rows_that_are_kept() {
    let (_folder, mut session) = session((140, 40));
    for (steps, name, wanted) in [
        (1, "count", ["3", "2", "0"]),
        (2, "mean", ["-0.163333", "9999999999999999.990000", "∅"]),
        (3, "min", ["-2.00", "9999999999999999.99", "∅"]),
        (4, "max", ["1.01", "9999999999999999.99", "∅"]),
    ] {
        run(&mut session, ROWS).await;
        session.keys(&format!("*{{down}}{{down}}{}{{enter}}", "{right}".repeat(steps))).await.unwrap();
        session.settle().await;
        assert_eq!(texts(&session, name), wanted, "{name}");
    }
    run(&mut session, ROWS).await;
    session.keys("&amount > 0{enter}").await.unwrap();
    session.settle().await;
    session.keys("*{enter}").await.unwrap();
    session.settle().await;
    assert_eq!(texts(&session, "sum"), ["1.51", "19999999999999999.98"]);
    assert!(session.app.tabs.shown.results.title.contains("where amount > 0"));
}

#[tokio::test]
async fn amounts_of_several_currencies_have_no_sum_and_no_mean() {
    const ROWS: &str = "SELECT * FROM (VALUES ('a', 'EUR', CAST(1 AS DECIMAL(18, 2))), ('a', 'JPY', 900), ('a', 'USD', NULL), \
        ('b', 'JPY', 100), ('b', 'JPY', 300), ('b', 'EUR', NULL)) AS t(account_no, deposit_currency, deposit_amt)";
    let (_folder, mut session) = session((140, 40));
    for (keys, name, wanted) in [
        ("", "sum", ["∅", "400.00"]),
        ("{down}{down}{right}{right}", "mean", ["∅", "200.000000"]),
        ("{down}{down}{right}", "count", ["2", "2"]),
        ("{down}{right}{right}", "all", ["∅", "400.00"]),
        ("{down}{right}{right}", "JPY", ["900.00", "400.00"]),
    ] {
        run(&mut session, ROWS).await;
        session.keys(&format!("*{keys}{{enter}}")).await.unwrap();
        session.settle().await;
        assert_eq!(texts(&session, name), wanted, "{keys} {name}");
        let says_so = session.app.tabs.shown.results.title.ends_with(", each of one currency");
        assert_eq!(says_so, name != "count", "{}", session.app.tabs.shown.results.title);
    }
}

#[tokio::test]
async fn what_is_no_table_is_refused_with_a_sentence() {
    let (_folder, mut session) = session((140, 40));
    run(&mut session, "SELECT i % 2 AS half, 'k' || i AS name, i AS n FROM range(500) t(i)").await;
    session.keys("*{down}{right}{enter}").await.unwrap();
    assert!(screen(&mut session).contains("Group all rows"), "a column stands down and across at once");
    session.keys("{right}{enter}").await.unwrap();
    session.settle().await;
    assert!(screen(&mut session).contains("more than 200 different values would stand across"));
    session.keys("{esc}").await.unwrap();
    run(&mut session, "SELECT 'x' AS name, 'y' AS other").await;
    session.keys("*{down}{down}{left}{enter}").await.unwrap();
    let text = screen(&mut session);
    assert!(text.contains("only numbers have a sum or a mean"), "{text}");
}

#[test]
fn of_rows_that_are_not_all_and_filtered_both_are_said() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
    app.focus = Pane::Results;
    app.tabs.shown.results.state = State::Running;
    app.update(Msg::Job(JobId(1), JobEvent::Failed(EngineError::cancelled())));
    press(&mut app, KeyCode::Char('&'));
    app.update(Msg::Input(Event::Paste("number > 10".into())));
    press(&mut app, KeyCode::Enter);
    app.update(Msg::Job(JobId(2), rows(7, State::Complete)));
    assert_eq!(app.tabs.shown.results.of_rows, Some(50));
    press(&mut app, KeyCode::Char('x'));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("Export 7 rows") && text.contains(".first-50-rows.csv"), "{text}");
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('*'));
    press(&mut app, KeyCode::Enter);
    let title = &app.tabs.shown.results.title;
    assert!(title.contains("of the first 50 rows, cancelled, where number > 10"), "{title}");
}

#[tokio::test]
async fn a_letter_on_a_choice_says_how_it_is_chosen() {
    let (_folder, mut session) = session((80, 24));
    run(&mut session, ROWS).await;
    session.keys("*a").await.unwrap();
    assert!(screen(&mut session).contains("down is chosen with ← and →"), "{}", screen(&mut session));
    session.keys("{esc}").await.unwrap();
    run(&mut session, ROWS).await;
    session.keys("=a").await.unwrap();
    assert!(screen(&mut session).contains("with is chosen with ← and →"), "{}", screen(&mut session));
}

#[tokio::test]
async fn amounts_of_several_currencies_are_no_series_and_those_of_one_are() {
    const ROWS: &str = "SELECT DATE '2020-01-01' + CAST(i // 2 AS INT) AS day, \
        CASE WHEN i % 2 = 0 THEN 'INR' ELSE 'JPY' END AS deposit_currency, \
        CAST(i AS DECIMAL(18, 2)) AS deposit_amt, CAST(i AS DECIMAL(18, 2)) AS deposit_sgd_amt \
        FROM range(400) AS t(i)";
    let (_folder, mut session) = session((140, 40));
    run(&mut session, ROWS).await;
    session.keys("{home}{right}{right}fb").await.unwrap();
    session.settle().await;
    let text = screen(&mut session);
    let wanted = [
        "deposit_amt has amounts of INR and JPY, which make no series together",
        "keep one with WHERE deposit_currency = 'INR', or take deposit_sgd_amt",
    ];
    assert!(wanted.iter().all(|part| text.contains(part)), "{text}");
    for (keys, name) in
        [("3&deposit_currency = 'JPY'{enter}", "deposit_amt"), ("3{esc}{right}", "deposit_sgd_amt")]
    {
        session.keys(keys).await.unwrap();
        session.settle().await;
        session.keys("f").await.unwrap();
        session.settle().await;
        let title = session.app.forecast.report.as_ref().map(|report| report.title.clone());
        assert_eq!(title.as_deref(), Some(name), "{}", screen(&mut session));
    }
}
