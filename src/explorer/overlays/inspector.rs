//! One record, a column a line: long texts broken over lines, JSON in steps. The records beside it are a key away.

use crossterm::event::{KeyCode, KeyEvent};
use duckdb::arrow::array::Array;
use duckdb::arrow::datatypes::DataType;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::UnicodeWidthStr;

use super::super::panes::results::Results;
use super::super::theme::Theme;
use super::super::widgets::grid::{Column, cut};
use super::{Answer, boxed, largest, scrolled};
use crate::value;

/// Bytes shown of all cells together, and of one cell at least and at the most: the screen never lays out more.
const SHOWN: usize = 1 << 19;
const LEAST: usize = 400;
const MOST: usize = 1 << 15;
/// The widest it gets.
const WIDEST: u16 = 100;

/// The record.
#[derive(Debug)]
pub struct Inspector {
    row: u64,
    title: String,
    cells: Vec<Cell>,
    top: usize,
}

#[derive(Debug)]
struct Cell {
    name: String,
    label: String,
    lines: Vec<String>,
}

impl Inspector {
    /// The row under the cursor, when it is held.
    #[must_use]
    pub fn of(results: &Results) -> Option<Self> {
        let (window, row) = (results.view.window(), results.view.row());
        window.holds(row).then_some(())?;
        let limit = (SHOWN / results.columns.len().max(1)).clamp(LEAST, MOST);
        let cell = |(index, column): (usize, &Column)| {
            let (array, at) = window.cell(row, index)?;
            let (mut lines, more) = lines(&column.name, array.as_ref(), at, limit);
            let note = if window.is_cut(row, index) {
                "… (y copies the whole cell)".to_owned()
            } else if more {
                let limit = value::grouped(&limit.to_string());
                format!("… (more than {limit} bytes: y copies the whole cell)")
            } else {
                String::new()
            };
            if let Some(last) = lines.last_mut() {
                last.push_str(&note);
            }
            Some(Cell { name: column.name.clone(), label: column.label.clone(), lines })
        };
        let cells = results.columns.iter().enumerate().filter_map(cell).collect();
        let number = |row: u64| value::grouped(&(row + 1).to_string());
        let came = window.number(row);
        let place = if came == row { String::new() } else { format!(", row {} as it came", number(came)) };
        let title =
            format!("Row {} of {}{place}", number(row), value::grouped(&results.view.rows().to_string()));
        Some(Self { row, title, cells, top: 0 })
    }

    /// Shows the record under the cursor, if it is another one and is held; the same lines stay in view.
    pub fn follow(&mut self, results: &Results) {
        if self.row != results.view.row()
            && let Some(other) = Self::of(results)
        {
            *self = Self { top: self.top, ..other };
        }
    }

    pub fn key(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        match key.code {
            KeyCode::Enter | KeyCode::Char('q') => return Answer::Close,
            KeyCode::Right | KeyCode::Char('l' | 'n') => return Answer::Record(true),
            KeyCode::Left | KeyCode::Char('h' | 'N') => return Answer::Record(false),
            _ => {}
        }
        let (width, page) = largest(screen);
        self.top = scrolled(self.top, key, self.lines(width).len(), page.into());
        Answer::Stay
    }

    /// Columns of names and of types.
    fn widths(&self, width: u16) -> (usize, usize) {
        let widest =
            |text: fn(&Cell) -> &String| self.cells.iter().map(|cell| text(cell).width()).max().unwrap_or(0);
        let third = usize::from(width / 3);
        (widest(|cell| &cell.name).min(30).min(third), widest(|cell| &cell.label).min(16).min(third))
    }

    /// Lines of all cells: number of the cell, whether it begins there, and a piece of its text.
    fn lines(&self, width: u16) -> Vec<(usize, bool, &str)> {
        let width = width.min(WIDEST);
        let (names, labels) = self.widths(width);
        let room = usize::from(width).saturating_sub(names + labels + 4).max(2);
        let mut lines = Vec::new();
        for (index, cell) in self.cells.iter().enumerate() {
            let mut first = true;
            for text in &cell.lines {
                let (mut rest, mut begins) = (text.as_str(), true);
                while begins || !rest.is_empty() {
                    let (piece, _) = rest.unicode_truncate(room);
                    // A cluster that is wider than the room is cut when it is drawn.
                    let end = if piece.is_empty() { rest.len() } else { piece.len() };
                    lines.push((index, first, &rest[..end]));
                    (rest, begins, first) = (&rest[end..], false, false);
                }
            }
        }
        lines
    }
}

/// The lines of a cell, safe to print, and whether there is more of it.
fn lines(name: &str, array: &dyn Array, row: usize, limit: usize) -> (Vec<String>, bool) {
    let is_text = matches!(array.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    if !(is_text || array.data_type().is_nested()) {
        let (text, more) = value::beginning(name, array, row, limit);
        return (vec![text], more);
    }
    let Some((text, more)) = value::plain_beginning(array, row, limit) else {
        return (vec![value::NULL.to_owned()], false);
    };
    let is_json = || more || serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
    if text.starts_with(['{', '[']) && is_json() {
        let pretty = in_steps(&text);
        return (pretty.lines().map(|line| value::visible(line).into_owned()).collect(), more);
    }
    let mut lines: Vec<_> = text.split('\n').map(|line| format!("{}⏎", value::visible(line))).collect();
    // Behind the last line there is no break.
    if let Some(last) = lines.last_mut() {
        last.pop();
    }
    (lines, more)
}

/// JSON with a line for each member; a list without lists or objects in it stays in one. Nothing but blanks is added, so
/// that every digit stays as it was.
fn in_steps(text: &str) -> String {
    let (mut out, mut depth, mut within) = (String::with_capacity(text.len() * 2), 0_usize, false);
    let (mut escaped, mut flat) = (false, 0_usize);
    for (at, mark) in text.char_indices() {
        if within {
            out.push(mark);
            within = escaped || mark != '"';
            escaped = mark == '\\' && !escaped;
            continue;
        }
        let next = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth.min(20)));
        };
        match mark {
            '"' => (within, escaped) = (true, false),
            '[' | '{' if flat > 0 || is_flat(&text[at..]) => flat += 1,
            ']' | '}' if flat > 0 => flat -= 1,
            '[' | '{' => {
                depth += 1;
                out.push(mark);
                next(&mut out, depth);
                continue;
            }
            ']' | '}' => {
                depth = depth.saturating_sub(1);
                next(&mut out, depth);
            }
            ',' if flat == 0 => {
                out.push(mark);
                next(&mut out, depth);
                continue;
            }
            ' ' | '\n' | '\r' | '\t' if out.ends_with([' ', '\n']) => continue,
            '\n' | '\r' | '\t' => {
                out.push(' ');
                continue;
            }
            _ => {}
        }
        out.push(mark);
    }
    out
}

/// Whether what opens here closes before anything else opens: an empty object, or a list of values.
fn is_flat(text: &str) -> bool {
    let (mut within, mut escaped) = (false, false);
    for (at, mark) in text.char_indices().skip(1) {
        if within {
            within = escaped || mark != '"';
            escaped = mark == '\\' && !escaped;
            continue;
        }
        match mark {
            '"' => (within, escaped) = (true, false),
            '[' | '{' => return false,
            '}' => return text[1..at].trim().is_empty(),
            ']' => return true,
            _ => {}
        }
    }
    false
}

/// Draws the record from the line that is scrolled to.
pub fn draw(frame: &mut Frame, inspector: &Inspector, theme: &Theme) {
    let (width, page) = largest(frame.area());
    let width = width.min(WIDEST);
    let lines = inspector.lines(width);
    let (names, labels) = inspector.widths(width);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = boxed(frame, &inspector.title, width, height, theme);
    let top = inspector.top.min(lines.len().saturating_sub(page.into()));
    let padded = |text: &str, width: usize| {
        let text = cut(text, width);
        format!("{text}{}  ", " ".repeat(width.saturating_sub(text.width())))
    };
    for (place, (index, first, piece)) in inside.rows().zip(&lines[top..]) {
        let cell = &inspector.cells[*index];
        let (name, label) = if *first { (cell.name.as_str(), cell.label.as_str()) } else { ("", "") };
        let line = Line::from(vec![
            Span::styled(padded(name, names), theme.heading),
            Span::styled(padded(label, labels), theme.muted),
            Span::styled(*piece, theme.text),
        ]);
        frame.render_widget(line, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_in_steps_with_every_digit() {
        let text = r#"{"a": 1234567890123456789.10, "b": [1, 2], "c": {}, "d": [{"e": "x, {y}\" z"}]}"#;
        let steps = "{\n  \"a\": 1234567890123456789.10,\n  \"b\": [1, 2],\n  \"c\": {},\n  \"d\": [\n    {\n      \
                     \"e\": \"x, {y}\\\" z\"\n    }\n  ]\n}";
        let trimmed: Vec<_> = in_steps(text).lines().map(|line| line.trim_end().to_owned()).collect();
        assert_eq!(trimmed.join("\n"), steps);
        assert_eq!(in_steps("[1, 2]"), "[1, 2]");
        // What is cut or closes too often ends in no loop.
        for cut in [r#"{"a": [{"b"#, "]}]", "{\"a\\", ""] {
            in_steps(cut);
        }
    }
}
