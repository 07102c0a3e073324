//! Typed lines on their way from raw files to the table: a folder for each part of a file, a partition for each month.
//!
//! ```text
//! _saldo/partitions/5/4f1c…-statement.csv-0/year=2017/month=06/
//!   plain.parquet     the lines of the month
//!   ready.parquet     the same, where the table's month is like this if no other file has lines of it
//!   then.parquet      what came behind the lines of `plain.parquet`, of a month that is too large to be put in order in memory
//! ```
//!
//! Partitions are made with a file's pass, or again when a table needs them, and go when the run has ended. In the pass lines wait
//! as rows. A month that got no line for long goes to its file, in order; lines that follow and do not fit behind it wait as
//! rows in a file of their own, and at the end the month is put in order from both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender};

use tempfile::TempDir;

use super::super::due::month_of;
use super::super::error::{PipelineError, io_at, stage_failed};
use super::super::files::{self, clear, walk};
use super::super::ingest::keep::reading;
use super::super::ingest::note::{READER, Reading};
use super::super::ingest::{self, FileKind};
use super::super::stages::Raw;
use super::super::{raw, write};
pub use super::month::THEN;
use super::month::{Files, Month, Partition, Place, READY, Stretch};
use super::typed::Line;

/// Threads that write months; each may have a month in memory.
pub const WRITERS: usize = 4;
/// The part of what is held that goes to the files at a time; little, so that lines are typed while others are written.
const STRETCH: usize = 64;
/// Bytes that are held as long as no month gets lines behind those that went to its file: they stay near the processor.
const NEAR: usize = 16 << 20;

/// Where partitions lie; another reader may read a file otherwise.
pub fn folder(root: &Path) -> PathBuf {
    root.join("_saldo/partitions").join(READER.to_string())
}

/// Removes all partitions.
///
/// # Errors
/// When the disk does.
pub fn remove(root: &Path) -> Result<(), PipelineError> {
    let partitions = root.join("_saldo/partitions");
    if !partitions.exists() {
        return Ok(());
    }
    // At one stroke: half of a part's partitions would pass for the part.
    let incoming = root.join("_saldo/incoming");
    fs::create_dir_all(&incoming).map_err(io_at(&incoming))?;
    let gone = incoming.join("partitions");
    clear(&gone)?;
    fs::rename(&partitions, &gone).map_err(io_at(&gone))?;
    clear(&gone)
}

/// A place to make partitions of the file `source`.
///
/// # Errors
/// When the disk fails.
pub fn place(root: &Path, source: &str) -> Result<Place, PipelineError> {
    let folder = folder(root);
    fs::create_dir_all(&folder).map_err(io_at(&folder))?;
    let making = TempDir::with_prefix_in(".making-", &folder).map_err(io_at(&folder))?;
    Ok(Place::new(making, source))
}

/// The partitions of one part in the making.
pub struct Partitions {
    months: BTreeMap<Month, Partition>,
    /// Bytes in memory, how many there are at most for now, and how many there may be.
    held: usize,
    near: usize,
    most: usize,
    lines: usize,
    /// Blocks that were written, to be filled again.
    empty: Receiver<Vec<u8>>,
}

impl Partitions {
    /// Without a line yet; `most` bytes wait in memory. Blocks that come through `empty` are filled again.
    #[must_use]
    pub fn new(most: usize, empty: Receiver<Vec<u8>>) -> Self {
        Self { months: BTreeMap::new(), held: 0, near: most.min(NEAR), most, lines: 0, empty }
    }

    /// The months that have a line, as `year=2017/month=06`.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        self.months.keys().map(|month| month.name()).collect()
    }

    /// Adds a line to its month. When too much is held, months go to their files through `full`, each always the same way:
    /// first those that got no line for the longest time, for of a statement in the order of its days they are complete. Once one
    /// was not, more is held, so that months go in few stretches.
    ///
    /// # Errors
    /// When nobody takes them.
    pub fn add(&mut self, line_no: u64, line: &Line, full: &[SyncSender<Stretch>]) -> io::Result<()> {
        let partition = self.months.entry(Month::of(line)).or_default();
        let bytes = partition.rows.add(line_no, line, &self.empty);
        partition.held += bytes;
        self.held += bytes;
        self.lines += 1;
        partition.touched = self.lines;
        if self.held <= self.near {
            return Ok(());
        }
        let mut months: Vec<_> = self.months.iter_mut().filter(|(_, partition)| partition.held > 0).collect();
        months.sort_by_key(|(_, partition)| partition.touched);
        for (month, partition) in months {
            if self.held <= self.near - self.near / STRETCH {
                break;
            }
            self.held -= partition.held;
            if partition.went() {
                self.near = self.most;
            }
            let stretch = partition.taken(*month);
            let way = full.get(month.month as usize % full.len().max(1));
            way.ok_or_else(|| io::Error::other("there is no writer"))?
                .send(stretch)
                .map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Ends all months, of which `files` have what is not held, and puts them under the part's `name`, in place of what may be
    /// there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn keep(
        self,
        making: &Place,
        files: Vec<Files>,
        root: &Path,
        name: &str,
    ) -> Result<(), PipelineError> {
        // Each worker puts a month in order.
        let most = self.most / 2;
        drop(self.empty);
        let mut begun: BTreeMap<_, _> = files.into_iter().flat_map(Files::begun).collect();
        let months =
            self.months.into_iter().map(|(month, partition)| (month, begun.remove(&month), partition));
        let months: Vec<_> = months.collect();
        let workers = iter::repeat_n((), write::workers(months.len().min(WRITERS)));
        let end = |(): &(), (month, begun, partition)| making.end(month, begun, partition, most);
        let died = || io::Error::other("the writer stopped");
        write::side_by_side(workers, months, end, died).map_err(io_at(root))?;
        let place = folder(root).join(name);
        clear(&place)?;
        fs::rename(making.folder(), &place).map_err(io_at(&place))
    }
}

/// The lines of files that came since, and whether their months are whole. Which lines without a balance are one with others
/// depends on all files of a month: where one of those lacks some that another has, the months are read from all files that touch
/// them, and from these only.
///
/// # Errors
/// When a raw file is not as it was, or the disk fails.
pub fn fresh(
    root: &Path,
    kind: &FileKind,
    came: Option<&BTreeSet<String>>,
    bring: &Bring,
) -> Result<(Months, bool), PipelineError> {
    let mut fresh = months(root, kind, came, bring)?;
    if came.is_none() {
        return Ok((fresh, true));
    }
    let touched = fresh.keys().cloned().collect();
    let touching = touching(root, &touched)?;
    if !touching.may_match {
        return Ok((fresh, false));
    }
    fresh = months(root, kind, Some(&touching.files), bring)?;
    fresh.retain(|month, _| touched.contains(month));
    Ok((fresh, true))
}

/// The raw files that may have lines of some months.
pub struct Touching {
    pub files: BTreeSet<String>,
    /// Whether one of them may lack balances that another has, or have lines that lack their texts too.
    pub may_match: bool,
    /// Whether all are of one form, have one header and texts, so that each has the same words for a line.
    pub are_alike: bool,
}

/// Finds them by their notes.
///
/// # Errors
/// When a note cannot be read.
pub fn touching(root: &Path, months: &BTreeSet<String>) -> Result<Touching, PipelineError> {
    let (mut files, mut forms, mut tells) = (BTreeSet::new(), BTreeSet::new(), 0_u8);
    for file in raw::files(root, Raw::Bank.folder(), &[""])? {
        let reading = reading(root, &file)?.unwrap_or_else(Reading::of_own);
        if reading.touches(months) {
            tells |= reading.tells();
            for part in reading.parts {
                forms.insert((part.read_as.into_iter().next(), part.layout.map(|layout| layout.names)));
            }
            files.insert(file.to_string_lossy().into_owned());
        }
    }
    // A line with a balance is known by it, whether it has a text or not.
    let ways = [tells & 0b1, tells & 0b10, tells & 0b1100].into_iter().filter(|way| *way != 0).count();
    Ok(Touching { files, may_match: ways > 1, are_alike: forms.len() < 2 && tells.count_ones() < 2 })
}

/// Brings files by their paths, where they are not here.
pub type Bring<'a> = dyn Fn(&BTreeSet<String>) -> Result<(), PipelineError> + 'a;

/// The lines of all raw files, or of some: for each month the statements that give its lines in the columns that the merging
/// reads. Partitions that are not there are made.
///
/// # Errors
/// When a raw file is not as it was, or the disk fails.
pub fn months(
    root: &Path,
    kind: &FileKind,
    only: Option<&BTreeSet<String>>,
    bring: &Bring,
) -> Result<Months, PipelineError> {
    let mut months = Months::new();
    let is_asked = |file: &PathBuf| only.is_none_or(|only| only.contains(file.to_string_lossy().as_ref()));
    let files = raw::files(root, Raw::Bank.folder(), &[""])?;
    let files: Vec<_> = files.into_iter().filter(is_asked).collect();
    bring(&files.iter().map(|file| file.to_string_lossy().into_owned()).collect())?;
    for file in files {
        let is_csv = file.extension().is_some_and(|end| end == "csv");
        // A file without a note was put there by ourselves.
        let (reading, is_own) = match reading(root, &file)? {
            Some(reading) => (reading, false),
            None if is_csv => (Reading::of_own(), true),
            None => continue,
        };
        for part in &reading.parts {
            let name = part.name(&file, &reading.map);
            // A name without a checksum does not say that the file is as it was.
            if is_own || !folder(root).join(&name).exists() {
                let bad = ingest::reread(root, kind, &file, &reading, part)?;
                if is_own && bad > 0 {
                    let message = format!("{}: {bad} lines cannot be read", file.display());
                    return Err(stage_failed(kind.table)(message));
                }
            }
            walk(&folder(root), &name, &mut |partition| {
                let month = months.entry(month_of(&partition).to_owned()).or_default();
                month.is_ready = month.files.is_empty() && partition.ends_with(READY);
                month.files.push(folder(root).join(&partition));
                Ok(())
            })?;
        }
    }
    Ok(months)
}

/// By month, as `year=2017/month=06`.
pub type Months = BTreeMap<String, Lines>;

/// The lines of a month.
#[derive(Debug, Default)]
pub struct Lines {
    /// The files of its partitions, in the form of the table.
    pub files: Vec<PathBuf>,
    /// Whether they are the table's month as they stand: they are of one file, in order, and equal ones are numbered.
    pub is_ready: bool,
}

impl Lines {
    /// The SELECT of all its lines.
    #[must_use]
    pub fn select(&self) -> String {
        files::read(self.files.iter().map(PathBuf::as_path))
    }
}
