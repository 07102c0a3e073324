//! What a day usually adds: weekday, day of the month, the ends of the month, holidays; found by ridge regression.
//!
//! A balance is modelled by its increments, a flow by its distance from the local level. Daily cash has day-of-month
//! and day-of-week effects (Stone and Wood 1977; Stone and Miller 1987).

use std::collections::HashSet;

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;

use super::search::{Symmetric, deviation};
use super::steps::last_of_month;
use crate::calendar::{Country, holidays};

/// Columns: 7 weekdays, 31 days, 4 business days at the ends, the last day of the month, a holiday, the day after it.
const COLUMNS: usize = 45;
const DAYS: usize = 7;
const ENDS: usize = 38;
const HOLIDAY: usize = 43;

/// Groups in the order of the explanation: weekday, paydays, month-end, holidays.
pub(crate) const GROUPS: usize = 4;

/// Which day bears a posting whose day of the month is no business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// The first date of the series on or after it.
    Actual,
    /// The next business day.
    Following,
    /// The business day before it.
    Preceding,
}

/// What a day adds, in units of the series (for a flow that is never negative: as a share of its level).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalendarEffects {
    /// Monday to Sunday.
    pub weekday: Vec<f64>,
    /// Days 1 to 31, relative to the median day.
    pub day_of_month: Vec<f64>,
    /// First, second, next-to-last and last business day, and the last day of the month.
    pub month_end: Vec<f64>,
    /// A holiday, and the first business day after one.
    pub holiday: Vec<f64>,
    /// Where postings go that fall on no business day.
    pub convention: Convention,
    /// Days of the month whose effect stands out above the rest: usual paydays.
    pub paydays: Vec<usize>,
}

const CONVENTIONS: [Convention; 3] = [Convention::Actual, Convention::Following, Convention::Preceding];

/// Strengths of the ridge, as a number of observations of no effect.
const STRENGTHS: [f64; 6] = [0.3, 1.0, 4.0, 16.0, 64.0, 512.0];

/// Observations after which an effect counts half: pay and rent change.
const HALF_LIFE: f64 = 520.0;

/// The columns that are 1 on each date, for each convention: sparse rows behind each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Design {
    rows: [Rows; 3],
}

#[derive(Debug, Clone, Default)]
struct Rows {
    ends: Vec<usize>,
    columns: Vec<usize>,
}

impl Rows {
    fn row(&self, at: usize) -> &[usize] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.columns[start..self.ends[at]]
    }
}

/// Estimated effects.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    coefficients: Vec<f64>,
    pub(crate) convention: usize,
    /// Mean of each group over the dates of the estimate.
    pub(crate) means: [f64; GROUPS],
}

impl Design {
    /// The columns of sorted dates.
    pub(crate) fn new(dates: &[NaiveDate], country: Option<Country>) -> Self {
        let mut closed = HashSet::new();
        if let (Some(country), Some(first), Some(last)) = (country, dates.first(), dates.last()) {
            closed.extend((first.year() - 1..=last.year() + 1).flat_map(|year| holidays(country, year)));
        }
        let open = |date: NaiveDate| date.weekday().num_days_from_monday() < 5 && !closed.contains(&date);
        let next = |date: NaiveDate, days: u64| date.checked_add_days(Days::new(days)).unwrap_or(date);
        let back = |date: NaiveDate, days: u64| date.checked_sub_days(Days::new(days)).unwrap_or(date);
        // No bank stays closed for longer than this.
        let run = |date: NaiveDate, step: &dyn Fn(NaiveDate, u64) -> NaiveDate| {
            (1..12).take_while(|days| !open(step(date, *days))).count() as u64
        };
        let mut rows: [Rows; 3] = Default::default();
        let mut last = dates.first().map_or(NaiveDate::MIN, |first| back(*first, 1));
        for date in dates.iter().copied() {
            let crossed = u64::try_from((date - last).num_days()).unwrap_or(1).clamp(1, 12);
            last = date;
            let spans = if open(date) {
                let (before, after) = (run(date, &back), run(date, &next));
                [(crossed - 1, 0), (before, 0), (0, after)]
            } else {
                [(crossed - 1, 0), (0, 0), (0, 0)]
            };
            for (convention, (before, after)) in spans.into_iter().enumerate() {
                let columns = &mut rows[convention].columns;
                columns.push(date.weekday().num_days_from_monday() as usize);
                if convention == 0 || open(date) {
                    let days = (0..=before).rev().map(|days| back(date, days));
                    let days = days.chain((1..=after).map(|days| next(date, days)));
                    columns.extend(days.map(|day| DAYS + day.day0() as usize));
                }
                columns.extend(ends(date, open).into_iter().flatten());
                if closed.contains(&date) {
                    columns.push(HOLIDAY);
                } else if open(date) && (1..=run(date, &back)).any(|days| closed.contains(&back(date, days)))
                {
                    columns.push(HOLIDAY + 1);
                }
                rows[convention].ends.push(rows[convention].columns.len());
            }
        }
        Self { rows }
    }
}

/// The columns of a date near the end or the beginning of its month.
fn ends(date: NaiveDate, open: impl Fn(NaiveDate) -> bool) -> [Option<usize>; 3] {
    let far = |days: &mut dyn Iterator<Item = NaiveDate>| days.filter(|day| open(*day)).take(2).count();
    let mut column = [None; 3];
    if open(date) {
        if date.day() < 9 {
            let before = far(&mut (1..date.day()).filter_map(|day| date.with_day(day)));
            column[0] = [Some(ENDS), Some(ENDS + 1), None][before.min(2)];
        }
        if date.day() > 20 {
            let after = far(&mut (date.day() + 1..=31).filter_map(|day| date.with_day(day)));
            column[1] = [Some(ENDS + 3), Some(ENDS + 2), None][after.min(2)];
        }
    }
    column[2] = (date == last_of_month(date)).then_some(ENDS + 4);
    column
}

/// Values to explain: the first is the one on the date at `from`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Targets<'a> {
    pub(crate) from: usize,
    pub(crate) values: &'a [f64],
    /// Whether weekdays are explained here; else the models' season does it.
    pub(crate) weekdays: bool,
    /// Whether neighbouring days of the month may be alike, as for the cash that many people draw.
    pub(crate) smooth: bool,
}

impl Calendar {
    /// Estimates the effects: convention, smoothness and strength by generalised cross-validation, then once more
    /// with targets cut at five robust deviations from what the first estimate says.
    pub(crate) fn fit(design: &Design, targets: Targets<'_>) -> Self {
        let mut sums: Vec<Sums> = (0..3).map(|convention| Sums::new(design, convention, targets)).collect();
        let score = |sums: &Sums, smooth, strength| sums.solve(smooth, strength).1;
        let convention = (0..3)
            .min_by(|one, other| score(&sums[*one], false, 4.0).total_cmp(&score(&sums[*other], false, 4.0)))
            .unwrap_or(0);
        let chosen = sums.swap_remove(convention);
        let choices = [false, true].into_iter().filter(|smooth| targets.smooth || !smooth);
        let (smooth, strength) = choices
            .flat_map(|smooth| STRENGTHS.map(|strength| (smooth, strength)))
            .min_by(|one, other| score(&chosen, one.0, one.1).total_cmp(&score(&chosen, other.0, other.1)))
            .unwrap_or((false, 4.0));
        let first = chosen.solve(smooth, strength).0;
        let predicted = |coefficients: &[f64], at: usize| -> f64 {
            design.rows[convention].row(at).iter().map(|column| coefficients[*column]).sum()
        };
        let rest = |at: usize| targets.values[at] - predicted(&first, targets.from + at);
        let centre = (0..targets.values.len()).map(rest).sum::<f64>() / targets.values.len().max(1) as f64;
        let limit = 5.0 * deviation((0..targets.values.len()).map(|at| rest(at) - centre));
        let mut coefficients = first.clone();
        if limit > 0.0 {
            let cut =
                |at: usize| targets.values[at] - rest(at) + centre + (rest(at) - centre).clamp(-limit, limit);
            let tamed: Vec<f64> = (0..targets.values.len()).map(cut).collect();
            coefficients = Sums::new(design, convention, Targets { values: &tamed, ..targets })
                .solve(smooth, strength)
                .0;
        }
        // Days of the month are told apart from each other, not from zero: the usual day has no effect.
        let usual = super::search::median(&mut coefficients[DAYS..ENDS].to_vec());
        for value in &mut coefficients[DAYS..ENDS] {
            *value -= usual;
        }
        let mut calendar = Self { coefficients, convention, means: [0.0; GROUPS] };
        let count = targets.values.len().max(1) as f64;
        for at in targets.from..targets.from + targets.values.len() {
            let parts = calendar.raw(design, at);
            for (mean, part) in calendar.means.iter_mut().zip(parts) {
                *mean += part / count;
            }
        }
        calendar
    }

    /// What each group adds on a date, uncentred.
    fn raw(&self, design: &Design, at: usize) -> [f64; GROUPS] {
        let mut parts = [0.0; GROUPS];
        for column in design.rows[self.convention].row(at) {
            let group = [DAYS, ENDS, HOLIDAY].iter().filter(|end| column >= *end).count();
            parts[group] += self.coefficients[*column];
        }
        parts
    }

    /// What each group adds on a date beyond its mean.
    pub(crate) fn parts(&self, design: &Design, at: usize) -> [f64; GROUPS] {
        let mut parts = self.raw(design, at);
        for (part, mean) in parts.iter_mut().zip(self.means) {
            *part -= mean;
        }
        parts
    }

    /// The effects for a reader, times `scale`.
    pub(crate) fn effects(&self, scale: f64) -> CalendarEffects {
        let of = |from: usize, to: usize| -> Vec<f64> {
            self.coefficients[from..to].iter().map(|value| value * scale).collect()
        };
        let days = of(DAYS, ENDS);
        let spread = deviation(days.iter().copied())
            .max(0.05 * days.iter().fold(0.0, |most: f64, day| most.max(*day)));
        let paydays = days.iter().enumerate().filter(|(_, day)| **day > 4.0 * spread && spread > 0.0);
        CalendarEffects {
            weekday: of(0, DAYS),
            paydays: paydays.map(|(day, _)| day + 1).collect(),
            day_of_month: days,
            month_end: of(ENDS, HOLIDAY),
            holiday: of(HOLIDAY, COLUMNS),
            convention: CONVENTIONS[self.convention],
        }
    }
}

/// The normal equations of a weighted regression about the mean.
struct Sums {
    gram: Symmetric,
    right: Vec<f64>,
    square: f64,
    count: f64,
}

impl Sums {
    fn new(design: &Design, convention: usize, targets: Targets<'_>) -> Self {
        let n = targets.values.len();
        let (mut total, mut mean) = (0.0, 0.0);
        let weight = |at: usize| 0.5_f64.powf((n - 1 - at) as f64 / HALF_LIFE);
        for (at, value) in targets.values.iter().enumerate() {
            total += weight(at);
            mean += weight(at) * value;
        }
        mean /= total.max(f64::MIN_POSITIVE);
        let mut gram = Symmetric::zero(COLUMNS);
        let mut right = vec![0.0; COLUMNS];
        let mut square = 0.0;
        let mut row: Vec<(usize, f64)> = Vec::new();
        for (at, value) in targets.values.iter().enumerate() {
            let weight = weight(at);
            row.clear();
            let columns = design.rows[convention].row(targets.from + at).iter();
            row.extend(
                columns.filter(|column| targets.weekdays || **column >= DAYS).map(|column| (*column, 1.0)),
            );
            gram.add_sparse(&row, weight);
            for (column, _) in &row {
                right[*column] += weight * (value - mean);
            }
            square += weight * (value - mean).powi(2);
        }
        Self { gram, right, square, count: total }
    }

    /// Coefficients at a strength of the ridge, and their score by generalised cross-validation.
    fn solve(&self, smooth: bool, strength: f64) -> (Vec<f64>, f64) {
        let mut penalised = self.gram.clone();
        // Where neighbouring days may be alike, their differences are penalised more than their sizes.
        let (size, difference) = if smooth { (0.3 * strength, 8.0 * strength) } else { (strength, 0.0) };
        for day in (DAYS..ENDS - 1).filter(|_| smooth) {
            penalised.add_sparse(&[(day, 1.0), (day + 1, -1.0)], difference);
        }
        let factor = penalised.cholesky(|_| size);
        let coefficients = factor.solve(&self.right);
        let moved: Vec<f64> = (0..COLUMNS)
            .map(|i| {
                let row = &self.gram.cells[i * COLUMNS..(i + 1) * COLUMNS];
                row.iter().zip(&coefficients).map(|(cell, value)| cell * value).sum()
            })
            .collect();
        let dot = |one: &[f64]| -> f64 { one.iter().zip(&coefficients).map(|(a, b)| a * b).sum() };
        let residual = (self.square - 2.0 * dot(&self.right) + dot(&moved)).max(0.0);
        // Trace of the hat matrix: all columns less what the penalty takes.
        let (diagonal, beside) = factor.inverse_band();
        let taken: f64 = size * diagonal.iter().sum::<f64>()
            + (DAYS..ENDS - 1)
                .map(|day| difference * (diagonal[day] + diagonal[day + 1] - 2.0 * beside[day]))
                .sum::<f64>();
        let freedom = COLUMNS as f64 - taken;
        let left = (self.count - 1.0 - freedom).max(1.0);
        (coefficients, residual * self.count / (left * left))
    }
}
