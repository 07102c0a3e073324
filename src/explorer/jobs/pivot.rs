//! Groups a result that is held by a column, across another: a result of its own.

use std::sync::Arc;

use duckdb::arrow::array::{Array as _, AsArray as _};
use tokio_util::sync::CancellationToken;

use super::{Jobs, Store};
use crate::engine::duckdb::{DuckDb, Readable, schema_of};
use crate::engine::pivot::{MOST_ACROSS, Pivot};
use crate::engine::{Engine as _, EngineError, ErrorKind, Options};
use crate::explorer::message::{JobEvent, JobId, Msg};
use crate::query::Statement;
use crate::target::LOCAL;

impl Jobs {
    pub(super) fn pivot(&mut self, id: JobId, of: JobId, pivot: Pivot) {
        let failed = move |error| Msg::Job(id, JobEvent::Failed(error));
        let Some(store) = self.kept.get(&of).map(|job| Arc::clone(&job.store)) else {
            return self.send(failed(EngineError::new(ErrorKind::Other, "the result is gone")));
        };
        let engine = self.local.clone();
        let (collector, options, cancel) = self.begin_elsewhere(id, LOCAL.into(), Options::default());
        self.start(failed, move |send| match prepared(&engine, &store, &pivot, &cancel) {
            // What is read of the result is held until the last row.
            Ok((sql, _readable)) => {
                collector.collect(engine.run(Statement::plain(&sql), options, cancel), None);
            }
            Err(error) => send(failed(error)),
        });
    }
}

/// The statement, and what it reads.
fn prepared(
    engine: &DuckDb,
    store: &Store,
    pivot: &Pivot,
    cancel: &CancellationToken,
) -> Result<(String, Readable), EngineError> {
    let schema = schema_of(store)?;
    let readable = engine.readable(store, &pivot.columns(), cancel)?;
    let mut heads = Vec::new();
    if let Some(sql) = pivot.heads(&schema, &readable.rows) {
        for batch in engine.answer(&sql, cancel)? {
            let texts = batch.column(0).as_string::<i32>();
            heads
                .extend((0..texts.len()).map(|row| texts.is_valid(row).then(|| texts.value(row).to_owned())));
        }
    }
    if heads.len() > MOST_ACROSS {
        let text = format!("more than {MOST_ACROSS} different values would stand across");
        let error = EngineError::new(ErrorKind::Data, text);
        return Err(error.with_hint("put that column down, and the other one across"));
    }
    let sql = pivot.sql(&schema, &readable.rows, &heads);
    Ok((sql, readable))
}
