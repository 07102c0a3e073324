//! What vim's commands after `:` do to lines.

use std::ops::Range;

use super::super::search::NOTHING;
use super::super::text::Text;
use super::super::{Editor, Search};
use super::ex::{Address, Change, From};
use super::motions::{Go, place};
use super::operators::Operator;
use super::{Mode, Outcome, Vim};
use crate::value;

/// The number of a line, from 0; -1 is above all. It may be none of the text.
fn number_of(text: &Text, address: Address) -> Result<isize, String> {
    let from = match address.from {
        From::Top => -1,
        From::Cursor => text.line(text.cursor()).cast_signed(),
        From::Last => text.lines().cast_signed() - 1,
        From::Mark(letter) => {
            let place = text.mark(letter).ok_or_else(|| format!("'{letter} names no place in this text"))?;
            text.line(place).cast_signed()
        }
    };
    Ok(from.saturating_add(address.below))
}

/// The same of a line that is there, or of the place above all.
fn line_of(text: &Text, address: Address) -> Result<isize, String> {
    let (line, lines) = (number_of(text, address)?, text.lines());
    match line {
        ..-1 => Err("no line is above the first".to_owned()),
        _ if line < lines.cast_signed() => Ok(line),
        _ if lines == 1 => Err("there is only one line".to_owned()),
        _ => Err(format!("there are only {} lines", value::grouped(&lines.to_string()))),
    }
}

/// The line that an address means; as in vim, 0 is the first one too.
fn line_in(text: &Text, address: Address) -> Result<usize, String> {
    line_of(text, address).map(|line| usize::try_from(line).unwrap_or(0))
}

impl Vim {
    /// Goes to a line, or to the one that is nearest to it.
    ///
    /// # Errors
    /// When no place has that letter.
    pub fn go_to(&self, address: Address, editor: &mut Editor) -> Result<(), String> {
        let text = &mut editor.text;
        let line = usize::try_from(number_of(text, address)?).unwrap_or(0);
        let start = text.start_of_line(line.min(text.lines() - 1));
        let to = place(text, start, Go::First, None);
        text.set_mark('\'', text.cursor());
        text.set_cursor(to);
        Ok(())
    }

    /// Does something to lines; gives what came of it and what is said of it.
    ///
    /// # Errors
    /// When there are no such lines, or the pattern is no regular expression.
    pub fn on_lines(
        &mut self,
        lines: Option<(Address, Address)>,
        change: &Change,
        last: &Search,
        editor: &mut Editor,
        register: &mut String,
    ) -> Result<(Outcome, String), String> {
        self.reset(Mode::Normal);
        self.forget_keys();
        let text = &editor.text;
        let here = text.line(text.cursor());
        let (first, end) = match lines {
            Some((first, end)) => (line_in(text, first)?, line_in(text, end)?),
            None if matches!(change, Change::DeleteFound(..)) => (0, text.lines() - 1),
            None => (here, here),
        };
        let (first, end) = (first.min(end), first.max(end));
        let range = text.start_of_line(first)..text.line_end(text.start_of_line(end));
        // Without a pattern what was searched for last is meant.
        let meant = |search: &Search| {
            let with = search.with.clone();
            if search.pattern.is_empty() {
                Search { with, is_regex: true, pattern: last.expression() }
            } else {
                search.clone()
            }
        };
        let said = match change {
            Change::Replace(search, every) => editor.substitute(&meant(search), range.clone(), *every)?,
            Change::DeleteFound(search, found) => {
                editor.delete_lines(&meant(search), range.clone(), *found)?
            }
            _ => Some(String::new()),
        };
        let Some(said) = said else {
            self.has_failed = true;
            self.settle(editor);
            return Ok((Outcome::Moved, NOTHING.to_owned()));
        };
        let outcome = match change {
            Change::Delete => self.operate(Operator::Delete, range, true, editor, register),
            Change::Copy => self.operate(Operator::Yank, range, true, editor, register),
            Change::Shift(right) => self.operate(Operator::Shift(*right), range, true, editor, register),
            Change::Join => {
                editor.text.set_cursor(range.start);
                self.count = Some(end - first + 1);
                self.join(true, editor)
            }
            Change::Put { below, stays } => put_below(range, line_of(&editor.text, *below)?, *stays, editor)?,
            Change::Replace(..) | Change::DeleteFound(..) => Outcome::Changed,
        };
        self.settle(editor);
        Ok((outcome, said))
    }
}

/// Lines go below another one, or a copy of them does; the cursor goes to the last of them.
fn put_below(range: Range<usize>, below: isize, stays: bool, editor: &mut Editor) -> Result<Outcome, String> {
    let text = &editor.text;
    let taken = text.as_str()[range.clone()].to_owned();
    let lines = taken.matches('\n').count().cast_signed() + 1;
    let first = text.line(range.start).cast_signed();
    let (at, new) = match usize::try_from(below) {
        Ok(line) => (text.line_end(text.start_of_line(line)), format!("\n{taken}")),
        Err(_) => (0, format!("{taken}\n")),
    };
    let mut edits = vec![(at..at, new)];
    let mut end = below + lines;
    if !stays {
        if (first - 1..first + lines).contains(&below) {
            let is_inside = (first..first + lines - 1).contains(&below);
            return if is_inside {
                Err("lines do not go into themselves".to_owned())
            } else {
                Ok(Outcome::Moved)
            };
        }
        edits.push((text.with_break(range), String::new()));
        edits.sort_by_key(|(range, _)| range.start);
        end -= if below > first { lines } else { 0 };
    }
    editor.replace_each(edits);
    let start = editor.text.start_of_line(usize::try_from(end).unwrap_or(0));
    editor.text.set_cursor(place(&editor.text, start, Go::First, None));
    Ok(Outcome::Changed)
}
