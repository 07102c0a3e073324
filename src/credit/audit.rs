//! Who asked what and when: a file of lines of JSON, only ever added to, `credit/audit.jsonl` in the state folder.
//!
//! It is never shortened and never rotated. A card that cannot be written down here is not shown.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;

use super::card::Card;
use super::decimal::Decimal;
use crate::disk;

/// The log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLog {
    path: PathBuf,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked<'a> {
    /// In UTC, to the second.
    pub at: String,
    /// The user of the operating system, by name where it has one.
    pub who: String,
    /// `card`, `portfolio` or `watch`.
    pub what: &'static str,
    /// The form that was asked for.
    pub form: &'static str,
    pub as_of: NaiveDate,
    pub instalment: Option<Decimal>,
    pub policy_version: &'a str,
    pub policy_sha256: &'a str,
    pub manifest_sha256: &'a str,
    pub cards: Vec<Answered<'a>>,
}

/// A card that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered<'a> {
    pub account: &'a str,
    pub run_id: &'a str,
    pub grade: &'a str,
}

/// Why nothing was written down.
#[derive(Debug, thiserror::Error)]
#[error("cannot write down who asked, so nothing is shown: {}: {source}", .path.display())]
pub struct AuditError {
    path: PathBuf,
    source: io::Error,
}

impl AuditLog {
    /// The log in the state folder.
    #[must_use]
    pub fn within(state: &Path) -> Self {
        Self { path: state.join("credit").join("audit.jsonl") }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes down that cards are about to be shown, and waits until the disk has it.
    ///
    /// # Errors
    /// When it cannot be written: the cards must then not be shown.
    pub fn write(
        &self,
        what: &'static str,
        form: &'static str,
        now: DateTime<Utc>,
        cards: &[Card],
    ) -> Result<(), AuditError> {
        let Some(first) = cards.first() else { return Ok(()) };
        let asked = Asked {
            at: now.to_rfc3339_opts(SecondsFormat::Secs, true),
            who: self.user(),
            what,
            form,
            as_of: first.as_of,
            instalment: first.instalment,
            policy_version: &first.policy.version,
            policy_sha256: &first.policy.sha256,
            manifest_sha256: &first.inputs.manifest_sha256,
            cards: cards
                .iter()
                .map(|card| Answered {
                    account: &card.account,
                    run_id: &card.run_id,
                    grade: card.headline.word,
                })
                .collect(),
        };
        self.append(&asked).map_err(|source| AuditError { path: self.path.clone(), source })
    }

    fn append(&self, asked: &Asked<'_>) -> io::Result<()> {
        let mut file = disk::private_log(&self.path)?;
        // In one piece: what others add meanwhile stands before it or after it.
        file.write_all((serde_json::to_string(asked)? + "\n").as_bytes())?;
        file.sync_data()
    }

    /// The user of the operating system. A variable of the environment could say anything, so on Unix it is the owner of
    /// a file that is made now.
    #[cfg(unix)]
    fn user(&self) -> String {
        use std::os::unix::fs::MetadataExt;
        let folder = self.path.parent().unwrap_or(&self.path);
        let owner = fs::create_dir_all(folder)
            .and_then(|()| tempfile::tempfile_in(folder))
            .and_then(|file| file.metadata())
            .map(|made| made.uid());
        let Ok(owner) = owner else { return "unknown".to_owned() };
        let names = fs::read_to_string("/etc/passwd").unwrap_or_default();
        name_of(owner, &names).map_or_else(|| format!("uid {owner}"), str::to_owned)
    }

    #[cfg(not(unix))]
    fn user(&self) -> String {
        std::env::var("USERNAME").unwrap_or_else(|_| "unknown".to_owned())
    }
}

/// `name:x:uid:…` a line.
#[cfg(unix)]
fn name_of(user: u32, names: &str) -> Option<&str> {
    let number = user.to_string();
    let named = |line: &&str| line.split(':').nth(2) == Some(&number);
    names.lines().find(named)?.split(':').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::figures::Figures;
    use crate::credit::policy::file::shipped;

    fn card() -> Card {
        Card::new(&shipped().unwrap(), &Figures::new("=1|<b>\u{1b}", "2019-03-05".parse().unwrap(), "SGD"))
    }

    #[test]
    fn each_question_is_a_line_that_stays() {
        let state = tempfile::tempdir().unwrap();
        let log = AuditLog::within(state.path());
        let now = "2026-11-26T10:15:43.9Z".parse().unwrap();
        log.write("card", "html", now, &[card()]).unwrap();
        let first = fs::read_to_string(log.path()).unwrap();
        log.write("portfolio", "csv", now, &[card(), card()]).unwrap();
        let text = fs::read_to_string(log.path()).unwrap();
        assert!(text.starts_with(&first) && text.lines().count() == 2);
        let line: serde_json::Value = serde_json::from_str(&first).unwrap();
        assert_eq!(line["at"], "2026-11-26T10:15:43Z");
        assert_eq!(line["cards"][0]["account"], "=1|<b>\u{1b}");
        assert_eq!(line["cards"][0]["run_id"].as_str().map(str::len), Some(16));
        assert_eq!(line["cards"][0]["grade"], "insufficient data");
        assert_eq!(line["policy_sha256"].as_str().map(str::len), Some(64));
        assert!(!line["who"].as_str().unwrap().is_empty() && line["who"] != "unknown");
        log.write("card", "card", now, &[]).unwrap();
        assert_eq!(fs::read_to_string(log.path()).unwrap(), text, "nothing was shown");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it_and_a_user_has_a_name() {
        use std::os::unix::fs::PermissionsExt;
        let state = tempfile::tempdir().unwrap();
        let log = AuditLog::within(state.path());
        log.write("card", "card", "2026-11-26T10:15:43Z".parse().unwrap(), &[card()]).unwrap();
        assert_eq!(fs::metadata(log.path()).unwrap().permissions().mode() & 0o777, 0o600);
        let names = "root:x:0:0:root:/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n";
        assert_eq!((name_of(1000, names), name_of(7, names)), (Some("ana"), None));
    }

    #[test]
    fn what_cannot_be_written_down_is_an_error() {
        let state = tempfile::tempdir().unwrap();
        fs::write(state.path().join("credit"), "a file").unwrap();
        let log = AuditLog::within(state.path());
        let error =
            log.write("card", "card", "2026-11-26T10:15:43Z".parse().unwrap(), &[card()]).unwrap_err();
        assert!(error.to_string().contains("nothing is shown"), "{error}");
    }
}
