//! A result grouped by one column, across the values of another: plain data, and the SQL that works it out over all rows.

use duckdb::arrow::datatypes::{DataType, SchemaRef};

use super::arrange::{Rows, names};
use crate::sql::{quote_name, quote_text};

/// Values that may stand across at the most: more columns are no table that one reads.
pub const MOST_ACROSS: usize = 200;
/// Decimals of a mean beyond those of its column.
const MORE_DECIMALS: i8 = 4;

/// What is told of the cells of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    Sum,
    Count,
    Mean,
    Least,
    Most,
}

impl Figure {
    pub const ALL: [Self; 5] = [Self::Sum, Self::Count, Self::Mean, Self::Least, Self::Most];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Mean => "mean",
            Self::Least => "min",
            Self::Most => "max",
        }
    }

    /// Whether only numbers have it.
    #[must_use]
    pub fn needs_numbers(self) -> bool {
        matches!(self, Self::Sum | Self::Mean)
    }
}

/// Which columns of a result, by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pivot {
    /// A row for each of its values.
    pub down: usize,
    /// A column for each of its values, where there is one.
    pub across: Option<usize>,
    pub figure: Figure,
    /// Of whose cells the figure is.
    pub of: usize,
    /// The columns that tell the currencies of those cells: amounts of several have no sum and no mean.
    pub currencies: Vec<usize>,
}

impl Pivot {
    /// The columns that it reads, each once.
    #[must_use]
    pub fn columns(&self) -> Vec<usize> {
        let mut columns = self.currencies.clone();
        columns.extend([Some(self.down), self.across, Some(self.of)].into_iter().flatten());
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Whether it adds up only amounts of one currency.
    #[must_use]
    pub fn is_parted(&self) -> bool {
        self.figure.needs_numbers() && !self.currencies.is_empty()
    }

    /// The values that stand across, as text and in their order; one more than may be, where there are so many.
    #[must_use]
    pub fn heads(&self, schema: &SchemaRef, rows: &Rows) -> Option<String> {
        let name = quote_name(&names(schema)[self.across?]);
        let with = rows.with(schema);
        Some(format!(
            "{with}\nSELECT head FROM (\n  SELECT CAST({name} AS VARCHAR) AS head, min({name}) AS first FROM result GROUP BY 1\n) AS heads\n\
             ORDER BY first NULLS LAST, head LIMIT {}",
            MOST_ACROSS + 1
        ))
    }

    /// The table: a row for each value down, a column for each of these across, and one for all of them.
    #[must_use]
    pub fn sql(&self, schema: &SchemaRef, rows: &Rows, heads: &[Option<String>]) -> String {
        let names = names(schema);
        let [down, of] = [self.down, self.of].map(|at| quote_name(&names[at]));
        let kind = schema.field(self.of).data_type();
        let currencies: Vec<_> = self.currencies.iter().map(|at| quote_name(&names[*at])).collect();
        let figure_of = |cells: &str| {
            let figure = self.figure_of(cells, kind);
            if !self.is_parted() {
                return figure;
            }
            let named = currencies.join(", ");
            let of = |end: &str, side: &str| {
                format!("{end}(CASE WHEN {cells} IS NOT NULL THEN {side}({named}) END)")
            };
            let (first, last) = (of("min", "least"), of("max", "greatest"));
            format!("CASE WHEN {first} IS NOT DISTINCT FROM {last} THEN {figure} END")
        };
        let mut columns = vec![down.clone()];
        if let Some(across) = self.across {
            let across = quote_name(&names[across]);
            columns.extend(heads.iter().map(|head| {
                let is_it = match head {
                    Some(text) => format!("CAST({across} AS VARCHAR) = {}", quote_text(text)),
                    None => format!("{across} IS NULL"),
                };
                let figure = figure_of(&format!("CASE WHEN {is_it} THEN {of} END"));
                format!("{figure} AS {}", quote_name(&label(head.as_deref())))
            }));
        }
        let whole = if self.across.is_some() { "all" } else { self.figure.name() };
        columns.push(format!("{} AS {}", figure_of(&of), quote_name(whole)));
        let with = rows.with(schema);
        format!(
            "{with}\nSELECT {}\nFROM result GROUP BY {down} ORDER BY {down} NULLS LAST",
            columns.join(",\n  ")
        )
    }

    /// The figure of an expression. A mean of DECIMALs is worked out in whole numbers and rounded half away from zero: as
    /// DuckDB's `avg` it would be a float.
    fn figure_of(&self, cells: &str, kind: &DataType) -> String {
        match (self.figure, kind) {
            (Figure::Sum, _) => format!("sum({cells})"),
            (Figure::Count, _) => format!("count({cells})"),
            (Figure::Least, _) => format!("min({cells})"),
            (Figure::Most, _) => format!("max({cells})"),
            (Figure::Mean, DataType::Decimal128(_, scale)) => {
                let decimals = (*scale).max(0).saturating_add(MORE_DECIMALS).min(38);
                let one = |digits: i8| format!("1{}", "0".repeat(usize::from(digits.unsigned_abs())));
                let (units, more) = (one((*scale).max(0)), one(decimals - (*scale).max(0)));
                let unit =
                    format!("0.{}1", "0".repeat(usize::from(decimals.unsigned_abs()).saturating_sub(1)));
                let twice = format!("2 * CAST(sum({cells}) * {units} AS HUGEINT) * {more}");
                let count = format!("CAST(count({cells}) AS HUGEINT)");
                format!(
                    "CAST(({twice} + CASE WHEN sum({cells}) < 0 THEN -{count} ELSE {count} END) // NULLIF(2 * {count}, 0) \
                     AS DECIMAL(38, 0)) * CAST('{unit}' AS DECIMAL({decimals}, {decimals}))"
                )
            }
            (Figure::Mean, _) => format!("avg({cells})"),
        }
    }
}

/// What a column is called whose value is this.
fn label(head: Option<&str>) -> String {
    match head {
        None => "∅".to_owned(),
        Some("") => "''".to_owned(),
        Some(text) => text.to_owned(),
    }
}
