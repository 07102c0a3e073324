//! What if: dated items and a drift that a person adds to the forecast.

use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Kind;
use super::error::ForecastError;

/// Changes to a forecast.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Dated items.
    #[serde(rename = "item")]
    pub items: Vec<Item>,
    /// Added at each step: to a balance on top of the step before, to a flow as it is.
    pub drift: f64,
}

/// An amount on a date, or on many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Name for the reader.
    pub label: String,
    /// First date.
    pub date: NaiveDate,
    /// Amount in the series' unit; below 0 for money that leaves.
    pub amount: f64,
    /// How often it comes again.
    #[serde(default)]
    pub every: Every,
    /// Last date; none for no end.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// How often an item comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// On its date only.
    #[default]
    Once,
    /// Every seventh day.
    Week,
    /// On the same day of each month, or its last one.
    Month,
    /// On the same day of each year.
    Year,
}

impl Scenario {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.drift == 0.0
    }

    /// What is added to the forecast of each date; `origin` is the last date seen.
    ///
    /// An item on a date between two steps counts at the later one; one up to `origin` has already happened.
    ///
    /// # Errors
    ///
    /// An item that ends before it starts.
    pub(crate) fn offsets(
        &self,
        origin: NaiveDate,
        dates: &[NaiveDate],
        kind: Kind,
    ) -> Result<Vec<f64>, ForecastError> {
        let mut added = vec![self.drift; dates.len()];
        for item in &self.items {
            if let Some(end) = item.until.filter(|end| *end < item.date) {
                return Err(ForecastError::Scenario { item: item.label.clone(), start: item.date, end });
            }
            let mut before = origin;
            for (place, date) in added.iter_mut().zip(dates) {
                *place += item.amount * f64::from(item.count(before, *date));
                before = *date;
            }
        }
        if kind == Kind::Balance {
            let mut sum = 0.0;
            for place in &mut added {
                sum += *place;
                *place = sum;
            }
        }
        Ok(added)
    }
}

impl FromStr for Item {
    type Err = String;

    /// `2024-02-15 -50,000 every month until 2024-12-31 Rent`: a date, an amount, how often, a label.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace().peekable();
        let date = |word: Option<&str>| {
            let word = word.unwrap_or_default();
            word.parse().map_err(|_| format!("{word:?} is no date like 2024-12-31"))
        };
        let mut item = Self {
            label: String::new(),
            date: date(words.next())?,
            amount: amount(words.next().unwrap_or_default())?,
            every: Every::Once,
            until: None,
        };
        if words.next_if_eq(&"every").is_some() {
            let word = words.next().unwrap_or_default();
            item.every = match word {
                "week" => Every::Week,
                "month" => Every::Month,
                "year" => Every::Year,
                _ => return Err(format!("an item comes every week, month or year, not every {word:?}")),
            };
        }
        if words.next_if_eq(&"until").is_some() {
            item.until = Some(date(words.next())?);
        }
        item.label = words.collect::<Vec<_>>().join(" ");
        Ok(item)
    }
}

/// A number with or without separators of thousands.
///
/// # Errors
///
/// What is no finite number, in a sentence.
pub fn amount(text: &str) -> Result<f64, String> {
    let plain: String = text.chars().filter(|mark| !matches!(mark, ',' | '_' | ' ')).collect();
    let read = plain.parse().ok().filter(|number: &f64| number.is_finite());
    read.ok_or_else(|| format!("{text:?} is no amount"))
}

impl Every {
    /// The words for a reader.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Week => "every week",
            Self::Month => "every month",
            Self::Year => "every year",
        }
    }
}

impl Item {
    /// Times that the item falls after one date and not after another.
    fn count(&self, after: NaiveDate, to: NaiveDate) -> u32 {
        let to = self.until.map_or(to, |end| end.min(to));
        let until = |last: NaiveDate| -> i64 {
            if last < self.date {
                return 0;
            }
            let months = i64::from(last.year() - self.date.year()) * 12 + i64::from(last.month())
                - i64::from(self.date.month());
            let whole = |each: u32| {
                let count = months / i64::from(each);
                let months = u32::try_from(count).unwrap_or(0) * each;
                let reached =
                    self.date.checked_add_months(Months::new(months)).is_some_and(|date| date <= last);
                if reached { count + 1 } else { count }
            };
            match self.every {
                Every::Once => 1,
                Every::Week => (last - self.date).num_days() / 7 + 1,
                Every::Month => whole(1),
                Every::Year => whole(12),
            }
        };
        u32::try_from(until(to) - until(after)).unwrap_or(0)
    }
}
