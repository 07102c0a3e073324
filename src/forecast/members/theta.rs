//! The dynamic optimised Theta model: Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler (2016), "Models for
//! optimising the theta method and their relationship to state space models".
//!
//! For a given smoothing weight the errors are linear in the first level and in `1 - 1/theta`, so those two come
//! from a 2 x 2 least-squares system and only one number is searched.

use super::super::search::golden;

/// A fitted model with its state after each observation.
#[derive(Debug, Clone)]
pub(crate) struct Theta {
    /// Smoothing weight, 0.1..0.99.
    pub(crate) alpha: f64,
    /// `1 - 1/theta`, 0..1: how much of the fitted line's slope is kept.
    pub(crate) pull: f64,
    /// Level, mean, intercept and slope of the line after each observation.
    states: Vec<[f64; 4]>,
}

/// Parameters that are estimated: the smoothing weight, theta and the first level.
pub(crate) const PARAMETERS: usize = 3;

/// Errors of the first observations are not counted, as the line through them is not yet defined.
const SKIP: usize = 3;

impl Theta {
    /// Fits the model to the first `known` deseasonalised values, at least four, and follows all of them.
    ///
    /// With `trust` an observation that half of the line's slope is kept, as in the classical method, weighs as much as
    /// `trust / known` of the values.
    pub(crate) fn fit(y: &[f64], known: usize, trust: f64) -> Self {
        let lines = lines(y);
        let alpha = golden(0.1, 0.99, 14, |alpha| solve(&y[..known], &lines, alpha, trust).2);
        let (level, pull, _) = solve(&y[..known], &lines, alpha, trust);
        Self::follow(y, &lines, level, alpha, pull)
    }

    /// The states that these parameters give.
    fn follow(y: &[f64], lines: &[[f64; 3]], level: f64, alpha: f64, pull: f64) -> Self {
        let mut last = level;
        let states = y
            .iter()
            .zip(lines)
            .map(|(value, [mean, intercept, slope])| {
                last += alpha * (value - last);
                [last, *mean, *intercept, *slope]
            })
            .collect();
        Self { alpha, pull, states }
    }

    /// Forecasts of the steps after observation `origin`.
    pub(crate) fn ahead(&self, origin: usize, out: &mut [f64]) {
        let [mut level, mut mean, mut intercept, mut slope] = self.states[origin];
        let mut decay = (1.0 - self.alpha).powf((origin + 1) as f64);
        for (step, value) in out.iter_mut().enumerate() {
            let i = (origin + 1 + step) as f64;
            let line = decay * intercept + slope * (1.0 - decay * (1.0 - self.alpha)) / self.alpha;
            let y = level + self.pull * line;
            *value = y;
            decay *= 1.0 - self.alpha;
            level += self.alpha * (y - level);
            slope = ((i - 1.0) * slope + 6.0 * (y - mean) / (i + 1.0)) / (i + 2.0);
            mean = (i * mean + y) / (i + 1.0);
            intercept = mean - slope * (i + 2.0) / 2.0;
        }
    }
}

/// Mean, intercept and slope of the regression line through the values up to each one, by recursion.
fn lines(y: &[f64]) -> Vec<[f64; 3]> {
    let mut line = [0.0; 3];
    y.iter()
        .enumerate()
        .map(|(index, value)| {
            let i = index as f64;
            let [mean, _, slope] = line;
            line = if index == 0 {
                [*value, *value, 0.0]
            } else {
                let slope = ((i - 1.0) * slope + 6.0 * (value - mean) / (i + 1.0)) / (i + 2.0);
                let mean = (i * mean + value) / (i + 1.0);
                [mean, mean - slope * (i + 2.0) / 2.0, slope]
            };
            line
        })
        .collect()
}

/// The first level and `1 - 1/theta` that minimise the squared errors for this smoothing weight, and that minimum.
///
/// An observation that half of the slope is kept counts `trust / n` times.
fn solve(y: &[f64], lines: &[[f64; 3]], alpha: f64, trust: f64) -> (f64, f64, f64) {
    let (mut aa, mut ab, mut bb, mut ay, mut by, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let keep = 1.0 - alpha;
    let mut level = alpha * y[0];
    let mut decay = keep;
    for i in 1..y.len() {
        let [_, intercept, slope] = lines[i - 1];
        let line = decay * intercept + slope * (1.0 - decay * keep) / alpha;
        if i >= SKIP {
            let rest = y[i] - level;
            aa += decay * decay;
            ab += decay * line;
            bb += line * line;
            ay += decay * rest;
            by += line * rest;
            yy += rest * rest;
        }
        level += alpha * (y[i] - level);
        decay *= keep;
    }
    let prior = trust * bb / (y.len() as f64).powi(2);
    (bb, by, yy) = (bb + prior, by + prior / 2.0, yy + prior / 4.0);
    let determinant = aa * bb - ab * ab;
    let free = if determinant > 1e-12 * aa * bb { (aa * by - ab * ay) / determinant } else { 0.0 };
    let pull = free.clamp(0.0, 1.0);
    let first = if aa > 0.0 { (ay - pull * ab) / aa } else { y[0] };
    let cost = yy + first * (first * aa - 2.0 * ay) + pull * (pull * bb - 2.0 * by) + 2.0 * first * pull * ab;
    (first, pull, cost.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{change, oracle, worst};
    use super::*;

    #[test]
    fn theta_agrees_with_statsforecast() {
        let mut farthest = 0.0_f64;
        for row in oracle() {
            let (y, predicted) = (&row.flat, &row.theta);
            let lines = lines(y);
            let theirs = Theta::follow(
                y,
                &lines,
                predicted.initial_smoothed,
                predicted.alpha,
                1.0 - 1.0 / predicted.theta,
            );
            let mut out = vec![0.0; predicted.forecast.len()];
            theirs.ahead(y.len() - 1, &mut out);
            assert!(worst(&out, &predicted.forecast) < 1e-3 * change(y));
            // Their search ends where costs hardly differ; ours is never behind it.
            let ours = Theta::fit(y, y.len(), 0.0);
            let cost = solve(y, &lines, ours.alpha, 0.0).2;
            assert!(cost <= predicted.squares * (1.0 + 1e-6), "{cost} {}", predicted.squares);
            ours.ahead(y.len() - 1, &mut out);
            farthest = farthest
                .max(worst(&out, &predicted.forecast) / y.iter().fold(0.0, |most: f64, v| most.max(*v)));
        }
        println!("Theta: own parameters lead at most {farthest:.1e} of the series' size away");
        assert!(farthest < 5e-3);
    }
}
