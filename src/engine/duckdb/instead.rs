//! What a statement reads in place of a file that it names, where DuckDB's own reading would lose or change something.
//!
//! DuckDB takes a day as the first format has it that fits: `05/07/17` is then in the year 2005. A column that would
//! become a date stays a text unless all its cells settle it, or its years stand first in four digits.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ::duckdb::Connection;
use tokio_util::sync::CancellationToken;

use super::database::{self, replace_file};
use super::error::engine_error;
use super::interrupt::interruptible;
use super::{DuckDb, lock};
use crate::engine::{EngineError, ErrorKind};
use crate::source::{self, Reading, Relation};
use crate::sql::{quote_name, quote_text};

/// Rows whose days are looked at, far more than those by which DuckDB finds its formats.
const ROWS: u32 = 250_000;
/// What can be one day only, or none.
const YEAR_FIRST: &str = r"^([+-]?\d{4,}\D|-?infinity|epoch)";

/// The columns of a file and their types.
type Columns = Vec<(String, String)>;

impl DuckDb {
    /// Lets a connection read something else in place of a file that the engine would misread, and says what was decided.
    /// A copy is made once, not for every statement.
    pub(super) fn replace(
        &self,
        run: &Connection,
        path: &Path,
        cancel: &CancellationToken,
    ) -> Result<(), EngineError> {
        let stamp = fs::metadata(path).ok().map(|found| (found.len(), found.modified().ok()));
        let known = lock(&self.shared.copied).get(path).cloned();
        if let Some((_, relation)) = known.filter(|(of, _)| Some(*of) == stamp) {
            return interruptible(run, cancel, || replace_file(run, path, &relation));
        }
        if let Some(relation) = source::peculiar(path) {
            return interruptible(run, cancel, || replace_file(run, path, &relation));
        }
        let readings = source::readings(path, &|| cancel.is_cancelled());
        if cancel.is_cancelled() {
            return Err(EngineError::cancelled());
        }
        let folders = source::folders(path);
        let decide = |reading| decided(run, reading, &folders);
        let relation = self.replace_with(run, path, readings, &decide, cancel)?;
        if let (Some(stamp), Some(relation)) = (stamp, relation)
            && relation.copies.is_some()
        {
            lock(&self.shared.copied).insert(path.to_owned(), (stamp, relation));
        }
        Ok(())
    }

    /// The same for the files that a pattern meets.
    pub(super) fn replace_pattern(
        &self,
        run: &Connection,
        pattern: &str,
        cancel: &CancellationToken,
    ) -> Result<(), EngineError> {
        let files = interruptible(run, cancel, || database::files_of(run, pattern))?;
        if !source::are_files(&files) {
            return Ok(());
        }
        // Each file may be split in its own way, which the reader finds.
        let decide = |reading: Reading| {
            let columns = described(run, &reading)?;
            Ok(days_decided(run, reading, columns))
        };
        let readings = vec![Reading::bare(pattern)];
        self.replace_with(run, Path::new(pattern), readings, &decide, cancel).map(drop)
    }

    /// Takes the first of the readings that goes through, and says what it decided.
    fn replace_with(
        &self,
        run: &Connection,
        path: &Path,
        readings: Vec<Reading>,
        decide: &dyn Fn(Reading) -> Result<Option<Reading>, EngineError>,
        cancel: &CancellationToken,
    ) -> Result<Option<Relation>, EngineError> {
        let mut failed = None;
        for reading in readings {
            // DuckDB itself says why it cannot read a file.
            let is_own = reading.is_own();
            let replaced = interruptible(run, cancel, || {
                let Some(reading) = decide(reading)? else { return Ok(None) };
                let (from, copies) = (reading.item(), reading.copies.clone());
                let relation = Relation { name: source::table_name(path), from, file: None, copies };
                replace_file(run, path, &relation)?;
                Ok(Some((relation, reading.words)))
            });
            match replaced {
                Ok(None) => return Ok(None),
                Ok(Some((relation, words))) => {
                    let say = self.settings().say.unwrap_or(|_| ());
                    for words in words {
                        say(&format!("note: {}: {words}", path.display()));
                    }
                    return Ok(Some(relation));
                }
                Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
                Err(_) if is_own => return Ok(None),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(None), Err)
    }
}

/// A reading of a file below these folders with all that is left to decide; nothing where DuckDB reads it as it is.
fn decided(
    run: &Connection,
    mut reading: Reading,
    folders: &[(String, String)],
) -> Result<Option<Reading>, EngineError> {
    let columns = if reading.is_bare {
        let (options, columns) = sniffed(run, reading.files())?;
        reading.add_options(&options);
        columns
    } else {
        described(run, &reading)?
    };
    let is_taken = |key: &str| columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(key));
    if folders.iter().any(|(key, _)| is_taken(key)) || (reading.copies.is_some() && !folders.is_empty()) {
        let named = |(key, value): &(String, String)| {
            let name = if is_taken(key) { format!("folder_{key}") } else { key.clone() };
            (name, value.clone())
        };
        reading.keep_folders(folders.iter().map(named).collect());
    }
    Ok(days_decided(run, reading, columns))
}

/// A reading whose columns of days are texts where nothing settles them.
fn days_decided(run: &Connection, mut reading: Reading, columns: Columns) -> Option<Reading> {
    let is_day = |kind: &str| kind.starts_with("DATE") || kind.starts_with("TIMESTAMP");
    let days = columns.into_iter().filter(|(name, kind)| is_day(kind) && !reading.settles(name));
    let days = days.map(|(name, _)| name).collect();
    // Where all cells were looked at, nothing settles those days.
    let open = if reading.is_seen { days } else { open_days(run, &reading, days) };
    if open.is_empty() && reading.is_own() {
        return None;
    }
    for name in &open {
        reading.words.push(format!(
            "{name} stays a text, since its days may be read in more than one order: strptime({name}, …) makes it a date"
        ));
    }
    reading.leave_texts(open);
    Some(reading)
}

/// Those of the columns whose cells have no year in front.
fn open_days(run: &Connection, reading: &Reading, days: Vec<String>) -> Vec<String> {
    if days.is_empty() {
        return days;
    }
    let mut raw = reading.clone();
    raw.leave_texts(days.clone());
    let pattern = quote_text(YEAR_FIRST);
    let test = |name: &String| {
        let cell = format!("NULLIF(TRIM({}), '')", quote_name(name));
        format!("COALESCE(BOOL_AND(REGEXP_MATCHES({cell}, {pattern}, 'i')), true)")
    };
    let tests = days.iter().map(test).collect::<Vec<_>>().join(", ");
    let call = raw.call(", hive_partitioning = false, ignore_errors = true");
    let sql = format!("SELECT {tests} FROM (FROM {call} LIMIT {ROWS})");
    let found = run.query_row(&sql, [], |row| {
        (0..days.len()).map(|place| row.get::<_, bool>(place)).collect::<Result<Vec<_>, _>>()
    });
    // What cannot be looked at is not known.
    let are_sure = found.unwrap_or_default();
    let is_sure = |place: usize| are_sure.get(place).copied().unwrap_or_default();
    days.into_iter().enumerate().filter(|(place, _)| !is_sure(*place)).map(|(_, name)| name).collect()
}

/// How DuckDB splits a file into lines and cells, as options of its reader, and what it finds in it.
fn sniffed(run: &Connection, file: &str) -> Result<(String, Columns), EngineError> {
    let sql = format!(
        "SELECT Delimiter, Quote, Comment, SkipRows::BIGINT, HasHeader, UNNEST(Columns, recursive := true) FROM sniff_csv({})",
        quote_text(file)
    );
    let mut prepared = run.prepare(&sql).map_err(engine_error)?;
    let mut rows = prepared.query([]).map_err(engine_error)?;
    let (mut options, mut columns) = (String::new(), Columns::new());
    while let Some(row) = rows.next().map_err(engine_error)? {
        if columns.is_empty() {
            for (place, name) in ["delim", "quote", "comment"].into_iter().enumerate() {
                let mark: String = row.get(place).map_err(engine_error)?;
                // Where the first lines have none, later ones may.
                if mark != "(empty)" {
                    let _ = write!(options, ", {name} = {}", quote_text(&mark));
                }
            }
            let (skip, has_header) = (row.get::<_, i64>(3), row.get::<_, bool>(4));
            let (skip, has_header) = (skip.map_err(engine_error)?, has_header.map_err(engine_error)?);
            let _ = write!(options, ", skip = {skip}, header = {has_header}");
        }
        columns.push((row.get(5).map_err(engine_error)?, row.get(6).map_err(engine_error)?));
    }
    Ok((options, columns))
}

/// The columns of a reading by their types.
fn described(run: &Connection, reading: &Reading) -> Result<Columns, EngineError> {
    let sql = format!("DESCRIBE FROM {}", reading.call(", hive_partitioning = false"));
    let mut prepared = run.prepare(&sql).map_err(engine_error)?;
    let rows = prepared.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(engine_error)?;
    rows.collect::<Result<_, _>>().map_err(engine_error)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::duckdb::Settings;

    #[test]
    fn a_file_is_copied_once_for_all_statements_and_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let engine = DuckDb::new(Settings::default());
        let connect = |cancel: &_| engine.connect(&format!("FROM '{}'", path.display()), cancel);
        let copy = || {
            connect(&CancellationToken::new()).unwrap();
            lock(&engine.shared.copied)[&path].1.copies.clone().unwrap()
        };
        fs::write(&path, b"n\nM\xfcller\n").unwrap();
        let first = copy();
        assert!(Arc::ptr_eq(&first, &copy()));
        fs::write(&path, b"n\nM\xfcller & Co\n").unwrap();
        assert!(!Arc::ptr_eq(&first, &copy()));
        let stopped = CancellationToken::new();
        stopped.cancel();
        fs::write(&path, b"n\n\xfc\n").unwrap();
        assert_eq!(connect(&stopped).err().map(|error| error.kind), Some(ErrorKind::Cancelled));
    }
}
