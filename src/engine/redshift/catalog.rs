//! What Redshift tells about itself: external tables and their columns, runs, and whether all is in order.

use std::sync::Arc;

use aws_sdk_redshiftdata::types::{StatementData, StatusString as State};
use duckdb::arrow::datatypes::{Field, Schema, SchemaRef};

use super::{OWN_NAME, REDSHIFT, Redshift};
use crate::engine::cells::type_of;
use crate::engine::remote::KnownRun;
use crate::engine::{CatalogTable, Check, EngineError, ErrorKind, RunId};
use crate::ledger::RunState;
use crate::sql::name_parts;

/// What the check is called of the schema that shows the lake.
pub const EXTERNAL_SCHEMA: &str = "external schema";
/// How many runs are listed.
const RUNS: i32 = 100;

impl Redshift {
    pub(super) async fn tables(&self) -> Result<Vec<CatalogTable>, EngineError> {
        let (only, values) = match &self.target.schema {
            Some(schema) => ("WHERE schemaname = :schema ", vec![("schema", schema.as_str())]),
            None => ("", Vec::new()),
        };
        let sql = format!("SELECT schemaname, tablename FROM svv_external_tables {only}ORDER BY 1, 2");
        let table = |row: Vec<Option<String>>| {
            let [schema, name] = row.try_into().ok()?;
            Some(CatalogTable { schema: schema?, name: name? })
        };
        Ok(self.all(&sql, &values).await?.into_iter().filter_map(table).collect())
    }

    pub(super) async fn columns(&self, table: &str) -> Result<SchemaRef, EngineError> {
        let missing = || EngineError::new(ErrorKind::Missing, format!("there is no external table {table}"));
        let parts = name_parts(table);
        let (schema, name) = match parts.as_slice() {
            [.., schema, name] => (Some(schema), name),
            [name] => (self.target.schema.as_ref(), name),
            [] => return Err(missing()),
        };
        let schema = schema.ok_or_else(|| {
            missing()
                .with_hint("set `schema` of the target in saldo.toml, or write it before the table's name")
        })?;
        let sql = "SELECT columnname, external_type FROM svv_external_columns \
                   WHERE schemaname = :schema AND tablename = :name ORDER BY columnnum";
        let rows =
            self.all(sql, &[("schema", &schema.to_lowercase()), ("name", &name.to_lowercase())]).await?;
        let field = |row: Vec<Option<String>>| {
            let [name, kind] = row.try_into().ok()?;
            Some(Field::new(name?, type_of(&kind?), true))
        };
        let fields: Vec<_> = rows.into_iter().filter_map(field).collect();
        if fields.is_empty() { Err(missing()) } else { Ok(Arc::new(Schema::new(fields))) }
    }

    pub(super) async fn known_runs(&self) -> Result<Vec<KnownRun>, EngineError> {
        let client = self.client().await;
        let request = client
            .redshift
            .list_statements()
            .status(State::All)
            .max_results(RUNS)
            .set_workgroup_name(self.target.workgroup.clone())
            .set_cluster_identifier(self.target.cluster.clone())
            .set_database(self.target.database.clone());
        let listed = Box::pin(client.ask(REDSHIFT, || request.clone().send())).await?;
        let theirs = listed.statements().iter().filter(|run| run.statement_name() != Some(OWN_NAME));
        Ok(theirs.filter_map(known).collect())
    }

    /// In the order in which a statement needs them; what stands after the first that is wrong is not asked.
    pub(super) async fn all_checks(&self) -> Vec<Check> {
        let mut checks = vec![Check::of("login", self.first("SELECT current_user", &[]).await)];
        if checks[0].found.is_ok() {
            let schema = self.external_schema().await;
            let is_there = schema.is_ok();
            checks.push(Check::of(EXTERNAL_SCHEMA, schema));
            if is_there {
                checks.push(Check::of("right to the schema", self.usage().await));
            }
        }
        checks.push(Check::of("large results", self.large_results()));
        checks
    }

    async fn external_schema(&self) -> Result<String, EngineError> {
        let missing = |message: &str| {
            EngineError::new(ErrorKind::Missing, message)
                .with_hint("`saldo redshift setup` prints the statements that make it")
        };
        let Some(schema) = &self.target.schema else {
            return Err(missing("the target names no `schema`"));
        };
        let sql = "SELECT databasename FROM svv_external_schemas WHERE schemaname = :schema";
        let found = self.first(sql, &[("schema", &schema.to_lowercase())]).await;
        found.map(|database| format!("{schema} shows {database} of the Glue catalogue")).map_err(|error| {
            match error.kind {
                ErrorKind::Missing => missing(&format!("there is no external schema {schema}")),
                _ => error,
            }
        })
    }

    async fn usage(&self) -> Result<String, EngineError> {
        let schema = self.target.schema.clone().unwrap_or_default();
        let sql = "SELECT has_schema_privilege(current_user, CAST(:schema AS VARCHAR), 'usage')";
        match self.first(sql, &[("schema", &schema.to_lowercase())]).await?.as_str() {
            "true" => Ok("USAGE".into()),
            _ => Err(EngineError::new(ErrorKind::Denied, format!("this user may not use {schema}"))
                .with_hint("`saldo redshift setup --grant USER` prints the grant")),
        }
    }

    fn large_results(&self) -> Result<String, EngineError> {
        match (&self.target.output, &self.target.role) {
            (Some(output), Some(_)) => Ok(format!("unloaded to {output}")),
            (None, None) => Ok("refused: no `output` and `role` are set".into()),
            _ => Err(EngineError::new(ErrorKind::Other, "`output` and `role` only work together")
                .with_hint("set both for the target, or neither")),
        }
    }

    /// The one cell that a check asks for.
    async fn first(&self, sql: &str, values: &[(&str, &str)]) -> Result<String, EngineError> {
        let cell = self.all(sql, values).await?.into_iter().flatten().flatten().next();
        cell.ok_or_else(|| EngineError::new(ErrorKind::Missing, "there is none of that name"))
    }
}

fn known(run: &StatementData) -> Option<KnownRun> {
    let state = match run.status() {
        Some(State::Finished) => RunState::Succeeded,
        Some(State::Failed) => RunState::Failed,
        Some(State::Aborted) => RunState::Cancelled,
        _ => RunState::Running,
    };
    let started = run.created_at()?;
    Some(KnownRun {
        id: RunId(run.id().to_owned()),
        state,
        statement: run.query_string().unwrap_or_default().to_owned(),
        started: chrono::DateTime::from_timestamp(started.secs(), started.subsec_nanos())?,
        bytes_scanned: None,
    })
}
