//! In what order the rows of a result stand and which of them are kept: plain data, and the SQL that finds their
//! numbers over the whole result.

use std::collections::HashSet;

use duckdb::arrow::datatypes::SchemaRef;

use crate::sql::{self, Kind, quote_name};

/// What a typed condition may call the whole result, as in `amount > (SELECT avg(amount) FROM result)`.
const RESULT: &str = "result";

/// An order, and conditions that all hold; nothing of both is the result as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrangement {
    /// The first column decides; rows that are the same in all of them stay in the result's own order.
    pub order: Vec<Order>,
    pub conditions: Vec<Condition>,
}

/// A column that rows are sorted by; NULLs stand last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub column: usize,
    pub descending: bool,
}

/// Which rows are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Those whose cell in a column is the one of a row (numbered in the result, from 0), or is not; NULL is a value
    /// here like any other. The value never stands in the statement.
    Cell { column: usize, row: u64, same: bool },
    /// Those for which a condition of SQL holds.
    Typed(String),
}

/// A SELECT that yields a row's number in its result and then these columns of it.
#[derive(Debug, Clone)]
pub struct Rows {
    pub select: String,
    pub columns: Vec<usize>,
}

impl Arrangement {
    /// Whether the rows stand as they came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty() && self.conditions.is_empty()
    }

    /// The columns that it needs, each once.
    #[must_use]
    pub fn columns(&self, schema: &SchemaRef) -> Vec<usize> {
        let mut found: Vec<usize> = self.order.iter().map(|order| order.column).collect();
        for condition in &self.conditions {
            match condition {
                Condition::Cell { column, .. } => found.push(*column),
                Condition::Typed(text) => found.extend(named(text, &names(schema))),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The numbers of its rows, in its order; `limit` of them where the first are wanted alone.
    #[must_use]
    pub fn numbers(&self, schema: &SchemaRef, rows: &Rows, limit: Option<usize>) -> String {
        let row = row_name(schema);
        let names = names(schema);
        let select = format!("{}\nSELECT {row} FROM {RESULT}{}", rows.with(schema), self.keeps(schema));
        let order = if self.order.is_empty() {
            String::new()
        } else {
            let key = |order: &Order| {
                let way = if order.descending { "DESC" } else { "ASC" };
                format!("{} {way} NULLS LAST", quote_name(&names[order.column]))
            };
            let keys = self.order.iter().map(key).chain([row]).collect::<Vec<_>>().join(", ");
            format!("\nORDER BY {keys}")
        };
        let limit = limit.map(|limit| format!("\nLIMIT {limit}")).unwrap_or_default();
        select + &order + &limit
    }

    /// `WHERE …` of its conditions; nothing without any.
    #[must_use]
    pub fn keeps(&self, schema: &SchemaRef) -> String {
        let (names, row) = (names(schema), row_name(schema));
        let condition = |condition: &Condition| match condition {
            Condition::Cell { column, row: number, same } => {
                let name = quote_name(&names[*column]);
                let not = if *same { "NOT " } else { "" };
                format!("{name} IS {not}DISTINCT FROM (SELECT {name} FROM {RESULT} WHERE {row} = {number})")
            }
            // A comment at its end does not reach further than the line.
            Condition::Typed(text) => format!("({text}\n)"),
        };
        let all: Vec<_> = self.conditions.iter().map(condition).collect();
        if all.is_empty() { String::new() } else { format!("\nWHERE {}", all.join("\n  AND ")) }
    }
}

impl Rows {
    /// `WITH result(…) AS (…)`, with the columns under the names of [`names`].
    #[must_use]
    pub fn with(&self, schema: &SchemaRef) -> String {
        let names = names(schema);
        let columns = self.columns.iter().map(|column| quote_name(&names[*column]));
        let list = [row_name(schema)].into_iter().chain(columns).collect::<Vec<_>>().join(", ");
        // It is read for each condition again rather than held whole.
        format!("WITH {RESULT}({list}) AS NOT MATERIALIZED (\n{}\n)", self.select)
    }
}

/// What SQL calls the columns of a result: their own names, numbered where two are the same, as DuckDB does.
#[must_use]
pub fn names(schema: &SchemaRef) -> Vec<String> {
    let own: HashSet<String> = schema.fields().iter().map(|field| field.name().to_lowercase()).collect();
    let mut taken = HashSet::new();
    let distinct = |(at, field): (usize, &duckdb::arrow::datatypes::FieldRef)| {
        let name = if field.name().is_empty() { format!("column_{}", at + 1) } else { field.name().clone() };
        let numbered = (1..).map(|number| format!("{name}_{number}"));
        let free = numbered.filter(|numbered| !own.contains(&numbered.to_lowercase()));
        let mut tried = std::iter::once(name.clone()).chain(free);
        tried.find(|name| taken.insert(name.to_lowercase())).unwrap_or(name)
    };
    schema.fields().iter().enumerate().map(distinct).collect()
}

/// What SQL calls the number of a row, quoted: a name that no column has.
#[must_use]
pub fn row_name(schema: &SchemaRef) -> String {
    let names = names(schema);
    let mut name = String::from("row_number");
    while names.iter().any(|taken| taken.eq_ignore_ascii_case(&name)) {
        name.push('_');
    }
    quote_name(&name)
}

/// The columns that a condition may name; all where it says `*`.
fn named(text: &str, names: &[String]) -> Vec<usize> {
    let tokens = sql::tokens(text).into_iter().filter(|token| token.kind != Kind::Comment);
    let words: Vec<_> = tokens.map(|token| &text[token.range]).collect();
    let is_named = |name: &String| {
        words.iter().any(|word| {
            let bare = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            *word == "*"
                || bare
                    .map_or((*word).to_owned(), |bare| bare.replace("\"\"", "\""))
                    .eq_ignore_ascii_case(name)
        })
    };
    (0..names.len()).filter(|at| is_named(&names[*at])).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn schema(names: &[&str]) -> SchemaRef {
        let fields: Vec<_> = names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
        Arc::new(Schema::new(fields))
    }

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let schema = schema(&["a", "A", "", "a_1", "row_number", "a"]);
        assert_eq!(names(&schema), ["a", "A_2", "column_3", "a_1", "row_number", "a_3"]);
        assert_eq!(row_name(&schema), "\"row_number_\"");
    }

    #[test]
    fn a_condition_asks_for_the_columns_it_names() {
        let schema = schema(&["amount", "the \"day\"", "note"]);
        let columns = |text: &str| {
            Arrangement { conditions: vec![Condition::Typed(text.into())], ..Arrangement::default() }
                .columns(&schema)
        };
        assert_eq!(columns("AMOUNT > 5 -- note"), [0]);
        assert_eq!(columns("\"the \"\"day\"\"\" IS NULL"), [1]);
        assert_eq!(columns("COLUMNS(*) > 1"), [0, 1, 2]);
        assert!(columns("true").is_empty());
    }
}
