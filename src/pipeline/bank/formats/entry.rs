//! Statements and their entries as every format gives them, and what their texts and amounts are made of.

use std::io;

use crate::text::amounts::{self, Marks};
use crate::text::records::Bad;
use crate::text::unpack::Damaged;

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
    /// How many entries are of securities, and how many are balances by their text, which are left out.
    pub securities: u64,
    pub balances: u64,
    /// The first entry whose amount is not that of its transactions.
    pub apart: Option<u64>,
    /// It reports a day that is under way.
    pub is_interim: bool,
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

impl Entry {
    /// Begins the entry at a place of the file in the memory of the one before.
    pub fn begin(&mut self, place: u64) {
        let Self { booked, valued, details, reference, amount, currency, .. } = self;
        for text in [booked, valued, details, reference, amount, currency] {
            text.clear();
        }
        (self.place, self.is_credit, self.is_pending) = (place, false, false);
    }
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
    let mut out = String::new();
    put_decimal(&mut out, text, mark);
    out
}

/// The same in place of what a text was.
pub fn put_decimal(out: &mut String, text: &str, mark: char) {
    out.clear();
    let text = trim(text);
    let at = text.bytes().position(|byte| char::from(byte) == mark);
    let (whole, decimals) =
        at.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))).unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && decimals.is_empty()) || !is_number(whole) || !is_number(decimals) {
        return out.push_str(text);
    }
    out.push_str(if whole.is_empty() { "0" } else { whole });
    out.push('.');
    out.push_str(decimals);
    // So many that the mark groups no thousands.
    out.push_str("0000".get(decimals.len()..).unwrap_or_default());
}

/// A text without the blanks around it, which are seldom there.
pub fn trim(text: &str) -> &str {
    let is_seen = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if is_seen(bytes.first()) && is_seen(bytes.last()) { text } else { text.trim() }
}

/// Ten-thousandths as a person writes them, two decimals at least.
pub fn money(units: i64) -> String {
    amounts::text(units.into(), 2)
}

/// Texts that are there, each once, with something between them; in place of what a text was.
pub fn join(out: &mut String, texts: &[impl AsRef<str>], between: &str) {
    out.clear();
    let trimmed = || texts.iter().map(|text| trim(text.as_ref()));
    for (place, text) in trimmed().enumerate() {
        let is_new = || !trimmed().take(place).any(|before| before == text);
        if !text.is_empty() && is_new() {
            if !out.is_empty() {
                out.push_str(between);
            }
            out.push_str(text);
        }
    }
}

/// The same as a text of its own.
pub fn joined(texts: &[impl AsRef<str>], between: &str) -> String {
    let mut out = String::new();
    join(&mut out, texts, between);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_a_point_before_four_decimals() {
        for (text, wanted) in
            [("12,5", "12.5000"), (",05", "0.0500"), ("7", "7.0000"), ("1,23456", "1.23456")]
        {
            assert_eq!(decimal(text, ','), wanted);
        }
        for text in ["1.2", "", ",", "-"] {
            assert_eq!(decimal(&format!(" {text} "), ','), text, "what is no amount stays");
        }
    }

    #[test]
    fn texts_stand_once() {
        assert_eq!(joined(&["a", "", " b ", "a", "b"], "; "), "a; b");
    }
}
