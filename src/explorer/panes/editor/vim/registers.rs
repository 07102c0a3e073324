//! The registers that a letter names, and keys that are recorded under one.

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;

use super::super::Editor;
use super::{Outcome, Vim};

/// Keys that are recorded under one letter at the most.
const MOST_KEYS: usize = 10_000;

/// What stands under letters.
#[derive(Debug, Clone, Default)]
pub(super) struct Registers {
    texts: BTreeMap<char, Kept>,
    keys: BTreeMap<char, Vec<KeyEvent>>,
    /// The text of the register that is used, where it was taken as a block: lines that are put beside one another.
    block: Option<String>,
    /// The one that the command being typed uses.
    pub chosen: Option<char>,
    recording: Option<(char, Vec<KeyEvent>)>,
    /// The letters whose keys are being pressed again, the last of them innermost, and the one before that.
    playing: Vec<char>,
    last: Option<char>,
}

/// A text under a letter, and whether it was taken as a block.
#[derive(Debug, Clone, Default)]
struct Kept {
    text: String,
    is_block: bool,
}

impl Kept {
    /// Another one behind it; lines are added to a block.
    fn and(self, more: Self) -> Self {
        match self.is_block {
            _ if self.text.is_empty() => more,
            true => Self { text: self.text + "\n" + more.text.trim_end_matches('\n'), is_block: true },
            false => Self { text: self.text + &more.text, is_block: false },
        }
    }
}

impl Registers {
    /// A key came: it is recorded, unless it was recorded before.
    pub fn note(&mut self, event: &KeyEvent) {
        if let Some((_, keys)) = self.recording.as_mut().filter(|(_, keys)| keys.len() < MOST_KEYS)
            && self.playing.is_empty()
        {
            keys.push(*event);
        }
    }

    /// The next command uses this register; `"` and `+` are the one that is used anyway.
    pub fn choose(&mut self, letter: char) {
        self.chosen = (letter.is_ascii_alphanumeric() || letter == '_').then_some(letter);
    }

    /// Remembers what was taken, and whether that was as a block.
    pub fn took(&mut self, text: &str, as_block: bool) {
        if as_block {
            self.block = Some(text.to_owned());
        } else if self.is_block(text) {
            self.block = None;
        }
    }

    pub fn is_block(&self, text: &str) -> bool {
        self.block.as_deref() == Some(text)
    }

    pub fn begin_recording(&mut self, letter: char) -> Outcome {
        if letter.is_ascii_alphanumeric() && self.playing.is_empty() {
            self.recording = Some((letter, Vec::new()));
        }
        Outcome::Moved
    }

    /// Ends a recording with the key that says so; says whether there was one.
    pub fn end_recording(&mut self) -> bool {
        if !self.playing.is_empty() {
            return false;
        }
        let Some((letter, mut keys)) = self.recording.take() else { return false };
        keys.pop();
        self.keys.insert(letter, keys);
        true
    }

    /// What is asked for with `@` and a letter; one that presses itself ends there.
    pub fn played(&self, letter: char, times: usize) -> Outcome {
        let letter = if letter == '@' { self.last } else { Some(letter) };
        match letter.filter(|letter| self.keys.contains_key(letter) && !self.playing.contains(letter)) {
            Some(letter) => Outcome::Play(letter, times),
            None => Outcome::Moved,
        }
    }
}

impl Vim {
    /// The letter under which keys are being recorded.
    #[must_use]
    pub fn recording(&self) -> Option<char> {
        self.registers.recording.as_ref().map(|(letter, _)| *letter)
    }

    /// The keys of a letter, which are pressed from now on until [`Vim::end_playing`].
    pub fn begin_playing(&mut self, letter: char) -> Vec<KeyEvent> {
        self.registers.playing.push(letter);
        self.registers.last = Some(letter);
        self.registers.keys.get(&letter).cloned().unwrap_or_default()
    }

    /// Says whether no key is pressed for another any more.
    pub fn end_playing(&mut self) -> bool {
        self.registers.playing.pop();
        self.registers.playing.is_empty()
    }

    /// A key that is typed into what a command asks for.
    pub fn note_typed(&mut self, event: &KeyEvent) {
        self.registers.note(event);
    }

    /// A key, with the register that was chosen for it in place of the one that is used anyway.
    pub(super) fn with_register(
        &mut self,
        event: &KeyEvent,
        name: &str,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        let Some(letter) = self.registers.chosen else {
            let outcome = self.dispatch(event, name, editor, register);
            if let Outcome::Copied(text) = &outcome {
                let kept = Kept { text: text.clone(), is_block: self.registers.is_block(text) };
                self.registers.texts.insert('0', kept);
            }
            return outcome;
        };
        let of = letter.to_ascii_lowercase();
        let held = self.registers.texts.get(&of).cloned().unwrap_or_default();
        let puts = self.waits.is_none() && matches!(name, "p" | "P");
        let mut text = if puts { held.text.clone() } else { String::new() };
        let block = (puts && held.is_block).then(|| text.clone());
        let unnamed = std::mem::replace(&mut self.registers.block, block);
        let outcome = self.dispatch(event, name, editor, &mut text);
        let is_block = self.registers.is_block(&text);
        self.registers.block = unnamed;
        if !self.mode.types() && self.operator.is_none() && self.waits.is_none() && self.count.is_none() {
            self.registers.chosen = None;
        }
        if puts {
            // What it took the place of.
            if text != held.text {
                self.registers.took(&text, is_block);
                *register = text;
            }
        } else if !text.is_empty() && letter != '_' {
            let taken = Kept { text, is_block };
            let whole = if letter.is_ascii_uppercase() { held.and(taken) } else { taken };
            self.registers.took(&whole.text, whole.is_block);
            register.clone_from(&whole.text);
            self.registers.texts.insert(of, whole);
        }
        // What is meant for a register is not for the terminal.
        if matches!(outcome, Outcome::Copied(_)) { Outcome::Moved } else { outcome }
    }
}
