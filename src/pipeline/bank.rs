//! Bank statements: files of lines, merged as multisets into the table `banktxn`.
//!
//! Plain lines, which are almost all, are typed and keyed in the pass that reads them; what is odd is left to the SQL.
//!
//! What becomes of what cannot be read:
//!
//! | what | in `banktxn` | in `error_error` |
//! |---|---|---|
//! | a line with the header's number of cells | always, once or as often as its file has it | - |
//! | a cell of it that is no date or no amount | NULL, and a flag such as `bad_amount` | the cell's text |
//! | a ragged, undecodable, over-long or badly quoted line, one with a NUL | no | the line's first 2 kB |
//! | a line above the header, a header in the middle | no | the line |
//! | a line without text | no | no; it is counted |
//! | a file without a header, or damaged | no, and the file is not kept | the reason |
//!
//! So a file's rows and bad lines are its lines, and the rows of a file are in the table, merged with equal lines of
//! other files: a line stands there as often as in the file that has it most often.

use std::io;
use std::iter;
use std::mem;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{self, ScopedJoinHandle};

use super::database::open;
use super::error::{PipelineError, io_at, stage_failed};
use super::errors::Fault;
use super::files::quoted;
use super::ingest::keep::{Clean, Part};
use super::ingest::{Kind, Trouble, Work};
use super::stages::Raw;
use super::text::header::Column;
use super::text::lines;
use super::text::records::{self, Bad, Cells};
use super::text::scan::{self, Form, Layout, Sink};
use super::{commit, write};
use crate::sql::quote_text;
use merge::{BANKTXN, NO_REPEATS};
use month::{Files, Stretch};
use partitions::{Partitions, WRITERS};
use reconcile::Reconciliation;
use typed::Line;

mod columns;
mod key;
pub(super) mod merge;
mod month;
pub(super) mod partitions;
pub mod reconcile;
mod rows;
mod typed;

/// Cleans, types, flags and keys lines, each on its own.
const LINES: &str = include_str!("bank/lines.sql");

/// The statement's columns in their order, as the pipeline's own form heads them.
const fn column(name: &'static str) -> Column {
    Column { name, also: &[] }
}
const COLUMNS: [Column; 10] = [
    column("account_no"),
    column("date"),
    column("transaction_details"),
    column("chq_no"),
    column("value_date"),
    column("withdrawal_amt"),
    column("withdrawal_currency"),
    column("deposit_amt"),
    column("deposit_currency"),
    column("balance_amt"),
];

/// Bank statements.
pub const BANK: Kind = Kind {
    area: "bank",
    raw: Raw::Bank,
    table: "banktxn",
    rows: "keyed",
    loaded: include_str!("bank/loaded.sql"),
    form: Form {
        name: "bank statement",
        columns: &COLUMNS,
        needed: &[&["account_no"], &["date"], &["withdrawal_amt", "deposit_amt"]],
    },
    read,
    compare: |_, _| Ok(()),
};

/// The stage's column names: SQL has a word of its own for `date`.
fn names() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| if column.name == "date" { "booking_date" } else { column.name })
}

fn read(work: &mut Work) -> Result<Part, Trouble> {
    let layout = work.layout()?;
    let (root, bytes, cap) = (work.root, work.bytes(), work.options.line_cap);
    let odd = Clean::new(root, iter::once("line_no").chain(names()))?;
    let source = work.part(None, 0).source(&work.file);
    let place = partitions::place(root, &source)?;
    let (emptied, blocks) = mpsc::channel();
    let partitions = Partitions::new(work.options.held, blocks);
    let mut files: Vec<_> =
        (0..write::workers(WRITERS)).map(|_| Files::new(&place, emptied.clone())).collect();
    let mut typing = Typing { partitions, reconciliation: Reconciliation::default(), odd, has_odd: false };
    // One thread finds the rows, one types them, the others key and write them.
    let (counts, written, typed) = thread::scope(|scope| {
        let (rows, batches) = mpsc::sync_channel(BATCHES);
        let (used, empty) = mpsc::channel();
        let (mut full, mut writing) = (Vec::new(), Vec::new());
        for files in &mut files {
            // A month goes from hand to hand, so that none waits in between.
            let (way, stretches) = mpsc::sync_channel(0);
            full.push(way);
            writing.push(scope.spawn(move || files.write(&stretches)));
        }
        let (typing, layout) = (&mut typing, &layout);
        let typed = scope.spawn(move || typing.all(layout, &batches, &used, &full));
        let mut pass = Pass { work, rows, empty, batch: Batch::default() };
        let counts = bytes.open(|reader| {
            let counts = scan::scan(layout, cap, reader, &mut pass)?;
            pass.send().map(|()| counts)
        });
        drop(pass);
        let written: Vec<_> = writing.into_iter().map(ScopedJoinHandle::join).collect();
        (counts, written, typed.join())
    });
    // What went wrong with writing explains why no more lines were taken, and that why no more rows were.
    for done in written.into_iter().chain([typed]) {
        done.map_err(|_| io::Error::other("the reader stopped")).flatten().map_err(io_at(root))?;
    }
    let counts = counts?;
    let Typing { partitions, reconciliation, odd, has_odd } = typing;
    if has_odd {
        judge(work, &layout, &source, odd.finish()?.path(), place.folder())?;
    }
    // One file of a zip does not know of the others.
    work.told.reconciles = work.member.is_none() && !has_odd && reconciliation.hold();
    work.told.lines += counts.rows + counts.bad;
    work.told.blank += counts.blank;
    let part = work.part(Some(layout), counts.rows);
    partitions.keep(&place, files, root, &work.file, &part)?;
    Ok(part)
}

/// Rows on their way from one thread to the other, and how many of them count: the others are there to be used again.
#[derive(Default)]
struct Batch {
    rows: Vec<(u64, Cells)>,
    count: usize,
    /// Bytes of their cells, and of the longest row that was ever in it.
    bytes: usize,
    longest: usize,
}

/// Rows and bytes in a batch, and batches that wait.
const BATCH: usize = 1000;
const BYTES: usize = 1 << 20;
const BATCHES: usize = 4;
/// A batch that had a longer row than this is not used again: it keeps its memory.
const LONG: usize = 16 << 10;

/// The finding of rows: bad lines become faults.
struct Pass<'a, 'b> {
    work: &'a mut Work<'b>,
    rows: SyncSender<Batch>,
    empty: Receiver<Batch>,
    batch: Batch,
}

impl Pass<'_, '_> {
    fn send(&mut self) -> io::Result<()> {
        let batch = mem::replace(&mut self.batch, self.empty.try_recv().unwrap_or_default());
        self.rows.send(batch).map_err(io::Error::other)
    }
}

impl Sink for Pass<'_, '_> {
    fn row(&mut self, line_no: u64, cells: &Cells) -> io::Result<()> {
        let Batch { rows, count, bytes, longest } = &mut self.batch;
        match rows.get_mut(*count) {
            Some((number, copy)) => {
                *number = line_no;
                copy.clone_from(cells);
            }
            None => rows.push((line_no, cells.clone())),
        }
        *count += 1;
        *bytes += cells.bytes();
        *longest = cells.bytes().max(*longest);
        if *count < BATCH && *bytes < BYTES { Ok(()) } else { self.send() }
    }

    fn bad(&mut self, line: u64, bad: Bad, text: String) -> io::Result<()> {
        let fault = self.work.fault(bad.error, bad.message);
        let fault = Fault { line_no: Some(line), text: Some(text), ..fault };
        self.work.faults.add(&fault).map_err(io::Error::other)
    }
}

/// The typing of rows: plain lines go to the partitions, and other lines as clean CSV to a file of their own, for SQL to judge.
struct Typing {
    partitions: Partitions,
    reconciliation: Reconciliation,
    odd: Clean,
    has_odd: bool,
}

impl Typing {
    /// Types batches until there are no more, and gives them back to be filled again.
    fn all(
        &mut self,
        layout: &Layout,
        batches: &Receiver<Batch>,
        used: &Sender<Batch>,
        full: &[SyncSender<Stretch>],
    ) -> io::Result<()> {
        for mut batch in batches {
            for (line_no, cells) in batch.rows.iter().take(batch.count) {
                self.row(layout, *line_no, cells, full)?;
            }
            (batch.count, batch.bytes) = (0, 0);
            if batch.longest <= LONG {
                // Whoever needs no more batches has gone.
                let _ = used.send(batch);
            }
        }
        Ok(())
    }

    fn row(
        &mut self,
        layout: &Layout,
        line_no: u64,
        cells: &Cells,
        full: &[SyncSender<Stretch>],
    ) -> io::Result<()> {
        let cell = |column| layout.cell(cells, column);
        if let Some(line) = Line::of(cell).filter(|line| self.partitions.takes(line)) {
            self.reconciliation.add(&line);
            return self.partitions.add(line_no, &line, full);
        }
        self.has_odd = true;
        let line_no = line_no.to_string();
        self.odd.row(iter::once(line_no.as_str()).chain((0..COLUMNS.len()).map(cell)))
    }
}

/// Makes partitions of odd lines, and faults of the cells that the SQL does not read either.
fn judge(
    work: &mut Work,
    layout: &Layout,
    source: &str,
    odd: &Path,
    partitions: &Path,
) -> Result<(), PipelineError> {
    let failed = |error: duckdb::Error| stage_failed("banktxn")(error);
    let connection = open(&commit::work(work.root)).map_err(stage_failed("banktxn"))?;
    let columns = names().map(|name| format!("'{name}': 'VARCHAR'")).collect::<Vec<_>>().join(", ");
    connection
        .execute_batch(&format!(
            "CREATE TEMP VIEW raw_bank AS SELECT {} AS source_file, * FROM read_csv({}, header = true, \
             auto_detect = false, delim = ',', quote = '\"', escape = '\"', \
             columns = {{'line_no': 'BIGINT', {columns}}}, max_line_size = {}, hive_partitioning = false);
             CREATE TEMP TABLE judged AS {LINES} SELECT * FROM keyed;
             COPY (SELECT *, strftime(value_date, '%Y') AS year, strftime(value_date, '%m') AS month \
             FROM (WITH keyed AS (SELECT * FROM judged){NO_REPEATS}{BANKTXN})) \
             TO {} (FORMAT parquet, PARTITION_BY (year, month), OVERWRITE_OR_IGNORE)",
            quote_text(source),
            quoted(odd),
            4 * lines::CAP,
            quoted(partitions),
        ))
        .map_err(failed)?;
    let mut statement = connection.prepare(include_str!("bank/unread.sql")).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let line: u64 = row.get(0).map_err(failed)?;
        let name: String = row.get(2).map_err(failed)?;
        let text: String = row.get(3).map_err(failed)?;
        let (error, what) =
            if name.ends_with("date") { ("bad_date", "a date") } else { ("bad_amount", "an amount") };
        let column = COLUMNS.iter().position(|column| column.name == name).unwrap_or_default();
        let fault = work.fault(error, &format!("the cell is not {what}; the line is kept without it"));
        work.faults.add(&Fault {
            line_no: Some(line),
            column_name: Some(layout.name(column).to_owned()),
            text: Some(records::head(&text)),
            ..fault
        })?;
    }
    Ok(())
}
