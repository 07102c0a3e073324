//! One row, a column a line, nothing shortened.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::super::panes::results::Results;
use super::super::theme::Theme;
use super::super::widgets::grid::Column;
use super::{Answer, boxed};
use crate::value;

/// The row.
#[derive(Debug)]
pub struct Inspector {
    title: String,
    /// Name, type, text.
    cells: Vec<(String, String, String)>,
    top: u16,
}

impl Inspector {
    /// The row under the cursor, when it is held.
    #[must_use]
    pub fn of(results: &Results) -> Option<Self> {
        results.window.holds(results.row).then_some(())?;
        let cell = |(index, column): (usize, &Column)| {
            let (array, row) = results.window.cell(results.row, index)?;
            Some((
                column.name.clone(),
                column.label.clone(),
                value::shown_in(&column.name, array.as_ref(), row),
            ))
        };
        let cells = results.columns.iter().enumerate().filter_map(cell).collect();
        let row = value::grouped(&(results.row + 1).to_string());
        Some(Self { title: format!("Row {row}"), cells, top: 0 })
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.top = self.top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.top = self.top.saturating_add(1),
            KeyCode::PageUp => self.top = self.top.saturating_sub(10),
            KeyCode::PageDown => self.top = self.top.saturating_add(10),
            KeyCode::Enter | KeyCode::Char('q') => return Answer::Close,
            _ => {}
        }
        Answer::Stay
    }
}

/// Draws the row, long texts broken over lines.
pub fn draw(frame: &mut Frame, inspector: &Inspector, theme: &Theme) {
    let width = usize::from(frame.area().width).saturating_sub(12).clamp(20, 100);
    let widest = |text: fn(&(String, String, String)) -> &String| {
        inspector.cells.iter().map(|cell| text(cell).width()).max().unwrap_or(0)
    };
    let (names, labels) = (widest(|cell| &cell.0).min(30), widest(|cell| &cell.1).min(16));
    let room = width.saturating_sub(names + labels + 4).max(8);
    let mut lines = Vec::new();
    for (name, label, text) in &inspector.cells {
        for (index, part) in broken(text, room).into_iter().enumerate() {
            let (name, label) = if index == 0 { (name.as_str(), label.as_str()) } else { ("", "") };
            let gap = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
            lines.push(Line::from(vec![
                Span::styled(format!("{name}{}  ", gap(name, names)), theme.heading),
                Span::styled(format!("{label}{}  ", gap(label, labels)), theme.muted),
                Span::styled(part, theme.text),
            ]));
        }
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = boxed(frame, &inspector.title, u16::try_from(width).unwrap_or(80), height, theme);
    let top = inspector.top.min(height.saturating_sub(inside.height));
    frame.render_widget(ratatui::widgets::Paragraph::new(lines).scroll((top, 0)), inside);
}

/// A text in pieces of at most `width` columns.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for cluster in text.graphemes(true) {
        if used + cluster.width() > width {
            pieces.push(String::new());
            used = 0;
        }
        used += cluster.width();
        if let Some(piece) = pieces.last_mut() {
            piece.push_str(cluster);
        }
    }
    pieces
}
