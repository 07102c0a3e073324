//! The calendar's part of a series: whether there is one, and how it is taken out of values and put back.

use super::Kind;
use super::calendar_effects::{Calendar, GROUPS, Targets};
use super::input::Input;
use super::season;

/// Newest values that the calendar's effects are estimated from.
const WINDOW: usize = 1826;

/// Values held out at most to see whether the calendar helps.
const YEAR: usize = 366;

/// Values needed before days of the month are looked at.
const NEEDS: usize = 60;

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

/// A calendar that lowers the error of values it has not seen.
#[derive(Debug, Clone)]
pub(crate) struct Useful {
    /// Estimated from all values.
    pub(crate) calendar: Calendar,
    /// Estimated from those before the held-out ones.
    pub(crate) early: Calendar,
    multiply: bool,
}

impl Useful {
    /// Estimates the calendar of standardised values; nothing when it does not help on the `held` last ones.
    pub(crate) fn find(input: Input<'_>, all: &[f64], held: Option<usize>) -> Option<Self> {
        let n = all.len();
        if !input.step.has_days() || n < NEEDS {
            return None;
        }
        let first = n.saturating_sub(WINDOW);
        let (offset, values, multiply) = targets(input, &all[first..])?;
        let from = first + offset;
        let balance = input.kind == Kind::Balance;
        let targets = |values| Targets { from, values, weekdays: balance, smooth: !balance };
        // A year, where there is one, has every day of the month often and every holiday once.
        let held = held.unwrap_or(0).max((n / 3).min(YEAR));
        let known = values.len().saturating_sub(held).max(values.len() / 2);
        let early = Calendar::fit(input.design, targets(&values[..known]));
        let mean = values[..known].iter().sum::<f64>() / known as f64;
        let rest: Vec<(f64, f64)> = (known..values.len())
            .map(|at| {
                let predicted: f64 = early.parts(input.design, from + at).iter().sum();
                (values[at] - mean, values[at] - mean - predicted)
            })
            .collect();
        // A balance adds its errors up, so what counts is how they add up over the horizon, too.
        let long = if balance { input.horizon.min(22).clamp(1, rest.len().max(1)) } else { 1 };
        let helps = f64::midpoint(gain(&rest, 1), gain(&rest, long)) < 1.0;
        helps.then(|| Self { calendar: Calendar::fit(input.design, targets(&values)), early, multiply })
    }

    /// The effects of one of its calendars on the dates from `start` to `end`.
    pub(crate) fn effects(&self, calendar: &Calendar, input: Input<'_>, start: usize, end: usize) -> Effects {
        let mut sums = [0.0; GROUPS];
        let parts: Vec<[f64; GROUPS]> = (start..end)
            .map(|at| {
                let parts = calendar.parts(input.design, at);
                if input.kind == Kind::Flow {
                    return parts;
                }
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += part;
                }
                sums
            })
            .collect();
        let total = |parts: &[f64; GROUPS]| parts.iter().sum::<f64>();
        // A share that would take all of the level away is an accident of few days.
        let least = if self.multiply { -0.95 } else { f64::MIN };
        let values = parts.iter().map(|parts| total(parts).max(least)).collect();
        Effects { values, parts, multiply: self.multiply }
    }
}

/// Absolute errors with the calendar over those without it, summed over windows of a length.
fn gain(rest: &[(f64, f64)], length: usize) -> f64 {
    let (mut without, mut with) = (0.0, 0.0);
    for window in rest.windows(length) {
        without += window.iter().map(|pair| pair.0).sum::<f64>().abs();
        with += window.iter().map(|pair| pair.1).sum::<f64>().abs();
    }
    if without > 0.0 { with / without } else { 1.0 }
}

/// What the calendar explains, with the index of its first value: increments of a balance, and of a flow the distance
/// from its level of four weeks and its weekday, as a share where no value is below 0.
/// The last answer tells whether they are shares.
fn targets(input: Input<'_>, all: &[f64]) -> Option<(usize, Vec<f64>, bool)> {
    if input.kind == Kind::Balance {
        return Some((1, all.windows(2).map(|pair| pair[1] - pair[0]).collect(), false));
    }
    let weeks = 4 * input.period.max(5);
    let level = season::moving_mean(all, weeks);
    let positive = all.iter().all(|value| *value >= 0.0);
    let ratios = positive.then(|| season::multiplicative(all, input.period, 0.99)).flatten();
    let indices = ratios.clone().unwrap_or_else(|| season::additive(all, input.period, 0.99));
    let half = weeks / 2;
    (all.len() > 2 * weeks).then(|| {
        let rest = (half..all.len() - half).map(|at| {
            let (mean, index) = (level[at].unwrap_or(0.0), indices[at % input.period]);
            match &ratios {
                Some(_) if mean > 0.0 => all[at] / (mean * index) - 1.0,
                Some(_) => 0.0,
                None => all[at] - mean - index,
            }
        });
        (half, rest.collect(), ratios.is_some())
    })
}
