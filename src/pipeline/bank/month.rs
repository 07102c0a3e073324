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
use super::columns;
use super::equal::Equal;
use super::rows::{self, Keyed, Rows};
use super::typed::Line;
use crate::text::lines::CAP;

/// Rows that DuckDB takes at a time. It may put a smaller number of them behind others, so that fewer stand at the end of a file
/// only: what follows a table has its rows in their order.
const VECTOR: usize = 2048;
/// The names of a month's partitions, and of the rows that wait.
const PLAIN: &str = "plain.parquet";
pub const READY: &str = "ready.parquet";
pub const THEN: &str = "then.parquet";
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
    /// Bytes that were ever held.
    bytes: usize,
    /// How many lines of all months there were when it got its last one.
    pub touched: usize,
}

impl Partition {
    /// Whether lines of it went to its file.
    pub fn went(&self) -> bool {
        self.bytes > 0
    }

    /// Gives away what is in memory.
    pub fn taken(&mut self, month: Month) -> Stretch {
        self.bytes += mem::take(&mut self.held);
        Stretch { month, rows: mem::take(&mut self.rows) }
    }
}

/// Rows of a month on their way to its files.
pub struct Stretch {
    month: Month,
    rows: Rows,
}

/// A month whose file was begun.
pub struct Begun {
    plain: Growing,
    equal: Equal,
    /// Account and value date of its last row.
    last: Option<(Vec<u8>, i32)>,
    /// Its last rows: fewer than the engine takes at a time.
    tail: Vec<u8>,
    /// Lines that wait in a file, since one of them stands before others that are in the month's.
    waiting: usize,
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
        for Stretch { month, rows } in all {
            let begun = match self.begun.entry(month) {
                Entry::Occupied(begun) => begun.into_mut(),
                Entry::Vacant(place) => place.insert(self.place.begin(month)?),
            };
            self.place.put(begun, month, &rows)?;
            begun.plain.flush()?;
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
        let plain = Growing::at(self.month(month)?.join(PLAIN));
        Ok(Begun { plain, equal: Equal::default(), last: None, tail: Vec::new(), waiting: 0 })
    }

    /// Adds rows to the month's file where they belong behind those that are there, as long as none wait.
    fn put(&self, begun: &mut Begun, month: Month, rows: &Rows) -> io::Result<()> {
        if begun.waiting == 0 {
            let fresh = rows::sorted(rows.blocks());
            let last = begun.last.as_ref().map(|(account, day)| (account.as_slice(), *day));
            if fresh.first().is_none_or(|first| last <= Some(first.key())) {
                let before = mem::take(&mut begun.tail);
                let mut rows = rows::sorted(iter::once(before.as_slice()));
                if rows.is_empty() {
                    rows = fresh;
                } else {
                    rows.extend(fresh);
                }
                let (whole, tail) = rows.split_at(rows.len() - rows.len() % VECTOR);
                self.add(begun, whole)?;
                begun.tail = rows::joined(tail);
                if let Some((account, day)) = rows.last().map(Keyed::key) {
                    begun.last = Some((account.to_vec(), day));
                }
                return Ok(());
            }
        }
        begun.waiting += rows.count;
        wait(&self.month(month)?, rows)
    }

    fn add(&self, Begun { plain, equal, .. }: &mut Begun, rows: &[Keyed]) -> io::Result<()> {
        columns::batches(rows, &self.source, equal).try_for_each(|batch| plain.add(&batch?))
    }

    /// Ends a month. Up to `most` bytes of rows are taken into memory.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn end(
        &self,
        month: Month,
        begun: Option<Begun>,
        mut partition: Partition,
        most: usize,
    ) -> io::Result<()> {
        let folder = self.month(month)?;
        let mut begun = begun.map_or_else(|| self.begin(month), Ok)?;
        self.put(&mut begun, month, &partition.taken(month).rows)?;
        let tail = mem::take(&mut begun.tail);
        self.add(&mut begun, &rows::sorted(iter::once(tail.as_slice())))?;
        let is_ready = if begun.waiting > 0 {
            let is_ready = self.put_in_order(&folder, begun, partition.bytes <= most, most)?;
            fs::remove_file(folder.join(ROWS))?;
            is_ready
        } else {
            begun.plain.close()?;
            !begun.equal.are_apart
        };
        if is_ready {
            fs::rename(folder.join(PLAIN), folder.join(READY))?;
        }
        Ok(())
    }

    /// Puts rows that waited where they belong among those of the month's file, and tells whether it is the table's month so; of
    /// a month that is not small they get a file of their own.
    fn put_in_order(&self, folder: &Path, begun: Begun, is_small: bool, most: usize) -> io::Result<bool> {
        let Begun { plain, mut equal, waiting, .. } = begun;
        plain.close()?;
        let place = folder.join(if is_small { PLAIN } else { THEN });
        let mut all = Vec::new();
        if is_small {
            all = batches::read(&place)?;
            fs::remove_file(&place)?;
        }
        let mut out = Growing::at(place);
        let mut file = File::open(folder.join(ROWS))?;
        let (mut bytes, mut found) = (Vec::new(), 0);
        loop {
            // The longest row fits.
            Read::by_ref(&mut file).take(most.max(2 * CAP) as u64).read_to_end(&mut bytes)?;
            let rows = rows::sorted(iter::once(bytes.as_slice()));
            if rows.is_empty() {
                break;
            }
            found += rows.len();
            for batch in columns::batches(&rows, &self.source, &mut equal) {
                if is_small {
                    all.push(batch?);
                } else {
                    out.add(&batch?)?;
                }
            }
            if !is_small {
                out.flush()?;
            }
            let whole = rows::bytes(&rows);
            bytes.drain(..whole);
        }
        drop(bytes);
        for batch in batches::sorted(&all).map_err(io::Error::other)? {
            out.add(&batch.map_err(io::Error::other)?)?;
        }
        out.close()?;
        if found == waiting {
            Ok(is_small && batches::differ(&all).map_err(io::Error::other)?)
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
