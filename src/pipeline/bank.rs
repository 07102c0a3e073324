//! Bank statements: files of lines, merged as multisets into the table `banktxn`.
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
use std::path::Path;

use tempfile::NamedTempFile;

use super::errors::Fault;
use super::intake::{self, Clean, Kind, Part, Reading, Trouble, Work};
use super::text::header::Column;
use super::text::lines;
use super::text::numbers::{is_surely_amount, is_surely_date};
use super::text::records::{self, Bad, Cells};
use super::text::scan::{self, Counts, Form, Layout, Sink};
use super::write::quoted;
use super::{DIALECT, PipelineError, Raw, stage_failed};
use crate::engine::duckdb::Connection;
use crate::sql::quote_text;

pub mod chain;

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

/// Columns of dates and of amounts, which are looked at.
const DATES: [usize; 2] = [1, 4];
const AMOUNTS: [usize; 3] = [5, 7, 9];

/// Bank statements.
pub const BANK: Kind = Kind {
    area: "bank",
    raw: Raw::Bank,
    table: "banktxn",
    loaded: concat!(include_str!("bank/lines.sql"), include_str!("bank/loaded.sql")),
    form: Form {
        name: "bank statement",
        columns: &COLUMNS,
        needed: &[&["account_no"], &["date"], &["withdrawal_amt", "deposit_amt"]],
    },
    read,
    compare: |_, _| Ok(()),
};

/// The stage's column names: SQL has a word of its own for `date`.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| if column.name == "date" { "booking_date" } else { column.name })
}

fn read(work: &mut Work) -> Result<Part, Trouble> {
    let mut layout = work.layout()?;
    let (root, bytes, cap) = (work.root, work.bytes(), work.options.line_cap);
    let mut counts = Counts { is_odd: true, ..Counts::default() };
    let mut pass = Pass::new(work, layout.clone(), None)?;
    if layout.plain {
        counts = bytes.open(|reader| scan::scan(&layout, cap, true, reader, &mut pass))?;
    }
    if counts.is_odd {
        layout.plain = false;
        let clean = Clean::new(root, clean_names())?;
        pass = Pass::new(pass.work, layout.clone(), Some(clean))?;
        counts = bytes.open(|reader| scan::scan(&layout, cap, false, reader, &mut pass))?;
    }
    let Pass { clean, suspects, suspected, .. } = pass;
    if suspected {
        unread(work, &layout, &suspects.finish()?)?;
    }
    work.told.lines += counts.rows + counts.bad;
    work.told.blank += counts.blank;
    let part = work.part(Some(layout), counts.rows)?;
    if let Some(clean) = clean {
        intake::name(root, clean.finish()?, &part.clean(&work.file))?;
    }
    Ok(part)
}

fn clean_names() -> impl Iterator<Item = &'static str> {
    iter::once("line_no").chain(names())
}

/// A row as clean CSV has it.
fn put(clean: &mut Clean, layout: &Layout, line: u64, cells: &Cells) -> io::Result<()> {
    let line = line.to_string();
    let cells = (0..COLUMNS.len()).map(|column| layout.cell(cells, column));
    clean.row(iter::once(line.as_str()).chain(cells))
}

/// One pass over a statement: rows to clean CSV where it is wanted, bad lines to the faults, and rows with a cell that
/// may be no date or amount to a file of their own, for SQL to judge.
struct Pass<'a, 'b> {
    work: &'a mut Work<'b>,
    layout: Layout,
    clean: Option<Clean>,
    suspects: Clean,
    suspected: bool,
}

impl<'a, 'b> Pass<'a, 'b> {
    fn new(work: &'a mut Work<'b>, layout: Layout, clean: Option<Clean>) -> Result<Self, PipelineError> {
        let suspects = Clean::new(work.root, clean_names())?;
        Ok(Self { work, layout, clean, suspects, suspected: false })
    }
}

impl Sink for Pass<'_, '_> {
    fn row(&mut self, line: u64, cells: &Cells) -> io::Result<()> {
        if let Some(clean) = &mut self.clean {
            put(clean, &self.layout, line, cells)?;
        }
        let cell = |column: &usize| self.layout.cell(cells, *column);
        // A line may lack a value date, but not a date.
        let [date, value_date] = DATES;
        let is_sure = is_surely_date(cell(&date))
            && (cell(&value_date).is_empty() || is_surely_date(cell(&value_date)))
            && AMOUNTS.iter().map(cell).all(is_surely_amount);
        if !is_sure {
            self.suspected = true;
            put(&mut self.suspects, &self.layout, line, cells)?;
        }
        Ok(())
    }

    fn bad(&mut self, line: u64, bad: Bad, text: String) -> io::Result<()> {
        let fault = self.work.fault(bad.error, bad.message);
        let fault = Fault { line_no: Some(line), text: Some(text), ..fault };
        self.work.faults.add(&fault).map_err(io::Error::other)
    }
}

/// Makes faults of the cells that SQL does not read; it is the same SQL that makes the table.
fn unread(work: &mut Work, layout: &Layout, suspects: &NamedTempFile) -> Result<(), PipelineError> {
    const SQL: &str = concat!(include_str!("bank/lines.sql"), include_str!("bank/unread.sql"));
    let failed = |error: duckdb::Error| stage_failed("banktxn")(error);
    let connection = Connection::open_in_memory().map_err(failed)?;
    let view =
        format!("{DIALECT}; CREATE TEMP VIEW raw_bank AS {}", select_clean("suspects", suspects.path()));
    connection.execute_batch(&view).map_err(failed)?;
    let mut statement = connection.prepare(SQL).map_err(failed)?;
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

/// The SELECT that reads clean CSV as lines of one file.
fn select_clean(source: &str, path: &Path) -> String {
    let columns = names().map(|name| format!("'{name}': 'VARCHAR'")).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT {} AS source_file, * FROM read_csv({}, header = true, auto_detect = false, delim = ',', \
         quote = '\"', escape = '\"', columns = {{'line_no': 'BIGINT', {columns}}}, max_line_size = {}, \
         hive_partitioning = false)",
        quote_text(source),
        quoted(path),
        4 * lines::CAP
    )
}

/// The SELECT that reads a file as it was received. Lines are numbered as an editor shows them, the header being line 1.
fn select_plain(source: &str, path: &Path, gzip: bool, layout: &Layout) -> String {
    let columns = (0..layout.names.len()).map(|place| format!("'c{place}': 'VARCHAR'"));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let cells = names().zip(&layout.places).map(|(name, place)| match place {
        Some(place) => format!("c{place} AS {name}"),
        None => format!("CAST(NULL AS VARCHAR) AS {name}"),
    });
    format!(
        "SELECT {} AS source_file, row_number() OVER () + 1 AS line_no, {} FROM read_csv({}, header = true, \
         auto_detect = false, delim = {}, quote = '\"', escape = '\"', columns = {{{columns}}}, compression = '{}', \
         hive_partitioning = false)",
        quote_text(source),
        cells.collect::<Vec<_>>().join(", "),
        quoted(path),
        quote_text(&layout.delimiter.to_string()),
        if gzip { "gzip" } else { "none" }
    )
}

/// The statements that read a raw file as its note says; clean CSV that is lost is made again.
pub(super) fn select(root: &Path, file: &Path, reading: &Reading) -> Result<Vec<String>, PipelineError> {
    let mut parts = Vec::new();
    for part in &reading.parts {
        let Some(layout) = &part.layout else { continue };
        let source = part.source(file);
        if layout.plain {
            parts.push(select_plain(&source, &root.join(file), part.gzip, layout));
            continue;
        }
        let clean = part.clean(file);
        if !root.join(&clean).exists() {
            intake::again(root, &BANK, file, reading, part)?;
        }
        parts.push(select_clean(&source, &root.join(&clean)));
    }
    Ok(parts)
}
