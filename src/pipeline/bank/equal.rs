//! Equal lines of a month: their places among each other, found while the month is written.
//!
//! Equal lines have one account and one value date, so that they stand together in a month that is in order.

use std::collections::BTreeMap;

use super::rows::{self, Keyed};

/// Rows of one account and day whose keys are held to see whether rows that follow are equal, 16 bytes each.
const MOST: usize = 1 << 20;

/// What is known of the equal lines of a month whose rows come in order, in several parts.
#[derive(Debug, Default)]
pub struct Equal {
    /// The account and the value date of the last rows, and the keys of all that they say.
    last: Option<(Vec<u8>, i32)>,
    contents: Vec<u128>,
    /// Whether lines may be equal that came in two parts: their places are not right.
    pub are_apart: bool,
}

/// How many rows go together: about so many as asked for, and where that does not double them, all of an account and a day.
#[must_use]
pub fn end(rows: &[Keyed], about: usize) -> usize {
    let is_one = |pair: &[Keyed]| matches!(pair, [one, other] if one.has_key_of(other));
    let pairs = rows.windows(2).skip(about - 1).take(about);
    about.min(rows.len()) + pairs.take_while(|pair| is_one(pair)).count()
}

impl Equal {
    /// The place of each row among equal ones; 1 is that of the first, and of a row like no other. `contents` are the keys of what
    /// they say. Those of one key have one balance, but may differ in words, by which they are put in order first.
    pub fn places(&mut self, rows: &[Keyed], contents: &[u128]) -> Vec<u32> {
        let mut places = vec![1; rows.len()];
        let mut start = 0;
        let mut sorted = Vec::new();
        for days in rows.chunk_by(Keyed::has_key_of) {
            let here = start..start + days.len();
            let contents = contents.get(here.clone()).unwrap_or_default();
            let is_first = start == 0;
            start = here.end;
            let is_last = start == rows.len();
            if days.len() == 1 && !is_first && !is_last {
                continue;
            }
            sorted.clear();
            sorted.extend_from_slice(contents);
            sorted.sort_unstable();
            if sorted.windows(2).any(|pair| pair.first() == pair.last()) {
                let places = places.get_mut(here).unwrap_or_default();
                number(days, contents, places);
            }
            if is_first || is_last {
                self.follow(days, &sorted);
            }
        }
        places
    }

    /// Looks whether rows of an account and a day, with their keys in order, follow such of another part.
    fn follow(&mut self, days: &[Keyed], sorted: &[u128]) {
        let Some((account, day)) = days.first().map(Keyed::key) else { return };
        let is_same = self.last.as_ref().is_some_and(|(last, before)| last == account && *before == day);
        if is_same {
            self.are_apart |= self.contents.iter().any(|content| sorted.binary_search(content).is_ok());
        } else {
            self.last = Some((account.to_vec(), day));
            self.contents.clear();
        }
        if self.contents.len() + sorted.len() > MOST {
            self.are_apart = true;
        } else if !self.are_apart {
            self.contents.extend_from_slice(sorted);
        }
    }
}

/// Numbers equal rows by their words, and where these are the same as they came.
fn number(rows: &[Keyed], contents: &[u128], places: &mut [u32]) {
    let mut equal: BTreeMap<u128, Vec<_>> = BTreeMap::new();
    for ((keyed, content), place) in rows.iter().zip(contents).zip(places) {
        let [_, transaction_details, chq_no, ..] = rows::read(keyed.row).texts;
        equal.entry(*content).or_default().push((transaction_details, chq_no, place));
    }
    for mut equal in equal.into_values().filter(|equal| equal.len() > 1) {
        equal.sort_by_key(|(transaction_details, chq_no, _)| (*transaction_details, *chq_no));
        for (number, (.., place)) in (1..).zip(equal) {
            *place = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::super::convention::rules::Convention;
    use super::super::key::Keys;
    use super::super::rows::Rows;
    use super::super::sides::Sides;
    use super::super::typed::Typist;
    use super::*;

    /// Account, day and text of lines of five with the balance 3, and their rows.
    fn rows_of(lines: &[(&str, &str, &str)]) -> Rows {
        let (convention, sides) = (Convention::default(), Sides::Two { currency: None });
        let mut typist = Typist::new(&convention, &sides, ',', 2099);
        let (_, empty) = mpsc::channel();
        let mut rows = Rows::default();
        for (line_no, (account, day, text)) in (1..).zip(lines) {
            let cells = [account, day, *text, "", day, "5", "SGD", "", "", "3", ""];
            rows.add(line_no, &typist.line(&cells).unwrap(), &empty);
        }
        rows
    }

    fn places(equal: &mut Equal, rows: &[Keyed]) -> Vec<u32> {
        let mut keys = Keys::default();
        let contents: Vec<_> = rows.iter().map(|keyed| keys.of(&rows::read(keyed.row))).collect();
        equal.places(rows, &contents)
    }

    const FIRST: &str = "2020-01-01";
    const SECOND: &str = "2020-01-02";

    #[test]
    fn equal_lines_of_a_day_are_numbered_by_their_words() {
        let lines = [
            ("A", FIRST, "y"),
            ("A", SECOND, "x"),
            ("A", FIRST, "z"),
            ("A", FIRST, "x"),
            ("B", FIRST, "x"),
            ("A", FIRST, "x"),
        ];
        let kept = rows_of(&lines);
        let rows = rows::sorted(kept.blocks());
        let mut equal = Equal::default();
        assert_eq!(places(&mut equal, &rows), [3, 4, 1, 2, 1, 1], "y z x x, the day after, another account");
        assert!(!equal.are_apart);
    }

    #[test]
    fn equal_lines_that_come_in_two_parts_are_seen() {
        let lines = [
            ("A", FIRST, "x"),
            ("A", SECOND, "x"),
            ("A", SECOND, "y"),
            ("A", SECOND, "z"),
            ("B", FIRST, "x"),
        ];
        let kept = rows_of(&lines);
        let rows = rows::sorted(kept.blocks());
        for (ends, are_apart) in [
            (vec![5], false),
            (vec![1, 5], false),
            (vec![4, 5], false),
            (vec![2, 5], true),
            (vec![1, 3, 5], true),
            (vec![1, 2, 3, 4, 5], true),
        ] {
            let mut equal = Equal::default();
            let mut start = 0;
            for end in &ends {
                places(&mut equal, &rows[start..*end]);
                start = *end;
            }
            assert_eq!(equal.are_apart, are_apart, "{ends:?}");
        }
    }

    #[test]
    fn rows_go_with_all_of_their_day_unless_it_has_too_many() {
        let lines: Vec<_> = (0..20).map(|place| ("A", if place < 4 { FIRST } else { SECOND }, "x")).collect();
        let kept = rows_of(&lines);
        let rows = rows::sorted(kept.blocks());
        assert_eq!(
            [1, 2, 3, 4, 5, 9, 10, 19, 20, 30].map(|about| end(&rows, about)),
            [2, 4, 4, 4, 10, 18, 20, 20, 20, 20]
        );
        assert_eq!(end(&[], 3), 0);
    }
}
