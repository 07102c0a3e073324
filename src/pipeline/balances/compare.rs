//! What a file of daily balances says anew: days that the lake does not have, and cells that it has otherwise.

use super::super::database::Scratch;
use super::super::error::{PipelineError, stage_failed};
use super::super::ingest::Work;
use super::super::ingest::note::{FilePart, Reading};
use super::select;
use crate::value;

/// Corrections that are told; their number is told of all.
const FIRST: usize = 3;

const STAGE: &str = include_str!("transactions.sql");

/// Counts the days that are loaded and those that are corrected.
pub fn compare(work: &mut Work, part: &FilePart) -> Result<(), PipelineError> {
    let failed = |error: duckdb::Error| stage_failed("transactions")(error);
    let standing = match select::view(work.root, work.kind, "raw_balances", Some(&work.file)) {
        Err(PipelineError::NoRawFiles(_)) => {
            work.report.loaded += part.rows;
            return Ok(());
        }
        view => view?,
    };
    let map = work.options.map.clone();
    let reading = Reading { parts: vec![part.clone()], map, ..Reading::of_own() };
    let fresh = select::select(work.root, work.kind, &work.file, &reading)?.concat();
    let connection = Scratch::open().map_err(failed)?;
    let setup = format!(
        "CREATE TEMP VIEW fresh_balances AS {fresh}; {standing};
         CREATE TEMP TABLE standing AS {STAGE}\n; CREATE TEMP TABLE fresh AS {}\n",
        STAGE.replace("raw_balances", "fresh_balances")
    );
    connection.execute_batch(&setup).map_err(failed)?;
    let columns =
        ["saldo_inversion", "saldo_clientes", "saldo_flujos", "num_ingresos_hoy", "num_egresos_hoy"];
    let changes = columns.map(|column| {
        format!(
            "CASE WHEN fresh.{column} IS DISTINCT FROM standing.{column} AND fresh.{column} IS NOT NULL THEN \
             CONCAT('{column} ', COALESCE(CAST(standing.{column} AS VARCHAR), 'nothing'), ' is now ', fresh.{column}) END"
        )
    });
    let sql = format!(
        "SELECT CAST(fresh.fecha AS VARCHAR), standing.fecha IS NULL, CONCAT_WS(', ', {}) AS changes
         FROM fresh LEFT JOIN standing ON standing.fecha = fresh.fecha ORDER BY fresh.fecha",
        changes.join(", ")
    );
    let mut statement = connection.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut corrected = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        let (day, is_new): (String, bool) = (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?);
        let changes: String = row.get(2).map_err(failed)?;
        if is_new {
            work.report.loaded += 1;
        } else if !changes.is_empty() {
            corrected += 1;
            if corrected <= FIRST {
                work.report.notes.push(format!("corrected {day}: {changes}"));
            }
        }
    }
    if corrected > FIRST {
        work.report.notes.push(format!("and {} more", value::counted((corrected - FIRST) as u64, "day")));
    }
    work.report.corrected += corrected as u64;
    Ok(())
}
