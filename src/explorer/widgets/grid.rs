//! The grid: row numbers, a header of names and types, cells; numbers to the right, texts cut with `…`. Columns that stay
//! stand left of a line.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
pub use super::cell::beginning;
use super::cell::{self, Converted, Holds, Kind};
use crate::engine::store::Window;
use crate::value::money::Currency;
use crate::value::{self, Figures};

/// Blanks between two columns.
const GAP: u16 = 2;
/// Names and types above the rows.
const HEADER: u16 = 2;

/// Rows that fit in an area.
#[must_use]
pub fn lines(area: Rect) -> usize {
    area.height.saturating_sub(HEADER).into()
}

/// A column as the grid shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    pub name: String,
    pub label: String,
    pub holds: Holds,
    pub width: u16,
    /// The width was chosen, and no cell changes it.
    pub is_fixed: bool,
    /// Which way the rows are sorted by it.
    pub mark: Option<String>,
    /// How its numbers are written.
    pub figures: Figures,
    /// Whose money it is, if it is.
    pub currency: Option<Currency>,
    pub converted: Option<Converted>,
    /// Columns from the mark of its numbers to its end, so that marks stand under each other.
    pub tail: usize,
}

impl Column {
    /// Whether its numbers are years or keys.
    #[must_use]
    pub fn is_name(&self) -> bool {
        self.holds == Holds::Names
    }

    /// Whether it stands to the right.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self.holds, Holds::Numbers | Holds::Names)
    }

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
#[derive(Debug, Clone)]
pub struct Grid<'a> {
    pub columns: &'a [Column],
    /// The columns on screen, in their order, and how many of them stay.
    pub shown: Vec<usize>,
    pub frozen: usize,
    /// Rows of the result.
    pub rows: u64,
    /// The rows that are held.
    pub window: &'a Window,
    /// Row and column of the cursor.
    pub row: u64,
    pub column: usize,
    /// First row on screen, and place of the first column that moves.
    pub top: u64,
    pub left: usize,
    /// Rows, and places of columns, that are marked.
    pub marked: Option<(Range<u64>, RangeInclusive<usize>)>,
}

impl Grid<'_> {
    /// Whether a column is wholly on screen.
    #[must_use]
    pub fn fits(&self, area: Rect, column: usize) -> bool {
        places(self, area).any(|(_, index, wanted, place)| index == column && place.width == wanted.width)
    }
}

/// The row and the column at a place of the screen: above the rows there is no row, and beside the columns no column.
#[must_use]
pub fn pointed(grid: &Grid<'_>, area: Rect, at: Position) -> (Option<u64>, Option<usize>) {
    let is_under = |place: &Rect| (place.x..place.right()).contains(&at.x);
    let column = places(grid, area).find(|(.., place)| is_under(place)).map(|(_, index, ..)| index);
    let line = at.y.checked_sub(area.y.saturating_add(HEADER)).map(u64::from);
    (line.map(|line| grid.top + line).filter(|row| *row < grid.rows), column.filter(|_| at.y >= area.y))
}

/// Columns on screen with their places: those that stay, then from the first that is shown on; the last may be cut by
/// the edge. Place among the shown columns, place in the result, the column, and where it is drawn.
fn places<'a>(grid: &Grid<'a>, area: Rect) -> impl Iterator<Item = (usize, usize, &'a Column, Rect)> {
    let mut x = area.x + gutter(grid) + GAP;
    let (columns, frozen) = (grid.columns, grid.frozen);
    let moving = grid.left.max(frozen)..grid.shown.len();
    let shown: Vec<_> = (0..frozen).chain(moving).filter_map(|at| Some((at, *grid.shown.get(at)?))).collect();
    shown.into_iter().map_while(move |(at, index)| {
        let column = columns.get(index)?;
        let width = column.width.min(area.right().saturating_sub(x));
        let place = Rect { x, y: area.y, width, height: area.height };
        // The line between those that stay and the others has a column of its own.
        let line = u16::from(at + 1 == frozen);
        x = x.saturating_add(width + GAP + line);
        (width > 0).then_some((at, index, column, place))
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
    for (at, index, column, place) in places(grid, area) {
        let name = if index == grid.column && focused { theme.accent } else { theme.heading };
        let title = column.title();
        for (line, (text, style)) in
            (0..area.height).zip([(&*title, name), (column.label.as_str(), theme.muted)])
        {
            // Unlike a number, a part of a name tells something.
            let text = cut(text, usize::from(place.width));
            put(buffer, place, area.y + line, &text, column.is_number(), style);
        }
        let x = place.right() + 1;
        if at + 1 == grid.frozen && x < area.right() {
            let count = usize::try_from(grid.rows - grid.top.min(grid.rows)).unwrap_or(usize::MAX);
            let height = area.height.min(u16::try_from(count).unwrap_or(u16::MAX).saturating_add(HEADER));
            for y in area.y..area.y + height {
                buffer.set_string(x, y, "│", theme.border);
            }
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
    for (at, index, column, place) in places(grid, area) {
        let (text, style) = match cell::text(column, grid.window, row, index) {
            None => ("·".to_owned(), theme.muted),
            Some((text, Kind::Null)) => (text, theme.null),
            Some((text, Kind::Number)) => (text, theme.number),
            Some((text, Kind::Line)) => (text, theme.series[0]),
            Some((text, Kind::Text)) => (text, theme.text),
        };
        let is_marked = |(rows, places): &(Range<u64>, RangeInclusive<usize>)| {
            rows.contains(&row) && places.contains(&at)
        };
        let ground = match (current && index == grid.column && focused, &grid.marked) {
            (true, Some(marked)) if is_marked(marked) => Some(theme.cursor_in_marked()),
            (true, _) => Some(theme.cursor),
            (false, Some(marked)) if is_marked(marked) => Some(theme.selection),
            _ => None,
        };
        if let Some(ground) = ground {
            buffer.set_style(Rect { y, height: 1, ..place }, ground);
        }
        put(buffer, place, y, &text, column.is_number(), ground.map_or(style, |ground| style.patch(ground)));
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

/// A line in at most `width` columns: what it lacks is marked, as in a text, unless that is blank.
#[must_use]
pub fn cut_line(line: Line<'_>, width: usize) -> Line<'_> {
    if line.width() <= width || line.to_string().trim_end().width() <= width {
        return line;
    }
    let mut room = width;
    let mut spans = Vec::new();
    let Line { style, alignment, spans: all } = line;
    for span in all {
        if span.width() < room {
            room -= span.width();
            spans.push(span);
        } else {
            // Something follows, or it is too long itself.
            let text = cut(&format!("{}…", span.content), room).into_owned();
            spans.push(Span::styled(text, span.style));
            break;
        }
    }
    Line { style, alignment, spans }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_cut_says_so() {
        let cut = |width: usize| {
            cut_line(Line::from(vec![Span::raw("日本"), Span::raw("abc"), Span::raw("d")]), width)
        };
        let shown = ["", "…", "…", "日…", "日…", "日本…", "日本a…", "日本ab…", "日本abcd"];
        for (width, text) in shown.into_iter().enumerate() {
            assert_eq!(cut(width).to_string(), text, "{width}");
        }
        assert_eq!(cut_line(Line::from("ab  "), 2).to_string(), "ab  ", "blanks are no loss");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("日本語日本語", 5), "日本…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("abc", 1), "…");
    }
}
