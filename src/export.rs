//! Results as files and as text: what the headless command prints and what the explorer exports.
//!
//! Machine formats carry the exact text of a cell; `table` and `md` carry what the grid shows. In CSV a NULL is an
//! empty field and an empty text is `""`; in TSV a NULL is `\N`, and tab, line breaks and backslash are escaped; in
//! JSON a repeated column name gets a number, because a repeated key would lose its value.
//!
//! Machine formats keep every byte of a text, control bytes included, except where they go to a terminal
//! ([`Bytes::Visible`]).

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;
use unicode_width::UnicodeWidthStr;

use crate::sql::{self, quote_text};
use crate::value;

/// Rows whose widths decide the first layout of a table; wider cells that come later widen their column.
const SIZED_ROWS: usize = 1_000;

/// A form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Table,
    Csv,
    Tsv,
    Json,
    Jsonl,
    Md,
    Parquet,
}

impl Format {
    /// Every format, in the order in which a person is offered them.
    pub const ALL: [Self; 7] =
        [Self::Table, Self::Csv, Self::Tsv, Self::Json, Self::Jsonl, Self::Md, Self::Parquet];

    /// Its name, which is also the ending of its files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Md => "md",
            Self::Parquet => "parquet",
        }
    }

    /// The format that a file's name asks for.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
        match ending.as_str() {
            "txt" => Some(Self::Table),
            "ndjson" => Some(Self::Jsonl),
            _ => Self::ALL.into_iter().find(|format| format.name() == ending),
        }
    }
}

/// What becomes of control bytes in a machine format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    /// They are kept: the reader is a file or a program.
    Exact,
    /// They are written as escapes: the reader is a terminal, which would obey them.
    Visible,
}

/// Writes a result as text, batch by batch, in bounded memory: `start`, `batch`…, `finish`.
pub struct Writer<W: Write> {
    out: W,
    format: Format,
    bytes: Bytes,
    names: Vec<String>,
    rows: u64,
    /// Rows of a table that wait for the widths.
    waiting: Vec<Vec<String>>,
    columns: Vec<TableColumn>,
}

struct TableColumn {
    width: usize,
    right: bool,
}

impl<W: Write> Writer<W> {
    /// A writer of a text format. Parquet is no text: see [`parquet_statement`].
    pub fn new(format: Format, bytes: Bytes, out: W) -> Self {
        Self { out, format, bytes, names: Vec::new(), rows: 0, waiting: Vec::new(), columns: Vec::new() }
    }

    /// Writes what stands before the rows.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn start(&mut self, schema: &SchemaRef) -> io::Result<()> {
        self.names = schema.fields().iter().map(|field| field.name().clone()).collect();
        match self.format {
            Format::Csv => {
                let cells = self
                    .names
                    .iter()
                    .map(|name| csv(Some(&self.safe(name))).into_owned())
                    .collect::<Vec<_>>();
                writeln!(self.out, "{}", cells.join(","))
            }
            Format::Tsv => {
                let cells = self
                    .names
                    .iter()
                    .map(|name| tsv(Some(&self.safe(name))).into_owned())
                    .collect::<Vec<_>>();
                writeln!(self.out, "{}", cells.join("\t"))
            }
            Format::Json | Format::Jsonl => {
                self.names = distinct(&self.names);
                if self.format == Format::Json { write!(self.out, "[") } else { Ok(()) }
            }
            Format::Md => {
                let cells = self.names.iter().map(|name| markdown(&value::visible(name)));
                writeln!(self.out, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
                let numeric = schema.fields().iter().map(|field| value::is_number(field.data_type()));
                let rule = numeric.map(|right| if right { "--:" } else { "---" }).collect::<Vec<_>>();
                writeln!(self.out, "|{}|", rule.join("|"))
            }
            Format::Table | Format::Parquet => {
                let column = |(name, field): (&String, &std::sync::Arc<duckdb::arrow::datatypes::Field>)| {
                    TableColumn {
                        width: value::visible(name).width(),
                        right: value::is_number(field.data_type()),
                    }
                };
                self.columns = self.names.iter().zip(schema.fields()).map(column).collect();
                Ok(())
            }
        }
    }

    /// Writes rows.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            self.row(batch, row)?;
            self.rows += 1;
        }
        Ok(())
    }

    /// Writes what stands after the rows and flushes.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        match self.format {
            Format::Json if self.rows == 0 => writeln!(self.out, "]")?,
            Format::Json => writeln!(self.out, "\n]")?,
            Format::Table if self.is_waiting() => self.release()?,
            _ => {}
        }
        self.out.flush()
    }

    fn row(&mut self, batch: &RecordBatch, row: usize) -> io::Result<()> {
        let columns = batch.columns();
        match self.format {
            Format::Csv => self.separated(batch, row, b",", csv),
            Format::Tsv => self.separated(batch, row, b"\t", tsv),
            Format::Json => {
                self.out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
                self.object(batch, row)
            }
            Format::Jsonl => {
                self.object(batch, row)?;
                self.out.write_all(b"\n")
            }
            Format::Md => {
                let cells = columns.iter().map(|column| markdown(&value::shown(column.as_ref(), row)));
                let line = cells.collect::<Vec<_>>().join(" | ");
                writeln!(self.out, "| {line} |")
            }
            Format::Table | Format::Parquet => {
                let cells: Vec<_> = columns.iter().map(|column| value::shown(column.as_ref(), row)).collect();
                for (column, cell) in self.columns.iter_mut().zip(&cells) {
                    column.width = column.width.max(cell.width());
                }
                if !self.is_waiting() {
                    return self.line(&cells);
                }
                self.waiting.push(cells);
                if self.waiting.len() == SIZED_ROWS { self.release() } else { Ok(()) }
            }
        }
    }

    fn separated(
        &mut self,
        batch: &RecordBatch,
        row: usize,
        mark: &[u8],
        cell: fn(Option<&str>) -> Cow<'_, str>,
    ) -> io::Result<()> {
        for (index, column) in batch.columns().iter().enumerate() {
            if index > 0 {
                self.out.write_all(mark)?;
            }
            let text = value::plain(column.as_ref(), row);
            let text = text.as_deref().map(|text| self.safe(text));
            self.out.write_all(cell(text.as_deref()).as_bytes())?;
        }
        self.out.write_all(b"\n")
    }

    fn object(&mut self, batch: &RecordBatch, row: usize) -> io::Result<()> {
        self.out.write_all(b"{")?;
        for (index, (name, column)) in self.names.iter().zip(batch.columns()).enumerate() {
            let mark = if index > 0 { ", " } else { "" };
            let json = value::json(column.as_ref(), row);
            write!(self.out, "{mark}{}: {}", self.safe(&value::json_string(name)), self.safe(&json))?;
        }
        self.out.write_all(b"}")
    }

    fn safe<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes {
            Bytes::Exact => Cow::Borrowed(text),
            Bytes::Visible => value::visible(text),
        }
    }

    /// Whether the table's header is still to be written.
    fn is_waiting(&self) -> bool {
        self.rows < SIZED_ROWS as u64 && self.waiting.len() < SIZED_ROWS
    }

    /// Writes the header and the rows that waited for the widths.
    fn release(&mut self) -> io::Result<()> {
        let header: Vec<_> = self.names.iter().map(|name| value::visible(name).into_owned()).collect();
        self.line(&header)?;
        let rules = self.columns.iter().map(|column| "─".repeat(column.width)).collect::<Vec<_>>();
        writeln!(self.out, "{}", rules.join("  "))?;
        std::mem::take(&mut self.waiting).iter().try_for_each(|cells| self.line(cells))
    }

    fn line(&mut self, cells: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for (index, (cell, column)) in cells.iter().zip(&self.columns).enumerate() {
            let gap = " ".repeat(column.width.saturating_sub(cell.width()));
            line.push_str(if index > 0 { "  " } else { "" });
            line.push_str(if column.right { &gap } else { "" });
            line.push_str(cell);
            line.push_str(if column.right { "" } else { &gap });
        }
        writeln!(self.out, "{}", line.trim_end())
    }
}

/// The statement that writes a SELECT to a Parquet file, exactly and without passing through this program. The SELECT
/// must have been prepared before: a text that does not parse alone could end the parenthesis.
#[must_use]
pub fn parquet_statement(select: &str, limit: Option<u64>, path: &Path) -> String {
    let inner = sql::statements(select).first().map_or(select, |range| &select[range.clone()]);
    let limit = limit.map(|rows| format!(" LIMIT {rows}")).unwrap_or_default();
    format!(
        "COPY (FROM ({inner}\n){limit}) TO {} (FORMAT parquet, COMPRESSION zstd)",
        quote_text(&path.to_string_lossy())
    )
}

fn csv(text: Option<&str>) -> Cow<'_, str> {
    match text {
        None => Cow::Borrowed(""),
        Some("") => Cow::Borrowed("\"\""),
        Some(text) if text.contains([',', '"', '\n', '\r']) => {
            Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
        }
        Some(text) => Cow::Borrowed(text),
    }
}

fn tsv(text: Option<&str>) -> Cow<'_, str> {
    match text {
        None => Cow::Borrowed("\\N"),
        Some(text) if text.contains(['\t', '\n', '\r', '\\']) => Cow::Owned(
            text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"),
        ),
        Some(text) => Cow::Borrowed(text),
    }
}

fn markdown(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;")
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
    use std::sync::Arc;

    use duckdb::arrow::array::{Array, ArrayRef, Decimal128Array, StringArray};
    use duckdb::arrow::datatypes::{Field, Schema};

    use super::*;

    fn written(format: Format, bytes: Bytes, columns: &[(&str, ArrayRef)]) -> String {
        let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let arrays = columns.iter().map(|(_, array)| array.clone()).collect();
        let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
        let mut out = Vec::new();
        let mut writer = Writer::new(format, bytes, &mut out);
        writer.start(&schema).unwrap();
        writer.batch(&batch).unwrap();
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn columns() -> Vec<(&'static str, ArrayRef)> {
        let texts = StringArray::from(vec![Some("a,\"b\""), Some(""), None, Some("tab\there\\|\u{1b}[2J")]);
        let money = Decimal128Array::from(vec![Some(123_456_789), None, Some(-5), Some(0)]);
        vec![("text", Arc::new(texts)), ("money", Arc::new(money.with_precision_and_scale(20, 2).unwrap()))]
    }

    #[test]
    fn csv_tells_null_from_empty() {
        assert_eq!(
            written(Format::Csv, Bytes::Exact, &columns()),
            "text,money\n\"a,\"\"b\"\"\",1234567.89\n\"\",\n,-0.05\ntab\there\\|\u{1b}[2J,0.00\n"
        );
        assert!(!written(Format::Csv, Bytes::Visible, &columns()).contains('\u{1b}'));
    }

    #[test]
    fn tsv_escapes_its_marks() {
        assert_eq!(
            written(Format::Tsv, Bytes::Exact, &columns()),
            "text\tmoney\na,\"b\"\t1234567.89\n\t\\N\n\\N\t-0.05\ntab\\there\\\\|\u{1b}[2J\t0.00\n"
        );
    }

    #[test]
    fn json_keeps_every_digit_and_every_column() {
        let mut twice = columns();
        twice.push(("text", Arc::new(StringArray::from(vec![Some("second"); 4]))));
        let json = written(Format::Json, Bytes::Exact, &twice);
        let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(rows.as_array().map(Vec::len), Some(4));
        assert_eq!(rows[0]["text_1"], "second");
        assert!(json.contains(r#""money": 1234567.89"#), "{json}");
        assert!(json.contains(r#""text": null"#), "{json}");
        assert_eq!(written(Format::Jsonl, Bytes::Exact, &twice).lines().count(), 4);
        assert_eq!(
            written(Format::Json, Bytes::Exact, &[("a", Arc::new(StringArray::from(Vec::<&str>::new())))]),
            "[]\n"
        );
    }

    #[test]
    fn tables_are_aligned_and_safe() {
        assert_eq!(
            written(Format::Table, Bytes::Exact, &columns()),
            "text                      money\n\
             ─────────────────  ────────────\n\
             a,\"b\"              1,234,567.89\n                              ∅\n\
             ∅                         -0.05\n\
             tab⇥here\\|\\x1b[2J          0.00\n"
        );
        assert_eq!(
            written(Format::Md, Bytes::Exact, &columns()),
            "| text | money |\n|---|--:|\n| a,\"b\" | 1,234,567.89 |\n|  | ∅ |\n| ∅ | -0.05 |\n\
             | tab⇥here\\\\\\|\\\\x1b[2J | 0.00 |\n"
        );
    }

    #[test]
    fn no_row_of_a_long_table_is_lost_when_a_late_cell_is_wide() {
        let cells = (0..2_500).map(|row| if row == 1_700 { "x".repeat(40) } else { row.to_string() });
        let text =
            written(Format::Table, Bytes::Exact, &[("n", Arc::new(StringArray::from_iter_values(cells)))]);
        assert_eq!(text.lines().count(), 2_502);
        assert!(text.contains(&"x".repeat(40)) && text.ends_with("2499\n"));
    }

    #[test]
    fn names_are_made_distinct_without_meeting_others() {
        let names = ["a", "a", "a_1", "b"].map(str::to_owned);
        assert_eq!(distinct(&names), ["a", "a_2", "a_1", "b"]);
    }

    #[test]
    fn a_parquet_statement_holds_only_the_select() {
        let sql = parquet_statement("-- x\nSELECT 1 -- y\n;", Some(3), Path::new("it's.parquet"));
        assert_eq!(
            sql,
            "COPY (FROM (SELECT 1\n) LIMIT 3) TO 'it''s.parquet' (FORMAT parquet, COMPRESSION zstd)"
        );
    }
}
