//! The watch list: whose grade is worse than when it was last looked at.
//!
//! Each look that differs from the one before is kept, `credit/LAKE/000001.json` in the state folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::card::Card;
use super::policy::Band;
use crate::checksum::sha256;
use crate::disk;
use crate::value;

/// The grades of all accounts at one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub as_of: NaiveDate,
    pub policy_sha256: String,
    pub manifest_sha256: String,
    /// By account; none where the data did not carry a grade.
    pub bands: BTreeMap<String, Option<Band>>,
    /// The last grade before this look of those that have none now.
    #[serde(default)]
    pub before: BTreeMap<String, Band>,
}

/// What is different since the last look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// From a better band to a worse one, in the order of the accounts.
    pub worse: Vec<Change>,
    pub better: usize,
    /// Accounts that have no grade any more, or none yet: neither better nor worse.
    pub lost: Vec<String>,
    pub new: usize,
    /// Accounts that are not in the lake any more.
    pub gone: Vec<String>,
}

/// An account whose band is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub account: String,
    pub from: Band,
    pub to: Band,
}

/// The looks at one lake.
#[derive(Debug, Clone)]
pub struct Snapshots {
    folder: PathBuf,
}

/// Why a look cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("cannot use {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} does not hold the grades that `saldo credit watch` kept: {source}", .path.display())]
    Json { path: PathBuf, source: serde_json::Error },
}

impl Snapshot {
    /// The grades of these cards.
    #[must_use]
    pub fn of(cards: &[Card]) -> Option<Self> {
        let first = cards.first()?;
        Some(Self {
            as_of: first.as_of,
            policy_sha256: first.policy.sha256.clone(),
            manifest_sha256: first.inputs.manifest_sha256.clone(),
            bands: cards.iter().map(|card| (card.account.clone(), card.headline.band)).collect(),
            before: BTreeMap::new(),
        })
    }

    /// What is said of the first look.
    #[must_use]
    pub fn first_sentence(&self) -> String {
        let count = value::grouped(&self.bands.len().to_string());
        format!("The grades of {count} accounts are kept; the next time they are compared with these.")
    }

    /// The same, which remembers the last grade of those that have none now.
    #[must_use]
    fn after(mut self, before: Option<&Self>) -> Self {
        let Some(before) = before else { return self };
        for (account, band) in &self.bands {
            if let (None, Some(last)) = (band, before.known(account)) {
                self.before.insert(account.clone(), last);
            }
        }
        self
    }

    fn known(&self, account: &str) -> Option<Band> {
        self.bands.get(account).copied().flatten().or_else(|| self.before.get(account).copied())
    }

    /// What is different from an earlier look.
    #[must_use]
    pub fn since(&self, before: &Self) -> Changes {
        let mut changes = Changes::default();
        for (account, now) in &self.bands {
            let Some(was) = before.bands.get(account) else {
                changes.new += 1;
                continue;
            };
            match (before.known(account), now) {
                (Some(from), Some(to)) if *to > from => {
                    changes.worse.push(Change { account: account.clone(), from, to: *to });
                }
                (Some(from), Some(to)) if *to < from => changes.better += 1,
                (Some(_), None) if was.is_some() => changes.lost.push(account.clone()),
                _ => {}
            }
        }
        let gone = before.bands.keys().filter(|account| !self.bands.contains_key(*account));
        changes.gone = gone.cloned().collect();
        changes
    }
}

impl Changes {
    /// What is different, in a sentence each.
    #[must_use]
    pub fn sentences(&self, now: &Snapshot, before: &Snapshot) -> Vec<String> {
        let since = before.as_of;
        let mut sentences = vec![match self.worse.len() {
            0 => format!("No account is worse than at the look of {since}."),
            1 => format!("1 account is worse than at the look of {since}:"),
            count => format!("{count} accounts are worse than at the look of {since}:"),
        }];
        let counts = [
            (self.better, "better"),
            (self.new, "new"),
            (self.lost.len(), "without a grade now"),
            (self.gone.len(), "not in the lake any more"),
        ];
        let told = counts.iter().filter(|(count, _)| *count > 0);
        let told: Vec<_> = told.map(|(count, word)| format!("{count} {word}")).collect();
        if !told.is_empty() {
            sentences.push(format!("Of the others: {}.", told.join(", ")));
        }
        for (accounts, word) in
            [(&self.lost, "Without a grade now"), (&self.gone, "Not in the lake any more")]
        {
            if !accounts.is_empty() {
                sentences.push(format!("{word}: {}.", accounts.join(", ")));
            }
        }
        if now.policy_sha256 != before.policy_sha256 {
            sentences.push(
                "The policy is another one than at that look, so a grade may differ with the same figures."
                    .to_owned(),
            );
        }
        sentences
    }
}

impl Snapshots {
    /// The looks at a lake, which goes by the name of its place.
    #[must_use]
    pub fn within(state: &Path, lake: &str) -> Self {
        let mut id = sha256(lake);
        id.truncate(16);
        Self { folder: state.join("credit").join(id) }
    }

    /// The last look; none before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last(&self) -> Result<Option<Snapshot>, SnapshotError> {
        let Some(number) = self.newest()? else { return Ok(None) };
        let path = self.path(number);
        let text =
            fs::read_to_string(&path).map_err(|source| SnapshotError::Io { path: path.clone(), source })?;
        serde_json::from_str(&text).map(Some).map_err(|source| SnapshotError::Json { path, source })
    }

    /// Keeps a look; one that says the same as the last is not kept twice.
    ///
    /// # Errors
    /// When it cannot be written, or somebody else keeps one at the same time.
    pub fn keep(&self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        if self.last()?.as_ref() == Some(snapshot) {
            return Ok(());
        }
        let path = self.path(self.newest()?.map_or(1, |number| number + 1));
        let written = || {
            let mut draft = disk::Draft::within(&self.folder)?;
            serde_json::to_writer_pretty(draft.file_mut(), snapshot)?;
            draft.keep_new(&path)
        };
        written().map_err(|source| SnapshotError::Io { path: path.clone(), source })
    }

    /// Keeps a look as the one after another; one at an earlier day is no step for the next.
    ///
    /// # Errors
    /// As for [`Snapshots::keep`].
    pub fn keep_after(&self, now: Snapshot, before: Option<&Snapshot>) -> Result<(), SnapshotError> {
        if before.is_some_and(|before| now.as_of < before.as_of) {
            return Ok(());
        }
        self.keep(&now.after(before))
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:06}.json"))
    }

    fn newest(&self) -> Result<Option<u64>, SnapshotError> {
        let failed = |source| SnapshotError::Io { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut newest = None;
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".json")?.parse().ok());
            newest = newest.max(number);
        }
        Ok(newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(bands: &[(&str, Option<Band>)]) -> Snapshot {
        Snapshot {
            as_of: "2019-03-05".parse().unwrap(),
            policy_sha256: String::new(),
            manifest_sha256: String::new(),
            bands: bands.iter().map(|(account, band)| ((*account).to_owned(), *band)).collect(),
            before: BTreeMap::new(),
        }
    }

    #[test]
    fn a_grade_that_is_worse_after_a_look_without_one_is_told() {
        let looks = [Some(Band::Green), None, None, Some(Band::Red)];
        let mut last: Option<Snapshot> = None;
        let mut worse = Vec::new();
        for band in looks {
            let now = snapshot(&[("a", band)]).after(last.as_ref());
            worse.push(last.as_ref().map_or(0, |last| now.since(last).worse.len()));
            last = Some(now);
        }
        assert_eq!(worse, [0, 0, 0, 1]);
    }

    #[test]
    fn only_a_worse_band_is_worse() {
        use Band::{Amber, Green, Red};
        let before = snapshot(&[
            ("a", Some(Green)),
            ("b", Some(Green)),
            ("c", Some(Red)),
            ("d", None),
            ("e", Some(Amber)),
            ("f", Some(Amber)),
        ]);
        let now = snapshot(&[
            ("a", Some(Amber)),
            ("b", Some(Green)),
            ("c", Some(Amber)),
            ("d", Some(Red)),
            ("e", None),
            ("g", Some(Red)),
        ]);
        let changes = now.since(&before);
        assert_eq!(changes.worse, [Change { account: "a".into(), from: Green, to: Amber }]);
        assert_eq!((changes.better, changes.new), (1, 1));
        assert_eq!((changes.lost, changes.gone), (vec!["e".to_owned()], vec!["f".to_owned()]));
        assert_eq!(now.since(&now), Changes::default());
    }

    #[test]
    fn looks_are_kept_one_after_the_other() {
        let state = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::within(state.path(), "a lake");
        assert_eq!(snapshots.last().unwrap(), None);
        let (one, two) = (snapshot(&[("a", None)]), snapshot(&[("a", Some(Band::Red))]));
        for (kept, files) in [(&one, 1), (&one, 1), (&two, 2), (&one, 3)] {
            snapshots.keep(kept).unwrap();
            assert_eq!(snapshots.last().unwrap().as_ref(), Some(kept));
            assert_eq!(fs::read_dir(&snapshots.folder).unwrap().count(), files);
        }
        assert_eq!(Snapshots::within(state.path(), "another").last().unwrap(), None);
        fs::write(snapshots.path(9), "{").unwrap();
        assert!(matches!(snapshots.last(), Err(SnapshotError::Json { .. })));
    }
}
