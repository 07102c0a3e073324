//! A column of words for the ways of amounts in which some lines have none, as where `CR` alone is written.

use super::super::form::{ACCOUNT, BALANCE, CURRENCY, DIRECTION};
use super::super::sides;
use super::amount::{self, Way};
use super::tally::{Chain, RULES, Tally};
use crate::text::given::Minus;
use crate::text::records::Cells;
use crate::text::scan::{Layout, Refusal};
use crate::text::trimmed;

/// What answers where only some amounts say their way.
pub const SIGNS_HINT: &str = "say with --signs minus-in that amounts without a word or a plus go out, with --signs minus-out \
                              that they come in";

/// What a line without a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blank {
    /// Its amount goes the other way than those with one.
    Way(Way),
    /// The signs of all amounts say their ways, and the words nothing else.
    Signed,
}

impl Blank {
    /// The way that it goes.
    pub fn way(self) -> Option<Way> {
        match self {
            Self::Way(way) => Some(way),
            Self::Signed => None,
        }
    }
}

/// What the lines with a word and those without one show.
#[derive(Debug, Clone, Default)]
pub struct Blanks {
    /// Amounts beside a word for money that goes out, and for money that comes in: without a minus and with one.
    worded: [[u64; 2]; 2],
    /// Amounts beside none: without a minus and with one.
    blank: [Tally; 2],
    has_others: bool,
    /// Balances where lines without a word go out, and where they come in, with each mark.
    chains: [[Chain; 2]; 2],
}

impl Blanks {
    /// Takes a line of a file with one column of amounts and one of words.
    pub fn add(&mut self, line: u64, layout: &Layout, row: &Cells, amount_column: usize) {
        let word = trimmed(layout.cell(row, DIRECTION));
        let way = sides::direction(word);
        self.has_others |= way.is_none() && !word.is_empty();
        let cell = layout.cell(row, amount_column);
        let (amount, balance) = (amount::units(cell), amount::units(layout.cell(row, BALANCE)));
        let is_there = amount.into_iter().flatten().any(|units| units != 0);
        let is_negative = amount.into_iter().flatten().any(|units| units < 0);
        let of_way = |way| usize::from(way == Way::In);
        if is_there {
            match way {
                Some(way) => {
                    let counts = self.worded.get_mut(of_way(way));
                    counts
                        .and_then(|counts| counts.get_mut(usize::from(is_negative)))
                        .into_iter()
                        .for_each(|count| *count += 1);
                }
                None => self
                    .blank
                    .get_mut(usize::from(is_negative))
                    .into_iter()
                    .for_each(|tally| tally.add(line, cell)),
            }
        }
        for (blank, chains) in [Way::Out, Way::In].into_iter().zip(&mut self.chains) {
            for ((chain, amount), balance) in chains.iter_mut().zip(amount).zip(balance) {
                let units = i128::from(amount.unwrap_or(0)).abs();
                let change = if way.unwrap_or(blank) == Way::In { units } else { -units };
                chain.add(
                    layout.cell(row, ACCOUNT),
                    trimmed(layout.cell(row, CURRENCY)),
                    [change; RULES],
                    balance.map(i128::from),
                );
            }
        }
    }

    /// What lines without a word are, where there are such and all words are of one way.
    ///
    /// # Errors
    /// When it is open.
    pub fn told(&self, layout: &Layout, said: Option<Minus>) -> Result<Option<Blank>, Refusal> {
        let [plain, minus] = &self.blank;
        let Some(first) = plain.first.as_ref().or(minus.first.as_ref()).filter(|_| !self.has_others) else {
            return Ok(None);
        };
        let is_signed = match self.worded {
            [[0, 0], [_, 0]] => plain.count == 0,
            [[0, _], [0, 0]] => minus.count == 0,
            [_, [0, 0]] | [[0, 0], _] => false,
            _ => return Ok(None),
        };
        if is_signed || self.worded == [[0; 2]; 2] {
            return Ok(Some(Blank::Signed));
        }
        let [out, into] = self.chains.each_ref().map(|chains| chains.iter().any(Chain::follows));
        match (said, out, into) {
            (Some(minus), ..) => Ok(Some(Blank::Way(if minus == Minus::In { Way::Out } else { Way::In }))),
            (_, true, false) => Ok(Some(Blank::Way(Way::Out))),
            (_, false, true) => Ok(Some(Blank::Way(Way::In))),
            _ => Err(Refusal {
                error: "two_readings",
                message: format!(
                    "{} in line {} may go out or come in: only some lines have a word for it in {}, and no balances show it",
                    first.text,
                    first.line,
                    layout.name(DIRECTION)
                ),
                hint: SIGNS_HINT,
            }),
        }
    }
}
