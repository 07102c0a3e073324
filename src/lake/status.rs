//! How a lake stands: what its manifest says, and statements that tell what was converted and what went wrong.

use std::collections::BTreeSet;

use super::{Lake, Table};

/// A part of the status: its name in JSON, its title, the table that it needs, and the SELECT.
pub struct Section {
    pub name: &'static str,
    pub title: &'static str,
    pub table: &'static str,
    pub sql: &'static str,
}

/// The parts that an engine answers, in the order in which they are shown.
pub const SECTIONS: [Section; 3] = [
    Section {
        name: "conversion",
        title: "Conversion by currency",
        table: "processed",
        sql: include_str!("status/conversion.sql"),
    },
    Section {
        name: "rates",
        title: "Rates by currency",
        table: "response",
        sql: include_str!("status/rates.sql"),
    },
    Section {
        name: "faults",
        title: "Last faults",
        table: "error_error",
        sql: include_str!("status/faults.sql"),
    },
];

/// The parts whose table the lake has.
pub fn sections(lake: &Lake) -> impl Iterator<Item = &'static Section> {
    SECTIONS.iter().filter(|section| lake.table(section.table).is_some())
}

/// A table's line in the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    pub rows: u64,
    /// Months, where the table has a folder for each.
    pub months: Option<u64>,
    pub files: u64,
    pub bytes: u64,
    pub newest: Option<String>,
}

/// What the manifest says of a table.
#[must_use]
pub fn line(table: &Table) -> Line {
    let folders = || table.files.iter().filter_map(|file| Some(file.path.rsplit_once('/')?.0));
    Line {
        name: table.name.clone(),
        rows: table.rows,
        months: table.partitioned.then(|| folders().collect::<BTreeSet<_>>().len() as u64),
        files: table.files.len() as u64,
        bytes: table.files.iter().map(|file| file.size).sum(),
        newest: table.newest.as_ref().map(|newest| newest.date.to_string()),
    }
}
