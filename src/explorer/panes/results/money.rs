//! Which columns hold money, and in what currency: by the names that the lake gives them.

use duckdb::arrow::datatypes::{DataType, SchemaRef};

use super::super::super::widgets::cell::{Converted, Currency};
use crate::value;

/// What the name of an amount ends in, and that of a currency.
const AMOUNT: &str = "_amt";
const CURRENCY: &str = "_currency";

/// The currency of a column of amounts: the one in its own name (`deposit_sgd_amt`), else the one that a column beside it
/// names in each row (`deposit_currency`, `currency`, or whatever currencies there are).
#[must_use]
pub fn currency(schema: &SchemaRef, column: usize) -> Option<Currency> {
    let field = schema.field(column);
    let stem = stem(field.name())?;
    if !matches!(field.data_type(), DataType::Decimal128(..)) {
        return None;
    }
    if let Some((_, digits)) = named(&stem) {
        return Some(Currency::Of(digits));
    }
    let own = [format!("{stem}{CURRENCY}"), "currency".to_owned()];
    if let Some(at) = own.iter().find_map(|name| place(schema, name)) {
        return Some(Currency::By(vec![at]));
    }
    let fields = schema.fields().iter().enumerate();
    let all: Vec<_> =
        fields.filter(|(_, field)| field.name().ends_with(CURRENCY)).map(|(at, _)| at).collect();
    (!all.is_empty()).then_some(Currency::By(all))
}

/// The amount that one in the base currency is converted from, and the column that says how that went.
#[must_use]
pub fn converted(schema: &SchemaRef, column: usize) -> Option<Converted> {
    let stem = stem(schema.field(column).name())?;
    let (side, _) = named(&stem)?;
    let from = place(schema, &format!("{side}{AMOUNT}"))?;
    Some(Converted { from, status: place(schema, &format!("{side}_rate_status")) })
}

/// The digits behind the mark of an amount whose name tells its currency.
#[must_use]
pub fn digits(name: &str) -> Option<u8> {
    named(&stem(name)?).map(|(_, digits)| digits)
}

fn stem(name: &str) -> Option<String> {
    name.to_lowercase().strip_suffix(AMOUNT).map(str::to_owned)
}

/// `deposit_sgd` as the side and the digits of its currency.
fn named(stem: &str) -> Option<(&str, u8)> {
    let (side, code) = stem.rsplit_once('_').unwrap_or(("", stem));
    value::minor_unit(&code.to_uppercase()).map(|digits| (side, digits))
}

fn place(schema: &SchemaRef, name: &str) -> Option<usize> {
    schema.fields().iter().position(|field| field.name().eq_ignore_ascii_case(name))
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
