//! The raw daily balances of an investment platform: one row a day from 2019 to 2023.

use std::io::{self, Write};

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::dice::Dice;

/// Days without a row: the export failed over Easter.
const GAP: [(i32, u32, u32); 4] = [(2022, 4, 14), (2022, 4, 15), (2022, 4, 16), (2022, 4, 17)];
/// From here on a large customer is on board: the level rises at once.
const SHIFT: (i32, u32, u32) = (2021, 7, 1);
/// Single days far from the rest, with their share of the usual level in thousandths.
const OUTLIERS: [(i32, u32, u32, i64); 2] = [(2020, 3, 16, 640), (2022, 11, 10, 1480)];

/// Writes the CSV; its header has mixed case and an accent, as the source exports it.
///
/// # Errors
/// When the output cannot be written.
pub fn write(out: &mut impl Write, seed: u64) -> io::Result<()> {
    writeln!(
        out,
        "Fecha,Saldo_Inversion,saldo_clientes,num_ingresos_hoy,num_egresos_hoy,Saldo_Flujos,dia_semana,dia_del_mes,mes,año"
    )?;
    let mut dice = Dice::new(seed, 2);
    let first = NaiveDate::from_ymd_opt(2019, 1, 1).unwrap_or_default();
    // Client money in cents: it drifts upwards by about 0.02 % a day.
    let mut level: i64 = 18_500_000_000;
    let mut share: i64 = 640_000;
    for date in first.iter_days().take_while(|date| date.year() < 2024) {
        level += level * dice.between(-1_300, 1_720) / 1_000_000;
        share = (share + dice.between(-900, 900)).clamp(560_000, 760_000);
        if is(date, SHIFT) {
            level += level / 100 * 14;
        }
        // A day in the gap still draws its numbers, so that the rows after it do not depend on it.
        let row = row(date, level, share, &mut dice);
        if !GAP.iter().any(|&gap| is(date, gap)) {
            writeln!(out, "{row}")?;
        }
    }
    Ok(())
}

fn row(date: NaiveDate, level: i64, share: i64, dice: &mut Dice) -> String {
    let outlier =
        OUTLIERS.iter().find(|&&(y, m, d, _)| is(date, (y, m, d))).map_or(1000, |outlier| outlier.3);
    let clients = level * (1_000_000 + rhythm(date)) / 1_000_000 * outlier / 1000;
    let invested = clients * share / 1_000_000;
    let flows = clients * (dice.between(900, 4_200) + payday_flow(date)) / 1_000_000;
    let busy = activity(date);
    let deposits = busy * dice.between(84, 118) / 100;
    let withdrawals = busy * dice.between(52, 88) / 100;
    format!(
        "{date},{},{},{deposits},{withdrawals},{},{},{},{},{}",
        cents(invested),
        cents(clients),
        cents(flows),
        date.weekday().number_from_monday(),
        date.day(),
        date.month(),
        date.year()
    )
}

/// Millionths by which the level of client money differs: weekday, month end, days after a payday.
fn rhythm(date: NaiveDate) -> i64 {
    let weekday = match date.weekday() {
        Weekday::Mon => -4_000,
        Weekday::Tue => -1_500,
        Weekday::Wed => 0,
        Weekday::Thu => 2_000,
        Weekday::Fri => 5_500,
        Weekday::Sat | Weekday::Sun => 4_500,
    };
    let month_end = if date.day() >= 27 { -9_000 } else { 0 };
    let paid = if is_payday(date) { 14_000 } else { 0 };
    let just_paid = (1..=3).any(|days| date.checked_sub_days(Days::new(days)).is_some_and(is_payday));
    weekday + month_end + paid + if just_paid { 7_500 } else { 0 }
}

fn payday_flow(date: NaiveDate) -> i64 {
    if is_payday(date) { 11_000 } else { 0 }
}

/// Customers that move money on such a day, before chance.
fn activity(date: NaiveDate) -> i64 {
    let base = match date.weekday() {
        Weekday::Sat => 46,
        Weekday::Sun => 31,
        Weekday::Mon => 238,
        _ => 205,
    };
    // The platform gains about three customers a month.
    let months = i64::from(date.year() - 2019) * 12 + i64::from(date.month0());
    (base + 3 * months) * if is_payday(date) { 19 } else { 10 } / 10
}

/// The 15th and the last business day of a month; a 15th at a weekend is paid on the Friday before.
fn is_payday(date: NaiveDate) -> bool {
    if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
        return false;
    }
    let days_off = if date.weekday() == Weekday::Fri { 2 } else { 0 };
    let until_monday = (0..=days_off).filter_map(|days| date.checked_add_days(Days::new(days)));
    let mut covered = until_monday;
    covered.any(|day| {
        day.day() == 15 || day.checked_add_days(Days::new(1)).is_some_and(|next| next.month() != day.month())
    })
}

fn is(date: NaiveDate, (year, month, day): (i32, u32, u32)) -> bool {
    (date.year(), date.month(), date.day()) == (year, month, day)
}

fn cents(amount: i64) -> String {
    format!("{}.{:02}", amount / 100, amount.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paydays_fall_on_business_days() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert!(is_payday(day(2023, 12, 15)), "a Friday");
        assert!(is_payday(day(2023, 12, 29)), "the last business day before Sunday the 31st");
        assert!(is_payday(day(2023, 1, 13)), "the 15th is a Sunday");
        assert!(!is_payday(day(2023, 1, 15)));
        assert!(is_payday(day(2023, 10, 31)));
        assert!(!is_payday(day(2023, 10, 30)));
    }
}
