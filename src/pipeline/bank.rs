//! Bank statements: files of lines or of a format of their own, merged as multisets into the table `banktxn`.
//!
//! What the marks, dates and signs of a file mean is found first (`convention`); then lines are typed and keyed in the pass
//! that reads them. An amount such as `1,234` is what the mark that was found makes of it; where other cells speak against that mark
//! too, the file is read once more, and such amounts are faults.
//!
//! | what | in `banktxn` | in `error_error` |
//! |---|---|---|
//! | a line of which every cell can be read | always, once or as often as its file has it | - |
//! | a line with a cell that is not a valid date or amount, that cuts a digit, or that may mean either of two | no | the cell's text |
//! | a line without an account or a date, or of a direction that is not understood or contradicts itself | no | the cell's text |
//! | a ragged, undecodable, over-long or badly quoted line, one with a NUL | no | the line's first 2 kB |
//! | the header once more in the middle | no | the line |
//! | another header, by which the rows behind it are read | no | no; counted |
//! | a line above the header, of totals without a date, of words behind the last row, that names an account; a line without text | no | no; counted |
//! | a line that is not booked | no | no; counted, and told with its number |
//! | a file of which two readings stay open | no, and the file is not kept | both readings of one line |
//! | a file without a header, or damaged | no, and the file is not kept | the reason |
//!
//! So each line of a file is a row or has a fault, and the rows of a file are in the table, merged with equal lines of
//! other files: a line stands there as often as in the file that has it most often.

use std::io;
use std::iter;
use std::mem;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{self, ScopedJoinHandle};

use super::error::{PipelineError, io_at};
use super::errors::{self, Fault};
use super::ingest::keep::temporary;
use super::ingest::note::FilePart;
use super::ingest::{FileKind, FileReport, ReadError, Work};
use super::stages::Raw;
use super::write;
use crate::text::amounts::{CUT, Mark};
use crate::text::records::{self, Bad, Cells};
use crate::text::scan::{self, Counts, Form, Layout, Sink};
use crate::text::trimmed;
use batch::{Batch, Row};
use checks::Sums;
use convention::aside::{self, Asides};
use convention::preamble::Stated;
use convention::rules::{Convention, Debits};
use convention::{Found, Look};
use form::{COLUMNS, FEE, LineCells};
use formats::{Entries, EntryAmounts, Format};
use month::{Files, Stretch};
use partitions::{Partitions, WRITERS};
use reconcile::Reconciliation;
use sides::Sides;
use typed::{Line, Typist};

mod account;
mod across;
mod batch;
mod checks;
pub mod columns;
pub mod convention;
mod equal;
mod form;
mod formats;
mod key;
pub(super) mod merge;
mod month;
pub(super) mod partitions;
pub mod profile;
mod reading;
pub mod reconcile;
mod rows;
mod sides;
pub mod trial;
mod typed;

/// Bank statements.
pub const BANK: FileKind = FileKind {
    area: "bank",
    raw: Raw::Bank,
    table: "banktxn",
    form: Form {
        name: "bank statement",
        columns: &COLUMNS,
        needed: &[&["account_no"], &["date"], &["withdrawal_amt", "deposit_amt", "amount"]],
    },
    read,
    across: across::refusal,
    compare: |_, _| Ok(()),
};

fn read(work: &mut Work) -> Result<FilePart, ReadError> {
    let (found, _, format) = reading::found(work, Look::Far)?;
    read_as(work, &found, format.map(|format| (format, None)), Unclear::Meant)
}

/// What an amount such as `1,234` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unclear {
    /// What the mark that was found makes of it.
    Meant,
    Fault,
}

fn read_as(
    work: &mut Work,
    found: &Found,
    format: Option<(Format, Option<&formats::Sums>)>,
    unclear: Unclear,
) -> Result<FilePart, ReadError> {
    let root = work.root;
    let Found { layout, convention, mut stated, evidence, is_sample, profile, map, .. } = found.clone();
    let sides = Sides::of(&layout).with_blank(convention.blank);
    let place = partitions::place(root, &work.part(None, 0).source(&work.file))?;
    let (emptied, blocks) = mpsc::channel();
    let mut files: Vec<_> =
        (0..write::workers(WRITERS)).map(|_| Files::new(&place, emptied.clone())).collect();
    let asides = Asides::new(&layout, &map, work.options.last_year, convention.below_heading);
    let mut asides = asides.below(&stated).knowing(&convention.balances);
    let said = work.options.profiles.filled(&work.options.given).account;
    let is_said = said.is_some();
    let mut typing = Typing::new(work, &layout, &convention, &sides, blocks, unclear)?;
    let mut faults = errors::Writer::new(temporary(root)?);
    // One thread finds the rows, one types them, the others key and write them.
    let (counts, written, typed) = thread::scope(|scope| {
        let (rows, batches) = mpsc::sync_channel(batch::WAITING);
        let (used, empty) = mpsc::channel();
        let (mut full, mut writing) = (Vec::new(), Vec::new());
        for files in &mut files {
            // A month goes from hand to hand, so that none waits in between.
            let (way, stretches) = mpsc::sync_channel(0);
            full.push(way);
            writing.push(scope.spawn(move || files.write(&stretches)));
        }
        let typing = &mut typing;
        let typed = scope.spawn(move || typing.all(&batches, &used, &full));
        let (layout, stated, asides, faults) = (&layout, &mut stated, &mut asides, &mut faults);
        let mut pass =
            Pass { work, faults, layout, is_said, stated, asides, rows, empty, batch: Batch::default() };
        let counts = pass.all(format);
        drop(pass);
        let written: Vec<_> = writing.into_iter().map(ScopedJoinHandle::join).collect();
        (counts, written, typed.join())
    });
    // What went wrong with writing explains why no more lines were taken, and that why no more rows were.
    written.into_iter().chain([typed]).try_for_each(ended).map_err(io_at(root))?;
    let (counts, of_format) = counts?;
    let Typing { partitions, reconciliation, unclear, of_lines, rows, tells, typist, sums, .. } = typing;
    // Of a format of its own no amount is unclear, and balances that do not hold are given up.
    if let Some(sums) = of_format.as_ref().filter(|sums| sums.is_misled) {
        drop(partitions);
        return read_as(work, found, format.map(|(format, _)| (format, Some(sums))), Unclear::Meant);
    }
    if (unclear > 0 && !typist.is_settled()) || (is_sample && asides.has_perhaps()) {
        drop(partitions);
        return read_anew(work, found, format, &asides);
    }
    if is_sample {
        typist.holds().map_err(ReadError::Refused)?;
    }
    let refusal = asides.refusal(said.as_deref(), stated.account.as_deref());
    refusal.map_or(Ok(()), |refusal| Err(ReadError::Refused(refusal)))?;
    [faults, of_lines].into_iter().try_for_each(|some| work.faults.append(some))?;
    // One file of a zip does not know of the others.
    work.report.reconciles = work.member.is_none() && reconciliation.hold();
    work.report.notes.extend(of_format.into_iter().flat_map(|sums| sums.notes));
    let is_plain = profile.is_none() && !layout.has(FEE);
    let of_notes = (counts.notes, layout.header_line > 1);
    let how = notes(&convention, &sides, is_plain, &evidence, of_notes, &asides);
    report(work.report, &counts, how, sums.apart(&stated, &convention));
    let read_as = read_as_words(format.map(|(format, _)| format), &layout, &evidence);
    let months = Some(partitions.names());
    let part = FilePart { profile, months, tells, read_as, ..work.part(Some(layout), rows) };
    partitions.keep(&place, files, root, &work.name())?;
    Ok(part)
}

/// Reads a part once more, of which the cells that were looked at did not tell enough.
fn read_anew(
    work: &mut Work,
    found: &Found,
    format: Option<(Format, Option<&formats::Sums>)>,
    asides: &Asides,
) -> Result<FilePart, ReadError> {
    // A sample shows nothing of what may be a balance behind it.
    if found.is_sample && asides.has_perhaps() {
        let (found, ..) = reading::found(work, Look::Whole)?;
        return read_as(work, &found, format, Unclear::Meant);
    }
    read_as(work, found, format, Unclear::Fault)
}

/// How a statement is read, without the evidence for it.
fn read_as_words(format: Option<Format>, layout: &Layout, evidence: &[String]) -> Vec<String> {
    let form = match (format, layout.delimiter) {
        (Some(format), _) => return vec![format.name().to_owned()],
        (None, '\t') => "tabs between cells".to_owned(),
        (None, delimiter) => format!("`{delimiter}` between cells"),
    };
    let claims = evidence.iter().map(|sentence| sentence.split(": ").next().unwrap_or_default().to_owned());
    iter::once(form).chain(claims).collect()
}

/// How a thread ended.
fn ended(thread: thread::Result<io::Result<()>>) -> io::Result<()> {
    thread.map_err(|_| io::Error::other("the reader stopped")).flatten()
}

/// Tells how many lines there were, and what else a person should know.
fn report(report: &mut FileReport, counts: &Counts, read: Vec<String>, apart: Vec<String>) {
    report.lines += counts.rows + counts.bad;
    report.blank += counts.blank;
    report.notes.extend(read.into_iter().chain(apart));
}

/// What a person should know of how a statement was read, where it is not written as the pipeline's own form is.
fn notes(
    convention: &Convention,
    sides: &Sides,
    is_plain: bool,
    evidence: &[String],
    (notes, has_above): (u64, bool),
    asides: &Asides,
) -> Vec<String> {
    let is_own = sides.are_two() && convention.decimal == Mark::Point && convention.dates.is_none();
    let mut told = Vec::new();
    // A format of its own needs no evidence.
    let is_usual = is_own && convention.signs.debits == Debits::Open && is_plain;
    if !is_usual && !evidence.is_empty() {
        told.push(format!("how it was read: {}", evidence.join("; ")));
    }
    let kinds = if has_above { "above the header, of totals or of words" } else { "of totals or of words" };
    match notes - asides.unbooked() {
        0 => {}
        1 => told.push(format!("1 line {kinds} is no transaction")),
        notes => told.push(format!("{notes} lines {kinds} are no transactions")),
    }
    told.extend(asides.told());
    told
}

/// The finding of rows: what is no row becomes a fault.
struct Pass<'a, 'b> {
    work: &'a Work<'b>,
    faults: &'a mut errors::Writer,
    layout: &'a Layout,
    /// Whether a person says whose the lines are, which goes before what lines name.
    is_said: bool,
    stated: &'a mut Stated,
    asides: &'a mut Asides,
    rows: SyncSender<Batch>,
    empty: Receiver<Batch>,
    batch: Batch,
}

impl Pass<'_, '_> {
    /// Finds the rows of the part, and adds up those of a format of its own.
    fn all(
        &mut self,
        format: Option<(Format, Option<&formats::Sums>)>,
    ) -> Result<(Counts, Option<formats::Sums>), ReadError> {
        let (work, layout) = (self.work, self.layout);
        work.bytes().open(|reader| {
            let (counts, sums) = match format {
                Some((format, known)) => format
                    .scan(known, work.options.given.decimal, reader, layout.encoding, self)
                    .map(|(counts, sums)| (counts, Some(sums)))?,
                None => (scan::scan(layout, work.options.line_cap, reader, self)?, None),
            };
            self.send().map(|()| (counts, sums))
        })
    }

    fn send(&mut self) -> io::Result<()> {
        let mut next = self.empty.try_recv().unwrap_or_default();
        next.section.clone_from(&self.batch.section);
        let batch = mem::replace(&mut self.batch, next);
        self.rows.send(batch).map_err(io::Error::other)
    }

    fn add(&mut self, line_no: u64, cells: &mut Cells, amounts: Option<EntryAmounts>) -> io::Result<()> {
        if self.batch.add(line_no, cells, amounts) { self.send() } else { Ok(()) }
    }
}

impl Entries for Pass<'_, '_> {
    fn entry(&mut self, place: u64, cells: &mut Cells, amounts: EntryAmounts) -> io::Result<()> {
        self.add(place, cells, Some(amounts))
    }
}

impl Sink for Pass<'_, '_> {
    fn row(&mut self, line_no: u64, cells: &mut Cells) -> io::Result<()> {
        let section = self.asides.of_row(line_no).filter(|_| !self.is_said);
        if section != self.batch.section.as_deref() {
            let section = section.map(str::to_owned);
            if self.batch.count > 0 {
                self.send()?;
            }
            self.batch.section = section;
        }
        self.add(line_no, cells, None)
    }

    fn bad(&mut self, line: u64, bad: Bad, text: String) -> io::Result<()> {
        let fault = self.work.fault(bad.error, bad.message);
        let fault = Fault { line_no: Some(line), text: Some(text), ..fault };
        self.faults.add(&fault).map_err(io::Error::other)
    }

    fn is_note(&mut self, line: u64, cells: &Cells) -> bool {
        let aside = self.asides.take(line, self.layout, cells);
        if let Some(aside) = &aside {
            aside.tell(self.stated, self.layout, cells);
        }
        aside.is_some()
    }

    fn same_header(&mut self) {
        self.asides.same_header();
    }

    fn other_header(&mut self, line: u64, cells: &Cells, is_behind_note: bool) -> Option<Vec<Option<usize>>> {
        self.asides.header(line, self.layout, cells, is_behind_note)
    }
}

/// The typing of rows: those that can be read go to the partitions, others become faults.
struct Typing<'a> {
    layout: &'a Layout,
    /// Where words stand that say whether balances are below zero.
    of_balance: Option<usize>,
    sums: Sums,
    sides: &'a Sides,
    typist: Typist<'a>,
    partitions: Partitions,
    reconciliation: Reconciliation,
    unclear_is: Unclear,
    /// Lines of which an unclear amount was taken for meant.
    unclear: u64,
    /// A fault of this file without a line.
    fault: Fault,
    of_lines: errors::Writer,
    rows: u64,
    /// What any of the rows [tells](typed::Line::tells).
    tells: u8,
}

impl<'a> Typing<'a> {
    fn new(
        work: &Work,
        layout: &'a Layout,
        convention: &'a Convention,
        sides: &'a Sides,
        blocks: Receiver<Vec<u8>>,
        unclear_is: Unclear,
    ) -> Result<Self, PipelineError> {
        Ok(Self {
            layout,
            of_balance: convention.word_of_balance,
            sums: Sums::default(),
            sides,
            typist: Typist::new(convention, sides, layout.delimiter, work.options.last_year),
            partitions: Partitions::new(work.options.held, blocks),
            reconciliation: Reconciliation::default(),
            unclear_is,
            unclear: 0,
            fault: work.fault("", ""),
            of_lines: errors::Writer::new(temporary(work.root)?),
            rows: 0,
            tells: 0,
        })
    }

    /// Types batches until there are no more, and gives them back to be filled again.
    fn all(
        &mut self,
        batches: &Receiver<Batch>,
        used: &Sender<Batch>,
        full: &[SyncSender<Stretch>],
    ) -> io::Result<()> {
        for batch in batches {
            for Row { line_no, cells, amounts } in batch.rows() {
                match amounts {
                    Some(amounts) => self.entry(*line_no, cells, amounts, full)?,
                    None => self.row(*line_no, cells, batch.section.as_deref(), full)?,
                }
            }
            if let Some(batch) = batch.emptied() {
                // Whoever needs no more batches has gone.
                let _ = used.send(batch);
            }
        }
        Ok(())
    }

    fn row(
        &mut self,
        line_no: u64,
        row: &Cells,
        section: Option<&str>,
        full: &[SyncSender<Stretch>],
    ) -> io::Result<()> {
        if !self.typist.is_told()
            && let Some(place) = self.sides.unnamed(row)
        {
            self.typist.sees(line_no, row.get(place));
        }
        self.typist.is_overdrawn = sides::is_out(self.of_balance, row);
        let mut cells = LineCells::default();
        if let Err((place, bad)) = aside::of_line(self.layout, self.sides, row, section, &mut cells) {
            return self.refuse(line_no, bad, self.layout.name_at(place), row.get(place));
        }
        let line = self.typist.line(&cells);
        if self.unclear_is == Unclear::Fault {
            self.typist.refuse_unclear();
        }
        match line {
            Some(line) if self.typist.problems.is_empty() => {
                self.unclear += u64::from(!self.typist.unclear.is_empty());
                self.add(line_no, &line, full)
            }
            _ => self.problems(line_no, &cells, row),
        }
    }

    /// An entry whose amounts are read; one with a problem is read as a row is, which tells it.
    fn entry(
        &mut self,
        line_no: u64,
        row: &Cells,
        amounts: &EntryAmounts,
        full: &[SyncSender<Stretch>],
    ) -> io::Result<()> {
        let mut cells = LineCells::default();
        row.first(&mut cells);
        match self.typist.entry(&cells, amounts) {
            Some(line) => self.add(line_no, &line, full),
            None => self.row(line_no, &amounts.written(row), None, full),
        }
    }

    fn add(&mut self, line_no: u64, line: &Line, full: &[SyncSender<Stretch>]) -> io::Result<()> {
        self.rows += 1;
        self.sums.add(line);
        self.reconciliation.add(line);
        self.tells |= line.tells();
        self.partitions.add(line_no, line, full)
    }

    /// Makes faults of what is wrong with the line that was read last.
    fn problems(&mut self, line_no: u64, cells: &LineCells, row: &Cells) -> io::Result<()> {
        let problems = mem::take(&mut self.typist.problems);
        for (column, bad) in &problems {
            let cell = cells.get(*column).copied().unwrap_or_default();
            // Of a cell that is empty, the line is told.
            let whole = cell.trim().is_empty().then(|| scan::joined(row, self.layout.delimiter));
            // An amount may stand in the one column that the file has for both sides.
            let name = self.layout.name(self.sides.column(self.layout, *column));
            self.refuse(line_no, *bad, name, whole.as_deref().unwrap_or(cell))?;
        }
        self.typist.problems = problems;
        Ok(())
    }

    fn refuse(&mut self, line_no: u64, bad: Bad, column: &str, text: &str) -> io::Result<()> {
        let shortened = if bad == CUT { self.typist.shortened(text) } else { None };
        let message = match shortened {
            Some(short) => format!("{}: {} would become {short}", bad.message, trimmed(text)),
            None => bad.message.to_owned(),
        };
        let fault = Fault {
            error: bad.error.into(),
            message,
            line_no: Some(line_no),
            column_name: (!column.is_empty()).then(|| column.to_owned()),
            text: Some(records::head(text)),
            ..self.fault.clone()
        };
        self.of_lines.add(&fault).map_err(io::Error::other)
    }
}
