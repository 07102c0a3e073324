//! Engines of targets: connected when they are first asked, their tables, the runs that the ledger knows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use tokio_util::sync::CancellationToken;

use super::{Jobs, bad};
use crate::disk;
use crate::engine::{self, Engine, EngineError, ErrorKind, Options, RunId, Surroundings};
use crate::explorer::message::{Catalog, CatalogEvent, JobEvent, JobId, Msg, Notice, Runs, Show};
use crate::lake::TABLES;
use crate::ledger::{Entry, Kind, Ledger, cost};
use crate::query::Statement;
use crate::results::Keeper;
use crate::target::{Dollars, LOCAL};

/// How long a target may be silent before that is said.
const SLOW: Duration = Duration::from_millis(2_500);
/// The newest runs that are listed.
const LISTED: usize = 200;

impl Jobs {
    /// Takes an engine for a target, in place of the one that its settings name.
    pub fn offer(&mut self, target: &str, engine: Arc<dyn Engine>) {
        self.engines.insert(target.to_owned(), engine);
    }

    /// The engine of a target. Nobody is asked yet.
    pub(super) fn engine(&mut self, target: &str) -> Result<Arc<dyn Engine>, EngineError> {
        if target == LOCAL {
            return Ok(Arc::new(self.local.clone()));
        }
        if let Some(engine) = self.engines.get(target) {
            return Ok(Arc::clone(engine));
        }
        let missing = || EngineError::new(ErrorKind::Missing, format!("there is no target {target}"));
        let settings = self.targets.get(target).ok_or_else(missing)?;
        let around = Surroundings {
            ledger: self.ledger.clone(),
            threads: self.local.threads().clone(),
            schemas: self.schemas.clone(),
            tables: TABLES.map(str::to_owned).into(),
        };
        let engine = engine::connect(target, settings, &around)?;
        self.engines.insert(target.to_owned(), Arc::clone(&engine));
        Ok(engine)
    }

    /// Tells the tables of a target: at once those of the last time, then those that it has now.
    pub(super) fn catalog(&mut self, target: String) {
        let engine = match self.engine(&target) {
            Ok(engine) => engine,
            Err(error) => return self.send(Msg::Catalog(target, CatalogEvent::Failed(error))),
        };
        let (cancel, path) = (self.beside.clone(), kept_catalog(&self.limits.cache, &target));
        let done = self.watch(Msg::Catalog(target.clone(), CatalogEvent::Slow));
        let of = target.clone();
        let failed = move |error| Msg::Catalog(of, CatalogEvent::Failed(error));
        self.start(failed, move |send| {
            let tell = |event| send(Msg::Catalog(target.clone(), event));
            let kept = path.as_ref().and_then(|path| fs::read(path).ok());
            if let Some(catalog) = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                tell(CatalogEvent::Kept(catalog));
            }
            let found = engine.catalog(&cancel);
            done.cancel();
            match found {
                Ok(tables) => {
                    let catalog = Catalog { tables, read: Local::now() };
                    keep(path.as_deref(), &catalog);
                    tell(CatalogEvent::Read(catalog));
                }
                Err(error) => tell(CatalogEvent::Failed(error)),
            }
        });
    }

    /// Sends a message when the token is not cancelled soon.
    fn watch(&self, msg: Msg) -> CancellationToken {
        let done = CancellationToken::new();
        let (ended, messages) = (done.clone(), self.messages.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = ended.cancelled() => {}
                () = tokio::time::sleep(SLOW) => drop(messages.send(msg)),
            }
        });
        done
    }

    /// Tells the columns of a table of a target.
    pub(super) fn describe(&mut self, target: String, table: String, name: String) {
        let engine = match self.engine(&target) {
            Ok(engine) => engine,
            Err(error) => return self.send(bad(error)),
        };
        let cancel = self.beside.clone();
        self.start(bad, move |send| {
            send(match engine.describe(&name, &cancel) {
                Ok(schema) => Msg::Described { target, table, schema },
                Err(error) => bad(error),
            });
        });
    }

    /// Tells what was not seen to end.
    pub(super) fn open_runs(&self) {
        let ledger = self.ledger.clone();
        self.start(bad, move |send| send(listed(&ledger, Show::Notice, String::new(), None)));
    }

    /// Tells what the ledger knows, at once, and then what a target itself knows beside it.
    pub(super) fn runs(&mut self, target: String) {
        let ledger = self.ledger.clone();
        if target == LOCAL {
            return self.start(bad, move |send| send(listed(&ledger, Show::List, String::new(), None)));
        }
        let engine = self.engine(&target);
        let cancel = self.beside.clone();
        self.start(bad, move |send| {
            send(listed(&ledger, Show::List, format!("asking {target} for its own"), None));
            send(with_own(&ledger, &target, engine.and_then(|engine| engine.runs(&cancel))));
        });
    }

    /// Takes up a run that goes on, or has ended, elsewhere.
    pub(super) fn attach(
        &mut self,
        id: JobId,
        target: String,
        run: String,
        (statement, started): (String, DateTime<Utc>),
    ) {
        let engine = match self.engine(&target) {
            Ok(engine) => engine,
            Err(error) => return self.send(Msg::Job(id, JobEvent::Failed(error))),
        };
        let (results, of) = (self.results.clone(), target.clone());
        let (collector, options, cancel) = self.begin_elsewhere(id, target, Options::default());
        self.start(
            move |error| Msg::Job(id, JobEvent::Failed(error)),
            move |_| {
                let kept = results.all().unwrap_or_default();
                let is_kept = kept.iter().any(|kept| kept.target == of && kept.id == run);
                let statement = Statement::plain(&statement);
                let keeper = Keeper::new(results, &of, &statement, None).ok().filter(|_| !is_kept);
                let keeper = keeper.map(|keeper| keeper.begun(started));
                collector.keeping(keeper).collect(engine.attach(RunId(run), options, cancel), None);
            },
        );
    }

    /// Stops a run whose rows nobody waits for.
    pub(super) fn stop_run(&mut self, target: String, run: String) {
        let engine = match self.engine(&target) {
            Ok(engine) => engine,
            Err(error) => return self.send(bad(error)),
        };
        let (ledger, cancel, all) = (self.ledger.clone(), self.all.child_token(), self.all.clone());
        cancel.cancel();
        self.start(bad, move |send| {
            let mut events = engine.attach(RunId(run.clone()), Options::default(), cancel);
            let mut last = None;
            while let Some(event) = events.blocking_recv() {
                last = event.err();
            }
            send(Msg::Notice(match last {
                Some(error) if error.kind != ErrorKind::Cancelled => {
                    Notice { text: error.message, bad: true }
                }
                _ => Notice { text: format!("the run {run} has ended"), bad: false },
            }));
            send(with_own(&ledger, &target, engine.runs(&all)));
        });
    }
}

/// The runs once more, after a target was asked for its own.
fn with_own(ledger: &Ledger, target: &str, known: Result<Vec<Entry>, EngineError>) -> Msg {
    match known {
        Ok(known) => listed(ledger, Show::Again, String::new(), Some((target, known))),
        Err(error) => listed(
            ledger,
            Show::Again,
            format!("of {target} only what is known here: {}", error.message),
            None,
        ),
    }
}

/// The ledger's runs, newest first; those of a target as it knows them itself.
fn listed(ledger: &Ledger, show: Show, note: String, known: Option<(&str, Vec<Entry>)>) -> Msg {
    let mut entries = match ledger.entries() {
        Ok(entries) => entries,
        Err(error) => {
            let text = format!("{} cannot be read: {error}", ledger.path().display());
            return Msg::Notice(Notice { text, bad: true });
        }
    };
    let today = Utc::now().date_naive().to_string();
    let (days, all) = cost::sums(&entries, cost::By::Day);
    let of_day = days.iter().find(|sum| sum.of == today).and_then(|sum| sum.nano_dollars);
    let [today, total] = [of_day, all.nano_dollars].map(|nano| Dollars::from_nano(nano.unwrap_or(0)));
    if let Some((target, known)) = known {
        entries.retain(|entry| entry.target != target);
        entries.extend(known);
    }
    // A job has no rows to take up, and `saldo submit` goes on with it.
    entries.retain(|entry| entry.kind != Kind::Job);
    entries.sort_by(|a, b| (b.started, &b.run).cmp(&(a.started, &a.run)));
    // What may go on is never left out of the list.
    let mut count = 0;
    entries.retain(|entry| {
        count += 1;
        count <= LISTED || !entry.state.is_final()
    });
    Msg::Runs(Runs { entries, today, total, unpriced: all.unknown, show, note })
}

/// Where the tables of a target are kept for the next start; nothing for a name that is no file's.
fn kept_catalog(cache: &Path, target: &str) -> Option<PathBuf> {
    let plain = target.chars().all(|mark| mark.is_ascii_alphanumeric() || "-_".contains(mark));
    plain.then(|| cache.join("catalogs").join(format!("{target}.json")))
}

/// A cache that cannot be written costs the next start a question.
fn keep(path: Option<&Path>, catalog: &Catalog) {
    if let Some(path) = path
        && let Some(folder) = path.parent()
        && let Ok(text) = serde_json::to_vec(catalog)
    {
        let _ = fs::create_dir_all(folder).and_then(|()| disk::write(path, &text));
    }
}
