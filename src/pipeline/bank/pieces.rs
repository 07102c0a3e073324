//! Typed lines on their way from raw files to the table: a folder for each part of a file, a piece for each month.
//!
//! ```text
//! _saldo/pieces/0.1.0/4f1c…-statement.csv-0/year=2017/month=06/
//!   plain-ordered-differ.csv    what the reader typed: the lines stand as in the table, and no two are equal
//!   data_0.csv                  what the SQL typed
//! ```
//!
//! Pieces are made with a file's pass, or again when a table needs them, and go when the run has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::mem;
use std::path::{Path, PathBuf};

use chrono::Datelike;
use tempfile::TempDir;

use super::super::intake::{self, Part, Reading};
use super::super::text::lines;
use super::super::write::{self, quoted};
use super::super::{PipelineError, Raw, clear, io_at, plan, raw, stage_failed};
use super::BANK;
use super::typed::{COLUMNS, Line, UNIT};
use crate::sql::quote_text;

/// Bytes that wait in memory, of all months.
const HELD: usize = 32 << 20;
/// Lines whose keys are held, 8 bytes each, to see whether they differ; what is longer goes without the mark.
const KEYS: usize = 32 << 20;
/// The piece of a month in the making, and what its name says when it is whole.
const PLAIN: &str = "plain.csv";
const ORDERED: &str = "-ordered";
const DIFFER: &str = "-differ";

/// Where pieces lie; another version of the program may read a file otherwise.
fn folder(root: &Path) -> PathBuf {
    root.join("_saldo/pieces").join(env!("CARGO_PKG_VERSION"))
}

/// Removes all pieces.
///
/// # Errors
/// When the disk does.
pub fn remove(root: &Path) -> Result<(), PipelineError> {
    clear(&root.join("_saldo/pieces"))
}

/// The pieces of one part in the making.
pub struct Pieces {
    folder: TempDir,
    months: BTreeMap<(i32, u32), Piece>,
    /// Bytes in memory.
    held: usize,
    lines: usize,
}

/// A piece in the making.
#[derive(Default)]
struct Piece {
    /// What is not on the disk yet: the text, and of each line its day and where it begins.
    text: Vec<u8>,
    starts: Vec<(u32, usize)>,
    /// How many lines of all months there were when it got its last one.
    touched: usize,
    /// The last day on the disk, and whether none before it came later.
    day: u32,
    is_broken: bool,
    /// The starts of the lines' keys.
    keys: Vec<u64>,
}

impl Piece {
    /// Writes what is in memory, day by day.
    fn flush(&mut self, folder: &Path) -> io::Result<()> {
        let text = mem::take(&mut self.text);
        let ends = self.starts.iter().skip(1).map(|(_, start)| *start).chain([text.len()]);
        let mut lines: Vec<_> =
            self.starts.iter().zip(ends).map(|((day, start), end)| (*day, *start..end)).collect();
        self.starts.clear();
        let Some(first) = lines.iter().map(|(day, _)| *day).min() else { return Ok(()) };
        lines.sort_by_key(|(day, _)| *day);
        self.is_broken |= first < self.day;
        self.day = lines.last().map_or(self.day, |(day, _)| *day);
        fs::create_dir_all(folder)?;
        let file = OpenOptions::new().create(true).append(true).open(folder.join(PLAIN))?;
        let mut file = BufWriter::with_capacity(1 << 20, file);
        for (_, line) in lines {
            file.write_all(text.get(line).unwrap_or_default())?;
        }
        file.flush()
    }

    /// Whether no two lines are equal.
    fn differ(&mut self) -> bool {
        self.keys.sort_unstable();
        self.keys.windows(2).all(|pair| pair.first() != pair.last())
    }
}

impl Pieces {
    /// Without a line yet.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn new(root: &Path) -> Result<Self, PipelineError> {
        let folder = folder(root);
        fs::create_dir_all(&folder).map_err(io_at(&folder))?;
        let making = TempDir::with_prefix_in(".making-", &folder).map_err(io_at(&folder))?;
        Ok(Self { folder: making, months: BTreeMap::new(), held: 0, lines: 0 })
    }

    /// Where they are being made; more pieces may be put there.
    #[must_use]
    pub fn place(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a line to its month.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add(&mut self, line_no: u64, line: &Line) -> io::Result<()> {
        let date = line.value_date();
        let piece = self.months.entry((date.year(), date.month())).or_default();
        let start = piece.text.len();
        let key = line.write(line_no, &mut piece.text);
        piece.starts.push((date.day(), start));
        self.held += piece.text.len() - start;
        self.lines += 1;
        piece.touched = self.lines;
        if self.lines <= KEYS {
            piece.keys.push(key);
        }
        if self.held > HELD { self.flush(HELD / 2) } else { Ok(()) }
    }

    /// Writes months until no more than `rest` bytes are held: first those that got no line for the longest time, for of a
    /// statement in the order of its days they are complete.
    fn flush(&mut self, rest: usize) -> io::Result<()> {
        let mut months: Vec<_> = self.months.iter_mut().collect();
        months.sort_by_key(|(_, piece)| piece.touched);
        for (month, piece) in months {
            if self.held <= rest {
                break;
            }
            self.held -= piece.text.len();
            piece.flush(&self.folder.path().join(month_folder(*month)))?;
        }
        Ok(())
    }

    /// Says in each piece's name what is known of its lines.
    fn mark(&mut self) -> io::Result<()> {
        for (month, piece) in &mut self.months {
            let folder = self.folder.path().join(month_folder(*month));
            let ordered = if piece.is_broken { "" } else { ORDERED };
            let differ = if self.lines <= KEYS && piece.differ() { DIFFER } else { "" };
            fs::rename(folder.join(PLAIN), folder.join(format!("plain{ordered}{differ}.csv")))?;
        }
        Ok(())
    }

    /// Puts them where the part's pieces are looked for, in place of what may be there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn keep(mut self, root: &Path, file: &Path, part: &Part) -> Result<(), PipelineError> {
        self.flush(0).and_then(|()| self.mark()).map_err(io_at(root))?;
        let place = folder(root).join(name(file, part));
        clear(&place)?;
        fs::rename(self.folder.path(), &place).map_err(io_at(&place))
    }
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
                month.are_ordered = month.selects.is_empty() && name.contains(ORDERED);
                month.differ = month.selects.is_empty() && name.contains(DIFFER);
                month.selects.push(select(&part.source(&file), &folder(root).join(&piece)));
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
    /// A SELECT for each piece.
    selects: Vec<String>,
    /// Whether it is known that they stand in the order of the table, and that no two are equal.
    pub are_ordered: bool,
    pub differ: bool,
}

impl Month {
    /// The SELECT of all its lines.
    #[must_use]
    pub fn select(&self) -> String {
        self.selects.join(" UNION ALL ")
    }
}

/// The SELECT that reads a piece.
fn select(source: &str, piece: &Path) -> String {
    let columns = COLUMNS.map(|(name, sql_type)| format!("'{name}': '{sql_type}'")).join(", ");
    format!(
        "SELECT {} AS source_file, * FROM read_csv({}, header = false, auto_detect = false, delim = '{}', \
         quote = '\"', escape = '\"', columns = {{{columns}}}, max_line_size = {}, hive_partitioning = false)",
        quote_text(source),
        quoted(piece),
        char::from(UNIT),
        4 * lines::CAP
    )
}
