//! The databases in which statements of the pipeline run, none of which fills the memory.

use std::fmt::Display;
use std::ops::Deref;
use std::path::Path;

use tempfile::TempDir;

use super::files;
use crate::engine::duckdb::{Connection, memory_limit};
use crate::sql::quote_text;

/// Functions that Spark has and DuckDB spells otherwise, so that a stage's text is the same for both.
pub const DIALECT: &str = "CREATE MACRO datediff(end_date, start_date) AS end_date - start_date;";

/// The optimizer that tells the writer of Parquet which columns have no NULL, which it writes otherwise: what is known of rows
/// depends on where they came from, and the same rows shall give the same bytes.
const STATISTICS: &str = "statistics_propagation";

/// No stage needs more than this: what does not fit spills.
const MOST: f64 = 1500e6;

/// A database in memory for questions beside the stages; what does not fit goes to a folder of its own, which goes with it.
pub struct Scratch {
    connection: Connection,
    _spill: TempDir,
}

impl Scratch {
    /// # Errors
    /// When the database does not begin.
    pub fn open() -> Result<Self, duckdb::Error> {
        let connection = Connection::open_in_memory()?;
        // DuckDB's own place for it is the folder in which the program was called.
        let spill = TempDir::with_prefix("saldo-")
            .map_err(|error| duckdb::Error::ToSqlConversionFailure(error.into()))?;
        let folder = files::quoted(spill.path());
        let sql = format!("SET temp_directory = {folder}; SET memory_limit = '{}KB'", MOST / 1e3);
        connection.execute_batch(&sql).map(|()| Self { connection, _spill: spill })
    }
}

impl Deref for Scratch {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// A database in memory that spills into the work folder.
///
/// Threads are a setting of the whole database, and writing needs one thread, so stages do not share a database.
///
/// # Errors
/// When the database does not begin.
pub fn open(work: &Path) -> Result<Connection, impl Display + use<>> {
    let connection = Connection::open_in_memory()?;
    let spill = files::quoted(&work.join("spill"));
    let sql = format!(
        "SET temp_directory = {spill}; SET memory_limit = '{}KB'; SET disabled_optimizers = '{STATISTICS}'; {DIALECT}",
        MOST / 1e3
    );
    connection.execute_batch(&sql).map(|()| connection)
}

/// Gives a stage its part of a memory limit, as DuckDB writes it, of which `sharers` stages run side by side.
pub fn share(connection: &Connection, limit: &str, sharers: usize) -> Result<(), duckdb::Error> {
    connection.execute_batch(&format!("SET memory_limit = {}", quote_text(limit)))?;
    let part = memory_limit(connection)?.unwrap_or(MOST)
        / f64::from(u32::try_from(sharers.max(1)).unwrap_or(u32::MAX));
    connection.execute_batch(&format!("SET memory_limit = '{}KB'", (part.min(MOST) / 1e3).ceil()))
}

/// Rows that pass by small tables stay in their order.
pub fn keep_order(connection: &Connection) -> Result<(), duckdb::Error> {
    connection
        .execute_batch(&format!("SET disabled_optimizers = '{STATISTICS},join_order,build_side_probe_side'"))
}
