//! Which columns hold money, and in what currency: by the names that the lake gives them.

use duckdb::arrow::datatypes::Schema;

use super::minor_unit;

/// What the name of an amount ends in, and that of a currency.
const AMOUNT: &str = "_amt";
const CURRENCY: &str = "_currency";
/// The currency that amounts are converted to, which is that of no amount as it was booked.
const BASE: &str = "base_currency";

/// Whose money a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Currency {
    /// One of so many digits behind the mark.
    Of(u8),
    /// The one that these columns name in the same row.
    By(Vec<usize>),
}

/// The currency of a column that is called an amount: the one in its own name (`deposit_sgd_amt`), else the one that a column
/// beside it names in each row (`deposit_currency`, `currency`, or whatever currencies there are).
#[must_use]
pub fn currency(schema: &Schema, column: usize) -> Option<Currency> {
    let stem = stem(schema.field(column).name())?;
    if let Some((_, digits)) = named(&stem) {
        return Some(Currency::Of(digits));
    }
    let own = [format!("{stem}{CURRENCY}"), "currency".to_owned()];
    if let Some(at) = own.iter().find_map(|name| place(schema, name)) {
        return Some(Currency::By(vec![at]));
    }
    let fields = schema.fields().iter().enumerate();
    let is_told = |name: &str| name.ends_with(CURRENCY) && name != BASE;
    let all: Vec<_> = fields.filter(|(_, field)| is_told(field.name())).map(|(at, _)| at).collect();
    (!all.is_empty()).then_some(Currency::By(all))
}

/// The amount that one in the base currency is converted from, and what both are called: `deposit`.
#[must_use]
pub fn converted_from(schema: &Schema, column: usize) -> Option<(usize, String)> {
    let stem = stem(schema.field(column).name())?;
    let (side, _) = named(&stem)?;
    Some((place(schema, &format!("{side}{AMOUNT}"))?, side.to_owned()))
}

/// The digits behind the mark of an amount whose name tells its currency.
#[must_use]
pub fn digits(name: &str) -> Option<u8> {
    named(&stem(name)?).map(|(_, digits)| digits)
}

/// Whether a name ends in the code of a currency, as `net_sgd` does.
#[must_use]
pub fn ends_with_a_code(name: &str) -> bool {
    named(&name.to_lowercase()).is_some_and(|(before, _)| !before.is_empty())
}

/// The column of this name, in any case.
#[must_use]
pub fn place(schema: &Schema, name: &str) -> Option<usize> {
    schema.fields().iter().position(|field| field.name().eq_ignore_ascii_case(name))
}

fn stem(name: &str) -> Option<String> {
    name.to_lowercase().strip_suffix(AMOUNT).map(str::to_owned)
}

/// `deposit_sgd` as the side and the digits of its currency.
fn named(stem: &str) -> Option<(&str, u8)> {
    let (side, code) = stem.rsplit_once('_').unwrap_or(("", stem));
    minor_unit(&code.to_uppercase()).map(|digits| (side, digits))
}
