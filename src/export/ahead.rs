//! Work on threads of their own, whose outcomes are taken in the order in which it was begun.

use std::collections::VecDeque;
use std::io;
use std::thread::{self, JoinHandle};

/// Threads at the most.
const MOST: usize = 4;

/// What is under way.
pub(super) struct Ahead<T> {
    under_way: VecDeque<JoinHandle<T>>,
    threads: usize,
}

impl<T: Send + 'static> Ahead<T> {
    pub fn new() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST);
        Self { under_way: VecDeque::new(), threads }
    }

    /// Begins work, once all that is [due](Self::due) was taken.
    ///
    /// # Errors
    /// When there can be no more threads.
    pub fn begin(&mut self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<()> {
        self.under_way.push_back(thread::Builder::new().spawn(work)?);
        Ok(())
    }

    /// The first outcome, where it is there or no thread is free.
    pub fn due(&mut self) -> Option<io::Result<T>> {
        let is_due = self.under_way.len() >= self.threads;
        let is_there = self.under_way.front().is_some_and(JoinHandle::is_finished);
        if is_due || is_there { self.next() } else { None }
    }

    /// The first outcome, which is waited for.
    pub fn next(&mut self) -> Option<io::Result<T>> {
        let first = self.under_way.pop_front()?;
        Some(first.join().map_err(|_| io::Error::other("a thread that writes rows has failed")))
    }

    pub fn len(&self) -> usize {
        self.under_way.len()
    }
}
