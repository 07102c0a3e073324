//! The line that names the results that are kept, the shown one marked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use super::grid::cut;
use crate::value;

/// The least and the most columns of one name.
const WIDTH: (usize, usize) = (18, 40);
/// The most columns of a name among others on one line, and what stands between them.
const NAME: usize = 28;
const GAP: &str = " · ";

/// The names on one line, the shown one marked; where not all fit, those around it, and how many more there are.
#[must_use]
pub fn names<'a>(names: &[String], shown: usize, room: usize, focused: bool, theme: &Theme) -> Vec<Span<'a>> {
    let current = if focused { theme.accent.add_modifier(Modifier::BOLD) } else { theme.text };
    let texts: Vec<_> = names.iter().map(|name| cut(&value::visible(name), NAME).into_owned()).collect();
    let width = |from: usize, to: usize| {
        let names: usize = texts[from..to].iter().map(|name| name.width() + GAP.width()).sum();
        // Room for the signs that there are more on either side.
        names + if from > 0 { 3 + GAP.width() } else { 0 } + if to < texts.len() { 3 } else { 0 }
    };
    let (mut from, mut to) = (shown.min(texts.len()), (shown + 1).min(texts.len()));
    loop {
        if to < texts.len() && width(from, to + 1) <= room {
            to += 1;
        } else if from > 0 && width(from - 1, to) <= room {
            from -= 1;
        } else {
            break;
        }
    }
    let mut spans = Vec::new();
    if from > 0 {
        spans.push(Span::styled(format!("+{from}{GAP}"), theme.muted));
    }
    for (index, text) in texts.iter().enumerate().take(to).skip(from) {
        if index > from {
            spans.push(Span::styled(GAP, theme.border));
        }
        let text = cut(text, room).into_owned();
        spans.push(Span::styled(text, if index == shown { current } else { theme.muted }));
    }
    if to < texts.len() {
        spans.push(Span::styled(format!("{GAP}+{}", texts.len() - to), theme.muted));
    }
    spans
}

/// Columns of a cell, cells that fit, and the first of them.
fn cells(area: Rect, count: usize, shown: usize) -> (usize, usize, usize) {
    let room = usize::from(area.width);
    let width = (room / count.max(1)).clamp(WIDTH.0, WIDTH.1).min(room);
    let fitting = (room / width.max(1)).max(1);
    (width, fitting, (shown + 1).saturating_sub(fitting))
}

/// The name at a column of the screen.
#[must_use]
pub fn pointed(area: Rect, count: usize, shown: usize, x: u16) -> Option<usize> {
    let (width, fitting, first) = cells(area, count, shown);
    let place = usize::from(x.checked_sub(area.x)?) / width.max(1);
    (place < fitting && first + place < count).then_some(first + place)
}

/// Draws names with what there is to say of each, all in cells of one width, so that nothing moves while states change;
/// where not all fit, those before the shown one.
pub fn draw(frame: &mut Frame, area: Rect, names: &[(String, String, Style)], shown: usize, theme: &Theme) {
    let (width, fitting, first) = cells(area, names.len(), shown);
    for (place, (index, (name, state, style))) in
        names.iter().enumerate().skip(first).take(fitting).enumerate()
    {
        // A blank on either side, and one to the next.
        let inside = width.saturating_sub(3);
        let state = cut(state, inside / 2);
        let name = cut(name, inside.saturating_sub(state.width() + 1));
        let gap = " ".repeat(inside.saturating_sub(name.width() + state.width()));
        let current = index == shown;
        let styles = if current { (theme.cursor, theme.cursor) } else { (theme.muted, *style) };
        let x = area.x + u16::try_from(place * width).unwrap_or(area.width);
        let spans =
            [Span::styled(format!(" {name}{gap}"), styles.0), Span::styled(format!("{state} "), styles.1)];
        let place = Rect { x, width: area.right().saturating_sub(x), ..area };
        frame.render_widget(ratatui::text::Line::from_iter(spans), place);
    }
}
