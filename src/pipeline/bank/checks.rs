//! What a statement says about its own lines, compared with them: its balances at the beginning and the end, its totals.

use super::convention::amount;
use super::convention::preamble::Stated;
use super::convention::rules::Convention;
use super::typed::Line;
use crate::text::amounts;
use crate::value;

/// The sums of a file's lines, in ten-thousandths.
#[derive(Debug, Default)]
pub struct Sums {
    pub withdrawals: i128,
    pub deposits: i128,
    /// Whether the lines are of one account; else the file's balances are of neither.
    account: Option<String>,
    are_several: bool,
}

impl Sums {
    pub fn add(&mut self, line: &Line) {
        self.withdrawals += i128::from(line.withdrawal.amount.unwrap_or(0));
        self.deposits += i128::from(line.deposit.amount.unwrap_or(0));
        match &self.account {
            None => self.account = Some(line.account_no.clone().into_owned()),
            Some(account) => self.are_several |= *account != line.account_no,
        }
    }

    /// What the statement says otherwise than its lines, a sentence each.
    #[must_use]
    pub fn apart(&self, stated: &Stated, convention: &Convention) -> Vec<String> {
        let units = |text: &Option<String>| {
            let money = amount::money(text.as_deref()?, convention.decimal).ok()??;
            Some(i128::from(money.units))
        };
        let mut apart = Vec::new();
        if let (Some(opening), Some(closing), false) =
            (units(&stated.opening), units(&stated.closing), self.are_several || stated.are_several)
        {
            let reached = opening + self.deposits - self.withdrawals;
            if reached != closing {
                apart.push(format!(
                    "the statement ends with {}, and its lines lead from {} to {}",
                    shown(closing),
                    shown(opening),
                    shown(reached)
                ));
            }
        }
        let [withdrawals, deposits] = stated.totals.each_ref().map(|total| {
            // Each account has totals of its own.
            if stated.are_several { None } else { units(total) }
        });
        for (what, stated, sum) in
            [("withdrawals", withdrawals, self.withdrawals), ("deposits", deposits, self.deposits)]
        {
            // Debits of a total may have a minus, as those of lines may.
            if let Some(stated) = stated.filter(|stated| stated.abs() != sum.abs()) {
                apart.push(format!(
                    "the statement says that its {what} are {}, and those of its lines are {}",
                    shown(if sum < 0 { stated } else { stated.abs() }),
                    shown(sum)
                ));
            }
        }
        apart
    }
}

/// Ten-thousandths as a person reads them.
#[must_use]
pub fn shown(units: i128) -> String {
    value::grouped(&amounts::text(units, 2))
}
