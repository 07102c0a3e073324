//! `saldo query`: a saved query, a file or SQL, to stdout or a file.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use duckdb::arrow::datatypes::SchemaRef;
use tokio_util::sync::CancellationToken;

use super::compare::{self, CompareFlags};
use super::elsewhere::{self, Flags};
use super::execution::{About, Execution, Interrupt, Printed, Work};
use super::{Failure, history, place};
use crate::config::Config;
use crate::dialect::Dialect;
use crate::engine::duckdb::{DuckDb, Settings};
use crate::engine::{Access, Check, Engine, RunEvent};
use crate::export::sidecar::{self, Origin};
use crate::export::{Bytes, Format, NewFile, Options, Writer};
use crate::lake::place::PlaceError;
use crate::lake::{Lake, LakeError, base_currency};
use crate::pipeline::is_outdated;
use crate::query::{self, ACCOUNTS, Newest, Query, Statement};
use crate::results::{Keeper, Results};
use crate::sql::quote_text;
use crate::target::LOCAL;
use crate::value;

/// What is gathered before it is written.
const BUFFER: usize = 1 << 16;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    output: Output,
    /// Stop after so many rows
    #[arg(short, long, value_name = "N")]
    limit: Option<u64>,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    compare: CompareFlags,
    /// A question of the program's own: nobody needs to find it again.
    #[arg(skip)]
    is_own: bool,
}

/// Where rows go, and in which form.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Output {
    /// Form of the rows; else by the name of the output, else a table on a terminal and CSV in a pipe
    #[arg(short, long)]
    pub(super) format: Option<Format>,
    /// Write to a file, which appears when it is whole
    #[arg(id = "output", short = 'o', long = "output", value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// Put an apostrophe before texts of CSV and TSV that a spreadsheet would take for formulas; numbers stay
    #[arg(long)]
    guard_formulas: bool,
    /// Say beside the file where its rows came from: FILE.meta.json has the statement, engine, age, rows and columns
    #[arg(long, requires = "output")]
    pub(super) sidecar: bool,
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

impl Text {
    fn given(&self) -> BTreeMap<String, String> {
        self.parameters.iter().cloned().collect()
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

pub(super) fn run(args: &Args, config: &Config, write: bool, target: Option<&str>) -> Result<(), Failure> {
    let access = if write { Access::Write } else { Access::ReadOnly };
    if let Some(with) = args.compare.with.as_deref() {
        let names = [target.unwrap_or(LOCAL), with];
        return compare::run(&args.compare, &args.question, &args.output, &args.flags, config, names);
    }
    let (format, mut options) = args.output.form()?;
    options.title = args.question.name.clone().unwrap_or_default();
    let Some(there) = elsewhere::find(target, config)? else {
        args.flags.refuse_local()?;
        let session = Session::open(config)?;
        return session.execute(&args.question, access, |execution| {
            let printed = output(args.output.file.as_deref(), |out| {
                args.rows(config, LOCAL, &execution, Writer::with(format, options, out), None)
            })?;
            let lake = session.lake();
            let origin = Origin {
                lake: lake.map(|lake| lake.root.display().to_string()),
                newest: lake.and_then(Lake::newest),
                ..execution.origin(LOCAL)
            };
            args.output.write_sidecar(format, &printed, origin)
        });
    };
    let there = there.with(&args.flags)?;
    let engine = there.connect()?;
    let statement = statement_for(&args.question, config, engine.dialect())?;
    if args.flags.estimate {
        return there.print_estimate(&*engine, &statement);
    }
    let keeper = there.keeper(&statement, args.flags.keep_as.as_deref())?;
    there.ask_price(&*engine, &statement, args.flags.yes)?;
    let execution = there.execution(engine, Work::Run(statement), access)?;
    if args.flags.detach {
        let id = execution.detach()?;
        place::say(&format!("`saldo runs attach {} --target {}` opens its result", id.0, there.name));
        return Ok(writeln!(io::stdout(), "{}", value::visible(&id.0))?);
    }
    let printed = output(args.output.file.as_deref(), |out| {
        args.rows(config, there.name, &execution, Writer::with(format, options, out), Some(keeper))
    })?;
    args.output.write_sidecar(format, &printed, execution.origin(there.name))
}

impl Args {
    /// Writes the rows, and keeps in mind how it ended.
    fn rows<W: Write + Send>(
        &self,
        config: &Config,
        target: &str,
        execution: &Execution,
        writer: Writer<W>,
        keeper: Option<Keeper>,
    ) -> Result<Printed, Failure> {
        let start = Instant::now();
        let printed = execution.rows(self.limit, writer, keeper);
        if !self.is_own {
            let title = self.question.name.as_deref().unwrap_or_default();
            history::remember(config, execution, (target, title), start.elapsed(), printed.as_ref());
        }
        printed
    }
}

/// The statement of a question in the words of an engine elsewhere. What the query takes from a lake (the newest dates,
/// the base currency) it takes from the one here, where there is one.
pub(super) fn statement_for(
    question: &Question,
    config: &Config,
    dialect: Dialect,
) -> Result<Statement, Failure> {
    let lake = place::open(config).ok().map(|opened| opened.lake);
    let newest = lake.as_ref().map(Lake::newest_dates).unwrap_or_default();
    let query = question.query(config, &base_currency(lake.as_ref()), &newest)?;
    Ok(query.bind(dialect, &question.text.given())?)
}

impl Output {
    /// The format and its options; bytes that a terminal would obey are made visible on one.
    pub(super) fn form(&self) -> Result<(Format, Options), Failure> {
        let is_terminal = self.file.is_none() && io::stdout().is_terminal();
        let path = self.file.as_deref();
        let by_name = path.and_then(Format::of_path);
        if let (None, None, Some(path)) =
            (self.format, by_name, path.filter(|path| path.extension().is_some()))
        {
            let endings = Format::ALL.map(Format::ending).join(", ");
            return Err(Failure::usage(
                format!("the ending of {} is not that of a format", path.display()),
                format!("endings that are: {endings}; or name the form with --format"),
            ));
        }
        let format = self.format.or(by_name).unwrap_or(if is_terminal { Format::Table } else { Format::Csv });
        if format.is_binary() && is_terminal {
            let text = format!("{} is not for a terminal", format.name());
            return Err(Failure::usage(text, "name a file with -o FILE"));
        }
        if self.guard_formulas && !format.can_guard() {
            return Err(Failure::usage(
                format!("--guard-formulas is for csv and tsv, and this is {}", format.name()),
                "leave it out: in a workbook no text is a formula, and the other formats are not for spreadsheets",
            ));
        }
        let bytes = if is_terminal { Bytes::Visible } else { Bytes::Exact };
        Ok((format, Options { bytes, guard: self.guard_formulas, ..Options::default() }))
    }

    /// The same for what no single statement gave: nothing can be said beside it.
    pub(super) fn form_alone(&self) -> Result<(Format, Options), Failure> {
        if self.sidecar {
            return Err(Failure::usage("--sidecar is for the rows of one statement", "leave it out here"));
        }
        self.form()
    }

    /// Says beside the file what it is, where that was asked for.
    pub(super) fn write_sidecar(
        &self,
        format: Format,
        printed: &Printed,
        origin: Origin,
    ) -> Result<(), Failure> {
        let (Some(file), Some(schema)) = (self.file.as_deref().filter(|_| self.sidecar), &printed.schema)
        else {
            return Ok(());
        };
        let truncated = printed.stopped.then(|| "stopped at --limit".to_owned());
        let origin = Origin { truncated, ..origin };
        let path = sidecar::write(file, format, schema, &printed.written, &origin);
        let path = path.map_err(|why| {
            Failure::new(1, format!("cannot write {}: {why}", sidecar::path(file).display()))
        })?;
        place::say(&format!("where the rows came from stands in {}", path.display()));
        Ok(())
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
        Self::open_within(config, None)
    }

    /// The same, in no more bytes of memory than these, where there are any.
    pub(super) fn open_within(config: &'a Config, most_memory: Option<f64>) -> Result<Self, Failure> {
        let (lake, missing) = match place::open(config) {
            Ok(opened) => (Some(opened.lake), None),
            Err(PlaceError::Lake(error @ LakeError::Missing(_))) => (None, Some(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let settings = Settings {
            lake,
            fetch_mib: Some(config.fetch_mib),
            say: Some(place::say),
            schemas: config.schemas(),
            results: Some(Results::folder_in(&config.state)),
            memory_limit: Some(config.memory_limit.clone()),
            most_memory,
            temporary: Some(config.cache.clone()),
            ..Settings::default()
        };
        Ok(Self { config, engine: DuckDb::new(settings), missing })
    }

    /// The lake, if there is one.
    pub(super) fn lake(&self) -> Option<&Lake> {
        self.engine.lake()
    }

    /// The engine itself.
    pub(super) fn engine(&self) -> &DuckDb {
        &self.engine
    }

    /// The columns of a statement of our own.
    pub(super) fn schema(&self, sql: &str) -> Result<SchemaRef, Failure> {
        Ok(self.engine.rows(sql, &CancellationToken::new())?.0)
    }

    /// Whether the engine is well.
    pub(super) fn checks(&self) -> Vec<Check> {
        self.engine.checks(&CancellationToken::new())
    }

    /// Writes the rows of a statement of our own in a format that has types.
    pub(super) fn write(&self, sql: &str, (format, to): (Format, &Output)) -> Result<(), Failure> {
        self.execute(&Question::sql(sql), Access::ReadOnly, |execution| {
            output(to.file.as_deref(), |out| {
                execution.rows(None, Writer::new(format, Bytes::Exact, out), None).map(drop)
            })
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
            pressed = execution.interrupt.cancel.clone();
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
        let given = question.text.given();
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
        work(self.execution(self.statement(question)?, access)?)
    }

    /// A statement on the engine inside.
    pub(super) fn execution(&self, statement: Statement, access: Access) -> Result<Execution, Failure> {
        let about =
            About { missing: self.missing.clone(), is_outdated: self.engine.lake().is_some_and(is_outdated) };
        let engine = Arc::new(self.engine.clone());
        let interrupt = Interrupt::listen(None)?;
        Ok(Execution { engine, work: Work::Run(statement), options: access.into(), about, interrupt })
    }
}

/// Prints the rows of a statement of our own.
pub(super) fn print(config: &Config, sql: &str, format: Option<Format>) -> Result<(), Failure> {
    let args = Args {
        question: Question::sql(sql),
        output: Output { format, ..Output::default() },
        limit: None,
        flags: Flags::default(),
        compare: CompareFlags::default(),
        is_own: true,
    };
    run(&args, config, false, None)
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

/// Writes to stdout, or to a file that appears when it is whole.
pub(super) fn output<T>(
    path: Option<&Path>,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let Some(path) = path else { return write(&mut BufWriter::with_capacity(BUFFER, io::stdout())) };
    let unwritable = |error: io::Error| Failure::new(1, format!("cannot write {}: {error}", path.display()));
    let file = NewFile::create(path).map_err(unwritable)?;
    let written = write(&mut BufWriter::with_capacity(BUFFER, file.as_file()))?;
    file.keep().map_err(unwritable)?;
    Ok(written)
}
