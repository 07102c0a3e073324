//! Where the motions of vim's modes go.

use super::super::text::{Class, Text, class_of};
use super::objects::{other_bracket, paragraph_end};

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
    ("{", Go::Paragraph(false), Reach::To, "to the empty line before"),
    ("}", Go::Paragraph(true), Reach::To, "to the next empty line"),
    ("0", Go::LineStart, Reach::To, "to the beginning of the line"),
    ("^", Go::First, Reach::To, "to the first word of the line"),
    ("$", Go::LineEnd, Reach::To, "to the end of the line"),
    ("%", Go::Bracket, Reach::Through, "to the other bracket"),
    ("gg", Go::Top, Reach::Lines, "to the first line, or the one of the count"),
    ("G", Go::Bottom, Reach::Lines, "to the last line, or the one of the count"),
];

/// Where a motion goes from a place.
pub(super) fn place(text: &Text, at: usize, go: Go, count: Option<usize>) -> usize {
    let times = count.unwrap_or(1);
    let first = |start: usize| {
        let end = text.line_end(start);
        let blanks = text.as_str()[start..end].trim_start().len();
        end - blanks
    };
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
        Go::LineStart => text.line_start(at),
        Go::First => first(text.line_start(at)),
        Go::LineEnd => {
            let line = (text.line(at) + times - 1).min(text.lines() - 1);
            text.line_end(text.start_of_line(line))
        }
        Go::Down => text.start_of_line((text.line(at) + times).min(text.lines() - 1)),
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

/// The place after blanks, or after what is no blank.
fn past(text: &Text, at: usize, blanks: bool) -> usize {
    let rest = &text.as_str()[at..];
    at + rest.len() - rest.trim_start_matches(|mark: char| mark.is_whitespace() == blanks).len()
}

/// The place before them.
fn back(text: &Text, at: usize, blanks: bool) -> usize {
    text.as_str()[..at].trim_end_matches(|mark: char| mark.is_whitespace() == blanks).len()
}
