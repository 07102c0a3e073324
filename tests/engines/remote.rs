//! The road of a run on an engine elsewhere, with an engine that behaves as a script says.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use saldo::engine::fake::{self, Fake, Script};
use saldo::engine::remote::Remote;
use saldo::engine::{Engine, ErrorKind, Options, Phase, RunEvent, RunId};
use saldo::ledger::{Entry, Ledger, RunState};
use saldo::query::Statement;
use saldo::target::Dollars;
use tokio_util::sync::CancellationToken;

use crate::contract::{self, Subject};

const ENDLESS: &str = "SELECT count(*) FROM range(1e12::BIGINT)";

fn numbers(count: u64) -> String {
    format!("SELECT range AS n FROM range(1, {count} + 1) ORDER BY n")
}

#[test]
fn every_engine_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let scripted = Script { queued: 2, running: 2, bytes: 10, ..Script::default() };
    let fake = fake::engine(super::engine(), scripted, Ledger::within(folder.path()), None);
    let engines: [(&'static str, Arc<dyn Engine>); 2] =
        [("DuckDB", Arc::new(super::engine())), ("fake", Arc::new(fake))];
    for (name, engine) in engines {
        contract::holds(&Subject { name, engine, numbers, endless: ENDLESS, has_positions: true });
    }
}

/// A remote engine with its ledger.
struct Place {
    engine: Remote<Fake>,
    ledger: Ledger,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new(script: Script, timeout: Option<Duration>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::within(folder.path());
        let engine = fake::engine(super::engine(), script, ledger.clone(), timeout);
        Self { engine, ledger, _folder: folder }
    }

    fn entry(&self) -> Entry {
        let mut entries = self.ledger.entries().unwrap();
        assert_eq!(entries.len(), 1);
        entries.remove(0)
    }

    fn counts(&self) -> (u32, u32) {
        let service = self.engine.service();
        (service.submitted.load(Ordering::SeqCst), service.stops.load(Ordering::SeqCst))
    }
}

fn priced() -> Script {
    Script { bytes: 2_000_000_000_000, price: Some("5".parse().unwrap()), ..Script::default() }
}

#[test]
fn the_ledger_knows_what_a_run_took() {
    let place = Place::new(priced(), None);
    let answer = contract::ask(&place.engine, "SELECT 7 AS n").unwrap();
    assert_eq!(answer.stats.cost.unwrap().to_string(), "$10.00");
    let entry = place.entry();
    assert_eq!(
        (entry.state, entry.rows, entry.bytes),
        (RunState::Succeeded, Some(1), Some(2_000_000_000_000))
    );
    assert_eq!((entry.nano_dollars, entry.statement.as_str()), (Some(10_000_000_000), "SELECT 7 AS n"));
    assert!(entry.id.is_some() && entry.ended.is_some());
}

#[tokio::test]
async fn the_statement_is_in_the_ledger_before_it_is_sent_and_stopped_once_its_run_has_a_name() {
    let place = Place::new(Script { delay: Duration::from_millis(200), ..priced() }, None);
    let cancel = CancellationToken::new();
    let mut events = place.engine.run(Statement::plain(ENDLESS), Options::default(), cancel.clone());
    let entry = loop {
        if let Some(entry) = place.ledger.entries().unwrap().pop() {
            break entry;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((entry.state, entry.id, place.counts().0), (RunState::Sent, None, 0));
    cancel.cancel();
    let error = last(&mut events).await;
    assert_eq!((error.kind, place.counts()), (ErrorKind::Cancelled, (1, 1)));
    assert_eq!(error.stats.unwrap().bytes_scanned, Some(2_000_000_000_000), "what it scanned is billed");
    assert_eq!(
        (place.entry().state, place.entry().nano_dollars),
        (RunState::Cancelled, Some(10_000_000_000))
    );
}

#[tokio::test]
async fn whoever_waits_hears_of_a_statement_that_is_on_its_way() {
    let place = Place::new(Script { delay: Duration::from_millis(600), ..priced() }, None);
    let mut events =
        place.engine.run(Statement::plain("SELECT 1"), Options::default(), CancellationToken::new());
    let Some(Ok(RunEvent::Progress(progress))) = events.recv().await else { panic!("nothing is heard") };
    assert_eq!(progress.phase, Phase::Sent);
    contract::started(&mut events).await;
}

#[tokio::test]
async fn a_reader_that_goes_away_stops_the_run() {
    let place = Place::new(priced(), None);
    let mut events =
        place.engine.run(Statement::plain(ENDLESS), Options::default(), CancellationToken::new());
    contract::started(&mut events).await;
    drop(events);
    place.engine.threads().ended().await;
    assert_eq!((place.counts(), place.entry().state), ((1, 1), RunState::Cancelled));
}

#[tokio::test]
async fn what_ended_before_it_was_stopped_was_paid_for() {
    let place = Place::new(priced(), None);
    let cancel = CancellationToken::new();
    let mut events =
        place.engine.run(Statement::plain(&numbers(100_000)), Options::default(), cancel.clone());
    while !matches!(events.recv().await, Some(Ok(RunEvent::Schema(_)))) {}
    cancel.cancel();
    let error = last(&mut events).await;
    assert_eq!(
        (error.kind, error.stats.unwrap().cost),
        (ErrorKind::Cancelled, Some(Dollars::from_nano(10_000_000_000)))
    );
    assert_eq!(place.entry().nano_dollars, Some(10_000_000_000));
}

#[tokio::test]
async fn a_stop_that_fails_is_tried_again_and_said_when_it_never_works() {
    for (refused, kind, state) in
        [(2, ErrorKind::Cancelled, RunState::Cancelled), (99, ErrorKind::Detached, RunState::Detached)]
    {
        let place = Place::new(Script { refused_stops: refused, queued: 1_000_000, ..priced() }, None);
        let cancel = CancellationToken::new();
        let mut events = place.engine.run(Statement::plain("SELECT 1"), Options::default(), cancel.clone());
        contract::started(&mut events).await;
        cancel.cancel();
        let error = last(&mut events).await;
        assert_eq!((error.kind, place.entry().state), (kind, state), "{error}");
        assert_eq!(error.message.contains("may go on"), refused == 99, "{error}");
    }
}

#[tokio::test]
async fn a_run_that_takes_too_long_is_stopped() {
    let script = Script { queued: 1_000_000, ..Script::default() };
    let place = Place::new(script, Some(Duration::from_millis(50)));
    let mut events =
        place.engine.run(Statement::plain("SELECT 1"), Options::default(), CancellationToken::new());
    let error = last(&mut events).await;
    assert_eq!(
        (error.kind, place.counts().1, place.entry().state),
        (ErrorKind::TimedOut, 1, RunState::Cancelled)
    );
}

#[tokio::test]
async fn a_detached_run_goes_on_and_is_taken_up_again() {
    let place = Place::new(Script { queued: 50, ..priced() }, None);
    let options = Options::default();
    let detach = options.detach.clone();
    let mut events =
        place.engine.run(Statement::plain("SELECT 41 + 1 AS n"), options, CancellationToken::new());
    let id = contract::started(&mut events).await;
    detach.cancel();
    let error = last(&mut events).await;
    assert_eq!(
        (error.kind, place.counts().1, place.entry().state),
        (ErrorKind::Detached, 0, RunState::Detached)
    );
    assert!(error.hint.unwrap().contains(&id.0));

    let mut events = place.engine.attach(id, Options::default(), CancellationToken::new());
    let mut rows = 0;
    let stats = loop {
        match events.recv().await.expect("an end").unwrap() {
            RunEvent::Batch(batch) => rows += batch.num_rows(),
            RunEvent::Finished(stats) => break stats,
            _ => {}
        }
    };
    assert_eq!((rows, stats.rows, place.counts().0), (1, 1, 1));
    assert_eq!((place.entry().state, place.entry().rows), (RunState::Succeeded, Some(1)));

    let mut events =
        place.engine.attach(RunId("nobody".into()), Options::default(), CancellationToken::new());
    assert_eq!(last(&mut events).await.kind, ErrorKind::Missing);
}

#[tokio::test]
async fn a_run_that_ended_keeps_its_end_when_its_rows_are_gone() {
    let place = Place::new(priced(), None);
    let mut events =
        place.engine.run(Statement::plain("SELECT 1"), Options::default(), CancellationToken::new());
    while let Some(event) = events.recv().await {
        event.unwrap();
    }
    let before = place.entry();
    let another = fake::engine(super::engine(), priced(), place.ledger.clone(), None);
    let id = RunId(before.id.clone().unwrap());
    let mut events = another.attach(id, Options::default(), CancellationToken::new());
    assert_eq!(last(&mut events).await.kind, ErrorKind::Missing);
    assert_eq!(place.entry(), before);
}

#[tokio::test]
async fn polls_that_are_throttled_or_lost_go_on() {
    for kind in [ErrorKind::Throttled, ErrorKind::Unreachable] {
        let place = Place::new(Script { failing_polls: Some((4, kind)), ..Script::default() }, None);
        let mut events =
            place.engine.run(Statement::plain("SELECT 1"), Options::default(), CancellationToken::new());
        while let Some(event) = events.recv().await {
            event.unwrap();
        }
        assert_eq!((place.entry().state, place.counts()), (RunState::Succeeded, (1, 0)));
    }
}

#[tokio::test]
async fn phases_are_told_in_their_order() {
    let place = Place::new(Script { queued: 1, running: 1, ..Script::default() }, None);
    let mut events =
        place.engine.run(Statement::plain("SELECT 1"), Options::default(), CancellationToken::new());
    let mut phases = Vec::new();
    while let Some(event) = events.recv().await {
        if let RunEvent::Progress(progress) = event.unwrap() {
            phases.push(progress.phase);
        }
    }
    assert_eq!(phases, [Phase::Queued, Phase::Running, Phase::Fetching]);
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_stops_the_statement_before_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("file");
    std::fs::write(&occupied, b"").unwrap();
    let engine = fake::engine(super::engine(), Script::default(), Ledger::within(&occupied), None);
    let mut events = engine.run(Statement::plain("SELECT 1"), Options::default(), CancellationToken::new());
    let error = last(&mut events).await;
    assert_eq!((error.kind, engine.service().submitted.load(Ordering::SeqCst)), (ErrorKind::Io, 0));
}

/// The error with which a run ends.
async fn last(events: &mut saldo::engine::Events) -> saldo::engine::EngineError {
    while let Some(event) = events.recv().await {
        match event {
            Ok(RunEvent::Finished(_)) => panic!("it finished"),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
    panic!("no end is told")
}
