//! Typing over what stands there.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::Editor;
use super::super::text::Group;
use super::{Mode, Outcome, Vim};

/// What was typed over, letter by letter: what stood there, and what stands there now.
pub(super) type Over = Vec<(String, char)>;

impl Vim {
    pub(super) fn begin_over(&mut self, editor: &mut Editor) -> Outcome {
        let at = editor.text.cursor();
        self.reset(Mode::Replace);
        self.over.clear();
        editor.text.set_cursor(at);
        Outcome::Moved
    }

    /// A key while typing over; nothing for one that the ordinary editor takes.
    pub(super) fn over_key(&mut self, event: &KeyEvent, editor: &mut Editor) -> Option<Outcome> {
        match event.code {
            _ if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => None,
            KeyCode::Char(letter) => {
                self.type_over(letter, editor);
                Some(Outcome::Changed)
            }
            KeyCode::Backspace => Some(self.bring_back(editor)),
            // Esc ends it; any other key goes elsewhere, and what stood here is not brought back from there.
            KeyCode::Esc => None,
            _ => {
                self.over.clear();
                None
            }
        }
    }

    /// A letter takes the place of the one under the cursor; a line grows at its end.
    pub(super) fn type_over(&mut self, letter: char, editor: &mut Editor) {
        let text = &editor.text;
        let at = text.cursor();
        self.forget_elsewhere(at);
        let end = if at == text.line_end(at) { at } else { text.after(at) };
        let stood = text.as_str()[at..end].to_owned();
        // What is typed in one go is undone at once.
        let group = if self.over.is_empty() { Group::Alone } else { Group::Same };
        editor.text.replace(at..end, letter.encode_utf8(&mut [0; 4]), group);
        editor.text_changed();
        self.over_end = at + letter.len_utf8();
        editor.text.set_cursor(self.over_end);
        self.over.push((stood, letter));
    }

    /// What stood elsewhere than before the cursor is not brought back: a key or a text that went to the ordinary editor moved it.
    fn forget_elsewhere(&mut self, at: usize) {
        if at != self.over_end {
            self.over.clear();
        }
    }

    fn bring_back(&mut self, editor: &mut Editor) -> Outcome {
        let at = editor.text.cursor();
        self.forget_elsewhere(at);
        let place = self.over.pop().and_then(|(stood, letter)| {
            let start = at.checked_sub(letter.len_utf8())?;
            editor.text.as_str().get(start..at)?.starts_with(letter).then_some((start, stood))
        });
        let Some((start, stood)) = place else {
            self.over.clear();
            editor.text.set_cursor(editor.text.before(at).max(editor.text.line_start(at)));
            return Outcome::Moved;
        };
        editor.text.replace(start..at, &stood, Group::Same);
        editor.text_changed();
        editor.text.set_cursor(start);
        self.over_end = start;
        Outcome::Changed
    }
}
