//! Dates, times and intervals as text: as DuckDB writes them, and what lies beyond the calendar as a count.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SecondsFormat};
use duckdb::arrow::array::{Array, AsArray};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Date64Type, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimeUnit,
};

use super::write::{Text, push};

pub(super) fn write_time(array: &dyn Array, row: usize, out: &mut Text) {
    match array.data_type() {
        DataType::Date32 => push_date(out, i64::from(array.as_primitive::<Date32Type>().value(row))),
        DataType::Date64 => {
            push_date(out, array.as_primitive::<Date64Type>().value(row).div_euclid(86_400_000));
        }
        DataType::Time32(TimeUnit::Second) => {
            push_time(out, i128::from(array.as_primitive::<Time32SecondType>().value(row)) * 1_000_000_000);
        }
        DataType::Time32(_) => {
            push_time(out, i128::from(array.as_primitive::<Time32MillisecondType>().value(row)) * 1_000_000);
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            push_time(out, i128::from(array.as_primitive::<Time64MicrosecondType>().value(row)) * 1_000);
        }
        DataType::Time64(_) => push_time(out, array.as_primitive::<Time64NanosecondType>().value(row).into()),
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

fn write_interval(array: &dyn Array, row: usize, unit: IntervalUnit, out: &mut Text) {
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

/// Days since 1970-01-01; the ends of the range are DuckDB's infinities.
pub(super) fn push_date(out: &mut Text, days: i64) {
    let epoch = NaiveDate::default();
    let date = match days {
        2_147_483_647 => return out.push_str("infinity"),
        -2_147_483_647 => return out.push_str("-infinity"),
        days if days < 0 => epoch.checked_sub_days(Days::new(days.unsigned_abs())),
        days => epoch.checked_add_days(Days::new(days.unsigned_abs())),
    };
    match date {
        Some(date) if (0..=9999).contains(&date.year()) => {
            out.push_str(str::from_utf8(&iso(date)).unwrap_or_default());
        }
        Some(date) => push(out, date),
        None => push(out, format_args!("{days} days since 1970-01-01")),
    }
}

/// A date of a year of four digits; long results and the keys of lines are mostly written by this.
#[must_use]
pub fn iso(date: NaiveDate) -> [u8; 10] {
    let mut text = *b"0000-00-00";
    let parts = [(date.year().unsigned_abs(), 0..4), (date.month(), 5..7), (date.day(), 8..10)];
    for (mut part, places) in parts {
        for place in places.rev() {
            text[place] += (part % 10) as u8;
            part /= 10;
        }
    }
    text
}

fn push_time(out: &mut Text, nanoseconds: i128) {
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

fn push_timestamp(out: &mut Text, ticks: i64, unit: TimeUnit, zoned: bool) {
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

fn push_interval(out: &mut Text, months: i32, days: i32, nanoseconds: i128) {
    let start = out.len();
    for (count, word) in [(months / 12, "year"), (months % 12, "month"), (days, "day")] {
        if count != 0 {
            let gap = if out.len() > start { " " } else { "" };
            let plural = if count.unsigned_abs() == 1 { "" } else { "s" };
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
