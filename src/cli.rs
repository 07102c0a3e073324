//! The command line: what can be typed, how failures are said, which code the program exits with.
//!
//! Data goes to stdout and words to stderr. Exit codes: 0 done (a reader that closes the pipe is satisfied), 1 failed,
//! 2 wrong usage, 3 a data problem, 130 cancelled.

mod ask;
#[cfg(feature = "remote")]
mod bootstrap;
mod catalog;
mod compare;
mod completions;
mod config;
mod credit;
mod demo;
mod elsewhere;
mod execution;
mod explore;
mod forecast;
mod history;
mod ingest;
mod keys;
mod lake;
mod man;
mod open;
mod pipeline;
mod place;
mod progress;
mod pull;
mod push;
mod queries;
mod query;
mod rates;
#[cfg(feature = "remote")]
mod redshift;
mod replay;
mod results;
mod runs;
mod stage;
mod status;
mod submit;
mod tables;
mod targets;
mod version;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigError};
use crate::demo::DemoError;
use crate::engine::{EngineError, ErrorKind};
use crate::explorer::NoTerminal;
use crate::lake::LakeError;
use crate::lake::place::PlaceError;
use crate::pipeline::PipelineError;
use crate::pipeline::ingest::keep::NOTE;
use crate::query::{ParameterKind, QueryError};
use crate::source::SourceError;
use crate::target::LOCAL;
use crate::value;

/// Explore financial data in a lake of Parquet files
#[derive(Debug, Parser)]
#[command(name = "saldo", disable_version_flag = true, args_conflicts_with_subcommands = false)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// The lake: a folder, `s3://bucket/prefix`, or a name from the settings
    #[arg(long, global = true, value_name = "LAKE")]
    lake: Option<PathBuf>,
    /// The settings file, instead of saldo.toml in the configuration folder
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A built-in theme, or a .toml file
    #[arg(long, global = true, value_name = "NAME")]
    theme: Option<String>,
    /// Send less to the terminal: few colours, few frames while rows come, no mouse
    #[arg(long, global = true)]
    low_bandwidth: bool,
    /// Where SQL runs: `local`, or another engine (see `saldo targets`)
    #[arg(long, global = true, value_name = "NAME")]
    target: Option<String>,
    /// Allow statements that write, after a confirmation on the screen
    #[arg(long, global = true)]
    write: bool,
    /// Record what is done in the explorer into a new file, for `saldo replay`; only you can read it
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Print the version
    #[arg(short = 'V', long)]
    version: bool,
    /// With --version: the engine inside and the sources of the data
    #[arg(long, requires = "version")]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the demo lake, real exchange rates and look-alike bank statements, and open it
    Demo(demo::Args),
    /// Take bank statements or daily balances into the lake
    #[command(subcommand)]
    Ingest(ingest::Command),
    /// Read statements into typed lines in a folder or on S3, for a Spark job to merge; no lake is needed
    Stage(Box<stage::Args>),
    /// Open a file, a folder or a pattern; no lake is needed
    Open(open::Args),
    /// Run a saved query or SQL and print the rows
    Query(query::Args),
    /// Say what comes after the last row of a dated result, how sure that is, and how such forecasts did before
    Forecast(forecast::Args),
    /// Judge accounts by their statements: a card with the grade, the reasons and the figures
    Credit(Box<credit::Args>),
    /// Make what is due of all tables from the raw files, and fetch the rates that they lack
    Run(pipeline::RunArgs),
    /// Make what is due of all tables on Spark, from the same statements, and take it into the lake
    Submit(submit::Args),
    /// Convert the bank lines to the base currency, where rates, lines or settings changed
    Normalise(pipeline::NormaliseArgs),
    /// Make the star schema of the daily balances: dates and transactions
    Star(pipeline::StageArgs),
    /// Copy a lake on S3, or part of it, to a local folder: a snapshot for work without a network
    Pull(pull::Args),
    /// Copy a local lake to S3
    Push(push::Args),
    /// Tell AWS Glue, Athena or Redshift Spectrum of a lake on S3
    #[command(subcommand)]
    Catalog(catalog::Command),
    /// Set a lake on S3 up, with all that the settings name: folder, crawlers, job, catalogue, Redshift's schema
    #[cfg(feature = "remote")]
    Bootstrap(bootstrap::Args),
    /// Say how the lake stands: tables, conversion, rates, last faults
    Status(status::Args),
    /// Look after the lake itself
    #[command(subcommand)]
    Lake(lake::Command),
    /// List the engines on which SQL can run
    Targets(targets::Args),
    /// Check that an engine has all that it needs
    Doctor(targets::DoctorArgs),
    /// List what ran on other engines; attach to a run, or stop it
    Runs(runs::Args),
    /// Set up Redshift for the lake
    #[cfg(feature = "remote")]
    #[command(subcommand)]
    Redshift(redshift::Command),
    /// Sum what runs on other engines have cost
    Cost(runs::CostArgs),
    /// List, rename, check and remove kept results of other engines: tables named results.NAME
    Results(results::Args),
    /// Do a recorded session of the explorer again, without a terminal, and print its last screen
    Replay(replay::Args),
    /// Find what was asked before, in the explorer and by `saldo query`, and how it ended
    History(history::Args),
    /// List the saved queries
    Queries(queries::Args),
    /// List the lake's tables, or the columns of one
    Tables(tables::Args),
    /// Fetch, import and check exchange rates
    Rates(rates::Args),
    /// Show every setting with its value and where that comes from
    Config(config::Args),
    /// List the keys of the explorer, or show what the terminal sends
    Keys(keys::Args),
    /// Print shell completions
    Completions(completions::Args),
    /// Print the manual page
    Man,
}

/// Why a command failed: a code, a sentence, and what to do.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
    hint: Option<String>,
}

/// Parses the arguments, runs the command, reports its failure.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.code)
        }
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    if cli.version {
        return version::print(cli.verbose);
    }
    let target = cli.target()?;
    if let Some(path) = &cli.record {
        explore::check_recording(path, cli.opens_explorer())?;
    }
    let settings = || cli.settings();
    let flags = explore::Flags { write: cli.write, record: cli.record.clone(), settings: cli.config.clone() };
    match &cli.command {
        None => explore::run(settings()?, flags),
        Some(Command::Demo(args)) => demo::run(args, settings()?, flags),
        Some(Command::Ingest(command)) => ingest::run(command, settings()?),
        Some(Command::Stage(args)) => stage::run(args, &settings()?),
        Some(Command::Open(args)) => open::run(args, settings()?, flags),
        Some(Command::Query(args)) => query::run(args, &settings()?, cli.write, target),
        Some(Command::Forecast(args)) => forecast::run(args, &settings()?),
        Some(Command::Credit(args)) => credit::run(args, settings()?, flags, target),
        Some(Command::Run(args)) => {
            place::beginning(settings()?, args.wait(), |config, lake| pipeline::run(args, config, lake))
        }
        Some(Command::Submit(args)) => submit::run(args, &settings()?),
        Some(Command::Normalise(args)) => pipeline::normalise(args, settings()?),
        Some(Command::Star(args)) => {
            place::writing(settings()?, args.wait(), |config| pipeline::star(args, config))
        }
        Some(Command::Pull(args)) => pull::run(args, &settings()?),
        Some(Command::Push(args)) => push::run(args, &settings()?),
        Some(Command::Catalog(command)) => catalog::run(command, &settings()?),
        #[cfg(feature = "remote")]
        Some(Command::Bootstrap(args)) => bootstrap::run(args, &settings()?),
        Some(Command::Status(args)) => status::run(args, &settings()?),
        Some(Command::Lake(command)) => lake::run(command, settings()?),
        Some(Command::Targets(args)) => targets::list(args, &settings()?),
        Some(Command::Doctor(args)) => targets::doctor(args, &settings()?, target),
        Some(Command::Runs(args)) => runs::run(args, &settings()?, target),
        #[cfg(feature = "remote")]
        Some(Command::Redshift(command)) => redshift::run(command, &settings()?, target),
        Some(Command::Cost(args)) => runs::cost(args, &settings()?, target),
        Some(Command::Results(args)) => results::run(args, &settings()?),
        Some(Command::Replay(args)) => replay::run(args, settings()?, cli.write),
        Some(Command::History(args)) => history::run(args, &settings()?),
        Some(Command::Queries(args)) => queries::run(args, &settings()?),
        Some(Command::Tables(args)) => tables::run(args, &settings()?),
        Some(Command::Rates(args)) => match args.wait() {
            None => place::reading(settings()?, &["response", "banktxn", "error_error"], |config| {
                rates::run(args, config)
            }),
            Some(wait) => place::writing(settings()?, wait, |config| rates::run(args, config)),
        },
        Some(Command::Config(args)) => config::run(args, cli),
        Some(Command::Keys(args)) => keys::run(args, &settings()?),
        Some(Command::Completions(args)) => completions::run(args),
        Some(Command::Man) => man::run(),
    }
}

impl Cli {
    /// The engine elsewhere that was named.
    fn target(&self) -> Result<Option<&str>, Failure> {
        let target = self.target.as_deref();
        match target.filter(|name| *name != LOCAL && !self.heeds_target()) {
            None => Ok(target),
            Some(name) => Err(Failure::usage(
                format!("--target {name}: this command works on the lake here"),
                "`saldo query … --target NAME --keep-as RESULT` brings rows here, as the table results.RESULT",
            )),
        }
    }

    /// Whether the command is one that another engine can do.
    fn heeds_target(&self) -> bool {
        match self.command {
            Some(
                Command::Query(_)
                | Command::Credit(_)
                | Command::Doctor(_)
                | Command::Runs(_)
                | Command::Cost(_),
            ) => true,
            #[cfg(feature = "remote")]
            Some(Command::Redshift(_)) => true,
            _ => false,
        }
    }

    /// Whether the command shows the explorer.
    fn opens_explorer(&self) -> bool {
        matches!(self.command, None | Some(Command::Demo(_) | Command::Open(_) | Command::Credit(_)))
    }

    /// The settings with the flags above them.
    fn settings(&self) -> Result<Config, Failure> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(lake) = &self.lake {
            config.lake.clone_from(lake);
        }
        config.low_bandwidth |= self.low_bandwidth;
        if let Some(theme) = &self.theme {
            config.theme.clone_from(theme);
        }
        Ok(config)
    }
}

impl Failure {
    fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(2, message).with_hint(hint)
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says it on stderr. Nothing of it is obeyed by a terminal: it may quote data.
    fn report(&self) {
        // A closed pipe is no failure of ours: whoever read has what they wanted.
        if self.code == 0 {
            return;
        }
        let mut out = io::stderr().lock();
        let _ = writeln!(out, "error: {}", value::visible(&self.message));
        for line in self.hint.iter().flat_map(|hint| hint.lines()) {
            let _ = writeln!(out, "hint: {}", value::visible(line));
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(0, "the reader closed the pipe");
        }
        Self::new(1, format!("cannot write the output: {error}"))
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let code = match error.kind {
            ErrorKind::Cancelled => 130,
            ErrorKind::Data => 3,
            _ => 1,
        };
        Self { code, message: error.message, hint: error.hint }
    }
}

impl From<LakeError> for Failure {
    fn from(error: LakeError) -> Self {
        let message = error.to_string();
        match error {
            LakeError::Missing(_) => Self::new(1, message).with_hint("run `saldo demo`"),
            LakeError::Layout { .. } | LakeError::Manifest { .. } => {
                Self::new(3, message).with_hint("run `saldo demo` to build it again")
            }
            LakeError::Lost(_) => Self::new(3, message).with_hint("run `saldo lake repair`"),
            LakeError::Io { .. } => Self::new(1, message),
        }
    }
}

impl From<PlaceError> for Failure {
    fn from(error: PlaceError) -> Self {
        let (message, hint) = (error.to_string(), error.hint().map(str::to_owned));
        let code = match error {
            PlaceError::Lake(error) => return error.into(),
            PlaceError::Address(_) | PlaceError::Lacking { .. } => 2,
            PlaceError::Cancelled => 130,
            PlaceError::Changed { .. } | PlaceError::Immutable { .. } | PlaceError::Name { .. } => 3,
            PlaceError::NoRemote(_)
            | PlaceError::Busy { .. }
            | PlaceError::Unreachable { .. }
            | PlaceError::NoCredentials { .. }
            | PlaceError::Refused { .. }
            | PlaceError::Catalogue { .. }
            | PlaceError::Lost { .. }
            | PlaceError::Overtaken { .. }
            | PlaceError::Republished { .. }
            | PlaceError::Large { .. }
            | PlaceError::Snapshot { .. }
            | PlaceError::NoSnapshot { .. }
            | PlaceError::Theirs { .. }
            | PlaceError::Io { .. } => 1,
        };
        Self { code, message, hint }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        let message = error.to_string();
        match error {
            QueryError::Missing { name, kind } if kind == ParameterKind::Account.label() => Self::usage(
                message,
                format!("give it as --param {name}=VALUE; `saldo query account_summary` lists the accounts"),
            ),
            QueryError::Missing { name, .. } | QueryError::Value { name, .. } => {
                Self::usage(message, format!("give it as --param {name}=VALUE"))
            }
            QueryError::Unknown { name } => {
                Self::usage(message, format!("a query declares it on a line `-- param: {name} TYPE`"))
            }
            QueryError::Dialect { dialect } => Self::new(1, message).with_hint(format!(
                "write one below a line `-- dialect: {dialect}`, or one for all before such lines"
            )),
            QueryError::Header { .. }
            | QueryError::File { .. }
            | QueryError::Part { .. }
            | QueryError::Narrations { .. } => Self::new(1, message),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let code = match error {
            SourceError::Missing(_) | SourceError::Io { .. } => 1,
            SourceError::Pattern(_) | SourceError::TooMany(_) => 2,
            SourceError::Unknown(_) | SourceError::Empty(_) => 3,
        };
        Self::new(code, error.to_string()).with_hint(error.hint())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let failure = Self::new(1, error.to_string());
        match error {
            ConfigError::Toml { .. } => {
                failure.with_hint("`saldo config --schema` prints what may stand in the file")
            }
            ConfigError::Variable { .. } => failure.with_hint("it takes oxr, ecb or frankfurter"),
            ConfigError::Io { .. } => failure,
        }
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        let message = error.to_string();
        match error {
            PipelineError::Stage { .. } => Self::new(3, message).with_hint("the lake is as it was before"),
            PipelineError::NoRawFiles(_) => Self::new(1, message).with_hint(
                "load some with `saldo ingest` and `saldo rates`, or build the demo with `saldo demo`",
            ),
            PipelineError::RawLost { path, .. } => Self::new(3, message).with_hint(format!(
                "put it back from a copy, or give its rows up with `saldo ingest forget {}`",
                value::visible(path.strip_suffix(NOTE).unwrap_or(&path))
            )),
            PipelineError::Older { sha256, .. } => {
                let sha256 = sha256.get(..8).unwrap_or_default();
                Self::new(3, message).with_hint(format!(
                    "`saldo ingest again {sha256}` with the options that it needs now reads it anew, \
                     `saldo ingest forget {sha256}` leaves it out; the tables are as they were"
                ))
            }
            PipelineError::Spark(_) => {
                Self::new(3, message).with_hint("the lake is as it was before; the same command begins anew")
            }
            PipelineError::Stray { .. } => Self::new(3, message).with_hint(
                "remove it, or move it out of the table's folder; `saldo lake verify` lists all such files",
            ),
            PipelineError::Noted(_) => Self::new(1, message)
                .with_hint("remove that file of the lake, and `saldo submit` begins anew"),
            PipelineError::Unpublished(_) => {
                Self::new(1, message).with_hint("`saldo run` publishes it first")
            }
            PipelineError::Lake(error) => error.into(),
            PipelineError::Place(error) => error.into(),
            PipelineError::Io { .. } => Self::new(1, message),
        }
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        Self::new(1, error.to_string())
    }
}

/// The explorer's own errors come with their context in one sentence.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        if error.is::<NoTerminal>() {
            return Self::usage(
                error.to_string(),
                "in a script use `saldo query`, `saldo forecast`, `saldo run`",
            );
        }
        Self::new(1, format!("{error:#}"))
    }
}
