//! Minimising a function of a few bounded numbers, and small linear systems: all the numerical analysis there is.

/// Lowest value of `cost` within the bounds, found by the downhill simplex of Nelder and Mead (1965).
///
/// Points outside the bounds are moved onto them. The search ends after `evaluations` calls or when the simplex's
/// costs differ by less than `tolerance` of the best.
pub(crate) fn simplex<const N: usize>(
    start: [f64; N],
    dimensions: usize,
    bounds: &[(f64, f64); N],
    evaluations: usize,
    tolerance: f64,
    mut cost: impl FnMut(&[f64; N]) -> f64,
) -> ([f64; N], f64) {
    let clamp = |mut point: [f64; N]| {
        for (value, (low, high)) in point.iter_mut().zip(bounds) {
            *value = value.clamp(*low, *high);
        }
        point
    };
    let mut spent = 0;
    let mut price = |point: &[f64; N], spent: &mut usize| {
        *spent += 1;
        let value = cost(point);
        if value.is_finite() { value } else { f64::MAX }
    };
    let corners = corners(clamp(start), dimensions, bounds);
    let mut ranked: Vec<([f64; N], f64)> =
        corners.into_iter().map(|point| (point, price(&point, &mut spent))).collect();
    while spent < evaluations && dimensions > 0 {
        ranked.sort_by(|one, other| one.1.total_cmp(&other.1));
        let (best, worst) = (ranked[0].1, ranked[dimensions].1);
        if worst - best <= tolerance * (best.abs() + f64::MIN_POSITIVE) {
            break;
        }
        let centre: [f64; N] = std::array::from_fn(|axis| {
            ranked[..dimensions].iter().map(|(point, _)| point[axis] / dimensions as f64).sum()
        });
        let last = ranked[dimensions].0;
        let along = |factor: f64| {
            let mut point = centre;
            for (value, from) in point.iter_mut().zip(last) {
                *value += factor * (*value - from);
            }
            clamp(point)
        };
        let reflected = along(1.0);
        let reached = price(&reflected, &mut spent);
        let replacement = if reached < best {
            let expanded = along(2.0);
            let further = price(&expanded, &mut spent);
            Some(if further < reached { (expanded, further) } else { (reflected, reached) })
        } else if reached < ranked[dimensions - 1].1 {
            Some((reflected, reached))
        } else {
            let contracted = along(if reached < worst { 0.5 } else { -0.5 });
            let nearer = price(&contracted, &mut spent);
            (nearer < worst.min(reached)).then_some((contracted, nearer))
        };
        if let Some(replacement) = replacement {
            ranked[dimensions] = replacement;
        } else {
            let first = ranked[0].0;
            for (point, value) in &mut ranked[1..] {
                for (coordinate, target) in point.iter_mut().zip(first) {
                    *coordinate = target + 0.5 * (*coordinate - target);
                }
                *value = price(point, &mut spent);
            }
        }
    }
    ranked.sort_by(|one, other| one.1.total_cmp(&other.1));
    ranked[0]
}

/// The first simplex: the start, and a point beside it on each axis, within the bounds.
fn corners<const N: usize>(start: [f64; N], dimensions: usize, bounds: &[(f64, f64); N]) -> Vec<[f64; N]> {
    let beside = (0..dimensions).map(|axis| {
        let (low, high) = bounds[axis];
        let stride = 0.15 * (high - low);
        let mut corner = start;
        corner[axis] += if corner[axis] + stride > high { -stride } else { stride };
        corner
    });
    std::iter::once(start).chain(beside).collect()
}

/// Lowest point of a function of one number: the best of a grid, refined by golden sections.
pub(crate) fn golden(low: f64, high: f64, grid: usize, mut cost: impl FnMut(f64) -> f64) -> f64 {
    let at = |index: usize| low + (high - low) * index as f64 / grid as f64;
    let costs: Vec<f64> = (0..=grid).map(|index| cost(at(index))).collect();
    let best = (0..=grid).min_by(|one, other| costs[*one].total_cmp(&costs[*other])).unwrap_or(0);
    let (mut from, mut to) = (at(best.saturating_sub(1)), at((best + 1).min(grid)));
    let section = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (to - section * (to - from), from + section * (to - from));
    let (mut at_left, mut at_right) = (cost(left), cost(right));
    while to - from > 1e-5 * (high - low) {
        if at_left < at_right {
            (to, right, at_right) = (right, left, at_left);
            left = to - section * (to - from);
            at_left = cost(left);
        } else {
            (from, left, at_left) = (left, right, at_right);
            right = from + section * (to - from);
            at_right = cost(right);
        }
    }
    // The grid's point may lie on a bound, which golden sections only come near to.
    [(at_left, left), (at_right, right), (costs[best], at(best))]
        .into_iter()
        .min_by(|one, other| one.0.total_cmp(&other.0))
        .map_or(left, |found| found.1)
}

/// A symmetric matrix, row after row.
#[derive(Debug, Clone)]
pub(crate) struct Symmetric {
    pub(crate) size: usize,
    pub(crate) cells: Vec<f64>,
}

impl Symmetric {
    pub(crate) fn zero(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    /// Adds `weight · row rowᵀ` for a row given by its few non-zero cells.
    pub(crate) fn add_sparse(&mut self, row: &[(usize, f64)], weight: f64) {
        for (i, left) in row {
            for (j, right) in row {
                self.cells[i * self.size + j] += weight * left * right;
            }
        }
    }

    /// The lower triangle L of `self + diag(ridge) = L Lᵀ`. A pivot that vanishes leaves its unknown at zero.
    pub(crate) fn cholesky(&self, ridge: impl Fn(usize) -> f64) -> Triangle {
        let n = self.size;
        let mut low = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let (left, right) = (&low[i * n..i * n + j], &low[j * n..j * n + j]);
                let sum: f64 = left.iter().zip(right).map(|(one, other)| one * other).sum();
                if i == j {
                    let whole = self.cells[i * n + i] + ridge(i);
                    let pivot = whole - sum;
                    low[i * n + i] = if pivot > 1e-12 * whole.abs() { pivot.sqrt() } else { f64::INFINITY };
                } else {
                    low[i * n + j] = (self.cells[i * n + j] - sum) / low[j * n + j];
                }
            }
        }
        Triangle { size: n, cells: low }
    }
}

/// A Cholesky factor.
#[derive(Debug, Clone)]
pub(crate) struct Triangle {
    size: usize,
    cells: Vec<f64>,
}

impl Triangle {
    /// Solves L Lᵀ x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.size;
        let mut x = b.to_vec();
        for i in 0..n {
            let sum: f64 = (0..i).map(|k| self.cells[i * n + k] * x[k]).sum();
            x[i] = (x[i] - sum) / self.cells[i * n + i];
        }
        for i in (0..n).rev() {
            let sum: f64 = (i + 1..n).map(|k| self.cells[k * n + i] * x[k]).sum();
            x[i] = (x[i] - sum) / self.cells[i * n + i];
        }
        x
    }
}

impl Triangle {
    /// The inverse of L Lᵀ: its diagonal, and the cells beside it.
    pub(crate) fn inverse_band(&self) -> (Vec<f64>, Vec<f64>) {
        let n = self.size;
        // Row j holds column j of the inverse of L, so that sums run along memory.
        let mut columns = vec![0.0; n * n];
        for j in 0..n {
            columns[j * n + j] = 1.0 / self.cells[j * n + j];
            for i in j + 1..n {
                let low = &self.cells[i * n + j..i * n + i];
                let sum: f64 = low.iter().zip(&columns[j * n + j..]).map(|(one, other)| one * other).sum();
                columns[j * n + i] = -sum / self.cells[i * n + i];
            }
        }
        let dot = |i: usize, j: usize| -> f64 {
            let from = i.max(j);
            let one = &columns[i * n + from..(i + 1) * n];
            one.iter().zip(&columns[j * n + from..]).map(|(one, other)| one * other).sum()
        };
        ((0..n).map(|i| dot(i, i)).collect(), (1..n).map(|i| dot(i - 1, i)).collect())
    }
}

/// Median; 0 for nothing.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

/// Median absolute deviation from zero, scaled to the standard deviation of a normal variable.
pub(crate) fn deviation(values: impl Iterator<Item = f64>) -> f64 {
    let mut sizes: Vec<f64> = values.map(f64::abs).collect();
    1.4826 * median(&mut sizes)
}

/// Quantile by linear interpolation between order statistics (type 7); 0 for nothing.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let place = share * (values.len() - 1) as f64;
    let low = place.floor() as usize;
    let (_, at, above) = values.select_nth_unstable_by(low, f64::total_cmp);
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    if next.is_finite() { *at + (place - low as f64) * (next - *at) } else { *at }
}
