//! Every action by name.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::action::{ACTIONS, Action, Pane};
use super::super::keymap::{self, Keymap};
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::line::Input;
use super::pointed::Listed;
use super::{Answer, boxed};

/// Lines of the box, the one that is typed among them.
pub(super) const LINES: u16 = 15;

/// The palette with what was typed.
#[derive(Debug)]
pub struct Palette {
    pane: Pane,
    keymap: Keymap,
    needle: Input,
    at: usize,
}

impl Palette {
    /// The palette over a pane.
    #[must_use]
    pub fn new(pane: Pane, keymap: &Keymap) -> Self {
        Self { pane, keymap: keymap.clone(), needle: Input::default(), at: 0 }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.needle.paste(text);
        self.at = 0;
    }

    /// What fits the words typed, of what can be done from here.
    fn found(&self) -> Vec<Action> {
        let found = ACTIONS.iter().filter(|(_, name, help)| self.needle.finds(&format!("{name} {help}")));
        found
            .map(|(action, ..)| *action)
            .filter(|action| keymap::home(self.pane, *action).is_some())
            .collect()
    }

    pub(super) fn listed(&self, height: u16) -> Listed {
        Listed { height, above: 1, below: 0, count: self.found().len(), at: self.at, top: None }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match key.code {
            KeyCode::Enter => {
                return self.found().get(self.at).map_or(Answer::Stay, |action| Answer::Act(*action));
            }
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Down => self.at = (self.at + 1).min(self.found().len().saturating_sub(1)),
            _ => {
                self.needle.key(key);
                self.at = 0;
            }
        }
        Answer::Stay
    }
}

/// Draws what was typed and the actions that fit it.
pub fn draw(frame: &mut Frame, palette: &Palette, theme: &Theme) {
    let found = palette.found();
    let inside = boxed(frame, "Palette", 72, LINES, theme);
    let room = usize::from(inside.height.saturating_sub(1)).max(1);
    let top = (palette.at + 1).saturating_sub(room);
    for (place, index) in inside.rows().skip(1).zip(top..found.len()) {
        let action = found[index];
        let pane = keymap::home(palette.pane, action).unwrap_or(palette.pane);
        let key = palette.keymap.hint(pane, action).map(|key| key.to_string()).unwrap_or_default();
        let style = if index == palette.at { theme.cursor } else { theme.text };
        let (name, key) = (format!("{:<15}", action.name()), format!(" {:<11}", theme.glyphs.keys(&key)));
        let room = usize::from(place.width).saturating_sub(name.width() + key.width());
        let line = Line::from(vec![
            Span::styled(name, style),
            Span::styled(key, theme.accent),
            Span::styled(cut(action.help(), room), theme.muted),
        ]);
        frame.render_widget(line, place);
    }
    if let (true, Some(place)) = (found.is_empty(), inside.rows().nth(1)) {
        let none = palette.needle.unmatched("action", place.width.into());
        frame.render_widget(Line::styled(none, theme.muted), place);
    }
    let place = Rect { height: inside.height.min(1), ..inside };
    palette.needle.draw_marked(frame, place, theme);
}
