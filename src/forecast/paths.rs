//! Seeded paths of the future: the ensemble's own past error paths, drawn again and fitted to the bands.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};

use super::LEVELS;
use super::bands::NORMAL;
use super::search::quantile;

/// Error paths needed before whole paths are drawn; with fewer, steps are drawn one by one.
const ENOUGH: usize = 20;

/// Deviations from the forecast: `count` paths of `halves.len()` steps, with the half-widths of the bands at each step. Each band
/// holds its share of them, so that what is said of a risk and the bands beside it agree.
///
/// Whole past error paths keep how errors follow each other; the sign is drawn, as the bands are symmetric.
pub(crate) fn deviations(
    errors: &[Vec<(f64, f64)>],
    halves: &[[f64; 3]],
    count: usize,
    seed: u64,
) -> Vec<Vec<f64>> {
    let whole: Vec<&Vec<(f64, f64)>> = errors.iter().filter(|path| path.len() == halves.len()).collect();
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let below = |random: &mut Pcg64Mcg, end: usize| {
        usize::try_from((u128::from(random.next_u64()) * end as u128) >> 64).unwrap_or(0)
    };
    if whole.len() >= ENOUGH {
        let sizes = |step: usize| {
            let mut sizes: Vec<f64> = whole.iter().map(|path| path[step].1.abs()).collect();
            LEVELS.map(|level| quantile(&mut sizes, level))
        };
        let sizes: Vec<[f64; 3]> = (0..halves.len()).map(sizes).collect();
        return (0..count)
            .map(|_| {
                let path = whole[below(&mut random, whole.len())];
                let sign = if random.next_u64() & 1 == 0 { 1.0 } else { -1.0 };
                let steps = path.iter().zip(sizes.iter().zip(halves));
                steps.map(|((_, error), (sizes, halves))| sign * fitted(*error, sizes, halves)).collect()
            })
            .collect();
    }
    // A normal variable whose 80 % band this is, as a sum of independent steps.
    (0..count)
        .map(|_| {
            let (mut sum, mut before) = (0.0, 0.0);
            let step = |halves: &[f64; 3]| {
                let size = halves[1] / NORMAL[1];
                let variance = size.powi(2);
                // Twelve uniform numbers make a nearly normal one.
                let draw: f64 =
                    (0..12).map(|_| random.next_u64() as f64 / u64::MAX as f64).sum::<f64>() - 6.0;
                sum += draw * (variance - before).max(0.0).sqrt();
                before = variance;
                if size > 0.0 { fitted(sum / size, &NORMAL, halves) } else { 0.0 }
            };
            halves.iter().map(step).collect()
        })
        .collect()
}

/// An error whose `sizes` are the quantiles at [`LEVELS`] as it would be if those were the bands: straight lines between them, and
/// beyond the last on through it from zero.
fn fitted(error: f64, sizes: &[f64; 3], halves: &[f64; 3]) -> f64 {
    let size = error.abs();
    let (mut from, mut to) = (0.0, 0.0);
    for (next, half) in sizes.iter().zip(halves) {
        if size < *next {
            return (to + (half - to) * (size - from) / (next - from)) * error.signum();
        }
        (from, to) = (*next, *half);
    }
    if from > 0.0 { error * to / from } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of paths within each band at each step.
    fn shares(errors: &[Vec<(f64, f64)>], halves: &[[f64; 3]]) -> Vec<[f64; 3]> {
        let paths = deviations(errors, halves, 20_000, 7);
        let share = |step: usize, half: f64| {
            paths.iter().filter(|path| path[step].abs() <= half).count() as f64 / paths.len() as f64
        };
        (0..halves.len()).map(|step| halves[step].map(|half| share(step, half))).collect()
    }

    #[test]
    fn each_band_holds_its_share_of_the_paths_whatever_the_errors_are_like() {
        let halves = [[1.0, 3.0, 4.0], [2.0, 3.0, 9.0], [5.0, 5.5, 6.0]];
        // One error in ten is large: nothing is so of a normal variable.
        let errors: Vec<Vec<(f64, f64)>> = (0..200)
            .map(|at| {
                let size = f64::from(at * 37 % 100 + 1) * if at % 10 == 0 { 50.0 } else { 1.0 };
                vec![(0.0, size), (0.0, -size * 2.0), (0.0, size.sqrt())]
            })
            .collect();
        for errors in [errors.as_slice(), &errors[..3]] {
            for shares in shares(errors, &halves) {
                for (share, level) in shares.into_iter().zip(LEVELS) {
                    assert!((share - level).abs() < 0.015, "{share} of {level}, {} paths", errors.len());
                }
            }
        }
    }

    #[test]
    fn errors_of_no_size_make_paths_of_none() {
        assert_eq!(shares(&vec![vec![(0.0, 0.0)]; 30], &[[0.0; 3]]), [[1.0; 3]]);
        assert_eq!(shares(&[], &[[0.0; 3]]), [[1.0; 3]]);
    }
}
