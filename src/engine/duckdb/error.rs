//! DuckDB's errors as ours: the kind from its family, the place from its mark, the hint from its other lines.
//!
//! The wrapper hands an error over as one text, whose form is DuckDB's own (`Family Error: sentence`, hints, `LINE n:`
//! with a caret). It is read here and nowhere else.

use ::duckdb::Error;
use unicode_width::UnicodeWidthChar as _;

use crate::engine::{EngineError, ErrorKind, Position};

/// What DuckDB says of a file behind a network. It would fetch more of itself for it, which this program never does.
const ELSEWHERE: &str = " requires the extension httpfs";

/// What to do about what is on S3.
pub(in crate::engine) const COPY_FIRST: &str = "copy it first, a lake with `saldo pull`, and name the copy; `saldo open s3://…` looks at Parquet where it lies, \
     without SQL";

/// The typed error behind DuckDB's text, with the place it names.
pub(super) fn engine_error(error: Error) -> EngineError {
    let text = match error {
        Error::DuckDBFailure(_, Some(text)) => text,
        other => other.to_string(),
    };
    let (family, rest) = match text.split_once(" Error: ") {
        Some((family, rest)) if !family.contains(char::is_whitespace) || family.len() < 32 => (family, rest),
        _ => ("", text.as_str()),
    };
    let kind = match family {
        "Parser" | "Syntax" => ErrorKind::Syntax,
        "Catalog" if rest.contains(" does not exist!") => ErrorKind::Missing,
        "Binder" | "Catalog" => ErrorKind::Binding,
        "INTERRUPT" => ErrorKind::Cancelled,
        "Conversion" | "Invalid Input" | "Out of Range" | "Constraint" => ErrorKind::Data,
        "IO" | "HTTP" => ErrorKind::Io,
        "Out of Memory" => ErrorKind::Memory,
        _ => ErrorKind::Other,
    };
    let position = position(rest);
    if let Some((file, _)) = rest.strip_prefix("File ").and_then(|rest| rest.split_once(ELSEWHERE)) {
        let message = format!("{file} is not on this machine, and SQL here reads what is");
        return EngineError { position, ..EngineError::new(ErrorKind::Io, message).with_hint(COPY_FIRST) };
    }
    let words = rest.split("\n\nLINE ").next().unwrap_or(rest);
    let mut lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or("the engine gave no reason").trim_end_matches('.').to_owned();
    let more = lines.collect::<Vec<_>>().join(" ");
    EngineError { position, hint: (!more.is_empty()).then_some(more), ..EngineError::new(kind, message) }
}

/// The line and column of DuckDB's `LINE 2: … ^`. A long line is cut at its start and its place is then unknown.
fn position(text: &str) -> Option<Position> {
    let marked = &text[text.rfind("\nLINE ")? + 1..];
    let (first, caret) = marked.split_once('\n')?;
    let (label, source) = first.split_once(": ")?;
    let line: usize = label.strip_prefix("LINE ")?.parse().ok()?;
    let caret = caret.find('^')?.checked_sub(label.len() + 2)?;
    // The caret stands below the column of a screen: a wide letter takes two, a tab none.
    let mut width = 0;
    let is_before = |letter: &char| {
        width += letter.width().unwrap_or(0);
        width <= caret
    };
    let column = if source.starts_with("...") { 0 } else { source.chars().take_while(is_before).count() };
    Some(Position { line: line.checked_sub(1)?, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_sentence_its_place_and_its_hint() {
        let text = "Binder Error: Referenced column \"x\" not found in FROM clause!\nCandidate bindings: \"y\"\n\n\
            LINE 2:   where x\n                ^";
        let error = engine_error(Error::DuckDBFailure(::duckdb::ffi::Error::new(1), Some(text.into())));
        assert_eq!(error.kind, ErrorKind::Binding);
        assert_eq!(error.message, "Referenced column \"x\" not found in FROM clause!");
        assert_eq!(error.hint.as_deref(), Some("Candidate bindings: \"y\""));
        assert_eq!(error.position, Some(Position { line: 1, column: 8 }));
        let text = "Missing Extension Error: File s3://b/x.parquet requires the extension httpfs to be loaded\nPlease try \
            installing and loading the httpfs extension\n\nLINE 1: FROM 's3://b/x.parquet'\n             ^";
        let error = engine_error(Error::DuckDBFailure(::duckdb::ffi::Error::new(1), Some(text.into())));
        assert_eq!(error.message, "s3://b/x.parquet is not on this machine, and SQL here reads what is");
        assert_eq!((error.kind, error.hint.as_deref()), (ErrorKind::Io, Some(COPY_FIRST)));
        assert_eq!(error.position, Some(Position { line: 0, column: 5 }));
    }
}
