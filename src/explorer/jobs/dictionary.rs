//! Asks the engine here what can be named in a statement: tables with their columns, functions.

use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::{Jobs, bad};
use crate::completion::{Column, Dictionary, Function, Table};
use crate::engine::duckdb::DuckDb;
use crate::engine::{CatalogTable, Engine as _, EngineError};
use crate::explorer::message::Msg;
use crate::value;

/// Each function once, with the fewest arguments that it takes.
const FUNCTIONS: &str =
    "SELECT function_name, COALESCE(min_by(array_to_string(parameters, ', '), len(parameters)), '')
FROM duckdb_functions()
WHERE regexp_full_match(function_name, '[a-z][a-z0-9_]*')
GROUP BY function_name
ORDER BY function_name";

impl Jobs {
    pub(super) fn dictionary(&self) {
        let (engine, schemas, cancel) = (self.local.clone(), self.schemas.clone(), self.beside.clone());
        self.start(bad, move |send| {
            // What cannot be read is not offered; a statement that names it says why.
            let functions = functions(&engine, &cancel).unwrap_or_default();
            let tables = tables(&engine, schemas.first(), &cancel).unwrap_or_default();
            send(Msg::Dictionary(Dictionary { schemas, tables, functions }));
        });
    }
}

fn tables(
    engine: &DuckDb,
    own: Option<&String>,
    cancel: &CancellationToken,
) -> Result<Vec<Table>, EngineError> {
    let table = |CatalogTable { schema, name }: CatalogTable| {
        // Kept results stand in a schema of their own.
        let is_apart = Some(&schema) != own;
        let asked = if is_apart { format!("{schema}.{name}") } else { name.clone() };
        let described = engine.describe(&asked, cancel);
        let columns = described.iter().flat_map(|schema| schema.fields()).map(|field| Column {
            name: field.name().clone(),
            sql_type: value::type_label(field.data_type()),
        });
        let columns = columns.collect();
        Table { schema: is_apart.then_some(schema), name, columns }
    };
    Ok(engine.catalog(cancel)?.into_iter().map(table).collect())
}

fn functions(engine: &DuckDb, cancel: &CancellationToken) -> Result<Vec<Function>, EngineError> {
    let (_, batches) = engine.rows(FUNCTIONS, cancel)?;
    let function = |batch: &RecordBatch, row: usize| Function {
        name: value::shown(batch.column(0).as_ref(), row),
        signature: format!("({})", value::shown(batch.column(1).as_ref(), row)),
    };
    let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    Ok(rows.map(|(batch, row)| function(batch, row)).collect())
}
