//! Reads of a result what a chart draws: all rows where they are few, else some from everywhere.

use std::sync::Arc;

use duckdb::arrow::array::Array;
use duckdb::arrow::datatypes::SchemaRef;
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
    let series = match (plot.kind, plot.x) {
        // Two numbers, from left to right and up.
        (PlotKind::Scatter, Some(x)) => vec![sample.series(x), sample.series(plot.y)],
        _ => vec![sample.series(plot.y)],
    };
    let labels = match plot.x {
        Some(x) => sample.labels(x),
        None => series.first().map(|series| vec![String::new(); series.values.len()]).unwrap_or_default(),
    };
    Ok(ChartData { labels, series, of_rows: sample.of_rows, is_sampled: sample.is_part })
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
    let series = y.into_iter().zip(&chart.y).map(|(column, name)| {
        let name = name.clone();
        Series { name, ..sample.series(column) }
    });
    let (labels, series) = (sample.labels(x), series.collect());
    Ok(Some(ChartData { labels, series, of_rows: sample.of_rows, is_sampled: sample.is_part }))
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

    use duckdb::arrow::array::Int64Array;
    use duckdb::arrow::datatypes::{DataType, Field, Schema};

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
}
