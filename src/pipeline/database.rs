//! The database in which a stage's statement runs.

use std::fmt::Display;
use std::path::Path;

use super::write;
use crate::engine::duckdb::Connection;

/// Functions that Spark has and DuckDB spells otherwise, so that a stage's text is the same for both.
pub const DIALECT: &str = "CREATE MACRO sha2(message, bits) AS sha256(message);
CREATE MACRO datediff(end_date, start_date) AS end_date - start_date;";

/// The optimizer that tells the writer of Parquet which columns have no NULL, which it writes otherwise: what is known of rows
/// depends on where they came from, and the same rows shall give the same bytes.
const STATISTICS: &str = "statistics_propagation";

/// A database in memory that spills into the work folder.
///
/// Threads are a setting of the whole database, and writing needs one thread, so stages do not share a database.
pub fn open(work: &Path) -> Result<Connection, impl Display + use<>> {
    let connection = Connection::open_in_memory()?;
    let spill = write::quoted(&work.join("spill"));
    let sql = format!(
        "SET temp_directory = {spill}; SET memory_limit = '1500MB'; SET disabled_optimizers = '{STATISTICS}'; {DIALECT}"
    );
    connection.execute_batch(&sql).map(|()| connection)
}

/// Rows that pass by small tables stay in their order.
pub fn keep_order(connection: &Connection) -> Result<(), duckdb::Error> {
    connection
        .execute_batch(&format!("SET disabled_optimizers = '{STATISTICS},join_order,build_side_probe_side'"))
}
