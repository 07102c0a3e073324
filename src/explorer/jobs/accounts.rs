//! Asks the engine for the lake's accounts and currencies.

use tokio_util::sync::CancellationToken;

use super::{Jobs, bad};
use crate::credit::accounts::Known;
use crate::credit::lookup;
use crate::engine::duckdb::DuckDb;
use crate::engine::{Engine as _, EngineError};
use crate::explorer::message::Msg;
use crate::query::{CURRENCIES, Statement};

/// Accounts that are kept; of a lake with more, none are offered.
pub(super) const MOST: usize = 100_000;
/// The columns that name currencies, each with its table.
const COLUMNS: [(&str, &str); 3] = [
    (CURRENCIES[0], "deposit_currency"),
    (CURRENCIES[0], "withdrawal_currency"),
    (CURRENCIES[1], "currency"),
];

impl Jobs {
    pub(super) fn accounts(&self) {
        let (engine, cancel) = (self.local.clone(), self.beside.clone());
        self.start(bad, move |send| {
            // A lake whose accounts cannot be read offers none; the query itself says why.
            let mut accounts = all(&engine, MOST + 1, &cancel).unwrap_or_default();
            if accounts.len() > MOST {
                accounts.clear();
            }
            send(Msg::Accounts(accounts));
            let run = |sql: &str| lookup::rows(&engine, Statement::plain(sql), &cancel);
            let customers = engine.catalog(&cancel).and_then(|tables| lookup::customers(&tables, run));
            if let Ok(Some(customers)) = customers {
                send(Msg::Customers(customers));
            }
        });
    }

    pub(super) fn currencies(&self) {
        let (engine, cancel) = (self.local.clone(), self.beside.clone());
        // As of accounts: where they cannot be read none are offered.
        self.start(bad, move |send| {
            send(Msg::Currencies(all_currencies(&engine, &cancel).unwrap_or_default()));
        });
    }
}

/// The currencies of the statements and of the rates, of those tables that there are.
fn all_currencies(engine: &DuckDb, cancel: &CancellationToken) -> Result<Vec<Known>, EngineError> {
    let tables = engine.catalog(cancel)?;
    let has = |name: &str| tables.iter().any(|table| table.name.eq_ignore_ascii_case(name));
    let parts: Vec<_> = COLUMNS
        .iter()
        .filter(|(table, _)| has(table))
        .map(|(table, column)| format!("SELECT {column} AS currency FROM {table}"))
        .collect();
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT DISTINCT currency FROM ({}) AS held WHERE LENGTH(currency) = 3 ORDER BY currency",
        parts.join(" UNION ALL ")
    );
    let rows = lookup::rows(engine, Statement::plain(&sql), cancel)?;
    Ok(rows.into_iter().flatten().flatten().map(|code| Known { account: code, name: None }).collect())
}

/// So many of the lake's accounts, in the order of their numbers.
pub(super) fn all(
    engine: &DuckDb,
    most: usize,
    cancel: &CancellationToken,
) -> Result<Vec<Known>, EngineError> {
    let run = |sql: &str| lookup::rows(engine, Statement::plain(sql), cancel);
    lookup::accounts(&engine.catalog(cancel)?, Some(most), run)
}
