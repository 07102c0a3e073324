//! Reads of a result what a chart draws: all rows where they are few, else some from everywhere.

use std::sync::Arc;

use duckdb::arrow::array::{Array, AsArray as _, UInt64Array};
use duckdb::arrow::compute;
use duckdb::arrow::datatypes::{DataType, SchemaRef, TimeUnit, TimestampMicrosecondType};
use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::{Jobs, Store, bad, lock};
use crate::engine::EngineError;
use crate::engine::store::ResultStore;
use crate::explorer::message::{ChartData, JobEvent, JobId, Msg, POINTS, Plot, PlotKind, Series};
use crate::query::{Chart, ChartKind};
use crate::value;

/// Places of a result at which rows are read: a file is not read whole for a chart.
const PLACES: u64 = 40;
/// From the first date of a line to the last: far more than a screen has dots.
const WIDTH: i128 = 100_000;

impl Jobs {
    /// Reads what a plot draws; that it cannot is said, and the result is well.
    pub(super) fn plot(&self, id: JobId, plot: Plot) {
        let Some(job) = self.kept.get(&id) else { return };
        let (store, cancel) = (Arc::clone(&job.store), job.cancel.clone());
        self.start(bad, move |send| match plotted(&store, plot, &cancel) {
            Ok(data) => send(Msg::Job(id, JobEvent::Plotted(plot, data))),
            Err(_) if cancel.is_cancelled() => {}
            Err(error) => send(bad(error)),
        });
    }
}

fn plotted(store: &Store, plot: Plot, cancel: &CancellationToken) -> Result<ChartData, EngineError> {
    let sample = Sample::read(store, plot.kind != PlotKind::Bar, cancel)?;
    let of_line = plot.x.filter(|_| plot.kind == PlotKind::Line);
    let (sample, places) = sample.over(of_line);
    let series = match (plot.kind, plot.x) {
        // Two numbers, from left to right and up.
        (PlotKind::Scatter, Some(x)) => vec![sample.series(x), sample.series(plot.y)],
        _ => vec![sample.series(plot.y)],
    };
    let labels = match plot.x {
        Some(x) => sample.labels(x),
        None => series.first().map(|series| vec![String::new(); series.values.len()]).unwrap_or_default(),
    };
    Ok(ChartData { labels, series, places, of_rows: sample.of_rows, is_sampled: sample.is_part })
}

/// The query's own chart; nothing when a column is not there.
pub(super) fn of_chart(
    chart: &Chart,
    store: &Store,
    cancel: &CancellationToken,
) -> Result<Option<ChartData>, EngineError> {
    let sample = Sample::read(store, chart.kind == ChartKind::Line, cancel)?;
    let index = |name: &String| {
        let mut fields = sample.schema.fields().iter();
        fields.position(|field| field.name().eq_ignore_ascii_case(name))
    };
    let (Some(x), Some(y)) = (index(&chart.x), chart.y.iter().map(index).collect::<Option<Vec<_>>>()) else {
        return Ok(None);
    };
    let (sample, places) = sample.over((chart.kind == ChartKind::Line).then_some(x));
    let series = y.into_iter().zip(&chart.y).map(|(column, name)| {
        let name = name.clone();
        Series { name, ..sample.series(column) }
    });
    let (labels, series) = (sample.labels(x), series.collect());
    Ok(Some(ChartData { labels, series, places, of_rows: sample.of_rows, is_sampled: sample.is_part }))
}

/// Rows of a result.
struct Sample {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    of_rows: u64,
    /// They were read at several places, and more lie between them.
    is_part: bool,
}

impl Sample {
    /// [`POINTS`] rows at the most: the first ones, or, where they may lie `anywhere`, from the beginning to the end. The
    /// lock on the result is given back between places.
    fn read(store: &Store, anywhere: bool, cancel: &CancellationToken) -> Result<Self, EngineError> {
        let read = |first: u64, rows: usize| match &mut *lock(store) {
            Some(store) => store.view(first, rows, cancel).map(|window| window.batches().to_vec()),
            None => Ok(Vec::new()),
        };
        let Some((schema, of_rows)) =
            lock(store).as_ref().map(|store| (store.schema(), ResultStore::rows(store)))
        else {
            let schema = SchemaRef::new(duckdb::arrow::datatypes::Schema::empty());
            return Ok(Self { schema, batches: Vec::new(), of_rows: 0, is_part: false });
        };
        let is_part = anywhere && of_rows > POINTS as u64;
        if !is_part {
            return Ok(Self { schema, batches: read(0, POINTS)?, of_rows, is_part });
        }
        let each = POINTS as u64 / PLACES;
        let mut batches = Vec::new();
        for place in 0..PLACES {
            let first = u128::from(of_rows - each) * u128::from(place) / u128::from(PLACES - 1);
            let first = u64::try_from(first).unwrap_or(0);
            batches.extend(read(first, usize::try_from(each).unwrap_or(POINTS))?);
        }
        Ok(Self { schema, batches, of_rows, is_part })
    }

    /// The rows as a line over a column draws them: of dates and times in their order, and how far from the left each is; without
    /// those that have none. Other columns leave the rows as they stand.
    fn over(self, column: Option<usize>) -> (Self, Vec<usize>) {
        let is_time = |column: &usize| self.schema.field(*column).data_type().is_temporal();
        let moments = |column| {
            let whole = compute::concat_batches(&self.schema, &self.batches).ok()?;
            let moments =
                compute::cast(whole.column(column), &DataType::Timestamp(TimeUnit::Microsecond, None));
            Some((whole, moments.ok()?))
        };
        let Some((whole, moments)) = column.filter(is_time).and_then(moments) else {
            return (self, Vec::new());
        };
        let moments = moments.as_primitive::<TimestampMicrosecondType>();
        let mut rows: Vec<_> = (0..moments.len()).filter(|row| moments.is_valid(*row)).collect();
        rows.sort_by_key(|row| moments.value(*row));
        let at = |row: Option<&usize>| row.map_or(0, |row| i128::from(moments.value(*row)));
        let (first, last) = (at(rows.first()), at(rows.last()));
        let span = (last - first).max(1);
        let place = |row: &usize| usize::try_from((at(Some(row)) - first) * WIDTH / span).unwrap_or(0);
        let places = rows.iter().map(place).collect();
        let picked = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64));
        match compute::take_record_batch(&whole, &picked) {
            Ok(batch) => (Self { batches: vec![batch], ..self }, places),
            Err(_) => (self, Vec::new()),
        }
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = (&dyn Array, usize)> {
        self.batches.iter().flat_map(move |batch| {
            let array = batch.column(column).as_ref();
            (0..array.len()).map(move |row| (array, row))
        })
    }

    fn labels(&self, column: usize) -> Vec<String> {
        self.cells(column).map(|(array, row)| value::shown(array, row)).collect()
    }

    fn series(&self, column: usize) -> Series {
        let name = self.schema.field(column).name().clone();
        let cells = self.cells(column);
        let (values, texts) =
            cells.map(|(array, row)| (value::approximate(array, row), value::shown(array, row))).unzip();
        Series { name, values, texts }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use duckdb::arrow::array::{Date32Array, Int32Array, Int64Array};
    use duckdb::arrow::datatypes::{Field, Schema};

    use super::*;
    use crate::engine::store::Streamed;

    #[test]
    fn a_sample_is_from_the_first_row_to_the_last_and_says_that_it_is_one() {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
        let mut streamed = Streamed::new(schema.clone(), 1 << 20, std::env::temp_dir());
        let rows = 100_000;
        let numbers = Arc::new(Int64Array::from_iter_values(0..rows));
        streamed.push(RecordBatch::try_new(schema, vec![numbers]).unwrap()).unwrap();
        let store: Store = Arc::new(Mutex::new(Some(ResultStore::Streamed(streamed))));
        let cancel = CancellationToken::new();
        let data = plotted(&store, Plot { kind: PlotKind::Histogram, x: None, y: 0 }, &cancel).unwrap();
        assert!(data.is_sampled && data.of_rows == 100_000 && data.drawn() == POINTS as u64);
        let values = &data.series[0].values;
        assert_eq!((values[0], values[values.len() - 1]), (Some(0.0), Some(99_999.0)));
        assert!(values.is_sorted_by(|a, b| a < b), "every row once, in order");
        let bars = plotted(&store, Plot { kind: PlotKind::Bar, x: Some(0), y: 0 }, &cancel).unwrap();
        assert!(
            !bars.is_sampled && bars.series[0].values[POINTS - 1] == Some(1_999.0),
            "bars are the first rows"
        );
    }

    #[test]
    fn a_line_over_dates_stands_where_its_dates_are() {
        let fields = [("day", DataType::Date32), ("at", DataType::Int32), ("v", DataType::Int32)];
        let fields: Vec<_> = fields.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let days = Arc::new(Date32Array::from(vec![Some(1000), None, Some(10), Some(0), Some(10)]));
        let [at, values] = [[1, 2, 3, 4, 5], [50, 60, 70, 80, 90]]
            .map(|numbers| Arc::new(Int32Array::from(numbers.to_vec())));
        let mut streamed = Streamed::new(schema.clone(), 1 << 20, std::env::temp_dir());
        streamed.push(RecordBatch::try_new(schema, vec![days, at, values]).unwrap()).unwrap();
        let store: Store = Arc::new(Mutex::new(Some(ResultStore::Streamed(streamed))));
        let drawn =
            |kind, x| plotted(&store, Plot { kind, x: Some(x), y: 2 }, &CancellationToken::new()).unwrap();
        let data = drawn(PlotKind::Line, 0);
        assert_eq!(data.series[0].texts, ["80", "70", "90", "50"], "by the date, those of one as they stood");
        assert_eq!(data.labels, ["1970-01-01", "1970-01-11", "1970-01-11", "1972-09-27"]);
        assert_eq!(data.places, [0, 1_000, 1_000, 100_000]);
        assert_eq!([0, 400, 600, 40_000, 99_000, 200_000].map(|place| data.row(place)), [0, 0, 1, 2, 3, 3]);
        // What is no date stands as it came, and so do bars.
        for data in [drawn(PlotKind::Line, 1), drawn(PlotKind::Bar, 0)] {
            assert_eq!(data.series[0].texts, ["50", "60", "70", "80", "90"]);
            assert!(data.places.is_empty() && (data.place(3), data.row(3)) == (3, 3));
        }
    }
}
