//! When a frame goes out: with the rows that it shows where these come at once; on a slow line seldom, unless it answers
//! the person.

use std::time::{Duration, Instant};

use super::app::{App, Pace};

/// How long a frame waits for its rows: shorter than a person sees.
const PATIENCE: Duration = Duration::from_millis(30);
/// On a slow line: how long a frame waits for its rows, and how long one waits that answers nobody.
const CALM: Duration = Duration::from_millis(200);

/// What a frame waits for.
#[derive(Debug)]
pub(super) struct Pacing {
    /// Since when one waits for its rows: one frame with them is better than two, the first of them empty.
    waits: Option<Instant>,
    /// When the last one went out.
    sent: Instant,
    /// Something happened that it did not show.
    is_owed: bool,
}

impl Pacing {
    /// After a frame.
    pub(super) fn new() -> Self {
        Self { waits: None, sent: Instant::now(), is_owed: false }
    }

    /// How long to wait at most until it is asked again whether a frame is due.
    pub(super) fn rest(&self) -> Option<Duration> {
        if self.waits.is_some() {
            return Some(PATIENCE);
        }
        self.is_owed.then(|| CALM.saturating_sub(self.sent.elapsed()))
    }

    /// Whether a frame goes out now; `news` for something to show, `answers` where the person did something.
    pub(super) fn is_due(&mut self, app: &App, news: bool, answers: bool) -> bool {
        let is_slow = app.pace == Pace::Slow;
        let patience = if is_slow { CALM } else { PATIENCE };
        let visible = news || self.waits.is_some();
        if visible && app.lacks_rows() && self.waits.get_or_insert_with(Instant::now).elapsed() < patience {
            return false;
        }
        self.waits = None;
        self.is_owed |= visible;
        if is_slow && !answers && self.sent.elapsed() < CALM || !self.is_owed {
            return false;
        }
        self.is_owed = false;
        self.sent = Instant::now();
        true
    }
}
