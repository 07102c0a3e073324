//! From what a person picked or typed to the statement that runs: parameters, confirmation, and the error's place.

use std::collections::BTreeMap;

use super::{App, Pending};
use crate::dialect;
use crate::engine::{Access, EngineError, ErrorKind};
use crate::explorer::action::{Action, Pane};
use crate::explorer::effect::{Effect, RunOn};
use crate::explorer::forecast_request::Subject;
use crate::explorer::message::{Notice, State};
use crate::explorer::overlays::{Overlay, message};
use crate::explorer::panes::lake::LakePane;
use crate::explorer::panes::queries::Entry;
use crate::explorer::panes::{charts, results};
use crate::lake::Lake;
use crate::query::{self, Chart, ParameterKind, Statement};
use crate::sql;

impl App {
    /// Enter in the tree: a query runs, a table is read in place.
    pub(super) fn open(&mut self) -> Vec<Effect> {
        match self.queries.selected().cloned() {
            Some(Entry::Query(query)) => {
                self.editor.open(&query.title, &query.text);
                self.text_changed();
                let title = query.title.clone();
                self.begin(Pending { began: Some(self.editor.place(0)), ..Pending::new(query, title) })
            }
            Some(Entry::Table { name, .. }) => match self.targets.sql_name(&name) {
                Some(elsewhere) => self.look(&name, &elsewhere),
                None => self.browse(&name),
            },
            Some(Entry::Column { name, .. }) => {
                self.editor.insert(&sql_name(&name));
                self.text_changed();
                self.focus = Pane::Editor;
                self.refresh()
            }
            Some(Entry::Heading(_) | Entry::Note { .. }) | None => Vec::new(),
        }
    }

    /// Runs a saved query with these values.
    pub(super) fn run_saved(&mut self, name: &str, values: BTreeMap<String, String>) -> Vec<Effect> {
        let Some(query) = self.queries.saved(name) else {
            self.notice = Some(Notice { text: format!("there is no saved query {name}"), bad: true });
            return Vec::new();
        };
        let title = query.title.clone();
        self.pending = Some(Pending { values, ..Pending::new(query, title) });
        self.run_pending(Access::ReadOnly)
    }

    /// Reads a table in place.
    pub fn browse(&mut self, table: &str) -> Vec<Effect> {
        let Some(mut effects) = self.start(table, None) else { return Vec::new() };
        self.tabs.shown.table = Some(table.to_owned());
        effects.push(Effect::Browse { job: self.tabs.shown.job, table: table.to_owned() });
        effects
    }

    /// Shows the text of what is under the cursor, in a buffer of its own.
    pub(super) fn edit(&mut self) -> Vec<Effect> {
        let (name, text) = match self.queries.selected() {
            Some(Entry::Query(query)) => (query.title.clone(), query.text.clone()),
            Some(Entry::Table { name, .. }) => {
                let table = self.targets.sql_name(name).unwrap_or_else(|| sql_name(name));
                (name.clone(), format!("SELECT *\nFROM {table}\nLIMIT 1000"))
            }
            _ => return Vec::new(),
        };
        self.editor.open(&name, &text);
        self.text_changed();
        self.focus = Pane::Editor;
        self.refresh()
    }

    /// Somebody else wrote to the lake.
    pub(super) fn lake_changed(&mut self) -> Vec<Effect> {
        // By ourselves: it is read again in the end.
        if self.statements.taking.is_none() {
            self.is_outdated = true;
            let key = self.keymap.hint(Pane::Results, Action::Reload).map(|key| key.to_string());
            let key = key.unwrap_or_default();
            self.tell(&format!("the lake was written to since it was read; {key} reads it again"), true);
        }
        Vec::new()
    }

    /// Takes in the lake, or the files where none is open, as they are now; a table on screen is opened again.
    pub fn reloaded(&mut self, entries: Vec<Entry>, lake: Option<&Lake>) -> Vec<Effect> {
        self.replace_local(entries);
        self.source.newest = lake.and_then(Lake::newest);
        self.source.newest_dates = lake.map(Lake::newest_dates).unwrap_or_default();
        (self.accounts, self.customers, self.currencies) = (None, None, None);
        self.is_outdated = false;
        self.lake = LakePane::default();
        let mut effects: Vec<_> = self.credit.again().map(Effect::Credit).into_iter().collect();
        let is_of_lake = !matches!(self.forecast.request.subject, Subject::Result(_));
        if is_of_lake && self.forecast.request.number > 0 {
            effects.extend(self.request());
        }
        let what = if lake.is_some() { "the lake was" } else { "the files were" };
        let text = match self.tabs.shown.table.take().filter(|table| self.targets.has_local_table(table)) {
            Some(table) => {
                let focus = self.focus;
                effects.extend(self.browse(&table));
                self.focus = focus;
                format!("{what} read again")
            }
            None if self.shows_what_was_run() => {
                format!("{what} read again; a result on screen is still the one from before")
            }
            None => format!("{what} read again"),
        };
        let read = Notice { text, bad: false };
        self.notice = Some(self.statements.said.take().unwrap_or(read));
        effects.extend(self.refresh());
        effects
    }

    /// Whether rows of a statement are in view, or a forecast of them; a card and a forecast of the lake are read anew with it.
    fn shows_what_was_run(&self) -> bool {
        let of_result = matches!(self.forecast.request.subject, Subject::Result(_));
        let is_beside = matches!(self.focus, Pane::Credit | Pane::Lake);
        let is_read_anew = is_beside || self.focus == Pane::Forecast && !of_result;
        self.tabs.shown.results.schema.is_some() && !is_read_anew
    }

    /// Asks for parameters if there are any, else runs. What waits to be run after an earlier one is let go.
    fn begin(&mut self, pending: Pending) -> Vec<Effect> {
        self.end_queue();
        self.ask_and_run(pending)
    }

    pub(super) fn run_pending(&mut self, access: Access) -> Vec<Effect> {
        let Some(Pending { query, title, values, is_flagged, began }) = self.pending.clone() else {
            return Vec::new();
        };
        match query::bind(&query.text, self.source.dialect, &query.parameters, &values) {
            Ok(statement) => {
                let words = dialect::foreign_words(statement.running(), self.source.dialect);
                if !(is_flagged || words.is_empty() || self.targets.is_local()) {
                    let target = self.targets.name();
                    self.overlay = Some(Overlay::Message(message::Message::foreign(target, words)));
                    return Vec::new();
                }
                let account = query.parameters.iter().find(|one| one.kind == ParameterKind::Account);
                let account = account.and_then(|one| values.get(&one.name).or(one.default.as_ref()));
                let account = account.filter(|text| !text.is_empty()).cloned();
                let effects = self.run(&title, statement, access, query.chart);
                if effects.is_empty() {
                    // There is no room for it, which was said, nor for what comes after it.
                    self.queue.rest.clear();
                    return effects;
                }
                self.editor.runs(self.tabs.shown.job, began, &query.text);
                self.tabs.shown.results.account = account;
                self.queue.job = self.tabs.shown.job;
                effects
            }
            Err(error) => {
                self.end_queue();
                self.fail_unsent(&title, EngineError::new(ErrorKind::Syntax, error.to_string()))
            }
        }
    }

    /// Sends what waits, whatever words it has.
    pub(super) fn send_as_is(&mut self) -> Vec<Effect> {
        if let Some(pending) = &mut self.pending {
            pending.is_flagged = true;
        }
        self.run_pending(Access::ReadOnly)
    }

    /// Shows what waits in the words of its engine, in a buffer of its own: nothing is sent.
    pub(super) fn translate(&mut self) -> Vec<Effect> {
        let Some(pending) = &self.pending else { return Vec::new() };
        let (text, to) = (&pending.query.text, self.source.dialect);
        let Ok(statement) = query::bind(text, to, &pending.query.parameters, &pending.values) else {
            return Vec::new();
        };
        // The header stands above, once.
        let body: String = statement
            .running()
            .lines()
            .skip_while(|line| line.starts_with("--"))
            .flat_map(|line| [line, "\n"])
            .collect();
        match dialect::translation::translated(&body, to) {
            Ok(translated) => {
                let name = format!("{} for {to}", pending.title);
                let text = format!("{}{translated}\n", header(text, &self.editor.text()));
                self.editor.open(&name, &text);
                self.text_changed();
                self.focus = Pane::Editor;
            }
            Err(why) => self.notice = Some(Notice { text: why, bad: true }),
        }
        self.refresh()
    }

    pub(super) fn run(
        &mut self,
        title: &str,
        statement: Statement,
        access: Access,
        chart: Option<Chart>,
    ) -> Vec<Effect> {
        let Some(mut effects) = self.start(title, chart.clone()) else { return Vec::new() };
        let on = RunOn {
            target: self.targets.name().to_owned(),
            access,
            reuse: self.targets.reuse,
            approved: self.targets.is_local(),
        };
        self.tabs.shown.target.clone_from(&on.target);
        let run = Effect::Run { job: self.tabs.shown.job, statement, chart, on };
        self.tabs.shown.sent = Some(run.clone());
        effects.push(run);
        effects
    }

    /// A new result on screen; nothing where there is no room for one.
    pub(super) fn start(&mut self, title: &str, chart: Option<Chart>) -> Option<Vec<Effect>> {
        let effects = self.open_tab(results::Results::running(title), charts::Charts::waiting(chart))?;
        self.editor.clear_error();
        if self.focus == Pane::Editor || self.from_editor.is_some() {
            self.from_editor = Some(self.tabs.shown.job);
        }
        self.focus = Pane::Results;
        Some(effects)
    }

    /// Gives the keys back to the editor in which a statement is to be mended, unless the person did something since it
    /// was run.
    fn back_to_editor(&mut self, why: &str) {
        let is_from_editor = self.from_editor.take() == Some(self.tabs.shown.job);
        // Rows that came before it failed are read first.
        let has_rows = self.tabs.shown.results.view.rows() > 0;
        if is_from_editor && !has_rows && self.focus == Pane::Results && self.overlay.is_none() {
            self.focus = Pane::Editor;
            if self.areas().results.height == 0 {
                self.tell(why, true);
            }
        }
    }

    /// A statement that is not sent, as a result of its own: the one on screen stays as it is.
    pub(super) fn fail_unsent(&mut self, title: &str, error: EngineError) -> Vec<Effect> {
        let Some(mut effects) = self.start(title, None) else { return Vec::new() };
        self.tabs.shown.results.time = self.now.unwrap_or(self.tabs.shown.results.time);
        effects.extend(self.fail(error));
        effects
    }

    pub(super) fn fail(&mut self, error: EngineError) -> Vec<Effect> {
        if error.kind == ErrorKind::Refused && self.write {
            self.overlay = Some(Overlay::Message(message::Message::confirm(&error)));
            self.tabs.shown.results.state = State::Idle;
            return Vec::new();
        }
        self.editor.show_error(self.tabs.shown.job, error.position);
        self.back_to_editor(&error.message);
        self.tabs.shown.results.fail(error);
        self.refresh()
    }
}

/// The lines that head a statement: those of its own text, else of the text in the editor that it stands in.
fn header(statement: &str, editor: &str) -> String {
    let text = if editor.contains(statement) { editor } else { statement };
    let lines = text.lines().take_while(|line| line.starts_with("--"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A table of the tree as SQL names it.
pub(super) fn sql_name(name: &str) -> String {
    match name.strip_prefix("results.") {
        Some(kept) => format!("results.{}", sql::name(kept)),
        None => sql::name(name),
    }
}
