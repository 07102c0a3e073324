//! Reads series as JSON lines on standard input and writes their forecasts, each with the CPU time it took:
//! what `benches/forecast.py` drives.
//!
//! A line in: `{"step": "monthly", "start": "1996-03-18", "period": 12, "horizon": 18, "values": [...]}`;
//! a line out: `{"point": [...], "low_80": [...], "high_80": [...], "low_95": [...], "high_95": [...], "ms": 0.9}`.

use std::error::Error;
use std::io::{BufRead, BufWriter, Write};
use std::time::Instant;

use chrono::{Days, Months, NaiveDate};
use saldo::forecast::{Kind, Options, Series, forecast};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Line {
    step: String,
    start: NaiveDate,
    period: usize,
    horizon: usize,
    values: Vec<f64>,
}

#[derive(Serialize)]
struct Told {
    point: Vec<f64>,
    low_80: Vec<f64>,
    high_80: Vec<f64>,
    low_95: Vec<f64>,
    high_95: Vec<f64>,
    ms: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let series = Series { points: dated(&line)?, kind: Kind::Flow };
        let options = Options { period: Some(line.period), ..Options::default() };
        let start = Instant::now();
        let told = forecast(&series, line.horizon, &options)?;
        let ms = start.elapsed().as_secs_f64() * 1e3;
        let of = |get: fn(&saldo::forecast::Row) -> f64| told.rows.iter().map(get).collect();
        let told = Told {
            point: of(|row| row.point),
            low_80: of(|row| row.bands[1].low),
            high_80: of(|row| row.bands[1].high),
            low_95: of(|row| row.bands[2].low),
            high_95: of(|row| row.bands[2].high),
            ms,
        };
        serde_json::to_writer(&mut out, &told)?;
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
