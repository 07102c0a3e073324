//! The keys of typing: moving the cursor and deleting. With Shift a move selects.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::action::Edit;

/// A key with its modifiers but Shift, and its name.
pub type Press = (KeyCode, KeyModifiers, &'static str);

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;

/// Every key, and what it does in words.
pub const KEYS: &[(Edit, &[Press], &str)] = &[
    (Edit::Left, &[(KeyCode::Left, NONE, "←")], "one character to the left; with Shift every move selects"),
    (Edit::Right, &[(KeyCode::Right, NONE, "→")], "one character to the right"),
    (Edit::Up, &[(KeyCode::Up, NONE, "↑")], "one line up"),
    (Edit::Down, &[(KeyCode::Down, NONE, "↓")], "one line down"),
    (
        Edit::WordLeft,
        &[(KeyCode::Left, CTRL, "Ctrl-←"), (KeyCode::Char('b'), ALT, "Alt-B")],
        "to the beginning of the word before",
    ),
    (
        Edit::WordRight,
        &[(KeyCode::Right, CTRL, "Ctrl-→"), (KeyCode::Char('f'), ALT, "Alt-F")],
        "to the end of the word after",
    ),
    (Edit::LineStart, &[(KeyCode::Home, NONE, "Home")], "to the beginning of the line"),
    (Edit::LineEnd, &[(KeyCode::End, NONE, "End")], "to the end of the line"),
    (Edit::PageUp, &[(KeyCode::PageUp, NONE, "PgUp")], "one screen up"),
    (Edit::PageDown, &[(KeyCode::PageDown, NONE, "PgDn")], "one screen down"),
    (
        Edit::TextStart,
        &[(KeyCode::Home, CTRL, "Ctrl-Home"), (KeyCode::Char('<'), ALT, "Alt-<")],
        "to the beginning of the text",
    ),
    (
        Edit::TextEnd,
        &[(KeyCode::End, CTRL, "Ctrl-End"), (KeyCode::Char('>'), ALT, "Alt->")],
        "to the end of the text",
    ),
    // A line feed comes as Ctrl-J where a terminal pastes unbracketed.
    (
        Edit::NewLine,
        &[
            (KeyCode::Enter, NONE, "Enter"),
            (KeyCode::Char('j'), CTRL, "Ctrl-J"),
            (KeyCode::Char('m'), CTRL, "Ctrl-M"),
        ],
        "a new line",
    ),
    (
        Edit::DeleteBefore,
        &[(KeyCode::Backspace, NONE, "Backspace"), (KeyCode::Char('h'), CTRL, "Ctrl-H")],
        "delete the character before the cursor",
    ),
    (Edit::DeleteAfter, &[(KeyCode::Delete, NONE, "Del")], "delete the character after the cursor"),
    (
        Edit::DeleteWordBefore,
        &[(KeyCode::Char('w'), CTRL, "Ctrl-W"), (KeyCode::Backspace, ALT, "Alt-Backspace")],
        "delete back to the beginning of the word",
    ),
    (
        Edit::DeleteWordAfter,
        &[(KeyCode::Char('d'), ALT, "Alt-D"), (KeyCode::Delete, CTRL, "Ctrl-Del")],
        "delete to the end of the word",
    ),
    (Edit::DeleteToLineEnd, &[(KeyCode::Char('k'), CTRL, "Ctrl-K")], "delete to the end of the line"),
];

/// What a key does to the text, and whether it selects on its way.
#[must_use]
pub fn lookup(event: &KeyEvent) -> Option<(Edit, bool)> {
    let selects = event.modifiers.contains(KeyModifiers::SHIFT);
    let rest = event.modifiers - KeyModifiers::SHIFT;
    let is_it = |(code, modifiers, _): &&Press| *code == event.code && *modifiers == rest;
    let found = KEYS.iter().find(|(_, presses, _)| presses.iter().any(|press| is_it(&press)));
    found.map(|(edit, ..)| (*edit, selects))
}

/// The letter that a key types.
#[must_use]
pub fn letter(event: &KeyEvent) -> Option<char> {
    match event.code {
        KeyCode::Char(letter) if !event.modifiers.intersects(CTRL | ALT | KeyModifiers::SUPER) => {
            Some(letter)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::action::Pane;
    use super::*;

    #[test]
    fn no_key_of_typing_is_bound_to_an_action() {
        let mut seen = Vec::new();
        for (_, presses, _) in KEYS {
            for (code, modifiers, name) in *presses {
                let event = KeyEvent::new(*code, *modifiers);
                assert_eq!(super::super::Keymap::default().lookup(Pane::Editor, &event), None, "{name}");
                assert!(!seen.contains(&(*code, *modifiers)), "{name} twice");
                seen.push((*code, *modifiers));
            }
        }
    }
}
