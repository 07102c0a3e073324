//! Results as files and as text: what the headless command prints and what the explorer exports.
//!
//! Machine formats carry the exact text of a cell; `table`, `md` and `html` carry what the grid shows. In CSV a NULL is an
//! empty field and an empty text is `""`; where a row is one NULL it is `""` too, since readers drop a blank line. In
//! TSV a NULL is `\N`, and tab, line breaks and backslash are escaped; in JSON a repeated column name gets a number,
//! because a repeated key would lose its value. Parquet and Arrow carry the types of the result, a workbook what a
//! spreadsheet has of them; see [`parquet`] and [`xlsx`] for the rest.
//!
//! Machine formats keep every byte of a text, control bytes included, except where they go to a terminal
//! ([`Bytes::Visible`]). What is copied is written by the same writers.

mod ahead;
mod arrow;
mod file;
mod html;
mod insert;
pub mod parquet;
pub mod sidecar;
mod text;
pub mod xlsx;

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use duckdb::arrow::array::Array;
use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;

use self::arrow::ArrowFile;
use self::parquet::ParquetWriter;
use self::text::TextWriter;
use self::xlsx::Workbook;
use crate::engine::EngineError;

pub use file::NewFile;
pub use text::tsv;

/// What is gathered before it is written.
const BUFFER: usize = 1 << 16;

/// A form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Table,
    Csv,
    Tsv,
    Json,
    Jsonl,
    Md,
    /// A page for a browser
    Html,
    /// INSERT statements
    Sql,
    Parquet,
    Arrow,
    /// A workbook for spreadsheets
    Xlsx,
}

impl Format {
    /// Every format, in the order in which a person is offered them.
    pub const ALL: [Self; 11] = [
        Self::Table,
        Self::Csv,
        Self::Tsv,
        Self::Json,
        Self::Jsonl,
        Self::Md,
        Self::Html,
        Self::Sql,
        Self::Parquet,
        Self::Arrow,
        Self::Xlsx,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Md => "md",
            Self::Html => "html",
            Self::Sql => "sql",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Xlsx => "xlsx",
        }
    }

    /// The ending of its files.
    #[must_use]
    pub fn ending(self) -> &'static str {
        if self == Self::Table { "txt" } else { self.name() }
    }

    /// Whether it is nothing to read as text.
    #[must_use]
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow | Self::Xlsx)
    }

    /// Whether texts in it can be marked so that a spreadsheet takes none for a formula; a workbook is so by itself.
    #[must_use]
    pub fn can_guard(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }

    /// Why a result of so many rows cannot be written in it.
    #[must_use]
    pub fn refusal(self, rows: u64) -> Option<String> {
        (self == Self::Xlsx && rows >= xlsx::ROWS).then(xlsx::too_many)
    }

    /// The format that a file's name asks for.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
        match ending.as_str() {
            "txt" => Some(Self::Table),
            "ndjson" => Some(Self::Jsonl),
            "feather" => Some(Self::Arrow),
            "htm" => Some(Self::Html),
            _ => Self::ALL.into_iter().find(|format| format.name() == ending),
        }
    }
}

/// What becomes of control bytes in a machine format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bytes {
    /// They are kept: the reader is a file or a program.
    #[default]
    Exact,
    /// They are written as escapes: the reader is a terminal, which would obey them.
    Visible,
}

/// How a result is written, beside its format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    pub bytes: Bytes,
    /// A text of CSV or TSV that a spreadsheet would take for a formula begins with an apostrophe.
    pub guard: bool,
    /// The title of a page or a workbook.
    pub title: String,
    /// The table of INSERT statements; empty is `result`.
    pub table: String,
}

/// Writes a result batch by batch in bounded memory: `start`, `batch`…, `finish`.
pub struct Writer<W: Write + Send>(Form<W>);

enum Form<W: Write + Send> {
    Text(TextWriter<W>),
    Parquet(Box<ParquetWriter<W>>),
    Arrow(Box<ArrowFile<W>>),
    Xlsx(Box<Workbook<W>>),
}

impl<W: Write + Send> Writer<W> {
    /// A writer of a format; `bytes` is for the text ones.
    pub fn new(format: Format, bytes: Bytes, out: W) -> Self {
        Self::with(format, Options { bytes, ..Options::default() }, out)
    }

    /// A writer of a format with its options.
    pub fn with(format: Format, options: Options, out: W) -> Self {
        Self(match format {
            Format::Parquet => Form::Parquet(Box::new(ParquetWriter::new(out))),
            Format::Arrow => Form::Arrow(Box::new(ArrowFile::new(out))),
            Format::Xlsx => Form::Xlsx(Box::new(Workbook::new(&options.title, out))),
            _ => Form::Text(TextWriter::new(format, options, out)),
        })
    }

    /// Writes what stands before the rows.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn start(&mut self, schema: &SchemaRef) -> io::Result<()> {
        match &mut self.0 {
            Form::Text(text) => text.start(schema),
            Form::Parquet(parquet) => {
                parquet.start(schema);
                Ok(())
            }
            Form::Arrow(arrow) => arrow.start(schema),
            Form::Xlsx(book) => book.start(schema),
        }
    }

    /// Writes rows.
    ///
    /// # Errors
    /// When the output cannot be written, or the format does not hold them.
    pub fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        match &mut self.0 {
            Form::Text(text) => text.batch(batch),
            Form::Parquet(parquet) => parquet.batch(batch),
            Form::Arrow(arrow) => arrow.batch(batch),
            Form::Xlsx(book) => book.batch(batch),
        }
    }

    /// Writes what stands after the rows and flushes.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Form::Text(text) => text.finish(),
            Form::Parquet(parquet) => parquet.finish(),
            Form::Arrow(arrow) => arrow.finish(),
            Form::Xlsx(book) => book.finish(),
        }
    }

    /// What must be known of the rows as they were written: cells that are not what they were in the result.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        match &self.0 {
            Form::Text(text) => text.notes(),
            Form::Xlsx(book) => book.notes(),
            Form::Parquet(_) | Form::Arrow(_) => Vec::new(),
        }
    }
}

/// One cell in a text format, as it stands between the marks of a row; in `json` its value, in `sql` its literal.
#[must_use]
pub fn cell(format: Format, array: &dyn Array, row: usize) -> String {
    text::cell(format, array, row)
}

/// Whether a spreadsheet would take a text for a formula, or for what begins one.
#[must_use]
pub fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// What became of an export.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    pub rows: u64,
    /// See [`Writer::notes`].
    pub notes: Vec<String>,
}

/// Why there is no file. What stood under its name stands there still.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The rows could not be read.
    #[error(transparent)]
    Rows(#[from] EngineError),
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The progress said to stop.
    #[error("cancelled after {rows} rows")]
    Cancelled { rows: u64 },
}

/// Writes rows to a file that appears when it is whole. After each batch `progress` takes the rows so far and says
/// whether to go on.
///
/// # Errors
/// When rows cannot be read or written, or the progress said to stop.
pub fn write(
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = Result<RecordBatch, EngineError>>,
    (format, options): (Format, &Options),
    path: &Path,
    mut progress: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Written, ExportError> {
    let failed = |source| ExportError::Write { path: path.to_owned(), source };
    let file = NewFile::create(path).map_err(failed)?;
    let out = BufWriter::with_capacity(BUFFER, file.as_file());
    let mut writer = Writer::with(format, options.clone(), out);
    writer.start(schema).map_err(failed)?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        writer.batch(&batch).map_err(failed)?;
        rows += batch.num_rows() as u64;
        if progress(rows).is_break() {
            return Err(ExportError::Cancelled { rows });
        }
    }
    writer.finish().map_err(failed)?;
    let notes = writer.notes();
    drop(writer);
    file.keep().map_err(failed)?;
    Ok(Written { rows, notes })
}

/// Names of which none occurs twice: the second `a` is `a_1`, as DuckDB names it.
fn distinct(names: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut unique = name.clone();
        let mut number = 1;
        while found.contains(&unique) || (number > 1 && names.contains(&unique)) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        found.push(unique);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use duckdb::arrow::array::Int64Array;
    use duckdb::arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn numbers(rows: i64) -> RecordBatch {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
        RecordBatch::try_new(schema, vec![Arc::new(Int64Array::from_iter_values(0..rows))]).unwrap()
    }

    #[test]
    fn a_file_appears_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.csv");
        let write = |batches: Vec<Result<RecordBatch, EngineError>>, progress: fn(u64) -> ControlFlow<()>| {
            write(&numbers(0).schema(), batches, (Format::Csv, &Options::default()), &path, progress)
        };
        let two = || vec![Ok(numbers(2)), Ok(numbers(3))];
        let stopped =
            write(two(), |rows| if rows < 5 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) });
        assert!(matches!(stopped, Err(ExportError::Cancelled { rows: 5 })));
        let lost = EngineError::new(crate::engine::ErrorKind::Io, "lost");
        assert!(matches!(
            write(vec![Ok(numbers(2)), Err(lost)], |_| ControlFlow::Continue(())),
            Err(ExportError::Rows(_))
        ));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
        assert_eq!(write(two(), |_| ControlFlow::Continue(())).unwrap().rows, 5);
        assert_eq!(fs::read_to_string(&path).unwrap(), "n\n0\n1\n0\n1\n2\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_the_usual_rights_and_a_replaced_one_keeps_its_own() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let [usual, path, link] = ["usual", "n.csv", "link.csv"].map(|name| folder.path().join(name));
        fs::write(&usual, "").unwrap();
        let write = |path: &Path| {
            write(&numbers(0).schema(), [], (Format::Csv, &Options::default()), path, |_| {
                ControlFlow::Continue(())
            })
            .unwrap()
        };
        write(&path);
        assert_eq!(rights(&path), rights(&usual));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(&link);
        assert_eq!(rights(&path), 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn names_are_made_distinct_without_meeting_others() {
        let names = ["a", "a", "a_1", "b"].map(str::to_owned);
        assert_eq!(distinct(&names), ["a", "a_2", "a_1", "b"]);
    }
}
