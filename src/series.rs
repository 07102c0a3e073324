//! From the rows of a result to dated series, and from what is forecast back to rows: which columns are meant, what a
//! row leaves out, in which unit numbers are told.

mod tables;

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::compute::cast;
use duckdb::arrow::datatypes::{DataType, Date32Type, Float64Type, Schema, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;

use crate::forecast::{Kind, Series};
use crate::value;

pub use tables::{Group, backtest, forecast, history, horizons, origins, why};

/// Rows of a result that tell what its texts hold.
const SAMPLE: usize = 100;

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

impl Unit {
    /// Cents where the first of these numbers have no smaller part.
    fn of(sample: &ArrayRef) -> Self {
        let first = cast(&sample.slice(0, sample.len().min(SAMPLE)), &DataType::Float64);
        let has_cents =
            |value: f64| (value * 100.0 - (value * 100.0).round()).abs() < 1e-6 * value.abs().max(1.0);
        match first {
            Ok(first) if first.as_primitive::<Float64Type>().iter().flatten().all(has_cents) => {
                Self::Decimal(2)
            }
            _ => Self::Float,
        }
    }
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
pub enum SeriesError {
    #[error("there is no column {name} among {has}")]
    Column { name: String, has: String },
    #[error("the column {name} of type {kind} holds no {wanted}")]
    Kind { name: String, kind: String, wanted: &'static str },
    #[error("no column holds dates; there are {0}")]
    NoDate(String),
    #[error("no column holds numbers beside the dates; there are {0}")]
    NoNumber(String),
    #[error("no row has both a date and a number in {date} and {value}")]
    Empty { date: String, value: String },
}

/// What a column holds, by its type or, of text, by its first rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Dates,
    Amounts(Unit),
    Counts,
    Other,
}

impl Holds {
    fn of(kind: &DataType, sample: Option<&ArrayRef>) -> Self {
        match kind {
            DataType::Date32 | DataType::Timestamp(..) => Self::Dates,
            DataType::Decimal128(_, 0) | DataType::Decimal256(_, 0) => Self::Counts,
            DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
                Self::Amounts(Unit::Decimal((*scale).max(0)))
            }
            kind if kind.is_integer() => Self::Counts,
            kind if value::is_number(kind) => Self::Amounts(sample.map_or(Unit::Float, Unit::of)),
            DataType::Utf8 => sample.map_or(Self::Other, |sample| {
                let first = sample.slice(0, sample.len().min(SAMPLE));
                let all = |kind: &DataType| {
                    let read = cast(&first, kind).ok();
                    first.null_count() < first.len()
                        && read.is_some_and(|read| read.null_count() == first.null_count())
                };
                if all(&DataType::Date32) {
                    Self::Dates
                } else if all(&DataType::Float64) {
                    Self::Amounts(Unit::of(sample))
                } else {
                    Self::Other
                }
            }),
            _ => Self::Other,
        }
    }

    fn unit(self) -> Option<Unit> {
        match self {
            Self::Amounts(unit) => Some(unit),
            // A mean of counts has a fraction.
            Self::Counts => Some(Unit::Decimal(2)),
            Self::Dates | Self::Other => None,
        }
    }
}

/// Which column has the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick<'a> {
    /// The one of this name.
    Named(&'a str),
    /// The one of this name if it holds numbers, else any.
    Wished(&'a str),
    /// `saldo_inversion`, else the first number with a fraction, else the first number.
    Any,
}

impl<'a> From<Option<&'a str>> for Pick<'a> {
    fn from(name: Option<&'a str>) -> Self {
        name.map_or(Self::Any, Self::Named)
    }
}

/// Which columns are meant, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The dates; else the first ones.
    pub date: Option<&'a str>,
    /// The values.
    pub value: Pick<'a>,
    /// What parts the rows into series, if anything does.
    pub by: Option<&'a str>,
}

impl Columns {
    /// The columns by name, in any case; the first dates where nothing is named. Where all columns are texts, each counts
    /// as what all of its first rows can be read as.
    ///
    /// # Errors
    /// When a name is not there, or nothing suits.
    pub fn find(
        schema: &Schema,
        sample: Option<&RecordBatch>,
        wanted: Wanted<'_>,
    ) -> Result<Self, SeriesError> {
        let Wanted { date, value, by } = wanted;
        let fields = schema.fields();
        let has = || fields.iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ");
        // A text beside typed columns is a text, though an account number may read like an amount.
        let untyped = fields.iter().all(|field| *field.data_type() == DataType::Utf8);
        let sample = |at: usize| {
            let is_text = *fields[at].data_type() == DataType::Utf8;
            sample.filter(|_| untyped || !is_text).map(|batch| batch.column(at))
        };
        let holds = fields.iter().enumerate().map(|(at, field)| Holds::of(field.data_type(), sample(at)));
        let holds: Vec<Holds> = holds.collect();
        let named = |name: &str| {
            let found = fields.iter().position(|field| field.name().eq_ignore_ascii_case(name));
            found.ok_or_else(|| SeriesError::Column { name: name.to_owned(), has: has() })
        };
        // A text that was named is read as far as it can be; what cannot is counted.
        let fits = |at: usize, fits: bool, wanted| {
            let kind = fields[at].data_type();
            let (name, kind_name) = (fields[at].name().clone(), value::type_label(kind));
            let error = SeriesError::Kind { name, kind: kind_name, wanted };
            if fits || *kind == DataType::Utf8 { Ok(at) } else { Err(error) }
        };
        let by = by.map(named).transpose()?;
        let date = match date {
            Some(name) => {
                let at = named(name)?;
                fits(at, holds[at] == Holds::Dates, "dates")?
            }
            None => holds
                .iter()
                .position(|holds| *holds == Holds::Dates)
                .ok_or_else(|| SeriesError::NoDate(has()))?,
        };
        let number = |at: &usize| holds[*at].unit().is_some();
        let wished = match value {
            Pick::Wished(name) => named(name).ok().filter(number),
            Pick::Named(_) | Pick::Any => None,
        };
        let value = match value {
            Pick::Named(name) => {
                let at = named(name)?;
                fits(at, number(&at), "numbers")?
            }
            Pick::Wished(_) | Pick::Any => wished
                .or_else(|| named(USUAL).ok().filter(number))
                .or_else(|| holds.iter().position(|holds| matches!(holds, Holds::Amounts(_))))
                .or_else(|| (0..holds.len()).find(number))
                .ok_or_else(|| SeriesError::NoNumber(has()))?,
        };
        Ok(Self { date, value, by, unit: holds[value].unit().unwrap_or(Unit::Float) })
    }
}

/// Dates with values.
pub type Points = Vec<(NaiveDate, f64)>;

/// The points of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupedSeries {
    /// Which columns are read.
    pub columns: Columns,
    /// Their names: date, value, group.
    pub names: [String; 3],
    /// Each group's text, nothing for NULL, and points, in the order of their first rows; one when nothing parts them.
    pub groups: Vec<(Option<String>, Points)>,
    /// Rows without a date or a number.
    pub without: u64,
    places: HashMap<Option<String>, usize>,
}

impl GroupedSeries {
    fn new(schema: &Schema, columns: Columns) -> Self {
        let name = |at: usize| schema.field(at).name().clone();
        let names = [name(columns.date), name(columns.value), columns.by.map(name).unwrap_or_default()];
        Self { columns, names, groups: Vec::new(), without: 0, places: HashMap::new() }
    }

    /// Takes in rows. Dates may be dates, timestamps or ISO text; numbers any number or its text.
    fn add(&mut self, batch: &RecordBatch) {
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
            let date = date.and_then(NaiveDate::from_epoch_days);
            let value = values.is_valid(row).then(|| values.value(row)).filter(|value| value.is_finite());
            let (Some(date), Some(value)) = (date, value) else {
                self.without += 1;
                continue;
            };
            let text = by.and_then(|array| value::plain(array.as_ref(), row));
            if last.as_ref() != Some(&text) {
                group = self.place(text.clone());
                last = Some(text);
            }
            self.groups[group].1.push((date, value));
        }
    }

    fn place(&mut self, text: Option<String>) -> usize {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        let place = self.groups.len();
        self.places.insert(text.clone(), place);
        self.groups.push((text, Vec::new()));
        place
    }

    /// Rows with a date and a number.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.groups.iter().map(|(_, points)| points.len()).sum()
    }

    /// Rows whose date comes again in their group: of a balance only the last one counts.
    #[must_use]
    pub fn repeated(&self) -> usize {
        let repeated = |(_, points): &(Option<String>, Points)| {
            let mut dates: Vec<_> = points.iter().map(|(date, _)| *date).collect();
            dates.sort_unstable();
            dates.windows(2).filter(|pair| pair[0] == pair[1]).count()
        };
        self.groups.iter().map(repeated).sum()
    }
}

/// Reads a result batch by batch; the first one tells what texts hold.
#[derive(Debug)]
pub struct Reader<'a> {
    schema: SchemaRef,
    wanted: Wanted<'a>,
    read: Option<GroupedSeries>,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    #[must_use]
    pub fn new(schema: SchemaRef, wanted: Wanted<'a>) -> Self {
        Self { schema, wanted, read: None }
    }

    fn begin(&self, sample: Option<&RecordBatch>) -> Result<GroupedSeries, SeriesError> {
        Ok(GroupedSeries::new(&self.schema, Columns::find(&self.schema, sample, self.wanted)?))
    }

    /// Takes in rows.
    ///
    /// # Errors
    /// When the columns do not suit, see [`Columns::find`].
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), SeriesError> {
        let mut read = match self.read.take() {
            Some(read) => read,
            None => self.begin(Some(batch))?,
        };
        read.add(batch);
        self.read = Some(read);
        Ok(())
    }

    /// All that was read.
    ///
    /// # Errors
    /// When the columns do not suit, or no row had a date and a number.
    pub fn finish(mut self) -> Result<GroupedSeries, SeriesError> {
        let read = match self.read.take() {
            Some(read) => read,
            None => self.begin(None)?,
        };
        if read.groups.is_empty() {
            let [date, value, _] = read.names;
            return Err(SeriesError::Empty { date, value });
        }
        Ok(read)
    }
}

/// The points as a series; what happened on one date adds up.
#[must_use]
pub fn series(points: &[(NaiveDate, f64)], kind: Kind) -> Series {
    let mut points = points.to_vec();
    if kind == Kind::Flow {
        points.sort_by_key(|(date, _)| *date);
        points.dedup_by(|next, first| {
            let same = next.0 == first.0;
            if same {
                first.1 += next.1;
            }
            same
        });
    }
    Series { points, kind }
}

/// How a group is called where a person reads.
#[must_use]
pub fn group_name(group: Option<&str>) -> Cow<'_, str> {
    group.map_or(Cow::Borrowed(value::NULL), value::visible)
}
