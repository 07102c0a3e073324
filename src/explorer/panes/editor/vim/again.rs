//! The last change of vim's modes, done again: its keys, and the text that was inserted after them.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::Editor;
use super::{Mode, Outcome, Vim};

/// Bytes that a count makes of one text at the most.
const MOST_INSERTED: usize = 1 << 20;

/// A text as often as a count says, which is no more than makes sense.
pub(super) fn repeated(text: &str, count: usize) -> String {
    text.repeat(at_most(count, text.len()))
}

/// A count for a text of so many bytes.
pub(super) fn at_most(count: usize, bytes: usize) -> usize {
    count.min((MOST_INSERTED / bytes.max(1)).max(1))
}

/// What is known of changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// The keys since nothing was begun.
    typed: Vec<KeyEvent>,
    /// What stands before the place where text is being inserted, and after it.
    inserting: Option<(String, String)>,
    /// The keys of the last change, and what was inserted.
    last: Option<(Vec<KeyEvent>, String)>,
    /// The step of the text before the last key.
    pub step: u64,
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
    pub(super) fn note_outcome(&mut self, outcome: &Outcome, editor: &mut Editor) {
        if *outcome == Outcome::Changed {
            editor.text.set_mark('.', editor.text.cursor());
        }
        if self.memory.is_again || self.memory.typed.is_empty() {
            return;
        }
        if self.mode.types() {
            let (before, after) = editor.text.as_str().split_at(editor.text.cursor());
            self.memory.inserting = Some((before.to_owned(), after.to_owned()));
        } else if *outcome == Outcome::Changed && self.mode == Mode::Normal {
            self.memory.last = Some((self.memory.typed.clone(), String::new()));
        }
    }

    /// Inserting ended: what now stands where it began is what was inserted; nothing of it is known once other places
    /// were changed too.
    pub(super) fn note_inserted(&mut self, editor: &Editor) {
        if !self.over.is_empty() {
            let typed = self.over.drain(..).map(|(_, letter)| letter).collect();
            (self.memory.inserting, self.memory.last) = (None, Some((self.memory.typed.clone(), typed)));
            return;
        }
        let Some((before, after)) = self.memory.inserting.take() else { return };
        let inserted =
            editor.text.as_str().strip_prefix(&*before).and_then(|rest| rest.strip_suffix(&*after));
        self.memory.last = Some((self.memory.typed.clone(), inserted.unwrap_or_default().to_owned()));
    }

    /// What was inserted last.
    pub(super) fn inserted(&self) -> &str {
        self.memory.last.as_ref().map_or("", |(_, inserted)| inserted.as_str())
    }

    /// What is inserted with a count stands there so many times.
    pub(super) fn insert_again(&mut self, editor: &mut Editor) {
        let more = std::mem::take(&mut self.inserts).saturating_sub(1);
        let inserted = self.inserted();
        if more > 0 && !inserted.is_empty() {
            editor.insert(&repeated(inserted, more));
        }
    }

    /// Does the last change once more; a count stands in place of its own, from now on.
    pub(super) fn again(
        &mut self,
        count: Option<usize>,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        let Some((mut keys, inserted)) = self.memory.last.clone() else { return Outcome::Moved };
        self.reset(Mode::Normal);
        self.memory.is_again = true;
        if let Some(count) = count {
            keys = with_count(&keys, count);
            self.memory.last = Some((keys.clone(), inserted.clone()));
        }
        for key in &keys {
            self.key(key, editor, register);
        }
        if self.mode.types() {
            if self.mode == Mode::Replace {
                inserted.chars().for_each(|letter| self.type_over(letter, editor));
            } else if !inserted.is_empty() {
                editor.insert(&inserted);
            }
            self.key(&KeyEvent::from(KeyCode::Esc), editor, register);
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

/// The keys of a command with another count in place of those before its operator and after it.
fn with_count(keys: &[KeyEvent], count: usize) -> Vec<KeyEvent> {
    let letter = |at: usize| match keys.get(at).map(|key| key.code) {
        Some(KeyCode::Char(letter)) => Some(letter),
        _ => None,
    };
    let after_digits = |from: usize| {
        let is_digit = |at: &usize| letter(*at).is_some_and(|letter| letter.is_ascii_digit());
        // 0 alone is a motion.
        if letter(from) == Some('0') {
            from
        } else {
            (from..keys.len()).find(|at| !is_digit(at)).unwrap_or(keys.len())
        }
    };
    // A register stands before all.
    let register = if letter(0) == Some('"') { keys.len().min(2) } else { 0 };
    let command = after_digits(register);
    let length = match (letter(command), letter(command + 1)) {
        (Some('d' | 'c' | 'y' | '<' | '>'), _) => 1,
        (Some('g'), Some('U' | 'u' | '~' | 'c')) => 2,
        _ => 0,
    };
    let operator = command + length;
    let rest = if length > 0 { after_digits(operator) } else { operator };
    let digits = count.to_string();
    let digits = digits.chars().map(|digit| KeyEvent::from(KeyCode::Char(digit)));
    let parts = [&keys[..register], &keys[command..operator], &keys[rest..]];
    parts[0]
        .iter()
        .copied()
        .chain(digits)
        .chain(parts[1].iter().copied())
        .chain(parts[2].iter().copied())
        .collect()
}
