//! What a reader must know of the data before the numbers.

use serde::Serialize;

use crate::credit::decimal::Decimal;
use crate::credit::figures::{Figures, Period};
use crate::credit::indicators::{Unit, indicator_named};
use crate::credit::sentences::{window, words};
use crate::value;

/// Days without a line that are said at the top.
const LONG_GAP: u32 = 31;

/// A sentence about the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    pub is_warning: bool,
    pub text: String,
}

/// The notes of an account, in the order in which they are said.
pub(super) fn of(figures: &Figures) -> Vec<Note> {
    let facts = &figures.facts;
    let base = &figures.base_currency;
    let count = |number: u64| value::grouped(&number.to_string());
    let mut notes = Vec::new();
    let mut note = |is_warning, text: String| notes.push(Note { is_warning, text });
    if let Some(text) = below_zero(figures) {
        note(true, text);
    }
    match (figures.subject.is_customer, facts.accounts) {
        (false, _) => {}
        (true, 1) => note(false, "The customer has one account.".to_owned()),
        (true, accounts) => note(false, format!("{} accounts of the customer together.", count(accounts))),
    }
    match (facts.first_line, facts.last_line) {
        (Some(first), Some(last)) => {
            note(false, format!("{} lines from {first} to {last}.", count(facts.lines)));
            if let Some(silence) = figures.silence().filter(|days| *days > Decimal::whole(LONG_GAP)) {
                let days = words(Unit::Days, Some(silence), base, &[]);
                note(true, format!("No line since {last}, {days} before the as-of date."));
            }
        }
        _ => note(true, "The account has no dated line up to the as-of date.".to_owned()),
    }
    if facts.not_converted > 0 {
        let (not, lines) = (count(facts.not_converted), count(facts.lines));
        let base = figures.converted_to();
        note(
            true,
            format!("{not} of {lines} lines could not be converted to {base} and count in no amount."),
        );
    }
    for text in doubts(figures).into_iter().chain(facts.notes.iter().cloned()) {
        note(true, text);
    }
    notes
}

/// How much of the twelve months is not covered, or not certain.
fn doubts(figures: &Figures) -> Vec<String> {
    let (base, year) = (&figures.base_currency, Period::Months(12));
    let mut doubts = Vec::new();
    if let Some(months) = figures.value("months_covered", year).filter(|months| *months < Decimal::whole(12))
    {
        let months = words(Unit::Months, Some(months), base, &[]);
        let of = window(year, figures);
        doubts.push(format!("Only {months} covered by lines {of}: means by the month are of these."));
    }
    let told = [
        ("carried_share", Decimal::ZERO),
        ("longest_gap", Decimal::whole(LONG_GAP)),
        ("balance_breaks", Decimal::ZERO),
        ("uncertain_days", Decimal::ZERO),
    ];
    for (indicator, least) in
        told.into_iter().filter_map(|(name, least)| Some((indicator_named(name)?, least)))
    {
        if let Some(value) = figures.value(indicator.name, year).filter(|value| *value > least) {
            let shown = words(indicator.unit, Some(value), base, &[]);
            doubts.push(format!("{}: {shown} {}.", indicator.label, window(year, figures)));
        }
    }
    doubts
}

/// What the full months do not tell yet: that the account is below zero, or was since.
fn below_zero(figures: &Figures) -> Option<String> {
    let is_now = figures.value("days_since_negative", Period::All) == Some(Decimal::ZERO);
    let since = figures.negative_since().filter(|days| *days > Decimal::ZERO);
    let (month, _) = Period::Months(1).window(figures.as_of)?;
    let since = since.map(|days| {
        let days = words(Unit::Days, Some(days), &figures.base_currency, &[]);
        format!("{days} since {} ended below zero", month.format("%B %Y"))
    });
    match (is_now, since) {
        (true, Some(since)) => Some(format!("The balance is below zero at the as-of date; {since}.")),
        (true, None) => Some("The balance is below zero at the as-of date.".to_owned()),
        (false, Some(since)) => Some(format!("{since}.")),
        (false, None) => None,
    }
}
