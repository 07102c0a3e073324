//! `saldo rates`: fetches, imports and checks exchange rates, and makes the tables anew when there is something new.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveDate, Utc};
use clap::{ArgGroup, Subcommand};
use duckdb::arrow::array::{ArrayRef, StringArray, UInt64Array};

use super::place::{self, Wait};
use super::tables::Form;
use super::{Failure, tables};
use crate::config::{Asked, Config};
use crate::environment;
use crate::lake::Lake;
use crate::lake::watch::Bringing;
use crate::pipeline::rates::coverage::{self, Coverage, Lacking};
use crate::pipeline::rates::fetch::{self, Report, Settings, Want};
use crate::pipeline::rates::held::{self, Accepted, Held, Waiting};
use crate::pipeline::rates::http::Secret;
use crate::pipeline::rates::{self, Imported, Known, Source, alarms};
use crate::pipeline::{self, Outcome, Run};
use crate::text::given;
use crate::value;

/// Where the key of Open Exchange Rates is looked for first.
const KEY: &str = "OPENEXCHANGE_APP_ID";
/// Alarms, and dates held back, that are shown one by one.
const FIRST_SHOWN: usize = 8;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch the rates of one day, or the latest
    #[command(group = ArgGroup::new("which").required(true).args(["date", "latest"]))]
    Fetch {
        /// The day, as 2017-06-29
        #[arg(long, value_name = "DATE")]
        date: Option<NaiveDate>,
        /// The newest rates that the source has
        #[arg(long)]
        latest: bool,
        /// Who is asked [default: source in saldo.toml, else oxr]
        #[arg(long, value_enum)]
        source: Option<Asked>,
        #[command(flatten)]
        wait: Wait,
    },
    /// Fetch the rates of a span of days, as far as they are missing, the newest first
    Backfill {
        /// First day
        #[arg(long, value_name = "DATE")]
        from: NaiveDate,
        /// Last day
        #[arg(long, value_name = "DATE")]
        to: NaiveDate,
        /// Only for the days whose rates the bank statements need
        #[arg(long)]
        needed: bool,
        /// Requests to make at most
        #[arg(long, value_name = "N")]
        max_requests: Option<u64>,
        /// Ask again for dates that the source refused for good
        #[arg(long)]
        retry_refused: bool,
        /// Who is asked [default: source in saldo.toml, else oxr]
        #[arg(long, value_enum)]
        source: Option<Asked>,
        #[command(flatten)]
        wait: Wait,
    },
    /// Import files of the ECB, Open Exchange Rates, Frankfurter or the Federal Reserve (H.10)
    Import {
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        wait: Wait,
    },
    /// List the rates that are held back, for they changed too much at once
    Held {
        #[command(flatten)]
        form: Form,
    },
    /// Accept the rate of a day and currency that is held back
    Accept {
        /// The day, as 2024-03-06
        #[arg(value_name = "DATE")]
        date: NaiveDate,
        /// ISO 4217 code of the currency
        #[arg(value_name = "CUR", value_parser = given::currency)]
        currency: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Show which dates have rates, and which the bank statements need and lack
    Coverage {
        /// List the dates and currencies whose amounts are not converted, and why, one a line
        #[arg(long)]
        lacking: bool,
        #[command(flatten)]
        form: Form,
    },
}

impl Args {
    /// How long to wait for the right to write; none where the lake stays as it is.
    pub(super) fn wait(&self) -> Option<Duration> {
        match &self.command {
            Command::Fetch { wait, .. }
            | Command::Backfill { wait, .. }
            | Command::Import { wait, .. }
            | Command::Accept { wait, .. } => Some(wait.duration()),
            Command::Held { .. } | Command::Coverage { .. } => None,
        }
    }
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    match &args.command {
        Command::Fetch { date: Some(date), .. } if *date > Utc::now().date_naive() => {
            Err(Failure::usage(format!("{date} has not begun"), "name a day up to today, UTC, or --latest"))
        }
        Command::Fetch { date, source, .. } => {
            let want = date.map_or(Want::Latest, |date| Want::Dates(BTreeSet::from([date])));
            // A day that a person names may take the last request, and is asked for whatever was said before.
            let settings = Settings { reserve: 0, again: true, ..settings(*source, config, None)? };
            ask(config, &settings, &want)
        }
        Command::Backfill { from, to, needed, max_requests, retry_refused, source, .. } => {
            if from > to {
                return Err(Failure::usage("the span ends before it begins", "give --from before --to"));
            }
            let settings = Settings { again: *retry_refused, ..settings(*source, config, *max_requests)? };
            let dates = if *needed {
                wanted(config, *from, *to)?
            } else {
                from.iter_days().take_while(|day| day <= to).collect()
            };
            ask(config, &settings, &Want::Dates(dates))
        }
        Command::Import { files, .. } => import(config, files),
        Command::Held { form } => {
            tables::print(form.format, held_list(&held::held(&Lake::open(&config.lake)?)?))
        }
        Command::Accept { date, currency, .. } => accept(config, *date, currency),
        Command::Coverage { lacking: true, form } => {
            tables::print(form.format, lacking_list(&coverage::lacking(&Lake::open(&config.lake)?)?))
        }
        Command::Coverage { form, .. } => {
            tables::print(form.format, coverage_list(&coverage::coverage(&Lake::open(&config.lake)?)?))
        }
    }
}

/// How the source of the settings is asked, if there is one.
pub(super) fn configured(config: &Config) -> Result<Option<Settings>, Failure> {
    config.rates.source.map(|source| settings(Some(source), config, None)).transpose()
}

fn settings(source: Option<Asked>, config: &Config, limit: Option<u64>) -> Result<Settings, Failure> {
    let rates = &config.rates;
    let (source, url, key) = match source.or(rates.source).unwrap_or(Asked::Oxr) {
        Asked::Oxr => (Source::Oxr, &rates.oxr_url, Some(key(rates.app_id_file.as_deref())?)),
        Asked::Ecb => (Source::Ecb, &rates.ecb_url, None),
        Asked::Frankfurter => (Source::Frankfurter, &rates.frankfurter_url, None),
    };
    Ok(Settings {
        source,
        url: url.clone(),
        key,
        timeout: Duration::from_secs(rates.timeout_s),
        pause: Duration::from_millis(rates.retry_ms),
        reserve: rates.reserve,
        limit,
        again: false,
        now: Utc::now(),
    })
}

/// The key, from the environment or the file that the settings name; never from an argument, which others can see.
fn key(file: Option<&Path>) -> Result<Secret, Failure> {
    let hint = format!("set {KEY}, or app_id_file under [rates] in saldo.toml; the source ecb needs no key");
    let text = match (environment::text(KEY), file) {
        (Some(text), _) => text,
        (None, Some(path)) => fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("cannot read {}: {error}", path.display()), hint.as_str())
        })?,
        (None, None) => return Err(Failure::usage("Open Exchange Rates needs an app_id", hint)),
    };
    Secret::new(&text).map_err(|refusal| Failure::usage(refusal.message, hint))
}

/// The days whose rates the statements need.
fn wanted(config: &Config, from: NaiveDate, to: NaiveDate) -> Result<BTreeSet<NaiveDate>, Failure> {
    let needed = coverage::needed(&Lake::open(&config.lake)?)?;
    Ok(needed.into_values().flatten().filter(|day| (from..=to).contains(day)).collect())
}

fn ask(config: &Config, settings: &Settings, want: &Want) -> Result<(), Failure> {
    let report = fetch::fetch(&config.lake, settings, want)?;
    let outcome = refreshed(config)?;
    print_report(&report, settings, want);
    verdict(&report)?;
    outcome.as_ref().map_or(Ok(()), check_held)
}

/// Whether a source is to be asked for rates, told by a lake's tables of rates, which are copied where they lie on S3.
pub(super) fn are_missing(lake: &Lake, settings: Option<&Settings>) -> Result<bool, Failure> {
    let is_read = |name: &str| name == "daily_rates" || (name == "response" && settings.is_some());
    lake.bring_tables(&is_read, None, &place::say, &Bringing::QUIET)?;
    Ok(match settings {
        Some(settings) => fetch::are_missing(lake, settings)?,
        None => false,
    })
}

/// Asks for the rates that a lake's statements lack; without anybody to ask, says that amounts wait for some.
pub(super) fn fill(lake: &Lake, settings: Option<&Settings>) -> Result<Option<Report>, Failure> {
    let Some(settings) = settings else {
        let unconverted = coverage::unconverted(lake)?.len();
        if unconverted > 0 {
            say(&format!(
                "amounts of {} lack a rate: set source under [rates] in saldo.toml, or see `saldo rates`",
                dates(unconverted)
            ));
        }
        return Ok(None);
    };
    let want = Want::Dates(coverage::open(lake)?);
    let report = fetch::fetch(&lake.root, settings, &want)?;
    if report.missing > 0 {
        print_report(&report, settings, &want);
    }
    Ok(Some(report))
}

fn print_report(report: &Report, settings: &Settings, want: &Want) {
    let Report { missing, refused, kept, known, absent, left, .. } = report;
    match want {
        Want::Latest => say(&format!("{kept} new, {known} known answers")),
        Want::Dates(_) => say(&format!("{} missing; {kept} new, {known} known answers", dates(*missing))),
    }
    if *refused > 0 {
        let count = dates(*refused);
        say(&format!("{count} refused before, not asked for: `saldo rates backfill --retry-refused` asks"));
    }
    if *absent > 0 {
        say(&format!("{} without rates at the source", dates(*absent)));
    }
    if *left > 0 {
        let until = if settings.limit.is_some() { "another run" } else { "next month" };
        say(&format!("{} left for {until}", dates(*left)));
    }
}

/// Whether all that was asked for was answered.
pub(super) fn verdict(report: &Report) -> Result<(), Failure> {
    let Report { not_asked, faults, stopped, .. } = report;
    let Some(first) = faults.first() else { return Ok(()) };
    let hint = "saldo query -c \"SELECT * FROM error_error ORDER BY happened_at_utc DESC\" tells each";
    let message = match stopped {
        Some(stopped) if *not_asked == 0 => format!("stopped: {stopped}"),
        Some(stopped) => format!("stopped, {} not asked for: {stopped}", dates(*not_asked)),
        None if faults.len() == 1 => format!("1 request failed: {}: {}", first.error, first.message),
        None => format!("{} requests failed; the first: {}: {}", faults.len(), first.error, first.message),
    };
    Err(Failure::new(3, message).with_hint(hint))
}

/// That a file says something else than one that came before, and which of them counts.
fn differing(known: &Known) -> String {
    let count = match known.differing {
        1 => "1 rate differs".to_owned(),
        count => format!("{count} rates differ"),
    };
    let counts = if known.source.publishes_once() {
        "these count now"
    } else {
        "of a day the file with more rates counts, then the one published later, then this one"
    };
    format!("{count} from those of a file that came before: {counts}")
}

fn import(config: &Config, files: &[PathBuf]) -> Result<(), Failure> {
    // A name that is mistyped is no fault of the data.
    files.iter().try_for_each(|file| super::ingest::check(file))?;
    let all = rates::import(&config.lake, files, Utc::now())?;
    let outcome = refreshed(config)?;
    let mut failed = 0;
    for Imported { file, outcome } in &all {
        let name = file.display();
        match outcome {
            Ok(known) => {
                let there = if known.was_there { ", already there" } else { "" };
                let source = known.source.name();
                say(&format!(
                    "{name}: {source}, {} from {} to {}{there}",
                    dates(known.days),
                    known.first,
                    known.last
                ));
                if known.differing > 0 {
                    say(&format!("{name}: {}", differing(known)));
                }
                if known.unread > 0 && !known.was_there {
                    failed += 1;
                    say(&format!("{name}: {} could not be taken", lines(known.unread)));
                }
            }
            Err(refusal) => {
                failed += 1;
                say(&format!("{name}: {}", refusal.message));
            }
        }
    }
    if failed == 0 {
        return outcome.as_ref().map_or(Ok(()), check_held);
    }
    Err(Failure::new(3, format!("{failed} of {} files could not be read whole", all.len()))
        .with_hint("saldo query -c \"SELECT * FROM error_error ORDER BY happened_at_utc DESC\" tells each"))
}

/// The tables of a lake that has raw files, with the alarms of its sources.
fn refreshed(config: &Config) -> Result<Option<Outcome>, Failure> {
    if !config.lake.join("raw").is_dir() {
        return Ok(None);
    }
    let outcome = refresh(config, false, &mut |_| ())?;
    print_alarms(&outcome)?;
    Ok(Some(outcome))
}

/// Makes the tables that are due, also after a run that was cut short.
pub(super) fn refresh(
    config: &Config,
    on_demand: bool,
    progress: &mut pipeline::Progress,
) -> Result<Outcome, Failure> {
    let root = config.lake.as_path();
    let known = Lake::open(root).map(|lake| lake.manifest.sources).unwrap_or_default();
    let sources = rates::origins(root, &known);
    let on_demand = place::telling(on_demand);
    let run = Run { root, sources: &sources, demo: None, conversion: None, only: &[], on_demand };
    let outcome = pipeline::run_within(&config.memory_limit, &run, progress)?;
    super::ingest::tell_renewed(&outcome);
    Ok(outcome)
}

/// Tells where sources disagree, when there are new rates.
pub(super) fn print_alarms(outcome: &Outcome) -> Result<(), Failure> {
    if !outcome.changed.iter().any(|(table, _)| table == "response") {
        return Ok(());
    }
    let alarms =
        alarms::alarms(&outcome.lake).map_err(|error| Failure::untold(error, "whether sources differ"))?;
    for alarm in alarms.iter().take(FIRST_SHOWN) {
        let [a, b] = &alarm.sources;
        say(&format!(
            "alarm: {a} and {b} differ by up to {} % for {} on {} from {} to {}",
            alarm.worst,
            alarm.currency,
            dates(usize::try_from(alarm.dates).unwrap_or(usize::MAX)),
            alarm.first,
            alarm.last
        ));
    }
    if alarms.len() > FIRST_SHOWN {
        say(&format!("alarm: {} more pairs of sources and currencies differ", alarms.len() - FIRST_SHOWN));
    }
    Ok(())
}

/// Takes in a rate that is held back, and makes the tables that it concerns.
fn accept(config: &Config, date: NaiveDate, currency: &str) -> Result<(), Failure> {
    let accepted = held::accept(&config.lake, date, currency, Utc::now())?;
    if accepted.is_empty() {
        let mut all = held::held(&Lake::open(&config.lake)?)?;
        let count = all.len();
        all.truncate(FIRST_SHOWN);
        let all: Vec<_> = all.iter().map(|held| format!("{} {}", held.date, held.currency)).collect();
        let hint = match (all.is_empty(), count > FIRST_SHOWN) {
            (true, _) => "no rate is held back".to_owned(),
            (_, false) => format!("held back are {}", all.join(", ")),
            (_, true) => format!("held back are {}, …; `saldo rates held` lists all {count}", all.join(", ")),
        };
        return Err(Failure::new(1, format!("no rate for {currency} of {date} is held back")).with_hint(hint));
    }
    for Accepted { source, base, rate, .. } in &accepted {
        say(&format!("accepted the rate of {date} by {source}: {rate} {currency} for one {base}"));
    }
    let outcome = refresh(config, false, &mut |_| ())?;
    print_alarms(&outcome)?;
    check_held(&outcome)
}

/// Fails when what was made has amounts, or rates, that wait for a rate that is held back.
pub(super) fn check_held(outcome: &Outcome) -> Result<(), Failure> {
    let concerned = |(table, _): &(String, usize)| ["response", "processed"].contains(&table.as_str());
    if !outcome.changed.iter().any(concerned) {
        return Ok(());
    }
    let Waiting { lines, rates } = held::waiting(&outcome.lake)
        .map_err(|error| Failure::untold(error, "whether rates are held back"))?;
    if (lines, rates) == (0, 0) {
        return Ok(());
    }
    let (lines, rates) = (value::counted(lines, "line"), value::counted(rates, "new rate"));
    Err(Failure::new(
        3,
        format!("{rates} and the amounts of {lines} are held back: a rate changed too much at once"),
    )
    .with_hint(
        "`saldo rates held` lists them; if a rate is right, `saldo rates accept DATE CUR` takes it in",
    ))
}

fn held_list(rows: &[Held]) -> Vec<(&'static str, ArrayRef)> {
    let text = |of: &dyn Fn(&Held) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    vec![
        ("rate_date", text(&|row| row.date.to_string())),
        ("currency", text(&|row| row.currency.clone())),
        ("source", text(&|row| row.source.name().into())),
        ("base_currency", text(&|row| row.base.clone())),
        ("rate", text(&|row| row.rate.clone())),
        ("reason", text(&|row| row.reason.clone())),
    ]
}

fn coverage_list(rows: &[Coverage]) -> Vec<(&'static str, ArrayRef)> {
    let text = |of: &dyn Fn(&Coverage) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(rows.iter().map(of)))
    };
    let number = |of: &dyn Fn(&Coverage) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(of)))
    };
    vec![
        ("currency", text(&|row| Some(row.currency.clone()))),
        ("source", text(&|row| Some(row.source?.name().into()))),
        ("calendar", text(&|row| Some(coverage::calendar(row.source?).into()))),
        ("first", text(&|row| Some(row.span?.0.to_string()))),
        ("last", text(&|row| Some(row.span?.1.to_string()))),
        ("dates", number(&|row| row.dates)),
        ("gaps", number(&|row| row.gaps)),
        ("longest_gap_days", number(&|row| row.longest.map_or(0, |(days, _)| days))),
        ("longest_gap_from", text(&|row| Some(row.longest?.1.to_string()))),
        ("needed", number(&|row| row.needed)),
        ("carried", number(&|row| row.carried)),
        ("lacking", number(&|row| row.lacking)),
    ]
}

fn lacking_list(rows: &[Lacking]) -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("currency", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.currency)))),
        ("rate_day", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.day)))),
        ("rate_status", Arc::new(StringArray::from_iter(rows.iter().map(|row| row.status.as_deref())))),
    ]
}

fn dates(count: usize) -> String {
    value::counted(count as u64, "date")
}

fn lines(count: usize) -> String {
    let words = if count == 1 { "line or rate" } else { "lines or rates" };
    format!("{} {words}", value::grouped(&count.to_string()))
}

fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{}", value::visible(words));
}
