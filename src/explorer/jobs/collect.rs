//! Reads the events of one run into its store.
//!
//! ```text
//! engine thread ─ events ─► collector thread ─ push ─► ResultStore ◄─ window ─ fetch
//!                                    └─ Schema, Rows, Chart, Failed ─► Msg ◄─ Window ─┘
//! ```
//! The collector stops reading once enough rows are held; the engine then waits, and a person who goes on to the
//! end lets it go on.

use std::path::PathBuf;
use std::sync::mpsc as channel;
use std::time::Instant;

use duckdb::arrow::record_batch::RecordBatch;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{Control, Elsewhere, Jobs, REPORT_EVERY, Store, kept_table, lock, memory, now, plot};
use crate::engine::store::{ResultStore, Streamed};
use crate::engine::summary::Summary;
use crate::engine::{self, EngineError, ErrorKind, Events, RunEvent, Stats, next_event};
use crate::explorer::message::{JobEvent, JobId, Msg, Notice, Progress, State};
use crate::query::Chart;
use crate::results::{Keeper, Landed};

/// Reads the events of one run into its store.
pub(super) struct Collector {
    id: JobId,
    target: String,
    elsewhere: Elsewhere,
    /// Keeps the rows of a run elsewhere as a table here.
    keeper: Option<Keeper>,
    messages: UnboundedSender<Msg>,
    start: Instant,
    store: Store,
    orders: channel::Receiver<Control>,
    cancel: CancellationToken,
    hold: u64,
    window_bytes: usize,
    spill: PathBuf,
    summary: Summary,
    rows: u64,
    step: engine::Progress,
    stats: Option<Box<Stats>>,
    sent: Option<Instant>,
}

impl Collector {
    /// A collector of the job that was just begun.
    pub(super) fn new(
        jobs: &Jobs,
        (id, target): (JobId, String),
        store: Store,
        orders: channel::Receiver<Control>,
        cancel: CancellationToken,
    ) -> Self {
        Self {
            id,
            target,
            elsewhere: jobs.elsewhere(),
            keeper: None,
            messages: jobs.messages.clone(),
            start: Instant::now(),
            store,
            orders,
            cancel,
            hold: jobs.limits.hold_rows,
            window_bytes: jobs.limits.window_bytes,
            spill: jobs.limits.spill(),
            summary: Summary::default(),
            rows: 0,
            step: engine::Progress::default(),
            stats: None,
            sent: None,
        }
    }

    /// The same, and keeps the rows.
    pub(super) fn keeping(self, keeper: Option<Keeper>) -> Self {
        Self { keeper, ..self }
    }

    /// Shows an event to what keeps the rows; where the disk fails, the result on screen is well all the same.
    fn keep(&mut self, event: &RunEvent) {
        let Some(keeper) = &mut self.keeper else { return };
        let msg = match keeper.take(event) {
            Ok(None) => return,
            Ok(Some(Landed { kept, gone })) => {
                let _ = self.messages.send(Msg::Job(self.id, JobEvent::Kept(kept.name.clone())));
                let gone = gone.iter().map(|kept| kept_table(kept).name).collect();
                Msg::Kept { table: kept_table(&kept), gone }
            }
            Err(error) => {
                self.keeper = None;
                Msg::Notice(Notice { text: format!("the result is not kept: {error}"), bad: true })
            }
        };
        let _ = self.messages.send(msg);
    }

    /// Reads until the run ends, is stopped or fails.
    pub(super) fn collect(mut self, mut events: Events, chart: Option<Chart>) {
        loop {
            match next_event(&mut events).and_then(|event| self.take(event)) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let error = told(error, &mut events);
                    self.elsewhere.all().remove(&self.id);
                    return self.fail(error);
                }
            }
        }
        self.elsewhere.all().remove(&self.id);
        self.send_rows(State::Complete);
        if let Some(chart) = chart {
            self.send_chart(&chart);
        }
    }

    /// Ends with an error. The rows that came before stay, so the screen must know of all of them, and when that was.
    pub(super) fn fail(mut self, error: EngineError) {
        self.send_rows(State::Running);
        self.send(JobEvent::Failed(error));
    }

    /// Takes in one event; gives whether there are more to come.
    fn take(&mut self, event: RunEvent) -> Result<bool, EngineError> {
        self.keep(&event);
        match event {
            // What has no name ends with the program.
            RunEvent::Started(run) if run.0.is_empty() => {}
            RunEvent::Started(run) => {
                self.elsewhere.all().insert(self.id, (self.target.clone(), run));
            }
            RunEvent::Schema(schema) => {
                self.summary = Summary::new(&schema);
                let streamed = Streamed::new(schema.clone(), self.window_bytes, self.spill.clone());
                *lock(&self.store) = Some(ResultStore::Streamed(streamed));
                self.send(JobEvent::Schema(schema));
            }
            RunEvent::Batch(batch) => self.push(batch)?,
            RunEvent::Progress(step) => {
                let is_news = step.phase != self.step.phase;
                self.step = step;
                if is_news || self.is_due() {
                    self.send_rows(State::Running);
                }
            }
            RunEvent::Finished(stats) => {
                self.stats = Some(Box::new(stats));
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A batch in hand is the proof that there are more rows than are held.
    fn push(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        while self.rows >= self.hold {
            self.send_rows(State::Paused);
            match self.orders.recv() {
                Ok(Control::More(rows)) => self.hold = rows,
                Ok(Control::Stop) | Err(_) => {
                    return Err(EngineError::cancelled());
                }
            }
        }
        self.rows += batch.num_rows() as u64;
        self.summary.add(&batch);
        if let Some(ResultStore::Streamed(streamed)) = &mut *lock(&self.store) {
            streamed.push(batch)?;
        }
        if self.is_due() {
            self.send_rows(State::Running);
        }
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.sent.is_none_or(|sent| sent.elapsed() >= REPORT_EVERY)
    }

    fn send_rows(&mut self, state: State) {
        self.sent = Some(Instant::now());
        let summary = self.summary.clone();
        let progress = Progress {
            rows: self.rows,
            state,
            step: self.step,
            elapsed: self.start.elapsed(),
            time: now(),
            stats: self.stats.clone(),
            memory: memory(),
            summary,
        };
        self.send(JobEvent::Rows(progress));
    }

    fn send_chart(&self, chart: &Chart) {
        match plot::of_chart(chart, &self.store, &self.cancel) {
            Ok(Some(data)) => self.send(JobEvent::Chart(data)),
            Ok(None) => {
                let text = format!(
                    "the chart names a column that is not in the result: {}, {}",
                    chart.x,
                    chart.y.join(", ")
                );
                let _ = self.messages.send(Msg::Notice(Notice { text, bad: true }));
            }
            Err(error) => self.send(JobEvent::Failed(error)),
        }
    }

    fn send(&self, event: JobEvent) {
        let _ = self.messages.send(Msg::Job(self.id, event));
    }
}

/// What the engine says in the end of a run that the person stopped here: it knows what was scanned until then.
fn told(error: EngineError, events: &mut Events) -> EngineError {
    if error.kind != ErrorKind::Cancelled || error.stats.is_some() {
        return error;
    }
    loop {
        match events.blocking_recv() {
            Some(Ok(RunEvent::Finished(_))) | None => return error,
            Some(Ok(_)) => {}
            Some(Err(last)) => return last,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::Int64Array;
    use duckdb::arrow::datatypes::{DataType, Field, Schema};
    use tokio::sync::mpsc;

    use super::*;
    use crate::engine::RunId;

    #[test]
    fn events_that_stop_without_a_last_one_are_a_failure() {
        let (messages, mut received) = mpsc::unbounded_channel();
        let collector = Collector {
            id: JobId(1),
            target: "fake".into(),
            elsewhere: Elsewhere::default(),
            keeper: None,
            messages,
            start: Instant::now(),
            store: Store::default(),
            orders: channel::channel().1,
            cancel: CancellationToken::new(),
            hold: 1_000,
            window_bytes: 1 << 20,
            spill: std::env::temp_dir(),
            summary: Summary::default(),
            rows: 0,
            step: engine::Progress::default(),
            stats: None,
            sent: None,
        };
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
        let batch =
            RecordBatch::try_new(schema.clone(), vec![Arc::new(Int64Array::from(vec![1, 2]))]).unwrap();
        let (events, run) = mpsc::channel(4);
        for event in [RunEvent::Started(RunId::default()), RunEvent::Schema(schema), RunEvent::Batch(batch)] {
            events.try_send(Ok(event)).unwrap();
        }
        drop(events);
        collector.collect(run, None);
        let mut last = None;
        while let Ok(Msg::Job(_, event)) = received.try_recv() {
            let is_whole = matches!(&event, JobEvent::Rows(progress) if progress.state == State::Complete);
            assert!(!is_whole, "rows may be missing");
            last = Some(event);
        }
        assert!(matches!(last, Some(JobEvent::Failed(_))), "{last:?}");
    }
}
