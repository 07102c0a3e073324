//! The card beside a model: what its features are, what it tells, and which days it was trained on.
//!
//! ```json
//! {"name": "Balances, Ridge", "target": "level", "features": ["t", "dow", "lag_1", "mean_7"],
//!  "training": {"first": "2015-01-01", "last": "2022-12-31"}}
//! ```

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::super::steps::last_of_month;
use super::{Ask, PredictorError, excerpt};

/// Features, at most.
const MOST: usize = 256;

/// Values that a lag or a mean looks back, at most: ten years of days.
const LONGEST: usize = 3660;

type OfDate = fn(NaiveDate) -> f64;

/// What days are asked about: names (those of the lake's table `dates` included), and the number.
const OF_THE_DATE: &[(&[&str], OfDate)] = &[
    // Sunday is 1, as in the lake.
    (&["dow", "dia_semana"], |date| date.weekday().number_from_sunday().into()),
    (&["dom", "dia_del_mes"], |date| date.day().into()),
    (&["doy"], |date| date.ordinal().into()),
    (&["week", "semana_del_anio"], |date| date.iso_week().week().into()),
    (&["iso_year", "anio_iso"], |date| date.iso_week().year().into()),
    (&["month", "mes"], |date| date.month().into()),
    (&["quarter", "trimestre"], |date| date.quarter().into()),
    (&["year", "anio", "año", "ano"], |date| date.year().into()),
    (&["monday_to_friday", "entre_semana"], |date| {
        u8::from(date.weekday().num_days_from_monday() < 5).into()
    }),
    (&["month_end", "fin_de_mes"], |date| u8::from(date == last_of_month(date)).into()),
];

/// The names of all features, for a hint.
pub(super) fn known() -> String {
    let names: Vec<_> = OF_THE_DATE.iter().flat_map(|(names, _)| *names).copied().collect();
    format!("t (days since the training's first date), {}, lag_N, mean_N (N steps back)", names.join(", "))
}

/// A card that was read and found to make sense.
#[derive(Debug, Clone)]
pub struct Card {
    /// Name for the reader, where it has one.
    pub name: Option<String>,
    /// First and last date of the training.
    pub training: Training,
    target: Target,
    features: Vec<Feature>,
}

/// The days that a model was trained on; both are among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// First date: the feature `t` counts days from here.
    pub first: NaiveDate,
    /// Last date: what comes later, the model has not seen.
    pub last: NaiveDate,
}

/// What answers rows of features with a number each.
pub type Predict<'a> = dyn Fn(&[Vec<f64>]) -> Result<Vec<f64>, PredictorError> + 'a;

/// The file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Option<String>,
    features: Vec<String>,
    target: Target,
    training: Training,
}

/// What a model tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    /// The value of a day.
    Level,
    /// The value of a day less the value one step before.
    Change,
}

#[derive(Debug, Clone, Copy)]
enum Feature {
    /// Days since the training's first date.
    Time,
    Date(OfDate),
    /// The value so many steps before.
    Lag(usize),
    /// The mean of so many values up to the step before.
    Mean(usize),
}

impl Feature {
    fn read(name: &str) -> Option<Self> {
        if name == "t" {
            return Some(Self::Time);
        }
        let back = |prefix| {
            let count = name.strip_prefix(prefix)?.parse().ok()?;
            (1..=LONGEST).contains(&count).then_some(count)
        };
        let of_date = || OF_THE_DATE.iter().find(|(names, _)| names.contains(&name));
        back("lag_")
            .map(Self::Lag)
            .or_else(|| back("mean_").map(Self::Mean))
            .or_else(|| of_date().map(|(_, of)| Self::Date(*of)))
    }

    /// Values that must be known before a day.
    fn reach(self) -> usize {
        match self {
            Self::Time | Self::Date(_) => 0,
            Self::Lag(steps) | Self::Mean(steps) => steps,
        }
    }

    fn of(self, date: NaiveDate, first: NaiveDate, before: &[f64]) -> f64 {
        match self {
            Self::Time => (date - first).num_days() as f64,
            Self::Date(of) => of(date),
            Self::Lag(steps) => before[before.len() - steps],
            Self::Mean(steps) => before[before.len() - steps..].iter().sum::<f64>() / steps as f64,
        }
    }
}

impl Card {
    /// Reads a `model.json`.
    ///
    /// # Errors
    /// What is no such card: another field, no feature, one that is not offered, a training that ends before it begins.
    pub fn read(json: &[u8]) -> Result<Self, PredictorError> {
        let wrong = |why: &str| PredictorError::Card(excerpt(why));
        let written: Written = serde_json::from_slice(json).map_err(|error| wrong(&error.to_string()))?;
        let Written { name, features, target, training } = written;
        if features.is_empty() || features.len() > MOST {
            return Err(wrong(&format!("it lists {} features, and 1 to {MOST} can be", features.len())));
        }
        if training.last < training.first {
            return Err(wrong("its training ends before it begins"));
        }
        if name.as_ref().is_some_and(|name| name.trim().is_empty() || name.chars().any(char::is_control)) {
            return Err(wrong("its name is empty or not plain text"));
        }
        let read = |name: &String| Feature::read(name).ok_or_else(|| PredictorError::Feature(excerpt(name)));
        let features = features.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { name: name.map(|name| excerpt(&name)), training, target, features })
    }

    /// Features that a row has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.features.len()
    }

    /// Values that must be known before the first day that is told.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.features.iter().map(|feature| feature.reach()).max().unwrap_or(0).max(1)
    }

    /// Asks a model, which answers rows of features with a number each, about days; what it told of one day is seen
    /// on the next. The first steps of all questions go together, then the second ones: as many requests as there are
    /// steps, or a single one where no feature looks back.
    ///
    /// # Errors
    /// Those of the model, too few values for the features, an answer that is no number.
    pub fn predict(&self, asks: &[Ask<'_>], predict: &Predict<'_>) -> Result<Vec<Vec<f64>>, PredictorError> {
        let reach = self.reach();
        if let Some(ask) = asks.iter().find(|ask| ask.values.len() < reach) {
            return Err(PredictorError::History { needs: reach, has: ask.values.len() });
        }
        let mut seen: Vec<Vec<f64>> =
            asks.iter().map(|ask| ask.values[ask.values.len() - reach..].to_vec()).collect();
        let steps = asks.iter().map(|ask| ask.dates.len()).max().unwrap_or(0);
        let looks_back = self.features.iter().any(|feature| feature.reach() > 0);
        let together = if looks_back { 1 } else { steps.max(1) };
        for from in (0..steps).step_by(together) {
            let places: Vec<(usize, NaiveDate)> = (from..from + together)
                .flat_map(|step| {
                    let dates = asks.iter().enumerate();
                    dates.filter_map(move |(number, ask)| Some((number, *ask.dates.get(step)?)))
                })
                .collect();
            let row = |(number, date): &(usize, NaiveDate)| {
                let of = |feature: &Feature| feature.of(*date, self.training.first, &seen[*number]);
                self.features.iter().map(of).collect()
            };
            let rows: Vec<Vec<f64>> = places.iter().map(row).collect();
            let answers = predict(&rows)?;
            if answers.len() != rows.len() {
                let why = format!("{} numbers came for {} rows", answers.len(), rows.len());
                return Err(PredictorError::Answer(why));
            }
            for ((number, date), answer) in places.into_iter().zip(answers) {
                let seen = &mut seen[number];
                let predicted = match self.target {
                    Target::Level => answer,
                    Target::Change => answer + seen.last().copied().unwrap_or(0.0),
                };
                if !predicted.is_finite() {
                    return Err(PredictorError::NotANumber { date });
                }
                seen.push(predicted);
            }
        }
        Ok(seen.into_iter().map(|values| values[reach..].to_vec()).collect())
    }
}
