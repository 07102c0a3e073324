//! Where sources disagree: a second real source is the best check of the first.

use chrono::NaiveDate;

use super::table::view;
use crate::lake::Lake;
use crate::pipeline::error::{PipelineError, stage_failed};

const SQL: &str = include_str!("alarms.sql");

/// Two sources that differ too much on a currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    pub sources: [String; 2],
    pub currency: String,
    /// On how many dates.
    pub dates: u64,
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// The largest difference, in percent of the second source's rate.
    pub worst: String,
}

/// Compares all sources of a lake on all their common dates; the gravest first.
///
/// # Errors
/// When the table of rates cannot be read.
pub fn alarms(lake: &Lake) -> Result<Vec<Alarm>, PipelineError> {
    let Some(response) = lake.table("response") else { return Ok(Vec::new()) };
    let connection = view(&[response], lake)?;
    let sql = format!(
        "SELECT source_a, source_b, currency, COUNT(*), CAST(MIN(rate_date) AS VARCHAR), CAST(MAX(rate_date) AS VARCHAR), \
         CAST(ARG_MAX(difference_pct, ABS(difference_pct)) AS VARCHAR) FROM ({SQL}\n) GROUP BY ALL ORDER BY 4 DESC, 1, 2, 3"
    );
    let failed = stage_failed("response");
    let mut statement = connection.prepare(&sql).map_err(&failed)?;
    let rows = statement.query_map([], |row| {
        let day = |index| row.get::<_, String>(index).map(|text| text.parse().unwrap_or_default());
        Ok(Alarm {
            sources: [row.get(0)?, row.get(1)?],
            currency: row.get(2)?,
            dates: row.get(3)?,
            first: day(4)?,
            last: day(5)?,
            worst: row.get(6)?,
        })
    });
    rows.and_then(Iterator::collect).map_err(failed)
}
