//! What points are: as a series of balances or of flows, with the floor of what cannot be below zero, and how their group is called.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::Columns;
use crate::forecast::{Kind, Series};
use crate::value;

/// The points as a series; what happened on one date adds up.
#[must_use]
pub fn series(points: &[(NaiveDate, f64)], kind: Kind) -> Series {
    let mut points = points.to_vec();
    if kind == Kind::Flow {
        points.sort_by_key(|(date, _)| *date);
        points.dedup_by(|next, first| {
            let same = next.0 == first.0;
            if same {
                first.1 += next.1;
            }
            same
        });
    }
    Series { points, kind }
}

/// Turns points round whose days go down throughout: the first one of a day is then its latest. Whether they were.
pub(super) fn turn(points: &mut [(NaiveDate, f64)]) -> bool {
    let go_down = points.is_sorted_by(|(one, _), (next, _)| one >= next)
        && matches!((points.first(), points.last()), (Some((first, _)), Some((last, _))) if first > last);
    if go_down {
        points.reverse();
    }
    go_down
}

/// How many dates come again.
pub(super) fn repeated(points: &[(NaiveDate, f64)]) -> usize {
    let mut dates: Vec<_> = points.iter().map(|(date, _)| *date).collect();
    dates.sort_unstable();
    dates.windows(2).filter(|pair| pair[0] == pair[1]).count()
}

/// What is said where [`natural_floor`] cuts the bands.
pub const CUT_AT_ZERO: &str = "no value is below 0, so the bands are cut there";

/// 0 for counts and flows that were never below it: what cannot be is in no band. The models do not know of it.
#[must_use]
pub fn natural_floor(columns: &Columns, series: &Series) -> Option<f64> {
    let has_floor = columns.counts || series.kind == Kind::Flow;
    (has_floor && series.points.iter().all(|(_, value)| *value >= 0.0)).then_some(0.0)
}

/// How a group is called where a person reads.
#[must_use]
pub fn group_name(group: Option<&str>) -> Cow<'_, str> {
    group.map_or(Cow::Borrowed(value::NULL), value::visible)
}
