//! What a file of rates is, told from its bytes, and what it says; nothing is taken from its name.

use std::io::{Cursor, Read};

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Day, Rate, Source, csv, json, sha256};

/// No history of daily rates is as large as this unpacked; an archive that is stops here.
const LARGEST: u64 = 256 << 20;

/// What a file or an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub source: Source,
    /// In the order of the file.
    pub days: Vec<Day>,
    /// Lines and cells that could not be read; the others are good.
    pub unread: Vec<Unread>,
    /// How names of such files end.
    pub extension: &'static str,
    pub(super) sha256: String,
}

impl Answer {
    /// Takes the date of a single day of Open Exchange Rates from the file's name, `2017-06-29.json`: its only other mark is
    /// its last second, which may be stamped as the next day's first. A name that says something else is not believed.
    pub(super) fn trust_name(&mut self, name: &str) {
        let date = name.get(..10).and_then(|text| text.parse::<NaiveDate>().ok());
        if let (Source::Oxr, [day], Some(date)) = (self.source, self.days.as_mut_slice(), date)
            && (day.date - date).num_days().abs() <= 1
        {
            day.date = date;
        }
    }
}

/// A place in a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// A stable word.
    pub error: &'static str,
    /// One sentence.
    pub message: &'static str,
    /// The header being line 1.
    pub line_no: u64,
    pub column: Option<String>,
    pub text: String,
}

/// Why an answer is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// A stable word; the provider's own where it has one.
    pub error: String,
    /// One sentence.
    pub message: String,
    /// The provider's own description.
    pub description: Option<String>,
    pub status: Option<u16>,
    /// Whether asking again can help.
    pub retryable: bool,
    /// Whether asking for other dates is of no use either.
    pub stops: bool,
    /// Number of the last attempt, from 1; 0 when nothing was asked.
    pub attempt: u32,
    /// The body, secrets taken out.
    pub body: Vec<u8>,
}

impl Refusal {
    pub(super) fn new(error: &str, message: impl Into<String>) -> Self {
        Self { error: error.into(), message: message.into(), ..Self::default() }
    }

    pub(super) fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }
}

/// The messages of Open Exchange Rates, which come with differing statuses, and whether they end a run.
const MESSAGES: [(&str, bool); 10] = [
    ("missing_app_id", true),
    ("invalid_app_id", true),
    ("not_allowed", true),
    ("access_restricted", true),
    ("invalid_base", true),
    ("not_found", true),
    ("invalid_date", false),
    ("invalid_date_range", false),
    ("invalid_currency", false),
    ("not_available", false),
];

#[derive(Deserialize)]
struct ErrorBody {
    error: bool,
    message: String,
    description: Option<String>,
}

/// The provider's own words, when a body is an error of Open Exchange Rates.
#[must_use]
pub fn error_of(body: &[u8]) -> Option<Refusal> {
    let error: ErrorBody = serde_json::from_slice(body).ok()?;
    if !error.error {
        return None;
    }
    let known = MESSAGES.iter().find(|(message, _)| *message == error.message);
    let said = error.description.as_deref().unwrap_or(&error.message);
    Some(Refusal {
        message: format!("the provider says: {said}"),
        stops: known.is_some_and(|(_, stops)| *stops),
        error: error.message,
        description: error.description,
        ..Refusal::default()
    })
}

/// Reads a file of rates: the ECB's zip, CSV in both dialects, Open Exchange Rates' JSON (latest, historical, time
/// series), Frankfurter's (v1, v2, lines), the Federal Reserve's H.10 as CSV; CSV and JSON also gzipped.
///
/// # Errors
/// When the bytes are none of these, or an error that the provider sent.
pub fn answer(bytes: &[u8]) -> Result<Answer, Refusal> {
    let (unpacked, packing) = unpack(bytes)?;
    let text = std::str::from_utf8(&unpacked)
        .map_err(|_| Refusal::new("not_text", "the file is neither text nor an archive of text"))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut answer = match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => json::answer(text)?,
        _ => csv::answer(text)?,
    };
    answer.extension = match (packing, answer.extension) {
        (Packing::Zip, _) => "zip",
        (Packing::Gzip, "json") => "json.gz",
        (Packing::Gzip, _) => "csv.gz",
        (Packing::None, plain) => plain,
    };
    answer.sha256 = sha256(bytes);
    if answer.days.is_empty() {
        return Err(Refusal::new("no_rates", "the file holds no rates"));
    }
    Ok(answer)
}

enum Packing {
    None,
    Gzip,
    Zip,
}

fn unpack(bytes: &[u8]) -> Result<(Vec<u8>, Packing), Refusal> {
    let broken = |what: &str| Refusal::new("broken_archive", format!("the {what} archive is broken"));
    let mut text = Vec::new();
    if bytes.starts_with(b"PK\x03\x04") {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken("zip"))?;
        let is_csv = |name: &str| name.to_ascii_lowercase().ends_with(".csv");
        let place = archive.file_names().position(|name| name.is_ok_and(|name| is_csv(&name)));
        let place = place.ok_or_else(|| Refusal::new("unknown_format", "the archive holds no CSV file"))?;
        let file = archive.by_index(place).map_err(|_| broken("zip"))?;
        file.take(LARGEST).read_to_end(&mut text).map_err(|_| broken("zip"))?;
        return Ok((text, Packing::Zip));
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let file = flate2::read::MultiGzDecoder::new(bytes);
        file.take(LARGEST).read_to_end(&mut text).map_err(|_| broken("gzip"))?;
        return Ok((text, Packing::Gzip));
    }
    Ok((bytes.to_vec(), Packing::None))
}

/// A day as a reader finds it; what the file as a whole says of it comes later.
pub(super) fn day(source: Source, date: NaiveDate, base: &str, rates: Vec<Rate>) -> Day {
    let base = base.to_owned();
    Day { source, date, base, rates, published: None, provisional: false, file: String::new(), until: date }
}
