//! Amazon Athena: its API for statements and states, Glue for tables, S3 for results that are longer than a page.
//!
//! ```text
//! StartQueryExecution (our token: never billed twice) ─► GetQueryExecution … ─► GetQueryResults, page 1
//!                                                                           └─► the result file in S3, by ranges
//! ```
//! The last step reads further pages instead where Athena keeps the result itself, or the file may not be read.

mod catalog;
mod checks;
pub(super) mod client;
mod csv;
mod estimate;
pub(super) mod execution;
pub(super) mod fault;
mod result;
mod unload;

use aws_sdk_athena::operation::start_query_execution::StartQueryExecutionOutput;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, ResultConfiguration, ResultReuseByAgeConfiguration,
    ResultReuseConfiguration,
};
use duckdb::arrow::datatypes::SchemaRef;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::client::{ATHENA, Client, Held};
use super::remote::{Fetched, KnownRun, Service, Sink, Status};
use super::{CatalogTable, Check, EngineError, ErrorKind, Estimate, Options, RunId, Stats, guard};
use crate::dialect::{Dialect, Names};
use crate::query::{Rendered, Statement};
use crate::target::{Dollars, Target};

/// Price of a terabyte in most regions.
const PRICE: Dollars = Dollars::from_nano(5_000_000_000);
/// The oldest result that Athena gives again.
const OLDEST: u64 = 7 * 24 * 60;
/// Queries that one request may ask about.
const AT_ONCE: i32 = 50;

/// What a statement costs at most that reads so many bytes.
#[must_use]
pub fn cost(target: &Target, bytes: u64) -> Dollars {
    Dollars::of_bytes(execution::billed(bytes), target.price_per_tb.unwrap_or(PRICE))
}

/// How Athena is asked.
pub struct Athena {
    target: Target,
    price: Dollars,
    names: Names,
    client: Held,
    /// What Athena told of queries that ended well, until their rows are fetched.
    ended: Mutex<HashMap<String, QueryExecution>>,
}

impl Athena {
    /// For a target of the settings, with what the lake's tables are called there; asks nobody yet.
    #[must_use]
    pub fn new(target: &Target, names: Names) -> Self {
        let price = target.price_per_tb.unwrap_or(PRICE);
        let (client, ended) = (Held::default(), Mutex::default());
        Self { target: target.clone(), price, names, client, ended }
    }

    async fn client(&self) -> Arc<Client> {
        self.client.of(&self.target).await
    }

    fn ended(&self) -> MutexGuard<'_, HashMap<String, QueryExecution>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Athena {
    fn dialect(&self) -> Dialect {
        Dialect::Athena
    }

    fn written(&self, statement: &Statement) -> Rendered {
        statement.render(Dialect::Athena, &self.names)
    }

    fn guard(&self, sent: &Rendered, options: &Options) -> Result<(), EngineError> {
        guard::check(Dialect::Athena, &sent.sql, options.access)?;
        if options.unload { unload::one(&sent.sql) } else { Ok(()) }
    }

    async fn submit(
        &self,
        _: &Statement,
        sent: &Rendered,
        token: &str,
        options: &Options,
    ) -> Result<RunId, EngineError> {
        let client = self.client().await;
        let unload = if options.unload {
            Some(unload::statement(&sent.sql, &unload::place(&client, &self.target, token).await?))
        } else {
            None
        };
        let values: Vec<_> = sent.values.iter().filter_map(|bound| bound.text.clone()).collect();
        let context = QueryExecutionContext::builder()
            .set_catalog(self.target.catalog.clone())
            .set_database(self.target.database.clone())
            .build();
        let place = self.target.output.clone();
        let place = place.map(|output| ResultConfiguration::builder().output_location(output).build());
        let reuse = options.reuse.filter(|_| unload.is_none()).map(|age| {
            let minutes = i32::try_from((age.as_secs() / 60).min(OLDEST)).unwrap_or(0);
            let by_age = ResultReuseByAgeConfiguration::builder().enabled(true).max_age_in_minutes(minutes);
            ResultReuseConfiguration::builder().result_reuse_by_age_configuration(by_age.build()).build()
        });
        let request = client
            .athena
            .start_query_execution()
            .query_string(unload.as_ref().unwrap_or(&sent.sql))
            .set_execution_parameters((!values.is_empty()).then_some(values))
            .client_request_token(token)
            .query_execution_context(context)
            .set_work_group(self.target.workgroup.clone())
            .set_result_configuration(place)
            .set_result_reuse_configuration(reuse);
        let started = client.begin(ATHENA, || request.clone().send()).await;
        named(started.map_err(|error| if unload.is_some() { unload::located(error) } else { error })?)
    }

    async fn poll(&self, id: &RunId) -> Result<Status, EngineError> {
        let client = self.client().await;
        let query = client.query(id).await?;
        let status = unload::followed(&client, &query, execution::status(&query, self.price)).await;
        if matches!(status, Status::Ready) {
            self.ended().insert(id.0.clone(), query);
        }
        Ok(status)
    }

    async fn stop(&self, id: &RunId) -> Result<(), EngineError> {
        let client = self.client().await;
        let request = client.athena.stop_query_execution().query_execution_id(&id.0);
        client.ask(ATHENA, || request.clone().send()).await.map(drop)
    }

    async fn spent(&self, id: &RunId) -> Option<Stats> {
        let query = self.ended().remove(&id.0)?;
        if let Some((_, place)) = unload::parts(&query) {
            let _ = unload::clear(self.client().await.as_ref(), &place).await;
        }
        Some(execution::stats(&query, self.price))
    }

    async fn rows(&self, id: &RunId, sink: &mut Sink) -> Result<Fetched, EngineError> {
        let client = self.client().await;
        let held = self.ended().remove(&id.0);
        let query = match held {
            Some(query) => query,
            None => client.query(id).await?,
        };
        let stats = execution::stats(&query, self.price);
        let Some((sql, place)) = unload::parts(&query) else {
            result::hand_on(&client, &query, id, sink).await?;
            return Ok(Fetched::Whole(stats));
        };
        let read = unload::hand_on(&client, &query, &place, sink).await;
        let has_columns = read.map_err(|error| match error.hint {
            Some(_) => error,
            None => {
                error.with_hint(format!("what was unloaded stays at {place}; `saldo runs attach` reads it"))
            }
        })?;
        let stats = Stats { unloaded: true, place: unload::clear(&client, &place).await, ..stats };
        Ok(if has_columns { Fetched::Whole(stats) } else { Fetched::Empty(stats, unload::columns(sql)) })
    }

    async fn submit_like(&self, run: &RunId, sql: &str, token: &str) -> Result<RunId, EngineError> {
        let client = self.client().await;
        let query = client.query(run).await?;
        let values = Some(query.execution_parameters().to_vec()).filter(|values| !values.is_empty());
        let request = client
            .athena
            .start_query_execution()
            .query_string(sql)
            .set_execution_parameters(values)
            .client_request_token(token)
            .set_query_execution_context(query.query_execution_context().cloned())
            .set_work_group(query.work_group().map(str::to_owned))
            .set_result_configuration(query.result_configuration().map(execution::same_folder));
        named(client.begin(ATHENA, || request.clone().send()).await?)
    }

    async fn catalog(&self) -> Result<Vec<CatalogTable>, EngineError> {
        catalog::tables(self.client().await.as_ref(), &self.target).await
    }

    async fn describe(&self, table: &str) -> Result<SchemaRef, EngineError> {
        catalog::columns(self.client().await.as_ref(), &self.target, table).await
    }

    async fn estimate(&self, statement: &Statement) -> Result<Option<Estimate>, EngineError> {
        // In Trino's words values stand in the text, where partitions are told from.
        let sql = statement.render(Dialect::Trino, &self.names).sql;
        let client = self.client().await;
        estimate::of(&client, &self.target, &sql, self.price).await.map(Some)
    }

    async fn runs(&self) -> Result<Vec<KnownRun>, EngineError> {
        let client = self.client().await;
        let list = client
            .athena
            .list_query_executions()
            .set_work_group(self.target.workgroup.clone())
            .max_results(AT_ONCE);
        let listed = client.ask(ATHENA, || list.clone().send()).await?;
        if listed.query_execution_ids().is_empty() {
            return Ok(Vec::new());
        }
        let ids = listed.query_execution_ids().to_vec();
        let batch = client.athena.batch_get_query_execution().set_query_execution_ids(Some(ids));
        let told = client.ask(ATHENA, || batch.clone().send()).await?;
        Ok(told.query_executions().iter().filter_map(execution::known).collect())
    }

    async fn checks(&self) -> Vec<Check> {
        checks::all(self.client().await.as_ref(), &self.target).await
    }
}

fn named(started: StartQueryExecutionOutput) -> Result<RunId, EngineError> {
    let nameless =
        || EngineError::new(ErrorKind::Other, "Athena accepted the statement without a name for it");
    started.query_execution_id.map(RunId).ok_or_else(nameless)
}
