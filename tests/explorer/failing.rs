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

#[test]
fn statements_whose_form_is_left_are_not_run_by_news_of_the_one_before() {
    let text = "-- param: n integer = 5\nSELECT :n AS first;\nSELECT :n + 100 AS second";
    let mut app = in_editor("SELECT 0");
    control(&mut app, 'r');
    app.update(Msg::Job(JobId(1), rows(1, State::Complete)));
    app.act(Action::GoEditor);
    app.editor.open("several", text);
    let ran = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Run { .. }));
    assert!(!ran(&control(&mut app, 'b')) && matches!(app.overlay, Some(Overlay::Parameters(_))));
    let old = || Msg::Job(JobId(1), rows(1, State::Complete));
    assert!(!ran(&app.update(old())), "while the form is open");
    press(&mut app, KeyCode::Esc);
    assert!(screen_of(&app).contains("1 more statement is not run"), "{}", screen_of(&app));
    assert!(!ran(&app.update(old())), "after it was left");
    assert_eq!(app.tabs.count(), 1);
    // Filled in, both run.
    control(&mut app, 'b');
    assert!(ran(&press(&mut app, KeyCode::Enter)));
    assert!(ran(&app.update(Msg::Job(JobId(2), rows(1, State::Complete)))));
}

#[test]
fn closing_what_runs_says_what_is_not_run_after_it() {
    let mut app = in_editor("SELECT 1; SELECT 2; SELECT 3");
    control(&mut app, 'b');
    press(&mut app, KeyCode::Char('w'));
    press(&mut app, KeyCode::Char('y'));
    assert!(screen_of(&app).contains("2 more statements are not run"), "{}", screen_of(&app));
}

#[test]
fn a_fault_before_a_statement_is_sent_leaves_the_result_on_screen_as_it_is() {
    let mut app = in_editor("SELECT 42");
    control(&mut app, 'r');
    app.update(Msg::Job(JobId(1), rows(2, State::Running)));
    app.act(Action::GoEditor);
    app.editor.open("faulty", "-- param: from dat\nSELECT 1");
    assert!(!control(&mut app, 'r').iter().any(|effect| matches!(effect, Effect::Run { .. })));
    assert!(matches!(app.tabs.shown.results.state, State::Failed(_)));
    assert_eq!((app.tabs.shown.results.title.as_str(), app.focus), ("SELECT 1", Pane::Editor));
    let before = app.tabs.iter().next().unwrap();
    assert_eq!((before.job, &before.results.state), (JobId(1), &State::Running));
    app.act(Action::GoResults);
    press(&mut app, KeyCode::Char('['));
    assert_eq!(control(&mut app, 'c'), [Effect::Cancel { job: JobId(1) }], "it can be stopped");
}

#[test]
fn an_error_is_marked_in_the_text_of_its_statement_and_in_no_other() {
    let is_marked = |app: &App| {
        let theme = Theme::load("dark", Depth::True).unwrap();
        let buffer = drawn_in(app, &theme);
        let cells = (0..buffer.area.height).flat_map(|y| (0..buffer.area.width).map(move |x| (x, y)));
        cells.filter(|at| buffer[*at].style().fg == theme.error.fg).any(|at| buffer[at].symbol() == "S")
    };
    let error = || {
        let position = Some(saldo::engine::Position { line: 0, column: 0 });
        EngineError { position, ..EngineError::new(ErrorKind::Data, "no number") }
    };
    let run = || {
        let mut app = in_editor("SELECT 1 AS ok");
        app.zoomed = true;
        control(&mut app, 'r');
        app.update(Msg::Job(JobId(1), rows(1, State::Complete)));
        app.act(Action::GoEditor);
        app.editor.add("", "SELECT wrong");
        control(&mut app, 'r');
        app.act(Action::GoEditor);
        app
    };
    let mut app = run();
    app.update(Msg::Job(JobId(2), JobEvent::Failed(error())));
    let own = is_marked(&app);
    app.act(Action::PreviousBuffer);
    assert!(app.editor.text().contains("ok"));
    assert!(own && !is_marked(&app), "{own}");
    let mut app = run();
    app.act(Action::PreviousBuffer);
    app.update(Msg::Job(JobId(2), JobEvent::Failed(error())));
    assert!(!is_marked(&app), "another text is in view");
    app.act(Action::NextBuffer);
    assert!(is_marked(&app));
}

#[test]
fn esc_stops_a_statement_only_where_its_result_has_the_keys() {
    for (pane, stops) in [
        (Pane::Queries, false),
        (Pane::Results, true),
        (Pane::Charts, true),
        (Pane::Lake, false),
        (Pane::Credit, false),
    ] {
        let mut app = in_editor("SELECT 1");
        control(&mut app, 'r');
        app.focus = pane;
        let effects = press(&mut app, KeyCode::Esc);
        let is_stopped = effects.contains(&Effect::Cancel { job: JobId(1) });
        assert_eq!(is_stopped, stops, "{pane:?}");
    }
}
