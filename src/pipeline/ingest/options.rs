//! How files are taken in: what a person said, and what a run has.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};

use super::super::bank::profile::Profiles;
use super::keep::Numbers;
use crate::text::given::Given;
use crate::text::header::Map;
use crate::text::lines::CAP;

/// What was said of members of a file, by their places; no others are read then, but for the sheet that is named.
pub type Own = BTreeMap<usize, Given>;

/// How to take files in.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names of columns that are not ours.
    pub map: Map,
    /// What the files do not tell themselves.
    pub given: Given,
    /// What was said of members of a file of their own, by their places.
    pub own: Own,
    /// Of banks, by which headers are known.
    pub profiles: Profiles,
    /// The longest line that is read, in bytes.
    pub line_cap: usize,
    /// Bytes of typed lines that wait in memory: enough for two months of a large statement.
    pub held: usize,
    /// Those of the run's new files.
    pub numbers: Numbers,
    /// When the run began.
    pub now: DateTime<Utc>,
    /// The last year of which a date may be.
    pub last_year: i32,
    /// Whether a file that is known is read anew.
    pub is_anew: bool,
    /// Whether the file itself is not kept, but what is read from it.
    pub is_read_only: bool,
    /// Whether kept files may lie on S3 alone.
    pub on_demand: bool,
    /// Names of parts without which a known file stays as it is, with its note and its faults.
    pub needed: Vec<String>,
}

impl Options {
    /// Without a map, with the usual cap.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        let last_year = now.year() + 1;
        Self {
            map: Map::new(),
            given: Given::default(),
            own: Own::new(),
            profiles: Profiles::only(None),
            line_cap: CAP,
            held: 72 << 20,
            numbers: Numbers::default(),
            now,
            last_year,
            is_anew: false,
            is_read_only: false,
            on_demand: false,
            needed: Vec::new(),
        }
    }
}
