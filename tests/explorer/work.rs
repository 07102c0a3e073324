//! That no work is lost: texts, rows, exports, and how the explorer leaves.

use duckdb::arrow::datatypes::{DataType, Field, Schema};
use saldo::explorer::message::{Export, ExportEvent, Notice};

use super::*;

const TYPED: &str = "SELECT 1;\nSELECT 2";

fn texts(app: &App) -> Vec<String> {
    app.editor.drafts().into_iter().map(|draft| draft.text).collect()
}

/// A result of so many rows that ended like this.
fn with_result(count: u64, end: Option<ErrorKind>) -> App {
    let mut app = app(false);
    press(&mut app, KeyCode::Enter);
    let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
    app.update(Msg::Job(JobId(1), JobEvent::Schema(schema.into())));
    app.update(Msg::Job(JobId(1), rows(count, State::Running)));
    match end {
        Some(kind) => {
            let error = EngineError::new(kind, "cannot read row 1201");
            app.update(Msg::Job(JobId(1), JobEvent::Failed(error)));
        }
        None => drop(app.update(Msg::Job(JobId(1), rows(count, State::Complete)))),
    }
    app
}

/// The export that is asked for with the name that is offered.
fn exported(app: &mut App) -> Export {
    press(app, KeyCode::Char('x'));
    let effects = press(app, KeyCode::Enter);
    let [Effect::Export(export)] = &effects[..] else { panic!("{effects:?}") };
    export.clone()
}

fn ended() -> Msg {
    Msg::Export(ExportEvent::Ended(Notice { text: "wrote it".into(), bad: false }))
}

fn notice(app: &App) -> &str {
    app.notice.as_ref().map_or("", |notice| &notice.text)
}

#[test]
fn a_query_opens_in_a_buffer_of_its_own() {
    for key in [KeyCode::Enter, KeyCode::Char('e')] {
        let mut app = app(false);
        press(&mut app, key);
        assert_eq!(
            (app.editor.text().as_str(), app.editor.names().0.join(" | ").as_str()),
            (COUNT, "1 | 2 Count")
        );
        assert_eq!(texts(&app), [TYPED]);
        app.focus = Pane::Editor;
        control(&mut app, 'n');
        assert_eq!(app.editor.text(), TYPED);
        control(&mut app, 'o');
        assert_eq!(app.editor.text(), COUNT);
    }
}

#[test]
fn a_form_that_is_left_takes_no_text_away() {
    let asks = "-- title: Asks\n-- param: n integer = 1\nSELECT :n";
    let entries = vec![Entry::Query(Query::parse("asks", asks).unwrap())];
    let text = Draft { name: String::new(), text: TYPED.into() };
    let mut app = App::new(Rect::new(0, 0, 140, 40), Source::default(), entries, &[text], false, "dark");
    press(&mut app, KeyCode::Enter);
    assert!(matches!(app.overlay, Some(Overlay::Parameters(_))));
    press(&mut app, KeyCode::Esc);
    assert_eq!(texts(&app), [TYPED]);
}

#[test]
fn a_text_is_saved_within_a_second_also_while_the_person_types_on() {
    let mut app = app(false);
    app.focus = Pane::Editor;
    assert!(!app.wants_ticks());
    let mut saved = Vec::new();
    for _ in 0..5 {
        press(&mut app, KeyCode::Char('x'));
        assert!(app.wants_ticks());
        saved.extend(app.update(Msg::Tick));
    }
    assert_eq!(saved, [Effect::Save(vec![Draft { name: String::new(), text: format!("xxxxx{TYPED}") }])]);
    assert!(!app.wants_ticks(), "an idle explorer needs no clock");
}

#[test]
fn it_leaves_when_the_texts_are_kept_and_not_without_a_word() {
    let mut app = app(false);
    let effects = press(&mut app, KeyCode::Char('q'));
    assert!(matches!(&effects[..], [.., Effect::Save(drafts)] if drafts.len() == 1), "{effects:?}");
    assert_eq!(app.update(Msg::Saved(Ok(()))), [Effect::Quit]);

    let mut full = super::app(false);
    press(&mut full, KeyCode::Char('q'));
    assert_eq!(full.update(Msg::Saved(Err("no space left".into()))), []);
    assert!(
        notice(&full).contains("no space left") && notice(&full).contains("q again"),
        "{}",
        notice(&full)
    );
    press(&mut full, KeyCode::Down);
    let effects = press(&mut full, KeyCode::Char('q'));
    assert!(matches!(&effects[..], [.., Effect::Save(_)]), "who worked on is asked again: {effects:?}");
    full.update(Msg::Saved(Err("no space left".into())));
    assert_eq!(press(&mut full, KeyCode::Char('q')), [Effect::Quit]);
}

#[test]
fn a_text_that_cannot_be_saved_is_said_and_tried_again() {
    let mut app = app(false);
    app.update(Msg::Saved(Err("no space left".into())));
    assert!(notice(&app).contains("no space left") && app.wants_ticks());
}

#[test]
fn the_end_of_the_terminal_waits_for_nothing() {
    let mut app = with_result(5, None);
    exported(&mut app);
    let effects = app.update(Msg::Leave);
    assert!(matches!(&effects[..], [Effect::Save(_), Effect::Quit]), "{effects:?}");
}

#[test]
fn leaving_waits_for_an_export_and_the_second_time_gives_it_up() {
    let mut app = with_result(5, None);
    exported(&mut app);
    app.update(Msg::Export(ExportEvent::Progress(2, 5)));
    assert_eq!(app.export, Some((2, 5)));
    assert_eq!(press(&mut app, KeyCode::Char('q')), []);
    assert!(notice(&app).contains("when the export is written"), "{}", notice(&app));
    assert!(matches!(&app.update(ended())[..], [.., Effect::Save(_)]));

    let mut hasty = with_result(5, None);
    exported(&mut hasty);
    press(&mut hasty, KeyCode::Char('q'));
    let effects = control(&mut hasty, 'c');
    assert!(matches!(&effects[..], [Effect::CancelExport, .., Effect::Save(_)]), "{effects:?}");
}

#[test]
fn an_export_is_stopped_by_the_key_that_stops_and_there_is_one_at_a_time() {
    let mut app = with_result(5, None);
    exported(&mut app);
    press(&mut app, KeyCode::Char('x'));
    assert_eq!(press(&mut app, KeyCode::Enter), []);
    assert!(notice(&app).contains("an export is under way"), "{}", notice(&app));
    assert_eq!(control(&mut app, 'c'), [Effect::CancelExport]);
    app.update(ended());
    assert_eq!(control(&mut app, 'c'), []);
    assert!(notice(&app).contains("nothing runs"));
}

#[test]
fn a_file_that_is_there_is_overwritten_only_after_a_yes() {
    for (key, overwrites) in [('y', true), ('n', false)] {
        let mut app = with_result(5, None);
        let export = exported(&mut app);
        assert!(!export.overwrite);
        app.update(Msg::Export(ExportEvent::Exists(export.clone(), vec!["a.csv".into()])));
        let effects = press(&mut app, KeyCode::Char(key));
        let expected = [Effect::Export(Export { overwrite: true, ..export })];
        assert_eq!(effects, &expected[..usize::from(overwrites)]);
        assert!(app.overlay.is_none());
    }
}

#[test]
fn rows_that_are_not_all_say_so_in_the_name_and_the_title() {
    for (kind, word) in [(ErrorKind::Cancelled, "cancelled"), (ErrorKind::Data, "failed")] {
        let mut app = with_result(1_200, Some(kind));
        assert_eq!(app.tabs.shown.results.view.rows(), 1_200);
        assert!(
            app.tabs.shown.results.caption().contains("1,200 rows")
                && app.tabs.shown.results.caption().contains(word)
        );
        let export = exported(&mut app);
        assert_eq!(export.path.to_str(), Some("count.first-1200-rows.csv"));
        assert!(export.ended.is_some_and(|ended| ended.contains(word)), "{export:?}");
    }
    let mut whole = with_result(1_200, None);
    let export = exported(&mut whole);
    assert_eq!((export.path.to_str(), export.ended), (Some("count.csv"), None));
}

#[test]
fn rows_before_an_error_stay_readable_and_the_error_is_shown() {
    let mut app = with_result(1_200, Some(ErrorKind::Data));
    let State::Failed(error) = &app.tabs.shown.results.state else { panic!("it failed") };
    assert_eq!(error.message, "cannot read row 1201");
    press(&mut app, KeyCode::Char('3'));
    let fetched = press(&mut app, KeyCode::End);
    assert!(matches!(&fetched[..], [Effect::Fetch { .. }]), "{fetched:?}");
    assert_eq!(app.tabs.shown.results.view.row(), 1_199);
}

#[test]
fn a_forecast_of_rows_that_are_not_all_knows_it() {
    for (end, whole) in [(Some(ErrorKind::Cancelled), false), (Some(ErrorKind::Data), false), (None, true)] {
        let mut app = with_result(40, end);
        let request = asked(&press(&mut app, KeyCode::Char('f')));
        let Subject::Result(part) = request.subject else { panic!("of the result") };
        assert_eq!(part.whole, whole, "{end:?}");
    }
}

#[test]
fn a_lake_that_was_written_elsewhere_is_said_and_read_again_on_a_key() {
    let mut app = app(false);
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Enter);
    app.update(Msg::LakeChanged);
    assert!(app.is_outdated && notice(&app).contains("r reads it again"), "{}", notice(&app));
    assert_eq!(press(&mut app, KeyCode::Char('r')), [Effect::Reload]);
    let entries = vec![Entry::Table { name: "loose".into(), rows: Some(7) }];
    let effects = app.reloaded(entries, Some(&LAKE.1));
    assert!(!app.is_outdated);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Browse { job: JobId(2), table } if table == "loose")),
        "{effects:?}"
    );
}

#[test]
fn how_a_result_ended_stays_when_a_count_comes_after_it() {
    let mut app = with_result(1_200, Some(ErrorKind::Io));
    app.update(Msg::Job(JobId(1), rows(1_200, State::Complete)));
    assert!(matches!(app.tabs.shown.results.state, State::Failed(_)), "{:?}", app.tabs.shown.results.state);
    assert_eq!(exported(&mut app).ended, Some("then it failed"));
}

#[test]
fn ctrl_c_reaches_what_is_worked_on_beside_the_result() {
    let mut app = app(false);
    app.focus = Pane::Lake;
    assert!(press(&mut app, KeyCode::Down).contains(&Effect::Lake));
    assert_eq!(control(&mut app, 'c'), [Effect::CancelBeside]);
    app.update(Msg::Lake(Vec::new()));
    app.focus = Pane::Forecast;
    let effects = press(&mut app, KeyCode::Down);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Forecast(_))), "{effects:?}");
    assert!(app.forecast.is_waiting());
    assert_eq!(control(&mut app, 'c'), [Effect::CancelBeside]);
    assert!(!app.forecast.is_waiting());
    control(&mut app, 'c');
    assert!(notice(&app).starts_with("nothing runs"), "{}", notice(&app));
}

#[test]
fn the_files_that_are_there_are_named_in_the_question() {
    let mut app = with_result(1, None);
    let export = exported(&mut app);
    for (there, asked) in [
        (vec!["/t/new.csv.meta.json"], "/t/new.csv.meta.json is there already. Overwrite it?"),
        (vec!["/t/a.csv", "/t/b"], "/t/a.csv and /t/b are there already. Overwrite them?"),
    ] {
        let there = there.into_iter().map(PathBuf::from).collect();
        app.update(Msg::Export(ExportEvent::Exists(export.clone(), there)));
        let shown = glyphs(&drawn(&app, Glyphs::Full));
        assert!(shown.contains(asked), "{shown}");
    }
    press(&mut app, KeyCode::Esc);
    app.export = None;
    press(&mut app, KeyCode::Char('x'));
    let shown = glyphs(&drawn(&app, Glyphs::Full));
    assert!(shown.contains("Export 1 row ") && !shown.contains("1 rows"), "{shown}");
}

#[test]
fn a_lake_that_is_gone_is_not_said_to_be_written_to() {
    let mut app = app(false);
    app.update(Msg::LakeGone("/data/lake".into()));
    assert!(notice(&app).contains("/data/lake is no longer there"), "{}", notice(&app));
    assert!(!app.is_outdated);
    // Files without a lake are read again too.
    app.update(Msg::Input(Event::Key(KeyEvent::from(KeyCode::Down))));
    app.browse("loose");
    let effects = app.reloaded(vec![Entry::Table { name: "loose".into(), rows: None }], None);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Browse { .. })), "{effects:?}");
    assert_eq!(notice(&app), "the files were read again");
}
