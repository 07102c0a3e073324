//! The two lines at the bottom: what data this is and how the result stands; the keys that count now.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::theme::Theme;
use crate::value;

/// Draws texts from the left and texts from the right on one line, `·` between them; where both do not fit, the
/// left ones give way from their end.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    left: &[(String, Style)],
    right: &[(String, Style)],
    theme: &Theme,
) {
    let right = joined(right, theme);
    let mut kept = left.len();
    let mut line = joined(left, theme);
    while kept > 1 && line.width() + right.width() + 2 > usize::from(area.width) {
        kept -= 1;
        line = joined(&left[..kept], theme);
    }
    frame.render_widget(line, area);
    let width = u16::try_from(right.width()).unwrap_or(area.width).min(area.width);
    frame.render_widget(right, Rect { x: area.right() - width, width, ..area });
}

fn joined<'a>(texts: &[(String, Style)], theme: &Theme) -> Line<'a> {
    let mut spans = Vec::new();
    for (text, style) in texts {
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", theme.border));
        }
        spans.push(Span::styled(text.clone(), *style));
    }
    Line::from(spans)
}

/// Draws keys with what they do, as many as fit.
pub fn draw_keys(frame: &mut Frame, area: Rect, keys: &[(String, &str)], theme: &Theme) {
    let mut line = Line::default();
    for (key, what) in keys {
        let gap = if line.spans.is_empty() { "" } else { "  " };
        let next = [
            Span::styled(format!("{gap}{key}"), theme.accent),
            Span::styled(format!(" {what}"), theme.muted),
        ];
        if line.width() + next.iter().map(Span::width).sum::<usize>() > usize::from(area.width) {
            break;
        }
        line.spans.extend(next);
    }
    frame.render_widget(line, area);
}

/// A duration as a person reads it: `18 ms`, `2.31 s`, `4 min 05 s`.
#[must_use]
pub fn duration(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        0 => format!("{} ms", elapsed.as_millis()),
        1..=59 => format!("{:.2} s", elapsed.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// A count of rows: `>` where there are or may be more.
#[must_use]
pub fn rows(count: u64, more: bool) -> String {
    let mark = if more { ">" } else { "" };
    let word = if count == 1 { "row" } else { "rows" };
    format!("{mark}{} {word}", value::grouped(&count.to_string()))
}
