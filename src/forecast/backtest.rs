//! What the forecast would have said on earlier days, beside what came: rolling origins, each with a fit of its own.

use chrono::NaiveDate;
use serde::Serialize;

use super::clean::{Clean, FEWEST};
use super::error::ForecastError;
use super::search::quantile;
use super::{Band, Options, Prepared, Series, band};

/// Ratio to the naive forecast's error below which something was gained.
const GAIN: f64 = 0.98;

/// What was said on one day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// The last day seen.
    pub date: NaiveDate,
    /// Each day after it.
    pub rows: Vec<Outcome>,
    /// Mean absolute change over one season before the origin: the unit of MASE.
    pub scale: f64,
    /// Mean square of the same: the unit of RMSSE.
    pub square_scale: f64,
}

impl Origin {
    /// What was said after the first `place` values: points, and half-widths of their bands.
    pub(super) fn new(
        prepared: &Prepared<'_>,
        place: usize,
        points: &[f64],
        halves: &[[f64; 3]],
        floor: Option<f64>,
    ) -> Self {
        let (clean, m) = (prepared.clean, prepared.period);
        let past = &clean.values[..place];
        let rows = (0..points.len())
            .map(|step| Outcome {
                date: clean.dates[place + step],
                actual: clean.values[place + step],
                point: points[step],
                bands: halves[step].map(|half| band(points[step], half, floor)),
                naive: past[place - 1],
                seasonal_naive: past[place - m + step % m],
            })
            .collect();
        let changes = |power: i32| {
            let sum: f64 = (m..place).map(|at| ((past[at] - past[at - m]).abs()).powi(power)).sum();
            sum / (place - m) as f64
        };
        Self { date: clean.dates[place - 1], rows, scale: changes(1), square_scale: changes(2) }
    }
}

/// What was said of one day, and what came.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Outcome {
    /// The day.
    pub date: NaiveDate,
    /// What came.
    pub actual: f64,
    /// What was said.
    pub point: f64,
    /// Bands of 50, 80 and 95 %.
    pub bands: [Band; 3],
    /// The last value before the origin.
    pub naive: f64,
    /// The value one season before.
    pub seasonal_naive: f64,
}

/// Errors of one forecast over all origins and steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// Mean absolute error, in the unit of the series.
    pub mae: f64,
    /// Mean absolute scaled error; nothing when the past never changed.
    pub mase: Option<f64>,
    /// Root mean squared scaled error.
    pub rmsse: Option<f64>,
    /// Symmetric mean absolute percentage error in %; nothing where a value is 0, below or near it.
    pub smape: Option<f64>,
    /// Mean error: above 0 when more came than was said.
    pub bias: f64,
}

/// Error by distance from the origin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bucket {
    /// First and last step, counted from 1.
    pub steps: (usize, usize),
    /// Mean absolute error of the forecast.
    pub mae: f64,
    /// The same of the seasonal naive forecast.
    pub seasonal_naive_mae: f64,
    /// Share of outcomes within the 80 % band, in %.
    pub coverage_80: f64,
}

/// One word on the forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// More than 10 % better than seasonal naive, and not by chance (p < 0.1).
    Good,
    /// Better than seasonal naive.
    Modest,
    /// Nothing beats today's value by 2 %.
    RandomWalk,
    /// No better than seasonal naive.
    Worse,
}

impl Verdict {
    /// The words for a reader.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Modest => "modest",
            Self::RandomWalk => "behaves like a random walk: the best guess is today's value",
            Self::Worse => "no better than the value one season ago",
        }
    }
}

/// The summary of all origins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backtest {
    /// Oldest first.
    pub origins: Vec<Origin>,
    /// Season that MASE is scaled by and that seasonal naive repeats, in steps.
    pub period: usize,
    /// The forecast's errors.
    pub score: Score,
    /// Those of today's value.
    pub naive: Score,
    /// Those of the value one season ago.
    pub seasonal_naive: Score,
    /// Share of outcomes within the bands of 50, 80 and 95 %, in %.
    pub coverage: [f64; 3],
    /// Error saved against seasonal naive: 0.2 is a fifth.
    pub skill: f64,
    /// Two-sided sign test of the skill over origins.
    pub p_value: f64,
    /// One word.
    pub verdict: Verdict,
    /// By horizon.
    pub buckets: Vec<Bucket>,
    /// Origins whose outcomes a model trained elsewhere had seen in its training: their errors flatter it. Our own
    /// models are fitted anew at each origin, so none.
    pub seen_in_training: usize,
    /// Factor by which the bands would have held 80 %, within 0.7 to 1.6; 1 when they held 70 to 90 %.
    pub band_scale: f64,
}

/// Runs the backtest; `seen` gets each origin as soon as it is done, oldest first, and stops the run with `false`.
///
/// # Errors
///
/// The refusals of [`super::forecast`], and too few values for one origin with `horizon` values after it.
pub fn backtest(
    series: &Series,
    horizon: usize,
    options: &Options,
    mut seen: impl FnMut(&Origin) -> bool,
) -> Result<Backtest, ForecastError> {
    let clean = Clean::new(series, options.origin)?;
    let prepared = Prepared::new(series, &clean, horizon, options)?;
    let places = places(clean.values.len(), horizon, prepared.period, options.origins)?;
    let mut origins = Vec::new();
    for place in places {
        let fit = prepared.fit(&clean.values[..place], options);
        let points: Vec<f64> = fit.point.iter().map(|point| fit.unit(*point)).collect();
        let halves = Prepared::halves(&fit, place).into_iter().map(|three| three.map(|half| fit.width(half)));
        let halves: Vec<[f64; 3]> = halves.collect();
        let origin = Origin::new(&prepared, place, &points, &halves, options.floor);
        let on = seen(&origin);
        origins.push(origin);
        if !on {
            break;
        }
    }
    Ok(summary(origins, prepared.period))
}

/// Counts of values before each origin, oldest first.
pub(super) fn places(
    n: usize,
    horizon: usize,
    period: usize,
    wanted: usize,
) -> Result<Vec<usize>, ForecastError> {
    let train = FEWEST.max(2 * period + 1);
    let needs = train + horizon;
    if n < needs {
        return Err(ForecastError::TooShort { needs, has: n });
    }
    let last = n - horizon;
    // Long histories lend origins one horizon apart; short ones keep half of themselves to learn from.
    let room = last - train.max(last / 2).min(last);
    let count = wanted.max(1).min(room + 1);
    let stride = (room / (count - 1).max(1)).clamp(1, horizon);
    Ok((0..count).rev().map(|back| last - back * stride).collect())
}

/// Scores any forecast of the same outcomes; `told` says what it was for an outcome.
#[must_use]
pub fn score(origins: &[Origin], predicted: impl Fn(usize, usize, &Outcome) -> f64) -> Score {
    let mut count = 0.0;
    let (mut mae, mut bias, mut smape) = (0.0, 0.0, 0.0);
    let (mut scaled, mut squares) = (0.0, 0.0);
    for (number, origin) in origins.iter().enumerate() {
        for (step, row) in origin.rows.iter().enumerate() {
            let point = predicted(number, step, row);
            let error = row.actual - point;
            count += 1.0;
            mae += error.abs();
            bias += error;
            smape += 200.0 * error.abs() / (row.actual.abs() + point.abs());
            scaled += error.abs() / origin.scale;
            squares += error * error / origin.square_scale;
        }
    }
    let mean = |sum: f64| sum / f64::max(count, 1.0);
    let finite = |value: f64| value.is_finite().then_some(value);
    let outcomes = || origins.iter().flat_map(|origin| &origin.rows);
    let typical = mean(outcomes().map(|row| row.actual.abs()).sum());
    // A percentage of nearly nothing says nothing.
    let meaningful = outcomes().all(|row| row.actual > 0.05 * typical);
    Score {
        mae: mean(mae),
        mase: finite(mean(scaled)),
        rmsse: finite(mean(squares).sqrt()),
        smape: finite(mean(smape)).filter(|_| meaningful),
        bias: mean(bias),
    }
}

pub(super) fn summary(origins: Vec<Origin>, period: usize) -> Backtest {
    let ours = score(&origins, |_, _, row| row.point);
    let naive = score(&origins, |_, _, row| row.naive);
    let seasonal_naive = score(&origins, |_, _, row| row.seasonal_naive);
    let skill = if seasonal_naive.mae > 0.0 { 1.0 - ours.mae / seasonal_naive.mae } else { 0.0 };
    let p_value = sign_test(&origins);
    let verdict = if ours.mae > GAIN * naive.mae && seasonal_naive.mae > GAIN * naive.mae {
        Verdict::RandomWalk
    } else if skill > 0.1 && p_value < 0.1 {
        Verdict::Good
    } else if skill > 0.0 {
        Verdict::Modest
    } else {
        Verdict::Worse
    };
    let coverage = std::array::from_fn(|band| covered(origins.iter().flat_map(|origin| &origin.rows), band));
    // A floor cuts a band below.
    let above = |row: &Outcome| row.bands[1].high - row.point;
    let mut ratios: Vec<f64> = origins
        .iter()
        .flat_map(|origin| &origin.rows)
        .filter(|row| above(row) > 0.0)
        .map(|row| (row.actual - row.point).abs() / above(row))
        .collect();
    let held = (70.0..=90.0).contains(&coverage[1]) || ratios.is_empty();
    let band_scale = if held { 1.0 } else { quantile(&mut ratios, 0.8).clamp(0.7, 1.6) };
    let buckets = buckets(&origins);
    Backtest {
        origins,
        period,
        score: ours,
        naive,
        seasonal_naive,
        coverage,
        skill,
        p_value,
        verdict,
        buckets,
        seen_in_training: 0,
        band_scale,
    }
}

/// Share of outcomes within a band, in %.
fn covered<'a>(rows: impl Iterator<Item = &'a Outcome>, band: usize) -> f64 {
    let (mut inside, mut count) = (0.0, 0.0);
    for row in rows {
        count += 1.0;
        inside += f64::from(u8::from((row.bands[band].low..=row.bands[band].high).contains(&row.actual)));
    }
    100.0 * inside / f64::max(count, 1.0)
}

/// Probability of a split at least this uneven, were the forecast as good as seasonal naive.
fn sign_test(origins: &[Origin]) -> f64 {
    let error = |origin: &Origin, predicted: fn(&Outcome) -> f64| -> f64 {
        origin.rows.iter().map(|row| (row.actual - predicted(row)).abs()).sum()
    };
    let (mut wins, mut losses) = (0_u32, 0_u32);
    for origin in origins {
        let (ours, theirs) = (error(origin, |row| row.point), error(origin, |row| row.seasonal_naive));
        wins += u32::from(ours < theirs);
        losses += u32::from(ours > theirs);
    }
    let n = wins + losses;
    let (mut ways, mut tail) = (1.0, 0.0);
    for k in 0..=wins.min(losses) {
        tail += ways;
        ways *= f64::from(n - k) / f64::from(k + 1);
    }
    (2.0 * tail / 2.0_f64.powf(f64::from(n))).min(1.0)
}

/// Errors over the steps 1 to 7, 8 to 30, 31 to 90 and beyond.
fn buckets(origins: &[Origin]) -> Vec<Bucket> {
    let horizon = origins.first().map_or(0, |origin| origin.rows.len());
    let mut from = 0;
    let mut found = Vec::new();
    for end in [7, 30, 90, usize::MAX] {
        let to = end.min(horizon);
        if to > from {
            let rows = || origins.iter().flat_map(|origin| &origin.rows[from..to]);
            let mean = |predicted: fn(&Outcome) -> f64| {
                rows().map(|row| (row.actual - predicted(row)).abs()).sum::<f64>()
                    / rows().count().max(1) as f64
            };
            found.push(Bucket {
                steps: (from + 1, to),
                mae: mean(|row| row.point),
                seasonal_naive_mae: mean(|row| row.seasonal_naive),
                coverage_80: covered(rows(), 1),
            });
        }
        from = to;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A floor cuts a band on one side: errors are measured by the other.
    #[test]
    fn bands_that_a_floor_cuts_are_scaled_by_their_uncut_side() {
        let date = NaiveDate::default();
        let row = |actual: f64| Outcome {
            date,
            actual,
            point: 2.0,
            bands: [5.0, 10.0, 20.0].map(|half| band(2.0, half, Some(0.0))),
            naive: 2.0,
            seasonal_naive: 2.0,
        };
        let rows = [2.0, 11.0, 11.0, 11.0, 11.0].map(row).to_vec();
        let origin = Origin { date, rows, scale: 1.0, square_scale: 1.0 };
        let told = summary(vec![origin], 1);
        // All lie within ten above, and 80 % need nine of them.
        assert!((told.band_scale - 0.9).abs() < 1e-9, "{}", told.band_scale);
    }
}
