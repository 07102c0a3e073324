//! What is read in place: tables and files by row number, their columns, how the lake stands, rows of our own.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use chrono::Utc;
use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::{Jobs, REPORT_EVERY, Store, bad, lock, memory, now};
use crate::engine::EngineError;
use crate::engine::store::{Pager, ResultStore, Streamed, Window};
use crate::engine::summary::Summary;
use crate::explorer::copy;
use crate::explorer::message::{JobEvent, JobId, Msg, Notice, Progress, State};
use crate::explorer::panes::lake;
use crate::lake::link::{Kind, Link};
use crate::lake::watch::Bringing;
use crate::lake::{status, transfer};
use crate::pipeline::ingest::taken;
use crate::value;

/// Rows of a table that are summarised for its sparklines.
const SAMPLED: usize = 4_096;

/// Rows that are read where they lie, as the result of a job.
pub(super) fn page(
    pager: Box<dyn Pager>,
    start: Instant,
    store: &Store,
    cancel: &CancellationToken,
    send: &dyn Fn(JobEvent),
) {
    let (schema, rows) = (pager.schema(), pager.rows());
    *lock(store) = Some(ResultStore::Paged(pager));
    let (elapsed, time) = (start.elapsed(), now());
    let progress = |summary| {
        let state = State::Complete;
        Progress { rows, state, elapsed, time, memory: memory(), summary, ..Progress::default() }
    };
    send(JobEvent::Schema(schema));
    send(JobEvent::Rows(progress(Summary::default())));
    // The rows that the screen asks for come first; the sparklines, of the first rows, may wait.
    thread::sleep(REPORT_EVERY);
    let Some(summary) = summary(store, cancel) else { return };
    if let Some(bytes) = lock(store).as_ref().and_then(ResultStore::bytes_read) {
        send(JobEvent::Read(bytes));
    }
    send(JobEvent::Rows(progress(summary)));
}

/// What the sparklines show of the first rows of a result; nothing where it was let go.
pub(super) fn summary(store: &Store, cancel: &CancellationToken) -> Option<Summary> {
    let mut store = lock(store);
    let store = store.as_mut()?;
    let mut summary = Summary::new(&store.schema());
    for batch in store.view(0, SAMPLED, cancel).iter().flat_map(Window::batches) {
        summary.add(batch);
    }
    Some(summary)
}

impl Jobs {
    pub(super) fn browse(&mut self, id: JobId, table: String) {
        let (_, store, cancel) = self.begin(id);
        let (engine, start) = (self.local.clone(), Instant::now());
        let failed = move |error| Msg::Job(id, JobEvent::Failed(error));
        self.start(failed, move |send| match engine.pager(&table, &cancel) {
            Ok(pager) => page(pager, start, &store, &cancel, &|event| send(Msg::Job(id, event))),
            Err(error) => send(failed(error)),
        });
    }

    /// Rows of our own as a result.
    pub(super) fn show(&mut self, id: JobId, rows: RecordBatch) {
        let (_, store, _) = self.begin(id);
        let (schema, count) = (rows.schema(), rows.num_rows() as u64);
        let mut streamed = Streamed::new(schema.clone(), self.limits.window_bytes, self.limits.spill());
        let mut summary = Summary::new(&schema);
        summary.add(&rows);
        if let Err(error) = streamed.push(rows) {
            return self.send(Msg::Job(id, JobEvent::Failed(error)));
        }
        *lock(&store) = Some(ResultStore::Streamed(streamed));
        self.send(Msg::Job(id, JobEvent::Schema(schema)));
        let (state, time) = (State::Complete, now());
        let progress =
            Progress { rows: count, state, time, memory: memory(), summary, ..Progress::default() };
        self.send(Msg::Job(id, JobEvent::Rows(progress)));
    }

    /// The lists that cannot be read are left out, with a sentence.
    pub(super) fn lake(&self) {
        let (engine, cancel, cache) = (self.local.clone(), self.beside.clone(), self.limits.cache.clone());
        self.start(bad, move |send| {
            let Some(lake) = engine.lake() else { return send(Msg::Lake(Vec::new())) };
            let origin = Link::read(&lake.root, Kind::Origin).ok().flatten();
            let copied = origin.as_ref().map(|link| status::Copied::of(link, Utc::now()));
            let mut listings: Vec<_> = copied.clone().map(lake::snapshot).into_iter().collect();
            listings.push(lake::tables(lake));
            for section in status::sections(lake) {
                match engine.rows(section.sql, &cancel) {
                    Ok((schema, batches)) => listings.push(lake::listing(section.title, &schema, &batches)),
                    Err(error) => send(bad(error)),
                }
            }
            let notice = |text: String| send(Msg::Notice(Notice { text, bad: true }));
            let watch = Bringing { stops: &|| cancel.is_cancelled(), ..Bringing::QUIET };
            if let Err(error) = lake.bring(&taken::notes(lake), &watch) {
                notice(error.to_string());
            }
            match taken::statements(lake) {
                Ok(taken) if taken.is_empty() => {}
                Ok(taken) => listings.push(lake::statements(&taken)),
                Err(error) => notice(error.to_string()),
            }
            send(Msg::Lake(listings.clone()));
            // The network may take its time.
            if let (Some(link), Some(copied)) = (origin, copied) {
                listings[0] = lake::snapshot(copied.with(&transfer::newer(lake, &link, &cache)));
                send(Msg::Lake(listings));
            }
        });
    }

    /// A text that is too long for a terminal.
    pub(super) fn copy_to_file(&self, what: &'static str, text: String) {
        let folder = self.limits.cache.clone();
        self.start(bad, move |send| {
            let size = value::grouped(&text.len().to_string());
            send(Msg::Notice(match copy::to_file(&folder, &text) {
                Ok(path) => Notice {
                    text: format!(
                        "the {what} has {size} bytes, too many to copy: it is in {}",
                        path.display()
                    ),
                    bad: false,
                },
                Err(why) => Notice { text: format!("cannot write the {what} to a file: {why}"), bad: true },
            }));
        });
    }

    /// Reads rows of the result of a job.
    pub(super) fn read(
        &self,
        id: JobId,
        read: impl FnOnce(&mut ResultStore, &CancellationToken) -> Result<JobEvent, EngineError> + Send + 'static,
    ) {
        let Some(job) = self.kept.get(&id) else { return };
        let (store, cancel) = (Arc::clone(&job.store), job.cancel.clone());
        let failed = move |error| Msg::Job(id, JobEvent::Failed(error));
        self.start(failed, move |send| {
            let (event, bytes) = match &mut *lock(&store) {
                Some(store) => (read(store, &cancel), store.bytes_read()),
                None => return,
            };
            if let Some(bytes) = bytes {
                send(Msg::Job(id, JobEvent::Read(bytes)));
            }
            send(Msg::Job(id, event.unwrap_or_else(JobEvent::Failed)));
        });
    }
}
