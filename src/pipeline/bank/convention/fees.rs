//! Fees of a column of their own: what they are to the amounts, as the balances show.

use super::super::form::FEE;
use super::evidence::Evidence;
use super::rules::Fees;
use super::tally::follow;
use crate::text::scan::Refusal;

impl Evidence<'_> {
    /// What fees are to the amounts, where the balances follow in one way only.
    fn shown_fees(&self) -> Option<Fees> {
        let ways = [
            (Fees::Off, follow(&self.chains)),
            (Fees::Within, follow(&self.feeless)),
            (Fees::Signed, self.has_minus_fee && follow(&self.with_fees)),
        ];
        let mut found = ways.into_iter().filter_map(|(fees, follow)| follow.then_some(fees));
        found.next().filter(|_| found.next().is_none())
    }

    /// What fees are to the amounts.
    pub(super) fn fees(&self) -> Fees {
        self.shown_fees().filter(|_| self.fees.count > 0).unwrap_or_default()
    }

    /// Whether nothing tells that fees are taken off the amounts, or are not.
    pub(super) fn fees_are_open(&self) -> bool {
        self.are_fees_open && self.fees.count > 0 && self.shown_fees().is_none()
    }

    pub(super) fn open_fees(&self) -> Refusal {
        Refusal {
            error: "two_readings",
            message: format!(
                "the fees of the column {}, as {}, may stand in the amounts already or go off them, and no balances show which",
                self.layout.name(FEE),
                self.fees.shown()
            ),
            hint: "with --map FILE a line `its header,fee` takes them off the amounts, and `its header,-` keeps them out",
        }
    }
}
