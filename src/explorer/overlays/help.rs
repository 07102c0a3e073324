//! The keys, from the key table itself.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::action::Pane;
use super::super::keymap::{self, BINDINGS};
use super::super::theme::Theme;
use super::{Answer, boxed};

/// The help, scrolled to a line.
#[derive(Debug)]
pub struct Help {
    pane: Pane,
    top: u16,
}

impl Help {
    /// The help of a pane.
    #[must_use]
    pub fn new(pane: Pane) -> Self {
        Self { pane, top: 0 }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.top = self.top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.top += 1,
            KeyCode::PageUp => self.top = self.top.saturating_sub(10),
            KeyCode::PageDown => self.top += 10,
            KeyCode::Char('?' | 'q') | KeyCode::Enter | KeyCode::F(1) => return Answer::Close,
            _ => {}
        }
        Answer::Stay
    }
}

/// Draws the keys of the pane first, then those that count more widely.
pub fn draw(frame: &mut Frame, help: &Help, theme: &Theme) {
    let mut lines = Vec::new();
    for scope in keymap::scopes(help.pane) {
        let mut seen = Vec::new();
        for (_, _, action) in BINDINGS.iter().filter(|(at, ..)| at == scope) {
            if seen.contains(action) {
                continue;
            }
            if seen.is_empty() {
                if !lines.is_empty() {
                    lines.push(Line::default());
                }
                lines.push(Line::styled(scope.label(), theme.heading));
            }
            seen.push(*action);
            let keys = keymap::keys(*scope, *action);
            let gap = " ".repeat(16_usize.saturating_sub(keys.width()));
            let spans = [
                Span::styled(format!("  {keys}{gap}"), theme.accent),
                Span::styled(action.help(), theme.text),
            ];
            lines.push(Line::from(spans.to_vec()));
        }
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = boxed(frame, "Keys", 72, height, theme);
    let top = help.top.min(height.saturating_sub(inside.height));
    frame.render_widget(ratatui::widgets::Paragraph::new(lines).scroll((top, 0)), inside);
}
