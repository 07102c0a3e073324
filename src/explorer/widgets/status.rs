//! The two lines at the bottom: what data this is and how the result stands; the keys that count now.

use std::borrow::Cow;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use crate::value;

/// Draws texts from the left and texts from the right on one line, `·` between them; where both do not fit, the
/// left ones give way from their end, then the right ones.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    left: &[(String, Style)],
    right: &[(String, Style)],
    theme: &Theme,
) {
    let room = usize::from(area.width);
    let (mut lefts, mut rights) = (left.len(), right.len());
    let lines = loop {
        let (line, end) = (joined(&left[..lefts], theme), joined(&right[..rights], theme));
        let gap = if line.width() > 0 && end.width() > 0 { 2 } else { 0 };
        if line.width() + end.width() + gap <= room || lefts + rights <= 1 {
            break (line, end);
        }
        // What data this is stays as long as one text of the result stands beside it.
        let gives = if lefts > 1 || rights <= 1 { &mut lefts } else { &mut rights };
        *gives -= 1;
    };
    frame.render_widget(lines.0, area);
    let width = u16::try_from(lines.1.width()).unwrap_or(area.width).min(area.width);
    frame.render_widget(lines.1, Rect { x: area.right() - width, width, ..area });
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

/// Draws keys with what they do, as many as fit; the `last` ones stay, those before them give way.
pub fn draw_keys(frame: &mut Frame, area: Rect, keys: &[(String, &str)], last: usize, theme: &Theme) {
    let keys: Vec<_> = keys.iter().map(|(key, what)| (theme.glyphs.keys(key), *what)).collect();
    let width = |(key, what): &(Cow<str>, &str)| key.width() + what.width() + 3;
    let (others, last) = keys.split_at(keys.len().saturating_sub(last));
    // The first needs no gap before it.
    let mut room = usize::from(area.width) + 2;
    let mut fitting = |keys: &[(Cow<str>, &str)]| {
        let fits = |entry: &&(Cow<str>, &str)| {
            let left = room.checked_sub(width(entry));
            room = left.unwrap_or(room);
            left.is_some()
        };
        keys.iter().take_while(fits).count()
    };
    let last = &last[..fitting(last)];
    let others = &others[..fitting(others)];
    let mut line = Line::default();
    for (key, what) in others.iter().chain(last) {
        let gap = if line.spans.is_empty() { "" } else { "  " };
        line.push_span(Span::styled(format!("{gap}{key}"), theme.accent));
        line.push_span(Span::styled(format!(" {what}"), theme.muted));
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

/// How long ago something was, in its greatest unit: `now`, `3 min`, `2 h`, `5 d`.
#[must_use]
pub fn age(ago: Duration) -> String {
    match ago.as_secs() / 60 {
        0 => "now".to_owned(),
        minutes @ 1..=59 => format!("{minutes} min"),
        minutes @ 60..=1439 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 1440),
    }
}

/// A count of bytes, in thousands: `512 B`, `1.2 GB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1_000 {
        return format!("{count} B");
    }
    let (mut tenths, mut unit) = (count / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A count of rows: `>` where there are or may be more.
#[must_use]
pub fn rows(count: u64, more: bool) -> String {
    let mark = if more { ">" } else { "" };
    format!("{mark}{}", value::rows(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_greatest_unit() {
        let cases = [
            (0, "now"),
            (59, "now"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (86_399, "23 h"),
            (86_400, "1 d"),
        ];
        for (seconds, text) in cases {
            assert_eq!(age(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn bytes_are_told_in_thousands() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_250_000_000, "1.2 GB"),
            (999_999_999, "999.9 MB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (count, text) in cases {
            assert_eq!(bytes(count), text);
        }
    }
}
