//! From the rows of a result to dated series, and from what is forecast back to rows: which columns are meant, what a
//! row leaves out, in which unit numbers are told.

mod tables;

use std::collections::HashMap;

use chrono::NaiveDate;
use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::compute::cast;
use duckdb::arrow::datatypes::{DataType, Date32Type, Float64Type, Schema};
use duckdb::arrow::record_batch::RecordBatch;

use crate::forecast::{Kind, Series};
use crate::value;

pub use tables::{Group, backtest, forecast, history, horizons, origins, why};

/// Days from the first day of Arrow's dates, 1970-01-01, to that of chrono's.
const EPOCH: i32 = 719_163;

/// The measure of the investment business, taken first where nothing else is named.
const USUAL: &str = "saldo_inversion";

/// In what numbers a forecast is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// With so many digits after the point, as in the column that was read.
    Decimal(i8),
    /// As they are.
    Float,
}

/// The columns of a result that make a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Place of the dates.
    pub date: usize,
    /// Place of the values.
    pub value: usize,
    /// Place of what parts the rows into series.
    pub by: Option<usize>,
    /// How the values are told.
    pub unit: Unit,
}

/// Why a result is no series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatedError {
    #[error("there is no column {name} among {has}")]
    Column { name: String, has: String },
    #[error("no column holds dates; there are {0}")]
    NoDate(String),
    #[error("no column holds numbers beside the dates; there are {0}")]
    NoNumber(String),
    #[error("no row has both a date and a number in {date} and {value}")]
    Empty { date: String, value: String },
}

impl Columns {
    /// The columns by name, in any case; without names the first dates, and `saldo_inversion` or else the first
    /// number with a fraction or else the first number.
    ///
    /// # Errors
    /// When a name is not there, or nothing suits.
    pub fn find(
        schema: &Schema,
        date: Option<&str>,
        value: Option<&str>,
        by: Option<&str>,
    ) -> Result<Self, DatedError> {
        let fields = schema.fields();
        let has = || fields.iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ");
        let named = |name: &str| {
            let found = fields.iter().position(|field| field.name().eq_ignore_ascii_case(name));
            found.ok_or_else(|| DatedError::Column { name: name.to_owned(), has: has() })
        };
        let of = |fits: &dyn Fn(&DataType) -> bool| fields.iter().position(|field| fits(field.data_type()));
        let by = by.map(named).transpose()?;
        let date = match date {
            Some(name) => named(name)?,
            None => of(&|kind| matches!(kind, DataType::Date32 | DataType::Timestamp(..)))
                .ok_or_else(|| DatedError::NoDate(has()))?,
        };
        let value = match value {
            Some(name) => named(name)?,
            None => named(USUAL)
                .ok()
                .or_else(|| of(&|kind| value::is_number(kind) && !kind.is_integer()))
                .or_else(|| of(&value::is_number))
                .ok_or_else(|| DatedError::NoNumber(has()))?,
        };
        let unit = match fields[value].data_type() {
            DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => Unit::Decimal((*scale).max(0)),
            kind if kind.is_integer() => Unit::Decimal(2),
            _ => Unit::Float,
        };
        Ok(Self { date, value, by, unit })
    }
}

/// The series of a result, read batch by batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Dated {
    /// Which columns are read.
    pub columns: Columns,
    /// Their names: date, value, group.
    pub names: [String; 3],
    /// Each group's text and series, in the order of their first rows; one of an empty text when nothing parts them.
    pub groups: Vec<(String, Series)>,
    /// Rows without a date or a number.
    pub without: u64,
    kind: Kind,
    places: HashMap<String, usize>,
}

impl Dated {
    /// Nothing read yet.
    #[must_use]
    pub fn new(schema: &Schema, columns: Columns, kind: Kind) -> Self {
        let name = |at: usize| schema.field(at).name().clone();
        let names = [name(columns.date), name(columns.value), columns.by.map(name).unwrap_or_default()];
        Self { columns, names, groups: Vec::new(), without: 0, kind, places: HashMap::new() }
    }

    /// Takes in rows. Dates may be dates, timestamps or ISO text; numbers any number or its text.
    pub fn add(&mut self, batch: &RecordBatch) {
        // What cannot be read as one becomes NULL, and is counted.
        let as_type = |at: usize, kind: &DataType| cast(batch.column(at), kind).ok();
        let dates = as_type(self.columns.date, &DataType::Date32);
        let values = as_type(self.columns.value, &DataType::Float64);
        let (Some(dates), Some(values)) = (dates, values) else {
            self.without += batch.num_rows() as u64;
            return;
        };
        let (dates, values) = (dates.as_primitive::<Date32Type>(), values.as_primitive::<Float64Type>());
        let by: Option<&ArrayRef> = self.columns.by.map(|at| batch.column(at));
        let (mut group, mut last) = (0, None);
        for row in 0..batch.num_rows() {
            let date = dates.is_valid(row).then(|| dates.value(row));
            let date = date.and_then(|days| NaiveDate::from_num_days_from_ce_opt(days.saturating_add(EPOCH)));
            let value = values.is_valid(row).then(|| values.value(row)).filter(|value| value.is_finite());
            let (Some(date), Some(value)) = (date, value) else {
                self.without += 1;
                continue;
            };
            let text = by.map(|array| value::plain(array.as_ref(), row).unwrap_or_default());
            if last.is_none() || text != last {
                let text = text.unwrap_or_default();
                group = self.place(&text);
                last = Some(text);
            }
            self.groups[group].1.points.push((date, value));
        }
    }

    fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.groups.len();
        self.places.insert(text.to_owned(), place);
        self.groups.push((text.to_owned(), Series { points: Vec::new(), kind: self.kind }));
        place
    }

    /// All that was read.
    ///
    /// # Errors
    /// When no row had a date and a number.
    pub fn finish(mut self) -> Result<Self, DatedError> {
        if self.groups.is_empty() {
            let [date, value, _] = self.names;
            return Err(DatedError::Empty { date, value });
        }
        if self.kind == Kind::Flow {
            self.groups.iter_mut().for_each(|(_, series)| add_up(&mut series.points));
        }
        Ok(self)
    }

    /// Rows whose date comes again in their group, where only the last one counts.
    #[must_use]
    pub fn repeated(&self) -> usize {
        let repeated = |(_, series): &(String, Series)| {
            let mut dates: Vec<_> = series.points.iter().map(|(date, _)| *date).collect();
            dates.sort_unstable();
            dates.windows(2).filter(|pair| pair[0] == pair[1]).count()
        };
        self.groups.iter().map(repeated).sum()
    }
}

/// One point a date, with the sum of what happened on it.
fn add_up(points: &mut Vec<(NaiveDate, f64)>) {
    points.sort_by_key(|(date, _)| *date);
    points.dedup_by(|next, first| {
        let same = next.0 == first.0;
        if same {
            first.1 += next.1;
        }
        same
    });
}
