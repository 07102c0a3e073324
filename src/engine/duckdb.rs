//! DuckDB inside the program: a connection per run on its own thread, results streamed as Arrow.
//!
//! The database is in memory and opens with the first run. A table of the lake becomes a view when a statement
//! first names it, so that opening costs the same whatever the lake's size.

mod absent;
mod arrange;
mod database;
mod error;
mod instead;
mod interrupt;
mod named;
mod pager;
mod results;
mod run;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub use ::duckdb::Connection;
use ::duckdb::arrow::datatypes::SchemaRef;
use ::duckdb::arrow::record_batch::RecordBatch;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::arrange::{Readable, schema_of};
pub use self::database::{Settings, memory_limit};
pub(super) use self::error::COPY_FIRST;
use self::error::engine_error;
use self::interrupt::interruptible;
use self::named::Named;
pub(super) use self::pager::changed;
use super::objects::{ObjectPager, ObjectTable};
use super::parquet::ParquetFile;
use super::store::Pager;
use super::threads::Threads;
use super::{CatalogTable, Check, Engine, EngineError, ErrorKind, Estimate, Events, Options, RunId};
use crate::dialect::Dialect;
use crate::lake::Lake;
use crate::lake::watch::Bringing;
use crate::ledger::Entry;
use crate::query::Statement;
use crate::source;
pub use crate::source::{Relation, opened};
use crate::sql::quote_text;

/// The engine.
#[derive(Clone)]
pub struct DuckDb {
    shared: Arc<Shared>,
}

impl fmt::Debug for DuckDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DuckDb").field("settings", self.settings()).finish_non_exhaustive()
    }
}

struct Shared {
    settings: Settings,
    relations: Vec<Relation>,
    database: Mutex<Database>,
    /// What is read in place of files that a statement named, as long as they stay as they were.
    copied: Mutex<HashMap<PathBuf, (Stamp, Relation)>>,
    /// A database of one thread: for some rows of one file, waking a second one costs more than it reads.
    paging: Mutex<Option<Connection>>,
    /// A database that remembers nothing of files: those it reads have no names, and a number comes again.
    arranging: Mutex<Option<Connection>>,
}

#[derive(Default)]
struct Database {
    connection: Option<Connection>,
    /// Relations that are views already.
    views: HashSet<String>,
}

/// Length and time of a file, by which it is known to be the same.
type Stamp = (u64, Option<SystemTime>);

impl DuckDb {
    /// An engine that opens with its first run.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let relations = settings.all_relations();
        Self {
            shared: Arc::new(Shared {
                settings,
                relations,
                database: Mutex::default(),
                copied: Mutex::default(),
                paging: Mutex::default(),
                arranging: Mutex::default(),
            }),
        }
    }

    /// Opens the database in the background, so that the first run does not wait for it.
    pub fn warm_up(&self) {
        let engine = self.clone();
        let open = move || drop(engine.connect("", &CancellationToken::new()));
        // The first run tells why it cannot be opened.
        self.threads().start(open, |_| {});
    }

    /// A new connection on which the relations named in the text are views.
    ///
    /// # Errors
    /// When the database cannot be opened, a relation's files cannot be read, or the token is cancelled.
    pub fn connect(&self, text: &str, cancel: &CancellationToken) -> Result<Connection, EngineError> {
        absent::quietly(cancel, |watch| self.connect_bringing(text, cancel, watch))
    }

    /// The same; who watches hears how far it is that files come from S3.
    fn connect_bringing(
        &self,
        text: &str,
        cancel: &CancellationToken,
        watch: &Bringing,
    ) -> Result<Connection, EngineError> {
        let shared = &*self.shared;
        let named = Named::of(text);
        self.bring(&|table| named.has(table) || named.reads_any(), watch)?;
        let mut database = lock(&shared.database);
        let Database { connection, views } = &mut *database;
        let base = match connection {
            Some(base) => base,
            None => connection.insert(database::open(&shared.settings)?),
        };
        let asks_catalog = named.asks_catalog();
        for relation in &shared.relations {
            if !views.contains(&relation.name) && (asks_catalog || named.has(&relation.name)) {
                let is_read = named.has(&relation.name) || named.reads_any();
                let stands_in = if is_read { None } else { self.stands_in(&relation.name) };
                let from = stands_in.as_ref().unwrap_or(&relation.from);
                let created = interruptible(base, cancel, || {
                    database::create_views(base, &shared.settings.schemas, &relation.name, from)
                });
                match created {
                    Ok(()) if stands_in.is_some() => {}
                    Ok(()) => drop(views.insert(relation.name.clone())),
                    // A damaged table is missing in a list of all; only who names it hears why.
                    Err(error) if error.kind == ErrorKind::Cancelled || named.has(&relation.name) => {
                        return Err(error);
                    }
                    Err(_) => {}
                }
            }
        }
        if let Some(folder) = &shared.settings.results {
            results::show(base, folder, &named, views, cancel)?;
        }
        let run = base.try_clone().map_err(engine_error)?;
        // Whoever else needs the database does not wait for the files.
        drop(database);
        for path in named.files() {
            self.replace(&run, path, cancel)?;
        }
        for pattern in named.csv_patterns() {
            self.replace_pattern(&run, pattern, cancel)?;
        }
        let mut read: Vec<_> = named.read_files().map(Path::to_owned).collect();
        for pattern in named.patterns() {
            read.extend(interruptible(&run, cancel, || database::files_of(&run, pattern))?);
        }
        for path in read {
            if cancel.is_cancelled() {
                return Err(EngineError::cancelled());
            }
            if let Some(why) = source::wide_column(&path) {
                return Err(EngineError::new(ErrorKind::Data, why)
                    .with_hint("name the file as a table, FROM 'file.parquet', to read its other columns"));
            }
        }
        if let Some(schema) = shared.settings.schemas.first() {
            database::enter(&run, schema)?;
        }
        Ok(run)
    }

    /// Reads a relation by row number, in place.
    ///
    /// # Errors
    /// When there is no such relation, its files cannot be read, or the token is cancelled.
    pub fn pager(&self, name: &str, cancel: &CancellationToken) -> Result<Box<dyn Pager>, EngineError> {
        if let Some(table) = self.object_table(name) {
            return Ok(Box::new(ObjectPager::open(table, cancel)?));
        }
        let relation = &self.relation(name)?;
        absent::quietly(cancel, |watch| self.bring(&|table| table == relation.name, watch))?;
        if let Some(file) = ParquetFile::of(relation) {
            return Ok(Box::new(file));
        }
        let connection = if relation.file.is_some() { self.paging()? } else { self.connect("", cancel)? };
        let lake = self.lake().filter(|lake| lake.table(&relation.name).is_some());
        Ok(Box::new(pager::TablePager::open(connection, lake, relation, cancel)?))
    }

    /// The rows of a statement that is nothing but one Parquet file, read in place: none is copied, and the last is
    /// there as soon as the first.
    #[must_use]
    pub fn in_place(&self, statement: &Statement) -> Option<Box<dyn Pager>> {
        let path = named::whole_file(statement.running())?;
        // One of the lake's own may be of another run than the rest of the screen.
        self.lake()
            .is_none_or(Lake::is_as_opened)
            .then(|| {
                let text = quote_text(&source::literal(&path.to_string_lossy()));
                ParquetFile::open(&path, format!("read_parquet({text}, hive_partitioning = false)"))
            })?
            .map(|file| Box::new(file) as _)
    }

    fn object_table(&self, name: &str) -> Option<&ObjectTable> {
        self.shared.settings.objects.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// Of a table that is not there: whether it is one that is only looked at.
    fn explained(&self, error: EngineError) -> EngineError {
        let is_named = |table: &&ObjectTable| {
            let words = format!("Table with name {} does not exist", table.name);
            error.message.get(..words.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(&words))
        };
        let tables = self.shared.settings.objects.iter();
        match tables.filter(|_| error.kind == ErrorKind::Missing).find(is_named) {
            Some(ObjectTable { name, .. }) => {
                let message = format!("{name} lies on S3 and is only looked at: SQL does not reach it");
                EngineError { message, hint: Some(COPY_FIRST.to_owned()), ..error }
            }
            None => error,
        }
    }

    fn relation(&self, name: &str) -> Result<Relation, EngineError> {
        let found = self.shared.relations.iter().find(|relation| relation.name.eq_ignore_ascii_case(name));
        let kept = || {
            let name = name.strip_prefix(results::SCHEMA)?.strip_prefix('.')?.to_ascii_lowercase();
            let relation = results::relation(self.shared.settings.results.as_deref()?, &name);
            relation.file.as_deref().is_some_and(Path::exists).then_some(relation)
        };
        found
            .cloned()
            .or_else(kept)
            .ok_or_else(|| EngineError::new(ErrorKind::Missing, format!("there is no table {name}")))
    }

    fn paging(&self) -> Result<Connection, EngineError> {
        let mut paging = lock(&self.shared.paging);
        let base = match &mut *paging {
            Some(base) => base,
            None => {
                let base = database::open(&self.shared.settings)?;
                // Prefetching reads whole columns of a row group; a window needs a few pages of them.
                base.execute_batch("SET threads = 1; SET disable_parquet_prefetching = true")
                    .map_err(engine_error)?;
                paging.insert(base)
            }
        };
        base.try_clone().map_err(engine_error)
    }

    /// The lake whose tables it reads.
    #[must_use]
    pub fn lake(&self) -> Option<&Lake> {
        self.shared.settings.lake.as_ref()
    }

    /// What it was opened with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// All rows of a small result of a statement of our own.
    ///
    /// # Errors
    /// When it cannot be run, or the token is cancelled.
    pub fn rows(
        &self,
        sql: &str,
        cancel: &CancellationToken,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let connection = self.connect(sql, cancel)?;
        let rows = interruptible(&connection, cancel, || {
            let mut prepared = connection.prepare(sql).map_err(engine_error)?;
            let rows = prepared.query_arrow([]).map_err(engine_error)?;
            Ok((rows.get_schema(), rows.collect()))
        })?;
        run::of_one_run(self.lake())?;
        Ok(rows)
    }

    /// The version of DuckDB, for example `v2.0.0`.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub fn version(&self) -> Result<String, EngineError> {
        self.connect("", &CancellationToken::new())?.version().map_err(engine_error)
    }
}

impl Engine for DuckDb {
    fn name(&self) -> &'static str {
        "DuckDB"
    }

    fn dialect(&self) -> Dialect {
        Dialect::DuckDb
    }

    fn run(&self, statement: Statement, options: Options, cancel: CancellationToken) -> Events {
        run::start(self.clone(), statement, &options, cancel)
    }

    /// A run here ends with the program.
    fn attach(&self, id: RunId, _: Options, _: CancellationToken) -> Events {
        let (events, receiver) = mpsc::channel(1);
        let message = format!("there is no run {}: runs of DuckDB end with the program", id.0);
        let _ = events.try_send(Err(EngineError::new(ErrorKind::Missing, message)));
        receiver
    }

    fn catalog(&self, _: &CancellationToken) -> Result<Vec<CatalogTable>, EngineError> {
        let schema = self.shared.settings.schemas.first().cloned().unwrap_or_default();
        let names = self.shared.relations.iter().map(|relation| relation.name.clone());
        let kept = self.shared.settings.results.as_deref().map(results::names).unwrap_or_default();
        let kept = kept.into_iter().map(|name| CatalogTable { schema: results::SCHEMA.to_owned(), name });
        Ok(names.map(|name| CatalogTable { schema: schema.clone(), name }).chain(kept).collect())
    }

    fn describe(&self, table: &str, cancel: &CancellationToken) -> Result<SchemaRef, EngineError> {
        if let Some(objects) = self.object_table(table) {
            return Ok(ObjectPager::open(objects, cancel)?.schema());
        }
        let relation = self.relation(table)?;
        let absent = self.columns_of_absent(&relation.name);
        if let Some(file) = ParquetFile::of(&relation).filter(|_| absent.is_none()) {
            return Ok(file.schema());
        }
        let connection = self.connect("", cancel)?;
        let from = absent.unwrap_or(relation.from);
        let (schema, _) = interruptible(&connection, cancel, || pager::columns(&connection, &from))?;
        Ok(schema)
    }

    /// Nothing is billed.
    fn estimate(&self, _: &Statement, _: &CancellationToken) -> Result<Option<Estimate>, EngineError> {
        Ok(None)
    }

    fn runs(&self, _: &CancellationToken) -> Result<Vec<Entry>, EngineError> {
        Ok(Vec::new())
    }

    fn checks(&self, _: &CancellationToken) -> Vec<Check> {
        vec![Check::of("engine", self.version().map(|version| format!("DuckDB {version}")))]
    }

    fn threads(&self) -> &Threads {
        &self.shared.settings.threads
    }
}

fn serialize(connection: &Connection, text: &str) -> Result<String, EngineError> {
    connection.query_row("SELECT json_serialize_sql($1)", [text], |row| row.get(0)).map_err(engine_error)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
