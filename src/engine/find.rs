//! Where a text stands in a result: row by row from the cursor on, round the end, over every column.

use std::sync::Arc;

use duckdb::arrow::array::{Array, AsArray};
use duckdb::arrow::datatypes::DataType;
use duckdb::arrow::record_batch::RecordBatch;
use memchr::memmem::Finder;
use tokio_util::sync::CancellationToken;

use super::store::{ResultStore, Shared, lock};
use super::{EngineError, ErrorKind};
use crate::value;

/// Rows that are read at a time, at first and at the most.
const FIRST: usize = 1_024;
const STEP: usize = 16_384;

/// What is looked for. A text in small letters stands for capital ones too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    text: String,
    /// As a number's exact text has it: without groups.
    digits: String,
    any_case: bool,
}

/// A cell in which it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub row: u64,
    pub column: usize,
    /// It was found beyond the last row, or before the first.
    pub is_round: bool,
}

/// The rows of a result in which a text stands, a bit each.
pub struct Matches {
    needle: Needle,
    bits: Vec<u64>,
}

impl Needle {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let any_case = !text.chars().any(char::is_uppercase);
        Self { text: text.to_owned(), digits: text.replace(',', ""), any_case }
    }

    /// For every row of a batch, the first column that has it.
    fn columns(&self, batch: &RecordBatch) -> Vec<Option<usize>> {
        let mut found = vec![None; batch.num_rows()];
        let finder = Finder::new(&self.text);
        // What has a letter that no number, date or time has stands in texts alone.
        let texts_only =
            self.text.chars().any(|mark| mark.is_alphabetic() && !"aefilnrstuTZN".contains(mark));
        for (column, array) in batch.columns().iter().enumerate() {
            if let Some(texts) = array.as_string_opt::<i32>() {
                for (row, found) in found.iter_mut().enumerate().filter(|(_, found)| found.is_none()) {
                    if texts.is_valid(row) && self.is_in(&finder, texts.value(row)) {
                        *found = Some(column);
                    }
                }
                continue;
            }
            let is_number = value::is_number(array.data_type());
            if texts_only && (is_number || is_time(array.data_type())) {
                continue;
            }
            for (row, found) in found.iter_mut().enumerate().filter(|(_, found)| found.is_none()) {
                let Some(text) = value::plain(array.as_ref(), row) else { continue };
                let is_there =
                    if is_number { text.contains(&self.digits) } else { self.is_in(&finder, &text) };
                if is_there {
                    *found = Some(column);
                }
            }
        }
        found
    }

    fn is_in(&self, finder: &Finder<'_>, text: &str) -> bool {
        if finder.find(text.as_bytes()).is_some() {
            return true;
        }
        self.any_case
            && text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
            && text.to_lowercase().contains(&self.text)
    }
}

fn is_time(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Date32
            | DataType::Date64
            | DataType::Time32(_)
            | DataType::Time64(_)
            | DataType::Timestamp(..)
    )
}

/// The next row after (or before) this one in which the text stands.
///
/// # Errors
/// When the rows cannot be read, or the token is cancelled.
pub fn find(
    result: &Shared,
    needle: &Needle,
    from: u64,
    forward: bool,
    cancel: &CancellationToken,
) -> Result<Option<Hit>, EngineError> {
    let rows = lock(result).as_ref().map_or(0, ResultStore::rows);
    // After the cursor to the end, then from the other end to the cursor.
    let parts =
        if forward { [(from + 1, rows), (0, (from + 1).min(rows))] } else { [(0, from), (from, rows)] };
    let matches = matches(result, needle, cancel)?;
    for ((first, last), is_round) in parts.into_iter().zip([false, true]) {
        let (mut step, mut done) = (FIRST, 0);
        while done < last.saturating_sub(first) {
            if cancel.is_cancelled() {
                return Err(EngineError::cancelled());
            }
            let left = last - first - done;
            let count = left.min(step as u64);
            let at = if forward { first + done } else { last - done - count };
            let count = usize::try_from(count).unwrap_or(step);
            if let Some((row, column)) =
                look(result, needle, matches.as_deref(), (at, count), forward, cancel)?
            {
                return Ok(Some(Hit { row, column, is_round }));
            }
            done += count as u64;
            step = STEP;
        }
    }
    Ok(None)
}

/// The first (or last) of some rows that has it.
fn look(
    result: &Shared,
    needle: &Needle,
    matches: Option<&Matches>,
    (at, count): (u64, usize),
    forward: bool,
    cancel: &CancellationToken,
) -> Result<Option<(u64, usize)>, EngineError> {
    let mut result = lock(result);
    let store = result.as_mut().ok_or_else(gone)?;
    let (at, count) = match (store, matches) {
        // Which rows have it is known: one of them is read, for its column.
        (ResultStore::Arranged(arranged), Some(matches)) => {
            let numbers = arranged.numbers(at, count)?;
            let has = |number: &u64| matches.has(*number);
            let place = if forward { numbers.iter().position(has) } else { numbers.iter().rposition(has) };
            match place {
                Some(place) => (at + place as u64, 1),
                None => return Ok(None),
            }
        }
        _ => (at, count),
    };
    let window = result.as_mut().ok_or_else(gone)?.window(at, count, cancel)?;
    let columns = window.batches().iter().flat_map(|batch| needle.columns(batch)).enumerate();
    let mut found = columns.filter_map(|(row, column)| column.map(|column| (at + row as u64, column)));
    Ok(if forward { found.next() } else { found.last() })
}

/// Of arranged rows, which rows of their result have it: those are read once, in the order in which they lie.
fn matches(
    result: &Shared,
    needle: &Needle,
    cancel: &CancellationToken,
) -> Result<Option<Arc<Matches>>, EngineError> {
    let base = match &*lock(result) {
        Some(ResultStore::Arranged(arranged)) => match arranged.matches() {
            Some(known) if known.needle == *needle => return Ok(Some(Arc::clone(known))),
            _ => Arc::clone(arranged.base()),
        },
        _ => return Ok(None),
    };
    let mut bits = Vec::new();
    let mut at = 0;
    loop {
        if cancel.is_cancelled() {
            return Err(EngineError::cancelled());
        }
        let window = lock(&base).as_mut().ok_or_else(gone)?.window(at, STEP, cancel)?;
        if window.is_empty() {
            break;
        }
        for column in window.batches().iter().flat_map(|batch| needle.columns(batch)) {
            let place = usize::try_from(at / 64).unwrap_or(usize::MAX);
            if bits.len() <= place {
                bits.push(0_u64);
            }
            if column.is_some() {
                bits[place] |= 1 << (at % 64);
            }
            at += 1;
        }
    }
    let found = Arc::new(Matches { needle: needle.clone(), bits });
    if let Some(ResultStore::Arranged(arranged)) = &mut *lock(result) {
        arranged.keep_matches(Arc::clone(&found));
    }
    Ok(Some(found))
}

impl Matches {
    fn has(&self, row: u64) -> bool {
        let word = usize::try_from(row / 64).ok().and_then(|place| self.bits.get(place));
        word.is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

fn gone() -> EngineError {
    EngineError::new(ErrorKind::Other, "the result is gone")
}
