//! The forecast engine on series of which everything is known, on its rules, and beside another program's numbers.

// Tests may stop at the first surprise; counts are small, and what must be equal is equal to the bit.
#![allow(clippy::unwrap_used, clippy::float_cmp)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

#[path = "forecast/generate.rs"]
mod generate;

use chrono::{Datelike, Days, NaiveDate};
use saldo::forecast::{
    Country, Every, Forecast, ForecastError, Item, Kind, Member, Options, Outlook, Row, Scenario, Series,
    Step, Verdict, backtest, forecast, holidays, score,
};

use generate::{Dice, any, business_days, days, salary_account, series};

fn told(series: &Series, horizon: usize) -> Forecast {
    forecast(series, horizon, &Options::default()).unwrap()
}

/// The series without its last values, and those.
fn split(series: &Series, horizon: usize) -> (Series, Vec<f64>) {
    let cut = series.points.len() - horizon;
    let past = Series { points: series.points[..cut].to_vec(), kind: series.kind };
    (past, series.points[cut..].iter().map(|point| point.1).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn paydays_are_learned() {
    let (mut ours, mut naive, mut seasonal) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 0..60 {
        let (past, actual) = split(&salary_account(7000 + seed, 780), 30);
        let values: Vec<f64> = past.points.iter().map(|point| point.1).collect();
        // Scaled by the mean change from one day to the next.
        let scale =
            values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / (values.len() - 1) as f64;
        let mase = |point: &dyn Fn(usize) -> f64| {
            (0..30).map(|step| (actual[step] - point(step)).abs()).sum::<f64>() / 30.0 / scale
        };
        let told = told(&past, 30);
        ours.push(mase(&|step| told.rows[step].point));
        naive.push(mase(&|_| values[values.len() - 1]));
        seasonal.push(mase(&|step| values[values.len() - 5 + step % 5]));
    }
    let (ours, naive, seasonal) = (median(ours), median(naive), median(seasonal));
    println!("median MASE on 60 salary accounts: {ours:.2}, naive {naive:.2}, seasonal naive {seasonal:.2}");
    assert!(ours <= 1.8, "{ours}");
    assert!(naive > 2.0 * ours);
}

#[test]
fn bands_of_80_percent_hold_80_percent() {
    let mut held = [[0.0; 2]; 7];
    let mut outer = 0.0;
    for number in 0..500_usize {
        let way = number % 7;
        let series = if way == 6 { salary_account(number as u64, 420) } else { any(way, number as u64, 420) };
        let (past, actual) = split(&series, 20);
        let told = told(&past, 20);
        for (row, actual) in told.rows.iter().zip(&actual) {
            held[way][0] += f64::from(u8::from((row.bands[1].low..=row.bands[1].high).contains(actual)));
            held[way][1] += 1.0;
            outer += f64::from(u8::from((row.bands[2].low..=row.bands[2].high).contains(actual))) / 100.0;
        }
    }
    let share = |pairs: &[[f64; 2]]| {
        100.0 * pairs.iter().map(|p| p[0]).sum::<f64>() / pairs.iter().map(|p| p[1]).sum::<f64>()
    };
    let all = share(&held);
    println!("80 % bands hold {all:.1} % over 500 series; by way {:.1?}", held.map(|pair| share(&[pair])));
    println!("95 % bands hold {outer:.1} %");
    assert!((76.0..=84.0).contains(&all), "{all}");
    assert!((92.0..=98.0).contains(&outer), "{outer}");
    assert!(held.iter().all(|pair| (68.0..=92.0).contains(&share(&[*pair]))));
}

/// Values moved and stretched.
fn moved(series: &Series, factor: f64, shift: f64) -> Series {
    let points = series.points.iter().map(|(date, value)| (*date, value * factor + shift));
    Series { points: points.collect(), kind: series.kind }
}

#[test]
fn a_balance_that_is_shifted_or_scaled_has_a_forecast_that_is() {
    for number in 0..24_usize {
        let series = if number % 4 == 0 {
            salary_account(number as u64, 300)
        } else {
            any(2 * number + 1, number as u64, 300)
        };
        let shifts: &[f64] = if series.kind == Kind::Balance { &[0.0, 4096.0, -1e6] } else { &[0.0] };
        let plain = told(&series, 20);
        let values = || series.points.iter().map(|point| point.1);
        let spread = values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min);
        for (factor, shift) in [1.0, 0.001, 8.0, 1e9]
            .iter()
            .flat_map(|factor| shifts.iter().map(move |shift| (factor, shift * factor)))
        {
            let other = told(&moved(&series, *factor, shift), 20);
            for (one, two) in plain.rows.iter().zip(&other.rows) {
                let ends = |row: &Row| [row.point, row.bands[0].low, row.bands[1].high, row.bands[2].low];
                for (one, two) in ends(one).iter().zip(ends(two)) {
                    let off = (one * factor + shift - two).abs();
                    assert!(
                        off < 1e-3 * spread * factor,
                        "series {number}: {one} x {factor} + {shift} is not {two}"
                    );
                }
            }
        }
    }
}

/// Everything that a reader may see as a number, by name.
fn numbers(told: &Forecast) -> Vec<(&'static str, f64)> {
    let rows = told.rows.iter().chain(told.scenario.iter().flatten());
    let rows = rows.flat_map(|row| {
        let ends = row.bands.iter().flat_map(|band| [("low", band.low), ("high", band.high)]);
        [("point", row.point), ("below", row.below), ("until", row.below_until)]
            .into_iter()
            .chain(ends)
            .collect::<Vec<_>>()
    });
    let parts = told.explanation.iter().flat_map(saldo::forecast::Explanation::parts);
    let marks = told.anomalies.iter().chain(&told.shifts).map(|mark| ("mark", mark.size));
    rows.chain(parts)
        .chain(marks)
        .chain(told.weights.iter().map(|weight| ("weight", weight.weight)))
        .collect()
}

/// A value at a place of a series that no balance is like.
fn odd(way: usize, at: usize, count: usize, huge: f64, dice: &mut Dice) -> f64 {
    match way {
        0 => 7.0,
        1 => huge * [1.0, -1.0, -1.0, -1.0, -1.0][at % 5],
        2 => f64::from(u8::from(at + 1 == count)),
        3 => [f64::MAX, f64::MIN, 0.0, f64::MIN_POSITIVE][dice.day(0, 3) as usize],
        4 => (at % 7) as f64 * huge,
        5 => 1e15 + (at % 3) as f64,
        6 => 1.5_f64.powf(at as f64),
        7 => -huge * dice.uniform(),
        8 => f64::from(u8::from(dice.uniform() > 0.1)),
        9 => huge * dice.normal(),
        _ => dice.uniform().powi(-9).min(1e300),
    }
}

#[test]
fn finite_values_give_finite_numbers_and_nested_bands() {
    let mut dice = Dice::new(3);
    let mut made = 0;
    for number in 0..400_usize {
        let count = 10 + number % 150;
        let dates = match number % 3 {
            0 => days(count),
            1 => business_days(count),
            _ => days(31 * count).into_iter().filter(|date| date.day() == 1).take(count).collect(),
        };
        let huge = 10.0_f64.powf(dice.between(-300.0, 308.0));
        let values: Vec<f64> =
            (0..dates.len()).map(|at| odd(number % 11, at, count, huge, &mut dice)).collect();
        let kind = if number % 2 == 0 { Kind::Balance } else { Kind::Flow };
        let horizon = 1 + number % 19;
        match forecast(
            &series(&dates, &values, kind),
            horizon,
            &Options { country: Some(Country::Us), ..Options::default() },
        ) {
            Ok(told) => {
                made += 1;
                let wrong = numbers(&told).into_iter().find(|number| !number.1.is_finite());
                assert!(wrong.is_none(), "series {number} of kind {}: {wrong:?}", number % 11);
                for row in &told.rows {
                    let [half, most, nearly_all] = row.bands;
                    assert!(nearly_all.low <= most.low && most.low <= half.low && half.low <= row.point);
                    assert!(row.point <= half.high && half.high <= most.high && most.high <= nearly_all.high);
                    assert!((0.0..=1.0).contains(&row.below_until) && row.below <= row.below_until);
                }
            }
            Err(error) => panic!("series {number}: {error}"),
        }
    }
    assert!(made > 300, "only {made} forecasts");
}

#[test]
fn the_same_input_gives_the_same_answer_in_any_order() {
    let account = salary_account(11, 500);
    let mut turned = account.clone();
    turned.points.reverse();
    assert_eq!(told(&account, 30), told(&turned, 30));
}

#[test]
fn the_explanation_sums_to_the_forecast() {
    for number in 0..30_usize {
        let series = if number % 3 == 0 {
            salary_account(number as u64, 400)
        } else {
            any(number, number as u64, 400)
        };
        let options = Options { country: Some(Country::Target), ..Options::default() };
        let told = forecast(&series, 40, &options).unwrap();
        for (row, why) in told.rows.iter().zip(&told.explanation) {
            assert_eq!(row.date, why.date);
            let size = row.point.abs() + why.level.abs();
            assert!((why.total() - row.point).abs() <= 1e-12 * size, "{} is not {}", why.total(), row.point);
            let cents: i128 = why.rounded(100.0).iter().map(|part| part.1).sum();
            assert_eq!(cents, (row.point * 100.0).round() as i128);
            // What is left unexplained is a rounding error, not a part.
            assert!(why.rest.abs() <= 1e-6 * size, "{why:?}");
        }
    }
}

#[test]
fn the_pay_of_a_month_is_called_paydays() {
    let told = told(&salary_account(7003, 780), 22);
    let paydays = told.calendar.as_ref().unwrap().paydays.clone();
    assert!((1..=3).contains(&paydays.len()), "{paydays:?}");
    let largest = told
        .explanation
        .last()
        .unwrap()
        .parts()
        .into_iter()
        .skip(1)
        .max_by(|one, other| one.1.abs().total_cmp(&other.1.abs()));
    assert_eq!(largest.unwrap().0, "paydays", "{:?}", told.explanation.last());
}

#[test]
fn holidays_of_the_chosen_country_are_learned() {
    let mut dice = Dice::new(8);
    let dates = days(1440);
    let closed: Vec<NaiveDate> = (2015..2020).flat_map(|year| holidays(Country::Target, year)).collect();
    let value = |date: &NaiveDate| {
        let weekday = f64::from(date.weekday().num_days_from_monday());
        100.0 + 3.0 * weekday + 4.0 * dice.normal() - if closed.contains(date) { 60.0 } else { 0.0 }
    };
    let values: Vec<f64> = dates.iter().map(value).collect();
    // The last day seen is 10 December 2018: Christmas and New Year lie ahead.
    let with = Options { country: Some(Country::Target), ..Options::default() };
    let told = forecast(&series(&dates, &values, Kind::Flow), 30, &with).unwrap();
    for why in &told.explanation {
        let off = why.holidays < -35.0;
        assert_eq!(off, closed.contains(&why.date), "{why:?}");
    }
    assert!(told.recipe().starts_with("0.") || told.recipe().starts_with("1.00 "), "{}", told.recipe());
}

#[test]
fn spikes_and_shifts_are_found_and_kept() {
    let (mut found, mut true_found, mut hidden) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    for number in 0..120_usize {
        let mut dice = Dice::new(900 + number as u64);
        let dates = days(400);
        let mut values: Vec<f64> = dates
            .iter()
            .map(|date| {
                100.0
                    + [0.0, 1.0, 0.5, 2.0, 3.0, -4.0, -2.5][date.weekday().num_days_from_monday() as usize]
                    + dice.normal()
            })
            .collect();
        let spikes: Vec<usize> =
            (0..3).map(|part| dice.day(20 + 120 * part, 100 + 120 * part) as usize).collect();
        for at in &spikes {
            values[*at] += dice.between(9.0, 15.0) * if dice.uniform() < 0.5 { -1.0 } else { 1.0 };
        }
        let shift = (number % 2 == 0).then(|| dice.day(150, 350) as usize);
        if let Some(at) = shift {
            let size = dice.between(6.0, 12.0);
            values[at..].iter_mut().for_each(|value| *value += size);
        }
        let kind = if number % 3 == 0 { Kind::Flow } else { Kind::Balance };
        let told = told(&series(&dates, &values, kind), 14);
        assert!(told.history.iter().map(|seen| seen.value).eq(values.iter().copied()), "a value was changed");
        let near =
            |date: NaiveDate, place: &usize, days: i64| (date - dates[*place]).num_days().abs() <= days;
        hidden[0] += spikes.len() as f64;
        found[0] += told.anomalies.len() as f64;
        true_found[0] +=
            told.anomalies.iter().filter(|mark| spikes.iter().any(|at| near(mark.date, at, 0))).count()
                as f64;
        hidden[1] += shift.iter().count() as f64;
        found[1] += told.shifts.len() as f64;
        true_found[1] +=
            told.shifts.iter().filter(|mark| shift.iter().any(|at| near(mark.date, at, 2))).count() as f64;
    }
    for (what, name) in ["anomalies", "shifts"].iter().enumerate() {
        let (precision, recall) = (true_found[what] / found[what], true_found[what] / hidden[what]);
        println!("{name}: precision {precision:.3}, recall {recall:.3} of {}", hidden[what]);
        assert!(precision > 0.9 && recall > 0.9, "{name}: {precision:.3} {recall:.3}");
    }
}

#[test]
fn a_gap_is_carried_or_zero_and_the_last_of_a_day_counts() {
    let mut account = any(1, 5, 100);
    let doubled = account.points[40];
    account.points.insert(40, (doubled.0, 1e9));
    let left_out = account.points.remove(50).0;
    let seen = told(&account, 7).history;
    let at = seen.iter().position(|seen| seen.date == left_out).unwrap();
    assert!(seen[at].filled && seen[at].value.to_bits() == seen[at - 1].value.to_bits());
    assert!(seen.iter().all(|seen| seen.value < 1e9));
    account.kind = Kind::Flow;
    let seen = told(&account, 7).history;
    assert!(seen[at].filled && seen[at].value == 0.0);
    assert_eq!(seen.iter().filter(|seen| seen.filled).count(), 1);
}

#[test]
fn steps_are_told_apart() {
    let of = |dates: &[NaiveDate]| {
        let values: Vec<f64> = (0..dates.len()).map(|at| (at * at % 17) as f64).collect();
        forecast(&series(dates, &values, Kind::Balance), 2, &Options::default())
            .map(|told| (told.step, told.rows[1].date.to_string()))
    };
    let every = |count: usize| days(1200).into_iter().step_by(count).collect::<Vec<_>>();
    let ends: Vec<NaiveDate> =
        days(1200).into_iter().filter(|date| date.succ_opt().unwrap().day() == 1).collect();
    assert_eq!(of(&days(60)), Ok((Step::Daily, "2015-03-03".into())));
    assert_eq!(of(&business_days(60)), Ok((Step::BusinessDaily, "2015-03-27".into())));
    assert_eq!(of(&every(7)[..20]), Ok((Step::Weekly, "2015-05-28".into())));
    assert_eq!(of(&ends[..13]), Ok((Step::Monthly, "2016-03-31".into())));
    assert_eq!(
        of(&ends.iter().step_by(3).copied().collect::<Vec<_>>()[..12]),
        Ok((Step::Quarterly, "2018-04-30".into()))
    );
    assert_eq!(of(&every(13)[..20]), Err(ForecastError::NoStep { days: 13 }));
}

#[test]
fn a_constant_series_has_a_flat_forecast_whose_band_has_no_width() {
    for (kind, value) in [(Kind::Balance, 1250.0), (Kind::Flow, 1250.0), (Kind::Flow, 0.0)] {
        let flat = series(&days(40), &[value; 40], kind);
        let outlook = Outlook::new(&flat, 5, &Options::default(), None, |_| true).unwrap();
        for row in &outlook.forecast.rows {
            let ends = row.bands.iter().flat_map(|band| [band.low, band.high]);
            assert!(ends.chain([row.point]).all(|end| end == value), "{row:?}");
            assert_eq!((row.below, row.below_until), (0.0, 0.0));
        }
        let said = outlook.summary().join(" · ");
        assert!(said.contains("every value is the same: a flat line, and bands of no width"), "{said}");
    }
}

#[test]
fn years_are_forecast_from_eight_values_on_with_bands_that_grow() {
    let dates: Vec<NaiveDate> =
        (2015..2023).filter_map(|year| NaiveDate::from_ymd_opt(year, 12, 31)).collect();
    let values = [100.0, 104.0, 103.0, 110.0, 116.0, 115.0, 123.0, 128.0];
    let years = told(&series(&dates, &values, Kind::Flow), 5);
    assert_eq!((years.step, years.rows.len()), (Step::Yearly, 5));
    let widths: Vec<f64> = years.rows.iter().map(|row| row.bands[2].high - row.bands[2].low).collect();
    assert!(widths.windows(2).all(|pair| pair[0] < pair[1]), "{widths:?}");
    // Seven changes tell little: the band holds the move of two usual years on each side at once.
    assert!(widths[0] > 12.0, "{widths:?}");
}

#[test]
fn refusals_name_the_number_that_is_needed() {
    let refused = |series: &Series, horizon| forecast(series, horizon, &Options::default()).unwrap_err();
    let walk = any(1, 1, 100);
    let of = |points: &[(NaiveDate, f64)]| Series { points: points.to_vec(), kind: Kind::Balance };
    let short = refused(&of(&walk.points[..6]), 5);
    assert_eq!(short.to_string(), "a forecast needs 7 values, and there are 6");
    assert_eq!(refused(&of(&[]), 5), ForecastError::TooShort { needs: 7, has: 0 });
    // So few are too few for any horizon.
    assert_eq!(refused(&of(&[]), 5).hint(), Some("choose a longer history"));
    let sparse: Vec<_> = any(0, 1, 100)
        .points
        .into_iter()
        .enumerate()
        .filter(|(at, _)| at % 9 < 3)
        .map(|(_, point)| point)
        .collect();
    let gaps = refused(&of(&sparse), 5);
    assert_eq!(
        gaps.to_string(),
        "66 % of the daily dates from 2015-01-01 to 2015-04-10 have no value, and a forecast allows 30 %"
    );
    assert_eq!(refused(&walk, 0), ForecastError::Horizon { asked: 0, has: 100, most: 200 });
    assert_eq!(
        refused(&walk, 201).to_string(),
        "a horizon of 201 steps is out of reach: with 100 values it can be 1 to 200"
    );
    let lost = series(&days(40), &[f64::NAN; 40], Kind::Balance);
    assert_eq!(refused(&lost, 5), ForecastError::TooShort { needs: 7, has: 0 });
    let few = backtest(&of(&walk.points[..20]), 15, &Options::default(), |_| true).unwrap_err();
    assert_eq!(few, ForecastError::TooShort { needs: 26, has: 20 });
    assert!(few.hint().is_some_and(|hint| hint.contains("a shorter horizon")));
}

#[test]
fn a_backtest_says_what_was_said_and_streams() {
    let account = salary_account(7001, 700);
    let options = Options::default();
    let mut seen = Vec::new();
    let test = backtest(&account, 30, &options, |origin| {
        seen.push(origin.date);
        true
    })
    .unwrap();
    assert_eq!(seen, test.origins.iter().map(|origin| origin.date).collect::<Vec<_>>());
    assert_eq!(test.origins.len(), 8);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    // Each origin says what a forecast of that day says: nothing after it was seen.
    let last = account.points.last().unwrap().0;
    let behind = last.succ_opt().unwrap();
    let refused = forecast(&account, 30, &Options { origin: Some(behind), ..options.clone() });
    assert_eq!(refused.unwrap_err(), ForecastError::Origin { origin: behind, last });
    let then = forecast(&account, 30, &Options { origin: Some(seen[3]), ..options.clone() }).unwrap();
    for (row, outcome) in then.rows.iter().zip(&test.origins[3].rows) {
        assert_eq!((row.date, row.point, row.bands), (outcome.date, outcome.point, outcome.bands));
    }
    assert_eq!((test.verdict, test.period), (Verdict::Good, 5));
    assert!(
        test.skill > 0.5
            && test.p_value < 0.01
            && test.score.mase.unwrap() < test.seasonal_naive.mase.unwrap()
    );
    assert!(test.coverage[0] < test.coverage[1] && test.coverage[1] < test.coverage[2]);
    let steps: Vec<_> = test.buckets.iter().map(|bucket| bucket.steps).collect();
    assert_eq!(steps, [(1, 7), (8, 30)]);
    let stopped = backtest(&account, 30, &options, |_| false).unwrap();
    assert_eq!(stopped.origins.len(), 1);
    // An outside model is scored on the same outcomes.
    let perfect = score(&test.origins, |_, _, row| row.actual);
    assert_eq!((perfect.mae, perfect.mase), (0.0, Some(0.0)));
}

#[test]
fn a_random_walk_is_called_one() {
    let walks = (0..40).filter(|seed| {
        let test = backtest(&any(0, 40 + 6 * seed, 600), 30, &Options::default(), |_| true).unwrap();
        test.verdict == Verdict::RandomWalk
    });
    let share = walks.count() as f64 / 40.0;
    println!("{:.0} % of random walks are called one", 100.0 * share);
    assert!(share > 0.6, "{share}");
    assert!(Verdict::RandomWalk.words().contains("random walk"));
}

#[test]
fn percentages_are_told_only_where_they_mean_something() {
    let percentage =
        |series: &Series| backtest(series, 10, &Options::default(), |_| true).unwrap().score.smape;
    let flow = any(4, 9, 200);
    assert!(percentage(&flow).is_some());
    assert!(percentage(&moved(&flow, -1.0, 0.0)).is_none());
}

#[test]
fn bands_that_held_too_few_grow() {
    // Calm years, then wild months: what was said is too narrow for what comes.
    let mut dice = Dice::new(77);
    let values: Vec<f64> =
        (0..400).map(|at| 100.0 + dice.normal() * if at < 330 { 1.0 } else { 6.0 }).collect();
    let series = series(&days(400), &values, Kind::Balance);
    let test = backtest(&series, 14, &Options::default(), |_| true).unwrap();
    assert!(
        test.coverage[1] < 70.0 && test.band_scale > 1.1 && test.band_scale <= 1.6,
        "{:?} {}",
        test.coverage,
        test.band_scale
    );
    let mut told = told(&series, 14);
    let before = told.rows[3];
    told.recalibrate(&test);
    let ratio = (told.rows[3].bands[1].high - before.point) / (before.bands[1].high - before.point);
    assert!((ratio - test.band_scale).abs() < 1e-9);
    assert_eq!(told.rows[3].point, before.point);
}

#[test]
fn probabilities_are_those_of_what_happens() {
    // Levels half and a whole 80 % band below the forecast, over a month.
    for (depth, least, most) in [(0.5, 0.4, 0.9), (1.0, 0.1, 0.6)] {
        let (mut said, mut came, mut count) = (0.0, 0.0, 0.0);
        for number in 0..240_usize {
            let (past, actual) = split(&any(number % 6, 5000 + number as u64, 420), 20);
            let plain = told(&past, 20);
            let lowest = plain.rows.iter().map(|row| row.point).fold(f64::MAX, f64::min);
            let half = plain.rows[19].point - plain.rows[19].bands[1].low;
            let threshold = lowest - depth * half;
            let told = forecast(&past, 20, &Options { threshold, ..Options::default() }).unwrap();
            said += told.rows[19].below_until;
            came += f64::from(u8::from(actual.iter().any(|value| *value < threshold)));
            count += 1.0;
        }
        let (said, came) = (said / count, came / count);
        println!("P(below {depth} of the band within 20 days): said {said:.3}, came {came:.3}");
        assert!((said - came).abs() < 0.06, "{said} {came}");
        assert!((least..most).contains(&said), "{said}");
    }
}

#[test]
fn the_probability_of_falling_below_grows_with_the_threshold_and_the_days() {
    let walk = any(6, 2, 500);
    let last = walk.points.last().unwrap().1;
    let spread = told(&walk, 30).rows[29].bands[1].high - last;
    let below = |threshold: f64| {
        let told = forecast(&walk, 30, &Options { threshold, ..Options::default() }).unwrap();
        told.rows.iter().map(|row| row.below_until).collect::<Vec<_>>()
    };
    let (far, near, above) =
        (below(last - 4.0 * spread), below(last - 0.5 * spread), below(last + 4.0 * spread));
    assert!(near.windows(2).all(|pair| pair[0] <= pair[1]));
    assert!(far[29] < 0.02 && near[29] > 0.2 && above[0] > 0.98, "{} {} {}", far[29], near[29], above[0]);
}

#[test]
fn a_scenario_moves_the_paths_and_nothing_else() {
    let account = salary_account(7002, 500);
    let origin = account.points.last().unwrap().0;
    let first = origin.succ_opt().unwrap();
    let item = |label: &str, amount, every, until| Item {
        label: label.to_owned(),
        date: first,
        amount,
        every,
        until,
    };
    let scenario = Scenario {
        items: vec![
            item("car", -9000.0, Every::Once, None),
            item("gym", -10.0, Every::Week, Some(first + Days::new(20))),
        ],
        drift: -1.0,
    };
    let options = Options { scenario, ..Options::default() };
    let told_with = forecast(&account, 40, &options).unwrap();
    assert_eq!(told_with.rows, told(&account, 40).rows);
    let what_if = told_with.scenario.unwrap();
    for (step, (with, without)) in what_if.iter().zip(&told_with.rows).enumerate() {
        let weeks = ((with.date - first).num_days() / 7 + 1).min(3);
        let expected = -9000.0 - 10.0 * weeks as f64 - (step + 1) as f64;
        assert!((with.point - without.point - expected).abs() < 1e-6, "{step}");
        assert!((with.bands[1].low - without.bands[1].low - expected).abs() < 1e-6);
        assert!(with.below >= without.below && with.below_until >= without.below_until);
    }
    let backwards = item("loan", 1.0, Every::Month, Some(first - Days::new(9)));
    let options = Options { scenario: Scenario { items: vec![backwards], drift: 0.0 }, ..Options::default() };
    let error = forecast(&account, 40, &options).unwrap_err();
    assert!(error.to_string().contains("`loan`"), "{error}");
}

#[test]
fn a_floor_cuts_the_bands_and_not_the_median() {
    let walk = any(6, 4, 300);
    let last = walk.points.last().unwrap().1;
    let options = Options { floor: Some(last), ..Options::default() };
    let (cut, whole) = (forecast(&walk, 20, &options).unwrap(), told(&walk, 20));
    assert!(cut.rows.iter().all(|row| row.bands.iter().all(|band| band.low >= last)));
    assert!(cut.rows.iter().zip(&whole.rows).all(|(one, other)| one.point == other.point));
}

#[test]
fn a_member_can_be_asked_alone() {
    let account = salary_account(6, 300);
    let last = account.points[299].1;
    for member in [
        Member::Theta,
        Member::Ets,
        Member::Autoregression,
        Member::Calendar,
        Member::Naive,
        Member::SeasonalNaive,
    ] {
        let told = forecast(&account, 10, &Options { members: vec![member], ..Options::default() }).unwrap();
        assert_eq!(told.recipe(), format!("1.00 {}", member.name()));
        let points: Vec<f64> = told.rows.iter().map(|row| row.point).collect();
        match member {
            Member::Naive => assert!(points.iter().all(|point| *point == last)),
            Member::SeasonalNaive => assert_eq!(points[..5], points[5..]),
            _ => assert!(points.iter().any(|point| *point != last)),
        }
    }
}

#[test]
fn results_are_printed_as_json() {
    let account = salary_account(5, 200);
    let told = serde_json::to_value(told(&account, 7)).unwrap();
    assert_eq!(told["step"], "business_daily");
    assert_eq!(told["rows"].as_array().unwrap().len(), 7);
    assert!(told["weights"][0]["member"].is_string() && told.get("rest").is_none());
    let test = backtest(&account, 7, &Options::default(), |_| true).unwrap();
    assert!(serde_json::to_value(&test).unwrap()["verdict"].is_string());
}
