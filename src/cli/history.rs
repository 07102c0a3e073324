//! `saldo history`: what was asked, in the explorer and by `saldo query`, and how it ended.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

use duckdb::arrow::array::{ArrayRef, BooleanArray, Float64Array, StringArray, UInt64Array};

use super::execution::{Execution, Printed, Work};
use super::runs::first_line;
use super::tables::Form;
use super::{Failure, place, tables};
use crate::config::Config;
use crate::export::Format;
use crate::history::{Entry, History, Outcome, find};
use crate::target::Dollars;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only what these words fit, the best first; a word need not be whole: acnt finds `account_no`
    #[arg(value_name = "TEXT")]
    words: Vec<String>,
    /// Only what ended so
    #[arg(long)]
    outcome: Option<Outcome>,
    /// So many at the most
    #[arg(short, long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Let an entry stay, however full the history is
    #[arg(long, value_name = "ID", conflicts_with_all = ["words", "unpin", "forget"])]
    pin: Option<String>,
    /// Let an entry go when the history is full
    #[arg(long, value_name = "ID", conflicts_with_all = ["words", "forget"])]
    unpin: Option<String>,
    /// Remove an entry
    #[arg(long, value_name = "ID", conflicts_with = "words")]
    forget: Option<String>,
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let history = History::within(&config.state, config.history);
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Failure::usage(error.to_string(), "`saldo history` lists them"),
        _ => Failure::new(1, format!("{}: {error}", history.path().display())),
    };
    if let Some(id) = args.pin.as_deref().or(args.unpin.as_deref()) {
        return history.pin(id, args.pin.is_some()).map_err(failed);
    }
    if let Some(id) = &args.forget {
        return history.forget(id).map_err(failed);
    }
    if !config.history {
        place::say("the history is off: `history = false` stands in saldo.toml");
    }
    let entries = history.entries().map_err(failed)?;
    let found = find(&entries, &args.words.join(" "), args.outcome);
    let shown: Vec<_> = found.iter().take(args.limit).map(|at| &entries[*at]).collect();
    list(args.form.format, &shown)?;
    if found.len() > shown.len() {
        place::say(&format!("the first {} of {}; --limit gives more", shown.len(), found.len()));
    }
    Ok(())
}

fn list(format: Option<Format>, entries: &[&Entry]) -> Result<(), Failure> {
    // A program gets the whole statement; a person, what fits.
    let is_short = format.is_none_or(|format| matches!(format, Format::Table | Format::Md))
        && io::stdout().is_terminal();
    let statement = |entry: &Entry| match (is_short, entry.title.is_empty()) {
        (false, _) => entry.statement.clone(),
        (true, false) => entry.title.clone(),
        (true, true) => first_line(&entry.statement),
    };
    let text = |of: &dyn Fn(&Entry) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(entries.iter().map(|entry| of(entry))))
    };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a person's day")]
    let seconds = entries.iter().map(|entry| entry.milliseconds as f64 / 1_000.0);
    tables::print(
        format,
        vec![
            ("id", text(&|entry| Some(entry.id.clone()))),
            ("ended", text(&|entry| Some(entry.ended.format("%F %T").to_string()))),
            ("program", text(&|entry| Some(entry.program.clone()))),
            ("target", text(&|entry| Some(entry.target.clone()))),
            ("outcome", text(&|entry| Some(entry.outcome.name().to_owned()))),
            ("rows", Arc::new(UInt64Array::from_iter_values(entries.iter().map(|entry| entry.rows)))),
            ("seconds", Arc::new(Float64Array::from_iter_values(seconds))),
            ("cost", text(&|entry| entry.nano_dollars.map(|nano| Dollars::from_nano(nano).to_string()))),
            ("pinned", Arc::new(BooleanArray::from_iter(entries.iter().map(|entry| Some(entry.is_pinned))))),
            ("error", text(&|entry| entry.error.clone())),
            ("statement", text(&|entry| Some(statement(entry)))),
        ],
    )
}

/// Keeps in mind what ran, and how it ended. A disk that is full is told; the rows are well.
pub(super) fn remember(
    config: &Config,
    execution: &Execution,
    (target, title): (&str, &str),
    took: Duration,
    ended: Result<&Printed, &Failure>,
) {
    let Work::Run(statement) = &execution.work else { return };
    let mut entry = Entry::of(statement, "query", target, title);
    entry.milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match ended {
        Ok(printed) => {
            entry.rows = printed.written.rows;
            entry.scanned = printed.stats.bytes_scanned;
            entry.nano_dollars = printed.stats.cost.map(Dollars::nano);
        }
        Err(failure) if failure.code == 130 => entry.outcome = Outcome::Cancelled,
        Err(failure) => {
            entry.outcome = Outcome::Failed;
            entry.error = Some(crate::history::secrets::withheld(&failure.message));
        }
    }
    let history = History::within(&config.state, config.history);
    if let Err(error) = history.add(&entry) {
        place::say(&format!("warning: {} is not written: {error}", history.path().display()));
    }
}
