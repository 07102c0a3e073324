//! That several results are kept at once, each with its own news.

use super::*;

fn running(app: &mut App) -> JobId {
    app.focus = Pane::Queries;
    let effects = press(app, KeyCode::Enter);
    match effects.last() {
        Some(Effect::Run { job, .. }) => *job,
        _ => panic!("{effects:?}"),
    }
}

fn titles(app: &App) -> Vec<u64> {
    app.tabs.iter().map(|tab| tab.job.0).collect()
}

#[test]
fn a_result_that_runs_is_closed_after_a_question_and_has_nothing_more_to_say() {
    let mut app = app(false);
    running(&mut app);
    running(&mut app);
    assert_eq!(press(&mut app, KeyCode::Char('w')), []);
    assert!(app.overlay.is_some(), "it runs still");
    press(&mut app, KeyCode::Char('n'));
    assert_eq!((app.tabs.count(), app.overlay.is_none()), (2, true));
    press(&mut app, KeyCode::Char('w'));
    let effects = press(&mut app, KeyCode::Char('y'));
    assert!(matches!(&effects[..], [Effect::Close { job: JobId(2) }, Effect::Remember(_)]), "{effects:?}");
    assert_eq!(titles(&app), [1]);
    app.update(Msg::Job(JobId(2), rows(7, State::Complete)));
    assert_eq!(app.tabs.shown.results.view.rows(), 0);
    // What may go on and cost is said all the same.
    let error = EngineError::new(ErrorKind::Detached, "the run x could not be stopped and may go on");
    app.update(Msg::Job(JobId(2), JobEvent::Failed(error)));
    assert!(app.notice.as_ref().is_some_and(|notice| notice.text.contains("may go on")));
    app.update(Msg::Job(JobId(1), rows(7, State::Complete)));
    assert_eq!(press(&mut app, KeyCode::Char('w')), [Effect::Close { job: JobId(1) }], "nothing to ask");
    assert_eq!(press(&mut app, KeyCode::Char('w')), [], "nothing is left");
}

#[test]
fn the_oldest_result_that_has_ended_makes_way_and_what_runs_does_not() {
    let mut app = app(false);
    for _ in 0..8 {
        running(&mut app);
    }
    app.focus = Pane::Queries;
    assert_eq!(press(&mut app, KeyCode::Enter), [], "eight run");
    assert!(app.notice.as_ref().is_some_and(|notice| notice.bad && notice.text.contains("under way")));
    for job in [3, 5] {
        app.update(Msg::Job(JobId(job), rows(7, State::Complete)));
    }
    app.focus = Pane::Queries;
    let effects = press(&mut app, KeyCode::Enter);
    assert!(matches!(&effects[..], [Effect::Close { job: JobId(3) }, Effect::Run { .. }]), "{effects:?}");
    assert_eq!(titles(&app), [1, 2, 4, 5, 6, 7, 8, 9]);
    assert!(app.notice.as_ref().is_some_and(|notice| notice.text.contains("let go")));
}

#[test]
fn each_result_keeps_its_rows_its_cursor_and_its_error() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
    app.focus = Pane::Results;
    press(&mut app, KeyCode::Down);
    let second = running(&mut app);
    let error = EngineError::new(ErrorKind::Binding, "no such column");
    app.update(Msg::Job(second, JobEvent::Failed(error)));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    let strip = text.lines().find(|line| line.contains("1 loose")).unwrap();
    assert!(strip.contains("2 Count") && strip.contains("failed 00:00"), "{strip}");
    press(&mut app, KeyCode::Char('['));
    let results = &app.tabs.shown.results;
    assert_eq!((results.view.row(), results.view.rows(), &results.state), (1, 50, &State::Complete));
    press(&mut app, KeyCode::Char(']'));
    assert!(matches!(app.tabs.shown.results.state, State::Failed(_)));
    // A failure behind the shown result is said and leaves the editor's cursor alone.
    let third = running(&mut app);
    press(&mut app, KeyCode::Char('['));
    app.update(Msg::Job(third, JobEvent::Failed(EngineError::new(ErrorKind::Data, "cannot read row 7"))));
    assert_eq!(app.notice.as_ref().map(|notice| notice.text.as_str()), Some("Count: cannot read row 7"));
}

#[test]
fn leaving_stops_all_that_runs() {
    let mut app = app(false);
    for _ in 0..3 {
        running(&mut app);
    }
    app.update(Msg::Job(JobId(2), rows(7, State::Complete)));
    let effects = press(&mut app, KeyCode::Char('q'));
    let stopped = |job| effects.contains(&Effect::Cancel { job: JobId(job) });
    assert_eq!([1, 2, 3].map(stopped), [true, false, true], "{effects:?}");
}

#[test]
fn the_footer_offers_nothing_for_rows_that_are_not_there() {
    let mut app = app(false);
    resize(&mut app, 140, 40);
    app.focus = Pane::Results;
    let footer = |app: &App| glyphs(&drawn(app, Glyphs::Full)).lines().last().unwrap().to_owned();
    assert!(footer(&app).contains("2 editor") && footer(&app).contains("z zoom"), "{}", footer(&app));
    for word in ["sort", "export", "copy", "inspect", "find"] {
        assert!(!footer(&app).contains(word), "{word}: {}", footer(&app));
    }
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 5);
    app.focus = Pane::Results;
    assert!(footer(&app).contains("s sort rows") && footer(&app).contains("x export"), "{}", footer(&app));
}

#[test]
fn results_tell_their_age_once_the_time_is_known_and_the_time_of_day_on_a_slow_line() {
    use chrono::{DateTime, Duration, Utc};
    use saldo::explorer::app::Pace;
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
    assert!(!app.shows_ages(), "one result has no line of names");
    let second = running(&mut app);
    let start: DateTime<Utc> = "2026-11-02T14:05:00+00:00".parse().unwrap();
    let ended = Progress { rows: 7, state: State::Complete, time: start, ..Progress::default() };
    app.update(Msg::Job(second, JobEvent::Rows(ended)));
    assert!(app.shows_ages());
    for (later, age) in [
        (Duration::seconds(-5), "now"),
        (Duration::seconds(59), "now"),
        (Duration::minutes(3), "3 min"),
        (Duration::minutes(125), "2 h"),
        (Duration::hours(50), "2 d"),
    ] {
        app.update(Msg::Clock(start + later));
        let text = glyphs(&drawn(&app, Glyphs::Full));
        let strip = text.lines().find(|line| line.contains("1 loose")).unwrap();
        assert!(strip.trim_end().ends_with(&format!(" {age}")), "{age}: {strip}");
    }
    let third = running(&mut app);
    app.update(Msg::Job(third, JobEvent::Failed(EngineError::new(ErrorKind::Other, "no"))));
    assert_eq!(app.ages()[2], "now", "also one that never had a row");
    app.pace = Pace::Slow;
    assert!(!app.shows_ages() && app.ages()[1].contains(':'), "{:?}", app.ages());
}
