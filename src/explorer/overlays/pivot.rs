//! By which columns a result is grouped, and what is told of the groups.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::pointed::Listed;
use super::{Answer, boxed, not_typed};
use crate::engine::pivot::{Figure, Pivot};
use crate::value;

/// Columns of the fields' names.
const NAMES: u16 = 10;
const NAMED: [&str; FIELDS] = ["down", "across", "figure", "of"];
const FIELDS: usize = 4;
/// Lines of the box: the fields, a blank, what is wrong.
const LINES: u16 = 6;

/// A column of the result.
#[derive(Debug)]
pub struct Offered {
    pub name: String,
    pub is_number: bool,
    /// The columns that tell the currencies of its amounts.
    pub currencies: Vec<usize>,
}

/// The dialog.
#[derive(Debug)]
pub struct Dialog {
    columns: Vec<Offered>,
    pivot: Pivot,
    at: usize,
    problem: Option<String>,
}

impl Dialog {
    /// Asks about columns; the one under the cursor stands down, and the first other one that is a number is added up.
    #[must_use]
    pub fn new(columns: Vec<Offered>, cursor: usize) -> Self {
        let number = (0..columns.len()).find(|at| columns[*at].is_number && *at != cursor);
        let figure = if number.is_some() { Figure::Sum } else { Figure::Count };
        let of = number.unwrap_or(cursor);
        let pivot = Pivot { down: cursor, across: None, figure, of, currencies: Vec::new() };
        Self { columns, pivot, at: 0, problem: None }
    }

    pub(super) fn listed(&self) -> Listed {
        Listed { height: LINES, above: 0, below: 2, count: FIELDS, at: self.at, top: Some(0) }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        self.problem = None;
        match key.code {
            KeyCode::Enter => return self.submit(),
            KeyCode::Tab | KeyCode::Down => self.at = (self.at + 1) % FIELDS,
            KeyCode::BackTab | KeyCode::Up => self.at = (self.at + FIELDS - 1) % FIELDS,
            KeyCode::Left => self.step(false),
            KeyCode::Right | KeyCode::Char(' ') => self.step(true),
            KeyCode::Char(_) => self.problem = Some(not_typed(NAMED[self.at])),
            _ => {}
        }
        Answer::Stay
    }

    /// The next value of the field, or the one before.
    fn step(&mut self, forward: bool) {
        let count = self.columns.len();
        let next = |at: usize, count: usize| (at + if forward { 1 } else { count - 1 }) % count;
        let pivot = &mut self.pivot;
        match self.at {
            0 => pivot.down = next(pivot.down, count),
            // Nothing stands before the first.
            1 => {
                let at = next(pivot.across.map_or(0, |at| at + 1), count + 1);
                pivot.across = at.checked_sub(1);
            }
            2 => {
                let at = Figure::ALL.iter().position(|figure| *figure == pivot.figure).unwrap_or(0);
                pivot.figure = Figure::ALL[next(at, Figure::ALL.len())];
            }
            _ => pivot.of = next(pivot.of, count),
        }
    }

    fn submit(&mut self) -> Answer {
        let of = self.columns.get(self.pivot.of);
        let is_number = of.is_some_and(|column| column.is_number);
        self.pivot.currencies = of.map(|column| column.currencies.clone()).unwrap_or_default();
        self.problem = if self.pivot.across == Some(self.pivot.down) {
            Some("a column does not stand down and across at once".to_owned())
        } else if self.pivot.figure.needs_numbers() && !is_number {
            Some("only numbers have a sum or a mean: take count, min or max".to_owned())
        } else {
            return Answer::Pivot(self.pivot.clone(), self.title());
        };
        Answer::Stay
    }

    fn name(&self, at: usize) -> &str {
        self.columns.get(at).map_or("", |column| &column.name)
    }

    /// What the table is called.
    fn title(&self) -> String {
        let Pivot { down, across, figure, of, .. } = self.pivot;
        let across = across.map(|at| format!(" across {}", self.name(at))).unwrap_or_default();
        let parted = if self.pivot.is_parted() { ", each of one currency" } else { "" };
        format!("{} of {} by {}{across}{parted}", figure.name(), self.name(of), self.name(down))
    }
}

/// Draws the fields and what is wrong.
pub fn draw(frame: &mut Frame, dialog: &Dialog, theme: &Theme) {
    let inside = boxed(frame, "Group all rows", 70, LINES, theme);
    let pivot = &dialog.pivot;
    let across = pivot.across.map_or("nothing", |at| dialog.name(at));
    let fields = [
        (dialog.name(pivot.down), "a row for each of its values"),
        (across, "a column for each of its values"),
        (pivot.figure.name(), "of each group; DECIMALs stay exact"),
        (dialog.name(pivot.of), "its cells"),
    ];
    for (index, (place, (text, hint))) in inside.rows().zip(fields).enumerate() {
        let name = NAMED[index];
        let (style, chosen) =
            if index == dialog.at { (theme.accent, theme.accent) } else { (theme.text, theme.number) };
        frame.render_widget(Span::styled(name, style), place);
        let indent = NAMES.min(place.width);
        let right = Rect { x: place.x + indent, width: place.width - indent, ..place };
        let text = format!("‹ {} › ", value::visible(text));
        let text = cut(&text, usize::from(right.width)).into_owned();
        let line = Line::from(vec![Span::styled(text, chosen), Span::styled(hint, theme.muted)]);
        frame.render_widget(line, right);
    }
    if let (Some(problem), Some(place)) = (&dialog.problem, inside.rows().nth(FIELDS + 1)) {
        frame.render_widget(Line::styled(theme.glyphs.keys(problem), theme.error), place);
    }
}
