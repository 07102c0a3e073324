//! Whether a partition can hold rows that a statement asks for.

use super::scans::{Is, Test};

/// How the values of a partition's column compare; of any other type nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Number,
    Day,
    Text,
}

fn order(column_type: &str) -> Option<Order> {
    match column_type.split('(').next()?.trim() {
        "tinyint" | "smallint" | "int" | "integer" | "bigint" => Some(Order::Number),
        "date" => Some(Order::Day),
        "string" | "varchar" => Some(Order::Text),
        _ => None,
    }
}

/// Whether the partition with these values may be read. What cannot be compared may.
pub(super) fn keeps(keys: &[(String, String)], values: &[String], tests: &[Test]) -> bool {
    keys.iter().zip(values).all(|((name, kind), value)| {
        let mut own = tests.iter().filter(|test| test.column == *name);
        order(kind).is_none_or(|order| own.all(|test| holds(order, value, &test.is)))
    })
}

fn holds(order: Order, value: &str, is: &Is) -> bool {
    let compare = |other: &str| match order {
        Order::Number => Some(value.parse::<i128>().ok()?.cmp(&other.parse().ok()?)),
        // A time of day may stand in the other one.
        Order::Day => (value.len() == 10 && other.len() == 10).then(|| value.cmp(other)),
        Order::Text => Some(value.cmp(other)),
    };
    match is {
        Is::OneOf(values) => values.iter().any(|other| compare(other).is_none_or(std::cmp::Ordering::is_eq)),
        Is::Within(low, high) => {
            let above = |(end, counts): &(String, bool)| {
                compare(end).is_none_or(|found| found.is_gt() || (*counts && found.is_eq()))
            };
            let below = |(end, counts): &(String, bool)| {
                compare(end).is_none_or(|found| found.is_lt() || (*counts && found.is_eq()))
            };
            low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scans;
    use super::*;

    #[test]
    fn a_partition_is_left_out_only_when_no_row_of_it_can_count() {
        let cases = [
            ("int", "2017", "p = 2017", true),
            ("int", "02", "p = 2", true),
            ("int", "2016", "p = 2017", false),
            ("int", "9", "p > 10", false),
            ("int", "10", "p > 10", false),
            ("int", "10", "p >= 10", true),
            ("int", "11", "10 < p", true),
            ("string", "9", "p > '10'", true),
            ("string", "02", "p = '2'", false),
            ("varchar(2)", "b", "p IN ('a', 'c')", false),
            ("date", "2017-01-31", "p BETWEEN DATE '2017-01-01' AND DATE '2017-01-31'", true),
            ("date", "2017-02-01", "p BETWEEN DATE '2017-01-01' AND DATE '2017-01-31'", false),
            ("date", "2017-02-01", "p >= TIMESTAMP '2017-02-01 00:00:00'", true),
            ("int", "__HIVE_DEFAULT_PARTITION__", "p = 2017", true),
            ("int", "2017", "p = 2.5", true),
            ("double", "1", "p = 2", true),
            ("int", "2016", "p = 2017 OR x = 1", true),
        ];
        for (kind, value, condition, kept) in cases {
            let reading = scans::of(&format!("SELECT a FROM t WHERE {condition}")).unwrap();
            let keys = [("p".to_owned(), kind.to_owned())];
            let found = keeps(&keys, &[value.to_owned()], &reading.scans[0].tests);
            assert_eq!(found, kept, "{kind} {value} {condition}");
        }
    }
}
