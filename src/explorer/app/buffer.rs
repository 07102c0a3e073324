//! Running what stands in the editor: a statement, what is selected, or all statements one after another.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::App;
use crate::dialect::{self, Dialect};
use crate::engine::{EngineError, ErrorKind};
use crate::explorer::effect::Effect;
use crate::explorer::message::{JobId, State};
use crate::explorer::overlays::runs::one_line;
use crate::explorer::overlays::{Answer, Overlay};
use crate::explorer::panes::buffers::Place;
use crate::query::Query;
use crate::sql;

/// Statements that are run after the one under way.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub rest: VecDeque<Pending>,
    /// The one under way.
    pub job: JobId,
}

/// A statement that waits for its parameters or for a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pending {
    pub query: Query,
    pub title: String,
    /// Values for its parameters, by name.
    pub values: BTreeMap<String, String>,
    /// The person was shown the words that its engine does not know.
    pub is_flagged: bool,
    /// Where it stands in the editor's texts.
    pub began: Option<Place>,
}

impl Pending {
    pub(super) fn new(query: Query, title: String) -> Self {
        Self { query, title, values: BTreeMap::new(), is_flagged: false, began: None }
    }

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
            Err(error) => {
                let title = one_line(&text[ranges[0].clone()]);
                return self.fail_unsent(&title, EngineError::new(ErrorKind::Syntax, error.to_string()));
            }
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
                Pending { began: Some(self.editor.place(range.start)), ..Pending::new(query, title) }
            })
            .collect();
        let Some(first) = all.pop_front() else { return Vec::new() };
        // What the job before it does has no say in these.
        self.queue = Queue { rest: all, job: JobId::default() };
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

    /// Takes the overlay off the screen, unless it stays after this answer.
    pub(super) fn close_overlay(&mut self, answer: &Answer) {
        if !answer.keeps_overlay()
            && let Some(closed) = self.overlay.take()
        {
            self.let_go(&closed, answer);
        }
    }

    /// The person went away from what asked about the statement that waits: it is not run, nor what comes after it.
    fn let_go(&mut self, closed: &Overlay, answer: &Answer) {
        let is_declined = match closed {
            Overlay::Parameters(_) => !matches!(answer, Answer::Values(_)),
            Overlay::Message(message) => {
                message.is_before_running() && !matches!(answer, Answer::Confirmed | Answer::SendAsIs)
            }
            _ => false,
        };
        if is_declined {
            self.end_queue();
            if *answer != Answer::Translate {
                self.pending = None;
            }
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
                self.queue.job = JobId::default();
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
