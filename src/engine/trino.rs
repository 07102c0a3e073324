//! Trino, run by oneself or on EMR: SQL over its REST protocol, without a client of its own.
//!
//! ```text
//! POST statement ─► GET … GET nextUri ─► the page with the first rows ─► GET … until none follows
//!                         └─ DELETE nextUri stops the run
//! ```
//! Each address answers until the one after it is asked, so the ledger keeps the next one: whoever knows it can take the
//! run up. Rows are handed out once; a run that nobody asks for during five minutes is dropped by the server.

mod catalog;
mod client;
mod page;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duckdb::arrow::datatypes::{Schema, SchemaRef};
use tokio::time::sleep;

use self::client::{Client, Method};
use self::page::Page;
use super::remote::{Fetched, KnownRun, Service, Sink, Status};
use super::{CatalogTable, Check, EngineError, ErrorKind, Estimate, Options, Phase, Progress, RunId, Stats};
use crate::dialect::{Dialect, Names};
use crate::query::{Rendered, Statement};
use crate::service_url::ServiceUrl;
use crate::target::{Dollars, Target};

/// What Trino's own list of runs calls those of a person, and those that this program asks for itself.
const SOURCE: &str = "saldo";
const OWN_SOURCE: &str = "saldo catalog";
/// While nobody takes rows the server is told this often that somebody will.
const HEARTBEAT: Duration = Duration::from_mins(1);
/// Times that a page is asked for again when the network fails in the middle of the rows.
const RETRIES: u32 = 8;

/// How Trino is asked.
pub struct Trino {
    client: Client,
    catalog: Option<String>,
    schema: Option<String>,
    price: Option<Dollars>,
    names: Names,
    runs: Mutex<HashMap<String, Going>>,
}

/// A run under way.
#[derive(Default)]
struct Going {
    /// The path to be asked next; none of a run that is only stopped here.
    cursor: Option<String>,
    /// The answer at the cursor, where it was asked for and not yet looked at.
    answer: Option<Page>,
    /// The answer at the cursor, once rows are in it or nothing follows it.
    page: Option<Page>,
    is_stopped: bool,
    /// What it took, once the answer came that nothing follows: nothing may be asked of it after that.
    ended: Option<Stats>,
}

impl Trino {
    /// For a target of the settings; `name` is what they call it.
    ///
    /// # Errors
    /// When its URL cannot be used, or a secret would be sent where others can read it.
    pub fn new(name: &str, target: &Target, names: Names) -> Result<Self, EngineError> {
        Ok(Self {
            client: Client::new(name, target)?,
            catalog: target.catalog.clone(),
            schema: target.schema.clone(),
            price: target.price_per_tb,
            names,
            runs: Mutex::default(),
        })
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<String, Going>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a run stands whose next address is not known here. One that was told to stop ends by that; its rows nobody
    /// gets.
    async fn stopped(&self, id: &RunId) -> Result<Status, EngineError> {
        if !self.runs().get(&id.0).is_some_and(|run| run.is_stopped) {
            // It has not failed: the ledger must not say so.
            let message = format!("where the rows of run {} are is not known here", id.0);
            return Err(EngineError::new(ErrorKind::Detached, message)
                .with_hint("only the machine that began a run of Trino can take it up, until it ends"));
        }
        let runs = self.known_runs().await?;
        let goes_on = runs.iter().any(|run| run.id == *id && !run.state.is_final());
        Ok(if goes_on {
            Status::Going(Progress { phase: Phase::Stopping, ..Progress::default() })
        } else {
            self.runs().remove(&id.0);
            Status::Stopped(Stats::default(), None)
        })
    }

    /// What an answer means for its run.
    fn turn(&self, id: &RunId, page: Page) -> Result<Status, EngineError> {
        let stats = page.stats(self.price);
        let mut runs = self.runs();
        if let Some(failure) = &page.error {
            runs.remove(&id.0);
            let error = failure.error(stats);
            return Ok(match error.kind {
                ErrorKind::Cancelled => Status::Stopped(
                    error.stats.map_or_else(Stats::default, |stats| *stats),
                    Some(error.message),
                ),
                _ => Status::Failed(error),
            });
        }
        let run = runs.entry(id.0.clone()).or_default();
        run.ended = page.next_uri.is_none().then(|| stats.clone());
        let progress = page.progress();
        match (&page.next_uri, run.is_stopped) {
            (None, true) => Ok(Status::Stopped(stats, None)),
            (Some(next), is_stopped) if is_stopped || !page.has_rows() => {
                run.cursor = Some(path(next)?);
                let phase = if is_stopped { Phase::Stopping } else { progress.phase };
                Ok(Status::Going(Progress { phase, ..progress }))
            }
            _ => {
                run.page = Some(page);
                Ok(Status::Ready)
            }
        }
    }

    /// The page at a path; the network may fail some times, since a page stays until the one after it is asked for.
    async fn page(&self, path: &str) -> Result<Page, EngineError> {
        for _ in 0..RETRIES {
            match self.client.get(path).await {
                Err(error) if error.kind == ErrorKind::Unreachable => sleep(Self::PACE.1).await,
                page => return page,
            }
        }
        self.client.get(path).await
    }

    /// Does a work that may wait for long, while the server hears of us.
    async fn alive<T>(&self, path: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! { biased;
                done = &mut work => return done,
                () = sleep(HEARTBEAT) => drop(self.client.ask(Method::Head, path).await),
            }
        }
    }
}

impl Service for Trino {
    /// The server itself holds an answer back for a second while nothing happens.
    const PACE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

    const KEPT: &'static str = ", within 5 minutes: a run that nobody asks about is dropped then";

    fn dialect(&self) -> Dialect {
        Dialect::Trino
    }

    fn written(&self, statement: &Statement) -> Rendered {
        statement.render(Dialect::Trino, &self.names)
    }

    async fn prepare(&self) -> Result<(), EngineError> {
        self.client.prepare().await
    }

    /// Until the answer after the first is asked for the server only keeps the text: so it is asked for here. Whatever is
    /// wrong with it the first poll tells.
    async fn submit(
        &self,
        _: &Statement,
        sent: &Rendered,
        _: &str,
        _: &Options,
    ) -> Result<RunId, EngineError> {
        let page = self.client.post(&sent.sql, SOURCE).await?;
        let id = RunId(page.id.clone());
        let mut run = Going::default();
        match &page.next_uri {
            Some(next) => {
                let next = path(next)?;
                run.answer = self.client.get(&next).await.ok();
                run.cursor = Some(next);
            }
            None => run.answer = Some(page),
        }
        self.runs().insert(id.0.clone(), run);
        Ok(id)
    }

    async fn poll(&self, id: &RunId) -> Result<Status, EngineError> {
        let (cursor, answer, is_stopped) = match self.runs().get_mut(&id.0) {
            None => (None, None, false),
            Some(Going { is_stopped: true, ended: Some(stats), .. }) => {
                return Ok(Status::Stopped(stats.clone(), None));
            }
            Some(run) if run.page.is_some() => return Ok(Status::Ready),
            Some(run) => (run.cursor.clone(), run.answer.take(), run.is_stopped),
        };
        let page = match (answer, cursor) {
            (Some(page), _) => page,
            (None, Some(cursor)) => match self.client.get(&cursor).await {
                // The answer that nothing follows was on its way to us.
                Err(error) if is_stopped && matches!(error.kind, ErrorKind::Missing | ErrorKind::Other) => {
                    return self.stopped(id).await;
                }
                page => page?,
            },
            (None, None) => return self.stopped(id).await,
        };
        self.turn(id, page)
    }

    fn cursor(&self, id: &RunId) -> Option<String> {
        self.runs().get(&id.0).and_then(|run| run.cursor.clone())
    }

    fn resume(&self, id: &RunId, cursor: Option<&str>) {
        if let Some(cursor) = cursor {
            self.runs()
                .entry(id.0.clone())
                .or_insert_with(|| Going { cursor: Some(cursor.into()), ..Going::default() });
        }
    }

    async fn stop(&self, id: &RunId) -> Result<(), EngineError> {
        // A page that is kept was the answer at the cursor: the state after it is told at the next address.
        let path = {
            let mut runs = self.runs();
            let run = runs.entry(id.0.clone()).or_default();
            run.is_stopped = true;
            if run.ended.is_some() {
                return Ok(());
            }
            if let Some(next) = run.page.take().and_then(|page| page.next_uri) {
                run.cursor = Some(path(&next)?);
            }
            run.cursor.clone().unwrap_or_else(|| self.client.path(&format!("/v1/query/{}", id.0)))
        };
        match self.client.ask(Method::Delete, &path).await {
            Err(error) if error.kind != ErrorKind::Missing => Err(error),
            _ => Ok(()),
        }
    }

    async fn rows(&self, id: &RunId, sink: &mut Sink) -> Result<Fetched, EngineError> {
        let kept = self.runs().get_mut(&id.0).and_then(|run| Some((run.cursor.clone(), run.page.take()?)));
        let (at, mut page) = kept.ok_or_else(|| EngineError::new(ErrorKind::Missing, "there are no rows"))?;
        let mut at = at.unwrap_or_default();
        let mut cells = None;
        loop {
            if let Some(failure) = &page.error {
                self.runs().remove(&id.0);
                return Err(failure.error(page.stats(self.price)));
            }
            if let (None, Some(run)) = (&page.next_uri, self.runs().get_mut(&id.0)) {
                run.ended = Some(page.stats(self.price));
            }
            if cells.is_none() {
                cells = page.cells();
                if let Some(cells) = &cells {
                    sink.schema(cells.schema()).await?;
                }
            }
            if let Some(cells) = &mut cells {
                for batch in page.batches(cells)? {
                    self.alive(&at, sink.batch(batch)).await?;
                }
            }
            let Some(next) = &page.next_uri else { break };
            at = path(next)?;
            if let Some(run) = self.runs().get_mut(&id.0) {
                run.cursor = Some(at.clone());
            }
            sink.progress(Progress { phase: Phase::Fetching, ..page.progress() });
            page = self.page(&at).await?;
        }
        if cells.is_none() {
            sink.schema(SchemaRef::new(Schema::empty())).await?;
        }
        self.runs().remove(&id.0);
        Ok(Fetched::Whole(page.stats(self.price)))
    }

    async fn catalog(&self) -> Result<Vec<CatalogTable>, EngineError> {
        self.tables().await
    }

    async fn describe(&self, table: &str) -> Result<SchemaRef, EngineError> {
        self.columns(table).await
    }

    async fn estimate(&self, statement: &Statement) -> Result<Option<Estimate>, EngineError> {
        self.io(&self.written(statement).sql).await
    }

    async fn runs(&self) -> Result<Vec<KnownRun>, EngineError> {
        self.known_runs().await
    }

    async fn checks(&self) -> Vec<Check> {
        self.all_checks().await
    }
}

/// The path of an address that the server gave. Only the path: what stands before it is for the settings to say, so that
/// nothing that the server sends leads the secret to another host.
fn path(address: &str) -> Result<String, EngineError> {
    let url = ServiceUrl::parse(address).map_err(|error| {
        EngineError::new(ErrorKind::Data, format!("Trino names a next address that cannot be used: {error}"))
    })?;
    Ok(url.path().to_owned())
}
