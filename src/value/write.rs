//! Cells of every type as exact text, written no further than a text may grow; nested ones are JSON.

use std::fmt::Write as _;

use duckdb::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, StructArray,
};
use duckdb::arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::{is_number, json_string, plain, time, written};

/// A text that takes no more than a number of bytes, so that a grid need not write out what it cannot show.
pub struct Text {
    pub out: String,
    pub(super) limit: usize,
}

/// Without a limit.
impl Default for Text {
    fn default() -> Self {
        Self::behind(String::new())
    }
}

impl Text {
    /// Behind what is there already, without a limit.
    #[must_use]
    pub fn behind(out: String) -> Self {
        Self { out, limit: usize::MAX }
    }

    pub fn push(&mut self, mark: char) {
        self.push_str(mark.encode_utf8(&mut [0; 4]));
    }

    pub fn push_str(&mut self, text: &str) {
        let room = self.limit.saturating_sub(self.out.len());
        self.out.push_str(if text.len() <= room { text } else { &text[..text.floor_char_boundary(room)] });
    }

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.out.len() + 4 > self.limit
    }
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

pub(super) fn write_plain(array: &dyn Array, row: usize, out: &mut Text) {
    match array.data_type() {
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.push_str(array.as_string::<i64>().value(row)),
        DataType::Utf8View => out.push_str(array.as_string_view().value(row)),
        DataType::Boolean => push(out, array.as_boolean().value(row)),
        DataType::Decimal128(_, scale) => {
            push_decimal(out, array.as_primitive::<Decimal128Type>().value(row), *scale);
        }
        DataType::Decimal256(_, scale) => {
            let value = array.as_primitive::<Decimal256Type>().value(row);
            push_scaled(out, &value.to_string(), *scale);
        }
        DataType::Binary => push_blob(out, array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => push_blob(out, array.as_binary::<i64>().value(row)),
        DataType::BinaryView => push_blob(out, array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => push_blob(out, array.as_fixed_size_binary().value(row)),
        DataType::Decimal32(_, scale) => {
            let value = array.as_primitive::<Decimal32Type>().value(row);
            push_scaled(out, &value.to_string(), *scale);
        }
        DataType::Decimal64(_, scale) => {
            let value = array.as_primitive::<Decimal64Type>().value(row);
            push_scaled(out, &value.to_string(), *scale);
        }
        data_type if data_type.is_numeric() => write_number(array, row, out),
        data_type if data_type.is_temporal() => time::write_time(array, row, out),
        _ => write_nested(array, row, out),
    }
}

fn write_number(array: &dyn Array, row: usize, out: &mut Text) {
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
            } else if value.is_finite() {
                // Its own digits: as a double it would have more than it holds.
                push(out, format_args!("{value:e}"));
            } else {
                push_float(out, f64::from(value));
            }
        }
        _ => push_float(out, array.as_primitive::<Float64Type>().value(row)),
    }
}

fn write_nested(array: &dyn Array, row: usize, out: &mut Text) {
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

fn write_items(items: &ArrayRef, out: &mut Text) {
    out.push('[');
    for index in 0..items.len() {
        if out.is_full() {
            break;
        }
        if index > 0 {
            out.push_str(", ");
        }
        write_json(items.as_ref(), index, out);
    }
    out.push(']');
}

fn write_struct(array: &StructArray, row: usize, out: &mut Text) {
    out.push('{');
    for (index, (field, column)) in array.fields().iter().zip(array.columns()).enumerate() {
        if out.is_full() {
            break;
        }
        if index > 0 {
            out.push_str(", ");
        }
        let _ = write!(out, "{}: ", json_string(field.name()));
        write_json(column.as_ref(), row, out);
    }
    out.push('}');
}

/// JSON has only text keys, so a key is its plain text.
fn write_map(array: &MapArray, row: usize, out: &mut Text) {
    let entries = array.value(row);
    out.push('{');
    for index in 0..entries.len() {
        if out.is_full() {
            break;
        }
        if index > 0 {
            out.push_str(", ");
        }
        let key = plain(entries.column(0).as_ref(), index).unwrap_or_default();
        let _ = write!(out, "{}: ", json_string(&key));
        write_json(entries.column(1).as_ref(), index, out);
    }
    out.push('}');
}

pub(super) fn write_json(array: &dyn Array, row: usize, out: &mut Text) {
    let Some(Text { out: text, .. }) = written(array, row, out.limit) else {
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

pub(super) fn push(out: &mut Text, value: impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

fn in_plain_range(value: f64) -> bool {
    value == 0.0 || (1e-5..1e16).contains(&value.abs())
}

fn push_float(out: &mut Text, value: f64) {
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

/// A decimal by its digits; those of 64 bits, as most amounts are, without a text in between.
pub(super) fn push_decimal(out: &mut Text, value: i128, scale: i8) {
    let (Ok(units), Ok(places @ 0..=18)) = (u64::try_from(value.unsigned_abs()), u32::try_from(scale)) else {
        return push_scaled(out, &value.to_string(), scale);
    };
    // 20 digits of 64 bits, a point and a sign.
    let mut text = [b'0'; 24];
    let power = 10_u64.pow(places);
    let mut at = text.len();
    if places > 0 {
        put_digits(&mut text, at, units % power);
        at -= places as usize + 1;
        text[at] = b'.';
    }
    at = put_digits(&mut text, at, units / power).min(at - 1);
    if value < 0 {
        at -= 1;
        text[at] = b'-';
    }
    out.push_str(str::from_utf8(&text[at..]).unwrap_or_default());
}

/// Puts the digits of a number before a place, two at a time; gives where they begin. Zero has none.
fn put_digits(text: &mut [u8], mut at: usize, mut number: u64) -> usize {
    while number > 0 {
        let pair = (number % 100) as u8;
        number /= 100;
        at -= 1;
        text[at] = b'0' + pair % 10;
        if number > 0 || pair > 9 {
            at -= 1;
            text[at] = b'0' + pair / 10;
        }
    }
    at
}

fn push_scaled(out: &mut Text, digits: &str, scale: i8) {
    let Ok(scale) = usize::try_from(scale) else {
        out.push_str(digits);
        let zeros = if digits == "0" { 0 } else { usize::from(scale.unsigned_abs()) };
        out.push_str(&"0".repeat(zeros));
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

fn push_blob(out: &mut Text, bytes: &[u8]) {
    for &byte in bytes {
        if out.is_full() {
            break;
        }
        // Quotes are escaped too, as DuckDB does, so that the text can be cast back.
        if (0x20..0x7f).contains(&byte) && !b"\\\"'".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_short_decimal_has_the_digits_of_a_long_one(value in any::<i64>(), small in -1_000..1_000_i64, scale in 0..20_i8) {
            for value in [i128::from(value), i128::from(small), i128::from(u64::MAX), -i128::from(u64::MAX), 0, i128::MIN] {
                let [mut one, mut other] = [(); 2].map(|()| Text::default());
                push_decimal(&mut one, value, scale);
                push_scaled(&mut other, &value.to_string(), scale);
                prop_assert_eq!(&one.out, &other.out, "{} {}", value, scale);
            }
        }
    }
}
