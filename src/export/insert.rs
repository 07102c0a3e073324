//! Rows as `INSERT INTO … VALUES`: literals of standard SQL, names in double quotes.
//!
//! A nested value is the text of its JSON; bytes are the text that DuckDB casts back.

use std::io::{self, Write};

use duckdb::arrow::array::Array;
use duckdb::arrow::datatypes::DataType;
use duckdb::arrow::record_batch::RecordBatch;

use crate::sql::{quote_name, quote_text};
use crate::value;

/// Rows of one statement: engines take no endless ones.
const ROWS: u64 = 500;
/// The table where nothing better is known.
const TABLE: &str = "result";

/// Writes a row as the next one after `before` others: a statement begins, or goes on.
pub(super) fn row(
    out: &mut impl Write,
    (table, names): (&str, &[String]),
    before: u64,
    batch: &RecordBatch,
    row: usize,
) -> io::Result<()> {
    if before.is_multiple_of(ROWS) {
        let table = quote_name(if table.is_empty() { TABLE } else { table });
        let names: Vec<_> = names.iter().map(|name| quote_name(name)).collect();
        let end = if before > 0 { ";\n" } else { "" };
        write!(out, "{end}INSERT INTO {table} ({}) VALUES\n  (", names.join(", "))?;
    } else {
        write!(out, ",\n  (")?;
    }
    for (index, column) in batch.columns().iter().enumerate() {
        let mark = if index > 0 { ", " } else { "" };
        write!(out, "{mark}{}", literal(column.as_ref(), row))?;
    }
    write!(out, ")")
}

/// One cell as a literal.
pub(super) fn literal(array: &dyn Array, row: usize) -> String {
    let Some(text) = value::plain(array, row) else { return "NULL".to_owned() };
    let data_type = match array.data_type() {
        DataType::Dictionary(_, values) => values,
        other => other,
    };
    let cast = |to: &str| format!("CAST({} AS {to})", quote(&text));
    match data_type {
        _ if value::is_number(data_type) && text.ends_with(|mark: char| mark.is_ascii_digit()) => text,
        // What is not finite has a word and no digits.
        _ if value::is_number(data_type) => cast("DOUBLE"),
        DataType::Boolean => text.to_uppercase(),
        DataType::Date32 | DataType::Date64 => format!("DATE {}", quote(&text)),
        DataType::Time32(_) | DataType::Time64(_) => format!("TIME {}", quote(&text)),
        DataType::Timestamp(_, None) => format!("TIMESTAMP {}", quote(&text)),
        DataType::Timestamp(_, Some(_)) => cast("TIMESTAMP WITH TIME ZONE"),
        DataType::Interval(_) | DataType::Duration(_) => cast("INTERVAL"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            cast("BLOB")
        }
        _ => quote(&text),
    }
}

/// A text literal; a parser would end at a zero byte.
fn quote(text: &str) -> String {
    text.split('\0').map(quote_text).collect::<Vec<_>>().join(" || chr(0) || ")
}

#[cfg(test)]
mod tests {
    use duckdb::arrow::array::AsArray;
    use duckdb::arrow::datatypes::Int64Type;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::engine::duckdb::{DuckDb, Settings};
    use crate::engine::{Access, Engine, Options, RunEvent, next_event};
    use crate::export::{Bytes, Format, Writer};
    use crate::query::Statement;

    const HOSTILE: &str = "SELECT * FROM (VALUES \
        (1::BIGINT, 'it''s '';DROP TABLE x;--', 1234567890123456789.01::DECIMAL(38, 2), DATE '2024-02-29', NULL), \
        (NULL, 'a' || chr(0) || 'b' || chr(10) || chr(27) || '[2J', -0.05, NULL, [1, 2]), \
        (3, '', NULL, DATE '0044-03-15 (BC)', [])) AS t(\"a \"\"b\"\"\", t, m, d, l)";
    const MORE: &str = "SELECT 'nan'::DOUBLE AS f, TIMESTAMP '2024-01-01 12:00:00.5' AS ts, \
        TIMESTAMPTZ '2024-01-01 12:00:00+02' AS tz, TIME '12:30:00' AS tm, true AS b, \
        '\\x00\\xFF'''::BLOB AS x, INTERVAL 3 MONTH AS i, 1e-300::DOUBLE AS small";

    /// The rows that an engine has after it ran what was written of a statement's rows.
    fn there_and_back(sql: &str) -> u64 {
        let engine = DuckDb::new(Settings::default());
        let run = |sql: &str, take: &mut dyn FnMut(RunEvent)| {
            let options = Options { access: Access::Write, ..Options::default() };
            let mut events = engine.run(Statement::plain(sql), options, CancellationToken::new());
            loop {
                match next_event(&mut events).unwrap_or_else(|error| panic!("{error}: {sql}")) {
                    RunEvent::Finished(_) => return,
                    event => take(event),
                }
            }
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = Writer::new(Format::Sql, Bytes::Exact, file.as_file());
        run(sql, &mut |event| match event {
            RunEvent::Schema(schema) => writer.start(&schema).unwrap(),
            RunEvent::Batch(batch) => writer.batch(&batch).unwrap(),
            _ => {}
        });
        writer.finish().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let place = format!("'{}'", folder.path().join("x.db").display());
        run(&format!("ATTACH {place} AS x"), &mut |_| {});
        run(&format!("CREATE TABLE x.result AS {sql} LIMIT 0"), &mut |_| {});
        let written = std::fs::read_to_string(file.path()).unwrap();
        for statement in crate::sql::statements(&written) {
            run(&written[statement].replace("\"result\"", "x.result"), &mut |_| {});
        }
        let mut same = 0;
        let count = format!("SELECT count(*) FROM ({sql} INTERSECT ALL SELECT * FROM x.result)");
        run(&count, &mut |event| {
            if let RunEvent::Batch(batch) = event {
                same = batch.column(0).as_primitive::<Int64Type>().value(0).unsigned_abs();
            }
        });
        same
    }

    #[test]
    fn what_was_written_gives_the_same_rows_again() {
        assert_eq!(there_and_back(MORE), 1);
        assert_eq!(there_and_back("SELECT range AS n FROM range(1201)"), 1_201);
    }

    #[test]
    fn quotes_breaks_and_zero_bytes_stay_inside_their_literals() {
        let engine = DuckDb::new(Settings::default());
        let (_, batches) = engine.rows(HOSTILE, &CancellationToken::new()).unwrap();
        let cells: Vec<_> = (0..3).map(|row| literal(batches[0].column(1).as_ref(), row)).collect();
        assert_eq!(cells, ["'it''s '';DROP TABLE x;--'", "'a' || chr(0) || 'b\n\u{1b}[2J'", "''"]);
        assert_eq!(literal(batches[0].column(2).as_ref(), 0), "1234567890123456789.01");
        assert_eq!(literal(batches[0].column(0).as_ref(), 1), "NULL");
    }
}
