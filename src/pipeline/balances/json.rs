//! Rows of daily balances out of JSON. Numbers are kept as they are written, so none passes through a float.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::error::PipelineError;
use super::super::ingest::{ReadError, Work};
use super::cells::Cell;
use super::columns::{COLUMNS, NAME, NEEDED};
use crate::text::decode::{self, Decoder};
use crate::text::header::{self, Header};
use crate::text::scan::Refusal;

/// A row a day is small: more than this is no file of daily balances.
const LARGEST: u64 = 256 << 20;

type Object = BTreeMap<String, Box<RawValue>>;

/// `{"table": …, "rows": […]}`.
#[derive(Deserialize)]
struct Table {
    rows: Vec<Object>,
}

/// The rows of a file, and what it calls our columns.
pub struct Rows {
    rows: Vec<Object>,
    pub names: Vec<String>,
}

impl Rows {
    /// Gives each row's number, from 1, and its cells in the order of our columns.
    pub fn each(
        &self,
        mut take: impl FnMut(u64, &[Cell]) -> Result<(), PipelineError>,
    ) -> Result<(), PipelineError> {
        for (line, row) in (1..).zip(&self.rows) {
            let values: Vec<_> = self.names.iter().map(|name| row.get(name)).collect();
            let texts: Vec<_> = values.iter().map(|value| value.map(|cell| cell_text(cell))).collect();
            let cells = texts.iter().zip(values).map(|(text, value)| Cell {
                text: text.as_deref().unwrap_or_default(),
                is_number: value.is_some_and(|value| !value.get().starts_with('"')),
            });
            take(line, &cells.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// A row as JSON, by its number.
    pub fn text(&self, line: u64) -> String {
        let place = usize::try_from(line).unwrap_or_default();
        let row = place.checked_sub(1).and_then(|place| self.rows.get(place));
        row.and_then(|row| serde_json::to_string(row).ok()).unwrap_or_default()
    }

    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }
}

/// Reads all rows.
pub fn rows(work: &mut Work) -> Result<Rows, ReadError> {
    let bytes = work.bytes();
    let encoding = bytes.open(decode::sniff)?;
    let mut text = Vec::new();
    bytes.open(|reader| Decoder::new(reader, encoding).take(LARGEST + 1).read_to_end(&mut text))?;
    let refused = |error, message, hint| ReadError::Refused(Refusal { error, message, hint });
    if text.len() as u64 > LARGEST {
        let message = format!("it is larger than {} MB, which no file of daily balances is", LARGEST >> 20);
        return Err(refused("too_large", message, "split it"));
    }
    let is_list = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let rows = if is_list {
        serde_json::from_slice::<Vec<Object>>(&text)
    } else {
        serde_json::from_slice::<Table>(&text).map(|table| table.rows)
    };
    let rows = rows.map_err(|error| {
        let message = format!("it is not JSON with a list of rows: {error}");
        refused("bad_json", message, "write it as {\"table\": …, \"rows\": [{…}, …]}")
    })?;
    let mut seen = HashSet::new();
    let keys = rows.iter().flat_map(Object::keys).map(String::as_str);
    let names: Vec<&str> = keys.filter(|name| seen.insert(*name)).collect();
    let Header { places, unknown, .. } = header::resolve(&names, &COLUMNS, NEEDED, &work.options.map)
        .map_err(|error| {
            let message = format!("the rows are not a {NAME}'s: {error}");
            refused("bad_header", message, "name the columns with --map FILE")
        })?;
    if !unknown.is_empty() {
        work.report.notes.push(format!("kept out: {}", unknown.join(", ")));
    }
    let name = |place: &Option<usize>| place.and_then(|place| names.get(place)).copied().unwrap_or_default();
    let names = places.iter().map(|place| name(place).to_owned()).collect();
    Ok(Rows { rows, names })
}

/// A string's text, a number as it is written, nothing for null.
fn cell_text(cell: &RawValue) -> String {
    match cell.get() {
        "null" => String::new(),
        text => serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()),
    }
}
