//! The stages: which table is made of what, by which SELECT. Data, and no work.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

use crate::calendar::is_target_day;
use crate::lake::Conversion;
use crate::sql::quote_text;

/// Program and version, as manifests name the writer.
pub const WRITER: &str = concat!("saldo ", env!("CARGO_PKG_VERSION"));

/// One table of the lake and the SELECT that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Name of the table.
    pub name: &'static str,
    /// The SELECT, over earlier tables, the views `raw_rates`, `bank_lines`, `raw_balances` and `raw_errors`, and `settings`;
    /// `{base}` stands in names for the base currency.
    pub sql: &'static str,
    /// The date column whose year and month name the folders.
    pub partition: Option<&'static str>,
    /// Rows are written in this order, so that the same input gives the same bytes.
    pub order: &'static str,
    /// Earlier tables that the SELECT reads.
    pub reads: &'static [&'static str],
    /// Earlier tables that the SELECT reads where the lake has them, else as these empty ones.
    pub looks_at: &'static [(&'static str, &'static str)],
    /// The lake's own choices that the SELECT reads from the view `settings`.
    pub settings: &'static [&'static str],
    /// Folder of raw files that the SELECT reads.
    pub raw: Option<Raw>,
    /// The earlier table that will do where there is no such file, and the view that stands for the files then.
    pub instead: Option<(&'static str, &'static str)>,
    /// The earlier table of which no more is read than its first and its last three months: lines are booked within two
    /// months of their value.
    pub ends_of: Option<&'static str>,
    /// An earlier table that gets more rows, and the SELECT of `former`, this table as it was, that stands for all that it had: with
    /// these and the months that changed the statement gives the same.
    pub grows_with: Option<(&'static str, &'static str)>,
    /// The earlier table whose months are this table's months, row for row and in its order, and whose columns it passes on
    /// under their names; only changed months are made again.
    pub follows: Option<&'static str>,
}

impl Raw {
    /// Its folder below the lake.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Rates => "raw/rates",
            Self::Bank => "raw/bank",
            Self::Balances => "raw/balances",
            Self::Errors => "raw/errors",
        }
    }

    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Rates, Self::Bank, Self::Balances, Self::Errors];
}

/// A kind of raw files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw {
    /// `raw/rates`
    Rates,
    /// `raw/bank`
    Bank,
    /// `raw/balances`
    Balances,
    /// `raw/errors`
    Errors,
}

/// All stages, in the order in which they must run.
pub const STAGES: [Stage; 7] = [
    Stage {
        name: "response",
        sql: include_str!("rates/response.sql"),
        partition: Some("rate_date"),
        order: "source, currency, rate_date",
        reads: &[],
        looks_at: &[],
        settings: &["base_currency"],
        raw: Some(Raw::Rates),
        instead: None,
        ends_of: None,
        grows_with: None,
        follows: None,
    },
    Stage {
        name: "banktxn",
        sql: concat!(
            include_str!("bank/keyed.sql"),
            include_str!("bank/repeats.sql"),
            include_str!("bank/banktxn.sql")
        ),
        partition: Some("value_date"),
        order: "account_no, value_date, source_file, line_no",
        reads: &[],
        looks_at: &[],
        settings: &[],
        raw: Some(Raw::Bank),
        instead: None,
        ends_of: None,
        grows_with: None,
        follows: None,
    },
    Stage {
        name: "daily_rates",
        sql: concat!(include_str!("rates/retired.sql"), include_str!("rates/daily_rates.sql")),
        partition: None,
        order: "currency, rate_day",
        reads: &["banktxn"],
        // Amounts in the base currency need no rate, and the others say that there is none.
        looks_at: &[(
            "response",
            "SELECT CAST(NULL AS DATE) AS rate_date, '' AS source, '' AS currency, FALSE AS provisional, \
             CAST(NULL AS DECIMAL(28,12)) AS base_per_unit, CAST(NULL AS DECIMAL(28,12)) AS usd_per_unit, FALSE AS held_back WHERE FALSE",
        )],
        settings: &["base_currency", "max_age_days", "dated_by"],
        raw: None,
        instead: None,
        ends_of: None,
        grows_with: Some(("banktxn", NEEDED)),
        follows: None,
    },
    Stage {
        name: "processed",
        sql: include_str!("bank/processed.sql"),
        partition: Some("value_date"),
        order: "account_no, value_date, source_file, line_no",
        reads: &["banktxn", "daily_rates"],
        looks_at: &[],
        settings: &["base_currency", "dated_by"],
        raw: None,
        instead: None,
        ends_of: None,
        grows_with: None,
        follows: Some("banktxn"),
    },
    Stage {
        name: "dates",
        sql: include_str!("balances/dates.sql"),
        partition: None,
        order: "fecha",
        reads: &[],
        looks_at: &[
            ("response", "SELECT CAST(NULL AS DATE) AS rate_date, '' AS source WHERE FALSE"),
            (
                "banktxn",
                "SELECT CAST(NULL AS DATE) AS value_date, CAST(NULL AS DATE) AS booking_date WHERE FALSE",
            ),
        ],
        settings: &[],
        raw: Some(Raw::Balances),
        instead: Some(("banktxn", "CREATE VIEW raw_balances AS SELECT '' AS fecha WHERE FALSE")),
        ends_of: Some("banktxn"),
        grows_with: None,
        follows: None,
    },
    Stage {
        name: "transactions",
        sql: include_str!("balances/transactions.sql"),
        partition: Some("fecha"),
        order: "fecha",
        reads: &[],
        looks_at: &[],
        settings: &[],
        raw: Some(Raw::Balances),
        instead: None,
        ends_of: None,
        grows_with: None,
        follows: None,
    },
    Stage {
        name: "error_error",
        sql: include_str!("errors/error_error.sql"),
        partition: Some("happened_on"),
        // A file may have several faults in one place.
        order: "happened_at_utc, run_id, area, source, requested_date, line_no, column_name, error, text, message, \
                body_sha256, url, attempt",
        reads: &[],
        looks_at: &[],
        settings: &[],
        raw: Some(Raw::Errors),
        instead: None,
        ends_of: None,
        grows_with: None,
        follows: None,
    },
];

/// The weekdays on which TARGET is closed, as far as the calendar may reach.
static CLOSED_DAYS: LazyLock<String> = LazyLock::new(|| {
    let span = NaiveDate::from_ymd_opt(1990, 1, 1).into_iter().flat_map(|first| first.iter_days());
    let span = span.take_while(|day| day.year() < 2100);
    let is_weekday = |day: &NaiveDate| day.weekday().number_from_monday() <= 5;
    let closed = span.filter(|day| is_weekday(day) && !is_target_day(*day));
    closed.map(|day| format!("(DATE '{day}')")).collect::<Vec<_>>().join(", ")
});

/// A line for each day and currency that needed a rate before.
const NEEDED: &str = "SELECT rate_day AS value_date, rate_day AS booking_date, CAST(0 AS DECIMAL(20,4)) AS withdrawal_amt, \
                      currency AS withdrawal_currency, CAST(NULL AS DECIMAL(20,4)) AS deposit_amt, \
                      CAST(NULL AS VARCHAR) AS deposit_currency FROM former";

impl Stage {
    /// The statement for a lake: in names, `{base}` is the base currency; `{closed_days}` are the weekdays on which TARGET is
    /// closed.
    #[must_use]
    pub fn statement(&self, conversion: &Conversion) -> String {
        let sql = self.sql.replace("{base}", &conversion.base.to_ascii_lowercase());
        sql.replace("{closed_days}", &CLOSED_DAYS)
    }

    /// The SELECT of the view `settings`, if the statement reads it.
    #[must_use]
    pub fn settings_view(&self, conversion: &Conversion) -> Option<String> {
        let all = [
            ("base_currency", quote_text(&conversion.base)),
            ("max_age_days", conversion.max_age_days.to_string()),
            ("dated_by", quote_text(&conversion.dated_by)),
        ];
        let read = all.iter().filter(|(name, _)| self.settings.contains(name));
        let columns = read.map(|(name, value)| format!("{value} AS {name}")).collect::<Vec<_>>().join(", ");
        (!columns.is_empty()).then(|| format!("SELECT {columns}"))
    }

    /// All earlier tables that the SELECT names.
    pub fn inputs(&self) -> impl Iterator<Item = &'static str> {
        self.reads.iter().copied().chain(self.looks_at.iter().map(|(name, _)| *name))
    }

    /// The rows of a SELECT in the order in which they are written.
    #[must_use]
    pub fn ordered(&self, select: &str) -> String {
        format!("SELECT * FROM ({select}\n) AS stage ORDER BY {}", self.order)
    }
}

/// Whether a stage reads a table, which is made before it begins.
#[must_use]
pub fn reads(stage: &str, table: &str) -> bool {
    STAGES.iter().any(|other| other.name == stage && other.inputs().any(|name| name == table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::TABLES;

    #[test]
    fn the_lake_has_the_tables_that_are_made() {
        assert_eq!(STAGES.map(|stage| stage.name), TABLES);
    }
}
