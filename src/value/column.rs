//! A column whose cells are written one after another: what they are is asked once, not at each.

use duckdb::arrow::array::{Array, AsArray, StringArray};
use duckdb::arrow::buffer::NullBuffer;
use duckdb::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, Int64Type};

use super::time::push_date;
use super::write::{Text, push_decimal, write_plain};
use super::written;

/// The cells of an array, as [`plain`](super::plain) writes them.
pub struct Column<'a> {
    cells: Cells<'a>,
    nulls: Option<&'a NullBuffer>,
}

/// Those that long results are made of, and all others.
enum Cells<'a> {
    Text(&'a StringArray),
    Decimal(&'a [i128], i8),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    /// Days since 1970; the last one and its text, for the next row is often of the same day.
    Date(&'a [i32], Option<i32>, String),
    /// Of which the cells tell themselves whether they are there.
    Apart(&'a dyn Array),
    Other(&'a dyn Array),
}

impl<'a> Column<'a> {
    #[must_use]
    pub fn of(array: &'a dyn Array) -> Self {
        let cells = match array.data_type() {
            DataType::Utf8 => Cells::Text(array.as_string()),
            DataType::Decimal128(_, scale) => {
                Cells::Decimal(array.as_primitive::<Decimal128Type>().values(), *scale)
            }
            DataType::Int32 => Cells::Int32(array.as_primitive::<Int32Type>().values()),
            DataType::Int64 => Cells::Int64(array.as_primitive::<Int64Type>().values()),
            DataType::Date32 => Cells::Date(array.as_primitive::<Date32Type>().values(), None, String::new()),
            DataType::Null | DataType::Dictionary(..) => Cells::Apart(array),
            _ => Cells::Other(array),
        };
        Self { cells, nulls: array.nulls() }
    }

    /// The bytes of all its texts, one behind the other; those of NULL may be among them. Nothing where it has no texts.
    #[must_use]
    pub fn texts(&self) -> Option<&'a [u8]> {
        let Cells::Text(texts) = self.cells else { return None };
        let end = |end: Option<&i32>| usize::try_from(*end?).ok();
        let ends = texts.value_offsets();
        texts.value_data().get(end(ends.first())?..end(ends.last())?)
    }

    /// Appends the text of a cell; gives whether there is one, which NULL has not.
    pub fn append(&mut self, row: usize, out: &mut Text) -> bool {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return false;
        }
        match &mut self.cells {
            Cells::Text(texts) => out.push_str(texts.value(row)),
            Cells::Decimal(values, scale) => push_decimal(out, values[row], *scale),
            Cells::Int32(values) => push_decimal(out, values[row].into(), 0),
            Cells::Int64(values) => push_decimal(out, values[row].into(), 0),
            Cells::Date(days, last, text) => {
                if *last != Some(days[row]) {
                    let mut fresh = Text::default();
                    push_date(&mut fresh, days[row].into());
                    (*last, *text) = (Some(days[row]), fresh.out);
                }
                out.push_str(text);
            }
            Cells::Apart(array) => match written(*array, row, usize::MAX) {
                Some(text) => out.push_str(&text.out),
                None => return false,
            },
            Cells::Other(array) => write_plain(*array, row, out),
        }
        true
    }
}
