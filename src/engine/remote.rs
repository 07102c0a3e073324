//! What all engines elsewhere have in common: the road of a run from the statement to its last row.
//!
//! ```text
//! ledger ─► submit ─► poll … poll ─► rows ─► ledger      one thread a run, on one runtime for the engine
//!                └─ cancel, time-out, reader gone ─► stop ─► poll until it has ended
//!                └─ detach ─► ledger
//! ```
//! A [`Service`] knows how one engine is asked; [`Remote`] makes an engine of it, so that cancelling, waiting and the
//! ledger are the same for all.

mod known;
mod run;

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::known::KnownRun;
use self::run::{Run, Work};
use super::threads::Threads;
use super::{
    CatalogTable, Check, Engine, EngineError, ErrorKind, Estimate, Events, Options, Progress, RunEvent,
    RunId, Stats, guard,
};
use crate::dialect::Dialect;
use crate::ledger::{Entry, Ledger};
use crate::query::{Rendered, Statement};

/// Batches that wait for a reader before the engine pauses.
const QUEUE: usize = 4;

/// How one engine is asked. A future that is dropped has no effect afterwards.
pub trait Service: Send + Sync + 'static {
    /// How long to wait before the first poll, and at most before a later one.
    const PACE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

    /// How long a run that nobody asks about is kept, where that is short: the end of a sentence.
    const KEPT: &'static str = "";

    /// The SQL that the engine speaks.
    fn dialect(&self) -> Dialect;

    /// A statement as it is sent; places of errors are led back from it to the text that the person sees.
    fn written(&self, statement: &Statement) -> Rendered;

    /// Refuses what may not run there: what is judged is what will be sent.
    ///
    /// # Errors
    /// The refusal.
    fn guard(&self, sent: &Rendered, options: &Options) -> Result<(), EngineError> {
        guard::check(self.dialect(), &sent.sql, options.access)
    }

    /// Gets ready what a request needs, as a secret that a program prints, or a way to the server. It may be given up at
    /// any time: nothing is sent.
    fn prepare(&self) -> impl Future<Output = Result<(), EngineError>> + Send {
        async { Ok(()) }
    }

    /// Sends a statement, which is written as [`Service::written`] gave it; the same token never starts a second run.
    fn submit(
        &self,
        statement: &Statement,
        sent: &Rendered,
        token: &str,
        options: &Options,
    ) -> impl Future<Output = Result<RunId, EngineError>> + Send;

    /// How far a run is.
    fn poll(&self, id: &RunId) -> impl Future<Output = Result<Status, EngineError>> + Send;

    /// Where a run is to be asked next, for a service that moves it on with each answer. The ledger keeps it, since who
    /// knows it gets the rows; it is shown nowhere.
    fn cursor(&self, _: &RunId) -> Option<String> {
        None
    }

    /// Takes up a run that this program did not begin, at the cursor that the ledger kept.
    fn resume(&self, _: &RunId, _cursor: Option<&str>) {}

    /// Tells a run to stop.
    fn stop(&self, id: &RunId) -> impl Future<Output = Result<(), EngineError>> + Send;

    /// What a run that has ended took, where the engine tells it without the rows.
    fn spent(&self, _: &RunId) -> impl Future<Output = Option<Stats>> + Send {
        async { None }
    }

    /// Hands on the columns and rows of a run that is ready, and tells what it took; elapsed time and rows are counted
    /// by the caller.
    fn rows(&self, id: &RunId, sink: &mut Sink) -> impl Future<Output = Result<Fetched, EngineError>> + Send;

    /// Sends the statement of [`Fetched::Empty`] where the run that has no rows was sent; as [`Service::submit`].
    fn submit_like(
        &self,
        _run: &RunId,
        _sql: &str,
        _token: &str,
    ) -> impl Future<Output = Result<RunId, EngineError>> + Send {
        async { Err(EngineError::new(ErrorKind::Other, "the engine tells the columns of each run")) }
    }

    /// As [`Engine::catalog`].
    fn catalog(&self) -> impl Future<Output = Result<Vec<CatalogTable>, EngineError>> + Send;

    /// As [`Engine::describe`].
    fn describe(&self, table: &str) -> impl Future<Output = Result<SchemaRef, EngineError>> + Send;

    /// As [`Engine::estimate`].
    fn estimate(
        &self,
        statement: &Statement,
    ) -> impl Future<Output = Result<Option<Estimate>, EngineError>> + Send;

    /// What the engine itself knows to run or to have run lately.
    fn runs(&self) -> impl Future<Output = Result<Vec<KnownRun>, EngineError>> + Send;

    /// As [`Engine::checks`].
    fn checks(&self) -> impl Future<Output = Vec<Check>> + Send;
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    Going(Progress),
    /// Its rows can be fetched.
    Ready,
    /// It was stopped; by whom and why, where the engine says.
    Stopped(Stats, Option<String>),
    Failed(EngineError),
}

/// What came of a run that was ready.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched {
    /// Its columns and all its rows.
    Whole(Stats),
    /// It has no rows, and nothing tells its columns but a run of another statement, which reads no data.
    Empty(Stats, String),
}

/// Where the rows of a run go.
pub struct Sink {
    events: mpsc::Sender<Result<RunEvent, EngineError>>,
    rows: u64,
}

impl Sink {
    /// Hands on the columns.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub async fn schema(&mut self, schema: SchemaRef) -> Result<(), EngineError> {
        self.send(RunEvent::Schema(schema)).await
    }

    /// Hands on some rows; waits while nobody takes them.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub async fn batch(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        self.rows += batch.num_rows() as u64;
        self.send(RunEvent::Batch(batch)).await
    }

    /// Says how far it is, where somebody has time to hear it.
    pub fn progress(&self, progress: Progress) {
        let _ = self.events.try_send(Ok(RunEvent::Progress(progress)));
    }

    async fn send(&self, event: RunEvent) -> Result<(), EngineError> {
        self.events.send(Ok(event)).await.map_err(|_| EngineError::cancelled())
    }
}

/// An engine elsewhere.
pub struct Remote<S> {
    name: String,
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    target: String,
    service: S,
    ledger: Ledger,
    timeout: Option<Duration>,
    threads: Threads,
    runtime: OnceLock<Runtime>,
}

/// A runtime that is dropped where another one works must not wait.
impl<S> Drop for Shared<S> {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl<S: Service> Remote<S> {
    /// An engine that asks nobody yet; `name` is for the status line, `target` for the ledger.
    #[must_use]
    pub fn new(
        name: String,
        target: String,
        service: S,
        ledger: Ledger,
        timeout: Option<Duration>,
        threads: Threads,
    ) -> Self {
        let runtime = OnceLock::new();
        Self { name, shared: Arc::new(Shared { target, service, ledger, timeout, threads, runtime }) }
    }

    /// What asks the engine.
    #[must_use]
    pub fn service(&self) -> &S {
        &self.shared.service
    }

    fn begin(&self, work: Work, options: Options, cancel: CancellationToken) -> Events {
        let (events, receiver) = mpsc::channel(QUEUE);
        let (shared, after) = (Arc::clone(&self.shared), events.clone());
        self.shared.threads.start(
            move || {
                let runtime = match shared.runtime() {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(events.blocking_send(Err(error))),
                };
                runtime.block_on(async {
                    let deadline = shared.timeout.map(|timeout| Instant::now() + timeout);
                    let sink = Sink { events: events.clone(), rows: 0 };
                    let run = Run { shared: &shared, options, cancel, deadline, start: Instant::now(), sink };
                    let last = run.work(work).await.map(RunEvent::Finished);
                    let _ = events.send(last).await;
                });
            },
            move |error| drop(after.try_send(Err(error))),
        );
        receiver
    }

    fn wait<T>(
        &self,
        cancel: &CancellationToken,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        self.shared.runtime()?.block_on(async {
            tokio::select! {
                done = work => done,
                () = cancel.cancelled() => Err(EngineError::cancelled()),
            }
        })
    }
}

impl<S: Service> Engine for Remote<S> {
    fn name(&self) -> &str {
        &self.name
    }

    fn dialect(&self) -> Dialect {
        self.service().dialect()
    }

    fn run(&self, statement: Statement, options: Options, cancel: CancellationToken) -> Events {
        self.begin(Work::New(statement), options, cancel)
    }

    fn attach(&self, id: RunId, options: Options, cancel: CancellationToken) -> Events {
        self.begin(Work::Known(id), options, cancel)
    }

    fn catalog(&self, cancel: &CancellationToken) -> Result<Vec<CatalogTable>, EngineError> {
        self.wait(cancel, self.service().catalog())
    }

    fn describe(&self, table: &str, cancel: &CancellationToken) -> Result<SchemaRef, EngineError> {
        self.wait(cancel, self.service().describe(table))
    }

    fn estimate(
        &self,
        statement: &Statement,
        cancel: &CancellationToken,
    ) -> Result<Option<Estimate>, EngineError> {
        self.wait(cancel, self.service().estimate(statement))
    }

    fn runs(&self, cancel: &CancellationToken) -> Result<Vec<Entry>, EngineError> {
        let known = self.wait(cancel, self.service().runs())?;
        let entries = self.shared.ledger.entries().map_err(|error| {
            let path = self.shared.ledger.path().display();
            EngineError::new(ErrorKind::Io, format!("{path} cannot be read: {error}"))
        })?;
        Ok(known::merged(entries, known, &self.shared.target))
    }

    fn checks(&self, cancel: &CancellationToken) -> Vec<Check> {
        let found = self.wait(cancel, async { Ok(self.service().checks().await) });
        found.unwrap_or_else(|error| vec![Check::of("saldo itself", Err(error))])
    }

    fn threads(&self) -> &Threads {
        &self.shared.threads
    }
}

impl<S> Shared<S> {
    fn runtime(&self) -> Result<&Runtime, EngineError> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let made = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let made =
            made.map_err(|error| EngineError::new(ErrorKind::Other, format!("no event loop: {error}")))?;
        Ok(self.runtime.get_or_init(|| made))
    }
}
