//! Compares two results that are held: each becomes a file, and the engine finds the rows that differ.

use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::export::batches;
use super::{Jobs, Store, lock};
use crate::disk::Draft;
use crate::engine::duckdb::DuckDb;
use crate::engine::store::ResultStore;
use crate::engine::{Engine, EngineError, ErrorKind, Options};
use crate::explorer::effect::Comparing;
use crate::explorer::message::{JobEvent, JobId, Msg, Notice};
use crate::export::{Bytes, Format, Writer};
use crate::query::Statement;
use crate::results::Comparison;
use crate::sql::quote_text;
use crate::target::LOCAL;
use crate::value;

impl Jobs {
    /// Shows the rows in which two results differ.
    pub(super) fn compare(&mut self, id: JobId, comparing: Comparing) {
        let failed = move |error| Msg::Job(id, JobEvent::Failed(error));
        let stores = comparing.jobs.map(|job| self.kept.get(&job).map(|job| Arc::clone(&job.store)));
        let [Some(left), Some(right)] = stores else {
            return self.send(failed(EngineError::new(ErrorKind::Other, "one of the results is gone")));
        };
        let (engine, cache) = (self.local.clone(), self.limits.cache.clone());
        let (collector, options, cancel) = self.begin_elsewhere(id, LOCAL.into(), Options::default());
        let store = self.kept.get(&id).map(|job| Arc::clone(&job.store)).unwrap_or_default();
        self.start(failed, move |send| {
            match prepared(&engine, &cache, [&left, &right], &comparing, &cancel) {
                Ok(Prepared { sql, notes, has_alone, _drafts }) => {
                    collector.collect(engine.run(Statement::plain(&sql), options, cancel.clone()), None);
                    let differ = lock(&store).as_ref().map_or(1, ResultStore::rows);
                    if !cancel.is_cancelled() {
                        let (text, bad) = match differ {
                            0 if !has_alone => (format!("the results are the same: {notes}"), false),
                            0 => (format!("no row differs: {notes}"), true),
                            1 => (format!("1 row differs: {notes}"), true),
                            rows => {
                                (format!("{} rows differ: {notes}", value::grouped(&rows.to_string())), true)
                            }
                        };
                        send(Msg::Notice(Notice { text, bad }));
                    }
                }
                Err(error) => send(Msg::Job(id, JobEvent::Failed(error))),
            }
        });
    }
}

/// The statement, with the files that it reads.
struct Prepared {
    sql: String,
    notes: String,
    /// Whether a column is in one of them only.
    has_alone: bool,
    _drafts: Vec<Draft>,
}

fn prepared(
    engine: &DuckDb,
    cache: &Path,
    stores: [&Store; 2],
    comparing: &Comparing,
    cancel: &CancellationToken,
) -> Result<Prepared, EngineError> {
    let other = |why: &dyn std::fmt::Display| EngineError::new(ErrorKind::Io, why.to_string());
    let (mut drafts, mut from, mut schemas) = (Vec::new(), Vec::new(), Vec::new());
    for store in stores {
        let draft = Draft::within(cache).map_err(|why| other(&why))?;
        let mut writer = Writer::new(Format::Parquet, Bytes::Exact, BufWriter::new(draft.file()));
        let schema = lock(store).as_ref().map(ResultStore::schema);
        let schema = schema.ok_or_else(|| EngineError::new(ErrorKind::Other, "a result has no columns"))?;
        writer.start(&schema).map_err(|why| other(&why))?;
        for batch in batches(store, cancel) {
            writer.batch(&batch?).map_err(|why| other(&why))?;
        }
        writer.finish().map_err(|why| other(&why))?;
        drop(writer);
        let table = format!("read_parquet({})", quote_text(&draft.path().to_string_lossy()));
        schemas.push(engine.rows(&format!("SELECT * FROM {table} LIMIT 0"), cancel)?.0);
        from.push(table);
        drafts.push(draft);
    }
    let comparison = Comparison::new([&*schemas[0], &*schemas[1]], &comparing.keys, &comparing.tolerance)
        .map_err(|error| EngineError::new(ErrorKind::Binding, error.to_string()))?;
    let names = [comparing.names[0].as_str(), comparing.names[1].as_str()];
    let keys = comparison.keys().collect::<Vec<_>>().join(", ");
    let mut notes = vec![match keys.as_str() {
        "" => "rows are paired by their order".to_owned(),
        keys => format!("paired by {keys}"),
    }];
    let alone = comparison.alone.iter().map(|(column, side)| format!("{column} is in {} only", names[*side]));
    notes.extend(alone);
    let rounded = comparison.rounded.iter();
    notes.extend(rounded.map(|(column, places)| format!("{column} compared to {places} decimal places")));
    Ok(Prepared {
        sql: comparison.sql([&from[0], &from[1]], names),
        notes: notes.join("; "),
        has_alone: !comparison.alone.is_empty(),
        _drafts: drafts,
    })
}
