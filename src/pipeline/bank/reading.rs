//! How a part of a file is read, found before its lines are: by its bytes a format of its own, else by its cells.

use super::super::ingest::{ReadError, Work};
use super::convention::{self, Found, Look};
use super::form::own_layout;
use super::formats::Format;

/// How a part is read, the text of its sample, and its format where its cells are entries and no lines.
///
/// # Errors
/// When it is refused, or the disk fails.
pub fn found(work: &mut Work, look: Look) -> Result<(Found, Vec<u8>, Option<Format>), ReadError> {
    let encoding = convention::encoding(work, look)?;
    let bytes = work.bytes();
    let Some(format) = bytes.open(|reader| Format::of(reader, encoding))? else {
        let (found, text) = convention::find(work, look, encoding)?;
        return Ok((found, text, None));
    };
    Ok((Found::of_own(own_layout(encoding)), Vec::new(), Some(format)))
}
