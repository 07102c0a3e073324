//! One run on an engine elsewhere, from its statement or its name to its last row.

use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use chrono::Utc;
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Fetched, Service, Shared, Sink, Status};
use crate::engine::{EngineError, ErrorKind, Options, Phase, Position, Progress, RunEvent, RunId, Stats};
use crate::ledger::{Entry, RunState};
use crate::pause::Pauses;
use crate::query::{Rendered, Statement};
use crate::target::Dollars;

/// Requests to stop a run before it is said that it cannot be stopped.
const STOPS: u32 = 5;
/// A run that was told to stop has so long to say that it has.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// While a statement is on its way, whoever waits hears of it so often.
const REPORT_EVERY: Duration = Duration::from_millis(250);
/// An engine that cannot be reached for so long is given up; the run goes on there.
const LINK_PATIENCE: Duration = Duration::from_mins(1);

/// What a run begins with.
pub(super) enum Work {
    New(Statement),
    Known(RunId),
}

/// Why a run is not waited for any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Stop,
    TimeOut,
    Detach,
}

/// One run under way.
pub(super) struct Run<'a, S> {
    pub(super) shared: &'a Shared<S>,
    pub(super) options: Options,
    pub(super) cancel: CancellationToken,
    pub(super) deadline: Option<Instant>,
    pub(super) start: Instant,
    pub(super) sink: Sink,
}

impl<S: Service> Run<'_, S> {
    /// The whole road, with the place of an error in the text that the person sees.
    pub(super) async fn work(self, work: Work) -> Result<Stats, EngineError> {
        match work {
            Work::New(statement) => {
                let sent = self.shared.service.written(&statement);
                self.send(&statement, &sent).await.map_err(|mut error| {
                    if let Some(place) = error.position {
                        let (line, column) = sent.place(&statement.text, place.line, place.column);
                        error.position = Some(Position { line, column });
                    }
                    error
                })
            }
            Work::Known(id) => {
                let entry = self.known(id.clone());
                self.shared.service.resume(&id, entry.cursor.as_deref());
                self.road(entry).await
            }
        }
    }

    /// The ledger knows of every step before it is taken and after it is done.
    async fn send(self, statement: &Statement, sent: &Rendered) -> Result<Stats, EngineError> {
        self.shared.service.guard(sent, &self.options)?;
        let service = &self.shared.service;
        // Who wants an end while this is waited for has it at once: nothing is sent yet.
        tokio::select! { biased;
            ready = service.prepare() => ready?,
            wish = self.wish() => return Err(self.unsent(wish)),
        }
        let submit = async |token: &str| service.submit(statement, sent, token, &self.options).await;
        let entry = self.begun(statement.running(), submit).await?;
        self.road(entry).await
    }

    /// The entry of a statement once it is sent.
    async fn begun(
        &self,
        statement: &str,
        submit: impl AsyncFnOnce(&str) -> Result<RunId, EngineError>,
    ) -> Result<Entry, EngineError> {
        let mut entry = self.entry(None, statement);
        self.write(&entry).map_err(|why| {
            EngineError::new(ErrorKind::Io, format!("the statement was not sent: {why}"))
                .with_hint("make room on the disk, or name another folder as `state` in saldo.toml")
        })?;
        let answer = {
            let mut submit = std::pin::pin!(submit(&entry.run));
            loop {
                tokio::select! { biased;
                    answer = &mut submit => break answer,
                    () = sleep(REPORT_EVERY) => {
                        self.sink.progress(Progress { phase: Phase::Sent, ..Progress::default() });
                    }
                }
            }
        };
        let id = match self.submitted(answer).await {
            Ok(id) => id,
            Err(error) => return Err(self.ended(entry, error)),
        };
        entry.cursor = self.shared.service.cursor(&id);
        entry.id = Some(id.0);
        Ok(entry)
    }

    /// From a run that has a name to its end.
    async fn road(mut self, mut entry: Entry) -> Result<Stats, EngineError> {
        // A run whose end is known keeps it, whatever becomes of its rows.
        let has_ended = entry.state.is_final();
        if !has_ended {
            entry.state = RunState::Running;
            self.note(&entry);
        }
        let id = RunId(entry.id.clone().unwrap_or_default());
        let done = match self.sink.send(RunEvent::Started(id.clone())).await {
            Ok(()) => self.follow(&id, &mut entry).await,
            Err(_) => Err(self.stop(&id, Wish::Stop).await),
        };
        match done {
            Ok(stats) => Ok(self.succeeded(entry, stats)),
            Err(error) if has_ended => Err(error),
            Err(error) => Err(self.ended(entry, error)),
        }
    }

    /// What a run took, once the ledger knows of it.
    fn succeeded(&self, mut entry: Entry, mut stats: Stats) -> Stats {
        stats.elapsed = self.start.elapsed();
        stats.rows = self.sink.rows;
        entry.state = RunState::Succeeded;
        entry.rows = Some(stats.rows);
        self.note(&of_stats(entry, &stats));
        stats
    }

    /// Who wants to stop while a statement is sent waits for the run's name, since only then can it be stopped.
    async fn submitted(&self, answer: Result<RunId, EngineError>) -> Result<RunId, EngineError> {
        let id = answer?;
        match self.wish_now() {
            Some(wish @ (Wish::Stop | Wish::TimeOut)) => Err(self.stop(&id, wish).await),
            Some(Wish::Detach) | None => Ok(id),
        }
    }

    /// From a run's name to its last row.
    async fn follow(&mut self, id: &RunId, entry: &mut Entry) -> Result<Stats, EngineError> {
        let mut pauses = Pauses::new(S::PACE, 1.5);
        let mut lost: Option<Instant> = None;
        loop {
            let status = tokio::select! { biased;
                wish = self.wish() => return Err(self.leave(id, wish).await),
                status = self.shared.service.poll(id) => status,
            };
            match status {
                Ok(Status::Ready) => break,
                Ok(Status::Going(progress)) => {
                    lost = None;
                    self.sink.progress(progress);
                    let cursor = self.shared.service.cursor(id);
                    if cursor != entry.cursor {
                        entry.cursor = cursor;
                        self.note(entry);
                    }
                }
                Ok(Status::Stopped(stats, why)) => {
                    let message = match why {
                        Some(why) => format!("the run was stopped on the engine: {why}"),
                        None => "the run was stopped on the engine".to_owned(),
                    };
                    let error = EngineError::new(ErrorKind::Cancelled, message);
                    return Err(EngineError { stats: Some(Box::new(stats)), ..error });
                }
                Ok(Status::Failed(error)) => return Err(error),
                Err(error) => match error.kind {
                    ErrorKind::Throttled => pauses.slow_down(),
                    ErrorKind::Unreachable
                        if lost.get_or_insert_with(Instant::now).elapsed() < LINK_PATIENCE => {}
                    ErrorKind::Unreachable | ErrorKind::Expired => return Err(self.lost(id, &error)),
                    _ => return Err(error),
                },
            }
            tokio::select! { biased;
                wish = self.wish() => return Err(self.leave(id, wish).await),
                () = sleep(pauses.take()) => {}
            }
        }
        let (cancel, events, detach) =
            (self.cancel.clone(), self.sink.events.clone(), self.options.detach.clone());
        self.sink.progress(Progress { phase: Phase::Fetching, ..Progress::default() });
        let fetched = tokio::select! { biased;
            wish = wished(&cancel, &detach, &events, self.deadline) => return Err(self.leave(id, wish).await),
            fetched = self.shared.service.rows(id, &mut self.sink) => fetched?,
        };
        match fetched {
            Fetched::Whole(stats) => Ok(stats),
            Fetched::Empty(stats, sql) => match self.columns(id, &sql).await {
                Ok(()) => Ok(stats),
                Err(error) => {
                    // It is the run itself that can be taken up, and what it took is its own.
                    let error = if error.kind == ErrorKind::Detached { self.left(id) } else { error };
                    Err(EngineError { stats: Some(Box::new(stats)), ..error })
                }
            },
        }
    }

    /// Hands on the columns of a run without rows, by a run of another statement, which the ledger knows like any other.
    async fn columns(&mut self, of: &RunId, sql: &str) -> Result<(), EngineError> {
        let service = &self.shared.service;
        let mut entry =
            self.begun(sql, async |token: &str| service.submit_like(of, sql, token).await).await?;
        let id = RunId(entry.id.clone().unwrap_or_default());
        entry.state = RunState::Running;
        self.note(&entry);
        match Box::pin(self.follow(&id, &mut entry)).await {
            Ok(stats) => drop(self.succeeded(entry, stats)),
            Err(error) => return Err(self.ended(entry, error)),
        }
        Ok(())
    }

    async fn leave(&self, id: &RunId, wish: Wish) -> EngineError {
        if wish == Wish::Detach { self.left(id) } else { self.stop(id, wish).await }
    }

    /// The end of a run of which the engine never heard.
    fn unsent(&self, wish: Wish) -> EngineError {
        if wish == Wish::TimeOut { self.timed_out() } else { EngineError::cancelled() }
    }

    fn timed_out(&self) -> EngineError {
        let seconds = self.shared.timeout.unwrap_or_default().as_secs();
        let message = format!("stopped after {seconds} s, all the time that it was given");
        EngineError::new(ErrorKind::TimedOut, message)
    }

    fn left(&self, id: &RunId) -> EngineError {
        EngineError::new(ErrorKind::Detached, format!("the run {} goes on without us", id.0))
            .with_hint(self.attach_hint(id))
    }

    /// Stops a run and waits until it has ended.
    async fn stop(&self, id: &RunId, wish: Wish) -> EngineError {
        self.sink.progress(Progress { phase: Phase::Stopping, ..Progress::default() });
        let mut pauses = Pauses::new(S::PACE, 2.0);
        let mut told = self.shared.service.stop(id).await;
        for _ in 1..STOPS {
            if told.is_ok() {
                break;
            }
            sleep(pauses.take()).await;
            told = self.shared.service.stop(id).await;
        }
        if let Err(error) = told {
            let message = format!("the run {} could not be stopped and may go on: {}", id.0, error.message);
            return EngineError::new(ErrorKind::Detached, message).with_hint(self.attach_hint(id));
        }
        let stopped = match wish {
            Wish::TimeOut => self.timed_out(),
            Wish::Stop | Wish::Detach => EngineError::cancelled(),
        };
        let (told, mut pauses) = (Instant::now(), Pauses::new(S::PACE, 1.5));
        while told.elapsed() < STOP_PATIENCE {
            match self.shared.service.poll(id).await {
                Ok(Status::Stopped(stats, _)) => {
                    return EngineError { stats: Some(Box::new(stats)), ..stopped };
                }
                // It had ended before it heard of it; whoever did not want its rows has paid for it.
                Ok(Status::Ready) => {
                    let stats = self.shared.service.spent(id).await.map(Box::new);
                    return EngineError { stats, ..stopped };
                }
                Ok(Status::Failed(error)) => return EngineError { stats: error.stats, ..stopped },
                Ok(Status::Going(_)) | Err(_) => {}
            }
            sleep(pauses.take()).await;
        }
        let message = format!("the run {} was told to stop and has not said that it did", id.0);
        EngineError::new(ErrorKind::Detached, message).with_hint(self.attach_hint(id))
    }

    fn lost(&self, id: &RunId, error: &EngineError) -> EngineError {
        let message = format!("{}; the run {} goes on there", error.message, id.0);
        let hint = self.attach_hint(id);
        let hint = error.hint.as_ref().map_or(hint.clone(), |first| format!("{first}; then {hint}"));
        EngineError::new(ErrorKind::Detached, message).with_hint(hint)
    }

    fn attach_hint(&self, id: &RunId) -> String {
        format!("`saldo runs attach {} --target {}` takes it up again{}", id.0, self.shared.target, S::KEPT)
    }

    /// What somebody wants instead of the rows, when they want it.
    async fn wish(&self) -> Wish {
        wished(&self.cancel, &self.options.detach, &self.sink.events, self.deadline).await
    }

    fn wish_now(&self) -> Option<Wish> {
        if self.cancel.is_cancelled() || self.sink.events.is_closed() {
            return Some(Wish::Stop);
        }
        if self.options.detach.is_cancelled() {
            return Some(Wish::Detach);
        }
        self.deadline.filter(|deadline| *deadline <= Instant::now()).map(|_| Wish::TimeOut)
    }

    fn entry(&self, id: Option<String>, statement: &str) -> Entry {
        Entry {
            run: new_name(),
            target: self.shared.target.clone(),
            kind: self.options.kind,
            id,
            cursor: None,
            statement: statement.to_owned(),
            started: Utc::now(),
            ended: None,
            state: RunState::Sent,
            rows: None,
            bytes: None,
            nano_dollars: None,
            reused: false,
        }
    }

    /// The entry of a run that was begun elsewhere or earlier.
    fn known(&self, id: RunId) -> Entry {
        let known = self.shared.ledger.last_of(&self.shared.target, &id.0);
        known.ok().flatten().unwrap_or_else(|| self.entry(Some(id.0), ""))
    }

    /// The error, once the ledger knows of it.
    fn ended(&self, mut entry: Entry, error: EngineError) -> EngineError {
        entry.state = match error.kind {
            ErrorKind::Cancelled | ErrorKind::TimedOut => RunState::Cancelled,
            ErrorKind::Detached => RunState::Detached,
            _ => RunState::Failed,
        };
        if let Some(stats) = &error.stats {
            entry = of_stats(entry, stats);
        }
        self.note(&entry);
        error
    }

    /// A step that is already taken; where it cannot be noted, the statement was, before it was sent.
    fn note(&self, entry: &Entry) {
        let _ = self.write(entry);
    }

    fn write(&self, entry: &Entry) -> Result<(), String> {
        let mut entry = entry.clone();
        if entry.state.is_final() {
            (entry.ended, entry.cursor) = (Some(Utc::now()), None);
        }
        let why = |error| format!("{} cannot be written: {error}", self.shared.ledger.path().display());
        self.shared.ledger.write(&entry).map_err(why)
    }
}

fn of_stats(entry: Entry, stats: &Stats) -> Entry {
    Entry {
        bytes: stats.bytes_scanned,
        nano_dollars: stats.cost.map(Dollars::nano),
        reused: stats.reused,
        ..entry
    }
}

async fn wished(
    cancel: &CancellationToken,
    detach: &CancellationToken,
    events: &mpsc::Sender<Result<RunEvent, EngineError>>,
    deadline: Option<Instant>,
) -> Wish {
    let time_out = async {
        match deadline {
            Some(deadline) => sleep_until(deadline.into()).await,
            None => pending().await,
        }
    };
    tokio::select! { biased;
        () = cancel.cancelled() => Wish::Stop,
        () = events.closed() => Wish::Stop,
        () = detach.cancelled() => Wish::Detach,
        () = time_out => Wish::TimeOut,
    }
}

/// A name that no other run has, of a length that Athena takes for a token (32 to 128).
fn new_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("saldo-{now:024x}{:08x}{:04x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
