//! Tables as Parquet files: the same rows in the same order give the same bytes.
//!
//! A file is written by one thread, so that it does not depend on a race; several files are written side by side.

use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use chrono::NaiveDate;

use super::batches::GROUP;
use super::column_copy;
use super::error::{PipelineError, died, io_at, stage_failed};
use super::files::quoted;
use super::spread::{self, FOLDER};
use super::stages::Stage;
use crate::engine::duckdb::Connection;
use crate::lake::{Column, Newest};

/// Names of the files; one in each folder.
pub const FILE: &str = "data_0.parquet";
/// The folder of rows without a date, as Hive names it.
const NO_MONTH: &str = "year=__HIVE_DEFAULT_PARTITION__/month=__HIVE_DEFAULT_PARTITION__";

/// The folder of a file, or what the folders of several are below, and the rows.
pub type Partition = (String, Rows);

/// The rows of a file.
#[derive(Debug)]
pub enum Rows {
    /// In order.
    Select(String),
    /// A file that has them in order.
    File(PathBuf),
    /// Those of several months in order, with their folders as the last column.
    Months(String),
    /// Those of a SELECT, which are those of a file in its order.
    Beside(PathBuf, String),
}

/// Makes a whole table in a folder: `sql` runs once on all threads, then each month is sorted and written.
pub fn whole(connection: &Connection, fresh: &Path, stage: &Stage, sql: &str) -> Result<(), PipelineError> {
    let failed = stage_failed(stage.name);
    let run = |sql: &str| connection.execute_batch(sql).map_err(&failed);
    let partitions = match stage.partition {
        None => {
            run(&format!("CREATE TABLE stage AS {sql}"))?;
            vec![(String::new(), Rows::Select(stage.ordered("SELECT * FROM stage")))]
        }
        // By date, so that a month is found without looking at the others.
        Some(date) => {
            run(&format!("CREATE TABLE stage AS SELECT * FROM ({sql}\n) AS stage ORDER BY {date}"))?;
            partitions(connection, stage, date).map_err(&failed)?
        }
    };
    files(connection, fresh, stage, partitions)?;
    run("DROP TABLE stage")
}

/// The months of the table `stage` by a date, in as many stretches as there are workers.
fn partitions(connection: &Connection, stage: &Stage, date: &str) -> Result<Vec<Partition>, duckdb::Error> {
    let sql = format!(
        "SELECT CAST(MIN({date}) AS VARCHAR), COUNT(*) FROM stage WHERE {date} IS NOT NULL \
         GROUP BY date_trunc('month', {date}) ORDER BY MIN({date})"
    );
    let mut statement = connection.prepare(&sql)?;
    let months = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let months: Vec<(String, u64)> = months.collect::<Result<_, _>>()?;
    if months.is_empty() {
        // A table without a row has a file too, which tells its columns.
        return Ok(vec![(NO_MONTH.to_owned(), Rows::Select(stage.ordered("SELECT * FROM stage")))]);
    }
    let all: u64 = months.iter().map(|(_, rows)| rows).sum();
    let most = all / workers(months.len()).max(1) as u64 + 1;
    // Where each stretch begins.
    let mut begins: Vec<&str> = Vec::new();
    let mut before = 0;
    for (first, rows) in &months {
        if before / most >= begins.len() as u64 {
            begins.push(first);
        }
        before += rows;
    }
    let ranges = begins.iter().enumerate().map(|(place, from)| {
        let until =
            begins.get(place + 1).map(|until| format!(" AND {date} < date_trunc('month', DATE '{until}')"));
        format!("{date} >= date_trunc('month', DATE '{from}'){}", until.unwrap_or_default())
    });
    let ranges = ranges.chain([format!("{date} IS NULL")]);
    let folder = format!("strftime({date}, 'year=%Y/month=%m') AS {FOLDER}");
    let rows = ranges.map(|range| {
        format!("SELECT *, {folder} FROM stage WHERE {range} ORDER BY {FOLDER}, {}", stage.order)
    });
    Ok(rows.map(|select| (String::new(), Rows::Months(select))).collect())
}

/// Writes a file for each partition; each is written by one thread.
pub fn files(
    connection: &Connection,
    fresh: &Path,
    stage: &Stage,
    partitions: Vec<Partition>,
) -> Result<(), PipelineError> {
    let run = |sql: &str| connection.execute_batch(sql).map_err(stage_failed(stage.name));
    fs::create_dir_all(fresh).map_err(io_at(fresh))?;
    for (folder, _) in &partitions {
        let folder = fresh.join(folder);
        fs::create_dir_all(&folder).map_err(io_at(&folder))?;
    }
    // All months have the same columns: to ask for each would cost as much as computing a small one.
    let described = partitions.iter().find_map(|(_, rows)| match rows {
        Rows::Beside(_, select) => Some(columns(connection, select)),
        Rows::Select(_) | Rows::Months(_) | Rows::File(_) => None,
    });
    let columns = described.transpose().map_err(stage_failed(stage.name))?.unwrap_or_default();
    run("SET threads = 1")?;
    let connections = (0..workers(partitions.len())).map(|_| connection.try_clone());
    let connections = connections.collect::<Result<Vec<_>, _>>().map_err(stage_failed(stage.name))?;
    let write = |connection: &Connection, (folder, rows): Partition| {
        let place = fresh.join(folder).join(FILE);
        match rows {
            Rows::Select(select) => connection
                .execute_batch(&format!(
                    "COPY ({select}) TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {GROUP})",
                    quoted(&place)
                ))
                .map_err(stage_failed(stage.name)),
            Rows::Months(select) => {
                spread::write(connection, &select, fresh, NO_MONTH, FILE).map_err(stage_failed(stage.name))
            }
            // A second name: the run may be stopped, and the next one looks for it where it was.
            Rows::File(file) => fs::hard_link(&file, &place)
                .or_else(|_| fs::copy(&file, &place).map(drop))
                .map_err(io_at(&place)),
            Rows::Beside(leader, select) => {
                column_copy::month(connection, &columns, &select, &leader, &place).map_err(io_at(&place))
            }
        }
    };
    side_by_side(connections, partitions, write, || died(stage.name))?;
    run("RESET threads")
}

/// How many threads do partitions of work.
#[must_use]
pub fn workers(partitions: usize) -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(partitions)
}

/// Does partitions of work, each worker with something of its own; what they give is in no order.
///
/// # Errors
/// The first that a worker met with; what `died` says when one ended without an answer.
pub fn side_by_side<W: Send, T: Send, R: Send, E: Send>(
    workers: impl IntoIterator<Item = W>,
    partitions: Vec<T>,
    work: impl Fn(&W, T) -> Result<R, E> + Sync,
    died: impl Fn() -> E,
) -> Result<Vec<R>, E> {
    let partitions = Mutex::new(partitions);
    let next = || partitions.lock().ok().and_then(|mut partitions| partitions.pop());
    let (next, work) = (&next, &work);
    thread::scope(|scope| {
        let worker = |worker: W| {
            scope.spawn(move || {
                iter::from_fn(next).map(|partition| work(&worker, partition)).collect::<Result<Vec<_>, _>>()
            })
        };
        let running: Vec<_> = workers.into_iter().map(worker).collect();
        let done = running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(died())));
        Ok(done.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    })
}

/// The second date of a bank line.
const BOOKED: &str = "booking_date";

/// Columns, rows and newest date of a table.
pub fn describe(
    connection: &Connection,
    select: &str,
    stage: &Stage,
) -> Result<(Vec<Column>, u64, Option<Newest>), PipelineError> {
    let failed = stage_failed(stage.name);
    let mut columns = columns(connection, select).map_err(&failed)?;
    if stage.partition.is_some() {
        // Readers take the folders' numbers as such.
        let folder = |name: &str| Column { name: name.into(), sql_type: "INTEGER".into() };
        columns.extend([folder("year"), folder("month")]);
    }
    // The calendar reaches into the future, so only tables of events have a newest date.
    let newest = stage.partition.map_or("NULL".into(), |date| {
        // A line may be booked after the day of its value.
        let is_booked = columns.iter().any(|column| column.name == BOOKED);
        if is_booked { format!("MAX(GREATEST({date}, {BOOKED}))") } else { format!("MAX({date})") }
    });
    let newest = format!("CAST({newest} AS VARCHAR)");
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
