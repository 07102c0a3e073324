//! Performs effects: each becomes a thread whose events come back as messages.
//!
//! Every thread is known to the engine until it has ended, so that leaving waits for the last of them; one that
//! panics sends its error in words.

mod accounts;
mod arrange;
mod browse;
mod collect;
mod compare;
mod copy;
mod credit;
mod dictionary;
mod elsewhere;
mod export;
mod forecast;
mod history;
mod keep;
mod look;
mod money;
mod pivot;
mod plot;
mod statement;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc as channel};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::drafts::Drafts;
use super::effect::{Effect, RunOn};
use super::given;
use super::message::{Draft, JobEvent, JobId, KeptTable, Msg, Notice};
use crate::config::Config;
use crate::engine::duckdb::DuckDb;
use crate::engine::store::{ResultStore, Shared, lock};
use crate::engine::{Engine, EngineError, Options, RunId};
use crate::history::History;
use crate::ledger::Ledger;
use crate::query::{Chart, Statement};
use crate::results::{Keeper, Kept, Results};
use crate::target::{LOCAL, Target};
use collect::Collector;
use money::Budget;

pub use credit::Desk;
pub use forecast::{Forecasts, ModelPlace};

/// A job under way reports at most this often.
const REPORT_EVERY: Duration = Duration::from_millis(60);

/// What jobs are performed with.
pub struct Jobs {
    /// What reads tables and files in place.
    pub local: DuckDb,
    /// Engines of targets that were asked for something.
    engines: BTreeMap<String, Arc<dyn Engine>>,
    targets: BTreeMap<String, Target>,
    schemas: Vec<String>,
    ledger: Ledger,
    results: Results,
    history: History,
    /// The runs elsewhere that have not ended.
    elsewhere: Elsewhere,
    messages: UnboundedSender<Msg>,
    limits: Limits,
    pub forecasts: Forecasts,
    /// By what accounts are judged.
    pub desk: Desk,
    drafts: Drafts,
    /// Where it is kept what was given to queries; none where nothing is kept in mind.
    given: Option<PathBuf>,
    /// The jobs whose results are kept.
    kept: BTreeMap<JobId, Job>,
    /// Stops the export under way.
    export: CancellationToken,
    /// The arguments by which this program works on the same lake with the same settings.
    pub settings: Vec<OsString>,
    /// The person's own profiles of banks.
    banks: PathBuf,
    /// Stops taking a statement in.
    taking: CancellationToken,
    /// Stops what is worked out of a result.
    looking: CancellationToken,
    /// Stops what is worked on beside the result.
    beside: CancellationToken,
    /// Stops the credit check under way.
    credit: CancellationToken,
    /// Stops everything: the tokens of all jobs are its children.
    all: CancellationToken,
}

/// What a result may hold.
#[derive(Debug, Clone)]
struct Limits {
    /// Rows after which a stream pauses.
    hold_rows: u64,
    /// Bytes of a result kept in memory.
    window_bytes: usize,
    cache: PathBuf,
}

impl Limits {
    /// Where results spill.
    fn spill(&self) -> PathBuf {
        self.cache.join("spill")
    }
}

/// A job whose result is kept.
struct Job {
    cancel: CancellationToken,
    detach: CancellationToken,
    control: channel::Sender<Control>,
    store: Store,
}

type Store = Shared;

/// What a collector is told.
enum Control {
    More(u64),
    Stop,
}

impl Jobs {
    /// Jobs that send what happens as messages.
    #[must_use]
    pub fn new(local: DuckDb, messages: UnboundedSender<Msg>, config: &Config, drafts: Drafts) -> Self {
        let all = CancellationToken::new();
        Self {
            local,
            engines: BTreeMap::new(),
            targets: config.targets.clone(),
            schemas: config.schemas(),
            ledger: Ledger::within(&config.state),
            results: Results::within(&config.state, config.results_mib),
            history: History::within(&config.state, config.history),
            elsewhere: Elsewhere::default(),
            messages,
            limits: Limits {
                hold_rows: config.hold_rows,
                window_bytes: config.window_mib << 20,
                cache: config.cache.clone(),
            },
            forecasts: Forecasts::default(),
            desk: Desk::new(config),
            drafts,
            given: config.history.then(|| config.state.clone()),
            kept: BTreeMap::new(),
            export: CancellationToken::new(),
            settings: Vec::new(),
            banks: config.banks.clone(),
            taking: all.child_token(),
            looking: all.child_token(),
            beside: all.child_token(),
            credit: all.child_token(),
            all,
        }
    }

    /// Starts what an effect asks for. [`Effect::Quit`], [`Effect::Copy`], [`Effect::Theme`], [`Effect::SaveKeys`],
    /// [`Effect::Suspend`], [`Effect::EditOutside`] and [`Effect::Reload`] are the loop's own.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Run { job, statement, chart, on } => self.run(job, statement, chart, on),
            Effect::Attach { job, target, run, statement, started } => {
                self.attach(job, target, run, (statement, started));
            }
            Effect::StopRun { target, run } => self.stop_run(target, run),
            Effect::Detach { job } => self.detach(job),
            Effect::OpenRuns => self.open_runs(),
            Effect::Runs { target } => self.runs(target),
            Effect::Catalog { target } => self.catalog(target),
            Effect::Browse { job, table } => self.browse(job, table),
            Effect::Describe { target, table, name } => self.describe(target, table, name),
            Effect::Forecast(request) => self.forecast(*request),
            Effect::Credit(request) => self.credit(request),
            Effect::PrepareCredit(request) => self.prepare_credit(request),
            Effect::CreditPage(cards) => self.credit_page(cards),
            Effect::Show { job, rows } => self.show(job, rows),
            Effect::Accounts => self.accounts(),
            Effect::Currencies => self.currencies(),
            Effect::KeepValues { query, values } => self.keep_values(query, values),
            Effect::Dictionary => self.dictionary(),
            Effect::Lake => self.lake(),
            Effect::Close { job } => {
                if let Some(job) = self.kept.remove(&job) {
                    job.stop();
                }
            }
            Effect::Cancel { job } => self.cancel(job),
            Effect::CancelBeside => {
                self.beside.cancel();
                self.forecasts.stop();
                self.beside = self.all.child_token();
            }
            Effect::More { job, rows } => {
                if let Some(job) = self.kept.get(&job) {
                    let _ = job.control.send(Control::More(rows));
                }
            }
            Effect::Arrange { job, of, arrangement, chart } => self.arrange(job, of, arrangement, chart),
            Effect::Look { job, look } => self.look(job, look),
            Effect::StopLook => self.stop_look(),
            Effect::Fetch { job, first, rows } => {
                self.read(job, move |store, cancel| store.view(first, rows, cancel).map(JobEvent::Window));
            }
            Effect::Plot { job, plot } => self.plot(job, plot),
            Effect::FetchWhole { job, row, column } => {
                self.read(job, move |store, cancel| {
                    store.window(row, 1, cancel).map(|window| JobEvent::Whole(window, column))
                });
            }
            Effect::Save(buffers) => self.save(&buffers),
            other => self.take_out(other),
        }
    }

    fn save(&mut self, buffers: &[Draft]) {
        let saved = self.drafts.save(buffers).map_err(|error| error.to_string());
        self.send(Msg::Saved(saved));
    }

    /// Values that cannot be kept are the defaults again at the next start, with a word now.
    fn keep_values(&self, query: String, values: BTreeMap<String, String>) {
        let Some(state) = self.given.clone() else { return };
        self.start(bad, move |send| {
            if let Err(error) = given::keep(&state, &query, &values) {
                let text = format!("what was given cannot be kept for the next start: {error}");
                send(Msg::Notice(Notice { text, bad: true }));
            }
        });
    }

    fn cancel(&mut self, job: JobId) {
        if let Some(job) = self.kept.get_mut(&job) {
            job.stop();
            // What is read of the result from now on is asked for anew.
            job.cancel = self.all.child_token();
        }
    }

    /// What leaves a result, or is kept of one.
    fn take_out(&mut self, effect: Effect) {
        match effect {
            Effect::CopyToFile { what, text } => self.copy_to_file(what, text),
            Effect::CopyAs { block, format, what, table } => {
                self.copy_as(copy::Order { block, format, what, table });
            }
            Effect::Remember(entry) => self.remember(*entry),
            Effect::History => self.send_history(),
            Effect::Pin { id, pinned } => self.pin(id, pinned),
            Effect::Keep { job, name, origin } => self.keep_result(job, name, *origin),
            Effect::Rename { job, from, to } => self.rename_result(job, &from, &to),
            Effect::Compare { job, comparing } => self.compare(job, comparing),
            Effect::Pivot { job, of, pivot } => self.pivot(job, of, pivot),
            Effect::Export(export) => self.export(export),
            Effect::CancelExport => self.export.cancel(),
            Effect::ListFolder(folder) => self.folder(folder),
            Effect::LookAt(request) => self.look_at(request),
            Effect::TakeIn(request) => self.take_in(&request),
            Effect::StopTakingIn => self.taking.cancel(),
            // The loop's own.
            _ => {}
        }
    }

    fn detach(&self, job: JobId) {
        if let Some(job) = self.kept.get(&job) {
            job.detach.cancel();
            // One that pauses reads on to what the engine says in the end.
            let _ = job.control.send(Control::More(u64::MAX));
        }
    }

    /// Stops everything that runs, and waits until no thread is left in the engine.
    pub async fn shut_down(&mut self) {
        self.all.cancel();
        self.export.cancel();
        self.forecasts.stop();
        self.kept.values().for_each(Job::stop);
        self.local.threads().ended().await;
    }

    fn send(&self, msg: Msg) {
        // The loop may be gone already; then nobody waits for it.
        let _ = self.messages.send(msg);
    }

    /// Does work on a thread of its own; `failed` makes a message of a fault in it.
    fn start(
        &self,
        failed: impl FnOnce(EngineError) -> Msg + Send + 'static,
        work: impl FnOnce(&dyn Fn(Msg)) + Send + 'static,
    ) {
        let (messages, after) = (self.messages.clone(), self.messages.clone());
        let send = move |msg| drop(messages.send(msg));
        self.local.threads().start(move || work(&send), move |error| drop(after.send(failed(error))));
    }

    fn begin(&mut self, id: JobId) -> (channel::Receiver<Control>, Store, CancellationToken) {
        self.spill_the_others();
        let (control, orders) = channel::channel();
        let (store, cancel) = (Store::default(), self.all.child_token());
        let job = Job { cancel: cancel.clone(), detach: CancellationToken::new(), control, store };
        let store = Arc::clone(&job.store);
        self.kept.insert(id, job);
        (orders, store, cancel)
    }

    /// The results that are not on screen share the memory of one.
    fn spill_the_others(&self) {
        let stores: Vec<_> = self.kept.values().map(|job| Arc::clone(&job.store)).collect();
        let budget = self.limits.window_bytes / stores.len().max(1);
        self.start(bad, move |send| {
            for store in stores {
                if let Some(ResultStore::Streamed(streamed)) = &mut *lock(&store)
                    && let Err(error) = streamed.limit(budget)
                {
                    send(bad(error));
                }
            }
        });
    }

    fn run(&mut self, id: JobId, statement: Statement, chart: Option<Chart>, on: RunOn) {
        let failed = move |error| Msg::Job(id, JobEvent::Failed(error));
        let engine = match self.engine(&on.target) {
            Ok(engine) => engine,
            Err(error) => return self.send(failed(error)),
        };
        let budget = self.targets.get(&on.target).filter(|_| !on.approved);
        let budget = budget.and_then(|target| Budget::of(&on.target, target, &self.ledger));
        let options = Options { access: on.access, is_watched: true, reuse: on.reuse, ..Options::default() };
        // What is one file is not copied; a chart that was asked for is of every row.
        let in_place = (on.target == LOCAL && chart.is_none()).then(|| (self.local.clone(), Instant::now()));
        let keeps = (on.target != LOCAL).then(|| (self.results.clone(), on.target.clone()));
        let (collector, options, cancel) = self.begin_elsewhere(id, on.target, options);
        let store = self.kept.get(&id).map(|job| Arc::clone(&job.store)).unwrap_or_default();
        self.start(failed, move |send| {
            if let Some((engine, start)) = in_place
                && let Some(pager) = engine.in_place(&statement)
            {
                return browse::page(pager, start, &store, &cancel, &|event| send(Msg::Job(id, event)));
            }
            let asked = budget.map_or(Ok(None), |budget| budget.question(&*engine, &statement, &cancel));
            match asked {
                Ok(None) => {
                    let keeper = keeps
                        .and_then(|(results, target)| Keeper::new(results, &target, &statement, None).ok());
                    let events = engine.run(statement, options, cancel);
                    collector.keeping(keeper).collect(events, chart);
                }
                Ok(Some(question)) => send(Msg::Job(id, JobEvent::Ask(question))),
                Err(error) => collector.fail(error),
            }
        });
    }

    /// Makes a job of a run on a target.
    fn begin_elsewhere(
        &mut self,
        id: JobId,
        target: String,
        options: Options,
    ) -> (Collector, Options, CancellationToken) {
        let (orders, store, cancel) = self.begin(id);
        if let Some(job) = self.kept.get_mut(&id) {
            job.detach = options.detach.clone();
        }
        (Collector::new(self, (id, target), store, orders, cancel.clone()), options, cancel)
    }

    /// The runs that may go on elsewhere when the program ends now: their targets and what those call them.
    #[must_use]
    pub fn elsewhere(&self) -> Elsewhere {
        self.elsewhere.clone()
    }
}

/// The runs elsewhere that have not ended.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere(Arc<Mutex<BTreeMap<JobId, (String, RunId)>>>);

impl Elsewhere {
    fn all(&self) -> MutexGuard<'_, BTreeMap<JobId, (String, RunId)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `the run X on T`, each.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.all().values().map(|(target, run)| format!("the run {} on {target}", run.0)).collect()
    }
}

impl Job {
    fn stop(&self) {
        self.cancel.cancel();
        let _ = self.control.send(Control::Stop);
    }
}

/// A kept result as the tree shows it.
#[must_use]
pub fn kept_table(kept: &Kept) -> KeptTable {
    KeptTable { name: format!("results.{}", kept.name), rows: kept.rows }
}

fn bad(error: EngineError) -> Msg {
    Msg::Notice(Notice { text: error.message, bad: true })
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Bytes of memory that this program holds now; 0 where the system does not tell.
fn memory() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}
