//! Running what stands in the editor: a statement, what is selected, or all statements one after another.

use std::collections::VecDeque;
use std::ops::Range;

use super::{App, Pending};
use crate::dialect::{self, Dialect};
use crate::engine::{EngineError, ErrorKind};
use crate::explorer::effect::Effect;
use crate::explorer::message::{JobId, State};
use crate::explorer::overlays::runs::one_line;
use crate::query::Query;
use crate::sql;

/// Statements that are run after the one under way.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub rest: VecDeque<Pending>,
    /// The one under way.
    pub job: JobId,
}

impl Pending {
    /// Whether its statement has this parameter.
    pub(super) fn uses(&self, name: &str, dialect: Dialect) -> bool {
        let text = &self.query.text;
        let text = dialect::section(text, dialect).map_or("", |part| &text[part]);
        sql::tokens(text).iter().any(|token| {
            token.kind == sql::Kind::Parameter && &text[token.range.start + 1..token.range.end] == name
        })
    }
}

impl App {
    /// Runs what is selected, else the statement under the cursor, with the header of the editor's text.
    pub(super) fn run_editor(&mut self) -> Vec<Effect> {
        let text = self.editor.text();
        let dialect = self.source.dialect;
        if let Some(selected) = self.editor.text.selection() {
            let statements = sql::statements_in(&text, selected);
            return self.run_these(&text, &statements, "there is no statement in what is selected");
        }
        let Some(range) = dialect::statement_at(&text, self.editor.cursor_byte(), dialect) else {
            return self.run_these(&text, &[], "there is no statement in the editor");
        };
        self.run_these(&text, &[range], "")
    }

    /// Runs all statements of the buffer that are for the engine, one after another.
    pub(super) fn run_all(&mut self) -> Vec<Effect> {
        let text = self.editor.text();
        let section = dialect::section(&text, self.source.dialect).unwrap_or_default();
        self.run_these(&text, &sql::statements_in(&text, section), "there is no statement in the editor")
    }

    fn run_these(&mut self, text: &str, ranges: &[Range<usize>], none: &str) -> Vec<Effect> {
        self.editor.list = None;
        self.end_queue();
        let dialect = self.source.dialect;
        if ranges.is_empty() {
            let is_elsewhere = !sql::statements(text).is_empty() && self.editor.text.selection().is_none();
            let missing = format!("there is no statement for {dialect} in the editor");
            self.tell(if is_elsewhere { &missing } else { none }, true);
            return Vec::new();
        }
        let whole = match Query::parse("editor", text) {
            Ok(query) => query,
            Err(error) => return self.fail(EngineError::new(ErrorKind::Syntax, error.to_string())),
        };
        let section = dialect::section(text, dialect).unwrap_or_default();
        let alone = sql::statements(&text[section]).len() == 1;
        let mut all: VecDeque<_> = ranges
            .iter()
            .map(|range| {
                let titled = alone && whole.title != "editor";
                let title = if titled { whole.title.clone() } else { one_line(&text[range.clone()]) };
                let mut query = whole.clone();
                text[range.clone()].clone_into(&mut query.text);
                let mut query = query.dated(&self.source.newest_dates);
                if !alone {
                    query.chart = None;
                }
                Pending { began: Some(range.start), ..Pending::new(query, title) }
            })
            .collect();
        let Some(first) = all.pop_front() else { return Vec::new() };
        self.editor.statement_starts(text, ranges[0].start);
        self.queue.rest = all;
        self.ask_and_run(first)
    }

    /// Lets what would be run next go, and says so.
    pub(super) fn end_queue(&mut self) {
        let count = std::mem::take(&mut self.queue.rest).len();
        if count > 0 {
            let are = if count == 1 { "statement is" } else { "statements are" };
            self.tell(&format!("{count} more {are} not run"), true);
        }
    }

    /// Runs the next statement once the one before it has its rows; one that failed is the last.
    pub(super) fn next_of_queue(&mut self, job: JobId) -> Vec<Effect> {
        if self.queue.rest.is_empty() || job != self.queue.job {
            return Vec::new();
        }
        let state = self.tabs.of(job).map(|tab| tab.results.state.clone());
        match state {
            Some(State::Complete | State::Paused) => {
                let Some(next) = self.queue.rest.pop_front() else { return Vec::new() };
                let focus = self.focus;
                let text = self.editor.text();
                // The text may have been changed since.
                let began = next
                    .began
                    .filter(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(&next.query.text)));
                if let Some(began) = began {
                    self.editor.statement_starts(&text, began);
                }
                self.pending = Some(next);
                let effects = self.run_pending(crate::engine::Access::ReadOnly);
                // Who went elsewhere meanwhile stays there.
                self.focus = focus;
                effects
            }
            // It waits for a yes, or still runs.
            Some(State::Running | State::Asking | State::Cancelling) | None => Vec::new(),
            Some(State::Idle) if self.overlay.is_some() => Vec::new(),
            Some(_) => {
                self.end_queue();
                Vec::new()
            }
        }
    }
}
