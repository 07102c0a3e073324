//! Asks the engine for the lake's accounts.

use tokio_util::sync::CancellationToken;

use super::{Jobs, bad};
use crate::credit::accounts::Known;
use crate::credit::lookup;
use crate::engine::duckdb::DuckDb;
use crate::engine::{Engine as _, EngineError};
use crate::explorer::message::Msg;
use crate::query::Statement;

/// Accounts that are kept; of a lake with more, none are offered.
pub(super) const MOST: usize = 100_000;

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
        });
    }
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
