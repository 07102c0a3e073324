//! With which other result the shown one is compared, by which columns, and how exactly.

use crossterm::event::{KeyCode, KeyEvent};
use duckdb::arrow::datatypes::SchemaRef;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::message::JobId;
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::line::Input;
use super::pointed::Listed;
use super::{Answer, boxed, not_typed};
use crate::results::Comparison;
use crate::value;

/// Columns of the fields' names.
const NAMES: u16 = 12;
const FIELDS: usize = 3;
/// Lines of the box: the fields, a blank, what is wrong.
const LINES: u16 = 5;

/// A result that can be compared.
#[derive(Debug, Clone)]
pub struct Side {
    pub job: JobId,
    /// As the line of results calls it.
    pub name: String,
    pub schema: SchemaRef,
}

/// What the person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub with: JobId,
    pub keys: Vec<String>,
    pub tolerance: String,
}

/// The dialog.
#[derive(Debug)]
pub struct Dialog {
    shown: Side,
    others: Vec<Side>,
    other: usize,
    keys: Input,
    tolerance: Input,
    at: usize,
    problem: Option<String>,
}

impl Dialog {
    /// Asks about the shown result and the others, of which there is one at least; the last is offered first.
    #[must_use]
    pub fn new(shown: Side, others: Vec<Side>) -> Option<Self> {
        let other = others.len().checked_sub(1)?;
        let (keys, tolerance) = (Input::default(), Input::offered("0"));
        let mut dialog = Self { shown, others, other, keys, tolerance, at: 0, problem: None };
        dialog.guess();
        Some(dialog)
    }

    /// The keys as they are guessed for the two.
    fn guess(&mut self) {
        let two = [&*self.shown.schema, &*self.others[self.other].schema];
        match Comparison::new(two, &[], "0") {
            Ok(comparison) => {
                let keys = comparison.keys().collect::<Vec<_>>().join(", ");
                self.keys.offer(&keys);
                self.problem = None;
            }
            Err(error) => {
                self.keys.set("");
                self.problem = Some(error.to_string());
            }
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        match self.at {
            1 => self.keys.paste(text),
            2 => self.tolerance.paste(text),
            _ => {}
        }
    }

    pub(super) fn listed(&self) -> Listed {
        Listed { height: LINES, above: 0, below: 2, count: FIELDS, at: self.at, top: Some(0) }
    }

    /// Whether ← and → choose.
    #[must_use]
    pub fn chooses(&self) -> bool {
        self.at == 0
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match (key.code, self.at) {
            (KeyCode::Enter, _) => return self.submit(),
            (KeyCode::Tab | KeyCode::Down, _) => self.at = (self.at + 1) % FIELDS,
            (KeyCode::BackTab | KeyCode::Up, _) => self.at = (self.at + FIELDS - 1) % FIELDS,
            (KeyCode::Left | KeyCode::Right, 0) => {
                let step = if key.code == KeyCode::Right { 1 } else { self.others.len() - 1 };
                self.other = (self.other + step) % self.others.len();
                self.guess();
            }
            (KeyCode::Char(_), 0) => self.problem = Some(not_typed("with")),
            (_, 1) => self.keys.key(key),
            (_, 2) => self.tolerance.key(key),
            _ => {}
        }
        Answer::Stay
    }

    fn submit(&mut self) -> Answer {
        let keys = self.keys.text().split(',').map(str::trim).filter(|key| !key.is_empty());
        let keys: Vec<_> = keys.map(str::to_owned).collect();
        let other = &self.others[self.other];
        let tolerance = self.tolerance.text().trim().to_owned();
        match Comparison::new([&*self.shown.schema, &*other.schema], &keys, &tolerance) {
            Ok(_) => Answer::CompareWith(Choice { with: other.job, keys, tolerance }),
            Err(error) => {
                self.problem = Some(error.to_string());
                Answer::Stay
            }
        }
    }
}

/// Draws the fields and what is wrong.
pub fn draw(frame: &mut Frame, dialog: &Dialog, theme: &Theme) {
    let inside = boxed(frame, &format!("Compare {}", value::visible(&dialog.shown.name)), 70, LINES, theme);
    let names = ["with", "paired by", "tolerance"];
    let hints =
        ["", "columns that name a row, with commas between", "numbers that differ by no more are the same"];
    for (index, place) in inside.rows().take(FIELDS).enumerate() {
        let focused = index == dialog.at;
        let style = if focused { theme.accent } else { theme.text };
        frame.render_widget(Span::styled(names[index], style), place);
        let indent = NAMES.min(place.width);
        let right = Rect { x: place.x + indent, width: place.width - indent, ..place };
        let input = match index {
            0 => {
                let name = format!("‹ {} ›", value::visible(&dialog.others[dialog.other].name));
                let text = cut(&name, usize::from(right.width)).into_owned();
                frame.render_widget(
                    Span::styled(text, if focused { theme.accent } else { theme.number }),
                    right,
                );
                continue;
            }
            1 => &dialog.keys,
            _ => &dialog.tolerance,
        };
        let width = u16::try_from(input.width() + 2).unwrap_or(u16::MAX).min(right.width);
        input.draw(frame, Rect { width, ..right }, focused, theme);
        let hint = Rect { x: right.x + width, width: right.width - width, ..right };
        frame.render_widget(
            Line::styled(cut(hints[index], usize::from(hint.width)).into_owned(), theme.muted),
            hint,
        );
    }
    if let (Some(problem), Some(place)) = (&dialog.problem, inside.rows().nth(FIELDS + 1)) {
        frame.render_widget(
            Line::styled(theme.glyphs.keys(&value::visible(problem)).into_owned(), theme.error),
            place,
        );
    }
}
