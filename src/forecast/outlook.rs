//! A forecast with its backtest beside it, and what the backtest made of it: bands that held, or a simpler member
//! where nothing better was found.

use serde::Serialize;

use super::backtest::{Backtest, Origin, Score, Verdict, backtest};
use super::external_model::{self, Predictor, PredictorError};
use super::members::Member;
use super::{Forecast, Options, Series, forecast};

/// All that is said of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The forecast, its bands scaled by the backtest.
    pub forecast: Forecast,
    /// How such forecasts did on earlier days, or why that cannot be told; nothing when it was not asked for.
    pub backtest: Option<Result<Backtest, PredictorError>>,
    /// The members that were asked first, when the backtest found them no better than today's value or the season's.
    pub put_aside: Option<PutAside>,
    /// A model trained elsewhere beside ours, or ours beside it: its name, and how it did from the same origins.
    pub beside: Option<(String, Result<Backtest, PredictorError>)>,
}

/// A forecast that was not worth its words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PutAside {
    /// Who made it.
    pub recipe: String,
    /// Its errors.
    pub score: Score,
    /// What is wrong with it.
    pub verdict: Verdict,
}

/// A model trained elsewhere, and whether it is the one that speaks.
#[derive(Clone, Copy)]
pub struct Other<'a> {
    /// The model.
    pub predictor: &'a Predictor<'a>,
    /// Its forecast is shown, and ours stands beside it; else the other way round.
    pub speaks: bool,
}

/// What is known while the rest is still worked out.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// The forecast before its backtest.
    Forecast(&'a Forecast),
    /// An origin of the backtest, oldest first.
    Origin(&'a Origin),
    /// An origin of a backtest that is only compared with.
    Compared,
}

impl Outlook {
    /// Forecasts the `horizon` steps after the last date and looks back; `progress` gets what is done and stops the work with
    /// `false`, after which the backtest has only the origins that were done by then.
    ///
    /// Where a free choice of members proves no better than naive or seasonal naive, that one speaks instead. Members
    /// that were named are never put aside, and neither is a model trained elsewhere.
    ///
    /// # Errors
    ///
    /// The refusals of [`forecast`], and of [`external_model::forecast`] where the other model speaks.
    pub fn new(
        series: &Series,
        horizon: usize,
        options: &Options,
        other: Option<Other<'_>>,
        mut progress: impl FnMut(Progress<'_>) -> bool,
    ) -> Result<Self, PredictorError> {
        let predictor = other.map(|other| other.predictor);
        if let Some(predictor) = predictor.filter(|_| other.is_some_and(|other| other.speaks)) {
            let theirs = external_model::forecast(series, horizon, options, predictor)?;
            let mut on = progress(Progress::Forecast(&theirs));
            let mut outlook = Self::of(theirs);
            let looked = external_model::backtest(series, horizon, options, predictor, |origin| {
                on = on && progress(Progress::Origin(origin));
                on
            });
            outlook.judge(looked);
            if let Some(ours) = on.then(|| forecast(series, horizon, options).ok()).flatten() {
                let judged = backtest(series, horizon, options, |_| progress(Progress::Compared))
                    .map_err(PredictorError::from);
                outlook.beside = Some((ours.recipe(), judged));
            }
            return Ok(outlook);
        }
        let ours = forecast(series, horizon, options)?;
        let mut on = progress(Progress::Forecast(&ours));
        let looked = backtest(series, horizon, options, |origin| {
            on = on && progress(Progress::Origin(origin));
            on
        });
        let mut outlook = Self::of(ours);
        let free = options.members.is_empty() && !outlook.forecast.is_constant();
        let instead = match looked.as_ref().map(|looked| looked.verdict) {
            Ok(Verdict::RandomWalk) => Some(Member::Naive),
            Ok(Verdict::Worse) => Some(Member::SeasonalNaive),
            Ok(Verdict::Good | Verdict::Modest) | Err(_) => None,
        };
        match (instead.filter(|_| on && free), &looked) {
            (Some(member), Ok(first)) => {
                let recipe = outlook.forecast.recipe();
                let plain = Options { members: vec![member], ..options.clone() };
                outlook = Self::of(forecast(series, horizon, &plain)?);
                outlook.put_aside = Some(PutAside { recipe, score: first.score, verdict: first.verdict });
                outlook.judge(
                    backtest(series, horizon, &plain, |_| progress(Progress::Compared))
                        .map_err(PredictorError::from),
                );
            }
            _ => outlook.judge(looked.map_err(PredictorError::from)),
        }
        if let Some(predictor) = predictor.filter(|_| on) {
            let judged = external_model::backtest(series, horizon, options, predictor, |_| {
                progress(Progress::Compared)
            });
            outlook.beside = Some((predictor.name.to_owned(), judged));
        }
        Ok(outlook)
    }

    /// A forecast without a look back.
    #[must_use]
    pub fn of(forecast: Forecast) -> Self {
        Self { forecast, backtest: None, put_aside: None, beside: None }
    }

    fn judge(&mut self, looked: Result<Backtest, PredictorError>) {
        if let Ok(backtest) = &looked {
            self.forecast.recalibrate(backtest);
        }
        self.backtest = Some(looked);
    }

    /// Everyone's errors from the same origins: who speaks, what was put aside for it, who stands beside it, today's
    /// value and the season's. The count is of origins that a model had seen in its training, which flatter it.
    #[must_use]
    pub fn scores(&self) -> Vec<(String, Score, usize)> {
        let Some(Ok(backtest)) = &self.backtest else { return Vec::new() };
        let mut scores = vec![(self.forecast.recipe(), backtest.score, backtest.seen_in_training)];
        scores
            .extend(self.put_aside.iter().map(|aside| (format!("aside: {}", aside.recipe), aside.score, 0)));
        if let Some((name, Ok(other))) = &self.beside {
            scores.push((name.clone(), other.score, other.seen_in_training));
        }
        scores.push(("naive".into(), backtest.naive, 0));
        scores.push(("seasonal naive".into(), backtest.seasonal_naive, 0));
        scores
    }

    /// The summary's ratio in plain words; nothing where there is none.
    #[must_use]
    pub fn plain_words(&self) -> Option<String> {
        let Some(Ok(backtest)) = &self.backtest else { return None };
        let ratio = 100.0 * backtest.score.mae / backtest.seasonal_naive.mae;
        (!self.forecast.is_constant() && ratio.is_finite()).then(|| {
            format!(
                "tried on {} earlier dates, its mean error was {ratio:.0} % of that of repeating the last {}",
                backtest.origins.len(),
                match self.forecast.step.count(backtest.period) {
                    one if backtest.period == 1 => one.trim_start_matches("1 ").to_owned(),
                    many => many,
                }
            )
        })
    }

    /// Who speaks, how good they were, what their 80 % band held, and the verdict.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let mut parts = vec![self.forecast.recipe()];
        if self.forecast.is_constant() {
            parts.push("every value is the same: a flat line, and bands of no width".into());
            return parts;
        }
        match &self.backtest {
            None => {}
            Some(Err(error)) => parts.push(format!("no backtest: {error}")),
            Some(Ok(backtest)) => {
                if let (Some(ours), Some(theirs)) = (backtest.score.mase, backtest.seasonal_naive.mase) {
                    let origins = backtest.origins.len();
                    let plural = if origins == 1 { "" } else { "s" };
                    parts.push(format!(
                        "MASE {ours:.2}, seasonal naive {theirs:.2} ({origins} origin{plural}, m = {})",
                        backtest.period
                    ));
                }
                parts.push(format!("80 % band held {:.0} %", backtest.coverage[1]));
                if self.forecast.band_scale.to_bits() != 1.0_f64.to_bits() {
                    parts.push(format!("bands × {:.2}", self.forecast.band_scale));
                }
                if backtest.seen_in_training > 0 {
                    parts.push(format!("{} origins lie in its training", backtest.seen_in_training));
                }
                let verdict = self.put_aside.as_ref().map_or(backtest.verdict, |aside| aside.verdict);
                parts.push(verdict.words().to_owned());
            }
        }
        if let Some((name, Err(error))) = &self.beside {
            parts.push(format!("{name}: {error}"));
        }
        parts
    }
}
