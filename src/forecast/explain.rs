//! Where a forecast comes from, in parts that sum to it.

use chrono::NaiveDate;
use serde::Serialize;

use super::Kind;
use super::effects::Effects;
use super::fit::Fit;

/// The parts of one step's forecast, in the unit of the series. They sum to the forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Explanation {
    /// Date of the step.
    pub date: NaiveDate,
    /// A balance's last value; a flow's level without season.
    pub level: f64,
    /// What the trend adds: for a balance the usual spend of a day without postings.
    pub trend: f64,
    /// Season of the year, for monthly and quarterly series.
    pub season: f64,
    /// Days of the week.
    pub weekday: f64,
    /// Days of the month that stand out from the usual day.
    pub paydays: f64,
    /// First and last business days, and the last day of the month.
    pub month_end: f64,
    /// Holidays and the days after them.
    pub holidays: f64,
    /// What no part above accounts for.
    pub rest: f64,
}

impl Explanation {
    /// A forecast of which only the last value is known; the rest is the model's own.
    pub(crate) fn of_rest(date: NaiveDate, level: f64, point: f64) -> Self {
        let rest = (point - level).clamp(f64::MIN, f64::MAX);
        let (trend, season, weekday, paydays, month_end, holidays) = Default::default();
        Self { date, level, trend, season, weekday, paydays, month_end, holidays, rest }
    }

    /// Sum of the parts: the forecast.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.parts().iter().map(|(_, part)| part).sum()
    }

    /// The parts in whole numbers of a unit (100 for cents), which sum to the forecast in the same unit: the rest
    /// takes what rounding left over.
    #[must_use]
    pub fn rounded(&self, units: f64) -> [(&'static str, i128); 8] {
        let whole = |value: f64| (value * units).round() as i128;
        let mut parts = self.parts().map(|(name, part)| (name, whole(part)));
        let predicted = parts.iter().fold(0_i128, |sum, (_, part)| sum.saturating_add(*part));
        parts[7].1 = parts[7].1.saturating_add(whole(self.total()).saturating_sub(predicted));
        parts
    }

    /// The parts with their names, in order.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, f64); 8] {
        [
            ("level", self.level),
            ("trend", self.trend),
            ("season", self.season),
            ("weekday", self.weekday),
            ("paydays", self.paydays),
            ("month-end", self.month_end),
            ("holidays", self.holidays),
            ("rest", self.rest),
        ]
    }
}

/// The parts of each step of a fit.
pub(crate) fn explain(fit: &Fit, kind: Kind, dates: &[NaiveDate]) -> Vec<Explanation> {
    let n = fit.raw.len();
    let balance = kind == Kind::Balance;
    let plain = fit.plain();
    let mut seasonal = vec![0.0; plain.len()];
    fit.ensemble.ahead(fit.values(), &Effects::default(), n - 1, true, &mut seasonal);
    // Members that know no calendar have no part in it.
    let adjusted: f64 = fit
        .ensemble
        .models
        .iter()
        .filter(|(_, model, _)| model.is_adjusted())
        .map(|(_, _, weight)| weight)
        .sum();
    let before = fit.effects.values.get(n - 1).filter(|_| balance).map_or(0.0, |sum| sum * adjusted);
    let ground = if balance { fit.raw[n - 1] } else { plain[0] };
    let level = fit.unit(ground);
    let daily = fit.period == 7 || fit.period == 5;
    dates
        .iter()
        .enumerate()
        .map(|(step, date)| {
            let calendar = parts(fit, balance, n + step, adjusted, fit.point[step] - seasonal[step]);
            let [weekday, mut paydays, mut month_end, mut holidays] = calendar.map(|part| fit.width(part));
            let mut trend = fit.width(plain[step] + before - ground);
            if let Some(calendar) = fit.calendar.as_ref().filter(|_| balance) {
                // The models saw each group less its mean; a reader wants paydays whole, and the trend without them.
                let means = calendar.means.map(|mean| fit.width(mean * adjusted * (step + 1) as f64));
                paydays += means[1];
                month_end += means[2];
                holidays += means[3];
                trend = (trend - means[1] - means[2] - means[3]).clamp(f64::MIN, f64::MAX);
            }
            let cycle = fit.width(seasonal[step] - plain[step]);
            let (season, weekday) = if daily { (0.0, weekday + cycle) } else { (cycle, weekday) };
            let predicted = level + trend + season + weekday + paydays + month_end + holidays;
            let rest = (fit.unit(fit.point[step]) - predicted).clamp(f64::MIN, f64::MAX);
            Explanation { date: *date, level, trend, season, weekday, paydays, month_end, holidays, rest }
        })
        .collect()
}

/// What each group of the calendar adds up to the step at index `at`, where all of them add `whole`.
fn parts(fit: &Fit, balance: bool, at: usize, adjusted: f64, whole: f64) -> [f64; 4] {
    let Some(parts) = fit.effects.parts.get(at) else { return [0.0; 4] };
    if balance {
        let last = fit.effects.parts[fit.raw.len() - 1];
        return std::array::from_fn(|group| adjusted * (parts[group] - last[group]));
    }
    if fit.effects.multiply {
        let sum: f64 = parts.iter().sum();
        let share = if sum.abs() > 1e-9 { whole / sum } else { 0.0 };
        return parts.map(|part| part * share);
    }
    parts.map(|part| part * adjusted)
}
