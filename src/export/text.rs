//! Rows as text, batch by batch.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use duckdb::arrow::array::{Array, ArrayRef};
use duckdb::arrow::datatypes::{DataType, Field, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;
use unicode_width::UnicodeWidthStr;

use super::ahead::Ahead;
use super::{Bytes, Format, Options, distinct, html, insert, is_formula};
use crate::value::{self, Column};

/// Rows whose widths decide the first layout of a table; wider cells that come later widen their column.
const SIZED_ROWS: usize = 1_000;

/// Rows from which on a batch is written by a thread of its own.
const PARALLEL_ROWS: usize = 1_024;

/// Writes a result as text, batch by batch, in bounded memory: `start`, `batch`…, `finish`.
pub(super) struct TextWriter<W: Write> {
    out: W,
    format: Format,
    options: Arc<Options>,
    names: Vec<String>,
    rows: u64,
    /// Texts that were marked as no formulas.
    guarded: u64,
    /// Threads that write large batches, each one's lines and how many texts were marked.
    ahead: Ahead<(String, u64)>,
    /// Texts that were written, to be filled again.
    written: Vec<String>,
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
    pub fn new(format: Format, options: Options, out: W) -> Self {
        Self {
            out,
            format,
            options: Arc::new(options),
            names: Vec::new(),
            rows: 0,
            guarded: 0,
            ahead: Ahead::new(),
            written: Vec::new(),
            waiting: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// What must be known of the rows as they were written.
    pub fn notes(&self) -> Vec<String> {
        let count = value::grouped(&self.guarded.to_string());
        let note =
            || format!("{count} texts that a spreadsheet would take for formulas begin with an apostrophe");
        (self.guarded > 0).then(note).into_iter().collect()
    }

    /// Writes what stands before the rows.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn start(&mut self, schema: &SchemaRef) -> io::Result<()> {
        self.names = schema.fields().iter().map(|field| field.name().clone()).collect();
        match self.format {
            Format::Csv => self.header(",", csv),
            Format::Tsv => self.header("\t", |text| tsv(Some(text))),
            Format::Html => html::head(&mut self.out, &self.options.title, schema),
            Format::Sql => {
                self.names = distinct(&self.names);
                Ok(())
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
            Format::Table | Format::Parquet | Format::Arrow | Format::Xlsx => {
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
        if let Format::Csv | Format::Tsv = self.format {
            return self.lines(batch);
        }
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
        while let Some(lines) = self.ahead.next() {
            self.put(lines?)?;
        }
        match self.format {
            Format::Json if self.rows == 0 => writeln!(self.out, "]")?,
            Format::Json => writeln!(self.out, "\n]")?,
            Format::Sql if self.rows > 0 => writeln!(self.out, ";")?,
            Format::Html => html::tail(&mut self.out, self.rows)?,
            Format::Table if self.is_waiting() => self.release()?,
            _ => {}
        }
        self.out.flush()
    }

    fn row(&mut self, batch: &RecordBatch, row: usize) -> io::Result<()> {
        let columns = batch.columns();
        match self.format {
            Format::Json => {
                self.out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
                self.object(batch, row)
            }
            Format::Jsonl => {
                self.object(batch, row)?;
                self.out.write_all(b"\n")
            }
            Format::Html => html::row(&mut self.out, &self.names, batch, row),
            Format::Sql if self.options.bytes == Bytes::Visible => {
                let mut text = Vec::new();
                insert::row(&mut text, (&self.options.table, &self.names), self.rows, batch, row)?;
                let lines = String::from_utf8_lossy(&text);
                let lines: Vec<_> = lines.split('\n').map(value::visible).collect();
                write!(self.out, "{}", lines.join("\n"))
            }
            Format::Sql => {
                insert::row(&mut self.out, (&self.options.table, &self.names), self.rows, batch, row)
            }
            Format::Md => {
                let cells = columns.iter().zip(&self.names);
                let cells =
                    cells.map(|(column, name)| markdown(&value::shown_in(name, column.as_ref(), row)));
                let line = cells.collect::<Vec<_>>().join(" | ");
                writeln!(self.out, "| {line} |")
            }
            _ => {
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

    fn header(&mut self, mark: &str, cell: fn(&str) -> Cow<'_, str>) -> io::Result<()> {
        let names = std::mem::take(&mut self.names);
        let cells = names.iter().map(|name| {
            let name = self.safe(name);
            let name = if self.options.guard { guarded(name) } else { name };
            cell(&name).into_owned()
        });
        let line = cells.collect::<Vec<_>>().join(mark);
        self.names = names;
        writeln!(self.out, "{line}")
    }

    /// Rows of CSV or TSV: a large batch by a thread, beside those before it.
    fn lines(&mut self, batch: &RecordBatch) -> io::Result<()> {
        self.rows += batch.num_rows() as u64;
        let is_large = batch.num_rows() >= PARALLEL_ROWS;
        while let Some(lines) = if is_large { self.ahead.due() } else { self.ahead.next() } {
            self.put(lines?)?;
        }
        let (batch, format, options) = (batch.clone(), self.format, Arc::clone(&self.options));
        let out = self.written.pop().unwrap_or_default();
        let write = move || lines(&batch, format, &options, out);
        if is_large { self.ahead.begin(write) } else { self.put(write()) }
    }

    fn put(&mut self, (mut lines, guarded): (String, u64)) -> io::Result<()> {
        self.guarded += guarded;
        self.out.write_all(lines.as_bytes())?;
        lines.clear();
        self.written.push(lines);
        Ok(())
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
        safe(text, self.options.bytes)
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

/// One cell as it stands between the marks of a row.
pub(super) fn cell(format: Format, array: &dyn Array, row: usize) -> String {
    let text = value::plain(array, row);
    match format {
        Format::Csv => csv(text.as_deref().unwrap_or_default()).into_owned(),
        Format::Json | Format::Jsonl => value::json(array, row),
        Format::Sql => insert::literal(array, row),
        Format::Md => markdown(&value::shown(array, row)),
        _ => tsv(text.as_deref()).into_owned(),
    }
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_formula(&text) { Cow::Owned(format!("'{text}")) } else { text }
}

fn safe(text: &str, bytes: Bytes) -> Cow<'_, str> {
    match bytes {
        Bytes::Exact => Cow::Borrowed(text),
        Bytes::Visible => value::visible(text),
    }
}

/// Rows as lines of CSV or TSV behind what is in `out`, and how many texts were marked as no formulas.
fn lines(batch: &RecordBatch, format: Format, options: &Options, out: String) -> (String, u64) {
    let is_csv = format == Format::Csv;
    let (mark, null) = match (is_csv, batch.num_columns()) {
        // Readers drop a blank line, and the row would be gone.
        (true, 1) => (',', "\"\""),
        (true, _) => (',', ""),
        (false, _) => ('\t', "\\N"),
    };
    // What has no mark in it is written as it is.
    let is_bare = |array: &ArrayRef, column: &Column| {
        let data_type = array.data_type();
        value::is_number(data_type)
            || !options.guard
                && (data_type.is_temporal()
                    || *data_type == DataType::Boolean
                    || options.bytes == Bytes::Exact
                        && column.texts().is_some_and(|texts| !has_mark(texts, is_csv)))
    };
    let columns = batch.columns().iter().map(|array| {
        let column = Column::of(array.as_ref());
        (is_bare(array, &column), column)
    });
    let mut columns: Vec<_> = columns.collect();
    let (mut out, mut guarded) = (value::Text::behind(out), 0);
    for row in 0..batch.num_rows() {
        for (index, (is_bare, column)) in columns.iter_mut().enumerate() {
            if index > 0 {
                out.push(mark);
            }
            let start = out.out.len();
            if !column.append(row, &mut out) {
                out.push_str(null);
            } else if out.out.len() == start || !*is_bare {
                guarded += u64::from(close(&mut out.out, start, is_csv, options));
            }
        }
        out.push('\n');
    }
    (out.out, guarded)
}

/// Whether a byte is among texts that readers take for more than itself.
fn has_mark(texts: &[u8], is_csv: bool) -> bool {
    let [cells, quotes] = if is_csv { *b",\"" } else { *b"\t\\" };
    memchr::memchr3(cells, quotes, b'\n', texts).is_some() || memchr::memchr(b'\r', texts).is_some()
}

/// Quotes or escapes the cell that begins at `start`, where it must be; gives whether it was marked as no formula.
fn close(out: &mut String, start: usize, is_csv: bool, options: &Options) -> bool {
    let bytes = &out.as_bytes()[start..];
    let is_marked = is_csv && bytes.is_empty() || has_mark(bytes, is_csv);
    if !is_marked && !options.guard && options.bytes == Bytes::Exact {
        return false;
    }
    let text = out.split_off(start);
    let text = safe(&text, options.bytes);
    let guards = options.guard && is_formula(&text);
    let text = if guards { guarded(text) } else { text };
    out.push_str(&if is_csv { csv(&text) } else { tsv(Some(&text)) });
    guards
}

fn csv(text: &str) -> Cow<'_, str> {
    match text {
        "" => Cow::Borrowed("\"\""),
        text if text.contains([',', '"', '\n', '\r']) => {
            Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
        }
        text => Cow::Borrowed(text),
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
    use duckdb::arrow::array::{Decimal128Array, Int64Array, StringArray};
    use duckdb::arrow::datatypes::Schema;

    use super::*;

    fn written(format: Format, bytes: Bytes, columns: &[(&str, ArrayRef)]) -> String {
        let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let arrays = columns.iter().map(|(_, array)| array.clone()).collect();
        let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
        let mut out = Vec::new();
        let options = Options { bytes, ..Options::default() };
        let mut writer = TextWriter::new(format, options, &mut out);
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
    fn several_threads_write_the_rows_in_their_order() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..5_003));
        let texts: ArrayRef = Arc::new(StringArray::from_iter((0..5_003).map(|row| {
            (row % 7 > 0).then(|| if row % 5 > 0 { format!("t{row}") } else { format!("=a,\t{row}") })
        })));
        for (format, mark) in [(Format::Csv, ','), (Format::Tsv, '\t')] {
            let text = written(format, Bytes::Exact, &[("n", numbers.clone()), ("t", texts.clone())]);
            assert_eq!(text.lines().count(), 5_004);
            for (row, line) in text.lines().skip(1).enumerate() {
                let (number, cell) = line.split_once(mark).unwrap();
                assert_eq!(number, row.to_string());
                let expected = match (format, row % 7, row % 5) {
                    (Format::Csv, 0, _) => String::new(),
                    (_, 0, _) => "\\N".to_owned(),
                    (Format::Csv, _, 0) => format!("\"=a,\t{row}\""),
                    (_, _, 0) => format!("=a,\\t{row}"),
                    _ => format!("t{row}"),
                };
                assert_eq!(cell, expected);
            }
        }
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
