//! From points as they come to one value for each date of a regular calendar.

use chrono::NaiveDate;

use super::error::ForecastError;
use super::steps::{MonthEnd, Step};
use super::{Kind, Series};

/// Fewest values that a forecast is made from.
pub(crate) const FEWEST: usize = 7;

/// Most missing dates, in per cent.
const GAPS: usize = 30;

/// One value for each date.
#[derive(Debug, Clone)]
pub(crate) struct Clean {
    pub(crate) step: Step,
    pub(crate) dates: Vec<NaiveDate>,
    pub(crate) values: Vec<f64>,
    /// Whether the value was missing: a balance is carried on, a flow is 0.
    pub(crate) filled: Vec<bool>,
}

impl Clean {
    /// Orders the points up to `origin`, keeps the last of a day, finds the step and fills the gaps.
    ///
    /// A value that is not a number counts as missing.
    pub(crate) fn new(series: &Series, origin: Option<NaiveDate>) -> Result<Self, ForecastError> {
        let newest = series.points.iter().filter(|(_, value)| value.is_finite()).map(|(date, _)| *date).max();
        if let (Some(origin), Some(last)) = (origin, newest)
            && origin > last
        {
            return Err(ForecastError::Origin { origin, last });
        }
        let mut points: Vec<(NaiveDate, f64)> = series
            .points
            .iter()
            .filter(|(date, value)| value.is_finite() && origin.is_none_or(|last| *date <= last))
            .copied()
            .collect();
        points.sort_by_key(|(date, _)| *date);
        // Of equal dates the last one given stays.
        points.reverse();
        points.dedup_by_key(|(date, _)| *date);
        points.reverse();
        let too_short = |has| ForecastError::TooShort { needs: FEWEST, has };
        let (Some((first, _)), Some((last, _))) = (points.first().copied(), points.last().copied()) else {
            return Err(too_short(0));
        };
        if points.len() < FEWEST {
            return Err(too_short(points.len()));
        }
        let dates: Vec<NaiveDate> = points.iter().map(|(date, _)| *date).collect();
        // Days with more than a week's half missing are still days, only too few.
        let step = match Step::detect(&dates) {
            Ok(step) => step,
            Err(2..=6) => Step::Daily,
            Err(days) => return Err(ForecastError::NoStep { days }),
        };
        let count = usize::try_from(step.place(first, last)).unwrap_or(0) + 1;
        // One far date may make a calendar of millions of days: they are counted before there is room for them.
        let gaps = |missing: usize| {
            let share = (missing.saturating_mul(100)).div_ceil(count);
            let error = ForecastError::TooManyGaps { missing: share, first, last, allowed: GAPS, step };
            if missing.saturating_mul(100) > count.saturating_mul(GAPS) { Err(error) } else { Ok(()) }
        };
        gaps(count.saturating_sub(points.len()))?;
        let mut values: Vec<Option<f64>> = vec![None; count];
        for (date, value) in &points {
            let place = usize::try_from(step.place(first, *date)).unwrap_or(0).min(count - 1);
            // Two dates in one step: the later balance stands, flows add up.
            values[place] = match (series.kind, values[place]) {
                (Kind::Flow, Some(earlier)) => Some(earlier + value),
                _ => Some(*value),
            };
        }
        gaps(values.iter().filter(|value| value.is_none()).count())?;
        let filled = values.iter().map(Option::is_none).collect();
        let mut carried = 0.0;
        let values: Vec<f64> = values
            .into_iter()
            .map(|value| {
                carried = match (value, series.kind) {
                    (Some(value), _) => value,
                    (None, Kind::Balance) => carried,
                    (None, Kind::Flow) => 0.0,
                };
                carried
            })
            .collect();
        Ok(Self { step, dates: calendar(step, &dates, first, count), values, filled })
    }

    /// The dates seen and those of the next `horizon` steps.
    pub(crate) fn dates_ahead(&self, horizon: usize) -> Vec<NaiveDate> {
        let n = self.dates.len();
        let mut dates = self.dates.clone();
        let end = MonthEnd::of(self.step, &self.dates);
        let date = |place| MonthEnd::moved(end, self.step.date(self.dates[0], place));
        dates.extend((n..n + horizon).map(date));
        dates
    }
}

/// The dates of all places. A month has no date of its own: each that was given stays.
fn calendar(step: Step, given: &[NaiveDate], first: NaiveDate, count: usize) -> Vec<NaiveDate> {
    let end = MonthEnd::of(step, given);
    let mut dates: Vec<NaiveDate> =
        (0..count).map(|place| MonthEnd::moved(end, step.date(first, place))).collect();
    let seen = if step.has_days() { &[] } else { given };
    for date in seen {
        let place = usize::try_from(step.place(first, *date)).unwrap_or(0).min(count - 1);
        dates[place] = *date;
    }
    dates
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen dates stay, and those ahead are ends of months where all seen ones are.
    #[test]
    fn months_that_end_with_a_business_day_keep_their_dates() {
        let dates =
            |texts: &[&str]| -> Vec<NaiveDate> { texts.iter().map(|text| text.parse().unwrap()).collect() };
        let clean = |texts: &[&str]| {
            let points = dates(texts).into_iter().map(|date| (date, 1.0)).collect();
            Clean::new(&Series { points, kind: Kind::Balance }, None).unwrap()
        };
        let months = [
            "2023-04-28",
            "2023-05-31",
            "2023-06-30",
            "2023-07-31",
            "2023-08-31",
            "2023-09-29",
            "2023-10-31",
        ];
        let ahead = clean(&months).dates_ahead(2);
        assert_eq!(ahead, dates(&[&months[..], &["2023-11-30", "2023-12-29"]].concat()));
        // The 28th, but for one month: no ends.
        let months = [
            "2023-01-28",
            "2023-02-28",
            "2023-03-28",
            "2023-04-28",
            "2023-05-30",
            "2023-06-28",
            "2023-07-28",
        ];
        let ahead = clean(&months).dates_ahead(1);
        assert_eq!(ahead, dates(&[&months[..], &["2023-08-28"]].concat()));
        // A gap has the date of its month's end.
        let months = [
            "2023-01-31",
            "2023-02-28",
            "2023-03-31",
            "2023-05-31",
            "2023-06-30",
            "2023-07-31",
            "2023-08-31",
        ];
        assert_eq!(clean(&months).dates[3].to_string(), "2023-04-30");
    }
}
