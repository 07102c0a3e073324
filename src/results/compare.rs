//! Two results of the same question, row by row: the statement that finds where they differ.
//!
//! Rows are paired by their keys. Rows with the same key are paired in the order of their values, so that a row more on
//! one side is one difference. The engine inside does the work and spills where memory is short.

use duckdb::arrow::datatypes::{DataType, Schema};

use crate::sql::quote_name;
use crate::value::is_number;

/// Numbers with a binary fraction that differ by no more than this part are the same: engines sum in different orders.
const FLOAT_PART: &str = "1e-9";

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    keys: Vec<Column>,
    values: Vec<Column>,
    /// Columns that only one of the two has, with which one: 0 or 1.
    pub alone: Vec<(String, usize)>,
    /// Columns that are decimals in one of the two and floats in the other, with the decimals' places.
    pub rounded: Vec<(String, u8)>,
    /// Numbers that differ by no more are the same, as it was written.
    tolerance: String,
}

/// A column that both have.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    names: [String; 2],
    kind: Kind,
}

/// How cells are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Numbers that are exact.
    Exact,
    /// Numbers of which one has a binary fraction.
    Float,
    /// Decimals of so many places beside numbers with a binary fraction: where one engine rounds a quotient, the other
    /// does not.
    Rounded(u8),
    /// Anything that the engine compares as it is.
    Plain,
    /// Of two types: by their texts.
    Text,
}

/// Why results cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    #[error("the column {0} is not in both results")]
    Key(String),
    #[error("the results have no column in common")]
    Nothing,
    #[error("{0:?} is not a tolerance, such as 0.01")]
    Tolerance(String),
}

impl Comparison {
    /// Compares what two results have in common. Without keys those are all columns that are numbers in neither, or,
    /// where there is none, all whose numbers are exact.
    ///
    /// # Errors
    /// When a key is not in both, or nothing is.
    pub fn new(two: [&Schema; 2], keys: &[String], tolerance: &str) -> Result<Self, CompareError> {
        let is_decimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let (whole, fraction) = tolerance.split_once('.').unwrap_or((tolerance, "0"));
        if whole.is_empty() || fraction.is_empty() || !is_decimal(whole) || !is_decimal(fraction) {
            return Err(CompareError::Tolerance(tolerance.to_owned()));
        }
        let other = |schema: &Schema, name: &str| {
            schema.fields().iter().find(|field| field.name().eq_ignore_ascii_case(name)).cloned()
        };
        let (mut both, mut alone) = (Vec::new(), Vec::new());
        for field in two[0].fields() {
            match other(two[1], field.name()) {
                None => alone.push((field.name().clone(), 0)),
                Some(found) => both.push(Column {
                    names: [field.name().clone(), found.name().clone()],
                    kind: Kind::of(field.data_type(), found.data_type()),
                }),
            }
        }
        let missing = two[1].fields().iter().filter(|field| other(two[0], field.name()).is_none());
        alone.extend(missing.map(|field| (field.name().clone(), 1)));
        if both.is_empty() {
            return Err(CompareError::Nothing);
        }
        let named = |column: &Column, key: &String| column.names[0].eq_ignore_ascii_case(key);
        if let Some(key) = keys.iter().find(|key| !both.iter().any(|column| named(column, key))) {
            return Err(CompareError::Key(key.clone()));
        }
        let is_name = |column: &Column| matches!(column.kind, Kind::Plain | Kind::Text);
        let has_names = both.iter().any(is_name);
        let is_key = |column: &Column| match keys {
            [] if has_names => is_name(column),
            [] => column.kind == Kind::Exact,
            keys => keys.iter().any(|key| named(column, key)),
        };
        let (keys, values): (_, Vec<Column>) = both.into_iter().partition(is_key);
        let places = |column: &Column| match column.kind {
            Kind::Rounded(places) => Some((column.names[0].clone(), places)),
            _ => None,
        };
        let rounded = values.iter().filter_map(places).collect();
        Ok(Self { keys, values, alone, rounded, tolerance: tolerance.to_owned() })
    }

    /// The names of the keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|column| column.names[0].as_str())
    }

    /// The statement that gives each difference: what it is (`only NAME` or `different`), the keys, and both values of each
    /// other column. `from` are FROM items.
    #[must_use]
    pub fn sql(&self, from: [&str; 2], names: [&str; 2]) -> String {
        let text = |text: &str| crate::sql::quote_text(text);
        let every = || self.keys.iter().map(|key| ("k", key)).chain(self.values.iter().map(|one| ("v", one)));
        let side = |at: usize| {
            let columns: Vec<_> = every()
                .enumerate()
                .map(|(number, (letter, column))| format!("{} AS {letter}{number}", column.cell(at)))
                .collect();
            let list = |wanted: &str| {
                let names = every().enumerate().filter(|(_, (letter, _))| *letter == wanted);
                names.map(|(number, (letter, _))| format!("{letter}{number}")).collect::<Vec<_>>().join(", ")
            };
            let (keys, values) = (list("k"), list("v"));
            let partition = if keys.is_empty() { keys } else { format!("PARTITION BY {keys} ") };
            let order = if values.is_empty() { values } else { format!("ORDER BY {values}") };
            format!(
                "SELECT *, row_number() OVER ({partition}{order}) AS copy FROM (SELECT {} FROM {})",
                columns.join(", "),
                from[at]
            )
        };
        let (mut on, mut shown, mut same) = (vec!["l.copy = r.copy".to_owned()], Vec::new(), Vec::new());
        let mut order = vec!["1".to_owned()];
        for (number, (letter, column)) in every().enumerate() {
            let (left, right) = (format!("l.{letter}{number}"), format!("r.{letter}{number}"));
            if letter == "k" {
                on.push(format!("{left} IS NOT DISTINCT FROM {right}"));
                shown.push(format!("coalesce({left}, {right}) AS {}", quote_name(&column.names[0])));
                order.push((shown.len() + 1).to_string());
            } else {
                for (cell, of) in [(&left, names[0]), (&right, names[1])] {
                    let name = format!("{} ({of})", column.names[0]);
                    shown.push(format!("{cell} AS {}", quote_name(&name)));
                }
                same.push(column.kind.same(&left, &right, &self.tolerance));
            }
        }
        let differs =
            if same.is_empty() { "false".to_owned() } else { format!("NOT ({})", same.join(" AND ")) };
        let shown = ["difference".to_owned()].into_iter().chain(shown).collect::<Vec<_>>().join(", ");
        format!(
            "WITH l AS ({}), r AS ({}) SELECT CASE WHEN r.copy IS NULL THEN {} WHEN l.copy IS NULL THEN {} \
             ELSE 'different' END AS {shown} FROM l FULL JOIN r ON {} \
             WHERE l.copy IS NULL OR r.copy IS NULL OR {differs} ORDER BY {}",
            side(0),
            side(1),
            text(&format!("only {}", names[0])),
            text(&format!("only {}", names[1])),
            on.join(" AND "),
            order.join(", ")
        )
    }
}

impl Column {
    fn cell(&self, at: usize) -> String {
        let name = quote_name(&self.names[at]);
        if self.kind == Kind::Text { format!("CAST({name} AS VARCHAR)") } else { name }
    }
}

impl Kind {
    fn of(left: &DataType, right: &DataType) -> Self {
        let is_float = |kind: &DataType| kind.is_floating();
        let places = |kind: &DataType| match kind {
            DataType::Decimal128(_, places) => u8::try_from(*places).ok().filter(|places| *places > 0),
            _ => None,
        };
        match (left, right) {
            // A column of NULLs alone may be of any type.
            (DataType::Null, DataType::Null) => Self::Plain,
            (DataType::Null, other) | (other, DataType::Null) => Self::of(other, other),
            _ if is_number(left) && is_number(right) => {
                match (is_float(left), is_float(right), places(left).or(places(right))) {
                    (true, false, Some(places)) | (false, true, Some(places)) => Self::Rounded(places),
                    (false, false, _) => Self::Exact,
                    _ => Self::Float,
                }
            }
            _ if left == right || (left.is_temporal() && right.is_temporal()) => Self::Plain,
            _ => Self::Text,
        }
    }

    /// The condition under which two cells are the same.
    fn same(self, left: &str, right: &str, tolerance: &str) -> String {
        let equal = format!("{left} IS NOT DISTINCT FROM {right}");
        let is_zero = tolerance.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        match self {
            Self::Float | Self::Rounded(_) => {
                let (l, r) = (format!("CAST({left} AS DOUBLE)"), format!("CAST({right} AS DOUBLE)"));
                // A number that was rounded lies up to half a unit of its last place from what it was.
                let half = if let Self::Rounded(places) = self {
                    format!("5e-{} + ", places + 1)
                } else {
                    String::new()
                };
                let room =
                    format!("greatest({tolerance}, {half}{FLOAT_PART} * greatest(abs({l}), abs({r})))");
                format!("({equal} OR coalesce(abs({l} - {r}) <= {room}, false))")
            }
            Self::Exact if !is_zero => {
                format!("({equal} OR coalesce(abs({left} - {right}) <= {tolerance}, false))")
            }
            Self::Exact | Self::Plain | Self::Text => format!("({equal})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::engine::duckdb::{DuckDb, Settings};
    use crate::value::plain;

    /// The differences of two statements, a line each.
    fn differences(two: [&str; 2], keys: &[&str], tolerance: &str) -> Vec<String> {
        let engine = DuckDb::new(Settings::default());
        let rows = |sql: &str| engine.rows(sql, &CancellationToken::new()).unwrap();
        let [left, right] = two.map(|sql| rows(sql).0);
        let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
        let comparison = Comparison::new([&left, &right], &keys, tolerance).unwrap();
        let from = two.map(|sql| format!("({sql})"));
        let (_, batches) = rows(&comparison.sql([&from[0], &from[1]], ["a", "b"]));
        let line = |batch: &duckdb::arrow::record_batch::RecordBatch, row: usize| {
            let cell = |column: &duckdb::arrow::array::ArrayRef| {
                plain(column.as_ref(), row).unwrap_or_else(|| "∅".into())
            };
            batch.columns().iter().map(cell).collect::<Vec<_>>().join("|")
        };
        batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| line(batch, row))).collect()
    }

    /// Rows of both, the names of their columns, keys, tolerance, and the differences.
    type Case<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], &'a str, &'a [&'a str]);

    #[test]
    fn rows_are_paired_by_their_keys_and_copies_one_by_one() {
        let values = |rows: &str, names: &str| format!("SELECT * FROM (VALUES {rows}) AS t ({names})");
        let cases: [Case; 9] = [
            ("('x', 1.10), ('y', 2.00)", "('y', 2.0), ('x', 1.1)", "k, v", &[], "0", &[]),
            (
                "('x', 1.10), ('y', 2.00)",
                "('x', 1.11)",
                "k, v",
                &[],
                "0",
                &["different|x|1.10|1.11", "only a|y|2.00|∅"],
            ),
            ("('x', 1.10)", "('x', 1.11)", "k, v", &[], "0.01", &[]),
            ("('x', 1.10)", "('x', 1.12)", "k, v", &[], "0.01", &["different|x|1.10|1.12"]),
            // NULL is a key and a value like any other.
            ("(NULL, 1), ('x', NULL)", "('x', NULL), (NULL, 1)", "k, v", &[], "9", &[]),
            ("('x', NULL)", "('x', 0)", "k, v", &[], "9", &["different|x|∅|0"]),
            // Copies count.
            (
                "('x', 1), ('x', 1), ('x', 2)",
                "('x', 2), ('x', 1)",
                "k, v",
                &[],
                "0",
                &["different|x|1|2", "only a|x|2|∅"],
            ),
            // Without names every exact number is a key; a key that is given goes before all.
            ("(1, 10), (2, 20)", "(2, 20), (1, 11)", "k, v", &[], "0", &["only a|1|10", "only b|1|11"]),
            ("(1, 10), (2, 20)", "(2, 20), (1, 11)", "k, v", &["K"], "0", &["different|1|10|11"]),
        ];
        for (left, right, names, keys, tolerance, expected) in cases {
            let two = [values(left, names), values(right, names)];
            assert_eq!(differences([&two[0], &two[1]], keys, tolerance), expected, "{left} {right}");
        }
    }

    #[test]
    fn types_of_two_engines_meet() {
        let pairs = [
            (
                "SELECT 'x' AS k, CAST(1.5 AS DECIMAL(38, 2)) AS v",
                "SELECT 'x' AS K, CAST(1.5 AS DECIMAL(18, 4)) AS V",
            ),
            ("SELECT 'x' AS k, 0.1::DOUBLE + 0.2::DOUBLE AS v", "SELECT 'x' AS k, 0.3::DOUBLE AS v"),
            ("SELECT 'x' AS k, 2::DOUBLE / 3 AS v", "SELECT 'x' AS k, 0.666667 AS v"),
            ("SELECT 'x' AS k, -0.0000005 AS v", "SELECT 'x' AS k, -5e-7 AS v"),
            (
                "SELECT DATE '2024-01-31' AS k, 1 AS v",
                "SELECT TIMESTAMP '2024-01-31 00:00:00' AS k, 1::BIGINT AS v",
            ),
            ("SELECT DATE '2024-01-31' AS k", "SELECT '2024-01-31' AS k"),
            ("SELECT 'x' AS k, 'nan'::DOUBLE AS v", "SELECT 'x' AS k, 'nan'::DOUBLE AS v"),
            ("SELECT 1::DOUBLE AS v", "SELECT 1 AS v"),
        ];
        for (left, right) in pairs {
            assert_eq!(differences([left, right], &[], "0"), [""; 0], "{left}; {right}");
        }
        let cents =
            ["SELECT 'x' AS k, 9007199254740993.01 AS v", "SELECT 'x' AS k, 9007199254740993.02 AS v"];
        assert_eq!(differences(cents, &[], "0").len(), 1, "no cent is lost in a float");
        for (float, decimal) in
            [("2::DOUBLE / 3", "0.67"), ("2::DOUBLE / 3", "0.666666"), ("1.4::DOUBLE", "1")]
        {
            let two = [float, decimal].map(|number| format!("SELECT 'x' AS k, {number} AS v"));
            let is_same = differences([&two[0], &two[1]], &[], "0").is_empty();
            assert_eq!(is_same, decimal == "0.67", "{float} {decimal}");
        }
    }

    #[test]
    fn columns_of_one_side_and_keys_of_none_are_told() {
        let engine = DuckDb::new(Settings::default());
        let schema = |sql: &str| engine.rows(sql, &CancellationToken::new()).unwrap().0;
        let (left, right) = (schema("SELECT 1 AS a, 2 AS b"), schema("SELECT 2 AS B, 3 AS c"));
        let compare = |keys: &[String], tolerance| Comparison::new([&left, &right], keys, tolerance);
        assert_eq!(compare(&[], "0").unwrap().alone, [("a".into(), 0), ("c".into(), 1)]);
        assert_eq!(compare(&[], "0").unwrap().rounded, []);
        let (float, decimal) = (schema("SELECT 'x' AS k, 1e0 AS v"), schema("SELECT 'x' AS k, 1.25 AS V"));
        for two in [[&*float, &*decimal], [&*decimal, &*float]] {
            let rounded = Comparison::new(two, &[], "0").unwrap().rounded;
            assert_eq!(
                rounded.iter().map(|(name, places)| (name.to_lowercase(), *places)).collect::<Vec<_>>(),
                [("v".into(), 2)]
            );
        }
        assert_eq!(compare(&["a".into()], "0"), Err(CompareError::Key("a".into())));
        for wrong in ["", "-1", "1e3", "1.", ".5", "1); DROP"] {
            assert_eq!(compare(&[], wrong), Err(CompareError::Tolerance(wrong.into())));
        }
        let nothing = Comparison::new([&left, &schema("SELECT 1 AS z")], &[], "0");
        assert_eq!(nothing, Err(CompareError::Nothing));
    }
}
