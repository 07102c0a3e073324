//! The columns of the result: which are shown, in what order, and which stay on screen.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::panes::results::Results;
use super::super::panes::results::layout::Layout;
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::pointed::Listed;
use super::{Answer, boxed, largest};

/// The widest it gets.
const WIDEST: u16 = 60;

/// The list.
#[derive(Debug)]
pub struct ColumnList {
    /// Names and types, by place in the result.
    names: Vec<(String, String)>,
    layout: Layout,
    at: usize,
    top: usize,
}

impl ColumnList {
    /// The columns of a result, the one under its cursor marked.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let names =
            results.columns.iter().map(|column| (column.name.clone(), column.label.clone())).collect();
        let layout = results.layout.clone();
        let at = layout.all().iter().position(|(column, _)| *column == results.column).unwrap_or(0);
        Self { names, layout, at, top: 0 }
    }

    pub(super) fn listed(&self) -> Listed {
        let height = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        let count = self.layout.all().len();
        Listed { height, above: 0, below: 0, count, at: self.at, top: Some(self.top) }
    }

    pub fn key(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        let page = usize::from(largest(screen).1).max(1);
        let last = self.layout.all().len().saturating_sub(1);
        let column = self.layout.all().get(self.at).map_or(0, |(column, _)| *column);
        let before = self.layout.clone();
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.at = self.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.at = (self.at + 1).min(last),
            KeyCode::PageUp => self.at = self.at.saturating_sub(page),
            KeyCode::PageDown => self.at = (self.at + page).min(last),
            KeyCode::Home | KeyCode::Char('g') => self.at = 0,
            KeyCode::End | KeyCode::Char('G') => self.at = last,
            KeyCode::Char(' ') => self.layout.toggle(column),
            KeyCode::Char('F') => self.layout.freeze(column),
            KeyCode::Char('a') => self.layout.show_all(),
            KeyCode::Char(letter @ ('H' | 'L' | 'K' | 'J')) => {
                self.layout.move_by_one(column, matches!(letter, 'L' | 'J'));
                self.at = self.layout.all().iter().position(|(of, _)| *of == column).unwrap_or(self.at);
            }
            KeyCode::Enter => return Answer::Column(column),
            KeyCode::Char('q') => return Answer::Close,
            _ => {}
        }
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(page));
        if self.layout == before { Answer::Stay } else { Answer::Layout(self.layout.clone()) }
    }
}

/// Draws the list: a dot before what is shown, a bar behind those that stay.
pub fn draw(frame: &mut Frame, list: &ColumnList, theme: &Theme) {
    let (width, _) = largest(frame.area());
    let width = width.min(WIDEST);
    let lines = u16::try_from(list.names.len()).unwrap_or(u16::MAX);
    let inside = boxed(frame, "Columns", width, lines, theme);
    let labels = list.names.iter().map(|(_, label)| label.width()).max().unwrap_or(0);
    let room = usize::from(inside.width).saturating_sub(labels + 14).max(4);
    let frozen = list.layout.frozen();
    let columns = list.layout.all().iter().enumerate().skip(list.top);
    for (place, (at, (column, shown))) in inside.rows().zip(columns) {
        let Some((name, label)) = list.names.get(*column) else { continue };
        let name = cut(name, room);
        let blanks = " ".repeat(room.saturating_sub(name.width()));
        let style = match (at == list.at, shown) {
            (true, _) => theme.cursor,
            (false, true) => theme.text,
            (false, false) => theme.muted,
        };
        let word = match shown {
            false => "hidden",
            true if list.layout.place(*column) < frozen => "stays",
            true => "",
        };
        let line = vec![
            Span::styled(if *shown { "● " } else { "○ " }, if *shown { theme.accent } else { theme.muted }),
            Span::styled(format!("{name}{blanks}"), style),
            Span::styled(format!("  {label:<labels$}  {word}"), theme.muted),
        ];
        frame.render_widget(Line::from(line), place);
    }
}
