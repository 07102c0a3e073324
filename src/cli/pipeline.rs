//! `saldo run`, `normalise`, `star`: the tables from the raw files, and with `run` the rates that they lack. Progress is a
//! bar on a terminal and lines elsewhere.

#[cfg(feature = "remote")]
mod athena;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::place::{self, Wait};
use super::{Failure, rates, submit};
use crate::config::Config;
use crate::lake::place::{Listed, Writing};
use crate::lake::{Conversion, Lake, LakeError};
use crate::pipeline::rates::fetch::{Report, Settings};
use crate::pipeline::{self, Outcome, Run, STAGES};
use crate::text::given;
use crate::value;

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Ask nobody for rates that are missing
    #[arg(long)]
    no_fetch: bool,
    #[command(flatten)]
    stages: StageArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct StageArgs {
    /// Print a summary as one line of JSON on stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    wait: Wait,
}

impl StageArgs {
    pub(super) fn wait(&self) -> Duration {
        self.wait.duration()
    }
}

impl RunArgs {
    pub(super) fn wait(&self) -> Duration {
        self.stages.wait()
    }
}

impl NormaliseArgs {
    fn wait(&self) -> Duration {
        self.stages.wait()
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct NormaliseArgs {
    /// ISO 4217 code of the base currency [default: as the lake has it, at first SGD]
    #[arg(long, value_name = "CODE", value_parser = base)]
    base: Option<String>,
    /// The date whose rate counts [default: as the lake has it, at first value]
    #[arg(long, value_name = "WHICH")]
    rate_date: Option<RateDate>,
    /// Days after which a rate is too old [default: as the lake has it, at first 7]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=366))]
    max_age: Option<u16>,
    /// Make the table on this target, of Athena; what it is made of is made here
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["base", "rate_date", "max_age", "json"])]
    on: Option<String>,
    /// On a target: run it above the budget without asking
    #[cfg(feature = "remote")]
    #[arg(long, requires = "on")]
    yes: bool,
    #[command(flatten)]
    stages: StageArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RateDate {
    Value,
    Booking,
}

/// A base without a rate would leave no amount.
fn base(text: &str) -> Result<String, String> {
    let code = given::currency(text)?;
    if value::is_currency(&code) { Ok(code) } else { Err("it is no currency of ISO 4217".into()) }
}

/// The stages, the rates that the statements then lack, and the stages that these concern. The lake is consistent all the
/// time, and a source that hangs or fails delays no table.
pub(super) fn run(args: &RunArgs, config: &Config, writing: &mut Writing) -> Result<(), Failure> {
    let source = if args.no_fetch { None } else { rates::configured(config)? };
    let start = Instant::now();
    let unchanged = unchanged(args, config, source.as_ref(), writing.raw()?)?;
    let is_unchanged = unchanged.is_some();
    let on_demand = !is_unchanged && writing.prepare(&place::say)?;
    let mut outcome = match unchanged {
        Some(lake) => Outcome { lake, changed: Vec::new(), renewed: Vec::new() },
        None => due(config, on_demand)?,
    };
    submit::propose(config, outcome.lake.manifest.raw.iter().map(|file| file.size).sum());
    let report = match &source {
        _ if args.no_fetch => None,
        // No rate is missing.
        Some(_) if is_unchanged => Some(Report::default()),
        source => rates::fill(&outcome.lake, source.as_ref())?,
    };
    if report.as_ref().is_some_and(|report| report.missing > 0) {
        let Outcome { lake, changed, .. } = due(config, on_demand)?;
        outcome.lake = lake;
        for (table, files) in changed {
            match outcome.changed.iter_mut().find(|(known, _)| *known == table) {
                Some((_, before)) => *before += files,
                None => outcome.changed.push((table, files)),
            }
        }
    }
    print_summary(&args.stages, &outcome, report.as_ref(), start)?;
    report.as_ref().map_or(Ok(()), rates::verdict)?;
    rates::check_held(&outcome)
}

/// A lake on S3 that needs no run, told by its manifest, the names of its raw files and its tables of rates: no other
/// file of it is copied. Whether the bucket has all files of its tables is not looked at.
fn unchanged(
    args: &RunArgs,
    config: &Config,
    source: Option<&Settings>,
    raw: Option<&[Listed]>,
) -> Result<Option<Lake>, Failure> {
    let Some(raw) = raw else { return Ok(None) };
    let lake = match Lake::open(&config.lake) {
        Ok(lake) if pipeline::is_current(&lake.manifest, raw) => lake,
        Ok(_) | Err(LakeError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let is_asked = !args.no_fetch && rates::are_missing(&lake, source)?;
    Ok((!is_asked).then_some(lake))
}

/// The stages, and a word where sources disagree.
fn due(config: &Config, on_demand: bool) -> Result<Outcome, Failure> {
    let outcome = steps(STAGES.len(), |step| rates::refresh(config, on_demand, step))?;
    rates::print_alarms(&outcome)?;
    Ok(outcome)
}

pub(super) fn star(args: &StageArgs, config: &Config) -> Result<(), Failure> {
    make(args, config, false, None, &["dates", "transactions"])
}

pub(super) fn normalise(args: &NormaliseArgs, config: Config) -> Result<(), Failure> {
    #[cfg(feature = "remote")]
    if let Some(name) = &args.on {
        return athena::normalise(args, name, &config);
    }
    place::beginning(config, args.wait(), |config, writing| {
        normalise_here(args, config, writing.prepare(&place::say)?)
    })
}

fn normalise_here(args: &NormaliseArgs, config: &Config, on_demand: bool) -> Result<(), Failure> {
    let mut conversion = Lake::open(&config.lake).map(|lake| lake.manifest.conversion).unwrap_or_default();
    conversion.base = args.base.clone().unwrap_or(conversion.base);
    conversion.max_age_days = args.max_age.unwrap_or(conversion.max_age_days);
    if let Some(which) = args.rate_date.and_then(|which| which.to_possible_value()) {
        which.get_name().clone_into(&mut conversion.dated_by);
    }
    make(
        &args.stages,
        config,
        on_demand,
        Some(&conversion),
        &["response", "banktxn", "daily_rates", "processed"],
    )
}

fn make(
    args: &StageArgs,
    config: &Config,
    on_demand: bool,
    conversion: Option<&Conversion>,
    only: &[&str],
) -> Result<(), Failure> {
    rates::check_held(&made(args, config, on_demand, conversion, only)?)
}

/// Makes what is due of some tables, and says so.
fn made(
    args: &StageArgs,
    config: &Config,
    on_demand: bool,
    conversion: Option<&Conversion>,
    only: &[&str],
) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let on_demand = place::telling(on_demand);
    let run = Run { root: &config.lake, sources: &[], demo: None, conversion, only, on_demand };
    let outcome = steps(only.len(), |step| Ok(pipeline::run_within(&config.memory_limit, &run, step)?))?;
    super::ingest::tell_renewed(&outcome);
    print_summary(args, &outcome, None, start)?;
    Ok(outcome)
}

/// Shows the stages of a run as they begin.
fn steps(
    of: usize,
    run: impl FnOnce(&mut pipeline::Progress) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let mut bar = Bar::new(of);
    let outcome = run(&mut |stage| bar.step(stage));
    bar.clear();
    outcome
}

fn print_summary(
    args: &StageArgs,
    outcome: &Outcome,
    report: Option<&Report>,
    start: Instant,
) -> Result<(), Failure> {
    let Outcome { lake, changed, .. } = outcome;
    let summary =
        changed.iter().map(|(table, files)| format!("{table} {}", value::counted(*files as u64, "file")));
    let summary = summary.collect::<Vec<_>>().join(", ");
    let summary = match summary.as_str() {
        "" if lake.manifest.raw.is_empty() => "nothing was due, for the lake has no raw files yet",
        "" => "nothing was due",
        made => made,
    };
    let _ = writeln!(io::stderr(), "{summary}; {:.1} s", start.elapsed().as_secs_f64());
    if args.json {
        let tables = lake.manifest.tables.iter().map(|table| (table.name.clone(), json!(table.rows)));
        let summary = json!({
            "lake": lake.origin().map_or_else(|| lake.root.to_string_lossy(), Into::into),
            "changed": changed.iter().cloned().collect::<BTreeMap<_, _>>(),
            "rates": report.map(rates_json),
            "rows": tables.collect::<serde_json::Map<_, _>>(),
            "newest": lake.newest().map(|date| date.to_string()),
            "elapsed_ms": u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        writeln!(io::stdout(), "{summary}")?;
    }
    Ok(())
}

/// What asking for rates brought; counts of dates, answers and requests.
fn rates_json(report: &Report) -> Value {
    let Report { missing, refused, kept, known, absent, left, faults, stopped, not_asked } = report;
    json!({
        "missing": missing,
        "refused": refused,
        "new": kept,
        "known": known,
        "absent": absent,
        "left": left,
        "failed": faults.len(),
        "not_asked": not_asked,
        "stopped": stopped,
    })
}

/// Progress on stderr.
pub(super) struct Bar {
    is_terminal: bool,
    done: usize,
    of: usize,
    start: Instant,
}

const WIDTH: usize = 24;
/// A run this short shows no bar.
const PATIENCE: Duration = Duration::from_millis(200);

impl Bar {
    pub(super) fn new(of: usize) -> Self {
        Self { is_terminal: io::stderr().is_terminal(), done: 0, of, start: Instant::now() }
    }

    fn step(&mut self, stage: &str) {
        if !self.is_terminal {
            let _ = writeln!(io::stderr(), "{}", value::visible(stage));
        }
        self.advance(1, stage);
    }

    /// So many more of something are done; told on a terminal only.
    pub(super) fn advance(&mut self, more: usize, what: &str) {
        self.done += more;
        if self.is_terminal && self.start.elapsed() >= PATIENCE {
            let full = (WIDTH * self.done / self.of.max(1)).min(WIDTH);
            let (full, rest) = ("━".repeat(full), "─".repeat(WIDTH - full));
            let (done, of, what) = (self.done.min(self.of), self.of, value::visible(what));
            let _ = write!(io::stderr(), "\r\x1b[K{full}{rest} {done}/{of} {what}");
        }
    }

    pub(super) fn clear(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
