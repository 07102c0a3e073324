//! Raw files as views of text, in the columns that the stages expect; nothing is interpreted here.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::write::quoted;
use super::{PipelineError, Raw, io_at, rates};

/// The statement's columns in their order; the file calls the second one `date`.
const BANK: [&str; 10] = [
    "account_no",
    "booking_date",
    "transaction_details",
    "chq_no",
    "value_date",
    "withdrawal_amt",
    "withdrawal_currency",
    "deposit_amt",
    "deposit_currency",
    "balance_amt",
];

/// The statement that makes the view of one kind of raw files; `work` is a folder for what must be unpacked first.
///
/// # Errors
/// When the disk does, or there is no file of the kind.
pub fn view(root: &Path, work: &Path, raw: Raw) -> Result<String, PipelineError> {
    match raw {
        Raw::Rates => rates::table(root, work),
        Raw::Bank => bank(root),
        Raw::Balances => balances(root),
        Raw::Errors => errors(root),
    }
}

/// Whether there is a raw file of a kind.
pub(super) fn is_there(root: &Path, raw: Raw) -> bool {
    fs::read_dir(root.join(raw.folder())).is_ok_and(|mut entries| entries.next().is_some())
}

/// What became of a raw file that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    Kept,
    /// A file of that name with the same bytes was there.
    Known,
    /// A file of that name with other bytes was there and stays.
    Differs,
}

/// Keeps a raw file as received, under a temporary name first; a file that is there is never changed.
///
/// # Errors
/// When the disk does.
pub fn put(root: &Path, path: &Path, bytes: &[u8]) -> Result<Put, PipelineError> {
    let place = root.join(path);
    let folder = place.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(io_at(folder))?;
    match fs::read(&place) {
        Ok(found) if found == bytes => return Ok(Put::Known),
        Ok(_) => return Ok(Put::Differs),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io_at(&place)(error)),
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io_at(folder))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(io_at(&place))?;
    file.persist_noclobber(&place).map_err(|error| io_at(&place)(error.error))?;
    Ok(Put::Kept)
}

/// Lines are numbered as an editor shows them, the header being line 1.
fn bank(root: &Path) -> Result<String, PipelineError> {
    let columns = BANK.map(|name| format!("'{name}': 'VARCHAR'")).join(", ");
    let files = files(root, "raw/bank", &[".csv"])?;
    let parts = files.iter().map(|file| {
        let (name, path) = (quoted(file), quoted(&root.join(file)));
        format!(
            "SELECT {name} AS source_file, row_number() OVER () + 1 AS line_no, * FROM read_csv({path}, \
             header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', \
             columns = {{{columns}}}, hive_partitioning = false)"
        )
    });
    let parts = parts.collect::<Vec<_>>().join(" UNION ALL ");
    Ok(format!("CREATE VIEW raw_bank AS {parts}"))
}

/// Columns are found by name, whatever the case.
fn balances(root: &Path) -> Result<String, PipelineError> {
    let files = files(root, "raw/balances", &[".csv"])?;
    let parts = files.iter().map(|file| {
        let path = quoted(&root.join(file));
        format!(
            "SELECT * FROM read_csv({path}, header = true, all_varchar = true, hive_partitioning = false)"
        )
    });
    let parts = parts.collect::<Vec<_>>().join(" UNION ALL BY NAME ");
    Ok(format!("CREATE VIEW raw_balances AS {parts}"))
}

/// Everything as text; the stage gives the types.
fn errors(root: &Path) -> Result<String, PipelineError> {
    const FIELDS: [&str; 17] = [
        "run_id",
        "happened_at_utc",
        "area",
        "source",
        "error",
        "message",
        "description",
        "requested_date",
        "url",
        "http_status",
        "attempt",
        "retryable",
        "body_sha256",
        "body_head",
        "line_no",
        "column_name",
        "text",
    ];
    let columns = FIELDS.map(|name| format!("{name}: 'VARCHAR'")).join(", ");
    let paths = files(root, "raw/errors", &[".jsonl"])?;
    let paths = paths.iter().map(|file| quoted(&root.join(file))).collect::<Vec<_>>().join(", ");
    Ok(format!(
        "CREATE VIEW raw_errors AS SELECT * FROM read_json([{paths}], format = 'newline_delimited', columns = {{{columns}}})"
    ))
}

/// The files of a folder that end so, below the root and in the order of their names.
fn files(root: &Path, folder: &str, endings: &[&str]) -> Result<Vec<PathBuf>, PipelineError> {
    let path = root.join(folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(&path).map_err(io_at(&path))? {
        let name = entry.map_err(io_at(&path))?.file_name();
        if endings.iter().any(|ending| name.to_string_lossy().ends_with(ending)) {
            found.push(Path::new(folder).join(name));
        }
    }
    found.sort();
    if found.is_empty() { Err(PipelineError::NoRawFiles(path)) } else { Ok(found) }
}
