//! The files of a month in the making.
//!
//! Rows that stand behind those that are in the file already go to it, in order. Others wait in a file of their own, and when
//! all are there the month is put in order from both.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::iter;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};

use chrono::Datelike;
use tempfile::TempDir;

use super::super::batches::{self, Growing};
use super::super::text::lines::CAP;
use super::columns;
use super::rows::{self, Rows};
use super::typed::Line;

/// Lines of a file whose keys are held, 8 bytes each, to see whether they differ; what is longer goes without the mark.
const KEYS: usize = 32 << 20;
/// The names of a month's partitions, and of the rows that wait.
const PLAIN: &str = "plain.parquet";
pub const READY: &str = "ready.parquet";
const THEN: &str = "then.parquet";
const ROWS: &str = "rows";

/// A month of value dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i32,
    pub month: u32,
}

impl Month {
    /// The month that a line belongs to.
    pub fn of(line: &Line) -> Self {
        let date = line.value_date();
        Self { year: date.year(), month: date.month() }
    }

    /// As its folder is called: `year=2017/month=06`.
    pub fn name(self) -> String {
        format!("year={:04}/month={:02}", self.year, self.month)
    }
}

/// A partition in the making.
#[derive(Default)]
pub struct Partition {
    /// What is not on the disk yet, and the memory that it takes.
    pub rows: Rows,
    pub held: usize,
    /// Bytes that were ever held, and lines that waited in a file.
    bytes: usize,
    waiting: usize,
    /// How many lines of all months there were when it got its last one.
    pub touched: usize,
    /// The last day on the disk, and whether an earlier one came since.
    day: Option<i32>,
    is_broken: bool,
    /// Whether a line came after others that follow it in its file.
    pub has_late: bool,
}

impl Partition {
    /// Gives away what is in memory, when there were so many `lines` of all months.
    pub fn taken(&mut self, month: Month, lines: usize) -> Stretch {
        self.bytes += mem::take(&mut self.held);
        let rows = mem::take(&mut self.rows);
        if let Some((first, last)) = rows.days {
            self.is_broken |= Some(first) < self.day;
            self.day = Some(last);
        }
        if self.is_broken {
            self.waiting += rows.count;
        }
        Stretch { month, rows, is_behind: !self.is_broken, lines }
    }
}

/// Rows of a month on their way to its files.
pub struct Stretch {
    month: Month,
    rows: Rows,
    /// Whether they belong behind the rows of the month that were before them.
    is_behind: bool,
    /// How many lines of all months there were.
    lines: usize,
}

/// A month whose file was begun, and the starts of its lines' keys.
pub struct Begun {
    plain: Growing,
    keys: Vec<u64>,
}

/// The files of months in the making.
pub struct Files<'a> {
    place: &'a Place,
    begun: BTreeMap<Month, Begun>,
    used: Sender<Vec<u8>>,
}

/// Where files are made, and the file of their lines.
pub struct Place {
    folder: TempDir,
    source: String,
}

impl<'a> Files<'a> {
    /// Without a file yet. Blocks that were written are given to `used`.
    pub fn new(place: &'a Place, used: Sender<Vec<u8>>) -> Self {
        Self { place, begun: BTreeMap::new(), used }
    }

    /// Writes stretches until no more come.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write(&mut self, all: &Receiver<Stretch>) -> io::Result<()> {
        for Stretch { month, rows, is_behind, lines } in all {
            if is_behind {
                let begun = match self.begun.entry(month) {
                    Entry::Occupied(begun) => begun.into_mut(),
                    Entry::Vacant(place) => place.insert(self.place.begin(month)?),
                };
                self.place.add(begun, &rows::sorted(rows.blocks()))?;
                begun.plain.flush()?;
                if lines > KEYS {
                    begun.keys = Vec::new();
                }
            } else {
                wait(&self.place.month(month)?, &rows)?;
            }
            for block in rows.emptied() {
                // Whoever needs no more of them has gone.
                let _ = self.used.send(block);
            }
        }
        Ok(())
    }

    pub fn begun(self) -> BTreeMap<Month, Begun> {
        self.begun
    }
}

impl Place {
    /// In a folder for lines of the file `source`.
    pub fn new(folder: TempDir, source: &str) -> Self {
        Self { folder, source: source.to_owned() }
    }

    /// The folder; more partitions may be put there.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of a month.
    fn month(&self, month: Month) -> io::Result<PathBuf> {
        let folder = self.folder().join(month.name());
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn begin(&self, month: Month) -> io::Result<Begun> {
        Ok(Begun { plain: Growing::at(self.month(month)?.join(PLAIN)), keys: Vec::new() })
    }

    /// Adds rows, in their order, to a file.
    fn add(&self, Begun { plain, keys }: &mut Begun, rows: &[(i32, &[u8])]) -> io::Result<()> {
        columns::batches(rows, &self.source, keys).try_for_each(|batch| plain.add(&batch?))
    }

    /// Ends a month of a file of so many `lines`. Up to `most` bytes of rows are taken into memory.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn end(
        &self,
        month: Month,
        begun: Option<Begun>,
        mut partition: Partition,
        lines: usize,
        most: usize,
    ) -> io::Result<()> {
        let folder = self.month(month)?;
        let mut begun = begun.map_or_else(|| self.begin(month), Ok)?;
        let held = partition.taken(month, lines).rows;
        let is_in_order = !partition.has_late;
        let keys = if partition.is_broken {
            begun.plain.close()?;
            wait(&folder, &held)?;
            drop(held);
            let keys = self.put_in_order(&folder, begun.keys, &partition, most)?;
            fs::remove_file(folder.join(ROWS))?;
            keys
        } else {
            self.add(&mut begun, &rows::sorted(held.blocks()))?;
            begun.plain.close()?;
            Some(begun.keys)
        };
        if is_in_order && lines <= KEYS && keys.is_some_and(differ) {
            fs::rename(folder.join(PLAIN), folder.join(READY))?;
        }
        Ok(())
    }

    /// Puts rows that waited where they belong among those of the month's file, and tells all keys; rows that are too many
    /// for that get a file of their own.
    fn put_in_order(
        &self,
        folder: &Path,
        keys: Vec<u64>,
        partition: &Partition,
        most: usize,
    ) -> io::Result<Option<Vec<u64>>> {
        let mut waiting = File::open(folder.join(ROWS))?;
        let is_small = partition.bytes <= most;
        let place = folder.join(if is_small { PLAIN } else { THEN });
        let mut former = Vec::new();
        if is_small {
            former = batches::read(&place)?;
            fs::remove_file(&place)?;
        }
        let mut former = batches::days(&former).map_err(io::Error::other)?.into_iter().peekable();
        let mut begun = Begun { plain: Growing::at(place), keys };
        let (mut bytes, mut found) = (Vec::new(), 0);
        loop {
            // The longest row fits.
            Read::by_ref(&mut waiting).take(most.max(2 * CAP) as u64).read_to_end(&mut bytes)?;
            let rows = rows::sorted(iter::once(bytes.as_slice()));
            if rows.is_empty() {
                break;
            }
            found += rows.len();
            for of_day in rows.chunk_by(|(day, _), (next, _)| day == next) {
                let is_before = |(day, _): &(i32, _)| of_day.first().is_some_and(|(own, _)| day <= own);
                while let Some((_, batch)) = former.next_if(is_before) {
                    begun.plain.add(&batch)?;
                }
                self.add(&mut begun, of_day)?;
            }
            if !is_small {
                begun.plain.flush()?;
                begun.keys.clear();
            }
            let whole = rows::bytes(&rows);
            bytes.drain(..whole);
        }
        for (_, batch) in former {
            begun.plain.add(&batch)?;
        }
        begun.plain.close()?;
        if found == partition.waiting {
            Ok(is_small.then_some(begun.keys))
        } else {
            Err(io::Error::other("lines that waited are not there"))
        }
    }
}

/// Lets rows of a month wait in its folder.
fn wait(folder: &Path, rows: &Rows) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join(ROWS))?;
    rows.blocks().try_for_each(|block| file.write_all(block))
}

/// Whether no two lines are equal.
fn differ(mut keys: Vec<u64>) -> bool {
    keys.sort_unstable();
    keys.windows(2).all(|pair| pair.first() != pair.last())
}
