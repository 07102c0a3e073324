//! How much each member counts: by its errors from rolling origins where there are enough, else as measured on the
//! M3 competition and on tourism.

use super::effects::Effects;
use super::members::{Member, Model, Values};
use super::steps::Step;

/// Most origins that are asked; the rest would tell the same again.
const ORIGINS: usize = 40;

/// How fast trust falls with the error above the least one, for each root of an independent origin.
const SHARPNESS: f64 = 6.0;

/// Weights below this are dropped.
const LEAST: f64 = 0.1;

/// Share of the weight that is spread equally among the members that are left.
const EQUAL: f64 = 0.3;

/// Weights where too little is known to learn them.
///
/// Theta and ETS count alike, or two to one without a season; the autoregression helps a little where there is one, and
/// in the few values that years are, the mean change.
pub(crate) fn prior(step: Step, period: usize, calendar: bool) -> Vec<(Member, f64)> {
    let mut weights = match (step, period) {
        (Step::Yearly, 1) => vec![(Member::Theta, 4.0), (Member::Ets, 1.0), (Member::Drift, 1.0)],
        (_, 1) => vec![(Member::Theta, 2.0), (Member::Ets, 1.0)],
        _ => vec![(Member::Theta, 4.0), (Member::Ets, 4.0), (Member::Autoregression, 1.0)],
    };
    if calendar {
        weights.push((Member::Calendar, 9.0));
    }
    normalised(weights)
}

/// Values held out to learn weights from; nothing when there are too few.
pub(crate) fn held_out(n: usize, horizon: usize) -> Option<usize> {
    let wanted = (3 * horizon).max(60).min(n / 3);
    (wanted >= 2 * horizon && n >= 60).then_some(wanted)
}

/// Weights from the errors after value `known`, with parameters estimated before it.
pub(crate) fn learned(
    candidates: &[Member],
    values: Values<'_>,
    effects: &Effects,
    known: usize,
    horizon: usize,
) -> Vec<(Member, f64)> {
    let n = values.raw.len();
    let last = n.saturating_sub(2).max(known - 1);
    let stride = ((last + 1 - known) / ORIGINS).max(1);
    let mut out = vec![0.0; horizon];
    let errors: Vec<f64> = candidates
        .iter()
        .map(|member| {
            let model = Model::fit(*member, values, known);
            let (mut sum, mut count) = (0.0, 0.0);
            for origin in (known - 1..=last).step_by(stride) {
                let steps = horizon.min(n - 1 - origin);
                let out = &mut out[..steps];
                model.ahead(values, origin, true, out);
                if model.is_adjusted() {
                    effects.restore(origin + 1, out);
                }
                sum += out
                    .iter()
                    .zip(&values.raw[origin + 1..])
                    .map(|(predicted, actual)| (actual - predicted).abs())
                    .sum::<f64>();
                count += steps as f64;
            }
            sum / f64::max(count, 1.0)
        })
        .collect();
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    if least <= 0.0 || !least.is_finite() {
        let best = candidates.iter().zip(&errors).filter(|(_, error)| error.total_cmp(&least).is_eq());
        return normalised(best.map(|(member, _)| (*member, 1.0)).collect());
    }
    // Origins less than a horizon apart see nearly the same errors.
    let origins = ((n - known) as f64 / horizon as f64).sqrt();
    let trust = |error: &f64| (-SHARPNESS * (error / least - 1.0) * origins).exp();
    let first =
        normalised(candidates.iter().zip(&errors).map(|(member, error)| (*member, trust(error))).collect());
    let kept = normalised(first.into_iter().filter(|(_, weight)| *weight >= LEAST).collect());
    let equal = EQUAL / kept.len() as f64;
    kept.into_iter().map(|(member, weight)| (member, equal + (1.0 - EQUAL) * weight)).collect()
}

fn normalised(mut weights: Vec<(Member, f64)>) -> Vec<(Member, f64)> {
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    for (_, weight) in &mut weights {
        *weight /= total;
    }
    weights
}
