//! What is asked of the forecast, and what comes of it, as plain data.

use chrono::NaiveDate;

use crate::forecast::{Kind, Options, Origin, Outlook};
use crate::series::Unit;

/// What is forecast.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Subject {
    /// The investment balance of the star schema.
    #[default]
    Balance,
    /// The balance of an account.
    Account(AccountBalance),
    /// A result.
    Result(ResultPart),
}

/// The end-of-day balance of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountBalance {
    pub account: String,
    /// The last day that counts.
    pub to: NaiveDate,
    /// The account's own, where it is known.
    pub currency: Option<String>,
}

/// What is taken of a result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultPart {
    /// The job that it is the result of.
    pub job: u64,
    /// The column under the cursor, taken if it holds numbers.
    pub column: Option<String>,
    /// The account that the statement was about, if it was about one.
    pub of: Option<String>,
    /// Rows that have come, and whether there are no more.
    pub rows: u64,
    pub whole: bool,
}

/// A request, as plain data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForecastRequest {
    /// Counts the requests; answers to an earlier one are dropped.
    pub number: u64,
    pub subject: Subject,
    pub kind: Kind,
    /// The model trained elsewhere forecasts, not ours.
    pub external: bool,
    /// Steps ahead; nothing for the usual ones.
    pub horizon: Option<usize>,
    pub options: Options,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastReport {
    /// The request that is answered.
    pub request: ForecastRequest,
    /// Name of the values.
    pub title: String,
    pub unit: Unit,
    /// What came after the origin, where that is known.
    pub actual: Vec<(NaiveDate, f64)>,
    /// What was left out of the series and who could not be asked, each in a sentence.
    pub notes: Vec<String>,
    pub outlook: Outlook,
}

/// What comes of a request.
#[derive(Debug)]
pub enum ForecastEvent {
    /// The forecast; with its backtest when that is done.
    Report(Box<ForecastReport>),
    /// An origin of the backtest.
    Origin(Origin),
    /// Why there is none, and what to do.
    Refused(String, Option<String>),
}
