//! What was asked, here and elsewhere, by the explorer and by `saldo query`: the statement, how it ended, what it took.
//!
//! A file of lines of JSON that nobody else may read. A line is an entry, or says that one is pinned; lines are added
//! under a lock, so that several programs can at once. When the file is full, the oldest entries go that are not pinned.
//! What is secret never gets into it: see [`secrets`].

mod entry;
mod find;
pub mod secrets;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::Utc;
use serde::{Deserialize, Serialize};

use crate::disk;

pub use entry::{Entry, Outcome};
pub use find::find;

/// Bytes of the file at the most; half of them stay when it is full.
const ROOM: u64 = 8 << 20;

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Pin { pin: String, pinned: bool },
    Entry(Box<Entry>),
}

/// The file of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    path: PathBuf,
    is_on: bool,
}

impl History {
    /// The history in the folder of what is kept, which need not be there; one that is off takes nothing.
    #[must_use]
    pub fn within(state: &Path, is_on: bool) -> Self {
        Self { path: state.join("history.jsonl"), is_on }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an entry that ended just now.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add(&self, entry: &Entry) -> io::Result<()> {
        if !self.is_on {
            return Ok(());
        }
        let _alone = self.lock()?;
        let ended = Utc::now();
        let id = format!("{:x}-{:x}", ended.timestamp_micros(), std::process::id());
        self.append(&Line::Entry(Box::new(Entry { id, ended, ..entry.clone() })))?;
        if fs::metadata(&self.path)?.len() > ROOM { self.make_room() } else { Ok(()) }
    }

    /// Pins an entry, or no longer: a pinned one stays however full the file is.
    ///
    /// # Errors
    /// When there is none, or the disk fails.
    pub fn pin(&self, id: &str, pinned: bool) -> io::Result<()> {
        let _alone = self.lock()?;
        self.find(id)?;
        self.append(&Line::Pin { pin: id.to_owned(), pinned })
    }

    /// Removes an entry.
    ///
    /// # Errors
    /// When there is none, or the disk fails.
    pub fn forget(&self, id: &str) -> io::Result<()> {
        let _alone = self.lock()?;
        self.find(id)?;
        let mut entries = self.entries()?;
        entries.retain(|entry| entry.id != id);
        self.replace(&entries)
    }

    /// The entries, newest first. A line that a full disk cut short is left out.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let text = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read?,
        };
        let (mut entries, mut pins) = (Vec::new(), BTreeSet::new());
        for line in text.split(|byte| *byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(Line::Pin { pin, pinned: true }) => _ = pins.insert(pin),
                Ok(Line::Pin { pin, .. }) => _ = pins.remove(&pin),
                Ok(Line::Entry(entry)) => entries.push(*entry),
                Err(_) => {}
            }
        }
        for entry in &mut entries {
            entry.is_pinned = pins.contains(&entry.id);
        }
        entries.reverse();
        Ok(entries)
    }

    fn find(&self, id: &str) -> io::Result<()> {
        if self.entries()?.iter().any(|entry| entry.id == id) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no entry {id} in the history")))
    }

    /// The newest entries that fit half the room stay, and all that are pinned.
    fn make_room(&self) -> io::Result<()> {
        let (mut left, mut kept) = (ROOM / 2, Vec::new());
        for entry in self.entries()? {
            let bytes = serde_json::to_vec(&entry)?.len() as u64;
            if entry.is_pinned || bytes <= left {
                left = left.saturating_sub(bytes);
                kept.push(entry);
            }
        }
        self.replace(&kept)
    }

    /// Replaces the whole file; the rights of the one before stay.
    fn replace(&self, newest_first: &[Entry]) -> io::Result<()> {
        let mut text = Vec::new();
        for entry in newest_first.iter().rev() {
            serde_json::to_writer(&mut text, entry)?;
            text.push(b'\n');
            if entry.is_pinned {
                serde_json::to_writer(&mut text, &Line::Pin { pin: entry.id.clone(), pinned: true })?;
                text.push(b'\n');
            }
        }
        disk::write(&self.path, &text)
    }

    fn append(&self, line: &Line) -> io::Result<()> {
        // A line that was cut short is ended first.
        let text = format!("\n{}\n", serde_json::to_string(line)?);
        disk::private_log(&self.path)?.write_all(text.as_bytes())
    }

    /// Nobody else writes while this is held.
    fn lock(&self) -> io::Result<File> {
        disk::private_folder(disk::folder_of(&self.path))?;
        disk::lock(&self.path.with_extension("lock"))
    }
}

#[cfg(test)]
mod tests {
    use super::entry::LONGEST;
    use super::*;
    use crate::query::{Query, Statement, Value};

    fn entry(sql: &str) -> Entry {
        Entry::of(&Statement::plain(sql), "query", "local", "")
    }

    fn statements(history: &History) -> Vec<String> {
        history.entries().unwrap().into_iter().map(|entry| entry.statement).collect()
    }

    #[test]
    fn entries_are_the_newest_first_and_a_cut_line_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::within(&folder.path().join("new"), true);
        assert_eq!(statements(&history), [""; 0]);
        history.add(&entry("SELECT 1")).unwrap();
        let mut text = fs::read(history.path()).unwrap();
        text.extend(br#"{"id":"b","tar"#);
        fs::write(history.path(), text).unwrap();
        history.add(&entry("SELECT 2")).unwrap();
        assert_eq!(statements(&history), ["SELECT 2", "SELECT 1"]);
        let off = History::within(&folder.path().join("new"), false);
        off.add(&entry("SELECT 3")).unwrap();
        assert_eq!(statements(&history).len(), 2);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(history.path()), mode(&folder.path().join("new"))), (0o600, 0o700));
            let id = &history.entries().unwrap()[0].id;
            history.forget(id).unwrap();
            assert_eq!((mode(history.path()), statements(&history)), (0o600, vec!["SELECT 1".to_owned()]));
        }
    }

    #[test]
    fn several_programs_at_once_lose_nothing_and_the_file_stays_small() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::within(folder.path(), true);
        history.add(&entry("SELECT 'first'")).unwrap();
        let first = history.entries().unwrap()[0].id.clone();
        history.pin(&first, true).unwrap();
        // So large that the file is made smaller several times while others write.
        let long = format!("SELECT '{}'", "x".repeat(60_000));
        // In step: else the newest of a thread that was done early may be too old to stay.
        let step = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (history, long, step) = (&history, &long, &step);
                scope.spawn(move || {
                    let added = (0..60).map(|number| {
                        step.wait();
                        history.add(&entry(&format!("{long} -- {thread} {number}")))
                    });
                    let added: Vec<_> = added.collect();
                    assert!(added.iter().all(Result::is_ok), "{added:?}");
                });
            }
        });
        let entries = history.entries().unwrap();
        assert!(fs::metadata(history.path()).unwrap().len() <= ROOM + (LONGEST as u64) * 2);
        assert!(entries.len() >= 60, "{}", entries.len());
        assert!(entries.iter().any(|entry| entry.id == first && entry.is_pinned), "a pinned one stays");
        // What is left are the newest of each thread, none missing between them.
        for thread in 0..4 {
            let mark = format!("-- {thread} ");
            let numbers: Vec<u32> = entries
                .iter()
                .filter_map(|entry| entry.statement.rsplit_once(&mark)?.1.parse().ok())
                .collect();
            assert!(numbers.windows(2).all(|two| two[0] == two[1] + 1), "{numbers:?}");
            assert_eq!(numbers.first(), Some(&59));
        }
        history.pin(&first, false).unwrap();
        assert!(!history.entries().unwrap().iter().any(|entry| entry.is_pinned));
        assert!(history.pin("none", true).is_err() && history.forget("none").is_err());
    }

    #[test]
    fn a_statement_is_one_that_runs_again_with_its_values_but_for_secret_ones() {
        let text = "-- param: from month = 2020-01\n-- param: side choice(in|out) = in\n-- param: api_token text = x\n\
             -- param: account text?\nSELECT :from, :side, :api_token, :account";
        let query = Query::parse("q", text).unwrap();
        let given =
            [("api_token", "hunter2"), ("from", "2021-05")].map(|(name, text)| (name.into(), text.into()));
        let statement = query.bind(crate::dialect::Dialect::DuckDb, &given.into()).unwrap();
        let kept = Entry::of(&statement, "query", "local", "Q");
        assert!(!serde_json::to_string(&kept).unwrap().contains("hunter2"));
        assert!(kept.statement.contains("-- param: from month = 2021-05\n"), "{}", kept.statement);
        assert_eq!(kept.statement.matches("-- param: from").count(), 1, "{}", kept.statement);
        let again = Query::parse("again", &kept.statement).unwrap();
        let token = [("api_token".to_owned(), "hunter2".to_owned())].into();
        let bound = again.bind(crate::dialect::Dialect::DuckDb, &token).unwrap();
        let values = |statement: &Statement| {
            let mut values: Vec<(String, Option<String>)> = statement
                .values
                .iter()
                .map(|Value { name, text, .. }| (name.clone(), text.clone()))
                .collect();
            values.sort();
            values
        };
        assert_eq!(values(&bound), values(&statement));
    }

    #[test]
    fn a_statement_that_is_too_long_says_that_it_is_cut() {
        let long = entry(&format!("SELECT '{}é'", "x".repeat(LONGEST)));
        assert!(long.is_cut && long.statement.len() <= LONGEST);
        assert!(!entry("SELECT 1").is_cut);
    }
}
