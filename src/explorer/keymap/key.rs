//! A key: as a terminal sends it, and as a person writes it.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers; upper-case letters stand for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub(super) code: KeyCode,
    pub(super) ctrl: bool,
    /// Of keys that are no letters: those are other letters with it.
    pub(super) shift: bool,
}

pub(super) const fn key(code: KeyCode) -> Key {
    Key { code, ctrl: false, shift: false }
}

pub(super) const fn shift(code: KeyCode) -> Key {
    Key { code, ctrl: false, shift: true }
}

pub(super) const fn letter(letter: char) -> Key {
    key(KeyCode::Char(letter))
}

pub(super) const fn ctrl(letter: char) -> Key {
    Key { code: KeyCode::Char(letter), ctrl: true, shift: false }
}

/// Names of the keys that are no letters; the first of a key is the one that is shown.
const NAMES: [(&str, KeyCode); 24] = [
    ("↑", KeyCode::Up),
    ("Up", KeyCode::Up),
    ("↓", KeyCode::Down),
    ("Down", KeyCode::Down),
    ("←", KeyCode::Left),
    ("Left", KeyCode::Left),
    ("→", KeyCode::Right),
    ("Right", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PageUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("PageDown", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Del", KeyCode::Delete),
    ("Delete", KeyCode::Delete),
    ("Ins", KeyCode::Insert),
    ("Insert", KeyCode::Insert),
];

/// What terminals send for these is another key.
const SAME: [(char, &str); 4] = [('i', "Tab"), ('m', "Enter"), ('[', "Esc"), ('h', "Backspace")];

impl Key {
    /// The key of an event; none of one with Alt or Super, which do not arrive everywhere.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Option<Self> {
        let odd = event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER);
        let is_letter = matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab);
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        // A terminal sends one byte for several of these.
        let code = match event.code {
            KeyCode::Char('4') if ctrl => KeyCode::Char('\\'),
            KeyCode::Char('7' | '_') if ctrl => KeyCode::Char('/'),
            code => code,
        };
        (!odd).then(|| Self {
            code,
            ctrl,
            shift: event.modifiers.contains(KeyModifiers::SHIFT) && !is_letter,
        })
    }

    /// Whether it is text where text is typed.
    #[must_use]
    pub fn is_text(self) -> bool {
        !self.ctrl && matches!(self.code, KeyCode::Char(_))
    }

    #[must_use]
    #[cfg(test)]
    pub(super) fn is_function(self) -> bool {
        matches!(self.code, KeyCode::F(_))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.shift {
            f.write_str("Shift-")?;
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(letter) if self.ctrl => write!(f, "{}", letter.to_ascii_uppercase()),
            KeyCode::Char(letter) => write!(f, "{letter}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            other => write!(f, "{other}"),
        }
    }
}

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("{0:?} is not a key, such as X, Ctrl-X, F5, Enter, Esc, Tab, Space, PgUp or Up")]
    Unknown(String),
    #[error("terminals send {1} for {0}, so name that")]
    Same(String, &'static str),
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let unknown = || KeyError::Unknown(text.to_owned());
        let plain = text.strip_prefix("Ctrl-").filter(|plain| !plain.is_empty());
        let name = plain.unwrap_or(text);
        let is_named = |text: &str| NAMES.iter().any(|(known, _)| known.eq_ignore_ascii_case(text));
        let unshifted = name.strip_prefix("Shift-").filter(|_| !is_named(name));
        let name = unshifted.unwrap_or(name);
        let named = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
        let function = || {
            let number = name.strip_prefix('F')?.parse().ok()?;
            (1..=12).contains(&number).then_some(KeyCode::F(number))
        };
        let single = || {
            let mut letters = name.chars();
            let letter = letters.next().filter(|letter| !letter.is_control() && !letter.is_whitespace())?;
            let letter = if plain.is_some() { letter.to_ascii_lowercase() } else { letter };
            letters.next().is_none().then_some(KeyCode::Char(letter))
        };
        let code = named.or_else(function).or_else(single).ok_or_else(unknown)?;
        if let (KeyCode::Char(letter), Some(_)) = (code, plain)
            && let Some((_, other)) = SAME.iter().find(|(same, _)| *same == letter)
        {
            return Err(KeyError::Same(text.to_owned(), other));
        }
        if unshifted.is_some() && matches!(code, KeyCode::Char(_)) {
            return Err(unknown());
        }
        Ok(Self { code, ctrl: plain.is_some(), shift: unshifted.is_some() })
    }
}
