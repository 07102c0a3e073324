//! The keys, from the key table itself.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::action::Pane;
use super::super::keymap::{self, Keymap, Scope, editing};
use super::super::panes::editor::vim;
use super::super::theme::{Glyphs, Theme};
use super::line::Input;
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
    /// What is searched for; nothing while nobody searches.
    needle: Option<Input>,
}

/// Keys and what they do, under a heading.
struct Part {
    heading: &'static str,
    /// Keys, a name where there is one, and what they do.
    entries: Vec<(String, &'static str, &'static str)>,
}

impl Help {
    /// The help of a pane.
    #[must_use]
    pub fn new(pane: Pane, keymap: &Keymap) -> Self {
        Self { pane, keymap: keymap.clone(), top: 0, needle: None }
    }

    /// Whether something is searched for.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        self.needle.is_some()
    }

    pub fn key(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        let types = matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace | KeyCode::Delete);
        match &mut self.needle {
            Some(needle) if types => {
                needle.key(key);
                self.top = 0;
                return Answer::Stay;
            }
            None if key.code == KeyCode::Char('/') => {
                self.needle = Some(Input::default());
                self.top = 0;
                return Answer::Stay;
            }
            None if matches!(key.code, KeyCode::Char('?' | 'q') | KeyCode::Enter) => return Answer::Close,
            _ => {}
        }
        let (width, page) = largest(screen);
        let page = usize::from(page).saturating_sub(usize::from(self.needle.is_some()));
        self.top = scrolled(self.top, key, self.lines(width).len(), page);
        Answer::Stay
    }

    /// All keys that count here, those of the pane first, then those that count more widely.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for scope in keymap::scopes(self.pane) {
            let actions = keymap::actions().filter(|(at, _)| at == scope);
            let entries =
                actions.map(|(_, action)| (self.keymap.keys(*scope, action), action.name(), action.help()));
            let entries = entries.filter(|(keys, ..)| !keys.is_empty()).collect();
            if *scope == Scope::Everywhere && self.pane == Pane::Editor {
                parts.extend(typing());
            }
            parts.push(Part { heading: scope.label(), entries });
        }
        parts
    }

    /// What is searched for, in lines of a screen; a heading has no keys.
    fn lines(&self, width: u16) -> Vec<(String, &'static str)> {
        let room = usize::from(width.min(WIDEST)).saturating_sub(KEYS);
        let mut lines = Vec::new();
        for Part { heading, entries } in self.parts() {
            let finds = |(keys, name, help): &(String, &str, &str)| {
                let words = Glyphs::Ascii.keys(keys);
                let text = || format!("{keys} {words} {name} {help}");
                self.needle.as_ref().is_none_or(|needle| needle.finds(&text()))
            };
            let found: Vec<_> = entries.into_iter().filter(finds).collect();
            if found.is_empty() {
                continue;
            }
            lines.extend((!lines.is_empty()).then(|| (String::new(), "")));
            lines.push((String::new(), heading));
            for (mut keys, _, help) in found {
                for help in wrapped(help, room) {
                    lines.push((format!("  {}", std::mem::take(&mut keys)), help));
                }
            }
        }
        if lines.is_empty() {
            lines.push((String::new(), "no key of this place has that in its name or its sentence"));
        }
        lines
    }
}

/// The keys of typing, and those of vim's modes.
fn typing() -> [Part; 2] {
    let presses =
        |presses: &[editing::Press]| presses.iter().map(|(.., name)| *name).take(2).collect::<Vec<_>>();
    let typed = editing::KEYS.iter().map(|(_, all, help)| (presses(all).join(" "), "", *help));
    let vim = vim::keys().map(|(keys, help)| (keys.to_owned(), "", help));
    [
        Part { heading: "typing in the editor", entries: typed.collect() },
        Part { heading: "vim's modes, where they are on", entries: vim.collect() },
    ]
}

/// Draws the keys.
pub fn draw(frame: &mut Frame, help: &Help, theme: &Theme) {
    let (width, page) = largest(frame.area());
    let lines = help.lines(width);
    // While one searches the box stays as it was.
    let count = if help.needle.is_some() { page } else { u16::try_from(lines.len()).unwrap_or(u16::MAX) };
    let mut inside = boxed(frame, "Keys", WIDEST, count, theme);
    if let Some(needle) = &help.needle {
        needle.draw_marked(frame, Rect { height: inside.height.min(1), ..inside }, theme);
        inside = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    }
    let top = help.top.min(lines.len().saturating_sub(inside.height.into()));
    for (place, (keys, text)) in inside.rows().zip(&lines[top..]) {
        let line = if keys.is_empty() {
            // A heading stands above keys; alone it is the sentence that there are none.
            Line::styled(*text, if lines.len() == 1 { theme.muted } else { theme.heading })
        } else {
            let keys = theme.glyphs.keys(keys);
            let gap = " ".repeat(KEYS.saturating_sub(keys.width()));
            Line::from(vec![
                Span::styled(format!("{keys}{gap}"), theme.accent),
                Span::styled(*text, theme.text),
            ])
        };
        frame.render_widget(line, place);
    }
}
