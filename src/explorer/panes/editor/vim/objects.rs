//! What vim's keys take whole: a word, a text in quotes, what stands in brackets; and the places of one character in a line.

use std::ops::Range;

use super::super::draw::{bracket, pair};
use super::super::text::{Class, Text, class_of};
use crate::sql;

/// The texts that are taken whole, as the help names them.
pub(super) const OBJECTS: &[(&str, &str)] = &[
    ("iw aw", "after an operator, or while selecting: the word; aw with the blanks beside it"),
    ("iW aW", "the same of the text between blanks"),
    ("i\" i' i`", "the same of what stands in quotes; a\" a' a` with the quotes"),
    ("ip ap", "the same of the lines between empty ones; ap with the empty ones behind"),
    ("is as", "the same of the statement; as with its semicolon"),
    ("i( i[ i{", "the same of what stands in brackets; a( a[ a{ with the brackets, ib iB are ( and {"),
];

/// Which way a character is looked for, and whether the place is the one just before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub forward: bool,
    pub stops_before: bool,
}

/// The `count`th such character of the line after (or before) a place; nothing where the line has not so many.
pub(super) fn character(text: &Text, at: usize, way: Way, wanted: char, count: usize) -> Option<usize> {
    let line = if way.forward { text.after(at)..text.line_end(at) } else { text.line_start(at)..at };
    let mut marks =
        text.as_str().get(line.clone())?.match_indices(wanted).map(|(found, _)| line.start + found);
    let found = if way.forward { marks.nth(count.max(1) - 1) } else { marks.rev().nth(count.max(1) - 1) }?;
    Some(match (way.stops_before, way.forward) {
        (false, _) => found,
        (true, true) => text.before(found),
        (true, false) => text.after(found),
    })
}

/// The bracket that belongs to the first one at a place or after it in its line.
pub(super) fn other_bracket(text: &Text, at: usize) -> Option<usize> {
    let whole = text.as_str();
    let tokens = sql::tokens(whole);
    let line = &whole[at..text.line_end(at)];
    line.char_indices().find_map(|(offset, mark)| {
        bracket(mark.encode_utf8(&mut [0; 4]))?;
        pair(whole, &tokens, at + offset).filter(|[here, _]| *here == at + offset).map(|[_, other]| other)
    })
}

/// What a letter after `i` or `a` stands for, at a place, and whether that is whole lines; nothing where there is none.
pub(super) fn object(text: &Text, at: usize, around: bool, letter: char) -> Option<(Range<usize>, bool)> {
    if letter == 'p' {
        return Some((paragraph(text, at, around), true));
    }
    let range = match letter {
        's' => statement(text, at, around),
        'w' => Some(word(text, at, around, class_of)),
        'W' => Some(word(text, at, around, big_class_of)),
        '"' | '\'' | '`' => quoted(text, at, around, letter),
        '(' | ')' | 'b' => bracketed(text, at, around, ['(', ')']),
        '[' | ']' => bracketed(text, at, around, ['[', ']']),
        '{' | '}' | 'B' => bracketed(text, at, around, ['{', '}']),
        _ => None,
    };
    Some((range?, false))
}

/// Whether a line has nothing but blanks.
fn is_blank(text: &Text, line: usize) -> bool {
    let start = text.start_of_line(line);
    text.as_str()[start..text.line_end(start)].trim().is_empty()
}

/// The lines of one kind around a place, empty ones or others; with the ones of the other kind behind them, or where there
/// are none, before them.
fn paragraph(text: &Text, at: usize, around: bool) -> Range<usize> {
    let here = text.line(at);
    let while_as = |mut line: usize, forward: bool, is_empty: bool| {
        loop {
            let next = if forward { line + 1 } else { line.wrapping_sub(1) };
            if next >= text.lines() || is_blank(text, next) != is_empty {
                return line;
            }
            line = next;
        }
    };
    let is_empty = is_blank(text, here);
    let (mut first, mut last) = (while_as(here, false, is_empty), while_as(here, true, is_empty));
    if around {
        let behind = while_as(last, true, !is_empty);
        if behind == last { first = while_as(first, false, !is_empty) } else { last = behind }
    }
    text.start_of_line(first)..text.line_end(text.start_of_line(last))
}

/// The next empty line after a place, or before it; the end of the text where there is none.
pub(super) fn paragraph_end(text: &Text, at: usize, forward: bool) -> usize {
    let mut line = text.line(at);
    let mut was_blank = is_blank(text, line);
    loop {
        let next = if forward { line + 1 } else { line.wrapping_sub(1) };
        if next >= text.lines() {
            return if forward { text.as_str().len() } else { 0 };
        }
        line = next;
        let is_empty = is_blank(text, line);
        if is_empty && !was_blank {
            return text.start_of_line(line);
        }
        was_blank = is_empty;
    }
}

/// The statement around a place, or the last one before it; with its semicolon and the blanks behind that.
fn statement(text: &Text, at: usize, around: bool) -> Option<Range<usize>> {
    let found = sql::statement_at(text.as_str(), at)?;
    if !around {
        return Some(found);
    }
    let rest = &text.as_str()[found.end..];
    let behind = rest.trim_start().strip_prefix(';').map_or(rest, str::trim_start);
    Some(found.start..text.as_str().len() - behind.len())
}

/// A range with the blanks behind it in its line, or where there are none, those before it.
fn with_blanks(text: &Text, range: Range<usize>) -> Range<usize> {
    let (start, end) = (text.line_start(range.start), text.line_end(range.end));
    let behind = &text.as_str()[range.end..end];
    let blanks = behind.len() - behind.trim_start().len();
    if blanks > 0 {
        return range.start..range.end + blanks;
    }
    start + text.as_str()[start..range.start].trim_end().len()..range.end
}

/// What a character is to a text between blanks.
pub(super) fn big_class_of(mark: char) -> Class {
    if mark.is_whitespace() { Class::Blank } else { Class::Letter }
}

/// The characters of one kind around a place: a word, marks, or blanks.
fn word(text: &Text, at: usize, around: bool, kind_of: fn(char) -> Class) -> Range<usize> {
    let (start, end) = (text.line_start(at), text.line_end(at));
    let line = text.as_str();
    let Some(here) = line[at..end].chars().next() else { return at..at };
    let kind = kind_of(here);
    let same = |mark: char| kind_of(mark) == kind;
    let first = start + line[start..at].trim_end_matches(same).len();
    let last = end - line[at..end].trim_start_matches(same).len();
    match (around, here.is_whitespace()) {
        (true, false) => with_blanks(text, first..last),
        // Blanks, and the word after them.
        (true, true) if last < end => first..word(text, last, false, kind_of).end,
        _ => first..last,
    }
}

/// What stands between two quotes of a line, around a place or after it. Quotes pair from the beginning of the line.
fn quoted(text: &Text, at: usize, around: bool, quote: char) -> Option<Range<usize>> {
    let start = text.line_start(at);
    let line = &text.as_str()[start..text.line_end(at)];
    let marks: Vec<_> = line.match_indices(quote).map(|(found, _)| start + found).collect();
    let (pairs, _) = marks.as_chunks::<2>();
    let [open, close] = *pairs.iter().find(|[_, close]| *close >= at)?;
    Some(if around { with_blanks(text, open..close + 1) } else { open + 1..close })
}

/// What stands in the innermost such brackets around a place. A bracket in a text or comment is none, unless the place
/// is in there too.
fn bracketed(text: &Text, at: usize, around: bool, [open, close]: [char; 2]) -> Option<Range<usize>> {
    let whole = text.as_str();
    let tokens = sql::tokens(whole);
    let opens = whole[..text.after(at)].rmatch_indices(open).map(|(found, _)| found);
    let mut pairs = opens.filter_map(|found| match pair(whole, &tokens, found)? {
        [here, other] if here == found && whole[other..].starts_with(close) => Some((found, other)),
        _ => None,
    });
    let (open, close) = pairs.find(|(_, close)| *close >= at)?;
    Some(if around { open..close + 1 } else { open + 1..close })
}
