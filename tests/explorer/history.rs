//! The history: what ended is in it once, and what is found there is edited or run again.

use saldo::history::{Entry as Asked, History, Outcome};

use super::out::{run, said, screen_of, session};
use super::*;

pub fn remembered(effects: &[Effect]) -> Vec<Asked> {
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::Remember(entry) => Some((**entry).clone()),
        _ => None,
    });
    asked.collect()
}

#[test]
fn a_statement_is_remembered_once_when_it_has_ended_or_was_left() {
    let mut app = app(false);
    press(&mut app, KeyCode::Enter);
    assert_eq!(remembered(&app.update(Msg::Job(JobId(1), rows(3, State::Running)))), []);
    let ended = remembered(&app.update(Msg::Job(JobId(1), rows(7, State::Complete))));
    assert_eq!(ended.len(), 1);
    let entry = &ended[0];
    assert_eq!((entry.title.as_str(), entry.rows, entry.outcome), ("Count", 7, Outcome::Succeeded));
    assert_eq!((entry.program.as_str(), entry.target.as_str()), ("explorer", "local"));
    assert_eq!(remembered(&app.update(Msg::Job(JobId(1), rows(7, State::Complete)))), [], "once");

    app.focus = Pane::Queries;
    press(&mut app, KeyCode::Enter);
    let error = EngineError::new(ErrorKind::Binding, "no column x in 'postgres://me:pw@h'");
    let failed = remembered(&app.update(Msg::Job(JobId(2), JobEvent::Failed(error))));
    assert_eq!(failed[0].error.as_deref(), Some("no column x in 'postgres://me:***@h'"));
    assert_eq!(failed[0].outcome, Outcome::Failed);

    app.focus = Pane::Queries;
    press(&mut app, KeyCode::Enter);
    let refused = EngineError::new(ErrorKind::Refused, "it may write");
    assert_eq!(remembered(&app.update(Msg::Job(JobId(3), JobEvent::Failed(refused)))), [], "it did not run");

    app.focus = Pane::Queries;
    press(&mut app, KeyCode::Enter);
    app.update(Msg::Job(JobId(4), rows(5, State::Running)));
    let left = remembered(&press(&mut app, KeyCode::Char('q')));
    assert_eq!((left.len(), left[0].outcome, left[0].rows), (1, Outcome::Cancelled, 5));
}

#[tokio::test]
async fn what_was_asked_is_found_by_parts_of_words_edited_pinned_and_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(&folder, (120, 36));
    run(&mut session, "SELECT account_no FROM processed LIMIT 3").await;
    run(&mut session, "SELECT oops FROM processed").await;
    run(&mut session, "-- title: By side\n-- param: side choice(in|out) = in\nSELECT :side AS s").await;
    session.keys("{right}\n").await.unwrap();
    session.settle().await;
    assert_eq!(session.app.tabs.shown.results.view.rows(), 1, "{}", screen_of(&mut session));

    session.keys("P").await.unwrap();
    session.settle().await;
    let text = screen_of(&mut session);
    assert!(text.contains("all · 3 of 3") && text.contains("By side") && text.contains("failed"), "{text}");
    assert!(text.contains("-- param: side choice(in|out) = out"), "the values that it had:\n{text}");
    session.keys("acnt").await.unwrap();
    let text = screen_of(&mut session);
    assert!(text.contains("all · 1 of 3") && text.contains("3 rows"), "{text}");
    session.keys("\n").await.unwrap();
    assert_eq!(session.app.editor.text(), "SELECT account_no FROM processed LIMIT 3");
    assert!(session.app.overlay.is_none() && session.app.focus == Pane::Editor);

    // Run again, with the values that it had.
    session.keys("{esc}P").await.unwrap();
    session.settle().await;
    session.keys("side{run}").await.unwrap();
    session.keys("\n").await.unwrap();
    session.settle().await;
    let text = screen_of(&mut session);
    assert!(text.contains(" out") && session.app.tabs.shown.results.title == "By side", "{text}");

    // Only what failed, and why; pinned, also for the next start.
    session.keys("P").await.unwrap();
    session.settle().await;
    session.keys("{tab}{tab}").await.unwrap();
    let text = screen_of(&mut session);
    assert!(text.contains("failed · 1 of 4") && text.contains("oops"), "{text}");
    session.press(KeyEvent::new(KeyCode::Char('t'), KeyModifiers::CONTROL));
    session.settle().await;
    assert!(screen_of(&mut session).contains("●"), "{}", screen_of(&mut session));
    let kept = History::within(&folder.path().join("state"), true).entries().unwrap();
    let pinned: Vec<_> = kept.iter().filter(|entry| entry.is_pinned).map(|entry| entry.outcome).collect();
    assert_eq!((kept.len(), pinned), (4, vec![Outcome::Failed]));
    assert_eq!(said(&session), "");
}

#[test]
fn what_ran_on_a_target_that_is_gone_is_edited_and_not_run_elsewhere() {
    let mut app = app(false);
    let statement = saldo::query::Statement::plain("SELECT 1 AS there");
    let entry = Asked::of(&statement, "query", "prod", "");
    app.update(Msg::History(vec![entry]));
    let effects = control(&mut app, 'r');
    assert!(
        !effects.iter().any(|effect| matches!(effect, Effect::Run { .. })),
        "it would run here: {effects:?}"
    );
    assert_eq!(app.editor.text(), "SELECT 1 AS there");
    assert!(app.notice.as_ref().unwrap().text.contains("no target prod any more"));
}
