//! Keys that wait for another one: a character to go to or to put in place, a text to take whole.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::super::super::action::Action;
use super::super::Editor;
use super::motions::{Go, place};
use super::objects::{self, Way};
use super::operators::Operator;
use super::{Mode, Outcome, Vim};

/// What a key waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// A second `g`.
    Top,
    /// The character to go to.
    Character(Way),
    /// What stands in place of a character from then on.
    Replace,
    /// What is taken whole, and whether with what is around it.
    Object(bool),
    /// The register into which the next command puts what it takes, or that it puts in.
    Register,
    /// The letter under which keys are recorded.
    Record,
    /// The letter whose keys are pressed again.
    Play,
    /// Where the line of the cursor is to stand.
    Show,
    /// The letter that names the place from then on.
    Mark,
    /// The letter of a place to go to, or of its line.
    ToMark(bool),
    /// Whether another pane is meant.
    Pane,
    /// `Z` or `Q`: to leave.
    Leave,
}

pub(super) const WAITS: &[(&str, Wait, &str)] = &[
    ("f", way(true, false), "to a character of the line, which is typed after it"),
    ("F", way(false, false), "the same to the left"),
    ("t", way(true, true), "to just before a character, which is typed after it"),
    ("T", way(false, true), "the same to the left"),
    ("r", Wait::Replace, "put the character that is typed after it in place of the one under the cursor"),
    (
        "\"",
        Wait::Register,
        "the next command uses the register whose letter is typed after it: a capital adds to it, 0 is what was copied last, _ keeps nothing",
    ),
    ("q", Wait::Record, "record keys under the letter that is typed after it; q ends that"),
    ("z", Wait::Show, "zt, zz, zb: show the line of the cursor above, in the middle, below"),
    ("m", Wait::Mark, "let the letter that is typed after it name the place"),
    (
        "`",
        Wait::ToMark(false),
        "to the place of a letter; `` where one was before going far, `. and `^ the last change",
    ),
    ("'", Wait::ToMark(true), "to the first word of its line"),
    ("Ctrl-W", Wait::Pane, "Ctrl-W w: the next pane; Ctrl-W p the one before"),
    ("Z", Wait::Leave, "ZZ and ZQ: leave; the texts are kept"),
    ("@", Wait::Play, "press the keys of a letter again, or so many times; @@ those of the last one"),
];

const fn way(forward: bool, stops_before: bool) -> Wait {
    Wait::Character(Way { forward, stops_before })
}

impl Vim {
    /// The key that another one waited for.
    pub(super) fn waited(
        &mut self,
        wait: Wait,
        event: &KeyEvent,
        name: &str,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        let letter = match event.code {
            KeyCode::Char(letter) => letter,
            KeyCode::Enter if wait == Wait::Replace => '\n',
            _ => {
                self.reset(Mode::Normal);
                return Outcome::Moved;
            }
        };
        let outcome = match wait {
            Wait::Register => {
                self.registers.choose(letter);
                return Outcome::Moved;
            }
            Wait::Record => self.registers.begin_recording(letter),
            Wait::Play => self.registers.played(letter, self.count.unwrap_or(1)),
            Wait::Top => return self.named(&format!("g{name}"), editor, register),
            Wait::Show => Self::show_line(letter, editor),
            Wait::Character(way) => {
                self.sought = Some((way, letter));
                self.go_to_character(way, letter, editor.text.cursor(), editor, register)
            }
            Wait::Replace => self.put_in_place(letter, editor),
            Wait::Mark => {
                editor.text.set_mark(letter, editor.text.cursor());
                Outcome::Moved
            }
            Wait::ToMark(line) => self.go_to_mark(line, letter, editor, register),
            Wait::Pane => match letter {
                'w' | 'j' | 'l' => Outcome::Act(Action::NextPane),
                'p' | 'W' | 'k' | 'h' => Outcome::Act(Action::PreviousPane),
                _ => Outcome::Moved,
            },
            Wait::Leave => match letter {
                'Z' | 'Q' => Outcome::Act(Action::Quit),
                _ => Outcome::Moved,
            },
            Wait::Object(around) => self.take_object(around, letter, editor, register),
        };
        (self.count, self.operator) = (None, None);
        outcome
    }

    /// Goes to the place that a letter names, or takes what lies on the way.
    fn go_to_mark(
        &mut self,
        line: bool,
        letter: char,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        // Both quotes name the place before the last long way.
        let letter = if letter == '`' { '\'' } else { letter };
        let (text, at) = (&editor.text, editor.text.cursor());
        let Some(mark) = text.mark(letter) else {
            self.has_failed = true;
            return Outcome::Moved;
        };
        let (first, last) = (at.min(mark), at.max(mark));
        match self.operator {
            Some((operator, _)) => {
                let range = if line { text.line_start(first)..text.line_end(last) } else { first..last };
                self.operate(operator, range, line, editor, register)
            }
            None => {
                let to = if line { place(text, mark, Go::First, None) } else { mark };
                editor.text.set_mark('\'', at);
                editor.text.set_cursor(to);
                Outcome::Moved
            }
        }
    }

    /// Goes to a character of the line, or takes what lies on the way.
    fn go_to_character(
        &mut self,
        way: Way,
        letter: char,
        from: usize,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        let (text, at) = (&editor.text, editor.text.cursor());
        let operator = self.operator;
        let count = self.times(operator.and_then(|(_, before)| before)).unwrap_or(1);
        let Some(to) = objects::character(text, from, way, letter, count) else {
            self.has_failed = true;
            return Outcome::Moved;
        };
        match operator {
            Some((operator, _)) => {
                let range = if way.forward { at..text.after(to) } else { to..at };
                self.operate(operator, range, false, editor, register)
            }
            None => {
                editor.text.set_cursor(to);
                Outcome::Moved
            }
        }
    }

    /// The same character once more, in the same way or the other.
    pub(super) fn same_character(
        &mut self,
        same: bool,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        let Some((sought, letter)) = self.sought else { return Outcome::Moved };
        let way = Way { forward: sought.forward == same, ..sought };
        let at = editor.text.cursor();
        // The one that it stands before already is not meant.
        let from = match (way.stops_before, way.forward) {
            (false, _) => at,
            (true, true) => editor.text.after(at).min(editor.text.line_end(at)),
            (true, false) => editor.text.before(at).max(editor.text.line_start(at)),
        };
        self.go_to_character(way, letter, from, editor, register)
    }

    /// Puts a character in place of the one under the cursor, of so many, or of all that is selected.
    fn put_in_place(&mut self, letter: char, editor: &mut Editor) -> Outcome {
        let (text, at) = (&editor.text, editor.text.cursor());
        if self.mode == Mode::VisualBlock {
            return self.fill_block(letter, editor);
        }
        let is_selected = self.mode.selects();
        let range = if is_selected {
            self.selected(text, at).0
        } else {
            let ends = (0..self.count.unwrap_or(1))
                .try_fold(at, |at, _| (at < text.line_end(at)).then(|| text.after(at)));
            // The line has not so many.
            let Some(end) = ends else { return Outcome::Moved };
            at..end
        };
        let (mut new, mut at) = (String::new(), range.start);
        while at < range.end {
            let is_break = text.as_str()[at..].starts_with('\n');
            new.push(if is_break { '\n' } else { letter });
            at = text.after(at);
        }
        // A break stands once for all.
        let new = if letter == '\n' && !is_selected { "\n".to_owned() } else { new };
        let cursor = match () {
            () if is_selected => range.start,
            () if letter == '\n' => range.start + 1,
            () => range.start + new.len() - letter.len_utf8(),
        };
        editor.replace(range, &new);
        editor.text.set_cursor(cursor);
        self.reset(Mode::Normal);
        Outcome::Changed
    }

    /// An operator takes a text whole, or it is selected.
    fn take_object(
        &mut self,
        around: bool,
        letter: char,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        let found = objects::object(&editor.text, editor.text.cursor(), around, letter);
        match (found, self.operator) {
            (None, _) => Outcome::Moved,
            (Some((range, is_lines)), Some((operator, _))) => {
                editor.text.set_cursor(range.start);
                // Of an empty one there is nothing to delete or copy.
                if range.is_empty() && !is_lines && operator != Operator::Change {
                    return Outcome::Moved;
                }
                self.operate(operator, range, is_lines, editor, register)
            }
            (Some((range, is_lines)), None) => {
                if !range.is_empty() {
                    let mode = if is_lines { Mode::VisualLine } else { Mode::Visual };
                    (self.mode, self.anchor) = (mode, range.start);
                    editor.text.set_cursor(editor.text.before(range.end));
                }
                Outcome::Moved
            }
        }
    }
}
