//! Series of which everything is known: how they were made, and what must be found in them.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};
use saldo::forecast::{Kind, Series};

/// Seeded numbers.
pub struct Dice(Pcg64Mcg);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// In 0..1.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    pub fn day(&mut self, low: u32, high: u32) -> u32 {
        low + (self.uniform() * f64::from(high - low + 1)) as u32
    }

    /// Normal, mean 0 and deviation 1.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }
}

pub fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2015, 1, 1).unwrap()
}

pub fn days(count: usize) -> Vec<NaiveDate> {
    (0..count).map(|day| start() + Days::new(day as u64)).collect()
}

pub fn business_days(count: usize) -> Vec<NaiveDate> {
    start().iter_days().filter(|date| !weekend(*date)).take(count).collect()
}

fn weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

pub fn series(dates: &[NaiveDate], values: &[f64], kind: Kind) -> Series {
    Series { points: dates.iter().copied().zip(values.iter().copied()).collect(), kind }
}

/// Whether a posting for this day of the month lands on this business day: the day itself, or the business day
/// before (`early`) or after a weekend.
fn lands(date: NaiveDate, day: u32, early: bool) -> bool {
    let month_end = |date: NaiveDate| {
        date.checked_add_days(Days::new(1)).is_some_and(|next| next.month() != date.month())
    };
    let is = |date: NaiveDate| date.day() == day || (date.day() < day && month_end(date));
    if is(date) {
        return true;
    }
    (1..3).any(|away| {
        let other = if early { date + Days::new(away) } else { date - Days::new(away) };
        let between = (1..=away)
            .all(|step| weekend(if early { date + Days::new(step) } else { date - Days::new(step) }));
        between && is(other)
    })
}

/// A salary account on business days that saves: pay on one day of the month, rent and a card bill on others,
/// spending that depends on the weekday, and noise of a few per cent of the pay each day.
pub fn salary_account(seed: u64, count: usize) -> Series {
    let mut dice = Dice::new(seed);
    let pay = dice.between(2500.0, 6000.0);
    let (pay_day, rent_day, card_day) = (dice.day(1, 28), dice.day(1, 10), dice.day(5, 25));
    let (rent, card) = (pay * dice.between(0.1, 0.2), pay * dice.between(0.05, 0.15));
    let early = dice.uniform() < 0.5;
    let usual = (pay - rent - card) / 21.7 * dice.between(0.3, 0.95);
    let noise = pay * dice.between(0.02, 0.06);
    let mut balance = dice.between(1000.0, 20_000.0);
    let dates = business_days(count);
    let values: Vec<f64> = dates
        .iter()
        .map(|date| {
            let weekday = [0.7, 0.8, 0.9, 1.1, 1.5][date.weekday().num_days_from_monday() as usize];
            balance += noise * dice.normal() - usual * weekday;
            for (amount, day, early) in
                [(pay, pay_day, early), (-rent, rent_day, false), (-card, card_day, false)]
            {
                if lands(*date, day, early) {
                    balance += amount * (1.0 + 0.01 * dice.normal());
                }
            }
            (balance * 100.0).round() / 100.0
        })
        .collect();
    series(&dates, &values, Kind::Balance)
}

/// Many ways to move, for the bands: `way` chooses one.
pub fn any(way: usize, seed: u64, count: usize) -> Series {
    let mut dice = Dice::new(seed);
    let scale = 10.0_f64.powf(dice.between(0.0, 6.0));
    let mut level = 20.0 + dice.normal();
    let dates = if way.is_multiple_of(2) { days(count) } else { business_days(count) };
    let mut walk = 0.0;
    let (phi, slope) = (dice.between(0.3, 0.95), dice.between(-0.05, 0.05));
    let values: Vec<f64> = dates
        .iter()
        .enumerate()
        .map(|(at, date)| {
            let shock = dice.normal();
            walk = phi * walk + shock;
            let weekday =
                [1.0, 0.0, -0.5, 0.5, 2.0, -2.0, -1.0][date.weekday().num_days_from_monday() as usize];
            scale
                * match way % 6 {
                    // A random walk, with heavy tails for each second one.
                    0 => {
                        level += if at % 9 == 0 { 2.5 * shock } else { shock };
                        level
                    }
                    1 => level + 3.0 * walk,
                    2 => 40.0 + slope * at as f64 + 2.0 * weekday + walk,
                    // A level that moves slowly, seen through noise.
                    3 => {
                        level += 0.2 * dice.normal();
                        level + 2.0 * shock
                    }
                    4 => 30.0 + 3.0 * weekday + 2.0 * shock,
                    _ => slope.mul_add(at as f64, walk) - 20.0,
                }
        })
        .collect();
    series(&dates, &values, if matches!(way % 6, 2 | 4) { Kind::Flow } else { Kind::Balance })
}
