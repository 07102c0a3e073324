//! Importing files that a person has: each is known by its bytes, kept as it is, and told where it could not be read.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};

use super::answer::{Answer, Refusal};
use super::gates;
use super::kept::{Kept, PROVISIONAL, keep};
use super::read;
use super::source::Source;
use crate::pipeline::error::PipelineError;
use crate::pipeline::errors::{self, Fault};
use crate::pipeline::raw::Put;

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    pub file: PathBuf,
    pub outcome: Result<Known, Refusal>,
}

/// What a file was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub source: Source,
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// Days with rates.
    pub days: usize,
    /// Lines and cells that could not be read, and rates that cannot be used.
    pub unread: usize,
    /// Rates that differ from those of a file that came before.
    pub differing: usize,
    /// Whether the lake had these bytes.
    pub was_there: bool,
}

/// Keeps the files in the lake's raw folder. What could not be read is recorded, once a file.
///
/// # Errors
/// When the lake cannot be written.
pub fn import(root: &Path, files: &[PathBuf], now: DateTime<Utc>) -> Result<Vec<Imported>, PipelineError> {
    let run_id = errors::run_id(now);
    let mut faults = Vec::new();
    let mut all = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fault = |error: &str, message: &str| Fault {
            run_id: run_id.clone(),
            happened_at_utc: now,
            area: "rates".into(),
            source: name.clone(),
            error: error.into(),
            message: message.into(),
            ..Fault::default()
        };
        let read =
            fs::read(file).map_err(|error| Refusal::new("unreadable", format!("cannot read it: {error}")));
        let found = read.and_then(|bytes| {
            let answer = read::answer(&bytes)?;
            answer.check_days(now.date_naive())?;
            Ok((answer, bytes))
        });
        let outcome = match found {
            Ok((answer, bytes)) => {
                let known = keep_file(root, &name, answer.clone(), &bytes, now)?;
                if !known.was_there {
                    faults.extend(answer.unread.into_iter().map(|unread| Fault {
                        line_no: Some(unread.line_no),
                        column_name: unread.column,
                        text: Some(unread.text),
                        ..fault(unread.error, unread.message)
                    }));
                }
                Ok(known)
            }
            Err(refusal) => {
                faults.push(Fault {
                    description: refusal.description.clone(),
                    ..fault(&refusal.error, &refusal.message)
                });
                Err(refusal)
            }
        };
        all.push(Imported { file: file.clone(), outcome });
    }
    errors::record(root, &run_id, "rates", &faults)?;
    Ok(all)
}

fn keep_file(
    root: &Path,
    name: &str,
    mut answer: Answer,
    bytes: &[u8],
    now: DateTime<Utc>,
) -> Result<Known, PipelineError> {
    answer.trust_name(name);
    let dates = || answer.days.iter().map(|day| day.date);
    let (first, last) = (dates().min().unwrap_or_default(), dates().max().unwrap_or_default());
    let today = now.date_naive();
    let open = match answer.source {
        // The latest rates are no day's last, whenever the file is looked at.
        Source::Oxr => last >= today || name.contains("latest") || name.contains(PROVISIONAL),
        Source::Frankfurter => last >= today || name.contains(PROVISIONAL),
        Source::Ecb | Source::H10 => false,
    };
    let Kept { put, differing, .. } = keep(root, &answer, bytes, open)?;
    let (source, days) = (answer.source, answer.days.len());
    let unread =
        answer.unread.len() + answer.days.iter().map(|day| gates::unusable(&day.rates)).sum::<usize>();
    Ok(Known { source, first, last, days, unread, was_there: put == Put::Known, differing })
}
