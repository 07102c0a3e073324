//! Whether balances follow from amounts: the saved query `balance_breaks`, asked after statements came in, unless the pass
//! that read them saw that all do.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use chrono::NaiveDate;
use duckdb::params_from_iter;
use serde::Serialize;

use super::super::database::Scratch;
use super::super::due::month_of;
use super::super::error::{PipelineError, stage_failed};
use super::super::files;
use super::super::ingest::keep::reading;
use super::super::ingest::report::{FileReport, State};
use super::typed::Line;
use crate::dialect::{Dialect, Names};
use crate::lake::watch::Bringing;
use crate::lake::{File, Lake, Table};
use crate::query;
use crate::sql::quote_text;

/// Places that are named; the query shows all.
const FIRST: usize = 3;

/// Where balances do not follow from amounts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Breaks {
    pub count: u64,
    /// The first of them, for a person.
    pub first: Vec<String>,
    /// The first month and the last that were looked at, as `year=2017/month=06`, where not all were.
    pub within: Option<[String; 2]>,
}

/// More accounts than this are left to the query, so that they do not fill the memory.
const ACCOUNTS: usize = 100_000;

/// The accounts of a file as its lines go by.
#[derive(Debug, Default)]
pub struct Reconciliation {
    /// The place of each one's chain.
    accounts: HashMap<String, usize>,
    chains: Vec<Chain>,
    /// The account of the line before, and its place: the next line is often of the same one.
    last: (String, usize),
    is_broken: bool,
}

/// The end of an account's chain so far; amounts in ten-thousandths.
#[derive(Debug, Default)]
struct Chain {
    day: Option<NaiveDate>,
    /// The last balance that was shown.
    balance: Option<i64>,
    /// What has changed since.
    change: i128,
}

impl Reconciliation {
    /// Takes the next line of the file.
    pub fn add(&mut self, line: &Line) {
        if self.is_broken || line.account_no.is_empty() {
            return;
        }
        if self.last.0 != *line.account_no {
            self.change_to(&line.account_no);
        }
        let Some(chain) = self.chains.get_mut(self.last.1) else { return };
        chain.change +=
            i128::from(line.deposit.amount.unwrap_or(0)) - i128::from(line.withdrawal.amount.unwrap_or(0));
        let expected = chain.balance.map(|balance| i128::from(balance) + chain.change);
        let differs =
            expected.zip(line.balance).is_some_and(|(expected, balance)| i128::from(balance) != expected);
        self.is_broken |= differs || chain.day > Some(line.booking_date);
        chain.day = Some(line.booking_date);
        if line.balance.is_some() {
            (chain.balance, chain.change) = (line.balance, 0);
        }
    }

    fn change_to(&mut self, account: &str) {
        account.clone_into(&mut self.last.0);
        self.last.1 = self.accounts.get(account).copied().unwrap_or_else(|| {
            let place = self.chains.len();
            self.is_broken = place == ACCOUNTS;
            self.accounts.insert(account.to_owned(), place);
            self.chains.push(Chain::default());
            place
        });
    }

    /// Whether the query would find no break in the file alone, whatever its tolerance.
    #[must_use]
    pub fn hold(&self) -> bool {
        !self.is_broken
    }
}

/// The files of a table, and the first month and the last that they tell of where they are not all.
type Near<'t> = (Vec<&'t File>, Option<[String; 2]>);

/// The files of the table: of a lake that lies on S3 those from the month before the first that the statements touch to the one behind
/// the last. A break in the first of them may be one since what lies before it is not there.
fn near<'t>(lake: &Lake, table: &'t Table, kept: &[&FileReport]) -> Result<Near<'t>, PipelineError> {
    let all = || (table.files.iter().collect(), None);
    if lake.absent(table).is_empty() {
        return Ok(all());
    }
    let mut touched = BTreeSet::new();
    for file in kept.iter().filter_map(|report| report.kept.as_deref()) {
        for part in reading(&lake.root, file)?.iter().flat_map(|reading| &reading.parts) {
            // Where a note does not tell them, all may be.
            let Some(months) = &part.months else { return Ok(all()) };
            touched.extend(months.iter().cloned());
        }
    }
    let months: BTreeSet<_> = table.files.iter().map(|file| month_of(&file.path)).collect();
    let first = touched.first().and_then(|month| months.range(..month.as_str()).next_back());
    let last = touched.last().and_then(|month| months.range(month.as_str()..).nth(1));
    let is_near =
        |month: &str| first.is_none_or(|first| *first <= month) && last.is_none_or(|last| month <= *last);
    let files = table.files.iter().filter(|file| is_near(month_of(&file.path))).collect();
    let within = touched.first().zip(last.map(|last| (*last).to_owned()).or(touched.last().cloned()));
    Ok((files, within.map(|(first, last)| [first.clone(), last])))
}

/// The condition of a break's day.
fn is_within(months: &[String; 2]) -> String {
    format!("WHERE strftime(day, 'year=%Y/month=%m') >= {}", quote_text(&months[0]))
}

/// Looks at the accounts of the files that came, with all that the lake has of them, or what is near them, and the query's
/// own tolerance.
///
/// # Errors
/// When the table cannot be read.
pub fn breaks(lake: &Lake, reports: &[FileReport]) -> Result<Breaks, PipelineError> {
    let failed = |error: duckdb::Error| stage_failed("banktxn")(error);
    let mut breaks = Breaks::default();
    let rows = lake.table("banktxn").map_or(0, |table| table.rows);
    let kept: Vec<_> = reports.iter().filter(|file| file.state == State::Kept).collect();
    if let [only] = kept.as_slice()
        && only.reconciles
        && only.loaded == rows
    {
        return Ok(breaks);
    }
    let (queries, _) = query::all(None, &lake.manifest.conversion.base, &lake.newest_dates());
    let Some(query) = queries.iter().find(|query| query.name == "balance_breaks") else { return Ok(breaks) };
    let statement = query.bind(Dialect::DuckDb, &BTreeMap::new());
    let statement = statement.map_err(|error| stage_failed("banktxn")(error))?;
    let rendered = statement.render(Dialect::DuckDb, &Names::default());
    let connection = Scratch::open().map_err(failed)?;
    let Some(table) = lake.table("banktxn") else { return Ok(breaks) };
    let (files, within) = near(lake, table, &kept)?;
    lake.bring(&files, &Bringing::QUIET)?;
    let files: Vec<_> = files.iter().map(|file| lake.root.join(&file.path)).collect();
    let sources: Vec<_> =
        kept.iter().flat_map(|file| &file.sources).map(|source| quote_text(source)).collect();
    let view = format!(
        "CREATE TEMP VIEW banktxn AS WITH lines AS ({}) SELECT * FROM lines
         WHERE account_no IN (SELECT account_no FROM lines WHERE source_file IN ({}))",
        files::read(files.iter().map(PathBuf::as_path)),
        sources.join(", ")
    );
    connection.execute_batch(&view).map_err(failed)?;
    let text = format!(
        "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({}\n) {}",
        rendered.sql.trim_end().trim_end_matches(';'),
        within.as_ref().map_or_else(String::new, is_within)
    );
    breaks.within = within;
    let mut prepared = connection.prepare(&text).map_err(failed)?;
    let mut rows =
        prepared.query(params_from_iter(rendered.values.iter().map(|bound| &bound.text))).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        breaks.count += 1;
        if breaks.first.len() < FIRST {
            let cell =
                |place| row.get::<_, Option<String>>(place).map(Option::unwrap_or_default).map_err(failed);
            breaks.first.push(format!(
                "account {} on {}: balance {}, expected {} (line {} of {})",
                cell(0)?,
                cell(1)?,
                cell(2)?,
                cell(3)?,
                cell(6)?,
                cell(5)?
            ));
        }
    }
    Ok(breaks)
}
