//! Twelve months as a row of bars, for a glance: the exact values stand beside it.

use super::Month;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A month that cannot be told, as NULL is shown.
const NONE: char = '∅';

/// One sign a month; the lowest month is the lowest bar, and a month that cannot be told is ∅.
#[must_use]
pub fn bars(history: &[Month]) -> String {
    let heights = heights(history);
    let sign = |height: Option<f64>| {
        let Some(height) = height else { return NONE };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
        let level = (height * 7.0).round() as usize;
        BARS.get(level).copied().unwrap_or(NONE)
    };
    heights.into_iter().map(sign).collect()
}

/// The months' heights from 0 to 1; all are 0 where they are the same.
#[must_use]
pub fn heights(history: &[Month]) -> Vec<Option<f64>> {
    let known = || history.iter().filter_map(|month| month.value);
    let (Some(low), Some(high)) = (known().min(), known().max()) else {
        return vec![None; history.len()];
    };
    let range = high.less(low).approximate();
    let height = |month: &Month| {
        let above = month.value?.less(low).approximate();
        Some(if range > 0.0 { above / range } else { 0.0 })
    };
    history.iter().map(height).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(values: &[Option<&str>]) -> Vec<Month> {
        let month = "2019-01-01".parse().unwrap();
        values.iter().map(|text| Month { month, value: text.map(|text| text.parse().unwrap()) }).collect()
    }

    #[test]
    fn the_lowest_month_is_the_lowest_bar_and_unknown_is_none() {
        assert_eq!(bars(&months(&[Some("-5"), Some("0"), None, Some("5")])), "▁▅∅█");
        assert_eq!(bars(&months(&[Some("3"), Some("3")])), "▁▁");
        assert_eq!(bars(&months(&[None, None])), "∅∅");
        assert_eq!(bars(&[]), "");
    }
}
