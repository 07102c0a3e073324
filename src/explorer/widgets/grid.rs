//! The grid: row numbers, a header of names and types, cells; numbers to the right, texts cut with `…`.

use std::borrow::Cow;

use duckdb::arrow::array::Array;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use crate::engine::store::Window;
use crate::value::{self, NULL};

/// Blanks between two columns.
const GAP: u16 = 2;
/// Names and types above the rows.
const HEADER: u16 = 2;
/// Bytes of a cell that are looked at.
const READ: usize = 400;

/// Rows that fit in an area.
#[must_use]
pub fn lines(area: Rect) -> usize {
    area.height.saturating_sub(HEADER).into()
}

/// A column as the grid shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub label: String,
    pub number: bool,
    pub width: u16,
    /// Which way the rows are sorted by it.
    pub mark: Option<String>,
}

impl Column {
    /// What stands above it.
    #[must_use]
    pub fn title(&self) -> Cow<'_, str> {
        match &self.mark {
            Some(mark) => format!("{} {mark}", self.name).into(),
            None => self.name.as_str().into(),
        }
    }
}

/// The part of a result that is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Grid<'a> {
    pub columns: &'a [Column],
    /// Rows of the result.
    pub rows: u64,
    /// The rows that are held.
    pub window: &'a Window,
    /// Row and column of the cursor.
    pub row: u64,
    pub column: usize,
    /// First row and column on screen.
    pub top: u64,
    pub left: usize,
}

impl Grid<'_> {
    /// Whether a column is wholly on screen.
    #[must_use]
    pub fn fits(&self, area: Rect, column: usize) -> bool {
        places(self, area).any(|(index, wanted, place)| index == column && place.width == wanted.width)
    }
}

/// Columns on screen with their places, from the first shown on; the last may be cut by the edge.
fn places<'a>(grid: &Grid<'a>, area: Rect) -> impl Iterator<Item = (usize, &'a Column, Rect)> {
    let mut x = area.x + gutter(grid) + GAP;
    let shown = grid.columns.iter().enumerate().skip(grid.left);
    shown.map_while(move |(index, column)| {
        let width = column.width.min(area.right().saturating_sub(x));
        let place = Rect { x, y: area.y, width, height: area.height };
        x = x.saturating_add(width + GAP);
        (width > 0).then_some((index, column, place))
    })
}

/// Width of the row numbers.
fn gutter(grid: &Grid<'_>) -> u16 {
    let digits = value::grouped(&grid.rows.max(1).to_string()).len();
    u16::try_from(digits).unwrap_or(u16::MAX).max(3)
}

/// Draws the part of the result that is on screen. Rows that are still being read show `·`.
pub fn draw(frame: &mut Frame, area: Rect, grid: &Grid<'_>, focused: bool, theme: &Theme) {
    let buffer = frame.buffer_mut();
    for (index, column, place) in places(grid, area) {
        let name = if index == grid.column && focused { theme.accent } else { theme.heading };
        let title = column.title();
        for (line, (text, style)) in
            (0..area.height).zip([(&*title, name), (column.label.as_str(), theme.muted)])
        {
            put(buffer, place, area.y + line, text, column.number, style);
        }
    }
    for (y, row) in (area.y.saturating_add(HEADER)..area.bottom()).zip(grid.top..grid.rows) {
        draw_row(buffer, area, y, row, grid, focused, theme);
    }
}

fn draw_row(
    buffer: &mut Buffer,
    area: Rect,
    y: u16,
    row: u64,
    grid: &Grid<'_>,
    focused: bool,
    theme: &Theme,
) {
    let current = row == grid.row;
    let number = value::grouped(&(row + 1).to_string());
    let place = Rect { width: gutter(grid).min(area.width), ..area };
    put(buffer, place, y, &number, true, if current && focused { theme.accent } else { theme.muted });
    for (index, column, place) in places(grid, area) {
        let (text, style) = match grid.window.cell(row, index) {
            None => ("·".to_owned(), theme.muted),
            Some((array, at)) => match beginning(&column.name, array.as_ref(), at) {
                text if text == NULL => (text, theme.null),
                text if column.number => (text, theme.number),
                text => (text, theme.text),
            },
        };
        let cursor = current && index == grid.column;
        let style = if cursor && focused { theme.cursor } else { style };
        if cursor && focused {
            buffer.set_style(Rect { y, height: 1, ..place }, theme.cursor);
        }
        put(buffer, place, y, &text, column.number, style);
    }
}

/// Writes a text into the columns of a place: a text that is too long is cut, a number is left out, both with `…`.
fn put(buffer: &mut Buffer, place: Rect, y: u16, text: &str, right: bool, style: Style) {
    if y >= buffer.area.bottom() {
        return;
    }
    // A part of a number would be read as another number.
    let cut_number = right && text.width() > usize::from(place.width);
    let text = if cut_number { "…".into() } else { cut(text, usize::from(place.width)) };
    let width = u16::try_from(text.width()).unwrap_or(place.width).min(place.width);
    let x = if right { place.right() - width } else { place.x };
    buffer.set_stringn(x, y, text, usize::from(place.width), style);
}

/// As much of a cell as the widest column could show, with `…` where there is more.
#[must_use]
pub fn beginning(name: &str, array: &dyn Array, row: usize) -> String {
    let (mut text, more) = value::beginning(name, array, row, READ);
    if more {
        text.push('…');
    }
    text
}

/// A text in at most `width` columns; never half a character.
#[must_use]
pub fn cut(text: &str, width: usize) -> std::borrow::Cow<'_, str> {
    if width == 0 {
        return "".into();
    }
    let (fitting, _) = text.unicode_truncate(width);
    if fitting.len() == text.len() {
        return text.into();
    }
    let (kept, _) = text.unicode_truncate(width - 1);
    format!("{kept}…").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("日本語日本語", 5), "日本…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("abc", 1), "…");
    }
}
