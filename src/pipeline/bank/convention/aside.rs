//! Records behind the header that are no transactions: totals and balances, the name of the account whose lines follow, lines
//! that the bank has not booked.

use std::collections::BTreeSet;
use std::mem;

use super::super::form::{ACCOUNT, BALANCE, BOOKED, DEPOSIT, DETAILS, LineCells, STATE, WITHDRAWAL};
use super::super::sides::Sides;
use super::amount;
use super::balances::{self, Word};
use super::booked;
use super::headed::{self, Headed};
use super::naming::{self, ANY_YEAR, Named};
use super::other::Headers;
use super::preamble::{self, Stated};
use crate::text::amounts::Mark;
use crate::text::day;
use crate::text::given::BelowHeading;
use crate::text::header::Map;
use crate::text::records::{Bad, Cells};
use crate::text::scan::{Layout, Refusal};
use crate::text::trimmed;

/// Lines that a note names.
const NAMED: usize = 10;

const UNKNOWN_STATE: Bad = Bad {
    error: "unknown_state",
    message: "the cell says neither that the line is booked nor that it is not",
};

/// What a record is that is no transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// Words of a total or a balance.
    Note,
    /// It names the account of the lines that follow: its number, or what stands in its place.
    Section(Result<String, String>),
    /// It is not booked yet, or was never carried out.
    Unbooked,
    /// It may name an account, and is a fault.
    Doubtful(String),
}

impl Aside {
    /// What a record is beside the transactions of a file, if it is none of them; whether one is a balance whose words may say
    /// something else is asked.
    #[must_use]
    fn of(
        layout: &Layout,
        cells: &Cells,
        (is_behind_cut, has_day): (bool, bool),
        is_balance: impl FnOnce(Word) -> bool,
    ) -> Option<Self> {
        let date = trimmed(layout.cell(cells, BOOKED));
        let has_word = date.starts_with(char::is_alphabetic);
        let is_ragged = cells.count() < layout.names.len();
        if !is_ragged
            && ((has_word && booked::is_booked(date) == Some(false))
                || booked::is_booked_line(layout, cells) == Some(false)
                || booked::is_unmoved(layout, cells))
        {
            return Some(Self::Unbooked);
        }
        // What has a balance is booked, whatever its text says.
        let has_balance = || !trimmed(layout.cell(cells, BALANCE)).is_empty();
        if !is_ragged && booked::is_marked_unbooked(trimmed(layout.cell(cells, DETAILS))) && !has_balance() {
            return Some(Self::Unbooked);
        }
        let named = if layout.has(ACCOUNT) { None } else { naming::named(layout, cells, is_behind_cut) };
        let doubtful = match named {
            Some(Named::Account(account)) => return Some(Self::Section(Ok(account))),
            Some(Named::Nameless(text)) => return Some(Self::Section(Err(text))),
            Some(Named::Doubtful(text)) => Some(Self::Doubtful(text)),
            None => None,
        };
        let may_be_page = has_word || is_ragged || date.is_empty();
        if may_be_page && cells.only().is_some_and(|(_, cell)| preamble::is_page(cell)) {
            return Some(Self::Note);
        }
        // Most lines have a date, and are not looked at further.
        let has_no_date = is_ragged || date.is_empty() || (has_word && preamble::is_total(date));
        if !has_no_date || has_day {
            return match balance(layout, cells).filter(|_| doubtful.is_none()) {
                Some(Word::Sure) => Some(Self::Note),
                Some(word) if !is_ragged && has_day => is_balance(word).then_some(Self::Note),
                _ => doubtful,
            };
        }
        // What carries a balance to the next page has no amount; a line with one lacks its day.
        let is_balance = !is_ragged && !headed::has_amount(layout, cells) && balance(layout, cells).is_some();
        // A shop may be called so, but not where nothing stands before its name, or no account does.
        let is_first = cells.iter().find(|cell| !trimmed(cell).is_empty()).is_some_and(preamble::is_total);
        let has_no_account = trimmed(layout.cell(cells, ACCOUNT)).is_empty();
        let is_note = is_balance || is_first || (has_no_account && cells.iter().any(preamble::is_total));
        if is_note { Some(Self::Note) } else { doubtful }
    }
}

/// What a line is that is a balance or a total by its text or, where it has none, by another cell.
#[must_use]
pub fn balance(layout: &Layout, cells: &Cells) -> Option<Word> {
    let details = trimmed(layout.cell(cells, DETAILS));
    if details.is_empty() { cells.iter().find_map(balances::word) } else { balances::word(details) }
}

impl Aside {
    /// Takes what the record says of the file.
    pub fn tell(&self, stated: &mut Stated, layout: &Layout, cells: &Cells) {
        // What follows is of another account, as its balances and totals are.
        stated.are_several |= matches!(self, Self::Section(_));
        if !matches!(self, Self::Unbooked | Self::Doubtful(_)) && !stated.are_several {
            stated.add_note(layout, cells);
        }
    }
}

/// A cell that would say whether its line is booked, and does not: its place in the file, and why.
#[must_use]
pub fn unknown_state(layout: &Layout, row: &Cells) -> Option<(usize, Bad)> {
    let place = layout.places.get(STATE).copied().flatten()?;
    let cell = trimmed(row.get(place));
    (!cell.is_empty() && booked::is_booked_line(layout, row).is_none()).then_some((place, UNKNOWN_STATE))
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
    /// A line that may name an account, until a transaction follows; and the first that one followed.
    doubtful: Option<(u64, String)>,
    first_doubtful: Option<(u64, String)>,
    /// Whether the line before was cut.
    is_behind_cut: bool,
    last_date: day::Last,
    headers: Headers,
    /// A header that is not read, until a transaction follows; and the first that one followed.
    unread: Option<(u64, String)>,
    first_unread: Option<(u64, String)>,
    headed: Headed,
    unbooked: u64,
    first_unbooked: Vec<u64>,
    /// Lines whose word says that they are booked; and the first whose word says neither, with it.
    booked: u64,
    unknown_state: Option<(u64, String)>,
    /// Lines that are balances, of those that may be; the last that may be, and the first that is taken for a transaction.
    balances: BTreeSet<u64>,
    perhaps: Option<(u64, Word)>,
    first_perhaps: Option<(u64, String)>,
    more_perhaps: u64,
}

impl Asides {
    /// Of a file with this layout, whose columns a person or a profile maps, with what is said of lines below a heading that is
    /// not clear.
    #[must_use]
    pub fn new(layout: &Layout, map: &Map, last_year: i32, said: Option<BelowHeading>) -> Self {
        Self { headers: Headers::of(layout, map, last_year), headed: Headed::new(said), ..Self::default() }
    }

    /// Those below what the lines above the header say.
    #[must_use]
    pub fn below(self, stated: &Stated) -> Self {
        Self { headed: self.headed.below(stated), ..self }
    }

    /// Those of a file of whose lines these are balances, though their words may say something else.
    #[must_use]
    pub fn knowing(self, balances: &BTreeSet<u64>) -> Self {
        Self { balances: balances.clone(), ..self }
    }

    /// What a transaction is, where it may be a balance.
    #[must_use]
    pub fn perhaps(&self, line: u64) -> Option<Word> {
        self.perhaps.filter(|(found, _)| *found == line).map(|(_, word)| word)
    }

    /// Whether some line may be a balance, or something else.
    #[must_use]
    pub fn has_perhaps(&self) -> bool {
        self.perhaps.is_some()
    }

    /// Whether a line is a balance that may be something else.
    fn is_balance(&mut self, line: u64, layout: &Layout, cells: &Cells, word: Word) -> bool {
        if self.balances.contains(&line) {
            return true;
        }
        self.perhaps = Some((line, word));
        let has_amount = headed::has_amount(layout, cells);
        if self.first_perhaps.is_none() && has_amount {
            let filled = cells.iter().find(|cell| balances::word(cell).is_some());
            self.first_perhaps = filled.map(|text| (line, trimmed(text).to_owned()));
        } else if has_amount {
            self.more_perhaps += 1;
        }
        false
    }

    /// Looks at a record behind the header; nothing for a transaction.
    pub fn take(&mut self, line: u64, layout: &Layout, cells: &Cells) -> Option<Aside> {
        let is_ragged = cells.count() < layout.names.len();
        let words = headed::words(layout, cells);
        let is_undated = words.is_some_and(|words| headed::is_undated(layout, cells, words));
        let is_behind_cut = self.is_behind_cut;
        let aside = if words.is_some_and(|words| self.headed.is_heading(line, layout, cells, words)) {
            Some(Aside::Note)
        } else {
            let has_day = self.last_date.day(layout.cell(cells, BOOKED), ANY_YEAR).is_some();
            let is_balance = |word| self.is_balance(line, layout, cells, word);
            Aside::of(layout, cells, (is_behind_cut, has_day), is_balance)
        };
        let is_left_out = match &aside {
            Some(Aside::Section(_)) => {
                self.headed.ends();
                false
            }
            None if is_ragged || cells.only().is_some() => false,
            None if is_undated => self.headed.leaves_out_undated(line, layout, cells),
            // Other words without a day are no transaction, and may be a heading that is not known.
            None if words.is_none() => self.headed.leaves_out(line, layout, cells),
            _ => false,
        };
        let is_answered = match (&aside, words) {
            (None | Some(Aside::Unbooked | Aside::Doubtful(_)), Some(words)) if !is_left_out => {
                let is_alone = cells.only().is_some();
                // An amount beside the words is lost to nobody, and behind a line that was cut they may be the rest of it.
                self.headed.doubt(line, layout, words, is_alone && !is_behind_cut) && is_alone
            }
            _ => false,
        };
        let aside = match aside {
            _ if is_left_out => Some(Aside::Unbooked),
            // Words of which it was said what is below them are no fault.
            None if is_answered => Some(Aside::Note),
            aside => aside,
        };
        // What may name an account in the rest of a line does not end it.
        let is_rest = self.is_behind_cut && matches!(aside, Some(Aside::Doubtful(_)));
        self.is_behind_cut = is_ragged && (aside.is_none() || is_rest);
        match &aside {
            Some(Aside::Note) => {}
            Some(Aside::Section(account)) => {
                self.doubtful = None;
                self.named = Some((line, account.clone()));
            }
            Some(Aside::Doubtful(text)) => {
                self.doubtful.get_or_insert_with(|| (line, text.clone()));
                return is_answered.then_some(Aside::Note);
            }
            Some(Aside::Unbooked) => {
                self.unbooked += 1;
                if self.first_unbooked.len() < NAMED {
                    self.first_unbooked.push(line);
                }
            }
            None if is_ragged => {}
            None => match unknown_state(layout, cells) {
                None => self.booked += u64::from(layout.has(STATE)),
                Some((place, _)) => {
                    self.unknown_state.get_or_insert_with(|| (line, trimmed(cells.get(place)).to_owned()));
                }
            },
        }
        aside
    }

    /// Where the layout's columns stand behind a record that is another header; nothing where it is none.
    pub fn header(
        &mut self,
        line: u64,
        layout: &Layout,
        cells: &Cells,
        is_behind_note: bool,
    ) -> Option<Vec<Option<usize>>> {
        match self.headers.places(layout, cells, is_behind_note)? {
            Ok(places) => {
                self.headed.header();
                Some(places)
            }
            Err(why) => {
                self.unread.get_or_insert((line, why));
                None
            }
        }
    }

    /// Takes the header that stands there once more.
    pub fn same_header(&mut self) {
        self.headed.header();
    }

    /// The account of a transaction that comes now, where a line above it names one.
    pub fn of_row(&mut self, line: u64) -> Option<&str> {
        // Such a line may be as wide as a transaction, and is none itself.
        let is_above = |found: &mut (u64, String)| found.0 < line;
        if let Some(found) = self.doubtful.take_if(is_above) {
            self.first_doubtful.get_or_insert(found);
        }
        if let Some(found) = self.unread.take_if(is_above) {
            self.first_unread.get_or_insert(found);
        }
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

    /// What a person is told of lines that are not booked, and of those of which it was said.
    pub fn told(&self) -> impl Iterator<Item = String> {
        let perhaps = self.first_perhaps.as_ref().map(|(line, text)| {
            let more = match self.more_perhaps {
                0 => String::new(),
                1 => ", and so is 1 more such line".to_owned(),
                more => format!(", and so are {more} more such lines"),
            };
            format!("{text} in line {line} is taken for a transaction: its amount is no balance that the lines show{more}")
        });
        self.headed.told().into_iter().chain(self.told_unbooked()).chain(perhaps)
    }

    fn told_unbooked(&self) -> Option<String> {
        let lines: Vec<_> = self.first_unbooked.iter().map(u64::to_string).collect();
        let more = if self.unbooked > NAMED as u64 { " and so on" } else { "" };
        let lines = lines.join(", ");
        match self.unbooked {
            0 => None,
            1 => Some(format!("1 line is not booked, and left out: line {lines}")),
            count => Some(format!("{count} lines are not booked, and left out: lines {lines}{more}")),
        }
    }

    /// Why it cannot be told whether lines are booked, or whose they are, with the account above them all, and the one that a person says.
    #[must_use]
    pub fn refusal(&self, said: Option<&str>, above: Option<&str>) -> Option<Refusal> {
        if let Some(refusal) = self.headed.refusal() {
            return Some(refusal);
        }
        let are_apart = self.has_before || !self.accounts.is_empty() || self.nameless_lines > 1;
        if let Some((line, text)) = self.nameless.as_ref().filter(|_| said.is_none() || are_apart) {
            return Some(Refusal {
                error: "open_account",
                message: format!(
                    "line {line} names another account without its number, {text}, so it is not clear whose the lines below it are"
                ),
                hint: "give the lines of each account as a file of their own, with --account NUMBER",
            });
        }
        if let Some((line, text)) = self.first_doubtful.as_ref().filter(|_| said.is_none()) {
            return Some(Refusal {
                error: "open_account",
                message: format!(
                    "line {line}, {text}, is no transaction and may name an account, so it is not clear whose the lines below it are"
                ),
                hint: "say with --account NUMBER that all lines are of one, or give the lines of each account as a file of their own",
            });
        }
        if let Some((line, why)) = &self.first_unread {
            return Some(Refusal {
                error: "open_header",
                message: format!("line {line} {why}, so it is not told what the cells behind it are"),
                hint: "give the lines behind it as a file of their own",
            });
        }
        if let Some((line, word)) = self.unknown_state.as_ref().filter(|_| self.booked + self.unbooked == 0) {
            return Some(Refusal {
                error: "open_state",
                message: format!(
                    "{word} in line {line} says neither that the line is booked nor that it is not, and no line of the file says either"
                ),
                hint: "where all lines are booked, keep the column out: --map FILE with a line `its header,-`",
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

const NAMELESS: Bad =
    Bad { error: "bad_amount", message: "the line has no amount, and a number below no name of the header" };

/// Takes the cells of a line that says that it is booked or nothing of it, with the account that a line above names for it.
///
/// # Errors
/// When a word for its state or its direction is not understood, or its amount may stand below no name: the cell's place in the
/// file, and why.
pub fn of_line<'a>(
    layout: &Layout,
    sides: &Sides,
    row: &'a Cells,
    section: Option<&'a str>,
    cells: &mut LineCells<'a>,
) -> Result<(), (usize, Bad)> {
    unknown_state(layout, row).map_or(Ok(()), Err)?;
    sides.cells(layout, row, cells)?;
    fill_account(cells, section);
    nameless_amount(layout, row, cells).map_or(Ok(()), |place| Err((place, NAMELESS)))
}

/// Where a line without an amount has a number below no name.
fn nameless_amount(layout: &Layout, row: &Cells, cells: &LineCells) -> Option<usize> {
    if [cells[WITHDRAWAL], cells[DEPOSIT]].into_iter().any(|cell| !trimmed(cell).is_empty()) {
        return None;
    }
    let is_amount = |cell: &str| Mark::BOTH.into_iter().any(|mark| amount::is_amount(cell, mark));
    let mut names = layout.names.iter().enumerate().filter(|(_, name)| trimmed(name).is_empty());
    names
        .find(|(place, _)| !layout.places.contains(&Some(*place)) && is_amount(row.get(*place)))
        .map(|(place, _)| place)
}

/// Takes the account that a line above names for a line that has none.
pub fn fill_account<'a>(cells: &mut LineCells<'a>, section: Option<&'a str>) {
    if let (Some(section), [account, ..]) = (section, cells)
        && trimmed(account).is_empty()
    {
        *account = section;
    }
}
