//! What is asked of the credit check, and what comes of it, as plain data.

use chrono::NaiveDate;

use crate::credit::card::Card;
use crate::credit::decimal::Decimal;
use crate::credit::policy::Band;
use crate::credit::read::Whose;

/// Who is judged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Judge {
    /// Every account, a line each.
    #[default]
    Everyone,
    /// These accounts or customers, a card each.
    These(Vec<Whose>),
    /// Every account, against the last look.
    Watch,
}

/// A request, as plain data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreditRequest {
    /// Counts the requests; answers to an earlier one are dropped.
    pub number: u64,
    pub judge: Judge,
    /// The last day that counts, else the newest of the lake's bank lines.
    pub as_of: Option<NaiveDate>,
    /// Proposed, a month, in the currency of the card.
    pub instalment: Option<Decimal>,
    /// In which amounts are told, else the lake's base currency.
    pub currency: Option<String>,
}

/// What comes of a request.
#[derive(Debug)]
pub enum CreditEvent {
    /// A card an account, in the order of the request.
    Cards(Vec<Card>),
    /// What all have in common, and every account.
    Everyone(String, Vec<Standing>),
    Watch(WatchList),
    /// Why there is nothing, and what to do.
    Refused(String, Option<String>),
}

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub account: String,
    pub name: Option<String>,
    /// None where the data do not carry a grade.
    pub band: Option<Band>,
    /// `green`, or `insufficient data`.
    pub word: &'static str,
    /// Of those that can be reached.
    pub percent: Option<Decimal>,
    /// What weighs most.
    pub reason: String,
    /// The balance of the last twelve months as a row of bars.
    pub bars: String,
}

/// What is different since the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchList {
    /// What was found, in a sentence each.
    pub sentences: Vec<String>,
    /// The accounts that are worse, and the band that each had.
    pub worse: Vec<(Band, Standing)>,
}
