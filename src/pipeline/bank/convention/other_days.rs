//! Dates in columns that are none of ours: a bank writes all dates of a file in one order.

use crate::text::dates::Order;
use crate::text::day::{self, Day};
use crate::text::order;
use crate::text::records::Cells;
use crate::text::scan::Layout;
use crate::text::trimmed;

/// What they show.
#[derive(Debug, Clone, Default)]
pub struct OtherDays {
    /// The columns that have a date in the first line and in each other one, or nothing; and the sets of orders that were seen.
    columns: Option<Vec<(usize, [bool; 8])>>,
}

impl OtherDays {
    /// Takes a line.
    pub fn add(&mut self, layout: &Layout, row: &Cells, last_year: i32) {
        let days = |place: usize| match day::day(row.get(place), last_year) {
            Some(Day::Open(days)) => Some(days),
            _ => None,
        };
        let columns = self.columns.get_or_insert_with(|| {
            let others = (0..layout.names.len()).filter(|place| !layout.places.contains(&Some(*place)));
            others.filter(|place| days(*place).is_some()).map(|place| (place, [false; 8])).collect()
        });
        columns.retain_mut(|(place, sets)| {
            let days = days(*place);
            let seen = days.and_then(|days| sets.get_mut(order::set(days)));
            seen.map(|seen| *seen = true).is_some() || trimmed(row.get(*place)).is_empty()
        });
    }

    /// Of several orders the one in which each date of another column is a day, with the place of that column.
    #[must_use]
    pub fn settles(&self, orders: &[Order]) -> Option<(Order, usize)> {
        let mut columns = self.columns.iter().flatten();
        columns.find_map(|(place, sets)| {
            let of_column = order::possible(|set| sets.get(set) == Some(&true));
            let mut both = orders.iter().filter(|order| of_column.contains(order));
            both.next().filter(|_| both.next().is_none()).map(|order| (*order, *place))
        })
    }
}
