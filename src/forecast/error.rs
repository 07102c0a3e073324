//! Why there is no forecast, each with the number that would be needed.

use chrono::NaiveDate;

use super::clean::FEWEST;

/// A refusal.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// Too few values.
    #[error("a forecast needs {needs} values, and there are {has}")]
    TooShort {
        /// Values needed.
        needs: usize,
        /// Values there are.
        has: usize,
    },
    /// An origin behind the last value.
    #[error("the origin is {origin}, and the last value is of {last}")]
    Origin {
        /// The date that was given.
        origin: NaiveDate,
        /// Last date with a value.
        last: NaiveDate,
    },
    /// Too many dates without a value.
    #[error(
        "{missing} % of the {step} dates from {first} to {last} have no value, and a forecast allows {allowed} %"
    )]
    TooManyGaps {
        /// Missing dates in per cent of all between the first and the last.
        missing: usize,
        /// First date with a value.
        first: NaiveDate,
        /// Last date with a value.
        last: NaiveDate,
        /// Most that is allowed, in per cent.
        allowed: usize,
        /// The step that was found.
        step: super::Step,
    },
    /// No known step between dates.
    #[error(
        "dates lie {days} days apart, and a forecast needs steps of a day, a week, a month, a quarter or a year"
    )]
    NoStep {
        /// Median distance in days.
        days: i64,
    },
    /// Further than the history allows.
    #[error("a horizon of {asked} steps is out of reach: with {has} values it can be 1 to {most}")]
    Horizon {
        /// Steps asked for.
        asked: usize,
        /// Values there are.
        has: usize,
        /// Most steps that can be asked for.
        most: usize,
    },
    /// An amount of a scenario that is no amount.
    #[error("the scenario's {item} is not a finite number")]
    NotFinite {
        /// The drift, or the item's label.
        item: String,
    },
    /// A scenario that cannot be read as dates.
    #[error("the scenario's item `{item}` ends on {end}, before it starts on {start}")]
    Scenario {
        /// Label of the item.
        item: String,
        /// First date.
        start: NaiveDate,
        /// Last date.
        end: NaiveDate,
    },
}

impl ForecastError {
    /// What to do about it, where something can be done.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::TooShort { needs, .. } if *needs <= FEWEST => Some("choose a longer history"),
            Self::TooShort { .. } => Some("choose a longer history or a shorter horizon"),
            Self::Origin { .. } => Some("choose one up to the last value, or leave it out"),
            Self::TooManyGaps { .. } => Some("sum up to weeks or months, or start after the gaps"),
            Self::NoStep { .. } => Some("group the rows by day, week, month, quarter or year"),
            Self::Horizon { .. } => Some("choose a horizon within that"),
            Self::NotFinite { .. } => Some("write an amount in digits"),
            Self::Scenario { .. } => Some("an item starts on `date` and ends on `until`"),
        }
    }
}
