//! Records behind the header that are no transactions: totals and balances, the name of the account whose lines follow, lines
//! that the bank has not booked.

use std::mem;

use super::super::super::text::amounts::Mark;
use super::super::super::text::records::Cells;
use super::super::super::text::scan::{Layout, Refusal};
use super::super::super::text::trimmed;
use super::super::form::{ACCOUNT, AMOUNT, BALANCE, BOOKED, DEPOSIT, LineCells, STATE, WITHDRAWAL};
use super::preamble::{self, Stated};
use super::{amount, date};

/// A year until which a cell may be a date, whatever the day is.
const ANY_YEAR: i32 = 9999;
/// Lines that a note names.
const NAMED: usize = 10;
/// Digits of a number that is no amount.
const LONG: usize = 8;
/// The cells of a line that names an account: the word, the number, and what the account is called.
const NAMES: usize = 3;

/// What a record is that is no transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// Words of a total or a balance.
    Note,
    /// It names the account of the lines that follow: its number, or what stands in its place.
    Section(Result<String, String>),
    /// It is not booked yet, or was never carried out.
    Unbooked,
}

impl Aside {
    /// What a record is beside the transactions of a file, if it is none of them.
    #[must_use]
    pub fn of(layout: &Layout, cells: &Cells) -> Option<Self> {
        let date = trimmed(layout.cell(cells, BOOKED));
        let has_word = date.starts_with(char::is_alphabetic);
        let place = |column: usize| layout.places.get(column).copied().flatten();
        let is_ragged = cells.count() < layout.names.len();
        if !is_ragged
            && ((has_word && preamble::is_unbooked(date))
                || place(STATE).is_some_and(|state| preamble::is_unbooked(trimmed(cells.get(state)))))
        {
            return Some(Self::Unbooked);
        }
        if !layout.has(ACCOUNT)
            && let Some(section) = section(layout, cells)
        {
            return Some(Self::Section(section));
        }
        // Most lines have a date, and are not looked at further.
        let has_no_date = is_ragged || date.is_empty() || (has_word && preamble::is_total(date));
        if !has_no_date || date::day(date, ANY_YEAR).is_some() {
            return None;
        }
        // A shop may be called so, but not where nothing stands before its name, or no account does.
        let is_first = cells.iter().find(|cell| !trimmed(cell).is_empty()).is_some_and(preamble::is_total);
        let is_note = is_first
            || (trimmed(layout.cell(cells, ACCOUNT)).is_empty() && cells.iter().any(preamble::is_total));
        is_note.then_some(Self::Note)
    }
}

impl Aside {
    /// Takes what the record says of the file.
    pub fn tell(&self, stated: &mut Stated, layout: &Layout, cells: &Cells) {
        // What follows is of another account, as its balances and totals are.
        stated.are_several |= matches!(self, Self::Section(_));
        if *self != Self::Unbooked && !stated.are_several {
            stated.add_note(layout, cells);
        }
    }
}

/// The account that a record names: it begins with the word for one, and has no amount.
fn section(layout: &Layout, cells: &Cells) -> Option<Result<String, String>> {
    // Most lines begin with a date.
    if !trimmed(cells.get(0)).starts_with(char::is_alphabetic) {
        return None;
    }
    let is_filled = |cell: &&str| !trimmed(cell).is_empty();
    if cells.iter().filter(is_filled).count() > NAMES {
        return None;
    }
    let value = preamble::section(cells)?;
    // In a line that is cut, a column's place means nothing.
    let is_whole = cells.count() >= layout.names.len();
    let balance = trimmed(layout.cell(cells, BALANCE));
    let is_of_day = date::day(trimmed(layout.cell(cells, BOOKED)), ANY_YEAR).is_some();
    if is_whole && (is_of_day || (!balance.is_empty() && balance != value)) {
        return None;
    }
    let amounts = [WITHDRAWAL, DEPOSIT, AMOUNT].map(|column| trimmed(layout.cell(cells, column)));
    let amount = amounts.into_iter().find(|cell| is_whole && !cell.is_empty());
    let is_amount = || Mark::BOTH.iter().any(|mark| amount::is_amount(value, *mark));
    match (preamble::account(value), amount) {
        (Some(account), None) => Some(Ok(account)),
        (None, None) => Some(Err(value.to_owned())),
        // A number below the amounts may be one, of a line whose date is lost, unless it is a long one.
        (Some(account), Some(amount)) if amount == value => {
            Some(if is_amount() && value.len() < LONG { Err(value.to_owned()) } else { Ok(account) })
        }
        (_, Some(_)) => None,
    }
}

/// What the records of a file said beside its transactions.
#[derive(Debug, Clone, Default)]
pub struct Asides {
    /// The account that was named last, with its line, until a transaction follows.
    named: Option<(u64, Result<String, String>)>,
    /// The account of the lines that are read now, where a line named one.
    section: Option<String>,
    /// The first two accounts whose lines were read, but for those above which none is named.
    accounts: Vec<String>,
    /// Whether a line was read before an account was named.
    has_before: bool,
    /// The first line that names an account without a number, before other lines; and how many do.
    nameless: Option<(u64, String)>,
    nameless_lines: u64,
    unbooked: u64,
    first_unbooked: Vec<u64>,
}

impl Asides {
    /// Looks at a record behind the header; nothing for a transaction.
    pub fn take(&mut self, line: u64, layout: &Layout, cells: &Cells) -> Option<Aside> {
        let aside = Aside::of(layout, cells)?;
        match &aside {
            Aside::Note => {}
            Aside::Section(account) => self.named = Some((line, account.clone())),
            Aside::Unbooked => {
                self.unbooked += 1;
                if self.first_unbooked.len() < NAMED {
                    self.first_unbooked.push(line);
                }
            }
        }
        Some(aside)
    }

    /// The account of a transaction that comes now, where a line above it names one.
    pub fn of_row(&mut self) -> Option<&str> {
        match mem::take(&mut self.named) {
            None => self.has_before |= self.section.is_none(),
            Some((line, Err(text))) => {
                self.nameless.get_or_insert((line, text));
                self.nameless_lines += 1;
            }
            Some((_, Ok(account))) => {
                if self.accounts.len() < 2 && !self.accounts.contains(&account) {
                    self.accounts.push(account.clone());
                }
                self.section = Some(account);
            }
        }
        self.section.as_deref()
    }

    /// Whether a line names an account.
    #[must_use]
    pub fn name_an_account(&self) -> bool {
        !self.accounts.is_empty()
    }

    /// Lines that are not booked.
    #[must_use]
    pub fn unbooked(&self) -> u64 {
        self.unbooked
    }

    /// What a person is told of lines that are not booked.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let lines: Vec<_> = self.first_unbooked.iter().map(u64::to_string).collect();
        let more = if self.unbooked > NAMED as u64 { " and so on" } else { "" };
        let lines = lines.join(", ");
        match self.unbooked {
            0 => None,
            1 => Some(format!("1 line is not booked, and left out: line {lines}")),
            count => Some(format!("{count} lines are not booked, and left out: lines {lines}{more}")),
        }
    }

    /// Why it cannot be told whose the lines are, with the account above them all, and the one that a person says.
    #[must_use]
    pub fn refusal(&self, said: Option<&str>, above: Option<&str>) -> Option<Refusal> {
        let are_apart = self.has_before || !self.accounts.is_empty() || self.nameless_lines > 1;
        if let Some((line, text)) = self.nameless.as_ref().filter(|_| said.is_none() || are_apart) {
            return Some(Refusal {
                error: "open_account",
                message: format!(
                    "line {line} names another account without its number, {text}, so it is not told whose the lines behind it are"
                ),
                hint: "give the lines of each account as a file of their own, with --account NUMBER",
            });
        }
        let said = said?;
        // Lines above which none is named are of the account that is said, or of the one above them all.
        let first = above.unwrap_or(said);
        let mut accounts: Vec<_> = self.has_before.then_some(first).into_iter().collect();
        accounts.extend(self.accounts.iter().map(String::as_str).filter(|account| *account != first));
        let [first, second, ..] = accounts.as_slice() else { return None };
        Some(Refusal {
            error: "open_account",
            message: format!(
                "the file has lines of the accounts {first} and {second}, and --account names one for all"
            ),
            hint: "leave --account out where each line has an account above it, or give the lines of each as a file of their own",
        })
    }
}

/// The cells of a line, with the account that a line above it names where they have none.
#[must_use]
pub fn of_section<'a>(mut cells: LineCells<'a>, section: Option<&'a str>) -> LineCells<'a> {
    if let (Some(section), [account, ..]) = (section, &mut cells)
        && trimmed(account).is_empty()
    {
        *account = section;
    }
    cells
}
