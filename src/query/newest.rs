//! Defaults that count from the newest date of the data: `newest`, `newest - 1 year`, `newest - 30 days`.

use chrono::{Days, Months, NaiveDate};

use super::Newest;
use crate::sql::{self, Kind};

/// How far before the newest date a default lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    Days(u32),
    Months(u32),
}

impl Back {
    /// `newest`, or `newest - COUNT day|month|year`, each also in the plural.
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<_> = text.split_whitespace().collect();
        match words.as_slice() {
            ["newest"] => Some(Self::Days(0)),
            ["newest", "-", count, unit] => {
                let count: u32 = count.parse().ok()?;
                match unit.strip_suffix('s').unwrap_or(unit) {
                    "day" => Some(Self::Days(count)),
                    "month" => Some(Self::Months(count)),
                    "year" => count.checked_mul(12).map(Self::Months),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The date; nothing before the first that there is.
    pub fn from(self, newest: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Days(count) => newest.checked_sub_days(Days::new(count.into())),
            Self::Months(count) => newest.checked_sub_months(Months::new(count)),
        }
    }
}

/// The newest date of the tables that a text names.
pub fn of_tables(text: &str, newest: &Newest) -> Option<NaiveDate> {
    let tokens = sql::tokens(text).into_iter();
    let names = tokens.filter(|token| matches!(token.kind, Kind::Name | Kind::Quoted));
    let dates = names.filter_map(|token| {
        let name = text[token.range].trim_matches('"').to_ascii_lowercase();
        newest.get(&name)
    });
    dates.max().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Parameter, Query};

    #[test]
    fn a_default_counts_from_the_newest_date_of_the_tables_that_are_named() {
        let day = |month, day| NaiveDate::from_ymd_opt(2024, month, day).unwrap_or_default();
        let newest = Newest::from([("banktxn".into(), day(2, 29)), ("response".into(), day(11, 30))]);
        let default = |declared: &str, table: &str| {
            let text = format!("-- param: {declared}\nSELECT * FROM {table} WHERE d <= :d");
            let query = Query::parse("q", &text).ok()?.dated(&newest);
            query.parameters.first()?.default.clone()
        };
        for (declared, table, date) in [
            ("d date = newest", "banktxn", Some("2024-02-29")),
            ("d date = newest - 1 year", "main.\"BANKTXN\"", Some("2023-02-28")),
            ("d date = newest - 30 days", "response", Some("2024-10-31")),
            ("d month = newest - 11 months", "response JOIN banktxn", Some("2023-12")),
            ("d date = newest", "dates", None),
            ("d date = 2020-01-01", "banktxn", Some("2020-01-01")),
        ] {
            assert_eq!(default(declared, table).as_deref(), date, "{declared} {table}");
        }
        for wrong in
            ["d date = newest - year", "d date = newest + 1 day", "d text? = newest", "d integer = newest"]
        {
            let parsed: Result<Parameter, _> = wrong.parse();
            assert_eq!(parsed.is_ok(), wrong.contains("text"), "{wrong}");
        }
    }
}
