//! Statements and their entries as every format gives them, and what their texts and amounts are made of.

use std::io;

use crate::pipeline::text::amounts::{self, Marks};
use crate::pipeline::text::records::Bad;
use crate::pipeline::text::unpack::Damaged;

/// A statement, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    pub account: String,
    pub currency: String,
    /// What it states: balances in ten-thousandths, how many entries, the sums of credits and of debits.
    pub opening: Option<i64>,
    pub closing: Option<i64>,
    pub entries: Option<u64>,
    pub credits: Option<i64>,
    pub debits: Option<i64>,
}

/// An entry; texts as the statement's columns have them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    pub place: u64,
    pub booked: String,
    pub valued: String,
    pub details: String,
    pub reference: String,
    /// Without a sign, a point before the decimals.
    pub amount: String,
    pub currency: String,
    pub is_credit: bool,
    /// It is expected or under way, and no balance has it yet.
    pub is_pending: bool,
}

/// Takes what a reader finds, in the file's order.
pub trait Listener {
    /// A statement, before its first entry.
    fn begins(&mut self, statement: &Statement) -> io::Result<()>;
    fn entry(&mut self, entry: &Entry) -> io::Result<()>;
    /// An entry that is not as its format has it.
    fn bad(&mut self, place: u64, bad: Bad, text: String) -> io::Result<()>;
    /// The statement, behind its last entry.
    fn ends(&mut self, statement: &Statement) -> io::Result<()>;
}

/// Decimals of an amount as text, so many that its mark groups no thousands.
const DECIMALS: usize = 4;

/// A file that is not as its format has it: it is not read at all.
pub fn damaged(message: impl Into<String>) -> io::Error {
    io::Error::other(Damaged(message.into()))
}

/// An amount in ten-thousandths.
pub fn units(amount: &str) -> Option<i64> {
    Marks::default().amount(amount).ok().flatten().map(|amount| amount.units)
}

/// An amount with a point before at least four decimals; what is no amount stays as it is.
pub fn decimal(text: &str, mark: char) -> String {
    let text = text.trim();
    let (whole, decimals) = text.split_once(mark).unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || !is_number(whole) || !is_number(decimals) {
        return text.to_owned();
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    format!("{whole}.{decimals:0<DECIMALS$}")
}

/// Ten-thousandths as a person writes them, two decimals at least.
pub fn money(units: i64) -> String {
    amounts::text(units.into(), 2)
}

/// Texts that are there, with something between them.
pub fn joined<'a>(texts: impl IntoIterator<Item = &'a str>, between: &str) -> String {
    let mut all: Vec<&str> = Vec::new();
    for text in texts.into_iter().map(str::trim) {
        if !text.is_empty() && !all.contains(&text) {
            all.push(text);
        }
    }
    all.join(between)
}
