//! What SQL asks of a whole result: its rows read where they lie, or from columns written for it.

use std::path::PathBuf;
use std::sync::Arc;

use ::duckdb::Connection;
use ::duckdb::arrow::datatypes::SchemaRef;
use ::duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::error::engine_error;
use super::interrupt::interruptible;
use super::run::begin_reading;
use super::{DuckDb, database, lock, serialize};
use crate::engine::arrange::Rows;
use crate::engine::columns_file::ColumnsFile;
use crate::engine::store::{self, Shared};
use crate::engine::{EngineError, ErrorKind, guard};

/// Rows of a result that are written at a time.
const STEP: usize = 16_384;

/// What SQL reads of a result, for as long as this is held.
pub struct Readable {
    pub rows: Rows,
    _file: Option<Arc<ColumnsFile>>,
}

impl DuckDb {
    /// Lets SQL read these columns of a result, and perhaps others.
    ///
    /// # Errors
    /// When they must not be read or cannot be written, or the token is cancelled.
    pub fn readable(
        &self,
        result: &Shared,
        columns: &[usize],
        cancel: &CancellationToken,
    ) -> Result<Readable, EngineError> {
        let gone = || EngineError::new(ErrorKind::Other, "the result is gone");
        let (schema, known) = {
            let mut result = store::lock(result);
            let result = result.as_mut().ok_or_else(gone)?;
            let schema = result.schema();
            if let Some(select) = result.in_sql(cancel)? {
                let columns = (0..schema.fields().len()).collect();
                return Ok(Readable { rows: Rows { select, columns }, _file: None });
            }
            (schema, result.columns_file().cloned())
        };
        let has = |file: &Arc<ColumnsFile>| columns.iter().all(|column| file.columns.contains(column));
        let file = match known {
            Some(file) if has(&file) => file,
            known => {
                let mut wanted = columns.to_vec();
                wanted.extend(known.iter().flat_map(|file| &file.columns));
                wanted.sort_unstable();
                wanted.dedup();
                if wanted.is_empty() {
                    wanted.push(0);
                }
                let windows = store::windows(result, STEP, cancel)
                    .map(|window| if cancel.is_cancelled() { Err(EngineError::cancelled()) } else { window });
                let file = ColumnsFile::write(&schema, wanted, &self.scratch(), windows)?;
                let file = Arc::new(file);
                if let Some(result) = &mut *store::lock(result) {
                    result.keep_columns(Arc::clone(&file));
                }
                file
            }
        };
        let rows = Rows { select: file.select(), columns: file.columns.clone() };
        Ok(Readable { rows, _file: Some(file) })
    }

    /// Runs a statement that reads, of which a part may be typed, and hands over its rows as they come.
    ///
    /// # Errors
    /// When it is refused or cannot be run, `each` fails, or the token is cancelled.
    pub fn each(
        &self,
        sql: &str,
        cancel: &CancellationToken,
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let connection = self.arranging()?;
        guard::check_duckdb(sql, |text| serialize(&connection, text))?;
        interruptible(&connection, cancel, || {
            begin_reading(&connection)?;
            let mut prepared = connection.prepare(sql).map_err(engine_error)?;
            for batch in prepared.stream_arrow([]).map_err(engine_error)? {
                each(&batch.map_err(engine_error)?)?;
            }
            Ok(())
        })
    }

    /// All rows of a small answer of such a statement.
    ///
    /// # Errors
    /// As for [`DuckDb::each`].
    pub fn answer(&self, sql: &str, cancel: &CancellationToken) -> Result<Vec<RecordBatch>, EngineError> {
        let mut rows = Vec::new();
        self.each(sql, cancel, &mut |batch| {
            rows.push(batch.clone());
            Ok(())
        })?;
        Ok(rows)
    }

    fn scratch(&self) -> PathBuf {
        self.shared.settings.temporary.clone().unwrap_or_else(std::env::temp_dir)
    }

    fn arranging(&self) -> Result<Connection, EngineError> {
        let mut arranging = lock(&self.shared.arranging);
        let base = match &mut *arranging {
            Some(base) => base,
            None => {
                let base = database::open(&self.shared.settings)?;
                base.execute_batch(
                    "SET GLOBAL parquet_metadata_cache = false; SET GLOBAL enable_external_file_cache = false",
                )
                .map_err(engine_error)?;
                arranging.insert(base)
            }
        };
        base.try_clone().map_err(engine_error)
    }
}

/// The columns of a result.
///
/// # Errors
/// When it is gone.
pub fn schema_of(result: &Shared) -> Result<SchemaRef, EngineError> {
    let gone = || EngineError::new(ErrorKind::Other, "the result is gone");
    store::lock(result).as_ref().map(store::ResultStore::schema).ok_or_else(gone)
}
