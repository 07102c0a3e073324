//! One table on the disk: written whole under another name, renamed, and described for the manifest.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::{PipelineError, Stage, clear, io_at, stage_failed};
use crate::engine::duckdb::Connection;
use crate::lake::{self, Column, Newest, Table};

/// Runs a stage and replaces its table.
pub fn table(connection: &Connection, root: &Path, work: &Path, stage: &Stage) -> Result<(), PipelineError> {
    let failed = stage_failed(stage.name);
    let Stage { name, sql, order, .. } = stage;
    let fresh = work.join(name);
    let (folders, options, target) = if let Some(date) = stage.partition {
        // Text, because a number would lose the zero of month=06.
        let folders = format!(", strftime({date}, '%Y') AS year, strftime({date}, '%m') AS month");
        (folders, ", PARTITION_BY (year, month)", quoted(&fresh))
    } else {
        fs::create_dir_all(&fresh).map_err(io_at(&fresh))?;
        (String::new(), "", quoted(&fresh.join("data_0.parquet")))
    };
    // The stage runs on all threads; one thread writes its ordered result, so the files do not depend on their race.
    let statements = [
        format!(
            "CREATE TEMP TABLE stage AS SELECT stage.*{folders} FROM ({sql}\n) AS stage ORDER BY {order}"
        ),
        "SET threads = 1".into(),
        format!("COPY stage TO {target} (FORMAT parquet, COMPRESSION zstd{options})"),
        "RESET threads; DROP TABLE stage".into(),
    ];
    for statement in &statements {
        connection.execute_batch(statement).map_err(&failed)?;
    }
    replace(&fresh, &root.join(name), &work.join("old"))
}

/// Puts the fresh folder in the place of the former one, which is kept until the fresh one is there.
fn replace(fresh: &Path, place: &Path, aside: &Path) -> Result<(), PipelineError> {
    match fs::rename(place, aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_at(place)(error)),
        _ => {}
    }
    fs::rename(fresh, place).map_err(io_at(place))?;
    clear(aside)
}

/// The SELECT that reads a whole table, without its folders' names as columns.
pub fn read(root: &Path, name: &str) -> String {
    let glob = quoted(&root.join(name).join("**").join("*.parquet"));
    format!("SELECT * FROM read_parquet({glob}, hive_partitioning = false)")
}

/// What the manifest says about a table, read back from its files.
pub fn describe(connection: &Connection, root: &Path, stage: &Stage) -> Result<Table, PipelineError> {
    let failed = stage_failed(stage.name);
    let select = read(root, stage.name);
    let mut columns = columns(connection, &select).map_err(&failed)?;
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
    let mut files = Vec::new();
    list(root, stage.name, &mut files)?;
    Ok(Table {
        name: stage.name.into(),
        partitioned: stage.partition.is_some(),
        columns,
        rows,
        newest,
        files,
    })
}

fn columns(connection: &Connection, select: &str) -> Result<Vec<Column>, duckdb::Error> {
    let mut statement = connection.prepare(&format!("DESCRIBE {select}"))?;
    let rows = statement.query_map([], |row| Ok(Column { name: row.get(0)?, sql_type: row.get(1)? }))?;
    rows.collect()
}

/// Adds every file below a folder of the lake, in the order of their paths.
fn list(root: &Path, folder: &str, files: &mut Vec<lake::File>) -> Result<(), PipelineError> {
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
            list(root, &below, files)?;
        } else {
            let path = root.join(&below);
            let (size, sha256) = digest(&path).map_err(io_at(&path))?;
            files.push(lake::File { path: below, size, sha256 });
        }
    }
    Ok(())
}

/// Size and SHA-256 of a file, read piece by piece.
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
