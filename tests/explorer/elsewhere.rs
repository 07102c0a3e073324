//! Targets: switching, their tables, money, runs that are left alone and taken up again.

use duckdb::arrow::datatypes::{DataType, Field, Schema};
use saldo::config;
use saldo::dialect::Dialect;
use saldo::engine::fake::{self, Script};
use saldo::engine::{CatalogTable, Estimate, Phase, Stats};
use saldo::explorer::app::targets::{Known, Targets};
use saldo::explorer::message::{Catalog, CatalogEvent, Question, Runs, Show};
use saldo::ledger::{Entry as Run, Ledger, RunState};
use saldo::target::{Dollars, LOCAL};

use super::*;

/// The usual explorer with a target beside `local`.
fn with_target() -> App {
    with_target_of("Athena", Dialect::Athena)
}

fn with_target_of(kind: &str, dialect: Dialect) -> App {
    let mut app = app(false);
    let saved = vec![Entry::Query(Query::parse("count", COUNT).unwrap())];
    let local = vec![saved[0].clone(), Entry::Table { name: "loose".into(), rows: None }];
    let prod = Known { name: "prod".into(), kind: kind.into(), dialect, reuse: None };
    app.targets = Targets::new(vec![prod], saved, local, Vec::new());
    app
}

fn switch(app: &mut App) -> Vec<Effect> {
    app.focus = Pane::Queries;
    press(app, KeyCode::Char('T'));
    press(app, KeyCode::Down);
    press(app, KeyCode::Enter)
}

fn tables(names: &[(&str, &str)]) -> CatalogEvent {
    let table =
        |(schema, name): &(&str, &str)| CatalogTable { schema: (*schema).into(), name: (*name).into() };
    let read = "2026-11-02T14:05:00+00:00".parse().unwrap();
    CatalogEvent::Read(Catalog { tables: names.iter().map(table).collect(), read })
}

fn text(app: &App) -> String {
    glyphs(&drawn(app, Glyphs::Full))
}

fn dollars(text: &str) -> Dollars {
    text.parse().unwrap()
}

#[test]
fn a_target_is_chosen_with_a_key_and_its_tables_come_by_themselves() {
    let mut app = with_target();
    let typed = app.editor.text();
    assert_eq!(app.source.dialect, Dialect::DuckDb);
    assert_eq!(switch(&mut app), [Effect::Catalog { target: "prod".into() }]);
    assert!(text(&app).contains("asking …") && text(&app).contains("prod (Athena)"), "{}", text(&app));
    assert_eq!((app.editor.text(), app.source.dialect), (typed, Dialect::Athena));
    app.update(Msg::Catalog("other".into(), tables(&[("x", "not_here")])));
    app.update(Msg::Catalog("prod".into(), tables(&[("lake-1", "facts")])));
    let seen = text(&app);
    assert!(seen.contains("Tables of prod, 02 Nov") && seen.contains("▸ facts"), "{seen}");
    assert!(!seen.contains("not_here") && !seen.contains("loose") && seen.contains("Count"), "{seen}");

    app.queries.select("facts");
    let effects = press(&mut app, KeyCode::Right);
    let name = "\"lake-1\".facts".to_owned();
    let asked = Effect::Describe { target: "prod".into(), table: "facts".into(), name: name.clone() };
    assert_eq!(effects, [asked]);
    let schema = Arc::new(Schema::new(vec![Field::new("amount", DataType::Int64, true)]));
    app.update(Msg::Described { target: "prod".into(), table: "facts".into(), schema });
    assert!(text(&app).contains("    amount"));
    let effects = press(&mut app, KeyCode::Enter);
    let [Effect::Run { statement, on, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(
        (statement.running(), on.target.as_str()),
        (&*format!("SELECT *\nFROM {name}\nLIMIT 1000"), "prod")
    );

    // Back: what is here is read in place, and the result from there says where it is from.
    app.focus = Pane::Queries;
    press(&mut app, KeyCode::Char('T'));
    press(&mut app, KeyCode::Up);
    assert_eq!(press(&mut app, KeyCode::Enter), []);
    assert!(text(&app).contains("▸ loose") && text(&app).contains("on prod"), "{}", text(&app));
    app.queries.select("loose");
    assert!(matches!(&press(&mut app, KeyCode::Enter)[..], [Effect::Browse { .. }]));
}

#[test]
fn a_target_that_cannot_be_reached_says_so_in_a_line_and_keeps_the_tables_of_the_last_time() {
    let mut app = with_target();
    switch(&mut app);
    let CatalogEvent::Read(kept) = tables(&[("lake", "facts"), ("old", "facts")]) else { panic!("read") };
    app.update(Msg::Catalog("prod".into(), CatalogEvent::Kept(kept)));
    app.update(Msg::Catalog("prod".into(), CatalogEvent::Slow));
    assert!(text(&app).contains("no answer yet"), "{}", text(&app));
    let error = EngineError::new(ErrorKind::Unreachable, "no route to athena.eu-west-1.example");
    app.update(Msg::Catalog("prod".into(), CatalogEvent::Failed(error)));
    let seen = text(&app);
    assert!(
        seen.contains("offline: no route") && seen.contains("\nno route to athena.eu-west-1.example"),
        "{seen}"
    );
    assert!(
        seen.contains("▸ lake.facts") && seen.contains("▸ old.facts"),
        "two of a name keep their schemas:\n{seen}"
    );
    app.queries.select("old.facts");
    let effects = press(&mut app, KeyCode::Char('e'));
    assert!(!effects.contains(&Effect::Quit) && app.editor.text().contains("FROM old.facts"));
}

#[test]
fn what_the_engine_tells_stands_in_the_status_line() {
    let mut app = with_target();
    switch(&mut app);
    app.queries.select("count");
    press(&mut app, KeyCode::Enter);
    let mut told = |phase, percent, bytes, state: State, stats: Option<Stats>| {
        let step = saldo::engine::Progress { phase, percent, bytes };
        let elapsed = Duration::from_secs(3);
        let stats = stats.map(Box::new);
        app.update(Msg::Job(
            JobId(1),
            JobEvent::Rows(Progress { state, step, elapsed, stats, ..Progress::default() }),
        ));
        let text = text(&app);
        text.lines().rev().nth(1).unwrap().to_owned()
    };
    let running = || State::Running;
    assert!(told(Phase::Queued, None, None, running(), None).ends_with("queued · 3.00 s"));
    assert!(
        told(Phase::Running, Some(45.2), Some(1_200_000_000), running(), None)
            .ends_with("running 45 % · 1.2 GB · 3.00 s")
    );
    let cost = Some(dollars("0.006"));
    let stats = Stats { bytes_scanned: Some(1_200_000_000), cost, reused: true, ..Stats::default() };
    let line = told(Phase::Fetching, None, None, State::Complete, Some(stats.clone()));
    assert!(line.ends_with("1.2 GB scanned · $0.006 · reused · 3.00 s"), "{line}");

    app.focus = Pane::Queries;
    press(&mut app, KeyCode::Enter);
    let stopped = EngineError { stats: Some(Box::new(stats)), ..EngineError::cancelled() };
    app.update(Msg::Job(JobId(2), JobEvent::Failed(stopped)));
    let seen = text(&app);
    assert!(seen.contains("CANCELLED · 1.2 GB scanned · $0.006"), "{seen}");
}

#[test]
fn a_statement_above_the_budget_is_sent_after_a_yes_only() {
    let question = Question {
        bound: Ok(Estimate {
            bytes: 2_000_000_000_000,
            cost: Some(dollars("10")),
            basis: "3 partitions".into(),
        }),
        spent: dollars("0.5"),
        query: Some(dollars("1")),
        day: None,
    };
    for (key, sent) in [(KeyCode::Char('y'), true), (KeyCode::Char('n'), false), (KeyCode::Esc, false)] {
        let mut app = with_target();
        switch(&mut app);
        app.queries.select("count");
        let effects = press(&mut app, KeyCode::Enter);
        let [Effect::Run { on, .. }] = &effects[..] else { panic!("{effects:?}") };
        assert!(!on.approved);
        app.update(Msg::Job(JobId(1), JobEvent::Ask(question.clone())));
        let seen = text(&app);
        assert!(
            seen.contains("2.0 TB") && seen.contains("$10.00") && seen.contains("3 partitions"),
            "{seen}"
        );
        let effects = press(&mut app, key);
        let again = matches!(&effects[..], [Effect::Run { job: JobId(1), on, .. }] if on.approved);
        assert_eq!((again, app.overlay.is_none()), (sent, true), "{effects:?}");
        assert_eq!(app.tabs.shown.results.state == State::Cancelled, !sent);
    }
}

#[test]
fn an_earlier_result_will_do_once_that_was_said() {
    let mut app = with_target();
    switch(&mut app);
    let reuse = |app: &mut App| {
        app.focus = Pane::Queries;
        press(app, KeyCode::Char('u'));
        app.queries.select("count");
        match press(app, KeyCode::Enter).last() {
            Some(Effect::Run { on, .. }) => on.reuse,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reuse(&mut app), Some(Duration::from_hours(1)));
    assert!(text(&app).contains("results up to 60 min old will do"));
    assert_eq!(reuse(&mut app), None);
    let mut app = with_target_of("Trino", Dialect::Trino);
    switch(&mut app);
    assert_eq!(reuse(&mut app), None, "it has none");
    press(&mut app, KeyCode::Char('u'));
    assert!(text(&app).contains("Trino takes no earlier results"));
}

fn run(id: Option<&str>, state: RunState) -> Run {
    let entry = serde_json::json!({
        "run": "ours", "target": "prod", "id": id, "statement": "SELECT 1\nFROM t",
        "started": "2026-11-02T14:05:00Z", "state": state,
    });
    serde_json::from_value(entry).unwrap()
}

#[test]
fn a_run_that_was_not_seen_to_end_is_offered_and_taken_up_or_stopped() {
    let mut app = with_target();
    let entries = vec![run(Some("q-1"), RunState::Running), run(Some("q-0"), RunState::Succeeded)];
    let offered = Runs { entries: entries.clone(), ..Runs::default() };
    app.update(Msg::Runs(offered));
    let notice = app.notice.as_ref().map(|notice| notice.text.clone()).unwrap();
    assert_eq!(notice, "a run on prod was not seen to end: R lists it");
    assert!(app.overlay.is_none());

    assert_eq!(press(&mut app, KeyCode::Char('R')), [Effect::Runs { target: LOCAL.into() }]);
    let (today, total) = (dollars("0.25"), dollars("3"));
    let list = |show, note: &str, entries: &[Run]| {
        Msg::Runs(Runs { entries: entries.to_vec(), today, total, unpriced: 2, show, note: note.into() })
    };
    app.update(list(Show::List, "asking prod for its own", &entries));
    assert!(text(&app).contains("asking prod for its own"));
    // One that only the target knows stands first; the mark stays on its run.
    let own = Run {
        run: "theirs".into(),
        id: Some("q-9".into()),
        statement: "SELECT 9".into(),
        ..entries[1].clone()
    };
    app.update(list(Show::Again, "", &[own, entries[0].clone(), entries[1].clone()]));
    assert!(text(&app).contains("SELECT 9"));
    let seen = text(&app);
    assert!(
        seen.contains("SELECT 1 FROM t")
            && seen.contains("today (UTC) $0.25, in all $3.00, 2 without a price"),
        "{seen}"
    );
    let stop = Effect::StopRun { target: "prod".into(), run: "q-1".into() };
    assert_eq!(press(&mut app, KeyCode::Char('s')), [stop]);
    let effects = press(&mut app, KeyCode::Enter);
    let (statement, started) = (entries[0].statement.clone(), entries[0].started);
    let attach =
        Effect::Attach { job: JobId(1), target: "prod".into(), run: "q-1".into(), statement, started };
    assert_eq!(effects, [attach]);
    assert_eq!(app.tabs.shown.results.title, "SELECT 1 FROM t");
    assert_eq!(press(&mut app, KeyCode::Char('D')), [Effect::Detach { job: JobId(1) }]);

    let mut unnamed = with_target();
    unnamed.update(Msg::Runs(Runs {
        entries: vec![run(None, RunState::Sent)],
        show: Show::List,
        ..Runs::default()
    }));
    assert_eq!(press(&mut unnamed, KeyCode::Enter), []);
    assert!(unnamed.notice.is_some_and(|notice| notice.bad));
}

#[test]
fn words_that_a_target_does_not_know_are_shown_before_anything_is_sent() {
    let mut app = with_target();
    let ask = |app: &mut App, text: &str| {
        app.editor.open("mine", text);
        app.focus = Pane::Editor;
        control(app, 'r')
    };
    assert!(
        matches!(&ask(&mut app, "SELECT a::INT FROM t")[..], [Effect::Run { .. }]),
        "here they are known"
    );
    switch(&mut app);
    let mine = "-- title: Mine\n-- chart: bar x=a y=b\nSELECT a::INT AS a, b FROM t LIMIT 5 OFFSET 2";
    assert_eq!(ask(&mut app, mine), []);
    let seen = text(&app);
    assert!(
        seen.contains("prod does not know :: (instead: CAST(x AS TYPE))") && seen.contains("t translate"),
        "{seen}"
    );
    assert_eq!(press(&mut app, KeyCode::Esc), []);
    assert!(app.overlay.is_none());

    ask(&mut app, mine);
    assert_eq!(press(&mut app, KeyCode::Char('t')), []);
    let translated = app.editor.text();
    let lines: Vec<_> = translated.lines().map(str::trim).collect();
    assert_eq!(
        lines[..3],
        [
            "-- title: Mine",
            "-- chart: bar x=a y=b",
            "-- translated from DuckDB's SQL for athena: read it before it runs"
        ]
    );
    assert_eq!(lines[3..].join(" "), "SELECT CAST(a AS INT) AS a, b FROM t OFFSET 2 FETCH FIRST 5 ROWS ONLY");
    let effects = control(&mut app, 'r');
    let [Effect::Run { statement, chart, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert!(statement.running().contains("CAST(a AS INT)") && chart.is_some());

    ask(&mut app, mine);
    let effects = press(&mut app, KeyCode::Char('y'));
    let [Effect::Run { statement, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert!(statement.running().contains("a::INT"), "as it is");
    // The next statement is looked at anew.
    assert_eq!(ask(&mut app, "SELECT b::INT FROM t"), []);
}

/// An explorer whose target `fake` is an engine of a script, and its ledger.
fn session(name: &str, size: (u16, u16), script: Script, settings: &str) -> (Session, Ledger) {
    let (folder, lake) = &*LAKE;
    let state = folder.path().join(name).join("state");
    let mut targets = config::Config::default().targets;
    targets.insert("fake".into(), toml::from_str(&format!("kind = 'trino'\n{settings}")).unwrap());
    let config = Config {
        queries: PathBuf::from("/nonexistent"),
        cache: folder.path().join(name),
        state: state.clone(),
        targets,
        ..Config::default()
    };
    let start = Start { config, lake: Some(lake.clone()), ..Start::default() };
    let mut session = Session::new(&start, Rect::new(0, 0, size.0, size.1)).unwrap();
    let ledger = Ledger::within(&state);
    let engine = fake::engine(session.jobs.local.clone(), script, ledger.clone(), None);
    session.jobs.offer("fake", Arc::new(engine));
    (session, ledger)
}

fn priced() -> Script {
    Script { queued: 2, bytes: 2_000_000_000_000, price: Some(dollars("5")), ..Script::default() }
}

/// The screen, with the minute that it was drawn in set by hand.
fn screen(session: &mut Session) -> String {
    let text = glyphs(&session.draw(&Theme::load("dark", Depth::True).unwrap()).unwrap());
    let now = chrono::Local::now();
    let minutes =
        [now, now - chrono::Duration::minutes(1)].map(|time| time.format("%d %b %H:%M").to_string());
    minutes.iter().fold(text, |text, minute| text.replace(minute, "02 Nov 14:05"))
}

const SWITCH: &str = "T{down}{enter}";

#[tokio::test]
async fn a_run_is_left_alone_taken_up_again_and_stopped() {
    let (mut session, ledger) = session("left_alone", (140, 40), Script { queued: 300, ..priced() }, "");
    session.keys(SWITCH).await.unwrap();
    session.keys("2SELECT 41 + 1 AS n{run}D").await.unwrap();
    assert!(screen(&mut session).contains("detached"), "{}", screen(&mut session));
    let state = || ledger.entries().unwrap().iter().map(|entry| entry.state).collect::<Vec<_>>();
    assert_eq!(state(), [RunState::Detached]);
    session.keys("R{enter}").await.unwrap();
    let seen = screen(&mut session);
    assert!(seen.contains("1 of 1 row") && seen.contains("2.0 TB scanned · $10.00"), "{seen}");
    assert_eq!(state(), [RunState::Succeeded]);

    session.keys("2; SELECT 2{run}D").await.unwrap();
    session.keys("R").await.unwrap();
    session.keys("s").await.unwrap();
    for _ in 0..50 {
        // The list is read again a moment after the run has ended.
        if state()[1] != RunState::Cancelled || !screen(&mut session).contains("cancelled") {
            session.settle().await;
        }
    }
    assert_eq!(state(), [RunState::Succeeded, RunState::Cancelled]);
    assert!(screen(&mut session).contains("cancelled"), "the list is read again");
}

#[tokio::test]
async fn what_was_paid_for_is_a_table_here_and_read_without_asking_again() {
    let (mut session, ledger) = session("kept", (140, 40), priced(), "");
    session.keys(SWITCH).await.unwrap();
    session.keys("2SELECT 41 + 1 AS n, CAST(0.10 AS DECIMAL(18, 2)) AS money{run}").await.unwrap();
    let seen = screen(&mut session);
    assert!(seen.contains("kept as results.r1") && seen.contains("▸ results.r1"), "{seen}");
    session.keys("1{query:results.r1}{right}{enter}").await.unwrap();
    let seen = screen(&mut session);
    assert!(seen.contains("0.10") && seen.contains("dec(18,2)") && seen.contains("on local"), "{seen}");
    session.keys("T{up}{enter}").await.unwrap();
    session.keys("2; SELECT sum(money) * 3 AS three FROM results.r1{run}").await.unwrap();
    assert!(screen(&mut session).contains("0.30"), "{}", screen(&mut session));
    assert_eq!(ledger.entries().unwrap().len(), 1, "one run was paid for");
}

#[tokio::test]
async fn leaving_waits_until_what_runs_elsewhere_has_stopped() {
    let (mut session, ledger) = session(
        "leaving",
        (140, 40),
        Script { queued: 1_000_000, delay: Duration::from_millis(100), ..priced() },
        "",
    );
    session.keys(SWITCH).await.unwrap();
    session.keys("2SELECT 1").await.unwrap();
    session.press(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL));
    session.jobs.shut_down().await;
    let entries = ledger.entries().unwrap();
    assert_eq!((entries.len(), entries[0].state), (1, RunState::Cancelled));
    assert_eq!(entries[0].nano_dollars, Some(10_000_000_000), "what it scanned until then counts");
    assert_eq!(session.jobs.elsewhere().names(), [""; 0]);
}

#[tokio::test]
async fn screens_of_targets_are_as_they_were() {
    let screens = [
        ("targets", (80, 24), "", "T"),
        ("elsewhere", (140, 40), "", "{query:credit_worthiness}{enter}1{query:processed}{enter}"),
        ("elsewhere_small", (80, 24), "", "{query:credit_worthiness}{enter}1{query:processed}{enter}"),
        ("price", (80, 24), "budget_query = 1", "{query:credit_worthiness}{enter}"),
        ("runs", (140, 40), "", "{query:credit_worthiness}{enter}{query:processed}R"),
        ("runs_small", (80, 24), "", "{query:credit_worthiness}{enter}{query:processed}R"),
    ];
    for (name, size, settings, keys) in screens {
        let (mut session, _) = session(name, size, priced(), settings);
        session.keys(SWITCH).await.unwrap();
        session.keys(keys).await.unwrap();
        insta::assert_snapshot!(name, screen(&mut session));
    }
}
