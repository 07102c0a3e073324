//! The numbers of another program that tests hold ours beside; `tests/forecast/oracle.py` made them.

use serde::Deserialize;

/// A series and what two models said of it.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) season: usize,
    pub(crate) trend: bool,
    pub(crate) values: Vec<f64>,
    pub(crate) ets: Smoothing,
    pub(crate) flat: Vec<f64>,
    pub(crate) theta: Optimised,
}

#[derive(Deserialize)]
pub(crate) struct Smoothing {
    pub(crate) alpha: f64,
    pub(crate) beta: Option<f64>,
    pub(crate) gamma: Option<f64>,
    pub(crate) phi: Option<f64>,
    pub(crate) level: f64,
    pub(crate) slope: Option<f64>,
    pub(crate) season: Vec<f64>,
    pub(crate) squares: f64,
    pub(crate) forecast: Vec<f64>,
}

#[derive(Deserialize)]
pub(crate) struct Optimised {
    pub(crate) initial_smoothed: f64,
    pub(crate) alpha: f64,
    pub(crate) theta: f64,
    pub(crate) squares: f64,
    pub(crate) forecast: Vec<f64>,
}

pub(crate) fn oracle() -> Vec<Row> {
    let rows: Vec<Row> = serde_json::from_str(include_str!("oracle.json")).unwrap();
    assert_eq!(rows.len(), 20);
    rows
}

/// Mean absolute change: the scale that differences are measured on.
pub(crate) fn change(y: &[f64]) -> f64 {
    y.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / (y.len() - 1) as f64
}

pub(crate) fn worst(ours: &[f64], theirs: &[f64]) -> f64 {
    ours.iter().zip(theirs).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}
