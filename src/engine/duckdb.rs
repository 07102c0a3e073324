//! DuckDB inside the program: a connection per run on its own thread, results streamed as Arrow.
//!
//! The database is in memory and opens with the first run. A table of the lake becomes a view when a statement
//! first names it, so that opening costs the same whatever the lake's size.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use ::duckdb::Connection;
use ::duckdb::arrow::datatypes::SchemaRef;
use ::duckdb::arrow::record_batch::RecordBatch;
use ::duckdb::{Config, Error, params_from_iter};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::exact::Casts;
use super::store::Window;
use super::{Access, Engine, EngineError, ErrorKind, Events, Position, RunEvent, Stats, guard};
use crate::lake::Lake;
use crate::query::Statement;
use crate::sql::{quote_name, quote_text};

/// Batches that wait for a reader before the engine pauses.
const QUEUE: usize = 4;
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
const INTERRUPT_EVERY: Duration = Duration::from_millis(5);

/// What the database is opened with.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The lake whose tables are views, if any.
    pub lake: Option<Lake>,
    /// Schemas in which every table stands; the first is where names without a schema resolve.
    pub schemas: Vec<String>,
    /// Further relations by name: files opened without a lake.
    pub relations: Vec<Relation>,
    /// Memory limit as DuckDB writes it, for example `2GB`; DuckDB's own default when absent.
    pub memory_limit: Option<String>,
    /// Where larger-than-memory work spills.
    pub temporary: Option<PathBuf>,
}

/// A name and what it reads from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub name: String,
    /// A FROM item, for example `read_parquet('a.parquet')`.
    pub from: String,
}

/// The engine.
#[derive(Clone)]
pub struct DuckDb {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    relations: Vec<Relation>,
    database: Mutex<Database>,
    /// A database of one thread: for some rows of one file, waking a second one costs more than it reads.
    paging: Mutex<Option<Connection>>,
}

#[derive(Default)]
struct Database {
    connection: Option<Connection>,
    /// Relations that are views already.
    views: HashSet<String>,
}

impl DuckDb {
    /// An engine that opens with its first run.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let relations =
            settings.lake.iter().flat_map(lake_relations).chain(settings.relations.iter().cloned());
        let relations = relations.collect();
        Self {
            shared: Arc::new(Shared {
                settings,
                relations,
                database: Mutex::default(),
                paging: Mutex::default(),
            }),
        }
    }

    /// Opens the database in the background, so that the first run does not wait for it.
    pub fn warm_up(&self) {
        let engine = self.clone();
        thread::spawn(move || engine.connect("").map(drop));
    }

    /// A new connection on which the relations named in the text are views.
    ///
    /// # Errors
    /// When the database cannot be opened or a relation's files cannot be read.
    pub fn connect(&self, text: &str) -> Result<Connection, EngineError> {
        let shared = &*self.shared;
        let mut database = lock(&shared.database);
        let Database { connection, views } = &mut *database;
        let base = match connection {
            Some(base) => base,
            None => connection.insert(open(&shared.settings)?),
        };
        let lower = text.to_ascii_lowercase();
        for relation in &shared.relations {
            if !views.contains(&relation.name) && lower.contains(&relation.name.to_ascii_lowercase()) {
                create_views(base, &shared.settings.schemas, relation)?;
                views.insert(relation.name.clone());
            }
        }
        let run = base.try_clone().map_err(engine_error)?;
        drop(database);
        if let Some(schema) = shared.settings.schemas.first() {
            run.execute_batch(&format!("SET search_path = {}", quote_text(&quote_name(schema))))
                .map_err(engine_error)?;
        }
        Ok(run)
    }

    /// Reads a relation by row number, in place.
    ///
    /// # Errors
    /// When there is no such relation or its files cannot be read.
    pub fn pager(&self, name: &str) -> Result<Pager, EngineError> {
        let relation = self.shared.relations.iter().find(|relation| relation.name.eq_ignore_ascii_case(name));
        let Some(relation) = relation else {
            return Err(EngineError::new(ErrorKind::Binding, format!("there is no table {name}")));
        };
        let connection = if is_one_parquet(&relation.from) { self.paging()? } else { self.connect("")? };
        Pager::open(connection, relation.from.clone())
    }

    fn paging(&self) -> Result<Connection, EngineError> {
        let mut paging = lock(&self.shared.paging);
        let base = match &mut *paging {
            Some(base) => base,
            None => {
                let base = open(&self.shared.settings)?;
                // Prefetching reads whole columns of a row group; a window needs a few pages of them.
                base.execute_batch("SET threads = 1; SET disable_parquet_prefetching = true")
                    .map_err(engine_error)?;
                paging.insert(base)
            }
        };
        base.try_clone().map_err(engine_error)
    }

    /// Whether the engine would run the statement, as far as can be told without running it.
    ///
    /// # Errors
    /// When the guard refuses it, or it cannot be prepared.
    pub fn check(&self, text: &str, access: Access) -> Result<(), EngineError> {
        let connection = self.connect(text)?;
        if access == Access::ReadOnly {
            guard::check(text, |part| serialize(&connection, part))?;
        }
        connection.prepare(text).map(drop).map_err(engine_error)
    }

    /// The lake whose tables it reads.
    #[must_use]
    pub fn lake(&self) -> Option<&Lake> {
        self.shared.settings.lake.as_ref()
    }

    /// All rows of a small result of a statement of our own.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn rows(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let connection = self.connect(sql)?;
        let mut prepared = connection.prepare(sql).map_err(engine_error)?;
        let rows = prepared.query_arrow([]).map_err(engine_error)?;
        Ok((rows.get_schema(), rows.collect()))
    }

    /// The version of DuckDB, for example `v2.0.0`.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub fn version(&self) -> Result<String, EngineError> {
        self.connect("")?.version().map_err(engine_error)
    }

    fn work(&self, run: &Run) -> Result<Stats, EngineError> {
        let connection = self.connect(&run.statement.sql)?;
        let _ = run.handles.set((connection.interrupt_handle(), connection.progress_handle()));
        connection.set_query_progress_tracking(true).map_err(engine_error)?;
        if run.access == Access::ReadOnly {
            guard::check(&run.statement.sql, |text| serialize(&connection, text))?;
        }
        run.send(RunEvent::Started)?;
        let Statement { sql, values } = &run.statement;
        let mut prepared = connection.prepare(sql).map_err(engine_error)?;
        if let Some(casts) = Casts::of(&connection, &prepared, sql, values).map_err(engine_error)? {
            prepared = connection.prepare(&casts.wrap(sql)).map_err(engine_error)?;
        }
        let stream = prepared.stream_arrow(params_from_iter(&run.statement.values)).map_err(engine_error)?;
        run.send(RunEvent::Schema(stream.get_schema()))?;
        let mut rows = 0;
        for batch in stream {
            let batch = batch.map_err(engine_error)?;
            rows += batch.num_rows() as u64;
            run.send(RunEvent::Batch(batch))?;
        }
        Ok(Stats { elapsed: run.start.elapsed(), rows, bytes_scanned: None })
    }
}

type Handles = (Arc<::duckdb::InterruptHandle>, ::duckdb::ProgressHandle);

/// One run, as its thread and its watcher see it.
struct Run {
    statement: Statement,
    access: Access,
    start: Instant,
    cancel: CancellationToken,
    handles: std::sync::OnceLock<Handles>,
    events: mpsc::Sender<Result<RunEvent, EngineError>>,
}

impl Run {
    /// A reader that went away is a cancellation.
    fn send(&self, event: RunEvent) -> Result<(), EngineError> {
        if self.cancel.is_cancelled() || self.events.blocking_send(Ok(event)).is_err() {
            return Err(EngineError::new(ErrorKind::Cancelled, "cancelled"));
        }
        Ok(())
    }
}

impl Engine for DuckDb {
    fn name(&self) -> &'static str {
        "DuckDB"
    }

    fn run(&self, statement: Statement, access: Access, cancel: CancellationToken) -> Events {
        let (events, receiver) = mpsc::channel(QUEUE);
        let run = Arc::new(Run {
            statement,
            access,
            start: Instant::now(),
            cancel,
            handles: std::sync::OnceLock::new(),
            events,
        });
        let finished = CancellationToken::new();
        tokio::spawn(watch(Arc::clone(&run), finished.clone()));
        let engine = self.clone();
        thread::spawn(move || {
            let outcome = engine.work(&run);
            finished.cancel();
            let last = match outcome {
                Ok(stats) => Ok(RunEvent::Finished(stats)),
                Err(_) if run.cancel.is_cancelled() => {
                    Err(EngineError::new(ErrorKind::Cancelled, "cancelled"))
                }
                Err(error) => Err(error),
            };
            let _ = run.events.blocking_send(last);
        });
        receiver
    }
}

/// Interrupts a run that is cancelled, or whose reader is gone, and reports its progress. The interrupt is repeated:
/// DuckDB forgets one that comes before its work begins.
async fn watch(run: Arc<Run>, finished: CancellationToken) {
    loop {
        tokio::select! {
            () = finished.cancelled() => return,
            () = run.cancel.cancelled() => break,
            () = run.events.closed() => break,
            () = tokio::time::sleep(PROGRESS_EVERY) => {
                let progress = run.handles.get().and_then(|(_, progress)| progress.query_progress().percentage());
                if let Some(percent) = progress {
                    let _ = run.events.try_send(Ok(RunEvent::Progress(percent)));
                }
            }
        }
    }
    while !finished.is_cancelled() {
        if let Some((interrupt, _)) = run.handles.get() {
            interrupt.interrupt();
        }
        tokio::time::sleep(INTERRUPT_EVERY).await;
    }
}

fn open(settings: &Settings) -> Result<Connection, EngineError> {
    let mut config = Config::default()
        .with("autoinstall_known_extensions", "false")
        .and_then(|config| config.with("autoload_known_extensions", "false"))
        .map_err(engine_error)?;
    if let Some(limit) = &settings.memory_limit {
        config = config.max_memory(limit).map_err(engine_error)?;
    }
    if let Some(folder) = &settings.temporary {
        config = config.with("temp_directory", folder.to_string_lossy()).map_err(engine_error)?;
    }
    let connection = Connection::open_in_memory_with_flags(config).map_err(engine_error)?;
    // A footer is read once: windows of a file are read again and again.
    connection.execute_batch("SET GLOBAL parquet_metadata_cache = true").map_err(engine_error)?;
    for schema in &settings.schemas {
        let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quote_name(schema));
        connection.execute_batch(&create).map_err(engine_error)?;
    }
    Ok(connection)
}

/// A table reads exactly the files of the manifest: a file that does not belong is not in its result.
fn lake_relations(lake: &Lake) -> Vec<Relation> {
    let relation = |table: &crate::lake::Table| {
        let paths = table.files.iter().map(|file| quote_text(&lake.root.join(&file.path).to_string_lossy()));
        let paths = paths.collect::<Vec<_>>().join(", ");
        let partitions = if table.partitioned {
            ", hive_partitioning = true, hive_types = {'year': INTEGER, 'month': INTEGER}"
        } else {
            ", hive_partitioning = false"
        };
        Relation { name: table.name.clone(), from: format!("read_parquet([{paths}]{partitions})") }
    };
    lake.manifest.tables.iter().filter(|table| !table.files.is_empty()).map(relation).collect()
}

fn create_views(base: &Connection, schemas: &[String], relation: &Relation) -> Result<(), EngineError> {
    let name = quote_name(&relation.name);
    let mut places: Vec<_> = schemas.iter().map(|schema| format!("{}.{name}", quote_name(schema))).collect();
    if places.is_empty() {
        places.push(name);
    }
    for place in places {
        base.execute_batch(&format!("CREATE VIEW {place} AS SELECT * FROM {}", relation.from))
            .map_err(engine_error)?;
    }
    Ok(())
}

fn serialize(connection: &Connection, text: &str) -> Result<String, EngineError> {
    connection.query_row("SELECT json_serialize_sql($1)", [text], |row| row.get(0)).map_err(engine_error)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A table or file read in windows by row number; DuckDB skips the row groups before the window.
pub struct Pager {
    connection: Connection,
    from: String,
    casts: Option<Casts>,
    schema: SchemaRef,
    rows: u64,
    /// One Parquet file: its own row numbers find the row group faster than an offset does.
    by_row_number: bool,
    /// Small windows read last: going to and fro between the ends reads nothing twice.
    recent: VecDeque<Window>,
}

/// Windows that a pager keeps, and the rows above which it does not.
const RECENT: usize = 8;
const RECENT_ROWS: usize = 1_000;

impl Pager {
    fn open(connection: Connection, from: String) -> Result<Self, EngineError> {
        let count = format!("SELECT count(*) FROM {from}");
        let rows = connection.query_row(&count, [], |row| row.get(0)).map_err(engine_error)?;
        let none = format!("SELECT * FROM {from} LIMIT 0");
        let prepared = connection.prepare(&none).map_err(engine_error)?;
        let casts = Casts::of(&connection, &prepared, &none, &[]).map_err(engine_error)?;
        drop(prepared);
        let schema = {
            let none = casts.as_ref().map_or(none.clone(), |casts| casts.wrap(&none));
            let mut none = connection.prepare(&none).map_err(engine_error)?;
            none.stream_arrow([]).map_err(engine_error)?.get_schema()
        };
        let taken = schema.fields().iter().any(|field| field.name() == "file_row_number");
        let by_row_number = !taken && is_one_parquet(&from);
        Ok(Self { connection, from, casts, schema, rows, by_row_number, recent: VecDeque::new() })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Up to `rows` rows from row `first` on.
    ///
    /// # Errors
    /// When the file cannot be read, or has been replaced meanwhile.
    pub fn window(&mut self, first: u64, rows: usize) -> Result<Window, EngineError> {
        let last = first.saturating_add(rows as u64).min(self.rows);
        let covers = |held: &&Window| held.first <= first && last <= held.first + held.len();
        if let Some(held) = self.recent.iter().find(covers) {
            return Ok(held.part(first, last.max(first)));
        }
        let window = self.read(first, rows)?;
        if rows <= RECENT_ROWS {
            self.recent.truncate(RECENT - 1);
            self.recent.push_front(window.clone());
        }
        Ok(window)
    }

    fn read(&self, first: u64, rows: usize) -> Result<Window, EngineError> {
        let sql = if self.by_row_number {
            let end = first.saturating_add(rows as u64);
            format!(
                "SELECT * FROM {} WHERE file_row_number >= {first} AND file_row_number < {end}",
                self.from
            )
        } else {
            format!("SELECT * FROM {} LIMIT {rows} OFFSET {first}", self.from)
        };
        let sql = self.casts.as_ref().map_or(sql.clone(), |casts| casts.wrap(&sql));
        let mut prepared = self.connection.prepare(&sql).map_err(engine_error)?;
        // Not streamed: a stream's reader and its worker wake each other for every step, and a window is small.
        let parts = prepared.query_arrow([]).map_err(engine_error)?.collect();
        Ok(Window::new(first, parts))
    }
}

/// Whether a FROM item reads a single Parquet file.
fn is_one_parquet(from: &str) -> bool {
    from.matches(".parquet'").count() == 1 && !from.contains(['*', '?', '['])
}

/// The typed error behind DuckDB's text, with the place it names.
fn engine_error(error: Error) -> EngineError {
    let text = match error {
        Error::DuckDBFailure(_, Some(text)) => text,
        other => other.to_string(),
    };
    let (family, rest) = match text.split_once(" Error: ") {
        Some((family, rest)) if !family.contains(char::is_whitespace) || family.len() < 32 => (family, rest),
        _ => ("", text.as_str()),
    };
    let kind = match family {
        "Parser" | "Syntax" => ErrorKind::Syntax,
        "Binder" | "Catalog" => ErrorKind::Binding,
        "INTERRUPT" => ErrorKind::Cancelled,
        "Conversion" | "Invalid Input" | "Out of Range" | "Constraint" => ErrorKind::Data,
        "IO" | "HTTP" => ErrorKind::Io,
        "Out of Memory" => ErrorKind::Memory,
        _ => ErrorKind::Other,
    };
    let position = position(rest);
    let said = rest.split("\n\nLINE ").next().unwrap_or(rest);
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or("the engine gave no reason").trim_end_matches('.').to_owned();
    let more = lines.collect::<Vec<_>>().join(" ");
    EngineError { kind, message, hint: (!more.is_empty()).then_some(more), position }
}

/// The line and column of DuckDB's `LINE 2: … ^`. A long line is cut at its start and its place is then unknown.
fn position(text: &str) -> Option<Position> {
    let marked = &text[text.rfind("\nLINE ")? + 1..];
    let (first, caret) = marked.split_once('\n')?;
    let (label, source) = first.split_once(": ")?;
    let line: usize = label.strip_prefix("LINE ")?.parse().ok()?;
    let column = caret.find('^')?.checked_sub(label.len() + 2)?;
    let column = if source.starts_with("...") { 0 } else { column };
    Some(Position { line: line.checked_sub(1)?, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_sentence_its_place_and_its_hint() {
        let text = "Binder Error: Referenced column \"x\" not found in FROM clause!\nCandidate bindings: \"y\"\n\n\
            LINE 2:   where x\n                ^";
        let error = engine_error(Error::DuckDBFailure(::duckdb::ffi::Error::new(1), Some(text.into())));
        assert_eq!(error.kind, ErrorKind::Binding);
        assert_eq!(error.message, "Referenced column \"x\" not found in FROM clause!");
        assert_eq!(error.hint.as_deref(), Some("Candidate bindings: \"y\""));
        assert_eq!(error.position, Some(Position { line: 1, column: 8 }));
    }
}
