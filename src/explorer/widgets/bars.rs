//! Horizontal bars: label, exact value, a quiet bar in halves of a column.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::message::ChartData;
use super::super::theme::Theme;
use super::grid::cut;
use crate::value;

/// Draws one bar a label and series, from the label `top` on; a value below zero is drawn by its size with two lines.
pub fn draw(frame: &mut Frame, area: Rect, data: &ChartData, top: usize, theme: &Theme) {
    let many = data.series.len();
    let label_width = data.labels.iter().map(|label| label.width()).max().unwrap_or(0).min(24);
    let texts = data.series.iter().flat_map(|series| &series.texts);
    let text_width = texts.map(|text| text.width()).max().unwrap_or(0).min(24);
    let values = data.series.iter().flat_map(|series| series.values.iter().flatten());
    let largest =
        values.copied().filter(|value| value.is_finite()).fold(0.0_f64, |most, value| most.max(value.abs()));
    let room = usize::from(area.width).saturating_sub(label_width + text_width + 3).max(4);
    let area = say_more(frame, area, data.labels.len().saturating_sub(top) * many, theme);
    let lines = (top..data.labels.len()).flat_map(|label| (0..many).map(move |series| (label, series)));
    for (place, (label, index)) in area.rows().zip(lines) {
        let series = &data.series[index];
        let value = series.values[label].filter(|value| value.is_finite());
        let name = if index == 0 { value::visible(&data.labels[label]) } else { "".into() };
        let name = cut(&name, label_width);
        let text = cut(&series.texts[label], text_width);
        let padding = " ".repeat(text_width.saturating_sub(text.width()));
        let bar = bar(value.unwrap_or(0.0), largest, room);
        let style = match value {
            Some(value) if value < 0.0 => theme.error,
            _ => theme.series[index % theme.series.len()],
        };
        let line = vec![
            Span::styled(
                format!("{name}{} ", " ".repeat(label_width.saturating_sub(name.width()))),
                theme.text,
            ),
            Span::styled(format!("{padding}{text} "), theme.number),
            Span::styled(bar, style),
        ];
        frame.render_widget(Line::from(line), place);
    }
}

/// Where more lines follow than there is room for, the last line says how many; gives the room for the others.
pub fn say_more(frame: &mut Frame, area: Rect, lines: usize, theme: &Theme) -> Rect {
    let Some(height) = area.height.checked_sub(1).filter(|_| lines > usize::from(area.height)) else {
        return area;
    };
    let more = value::grouped(&(lines - usize::from(height)).to_string());
    let last = Rect { y: area.y + height, height: 1, ..area };
    frame.render_widget(theme.below(&format!("{more} more")), last);
    Rect { height, ..area }
}

/// A bar for a count beside the largest of them.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "places on a screen")]
pub fn of_counts(count: u64, largest: u64, room: usize) -> String {
    bar(count as f64, largest as f64, room)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places on a screen: not negative, at most the room"
)]
fn bar(size: f64, largest: f64, room: usize) -> String {
    if largest <= 0.0 {
        return String::new();
    }
    let halves = (size.abs() / largest * (room * 2) as f64).round() as usize;
    // What is there is seen, however small.
    let halves = if size == 0.0 { 0 } else { halves.max(1) };
    if size < 0.0 {
        // Told from a bar above zero without colours too; there is no half of its sign.
        return "═".repeat(halves.div_ceil(2));
    }
    "━".repeat(halves / 2) + if halves % 2 == 1 { "╸" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion() {
        assert_eq!(bar(8.0, 8.0, 4), "━━━━");
        assert_eq!(bar(3.0, 8.0, 4), "━╸");
        assert_eq!(bar(0.0001, 8.0, 4), "╸");
        assert_eq!(bar(-8.0, 8.0, 4), "════");
        assert_eq!(bar(-3.0, 8.0, 4), "══");
        assert_eq!(bar(-0.0001, 8.0, 4), "═");
        assert_eq!(bar(0.0, 8.0, 4), "");
        assert_eq!(bar(0.0, 0.0, 4), "");
    }
}
