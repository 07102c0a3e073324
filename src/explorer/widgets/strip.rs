//! The line that names the results that are kept, the shown one marked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use super::grid::cut;

/// The least and the most columns of one name.
const WIDTH: (usize, usize) = (18, 40);

/// Draws names with what there is to say of each, all in cells of one width, so that nothing moves while states change;
/// where not all fit, those before the shown one.
pub fn draw(frame: &mut Frame, area: Rect, names: &[(String, String, Style)], shown: usize, theme: &Theme) {
    let room = usize::from(area.width);
    let width = (room / names.len().max(1)).clamp(WIDTH.0, WIDTH.1).min(room);
    let fitting = (room / width.max(1)).max(1);
    let first = (shown + 1).saturating_sub(fitting);
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
