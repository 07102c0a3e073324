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
/// how many are one with lines of other files although the two differ in words, or one lacks its text or its balance, and how many
/// may be.
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
    let touching = partitions::touching(root, &months)?;
    let may_differ = touching.files.len() > 1 && (touching.may_match || !touching.are_alike);
    // Only files that overlap must be read again to know whose line a line is, and only in the months that they share.
    let mut exact = Vec::new();
    if (files > 1 && rows != fresh) || may_differ {
        exact = brought(root, kind, reports, (&months, &touching.files), bring)?;
    }
    for (place, report) in reports.iter_mut().filter(|report| report.state == State::Kept).enumerate() {
        let loaded = if files == 1 { fresh } else { report.rows };
        let brought = exact.get(place).cloned().unwrap_or(Brought { loaded, ..Brought::default() });
        (report.loaded, report.matched) = (brought.loaded, brought.matched);
        report.notes.extend(brought.told());
    }
    Ok(())
}

fn kept(reports: &[FileReport]) -> impl Iterator<Item = &FileReport> {
    reports.iter().filter(|report| report.state == State::Kept)
}

/// What a file brought to the table.
#[derive(Debug, Clone, Default)]
struct Brought {
    loaded: u64,
    /// Lines that are one with lines of other files.
    matched: u64,
    /// Lines that may be, and the first day of one.
    doubtful: u64,
    first_day: Option<String>,
}

impl Brought {
    /// What a person should know.
    fn told(&self) -> Vec<String> {
        let [is, may_be] = [self.matched, self.doubtful].map(|lines| match lines {
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        });
        let mut told = Vec::new();
        if self.matched > 0 {
            let verb = if self.matched == 1 { "is" } else { "are" };
            told.push(format!("{is} {verb} one with lines of another file, which has other words or lacks a text or a balance"));
        }
        if let Some(day) = &self.first_day {
            told.push(format!(
                "{may_be} may stand twice: another file has lines of the same account, day and amount, but other words (from {day} on; `saldo ingest forget` takes a file out)"
            ));
        }
        told
    }
}

/// What each kept file brought, in the order in which they came.
fn brought(
    root: &Path,
    kind: &FileKind,
    reports: &[FileReport],
    (touched, files): (&BTreeSet<String>, &BTreeSet<String>),
    bring: &Bring,
) -> Result<Vec<Brought>, PipelineError> {
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
    let mut brought = vec![Brought::default(); kept(reports).count()];
    let sql = format!("{KEYED}{REPEATS}{LOADED}");
    let mut statement = connection.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let place: usize = row.get(0).map_err(failed)?;
        if let Some(counts) = place.checked_sub(1).and_then(|place| brought.get_mut(place)) {
            // Below zero where lines of earlier files are one only by what this one tells.
            *counts = Brought {
                loaded: row.get::<_, i64>(1).map_err(failed)?.max(0).unsigned_abs(),
                matched: row.get(2).map_err(failed)?,
                doubtful: row.get(3).map_err(failed)?,
                first_day: row.get(4).map_err(failed)?,
            };
        }
    }
    drop(rows);
    partitions::remove(root)?;
    Ok(brought)
}
