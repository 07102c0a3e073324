//! Which lines are left out by a heading above them, as `Pending transactions` is one.

use std::cmp::Ordering;
use std::mem;

use super::super::form::{ACCOUNT, AMOUNT, BALANCE, BOOKED, DEPOSIT, DETAILS, STATE, WITHDRAWAL};
use super::amount;
use super::naming::ANY_YEAR;
use super::preamble::{self, Heading, heading};
use crate::text::amounts::Mark;
use crate::text::dates::Order;
use crate::text::day;
use crate::text::records::Cells;
use crate::text::scan::Layout;
use crate::text::trimmed;

/// The columns of what a line moves its balance by.
const MOVES: [usize; 3] = [AMOUNT, WITHDRAWAL, DEPOSIT];

/// What the headings above a line say of it.
#[derive(Debug, Clone, Default)]
pub struct Headed {
    /// A heading says that the lines behind it are not booked.
    are_unbooked: bool,
    /// Its line; none where it stands above the file's header.
    line: Option<u64>,
    /// The first heading and line whose balance says that the line is booked.
    overruled: Option<(Option<u64>, u64)>,
    /// No header and no line was behind that heading yet, so that the first one there is its own.
    is_new: bool,
    /// Of the booked line that was read last: account, balance, day and amounts.
    last: Cells,
}

impl Headed {
    /// Below what the lines above the file's header say.
    #[must_use]
    pub fn below(are_booked: Option<bool>) -> Self {
        Self { are_unbooked: are_booked == Some(false), ..Self::default() }
    }

    /// Whether a record is a heading, which stands alone and at the start of its line: elsewhere words go on from the line above.
    pub fn is_heading(&mut self, line: u64, layout: &Layout, (place, only): (usize, &str)) -> bool {
        // A sheet may begin with a column that is empty.
        let is_first = layout.names.iter().take(place).all(|name| trimmed(name).is_empty());
        if !is_first || layout.places.get(DETAILS) == Some(&Some(place)) {
            return false;
        }
        // A word for what is under way stands for the lines below it; one for what was never carried out may be of one payment.
        let alone = preamble::is_under_way(only).then_some(Heading::Says(false));
        match heading(only).or(alone) {
            Some(Heading::Says(are_booked)) => {
                (self.are_unbooked, self.is_new, self.line) = (!are_booked, !are_booked, Some(line));
                true
            }
            Some(Heading::Ends) => mem::take(&mut self.are_unbooked),
            None => false,
        }
    }

    /// Takes a header that stands anew; whether it is that of a heading, or ends what the heading is for.
    pub fn header(&mut self) -> bool {
        mem::take(&mut self.is_new) || mem::take(&mut self.are_unbooked)
    }

    /// What another account has is headed anew.
    pub fn ends(&mut self) {
        self.are_unbooked = false;
    }

    /// Whether a line is left out. One that says so, or whose balance goes on from that of a booked line, is booked itself, and the
    /// heading is not for those behind it.
    pub fn leaves_out(&mut self, line: u64, layout: &Layout, cells: &Cells) -> bool {
        self.is_new = false;
        let has_balance = layout.has(BALANCE);
        if self.are_unbooked && preamble::is_booked(layout.cell(cells, STATE)) != Some(true) {
            if !(has_balance && self.is_next(layout, cells)) {
                return true;
            }
            self.overruled.get_or_insert((self.line, line));
        }
        self.are_unbooked = false;
        if has_balance {
            let [amount, withdrawal, deposit] = MOVES;
            let columns = [ACCOUNT, BALANCE, BOOKED, amount, withdrawal, deposit];
            self.last.fill(columns.map(|column| layout.cell(cells, column)));
        }
        false
    }

    /// What a person is told of a heading that is not for the line behind it.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let (heading, line) = self.overruled?;
        let heading = heading.map_or("above the header".to_owned(), |heading| format!("in line {heading}"));
        Some(format!(
            "line {line} is booked although the heading {heading} says that it is not: its balance goes on from the lines before"
        ))
    }

    /// Whether the balances of the last booked line and of this one differ by what one of them moves: this one where days go up,
    /// the last one where they go down, for in many files the newest line stands first.
    fn is_next(&self, layout: &Layout, cells: &Cells) -> bool {
        let mut last = self.last.iter();
        let mut next = || last.next().unwrap_or_default();
        let (account, balance, day) = (next(), next(), next());
        let before: Vec<_> = last.collect();
        let days = order(day, layout.cell(cells, BOOKED));
        let goes_on = |mark: Mark| {
            let units =
                |cell: &str| amount::money(cell, mark).ok().flatten().map(|money| i128::from(money.units));
            let both = units(balance).zip(units(layout.cell(cells, BALANCE)));
            let Some(change) = both.map(|(before, after)| after - before).filter(|change| *change != 0)
            else {
                return false;
            };
            let is_move = |cells: [&str; 3], change: i128| {
                let [amount, out, into] = cells.map(units);
                // A minus in the one column may say either way.
                amount.is_some_and(|amount| amount.abs() == change.abs())
                    || out.is_some_and(|out| -out.abs() == change)
                    || into == Some(change)
            };
            let own = MOVES.map(|column| layout.cell(cells, column));
            let last = <[&str; 3]>::try_from(before.as_slice()).unwrap_or_default();
            (days != Some(Ordering::Greater) && is_move(own, change))
                || (days != Some(Ordering::Less) && is_move(last, -change))
        };
        layout.cell(cells, ACCOUNT) == account && Mark::BOTH.into_iter().any(goes_on)
    }
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
