//! The models that make up a forecast. Each can tell its forecast from every origin with one set of parameters, so
//! errors many steps ahead cost no further fit.

pub(crate) mod autoregression;
pub(crate) mod ets;
#[cfg(test)]
#[path = "../../tests/forecast/oracle.rs"]
mod oracle;
pub(crate) mod theta;

use serde::Serialize;

use super::season;
use autoregression::Autoregression;
use ets::Ets;
use theta::Theta;

/// A model, by the name that a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// Dynamic optimised Theta on deseasonalised values.
    Theta,
    /// Exponential smoothing with a damped trend, chosen by Akaike's corrected criterion.
    Ets,
    /// Autoregression on differences.
    Autoregression,
    /// Today's value, moved by the calendar's usual increments and their mean.
    Calendar,
    /// Today's value, moved by the mean change.
    Drift,
    /// Today's value.
    Naive,
    /// The value one season ago.
    SeasonalNaive,
}

impl Member {
    /// Name for a status line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Theta => "Theta",
            Self::Ets => "ETS",
            Self::Autoregression => "AR",
            Self::Calendar => "calendar",
            Self::Drift => "drift",
            Self::Naive => "naive",
            Self::SeasonalNaive => "seasonal naive",
        }
    }
}

/// Season indices by place in the cycle.
#[derive(Debug, Clone)]
pub(crate) struct Indices {
    values: Vec<f64>,
    multiply: bool,
}

impl Indices {
    /// What a season costs: one index is told by the others.
    fn parameters(season: Option<&Self>) -> usize {
        season.map_or(0, |indices| indices.values.len() - 1)
    }

    fn remove(&self, y: &[f64]) -> Vec<f64> {
        let m = self.values.len();
        y.iter()
            .enumerate()
            .map(
                |(i, value)| {
                    if self.multiply { value / self.values[i % m] } else { value - self.values[i % m] }
                },
            )
            .collect()
    }

    fn add(&self, from: usize, out: &mut [f64]) {
        let m = self.values.len();
        for (step, value) in out.iter_mut().enumerate() {
            let index = self.values[(from + step) % m];
            if self.multiply {
                *value *= index;
            } else {
                *value += index;
            }
        }
    }
}

/// Deseasonalised values and what was taken out of them.
#[derive(Debug, Clone)]
pub(crate) struct Deseasonalised {
    pub(crate) values: Vec<f64>,
    indices: Option<Indices>,
}

impl Deseasonalised {
    /// Takes a season out when a test finds one; multiplies when `relative` and every value is above 0.
    ///
    /// The first `known` values decide.
    pub(crate) fn new(y: &[f64], known: usize, period: usize, relative: bool) -> Self {
        let past = &y[..known];
        if !season::is_seasonal(past, period) {
            return Self { values: y.to_vec(), indices: None };
        }
        // Recent cycles count more; short cycles repeat more often, so each counts for less.
        let decay = if period <= 7 { 0.99 } else { 0.95 };
        let ratios = (relative && y.iter().all(|value| *value > 0.0))
            .then(|| season::multiplicative(past, period, decay))
            .flatten();
        let multiply = ratios.is_some();
        let values = ratios.unwrap_or_else(|| season::additive(past, period, decay));
        let indices = Indices { values, multiply };
        Self { values: indices.remove(y), indices: Some(indices) }
    }
}

/// A fitted model.
#[derive(Debug, Clone)]
pub(crate) enum Model {
    Theta(Theta, Option<Indices>),
    Ets(Ets),
    /// The model, the deseasonalised values it reads, and the season.
    Autoregression(Autoregression, Deseasonalised),
    /// Mean increment.
    Drift(f64),
    Naive,
    SeasonalNaive(usize),
}

/// Values without a season that tell by themselves how much of their slope goes on.
const LONG: usize = 60;

/// How much fewer values are held to half of it.
const TRUST: f64 = 40.0;

/// What models are fitted to: values without the calendar's effects, and with them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) adjusted: &'a [f64],
    pub(crate) raw: &'a [f64],
    /// Length of the season; 1 for none.
    pub(crate) period: usize,
    /// Whether values may be divided and taken logarithms of.
    pub(crate) relative: bool,
}

impl Model {
    /// Fits the model that a member names to the first `known` values, and follows all of them.
    pub(crate) fn fit(member: Member, values: Values<'_>, known: usize) -> Self {
        let Values { adjusted, period, relative, .. } = values;
        match member {
            Member::Theta => {
                let flat = Deseasonalised::new(adjusted, known, period, relative);
                let trust = if period == 1 && known < LONG { TRUST } else { 0.0 };
                Self::Theta(Theta::fit(&flat.values, known, trust), flat.indices)
            }
            Member::Ets => Self::Ets(Ets::choose(adjusted, known, period, relative)),
            Member::Autoregression => {
                let flat = Deseasonalised::new(adjusted, known, period, relative);
                Self::Autoregression(Autoregression::fit(&flat.values[..known]), flat)
            }
            Member::Calendar | Member::Drift => {
                let past = &adjusted[..known];
                let change = past.last().unwrap_or(&0.0) - past.first().unwrap_or(&0.0);
                Self::Drift(change / known.saturating_sub(1).max(1) as f64)
            }
            Member::Naive => Self::Naive,
            Member::SeasonalNaive => Self::SeasonalNaive(period),
        }
    }

    /// Whether the forecast is one of adjusted values, to which the calendar's effects must be added.
    pub(crate) fn is_adjusted(&self) -> bool {
        !matches!(self, Self::Naive | Self::SeasonalNaive(_))
    }

    /// Parameters that are estimated, for the degrees of freedom.
    pub(crate) fn parameters(&self) -> usize {
        match self {
            Self::Theta(_, indices) => theta::PARAMETERS + Indices::parameters(indices.as_ref()),
            Self::Ets(model) => model.shape.parameters(),
            Self::Autoregression(model, flat) => {
                model.coefficients.len() + Indices::parameters(flat.indices.as_ref())
            }
            Self::Drift(_) => 1,
            Self::Naive | Self::SeasonalNaive(_) => 0,
        }
    }

    /// Forecasts of the steps after value `origin`, with the season or with its mean instead.
    pub(crate) fn ahead(&self, values: Values<'_>, origin: usize, seasonal: bool, out: &mut [f64]) {
        match self {
            Self::Theta(model, indices) => {
                model.ahead(origin, out);
                if let Some(indices) = indices.as_ref().filter(|_| seasonal) {
                    indices.add(origin + 1, out);
                }
            }
            Self::Ets(model) => model.ahead(origin, seasonal, out),
            Self::Autoregression(model, flat) => {
                model.ahead(&flat.values, origin, out);
                if let Some(indices) = flat.indices.as_ref().filter(|_| seasonal) {
                    indices.add(origin + 1, out);
                }
            }
            Self::Drift(drift) => {
                let mut value = values.adjusted[origin];
                for place in out {
                    value += drift;
                    *place = value;
                }
            }
            Self::Naive => out.fill(values.raw[origin]),
            Self::SeasonalNaive(period) => {
                let from = (origin + 1).saturating_sub(*period);
                let cycle = &values.raw[from..=origin];
                let mean = cycle.iter().sum::<f64>() / cycle.len() as f64;
                for (step, place) in out.iter_mut().enumerate() {
                    *place = if seasonal { cycle[step % cycle.len()] } else { mean };
                }
            }
        }
    }
}
