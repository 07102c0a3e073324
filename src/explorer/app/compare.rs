//! Comparing the shown result with another that is kept.

use super::App;
use super::tabs::Tab;
use crate::explorer::effect::{Comparing, Effect};
use crate::explorer::message::Notice;
use crate::explorer::overlays::Overlay;
use crate::explorer::overlays::compare::{Choice, Dialog, Side};

impl App {
    /// Asks with what the shown result is compared.
    pub(super) fn choose_comparison(&mut self) {
        let sides: Vec<_> = self.tabs.iter().enumerate().filter_map(side).collect();
        let shown = sides.iter().find(|side| side.job == self.tabs.shown.job).cloned();
        let others = sides.into_iter().filter(|side| side.job != self.tabs.shown.job).collect();
        let text = match shown.map(|shown| Dialog::new(shown, others)) {
            Some(Some(dialog)) => {
                self.overlay = Some(Overlay::Compare(Box::new(dialog)));
                return;
            }
            Some(None) => "there is no other result that is complete: run a second statement",
            None => "there is no complete result to compare",
        };
        self.notice = Some(Notice { text: text.into(), bad: true });
    }

    /// Compares the shown result with another.
    pub(super) fn compare_with(&mut self, choice: Choice) -> Vec<Effect> {
        let jobs = [self.tabs.shown.job, choice.with];
        // Titles are too long for the names of columns.
        let names = jobs.map(|job| {
            let at = self.tabs.iter().position(|tab| tab.job == job).unwrap_or(0);
            format!("result {}", at + 1)
        });
        let title = format!("{} against {}", names[0], names[1]);
        let Some(mut effects) = self.start(&title, None) else { return Vec::new() };
        let comparing = Comparing { jobs, names, keys: choice.keys, tolerance: choice.tolerance };
        effects.push(Effect::Compare { job: self.tabs.shown.job, comparing });
        effects
    }
}

/// A result whose rows are all there.
fn side((index, tab): (usize, &Tab)) -> Option<Side> {
    let schema = tab.results.schema.clone().filter(|_| tab.results.is_complete())?;
    Some(Side { job: tab.job, name: format!("{} {}", index + 1, tab.results.title), schema })
}
