//! Which way the money went. A statement has a column for each way, or one column of amounts: with a column of words such
//! as `S` and `H`, or with signs.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::convention::amount::Way;
use super::convention::candidates;
use super::form::{AMOUNT, BALANCE, CURRENCY, DEPOSIT, DIRECTION, LineCells, WITHDRAWAL};
use crate::text::records::{Bad, Cells};
use crate::text::scan::Layout;
use crate::text::{header, table, trimmed};

/// The way that each word says, as a header's key spells it.
static WAYS: LazyLock<HashMap<&'static str, Way>> = LazyLock::new(|| {
    let headers = table::rows(include_str!("convention/words.tsv"));
    let words = headers.chain(table::rows(include_str!("convention/ways.tsv")));
    let ways = words.filter_map(|[way, _, words]: [&str; 3]| match way {
        "withdrawal_amt" | "out" => Some((Way::Out, words)),
        "deposit_amt" | "in" => Some((Way::In, words)),
        _ => None,
    });
    ways.flat_map(|(way, words)| words.split(' ').map(move |word| (word, way))).collect()
});
/// Words for what money may be, and whether that goes out as a rule.
static HINTS: LazyLock<HashMap<&'static str, bool>> = LazyLock::new(|| {
    let words = table::rows(include_str!("convention/ways.tsv"))
        .filter(|[kind, ..]: &[&str; 3]| kind.starts_with("may_"));
    words.flat_map(|[kind, _, keys]| keys.split(' ').map(move |key| (key, kind == "may_out"))).collect()
});
/// Names of columns of such words.
static TYPES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let names = table::rows(include_str!("convention/ways.tsv"));
    let names = names.filter(|[kind, ..]: &[&str; 3]| *kind == "column");
    names.flat_map(|[_, _, keys]| keys.split(' ')).collect()
});
/// Bytes of a word for a way, at the most.
const LONGEST: usize = 24;
/// Words that mean nothing else: a column that has them tells the direction, whatever it is called.
const SURE: std::ops::RangeInclusive<usize> = 4..=usize::MAX;

const NOT_A_DIRECTION: Bad =
    Bad { error: "bad_direction", message: "the cell is not a word for money that goes out or comes in" };

/// How the lines of a file tell their direction.
#[derive(Debug, Clone)]
pub enum Sides {
    /// A column for each way, or for money that goes out alone.
    Two { currency: Option<usize> },
    /// One column of amounts, and perhaps one of words. Of the columns that are not ours, the places are held.
    /// Where only some lines have a word, the way of those without one is held too.
    One { amount: usize, has_words: bool, blank: Option<Way>, others: Vec<usize> },
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
                let others = (0..layout.names.len()).filter(is_other).collect();
                Self::One { amount, has_words, blank: None, others }
            }
            _ => Self::Two { currency: place(CURRENCY) },
        }
    }

    /// With the way of lines that have no word for it.
    #[must_use]
    pub fn with_blank(mut self, way: Option<Way>) -> Self {
        if let Self::One { blank, .. } = &mut self {
            *blank = way;
        }
        self
    }

    /// The way of lines that have no word for it.
    #[must_use]
    pub fn blank(&self) -> Option<Way> {
        if let Self::One { blank, .. } = self { *blank } else { None }
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

    /// Takes the cells of a row with each amount on the side that a word says, one with a sign as if it came in; gives what the
    /// word says.
    ///
    /// # Errors
    /// When a word for the direction is not understood: the cell's place in the file, and why.
    pub fn cells<'a>(
        &self,
        layout: &Layout,
        row: &'a Cells,
        cells: &mut LineCells<'a>,
    ) -> Result<Option<Way>, (usize, Bad)> {
        let cell = |column: usize| layout.cell(row, column);
        // As the pipeline's own form has them; columns at its end may not be there.
        let is_in_order = |column: usize| match layout.places.get(column).copied().flatten() {
            Some(place) => place == column,
            None => column >= layout.names.len(),
        };
        if (0..cells.len()).all(is_in_order) {
            row.first(cells);
        } else {
            *cells = std::array::from_fn(cell);
        }
        let (amount, has_words, blank) = match self {
            Self::One { amount, has_words, blank, .. } => (*amount, *has_words, *blank),
            Self::Two { currency: None } => return Ok(None),
            Self::Two { currency: Some(place) } => {
                for column in [WITHDRAWAL + 1, DEPOSIT + 1] {
                    let is_free = layout.places.get(column).copied().flatten().is_none();
                    if let (true, Some(text)) = (is_free, cells.get_mut(column)) {
                        *text = row.get(*place);
                    }
                }
                return Ok(None);
            }
        };
        let place = layout.places.get(DIRECTION).copied().flatten().unwrap_or_default();
        let word = || match (trimmed(row.get(place)), blank) {
            ("", Some(way)) => Ok(way),
            (word, _) => direction(word).ok_or((place, NOT_A_DIRECTION)),
        };
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
        Ok(way)
    }

    /// The place of a word for the direction in a column that nobody named so.
    #[must_use]
    pub fn unnamed(&self, row: &Cells) -> Option<usize> {
        let Self::One { has_words: false, others, .. } = self else { return None };
        others.iter().copied().find(|place| is_sure(trimmed(row.get(*place))))
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
    match word {
        "-" | "\u{2212}" => Some(Way::Out),
        "+" => Some(Way::In),
        _ if word.len() > LONGEST || !word.starts_with(char::is_alphabetic) => None,
        _ if word.is_ascii() => {
            // As a header's key spells it.
            let mut key = [0; LONGEST];
            for (to, letter) in key.iter_mut().zip(word.bytes()) {
                *to = if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { b'_' };
            }
            WAYS.get(str::from_utf8(key.get(..word.len())?).ok()?).copied()
        }
        _ => WAYS.get(header::key(word).as_str()).copied(),
    }
}

/// Whether what a word says of money goes out as a rule; nothing where it says nothing.
#[must_use]
pub fn hint(word: &str) -> Option<bool> {
    let is_short = word.len() <= LONGEST;
    let key = is_short.then(|| header::key(word))?;
    HINTS.get(key.as_str()).copied().or_else(|| WAYS.get(key.as_str()).map(|way| *way == Way::Out))
}

/// Whether a name is that of a column of words for what money is.
#[must_use]
pub fn is_of_types(name: &str) -> bool {
    TYPES.contains(header::key(name).as_str())
}

/// Whether the cell at a place is a word for money that goes out.
#[must_use]
pub fn is_out(place: Option<usize>, row: &Cells) -> bool {
    place.is_some_and(|place| direction(trimmed(row.get(place))) == Some(Way::Out))
}

/// Whether a word can only be meant so.
#[must_use]
pub fn is_sure(word: &str) -> bool {
    SURE.contains(&word.len()) && direction(word).is_some()
}

/// The place of the words that say whether balances are below zero: such a column directly behind them, where it does not say the
/// way of the amounts.
#[must_use]
pub fn of_balance(layout: &Layout, sides: &Sides) -> Option<usize> {
    let place = |column: usize| layout.places.get(column).copied().flatten();
    let behind = place(BALANCE)? + 1;
    let is_of_amounts = sides.has_words() && place(DIRECTION) == Some(behind);
    let is_free =
        layout.places.iter().enumerate().all(|(column, place)| column == DIRECTION || *place != Some(behind));
    let names_ways = candidates::names(&header::key(layout.names.get(behind)?), "direction");
    (names_ways && is_free && !is_of_amounts).then_some(behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_says_one_way_and_is_spelled_as_a_key() {
        let headers = table::rows(include_str!("convention/words.tsv"));
        for [way, _, words] in headers.chain(table::rows(include_str!("convention/ways.tsv"))) {
            let way = match way {
                "withdrawal_amt" | "out" => Way::Out,
                "deposit_amt" | "in" => Way::In,
                _ => continue,
            };
            for word in words.split(' ') {
                assert_eq!((header::key(word).as_str(), WAYS[word]), (word, way));
                assert!(word.len() <= LONGEST, "{word}");
            }
        }
    }
}
