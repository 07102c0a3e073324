//! The forecast engine on series of which everything is known, on its rules, and beside another program's numbers.

#[path = "forecast/generate.rs"]
mod generate;

use saldo::forecast::{Forecast, Options, Series, forecast};

use generate::{any, salary_account};

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
        let scale = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / (values.len() - 1) as f64;
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
    for number in 0..500_usize {
        let way = number % 7;
        let series = if way == 6 { salary_account(number as u64, 420) } else { any(way, number as u64, 420) };
        let (past, actual) = split(&series, 20);
        let told = told(&past, 20);
        for (row, actual) in told.rows.iter().zip(&actual) {
            held[way][0] += f64::from(u8::from((row.bands[1].low..=row.bands[1].high).contains(actual)));
            held[way][1] += 1.0;
        }
    }
    let share = |pairs: &[[f64; 2]]| 100.0 * pairs.iter().map(|p| p[0]).sum::<f64>() / pairs.iter().map(|p| p[1]).sum::<f64>();
    let all = share(&held);
    println!("80 % bands hold {all:.1} % over 500 series; by way {:.1?}", held.map(|pair| share(&[pair])));
    assert!((76.0..=84.0).contains(&all), "{all}");
    assert!(held.iter().all(|pair| (68.0..=92.0).contains(&share(&[*pair]))));
}
