//! Exchange rates by date: what sources say, kept as received and read as text.
//!
//! ```text
//! fetch, import ─► raw/rates/source=…/ ─► read ─► gates ─► raw_rates ─► response
//! ```
//! A rate is text until SQL casts it to DECIMAL; the one float here is the gates' comparison.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};

use sha2::{Digest, Sha256};

use super::raw::{self, Put};
use super::write::{self, quoted};
use super::{PipelineError, io_at, stage_failed};
use crate::engine::duckdb::Connection;
use crate::lake::Table;

pub mod alarms;
pub mod coverage;
mod csv;
pub mod fetch;
mod gates;
pub mod http;
mod import;
mod json;
mod plan;
pub mod read;

pub use gates::record_refused;
pub use import::{Imported, Known, import};
pub use read::Refusal;

/// Who publishes rates. All of them are mid rates; a bank books at bid or ask, so no converted amount is a booked value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Open Exchange Rates: USD base, every calendar day, a key and a monthly quota.
    Oxr,
    /// European Central Bank: EUR base, TARGET days.
    Ecb,
    /// Frankfurter: central banks' rates blended, no key.
    Frankfurter,
    /// The Federal Reserve's H.10 release: USD against 23 currencies, four of them the other way round.
    H10,
}

impl Source {
    /// All, in no order of preference; that stands in `bank/processed.sql`.
    pub const ALL: [Self; 4] = [Self::Oxr, Self::Ecb, Self::Frankfurter, Self::H10];

    /// As tables and folders name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Oxr => "oxr",
            Self::Ecb => "ecb",
            Self::Frankfurter => "frankfurter",
            Self::H10 => "h10",
        }
    }

    /// What the manifest says of the origin.
    #[must_use]
    pub fn attribution(self) -> &'static str {
        match self {
            Self::Oxr => "Exchange rates: Open Exchange Rates (openexchangerates.org)",
            Self::Ecb => "Exchange rates: European Central Bank (ECB), euro foreign exchange reference rates",
            Self::Frankfurter => "Exchange rates: Frankfurter (frankfurter.dev), rates of central banks",
            Self::H10 => "Exchange rates: Board of Governors of the Federal Reserve System, H.10 release",
        }
    }

    /// Whether the source publishes on a day, where that is known: OXR every day, the ECB and those who follow it on
    /// TARGET days. The Federal Reserve's holidays are not ours to know: its own dates tell.
    #[must_use]
    pub fn publishes(self, day: NaiveDate) -> bool {
        match self {
            Self::Oxr => true,
            Self::Ecb | Self::Frankfurter => crate::calendar::is_target_day(day),
            Self::H10 => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }
}

/// One currency's rate on one day, as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// ISO 4217 code.
    pub currency: String,
    /// The number as the source wrote it.
    pub text: String,
    /// Unset: units of the currency for one unit of the base. Set: units of the base for one unit of the currency.
    pub inverted: bool,
}

/// What one file says of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub source: Source,
    pub date: NaiveDate,
    pub base: String,
    pub rates: Vec<Rate>,
    /// When the source says it published them.
    pub published: Option<DateTime<Utc>>,
    /// The day had not ended when the answer came.
    pub provisional: bool,
    /// SHA-256 of the raw file.
    pub file: String,
    /// Last date of the raw file.
    until: NaiveDate,
}

impl Day {
    /// Which of two files is believed about a day: a final one, the fuller, the later; at last any, but always the same.
    fn weight(&self) -> impl Ord + use<'_> {
        (!self.provisional, self.rates.len(), self.published, self.until, &self.file)
    }
}

/// Marks raw files whose last day had not ended.
const PROVISIONAL: &str = ".provisional.";

/// Files that could not be read, and why.
type Unreadable = Vec<(PathBuf, Refusal)>;

/// What the raw files say of every day, one file a source and day so that both legs of a cross come from one pivot, by
/// source and date; and what could not be read.
///
/// # Errors
/// When the disk does.
pub(super) fn days(root: &Path) -> Result<(Vec<Day>, Unreadable), PipelineError> {
    let mut best: BTreeMap<(Source, NaiveDate), Day> = BTreeMap::new();
    let mut unread = Vec::new();
    for path in files(root)? {
        let bytes = fs::read(root.join(&path)).map_err(io_at(&path))?;
        let mut answer = match read::answer(&bytes) {
            Ok(answer) => answer,
            Err(refusal) => {
                unread.push((path, refusal));
                continue;
            }
        };
        answer.trust_name(&path.file_name().unwrap_or_default().to_string_lossy());
        let until = answer.days.iter().map(|day| day.date).max().unwrap_or_default();
        let open = path.to_string_lossy().contains(PROVISIONAL);
        for day in &mut answer.days {
            day.provisional = open && day.date == until;
            day.until = until;
            day.file.clone_from(&answer.sha256);
        }
        for day in answer.days {
            let place = best.entry((day.source, day.date));
            place
                .and_modify(|known| {
                    if day.weight() > known.weight() {
                        known.clone_from(&day);
                    }
                })
                .or_insert(day);
        }
    }
    Ok((best.into_values().collect(), unread))
}

/// All raw files of rates, below the root and by name.
fn files(root: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let mut found = Vec::new();
    for source in Source::ALL {
        let folder = folder(source);
        let entries = match fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io_at(&folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(io_at(&folder))?;
            // A file that is still being written has a name that begins with a dot.
            if !entry.file_name().to_string_lossy().starts_with('.') {
                found.push(folder.join(entry.file_name()));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn folder(source: Source) -> PathBuf {
    PathBuf::from("raw/rates").join(format!("source={}", source.name()))
}

/// Keeps an answer under a name that tells its dates: `2017-06-29.json`, `1999-01-04_2026-10-30.1a2b3c4d.zip`; a day that
/// has not ended gets a name of its own, so that its final answer never meets it.
///
/// # Errors
/// When the disk does.
pub fn keep(
    root: &Path,
    answer: &read::Answer,
    bytes: &[u8],
    open: bool,
) -> Result<(PathBuf, Put), PipelineError> {
    let (Some(first), Some(last)) =
        (answer.days.iter().map(|day| day.date).min(), answer.days.iter().map(|day| day.date).max())
    else {
        return Ok((PathBuf::new(), Put::Known));
    };
    let digest = &answer.sha256[..8.min(answer.sha256.len())];
    let end = answer.extension;
    let open = if open { PROVISIONAL } else { "." };
    let named = |stem: String| folder(answer.source).join(format!("{stem}{open}{end}"));
    if first != last || open == PROVISIONAL || end != "json" {
        let span = if first == last { first.to_string() } else { format!("{first}_{last}") };
        let path = named(format!("{span}.{digest}"));
        let put = raw::put(root, &path, bytes)?;
        return Ok((path, put));
    }
    let path = named(first.to_string());
    match raw::put(root, &path, bytes)? {
        // Another answer for that day is there: both stay, and the weight of a day decides.
        Put::Differs => {
            let path = named(format!("{first}.{digest}"));
            let put = raw::put(root, &path, bytes)?;
            Ok((path, put))
        }
        put => Ok((path, put)),
    }
}

/// The statement that makes `raw_rates`: what the files say and the gates let pass, all of it text.
pub(super) fn table(root: &Path, work: &Path) -> Result<String, PipelineError> {
    let (mut days, _) = days(root)?;
    gates::refuse(&mut days);
    if days.iter().all(|day| day.rates.is_empty()) {
        return Err(PipelineError::NoRawFiles(root.join("raw/rates")));
    }
    let path = work.join("raw_rates.csv");
    let mut out = io::BufWriter::new(fs::File::create(&path).map_err(io_at(&path))?);
    for day in &days {
        let Day { source, date, base, published, provisional, file, .. } = day;
        let published = published.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
        let source = source.name();
        for Rate { currency, text, inverted } in &day.rates {
            writeln!(
                out,
                "{date},{source},{base},{currency},{text},{inverted},{provisional},{published},{file}"
            )
            .map_err(io_at(&path))?;
        }
    }
    out.flush().map_err(io_at(&path))?;
    let names = [
        "rate_date",
        "source",
        "base_currency",
        "currency",
        "rate",
        "inverted",
        "provisional",
        "published_at_utc",
        "rate_file_sha",
    ];
    let columns = names.map(|name| format!("{name}: 'VARCHAR'")).join(", ");
    // A table rather than a view: the stage reads it several times.
    Ok(format!(
        "CREATE TABLE raw_rates AS SELECT * FROM read_csv({}, header = false, auto_detect = false, columns = {{{columns}}})",
        quoted(&path)
    ))
}

/// The origins of the rates that are there and that a manifest does not name yet.
#[must_use]
pub fn origins(root: &Path, known: &[String]) -> Vec<&'static str> {
    let is_new = |source: &Source| {
        let named = known.iter().any(|line| line.starts_with(source.attribution()));
        root.join(folder(*source)).is_dir() && !named
    };
    Source::ALL.into_iter().filter(is_new).map(Source::attribution).collect()
}

/// A database in memory with a table of a lake as a view.
fn view(table: &Table, root: &Path) -> Result<Connection, PipelineError> {
    let failed = stage_failed("rates");
    let connection = Connection::open_in_memory().map_err(&failed)?;
    let paths: Vec<_> = table.files.iter().map(|file| root.join(&file.path)).collect();
    let read = write::read(paths.iter().map(PathBuf::as_path));
    connection.execute_batch(&format!("CREATE VIEW {} AS {read}", table.name)).map_err(failed)?;
    Ok(connection)
}

/// SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
