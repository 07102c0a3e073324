//! `saldo runs` and `saldo cost`: what ran on other engines, what goes on there, what it cost.

use std::io;
use std::sync::Arc;

use chrono::NaiveDate;
use clap::Subcommand;
use duckdb::arrow::array::{ArrayRef, StringArray, UInt64Array};
use tokio_util::sync::CancellationToken;

use super::elsewhere::{self, Elsewhere, size};
use super::execution::{Interrupt, Work};
use super::query::{Output, output};
use super::tables::Form;
use super::{Failure, place, tables};
use crate::config::Config;
use crate::engine::{Access, ErrorKind, RunId};
use crate::export::sidecar::Origin;
use crate::export::{Format, Writer};
use crate::ledger::cost::{By, Sum, sums};
use crate::ledger::{Entry, Ledger};
use crate::query::Statement;
use crate::target::Dollars;
use crate::value;

/// Characters of a statement in a list.
const SHOWN: usize = 60;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Wait for a run that goes on, or take one that has ended, and print its rows
    Attach(AttachArgs),
    /// Stop a run and wait until it has stopped
    Stop {
        /// The id of the run
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct AttachArgs {
    /// The id of the run
    id: String,
    #[command(flatten)]
    output: Output,
    /// Name of the result that is kept here, else r1, r2 and so on
    #[arg(long, value_name = "NAME")]
    keep_as: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct CostArgs {
    /// What is summed together
    #[arg(long, value_name = "WHAT", default_value = "day")]
    by: By,
    /// Only runs from this day on (UTC)
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(args: &Args, config: &Config, target: Option<&str>) -> Result<(), Failure> {
    let there = elsewhere::find(target, config)?;
    let Some(command) = &args.command else { return list(args.form.format, config, there.as_ref()) };
    let there = there.ok_or_else(|| {
        Failure::usage(
            "it is not known on which engine the run is",
            "name it with --target; `saldo targets` lists them",
        )
    })?;
    match command {
        Command::Attach(args) => attach(args, &there),
        Command::Stop { id } => stop(id, &there, &Interrupt::listen(Some(there.name))?),
    }
}

fn attach(args: &AttachArgs, there: &Elsewhere<'_>) -> Result<(), Failure> {
    let (format, options) = args.output.form()?;
    let known = entry(&there.ledger(), there.name, &args.id)?;
    let statement = known.as_ref().map(|entry| Statement::plain(&entry.statement)).unwrap_or_default();
    let keeper = there.keeper(&statement, args.keep_as.as_deref())?;
    let keeper = match known {
        Some(entry) => keeper.begun(entry.started),
        None => keeper,
    };
    let work = Work::Attach(RunId(args.id.clone()));
    let execution = there.execution(there.connect()?, work, Access::ReadOnly)?;
    let printed = output(args.output.file.as_deref(), |out| {
        execution.rows(None, Writer::with(format, options, out), Some(keeper))
    })?;
    let sql = (!statement.text.is_empty()).then(|| statement.text.clone());
    args.output.write_sidecar(format, &printed, Origin { sql, ..execution.origin(there.name) })
}

/// Stops a run, and says how it ended.
pub(super) fn stop(id: &str, there: &Elsewhere<'_>, interrupt: &Interrupt) -> Result<(), Failure> {
    let known = entry(&there.ledger(), there.name, id)?;
    if let Some(entry) = known.filter(|entry| entry.state.is_final()) {
        place::say(&format!("{id} has ended already: {}", entry.state.name()));
        return Ok(());
    }
    let work = Work::Attach(RunId(id.to_owned()));
    let execution = there.execution_until(interrupt.pressed(), there.connect()?, work, Access::ReadOnly);
    match execution.end_of() {
        Err(error) if error.kind == ErrorKind::Cancelled => {
            place::say(&format!("stopped {id}"));
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(()) => {
            place::say(&format!("{id} had ended before it was told to stop"));
            Ok(())
        }
    }
}

/// The last line of the ledger for a run.
fn entry(ledger: &Ledger, target: &str, id: &str) -> Result<Option<Entry>, Failure> {
    ledger.last_of(target, id).map_err(unreadable(ledger))
}

fn entries(ledger: &Ledger) -> Result<Vec<Entry>, Failure> {
    ledger.entries().map_err(unreadable(ledger))
}

fn unreadable(ledger: &Ledger) -> impl Fn(io::Error) -> Failure {
    move |error| Failure::of_disk(format!("cannot read {}: {error}", ledger.path().display()), &error)
}

fn list(format: Option<Format>, config: &Config, there: Option<&Elsewhere<'_>>) -> Result<(), Failure> {
    let entries = match there.map(|there| (there, there.connect())) {
        None => newest_first(entries(&Ledger::within(&config.state))?),
        Some((there, engine)) => {
            let asked = engine.and_then(|engine| Ok(engine.runs(&CancellationToken::new())?));
            match asked {
                Ok(runs) => runs,
                Err(failure) => {
                    place::say(&format!("warning: only what is known here: {}", failure.message));
                    let mut known = newest_first(entries(&there.ledger())?);
                    known.retain(|entry| entry.target == there.name);
                    known
                }
            }
        }
    };
    let text = |of: fn(&Entry) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(entries.iter().map(of)))
    };
    let count = |of: fn(&Entry) -> Option<u64>| -> ArrayRef {
        Arc::new(UInt64Array::from_iter(entries.iter().map(of)))
    };
    let cost = |entry: &Entry| entry.nano_dollars.map(|nano| Dollars::from_nano(nano).to_string());
    tables::print(
        format,
        vec![
            ("id", text(|entry| entry.id.clone())),
            ("target", text(|entry| Some(entry.target.clone()))),
            ("state", text(|entry| Some(entry.state.name().into()))),
            ("started", text(|entry| Some(entry.started.format("%F %T").to_string()))),
            ("rows", count(|entry| entry.rows)),
            ("bytes", count(|entry| entry.bytes)),
            ("cost", text(cost)),
            ("statement", text(|entry| Some(first_line(&entry.statement)))),
        ],
    )
}

fn newest_first(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.reverse();
    entries
}

/// The first line of a statement that says something.
pub(super) fn first_line(statement: &str) -> String {
    let says = |line: &&str| !line.is_empty() && !line.starts_with("--");
    let line = statement.lines().map(str::trim).find(says).unwrap_or_default();
    if line.chars().count() <= SHOWN {
        return line.to_owned();
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}

pub(super) fn cost(args: &CostArgs, config: &Config, target: Option<&str>) -> Result<(), Failure> {
    let mut entries = entries(&Ledger::within(&config.state))?;
    // A target that the settings have no more has cost what it has.
    entries.retain(|entry| target.is_none_or(|target| entry.target == target));
    entries.retain(|entry| args.since.is_none_or(|since| entry.started.date_naive() >= since));
    let (sums, all) = sums(&entries, args.by);
    let count =
        |of: fn(&Sum) -> u64| -> ArrayRef { Arc::new(UInt64Array::from_iter_values(sums.iter().map(of))) };
    let name = match args.by {
        By::Day => "day",
        By::Target => "target",
        By::Statement => "statement",
        By::Kind => "kind",
    };
    // A program gets the whole statement; a person, what fits.
    let is_short = args.form.format.is_none_or(|format| matches!(format, Format::Table | Format::Md))
        && io::IsTerminal::is_terminal(&io::stdout());
    let of = sums.iter().map(|sum| if is_short { first_line(&sum.of) } else { sum.of.clone() });
    let price = |sum: &Sum| sum.nano_dollars.map(|nano| Dollars::from_nano(nano).to_string());
    tables::print(
        args.form.format,
        vec![
            (name, Arc::new(StringArray::from_iter_values(of))),
            ("runs", count(|sum| sum.runs)),
            ("cancelled", count(|sum| sum.cancelled)),
            ("without_price", count(|sum| sum.unknown)),
            ("bytes", Arc::new(UInt64Array::from_iter(sums.iter().map(|sum| sum.bytes)))),
            ("cost", Arc::new(StringArray::from_iter(sums.iter().map(price)))),
        ],
    )?;
    let runs = value::grouped(&all.runs.to_string());
    let word = if all.runs == 1 { "run" } else { "runs" };
    let scanned = all.bytes.map(|bytes| format!(" scanned {}", size(bytes))).unwrap_or_default();
    let total = price(&all).map(|total| format!(" for {total}")).unwrap_or_default();
    place::say(&format!("{runs} {word}{scanned}{total}"));
    if all.unknown > 0 {
        place::say(&format!("{} of them have no price: it is not known yet, or never told", all.unknown));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_known_by_its_first_line() {
        assert_eq!(first_line("-- a\n\n SELECT 1 \nFROM x"), "SELECT 1");
        assert_eq!(first_line(""), "");
        let long = first_line(&"é".repeat(100));
        assert_eq!((long.chars().count(), long.ends_with('…')), (60, true));
    }
}
