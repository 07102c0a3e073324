//! The keys, from the key table itself.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::action::Pane;
use super::super::keymap::{self, Keymap, Scope, editing};
use super::super::panes::editor::vim;
use super::super::theme::Theme;
use super::{Answer, boxed, largest, scrolled, wrapped};

/// The widest it gets.
const WIDEST: u16 = 88;
/// Columns of the keys, with the blanks around them.
const KEYS: usize = 24;

/// The help, scrolled to a line.
#[derive(Debug)]
pub struct Help {
    pane: Pane,
    keymap: Keymap,
    top: usize,
}

impl Help {
    /// The help of a pane.
    #[must_use]
    pub fn new(pane: Pane, keymap: &Keymap) -> Self {
        Self { pane, keymap: keymap.clone(), top: 0 }
    }

    pub fn key(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        if matches!(key.code, KeyCode::Char('?' | 'q') | KeyCode::Enter) {
            return Answer::Close;
        }
        let (width, page) = largest(screen);
        self.top = scrolled(self.top, key, self.lines(width).len(), page.into());
        Answer::Stay
    }

    /// Keys and what they do, those of the pane first, then those that count more widely; a heading has no keys.
    fn lines(&self, width: u16) -> Vec<(String, &'static str)> {
        let room = usize::from(width.min(WIDEST)).saturating_sub(KEYS);
        let mut lines = Vec::new();
        for scope in keymap::scopes(self.pane) {
            let mut has_heading = false;
            for (_, action) in keymap::actions().filter(|(at, _)| at == scope) {
                let mut keys = self.keymap.keys(*scope, action);
                if keys.is_empty() {
                    continue;
                }
                if !std::mem::replace(&mut has_heading, true) {
                    lines.extend((!lines.is_empty()).then(|| (String::new(), "")));
                    lines.push((String::new(), scope.label()));
                }
                for help in wrapped(action.help(), room) {
                    lines.push((format!("  {}", std::mem::take(&mut keys)), help));
                }
            }
        }
        if self.pane == Pane::Editor {
            let at =
                lines.iter().position(|(keys, text)| keys.is_empty() && *text == Scope::Everywhere.label());
            let at = at.unwrap_or(lines.len());
            let vim = keys_of("vim's modes, where they are on", vim::keys(), room);
            lines.splice(at..at, typing(room).into_iter().chain(vim));
        }
        lines
    }
}

/// The keys of typing, under a heading of their own.
fn typing(room: usize) -> Vec<(String, &'static str)> {
    let presses =
        |presses: &[editing::Press]| presses.iter().map(|(.., name)| *name).take(2).collect::<Vec<_>>();
    let keys = editing::KEYS.iter().map(|(_, all, help)| (presses(all).join(" "), *help));
    keys_of("typing in the editor", keys, room)
}

/// Keys that are in no scope, under a heading.
fn keys_of(
    heading: &'static str,
    keys: impl Iterator<Item = (impl Into<String>, &'static str)>,
    room: usize,
) -> Vec<(String, &'static str)> {
    let mut lines = vec![(String::new(), heading)];
    for (keys, help) in keys {
        let mut keys: String = keys.into();
        for help in wrapped(help, room) {
            lines.push((format!("  {}", std::mem::take(&mut keys)), help));
        }
    }
    lines.push((String::new(), ""));
    lines
}

/// Draws the keys.
pub fn draw(frame: &mut Frame, help: &Help, theme: &Theme) {
    let (width, page) = largest(frame.area());
    let lines = help.lines(width);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = boxed(frame, "Keys", WIDEST, height, theme);
    let top = help.top.min(lines.len().saturating_sub(page.into()));
    for (place, (keys, text)) in inside.rows().zip(&lines[top..]) {
        let line = if keys.is_empty() {
            Line::styled(*text, theme.heading)
        } else {
            let gap = " ".repeat(KEYS.saturating_sub(keys.width()));
            Line::from(vec![
                Span::styled(format!("{keys}{gap}"), theme.accent),
                Span::styled(*text, theme.text),
            ])
        };
        frame.render_widget(line, place);
    }
}
