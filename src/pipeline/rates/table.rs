//! Rates on their way to SQL and back.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::Datelike;

use super::super::database::Scratch;
use super::answer::{Day, Rate};
use super::gates::judged;
use crate::lake::watch::Bringing;
use crate::lake::{Lake, Table};
use crate::pipeline::error::{PipelineError, io_at, stage_failed};
use crate::pipeline::files::{self, quoted};
use crate::text::records;

/// The columns of `raw_rates`.
const COLUMNS: [&str; 10] = [
    "rate_date",
    "source",
    "base_currency",
    "currency",
    "rate",
    "inverted",
    "held_back",
    "provisional",
    "published_at_utc",
    "rate_file_sha",
];

/// Whether any rate passes the gates, or is held back.
///
/// # Errors
/// When the disk does.
pub fn is_there(root: &Path) -> Result<bool, PipelineError> {
    Ok(judged(root)?.days.iter().any(|day| !day.rates.is_empty()))
}

/// The statement that makes `raw_rates`: what the files say and the gates let pass, all of it text.
///
/// # Errors
/// When the disk does.
pub fn table(root: &Path, work: &Path) -> Result<String, PipelineError> {
    let path = work.join("raw_rates.csv");
    let mut out = io::BufWriter::new(fs::File::create(&path).map_err(io_at(&path))?);
    let mut line = Vec::new();
    for day in &judged(root)?.days {
        let Day { source, date, base, published, provisional, file, .. } = day;
        // A moment that no calendar of SQL has is left out.
        let published = published.filter(|at| (1900..=2100).contains(&at.year()));
        let published = published.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
        let (date, provisional) = (date.to_string(), provisional.to_string());
        for rate in &day.rates {
            let Rate { currency, text, inverted, held_back, file: own } = rate;
            let (inverted, held_back) = (inverted.to_string(), held_back.to_string());
            let file = own.as_deref().unwrap_or(file);
            let cells: [&str; COLUMNS.len()] = [
                &date,
                source.name(),
                base,
                currency,
                text,
                &inverted,
                &held_back,
                &provisional,
                &published,
                file,
            ];
            line.clear();
            records::write(&mut line, cells.into_iter());
            out.write_all(&line).map_err(io_at(&path))?;
        }
    }
    out.flush().map_err(io_at(&path))?;
    let columns = COLUMNS.map(|name| format!("{name}: 'VARCHAR'")).join(", ");
    // A table rather than a view: the stage reads it several times.
    Ok(format!(
        "CREATE TABLE raw_rates AS SELECT * FROM read_csv({}, header = false, auto_detect = false, delim = ',', quote = '\"', \
         escape = '\"', columns = {{{columns}}})",
        quoted(&path)
    ))
}

/// A database in memory with tables of a lake as views; files that lie on S3 alone are brought.
pub(super) fn view(tables: &[&Table], lake: &Lake) -> Result<Scratch, PipelineError> {
    let failed = stage_failed("rates");
    let connection = Scratch::open().map_err(&failed)?;
    for table in tables {
        lake.bring(&table.files.iter().collect::<Vec<_>>(), &Bringing::QUIET)?;
        let paths: Vec<_> = table.files.iter().map(|file| lake.root.join(&file.path)).collect();
        let read = files::read(paths.iter().map(PathBuf::as_path));
        connection.execute_batch(&format!("CREATE VIEW {} AS {read}", table.name)).map_err(&failed)?;
    }
    Ok(connection)
}
