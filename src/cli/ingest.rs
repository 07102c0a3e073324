//! `saldo ingest`: takes files in, runs the pipeline, tells what became of each file.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::Utc;
use serde_json::json;

use super::place::Wait;
use super::{Failure, rates};
use crate::config::Config;
use crate::lake::{Lake, LakeError};
use crate::pipeline::balances::BALANCES;
use crate::pipeline::bank::BANK;
use crate::pipeline::bank::reconcile::{self, Breaks};
use crate::pipeline::ingest::{self, Options, State, Told, loaded};
use crate::pipeline::text::header::{self, Map};
use crate::pipeline::{self, Outcome, PipelineError, Progress, Run};
use crate::value;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Kind {
    /// Bank statements: CSV, also in .gz or .zip
    Bank(Args),
    /// Daily balances: CSV, or JSON {"table": …, "rows": […]}
    Balances(Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files; one that was taken in before changes nothing
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Column names: a CSV of lines `their header,our column`
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Tell what became of the files as a line of JSON on stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    wait: Wait,
}

impl Kind {
    pub(super) fn wait(&self) -> Duration {
        let (Self::Bank(args) | Self::Balances(args)) = self;
        args.wait.duration()
    }
}

pub(super) fn run(kind: &Kind, config: &Config) -> Result<(), Failure> {
    let (args, kind) = match kind {
        Kind::Bank(args) => (args, &BANK),
        Kind::Balances(args) => (args, &BALANCES),
    };
    let root = config.lake.as_path();
    let former = former(root)?;
    let rows = |lake: &Lake| lake.table(kind.table).map_or(0, |table| table.rows);
    let map = args.map.as_deref().map(|path| read_map(path, kind)).transpose()?.unwrap_or_default();
    // All are there before the first is touched.
    for file in &args.files {
        let opened = fs::File::open(file).and_then(|open| open.metadata());
        match opened {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Err(Failure::new(1, format!("{} is not a file", file.display()))),
            Err(error) => return Err(Failure::new(1, format!("cannot read {}: {error}", file.display()))),
        }
    }
    let options = Options { map, ..Options::new(Utc::now()) };
    let start = Instant::now();
    let mut told = Vec::new();
    for file in &args.files {
        told.push(ingest::take(root, kind, file, &options)?);
    }
    let reading = start.elapsed();
    let before = former.as_ref().map_or(0, rows);
    let mut table = None;
    let mut begins = |stage: &str| {
        if table.is_none() && pipeline::reads(stage, kind.table) {
            table = Some(start.elapsed());
        }
    };
    let outcome = rebuild(config, former.is_none(), kind.area, &mut begins)?;
    let lake = outcome.as_ref().map(|outcome| &outcome.lake);
    let after = lake.map_or(0, rows);
    loaded::attribute(root, kind, &mut told, before, after)?;
    let is_bank =
        kind.area == BANK.area && told.iter().any(|file| file.state == State::Kept && file.rows > 0);
    let breaks = lake.filter(|_| is_bank).map(|lake| reconcile::breaks(lake, &told)).transpose()?;
    let all = start.elapsed();
    let seconds = json!({
        "reading": reading.as_secs_f64(), "table": table.unwrap_or(all).as_secs_f64(), "all": all.as_secs_f64(),
    });
    if args.json {
        let faults: u64 = told.iter().map(|file| file.faults).sum();
        let line = json!({ "files": told, "rows": after, "faults": faults, "balance_breaks": breaks, "seconds": seconds });
        writeln!(io::stdout(), "{line}")?;
    }
    report(&told, breaks.as_ref())?;
    outcome.as_ref().map_or(Ok(()), rates::check_held)
}

/// The lake as it is, if there is one.
fn former(root: &Path) -> Result<Option<Lake>, Failure> {
    match Lake::open(root) {
        Ok(lake) => Ok(Some(lake)),
        Err(LakeError::Missing(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Runs the stages; there is no lake while no file has a row or a fault.
fn rebuild(
    config: &Config,
    is_new: bool,
    area: &str,
    progress: &mut Progress,
) -> Result<Option<Outcome>, PipelineError> {
    let source = format!("Taken in with saldo ingest {area}: files under raw/{area}");
    let root = config.lake.as_path();
    let run = Run { root, sources: &[&source], demo: None, conversion: None, only: &[] };
    match pipeline::run_within(&config.memory_limit, &run, progress) {
        Err(PipelineError::NoRawFiles(_)) if is_new => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// A map file: lines `their header,our column`.
fn read_map(path: &Path, kind: &ingest::Kind) -> Result<Map, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::new(1, format!("cannot read {}: {error}", path.display())))?;
    header::read_map(&text, kind.form.columns).map_err(|message| {
        let names: Vec<_> = kind.form.columns.iter().map(|column| column.name).collect();
        Failure::usage(
            format!("{}: {message}", path.display()),
            format!("our columns are {}", names.join(", ")),
        )
    })
}

fn report(told: &[Told], breaks: Option<&Breaks>) -> Result<(), Failure> {
    let mut words = io::stderr().lock();
    for file in told {
        let _ = writeln!(words, "{}", value::visible(&line(file)));
        for note in &file.notes {
            let _ = writeln!(words, "  {}", value::visible(note));
        }
    }
    if let Some(breaks) = breaks.filter(|breaks| breaks.count > 0) {
        let _ = writeln!(words, "{} balances do not follow from their amounts:", grouped(breaks.count));
        for place in &breaks.first {
            let _ = writeln!(words, "  {}", value::visible(place));
        }
        let _ = writeln!(words, "  see `saldo query balance_breaks`");
    }
    let faults: u64 = told.iter().map(|file| file.faults).sum();
    if faults == 0 {
        return Ok(());
    }
    let what = if faults == 1 { "line, cell or file".to_owned() } else { "lines, cells or files".to_owned() };
    Err(Failure::new(3, format!("{} {what} could not be read", grouped(faults))).with_hint(
        "saldo query -c \"SELECT source, line_no, column_name, message, text FROM error_error\" shows them",
    ))
}

fn grouped(count: u64) -> String {
    value::grouped(&count.to_string())
}

fn line(file: &Told) -> String {
    let name = &file.file;
    match file.state {
        State::Known => format!("{name}: known already, nothing changed"),
        State::Refused => format!("{name}: not loaded"),
        State::Kept => {
            let known = file.rows.saturating_sub(file.loaded);
            format!(
                "{name}: {} lines, {} loaded, {} known already, {} faults",
                grouped(file.lines),
                grouped(file.loaded),
                grouped(known),
                grouped(file.faults)
            )
        }
    }
}
