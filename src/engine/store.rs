//! One result, any row by number, in bounded memory.
//!
//! ```text
//! streamed   batches ─► open chunk ─► sealed chunks in memory ─► the oldest move to the spill file
//! paged      row numbers ─► rows of the file itself; nothing is copied
//! ```
//! The spill file has no name (it is unlinked as it is created), so nothing is left behind, whatever kills us.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use duckdb::arrow::array::UInt64Array;
use duckdb::arrow::compute::{concat_batches, take_record_batch};
use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;

use tokio_util::sync::CancellationToken;

pub use super::arranged::Arranged;
use super::columns_file::ColumnsFile;
pub use super::window::Window;
use super::{EngineError, ErrorKind};

/// Rows of a sealed chunk: what one read from the spill file brings back.
const CHUNK_ROWS: usize = 16_384;
/// Bytes at which a chunk is sealed early, for very wide rows.
const CHUNK_BYTES: usize = 4 << 20;
/// Chunks read back from the spill file that are kept.
const CACHED_CHUNKS: usize = 2;

/// A result: kept as it streams in, read in place by row number, or rows of another one.
pub enum ResultStore {
    Streamed(Streamed),
    Paged(Box<dyn Pager>),
    Arranged(Arranged),
}

/// A result that several threads read; none until its columns are known.
pub type Shared = Arc<Mutex<Option<ResultStore>>>;

/// The rows of a result from the first on, so many at a time; it is given back between steps, for the screen. Nothing follows
/// an error.
pub fn windows(
    shared: &Shared,
    rows: usize,
    cancel: &CancellationToken,
) -> impl Iterator<Item = Result<Window, EngineError>> {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let first = at.take()?;
        let window = lock(shared).as_mut()?.window(first, rows, cancel);
        at = window.as_ref().ok().map(|window| first + window.len());
        Some(window).filter(|window| !window.as_ref().is_ok_and(Window::is_empty))
    })
}

/// The result, for one thread.
pub fn lock(shared: &Shared) -> MutexGuard<'_, Option<ResultStore>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rows that are read where they lie, by row number.
pub trait Pager: Send {
    /// Rows that can be read now; of a file, those that it had when it was opened.
    fn rows(&self) -> u64;

    /// The columns.
    fn schema(&self) -> SchemaRef;

    /// Up to `rows` rows from row `first` on, every cell whole.
    ///
    /// # Errors
    /// When they cannot be read, the file has changed since it was opened, or the token is cancelled.
    fn window(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError>;

    /// The same rows for the screen: of a text that is too long for one, the beginning.
    ///
    /// # Errors
    /// As for [`Pager::window`].
    fn view(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        self.window(first, rows, cancel)
    }

    /// Rows by their numbers, which rise and are all there, every cell whole.
    ///
    /// # Errors
    /// As for [`Pager::window`].
    fn pick(&mut self, rows: &[u64], cancel: &CancellationToken) -> Result<Vec<RecordBatch>, EngineError> {
        let mut parts = Vec::new();
        for run in rows.chunk_by(|row, next| row + 1 == *next) {
            if cancel.is_cancelled() {
                return Err(EngineError::cancelled());
            }
            parts.extend_from_slice(self.window(run[0], run.len(), cancel)?.batches());
        }
        Ok(parts)
    }

    /// A SELECT of the number of every row, and then its columns, where SQL can read the rows as they lie.
    ///
    /// # Errors
    /// When SQL must not read them, or they cannot be read.
    fn in_sql(&mut self, _: &CancellationToken) -> Result<Option<String>, EngineError> {
        Ok(None)
    }

    /// Bytes that came over a network so far, where the rows lie behind one.
    fn bytes_read(&self) -> Option<u64> {
        None
    }
}

impl ResultStore {
    fn pager(&self) -> &dyn Pager {
        match self {
            Self::Streamed(streamed) => streamed,
            Self::Paged(pager) => &**pager,
            Self::Arranged(arranged) => arranged,
        }
    }

    fn pager_mut(&mut self) -> &mut dyn Pager {
        match self {
            Self::Streamed(streamed) => streamed,
            Self::Paged(pager) => &mut **pager,
            Self::Arranged(arranged) => arranged,
        }
    }

    /// Rows that can be read now.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.pager().rows()
    }

    /// The columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.pager().schema()
    }

    /// Bytes that came over a network so far, where the rows are read behind one.
    #[must_use]
    pub fn bytes_read(&self) -> Option<u64> {
        self.pager().bytes_read()
    }

    /// Up to `rows` rows from row `first` on, every cell whole; fewer at the end.
    ///
    /// # Errors
    /// When the spill file or the table cannot be read, or the token is cancelled.
    pub fn window(
        &mut self,
        first: u64,
        rows: usize,
        cancel: &CancellationToken,
    ) -> Result<Window, EngineError> {
        self.pager_mut().window(first, rows, cancel)
    }

    /// The same rows for the screen, see [`Window::is_cut`].
    ///
    /// # Errors
    /// As for [`ResultStore::window`].
    pub fn view(
        &mut self,
        first: u64,
        rows: usize,
        cancel: &CancellationToken,
    ) -> Result<Window, EngineError> {
        self.pager_mut().view(first, rows, cancel)
    }

    /// Rows by their numbers, in the order of the numbers given, every cell whole.
    ///
    /// # Errors
    /// As for [`ResultStore::window`], and when one of them is not there.
    pub fn pick(&mut self, rows: &[u64], cancel: &CancellationToken) -> Result<RecordBatch, EngineError> {
        let mut rising = rows.to_vec();
        rising.sort_unstable();
        rising.dedup();
        let pager = self.pager_mut();
        let schema = pager.schema();
        let parts = pager.pick(&rising, cancel)?;
        let schema = parts.first().map_or(schema, RecordBatch::schema);
        let batch = concat_batches(&schema, &parts).map_err(spill_error)?;
        let place = |row: &u64| rising.binary_search(row).ok().filter(|place| *place < batch.num_rows());
        let places: Option<Vec<_>> = rows.iter().map(|row| place(row).map(|place| place as u64)).collect();
        let missing = || EngineError::new(ErrorKind::Io, "rows of the result are no longer there");
        let places = UInt64Array::from(places.ok_or_else(missing)?);
        take_record_batch(&batch, &places).map_err(spill_error)
    }

    /// A SELECT of the rows, see [`Pager::in_sql`].
    ///
    /// # Errors
    /// As for [`Pager::in_sql`].
    pub(super) fn in_sql(&mut self, cancel: &CancellationToken) -> Result<Option<String>, EngineError> {
        self.pager_mut().in_sql(cancel)
    }

    /// The file that holds columns of it, of every row that there is.
    pub(super) fn columns_file(&self) -> Option<&Arc<ColumnsFile>> {
        match self {
            Self::Streamed(streamed) => {
                streamed.columns_file.as_ref().filter(|file| file.rows == streamed.rows)
            }
            _ => None,
        }
    }

    /// Keeps a file that holds columns of it.
    pub(super) fn keep_columns(&mut self, file: Arc<ColumnsFile>) {
        if let Self::Streamed(streamed) = self {
            streamed.columns_file = Some(file);
        }
    }
}

/// A result that streams in; see the drawing above.
pub struct Streamed {
    schema: SchemaRef,
    /// Rows held.
    rows: u64,
    /// Sealed chunks, by first row.
    chunks: Vec<Chunk>,
    open: Vec<RecordBatch>,
    open_rows: usize,
    open_bytes: usize,
    /// Index of the oldest chunk that is still in memory, and the bytes from there on.
    oldest: usize,
    memory: usize,
    budget: usize,
    spill: Option<Spill>,
    folder: PathBuf,
    cache: VecDeque<(usize, RecordBatch)>,
    /// Columns of it that SQL has read.
    columns_file: Option<Arc<ColumnsFile>>,
    /// What is on its way to the spill file: memory that is fresh each time costs as much as writing it.
    bytes: Vec<u8>,
}

struct Chunk {
    first: u64,
    rows: usize,
    held: Held,
}

enum Held {
    Memory(RecordBatch),
    Spilled { offset: u64, length: usize },
}

struct Spill {
    file: File,
    end: u64,
}

impl Streamed {
    /// An empty result that keeps `budget` bytes in memory and spills to a nameless file in `folder`.
    #[must_use]
    pub fn new(schema: SchemaRef, budget: usize, folder: PathBuf) -> Self {
        Self {
            schema,
            rows: 0,
            chunks: Vec::new(),
            open: Vec::new(),
            open_rows: 0,
            open_bytes: 0,
            oldest: 0,
            memory: 0,
            budget,
            spill: None,
            folder,
            cache: VecDeque::new(),
            columns_file: None,
            bytes: Vec::new(),
        }
    }

    /// Appends rows; may move the oldest ones to the spill file.
    ///
    /// # Errors
    /// When the spill file cannot be written: the disk is full, or the cache folder is not writable.
    pub fn push(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        self.rows += batch.num_rows() as u64;
        self.open_rows += batch.num_rows();
        self.open_bytes += batch.get_array_memory_size();
        self.open.push(batch);
        if self.open_rows >= CHUNK_ROWS || self.open_bytes >= CHUNK_BYTES {
            self.seal()?;
        }
        Ok(())
    }

    /// One compact batch a chunk: the engine's own buffers are often twice as large as their content.
    fn seal(&mut self) -> Result<(), EngineError> {
        let batch = concat_batches(&self.schema, &self.open).map_err(spill_error)?;
        self.open.clear();
        self.memory += batch.get_array_memory_size();
        let rows = std::mem::take(&mut self.open_rows);
        self.open_bytes = 0;
        let first = self.chunks.last().map_or(0, |chunk| chunk.first + chunk.rows as u64);
        self.chunks.push(Chunk { first, rows, held: Held::Memory(batch) });
        self.spill()
    }

    /// Keeps no more than so many bytes in memory from now on.
    ///
    /// # Errors
    /// When the spill file cannot be written.
    pub fn limit(&mut self, budget: usize) -> Result<(), EngineError> {
        self.budget = budget;
        self.cache.clear();
        self.spill()
    }

    fn spill(&mut self) -> Result<(), EngineError> {
        while self.memory > self.budget && self.oldest < self.chunks.len() {
            self.spill_oldest()?;
        }
        Ok(())
    }

    fn spill_oldest(&mut self) -> Result<(), EngineError> {
        let chunk = &mut self.chunks[self.oldest];
        if let Held::Memory(batch) = &chunk.held {
            self.bytes.clear();
            let mut writer = StreamWriter::try_new(&mut self.bytes, &self.schema).map_err(spill_error)?;
            writer.write(batch).and_then(|()| writer.finish()).map_err(spill_error)?;
            drop(writer);
            if self.spill.is_none() {
                std::fs::create_dir_all(&self.folder).map_err(spill_error)?;
                self.spill =
                    Some(Spill { file: tempfile::tempfile_in(&self.folder).map_err(spill_error)?, end: 0 });
            }
            if let Some(spill) = &mut self.spill {
                spill.file.seek(SeekFrom::Start(spill.end)).map_err(spill_error)?;
                spill.file.write_all(&self.bytes).map_err(spill_error)?;
                self.memory -= batch.get_array_memory_size();
                chunk.held = Held::Spilled { offset: spill.end, length: self.bytes.len() };
                spill.end += self.bytes.len() as u64;
            }
        }
        self.oldest += 1;
        Ok(())
    }

    fn read(&mut self, first: u64, rows: usize) -> Result<Window, EngineError> {
        let end = self.rows.min(first.saturating_add(rows as u64));
        let mut parts = Vec::new();
        let mut at = first;
        let from = self.chunks.partition_point(|chunk| chunk.first + chunk.rows as u64 <= first);
        for index in from..self.chunks.len() {
            if at >= end {
                break;
            }
            let (start, rows) = (self.chunks[index].first, self.chunks[index].rows);
            let batch = self.chunk(index)?;
            at = take_slice(&mut parts, &batch, start, rows, at, end);
        }
        let mut start = self.chunks.last().map_or(0, |chunk| chunk.first + chunk.rows as u64);
        for batch in &self.open {
            at = take_slice(&mut parts, batch, start, batch.num_rows(), at, end);
            start += batch.num_rows() as u64;
        }
        Ok(Window::new(first, parts))
    }

    fn chunk(&mut self, index: usize) -> Result<RecordBatch, EngineError> {
        let (offset, length) = match &self.chunks[index].held {
            Held::Memory(batch) => return Ok(batch.clone()),
            Held::Spilled { offset, length } => (*offset, *length),
        };
        if let Some((_, batch)) = self.cache.iter().find(|(cached, _)| *cached == index) {
            return Ok(batch.clone());
        }
        let mut bytes = vec![0; length];
        if let Some(spill) = &mut self.spill {
            spill.file.seek(SeekFrom::Start(offset)).map_err(spill_error)?;
            spill.file.read_exact(&mut bytes).map_err(spill_error)?;
        }
        let mut reader = StreamReader::try_new(bytes.as_slice(), None).map_err(spill_error)?;
        let batch = match reader.next() {
            Some(batch) => batch.map_err(spill_error)?,
            None => RecordBatch::new_empty(self.schema.clone()),
        };
        self.cache.truncate(CACHED_CHUNKS - 1);
        self.cache.push_front((index, batch.clone()));
        Ok(batch)
    }
}

impl Pager for Streamed {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn window(&mut self, first: u64, rows: usize, _: &CancellationToken) -> Result<Window, EngineError> {
        self.read(first, rows)
    }
}

/// Adds what a batch (rows `start..start + rows`) has of `at..end`; gives the next row wanted.
fn take_slice(
    parts: &mut Vec<RecordBatch>,
    batch: &RecordBatch,
    start: u64,
    rows: usize,
    at: u64,
    end: u64,
) -> u64 {
    let stop = end.min(start + rows as u64);
    if at >= stop || at < start {
        return at;
    }
    // Both fit: they are within the batch.
    let offset = usize::try_from(at - start).unwrap_or(0);
    let length = usize::try_from(stop - at).unwrap_or(0);
    parts.push(batch.slice(offset, length));
    stop
}

fn spill_error(error: impl std::fmt::Display) -> EngineError {
    EngineError::new(ErrorKind::Io, format!("cannot keep the result: {error}"))
        .with_hint("free some space in the cache folder, or add a LIMIT")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::{AsArray, Int64Array, StringArray};
    use duckdb::arrow::datatypes::{DataType, Field, Int64Type, Schema};

    use super::*;

    fn batch(from: i64, rows: i64) -> RecordBatch {
        let schema = Schema::new(vec![
            Field::new("n", DataType::Int64, true),
            Field::new("text", DataType::Utf8, true),
        ]);
        let numbers = Int64Array::from_iter_values(from..from + rows);
        let texts =
            StringArray::from_iter((from..from + rows).map(|n| (n % 3 != 0).then(|| format!("row {n}"))));
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(numbers), Arc::new(texts)]).expect("columns fit")
    }

    fn numbers(window: &Window) -> Vec<i64> {
        window
            .batches()
            .iter()
            .flat_map(|part| part.column(0).as_primitive::<Int64Type>().values().to_vec())
            .collect()
    }

    #[test]
    #[expect(clippy::cast_possible_wrap, reason = "row numbers of a small result")]
    fn any_row_comes_back_from_memory_spill_and_the_open_chunk() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Streamed::new(batch(0, 1).schema(), 600_000, folder.path().join("spill"));
        let mut next = 0;
        for _ in 0..100 {
            store.push(batch(next, 2_000)).expect("pushed");
            next += 2_000;
        }
        assert!(store.oldest > 0, "something was spilled");
        assert!(store.memory <= 600_000);
        assert_eq!(std::fs::read_dir(folder.path().join("spill")).expect("made").count(), 0, "no named file");
        for first in [0, 1, 16_383, 16_384, 99_999, 180_000, 199_950] {
            let window = store.read(first, 100).expect("read");
            let wanted: Vec<i64> = (first as i64..200_000.min(first as i64 + 100)).collect();
            assert_eq!(numbers(&window), wanted, "from {first}");
            let (array, row) = window.cell(first + 1, 1).expect("held");
            let n = first + 1;
            let text = crate::value::plain(array.as_ref(), row);
            assert_eq!(text, (n % 3 != 0).then(|| format!("row {n}")));
        }
        assert!(store.read(200_000, 10).expect("read").is_empty());
    }
}
