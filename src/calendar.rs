//! Days on which nobody pays: Easter, the days of the euro's settlement system, bank holidays of some countries.

mod holidays;
mod target;

use chrono::NaiveDate;

pub use holidays::{Country, holidays};
pub use target::is_target_day;

/// Easter Sunday of the Gregorian calendar: the anonymous algorithm (Meeus, "Astronomical Algorithms", chapter 8).
#[must_use]
pub fn easter(year: i32) -> Option<NaiveDate> {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let leaps = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - leaps + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let month = (epact + weekday - 7 * late + 114) / 31;
    let day = (epact + weekday - 7 * late + 114) % 31 + 1;
    NaiveDate::from_ymd_opt(year, month.try_into().ok()?, day.try_into().ok()?)
}
