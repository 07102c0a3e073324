//! Where the motions of vim's modes go.

use super::super::text::{Class, Text, class_of};
use super::objects::{big_class_of, other_bracket, paragraph_end};
use crate::sql;

/// A larger count is as good as this one.
pub(super) const MOST: usize = 100_000;

/// Where a motion goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Go {
    Left,
    Down,
    Up,
    Right,
    Word,
    Back,
    End,
    LineStart,
    First,
    LineEnd,
    Top,
    Bottom,
    Bracket,
    BigWord,
    BigBack,
    BigEnd,
    Paragraph(bool),
    EndBefore,
    BigEndBefore,
    Statement(bool),
    LastInLine,
    FirstBelow,
    FirstAbove,
    FirstHere,
    Column,
}

/// What an operator takes on the way: up to the place, the character there too, or whole lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    To,
    Through,
    Lines,
}

/// Each key, where it goes, and what it does in words.
pub(super) const MOTIONS: &[(&str, Go, Reach, &str)] = &[
    ("h", Go::Left, Reach::To, "one character to the left"),
    ("j", Go::Down, Reach::Lines, "one line down"),
    ("k", Go::Up, Reach::Lines, "one line up"),
    ("l", Go::Right, Reach::To, "one character to the right"),
    ("w", Go::Word, Reach::To, "to the next word"),
    ("b", Go::Back, Reach::To, "to the beginning of the word"),
    ("e", Go::End, Reach::Through, "to the end of the word"),
    ("W", Go::BigWord, Reach::To, "to the next text after blanks"),
    ("B", Go::BigBack, Reach::To, "to the beginning of the text between blanks"),
    ("E", Go::BigEnd, Reach::Through, "to its end"),
    ("ge", Go::EndBefore, Reach::Through, "to the end of the word before"),
    ("gE", Go::BigEndBefore, Reach::Through, "to the end of the text before the blanks"),
    ("(", Go::Statement(false), Reach::To, "to the beginning of the statement, or of the one before"),
    (")", Go::Statement(true), Reach::To, "to the next statement"),
    ("{", Go::Paragraph(false), Reach::To, "to the empty line before"),
    ("}", Go::Paragraph(true), Reach::To, "to the next empty line"),
    ("0", Go::LineStart, Reach::To, "to the beginning of the line"),
    ("^", Go::First, Reach::To, "to the first word of the line"),
    ("$", Go::LineEnd, Reach::To, "to the end of the line"),
    ("g_", Go::LastInLine, Reach::Through, "to the last word of the line"),
    ("|", Go::Column, Reach::To, "to the column of the count"),
    ("+", Go::FirstBelow, Reach::Lines, "to the first word of the line below"),
    ("-", Go::FirstAbove, Reach::Lines, "to that of the line above"),
    ("_", Go::FirstHere, Reach::Lines, "to that of this line, or so many less one below"),
    ("%", Go::Bracket, Reach::Through, "to the other bracket"),
    ("gg", Go::Top, Reach::Lines, "to the first line, or the one of the count"),
    ("G", Go::Bottom, Reach::Lines, "to the last line, or the one of the count"),
];

/// The motions that go far: two quotes go back to where such a one began.
pub(super) const FAR: [&str; 17] =
    ["G", "gg", "%", "{", "}", "(", ")", "n", "N", "*", "#", "/", "?", "H", "M", "L", ":"];

/// Where a motion goes from a place.
pub(super) fn place(text: &Text, at: usize, go: Go, count: Option<usize>) -> usize {
    let times = count.unwrap_or(1);
    let first = |start: usize| {
        let end = text.line_end(start);
        let blanks = text.as_str()[start..end].trim_start().len();
        end - blanks
    };
    let below = |lines: usize| text.start_of_line((text.line(at) + lines).min(text.lines() - 1));
    let repeat = |step: &dyn Fn(usize) -> usize| {
        let mut at = at;
        for _ in 0..times {
            let next = step(at);
            if next == at {
                break;
            }
            at = next;
        }
        at
    };
    match go {
        Go::Left => repeat(&|at| text.before(at).max(text.line_start(at))),
        Go::Right => repeat(&|at| text.after(at).min(text.line_end(at))),
        Go::Word => repeat(&|at| next_word(text, at)),
        Go::Back => repeat(&|at| text.word_before(at)),
        Go::End => repeat(&|at| text.before(text.word_after(text.after(at))).max(at)),
        Go::BigWord => repeat(&|at| past(text, past(text, at, false), true)),
        Go::BigBack => repeat(&|at| back(text, back(text, at, true), false)),
        Go::BigEnd => repeat(&|at| text.before(past(text, past(text, text.after(at), true), false)).max(at)),
        Go::Paragraph(forward) => repeat(&|at| paragraph_end(text, at, forward)),
        Go::EndBefore => repeat(&|at| end_before(text, at, class_of)),
        Go::BigEndBefore => repeat(&|at| end_before(text, at, big_class_of)),
        Go::Statement(forward) => repeat(&|at| statement_start(text, at, forward)),
        Go::LastInLine => last_in_line(text, below(times - 1)),
        Go::FirstBelow => first(below(times)),
        Go::FirstAbove => first(text.start_of_line(text.line(at).saturating_sub(times))),
        Go::FirstHere => first(below(times - 1)),
        Go::Column => text.in_line(text.line(at), times - 1),
        Go::LineStart => text.line_start(at),
        Go::First => first(text.line_start(at)),
        Go::LineEnd => text.line_end(below(times - 1)),
        Go::Down => below(times),
        Go::Up => text.start_of_line(text.line(at).saturating_sub(times)),
        Go::Top => first(text.start_of_line((times - 1).min(text.lines() - 1))),
        Go::Bracket => other_bracket(text, at).unwrap_or(at),
        Go::Bottom => first(text.start_of_line(count.unwrap_or(MOST).min(text.lines()) - 1)),
    }
}

/// The beginning of the next word; an empty line is one too.
fn next_word(text: &Text, at: usize) -> usize {
    let rest = &text.as_str()[at..];
    let Some(here) = rest.chars().next() else { return at };
    let kind = class_of(here);
    let word = match kind {
        Class::Blank => 0,
        _ => rest.len() - rest.trim_start_matches(|mark| class_of(mark) == kind).len(),
    };
    let mut before = if word > 0 { ' ' } else { here };
    let mut marks = rest[word..].char_indices();
    if word == 0 {
        marks.next();
    }
    for (offset, mark) in marks {
        if !mark.is_whitespace() || mark == '\n' && before == '\n' {
            return at + word + offset;
        }
        before = mark;
    }
    text.as_str().len()
}

/// The last character of the word before a place.
fn end_before(text: &Text, at: usize, kind_of: fn(char) -> Class) -> usize {
    let (before, here) = text.as_str().split_at(at);
    let kind = here.chars().next().map_or(Class::Blank, kind_of);
    let word = before.trim_end_matches(|mark| kind_of(mark) == kind);
    text.before(word.trim_end().len())
}

/// The beginning of the statement before a place, or after it.
fn statement_start(text: &Text, at: usize, forward: bool) -> usize {
    let mut starts = sql::statements(text.as_str()).into_iter().map(|range| range.start);
    if forward {
        starts.find(|start| *start > at).unwrap_or(text.as_str().len())
    } else {
        starts.rfind(|start| *start < at).unwrap_or(0)
    }
}

/// The last character of a line that is no blank.
fn last_in_line(text: &Text, start: usize) -> usize {
    let line = text.as_str()[start..text.line_end(start)].trim_end();
    text.before(start + line.len()).max(start)
}

/// The place after blanks, or after what is no blank.
fn past(text: &Text, at: usize, blanks: bool) -> usize {
    let rest = &text.as_str()[at..];
    at + rest.len() - rest.trim_start_matches(|mark: char| mark.is_whitespace() == blanks).len()
}

/// The place before them.
fn back(text: &Text, at: usize, blanks: bool) -> usize {
    text.as_str()[..at].trim_end_matches(|mark: char| mark.is_whitespace() == blanks).len()
}
