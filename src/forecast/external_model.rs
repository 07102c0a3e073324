//! Forecasts of a model that was trained elsewhere, judged as ours are: the same origins, the same scores, and bands
//! from its own errors.
//!
//! ```text
//! model.onnx ─► onnx (wire, trees) ─► numbers for rows of features ─┐
//! model.json ─► card ───────────────► rows of features ─────────────┴─► Predictor ─► forecast, backtest
//! ```

mod card;
mod node;
mod onnx;
mod trees;
mod wire;

use std::collections::BTreeSet;

use chrono::NaiveDate;

pub use card::{Card, Predict, Training};
pub use onnx::Onnx;

use super::backtest::{Backtest, Origin, places, summary};
use super::bands::Evidence;
use super::clean::{Clean, FEWEST};
use super::{
    Explanation, Forecast, ForecastError, Maker, Member, Options, Prepared, Series, Weight, bands, paths,
};

/// Values before an origin whose errors make its band: older errors are of another volatility.
const WINDOW: usize = 300;

/// Steps between the origins of these errors, of which the longest within an eighth of the horizon is taken: what
/// lies closer hardly tells anything new. None is a multiple of a week's or a year's steps.
const STRIDES: [usize; 5] = [1, 3, 11, 23, 47];

/// Origins that a band needs; so many after the training also make the earlier ones unnecessary.
const ENOUGH: usize = 8;

/// An error beyond this is none of an amount, and its square would soon be infinite.
const LARGEST: f64 = 1e100;

/// Why an outside model has no forecast, or is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PredictorError {
    /// The bytes are no ONNX model, or not a whole one.
    #[error("the model's file is damaged: {0}")]
    Damaged(&'static str),
    /// The model is whole, and of a kind that is not read.
    #[error("the model is of a kind that saldo does not read: {0}")]
    Kind(&'static str),
    /// It uses an operation that is not known.
    #[error("the model uses the operation `{0}`, which saldo does not know")]
    Operation(String),
    /// It uses a known operation in a way that is not known.
    #[error("the model's operation `{operation}` has the attribute `{attribute}`, which saldo does not know")]
    Attribute {
        /// The operation.
        operation: &'static str,
        /// Its attribute.
        attribute: String,
    },
    /// An operation does what is not supported, or does not fit its input.
    #[error("the model's operation `{operation}` {why}")]
    Misfit {
        /// The operation.
        operation: &'static str,
        /// The rest of the sentence.
        why: &'static str,
    },
    /// The card cannot be read.
    #[error("the model's card is not one: {0}")]
    Card(String),
    /// The card names a feature that is not offered.
    #[error("the model's card lists the feature `{0}`, which saldo does not offer")]
    Feature(String),
    /// The card and the model do not go together.
    #[error("the model takes {model} features, and its card lists {card}")]
    Columns {
        /// Features of the model.
        model: usize,
        /// Features of the card.
        card: usize,
    },
    /// The history does not reach as far back as the features do, or gives no errors for a band.
    #[error("the model needs {needs} values before a forecast, and there are {has}")]
    History {
        /// Values needed.
        needs: usize,
        /// Values there are.
        has: usize,
    },
    /// The model's answer is not a number, infinite, or so far off that its errors have no mean square.
    #[error("the model's answer for {date} is no number, or beyond any amount")]
    NotANumber {
        /// The day it was asked about.
        date: NaiveDate,
    },
    /// The model lies elsewhere, and does not answer as it should.
    #[error("the model gives no answer: {0}")]
    Answer(String),
    /// No forecast can be made from the series, whoever makes it.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
}

impl PredictorError {
    /// What to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Damaged(_) => "copy the file again, or convert the model again with skl2onnx".into(),
            Self::Kind(_) | Self::Attribute { .. } | Self::Misfit { .. } => {
                "convert a regression with one answer, from a table of float32, with skl2onnx".into()
            }
            Self::Operation(_) => format!(
                "LinearRegression, Ridge, StandardScaler, GradientBoostingRegressor and RandomForestRegressor are \
                 read, which is to say: {}",
                onnx::known()
            ),
            Self::Card(_) => "a card has features, target (level or change), training (first, last) and, if \
                              wanted, name"
                .into(),
            Self::Feature(_) => format!("offered are {}", card::known()),
            Self::Columns { .. } => "list the features in the order in which the model was trained".into(),
            Self::History { .. } => "give it a longer history, or train it with shorter lags".into(),
            Self::NotANumber { .. } => {
                "what it predicts for one day is what it sees on the next: ask for fewer days".into()
            }
            Self::Answer(_) => "check that the endpoint is in service and takes rows of text/csv".into(),
            Self::Forecast(error) => return error.hint().map(str::to_owned),
        })
    }
}

/// The beginning of a text that came from a file, for a message.
fn excerpt(text: &str) -> String {
    text.chars().take(120).collect()
}

/// A question: the values up to a day, and the days after it that are to be told.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The value of each step, oldest first.
    pub values: &'a [f64],
    /// The next steps.
    pub dates: &'a [NaiveDate],
}

/// What answers questions, each with a number for each of its dates.
pub type PredictAll<'a> = dyn Fn(&[Ask<'_>]) -> Result<Vec<Vec<f64>>, PredictorError> + 'a;

/// A model that was trained elsewhere.
pub struct Predictor<'a> {
    /// Its name for the reader.
    pub name: &'a str,
    /// The days that it has seen.
    pub training: Training,
    /// Values that it needs before a day.
    pub reach: usize,
    /// All questions at once.
    pub predict: &'a PredictAll<'a>,
}

/// The model's forecast of the `horizon` steps after the last date; see [`super::forecast`].
///
/// History, marks, scenario and what is said of risk are as ours; the points are the model's, and the bands come from
/// its own errors at earlier origins, those after its training if there are enough.
///
/// # Errors
/// The refusals of [`super::forecast`], those of the model, and a history that is too short for its features.
pub fn forecast(
    series: &Series,
    horizon: usize,
    options: &Options,
    predictor: &Predictor<'_>,
) -> Result<Forecast, PredictorError> {
    // What does not depend on who makes the forecast: the cheapest member serves.
    let ours = Options { members: vec![Member::Naive], paths: 0, ..options.clone() };
    let mut predicted = super::forecast(series, horizon, &ours)?;
    let clean = Clean::new(series, options.origin)?;
    let prepared = Prepared::new(series, &clean, horizon, options)?;
    let answers = Answers::new(&prepared, options, predictor)?;
    let n = clean.values.len();
    let (points, halves) = answers.at(n)?;
    let deviations = paths::deviations(&answers.errors(n), &halves, options.paths, options.seed);
    let dates = &prepared.dates[n..];
    let level = clean.values[n - 1];
    let explained = dates.iter().zip(&points).map(|(date, point)| Explanation::of_rest(*date, level, *point));
    predicted.explanation = explained.collect();
    predicted.weights = vec![Weight { member: Maker::Outside(predictor.name.into()), weight: 1.0 }];
    predicted.calendar = None;
    (predicted.rest.halves, predicted.rest.deviations) = (halves, deviations);
    predicted.draw(dates, &points);
    Ok(predicted)
}

/// The model's backtest, from the same origins as ours; see [`super::backtest()`].
///
/// # Errors
/// As [`forecast`], and too few values for one origin with `horizon` values after it.
pub fn backtest(
    series: &Series,
    horizon: usize,
    options: &Options,
    predictor: &Predictor<'_>,
    mut seen: impl FnMut(&Origin) -> bool,
) -> Result<Backtest, PredictorError> {
    let clean = Clean::new(series, options.origin)?;
    let prepared = Prepared::new(series, &clean, horizon, options)?;
    let places = places(clean.values.len(), horizon, prepared.period, options.origins)?;
    let answers = Answers::new(&prepared, options, predictor)?;
    let mut origins = Vec::new();
    for place in places {
        let (points, halves) = answers.at(place)?;
        let origin = Origin::new(&prepared, place, &points, &halves, options.floor);
        let on = seen(&origin);
        origins.push(origin);
        if !on {
            break;
        }
    }
    let was_seen = |origin: &&Origin| origin.rows.iter().any(|row| predictor.training.has(row.date));
    let seen_in_training = origins.iter().filter(was_seen).count();
    Ok(Backtest { seen_in_training, ..summary(origins, prepared.period) })
}

impl Training {
    fn has(self, date: NaiveDate) -> bool {
        (self.first..=self.last).contains(&date)
    }
}

/// What a model told at every origin that matters: those of the backtest, the last one, and those before each of them
/// whose errors make its band.
struct Answers<'a> {
    prepared: &'a Prepared<'a>,
    training: Training,
    /// The first count of values that the model can be asked after.
    first: usize,
    /// Counts of values before each origin, ascending, with what was told.
    predicted: Vec<(usize, Vec<f64>)>,
}

impl<'a> Answers<'a> {
    fn new(
        prepared: &'a Prepared<'a>,
        options: &Options,
        predictor: &Predictor<'_>,
    ) -> Result<Self, PredictorError> {
        let Prepared { clean, horizon, .. } = *prepared;
        let n = clean.values.len();
        let first = predictor.reach.max(FEWEST);
        let mut answers = Self { prepared, training: predictor.training, first, predicted: Vec::new() };
        // A history too short for a backtest may do for a forecast.
        let judged = places(n, horizon, prepared.period, options.origins).unwrap_or_default();
        let mut asked: BTreeSet<usize> = judged.into_iter().filter(|place| *place >= first).collect();
        asked.insert(n);
        for place in asked.clone() {
            asked.extend(answers.before(place));
        }
        let ask = |place: &usize| Ask {
            values: &clean.values[..*place],
            // What came after an origin within the history is compared; what comes after the last one is wanted.
            dates: &prepared.dates[*place..if *place == n { n + horizon } else { n.min(place + horizon) }],
        };
        let asks: Vec<Ask> = asked.iter().map(ask).collect();
        let predicted = (predictor.predict)(&asks)?;
        for (ask, predicted) in asks.iter().zip(&predicted) {
            if let Some(at) = predicted.iter().position(|value| !value.is_finite()) {
                return Err(PredictorError::NotANumber { date: ask.dates[at] });
            }
        }
        if predicted.len() != asks.len()
            || predicted.iter().zip(&asks).any(|(predicted, ask)| predicted.len() != ask.dates.len())
        {
            return Err(PredictorError::Answer(
                "it predicted more or fewer days than it was asked about".into(),
            ));
        }
        answers.predicted = asked.into_iter().zip(predicted).collect();
        Ok(answers)
    }

    /// Origins whose errors make the band of one: the same for a place, however many values come after it.
    fn before(&self, place: usize) -> impl Iterator<Item = usize> + use<> {
        let from = self.first.max(place.saturating_sub(WINDOW));
        let most = (self.prepared.horizon / 8).min(place.saturating_sub(from) / (2 * ENOUGH)).max(1);
        let stride = STRIDES.into_iter().rev().find(|stride| *stride <= most).unwrap_or(1);
        (from.next_multiple_of(stride)..place).step_by(stride)
    }

    /// Points and half-widths of the bands after the first `place` values.
    fn at(&self, place: usize) -> Result<(Vec<f64>, Vec<[f64; 3]>), PredictorError> {
        let errors = self.errors(place);
        let Some(points) = self.of(place).filter(|_| errors.len() >= ENOUGH) else {
            return Err(PredictorError::History { needs: self.first + ENOUGH, has: place });
        };
        if errors.iter().flatten().any(|(_, error)| error.abs() > LARGEST) {
            return Err(PredictorError::NotANumber { date: self.prepared.dates[place] });
        }
        let seen = place.min(WINDOW);
        let halves = bands::halves(Evidence {
            errors: &errors,
            point: points,
            n: seen,
            parameters: 0.0,
            relative: false,
            fades: !self.prepared.clean.step.has_days(),
        });
        Ok((points.to_vec(), halves))
    }

    /// Forecast and error by origin and step, of the values before a place: those that the model had not seen in its
    /// training, if there are enough.
    fn errors(&self, place: usize) -> Vec<Vec<(f64, f64)>> {
        let clean = self.prepared.clean;
        let of = |is_fair: &dyn Fn(usize) -> bool| -> Vec<Vec<(f64, f64)>> {
            let origins = self.before(place).filter(|origin| is_fair(*origin));
            let path = origins.filter_map(|origin| {
                let actual = clean.values[origin..place].iter();
                let predicted = self.of(origin)?.iter().zip(actual);
                Some(predicted.map(|(predicted, actual)| (*predicted, actual - predicted)).collect())
            });
            path.collect()
        };
        let fair = of(&|origin| clean.dates[origin] > self.training.last);
        if fair.len() >= ENOUGH { fair } else { of(&|_| true) }
    }

    fn of(&self, place: usize) -> Option<&[f64]> {
        let found = self.predicted.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        Some(&self.predicted[found].1)
    }
}
