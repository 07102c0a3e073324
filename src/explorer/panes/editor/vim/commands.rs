//! The commands of vim's modes, each with its key.

use super::super::Editor;
use super::again::repeated;
use super::block;
use super::case::{Case, rewrite};
use super::lines::put;
use super::motions::{Go, place};
use super::operators::{Operator, whole_lines};
use super::view::Line;
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
    Capitals,
    TypeOver,
    PutAfter,
    PutBefore,
    /// With a blank in place of the break, or without.
    Join(bool),
    /// A number grows, or gets less.
    Count(bool),
    /// Where text was inserted last.
    InsertThere,
    Undo,
    Redo,
    Again,
    SameCharacter(bool),
    Select(Mode),
    SelectAgain,
    /// Forward or backward.
    Find(bool),
    /// The word under the cursor, forward or backward.
    FindWord(bool),
    Next,
    Previous,
    /// Forward or backward, and whether half a screen.
    Page(bool, bool),
    /// The text moves up by a line, or down.
    Scroll(bool),
    ToLine(Line),
    Ex,
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
    ("R", Command::TypeOver, "type over what stands there; Backspace brings it back"),
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
    (
        "gU",
        Command::Operate(Operator::Case(Case::Upper)),
        "make what a motion passes capitals; gUU whole lines",
    ),
    ("gu", Command::Operate(Operator::Case(Case::Lower)), "the same small; guu whole lines"),
    ("g~", Command::Operate(Operator::Case(Case::Switched)), "the same as ~ does; g~~ whole lines"),
    (
        "gc",
        Command::Operate(Operator::Comment),
        "make comments of the lines that a motion passes, or what they were; gcc these lines",
    ),
    ("U", Command::Capitals, "make what is selected capitals; u small there, ~ the other"),
    ("D", Command::ToLineEnd(Operator::Delete), "delete to the end of the line"),
    ("C", Command::ToLineEnd(Operator::Change), "the same, and insert there"),
    ("Y", Command::Lines(Operator::Yank), "copy whole lines"),
    ("p", Command::PutAfter, "put in what was copied or deleted, after the cursor"),
    ("P", Command::PutBefore, "the same before it"),
    ("J", Command::Join(true), "join the line with the next, or so many lines"),
    ("gJ", Command::Join(false), "the same without a blank between them"),
    ("Ctrl-A", Command::Count(true), "add one, or the count, to the number under the cursor or after it"),
    ("Ctrl-X", Command::Count(false), "take it away"),
    ("gi", Command::InsertThere, "insert where text was inserted last"),
    (";", Command::SameCharacter(true), "to the character that f, t, F or T looked for last"),
    (",", Command::SameCharacter(false), "the same the other way"),
    (".", Command::Again, "do the last change again; a count stands in place of its own"),
    ("u", Command::Undo, "take the last change back"),
    ("Ctrl-R", Command::Redo, "do it again"),
    ("v", Command::Select(Mode::Visual), "select characters"),
    ("V", Command::Select(Mode::VisualLine), "select lines"),
    (
        "Ctrl-V",
        Command::Select(Mode::VisualBlock),
        "select a block; I and A insert in all its lines, $ takes each to its end, o goes to the other corner",
    ),
    ("gv", Command::SelectAgain, "select what was selected last"),
    ("/", Command::Find(true), "search for what is typed; vim's expressions"),
    ("?", Command::Find(false), "the same backward"),
    ("*", Command::FindWord(true), "the next place of the word under the cursor"),
    ("#", Command::FindWord(false), "the one before"),
    ("n", Command::Next, "the next place of what was searched for"),
    ("N", Command::Previous, "the same the other way"),
    ("Ctrl-D", Command::Page(true, true), "half a screen down, or so many lines"),
    ("Ctrl-U", Command::Page(false, true), "half a screen up"),
    ("Ctrl-F", Command::Page(true, false), "one screen down"),
    ("Ctrl-B", Command::Page(false, false), "one screen up"),
    ("Ctrl-E", Command::Scroll(true), "show one line more below"),
    ("Ctrl-Y", Command::Scroll(false), "show one line more above"),
    ("H", Command::ToLine(Line::Highest), "to the first line on screen"),
    ("M", Command::ToLine(Line::Middle), "to the middle one"),
    ("L", Command::ToLine(Line::Lowest), "to the last one"),
    (
        ":",
        Command::Ex,
        "a command: a line's number, w, w NAME, q, bn, bp, bd, e, h, noh; of lines (%, 2,5, '<,'>) s/PATTERN/TEXT/g, d, y, >, <, j, m, t, g/PATTERN/d, v/PATTERN/d",
    ),
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
        if self.mode.selects()
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
                self.reset(Mode::Normal);
                if range.is_empty() {
                    return Outcome::Moved;
                }
                let end = rewrite(range, Case::Switched, editor);
                editor.text.set_cursor(end);
                Outcome::Changed
            }
            // Nothing is selected.
            Command::Capitals => Outcome::Moved,
            Command::TypeOver => self.begin_over(editor),
            Command::PutAfter | Command::PutBefore => {
                let after = command == Command::PutAfter;
                if self.registers.is_block(register) {
                    return block::put(editor, after, register, count);
                }
                put(editor, after, &repeated(register, count))
            }
            Command::Undo | Command::Redo => {
                self.forget_keys();
                let back = command == Command::Undo;
                let changed = (0..count).take_while(|_| editor.undo(back)).count();
                if changed > 0 { Outcome::Changed } else { Outcome::Moved }
            }
            Command::Join(spaced) => self.join(spaced, editor),
            Command::Count(up) => self.count_on(up, editor),
            Command::Again => self.again(self.count, editor, register),
            Command::SameCharacter(same) => self.same_character(same, editor, register),
            _ => match self.look(command, editor) {
                Some(outcome) => outcome,
                None => self.insert(command, editor),
            },
        }
    }
}
