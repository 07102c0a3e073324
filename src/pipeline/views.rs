//! Raw files as views of text, in the columns that the stages expect; nothing is interpreted here.

use std::path::Path;

use super::bank::partitions::{self, Lines};
use super::error::PipelineError;
use super::files::quoted;
use super::raw::files;
use super::stages::Raw;
use super::{balances, bank, rates};

/// The statement that makes the view of one kind of raw files; `work` is a folder for what must be unpacked first.
///
/// # Errors
/// When the disk does, or there is no file of the kind.
pub fn view(root: &Path, work: &Path, raw: Raw) -> Result<String, PipelineError> {
    match raw {
        Raw::Rates => rates::table::table(root, work),
        Raw::Bank => bank(root),
        Raw::Balances => balances::select::view(root, &balances::BALANCES, "raw_balances", None),
        Raw::Errors => errors(root),
    }
}

/// Lines as the reader types them.
fn bank(root: &Path) -> Result<String, PipelineError> {
    let months = partitions::months(root, &bank::BANK, None, &|_| Ok(()))?;
    let lines = months.values().map(Lines::select).collect::<Vec<_>>().join(" UNION ALL ");
    Ok(format!("CREATE VIEW bank_lines AS {lines}"))
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
    // The table is there before the first fault is.
    let paths = match files(root, "raw/errors", &[".jsonl"]) {
        Err(PipelineError::NoRawFiles(_)) => {
            let columns = FIELDS.map(|name| format!("CAST(NULL AS VARCHAR) AS {name}")).join(", ");
            return Ok(format!("CREATE VIEW raw_errors AS SELECT {columns} WHERE FALSE"));
        }
        paths => paths?,
    };
    let paths = paths.iter().map(|file| quoted(&root.join(file))).collect::<Vec<_>>().join(", ");
    Ok(format!(
        "CREATE VIEW raw_errors AS SELECT * FROM read_json([{paths}], format = 'newline_delimited', columns = {{{columns}}})"
    ))
}
