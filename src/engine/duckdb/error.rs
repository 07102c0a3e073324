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

/// What makes the tables of a lake that may lack them. DuckDB would name a table of its own in their place.
const MAKERS: [(&str, &str); 7] = [
    ("response", "`saldo rates import FILE` or `saldo rates fetch` makes it"),
    ("banktxn", "`saldo ingest bank FILE` makes it"),
    ("daily_rates", "`saldo ingest bank FILE` makes it"),
    ("processed", "`saldo ingest bank FILE` makes it"),
    ("dates", "`saldo ingest` makes it"),
    ("transactions", "`saldo ingest balances FILE` makes it"),
    ("error_error", "it comes with the first fault of a file or a source"),
];

/// What DuckDB cannot do without its calendars of all time zones, which are not linked in.
const ZONES: [&str; 3] = ["in the icu extension", "extension 'icu", "TIMESTAMP WITH TIME ZONE"];

/// What to do about it.
const NO_ZONES: &str = "moments with a time zone are not reckoned with here: current_date and today() are the day in UTC, \
     localtimestamp is its time, and make_timestamp(epoch_us(MOMENT)) turns another one into such a time";

/// The hint of ours in place of DuckDB's.
fn own_hint(kind: ErrorKind, rest: &str) -> Option<String> {
    if kind == ErrorKind::Missing {
        let name = rest.strip_prefix("Table with name ")?.split(' ').next()?;
        let (name, maker) = MAKERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        return Some(format!("the lake has no {name}: {maker}"));
    }
    let first = rest.lines().next().unwrap_or_default();
    ZONES.iter().any(|word| first.contains(word)).then(|| NO_ZONES.to_owned())
}

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
    let hint = own_hint(kind, rest).or_else(|| (!more.is_empty()).then_some(more));
    EngineError { hint, position, ..EngineError::new(kind, message) }
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

    #[test]
    fn what_cannot_be_followed_is_not_the_hint() {
        let hint = |text: &str| {
            engine_error(Error::DuckDBFailure(::duckdb::ffi::Error::new(1), Some(text.into()))).hint
        };
        let zones = [
            "Catalog Error: Scalar Function with name \"current_time\" is not in the catalog, but it exists in the icu extension.\n\nPlease try \
             INSTALL icu",
            "Binder Error: No function matches the given name and argument types '-(TIMESTAMP WITH TIME ZONE, INTERVAL)'.\n\tCandidate functions: x",
            "Conversion Error: Unimplemented type for cast (TIMESTAMP WITH TIME ZONE -> DATE)",
            "Extension Autoloading Error: An error occurred while trying to automatically install the required extension 'icu:\nInstall it",
        ];
        for text in zones {
            assert_eq!(hint(text).as_deref(), Some(NO_ZONES), "{text}");
        }
        let text = "Catalog Error: Table with name banktxn does not exist!\nDid you mean \"pg_constraint\"?\n\nLINE 1: x\n        ^";
        assert_eq!(hint(text).as_deref(), Some("the lake has no banktxn: `saldo ingest bank FILE` makes it"));
        let text = "Catalog Error: Table with name banks does not exist!\nDid you mean \"banktxn\"?";
        assert_eq!(hint(text).as_deref(), Some("Did you mean \"banktxn\"?"));
        assert_eq!(MAKERS.map(|(name, _)| name), crate::lake::TABLES);
    }
}
