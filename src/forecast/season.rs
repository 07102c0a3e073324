//! Whether a series has a season, and its indices by classical decomposition.

/// Whether the autocorrelation at one period differs from 0 at 90 %, with Bartlett's standard error.
pub(crate) fn is_seasonal(y: &[f64], period: usize) -> bool {
    let n = y.len();
    if period < 2 || n < 3 * period {
        return false;
    }
    let mean = y.iter().sum::<f64>() / n as f64;
    let variance: f64 = y.iter().map(|value| (value - mean).powi(2)).sum();
    if variance <= 0.0 {
        return false;
    }
    let correlation = |lag: usize| {
        let sum: f64 = (lag..n).map(|i| (y[i] - mean) * (y[i - lag] - mean)).sum();
        sum / variance
    };
    let before: f64 = (1..period).map(|lag| correlation(lag).powi(2)).sum();
    let limit = 1.645 * ((1.0 + 2.0 * before) / n as f64).sqrt();
    correlation(period).abs() > limit
}

/// Additive indices by place in the cycle, counted from the first value; their mean is 0.
///
/// `decay` is the weight of a cycle relative to the one after it: below 1, recent cycles count more.
pub(crate) fn additive(y: &[f64], period: usize, decay: f64) -> Vec<f64> {
    let trend = moving_mean(y, period);
    let mut indices = by_place(y, period, decay, |i| Some(y[i] - trend[i]?));
    let mean = indices.iter().sum::<f64>() / period as f64;
    for index in &mut indices {
        *index -= mean;
    }
    indices
}

/// Multiplicative indices by place in the cycle, counted from the first value; their mean is 1.
///
/// Nothing when an index would be too near to 0 to divide by.
pub(crate) fn multiplicative(y: &[f64], period: usize, decay: f64) -> Option<Vec<f64>> {
    let trend = moving_mean(y, period);
    let mut indices =
        by_place(y, period, decay, |i| trend[i].filter(|mean| *mean > 0.0).map(|mean| y[i] / mean));
    let mean = indices.iter().sum::<f64>() / period as f64;
    for index in &mut indices {
        *index /= mean;
    }
    indices.iter().all(|index| *index > 0.01).then_some(indices)
}

fn by_place(y: &[f64], period: usize, decay: f64, part: impl Fn(usize) -> Option<f64>) -> Vec<f64> {
    let cycles = y.len() / period;
    (0..period)
        .map(|place| {
            let (mut sum, mut total) = (0.0, 0.0);
            for i in (place..y.len()).step_by(period) {
                if let Some(value) = part(i) {
                    let weight = decay.powf((cycles as f64) - (i / period) as f64);
                    sum += weight * value;
                    total += weight;
                }
            }
            if total > 0.0 { sum / total } else { 0.0 }
        })
        .collect()
}

/// Centred moving mean over one period; nothing within half a period of the ends.
pub(crate) fn moving_mean(y: &[f64], period: usize) -> Vec<Option<f64>> {
    let half = period / 2;
    let n = y.len();
    let mut sums = vec![0.0; n + 1];
    for (i, value) in y.iter().enumerate() {
        sums[i + 1] = sums[i] + value;
    }
    (0..n)
        .map(|i| {
            (i >= half && i + half < n).then(|| {
                let (from, to) = (i - half, i + half);
                let whole = sums[to + 1] - sums[from];
                let ends = if period.is_multiple_of(2) { 0.5 * (y[from] + y[to]) } else { 0.0 };
                (whole - ends) / period as f64
            })
        })
        .collect()
}
