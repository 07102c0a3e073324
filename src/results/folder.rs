//! The folder of the kept results: what lies in it, and what has to go.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::kept::{Kept, is_name};
use crate::checksum;
use crate::disk::{self, Draft};
use crate::engine::EngineError;

/// The folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    folder: PathBuf,
    /// Bytes of all results together.
    room: u64,
}

/// Why a result cannot be kept, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    #[error("{0:?} is not a name of a result: lower-case letters, digits and _, and a letter first")]
    Name(String),
    #[error("there is a result {0} already")]
    Taken(String),
    #[error("there is no result {0}")]
    Missing(String),
    /// The rows could not be read.
    #[error(transparent)]
    Rows(#[from] EngineError),
    #[error("the result {name} is not what was kept: {what}")]
    Changed { name: String, what: String },
    #[error("kept results in {}: {source}", .folder.display())]
    Io { folder: PathBuf, source: io::Error },
}

impl Results {
    /// The results in the folder of what is kept, which need not be there, with room for so many mebibytes.
    #[must_use]
    pub fn within(state: &Path, mebibytes: u64) -> Self {
        Self { folder: Self::folder_in(state), room: mebibytes.saturating_mul(1 << 20) }
    }

    /// Where they lie in the folder of what is kept.
    #[must_use]
    pub fn folder_in(state: &Path) -> PathBuf {
        state.join("results")
    }

    /// Where the rows of one lie.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.parquet"))
    }

    fn note(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// All results, oldest first. A file without its note, or a note without its file, is none.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn all(&self) -> Result<Vec<Kept>, ResultsError> {
        let mut found: Vec<_> = self.names()?.iter().filter_map(|name| self.read(name)).collect();
        found.sort_by(|a, b| (a.ended, &a.name).cmp(&(b.ended, &b.name)));
        Ok(found)
    }

    /// The result of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, name: &str) -> Result<Kept, ResultsError> {
        check(name)?;
        self.read(name).ok_or_else(|| ResultsError::Missing(name.to_owned()))
    }

    /// Gives a result another name.
    ///
    /// # Errors
    /// When there is none, the other name is taken, or the disk fails.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), ResultsError> {
        let _alone = self.lock()?;
        let kept = self.find(from)?;
        self.check_free(to)?;
        self.write(&Kept { name: to.to_owned(), ..kept })?;
        fs::rename(self.path(from), self.path(to)).map_err(|why| self.io(why))?;
        self.forget(from)
    }

    /// Lets a result stay whatever the folder's size, or not.
    ///
    /// # Errors
    /// When there is none, or the disk fails.
    pub fn pin(&self, name: &str, pinned: bool) -> Result<(), ResultsError> {
        let _alone = self.lock()?;
        self.write(&Kept { pinned, ..self.find(name)? })
    }

    /// Removes a result.
    ///
    /// # Errors
    /// When there is none, or the disk fails.
    pub fn remove(&self, name: &str) -> Result<(), ResultsError> {
        let _alone = self.lock()?;
        self.find(name)?;
        self.forget(name)
    }

    /// Removes the results whose last row came before that time, but for pinned ones; gives them.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn clean(&self, before: DateTime<Utc>) -> Result<Vec<Kept>, ResultsError> {
        let _alone = self.lock()?;
        let old: Vec<_> =
            self.all()?.into_iter().filter(|kept| kept.ended < before && !kept.pinned).collect();
        old.iter().try_for_each(|kept| self.forget(&kept.name))?;
        Ok(old)
    }

    /// Whether a result's file is what was kept.
    ///
    /// # Errors
    /// When it is not, or cannot be read.
    pub fn verify(&self, kept: &Kept) -> Result<(), ResultsError> {
        let (size, sha256) = checksum::of_file(&self.path(&kept.name)).map_err(|why| self.io(why))?;
        if (size, &sha256) == (kept.size, &kept.sha256) {
            return Ok(());
        }
        let what =
            format!("{size} bytes with the SHA-256 {sha256}, kept were {} with {}", kept.size, kept.sha256);
        Err(ResultsError::Changed { name: kept.name.clone(), what })
    }

    /// Keeps the rows of a draft under the name, or the next free one, and makes room; gives what has gone for it.
    pub(super) fn keep(
        &self,
        name: Option<&str>,
        mut kept: Kept,
        draft: Draft,
    ) -> Result<(Kept, Vec<Kept>), ResultsError> {
        let _alone = self.lock()?;
        kept.name = match name {
            Some(name) => self.check_free(name).map(|()| name.to_owned())?,
            None => self.next()?,
        };
        self.write(&kept)?;
        draft.keep(&self.path(&kept.name)).map_err(|why| self.io(why))?;
        let gone = self.make_room(&kept.name)?;
        Ok((kept, gone))
    }

    /// A draft in the folder.
    pub(super) fn draft(&self) -> Result<Draft, ResultsError> {
        self.folder().and_then(|()| Draft::within(&self.folder)).map_err(|why| self.io(why))
    }

    /// Whether a new result may have this name.
    ///
    /// # Errors
    /// When it may not.
    pub fn check_free(&self, name: &str) -> Result<(), ResultsError> {
        check(name)?;
        if self.read(name).is_some() { Err(ResultsError::Taken(name.to_owned())) } else { Ok(()) }
    }

    pub(super) fn io(&self, source: io::Error) -> ResultsError {
        ResultsError::Io { folder: self.folder.clone(), source }
    }

    /// The name after the highest `rN`.
    fn next(&self) -> Result<String, ResultsError> {
        let number = |name: &String| name.strip_prefix('r')?.parse::<u64>().ok();
        let highest = self.names()?.iter().filter_map(number).max().unwrap_or(0);
        Ok(format!("r{}", highest.saturating_add(1)))
    }

    fn write(&self, kept: &Kept) -> Result<(), ResultsError> {
        let text = serde_json::to_vec_pretty(kept).map_err(|why| self.io(why.into()))?;
        disk::write(&self.note(&kept.name), &text).map_err(|why| self.io(why))
    }

    /// Nobody else changes the folder while this is held.
    fn lock(&self) -> Result<File, ResultsError> {
        self.folder().and_then(|()| disk::lock(&self.folder.join("lock"))).map_err(|why| self.io(why))
    }

    /// Makes the folder: results are nobody else's business.
    fn folder(&self) -> io::Result<()> {
        disk::private_folder(&self.folder)
    }

    /// The oldest go until the rest has room.
    fn make_room(&self, newest: &str) -> Result<Vec<Kept>, ResultsError> {
        let all = self.all()?;
        let mut size: u64 = all.iter().map(|kept| kept.size).sum();
        let mut gone = Vec::new();
        for kept in all {
            if size > self.room && kept.name != newest && !kept.pinned {
                self.forget(&kept.name)?;
                size -= kept.size;
                gone.push(kept);
            }
        }
        Ok(gone)
    }

    fn forget(&self, name: &str) -> Result<(), ResultsError> {
        for path in [self.path(name), self.note(name)] {
            match fs::remove_file(path) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(self.io(why)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The names that have a note.
    fn names(&self) -> Result<Vec<String>, ResultsError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|why| self.io(why))?,
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let names = names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned));
        Ok(names.filter(|name| is_name(name)).collect())
    }

    fn read(&self, name: &str) -> Option<Kept> {
        let text = fs::read(self.note(name)).ok()?;
        let kept = serde_json::from_slice::<Kept>(&text).ok()?;
        self.path(name).is_file().then(|| Kept { name: name.to_owned(), ..kept })
    }
}

fn check(name: &str) -> Result<(), ResultsError> {
    if is_name(name) { Ok(()) } else { Err(ResultsError::Name(name.to_owned())) }
}
