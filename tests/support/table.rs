//! What a query over one table of a lake answers, as text.

use std::path::Path;

use saldo::engine::duckdb::Connection;

/// All rows, cell by cell; `∅` for NULL. A table that is not there has none.
pub fn table(lake: &Path, name: &str, select: &str) -> Vec<Vec<String>> {
    let folder = lake.join(name);
    if !folder.exists() {
        return Vec::new();
    }
    let connection = Connection::open_in_memory().unwrap();
    let glob = folder.join("**/*.parquet");
    let view =
        format!("CREATE VIEW {name} AS FROM read_parquet('{}', hive_partitioning = false)", glob.display());
    connection.execute_batch(&view).unwrap();
    crate::rows::rows(&connection, select)
}
