//! A table or file read in windows by row number; DuckDB skips the row groups before the window.

use ::duckdb::Connection;
use ::duckdb::arrow::array::{Array, AsArray};
use ::duckdb::arrow::datatypes::{DataType, SchemaRef};
use ::duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::error::engine_error;
use super::interrupt::interruptible;
use super::run::of_one_run;
use crate::engine::exact::Casts;
use crate::engine::store::{Pager, Window};
use crate::engine::window::Recent;
use crate::engine::{EngineError, ErrorKind};
use crate::lake::Lake;
use crate::source::Relation;
use crate::sql::quote_name;

/// Bytes above which a text is cut for the screen, and the characters that are left of it.
const LONG_BYTES: usize = 65_536;
const LEFT_CHARS: usize = 4_096;

/// A relation that is read by row number.
pub(super) struct TablePager {
    connection: Connection,
    /// The lake that it is a table of.
    lake: Option<Lake>,
    from: String,
    casts: Option<Casts>,
    schema: SchemaRef,
    rows: u64,
    /// One Parquet file: its own row numbers find the row group faster than an offset does.
    by_row_number: bool,
    /// The SELECT of numbered rows, once it was asked for.
    numbered: Option<String>,
    recent: Recent,
}

impl TablePager {
    pub(super) fn open(
        connection: Connection,
        lake: Option<&Lake>,
        relation: &Relation,
        cancel: &CancellationToken,
    ) -> Result<Self, EngineError> {
        let from = relation.from.clone();
        let (rows, schema, casts) = interruptible(&connection, cancel, || {
            let (schema, casts) = columns(&connection, &from)?;
            let count = format!("SELECT count(*) FROM {from}");
            let rows = connection.query_row(&count, [], |row| row.get(0)).map_err(engine_error)?;
            Ok((rows, schema, casts))
        })?;
        let taken = schema.fields().iter().any(|field| field.name() == "file_row_number");
        let by_row_number = !taken && relation.file.is_some() && from.starts_with("read_parquet(");
        of_one_run(lake)?;
        let lake = lake.cloned();
        let (numbered, recent) = (None, Recent::default());
        Ok(Self { connection, lake, from, casts, schema, rows, by_row_number, numbered, recent })
    }

    /// The statement of some rows.
    fn statement(&self, first: u64, rows: usize) -> String {
        let sql = if self.by_row_number {
            let end = first.saturating_add(rows as u64);
            format!(
                "SELECT * FROM {} WHERE file_row_number >= {first} AND file_row_number < {end}",
                self.from
            )
        } else {
            format!("SELECT * FROM {} LIMIT {rows} OFFSET {first}", self.from)
        };
        self.casts.as_ref().map_or(sql.clone(), |casts| casts.wrap(&sql))
    }

    /// A SELECT of the number of every row, and then its columns.
    fn numbered(&mut self, cancel: &CancellationToken) -> Result<String, EngineError> {
        if let Some(known) = &self.numbered {
            return Ok(known.clone());
        }
        let from = &self.from;
        let taken = |name: &str| self.schema.fields().iter().any(|field| field.name() == name);
        let select = if let Some(casts) = &self.casts {
            format!(
                "SELECT row_number() OVER () - 1, * FROM ({})",
                casts.wrap(&format!("SELECT * FROM {from}"))
            )
        } else if !from.starts_with("read_parquet(") || taken("file_row_number") || taken("file_index") {
            format!("SELECT row_number() OVER () - 1, * FROM {from}")
        } else if self.by_row_number {
            format!("SELECT file_row_number, * FROM {from}")
        } else {
            // The files follow each other: a row's number is its own in its file, and the rows before that.
            let counts = format!("SELECT file_index, count(*) FROM {from} GROUP BY 1 ORDER BY 1");
            let counts = interruptible(&self.connection, cancel, || {
                let mut prepared = self.connection.prepare(&counts).map_err(engine_error)?;
                let rows = prepared.query_map([], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?)));
                rows.map_err(engine_error)?.collect::<Result<Vec<_>, _>>().map_err(engine_error)
            })?;
            let (mut before, mut starts) = (0, Vec::new());
            for (file, rows) in counts {
                // A file without rows is in no count.
                while starts.len() as u64 <= file {
                    starts.push(before.to_string());
                }
                before += rows;
            }
            let starts = starts.join(", ");
            format!("SELECT file_row_number + [{starts}][CAST(file_index AS BIGINT) + 1], * FROM {from}")
        };
        self.numbered = Some(select.clone());
        Ok(select)
    }

    fn read(&self, sql: &str, cancel: &CancellationToken) -> Result<Vec<RecordBatch>, EngineError> {
        let rows = interruptible(&self.connection, cancel, || {
            let mut prepared = self.connection.prepare(sql).map_err(engine_error)?;
            // Not streamed: a stream's reader and its worker wake each other for every step, and a window is small.
            Ok(prepared.query_arrow([]).map_err(engine_error)?.collect())
        })?;
        of_one_run(self.lake.as_ref())?;
        Ok(rows)
    }

    /// Rows that the table had and has no more would be asked for again and again.
    fn whole(&self, window: Window, rows: usize) -> Result<Window, EngineError> {
        let there = self.rows.saturating_sub(window.first).min(rows as u64);
        if window.len() == there {
            return Ok(window);
        }
        Err(changed("the table"))
    }
}

impl Pager for TablePager {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn window(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        let parts = self.read(&self.statement(first, rows), cancel)?;
        self.whole(Window::new(first, parts), rows)
    }

    fn view(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        let last = first.saturating_add(rows as u64).min(self.rows);
        if let Some(held) = self.recent.find(first, last) {
            return Ok(held);
        }
        let sql = self.statement(first, rows);
        let texts: Vec<_> = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| *field.data_type() == DataType::Utf8)
            .map(|(at, _)| at)
            .collect();
        let parts = self.read(&shortened(&sql, &self.schema, &texts), cancel)?;
        let window = self.whole(without_marks(first, parts, &texts)?, rows)?;
        self.recent.keep(&window);
        Ok(window)
    }

    fn pick(&mut self, rows: &[u64], cancel: &CancellationToken) -> Result<Vec<RecordBatch>, EngineError> {
        let select = self.numbered(cancel)?;
        let fields = self.schema.fields().iter().enumerate();
        let (list, numbers): (Vec<_>, Vec<_>) = fields
            .map(|(at, field)| (format!("c{at} AS {}", quote_name(field.name())), format!("c{at}")))
            .unzip();
        let wanted = rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "SELECT {} FROM ({select}) AS t(number, {}) WHERE number IN ({wanted}) ORDER BY number",
            list.join(", "),
            numbers.join(", ")
        );
        let parts = self.read(&sql, cancel)?;
        let there: usize = parts.iter().map(RecordBatch::num_rows).sum();
        if there == rows.len() { Ok(parts) } else { Err(changed("the table")) }
    }

    fn in_sql(&mut self, cancel: &CancellationToken) -> Result<Option<String>, EngineError> {
        self.numbered(cancel).map(Some)
    }
}

/// The columns of a FROM item, and what makes them exact; no row is read.
pub(super) fn columns(
    connection: &Connection,
    from: &str,
) -> Result<(SchemaRef, Option<Casts>), EngineError> {
    let none = format!("SELECT * FROM {from} LIMIT 0");
    let prepared = connection.prepare(&none).map_err(engine_error)?;
    let casts = Casts::of(connection, &prepared, &none, &[]).map_err(engine_error)?;
    drop(prepared);
    let none = casts.as_ref().map_or(none.clone(), |casts| casts.wrap(&none));
    let mut none = connection.prepare(&none).map_err(engine_error)?;
    let schema = none.stream_arrow([]).map_err(engine_error)?.get_schema();
    Ok((schema, casts))
}

/// The statement with long texts cut, and behind its columns one for each text that says whether it was.
fn shortened(sql: &str, schema: &SchemaRef, texts: &[usize]) -> String {
    let fields = schema.fields().iter().enumerate();
    let column = |(at, field): (usize, &::duckdb::arrow::datatypes::FieldRef)| {
        let name = quote_name(field.name());
        if texts.contains(&at) {
            format!(
                "CASE WHEN strlen(c{at}) > {LONG_BYTES} THEN left(c{at}, {LEFT_CHARS}) ELSE c{at} END AS {name}"
            )
        } else {
            format!("c{at} AS {name}")
        }
    };
    let marks = texts.iter().map(|at| format!("strlen(c{at}) > {LONG_BYTES}"));
    let list = fields.clone().map(column).chain(marks).collect::<Vec<_>>().join(", ");
    let numbers = fields.map(|(at, _)| format!("c{at}")).collect::<Vec<_>>().join(", ");
    format!("SELECT {list} FROM ({sql}) AS t({numbers})")
}

/// The window of a shortened statement.
fn without_marks(first: u64, parts: Vec<RecordBatch>, texts: &[usize]) -> Result<Window, EngineError> {
    let (mut cut, mut whole, mut start) = (Vec::new(), Vec::new(), first);
    for part in parts {
        let columns = part.num_columns() - texts.len();
        for (mark, text) in texts.iter().enumerate() {
            let marks = part.column(columns + mark).as_boolean();
            let rows = (0..marks.len()).filter(|row| marks.is_valid(*row) && marks.value(*row));
            cut.extend(rows.map(|row| (start + row as u64, *text)));
        }
        start += part.num_rows() as u64;
        let all: Vec<_> = (0..columns).collect();
        whole
            .push(part.project(&all).map_err(|error| EngineError::new(ErrorKind::Other, error.to_string()))?);
    }
    Ok(Window::new(first, whole).with_cut(cut))
}

/// That what is read is no longer what was opened.
pub(in crate::engine) fn changed(what: &str) -> EngineError {
    EngineError::new(ErrorKind::Io, format!("{what} has changed since it was opened"))
        .with_hint("open it again")
}
