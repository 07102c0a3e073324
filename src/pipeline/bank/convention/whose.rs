//! Whose accounts stand in a column that is called no more than `Konto`: the holder's own, or those of whom was paid.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::account::without_blanks;
use super::super::form::{ACCOUNT, BOOKED};
use super::candidates;
use super::tally::Tally;
use crate::text::header::{self, Map};
use crate::text::records::Cells;
use crate::text::scan::{Layout, Refusal};
use crate::text::{table, trimmed};

/// Lines of which the accounts are told apart.
const LOOKED_AT: u64 = 1000;

const HINT: &str = "where they are of whom was paid, keep the column out with a line `its header,-` of --map FILE and say whose the \
                    lines are with --account NUMBER; else say so with a line `its header,account_no`";

/// Words that name an account without saying whose, and those for its bank.
static WORDS: LazyLock<[HashSet<&'static str>; 2]> = LazyLock::new(|| {
    let words = |kinds: &'static [&'static str]| {
        let rows = table::rows(include_str!("marks.tsv"));
        let of_kind = rows.filter(move |[kind, ..]: &[&str; 3]| kinds.contains(kind));
        of_kind.flat_map(|[.., keys]| keys.split(' ')).collect()
    };
    [words(&["account_first", "account_last", "account_open"]), words(&["account_bank"])]
});

/// What the cells of such a column show.
#[derive(Default)]
pub struct Whose {
    /// Its place, where it is asked about.
    place: Option<usize>,
    /// Whether it stands behind the day; and with a column for the payee or for the bank beside it.
    is_behind: bool,
    is_beside: bool,
    filled: u64,
    accounts: HashSet<String>,
    /// Lines that have none.
    blank: Tally,
}

impl Whose {
    /// Of a file whose columns a person or a profile maps.
    pub fn of(layout: &Layout, map: &Map) -> Self {
        let key = |place: usize| layout.names.get(place).map(|name| header::key(name)).unwrap_or_default();
        let at = |column: usize| layout.places.get(column).copied().flatten();
        let [accounts, banks] = &*WORDS;
        let is_open =
            |place: &usize| accounts.contains(key(*place).as_str()) && !map.contains_key(&key(*place));
        let Some(place) = at(ACCOUNT).filter(is_open) else { return Self::default() };
        let is_other = |place: usize| {
            let key = key(place);
            candidates::names(&key, "payee") || banks.contains(key.as_str())
        };
        let is_behind = at(BOOKED) < Some(place);
        let is_beside = is_behind && [place.wrapping_sub(1), place + 1].into_iter().any(is_other);
        Self { place: Some(place), is_behind, is_beside, ..Self::default() }
    }

    /// Takes a transaction, and whether a line above it names its account.
    pub fn add(&mut self, line: u64, row: &Cells, is_named: bool) {
        let Some(place) = self.place.filter(|_| self.filled < LOOKED_AT) else { return };
        let account = trimmed(row.get(place));
        if account.contains(char::is_alphanumeric) {
            self.filled += 1;
            let account = without_blanks(account);
            if !self.accounts.contains(account.as_ref()) {
                self.accounts.insert(account.into_owned());
            }
        } else if !is_named {
            self.blank.add(line, account);
        }
    }

    /// Why it is not told whose the accounts are.
    pub fn refusal(&self, layout: &Layout) -> Option<Refusal> {
        let name = layout.names.get(self.place?).map_or("", |name| trimmed(name));
        // Where all others are of one account, or the account comes first, a line with an empty cell just lacks it, and is a fault.
        let are_several = self.accounts.len() > 1;
        let lacks = self.blank.first.as_ref();
        let lacks =
            lacks.filter(|seen| self.is_behind && self.filled > 0 && (are_several || !seen.text.is_empty()));
        let are_many = self.is_beside && are_several && self.accounts.len() as u64 * 2 > self.filled;
        let why = match lacks {
            Some(seen) => format!("line {} has none", seen.line),
            None if are_many => format!("{} lines have {} different ones", self.filled, self.accounts.len()),
            None => return None,
        };
        Some(Refusal {
            error: "open_account",
            message: format!(
                "the accounts of the column {name} may be of whom was paid, and not whose the lines are: {why}"
            ),
            hint: HINT,
        })
    }
}
