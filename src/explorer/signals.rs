//! What the system asks of the program.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::terminal;

/// Each is told from the moment on at which this was made.
pub(super) struct Signals {
    pub hangup: Signal,
    pub terminate: Signal,
    /// Ctrl-C is a key here; the signal comes from outside.
    pub interrupt: Signal,
    pub stop: Signal,
    /// It goes on, after a stop from outside too.
    pub resume: Signal,
}

impl Signals {
    /// Listens.
    ///
    /// # Errors
    /// When the system does not let it.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(terminal::STOP))?,
            resume: signal(SignalKind::from_raw(terminal::RESUME))?,
        })
    }
}
