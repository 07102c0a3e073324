//! Rows as text, batch by batch.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use duckdb::arrow::datatypes::{Field, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;
use unicode_width::UnicodeWidthStr;

use super::{Bytes, Format, distinct};
use crate::value;

/// Rows whose widths decide the first layout of a table; wider cells that come later widen their column.
const SIZED_ROWS: usize = 1_000;

/// Writes a result as text, batch by batch, in bounded memory: `start`, `batch`…, `finish`.
pub(super) struct TextWriter<W: Write> {
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

impl<W: Write> TextWriter<W> {
    /// A writer of a text format.
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
            Format::Csv => self.header(",", csv),
            Format::Tsv => self.header("\t", tsv),
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
                let column = |(name, field): (&String, &Arc<Field>)| TableColumn {
                    width: value::visible(name).width(),
                    right: value::is_number(field.data_type()),
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
                let cells = columns.iter().zip(&self.names);
                let cells =
                    cells.map(|(column, name)| markdown(&value::shown_in(name, column.as_ref(), row)));
                let line = cells.collect::<Vec<_>>().join(" | ");
                writeln!(self.out, "| {line} |")
            }
            Format::Table | Format::Parquet => {
                let cells = columns.iter().zip(&self.names);
                let cells: Vec<_> =
                    cells.map(|(column, name)| value::shown_in(name, column.as_ref(), row)).collect();
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

    fn header(&mut self, mark: &str, cell: fn(Option<&str>) -> Cow<'_, str>) -> io::Result<()> {
        let cells = self.names.iter().map(|name| cell(Some(&self.safe(name))).into_owned());
        let line = cells.collect::<Vec<_>>().join(mark);
        writeln!(self.out, "{line}")
    }

    fn separated(
        &mut self,
        batch: &RecordBatch,
        row: usize,
        mark: &[u8],
        cell: fn(Option<&str>) -> Cow<'_, str>,
    ) -> io::Result<()> {
        let is_lone = batch.num_columns() == 1;
        for (index, column) in batch.columns().iter().enumerate() {
            if index > 0 {
                self.out.write_all(mark)?;
            }
            let text = value::plain(column.as_ref(), row);
            // Readers drop a blank line, and the row would be gone.
            let text = text.or_else(|| (is_lone && self.format == Format::Csv).then(String::new));
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

/// One cell of a line of TSV, its tabs and line breaks escaped; NULL is `\N`.
#[must_use]
pub fn tsv(text: Option<&str>) -> Cow<'_, str> {
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

#[cfg(test)]
mod tests {
    use duckdb::arrow::array::{Array, ArrayRef, Decimal128Array, StringArray};
    use duckdb::arrow::datatypes::Schema;

    use super::*;

    fn written(format: Format, bytes: Bytes, columns: &[(&str, ArrayRef)]) -> String {
        let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let arrays = columns.iter().map(|(_, array)| array.clone()).collect();
        let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
        let mut out = Vec::new();
        let mut writer = TextWriter::new(format, bytes, &mut out);
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
    fn a_lone_null_is_a_row_of_csv() {
        let cells: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("")]));
        assert_eq!(written(Format::Csv, Bytes::Exact, &[("c", cells)]), "c\na\n\"\"\n\"\"\n");
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
}
