//! A month of a table that has another table's rows, in its order, and its columns among its own: these are taken over as
//! they are packed, without a look inside, and only the others are computed and written.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use duckdb::ArrowStream;
use duckdb::arrow::compute;
use duckdb::arrow::datatypes::{Schema, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowSchemaConverter, ProjectionMask};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::batches;
use crate::engine::duckdb::Connection;
use crate::lake::Column;
use crate::sql::quote_name;

/// The columns by which it is seen that rows are the same: the line, and its file where there is more than one.
const SOURCE: &str = "source_file";
const LINE: &str = "line_no";

/// Where a column comes from, and its place there.
#[derive(Clone, Copy)]
enum Source {
    Leader(usize),
    Select(usize),
}

/// Writes the rows of `select`, which has `columns`; they are those of the file `leader` in their order, and have its columns
/// under their names.
///
/// # Errors
/// When the engine or the disk fails, or the rows are not the leader's.
pub fn month(
    connection: &Connection,
    columns: &[Column],
    select: &str,
    leader: &Path,
    place: &Path,
) -> io::Result<()> {
    let file = File::open(leader)?;
    let led = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
    let own = columns.iter().filter(|column| led.schema().index_of(&column.name).is_err());
    let keys: &[&str] = if is_of_one_file(led.metadata()) { &[LINE] } else { &[SOURCE, LINE] };
    let own = own.map(|column| column.name.as_str()).chain(keys.iter().copied());
    let own: Vec<_> = own.map(quote_name).collect();
    let select = format!("SELECT {} FROM ({select})", own.join(", "));
    let mut statement = connection.prepare(&select).map_err(io::Error::other)?;
    let stream = statement.stream_arrow([]).map_err(io::Error::other)?;
    let schema = stream.get_schema();
    let mut rows = Rows { stream, schema: schema.clone(), waiting: RecordBatch::new_empty(schema.clone()) };

    let of_leader = led.metadata().file_metadata().schema_descr().root_schema().get_fields();
    let converted = ArrowSchemaConverter::new().convert(&schema)?;
    let of_select = converted.root_schema().get_fields();
    let (mut sources, mut types, mut fields) = (Vec::new(), Vec::new(), Vec::new());
    for column in columns {
        let (source, kind, field) = match led.schema().index_of(&column.name) {
            Ok(place) => (Source::Leader(place), of_leader.get(place), led.schema().field(place)),
            Err(_) => {
                let place = schema.index_of(&column.name).map_err(io::Error::other)?;
                (Source::Select(place), of_select.get(place), schema.field(place))
            }
        };
        sources.push(source);
        types.extend(kind.cloned());
        fields.push(field.clone());
    }
    let root = Type::group_type_builder("schema").with_fields(types).build()?;
    let fields = Arc::new(Schema::new(fields));
    let properties = Arc::new(batches::properties(&fields)?);
    let mut out = SerializedFileWriter::new(File::create(place)?, Arc::new(root), properties)?;
    let factory = ArrowRowGroupWriterFactory::new(&out, fields.clone());
    for (number, group) in led.metadata().row_groups().iter().enumerate() {
        let count = usize::try_from(group.num_rows()).map_err(io::Error::other)?;
        let batch = rows.take(count)?;
        same_lines(&file, &led, keys, number, &batch)?;
        let writers = factory.create_column_writers(number)?;
        let mut writing = out.next_row_group()?;
        for ((source, field), mut writer) in sources.iter().zip(fields.fields()).zip(writers) {
            match *source {
                Source::Leader(place) => writing.append_column(&file, packed(group.column(place), count))?,
                Source::Select(place) => {
                    for leaf in compute_leaves(field, batch.column(place))? {
                        writer.write(&leaf)?;
                    }
                    writer.close()?.append_to_row_group(&mut writing)?;
                }
            }
        }
        writing.close()?;
    }
    out.close()?;
    if rows.take(1)?.num_rows() == 0 { Ok(()) } else { Err(differ()) }
}

/// Whether all lines are known to be of one statement's file.
fn is_of_one_file(led: &ParquetMetaData) -> bool {
    let columns = led.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let mut ends = Vec::new();
    for column in columns.filter(|column| column.column_path().string() == SOURCE) {
        match column.statistics() {
            Some(Statistics::ByteArray(known))
                if known.min_is_exact() && known.max_is_exact() && known.null_count_opt() == Some(0) =>
            {
                ends.extend([known.min_opt(), known.max_opt()]);
            }
            _ => return false,
        }
    }
    ends.iter().all(Option::is_some) && ends.windows(2).all(|pair| pair.first() == pair.last())
}

/// A column as another file has it.
fn packed(column: &ColumnChunkMetaData, rows: usize) -> ColumnCloseResult {
    ColumnCloseResult {
        bytes_written: column.compressed_size().unsigned_abs(),
        rows_written: rows as u64,
        metadata: column.clone(),
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    }
}

/// Rows as they come, to be taken in other numbers.
struct Rows<'a> {
    stream: ArrowStream<'a>,
    schema: SchemaRef,
    waiting: RecordBatch,
}

impl Rows<'_> {
    /// The next rows: so many, unless there are no more.
    fn take(&mut self, count: usize) -> io::Result<RecordBatch> {
        let mut held = self.waiting.num_rows();
        let mut parts = vec![self.waiting.clone()];
        while held < count
            && let Some(batch) = self.stream.next()
        {
            let batch = batch.map_err(io::Error::other)?;
            held += batch.num_rows();
            parts.push(batch);
        }
        let all = compute::concat_batches(&self.schema, &parts).map_err(io::Error::other)?;
        let taken = count.min(held);
        self.waiting = all.slice(taken, held - taken);
        Ok(all.slice(0, taken))
    }
}

/// Looks whether rows are the leader's: an amount beside another line would be the worst of all faults.
fn same_lines(
    file: &File,
    led: &ArrowReaderMetadata,
    keys: &[&str],
    group: usize,
    batch: &RecordBatch,
) -> io::Result<()> {
    let mask = ProjectionMask::columns(led.metadata().file_metadata().schema_descr(), keys.iter().copied());
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file.try_clone()?, led.clone());
    let mut at = 0;
    for theirs in builder.with_projection(mask).with_row_groups(vec![group]).build()? {
        let theirs = theirs.map_err(io::Error::other)?;
        let ours = batch.slice(at.min(batch.num_rows()), theirs.num_rows().min(batch.num_rows() - at));
        if keys.iter().any(|name| ours.column_by_name(name) != theirs.column_by_name(name)) {
            return Err(differ());
        }
        at += ours.num_rows();
    }
    if at == batch.num_rows() { Ok(()) } else { Err(differ()) }
}

fn differ() -> io::Error {
    io::Error::other("the rows are not those of the table that it follows")
}

#[cfg(test)]
mod tests {
    use super::super::{files, write};
    use super::*;

    #[test]
    fn columns_are_taken_over_beside_the_very_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let (leader, place) = (folder.path().join("leader.parquet"), folder.path().join("month.parquet"));
        let connection = Connection::open_in_memory().unwrap();
        let lines = "SELECT i // 2 AS line_no, 'file ' || i % 2 AS source_file, 'line ' || line_no AS text \
                     FROM range(5000) AS lines(i)";
        let copy =
            format!("COPY ({lines}) TO {} (ROW_GROUP_SIZE 2048, COMPRESSION zstd)", files::quoted(&leader));
        connection.execute_batch(&copy).unwrap();
        // What the leader has is not even asked for.
        let select = |rest: &str| {
            format!(
                "SELECT i // 2 AS line_no, 'file ' || i % 2 AS source_file, line_no * 2 AS twice, 'other' AS text, \
                 NULLIF(line_no % 3, 0)::VARCHAR AS third {rest}"
            )
        };
        let columns = write::columns(&connection, &select("FROM range(1) AS lines(i)")).unwrap();
        month(&connection, &columns, &select("FROM range(5000) AS lines(i)"), &leader, &place).unwrap();
        let wrong = format!(
            "SELECT count(*), count(*) FILTER (twice <> line_no * 2 OR text <> 'line ' || line_no \
             OR third IS DISTINCT FROM NULLIF(line_no % 3, 0)::VARCHAR) FROM {}",
            files::quoted(&place)
        );
        let counts =
            connection.query_row(&wrong, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
        assert_eq!(counts.unwrap(), (5000, 0));
        // Some readers demand an index of pages of all columns when there is one of some.
        let written =
            ArrowReaderMetadata::load(&File::open(&place).unwrap(), ArrowReaderOptions::new()).unwrap();
        for group in written.metadata().row_groups() {
            let is_indexed = |column: &ColumnChunkMetaData| {
                column.offset_index_offset().is_some() || column.column_index_offset().is_some()
            };
            assert!(!group.columns().iter().any(is_indexed));
        }
        for others in [
            "FROM range(4999) AS lines(i)",
            "FROM range(5001) AS lines(i)",
            "FROM range(1, 5001) AS lines(i)",
            "FROM range(5000) AS lines(i) ORDER BY i = 3000, i",
            "FROM range(5000) AS lines(i) ORDER BY i // 2, i % 2 DESC",
        ] {
            assert!(month(&connection, &columns, &select(others), &leader, &place).is_err(), "{others}");
        }
    }
}
