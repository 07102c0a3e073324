//! What a statement may cost before the person is asked.

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use crate::engine::{Engine, EngineError, ErrorKind};
use crate::explorer::message::Question;
use crate::ledger::Ledger;
use crate::query::Statement;
use crate::target::{Dollars, Target};

/// The budgets of a target.
pub(super) struct Budget {
    pub(super) target: String,
    pub(super) query: Option<Dollars>,
    pub(super) day: Option<Dollars>,
    pub(super) ledger: Ledger,
}

impl Budget {
    /// Those of the settings, where there are any.
    pub(super) fn of(name: &str, target: &Target, ledger: &Ledger) -> Option<Self> {
        let (query, day) = (target.budget_query, target.budget_day);
        (query.is_some() || day.is_some()).then(|| Self {
            target: name.to_owned(),
            query,
            day,
            ledger: ledger.clone(),
        })
    }

    /// What the person is asked before this statement is sent; nothing where it stays below the budgets.
    pub(super) fn question(
        &self,
        engine: &dyn Engine,
        statement: &Statement,
        cancel: &CancellationToken,
    ) -> Result<Option<Question>, EngineError> {
        let Some(bound) = engine.estimate(statement, cancel)? else { return Ok(None) };
        let spent = self.ledger.spent(&self.target, Utc::now().date_naive()).map_err(|error| {
            let text = format!("what was spent today cannot be told, so nothing was sent: {error}");
            EngineError::new(ErrorKind::Io, text)
        })?;
        let spent = Dollars::from_nano(spent);
        let above = match bound.cost {
            Some(cost) => {
                let of_day: Dollars = [spent, cost].into_iter().sum();
                self.query.is_some_and(|budget| cost > budget)
                    || self.day.is_some_and(|budget| of_day > budget)
            }
            // A price that is not known is no reason to be quiet.
            None => bound.bytes > 0,
        };
        Ok(above.then_some(Question { bound, spent, query: self.query, day: self.day }))
    }
}
