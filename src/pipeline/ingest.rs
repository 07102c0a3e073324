//! Taking in a file from outside: it is kept as received under its checksum's name, with a note on how it is read.
//!
//! ```text
//! raw/bank/4f1c…-statement.csv                the file, byte for byte
//! raw/bank/4f1c…-statement.csv.reading.json   how it is read: encoding, delimiter, columns, for each file of a zip
//! raw/errors/4f1c…-bank.jsonl                 its lines and cells that could not be read
//! _saldo/clean/0.1.0/4f1c…-saldos.csv-0.csv    its rows as clean CSV, for daily balances; may be lost
//! ```
//!
//! The note stands before the file, and the file appears last: what is there can be read.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::{PipelineError, io_at, stage_failed};
use super::errors::{self, Fault};
use super::stages::Raw;
use super::text::decode::{self, Encoding};
use super::text::header::Map;
use super::text::lines::CAP;
use super::text::scan::{self, Form, Layout, Refusal};
use super::text::unpack::{self, Damaged, Packing};

pub mod keep;
pub mod loaded;
mod source;

use keep::{Part, Reading, clean_name, keep, known, notes, reading, temporary};
use source::Source;

/// How to take files in.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names of columns that are not ours.
    pub map: Map,
    /// The longest line that is read, in bytes.
    pub line_cap: usize,
    /// Bytes of typed lines that wait in memory: enough for two months of a large statement.
    pub held: usize,
    /// When the run began.
    pub now: DateTime<Utc>,
}

impl Options {
    /// Without a map, with the usual cap.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { map: Map::new(), line_cap: CAP, held: 128 << 20, now }
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Kept,
    /// The same bytes were kept before.
    Known,
    Refused,
}

/// What is told about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The file as it was named.
    pub file: String,
    pub state: State,
    /// Where it is kept, below the lake.
    pub kept: Option<PathBuf>,
    /// Names that its rows bear.
    pub sources: Vec<String>,
    /// Rows and bad lines; header and blank lines do not count.
    pub lines: u64,
    /// Lines that became rows.
    pub rows: u64,
    /// Rows that were new in the table; the others were known already. Told after the stages have run.
    pub loaded: u64,
    /// Lines without any text.
    pub blank: u64,
    /// Lines and cells in the table of faults.
    pub faults: u64,
    /// Each account's lines stand in the order of their days, and each balance follows from the one before.
    #[serde(skip)]
    pub reconciles: bool,
    /// What else a person should know.
    pub notes: Vec<String>,
}

impl Told {
    fn new(file: String) -> Self {
        Self {
            file,
            state: State::Known,
            kept: None,
            sources: Vec::new(),
            lines: 0,
            rows: 0,
            loaded: 0,
            blank: 0,
            faults: 0,
            reconciles: false,
            notes: Vec::new(),
        }
    }
}

/// A kind of files.
pub struct Kind {
    /// `bank` or `balances`, as faults and folders name it.
    pub area: &'static str,
    pub raw: Raw,
    /// The table that its rows go to.
    pub table: &'static str,
    /// The view of its raw files' rows.
    pub rows: &'static str,
    /// The SELECT that tells how many rows each file in turn brings.
    pub loaded: &'static str,
    pub form: Form,
    /// Reads one part: finds its layout, writes its clean CSV where it needs one, tells its faults.
    pub read: fn(&mut Work) -> Result<Part, Trouble>,
    /// Compares a part that was read with what the lake has.
    pub compare: fn(&mut Work, &Part) -> Result<(), PipelineError>,
}

/// Why a part was not read.
#[derive(Debug)]
pub enum Trouble {
    Refused(Refusal),
    Pipeline(PipelineError),
}

impl From<PipelineError> for Trouble {
    fn from(error: PipelineError) -> Self {
        Self::Pipeline(error)
    }
}

/// One part under work.
pub struct Work<'a> {
    pub kind: &'a Kind,
    pub root: &'a Path,
    pub options: &'a Options,
    /// Where it is read.
    pub path: &'a Path,
    /// Of its text, where that is known.
    pub encoding: Option<Encoding>,
    /// Its place below the lake, once it is kept.
    pub file: PathBuf,
    pub member: Option<(usize, String)>,
    pub faults: &'a mut errors::Writer,
    pub told: &'a mut Told,
}

/// The bytes of a part.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a> {
    pub path: &'a Path,
    /// Place in a zip.
    pub member: Option<usize>,
}

impl Bytes<'_> {
    /// Reads the part from its start.
    ///
    /// # Errors
    /// What `read` returns; a damaged file is refused, and other trouble is the disk's.
    pub fn open<T>(&self, read: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> Result<T, Trouble> {
        unpack::read(self.path, self.member, read).map_err(|error| trouble(error, self.path))
    }
}

impl<'a> Work<'a> {
    /// This part with its rows.
    #[must_use]
    pub fn part(&self, layout: Option<Layout>, rows: u64) -> Part {
        Part { member: self.member.clone(), layout, rows }
    }

    /// The bytes of this part.
    #[must_use]
    pub fn bytes(&self) -> Bytes<'a> {
        Bytes { path: self.path, member: self.member.as_ref().map(|(place, _)| *place) }
    }

    /// Encoding, delimiter and header.
    ///
    /// # Errors
    /// When there is no header of ours, or the disk fails.
    pub fn layout(&mut self) -> Result<Layout, Trouble> {
        let encoding = self.encoding.map_or_else(|| self.bytes().open(decode::sniff), Ok)?;
        let (form, map) = (&self.kind.form, &self.options.map);
        let found = self.bytes().open(|reader| scan::layout(form, map, encoding, reader))?;
        let (layout, unknown) = found.map_err(Trouble::Refused)?;
        if !unknown.is_empty() {
            self.told.notes.push(format!("kept out: {}", unknown.join(", ")));
        }
        Ok(layout)
    }

    /// A fault of this part; the caller fills in what was wrong.
    #[must_use]
    pub fn fault(&self, error: &str, message: &str) -> Fault {
        let part = self.part(None, 0);
        Fault {
            run_id: errors::run_id(self.options.now),
            happened_at_utc: self.options.now,
            area: self.kind.area.into(),
            source: part.source(&self.file),
            error: error.into(),
            message: message.into(),
            ..Fault::default()
        }
    }
}

fn trouble(error: io::Error, path: &Path) -> Trouble {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Damaged>()) {
        Some(damaged) => Trouble::Refused(Refusal {
            error: "damaged_file",
            message: damaged.0.clone(),
            hint: "ask for the file again",
        }),
        None => Trouble::Pipeline(io_at(path)(error)),
    }
}

/// Takes a file in. Running the stages is the caller's.
///
/// # Errors
/// When the file cannot be opened or the disk fails; a file that is none of ours is refused, which is no error.
pub fn take(root: &Path, kind: &Kind, path: &Path, options: &Options) -> Result<Told, PipelineError> {
    let source = Source::look(path)?;
    let mut told = Told::new(path.display().to_string());
    told.kept = known(root, kind.area, &source.sha256);
    if let Some(file) = &told.kept {
        told.rows =
            reading(root, file)?.iter().flat_map(|reading| &reading.parts).map(|part| part.rows).sum();
        return Ok(told);
    }
    let id = source.sha256.get(..12).unwrap_or_default();
    let file = Path::new("raw").join(kind.area).join(format!("{id}-{}", clean_name(path)));
    let mut faults = errors::Writer::new(temporary(root)?);
    let (parts, copy) = thread::scope(|scope| {
        let copied = scope.spawn(|| source.copied(root));
        let parts = parts(root, kind, &source, options, &file, &mut faults, &mut told);
        (parts, copied.join())
    });
    // A file that changed explains whatever was found in it.
    source.check()?;
    let (parts, copy) = (parts?, copy.map_err(|_| io_at(path)(io::Error::other("the copying stopped")))??);
    told.faults = faults.count;
    if parts.is_empty() {
        told.state = State::Refused;
        // A refused file may be good with a map: its faults must not stand in the way of that reading's.
        faults.keep(root, &format!("{id}-{}-refused", kind.area))?;
        return Ok(told);
    }
    told.state = State::Kept;
    faults.keep(root, &format!("{id}-{}", kind.area))?;
    let number = notes(root, kind.area)?;
    let (map, line_cap) = (options.map.clone(), options.line_cap);
    keep(root, &file, copy, &Reading { number, sha256: source.sha256, map, line_cap, parts })?;
    told.kept = Some(file);
    Ok(told)
}

/// Reads the parts of a file; one that is refused becomes a fault.
fn parts(
    root: &Path,
    kind: &Kind,
    source: &Source,
    options: &Options,
    file: &Path,
    faults: &mut errors::Writer,
    told: &mut Told,
) -> Result<Vec<Part>, PipelineError> {
    let path = source.path.as_path();
    let (members, damage) = match members(path) {
        Ok(members) => (members, None),
        Err(Trouble::Refused(refusal)) => (vec![None], Some(refusal)),
        Err(Trouble::Pipeline(error)) => return Err(error),
    };
    let mut parts = Vec::new();
    for member in members {
        let label = member.as_ref().map(|(_, name)| format!("{name}: ")).unwrap_or_default();
        let (file, encoding) = (file.to_owned(), source.encoding);
        let mut work = Work { kind, root, options, path, encoding, file, member, faults, told };
        let read = match &damage {
            Some(refusal) => Err(Trouble::Refused(refusal.clone())),
            None => (kind.read)(&mut work).and_then(|part| {
                (kind.compare)(&mut work, &part)?;
                Ok(part)
            }),
        };
        match read {
            Ok(part) => {
                let source = part.source(&work.file);
                told.sources.push(source);
                told.rows += part.rows;
                parts.push(part);
            }
            Err(Trouble::Pipeline(error)) => return Err(error),
            Err(Trouble::Refused(Refusal { error, message, hint })) => {
                let fault = work.fault(error, &message);
                let body_sha256 = Some(source.sha256.clone());
                work.faults.add(&Fault { body_sha256, ..fault })?;
                told.notes.push(format!("{label}{message}; hint: {hint}"));
            }
        }
    }
    Ok(parts)
}

/// Makes again what a kept file's part is read into, and tells how many of its lines cannot be read.
///
/// # Errors
/// When the file is not as it was, or the disk fails.
pub fn again(
    root: &Path,
    kind: &Kind,
    file: &Path,
    reading: &Reading,
    part: &Part,
) -> Result<u64, PipelineError> {
    // Its faults are kept beside it already.
    let mut faults = errors::Writer::new(temporary(root)?);
    let options =
        Options { map: reading.map.clone(), line_cap: reading.line_cap, ..Options::new(DateTime::default()) };
    let path = root.join(file);
    let mut told = Told::new(file.display().to_string());
    let mut work = Work {
        kind,
        root,
        options: &options,
        path: &path,
        encoding: part.layout.as_ref().map(|layout| layout.encoding),
        file: file.into(),
        member: part.member.clone(),
        faults: &mut faults,
        told: &mut told,
    };
    match (kind.read)(&mut work) {
        Ok(part) => Ok(told.lines - part.rows),
        Err(Trouble::Pipeline(error)) => Err(error),
        Err(Trouble::Refused(refusal)) => {
            Err(stage_failed(kind.table)(format!("{}: {}", file.display(), refusal.message)))
        }
    }
}

/// The file itself, or the files in a zip.
fn members(path: &Path) -> Result<Vec<Option<(usize, String)>>, Trouble> {
    let zip = unpack::packing(path).map_err(|error| trouble(error, path))? == Packing::Zip;
    if !zip {
        return Ok(vec![None]);
    }
    let members = unpack::members(path).map_err(|error| trouble(error, path))?;
    if members.is_empty() {
        let message = "there is no file in the zip".into();
        return Err(Trouble::Refused(Refusal { error: "empty_file", message, hint: "ask for it again" }));
    }
    Ok(members.into_iter().map(Some).collect())
}
