//! Rates that the gates hold back: which they are, and taking one in.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use super::accepted;
pub use super::accepted::Accepted;
use super::gates::{JUMP_WORD, Judged, Refused, judged};
use super::source::Source;
use super::table::view;
use crate::lake::{File, Lake, Table};
use crate::pipeline::due::month_of;
use crate::pipeline::error::{PipelineError, stage_failed};

/// A rate that is not used until someone accepts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub date: NaiveDate,
    pub currency: String,
    pub source: Source,
    pub base: String,
    /// As the source wrote it.
    pub rate: String,
    /// One sentence.
    pub reason: String,
}

/// Faults of the gate whose rates are still held back: one that was accepted, or whose level lasted, is not.
const HELD: &str = "SELECT DISTINCT CAST(rate.rate_date AS VARCHAR), rate.currency, rate.source, rate.base_currency, fault.text, fault.message
    FROM response AS rate JOIN error_error AS fault
      ON fault.requested_date = rate.rate_date AND fault.column_name = rate.currency AND fault.source = rate.source
    WHERE rate.held_back AND fault.area = 'rates' AND fault.error = 'jump'
    ORDER BY 1, 2, 3";

/// All rates that are held back, by date and currency, as the tables of a lake have them.
///
/// # Errors
/// When the tables cannot be read.
pub fn held(lake: &Lake) -> Result<Vec<Held>, PipelineError> {
    let (Some(response), Some(faults)) = (lake.table("response"), lake.table("error_error")) else {
        return Ok(Vec::new());
    };
    let failed = stage_failed("response");
    let connection = view(&[response, faults], lake)?;
    let mut statement = connection.prepare(HELD).map_err(&failed)?;
    let rows = statement.query_map([], |row| {
        let source: String = row.get(2)?;
        Ok(Held {
            date: row.get::<_, String>(0)?.parse().unwrap_or_default(),
            currency: row.get(1)?,
            source: Source::ALL.into_iter().find(|known| known.name() == source).unwrap_or(Source::Oxr),
            base: row.get(3)?,
            rate: row.get(4)?,
            reason: row.get(5)?,
        })
    });
    rows.and_then(Iterator::collect).map_err(failed)
}

/// Accepts the rates of a day and currency that are held back; gives them, none when there are none.
///
/// # Errors
/// When the disk does.
pub fn accept(
    root: &Path,
    date: NaiveDate,
    currency: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Accepted>, PipelineError> {
    let Judged { days, refused, .. } = judged(root)?;
    let is_it = |refused: &Refused| refused.error == JUMP_WORD && refused.date == date;
    let mut all = Vec::new();
    for Refused { source, rate, .. } in refused.into_iter().filter(is_it) {
        let day = days.iter().find(|day| (day.source, day.date) == (source, date));
        let Some((day, rate)) = day.zip(rate).filter(|(_, rate)| rate.currency == currency) else { continue };
        let (base, currency) = (day.base.clone(), rate.currency);
        let source = source.name().to_owned();
        let accepted = Accepted { source, date, base, currency, rate: rate.text, accepted_at_utc: now };
        accepted::keep(root, &accepted)?;
        all.push(accepted);
    }
    Ok(all)
}

/// What of a lake waits for a rate that is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Lines without an amount in the base currency.
    pub lines: u64,
    /// Rates that are newer than the last one that counts of their currency.
    pub rates: u64,
}

/// Counts what waits.
///
/// # Errors
/// When the tables cannot be read.
pub fn waiting(lake: &Lake) -> Result<Waiting, PipelineError> {
    let count = |table: &Table, sql: &str| {
        let connection = view(&[table], lake)?;
        connection.query_row(sql, [], |row| row.get(0)).map_err(stage_failed("processed"))
    };
    let lines = match waiting_for(lake)? {
        Some(months) => count(&months, "SELECT COUNT(*) FROM processed WHERE rate_status = 'held_back'")?,
        None => 0,
    };
    let rates = match lake.table("response") {
        Some(response) => count(
            response,
            "SELECT COUNT(*) FROM response AS held
             LEFT JOIN (SELECT currency, MAX(rate_date) AS rate_date FROM response WHERE NOT held_back GROUP BY currency) AS used
               ON used.currency = held.currency
             WHERE held.held_back AND held.currency <> held.base_currency AND COALESCE(held.rate_date > used.rate_date, TRUE)",
        )?,
        None => 0,
    };
    Ok(Waiting { lines, rates })
}

/// The months of the large table that wait for a rate, as the small one says; none where none does.
fn waiting_for(lake: &Lake) -> Result<Option<Table>, PipelineError> {
    let (Some(daily), Some(processed)) = (lake.table("daily_rates"), lake.table("processed")) else {
        return Ok(None);
    };
    let failed = stage_failed("daily_rates");
    let connection = view(&[daily], lake)?;
    let months = "SELECT DISTINCT strftime(rate_day, 'year=%Y/month=%m') FROM daily_rates WHERE rate_status = 'held_back'";
    let mut statement = connection.prepare(months).map_err(&failed)?;
    let months = statement.query_map([], |row| row.get::<_, String>(0));
    let months: BTreeSet<_> = months.and_then(Iterator::collect).map_err(&failed)?;
    // A booking date is not that of a month's file.
    let by_value = lake.manifest.conversion.dated_by == "value";
    let is_read = |file: &&File| !by_value || months.contains(month_of(&file.path));
    let files: Vec<_> = processed.files.iter().filter(is_read).cloned().collect();
    let waits = !months.is_empty() && !files.is_empty();
    Ok(waits.then(|| Table { files, ..processed.clone() }))
}
