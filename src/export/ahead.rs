//! Work on threads of their own, whose outcomes are taken in the order in which it was begun.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Threads at the most.
const MOST: usize = 4;

type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// What is under way. Threads take turns, and each has one piece of work at a time.
pub(super) struct Ahead<T> {
    threads: Vec<(Sender<Work<T>>, Receiver<T>)>,
    most: usize,
    begun: usize,
    taken: usize,
}

impl<T: Send + 'static> Ahead<T> {
    pub fn new() -> Self {
        let most = thread::available_parallelism().map_or(1, usize::from).min(MOST);
        Self { threads: Vec::new(), most, begun: 0, taken: 0 }
    }

    /// Begins work, once all that is [due](Self::due) was taken.
    ///
    /// # Errors
    /// When there can be no more threads, or one has failed.
    pub fn begin(&mut self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<()> {
        let turn = self.begun % self.most;
        if self.threads.len() == turn {
            let (work, all) = channel::<Work<T>>();
            let (outcome, outcomes) = channel();
            thread::Builder::new().spawn(move || {
                // Whoever needs no more outcomes has gone.
                while let Ok(work) = all.recv()
                    && outcome.send(work()).is_ok()
                {}
            })?;
            self.threads.push((work, outcomes));
        }
        let (thread, _) = self.threads.get(turn).ok_or_else(failed)?;
        thread.send(Box::new(work)).map_err(|_| failed())?;
        self.begun += 1;
        Ok(())
    }

    /// The first outcome, where it is there or no thread is free.
    pub fn due(&mut self) -> Option<io::Result<T>> {
        if self.len() >= self.most {
            return self.next();
        }
        let outcome = self.first()?.try_recv().ok()?;
        self.taken += 1;
        Some(Ok(outcome))
    }

    /// The first outcome, which is waited for.
    pub fn next(&mut self) -> Option<io::Result<T>> {
        let outcome = self.first()?.recv();
        self.taken += 1;
        Some(outcome.map_err(|_| failed()))
    }

    pub fn len(&self) -> usize {
        self.begun - self.taken
    }

    fn first(&self) -> Option<&Receiver<T>> {
        let first = self.threads.get(self.taken % self.most).filter(|_| self.len() > 0)?;
        Some(&first.1)
    }
}

fn failed() -> io::Error {
    io::Error::other("a thread that writes rows has failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_come_in_order_and_a_failure_is_told() {
        let mut ahead = Ahead::new();
        let mut taken = Vec::new();
        for number in 0..1_000_u32 {
            while let Some(outcome) = ahead.due() {
                taken.push(outcome.unwrap());
            }
            assert!(ahead.len() < ahead.most);
            ahead.begin(move || number).unwrap();
        }
        taken.extend(std::iter::from_fn(|| ahead.next()).map(Result::unwrap));
        assert_eq!(taken, (0..1_000).collect::<Vec<_>>());
        ahead.begin(|| unreachable!("a fault")).unwrap();
        assert!(ahead.next().unwrap().is_err() && ahead.next().is_none());
    }
}
