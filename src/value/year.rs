//! Years, keys and numbers of accounts are whole numbers that nobody groups in threes.

use duckdb::arrow::array::Array;
use duckdb::arrow::datatypes::DataType;

/// Columns of such numbers.
const NAMES: [&str; 10] = ["year", "año", "ano", "anio", "anio_iso", "id", "key", "code", "account", "no"];
/// What the names of others end in.
const ENDS: [&str; 6] = ["_year", "_id", "_key", "_code", "_account", "_no"];

/// The text of one cell of a column of this name for a person: as [`super::shown`], but a year or a key has no
/// groups.
#[must_use]
pub fn shown_in(name: &str, array: &dyn Array, row: usize) -> String {
    match super::plain(array, row) {
        Some(text) if is_a_name(name, array.data_type()) => text,
        _ => super::shown(array, row),
    }
}

/// Whether a column of whole numbers holds what is no amount, by its name: nothing is added up there.
#[must_use]
pub fn is_a_name(name: &str, data_type: &DataType) -> bool {
    let name = name.to_lowercase();
    let whole = matches!(data_type, DataType::Decimal128(_, 0)) || data_type.is_integer();
    whole && (NAMES.contains(&name.as_str()) || ENDS.iter().any(|end| name.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use duckdb::arrow::array::{Decimal128Array, Int64Array};

    use super::*;

    #[test]
    fn years_are_not_grouped() {
        let years = Int64Array::from(vec![Some(2015), None]);
        for name in ["year", "Year", "value_year", "AÑO", "ano", "anio", "anio_iso", "account_no", "txn_id"]
        {
            assert_eq!(shown_in(name, &years, 0), "2015", "{name}");
            assert_eq!(shown_in(name, &years, 1), super::super::NULL, "{name}");
        }
        for name in ["years", "yearly", "amount", "count", "paid", "keys"] {
            assert_eq!(shown_in(name, &years, 0), "2,015", "{name}");
        }
        let amounts = Decimal128Array::from(vec![201_500]).with_precision_and_scale(10, 2);
        let shown = amounts.map(|amounts| shown_in("per_year", &amounts, 0));
        assert_eq!(shown.ok().as_deref(), Some("2,015.00"), "an amount in a year is no year");
    }
}
