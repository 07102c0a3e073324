//! What ran on remote engines: written down before a statement is sent, so that nothing runs or costs unknown.
//!
//! A file of lines of JSON, only ever added to: each line is the whole entry as it stood then, the last one of a run
//! counts. Statements stand in it as they were sent; no credential ever does.

pub mod cost;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::disk;

/// So many bytes of the file are read at a time from its end.
const BLOCK: u64 = 1 << 16;

/// The file of the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    path: PathBuf,
}

/// One run on a remote engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Our own name of the run, which the engine is given as its token: a retry with it starts nothing twice.
    pub run: String,
    pub target: String,
    /// What it was for.
    #[serde(default, skip_serializing_if = "Kind::is_of_a_statement")]
    pub kind: Kind,
    /// What the engine calls the run; none until it has answered.
    pub id: Option<String>,
    /// Where the engine is to be asked next, where it says so: who knows it gets the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    pub statement: String,
    pub started: DateTime<Utc>,
    pub ended: Option<DateTime<Utc>>,
    pub state: RunState,
    pub rows: Option<u64>,
    /// Bytes scanned, and the price of them in billionths of a US dollar.
    pub bytes: Option<u64>,
    pub nano_dollars: Option<u64>,
    /// The engine took an earlier result.
    #[serde(default)]
    pub reused: bool,
}

/// What a run was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Somebody asked it.
    #[default]
    Statement,
    /// A step of `saldo normalise`, which makes a table.
    Normalise,
    /// A job of `saldo submit`.
    Job,
}

impl Kind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::Normalise => "normalise",
            Self::Job => "job",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_of_a_statement(&self) -> bool {
        *self == Self::Statement
    }
}

/// How far a run is, as we know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It is being sent, or was when the program ended.
    Sent,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    /// It goes on, and nobody here waits for it.
    Detached,
}

impl RunState {
    /// Whether nothing more comes.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Detached => "detached",
        }
    }
}

impl Ledger {
    /// The ledger in a folder, which need not be there.
    #[must_use]
    pub fn within(folder: &Path) -> Self {
        Self { path: folder.join("ledger.jsonl") }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an entry as it stands now; it is on the disk afterwards.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write(&self, entry: &Entry) -> io::Result<()> {
        // A line that was cut short is ended first; in one write, so that lines of two programs do not mix.
        let line = format!("\n{}\n", serde_json::to_string(entry)?);
        let mut file = disk::private_log(&self.path)?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }

    /// The entries as they stand, oldest first. A line that a full disk cut short is left out.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let text = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read?,
        };
        let mut last = BTreeMap::new();
        for line in text.split(|byte| *byte == b'\n') {
            if let Ok(entry) = serde_json::from_slice::<Entry>(line) {
                last.insert(entry.run.clone(), entry);
            }
        }
        let mut entries: Vec<_> = last.into_values().collect();
        entries.sort_by(|a, b| (a.started, &a.run).cmp(&(b.started, &b.run)));
        Ok(entries)
    }

    /// The entry of a run of a target by what the engine calls it, as it stands. The file is read from its end, as far as
    /// that takes.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn last_of(&self, target: &str, id: &str) -> io::Result<Option<Entry>> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let mut start = file.metadata()?.len();
        // What is read of a line whose beginning is still to be read.
        let mut rest = Vec::new();
        while start > 0 {
            let length = start.min(BLOCK);
            start -= length;
            let mut block = Vec::new();
            file.seek(SeekFrom::Start(start))?;
            (&mut file).take(length).read_to_end(&mut block)?;
            block.append(&mut rest);
            let mut lines = block.rsplit(|byte| *byte == b'\n').peekable();
            while let Some(line) = lines.next() {
                if lines.peek().is_none() && start > 0 {
                    rest = line.to_vec();
                    break;
                }
                let entry = serde_json::from_slice::<Entry>(line).ok();
                if let Some(entry) = entry.filter(|one| one.target == target && one.id.as_deref() == Some(id))
                {
                    return Ok(Some(entry));
                }
            }
        }
        Ok(None)
    }

    /// What a target has cost on a day (UTC), in billionths of a US dollar.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn spent(&self, target: &str, day: NaiveDate) -> io::Result<u64> {
        let entries = self.entries()?;
        let of_day =
            entries.iter().filter(|entry| entry.target == target && entry.started.date_naive() == day);
        Ok(of_day.filter_map(|entry| entry.nano_dollars).fold(0, u64::saturating_add))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(run: &str, state: RunState, nano_dollars: Option<u64>) -> Entry {
        Entry {
            run: run.into(),
            target: "prod".into(),
            kind: Kind::Statement,
            id: None,
            cursor: None,
            statement: "SELECT 1".into(),
            started: "2026-01-02T03:04:05Z".parse().unwrap(),
            ended: None,
            state,
            rows: None,
            bytes: None,
            nano_dollars,
            reused: false,
        }
    }

    #[test]
    fn the_last_line_of_a_run_counts_and_a_cut_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::within(&folder.path().join("new"));
        assert_eq!(ledger.entries().unwrap(), []);
        ledger.write(&entry("a", RunState::Sent, None)).unwrap();
        ledger.write(&entry("b", RunState::Sent, None)).unwrap();
        ledger.write(&entry("a", RunState::Cancelled, Some(50_000))).unwrap();
        let mut text = fs::read(ledger.path()).unwrap();
        text.extend(br#"{"run":"b","target":"pr"#);
        fs::write(ledger.path(), text).unwrap();
        ledger.write(&entry("c", RunState::Running, None)).unwrap();
        let states: Vec<_> = ledger.entries().unwrap().into_iter().map(|one| (one.run, one.state)).collect();
        let expected = [("a", RunState::Cancelled), ("b", RunState::Sent), ("c", RunState::Running)];
        assert_eq!(states, expected.map(|(run, state)| (run.to_owned(), state)));
        assert_eq!(ledger.last_of("prod", "7").unwrap(), None);
        let day = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        assert_eq!((ledger.spent("prod", day).unwrap(), ledger.spent("other", day).unwrap()), (50_000, 0));
    }

    #[test]
    fn an_entry_that_tells_no_kind_is_of_a_statement() {
        let former = r#"{"run":"a","target":"prod","id":null,"statement":"SELECT 1","started":"2026-01-02T03:04:05Z","ended":null,
            "state":"sent","rows":null,"bytes":null,"nano_dollars":null}"#;
        let read: Entry = serde_json::from_str(former).unwrap();
        assert_eq!(read, entry("a", RunState::Sent, None));
        assert!(!serde_json::to_string(&read).unwrap().contains("kind"), "a program of before reads it too");
        let job = Entry { kind: Kind::Job, ..read };
        assert_eq!(serde_json::from_str::<Entry>(&serde_json::to_string(&job).unwrap()).unwrap(), job);
    }

    #[test]
    fn a_run_is_found_by_its_last_line_wherever_the_file_is_cut_into_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::within(folder.path());
        let named = |id: &str, state, statement: &str| Entry {
            id: Some(id.into()),
            statement: statement.into(),
            ..entry(id, state, None)
        };
        // Statements of many lengths, so that lines lie across the ends of blocks in every way, one over several.
        for number in 0..400 {
            let words = "é".repeat(number * 7 % 900 + if number == 200 { 200_000 } else { 0 });
            ledger.write(&named(&number.to_string(), RunState::Running, &words)).unwrap();
        }
        ledger.write(&named("3", RunState::Succeeded, "")).unwrap();
        for (number, state) in [(0, RunState::Running), (3, RunState::Succeeded), (200, RunState::Running)] {
            let found = ledger.last_of("prod", &number.to_string()).unwrap().unwrap();
            assert_eq!((found.run, found.state), (number.to_string(), state));
        }
        assert_eq!(ledger.last_of("prod", "400").unwrap(), None);
        assert_eq!(ledger.last_of("other", "3").unwrap(), None);
    }
}
