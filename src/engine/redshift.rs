//! Amazon Redshift through its Data API: no connection is held, and a statement goes on when this program ends.
//!
//! ```text
//! ExecuteStatement (our token: never runs twice) ─► DescribeStatement, held back until it has ended ─► GetStatementResult …
//!                                                     └─ a result that is too large ─► UNLOAD ─► its Parquet files in S3
//! ```

mod catalog;
mod fault;
mod result;
mod setup;
mod unload;

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::operation::execute_statement::builders::ExecuteStatementFluentBuilder;
use aws_sdk_redshiftdata::types::{SqlParameter, StatusString as State};
use duckdb::arrow::datatypes::{Schema, SchemaRef};
use tokio::time::{sleep, timeout};

use self::result::Pages;
use super::athena::client::{Client, Held};
use super::athena::execution::billed;
use super::remote::{Fetched, KnownRun, Service, Sink, Status};
use super::{CatalogTable, Check, EngineError, ErrorKind, Estimate, Options, Phase, Progress, RunId, Stats};
use crate::dialect::{Dialect, Names};
use crate::pause::Pauses;
use crate::query::{Bound, Rendered, Statement};
use crate::target::{Dollars, Target};

pub use self::catalog::EXTERNAL_SCHEMA;
pub use self::setup::{Setup, setup};

const REDSHIFT: &str = "Redshift";

/// What Redshift's list calls the statements of a person, and those that this program asks for itself.
const NAME: &str = "saldo";
const OWN_NAME: &str = "saldo-own";
/// Redshift holds its first answer back for so many seconds, and the later ones, while the statement has not ended.
const FIRST_WAIT: i32 = 1;
const WAIT: i32 = 5;
/// What a statement scanned is asked for so long; the rows do not wait longer for it.
const SCANNED: Duration = Duration::from_secs(5);

/// How Redshift is asked.
pub struct Redshift {
    target: Target,
    names: Names,
    client: Held,
    /// Whether the service holds answers back; older ones refuse to.
    waits: AtomicBool,
    runs: Mutex<HashMap<String, Going>>,
}

/// A run under way.
#[derive(Default)]
struct Going {
    /// The statement that unloads its result, where that is too large for an answer.
    unload: Option<String>,
    /// What was told when it ended well.
    ended: Option<DescribeStatementOutput>,
}

impl Redshift {
    /// For a target of the settings; `name` is what they call it. Nobody is asked yet.
    ///
    /// # Errors
    /// When the target does not name one place and one login.
    pub fn new(name: &str, target: &Target, names: Names) -> Result<Self, EngineError> {
        let wrong = |what: &str, hint: &str| {
            Err(EngineError::new(ErrorKind::Other, format!("target {name}: {what}"))
                .with_hint(format!("{hint} in [targets.{name}] of saldo.toml")))
        };
        match (&target.workgroup, &target.cluster) {
            (Some(_), Some(_)) => {
                return wrong("it names a work group and a cluster", "keep `workgroup` or `cluster`");
            }
            (None, None) => {
                return wrong("it names neither a work group nor a cluster", "set `workgroup` or `cluster`");
            }
            (Some(_), None) if target.user.is_some() => {
                return wrong(
                    "a work group knows its user from the AWS account",
                    "remove `user`, or set `secret` instead",
                );
            }
            (None, Some(_)) if target.user.is_some() == target.secret.is_some() => {
                return wrong("a cluster needs a user or a secret", "set one of `user` and `secret`");
            }
            _ => {}
        }
        if target.database.is_none() {
            return wrong("it names no database", "set `database`");
        }
        Ok(Self {
            target: target.clone(),
            names,
            client: Held::default(),
            waits: AtomicBool::new(true),
            runs: Mutex::default(),
        })
    }

    async fn client(&self) -> Arc<Client> {
        self.client.of(&self.target).await
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<String, Going>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The statement whose state is that of a run.
    fn followed(&self, id: &RunId) -> String {
        self.runs().get(&id.0).and_then(|run| run.unload.clone()).unwrap_or_else(|| id.0.clone())
    }

    /// The answer to a request that may be held back, or to the same without that where the service refuses it.
    async fn held_back<T>(
        &self,
        held: impl Future<Output = Result<T, EngineError>>,
        at_once: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        if self.waits.load(Ordering::Relaxed) {
            match held.await {
                Err(error) if error.kind == ErrorKind::Other => {
                    let told = at_once.await?;
                    self.waits.store(false, Ordering::Relaxed);
                    return Ok(told);
                }
                told => return told,
            }
        }
        at_once.await
    }

    /// Starts a statement and gives its name.
    async fn execute(
        &self,
        sql: &str,
        values: &[(String, String)],
        token: Option<String>,
        name: &str,
    ) -> Result<String, EngineError> {
        let value =
            |(name, value): &(String, String)| SqlParameter::builder().name(name).value(value).build().ok();
        let values: Vec<_> = values.iter().filter_map(value).collect();
        let client = self.client().await;
        let (target, has_token) = (&self.target, token.is_some());
        let request = client
            .redshift
            .execute_statement()
            .sql(sql)
            .set_parameters((!values.is_empty()).then_some(values))
            .set_client_token(token)
            .statement_name(name)
            .set_workgroup_name(target.workgroup.clone())
            .set_cluster_identifier(target.cluster.clone())
            .set_db_user(target.user.clone())
            .set_secret_arn(target.secret.clone())
            .set_database(target.database.clone());
        let held = request.clone().wait_time_seconds(FIRST_WAIT);
        let begin = async |request: ExecuteStatementFluentBuilder| {
            if has_token {
                client.begin(REDSHIFT, || request.clone().send()).await
            } else {
                client.ask(REDSHIFT, || request.clone().send()).await
            }
        };
        let started = self.held_back(Box::pin(begin(held)), Box::pin(begin(request))).await?;
        started.id.ok_or_else(|| {
            EngineError::new(ErrorKind::Other, "Redshift accepted the statement without a name for it")
        })
    }

    async fn told(&self, id: &str) -> Result<DescribeStatementOutput, EngineError> {
        let client = self.client().await;
        let request = client.redshift.describe_statement().id(id);
        let held = request.clone().wait_time_seconds(WAIT);
        self.held_back(
            Box::pin(client.ask(REDSHIFT, || held.clone().send())),
            Box::pin(client.ask(REDSHIFT, || request.clone().send())),
        )
        .await
    }

    /// All rows of a statement of our own.
    async fn all(&self, sql: &str, values: &[(&str, &str)]) -> Result<Vec<Vec<Option<String>>>, EngineError> {
        let values: Vec<_> =
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let id = self.execute(sql, &values, None, OWN_NAME).await?;
        let mut pauses = Pauses::new(Self::PACE, 1.5);
        loop {
            let told = self.told(&id).await?;
            match told.status() {
                Some(State::Finished) => break,
                Some(State::Failed | State::Aborted) => return Err(fault::failed(&told)),
                _ => sleep(pauses.take()).await,
            }
        }
        let (mut pages, mut rows) = (Pages::default(), Vec::new());
        while let Some(page) = self.next_page(&id, &mut pages).await? {
            rows.extend(page.records().iter().map(|row| row.iter().map(result::text).collect()));
        }
        Ok(rows)
    }

    /// What a statement took, as far as Redshift tells without another statement.
    fn stats(told: &DescribeStatementOutput) -> Stats {
        let ran = u64::try_from(told.duration()).ok().map(Duration::from_nanos);
        Stats { ran, ..Stats::default() }
    }

    /// What a statement took, with what it read of external tables and what that costs: a cluster bills the bytes that it
    /// scans in S3 in Athena's steps, a work group the time that it runs, whatever it scans.
    async fn took(&self, told: &DescribeStatementOutput) -> Stats {
        let bytes_scanned = self.scanned(told).await;
        let price = self.target.price_per_tb.filter(|_| self.target.cluster.is_some());
        let cost = bytes_scanned.zip(price).map(|(bytes, price)| Dollars::of_bytes(billed(bytes), price));
        Stats { bytes_scanned, cost, ..Self::stats(told) }
    }

    /// What a run took: where its result was too large for an answer, the statement has read all of it before the one that
    /// unloads it reads it again, and both are billed.
    async fn took_in_all(&self, id: &RunId, told: &DescribeStatementOutput) -> Stats {
        let last = self.took(told).await;
        if told.id() == id.0 {
            return last;
        }
        let first = match self.told(&id.0).await {
            Ok(first) => self.took(&first).await,
            Err(_) => Stats::default(),
        };
        Stats {
            ran: last.ran.zip(first.ran).map(|(last, first)| last + first),
            bytes_scanned: last.bytes_scanned.zip(first.bytes_scanned).map(|(last, first)| last + first),
            cost: last.cost.zip(first.cost).map(|both| <[_; 2]>::from(both).into_iter().sum()),
            ..last
        }
    }

    /// Bytes of external tables; none where a statement read none, or Redshift does not tell in time. A cluster tells
    /// those that it scanned, a work group those that came of them.
    async fn scanned(&self, told: &DescribeStatementOutput) -> Option<u64> {
        self.target.schema.as_ref()?;
        let query = u64::try_from(told.redshift_query_id()).ok().filter(|query| *query > 0)?;
        let sql = if self.target.cluster.is_some() {
            format!("SELECT SUM(s3_scanned_bytes) FROM svcs_s3query_summary WHERE query = {query}")
        } else {
            format!(
                "SELECT SUM(returned_bytes) FROM sys_external_query_detail WHERE query_id = {query} AND source_type = 'S3'"
            )
        };
        let rows = timeout(SCANNED, self.all(&sql, &[])).await.ok()?.ok()?;
        rows.first()?.first()?.as_ref()?.parse().ok()
    }
}

impl Service for Redshift {
    /// The service itself holds answers back while it can.
    const PACE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

    fn dialect(&self) -> Dialect {
        Dialect::Redshift
    }

    fn written(&self, statement: &Statement) -> Rendered {
        statement.render(Dialect::Redshift, &self.names)
    }

    async fn submit(
        &self,
        _: &Statement,
        sent: &Rendered,
        token: &str,
        _: &Options,
    ) -> Result<RunId, EngineError> {
        let value = |bound: &Bound| Some((bound.name.clone(), bound.text.clone()?));
        let values: Vec<_> = sent.values.iter().filter_map(value).collect();
        self.execute(&sent.sql, &values, Some(token.to_owned()), NAME).await.map(RunId)
    }

    async fn poll(&self, id: &RunId) -> Result<Status, EngineError> {
        let followed = self.followed(id);
        let told = self.told(&followed).await?;
        Ok(match told.status() {
            Some(State::Finished) => {
                self.runs().entry(id.0.clone()).or_default().ended = Some(told);
                Status::Ready
            }
            Some(State::Failed) if followed == id.0 && fault::is_too_large(&told) => {
                let unload = self.unload(id, &told).await?;
                self.runs().entry(id.0.clone()).or_default().unload = Some(unload);
                Status::Going(Progress::default())
            }
            Some(State::Failed) => {
                self.runs().remove(&id.0);
                let error = fault::failed(&told);
                // The place of an error in what was unloaded is none in the statement.
                let position = error.position.filter(|_| followed == id.0);
                Status::Failed(EngineError { position, stats: Some(Box::new(Self::stats(&told))), ..error })
            }
            Some(State::Aborted) => {
                self.runs().remove(&id.0);
                let why = told.error().filter(|why| !fault::is_wanted(why));
                Status::Stopped(self.took_in_all(id, &told).await, why.map(str::to_owned))
            }
            Some(State::Submitted | State::Picked) => {
                Status::Going(Progress { phase: Phase::Queued, ..Progress::default() })
            }
            _ => Status::Going(Progress::default()),
        })
    }

    async fn stop(&self, id: &RunId) -> Result<(), EngineError> {
        let client = self.client().await;
        let request = client.redshift.cancel_statement().id(self.followed(id));
        match Box::pin(client.ask(REDSHIFT, || request.clone().send())).await {
            // It has ended before it heard of it.
            Err(error) if error.kind == ErrorKind::Other && error.message.contains("already") => Ok(()),
            told => told.map(drop),
        }
    }

    async fn rows(&self, id: &RunId, sink: &mut Sink) -> Result<Fetched, EngineError> {
        let followed = self.followed(id);
        let held = self.runs().get_mut(&id.0).and_then(|run| run.ended.take());
        let told = match held {
            Some(told) => told,
            None => self.told(&followed).await?,
        };
        let mut place = None;
        if followed != id.0 {
            place = Some(self.unloaded(id, sink).await?);
        } else if told.has_result_set() == Some(true) {
            self.hand_on(id, sink).await?;
        } else {
            sink.schema(SchemaRef::new(Schema::empty())).await?;
        }
        self.runs().remove(&id.0);
        let unloaded = place.is_some();
        Ok(Fetched::Whole(Stats { unloaded, place, ..self.took_in_all(id, &told).await }))
    }

    async fn spent(&self, id: &RunId) -> Option<Stats> {
        let told = self.told(&self.followed(id)).await.ok()?;
        Some(self.took_in_all(id, &told).await)
    }

    async fn catalog(&self) -> Result<Vec<CatalogTable>, EngineError> {
        self.tables().await
    }

    async fn describe(&self, table: &str) -> Result<SchemaRef, EngineError> {
        self.columns(table).await
    }

    /// Redshift's plans tell no bytes.
    async fn estimate(&self, _: &Statement) -> Result<Option<Estimate>, EngineError> {
        Ok(None)
    }

    async fn runs(&self) -> Result<Vec<KnownRun>, EngineError> {
        self.known_runs().await
    }

    async fn checks(&self) -> Vec<Check> {
        self.all_checks().await
    }
}
