//! Tables as Parquet files: the same rows in the same order give the same bytes.
//!
//! A file is written by one thread, so that it does not depend on a race; several files are written side by side.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::{PipelineError, Stage, io_at, stage_failed};
use crate::engine::duckdb::Connection;
use crate::lake::{self, Column, Newest};

/// Names of the files; one in each folder.
const FILE: &str = "data_0.parquet";

/// Makes a whole table in a folder.
///
/// `sql` is sorted once by all threads; then each writer takes a range of dates.
pub fn whole(connection: &Connection, fresh: &Path, stage: &Stage, sql: &str) -> Result<(), PipelineError> {
    let failed = stage_failed(stage.name);
    let Stage { order, .. } = stage;
    let run = |sql: &str| connection.execute_batch(sql).map_err(&failed);
    fs::create_dir_all(fresh).map_err(io_at(fresh))?;
    let Some(date) = stage.partition else {
        let target = quoted(&fresh.join(FILE));
        run(&format!(
            "CREATE TABLE stage AS SELECT * FROM ({sql}\n) AS stage ORDER BY {order}; SET threads = 1"
        ))?;
        return run(&format!(
            "COPY stage TO {target} (FORMAT parquet, COMPRESSION zstd); DROP TABLE stage; RESET threads"
        ));
    };
    // Text, because a number would lose the zero of month=06.
    run(&format!(
        "CREATE TABLE stage AS SELECT stage.*, strftime({date}, '%Y') AS year, strftime({date}, '%m') AS month \
         FROM ({sql}\n) AS stage ORDER BY {order}; SET threads = 1"
    ))?;
    let middle: Option<String> = connection
        .query_row(
            &format!("SELECT CAST(date_trunc('month', quantile_disc({date}, 0.5)) AS VARCHAR) FROM stage"),
            [],
            |row| row.get(0),
        )
        .map_err(&failed)?;
    let ranges = match middle {
        Some(middle) => {
            vec![format!("{date} < DATE '{middle}'"), format!("({date} < DATE '{middle}') IS NOT TRUE")]
        }
        None => vec!["TRUE".to_owned()],
    };
    side_by_side(connection, stage, ranges, |connection, range| {
        connection.execute_batch(&format!(
            "COPY (SELECT * FROM stage WHERE {range}) TO {} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (year, month), OVERWRITE_OR_IGNORE)",
            quoted(fresh)
        ))
    })?;
    run("DROP TABLE stage; RESET threads")
}

/// Makes some months of a table whose months follow those of another, `leader`: each from the leader's files of it.
pub fn months(
    connection: &Connection,
    fresh: &Path,
    stage: &Stage,
    sql: &str,
    leader: &str,
    months: Vec<(String, String)>,
) -> Result<(), PipelineError> {
    let run = |sql: &str| connection.execute_batch(sql).map_err(stage_failed(stage.name));
    for (month, _) in &months {
        let folder = fresh.join(month);
        fs::create_dir_all(&folder).map_err(io_at(&folder))?;
    }
    run("SET threads = 1")?;
    let order = stage.order;
    side_by_side(connection, stage, months, |connection, (month, from)| {
        // A view of this connection alone hides the table of the same name.
        connection.execute_batch(&format!(
            "CREATE OR REPLACE TEMP VIEW {leader} AS {from}; \
             COPY (SELECT * FROM ({sql}\n) AS stage ORDER BY {order}) TO {} (FORMAT parquet, COMPRESSION zstd)",
            quoted(&fresh.join(month).join(FILE))
        ))
    })?;
    run("RESET threads")
}

/// Does pieces of work on as many connections as there are processors.
fn side_by_side<T: Send>(
    connection: &Connection,
    stage: &Stage,
    pieces: Vec<T>,
    work: impl Fn(&Connection, &T) -> Result<(), duckdb::Error> + Sync,
) -> Result<(), PipelineError> {
    let failed = stage_failed(stage.name);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(pieces.len());
    let connections =
        (0..workers).map(|_| connection.try_clone()).collect::<Result<Vec<_>, _>>().map_err(&failed)?;
    let pieces = Mutex::new(pieces);
    let next = || pieces.lock().ok().and_then(|mut pieces| pieces.pop());
    thread::scope(|scope| {
        let worker = |connection: Connection| {
            while let Some(piece) = next() {
                work(&connection, &piece)?;
            }
            Ok(())
        };
        let running: Vec<_> =
            connections.into_iter().map(|connection| scope.spawn(move || worker(connection))).collect();
        running.into_iter().try_for_each(|thread| match thread.join() {
            Ok(done) => done.map_err(|error: duckdb::Error| failed(error)),
            Err(_) => Err(super::died(stage)),
        })
    })
}

/// The SELECT that reads Parquet files, without their folders' names as columns.
pub fn read<'a>(paths: impl Iterator<Item = &'a Path>) -> String {
    let paths = paths.map(quoted).collect::<Vec<_>>().join(", ");
    format!("SELECT * FROM read_parquet([{paths}], hive_partitioning = false)")
}

/// Columns, rows and newest date of a table.
pub fn describe(
    connection: &Connection,
    select: &str,
    stage: &Stage,
) -> Result<(Vec<Column>, u64, Option<Newest>), PipelineError> {
    let failed = stage_failed(stage.name);
    let mut columns = columns(connection, select).map_err(&failed)?;
    if stage.partition.is_some() {
        let folder = |name: &str| Column { name: name.into(), sql_type: "VARCHAR".into() };
        columns.extend([folder("year"), folder("month")]);
    }
    // The calendar reaches into the future, so only tables of events have a newest date.
    let newest = stage
        .partition
        .map_or("CAST(NULL AS VARCHAR)".into(), |date| format!("CAST(MAX({date}) AS VARCHAR)"));
    let (rows, newest) = connection
        .query_row(&format!("SELECT COUNT(*), {newest} FROM ({select})"), [], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, Option<String>>(1)?))
        })
        .map_err(&failed)?;
    let date = newest.and_then(|text| text.parse::<NaiveDate>().ok());
    let newest = stage.partition.zip(date).map(|(column, date)| Newest { column: column.into(), date });
    Ok((columns, rows, newest))
}

pub fn columns(connection: &Connection, select: &str) -> Result<Vec<Column>, duckdb::Error> {
    let mut statement = connection.prepare(&format!("DESCRIBE {select}"))?;
    let rows = statement.query_map([], |row| Ok(Column { name: row.get(0)?, sql_type: row.get(1)? }))?;
    rows.collect()
}

/// Tells every file below a folder, as a path below the root, in the order of the paths.
pub fn walk(
    root: &Path,
    folder: &str,
    tell: &mut dyn FnMut(String) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    let path = root.join(folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).map_err(io_at(&path))? {
        let entry = entry.map_err(io_at(&path))?;
        names.push((entry.file_name(), entry.file_type().map_err(io_at(&path))?.is_dir()));
    }
    names.sort();
    for (name, is_folder) in names {
        let below = format!("{folder}/{}", name.to_string_lossy());
        if is_folder {
            walk(root, &below, tell)?;
        } else {
            tell(below)?;
        }
    }
    Ok(())
}

/// A file of the lake with its size and SHA-256, read piece by piece.
pub fn file(root: &Path, path: String) -> Result<lake::File, PipelineError> {
    let place = root.join(&path);
    let (size, sha256) = digest(&place).map_err(io_at(&place))?;
    Ok(lake::File { path, size, sha256 })
}

fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((size, format!("{:x}", hash.finalize())));
        }
        hash.update(piece.get(..read).unwrap_or_default());
        size += read as u64;
    }
}

/// A path as a string literal.
pub fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "''"))
}
