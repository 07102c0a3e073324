//! `saldo results`: what is kept here of other engines' results.

use std::io::{self, Write};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Subcommand;
use duckdb::arrow::array::{ArrayRef, BooleanArray, StringArray, UInt64Array};

use super::elsewhere::{self, size};
use super::runs::first_line;
use super::tables::Form;
use super::{Failure, place, tables};
use crate::config::Config;
use crate::export::Format;
use crate::results::{Kept, Results, ResultsError};
use crate::target::Dollars;
use crate::value;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say where a result came from
    Show { name: String },
    /// Give a result another name
    Rename { name: String, new: String },
    /// Let a result stay, however full the folder is
    Pin { name: String },
    /// Let a result go when the folder is full
    Unpin { name: String },
    /// Remove results
    Rm {
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Remove all results that are not pinned
    Clean {
        /// Only those that are older than so many days
        #[arg(long, value_name = "DAYS", default_value_t = 0)]
        older_than: u32,
    },
    /// Check that results are what was kept, byte for byte
    Verify {
        /// Else all of them
        name: Option<String>,
    },
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let results = elsewhere::results(config);
    match &args.command {
        None => list(args.form.format, &results),
        Some(Command::Show { name }) => show(&results, &results.find(name)?),
        Some(Command::Rename { name, new }) => Ok(results.rename(name, new)?),
        Some(Command::Pin { name }) => Ok(results.pin(name, true)?),
        Some(Command::Unpin { name }) => Ok(results.pin(name, false)?),
        Some(Command::Rm { names }) => Ok(names.iter().try_for_each(|name| results.remove(name))?),
        Some(Command::Clean { older_than }) => {
            let gone = results.clean(Utc::now() - TimeDelta::days(i64::from(*older_than)))?;
            let freed = gone.iter().map(|kept| kept.size).sum();
            place::say(&format!("removed {} results, {}", gone.len(), size(freed)));
            Ok(())
        }
        Some(Command::Verify { name }) => verify(&results, name.as_deref()),
    }
}

fn list(format: Option<Format>, results: &Results) -> Result<(), Failure> {
    let all = results.all()?;
    let now = Utc::now();
    let text = |of: &dyn Fn(&Kept) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(all.iter().map(of)))
    };
    let count =
        |of: fn(&Kept) -> u64| -> ArrayRef { Arc::new(UInt64Array::from_iter_values(all.iter().map(of))) };
    tables::print(
        format,
        vec![
            ("name", text(&|kept| Some(kept.name.clone()))),
            ("target", text(&|kept| Some(kept.target.clone()))),
            ("age", text(&|kept| Some(age(kept.started, now)))),
            ("rows", count(|kept| kept.rows)),
            ("bytes", count(|kept| kept.size)),
            ("cost", text(&|kept| kept.nano_dollars.map(|nano| Dollars::from_nano(nano).to_string()))),
            ("pinned", Arc::new(BooleanArray::from_iter(all.iter().map(|kept| Some(kept.pinned))))),
            ("statement", text(&|kept| Some(first_line(&kept.sql)))),
        ],
    )
}

/// `12 min`, `5 h`, `3 d`
pub(super) fn age(from: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - from).num_minutes().max(0);
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => value::age(from.date_naive(), now.date_naive()),
    }
}

fn show(results: &Results, kept: &Kept) -> Result<(), Failure> {
    let time = |time: DateTime<Utc>| time.format("%F %T UTC").to_string();
    let values = kept.values.iter().map(|(name, text)| match text {
        Some(text) => format!("{name}={text}"),
        None => format!("{name} is NULL"),
    });
    let lines = [
        ("table", Some(format!("results.{}", kept.name))),
        ("file", Some(results.path(&kept.name).display().to_string())),
        ("target", Some(kept.target.clone())),
        ("run", Some(kept.id.clone())),
        ("sent", Some(time(kept.started))),
        ("kept", Some(time(kept.ended))),
        ("rows", Some(value::grouped(&kept.rows.to_string()))),
        ("bytes", Some(value::grouped(&kept.size.to_string()))),
        ("sha256", Some(kept.sha256.clone())),
        ("scanned", kept.scanned.map(|bytes| value::grouped(&bytes.to_string()))),
        ("cost", kept.nano_dollars.map(|nano| Dollars::from_nano(nano).to_string())),
        ("reused", kept.reused.then(|| "the engine took an earlier result".into())),
        ("left at", kept.place.clone()),
        ("pinned", kept.pinned.then(|| "stays however full the folder is".into())),
        ("values", (!kept.values.is_empty()).then(|| values.collect::<Vec<_>>().join(", "))),
    ];
    let mut out = io::stdout().lock();
    for (name, said) in lines {
        if let Some(said) = said {
            writeln!(out, "{name:<8} {}", value::visible(&said))?;
        }
    }
    for line in kept.sql.lines() {
        writeln!(out, "    {}", value::visible(line))?;
    }
    Ok(())
}

fn verify(results: &Results, name: Option<&str>) -> Result<(), Failure> {
    let all = match name {
        Some(name) => vec![results.find(name)?],
        None => results.all()?,
    };
    let mut wrong = None;
    for kept in &all {
        match results.verify(kept) {
            Ok(()) => writeln!(io::stdout(), "ok      {}", kept.name)?,
            Err(error) => {
                writeln!(io::stdout(), "changed {}", kept.name)?;
                wrong = Some(error);
            }
        }
    }
    wrong.map_or(Ok(()), |error| Err(error.into()))
}

impl From<ResultsError> for Failure {
    fn from(error: ResultsError) -> Self {
        let message = error.to_string();
        match error {
            ResultsError::Name(_) => Self::usage(message, "for example daily_sums"),
            ResultsError::Taken(name) => Self::usage(
                message,
                format!("choose another name, or remove it with `saldo results rm {name}`"),
            ),
            ResultsError::Missing(_) => Self::usage(message, "list them with `saldo results`"),
            ResultsError::Changed { .. } => {
                Self::new(3, message).with_hint("run its statement again: `saldo results show NAME` tells it")
            }
            ResultsError::Rows(_) | ResultsError::Io { .. } => Self::new(1, message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_said_in_the_unit_that_counts() {
        let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        for (minutes, words) in [(-5, "0 min"), (59, "59 min"), (60, "1 h"), (2_879, "47 h"), (2_880, "2 d")]
        {
            assert_eq!(age(now - TimeDelta::minutes(minutes), now), words);
        }
    }
}
