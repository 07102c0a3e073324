//! Why a statement of Redshift failed. Its text is all that tells: there is no code, and rarely a place.

use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;

use crate::engine::{EngineError, ErrorKind, Position};

use ErrorKind::{Binding, Data, Denied, Memory, Missing, Other, Syntax, TimedOut};

/// Parts of messages, in lower case, with what they mean; the first that is found counts.
const MESSAGES: &[(&[&str], ErrorKind, &str)] = &[
    (&["syntax error"], Syntax, ""),
    (&["schema ", "does not exist"], Missing, "`saldo redshift setup` makes the external schema"),
    (&["column ", "does not exist"], Binding, ""),
    (&["does not exist"], Missing, ""),
    (&["must appear in the group by"], Binding, ""),
    (&["is ambiguous"], Binding, ""),
    (
        &["permission denied"],
        Denied,
        "ask for USAGE on the schema: `saldo redshift setup --grant USER` prints it",
    ),
    (&["not authorized"], Denied, "the schema's IAM role needs glue:Get*, s3:GetObject and s3:ListBucket"),
    (&["access denied"], Denied, "the schema's IAM role needs glue:Get*, s3:GetObject and s3:ListBucket"),
    (&["statement timeout"], TimedOut, "read less: name partitions in WHERE"),
    (&["disk full"], Memory, "read less: name partitions and columns, or group sooner"),
    (&["out of memory"], Memory, "read less: name partitions and columns, or group sooner"),
    (&["divi", "by zero"], Data, ""),
    (&["overflow"], Data, ""),
    (&["invalid digit"], Data, ""),
    (&["invalid input syntax"], Data, ""),
    (
        &["spectrum scan error"],
        Data,
        "a file may not be of the table's types: compare it with the table's columns",
    ),
];

/// The error of a statement that failed.
pub(super) fn failed(told: &DescribeStatementOutput) -> EngineError {
    of_text(
        told.error().unwrap_or("the statement failed, and Redshift does not say why"),
        told.query_string().unwrap_or_default(),
    )
}

fn of_text(text: &str, sql: &str) -> EngineError {
    let text = text.strip_prefix("ERROR: ").unwrap_or(text).trim();
    let (message, place) = text.split_once("\n  Position: ").unwrap_or((text, ""));
    let lower = message.to_lowercase();
    let known = MESSAGES.iter().find(|(parts, ..)| parts.iter().all(|part| lower.contains(part)));
    let (kind, hint) = known.map_or((Other, ""), |(_, kind, hint)| (*kind, *hint));
    let message = message.lines().next().unwrap_or_default().trim();
    let digits = place.split(|mark: char| !mark.is_ascii_digit()).next().unwrap_or_default();
    let position = digits.parse().ok().and_then(|at: usize| place_of(sql, at.checked_sub(1)?));
    let error = EngineError { position, ..EngineError::new(kind, message) };
    if hint.is_empty() { error } else { error.with_hint(hint) }
}

/// The place of a character of a text.
fn place_of(text: &str, at: usize) -> Option<Position> {
    if at > text.chars().count() {
        return None;
    }
    let before: String = text.chars().take(at).collect();
    Some(Position::end_of(&before))
}

/// Whether a statement failed because its result is larger than an answer may be.
pub(super) fn is_too_large(told: &DescribeStatementOutput) -> bool {
    let text = told.error().unwrap_or_default().to_lowercase();
    text.contains("result") && ["exceed", "too large", "larger than"].iter().any(|part| text.contains(part))
}

/// Whether a statement was aborted because somebody asked for it.
pub(super) fn is_wanted(why: &str) -> bool {
    why.to_lowercase().contains("on user's request")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_error_tell_its_kind_and_place() {
        let sql = "SELECT 'é'\nFORM x";
        let cases = [
            ("ERROR: syntax error at or near \"x\"\n  Position: 17", Syntax, Some((1, 5))),
            ("ERROR: column \"nope\" does not exist in t", Binding, None),
            ("ERROR: relation \"nope\" does not exist", Missing, None),
            ("ERROR: schema \"nope\" does not exist", Missing, None),
            ("ERROR: permission denied for schema fin", Denied, None),
            ("ERROR: Divide by zero", Data, None),
            ("ERROR: division by zero", Data, None),
            ("ERROR: syntax error\n  Position: 1700", Syntax, None),
            ("ERROR: something new\nDETAIL: \n  code: 8001", Other, None),
        ];
        for (text, kind, place) in cases {
            let error = of_text(text, sql);
            let found = error.position.map(|at| (at.line, at.column));
            assert_eq!((error.kind, found), (kind, place), "{text}");
            assert!(
                !error.message.contains('\n') && !error.message.starts_with("ERROR"),
                "{}",
                error.message
            );
        }
    }

    #[test]
    fn a_result_that_is_too_large_is_known_by_its_words() {
        let is = |text: &str| {
            is_too_large(&DescribeStatementOutput::builder().id("x").error(text).build().unwrap())
        };
        assert!(is("ERROR: Query result size exceeds the limit of 500 MB"));
        assert!(is("ERROR: Query result is larger than the limit of 1000 bytes"));
        assert!(!is("ERROR: column \"result\" does not exist") && !is(""));
    }
}
