//! Statements out of files that stand once: `-- with: a, b` in the leading comments of a file names others that it reads.
//!
//! Each stands before it under its name, once, whoever reads it. `-- table: name (columns)` names a table that a place may
//! lack: an empty one stands for it. What comes out is one statement that needs no other file; in a file beside the saved queries
//! braces are written from the narration dictionary.

use std::collections::BTreeSet;

use super::QueryError;
use super::narrations::{Narrations, SHIPPED};

mod files {
    include!(concat!(env!("OUT_DIR"), "/queries_parts.rs"));
}

/// Name and text of files.
pub type Files = &'static [(&'static str, &'static str)];

/// What saved queries may read: `queries/parts`.
pub const PARTS: Files = files::BUILT_IN;

/// The keys by which a file names what it reads.
const KEYS: [&str; 2] = ["with", "table"];

/// What stands before a statement.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Where files are looked for, the first of a name counts.
    folders: &'a [Files],
    /// The tables that there are, in lower case; every one where nothing is said.
    tables: Option<&'a BTreeSet<String>>,
    named: BTreeSet<String>,
    before: Vec<String>,
}

impl<'a> Parts<'a> {
    #[must_use]
    pub fn new(folders: &'a [Files], tables: Option<&'a BTreeSet<String>>) -> Self {
        Self { folders, tables, named: BTreeSet::new(), before: Vec::new() }
    }

    /// Where tables of these names hold what their files tell: nothing stands before for them.
    #[must_use]
    pub fn given(mut self, names: &[&str]) -> Self {
        self.named.extend(names.iter().map(|name| (*name).to_owned()));
        self
    }

    /// A file and what it reads.
    ///
    /// # Errors
    /// When there is no file of a name.
    pub fn add(&mut self, name: &str) -> Result<(), QueryError> {
        if self.named.insert(name.to_owned()) {
            let text = self.text(name).ok_or_else(|| QueryError::Part { name: name.to_owned() })?;
            self.add_all(text)?;
            self.before.push(format!("{name} AS (\n{})", indented(text)));
        }
        Ok(())
    }

    /// What a text reads.
    ///
    /// # Errors
    /// When there is no file of a name.
    pub fn add_all(&mut self, text: &str) -> Result<(), QueryError> {
        for (name, columns) in values(text, "table").filter_map(|table| table.split_once(" (")) {
            let is_there = self.tables.is_none_or(|tables| tables.contains(name));
            if !is_there && self.named.insert(name.to_owned()) {
                self.before.push(empty(name, columns.strip_suffix(')').unwrap_or(columns)));
            }
        }
        for name in values(text, "with").flat_map(|names| names.split(',')) {
            self.add(name.trim())?;
        }
        Ok(())
    }

    /// Everything that was added, without a WITH before it.
    ///
    /// # Errors
    /// When the narration dictionary cannot be read.
    pub fn written(&self) -> Result<String, QueryError> {
        let text = self.before.join(",\n");
        if !text.contains('{') {
            return Ok(text);
        }
        let narrations =
            Narrations::parse(SHIPPED).map_err(|error| QueryError::Narrations { why: error.to_string() })?;
        Ok(narrations.written_in(&text))
    }

    fn text(&self, name: &str) -> Option<&'static str> {
        let mut all = self.folders.iter().flat_map(|files| files.iter());
        all.find(|(known, _)| *known == name).map(|(_, text)| *text)
    }
}

/// A saved query that stands alone: with what it reads before it.
///
/// # Errors
/// When it reads a file that there is not.
pub fn composed(text: &str) -> Result<String, QueryError> {
    let mut parts = Parts::new(&[PARTS], None);
    parts.add_all(text)?;
    let before = parts.written()?;
    if before.is_empty() {
        return Ok(text.to_owned());
    }
    let start = text.split_inclusive('\n').take_while(|line| line.starts_with("--")).map(str::len).sum();
    let (header, statement) = text.split_at(start);
    let header: String = header.split_inclusive('\n').filter(|line| key_of(line).is_none()).collect();
    let statement = match statement.trim_start().strip_prefix("WITH ") {
        Some(rest) => format!(",\n{rest}"),
        None => format!("\n{}", statement.trim_start()),
    };
    Ok(format!("{header}WITH {before}{statement}"))
}

/// The parts that there are.
#[must_use]
pub fn names() -> String {
    PARTS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The values of a key of a file's leading comments.
pub fn values<'a>(text: &'a str, key: &'static str) -> impl Iterator<Item = &'a str> {
    let comments = text.lines().map_while(|line| line.strip_prefix("--"));
    comments.filter_map(move |line| Some(line.trim().strip_prefix(key)?.strip_prefix(':')?.trim()))
}

/// The key by which a line names what is read.
fn key_of(line: &str) -> Option<&'static str> {
    KEYS.into_iter().find(|key| values(line, key).next().is_some())
}

/// A file as it stands in a statement: what it reads is there already.
fn indented(text: &str) -> String {
    let lines = text.lines().filter(|line| key_of(line).is_none());
    lines.map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}

/// A table without rows. Types with a comma in them have no blank after it.
fn empty(name: &str, columns: &str) -> String {
    let cells = columns.split(", ").filter_map(|column| column.split_once(' '));
    let cells = cells.map(|(column, sql_type)| format!("CAST(NULL AS {sql_type}) AS {column}"));
    format!("{name} AS (\nSELECT {} WHERE 1 = 0)", cells.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: Files = &[
        ("one", "-- with: two\n-- One.\nSELECT a FROM two\n"),
        ("two", "-- table: three (a VARCHAR, b DECIMAL(38,6))\n-- Two.\nSELECT a FROM three\n"),
    ];

    #[test]
    fn what_a_file_reads_stands_before_it_once() {
        let tables = BTreeSet::new();
        let mut parts = Parts::new(&[FILES], Some(&tables));
        parts.add("one").unwrap();
        parts.add("two").unwrap();
        assert_eq!(
            parts.written().unwrap(),
            "three AS (\nSELECT CAST(NULL AS VARCHAR) AS a, CAST(NULL AS DECIMAL(38,6)) AS b WHERE 1 = 0),\n\
             two AS (\n  -- Two.\n  SELECT a FROM three\n),\none AS (\n  -- One.\n  SELECT a FROM two\n)"
        );
        assert_eq!(parts.add("four"), Err(QueryError::Part { name: "four".into() }));
    }

    #[test]
    fn a_saved_query_stands_alone() {
        let alone = "-- title: A\nSELECT '{text}' AS brace\n";
        assert_eq!(composed(alone).unwrap(), alone);
        let query = composed("-- title: A\n-- with: accounts\n-- param: account account?\nWITH x AS (SELECT 1 AS a)\nSELECT a FROM x")
            .unwrap();
        let start = "-- title: A\n-- param: account account?\nWITH accounts AS (\n  -- The last line";
        assert!(query.starts_with(start), "{query}");
        assert!(query.ends_with("GROUP BY account_no\n),\nx AS (SELECT 1 AS a)\nSELECT a FROM x"), "{query}");
        assert_eq!(composed(&query).unwrap(), query, "what stands alone stays as it is");
        let plain = composed("-- with: accounts\nSELECT 1 AS a FROM accounts").unwrap();
        assert!(plain.ends_with("\n)\nSELECT 1 AS a FROM accounts"), "{plain}");
        assert!(composed("-- with: nothing\nSELECT 1").is_err());
    }

    #[test]
    fn every_part_is_read_by_a_saved_query() {
        let read: BTreeSet<_> = crate::query::BUILT_IN
            .iter()
            .chain(PARTS)
            .flat_map(|(_, text)| values(text, "with"))
            .flat_map(|names| names.split(','))
            .map(str::trim)
            .collect();
        for (name, _) in PARTS {
            assert!(read.contains(name), "{name}");
        }
    }
}
