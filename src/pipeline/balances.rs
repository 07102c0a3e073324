//! Daily balances: CSV or JSON files with a row a day, into the table `transactions`.
//!
//! A row whose date is no date, or lies outside the calendar's years, is a fault and not in the table; so is a date's
//! second row in the same file. A cell that is no number is NULL there, and a fault. When two files have a date with
//! other values, the one that came later corrects the other, and a fault says so. The calendar's columns of a file
//! (weekday, day, month, year) are compared with the calendar and not used.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::iter;
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{PipelineError, stage_failed};
use super::errors::Fault;
use super::files::quoted;
use super::ingest::keep::{Clean, Part, Reading, reading, replace};
use super::ingest::{self, Kind, Trouble, Work};
use super::raw;
use super::stages::Raw;
use super::text::decode::{self, Decoder};
use super::text::header::{self, Column, Header};
use super::text::numbers::is_surely_amount;
use super::text::records::{self, Bad, Cells};
use super::text::scan::{self, Form, Refusal, Sink};
use crate::engine::duckdb::Connection;
use crate::sql::quote_text;

const fn column(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, also }
}
const COLUMNS: [Column; 10] = [
    column("fecha", &[]),
    column("saldo_inversion", &[]),
    column("saldo_clientes", &[]),
    column("saldo_flujos", &[]),
    column("num_ingresos_hoy", &["numero_ingresos_hoy"]),
    column("num_egresos_hoy", &["numero_egresos_hoy"]),
    column("dia_semana", &[]),
    column("dia_del_mes", &[]),
    column("mes", &[]),
    column("anio", &["ano"]),
];
/// The columns that go into the table: the date, amounts, counts.
const USED: usize = 6;
const FIRST_COUNT: usize = 4;
/// The years that the calendar has.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2098;
/// A row a day is small: more than this is no file of daily balances.
const LARGEST: u64 = 256 << 20;

const BAD_DATE: Bad = Bad { error: "bad_date", message: "the cell is not a date, so the row has no day" };
const ORPHAN: Bad =
    Bad { error: "orphan_date", message: "the calendar goes from 1990 to 2098 and has no such day" };
const SAME: Bad =
    Bad { error: "duplicate_date", message: "the day stands in this file before, with the same values" };
const OTHER: Bad = Bad {
    error: "duplicate_date",
    message: "the day stands in this file before, with other values; those are used",
};
const BAD_NUMBER: Bad =
    Bad { error: "bad_number", message: "the cell is not a number; the row is kept without it" };

/// Daily balances.
pub const BALANCES: Kind = Kind {
    area: "balances",
    raw: Raw::Balances,
    table: "transactions",
    rows: "raw_balances",
    loaded: include_str!("balances/loaded.sql"),
    form: Form {
        name: "file of daily balances",
        columns: &COLUMNS,
        needed: &[
            &["fecha"],
            &["saldo_inversion", "saldo_clientes", "saldo_flujos", "num_ingresos_hoy", "num_egresos_hoy"],
        ],
    },
    read,
    compare,
};

fn read(work: &mut Work) -> Result<Part, Trouble> {
    let (root, bytes, cap) = (work.root, work.bytes(), work.options.line_cap);
    let is_json = bytes.open(|reader| {
        let mut start = Vec::new();
        Decoder::new(reader.take(4096), decode::Encoding::Utf8).read_to_end(&mut start)?;
        let first = start.iter().find(|byte| byte.is_ascii_graphic());
        Ok(matches!(first, Some(b'{' | b'[')))
    })?;
    let clean = Clean::new(root, clean_names())?;
    let (places, names) = (Vec::new(), Vec::new());
    let mut pass =
        Pass { work, places, names, clean, days: HashMap::new(), rows: 0, lines: 0, differ: [0; 4] };
    let mut layout = None;
    if is_json {
        json(&mut pass)?;
    } else {
        let found = pass.work.layout()?;
        pass.places.clone_from(&found.places);
        pass.names = (0..COLUMNS.len()).map(|column| found.name(column).to_owned()).collect();
        let counts = bytes.open(|reader| scan::scan(&found, cap, reader, &mut pass))?;
        pass.work.told.blank += counts.blank;
        pass.lines = counts.rows + counts.bad;
        layout = Some(found);
    }
    let Pass { work, clean, rows, lines, differ, .. } = pass;
    work.told.lines += lines;
    for (column, differ) in COLUMNS.iter().skip(USED).zip(differ).filter(|(_, differ)| *differ > 0) {
        let note = format!(
            "{} is not the calendar's on {differ} of {rows} days; the calendar's is used",
            column.name
        );
        work.told.notes.push(note);
    }
    let part = work.part(layout, rows);
    replace(root, clean.finish()?, &part.clean(&work.file))?;
    Ok(part)
}

fn clean_names() -> impl Iterator<Item = &'static str> {
    iter::once("line_no").chain(COLUMNS.iter().take(USED).map(|column| column.name))
}

/// One pass over a file.
struct Pass<'a, 'b> {
    work: &'a mut Work<'b>,
    /// Our columns in the file: their places, and what it calls them.
    places: Vec<Option<usize>>,
    names: Vec<String>,
    clean: Clean,
    /// Each day with its values.
    days: HashMap<NaiveDate, Vec<String>>,
    rows: u64,
    lines: u64,
    /// Days on which a calendar column of the file is not the calendar's.
    differ: [u64; 4],
}

impl Pass<'_, '_> {
    /// A row, its cells in the order of our columns.
    fn take(&mut self, line: u64, cells: &[&str]) -> Result<(), PipelineError> {
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let Some(day) = date(cell(0)) else { return self.fault(BAD_DATE, line, Some(0), cell(0)) };
        if !YEARS.contains(&day.year()) {
            return self.fault(ORPHAN, line, Some(0), cell(0));
        }
        let mut values = Vec::with_capacity(USED);
        for column in 1..USED {
            let number = if column < FIRST_COUNT { amount(cell(column)) } else { count(cell(column)) };
            if number.is_none() {
                self.fault(BAD_NUMBER, line, Some(column), cell(column))?;
            }
            values.push(number.unwrap_or_default());
        }
        if let Some(former) = self.days.get(&day) {
            let bad = if *former == values { SAME } else { OTHER };
            let text = cells.get(..USED).unwrap_or(cells).join(",");
            return self.fault(bad, line, Some(0), &text);
        }
        let weekday = day.weekday().num_days_from_sunday() + 1;
        let calendar = [weekday, day.day(), day.month(), day.year_ce().1];
        for (place, (own, differ)) in calendar.iter().zip(&mut self.differ).enumerate() {
            let theirs = cell(USED + place).trim();
            *differ += u64::from(!theirs.is_empty() && theirs.parse() != Ok(*own));
        }
        let (line, text) = (line.to_string(), day.to_string());
        let row = [line.as_str(), text.as_str()].into_iter().chain(values.iter().map(String::as_str));
        self.clean.row(row).map_err(super::error::io_at(self.work.root))?;
        self.days.insert(day, values);
        self.rows += 1;
        Ok(())
    }

    fn fault(&mut self, bad: Bad, line: u64, column: Option<usize>, text: &str) -> Result<(), PipelineError> {
        let column = column.and_then(|column| self.names.get(column)).cloned();
        let fault = self.work.fault(bad.error, bad.message);
        let text = Some(records::head(text));
        self.work.faults.add(&Fault { line_no: Some(line), column_name: column, text, ..fault })
    }
}

impl Sink for Pass<'_, '_> {
    fn row(&mut self, line: u64, cells: &Cells) -> io::Result<()> {
        let cell = |place: &Option<usize>| place.map_or("", |place| cells.get(place));
        let row: Vec<_> = self.places.iter().map(cell).collect();
        self.take(line, &row).map_err(io::Error::other)
    }

    fn bad(&mut self, line: u64, bad: Bad, text: String) -> io::Result<()> {
        self.fault(bad, line, None, &text).map_err(io::Error::other)
    }
}

/// A row of JSON. Numbers are kept as they are written.
type Object = BTreeMap<String, Box<RawValue>>;

/// `{"table": …, "rows": […]}`.
#[derive(Deserialize)]
struct Table {
    rows: Vec<Object>,
}

/// Reads rows from JSON; the first is line 1.
fn json(pass: &mut Pass) -> Result<(), Trouble> {
    let bytes = pass.work.bytes();
    let encoding = bytes.open(decode::sniff)?;
    let mut text = Vec::new();
    bytes.open(|reader| Decoder::new(reader, encoding).take(LARGEST + 1).read_to_end(&mut text))?;
    let refused = |error, message, hint| Trouble::Refused(Refusal { error, message, hint });
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
    let mut names: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(Object::keys) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let Header { places, unknown, .. } =
        header::resolve(&names, &COLUMNS, BALANCES.form.needed, &pass.work.options.map).map_err(|error| {
            let message = format!("the rows are not a {}'s: {error}", BALANCES.form.name);
            refused("bad_header", message, "name the columns with --map FILE")
        })?;
    if !unknown.is_empty() {
        pass.work.told.notes.push(format!("kept out: {}", unknown.join(", ")));
    }
    let name = |place: &Option<usize>| place.and_then(|place| names.get(place)).copied().unwrap_or_default();
    pass.names = places.iter().map(|place| name(place).to_owned()).collect();
    for (line, row) in (1..).zip(&rows) {
        let cells: Vec<_> = pass.names.iter().map(|name| row.get(name).map(|cell| cell_text(cell))).collect();
        let cells: Vec<_> = cells.iter().map(|cell| cell.as_deref().unwrap_or_default()).collect();
        pass.take(line, &cells)?;
        pass.lines += 1;
    }
    Ok(())
}

/// A string's text, a number as it is written, nothing for null.
fn cell_text(cell: &RawValue) -> String {
    match cell.get() {
        "null" => String::new(),
        text => serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()),
    }
}

/// A day: `2023-12-31`, also with a time behind it, or `31/12/2023`, the day first as in Spanish.
fn date(cell: &str) -> Option<NaiveDate> {
    let day = cell.trim().split(['T', ' ']).next()?;
    ["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y"]
        .iter()
        .filter_map(|form| NaiveDate::parse_from_str(day, form).ok())
        // A year of two digits would be one of the Romans.
        .find(|day| day.year() >= 1000)
}

/// An amount without its commas, within 15 digits; empty for an empty cell.
fn amount(cell: &str) -> Option<String> {
    let text = cell.trim();
    if is_surely_amount(text) {
        return Some(text.replace(',', ""));
    }
    // The way that programs write large numbers, for example 1.85E+8.
    let is_scientific = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let size = text.parse::<f64>().ok().filter(|size| is_scientific && size.abs() < 1e15)?;
    size.is_finite().then(|| text.to_owned())
}

/// A count; `12.0` is one too.
fn count(cell: &str) -> Option<String> {
    let text = cell.trim().replace(',', "");
    let whole = text.split_once('.').filter(|(_, rest)| rest.bytes().all(|byte| byte == b'0'));
    let whole = whole.map_or(text.as_str(), |(whole, _)| whole);
    (whole.len() <= 9 && whole.bytes().all(|byte| byte.is_ascii_digit())).then(|| whole.to_owned())
}

/// The statements that read a raw file as its note says; clean CSV that is lost is made again.
pub(super) fn select(root: &Path, file: &Path, reading: &Reading) -> Result<Vec<String>, PipelineError> {
    let columns: Vec<_> = clean_names().map(|name| format!("'{name}': 'VARCHAR'")).collect();
    let columns = columns.join(", ");
    let mut parts = Vec::new();
    for part in &reading.parts {
        let clean = part.clean(file);
        if !root.join(&clean).exists() {
            ingest::again(root, &BALANCES, file, reading, part)?;
        }
        parts.push(format!(
            "SELECT {} AS source_file, {} AS file_no, * REPLACE (CAST(line_no AS BIGINT) AS line_no) FROM read_csv({}, \
             header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', \
             columns = {{{columns}}}, hive_partitioning = false)",
            quote_text(&part.source(file)),
            reading.number + 1,
            quoted(&root.join(&clean))
        ));
    }
    Ok(parts)
}

/// Tells the days that the lake has with other values.
fn compare(work: &mut Work, part: &Part) -> Result<(), PipelineError> {
    if !raw::is_there(work.root, Raw::Balances) {
        return Ok(());
    }
    let failed = |error: duckdb::Error| stage_failed("transactions")(error);
    let reading = Reading { parts: vec![part.clone()], ..Reading::of_own() };
    let fresh = select(work.root, &work.file, &reading)?.concat();
    let view = match view(work.root) {
        Err(PipelineError::NoRawFiles(_)) => return Ok(()),
        view => view?,
    };
    let connection = Connection::open_in_memory().map_err(failed)?;
    let stage = include_str!("balances/transactions.sql");
    let setup = format!(
        "CREATE TEMP VIEW fresh_balances AS {fresh}; {view};
         CREATE TEMP VIEW standing AS {stage}\n; CREATE TEMP VIEW fresh AS {}\n",
        stage.replace("raw_balances", "fresh_balances")
    );
    connection.execute_batch(&setup).map_err(failed)?;
    let sql = "SELECT line_no, CAST(fecha AS VARCHAR), CONCAT_WS(',', saldo_inversion, saldo_clientes, saldo_flujos,
                 num_ingresos_hoy, num_egresos_hoy)
               FROM (SELECT fecha, * EXCLUDE (fecha) FROM standing EXCEPT SELECT fecha, * EXCLUDE (fecha) FROM fresh) AS other
               JOIN (SELECT CAST(fecha AS DATE) AS fecha, line_no FROM fresh_balances) AS lines USING (fecha)
               ORDER BY line_no";
    let mut statement = connection.prepare(sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let day: String = row.get(1).map_err(failed)?;
        let fault = work.fault(
            "duplicate_date",
            "the lake had the day with other values, which this file, having come later, corrects",
        );
        let line: i64 = row.get(0).map_err(failed)?;
        let values: String = row.get(2).map_err(failed)?;
        work.faults.add(&Fault {
            line_no: u64::try_from(line).ok(),
            text: Some(format!("{day},{values}")),
            ..fault
        })?;
    }
    Ok(())
}

/// The view of all raw files. In a file without a note, which we put there ourselves, columns are found by name, whatever the case.
///
/// # Errors
/// When there is none, or the disk does.
pub fn view(root: &Path) -> Result<String, PipelineError> {
    let mut parts = Vec::new();
    for file in raw::files(root, "raw/balances", &[""])? {
        let (name, path) = (quoted(&file), quoted(&root.join(&file)));
        match reading(root, &file)? {
            Some(reading) => parts.extend(select(root, &file, &reading)?),
            None if file.extension().is_some_and(|end| end == "csv") => parts.push(format!(
                "SELECT {name} AS source_file, 0 AS file_no, row_number() OVER () + 1 AS line_no, * FROM \
                 read_csv({path}, header = true, all_varchar = true, hive_partitioning = false)"
            )),
            None => {}
        }
    }
    if parts.is_empty() {
        return Err(PipelineError::NoRawFiles(root.join("raw/balances")));
    }
    let parts = parts.join(" UNION ALL BY NAME ");
    Ok(format!("CREATE VIEW raw_balances AS {parts}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_numbers_are_read_as_people_and_programs_write_them() {
        for cell in ["2023-12-31", " 2023-12-31T00:00:00", "2023-12-31 00:00:00", "31/12/2023", "2023/12/31"]
        {
            assert_eq!(date(cell).map(|day| day.to_string()).as_deref(), Some("2023-12-31"), "{cell}");
        }
        for cell in ["", "12/31/2023", "2023-02-29", "31-12-23", "x"] {
            assert_eq!(date(cell), None, "{cell}");
        }
        assert_eq!(amount("1,234.50").as_deref(), Some("1234.50"));
        assert_eq!(amount("1.85E+8").as_deref(), Some("1.85E+8"));
        assert_eq!(amount(" ").as_deref(), Some(""));
        for cell in ["inf", "nan", "1e99", "1.234,50", "abc"] {
            assert_eq!(amount(cell), None, "{cell}");
        }
        assert_eq!(count("12.0").as_deref(), Some("12"));
        assert_eq!(count("1,200").as_deref(), Some("1200"));
        for cell in ["-1", "1.5", "x", "12345678901"] {
            assert_eq!(count(cell), None, "{cell}");
        }
    }
}
