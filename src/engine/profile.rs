//! What a column of a whole result holds: how many values and which, the least and the most of them, how they spread.

use std::collections::BTreeSet;

use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::datatypes::{DataType, Int64Type, SchemaRef, i256};
use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::arrange::{Arrangement, Rows, names, row_name};
use super::duckdb::{DuckDb, schema_of};
use super::store::Shared;
use super::totals;
use super::{EngineError, ErrorKind};
use crate::sql::quote_name;
use crate::value;

/// Bars of the histogram.
pub const BINS: usize = 40;
/// Values that are listed at the most.
const VALUES: usize = 500;
/// Shares of the values below a quantile, in hundredths.
const QUANTILES: [u8; 7] = [1, 5, 25, 50, 75, 95, 99];
/// Bytes of a value that are told.
const TEXT: usize = 200;

/// What is known of the column so far: the parts come one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub column: usize,
    pub rows: u64,
    pub nulls: u64,
    /// Different values that are not NULL.
    pub distinct: u64,
    pub min: Option<String>,
    pub max: Option<String>,
    pub sum: Option<String>,
    pub mean: Option<String>,
    /// The mean has more digits than are told, or is one of floats.
    pub is_rounded: bool,
    /// Share in hundredths, and the value below or at which so many lie.
    pub quantiles: Vec<(u8, String)>,
    /// Values in each of equally wide parts from the least to the most; none where a column has no such parts.
    pub histogram: Option<Vec<u64>>,
    /// The most frequent first; none until they are counted.
    pub values: Option<Vec<Value>>,
}

/// A value of the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As a person reads it, safe to print.
    pub text: String,
    pub rows: u64,
    /// The first row that has it, numbered in the result as it came.
    pub row: u64,
}

/// A column, and those that tell the currencies of its amounts: of several there is no sum.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    pub column: usize,
    pub currencies: &'a [usize],
}

/// Profiles a column over the rows that an arrangement keeps; `told` gets what is known, three times.
///
/// # Errors
/// When the result cannot be read, or the token is cancelled.
pub fn profile(
    engine: &DuckDb,
    result: &Shared,
    arrangement: &Arrangement,
    of: Of<'_>,
    cancel: &CancellationToken,
    told: &mut dyn FnMut(&Profile),
) -> Result<(), EngineError> {
    let Of { column, currencies } = of;
    let schema = schema_of(result)?;
    let mut wanted = arrangement.columns(&schema);
    wanted.extend(currencies.iter().chain([&column]));
    let readable = engine.readable(result, &wanted, cancel)?;
    let kept = |column| kept(&schema, &readable.rows, arrangement, column);
    let of = Sheet { schema: &schema, column, kept: kept(column) };
    let mut profile = Profile { column, ..Profile::default() };
    of.facts(engine, cancel, &mut profile)?;
    let mut codes = BTreeSet::new();
    for currency in currencies {
        let sql = format!("{}\nSELECT min(v), max(v) FROM kept", kept(*currency));
        let answer = engine.answer(&sql, cancel)?;
        let batch = first(&answer)?;
        codes.extend([0, 1].into_iter().filter_map(|at| value::plain(batch.column(at).as_ref(), 0)));
    }
    if codes.len() > 1 {
        (profile.sum, profile.mean) = (None, None);
    }
    told(&profile);
    if let Some(place) = of.place() {
        profile.histogram = Some(of.histogram(engine, cancel, place)?);
        told(&profile);
    }
    profile.values = Some(of.values(engine, cancel)?);
    told(&profile);
    Ok(())
}

/// The column as `v` and the number of its row as `n`, of the rows that are kept.
fn kept(schema: &SchemaRef, rows: &Rows, arrangement: &Arrangement, column: usize) -> String {
    let name = quote_name(&names(schema)[column]);
    // A list or a struct is counted by its text.
    let value =
        if schema.field(column).data_type().is_nested() { format!("CAST({name} AS VARCHAR)") } else { name };
    format!(
        "{}, kept AS NOT MATERIALIZED (SELECT {} AS n, {value} AS v FROM result{})",
        rows.with(schema),
        row_name(schema),
        arrangement.keeps(schema)
    )
}

struct Sheet<'a> {
    schema: &'a SchemaRef,
    column: usize,
    kept: String,
}

impl Sheet<'_> {
    fn data_type(&self) -> &DataType {
        self.schema.field(self.column).data_type()
    }

    fn shown(&self, array: &dyn Array, row: usize) -> String {
        let (text, more) = value::beginning(self.schema.field(self.column).name(), array, row, TEXT);
        if more { text + "…" } else { text }
    }

    fn facts(
        &self,
        engine: &DuckDb,
        cancel: &CancellationToken,
        profile: &mut Profile,
    ) -> Result<(), EngineError> {
        let data_type = self.data_type();
        let is_exact = value::is_number(data_type) && !data_type.is_floating();
        let is_ordered = value::is_number(data_type) || self.place().is_some();
        let shares = QUANTILES.map(|share| format!("0.{share:02}")).join(", ");
        let quantiles = if is_ordered { format!("quantile_disc(v, [{shares}])") } else { "NULL".into() };
        let ask = |sum: &str| {
            let sql = format!(
                "{}\nSELECT count(*), count(v), count(DISTINCT v), min(v), max(v), {sum}, {quantiles} FROM kept",
                self.kept
            );
            engine.answer(&sql, cancel)
        };
        let sum = match data_type {
            _ if is_exact && !value::is_a_name(self.schema.field(self.column).name(), data_type) => "sum(v)",
            data_type if data_type.is_floating() => "avg(v)",
            _ => "NULL",
        };
        let answer = match ask(sum) {
            // A sum that has more digits than can be held is left out.
            Err(error) if error.kind != ErrorKind::Cancelled && is_exact => ask("NULL")?,
            answer => answer?,
        };
        let batch = first(&answer)?;
        let text = |at: usize| {
            let array = batch.column(at);
            array.is_valid(0).then(|| self.shown(array.as_ref(), 0))
        };
        (profile.rows, profile.distinct) = (count(batch, 0), count(batch, 2));
        profile.nulls = profile.rows - count(batch, 1);
        (profile.min, profile.max) = (text(3), text(4));
        if is_exact && batch.column(5).is_valid(0) {
            profile.sum = value::plain(batch.column(5).as_ref(), 0);
            let mean = profile.sum.as_deref().and_then(|sum| mean(sum, profile.rows - profile.nulls));
            (profile.mean, profile.is_rounded) = mean.map_or((None, false), |(mean, is)| (Some(mean), is));
        } else if data_type.is_floating() {
            (profile.mean, profile.is_rounded) = (value::plain(batch.column(5).as_ref(), 0), true);
        }
        if let Some(list) = batch.column(6).as_list_opt::<i32>().filter(|list| list.is_valid(0)) {
            let values: ArrayRef = list.value(0);
            let told = |(at, share)| (share, self.shown(values.as_ref(), at));
            profile.quantiles = QUANTILES.into_iter().enumerate().take(values.len()).map(told).collect();
        }
        Ok(())
    }

    /// Where a value lies on a line, as a float: for drawing only.
    fn place(&self) -> Option<&'static str> {
        match self.data_type() {
            DataType::Date32 | DataType::Timestamp(_, None) => Some("epoch_us(CAST(v AS TIMESTAMP))"),
            number if value::is_number(number) => Some("CAST(v AS DOUBLE)"),
            _ => None,
        }
    }

    fn histogram(
        &self,
        engine: &DuckDb,
        cancel: &CancellationToken,
        place: &str,
    ) -> Result<Vec<u64>, EngineError> {
        let last = BINS - 1;
        let sql = format!(
            "{}, placed AS (SELECT CAST({place} AS DOUBLE) AS x FROM kept WHERE v IS NOT NULL),
            ends AS (SELECT min(x) AS low, max(x) AS high FROM placed WHERE isfinite(x))
            SELECT CASE WHEN high > low THEN least({last}, CAST(floor((x - low) / (high - low) * {BINS}) AS BIGINT))
                ELSE {} END AS bin, count(*)
            FROM placed, ends WHERE isfinite(x) GROUP BY 1",
            self.kept,
            BINS / 2
        );
        let mut bins = vec![0; BINS];
        for batch in engine.answer(&sql, cancel)? {
            for row in 0..batch.num_rows() {
                let place = batch.column(0).as_primitive::<Int64Type>().value(row);
                if let Some(bin) = usize::try_from(place).ok().and_then(|place| bins.get_mut(place)) {
                    *bin += number(batch.column(1), row);
                }
            }
        }
        Ok(bins)
    }

    fn values(&self, engine: &DuckDb, cancel: &CancellationToken) -> Result<Vec<Value>, EngineError> {
        let sql = format!(
            "{}\nSELECT v, count(*), min(n) FROM kept GROUP BY v ORDER BY 2 DESC, 3 LIMIT {VALUES}",
            self.kept
        );
        let answer = engine.answer(&sql, cancel)?;
        let cells = answer.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
        Ok(cells
            .map(|(batch, row)| Value {
                text: self.shown(batch.column(0).as_ref(), row),
                rows: number(batch.column(1), row),
                row: number(batch.column(2), row),
            })
            .collect())
    }
}

fn mean(sum: &str, count: u64) -> Option<(String, bool)> {
    let scale = sum.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let digits = i256::from_string(&sum.replace('.', ""))?;
    totals::mean(digits, u32::try_from(scale).ok()?, count).filter(|_| count > 0)
}

fn first(answer: &[RecordBatch]) -> Result<&RecordBatch, EngineError> {
    let none = || EngineError::new(ErrorKind::Other, "the engine gave no answer");
    answer.iter().find(|batch| batch.num_rows() > 0).ok_or_else(none)
}

fn count(batch: &RecordBatch, column: usize) -> u64 {
    number(batch.column(column), 0)
}

fn number(array: &ArrayRef, row: usize) -> u64 {
    array.as_primitive_opt::<Int64Type>().and_then(|array| u64::try_from(array.value(row)).ok()).unwrap_or(0)
}
