//! A text with a cursor, a selection and what can be undone. Places are bytes of the text.

use std::collections::BTreeMap;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Edits that can be undone at the most, and the bytes that they may hold.
const EDITS: usize = 10_000;
const EDIT_BYTES: usize = 64 << 20;

/// A way for the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    Left,
    Right,
    /// So many lines.
    Up(usize),
    Down(usize),
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    Start,
    End,
    /// A line and a column of the screen in it.
    Cell(usize, usize),
}

/// One change: what stood at a place, and what stands there since.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    /// Edits of one group are undone together.
    group: u64,
    at: usize,
    old: String,
    new: String,
    /// Where the cursor was before.
    cursor: usize,
}

/// How an edit belongs to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It is undone by itself.
    Alone,
    /// It was typed: a word is undone at once.
    Typed,
    /// It is undone with the one before, whatever that was.
    Same,
}

/// The text.
#[derive(Debug, Clone, Default)]
pub struct Text {
    held: String,
    cursor: usize,
    /// What the selection began with: it reaches from there to the cursor.
    anchor: Option<Range<usize>>,
    /// The column that moves up and down keep to.
    goal: Option<usize>,
    done: Vec<Edit>,
    undone: Vec<Edit>,
    group: u64,
    /// What was typed last, and where typing would go on.
    typed: Option<(char, usize)>,
    /// Places that a letter names; they go along with what stands there.
    marks: BTreeMap<char, usize>,
}

impl Text {
    /// A text with its cursor at the beginning.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { held: text.to_owned(), ..Self::default() }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.held
    }

    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Puts the cursor at a byte, or at the character that it is within; nothing is selected then.
    pub fn set_cursor(&mut self, at: usize) {
        self.cursor = self.held.floor_char_boundary(at);
        (self.anchor, self.goal, self.typed) = (None, None, None);
    }

    /// The place that a letter names; nothing where it names none.
    #[must_use]
    pub fn mark(&self, letter: char) -> Option<usize> {
        self.marks.get(&letter).map(|at| self.held.floor_char_boundary(*at))
    }

    /// Lets a letter name a place.
    pub fn set_mark(&mut self, letter: char, at: usize) {
        self.marks.insert(letter, at);
    }

    /// A range of the text became so many bytes.
    fn move_marks(&mut self, range: &Range<usize>, length: usize) {
        for mark in self.marks.values_mut() {
            if *mark >= range.end {
                *mark = *mark - range.len() + length;
            } else if *mark > range.start {
                *mark = (*mark).min(range.start + length);
            }
        }
    }

    /// The step that would be undone next.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.group
    }

    /// All edits after a step are undone as one.
    pub fn join_since(&mut self, step: u64) {
        for edit in self.done.iter_mut().filter(|edit| edit.group > step) {
            edit.group = step + 1;
        }
    }

    /// What is selected; never empty.
    #[must_use]
    pub fn selection(&self) -> Option<Range<usize>> {
        let anchor = self.anchor.as_ref()?;
        let range = anchor.start.min(self.cursor)..anchor.end.max(self.cursor);
        (!range.is_empty()).then_some(range)
    }

    /// Selects a range; the cursor stands at its end.
    pub fn select(&mut self, range: Range<usize>) {
        self.set_cursor(range.end);
        let start = self.held.floor_char_boundary(range.start);
        self.anchor = Some(start..start);
    }

    /// Puts the cursor at a character and selects a range around it; the column that moves keep to stays.
    pub fn hold(&mut self, at: usize, selected: Option<Range<usize>>) {
        self.cursor = self.held.floor_char_boundary(at);
        (self.anchor, self.typed) = (selected, None);
    }

    /// Selects nothing.
    pub fn unselect(&mut self) {
        self.anchor = None;
    }

    /// Moves the cursor; what lies on the way is selected, or no longer.
    pub fn go(&mut self, motion: Motion, selects: bool) {
        let selected = self.selection().filter(|_| !selects);
        let here = self.cursor..self.cursor;
        let anchor = if selects { self.anchor.clone().or(Some(here)) } else { None };
        let goal = match motion {
            Motion::Up(_) | Motion::Down(_) => Some(self.goal.unwrap_or_else(|| self.column(self.cursor))),
            _ => None,
        };
        self.cursor = match (motion, selected) {
            // As people know it: the cursor goes to the end of what was selected.
            (Motion::Left, Some(range)) => range.start,
            (Motion::Right, Some(range)) => range.end,
            (Motion::Left, None) => self.before(self.cursor),
            (Motion::Right, None) => self.after(self.cursor),
            (Motion::Up(lines), _) => {
                self.in_line(self.line(self.cursor).saturating_sub(lines), goal.unwrap_or(0))
            }
            (Motion::Down(lines), _) => {
                let line = (self.line(self.cursor) + lines).min(self.lines() - 1);
                self.in_line(line, goal.unwrap_or(0))
            }
            (Motion::WordLeft, _) => self.word_before(self.cursor),
            (Motion::WordRight, _) => self.word_after(self.cursor),
            (Motion::LineStart, _) => self.line_start(self.cursor),
            (Motion::LineEnd, _) => self.line_end(self.cursor),
            (Motion::Cell(line, column), _) => self.in_line(line.min(self.lines() - 1), column),
            (Motion::Start, _) => 0,
            (Motion::End, _) => self.held.len(),
        };
        (self.anchor, self.goal, self.typed) = (anchor, goal, None);
    }

    /// Puts a text in place of a range, the cursor after it.
    pub fn replace(&mut self, range: Range<usize>, new: &str, group: Group) {
        let old = self.held[range.clone()].to_owned();
        if old == new {
            return self.set_cursor(range.end);
        }
        if group != Group::Same {
            self.group += 1;
        }
        self.held.replace_range(range.clone(), new);
        self.move_marks(&range, new.len());
        let cursor = std::mem::replace(&mut self.cursor, range.start + new.len());
        (self.anchor, self.goal, self.typed) = (None, None, None);
        self.undone.clear();
        self.done.push(Edit { group: self.group, at: range.start, old, new: new.to_owned(), cursor });
        self.forget();
    }

    /// The oldest edits go where there are too many.
    fn forget(&mut self) {
        let size = |edit: &Edit| edit.old.len() + edit.new.len();
        let mut bytes: usize = self.done.iter().map(size).sum();
        let mut gone = self.done.len().saturating_sub(EDITS);
        bytes -= self.done[..gone].iter().map(size).sum::<usize>();
        while bytes > EDIT_BYTES && gone + 1 < self.done.len() {
            bytes -= size(&self.done[gone]);
            gone += 1;
        }
        self.done.drain(..gone);
    }

    /// Types a text in place of what is selected.
    pub fn insert(&mut self, new: &str, group: Group) {
        let range = self.selection().unwrap_or(self.cursor..self.cursor);
        let typed = new.chars().next().filter(|_| group == Group::Typed);
        // A word is one step, with the blanks after it.
        let goes_on = self.typed.zip(typed).is_some_and(|((last, at), mark)| {
            let begins = last.is_whitespace() && !mark.is_whitespace();
            at == range.start && range.is_empty() && !begins && mark != '\n'
        });
        let group = match group {
            Group::Typed if goes_on => Group::Same,
            Group::Typed => Group::Alone,
            other => other,
        };
        self.replace(range, new, group);
        self.typed = typed.map(|mark| (mark, self.cursor));
    }

    /// Deletes what is selected, else what lies between the cursor and a place; says whether something did.
    pub fn delete_to(&mut self, to: usize) -> bool {
        let range = self.selection().unwrap_or(self.cursor.min(to)..self.cursor.max(to));
        let is_some = !range.is_empty();
        if is_some {
            self.replace(range, "", Group::Alone);
        }
        is_some
    }

    /// Takes the last edits back that belong together; says whether there were any.
    pub fn undo(&mut self) -> bool {
        let Some(group) = self.done.last().map(|edit| edit.group) else { return false };
        while let Some(edit) = self.done.pop_if(|edit| edit.group == group) {
            let range = edit.at..edit.at + edit.new.len();
            self.held.replace_range(range.clone(), &edit.old);
            self.move_marks(&range, edit.old.len());
            self.set_cursor(edit.cursor);
            self.undone.push(edit);
        }
        true
    }

    /// Does again what was taken back last; says whether there was anything.
    pub fn redo(&mut self) -> bool {
        let Some(group) = self.undone.last().map(|edit| edit.group) else { return false };
        while let Some(edit) = self.undone.pop_if(|edit| edit.group == group) {
            let range = edit.at..edit.at + edit.old.len();
            self.held.replace_range(range.clone(), &edit.new);
            self.move_marks(&range, edit.new.len());
            self.set_cursor(edit.at + edit.new.len());
            self.done.push(edit);
        }
        true
    }

    /// How many lines there are; an empty text has one.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.held.matches('\n').count() + 1
    }

    /// The number of the line of a byte, from 0.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        self.held[..at].matches('\n').count()
    }

    /// The byte at which a line begins; the end of the text for one that is not there.
    #[must_use]
    pub fn start_of_line(&self, line: usize) -> usize {
        let breaks = || self.held.match_indices('\n').map(|(at, _)| at + 1);
        line.checked_sub(1).map_or(0, |before| breaks().nth(before).unwrap_or(self.held.len()))
    }

    #[must_use]
    pub fn line_start(&self, at: usize) -> usize {
        self.held[..at].rfind('\n').map_or(0, |found| found + 1)
    }

    #[must_use]
    pub fn line_end(&self, at: usize) -> usize {
        self.held[at..].find('\n').map_or(self.held.len(), |found| at + found)
    }

    /// Lines with a break: the one behind them, or of the last ones the one before.
    #[must_use]
    pub fn with_break(&self, lines: Range<usize>) -> Range<usize> {
        match (lines.start, lines.end < self.held.len()) {
            (start, true) => start..lines.end + 1,
            (0, false) => lines,
            (start, false) => start - 1..lines.end,
        }
    }

    /// The screen column of a byte in its line.
    #[must_use]
    pub fn column(&self, at: usize) -> usize {
        self.held[self.line_start(at)..at].chars().map(width_of).sum()
    }

    /// The byte of a line at a screen column, or the line's end.
    #[must_use]
    pub fn in_line(&self, line: usize, column: usize) -> usize {
        let start = self.start_of_line(line);
        let mut left = column;
        let end = self.line_end(start);
        for (at, mark) in self.held[start..end].char_indices() {
            let width = width_of(mark);
            if width > left || left == 0 && width > 0 {
                return start + at;
            }
            left -= width;
        }
        end
    }

    /// The place one character before; accents stay with their letter.
    #[must_use]
    pub fn before(&self, at: usize) -> usize {
        let marks = self.held[..at].char_indices().rev();
        let mut marks = marks.skip_while(|(_, mark)| width_of(*mark) == 0);
        marks.next().map_or(0, |(at, _)| at)
    }

    /// The place one character after.
    #[must_use]
    pub fn after(&self, at: usize) -> usize {
        let mut marks = self.held[at..].char_indices().skip(1);
        marks.find(|(_, mark)| width_of(*mark) > 0).map_or(self.held.len(), |(found, _)| at + found)
    }

    /// The beginning of the word before a place.
    #[must_use]
    pub fn word_before(&self, at: usize) -> usize {
        let before = self.held[..at].trim_end();
        let Some(last) = before.chars().next_back() else { return 0 };
        let kind = class_of(last);
        before.trim_end_matches(|mark| class_of(mark) == kind).len()
    }

    /// The end of the word after a place.
    #[must_use]
    pub fn word_after(&self, at: usize) -> usize {
        let rest = self.held[at..].trim_start();
        let Some(first) = rest.chars().next() else { return self.held.len() };
        let kind = class_of(first);
        self.held.len() - rest.trim_start_matches(|mark| class_of(mark) == kind).len()
    }
}

/// What makes a word: letters and digits, marks, blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Blank,
    Mark,
    Letter,
}

/// What a character is to a word.
#[must_use]
pub fn class_of(mark: char) -> Class {
    match mark {
        _ if mark.is_whitespace() => Class::Blank,
        _ if mark.is_alphanumeric() || mark == '_' || width_of(mark) == 0 => Class::Letter,
        _ => Class::Mark,
    }
}

/// A character as it is shown: tabs, controls and what has no width of its own but a meaning are marks.
#[must_use]
pub fn shown(mark: char) -> char {
    match mark {
        '\t' => '⇥',
        _ if crate::value::is_unsafe(mark) => '�',
        _ => mark,
    }
}

/// What a character takes on screen.
#[must_use]
pub fn width_of(mark: char) -> usize {
    shown(mark).width().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &mut Text, what: &str) {
        what.chars().for_each(|mark| text.insert(mark.encode_utf8(&mut [0; 4]), Group::Typed));
    }

    #[test]
    fn a_word_that_was_typed_is_undone_at_once_and_done_again() {
        let mut text = Text::default();
        typed(&mut text, "SELECT one\ntwo");
        for left in ["SELECT one\n", "SELECT one", "SELECT ", ""] {
            assert!(text.undo());
            assert_eq!((text.as_str(), text.cursor()), (left, left.len()));
        }
        assert!(!text.undo());
        while text.redo() {}
        assert_eq!(text.as_str(), "SELECT one\ntwo");
        text.go(Motion::Start, false);
        typed(&mut text, "x");
        text.undo();
        assert_eq!((text.as_str(), text.cursor()), ("SELECT one\ntwo", 0));
        typed(&mut text, "y");
        assert!(!text.redo(), "what was typed since goes before");
    }

    #[test]
    fn the_cursor_keeps_its_column_and_its_letters_whole() {
        let mut text = Text::new("日本語 abc\nx\n\ne\u{301}te\u{301} fin");
        text.set_cursor("日本".len());
        for (motion, line, column) in [
            (Motion::Down(1), 1, 1),
            (Motion::Down(1), 2, 0),
            (Motion::Down(9), 3, 4),
            (Motion::Up(3), 0, 4),
            (Motion::WordRight, 0, 6),
            (Motion::LineEnd, 0, 10),
            (Motion::End, 3, 7),
            (Motion::WordLeft, 3, 4),
            (Motion::WordLeft, 3, 0),
            (Motion::Right, 3, 1),
            (Motion::Left, 3, 0),
            (Motion::Left, 2, 0),
        ] {
            text.go(motion, false);
            assert_eq!((text.line(text.cursor()), text.column(text.cursor())), (line, column), "{motion:?}");
        }
    }

    #[test]
    fn what_is_selected_is_replaced() {
        let mut text = Text::new("SELECT old FROM t");
        text.set_cursor(7);
        text.go(Motion::WordRight, true);
        assert_eq!(text.selection(), Some(7..10));
        typed(&mut text, "new");
        assert_eq!((text.as_str(), text.selection()), ("SELECT new FROM t", None));
        text.undo();
        assert_eq!(text.as_str(), "SELECT old FROM t");
        text.select(0..6);
        text.go(Motion::Left, false);
        assert_eq!((text.cursor(), text.selection()), (0, None));
        text.select(0..6);
        assert!(text.delete_to(17));
        assert_eq!(text.as_str(), " old FROM t");
    }
}
