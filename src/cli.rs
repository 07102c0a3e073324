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
mod failure;
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

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

pub use self::failure::Failure;
use self::failure::NO_LAKE;
use crate::config::Config;
use crate::environment::typed_path;
use crate::target::LOCAL;

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
    /// The engine for query, credit, doctor, runs, cost and redshift: `local`, or one of `saldo targets`; T chooses in the explorer
    #[arg(long, global = true, value_name = "NAME")]
    target: Option<String>,
    /// Allow statements that write: the explorer asks before each, `saldo query` and `saldo replay` do not ask
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
    /// Forecast a series of dates and numbers, with bands and a test on its past
    Forecast(forecast::Args),
    /// Judge accounts by their statements: a card with the grade, the reasons and the figures
    Credit(Box<credit::Args>),
    /// Make what is due of all tables from the raw files, and fetch missing rates where rates.source is set
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
    ///
    /// A Redshift is asked statements, for which a serverless one wakes and bills a minute at least.
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

/// What is typed. Of `help --help` clap takes the last for the name of a command; what is wanted is the help.
fn parsed(mut arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let parsed = Cli::try_parse_from(&arguments);
    let is_unknown = |error: &clap::Error| error.kind() == ErrorKind::InvalidSubcommand;
    let asks_twice = matches!(arguments.as_slice(), [.., help, flag] if help == "help" && (flag == "--help" || flag == "-h"));
    if asks_twice && parsed.as_ref().is_err_and(is_unknown) {
        arguments.pop();
        return Cli::try_parse_from(arguments);
    }
    parsed
}

/// Parses the arguments, runs the command, reports its failure.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match parsed(std::env::args_os().collect()) {
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
            Some(name) if matches!(self.command, Some(Command::Submit(_) | Command::Normalise(_))) => {
                Err(Failure::usage(
                    "this command does not take --target: a target that makes tables is named with --on",
                    format!("write --on {name}"),
                ))
            }
            Some(name) => Err(Failure::usage(
                format!("this command does not take --target {name}: it works on the lake here"),
                "in the explorer T chooses the engine; elsewhere `saldo query … --target NAME --keep-as RESULT` brings rows here, as the table results.RESULT",
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
        // No shell has seen a setting, a variable of cron or what stands behind `--lake=`.
        config.lake = typed_path(&config.lake);
        config.low_bandwidth |= self.low_bandwidth;
        if let Some(theme) = &self.theme {
            config.theme.clone_from(theme);
        }
        Ok(config)
    }
}
