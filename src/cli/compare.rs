//! `saldo query --compare`: the same question on two engines, and where their answers differ.

use std::fs;
use std::io::BufWriter;

use chrono::{DateTime, Utc};
use duckdb::arrow::array::AsArray;

use super::elsewhere::{self, Elsewhere, Flags};
use super::execution::Work;
use super::query::{Output, Question, Session, output, statement_for};
use super::{Failure, place};
use crate::config::Config;
use crate::disk::Draft;
use crate::engine::{Access, RunEvent};
use crate::export::{Bytes, Format, Writer};
use crate::lake::manifest_path;
use crate::query::Statement;
use crate::results::{CompareError, Comparison};
use crate::sql::quote_text;
use crate::target::LOCAL;
use crate::value;

/// Differences that are printed where no form is asked for.
const PRINTED: u64 = 20;

/// What is compared, and how exactly.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "The same question on two engines")]
pub(super) struct CompareFlags {
    /// Run it on this engine too, and print the rows that differ
    #[arg(long = "compare", value_name = "NAME", conflicts_with_all = ["detach", "estimate", "limit"])]
    pub(super) with: Option<String>,
    /// Columns that name a row, else all that are not numbers
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', requires = "with")]
    key: Vec<String>,
    /// Numbers that differ by no more are the same
    #[arg(long, value_name = "NUMBER", default_value = "0", requires = "with")]
    tolerance: String,
}

/// An answer, as a file.
struct Answer {
    name: String,
    from: String,
    rows: u64,
    age: String,
    /// Gone when it is dropped.
    _draft: Option<Draft>,
}

/// Asks both, the one that was named with --target first, and prints where they differ: exit code 3.
pub(super) fn run(
    flags: &CompareFlags,
    question: &Question,
    to: &Output,
    there: &Flags,
    config: &Config,
    names: [&str; 2],
) -> Result<(), Failure> {
    if names[0] == names[1] {
        return Err(Failure::usage(
            format!("{} would be compared with itself", names[0]),
            "name another engine with --target; `saldo targets` lists them",
        ));
    }
    let (format, options) = to.form_alone()?;
    let session = Session::open(config)?;
    let mut answers = Vec::new();
    let mut keep_as = there.keep_as.as_deref();
    for name in names {
        answers.push(match elsewhere::find(Some(name), config)? {
            Some(place) => ask_there(&place.with(there)?, question, there.yes, keep_as.take())?,
            None => ask_here(&session, question, config)?,
        });
    }
    let [left, right] = &answers[..] else { return Ok(()) };
    let schema = |answer: &Answer| session.schema(&format!("SELECT * FROM {} LIMIT 0", answer.from));
    let comparison = Comparison::new([&*schema(left)?, &*schema(right)?], &flags.key, &flags.tolerance)?;
    let keys = comparison.keys().collect::<Vec<_>>().join(", ");
    for answer in [left, right] {
        let rows = value::rows(answer.rows);
        place::say(&format!("{}: {rows}, {}", answer.name, answer.age));
    }
    place::say(&format!("rows are paired by {}", if keys.is_empty() { "their order" } else { &keys }));
    for (column, digits) in &comparison.rounded {
        place::say(&format!(
            "{column} is a decimal on one engine and a float on the other: compared to {digits} decimal places"
        ));
    }
    let sql = comparison.sql([&left.from, &right.from], [&left.name, &right.name]);
    let limit = if to.format.is_none() && to.file.is_none() { PRINTED } else { u64::MAX };
    let mut found = Found::default();
    output(to.file.as_deref(), |out| {
        found = differences(&session, &sql, limit, Writer::with(format, options, out))?;
        Ok(())
    })?;
    let total: u64 = found.0.iter().map(|(_, count)| count).sum();
    if total > limit {
        place::say(&format!("the first {limit} of {total} are shown; --format or -o gives all"));
    }
    for (column, side) in &comparison.alone {
        place::say(&format!("the column {column} is in {} only", names[*side]));
    }
    if total == 0 && comparison.alone.is_empty() {
        place::say("the answers are the same");
        return Ok(());
    }
    let counts: Vec<_> = found.0.iter().map(|(what, count)| format!("{count} {what}")).collect();
    let counts = if counts.is_empty() { "they have other columns".to_owned() } else { counts.join(", ") };
    Err(Failure::new(3, format!("the answers differ: {counts}")).with_hint(
        "one lake may be older, or its catalogue may lack partitions: `saldo catalog sync --dry-run --lake \
         s3://bucket/prefix` lists them",
    ))
}

fn ask_there(
    there: &Elsewhere<'_>,
    question: &Question,
    yes: bool,
    keep_as: Option<&str>,
) -> Result<Answer, Failure> {
    let engine = there.connect()?;
    let statement = statement_for(question, there.config, engine.dialect())?;
    let keeper = there.keeper(&statement, keep_as)?;
    there.ask_price(&*engine, &statement, yes)?;
    let kept = there.execution(engine, Work::Run(statement), Access::ReadOnly)?.keep(keeper)?;
    let path = elsewhere::results(there.config).path(&kept.name);
    let reused = if kept.reused { ", of an earlier result" } else { "" };
    Ok(Answer {
        name: there.name.to_owned(),
        from: format!("read_parquet({})", quote_text(&path.to_string_lossy())),
        rows: kept.rows,
        age: format!("asked at {}{reused}", kept.started.format("%F %T UTC")),
        _draft: None,
    })
}

fn ask_here(session: &Session<'_>, question: &Question, config: &Config) -> Result<Answer, Failure> {
    let draft = Draft::within(&config.cache)?;
    let mut writer = Writer::new(Format::Parquet, Bytes::Exact, BufWriter::new(draft.file()));
    let mut rows = 0;
    session.read(question, |event| {
        match event {
            RunEvent::Schema(schema) => writer.start(&schema)?,
            RunEvent::Batch(batch) => {
                rows += batch.num_rows() as u64;
                writer.batch(&batch)?;
            }
            _ => {}
        }
        Ok(())
    })?;
    writer.finish()?;
    drop(writer);
    let age = session.lake().map(|lake| {
        let made = fs::metadata(manifest_path(&lake.root)).and_then(|found| found.modified());
        let made = made.map(|made| format!("lake of {}", DateTime::<Utc>::from(made).format("%F %T UTC")));
        let newest = lake.newest().map(|date| format!("newest date {date}"));
        made.into_iter().chain(newest).collect::<Vec<_>>().join(", ")
    });
    Ok(Answer {
        name: LOCAL.to_owned(),
        from: format!("read_parquet({})", quote_text(&draft.path().to_string_lossy())),
        rows,
        age: age.unwrap_or_else(|| "without a lake".to_owned()),
        _draft: Some(draft),
    })
}

/// What differs, and how often.
#[derive(Default)]
struct Found(Vec<(String, u64)>);

impl Found {
    fn count(&mut self, what: &str) {
        match self.0.iter_mut().find(|(known, _)| known == what) {
            Some((_, count)) => *count += 1,
            None => self.0.push((what.to_owned(), 1)),
        }
    }
}

/// Writes the first differences and counts all. Where there is none, nothing is written.
fn differences<W: std::io::Write + Send>(
    session: &Session<'_>,
    sql: &str,
    limit: u64,
    mut writer: Writer<W>,
) -> Result<Found, Failure> {
    let mut found = Found::default();
    let (mut left, mut columns) = (limit, None);
    let execution = session.execution(Statement::plain(sql), Access::ReadOnly)?;
    execution.events(|event| {
        match event {
            RunEvent::Schema(schema) => columns = Some(schema),
            RunEvent::Batch(batch) => {
                if let Some(schema) = columns.take().filter(|_| batch.num_rows() > 0) {
                    writer.start(&schema)?;
                }
                let words = batch.column(0).as_string::<i32>();
                words.iter().flatten().for_each(|what| found.count(what));
                let shown = left.min(batch.num_rows() as u64);
                writer.batch(&batch.slice(0, usize::try_from(shown).unwrap_or(batch.num_rows())))?;
                left -= shown;
            }
            _ => {}
        }
        Ok(true)
    })?;
    if !found.0.is_empty() {
        writer.finish()?;
    }
    Ok(found)
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        let (code, hint) = match error {
            CompareError::Key(_) => (2, "name columns of both with --key"),
            CompareError::Nothing => (3, "give the columns the same names with AS"),
            CompareError::Tolerance(_) => (2, "write a number such as 0.01"),
        };
        Self::new(code, error.to_string()).with_hint(hint)
    }
}
