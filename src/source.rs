//! Files and folders without a lake, as relations: `saldo open trades.csv`.
//!
//! Text stays text. Every column of a CSV file is read as VARCHAR, because a guess loses data: `00123` would become
//! 123, `1,000.00` and `02/03/2019` would become whatever the sample made likely. Of one file that a person opens all cells
//! are looked at, and columns that they settle are numbers and days; else a CAST in a query says what is meant. JSON says
//! itself what is a number: whole numbers are exact, a number with a fraction is a DOUBLE as DuckDB reads it; of its
//! strings only ISO dates become dates.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::sql::{self, Kind, quote_text};

mod peculiar;
mod reading;
mod settled;
mod typed;

pub use peculiar::{peculiar, wide_column};
pub use reading::{Reading, are_files, folders, readings};
pub use typed::opened;

/// Folders below the one given that are searched; deeper ones are a mistake or a loop.
const DEPTH: usize = 16;
/// Files and folders that are looked at: who opens more than that has named a home or a disk.
const ENTRIES: usize = 20_000;

/// Options by which nothing of a CSV is guessed.
const TEXT_ONLY: &str = ", all_varchar = true, allow_quoted_nulls = false";

/// A name and what it reads from.
#[derive(Debug, Clone)]
pub struct Relation {
    pub name: String,
    /// A FROM item, for example `read_parquet('a.parquet')`.
    pub from: String,
    /// The Parquet file of which it is every row and column, where it is one file.
    pub file: Option<PathBuf>,
    /// What it reads in place of files that the engine cannot read as they are; gone with the last who holds it.
    pub copies: Option<Arc<TempDir>>,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    Parquet,
    Csv,
    Tsv,
    /// One JSON value a line, or one array.
    Json,
}

/// Why there is nothing to open.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("there is no file or folder {}", .0.display())]
    Missing(PathBuf),
    #[error("{} is neither Parquet, CSV, TSV nor JSON", .0.display())]
    Unknown(PathBuf),
    #[error("no Parquet, CSV, TSV or JSON file in {}", .0.display())]
    Empty(PathBuf),
    #[error("there are more than {} files and folders in {}", ENTRIES, .0.display())]
    TooMany(PathBuf),
    #[error("the pattern {0} does not say what its files are")]
    Pattern(String),
    #[error("cannot read {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl SourceError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) => "check the path; a pattern needs quotes, for example 'data/*.parquet'",
            Self::Unknown(_) | Self::Empty(_) => {
                "names end in .parquet, .csv, .tsv, .json, .jsonl or .ndjson, the text ones also in .gz or .zst"
            }
            Self::TooMany(_) => "open a folder below it, or a quoted pattern such as 'data/*.parquet'",
            Self::Pattern(_) => "end it with .parquet, .csv, .tsv, .json or .jsonl",
            Self::Io { .. } => "check that you may read it",
        }
    }
}

impl FileKind {
    /// The kind that a name tells, `trades.csv.gz` included.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let packed = lower.strip_suffix(".gz").or_else(|| lower.strip_suffix(".zst"));
        let (_, ending) = packed.unwrap_or(&lower).rsplit_once('.')?;
        match ending {
            // Parquet packs its own pages: a packed Parquet file is nothing DuckDB reads.
            "parquet" | "pq" | "parq" if packed.is_none() => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            _ => None,
        }
    }

    /// The kind that the first bytes tell, for a file whose name says nothing.
    #[must_use]
    pub fn of_bytes(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"PAR1") {
            return Some(Self::Parquet);
        }
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let first_line = head.split(|&byte| byte == b'\n').next()?;
        if head.is_empty() || head.contains(&0) {
            return None;
        }
        match head.iter().find(|byte| !byte.is_ascii_whitespace())? {
            b'{' | b'[' => Some(Self::Json),
            _ if first_line.contains(&b'\t') => Some(Self::Tsv),
            _ if first_line.iter().any(|byte| b",;|".contains(byte)) => Some(Self::Csv),
            _ => None,
        }
    }

    /// The FROM item that reads these paths, which may be patterns.
    #[must_use]
    pub fn from_item(self, paths: &[String], hive: bool) -> String {
        // Without names to join by, a column that only later files have would vanish.
        self.item_with(paths, hive, if paths.len() > 1 { ", union_by_name = true" } else { "" })
    }

    /// The same with further options.
    fn item_with(self, paths: &[String], hive: bool, options: &str) -> String {
        let list = paths.iter().map(|path| quote_text(path)).collect::<Vec<_>>().join(", ");
        let shared = format!("[{list}], hive_partitioning = {hive}{options}");
        match self {
            Self::Parquet => format!("read_parquet({shared})"),
            Self::Csv => format!("read_csv({shared}{TEXT_ONLY})"),
            Self::Tsv => format!("read_csv({shared}, delim = '\\t'{TEXT_ONLY})"),
            Self::Json => {
                format!("read_json({shared}, dateformat = '%Y-%m-%d', timestampformat = '%Y-%m-%dT%H:%M:%S')")
            }
        }
    }
}

/// The relations of a file, a folder or a pattern. A folder is one relation, its `name=value` folders included;
/// every other folder in it that holds data is a relation of its own.
///
/// # Errors
/// When there is nothing readable, or too much to look through.
pub fn relations(path: &Path) -> Result<Vec<Relation>, SourceError> {
    let mut copies = Copies::default();
    if path.is_dir() {
        let mut walk = Walk { top: path, left: ENTRIES, found: Vec::new(), copies };
        walk.folder(path, 0)?;
        return if walk.found.is_empty() {
            Err(SourceError::Empty(path.into()))
        } else {
            Ok(distinct(walk.found))
        };
    }
    if path.exists() {
        let kind = match FileKind::of_name(&path.to_string_lossy()) {
            Some(kind) => kind,
            None => FileKind::of_bytes(&head(path)?).ok_or_else(|| SourceError::Unknown(path.into()))?,
        };
        return Ok(vec![copies.relation(table_name(path), kind, &[path.to_owned()], false)?]);
    }
    let given = path.to_string_lossy();
    if !given.contains(['*', '?', '[']) {
        return Err(SourceError::Missing(path.into()));
    }
    let kind = FileKind::of_name(&given).ok_or_else(|| SourceError::Pattern(given.clone().into_owned()))?;
    // A pattern may meet many files, so their columns are joined by name as those of a folder are.
    let hive = given.contains('=');
    let from = kind.item_with(&[given.into_owned()], hive, ", union_by_name = true");
    Ok(vec![Relation { name: table_name(path), from, file: None, copies: None }])
}

/// A file of cells with all of them as texts, whatever its name ends in.
///
/// # Errors
/// When it cannot be read.
pub fn texts(path: &Path) -> Result<Relation, SourceError> {
    let kind = FileKind::of_name(&path.to_string_lossy()).filter(|kind| *kind == FileKind::Tsv);
    let kind = kind.unwrap_or(FileKind::Csv);
    let mut copies = Copies::default();
    let from = peculiar::texts(&copies.readable(path, kind)?, kind);
    Ok(Relation { name: table_name(path), from, file: None, copies: copies.folder })
}

/// Files in place of those that the engine cannot read as they are: a name that is no UTF-8, a text in another
/// encoding.
#[derive(Default)]
struct Copies<'s> {
    folder: Option<Arc<TempDir>>,
    /// Whether a copy under way is to stop.
    stops: Option<&'s dyn Fn() -> bool>,
}

impl Copies<'_> {
    /// What reads these files as one table.
    fn relation(
        &mut self,
        name: String,
        kind: FileKind,
        files: &[PathBuf],
        hive: bool,
    ) -> Result<Relation, SourceError> {
        let mut paths = Vec::new();
        for file in files {
            paths.push(self.readable(file, kind)?);
        }
        let is_whole = kind == FileKind::Parquet && files.len() == 1 && !hive;
        let literals: Vec<_> = paths.iter().map(|path| literal(&path.to_string_lossy())).collect();
        let from =
            peculiar::from_item(kind, files, &paths, hive).unwrap_or_else(|| kind.from_item(&literals, hive));
        let file = is_whole.then(|| files[0].clone());
        Ok(Relation { name, from, file, copies: self.folder.clone() })
    }

    /// The file itself, or one that the engine can read in its place.
    fn readable(&mut self, file: &Path, kind: FileKind) -> Result<PathBuf, SourceError> {
        let io = |source| SourceError::Io { path: file.into(), source };
        let decoded = peculiar::decoded(file, kind).map_err(io)?;
        if decoded.is_none() && file.to_str().is_some() {
            return Ok(file.to_owned());
        }
        let folder = match &self.folder {
            Some(folder) => folder,
            None => self.folder.insert(Arc::new(TempDir::with_prefix("saldo-").map_err(io)?)),
        };
        let number = fs::read_dir(folder.path()).map_err(io)?.count();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let place = folder.path().join(format!("{number}-{name}"));
        match decoded {
            Some(text) => {
                let mut copy = File::create(&place).map_err(io)?;
                io::copy(&mut Stoppable { text, stops: self.stops }, &mut copy).map_err(io)?;
            }
            None => link(&fs::canonicalize(file).map_err(io)?, &place).map_err(io)?,
        }
        Ok(place)
    }
}

/// A text that ends with an error once it is to stop.
struct Stoppable<'s, R> {
    text: R,
    stops: Option<&'s dyn Fn() -> bool>,
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.stops.is_some_and(|stops| stops()) {
            Err(io::Error::other("cancelled"))
        } else {
            self.text.read(out)
        }
    }
}

#[cfg(unix)]
fn link(file: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(file, place)
}

#[cfg(not(unix))]
fn link(file: &Path, place: &Path) -> io::Result<()> {
    fs::copy(file, place).map(drop)
}

/// A search for tables in a folder.
struct Walk<'a> {
    top: &'a Path,
    /// Files and folders that may still be looked at.
    left: usize,
    found: Vec<Relation>,
    copies: Copies<'a>,
}

impl Walk<'_> {
    /// Adds the relation of a folder's own files, one for each kind, and those of the folders below it.
    fn folder(&mut self, path: &Path, depth: usize) -> Result<(), SourceError> {
        let (mut files, mut tables) = (Vec::new(), Vec::new());
        self.collect(path, depth, &mut files, &mut tables)?;
        for kind in [FileKind::Parquet, FileKind::Csv, FileKind::Tsv, FileKind::Json] {
            let paths: Vec<_> =
                files.iter().filter(|(of, _)| *of == kind).map(|(_, path)| path.clone()).collect();
            if !paths.is_empty() {
                let hive = paths.iter().any(|file| is_hive(file.strip_prefix(path).unwrap_or(file)));
                let name = path.canonicalize().unwrap_or_else(|_| path.into());
                self.found.push(self.copies.relation(table_name(&name), kind, &paths, hive)?);
            }
        }
        tables.iter().try_for_each(|table| self.folder(table, depth + 1))
    }

    /// The data files of a folder and of its `name=value` folders, and the other folders in it, each sorted.
    fn collect(
        &mut self,
        path: &Path,
        depth: usize,
        files: &mut Vec<(FileKind, PathBuf)>,
        tables: &mut Vec<PathBuf>,
    ) -> Result<(), SourceError> {
        let io = |source| SourceError::Io { path: path.into(), source };
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(io)? {
            self.left = self.left.checked_sub(1).ok_or_else(|| SourceError::TooMany(self.top.into()))?;
            entries.push(entry.map_err(io)?);
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            // By custom, names that begin so are not data: logs, manifests, unfinished files.
            if name.starts_with(['_', '.']) {
                continue;
            }
            let below = entry.path();
            if !below.is_dir() {
                files.extend(FileKind::of_name(&name).map(|kind| (kind, below)));
            } else if depth + 1 < DEPTH && name.contains('=') {
                self.collect(&below, depth + 1, files, tables)?;
            } else if depth + 1 < DEPTH {
                tables.push(below);
            }
        }
        Ok(())
    }
}

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz") || end.eq_ignore_ascii_case("zst"))
}

fn is_hive(path: &Path) -> bool {
    path.parent().is_some_and(|folders| folders.to_string_lossy().contains('='))
}

/// A path that is a name and no pattern: what a pattern would read is put in brackets.
#[must_use]
pub fn literal(path: &str) -> String {
    let mut out = String::new();
    for mark in path.chars() {
        match mark {
            '*' | '?' | '[' => out.extend(['[', mark, ']']),
            _ => out.push(mark),
        }
    }
    out
}

fn head(path: &Path) -> Result<Vec<u8>, SourceError> {
    let io = |source| SourceError::Io { path: path.into(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(io)?.take(4096).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// A name that needs no quotes in SQL: `Trades 2019.csv.gz` is `trades_2019`.
#[must_use]
pub fn table_name(path: &Path) -> String {
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or(&file);
    let word = |mark: char| if mark.is_alphanumeric() { mark.to_ascii_lowercase() } else { '_' };
    let name: String = stem.chars().map(word).collect();
    let name = name.trim_matches('_').to_owned();
    let is_name = sql::tokens(&name).first().is_some_and(|token| token.kind == Kind::Name);
    match (name.is_empty(), is_name) {
        (true, _) => "data".into(),
        (false, true) => name,
        (false, false) => format!("t_{name}"),
    }
}

/// Numbers names that occur twice.
fn distinct(mut relations: Vec<Relation>) -> Vec<Relation> {
    for index in 1..relations.len() {
        let (before, rest) = relations.split_at_mut(index);
        let taken = |name: &str| before.iter().any(|other| other.name == name);
        let base = rest[0].name.clone();
        let mut number = 2;
        while taken(&rest[0].name) {
            rest[0].name = format!("{base}_{number}");
            number += 1;
        }
    }
    relations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bytes_tell_the_kind() {
        let names = [
            ("a.parquet", Some(FileKind::Parquet)),
            ("A.CSV.GZ", Some(FileKind::Csv)),
            ("a.tsv.zst", Some(FileKind::Tsv)),
            ("a.b.ndjson", Some(FileKind::Json)),
            ("a.parquet.gz", None),
            ("a", None),
            ("a.xlsx", None),
        ];
        for (name, kind) in names {
            assert_eq!(FileKind::of_name(name), kind, "{name}");
        }
        let heads: [(&[u8], _); 6] = [
            (b"PAR1\0\0", Some(FileKind::Parquet)),
            (b"\xef\xbb\xbf{\"a\":1}", Some(FileKind::Json)),
            (b"a\tb\n1,2\t3", Some(FileKind::Tsv)),
            (b"a;b\n", Some(FileKind::Csv)),
            (b"\x7fELF\0,", None),
            (b"", None),
        ];
        for (head, kind) in heads {
            assert_eq!(FileKind::of_bytes(head), kind, "{head:?}");
        }
    }

    #[test]
    fn table_names_need_no_quotes() {
        let names = [
            ("data/Trades 2019.csv.gz", "trades_2019"),
            ("2019.csv", "t_2019"),
            ("order.csv", "t_order"),
            ("data/*.parquet", "data"),
            ("lake/response/", "response"),
            (".hidden.csv", "hidden"),
        ];
        for (path, name) in names {
            assert_eq!(table_name(Path::new(path)), name, "{path}");
        }
    }

    #[test]
    fn a_folder_is_a_table_and_so_are_the_folders_in_it() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "bank/year=2019/month=01/a.parquet",
            "bank/year=2019/month=02/a.parquet",
            "rates/a.csv",
            "_log/x.json",
            "rates/.b.csv",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = relations(root.path()).unwrap();
        let names: Vec<_> = found.iter().map(|relation| relation.name.as_str()).collect();
        assert_eq!(names, ["bank", "rates"]);
        assert!(found[0].from.contains("hive_partitioning = true"), "{}", found[0].from);
        assert!(found[1].from.contains("hive_partitioning = false"), "{}", found[1].from);
        assert!(!found[1].from.contains(".b.csv"));
    }

    #[test]
    fn a_path_with_marks_of_a_pattern_is_read_as_a_name() {
        assert_eq!(literal("a[1]*.csv"), "a[[]1][*].csv");
    }

    #[test]
    fn a_folder_without_end_is_told_and_not_walked() {
        let root = tempfile::tempdir().unwrap();
        let below = root.path().join("many");
        fs::create_dir(&below).unwrap();
        for number in 0..ENTRIES {
            File::create(below.join(number.to_string())).unwrap();
        }
        let error = relations(root.path()).unwrap_err();
        assert!(matches!(&error, SourceError::TooMany(path) if path == root.path()), "{error}");
    }

    #[test]
    fn what_cannot_be_opened_is_told() {
        assert!(matches!(relations(Path::new("no/such.csv")), Err(SourceError::Missing(_))));
        assert!(matches!(relations(Path::new("no/such*")), Err(SourceError::Pattern(_))));
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(relations(folder.path()), Err(SourceError::Empty(_))));
        let path = folder.path().join("x");
        fs::write(&path, [0, 1, 2]).unwrap();
        assert!(matches!(relations(&path), Err(SourceError::Unknown(_))));
    }
}
