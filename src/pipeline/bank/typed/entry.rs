//! Entries of formats of their own, whose amounts are read when they come.

use super::super::form::{BOOKED, LineCells, VALUED, capitals};
use super::super::formats::EntryAmounts;
use super::{Line, Side, Typist, none};
use crate::text::trimmed;

impl<'c> Typist<'c> {
    /// Reads an entry of a format of its own, whose amounts are read; nothing where anything of it is a problem.
    pub fn entry<'a>(&mut self, cells: &LineCells<'a>, amounts: &EntryAmounts) -> Option<Line<'a>>
    where
        'c: 'a,
    {
        self.problems.clear();
        let [account, booked, details, chq_no, valued, _, out, _, into, ..] = *cells;
        let account_no = self.account(account);
        let booking_date = self.date(BOOKED, booked);
        let stated_value_date = if valued == booked { booking_date } else { self.date(VALUED, valued) };
        let currency = capitals(trimmed(if amounts.is_credit { into } else { out }));
        let side = Side { amount: Some(amounts.amount), currency };
        let (withdrawal, deposit) = if amounts.is_credit { (none(), side) } else { (side, none()) };
        let booking_date = booking_date.filter(|_| self.problems.is_empty())?;
        Some(Line {
            account_no,
            booking_date,
            stated_value_date,
            transaction_details: trimmed(details),
            chq_no: trimmed(chq_no),
            withdrawal,
            deposit,
            balance: amounts.balance,
        })
    }
}
