//! Seeded paths of the future: the ensemble's own past error paths, drawn again and fitted to the band.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};

/// Error paths needed before whole paths are drawn; with fewer, steps are drawn one by one.
const ENOUGH: usize = 20;

/// Deviations from the forecast: `count` paths of `spread.len()` steps, with the half-widths `spread` of the band that
/// holds 80 % of them.
///
/// Whole past error paths keep how errors follow each other; the sign is drawn, as the band is symmetric.
pub(crate) fn deviations(
    errors: &[Vec<(f64, f64)>],
    spread: &[f64],
    count: usize,
    seed: u64,
) -> Vec<Vec<f64>> {
    let horizon = spread.len();
    let whole: Vec<&Vec<(f64, f64)>> = errors.iter().filter(|path| path.len() == horizon).collect();
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let below = |random: &mut Pcg64Mcg, end: usize| {
        usize::try_from((u128::from(random.next_u64()) * end as u128) >> 64).unwrap_or(0)
    };
    if whole.len() >= ENOUGH {
        // The share of paths inside the band at each step is the band's.
        let sizes: Vec<f64> = (0..horizon)
            .map(|step| {
                super::search::quantile(
                    &mut whole.iter().map(|path| path[step].1.abs()).collect::<Vec<_>>(),
                    0.8,
                )
            })
            .collect();
        return (0..count)
            .map(|_| {
                let path = whole[below(&mut random, whole.len())];
                let sign = if random.next_u64() & 1 == 0 { 1.0 } else { -1.0 };
                let scaled = |step: usize| {
                    let factor = if sizes[step] > 0.0 { spread[step] / sizes[step] } else { 1.0 };
                    sign * factor * path[step].1
                };
                (0..horizon).map(scaled).collect()
            })
            .collect();
    }
    // Standard deviations of a normal variable whose 80 % band this is, as a sum of independent steps.
    let normal = 1.281_551_565_545;
    (0..count)
        .map(|_| {
            let (mut sum, mut before) = (0.0, 0.0);
            let step = |half: &f64| {
                let variance = (half / normal).powi(2);
                // Twelve uniform numbers make a nearly normal one.
                let draw: f64 =
                    (0..12).map(|_| random.next_u64() as f64 / u64::MAX as f64).sum::<f64>() - 6.0;
                sum += draw * (variance - before).max(0.0).sqrt();
                before = variance;
                sum
            };
            spread.iter().map(step).collect()
        })
        .collect()
}
