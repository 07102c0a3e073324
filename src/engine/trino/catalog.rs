//! What Trino tells about itself: tables, columns, what a statement would read, runs, and whether all is in order.

use std::sync::Arc;

use chrono::DateTime;
use duckdb::arrow::datatypes::{Field, Schema, SchemaRef};
use serde::Deserialize;

use super::client::Method;
use super::{OWN_SOURCE, Trino, path};
use crate::engine::cells::type_of;
use crate::engine::remote::KnownRun;
use crate::engine::{CatalogTable, Check, EngineError, ErrorKind, Estimate, RunId};
use crate::ledger::RunState;
use crate::sql::{name_parts, quote_name, quote_text};
use crate::target::Dollars;

/// How many runs are listed.
const RUNS: usize = 100;

/// What `EXPLAIN (TYPE IO)` tells.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Io {
    #[serde(default)]
    input_table_column_infos: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    estimate: InputEstimate,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InputEstimate {
    /// A number, or the text `NaN`.
    output_size_in_bytes: serde_json::Value,
}

/// What the server says of itself to everybody.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    node_version: Version,
    starting: bool,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl Trino {
    /// All rows of a statement of our own.
    async fn all(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, EngineError> {
        let mut page = self.client.post(sql, OWN_SOURCE).await?;
        let mut rows = Vec::new();
        loop {
            if let Some(failure) = &page.error {
                return Err(failure.error(page.stats(self.price)));
            }
            page.each_row(|row| {
                rows.push(row.into_iter().map(|cell| cell.map(Into::into)).collect());
                Ok(())
            })?;
            let Some(next) = &page.next_uri else { return Ok(rows) };
            page = self.client.get(&path(next)?).await?;
        }
    }

    pub(super) async fn tables(&self) -> Result<Vec<CatalogTable>, EngineError> {
        if self.catalog.is_none() {
            return Err(EngineError::new(ErrorKind::Missing, "the target names no catalog of Trino")
                .with_hint("set `catalog` of the target in saldo.toml; `SHOW CATALOGS` lists them"));
        }
        let wanted =
            self.schema.as_ref().map_or("table_schema <> 'information_schema'".to_owned(), |schema| {
                format!("table_schema = {}", quote_text(&schema.to_lowercase()))
            });
        let sql = format!(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE {wanted} ORDER BY 1, 2"
        );
        let table = |row: Vec<Option<String>>| {
            let [schema, name] = row.try_into().ok()?;
            Some(CatalogTable { schema: schema?, name: name? })
        };
        Ok(self.all(&sql).await?.into_iter().filter_map(table).collect())
    }

    pub(super) async fn columns(&self, table: &str) -> Result<SchemaRef, EngineError> {
        let names = name_parts(table);
        let missing = || EngineError::new(ErrorKind::Missing, format!("there is no table {table}"));
        let (catalog, schema, name) = match names.as_slice() {
            [name] => (None, self.schema.as_ref(), name),
            [schema, name] => (None, Some(schema), name),
            [catalog, schema, name] => (Some(catalog), Some(schema), name),
            _ => return Err(missing()),
        };
        let schema = schema.ok_or_else(|| {
            missing()
                .with_hint("set `schema` of the target in saldo.toml, or write it before the table's name")
        })?;
        let before = catalog.map_or(String::new(), |catalog| format!("{}.", quote_name(catalog)));
        let sql = format!(
            "SELECT column_name, data_type FROM {before}information_schema.columns \
             WHERE table_schema = {} AND table_name = {} ORDER BY ordinal_position",
            quote_text(&schema.to_lowercase()),
            quote_text(&name.to_lowercase())
        );
        let field = |row: Vec<Option<String>>| {
            let [name, kind] = row.try_into().ok()?;
            Some(Field::new(name?, type_of(&kind?), true))
        };
        let fields: Vec<_> = self.all(&sql).await?.into_iter().filter_map(field).collect();
        if fields.is_empty() { Err(missing()) } else { Ok(Arc::new(Schema::new(fields))) }
    }

    /// What a statement would read, where the statistics of all its tables tell.
    pub(super) async fn io(&self, sql: &str) -> Result<Option<Estimate>, EngineError> {
        let rows = self.all(&format!("EXPLAIN (TYPE IO, FORMAT JSON) {sql}")).await?;
        let Some(Some(json)) = rows.first().and_then(|row| row.first()) else { return Ok(None) };
        let Ok(io) = serde_json::from_str::<Io>(json) else { return Ok(None) };
        let bytes =
            |input: &Input| input.estimate.output_size_in_bytes.as_f64().filter(|bytes| *bytes >= 0.0);
        let each: Option<Vec<f64>> = io.input_table_column_infos.iter().map(bytes).collect();
        let Some(each) = each.filter(|each| !each.is_empty()) else { return Ok(None) };
        // An estimate, of which the digits beyond a float's do not count.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is not negative, and saturates"
        )]
        let bytes = each.iter().sum::<f64>().ceil() as u64;
        let cost = self.price.map(|price| Dollars::of_bytes(bytes, price));
        let basis =
            "Trino's statistics of the columns and partitions that the statement reads, not compressed";
        Ok(Some(Estimate { bytes, cost, basis: basis.into() }))
    }

    pub(super) async fn known_runs(&self) -> Result<Vec<KnownRun>, EngineError> {
        let sql = format!(
            "SELECT query_id, state, error_code, query, to_iso8601(created) FROM system.runtime.queries \
             WHERE \"user\" = current_user AND (source IS NULL OR source <> {}) ORDER BY created DESC LIMIT {RUNS}",
            quote_text(OWN_SOURCE)
        );
        let run = |row: Vec<Option<String>>| {
            let [id, state, error, statement, created] = row.try_into().ok()?;
            let state = match (state.as_deref(), error.as_deref()) {
                (Some("FINISHED"), _) => RunState::Succeeded,
                (Some("FAILED"), Some("USER_CANCELED")) => RunState::Cancelled,
                (Some("FAILED"), _) => RunState::Failed,
                _ => RunState::Running,
            };
            let started = DateTime::parse_from_rfc3339(&created?).ok()?;
            Some(KnownRun {
                id: RunId(id?),
                state,
                statement: statement.unwrap_or_default(),
                started: started.to_utc(),
                bytes_scanned: None,
            })
        };
        Ok(self.all(&sql).await?.into_iter().filter_map(run).collect())
    }

    /// In the order in which a statement needs them; what stands after the first that is wrong is not asked.
    pub(super) async fn all_checks(&self) -> Vec<Check> {
        let mut checks = vec![Check::of("server", self.server().await)];
        let steps: [(&'static str, Option<String>); 3] = [
            ("login", Some("SELECT current_user".into())),
            (
                "catalog",
                self.catalog.as_ref().map(|catalog| {
                    let catalog = quote_text(&catalog.to_lowercase());
                    format!(
                        "SELECT catalog_name FROM system.metadata.catalogs WHERE catalog_name = {catalog}"
                    )
                }),
            ),
            (
                "schema",
                self.catalog.as_ref().and(self.schema.as_ref()).map(|schema| {
                    let schema = quote_text(&schema.to_lowercase());
                    format!(
                        "SELECT schema_name FROM information_schema.schemata WHERE schema_name = {schema}"
                    )
                }),
            ),
        ];
        for (what, sql) in steps {
            if checks.last().is_some_and(|check| check.found.is_err()) {
                break;
            }
            checks.push(Check::of(what, self.first(what, sql).await));
        }
        checks
    }

    async fn server(&self) -> Result<String, EngineError> {
        let body = self.client.ask(Method::Get, &self.client.path("/v1/info")).await?;
        let info: Info = serde_json::from_slice(&body).map_err(|_| {
            EngineError::new(ErrorKind::Other, "this is not a Trino server")
                .with_hint("set `url` of the target in saldo.toml to Trino's coordinator")
        })?;
        if info.starting {
            return Err(EngineError::new(ErrorKind::Other, "it is still starting").with_hint("wait a minute"));
        }
        Ok(format!("Trino {}", info.node_version.version))
    }

    /// The one cell that a check asks for.
    async fn first(&self, what: &str, sql: Option<String>) -> Result<String, EngineError> {
        let fix = format!("set `{what}` of the target in saldo.toml");
        let Some(sql) = sql else {
            return Err(EngineError::new(ErrorKind::Missing, "none is set").with_hint(fix));
        };
        let rows = self.all(&sql).await?;
        let cell = rows.into_iter().flatten().flatten().next();
        cell.ok_or_else(|| EngineError::new(ErrorKind::Missing, "there is none of that name").with_hint(fix))
    }
}
