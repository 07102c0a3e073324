//! What is told of selected cells: how many they are, their exact sum and mean, the least and the most of them.

use std::ops::Range;

use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::compute::cast;
use duckdb::arrow::datatypes::{DataType, Decimal128Type, Float64Type, SchemaRef, i256};
use tokio_util::sync::CancellationToken;

use super::store::{ResultStore, Shared, Window, lock};
use super::{EngineError, ErrorKind};
use crate::value;

/// Rows that are read at a time, and numbers of rows that are put in order at a time.
const STEP: usize = 16_384;
const BLOCK: usize = 1 << 20;
/// Digits of a mean behind those of its values.
const FURTHER: u32 = 2;

/// What there is to tell. Texts are exact, as [`value::plain`] writes them; [`Totals::is_rounded`] says where not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    pub rows: u64,
    pub cells: u64,
    pub nulls: u64,
    /// Of numbers of which all are exact, or all are floats.
    pub sum: Option<String>,
    pub mean: Option<String>,
    pub min: Option<String>,
    pub max: Option<String>,
    /// The mean has more digits than are told.
    pub is_rounded: bool,
    /// The sum is one of floats.
    pub is_float: bool,
}

/// The totals of columns over rows of a result, also those that are not in view.
///
/// # Errors
/// When the rows cannot be read, or the token is cancelled.
pub fn totals(
    result: &Shared,
    rows: Range<u64>,
    columns: &[usize],
    cancel: &CancellationToken,
) -> Result<Totals, EngineError> {
    let gone = || EngineError::new(ErrorKind::Other, "the result is gone");
    let schema = lock(result).as_ref().map(ResultStore::schema).ok_or_else(gone)?;
    let mut sums = Sums::of(&schema, columns);
    let mut at = rows.start;
    while at < rows.end {
        if cancel.is_cancelled() {
            return Err(EngineError::cancelled());
        }
        let left = usize::try_from(rows.end - at).unwrap_or(usize::MAX);
        let read = {
            let mut result = lock(result);
            match result.as_mut().ok_or_else(gone)? {
                ResultStore::Arranged(arranged) => {
                    let mut numbers = arranged.numbers(at, left.min(BLOCK))?;
                    // In the order in which they lie, each piece of the result is read once.
                    numbers.sort_unstable();
                    Err((numbers, arranged.base().clone()))
                }
                store => Ok(store.window(at, left.min(STEP), cancel)?),
            }
        };
        let count = match read {
            Ok(window) => sums.add(&window, columns)?,
            Err((numbers, base)) => {
                for some in numbers.chunks(STEP) {
                    if cancel.is_cancelled() {
                        return Err(EngineError::cancelled());
                    }
                    let batch = lock(&base).as_mut().ok_or_else(gone)?.pick(some, cancel)?;
                    sums.add(&Window::new(0, vec![batch]), columns)?;
                }
                numbers.len() as u64
            }
        };
        if count == 0 {
            break;
        }
        at += count;
    }
    Ok(sums.told())
}

/// How the values are added up.
enum Kind {
    /// Whole numbers and decimals, at the scale of the longest.
    Exact(u32),
    Float,
    /// Values of one type that only have an order.
    Ordered,
    None,
}

struct Sums {
    kind: Kind,
    totals: Totals,
    sum: i256,
    least: Option<i256>,
    most: Option<i256>,
    /// A sum that has more digits than can be held.
    is_lost: bool,
    float: (f64, f64, f64),
    texts: Option<(String, String)>,
}

impl Sums {
    fn of(schema: &SchemaRef, columns: &[usize]) -> Self {
        let types: Vec<_> = columns.iter().map(|column| schema.field(*column).data_type()).collect();
        let scale = |data_type: &&DataType| match data_type {
            DataType::Decimal128(_, scale) => u32::try_from(*scale).ok(),
            number if number.is_integer() => Some(0),
            _ => None,
        };
        let scales: Option<Vec<_>> = types.iter().map(scale).collect();
        let is_float = |data_type: &&DataType| data_type.is_floating();
        let kind = match (scales.and_then(|scales| scales.into_iter().max()), types.split_first()) {
            (Some(scale), _) => Kind::Exact(scale),
            (None, Some(_)) if types.iter().all(is_float) => Kind::Float,
            (None, Some((first, rest)))
                if !first.is_nested()
                    && !value::is_number(first)
                    && rest.iter().all(|other| other == first) =>
            {
                Kind::Ordered
            }
            _ => Kind::None,
        };
        Self {
            kind,
            totals: Totals::default(),
            sum: i256::ZERO,
            least: None,
            most: None,
            is_lost: false,
            float: (0.0, f64::INFINITY, f64::NEG_INFINITY),
            texts: None,
        }
    }

    /// Adds rows; gives how many they were.
    fn add(&mut self, window: &Window, columns: &[usize]) -> Result<u64, EngineError> {
        for batch in window.batches() {
            for array in columns.iter().filter_map(|column| batch.columns().get(*column)) {
                self.totals.cells += array.len() as u64;
                self.totals.nulls += array.logical_null_count() as u64;
                self.add_array(array)?;
            }
        }
        self.totals.rows += window.len();
        Ok(window.len())
    }

    fn add_array(&mut self, array: &ArrayRef) -> Result<(), EngineError> {
        let unread =
            |error: duckdb::arrow::error::ArrowError| EngineError::new(ErrorKind::Other, error.to_string());
        match self.kind {
            Kind::Exact(scale) => {
                let own = match array.data_type() {
                    DataType::Decimal128(_, own) => u32::try_from(*own).unwrap_or(0),
                    _ => 0,
                };
                let wide = match array.data_type() {
                    DataType::Decimal128(..) => array.clone(),
                    _ => cast(array, &DataType::Decimal128(38, 0)).map_err(unread)?,
                };
                let unit = i256::from_i128(10_i128.pow(scale - own));
                for value in wide.as_primitive::<Decimal128Type>().iter().flatten() {
                    // 38 digits each of both: there is room for the product.
                    let value = i256::from_i128(value).wrapping_mul(unit);
                    match self.sum.checked_add(value) {
                        Some(sum) => self.sum = sum,
                        None => self.is_lost = true,
                    }
                    self.least = Some(self.least.map_or(value, |least| least.min(value)));
                    self.most = Some(self.most.map_or(value, |most| most.max(value)));
                }
            }
            Kind::Float => {
                let wide = cast(array, &DataType::Float64).map_err(unread)?;
                for value in wide.as_primitive::<Float64Type>().iter().flatten() {
                    let (sum, least, most) = &mut self.float;
                    (*sum, *least, *most) = (*sum + value, least.min(value), most.max(value));
                }
            }
            Kind::Ordered => {
                for text in (0..array.len()).filter_map(|row| value::plain(array.as_ref(), row)) {
                    match &mut self.texts {
                        None => self.texts = Some((text.clone(), text)),
                        Some((least, _)) if text < *least => *least = text,
                        Some((_, most)) if text > *most => *most = text,
                        Some(_) => {}
                    }
                }
            }
            Kind::None => {}
        }
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean of floats is one itself")]
    fn told(self) -> Totals {
        let Self { kind, mut totals, sum, least, most, is_lost, float, texts } = self;
        let count = totals.cells - totals.nulls;
        if count == 0 {
            return totals;
        }
        match kind {
            Kind::Exact(scale) => {
                totals.min = least.map(|least| decimal(least, scale));
                totals.max = most.map(|most| decimal(most, scale));
                if !is_lost {
                    totals.sum = Some(decimal(sum, scale));
                    if let Some((mean, is_rounded)) = mean(sum, scale, count) {
                        (totals.mean, totals.is_rounded) = (Some(mean), is_rounded);
                    }
                }
            }
            Kind::Float => {
                totals.is_float = true;
                totals.sum = Some(float.0.to_string());
                totals.mean = Some((float.0 / count as f64).to_string());
                if float.1 <= float.2 {
                    (totals.min, totals.max) = (Some(float.1.to_string()), Some(float.2.to_string()));
                }
            }
            Kind::Ordered => (totals.min, totals.max) = texts.unzip(),
            Kind::None => {}
        }
        totals
    }
}

/// The mean of values whose sum and count these are, with two digits more than they have, and whether it has further
/// ones; none where it cannot be held.
#[must_use]
pub fn mean(sum: i256, scale: u32, count: u64) -> Option<(String, bool)> {
    let unit = i256::from_i128(10_i128.pow(FURTHER));
    let (parts, count) = (sum.checked_mul(unit)?, i256::from_i128(count.into()));
    let (quotient, rest) = (parts.checked_div(count)?, parts.checked_rem(count)?);
    // Half goes away from zero, as money is rounded.
    let double = rest.wrapping_abs().wrapping_add(rest.wrapping_abs());
    let away = if sum < i256::ZERO { i256::MINUS_ONE } else { i256::ONE };
    let rounded = if double >= count { quotient.wrapping_add(away) } else { quotient };
    let text = decimal(rounded, scale + FURTHER);
    let is_rounded = rest != i256::ZERO;
    // Zeros behind the digits of the values say nothing.
    let zeros = if scale == 0 { ".00" } else { "00" };
    let text = text.strip_suffix(zeros).filter(|_| !is_rounded).map_or(text.clone(), str::to_owned);
    Some((text, is_rounded))
}

/// A number of so many digits behind the mark.
#[must_use]
pub fn decimal(value: i256, scale: u32) -> String {
    let text = value.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let scale = usize::try_from(scale).unwrap_or(0);
    if scale == 0 {
        return text;
    }
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use duckdb::arrow::array::{Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray};
    use duckdb::arrow::record_batch::RecordBatch;

    use super::*;
    use crate::engine::store::Streamed;

    fn result(columns: Vec<(&str, ArrayRef)>) -> Shared {
        let columns = columns.into_iter().map(|(name, array)| (name, array, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let mut store = Streamed::new(batch.schema(), 1 << 20, std::env::temp_dir());
        store.push(batch).unwrap();
        Arc::new(Mutex::new(Some(ResultStore::Streamed(store))))
    }

    fn decimals(values: Vec<Option<i128>>, scale: i8) -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(38, scale).unwrap())
    }

    #[test]
    fn a_sum_of_decimals_is_exact_beyond_what_one_of_them_holds() {
        let most = 10_i128.pow(38) - 1;
        let values = decimals(vec![Some(most), Some(most), None, Some(-1)], 2);
        let wide = decimals(vec![Some(5), None, None, Some(1)], 4);
        let result =
            result(vec![("a", values), ("b", wide), ("n", Arc::new(Int64Array::from(vec![1, 2, 3, 4])))]);
        let told =
            |columns: &[usize], rows| totals(&result, rows, columns, &CancellationToken::new()).unwrap();
        let first = told(&[0], 0..4);
        assert_eq!((first.rows, first.cells, first.nulls), (4, 4, 1));
        assert_eq!(first.sum.as_deref(), Some("1999999999999999999999999999999999999.97"));
        assert_eq!(first.min.as_deref(), Some("-0.01"));
        let both = told(&[1, 2], 0..2);
        assert_eq!((both.sum.as_deref(), both.mean.as_deref()), (Some("3.0005"), Some("1.000167")));
        assert!(both.is_rounded);
        let one = told(&[2], 1..4);
        assert_eq!((one.sum.as_deref(), one.mean.as_deref(), one.is_rounded), (Some("9"), Some("3"), false));
    }

    #[test]
    fn what_cannot_be_added_is_counted_and_ordered() {
        let result = result(vec![
            ("day", Arc::new(Date32Array::from(vec![Some(2), None, Some(1)]))),
            ("text", Arc::new(StringArray::from(vec!["b", "a", "c"]))),
            ("real", Arc::new(Float64Array::from(vec![0.5, 0.25, f64::NAN]))),
        ]);
        let told = |columns: &[usize]| totals(&result, 0..3, columns, &CancellationToken::new()).unwrap();
        let days = told(&[0]);
        assert_eq!((days.min.as_deref(), days.max.as_deref()), (Some("1970-01-02"), Some("1970-01-03")));
        assert_eq!((days.sum, days.nulls), (None, 1));
        let mixed = told(&[1, 2]);
        assert_eq!((mixed.cells, mixed.sum, mixed.min), (6, None, None));
        assert!(told(&[2]).is_float);
    }

    #[test]
    fn a_mean_is_rounded_away_from_zero_and_says_so() {
        let mean = |sum: i128, scale, count| mean(i256::from_i128(sum), scale, count).unwrap();
        assert_eq!(mean(10, 0, 4), ("2.50".into(), false));
        assert_eq!(mean(-10, 2, 3), ("-0.0333".into(), true));
        assert_eq!(mean(-20, 2, 3), ("-0.0667".into(), true));
        assert_eq!(mean(300, 2, 3), ("1.00".into(), false));
        assert_eq!(mean(7, 0, 1), ("7".into(), false));
    }
}
