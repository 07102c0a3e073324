//! Every indicator: its name in the tables, what it is called, what it counts, over which periods it is taken.

use std::fmt;

use serde::{Serialize, Serializer};

use super::figures::Period;

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Of the base currency.
    Money,
    MoneyAMonth,
    Months,
    Days,
    DaysAMonth,
    Items,
    Sources,
    /// A quotient, told with two decimals.
    Ratio,
    /// A part of one, told in percent.
    Share,
    PercentAMonth,
}

/// What an indicator is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Flow,
    Balance,
    Income,
    Debt,
    Currencies,
    Recognised,
    Data,
}

impl Group {
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Flow => "Money in and out",
            Self::Balance => "Balance",
            Self::Income => "Income",
            Self::Debt => "Debt and returned payments",
            Self::Currencies => "Other currencies",
            Self::Recognised => "Recognised, and no income",
            Self::Data => "Data",
        }
    }
}

/// An indicator: its name in the tables, what it is called, what it counts and over which periods it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indicator {
    pub group: Group,
    pub name: &'static str,
    pub label: &'static str,
    pub unit: Unit,
    pub periods: &'static [Period],
    /// What shows the rows behind it.
    pub rows: Rows,
}

/// The saved query that shows the rows behind a figure, and the kind of lines that it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    pub query: &'static str,
    pub kind: Option<&'static str>,
}

/// `monthly_cash_flow`, `account_lines_by_kind of kind reversal`.
impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "{} of kind {kind}", self.query),
            None => f.write_str(self.query),
        }
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

const ALL: &[Period] = &[Period::All];
const YEAR: &[Period] = &[Period::Months(12)];
const QUARTER_AND_YEAR: &[Period] = &[Period::Months(3), Period::Months(12)];
const MONTHS: &[Period] = &[Period::Months(1), Period::Months(3), Period::Months(6), Period::Months(12)];
/// Days below zero count up to the as-of date: who is below zero now must not look clean until the month has ended.
const YEAR_AND_SINCE: &[Period] = &[Period::Months(12), Period::MonthsAndSince(12)];
const MONTHS_AND_SINCE: &[Period] = &[
    Period::Months(1),
    Period::Months(3),
    Period::Months(6),
    Period::Months(12),
    Period::MonthsAndSince(12),
];
const ITEMS: &[Period] = &[Period::Days(30), Period::Days(60), Period::Days(90), Period::Months(12)];

const fn indicator(
    group: Group,
    name: &'static str,
    label: &'static str,
    unit: Unit,
    periods: &'static [Period],
    query: &'static str,
) -> Indicator {
    Indicator { group, name, label, unit, periods, rows: Rows { query, kind: None } }
}

/// The lines that the narrations tell to be of a kind.
const BY_KIND: &str = "account_lines_by_kind";

impl Indicator {
    const fn of_kind(mut self, kind: &'static str) -> Self {
        self.rows = Rows { query: BY_KIND, kind: Some(kind) };
        self
    }
}

/// Every indicator, in groups, in the order of a card.
pub const INDICATORS: &[Indicator] = &[
    indicator(Group::Flow, "ratio", "Deposits over withdrawals", Unit::Ratio, ALL, "credit_worthiness"),
    indicator(
        Group::Flow,
        "adjusted_ratio",
        "Adjusted deposits over withdrawals",
        Unit::Ratio,
        YEAR,
        "monthly_cash_flow",
    ),
    indicator(Group::Flow, "inflow", "Money in", Unit::Money, MONTHS, "monthly_cash_flow"),
    indicator(Group::Flow, "outflow", "Money out", Unit::Money, MONTHS, "monthly_cash_flow"),
    indicator(
        Group::Flow,
        "net_cash_flow",
        "Money in less money out",
        Unit::Money,
        MONTHS,
        "monthly_cash_flow",
    ),
    indicator(
        Group::Flow,
        "negative_months",
        "Months with more out than in",
        Unit::Months,
        YEAR,
        "monthly_cash_flow",
    ),
    indicator(
        Group::Balance,
        "average_daily_balance",
        "Average daily balance",
        Unit::Money,
        MONTHS,
        "average_daily_balance",
    ),
    indicator(
        Group::Balance,
        "balance_cover",
        "Average balance over monthly outflow",
        Unit::Months,
        QUARTER_AND_YEAR,
        "average_daily_balance",
    ),
    indicator(
        Group::Balance,
        "lowest_balance",
        "Lowest balance at the end of a day",
        Unit::Money,
        YEAR,
        "balance_over_time",
    ),
    indicator(
        Group::Balance,
        "low_balance",
        "One day in ten ends below",
        Unit::Money,
        YEAR,
        "balance_over_time",
    ),
    indicator(
        Group::Balance,
        "negative_days",
        "Days below zero",
        Unit::Days,
        MONTHS_AND_SINCE,
        "balance_over_time",
    ),
    indicator(
        Group::Balance,
        "negative_run",
        "Longest run of days below zero",
        Unit::Days,
        YEAR_AND_SINCE,
        "balance_over_time",
    ),
    indicator(
        Group::Balance,
        "days_since_negative",
        "Days since last below zero",
        Unit::Days,
        ALL,
        "balance_over_time",
    ),
    indicator(
        Group::Balance,
        "low_days",
        "Days with a thin cushion",
        Unit::Days,
        QUARTER_AND_YEAR,
        "balance_over_time",
    ),
    indicator(
        Group::Balance,
        "balance_volatility",
        "Volatility of the balance",
        Unit::Ratio,
        YEAR,
        "average_daily_balance",
    ),
    indicator(
        Group::Balance,
        "balance_trend",
        "Trend of the balance",
        Unit::PercentAMonth,
        YEAR,
        "average_daily_balance",
    ),
    indicator(Group::Income, "income_variation", "Variation of monthly income", Unit::Ratio, YEAR, BY_KIND)
        .of_kind("income"),
    indicator(Group::Income, "income_sources", "Regular payers", Unit::Sources, YEAR, BY_KIND)
        .of_kind("income"),
    indicator(
        Group::Income,
        "deposit_days",
        "Days with money in",
        Unit::DaysAMonth,
        QUARTER_AND_YEAR,
        BY_KIND,
    )
    .of_kind("income"),
    indicator(
        Group::Income,
        "inflow_trend",
        "Trend of money in",
        Unit::PercentAMonth,
        YEAR,
        "monthly_cash_flow",
    ),
    indicator(Group::Income, "largest_payer_share", "Share of the largest payer", Unit::Share, YEAR, BY_KIND)
        .of_kind("income"),
    indicator(
        Group::Income,
        "payer_concentration",
        "Concentration of payers (HHI)",
        Unit::Ratio,
        YEAR,
        BY_KIND,
    )
    .of_kind("income"),
    indicator(
        Group::Income,
        "largest_deposit_share",
        "Share of the largest deposit",
        Unit::Share,
        YEAR,
        BY_KIND,
    )
    .of_kind("income"),
    indicator(
        Group::Debt,
        "returned_items",
        "Returned payments and overdraft fees",
        Unit::Items,
        ITEMS,
        BY_KIND,
    )
    .of_kind("returned item"),
    indicator(Group::Debt, "debt_service", "Loan payments", Unit::MoneyAMonth, QUARTER_AND_YEAR, BY_KIND)
        .of_kind("loan payment"),
    indicator(
        Group::Debt,
        "debt_service_cover",
        "Debt service cover",
        Unit::Ratio,
        QUARTER_AND_YEAR,
        BY_KIND,
    )
    .of_kind("loan payment"),
    indicator(
        Group::Currencies,
        "foreign_inflow_share",
        "Money in, in other currencies",
        Unit::Share,
        YEAR,
        "currency_exposure",
    ),
    indicator(
        Group::Currencies,
        "foreign_outflow_share",
        "Money out, in other currencies",
        Unit::Share,
        YEAR,
        "currency_exposure",
    ),
    indicator(
        Group::Currencies,
        "foreign_balance_share",
        "Balance in other currencies",
        Unit::Share,
        YEAR,
        "currency_exposure",
    ),
    indicator(
        Group::Currencies,
        "currency_move_loss",
        "Loss if the worst month came again",
        Unit::Money,
        YEAR,
        "currency_exposure",
    ),
    indicator(
        Group::Recognised,
        "own_transfers",
        "Transfers between own accounts",
        Unit::Money,
        YEAR,
        BY_KIND,
    )
    .of_kind("own transfer"),
    indicator(Group::Recognised, "reversals", "Reversals", Unit::Money, YEAR, BY_KIND).of_kind("reversal"),
    indicator(Group::Recognised, "loan_proceeds", "Loan proceeds", Unit::Money, YEAR, BY_KIND)
        .of_kind("loan proceeds"),
    indicator(
        Group::Recognised,
        "one_off_deposits",
        "One-off deposits",
        Unit::Money,
        YEAR,
        "largest_transactions",
    ),
    indicator(
        Group::Data,
        "months_covered",
        "Full months with lines",
        Unit::Months,
        YEAR,
        "largest_transactions",
    ),
    indicator(
        Group::Data,
        "longest_gap",
        "Longest time without a line",
        Unit::Days,
        YEAR,
        "largest_transactions",
    ),
    indicator(
        Group::Data,
        "converted_share",
        "Lines converted to the base currency",
        Unit::Share,
        YEAR,
        "unconverted_rows",
    ),
    indicator(
        Group::Data,
        "carried_share",
        "Converted at an earlier day's rate",
        Unit::Share,
        YEAR,
        "conversion_status_by_month",
    ),
    indicator(
        Group::Data,
        "balance_breaks",
        "Balances that do not follow",
        Unit::Items,
        YEAR,
        "balance_breaks",
    ),
    indicator(
        Group::Data,
        "uncertain_days",
        "Days whose balance is uncertain",
        Unit::Days,
        YEAR,
        "balance_over_time",
    ),
];

/// The indicator of this name.
#[must_use]
pub fn indicator_named(name: &str) -> Option<&'static Indicator> {
    INDICATORS.iter().find(|indicator| indicator.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::credit::figures::PERIODS;

    #[test]
    fn every_indicator_has_one_name_and_periods_that_there_are() {
        let names: BTreeSet<_> = INDICATORS.iter().map(|indicator| indicator.name).collect();
        assert_eq!(names.len(), INDICATORS.len());
        for indicator in INDICATORS {
            assert!(!indicator.periods.is_empty());
            assert!(indicator.periods.iter().all(|period| PERIODS.contains(period)), "{}", indicator.name);
            assert_eq!(indicator_named(indicator.name), Some(indicator));
            let query = format!("{}/queries/{}.sql", env!("CARGO_MANIFEST_DIR"), indicator.rows.query);
            assert!(std::path::Path::new(&query).exists(), "{} is no saved query", indicator.rows);
        }
    }
}
