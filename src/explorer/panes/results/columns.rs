//! The columns of a result: made from its schema, grown with what they show, moved and formatted by the person.

use std::collections::BTreeSet;

use duckdb::arrow::datatypes::SchemaRef;
use unicode_width::UnicodeWidthStr;

use super::super::super::action::Action;
use super::super::super::widgets::cell::{self, Holds};
use super::super::super::widgets::grid::Column;
use super::{Results, fitting, layout::Layout, money};
use crate::engine::store::Window;
use crate::value::money::Currency;
use crate::value::{self, Figures};

/// What a key adds to the width of a column or takes from it.
const STEP: u16 = 4;
/// The widest that a person may make one.
const BROADEST: u16 = 400;

/// The columns of a schema, as wide as their names.
#[must_use]
pub fn of(schema: &SchemaRef) -> Vec<Column> {
    let column = |(at, field): (usize, &duckdb::arrow::datatypes::FieldRef)| {
        let name = value::visible(field.name()).into_owned();
        let label = value::type_label(field.data_type());
        let width = fitting(name.width().max(label.width()));
        Column {
            holds: Holds::of(field.name(), field.data_type()),
            currency: money::currency(schema, at),
            converted: money::converted(schema, at),
            name,
            label,
            width,
            ..Column::default()
        }
    };
    schema.fields().iter().enumerate().map(column).collect()
}

impl Results {
    /// Lets columns grow with the rows that they show; none shrinks.
    pub(super) fn grow(&mut self, window: &Window) {
        let rows = window.first..window.first + window.len();
        for index in 0..self.columns.len() {
            let column = &mut self.columns[index];
            if column.currency.is_some() && column.figures == Figures::Own {
                let tail = |row| cell::number(column, window, row, index).map_or(0, |(_, tail)| tail.width());
                column.tail = rows.clone().map(tail).max().unwrap_or(0).max(column.tail);
            }
            if column.is_fixed {
                continue;
            }
            let width = |row| cell::text(column, window, row, index).map_or(0, |(text, _)| text.width());
            let widest = rows.clone().map(width).max().unwrap_or(0);
            column.width = column.width.max(fitting(widest));
        }
    }

    /// Does what is asked of the columns; gives what there is to say of it.
    pub fn shape(&mut self, action: Action) -> Option<String> {
        let index = self.column;
        let column = self.columns.get_mut(index)?;
        let name = column.name.clone();
        match action {
            Action::Narrower => {
                (column.width, column.is_fixed) = (column.width.saturating_sub(STEP).max(3), true);
            }
            Action::Wider => (column.width, column.is_fixed) = ((column.width + STEP).min(BROADEST), true),
            Action::MoveLeft | Action::MoveRight => {
                self.layout.move_by_one(index, action == Action::MoveRight);
            }
            Action::Freeze => {
                self.layout.freeze(index);
                return Some(match self.layout.frozen() {
                    0 => "no column stays".into(),
                    1 => "the first column stays on screen".into(),
                    count => format!("the first {count} columns stay on screen"),
                });
            }
            Action::Hide => {
                let place = self.layout.place(index);
                self.layout.toggle(index);
                self.column = self.layout.at(place);
                return Some(match self.layout.hidden() {
                    0 => "it is the last one: a column is always shown".into(),
                    _ => format!("{name} is hidden; copies of rows and exports have it all the same"),
                });
            }
            Action::Figures if column.is_number() => {
                column.figures = column.figures.next();
                column.tail = 0;
                if !column.is_fixed {
                    column.width = fitting(column.title().width().max(column.label.width()));
                }
                let said = format!("{name}: {}", column.figures.name());
                self.grow(&self.view.window().clone());
                return Some(said);
            }
            Action::Figures => return Some(format!("{name} has no numbers")),
            _ => {}
        }
        None
    }

    /// The columns that tell the currencies of others.
    #[must_use]
    pub fn currencies(&self, columns: &[usize]) -> Vec<usize> {
        let each = columns.iter().filter_map(|column| self.columns.get(*column)?.currency.as_ref());
        let named = each.filter_map(|currency| match currency {
            Currency::By(columns) => Some(columns),
            Currency::Of(_) => None,
        });
        let all: BTreeSet<usize> = named.flatten().copied().collect();
        all.into_iter().collect()
    }

    /// Whether a column holds years or keys, of which there is no sum.
    #[must_use]
    pub fn has_names(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(Column::is_name)
    }

    /// The columns stand in this way from now on.
    pub fn lay_out(&mut self, layout: Layout) {
        self.layout = layout;
        if !self.layout.shown().any(|column| column == self.column) {
            self.column = self.layout.at(self.layout.place(self.column));
        }
    }

    /// Moves the cursor over the shown columns.
    pub(super) fn step_column(&mut self, action: Action) {
        let place = self.layout.place(self.column);
        self.column = self.layout.at(match action {
            Action::Left => place.saturating_sub(1),
            Action::Right => place + 1,
            Action::FirstColumn => 0,
            _ => usize::MAX,
        });
    }

    /// Puts the cursor on a column, which is shown from now on.
    pub fn go_to_column(&mut self, column: usize) {
        if self.layout.all().contains(&(column, false)) {
            self.layout.toggle(column);
        }
        self.column = column;
    }
}
