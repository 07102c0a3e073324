//! A look at a statement that keeps nothing: its convention with what shows it, its first lines as they are typed, its sums
//! and its faults.

mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use chrono::NaiveDate;

use super::super::ingest::{Options, ReadError, Work};
use super::Unclear;
use super::checks::{Sums, shown};
use super::convention::aside::{self, Asides};
use super::convention::preamble::Stated;
use super::convention::rules::{Amounts, Credits, Debits};
use super::convention::tally::Tally;
use super::convention::{Found, Look};
use super::form::{COLUMNS, LineCells};
use super::formats::{self, Entries, Format};
use super::profile::Profile;
use super::reading;
use super::sides::{self, Sides};
use super::typed::{Line, Typist};
use crate::text::given::{Given, Minus};
use crate::text::header::key;
use crate::text::records::{Bad, Cells, head};
use crate::text::scan::{self, Counts, Sink};
use crate::text::trimmed;
use crate::value;

/// Lines and faults that are shown.
const FIRST: usize = 10;

/// What a look at a statement found.
#[derive(Debug)]
pub struct Trial {
    pub found: Found,
    /// The file's columns, and ours that each is.
    pub columns: Vec<(String, Option<&'static str>)>,
    /// The first lines as they are typed: [`Trial::HEADER`].
    pub lines: Vec<[String; 8]>,
    /// Lines that are read, of all that were looked at.
    pub rows: u64,
    pub faults: u64,
    pub first_faults: Vec<String>,
    /// Lines above the header, of totals or of words.
    pub notes: u64,
    /// Withdrawals and deposits of the rows, as text.
    pub sums: [String; 2],
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// What the statement says otherwise than its lines, nothing of a sample; and lines that are not booked.
    pub apart: Vec<String>,
    /// Bytes of text that were looked at.
    pub bytes: usize,
    /// Whether its lines are rows of a sheet.
    pub is_sheet: bool,
}

impl Trial {
    pub const HEADER: [&str; 8] =
        ["line", "account", "date", "value date", "withdrawal", "deposit", "balance", "details"];

    /// A profile by which files of this form are read in the same way; it has the account, the currency, the encoding and
    /// the delimiter that were said, or that the profile says by which it was read. It has no columns where the file is in a format of
    /// its own.
    #[must_use]
    pub fn profile(&self, name: &str, given: &Given) -> Profile {
        let Found { layout, convention, profile, .. } = &self.found;
        let given = &profile.as_ref().map_or_else(|| given.clone(), |profile| given.or(&profile.given));
        let is_own_format = layout.header_line == 0 && !given.no_header;
        let (mut header, mut columns, mut keys) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for (place, (theirs, ours)) in self.columns.iter().enumerate().filter(|_| !is_own_format) {
            let theirs = if given.no_header { (place + 1).to_string() } else { theirs.clone() };
            if !given.no_header && !key(&theirs).is_empty() && !header.contains(&theirs) {
                header.push(theirs.clone());
            }
            // Of two columns of one name the first is named: where they stand tells the rest.
            if let Some(ours) = ours.filter(|_| !key(&theirs).is_empty() && keys.insert(key(&theirs))) {
                columns.insert(theirs, ours.to_owned());
            }
        }
        let signs = convention.signs;
        let is_in = signs.amounts != Amounts::MinusOut
            || signs.debits == Debits::Back
            || signs.credits == Credits::In;
        let minus = if is_in { Minus::In } else { Minus::Out };
        let given = Given {
            decimal: (!convention.is_decimal_open).then_some(convention.decimal).or(given.decimal),
            dates: convention.dates.or(given.dates),
            signs: (is_in || signs.debits == Debits::Out || signs.has_minus).then_some(minus).or(given.signs),
            below_heading: given.below_heading,
            no_header: given.no_header,
            account: given.account.clone(),
            currency: given.currency.clone(),
            encoding: given.encoding,
            delimiter: given.delimiter,
            sheet: None,
            bank: None,
        };
        Profile { name: name.to_owned(), title: name.to_owned(), header, given, columns }
    }
}

/// Looks at a part of a file, or at a sample of it.
///
/// # Errors
/// When it is refused, or the disk fails.
pub fn look(work: &mut Work) -> Result<Trial, ReadError> {
    let (found, text, format) = reading::found(work, Look::Near)?;
    let sides = Sides::of(&found.layout).with_blank(found.convention.blank);
    let said = work.options.profiles.filled(&work.options.given).account;
    let seen = |work: &Work, known: Option<&formats::Sums>, unclear_is| {
        pass(work, &found, &sides, &text, format.map(|format| (format, known)), unclear_is)
    };
    let (mut pass, mut counts, sums) = seen(work, None, Unclear::Meant)?;
    if sums.as_ref().is_some_and(|sums| sums.is_misled) {
        (pass, counts, _) = seen(work, sums.as_ref(), Unclear::Meant)?;
    }
    let unclear = pass.unclear.clone();
    // As it is read when it is taken in: amounts that may mean two things are settled by all cells, or are faults.
    if unclear.count > 0 && !pass.typist.is_settled() {
        (pass, counts, _) = seen(work, sums.as_ref(), Unclear::Fault)?;
    }
    work.report.notes.extend(sums.into_iter().flat_map(|sums| sums.notes));
    let Pass { told, stated, asides, .. } = pass;
    if let Some(refusal) = asides.refusal(said.as_deref(), stated.account.as_deref()) {
        return Err(ReadError::Refused(refusal));
    }
    let ours = |place: usize| {
        let column = found.layout.places.iter().position(|found| *found == Some(place));
        column.and_then(|column| COLUMNS.get(column)).map(|column| column.name)
    };
    let names = found.layout.names.iter().enumerate();
    let columns = names.map(|(place, name)| (trimmed(name).to_owned(), ours(place))).collect();
    let mut apart = if found.is_sample { Vec::new() } else { told.sums.apart(&stated, &found.convention) };
    apart.extend(asides.told());
    apart.extend(found.hint.clone());
    if found.is_sample && unclear.count > 0 {
        apart.push(format!(
            "not settled: {} could be meant in two ways, as could {} lines; the whole file settles it when it is taken in, \
             and only its start was looked at",
            unclear.shown(),
            value::grouped(&unclear.count.to_string())
        ));
    }
    let Told { sums, lines, rows, faults, first_faults, days } = told;
    Ok(Trial {
        columns,
        lines,
        rows,
        faults,
        first_faults,
        notes: counts.notes - asides.unbooked(),
        sums: [sums.withdrawals, sums.deposits].map(shown),
        days,
        apart,
        bytes: text.len(),
        is_sheet: work.is_sheet,
        found,
    })
}

/// Looks at the lines of a part.
fn pass<'a>(
    work: &Work,
    found: &'a Found,
    sides: &'a Sides,
    text: &[u8],
    format: Option<(Format, Option<&formats::Sums>)>,
    unclear_is: Unclear,
) -> Result<(Pass<'a>, Counts, Option<formats::Sums>), ReadError> {
    let Options { profiles, given, last_year, line_cap, .. } = work.options;
    let mut pass = Pass {
        found,
        is_said: profiles.filled(given).account.is_some(),
        sides,
        of_balance: found.convention.word_of_balance,
        typist: Typist::new(&found.convention, sides, found.layout.delimiter, *last_year),
        told: Told::default(),
        stated: found.stated.clone(),
        asides: Asides::new(&found.layout, &found.map, *last_year, found.convention.below_heading)
            .below(&found.stated)
            .knowing(&found.convention.balances),
        unclear_is,
        unclear: Tally::default(),
    };
    let (counts, sums) = match format {
        Some((format, known)) => {
            let encoding = found.layout.encoding;
            let (counts, sums) =
                work.bytes().open(|reader| format.scan(known, given.decimal, reader, encoding, &mut pass))?;
            (counts, Some(sums))
        }
        None => {
            let counts = scan::decoded(&found.layout, *line_cap, text, &mut pass);
            (counts.map_err(super::super::error::io_at(work.path))?, None)
        }
    };
    Ok((pass, counts, sums))
}

#[derive(Default)]
struct Told {
    sums: Sums,
    lines: Vec<[String; 8]>,
    rows: u64,
    faults: u64,
    first_faults: Vec<String>,
    days: Option<(NaiveDate, NaiveDate)>,
}

struct Pass<'a> {
    found: &'a Found,
    /// Whether a person says whose the lines are.
    is_said: bool,
    sides: &'a Sides,
    /// Where words stand that say whether balances are below zero.
    of_balance: Option<usize>,
    typist: Typist<'a>,
    told: Told,
    stated: Stated,
    asides: Asides,
    unclear_is: Unclear,
    /// Amounts that were taken for meant and may mean two things, of lines that are read.
    unclear: Tally,
}

impl Pass<'_> {
    fn fault(&mut self, line: u64, message: &str, column: &str, text: &str) {
        self.told.faults += 1;
        if self.told.first_faults.len() < FIRST {
            let column = if column.is_empty() { String::new() } else { format!(", {column}") };
            self.told.first_faults.push(format!("line {line}{column}: {message}: {}", head(text)));
        }
    }
}

impl Sink for Pass<'_> {
    fn row(&mut self, line_no: u64, row: &mut Cells) -> io::Result<()> {
        let layout = &self.found.layout;
        let section = self.asides.of_row(line_no).filter(|_| !self.is_said).map(str::to_owned);
        self.typist.is_overdrawn = sides::is_out(self.of_balance, row);
        let mut cells = LineCells::default();
        if let Err((place, bad)) = aside::of_line(layout, self.sides, row, section.as_deref(), &mut cells) {
            self.fault(line_no, bad.message, layout.name_at(place), row.get(place));
            return Ok(());
        }
        let line = self.typist.line(&cells);
        if self.unclear_is == Unclear::Fault {
            self.typist.refuse_unclear();
        }
        let problems = std::mem::take(&mut self.typist.problems);
        for (column, bad) in &problems {
            let cell = cells.get(*column).copied().unwrap_or_default();
            self.fault(line_no, bad.message, layout.name(self.sides.column(layout, *column)), cell);
        }
        let Some(line) = line.filter(|_| problems.is_empty()) else { return Ok(()) };
        if let Some(column) = self.typist.unclear.first() {
            self.unclear.add(line_no, cells.get(*column).copied().unwrap_or_default());
        }
        let told = &mut self.told;
        told.rows += 1;
        told.sums.add(&line);
        let day = line.booking_date;
        told.days = Some(told.days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
        if told.lines.len() < FIRST {
            told.lines.push(typed(line_no, &line));
        }
        Ok(())
    }

    fn bad(&mut self, line: u64, bad: Bad, text: String) -> io::Result<()> {
        self.fault(line, bad.message, "", &text);
        Ok(())
    }

    fn is_note(&mut self, line: u64, cells: &Cells) -> bool {
        let aside = self.asides.take(line, &self.found.layout, cells);
        if let Some(aside) = &aside {
            aside.tell(&mut self.stated, &self.found.layout, cells);
        }
        aside.is_some()
    }

    fn same_header(&mut self) {
        self.asides.same_header();
    }

    fn other_header(&mut self, line: u64, cells: &Cells, is_behind_note: bool) -> Option<Vec<Option<usize>>> {
        self.asides.header(line, &self.found.layout, cells, is_behind_note)
    }
}

impl Entries for Pass<'_> {}

/// A line as a person reads it; an amount that is not there is a dash.
fn typed(line_no: u64, line: &Line) -> [String; 8] {
    let amount = |amount: Option<i64>, currency: &str| {
        let number = amount.map_or_else(|| "-".to_owned(), |units| shown(i128::from(units)));
        if currency.is_empty() { number } else { format!("{number} {currency}") }
    };
    [
        line_no.to_string(),
        line.account_no.clone().into_owned(),
        line.booking_date.to_string(),
        line.stated_value_date.map_or_else(|| "-".to_owned(), |day| day.to_string()),
        amount(line.withdrawal.amount, &line.withdrawal.currency),
        amount(line.deposit.amount, &line.deposit.currency),
        amount(line.balance, ""),
        line.transaction_details.to_owned(),
    ]
}
