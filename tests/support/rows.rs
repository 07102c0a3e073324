//! What a query over a lake's tables answers, as text.

use saldo::engine::duckdb::Connection;

/// All rows, cell by cell; `∅` for NULL.
pub fn rows(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
    let text = format!("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})");
    let mut statement = connection.prepare(&text).unwrap();
    let mut found = statement.query([]).unwrap();
    let mut all = Vec::new();
    while let Some(row) = found.next().unwrap() {
        let columns = row.as_ref().column_count();
        let cell = |index| row.get::<_, Option<String>>(index).unwrap().unwrap_or("∅".into());
        all.push((0..columns).map(cell).collect());
    }
    all
}
