//! `saldo replay`: a recorded session of the explorer, done again without a terminal.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::explore::{self, Flags};
use super::{Failure, open, place};
use crate::config::Config;
use crate::explorer::Start;
use crate::explorer::replay::{self, Outcome};
use crate::explorer::session_log::{Entry, Log, LogError};
use crate::value;

/// Bytes of a log at the most: nobody types more.
const LARGEST: u64 = 256 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What `saldo --record FILE` wrote
    #[arg(value_name = "FILE")]
    log: PathBuf,
    /// What it is done on, where `saldo open` was recorded: nothing that a log names is opened by itself
    #[arg(long, value_name = "FILE|FOLDER|GLOB")]
    open: Option<PathBuf>,
    /// Do no more than the first N lines after the first
    #[arg(long, value_name = "N")]
    until: Option<usize>,
    /// Print the screen after every event, not the last one alone
    #[arg(long)]
    screens: bool,
    /// Fail with code 3 where a screen in the log looks different now; print nothing else
    #[arg(long, conflicts_with = "screens")]
    check: bool,
}

pub(super) fn run(args: &Args, config: Config, write: bool) -> Result<(), Failure> {
    let log = read(&args.log, args.until)?;
    let start = start(args, &log, config, write)?;
    let mut print = |number: usize, entry: &Entry, screen: &[String]| -> anyhow::Result<()> {
        let event = serde_json::to_string(&entry.event)?;
        let does = entry.does.as_ref().map(|does| format!(" ({does})")).unwrap_or_default();
        let mut out = io::stdout().lock();
        writeln!(out, "# {number}: {}", value::visible(&format!("{event}{does}")))?;
        lines(&mut out, screen)?;
        Ok(())
    };
    let outcome = replay::replay(start, &log, args.screens.then_some(&mut print))?;
    for text in &outcome.skipped {
        place::say(&format!("not done in a replay: {text}"));
    }
    if outcome.stopped {
        return Err(Failure::new(130, "the replay was stopped"));
    }
    if args.check {
        return check(&outcome);
    }
    if !args.screens {
        lines(&mut io::stdout().lock(), &outcome.screen)?;
    }
    Ok(())
}

fn lines(out: &mut impl Write, screen: &[String]) -> io::Result<()> {
    screen.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn read(path: &Path, until: Option<usize>) -> Result<Log, Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::new(1, format!("{}: {why}", path.display()));
    let size = fs::metadata(path).map_err(|error| failed(&error))?.len();
    if size > LARGEST {
        return Err(failed(&"it is larger than any session (256 MiB)"));
    }
    let bytes = fs::read(path).map_err(|error| failed(&error))?;
    Log::parse(&bytes, until.unwrap_or(usize::MAX)).map_err(|error| {
        let hint = match &error {
            LogError::NoSession(_) => "`saldo --record FILE` records one".to_owned(),
            LogError::Format(_) => "replay it with the version of saldo that recorded it".to_owned(),
            LogError::Damaged { line: ..=1, .. } => "record it again".to_owned(),
            LogError::Damaged { line, .. } => format!("`--until {}` replays what stands before it", line - 2),
        };
        failed(&error).with_hint(hint)
    })
}

/// What the session is done on. A log may come from anybody, so it is the person who names it.
fn start(args: &Args, log: &Log, config: Config, write: bool) -> Result<Start, Failure> {
    let flags = Flags { write, ..Flags::default() };
    let start = match (&args.open, &log.header.opened) {
        (Some(path), _) => open::start(path, config, flags)?,
        (None, Some(opened)) => {
            return Err(Failure::usage(
                format!("the session was recorded with `saldo open {opened}`"),
                "name the file that is opened now: `saldo replay LOG --open FILE`",
            ));
        }
        (None, None) => {
            let opened = place::open(&config)?;
            explore::start(config, opened, flags)?
        }
    };
    Ok(start)
}

fn check(outcome: &Outcome) -> Result<(), Failure> {
    let Some((number, was, is)) = &outcome.differs else {
        if outcome.compared == 0 {
            return Err(Failure::new(1, "the log holds no screen to compare with")
                .with_hint("a recording ends with one, unless the program was killed"));
        }
        place::say(&format!("{} as recorded", screens(outcome.compared)));
        return Ok(());
    };
    let empty = String::new();
    for line in 0..was.len().max(is.len()) {
        let (was, is) = (was.get(line).unwrap_or(&empty), is.get(line).unwrap_or(&empty));
        if was != is {
            place::say(&format!("line {} was  {was}", line + 1));
            place::say(&format!("line {} is   {is}", line + 1));
        }
    }
    Err(Failure::new(3, format!("event {number}: the screen is not what was recorded"))
        .with_hint("another lake, its newer data or another version shows other screens"))
}

fn screens(count: usize) -> String {
    if count == 1 { "the screen is".into() } else { format!("{count} screens are") }
}
