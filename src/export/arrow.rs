//! Rows as an Arrow IPC file, with the types that the engine gave.

use std::io::{self, Write};

use arrow_ipc::writer::FileWriter;
use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;

/// Writes batches to an Arrow file: `start`, `batch`…, `finish`.
pub(super) struct ArrowFile<W: Write> {
    out: Option<W>,
    writer: Option<FileWriter<W>>,
}

impl<W: Write> ArrowFile<W> {
    pub fn new(out: W) -> Self {
        Self { out: Some(out), writer: None }
    }

    pub fn start(&mut self, schema: &SchemaRef) -> io::Result<()> {
        let out = self.out.take().ok_or_else(|| io::Error::other("the file has begun already"))?;
        self.writer = Some(FileWriter::try_new(out, schema).map_err(io::Error::other)?);
        Ok(())
    }

    pub fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write(batch)).map_err(io::Error::other)
    }

    pub fn finish(&mut self) -> io::Result<()> {
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        writer.finish().map_err(io::Error::other)?;
        writer.get_mut().flush()
    }
}
