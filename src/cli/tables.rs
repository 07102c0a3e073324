//! `saldo tables`: what the lake's manifest says; no engine is opened.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, StringArray, UInt64Array};
use duckdb::arrow::datatypes::{Field, Schema};
use duckdb::arrow::record_batch::RecordBatch;

use super::Failure;
use super::place::{self, Opened};
use crate::config::Config;
use crate::export::{Bytes, Format, Writer};
use crate::lake::Table;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A table, to list its columns
    name: Option<String>,
    #[command(flatten)]
    form: Form,
}

/// The form of a list.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Form {
    /// Form of the list; a table on a terminal, else CSV
    #[arg(long)]
    pub(super) format: Option<Format>,
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let Opened { lake, name: place, .. } = place::open(config)?;
    if let Some(place) = place {
        place::say(&format!("lake at {place}"));
    }
    let Some(name) = &args.name else { return print(args.form.format, all(&lake.manifest.tables)) };
    let table = lake.table(name).ok_or_else(|| {
        let names: Vec<_> = lake.manifest.tables.iter().map(|table| table.name.as_str()).collect();
        Failure::usage(format!("there is no table {name}"), format!("the lake has {}", names.join(", ")))
    })?;
    let names = StringArray::from_iter_values(table.columns.iter().map(|column| &column.name));
    let types = StringArray::from_iter_values(table.columns.iter().map(|column| &column.sql_type));
    print(args.form.format, vec![("column", Arc::new(names)), ("type", Arc::new(types))])
}

fn all(tables: &[Table]) -> Vec<(&'static str, ArrayRef)> {
    let newest = tables.iter().map(|table| table.newest.as_ref().map(|newest| newest.date.to_string()));
    vec![
        ("table", Arc::new(StringArray::from_iter_values(tables.iter().map(|table| &table.name)))),
        ("rows", Arc::new(UInt64Array::from_iter_values(tables.iter().map(|table| table.rows)))),
        (
            "columns",
            Arc::new(UInt64Array::from_iter_values(tables.iter().map(|table| table.columns.len() as u64))),
        ),
        ("newest", Arc::new(StringArray::from_iter(newest))),
    ]
}

/// Prints a small table of our own in the format asked for.
pub(super) fn print(format: Option<Format>, columns: Vec<(&str, ArrayRef)>) -> Result<(), Failure> {
    let is_terminal = io::stdout().is_terminal();
    let format = format.unwrap_or(if is_terminal { Format::Table } else { Format::Csv });
    if format.is_binary() {
        return Err(Failure::usage(
            format!("a list is not written as {}", format.name()),
            "choose another --format",
        ));
    }
    let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays)
        .map_err(|error| Failure::new(1, format!("cannot list: {error}")))?;
    let bytes = if is_terminal { Bytes::Visible } else { Bytes::Exact };
    let mut writer = Writer::new(format, bytes, io::BufWriter::new(io::stdout()));
    writer.start(&schema)?;
    writer.batch(&batch)?;
    Ok(writer.finish()?)
}
