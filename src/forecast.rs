//! Forecasts of daily balances and other dated numbers, with bands that hold what they say and a backtest beside them.
//!
//! Pure functions on dates and values: no SQL, no screen, no task, no clock; the same input gives the same answer.
//! The way: clean → calendar → members → weights → bands → backtest → explain, one module each.

// Counts of observations stay far below 2^52, and places computed from shares are within their slice.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod backtest;
mod bands;
mod calendar_effects;
mod clean;
mod effects;
mod ensemble;
mod error;
mod explain;
pub mod external_model;
mod fit;
mod input;
mod marks;
mod members;
mod outlook;
mod paths;
mod scenario;
mod search;
mod season;
mod steps;
mod weights;

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;

pub use crate::calendar::{Country, holidays};
pub use backtest::{Backtest, Bucket, Origin, Outcome, Score, Verdict, backtest, score};
pub use calendar_effects::{CalendarEffects, Convention};
pub use error::ForecastError;
pub use explain::Explanation;
pub use members::Member;
pub use outlook::{Other, Outlook, Progress, PutAside};
pub use scenario::{Every, Item, Scenario, amount};
pub use steps::Step;

use bands::Evidence;
use calendar_effects::Design;
use clean::Clean;
use fit::Fit;
use input::Input;

/// Shares of the outcomes that the bands should hold.
pub const LEVELS: [f64; 3] = [0.5, 0.8, 0.95];

/// Steps ahead for each value seen, at most.
const REACH: usize = 2;

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What there is at the end of a day: carried on over gaps, may be below 0, has no natural zero.
    #[default]
    Balance,
    /// What happened in a step: 0 in a gap, and if always above 0, also seen in ratios.
    Flow,
}

/// Dated numbers, in any order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Date and value; of two values on a date the last one counts.
    pub points: Vec<(NaiveDate, f64)>,
    /// What the values are.
    pub kind: Kind,
}

/// What can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whose holidays count.
    pub country: Option<Country>,
    /// Steps in a season; nothing for the usual one of the step.
    pub period: Option<usize>,
    /// The last date to be seen; nothing for all.
    pub origin: Option<NaiveDate>,
    /// The risk threshold: the forecast tells how likely values below it are.
    pub threshold: f64,
    /// The lowest value that can come, a credit limit: cuts the bands, never the models.
    pub floor: Option<f64>,
    /// The only members to ask, with equal weights; empty for all that suit, weighted by what they achieved.
    pub members: Vec<Member>,
    /// What if.
    pub scenario: Scenario,
    /// Paths drawn for the probability of falling below the threshold.
    pub paths: usize,
    /// Where the draws begin.
    pub seed: u64,
    /// Origins of a backtest, at most.
    pub origins: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            country: None,
            period: None,
            origin: None,
            threshold: 0.0,
            floor: None,
            members: Vec::new(),
            scenario: Scenario::default(),
            paths: 500,
            seed: 1,
            origins: 8,
        }
    }
}

/// Where an outcome should lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Band {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The forecast of one date.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Row {
    /// The date.
    pub date: NaiveDate,
    /// The median.
    pub point: f64,
    /// Bands of 50, 80 and 95 %.
    pub bands: [Band; 3],
    /// Probability that the value is below the threshold on this date.
    pub below: f64,
    /// Probability that it has been, on this date or one before it.
    pub below_until: f64,
}

/// The forecast at a distance that people ask for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ahead {
    /// Steps from the last value.
    pub steps: usize,
    /// The forecast there.
    pub row: Row,
    /// From the last value to the median.
    pub change: f64,
}

/// A value that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Observation {
    /// Its date.
    pub date: NaiveDate,
    /// The value, or what stands for a missing one.
    pub value: f64,
    /// Whether it was missing.
    pub filled: bool,
}

/// Something that stands out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mark {
    /// Date of the anomaly, or first date on the new level.
    pub date: NaiveDate,
    /// How far the value is beyond the usual, or the size of the level's step.
    pub size: f64,
}

/// Who makes a part of a forecast.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Maker {
    /// A member of the ensemble.
    Ours(Member),
    /// A model that was trained elsewhere, by the name on its card.
    Outside(String),
}

impl Maker {
    /// Name for a status line.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Ours(member) => member.name(),
            Self::Outside(name) => name,
        }
    }
}

/// A member and how much it counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Weight {
    /// The member.
    pub member: Maker,
    /// Its share; all sum to 1.
    pub weight: f64,
}

/// A forecast with all that explains it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// Distance between dates.
    pub step: Step,
    /// Steps in a season; 1 for none.
    pub period: usize,
    /// What was seen, a value for each date.
    pub history: Vec<Observation>,
    /// Values that leave their neighbours; they are kept.
    pub anomalies: Vec<Mark>,
    /// Where the level changed for good.
    pub shifts: Vec<Mark>,
    /// The forecast.
    pub rows: Vec<Row>,
    /// The forecast under the scenario, if there is one.
    pub scenario: Option<Vec<Row>>,
    /// Who made it.
    pub weights: Vec<Weight>,
    /// What days usually add, when that helps.
    pub calendar: Option<CalendarEffects>,
    /// Where each row comes from.
    pub explanation: Vec<Explanation>,
    /// Steps within half of the history's length; what is said of those after them is hardly known.
    pub reliable_steps: usize,
    /// Factor that the backtest put on the bands; 1 for none.
    pub band_scale: f64,
    #[serde(skip)]
    rest: Rest,
}

/// What is needed to draw the bands again.
#[derive(Debug, Clone, PartialEq, Default)]
struct Rest {
    deviations: Vec<Vec<f64>>,
    halves: Vec<[f64; 3]>,
    offsets: Vec<f64>,
    threshold: f64,
    floor: Option<f64>,
}

/// Forecasts the `horizon` steps after the last date.
///
/// # Errors
///
/// A series that is too short, has too many gaps or no regular step; a horizon of 0 or more than twice
/// the history; a scenario whose item ends before it starts.
pub fn forecast(series: &Series, horizon: usize, options: &Options) -> Result<Forecast, ForecastError> {
    let clean = Clean::new(series, options.origin)?;
    let prepared = Prepared::new(series, &clean, horizon, options)?;
    let n = clean.values.len();
    let fit = prepared.fit(&clean.values, options);
    let dates = &prepared.dates[n..];
    let offsets = options.scenario.offsets(clean.dates[n - 1], dates, series.kind)?;
    let halves = Prepared::halves(&fit, n);
    let deviations = paths::deviations(&fit.errors, &halves, options.paths, options.seed);
    let deviations =
        deviations.iter().map(|path| path.iter().map(|value| fit.width(*value)).collect()).collect();
    let mark = |(at, size): &(usize, f64)| Mark { date: clean.dates[fit.start + at], size: fit.width(*size) };
    let mut forecast = Forecast {
        step: clean.step,
        period: prepared.period,
        history: (0..n)
            .map(|at| Observation {
                date: clean.dates[at],
                value: clean.values[at],
                filled: clean.filled[at],
            })
            .collect(),
        anomalies: fit.marks.anomalies.iter().map(mark).collect(),
        shifts: fit.marks.shifts.iter().map(mark).collect(),
        rows: Vec::new(),
        scenario: None,
        weights: fit
            .ensemble
            .models
            .iter()
            .map(|(member, _, weight)| Weight { member: Maker::Ours(*member), weight: *weight })
            .collect(),
        calendar: fit
            .calendar
            .as_ref()
            .map(|calendar| calendar.effects(if fit.effects.multiply { 1.0 } else { fit.scale })),
        explanation: explain::explain(&fit, series.kind, dates),
        reliable_steps: horizon.min(n / 2),
        band_scale: 1.0,
        rest: Rest {
            deviations,
            halves: halves.iter().map(|three| three.map(|half| fit.width(half))).collect(),
            offsets: if options.scenario.is_empty() { Vec::new() } else { offsets },
            threshold: options.threshold,
            floor: options.floor,
        },
    };
    let points: Vec<f64> = fit.point.iter().map(|point| fit.unit(*point)).collect();
    forecast.draw(dates, &points);
    Ok(forecast)
}

/// Steps ahead that people ask for where they say nothing: 90 days, 26 weeks, 12 months, 8 quarters, 5 years, and at
/// most what the history up to the origin allows.
#[must_use]
pub fn usual_horizon(series: &Series, origin: Option<NaiveDate>) -> usize {
    let Ok(clean) = Clean::new(series, origin) else { return 90 };
    clean.step.horizons()[2].min(REACH * clean.values.len())
}

impl Forecast {
    /// Who made it, for a status line: `0.52 Theta + 0.31 calendar + 0.17 ETS`, the heaviest first.
    #[must_use]
    pub fn recipe(&self) -> String {
        let mut weights = self.weights.clone();
        weights.sort_by(|one, other| other.weight.total_cmp(&one.weight));
        let parts: Vec<_> =
            weights.iter().map(|part| format!("{:.2} {}", part.weight, part.member.name())).collect();
        parts.join(" + ")
    }

    /// The forecast after 7, 30 and 90 days (for longer steps after 1, 3 and 12 of them) and at its end.
    #[must_use]
    pub fn ahead(&self) -> Vec<Ahead> {
        self.ahead_in(&self.rows)
    }

    /// The same of the scenario.
    #[must_use]
    pub fn ahead_in(&self, rows: &[Row]) -> Vec<Ahead> {
        let Some(last) = self.history.last() else { return Vec::new() };
        let usual: [usize; 3] = if self.step.has_days() { [7, 30, 90] } else { [1, 3, 12] };
        let within = |days: usize| {
            let end = i64::try_from(days).unwrap_or(i64::MAX);
            rows.iter().take_while(|row| (row.date - last.date).num_days() <= end).count()
        };
        let mut places: Vec<usize> =
            usual.into_iter().map(|far| if self.step.has_days() { within(far) } else { far }).collect();
        places.retain(|steps| (1..rows.len()).contains(steps));
        places.push(rows.len());
        places.dedup();
        let predicted =
            places.into_iter().filter_map(|steps| Some((steps, *rows.get(steps.checked_sub(1)?)?)));
        predicted.map(|(steps, row)| Ahead { steps, row, change: row.point - last.value }).collect()
    }

    /// The dates seen and forecast on which usual pay is booked: on its day, or where the calendar moves it.
    #[must_use]
    pub fn paydays(&self) -> Vec<NaiveDate> {
        let Some(calendar) = &self.calendar else { return Vec::new() };
        let dates: Vec<NaiveDate> =
            self.history.iter().map(|seen| seen.date).chain(self.rows.iter().map(|row| row.date)).collect();
        // A day of the month between two dates is booked on the later one, or on the earlier one.
        let early = calendar.convention == Convention::Preceding;
        let pays = |from: NaiveDate, to: NaiveDate| {
            from.iter_days()
                .take_while(|day| *day < to)
                .map(|day| if early { day } else { day + Days::new(1) })
                .any(|day| calendar.paydays.contains(&(day.day() as usize)))
        };
        let pairs = dates.windows(2).filter(|pair| pays(pair[0], pair[1]));
        pairs.map(|pair| if early { pair[0] } else { pair[1] }).collect()
    }

    /// Whether every value seen is the same, so that there is nothing to learn from but that.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.history.windows(2).all(|pair| pair[0].value.total_cmp(&pair[1].value).is_eq())
    }

    /// Widens or narrows the bands by what the backtest found, and says so in `band_scale`.
    pub fn recalibrate(&mut self, backtest: &Backtest) {
        self.band_scale = backtest.band_scale;
        let (dates, points): (Vec<_>, Vec<_>) = self.rows.iter().map(|row| (row.date, row.point)).unzip();
        self.draw(&dates, &points);
    }

    /// Rows from points, half-widths and paths.
    fn draw(&mut self, dates: &[NaiveDate], points: &[f64]) {
        let rest = &self.rest;
        let rows = |offsets: Option<&[f64]>| -> Vec<Row> {
            let points: Vec<f64> = points
                .iter()
                .enumerate()
                .map(|(step, point)| {
                    (point + offsets.map_or(0.0, |offsets| offsets[step])).clamp(f64::MIN, f64::MAX)
                })
                .collect();
            let below = rest.below(&points, self.band_scale);
            let below_until = rest.below_until(&points, self.band_scale);
            (0..dates.len())
                .map(|step| Row {
                    date: dates[step],
                    point: points[step],
                    bands: rest.halves[step]
                        .map(|half| band(points[step], half * self.band_scale, rest.floor)),
                    below: below[step],
                    below_until: below_until[step],
                })
                .collect()
        };
        let scenario = (!rest.offsets.is_empty()).then(|| rows(Some(&rest.offsets)));
        let plain = rows(None);
        (self.rows, self.scenario) = (plain, scenario);
    }
}

impl Rest {
    /// Whether a value of a path is below the threshold: none is below the floor.
    fn is_below(&self, value: f64) -> bool {
        value.max(self.floor.unwrap_or(f64::MIN)) < self.threshold
    }

    /// Share of the paths that are below the threshold at each step.
    fn below(&self, points: &[f64], scale: f64) -> Vec<f64> {
        let count = self.deviations.len().max(1) as f64;
        let is_below = |path: &[f64], step: usize| self.is_below(points[step] + path[step] * scale);
        let paths = |step: usize| self.deviations.iter().filter(|path| is_below(path, step)).count();
        (0..points.len()).map(|step| paths(step) as f64 / count).collect()
    }

    /// Share of the paths that were below the threshold up to each step.
    fn below_until(&self, points: &[f64], scale: f64) -> Vec<f64> {
        let mut fallen = vec![0_usize; points.len()];
        for path in &self.deviations {
            let first = path.iter().zip(points).position(|(off, point)| self.is_below(point + off * scale));
            if let Some(first) = first {
                fallen[first] += 1;
            }
        }
        let mut sum = 0;
        fallen
            .into_iter()
            .map(|count| {
                sum += count;
                sum as f64 / self.deviations.len().max(1) as f64
            })
            .collect()
    }
}

/// A band around a point, cut at the floor.
fn band(point: f64, half: f64, floor: Option<f64>) -> Band {
    let cut = |value: f64| value.clamp(f64::MIN, f64::MAX).max(floor.unwrap_or(f64::MIN));
    Band { low: cut(point - half), high: cut(point + half) }
}

/// What all origins of a series share.
struct Prepared<'a> {
    clean: &'a Clean,
    kind: Kind,
    period: usize,
    horizon: usize,
    dates: Vec<NaiveDate>,
    design: Design,
}

impl<'a> Prepared<'a> {
    fn new(
        series: &Series,
        clean: &'a Clean,
        horizon: usize,
        options: &Options,
    ) -> Result<Self, ForecastError> {
        let has = clean.values.len();
        if horizon == 0 || horizon > REACH * has {
            return Err(ForecastError::Horizon { asked: horizon, has, most: REACH * has });
        }
        let period = options.period.unwrap_or(clean.step.period()).clamp(1, has / 2);
        let dates = clean.dates_ahead(horizon);
        let design =
            if clean.step.has_days() { Design::new(&dates, options.country) } else { Design::default() };
        Ok(Self { clean, kind: series.kind, period, horizon, dates, design })
    }

    /// The fit to the first values.
    fn fit(&self, values: &[f64], options: &Options) -> Fit {
        Fit::new(Input {
            values,
            design: &self.design,
            kind: self.kind,
            step: self.clean.step,
            period: self.period,
            horizon: self.horizon,
            members: &options.members,
        })
    }

    /// Half-widths of the bands, in units of the fit.
    fn halves(fit: &Fit, n: usize) -> Vec<[f64; 3]> {
        bands::halves(Evidence {
            errors: &fit.errors,
            point: &fit.point,
            n: n.min(fit.raw.len()),
            parameters: fit.ensemble.parameters(),
            relative: fit.relative,
            fades: fit.fades,
        })
    }
}
