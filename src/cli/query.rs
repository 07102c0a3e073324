//! `saldo query`: a saved query, a file or SQL, to stdout or a file.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Failure, place};
use crate::config::Config;
use crate::engine::duckdb::{DuckDb, Settings};
use crate::engine::threads::leave_at_once;
use crate::engine::{Access, Engine, EngineError, ErrorKind, Events, Position, RunEvent, Stats, next_event};
use crate::export::{Bytes, Format, NewFile, Writer};
use crate::lake::place::PlaceError;
use crate::lake::{Lake, LakeError, base_currency};
use crate::pipeline::is_outdated;
use crate::query::{self, ACCOUNTS, Newest, Query, Statement};
use crate::results::Results;
use crate::sql::quote_text;
use crate::value;

/// How long a cancelled query has to stop before the program leaves anyway.
const GRACE: Duration = Duration::from_secs(2);
/// What is gathered before it is written.
const BUFFER: usize = 1 << 16;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    target: Target,
    /// Stop after so many rows
    #[arg(short, long, value_name = "N")]
    limit: Option<u64>,
}

/// Where rows go, and in which form.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// Form of the rows; else by the name of the output, else a table on a terminal and CSV in a pipe
    #[arg(short, long)]
    pub(super) format: Option<Format>,
    /// Write to a file, which appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// Which rows are asked for.
#[derive(Debug, clap::Args)]
pub(super) struct Question {
    /// A saved query (see `saldo queries`), or a .sql file
    #[arg(value_name = "NAME|FILE", required_unless_present = "command", conflicts_with = "command")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) text: Text,
}

/// A statement's text and values.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Text {
    /// SQL itself; - reads it from stdin
    #[arg(short, long = "command", value_name = "SQL", allow_hyphen_values = true)]
    pub(super) command: Option<String>,
    /// A parameter's value; repeatable
    #[arg(short, long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

pub(super) fn run(args: &Args, config: &Config, write: bool) -> Result<(), Failure> {
    let access = if write { Access::Write } else { Access::ReadOnly };
    let (format, bytes) = args.target.form()?;
    Session::open(config)?
        .execute(&args.question, access, |execution| execution.write(&args.target, format, bytes, args.limit))
}

impl Target {
    /// The format, and whether bytes that a terminal would obey are made visible.
    pub(super) fn form(&self) -> Result<(Format, Bytes), Failure> {
        let is_terminal = self.output.is_none() && io::stdout().is_terminal();
        let path = self.output.as_deref();
        let by_name = path.and_then(Format::of_path);
        if let (None, None, Some(path)) =
            (self.format, by_name, path.filter(|path| path.extension().is_some()))
        {
            let names = Format::ALL.map(Format::name).join(", ");
            return Err(Failure::usage(
                format!("the ending of {} is not that of a format", path.display()),
                format!("name the form with --format; there are {names}"),
            ));
        }
        let format = self.format.or(by_name).unwrap_or(if is_terminal { Format::Table } else { Format::Csv });
        if format == Format::Parquet && is_terminal {
            return Err(Failure::usage("Parquet is not for a terminal", "name a file with -o FILE"));
        }
        Ok((format, if is_terminal { Bytes::Visible } else { Bytes::Exact }))
    }
}

/// Whether the person wants an end.
pub(super) struct Stop(CancellationToken);

impl Stop {
    pub(super) fn is_asked_for(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// The lake's engine, opened once for all that a command asks of it.
pub(super) struct Session<'a> {
    config: &'a Config,
    engine: DuckDb,
    /// Set when there is no lake.
    missing: Option<String>,
}

impl<'a> Session<'a> {
    /// The engine on the lake, if there is one. SQL on files needs none, so a missing lake is told only when a name
    /// does not resolve.
    pub(super) fn open(config: &'a Config) -> Result<Self, Failure> {
        let (lake, missing) = match place::open(config) {
            Ok(opened) => (Some(opened.lake), None),
            Err(PlaceError::Lake(error @ LakeError::Missing(_))) => (None, Some(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let settings = Settings {
            lake,
            schemas: config.schemas(),
            results: Some(Results::folder_in(&config.state)),
            memory_limit: Some(config.memory_limit.clone()),
            temporary: Some(config.cache.clone()),
            ..Settings::default()
        };
        Ok(Self { config, engine: DuckDb::new(settings), missing })
    }

    /// Writes the rows of a statement of our own as Parquet.
    pub(super) fn write(&self, sql: &str, target: &Target) -> Result<(), Failure> {
        self.execute(&Question::sql(sql), Access::ReadOnly, |execution| {
            execution.write(target, Format::Parquet, Bytes::Exact, None)
        })
    }

    /// Hands on what a run yields, its columns first; gives whether the person has pressed Ctrl-C meanwhile or since.
    pub(super) fn read(
        &self,
        question: &Question,
        mut take: impl FnMut(RunEvent) -> Result<(), Failure>,
    ) -> Result<Stop, Failure> {
        let mut pressed = CancellationToken::new();
        self.execute(question, Access::ReadOnly, |execution| {
            pressed = execution.cancel.clone();
            execution.events(|event| {
                take(event)?;
                Ok(true)
            })
        })?;
        Ok(Stop(pressed))
    }

    /// The statement with its values.
    fn statement(&self, question: &Question) -> Result<Statement, Failure> {
        let lake = self.engine.lake();
        let newest = lake.map(Lake::newest_dates).unwrap_or_default();
        let query = question.query(self.config, &base_currency(lake), &newest)?;
        let given: BTreeMap<_, _> = question.text.parameters.iter().cloned().collect();
        let statement = query.bind(self.engine.dialect(), &given)?;
        for account in
            query.accounts(&given).filter(|_| lake.is_some_and(|lake| lake.table(ACCOUNTS).is_some()))
        {
            let any = format!("SELECT 1 FROM {ACCOUNTS} WHERE account_no = {} LIMIT 1", quote_text(account));
            if self.engine.rows(&any, &CancellationToken::new())?.1.iter().all(|batch| batch.num_rows() == 0)
            {
                return Err(Failure::new(3, format!("there is no account {account} in the lake"))
                    .with_hint("`saldo query account_summary` lists the accounts"));
            }
        }
        Ok(statement)
    }

    /// Does something with what is asked; a name that does not resolve where there is no lake says so.
    fn execute(
        &self,
        question: &Question,
        access: Access,
        work: impl FnOnce(Execution) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let statement = self.statement(question)?;
        work(Execution::new(self.engine.clone(), statement, access, self.missing.clone())?)
    }
}

/// Prints the rows of a statement of our own.
pub(super) fn print(config: &Config, sql: &str, format: Option<Format>) -> Result<(), Failure> {
    let args = Args { question: Question::sql(sql), target: Target { format, output: None }, limit: None };
    run(&args, config, false)
}

impl Question {
    /// SQL of our own.
    pub(super) fn sql(text: &str) -> Self {
        Self { name: None, text: Text { command: Some(text.to_owned()), parameters: Vec::new() } }
    }

    fn query(&self, config: &Config, base: &str, newest: &Newest) -> Result<Query, Failure> {
        let query = match (&self.text.command, self.name.as_deref()) {
            (Some(dash), _) if dash == "-" => {
                let mut text = String::new();
                let read = io::stdin().read_to_string(&mut text);
                read.map_err(|error| Failure::new(1, format!("cannot read SQL from stdin: {error}")))?;
                Query::parse("stdin", &text)?
            }
            (Some(text), _) => Query::parse("command", text)?,
            (None, name) => saved(name.unwrap_or_default(), config, base, newest)?,
        };
        Ok(query.dated(newest))
    }
}

/// A file when the name is one, else the saved query of that name.
fn saved(name: &str, config: &Config, base: &str, newest: &Newest) -> Result<Query, Failure> {
    let is_path = Path::new(name).extension().is_some_and(|end| end == "sql") || name.contains('/');
    if is_path {
        return Ok(Query::read(Path::new(name))?);
    }
    let (queries, errors) = query::all(Some(&config.queries), base, newest);
    if let Some(query) = queries.into_iter().find(|query| query.name == name) {
        return Ok(query);
    }
    let broken = errors.iter().map(ToString::to_string).find(|error| error.contains(&format!("{name}.sql")));
    Err(match broken {
        Some(error) => Failure::new(1, error),
        None => Failure::usage(
            format!("there is no saved query {name}"),
            "list them with `saldo queries`; SQL itself goes after -c, a file's name ends in .sql",
        ),
    })
}

/// One statement on its engine, and the runtime that watches for Ctrl-C.
struct Execution {
    engine: DuckDb,
    statement: Statement,
    access: Access,
    /// Set when there is no lake.
    missing: Option<String>,
    cancel: CancellationToken,
    runtime: tokio::runtime::Handle,
}

impl Execution {
    /// Rows are written on this thread, which may block for as long as the reader likes, so the runtime has its own.
    fn new(
        engine: DuckDb,
        statement: Statement,
        access: Access,
        missing: Option<String>,
    ) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let cancel = CancellationToken::new();
        let handle = runtime.handle().clone();
        let pressed = cancel.clone();
        thread::spawn(move || {
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_err() {
                    // Without a handler Ctrl-C ends the program as it always did.
                    return std::future::pending().await;
                }
                pressed.cancel();
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    () = tokio::time::sleep(GRACE) => {}
                }
                leave_at_once(130)
            })
        });
        Ok(Self { engine, statement, access, missing, cancel, runtime: handle })
    }

    fn write(
        &self,
        target: &Target,
        format: Format,
        bytes: Bytes,
        limit: Option<u64>,
    ) -> Result<(), Failure> {
        output(target.output.as_deref(), |out| self.rows(limit, Writer::new(format, bytes, out)))
    }

    /// Streams the rows into the writer. What came before an error stays written; the exit code tells.
    fn rows<W: Write + Send>(&self, limit: Option<u64>, mut writer: Writer<W>) -> Result<(), Failure> {
        let mut left = limit.unwrap_or(u64::MAX);
        let mut written = 0;
        let start = std::time::Instant::now();
        let mut stats = None;
        self.events(|event| {
            match event {
                RunEvent::Started(_) | RunEvent::Progress(_) => return Ok(true),
                RunEvent::Schema(schema) => writer.start(&schema)?,
                RunEvent::Batch(batch) => {
                    let rows = left.min(batch.num_rows() as u64);
                    let whole = usize::try_from(rows).unwrap_or(batch.num_rows());
                    writer.batch(&batch.slice(0, whole))?;
                    (left, written) = (left - rows, written + rows);
                }
                RunEvent::Finished(finished) => stats = Some(finished),
            }
            Ok(left > 0)
        })?;
        writer.finish()?;
        let stats = stats.unwrap_or(Stats { elapsed: start.elapsed(), rows: written, ..Stats::default() });
        print_summary(written, &stats, left == 0 && limit.is_some());
        Ok(())
    }

    /// Runs the statement and hands on its events, until there is no more or no more is wanted.
    fn events(&self, mut take: impl FnMut(RunEvent) -> Result<bool, Failure>) -> Result<(), Failure> {
        let mut events = {
            let _inside = self.runtime.enter();
            self.engine.run(self.statement.clone(), self.access.into(), self.cancel.clone())
        };
        let read = self.read(&mut events, &mut take);
        // The program must not leave while the engine works: a reader that is gone stops it.
        drop(events);
        self.engine.threads().wait();
        read
    }

    fn read(
        &self,
        events: &mut Events,
        take: &mut impl FnMut(RunEvent) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        loop {
            let event = next_event(events).map_err(|error| self.located(error))?;
            let is_last = matches!(event, RunEvent::Finished(_));
            if !take(event)? || is_last {
                return Ok(());
            }
        }
    }

    /// The failure with the place in the statement; of a name that is not there, also that there is no lake.
    fn located(&self, error: EngineError) -> Failure {
        if let (ErrorKind::Missing, Some(lake)) = (error.kind, &self.missing) {
            return Failure::new(1, format!("{}, and there is {lake}", error.message))
                .with_hint("run `saldo demo`, or name a lake with --lake");
        }
        let place = error.position.and_then(|place| marked(&self.statement.text, place));
        // A name that this program's queries have may be missing in what an earlier one made.
        let is_of_names = matches!(error.kind, ErrorKind::Binding | ErrorKind::Missing);
        let mut failure = Failure::from(error);
        if is_of_names && self.engine.lake().is_some_and(is_outdated) {
            let hint = "another version of saldo made the tables: `saldo run` makes them anew".to_owned();
            failure.hint = Some(failure.hint.map_or(hint.clone(), |more| format!("{more}; {hint}")));
        }
        if let Some(place) = place {
            failure.message = format!("{} at {place}", failure.message);
        }
        failure
    }
}

/// `line 2, column 8: where x`.
fn marked(text: &str, place: Position) -> Option<String> {
    let line = text.lines().nth(place.line)?;
    let from: String = line.chars().skip(place.column).take(40).collect();
    Some(format!("line {}, column {}: {from}", place.line + 1, place.column + 1))
}

/// Writes to stdout, or to a file that appears when it is whole.
pub(super) fn output(
    path: Option<&Path>,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Some(path) = path else { return write(&mut BufWriter::with_capacity(BUFFER, io::stdout())) };
    let unwritable = |error: io::Error| Failure::new(1, format!("cannot write {}: {error}", path.display()));
    let file = NewFile::create(path).map_err(unwritable)?;
    write(&mut BufWriter::with_capacity(BUFFER, file.as_file()))?;
    file.keep().map_err(unwritable)
}

fn print_summary(rows: u64, stats: &Stats, stopped: bool) {
    let word = if rows == 1 { "row" } else { "rows" };
    let stopped = if stopped { ", stopped at --limit" } else { "" };
    let seconds = stats.elapsed.as_secs_f64();
    let count = value::grouped(&rows.to_string());
    let _ = writeln!(io::stderr(), "{count} {word}{stopped} in {seconds:.3} s");
}
