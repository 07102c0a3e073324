//! Why Athena, Glue or S3 refused, in one sentence, and what to do about it.

use std::error::Error;

use aws_sdk_athena::config::http::HttpResponse;
use aws_sdk_athena::error::{ProvideErrorMetadata, SdkError};

use crate::engine::{EngineError, ErrorKind, Position};
use crate::lake::aws::NoCredentials;
use crate::lake::error::PlaceError;

use ErrorKind::{
    Binding, Data, Denied, Expired, Io, Memory, Missing, Other, Syntax, Throttled, TimedOut, Unreachable,
};

/// Codes of a service's refusal with what they mean; what to do about it, empty where the message tells.
const CODES: &[(&str, ErrorKind, &str)] = &[
    ("ExpiredToken", Expired, RENEW),
    ("ExpiredTokenException", Expired, RENEW),
    ("TokenRefreshRequired", Expired, RENEW),
    ("UnrecognizedClientException", Denied, KEYS),
    ("InvalidClientTokenId", Denied, KEYS),
    ("SignatureDoesNotMatch", Denied, KEYS),
    ("InvalidSignatureException", Denied, CLOCK),
    ("RequestTimeTooSkewed", Denied, CLOCK),
    ("RequestExpired", Denied, CLOCK),
    ("AccessDeniedException", Denied, RIGHTS),
    ("AccessDenied", Denied, RIGHTS),
    ("TooManyRequestsException", Throttled, QUEUE),
    ("ThrottlingException", Throttled, LATER),
    ("Throttling", Throttled, LATER),
    ("RequestLimitExceeded", Throttled, LATER),
    ("ResourceNumberLimitExceededException", Throttled, LATER),
    (
        "EntityNotFoundException",
        Missing,
        "`saldo doctor` checks the database and the rights to its catalogue",
    ),
    ("ActiveStatementsExceededException", Throttled, QUEUE),
    ("ActiveSessionsExceededException", Throttled, QUEUE),
    (
        "ResourceNotFoundException",
        Missing,
        "Redshift keeps a statement and its result for 24 hours: run it again",
    ),
    ("DatabaseConnectionException", Unreachable, LATER),
    ("InternalServerException", Unreachable, LATER),
    ("InternalServiceException", Unreachable, LATER),
    ("InternalFailure", Unreachable, LATER),
    ("ServiceUnavailable", Unreachable, LATER),
];

const RENEW: &str = "";
const KEYS: &str = "check AWS_ACCESS_KEY_ID and its secret, or name another profile";
const CLOCK: &str = "set this machine's clock: requests are signed with its time";
const RIGHTS: &str = "ask for the right that the message names; `saldo doctor` lists what is needed";
const QUEUE: &str = "wait for running queries to end, stop some (`saldo runs`), or ask for a larger quota";
const LATER: &str = "try again in a minute";

/// Parts of messages of Athena with what to do; the first that is found counts.
const MESSAGES: &[(&str, ErrorKind, &str)] = &[
    (
        "No output location",
        Other,
        "set `output = \"s3://bucket/prefix/\"` for the target, or another workgroup or region",
    ),
    (
        "verify/create output bucket",
        Denied,
        "use a bucket of the target's region and ask for s3:GetBucketLocation on it",
    ),
    ("Access denied when writing", Denied, "ask for s3:PutObject on the output location"),
    ("is not a valid S3 path", Other, "write `output` as s3://bucket/prefix/"),
    ("is disabled", Denied, "name another `workgroup`, or have this one enabled"),
    ("WorkGroup", Missing, "check `workgroup` and `region` of the target"),
    ("QueryExecution", Missing, "check the id, and the target's region"),
    ("Lake Formation", Denied, "ask for the table's permission in Lake Formation"),
];

/// Words with which the reason of a failed query begins, with what they mean.
const REASONS: &[(&str, ErrorKind, &str)] = &[
    ("COLUMN_NOT_FOUND", Binding, ""),
    (
        "TABLE_NOT_FOUND",
        Missing,
        "a table may also be hidden by Lake Formation; `saldo doctor` checks the catalogue",
    ),
    ("SCHEMA_NOT_FOUND", Missing, "check `database` of the target"),
    ("CATALOG_NOT_FOUND", Missing, "check `catalog` of the target"),
    ("FUNCTION_NOT_FOUND", Missing, ""),
    ("TYPE_MISMATCH", Binding, ""),
    ("AMBIGUOUS_NAME", Binding, ""),
    ("MISSING_", Binding, ""),
    ("EXPRESSION_NOT_AGGREGATE", Binding, ""),
    (
        "HIVE_BAD_DATA",
        Data,
        "a file's type is not the table's: compare `DESCRIBE` with the file's own schema",
    ),
    (
        "HIVE_PARTITION_SCHEMA_MISMATCH",
        Data,
        "a partition was registered with other types: `saldo catalog sync` mends it",
    ),
    ("HIVE_CURSOR_ERROR", Data, "a file cannot be read: it may have been replaced during the query"),
    ("HIVE_CANNOT_OPEN_SPLIT", Io, "a file cannot be read: it may have gone, or reading it is not allowed"),
    ("HIVE_TOO_MANY_OPEN_PARTITIONS", Other, "write at most 100 partitions at a time"),
    ("PERMISSION_DENIED", Denied, RIGHTS),
    ("EXCEEDED_TIME_LIMIT", TimedOut, "read less: name partitions in WHERE"),
    ("EXCEEDED_", Memory, "read less: name partitions and columns, or group sooner"),
    ("Query exhausted resources", Memory, "read less: name partitions and columns, or group sooner"),
    ("DIVISION_BY_ZERO", Data, ""),
    ("INVALID_", Data, ""),
    ("NUMERIC_VALUE_OUT_OF_RANGE", Data, ""),
    ("NOT_SUPPORTED", Binding, ""),
    ("SYNTAX_ERROR", Syntax, ""),
    ("MALFORMED_QUERY", Syntax, ""),
];

/// What of a syntax error is none: older engines call every mistake so.
const MISTAKES: &[(&str, ErrorKind)] = &[
    ("cannot be resolved", Binding),
    ("does not exist", Missing),
    ("not registered", Missing),
    ("Unexpected parameters", Binding),
    ("must be an aggregate", Binding),
    ("mismatched input", Syntax),
];

/// That a service was not reached, refused, or answered nothing sensible.
pub(super) fn of_request<E>(service: &str, renewal: &str, error: &SdkError<E, HttpResponse>) -> EngineError
where
    E: Error + ProvideErrorMetadata + 'static,
{
    if let Some(NoCredentials { why, hint }) = causes(error).find_map(|cause| cause.downcast_ref()) {
        return EngineError::new(Expired, format!("no AWS credentials: {why}")).with_hint(hint);
    }
    let SdkError::ServiceError(refused) = error else {
        let why = causes(error).last().map_or_else(|| error.to_string(), ToString::to_string);
        let what = match error {
            SdkError::ConstructionFailure(_) => {
                let message = format!("{service} cannot be asked: {why}");
                return EngineError::new(Other, message)
                    .with_hint("check `region` and `endpoint` of the target");
            }
            SdkError::TimeoutError(_) => "did not answer in time",
            SdkError::ResponseError(_) => "broke off its answer",
            _ => "cannot be reached",
        };
        return EngineError::new(Unreachable, format!("{service} {what}: {why}"))
            .with_hint("check the network, and `region` and `endpoint` of the target");
    };
    let (code, status) = (refused.err().code().unwrap_or_default(), refused.raw().status().as_u16());
    let message = refused.err().message().unwrap_or_default();
    refusal(service, renewal, code, status, message)
}

fn refusal(service: &str, renewal: &str, code: &str, status: u16, message: &str) -> EngineError {
    let known = CODES.iter().find(|(known, ..)| *known == code);
    let said = || MESSAGES.iter().find(|(part, ..)| message.contains(part));
    let says = match (message, code) {
        ("", "") => format!("{service} answered with status {status}"),
        ("", code) => format!("{service} answered {code}"),
        (message, _) => format!("{service} refused: {message}"),
    };
    match known.or_else(said) {
        Some((_, Expired, _)) => {
            EngineError::new(Expired, "the session of the AWS credentials has run out").with_hint(renewal)
        }
        Some((_, kind, hint)) if position(message).is_none() => {
            EngineError::new(*kind, says).with_hint(*hint)
        }
        _ if position(message).is_some() => failed(message),
        _ if status == 429 => EngineError::new(Throttled, says).with_hint(LATER),
        _ if status >= 500 => EngineError::new(Unreachable, says).with_hint(LATER),
        _ => EngineError::new(Other, says),
    }
}

/// Why a query failed, as its execution says.
pub(super) fn failed(reason: &str) -> EngineError {
    let known = REASONS.iter().find(|(begin, ..)| reason.starts_with(begin));
    let (mut kind, hint) = known.map_or((Other, ""), |(_, kind, hint)| (*kind, *hint));
    let position = position(reason);
    if kind == Syntax || (kind == Other && position.is_some()) {
        let mistake = MISTAKES.iter().find(|(part, _)| reason.contains(part));
        // What is no sentence of the grammar has no code before its place.
        let is_grammar = kind == Syntax || reason.starts_with("line ");
        kind = mistake.map_or(if is_grammar { Syntax } else { Binding }, |(_, kind)| *kind);
    }
    if let Some((_, said, hint)) = MESSAGES.iter().find(|(part, ..)| kind == Other && reason.contains(part)) {
        return EngineError::new(*said, reason).with_hint(*hint);
    }
    let error = EngineError { position, ..EngineError::new(kind, reason) };
    if hint.is_empty() { error } else { error.with_hint(hint) }
}

/// The place in `line 2:8: …`, which counts from 1.
fn position(reason: &str) -> Option<Position> {
    let place = reason.split_once("line ")?.1;
    let (line, rest) = place.split_once(':')?;
    let column = rest.split(|mark: char| !mark.is_ascii_digit()).next()?;
    let from_zero = |text: &str| text.parse::<usize>().ok()?.checked_sub(1);
    Some(Position { line: from_zero(line)?, column: from_zero(column)? })
}

/// That S3 does not give what it should.
pub(in crate::engine) fn of_place(error: &PlaceError) -> EngineError {
    let kind = match error {
        PlaceError::NoCredentials { .. } => Expired,
        PlaceError::Unreachable { .. } => Unreachable,
        PlaceError::Refused { .. } => Denied,
        _ => Io,
    };
    let made = EngineError::new(kind, error.to_string());
    match error.hint() {
        Some(hint) => made.with_hint(hint),
        None => made,
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        error.source()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_query_says_what_kind_of_mistake_it_is_and_where() {
        let cases = [
            ("SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved", Binding, Some((0, 7))),
            (
                "COLUMN_NOT_FOUND: line 3:7: Column 'nope' cannot be resolved or requester is not authorized",
                Binding,
                Some((2, 6)),
            ),
            ("TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.l.no' does not exist", Missing, Some((1, 5))),
            ("SYNTAX_ERROR: line 2:10: mismatched input 'x'", Syntax, Some((1, 9))),
            ("HIVE_BAD_DATA: Field a's type INT64 in parquet file", Data, None),
            ("Query exhausted resources at this scale factor", Memory, None),
            ("TABLE_ALREADY_EXISTS: line 1:1: Destination table 'l.t' already exists", Binding, Some((0, 0))),
            ("line 2:10: mismatched input 'x'. Expecting: <EOF>", Syntax, Some((1, 9))),
            ("something new", Other, None),
            ("line one: 2", Other, None),
            ("line 0:0: x", Other, None),
        ];
        for (reason, kind, place) in cases {
            let error = failed(reason);
            let found = error.position.map(|position| (position.line, position.column));
            assert_eq!((error.kind, found), (kind, place), "{reason}");
            assert_eq!(error.message, reason);
        }
    }

    #[test]
    fn a_refusal_has_a_remedy() {
        let cases = [
            (
                "ExpiredTokenException",
                400,
                "The security token included in the request is expired",
                Expired,
                "log in",
            ),
            ("TooManyRequestsException", 400, "Rate exceeded", Throttled, "quota"),
            (
                "AccessDeniedException",
                400,
                "not authorized to perform: athena:StartQueryExecution",
                Denied,
                "right",
            ),
            ("InvalidSignatureException", 403, "Signature expired: 2026", Denied, "clock"),
            (
                "InvalidRequestException",
                400,
                "No output location provided. An output location is required",
                Other,
                "output",
            ),
            (
                "InvalidRequestException",
                400,
                "Unable to verify/create output bucket b",
                Denied,
                "GetBucketLocation",
            ),
            ("InvalidRequestException", 400, "WorkGroup x is not found.", Missing, "workgroup"),
            ("", 503, "", Unreachable, "again"),
            ("", 429, "", Throttled, "again"),
        ];
        for (code, status, message, kind, hint) in cases {
            let error = refusal("Athena", "log in again", code, status, message);
            assert_eq!(error.kind, kind, "{code} {message}");
            assert!(error.hint.as_ref().unwrap().contains(hint), "{code} {message}: {error:?}");
        }
        let error = refusal(
            "Athena",
            "",
            "InvalidRequestException",
            400,
            "line 2:10: mismatched input 'x'. Expecting: <EOF>",
        );
        assert_eq!((error.kind, error.position), (Syntax, Some(Position { line: 1, column: 9 })));
    }
}
