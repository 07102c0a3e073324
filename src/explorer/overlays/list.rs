//! A list to pick from: columns under their names, a line that is marked.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::boxed;
use super::pointed::Listed;
use crate::value;

/// The widest it gets.
const WIDEST: u16 = 120;

/// The list.
#[derive(Debug, Default)]
pub struct List {
    title: String,
    names: &'static [&'static str],
    rows: Vec<Vec<String>>,
    /// The marked line.
    pub at: usize,
    /// What is said below the lines.
    pub note: String,
}

impl List {
    /// A list with a line marked.
    #[must_use]
    pub fn new(title: &str, names: &'static [&'static str], rows: Vec<Vec<String>>, at: usize) -> Self {
        Self { title: title.to_owned(), names, rows, at, note: String::new() }
    }

    pub(super) fn listed(&self) -> Listed {
        let noted = u16::from(!self.note.is_empty());
        let lines = u16::try_from(self.rows.len()).unwrap_or(u16::MAX).max(1);
        let height = lines.saturating_add(1 + 2 * noted);
        Listed { height, above: 1, below: 2 * noted, count: self.rows.len(), at: self.at, top: None }
    }

    /// Moves the mark; gives whether the line is picked.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        let last = self.rows.len().saturating_sub(1);
        self.at = match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.at + 1,
            KeyCode::PageUp => self.at.saturating_sub(10),
            KeyCode::PageDown => self.at + 10,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => last,
            _ => self.at,
        }
        .min(last);
        key.code == KeyCode::Enter && !self.rows.is_empty()
    }
}

/// Draws the list; the last column takes what room is left.
pub fn draw(frame: &mut Frame, list: &List, theme: &Theme) {
    let noted = u16::from(!list.note.is_empty());
    let lines = u16::try_from(list.rows.len()).unwrap_or(u16::MAX).max(1);
    let width = |at: usize| {
        let cells = list.rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| value::visible(cell).width()).chain([list.names[at].width()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..list.names.len()).map(width).collect();
    let wanted = widths.iter().sum::<usize>() + 2 * widths.len();
    let wanted = u16::try_from(wanted.max(list.note.width())).unwrap_or(u16::MAX).clamp(40, WIDEST);
    let inside = boxed(frame, &list.title, wanted, lines.saturating_add(1 + 2 * noted), theme);
    let room = usize::from(inside.height.saturating_sub(1 + 2 * noted)).max(1);
    let top = (list.at + 1).saturating_sub(room);
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            let cell = value::visible(cell);
            let gap = " ".repeat(width.saturating_sub(cell.width()) + 2);
            text.extend([&*cell, &gap]);
        }
        cut(text.trim_end(), usize::from(inside.width)).into_owned()
    };
    let mut places = inside.rows();
    if let Some(place) = places.next() {
        frame.render_widget(Line::styled(line(&mut list.names.iter().copied()), theme.muted), place);
    }
    for (place, (index, row)) in places.zip(list.rows.iter().enumerate().skip(top).take(room)) {
        let style = if index == list.at { theme.cursor } else { theme.text };
        frame.render_widget(Span::styled(line(&mut row.iter().map(String::as_str)), style), place);
    }
    if noted > 0 && inside.height > 2 {
        let place = Rect { y: inside.bottom() - 1, height: 1, ..inside };
        frame.render_widget(
            Line::styled(cut(&list.note, inside.width.into()).into_owned(), theme.muted),
            place,
        );
    }
}
