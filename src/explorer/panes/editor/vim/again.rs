//! The last change of vim's modes, done again: its keys, and the text that was inserted after them.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::Editor;
use super::{Mode, Outcome, Vim};

/// What is known of changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// The keys since nothing was begun.
    typed: Vec<KeyEvent>,
    /// What stands before the place where text is being inserted, and after it.
    inserting: Option<(String, String)>,
    /// The keys of the last change, and what was inserted.
    last: Option<(Vec<KeyEvent>, String)>,
    /// The last change is being done again.
    is_again: bool,
}

impl Vim {
    /// A key came, before it does anything.
    pub(super) fn note_key(&mut self, event: &KeyEvent) {
        if self.mode == Mode::Normal && self.is_idle() {
            self.memory.typed.clear();
        }
        self.memory.typed.push(*event);
    }

    /// What came of the keys so far: a change is remembered, an insertion once it has ended.
    pub(super) fn note_outcome(&mut self, outcome: &Outcome, editor: &Editor) {
        if self.memory.is_again || self.memory.typed.is_empty() {
            return;
        }
        if self.mode == Mode::Insert {
            let (before, after) = editor.text.as_str().split_at(editor.text.cursor());
            self.memory.inserting = Some((before.to_owned(), after.to_owned()));
        } else if *outcome == Outcome::Changed && self.mode == Mode::Normal {
            self.memory.last = Some((self.memory.typed.clone(), String::new()));
        }
    }

    /// Inserting ended: what now stands where it began is what was inserted; nothing of it is known once other places
    /// were changed too.
    pub(super) fn note_inserted(&mut self, editor: &Editor) {
        let Some((before, after)) = self.memory.inserting.take() else { return };
        let inserted =
            editor.text.as_str().strip_prefix(&*before).and_then(|rest| rest.strip_suffix(&*after));
        self.memory.last = Some((self.memory.typed.clone(), inserted.unwrap_or_default().to_owned()));
    }

    /// Does the last change so many times more.
    pub(super) fn again(&mut self, count: usize, editor: &mut Editor, register: &mut String) -> Outcome {
        let Some((keys, inserted)) = self.memory.last.clone() else { return Outcome::Moved };
        self.reset(Mode::Normal);
        self.memory.is_again = true;
        for _ in 0..count {
            for key in &keys {
                self.key(key, editor, register);
            }
            if self.mode == Mode::Insert {
                if !inserted.is_empty() {
                    editor.insert(&inserted);
                }
                self.key(&KeyEvent::from(KeyCode::Esc), editor, register);
            }
        }
        self.memory.is_again = false;
        self.forget_keys();
        Outcome::Changed
    }

    /// The keys so far are no change of their own.
    pub(super) fn forget_keys(&mut self) {
        self.memory.typed.clear();
    }
}
