//! Models that were trained elsewhere: read beside scikit-learn's own numbers, damaged in every way, and judged as
//! ours are.

// Tests may stop at the first surprise; counts are small, and what must be equal is equal to the bit.
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
#![allow(clippy::cast_sign_loss)]

#[path = "external_model/build.rs"]
mod build;
#[path = "external_model/damage.rs"]
mod damage;
#[cfg(feature = "remote")]
#[path = "external_model/endpoint.rs"]
mod endpoint;
#[allow(dead_code, reason = "not all of it is needed here")]
#[path = "forecast/generate.rs"]
mod generate;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chrono::{Datelike, Days, NaiveDate};
use saldo::external_model::{Model, ModelError};
use saldo::forecast::external_model::{self, Ask, Card, Onnx, Predictor, PredictorError};
use saldo::forecast::{Backtest, Kind, Options, Other, Outlook, Row, Series, backtest};
use saldo::lake::place::AwsOptions;
use serde::Deserialize;

use build::{Attribute, Forest, single};
use generate::{any, days, salary_account, series};

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/external_model");
    fs::read(folder.join(name)).unwrap()
}

#[derive(Deserialize)]
struct Oracle {
    rows: Vec<Vec<f64>>,
    answers: BTreeMap<String, Vec<f64>>,
}

fn oracle() -> Oracle {
    serde_json::from_slice(&fixture("oracle.json")).unwrap()
}

#[test]
fn scikit_learn_and_we_say_the_same() {
    let oracle = oracle();
    assert_eq!(oracle.answers.len(), 10);
    for (name, theirs) in &oracle.answers {
        let model = Onnx::read(&fixture(&format!("{name}.onnx"))).unwrap();
        model.check(6).unwrap();
        let mean = theirs.iter().sum::<f64>() / theirs.len() as f64;
        let scale =
            (theirs.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / theirs.len() as f64).sqrt();
        assert!(theirs.len() == 60 && scale > 100.0);
        let off =
            oracle.rows.iter().zip(theirs).map(|(row, theirs)| (model.predict(row).unwrap() - theirs).abs());
        let off = off.fold(0.0, f64::max) / scale;
        println!("{name}: differs by {off:.1e} of scale");
        assert!(off <= 1e-4, "{name}: {off}");
    }
}

#[test]
fn a_forest_is_walked_as_it_is_drawn() {
    let of = |forest: &Forest, row: [f64; 2]| Onnx::read(&forest.file()).unwrap().predict(&row).unwrap();
    let forest = Forest::new();
    let said = [[1.0, 9.0], [1.5, 2.0], [1.5, 2.5]].map(|row| of(&forest, row));
    assert_eq!(said, [110.0, 120.0, 130.0]);
    let mean = Forest { aggregate: "AVERAGE", base: vec![0.5], ..Forest::new() };
    assert_eq!(of(&mean, [1.0, 9.0]), 55.5);
    let modes = [
        ("BRANCH_LT", 2.0),
        ("BRANCH_GTE", 1.0),
        ("BRANCH_GT", 2.0),
        ("BRANCH_EQ", 1.0),
        ("BRANCH_NEQ", 2.0),
    ];
    for (mode, leaf) in modes {
        let mut forest = Forest { weights: vec![1.0, 2.0, 2.0, 0.0], ..Forest::new() };
        forest.modes[0] = mode;
        assert_eq!(of(&forest, [1.0, 0.0]), leaf, "{mode}");
    }
    // scikit-learn reads features in single precision: this one is 1 there.
    assert_eq!(of(&forest, [1.0 + 1e-9, 9.0]), 110.0);
}

fn card(features: &str, target: &str, first: NaiveDate, last: NaiveDate) -> Card {
    let json = format!(
        "{{\"features\": [{features}], \"target\": \"{target}\", \"training\": {{\"first\": \"{first}\", \"last\": \"{last}\"}}}}"
    );
    Card::read(json.as_bytes()).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn features_of_a_day_are_what_they_are_called() {
    let names = r#""t", "dow", "dia_semana", "dom", "dia_del_mes", "doy", "week", "semana_del_anio", "iso_year", "anio_iso",
        "month", "mes", "quarter", "trimestre", "year", "anio", "año", "ano", "monday_to_friday", "entre_semana",
        "month_end", "fin_de_mes""#;
    let card = card(names, "level", day("2020-12-25"), day("2020-12-31"));
    let dates = [day("2021-01-03"), day("2020-12-31"), day("2020-12-20")];
    let rows = RefCell::new(Vec::new());
    let told = card.predict(&[Ask { values: &[5.0], dates: &dates }], &|asked| {
        rows.borrow_mut().extend(asked.to_vec());
        Ok(vec![1.0; asked.len()])
    });
    assert_eq!(told.unwrap(), [[1.0; 3]]);
    // A Sunday in the last ISO week of the year before; a Thursday that ends a month; a day before the training.
    let sunday = [9.0, 1.0, 1.0, 3.0, 3.0, 3.0, 53.0, 53.0, 2020.0, 2020.0, 1.0, 1.0, 1.0, 1.0];
    let sunday = [&sunday[..], &[2021.0; 4], &[0.0; 4]].concat();
    let thursday = [6.0, 5.0, 5.0, 31.0, 31.0, 366.0, 53.0, 53.0, 2020.0, 2020.0, 12.0, 12.0, 4.0, 4.0];
    let thursday = [&thursday[..], &[2020.0; 4], &[1.0; 4]].concat();
    assert_eq!(rows.borrow()[..2], [sunday, thursday]);
    assert_eq!(rows.borrow()[2][0], -5.0);
    assert_eq!(card.reach(), 1);
}

#[test]
fn what_was_told_of_one_day_is_seen_on_the_next() {
    let last = day("2020-01-31");
    let of = |features, target| card(features, target, day("2020-01-01"), last);
    let dates: Vec<NaiveDate> = (1..4).map(|step| last + Days::new(step)).collect();
    let asks = [
        Ask { values: &[1.0, 2.0, 4.0], dates: &dates },
        Ask { values: &[9.0, 9.0, 8.0, 16.0], dates: &dates[..2] },
    ];
    let requests = RefCell::new(Vec::new());
    let sum = |rows: &[Vec<f64>]| {
        requests.borrow_mut().push(rows.len());
        Ok(rows.iter().map(|row| row.iter().sum()).collect())
    };
    // lag_2 + mean_3: (2 + 7/3), (4 + (2 + 4 + 13/3) / 3), …
    let told = of(r#""lag_2", "mean_3""#, "level").predict(&asks, &sum).unwrap();
    let (one, two) = (2.0 + 7.0 / 3.0, 4.0 + (6.0 + 2.0 + 7.0 / 3.0) / 3.0);
    assert_eq!(told, [vec![one, two, one + (4.0 + one + two) / 3.0], vec![19.0, 16.0 + 43.0 / 3.0]]);
    assert_eq!(requests.take(), [2, 2, 1], "all first steps go together");
    let told = of(r#""lag_1""#, "change").predict(&asks[..1], &sum).unwrap();
    assert_eq!(told, [[8.0, 16.0, 32.0]]);
    requests.take();
    let told = of(r#""dom""#, "change").predict(&asks, &sum).unwrap();
    assert_eq!(told, [vec![5.0, 7.0, 10.0], vec![17.0, 19.0]]);
    assert_eq!(requests.take(), [5], "nothing looks back, so nothing waits");
    let short = of(r#""lag_4""#, "level").predict(&asks, &sum).unwrap_err();
    assert_eq!(short, PredictorError::History { needs: 4, has: 3 });
    let endless =
        of(r#""lag_1""#, "level").predict(&asks, &|rows| Ok(vec![f64::INFINITY; rows.len()])).unwrap_err();
    assert_eq!(endless, PredictorError::NotANumber { date: dates[0] });
    let few = of(r#""lag_1""#, "level").predict(&asks, &|_| Ok(vec![1.0])).unwrap_err();
    assert_eq!(few.to_string(), "the model gives no answer: 1 numbers came for 2 rows");
}

#[test]
fn a_card_that_makes_no_sense_is_refused() {
    let days = r#""training": {"first": "2015-01-01", "last": "2016-01-01"}"#;
    let cases = [
        ("{", "EOF"),
        (r#"{"features": ["t"], "target": "level"}"#, "missing field `training`"),
        (&format!(r#"{{"features": ["t"], "target": "level", "sd": 1, {days}}}"#), "unknown field `sd`"),
        (&format!(r#"{{"features": ["t"], "target": "levels", {days}}}"#), "unknown variant `levels`"),
        (&format!(r#"{{"features": [], "target": "level", {days}}}"#), "it lists 0 features"),
        (
            &format!(r#"{{"features": [{}"t"], "target": "level", {days}}}"#, r#""t","#.repeat(256)),
            "it lists 257 features",
        ),
        (
            &format!(r#"{{"features": ["t"], "target": "level", "name": "a\u001b[2J", {days}}}"#),
            "not plain text",
        ),
        (
            &format!(r#"{{"features": ["t"], "target": "level", {}}}"#, days.replace("2016", "2014")),
            "ends before it begins",
        ),
        (
            &format!(
                r#"{{"features": ["t"], "target": "level", {}}}"#,
                days.replace("2016-01-01", "2016-02-30")
            ),
            "input is out of range",
        ),
    ];
    for (json, why) in cases {
        let error = Card::read(json.as_bytes()).unwrap_err();
        assert!(matches!(&error, PredictorError::Card(said) if said.contains(why)), "{why}: {error}");
    }
    for feature in ["T", "lag_0", "lag_", "lag_-1", "lag_99999", "mean_x", "dia_habil", ""] {
        let json = format!(r#"{{"features": ["t", "{feature}"], "target": "level", {days}}}"#);
        let error = Card::read(json.as_bytes()).unwrap_err();
        assert_eq!(error, PredictorError::Feature(feature.into()));
        assert!(error.hint().unwrap().contains("t (days since the training's first date), dow, dia_semana"));
    }
}

/// `LinearRegressor` on these features.
fn linear(coefficients: &[f32], intercept: f32) -> Vec<u8> {
    let attributes =
        [Attribute::Floats("coefficients", coefficients), Attribute::Floats("intercepts", &[intercept])];
    single("LinearRegressor", "ai.onnx.ml", coefficients.len() as i64, &attributes)
}

/// A folder with a model and its card.
fn folder(model: &[u8], card: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("model.onnx");
    fs::write(&place, model).unwrap();
    fs::write(folder.path().join("model.json"), card).unwrap();
    (folder, place)
}

fn open(place: &Path) -> Result<Model, ModelError> {
    Model::open(place.to_str().unwrap(), None, &AwsOptions::default())
}

const DRIFT: &str = r#"{"name": "drift of 3 a day", "features": ["lag_1"], "target": "level",
    "training": {"first": "2015-01-01", "last": "2016-12-30"}}"#;

/// MASE from nothing but the series: errors over the mean change of a season before each origin.
fn mase(series: &Series, test: &Backtest, told: impl Fn(f64, usize) -> f64) -> f64 {
    let values: Vec<f64> = series.points.iter().map(|point| point.1).collect();
    let m = test.period;
    let scaled = test.origins.iter().flat_map(|origin| {
        let place = series.points.iter().position(|point| point.0 == origin.date).unwrap();
        let scale =
            (m..=place).map(|at| (values[at] - values[at - m]).abs()).sum::<f64>() / (place + 1 - m) as f64;
        let told = &told;
        let values = &values;
        (1..=origin.rows.len())
            .map(move |step| (values[place + step] - told(values[place], step)).abs() / scale)
    });
    let scaled: Vec<f64> = scaled.collect();
    scaled.iter().sum::<f64>() / scaled.len() as f64
}

#[test]
fn a_model_from_elsewhere_stands_in_the_same_table() {
    let (_folder, place) = folder(&linear(&[1.0], -3.0), DRIFT);
    let model = open(&place).unwrap();
    assert_eq!(model.name(), "drift of 3 a day");
    let account = salary_account(7001, 700);
    let options = Options::default();
    let mut seen = Vec::new();
    let note = |origin: &saldo::forecast::Origin| {
        seen.push(origin.date);
        true
    };
    let theirs =
        model.ask(|predictor| external_model::backtest(&account, 30, &options, predictor, note)).unwrap();
    let ours = backtest(&account, 30, &options, |_| true).unwrap();
    assert_eq!((theirs.origins.len(), seen.len()), (8, 8));
    for (one, other) in theirs.origins.iter().zip(&ours.origins) {
        assert_eq!((one.date, one.scale, one.square_scale), (other.date, other.scale, other.square_scale));
        for (one, other) in one.rows.iter().zip(&other.rows) {
            let of = |row: &saldo::forecast::Outcome| (row.date, row.actual, row.naive, row.seasonal_naive);
            assert_eq!(of(one), of(other));
        }
        assert!(
            one.rows.iter().enumerate().all(|(step, row)| row.point == row.naive - 3.0 * (step + 1) as f64)
        );
    }
    assert_eq!((theirs.naive, theirs.seasonal_naive), (ours.naive, ours.seasonal_naive));
    let by_hand = mase(&account, &theirs, |last, step| last - 3.0 * step as f64);
    assert!((theirs.score.mase.unwrap() - by_hand).abs() < 1e-12 * by_hand, "{:?} {by_hand}", theirs.score);
    // Its training ended on 30 December 2016: what came later is new to it.
    let old = theirs.origins.iter().filter(|origin| origin.date < day("2016-12-30")).count();
    assert!((1..8).contains(&old));
    assert_eq!((theirs.seen_in_training, ours.seen_in_training), (old, 0));
    let stopped = model
        .ask(|predictor| external_model::backtest(&account, 30, &options, predictor, |_| false))
        .unwrap();
    assert_eq!(stopped.origins, theirs.origins[..1]);
}

#[test]
fn a_forecast_from_elsewhere_is_one_of_ours_in_all_else() {
    let (_folder, place) = folder(&linear(&[1.0], -3.0), DRIFT);
    let model = open(&place).unwrap();
    let account = salary_account(7001, 700);
    let last = account.points[699].1;
    let options = Options { threshold: last - 2000.0, floor: Some(last - 4000.0), ..Options::default() };
    let told = model.ask(|predictor| external_model::forecast(&account, 30, &options, predictor)).unwrap();
    let ours = saldo::forecast::forecast(&account, 30, &options).unwrap();
    assert_eq!(
        (&told.history, &told.anomalies, &told.shifts),
        (&ours.history, &ours.anomalies, &ours.shifts)
    );
    assert_eq!((told.step, told.period, told.reliable_steps), (ours.step, ours.period, ours.reliable_steps));
    assert_eq!(told.recipe(), "1.00 drift of 3 a day");
    assert_eq!(serde_json::to_value(&told).unwrap()["weights"][0]["member"], "drift of 3 a day");
    for (step, (row, why)) in told.rows.iter().zip(&told.explanation).enumerate() {
        assert_eq!((row.date, row.point), (ours.rows[step].date, last - 3.0 * (step + 1) as f64));
        assert_eq!((why.date, why.level, why.total()), (row.date, last, row.point));
        let [half, most, nearly_all] = row.bands;
        assert!(nearly_all.low <= most.low && most.low <= half.low && half.low < row.point);
        assert!(row.point < half.high && half.high <= most.high && most.high <= nearly_all.high);
        assert!(nearly_all.low >= last - 4000.0);
    }
    assert!(told.rows.windows(2).all(|pair| pair[0].below_until <= pair[1].below_until));
    assert!((0.01..0.99).contains(&told.rows[29].below_until), "{}", told.rows[29].below_until);
    // What it says of an earlier day is what it would have said on that day.
    let test =
        model.ask(|predictor| external_model::backtest(&account, 30, &options, predictor, |_| true)).unwrap();
    let then = Options { origin: Some(test.origins[3].date), ..options };
    let then = model.ask(|predictor| external_model::forecast(&account, 30, &then, predictor)).unwrap();
    for (row, outcome) in then.rows.iter().zip(&test.origins[3].rows) {
        assert_eq!((row.date, row.point, row.bands), (outcome.date, outcome.point, outcome.bands));
    }
    let mut wider = told.clone();
    wider.recalibrate(&Backtest { band_scale: 1.5, ..test });
    assert!(wider.rows[9].bands[1].high > told.rows[9].bands[1].high);
}

/// The last value, forever.
#[expect(clippy::unnecessary_wraps, reason = "a model may fail")]
fn naive(asks: &[Ask<'_>]) -> Result<Vec<Vec<f64>>, PredictorError> {
    Ok(asks.iter().map(|ask| vec![*ask.values.last().unwrap(); ask.dates.len()]).collect())
}

fn predictor<'a>(last: NaiveDate, predict: &'a external_model::PredictAll<'a>) -> Predictor<'a> {
    let training = external_model::Training { first: day("2014-01-01"), last };
    Predictor { name: "theirs", training, reach: 1, predict }
}

#[test]
fn the_bands_of_a_model_from_elsewhere_hold_what_they_say() {
    let mut held = [0.0; 3];
    let count = 60_u32;
    for number in 0..count as usize {
        let walk = any(6 * (number % 2), 300 + number as u64, 420);
        let test = external_model::backtest(
            &walk,
            20,
            &Options::default(),
            &predictor(day("2014-12-31"), &naive),
            |_| true,
        );
        let coverage = test.unwrap().coverage;
        for (sum, share) in held.iter_mut().zip(coverage) {
            *sum += share / f64::from(count);
        }
    }
    println!("bands of 50, 80 and 95 % hold {held:.1?} %");
    let wanted = [(44.0..56.0), (75.0..85.0), (91.0..98.0)];
    assert!(held.iter().zip(wanted).all(|(share, wanted)| wanted.contains(share)), "{held:?}");
}

#[test]
fn what_a_model_learned_by_heart_does_not_narrow_its_bands() {
    let walk = any(6, 9, 400);
    let half = |last: NaiveDate| {
        // Right about each day of its training, and as good as nothing after it.
        let predict = |asks: &[Ask<'_>]| {
            let mut told = naive(asks)?;
            for (ask, told) in asks.iter().zip(&mut told) {
                for (date, told) in ask.dates.iter().zip(told).filter(|(date, _)| **date <= last) {
                    *told = walk.points.iter().find(|point| point.0 == *date).unwrap().1;
                }
            }
            Ok(told)
        };
        let told =
            external_model::forecast(&walk, 5, &Options::default(), &predictor(last, &predict)).unwrap();
        let test =
            external_model::backtest(&walk, 5, &Options::default(), &predictor(last, &predict), |_| true)
                .unwrap();
        (told.rows[4].bands[1].high - told.rows[4].point, test.seen_in_training)
    };
    let at = |place: usize| walk.points[place].0;
    let ((whole, none), (part, some), (blind, all)) = (half(at(0)), half(at(380)), half(at(399)));
    assert!(part > 0.4 * whole && blind < 0.01 * whole, "{whole} {part} {blind}");
    assert_eq!((none, some, all), (0, 5, 8));
}

#[test]
fn a_history_that_is_too_short_for_the_features_is_refused() {
    let account = salary_account(5, 60);
    let asked = |reach| {
        let predictor = Predictor { reach, ..predictor(day("2014-12-31"), &naive) };
        external_model::forecast(&account, 7, &Options::default(), &predictor).map(|told| told.rows.len())
    };
    assert_eq!(asked(52), Ok(7));
    assert_eq!(asked(53), Err(PredictorError::History { needs: 61, has: 60 }));
    let late = Predictor { reach: 40, ..predictor(day("2014-12-31"), &naive) };
    let error = external_model::backtest(&account, 7, &Options::default(), &late, |_| true).unwrap_err();
    assert!(matches!(error, PredictorError::History { needs: 48, has: 20..48 }), "{error}");
    let flat = series(&days(40), &[1250.0; 40], Kind::Balance);
    let flat = external_model::forecast(&flat, 5, &Options::default(), &predictor(day("2014-12-31"), &naive));
    let ends = |row: &Row| [row.point, row.bands[2].low, row.bands[2].high];
    assert!(flat.unwrap().rows.iter().all(|row| ends(row) == [1250.0; 3]));
    let few = |_: &[Ask<'_>]| Ok(vec![vec![1.0]]);
    let error =
        external_model::forecast(&account, 7, &Options::default(), &predictor(day("2014-12-31"), &few))
            .unwrap_err();
    assert!(matches!(error, PredictorError::Answer(_)));
    let lost = |asks: &[Ask<'_>]| Ok(asks.iter().map(|ask| vec![f64::NAN; ask.dates.len()]).collect());
    let error =
        external_model::forecast(&account, 7, &Options::default(), &predictor(day("2014-12-31"), &lost))
            .unwrap_err();
    assert!(matches!(error, PredictorError::NotANumber { .. }));
    let huge = |asks: &[Ask<'_>]| Ok(asks.iter().map(|ask| vec![1e300; ask.dates.len()]).collect());
    let error =
        external_model::forecast(&account, 7, &Options::default(), &predictor(day("2014-12-31"), &huge))
            .unwrap_err();
    assert!(matches!(error, PredictorError::NotANumber { .. }), "its bands would have no width");
}

#[test]
fn a_forest_forecasts_a_balance() {
    let card = r#"{"features": ["t", "dow", "dom", "lag_1", "lag_7", "mean_7"], "target": "level",
        "training": {"first": "2019-01-08", "last": "2020-12-07"}}"#;
    let (_folder, place) = folder(&fixture("forest.onnx"), card);
    let model = open(&place).unwrap();
    assert_eq!(model.name(), "model", "a card without a name leaves the file's");
    let dates: Vec<NaiveDate> = day("2019-01-01").iter_days().take(800).collect();
    let value = |(at, date): (usize, &NaiveDate)| 3000.0 + (at % 30) as f64 * 40.0 + f64::from(date.day());
    let values: Vec<f64> = dates.iter().enumerate().map(value).collect();
    let account = series(&dates, &values, Kind::Balance);
    let told = model
        .ask(|predictor| external_model::forecast(&account, 90, &Options::default(), predictor))
        .unwrap();
    let test = model
        .ask(|predictor| external_model::backtest(&account, 90, &Options::default(), predictor, |_| true))
        .unwrap();
    assert_eq!((told.rows.len(), test.origins.len(), test.seen_in_training), (90, 8, 7));
}

#[test]
fn a_model_lies_where_it_is_said_to_lie() {
    let (folder, place) = folder(&linear(&[1.0], 0.0), DRIFT);
    let named = folder.path().join("other.json");
    fs::write(&named, DRIFT.replace("drift of 3 a day", "another")).unwrap();
    let open_with = |place: &str, card: Option<&str>| {
        Model::open(place, card, &AwsOptions::default()).map(|model| model.name().to_owned())
    };
    let path = place.to_str().unwrap();
    assert_eq!(open_with(path, named.to_str()).unwrap(), "another");
    fs::copy(&place, folder.path().join("other.onnx")).unwrap();
    // A card of the model's own name comes before the folder's.
    assert_eq!(open_with(folder.path().join("other.onnx").to_str().unwrap(), None).unwrap(), "another");
    let fails = |place: &str, card: Option<&str>| {
        let error = open_with(place, card).unwrap_err();
        let shown = format!("{error}\n{}", error.hint().unwrap_or_default());
        shown.replace(&*folder.path().to_string_lossy(), "DIR")
    };
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    assert!(fails(&at("none.onnx"), None).starts_with("there is no model at DIR/none.onnx\nname a file"));
    assert!(fails(path, Some("none.json")).contains("has no card: there is no none.json\nwrite one: {"));
    fs::write(&place, linear(&[1.0, 2.0], 0.0)).unwrap();
    assert!(
        fails(path, None)
            .starts_with("DIR/model.onnx: the model takes 2 features, and its card lists 1\nlist")
    );
    fs::write(&place, "not a model").unwrap();
    assert!(fails(path, None).starts_with("DIR/model.onnx: the model's file is damaged: "));
    File::create(&place).unwrap().set_len(1 << 40).unwrap();
    assert!(
        fails(path, None)
            .starts_with("DIR/model.onnx has 1099511627776 bytes, and saldo reads at most 268435456")
    );
    assert!(fails(&at(""), None).starts_with("cannot read DIR/: "));
    assert!(fails("s3://bucket", None).starts_with("s3://bucket is not the address"));
    fs::remove_file(folder.path().join("model.json")).unwrap();
    fs::write(&place, linear(&[1.0], 0.0)).unwrap();
    assert!(fails(path, None).contains("there is no DIR/model.json\n"));
    fs::copy(&place, folder.path().join("b.onnx")).unwrap();
    assert!(fails(&at("b.onnx"), None).contains("there is no DIR/b.json, nor DIR/model.json\n"));
    if cfg!(not(feature = "remote")) {
        assert!(
            fails("sagemaker:x", None)
                .starts_with("the endpoint x cannot be asked: this saldo was built without")
        );
    }
}

#[test]
fn a_pickle_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // Were it opened, there would be no file.
    for name in ["model.joblib", "a.PKL", "b.pickle"] {
        assert!(matches!(open(&at(name)), Err(ModelError::Pickle(_))), "{name}");
    }
    fs::write(at("model.onnx"), b"\x80\x04\x95\x00").unwrap();
    let error = open(&at("model.onnx")).unwrap_err();
    assert!(matches!(error, ModelError::Pickle(_)), "{error}");
    let error = open(&at("balances.v2.joblib")).unwrap_err();
    insta::assert_snapshot!(error.hint().unwrap(), @r#"
    convert it where it was trained, in Python with skl2onnx:
    import joblib, numpy, skl2onnx
    model = joblib.load("balances.v2.joblib")
    open("balances.v2.onnx", "wb").write(skl2onnx.to_onnx(model, numpy.zeros((1, model.n_features_in_), "float32")).SerializeToString())
    "#);
}

#[test]
fn one_speaks_and_the_other_stands_beside() {
    let (_folder, place) = folder(&linear(&[1.0], -3.0), DRIFT);
    let model = open(&place).unwrap();
    let account = salary_account(7001, 700);
    let outlook = |speaks| {
        model.ask(|predictor| {
            let other = Some(Other { predictor, speaks });
            Outlook::new(&account, 30, &Options::default(), other, |_| true).unwrap()
        })
    };
    let (theirs, ours) = (outlook(true), outlook(false));
    assert_eq!(theirs.forecast.recipe(), "1.00 drift of 3 a day");
    let names = |outlook: &Outlook| outlook.scores().into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
    assert_eq!(names(&theirs)[2..], ["naive", "seasonal naive"]);
    assert_eq!(names(&ours)[1], "drift of 3 a day");
    let of = |outlook: &Outlook, at: usize| outlook.scores()[at].clone();
    assert_eq!(of(&theirs, 0).1, of(&ours, 1).1, "it is the same model, whoever speaks");
    assert_eq!((of(&theirs, 1).1, of(&theirs, 1).2), (of(&ours, 0).1, 0));
    assert!(of(&theirs, 0).2 > 0, "it had seen some of the origins in its training");
    // A model that cannot be asked keeps ours from nothing.
    let deaf =
        |asks: &[external_model::Ask<'_>]| Err(PredictorError::Answer(format!("{} questions", asks.len())));
    let predictor = Predictor { name: "deaf", training: model.card().training, reach: 1, predict: &deaf };
    let new = |speaks| {
        Outlook::new(&account, 30, &Options::default(), Some(Other { predictor: &predictor, speaks }), |_| {
            true
        })
    };
    let still = new(false).unwrap();
    assert_eq!(still.forecast, ours.forecast);
    assert!(still.summary().last().unwrap().starts_with("deaf: the model gives no answer: "));
    assert!(matches!(new(true), Err(PredictorError::Answer(_))));
}
