//! In which order a file writes day, month and year, by all its dates together: the one order in which each of them is a day,
//! else the one in which they stand by their days.

use chrono::NaiveDate;

use super::dates::Order;
use super::day::Day;

/// Steps from a day to the next, all up or all down, that show which order of the parts is right: by chance eight days are in order
/// once in 20,000 times.
const IN_ORDER: u32 = 8;
/// Days between two lines of a statement that follow one another, as they may be, and as they are not where another order of the
/// parts has all within such a time.
const NEAR: i64 = 366;
const FAR: i64 = 4 * 366;

/// Whether days stand in their order, up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InOrder {
    last: Option<NaiveDate>,
    ups: u32,
    downs: u32,
    is_broken: bool,
    /// Most days from one to the next.
    widest: i64,
}

impl InOrder {
    pub fn add(&mut self, day: Option<NaiveDate>) {
        let Some(day) = day else {
            self.is_broken = true;
            return;
        };
        self.ups = self.ups.saturating_add(u32::from(self.last.is_some_and(|last| last < day)));
        self.downs = self.downs.saturating_add(u32::from(self.last.is_some_and(|last| last > day)));
        let step = self.last.map_or(0, |last| (day - last).num_days().abs());
        self.widest = self.widest.max(step);
        self.last = Some(day);
    }

    fn is_monotone(&self) -> bool {
        !self.is_broken && (self.ups == 0 || self.downs == 0)
    }

    /// Whether the lines may stand by their days upwards, and downwards.
    #[must_use]
    pub fn ways(&self) -> [bool; 2] {
        if self.ups > 0 && self.downs > 0 { [true; 2] } else { [self.downs == 0, self.ups == 0] }
    }

    fn tells(&self) -> bool {
        self.is_monotone() && self.ups + self.downs >= IN_ORDER
    }
}

/// The set of orders in which a date of numbers is a day: a bit for each, as in [`Order::ALL`].
#[must_use]
pub fn set(days: [Option<NaiveDate>; 3]) -> usize {
    days.iter().enumerate().fold(0, |set, (place, day)| set | usize::from(day.is_some()) << place)
}

/// The orders in which each date is a day, where `is_seen` tells of which sets there are dates.
pub fn possible(is_seen: impl Fn(usize) -> bool) -> Vec<Order> {
    let reads_all = |order: &Order| (1..8).all(|set| has(set, *order) || !is_seen(set));
    Order::ALL.into_iter().filter(reads_all).collect()
}

/// These orders without those in which the lines lie years apart, where in another one all follow within a year: of three days or
/// more, as of two there may be a line a year.
#[must_use]
pub fn near(mut orders: Vec<Order>, days: &[InOrder; 3]) -> Vec<Order> {
    let widest = |order: &Order| days.get(*order as usize).map_or(0, |days| days.widest);
    let steps = |order: &Order| days.get(*order as usize).map_or(0, |days| days.ups + days.downs);
    if orders.iter().any(|order| widest(order) <= NEAR) {
        orders.retain(|order| widest(order) <= FAR || steps(order) < 2);
    }
    orders
}

/// Whether an order is in a set.
#[must_use]
pub fn has(set: usize, order: Order) -> bool {
    set >> order as usize & 1 == 1
}

/// The one of these orders in which the days stand by themselves. Not that with the year first: in it stands whatever was sorted as
/// texts.
#[must_use]
pub fn by_days(orders: &[Order], days: &[InOrder; 3]) -> Option<Order> {
    standing(orders, days).filter(|order| *order != Order::Ymd)
}

/// The one of these orders in which the days stand by themselves, and in none of the others.
fn standing(orders: &[Order], days: &[InOrder; 3]) -> Option<Order> {
    let of = |order: Order| days.get(order as usize);
    let mut telling = orders.iter().copied().filter(|order| of(*order).is_some_and(InOrder::tells));
    let order = telling.next()?;
    let others_are_not = orders
        .iter()
        .filter(|other| **other != order)
        .all(|other| of(*other).is_some_and(|days| !days.is_monotone()));
    others_are_not.then_some(order)
}

/// The dates of a column, one after another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orders {
    sets: [bool; 8],
    days: [InOrder; 3],
}

impl Orders {
    /// Takes a date.
    pub fn add(&mut self, day: Day) {
        if let Day::Open(days) = day
            && let Some(seen) = self.sets.get_mut(set(days))
        {
            *seen = true;
        }
        for (order, days) in Order::ALL.into_iter().zip(&mut self.days) {
            days.add(day.of(Some(order)));
        }
    }

    /// The orders in which each is a day.
    #[must_use]
    pub fn possible(&self) -> Vec<Order> {
        possible(|set| self.sets.get(set) == Some(&true))
    }

    /// The order, where the dates settle one.
    #[must_use]
    pub fn settled(&self) -> Option<Order> {
        match self.possible().as_slice() {
            [order] => Some(*order),
            orders => self.by_days(orders),
        }
    }

    /// Whether the days stand by themselves with the year first, as texts do that were sorted.
    #[must_use]
    pub fn stand_by_years(&self, orders: &[Order]) -> bool {
        standing(orders, &self.days) == Some(Order::Ymd)
    }

    /// The one of these orders in which the days stand by themselves.
    #[must_use]
    pub fn by_days(&self, orders: &[Order]) -> Option<Order> {
        by_days(orders, &self.days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::day::day;

    fn settled(cells: &[&str]) -> Option<Order> {
        let mut orders = Orders::default();
        for cell in cells {
            orders.add(day(cell, 2027).unwrap());
        }
        orders.settled()
    }

    #[test]
    fn all_dates_together_settle_the_order() {
        for (cells, order) in [
            (&["31/12/19"][..], Some(Order::Dmy)),
            (&["12/31/19"], Some(Order::Mdy)),
            (&["05/07/17"], None),
            // No cell alone settles these: one is no day with the month first, the other no day with the year first.
            (&["25/07/17", "05/07/2017"], Some(Order::Dmy)),
            (&["31/12/2019", "12/31/2019"], None),
            (&["2019-12-31"], None),
            (&["2019-12-31", "31/12/2019"], Some(Order::Dmy)),
            (&[], None),
        ] {
            assert_eq!(settled(cells), order, "{cells:?}");
        }
    }

    #[test]
    fn days_in_their_order_settle_it_where_they_are_enough_and_the_other_reading_is_not_so() {
        let firsts = |count: u32| (1..=count).map(|month| format!("01/{month:02}/17")).collect::<Vec<_>>();
        let months = firsts(9);
        let up: Vec<_> = months.iter().map(String::as_str).collect();
        // The first of each month, or the days of one January, or a day in January of each year.
        assert_eq!(settled(&up), None);
        let days = [
            "28/11/16", "05/12/16", "09/12/16", "02/01/17", "03/01/17", "09/01/17", "02/02/17", "07/02/17",
            "03/03/17",
        ];
        let open: Vec<_> = days
            .iter()
            .copied()
            .filter(|day| !day.starts_with("28"))
            .chain(["04/03/17", "06/04/17"])
            .collect();
        assert_eq!(settled(&open), Some(Order::Dmy));
        let down: Vec<_> = open.iter().copied().rev().collect();
        assert_eq!(settled(&down), Some(Order::Dmy));
        assert_eq!(settled(&open[..7]), None);
        // Texts in their order, of days with the day first.
        let sorted = [
            "01/02/17", "02/01/17", "05/01/17", "07/03/17", "09/02/17", "12/01/17", "15/03/17", "20/01/17",
            "26/02/17",
        ];
        assert_eq!(settled(&sorted), None);
    }
}
