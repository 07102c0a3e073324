//! The explorer without a terminal: what each key makes it do, and its screens with glyphs and styles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "explorer/arrange.rs"]
mod arrange;
#[path = "explorer/credit.rs"]
mod credit;
#[path = "explorer/editor.rs"]
mod editor;
#[path = "explorer/elsewhere.rs"]
mod elsewhere;
#[path = "explorer/failing.rs"]
mod failing;
#[path = "explorer/form.rs"]
mod form;
#[path = "explorer/grid.rs"]
mod grid;
#[path = "explorer/history.rs"]
mod history;
#[path = "explorer/mouse.rs"]
mod mouse;
#[path = "explorer/nothing.rs"]
mod nothing;
#[path = "explorer/out.rs"]
mod out;
#[path = "explorer/pivot.rs"]
mod pivot;
#[path = "explorer/plain.rs"]
mod plain;
#[path = "explorer/results.rs"]
mod results;
#[path = "../examples/screenshots/session.rs"]
mod session;
#[path = "explorer/statement.rs"]
mod statement;
#[path = "explorer/work.rs"]
mod work;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::NaiveDate;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use duckdb::arrow::array::{ArrayRef, Float64Array, Int32Array, StringArray};
use duckdb::arrow::record_batch::RecordBatch;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use saldo::config::Config;
use saldo::demo;
use saldo::engine::store::Window;
use saldo::engine::summary::Summary;
use saldo::engine::{Access, EngineError, ErrorKind};
use saldo::explorer::Start;
use saldo::explorer::action::{ACTIONS, Action, PANES, Pane};
use saldo::explorer::app::{App, Source};
use saldo::explorer::effect::Effect;
use saldo::explorer::forecast_request::{ForecastEvent, ForecastReport, ForecastRequest, Subject};
use saldo::explorer::message::{Draft, JobEvent, JobId, Msg, Notice, Progress, State};
use saldo::explorer::overlays::Overlay;
use saldo::explorer::panes::forecast::View;
use saldo::explorer::panes::queries::Entry;
use saldo::explorer::screen;
use saldo::explorer::theme::{Depth, Glyphs, Theme};
use saldo::forecast::{Country, Every, Kind, Member, Outlook, Series};
use saldo::lake::Lake;
use saldo::query::Query;
use saldo::series::Unit;
use session::Session;
use tempfile::TempDir;

const COUNT: &str = "-- title: Count\nSELECT count(*) FROM processed";

fn app(write: bool) -> App {
    let entries = vec![
        Entry::Heading("Mine".into()),
        Entry::Query(Query::parse("count", COUNT).unwrap()),
        Entry::Table { name: "loose".into(), rows: None },
    ];
    let text = Draft { name: String::new(), text: "SELECT 1;\nSELECT 2".into() };
    App::new(Rect::new(0, 0, 140, 40), Source::default(), entries, &[text], write, "dark")
}

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Msg::Input(Event::Key(KeyEvent::from(code))))
}

fn control(app: &mut App, letter: char) -> Vec<Effect> {
    app.update(Msg::Input(Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))))
}

fn rows(count: u64, state: State) -> JobEvent {
    JobEvent::Rows(Progress { rows: count, state, ..Progress::default() })
}

#[test]
fn enter_on_a_query_runs_it_and_a_later_run_keeps_its_result() {
    let mut app = app(false);
    let effects = press(&mut app, KeyCode::Enter);
    let [Effect::Run { job: JobId(1), statement, chart: None, on }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((on.target.as_str(), on.access), ("local", Access::ReadOnly));
    assert_eq!((statement.running(), statement.values.len()), (COUNT, 0));
    assert_eq!(app.editor.text(), COUNT, "what runs is in the editor");
    app.update(Msg::Input(Event::Key(KeyEvent::from(KeyCode::Char('1')))));
    press(&mut app, KeyCode::Enter);
    app.update(Msg::Job(JobId(1), rows(7, State::Complete)));
    assert_eq!((app.tabs.shown.results.view.rows(), &app.tabs.shown.results.state), (0, &State::Running));
    app.update(Msg::Job(JobId(2), rows(8, State::Complete)));
    assert_eq!((app.tabs.shown.results.view.rows(), &app.tabs.shown.results.state), (8, &State::Complete));
    press(&mut app, KeyCode::Char('['));
    assert_eq!((app.tabs.shown.results.view.rows(), &app.tabs.shown.results.state), (7, &State::Complete));
}

fn form_app(queries: &[&str]) -> App {
    let queries = queries.iter().enumerate();
    let mut entries: Vec<_> = queries
        .map(|(index, text)| Entry::Query(Query::parse(&format!("q{index}"), text).unwrap()))
        .collect();
    entries.push(Entry::Table { name: "banktxn".into(), rows: None });
    App::new(Rect::new(0, 0, 140, 40), Source::default(), entries, &[], false, "dark")
}

fn values(effects: &[Effect]) -> Vec<Option<String>> {
    match effects {
        [.., Effect::Run { statement, .. }] => {
            statement.values.iter().map(|value| value.text.clone()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_date_given_to_one_query_prefills_no_other() {
    let query = |title: &str, year: u16| {
        format!("-- title: {title}\n-- param: from date = {year}-01-01\nSELECT :from")
    };
    let (first, second) = (query("First", 2019), query("Second", 2020));
    let mut app = form_app(&[&first, &second]);
    let mut run = |name: &str, typed: &str| {
        app.queries.select(name);
        app.focus = Pane::Queries;
        assert_eq!(press(&mut app, KeyCode::Enter), []);
        if !typed.is_empty() {
            control(&mut app, 'u');
        }
        typed.chars().for_each(|letter| drop(press(&mut app, KeyCode::Char(letter))));
        values(&press(&mut app, KeyCode::Enter))
    };
    assert_eq!(run("q0", "2024-12-31"), [Some("2024-12-31".into())]);
    assert_eq!(run("q1", ""), [Some("2020-01-01".into())]);
    assert_eq!(run("q0", ""), [Some("2024-12-31".into())], "its own value is kept");
}

#[test]
fn a_form_offers_the_lakes_accounts_and_refuses_others() {
    let mut app = form_app(&["-- param: account account\nSELECT :account"]);
    app.queries.select("q0");
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Accounts]);
    assert_eq!(press(&mut app, KeyCode::Enter), [], "nothing is chosen yet");
    app.update(Msg::Accounts(vec!["100".into(), "200".into()]));
    press(&mut app, KeyCode::End);
    press(&mut app, KeyCode::Char('9'));
    assert_eq!(press(&mut app, KeyCode::Enter), [], "there is no account 1009");
    press(&mut app, KeyCode::Backspace);
    press(&mut app, KeyCode::Right);
    assert_eq!(values(&press(&mut app, KeyCode::Enter)), [Some("200".into())]);
}

#[test]
fn a_query_that_ran_before_the_accounts_came_names_the_one_that_is_not_there() {
    let mut app = form_app(&["-- param: account account\nSELECT :account"]);
    app.queries.select("q0");
    press(&mut app, KeyCode::Enter);
    press(&mut app, KeyCode::Char('7'));
    assert_eq!(values(&press(&mut app, KeyCode::Enter)), [Some("7".into())]);
    app.update(Msg::Accounts(vec!["100".into()]));
    assert_eq!(app.notice.map(|notice| notice.text).as_deref(), Some("there is no account 7 in the lake"));
}

#[test]
fn only_declared_parameters_are_bound_in_the_editor() {
    let mut app = App::new(
        Rect::new(0, 0, 140, 40),
        Source::default(),
        Vec::new(),
        &[Draft { name: String::new(), text: "SELECT {'a':x}, list[1:n], list[:n] FROM t".into() }],
        false,
        "dark",
    );
    app.focus = Pane::Editor;
    let effects = control(&mut app, 'r');
    assert!(
        matches!(&effects[..], [Effect::Run { statement, .. }] if statement.running() == app.editor.text()),
        "{effects:?}"
    );
}

#[test]
fn the_statement_under_the_cursor_runs() {
    let mut app = app(false);
    app.focus = Pane::Editor;
    press(&mut app, KeyCode::Down);
    let effects = control(&mut app, 'r');
    assert!(
        matches!(&effects[..], [Effect::Run { statement, .. }] if statement.running() == "SELECT 2"),
        "{effects:?}"
    );
}

#[test]
fn cancel_is_asked_once_and_ends_with_the_answer() {
    let mut app = app(false);
    assert_eq!(control(&mut app, 'c'), [], "nothing runs");
    press(&mut app, KeyCode::Enter);
    assert_eq!(control(&mut app, 'c'), [Effect::Cancel { job: JobId(1) }]);
    app.update(Msg::Job(JobId(1), rows(3, State::Running)));
    assert_eq!(app.tabs.shown.results.state, State::Cancelling, "late news do not hide it");
    let cancelled = EngineError::new(ErrorKind::Cancelled, "cancelled");
    app.update(Msg::Job(JobId(1), JobEvent::Failed(cancelled)));
    assert_eq!((&app.tabs.shown.results.state, app.tabs.shown.results.view.rows()), (&State::Cancelled, 3));
}

#[test]
fn escape_stops_what_runs_but_not_a_pause() {
    let mut app = app(false);
    press(&mut app, KeyCode::Enter);
    app.update(Msg::Job(JobId(1), rows(5_000, State::Paused)));
    assert_eq!(press(&mut app, KeyCode::Esc), []);
    assert_eq!(press(&mut app, KeyCode::End), [Effect::More { job: JobId(1), rows: u64::MAX }]);
    assert_eq!(press(&mut app, KeyCode::Esc), [Effect::Cancel { job: JobId(1) }]);
}

#[test]
fn a_refused_statement_is_confirmed_only_where_writing_was_allowed() {
    let refused = || JobEvent::Failed(EngineError::new(ErrorKind::Refused, "it may write"));
    let mut reader = app(false);
    press(&mut reader, KeyCode::Enter);
    reader.update(Msg::Job(JobId(1), refused()));
    assert!(reader.overlay.is_none() && matches!(reader.tabs.shown.results.state, State::Failed(_)));
    let mut writer = app(true);
    press(&mut writer, KeyCode::Enter);
    writer.update(Msg::Job(JobId(1), refused()));
    assert!(writer.overlay.is_some());
    let effects = press(&mut writer, KeyCode::Char('y'));
    assert!(matches!(&effects[..], [Effect::Run { on, .. }] if on.access == Access::Write), "{effects:?}");
}

/// A daily balance that rises, with a payday.
fn told(ask: &ForecastRequest) -> ForecastEvent {
    let days = NaiveDate::from_ymd_opt(2023, 1, 1).unwrap().iter_days();
    let value = |day: u32| f64::from(day) + if day % 30 == 14 { 50.0 } else { 0.0 };
    let points = (0..200).zip(days).map(|(day, date)| (date, value(day))).collect();
    let series = Series { points, kind: ask.kind };
    let outlook = Outlook::new(&series, ask.horizon.unwrap_or(30), &ask.options, None, |_| true).unwrap();
    let last = outlook.forecast.history.last().unwrap().date;
    let actual = series.points.iter().filter(|(date, _)| *date > last).copied().collect();
    ForecastEvent::Report(Box::new(ForecastReport {
        title: "saldo".into(),
        unit: Unit::Decimal(2),
        actual,
        request: ask.clone(),
        notes: Vec::new(),
        outlook,
    }))
}

/// The one question among what is to be done.
fn asked(effects: &[Effect]) -> ForecastRequest {
    match effects {
        [Effect::Forecast(ask)] => (**ask).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_forecast_opens_on_what_there_is_and_every_change_asks_anew() {
    let mut app = app(false);
    let first = asked(&press(&mut app, KeyCode::Char('5')));
    assert!(matches!(first.subject, Subject::Result(_)), "there is no star schema here");
    app.update(Msg::Forecast(first.number, told(&first)));
    assert!(!app.forecast.is_waiting());
    let date = |day| NaiveDate::from_ymd_opt(2023, 7, day);
    assert_eq!(app.forecast.origin(), date(19));

    let earlier = asked(&press(&mut app, KeyCode::Left));
    assert_eq!((earlier.number, earlier.options.origin), (first.number + 1, date(18)));
    app.update(Msg::Forecast(first.number, ForecastEvent::Refused("late".into(), None)));
    assert!(app.forecast.report.is_some(), "what comes of an earlier request is dropped");
    app.update(Msg::Forecast(earlier.number, told(&earlier)));
    assert_eq!((app.forecast.origin(), app.forecast.report.as_ref().unwrap().actual.len()), (date(18), 1));
    let newest = asked(&press(&mut app, KeyCode::Right));
    assert_eq!(newest.options.origin, None, "the newest day follows what comes");
    app.update(Msg::Forecast(newest.number, told(&newest)));
    assert_eq!(press(&mut app, KeyCode::Right), [], "there is no later day");
    let far = asked(&press(&mut app, KeyCode::PageUp));
    app.update(Msg::Forecast(far.number, ForecastEvent::Refused("too short".into(), None)));
    assert!(app.forecast.is_refused() && !app.forecast.is_waiting());
    let back = asked(&press(&mut app, KeyCode::PageDown));
    assert_eq!(back.options.origin, None, "a refusal can be left the way it was met");
    app.update(Msg::Forecast(back.number, told(&back)));

    assert_eq!(asked(&press(&mut app, KeyCode::Char('h'))).horizon, Some(90), "after 30 days");
    assert_eq!(asked(&press(&mut app, KeyCode::Char('c'))).options.country, Some(Country::Sg));
    assert_eq!(asked(&press(&mut app, KeyCode::Char('m'))).options.members, [Member::Theta]);
    assert_eq!(asked(&press(&mut app, KeyCode::Char('b'))).kind, Kind::Flow);
}

#[test]
fn a_scenario_is_typed_checked_and_taken_back() {
    let mut app = app(false);
    let first = asked(&press(&mut app, KeyCode::Char('5')));
    app.update(Msg::Forecast(first.number, told(&first)));
    let type_in = |app: &mut App, text: &str| {
        press(app, KeyCode::Char('a'));
        for letter in text.chars() {
            press(app, KeyCode::Char(letter));
        }
        press(app, KeyCode::Enter)
    };
    assert_eq!(type_in(&mut app, "soon 5"), [], "it is refused where it is typed");
    press(&mut app, KeyCode::Esc);
    assert_eq!(
        type_in(&mut app, "2023-08-01 -5 every month until 2023-07-31 back"),
        [],
        "it ends before it begins"
    );
    press(&mut app, KeyCode::Esc);
    let with_item = asked(&type_in(&mut app, "2023-08-01 -1,000.50 every month until 2023-12-31 Rent a"));
    let item = &with_item.options.scenario.items[0];
    assert_eq!(
        (item.amount.to_string().as_str(), item.every, item.label.as_str()),
        ("-1000.5", Every::Month, "Rent a")
    );
    assert_eq!(asked(&type_in(&mut app, "drift -2")).options.scenario.drift.to_string(), "-2");
    assert!(asked(&press(&mut app, KeyCode::Char('d'))).options.scenario.items.is_empty());
    assert!(asked(&press(&mut app, KeyCode::Char('d'))).options.scenario.is_empty(), "the drift goes last");
    assert_eq!(press(&mut app, KeyCode::Char('d')), []);
}

#[test]
fn the_rows_of_a_forecast_become_a_result() {
    let mut app = app(false);
    let first = asked(&press(&mut app, KeyCode::Char('5')));
    app.update(Msg::Forecast(first.number, told(&first)));
    let effects = press(&mut app, KeyCode::Enter);
    let [Effect::Show { job: JobId(1), rows }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((rows.num_rows(), app.focus), (30, Pane::Results));
    assert_eq!(app.tabs.shown.results.title, "Forecast of saldo");
}

#[test]
fn a_table_of_unknown_columns_is_described_when_unfolded() {
    let mut app = app(false);
    press(&mut app, KeyCode::Down);
    assert_eq!(
        press(&mut app, KeyCode::Right),
        [Effect::Describe { target: "local".into(), table: "loose".into(), name: "loose".into() }]
    );
}

static LAKE: LazyLock<(TempDir, Lake)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let options = demo::Options { lake: folder.path().join("demo"), rows: 3_000, seed: 1 };
    let lake = demo::build(&options, &mut |_| {}).unwrap();
    (folder, lake)
});

/// An explorer with a result of `count` rows on a screen of this size, every row held.
fn with_rows(size: Rect, count: i32) -> App {
    let mut app = app(false);
    app.size = size;
    let effects = app.browse("loose");
    let [Effect::Browse { job, .. }] = effects[..] else { panic!("{effects:?}") };
    let texts = (0..count).map(|row| (row % 3 > 0).then(|| format!("日本語 {row}\tx")));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("number", Arc::new(Int32Array::from_iter_values(0..count))),
        ("text", Arc::new(StringArray::from_iter(texts))),
        ("real", Arc::new(Float64Array::from_iter_values((0..count).map(|row| 1.0 / f64::from(row % 5))))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let mut summary = Summary::new(&batch.schema());
    summary.add(&batch);
    app.update(Msg::Job(job, JobEvent::Schema(batch.schema())));
    let progress = Progress {
        rows: batch.num_rows() as u64,
        state: State::Complete,
        elapsed: Duration::from_secs(61),
        memory: 61_000_000,
        summary,
        ..Progress::default()
    };
    app.update(Msg::Job(job, JobEvent::Rows(progress)));
    app.update(Msg::Job(job, JobEvent::Window(Window::new(0, vec![batch]))));
    app
}

fn drawn(app: &App, glyphs: Glyphs) -> Buffer {
    drawn_in(app, &Theme::load("dark", Depth::True).unwrap().with(glyphs))
}

fn drawn_in(app: &App, theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height)).unwrap();
    terminal.draw(|frame| screen::draw(frame, app, theme)).unwrap();
    terminal.backend().buffer().clone()
}

fn resize(app: &mut App, width: u16, height: u16) {
    app.update(Msg::Input(Event::Resize(width, height)));
}

#[test]
fn every_pane_and_overlay_is_drawn_at_any_size() {
    let mut overlays = 0;
    for (pane, _) in PANES {
        // What lies over the panes is the same over each but the two that have most actions of their own.
        let has_overlays = matches!(pane, Pane::Editor | Pane::Results);
        let actions = ACTIONS.iter().map(|(action, ..)| Some(*action)).filter(|_| has_overlays);
        for action in actions.chain([None]) {
            let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
            app.editor.open("typed", "SELECT 1");
            app.focus = pane;
            if let Some(action) = action {
                app.act(action);
                if app.overlay.is_none() {
                    continue;
                }
                overlays += 1;
            }
            for (width, height) in (1..=40).flat_map(|width| (1..=12).map(move |height| (width, height))) {
                resize(&mut app, width, height);
                drawn(&app, Glyphs::Full);
                press(&mut app, if (width + height) % 2 == 0 { KeyCode::Down } else { KeyCode::PageDown });
            }
            resize(&mut app, 80, 24);
            drawn(&app, Glyphs::Ascii);
        }
    }
    assert!(overlays > 20, "{overlays} overlays were drawn");
    let mut app = app(false);
    for (width, height) in (1..=40).flat_map(|width| (1..=12).map(move |height| (width, height))) {
        let parameters =
            "-- param: from date = 2019-01-01\n-- param: text text?\n-- param: unit choice(a|b) = a\n";
        if app.overlay.is_none() {
            app.editor.open("typed", &format!("{parameters}SELECT :from, :text, :unit"));
            app.focus = Pane::Editor;
            app.act(Action::Run);
            assert!(app.overlay.is_some());
        }
        resize(&mut app, width, height);
        drawn(&app, Glyphs::Full);
        press(&mut app, KeyCode::Tab);
    }
}

#[test]
fn plain_terminals_get_ascii_on_every_screen() {
    for (pane, _) in PANES {
        let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
        app.focus = pane;
        let text = glyphs(&drawn(&app, Glyphs::Ascii));
        assert!(text.is_ascii(), "{pane:?}: {text}");
    }
    let app = with_rows(Rect::new(0, 0, 80, 24), 50);
    let text = glyphs(&drawn(&app, Glyphs::Ascii));
    assert!(text.contains(" ~") && text.contains("? ? ?  1>x"), "NULL and letters have signs:\n{text}");
}

#[test]
fn the_pane_that_has_the_keys_is_told_from_the_others_in_every_theme() {
    for name in saldo::explorer::theme::names() {
        for depth in [Depth::True, Depth::Palette, Depth::Sixteen, Depth::None] {
            let theme = Theme::load(name, depth).unwrap();
            let mut app = with_rows(Rect::new(0, 0, 140, 40), 3);
            let title = |app: &App| drawn_in(app, &theme)[(2, 0)].style();
            app.focus = Pane::Editor;
            let other = title(&app);
            app.focus = Pane::Queries;
            assert_ne!(title(&app), other, "{name} {depth:?}");
        }
    }
}

#[test]
fn values_that_are_no_numbers_are_not_drawn_and_the_others_are() {
    let mut app = with_rows(Rect::new(0, 0, 100, 24), 20);
    app.focus = Pane::Charts;
    let text = glyphs(&drawn(&app, Glyphs::Full));
    let line = text.lines().find(|line| line.trim_start().starts_with("real")).unwrap();
    // Four of five values are finite: 1, 1/2, 1/3, 1/4.
    assert!(line.contains("█▃▂▁█▃▂▁█▃▂▁█▃▂▁ "), "{line}");
}

#[test]
fn keys_that_count_everywhere_count_over_the_panes() {
    for action in [Action::Help, Action::Palette, Action::Filter, Action::GoToRow, Action::Export] {
        let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
        app.act(action);
        assert!(app.overlay.is_some());
        let effects = control(&mut app, 'q');
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Save(_))), "{action:?}");
    }
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
    app.act(Action::Columns);
    control(&mut app, 'p');
    assert!(matches!(app.overlay, Some(Overlay::Palette(_))));
}

#[test]
fn no_key_throws_away_what_is_typed_in_an_overlay() {
    let keys = [KeyCode::Tab, KeyCode::BackTab, KeyCode::F(1), KeyCode::F(5), KeyCode::F(8)];
    for action in [Action::Condition, Action::GoToRow, Action::Find, Action::Palette] {
        let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
        app.focus = Pane::Results;
        app.act(action);
        "27".chars().for_each(|letter| drop(press(&mut app, KeyCode::Char(letter))));
        let before = glyphs(&drawn(&app, Glyphs::Full));
        for key in keys {
            assert_eq!(press(&mut app, key), [], "{action:?} {key:?}");
        }
        if action != Action::Palette {
            control(&mut app, 'p');
        }
        assert_eq!(control(&mut app, 'z'), [Effect::Suspend]);
        assert_eq!(glyphs(&drawn(&app, Glyphs::Full)), before, "{action:?}");
        assert_eq!(app.focus, Pane::Results, "{action:?}");
    }
}

#[test]
fn a_threshold_and_a_scenario_stay_with_what_they_were_given_for() {
    let mut app = app(false);
    let first = asked(&press(&mut app, KeyCode::Char('5')));
    app.update(Msg::Forecast(first.number, told(&first)));
    app.forecast.request.options.threshold = 200.0;
    app.forecast.add_item("2024-02-01 -50 order".parse().unwrap());
    app.forecast.turn_to(Subject::Balance);
    let options = &app.forecast.request.options;
    assert!(options.threshold == 0.0 && options.scenario.items.is_empty(), "{options:?}");
    app.forecast.turn_to(first.subject.clone());
    let options = &app.forecast.request.options;
    assert_eq!((options.threshold, options.scenario.items.len()), (200.0, 1), "back they are there again");
    app.forecast.turn_to(first.subject);
    assert_eq!(app.forecast.request.options.scenario.items.len(), 1, "asked again");
}

#[test]
fn the_forecast_of_the_lake_is_asked_again_when_the_lake_was_read_again() {
    let mut app = app(false);
    let is_forecast = |effect: &Effect| matches!(effect, Effect::Forecast(_));
    assert!(!app.reloaded(Vec::new(), Some(&LAKE.1)).iter().any(is_forecast), "nobody asked yet");
    app.forecast.turn_to(Subject::Balance);
    app.forecast.again();
    assert!(app.reloaded(Vec::new(), Some(&LAKE.1)).iter().any(is_forecast));
    assert!(app.forecast.is_waiting());
}

#[test]
fn the_palette_does_what_it_offers_where_it_is_done() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
    let pick = |app: &mut App, text: &str| {
        control(app, 'p');
        app.update(Msg::Input(Event::Paste(text.into())));
        press(app, KeyCode::Enter)
    };
    app.focus = Pane::Lake;
    pick(&mut app, "go to row");
    assert_eq!(app.focus, Pane::Results);
    assert!(matches!(app.overlay, Some(Overlay::Prompt(_))));
    press(&mut app, KeyCode::Esc);
    app.focus = Pane::Editor;
    pick(&mut app, "filter");
    assert_eq!(app.focus, Pane::Queries);
    press(&mut app, KeyCode::Esc);
    app.focus = Pane::Editor;
    pick(&mut app, "in transit");
    assert_eq!(app.focus, Pane::Forecast);
}

#[test]
fn escape_shows_all_queries_again() {
    let mut app = app(false);
    press(&mut app, KeyCode::Char('/'));
    app.update(Msg::Input(Event::Paste("nothing has this".into())));
    assert!(glyphs(&drawn(&app, Glyphs::Full)).contains("Esc shows all"));
    press(&mut app, KeyCode::Esc);
    assert!(app.queries.needle.is_empty() && app.overlay.is_none());
    press(&mut app, KeyCode::Char('/'));
    app.update(Msg::Input(Event::Paste("loose".into())));
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.queries.needle, "loose");
    press(&mut app, KeyCode::Esc);
    assert!(app.queries.needle.is_empty());
}

#[test]
fn the_editor_shows_its_text_after_a_run_a_zoom_and_a_resize() {
    let mut app = app(false);
    let text: Vec<_> = (1..=12).map(|line| format!("SELECT {line}")).collect();
    app.editor.open("typed", &text.join(",\n"));
    app.focus = Pane::Editor;
    control(&mut app, 'r');
    for (width, height) in [(80, 24), (40, 10), (140, 40), (80, 24)] {
        resize(&mut app, width, height);
    }
    app.act(Action::GoEditor);
    for zoomed in [false, true, false] {
        app.zoomed = zoomed;
        resize(&mut app, 80, 24);
        let text = glyphs(&drawn(&app, Glyphs::Full));
        assert!((1..=12).all(|line| text.contains(&format!("SELECT {line}"))), "{text}");
    }
    app.editor.open("typed", &"SELECT 1\n".repeat(1_200));
    resize(&mut app, 80, 24);
    control(&mut app, 'c');
    for _ in 0..1_200 {
        press(&mut app, KeyCode::Down);
    }
    assert!(glyphs(&drawn(&app, Glyphs::Full)).contains("1200"));
}

#[test]
fn the_editor_shows_accents_and_what_hides() {
    let mut app = app(false);
    app.editor.open("typed", "SELECT 'e\u{301}x\u{200b}y\u{202e}z'");
    app.focus = Pane::Editor;
    resize(&mut app, 80, 24);
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("'e\u{301}x�y�z'"), "{text}");
}

#[test]
fn a_small_screen_keeps_the_ways_out_and_its_texts_apart() {
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 50);
    let last = |app: &App| glyphs(&drawn(app, Glyphs::Full)).lines().last().unwrap().to_owned();
    for word in ["x export", "z zoom", "? help", "q quit"] {
        assert!(last(&app).contains(word), "{word}: {}", last(&app));
    }
    let error = EngineError::new(ErrorKind::Binding, "no such column").with_hint("x".repeat(5_000_000));
    app.update(Msg::Job(JobId(1), JobEvent::Failed(error)));
    assert!(last(&app).starts_with("2 editor"), "{}", last(&app));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("no such column") && text.contains("日 本 語"), "rows that came stay:\n{text}");
    let mut app = with_rows(Rect::new(0, 0, 40, 10), 50);
    app.source =
        Source { engine: "DuckDB".into(), name: "a-long-name-of-a-lake".into(), ..Source::default() };
    let text = glyphs(&drawn(&app, Glyphs::Full));
    let status = text.lines().nth(8).unwrap();
    assert!(status.starts_with("DuckDB  ") && status.contains("  1 of 50 rows"), "{status}");
    assert!(text.lines().next().unwrap().contains("3 Results"), "{text}");
}

#[test]
fn a_row_is_copied_as_tsv_and_what_is_too_long_goes_to_a_file() {
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 50);
    app.focus = Pane::Results;
    assert_eq!(press(&mut app, KeyCode::Char('Y')), [Effect::Copy("0\t\\N\tinf".into())]);
    press(&mut app, KeyCode::Right);
    assert_eq!(press(&mut app, KeyCode::Char('y')), []);
    assert!(app.notice.as_ref().unwrap().text.contains("NULL"));
    press(&mut app, KeyCode::Down);
    assert_eq!(press(&mut app, KeyCode::Char('Y')), [Effect::Copy("1\t日本語 1\\tx\t1".into())]);
    let long = "x".repeat(7_000_000);
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 1);
    let array: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
    let batch = RecordBatch::try_from_iter([("number", array)]).unwrap();
    app.update(Msg::Job(JobId(1), JobEvent::Window(Window::new(0, vec![batch]))));
    app.focus = Pane::Results;
    let effects = press(&mut app, KeyCode::Char('y'));
    assert!(matches!(&effects[..], [Effect::CopyToFile { text, .. }] if *text == long));
    // A cell of which only the beginning is held is read whole before it is copied.
    let array: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let batch = RecordBatch::try_from_iter([("number", array)]).unwrap();
    let held = Window::new(0, vec![batch.clone()]).with_cut(vec![(0, 0)]);
    app.update(Msg::Job(JobId(1), JobEvent::Window(held)));
    let effects = press(&mut app, KeyCode::Char('y'));
    assert_eq!(effects, [Effect::FetchWhole { job: JobId(1), row: 0, column: Some(0) }]);
    let whole = Window::new(0, vec![batch]);
    let effects = app.update(Msg::Job(JobId(1), JobEvent::Whole(whole, Some(0))));
    assert_eq!(effects, [Effect::Copy("x".into())]);
    press(&mut app, KeyCode::Enter);
    assert!(glyphs(&drawn(&app, Glyphs::Full)).contains("x… (y copies the whole cell)"));
    press(&mut app, KeyCode::Esc);
    let array: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
    let batch = RecordBatch::try_from_iter([("number", array)]).unwrap();
    app.update(Msg::Job(JobId(1), JobEvent::Window(Window::new(0, vec![batch]))));
    // The inspector shows the beginning of such a cell, says so, and scrolls to its end.
    press(&mut app, KeyCode::Enter);
    press(&mut app, KeyCode::End);
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("y copies the whole cell"), "{text}");
}

#[test]
fn what_happened_is_told_whole_on_a_narrow_screen() {
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 50);
    let path = format!("/home/{}/result.csv", "a".repeat(150));
    app.update(Msg::Notice(Notice { text: format!("wrote 50 rows to {path}"), bad: false }));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    let below: String = text.lines().skip(20).collect();
    assert_eq!(below.replace(' ', ""), format!("wrote50rowsto{path}"), "{text}");
    press(&mut app, KeyCode::Down);
    assert!(!glyphs(&drawn(&app, Glyphs::Full)).contains("result.csv"));
}

#[test]
fn a_column_without_a_value_has_no_least_one() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 0);
    app.focus = Pane::Charts;
    let text = glyphs(&drawn(&app, Glyphs::Full));
    let line = text.lines().find(|line| line.contains(" min ")).unwrap_or_else(|| panic!("{text}"));
    assert_eq!(line.matches('∅').count(), 3, "{line}");
}

#[test]
fn a_record_that_is_asked_for_before_its_row_has_come_is_shown_when_it_comes() {
    for (after, shown) in [(None, true), (Some(KeyCode::Home), false)] {
        let mut app = with_rows(Rect::new(0, 0, 140, 40), 50);
        let mut window = app.tabs.shown.results.view.window().clone();
        window.first = 4_950;
        app.update(Msg::Job(JobId(1), rows(5_000, State::Complete)));
        app.focus = Pane::Results;
        let effects = press(&mut app, KeyCode::End);
        let [Effect::Fetch { .. }] = effects[..] else { panic!("{effects:?}") };
        press(&mut app, KeyCode::Enter);
        assert!(app.overlay.is_none());
        if let Some(key) = after {
            press(&mut app, key);
        }
        app.update(Msg::Job(JobId(1), JobEvent::Window(window)));
        let text = glyphs(&drawn(&app, Glyphs::Full));
        assert_eq!(text.contains("Row 5,000 of 5,000"), shown, "{text}");
    }
}

#[test]
fn rows_that_are_gone_end_with_a_sentence_and_no_more_questions() {
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 50);
    app.update(Msg::Job(JobId(1), rows(5_000, State::Complete)));
    app.focus = Pane::Results;
    let effects = press(&mut app, KeyCode::End);
    let [Effect::Fetch { first, .. }] = effects[..] else { panic!("{effects:?}") };
    let effects = app.update(Msg::Job(JobId(1), JobEvent::Window(Window::new(first, Vec::new()))));
    // The sentence takes lines of the screen: what is left is asked for once more, and then never again.
    let [Effect::Fetch { first, .. }] = effects[..] else { panic!("{effects:?}") };
    let effects = app.update(Msg::Job(JobId(1), JobEvent::Window(Window::new(first, Vec::new()))));
    assert_eq!(effects, []);
    assert!(!app.lacks_rows());
    assert!(
        matches!(&app.tabs.shown.results.state, State::Failed(error) if error.message.contains("no longer there"))
    );
}

#[test]
fn every_row_on_screen_is_asked_for_after_a_jump() {
    for height in 6..60 {
        let mut app = with_rows(Rect::new(0, 0, 80, height), 1);
        app.update(Msg::Job(JobId(1), rows(1_000_000, State::Complete)));
        app.focus = Pane::Results;
        let effects = press(&mut app, KeyCode::End);
        let [Effect::Fetch { first, rows, .. }] = effects[..] else { panic!("{height}: {effects:?}") };
        let lines = glyphs(&drawn(&app, Glyphs::Full)).matches('·').count();
        assert_eq!(first + rows as u64, 1_000_000);
        assert!(rows * 3 >= lines.saturating_sub(6), "{height}: {rows} rows are asked for");
    }
}

/// A screen: its name, size, theme and the keys that lead to it.
const SCREENS: &[(&str, (u16, u16), &str, &str)] = &[
    ("start", (140, 40), "dark", ""),
    ("start_small", (80, 24), "dark", ""),
    ("start_narrow_window", (120, 36), "light", "{down}{down}"),
    ("credit", (140, 40), "dark", "{query:credit_worthiness}{enter}"),
    ("credit_small", (80, 24), "mono", "{query:credit_worthiness}{enter}"),
    ("chart_small", (80, 24), "dark", "{query:balance_over_time}{enter}{right}{enter}4"),
    (
        "histogram",
        (120, 36),
        "light",
        "{query:processed}{enter}{right}{right}{right}{right}4{view}{view}{view}",
    ),
    (
        "scatter_small",
        (80, 24),
        "dark",
        "{query:credit_worthiness}{enter}{up}{right}4{view}{view}{view}{view}{view}",
    ),
    ("parameters", (120, 36), "dark", "{query:compare_two_dates}{enter}"),
    ("table", (140, 40), "dark", "{query:processed}{right}{enter}{end}"),
    ("inspector", (140, 40), "dark", "{query:banktxn}{enter}{enter}"),
    ("error", (140, 40), "dark", "2SELECT account_no,\n  oops\nFROM processed{run}"),
    ("help", (140, 40), "dark", "?"),
    ("help_small", (80, 24), "dark", "?"),
    ("palette", (80, 24), "dark", ":"),
    ("forecast", (140, 40), "dark", "5"),
    ("forecast_small", (80, 24), "mono", "5"),
    (
        "forecast_of_a_result",
        (140, 40),
        "dark",
        "{query:balance_over_time}{enter}{right}{enter}{right}{right}{right}{right}f",
    ),
    ("forecast_of_many", (140, 40), "dark", "{query:processed}{enter}{right}f"),
    ("forecast_refused", (140, 40), "dark", "{query:account_summary}{enter}{right}f"),
    ("backtest", (120, 36), "light", "5{view}"),
    ("why", (80, 24), "dark", "5{view}{view}"),
    ("scenario", (140, 40), "dark", "5{page up}{page up}a2023-12-15 -6,000,000 every month Dividend\n"),
    ("model", (80, 24), "dark", "5cm{view}{view}{view}{view}"),
    ("compare", (140, 40), "dark", "5{page up}C"),
    ("lake", (140, 40), "dark", "6"),
    ("copy_as", (80, 24), "dark", "{query:credit_worthiness}{enter}{up}c{right}{down}"),
    ("export", (80, 24), "dark", "{query:credit_worthiness}{enter}{up}x{tab}{right}{tab}{right}"),
    ("compare_results", (120, 36), "light", "{query:credit_worthiness}{enter}1{enter}{up}={tab}"),
    ("nothing_fits", (20, 6), "dark", ""),
    ("credit_pick", (80, 24), "dark", "7409000362479"),
    ("credit_card", (140, 40), "dark", "71188423{enter}{right}{down}"),
    ("credit_card_small", (80, 24), "mono", "71188423{enter}{down}"),
    ("credit_meaning", (80, 24), "dark", "71188423{enter}{end}{up}{up}{up}{up}m"),
    ("credit_beside", (140, 40), "light", "71188423{enter}{down}v700200138611{enter}"),
    ("credit_portfolio", (80, 24), "dark", "7{esc}p"),
    ("credit_watch", (80, 24), "dark", "7{esc}W"),
];
/// Screens whose styles are kept too.
const STYLED: [&str; 5] = ["credit_card_small", "credit_small", "error", "forecast_small", "start_small"];

#[tokio::test]
async fn screens_are_as_they_were() {
    let (folder, lake) = &*LAKE;
    for (name, (width, height), theme, keys) in SCREENS {
        let config = Config {
            queries: PathBuf::from("/nonexistent"),
            cache: folder.path().join(name),
            state: folder.path().join(name).join("state"),
            theme: (*theme).to_owned(),
            ..Config::default()
        };
        let start = Start { config, lake: Some(lake.clone()), ..Start::default() };
        let mut session = Session::new(&start, Rect::new(0, 0, *width, *height)).unwrap();
        session.keys(keys).await.unwrap();
        let theme = Theme::load(theme, Depth::True).unwrap();
        let buffer = session.draw(&theme).unwrap();
        plain::has_plain_signs(&mut session, &theme, name);
        let mut text = without_sums(&glyphs(&buffer));
        if STYLED.contains(name) {
            text.push_str(&styles(&buffer, &theme));
        }
        insta::assert_snapshot!(*name, text);
    }
}

/// What a person works with most, and the keys that lead there.
const WORK: &[(&str, &str)] = &[
    ("work_sorted", "{query:processed}{enter}{right}{right}s{down}{down}"),
    ("work_marked", "{query:credit_worthiness}{enter}{up}{right}{right} {down}{down}"),
    ("work_columns", "{query:processed}{enter}{right}{right}dC{down}"),
    ("work_record", "{query:banktxn}{enter}{down}{enter}"),
    ("work_profile", "{query:credit_worthiness}{enter}{up}{right}p"),
    ("work_pivot", "{query:credit_worthiness}{enter}{up}{right}*{down}{right}{right}"),
    ("work_vim", "M2iSELECT f(a, b){esc}F(vi("),
];

/// At each size with other colours: none, sixteen, all.
#[tokio::test]
async fn screens_of_work_are_as_they_were_at_every_size_and_depth() {
    let (folder, lake) = &*LAKE;
    let sizes = [
        ((80, 24), "mono", Depth::None),
        ((120, 36), "light", Depth::Sixteen),
        ((200, 50), "dark", Depth::True),
    ];
    for (name, keys) in WORK {
        for ((width, height), theme, depth) in sizes {
            let config = Config {
                queries: PathBuf::from("/nonexistent"),
                cache: folder.path().join(format!("{name}{width}")),
                state: folder.path().join(format!("{name}{width}")).join("state"),
                ..Config::default()
            };
            let start = Start { config, lake: Some(lake.clone()), ..Start::default() };
            let mut session = Session::new(&start, Rect::new(0, 0, width, height)).unwrap();
            session.keys(keys).await.unwrap();
            let theme = Theme::load(theme, depth).unwrap();
            let buffer = session.draw(&theme).unwrap();
            let mut text = glyphs(&buffer);
            if depth != Depth::True {
                text.push_str(&styles(&buffer, &theme));
            }
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), text);
        }
    }
}

/// Checksums tell the program's version too.
fn without_sums(text: &str) -> String {
    let is_sum = |word: &str| word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let word = |word: &str| if is_sum(word) { "0".repeat(word.len()) } else { word.to_owned() };
    text.split_inclusive([' ', '\n'])
        .map(|piece| {
            let end = piece.trim_end();
            word(end) + &piece[end.len()..]
        })
        .collect()
}

fn glyphs(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A line a row: which meanings its cells have, from left to right; plain text has none.
fn styles(buffer: &Buffer, theme: &Theme) -> String {
    let roles: BTreeMap<&str, Style> = BTreeMap::from([
        ("accent", theme.accent),
        ("border", theme.border),
        ("comment", theme.comment),
        ("cursor", theme.cursor),
        ("error", theme.error),
        ("good", theme.good),
        ("heading", theme.heading),
        ("keyword", theme.keyword),
        ("literal", theme.literal),
        ("muted", theme.muted),
        ("null", theme.null),
        ("number", theme.number),
        ("selection", theme.selection),
        ("warning", theme.warning),
    ]);
    let role = |style: Style| {
        let is_it = |role: &Style| {
            let drawn = Style::reset().patch(*role);
            (drawn.fg, drawn.bg, drawn.add_modifier) == (style.fg, style.bg, style.add_modifier)
        };
        let names: Vec<_> = roles.iter().filter(|(_, role)| is_it(role)).map(|(name, _)| *name).collect();
        if names.is_empty() { format!("{:?}", style.add_modifier) } else { names.join("|") }
    };
    let mut text = String::from("\nstyles\n");
    for y in 0..buffer.area.height {
        let mut runs: Vec<(String, u16)> = Vec::new();
        for x in 0..buffer.area.width {
            let name = role(buffer[(x, y)].style());
            match runs.last_mut() {
                Some((last, count)) if *last == name => *count += 1,
                _ => runs.push((name, 1)),
            }
        }
        let runs: Vec<_> = runs.iter().map(|(name, count)| format!("{name} {count}")).collect();
        writeln!(text, "{:>2}  {}", y + 1, runs.join(", ")).unwrap();
    }
    text
}
