//! Typed lines on their way from raw files to the table: a folder for each part of a file, a piece for each month.
//!
//! ```text
//! _saldo/pieces/0.1.0/4f1c…-statement.csv-0/year=2017/month=06/
//!   data_0.parquet    what the SQL typed
//!   plain.parquet     what the reader typed, as long as its lines stood in the order of their days
//!   ready.parquet     the same, where no two lines are equal and all of them are in order or fit into memory
//!   then.parquet      the lines that follow
//! ```
//!
//! Pieces are made with a file's pass, or again when a table needs them, and go when the run has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender};

use chrono::Datelike;
use tempfile::TempDir;

use super::super::batches::{Files, Use};
use super::super::intake::{self, Part, Reading};
use super::super::write;
use super::super::{PipelineError, Raw, clear, io_at, plan, raw, stage_failed};
use super::BANK;
use super::columns::Columns;
use super::typed::Line;

/// The part of what is held that goes to the files at a time; little, so that lines are typed while others are written.
const STRETCH: usize = 64;
/// Lines whose keys are held, 8 bytes each, to see whether they differ; what is longer goes without the mark.
const KEYS: usize = 32 << 20;
/// Bytes of a month that are put in order in memory.
const AT_ONCE: usize = 64 << 20;
/// Months of a part, each with a file that is being written: two centuries. Lines of further ones are left to the SQL.
const MONTHS: usize = 2_400;
/// The names of a month's pieces; they are read in the order of these.
const PLAIN: &str = "plain.parquet";
const READY: &str = "ready.parquet";
const THEN: &str = "then.parquet";

/// Where pieces lie; another version of the program may read a file otherwise.
fn folder(root: &Path) -> PathBuf {
    root.join("_saldo/pieces").join(env!("CARGO_PKG_VERSION"))
}

/// Removes all pieces.
///
/// # Errors
/// When the disk does.
pub fn remove(root: &Path) -> Result<(), PipelineError> {
    let pieces = root.join("_saldo/pieces");
    if !pieces.exists() {
        return Ok(());
    }
    // At one stroke: half of a part's pieces would pass for the part.
    let incoming = root.join("_saldo/incoming");
    fs::create_dir_all(&incoming).map_err(io_at(&incoming))?;
    let gone = incoming.join("pieces");
    clear(&gone)?;
    fs::rename(&pieces, &gone).map_err(io_at(&gone))?;
    clear(&gone)
}

/// The pieces of one part in the making.
pub struct Pieces {
    folder: TempDir,
    months: BTreeMap<(i32, u32), Piece>,
    /// Bytes in memory, and how many there may be.
    held: usize,
    most: usize,
    lines: usize,
    /// Bytes of the name of the lines' file, which each of them bears.
    source: usize,
    /// Where the content of a line is put together.
    scratch: Vec<u8>,
}

/// A piece in the making.
#[derive(Default)]
struct Piece {
    /// What is not on the disk yet, and its bytes.
    columns: Columns,
    held: usize,
    /// Bytes that went to the disk, before they were packed.
    bytes: usize,
    /// How many lines of all months there were when it got its last one.
    touched: usize,
    /// The last day on the disk, and whether an earlier one came since.
    day: Option<i32>,
    is_broken: bool,
    /// The starts of the lines' keys.
    keys: Vec<u64>,
}

impl Piece {
    /// Gives away what is in memory.
    fn taken(&mut self) -> Option<Columns> {
        let columns = mem::take(&mut self.columns);
        self.bytes += mem::take(&mut self.held);
        let (first, last) = columns.days()?;
        self.is_broken |= Some(first) < self.day;
        self.day = Some(last);
        Some(columns)
    }

    /// Whether no two lines are equal.
    fn differ(&mut self) -> bool {
        self.keys.sort_unstable();
        self.keys.windows(2).all(|pair| pair.first() != pair.last())
    }
}

impl Pieces {
    /// Of the file `source`, without a line yet; `most` bytes wait in memory.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn new(root: &Path, source: &str, most: usize) -> Result<Self, PipelineError> {
        let folder = folder(root);
        fs::create_dir_all(&folder).map_err(io_at(&folder))?;
        let making = TempDir::with_prefix_in(".making-", &folder).map_err(io_at(&folder))?;
        Ok(Self {
            folder: making,
            months: BTreeMap::new(),
            held: 0,
            most,
            lines: 0,
            source: source.len(),
            scratch: Vec::new(),
        })
    }

    /// Where they are being made; more pieces may be put there.
    #[must_use]
    pub fn place(&self) -> &Path {
        self.folder.path()
    }

    /// Whether there is, or may be, a file for the line's month.
    #[must_use]
    pub fn takes(&self, line: &Line) -> bool {
        self.months.len() < MONTHS || self.months.contains_key(&month(line))
    }

    /// Adds a line to its month.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add(&mut self, line_no: u64, line: &Line, files: &SyncSender<Lines>) -> io::Result<()> {
        let key = line.key(&mut self.scratch);
        let piece = self.months.entry(month(line)).or_default();
        let bytes = piece.columns.add(line_no, line, key) + self.source;
        piece.held += bytes;
        self.held += bytes;
        self.lines += 1;
        piece.touched = self.lines;
        if self.lines <= KEYS {
            piece.keys.push((key >> 64) as u64);
        }
        if self.held > self.most { self.flush(self.most - self.most / STRETCH, files) } else { Ok(()) }
    }

    /// Gives months to their files until no more than `rest` bytes are held: first those that got no line for the longest
    /// time, for of a statement in the order of its days they are complete.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn flush(&mut self, rest: usize, files: &SyncSender<Lines>) -> io::Result<()> {
        let mut months: Vec<_> = self.months.iter_mut().filter(|(_, piece)| piece.held > 0).collect();
        months.sort_by_key(|(_, piece)| piece.touched);
        for (month, piece) in months {
            if self.held <= rest {
                break;
            }
            self.held -= piece.held;
            if let Some(columns) = piece.taken() {
                let folder = self.folder.path().join(month_folder(*month));
                fs::create_dir_all(&folder)?;
                let lines = Lines { folder, columns, are_ordered: !piece.is_broken };
                files.send(lines).map_err(io::Error::other)?;
            }
        }
        Ok(())
    }

    /// Says by names which pieces are ready.
    fn mark(&mut self) -> io::Result<()> {
        for (month, piece) in &mut self.months {
            let folder = self.folder.path().join(month_folder(*month));
            let is_ordered = !piece.is_broken || piece.bytes <= AT_ONCE;
            if is_ordered && self.lines <= KEYS && piece.differ() {
                fs::rename(folder.join(PLAIN), folder.join(READY))?;
            }
        }
        Ok(())
    }

    /// Puts them, when all are in their files, where the part's pieces are looked for, in place of what may be there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn keep(mut self, root: &Path, file: &Path, part: &Part) -> Result<(), PipelineError> {
        self.mark().map_err(io_at(root))?;
        let place = folder(root).join(name(file, part));
        clear(&place)?;
        fs::rename(self.folder.path(), &place).map_err(io_at(&place))
    }
}

/// Lines of a month on their way to its files.
pub struct Lines {
    folder: PathBuf,
    columns: Columns,
    /// Whether all lines of the month so far stood in the order of their days.
    are_ordered: bool,
}

/// Writes lines of the file `source` until no more come.
///
/// # Errors
/// When the disk fails.
pub fn write_lines(source: &str, all: &Receiver<Lines>) -> io::Result<()> {
    let mut files = Files::default();
    for Lines { folder, columns, are_ordered } in all {
        let batch = columns.batch(source).map_err(io::Error::other)?;
        let (name, purpose) = if are_ordered { (PLAIN, Use::Table) } else { (THEN, Use::Once) };
        files.add(&folder.join(name), purpose, &batch)?;
    }
    files.close()
}

/// The month that a line belongs to.
fn month(line: &Line) -> (i32, u32) {
    let date = line.value_date();
    (date.year(), date.month())
}

fn month_folder((year, month): (i32, u32)) -> String {
    format!("year={year:04}/month={month:02}")
}

/// The folder of a part's pieces, below that of all.
fn name(file: &Path, part: &Part) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}-{}", part.member.as_ref().map_or(0, |(place, _)| *place))
}

/// The lines of all raw files, or of some: for each month the statements that give its lines in the columns that the merging
/// reads. Pieces that are not there are made.
///
/// # Errors
/// When a raw file is not as it was, or the disk fails.
pub fn months(root: &Path, only: Option<&BTreeSet<String>>) -> Result<Months, PipelineError> {
    let mut months = Months::new();
    let is_asked = |file: &PathBuf| only.is_none_or(|only| only.contains(file.to_string_lossy().as_ref()));
    let files = raw::files(root, Raw::Bank.folder(), &[""])?;
    for file in files.into_iter().filter(is_asked) {
        let is_csv = file.extension().is_some_and(|end| end == "csv");
        // A file without a note was put there by ourselves.
        let (reading, is_own) = match intake::reading(root, &file)? {
            Some(reading) => (reading, false),
            None if is_csv => (Reading::of_own(), true),
            None => continue,
        };
        for part in &reading.parts {
            let name = name(&file, part);
            // A name without a checksum does not say that the file is as it was.
            if is_own || !folder(root).join(&name).exists() {
                let bad = intake::again(root, &BANK, &file, &reading, part)?;
                if is_own && bad > 0 {
                    let message = format!("{}: {bad} lines cannot be read", file.display());
                    return Err(stage_failed(BANK.table)(message));
                }
            }
            write::walk(&folder(root), &name, &mut |piece| {
                let month = months.entry(plan::month_of(&piece).to_owned()).or_default();
                let name = piece.rsplit('/').next().unwrap_or_default();
                month.is_ready =
                    if name == THEN { month.is_ready } else { month.files.is_empty() && name == READY };
                month.files.push(folder(root).join(&piece));
                Ok(())
            })?;
        }
    }
    Ok(months)
}

/// By month, as `year=2017/month=06`.
pub type Months = BTreeMap<String, Month>;

/// The lines of a month.
#[derive(Debug, Default)]
pub struct Month {
    /// The files of its pieces, in the form of the table.
    pub files: Vec<PathBuf>,
    /// Whether nothing but their order is between them and the table: they are of one file, and no two are equal.
    pub is_ready: bool,
}

impl Month {
    /// The SELECT of all its lines, keyed.
    #[must_use]
    pub fn select(&self) -> String {
        let files = write::read(self.files.iter().map(PathBuf::as_path));
        format!(
            "SELECT *, value_date AS stated_value_date, substr(txn_key, 1, 32) AS content_key FROM ({files})"
        )
    }
}
