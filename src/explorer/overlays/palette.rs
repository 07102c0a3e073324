//! Every action by name.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::super::action::{ACTIONS, Action, Pane};
use super::super::keymap;
use super::super::theme::Theme;
use super::{Answer, boxed, edit};

/// The palette with what was typed.
#[derive(Debug, Default)]
pub struct Palette {
    pub needle: String,
    at: usize,
}

impl Palette {
    fn found(&self) -> Vec<Action> {
        let needle = self.needle.to_lowercase();
        let fits = |text: &str| needle.split_whitespace().all(|word| text.contains(word));
        let found = ACTIONS.iter().filter(|(_, name, help)| fits(&format!("{name} {help}").to_lowercase()));
        found.map(|(action, ..)| *action).collect()
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match key.code {
            KeyCode::Enter => {
                return self.found().get(self.at).map_or(Answer::Close, |action| Answer::Act(*action));
            }
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Down => self.at = (self.at + 1).min(self.found().len().saturating_sub(1)),
            _ => {
                edit(&mut self.needle, key);
                self.at = 0;
            }
        }
        Answer::Stay
    }
}

/// Draws what was typed and the actions that fit it.
pub fn draw(frame: &mut Frame, palette: &Palette, pane: Pane, theme: &Theme) {
    let found = palette.found();
    let inside = boxed(frame, "Palette", 72, 15, theme);
    let room = usize::from(inside.height.saturating_sub(1)).max(1);
    let top = (palette.at + 1).saturating_sub(room);
    let prompt = vec![Span::styled("› ", theme.accent), Span::styled(palette.needle.clone(), theme.text)];
    let mut lines = vec![Line::from(prompt)];
    for (index, action) in found.iter().enumerate().skip(top) {
        let key = keymap::hint(pane, *action).map(|key| key.to_string()).unwrap_or_default();
        let style = if index == palette.at { theme.cursor } else { theme.text };
        lines.push(Line::from(vec![
            Span::styled(format!("{:<13}", action.name()), style),
            Span::styled(format!(" {key:<10}"), theme.accent),
            Span::styled(action.help(), theme.muted),
        ]));
    }
    frame.render_widget(ratatui::widgets::Paragraph::new(lines), inside);
}
