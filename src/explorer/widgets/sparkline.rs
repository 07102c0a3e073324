//! A series as one line of eighth blocks.

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The series in exactly `width` columns, or fewer when it is shorter: each column the mean of its share, a blank where
/// none of that is a number. A flat series stands in the middle.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places on a screen, clamped to the eight blocks"
)]
pub fn line(series: &[f64], width: usize) -> String {
    let columns = width.min(series.len());
    let share = |column: usize| {
        let (from, to) = (column * series.len() / columns, (column + 1) * series.len() / columns);
        let numbers = series[from..to].iter().filter(|value| value.is_finite());
        let (sum, count) = numbers.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
        sum / f64::from(count)
    };
    let means: Vec<f64> = (0..columns).map(share).collect();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let block = |mean: f64| {
        if mean.is_nan() {
            return ' ';
        }
        let height = if high > low { ((mean - low) / (high - low) * 7.0).round() } else { 3.0 };
        BLOCKS[(height as usize).min(7)]
    };
    let drawn: String = means.into_iter().map(block).collect();
    drawn + &" ".repeat(width - columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_fills_its_columns() {
        assert_eq!(line(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 8), "▁▂▃▄▅▆▇█");
        assert_eq!(line(&[0.0, 7.0], 4), "▁█  ");
        assert_eq!(line(&[0.0, 0.0, 7.0, 7.0], 2), "▁█");
        assert_eq!(line(&[5.0, 5.0], 2), "▄▄");
        assert_eq!(line(&[f64::NAN, 0.0, f64::NAN, f64::INFINITY, 7.0], 5), " ▁  █");
        assert_eq!(line(&[0.0, f64::NAN, 7.0, 7.0], 2), "▁█");
        assert_eq!(line(&[], 3), "   ");
    }
}
