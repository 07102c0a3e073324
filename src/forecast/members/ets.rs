//! Exponential smoothing with additive errors: level, a damped trend or none, a season or none, on the values or on
//! their logarithms. Hyndman, Koehler, Ord and Snyder (2008), "Forecasting with Exponential Smoothing".
//!
//! An undamped trend is left out on purpose: it costs accuracy on quarterly and yearly series.

use super::super::search::{Symmetric, simplex};

/// Which parts a model has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// A damped trend.
    pub(crate) trend: bool,
    /// Length of the season; 1 for none.
    pub(crate) season: usize,
    /// Fitted on logarithms.
    pub(crate) log: bool,
}

/// Smoothing weights of level, trend and season, and the damping of the trend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weights {
    pub(crate) alpha: f64,
    pub(crate) beta: f64,
    pub(crate) gamma: f64,
    pub(crate) phi: f64,
}

/// A fitted model with its states.
#[derive(Debug, Clone)]
pub(crate) struct Ets {
    pub(crate) shape: Shape,
    pub(crate) weights: Weights,
    /// Corrected Akaike criterion, comparable between shapes.
    pub(crate) aicc: f64,
    /// Sum of squared one-step errors.
    #[cfg(test)]
    squares: f64,
    /// Level and slope after each observation.
    states: Vec<[f64; 2]>,
    /// Season effects: the first cycle's start values, then one after each observation.
    seasons: Vec<f64>,
}

/// Bounds of alpha, beta/alpha, gamma/(1 - alpha) and phi, as the field's programs have them.
const BOUNDS: [(f64, f64); 4] = [(1e-4, 0.9999), (1e-3, 0.9999), (1e-3, 0.9999), (0.8, 0.98)];

/// Evaluations of the sum of squares in each turn of a fit.
pub(crate) type Effort = &'static [usize];

/// Enough for most series, and enough to tell one shape from another.
const FULL: Effort = &[120, 200];
const ROUGH: Effort = &[50];

/// Longest season with a state for each of its steps; a longer one is left to the models that take it out before.
const LONGEST: usize = 24;

/// Values beyond which only the best shape is fitted in full.
const LONG: usize = 300;

/// Start values of level, slope and season.
#[derive(Debug, Clone)]
struct Start {
    level: f64,
    slope: f64,
    season: Vec<f64>,
}

impl Ets {
    /// The shape with the lowest criterion among those that the length allows.
    ///
    /// The first `known` values decide; `period` is the season's length or 1; logarithms are tried only when `log` is set and all values are above 0.
    pub(crate) fn choose(y: &[f64], known: usize, period: usize, log: bool) -> Self {
        let log = log && y.iter().all(|value| *value > 0.0);
        let seasons: &[usize] =
            if (2..=LONGEST).contains(&period) && known >= 3 * period { &[1, period] } else { &[1] };
        let shapes = [false, true].into_iter().filter(|logged| !logged || log).flat_map(|log| {
            let season = seasons.iter().flat_map(|season| [(*season, false), (*season, true)]);
            season.map(move |(season, trend)| Shape { trend, season, log })
        });
        let effort = if known > LONG { ROUGH } else { FULL };
        let best = shapes
            .filter(|shape| known >= shape.parameters() + 4)
            .map(|shape| Self::fit(y, known, shape, effort))
            .min_by(|one, other| one.aicc.total_cmp(&other.aicc));
        match best {
            Some(best) if known <= LONG => best,
            Some(best) => Self::fit(y, known, best.shape, FULL),
            None => Self::fit(y, known, Shape { trend: false, season: 1, log: false }, ROUGH),
        }
    }

    /// Fits one shape to the first `known` values and follows all of them.
    ///
    /// The weights come from a simplex, the start values from least squares, in turns.
    pub(crate) fn fit(y: &[f64], known: usize, shape: Shape, effort: Effort) -> Self {
        let logs: Vec<f64>;
        let (all, jacobian) = if shape.log {
            logs = y.iter().map(|value| value.ln()).collect();
            (logs.as_slice(), 2.0 * logs[..known].iter().sum::<f64>())
        } else {
            (y, 0.0)
        };
        let values = &all[..known];
        let mut start = Start::guess(values, shape);
        let mut ring = vec![0.0; shape.season];
        let mut point = pack(Weights { alpha: 0.3, beta: 0.03, gamma: 0.1, phi: 0.95 });
        let mut cost = f64::INFINITY;
        for evaluations in effort {
            let (axes, bounds) = axes(shape);
            let place = std::array::from_fn(|axis| point[axes[axis]]);
            let (found, least) =
                simplex(place, shape.dimensions(), &bounds, *evaluations, 1e-7, |candidate: &[f64; 4]| {
                    let mut full = point;
                    for axis in 0..shape.dimensions() {
                        full[axes[axis]] = candidate[axis];
                    }
                    squares(values, shape, &unpack(full), &start, &mut ring)
                });
            for axis in 0..shape.dimensions() {
                point[axes[axis]] = found[axis];
            }
            let settled = cost - least < 1e-9 * least;
            cost = least;
            let better = start.refined(values, shape, &unpack(point));
            let reached = squares(values, shape, &unpack(point), &better, &mut ring);
            if reached < cost {
                (start, cost) = (better, reached);
            }
            if settled {
                break;
            }
        }
        let weights = unpack(point);
        let (n, k) = (known as f64, shape.parameters() as f64 + 1.0);
        let fit = n * (cost / n).max(1e-300).ln() + jacobian;
        let correction = if n - k > 1.0 { 2.0 * k * (k + 1.0) / (n - k - 1.0) } else { 1e6 };
        let (states, seasons) = run(all, shape, &weights, &start);
        Self {
            shape,
            weights,
            aicc: fit + 2.0 * k + correction,
            #[cfg(test)]
            squares: cost,
            states,
            seasons,
        }
    }

    /// Forecasts of the steps after observation `origin`, with the season or with its mean instead.
    pub(crate) fn ahead(&self, origin: usize, seasonal: bool, out: &mut [f64]) {
        let [level, slope] = self.states[origin];
        let m = self.shape.season;
        let cycle = &self.seasons[origin + 1..=origin + m];
        let mean = cycle.iter().sum::<f64>() / m as f64;
        let (mut damped, mut power) = (0.0, 1.0);
        for (step, value) in out.iter_mut().enumerate() {
            power *= self.weights.phi;
            damped += power;
            let season = if seasonal { cycle[step % m] } else { mean };
            let sum = level + if self.shape.trend { damped * slope } else { 0.0 } + season;
            *value = if self.shape.log { sum.min(700.0).exp() } else { sum };
        }
    }
}

impl Shape {
    /// Weights to search.
    fn dimensions(self) -> usize {
        1 + 2 * usize::from(self.trend) + usize::from(self.season > 1)
    }

    /// All that is estimated but the variance: weights and start values.
    pub(crate) fn parameters(self) -> usize {
        self.dimensions() + 1 + usize::from(self.trend) + self.season - 1
    }
}

/// The searched numbers of a shape, as indices into alpha, beta, gamma, phi, with their bounds.
fn axes(shape: Shape) -> ([usize; 4], [(f64, f64); 4]) {
    let order = match (shape.trend, shape.season > 1) {
        (false, false) => [0, 1, 2, 3],
        (false, true) => [0, 2, 1, 3],
        (true, _) => [0, 1, 3, 2],
    };
    (order, order.map(|axis| BOUNDS[axis]))
}

fn pack(weights: Weights) -> [f64; 4] {
    [weights.alpha, weights.beta / weights.alpha, weights.gamma / (1.0 - weights.alpha), weights.phi]
}

fn unpack(point: [f64; 4]) -> Weights {
    let [alpha, beta, gamma, phi] = point;
    Weights { alpha, beta: beta * alpha, gamma: gamma * (1.0 - alpha), phi }
}

/// Sum of squared one-step errors.
fn squares(y: &[f64], shape: Shape, weights: &Weights, start: &Start, ring: &mut [f64]) -> f64 {
    let Weights { alpha, beta, gamma, phi } = *weights;
    let (mut level, mut slope) = (start.level, start.slope);
    let mut sum = 0.0;
    match (shape.trend, shape.season > 1) {
        (false, false) => {
            for value in y {
                let error = value - level;
                level += alpha * error;
                sum += error * error;
            }
        }
        (true, false) => {
            for value in y {
                let trend = phi * slope;
                let error = value - level - trend;
                level += trend + alpha * error;
                slope = trend + beta * error;
                sum += error * error;
            }
        }
        (trended, true) => {
            ring.copy_from_slice(&start.season);
            let mut place = 0;
            let phi = if trended { phi } else { 0.0 };
            for value in y {
                let trend = phi * slope;
                let error = value - level - trend - ring[place];
                level += trend + alpha * error;
                slope = trend + beta * error;
                ring[place] += gamma * error;
                place += 1;
                if place == ring.len() {
                    place = 0;
                }
                sum += error * error;
            }
        }
    }
    sum
}

/// The states after each observation.
fn run(y: &[f64], shape: Shape, weights: &Weights, start: &Start) -> (Vec<[f64; 2]>, Vec<f64>) {
    let (mut level, mut slope) = (start.level, start.slope);
    let mut seasons = start.season.clone();
    seasons.reserve(y.len());
    let gamma = if shape.season > 1 { weights.gamma } else { 0.0 };
    let phi = if shape.trend { weights.phi } else { 0.0 };
    let states = y
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let trend = phi * slope;
            let season = seasons[index];
            let error = value - level - trend - season;
            level += trend + weights.alpha * error;
            slope = trend + weights.beta * error;
            seasons.push(season + gamma * error);
            [level, slope]
        })
        .collect();
    (states, seasons)
}

impl Start {
    /// Start values from the first cycles: means by place in the cycle, and a line through what is left.
    fn guess(y: &[f64], shape: Shape) -> Self {
        let m = shape.season;
        let mut season = vec![0.0; m];
        if m > 1 {
            let indices = super::super::season::additive(y, m, 1.0);
            season.copy_from_slice(&indices);
        }
        let count = y.len().min(10.max(2 * m));
        let flat: Vec<f64> = (0..count).map(|index| y[index] - season[index % m]).collect();
        let n = count as f64;
        let mean = flat.iter().sum::<f64>() / n;
        let middle = (n - 1.0) / 2.0;
        let spread: f64 = (0..count).map(|index| (index as f64 - middle).powi(2)).sum();
        let product: f64 =
            flat.iter().enumerate().map(|(index, value)| (index as f64 - middle) * (value - mean)).sum();
        let slope = if shape.trend && spread > 0.0 { product / spread } else { 0.0 };
        let level = if shape.trend { mean - slope * (middle + 1.0) } else { mean };
        Self { level, slope, season }
    }

    /// The start values that minimise the squared errors for these weights: the errors are linear in them.
    fn refined(&self, y: &[f64], shape: Shape, weights: &Weights) -> Self {
        let m = shape.season;
        let size = 2 + if m > 1 { m } else { 0 };
        let columns = Self::responses(y.len(), shape, weights);
        let errors = errors_of(y.iter().copied(), shape, weights, self);
        let mut gram = Symmetric::zero(size);
        let mut right = vec![0.0; size];
        for i in 0..size {
            for j in 0..=i {
                let dot: f64 = columns[i].iter().zip(&columns[j]).map(|(one, other)| one * other).sum();
                gram.cells[i * size + j] = dot;
                gram.cells[j * size + i] = dot;
            }
            right[i] = columns[i].iter().zip(&errors).map(|(column, error)| column * error).sum();
        }
        // Barely seen start values stay where the guess put them.
        let trace: f64 = (0..size).map(|i| gram.cells[i * size + i]).sum();
        let step = gram.cholesky(|_| 1e-6 * trace + f64::MIN_POSITIVE).solve(&right);
        let slope = if shape.trend { self.slope + step[1] } else { 0.0 };
        let season = self
            .season
            .iter()
            .enumerate()
            .map(|(place, value)| value + if m > 1 { step[2 + place] } else { 0.0 });
        Self { level: self.level + step[0], slope, season: season.collect() }
    }

    /// How much each one-step forecast moves with each start value.
    fn responses(n: usize, shape: Shape, weights: &Weights) -> Vec<Vec<f64>> {
        let m = shape.season;
        let size = 2 + if m > 1 { m } else { 0 };
        (0..size)
            .map(|index| {
                let mut unit = Self { level: 0.0, slope: 0.0, season: vec![0.0; m] };
                match index {
                    0 => unit.level = 1.0,
                    1 if shape.trend => unit.slope = 1.0,
                    1 => {}
                    _ => unit.season[index - 2] = 1.0,
                }
                let zeros = std::iter::repeat_n(0.0, n);
                errors_of(zeros, shape, weights, &unit).into_iter().map(|error| -error).collect()
            })
            .collect()
    }
}

fn errors_of(y: impl Iterator<Item = f64>, shape: Shape, weights: &Weights, start: &Start) -> Vec<f64> {
    let (mut level, mut slope) = (start.level, start.slope);
    let mut ring = start.season.clone();
    let gamma = if shape.season > 1 { weights.gamma } else { 0.0 };
    let phi = if shape.trend { weights.phi } else { 0.0 };
    let mut place = 0;
    y.map(|value| {
        let trend = phi * slope;
        let error = value - level - trend - ring[place];
        level += trend + weights.alpha * error;
        slope = trend + weights.beta * error;
        ring[place] += gamma * error;
        place = (place + 1) % ring.len();
        error
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{change, oracle, worst};
    use super::*;

    #[test]
    fn smoothing_agrees_with_statsforecast() {
        let mut behind = Vec::new();
        for row in oracle() {
            let (y, predicted) = (&row.values, &row.ets);
            let shape = Shape { trend: row.trend, season: row.season, log: false };
            let weights = Weights {
                alpha: predicted.alpha,
                beta: predicted.beta.unwrap_or(0.0),
                gamma: predicted.gamma.unwrap_or(0.0),
                phi: predicted.phi.unwrap_or(1.0),
            };
            let start = Start {
                level: predicted.level,
                slope: predicted.slope.unwrap_or(0.0),
                season: predicted.season.clone(),
            };
            let (states, seasons) = run(y, shape, &weights, &start);
            let theirs = Ets { shape, weights, aicc: 0.0, squares: 0.0, states, seasons };
            let mut out = vec![0.0; predicted.forecast.len()];
            theirs.ahead(y.len() - 1, true, &mut out);
            // Their sum of the damping is phi + phi + phi^2 + ..., where the book has phi + phi^2 + phi^3 + ...
            for (step, value) in out.iter_mut().enumerate().filter(|_| row.trend) {
                let power = weights.phi.powf((step + 1) as f64);
                *value += (weights.phi - power) * theirs.states[y.len() - 1][1];
            }
            assert!(worst(&out, &predicted.forecast) < 1e-3 * change(y));
            // With turns enough, our search is behind theirs only where their weights lie outside our bounds.
            let ours = Ets::fit(y, y.len(), shape, &[400; 30]);
            behind.push(ours.squares / predicted.squares);
        }
        behind.sort_by(f64::total_cmp);
        println!("ETS: our squares over theirs, from {:.6} to {:.6}", behind[0], behind[behind.len() - 1]);
        assert!(behind[behind.len() - 1] < 1.005, "{behind:?}");
        assert!(behind[behind.len() / 2] < 1.0 + 1e-4, "{behind:?}");
    }
}
