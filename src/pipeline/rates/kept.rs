//! Raw files of rates: kept under names that tell their dates, and read day by day.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use chrono::NaiveDate;

use super::answer::{Answer, Day, Refusal};
use super::read;
use super::source::Source;
use crate::pipeline::error::{PipelineError, io_at};
use crate::pipeline::raw::{self, Put};

/// Marks raw files whose last day had not ended.
pub(super) const PROVISIONAL: &str = ".provisional.";

/// Files that could not be read, and why.
pub(super) type Unreadable = Vec<(PathBuf, Refusal)>;

/// What this process has read, by place, size and time: a raw file never changes, and a run asks for all of them several times.
static READ: Mutex<BTreeMap<Stamp, Arc<Reading>>> = Mutex::new(BTreeMap::new());

type Stamp = (PathBuf, u64, Option<SystemTime>);

type Reading = Result<Answer, Refusal>;

/// What a raw file says.
fn reading(root: &Path, path: &Path) -> Result<Arc<Reading>, PipelineError> {
    let place = root.join(path);
    let found = fs::metadata(&place).map_err(io_at(&place))?;
    let key = (place.clone(), found.len(), found.modified().ok());
    let lock = || READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(&key) {
        return Ok(known.clone());
    }
    let bytes = fs::read(&place).map_err(io_at(&place))?;
    let mut reading = read::answer(&bytes);
    if let Ok(answer) = &mut reading {
        answer.trust_name(&path.file_name().unwrap_or_default().to_string_lossy());
        let until = answer.days.iter().map(|day| day.date).max().unwrap_or_default();
        let open = path.to_string_lossy().contains(PROVISIONAL);
        for day in &mut answer.days {
            day.provisional = open && day.date == until;
            (day.until, day.listed) = (until, day.rates.len());
            day.file.clone_from(&answer.sha256);
        }
    }
    let reading = Arc::new(reading);
    lock().insert(key, reading.clone());
    Ok(reading)
}

/// What the raw files say of every day, by source and date, and what could not be read. Both legs of a cross come from one pivot:
/// one file a source and day, completed by others only where the source publishes once a day.
///
/// # Errors
/// When the disk does.
pub(super) fn days(root: &Path) -> Result<(Vec<Day>, Unreadable), PipelineError> {
    let mut best: BTreeMap<(Source, NaiveDate), Day> = BTreeMap::new();
    let mut unread = Vec::new();
    for path in files(root)? {
        let reading = reading(root, &path)?;
        let answer = match &*reading {
            Ok(answer) => answer,
            Err(refusal) => {
                unread.push((path, refusal.clone()));
                continue;
            }
        };
        for day in &answer.days {
            match best.entry((day.source, day.date)) {
                Entry::Vacant(place) => drop(place.insert(day.clone())),
                Entry::Occupied(mut place) => {
                    let known = place.get_mut();
                    let other = if day.weight() > known.weight() {
                        mem::replace(known, day.clone())
                    } else {
                        day.clone()
                    };
                    if day.source.publishes_once() {
                        known.complete(&other);
                    }
                }
            }
        }
    }
    Ok((best.into_values().collect(), unread))
}

/// All raw files of rates, below the root and by name.
fn files(root: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let mut found = Vec::new();
    for source in Source::ALL {
        let folder = folder(source);
        let entries = match fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io_at(&folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(io_at(&folder))?;
            // A file that is still being written has a name that begins with a dot.
            if !entry.file_name().to_string_lossy().starts_with('.') {
                found.push(folder.join(entry.file_name()));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn folder(source: Source) -> PathBuf {
    PathBuf::from("raw/rates").join(format!("source={}", source.name()))
}

/// Keeps an answer under a name that tells its dates: `2017-06-29.json`, `1999-01-04_2026-10-30.1a2b3c4d.zip`; a day that
/// has not ended gets a name of its own, so that its final answer never meets it.
///
/// # Errors
/// When the disk does.
pub fn keep(root: &Path, answer: &Answer, bytes: &[u8], open: bool) -> Result<(PathBuf, Put), PipelineError> {
    let (Some(first), Some(last)) =
        (answer.days.iter().map(|day| day.date).min(), answer.days.iter().map(|day| day.date).max())
    else {
        return Ok((PathBuf::new(), Put::Known));
    };
    let digest = &answer.sha256[..8.min(answer.sha256.len())];
    let end = answer.extension;
    let open = if open { PROVISIONAL } else { "." };
    let named = |stem: String| folder(answer.source).join(format!("{stem}{open}{end}"));
    if first != last || open == PROVISIONAL || end != "json" {
        let span = if first == last { first.to_string() } else { format!("{first}_{last}") };
        let path = named(format!("{span}.{digest}"));
        let put = raw::put(root, &path, bytes)?;
        return Ok((path, put));
    }
    let path = named(first.to_string());
    match raw::put(root, &path, bytes)? {
        // Another answer for that day is there: both stay, and the weight of a day decides.
        Put::Differs => {
            let path = named(format!("{first}.{digest}"));
            let put = raw::put(root, &path, bytes)?;
            Ok((path, put))
        }
        put => Ok((path, put)),
    }
}

/// The origins of the rates that are there and that a manifest does not name yet.
#[must_use]
pub fn origins(root: &Path, known: &[String]) -> Vec<&'static str> {
    let is_new = |source: &Source| {
        let named = known.iter().any(|line| line.starts_with(source.attribution()));
        root.join(folder(*source)).is_dir() && !named
    };
    Source::ALL.into_iter().filter(is_new).map(Source::attribution).collect()
}
