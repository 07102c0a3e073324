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
        let bound = match engine.estimate(statement, cancel) {
            Ok(bound) => bound.ok_or_else(|| "the engine tells no bound".to_owned()),
            // It could not be sent either.
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::Cancelled | ErrorKind::Unreachable | ErrorKind::Expired
                ) =>
            {
                return Err(error);
            }
            Err(error) => Err(error.message),
        };
        let spent = self.ledger.spent(&self.target, Utc::now().date_naive()).map_err(|error| {
            let text = format!("what was spent today cannot be told, so nothing was sent: {error}");
            EngineError::new(ErrorKind::Io, text)
        })?;
        let spent = Dollars::from_nano(spent);
        let above = match bound.as_ref().map(|bound| bound.cost) {
            Ok(Some(cost)) => {
                let of_day: Dollars = [spent, cost].into_iter().sum();
                self.query.is_some_and(|budget| cost > budget)
                    || self.day.is_some_and(|budget| of_day > budget)
            }
            // What is not known is no reason to be quiet.
            Ok(None) | Err(_) => true,
        };
        Ok(above.then_some(Question { bound, spent, query: self.query, day: self.day }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::duckdb::{DuckDb, Settings};
    use crate::engine::fake::{self, Script};

    #[test]
    fn a_price_that_nobody_tells_is_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::within(folder.path());
        let dollars = |text: &str| text.parse::<Dollars>().ok();
        let budget = Budget { target: "prod".into(), query: dollars("1"), day: None, ledger: ledger.clone() };
        let asked = |engine: &dyn Engine| {
            let question = budget.question(engine, &Statement::plain("SELECT 1"), &CancellationToken::new());
            question.unwrap().map(|question| question.bound.map(|bound| bound.cost))
        };
        let local = || DuckDb::new(Settings::default());
        assert_eq!(asked(&local()), Some(Err("the engine tells no bound".into())));
        let priced = |price| {
            let script = Script { bytes: 1_000_000_000_000, price, ..Script::default() };
            asked(&fake::engine(local(), script, ledger.clone(), None))
        };
        assert_eq!(priced(None), Some(Ok(None)));
        assert_eq!(priced(dollars("5")), Some(Ok(dollars("5"))));
        assert_eq!(priced(dollars("0.5")), None);
    }
}
