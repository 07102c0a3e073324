//! The threads that work for a screen or a command: each is known until it has ended, so that the program leaves after
//! the last of them. One that panics says so; it takes nothing else with it.

use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{EngineError, ErrorKind};

/// How often it is looked whether the last thread has ended.
const EVERY: Duration = Duration::from_millis(5);

/// The threads under way.
#[derive(Debug, Clone, Default)]
pub struct Threads {
    running: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Threads {
    /// Starts work on a thread of its own; `failed` is given the error when it panics or there is no thread for it.
    pub fn start(
        &self,
        work: impl FnOnce() + Send + 'static,
        failed: impl FnOnce(EngineError) + Send + 'static,
    ) {
        let failed = Arc::new(Mutex::new(Some(failed)));
        let inside = Arc::clone(&failed);
        let started = thread::Builder::new().spawn(move || {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
                report(&inside, fault(panic.as_ref()));
            }
        });
        match started {
            Ok(thread) => {
                let mut running = self.running();
                join_ended(&mut running);
                running.push(thread);
            }
            Err(error) => {
                let message = format!("the system has no thread for this: {error}");
                report(&failed, EngineError::new(ErrorKind::Other, message));
            }
        }
    }

    /// Whether every thread has ended.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        self.count() == 0
    }

    /// The threads that have not ended.
    #[must_use]
    pub fn count(&self) -> usize {
        let mut running = self.running();
        join_ended(&mut running);
        running.len()
    }

    /// Waits until every thread has ended.
    pub async fn ended(&self) {
        while !self.have_ended() {
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Waits on this thread until every other thread has ended.
    pub fn wait(&self) {
        loop {
            let Some(thread) = self.running().pop() else { return };
            // Its panic was caught inside.
            let _ = thread.join();
        }
    }

    fn running(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report<F: FnOnce(EngineError)>(failed: &Mutex<Option<F>>, error: EngineError) {
    let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(failed) = failed {
        failed(error);
    }
}

/// Ends the program at once, whatever its threads do: nothing is destroyed under them, as the usual exit would.
pub fn leave_at_once(code: i32) -> ! {
    let _ = io::stdout().flush();
    signal_hook::low_level::exit(code)
}

fn join_ended(running: &mut Vec<JoinHandle<()>>) {
    for thread in running.extract_if(.., |thread| thread.is_finished()) {
        // Its panic was caught inside.
        let _ = thread.join();
    }
}

/// A panic in words.
fn fault(panic: &(dyn Any + Send)) -> EngineError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "no reason is known".into());
    EngineError::new(ErrorKind::Other, format!("a fault in saldo itself stopped this: {text}"))
        .with_hint("everything else goes on; please report it with what you did before")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_panic_is_told_in_words_and_a_thread_is_known_until_it_ends() {
        let threads = Threads::default();
        let (sender, receiver) = mpsc::channel();
        threads.start(|| panic!("cell {} is odd", 7), move |error| drop(sender.send(error)));
        let error = receiver.recv().unwrap();
        assert!(error.message.ends_with("cell 7 is odd") && error.hint.is_some(), "{error:?}");

        let (go_on, waits) = mpsc::channel::<()>();
        threads.start(move || assert!(waits.recv().is_err()), |_| {});
        assert!(!threads.have_ended());
        drop(go_on);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(threads.ended());
        assert!(threads.have_ended());

        let (sender, receiver) = mpsc::channel();
        threads.start(move || sender.send(7).unwrap(), |_| {});
        threads.wait();
        assert_eq!((receiver.try_recv(), threads.have_ended()), (Ok(7), true));
    }
}
