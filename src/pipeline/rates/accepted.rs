//! Rates that were held back and that someone has accepted: `raw/rates/accepted/2024-03-07-EGP-oxr.json`, kept with the raw
//! files, so that the lake can be made again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::answer::Refusal;
use super::kept::Unreadable;
use crate::pipeline::error::{PipelineError, io_at};
use crate::pipeline::raw::{self, Put};

const FOLDER: &str = "raw/rates/accepted";

/// A rate as it was when it was accepted; another one of that day is still compared with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub source: String,
    pub date: NaiveDate,
    pub base: String,
    pub currency: String,
    pub rate: String,
    pub accepted_at_utc: DateTime<Utc>,
}

/// All that was accepted; a note that cannot be read is told and accepts nothing.
pub fn accepted(root: &Path, unread: &mut Unreadable) -> Result<Vec<Accepted>, PipelineError> {
    let entries = match fs::read_dir(root.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io_at(Path::new(FOLDER)))?,
    };
    let mut files = entries.map(|entry| entry.map(|entry| PathBuf::from(FOLDER).join(entry.file_name())));
    let mut files = files.by_ref().collect::<Result<Vec<_>, _>>().map_err(io_at(Path::new(FOLDER)))?;
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let place = root.join(&file);
        let bytes = fs::read(&place).map_err(io_at(&place))?;
        match serde_json::from_slice(&bytes) {
            Ok(accepted) => found.push(accepted),
            Err(error) => {
                let message = format!("it does not say which rate is accepted: {error}");
                unread.push((file, Refusal::new("bad_acceptance", message)));
            }
        }
    }
    Ok(found)
}

/// Keeps the word that a rate is accepted.
pub fn keep(root: &Path, accepted: &Accepted) -> Result<(), PipelineError> {
    let Accepted { source, date, currency, rate, .. } = accepted;
    let text = serde_json::to_vec_pretty(accepted).map_err(|error| io_at(Path::new(FOLDER))(error.into()))?;
    let file = |name: String| PathBuf::from(FOLDER).join(name);
    let path = file(format!("{date}-{currency}-{source}.json"));
    if raw::put(root, &path, &text)? == Put::Differs {
        // A rate of that day was accepted before, and another one came.
        raw::put(root, &file(format!("{date}-{currency}-{source}-{rate}.json")), &text)?;
    }
    Ok(())
}
