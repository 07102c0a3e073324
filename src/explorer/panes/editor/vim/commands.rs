//! The commands of vim's modes, each with its key.

use std::ops::Range;

use super::super::super::super::action::Action;
use super::super::Editor;
use super::super::search::Step;
use super::lines::put;
use super::motions::{Go, place};
use super::operators::{Operator, whole_lines};
use super::{Mode, Outcome, Vim};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Insert,
    Append,
    InsertFirst,
    AppendLast,
    OpenBelow,
    OpenAbove,
    Operate(Operator),
    ToLineEnd(Operator),
    Characters(Operator),
    CharactersBefore,
    Lines(Operator),
    SwitchCase,
    PutAfter,
    PutBefore,
    Join,
    Undo,
    Redo,
    Again,
    SameCharacter(bool),
    Select(Mode),
    Find,
    Next,
    Previous,
    Run,
    Leave,
}

pub(super) const COMMANDS: &[(&str, Command, &str)] = &[
    ("i", Command::Insert, "insert before the cursor"),
    ("a", Command::Append, "insert after the cursor"),
    ("I", Command::InsertFirst, "insert at the beginning of the line"),
    ("A", Command::AppendLast, "insert at the end of the line"),
    ("o", Command::OpenBelow, "insert on a new line below"),
    ("O", Command::OpenAbove, "insert on a new line above"),
    ("x", Command::Characters(Operator::Delete), "delete the character under the cursor"),
    ("X", Command::CharactersBefore, "delete the character before the cursor"),
    ("s", Command::Characters(Operator::Change), "delete the character under the cursor and insert there"),
    ("S", Command::Lines(Operator::Change), "change whole lines"),
    ("~", Command::SwitchCase, "make a small letter a capital, or a capital a small one"),
    ("d", Command::Operate(Operator::Delete), "delete what a motion passes; dd whole lines"),
    ("c", Command::Operate(Operator::Change), "the same, and insert there"),
    ("y", Command::Operate(Operator::Yank), "copy it, through the terminal too"),
    (
        ">",
        Command::Operate(Operator::Shift(true)),
        "move the lines that a motion passes to the right; >> these lines",
    ),
    ("<", Command::Operate(Operator::Shift(false)), "the same to the left"),
    ("D", Command::ToLineEnd(Operator::Delete), "delete to the end of the line"),
    ("C", Command::ToLineEnd(Operator::Change), "the same, and insert there"),
    ("Y", Command::Lines(Operator::Yank), "copy whole lines"),
    ("p", Command::PutAfter, "put in what was copied or deleted, after the cursor"),
    ("P", Command::PutBefore, "the same before it"),
    ("J", Command::Join, "join the line with the next, or so many lines"),
    (";", Command::SameCharacter(true), "to the character that f, t, F or T looked for last"),
    (",", Command::SameCharacter(false), "the same the other way"),
    (".", Command::Again, "do the last change again; a count stands in place of its own"),
    ("u", Command::Undo, "take the last change back"),
    ("Ctrl-R", Command::Redo, "do it again"),
    ("v", Command::Select(Mode::Visual), "select characters"),
    ("V", Command::Select(Mode::VisualLine), "select lines"),
    ("/", Command::Find, "find and replace"),
    ("n", Command::Next, "the next place of what was searched for"),
    ("N", Command::Previous, "the one before"),
    ("Enter", Command::Run, "run what is selected, else the statement under the cursor"),
    ("Esc", Command::Leave, "back to normal mode; from there go to the results"),
];

impl Vim {
    pub(super) fn command(
        &mut self,
        command: Command,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        if matches!(self.mode, Mode::Visual | Mode::VisualLine)
            && let Some(outcome) = self.on_selected(command, editor, register)
        {
            return outcome;
        }
        let text = &editor.text;
        let (at, count) = (text.cursor(), self.count.unwrap_or(1));
        match command {
            Command::Operate(operator) => self.begin(operator, editor, register),
            Command::Lines(operator) => {
                self.operate(operator, whole_lines(text, count), true, editor, register)
            }
            Command::ToLineEnd(operator) => {
                self.operate(operator, at..place(text, at, Go::LineEnd, self.count), false, editor, register)
            }
            Command::Characters(operator) => {
                let range = at..place(text, at, Go::Right, self.count);
                self.operate(operator, range, false, editor, register)
            }
            Command::CharactersBefore => {
                let range = place(text, at, Go::Left, self.count)..at;
                self.operate(Operator::Delete, range, false, editor, register)
            }
            Command::SwitchCase => {
                let range = at..place(text, at, Go::Right, self.count);
                self.switch_case(range, editor)
            }
            Command::PutAfter | Command::PutBefore => {
                put(editor, command == Command::PutAfter, &register.repeat(count))
            }
            Command::Undo | Command::Redo => {
                self.forget_keys();
                let back = command == Command::Undo;
                let changed = (0..count).take_while(|_| editor.undo(back)).count();
                if changed > 0 { Outcome::Changed } else { Outcome::Moved }
            }
            Command::Select(mode) => {
                if !matches!(self.mode, Mode::Visual | Mode::VisualLine) {
                    self.anchor = at;
                }
                self.mode = if self.mode == mode { Mode::Normal } else { mode };
                Outcome::Moved
            }
            Command::Join => self.join(editor),
            Command::Again => self.again(self.count, editor, register),
            Command::SameCharacter(same) => self.same_character(same, editor, register),
            Command::Find => Outcome::Act(Action::FindText),
            Command::Next => {
                editor.text.set_cursor(editor.text.after(at));
                Outcome::Search(Step::Next)
            }
            Command::Previous => Outcome::Search(Step::Previous),
            Command::Run => Outcome::Act(Action::Run),
            Command::Leave => {
                let is_idle = self.mode == Mode::Normal && self.is_idle();
                self.reset(Mode::Normal);
                if is_idle { Outcome::Act(Action::GoResults) } else { Outcome::Moved }
            }
            _ => self.insert(command, editor),
        }
    }

    /// Small letters become capitals and capitals small ones; the cursor goes behind them, or to what was selected.
    pub(super) fn switch_case(&mut self, range: Range<usize>, editor: &mut Editor) -> Outcome {
        let is_selected = self.mode != Mode::Normal;
        self.reset(Mode::Normal);
        if range.is_empty() {
            return Outcome::Moved;
        }
        let switch = |mark: char| -> String {
            if mark.is_uppercase() { mark.to_lowercase().collect() } else { mark.to_uppercase().collect() }
        };
        let switched: String = editor.text.as_str()[range.clone()].chars().map(switch).collect();
        let (start, end) = (range.start, range.start + switched.len());
        editor.replace(range, &switched);
        editor.text.set_cursor(if is_selected { start } else { end });
        Outcome::Changed
    }
}
