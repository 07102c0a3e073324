//! What an error of the store means: its type tells little, so its text is read here and nowhere else.

use std::error::Error as _;
use std::io;

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

use crate::lake::aws::NoCredentials;

/// The store's own errors name it; those of the local disk pass through it under this name.
pub(super) const DISK: &str = "disk";

/// A bucket that does not exist is not a missing object.
pub(super) fn is_absent(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && !error.to_string().contains("NoSuchBucket")
}

/// The object is not the one that was meant: it has another ETag, or ends before the part.
pub(super) fn is_another(error: &Error) -> bool {
    matches!(error, Error::Precondition { .. }) || status(&error.to_string()) == Some(416)
}

/// Why an object among several was not deleted, where another try may do it.
const PASSING: [&str; 3] = ["InternalError", "ServiceUnavailable", "SlowDown"];

/// The parts of an upload were put together before, or given up: the answer to its end was lost, and the object may be there or
/// not.
pub(super) fn is_ended_upload(error: &Error) -> bool {
    code(&error.to_string()) == Some("NoSuchUpload")
}

/// Whether it may succeed when it is tried again: the network, a busy or a failing service, a body cut short.
pub(super) fn is_passing(error: &Error) -> bool {
    if !matches!(error, Error::Generic { store, .. } if *store != DISK)
        || without_credentials(error).is_some()
    {
        return false;
    }
    let text = error.to_string();
    match (status(&text), undeleted(&text)) {
        (Some(status), _) => status >= 500 || status == 429 || status == 408,
        (None, Some(code)) => PASSING.contains(&code),
        (None, None) => !text.contains("redirect"),
    }
}

/// Whether the service was there: it gave a status, or a body that was cut off or cannot be read.
pub(super) fn is_answered(error: &Error) -> bool {
    let is_body = |cause: &HttpError| cause.kind() == HttpErrorKind::Decode;
    let text = error.to_string();
    status(&text).is_some()
        || undeleted(&text).is_some()
        || causes(error).any(|cause| cause.is::<CutOff>() || cause.downcast_ref().is_some_and(is_body))
}

pub(super) fn without_credentials(error: &Error) -> Option<&NoCredentials> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// A body that ended before its length: of a type of its own, for a network that fails has an end of that kind too.
#[derive(Debug, thiserror::Error)]
#[error("the body was cut off")]
struct CutOff;

pub(super) fn cut_off() -> Error {
    Error::Generic { store: "S3", source: Box::new(CutOff) }
}

pub(super) fn disk(source: io::Error) -> Error {
    Error::Generic { store: DISK, source: Box::new(source) }
}

fn causes<'a>(error: &'a Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn std::error::Error + 'static)| {
        let cause: &'a (dyn std::error::Error + 'static) = *cause;
        cause.source()
    })
}

/// The status in `Server returned non-2xx status code: 503 Service Unavailable`; the error's type is not public.
pub(super) fn status(text: &str) -> Option<u16> {
    text.split_once("status code: ")?.1.get(..3)?.parse().ok()
}

/// The code in `DeleteObjects request failed for key …: Access Denied (code: AccessDenied)`: the answer was a good one, and
/// tells of one object that it is still there.
fn undeleted(text: &str) -> Option<&str> {
    text.contains("DeleteObjects request failed")
        .then(|| text.rsplit_once("(code: ")?.1.split_once(')').map(|(code, _)| code))
        .flatten()
}

/// What the service says in its XML, else the innermost cause.
pub(super) fn reason(error: &Error) -> String {
    let text = error.to_string();
    match (code(&text), element(&text, "Message")) {
        (Some(code), Some(message)) => format!("{code}: {}", message.trim_end_matches('.')),
        (Some(code), None) if undeleted(&text).is_none() => code.to_owned(),
        _ => causes(error).last().map_or(text, ToString::to_string),
    }
}

pub(super) fn code(text: &str) -> Option<&str> {
    element(text, "Code").or_else(|| undeleted(text))
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_was_cut_off_came_from_somebody_and_a_lost_connection_from_nobody() {
        let lost = io::Error::new(io::ErrorKind::UnexpectedEof, "peer closed connection");
        let lost = Error::Generic { store: "S3", source: Box::new(lost) };
        assert!(is_passing(&cut_off()) && is_answered(&cut_off()), "{}", reason(&cut_off()));
        assert!(is_passing(&lost) && !is_answered(&lost));
    }
}
