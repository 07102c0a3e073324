//! What is written beside a kept result.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The longest name of a result.
const LONGEST: usize = 60;

/// Where a result came from, and how to know that it is still the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The name of its files and of its table.
    #[serde(skip)]
    pub name: String,
    pub target: String,
    /// What the engine calls the run.
    pub id: String,
    /// The statement as the person wrote it, and the values of its parameters.
    pub sql: String,
    pub values: BTreeMap<String, Option<String>>,
    /// When the statement was sent, and when its last row had come.
    pub started: DateTime<Utc>,
    pub ended: DateTime<Utc>,
    pub rows: u64,
    /// Of the Parquet file.
    pub size: u64,
    pub sha256: String,
    /// Bytes that the engine scanned, and the price of them in billionths of a US dollar.
    pub scanned: Option<u64>,
    pub nano_dollars: Option<u64>,
    /// The engine took an earlier result.
    pub reused: bool,
    /// Where the engine left the result, where it did.
    pub place: Option<String>,
    /// It stays, whatever the folder's size.
    #[serde(default)]
    pub pinned: bool,
}

/// Whether a result may be called so: a name that is a file's on every disk and needs no quotes in SQL.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= LONGEST
        && name.bytes().all(is_inner)
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_in_sql_and_on_the_disk() {
        for name in ["r1", "daily_sums", "_x"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1r", "R1", "a b", "../a", "a.b", "ñ", &"a".repeat(61)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
