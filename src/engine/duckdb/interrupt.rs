//! Work on a connection that a cancelled token stops.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use ::duckdb::Connection;
use tokio_util::sync::CancellationToken;

use crate::engine::EngineError;

/// How often a token is looked at, and an interrupt repeated: DuckDB forgets one that comes before its work begins.
const EVERY: Duration = Duration::from_millis(5);

/// Does work on a connection. Once the token is cancelled the work is interrupted until it ends.
///
/// # Errors
/// Those of the work; [`crate::engine::ErrorKind::Cancelled`] instead when the token was cancelled.
pub(super) fn interruptible<T>(
    connection: &Connection,
    cancel: &CancellationToken,
    work: impl FnOnce() -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let interrupt = connection.interrupt_handle();
    watched(
        || {
            if cancel.is_cancelled() {
                interrupt.interrupt();
            }
        },
        || if cancel.is_cancelled() { Err(EngineError::cancelled()) } else { work() },
    )
    .map_err(|error| if cancel.is_cancelled() { EngineError::cancelled() } else { error })
}

/// Does work while a thread beside it calls `check` again and again.
pub(super) fn watched<T>(mut check: impl FnMut() + Send, work: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let (working, done) = mpsc::channel::<()>();
        scope.spawn(move || {
            while done.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                check();
            }
        });
        // It is dropped also when the work panics, and the thread ends.
        let _working = working;
        work()
    })
}
