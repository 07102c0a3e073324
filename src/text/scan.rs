//! One pass over a file: its layout is found, its rows go to a sink, its bad lines to faults.

use std::io::{self, Read};
use std::mem;

use serde::{Deserialize, Serialize};

use super::decode::{Decoder, Encoding};
use super::fixed::{Fixed, Gap};
use super::header::{self, Column, Header, HeaderError, Map};
use super::records::{Bad, Cells, Item, Records, head};
use super::trimmed;

/// What may stand between cells.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Banks put a few lines above the header.
const ABOVE: usize = 30;
/// How much of a file's start is looked at for the header.
const START: u64 = 1 << 18;

const RAGGED: Bad = Bad { error: "ragged_line", message: "the line has not as many cells as the header" };

/// Lines with another number of cells behind each other that are told one by one.
const RUN: u64 = 1000;
const RAGGED_RUN: Bad =
    Bad { error: "ragged_line", message: "the lines from this one on have not as many cells as the header" };

/// What we know and want of a kind of file.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// What such a file is called in messages, for example `bank statement`.
    pub name: &'static str,
    pub columns: &'static [Column],
    /// Groups of columns of which one must be there.
    pub needed: &'static [&'static [&'static str]],
}

/// How a file's text lies; enough to read it again in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub encoding: Encoding,
    pub delimiter: char,
    /// Line of the header, from 1.
    pub header_line: u64,
    /// The header's cells.
    pub names: Vec<String>,
    /// For each of our columns the place of its cell.
    pub places: Vec<Option<usize>>,
    /// Where blanks stand between columns of fixed width.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

impl Layout {
    /// A row's cell of one of our columns; empty when the file has no such column.
    #[must_use]
    pub fn cell<'a>(&self, cells: &'a Cells, column: usize) -> &'a str {
        self.places.get(column).copied().flatten().map_or("", |place| cells.get(place))
    }

    /// Whether the file has one of our columns.
    #[must_use]
    pub fn has(&self, column: usize) -> bool {
        self.places.get(column).copied().flatten().is_some()
    }

    /// One of our columns as the file's header names it.
    #[must_use]
    pub fn name(&self, column: usize) -> &str {
        self.places.get(column).copied().flatten().map_or("", |place| self.name_at(place))
    }

    /// The header's name at a place of the file.
    #[must_use]
    pub fn name_at(&self, place: usize) -> &str {
        self.names.get(place).map_or("", |name| trimmed(name))
    }
}

/// Why a file is not read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A stable word.
    pub error: &'static str,
    /// One sentence.
    pub message: String,
    pub hint: &'static str,
}

/// What to do about a file that is empty.
pub const EMPTY_HINT: &str = "it has no lines: get it again from where it came from";

/// What a pass found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows that went to the sink.
    pub rows: u64,
    /// Lines that became faults.
    pub bad: u64,
    /// Lines without any text.
    pub blank: u64,
    /// Lines above the header, the header where it stands anew, lines of totals and of words behind the last row: none of them is a
    /// row, and nothing is wrong.
    pub notes: u64,
}

/// Takes what a pass finds.
pub trait Sink {
    /// A row with as many cells as the header, which may be taken out.
    ///
    /// # Errors
    /// When it cannot be written.
    fn row(&mut self, line: u64, cells: &mut Cells) -> io::Result<()>;
    /// A line that is no row.
    ///
    /// # Errors
    /// When it cannot be written.
    fn bad(&mut self, line: u64, bad: Bad, text: String) -> io::Result<()>;
    /// Whether a record behind the header is a note of the bank's and no row; one is asked about once, in the file's order.
    fn is_note(&mut self, _line: u64, _cells: &Cells) -> bool {
        false
    }
    /// Whether a record is another header, be it `behind_note`, and then where the cells of the rows behind it stand: for each
    /// column of the layout its place.
    fn other_header(&mut self, _line: u64, _cells: &Cells, _behind_note: bool) -> Option<Vec<Option<usize>>> {
        None
    }
    /// Takes the header that stands there once more, as on each page.
    fn same_header(&mut self) {}
}

/// Finds encoding, delimiter and header of a file; two readers of it are needed, since the first is read to its end.
/// Besides the layout, the names of the columns that are kept out.
///
/// # Errors
/// When reading fails; inside, a file without a header is refused.
pub fn layout(
    form: &Form,
    map: &Map,
    encoding: Encoding,
    reader: &mut dyn Read,
) -> io::Result<Result<(Layout, Vec<String>), Refusal>> {
    let mut start = Vec::new();
    Decoder::new(reader, encoding).take(START).read_to_end(&mut start)?;
    if start.is_empty() {
        return Ok(Err(Refusal {
            error: "empty_file",
            message: "the file is empty".into(),
            hint: EMPTY_HINT,
        }));
    }
    // The first line that is a header between any of the delimiters; else the line that comes nearest.
    let mut found: Option<(Layout, Header)> = None;
    let mut best: Option<(usize, HeaderError)> = None;
    for delimiter in DELIMITERS {
        let (header, nearest) = header_between(form, map, delimiter, &start)?;
        if nearest.as_ref().map_or(1, |(known, _)| *known) > best.as_ref().map_or(1, |(known, _)| *known) {
            best = nearest;
        }
        let Some((header_line, header)) = header else { continue };
        if found.as_ref().is_none_or(|(layout, _)| header_line < layout.header_line) {
            let layout = Layout {
                encoding,
                delimiter: char::from(delimiter),
                header_line,
                names: header.names.clone(),
                places: header.places.clone(),
                gaps: Vec::new(),
            };
            found = Some((layout, header));
        }
    }
    Ok(match (found, best) {
        (Some((layout, header)), _) => Ok((layout, header.unknown)),
        (None, Some((_, error))) => Err(Refusal {
            error: "bad_header",
            message: format!("the header is not a {}'s: {error}", form.name),
            hint: "name the columns with --map FILE, a CSV of lines `their header,our column`",
        }),
        (None, None) if start.contains(&0) => Err(Refusal {
            error: "no_header",
            message: format!(
                "no line of the first {ABOVE} is the header of a {}: the file looks like a binary one",
                form.name
            ),
            hint: "what is read is a text: lines of cells between `,` `;` or tabulators",
        }),
        (None, None) => Err(Refusal {
            error: "no_header",
            message: format!("no line of the first {ABOVE} is the header of a {}", form.name),
            hint: "name the columns with --map FILE, a CSV of lines `their header,our column`",
        }),
    })
}

/// The header and its line when cells stand between `delimiter`; else how many columns the nearest line knows, and what
/// it lacks.
#[expect(clippy::type_complexity, reason = "two answers of one search")]
fn header_between(
    form: &Form,
    map: &Map,
    delimiter: u8,
    start: &[u8],
) -> io::Result<(Option<(u64, Header)>, Option<(usize, HeaderError)>)> {
    let mut nearest: Option<(usize, HeaderError)> = None;
    let mut records = Records::new(start, delimiter, start.len());
    for _ in 0..ABOVE {
        let (line, cells) = match records.next_record()? {
            None => break,
            Some((_, Item::Bad { .. })) => continue,
            Some((line, Item::Cells(cells))) => (line, cells),
        };
        let names: Vec<&str> = cells.iter().collect();
        match header::resolve(&names, form.columns, form.needed, map) {
            Ok(header) => return Ok((Some((line, header)), None)),
            Err(error) => {
                let known = header::known(&names, form.columns, map);
                if known > nearest.as_ref().map_or(1, |(most, _)| *most) {
                    nearest = Some((known, error));
                }
            }
        }
    }
    Ok((None, nearest))
}

/// Lines of words that may wait for the end of the file.
const WORDS: usize = 20;

/// Reads all records behind the header.
///
/// # Errors
/// When reading or the sink fails.
pub fn scan(layout: &Layout, cap: usize, reader: &mut dyn Read, sink: &mut dyn Sink) -> io::Result<Counts> {
    decoded(layout, cap, Decoder::new(reader, layout.encoding), sink)
}

/// Reads all records behind the header, of text that is decoded already.
///
/// # Errors
/// When reading or the sink fails.
pub fn decoded(layout: &Layout, cap: usize, text: impl Read, sink: &mut dyn Sink) -> io::Result<Counts> {
    if layout.gaps.is_empty() {
        return records(layout, cap, text, sink);
    }
    records(layout, cap, Fixed::new(text, &layout.gaps, layout.header_line, cap), sink)
}

fn records(layout: &Layout, cap: usize, text: impl Read, sink: &mut dyn Sink) -> io::Result<Counts> {
    let delimiter = u8::try_from(layout.delimiter).unwrap_or(b',');
    let mut records = Records::new(text, delimiter, cap).of_width(layout.names.len());
    let counts = Counts::default();
    let mut pass =
        Pass { layout, sink, counts, words: Vec::new(), is_behind_note: false, other: None, run: None };
    while let Some((line, item)) = records.next_record()? {
        match item {
            _ if line == layout.header_line => {}
            Item::Cells(cells) if cells.is_blank() => pass.counts.blank += 1,
            Item::Cells(_) if line < layout.header_line => pass.counts.notes += 1,
            Item::Cells(cells) => pass.cells(line, cells)?,
            Item::Bad { bad, text } => {
                pass.is_behind_note = false;
                pass.counts.bad += 1;
                pass.sink.bad(line, bad, text)?;
            }
        }
    }
    end_run(&mut pass.run, pass.sink)?;
    pass.counts.notes += pass.words.len() as u64;
    Ok(pass.counts)
}

/// What a pass knows between two records.
struct Pass<'a> {
    layout: &'a Layout,
    sink: &'a mut dyn Sink,
    counts: Counts,
    /// Words that stand alone in their line: behind the last row they are a note, before it they were cut off from one.
    words: Vec<(u64, String)>,
    /// Behind totals, or the name of the next account, the header often stands anew.
    is_behind_note: bool,
    other: Option<Other>,
    /// Lines without a row between them that have another number of cells.
    run: Option<Run>,
}

/// Lines that are told together where they are many, as of a cell whose quote closes nowhere near.
struct Run {
    count: u64,
    /// The first line behind those that are told one by one, the last one, and the text of the first.
    first: u64,
    last: u64,
    text: String,
}

impl Pass<'_> {
    /// Takes a record behind the header.
    fn cells(&mut self, line: u64, cells: &mut Cells) -> io::Result<()> {
        let Self { layout, sink, counts, words, is_behind_note, other, run } = self;
        if is_rule(cells) {
            counts.notes += 1;
            return Ok(());
        }
        let may_be_headed = mem::take(is_behind_note);
        if is_header(layout, cells) {
            sink.same_header();
            *other = None;
            counts.notes += 1;
            return Ok(());
        }
        if let Some(places) = sink.other_header(line, cells, may_be_headed) {
            *other = Some(Other { places, width: cells.count(), cells: Cells::default() });
            counts.notes += 1;
            return Ok(());
        }
        let is_ragged = other.as_ref().is_some_and(|other| !fits(cells, other.width));
        let cells = match other {
            // A cell alone is no row of any header.
            Some(other) if !is_ragged && cells.only().is_none() => other.arranged(cells),
            _ => cells,
        };
        // In a ragged line that is as wide as the layout a column's place means nothing.
        if (!is_ragged || cells.count() < layout.names.len()) && sink.is_note(line, cells) {
            counts.notes += 1;
            *is_behind_note = true;
            return Ok(());
        }
        if !is_ragged && fits(cells, layout.names.len()) {
            sink.row(line, cells)?;
            counts.rows += 1;
            end_run(run, *sink)?;
            for (line, text) in words.drain(..) {
                sink.bad(line, RAGGED, text)?;
                counts.bad += 1;
            }
        } else if is_words(cells) && words.len() < WORDS {
            words.push((line, joined(cells, layout.delimiter)));
        } else {
            counts.bad += 1;
            let text = || joined(cells, layout.delimiter);
            let run = run.get_or_insert_with(|| Run { count: 0, first: 0, last: 0, text: String::new() });
            run.count += 1;
            run.last = line;
            match run.count {
                ..=RUN => sink.bad(line, RAGGED, text())?,
                count if count == RUN + 1 => (run.first, run.text) = (line, text()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Tells the lines that were not told one by one.
fn end_run(run: &mut Option<Run>, sink: &mut dyn Sink) -> io::Result<()> {
    match run.take() {
        Some(Run { count, first, last, text }) if count > RUN => {
            let text = format!("{} lines to line {last}: {text}", count - RUN);
            sink.bad(first, RAGGED_RUN, text)
        }
        _ => Ok(()),
    }
}

/// A header whose columns stand otherwise than the layout's.
struct Other {
    places: Vec<Option<usize>>,
    /// Its cells.
    width: usize,
    /// Those of a row behind it, in the order of the layout.
    cells: Cells,
}

impl Other {
    /// A row in the order of the layout.
    fn arranged(&mut self, cells: &Cells) -> &mut Cells {
        self.cells.fill(self.places.iter().map(|place| place.map_or("", |place| cells.get(place))));
        &mut self.cells
    }
}

/// Whether it is a line that is only drawn, such as `-----`.
fn is_rule(cells: &Cells) -> bool {
    let is_drawn = |letter: char| matches!(letter, '-' | '=' | '_' | '*') || letter.is_whitespace();
    let has_two = |cell: &str| cell.trim().len() > 1;
    cells.get(0).trim_start().starts_with(is_drawn)
        && cells.iter().all(|cell| cell.chars().all(is_drawn))
        && cells.iter().any(has_two)
}

/// Whether there is one cell of words, such as `End of statement`.
fn is_words(cells: &Cells) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.trim().is_empty());
    // A number, be it with letters as an account's, is the begin of a line that was cut.
    let is_number =
        |cell: &str| !cell.trim().contains(' ') && cell.contains(|letter: char| letter.is_ascii_digit());
    // Behind a day stands a transaction that was cut.
    let is_day = |cell: &str| {
        let first = cell.split_whitespace().next().unwrap_or_default();
        first.starts_with(|letter: char| letter.is_ascii_digit()) && first.contains(['-', '.', '/'])
    };
    let is_text = |cell: &str| {
        !is_number(cell) && !is_day(cell) && cell.chars().filter(|letter| letter.is_alphabetic()).count() > 2
    };
    filled.next().is_some_and(is_text) && filled.next().is_none()
}

/// Whether cells are as many as the header's; those behind them are empty.
fn fits(cells: &Cells, wanted: usize) -> bool {
    let count = cells.count();
    count == wanted || (count > wanted && (wanted..count).all(|place| cells.get(place).trim().is_empty()))
}

fn is_header(layout: &Layout, cells: &Cells) -> bool {
    layout.names.iter().enumerate().all(|(place, name)| cells.get(place) == name)
}

/// A record's text for a person who looks for it.
#[must_use]
pub fn joined(cells: &Cells, delimiter: char) -> String {
    head(&cells.iter().collect::<Vec<_>>().join(&delimiter.to_string()))
}
