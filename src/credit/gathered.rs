//! Figures of a lake that an engine elsewhere reads.
//!
//! The engine there gives the lines, the sums of their history, the rates and the calendar, by a handful of statements; the figures
//! are computed from these here, by the SQL that computes them from a lake. Engines elsewhere plan what stands before a statement
//! anew wherever it is named: the topics would be hundreds of stages (Trino and Athena allow 150), each reading, and billing, the
//! same lines again.

use tokio_util::sync::CancellationToken;

use super::figures::Figures;
use super::keep::{self, Kept};
use super::read::{ReadError, Request, read_given, tables};
use super::statement;
use crate::engine::Engine;
use crate::engine::duckdb::{DuckDb, Settings};
use crate::query::Statement;

/// What an engine elsewhere is asked, each with the file of `queries/credit` that it is of.
///
/// # Errors
/// When the engine's tables cannot be listed, or the request asks for what there is not.
pub fn statements(
    engine: &dyn Engine,
    request: &Request,
    cancel: &CancellationToken,
) -> Result<Vec<(&'static str, Statement)>, ReadError> {
    let values = request.values()?;
    let queries = statement::gathered(&request.base_currency, &tables(engine, cancel)?)?;
    queries.into_iter().map(|(name, query)| Ok((name, query.bind(engine.dialect(), &values)?))).collect()
}

/// The figures, as [`read`](super::read::read) gives them: from the answers of the engine there to `statements`, computed within
/// the memory of `settings`, with files in its temporary folder.
///
/// # Errors
/// When a statement cannot be run, its rows cannot be kept, or those of the figures are not what they should be.
pub fn read(
    engine: &dyn Engine,
    statements: Vec<(&'static str, Statement)>,
    request: &Request,
    settings: Settings,
    cancel: &CancellationToken,
) -> Result<Vec<Figures>, ReadError> {
    let folder = keep::folder(&settings)?;
    let Kept { relations, bytes_read } = keep::keep(engine, statements, &folder, cancel)?;
    let names: Vec<_> = relations.iter().map(|relation| relation.name.clone()).collect();
    let given: Vec<_> = names.iter().map(String::as_str).collect();
    let here =
        DuckDb::new(Settings { lake: None, objects: Vec::new(), results: None, relations, ..settings });
    let mut all = read_given(&here, request, &given, cancel)?;
    for figures in &mut all {
        figures.inputs.bytes_read = bytes_read;
    }
    Ok(all)
}
