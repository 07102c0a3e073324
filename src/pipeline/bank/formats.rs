//! Statements in formats of their own: ISO 20022's camt.052, camt.053 and camt.054, SWIFT's MT940 and MT942, OFX 1 and 2.
//!
//! The first bytes tell which one it is. Entries become rows of the statement's own columns, with points before the decimals
//! and ISO dates, so that they are typed as all other lines are, and are added up and compared with the balances, numbers and sums
//! that the file states. Each row gets the balance behind it; where a statement's entries do not lead from its opening balance to
//! its closing one, or do not stand by their days, the file is read once more, and that statement's rows get none. `line_no` counts entries in camt and OFX,
//! whose lines mean nothing.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::account;
use super::form::LineCells;
use crate::text::amounts::{Exact, Mark};
use crate::text::decode::{Decoder, Encoding};
use crate::text::records::{Bad, Cells};
use crate::text::scan::{Counts, Sink};
use entry::{Entry, Listener, Statement, money, units};

mod camt;
mod entry;
mod ofx;
pub(super) mod other;
mod swift;

/// Bytes from the start of a file that tell its format.
const START: u64 = 4096;

/// A format whose entries are not lines of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Camt,
    Swift,
    Ofx,
}

impl Format {
    /// Its name, as a person knows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Camt => "ISO 20022 camt",
            Self::Swift => "SWIFT MT940 or MT942",
            Self::Ofx => "OFX",
        }
    }

    /// The format of a file, by its first bytes; nothing for lines of cells.
    ///
    /// # Errors
    /// When reading fails.
    pub fn of(reader: &mut dyn Read, encoding: Encoding) -> io::Result<Option<Self>> {
        let mut start = Vec::new();
        Decoder::new(reader, encoding).take(START).read_to_end(&mut start)?;
        let start = String::from_utf8_lossy(&start);
        let start = start.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        Ok(if start.starts_with('<') && start.contains("camt.05") {
            Some(Self::Camt)
        } else if start.starts_with("OFXHEADER") || ofx::is_one(start) {
            Some(Self::Ofx)
        } else {
            swift::is_one(start).then_some(Self::Swift)
        })
    }

    /// Hands the file's entries on as rows, and adds them up. The balances of statements are taken to hold, but where it is `known`
    /// from an earlier reading which do: whoever [was misled](Sums::is_misled) reads the file once more. A mark before decimals may be
    /// said, where the file's amounts do not tell.
    ///
    /// # Errors
    /// When reading or the sink fails, or the file is damaged.
    pub fn scan(
        self,
        known: Option<&Sums>,
        decimal: Option<Mark>,
        reader: &mut dyn Read,
        encoding: Encoding,
        sink: &mut dyn Sink,
    ) -> io::Result<(Counts, Sums)> {
        let mut rows = Rows {
            sink,
            known: known.map(|sums| sums.holds.iter()),
            sums: Sums::default(),
            statement: Statement::default(),
            balance: None,
            has_balances: false,
            cells: Cells::default(),
            counts: Counts::default(),
        };
        let reader = Decoder::new(reader, encoding);
        match self {
            Self::Camt => camt::read(reader, &mut rows)?,
            Self::Swift => swift::read(reader, &mut rows)?,
            Self::Ofx => {
                let known = decimal.map(ofx::Shown::of).or(known.map(|sums| sums.shown));
                let shown = ofx::read(reader, known, &mut rows)?;
                rows.sums.shown = shown;
                rows.sums.is_misled |= shown.is_open && known.is_none();
            }
        }
        // One that was cut above its first statement looks whole.
        if rows.sums.holds.is_empty() {
            return Err(entry::damaged("there is no statement in the file"));
        }
        rows.sums.tell_both();
        Ok((rows.counts, rows.sums))
    }
}

/// What the entries of a file add up to.
#[derive(Debug, Default)]
pub struct Sums {
    /// For each statement, whether its entries lead from its opening balance to its closing one.
    holds: Vec<bool>,
    /// What a person is told of the file.
    pub notes: Vec<String>,
    under_way: Sum,
    /// Accounts, and whether the file has reports of days under way of them, and statements.
    kinds: BTreeMap<String, [bool; 2]>,
    /// What amounts of OFX show of their mark.
    shown: ofx::Shown,
    /// A balance stands behind rows of a statement that does not hold, or an amount is read that others may show to be another.
    pub is_misled: bool,
}

/// What the entries of one statement add up to, as far as they were read.
#[derive(Debug, Default)]
struct Sum {
    /// Entries that are not booked yet, their credits and their debits.
    pending: u64,
    expected: [i64; 2],
    entries: u64,
    credits: i64,
    debits: i64,
    /// An entry has no amount that could be added.
    is_open: bool,
    /// The day of the last entry, and whether one was before the day of the one above it.
    day: String,
    goes_back: bool,
}

impl Sum {
    /// Takes the ISO date of an entry.
    fn follow(&mut self, day: &str) {
        if self.day != day {
            self.goes_back |= self.day.as_str() > day;
            day.clone_into(&mut self.day);
        }
    }
}

impl Sums {
    /// Tells of accounts whose entries may stand in a report and in a statement.
    fn tell_both(&mut self) {
        for (account, _) in self.kinds.iter().filter(|(_, kinds)| **kinds == [true; 2]) {
            self.notes.push(format!(
                "{account}: the file has reports of a day under way and statements, and an entry of both is taken twice: give \
                 them as files of their own, where it is taken once"
            ));
        }
    }

    fn add(&mut self, amount: Option<i64>, is_credit: bool) {
        let sum = &mut self.under_way;
        sum.entries += 1;
        let side = if is_credit { &mut sum.credits } else { &mut sum.debits };
        match amount.and_then(|amount| side.checked_add(amount)) {
            Some(reached) => *side = reached,
            None => sum.is_open = true,
        }
    }

    /// Compares a statement with its entries; whether it holds.
    fn ends(&mut self, statement: &Statement) -> bool {
        let Sum { pending, expected, entries, credits, debits, is_open, goes_back, .. } = self.under_way;
        let leads_to = |opening: i64| opening.checked_add(credits)?.checked_sub(debits);
        let end = statement.opening.and_then(leads_to).filter(|_| !is_open);
        // Entries may stand in any order: only by their days they lead from balance to balance.
        let holds = end.is_some() && end == statement.closing && !goes_back;
        self.holds.push(holds);
        let count = |number: u64| number.to_string();
        let sum = |sum: i64| if is_open { "less than all".into() } else { money(sum) };
        // What is stated may count those that are not booked yet.
        let counted = |own: i64, expected: i64, stated: Option<i64>| {
            stated.filter(|stated| own.checked_add(expected) == Some(*stated)).unwrap_or(own)
        };
        let stated = statement.entries.and_then(|stated| i64::try_from(stated).ok());
        let entries = counted(entries.cast_signed(), pending.cast_signed(), stated);
        let credits = counted(credits, expected[0], statement.credits);
        let debits = counted(debits, expected[1], statement.debits);
        let said = [
            ("closing balance", end.map(money), statement.closing.map(money)),
            ("number of entries", Some(entries.to_string()), statement.entries.map(count)),
            ("sum of credits", Some(sum(credits)), statement.credits.map(money)),
            ("sum of debits", Some(sum(debits)), statement.debits.map(money)),
        ];
        for (what, found, stated) in said {
            if let Some((found, stated)) = found.zip(stated).filter(|(found, stated)| found != stated) {
                let account = &statement.account;
                self.notes
                    .push(format!("{account}: the {what} is {stated} as stated, {found} by its entries"));
            }
        }
        if pending > 0 {
            let account = &statement.account;
            self.notes.push(format!("{account}: {pending} entries are not booked yet, and left out"));
        }
        if let Some(entry) = statement.apart {
            let account = &statement.account;
            self.notes.push(format!(
                "{account}: the transactions of a batch do not add up to its amount, which is taken, the first time in entry {entry}"
            ));
        }
        if statement.balances > 0 {
            let Statement { account, balances, .. } = statement;
            self.notes
                .push(format!("{account}: {balances} entries are balances by their text, and left out"));
        }
        if statement.securities > 0 {
            let Statement { account, securities, .. } = statement;
            self.notes.push(format!(
                "{account}: {securities} entries of securities are left out, with the money that they move"
            ));
        }
        holds
    }
}

/// Entries on their way to the sink.
struct Rows<'a> {
    sink: &'a mut dyn Sink,
    /// Which statements hold, where it is known.
    known: Option<std::slice::Iter<'a, bool>>,
    sums: Sums,
    statement: Statement,
    /// Behind the entry that came last.
    balance: Option<i64>,
    /// Rows of the statement got balances.
    has_balances: bool,
    cells: Cells,
    counts: Counts,
}

impl Listener for Rows<'_> {
    fn begins(&mut self, statement: &Statement) -> io::Result<()> {
        let holds = self.known.as_mut().is_none_or(|known| known.next().is_some_and(|holds| *holds));
        self.balance = statement.opening.filter(|_| holds);
        self.has_balances = false;
        self.sums.under_way = Sum::default();
        self.statement.clone_from(statement);
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        if entry.is_pending {
            let sum = &mut self.sums.under_way;
            sum.pending += 1;
            let side = &mut sum.expected[usize::from(!entry.is_credit)];
            *side = side.saturating_add(units(&entry.amount).unwrap_or_default());
            return Ok(());
        }
        let amount = units(&entry.amount);
        self.sums.add(amount, entry.is_credit);
        self.sums.under_way.follow(&entry.booked);
        let amount = amount.unwrap_or_default();
        let amount = if entry.is_credit { amount } else { -amount };
        self.balance = self.balance.and_then(|balance| balance.checked_add(amount));
        self.has_balances |= self.balance.is_some();
        let balance = self.balance.map(Exact::of);
        let currency = if entry.currency.is_empty() { &self.statement.currency } else { &entry.currency };
        let side = [entry.amount.as_str(), currency];
        let ([out, out_currency], [into, into_currency]) =
            if entry.is_credit { ([""; 2], side) } else { (side, [""; 2]) };
        let Entry { booked, details, reference, valued, .. } = entry;
        let cells: LineCells = [
            &self.statement.account,
            booked,
            details,
            reference,
            valued,
            out,
            out_currency,
            into,
            into_currency,
            balance.as_ref().map_or("", Exact::text),
            "",
        ];
        self.cells.fill(cells);
        self.counts.rows += 1;
        self.sink.row(entry.place, &self.cells)
    }

    fn bad(&mut self, place: u64, bad: Bad, text: String) -> io::Result<()> {
        self.sums.add(None, false);
        self.counts.bad += 1;
        self.sink.bad(place, bad, text)
    }

    fn ends(&mut self, statement: &Statement) -> io::Result<()> {
        let holds = self.sums.ends(statement);
        let account = account::without_blanks(&statement.account).into_owned();
        let kinds = self.sums.kinds.entry(account).or_default();
        kinds[usize::from(!statement.is_interim)] |= self.sums.under_way.entries > 0;
        self.sums.is_misled |= self.has_balances && !holds && self.known.is_none();
        Ok(())
    }
}
