//! `saldo forecast`: what comes after the last row of a dated result, for one series or for every group of it.

mod refused;
mod scenario;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use chrono::NaiveDate;
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;
use tempfile::TempDir;

use super::ingest::one_of;
use super::pipeline::Bar;
use super::query::{self, Output, Question, Session, Stop, Text};
use super::{Failure, place};
use crate::config::Config;
use crate::engine::RunEvent;
use crate::export::{Bytes, Format, Writer};
use crate::external_model::Model;
use crate::forecast::external_model::{self, PredictorError};
use crate::forecast::{Country, Kind, Options, Other, Outlook, amount, forecast, usual_horizon};
use crate::series::{self, Columns, Group, GroupedSeries, Pick, Points, Reader, Wanted};
use crate::source;
use crate::sql::{quote_name, quote_text};
use crate::text::amounts::Mark;
use crate::text::dates::Order;
use crate::value;

/// What is forecast when nothing is named.
const BALANCE: &str = "transactions.saldo_inversion";
/// Groups that are worked on between two writes.
const CHUNK: usize = 64;
/// Refusals that are printed one by one.
const PRINTED: usize = 5;
/// Files of text in columns, and others with rows.
const TEXTS: [&str; 3] = [".csv", ".tsv", ".txt"];
const FILES: [&str; 3] = [".parquet", ".ndjson", ".jsonl"];
/// Workbooks, whose sheets and numbers the engine does not read.
const WORKBOOKS: [&str; 3] = [".xlsx", ".xls", ".ods"];

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A saved query, a .sql file, a file with rows (CSV, TSV, Parquet, JSON lines), or TABLE.COLUMN [default: `transactions.saldo_inversion`]
    #[arg(value_name = "QUERY|TABLE.COLUMN", conflicts_with = "command")]
    name: Option<String>,
    #[command(flatten)]
    text: Text,
    /// The column with the dates, else the first one of dates
    #[arg(long, value_name = "COLUMN")]
    date: Option<String>,
    /// The column with the values, else `saldo_inversion`, else the first number with a fraction
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
    /// Forecast each group of this column by itself
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// The order of dates like 03/04/2024, where no cell shows it
    #[arg(long, value_name = "ORDER", ignore_case = true,
        value_parser = one_of(Order::ALL.map(|order| (order.word(), order))))]
    dates: Option<Order>,
    /// What stands before the decimals of values like 1.234, where no cell shows it
    #[arg(long, value_name = "MARK", value_parser = one_of(Mark::BOTH.map(|mark| (mark.word(), mark))))]
    decimal: Option<Mark>,
    /// What the values are: what there is at the end of a day, or what happened in it (rows of a date add up)
    #[arg(long, value_name = "KIND", default_value = "balance")]
    kind: KindName,
    /// Steps ahead; else 90 days, 26 weeks, 12 months, 8 quarters or 5 years
    #[arg(long, value_name = "STEPS")]
    horizon: Option<usize>,
    /// Forecast as if this date were the last one known
    #[arg(long, value_name = "DATE")]
    origin: Option<NaiveDate>,
    /// Whose holidays count: SG, MX, ES, US or TARGET
    #[arg(long, value_name = "COUNTRY")]
    country: Option<Country>,
    /// Dated items and a drift to add, a .toml or .json file
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// The risk threshold: the output tells how likely a value below it is
    #[arg(long, value_name = "VALUE", default_value_t = 0.0, value_parser = amount,
        allow_negative_numbers = true)]
    threshold: f64,
    /// The lowest value that can come, a credit limit; cuts the bands
    #[arg(long, value_name = "VALUE", value_parser = amount, allow_negative_numbers = true)]
    floor: Option<f64>,
    /// Forecast by a model trained elsewhere, and compare it with ours: FILE.onnx, s3://…, sagemaker:ENDPOINT
    #[arg(long, value_name = "PLACE")]
    model: Option<String>,
    /// The model's card, else the .json beside it
    #[arg(long, value_name = "FILE", requires = "model")]
    card: Option<String>,
    /// What to print
    #[arg(long, value_name = "WHAT", default_value = "forecast")]
    show: Show,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KindName {
    Balance,
    Flow,
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Balance => Self::Balance,
            KindName::Flow => Self::Flow,
        }
    }
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Show {
    /// Median, bands and risk of every date ahead
    Forecast,
    /// The same after 7, 30 and 90 days
    Horizons,
    /// Errors beside naive and seasonal naive, and what the bands held
    Backtest,
    /// Every forecast of the backtest beside what came
    Origins,
    /// The parts that sum to the median of each date
    Why,
    /// The values that were seen, with gaps, anomalies and level shifts
    History,
}

impl Show {
    fn rows(self, group: &Group<'_>) -> Result<RecordBatch, ArrowError> {
        match self {
            Self::Forecast => series::forecast(group),
            Self::Horizons => series::horizons(group),
            Self::Backtest => series::backtest(group),
            Self::Origins => series::origins(group),
            Self::Why => series::why(group),
            Self::History => series::history(group),
        }
    }

    fn looks_back(self) -> bool {
        matches!(self, Self::Backtest | Self::Origins)
    }
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let (format, form) = args.output.form_alone()?;
    let options = args.options(config)?;
    let open = |place: &String| Model::open(place, args.card.as_deref(), &place::access(config));
    let model = args.model.as_ref().map(open).transpose()?;
    let session = Session::open(config)?;
    let (read, stop) = args.read(&session)?;
    say_left_out(&read, args.kind);
    let ask = Forecaster { args, options, model, stop };
    if format.is_binary() {
        let csv = tempfile::Builder::new().suffix(".csv").tempfile()?;
        let types =
            ask.write(&read, Writer::new(Format::Csv, Bytes::Exact, BufWriter::new(csv.as_file())))?;
        return typed(csv.path(), &types, (format, &args.output), &session);
    }
    query::output(args.output.file.as_deref(), |out| {
        ask.write(&read, Writer::with(format, form, out)).map(drop)
    })
}

impl Args {
    fn options(&self, config: &Config) -> Result<Options, Failure> {
        let usual = config.forecast.country.as_deref().map(str::parse).transpose();
        let usual = usual.map_err(|why: String| Failure::usage(why, "set it in [forecast] of saldo.toml"))?;
        let scenario = self.scenario.as_deref().map(scenario::read).transpose()?.unwrap_or_default();
        Ok(Options {
            country: self.country.or(usual),
            origin: self.origin,
            threshold: self.threshold,
            floor: self.floor,
            scenario,
            ..Options::default()
        })
    }

    /// The points, and the person's wish to stop.
    fn read(&self, session: &Session<'_>) -> Result<(GroupedSeries, Stop), Failure> {
        // What stands in place of the file is gone with the last who holds it.
        let (question, value, _copies) = self.question(session)?;
        let mut reader = None;
        let stop = session.read(&question, |event| {
            match (event, &mut reader) {
                (RunEvent::Schema(schema), _) => {
                    let wanted = self.wanted(value.as_deref().into());
                    reader = Some(Reader::new(schema, wanted).written(self.dates, self.decimal));
                }
                (RunEvent::Batch(batch), Some(reader)) => reader.add(&batch)?,
                _ => {}
            }
            Ok(())
        })?;
        let reader = reader.ok_or_else(|| Failure::new(1, "the statement has no columns"))?;
        Ok((reader.finish()?, stop))
    }

    fn wanted<'a>(&'a self, value: Pick<'a>) -> Wanted<'a> {
        Wanted { date: self.date.as_deref(), value, by: self.by.as_deref() }
    }

    /// What to run, the column of its values if it is known, and what stands in place of a file.
    fn question(&self, session: &Session<'_>) -> Result<Asked, Failure> {
        let name = match (&self.name, &self.text.command) {
            (Some(name), _) => name.as_str(),
            (None, None) => BALANCE,
            (None, Some(_)) => "",
        };
        let is_query = Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("sql"));
        if !is_query && Path::new(name).is_file() {
            if has_ending(name, &WORKBOOKS) {
                let hint = "save its sheet as CSV; of what `saldo query` gives, `-o FILE.parquet` makes one that is read";
                return Err(Failure::usage(
                    format!("{name} is a workbook, which a forecast does not read"),
                    hint,
                ));
            }
            // Dates and decimal marks of such files are settled by their columns, so they are read as written.
            let (from, copies) = if has_ending(name, &TEXTS) {
                let texts = source::texts(Path::new(name))?;
                (texts.from, texts.copies)
            } else {
                (quote_text(name), None)
            };
            return Ok((Question::sql(&format!("FROM {from}")), self.value.clone(), copies));
        }
        if !is_query && (has_ending(name, &TEXTS) || has_ending(name, &FILES)) {
            let hint = "paths begin in the folder that you are in; tables and saved queries: `saldo tables`, `saldo queries`";
            return Err(Failure::usage(format!("there is no file {name}"), hint));
        }
        let is_file = is_query || name.contains('/');
        let Some((table, column)) = name.rsplit_once('.').filter(|_| !is_file) else {
            let question = Question { name: self.name.clone(), text: self.text.clone() };
            return Ok((question, self.value.clone(), None));
        };
        // Only the columns that count are read, so their names come first.
        let table =
            table.split('.').map(|part| quote_name(part.trim_matches('"'))).collect::<Vec<_>>().join(".");
        let mut select = None;
        session.read(&Question::sql(&format!("SELECT * FROM {table} LIMIT 0")), |event| {
            if let RunEvent::Schema(schema) = event {
                let found = Columns::find(&schema, None, self.wanted(Pick::Named(column)))?;
                let told_by = series::currency_columns(&schema, &found);
                let named = [Some(found.date), Some(found.value), found.by].into_iter().flatten();
                let named: Vec<_> = named.collect();
                let told_by = told_by.into_iter().filter(|at| !named.contains(at));
                let names = named
                    .iter()
                    .copied()
                    .chain(told_by)
                    .map(|at| quote_name(schema.field(at).name()))
                    .collect::<Vec<_>>();
                select = Some(format!("SELECT {} FROM {table}", names.join(", ")));
            }
            Ok(())
        })?;
        let select = select.ok_or_else(|| Failure::new(1, format!("{table} has no columns")))?;
        Ok((Question::sql(&select), Some(column.to_owned()), None))
    }
}

/// What to run, the column of its values, and files in place of those that the engine cannot read as they are.
type Asked = (Question, Option<String>, Option<Arc<TempDir>>);

/// Whether a file's name ends so, packed or not.
fn has_ending(name: &str, endings: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    endings.iter().any(|ending| name.ends_with(ending))
}

/// The arguments, with what they name opened.
struct Forecaster<'a> {
    args: &'a Args,
    options: Options,
    model: Option<Model>,
    stop: Stop,
}

impl Forecaster<'_> {
    /// Writes the rows of all groups, and gives the columns with the engine's types.
    fn write<W: Write + Send>(&self, read: &GroupedSeries, mut writer: Writer<W>) -> Result<String, Failure> {
        let mut types = String::new();
        let mut write = |rows: RecordBatch| {
            if types.is_empty() {
                types = column_types(&rows);
                writer.start(&rows.schema())?;
            }
            writer.batch(&rows)
        };
        let rows = |group: Option<&str>, outlook: &Outlook| {
            let by = self.args.by.is_some().then_some((read.names[2].as_str(), group));
            let rows = self.args.show.rows(&Group { by, outlook, unit: read.columns.unit });
            rows.map_err(|error| Failure::new(1, format!("cannot tell the forecast: {error}")))
        };
        if self.args.by.is_none() {
            let Some((_, points)) = read.groups.first() else { return Ok(types) };
            let outlook = self.outlook(&read.columns, points, true)?;
            if self.stop.is_asked_for() {
                return Err(Failure::new(130, "cancelled"));
            }
            if let (true, Some(Err(error))) = (self.args.show.looks_back(), &outlook.backtest) {
                return Err(error.clone().into());
            }
            write(rows(None, &outlook)?)?;
            say_outlook(&outlook);
            let series = series::series(points, self.args.kind.into());
            if self.options.floor.is_none() && series::natural_floor(&read.columns, &series).is_some() {
                place::say(series::CUT_AT_ZERO);
            }
        } else {
            self.write_groups(read, |name, outlook| Ok(write(rows(name, outlook)?)?))?;
        }
        writer.finish()?;
        Ok(types)
    }

    fn write_groups(
        &self,
        read: &GroupedSeries,
        mut write: impl FnMut(Option<&str>, &Outlook) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut bar = Bar::new(read.groups.len());
        let mut refused = Vec::new();
        for chunk in read.groups.chunks(CHUNK) {
            for ((name, _), made) in chunk.iter().zip(self.ask(&read.columns, chunk)) {
                match made {
                    Ok(outlook) => write(name.as_deref(), &outlook)?,
                    Err(error) => refused.push((name.as_deref(), error)),
                }
            }
            if self.stop.is_asked_for() {
                return Err(Failure::new(130, "cancelled"));
            }
            bar.advance(chunk.len(), &read.names[2]);
        }
        bar.clear();
        let mixed = &read.mixed;
        let (count, all) = (refused.len() + mixed.len(), read.groups.len() + mixed.len());
        place::say(&format!("{} of {all} groups have a forecast", all - count));
        let mixed = mixed.iter().map(|(name, mixed)| (name.as_deref(), mixed.to_string()));
        let why = refused.iter().map(|(name, error)| (*name, error.to_string())).chain(mixed);
        for (name, why) in why.take(PRINTED) {
            place::say(&format!("none for {}: {why}", series::group_name(name)));
        }
        if count > PRINTED {
            place::say(&format!("and {} more without one", count - PRINTED));
        }
        if !self.args.show.looks_back() {
            place::say("no backtest was made of them; `--show backtest` makes one");
        }
        match refused.into_iter().next() {
            Some((_, error)) if count == all => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The outlook of each group, on all cores.
    fn ask(
        &self,
        columns: &Columns,
        groups: &[(Option<String>, Points)],
    ) -> Vec<Result<Outlook, PredictorError>> {
        let back = self.args.show.looks_back();
        let ask = |(_, points): &(Option<String>, Points)| {
            let outlook = self.outlook(columns, points, back)?;
            match &outlook.backtest {
                Some(Err(error)) if back => Err(error.clone()),
                _ => Ok(outlook),
            }
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = groups.len().div_ceil(cores).max(1);
        thread::scope(|scope| {
            let workers: Vec<_> = groups
                .chunks(share)
                .map(|part| scope.spawn(move || part.iter().map(ask).collect::<Vec<_>>()))
                .collect();
            // Without one worker's part every later group would bear another's name.
            let part = |worker: thread::ScopedJoinHandle<'_, _>| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            workers.into_iter().flat_map(part).collect()
        })
    }

    /// What is said of a series, by the model if there is one, with or without a look back.
    fn outlook(
        &self,
        columns: &Columns,
        points: &[(NaiveDate, f64)],
        back: bool,
    ) -> Result<Outlook, PredictorError> {
        let series = &series::series(points, self.args.kind.into());
        let floor = self.options.floor.or_else(|| series::natural_floor(columns, series));
        let options = &Options { floor, ..self.options.clone() };
        let horizon = self.args.horizon.unwrap_or_else(|| usual_horizon(series, options.origin));
        match &self.model {
            None if back => Outlook::new(series, horizon, options, None, |_| !self.stop.is_asked_for()),
            None => Ok(Outlook::of(forecast(series, horizon, options)?)),
            Some(model) => model.ask(|predictor| {
                if back {
                    let other = Other { predictor, speaks: true };
                    return Outlook::new(series, horizon, options, Some(other), |_| {
                        !self.stop.is_asked_for()
                    });
                }
                external_model::forecast(series, horizon, options, predictor).map(Outlook::of)
            }),
        }
    }
}

fn say_left_out(read: &GroupedSeries, kind: KindName) {
    let [date, value, _] = &read.names;
    if let Some(decided) = &read.decided {
        place::say(decided);
    }
    if read.without > 0 {
        place::say(&format!("left out without {date} or {value}: {}", value::rows(read.without)));
    }
    let share = |count: usize| match count {
        1 => format!("1 row shares its {date}"),
        count => format!("{} share their {date}", value::rows(count as u64)),
    };
    let [later, earlier] = if kind == KindName::Balance { read.repeated } else { [0; 2] };
    if later > 0 {
        place::say(&format!(
            "{} with a later row; the last one in the statement's order counts",
            share(later)
        ));
    }
    if earlier > 0 {
        place::say(&format!(
            "{} with an earlier row; as the days go down, the first one in the statement's order counts",
            share(earlier)
        ));
    }
}

fn say_outlook(outlook: &Outlook) {
    let forecast = &outlook.forecast;
    let filled = forecast.history.iter().filter(|seen| seen.filled).count();
    if let (Some(first), Some(last)) = (forecast.history.first(), forecast.history.last()) {
        let count = value::grouped(&forecast.history.len().to_string());
        let filled =
            if filled > 0 { format!(", {filled} of them missing and carried on") } else { String::new() };
        place::say(&format!("{count} {} values, {} to {}{filled}", forecast.step, first.date, last.date));
    }
    place::say(&outlook.summary().join(" · "));
    if let Some(words) = outlook.plain_words() {
        place::say(&words);
    }
    if forecast.reliable_steps < forecast.rows.len() {
        place::say(&format!(
            "beyond {} steps, half of the history's length, little is known",
            forecast.reliable_steps
        ));
    }
}

/// `{'date': 'DATE', 'median': 'DECIMAL(38,2)'}`, as the engine names the columns of a CSV file.
fn column_types(rows: &RecordBatch) -> String {
    use duckdb::arrow::datatypes::DataType;
    let column = |field: &duckdb::arrow::datatypes::FieldRef| {
        let kind = match field.data_type() {
            DataType::Date32 => "DATE".to_owned(),
            DataType::Decimal128(digits, scale) => format!("DECIMAL({digits},{scale})"),
            DataType::Float64 => "DOUBLE".to_owned(),
            DataType::UInt32 => "UINTEGER".to_owned(),
            DataType::Boolean => "BOOLEAN".to_owned(),
            _ => "VARCHAR".to_owned(),
        };
        format!("{}: {}", quote_text(field.name()), quote_text(&kind))
    };
    format!("{{{}}}", rows.schema().fields().iter().map(column).collect::<Vec<_>>().join(", "))
}

/// What has types is written from the text that holds every digit, read by the engine.
fn typed(csv: &Path, types: &str, to: (Format, &Output), session: &Session<'_>) -> Result<(), Failure> {
    let csv = quote_text(&csv.to_string_lossy());
    let options = "header = true, allow_quoted_nulls = false";
    let sql = format!("SELECT * FROM read_csv({csv}, {options}, columns = {types})");
    session.write(&sql, to)
}
