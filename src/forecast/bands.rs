//! Bands from the errors that the ensemble itself made many steps ahead, corrected for what was estimated.
//!
//! Model-based bands are too narrow: a nominal 95 % covers 71 to 87 % on real series (Hyndman, 2014). Here the root
//! mean square error at each step gives the shape, a quantile of all standardised errors the size.

use super::LEVELS;

/// Steps with fewer errors than this take the growth of a random walk instead.
const FEW: usize = 4;

/// Counted beside the parameters: the variance, and the choice among shapes.
const UNSEEN: f64 = 2.0;

/// How much each estimated parameter widens the outer band beyond its degree of freedom.
const DOUBT: f64 = 3.0;

/// Half-width of the 95 % band of a normal variable over that of its 80 % band.
const NORMAL_RATIO: f64 = 1.959_964 / 1.281_552;

/// Half-widths around `point` by step, for each of [`LEVELS`].
///
/// `errors` holds forecast and error by origin and step; `n` values were seen and `parameters` estimated.
/// With `relative` the errors are also taken as shares of their forecasts, and the two widths are averaged.
pub(crate) fn halves(
    errors: &[Vec<(f64, f64)>],
    point: &[f64],
    n: usize,
    parameters: f64,
    relative: bool,
) -> Vec<[f64; 3]> {
    let widths = widths(errors, point, n, parameters, relative);
    // A wider band never lies within a narrower one.
    (0..point.len())
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
fn widths(
    errors: &[Vec<(f64, f64)>],
    point: &[f64],
    n: usize,
    parameters: f64,
    relative: bool,
) -> Vec<Vec<f64>> {
    let absolute = scaled(errors, point.len(), |(_, error)| error);
    let shares = relative.then(|| scaled(errors, point.len(), |(told, error)| error / told));
    let n = n as f64;
    let parameters = parameters + UNSEEN;
    let freedom = (n / (n - parameters).max(n / 4.0)).sqrt();
    let halves = LEVELS.iter().enumerate().map(|(index, level)| {
        // The outer band also answers for the choice of the model, which the errors do not show.
        let doubt = if *level > 0.9 { (1.0 + DOUBT * parameters / n).sqrt() } else { 1.0 };
        (0..point.len())
            .map(|step| {
                let plain = absolute[index][step];
                let half = match &shares {
                    Some(shares) => (plain * shares[index][step] * point[step].abs()).sqrt(),
                    None => plain,
                };
                half * freedom * doubt
            })
            .collect()
    });
    halves.collect()
}

/// Half-widths by level and step from one way to measure errors.
fn scaled(errors: &[Vec<(f64, f64)>], horizon: usize, measure: impl Fn((f64, f64)) -> f64) -> Vec<Vec<f64>> {
    let profile = profile(errors, horizon, &measure);
    let mut pooled: Vec<f64> = errors
        .iter()
        .flat_map(|path| path.iter().zip(&profile))
        .map(|(pair, size)| measure(*pair).abs() / size.max(f64::MIN_POSITIVE))
        .collect();
    pooled.sort_by(f64::total_cmp);
    let at = |level: f64| {
        let rank = ((pooled.len() + 1) as f64 * level).ceil() as usize;
        pooled.get(rank.clamp(1, pooled.len().max(1)) - 1).copied().unwrap_or(0.0)
    };
    LEVELS
        .iter()
        .map(|level| {
            // Few errors lie so far out: their quantile is averaged with the one that the 80 % quantile implies for
            // normal errors.
            let factor = if *level > 0.9 { (at(*level) * at(0.8) * NORMAL_RATIO).sqrt() } else { at(*level) };
            profile.iter().map(|size| factor * size).collect()
        })
        .collect()
}

/// Root mean square error by step, never falling.
fn profile(errors: &[Vec<(f64, f64)>], horizon: usize, measure: impl Fn((f64, f64)) -> f64) -> Vec<f64> {
    let mut sums = vec![(0.0, 0_usize); horizon];
    for path in errors {
        for (place, pair) in sums.iter_mut().zip(path) {
            place.0 += measure(*pair).powi(2);
            place.1 += 1;
        }
    }
    let mut last = 0.0_f64;
    sums.iter()
        .enumerate()
        .map(|(step, (sum, count))| {
            last = if *count >= FEW || step == 0 {
                last.max((sum / (*count).max(1) as f64).sqrt())
            } else {
                last * ((step + 1) as f64 / step as f64).sqrt()
            };
            last
        })
        .collect()
}
