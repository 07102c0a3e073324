//! What the manifest tells of a table: its columns, its rows, its newest date. Of the months that stay no file is read.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::due::month_of;
use super::error::{PipelineError, stage_failed};
use super::made::Made;
use super::plan::Planned;
use super::stages::Stage;
use super::{files, input, write};
use crate::engine::duckdb::Connection;
use crate::lake::{File, Table};

/// A table with its summary, by the files that were written and the months that stay.
///
/// # Errors
/// When a file cannot be read, or the table that it follows has not as many rows.
pub fn of(
    planned: &Planned,
    connection: &Connection,
    stage: &Stage,
    made: &Made,
    (written, kept): (&BTreeSet<String>, &BTreeSet<String>),
    leader: Option<&Made>,
) -> Result<Table, PipelineError> {
    let former = planned.former.table(stage.name).filter(|_| !kept.is_empty());
    let (columns, rows, newest) = match former {
        None => write::describe(connection, &made.read(planned.root), stage)?,
        Some(former) if written.is_empty() => (former.columns.clone(), 0, None),
        Some(_) => {
            let select = input::rows(planned, made, |file| written.contains(&file.path))?;
            write::describe(connection, &select, stage)?
        }
    };
    let is_due = |file: &&File| !kept.contains(month_of(&file.path));
    let count = |places: Vec<PathBuf>| count(connection, stage, &places);
    let (all, newest) = match (leader, former) {
        (Some(leader), _) => {
            let due = leader.table.files.iter().filter(is_due);
            let due = count(due.map(|file| leader.place(planned.root, &file.path)).collect())?;
            if due != rows {
                let message = format!("{due} rows became {rows}");
                return Err(PipelineError::Stage { stage: stage.name, message });
            }
            (leader.table.rows, leader.table.newest.clone())
        }
        (None, Some(former)) => {
            let again = former.files.iter().filter(is_due);
            let again = count(again.map(|file| planned.root.join(&file.path)).collect())?;
            let newest = [&former.newest, &newest].into_iter().flatten().max_by_key(|newest| newest.date);
            (former.rows.saturating_sub(again) + rows, newest.cloned())
        }
        (None, None) => (rows, newest),
    };
    Ok(Table { columns, rows: all, newest, ..made.table.clone() })
}

fn count(connection: &Connection, stage: &Stage, places: &[PathBuf]) -> Result<u64, PipelineError> {
    if places.is_empty() {
        return Ok(0);
    }
    let select = files::read(places.iter().map(PathBuf::as_path));
    let count = connection.query_row(&format!("SELECT COUNT(*) FROM ({select})"), [], |row| row.get(0));
    count.map_err(stage_failed(stage.name))
}
