//! An engine for tests: DuckDB behind the road of the remote ones, with the delays, prices and faults of a script.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use duckdb::arrow::datatypes::SchemaRef;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::duckdb::DuckDb;
use super::remote::{Fetched, KnownRun, Remote, Service, Sink, Status};
use super::{
    Access, CatalogTable, Check, Engine, EngineError, ErrorKind, Estimate, Events, Options, Phase, Progress,
    RunEvent, RunId, Stats,
};
use crate::dialect::{Dialect, Names};
use crate::ledger::{Ledger, RunState};
use crate::query::{Rendered, Statement};
use crate::target::Dollars;

/// How the engine behaves.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Before a statement is accepted.
    pub delay: Duration,
    /// Polls that answer "queued", then polls that answer "running".
    pub queued: u32,
    pub running: u32,
    /// What every run scans, and its price for a terabyte.
    pub bytes: u64,
    pub price: Option<Dollars>,
    /// Requests to stop that fail; all of them where there are more than are tried.
    pub refused_stops: u32,
    /// Polls at the start that fail with this kind.
    pub failing_polls: Option<(u32, ErrorKind)>,
}

/// The service behind the fake.
pub struct Fake {
    local: DuckDb,
    script: Script,
    runs: Mutex<HashMap<String, FakeRun>>,
    /// Statements that were started, and requests to stop.
    pub submitted: AtomicU32,
    pub stops: AtomicU32,
}

struct FakeRun {
    statement: Statement,
    started: DateTime<Utc>,
    polls: u32,
    is_ready: bool,
    events: Option<Events>,
    cancel: CancellationToken,
}

/// An engine that behaves as the script says.
#[must_use]
pub fn engine(local: DuckDb, script: Script, ledger: Ledger, timeout: Option<Duration>) -> Remote<Fake> {
    let threads = local.threads().clone();
    let service = Fake {
        local,
        script,
        runs: Mutex::default(),
        submitted: AtomicU32::new(0),
        stops: AtomicU32::new(0),
    };
    Remote::new("fake".into(), "fake".into(), service, ledger, timeout, threads)
}

impl Fake {
    fn runs(&self) -> MutexGuard<'_, HashMap<String, FakeRun>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stats(&self) -> Stats {
        let bytes = self.script.bytes;
        let cost = self.script.price.map(|price| Dollars::of_bytes(bytes, price));
        Stats { bytes_scanned: Some(bytes), cost, ..Stats::default() }
    }

    /// Asks the engine inside on a thread: it waits, and a runtime must not.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&DuckDb) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let local = self.local.clone();
        let broken = |_| EngineError::new(ErrorKind::Other, "the fake broke");
        tokio::task::spawn_blocking(move || work(&local)).await.map_err(broken)?
    }
}

impl Service for Fake {
    const PACE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(4));

    fn dialect(&self) -> Dialect {
        Dialect::DuckDb
    }

    /// The engine inside writes it for itself, and leads places back.
    fn written(&self, statement: &Statement) -> Rendered {
        Statement::plain(&statement.text).render(Dialect::DuckDb, &Names::default())
    }

    /// The engine inside refuses.
    fn guard(&self, _: &Rendered, _: &Options) -> Result<(), EngineError> {
        Ok(())
    }

    async fn submit(
        &self,
        statement: &Statement,
        _: &Rendered,
        token: &str,
        _: &Options,
    ) -> Result<RunId, EngineError> {
        sleep(self.script.delay).await;
        let mut runs = self.runs();
        if !runs.contains_key(token) {
            self.submitted.fetch_add(1, Ordering::SeqCst);
            let cancel = CancellationToken::new();
            let events = self.local.run(statement.clone(), Access::ReadOnly.into(), cancel.clone());
            let run = FakeRun {
                statement: statement.clone(),
                started: Utc::now(),
                polls: 0,
                is_ready: false,
                events: Some(events),
                cancel,
            };
            runs.insert(token.to_owned(), run);
        }
        Ok(RunId(token.to_owned()))
    }

    async fn poll(&self, id: &RunId) -> Result<Status, EngineError> {
        let mut runs = self.runs();
        let missing = || EngineError::new(ErrorKind::Missing, format!("there is no run {}", id.0));
        let run = runs.get_mut(&id.0).ok_or_else(missing)?;
        // What is ready has ended: it cannot be stopped any more.
        if run.cancel.is_cancelled() && !run.is_ready {
            return Ok(Status::Stopped(self.stats(), None));
        }
        let at = run.polls;
        run.polls += 1;
        if let Some((_, kind)) = self.script.failing_polls.filter(|(polls, _)| at < *polls) {
            return Err(EngineError::new(kind, "the fake cannot be asked now"));
        }
        let phase = match at.checked_sub(self.script.queued) {
            None => Phase::Queued,
            Some(polls) if polls < self.script.running => Phase::Running,
            Some(_) => {
                run.is_ready = true;
                return Ok(Status::Ready);
            }
        };
        Ok(Status::Going(Progress { phase, percent: None, bytes: Some(self.script.bytes) }))
    }

    async fn stop(&self, id: &RunId) -> Result<(), EngineError> {
        if self.stops.fetch_add(1, Ordering::SeqCst) < self.script.refused_stops {
            return Err(EngineError::new(ErrorKind::Denied, "the fake does not stop"));
        }
        if let Some(run) = self.runs().get(&id.0) {
            run.cancel.cancel();
        }
        Ok(())
    }

    async fn spent(&self, _: &RunId) -> Option<Stats> {
        Some(self.stats())
    }

    async fn rows(&self, id: &RunId, sink: &mut Sink) -> Result<Fetched, EngineError> {
        let again = |run: &mut FakeRun| {
            let start = || self.local.run(run.statement.clone(), Access::ReadOnly.into(), run.cancel.clone());
            run.events.take().unwrap_or_else(start)
        };
        let events = self.runs().get_mut(&id.0).map(again);
        let mut events =
            events.ok_or_else(|| EngineError::new(ErrorKind::Missing, "there is no such run"))?;
        while let Some(event) = events.recv().await {
            match event? {
                RunEvent::Started(_) | RunEvent::Progress(_) => {}
                RunEvent::Schema(schema) => sink.schema(schema).await?,
                RunEvent::Batch(batch) => sink.batch(batch).await?,
                RunEvent::Finished(_) => return Ok(Fetched::Whole(self.stats())),
            }
        }
        Err(EngineError::new(ErrorKind::Other, "the rows broke off"))
    }

    async fn catalog(&self) -> Result<Vec<CatalogTable>, EngineError> {
        self.ask(|local| local.catalog(&CancellationToken::new())).await
    }

    async fn describe(&self, table: &str) -> Result<SchemaRef, EngineError> {
        // The engine inside knows names without their schema.
        let table = table.rsplit('.').next().unwrap_or(table).trim_matches('"').to_owned();
        self.ask(move |local| local.describe(&table, &CancellationToken::new())).await
    }

    async fn estimate(&self, _: &Statement) -> Result<Option<Estimate>, EngineError> {
        let bytes = self.script.bytes;
        let cost = self.script.price.map(|price| Dollars::of_bytes(bytes, price));
        Ok(Some(Estimate { bytes, cost, basis: "the script says so".into() }))
    }

    async fn runs(&self) -> Result<Vec<KnownRun>, EngineError> {
        let known = |(id, run): (&String, &FakeRun)| KnownRun {
            id: RunId(id.clone()),
            state: if run.cancel.is_cancelled() { RunState::Cancelled } else { RunState::Running },
            statement: run.statement.running().to_owned(),
            started: run.started,
            bytes_scanned: Some(self.script.bytes),
        };
        Ok(self.runs().iter().map(known).collect())
    }

    async fn checks(&self) -> Vec<Check> {
        vec![Check::of("fake", Ok("answers".into()))]
    }
}
