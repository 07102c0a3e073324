//! Several models as one: which are asked, how much each counts, and the errors that they made together.

use super::calendar::GROUPS;
use super::members::{Member, Model, Values};

/// Models with weights that sum to 1.
#[derive(Debug, Clone)]
pub(crate) struct Ensemble {
    pub(crate) models: Vec<(Member, Model, f64)>,
}

/// What the calendar adds to a value, or its share of it; one number for each value and each step ahead.
#[derive(Debug, Clone, Default)]
pub(crate) struct Effects {
    /// Empty where the calendar tells nothing.
    pub(crate) values: Vec<f64>,
    /// The same by group.
    pub(crate) parts: Vec<[f64; GROUPS]>,
    /// Whether effects are shares of the level.
    pub(crate) multiply: bool,
}

impl Effects {
    /// Adds the effects to values that stand at index `from` and after.
    pub(crate) fn restore(&self, from: usize, out: &mut [f64]) {
        if self.values.is_empty() {
            return;
        }
        for (value, effect) in out.iter_mut().zip(&self.values[from..]) {
            *value = if self.multiply { *value * (1.0 + effect) } else { *value + effect };
        }
    }

    /// The values without the effects.
    pub(crate) fn remove(&self, y: &[f64]) -> Vec<f64> {
        if self.values.is_empty() {
            return y.to_vec();
        }
        let without = |(value, effect): (&f64, &f64)| {
            if self.multiply { value / (1.0 + effect) } else { value - effect }
        };
        y.iter().zip(&self.values).map(without).collect()
    }
}

/// Origins of the errors that a band is made from: older errors tell of another volatility.
const WINDOW: usize = 300;

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
        let first = n.saturating_sub(WINDOW + 1).max(values.period.max(3).min(n / 2));
        let mut out = vec![0.0; horizon];
        (first..n.saturating_sub(1))
            .map(|origin| {
                let steps = horizon.min(n - 1 - origin);
                self.ahead(values, effects, origin, true, &mut out[..steps]);
                let actual = &values.raw[origin + 1..];
                out[..steps].iter().zip(actual).map(|(told, came)| (*told, came - told)).collect()
            })
            .collect()
    }
}
