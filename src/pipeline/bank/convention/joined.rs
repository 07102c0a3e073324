//! A header of two lines: `Amount` over two columns, and below it `Debit` and `Credit`.

use super::candidates::{is_known, names};
use crate::text::header::{self, Map};
use crate::text::trimmed;

const DAYS: [&str; 2] = ["date", "value_date"];

/// The names of a header whose columns the line directly below it tells apart: one of words for columns alone, none of them a
/// day's, each below no name or below one that says less.
#[must_use]
pub fn joined(first: &[&str], second: &[String], map: &Map) -> Option<Vec<String>> {
    let is_empty = |name: &str| trimmed(name).is_empty();
    let is_day = |name: &str| DAYS.iter().any(|day| names(&header::key(name), day));
    let below: Vec<_> = second.iter().map(|name| trimmed(name)).filter(|name| !name.is_empty()).collect();
    let are_words = below.iter().all(|name| is_known(name, map) && !is_day(name));
    if below.is_empty() || !are_words || second.len() > first.len() || !first.iter().any(|name| is_day(name))
    {
        return None;
    }
    let says_less =
        |name: &str| is_empty(name) || names(&header::key(name), "amount") || !is_known(name, map);
    let mut pairs = first.iter().zip(second).filter(|(_, below)| !is_empty(below));
    // Below names that all say as much there is another header.
    let has_gap = pairs.clone().any(|(name, _)| is_empty(name));
    if !has_gap || !pairs.all(|(name, _)| says_less(name)) {
        return None;
    }
    let below = second.iter().map(String::as_str).chain(std::iter::repeat(""));
    let names = first.iter().zip(below);
    Some(names.map(|(name, below)| if is_empty(below) { *name } else { below }.to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_line_tells_columns_apart() {
        let joined = |first: &str, second: &str| {
            let second: Vec<_> = second.split('|').map(str::to_owned).collect();
            let first: Vec<_> = first.split('|').collect();
            joined(&first, &second, &Map::new()).map(|names| names.join("|"))
        };
        let wanted = Some("Date|Details|Debit|Credit|Balance".to_owned());
        assert_eq!(joined("Date|Details|Amount||Balance", "||Debit|Credit|"), wanted);
        assert_eq!(joined("Date|Details|Transactions||Balance", "||Debit|Credit"), wanted);
        for (first, second) in [
            ("Date|Details|Amount|Balance", "Date|Details|Amount|Balance"),
            ("Date|Details|Amount||Balance", "15/02/2024|A|25.50||974.50"),
            ("Date|Details|Debit|Credit|", "||Amount||Balance"),
            ("||Amount|", "Date|Details|Debit|Credit"),
            ("Date|Details|Amount|", "||EUR|"),
        ] {
            assert_eq!(joined(first, second), None, "{first} over {second}");
        }
    }
}
