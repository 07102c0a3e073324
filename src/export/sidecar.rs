//! What an exported file is, in a file beside it: where its rows came from, and whether they are all there are.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::arrow::datatypes::SchemaRef;
use serde::Serialize;

use super::{Format, Written};
use crate::disk;
use crate::value;

/// Where rows came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Origin {
    /// The target that ran the statement, and what runs there.
    pub target: String,
    pub engine: String,
    /// The statement as the person wrote it, and the values of its parameters; a table has none.
    pub sql: Option<String>,
    pub values: BTreeMap<String, Option<String>>,
    /// The table or file whose rows these are.
    pub table: Option<String>,
    /// By which conditions rows were kept, and how they were sorted, after the statement; none where they are as they came.
    pub arranged: Option<String>,
    /// The lake, and the newest date that it has.
    pub lake: Option<String>,
    pub newest: Option<NaiveDate>,
    /// When the statement had its last row.
    pub read: Option<DateTime<Utc>>,
    /// Why the rows are not all there are; none where they are.
    pub truncated: Option<String>,
}

#[derive(Serialize)]
struct Sidecar<'a> {
    file: String,
    format: &'static str,
    written: DateTime<Utc>,
    by: &'static str,
    rows: u64,
    columns: Vec<Column<'a>>,
    notes: &'a [String],
    #[serde(flatten)]
    origin: &'a Origin,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: String,
}

/// The file beside a file: `NAME.meta.json`.
#[must_use]
pub fn path(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".meta.json");
    PathBuf::from(name)
}

/// Writes what a file is beside it, and gives the path.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    file: &Path,
    format: Format,
    schema: &SchemaRef,
    written: &Written,
    origin: &Origin,
) -> io::Result<PathBuf> {
    let columns = schema.fields().iter();
    let sidecar = Sidecar {
        file: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        format: format.name(),
        written: Utc::now(),
        by: concat!("saldo ", env!("CARGO_PKG_VERSION")),
        rows: written.rows,
        columns: columns
            .map(|field| Column { name: field.name(), kind: value::type_label(field.data_type()) })
            .collect(),
        notes: &written.notes,
        origin,
    };
    let mut text = serde_json::to_string_pretty(&sidecar)?;
    text.push('\n');
    let path = path(file);
    disk::write(&path, text.as_bytes())?;
    Ok(path)
}
