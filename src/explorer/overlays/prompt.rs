//! One line of text: a filter, a row number, a file name.

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Position;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use super::{Answer, boxed, edit};
use crate::value;

/// What the line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Applied with every key.
    Filter,
    Row,
    Path,
}

/// The line so far.
#[derive(Debug)]
pub struct Prompt {
    pub purpose: Purpose,
    pub title: String,
    pub text: String,
    /// What was wrong with the line when it was taken.
    pub problem: Option<String>,
}

impl Prompt {
    /// Asks for the filter of the tree.
    #[must_use]
    pub fn filter(text: &str) -> Self {
        Self { purpose: Purpose::Filter, title: "Filter".into(), text: text.to_owned(), problem: None }
    }

    /// Asks for a row.
    #[must_use]
    pub fn row(rows: u64) -> Self {
        let title = format!("Go to row, 1 to {}", value::grouped(&rows.to_string()));
        Self { purpose: Purpose::Row, title, text: String::new(), problem: None }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        if key.code != KeyCode::Enter {
            edit(&mut self.text, key);
            self.problem = None;
            return if self.purpose == Purpose::Filter {
                Answer::Filter(self.text.clone())
            } else {
                Answer::Stay
            };
        }
        let text = self.text.trim();
        match self.purpose {
            Purpose::Filter => Answer::Close,
            Purpose::Path if !text.is_empty() => Answer::Path(PathBuf::from(text)),
            Purpose::Path => self.refuse("a file needs a name"),
            Purpose::Row => match text.replace([',', ' ', '_'], "").parse() {
                Ok(row) if row > 0 => Answer::Row(row),
                _ => self.refuse("a row is a number from 1 on"),
            },
        }
    }

    fn refuse(&mut self, why: &str) -> Answer {
        self.problem = Some(why.to_owned());
        Answer::Stay
    }
}

/// Draws the line with the terminal's cursor at its end.
pub fn draw(frame: &mut Frame, prompt: &Prompt, theme: &Theme) {
    let height = if prompt.problem.is_some() { 2 } else { 1 };
    let inside = boxed(frame, &prompt.title, 60, height, theme);
    let text = value::visible(&prompt.text);
    let room = usize::from(inside.width.saturating_sub(1));
    let hidden = text.chars().count().saturating_sub(room);
    let shown: String = text.chars().skip(hidden).collect();
    let x = inside.x + u16::try_from(shown.width()).unwrap_or(0);
    let mut lines = vec![Line::styled(shown, theme.text)];
    lines.extend(prompt.problem.iter().map(|problem| Line::styled(problem.clone(), theme.error)));
    frame.render_widget(ratatui::widgets::Paragraph::new(lines), inside);
    frame.set_cursor_position(Position::new(x.min(inside.right()), inside.y));
}
