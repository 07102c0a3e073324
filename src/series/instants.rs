//! The days of dates and instants. An instant keeps no zone, so that a midnight elsewhere is another hour here.

use chrono::NaiveDate;
use duckdb::arrow::array::{Array, ArrayRef, AsArray, make_array};
use duckdb::arrow::compute::cast;
use duckdb::arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampSecondType};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Seconds by which zones differ, or a multiple of them.
const ZONE: i64 = 900;

/// Hours of instants, in seconds after midnight in UTC: up to three, as more are no midnights.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Hours(Vec<i64>);

impl Hours {
    /// The days of a column; of instants those in UTC.
    pub(super) fn days(&mut self, column: &ArrayRef) -> Vec<Option<NaiveDate>> {
        let unread = || vec![None; column.len()];
        match column.data_type() {
            DataType::Timestamp(unit, Some(_)) => {
                let Some(seconds) = instants(column, *unit) else { return unread() };
                let mut read = |seconds: i64| {
                    let hour = seconds.rem_euclid(DAY);
                    if self.0.len() < 3 && !self.0.contains(&hour) {
                        self.0.push(hour);
                    }
                    NaiveDate::from_epoch_days(i32::try_from(seconds.div_euclid(DAY)).ok()?)
                };
                seconds.as_primitive::<TimestampSecondType>().iter().map(|seconds| read(seconds?)).collect()
            }
            _ => {
                let Ok(dates) = cast(column, &DataType::Date32) else { return unread() };
                let dates = dates.as_primitive::<Date32Type>();
                dates.iter().map(|days| NaiveDate::from_epoch_days(days?)).collect()
            }
        }
    }

    /// Whether each instant is a midnight east of UTC, and so of the day that begins: one time of the day, or two by summer time,
    /// late in UTC, where zones lie whole quarters of an hour apart.
    pub(super) fn begin_the_next_day(&self) -> bool {
        let is_midnight = |time: &i64| *time >= DAY / 2 && time % ZONE == 0;
        (1..=2).contains(&self.0.len()) && self.0.iter().all(is_midnight)
    }
}

/// Instants as seconds, in UTC: what the type says of a zone is only how they are shown.
fn instants(column: &ArrayRef, unit: TimeUnit) -> Option<ArrayRef> {
    let plain = column.to_data().into_builder().data_type(DataType::Timestamp(unit, None)).build().ok()?;
    cast(&make_array(plain), &DataType::Timestamp(TimeUnit::Second, None)).ok()
}
