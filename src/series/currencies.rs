//! Amounts of several currencies add up to nothing and make no series: which columns tell the currency of the values, and
//! which currencies each group has.

use std::collections::BTreeSet;
use std::fmt;

use duckdb::arrow::datatypes::Schema;
use duckdb::arrow::record_batch::RecordBatch;

use super::Columns;
use crate::text::trimmed;
use crate::value;
use crate::value::money::{self, Currency};

/// Codes that a sentence names.
const NAMED: usize = 8;
/// Words in the names of numbers that are no amounts.
const SHARES: [&str; 5] = ["pct", "percent", "rate", "ratio", "share"];

/// The currencies of the values, as rows are read.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Currencies {
    /// The columns that tell them, if the values are amounts.
    columns: Vec<usize>,
    names: Vec<String>,
    base: Option<String>,
    /// Of each group.
    codes: Vec<BTreeSet<String>>,
}

/// Amounts of several currencies in one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mixed {
    /// The column of the amounts, and their currencies.
    pub value: String,
    pub codes: Vec<String>,
    /// The columns that tell them.
    pub told_by: Vec<String>,
    /// The column of the same amounts in the base currency, where the rows have it.
    pub base: Option<String>,
}

/// The columns that tell the currency of a column of numbers, if that is not always the same: those of an amount, and for other
/// numbers that are no counts, no shares and in no currency by their name, the column `currency`.
#[must_use]
pub fn currency_columns(schema: &Schema, columns: &Columns) -> Vec<usize> {
    let name = schema.field(columns.value).name();
    let is_share = || name.to_lowercase().split('_').any(|word| SHARES.contains(&word));
    match money::currency(schema, columns.value) {
        Some(Currency::By(told_by)) => told_by,
        Some(Currency::Of(_)) => Vec::new(),
        None if columns.counts || money::ends_with_a_code(name) || is_share() => Vec::new(),
        None => money::place(schema, "currency").into_iter().collect(),
    }
}

impl Currencies {
    pub(super) fn of(schema: &Schema, columns: &Columns) -> Self {
        let told_by = currency_columns(schema, columns);
        let name = |at: usize| schema.field(at).name().clone();
        let is_base =
            |at: &usize| money::converted_from(schema, *at).is_some_and(|(from, _)| from == columns.value);
        let base = (0..schema.fields().len()).find(is_base).map(name);
        let names = told_by.iter().map(|at| name(*at)).collect();
        Self { columns: told_by, names, base, codes: Vec::new() }
    }

    /// Takes in the currency of a row that counts.
    pub(super) fn add(&mut self, group: usize, batch: &RecordBatch, row: usize) {
        if self.columns.is_empty() {
            return;
        }
        if self.codes.len() <= group {
            self.codes.resize(group + 1, BTreeSet::new());
        }
        for at in &self.columns {
            let code = value::plain(batch.column(*at).as_ref(), row);
            let code = code.map(|code| trimmed(&code).to_ascii_uppercase()).filter(|code| !code.is_empty());
            self.codes[group].extend(code);
        }
    }

    /// What is wrong with a group's values, if they are of several currencies.
    pub(super) fn mixed(&self, group: usize, value: &str) -> Option<Mixed> {
        let codes = self.codes.get(group).filter(|codes| codes.len() > 1)?;
        let codes = codes.iter().cloned().collect();
        Some(Mixed { value: value.to_owned(), codes, told_by: self.names.clone(), base: self.base.clone() })
    }
}

impl Mixed {
    /// The condition that keeps the rows of one currency.
    #[must_use]
    pub fn condition(&self) -> String {
        let code = self.codes.first().map_or("", String::as_str);
        // Each row has one of its sides only.
        let told = match self.told_by.as_slice() {
            [one] => one.clone(),
            several => format!("COALESCE({})", several.join(", ")),
        };
        value::visible(&format!("{told} = '{code}'")).into_owned()
    }

    /// What may be taken in their place.
    #[must_use]
    pub fn instead(&self) -> String {
        match &self.base {
            Some(base) => format!("{base}, which is in the base currency"),
            None => "an amount in the base currency".to_owned(),
        }
    }
}

impl fmt::Display for Mixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.codes.iter().take(NAMED).map(|code| value::visible(code)).collect();
        let further = self.codes.len() - shown.len();
        let (last, first) = match shown.split_last() {
            Some((last, first)) if further == 0 => (last.clone().into_owned(), first),
            _ => (format!("{} more", value::grouped(&further.to_string())), &shown[..]),
        };
        let (value, first) = (&self.value, first.join(", "));
        write!(f, "{value} has amounts of {first} and {last}, which make no series together")
    }
}
