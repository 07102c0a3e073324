//! What is forecast, as the columns of a result: dates, numbers in the unit of the series, shares.

use std::sync::Arc;

use chrono::NaiveDate;
use duckdb::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, StringArray, UInt32Array,
};
use duckdb::arrow::datatypes::{Field, Schema};
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;

use super::Unit;
use crate::forecast::{Ahead, Explanation, Mark, Origin, Outlook, Row};

/// Most digits of a decimal.
const DIGITS: u8 = 38;
const LARGEST: f64 = 1e38;

/// A group, and what is said of it.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// The column that parts the rows, and the group's text in it.
    pub by: Option<(&'a str, Option<&'a str>)>,
    /// What is said.
    pub outlook: &'a Outlook,
    /// Unit of its numbers.
    pub unit: Unit,
}

/// Columns so far.
struct Table {
    columns: Vec<(String, ArrayRef)>,
    unit: Unit,
}

impl Table {
    fn new(group: &Group<'_>, rows: usize) -> Self {
        let mut table = Self { columns: Vec::new(), unit: group.unit };
        if let Some((name, text)) = group.by {
            table.push(name, Arc::new(StringArray::from_iter(std::iter::repeat_n(text, rows))));
        }
        table
    }

    fn push(&mut self, name: &str, array: ArrayRef) {
        self.columns.push((name.to_owned(), array));
    }

    fn texts<'t>(&mut self, name: &str, texts: impl Iterator<Item = &'t str>) {
        self.push(name, Arc::new(StringArray::from_iter_values(texts)));
    }

    fn dates(&mut self, name: &str, dates: impl Iterator<Item = NaiveDate>) {
        let days = dates.map(|date| date.to_epoch_days());
        self.push(name, Arc::new(Date32Array::from_iter_values(days)));
    }

    /// Numbers in the unit of the series, half away from zero.
    fn amounts(&mut self, name: &str, amounts: impl Iterator<Item = Option<f64>>) {
        let amounts = amounts.map(|amount| amount.filter(|amount| amount.is_finite()));
        match self.unit {
            Unit::Float => self.push(name, Arc::new(Float64Array::from_iter(amounts))),
            Unit::Decimal(scale) => {
                let units = 10_f64.powi(i32::from(scale));
                self.units(name, amounts.map(|amount| whole(amount? * units)), scale);
            }
        }
    }

    fn units(&mut self, name: &str, units: impl Iterator<Item = Option<i128>>, scale: i8) {
        let array = Decimal128Array::from_iter(units);
        let array = array.with_precision_and_scale(DIGITS, scale);
        if let Ok(array) = array {
            self.push(name, Arc::new(array));
        }
    }

    /// Shares, ratios and percentages, to four digits.
    fn shares(&mut self, name: &str, shares: impl Iterator<Item = Option<f64>>) {
        let rounded = shares.map(|share| share.map(|share| (share * 1e4).round() / 1e4));
        self.push(name, Arc::new(Float64Array::from_iter(rounded)));
    }

    fn counts(&mut self, name: &str, counts: impl Iterator<Item = usize>) {
        let counts = counts.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        self.push(name, Arc::new(UInt32Array::from_iter_values(counts)));
    }

    fn bands<'r>(&mut self, rows: &(impl Iterator<Item = &'r Row> + Clone), levels: &[(usize, &str)]) {
        for (level, percent) in levels {
            self.amounts(&format!("low_{percent}"), rows.clone().map(|row| Some(row.bands[*level].low)));
            self.amounts(&format!("high_{percent}"), rows.clone().map(|row| Some(row.bands[*level].high)));
        }
    }

    /// Probabilities of values below the threshold: on the date, and at some time until then.
    fn risks<'r>(&mut self, what: &str, rows: &(impl Iterator<Item = &'r Row> + Clone)) {
        self.shares(&format!("{what}p_below_on_date"), rows.clone().map(|row| Some(row.below)));
        self.shares(&format!("{what}p_below_until_date"), rows.clone().map(|row| Some(row.below_until)));
    }

    /// A column that a person named like one of ours gets another name.
    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let taken = |name: &str, columns: &[(String, ArrayRef)]| {
            columns.iter().skip(1).any(|(other, _)| other.eq_ignore_ascii_case(name))
        };
        while self.columns.first().is_some_and(|(name, _)| taken(name, &self.columns)) {
            self.columns[0].0.push_str("_1");
        }
        let field = |(name, array): &(String, ArrayRef)| Field::new(name, array.data_type().clone(), true);
        let schema = Schema::new(self.columns.iter().map(field).collect::<Vec<_>>());
        RecordBatch::try_new(Arc::new(schema), self.columns.into_iter().map(|(_, array)| array).collect())
    }
}

/// Nothing where the number has more digits than there are.
#[expect(clippy::cast_possible_truncation, reason = "held within 38 digits")]
fn whole(value: f64) -> Option<i128> {
    (value.abs() < LARGEST).then_some(value.round() as i128)
}

/// One row a date: median, bands of 50, 80 and 95 %, probabilities of being below the threshold on the date and
/// of having been until then; with a scenario also its median and those probabilities.
///
/// # Errors
/// None that a forecast could cause; Arrow checks what it builds.
pub fn forecast(group: &Group<'_>) -> Result<RecordBatch, ArrowError> {
    let rows = &group.outlook.forecast.rows;
    let mut table = Table::new(group, rows.len());
    table.dates("date", rows.iter().map(|row| row.date));
    table.amounts("median", rows.iter().map(|row| Some(row.point)));
    table.bands(&rows.iter(), &[(0, "50"), (1, "80"), (2, "95")]);
    table.risks("", &rows.iter());
    if let Some(rows) = &group.outlook.forecast.scenario {
        table.amounts("scenario_median", rows.iter().map(|row| Some(row.point)));
        table.risks("scenario_", &rows.iter());
    }
    table.finish()
}

/// One row for each distance that people ask for: median, bands of 80 and 95 %, change, probabilities; with a scenario also its
/// median, change and probabilities.
///
/// # Errors
/// None that a forecast could cause.
pub fn horizons(group: &Group<'_>) -> Result<RecordBatch, ArrowError> {
    let forecast = &group.outlook.forecast;
    let ahead = forecast.ahead();
    let mut table = Table::new(group, ahead.len());
    let rows = ahead.iter().map(|Ahead { row, .. }| row);
    table.counts("steps", ahead.iter().map(|ahead| ahead.steps));
    table.dates("date", rows.clone().map(|row| row.date));
    table.amounts("median", rows.clone().map(|row| Some(row.point)));
    table.bands(&rows, &[(1, "80"), (2, "95")]);
    table.amounts("change", ahead.iter().map(|ahead| Some(ahead.change)));
    table.risks("", &rows);
    if let Some(rows) = &forecast.scenario {
        let ahead = forecast.ahead_in(rows);
        let rows = ahead.iter().map(|Ahead { row, .. }| row);
        table.amounts("scenario_median", rows.clone().map(|row| Some(row.point)));
        table.amounts("scenario_change", ahead.iter().map(|ahead| Some(ahead.change)));
        table.risks("scenario_", &rows);
    }
    table.finish()
}

/// One row a forecaster: the forecast, what was put aside for it, who stands beside it, today's value, the season's.
///
/// # Errors
/// None that a forecast could cause.
pub fn backtest(group: &Group<'_>) -> Result<RecordBatch, ArrowError> {
    let Some(Ok(backtest)) = &group.outlook.backtest else { return Table::new(group, 0).finish() };
    let lines = group.outlook.scores();
    let mut table = Table::new(group, lines.len());
    table.texts("forecaster", lines.iter().map(|(name, ..)| name.as_str()));
    let scores = || lines.iter().map(|(_, score, _)| score);
    table.amounts("mae", scores().map(|score| Some(score.mae)));
    table.shares("mase", scores().map(|score| score.mase));
    table.shares("rmsse", scores().map(|score| score.rmsse));
    table.shares("smape", scores().map(|score| score.smape));
    table.amounts("bias", scores().map(|score| Some(score.bias)));
    let first = |value: f64| std::iter::once(Some(value)).chain(std::iter::repeat_n(None, lines.len() - 1));
    for (level, name) in ["coverage_50", "coverage_80", "coverage_95"].into_iter().enumerate() {
        table.shares(name, first(backtest.coverage[level]));
    }
    table.counts("origins", std::iter::repeat_n(backtest.origins.len(), lines.len()));
    table.counts("seen_in_training", lines.iter().map(|(.., seen)| *seen));
    table.shares("skill", first(backtest.skill));
    table.shares("p_value", first(backtest.p_value));
    table.finish()
}

/// One row an origin and date: what was said, its bands of 80 and 95 %, what came.
///
/// # Errors
/// None that a forecast could cause.
pub fn origins(group: &Group<'_>) -> Result<RecordBatch, ArrowError> {
    let backtest = group.outlook.backtest.as_ref().and_then(|backtest| backtest.as_ref().ok());
    let origins: &[Origin] = backtest.map_or(&[], |backtest| &backtest.origins);
    let rows = || origins.iter().flat_map(|origin| origin.rows.iter().map(move |row| (origin.date, row)));
    let mut table = Table::new(group, rows().count());
    table.dates("origin", rows().map(|(origin, _)| origin));
    table.dates("date", rows().map(|(_, row)| row.date));
    table.amounts("actual", rows().map(|(_, row)| Some(row.actual)));
    table.amounts("median", rows().map(|(_, row)| Some(row.point)));
    for (level, percent) in [(1, "80"), (2, "95")] {
        table.amounts(&format!("low_{percent}"), rows().map(|(_, row)| Some(row.bands[level].low)));
        table.amounts(&format!("high_{percent}"), rows().map(|(_, row)| Some(row.bands[level].high)));
    }
    table.amounts("seasonal_naive", rows().map(|(_, row)| Some(row.seasonal_naive)));
    table.finish()
}

/// One row a date: the parts of the forecast, which sum to its median in every digit.
///
/// # Errors
/// None that a forecast could cause.
pub fn why(group: &Group<'_>) -> Result<RecordBatch, ArrowError> {
    let told = &group.outlook.forecast.explanation;
    let mut table = Table::new(group, told.len());
    table.dates("date", told.iter().map(|parts| parts.date));
    let names = told.first().map(Explanation::parts).into_iter().flatten().map(|(name, _)| name);
    for (at, name) in names.enumerate() {
        let name = name.replace('-', "_");
        match group.unit {
            Unit::Float => table.amounts(&name, told.iter().map(|parts| Some(parts.parts()[at].1))),
            Unit::Decimal(scale) => {
                let units = 10_f64.powi(i32::from(scale));
                let part = |parts: &Explanation| {
                    let units = parts.rounded(units)[at].1;
                    (units.unsigned_abs() < 10_u128.pow(u32::from(DIGITS))).then_some(units)
                };
                table.units(&name, told.iter().map(part), scale);
            }
        }
    }
    table.amounts("median", told.iter().map(|parts| Some(parts.total())));
    table.finish()
}

/// One row a date that was seen: its value, whether it stands for a missing one, how far it leaves its neighbours, by
/// how much the level shifted there.
///
/// # Errors
/// None that a forecast could cause.
pub fn history(group: &Group<'_>) -> Result<RecordBatch, ArrowError> {
    let forecast = &group.outlook.forecast;
    let seen = &forecast.history;
    let mut table = Table::new(group, seen.len());
    table.dates("date", seen.iter().map(|observation| observation.date));
    table.amounts("value", seen.iter().map(|observation| Some(observation.value)));
    let filled = seen.iter().map(|observation| Some(observation.filled));
    table.push("filled", Arc::new(BooleanArray::from_iter(filled)));
    let marked =
        |marks: &[Mark], date: NaiveDate| marks.iter().find(|mark| mark.date == date).map(|mark| mark.size);
    table.amounts("anomaly", seen.iter().map(|seen| marked(&forecast.anomalies, seen.date)));
    table.amounts("shift", seen.iter().map(|seen| marked(&forecast.shifts, seen.date)));
    table.finish()
}
