//! The convention of a delimited statement: what its marks, its dates and its signs mean. It is found from the cells of
//! the whole file, never from one cell; where two readings stay open the file is refused with both.
//!
//! ```text
//! start ─► header: delimiter, columns, preamble ─► evidence: a sample's cells, else all cells ─► Convention ─► typed lines
//! ```

use std::io::{self, Read};
use std::path::Path;

use super::super::ingest::{Options, ReadError, Work};
use super::form::{COLUMNS, DIRECTION, STATE};
use super::profile::Profile;
use crate::text::decode::{self, Decoder, Encoding};
use crate::text::given::Given;
use crate::text::header::Map;
use crate::text::scan::{self, EMPTY_HINT, Layout, Refusal};
use crate::text::trimmed;
use asked::Asked;
use blanks::Blank;
use evidence::Evidence;
use header::Start;
use preamble::Stated;
use rules::Convention;

pub(super) mod amount;
pub(super) mod aside;
mod asked;
pub(super) mod balances;
mod blanks;
mod booked;
pub(super) mod candidates;
pub(super) mod decide;
pub(super) mod evidence;
mod fees;
pub(super) mod headed;
mod header;
mod joined;
mod lost;
mod marks;
pub(super) mod naming;
mod open;
mod other;
mod other_days;
pub(super) mod preamble;
#[cfg(test)]
mod random;
pub(super) mod rules;
pub(super) mod tally;
mod whose;
mod width;

/// How much of a file's start is looked at for the header.
const START: usize = 1 << 18;
/// How much of it is looked at for its convention before all of it is.
const SAMPLE: u64 = 2 << 20;

/// What was looked at, in words.
const THE_FILE: &str = "the file";
const THE_SAMPLE: &str = "the sample";

const NO_ACCOUNT: &str = "the header is not a bank statement's: no column is called account_no";
const ACCOUNT_HINT: &str = "name the column with --map FILE, a CSV of lines `their header,our column`, or the account of all \
                            lines with --account NUMBER";

const ENCODING_HINT: &str = "name its encoding with --encoding, such as windows-1250, where its letters are others; else name the \
                             columns with --map FILE, a CSV of lines `their header,our column`, or give --no-header with \
                             numbers in place of their headers";

/// What was found out about a file before its lines are typed.
#[derive(Debug, Clone)]
pub struct Found {
    pub layout: Layout,
    pub convention: Convention,
    pub stated: Stated,
    /// What was decided and what shows it, a sentence each.
    pub evidence: Vec<String>,
    /// Names of columns that are kept out.
    pub unknown: Vec<String>,
    /// The profile of its bank.
    pub profile: Option<Profile>,
    /// Whether only the start of the file was looked at.
    pub is_sample: bool,
    /// What a person and the profile say of the columns.
    pub map: Map,
    /// What a person should know of profiles that were not used.
    pub hint: Option<String>,
}

impl Found {
    /// Of rows that are written as the pipeline's own form is.
    #[must_use]
    pub fn of_own(layout: Layout) -> Self {
        Self {
            layout,
            convention: Convention { is_decimal_given: true, ..Convention::default() },
            stated: Stated::default(),
            evidence: Vec::new(),
            unknown: Vec::new(),
            profile: None,
            is_sample: false,
            map: Map::new(),
            hint: None,
        }
    }
}

/// How far a look at a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A sample, and all of the file where that leaves something open.
    Far,
    /// A sample.
    Near,
    /// All of the file, for what stands behind its sample.
    Whole,
}

/// The encoding of the part: as a person says, else as its bytes show, or those of a sample.
///
/// # Errors
/// When the disk fails.
pub fn encoding(work: &mut Work, look: Look) -> Result<Encoding, ReadError> {
    if work.is_sheet {
        return Ok(Encoding::Utf8);
    }
    match (work.options.profiles.filled(&work.options.given).encoding, look) {
        (Some(encoding), _) => Ok(encoding),
        (None, Look::Near) => work.bytes().open(|reader| decode::sniff(&mut reader.take(SAMPLE))),
        (None, Look::Far | Look::Whole) => work.encoding(),
    }
}

/// Finds layout and convention of the part; with them comes the text of its sample.
///
/// # Errors
/// When there is no header of ours, when two readings stay open, or when the disk fails.
pub fn find(work: &mut Work, look: Look, encoding: Encoding) -> Result<(Found, Vec<u8>), ReadError> {
    let options = work.options;
    let bytes = work.bytes();
    let sample = bytes.open(|reader| sample(reader, encoding))?;
    let Options { map, profiles, last_year, line_cap, .. } = options;
    let mut given = profiles.filled(&options.given);
    if work.is_sheet {
        // As the cells of a sheet are handed on.
        given = Given { delimiter: Some(','), encoding: Some(encoding), ..given };
    }
    let given = &given;
    let asked =
        Asked { map, given, profiles, last_year: *last_year, cap: *line_cap, is_whole: look == Look::Whole };
    let mut all = |layout: &Layout, evidence: &mut Evidence| {
        let is_far = look != Look::Near;
        if is_far {
            bytes.open(|reader| scan::scan(layout, *line_cap, reader, evidence))?;
        }
        Ok(is_far)
    };
    let found = found(&sample, encoding, &asked, &mut all)?;
    if look == Look::Whole {
        // What a person should know was told with the sample.
        return Ok((found, sample.text));
    }
    if !found.unknown.is_empty() {
        work.report.notes.push(format!("kept out: {}", found.unknown.join(", ")));
    }
    work.report.notes.extend(found.hint.clone());
    if is_guessed(encoding, given) {
        work.report
            .notes
            .push(format!("its letters are taken for {}; --encoding names another", encoding.name()));
    }
    Ok((found, sample.text))
}

/// Looks at all cells of a file, or says that it does not.
type LookAtAll<'a> = dyn FnMut(&Layout, &mut Evidence) -> Result<bool, ReadError> + 'a;

/// Finds layout and convention from a sample, and from all cells where it leaves something open.
fn found(
    sample: &Sample,
    encoding: Encoding,
    asked: &Asked,
    all: &mut LookAtAll,
) -> Result<Found, ReadError> {
    let Asked { map, given, profiles, last_year, cap, is_whole } = *asked;
    let in_memory = |error| super::super::error::io_at(Path::new("the start of the file"))(error);
    if sample.text.is_empty() {
        return Err(ReadError::Refused(refusal("empty_file", "the file is empty", EMPTY_HINT)));
    }
    let start = sample.text.get(..sample.text.len().min(START)).unwrap_or_default();
    let start = header::find(start, encoding, asked);
    let start = start.map_err(in_memory)?;
    let start = start.map_err(|refusal| ReadError::Refused(of_guess(refusal, encoding, given)))?;
    let Start { mut layout, mut unknown, currency, profile, above } = start;
    let width = width::settle(&mut layout, &sample.text, cap, last_year).map_err(in_memory)?;
    let nothing = Given::default();
    // What the cells show goes before what a header is known for.
    let usual = profile.as_ref().map_or(&nothing, |profile| &profile.given);
    let map = profile.as_ref().map_or_else(|| map.clone(), |profile| profile.map(map));
    let stated = stated(&above);
    let has_account = layout.places.first().copied().flatten().is_some();
    // An account of the lines goes before that of the preamble, and what a person says before both.
    let account = given.account.clone().or_else(|| stated.account.clone().filter(|_| !has_account));
    let account = account.or_else(|| usual.account.clone());
    let look = |layout: &Layout, evidence: &mut Evidence| {
        scan::decoded(layout, cap, sample.text.as_slice(), evidence).map(drop).map_err(in_memory)
    };
    let of_sample = if sample.is_whole { THE_FILE } else { THE_SAMPLE };
    let below_heading = given.below_heading.or(usual.below_heading);
    let mut evidence = Evidence::new(&layout, &map, last_year, of_sample, below_heading);
    look(&layout, &mut evidence)?;
    if !has_account && account.is_none() && !evidence.names_an_account() {
        return Err(ReadError::Refused(refusal("no_account", NO_ACCOUNT, ACCOUNT_HINT)));
    }
    let mut is_sample = !sample.is_whole;
    if is_sample && (is_whole || evidence.is_open(given)) {
        let mut whole = Evidence::new(&layout, &map, last_year, THE_FILE, below_heading);
        if all(&layout, &mut whole)? {
            (evidence, is_sample) = (whole, false);
        }
    }
    let told = [(DIRECTION, evidence.direction()), (STATE, evidence.state())];
    let blank = evidence.blank(given, usual).map_err(ReadError::Refused)?;
    if blank.is_some() || told.iter().any(|(_, place)| place.is_some()) {
        name_columns(&mut layout, &mut unknown, told, blank);
        let of_blank = blank.and_then(Blank::way);
        let whole = if is_sample { THE_SAMPLE } else { THE_FILE };
        evidence = Evidence::new(&layout, &map, last_year, whole, below_heading).with_blank(of_blank);
        if sample.is_whole || is_sample || !all(&layout, &mut evidence)? {
            look(&layout, &mut evidence)?;
        }
    }
    let currency = given.currency.clone().or(currency).or_else(|| stated.currency.clone());
    let currency = currency.or_else(|| usual.currency.clone());
    let mut decided = evidence.decide(given, usual, currency.as_deref()).map_err(ReadError::Refused)?;
    decided.sentences.extend(width);
    if let Some(profile) = &profile {
        let which = if given.bank.is_some() { "the profile" } else { "the header is that of" };
        decided.sentences.insert(0, format!("{which} {}", profile.told()));
    }
    let convention = Convention { account, currency, below_heading, ..decided.convention };
    let names: Vec<_> = layout.names.iter().map(String::as_str).collect();
    let hint = if given.no_header { None } else { profiles.hint(&names, given) };
    let evidence = decided.sentences;
    Ok(Found { layout, convention, stated, evidence, unknown, profile, is_sample, map, hint })
}

/// Whether nobody said or showed the encoding: all that is no UTF is taken for one, and each of its bytes would be a letter of
/// another one too.
fn is_guessed(encoding: Encoding, given: &Given) -> bool {
    encoding == Encoding::Windows1252 && given.encoding.is_none()
}

/// Why there is no header, where the letters of its words may have been taken for other ones.
fn of_guess(refusal: Refusal, encoding: Encoding, given: &Given) -> Refusal {
    let is_of_words =
        matches!(refusal.error, "bad_header" | "no_header") && refusal.hint != header::FORMATS_HINT;
    if !is_guessed(encoding, given) || !is_of_words {
        return refusal;
    }
    let message =
        format!("{} (its letters are taken for {}, which is a guess)", refusal.message, encoding.name());
    Refusal { message, hint: ENCODING_HINT, ..refusal }
}

/// What the lines above the header say.
fn stated(above: &[Vec<String>]) -> Stated {
    let mut stated = Stated::default();
    for line in above {
        stated.add(line.iter().map(String::as_str));
    }
    stated.account = stated.account.or_else(|| naming::above(above));
    stated
}

/// Takes columns whose cells tell what they are, and lets go of words for a way that say nothing beside the signs.
fn name_columns(
    layout: &mut Layout,
    unknown: &mut Vec<String>,
    told: [(usize, Option<usize>); 2],
    blank: Option<Blank>,
) {
    for (column, place) in told {
        name_column(layout, unknown, column, place);
    }
    if blank == Some(Blank::Signed) {
        unknown.push(layout.name(DIRECTION).to_owned());
        layout.places.get_mut(DIRECTION).into_iter().for_each(|place| *place = None);
    }
}

/// Takes a column whose cells tell what it is.
fn name_column(layout: &mut Layout, unknown: &mut Vec<String>, column: usize, place: Option<usize>) {
    let Some(place) = place else { return };
    layout.places.resize(COLUMNS.len(), None);
    layout.places.get_mut(column).into_iter().for_each(|there| *there = Some(place));
    let name = layout.names.get(place).map(|name| trimmed(name).to_owned());
    unknown.retain(|unknown| Some(unknown) != name.as_ref());
}

fn refusal(error: &'static str, message: &str, hint: &'static str) -> Refusal {
    Refusal { error, message: message.into(), hint }
}

/// The decoded start of a file, to the end of a line.
struct Sample {
    text: Vec<u8>,
    is_whole: bool,
}

fn sample(reader: &mut dyn Read, encoding: Encoding) -> io::Result<Sample> {
    let mut text = Vec::new();
    Decoder::new(reader, encoding).take(SAMPLE).read_to_end(&mut text)?;
    let is_whole = (text.len() as u64) < SAMPLE;
    if !is_whole && let Some(end) = memchr::memrchr2(b'\n', b'\r', &text) {
        text.truncate(end + 1);
    }
    Ok(Sample { text, is_whole })
}
