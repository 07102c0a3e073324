//! How a cell reads in the grid: a number in the way chosen for its column, money in the smallest unit of its currency,
//! a list of numbers as a line. Only what is on screen changes: what is copied or exported is the exact text.

use duckdb::arrow::array::{Array, AsArray};
use duckdb::arrow::datatypes::DataType;

use super::grid::Column;
use super::sparkline;
use crate::engine::store::Window;
use crate::value::money::Currency;
use crate::value::{self, Figures, NULL};

/// Bytes of a cell that are looked at.
const READ: usize = 400;
/// Columns of a line at the most.
const LINE: usize = 24;
/// The last word of the name of a column that holds the texts of lists, and bytes of such a text at the most.
const TREND: &str = "trend";
const TREND_BYTES: usize = 4_096;

/// Why an amount in the base currency may be missing: the amount that it is of, and where its state stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    pub from: usize,
    pub status: Option<usize>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Holds {
    #[default]
    Texts,
    Numbers,
    /// Years or keys: they are not grouped, and nothing is added up.
    Names,
    /// Lists of numbers or the texts of such, drawn as lines.
    Lines,
}

impl Holds {
    /// What a column of this name and type holds.
    #[must_use]
    pub fn of(name: &str, data_type: &DataType) -> Self {
        if value::is_a_name(name, data_type) {
            Self::Names
        } else if value::is_number(data_type) {
            Self::Numbers
        } else if is_line(data_type) || is_text(data_type) && name.rsplit('_').next() == Some(TREND) {
            Self::Lines
        } else {
            Self::Texts
        }
    }
}

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Number,
    Line,
    Text,
}

/// The text of a cell and what it is; nothing where its row is not held.
#[must_use]
pub fn text(column: &Column, window: &Window, row: u64, index: usize) -> Option<(String, Kind)> {
    let (array, at) = window.cell(row, index)?;
    if array.is_null(at) || *array.data_type() == DataType::Null {
        let why = column.converted.as_ref().and_then(|converted| unconverted(converted, window, row));
        let text = why.map_or(NULL.to_owned(), |why| format!("{NULL} {why}"));
        return Some((text + &" ".repeat(column.tail), Kind::Null));
    }
    if column.holds == Holds::Lines
        && let Some(line) = line(array.as_ref(), at)
    {
        return Some(line);
    }
    if !column.is_number() {
        return Some((beginning(&column.name, array.as_ref(), at), Kind::Text));
    }
    let (whole, tail) = number(column, window, row, index)?;
    let blanks = column.tail.saturating_sub(tail.chars().count());
    Some((format!("{whole}{tail}{}", " ".repeat(blanks)), Kind::Number))
}

/// A number: what stands before its mark, and the rest where all rows are to stand under each other at the mark.
#[must_use]
pub fn number(column: &Column, window: &Window, row: u64, index: usize) -> Option<(String, String)> {
    let (array, at) = window.cell(row, index)?;
    let text = value::plain(array.as_ref(), at)?;
    let digits = column.currency.as_ref().and_then(|currency| digits(currency, window, row));
    Some(match (column.figures, digits, &column.currency) {
        (Figures::Own, Some(digits), _) => value::amount(&text, digits),
        (Figures::Own, None, Some(_)) => {
            // Of a currency that is not known, every digit is told.
            let text = value::grouped(&text);
            let mark = text.find('.').unwrap_or(text.len());
            (text[..mark].to_owned(), text[mark..].to_owned())
        }
        (Figures::Own, ..) => (value::shown_in(&column.name, array.as_ref(), at), String::new()),
        (figures, ..) => (figures.written(&text), String::new()),
    })
}

fn digits(currency: &Currency, window: &Window, row: u64) -> Option<u8> {
    let columns = match currency {
        Currency::Of(digits) => return Some(*digits),
        Currency::By(columns) => columns,
    };
    let mut codes = columns.iter().filter_map(|column| {
        let (array, at) = window.cell(row, *column)?;
        value::plain(array.as_ref(), at)
    });
    let code = codes.next()?;
    // Two currencies in a row leave it open whose this is.
    codes.all(|other| other == code).then(|| value::minor_unit(&code))?
}

/// Of an amount that is not there although the one it is of is: why, in a word.
fn unconverted(converted: &Converted, window: &Window, row: u64) -> Option<String> {
    let (from, at) = window.cell(row, converted.from)?;
    if from.is_null(at) {
        return None;
    }
    let status = converted.status.and_then(|column| window.cell(row, column));
    let status = status.and_then(|(array, at)| value::plain(array.as_ref(), at));
    Some(status.map_or("unconverted".into(), |status| value::visible(&status).into_owned()))
}

/// Numbers of a list as a line of blocks, with a gap for what is none; where all are none, that nothing is known. Nothing for a text
/// that is no list of numbers.
fn line(array: &dyn Array, row: usize) -> Option<(String, Kind)> {
    let drawn = if is_text(array.data_type()) { told(array, row)? } else { listed(array, row) };
    Some(if drawn.is_empty() {
        ("[]".into(), Kind::Line)
    } else if drawn.iter().any(|value| value.is_finite()) {
        (sparkline::line(&drawn, LINE.min(drawn.len())), Kind::Line)
    } else {
        (NULL.into(), Kind::Null)
    })
}

/// The numbers of a text: `[1, 2.5, null]`, as an engine without lists can write them.
fn told(array: &dyn Array, row: usize) -> Option<Vec<f64>> {
    let (text, _) = value::plain_beginning(array, row, TREND_BYTES).filter(|(_, more)| !more)?;
    let values: Vec<Option<f64>> = serde_json::from_str(&text).ok()?;
    Some(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

fn listed(array: &dyn Array, row: usize) -> Vec<f64> {
    let values = match array.data_type() {
        DataType::LargeList(_) => array.as_list::<i64>().value(row),
        DataType::FixedSizeList(..) => array.as_fixed_size_list().value(row),
        _ => array.as_list::<i32>().value(row),
    };
    let value = |at| value::approximate(values.as_ref(), at).filter(|value| value.is_finite());
    (0..values.len()).map(|at| value(at).unwrap_or(f64::NAN)).collect()
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether cells of this type are drawn as a line: lists of numbers.
fn is_line(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            value::is_number(item.data_type())
        }
        _ => false,
    }
}

/// As much of a cell as the widest column could show, with `…` where there is more.
#[must_use]
pub fn beginning(name: &str, array: &dyn Array, row: usize) -> String {
    let (mut text, more) = value::beginning(name, array, row, READ);
    if more {
        text.push('…');
    }
    text
}
