//! Several models as one: which are asked, how much each counts, and the errors that they made together.

use super::effects::Effects;
use super::members::{Member, Model, Values};

/// Models with weights that sum to 1.
#[derive(Debug, Clone)]
pub(crate) struct Ensemble {
    pub(crate) models: Vec<(Member, Model, f64)>,
}

/// Newest steps whose errors make a band, and steps more for each step ahead: older errors tell of another volatility,
/// but far ahead only many steps hold errors that do not overlap.
const WINDOW: (usize, usize) = (300, 5);

impl Ensemble {
    /// Fits the members that count.
    pub(crate) fn fit(weights: &[(Member, f64)], values: Values<'_>) -> Self {
        let known = values.raw.len();
        let fit = |(member, weight): &(Member, f64)| (*member, Model::fit(*member, values, known), *weight);
        Self { models: weights.iter().map(fit).collect() }
    }

    /// Forecasts of the steps after value `origin`.
    pub(crate) fn ahead(
        &self,
        values: Values<'_>,
        effects: &Effects,
        origin: usize,
        seasonal: bool,
        out: &mut [f64],
    ) {
        let mut part = vec![0.0; out.len()];
        out.fill(0.0);
        for (_, model, weight) in &self.models {
            model.ahead(values, origin, seasonal, &mut part);
            if model.is_adjusted() && seasonal {
                effects.restore(origin + 1, &mut part);
            }
            for (sum, value) in out.iter_mut().zip(&part) {
                *sum += weight * value;
            }
        }
    }

    /// Weighted count of estimated parameters.
    pub(crate) fn parameters(&self) -> f64 {
        self.models.iter().map(|(_, model, weight)| weight * model.parameters() as f64).sum()
    }

    /// Forecasts and errors from each recent origin: `(forecast, error)` of the steps that are already known.
    pub(crate) fn errors(
        &self,
        values: Values<'_>,
        effects: &Effects,
        horizon: usize,
    ) -> Vec<Vec<(f64, f64)>> {
        let n = values.raw.len();
        let window = WINDOW.0 + WINDOW.1 * horizon;
        let first = n.saturating_sub(window + 1).max(values.period.max(3).min(n / 2));
        let mut out = vec![0.0; horizon];
        // Of a long window the errors of every second origin tell the same.
        (first..n.saturating_sub(1))
            .step_by(((n - first) / WINDOW.0).max(1))
            .map(|origin| {
                let steps = horizon.min(n - 1 - origin);
                self.ahead(values, effects, origin, true, &mut out[..steps]);
                let actual = &values.raw[origin + 1..];
                out[..steps]
                    .iter()
                    .zip(actual)
                    .map(|(predicted, actual)| (*predicted, actual - predicted))
                    .collect()
            })
            .collect()
    }
}
