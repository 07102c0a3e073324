//! Headers below the first one, whose columns may stand otherwise.

use super::super::form::COLUMNS;
use super::candidates;
use super::header::columns_of;
use crate::text::header::{self, Map};
use crate::text::records::Cells;
use crate::text::scan::Layout;
use crate::text::trimmed;

/// Cells of a line that could be a header.
const LEAST: usize = 3;

/// What is known of a file's headers.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    map: Map,
    last_year: i32,
    /// The currency that the first header names.
    currency: Option<String>,
}

impl Headers {
    /// Of a file with this layout, whose columns a person or a profile maps.
    #[must_use]
    pub fn of(layout: &Layout, map: &Map, last_year: i32) -> Self {
        let names: Vec<_> = layout.names.iter().map(String::as_str).collect();
        let currency = columns_of(&names, map, last_year).ok().and_then(|(_, currency)| currency);
        // A word of two meanings has that which the cells below the first header gave it.
        let mut map = map.clone();
        for (column, place) in COLUMNS.iter().zip(&layout.places) {
            let name = place.and_then(|place| layout.names.get(place));
            if let Some(key) = name.map(|name| header::key(name)).filter(|key| !key.is_empty()) {
                map.entry(key).or_insert_with(|| column.name.to_owned());
            }
        }
        Self { map, last_year, currency }
    }

    /// Where the layout's columns stand in rows behind a record that is another header; nothing where it is none.
    ///
    /// # Errors
    /// When its columns, or the currency that it names, are not those of the layout: why, in words.
    pub fn places(
        &self,
        layout: &Layout,
        cells: &Cells,
        is_behind_note: bool,
    ) -> Option<Result<Vec<Option<usize>>, String>> {
        // A transaction has a day.
        if layout.header_line == 0 || cells.has_digit() {
            return None;
        }
        let names: Vec<_> = cells.iter().collect();
        let filled = names.iter().filter(|name| !trimmed(name).is_empty()).count();
        let Ok((places, currency)) = columns_of(&names, &self.map, self.last_year) else {
            if self.is_of_another_table(&names) {
                return Some(Err("is a header without a column for amounts".into()));
            }
            let may_be_one = is_behind_note && filled >= LEAST;
            return may_be_one.then(|| Err("stands where a header would, and is none that is known".into()));
        };
        let has = |column: usize| layout.has(column);
        let lacking = places.iter().enumerate().find(|(column, place)| place.is_some() && !has(*column));
        if let Some(name) = lacking.and_then(|(_, place)| names.get((*place)?)) {
            return Some(Err(format!(
                "is a header with a column {} that the one in line {} has not",
                trimmed(name),
                layout.header_line
            )));
        }
        if currency != self.currency {
            let [own, other] = [&self.currency, &currency].map(|code| code.as_deref().unwrap_or("none"));
            return Some(Err(format!(
                "is a header that names the currency {other}, and the one in line {} names {own}",
                layout.header_line
            )));
        }
        let keys: Vec<_> = names.iter().map(|name| header::key(name)).collect();
        let place = |(at, name): (usize, &String)| {
            let ours = layout.places.iter().position(|place| *place == Some(at));
            let found = ours.and_then(|column| places.get(column).copied().flatten());
            let key = header::key(name);
            found.or_else(|| keys.iter().position(|other| !key.is_empty() && *other == key))
        };
        Some(Ok(layout.names.iter().enumerate().map(place).collect()))
    }

    /// Whether all names are words that head columns, and one of them that of days.
    fn is_of_another_table(&self, names: &[&str]) -> bool {
        let mut filled = names.iter().copied().map(trimmed).filter(|name| !name.is_empty());
        let is_day =
            |name: &str| ["date", "value_date"].iter().any(|day| candidates::names(&header::key(name), day));
        let (mut has_day, mut count) = (false, 0);
        let are_known = filled.all(|name| {
            has_day |= is_day(name);
            count += 1;
            candidates::is_known(name, &self.map)
        });
        are_known && has_day && count > 1
    }
}
