//! A job that is watched: what it is at is shown until it has ended, was stopped, or took too long.

use std::cell::Cell;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;

use super::super::{Failure, ask, place};
use super::noted::Noted;
use crate::lake::folder::Folder;
use crate::pause::Pauses;
use crate::pipeline::spark::Submitted;
use crate::submit::{Bill, Log, Look, Service, State, SubmitError};

/// How often a job is looked at: soon at first.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// A service has so long to end a job.
const ENDING: Duration = Duration::from_mins(10);
/// A service has so long after the end of a job to tell what it cost, and what its driver printed last.
const SETTLING: Duration = Duration::from_secs(20);

/// A job with whoever runs it.
pub(super) struct Watched<'a> {
    pub(super) service: &'a dyn Service,
    pub(super) submitted: &'a Submitted,
    /// What the service calls it.
    pub(super) id: &'a str,
    pub(super) folder: &'a Folder,
    pub(super) timeout_s: Option<u64>,
    pub(super) presses: &'a Presses,
    pub(super) noted: Noted<'a>,
}

/// What was shown of it.
#[derive(Default)]
struct Shown {
    words: Option<String>,
    lines: usize,
    /// It was said that the log is longer.
    is_longer: bool,
    done: usize,
    problem: Option<SubmitError>,
}

impl Shown {
    /// What a log has that was not shown. Lines may still come where it was said before that there are more than are read.
    fn news(&mut self, log: Log) -> Vec<String> {
        let mut news: Vec<_> = log.lines.into_iter().skip(self.lines).collect();
        self.lines += news.len();
        if let Some(place) = log.longer.filter(|_| !self.is_longer) {
            self.is_longer = true;
            news.push(format!("the log is longer than what is read here: {place}"));
        }
        news
    }
}

impl Watched<'_> {
    /// Shows what it is at until it has ended, and what it cost.
    pub(super) fn to_its_end(&self) -> Result<State, Failure> {
        let (mut shown, mut pauses) = (Shown::default(), Pauses::new(PAUSES, 1.3));
        let mut is_noted = false;
        loop {
            let look = self.look(&mut shown)?;
            if look.state != State::Running {
                self.settle(&look, &mut shown);
                return Ok(look.state);
            }
            if look.words.is_some() && !is_noted {
                self.noted.write(&look.state, None);
                is_noted = true;
            }
            // A clock may have been set back.
            let seconds = u64::try_from((Utc::now() - self.submitted.at).num_seconds()).unwrap_or(0);
            if let Some(most) = self.timeout_s.filter(|most| seconds > *most) {
                let late = State::Failed(format!("it had not ended after {most} s and was stopped"));
                return self.stop(&mut shown, late);
            }
            if self.presses.within(pauses.take()) && self.is_to_stop()? {
                return self.stop(&mut shown, State::Cancelled);
            }
        }
    }

    fn is_to_stop(&self) -> Result<bool, Failure> {
        let (done, all) = (self.submitted.done(self.folder)?, self.submitted.tables.len());
        means_it(&format!("{done} of {all} tables are made; stop the run?"))
    }

    /// Looks at it, and shows what is new.
    fn look(&self, shown: &mut Shown) -> Result<Look, Failure> {
        let run = &self.submitted.run;
        let look = self.service.look(run, self.id)?;
        if let Some(words) = look.words.as_ref().filter(|words| shown.words.as_ref() != Some(words)) {
            place::say(&format!("  {words}"));
            shown.words = Some(words.clone());
        }
        match self.service.log(run, self.id) {
            Ok(log) => shown.news(log).iter().for_each(|line| place::say(&format!("  {line}"))),
            // The tables come all the same.
            Err(problem) if shown.problem.as_ref() != Some(&problem) => {
                place::say(&format!("  {problem}"));
                shown.problem = Some(problem);
            }
            Err(_) => {}
        }
        // Where the log comes at the end, the tables tell how far it is.
        if look.words.is_some() && look.state == State::Running {
            let done = self.submitted.done(self.folder).unwrap_or(shown.done);
            if done > shown.done {
                place::say(&format!("  {done} of {} tables are made", self.submitted.tables.len()));
                shown.done = done;
            }
        }
        Ok(look)
    }

    /// Stops it, and waits until it has ended: how it was stopped, unless it ended well before that.
    fn stop(&self, shown: &mut Shown, stopped: State) -> Result<State, Failure> {
        if let Err(refused) = self.service.cancel(&self.submitted.run, self.id) {
            // It may have ended by itself.
            if self.look(shown)?.state == State::Running {
                return Err(refused.into());
            }
        }
        let (begun, mut pauses) = (Instant::now(), Pauses::new(PAUSES, 1.3));
        loop {
            let look = self.look(shown)?;
            if look.state != State::Running {
                self.settle(&look, shown);
                return Ok(if look.state == State::Succeeded { look.state } else { stopped });
            }
            if self.presses.within(pauses.take()) || begun.elapsed() > ENDING {
                let Submitted { run, target, .. } = self.submitted;
                return Err(Failure::new(130, format!("run {run} is told to end and has not ended yet"))
                    .with_hint(format!("`saldo submit --on {target} --attach {run}` sees how it ends")));
            }
        }
    }

    /// Shows what a job has cost that has ended, and notes it.
    fn settle(&self, look: &Look, shown: &mut Shown) {
        // Only what is paid for has words of its own.
        if look.words.is_some() {
            let bill = self.billed(look.clone(), shown);
            self.noted.write(&look.state, bill.as_ref());
        }
    }

    /// What a job has cost that has ended, once its service tells it; shown.
    fn billed(&self, mut look: Look, shown: &mut Shown) -> Option<Bill> {
        let begun = Instant::now();
        loop {
            let is_told = look.state != State::Succeeded || shown.lines > 0 || shown.problem.is_some();
            match &look.bill {
                Some(bill) if is_told || begun.elapsed() > SETTLING => {
                    place::say(&format!("billed: {bill}"));
                    return look.bill;
                }
                None if begun.elapsed() > SETTLING => {
                    place::say("billed: it is not told yet");
                    return None;
                }
                _ => {}
            }
            if self.presses.within(Duration::from_secs(1)) {
                // What comes after it stops too.
                self.presses.is_pressed.set(true);
                return look.bill;
            }
            look = match self.look(shown) {
                Ok(look) => look,
                // What it made is there all the same.
                Err(Failure { message, .. }) => {
                    place::say(&format!("billed: it is not known: {message}"));
                    return look.bill;
                }
            };
        }
    }
}

/// Asks a person; where none is there who sees the question, whoever sent the signal means it.
fn means_it(question: &str) -> Result<bool, Failure> {
    if !ask::somebody_is_there() {
        return Ok(true);
    }
    ask::agrees(&format!("\n{question}"))
}

/// Each Ctrl-C since it is listened for.
pub(super) struct Presses {
    come: Receiver<()>,
    /// One came after the job had ended.
    is_pressed: Cell<bool>,
}

impl Presses {
    /// Waits; whether Ctrl-C was pressed meanwhile.
    fn within(&self, pause: Duration) -> bool {
        match self.come.recv_timeout(pause) {
            Ok(()) => return true,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(PAUSES.0),
        }
        false
    }

    /// Whether whoever waits after the job's end is to stop: from the first press on.
    pub(super) fn stop(&self) -> bool {
        if self.come.try_recv().is_ok() {
            self.is_pressed.set(true);
        }
        self.is_pressed.get()
    }
}

/// Each Ctrl-C from now on.
pub(super) fn presses() -> Result<Presses, Failure> {
    let (pressed, come) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime
            .block_on(async { while tokio::signal::ctrl_c().await.is_ok() && pressed.send(()).is_ok() {} });
    });
    Ok(Presses { come, is_pressed: Cell::new(false) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_shown_once_and_that_there_are_more_is_none_of_them() {
        let mut shown = Shown::default();
        let mut news = |lines: &[&str], is_longer: bool| {
            let lines = lines.iter().map(|line| (*line).to_owned()).collect();
            shown.news(Log { lines, longer: is_longer.then(|| "there".into()) })
        };
        assert_eq!(news(&["a"], false), ["a"]);
        let longer = "the log is longer than what is read here: there";
        assert_eq!(news(&["a", "b"], true), ["b", longer]);
        // Pages that were not full before.
        assert_eq!(news(&["a", "b", "c"], true), ["c"]);
        assert!(news(&["a"], true).is_empty() && news(&["a", "b", "c"], false).is_empty());
        assert_eq!(news(&["a", "b", "c", "d"], false), ["d"]);
    }
}
