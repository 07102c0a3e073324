//! What is known of an account: indicators by period, their history by month, the facts around them.
//!
//! The SQL gives long tables, so data tells what there is. [`INDICATORS`](super::indicators::INDICATORS) tells what each name means.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Serialize, Serializer};

use super::decimal::Decimal;

/// The time over which an indicator is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// So many full calendar months, the last of which ends at or before the as-of date.
    Months(u32),
    /// So many full calendar months, and the days since to the as-of date.
    MonthsAndSince(u32),
    /// So many days, the last of which is the as-of date.
    Days(u32),
    /// From the first line to the as-of date.
    All,
}

/// Every period that an indicator may have.
pub const PERIODS: [Period; 9] = {
    use Period::{All, Days, Months, MonthsAndSince};
    [Months(1), Months(3), Months(6), Months(12), MonthsAndSince(12), Days(30), Days(60), Days(90), All]
};

/// What the short words for periods on a card mean.
pub const PERIOD_WORDS: &str = "12m is the last twelve full months, 12m+ those and the days since, 90d the last 90 days, all from the first line on.";

impl Period {
    /// As it is said in a sentence: `12 months and since`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Months(1) => "1 month".to_owned(),
            Self::Months(months) => format!("{months} months"),
            Self::MonthsAndSince(months) => format!("{months} months and since"),
            Self::Days(days) => format!("{days} days"),
            Self::All => "all time".to_owned(),
        }
    }

    /// Its first and last day; none for [`Period::All`], whose first day is the account's.
    #[must_use]
    pub fn window(self, as_of: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        match self {
            Self::All => None,
            Self::Days(days) => {
                Some((as_of.checked_sub_days(Days::new(u64::from(days).saturating_sub(1)))?, as_of))
            }
            Self::Months(months) => {
                let tomorrow = as_of.succ_opt()?;
                // The first day after the last full month.
                let after = tomorrow.with_day(1)?;
                Some((after.checked_sub_months(Months::new(months))?, after.pred_opt()?))
            }
            Self::MonthsAndSince(months) => {
                Self::Months(months).window(as_of).map(|(first, _)| (first, as_of))
            }
        }
    }
}

/// `12m`, `12m+`, `90d`, `all`: as the tables say it.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months(months) => write!(f, "{months}m"),
            Self::MonthsAndSince(months) => write!(f, "{months}m+"),
            Self::Days(days) => write!(f, "{days}d"),
            Self::All => f.write_str("all"),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no period {0:?}: there are 1m, 3m, 6m, 12m, 12m+, 30d, 60d, 90d and all")]
pub struct PeriodError(String);

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let found = PERIODS.into_iter().find(|period| period.to_string() == text);
        found.ok_or_else(|| PeriodError(text.to_owned()))
    }
}

/// What the accounts have in their months, oldest first; `None` cannot be told.
pub type History = Vec<(NaiveDate, Option<Decimal>)>;

/// All that is known of one account at one date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub subject: Subject,
    /// The last day that counts.
    pub as_of: NaiveDate,
    pub base_currency: String,
    /// What was asked beside the account.
    pub asked: Asked,
    /// By the indicator's name and its period; `None` is the SQL's NULL: it cannot be told.
    pub values: BTreeMap<(String, Period), Option<Decimal>>,
    /// By the indicator's name: the last twelve full months, each by its first day.
    pub history: BTreeMap<String, History>,
    pub facts: Facts,
    pub inputs: Inputs,
}

/// Whose figures they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    pub account: String,
    /// Of a mapping table, where the lake has one.
    pub name: Option<String>,
    /// The customer to whom it belongs, of the same table.
    pub customer: Option<String>,
    /// Whether all accounts of the customer are judged together; `account` is the customer's code then.
    pub is_customer: bool,
}

/// What goes into the SQL beside the account and the date.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// A month, in the base currency, beside the debt that there is.
    pub instalment: Option<Decimal>,
    /// Balance below which a day is low at any rate, in the base currency.
    pub floor: Decimal,
}

/// What stands around the figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The currency in which the statement tells the balance, where it is known.
    pub balance_currency: Option<String>,
    pub first_line: Option<NaiveDate>,
    pub last_line: Option<NaiveDate>,
    /// Accounts that are judged together.
    pub accounts: u64,
    pub lines: u64,
    /// The currency that lines are converted to, where the amounts are told in another one.
    pub converted_to: Option<String>,
    /// Lines that have no amount in the base currency.
    pub not_converted: u64,
    /// The second job's label, word for word, over the whole history: `Low Creditworthiness`.
    pub ratio_label: String,
    /// What the label hides, as the query's verdict says it: `n/a: no withdrawals`.
    pub ratio_note: Option<String>,
    /// Sentences of the SQL: that the account has several currencies.
    pub notes: Vec<String>,
}

/// Which data the figures come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inputs {
    /// SHA-256 of the lake's manifest, which has the checksum of every file.
    pub manifest_sha256: String,
    pub rates: Vec<RateVersion>,
    /// Bytes that were read, where the engine tells.
    pub bytes_read: Option<u64>,
}

/// A source of rates, and how far its rates reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateVersion {
    pub source: String,
    pub last: NaiveDate,
}

impl Figures {
    /// An account of which nothing is known yet.
    #[must_use]
    pub fn new(account: &str, as_of: NaiveDate, base_currency: &str) -> Self {
        Self {
            subject: Subject { account: account.to_owned(), ..Subject::default() },
            as_of,
            base_currency: base_currency.to_owned(),
            asked: Asked::default(),
            values: BTreeMap::new(),
            history: BTreeMap::new(),
            facts: Facts::default(),
            inputs: Inputs::default(),
        }
    }

    /// The value; none where it cannot be told, or was not taken.
    #[must_use]
    pub fn value(&self, indicator: &str, period: Period) -> Option<Decimal> {
        self.values.get(&(indicator.to_owned(), period)).copied().flatten()
    }

    /// The currency that lines are converted to.
    #[must_use]
    pub fn converted_to(&self) -> &str {
        self.facts.converted_to.as_deref().unwrap_or(&self.base_currency)
    }

    /// Days from the last line to the as-of date; none without a line.
    #[must_use]
    pub fn silence(&self) -> Option<Decimal> {
        let days = self.as_of.signed_duration_since(self.facts.last_line?).num_days();
        u32::try_from(days).ok().map(Decimal::whole)
    }

    /// Days below zero since the last full month; none where the balance is not known.
    #[must_use]
    pub fn negative_since(&self) -> Option<Decimal> {
        let year = Period::Months(12);
        let with_since = self.value("negative_days", Period::MonthsAndSince(12))?;
        Some(with_since.less(self.value("negative_days", year).unwrap_or_default()))
    }

    /// With this value too; `None` is NULL.
    #[must_use]
    pub fn with(mut self, indicator: &str, period: Period, value: Option<Decimal>) -> Self {
        self.values.insert((indicator.to_owned(), period), value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_has_full_months_or_days_that_end_at_the_date() {
        for (period, as_of, from, to) in [
            ("1m", "2024-02-29", "2024-02-01", "2024-02-29"),
            ("1m", "2024-02-28", "2024-01-01", "2024-01-31"),
            ("12m", "2019-03-05", "2018-03-01", "2019-02-28"),
            ("12m+", "2019-03-05", "2018-03-01", "2019-03-05"),
            ("12m+", "2019-02-28", "2018-03-01", "2019-02-28"),
            ("3m", "2019-12-31", "2019-10-01", "2019-12-31"),
            ("30d", "2024-03-30", "2024-03-01", "2024-03-30"),
        ] {
            let window = period.parse::<Period>().unwrap().window(day(as_of));
            assert_eq!(window, Some((day(from), day(to))), "{period} {as_of}");
        }
        assert_eq!(Period::All.window(day("2024-02-29")), None);
        assert!("2m".parse::<Period>().unwrap_err().to_string().contains("1m, 3m"));
    }

    #[test]
    fn null_and_not_taken_are_both_unknown() {
        let figures = Figures::new("1", day("2024-02-29"), "SGD").with("ratio", Period::All, None);
        assert_eq!(figures.value("ratio", Period::All), None);
        assert_eq!(figures.value("inflow", Period::Months(1)), None);
        let figures = figures.with("ratio", Period::All, Some(Decimal::whole(2)));
        assert_eq!(figures.value("ratio", Period::All), Some(Decimal::whole(2)));
    }
}
