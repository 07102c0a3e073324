//! How much of each statement was new: a line that two files have is in the table once.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::bank::merge::{KEYED, REPEATS};
use super::super::bank::partitions::{self, Bring, Lines};
use super::super::database::Scratch;
use super::super::error::{PipelineError, stage_failed};
use super::FileKind;
use super::keep::reading;
use super::report::{FileReport, State};
use crate::sql::quote_text;

const LOADED: &str = include_str!("../bank/loaded.sql");

/// Counts for each kept statement how many of its rows are new in the table, which had `before` rows and now has `after`,
/// and how many are one with lines of other files although one of the two lacks its text or its balance.
///
/// # Errors
/// When a raw file cannot be read again.
pub fn attribute(
    root: &Path,
    kind: &FileKind,
    reports: &mut [FileReport],
    [before, after]: [u64; 2],
    bring: &Bring,
) -> Result<(), PipelineError> {
    let fresh = after.saturating_sub(before);
    let rows: u64 = kept(reports).map(|report| report.rows).sum();
    let files = kept(reports).count();
    if rows == 0 {
        return Ok(());
    }
    let mut months = Some(BTreeSet::new());
    for file in kept(reports).filter_map(|report| report.kept.as_deref()) {
        for part in reading(root, file)?.iter().flat_map(|reading| &reading.parts) {
            months = months.zip(part.months.clone()).map(|(mut all, own)| {
                all.extend(own);
                all
            });
        }
    }
    let months = months.unwrap_or_default();
    let (touching, may_match) = partitions::touching(root, &months)?;
    // Only files that overlap must be read again to know whose line a line is, and only in the months that they share.
    let exact = if (files > 1 && rows != fresh) || (may_match && touching.len() > 1) {
        brought(root, kind, reports, (&months, &touching), bring)?
    } else {
        Vec::new()
    };
    for (place, report) in reports.iter_mut().filter(|report| report.state == State::Kept).enumerate() {
        (report.loaded, report.matched) = match exact.get(place) {
            Some(counts) => *counts,
            None if files == 1 => (fresh, 0),
            None => (report.rows, 0),
        };
        if report.matched > 0 {
            report.notes.push(format!(
                "{} lines are one with lines of another file: all agrees but a text or a balance, which one of the two lacks",
                report.matched
            ));
        }
    }
    Ok(())
}

fn kept(reports: &[FileReport]) -> impl Iterator<Item = &FileReport> {
    reports.iter().filter(|report| report.state == State::Kept)
}

/// New and matched rows of each kept file, in the order in which they came.
fn brought(
    root: &Path,
    kind: &FileKind,
    reports: &[FileReport],
    (touched, files): (&BTreeSet<String>, &BTreeSet<String>),
    bring: &Bring,
) -> Result<Vec<(u64, u64)>, PipelineError> {
    let failed = |error: duckdb::Error| stage_failed("banktxn")(error);
    let connection = Scratch::open().map_err(failed)?;
    let mut ranks = Vec::new();
    for (place, report) in kept(reports).enumerate() {
        ranks.extend(report.sources.iter().map(|source| format!("({}, {})", quote_text(source), place + 1)));
    }
    let mut months = partitions::months(root, kind, Some(files), bring)?;
    months.retain(|month, _| touched.contains(month));
    let lines: Vec<_> = months.values().map(Lines::select).collect();
    let setup = format!(
        "CREATE TEMP TABLE given AS SELECT * FROM (VALUES {}) AS list(source_file, place);
         CREATE TEMP VIEW bank_lines AS {};
         CREATE TEMP VIEW ranks AS SELECT source_file, COALESCE(place, 0) AS place
         FROM (SELECT DISTINCT source_file FROM bank_lines) AS files LEFT JOIN given USING (source_file)",
        ranks.join(", "),
        lines.join(" UNION ALL ")
    );
    connection.execute_batch(&setup).map_err(failed)?;
    let mut brought = vec![(0, 0); kept(reports).count()];
    let sql = format!("{KEYED}{REPEATS}{LOADED}");
    let mut statement = connection.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let place: usize = row.get(0).map_err(failed)?;
        if let Some(counts) = place.checked_sub(1).and_then(|place| brought.get_mut(place)) {
            // Below zero where lines of earlier files are one only by what this one tells.
            let loaded = row.get::<_, i64>(1).map_err(failed)?.max(0).unsigned_abs();
            *counts = (loaded, row.get(2).map_err(failed)?);
        }
    }
    drop(rows);
    partitions::remove(root)?;
    Ok(brought)
}
