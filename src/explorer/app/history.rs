//! The history: what ended is kept in mind, and what is found there comes back.

use std::collections::BTreeMap;

use super::App;
use super::tabs::Tab;
use crate::engine::ErrorKind;
use crate::explorer::action::Pane;
use crate::explorer::effect::Effect;
use crate::explorer::message::{JobId, Notice, State};
use crate::explorer::overlays::Overlay;
use crate::explorer::overlays::history::Finder;
use crate::explorer::overlays::runs::one_line;
use crate::history::{Entry, Outcome, secrets};
use crate::query::Query;
use crate::target::Dollars;

impl App {
    /// Keeps in mind how the statement of a job ended, once; one that runs still when it `is_left` was stopped.
    pub(super) fn remember(&mut self, job: JobId, is_left: bool) -> Option<Effect> {
        let tab = self.tabs.of(job).filter(|tab| !tab.is_remembered)?;
        let entry = entry(tab, is_left)?;
        tab.is_remembered = true;
        Some(Effect::Remember(Box::new(entry)))
    }

    /// The entries came.
    pub(super) fn take_history(&mut self, entries: Vec<Entry>) -> Vec<Effect> {
        match &mut self.overlay {
            Some(Overlay::History(finder)) => finder.replace(entries),
            overlay @ None => *overlay = Some(Overlay::History(Finder::new(entries))),
            // Another question stands there.
            Some(_) => {}
        }
        Vec::new()
    }

    /// Puts a statement into a buffer of its own, and runs it where it ran.
    pub(super) fn recall(&mut self, entry: &Entry, runs: bool) -> Vec<Effect> {
        let name = if entry.title.is_empty() { one_line(&entry.statement) } else { entry.title.clone() };
        let has_title =
            entry.title.is_empty() || entry.statement.lines().any(|line| line.starts_with("-- title:"));
        let title = if has_title { String::new() } else { format!("-- title: {}\n", one_line(&entry.title)) };
        self.editor.open(&name, &format!("{title}{}", entry.statement));
        self.text_changed();
        self.focus = Pane::Editor;
        if !runs || entry.is_cut {
            if entry.target != self.targets.name() {
                let text =
                    format!("it ran on {}, and statements run on {}", entry.target, self.targets.name());
                self.notice = Some(Notice { text, bad: false });
            }
            if runs {
                let text = "only the beginning of the statement was kept: it is not run".to_owned();
                self.notice = Some(Notice { text, bad: true });
            }
            return self.refresh();
        }
        let mut effects = Vec::new();
        if entry.target != self.targets.name() {
            let Some(at) = self.targets.place(&entry.target) else {
                let text =
                    format!("there is no target {} any more: the statement is in the editor", entry.target);
                self.notice = Some(Notice { text, bad: true });
                return self.refresh();
            };
            effects = self.switch_to(at);
        }
        // What the form would offer are the values of another run of the query of that title.
        if let Ok(query) = Query::parse(&name, &entry.statement) {
            let defaults = query.parameters.into_iter();
            let values: BTreeMap<_, _> =
                defaults.filter_map(|parameter| Some((parameter.name, parameter.default?))).collect();
            self.given.insert(query.title, values);
        }
        effects.extend(self.run_editor());
        effects
    }
}

fn entry(tab: &Tab, is_left: bool) -> Option<Entry> {
    let Some(Effect::Run { statement, on, .. }) = &tab.sent else { return None };
    let results = &tab.results;
    let (outcome, error) = match &results.state {
        State::Complete => (Outcome::Succeeded, None),
        State::Cancelled => (Outcome::Cancelled, None),
        // It did not run, or goes on.
        State::Failed(error) if matches!(error.kind, ErrorKind::Refused | ErrorKind::Detached) => {
            return None;
        }
        State::Failed(error) => (Outcome::Failed, Some(secrets::withheld(&error.message))),
        _ if is_left && results.is_running() => (Outcome::Cancelled, None),
        _ => return None,
    };
    let is_typed = one_line(statement.running()) == results.title;
    let title = if is_typed { "" } else { tab.bare_title() };
    let stats = results.stats.as_ref();
    Some(Entry {
        outcome,
        error,
        rows: results.view.rows(),
        milliseconds: u64::try_from(results.elapsed.as_millis()).unwrap_or(u64::MAX),
        scanned: stats.and_then(|stats| stats.bytes_scanned),
        nano_dollars: stats.and_then(|stats| stats.cost).map(Dollars::nano),
        ..Entry::of(statement, "explorer", &on.target, title)
    })
}
