//! The results that are kept, each with its job: one is shown, the others go on behind it.

use std::collections::VecDeque;

use super::{App, Source};
use crate::explorer::effect::Effect;
use crate::explorer::message::{JobId, Notice, Question, State};
use crate::explorer::overlays::{Overlay, message};
use crate::explorer::panes::charts::Charts;
use crate::explorer::panes::results::Results;
use crate::explorer::panes::results::arranging::Arranging;
use crate::explorer::panes::viewport::Viewport;
use crate::export::sidecar::Origin;
use crate::target::LOCAL;

/// Results that are kept at the most.
const MOST: usize = 8;

/// A result with all that belongs to it.
#[derive(Debug, Default)]
pub struct Tab {
    pub job: JobId,
    pub results: Results,
    pub charts: Charts,
    /// Where it runs.
    pub target: String,
    /// What was sent, or waits for a yes.
    pub(super) sent: Option<Effect>,
    pub(super) question: Option<Question>,
    /// The table whose rows these are, if they are a table's.
    pub(super) table: Option<String>,
    /// The result whose rows these are, when they are arranged.
    pub(super) base: Option<Base>,
    /// How they were arranged before that, in case they cannot be.
    pub(super) before: Arranging,
    /// A condition that was typed and did not hold up.
    pub(super) refused: Option<String>,
    /// The name under which its rows are kept.
    pub(super) kept: Option<String>,
    /// Whether the history has its statement.
    pub(super) is_remembered: bool,
}

/// A result that waits behind its arranged rows, as it stood.
#[derive(Debug)]
pub(super) struct Base {
    pub job: JobId,
    pub view: Viewport,
    pub state: State,
    pub charts: Charts,
}

impl Tab {
    /// How the statement ended, or stands: that of the result behind arranged rows.
    pub(super) fn came(&self) -> &State {
        self.base.as_ref().map_or(&self.results.state, |base| &base.state)
    }

    /// Lets all of it go.
    fn closed(&self) -> impl Iterator<Item = Effect> {
        let base = self.base.as_ref().map(|base| base.job);
        [Some(self.job), base].into_iter().flatten().map(|job| Effect::Close { job })
    }

    /// The title without the name under which the result is kept.
    pub(super) fn bare_title(&self) -> &str {
        let title = self.results.title.as_str();
        let rest = title.strip_prefix("results.").and_then(|rest| rest.split_once(" · "));
        rest.filter(|_| self.kept.is_some()).map_or(title, |(_, bare)| bare)
    }

    /// Where its rows come from.
    pub(super) fn origin(&self, source: &Source) -> Origin {
        let is_local = self.target == LOCAL || self.target.is_empty();
        let mut origin = Origin {
            target: if is_local { LOCAL.into() } else { self.target.clone() },
            engine: if is_local { source.engine.clone() } else { self.target.clone() },
            table: self.table.clone(),
            lake: is_local.then(|| source.name.clone()),
            newest: source.newest.filter(|_| is_local),
            ..Origin::default()
        };
        if let Some(Effect::Run { statement, .. }) = &self.sent {
            origin.sql = Some(statement.running().trim().to_owned());
            origin.values = statement.values.iter().cloned().map(|one| (one.name, one.text)).collect();
        }
        origin.arranged = self.results.arranged();
        origin
    }
}

/// The results in the order of their statements.
#[derive(Debug, Default)]
pub struct Tabs {
    before: VecDeque<Tab>,
    pub shown: Tab,
    after: VecDeque<Tab>,
    last: JobId,
}

impl Tabs {
    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Tab> {
        self.before.iter().chain([&self.shown]).chain(&self.after)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.before.len() + 1 + self.after.len()
    }

    /// Place of the shown one.
    #[must_use]
    pub fn at(&self) -> usize {
        self.before.len()
    }

    /// The result of a job, unless it was closed.
    pub fn of(&mut self, job: JobId) -> Option<&mut Tab> {
        self.all_mut().find(|tab| tab.job == job)
    }

    /// The one whose rows are arranged from the result of a job.
    pub(super) fn over(&mut self, job: JobId) -> Option<&mut Tab> {
        self.all_mut().find(|tab| tab.base.as_ref().is_some_and(|base| base.job == job))
    }

    /// A number that no job has.
    pub(super) fn number(&mut self) -> JobId {
        self.last = JobId(self.last.0 + 1);
        self.last
    }

    /// Each of them, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Tab> {
        self.before.iter_mut().chain([&mut self.shown]).chain(&mut self.after)
    }

    /// Shows the next one or the one before, round the ends.
    fn step(&mut self, forward: bool) {
        let (at, count) = (self.before.len(), self.count());
        let to = (at + if forward { 1 } else { count - 1 }) % count;
        while self.before.len() > to
            && let Some(tab) = self.before.pop_back()
        {
            self.after.push_front(std::mem::replace(&mut self.shown, tab));
        }
        while self.before.len() < to
            && let Some(tab) = self.after.pop_front()
        {
            self.before.push_back(std::mem::replace(&mut self.shown, tab));
        }
    }

    /// Shows a new one after all others; one in which nothing was run makes way.
    fn open(&mut self, results: Results, charts: Charts) {
        let tab = Tab { job: self.number(), results, charts, ..Tab::default() };
        let left = std::mem::replace(&mut self.shown, tab);
        if !left.results.is_idle() {
            self.before.push_back(left);
        }
        self.before.append(&mut self.after);
    }

    /// Lets the shown one go; the one after it is shown then, or the one before.
    fn close(&mut self) -> Tab {
        let next = self.after.pop_front().or_else(|| self.before.pop_back());
        std::mem::replace(&mut self.shown, next.unwrap_or_default())
    }

    /// Lets the oldest go that is neither shown nor under way.
    fn close_oldest(&mut self) -> Option<Tab> {
        let ended = |tab: &Tab| !tab.results.is_running();
        if let Some(at) = self.before.iter().position(ended) {
            return self.before.remove(at);
        }
        self.after.iter().position(ended).and_then(|at| self.after.remove(at))
    }
}

impl App {
    /// Puts a result that begins on screen. Where there are too many, the oldest goes, with a word; where all are under
    /// way, nothing begins.
    pub(super) fn open_tab(&mut self, results: Results, charts: Charts) -> Option<Vec<Effect>> {
        let mut effects = Vec::new();
        if self.tabs.count() >= MOST && !self.tabs.shown.results.is_idle() {
            let oldest = self.tabs.close_oldest().or_else(|| {
                let has_ended = !self.tabs.shown.results.is_running();
                has_ended.then(|| self.tabs.close())
            });
            let Some(oldest) = oldest else {
                let text = format!("{MOST} statements are under way: close a result or stop one first");
                self.notice = Some(Notice { text, bad: true });
                return None;
            };
            let text = format!("{MOST} results are kept: {} was let go", oldest.results.title);
            self.notice = Some(Notice { text, bad: false });
            effects.extend(oldest.closed());
        }
        self.tabs.open(results, charts);
        self.tabs.shown.target = LOCAL.into();
        Some(effects)
    }

    pub(super) fn step_tab(&mut self, forward: bool) -> Vec<Effect> {
        self.tabs.step(forward);
        self.tab_shown()
    }

    /// Shows the result of a place in the line of their names.
    pub(super) fn show_tab(&mut self, index: usize) -> Vec<Effect> {
        while self.tabs.at() != index {
            self.tabs.step(index > self.tabs.at());
        }
        self.tab_shown()
    }

    /// What stands beside the result is that result's.
    fn tab_shown(&mut self) -> Vec<Effect> {
        self.editor.clear_error();
        self.refresh()
    }

    /// The person lets the shown result go; one that is under way is asked about.
    pub(super) fn close_tab(&mut self) -> Vec<Effect> {
        let Tab { job, results, .. } = &self.tabs.shown;
        if results.is_idle() {
            return Vec::new();
        }
        if results.is_running() {
            self.overlay = Some(Overlay::Message(message::Message::close(&results.title, *job)));
            return Vec::new();
        }
        self.close_job(*job)
    }

    pub(super) fn close_job(&mut self, job: JobId) -> Vec<Effect> {
        if self.tabs.shown.job != job {
            return Vec::new();
        }
        if self.queue.job == job {
            self.end_queue();
        }
        let remembered = self.remember(job, true);
        let mut effects: Vec<_> = self.tabs.close().closed().chain(remembered).collect();
        effects.extend(self.tab_shown());
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_are_walked_round_in_their_order() {
        let mut tabs = Tabs::default();
        for _ in 0..3 {
            tabs.open(Results::running("x"), Charts::default());
        }
        let order = |tabs: &Tabs| tabs.iter().map(|tab| tab.job.0).collect::<Vec<_>>();
        for (forward, shown) in
            [(true, 1), (true, 2), (true, 3), (true, 1), (false, 3), (false, 2), (false, 1), (false, 3)]
        {
            tabs.step(forward);
            assert_eq!((tabs.shown.job.0, order(&tabs)), (shown, vec![1, 2, 3]), "{forward}");
        }
        tabs.step(false);
        assert_eq!((tabs.close().job.0, tabs.shown.job.0), (2, 3));
        assert_eq!((tabs.close().job.0, tabs.shown.job.0), (3, 1));
        assert_eq!((tabs.close().job.0, tabs.shown.job.0, tabs.count()), (1, 0, 1));
        tabs.step(true);
        assert!(tabs.shown.results.is_idle());
        tabs.open(Results::running("x"), Charts::default());
        assert_eq!(order(&tabs), [4], "a number is never used again");
    }
}
