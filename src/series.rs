//! From the rows of a result to dated series, and from what is forecast back to rows: which columns are meant, what a
//! row leaves out, in which unit numbers are told.

mod currencies;
mod instants;
mod points;
mod tables;
mod written;

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::compute::cast;
use duckdb::arrow::datatypes::{DataType, Float64Type, Schema, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;

use crate::text::amounts::Mark;
use crate::text::dates::Order;
use crate::value;

use currencies::Currencies;
use instants::Hours;
use written::{Amounts, Dates};

pub use currencies::{Mixed, currency_columns};
pub use points::{CUT_AT_ZERO, group_name, natural_floor, series};
pub use tables::{Group, backtest, forecast, history, horizons, origins, why};
pub use written::or;

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
    /// How the values are written.
    pub unit: Unit,
    /// Whether they are counts, by their type.
    pub counts: bool,
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
    #[error("the dates of {name} can be read {}: {example}", written::or(orders, |order| format!("{} first", written::first(order))))]
    DateOrder { name: String, example: String, orders: Vec<Order> },
    #[error("the mark in the numbers of {name} can stand before a fraction or between thousands: {example}")]
    DecimalMark { name: String, example: String },
    #[error("{name} is written in two ways: {one} and {other}")]
    Mixed { name: String, one: String, other: String },
    #[error("{0}")]
    Currencies(Mixed),
    #[error("no row has both a date and a number in {date} and {value}")]
    Empty { date: String, value: String },
}

/// What a column holds, by its type or, of text, by its first rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Dates,
    /// Dates with years of two digits, as which a code can be read too.
    ShortDates,
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
                let texts = || first.as_string::<i32>().iter().flatten();
                let any = first.null_count() < first.len();
                // Digits alone are a number, unless the column is named.
                let is_date = |text: &str| {
                    text.contains(|letter: char| !letter.is_ascii_digit()) && written::date(text).is_some()
                };
                if any && texts().all(is_date) {
                    if texts().all(written::has_long_year) { Self::Dates } else { Self::ShortDates }
                } else if any && texts().all(|text| written::amount(text).is_some()) {
                    let whole = texts().all(|text| !text.contains(['.', ',']));
                    if whole { Self::Counts } else { Self::Amounts(Unit::of(sample)) }
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
            Self::Dates | Self::ShortDates | Self::Other => None,
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
                fits(at, matches!(holds[at], Holds::Dates | Holds::ShortDates), "dates")?
            }
            None => holds
                .iter()
                .position(|holds| *holds == Holds::Dates)
                .or_else(|| holds.iter().position(|holds| *holds == Holds::ShortDates))
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
        let unit = holds[value].unit().unwrap_or(Unit::Float);
        // A text without a fraction may be money all the same.
        let counts = holds[value] == Holds::Counts && *fields[value].data_type() != DataType::Utf8;
        Ok(Self { date, value, by, unit, counts })
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
    /// Groups that are left out, as their amounts are of several currencies.
    pub mixed: Vec<(Option<String>, Mixed)>,
    /// Rows without a date or a number.
    pub without: u64,
    /// Rows whose date comes again in their group, of which of a balance the last one counts; and those of groups whose days go
    /// down, where the first one does.
    pub repeated: [usize; 2],
    /// What was decided of columns of text, as a sentence.
    pub decided: Option<String>,
    places: HashMap<Option<String>, usize>,
    /// What the cells show of how the columns are written, and how else each point of a group reads: its date in each order,
    /// its amount with a comma before its fraction.
    dates: Dates,
    amounts: Amounts,
    days: Vec<Vec<[Option<NaiveDate>; 3]>>,
    with_comma: Vec<Vec<f64>>,
    hours: Hours,
    currencies: Currencies,
}

impl GroupedSeries {
    fn new(schema: &Schema, columns: Columns) -> Self {
        let name = |at: usize| schema.field(at).name().clone();
        let names = [name(columns.date), name(columns.value), columns.by.map(name).unwrap_or_default()];
        Self {
            currencies: Currencies::of(schema, &columns),
            columns,
            names,
            groups: Vec::new(),
            mixed: Vec::new(),
            without: 0,
            repeated: [0; 2],
            decided: None,
            places: HashMap::new(),
            dates: Dates::default(),
            amounts: Amounts::default(),
            days: Vec::new(),
            with_comma: Vec::new(),
            hours: Hours::default(),
        }
    }

    /// Takes in rows. Dates may be dates, timestamps or text; numbers any number or its text. What cannot be read as one
    /// is counted.
    fn add(&mut self, batch: &RecordBatch) {
        let (dates, days) = self.read_dates(batch.column(self.columns.date));
        let (values, with_comma) = self.read_amounts(batch.column(self.columns.value));
        let by: Option<&ArrayRef> = self.columns.by.map(|at| batch.column(at));
        let (mut group, mut last) = (0, None);
        for row in 0..batch.num_rows() {
            let (Some(date), Some(value)) = (dates[row], values[row].filter(|value| value.is_finite()))
            else {
                self.without += 1;
                continue;
            };
            let text = by.and_then(|array| value::plain(array.as_ref(), row));
            if last.as_ref() != Some(&text) {
                group = self.place(text.clone());
                last = Some(text);
            }
            self.groups[group].1.push((date, value));
            self.currencies.add(group, batch, row);
            self.days[group].extend(days.get(row));
            self.with_comma[group].extend(with_comma.get(row));
        }
    }

    /// The dates, and of text in each order of its numbers.
    fn read_dates(&mut self, column: &ArrayRef) -> (Vec<Option<NaiveDate>>, Vec<[Option<NaiveDate>; 3]>) {
        if *column.data_type() != DataType::Utf8 {
            return (self.hours.days(column), Vec::new());
        }
        let mut read = |text: Option<&str>| {
            let day = written::date(text?)?;
            self.dates.add(day, text?);
            Some(written::days(day))
        };
        let days = column.as_string::<i32>().iter().map(|text| read(text).unwrap_or_default());
        let days: Vec<[Option<NaiveDate>; 3]> = days.collect();
        (days.iter().map(|days| days.iter().flatten().next().copied()).collect(), days)
    }

    /// The numbers, and of text how they read with a comma before their fraction.
    fn read_amounts(&mut self, column: &ArrayRef) -> (Vec<Option<f64>>, Vec<f64>) {
        if *column.data_type() != DataType::Utf8 {
            let values = cast(column, &DataType::Float64).ok();
            let values = values.map(|values| values.as_primitive::<Float64Type>().iter().collect());
            return (values.unwrap_or_else(|| vec![None; column.len()]), Vec::new());
        }
        let mut read = |text: Option<&str>| {
            let amount = written::amount(text?)?;
            self.amounts.add(amount, text?);
            Some((amount.with_point, amount.with_comma))
        };
        let both: Vec<Option<(f64, f64)>> = column.as_string::<i32>().iter().map(&mut read).collect();
        let with_comma = both.iter().map(|both| both.map_or(f64::NAN, |both| both.1)).collect();
        (both.into_iter().map(|both| Some(both?.0)).collect(), with_comma)
    }

    /// What the cells left open, settled by the whole column.
    fn settle(&mut self, order: Option<Order>, mark: Option<Mark>) -> Result<(), SeriesError> {
        let [date, value, _] = &self.names;
        let order = self.dates.settled(date, order)?;
        let mark = self.amounts.settled(value, mark)?;
        let told: Vec<_> =
            self.dates.told(date, order).into_iter().chain(self.amounts.told(value, mark)).collect();
        let next_day = self.hours.begin_the_next_day();
        let shifted = next_day.then(|| {
            format!("{date}: instants late in UTC are midnights east of it, each the day that begins")
        });
        let told: Vec<_> = told.into_iter().chain(shifted).collect();
        self.decided = (!told.is_empty()).then(|| told.join(", "));
        for (((_, points), days), with_comma) in self.groups.iter_mut().zip(&self.days).zip(&self.with_comma)
        {
            for (at, (date, value)) in points.iter_mut().enumerate() {
                if let Some(day) = days.get(at).and_then(|days| days[order as usize]) {
                    *date = day;
                }
                if next_day {
                    *date = date.checked_add_days(Days::new(1)).unwrap_or(*date);
                }
                if let Some(with_comma) = with_comma.get(at).filter(|_| mark == Mark::Comma) {
                    *value = *with_comma;
                }
            }
            let is_turned = points::turn(points);
            self.repeated[usize::from(is_turned)] += points::repeated(points);
        }
        (self.days, self.with_comma) = (Vec::new(), Vec::new());
        self.leave_mixed()
    }

    /// Leaves out the groups whose amounts are of several currencies.
    fn leave_mixed(&mut self) -> Result<(), SeriesError> {
        let groups = std::mem::take(&mut self.groups);
        for (at, (name, points)) in groups.into_iter().enumerate() {
            match self.currencies.mixed(at, &self.names[1]) {
                Some(mixed) => self.mixed.push((name, mixed)),
                None => self.groups.push((name, points)),
            }
        }
        match self.mixed.first() {
            Some((_, mixed)) if self.groups.is_empty() => Err(SeriesError::Currencies(mixed.clone())),
            _ => Ok(()),
        }
    }

    fn place(&mut self, text: Option<String>) -> usize {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        let place = self.groups.len();
        self.places.insert(text.clone(), place);
        self.groups.push((text, Vec::new()));
        self.days.push(Vec::new());
        self.with_comma.push(Vec::new());
        place
    }

    /// Rows with a date and a number.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.groups.iter().map(|(_, points)| points.len()).sum()
    }
}

/// Reads a result batch by batch; the first one tells what texts hold.
#[derive(Debug)]
pub struct Reader<'a> {
    schema: SchemaRef,
    wanted: Wanted<'a>,
    order: Option<Order>,
    mark: Option<Mark>,
    read: Option<GroupedSeries>,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    #[must_use]
    pub fn new(schema: SchemaRef, wanted: Wanted<'a>) -> Self {
        Self { schema, wanted, order: None, mark: None, read: None }
    }

    /// With the order of the dates' numbers and the mark before decimals, which count where the columns do not show them.
    #[must_use]
    pub fn written(self, order: Option<Order>, mark: Option<Mark>) -> Self {
        Self { order, mark, ..self }
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
        let mut read = match self.read.take() {
            Some(read) => read,
            None => self.begin(None)?,
        };
        if read.groups.is_empty() {
            let [date, value, _] = read.names;
            return Err(SeriesError::Empty { date, value });
        }
        read.settle(self.order, self.mark)?;
        Ok(read)
    }
}
