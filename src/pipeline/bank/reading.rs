//! How a part of a file is read, found before its lines are: by its bytes a format of its own, else by its cells.

use super::super::ingest::{ReadError, Work};
use super::convention::{self, Found, Look};
use super::form::own_layout;
use super::formats::{Format, other};
use crate::text::given::Given;

/// How a part is read, the text of its sample, and its format where its cells are entries and no lines.
///
/// # Errors
/// When it is refused, or the disk fails.
pub fn found(work: &mut Work, look: Look) -> Result<(Found, Vec<u8>, Option<Format>), ReadError> {
    let encoding = convention::encoding(work, look)?;
    let bytes = work.bytes();
    let Some(format) = bytes.open(|reader| Format::of(reader, encoding))? else {
        if !work.is_sheet
            && let Some(refusal) = bytes.open(|reader| other::refusal(reader, encoding))?
        {
            return Err(ReadError::Refused(refusal));
        }
        tell_unheeded(work, None);
        let (found, text) = convention::find(work, look, encoding)?;
        return Ok((found, text, None));
    };
    tell_unheeded(work, Some(format));
    Ok((Found::of_own(own_layout(encoding)), Vec::new(), Some(format)))
}

/// Tells which of what a person said means nothing for the part.
fn tell_unheeded(work: &mut Work, format: Option<Format>) {
    let Given { delimiter, no_header, encoding, .. } = &work.options.given;
    let is_of_lines = format.is_none() && !work.is_sheet;
    let said = [
        ("--delimiter", delimiter.is_some() && !is_of_lines),
        ("--encoding", encoding.is_some() && work.is_sheet),
        ("--no-header", *no_header && format.is_some()),
    ];
    let what = format.map_or("a sheet", Format::name);
    for (option, _) in said.into_iter().filter(|(_, is_said)| *is_said) {
        work.report.notes.push(format!("{option} says nothing of {what}, and was not heeded"));
    }
}
