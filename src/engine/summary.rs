//! What the charts show of a column: a bounded series, and its exact extremes and last value.
//!
//! The series holds means over equal strides; when it is full, neighbours merge and the stride doubles. Floats are
//! for drawing only: the texts come from the cells.

use duckdb::arrow::array::{Array, AsArray, PrimitiveArray};
use duckdb::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, SchemaRef, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use duckdb::arrow::record_batch::RecordBatch;

use crate::value;

/// Points of a series at the most; a power of two.
const POINTS: usize = 512;

/// The numeric columns of a result so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Rows summarised so far.
    pub rows: u64,
    pub columns: Vec<ColumnSummary>,
}

/// One numeric column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSummary {
    pub name: String,
    /// Place of the column in the result.
    pub index: usize,
    /// Means of equal strides, in the order of rows; NULLs are left out.
    pub series: Vec<f64>,
    /// Texts of the extremes and of the last value, as the grid shows them.
    pub min: String,
    pub max: String,
    pub last: String,
    pub nulls: u64,
    stride: usize,
    pending: (f64, usize),
    extremes: Option<(Number, Number)>,
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Number {
    /// Integers and the digits of decimals.
    Exact(i128),
    Float(f64),
}

impl Summary {
    /// An empty summary of the numeric columns.
    #[must_use]
    pub fn new(schema: &SchemaRef) -> Self {
        let fields = schema.fields().iter().enumerate();
        let numeric = fields.filter(|(_, field)| value::is_number(field.data_type()));
        let columns = numeric.map(|(index, field)| ColumnSummary {
            name: field.name().clone(),
            index,
            series: Vec::new(),
            min: String::new(),
            max: String::new(),
            last: String::new(),
            nulls: 0,
            stride: 1,
            pending: (0.0, 0),
            extremes: None,
        });
        Self { rows: 0, columns: columns.collect() }
    }

    /// Adds rows.
    pub fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        for column in &mut self.columns {
            if let Some(array) = batch.columns().get(column.index) {
                column.add(array.as_ref());
            }
        }
    }
}

impl ColumnSummary {
    /// Whether its numbers are integers or decimals, and not floats.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.extremes, Some((Number::Exact(_), _)))
    }

    fn add(&mut self, array: &dyn Array) {
        self.nulls += array.null_count() as u64;
        let mut last = None;
        let mut low: Option<(Number, usize)> = None;
        let mut high: Option<(Number, usize)> = None;
        each_number(array, |row, number, drawn| {
            last = Some(row);
            if drawn.is_finite() {
                self.point(drawn);
            }
            // NaN is neither the least nor the most, and no number is less or more than it.
            if matches!(number, Number::Float(value) if value.is_nan()) {
                return;
            }
            if low.is_none_or(|(found, _)| number < found) {
                low = Some((number, row));
            }
            if high.is_none_or(|(found, _)| number > found) {
                high = Some((number, row));
            }
        });
        if let Some(row) = last {
            self.last = value::shown_in(&self.name, array, row);
        }
        let (Some((low, low_row)), Some((high, high_row))) = (low, high) else { return };
        let (mut least, mut most) = self.extremes.unwrap_or((low, high));
        if self.extremes.is_none() || low < least {
            (least, self.min) = (low, value::shown_in(&self.name, array, low_row));
        }
        if self.extremes.is_none() || high > most {
            (most, self.max) = (high, value::shown_in(&self.name, array, high_row));
        }
        self.extremes = Some((least, most));
    }

    #[expect(clippy::cast_precision_loss, reason = "a stride far below 2^52")]
    fn point(&mut self, value: f64) {
        self.pending = (self.pending.0 + value, self.pending.1 + 1);
        if self.pending.1 < self.stride {
            return;
        }
        self.series.push(self.pending.0 / self.stride as f64);
        self.pending = (0.0, 0);
        if self.series.len() == POINTS {
            self.series = self.series.chunks(2).map(|pair| pair.iter().sum::<f64>() / 2.0).collect();
            self.stride *= 2;
        }
    }
}

/// Calls back with row, number and its float for every value that is not NULL.
#[expect(clippy::cast_precision_loss, reason = "the float is for drawing only")]
fn each_number(array: &dyn Array, mut found: impl FnMut(usize, Number, f64)) {
    let mut exact = |row, value: i128| found(row, Number::Exact(value), value as f64);
    match array.data_type() {
        DataType::Int8 => values::<Int8Type>(array, |row, value| exact(row, value.into())),
        DataType::Int16 => values::<Int16Type>(array, |row, value| exact(row, value.into())),
        DataType::Int32 => values::<Int32Type>(array, |row, value| exact(row, value.into())),
        DataType::Int64 => values::<Int64Type>(array, |row, value| exact(row, value.into())),
        DataType::UInt8 => values::<UInt8Type>(array, |row, value| exact(row, value.into())),
        DataType::UInt16 => values::<UInt16Type>(array, |row, value| exact(row, value.into())),
        DataType::UInt32 => values::<UInt32Type>(array, |row, value| exact(row, value.into())),
        DataType::UInt64 => values::<UInt64Type>(array, |row, value| exact(row, value.into())),
        DataType::Decimal128(_, scale) => {
            let unit = 10_f64.powi(i32::from(*scale));
            values::<Decimal128Type>(array, |row, value| {
                found(row, Number::Exact(value), value as f64 / unit);
            });
        }
        DataType::Float32 => {
            values::<Float32Type>(array, |row, value| found(row, Number::Float(value.into()), value.into()));
        }
        DataType::Float64 => {
            values::<Float64Type>(array, |row, value| found(row, Number::Float(value), value));
        }
        _ => {}
    }
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array, mut found: impl FnMut(usize, T::Native)) {
    let array: &PrimitiveArray<T> = array.as_primitive();
    for (row, value) in array.iter().enumerate() {
        if let Some(value) = value {
            found(row, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::{Decimal128Array, Float64Array};
    use duckdb::arrow::datatypes::{Field, Schema};

    use super::*;

    #[test]
    fn extremes_are_exact_and_the_series_is_bounded() {
        let schema = Arc::new(Schema::new(vec![Field::new("d", DataType::Decimal128(38, 2), true)]));
        let mut summary = Summary::new(&schema);
        let big = 900_719_925_474_099_300_i128;
        for batch in 0..10_i128 {
            let cells = (0..2_000_i128).map(|row| (row != 5).then_some(big + batch * 2_000 + row));
            let array = Decimal128Array::from_iter(cells).with_precision_and_scale(38, 2).expect("fits");
            summary.add(&RecordBatch::try_new(schema.clone(), vec![Arc::new(array)]).expect("fits"));
        }
        let column = &summary.columns[0];
        assert_eq!(column.min, "9,007,199,254,740,993.00");
        assert_eq!(column.max, "9,007,199,254,741,192.99");
        assert_eq!((column.last.as_str(), column.nulls), ("9,007,199,254,741,192.99", 10));
        assert!(column.series.len() >= POINTS / 2 && column.series.len() < POINTS);
        assert!(column.series.is_sorted());
    }

    #[test]
    fn infinities_and_nan_are_not_drawn_and_nan_is_no_extreme() {
        let schema = Arc::new(Schema::new(vec![Field::new("f", DataType::Float64, true)]));
        let mut summary = Summary::new(&schema);
        let array = Float64Array::from(vec![f64::NAN, f64::INFINITY, 1.0, f64::NEG_INFINITY]);
        summary.add(&RecordBatch::try_new(schema, vec![Arc::new(array)]).expect("fits"));
        let column = &summary.columns[0];
        assert_eq!(column.series, [1.0]);
        assert_eq!((column.min.as_str(), column.max.as_str()), ("-inf", "inf"));
        assert_eq!(column.last, "-inf");
    }
}
