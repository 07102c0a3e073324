//! How a lake stands: what its manifest says, and statements that tell what was converted and what went wrong.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::error::PlaceError;
use super::link::Link;
use super::selection::{Plan, amount};
use super::snapshot::age;
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

/// What a snapshot is a copy of, of when, and what is newer there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub from: String,
    pub as_of: String,
    pub age: String,
    pub newer: String,
}

impl Copied {
    /// The names of its cells.
    pub const NAMES: [&'static str; 4] = ["from", "as_of", "age", "newer"];

    /// The line of a snapshot before its lake was asked.
    #[must_use]
    pub fn of(link: &Link, now: DateTime<Utc>) -> Self {
        Self {
            from: link.url.clone(),
            as_of: link.as_of.format("%F %H:%M UTC").to_string(),
            age: age(link.as_of, now),
            newer: "…".into(),
        }
    }

    /// The line with the answer.
    #[must_use]
    pub fn with(self, answer: &Result<Option<Plan>, PlaceError>) -> Self {
        let newer = match answer {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(plan)) => {
                let (files, bytes) = plan.amount();
                let differs = plan.tables.iter().filter(|line| line.new_files + line.gone > 0);
                let names: Vec<_> = differs.map(|line| line.table.as_str()).collect();
                format!("{} in {}", amount(files, bytes), names.join(", "))
            }
            Err(error) => format!("not known: {error}"),
        };
        Self { newer, ..self }
    }

    /// Its cells, by [`Copied::NAMES`].
    #[must_use]
    pub fn cells(self) -> [String; 4] {
        [self.from, self.as_of, self.age, self.newer]
    }
}
