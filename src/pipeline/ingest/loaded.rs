//! How much of each file was new: a line that two files have is in the table once.

use std::path::Path;

use super::super::database::DIALECT;
use super::super::error::{PipelineError, stage_failed};
use super::super::{bank, views};
use super::{Kind, State, Told};
use crate::engine::duckdb::Connection;
use crate::sql::quote_text;

/// Says of each kept file how many of its rows are new in the table, which had `before` rows and now has `after`.
///
/// # Errors
/// When a raw file cannot be read again.
pub fn attribute(
    root: &Path,
    kind: &Kind,
    told: &mut [Told],
    before: u64,
    after: u64,
) -> Result<(), PipelineError> {
    let fresh = after.saturating_sub(before);
    let rows: u64 = kept(told).map(|file| file.rows).sum();
    let files = kept(told).count();
    // Only files that overlap among each other must be read again to tell whose line a line is.
    let exact = if files > 1 && rows != fresh { brought(root, kind, told)? } else { Vec::new() };
    for (place, file) in told.iter_mut().filter(|file| file.state == State::Kept).enumerate() {
        file.loaded = match exact.get(place) {
            Some(loaded) => *loaded,
            None if files == 1 => fresh,
            None => file.rows,
        };
    }
    Ok(())
}

fn kept(told: &[Told]) -> impl Iterator<Item = &Told> {
    told.iter().filter(|file| file.state == State::Kept)
}

/// New rows of each kept file, in the order in which they came.
fn brought(root: &Path, kind: &Kind, told: &[Told]) -> Result<Vec<u64>, PipelineError> {
    let failed = |error: duckdb::Error| stage_failed(kind.table)(error);
    let connection = Connection::open_in_memory().map_err(failed)?;
    let mut ranks = Vec::new();
    for (place, file) in kept(told).enumerate() {
        ranks.extend(file.sources.iter().map(|source| format!("({}, {})", quote_text(source), place + 1)));
    }
    let view = views::view(root, root, kind.raw)?;
    let setup = format!(
        "{DIALECT}; {view}; CREATE TEMP TABLE given AS SELECT * FROM (VALUES {}) AS list(source_file, place);
         CREATE TEMP VIEW ranks AS SELECT source_file, COALESCE(place, 0) AS place
         FROM (SELECT DISTINCT source_file FROM {}) AS files LEFT JOIN given USING (source_file)",
        ranks.join(", "),
        kind.rows
    );
    connection.execute_batch(&setup).map_err(failed)?;
    let mut loaded = vec![0; kept(told).count()];
    let mut statement = connection.prepare(kind.loaded).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let place: usize = row.get(0).map_err(failed)?;
        if let Some(slot) = place.checked_sub(1).and_then(|place| loaded.get_mut(place)) {
            *slot = row.get(1).map_err(failed)?;
        }
    }
    drop(rows);
    bank::partitions::remove(root)?;
    Ok(loaded)
}
