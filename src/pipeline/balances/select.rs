//! The rows of raw files of daily balances, as text.

use std::path::Path;

use super::super::error::PipelineError;
use super::super::files::quoted;
use super::super::ingest::keep::reading;
use super::super::ingest::note::Reading;
use super::super::ingest::{self, FileKind};
use super::super::raw;
use super::columns::clean_names;
use crate::sql::quote_text;

/// The statement that makes the view `name` of all raw files, or of all but one.
///
/// # Errors
/// When the disk does, or there is no file.
pub fn view(root: &Path, kind: &FileKind, name: &str, but: Option<&Path>) -> Result<String, PipelineError> {
    let mut parts = Vec::new();
    for file in raw::files(root, "raw/balances", &[""])? {
        if but == Some(&file) {
            continue;
        }
        let (source, path) = (quoted(&file), quoted(&root.join(&file)));
        match reading(root, &file)? {
            Some(reading) => parts.extend(select(root, kind, &file, &reading)?),
            // In a file without a note, which we put there ourselves, columns are found by name, whatever the case.
            None if file.extension().is_some_and(|end| end == "csv") => parts.push(format!(
                "SELECT {source} AS source_file, 0 AS file_no, row_number() OVER () + 1 AS line_no, * FROM \
                 read_csv({path}, header = true, all_varchar = true, hive_partitioning = false)"
            )),
            None => {}
        }
    }
    if parts.is_empty() {
        return Err(PipelineError::NoRawFiles(root.join("raw/balances")));
    }
    Ok(format!("CREATE VIEW {name} AS {}", parts.join(" UNION ALL BY NAME ")))
}

/// The statements that read a raw file as its note says; clean CSV that is lost is made again.
///
/// # Errors
/// When the file is not as it was, or the disk does.
pub fn select(
    root: &Path,
    kind: &FileKind,
    file: &Path,
    reading: &Reading,
) -> Result<Vec<String>, PipelineError> {
    let columns: Vec<_> = clean_names().map(|name| format!("'{name}': 'VARCHAR'")).collect();
    let columns = columns.join(", ");
    let mut parts = Vec::new();
    for part in &reading.parts {
        let clean = part.clean(file, &reading.map);
        if !root.join(&clean).exists() {
            ingest::reread(root, kind, file, reading, part)?;
        }
        parts.push(format!(
            "SELECT {} AS source_file, {} AS file_no, * REPLACE (CAST(line_no AS BIGINT) AS line_no) FROM read_csv({}, \
             header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', \
             columns = {{{columns}}}, hive_partitioning = false)",
            quote_text(&part.source(file)),
            reading.number + 1,
            quoted(&root.join(&clean))
        ));
    }
    Ok(parts)
}
