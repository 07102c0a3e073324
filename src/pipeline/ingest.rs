//! Taking in a file from outside: it is kept as received under its checksum's name, with a note on how it is read.
//!
//! ```text
//! raw/bank/4f1c…-statement.csv                the file, byte for byte
//! raw/bank/4f1c…-statement.csv.reading.json   how it is read: encoding, delimiter, columns, for each file of a zip
//! raw/errors/4f1c…-bank.jsonl                 its lines and cells that could not be read
//! _saldo/clean/5/4f1c…-saldos.csv-0.csv    its rows as clean CSV, for daily balances; may be lost
//! ```
//!
//! The note stands before the file, and the file appears last: what is there can be read.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;

use chrono::DateTime;

use super::bank::profile::Profiles;
use super::error::{PipelineError, io_at, stage_failed};
use super::errors::{self, Fault};
use super::stages::Raw;
use crate::text::decode::{self, Encoding};
use crate::text::scan::{self, Form, Layout, Refusal};
use crate::text::unpack;

pub mod forget;
pub mod keep;
pub mod loaded;
mod members;
pub mod note;
mod options;
mod read_error;
pub mod renew;
pub mod report;
mod source;
pub mod staged;
pub mod taken;

use keep::{keep, known, temporary};
use members::{Members, members, workbook};
use note::{FilePart, READER, Reading};
pub use options::Options;
pub use read_error::ReadError;
use read_error::read_error;
pub use report::{FileReport, State};
use source::Source;

/// A kind of files.
pub struct FileKind {
    /// `bank` or `balances`, as faults and folders name it.
    pub area: &'static str,
    pub raw: Raw,
    /// The table that its rows go to.
    pub table: &'static str,
    pub form: Form,
    /// Reads one part: finds its layout, writes its clean CSV where it needs one, records its faults.
    pub read: fn(&mut Work) -> Result<FilePart, ReadError>,
    /// Why parts that were read, each of its own, are not read together.
    pub across: fn(&[FilePart]) -> Option<Refusal>,
    /// Compares a part that was read with what the lake has.
    pub compare: fn(&mut Work, &FilePart) -> Result<(), PipelineError>,
}

/// One part under work.
pub struct Work<'a> {
    pub kind: &'a FileKind,
    pub root: &'a Path,
    pub options: &'a Options,
    /// Where it is read.
    pub path: &'a Path,
    /// Of its text, where that is known.
    pub encoding: Option<Encoding>,
    /// Its place below the lake, once it is kept.
    pub file: PathBuf,
    /// A file of a zip, or a sheet of a workbook.
    pub member: Option<(usize, String)>,
    pub is_sheet: bool,
    pub faults: &'a mut errors::Writer,
    pub report: &'a mut FileReport,
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
    pub fn open<T>(&self, read: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> Result<T, ReadError> {
        unpack::read(self.path, self.member, read).map_err(|error| read_error(error, self.path))
    }
}

impl<'a> Work<'a> {
    /// This part with its rows.
    #[must_use]
    pub fn part(&self, layout: Option<Layout>, rows: u64) -> FilePart {
        let given = self.options.given.clone();
        FilePart { member: self.member.clone(), layout, given, rows, ..FilePart::default() }
    }

    /// The name of what is made of it.
    #[must_use]
    pub fn name(&self) -> String {
        self.part(None, 0).name(&self.file, &self.options.map)
    }

    /// The bytes of this part.
    #[must_use]
    pub fn bytes(&self) -> Bytes<'a> {
        Bytes { path: self.path, member: self.member.as_ref().map(|(place, _)| *place) }
    }

    /// The encoding of its text; found once, by reading all of it.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn encoding(&mut self) -> Result<Encoding, ReadError> {
        let encoding = self.encoding.map_or_else(|| self.bytes().open(decode::sniff), Ok)?;
        self.encoding = Some(encoding);
        Ok(encoding)
    }

    /// Encoding, delimiter and header.
    ///
    /// # Errors
    /// When there is no header of ours, or the disk fails.
    pub fn layout(&mut self) -> Result<Layout, ReadError> {
        let encoding = self.encoding()?;
        let (form, map) = (&self.kind.form, &self.options.map);
        let found = self.bytes().open(|reader| scan::layout(form, map, encoding, reader))?;
        let (layout, unknown) = found.map_err(ReadError::Refused)?;
        if !unknown.is_empty() {
            self.report.notes.push(format!("kept out: {}", unknown.join(", ")));
        }
        Ok(layout)
    }

    /// A fault of this part; the caller fills in what was wrong.
    #[must_use]
    pub fn fault(&self, error: &str, message: &str) -> Fault {
        let source = self.part(None, 0).source(&self.file);
        fault_of(self.kind, self.options, source, error, message)
    }
}

fn fault_of(kind: &FileKind, options: &Options, source: String, error: &str, message: &str) -> Fault {
    Fault {
        run_id: errors::run_id(options.now),
        happened_at_utc: options.now,
        area: kind.area.into(),
        source,
        error: error.into(),
        message: message.into(),
        ..Fault::default()
    }
}

/// Whether a kept file is read anew: when that is asked for, and where nothing of it was loaded and it is told otherwise now.
fn is_read_anew(reading: &Reading, options: &Options) -> bool {
    let is_empty = reading.parts.iter().all(|part| part.rows == 0);
    // Its dates may have lain behind the last year when a clock stood far back.
    let has_new_years = reading.last_year < options.last_year;
    options.is_anew
        || (is_empty && (reading.map != options.map || is_otherwise(reading, options) || has_new_years))
}

/// Whether it was read with other options.
fn is_otherwise(reading: &Reading, options: &Options) -> bool {
    !reading.parts.iter().any(|part| part.given == options.given)
}

/// Takes a file in. Running the stages is the caller's.
///
/// # Errors
/// When the file cannot be opened or the disk fails; a file that is none of ours is refused, which is no error.
pub fn take(
    root: &Path,
    kind: &FileKind,
    path: &Path,
    options: &Options,
) -> Result<FileReport, PipelineError> {
    let source = Source::read(path)?;
    let mut report = FileReport::new(path.display().to_string());
    let known = known(root, kind.raw, &source.sha256, options.on_demand)?;
    report.kept = known.as_ref().map(|(file, _)| file.clone());
    // A sheet that is named goes to those of the workbook that were read before.
    let own = known.as_ref().map(|(_, former)| members::others(path, former, options));
    let own = own.unwrap_or_else(|| options.own.clone());
    let stays = |reading: &Reading| own.is_empty() && !is_read_anew(reading, options);
    if let Some((_, reading)) = known.as_ref().filter(|(_, reading)| stays(reading)) {
        tell_known(reading, options, &mut report);
        return Ok(report);
    }
    let options = &Options { own, ..options.clone() };
    let file = match &known {
        Some((file, _)) => file.clone(),
        None => keep::free_name(root, kind.raw, path, &source.sha256),
    };
    let mut faults = errors::Writer::new(temporary(root)?);
    let (parts, copy) = thread::scope(|scope| {
        let copied = scope.spawn(|| (!options.is_read_only).then(|| source.copied(root)).transpose());
        let parts = parts(root, kind, &source, options, &file, &mut faults, &mut report);
        (parts, copied.join())
    });
    // A file that changed explains whatever was found in it.
    source.check()?;
    let (parts, copy) = (parts?, copy.map_err(|_| io_at(path)(io::Error::other("the copying stopped")))??);
    report.faults = faults.count;
    if !options.needed.iter().all(|part| report.sources.contains(part)) {
        report.state = State::Refused;
        return Ok(report);
    }
    let [of_file, of_refusal] = keep::faults(kind.raw, &file);
    if parts.is_empty() {
        report.state = State::Refused;
        // A refused file may be good with a map: its faults must not stand in the way of that reading's.
        faults.keep(root, &of_refusal)?;
        return Ok(report);
    }
    if let Some((_, former)) = &known {
        members::tell_lost(former, &parts, &mut report);
    }
    report.state = State::Kept;
    faults.keep(root, &of_file)?;
    errors::remove(root, &of_refusal)?;
    // A file keeps its place among the others, for a later one corrects an earlier one.
    let number = match known {
        Some((_, former)) => former.number,
        None => options.numbers.next(root, kind.raw)?,
    };
    let Options { map, line_cap, last_year, .. } = options.clone();
    let sha256 = source.sha256;
    let reading = Reading { number, reader: READER, sha256, map, line_cap, last_year, parts };
    match copy {
        Some(copy) => keep(root, &file, copy, &reading)?,
        None => keep::note(root, &file, &reading)?,
    }
    report.kept = Some(file);
    Ok(report)
}

/// Tells of a file that is known, and whether it was read otherwise.
fn tell_known(reading: &Reading, options: &Options, report: &mut FileReport) {
    report.rows = reading.parts.iter().map(|part| part.rows).sum();
    if reading.map != options.map {
        report
            .notes
            .push("it was read with another map; `saldo ingest again FILE --map FILE` reads it anew".into());
    } else if is_otherwise(reading, options) {
        report.notes.push(
            "it was read with other options; `saldo ingest again FILE` with these reads it anew".into(),
        );
    }
}

/// Reads the parts of a file; one that is refused becomes a fault.
fn parts(
    root: &Path,
    kind: &FileKind,
    source: &Source,
    options: &Options,
    file: &Path,
    faults: &mut errors::Writer,
    report: &mut FileReport,
) -> Result<Vec<FilePart>, PipelineError> {
    let path = source.path.as_path();
    let (Members { members, are_sheets }, damage) = match members::with(path, options) {
        Ok(members) => (members, None),
        Err(ReadError::Refused(refusal)) => {
            (Members { members: vec![None], are_sheets: false }, Some(refusal))
        }
        Err(ReadError::Pipeline(error)) => return Err(error),
    };
    let (mut parts, mut others, mut books) = (Vec::new(), Vec::new(), BTreeSet::new());
    for member in members {
        let label = member.as_ref().map(|(_, name)| format!("{name}: ")).unwrap_or_default();
        let (file, encoding, workbook) =
            (file.to_owned(), source.encoding, workbook(member.as_ref(), are_sheets));
        let (is_sheet, told) = (workbook.is_some(), report.notes.len());
        let options = &members::options(options, member.as_ref());
        let mut work = Work { kind, root, options, path, encoding, file, member, is_sheet, faults, report };
        let read = match &damage {
            Some(refusal) => Err(ReadError::Refused(refusal.clone())),
            None => (kind.read)(&mut work).and_then(|part| {
                (kind.compare)(&mut work, &part)?;
                Ok(part)
            }),
        };
        match read {
            Ok(part) => {
                let source = part.source(&work.file);
                for note in report.notes.iter_mut().skip(told).filter(|note| !note.starts_with("hint: ")) {
                    note.insert_str(0, &label);
                }
                report.sources.push(source);
                report.rows += part.rows;
                books.extend(workbook);
                parts.push(part);
            }
            Err(ReadError::Pipeline(error)) => return Err(error),
            Err(ReadError::Refused(refusal)) => {
                let fault = work.fault(refusal.error, &refusal.message);
                let fault = Fault { body_sha256: Some(source.sha256.clone()), ..fault };
                others.push((label, fault, refusal, workbook));
            }
        }
    }
    let across = (kind.across)(&parts).or_else(|| members::hidden_part(path, options, &parts, are_sheets));
    if let Some(Refusal { error, message, hint }) = across {
        let fault = fault_of(kind, options, file.display().to_string(), error, &message);
        faults.add(&Fault { body_sha256: Some(source.sha256.clone()), ..fault })?;
        report.notes.extend([message, format!("hint: {hint}")]);
        report.rows = 0;
        report.sources.clear();
        return Ok(Vec::new());
    }
    for (label, fault, Refusal { message, hint, .. }, workbook) in others {
        // Beside a sheet that holds a statement others may hold anything.
        if workbook.is_some_and(|book| books.contains(&book)) && is_none_of_ours(&fault.error) {
            report.notes.push(format!("{label}left out, for it holds no statement: {message}"));
        } else {
            faults.add(&fault)?;
            report.notes.extend([format!("{label}{message}"), format!("hint: {hint}")]);
        }
    }
    Ok(parts)
}

/// Whether a part was refused since nothing in it is a header of ours.
fn is_none_of_ours(error: &str) -> bool {
    matches!(error, "no_header" | "bad_header" | "empty_file")
}

/// Looks at each part of a file and keeps nothing: the name of a file in a zip, and what was found or why it is refused.
///
/// # Errors
/// When the file cannot be opened or the disk fails.
#[expect(clippy::type_complexity, reason = "a name and an answer")]
pub fn look<T>(
    kind: &FileKind,
    path: &Path,
    options: &Options,
    look: impl Fn(&mut Work) -> Result<T, ReadError>,
) -> Result<Vec<(String, Result<T, Refusal>)>, PipelineError> {
    let folder = tempfile::tempdir().map_err(io_at(path))?;
    let root = folder.path();
    let mut faults = errors::Writer::new(temporary(root)?);
    let mut report = FileReport::new(path.display().to_string());
    let Members { members, are_sheets } = match members(path, &options.given) {
        Ok(members) => members,
        Err(ReadError::Refused(refusal)) => return Ok(vec![(String::new(), Err(refusal))]),
        Err(ReadError::Pipeline(error)) => return Err(error),
    };
    let (mut found, mut books, mut read) = (Vec::new(), BTreeSet::new(), Vec::new());
    for member in members {
        let workbook = workbook(member.as_ref(), are_sheets);
        let name = member.as_ref().map_or_else(String::new, |(_, name)| name.clone());
        let (file, faults, report) = (path.to_owned(), &mut faults, &mut report);
        let (encoding, is_sheet) = (None, workbook.is_some());
        let place = member.clone();
        let mut work = Work { kind, root, options, path, encoding, file, member, is_sheet, faults, report };
        match look(&mut work) {
            Ok(looked) => {
                books.extend(workbook);
                read.push((workbook, place));
                found.push((workbook, name, Ok(looked)));
            }
            Err(ReadError::Refused(refusal)) => found.push((workbook, name, Err(refusal))),
            Err(ReadError::Pipeline(error)) => return Err(error),
        }
    }
    found.retain(|(workbook, _, found)| {
        let is_beside = workbook.is_some_and(|book| books.contains(&book));
        !(is_beside && found.as_ref().is_err_and(|refusal| is_none_of_ours(refusal.error)))
    });
    let read = read.iter().map(|(workbook, member)| (*workbook, member.as_ref()));
    let hidden = members::hidden(path, options, read).map(|refusal| (String::new(), Err(refusal)));
    Ok(found.into_iter().map(|(_, name, found)| (name, found)).chain(hidden).collect())
}

/// Makes again what a kept file's part is read into; how many of its lines cannot be read.
///
/// # Errors
/// When the file is not as it was, or the disk fails.
pub fn reread(
    root: &Path,
    kind: &FileKind,
    file: &Path,
    reading: &Reading,
    part: &FilePart,
) -> Result<u64, PipelineError> {
    // Its faults are kept beside it already.
    let mut faults = errors::Writer::new(temporary(root)?);
    let options = Options {
        map: reading.map.clone(),
        given: part.given.clone(),
        profiles: Profiles::only(part.profile.as_ref()),
        line_cap: reading.line_cap,
        last_year: reading.last_year,
        ..Options::new(DateTime::default())
    };
    let path = root.join(file);
    let mut report = FileReport::new(file.display().to_string());
    let mut work = Work {
        kind,
        root,
        options: &options,
        path: &path,
        encoding: part.layout.as_ref().map(|layout| layout.encoding),
        file: file.into(),
        member: part.member.clone(),
        is_sheet: workbook(part.member.as_ref(), unpack::is_workbook(&path).map_err(io_at(&path))?).is_some(),
        faults: &mut faults,
        report: &mut report,
    };
    match (kind.read)(&mut work) {
        Ok(part) => Ok(report.lines.saturating_sub(part.rows + report.repeated)),
        Err(ReadError::Pipeline(error)) => Err(error),
        Err(ReadError::Refused(refusal)) => {
            Err(stage_failed(kind.table)(format!("{}: {}", file.display(), refusal.message)))
        }
    }
}
