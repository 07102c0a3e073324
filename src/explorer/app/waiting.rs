//! What the state looks like from outside: whether it waits for something, and what a key would ask of it.

use chrono::NaiveTime;
use crossterm::event::Event;
use std::time::Duration;

use super::App;
use crate::explorer::action::Action;
use crate::explorer::message::State;
use crate::explorer::overlays::Overlay;

/// How much the terminal may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    #[default]
    Usual,
    /// The line is slow: what changes all the time is left out.
    Slow,
}

impl App {
    /// Whether something on screen was asked for and has not come.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let shown = &self.tabs.shown;
        matches!(shown.results.state, State::Running | State::Cancelling)
            || shown.results.state == State::Complete && shown.charts.is_waiting()
            || shown.results.looking.is_some()
            || matches!(&self.overlay, Some(Overlay::Parameters(form)) if form.waits > 0)
            || matches!(&self.overlay, Some(Overlay::Accounts(picker)) if picker.waits)
            || self.export.is_some()
            || self.forecast.is_waiting()
            || self.credit.is_waiting()
            || self.lake.asked && self.lake.listings.is_none()
            || self.lacks_rows()
    }

    /// The action that an event asks for; nothing where it is typed, or is an overlay's own.
    #[must_use]
    pub fn asked_by(&self, event: &Event) -> Option<Action> {
        let Event::Key(key) = event else { return None };
        match &self.overlay {
            Some(_) => self.keymap.everywhere(key),
            None => self.keymap.lookup(self.focus, key),
        }
    }

    /// Takes off the screen what only a clock or a machine decides: two sessions are compared without it.
    pub fn forget_times(&mut self) {
        for tab in self.tabs.all_mut() {
            tab.results.elapsed = Duration::ZERO;
            tab.results.memory = 0;
            tab.results.read = None;
            tab.results.time = NaiveTime::default();
        }
    }
}
