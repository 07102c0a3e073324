//! What a person can do where there is no forecast.

use super::super::Failure;
use crate::external_model::ModelError;
use crate::forecast::external_model::PredictorError;
use crate::series::{self, SeriesError};

impl From<SeriesError> for Failure {
    fn from(error: SeriesError) -> Self {
        let hint = match &error {
            SeriesError::DateOrder { orders, .. } => {
                let orders = series::or(orders, |order| format!("--dates {}", order.word()));
                return Self::usage(error.to_string(), format!("say which with {orders}"));
            }
            SeriesError::Currencies(mixed) => {
                let by = match &mixed.told_by[..] {
                    [name] => format!(", make a series of each with --by {name}"),
                    _ => String::new(),
                };
                let hint =
                    format!("keep one with WHERE {}{by}, or take {}", mixed.condition(), mixed.instead());
                return Self::new(2, error.to_string()).with_hint(&hint);
            }
            SeriesError::Kind { .. } => "cast it in the statement: CAST(column AS DATE), make_date, strptime",
            SeriesError::Column { .. } => "choose columns with --date, --value and --by",
            SeriesError::NoDate(_) => {
                "name the column with --date; text counts when it is written 2024-12-31 or 31/12/2024"
            }
            SeriesError::DecimalMark { .. } => "say which with --decimal point or --decimal comma",
            SeriesError::Mixed { .. } => {
                "write the column in one way, or choose its rows with a statement after -c"
            }
            SeriesError::NoNumber(_) => "name the column with --value",
            SeriesError::Empty { .. } => "look at the rows with `saldo query`",
        };
        let code = if matches!(error, SeriesError::Empty { .. }) { 3 } else { 2 };
        Self::new(code, error.to_string()).with_hint(hint)
    }
}

impl From<PredictorError> for Failure {
    fn from(error: PredictorError) -> Self {
        let failure = Self::new(3, error.to_string());
        match error.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        let (message, hint) = (error.to_string(), error.hint());
        let code = match error {
            ModelError::Place(error) => return error.into(),
            ModelError::Outside { .. } | ModelError::NoCard { .. } => 3,
            ModelError::Pickle(_) | ModelError::NoEndpoints(_) => 2,
            ModelError::Missing(_)
            | ModelError::Large { .. }
            | ModelError::Endpoint { .. }
            | ModelError::Io { .. } => 1,
        };
        Self { code, message, hint }
    }
}
