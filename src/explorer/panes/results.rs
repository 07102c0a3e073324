//! The results: the state of one result and the part of it on screen.
//!
//! Only a window of rows is here; its [`Viewport`] says which rows the screen lacks.

pub mod arranging;
mod columns;
pub mod layout;
mod money;
pub mod selection;

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use chrono::{DateTime, Utc};
use duckdb::arrow::datatypes::SchemaRef;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::message::{Look, Progress, State};
use super::super::theme::Theme;
use super::super::widgets::grid::{self, Column, Grid};
use super::viewport::Viewport;
use crate::engine::store::Window;
use crate::engine::totals::Totals;
use crate::engine::{self, EngineError, ErrorKind, Phase, Stats};
use crate::{export, value};
use arranging::Arranging;
use layout::Layout;
use selection::{Extent, Selection};

/// The widest a column gets; the inspector shows the rest.
const WIDEST: u16 = 40;
/// Columns of a sentence of an error at the most.
const SENTENCE: usize = 600;
/// Lines of an error above the rows that came before it.
const ERROR_LINES: u16 = 3;

/// The pane.
#[derive(Debug, Default)]
pub struct Results {
    pub title: String,
    /// The account that the statement is about, where its parameters name one.
    pub account: Option<String>,
    pub state: State,
    pub schema: Option<SchemaRef>,
    pub columns: Vec<Column>,
    /// What the engine does meanwhile.
    pub step: engine::Progress,
    /// What it took, once the engine has told.
    pub stats: Option<Box<Stats>>,
    pub elapsed: Duration,
    /// When there was news last.
    pub time: DateTime<Utc>,
    /// Bytes of memory of the whole program.
    pub memory: u64,
    /// Bytes that came over a network, where the rows lie behind one.
    pub read: Option<u64>,
    /// How its rows are arranged, and how many there are of those.
    pub arranging: Arranging,
    /// How they will be arranged once every row is there.
    pub wish: Arranging,
    pub of_rows: Option<u64>,
    /// Why those are not all that there are.
    pub of_part: Option<&'static str>,
    /// Where its columns stand.
    pub layout: Layout,
    /// What is marked, and what it adds up to.
    pub selection: Option<Selection>,
    pub totals: Option<Box<Totals>>,
    /// What was looked for last.
    pub sought: String,
    /// What is being worked out.
    pub looking: Option<Look>,
    /// The row that is to be shown as a record as soon as it has come.
    pub record: Option<u64>,
    /// What is on screen waits for the rows as they are arranged now.
    pub waits: bool,
    /// Which rows are on screen and held.
    pub view: Viewport,
    /// Column of the cursor, and the first one on screen.
    pub column: usize,
    pub left: usize,
}

impl Results {
    /// A result whose statement has just been started.
    #[must_use]
    pub fn running(title: &str) -> Self {
        Self { title: title.to_owned(), state: State::Running, ..Self::default() }
    }

    fn grid(&self) -> Grid<'_> {
        Grid {
            columns: &self.columns,
            shown: self.layout.shown().collect(),
            frozen: self.layout.frozen(),
            marked: self.marked(),
            rows: self.view.rows(),
            window: self.view.window(),
            row: self.view.row(),
            column: self.column,
            top: self.view.top(),
            left: self.left,
        }
    }

    /// The title, and whether rows are missing.
    #[must_use]
    pub fn caption(&self) -> String {
        let count = value::grouped(&self.view.rows().to_string());
        match &self.state {
            State::Failed(_) if self.view.rows() > 0 => format!("failed after {count} rows · {}", self.title),
            State::Cancelled if self.view.rows() > 0 => {
                format!("the first {count} rows, cancelled · {}", self.title)
            }
            _ => self.title.clone(),
        }
    }

    /// Rows that came, whether they are kept on screen or not.
    #[must_use]
    pub fn came(&self) -> u64 {
        self.of_rows.unwrap_or(self.view.rows())
    }

    /// How it stands, in a word; nothing where all is well.
    #[must_use]
    pub fn word(&self) -> String {
        let word = match &self.state {
            State::Running if !self.arranging.is_empty() => self.arranging.doing(),
            State::Running => {
                let percent = self.step.percent.map(|percent| format!(" {:.0} %", percent.clamp(0.0, 100.0)));
                return format!("{}{}", self.step.phase.name(), percent.unwrap_or_default());
            }
            State::Paused => "paused, End goes on",
            State::Asking => "not sent",
            State::Cancelling => Phase::Stopping.name(),
            State::Cancelled => "CANCELLED",
            State::Failed(error) => match error.kind {
                ErrorKind::Detached => "detached",
                ErrorKind::TimedOut => "timed out",
                _ => "failed",
            },
            State::Complete | State::Idle => "",
        };
        word.to_owned()
    }

    /// Whether a statement is under way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running | State::Paused | State::Cancelling)
    }

    /// Whether every row is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// How the rows are arranged, or will be once they are all there.
    #[must_use]
    pub fn wished(&self) -> &Arranging {
        if self.wish.is_empty() { &self.arranging } else { &self.wish }
    }

    /// By what the rows were kept and sorted, in words.
    #[must_use]
    pub fn arranged(&self) -> Option<String> {
        let kept = self.arranging.conditions.iter().map(|(_, label)| label.clone());
        let sorted = self.arranging.order.iter().filter_map(|order| {
            let name = &self.columns.get(order.column)?.name;
            Some(format!("sorted by {name}, {}", if order.descending { "falling" } else { "rising" }))
        });
        let words: Vec<_> = kept.chain(sorted).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// Whether nothing was run here.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// The columns came.
    pub fn set_schema(&mut self, schema: &SchemaRef) {
        self.columns = columns::of(schema);
        self.layout = Layout::new(self.columns.len());
        self.schema = Some(schema.clone());
    }

    /// The rows are arranged in this way from now on.
    pub fn arrange(&mut self, arranging: Arranging) -> Arranging {
        for (at, column) in self.columns.iter_mut().enumerate() {
            column.mark = arranging.mark(at);
            column.width = column.width.max(fitting(column.title().width()));
        }
        std::mem::replace(&mut self.arranging, arranging)
    }

    /// More rows came, or the run ended.
    pub fn progress(&mut self, progress: &Progress) {
        if std::mem::take(&mut self.waits) {
            self.view = Viewport::sparse();
        }
        self.view.set_rows(progress.rows);
        self.elapsed = progress.elapsed;
        self.time = progress.time;
        self.step = progress.step;
        if progress.stats.is_some() {
            self.stats.clone_from(&progress.stats);
        }
        self.memory = progress.memory;
        // How it ended stays on screen, also when a count that was on its way comes after it.
        let has_ended = matches!(self.state, State::Cancelled | State::Failed(_));
        if !has_ended && (self.state != State::Cancelling || progress.state == State::Complete) {
            self.state = progress.state.clone();
        }
        if !self.is_running() {
            self.view.end();
        }
    }

    /// The run failed or was stopped; the rows so far stay.
    pub fn fail(&mut self, error: EngineError) {
        self.view.fail();
        if let Some(stats) = &error.stats {
            self.stats = Some(stats.clone());
        }
        self.state = if error.kind == ErrorKind::Cancelled { State::Cancelled } else { State::Failed(error) };
    }

    /// Rows that were asked for came; a column grows with what it shows, and never shrinks.
    pub fn take(&mut self, window: Window) {
        self.grow(&window);
        let is_empty = window.is_empty();
        if let Some(missing) = self.view.take(window).filter(|_| is_empty && !self.is_running()) {
            let [first, last] = [missing.start + 1, missing.end].map(|row| value::grouped(&row.to_string()));
            let text = format!("rows {first} to {last} are no longer there: the table or file was changed");
            let error = EngineError::new(ErrorKind::Other, text);
            self.state = State::Failed(error.with_hint("open it again to read it as it is now"));
        }
    }

    /// Puts the cursor on a row.
    pub fn go_to(&mut self, row: u64) {
        self.view.go_to(row);
    }

    /// Moves the cursor.
    pub fn act(&mut self, action: Action) {
        match action {
            Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::First | Action::Last
                if self.waits => {}
            Action::Up => self.view.step(-1),
            Action::Down => self.view.step(1),
            Action::PageUp => self.view.turn(false),
            Action::PageDown => self.view.turn(true),
            Action::First => self.view.go_to(0),
            Action::Last if self.is_running() => self.view.follow(),
            Action::Last => self.view.go_to(u64::MAX),
            Action::Left | Action::Right | Action::FirstColumn | Action::LastColumn => {
                self.step_column(action);
            }
            _ => {}
        }
    }

    /// Brings the cursor into view.
    pub fn scroll(&mut self, area: Rect) {
        self.view.scroll(grid::lines(self.grid_area(area)));
        let place = self.layout.place(self.column);
        self.left = self.left.max(self.layout.frozen()).min(place);
        while self.left < place && !self.grid().fits(area, self.column) {
            self.left += 1;
        }
    }

    /// Rows and places of columns that are marked.
    #[must_use]
    pub fn marked(&self) -> Option<(Range<u64>, RangeInclusive<usize>)> {
        let columns = self.layout.shown().count();
        let place = self.layout.place(self.column);
        let selection = self.selection.as_ref()?;
        Some((selection.rows(self.view.row(), self.view.rows()), selection.places(place, columns)))
    }

    /// A mark of cells at the cursor.
    #[must_use]
    pub fn mark_here(&self) -> Selection {
        let place = self.layout.place(self.column);
        Selection { extent: Extent::Cells, row: self.view.row(), place }
    }

    /// Where the rows stand: below an error that ended them, and below what is said of their order.
    fn grid_area(&self, area: Rect) -> Rect {
        let lines = match self.state {
            State::Failed(_) => ERROR_LINES.min(area.height),
            _ => 0,
        };
        let lines = (lines + u16::from(arranging::is_said(self))).min(area.height);
        Rect { y: area.y + lines, height: area.height - lines, ..area }
    }

    /// The row and the column at a place of the pane; a column without a row is its name.
    #[must_use]
    pub fn pointed(&self, area: Rect, at: Position) -> (Option<u64>, Option<usize>) {
        let area = self.grid_area(area);
        let (row, column) = grid::pointed(&self.grid(), area, at);
        // Below the last row there is nothing.
        let is_name = at.y < area.y + area.height.min(2);
        if row.is_none() && !is_name { (None, None) } else { (row, column) }
    }

    /// Whether the row under the cursor, or one of its cells, is held only in part.
    #[must_use]
    pub fn is_cut(&self, column: Option<usize>) -> bool {
        let mut columns = column.map_or(0..self.columns.len(), |column| column..column + 1);
        columns.any(|column| self.view.window().is_cut(self.view.row(), column))
    }

    /// The exact text of a cell, of which NULL has none; without a column, the row as a line of a TSV file.
    #[must_use]
    pub fn text(&self, window: &Window, row: u64, column: Option<usize>) -> Option<String> {
        let cell = |column| {
            let (array, at) = window.cell(row, column)?;
            value::plain(array.as_ref(), at)
        };
        if let Some(column) = column {
            return cell(column);
        }
        window.holds(row).then_some(())?;
        let cells = (0..self.columns.len()).map(|column| export::tsv(cell(column).as_deref()).into_owned());
        Some(cells.collect::<Vec<_>>().join("\t"))
    }
}

fn fitting(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(WIDEST).clamp(1, WIDEST)
}

/// Draws the rows, or what there is to say instead; an error stands above the rows that came before it.
pub fn draw(frame: &mut Frame, area: Rect, results: &Results, focused: bool, theme: &Theme) {
    let rows = results.view.rows();
    let whole = area;
    let mut area = area;
    if let Some(line) = arranging::line(results, theme) {
        let line_area = Rect { height: area.height.min(1), ..area };
        frame.render_widget(grid::cut_line(line, usize::from(area.width)), line_area);
        area = Rect { y: area.y + line_area.height, height: area.height - line_area.height, ..area };
    }
    let focused = focused && !results.waits;
    let mut place = area;
    let lines = match &results.state {
        State::Failed(error) => {
            if rows > 0 {
                let below = results.grid_area(whole);
                grid::draw(frame, below, &results.grid(), focused, theme);
                place.height = area.height.saturating_sub(below.height);
            }
            failure(error, theme)
        }
        State::Idle => vec![
            Line::styled("Nothing was run yet.", theme.muted),
            Line::styled("Pick a query on the left and press Enter, or write SQL.", theme.muted),
        ],
        State::Asking => vec![Line::styled("Nothing was sent yet.", theme.muted)],
        State::Cancelled if rows == 0 => {
            vec![Line::styled("Cancelled: the statement was stopped before its first row.", theme.warning)]
        }
        State::Complete if rows == 0 => {
            grid::draw(frame, area, &results.grid(), focused, theme);
            let header = 2.min(area.height);
            let below = Rect { y: area.y + header, height: area.height - header, ..area };
            frame.render_widget(Line::styled("no rows", theme.muted), below);
            return;
        }
        State::Running if rows == 0 && !results.arranging.is_empty() => {
            vec![Line::styled(format!("{} …", results.arranging.doing()), theme.muted)]
        }
        State::Running if rows == 0 => vec![Line::styled("Running …", theme.muted)],
        _ => return grid::draw(frame, area, &results.grid(), focused, theme),
    };
    let text = ratatui::widgets::Paragraph::new(lines).wrap(ratatui::widgets::Wrap { trim: false });
    frame.render_widget(text, place);
}

fn failure<'a>(error: &EngineError, theme: &Theme) -> Vec<Line<'a>> {
    // An engine may quote a line of megabytes in its error.
    let brief = |text: &str| value::visible(&grid::cut(text, SENTENCE)).into_owned();
    let mut lines = vec![Line::styled(brief(&error.message), theme.error)];
    if let Some(place) = error.position {
        let text = format!("at line {}, column {} of the statement", place.line + 1, place.column + 1);
        lines.push(Line::styled(text, theme.muted));
    }
    if let Some(hint) = &error.hint {
        lines.push(Line::styled(format!("hint: {}", brief(hint)), theme.text));
    }
    lines
}
