//! Typed lines as columns, in the form of the table `banktxn`.

use std::iter;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use duckdb::arrow::array::{
    ArrayRef, Date32Array, Decimal128Builder, Int64Array, StringArray, StringBuilder,
};
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;

use super::super::batches;
use super::typed::Line;

/// Bytes that a line takes beside its texts.
const LINE: usize = 150;

/// Lines in the form of the table; each as if it were like no other.
pub struct Columns {
    account_no: StringBuilder,
    /// Days are counted from 1970.
    booking_date: Vec<i32>,
    value_date: Vec<i32>,
    transaction_details: StringBuilder,
    chq_no: StringBuilder,
    withdrawal_amt: Decimal128Builder,
    withdrawal_currency: StringBuilder,
    deposit_amt: Decimal128Builder,
    deposit_currency: StringBuilder,
    balance_amt: Decimal128Builder,
    flags: StringBuilder,
    txn_key: StringBuilder,
    line_no: Vec<i64>,
    /// Where the flags of a line are put together.
    scratch: String,
}

impl Default for Columns {
    /// Without a line, and without memory: there may be a month for every line.
    fn default() -> Self {
        let text = || StringBuilder::with_capacity(0, 0);
        let amount = || Decimal128Builder::with_capacity(0);
        Self {
            account_no: text(),
            booking_date: Vec::new(),
            value_date: Vec::new(),
            transaction_details: text(),
            chq_no: text(),
            withdrawal_amt: amount(),
            withdrawal_currency: text(),
            deposit_amt: amount(),
            deposit_currency: text(),
            balance_amt: amount(),
            flags: text(),
            txn_key: text(),
            line_no: Vec::new(),
            scratch: String::new(),
        }
    }
}

impl Columns {
    /// Adds the line that stands at `line_no` of its file; tells about how many bytes it takes.
    pub fn add(&mut self, line_no: u64, line: &Line, key: u128) -> usize {
        self.booking_date.push(day(line.booking_date));
        self.value_date.push(day(line.value_date()));
        self.line_no.push(i64::try_from(line_no).unwrap_or(i64::MAX));
        let amounts = [
            (&mut self.withdrawal_amt, line.withdrawal.amount),
            (&mut self.deposit_amt, line.deposit.amount),
            (&mut self.balance_amt, line.balance),
        ];
        for (column, amount) in amounts {
            column.append_option(amount.map(i128::from));
        }
        self.scratch.clear();
        for flag in line.flags() {
            self.scratch.push_str(if self.scratch.is_empty() { "" } else { "," });
            self.scratch.push_str(flag);
        }
        let txn_key = first(key);
        let texts = [
            (&mut self.account_no, line.account_no),
            (&mut self.transaction_details, line.transaction_details),
            (&mut self.chq_no, line.chq_no),
            (&mut self.withdrawal_currency, line.withdrawal.currency.as_ref()),
            (&mut self.deposit_currency, line.deposit.currency.as_ref()),
            (&mut self.flags, self.scratch.as_str()),
            (&mut self.txn_key, str::from_utf8(&txn_key).unwrap_or_default()),
        ];
        let mut bytes = LINE;
        for (column, text) in texts {
            column.append_option(Some(text).filter(|text| !text.is_empty()));
            bytes += text.len();
        }
        bytes
    }

    /// The first and the last value date.
    pub fn days(&self) -> Option<(i32, i32)> {
        let days = self.value_date.iter().copied();
        days.clone().min().zip(days.max())
    }

    /// The lines, of the file `source`, in the order of their value dates, those of a day as they came.
    ///
    /// # Errors
    /// Not with fewer lines than fill the memory.
    pub fn batch(self, source: &str) -> Result<RecordBatch, ArrowError> {
        let source_file = StringArray::from_iter_values(iter::repeat_n(source, self.line_no.len()));
        let amount = |mut column: Decimal128Builder| {
            column.finish().with_precision_and_scale(20, 4).map(|column| Arc::new(column) as ArrayRef)
        };
        let text = |mut column: StringBuilder| Arc::new(column.finish()) as ArrayRef;
        let day = |column: Vec<i32>| Arc::new(Date32Array::from(column)) as ArrayRef;
        batches::sorted(RecordBatch::try_from_iter_with_nullable(
            [
                ("account_no", text(self.account_no)),
                ("booking_date", day(self.booking_date)),
                ("value_date", day(self.value_date)),
                ("transaction_details", text(self.transaction_details)),
                ("chq_no", text(self.chq_no)),
                ("withdrawal_amt", amount(self.withdrawal_amt)?),
                ("withdrawal_currency", text(self.withdrawal_currency)),
                ("deposit_amt", amount(self.deposit_amt)?),
                ("deposit_currency", text(self.deposit_currency)),
                ("balance_amt", amount(self.balance_amt)?),
                ("flags", text(self.flags)),
                ("txn_key", text(self.txn_key)),
                ("source_file", Arc::new(source_file)),
                ("line_no", Arc::new(Int64Array::from(self.line_no))),
            ]
            .map(|(name, column)| (name, column, true)),
        )?)
    }
}

fn day(date: NaiveDate) -> i32 {
    const EPOCH: i32 = 719_163;
    date.num_days_from_ce() - EPOCH
}

/// The key of the first of equal lines: its content's key as hexadecimal digits, and an ordinal.
fn first(key: u128) -> [u8; 34] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = *b"00000000000000000000000000000000-1";
    for (place, digit) in text.iter_mut().take(32).rev().enumerate() {
        *digit = DIGITS[(key >> (4 * place) & 15) as usize];
    }
    text
}
