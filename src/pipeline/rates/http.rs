//! Asking a source: one client, secrets taken out of everything that comes back, and retries where they can help.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ureq::http::{HeaderMap, header};

use super::answer::Refusal;
use crate::pause::Pauses;
use crate::service_url::ServiceUrl;

/// The largest answer: the whole history of the largest source is a tenth of it.
const LARGEST: u64 = 64 << 20;
/// Attempts after the first.
const RETRIES: u32 = 3;
/// No pause is longer, and a source that asks for more time gets this much; the next run asks again.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A key that is shown nowhere.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a key as it lies in a file or the environment.
    ///
    /// # Errors
    /// When it is too short or holds anything but letters, digits, `-` and `_`: such a text is no key, and taking a short
    /// one out of every answer would spoil the answers.
    pub fn new(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let marks = text.bytes().all(|mark| mark.is_ascii_alphanumeric() || b"-_".contains(&mark));
        if text.len() < 8 || !marks {
            return Err(Refusal::new(
                "missing_app_id",
                "the app_id is not one: it has 8 or more letters and digits",
            ));
        }
        Ok(Self(text.into()))
    }

    fn hide(&self, text: &str) -> String {
        text.replace(&self.0, "[app_id]")
    }

    /// Bytes of an answer may be anything, so they are searched as bytes.
    fn hide_in(&self, bytes: Vec<u8>) -> Vec<u8> {
        let key = self.0.as_bytes();
        if !bytes.windows(key.len()).any(|window| window == key) {
            return bytes;
        }
        let mut clean = Vec::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        while let Some(at) = rest.windows(key.len()).position(|window| window == key) {
            clean.extend_from_slice(&rest[..at]);
            clean.extend_from_slice(b"[app_id]");
            rest = &rest[at + key.len()..];
        }
        clean.extend_from_slice(rest);
        clean
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("Secret")
    }
}

/// What came back, whatever its status, without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub etag: Option<String>,
    /// The answer's own `Date`, as it is to be sent back.
    pub date: Option<String>,
    /// How long a busy source asks not to be asked.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    pub url: String,
    /// Whether the key goes along.
    pub keyed: bool,
    /// `ETag` and `Date` of an answer that is kept.
    pub known: Option<(String, String)>,
}

/// How many requests may still be made; shared by all workers.
#[derive(Debug)]
pub struct Budget(AtomicU64);

impl Budget {
    #[must_use]
    pub fn new(requests: u64) -> Self {
        Self(AtomicU64::new(requests))
    }

    fn take(&self) -> bool {
        self.0.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// A client for all sources.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    key: Option<Secret>,
    pause: Duration,
}

impl Client {
    /// A client that waits at most `timeout` for an answer and `pause` before the first retry.
    #[must_use]
    pub fn new(key: Option<Secret>, timeout: Duration, pause: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(timeout))
            .user_agent(super::super::stages::WRITER.replace(' ', "/"))
            .build();
        Self { agent: config.new_agent(), key, pause }
    }

    /// Asks until an answer is good, or asking again cannot help, or three retries were made.
    ///
    /// # Errors
    /// The last refusal, with the number of its attempt.
    pub fn ask<T>(
        &self,
        ask: &Ask,
        budget: &Budget,
        judge: impl Fn(Reply) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (mut attempt, mut pauses) = (0, Pauses::new((self.pause, LONGEST_WAIT), 2.0));
        loop {
            if !budget.take() {
                let mut spent = Refusal::new("quota_spent", "no request is left for a retry");
                (spent.retryable, spent.attempt) = (true, attempt);
                return Err(spent);
            }
            attempt += 1;
            let reply = self.once(ask);
            let asked_for = reply.as_ref().ok().and_then(|reply| reply.retry_after).unwrap_or_default();
            let mut refusal = match reply.and_then(&judge) {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            refusal.attempt = attempt;
            if !refusal.retryable || attempt > RETRIES {
                return Err(refusal);
            }
            thread::sleep(pauses.take().max(asked_for));
        }
    }

    fn once(&self, ask: &Ask) -> Result<Reply, Refusal> {
        let url = ServiceUrl::parse(&ask.url);
        let url = url.map_err(|error| {
            Refusal::new("address", format!("the source's address cannot be used: {error}"))
        })?;
        // This machine is reached without a proxy, which would read what is sent.
        let proxy = self.agent.config().proxy().filter(|_| !url.is_this_machine()).cloned();
        let mut request = self.agent.get(&ask.url).config().proxy(proxy).build();
        if let (true, Some(key)) = (ask.keyed, &self.key) {
            if !url.is_private() {
                return Err(Refusal::new("not_private", "the key is only sent over https"));
            }
            request = request.header(header::AUTHORIZATION, format!("Token {}", key.0));
        }
        if let Some((etag, date)) = &ask.known {
            request = request.header(header::IF_NONE_MATCH, etag).header(header::IF_MODIFIED_SINCE, date);
        }
        let mut response = request.call().map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let text = |headers: &HeaderMap, name| headers.get(name)?.to_str().ok().map(str::to_owned);
        let etag = text(response.headers(), header::ETAG).map(|text| self.hide(&text));
        let date = text(response.headers(), header::DATE).map(|text| self.hide(&text));
        let retry_after = text(response.headers(), header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|text| pause(&text, date.as_deref()));
        let body = response.body_mut().with_config().limit(LARGEST).read_to_vec();
        let body = body.map_err(|error| Refusal { status: Some(status), ..self.failed(&error) })?;
        let body = match &self.key {
            Some(key) => key.hide_in(body),
            None => body,
        };
        Ok(Reply { status, etag, date, retry_after, body })
    }

    fn hide(&self, text: &str) -> String {
        self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.hide(text))
    }

    /// A failure below HTTP. A name that cannot be asked for stays so; anything else may pass.
    fn failed(&self, error: &ureq::Error) -> Refusal {
        let (word, retryable) = match error {
            ureq::Error::Timeout(_) => ("timeout", true),
            ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => {
                ("connection", true)
            }
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => ("tls", true),
            ureq::Error::Protocol(_) => ("cut_body", true),
            _ => ("request", false),
        };
        let cut =
            matches!(error, ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof);
        let word = if cut { "cut_body" } else { word };
        Refusal { retryable, ..Refusal::new(word, self.hide(&format!("the source did not answer: {error}"))) }
    }
}

/// The `Retry-After` of an answer of that `Date`, seconds or a date (RFC 9110, 10.2.3), capped.
fn pause(text: &str, date: Option<&str>) -> Option<Duration> {
    let pause = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = |text| DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc());
            // By the source's own clock, where it tells.
            let now = date.and_then(at).unwrap_or_else(Utc::now);
            (at(text)? - now).to_std().unwrap_or_default()
        }
    };
    Some(pause.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_source_says_in_seconds_or_by_a_date_when_to_come_back() {
        let now = Some("Thu, 29 Jun 2017 10:00:00 GMT");
        let seconds = |text| pause(text, now).map(|pause| pause.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds(" 3600 "), Some(60), "no longer than a minute");
        assert_eq!(seconds("Thu, 29 Jun 2017 10:00:20 GMT"), Some(20));
        assert_eq!(seconds("Fri, 30 Jun 2017 10:00:00 GMT"), Some(60));
        assert_eq!(seconds("Thu, 29 Jun 2017 09:00:00 GMT"), Some(0), "it has passed");
        assert_eq!(pause("Thu, 29 Jun 2017 09:00:00 GMT", None), Some(Duration::ZERO), "by our clock");
        assert_eq!([seconds("soon"), seconds("-1"), seconds("")], [None; 3]);
    }
}
