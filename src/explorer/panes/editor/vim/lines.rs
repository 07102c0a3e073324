//! Inserting, putting and joining: what makes lines or takes breaks away.

use super::super::Editor;
use super::commands::Command;
use super::motions::{Go, place};
use super::{Mode, Outcome, Vim};

impl Vim {
    /// Begins to insert.
    pub(super) fn insert(&mut self, command: Command, editor: &mut Editor) -> Outcome {
        self.inserts = self.count.unwrap_or(1);
        self.reset(Mode::Insert);
        let text = &editor.text;
        let at = text.cursor();
        let (start, end) = (text.line_start(at), text.line_end(at));
        let first = place(text, at, Go::First, None);
        let indent = text.as_str()[start..first].to_owned();
        match command {
            Command::Append => editor.text.set_cursor(text.after(at).min(end)),
            Command::InsertFirst => editor.text.set_cursor(first),
            Command::AppendLast => editor.text.set_cursor(end),
            Command::InsertThere => editor.text.set_cursor(text.mark('^').unwrap_or(at)),
            Command::OpenBelow => {
                self.inserts = 1;
                editor.replace(end..end, &format!("\n{indent}"));
                return Outcome::Changed;
            }
            Command::OpenAbove => {
                self.inserts = 1;
                editor.replace(start..start, &format!("{indent}\n"));
                editor.text.set_cursor(start + indent.len());
                return Outcome::Changed;
            }
            _ => editor.text.set_cursor(at),
        }
        Outcome::Moved
    }

    /// Joins lines: a blank stands for the break and the blanks after it, or the break alone goes.
    pub(super) fn join(&mut self, spaced: bool, editor: &mut Editor) -> Outcome {
        let text = &editor.text;
        let at = text.cursor();
        let (first, breaks) = if self.mode.selects() {
            let (selected, _) = self.selected(text, at);
            (selected.start, (text.line(selected.end) - text.line(selected.start)).max(1))
        } else {
            (at, self.count.unwrap_or(2).max(2) - 1)
        };
        let last = (text.line(first) + breaks).min(text.lines() - 1);
        if last == text.line(first) {
            return Outcome::Moved;
        }
        let range = text.line_start(first)..text.line_end(text.start_of_line(last));
        let mut lines = text.as_str()[range.clone()].split('\n');
        let (mut joined, mut cursor) = (lines.next().unwrap_or_default().to_owned(), range.start);
        for line in lines.map(|line| if spaced { line.trim_start() } else { line }) {
            cursor = range.start + joined.len();
            let has_blank = joined.is_empty() || joined.ends_with(char::is_whitespace);
            if spaced && !(has_blank || line.is_empty() || line.starts_with(')')) {
                joined.push(' ');
            }
            joined.push_str(line);
        }
        editor.replace(range, &joined);
        editor.text.set_cursor(cursor);
        self.reset(Mode::Normal);
        Outcome::Changed
    }
}

/// Puts a text after the cursor or before it; whole lines go below its line or above.
pub(super) fn put(editor: &mut Editor, after: bool, what: &str) -> Outcome {
    if what.is_empty() {
        return Outcome::Moved;
    }
    let text = &editor.text;
    let at = text.cursor();
    let (start, end) = (text.line_start(at), text.line_end(at));
    let Some(lines) = what.strip_suffix('\n') else {
        let place = if after { text.after(at).min(end) } else { at };
        editor.replace(place..place, what);
        editor.text.set_cursor(editor.text.before(place + what.len()));
        return Outcome::Changed;
    };
    let first = if after {
        editor.replace(end..end, &format!("\n{lines}"));
        end + 1
    } else {
        editor.replace(start..start, &format!("{lines}\n"));
        start
    };
    editor.text.set_cursor(place(&editor.text, first, Go::First, None));
    Outcome::Changed
}
