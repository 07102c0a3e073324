//! The columns of a statement, and a line's cells in their order.

use std::borrow::Cow;

use crate::text::decode::Encoding;
use crate::text::header::Column;
use crate::text::scan::Layout;

const fn column(name: &'static str) -> Column {
    Column { name, also: &[] }
}

/// The statement's columns in their order, as the pipeline's own form heads them.
pub const COLUMNS: [Column; 15] = [
    column("account_no"),
    column("date"),
    column("transaction_details"),
    column("chq_no"),
    column("value_date"),
    column("withdrawal_amt"),
    column("withdrawal_currency"),
    column("deposit_amt"),
    column("deposit_currency"),
    column("balance_amt"),
    // What the bank takes for the transaction, beside its amount.
    column("fee"),
    // Of statements with one column of amounts: a word for each line's way, and the column. The line's one currency.
    column("direction"),
    column("amount"),
    column("currency"),
    // Whether the line is booked.
    column("state"),
];
pub const ACCOUNT: usize = 0;
pub const BOOKED: usize = 1;
pub const DETAILS: usize = 2;
pub const CHEQUE: usize = 3;
pub const VALUED: usize = 4;
/// The currency of an amount stands behind it.
pub const WITHDRAWAL: usize = 5;
pub const DEPOSIT: usize = 7;
pub const BALANCE: usize = 9;
pub const FEE: usize = 10;
pub const DIRECTION: usize = 11;
pub const AMOUNT: usize = 12;
pub const CURRENCY: usize = 13;
pub const STATE: usize = 14;

/// The cells of a line in the order of the statement's columns, its amounts on their sides.
pub type LineCells<'a> = [&'a str; 11];

/// The layout of cells in the order of our columns, but for the direction: an entry's amount stands on its side.
#[must_use]
pub fn own_layout(encoding: Encoding) -> Layout {
    let cells = LineCells::default().len();
    let names = COLUMNS.iter().take(cells).map(|column| column.name.to_owned()).collect();
    let places = (0..COLUMNS.len()).map(|place| (place < cells).then_some(place)).collect();
    Layout { encoding, delimiter: ',', header_line: 0, names, places, gaps: Vec::new() }
}

/// A currency in capitals of ASCII, on which all engines agree.
#[must_use]
pub fn capitals(text: &str) -> Cow<'_, str> {
    let has_small = text.bytes().any(|byte| byte.is_ascii_lowercase());
    if has_small { text.to_ascii_uppercase().into() } else { text.into() }
}
