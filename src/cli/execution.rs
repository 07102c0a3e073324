//! One statement on its engine, from Ctrl-C to the last row.

mod said;

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use duckdb::arrow::datatypes::SchemaRef;
use tokio_util::sync::CancellationToken;

use self::said::{Line, marked, print_summary, say_landed, say_unloaded, spent};
use super::{Failure, NO_LAKE, place};
use crate::engine::threads::leave_at_once;
use crate::engine::{
    Engine, EngineError, ErrorKind, Events, Options, Phase, RunEvent, RunId, Stats, next_event,
};
use crate::export::sidecar::Origin;
use crate::export::{Writer, Written};
use crate::query::Statement;
use crate::results::{Keeper, Kept, Landed};

/// How long a cancelled query of the engine inside has to stop before the program leaves anyway.
const GRACE: Duration = Duration::from_secs(2);

/// Ctrl-C, from when it is listened for to the end of the program. All clones hear of one press.
#[derive(Clone)]
pub(super) struct Interrupt {
    pub(super) cancel: CancellationToken,
    runtime: tokio::runtime::Handle,
    /// What the engine elsewhere calls the run that is under way; empty while it has no name yet.
    run: Arc<Mutex<Option<String>>>,
}

impl Interrupt {
    /// Does something that engines run, until the person wants an end.
    pub(super) fn within<T>(&self, work: impl FnOnce(&CancellationToken) -> T) -> T {
        let _inside = self.runtime.enter();
        *held(&self.run) = Some(String::new());
        let done = work(&self.cancel);
        *held(&self.run) = None;
        done
    }

    /// As if Ctrl-C had come already, for what is to be stopped.
    pub(super) fn pressed(&self) -> Self {
        let cancel = CancellationToken::new();
        cancel.cancel();
        Self { cancel, ..self.clone() }
    }

    /// Listens for Ctrl-C. What runs in this program has [`GRACE`] to stop. What runs on a target has all the time that
    /// it needs: it costs until it has stopped. A second Ctrl-C leaves at once, and says what may go on.
    ///
    /// Rows are written on the thread that asks, which may block for as long as their reader likes, so this has its own.
    pub(super) fn listen(target: Option<&str>) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let interrupt =
            Self { cancel: CancellationToken::new(), runtime: runtime.handle().clone(), run: Arc::default() };
        let (pressed, run) = (interrupt.cancel.clone(), Arc::clone(&interrupt.run));
        let target = target.map(str::to_owned);
        thread::spawn(move || {
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_err() {
                    // Without a handler Ctrl-C ends the program as it always did.
                    return std::future::pending().await;
                }
                pressed.cancel();
                let Some(target) = target else {
                    tokio::select! {
                        _ = tokio::signal::ctrl_c() => {}
                        () = tokio::time::sleep(GRACE) => {}
                    }
                    leave_at_once(130)
                };
                let what = if held(&run).is_some() { format!(" the run on {target}") } else { String::new() };
                place::say(&format!("stopping{what}; Ctrl-C again leaves at once"));
                let _ = tokio::signal::ctrl_c().await;
                if let Some(id) = held(&run).as_deref().filter(|id| !id.is_empty()) {
                    place::say(&format!("error: left while {id} was being stopped: it may go on and cost"));
                    place::say(&format!("hint: `saldo runs stop {id} --target {target}`"));
                }
                leave_at_once(130)
            })
        });
        Ok(interrupt)
    }
}

fn held(run: &Mutex<Option<String>>) -> MutexGuard<'_, Option<String>> {
    run.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an engine is asked for.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Run(Statement),
    /// A run that goes on, or has ended, elsewhere.
    Attach(RunId),
}

/// What to add to a failure for a person who has no lake, or one that another version of this program made.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    pub(super) missing: Option<String>,
    pub(super) is_outdated: bool,
}

/// What was written of a result.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub(super) schema: Option<SchemaRef>,
    pub(super) written: Written,
    pub(super) stats: Stats,
    /// A limit ended it: there may be more rows.
    pub(super) stopped: bool,
}

/// One statement on its engine.
pub(super) struct Execution {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) work: Work,
    pub(super) options: Options,
    pub(super) about: About,
    pub(super) interrupt: Interrupt,
}

impl Execution {
    /// Streams the rows into the writer. What came before an error stays written; the exit code tells.
    ///
    /// With a keeper every row is read, however many are written: the engine has been paid for them.
    pub(super) fn rows<W: Write + Send>(
        &self,
        limit: Option<u64>,
        mut writer: Writer<W>,
        keeper: Option<Keeper>,
    ) -> Result<Printed, Failure> {
        let mut columns = None;
        let mut left = limit.unwrap_or(u64::MAX);
        let mut written = 0;
        let start = Instant::now();
        let mut stats = None;
        let mut keeping = Keeping { keeper, landed: None };
        // A reader that closed the pipe has what it wanted; the result is still to be kept.
        let mut closed = None;
        self.events(|event| {
            keeping.take(&event);
            match event {
                RunEvent::Started(_) | RunEvent::Progress(_) => return Ok(true),
                RunEvent::Finished(finished) => stats = Some(finished),
                RunEvent::Schema(schema) => {
                    closed = keeping.unless_kept(writer.start(&schema))?;
                    columns = Some(schema);
                }
                RunEvent::Batch(batch) => {
                    let rows = left.min(batch.num_rows() as u64);
                    if rows > 0 && closed.is_none() {
                        let whole = usize::try_from(rows).unwrap_or(batch.num_rows());
                        closed = keeping.unless_kept(writer.batch(&batch.slice(0, whole)))?;
                    }
                    (left, written) = (left - rows, written + rows);
                }
            }
            Ok(left > 0 || keeping.keeper.is_some())
        })?;
        match closed {
            None => writer.finish()?,
            Some(failure) if keeping.landed.is_none() => return Err(failure),
            Some(_) => {}
        }
        let stats = stats.unwrap_or(Stats { elapsed: start.elapsed(), rows: written, ..Stats::default() });
        let stopped = left == 0 && limit.is_some();
        print_summary(written, &stats, stopped);
        let notes = writer.notes();
        for note in &notes {
            place::say(&format!("note: {note}"));
        }
        if let Some(words) = spent(&stats) {
            place::say(&words);
        }
        say_unloaded(&stats);
        if let Some(landed) = &keeping.landed {
            say_landed(landed);
        }
        let written = Written { rows: written, notes };
        Ok(Printed { schema: columns, written, stats, stopped })
    }

    /// Where the rows come from.
    pub(super) fn origin(&self, target: &str) -> Origin {
        let mut origin =
            Origin { target: target.to_owned(), engine: self.engine.name().to_owned(), ..Origin::default() };
        if let Work::Run(statement) = &self.work {
            origin.sql = Some(statement.running().trim().to_owned());
            origin.values = statement.values.iter().cloned().map(|one| (one.name, one.text)).collect();
        }
        origin.read = Some(Utc::now());
        origin
    }

    /// Keeps the whole result.
    pub(super) fn keep(&self, mut keeper: Keeper) -> Result<Kept, Failure> {
        let (mut landed, mut stats) = (None, None);
        self.events(|event| {
            landed = keeper.take(&event)?;
            if let RunEvent::Finished(finished) = event {
                stats = Some(finished);
            }
            Ok(true)
        })?;
        if let Some(stats) = &stats {
            if let Some(words) = spent(stats) {
                place::say(&words);
            }
            say_unloaded(stats);
        }
        let landed = landed.ok_or_else(|| Failure::new(1, "the statement has no columns"))?;
        say_landed(&landed);
        Ok(landed.kept)
    }

    /// Hands on what a run yields, until there is no more or no more is wanted.
    pub(super) fn events(
        &self,
        mut take: impl FnMut(RunEvent) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut events = self.start();
        let read = self.read(&mut events, &mut take);
        self.end(events);
        read
    }

    /// Sends the statement and leaves it alone; gives what the engine calls the run.
    pub(super) fn detach(&self) -> Result<RunId, Failure> {
        self.options.detach.cancel();
        let mut events = self.start();
        let mut id = None;
        let left = loop {
            match (next_event(&mut events), &id) {
                (Ok(RunEvent::Started(run)), _) => id = Some(run),
                (Ok(RunEvent::Finished(_)), _) => break Ok(()),
                (Ok(_), _) => {}
                (Err(error), Some(_)) if error.kind == ErrorKind::Detached => break Ok(()),
                (Err(error), _) => break Err(self.located(error)),
            }
        };
        self.end(events);
        left.map(|()| id.unwrap_or_default())
    }

    /// Waits for the end, whatever the rows.
    pub(super) fn end_of(&self) -> Result<(), EngineError> {
        let mut events = self.start();
        let end = loop {
            match next_event(&mut events) {
                Ok(RunEvent::Finished(_)) => break Ok(()),
                Ok(_) => {}
                Err(error) => break Err(error),
            }
        };
        self.end(events);
        end
    }

    fn start(&self) -> Events {
        let _inside = self.interrupt.runtime.enter();
        let (options, cancel) = (self.options.clone(), self.interrupt.cancel.clone());
        *held(&self.interrupt.run) = Some(String::new());
        match &self.work {
            Work::Run(statement) => self.engine.run(statement.clone(), options, cancel),
            Work::Attach(id) => self.engine.attach(id.clone(), options, cancel),
        }
    }

    /// The program must not leave while the engine works: a reader that is gone stops it.
    fn end(&self, events: Events) {
        drop(events);
        self.engine.threads().wait();
        *held(&self.interrupt.run) = None;
    }

    fn read(
        &self,
        events: &mut Events,
        take: &mut impl FnMut(RunEvent) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut line = Line::default();
        loop {
            let event = next_event(events).inspect_err(|_| line.clear());
            let event = event.map_err(|error| self.located(error))?;
            match &event {
                RunEvent::Started(id) if !id.0.is_empty() => {
                    *held(&self.interrupt.run) = Some(id.0.clone());
                    line.is_wanted = io::stderr().is_terminal();
                }
                RunEvent::Progress(progress) => {
                    line.is_wanted |= progress.phase == Phase::Copying && io::stderr().is_terminal();
                    line.show(progress);
                }
                RunEvent::Schema(_) | RunEvent::Finished(_) => line.clear(),
                _ => {}
            }
            let is_last = matches!(event, RunEvent::Finished(_));
            if !take(event)? || is_last {
                return Ok(());
            }
        }
    }

    /// The failure with the place in the statement; of a name that is not there, also that there is no lake.
    fn located(&self, error: EngineError) -> Failure {
        if let (ErrorKind::Missing, Some(lake)) = (error.kind, &self.about.missing) {
            return Failure::new(1, format!("{}, and there is {lake}", error.message)).with_hint(NO_LAKE);
        }
        if let Some(words) = error.stats.as_deref().and_then(spent) {
            place::say(&words);
        }
        let place = match &self.work {
            Work::Run(statement) => error.position.and_then(|place| marked(&statement.text, place)),
            Work::Attach(_) => None,
        };
        // A name that this program's queries have may be missing in what an earlier one made.
        let is_of_names = matches!(error.kind, ErrorKind::Binding | ErrorKind::Missing);
        let (kind, was_asked_for) = (error.kind, self.interrupt.cancel.is_cancelled());
        let mut failure = Failure::from(error);
        match kind {
            // It could not be stopped, or not in time.
            ErrorKind::Detached if was_asked_for => failure.code = 130,
            // Somebody else stopped it, or a limit did.
            ErrorKind::Cancelled if !was_asked_for => failure.code = 1,
            _ => {}
        }
        if is_of_names && self.about.is_outdated {
            let hint = "another version of saldo made the tables: `saldo run` makes them anew".to_owned();
            failure.hint = Some(failure.hint.map_or(hint.clone(), |more| format!("{more}; {hint}")));
        }
        if let Some(place) = place {
            failure.message = format!("{} at {place}", failure.message);
        }
        failure
    }
}

/// What becomes of the result here. A disk that is full is told; the rows are well.
struct Keeping {
    keeper: Option<Keeper>,
    landed: Option<Landed>,
}

impl Keeping {
    fn take(&mut self, event: &RunEvent) {
        match self.keeper.as_mut().map(|keeper| keeper.take(event)) {
            None | Some(Ok(None)) => {}
            Some(Ok(landed)) => self.landed = landed,
            Some(Err(error)) => {
                place::say(&format!("warning: the result is not kept: {error}"));
                self.keeper = None;
            }
        }
    }

    /// A reader that is gone while the result is kept; any other failure at once.
    fn unless_kept(&self, written: io::Result<()>) -> Result<Option<Failure>, Failure> {
        match written {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.keeper.is_some() => {
                Ok(Some(error.into()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::duckdb::{DuckDb, Settings};
    use crate::engine::fake::{self, Script};
    use crate::export::{Bytes, Format};
    use crate::ledger::{Ledger, RunState};
    use crate::results::Results;
    use crate::target::Dollars;

    /// An engine elsewhere, its ledger and the results that are kept of it.
    struct Place {
        engine: Arc<dyn Engine>,
        ledger: Ledger,
        results: Results,
        _state: tempfile::TempDir,
    }

    impl Place {
        fn new(script: Script) -> Self {
            let state = tempfile::tempdir().unwrap();
            let ledger = Ledger::within(state.path());
            let engine = fake::engine(DuckDb::new(Settings::default()), script, ledger.clone(), None);
            let results = Results::within(state.path(), 1);
            Self { engine: Arc::new(engine), ledger, results, _state: state }
        }

        fn execution(&self, work: Work) -> Execution {
            let interrupt = Interrupt::listen(Some("fake")).unwrap();
            let (options, about) = (Options::default(), About::default());
            Execution { engine: Arc::clone(&self.engine), work, options, about, interrupt }
        }

        fn keeper(&self) -> Keeper {
            Keeper::new(self.results.clone(), "fake", &Statement::plain("SELECT 1"), None).unwrap()
        }

        fn state(&self) -> RunState {
            self.ledger.entries().unwrap()[0].state
        }
    }

    fn endless() -> Script {
        Script { queued: 1_000_000, ..Script::default() }
    }

    fn numbers() -> Work {
        Work::Run(Statement::plain("SELECT range AS n FROM range(5000)"))
    }

    /// So small that the fake's own engine does not wait for a reader.
    fn one() -> Work {
        Work::Run(Statement::plain("SELECT 1 AS n"))
    }

    /// A pipe whose reader has gone.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_paid_for_is_kept_whole_whatever_is_printed() {
        let place = Place::new(Script { bytes: 7, price: Some(Dollars::from_nano(1)), ..Script::default() });
        let mut out = Vec::new();
        let writer = Writer::new(Format::Csv, Bytes::Exact, &mut out);
        let printed = place.execution(numbers()).rows(Some(2), writer, Some(place.keeper())).unwrap();
        assert_eq!((printed.written.rows, printed.stopped), (2, true));
        assert_eq!(out, b"n\n0\n1\n");
        let kept = place.results.all().unwrap().remove(0);
        assert_eq!((kept.rows, kept.scanned, kept.nano_dollars), (5_000, Some(7), Some(1)));
        assert_eq!(place.ledger.entries().unwrap()[0].id, Some(kept.id));
        let closed = Writer::new(Format::Csv, Bytes::Exact, Closed);
        place.execution(numbers()).rows(None, closed, Some(place.keeper())).unwrap();
        assert_eq!(place.results.all().unwrap().iter().map(|kept| kept.rows).sum::<u64>(), 10_000);
        assert_eq!(place.state(), RunState::Succeeded);
    }

    #[test]
    fn a_run_that_is_left_alone_goes_on_and_is_taken_up_or_stopped() {
        let place = Place::new(Script { queued: 20, ..Script::default() });
        let id = place.execution(one()).detach().unwrap();
        assert_eq!(place.state(), RunState::Detached);
        let kept = place.execution(Work::Attach(id)).keep(place.keeper()).unwrap();
        assert_eq!((kept.rows, place.state()), (1, RunState::Succeeded));

        let place = Place::new(endless());
        let id = place.execution(one()).detach().unwrap();
        let stopping = place.execution(Work::Attach(id));
        stopping.interrupt.cancel.cancel();
        assert_eq!(stopping.end_of().unwrap_err().kind, ErrorKind::Cancelled);
        assert_eq!(place.state(), RunState::Cancelled);
    }

    #[test]
    fn ctrl_c_is_130_and_an_end_by_somebody_else_is_a_failure() {
        let place = Place::new(endless());
        let run = |refused| {
            let place = Place::new(Script { refused_stops: refused, ..endless() });
            let execution = place.execution(one());
            execution.interrupt.cancel.cancel();
            execution.keep(place.keeper()).unwrap_err()
        };
        let (stopped, refused) = (run(0), run(99));
        assert_eq!((stopped.code, refused.code), (130, 130));
        assert!(refused.hint.unwrap().contains("saldo runs attach"), "it may go on");
        let error = |kind| place.execution(one()).located(EngineError::new(kind, "x")).code;
        let codes =
            [ErrorKind::Cancelled, ErrorKind::Detached, ErrorKind::TimedOut, ErrorKind::Data].map(error);
        assert_eq!(codes, [1, 1, 1, 3]);
        assert!(place.results.all().unwrap().is_empty());
    }
}
