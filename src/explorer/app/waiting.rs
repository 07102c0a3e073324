//! What the state looks like from outside: whether it waits for something, and what a key would ask of it.

use chrono::{DateTime, Local, Utc};
use crossterm::event::Event;
use std::time::Duration;

use super::App;
use crate::explorer::action::Action;
use crate::explorer::message::State;
use crate::explorer::overlays::Overlay;
use crate::explorer::widgets::status;

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
            || self.statements.taking.is_some()
            || matches!(&self.overlay, Some(Overlay::Statement(dialog)) if dialog.is_waiting())
            || self.forecast.is_waiting()
            || self.credit.is_waiting()
            || self.lake.asked && self.lake.listings.is_none()
            || self.lacks_rows()
    }

    /// How old each result is: `3 min`. On a slow line the time of day, which stays true without a byte.
    #[must_use]
    pub fn ages(&self) -> Vec<String> {
        let age = |time: DateTime<Utc>| match self.now {
            Some(now) if self.pace == Pace::Usual => status::age((now - time).to_std().unwrap_or_default()),
            Some(_) => time.with_timezone(&Local).format("%H:%M").to_string(),
            // Nobody said what time it is, so that two sessions are the same.
            None => time.format("%H:%M").to_string(),
        };
        self.tabs.iter().map(|tab| age(tab.results.time)).collect()
    }

    /// Whether ages are on screen that grow while nothing happens.
    #[must_use]
    pub fn shows_ages(&self) -> bool {
        self.pace == Pace::Usual && self.areas().strip.height > 0
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
        self.now = None;
        for tab in self.tabs.all_mut() {
            tab.results.elapsed = Duration::ZERO;
            tab.results.memory = 0;
            tab.results.read = None;
            tab.results.time = DateTime::default();
        }
    }
}
