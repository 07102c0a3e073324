//! Arranges the rows of a result: the first of an order at once, all of them behind that.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::{Jobs, REPORT_EVERY, Store, bad, browse, lock, memory, now, plot};
use crate::engine::EngineError;
use crate::engine::arrange::Arrangement;
use crate::engine::duckdb::{DuckDb, schema_of};
use crate::engine::store::{Arranged, ResultStore};
use crate::engine::summary::Summary;
use crate::explorer::message::{JobEvent, JobId, Msg, Progress, State};
use crate::query::Chart;

/// Rows of an order that are found before all others: several screens.
const FIRST: usize = 500;

impl Jobs {
    pub(super) fn arrange(&mut self, id: JobId, of: JobId, arrangement: Arrangement, chart: Option<Chart>) {
        let Some(base) = self.kept.get(&of).map(|job| Arc::clone(&job.store)) else { return };
        let (_, store, cancel) = self.begin(id);
        let (engine, limits) = (self.local.clone(), self.limits.clone());
        let failed = move |error| Msg::Job(id, JobEvent::Failed(error));
        self.start(failed, move |send| {
            let fresh = || Arranged::new(&base, limits.window_bytes, limits.spill());
            let start = Instant::now();
            let progress = |rows, state, summary| {
                let (elapsed, time) = (start.elapsed(), now());
                let progress =
                    Progress { rows, state, elapsed, time, memory: memory(), summary, ..Progress::default() };
                send(Msg::Job(id, JobEvent::Rows(progress)));
            };
            let report = |rows, state| progress(rows, state, Summary::default());
            let work = Work { engine, base: &base, store: &store, arrangement, cancel: cancel.clone() };
            if let Err(error) = work.arrange(&fresh, &report) {
                return send(failed(error));
            }
            // The rows stand on screen; what is drawn of them comes behind.
            let rows = lock(&store).as_ref().map(ResultStore::rows);
            if let (Some(rows), Some(summary)) = (rows, browse::summary(&store, &cancel)) {
                progress(rows, State::Complete, summary);
            }
            match chart.map(|chart| plot::of_chart(&chart, &store, &cancel)) {
                Some(Ok(Some(data))) => send(Msg::Job(id, JobEvent::Chart(data))),
                Some(Err(error)) if !cancel.is_cancelled() => send(bad(error)),
                _ => {}
            }
        });
    }
}

struct Work<'a> {
    engine: DuckDb,
    base: &'a Store,
    store: &'a Store,
    arrangement: Arrangement,
    cancel: CancellationToken,
}

impl Work<'_> {
    fn arrange(
        &self,
        fresh: &dyn Fn() -> Result<Arranged, EngineError>,
        report: &dyn Fn(u64, State),
    ) -> Result<(), EngineError> {
        let schema = schema_of(self.base)?;
        let readable = self.engine.readable(self.base, &self.arrangement.columns(&schema), &self.cancel)?;
        let numbers = |limit| self.arrangement.numbers(&schema, &readable.rows, limit);
        if self.arrangement.order.is_empty() {
            return self.keep(&numbers(None), fresh()?, report);
        }
        let first = self.sorted(&numbers(Some(FIRST)), fresh()?)?;
        let count = first.0;
        *lock(self.store) = Some(ResultStore::Arranged(first.1));
        if count < FIRST as u64 {
            report(count, State::Complete);
            return Ok(());
        }
        report(count, State::Running);
        // The same rows come first again: what is the same in every column stays in the result's own order.
        let (count, all) = self.sorted(&numbers(None), fresh()?)?;
        *lock(self.store) = Some(ResultStore::Arranged(all));
        report(count, State::Complete);
        Ok(())
    }

    fn sorted(&self, sql: &str, mut rows: Arranged) -> Result<(u64, Arranged), EngineError> {
        let mut count = 0;
        self.engine.each(sql, &self.cancel, &mut |batch| {
            count += batch.num_rows() as u64;
            rows.push(batch)
        })?;
        Ok((count, rows))
    }

    /// Rows that are kept in their own order are on screen as they are found.
    fn keep(&self, sql: &str, rows: Arranged, report: &dyn Fn(u64, State)) -> Result<(), EngineError> {
        *lock(self.store) = Some(ResultStore::Arranged(rows));
        let (mut count, mut sent) = (0, Instant::now());
        self.engine.each(sql, &self.cancel, &mut |batch| {
            if let Some(ResultStore::Arranged(rows)) = &mut *lock(self.store) {
                rows.push(batch)?;
            }
            count += batch.num_rows() as u64;
            if sent.elapsed() >= REPORT_EVERY && count > 0 {
                sent = Instant::now();
                report(count, State::Running);
            }
            Ok(())
        })?;
        report(count, State::Complete);
        Ok(())
    }
}
