//! What is asked beside the figures: which accounts there are, and how far the rates reach. The caller says how a
//! statement is run.

use chrono::{Datelike, NaiveDate};
use tokio_util::sync::CancellationToken;

use super::accounts::Known;
use super::figures::RateVersion;
use crate::engine::{Access, CatalogTable, Engine, EngineError, Options, RunEvent, next_event};
use crate::query::{ACCOUNTS, Statement};
use crate::value;

/// The table that names the accounts, where the lake has one.
pub const CUSTOMERS: &str = "customers";
/// The table of the rates.
pub(super) const RATES: &str = "response";
/// The years of rates before that of the day that the figures look at.
const YEARS: i32 = 10;

/// The cells of a small result; NULL is none.
pub type Rows = Vec<Vec<Option<String>>>;

/// The accounts that there are, with their names where a table tells them, in the order of their numbers; so many at the
/// most, where that is said.
///
/// # Errors
/// That of the statement.
pub fn accounts<E>(
    tables: &[CatalogTable],
    most: Option<usize>,
    run: impl FnOnce(&str) -> Result<Rows, E>,
) -> Result<Vec<Known>, E> {
    let lines = format!("SELECT DISTINCT account_no FROM {ACCOUNTS} WHERE account_no IS NOT NULL");
    let limit = most.map(|most| format!(" LIMIT {most}")).unwrap_or_default();
    let sql = if has(tables, CUSTOMERS) {
        format!(
            "SELECT lines.account_no, MIN({CUSTOMERS}.name) AS name FROM ({lines}) AS lines \
             LEFT JOIN {CUSTOMERS} ON {CUSTOMERS}.account_no = lines.account_no \
             GROUP BY lines.account_no ORDER BY lines.account_no{limit}"
        )
    } else {
        format!("{lines} ORDER BY account_no{limit}")
    };
    let known = run(&sql)?.into_iter().filter_map(|row| {
        let mut cells = row.into_iter();
        Some(Known { account: cells.next()??, name: cells.next().flatten() })
    });
    Ok(known.collect())
}

/// The customers that there are, each by its code and a name; none where no table tells them.
///
/// # Errors
/// That of the statement.
pub fn customers<E>(
    tables: &[CatalogTable],
    run: impl FnOnce(&str) -> Result<Rows, E>,
) -> Result<Option<Vec<Known>>, E> {
    if !has(tables, CUSTOMERS) {
        return Ok(None);
    }
    let sql = format!(
        "SELECT customer, MIN(name) AS name FROM {CUSTOMERS} WHERE customer IS NOT NULL AND account_no IS NOT NULL \
         GROUP BY customer ORDER BY customer"
    );
    let known = run(&sql)?.into_iter().filter_map(|row| {
        let mut cells = row.into_iter();
        Some(Known { account: cells.next()??, name: cells.next().flatten() })
    });
    Ok(Some(known.collect()))
}

/// How far the rates of each source reach, up to the day; none where the lake has no rates. A source that ended before the years
/// that the figures look at, those of `moves.sql`, is none of theirs.
///
/// # Errors
/// That of the statement.
pub fn rates<E>(
    tables: &[CatalogTable],
    as_of: NaiveDate,
    run: impl FnOnce(&str) -> Result<Rows, E>,
) -> Result<Vec<RateVersion>, E> {
    if !has(tables, RATES) {
        return Ok(Vec::new());
    }
    let year = as_of.year();
    let sql = format!(
        "SELECT source, CAST(MAX(rate_date) AS VARCHAR(10)) AS last_date FROM {RATES} \
         WHERE rate_date <= DATE '{as_of}' AND year BETWEEN {} AND {year} GROUP BY source ORDER BY source",
        year - YEARS
    );
    let rates = run(&sql)?.into_iter().filter_map(|row| match row.as_slice() {
        [Some(source), Some(last)] => Some(RateVersion { source: source.clone(), last: last.parse().ok()? }),
        _ => None,
    });
    Ok(rates.collect())
}

pub(super) fn has(tables: &[CatalogTable], name: &str) -> bool {
    tables.iter().any(|table| table.name.eq_ignore_ascii_case(name))
}

/// All rows of a small result of a statement of our own.
///
/// # Errors
/// That of the statement.
pub fn rows(
    engine: &dyn Engine,
    statement: Statement,
    cancel: &CancellationToken,
) -> Result<Rows, EngineError> {
    let options: Options = Access::ReadOnly.into();
    let mut events = engine.run(statement, options, cancel.clone());
    let mut rows = Vec::new();
    loop {
        match next_event(&mut events)? {
            RunEvent::Batch(batch) => rows.extend((0..batch.num_rows()).map(|row| {
                batch.columns().iter().map(|column| value::plain(column.as_ref(), row)).collect::<Vec<_>>()
            })),
            RunEvent::Finished(_) => return Ok(rows),
            RunEvent::Started(_) | RunEvent::Schema(_) | RunEvent::Progress(_) => {}
        }
    }
}
