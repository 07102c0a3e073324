//! Parquet objects of S3 as tables by row number: their footers are read, and of the rest what is in view.

mod member;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use ::parquet::errors::ParquetError;
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use self::member::{Member, Origin};
use super::duckdb::COPY_FIRST;
use super::sparse::Held;
use super::store::{Pager, Window};
use super::window::Recent;
use super::{EngineError, ErrorKind};
use crate::lake::objects::Objects;
use crate::lake::selection::{NO_VALUE, partition};
use crate::source::table_name;

/// The end of an object in which its footer lies, most likely.
const TAIL: u64 = 1 << 14;
/// Footers that are asked for together.
const TOGETHER: usize = 256;

/// Objects that are one table.
#[derive(Debug, Clone)]
pub struct ObjectTable {
    pub name: String,
    objects: Objects,
    members: Vec<usize>,
}

/// The tables of objects: those of a folder are one, its `name=value` folders included.
#[must_use]
pub fn tables(objects: &Objects) -> Vec<ObjectTable> {
    let mut found: Vec<(String, ObjectTable)> = Vec::new();
    let is_alone = objects.list.len() == 1;
    for (number, object) in objects.list.iter().enumerate() {
        let folders = object.path.rsplit_once('/').map_or("", |(folders, _)| folders);
        let plain = folders.split('/').filter(|folder| !folder.contains('='));
        let mut place = plain.collect::<Vec<_>>().join("/");
        if place.is_empty() {
            place.clone_from(&objects.place);
        }
        if let Some((_, table)) = found.iter_mut().find(|(of, _)| *of == place) {
            table.members.push(number);
            continue;
        }
        let base = table_name(Path::new(if is_alone { &object.path } else { &place }));
        let taken: BTreeSet<_> = found.iter().map(|(_, table)| table.name.clone()).collect();
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(name));
        let (name, objects) = (name.unwrap_or(base), objects.clone());
        found.push((place, ObjectTable { name, objects, members: vec![number] }));
    }
    found.into_iter().map(|(_, table)| table).collect()
}

/// A table of objects that is read by row number.
pub(super) struct ObjectPager {
    held: Held,
    files: Vec<Member>,
    schema: SchemaRef,
    rows: u64,
    recent: Recent,
}

impl ObjectPager {
    /// Reads the footers.
    pub(super) fn open(table: &ObjectTable, cancel: &CancellationToken) -> Result<Self, EngineError> {
        let held = Held::new(table.objects.clone());
        let mut files = Vec::new();
        let mut rows = 0;
        for members in table.members.chunks(TOGETHER) {
            let tail = |object: &usize| {
                let size = held.objects.list[*object].size;
                (*object, size.saturating_sub(TAIL)..size)
            };
            let brought = held.bring(members.iter().map(tail).collect(), cancel);
            brought.map_err(|error| held.failed(members[0], &error))?;
            for object in members {
                let member = Member::open(&held, *object, rows, cancel);
                let member = member.map_err(|error| held.failed(*object, &error))?;
                rows += member.rows;
                files.push(member);
            }
            held.let_go(true);
        }
        let schema = union(&held, &mut files)?;
        Ok(Self { held, files, schema, rows, recent: Recent::default() })
    }

    fn read(
        &mut self,
        first: u64,
        last: u64,
        cancel: &CancellationToken,
    ) -> Result<Vec<RecordBatch>, EngineError> {
        let held = &self.held;
        let in_view = |file: &&mut Member| first < file.first + file.rows && file.first < last;
        let mut files: Vec<_> = self.files.iter_mut().filter(in_view).collect();
        let Some(some) = files.first().map(|file| file.object) else { return Ok(Vec::new()) };
        let failed = |error: ParquetError| held.failed(some, &error);
        let indexes = files.iter().filter(|file| !file.is_indexed).filter_map(|file| file.index());
        held.bring(indexes.collect(), cancel).map_err(failed)?;
        for file in &mut files {
            file.read_index(held, cancel).map_err(failed)?;
        }
        let pages = files.iter().flat_map(|file| file.pages(first, last));
        held.bring(pages.collect(), cancel).map_err(failed)?;
        let mut batches = Vec::new();
        for file in files {
            let read = file.read(held, (first, last), &self.schema, cancel);
            batches.extend(read.map_err(|error| held.failed(file.object, &error))?);
        }
        held.let_go(false);
        Ok(batches)
    }
}

/// The columns of all objects by name, then those of their folders. An object without a column has NULL in it.
fn union(held: &Held, files: &mut [Member]) -> Result<SchemaRef, EngineError> {
    let key = |object: usize| &held.objects.list[object].path;
    let mut fields: Vec<Arc<Field>> = Vec::new();
    for file in &*files {
        for field in file.metadata.schema().fields() {
            match fields.iter().find(|known| known.name() == field.name()) {
                None => fields.push(Arc::new(field.as_ref().clone().with_nullable(true))),
                Some(known) if known.data_type() == field.data_type() => {}
                Some(known) => {
                    let message = format!(
                        "the column {} is {} in {} and {} elsewhere",
                        field.name(),
                        field.data_type(),
                        key(file.object),
                        known.data_type()
                    );
                    return Err(EngineError::new(ErrorKind::Data, message).with_hint("open one of them"));
                }
            }
        }
    }
    let mut folders: Vec<String> = Vec::new();
    for (name, _) in files.iter().flat_map(|file| partition(key(file.object))) {
        if !folders.iter().any(|known| known == name) {
            folders.push(name.to_owned());
        }
    }
    let value = |file: &Member, name: &str| {
        let found = partition(key(file.object)).find(|(known, value)| *known == name && *value != NO_VALUE);
        found.map(|(_, value)| value.to_owned())
    };
    let own = fields.len();
    for name in &folders {
        let mut values = files.iter().filter_map(|file| value(file, name));
        let is_number = values.all(|value| value.parse::<i64>().is_ok());
        let is_taken = fields[..own].iter().any(|field| field.name().eq_ignore_ascii_case(name));
        let shown = if is_taken { format!("folder_{name}") } else { name.clone() };
        let data_type = if is_number { DataType::Int64 } else { DataType::Utf8 };
        fields.push(Arc::new(Field::new(shown, data_type, true)));
    }
    for file in files {
        let schema = file.metadata.schema();
        let column =
            |field: &Arc<Field>| schema.index_of(field.name()).map_or(Origin::Folder(None), Origin::Column);
        let mut columns: Vec<_> = fields[..own].iter().map(column).collect();
        columns.extend(folders.iter().map(|name| Origin::Folder(value(file, name))));
        file.columns = columns;
    }
    Ok(Arc::new(Schema::new(fields)))
}

impl Pager for ObjectPager {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn window(&mut self, first: u64, rows: usize, cancel: &CancellationToken) -> Result<Window, EngineError> {
        let last = first.saturating_add(rows as u64).min(self.rows);
        if let Some(found) = self.recent.find(first, last) {
            return Ok(found);
        }
        let window = Window::new(first, self.read(first, last, cancel)?);
        self.recent.keep(&window);
        Ok(window)
    }

    fn in_sql(&mut self, _: &CancellationToken) -> Result<Option<String>, EngineError> {
        let message = "the table lies on S3 and is only looked at: that would read all of it";
        Err(EngineError::new(ErrorKind::Other, message).with_hint(COPY_FIRST))
    }

    fn bytes_read(&self) -> Option<u64> {
        Some(self.held.objects.bytes_read())
    }
}

#[cfg(feature = "remote")]
#[cfg(test)]
mod tests {
    use ::bytes::Bytes as Shared;
    use ::parquet::arrow::ArrowWriter;
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReader;
    use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
    use duckdb::arrow::array::{ArrayRef, AsArray, Decimal128Array, Int64Array, StringArray};
    use duckdb::arrow::compute::concat_batches;
    use duckdb::arrow::datatypes::Int64Type;

    use super::*;
    use crate::lake::objects::samples::objects;
    use crate::value;

    /// Rows `from..from + rows` in row groups of 10,000 and pages of 1,000, which are listed or not.
    fn parquet(from: i64, rows: i64, is_indexed: bool) -> Vec<u8> {
        let schema = Arc::new(Schema::new(vec![
            Field::new("n", DataType::Int64, false),
            Field::new("word", DataType::Utf8, true),
            Field::new("amount", DataType::Decimal128(18, 2), true),
        ]));
        let numbers = || from..from + rows;
        let word = |n: i64| (n % 7 != 0).then(|| format!("{:x}", n.wrapping_mul(0x1e37_79b9_7f4a_7c15)));
        let amounts =
            Decimal128Array::from_iter_values(numbers().map(i128::from)).with_precision_and_scale(18, 2);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(numbers())),
            Arc::new(StringArray::from_iter(numbers().map(word))),
            Arc::new(amounts.unwrap()),
        ];
        let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
        let statistics = if is_indexed { EnabledStatistics::Page } else { EnabledStatistics::None };
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(10_000))
            .set_data_page_row_count_limit(1_000)
            .set_write_batch_size(1_000)
            .set_statistics_enabled(statistics)
            .set_offset_index_disabled(!is_indexed)
            .build();
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }

    fn pager(files: &[(&str, Vec<u8>)]) -> ObjectPager {
        let found = tables(&objects(files));
        assert_eq!(found.len(), 1);
        ObjectPager::open(&found[0], &CancellationToken::new()).unwrap()
    }

    fn window(pager: &mut ObjectPager, first: u64, rows: usize) -> RecordBatch {
        let window = pager.window(first, rows, &CancellationToken::new()).unwrap();
        concat_batches(&pager.schema(), window.batches()).unwrap()
    }

    #[test]
    fn every_window_has_the_rows_of_the_object_and_reads_little_of_it() {
        for is_indexed in [true, false] {
            let bytes = parquet(0, 55_000, is_indexed);
            let size = bytes.len() as u64;
            let all = ParquetRecordBatchReader::try_new(Shared::from(bytes.clone()), 55_000).unwrap();
            let all = all.map(Result::unwrap).next().unwrap();
            let mut pager = pager(&[("a/big.parquet", bytes)]);
            assert_eq!(pager.rows(), 55_000);
            assert!(pager.bytes_read().unwrap() <= 2 * TAIL, "the footer is all that is read at first");
            for (first, rows) in
                [(0, 50), (999, 2), (9_990, 20), (29_999, 1), (54_990, 50), (12_345, 5_000), (55_000, 10)]
            {
                let rows = rows.min(55_000 - first);
                let found = window(&mut pager, first as u64, rows);
                assert_eq!(found.columns(), all.slice(first, rows).columns(), "{first} {is_indexed}");
            }
            let read = pager.bytes_read().unwrap();
            // Without a list of pages a row group is read from its beginning, and nothing twice.
            let most = if is_indexed { size * 2 / 3 } else { size };
            assert!(read < most, "{read} of {size}, {is_indexed}");
            // What was in view just now is still here.
            window(&mut pager, 54_990, 10);
            assert_eq!(pager.bytes_read().unwrap(), read);
        }
        // One window of an object whose pages are listed: most of it is the dictionary of the texts.
        let bytes = parquet(0, 55_000, true);
        let size = bytes.len() as u64;
        let mut pager = pager(&[("a/big.parquet", bytes)]);
        window(&mut pager, 43_210, 40);
        let read = pager.bytes_read().unwrap();
        assert!(read < size / 5, "{read} of {size}");
    }

    #[test]
    fn the_objects_of_a_folder_are_one_table_with_the_values_of_its_folders() {
        let mut pager = pager(&[
            ("bank/year=2019/month=01/a.parquet", parquet(0, 1_500, true)),
            ("bank/year=2020/month=__HIVE_DEFAULT_PARTITION__/a.parquet", parquet(1_500, 700, false)),
            ("bank/year=2020/month=x/a.parquet", parquet(2_200, 3, true)),
            ("bank/_log/a.parquet", parquet(0, 9, true)),
        ]);
        let schema = pager.schema();
        let names: Vec<_> =
            schema.fields().iter().map(|field| (field.name().as_str(), field.data_type())).collect();
        assert_eq!(names[3..], [("year", &DataType::Int64), ("month", &DataType::Utf8)]);
        assert_eq!(pager.rows(), 2_203);
        let found = window(&mut pager, 1_495, 708);
        let numbers = found.column(0).as_primitive::<Int64Type>();
        assert!(numbers.values().iter().copied().eq(1_495..2_203));
        let cells = |row: usize| {
            [3, 4].map(|column| value::plain(found.column(column).as_ref(), row).unwrap_or("∅".into()))
        };
        assert_eq!([cells(0), cells(5), cells(707)], [["2019", "01"], ["2020", "∅"], ["2020", "x"]]);
    }

    #[test]
    fn columns_are_joined_by_name_and_types_that_differ_are_told() {
        let batch = |fields: Vec<Field>, columns: Vec<ArrayRef>| {
            let schema = Arc::new(Schema::new(fields));
            let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), None).unwrap();
            writer.write(&RecordBatch::try_new(schema, columns).unwrap()).unwrap();
            writer.into_inner().unwrap()
        };
        let n = || Field::new("n", DataType::Int64, false);
        let text = |name: &str| Field::new(name, DataType::Utf8, false);
        let one = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
        let word = || Arc::new(StringArray::from(vec!["x"])) as ArrayRef;
        let mut joined = pager(&[
            ("t/a.parquet", batch(vec![n()], vec![one()])),
            ("t/b.parquet", batch(vec![text("word"), n()], vec![word(), one()])),
        ]);
        let found = window(&mut joined, 0, 2);
        let row = |row: usize| [0, 1].map(|column| value::plain(found.column(column).as_ref(), row));
        assert_eq!([row(0), row(1)], [[Some("1".into()), None], [Some("1".into()), Some("x".into())]]);
        let differing = tables(&objects(&[
            ("t/a.parquet", batch(vec![n()], vec![one()])),
            ("t/b.parquet", batch(vec![text("n")], vec![word()])),
        ]));
        let error = ObjectPager::open(&differing[0], &CancellationToken::new()).err().unwrap();
        assert_eq!(error.message, "the column n is Utf8 in t/b.parquet and Int64 elsewhere");
        let broken = tables(&objects(&[("t/a.parquet", b"PAR1 no".to_vec())]));
        let error = ObjectPager::open(&broken[0], &CancellationToken::new()).err().unwrap();
        assert!(
            error.kind == ErrorKind::Data && error.message.starts_with("cannot read s3://test/t/a.parquet: ")
        );
    }

    #[test]
    fn each_folder_is_a_table_of_a_name_of_its_own() {
        let nothing = Vec::new;
        let names = |files: &[(&str, Vec<u8>)]| -> Vec<String> {
            tables(&objects(files)).into_iter().map(|table| table.name).collect()
        };
        assert_eq!(names(&[("a/Trades 2019.parquet", nothing())]), ["trades_2019"]);
        let many = ["x/bank/year=1/a.parquet", "x/bank/year=2/a.parquet", "x/rates/a.pq", "y/bank/a.parquet"];
        assert_eq!(names(&many.map(|path| (path, nothing()))), ["bank", "rates", "bank_2"]);
    }
}
