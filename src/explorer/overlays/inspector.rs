//! One row, a column a line, long texts broken over lines.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::UnicodeWidthStr;

use super::super::panes::results::Results;
use super::super::theme::Theme;
use super::super::widgets::grid::{Column, cut};
use super::{Answer, boxed, largest, scrolled};
use crate::value;

/// Bytes shown of all cells together, and of one cell at least and at the most: the screen never lays out more.
const SHOWN: usize = 1 << 19;
const LEAST: usize = 400;
const MOST: usize = 1 << 15;
/// The widest it gets.
const WIDEST: u16 = 100;

/// The row.
#[derive(Debug)]
pub struct Inspector {
    title: String,
    /// Name, type, text.
    cells: Vec<(String, String, String)>,
    top: usize,
}

impl Inspector {
    /// The row under the cursor, when it is held.
    #[must_use]
    pub fn of(results: &Results) -> Option<Self> {
        let (window, row) = (results.view.window(), results.view.row());
        window.holds(row).then_some(())?;
        let limit = (SHOWN / results.columns.len().max(1)).clamp(LEAST, MOST);
        let cell = |(index, column): (usize, &Column)| {
            let (array, at) = window.cell(row, index)?;
            let (mut text, more) = value::beginning(&column.name, array.as_ref(), at, limit);
            if window.is_cut(row, index) {
                text.push_str("… (y copies the whole cell)");
            } else if more {
                let limit = value::grouped(&limit.to_string());
                text = format!("{text}… (more than {limit} bytes: y copies the whole cell)");
            }
            Some((column.name.clone(), column.label.clone(), text))
        };
        let cells = results.columns.iter().enumerate().filter_map(cell).collect();
        Some(Self { title: format!("Row {}", value::grouped(&(row + 1).to_string())), cells, top: 0 })
    }

    pub fn key(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        if matches!(key.code, KeyCode::Enter | KeyCode::Char('q')) {
            return Answer::Close;
        }
        let (width, page) = largest(screen);
        self.top = scrolled(self.top, key, self.lines(width).len(), page.into());
        Answer::Stay
    }

    /// Columns of names and of types.
    fn widths(&self, width: u16) -> (usize, usize) {
        let widest = |text: fn(&(String, String, String)) -> &String| {
            self.cells.iter().map(|cell| text(cell).width()).max().unwrap_or(0)
        };
        let third = usize::from(width / 3);
        (widest(|cell| &cell.0).min(30).min(third), widest(|cell| &cell.1).min(16).min(third))
    }

    /// Lines of all cells: number of the cell, whether it begins there, and a piece of its text.
    fn lines(&self, width: u16) -> Vec<(usize, bool, &str)> {
        let width = width.min(WIDEST);
        let (names, labels) = self.widths(width);
        let room = usize::from(width).saturating_sub(names + labels + 4).max(2);
        let mut lines = Vec::new();
        for (index, (_, _, text)) in self.cells.iter().enumerate() {
            let (mut rest, mut first) = (text.as_str(), true);
            while first || !rest.is_empty() {
                let (piece, _) = rest.unicode_truncate(room);
                // A cluster that is wider than the room is cut when it is drawn.
                let end = if piece.is_empty() { rest.len() } else { piece.len() };
                lines.push((index, first, &rest[..end]));
                (rest, first) = (&rest[end..], false);
            }
        }
        lines
    }
}

/// Draws the row from the line that is scrolled to.
pub fn draw(frame: &mut Frame, inspector: &Inspector, theme: &Theme) {
    let (width, page) = largest(frame.area());
    let width = width.min(WIDEST);
    let lines = inspector.lines(width);
    let (names, labels) = inspector.widths(width);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = boxed(frame, &inspector.title, width, height, theme);
    let top = inspector.top.min(lines.len().saturating_sub(page.into()));
    let padded = |text: &str, width: usize| {
        let text = cut(text, width);
        format!("{text}{}  ", " ".repeat(width.saturating_sub(text.width())))
    };
    for (place, (index, first, piece)) in inside.rows().zip(&lines[top..]) {
        let (name, label, _) = &inspector.cells[*index];
        let (name, label) = if *first { (name.as_str(), label.as_str()) } else { ("", "") };
        let line = Line::from(vec![
            Span::styled(padded(name, names), theme.heading),
            Span::styled(padded(label, labels), theme.muted),
            Span::styled(*piece, theme.text),
        ]);
        frame.render_widget(line, place);
    }
}
