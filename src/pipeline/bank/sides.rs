//! Which way the money went. A statement has a column for each way, or one amount and a column of words such as `S` and
//! `H`; one amount whose sign would tell is not read yet, and is never taken for money that came in.

use super::super::text::records::{Bad, Cells};
use super::super::text::scan::Layout;
use super::super::text::trimmed;
use super::typed::{DEPOSIT, Line, LineCells, WITHDRAWAL};

/// The place of the column of words.
const DIRECTION: usize = 10;

const DEBIT: &[&str] = &[
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
    "out",
    "withdrawal",
];
const CREDIT: &[&str] = &[
    "c", "cr", "credit", "credito", "crédito", "crÉdito", "h", "haben", "bij", "abono", "haber", "in",
    "deposit",
];
/// Words that mean nothing else: a column that has them tells the direction, whatever it is called.
const SURE: std::ops::RangeInclusive<usize> = 4..=usize::MAX;

const NOT_A_DIRECTION: Bad =
    Bad { error: "bad_direction", message: "the cell is not a word for money that goes out or comes in" };
const UNNAMED: Bad = Bad {
    error: "bad_direction",
    message: "the cell says which way the money went: name its column `direction` with --map FILE",
};
const SIGNED: Bad = Bad {
    error: "signed_amount",
    message: "the amount is negative, and nothing says whether money went out or a booking was undone",
};

/// How the lines of a file tell their direction.
#[derive(Debug)]
pub enum Sides {
    /// A column for each way.
    Two,
    /// One column of amounts, and perhaps one of words. Of the columns that are not ours, the places are held.
    One { amount: usize, has_words: bool, others: Vec<usize> },
}

impl Sides {
    #[must_use]
    pub fn of(layout: &Layout) -> Self {
        let has = |column: usize| layout.places.get(column).copied().flatten().is_some();
        if has(WITHDRAWAL) && has(DEPOSIT) {
            return Self::Two;
        }
        let is_other = |place: &usize| !layout.places.contains(&Some(*place));
        Self::One {
            amount: if has(WITHDRAWAL) { WITHDRAWAL } else { DEPOSIT },
            has_words: has(DIRECTION),
            others: (0..layout.names.len()).filter(is_other).collect(),
        }
    }

    /// The cells of a row with each amount on its side.
    ///
    /// # Errors
    /// When a word for the direction is not understood: the cell's place in the file, and why.
    pub fn cells<'a>(&self, layout: &Layout, row: &'a Cells) -> Result<LineCells<'a>, (usize, Bad)> {
        let cell = |column: usize| layout.cell(row, column);
        let mut cells: LineCells = std::array::from_fn(cell);
        let Self::One { amount, has_words, others } = self else { return Ok(cells) };
        if !has_words {
            let is_sure = |text: &str| SURE.contains(&text.len()) && direction(text).is_some();
            let telling = others.iter().find(|place| is_sure(trimmed(row.get(**place))));
            return telling.map_or(Ok(cells), |place| Err((*place, UNNAMED)));
        }
        let place = layout.places.get(DIRECTION).copied().flatten().unwrap_or_default();
        let side = direction(trimmed(row.get(place))).ok_or((place, NOT_A_DIRECTION))?;
        let currency = if cell(WITHDRAWAL + 1).is_empty() { cell(DEPOSIT + 1) } else { cell(WITHDRAWAL + 1) };
        for (column, text) in cells.iter_mut().enumerate() {
            *text = match column {
                _ if column == side => cell(*amount),
                _ if column == side + 1 => currency,
                WITHDRAWAL..=8 => "",
                _ => text,
            };
        }
        Ok(cells)
    }

    /// The column of the file in which a line's column stands.
    #[must_use]
    pub fn column(&self, column: usize) -> usize {
        match self {
            Self::One { amount, .. } if matches!(column, WITHDRAWAL | DEPOSIT) => *amount,
            _ => column,
        }
    }

    /// What is wrong with the direction of a line.
    #[must_use]
    pub fn problem(&self, line: &Line) -> Option<(usize, Bad)> {
        let Self::One { amount, .. } = self else { return None };
        let is_negative = |amount: Option<i64>| amount.is_some_and(|amount| amount < 0);
        (is_negative(line.withdrawal.amount) || is_negative(line.deposit.amount)).then_some((*amount, SIGNED))
    }
}

/// The column of the amount that goes the way that a word says.
fn direction(word: &str) -> Option<usize> {
    let is_one_of = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    match word {
        "" => None,
        _ if is_one_of(DEBIT) => Some(WITHDRAWAL),
        _ if is_one_of(CREDIT) => Some(DEPOSIT),
        _ => None,
    }
}
