//! Opening the database in memory, and the relations that become views in it.

use std::path::{Path, PathBuf};

use ::duckdb::{Config, Connection};

use super::error::engine_error;
use super::results::SCHEMA;
use crate::engine::EngineError;
use crate::engine::objects::ObjectTable;
use crate::engine::threads::Threads;
use crate::lake::{CUSTOMERS, Lake, Table};
use crate::source::{self, Relation};
use crate::sql::{quote_name, quote_text};

/// What the database is opened with.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The lake whose tables are views, if any.
    pub lake: Option<Lake>,
    /// Mebibytes that a statement may bring of a lake on S3; without end where none are said.
    pub fetch_mib: Option<u64>,
    /// Told what is brought.
    pub say: Option<fn(&str)>,
    /// Schemas in which every table stands; the first is where names without a schema resolve.
    pub schemas: Vec<String>,
    /// Further relations by name: files opened without a lake.
    pub relations: Vec<Relation>,
    /// The folder of kept results, each `NAME.parquet` in it the table `results.NAME`.
    pub results: Option<PathBuf>,
    /// Objects of S3 that are looked at in place; SQL does not reach them.
    pub objects: Vec<ObjectTable>,
    /// Memory limit as DuckDB writes it, for example `2GB`; DuckDB's own default when absent.
    pub memory_limit: Option<String>,
    /// Bytes above which that limit is lowered to them.
    pub most_memory: Option<f64>,
    /// Where larger-than-memory work spills.
    pub temporary: Option<PathBuf>,
    /// Further settings of its own, as `name = value`.
    pub further: &'static [&'static str],
    /// Where its threads are known.
    pub threads: Threads,
}

impl Settings {
    /// The tables of the lake, what lies beside them, and the further relations.
    pub(super) fn all_relations(&self) -> Vec<Relation> {
        let beside = self
            .lake
            .iter()
            .flat_map(|lake| source::relations(&lake.root.join(CUSTOMERS)).unwrap_or_default());
        self.lake
            .iter()
            .flat_map(lake_relations)
            .chain(beside)
            .chain(self.relations.iter().cloned())
            .collect()
    }
}

/// What a query asks the clock, in UTC as all else here. DuckDB has it in the extension that knows all time zones, which is not
/// linked in; where it is, these count.
const CLOCK: &str = "CREATE MACRO current_localtimestamp() AS make_timestamp(epoch_us(now()));
    CREATE MACRO \"current_date\"() AS CAST(make_timestamp(epoch_us(now())) AS DATE);
    CREATE MACRO today() AS CAST(make_timestamp(epoch_us(now())) AS DATE)";

pub(super) fn open(settings: &Settings) -> Result<Connection, EngineError> {
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
    if let Some(most) = settings.most_memory {
        let is_more = memory_limit(&connection).map_err(engine_error)?.is_none_or(|limit| limit > most);
        if is_more {
            let lower = format!("SET memory_limit = '{}KB'", (most / 1e3).ceil());
            connection.execute_batch(&lower).map_err(engine_error)?;
        }
    }
    // A footer is read once: windows of a file are read again and again.
    connection.execute_batch("SET GLOBAL parquet_metadata_cache = true").map_err(engine_error)?;
    connection.execute_batch(CLOCK).map_err(engine_error)?;
    for setting in settings.further {
        connection.execute_batch(&format!("SET GLOBAL {setting}")).map_err(engine_error)?;
    }
    let results = settings.results.is_some().then(|| SCHEMA.to_owned());
    for schema in settings.schemas.iter().chain(&results) {
        let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quote_name(schema));
        connection.execute_batch(&create).map_err(engine_error)?;
    }
    Ok(connection)
}

/// The bytes of memory that a database may take.
///
/// # Errors
/// When it cannot be asked.
pub fn memory_limit(connection: &Connection) -> Result<Option<f64>, ::duckdb::Error> {
    // The database knows all spellings, and gives one: `3.7 GiB`.
    let text: String =
        connection.query_row("SELECT current_setting('memory_limit')", [], |row| row.get(0))?;
    let Some((number, unit)) = text.split_once(' ') else { return Ok(None) };
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let power = units.iter().position(|known| *known == unit).and_then(|power| i32::try_from(power).ok());
    Ok(power.zip(number.parse::<f64>().ok()).map(|(power, number)| number * 1024_f64.powi(power)))
}

/// A table reads exactly the files of the manifest: a file that does not belong is not in its result.
fn lake_relations(lake: &Lake) -> Vec<Relation> {
    let relation = |table: &Table| {
        let paths = table.files.iter().map(|file| quote_text(&lake.path(file).to_string_lossy()));
        let paths = paths.collect::<Vec<_>>().join(", ");
        let partitions = if table.partitioned {
            ", hive_partitioning = true, hive_types = {'year': INTEGER, 'month': INTEGER}"
        } else {
            ", hive_partitioning = false"
        };
        let file = match table.files.as_slice() {
            // The columns of its folders are not in the file.
            [file] if !table.partitioned => Some(lake.path(file)),
            _ => None,
        };
        let from = format!("read_parquet([{paths}]{partitions})");
        Relation { name: table.name.clone(), from, file, copies: None }
    };
    lake.manifest.tables.iter().filter(|table| !table.files.is_empty()).map(relation).collect()
}

pub(super) fn create_views(
    base: &Connection,
    schemas: &[String],
    name: &str,
    from: &str,
) -> Result<(), EngineError> {
    let name = quote_name(name);
    let mut places: Vec<_> = schemas.iter().map(|schema| format!("{}.{name}", quote_name(schema))).collect();
    if places.is_empty() {
        places.push(name);
    }
    for place in places {
        base.execute_batch(&format!("CREATE OR REPLACE VIEW {place} AS SELECT * FROM {from}"))
            .map_err(engine_error)?;
    }
    Ok(())
}

/// Lets a file that a statement of this connection names be read as the relation reads it.
pub(super) fn replace_file(
    connection: &Connection,
    path: &Path,
    relation: &Relation,
) -> Result<(), EngineError> {
    let name = quote_name(&path.to_string_lossy());
    let create = format!("CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {}", relation.from);
    connection.execute_batch(&create).map_err(engine_error)
}

/// The files that a pattern meets.
pub(super) fn files_of(connection: &Connection, pattern: &str) -> Result<Vec<PathBuf>, EngineError> {
    let mut prepared = connection.prepare("SELECT file FROM glob($1)").map_err(engine_error)?;
    let files = prepared.query_map([pattern], |row| row.get::<_, String>(0)).map_err(engine_error)?;
    files.map(|file| file.map(PathBuf::from).map_err(engine_error)).collect()
}

/// Lets names without a schema resolve in this one.
pub(super) fn enter(connection: &Connection, schema: &str) -> Result<(), EngineError> {
    let path = quote_text(&quote_name(schema));
    connection.execute_batch(&format!("SET search_path = {path}")).map_err(engine_error)
}
