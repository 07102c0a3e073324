//! Anomalies and level shifts: marked for the reader, tamed in the copy that models are fitted to, never removed.

use super::search::{deviation, median};

/// Values on each side that a spike is compared with.
const BESIDE: usize = 5;

/// Values on each side of a level shift; a shift with fewer after it is not confirmed.
const CONFIRMED: usize = 10;

/// Robust standard deviations beyond which a value is marked.
const LIMIT: f64 = 6.0;

/// Robust standard deviations of differences of medians beyond which a level has shifted.
const SHIFTED: f64 = 8.0;

/// What stands out in a series.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    /// Index, and how far above (or below) its neighbours.
    pub(crate) anomalies: Vec<(usize, f64)>,
    /// Index of the first value on the new level, and the size of the step.
    pub(crate) shifts: Vec<(usize, f64)>,
}

impl Marks {
    /// Finds spikes and shifts in values without season and calendar.
    pub(crate) fn find(z: &[f64]) -> Self {
        if z.len() < 2 * CONFIRMED {
            return Self::default();
        }
        let shifts = shifts(z);
        let mut level = z.to_vec();
        for (at, size) in &shifts {
            for value in &mut level[..*at] {
                *value += size;
            }
        }
        Self { anomalies: spikes(&level), shifts }
    }

    /// The copy that models are fitted to: spikes cut at the limit, earlier levels moved to the last one.
    ///
    /// With `relative` a level moves by its ratio, so that no value falls to 0 or below.
    pub(crate) fn tame(&self, y: &mut [f64], relative: bool) {
        // The newest values are where the forecast starts: whether they stay is not yet known.
        let settled = y.len().saturating_sub(BESIDE);
        for (at, excess) in self.anomalies.iter().filter(|(at, _)| *at < settled) {
            if !relative || y[*at] > 2.0 * excess {
                y[*at] -= excess;
            }
        }
        for (at, size) in &self.shifts {
            let mut after = y[*at..(at + CONFIRMED).min(y.len())].to_vec();
            let level = median(&mut after);
            let ratio = level / (level - size);
            for value in &mut y[..*at] {
                *value = if relative && ratio > 0.0 { *value * ratio } else { *value + size };
            }
        }
    }
}

/// Values that leave their neighbours on both sides in the same direction, with the part beyond the limit.
fn spikes(z: &[f64]) -> Vec<(usize, f64)> {
    let n = z.len();
    let middle = |from: usize, to: usize| {
        let mut few = [0.0; 2 * BESIDE];
        few[..to - from].copy_from_slice(&z[from..to]);
        median(&mut few[..to - from])
    };
    let distances: Vec<f64> = (0..n)
        .map(|i| {
            let before = (i > 0).then(|| z[i] - middle(i.saturating_sub(BESIDE), i));
            let after = (i + 1 < n).then(|| z[i] - middle(i + 1, (i + 1 + BESIDE).min(n)));
            match (before, after) {
                (Some(one), Some(other)) if one * other <= 0.0 => 0.0,
                (Some(one), Some(other)) => {
                    if one.abs() < other.abs() {
                        one
                    } else {
                        other
                    }
                }
                (one, other) => one.or(other).unwrap_or(0.0),
            }
        })
        .collect();
    // Half of the distances are 0 by design, so the scale is that of the others.
    let scale = deviation(distances.iter().copied().filter(|distance| *distance != 0.0));
    if scale <= 0.0 {
        return Vec::new();
    }
    let beyond = |(at, distance): (usize, &f64)| {
        let excess = distance.abs() - LIMIT * scale;
        (excess > 0.0).then(|| (at, excess.copysign(*distance)))
    };
    distances.iter().enumerate().filter_map(beyond).collect()
}

/// Places where the median of the next values leaves that of the last ones, at once and for good.
fn shifts(z: &[f64]) -> Vec<(usize, f64)> {
    let n = z.len();
    let middle = |from: usize, to: usize| {
        let mut few = [0.0; CONFIRMED];
        few[..to - from].copy_from_slice(&z[from..to]);
        median(&mut few[..to - from])
    };
    let places = CONFIRMED..=n - CONFIRMED;
    let mut steps: Vec<f64> =
        places.clone().map(|t| middle(t, t + CONFIRMED) - middle(t - CONFIRMED, t)).collect();
    let usual = median(&mut steps.clone());
    for step in &mut steps {
        *step -= usual;
    }
    let scale = deviation(steps.iter().copied());
    let noise = deviation(z.windows(2).map(|pair| pair[1] - pair[0]));
    let limit = (SHIFTED * scale).max(2.0 * noise);
    let mut found: Vec<(usize, f64)> = Vec::new();
    let mut order: Vec<usize> = (0..steps.len()).filter(|at| steps[*at].abs() > limit).collect();
    order.sort_by(|one, other| steps[*other].abs().total_cmp(&steps[*one].abs()));
    for at in order {
        let place = at + CONFIRMED;
        if found.iter().any(|(other, _)| place.abs_diff(*other) < 2 * CONFIRMED) {
            continue;
        }
        // The first value on the new level is near the largest step of medians; the largest jump tells it.
        let sign = steps[at].signum();
        let from = place.saturating_sub(3).max(1);
        let jump = |i: &usize| (z[*i] - z[*i - 1]) * sign;
        let Some(first) = (from..(place + 4).min(n)).max_by(|i, j| jump(i).total_cmp(&jump(j))) else {
            continue;
        };
        let sudden = middle(first, (first + 3).min(n)) - middle(first.saturating_sub(3), first);
        if sudden * sign >= 0.6 * steps[at].abs() && jump(&first) >= 0.3 * steps[at].abs() {
            found.push((first, steps[at]));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found
}
