//! A forecast with its backtest beside it, and what the backtest made of it: bands that held, or a simpler member
//! where nothing better was found.

use serde::Serialize;

use super::backtest::{Backtest, Origin, Score, Verdict, backtest};
use super::error::ForecastError;
use super::members::Member;
use super::{Forecast, Options, Series, forecast};

/// All that is said of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The forecast, its bands scaled by the backtest.
    pub forecast: Forecast,
    /// How such forecasts did on earlier days, or why that cannot be told; nothing when it was not asked for.
    pub backtest: Option<Result<Backtest, ForecastError>>,
    /// The members that were asked first, when the backtest found them no better than today's value or the season's.
    pub put_aside: Option<PutAside>,
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

/// What is known while the rest is still worked out.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// The forecast before its backtest.
    Forecast(&'a Forecast),
    /// An origin of the backtest, oldest first.
    Origin(&'a Origin),
}

impl Outlook {
    /// Forecasts the `horizon` steps after the last date and looks back; `hear` gets the news and stops the work with
    /// `false`, after which the backtest has only the origins that were heard.
    ///
    /// Where a free choice of members proves no better than naive or seasonal naive, that one speaks instead. Members
    /// that were named are never put aside.
    ///
    /// # Errors
    ///
    /// The refusals of [`forecast`].
    pub fn new(
        series: &Series,
        horizon: usize,
        options: &Options,
        mut hear: impl FnMut(News<'_>) -> bool,
    ) -> Result<Self, ForecastError> {
        let mut first = forecast(series, horizon, options)?;
        let mut on = hear(News::Forecast(&first));
        let looked = backtest(series, horizon, options, |origin| {
            on = on && hear(News::Origin(origin));
            on
        });
        let Ok(looked) = looked else {
            return Ok(Self { forecast: first, backtest: Some(looked), put_aside: None });
        };
        let instead = match looked.verdict {
            Verdict::RandomWalk => Some(Member::Naive),
            Verdict::Worse => Some(Member::SeasonalNaive),
            Verdict::Good | Verdict::Modest => None,
        };
        let Some(member) = instead.filter(|_| on && options.members.is_empty()) else {
            first.recalibrate(&looked);
            return Ok(Self { forecast: first, backtest: Some(Ok(looked)), put_aside: None });
        };
        let plain = Options { members: vec![member], ..options.clone() };
        let mut second = forecast(series, horizon, &plain)?;
        let again = backtest(series, horizon, &plain, |_| true)?;
        second.recalibrate(&again);
        let put_aside = PutAside { recipe: first.recipe(), score: looked.score, verdict: looked.verdict };
        Ok(Self { forecast: second, backtest: Some(Ok(again)), put_aside: Some(put_aside) })
    }

    /// A forecast without a look back.
    #[must_use]
    pub fn of(forecast: Forecast) -> Self {
        Self { forecast, backtest: None, put_aside: None }
    }

    /// Who speaks, how good they were, what their 80 % band held, and the verdict.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let mut parts = vec![self.forecast.recipe()];
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
                let verdict = self.put_aside.as_ref().map_or(backtest.verdict, |aside| aside.verdict);
                parts.push(verdict.words().to_owned());
            }
        }
        parts
    }
}
