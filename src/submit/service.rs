//! What whoever runs a job is asked for, and what it tells.

use std::fmt;

use crate::target::Dollars;

/// Lines of Spark's own words that explain why a job failed.
const LINES: usize = 6;

/// A job that is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, which no other run has.
    pub run: String,
    /// Its program in Python.
    pub program: &'static str,
    /// Where its plan lies, and where the program is put for whoever does not find it on this machine.
    pub folder: String,
}

impl Job {
    /// Where the plan lies.
    #[must_use]
    pub fn plan(&self) -> String {
        format!("{}/plan.json", self.folder)
    }

    /// Where the program lies beside its plan.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{PROGRAM}", self.folder)
    }
}

/// The name of the program beside its plan.
pub const PROGRAM: &str = "job.py";

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It waits or is at work.
    Running,
    Succeeded,
    /// It ended without its tables, and why, as far as that is told.
    Failed(String),
    /// Somebody ended it.
    Cancelled,
}

/// What one look at a job shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub state: State,
    /// The state in the service's own words.
    pub words: Option<String>,
    /// What was billed, once that is told.
    pub bill: Option<Bill>,
}

impl Look {
    pub(super) fn at(state: State) -> Self {
        Self { state, words: None, bill: None }
    }
}

/// What a job took of what is paid for.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill {
    /// Each amount with what it is an amount of, the price of one, and the setting of that.
    pub items: Vec<(f64, &'static str, Option<Dollars>, &'static str)>,
}

impl Bill {
    /// What it costs, where the target has all the prices.
    #[must_use]
    pub fn cost(&self) -> Option<Dollars> {
        let used = self.items.iter().filter(|(amount, ..)| *amount > 0.0);
        used.map(|(amount, _, price, _)| Some((*price)?.times(*amount))).sum()
    }
}

/// `2.000 vCPU-hours, 8.000 GB-hours of memory: $0.16`
impl fmt::Display for Bill {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used: Vec<_> = self.items.iter().map(|(amount, of, ..)| format!("{amount:.3} {of}")).collect();
        write!(to, "{}", used.join(", "))?;
        let priceless = self.items.iter().filter(|(amount, _, price, _)| *amount > 0.0 && price.is_none());
        if let Some(cost) = self.cost() {
            return write!(to, ": {cost}");
        }
        let missing: Vec<_> = priceless.map(|(.., key)| *key).collect();
        write!(to, "; the target has no {}, so its price is not known", missing.join(", "))
    }
}

/// What the driver of a job has printed, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    pub lines: Vec<String>,
    /// Of a log that is longer than what is read: where all of it is.
    pub longer: Option<String>,
}

/// Why a job cannot be started or watched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    #[error("run {0} was not submitted from this machine")]
    Elsewhere(String),
    #[error("{0}")]
    Failed(String),
    /// The settings of the target do not do, and what to do.
    #[error("{message}")]
    Settings { message: String, hint: String },
    /// The service refuses, and nothing came of what it was asked; and what to do.
    #[error("{message}")]
    Refused { message: String, hint: String },
    /// The service does not answer: what it was asked may have come about.
    #[error("{0}")]
    Silent(String),
}

pub(super) type Outcome<T> = Result<T, SubmitError>;

/// Where jobs run.
pub trait Service: fmt::Debug {
    /// What starts jobs, as the settings name it.
    fn there(&self) -> String;

    /// What else of the settings is a part of a start.
    fn settings(&self) -> String;

    /// Starts a job, unless it is started already; what the service calls it.
    ///
    /// # Errors
    /// When it cannot be started, or the service does not answer.
    fn start(&self, job: &Job) -> Outcome<String>;

    /// What the service calls a job whose start may have come about; none where it did not.
    ///
    /// # Errors
    /// When the service cannot be asked, or does not answer.
    fn find(&self, job: &Job) -> Outcome<Option<String>>;

    /// How far a job is.
    ///
    /// # Errors
    /// When the service does not know the job, or does not answer.
    fn look(&self, run: &str, id: &str) -> Outcome<Look>;

    /// Asks for a job's end, which a later look sees.
    ///
    /// # Errors
    /// As [`Service::look`].
    fn cancel(&self, run: &str, id: &str) -> Outcome<()>;

    /// What the driver has printed.
    ///
    /// # Errors
    /// When it cannot be read.
    fn log(&self, run: &str, id: &str) -> Outcome<Log>;

    /// What is there, when all is in order that jobs need.
    ///
    /// # Errors
    /// What is not in order.
    fn check(&self) -> Outcome<String>;
}

/// The last lines of what Spark said; where in Spark it happened explains nothing.
pub(super) fn last_words(words: &str) -> String {
    let lines: Vec<_> =
        words.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("at ")).collect();
    lines[lines.len().saturating_sub(LINES)..].join("; ")
}
