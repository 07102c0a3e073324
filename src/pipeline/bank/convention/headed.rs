//! Which lines are left out by a heading above them, as `Pending transactions` is one.

use std::mem;

use super::super::form::{ACCOUNT, AMOUNT, BALANCE, DEPOSIT, DETAILS, WITHDRAWAL};
use super::amount;
use super::preamble::{Heading, heading};
use crate::text::amounts::Mark;
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
    /// No header and no line was behind that heading yet, so that the first one there is its own.
    is_new: bool,
    /// Of the booked line that was read last: account, balance and amounts.
    last: Cells,
}

impl Headed {
    /// Below what the lines above the file's header say.
    #[must_use]
    pub fn below(are_booked: Option<bool>) -> Self {
        Self { are_unbooked: are_booked == Some(false), ..Self::default() }
    }

    /// Whether a record is a heading, which stands alone and at the start of its line: elsewhere words go on from the line above.
    pub fn is_heading(&mut self, layout: &Layout, cells: &Cells) -> bool {
        let mut filled = cells.iter().enumerate().filter(|(_, cell)| !trimmed(cell).is_empty());
        let Some((place, only)) = filled.next().filter(|_| filled.next().is_none()) else { return false };
        // A sheet may begin with a column that is empty.
        let is_first = layout.names.iter().take(place).all(|name| trimmed(name).is_empty());
        if !is_first || layout.places.get(DETAILS) == Some(&Some(place)) {
            return false;
        }
        match heading(only) {
            Some(Heading::Says(are_booked)) => {
                (self.are_unbooked, self.is_new) = (!are_booked, !are_booked);
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

    /// Whether a line is left out. One whose balance goes on from that of a booked line is booked itself, and the heading is not
    /// for those behind it.
    pub fn leaves_out(&mut self, layout: &Layout, cells: &Cells) -> bool {
        self.is_new = false;
        let has_balance = layout.has(BALANCE);
        if self.are_unbooked && !(has_balance && self.is_next(layout, cells)) {
            return true;
        }
        self.are_unbooked = false;
        if has_balance {
            let [amount, withdrawal, deposit] = MOVES;
            let columns = [ACCOUNT, BALANCE, amount, withdrawal, deposit];
            self.last.fill(columns.map(|column| layout.cell(cells, column)));
        }
        false
    }

    /// Whether the balances of the last booked line and of this one differ by the amount of one of them: in many files the newest
    /// line stands first.
    fn is_next(&self, layout: &Layout, cells: &Cells) -> bool {
        let mut last = self.last.iter();
        let (account, balance) = (last.next().unwrap_or_default(), last.next().unwrap_or_default());
        let moves: Vec<_> = last.chain(MOVES.map(|column| layout.cell(cells, column))).collect();
        let differs_by_a_move = |mark: Mark| {
            let units = |cell| amount::money(cell, mark).ok().flatten().map(|money| i128::from(money.units));
            let both = units(balance).zip(units(layout.cell(cells, BALANCE)));
            let change = both.map(|(before, after)| (after - before).abs()).filter(|change| *change > 0);
            change.is_some() && moves.iter().any(|cell| units(cell).map(i128::abs) == change)
        };
        layout.cell(cells, ACCOUNT) == account && Mark::BOTH.into_iter().any(differs_by_a_move)
    }
}
