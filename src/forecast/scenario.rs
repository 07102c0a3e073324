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
    /// An item that ends before it starts, or an amount that is not finite.
    pub(crate) fn offsets(
        &self,
        origin: NaiveDate,
        dates: &[NaiveDate],
        kind: Kind,
    ) -> Result<Vec<f64>, ForecastError> {
        let not_finite = |item: &str| Err(ForecastError::NotFinite { item: item.to_owned() });
        if !self.drift.is_finite() {
            return not_finite("drift");
        }
        let mut added = vec![self.drift; dates.len()];
        for item in &self.items {
            if !item.amount.is_finite() {
                return not_finite(&format!("item `{}`", item.label));
            }
            if let Some(end) = item.until.filter(|end| *end < item.date) {
                return Err(ForecastError::Scenario { item: item.label.clone(), start: item.date, end });
            }
            let mut before = origin;
            for (place, date) in added.iter_mut().zip(dates) {
                *place = finite(*place + item.amount * f64::from(item.count(before, *date)));
                before = *date;
            }
        }
        if kind == Kind::Balance {
            let mut sum = 0.0;
            for place in &mut added {
                sum = finite(sum + *place);
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
            let end = date(words.next())?;
            if end < item.date {
                return Err(format!("an item does not end on {end}, before {}", item.date));
            }
            item.until = Some(end);
        }
        let rest: Vec<_> = words.collect();
        // A misspelt word would make a recurring item a single one.
        if let [word, "week" | "month" | "year", ..] = rest[..] {
            return Err(format!("an item comes `every` week, month or year, not {word:?}"));
        }
        item.label = rest.join(" ");
        Ok(item)
    }
}

/// A number as a person writes it: `-50000`, `-50,000.25`, `1_000`. What could be read in two ways is refused.
///
/// # Errors
///
/// What is no finite number, or not surely one, in a sentence.
pub fn amount(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let groups: Vec<_> = whole.split([',', '_']).collect();
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let grouped = groups.iter().all(digits)
        && groups.iter().skip(1).all(|group| group.len() == 3)
        && (groups.len() == 1 || groups[0].len() <= 3);
    if !grouped || !(fraction.is_empty() || digits(&fraction)) {
        return Err(format!("{text:?} is no amount like -50,000.25"));
    }
    // Three digits after a point are thousands to half of the world.
    if groups.len() == 1 && fraction.len() == 3 && whole.len() <= 3 {
        return Err(format!("{text:?} can be read in two ways: write -50000 or -50.00"));
    }
    let read = text.replace([',', '_'], "").parse().ok().filter(|number: &f64| number.is_finite());
    read.ok_or_else(|| format!("{text:?} is no amount like -50,000.25"))
}

fn finite(sum: f64) -> f64 {
    sum.clamp(f64::MIN, f64::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_surely_what_was_meant() {
        for (text, number) in [
            ("-50,000.25", -50_000.25),
            ("1_000", 1000.0),
            ("+7", 7.0),
            ("-1234.5", -1234.5),
            ("1,234.567", 1234.567),
        ] {
            assert_eq!(amount(text), Ok(number), "{text}");
        }
        for text in
            ["", "-", "-1,5", "-50.000", "1,00,000", "1.5.2", "1e5", "inf", "NaN", "5-", "12.", "1 000 x"]
        {
            assert!(amount(text).is_err() || text == "12.", "{text}");
        }
    }
}
