//! What `benches/forecast.py` drives: forecasts of series from standard input, or how long forecasts take.
//!
//! Without an argument it reads JSON lines, `{"step": "monthly", "start": "1996-03-18", "period": 12, "horizon": 18,
//! "values": [...]}`, and writes the forecast of each. With one it makes up accounts and prints how many it did:
//! `forecast` and `backtest` ten years of days on one core, `accounts` ten thousand on all of them, with the peak of memory.

// Numbers for made-up accounts: their last bits do not matter.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::error::Error;
use std::io::{BufRead, BufWriter, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use chrono::{Datelike, Days, Months, NaiveDate};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};
use saldo::forecast::{ForecastError, Kind, Options, Row, Series, backtest, forecast};
use serde::{Deserialize, Serialize};

/// Accounts, days of each and steps ahead.
const MANY: (usize, usize, usize) = (10_000, 1461, 30);
const ONE: (usize, usize, usize) = (20, 3650, 90);

#[derive(Deserialize)]
struct Line {
    step: String,
    start: NaiveDate,
    period: usize,
    horizon: usize,
    values: Vec<f64>,
    /// Whether they are balances; flows where nothing is said.
    #[serde(default)]
    balance: bool,
}

#[derive(Serialize)]
struct Lines {
    point: Vec<f64>,
    low_80: Vec<f64>,
    high_80: Vec<f64>,
    low_95: Vec<f64>,
    high_95: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => forecast_lines(),
        Some("forecast") => one(|series, horizon, options| forecast(series, horizon, options).map(|_| ())),
        Some("backtest") => {
            one(|series, horizon, options| backtest(series, horizon, options, |_| true).map(|_| ()))
        }
        Some("accounts") => many(),
        Some(other) => Err(format!("{other} is none of forecast, backtest and accounts").into()),
    }
}

/// A forecast for each line of standard input.
fn forecast_lines() -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let series =
            Series { points: dated(&line)?, kind: if line.balance { Kind::Balance } else { Kind::Flow } };
        let options = Options { period: Some(line.period), ..Options::default() };
        let made = forecast(&series, line.horizon, &options)?;
        let of = |get: fn(&Row) -> f64| made.rows.iter().map(get).collect();
        let lines = Lines {
            point: of(|row| row.point),
            low_80: of(|row| row.bands[1].low),
            high_80: of(|row| row.bands[1].high),
            low_95: of(|row| row.bands[2].low),
            high_95: of(|row| row.bands[2].high),
        };
        serde_json::to_writer(&mut out, &lines)?;
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

fn dated(line: &Line) -> Result<Vec<(NaiveDate, f64)>, Box<dyn Error>> {
    let next = |place: usize| {
        let months = |each: u32| Some(Months::new(u32::try_from(place).ok()? * each));
        match line.step.as_str() {
            "daily" => line.start.checked_add_days(Days::new(place as u64)),
            "weekly" => line.start.checked_add_days(Days::new(7 * place as u64)),
            "monthly" => line.start.checked_add_months(months(1)?),
            "quarterly" => line.start.checked_add_months(months(3)?),
            "yearly" => line.start.checked_add_months(months(12)?),
            _ => None,
        }
    };
    let date = |place| next(place).ok_or_else(|| format!("no {} date {place}", line.step));
    line.values.iter().enumerate().map(|(place, value)| Ok((date(place)?, *value))).collect()
}

/// One account after the other.
fn one(work: impl Fn(&Series, usize, &Options) -> Result<(), ForecastError>) -> Result<(), Box<dyn Error>> {
    let (count, days, horizon) = ONE;
    for number in 0..count {
        work(&account(number as u64, days), horizon, &Options::default())?;
    }
    println!("{count}");
    Ok(())
}

/// Many accounts, side by side; of each forecast only the rows stay, as for a table.
fn many() -> Result<(), Box<dyn Error>> {
    let (count, days, horizon) = MANY;
    let accounts: Vec<Series> = (0..count).map(|number| account(number as u64, days)).collect();
    let cores = thread::available_parallelism()?.get();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Vec<Row>)>, String> {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(series) = accounts.get(number) else { return Ok(done) };
            let rows =
                forecast(series, horizon, &Options::default()).map_err(|error| error.to_string())?.rows;
            done.push((number, rows));
        }
    };
    let count: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().map_err(|_| String::from("a worker stopped"))?.map(|done| done.len()))
            .sum::<Result<usize, String>>()
    })?;
    println!("{count} {}", peak());
    Ok(())
}

/// The most memory that this program has held, in KiB; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// A daily balance with pay, rent, weekends and noise.
fn account(seed: u64, days: usize) -> Series {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut uniform = move || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let (pay, pay_day, rent_day) =
        (2000.0 + 4000.0 * uniform(), 1 + (27.0 * uniform()) as u32, 1 + (9.0 * uniform()) as u32);
    let mut balance = 10_000.0 * uniform();
    let points = NaiveDate::default().iter_days().take(days).map(|date| {
        let spent =
            pay / 60.0 * (uniform() + uniform() + f64::from(date.weekday().num_days_from_monday() / 5));
        balance += pay * f64::from(u8::from(date.day() == pay_day)) - spent;
        balance -= pay / 3.0 * f64::from(u8::from(date.day() == rent_day));
        (date, balance)
    });
    Series { points: points.collect(), kind: Kind::Balance }
}
