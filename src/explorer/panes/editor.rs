//! The SQL editor: a text with its cursor, what is offered for the word that is typed, and the place of an error.

mod draw;
mod lines;
mod search;
mod suggestions;
pub mod text;
pub mod vim;

use std::ops::Range;

use ratatui::layout::{Position as Place, Rect};

use super::super::action::Edit;
use crate::completion::{self, Dictionary};
use crate::engine::Position;
use crate::sql;
use text::{Group, Motion, Text};

pub use draw::{draw, draw_list};
pub use search::{Search, Step};
pub use suggestions::Suggestions;

/// The pane.
#[derive(Default)]
pub struct Editor {
    pub text: Text,
    /// What is offered for the word at the cursor.
    pub list: Option<Suggestions>,
    /// What was searched for, where it stands.
    pub found: Vec<Range<usize>>,
    /// What is selected as a block: a part of each of its lines.
    pub block: Vec<Range<usize>>,
    /// First line and first screen column shown.
    top: usize,
    left: usize,
    /// Lines on screen.
    page: usize,
    /// Where the statement that ran begins, while the text is still what it was then.
    began: Option<Position>,
    /// Where it failed.
    error: Option<Position>,
}

impl Editor {
    /// An editor that holds a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: Text::new(&one_break(text)), ..Self::default() }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.text.as_str().to_owned()
    }

    /// Puts the cursor on the first statement, not in the header above it.
    pub fn go_to_statement(&mut self) {
        let first = sql::statements(self.text.as_str()).first().map_or(0, |range| range.start);
        self.text.set_cursor(first);
        self.top = self.text.line(first);
    }

    /// Types a text at the cursor.
    pub fn insert(&mut self, text: &str) {
        self.text.insert(&one_break(text), Group::Alone);
        self.text_changed();
    }

    /// Types a letter at the cursor.
    pub fn type_letter(&mut self, letter: char) {
        self.text.insert(letter.encode_utf8(&mut [0; 4]), Group::Typed);
        self.text_changed();
    }

    /// Puts a text in place of a range, as one step.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        self.text.replace(range, &one_break(text), Group::Alone);
        self.text_changed();
    }

    /// Puts texts in place of ranges that stand one behind the other, as one step; says whether the text changed.
    pub fn replace_each(&mut self, edits: Vec<(Range<usize>, String)>) -> bool {
        let mut group = Group::Alone;
        for (range, new) in edits.into_iter().rev() {
            if self.text.as_str()[range.clone()] != new {
                self.text.replace(range, &new, group);
                group = Group::Same;
            }
        }
        self.text_changed();
        group == Group::Same
    }

    /// Moves the cursor or deletes; says whether the text changed.
    pub fn edit(&mut self, edit: Edit, selects: bool) -> bool {
        let page = self.page.saturating_sub(1).max(1);
        let motion = match edit {
            Edit::Left => Motion::Left,
            Edit::Right => Motion::Right,
            Edit::Up => Motion::Up(1),
            Edit::Down => Motion::Down(1),
            Edit::WordLeft => Motion::WordLeft,
            Edit::WordRight => Motion::WordRight,
            Edit::LineStart => Motion::LineStart,
            Edit::LineEnd => Motion::LineEnd,
            Edit::PageUp => Motion::Up(page),
            Edit::PageDown => Motion::Down(page),
            Edit::TextStart => Motion::Start,
            Edit::TextEnd => Motion::End,
            _ => return self.delete_or_break(edit),
        };
        self.text.go(motion, selects);
        self.list = None;
        false
    }

    fn delete_or_break(&mut self, edit: Edit) -> bool {
        let at = self.text.cursor();
        let text = &mut self.text;
        let changed = match edit {
            Edit::NewLine => {
                text.insert("\n", Group::Typed);
                true
            }
            Edit::DeleteBefore => text.delete_to(text.before(at)),
            Edit::DeleteAfter => text.delete_to(text.after(at)),
            Edit::DeleteWordBefore => text.delete_to(text.word_before(at)),
            Edit::DeleteWordAfter => text.delete_to(text.word_after(at)),
            // At the end of a line its break goes, so that the key does something there.
            Edit::DeleteToLineEnd if text.line_end(at) == at => text.delete_to(text.after(at)),
            Edit::DeleteToLineEnd => text.delete_to(text.line_end(at)),
            _ => false,
        };
        if changed {
            self.text_changed();
        }
        changed
    }

    /// Takes the last change back, or does it again; says whether there was one.
    pub fn undo(&mut self, back: bool) -> bool {
        let changed = if back { self.text.undo() } else { self.text.redo() };
        if changed {
            self.list = None;
            self.text_changed();
        }
        changed
    }

    fn text_changed(&mut self) {
        self.began = None;
        self.found.clear();
        self.block.clear();
        self.clear_error();
    }

    /// Offers what the word at the cursor may mean.
    pub fn suggest(&mut self, dictionary: &Dictionary, is_asked: bool) {
        let completion = completion::complete(self.text.as_str(), self.text.cursor(), dictionary);
        self.list = Suggestions::of(completion, is_asked);
    }

    /// Takes what is marked in the list; says whether there was something to take.
    pub fn take_suggestion(&mut self) -> bool {
        let Some(list) = self.list.take() else { return false };
        let Some(item) = list.item() else { return false };
        self.replace(list.completion.range.clone(), &item.text.clone());
        true
    }

    /// The byte of the text at which the cursor stands.
    #[must_use]
    pub fn cursor_byte(&self) -> usize {
        self.text.cursor()
    }

    /// Remembers where the statement that runs begins, so that an error finds its place.
    pub fn statement_starts(&mut self, text: &str, byte: usize) {
        let before = &text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.began = Some(Position {
            line: before.matches('\n').count(),
            column: before[line_start..].chars().count(),
        });
    }

    /// Marks the place of an error in the statement that ran.
    pub fn show_error(&mut self, place: Option<Position>) {
        self.error = self.began.zip(place).map(|(began, place)| Position {
            line: began.line + place.line,
            column: place.column + if place.line == 0 { began.column } else { 0 },
        });
    }

    /// Takes the mark away.
    pub fn clear_error(&mut self) {
        self.error = None;
    }

    /// Brings the cursor into view.
    pub fn scroll(&mut self, area: Rect) {
        // A pane that is not on screen shows later what it showed before.
        if area.height == 0 {
            return;
        }
        let height = usize::from(area.height);
        self.page = height;
        // The cursor's character stands in neither of the columns that say that a line goes on.
        let width = usize::from(area.width.saturating_sub(self.gutter() + 1)).max(1);
        let at = self.text.cursor();
        let (line, column) = (self.text.line(at), self.text.column(at));
        let end = column + self.text.as_str()[at..].chars().next().map_or(1, text::width_of).max(1);
        // No room is left empty below the last line while lines above are hidden.
        let last_top = self.text.lines().saturating_sub(height);
        self.top = self.top.clamp((line + 1).saturating_sub(height), line).min(last_top);
        self.left = self.left.min(column.saturating_sub(1)).max(end.saturating_sub(width));
    }

    /// Puts the cursor at a place of the pane; where it selects, what lies on the way is selected.
    pub fn point(&mut self, area: Rect, at: Place, selects: bool) {
        let line = (self.top + usize::from(at.y.saturating_sub(area.y))).min(self.text.lines() - 1);
        let column = self.left + usize::from(at.x.saturating_sub(area.x + self.gutter()));
        self.block.clear();
        self.text.go(Motion::Cell(line, column), selects);
    }

    /// Moves by lines, as a wheel does.
    pub fn wheel(&mut self, edit: Edit, lines: usize) {
        for _ in 0..lines {
            self.edit(edit, false);
        }
    }

    /// Columns of the line numbers and the blank after them.
    fn gutter(&self) -> u16 {
        let digits = self.text.lines().ilog10() + 1;
        u16::try_from(digits).unwrap_or(u16::MAX).max(3) + 1
    }

    /// The cell of the screen in which a byte of the text stands, where it is in view.
    fn cell(&self, area: Rect, byte: usize) -> Option<(u16, u16)> {
        let column = self.text.column(byte).checked_sub(self.left)?;
        let row = self.text.line(byte).checked_sub(self.top)?;
        let x = area.x.checked_add(self.gutter())?.checked_add(u16::try_from(column).ok()?)?;
        let y = area.y.checked_add(u16::try_from(row).ok()?)?;
        area.contains((x, y).into()).then_some((x, y))
    }
}

/// A text whose lines end with a line feed alone.
fn one_break(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
