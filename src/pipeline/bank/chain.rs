//! Whether balances follow from amounts: the saved query `balance_breaks`, asked after statements came in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use duckdb::params_from_iter;
use serde::Serialize;

use super::super::{PipelineError, stage_failed, write};
use crate::engine::duckdb::Connection;
use crate::lake::Lake;
use crate::query;

/// Places that are named; the query shows all.
const FIRST: usize = 3;

/// Where balances do not follow from amounts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Breaks {
    pub count: u64,
    /// The first of them, for a person.
    pub first: Vec<String>,
}

/// Looks at all accounts of a lake, with the query's own tolerance.
///
/// # Errors
/// When the table cannot be read.
pub fn breaks(lake: &Lake) -> Result<Breaks, PipelineError> {
    let failed = |error: duckdb::Error| stage_failed("banktxn")(error);
    let mut breaks = Breaks::default();
    let (queries, _) = query::all(None, &lake.manifest.conversion.base);
    let Some(query) = queries.iter().find(|query| query.name == "balance_breaks") else { return Ok(breaks) };
    let statement = query.render(&BTreeMap::new()).map_err(|error| stage_failed("banktxn")(error))?;
    let connection = Connection::open_in_memory().map_err(failed)?;
    let files = lake.table("banktxn").into_iter().flat_map(|table| &table.files);
    let files: Vec<_> = files.map(|file| lake.root.join(&file.path)).collect();
    let view = format!("CREATE TEMP VIEW banktxn AS {}", write::read(files.iter().map(PathBuf::as_path)));
    connection.execute_batch(&view).map_err(failed)?;
    let text = format!(
        "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({}\n)",
        statement.sql.trim_end().trim_end_matches(';')
    );
    let mut prepared = connection.prepare(&text).map_err(failed)?;
    let mut rows = prepared.query(params_from_iter(&statement.values)).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        breaks.count += 1;
        if breaks.first.len() < FIRST {
            let cell =
                |place| row.get::<_, Option<String>>(place).map(Option::unwrap_or_default).map_err(failed);
            breaks.first.push(format!(
                "account {} on {}: balance {}, expected {} (line {} of {})",
                cell(0)?,
                cell(1)?,
                cell(2)?,
                cell(3)?,
                cell(6)?,
                cell(5)?
            ));
        }
    }
    Ok(breaks)
}
