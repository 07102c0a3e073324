//! That a whole result is sorted and filtered, not the rows in view; with the real engine behind it.

use saldo::engine::arrange::Order;

use super::out::run;
use super::*;

/// Two million rows that stream in: a number that repeats, a DECIMAL, a text that is NULL in every thousandth row.
pub(super) const LARGE: &str = "2SELECT i AS n, (i * 7919) % 1000003 AS k, CAST(i * 0.01 AS DECIMAL(18, 2)) AS amount, \
                     CASE WHEN i % 1000 > 0 THEN 'text ' || (i % 7) END AS label FROM range(2000000) t(i){run}";

/// An explorer without a lake on a screen of this size.
pub(super) fn session(size: (u16, u16)) -> (TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        queries: PathBuf::from("/nonexistent"),
        cache: folder.path().join("cache"),
        state: folder.path().join("state"),
        hold_rows: 10_000_000,
        window_mib: 4,
        ..Config::default()
    };
    let start = Start { config, ..Start::default() };
    let session = Session::new(&start, Rect::new(0, 0, size.0, size.1)).unwrap();
    (folder, session)
}

pub(super) fn screen(session: &mut Session) -> String {
    glyphs(&session.draw(&Theme::load("dark", Depth::True).unwrap()).unwrap())
}

/// The cells of a column that are on screen, as exact texts.
pub(super) fn column(session: &Session, name: &str) -> Vec<Option<String>> {
    let results = &session.app.tabs.shown.results;
    let at = results.columns.iter().position(|column| column.name == name).unwrap();
    let shown = results.view.shown();
    shown.map(|row| results.text(results.view.window(), row, Some(at))).collect()
}

#[tokio::test]
async fn a_large_result_is_sorted_whole_and_comes_back_as_it_was() {
    let (_folder, mut session) = session((140, 40));
    session.keys(LARGE).await.unwrap();
    assert_eq!(session.app.tabs.shown.results.view.rows(), 2_000_000);
    // Falling by the second column: the greatest remainder first, and where it is the same the earlier row.
    session.keys("{right}ss").await.unwrap();
    let results = &session.app.tabs.shown.results;
    assert_eq!(results.arranging.order, [Order { column: 1, descending: true }]);
    assert_eq!((results.view.rows(), &results.state), (2_000_000, &State::Complete));
    let first = column(&session, "k");
    assert_eq!(first[..3], ["1000002", "1000002", "1000001"].map(|text| Some(text.to_owned())));
    let numbers: Vec<u64> =
        column(&session, "n").into_iter().map(|text| text.unwrap().parse().unwrap()).collect();
    assert!(numbers[0] < numbers[1], "{numbers:?}");
    assert!(numbers.iter().all(|n| (n * 7919) % 1_000_003 >= 1_000_000 - 40), "the rows are whole");
    let text = screen(&mut session);
    assert!(text.contains("sorted by k ▼, NULLs last") && text.contains("k ▼"), "{text}");
    session.keys("{end}").await.unwrap();
    assert_eq!(column(&session, "k").last().unwrap().as_deref(), Some("0"));
    // NULL stands last both ways.
    session.keys("$ss{end}").await.unwrap();
    assert_eq!(column(&session, "label").last().unwrap(), &None);
    session.keys("{home}").await.unwrap();
    assert_eq!(column(&session, "label")[0].as_deref(), Some("text 6"));
    // A further column decides where the first is the same.
    session.keys("^S").await.unwrap();
    assert_eq!(column(&session, "n")[..2], ["6", "13"].map(|text| Some(text.to_owned())));
    session.keys("{down}{esc}").await.unwrap();
    let results = &session.app.tabs.shown.results;
    assert_eq!((results.view.rows(), results.view.row()), (2_000_000, 13), "the cursor stays on its record");
}

#[tokio::test]
async fn a_large_result_is_filtered_by_a_value_by_null_and_by_a_condition() {
    let (_folder, mut session) = session((140, 40));
    session.keys(LARGE).await.unwrap();
    session.keys("$+").await.unwrap();
    assert_eq!(session.app.tabs.shown.results.view.rows(), 2_000, "the first label is NULL");
    let text = screen(&mut session);
    assert!(text.contains("2,000 of 2,000,000 rows · label = ∅"), "{text}");
    assert_eq!(column(&session, "n")[1].as_deref(), Some("1000"));
    session.keys("{esc}{down}-").await.unwrap();
    let kept = session.app.tabs.shown.results.view.rows();
    // 1 % 7 = 1: what is not `text 1`, NULLs among it.
    let others = (0..2_000_000_u64).filter(|i| i % 1000 == 0 || i % 7 != 1).count() as u64;
    assert_eq!(kept, others);
    session.keys("&amount > (SELECT max(amount) - 1 FROM result) -- the last hundred\n").await.unwrap();
    let left = (1_999_900..2_000_000_u64).filter(|i| i % 1000 == 0 || i % 7 != 1).count() as u64;
    assert_eq!(session.app.tabs.shown.results.view.rows(), left);
    // What cannot be read leaves the rows as they are, and the text is not lost.
    session.keys("&").await.unwrap();
    session.app.update(Msg::Input(Event::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL))));
    session.keys("amount >\n").await.unwrap();
    assert!(session.app.notice.as_ref().is_some_and(|notice| notice.bad), "{:?}", session.app.notice);
    assert_eq!(session.app.tabs.shown.results.view.rows(), left);
    session.keys("&").await.unwrap();
    session.app.update(Msg::Input(Event::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL))));
    session.keys("true); DROP TABLE x; --\n").await.unwrap();
    assert!(session.app.notice.as_ref().is_some_and(|notice| notice.bad), "{:?}", session.app.notice);
    session.keys("{esc}").await.unwrap();
    assert_eq!(session.app.tabs.shown.results.view.rows(), 2_000_000);
}

#[tokio::test]
async fn tables_and_files_read_in_place_are_arranged_where_they_lie() {
    let (folder, lake) = &*LAKE;
    let config = Config {
        queries: PathBuf::from("/nonexistent"),
        cache: folder.path().join("arranged"),
        state: folder.path().join("arranged/state"),
        ..Config::default()
    };
    let start = Start { config, lake: Some(lake.clone()), ..Start::default() };
    let mut session = Session::new(&start, Rect::new(0, 0, 140, 40)).unwrap();
    // Many files with partitions: the order of the table is that of its files.
    session.keys("{query:processed}{enter}").await.unwrap();
    let all = session.app.tabs.shown.results.view.rows();
    session.keys("s").await.unwrap();
    assert_eq!(session.app.tabs.shown.results.view.rows(), all);
    let name = session.app.tabs.shown.results.columns[0].name.clone();
    let sorted = column(&session, &name);
    assert!(sorted.is_sorted(), "{sorted:?}");
    session.keys("{end}+").await.unwrap();
    let kept = column(&session, &name);
    assert!(!kept.is_empty() && kept.iter().all(|cell| *cell == kept[0]), "{kept:?}");
    session.keys("{esc}{query:dates}").await.unwrap();
}

#[test]
fn a_result_that_arrives_is_arranged_when_its_last_row_is_there() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 5_000);
    app.focus = Pane::Results;
    let said = |app: &App| {
        let text = glyphs(&drawn(app, Glyphs::Full));
        text.lines().find(|line| line.contains("when every row is there")).map(str::to_owned)
    };
    app.tabs.shown.results.state = State::Paused;
    assert_eq!(press(&mut app, KeyCode::Char('s')), []);
    assert!(
        said(&app).is_some_and(|line| line.contains("(End goes on)") && line.contains("sorted by number ▲"))
    );
    assert!(app.tabs.shown.results.arranging.is_empty(), "nothing is said of the rows that are there");
    app.tabs.shown.results.state = State::Running;
    press(&mut app, KeyCode::Char('s'));
    app.update(Msg::Job(JobId(1), rows(6_000, State::Running)));
    assert!(said(&app).is_some_and(|line| line.contains("sorted by number ▼") && !line.contains("End")));
    // Esc takes the wish back before it stops the statement, and a third press does too.
    assert_eq!(press(&mut app, KeyCode::Esc), []);
    assert!(said(&app).is_none());
    for _ in 0..3 {
        assert_eq!(press(&mut app, KeyCode::Char('s')), []);
    }
    assert!(said(&app).is_none());
    // Nothing moves under what stands over the rows.
    press(&mut app, KeyCode::Char('s'));
    press(&mut app, KeyCode::Char('?'));
    assert_eq!(app.update(Msg::Job(JobId(1), rows(7_000, State::Complete))), []);
    let effects = press(&mut app, KeyCode::Esc);
    let [Effect::Arrange { job: JobId(2), of: JobId(1), arrangement, .. }, ..] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(arrangement.order, [Order { column: 0, descending: false }]);
    assert_eq!(app.tabs.shown.results.of_rows, Some(7_000));
    assert!(said(&app).is_none());
}

#[test]
fn what_was_wished_of_rows_that_fail_is_dropped_and_of_those_kept_it_is_done() {
    for (kind, does) in [(ErrorKind::Other, false), (ErrorKind::Cancelled, true)] {
        let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
        app.focus = Pane::Results;
        app.tabs.shown.results.state = State::Running;
        press(&mut app, KeyCode::Char('s'));
        let effects = app.update(Msg::Job(JobId(1), JobEvent::Failed(EngineError::new(kind, "no"))));
        let arranged = effects.iter().any(|effect| matches!(effect, Effect::Arrange { .. }));
        assert_eq!(arranged, does, "{kind:?}: {effects:?}");
        assert!(app.tabs.shown.results.wish.is_empty(), "{kind:?}");
        let why = does.then_some("the statement was cancelled");
        assert_eq!(app.tabs.shown.results.of_part, why, "what is shown is not the whole, and says so");
    }
}

#[tokio::test]
async fn a_stream_that_still_arrives_is_sorted_whole() {
    let (_folder, mut session) = session((140, 40));
    session.keys("2SELECT (i * 7919) % 1000003 AS k FROM range(1000003) t(i)").await.unwrap();
    // The key comes before the rows do.
    session.press(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL));
    session.press(KeyEvent::from(KeyCode::Char('s')));
    assert!(!session.app.tabs.shown.results.wish.is_empty() || !session.app.tabs.shown.results.is_running());
    session.settle().await;
    let results = &session.app.tabs.shown.results;
    assert_eq!((results.view.rows(), results.of_rows), (1_000_003, Some(1_000_003)));
    assert_eq!(column(&session, "k")[..3], ["0", "1", "2"].map(|text| Some(text.to_owned())));
}

#[test]
fn a_closed_result_goes_with_its_arranged_rows() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
    app.focus = Pane::Results;
    let effects = press(&mut app, KeyCode::Char('s'));
    let [Effect::Arrange { job: JobId(2), of: JobId(1), .. }] = &effects[..] else { panic!("{effects:?}") };
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("日 本 語") && text.contains("sorting"), "the rows stay meanwhile:\n{text}");
    // Stopping it shows the rows as they came.
    assert_eq!(press(&mut app, KeyCode::Esc), [Effect::Cancel { job: JobId(2) }]);
    let effects = app.update(Msg::Job(JobId(2), JobEvent::Failed(EngineError::cancelled())));
    assert_eq!(effects[0], Effect::Close { job: JobId(2) });
    assert_eq!((app.tabs.shown.job, &app.tabs.shown.results.state), (JobId(1), &State::Complete));
    press(&mut app, KeyCode::Char('s'));
    app.update(Msg::Job(JobId(3), rows(50, State::Complete)));
    let effects = press(&mut app, KeyCode::Char('w'));
    assert_eq!(effects, [Effect::Close { job: JobId(3) }, Effect::Close { job: JobId(1) }]);
}

#[tokio::test]
async fn charts_are_of_the_rows_that_are_kept_and_say_so() {
    let (_folder, mut session) = session((140, 40));
    run(&mut session, "SELECT 'k' || range AS k, range AS n FROM range(100)").await;
    let has = |session: &mut Session, parts: &[&str]| {
        let text = screen(session);
        for part in parts {
            assert!(text.contains(part), "{part}\n{text}");
        }
    };
    has(&mut session, &["max 99", "last 99"]);
    session.keys("&n < 10{enter}").await.unwrap();
    session.settle().await;
    has(&mut session, &["Charts ─ 10 of 100 rows are kept", "max 9", "last 9"]);
    // Bars of names, of the same rows.
    session.keys("{view}").await.unwrap();
    session.settle().await;
    has(&mut session, &["bars: n by k · 10 of 100 rows are kept", "k6 6", "↓ 3 more"]);
    session.keys("&{clear}n < 0{enter}").await.unwrap();
    session.settle().await;
    has(&mut session, &["0 of 100 rows are kept", "no rows to draw"]);
    session.keys("{esc}$s").await.unwrap();
    session.settle().await;
    has(&mut session, &["bars: n by k · the rows as they are sorted"]);
    session.keys("{esc}").await.unwrap();
    session.settle().await;
    let text = screen(&mut session);
    assert!(text.contains("bars: n by k ─") && !text.contains("are sorted"), "{text}");
}

#[test]
fn a_chart_that_is_not_on_screen_is_shown_before_it_changes() {
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 10);
    app.focus = Pane::Results;
    let before = app.tabs.shown.charts.title();
    press(&mut app, KeyCode::Char('v'));
    assert_eq!((app.focus, app.tabs.shown.charts.title()), (Pane::Charts, before.clone()));
    press(&mut app, KeyCode::Char('v'));
    assert_ne!((app.focus, app.tabs.shown.charts.title()), (Pane::Charts, before));
    // Where both are on screen the keys stay with the rows.
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 10);
    app.focus = Pane::Results;
    let before = app.tabs.shown.charts.title();
    press(&mut app, KeyCode::Char('v'));
    assert!(app.focus == Pane::Results && app.tabs.shown.charts.title() != before);
}
