//! Runs elsewhere: what they may cost, leaving one alone, taking one up again, stopping it.

use super::App;
use crate::engine::EngineError;
use crate::explorer::action::Action;
use crate::explorer::effect::Effect;
use crate::explorer::message::{JobId, Notice, Runs, Show, State};
use crate::explorer::overlays::runs::{self, RunList};
use crate::explorer::overlays::{Overlay, message};
use crate::ledger::Entry;
use crate::target::LOCAL;

impl App {
    /// Asks about the shown statement's price, once nothing else is asked.
    pub(super) fn ask_price(&mut self) {
        let tab = &self.tabs.shown;
        if let (None, State::Asking, Some(question)) = (&self.overlay, &tab.results.state, &tab.question) {
            self.overlay = Some(Overlay::Message(message::Message::price(question, tab.job)));
        }
    }

    /// The person says no to what the shown statement may cost.
    pub(super) fn decline(&mut self) {
        if self.tabs.shown.question.take().is_some() {
            self.tabs.shown.results.fail(EngineError::cancelled());
            self.notice = Some(Notice { text: "nothing was sent".into(), bad: false });
            if self.queue.job == self.tabs.shown.job {
                self.end_queue();
            }
        }
    }

    /// The person says yes.
    pub(super) fn approve(&mut self, job: JobId) -> Vec<Effect> {
        let Some(tab) = self.tabs.of(job) else { return Vec::new() };
        let Some(Effect::Run { on, .. }) = &mut tab.sent else { return Vec::new() };
        on.approved = true;
        tab.question = None;
        tab.results.state = State::Running;
        tab.sent.clone().into_iter().collect()
    }

    /// Leaves the shown run alone.
    pub(super) fn detach(&mut self) -> Vec<Effect> {
        let tab = &self.tabs.shown;
        if tab.results.is_running() && tab.target != LOCAL {
            return vec![Effect::Detach { job: tab.job }];
        }
        let text = if tab.results.is_running() {
            "it runs in this program, and ends with it"
        } else {
            "nothing runs here that could be left alone"
        };
        self.notice = Some(Notice { text: text.into(), bad: true });
        Vec::new()
    }

    /// The runs elsewhere: a list where the person asked for one, else what was not seen to end.
    pub(super) fn take_runs(&mut self, runs: Runs) -> Vec<Effect> {
        match (runs.show, &mut self.overlay) {
            (Show::Notice, _) => self.tell_open(&runs),
            (_, Some(Overlay::Runs(open))) => open.replace(runs),
            (Show::List, overlay @ None) => *overlay = Some(Overlay::Runs(RunList::new(runs))),
            // Another question stands there, or the list was closed.
            (Show::List | Show::Again, _) => {}
        }
        Vec::new()
    }

    fn tell_open(&mut self, runs: &Runs) {
        let open: Vec<_> = runs.entries.iter().filter(|entry| !entry.state.is_final()).collect();
        if let [first, others @ ..] = open.as_slice() {
            let key =
                self.keymap.hint(self.focus, Action::Runs).map(|key| key.to_string()).unwrap_or_default();
            let (what, more) = match others.len() {
                0 => (format!("a run on {} was", first.target), "it"),
                more => (format!("{} runs elsewhere were", more + 1), "them"),
            };
            self.notice =
                Some(Notice { text: format!("{what} not seen to end: {key} lists {more}"), bad: false });
        }
    }

    /// Takes a run of the ledger up in a result of its own.
    pub(super) fn attach(&mut self, entry: &Entry) -> Vec<Effect> {
        let Some(run) = self.id_of(entry) else { return Vec::new() };
        let title = runs::title(&entry.statement);
        let title = if title.is_empty() { format!("run {run}") } else { title };
        let Some(mut effects) = self.start(&title, None) else { return Vec::new() };
        let (job, target) = (self.tabs.shown.job, entry.target.clone());
        let (statement, started) = (entry.statement.clone(), entry.started);
        self.tabs.shown.target.clone_from(&target);
        effects.push(Effect::Attach { job, target, run, statement, started });
        effects
    }

    pub(super) fn stop_run(&mut self, entry: &Entry) -> Vec<Effect> {
        if entry.state.is_final() {
            self.notice = Some(Notice { text: "that run has ended".into(), bad: true });
            return Vec::new();
        }
        let Some(run) = self.id_of(entry) else { return Vec::new() };
        vec![Effect::StopRun { target: entry.target.clone(), run }]
    }

    fn id_of(&mut self, entry: &Entry) -> Option<String> {
        if entry.id.is_none() {
            let text = format!(
                "{} had not named the run when the program ended: it may stand among those that {} lists",
                entry.target, entry.target
            );
            self.notice = Some(Notice { text, bad: true });
        }
        entry.id.clone()
    }
}
