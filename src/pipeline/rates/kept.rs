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
        let arrival = Named::of(path).map_or(0, |named| named.arrival);
        for day in &mut answer.days {
            day.provisional = open && day.date == until;
            (day.until, day.listed, day.arrival) = (until, day.rates.len(), arrival);
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
    let each = Source::ALL.into_iter().map(|source| files_of(root, source));
    let mut found = each.collect::<Result<Vec<_>, _>>()?.concat();
    found.sort();
    Ok(found)
}

fn files_of(root: &Path, source: Source) -> Result<Vec<PathBuf>, PipelineError> {
    let folder = folder(source);
    let entries = match fs::read_dir(root.join(&folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_at(&folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io_at(&folder))?;
        // A file that is still being written has a name that begins with a dot.
        if !entry.file_name().to_string_lossy().starts_with('.') {
            found.push(folder.join(entry.file_name()));
        }
    }
    Ok(found)
}

/// What the name of a raw file tells: `1999-01-04_2026-10-30.n2.1a2b3c4d.zip`.
struct Named {
    first: NaiveDate,
    last: NaiveDate,
    arrival: u64,
}

impl Named {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (span, rest) = name.split_once('.')?;
        let (first, last) = span.split_once('_').unwrap_or((span, span));
        let arrival = rest.split_once('.').and_then(|(number, _)| number.strip_prefix('n')?.parse().ok());
        Some(Self { first: first.parse().ok()?, last: last.parse().ok()?, arrival: arrival.unwrap_or(0) })
    }
}

fn folder(source: Source) -> PathBuf {
    PathBuf::from("raw/rates").join(format!("source={}", source.name()))
}

/// What came of a raw file.
pub struct Kept {
    pub path: PathBuf,
    pub put: Put,
    /// Rates that differ from what was said of the same days.
    pub differing: usize,
}

/// Keeps an answer under a name that tells its dates: `2017-06-29.json`, `1999-01-04_2026-10-30.1a2b3c4d.zip`; a day that
/// has not ended gets a name of its own, so that its final answer never meets it. Where files of the source have some of its days
/// the name has a number above theirs: which came later is told by no time of a disk, and is the same on every machine.
///
/// # Errors
/// When the disk does.
pub fn keep(root: &Path, answer: &Answer, bytes: &[u8], open: bool) -> Result<Kept, PipelineError> {
    let (Some(first), Some(last)) =
        (answer.days.iter().map(|day| day.date).min(), answer.days.iter().map(|day| day.date).max())
    else {
        return Ok(Kept { path: PathBuf::new(), put: Put::Known, differing: 0 });
    };
    let is_final = |path: &Path| !path.to_string_lossy().contains(PROVISIONAL);
    let (mut arrival, mut differing) = (0, 0);
    for path in files_of(root, answer.source)? {
        let Some(named) = Named::of(&path).filter(|_| is_final(&path) != open) else { continue };
        if named.last < first || last < named.first {
            continue;
        }
        let reading = reading(root, &path)?;
        let Ok(other) = &*reading else { continue };
        if other.sha256 == answer.sha256 {
            return Ok(Kept { path, put: Put::Known, differing: 0 });
        }
        arrival = arrival.max(named.arrival + 1);
        if !open {
            differing = differing.max(answer.differing(other));
        }
    }
    let number = if arrival == 0 { String::new() } else { format!(".n{arrival}") };
    let digest = &answer.sha256[..8.min(answer.sha256.len())];
    let end = answer.extension;
    let open = if open { PROVISIONAL } else { "." };
    let named = |stem: String| folder(answer.source).join(format!("{stem}{open}{end}"));
    let span = if first == last { first.to_string() } else { format!("{first}_{last}") };
    let is_alone = arrival == 0 && first == last && open != PROVISIONAL && end == "json";
    let path = named(if is_alone { span } else { format!("{span}{number}.{digest}") });
    let put = raw::put(root, &path, bytes)?;
    Ok(Kept { path, put, differing })
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
