//! Asks the engine for the lake's accounts.

use super::{Jobs, bad};
use crate::explorer::message::Msg;
use crate::query::ACCOUNTS;
use crate::value;

/// Accounts that are kept; of a lake with more, none are offered.
const MOST: usize = 100_000;

impl Jobs {
    pub(super) fn accounts(&self) {
        let (engine, cancel) = (self.local.clone(), self.beside.clone());
        self.start(bad, move |send| {
            let sql = format!(
                "SELECT DISTINCT account_no FROM {ACCOUNTS} WHERE account_no IS NOT NULL ORDER BY account_no LIMIT {}",
                MOST + 1
            );
            // A lake whose accounts cannot be read offers none; the query itself says why.
            let batches =
                engine.rows(&sql, &cancel).map(|(_, batches)| batches).unwrap_or_default();
            let cells = batches.iter().flat_map(|batch| {
                let column = batch.columns().first();
                (0..batch.num_rows()).filter_map(move |row| value::plain(column?.as_ref(), row))
            });
            let mut accounts: Vec<_> = cells.collect();
            if accounts.len() > MOST {
                accounts.clear();
            }
            send(Msg::Accounts(accounts));
        });
    }
}
