//! Who publishes rates, and when.

use chrono::{Datelike, NaiveDate, Weekday};

use crate::calendar;

/// Who publishes rates. All of them are mid rates; a bank books at bid or ask, so no converted amount is a booked value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Open Exchange Rates: USD base, every calendar day, a key and a monthly quota.
    Oxr,
    /// European Central Bank: EUR base, TARGET days.
    Ecb,
    /// Frankfurter: central banks' rates blended, no key.
    Frankfurter,
    /// The Federal Reserve's H.10 release: USD against 23 currencies, four of them the other way round.
    H10,
}

impl Source {
    /// All, in no order of preference; that stands in `bank/processed.sql`.
    pub const ALL: [Self; 4] = [Self::Oxr, Self::Ecb, Self::Frankfurter, Self::H10];

    /// As tables and folders name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Oxr => "oxr",
            Self::Ecb => "ecb",
            Self::Frankfurter => "frankfurter",
            Self::H10 => "h10",
        }
    }

    /// What the manifest says of the origin.
    #[must_use]
    pub fn attribution(self) -> &'static str {
        match self {
            Self::Oxr => "Exchange rates: Open Exchange Rates (openexchangerates.org)",
            Self::Ecb => "Exchange rates: European Central Bank (ECB), euro foreign exchange reference rates",
            Self::Frankfurter => "Exchange rates: Frankfurter (frankfurter.dev), rates of central banks",
            Self::H10 => "Exchange rates: Board of Governors of the Federal Reserve System, H.10 release",
        }
    }

    /// Whether all files of the source say the same of a day, for it publishes once.
    #[must_use]
    pub fn publishes_once(self) -> bool {
        matches!(self, Self::Ecb | Self::H10)
    }

    /// Whether the source publishes on a day, where that is known: OXR every day, the ECB and those who follow it on
    /// TARGET days. The Federal Reserve's holidays are not ours to know: its own dates tell.
    #[must_use]
    pub fn publishes(self, day: NaiveDate) -> bool {
        match self {
            Self::Oxr => true,
            Self::Ecb | Self::Frankfurter => calendar::is_target_day(day),
            Self::H10 => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }
}
