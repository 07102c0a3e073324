//! `saldo ingest`: takes files in or forgets them, runs the pipeline, reports what became of each file.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::Utc;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;

use super::place::{self, Wait};
use super::{Failure, rates};
use crate::config::Config;
use crate::lake::{Lake, LakeError};
use crate::pipeline::balances::BALANCES;
use crate::pipeline::bank::BANK;
use crate::pipeline::bank::profile::Profiles;
use crate::pipeline::bank::reconcile;
use crate::pipeline::ingest::{FileKind, FileReport, Options, State, forget, loaded, take};
use crate::pipeline::{self, Outcome, PipelineError, Progress, Run};
use crate::text::amounts::Mark;
use crate::text::dates::Order;
use crate::text::decode::Encoding;
use crate::text::given::{self, BelowHeading, Given, Minus};
use crate::text::header::{self, Map};
use crate::value;

pub(super) use summary::grouped;

mod look;
mod summary;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Bank statements: CSV in any bank's form, workbooks (XLSX, XLS), camt, MT940, OFX, also in .gz or .zip; `-` reads standard input
    Bank(BankArgs),
    /// Daily balances: CSV, or JSON {"table": …, "rows": […]}
    Balances(BalancesArgs),
    /// Read files anew that were taken in before, for example with another map
    Again(AgainArgs),
    /// Make the lake what it would be without files that were taken in
    Forget(ForgetArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files; one that was taken in before changes nothing
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Column names: a CSV of lines `their header,our column`
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Print what became of the files as a line of JSON on stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    wait: Wait,
}

#[derive(Debug, clap::Args)]
pub(super) struct BankArgs {
    #[command(flatten)]
    args: Args,
    /// Show how the files would be read, and keep nothing; of a large file a sample is looked at
    #[arg(long = "try", conflicts_with = "json")]
    is_trial: bool,
    /// Make a profile of this name of how the file would be read: a file of the folder `banks` beside the settings
    #[arg(long, value_name = "NAME", requires = "is_trial", value_parser = profile_name)]
    write_profile: Option<String>,
    #[command(flatten)]
    given: GivenArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct BalancesArgs {
    #[command(flatten)]
    args: Args,
    /// What stands before the decimals of its amounts, where no cell shows it
    #[arg(long, value_name = "MARK", value_parser = one_of(Mark::BOTH.map(|mark| (mark.word(), mark))))]
    decimal: Option<Mark>,
    /// The order of its dates, where no cell shows it
    #[arg(long, value_name = "ORDER", value_parser = one_of(Order::ALL.map(|order| (order.word(), order))))]
    dates: Option<Order>,
}

impl BalancesArgs {
    fn given(&self) -> Given {
        Given { decimal: self.decimal, dates: self.dates, ..Given::default() }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct AgainArgs {
    #[command(flatten)]
    args: Args,
    #[command(flatten)]
    given: GivenArgs,
}

/// What a statement does not tell itself.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What a statement does not tell itself")]
pub(super) struct GivenArgs {
    /// What stands before the decimals of its amounts
    #[arg(long, value_name = "MARK", value_parser = one_of(Mark::BOTH.map(|mark| (mark.word(), mark))))]
    decimal: Option<Mark>,
    /// The order of its dates
    #[arg(long, value_name = "ORDER", value_parser = one_of(Order::ALL.map(|order| (order.word(), order))))]
    dates: Option<Order>,
    /// Which way an amount with a minus goes
    #[arg(long, value_name = "RULE", value_parser = one_of([Minus::Out, Minus::In].map(|minus| (minus.word(), minus))))]
    signs: Option<Minus>,
    /// What lines are below a heading that leaves it open whether they are booked
    #[arg(long, value_name = "WHAT", value_parser = one_of(BelowHeading::BOTH.map(|below| (below.word(), below))))]
    below_heading: Option<BelowHeading>,
    /// The account of lines that have none
    #[arg(long, value_name = "NUMBER")]
    account: Option<String>,
    /// The currency of amounts that have none, for example EUR
    #[arg(long, value_name = "CODE", value_parser = given::currency)]
    currency: Option<String>,
    /// How its characters are written
    #[arg(long, value_name = "NAME", value_parser = one_of(Encoding::NAMES))]
    encoding: Option<Encoding>,
    /// What stands between its cells; `tab` for a tabulator
    #[arg(long, value_name = "CHARACTER", value_parser = given::delimiter)]
    delimiter: Option<char>,
    /// The first line is a transaction; --map names the columns by their numbers
    #[arg(long)]
    no_header: bool,
    /// The sheet of a workbook; without, all that hold a statement are read
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The profile of its bank; without, it is known by its header
    #[arg(long, value_name = "NAME")]
    bank: Option<String>,
}

impl GivenArgs {
    pub(super) fn given(&self) -> Given {
        Given {
            decimal: self.decimal,
            dates: self.dates,
            signs: self.signs,
            below_heading: self.below_heading,
            account: self.account.clone(),
            currency: self.currency.clone(),
            encoding: self.encoding,
            delimiter: self.delimiter,
            no_header: self.no_header,
            sheet: self.sheet.clone(),
            bank: self.bank.clone(),
        }
    }
}

/// A parser of words that each stand for a value.
pub(super) fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    words: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    let names = words.map(|(word, _)| word);
    PossibleValuesParser::new(names).try_map(move |found| {
        words
            .into_iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(&found))
            .map(|(_, value)| value)
            .ok_or("it is none of the words")
    })
}

fn profile_name(text: &str) -> Result<String, String> {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if !text.is_empty() && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("a name has small letters, digits and `-`".into())
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct ForgetArgs {
    /// Files, their checksums (the first eight digits or more), or their names below the lake
    #[arg(value_name = "FILE|CHECKSUM", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    wait: Wait,
}

const KINDS: [&FileKind; 2] = [&BANK, &BALANCES];

impl Command {
    fn wait(&self) -> Duration {
        match self {
            Self::Bank(bank) => bank.args.wait.duration(),
            Self::Again(again) => again.args.wait.duration(),
            Self::Balances(balances) => balances.args.wait.duration(),
            Self::Forget(args) => args.wait.duration(),
        }
    }

    /// Whether files are only looked at.
    fn is_trial(&self) -> bool {
        matches!(self, Self::Bank(BankArgs { is_trial: true, .. }))
    }
}

pub(super) fn run(command: &Command, config: Config) -> Result<(), Failure> {
    // A trial has nothing to do with a lake.
    if command.is_trial() {
        return work(command, &config, false);
    }
    place::beginning(config, command.wait(), |config, writing| {
        // Others read kept files, whichever they are.
        let on_demand = matches!(command, Command::Bank(_)) && writing.prepare(&place::say)?;
        if !on_demand {
            writing.fill(&place::say)?;
        }
        work(command, config, on_demand)
    })
}

fn work(command: &Command, config: &Config, on_demand: bool) -> Result<(), Failure> {
    let (args, given, kind) = match command {
        Command::Bank(bank) => (&bank.args, bank.given.given(), &BANK),
        Command::Balances(balances) => (&balances.args, balances.given(), &BALANCES),
        Command::Again(anew) => return again(&anew.args, anew.given.given(), config),
        Command::Forget(args) => return forget_files(&args.files, config),
    };
    if args.files.iter().filter(|file| file.as_os_str() == STDIN).count() > 1 {
        return Err(Failure::usage("standard input is named twice, and comes once", "name `-` once"));
    }
    // All are there before the first is touched.
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for file in &args.files {
        files.push(if file.as_os_str() == STDIN { stdin(folder.path())? } else { file.clone() });
    }
    for file in &files {
        check(file)?;
    }
    if command.is_trial() {
        let map = args.map.as_deref().map(|path| read_map(path, kind)).transpose()?.unwrap_or_default();
        let names = args.files.iter().map(|file| {
            if file.as_os_str() == STDIN { STDIN_NAME.into() } else { file.display().to_string() }
        });
        let files: Vec<_> = files.iter().map(PathBuf::as_path).zip(names).collect();
        let profiles = profiles(&given, config)?;
        let options = Options { map, given, profiles, ..Options::new(Utc::now()) };
        let name = match command {
            Command::Bank(bank) => bank.write_profile.as_deref(),
            _ => None,
        };
        return look::run(&files, &options, name.map(|name| (name, config.banks.as_path())));
    }
    take_in(args, given, kind, &files, Way { is_anew: false, on_demand }, config)
}

/// The profiles of banks, of which the one that was named is there.
pub(super) fn profiles(given: &Given, config: &Config) -> Result<Profiles, Failure> {
    let profiles = Profiles::load(Some(&config.banks))
        .map_err(|error| Failure::usage(error.to_string(), "mend the file, or take it out of the folder"))?;
    match &given.bank {
        Some(bank) if profiles.said(given).is_none() => Err(Failure::usage(
            format!("there is no profile {bank}"),
            format!("the profiles are {}", profiles.names().collect::<Vec<_>>().join(", ")),
        )),
        _ => Ok(profiles),
    }
}

/// Standard input among files, and in words.
pub(super) const STDIN: &str = "-";
const STDIN_NAME: &str = "standard input";

/// What comes through standard input, as a file.
fn stdin(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join("stdin");
    let failed = |error: io::Error| Failure::new(1, format!("cannot read standard input: {error}"));
    let mut file = fs::File::create(&path).map_err(failed)?;
    io::copy(&mut io::stdin().lock(), &mut file).map_err(failed)?;
    Ok(path)
}

pub(super) fn check(file: &Path) -> Result<(), Failure> {
    let cannot = |error: io::Error| Failure::unreadable(file, &error);
    // To open a pipe waits until somebody writes into it.
    if !fs::metadata(file).map_err(cannot)?.is_file() {
        return Err(Failure::new(1, format!("{} is not a file", file.display())));
    }
    fs::File::open(file).map(drop).map_err(cannot)
}

/// Reads files anew; all must be known, and of one kind.
fn again(args: &Args, given: Given, config: &Config) -> Result<(), Failure> {
    let root = config.lake.as_path();
    let mut files = Vec::new();
    let mut kinds: Vec<&FileKind> = Vec::new();
    for named in &args.files {
        let found = found(root, named)?;
        let kind = |file: &PathBuf| KINDS.into_iter().find(|kind| file.starts_with(kind.raw.folder()));
        let Some((file, kind)) = found.iter().find_map(|file| Some((file, kind(file)?))) else {
            return Err(unknown(named));
        };
        files.push(root.join(file));
        kinds.push(kind);
    }
    let Some(kind) = kinds.first().filter(|kind| kinds.iter().all(|other| other.area == kind.area)) else {
        return Err(Failure::usage("the files are of different kinds", "read statements and balances apart"));
    };
    take_in(args, given, kind, &files, Way { is_anew: true, on_demand: false }, config)
}

fn unknown(named: &Path) -> Failure {
    Failure::new(1, format!("no file like {} was taken in", named.display())).with_hint(
        "name the file itself, eight or more digits of its SHA-256, or its name, which `saldo status` shows",
    )
}

/// The kept files that a person means: one, or all of the same bytes as the file that is named.
fn found(root: &Path, named: &Path) -> Result<Vec<PathBuf>, Failure> {
    let found = forget::find(root, named)?;
    if found.is_empty() {
        return Err(unknown(named));
    }
    if found.len() > 1 && !named.is_file() {
        let names: Vec<_> = found.iter().map(|file| file.display().to_string()).collect();
        let message = format!("{} may be any of {}", named.display(), names.join(", "));
        return Err(Failure::usage(message, "name one of them"));
    }
    Ok(found)
}

fn forget_files(named: &[PathBuf], config: &Config) -> Result<(), Failure> {
    let root = config.lake.as_path();
    let mut files = Vec::new();
    for named in named {
        files.extend(found(root, named)?);
    }
    forget::forget(root, &files)?;
    let outcome = rebuild(config, false, None, Way::default(), &mut |_| ())?;
    for file in files {
        let _ = writeln!(io::stderr(), "{}: forgotten", value::visible(&file.display().to_string()));
    }
    outcome.as_ref().map_or(Ok(()), rates::check_held)
}

/// How files are taken in.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    /// What is known is read anew.
    is_anew: bool,
    /// Files of the lake that are not here are brought from S3 when they are needed.
    on_demand: bool,
}

/// Takes files of one kind in, makes the tables, and prints what became of them.
fn take_in(
    args: &Args,
    given: Given,
    kind: &FileKind,
    files: &[PathBuf],
    way: Way,
    config: &Config,
) -> Result<(), Failure> {
    let Way { is_anew, on_demand } = way;
    let root = config.lake.as_path();
    let former = former(root)?;
    let rows = |lake: &Lake| lake.table(kind.table).map_or(0, |table| table.rows);
    let map = args.map.as_deref().map(|path| read_map(path, kind)).transpose()?.unwrap_or_default();
    let profiles = if kind.area == BANK.area { profiles(&given, config)? } else { Profiles::only(None) };
    let options = Options { map, given, profiles, is_anew, on_demand, ..Options::new(Utc::now()) };
    let start = Instant::now();
    let mut reports = Vec::new();
    for (file, named) in files.iter().zip(&args.files) {
        let report = take(root, kind, file, &options)?;
        let is_stdin = !is_anew && named.as_os_str() == STDIN;
        reports.push(if is_stdin { FileReport { file: STDIN_NAME.into(), ..report } } else { report });
    }
    let reading = start.elapsed();
    let before = former.as_ref().map_or(0, rows);
    let mut table = None;
    let mut begins = |stage: &str| {
        if table.is_none() && pipeline::reads(stage, kind.table) {
            table = Some(start.elapsed());
        }
    };
    let outcome = rebuild(config, former.is_none(), Some(kind.area), way, &mut begins)?;
    let lake = outcome.as_ref().map(|outcome| &outcome.lake);
    let after = lake.map_or(0, rows);
    let is_bank = kind.area == BANK.area;
    if is_bank {
        let known = lake.filter(|_| on_demand);
        let bring = |paths: &BTreeSet<String>| pipeline::bring(known, paths);
        loaded::attribute(root, kind, &mut reports, [before, after], &bring).map_err(untold)?;
    }
    let has_lines = is_bank && reports.iter().any(|file| file.state == State::Kept && file.rows > 0);
    let breaks = lake.filter(|_| has_lines).map(|lake| reconcile::breaks(lake, &reports)).transpose();
    let breaks = breaks.map_err(untold)?;
    let all = start.elapsed();
    let seconds = json!({
        "reading": reading.as_secs_f64(), "table": table.unwrap_or(all).as_secs_f64(), "all": all.as_secs_f64(),
    });
    if args.json {
        let faults: u64 = reports.iter().map(|file| file.faults).sum();
        let line = json!({ "files": reports, "rows": after, "faults": faults, "balance_breaks": breaks, "seconds": seconds });
        writeln!(io::stdout(), "{line}")?;
    }
    summary::print(&reports, breaks.as_ref())?;
    outcome.as_ref().map_or(Ok(()), rates::check_held)
}

fn untold(error: PipelineError) -> Failure {
    Failure::untold(error, "how many lines are new, or which balances do not follow,")
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
    area: Option<&str>,
    way: Way,
    progress: &mut Progress,
) -> Result<Option<Outcome>, PipelineError> {
    let source = area.map(|area| format!("Taken in with saldo ingest {area}: files under raw/{area}"));
    let sources: Vec<_> = source.iter().map(String::as_str).collect();
    let run = Run {
        root: &config.lake,
        sources: &sources,
        demo: None,
        conversion: None,
        only: &[],
        on_demand: place::telling(way.on_demand),
    };
    match pipeline::run_within(&config.memory_limit, &run, progress) {
        Err(PipelineError::NoRawFiles(_)) if is_new => Ok(None),
        outcome => outcome.map(|outcome| {
            tell_renewed(&outcome);
            Some(outcome)
        }),
    }
}

/// Tells of files that were read anew, since their lines may be others now.
pub(super) fn tell_renewed(outcome: &Outcome) {
    for file in &outcome.renewed {
        let name = file.display().to_string();
        let _ =
            writeln!(io::stderr(), "{}: read anew, for an older reader had read it", value::visible(&name));
    }
}

/// A map file: lines `their header,our column`.
pub(super) fn read_map(path: &Path, kind: &FileKind) -> Result<Map, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))?;
    header::read_map(&text, kind.form.columns).map_err(|message| {
        let names: Vec<_> = kind.form.columns.iter().map(|column| column.name).collect();
        Failure::usage(
            format!("{}: {message}", path.display()),
            format!("our columns are {}", names.join(", ")),
        )
    })
}
