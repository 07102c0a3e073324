//! The results: the state of one result and the part of it on screen.
//!
//! Only a window of rows is here; [`Results::wanted`] says which rows the screen lacks.

use std::time::Duration;

use duckdb::arrow::datatypes::SchemaRef;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::message::{Progress, State};
use super::super::theme::Theme;
use super::super::widgets::grid::{self, Column, Grid};
use crate::engine::store::Window;
use crate::engine::{EngineError, ErrorKind};
use crate::value;

/// The widest a column gets; the inspector shows the rest.
const WIDEST: u16 = 40;
/// Rows read around the screen once it is filled, so that scrolling needs no reading.
const AROUND: u64 = 400;
/// A paused stream goes on when the cursor is this near to its end.
const NEAR_END: u64 = 1_000;

/// The pane.
#[derive(Debug, Default)]
pub struct Results {
    pub title: String,
    pub state: State,
    pub schema: Option<SchemaRef>,
    pub columns: Vec<Column>,
    /// Rows held so far.
    pub rows: u64,
    pub elapsed: Duration,
    /// Bytes of memory of the whole program.
    pub memory: u64,
    pub window: Window,
    /// Row and column of the cursor.
    pub row: u64,
    pub column: usize,
    /// First row and column on screen.
    pub top: u64,
    pub left: usize,
    /// What was asked for and has not come: first row, number of rows.
    asked: Option<(u64, usize)>,
    /// Keep the cursor on the last row while rows come in.
    follow: bool,
    /// The cursor came by a jump: nothing says yet that the surroundings will be looked at.
    jumped: bool,
}

/// Rows that fit in the pane: its title and the two lines of the header taken off.
#[must_use]
pub fn page(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(3)).max(1)
}

impl Results {
    /// A result whose statement has just been started.
    #[must_use]
    pub fn running(title: &str) -> Self {
        Self { title: title.to_owned(), state: State::Running(None), ..Self::default() }
    }

    fn grid(&self) -> Grid<'_> {
        Grid {
            columns: &self.columns,
            rows: self.rows,
            window: &self.window,
            row: self.row,
            column: self.column,
            top: self.top,
            left: self.left,
        }
    }

    /// Whether a statement is under way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_) | State::Paused | State::Cancelling)
    }

    /// The columns came.
    pub fn set_schema(&mut self, schema: &SchemaRef) {
        self.columns = schema
            .fields()
            .iter()
            .map(|field| {
                let name = value::visible(field.name()).into_owned();
                let label = value::type_label(field.data_type());
                let width = fitting(name.width().max(label.width()));
                Column { number: value::is_number(field.data_type()), name, label, width }
            })
            .collect();
        self.schema = Some(schema.clone());
    }

    /// More rows came, or the run ended.
    pub fn progress(&mut self, progress: &Progress) {
        self.rows = progress.rows;
        self.elapsed = progress.elapsed;
        self.memory = progress.memory;
        if self.state != State::Cancelling || progress.state == State::Complete {
            self.state = progress.state.clone();
        }
        if self.follow {
            self.row = self.rows.saturating_sub(1);
            self.follow = self.is_running();
        }
    }

    /// The run failed or was stopped; the rows so far stay.
    pub fn fail(&mut self, error: EngineError) {
        self.follow = false;
        self.state = if error.kind == ErrorKind::Cancelled { State::Cancelled } else { State::Failed(error) };
    }

    /// Rows that were asked for came; a column grows with what it shows, and never shrinks.
    pub fn take(&mut self, window: Window) {
        self.asked = None;
        for batch in window.batches() {
            for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
                let text = |row| value::shown_in(&column.name, array.as_ref(), row);
                let widest = (0..batch.num_rows()).map(|row| text(row).width()).max();
                column.width = column.width.max(fitting(widest.unwrap_or(0)));
            }
        }
        self.window = window;
    }

    /// Puts the cursor on a row.
    pub fn go_to(&mut self, row: u64) {
        self.follow = false;
        self.jumped = true;
        self.row = row.min(self.rows.saturating_sub(1));
    }

    /// Moves the cursor.
    pub fn act(&mut self, action: Action, page: usize) {
        let last_row = self.rows.saturating_sub(1);
        let last_column = self.columns.len().saturating_sub(1);
        let page = page as u64;
        self.follow = action == Action::Last && self.is_running();
        self.jumped = matches!(action, Action::First | Action::Last);
        match action {
            Action::Up => self.row = self.row.saturating_sub(1),
            Action::Down => self.row = (self.row + 1).min(last_row),
            Action::PageUp => {
                self.row = self.row.saturating_sub(page);
                self.top = self.top.saturating_sub(page);
            }
            Action::PageDown => {
                self.row = (self.row + page).min(last_row);
                self.top = (self.top + page).min(self.rows.saturating_sub(page));
            }
            Action::First => self.row = 0,
            Action::Last => self.row = last_row,
            Action::Left => self.column = self.column.saturating_sub(1),
            Action::Right => self.column = (self.column + 1).min(last_column),
            Action::FirstColumn => self.column = 0,
            Action::LastColumn => self.column = last_column,
            _ => {}
        }
    }

    /// Brings the cursor into view. A row beyond the edge moves the page by half: few bytes for each key on average.
    pub fn scroll(&mut self, area: Rect) {
        let page = page(area) as u64;
        let last_top = self.rows.saturating_sub(page);
        if self.row < self.top {
            let near = self.top - self.row <= page;
            self.top = if near { (self.row + 1).saturating_sub(page / 2 + 1) } else { self.row };
        } else if self.row >= self.top + page {
            let near = self.row - (self.top + page) < page;
            self.top = if near { self.row - page / 2 } else { (self.row + 1).saturating_sub(page) };
        }
        self.top = self.top.min(last_top);
        self.left = self.left.min(self.column);
        while self.left < self.column && !self.grid().fits(area, self.column) {
            self.left += 1;
        }
    }

    /// The rows to read next, if the screen lacks some or nears the edge of what is held: what is missing comes
    /// alone and at once, the surroundings follow.
    pub fn wanted(&mut self, page: usize) -> Option<(u64, usize)> {
        let page = page as u64;
        let end = (self.top + page).min(self.rows);
        if self.rows == 0
            || self.asked.is_some_and(|(first, rows)| first <= self.top && end <= first + rows as u64)
        {
            return None;
        }
        let held_end = self.window.first + self.window.len();
        let shown = self.window.holds(self.top) && end <= held_end;
        let margin = page * 4;
        let enough_before = self.window.first <= self.top.saturating_sub(margin);
        let enough_after = held_end >= (end + margin).min(self.rows);
        let (first, last) = match (shown, enough_before && enough_after) {
            (true, true) => return None,
            (true, false) if self.jumped => return None,
            (true, false) => (self.top.saturating_sub(AROUND), (end + AROUND).min(self.rows)),
            (false, _) => (self.top, end),
        };
        if shown && self.asked.is_some() {
            return None;
        }
        let wanted = (first, usize::try_from(last - first).unwrap_or(usize::MAX));
        self.asked = Some(wanted);
        Some(wanted)
    }

    /// Whether rows on screen were asked for and have not come.
    #[must_use]
    pub fn lacks_rows(&self, page: usize) -> bool {
        let end = (self.top + page as u64).min(self.rows);
        let held_end = self.window.first + self.window.len();
        self.asked.is_some() && !(self.window.holds(self.top) && end <= held_end)
    }

    /// Whether the cursor nears the end of the rows held.
    #[must_use]
    pub fn is_near_end(&self) -> bool {
        self.row + NEAR_END >= self.rows
    }

    /// The exact text of the cell under the cursor; NULL is an empty text.
    #[must_use]
    pub fn cell_text(&self) -> Option<String> {
        let (array, row) = self.window.cell(self.row, self.column)?;
        Some(value::plain(array.as_ref(), row).unwrap_or_default())
    }

    /// The row under the cursor, tab-separated.
    #[must_use]
    pub fn row_text(&self) -> Option<String> {
        self.window.holds(self.row).then_some(())?;
        let cells = (0..self.columns.len()).map(|column| {
            let text =
                self.window.cell(self.row, column).and_then(|(array, row)| value::plain(array.as_ref(), row));
            text.unwrap_or_default().replace(['\t', '\n', '\r'], " ")
        });
        Some(cells.collect::<Vec<_>>().join("\t"))
    }
}

fn fitting(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(WIDEST).clamp(1, WIDEST)
}

/// Draws the rows, or what there is to say instead.
pub fn draw(frame: &mut Frame, area: Rect, results: &Results, focused: bool, theme: &Theme) {
    let lines = match &results.state {
        State::Failed(error) => failure(error, theme),
        State::Idle => vec![
            Line::styled("Nothing was run yet.", theme.muted),
            Line::styled("Pick a query on the left and press Enter, or write SQL.", theme.muted),
        ],
        State::Cancelled if results.rows == 0 => {
            vec![Line::styled("Cancelled: the statement was stopped before its first row.", theme.warning)]
        }
        State::Complete if results.rows == 0 => {
            grid::draw(frame, area, &results.grid(), focused, theme);
            let below =
                Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
            frame.render_widget(Line::styled("no rows", theme.muted), below);
            return;
        }
        State::Running(_) if results.rows == 0 => vec![Line::styled("Running …", theme.muted)],
        _ => return grid::draw(frame, area, &results.grid(), focused, theme),
    };
    let text = ratatui::widgets::Paragraph::new(lines).wrap(ratatui::widgets::Wrap { trim: false });
    frame.render_widget(text, area);
}

fn failure<'a>(error: &EngineError, theme: &Theme) -> Vec<Line<'a>> {
    let mut lines = vec![Line::styled(value::visible(&error.message).into_owned(), theme.error)];
    if let Some(place) = error.position {
        let text = format!("at line {}, column {} of the statement", place.line + 1, place.column + 1);
        lines.push(Line::styled(text, theme.muted));
    }
    if let Some(hint) = &error.hint {
        lines.push(Line::styled(format!("hint: {}", value::visible(hint)), theme.text));
    }
    lines
}
