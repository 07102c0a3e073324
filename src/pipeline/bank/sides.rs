//! Which way the money went. A statement has a column for each way, or one column of amounts: with a column of words such
//! as `S` and `H`, or with signs.

use super::convention::amount::Way;
use super::form::{AMOUNT, CURRENCY, DEPOSIT, DIRECTION, LineCells, WITHDRAWAL};
use crate::text::records::{Bad, Cells};
use crate::text::scan::Layout;
use crate::text::trimmed;

const OUT: &[&str] = &[
    "d",
    "dr",
    "db",
    "debit",
    "debito",
    "débito",
    "dÉbito",
    "s",
    "soll",
    "af",
    "cargo",
    "debe",
    "dare",
    "out",
    "withdrawal",
    "débit",
    "dÉbit",
    "-",
    "\u{2212}",
    "obciążenie",
    "belastung",
];
const IN: &[&str] = &[
    "c",
    "cr",
    "credit",
    "credito",
    "crédito",
    "crÉdito",
    "h",
    "haben",
    "bij",
    "abono",
    "haber",
    "avere",
    "in",
    "deposit",
    "crédit",
    "crÉdit",
    "+",
    "uznanie",
    "gutschrift",
];
/// Words that mean nothing else: a column that has them tells the direction, whatever it is called.
const SURE: std::ops::RangeInclusive<usize> = 4..=usize::MAX;

const NOT_A_DIRECTION: Bad =
    Bad { error: "bad_direction", message: "the cell is not a word for money that goes out or comes in" };
const UNNAMED: Bad = Bad {
    error: "bad_direction",
    message: "the cell says which way the money went: name its column `direction` with --map FILE",
};

/// How the lines of a file tell their direction.
#[derive(Debug, Clone)]
pub enum Sides {
    /// A column for each way, or for money that goes out alone.
    Two { currency: Option<usize> },
    /// One column of amounts, and perhaps one of words. Of the columns that are not ours, the places are held.
    One { amount: usize, has_words: bool, others: Vec<usize> },
}

impl Sides {
    #[must_use]
    pub fn of(layout: &Layout) -> Self {
        let place = |column: usize| layout.places.get(column).copied().flatten();
        let has = |column: usize| place(column).is_some();
        let has_words = has(DIRECTION);
        let one = [AMOUNT, DEPOSIT, WITHDRAWAL].into_iter().find(|column| has(*column));
        match one {
            Some(amount) if !(has(WITHDRAWAL) && (has(DEPOSIT) || !has_words)) => {
                let is_other = |place: &usize| !layout.places.contains(&Some(*place));
                Self::One { amount, has_words, others: (0..layout.names.len()).filter(is_other).collect() }
            }
            _ => Self::Two { currency: place(CURRENCY) },
        }
    }

    #[must_use]
    pub fn are_two(&self) -> bool {
        matches!(self, Self::Two { .. })
    }

    /// Whether a word of each line says which way its amount goes.
    #[must_use]
    pub fn has_words(&self) -> bool {
        matches!(self, Self::One { has_words: true, .. })
    }

    /// The cells of a row with each amount on the side that a word says, one with a sign as if it came in; and what the word
    /// says.
    ///
    /// # Errors
    /// When a word for the direction is not understood: the cell's place in the file, and why.
    pub fn cells<'a>(
        &self,
        layout: &Layout,
        row: &'a Cells,
    ) -> Result<(LineCells<'a>, Option<Way>), (usize, Bad)> {
        let cell = |column: usize| layout.cell(row, column);
        let count = LineCells::default().len();
        let are_in_order = (0..count).all(|column| layout.places.get(column) == Some(&Some(column)));
        let mut cells: LineCells = if are_in_order { row.first() } else { std::array::from_fn(cell) };
        let (amount, has_words) = match self {
            Self::One { amount, has_words, .. } => (*amount, *has_words),
            Self::Two { currency } => {
                for column in [WITHDRAWAL + 1, DEPOSIT + 1] {
                    let is_free = layout.places.get(column).copied().flatten().is_none();
                    if let (true, Some(place), Some(text)) = (is_free, currency, cells.get_mut(column)) {
                        *text = row.get(*place);
                    }
                }
                return Ok((cells, None));
            }
        };
        let place = layout.places.get(DIRECTION).copied().flatten().unwrap_or_default();
        let word = || direction(trimmed(row.get(place))).ok_or((place, NOT_A_DIRECTION));
        let way = has_words.then(word).transpose()?;
        let side = if way == Some(Way::Out) { WITHDRAWAL } else { DEPOSIT };
        let currencies = [CURRENCY, WITHDRAWAL + 1, DEPOSIT + 1].map(cell);
        let currency = currencies.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        for (column, text) in cells.iter_mut().enumerate() {
            *text = match column {
                _ if column == side => cell(amount),
                _ if column == side + 1 => currency,
                WITHDRAWAL..=8 => "",
                _ => text,
            };
        }
        Ok((cells, way))
    }

    /// A word for the direction in a column that nobody named so, where amounts have no sign.
    #[must_use]
    pub fn unnamed(&self, row: &Cells) -> Option<(usize, Bad)> {
        let Self::One { has_words: false, others, .. } = self else { return None };
        let is_telling = |place: &&usize| is_sure(trimmed(row.get(**place)));
        others.iter().find(is_telling).map(|place| (*place, UNNAMED))
    }

    /// The column of the file in which a line's column stands.
    #[must_use]
    pub fn column(&self, layout: &Layout, column: usize) -> usize {
        match self {
            Self::One { amount, .. } if matches!(column, WITHDRAWAL | DEPOSIT) => *amount,
            _ if matches!(column, 6 | 8) && layout.places.get(column).copied().flatten().is_none() => {
                CURRENCY
            }
            _ => column,
        }
    }
}

/// The way that a word says.
#[must_use]
pub fn direction(word: &str) -> Option<Way> {
    let is_one_of = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    match word {
        "" => None,
        _ if is_one_of(OUT) => Some(Way::Out),
        _ if is_one_of(IN) => Some(Way::In),
        _ => None,
    }
}

/// Whether a word can only be meant so.
#[must_use]
pub fn is_sure(word: &str) -> bool {
    SURE.contains(&word.len()) && direction(word).is_some()
}
