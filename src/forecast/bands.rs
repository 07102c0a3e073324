//! Bands from the errors that the ensemble itself made many steps ahead, corrected for what was estimated.
//!
//! Model-based bands are too narrow: a nominal 95 % covers 71 to 87 % on real series (Hyndman, 2014). Here the root
//! mean square error at each step gives the shape, a quantile of all standardised errors the size.

use super::LEVELS;

/// Steps with fewer errors than this take the growth of a random walk instead.
const FEW: usize = 6;

/// Counted beside the parameters: the variance, and the choice among shapes.
const UNSEEN: f64 = 2.0;

/// How much each estimated parameter widens the outer band beyond its degree of freedom.
const DOUBT: f64 = 1.0;

/// How fast what is ahead parts from the few values that told its way: each band grows with the share of the history
/// that it lies ahead.
const REACH: f64 = 4.0;

/// Origins after which an error counts half, where it fades: volatility changes.
const HALF_LIFE: f64 = 24.0;

/// Places of [`LEVELS`] in a normal distribution.
pub(crate) const NORMAL: [f64; 3] = [0.674_490, 1.281_552, 1.959_964];

/// What the bands are drawn from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'a> {
    /// Forecast and error by origin and step.
    pub(crate) errors: &'a [Vec<(f64, f64)>],
    pub(crate) point: &'a [f64],
    /// Values seen.
    pub(crate) n: usize,
    /// Parameters estimated from them.
    pub(crate) parameters: f64,
    /// Whether errors are also taken as shares of their forecasts, and the two widths averaged.
    pub(crate) relative: bool,
    /// Whether older errors count less; those of days do not, as what a month brings is seen twelve times a year.
    pub(crate) fades: bool,
}

/// Half-widths around the points by step, for each of [`LEVELS`].
pub(crate) fn halves(evidence: Evidence<'_>) -> Vec<[f64; 3]> {
    let widths = widths(evidence);
    // A wider band never lies within a narrower one.
    (0..evidence.point.len())
        .map(|step| {
            let mut widest = 0.0_f64;
            std::array::from_fn(|level| {
                widest = widest.max(widths[level][step]);
                widest
            })
        })
        .collect()
}

/// Half-widths by level and step.
fn widths(Evidence { errors, point, n, parameters, relative, fades }: Evidence<'_>) -> [Vec<f64>; 3] {
    let absolute = scaled(errors, point.len(), fades, |(_, error)| error);
    let shares = relative.then(|| scaled(errors, point.len(), fades, |(point, error)| error / point));
    let n = n as f64;
    let parameters = parameters + UNSEEN;
    let freedom = (n - parameters).max(n / 4.0).max(2.0);
    std::array::from_fn(|level| {
        // The outer band also answers for the choice of the model, which the errors do not show.
        let doubt = if LEVELS[level] > 0.9 { (1.0 + DOUBT * parameters / n).sqrt() } else { 1.0 };
        let few = (n / freedom).sqrt() * student(NORMAL[level], freedom) / NORMAL[level];
        (0..point.len())
            .map(|step| {
                let plain = absolute[level][step];
                let half = match &shares {
                    Some(shares) => (plain * shares[level][step] * point[step].abs()).sqrt(),
                    None => plain,
                };
                let ahead = (step + 1) as f64 / n;
                half * few * doubt * (1.0 + REACH * ahead * ahead).sqrt()
            })
            .collect()
    })
}

/// Place in Student's distribution for one in the normal distribution (Fisher's expansion: within 3 % from two degrees
/// of freedom on).
fn student(z: f64, freedom: f64) -> f64 {
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom) + z
}

/// Half-widths by level and step from one way to measure errors.
fn scaled(
    errors: &[Vec<(f64, f64)>],
    horizon: usize,
    fades: bool,
    measure: impl Fn((f64, f64)) -> f64,
) -> [Vec<f64>; 3] {
    let weight = |origin: usize| {
        let age = (errors.len() - 1 - origin) as f64;
        if fades { 0.5_f64.powf(age / HALF_LIFE) } else { 1.0 }
    };
    let profile = profile(errors, horizon, weight, &measure);
    let mut pooled: Vec<(f64, f64)> = errors
        .iter()
        .enumerate()
        .flat_map(|(origin, path)| {
            let weight = weight(origin);
            let sizes = path.iter().zip(&profile);
            sizes.map(move |(pair, size)| (pair, size.max(f64::MIN_POSITIVE), weight))
        })
        .map(|(pair, size, weight)| (measure(*pair).abs() / size, weight))
        .collect();
    pooled.sort_by(|one, other| one.0.total_cmp(&other.0));
    let total: f64 = pooled.iter().map(|(_, weight)| weight).sum();
    // One more error is to come, of the usual weight.
    let total = total * (1.0 + 1.0 / pooled.len().max(1) as f64);
    let at = |level: f64| {
        let mut sum = 0.0;
        let reached = pooled.iter().find(|(_, weight)| {
            sum += weight;
            sum >= level * total
        });
        reached.or(pooled.last()).map_or(0.0, |(size, _)| *size)
    };
    std::array::from_fn(|level| {
        // Few errors lie so far out: their quantile is averaged with the one that the 80 % quantile implies for
        // normal errors.
        let factor = match LEVELS[level] {
            outer if outer > 0.9 => (at(outer) * at(LEVELS[1]) * NORMAL[2] / NORMAL[1]).sqrt(),
            inner => at(inner),
        };
        profile.iter().map(|size| factor * size).collect()
    })
}

/// Root mean square error by step, never falling.
fn profile(
    errors: &[Vec<(f64, f64)>],
    horizon: usize,
    weight: impl Fn(usize) -> f64,
    measure: impl Fn((f64, f64)) -> f64,
) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0, 0_usize); horizon];
    for (origin, path) in errors.iter().enumerate() {
        let weight = weight(origin);
        for (place, pair) in sums.iter_mut().zip(path) {
            place.0 += weight * measure(*pair).powi(2);
            place.1 += weight;
            place.2 += 1;
        }
    }
    let mut last = 0.0_f64;
    sums.iter()
        .enumerate()
        .map(|(step, (sum, weight, count))| {
            last = if *count >= FEW || (step == 0 && *count > 0) {
                last.max((sum / weight).sqrt())
            } else {
                last * ((step + 1) as f64 / step.max(1) as f64).sqrt()
            };
            last
        })
        .collect()
}
