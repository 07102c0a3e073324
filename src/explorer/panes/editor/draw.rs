//! The text on screen: colours, line numbers, what is selected or found, the pair of a bracket, the place of an error.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::{Position as ScreenPosition, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::text::{shown, width_of};
use super::{Editor, suggestions};
use crate::explorer::theme::Theme;
use crate::sql::{self, Kind};

/// Columns of a pane from which on lines that go on are marked: in fewer a mark could hide the cursor's character.
const MARKED: u16 = 4;

/// Draws the text with line numbers, and puts the terminal's cursor where typing goes.
pub fn draw(frame: &mut Frame, area: Rect, editor: &Editor, focused: bool, theme: &Theme) {
    let text = editor.text.as_str();
    let styles = styles(editor, focused, theme);
    let gutter = editor.gutter().min(area.width);
    let width = usize::from(gutter.saturating_sub(1));
    let inside = Rect { x: area.x + gutter, width: area.width - gutter, ..area };
    let here = editor.text.line(editor.text.cursor());
    let mut start = 0;
    for (number, line) in text.split('\n').enumerate() {
        if number >= editor.top
            && let Ok(down) = u16::try_from(number - editor.top)
            && down < area.height
        {
            let y = area.y + down;
            let style = if focused && number == here { theme.text } else { theme.muted };
            frame.buffer_mut().set_stringn(area.x, y, format!("{:>width$}", number + 1), width, style);
            let styles = styles.get(start..).unwrap_or_default();
            // A selected line break shows as a blank.
            let breaks = editor.text.selection().is_some_and(|range| range.contains(&(start + line.len())));
            let place = Rect { y, height: 1, ..inside };
            draw_line(frame, place, editor, &Drawn { number, line, styles, breaks }, theme);
        }
        start += line.len() + 1;
    }
    if text.is_empty() {
        frame.render_widget(Line::styled("SELECT …", theme.muted), inside);
    }
    if focused && let Some((x, y)) = editor.cell(area, editor.text.cursor()) {
        frame.set_cursor_position(ScreenPosition::new(x, y));
    }
}

/// A line of the text that is in view.
struct Drawn<'a> {
    number: usize,
    line: &'a str,
    /// The style of each of its bytes.
    styles: &'a [Style],
    /// Its break is selected.
    breaks: bool,
}

/// Draws a line, with a mark on the side on which more of it stands.
fn draw_line(frame: &mut Frame, area: Rect, editor: &Editor, drawn: &Drawn<'_>, theme: &Theme) {
    let wrong = theme.error.add_modifier(Modifier::REVERSED);
    let error = editor.error.filter(|error| error.line == drawn.number).map(|error| error.column);
    let (mut x, mut count, mut wrong_at) = (0_usize, 0, None);
    for (byte, mark) in drawn.line.char_indices() {
        let mut style = drawn.styles.get(byte).copied().unwrap_or(theme.text);
        if error == Some(count) {
            (style, wrong_at) = (wrong, Some(x));
        }
        put_char(frame, area, (x, editor.left, area.y), mark, style);
        x += width_of(mark);
        count += 1;
    }
    let past_end = error.is_some_and(|column| column >= count);
    if past_end || drawn.breaks {
        let style = if past_end { wrong } else { theme.selection };
        put_char(frame, area, (x, editor.left, area.y), ' ', style);
    }
    if area.width < MARKED {
        return;
    }
    let style = |column: usize| if wrong_at == Some(column) { wrong } else { theme.muted };
    if editor.left > 0 && x > 0 {
        frame.buffer_mut().set_string(area.x, area.y, "‹", style(editor.left));
    }
    let last = editor.left + usize::from(area.width) - 1;
    if x > last + 1 {
        // A character of two columns is not shown by half.
        let before = frame.buffer_mut().cell_mut((area.right() - 2, area.y));
        if let Some(cell) = before.filter(|cell| cell.symbol().width() > 1) {
            cell.set_symbol(" ");
        }
        frame.buffer_mut().set_string(area.right() - 1, area.y, "›", style(last));
    }
}

/// Draws what is offered for the word at the cursor.
pub fn draw_list(frame: &mut Frame, area: Rect, editor: &Editor, theme: &Theme) {
    let screen = frame.area();
    let screen = Rect { height: screen.height.saturating_sub(1), ..screen };
    let Some(list) = &editor.list else { return };
    let start = list.completion.range.start.min(editor.text.cursor());
    let cursor = editor.cell(area, editor.text.cursor());
    if let Some(place) = editor.cell(area, start).or(cursor) {
        suggestions::draw(frame, screen, place, list, theme);
    }
}

/// One character at a screen column of the text; controls are shown as a mark.
fn put_char(frame: &mut Frame, area: Rect, (x, left, y): (usize, usize, u16), mark: char, style: Style) {
    let Some(x) = x.checked_sub(left).and_then(|x| u16::try_from(x).ok()) else { return };
    let x = area.x.saturating_add(x);
    if x >= area.right() {
        return;
    }
    let mark = shown(mark);
    let mut bytes = [0; 4];
    let text: &str = mark.encode_utf8(&mut bytes);
    if text.width() == 0 {
        // An accent belongs to the letter before it.
        let before = x.checked_sub(1).filter(|before| *before >= area.x);
        if let Some(cell) = before.and_then(|before| frame.buffer_mut().cell_mut((before, y))) {
            let letter = format!("{}{text}", cell.symbol());
            cell.set_symbol(&letter);
        }
        return;
    }
    if text.width() <= usize::from(area.right() - x) {
        frame.buffer_mut().set_stringn(x, y, text, 2, style);
    }
}

/// The style of each byte of the text.
fn styles(editor: &Editor, focused: bool, theme: &Theme) -> Vec<Style> {
    let text = editor.text.as_str();
    let mut styles = vec![theme.text; text.len()];
    let tokens = sql::tokens(text);
    for token in &tokens {
        let style = match token.kind {
            Kind::Keyword => theme.keyword,
            Kind::Text => theme.literal,
            Kind::Number => theme.number,
            Kind::Comment => theme.comment,
            Kind::Parameter => theme.warning,
            Kind::Name | Kind::Quoted | Kind::Semicolon | Kind::Other => continue,
        };
        styles[token.range.clone()].fill(style);
    }
    let mut patch = |range: Range<usize>, with: Style| {
        styles.get_mut(range).into_iter().flatten().for_each(|style| *style = style.patch(with));
    };
    for range in &editor.found {
        patch(range.clone(), Style::new().add_modifier(Modifier::UNDERLINED));
    }
    if !editor.block.is_empty() {
        editor.block.iter().for_each(|part| patch(part.clone(), theme.selection));
    } else if let Some(range) = editor.text.selection() {
        patch(range, theme.selection);
    } else if focused {
        for at in pair(text, &tokens, editor.text.cursor()).into_iter().flatten() {
            patch(at..at + 1, theme.accent.add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
        }
    }
    styles
}

/// The bracket at a place, or just before it, and the one that belongs to it.
#[must_use]
pub fn pair(text: &str, tokens: &[sql::Token], cursor: usize) -> Option<[usize; 2]> {
    let marks = tokens.iter().filter(|token| token.kind == Kind::Other);
    let marks: Vec<_> =
        marks.filter_map(|token| Some((token.range.start, bracket(&text[token.range.clone()])?))).collect();
    let at = |byte: usize| marks.iter().position(|(at, _)| *at == byte);
    let here = at(cursor).or_else(|| at(cursor.checked_sub(1)?))?;
    let (_, (kind, opens)) = marks[here];
    let (mut depth, count) = (0_usize, marks.len());
    let way: Box<dyn Iterator<Item = usize>> =
        if opens { Box::new(here..count) } else { Box::new((0..=here).rev()) };
    for other in way {
        let (byte, (other, other_opens)) = marks[other];
        if other != kind {
            continue;
        }
        depth = if other_opens == opens { depth + 1 } else { depth.checked_sub(1)? };
        if depth == 0 {
            return Some([marks[here].0, byte]);
        }
    }
    None
}

/// Which brackets a mark is of, and whether it opens them.
pub fn bracket(mark: &str) -> Option<(u8, bool)> {
    const KINDS: [(&str, &str); 3] = [("(", ")"), ("[", "]"), ("{", "}")];
    let of = |(kind, (open, close)): (u8, &(&str, &str))| {
        (*open == mark || *close == mark).then_some((kind, *open == mark))
    };
    (0..).zip(&KINDS).find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_has_its_pair_and_those_in_texts_are_none() {
        let text = "SELECT f(a[1], ')', {'k': (b)}) -- )";
        let of = |at| pair(text, &sql::tokens(text), at);
        assert_eq!(of(8), Some([8, 30]));
        assert_eq!(of(9), Some([8, 30]), "just before the cursor counts too");
        assert_eq!(of(31), Some([30, 8]));
        assert_eq!(of(10), Some([10, 12]));
        assert_eq!(of(20), Some([20, 29]));
        assert_eq!((of(16), of(35), of(0)), (None, None, None));
        assert_eq!(pair("(", &sql::tokens("("), 0), None);
    }
}
