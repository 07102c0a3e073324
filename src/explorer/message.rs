//! What happened, as plain data: keys, and what the jobs report.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use crossterm::event::Event;
use duckdb::arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};

use super::credit_request::CreditEvent;
use super::forecast_request::ForecastEvent;
use super::statement_request::StatementEvent;
use crate::completion::Dictionary;
use crate::credit::accounts::Known;
use crate::engine::arrange::Arrangement;
use crate::engine::find::{Hit, Needle};
use crate::engine::profile::Profile;
use crate::engine::store::Window;
use crate::engine::summary::Summary;
use crate::engine::totals::Totals;
use crate::engine::{self, CatalogTable, EngineError, Estimate, Stats};
use crate::export::sidecar::Origin;
use crate::history;
use crate::ledger::Entry;
use crate::target::Dollars;

/// What was given to the parameters of queries, by their names, for each query by its name.
pub type Given = BTreeMap<String, BTreeMap<String, String>>;

/// Number of a job; a message from a job whose result was closed is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// What happened.
#[derive(Debug)]
pub enum Msg {
    Input(Event),
    Job(JobId, JobEvent),
    /// What came of an effect that has no job: a sentence.
    Notice(Notice),
    /// The columns of a table that was asked for.
    Described {
        target: String,
        table: String,
        schema: SchemaRef,
    },
    /// What came of asking a target for its tables.
    Catalog(String, CatalogEvent),
    /// What the ledger knows of the runs elsewhere.
    Runs(Runs),
    /// A result of an engine elsewhere is a table here now; those named had to go for it.
    Kept {
        table: KeptTable,
        gone: Vec<String>,
    },
    /// A kept result has another name.
    Renamed {
        from: String,
        table: KeptTable,
    },
    /// What was asked before, the newest first.
    History(Vec<history::Entry>),
    /// The lake's accounts; none where they are not known, or are too many.
    Accounts(Vec<Known>),
    /// The lake's customers.
    Customers(Vec<Known>),
    /// The currencies of the lake, in order.
    Currencies(Vec<Known>),
    /// What can be named in a statement here.
    Dictionary(Dictionary),
    /// The text that the person's own editor left, or why there is none.
    Edited(Result<String, String>),
    /// How the lake stands.
    Lake(Vec<Listing>),
    /// What came of a forecast, by the number of its request.
    Forecast(u64, ForecastEvent),
    /// What came of a credit check, by the number of its request.
    Credit(u64, CreditEvent),
    /// What came of an export.
    Export(ExportEvent),
    /// What came of asking about a bank's statement.
    Statement(StatementEvent),
    /// Whether the editor's texts were kept; why not, in words.
    Saved(Result<(), String>),
    /// Somebody else wrote to the lake since it was read.
    LakeChanged,
    /// The lake in this folder is no longer there.
    LakeGone(PathBuf),
    /// Some time went by; only sent while the state has something to save.
    Tick,
    /// What time it is: before anything else that happened, and while ages are on screen once a minute.
    Clock(DateTime<Utc>),
    /// The terminal or the system asks us to leave.
    Leave,
}

/// A sentence for the status line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub bad: bool,
}

/// A text of the editor that must be kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Draft {
    /// The query that it came from; empty for what was typed.
    pub name: String,
    pub text: String,
}

/// A result to be written to a file; the ending says the format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub job: JobId,
    pub path: PathBuf,
    /// The rows are not all there are: how the statement ended.
    pub ended: Option<&'static str>,
    /// The person agreed that the file there goes.
    pub overwrite: bool,
    /// Texts that a spreadsheet would take for formulas are marked.
    pub guard: bool,
    /// What the rows are is said in a file beside it.
    pub sidecar: bool,
    pub title: String,
    pub origin: Box<Origin>,
}

/// What comes of an export.
#[derive(Debug)]
pub enum ExportEvent {
    /// These files are there already.
    Exists(Export, Vec<PathBuf>),
    /// Rows written, of the rows there are.
    Progress(u64, u64),
    /// A part of a result is ready to be copied.
    Copied { what: String, text: String },
    /// It is written, was stopped or failed.
    Ended(Notice),
}

/// The tables of a target, and when it told them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    pub tables: Vec<CatalogTable>,
    pub read: DateTime<Local>,
}

/// A kept result: the name of its table, `results.NAME`, and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTable {
    pub name: String,
    pub rows: u64,
}

/// What comes of asking a target for its tables.
#[derive(Debug)]
pub enum CatalogEvent {
    /// Those of the last time, kept here.
    Kept(Catalog),
    Read(Catalog),
    /// It has not answered yet.
    Slow,
    Failed(EngineError),
}

/// The runs elsewhere, the newest first, and what they cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runs {
    pub entries: Vec<Entry>,
    /// Of this day, by UTC.
    pub today: Dollars,
    pub total: Dollars,
    /// Runs that have no price, or none yet.
    pub unpriced: u64,
    pub show: Show,
    /// What is said of the target that was asked for its own list.
    pub note: String,
}

/// How the runs are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// In a line, where one of them was not seen to end.
    #[default]
    Notice,
    /// As the list that the person asked for.
    List,
    /// In the list, where it still stands.
    Again,
}

/// What the person is asked before a statement is sent that may cost more than it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it scans at most, or why that is not known.
    pub bound: Result<Estimate, String>,
    /// What was spent on the target today.
    pub spent: Dollars,
    /// The budgets of a statement and of a day.
    pub query: Option<Dollars>,
    pub day: Option<Dollars>,
}

/// What a job reports.
#[derive(Debug)]
pub enum JobEvent {
    Schema(SchemaRef),
    Rows(Progress),
    Window(Window),
    /// A row with every cell whole, to copy it or one of its cells.
    Whole(Window, Option<usize>),
    Chart(ChartData),
    /// What came of something that was worked out beside the result.
    Looked(Look, Looked),
    /// What a plot draws.
    Plotted(Plot, ChartData),
    /// Nothing was sent yet: the person decides.
    Ask(Question),
    /// Its rows are kept as a table here, under this name.
    Kept(String),
    /// Bytes that came over a network so far.
    Read(u64),
    /// It failed or was stopped; rows that came before stay readable.
    Failed(EngineError),
}

/// Something to work out beside a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The next row after one, or before it, in which a text stands.
    Find { needle: Needle, from: u64, forward: bool },
    /// What cells add up to; which columns tell their currencies.
    Totals { rows: Range<u64>, columns: Vec<usize>, currencies: Vec<usize> },
    /// What a column holds, over the rows that are kept; which columns tell its currencies.
    Profile { column: usize, currencies: Vec<usize>, arrangement: Arrangement },
}

/// What came of it.
#[derive(Debug)]
pub enum Looked {
    Found(Option<Hit>),
    Totals(Box<Totals>),
    /// As far as it is known.
    Profile(Box<Profile>),
    Failed(EngineError),
}

/// How far a job is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub rows: u64,
    pub state: State,
    /// What the engine does meanwhile.
    pub step: engine::Progress,
    pub elapsed: Duration,
    /// When this was so.
    pub time: DateTime<Utc>,
    /// What it took, once it has ended.
    pub stats: Option<Box<Stats>>,
    /// Bytes of memory of the whole program.
    pub memory: u64,
    pub summary: Summary,
}

/// How far a result is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum State {
    /// Nothing was run yet.
    #[default]
    Idle,
    Running,
    /// There are more rows than are held.
    Paused,
    /// Nothing was sent yet: the person decides about its price.
    Asking,
    /// The person asked the statement to stop; it has not answered yet.
    Cancelling,
    Complete,
    /// Stopped by the person; the rows before that are kept.
    Cancelled,
    Failed(EngineError),
}

/// Points of a chart at the most.
pub const POINTS: usize = 2_000;

/// What a chart draws: texts for people, floats for places.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartData {
    pub labels: Vec<String>,
    pub series: Vec<Series>,
    /// Of a line over dates or times: how far from the left each stands, ascending. Else all are equally far apart.
    pub places: Vec<usize>,
    /// Rows of the result, of which at most [`POINTS`] are drawn.
    pub of_rows: u64,
    /// Those drawn are from everywhere in the result; else they are its first.
    pub is_sampled: bool,
}

impl ChartData {
    /// How far from the left a row is drawn.
    #[must_use]
    pub fn place(&self, row: usize) -> usize {
        self.places.get(row).copied().unwrap_or(row)
    }

    /// The row that is drawn nearest to a place.
    #[must_use]
    pub fn row(&self, place: usize) -> usize {
        let after = self.places.partition_point(|at| *at < place);
        match (after.checked_sub(1), self.places.get(after)) {
            _ if self.places.is_empty() => place,
            (Some(before), Some(at)) if place - self.places[before] < at - place => before,
            (Some(before), None) => before,
            _ => after,
        }
    }

    /// Rows that are drawn.
    #[must_use]
    pub fn drawn(&self) -> u64 {
        self.labels.len() as u64
    }
}

/// What kind of chart is drawn of a result's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlotKind {
    Line,
    Bar,
    Histogram,
    Scatter,
}

impl PlotKind {
    pub const ALL: [Self; 4] = [Self::Line, Self::Bar, Self::Histogram, Self::Scatter];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Bar => "bars",
            Self::Histogram => "histogram",
            Self::Scatter => "scatter",
        }
    }
}

/// A chart of columns of a result, by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plot {
    pub kind: PlotKind,
    /// What stands below the values: dates, names, another number; a histogram has none.
    pub x: Option<usize>,
    pub y: usize,
}

/// One line or one set of bars.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    pub name: String,
    pub values: Vec<Option<f64>>,
    pub texts: Vec<String>,
}

/// A list of how the lake stands, with its title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    pub title: String,
    /// Names of the columns, and whether they hold numbers.
    pub columns: Vec<(String, bool)>,
    pub rows: Vec<Vec<String>>,
}
