//! The rows of a query: the first page from Athena itself, all others from the result file.

use aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_athena::types::{ColumnInfo, QueryExecution, ResultSet, Row, StatementType};
use duckdb::arrow::datatypes::DataType;
use futures::StreamExt;

use super::client::{ATHENA, Client};
use super::csv::Csv;
use super::{execution, fault};
use crate::engine::cells::{Bytes, Cells, type_with};
use crate::engine::remote::Sink;
use crate::engine::{EngineError, Phase, Progress, RunId};
use crate::lake::error::PlaceError;
use crate::lake::remote::stored::Stored;

/// Hands on columns and rows.
pub(super) async fn hand_on(
    client: &Client,
    query: &QueryExecution,
    id: &RunId,
    sink: &mut Sink,
) -> Result<(), EngineError> {
    let mut page = page(client, id, None).await?;
    let set = page.result_set.take();
    let mut cells = cells(set.as_ref());
    let columns = cells.schema().fields().len();
    sink.schema(cells.schema()).await?;
    // Of SELECT the first row is the names; SHOW, DESCRIBE and EXPLAIN have no such row.
    let names = usize::from(query.statement_type() == Some(&StatementType::Dml));
    let rows = set.as_ref().map_or(&[][..], |set| set.rows());
    let handed_on = rows.len();
    add(&mut cells, rows.get(names..).unwrap_or_default(), columns)?;
    send(&mut cells, sink).await?;
    if page.next_token.is_some()
        && let Some(file) = file(client, query).await?
    {
        return from_file(client, &file, handed_on, &mut cells, sink).await;
    }
    while let Some(token) = page.next_token {
        page = self::page(client, id, Some(token)).await?;
        let rows = page.result_set().map_or(&[][..], |set| set.rows());
        add(&mut cells, rows, columns)?;
        send(&mut cells, sink).await?;
    }
    Ok(())
}

fn cells(set: Option<&ResultSet>) -> Cells {
    let columns = set.and_then(|set| set.result_set_metadata()).map_or(&[][..], |known| known.column_info());
    Cells::new(columns.iter().map(column), Bytes::Hex)
}

async fn page(
    client: &Client,
    id: &RunId,
    token: Option<String>,
) -> Result<GetQueryResultsOutput, EngineError> {
    let request = client.athena.get_query_results().query_execution_id(&id.0).set_next_token(token);
    client.ask(ATHENA, || request.clone().send()).await
}

fn column(info: &ColumnInfo) -> (String, DataType) {
    let digits = |count: i32| u8::try_from(count).ok();
    let data_type = type_with(info.r#type(), digits(info.precision()), digits(info.scale()));
    (info.name().to_owned(), data_type)
}

fn add(cells: &mut Cells, rows: &[Row], columns: usize) -> Result<(), EngineError> {
    for row in rows {
        match row.data() {
            // What is no query comes as lines of text, their columns padded and apart by tabs.
            [line] if columns > 1 => {
                let line = line.var_char_value().unwrap_or_default();
                let cell = line.splitn(columns, '\t').map(|cell| Some(cell.trim_end()));
                cells.push(cell.chain(std::iter::repeat(None)).take(columns))?;
            }
            data => cells.push(data.iter().map(|cell| cell.var_char_value()))?,
        }
    }
    Ok(())
}

async fn send(cells: &mut Cells, sink: &mut Sink) -> Result<(), EngineError> {
    match cells.take()? {
        Some(batch) => sink.batch(batch).await,
        None => Ok(()),
    }
}

/// The result file, where there is one that may be read. What Athena says counts: a work group may have put it elsewhere
/// than was asked.
async fn file(client: &Client, query: &QueryExecution) -> Result<Option<Stored>, EngineError> {
    let is_csv = |place: &&str| place.to_ascii_lowercase().ends_with(".csv");
    let Some(place) = execution::place(query).filter(is_csv) else { return Ok(None) };
    match client.buckets.find(place).await {
        Ok(found) => Ok(found),
        Err(PlaceError::Refused { .. }) => Ok(None),
        Err(error) => Err(fault::of_place(&error)),
    }
}

/// The rows of the file after those that are handed on, its line of names among them.
async fn from_file(
    client: &Client,
    file: &Stored,
    mut handed_on: usize,
    cells: &mut Cells,
    sink: &mut Sink,
) -> Result<(), EngineError> {
    let (mut csv, mut read) = (Csv::default(), 0);
    let mut pieces = std::pin::pin!(client.buckets.pieces(file));
    loop {
        let piece = pieces.next().await.transpose().map_err(|error| fault::of_place(&error))?;
        if let Some(piece) = &piece {
            csv.feed(piece)?;
            read += piece.len() as u64;
        }
        while csv.next()? || (piece.is_none() && csv.end()?) {
            if handed_on > 0 {
                handed_on -= 1;
                continue;
            }
            cells.push(csv.cells())?;
            if cells.is_full() {
                send(cells, sink).await?;
            }
        }
        if piece.is_none() {
            return send(cells, sink).await;
        }
        sink.progress(Progress {
            phase: Phase::Fetching,
            percent: Progress::percent(read, file.size),
            bytes: None,
        });
    }
}
