//! The history's file, on threads of its own: a lock may be waited for.

use std::io;

use super::{Jobs, bad};
use crate::explorer::message::{Msg, Notice};
use crate::history::{Entry, History};

/// Entries that are offered.
const OFFERED: usize = 5_000;

impl Jobs {
    /// Keeps an entry in mind.
    pub(super) fn remember(&self, entry: Entry) {
        let history = self.history.clone();
        self.start(bad, move |send| {
            if let Err(error) = history.add(&entry) {
                send(wrong(&history, &error));
            }
        });
    }

    /// Tells the entries.
    pub(super) fn send_history(&self) {
        let history = self.history.clone();
        self.start(bad, move |send| send(listed(&history)));
    }

    /// Pins an entry, and tells them all again.
    pub(super) fn pin(&self, id: String, pinned: bool) {
        let history = self.history.clone();
        self.start(bad, move |send| {
            send(match history.pin(&id, pinned) {
                Ok(()) => listed(&history),
                Err(error) => wrong(&history, &error),
            });
        });
    }
}

fn listed(history: &History) -> Msg {
    match history.entries() {
        Ok(mut entries) => {
            let mut count = 0;
            entries.retain(|entry| {
                count += 1;
                count <= OFFERED || entry.is_pinned
            });
            Msg::History(entries)
        }
        Err(error) => wrong(history, &error),
    }
}

fn wrong(history: &History, error: &io::Error) -> Msg {
    let text = format!("the history in {}: {error}", history.path().display());
    Msg::Notice(Notice { text, bad: true })
}
