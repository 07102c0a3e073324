//! All that is estimated at one origin: calendar, marks, weights, models, their forecast and their errors.

use super::Kind;
use super::calendar_effects::Calendar;
use super::effects::{Effects, Useful};
use super::ensemble::Ensemble;
use super::input::Input;
use super::marks::Marks;
use super::members::{Deseasonalised, Member, Values};
use super::weights;

/// Newest values that the models see: older ones cost time and tell of another time.
const MODEL_WINDOW: usize = 1000;

/// A fit, in standardised units: `value = centre + scale · number`.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) scale: f64,
    pub(crate) centre: f64,
    /// Index of the first value that the models saw.
    pub(crate) start: usize,
    pub(crate) raw: Vec<f64>,
    pub(crate) adjusted: Vec<f64>,
    pub(crate) effects: Effects,
    pub(crate) calendar: Option<Calendar>,
    pub(crate) marks: Marks,
    pub(crate) ensemble: Ensemble,
    pub(crate) point: Vec<f64>,
    /// Forecast and error by origin and step.
    pub(crate) errors: Vec<Vec<(f64, f64)>>,
    /// Whether logarithms and ratios make sense: a flow that is always above 0.
    pub(crate) relative: bool,
    /// Whether old errors tell less of new ones.
    pub(crate) fades: bool,
    pub(crate) period: usize,
}

impl Fit {
    pub(crate) fn new(input: Input<'_>) -> Self {
        let Input { kind, period, horizon, .. } = input;
        // Of values that never changed there is nothing to learn, and the models would divide by their variance.
        let constant = input.values.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq());
        let members = if constant { &[Member::Naive][..] } else { input.members };
        let (scale, centre) = units(input.values, kind);
        let all: Vec<f64> = input.values.iter().map(|value| value / scale - centre / scale).collect();
        let relative = kind == Kind::Flow && all.iter().all(|value| *value > 0.0);
        let n = all.len();
        let start = n.saturating_sub(MODEL_WINDOW);
        let held = input.step.has_days().then(|| weights::held_out(n - start, horizon)).flatten();
        let useful = Useful::find(input, &all, held);
        let effects_of = |calendar: fn(&Useful) -> &Calendar| {
            let effects =
                useful.as_ref().map(|useful| useful.effects(calendar(useful), input, start, n + horizon));
            effects.unwrap_or_default()
        };
        let mut raw = all[start..].to_vec();
        let effects = effects_of(|useful| &useful.calendar);
        let mut adjusted = effects.remove(&raw);
        let marks = Marks::find(&Deseasonalised::new(&adjusted, n - start, period, relative).values);
        // Short series of months or years have too few values to tell a shift from their own way.
        if input.step.has_days() {
            marks.tame(&mut adjusted, relative);
            raw.clone_from(&adjusted);
            effects.restore(0, &mut raw);
        }
        let chosen = match held {
            _ if !members.is_empty() => {
                members.iter().map(|member| (*member, 1.0 / members.len() as f64)).collect()
            }
            Some(held) => {
                let past = effects_of(|useful| &useful.early);
                let without = past.remove(&raw);
                let values = Values { adjusted: &without, raw: &raw, period, relative };
                let candidates = candidates(kind, period, n - start, useful.is_some());
                weights::learned(&candidates, values, &past, n - start - held, horizon)
            }
            None => weights::prior(input.step, period, useful.is_some() && kind == Kind::Balance),
        };
        let values = Values { adjusted: &adjusted, raw: &raw, period, relative };
        let ensemble = Ensemble::fit(&chosen, values);
        let mut point = vec![0.0; horizon];
        ensemble.ahead(values, &effects, n - start - 1, true, &mut point);
        let errors = ensemble.errors(values, &effects, horizon);
        Self {
            scale,
            centre,
            start,
            raw,
            adjusted,
            effects,
            calendar: useful.map(|useful| useful.calendar),
            marks,
            ensemble,
            point,
            errors,
            relative,
            fades: !input.step.has_days(),
            period,
        }
    }

    /// What the models were fitted to.
    pub(crate) fn values(&self) -> Values<'_> {
        Values { adjusted: &self.adjusted, raw: &self.raw, period: self.period, relative: self.relative }
    }

    /// The forecast with each season replaced by its mean and without the calendar.
    pub(crate) fn plain(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.point.len()];
        self.ensemble.ahead(self.values(), &self.effects, self.raw.len() - 1, false, &mut out);
        out
    }

    /// A number in the series' unit; what would overflow stays at the largest number there is.
    pub(crate) fn unit(&self, number: f64) -> f64 {
        (number * self.scale + self.centre).clamp(f64::MIN, f64::MAX)
    }

    /// A difference in the series' unit.
    pub(crate) fn width(&self, number: f64) -> f64 {
        (number * self.scale).clamp(f64::MIN, f64::MAX)
    }
}

/// Scale and centre: a power of two, so that dividing loses nothing, and for a balance its last value.
///
/// A balance has no natural zero, so its forecast moves with it; a flow has one.
fn units(values: &[f64], kind: Kind) -> (f64, f64) {
    let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let centre = if kind == Kind::Balance { values.last().copied().unwrap_or(0.0) } else { 0.0 };
    // Halves, so that the difference of two extreme values is still a number.
    let spread =
        values.iter().fold(0.0_f64, |most, value| most.max((value / 2.0 - centre / 2.0).abs())) * 2.0;
    let size = if kind == Kind::Balance { spread } else { largest };
    if size > 0.0 {
        (size.min(f64::MAX).log2().floor().clamp(-1000.0, 1000.0).exp2(), centre)
    } else {
        (1.0, centre)
    }
}

/// Members that suit a series of days.
fn candidates(kind: Kind, period: usize, n: usize, calendar: bool) -> Vec<Member> {
    let mut all = vec![Member::Theta, Member::Ets, Member::Autoregression, Member::Naive];
    if period > 1 && n > 2 * period {
        all.push(Member::SeasonalNaive);
    }
    if calendar && kind == Kind::Balance {
        all.push(Member::Calendar);
    }
    all
}
