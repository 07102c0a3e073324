//! A small autoregression on first differences of deseasonalised values, its order chosen by the corrected Akaike
//! criterion. It diversifies the smoothing models at little cost.

use super::super::search::Symmetric;

/// Longest lag that is tried.
const LAGS: usize = 3;

/// Coefficients of the last differences, newest first.
#[derive(Debug, Clone)]
pub(crate) struct Autoregression {
    pub(crate) coefficients: Vec<f64>,
    /// Mean difference, towards which forecasts go.
    drift: f64,
}

impl Autoregression {
    /// Fits orders 0 to 3 by least squares on the same differences and keeps the best.
    pub(crate) fn fit(y: &[f64]) -> Self {
        let mut differences: Vec<f64> = y.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let drift = differences.iter().sum::<f64>() / differences.len().max(1) as f64;
        for difference in &mut differences {
            *difference -= drift;
        }
        let count = differences.len().saturating_sub(LAGS) as f64;
        let mut best = (f64::INFINITY, Vec::new());
        for order in 0..=LAGS {
            if count < (order + 8) as f64 && order > 0 {
                break;
            }
            let mut gram = Symmetric::zero(order);
            let mut right = vec![0.0; order];
            for t in LAGS..differences.len() {
                for i in 0..order {
                    right[i] += differences[t - 1 - i] * differences[t];
                    for j in 0..order {
                        gram.cells[i * order + j] += differences[t - 1 - i] * differences[t - 1 - j];
                    }
                }
            }
            let trace: f64 = (0..order).map(|i| gram.cells[i * order + i]).sum();
            let coefficients = gram.cholesky(|_| 1e-6 * trace).solve(&right);
            let cost: f64 = (LAGS..differences.len())
                .map(|t| {
                    let predicted: f64 = (0..order).map(|i| coefficients[i] * differences[t - 1 - i]).sum();
                    (differences[t] - predicted).powi(2)
                })
                .sum();
            let k = order as f64 + 1.0;
            let penalty = 2.0 * k * count / (count - k - 1.0).max(0.5);
            let criterion = count * (cost / count.max(1.0)).max(1e-300).ln() + penalty;
            let stable = coefficients.iter().map(|value| value.abs()).sum::<f64>() < 1.5;
            if stable && criterion < best.0 {
                best = (criterion, coefficients);
            }
        }
        Self { coefficients: best.1, drift }
    }

    /// Forecasts of the steps after value `origin`.
    pub(crate) fn ahead(&self, y: &[f64], origin: usize, out: &mut [f64]) {
        let mut recent = [0.0; LAGS];
        for (lag, value) in recent.iter_mut().enumerate().take(origin.min(LAGS)) {
            *value = y[origin - lag] - y[origin - lag - 1] - self.drift;
        }
        let mut last = y[origin];
        for value in out {
            let step: f64 = self.coefficients.iter().zip(&recent).map(|(one, other)| one * other).sum();
            recent.rotate_right(1);
            recent[0] = step;
            last += step + self.drift;
            *value = last;
        }
    }
}
