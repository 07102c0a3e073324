//! What the screen says and who has the keys where a statement fails, is stopped, or there is nothing to show.

use duckdb::arrow::datatypes::{DataType, Field, Schema};

use super::*;

fn fails(app: &mut App, job: u64) {
    let error = EngineError::new(ErrorKind::Syntax, "syntax error at or near \"SELXX\"");
    app.update(Msg::Job(JobId(job), JobEvent::Failed(error)));
}

fn in_editor(text: &str) -> App {
    let mut app = app(false);
    app.act(Action::GoEditor);
    app.editor.open("typed", text);
    app
}

fn screen_of(app: &App) -> String {
    glyphs(&drawn(app, Glyphs::Full))
}

#[test]
fn a_statement_that_fails_leaves_the_keys_to_the_editor_in_which_it_is_mended() {
    let mut app = in_editor("SELXX foo");
    control(&mut app, 'r');
    fails(&mut app, 1);
    assert_eq!(app.focus, Pane::Editor);
    for letter in "TRM".chars() {
        press(&mut app, KeyCode::Char(letter));
    }
    assert!(app.overlay.is_none() && app.editor.text().contains("TRM"), "{}", app.editor.text());
    // One that succeeds has the keys, as has its result.
    control(&mut app, 'r');
    app.update(Msg::Job(JobId(2), rows(1, State::Complete)));
    assert_eq!(app.focus, Pane::Results);
    // Of several that are run, it is the one that fails.
    let mut app = in_editor("SELECT 1; SELXX 2; SELECT 3");
    control(&mut app, 'b');
    app.update(Msg::Job(JobId(1), rows(1, State::Complete)));
    assert_eq!(app.focus, Pane::Results);
    fails(&mut app, 2);
    assert_eq!(app.focus, Pane::Editor);
}

#[test]
fn a_statement_that_fails_late_takes_the_keys_from_nobody() {
    for (key, focus) in [
        (KeyCode::Char('1'), Pane::Queries),
        (KeyCode::Char('4'), Pane::Charts),
        (KeyCode::Down, Pane::Results),
        (KeyCode::Char('3'), Pane::Results),
    ] {
        let mut app = in_editor("SELXX foo");
        control(&mut app, 'r');
        press(&mut app, key);
        fails(&mut app, 1);
        assert_eq!(app.focus, focus, "{key:?}");
    }
    // One that another pane ran is none of the editor's.
    let mut app = app(false);
    press(&mut app, KeyCode::Enter);
    fails(&mut app, 1);
    assert_eq!(app.focus, Pane::Results);
    // Where the editor alone is on screen, why it failed is said below.
    let mut app = in_editor("SELXX foo");
    app.zoomed = true;
    control(&mut app, 'r');
    fails(&mut app, 1);
    assert!(app.focus == Pane::Editor && screen_of(&app).contains("syntax error"), "{}", screen_of(&app));
}

#[test]
fn what_was_stopped_before_its_first_row_has_no_count_and_is_no_news_elsewhere() {
    let mut app = in_editor("SELECT 1");
    control(&mut app, 'r');
    let schema = Schema::new(vec![Field::new("n", DataType::Int32, true)]);
    app.update(Msg::Job(JobId(1), JobEvent::Schema(schema.into())));
    control(&mut app, 'c');
    app.update(Msg::Job(JobId(1), JobEvent::Failed(EngineError::cancelled())));
    assert!(
        screen_of(&app).contains("CANCELLED") && !screen_of(&app).contains(">0 rows"),
        "{}",
        screen_of(&app)
    );
    for key in ['5', '6', '7'] {
        press(&mut app, KeyCode::Char(key));
        assert!(!screen_of(&app).contains("CANCELLED"), "{key}: {}", screen_of(&app));
        press(&mut app, KeyCode::Esc);
    }
}

#[test]
fn a_lake_without_daily_balances_says_so_where_there_is_no_result() {
    let mut app = in_editor("SELXX foo");
    app.source.has_lake = true;
    control(&mut app, 'r');
    fails(&mut app, 1);
    app.act(Action::GoQueries);
    assert_eq!(press(&mut app, KeyCode::Char('5')), []);
    let screen = screen_of(&app);
    assert!(screen.contains("the lake has no table transactions"), "{screen}");
    assert!(screen.contains("saldo ingest balances"), "{screen}");
    assert!(!app.forecast.is_waiting());
    // With a result it is that one that is forecast.
    app.act(Action::GoEditor);
    control(&mut app, 'r');
    let schema = Schema::new(vec![Field::new("n", DataType::Int32, true)]);
    app.update(Msg::Job(JobId(2), JobEvent::Schema(schema.into())));
    assert!(matches!(asked(&press(&mut app, KeyCode::Char('5'))).subject, Subject::Result(_)));
}
