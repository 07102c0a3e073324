//! A result that an engine wrote to S3 as Parquet: its files, one after the other, read by ranges.

use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use futures::StreamExt;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::athena::fault;
use super::remote::Sink;
use super::{EngineError, ErrorKind, Phase, Progress};
use crate::lake::remote::stored::{Buckets, Stored};

/// Rows of a batch.
const ROWS: usize = 8_192;

/// Hands on the rows of files, of which there is at least one; `engine` is who wrote them.
pub(super) async fn hand_on(
    buckets: &Buckets,
    engine: &str,
    files: &[Stored],
    sink: &mut Sink,
) -> Result<(), EngineError> {
    let gone = |what: &str, error: &dyn Display| EngineError::new(ErrorKind::Io, format!("{what}: {error}"));
    let size: u64 = files.iter().map(|file| file.size).sum();
    let (mut columns, mut read) = (None, 0);
    for file in files {
        let mut copy = tempfile::tempfile().map_err(|error| gone("no temporary file", &error))?;
        let mut pieces = std::pin::pin!(buckets.pieces(file));
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| fault::of_place(&error))?;
            copy.write_all(&piece).map_err(|error| gone("no room for the result", &error))?;
            read += piece.len() as u64;
            let percent = Progress::percent(read, size);
            sink.progress(Progress { phase: Phase::Fetching, percent, bytes: None });
        }
        of_file(copy, engine, &mut columns, sink).await?;
    }
    Ok(())
}

async fn of_file(
    file: File,
    engine: &str,
    columns: &mut Option<SchemaRef>,
    sink: &mut Sink,
) -> Result<(), EngineError> {
    let unreadable = |error: &dyn Display| {
        let message = format!("what {engine} unloaded cannot be read: {error}");
        EngineError::new(ErrorKind::Data, message)
    };
    let own = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default());
    let schema = in_microseconds(own.map_err(|error| unreadable(&error))?.schema());
    match columns {
        None => {
            sink.schema(Arc::clone(&schema)).await?;
            *columns = Some(Arc::clone(&schema));
        }
        Some(first) if *first == schema => {}
        Some(_) => return Err(unreadable(&"its files have other columns than the first")),
    }
    let options = ArrowReaderOptions::new().with_schema(schema);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
    let reader = builder.and_then(|builder| builder.with_batch_size(ROWS).build());
    for batch in reader.map_err(|error| unreadable(&error))? {
        sink.batch(batch.map_err(|error| unreadable(&error))?).await?;
    }
    Ok(())
}

/// The form that times have wherever they come from; nanoseconds, in which old files write them, end in 2262.
fn in_microseconds(schema: &SchemaRef) -> SchemaRef {
    let column = |field: &Arc<Field>| match field.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            let data_type = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            Arc::new(field.as_ref().clone().with_data_type(data_type))
        }
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new(schema.fields().iter().map(column).collect::<Vec<_>>()))
}
