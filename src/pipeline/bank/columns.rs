//! Rows of typed lines as columns, in the form of the table `banktxn`.

use std::io;
use std::iter;
use std::sync::Arc;

use duckdb::arrow::array::builder::NullBufferBuilder;
use duckdb::arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringArray};
use duckdb::arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;

use super::super::batches::BATCH;
use super::equal::{self, Equal};
use super::key::Keys;
use super::rows::{self, Keyed, Row};
use super::typed::FLAGS;

/// The columns of typed lines, as staged files and the table have them; docs/statements.md tells what is in each.
pub const COLUMNS: [&str; 14] = [
    "account_no",
    "booking_date",
    "value_date",
    "transaction_details",
    "chq_no",
    "withdrawal_amt",
    "withdrawal_currency",
    "deposit_amt",
    "deposit_currency",
    "balance_amt",
    "flags",
    "txn_key",
    "source_file",
    "line_no",
];

/// Rows that are fetched from the memory at a time; they fit into what is nearest to the processor.
const NEAR: usize = 64;

/// Rows in the form of the table, of the file `source`, in their order, each with its place among those that `equal` knows of as
/// equal.
///
/// # Errors
/// Not with fewer rows than fill the memory.
pub fn batches(
    mut rows: &[Keyed],
    source: &str,
    equal: &mut Equal,
) -> impl Iterator<Item = io::Result<RecordBatch>> {
    let mut keys = Keys::default();
    iter::from_fn(move || {
        let (some, rest) = rows.split_at(equal::end(rows, BATCH));
        rows = rest;
        (!some.is_empty()).then(|| {
            let mut columns = Columns::new(some.len(), rows::bytes(some));
            let mut contents = Vec::with_capacity(some.len());
            for near in some.chunks(NEAR) {
                rows::fetch(near);
                for keyed in near {
                    let row = rows::read(keyed.row);
                    contents.push(keys.of(&row));
                    columns.add(&row);
                }
            }
            columns.key(&contents, &equal.places(some, &contents));
            columns.batch(source).map_err(io::Error::other)
        })
    })
}

struct Columns {
    booking_date: Vec<i32>,
    value_date: Vec<i32>,
    line_no: Vec<i64>,
    /// Of the withdrawal, the deposit, the balance.
    amounts: [Amounts; 3],
    /// Account, details, cheque number, currencies of the withdrawal and the deposit.
    texts: [Texts; 5],
    flags: Texts,
    txn_key: Texts,
    /// Where the flags of a line are put together, and a key that is seldom.
    scratch: Vec<u8>,
}

impl Columns {
    /// For so many rows, which take so many bytes where they stand.
    fn new(rows: usize, bytes: usize) -> Self {
        Self {
            booking_date: Vec::with_capacity(rows),
            value_date: Vec::with_capacity(rows),
            line_no: Vec::with_capacity(rows),
            amounts: [(); 3].map(|()| Amounts::new(rows)),
            // Memory that is not written to costs nothing, and to move what outgrew its place costs much.
            texts: [24 * rows, bytes, 4 * rows, 4 * rows, 4 * rows].map(|bytes| Texts::new(rows, bytes)),
            flags: Texts::new(rows, 0),
            txn_key: Texts::new(rows, KEY * rows),
            scratch: Vec::new(),
        }
    }

    fn add(&mut self, row: &Row) {
        self.booking_date.push(row.booking_date);
        self.value_date.push(row.value_date);
        self.line_no.push(i64::try_from(row.line_no).unwrap_or(i64::MAX));
        for (column, amount) in self.amounts.iter_mut().zip(row.amounts) {
            column.values.push(amount.unwrap_or_default().into());
            column.are_there.append(amount.is_some());
        }
        for (column, text) in self.texts.iter_mut().zip(row.texts) {
            column.add(text);
        }
        self.scratch.clear();
        for (flag, _) in FLAGS.iter().zip(0..).filter(|(_, place)| row.flags >> place & 1 == 1) {
            self.scratch.extend_from_slice(if self.scratch.is_empty() { b"" } else { b"," });
            self.scratch.extend_from_slice(flag.as_bytes());
        }
        self.flags.add(&self.scratch);
    }

    /// Adds the keys of all rows: of what they say, and their places among equal ones.
    fn key(&mut self, contents: &[u128], places: &[u32]) {
        for (content, place) in contents.iter().zip(places) {
            let first = first(*content);
            match place {
                1 => self.txn_key.add(&first),
                place => {
                    self.scratch.clear();
                    self.scratch.extend_from_slice(&first);
                    self.scratch.pop();
                    self.scratch.extend_from_slice(place.to_string().as_bytes());
                    self.txn_key.add(&self.scratch);
                }
            }
        }
    }

    fn batch(self, source: &str) -> Result<RecordBatch, ArrowError> {
        let count = self.line_no.len();
        let ends = OffsetBuffer::try_from_repeated_length(source.len(), count)
            .map_err(|error| ArrowError::ComputeError(error.to_string()))?;
        let source_file =
            StringArray::try_new(ends, Buffer::from_vec(source.repeat(count).into_bytes()), None)?;
        let [withdrawal, deposit, balance] = self.amounts;
        let [account_no, transaction_details, chq_no, withdrawal_currency, deposit_currency] = self.texts;
        let columns: [ArrayRef; COLUMNS.len()] = [
            account_no.array()?,
            Arc::new(Date32Array::from(self.booking_date)),
            Arc::new(Date32Array::from(self.value_date)),
            transaction_details.array()?,
            chq_no.array()?,
            withdrawal.array()?,
            withdrawal_currency.array()?,
            deposit.array()?,
            deposit_currency.array()?,
            balance.array()?,
            self.flags.array()?,
            self.txn_key.array()?,
            Arc::new(source_file),
            Arc::new(Int64Array::from(self.line_no)),
        ];
        let named = COLUMNS.into_iter().zip(columns);
        RecordBatch::try_from_iter_with_nullable(named.map(|(name, column)| (name, column, true)))
    }
}

/// A column of texts; an empty one is not there.
struct Texts {
    bytes: Vec<u8>,
    ends: Vec<i32>,
    are_there: NullBufferBuilder,
}

impl Texts {
    fn new(rows: usize, bytes: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { bytes: Vec::with_capacity(bytes), ends, are_there: NullBufferBuilder::new(rows) }
    }

    fn add(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.bytes.extend_from_slice(text);
        }
        self.ends.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
        self.are_there.append(!text.is_empty());
    }

    fn array(mut self) -> Result<ArrayRef, ArrowError> {
        let ends = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        let texts = StringArray::try_new(ends, Buffer::from_vec(self.bytes), self.are_there.finish())?;
        Ok(Arc::new(texts))
    }
}

/// A column of amounts in ten-thousandths.
struct Amounts {
    values: Vec<i128>,
    are_there: NullBufferBuilder,
}

impl Amounts {
    fn new(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows), are_there: NullBufferBuilder::new(rows) }
    }

    fn array(mut self) -> Result<ArrayRef, ArrowError> {
        let amounts = Decimal128Array::try_new(self.values.into(), self.are_there.finish())?;
        Ok(Arc::new(amounts.with_precision_and_scale(20, 4)?))
    }
}

/// Bytes of a key as text.
const KEY: usize = 34;

/// The key of the first of equal lines: its content's key as hexadecimal digits, and an ordinal.
fn first(key: u128) -> [u8; KEY] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = *b"00000000000000000000000000000000-1";
    let (pairs, _) = text.as_chunks_mut();
    for ([high, low], byte) in pairs.iter_mut().zip(key.to_be_bytes()) {
        *high = DIGITS[usize::from(byte >> 4)];
        *low = DIGITS[usize::from(byte & 15)];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_in_hexadecimal_digits() {
        for key in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210, 9 << 64, 10 << 60] {
            assert_eq!(first(key).to_vec(), format!("{key:032x}-1").into_bytes());
        }
    }
}
