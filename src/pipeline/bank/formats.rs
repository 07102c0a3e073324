//! Statements in formats of their own: ISO 20022's camt.052, camt.053 and camt.054, SWIFT's MT940 and MT942, OFX 1 and 2.
//!
//! The first bytes tell which one it is. Entries become rows of the statement's own columns, with ISO dates and their amounts beside
//! them, or with an amount as a text where it cannot be read, which is then told as of all other lines. They are added up and compared with the balances, numbers and sums
//! that the file states. Each row gets the balance behind it; where a statement's entries do not lead from its opening balance to
//! its closing one, or do not stand by their days, the file is read once more, and that statement's rows get none. `line_no` counts entries in camt and OFX,
//! whose lines mean nothing.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::account;
use super::form::{BALANCE, LineCells};
use crate::text::amounts::{Exact, Mark};
use crate::text::decode::{Decoder, Encoding};
use crate::text::records::{Bad, Cells};
use crate::text::scan::{Counts, Sink};
use crate::value;
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
        sink: &mut dyn Entries,
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

/// The amounts of an entry, in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryAmounts {
    pub is_credit: bool,
    /// Not below zero.
    pub amount: i64,
    /// Behind the entry.
    pub balance: Option<i64>,
}

impl EntryAmounts {
    /// The cells of an entry with the balance behind it among them.
    #[must_use]
    pub fn written(&self, cells: &Cells) -> Cells {
        let mut texts = LineCells::default();
        cells.first(&mut texts);
        let balance = self.balance.map(Exact::of);
        texts[BALANCE] = balance.as_ref().map_or("", Exact::text);
        let mut written = Cells::default();
        written.fill(texts);
        written
    }
}

/// Takes entries whose amounts are read, beside rows whose amounts are texts.
pub trait Entries: Sink {
    /// An entry: its cells, which may be taken out, and its amounts; the balance is not among the cells.
    ///
    /// # Errors
    /// When it cannot be written.
    fn entry(&mut self, place: u64, cells: &mut Cells, amounts: EntryAmounts) -> io::Result<()> {
        self.row(place, &mut amounts.written(cells))
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
            self.notes.push(format!("{account}: {} not booked yet, and left out", entries_are(pending)));
        }
        if let Some(entry) = statement.apart {
            let account = &statement.account;
            self.notes.push(format!(
                "{account}: the transactions of a batch do not add up to its amount, which is taken, the first time in entry {entry}"
            ));
        }
        if statement.balances > 0 {
            let Statement { account, balances, .. } = statement;
            self.notes.push(format!(
                "{account}: {} no transaction by the text, which is that of a balance, and left out",
                entries_are(*balances)
            ));
        }
        if statement.securities > 0 {
            let Statement { account, securities, .. } = statement;
            self.notes.push(format!(
                "{account}: {} of securities, and left out with the money moved",
                entries_are(*securities)
            ));
        }
        holds
    }
}

fn entries_are(count: u64) -> String {
    if count == 1 {
        "1 entry is".to_owned()
    } else {
        format!("{} entries are", value::grouped(&count.to_string()))
    }
}

/// The cells of an entry but its balance: account, booking date, details, reference, value date, and on their side amount and currency.
fn fill(cells: &mut Cells, texts: [&str; 5], side: [&str; 2], is_credit: bool) {
    let [account, booked, details, reference, valued] = texts;
    let ([out, out_currency], [into, into_currency]) =
        if is_credit { ([""; 2], side) } else { (side, [""; 2]) };
    let row: LineCells =
        [account, booked, details, reference, valued, out, out_currency, into, into_currency, "", ""];
    cells.fill(row);
}

/// Entries on their way to the sink.
struct Rows<'a> {
    sink: &'a mut dyn Entries,
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
        let units = units(&entry.amount);
        self.sums.add(units, entry.is_credit);
        self.sums.under_way.follow(&entry.booked);
        let amount = units.unwrap_or_default();
        let change = if entry.is_credit { amount } else { -amount };
        self.balance = self.balance.and_then(|balance| balance.checked_add(change));
        self.has_balances |= self.balance.is_some();
        let amounts = EntryAmounts { is_credit: entry.is_credit, amount, balance: self.balance };
        let currency = if entry.currency.is_empty() { &self.statement.currency } else { &entry.currency };
        let Entry { booked, details, reference, valued, amount, is_credit, .. } = entry;
        let texts = [&self.statement.account, booked, details, reference, valued];
        fill(&mut self.cells, texts.map(String::as_str), [amount, currency], *is_credit);
        self.counts.rows += 1;
        if units.is_some_and(|units| units >= 0) {
            self.sink.entry(entry.place, &mut self.cells, amounts)
        } else {
            // What is wrong with its text is told there.
            self.sink.row(entry.place, &mut amounts.written(&self.cells))
        }
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

#[cfg(test)]
mod tests {
    use super::super::convention::rules::Convention;
    use super::super::form::own_layout;
    use super::super::sides::Sides;
    use super::super::typed::Typist;
    use super::*;

    /// Entries: account, booking date, value date, text, currency.
    const ENTRIES: [[&str; 5]; 7] = [
        ["DE89 3704 0044 0532 0130 00", "2024-01-31", "2024-02-01", " Rent ", "eur"],
        ["'00123", "2024-01-31", "2024-01-31", "", " USD "],
        ["1", "2024-01-31", "", "x", ""],
        ["", "2024-01-31", "2024-01-31", "x", "EUR"],
        ["1", "", "2024-01-31", "x", "EUR"],
        ["1", "2024-02-30", "2024-01-31", "x", "EUR"],
        ["1", "2024-01-31", "2424-01-31", "x", "EUR"],
    ];

    #[test]
    fn an_entry_is_the_row_that_has_its_amounts_as_texts() {
        let (convention, layout) = (Convention::default(), own_layout(Encoding::Utf8));
        let sides = Sides::of(&layout);
        let (mut read, mut refused) = (0, 0);
        for [account, booked, valued, details, currency] in ENTRIES {
            for (is_credit, amount, balance) in
                [(true, 12_3456, Some(-1)), (false, 0, None), (false, i64::MAX, Some(-i64::MAX))]
            {
                let amounts = EntryAmounts { is_credit, amount, balance };
                let text = Exact::of(amount);
                let mut cells = Cells::default();
                fill(&mut cells, [account, booked, details, "7", valued], [text.text(), currency], is_credit);
                let (mut bare, mut texts) = (LineCells::default(), LineCells::default());
                let written = amounts.written(&cells);
                cells.first(&mut bare);
                written.first(&mut texts);
                let mut typists = [(); 2].map(|()| Typist::new(&convention, &sides, ',', 2099));
                let [entries, rows] = &mut typists;
                let (entry, row) = (entries.entry(&bare, &amounts), rows.line(&texts));
                assert_eq!(entry, row.filter(|_| rows.problems.is_empty()), "{texts:?}");
                read += u32::from(entry.is_some());
                refused += u32::from(entry.is_none());
            }
        }
        assert_eq!((read, refused), (9, 12));
    }
}
