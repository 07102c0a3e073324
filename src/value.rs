//! Arrow cell to text: the one formatter of the grid, the clipboard, the exports and the headless command.
//!
//! [`plain`] is the exact text of a cell; nested values are JSON. [`shown`] is the same text for a person:
//! digits grouped in threes, and no byte that a terminal would obey.

mod year;

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, TimeDelta};
use duckdb::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, StructArray,
};
use duckdb::arrow::datatypes::{
    ArrowDictionaryKeyType, DataType, Date32Type, Date64Type, Decimal128Type, Decimal256Type, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTimeType,
    IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimeUnit, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

pub use year::shown_in;

/// What stands for NULL wherever a person reads.
pub const NULL: &str = "∅";

/// The exact text of one cell; `None` is NULL.
#[must_use]
pub fn plain(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return None;
    }
    let mut out = String::new();
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

/// The cell as a JSON value: numbers keep every digit, what JSON has no word for is a string.
#[must_use]
pub fn json(array: &dyn Array, row: usize) -> String {
    let mut out = String::new();
    write_json(array, row, &mut out);
    out
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

/// Replaces what a terminal would obey or hide (controls, escapes, direction and zero-width marks) by visible
/// escapes, and line breaks by `⏎`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
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
            _ if is_unsafe(mark) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(mark));
            }
            _ => out.push(mark),
        }
    }
    Cow::Owned(out)
}

fn is_unsafe(mark: char) -> bool {
    mark.is_control()
        || matches!(mark,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// JSON string literal of a text.
#[must_use]
pub fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn write_plain(array: &dyn Array, row: usize, out: &mut String) {
    match array.data_type() {
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.push_str(array.as_string::<i64>().value(row)),
        DataType::Utf8View => out.push_str(array.as_string_view().value(row)),
        DataType::Boolean => push(out, array.as_boolean().value(row)),
        DataType::Decimal128(_, scale) => {
            let value = array.as_primitive::<Decimal128Type>().value(row);
            push_scaled(out, &value.to_string(), *scale);
        }
        DataType::Decimal256(_, scale) => {
            let value = array.as_primitive::<Decimal256Type>().value(row);
            push_scaled(out, &value.to_string(), *scale);
        }
        DataType::Binary => push_blob(out, array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => push_blob(out, array.as_binary::<i64>().value(row)),
        DataType::BinaryView => push_blob(out, array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => push_blob(out, array.as_fixed_size_binary().value(row)),
        DataType::Dictionary(..) => write_dictionary(array, row, out),
        data_type if data_type.is_numeric() => write_number(array, row, out),
        data_type if data_type.is_temporal() => write_time(array, row, out),
        _ => write_nested(array, row, out),
    }
}

fn write_number(array: &dyn Array, row: usize, out: &mut String) {
    match array.data_type() {
        DataType::Int8 => push(out, array.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => push(out, array.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => push(out, array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => push(out, array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => push(out, array.as_primitive::<UInt8Type>().value(row)),
        DataType::UInt16 => push(out, array.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt32 => push(out, array.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => push(out, array.as_primitive::<UInt64Type>().value(row)),
        DataType::Float16 => push_float(out, f64::from(array.as_primitive::<Float16Type>().value(row))),
        DataType::Float32 => {
            let value = array.as_primitive::<Float32Type>().value(row);
            if in_plain_range(f64::from(value)) {
                push(out, value);
            } else {
                push_float(out, f64::from(value));
            }
        }
        _ => push_float(out, array.as_primitive::<Float64Type>().value(row)),
    }
}

fn write_dictionary(array: &dyn Array, row: usize, out: &mut String) {
    fn through<K: ArrowDictionaryKeyType>(array: &dyn Array, row: usize, out: &mut String) {
        let dictionary = array.as_dictionary::<K>();
        if let Some(key) = dictionary.key(row) {
            write_plain(dictionary.values().as_ref(), key, out);
        }
    }
    match array.data_type() {
        DataType::Dictionary(key, _) if **key == DataType::UInt8 => through::<UInt8Type>(array, row, out),
        DataType::Dictionary(key, _) if **key == DataType::UInt16 => through::<UInt16Type>(array, row, out),
        DataType::Dictionary(key, _) if **key == DataType::UInt32 => through::<UInt32Type>(array, row, out),
        DataType::Dictionary(key, _) if **key == DataType::Int32 => through::<Int32Type>(array, row, out),
        _ => out.push_str("(unreadable)"),
    }
}

fn write_time(array: &dyn Array, row: usize, out: &mut String) {
    match array.data_type() {
        DataType::Date32 => push_date(out, i64::from(array.as_primitive::<Date32Type>().value(row))),
        DataType::Date64 => {
            push_date(out, array.as_primitive::<Date64Type>().value(row).div_euclid(86_400_000));
        }
        DataType::Time32(TimeUnit::Second) => {
            push_time(out, i64::from(array.as_primitive::<Time32SecondType>().value(row)) * 1_000_000_000);
        }
        DataType::Time32(_) => {
            push_time(out, i64::from(array.as_primitive::<Time32MillisecondType>().value(row)) * 1_000_000);
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            push_time(out, array.as_primitive::<Time64MicrosecondType>().value(row) * 1_000);
        }
        DataType::Time64(_) => push_time(out, array.as_primitive::<Time64NanosecondType>().value(row)),
        DataType::Timestamp(unit, zone) => {
            push_timestamp(out, ticks(array, row), *unit, zone.is_some());
        }
        DataType::Interval(unit) => write_interval(array, row, *unit, out),
        DataType::Duration(unit) => {
            push_interval(out, 0, 0, i128::from(ticks(array, row)) * nanoseconds(*unit));
        }
        _ => out.push_str("(unreadable)"),
    }
}

fn write_interval(array: &dyn Array, row: usize, unit: IntervalUnit, out: &mut String) {
    match unit {
        IntervalUnit::YearMonth => {
            push_interval(out, array.as_primitive::<IntervalYearMonthType>().value(row), 0, 0);
        }
        IntervalUnit::DayTime => {
            let value = array.as_primitive::<IntervalDayTimeType>().value(row);
            push_interval(out, 0, value.days, i128::from(value.milliseconds) * 1_000_000);
        }
        IntervalUnit::MonthDayNano => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            push_interval(out, value.months, value.days, i128::from(value.nanoseconds));
        }
    }
}

/// The raw 64-bit count behind a timestamp or a duration of any unit.
fn ticks(array: &dyn Array, row: usize) -> i64 {
    let data = array.to_data();
    data.buffers().first().map_or(0, |buffer| buffer.typed_data::<i64>()[data.offset() + row])
}

fn nanoseconds(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

fn write_nested(array: &dyn Array, row: usize, out: &mut String) {
    match array.data_type() {
        DataType::List(_) => write_items(&list_items::<i32>(array.as_list(), row), out),
        DataType::LargeList(_) => write_items(&list_items::<i64>(array.as_list(), row), out),
        DataType::FixedSizeList(..) => {
            let list: &FixedSizeListArray = array.as_fixed_size_list();
            write_items(&list.value(row), out);
        }
        DataType::Struct(_) => write_struct(array.as_struct(), row, out),
        DataType::Map(..) => write_map(array.as_map(), row, out),
        DataType::Union(..) => {
            let union = array.as_union();
            let child = union.child(union.type_id(row));
            let index = union.value_offset(row);
            write_json(child.as_ref(), index, out);
        }
        other => {
            let _ = write!(out, "({other} is not shown)");
        }
    }
}

fn list_items<O: OffsetSizeTrait>(list: &GenericListArray<O>, row: usize) -> ArrayRef {
    list.value(row)
}

fn write_items(items: &ArrayRef, out: &mut String) {
    out.push('[');
    for index in 0..items.len() {
        if index > 0 {
            out.push_str(", ");
        }
        write_json(items.as_ref(), index, out);
    }
    out.push(']');
}

fn write_struct(array: &StructArray, row: usize, out: &mut String) {
    out.push('{');
    for (index, (field, column)) in array.fields().iter().zip(array.columns()).enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        let _ = write!(out, "{}: ", json_string(field.name()));
        write_json(column.as_ref(), row, out);
    }
    out.push('}');
}

/// JSON has only text keys, so a key is its plain text.
fn write_map(array: &MapArray, row: usize, out: &mut String) {
    let entries = array.value(row);
    out.push('{');
    for index in 0..entries.len() {
        if index > 0 {
            out.push_str(", ");
        }
        let key = plain(entries.column(0).as_ref(), index).unwrap_or_default();
        let _ = write!(out, "{}: ", json_string(&key));
        write_json(entries.column(1).as_ref(), index, out);
    }
    out.push('}');
}

fn write_json(array: &dyn Array, row: usize, out: &mut String) {
    let Some(text) = plain(array, row) else {
        out.push_str("null");
        return;
    };
    let bare = match array.data_type() {
        DataType::Boolean => true,
        data_type if data_type.is_nested() => !matches!(data_type, DataType::Union(..)) || is_json(&text),
        data_type if is_number(data_type) => text.bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if bare {
        out.push_str(&text);
    } else {
        out.push_str(&json_string(&text));
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

fn in_plain_range(value: f64) -> bool {
    value == 0.0 || (1e-5..1e16).contains(&value.abs())
}

fn push_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "inf" } else { "-inf" });
    } else if in_plain_range(value) {
        push(out, value);
    } else {
        let _ = write!(out, "{value:e}");
    }
}

fn push_scaled(out: &mut String, digits: &str, scale: i8) {
    let Ok(scale) = usize::try_from(scale) else {
        out.push_str(digits);
        out.extend(std::iter::repeat_n('0', usize::from(scale.unsigned_abs())));
        return;
    };
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    out.push_str(sign);
    if scale == 0 {
        out.push_str(digits);
    } else {
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        let _ = write!(out, "{whole}.{fraction}");
    }
}

fn push_blob(out: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        // Quotes are escaped too, as DuckDB does, so that the text can be cast back.
        if (0x20..0x7f).contains(&byte) && !b"\\\"'".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
}

/// Days since 1970-01-01; the ends of the range are DuckDB's infinities.
fn push_date(out: &mut String, days: i64) {
    let epoch = NaiveDate::default();
    let date = match days {
        2_147_483_647 => return out.push_str("infinity"),
        -2_147_483_647 => return out.push_str("-infinity"),
        days if days < 0 => epoch.checked_sub_days(Days::new(days.unsigned_abs())),
        days => epoch.checked_add_days(Days::new(days.unsigned_abs())),
    };
    match date {
        Some(date) => push(out, date),
        None => push(out, format_args!("{days} days since 1970-01-01")),
    }
}

fn push_time(out: &mut String, nanoseconds: i64) {
    if nanoseconds == 86_400_000_000_000 {
        return out.push_str("24:00:00");
    }
    let seconds = u32::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or(u32::MAX);
    let rest = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).unwrap_or(0);
    match NaiveTime::from_num_seconds_from_midnight_opt(seconds, rest) {
        Some(time) => push(out, time),
        None => push(out, format_args!("{nanoseconds} ns")),
    }
}

fn push_timestamp(out: &mut String, ticks: i64, unit: TimeUnit, zoned: bool) {
    match ticks {
        i64::MAX => return out.push_str("infinity"),
        ticks if ticks == -i64::MAX => return out.push_str("-infinity"),
        _ => {}
    }
    let total = i128::from(ticks) * nanoseconds(unit);
    let seconds = i64::try_from(total.div_euclid(1_000_000_000));
    let rest = u32::try_from(total.rem_euclid(1_000_000_000)).unwrap_or(0);
    match seconds.ok().and_then(|seconds| DateTime::from_timestamp(seconds, rest)) {
        Some(moment) if zoned => {
            out.push_str(&moment.to_rfc3339_opts(SecondsFormat::AutoSi, false).replacen('T', " ", 1));
        }
        Some(moment) => push(out, moment.naive_utc()),
        None => push(out, format_args!("{ticks} ticks since 1970-01-01")),
    }
}

fn push_interval(out: &mut String, months: i32, days: i32, nanoseconds: i128) {
    let start = out.len();
    for (count, word) in [(months / 12, "year"), (months % 12, "month"), (days, "day")] {
        if count != 0 {
            let gap = if out.len() > start { " " } else { "" };
            let plural = if count.abs() == 1 { "" } else { "s" };
            let _ = write!(out, "{gap}{count} {word}{plural}");
        }
    }
    if nanoseconds != 0 || out.len() == start {
        let gap = if out.len() > start { " " } else { "" };
        let sign = if nanoseconds < 0 { "-" } else { "" };
        let total = nanoseconds.unsigned_abs();
        let seconds = total / 1_000_000_000;
        let _ = write!(out, "{gap}{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        let rest = total % 1_000_000_000;
        if rest != 0 {
            let digits = format!("{rest:09}");
            let _ = write!(out, ".{}", digits.trim_end_matches('0'));
        }
    }
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
