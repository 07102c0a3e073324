//! Which columns of a result hold money, and in what currency.

use duckdb::arrow::datatypes::{DataType, SchemaRef};

use super::super::super::widgets::cell::Converted;
use crate::value::money::{self, Currency};

/// The currency of a column of amounts that are exact.
#[must_use]
pub fn currency(schema: &SchemaRef, column: usize) -> Option<Currency> {
    let is_exact = matches!(schema.field(column).data_type(), DataType::Decimal128(..));
    is_exact.then(|| money::currency(schema, column))?
}

/// The amount that one in the base currency is converted from, and the column that says how that went.
#[must_use]
pub fn converted(schema: &SchemaRef, column: usize) -> Option<Converted> {
    let (from, side) = money::converted_from(schema, column)?;
    Some(Converted { from, status: money::place(schema, &format!("{side}_rate_status")) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::datatypes::{Field, Schema};

    use super::*;

    #[test]
    fn the_name_of_an_amount_tells_its_currency() {
        let money = DataType::Decimal128(20, 4);
        let schema: SchemaRef = Arc::new(Schema::new(vec![
            Field::new("deposit_amt", money.clone(), true),
            Field::new("deposit_currency", DataType::Utf8, true),
            Field::new("withdrawal_currency", DataType::Utf8, true),
            Field::new("balance_amt", money.clone(), true),
            Field::new("deposit_sgd_amt", money.clone(), true),
            Field::new("deposit_rate_status", DataType::Utf8, true),
            Field::new("jpy_amt", money.clone(), true),
            Field::new("rate", money, true),
            Field::new("real_amt", DataType::Float64, true),
        ]));
        let told: Vec<_> = (0..9).map(|column| currency(&schema, column)).collect();
        assert_eq!(told[0], Some(Currency::By(vec![1])));
        assert_eq!(told[3], Some(Currency::By(vec![1, 2])));
        assert_eq!((&told[4], &told[6]), (&Some(Currency::Of(2)), &Some(Currency::Of(0))));
        assert_eq!((&told[1], &told[7], &told[8]), (&None, &None, &None));
        assert_eq!(converted(&schema, 4), Some(Converted { from: 0, status: Some(5) }));
        assert_eq!((converted(&schema, 0), converted(&schema, 6)), (None, None));
    }
}
