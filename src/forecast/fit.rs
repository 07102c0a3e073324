//! All that is estimated at one origin: calendar, marks, weights, models, their forecast and their errors.

use super::Kind;
use super::calendar::{Calendar, Design, GROUPS, Targets};
use super::ensemble::{Effects, Ensemble};
use super::marks::Marks;
use super::members::{Deseasonalised, Member, Values};
use super::steps::Step;
use super::{season, weights};

/// Newest values that the models see: older ones cost time and tell of another time.
const MODEL_WINDOW: usize = 1000;

/// Newest values that the calendar's effects are estimated from.
const CALENDAR_WINDOW: usize = 1826;

/// Values needed before days of the month are looked at.
const CALENDAR_NEEDS: usize = 60;

/// The calendar must lower the held-out error to this share to be used.
const WORTH: f64 = 1.0;

/// What a fit starts from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    /// Values up to the origin, in the series' unit.
    pub(crate) values: &'a [f64],
    /// Columns of the dates of all values and of the steps ahead.
    pub(crate) design: &'a Design,
    pub(crate) kind: Kind,
    pub(crate) step: Step,
    pub(crate) period: usize,
    pub(crate) horizon: usize,
    /// The only members to ask; empty for all that suit.
    pub(crate) members: &'a [Member],
}

/// A fit, in standardised units: `value = centre + scale · number`.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) scale: f64,
    pub(crate) centre: f64,
    /// Index of the first value that the models saw.
    pub(crate) start: usize,
    pub(crate) raw: Vec<f64>,
    pub(crate) adjusted: Vec<f64>,
    pub(crate) effects: Effects,
    pub(crate) calendar: Option<Calendar>,
    pub(crate) marks: Marks,
    pub(crate) ensemble: Ensemble,
    pub(crate) point: Vec<f64>,
    /// Forecast and error by origin and step.
    pub(crate) errors: Vec<Vec<(f64, f64)>>,
    /// Whether logarithms and ratios make sense: a flow that is always above 0.
    pub(crate) relative: bool,
    pub(crate) period: usize,
}

impl Fit {
    pub(crate) fn new(input: Input<'_>) -> Self {
        let Input { kind, period, horizon, .. } = input;
        let (scale, centre) = units(input.values, kind);
        let all: Vec<f64> = input.values.iter().map(|value| value / scale - centre / scale).collect();
        let relative = kind == Kind::Flow && all.iter().all(|value| *value > 0.0);
        let n = all.len();
        let start = n.saturating_sub(MODEL_WINDOW);
        let held = input.step.has_days().then(|| weights::held_out(n - start, horizon)).flatten();
        let (calendar, early) = calendars(input, &all, held);
        let mut raw = all[start..].to_vec();
        let effects = effects(calendar.as_ref(), input, start, n + horizon, &all);
        let mut adjusted = effects.remove(&raw);
        let marks = Marks::find(&Deseasonalised::new(&adjusted, n - start, period, relative).values);
        // Short series of months or years have too few values to tell a shift from their own way.
        if input.step.has_days() {
            marks.tame(&mut adjusted, relative);
            raw.clone_from(&adjusted);
            effects.restore(0, &mut raw);
        }
        let chosen = match held {
            _ if !input.members.is_empty() => {
                input.members.iter().map(|member| (*member, 1.0 / input.members.len() as f64)).collect()
            }
            Some(held) => {
                let past = effects_of(early.as_ref(), input, start, n + horizon, &all, effects.multiply);
                let without = past.remove(&raw);
                let values = Values { adjusted: &without, raw: &raw, period, relative };
                let candidates = candidates(kind, period, n - start, calendar.is_some());
                weights::learned(&candidates, values, &past, n - start - held, horizon)
            }
            None => weights::prior(period, calendar.is_some() && kind == Kind::Balance),
        };
        let values = Values { adjusted: &adjusted, raw: &raw, period, relative };
        let ensemble = Ensemble::fit(&chosen, values);
        let mut point = vec![0.0; horizon];
        ensemble.ahead(values, &effects, n - start - 1, true, &mut point);
        let errors = ensemble.errors(values, &effects, horizon);
        Self {
            scale,
            centre,
            start,
            raw,
            adjusted,
            effects,
            calendar,
            marks,
            ensemble,
            point,
            errors,
            relative,
            period,
        }
    }

    /// What the models were fitted to.
    pub(crate) fn values(&self) -> Values<'_> {
        Values { adjusted: &self.adjusted, raw: &self.raw, period: self.period, relative: self.relative }
    }

    /// The forecast with each season replaced by its mean and without the calendar.
    pub(crate) fn plain(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.point.len()];
        self.ensemble.ahead(self.values(), &self.effects, self.raw.len() - 1, false, &mut out);
        out
    }

    /// A number in the series' unit; what would overflow stays at the largest number there is.
    pub(crate) fn unit(&self, number: f64) -> f64 {
        (number * self.scale + self.centre).clamp(f64::MIN, f64::MAX)
    }

    /// A difference in the series' unit.
    pub(crate) fn width(&self, number: f64) -> f64 {
        (number * self.scale).clamp(f64::MIN, f64::MAX)
    }
}

/// Scale and centre: a power of two, so that dividing loses nothing, and for a balance its last value.
///
/// A balance has no natural zero, so its forecast moves with it; a flow has one.
fn units(values: &[f64], kind: Kind) -> (f64, f64) {
    let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let centre = if kind == Kind::Balance { values.last().copied().unwrap_or(0.0) } else { 0.0 };
    // Halves, so that the difference of two extreme values is still a number.
    let spread =
        values.iter().fold(0.0_f64, |most, value| most.max((value / 2.0 - centre / 2.0).abs())) * 2.0;
    let size = if kind == Kind::Balance { spread } else { largest };
    if size > 0.0 {
        (size.min(f64::MAX).log2().floor().clamp(-1000.0, 1000.0).exp2(), centre)
    } else {
        (1.0, centre)
    }
}

fn candidates(kind: Kind, period: usize, n: usize, calendar: bool) -> Vec<Member> {
    let mut all = vec![Member::Theta, Member::Ets, Member::Autoregression, Member::Naive];
    if period > 1 && n > 2 * period {
        all.push(Member::SeasonalNaive);
    }
    if calendar && kind == Kind::Balance {
        all.push(Member::Calendar);
    }
    all
}

/// The calendar of all values and that of the values before the held-out ones; nothing when it does not help there.
fn calendars(input: Input<'_>, all: &[f64], held: Option<usize>) -> (Option<Calendar>, Option<Calendar>) {
    let n = all.len();
    if !input.step.has_days() || n < CALENDAR_NEEDS {
        return (None, None);
    }
    let held = held.unwrap_or(n / 3);
    let first = n.saturating_sub(CALENDAR_WINDOW);
    let Some((offset, values)) = targets(input, &all[first..]) else { return (None, None) };
    let from = first + offset;
    let balance = input.kind == Kind::Balance;
    let targets = |values| Targets { from, values, weekdays: balance, smooth: !balance };
    let known = values.len().saturating_sub(held).max(values.len() / 2);
    let early = Calendar::fit(input.design, targets(&values[..known]));
    let mean = values[..known].iter().sum::<f64>() / known as f64;
    let rest: Vec<(f64, f64)> = (known..values.len())
        .map(|at| {
            let told: f64 = early.parts(input.design, from + at).iter().sum();
            (values[at] - mean, values[at] - mean - told)
        })
        .collect();
    // A balance adds its errors up, so what counts is how they add up over the horizon, too.
    let gain = |length: usize| {
        let (mut without, mut with) = (0.0, 0.0);
        for window in rest.windows(length) {
            without += window.iter().map(|pair| pair.0).sum::<f64>().abs();
            with += window.iter().map(|pair| pair.1).sum::<f64>().abs();
        }
        if without > 0.0 { with / without } else { 1.0 }
    };
    let long = if balance { input.horizon.min(22).min(rest.len()) } else { 1 };
    if f64::midpoint(gain(1), gain(long.max(1))) > WORTH {
        return (None, None);
    }
    (Some(Calendar::fit(input.design, targets(&values))), Some(early))
}

/// What the calendar explains, with the index of its first value: increments of a balance, and of a flow the distance
/// from its level of four weeks and its weekday, as a share where the level is above 0.
fn targets(input: Input<'_>, all: &[f64]) -> Option<(usize, Vec<f64>)> {
    if input.kind == Kind::Balance {
        return Some((1, all.windows(2).map(|pair| pair[1] - pair[0]).collect()));
    }
    let weeks = 4 * input.period.max(5);
    let level = season::moving_mean(all, weeks);
    let ratios = shares(all).then(|| season::multiplicative(all, input.period, 0.99)).flatten();
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
        (half, rest.collect())
    })
}

/// Whether effects are shares of the level.
fn shares(all: &[f64]) -> bool {
    all.iter().all(|value| *value >= 0.0)
}

fn effects(calendar: Option<&Calendar>, input: Input<'_>, start: usize, end: usize, all: &[f64]) -> Effects {
    let first = all.len().saturating_sub(CALENDAR_WINDOW);
    let multiply = input.kind == Kind::Flow
        && shares(&all[first..])
        && season::multiplicative(&all[first..], input.period, 0.99).is_some();
    effects_of(calendar, input, start, end, all, multiply)
}

fn effects_of(
    calendar: Option<&Calendar>,
    input: Input<'_>,
    start: usize,
    end: usize,
    _all: &[f64],
    multiply: bool,
) -> Effects {
    let Some(calendar) = calendar else { return Effects::default() };
    let mut sums = [0.0; GROUPS];
    let parts: Vec<[f64; GROUPS]> = (start..end)
        .map(|at| {
            let parts = calendar.parts(input.design, at);
            if input.kind == Kind::Balance {
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += part;
                }
                sums
            } else {
                parts
            }
        })
        .collect();
    // A share that would take all of the level away is an accident of few days.
    let total = |parts: &[f64; GROUPS]| parts.iter().sum::<f64>();
    let values = parts.iter().map(|parts| if multiply { total(parts).max(-0.95) } else { total(parts) });
    Effects { values: values.collect(), parts, multiply }
}
