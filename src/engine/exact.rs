//! What Arrow cannot carry exactly crosses as DuckDB's own text.
//!
//! DuckDB hands a UHUGEINT over as a signed DECIMAL(38,0), a TIMETZ without its zone, a BIT as its storage bytes.
//! Columns that hold such a type, also inside a list or a struct, are cast to VARCHAR by the engine; every other
//! column stays what it is.

use ::duckdb::core::{LogicalTypeHandle, LogicalTypeId};
use ::duckdb::{Connection, Error, Statement, params_from_iter};

use crate::sql::{self, quote_name};

/// The casts that make a result exact.
pub(super) struct Casts {
    /// The select list; columns go by number, since names may occur twice.
    list: String,
    numbers: String,
}

impl Casts {
    /// The casts that a statement's result needs; none for nearly all.
    pub(super) fn of(
        connection: &Connection,
        prepared: &Statement<'_>,
        text: &str,
        values: &[Option<String>],
    ) -> Result<Option<Self>, Error> {
        let exact: Vec<_> =
            (0..prepared.column_count()).map(|at| is_exact(&prepared.column_logical_type(at))).collect();
        let statements = sql::statements(text);
        let [range] = statements.as_slice() else { return Ok(None) };
        if !exact.contains(&false) {
            return Ok(None);
        }
        // What cannot be described is no SELECT, and cannot be wrapped either.
        let Ok(mut describe) = connection.prepare(&format!("DESCRIBE {}", &text[range.clone()])) else {
            return Ok(None);
        };
        let names = describe.query_map(params_from_iter(values), |row| row.get::<_, String>(0))?;
        let names = names.collect::<Result<Vec<_>, _>>()?;
        let column = |(at, (name, exact)): (usize, (&String, &bool))| {
            let value = if *exact { format!("c{at}") } else { format!("CAST(c{at} AS VARCHAR)") };
            format!("{value} AS {}", quote_name(name))
        };
        let list = names.iter().zip(&exact).enumerate().map(column).collect::<Vec<_>>().join(", ");
        let numbers = (0..names.len()).map(|at| format!("c{at}")).collect::<Vec<_>>().join(", ");
        Ok(Some(Self { list, numbers }))
    }

    /// The statement with its casts.
    pub(super) fn wrap(&self, text: &str) -> String {
        let inner = sql::statements(text).first().map_or(text, |range| &text[range.clone()]);
        format!("SELECT {} FROM ({inner}\n) AS t({})", self.list, self.numbers)
    }
}

fn is_exact(logical: &LogicalTypeHandle) -> bool {
    use LogicalTypeId as Id;
    match logical.try_id() {
        // An error is a type that this version of the wrapper does not know.
        Ok(Id::UHugeint | Id::TimeTZ | Id::Bit | Id::Bignum | Id::Geometry | Id::Variant) | Err(_) => false,
        Ok(Id::List | Id::Array | Id::Struct | Id::Map | Id::Union) => {
            (0..logical.num_children()).all(|at| is_exact(&logical.child(at)))
        }
        Ok(_) => true,
    }
}
