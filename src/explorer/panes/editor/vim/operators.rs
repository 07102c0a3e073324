//! What an operator does to what a motion passes, to whole lines or to what is selected.

use std::ops::Range;

use super::super::Editor;
use super::super::text::{Class, Motion, Text, class_of};
use super::block;
use super::case::Case;
use super::commands::Command;
use super::motions::{Go, MOST, Reach, place};
use super::{Mode, Outcome, Vim};

/// Blanks by which a line goes to the right or to the left.
const SHIFT: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Delete,
    Change,
    Yank,
    /// Lines go to the right, or to the left.
    Shift(bool),
    Case(Case),
    /// Lines become comments, or what they were.
    Comment,
}

impl Operator {
    /// The key that after it means whole lines, where it is not its own.
    pub(super) fn whole(self) -> Option<&'static str> {
        match self {
            Self::Case(case) => Some(case.whole()),
            Self::Comment => Some("c"),
            _ => None,
        }
    }
}

impl Vim {
    pub(super) fn go(&mut self, go: Go, reach: Reach, editor: &mut Editor, register: &mut String) -> Outcome {
        let at = editor.text.cursor();
        let Some((operator, before)) = self.operator else {
            let lines = self.count.unwrap_or(1);
            match go {
                Go::Down => editor.text.go(Motion::Down(lines), false),
                Go::Up => editor.text.go(Motion::Up(lines), false),
                _ => editor.text.set_cursor(place(&editor.text, at, go, self.count)),
            }
            self.has_failed = editor.text.cursor() == at;
            return Outcome::Moved;
        };
        let count = self.times(before);
        let text = &editor.text;
        let is_word = text.as_str()[at..].chars().next().is_some_and(|mark| class_of(mark) != Class::Blank);
        // As people know it: what is changed is the word, without the blanks behind it.
        let (go, reach) = match (go, operator) {
            (Go::Word, Operator::Change) if is_word => {
                let last = (0..count.unwrap_or(1)).fold(at, |at, _| text.word_after(at));
                return self.operate(operator, at..last, false, editor, register);
            }
            (Go::BigWord, Operator::Change) if is_word => (Go::BigEnd, Reach::Through),
            _ => (go, reach),
        };
        let to = place(text, at, go, count);
        let (first, last) = (at.min(to), at.max(to));
        let (range, is_lines) = match reach {
            // There is no such line, and no bracket.
            Reach::Through if go == Go::Bracket && at == to => return Outcome::Moved,
            Reach::Lines if matches!(go, Go::Down | Go::Up) && text.line(at) == text.line(to) => {
                return Outcome::Moved;
            }
            Reach::Lines => (text.line_start(first)..text.line_end(last), true),
            Reach::Through => (first..text.after(last), false),
            // The last word of a line is taken without its break.
            Reach::To
                if matches!(go, Go::Word | Go::BigWord) && text.as_str()[first..last].contains('\n') =>
            {
                let words = text.as_str()[first..last].trim_end().len();
                (first..(first + words).max(text.line_end(first).min(last)), false)
            }
            Reach::To => (first..last, false),
        };
        self.operate(operator, range, is_lines, editor, register)
    }

    /// How often: the count before an operator and the one after it.
    pub(super) fn times(&self, before: Option<usize>) -> Option<usize> {
        match (before, self.count) {
            (None, None) => None,
            (before, count) => Some((before.unwrap_or(1) * count.unwrap_or(1)).min(MOST)),
        }
    }

    pub(super) fn operate(
        &mut self,
        operator: Operator,
        range: Range<usize>,
        is_lines: bool,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        self.reset(Mode::Normal);
        match operator {
            Operator::Shift(right) => return shift(range, right, editor),
            Operator::Case(case) => return Self::operate_case(case, range, editor),
            Operator::Comment => return comment(range, editor),
            _ => {}
        }
        let text = &editor.text;
        let mut taken = text.as_str()[range.clone()].to_owned();
        if is_lines {
            taken.push('\n');
        }
        if !taken.is_empty() {
            register.clone_from(&taken);
            self.registers.took(&taken, false);
        }
        match operator {
            Operator::Yank => {
                if !(is_lines && range.contains(&text.cursor())) || text.selection().is_some() {
                    editor.text.set_cursor(range.start);
                }
                return Outcome::Copied(taken);
            }
            Operator::Change => {
                let indent = if is_lines { place(text, range.start, Go::First, None) } else { range.start };
                editor.replace(indent..range.end, "");
                self.mode = Mode::Insert;
            }
            Operator::Delete if is_lines => {
                let whole = text.with_break(range.clone());
                editor.replace(whole, "");
                let start = editor.text.line_start(range.start.min(editor.text.as_str().len()));
                editor.text.set_cursor(place(&editor.text, start, Go::First, None));
            }
            Operator::Delete => editor.replace(range, ""),
            // They have taken nothing.
            Operator::Shift(_) | Operator::Case(_) | Operator::Comment => {}
        }
        Outcome::Changed
    }

    /// What a command does to what is selected; nothing for one that does not change it.
    pub(super) fn on_selected(
        &mut self,
        command: Command,
        editor: &mut Editor,
        register: &mut String,
    ) -> Option<Outcome> {
        let at = editor.text.cursor();
        if self.mode == Mode::VisualBlock
            && let Some(outcome) = self.on_block(command, editor, register)
        {
            return Some(outcome);
        }
        let (selected, is_lines) = self.selected(&editor.text, at);
        let operator = match command {
            Command::Operate(operator) | Command::Characters(operator) => operator,
            Command::CharactersBefore => Operator::Delete,
            Command::ToLineEnd(operator) | Command::Lines(operator) => {
                let whole = Self { mode: Mode::VisualLine, ..self.clone() };
                let (lines, _) = whole.selected(&editor.text, editor.text.cursor());
                return Some(self.operate(operator, lines, true, editor, register));
            }
            // The other end of what is selected.
            Command::OpenBelow | Command::OpenAbove => {
                editor.text.set_cursor(self.anchor);
                self.anchor = at;
                return Some(Outcome::Moved);
            }
            Command::InsertFirst | Command::AppendLast => {
                let is_before = command == Command::InsertFirst;
                editor.text.set_cursor(if is_before { selected.start } else { selected.end });
                return Some(self.insert(Command::Insert, editor));
            }
            Command::SwitchCase => Operator::Case(Case::Switched),
            Command::Undo => Operator::Case(Case::Lower),
            Command::Capitals => Operator::Case(Case::Upper),
            Command::PutAfter | Command::PutBefore => {
                let is_block = self.registers.is_block(register);
                let put = std::mem::take(register);
                self.operate(Operator::Delete, selected.clone(), false, editor, register);
                if is_block {
                    return Some(block::put(editor, false, &put, 1));
                }
                editor.replace(selected.start..selected.start, put.trim_end_matches('\n'));
                return Some(Outcome::Changed);
            }
            _ => return None,
        };
        Some(self.operate(operator, selected, is_lines, editor, register))
    }

    /// An operator waits for a motion; the second time it means whole lines.
    pub(super) fn begin(
        &mut self,
        operator: Operator,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        match self.operator {
            Some((same, before)) if same == operator => {
                let count = before.unwrap_or(1) * self.count.unwrap_or(1);
                let lines = whole_lines(&editor.text, count.min(MOST));
                return self.operate(operator, lines, true, editor, register);
            }
            Some(_) => self.operator = None,
            None => self.operator = Some((operator, self.count.take())),
        }
        Outcome::Moved
    }
}

/// So many lines from the one of the cursor, without the last one's break.
pub(super) fn whole_lines(text: &Text, count: usize) -> Range<usize> {
    let at = text.cursor();
    let last = (text.line(at) + count - 1).min(text.lines() - 1);
    text.line_start(at)..text.line_end(text.start_of_line(last))
}

/// Lines become comments, or what they were; the cursor goes to the first of them.
fn comment(range: Range<usize>, editor: &mut Editor) -> Outcome {
    let start = range.start;
    // An empty range is the line of the cursor.
    editor.text.set_cursor(start);
    if !range.is_empty() {
        editor.text.select(range);
    }
    editor.toggle_comment();
    editor.text.set_cursor(place(&editor.text, editor.text.line_start(start), Go::First, None));
    Outcome::Changed
}

/// Lines go to the right, or as far to the left as they have blanks; an empty one stays.
fn shift(range: Range<usize>, right: bool, editor: &mut Editor) -> Outcome {
    let text = &editor.text;
    let range = text.line_start(range.start)..text.line_end(range.end);
    let shifted = text.as_str()[range.clone()].split('\n').map(|line| {
        let blanks = line.bytes().take(SHIFT).take_while(|byte| *byte == b' ').count();
        match right {
            true if !line.is_empty() => format!("{}{line}", " ".repeat(SHIFT)),
            true => String::new(),
            false if line.starts_with('\t') => line[1..].to_owned(),
            false => line[blanks..].to_owned(),
        }
    });
    let shifted = shifted.collect::<Vec<_>>().join("\n");
    let start = range.start;
    let is_same = text.as_str()[range.clone()] == shifted;
    if !is_same {
        editor.replace(range, &shifted);
    }
    editor.text.set_cursor(place(&editor.text, start, Go::First, None));
    if is_same { Outcome::Moved } else { Outcome::Changed }
}
