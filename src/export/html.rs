//! Rows as one page for a person: nothing in it is loaded, and no cell is anything but text.
//!
//! Cells are what the grid shows. A spreadsheet that opens the page is told that texts are texts, so that it makes
//! neither a formula nor a number of one.

use std::io::{self, Write};

use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;

use crate::value;

const STYLE: &str = "\
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }
body { margin: 1.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: left; white-space: pre-wrap; mso-number-format: \"\\@\"; }
th { position: sticky; top: 0; background: Canvas; border-bottom: 2px solid; }
td { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
.n { text-align: right; white-space: nowrap; mso-number-format: General; }
.null { opacity: .5; }";

/// Writes what stands before the rows.
pub(super) fn head(out: &mut impl Write, title: &str, schema: &SchemaRef) -> io::Result<()> {
    let title = value::html(if title.is_empty() { "Result" } else { title });
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n<table>\n<thead><tr>"
    )?;
    for field in schema.fields() {
        write!(
            out,
            "<th{}>{}</th>",
            class(value::is_number(field.data_type()), false),
            value::html(field.name())
        )?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")
}

/// Writes a row.
pub(super) fn row(out: &mut impl Write, names: &[String], batch: &RecordBatch, row: usize) -> io::Result<()> {
    write!(out, "<tr>")?;
    for (name, column) in names.iter().zip(batch.columns()) {
        let text = value::shown_in(name, column.as_ref(), row);
        let is_null = value::plain(column.as_ref(), row).is_none();
        write!(
            out,
            "<td{}>{}</td>",
            class(value::is_number(column.data_type()), is_null),
            value::html(&text)
        )?;
    }
    writeln!(out, "</tr>")
}

/// Writes what stands after the rows.
pub(super) fn tail(out: &mut impl Write, rows: u64) -> io::Result<()> {
    writeln!(out, "</tbody>\n</table>\n<p>{}</p>\n</body>\n</html>", value::rows(rows))
}

fn class(is_number: bool, is_null: bool) -> &'static str {
    match (is_number, is_null) {
        (true, false) => " class=\"n\"",
        (true, true) => " class=\"n null\"",
        (false, true) => " class=\"null\"",
        (false, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_anything_but_text() {
        let hostile = "</script><img src=x onerror='a(\"b\")'>\u{1b}]52;c;AAAA\u{7}\u{202e}&amp;";
        assert_eq!(
            value::html(hostile),
            "&lt;/script&gt;&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;\\x1b]52;c;AAAA\\x07\\u{202e}&amp;amp;"
        );
    }
}
