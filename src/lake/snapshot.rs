//! A lake as it can be read now: as it is, or an older copy that says so.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

/// A folder to read a lake from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The folder.
    pub root: PathBuf,
    /// Set when the folder is a mirror that could not be brought up to date.
    pub stale: Option<Stale>,
}

/// Why a mirror is read as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// When it was last the same as the bucket.
    pub as_of: DateTime<Utc>,
    /// Whether the mirror holds what an earlier run made and did not publish.
    pub unpublished: bool,
    /// The reason, as part of a sentence.
    pub why: String,
}

impl Stale {
    /// The age in a word or two, for a status line.
    #[must_use]
    pub fn age(&self, now: DateTime<Utc>) -> String {
        age(self.as_of, now)
    }

    /// The whole story in a sentence.
    #[must_use]
    pub fn notice(&self, url: &str, now: DateTime<Utc>) -> String {
        let changed = if self.unpublished { ", with changes that were not published" } else { "" };
        let (as_of, age) = (self.as_of.format("%F %H:%M UTC"), self.age(now));
        format!("showing the local copy of {url} of {as_of} ({age}){changed}: {}", self.why)
    }
}

/// How old a copy is, in a word or two.
#[must_use]
pub fn age(as_of: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - as_of).num_minutes().max(0);
    match minutes {
        0..60 => format!("{minutes} min old"),
        60..2880 => format!("{} h old", minutes / 60),
        _ => format!("{} days old", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_a_mirror_is_shown() {
        let as_of = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let stale = Stale { as_of, unpublished: true, why: "no network".into() };
        let after = |minutes| stale.age(as_of + chrono::TimeDelta::minutes(minutes));
        assert_eq!(
            [after(-5), after(59), after(119), after(2880)],
            ["0 min old", "59 min old", "1 h old", "2 days old"]
        );
        assert_eq!(
            stale.notice("s3://b/p", as_of),
            "showing the local copy of s3://b/p of 2023-11-14 22:13 UTC (0 min old), with changes that were not \
             published: no network"
        );
    }
}
