//! Arrow cell to text: the one formatter of the grid, the clipboard, the exports and the headless command.
//!
//! [`plain`] is the exact text of a cell; nested values are JSON. [`shown`] is the same text for a person:
//! digits grouped in threes, and no byte that a terminal would obey.

mod column;
mod currency;
mod figures;
pub mod money;
mod time;
mod write;
mod year;

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{NaiveDate, TimeDelta};
use duckdb::arrow::array::{Array, AsArray};
use duckdb::arrow::datatypes::DataType;
use unicode_width::UnicodeWidthChar as _;

pub use column::Column;
pub use currency::{is_currency, minor_unit};
pub use figures::{Figures, amount};
pub use time::iso;
pub use write::Text;
use write::{write_json, write_plain};
pub use year::{is_a_name, shown_in};

/// What stands for NULL wherever a person reads.
pub const NULL: &str = "∅";

/// Bytes of a character at the most.
const LONGEST_CHAR: usize = 4;

/// The exact text of one cell; `None` is NULL.
#[must_use]
pub fn plain(array: &dyn Array, row: usize) -> Option<String> {
    written(array, row, usize::MAX).map(|text| text.out)
}

fn written(array: &dyn Array, row: usize, limit: usize) -> Option<Text> {
    if let DataType::Dictionary(..) = array.data_type() {
        let dictionary = array.as_any_dictionary();
        let key = plain(dictionary.keys(), row)?.parse().ok()?;
        return written(dictionary.values().as_ref(), key, limit);
    }
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return None;
    }
    let mut out = Text { out: String::new(), limit };
    write_plain(array, row, &mut out);
    Some(out)
}

/// The text of one cell for a person: grouped and safe to print; NULL is [`NULL`].
#[must_use]
pub fn shown(array: &dyn Array, row: usize) -> String {
    match plain(array, row) {
        None => NULL.to_owned(),
        Some(text) if is_number(array.data_type()) => grouped(&text),
        Some(text) => visible(&text).into_owned(),
    }
}

/// The beginning of [`shown_in`]: at most `limit` bytes before escapes, and whether there is more.
#[must_use]
pub fn beginning(name: &str, array: &dyn Array, row: usize, limit: usize) -> (String, bool) {
    match written(array, row, limit + LONGEST_CHAR) {
        Some(text) if text.out.len() > limit => {
            let end = text.out.floor_char_boundary(limit);
            (visible(&text.out[..end]).into_owned(), true)
        }
        _ => (shown_in(name, array, row), false),
    }
}

/// The beginning of [`plain`]: about `limit` bytes of it, and whether there is more; `None` is NULL.
#[must_use]
pub fn plain_beginning(array: &dyn Array, row: usize, limit: usize) -> Option<(String, bool)> {
    let Text { mut out, .. } = written(array, row, limit + LONGEST_CHAR)?;
    let more = out.len() > limit;
    if more {
        out.truncate(out.floor_char_boundary(limit));
    }
    Some((out, more))
}

/// The cell as a JSON value: numbers keep every digit, what JSON has no word for is a string.
#[must_use]
pub fn json(array: &dyn Array, row: usize) -> String {
    let mut out = Text::default();
    write_json(array, row, &mut out);
    out.out
}

/// Whether values of this type are numbers: right-aligned, grouped, charted.
#[must_use]
pub fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || matches!(data_type, DataType::Decimal128(..) | DataType::Decimal256(..))
}

/// The cell as a float, for drawing only: never for a sum or a text.
#[must_use]
pub fn approximate(array: &dyn Array, row: usize) -> Option<f64> {
    if !is_number(array.data_type()) {
        return None;
    }
    plain(array, row)?.parse().ok()
}

/// A short name of the type for a column's header.
#[must_use]
pub fn type_label(data_type: &DataType) -> String {
    match data_type {
        DataType::Decimal128(precision, scale) => format!("dec({precision},{scale})"),
        DataType::Dictionary(_, value) => type_label(value),
        DataType::Timestamp(_, Some(_)) => "timestamptz".into(),
        other => short_name(other).into(),
    }
}

fn short_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "bool",
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => "int",
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => "uint",
        DataType::Float16 | DataType::Float32 | DataType::Float64 => "float",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Timestamp(..) => "timestamp",
        DataType::Interval(_) | DataType::Duration(_) => "interval",
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "list",
        DataType::Struct(_) => "struct",
        DataType::Map(..) => "map",
        DataType::Union(..) => "union",
        DataType::Null => "null",
        DataType::Decimal256(..) => "decimal",
        _ => "blob",
    }
}

/// A count of rows: `1 row`, `1,000 rows`.
#[must_use]
pub fn rows(count: u64) -> String {
    counted(count, "row")
}

/// How many there are of something: `1 file`, `1,204 files`.
#[must_use]
pub fn counted(count: u64, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {word}{plural}", grouped(&count.to_string()))
}

/// Groups the integer digits of a number's text in threes; what is not plain digits stays as it is.
#[must_use]
pub fn grouped(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, part)| (whole, Some(part)));
    if whole.len() < 4 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + whole.len() / 3);
    out.push_str(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A text of which a browser makes no more than its letters: [`visible`], with the marks of HTML written out.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for mark in visible(text).chars() {
        match mark {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(mark),
        }
    }
    out
}

/// Replaces what a terminal would obey or hide (controls, escapes, direction and zero-width marks) by visible
/// escapes, and line breaks by `⏎`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    // An accent has no letter before it to stand on: a screen would drop it.
    let is_alone = |mark: char| mark.width() == Some(0);
    if !text.starts_with(is_alone) && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for mark in text.chars() {
        match mark {
            '\n' => out.push('⏎'),
            '\t' => out.push('⇥'),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\x{:02x}", u32::from(mark));
            }
            _ if is_unsafe(mark) || out.is_empty() && is_alone(mark) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(mark));
            }
            _ => out.push(mark),
        }
    }
    Cow::Owned(out)
}

/// Whether a character is a command, or shows nothing of itself: controls, what Unicode says may be ignored where it is
/// not known (`Default_Ignorable_Code_Point`: joiners, fillers, variation selectors, tags), and marks of direction.
#[must_use]
pub fn is_unsafe(mark: char) -> bool {
    mark.is_control()
        || matches!(mark,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// JSON string literal of a text.
#[must_use]
pub fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// How long ago, in the largest unit that says something: `3 d`, `2 mo`, `7 y`.
#[must_use]
pub fn age(from: NaiveDate, today: NaiveDate) -> String {
    match today.signed_duration_since(from) {
        span if span < TimeDelta::days(1) => "today".into(),
        span if span.num_days() < 60 => format!("{} d", span.num_days()),
        span if span.num_days() < 730 => format!("{} mo", span.num_days() / 30),
        span => format!("{} y", span.num_days() / 365),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::{
        ArrayData, ArrayRef, BinaryArray, Decimal64Array, DictionaryArray, ListArray, StringArray,
        Time64MicrosecondArray, make_array,
    };
    use duckdb::arrow::buffer::Buffer;
    use duckdb::arrow::datatypes::{Int8Type as Key, Int64Type, IntervalUnit, TimeUnit};
    use proptest::prelude::*;

    use super::*;

    /// Every type whose cells are bytes of a fixed width.
    fn fixed_types() -> Vec<(DataType, usize)> {
        use DataType as T;
        let mut types = vec![
            (T::Int8, 1),
            (T::UInt8, 1),
            (T::Int16, 2),
            (T::UInt16, 2),
            (T::Float16, 2),
            (T::Int32, 4),
            (T::UInt32, 4),
            (T::Float32, 4),
            (T::Int64, 8),
            (T::UInt64, 8),
            (T::Float64, 8),
            (T::Date32, 4),
            (T::Date64, 8),
            (T::Time32(TimeUnit::Second), 4),
            (T::Time32(TimeUnit::Millisecond), 4),
            (T::Time64(TimeUnit::Microsecond), 8),
            (T::Time64(TimeUnit::Nanosecond), 8),
            (T::Interval(IntervalUnit::YearMonth), 4),
            (T::Interval(IntervalUnit::DayTime), 8),
            (T::Interval(IntervalUnit::MonthDayNano), 16),
            (T::FixedSizeBinary(16), 16),
            (T::Decimal32(9, 2), 4),
            (T::Decimal64(18, 18), 8),
            (T::Decimal128(38, 10), 16),
            (T::Decimal128(38, -3), 16),
            (T::Decimal256(76, 76), 32),
        ];
        for unit in [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond] {
            types.push((T::Duration(unit), 8));
            types.push((T::Timestamp(unit, None), 8));
            types.push((T::Timestamp(unit, Some("UTC".into())), 8));
        }
        types
    }

    fn cell(data_type: &DataType, bytes: &[u8]) -> ArrayRef {
        let builder = ArrayData::builder(data_type.clone()).len(1).add_buffer(Buffer::from(bytes.to_vec()));
        make_array(builder.build().unwrap())
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        for (text, wanted) in [
            ("a\u{200d}b", "a\\u{200d}b"),
            ("a\u{34f}b\u{115f}\u{3164}", "a\\u{34f}b\\u{115f}\\u{3164}"),
            ("1\u{fe0f}\u{e0101}", "1\\u{fe0f}\\u{e0101}"),
            ("\u{180c}\u{17b4}\u{ffa0}\u{1d173}", "\\u{180c}\\u{17b4}\\u{ffa0}\\u{1d173}"),
            ("\u{301}a\u{301}", "\\u{301}a\u{301}"),
            ("\u{301}\u{301}", "\\u{301}\u{301}"),
            ("日本 e\u{301} 😀 ß", "日本 e\u{301} 😀 ß"),
        ] {
            assert_eq!(visible(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_small_float_shows_its_own_digits() {
        for (value, text) in
            [(1e-7_f32, "1e-7"), (-3.4e38, "-3.4e38"), (0.1, "0.1"), (f32::NEG_INFINITY, "-inf")]
        {
            let array = duckdb::arrow::array::Float32Array::from(vec![value]);
            assert_eq!(plain(&array, 0).as_deref(), Some(text));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_bytes_of_any_type_have_a_text(bytes in proptest::collection::vec(any::<u8>(), 32)) {
            for edge in [bytes, vec![0; 32], vec![0xff; 32], [vec![0; 15], vec![0x80], vec![0; 15], vec![0x80]].concat()] {
                for (data_type, width) in fixed_types() {
                    for bytes in [&edge[..width], &edge[32 - width..]] {
                        let array = cell(&data_type, bytes);
                        let text = plain(array.as_ref(), 0).unwrap();
                        prop_assert!(!text.is_empty(), "{data_type}");
                        prop_assert!(!shown(array.as_ref(), 0).chars().any(char::is_control));
                        prop_assert!(serde_json::from_str::<serde_json::Value>(&json(array.as_ref(), 0)).is_ok(), "{data_type}: {text}");
                    }
                }
            }
        }

        #[test]
        fn a_beginning_is_that_of_what_is_shown(text in ".{0,150}", limit in 0..300_usize) {
            let is_longer = text.len() > limit;
            let array = StringArray::from(vec![text]);
            let (whole, (part, more)) = (shown(&array, 0), beginning("text", &array, 0, limit));
            prop_assert_eq!(more, is_longer);
            prop_assert!(whole.starts_with(&part) && (more || whole == part));
        }
    }

    #[test]
    fn the_ends_of_the_ranges_are_told() {
        let interval = |months: i32, days: i32, nanoseconds: i64| {
            let bytes = [&months.to_le_bytes()[..], &days.to_le_bytes(), &nanoseconds.to_le_bytes()].concat();
            plain(cell(&DataType::Interval(IntervalUnit::MonthDayNano), &bytes).as_ref(), 0).unwrap()
        };
        assert_eq!(interval(0, i32::MIN, 0), "-2147483648 days");
        assert_eq!(interval(i32::MIN, 0, 0), "-178956970 years -8 months");
        assert_eq!(interval(-1, 1, i64::MIN), "-1 month 1 day -2562047:47:16.854775808");
        let time = Time64MicrosecondArray::from(vec![i64::MAX]);
        assert_eq!(plain(&time, 0).unwrap(), "9223372036854775807000 ns");
        let small = Decimal64Array::from(vec![-1]).with_precision_and_scale(18, 18).unwrap();
        assert_eq!(plain(&small, 0).unwrap(), "-0.000000000000000001");
    }

    #[test]
    fn a_key_of_any_width_finds_its_word_and_a_null_word_is_null() {
        let words: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
        let keys = [Some(0), Some(1), None].into_iter().collect();
        let array = DictionaryArray::<Key>::new(keys, words);
        let texts: Vec<_> = (0..3).map(|row| plain(&array, row)).collect();
        assert_eq!(texts, [Some("a".to_owned()), None, None]);
    }

    #[test]
    fn of_a_long_cell_only_the_beginning_is_written() {
        let long = "ab".repeat(1 << 20);
        for array in [
            Arc::new(StringArray::from(vec![long.clone()])) as ArrayRef,
            Arc::new(BinaryArray::from(vec![long.as_bytes()])),
            Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some((0..1_000_000).map(Some))])),
        ] {
            let (part, more) = beginning("cell", array.as_ref(), 0, 400);
            assert!(more && part.len() == 400, "{}", part.len());
            assert!(shown(array.as_ref(), 0).starts_with(&part));
        }
        let money = cell(&DataType::Decimal128(38, 2), &123_456_789_i128.to_le_bytes());
        assert_eq!(beginning("money", money.as_ref(), 0, 400), ("1,234,567.89".to_owned(), false));
    }
}
