//! The keys, to be changed: every action with its keys, and the next key pressed becomes that of the action chosen.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::keymap::own::KeyFault;
use super::super::keymap::{self, Key, Keymap, Scope};
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::line::Input;
use super::pointed::Listed;
use super::{Answer, boxed};

/// Lines of the box, the one that is typed among them.
pub(super) const LINES: u16 = 18;
/// Columns of the names, and of the keys.
const NAME: usize = 17;
const KEYS: usize = 12;

/// The list with what was typed, and what is asked.
#[derive(Debug)]
pub struct KeyList {
    keymap: Keymap,
    needle: Input,
    at: usize,
    asks: Option<Asks>,
}

/// A key is waited for.
#[derive(Debug)]
struct Asks {
    action: Action,
    /// The key that was pressed, and why it cannot be had as things are.
    refused: Option<(Key, KeyFault)>,
}

impl KeyList {
    #[must_use]
    pub fn new(keymap: &Keymap) -> Self {
        Self { keymap: keymap.clone(), needle: Input::default(), at: 0, asks: None }
    }

    /// Whether the next key is what it waits for, whatever it means elsewhere.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.asks.is_some()
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.needle.paste(text);
        self.at = 0;
    }

    /// What fits the words typed.
    fn found(&self) -> Vec<(Scope, Action)> {
        let fits = |(scope, action): &(Scope, Action)| {
            self.needle.finds(&format!("{} {} {}", action.name(), action.help(), scope.label()))
        };
        keymap::actions().filter(fits).collect()
    }

    pub(super) fn listed(&self, height: u16) -> Listed {
        Listed { height, above: 1, below: 0, count: self.found().len(), at: self.at, top: None }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        if let Some(asks) = self.asks.take() {
            return self.take(asks, key);
        }
        let chosen = self.found().get(self.at).map(|(_, action)| *action);
        match (key.code, chosen) {
            (KeyCode::Enter, Some(action)) => self.asks = Some(Asks { action, refused: None }),
            (KeyCode::Delete, Some(action)) => {
                let own = self.keymap.own().clone().with(action, None);
                if let Ok(keymap) = Keymap::with(own) {
                    return self.changed(keymap);
                }
            }
            (KeyCode::Up, _) => self.at = self.at.saturating_sub(1),
            (KeyCode::Down, _) => self.at = (self.at + 1).min(self.found().len().saturating_sub(1)),
            _ => {
                self.needle.key(key);
                self.at = 0;
            }
        }
        Answer::Stay
    }

    /// Takes the key that an action shall have; one that another action has, after Enter only.
    fn take(&mut self, asks: Asks, pressed: &KeyEvent) -> Answer {
        if pressed.code == KeyCode::Esc {
            return Answer::Stay;
        }
        let Asks { action, refused } = asks;
        let own = self.keymap.own().clone();
        let (key, own) = match refused {
            Some((key, KeyFault { taken_from: Some(other), .. })) if pressed.code == KeyCode::Enter => (
                key,
                own.with(other, Some(self.keymap.all(other).into_iter().filter(|had| *had != key).collect())),
            ),
            _ => match Key::of(pressed) {
                Some(key) => (key, own),
                None => {
                    self.asks = Some(Asks { action, refused: None });
                    return Answer::Stay;
                }
            },
        };
        match Keymap::with(own.with(action, Some(vec![key]))) {
            Ok(keymap) => self.changed(keymap),
            Err(fault) => {
                self.asks = Some(Asks { action, refused: Some((key, fault)) });
                Answer::Stay
            }
        }
    }

    fn changed(&mut self, keymap: Keymap) -> Answer {
        self.keymap.clone_from(&keymap);
        Answer::Keys(keymap)
    }

    /// What the first line says while a key is waited for.
    fn question(&self) -> Option<String> {
        let Asks { action, refused } = self.asks.as_ref()?;
        Some(match refused {
            None => format!("press the key for {:?}; Esc leaves it", action.name()),
            Some((_, fault)) if fault.taken_from.is_some() => {
                format!("{fault}; Enter takes it from there, Esc leaves it")
            }
            Some((_, fault)) => format!("{fault}; press another, Esc leaves it"),
        })
    }
}

/// Draws what was typed, or the question, and the actions with their keys.
pub fn draw(frame: &mut Frame, list: &KeyList, theme: &Theme) {
    let found = list.found();
    let inside = boxed(frame, "Change keys", 88, LINES, theme);
    let room = usize::from(inside.height.saturating_sub(1)).max(1);
    let top = (list.at + 1).saturating_sub(room);
    for (place, index) in inside.rows().skip(1).zip(top..found.len()) {
        let (scope, action) = found[index];
        let keys = list.keymap.keys(scope, action);
        let keys = theme.glyphs.keys(&keys);
        let gap = " ".repeat(KEYS.saturating_sub(keys.width()));
        let style = if index == list.at { theme.cursor } else { theme.text };
        let keys = format!(" {keys}{gap} ");
        let room = usize::from(place.width).saturating_sub(NAME + keys.width());
        let what = format!("{} · {}", scope.label(), action.help());
        let line = Line::from(vec![
            Span::styled(format!("{:<NAME$}", action.name()), style),
            Span::styled(keys, theme.accent),
            Span::styled(cut(&what, room).into_owned(), theme.muted),
        ]);
        frame.render_widget(line, place);
    }
    if let (true, Some(place)) = (found.is_empty(), inside.rows().nth(1)) {
        let none = list.needle.unmatched("action", place.width.into());
        frame.render_widget(Line::styled(none, theme.muted), place);
    }
    let place = Rect { height: inside.height.min(1), ..inside };
    if let Some(question) = list.question() {
        frame.render_widget(Line::styled(theme.glyphs.keys(&question), theme.heading), place);
        return;
    }
    list.needle.draw_marked(frame, place, theme);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(list: &mut KeyList, codes: &[KeyCode]) -> Vec<Answer> {
        codes.iter().map(|code| list.key(&KeyEvent::from(*code))).collect()
    }

    #[test]
    fn a_key_of_another_action_is_taken_after_a_second_yes() {
        let mut list = KeyList::new(&Keymap::default());
        list.paste("copy row");
        let answers = press(&mut list, &[KeyCode::Enter, KeyCode::Char('x')]);
        assert_eq!(answers, [Answer::Stay, Answer::Stay]);
        assert!(list.question().unwrap().contains("x already means \"export\" (results)"));
        let answers = press(&mut list, &[KeyCode::Enter]);
        let Some(Answer::Keys(keymap)) = answers.first() else { panic!("{answers:?}") };
        assert_eq!(keymap.keys(Scope::Results, Action::CopyRow), "x");
        assert_eq!(keymap.keys(Scope::Results, Action::Export), "");
        // As it came: export has its key back only once copy row gives it back.
        assert!(matches!(press(&mut list, &[KeyCode::Delete])[0], Answer::Keys(_)));
        assert_eq!(list.keymap.keys(Scope::Results, Action::CopyRow), "Y");
    }

    #[test]
    fn esc_leaves_the_key_and_tab_can_be_one() {
        let mut list = KeyList::new(&Keymap::default());
        list.paste("copy row");
        press(&mut list, &[KeyCode::Enter, KeyCode::Esc]);
        assert!(!list.is_asking());
        press(&mut list, &[KeyCode::Enter, KeyCode::F(7)]);
        assert_eq!(list.keymap.keys(Scope::Results, Action::CopyRow), "F7");
    }
}
