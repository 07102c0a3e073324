//! Which lines are left out by a heading above them, as `Pending transactions` is one.

use std::cmp::Ordering;
use std::mem;

use super::super::account::without_blanks;
use super::super::form::{ACCOUNT, AMOUNT, BALANCE, BOOKED, DEPOSIT, DETAILS, WITHDRAWAL};
use super::amount;
use super::booked::{self, Heading, heading};
use super::naming::ANY_YEAR;
use super::preamble::Stated;
use crate::text::amounts::Mark;
use crate::text::dates::Order;
use crate::text::day;
use crate::text::given::BelowHeading;
use crate::text::records::Cells;
use crate::text::scan::{Layout, Refusal};
use crate::text::trimmed;

/// The columns of what a line moves its balance by.
const MOVES: [usize; 3] = [AMOUNT, WITHDRAWAL, DEPOSIT];

/// Words that may be a heading, or are one, and their line; none where they stand above the file's header.
type Place = (Option<u64>, String);

/// A heading that says that the lines behind it are not booked.
#[derive(Debug, Clone)]
struct Unbooked {
    place: Place,
    /// How many it says that there are, and how many were left out.
    stated: Option<u64>,
    left_out: u64,
    /// The first line below it that has a balance; and whether one has none.
    first_balance: Option<u64>,
    lacks_balance: bool,
}

impl Unbooked {
    fn at(line: Option<u64>, words: &str) -> Self {
        let stated = booked::number_of(words);
        Self {
            place: (line, words.to_owned()),
            stated,
            left_out: 0,
            first_balance: None,
            lacks_balance: false,
        }
    }

    /// Takes a line below it, with its cell of balances where there are such.
    fn take(&mut self, balance: Option<&str>) {
        self.left_out += 1;
        self.lacks_balance |= balance.is_some_and(str::is_empty);
    }

    /// Takes a line below it that has a day. It is as one that is not booked, or the first line is told of which that is not clear:
    /// one that the heading does not count, or has a balance where others lack theirs or that follows from the one before. Where a
    /// person says that such lines are booked, the balances begin to follow with the first of them.
    fn holds(
        &mut self,
        line: u64,
        balance: Option<&str>,
        are_booked: bool,
        is_next: impl FnOnce() -> bool,
    ) -> Result<(), u64> {
        self.take(balance);
        if self.stated.is_some_and(|stated| self.left_out > stated) {
            return Err(line);
        }
        if balance.is_none_or(str::is_empty) {
            return Ok(());
        }
        let first = *self.first_balance.get_or_insert(line);
        let is_odd = self.lacks_balance || (are_booked && self.stated.is_none()) || is_next();
        // Those that a heading counts are not booked, whatever follows from them.
        let from = if self.stated.is_none() { first } else { line };
        if is_odd { Err(from) } else { Ok(()) }
    }
}

/// What the headings above a line say of it.
#[derive(Debug, Clone, Default)]
pub struct Headed {
    /// The heading for the lines that come now.
    unbooked: Option<Unbooked>,
    /// No header and no line was behind that heading yet, so that the first one there is its own.
    is_new: bool,
    /// What may be a heading too, until a line follows.
    doubtful: Option<Place>,
    /// The first line of which it is not told whether it is booked, and the words above it that leave it open.
    open: Option<(u64, Place)>,
    /// What a person says of such lines; the first of which that was needed, and whether there are more such words.
    said: Option<BelowHeading>,
    answered: Option<(u64, Place)>,
    has_more: bool,
    /// The line with a balance that was read last.
    last: Cells,
}

impl Headed {
    /// With what a person says of lines of which nothing tells whether they are booked.
    #[must_use]
    pub fn new(said: Option<BelowHeading>) -> Self {
        Self { said, ..Self::default() }
    }

    /// Below what the lines above the file's header say.
    #[must_use]
    pub fn below(self, stated: &Stated) -> Self {
        let unbooked = stated.unbooked.as_deref().map(|words| Unbooked::at(None, words));
        let doubtful = stated.doubtful.clone().map(|words| (None, words));
        Self { unbooked, doubtful, ..self }
    }

    /// Whether a record is a heading, which stands at the start of its line, alone or before a number of lines or a sum.
    pub fn is_heading(
        &mut self,
        line: u64,
        layout: &Layout,
        cells: &Cells,
        (place, words): (usize, &str),
    ) -> bool {
        match heading(words).filter(|_| is_first(layout, place)) {
            Some(Heading::Says(are_booked)) => {
                self.unbooked = (!are_booked).then(|| Unbooked::at(Some(line), words));
                (self.is_new, self.doubtful) = (!are_booked, None);
                true
            }
            Some(Heading::Ends) if cells.only().is_some() => {
                self.doubtful = None;
                // Of no lines, or where a person speaks of headings, it is one wherever it stands.
                let is_one = self.said.is_some() || booked::is_of_none(words);
                self.unbooked.take().is_some() || is_one
            }
            _ => false,
        }
    }

    /// Takes a record that is nothing that is known, and may be a heading, above all where it `is_alone`; whether it was answered
    /// what it is.
    pub fn doubt(
        &mut self,
        line: u64,
        layout: &Layout,
        (place, words): (usize, &str),
        is_alone: bool,
    ) -> bool {
        let is_open = if is_first(layout, place) {
            // A number of lines within them says nothing new.
            booked::may_be_heading(words)
                || (is_alone && booked::may_be_of_others(words))
                || (self.unbooked.is_some() && !booked::is_count(words))
        } else {
            // Words that go on from the line above, unless they are those of a list.
            layout.places.get(DETAILS) == Some(&Some(place))
                && booked::is_booked(words).is_none()
                && heading(words) == Some(Heading::Says(false))
        };
        if is_open {
            self.doubtful.get_or_insert_with(|| (Some(line), words.to_owned()));
        }
        is_open && self.said.is_some()
    }

    /// Takes a header that stands anew: it is that of a heading, or ends what the heading is for.
    pub fn header(&mut self) {
        if !mem::take(&mut self.is_new) {
            // What only stood in place of another heading is answered by the header.
            self.doubtful
                .take_if(|(_, words)| !booked::may_be_heading(words) && !booked::may_be_of_others(words));
            self.unbooked = None;
        }
    }

    /// What another account has is headed anew.
    pub fn ends(&mut self) {
        (self.unbooked, self.doubtful) = (None, None);
    }

    /// Whether a line is left out. One that says that it is booked ends the heading; one that has a balance as booked lines have
    /// leaves it open.
    pub fn leaves_out(&mut self, line: u64, layout: &Layout, cells: &Cells) -> bool {
        self.is_new = false;
        let doubtful = self.doubtful.take();
        let says_so = booked::is_booked_line(layout, cells) == Some(true);
        if says_so {
            self.unbooked = None;
        } else if let Some(place) = doubtful {
            self.settle(line, place);
        }
        let balance = layout.has(BALANCE).then(|| trimmed(layout.cell(cells, BALANCE)));
        if let Some(heading) = &mut self.unbooked {
            let are_booked = self.said == Some(BelowHeading::Booked);
            let held = heading.holds(line, balance, are_booked, || is_next(&self.last, layout, cells));
            if let Err(first) = held {
                let place = heading.place.clone();
                self.settle(first, place);
            }
        }
        if balance.is_some_and(|balance| !balance.is_empty()) {
            self.last.clone_from(cells);
        }
        self.unbooked.is_some()
    }

    /// Whether a line that has an amount and no day is left out: what is booked has one.
    pub fn leaves_out_undated(&mut self, line: u64, layout: &Layout, cells: &Cells) -> bool {
        if let Some(place) = self.doubtful.take_if(|_| self.said.is_some()) {
            self.settle(line, place);
        }
        self.is_new = false;
        let balance = layout.has(BALANCE).then(|| trimmed(layout.cell(cells, BALANCE)));
        // With a balance it is as one that is booked, and lacks its day.
        if balance.is_some_and(|balance| !balance.is_empty()) {
            return false;
        }
        self.unbooked.as_mut().map(|heading| heading.take(balance)).is_some()
    }

    /// Takes what a person says of a line and those behind it, or keeps that nothing tells.
    fn settle(&mut self, line: u64, place: Place) {
        match self.said {
            None => {
                self.open.get_or_insert((line, place));
                return;
            }
            Some(BelowHeading::Booked) => self.unbooked = None,
            Some(BelowHeading::Pending) => {
                self.unbooked.get_or_insert_with(|| Unbooked::at(place.0, &place.1));
            }
        }
        let (_, first) = self.answered.get_or_insert_with(|| (line, place.clone()));
        self.has_more |= *first != place;
    }

    /// What a person is told of lines that are read as was said.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let (line, (above, words)) = self.answered.as_ref()?;
        let is = if self.said == Some(BelowHeading::Booked) { "booked" } else { "not booked" };
        let more = if self.has_more { ", and so on below other such words" } else { "" };
        let place = place(*above);
        Some(format!("as was said, line {line} and those behind it are {is}, below {words} {place}{more}"))
    }

    /// Why it cannot be told of a line whether it is booked.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let (line, (above, words)) = self.open.as_ref()?;
        let place = place(*above);
        Some(Refusal {
            error: "open_heading",
            message: format!(
                "line {line} and those below it may not be booked yet: {words} {place} may mean so, and nothing in the file settles it"
            ),
            hint: "say --below-heading booked if they are booked, or --below-heading pending to leave them out",
        })
    }
}

/// Where words stand.
fn place(line: Option<u64>) -> String {
    line.map_or_else(|| "above the header".to_owned(), |line| format!("in line {line}"))
}

/// Whether the balances of the last line that has one and of this one differ by what one of them moves: this one where days go up,
/// the last one where they go down, for in many files the newest line stands first.
fn is_next(last: &Cells, layout: &Layout, cells: &Cells) -> bool {
    let both = |column| [last, cells].map(|line| layout.cell(line, column));
    let [day_before, day] = both(BOOKED);
    let days = order(day_before, day);
    let goes_on = |mark: Mark| {
        let units =
            |cell: &str| amount::money(cell, mark).ok().flatten().map(|money| i128::from(money.units));
        let [Some(before), Some(after)] = both(BALANCE).map(units) else { return false };
        let change = after - before;
        let is_move = |cells: [&str; 3], change: i128| {
            let [amount, out, into] = cells.map(units);
            // A minus in the one column may say either way.
            amount.is_some_and(|amount| amount.abs() == change.abs())
                || out.is_some_and(|out| -out.abs() == change)
                || into == Some(change)
        };
        let moves = |line| MOVES.map(|column| layout.cell(line, column));
        change != 0
            && ((days != Some(Ordering::Greater) && is_move(moves(cells), change))
                || (days != Some(Ordering::Less) && is_move(moves(last), -change)))
    };
    let [account_before, account] = both(ACCOUNT).map(|cell| without_blanks(trimmed(cell)));
    account == account_before && Mark::BOTH.into_iter().any(goes_on)
}

/// The words of a record that has no day and nothing else but numbers, with their place. A word for a state stands alone: with an
/// amount it is of one transaction.
pub fn words<'a>(layout: &Layout, cells: &'a Cells) -> Option<(usize, &'a str)> {
    let mut filled = cells.iter().map(trimmed).enumerate().filter(|(_, cell)| !cell.is_empty());
    let (place, words) = filled.next().filter(|(_, words)| words.contains(char::is_alphabetic))?;
    let is_day = |at: usize| layout.places.get(BOOKED) == Some(&Some(at));
    let mut is_alone = true;
    let are_numbers = filled.all(|(at, cell)| {
        is_alone = false;
        !is_day(at) && !cell.contains(char::is_alphabetic)
    });
    (are_numbers && (is_alone || booked::is_booked(words).is_none())).then_some((place, words))
}

/// Whether such a record is a transaction without its day: an amount stands behind its text.
#[must_use]
pub fn is_undated(layout: &Layout, cells: &Cells, (place, _): (usize, &str)) -> bool {
    !is_first(layout, place) && has_amount(layout, cells)
}

/// Whether a record has a cell of an amount that is not empty.
#[must_use]
pub fn has_amount(layout: &Layout, cells: &Cells) -> bool {
    MOVES.iter().any(|column| !trimmed(layout.cell(cells, *column)).is_empty())
}

/// Whether a place is where a line begins, though a sheet may begin with a column that is empty; words that go on from the line
/// above stand elsewhere.
fn is_first(layout: &Layout, place: usize) -> bool {
    layout.names.iter().take(place).all(|name| trimmed(name).is_empty())
        && layout.places.get(DETAILS) != Some(&Some(place))
}

/// How two days stand to each other, where they do so in every order of their parts.
fn order(first: &str, second: &str) -> Option<Ordering> {
    if first == second {
        return None;
    }
    let days = day::day(first, ANY_YEAR).zip(day::day(second, ANY_YEAR))?;
    let in_order = |order: Order| Some(days.0.of(Some(order))?.cmp(&days.1.of(Some(order))?));
    let mut found = Order::ALL.into_iter().filter_map(in_order);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first).filter(|order| order.is_ne())
}
