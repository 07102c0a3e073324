//! One signed request of JSON to a service of AWS, asked again while the service is busy or the network fails.

use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::service::{Outcome, SubmitError};
use crate::lake::address::REGION;
use crate::lake::aws::{Account, Unsigned, address_of};
use crate::lake::place::AwsOptions;
use crate::pause::Pauses;
use crate::service_url::ServiceUrl;
use crate::target::Target;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often a request is sent, with pauses of up to half a minute.
const TRIES: u32 = 8;
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// Bytes of an answer, at most.
const LARGEST: u64 = 16 << 20;
/// Letters of an explanation, at most.
const LONGEST: usize = 400;

/// What a service says when it is busy, broken or too slow, after which it may have done what it was asked; so do 408, 429 and
/// what is above 499.
const BUSY: [&str; 6] = [
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "OperationTimeoutException",
    "RequestTimeout",
    "RequestTimeoutException",
];
/// What it says of keys that do no more.
const EXPIRED: [&str; 3] = ["ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException"];
/// What it says of what it does not know.
pub(super) const UNKNOWN: [&str; 2] = ["ResourceNotFoundException", "EntityNotFoundException"];

/// A service of AWS: its name in signatures, in the environment, and for people.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) signed: &'static str,
    pub(super) variable: &'static str,
    pub(super) shown: &'static str,
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask<'a> {
    Get(&'a str),
    Delete(&'a str),
    Post(&'a str, &'a Value),
    /// An operation that a header names.
    Operate(&'a str, &'a Value),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Answer {
    Given(Value),
    Refused(Refusal),
    /// It may be asked again; it may have done what it was asked.
    Busy(String),
}

/// What a service answers when it refuses.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
}

/// A service of AWS, as it is asked.
#[derive(Debug)]
pub(super) struct Client {
    name: Name,
    base: String,
    pub(super) region: String,
    account: Account,
    runtime: Runtime,
    agent: ureq::Agent,
}

impl Client {
    /// A service of the account of a target.
    pub(super) fn open(target: &Target, name: Name) -> Outcome<Self> {
        let wrong = |why: String, hint: &str| SubmitError::Settings {
            message: format!("{} cannot be asked: {why}", name.shown),
            hint: hint.into(),
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SubmitError::Failed(error.to_string()))?;
        let options = AwsOptions { profile: target.profile.clone(), ..AwsOptions::default() };
        let account = runtime.block_on(Account::open(&options));
        let base = target.endpoint.clone().or_else(|| account.endpoint_of(name.variable));
        let region = target.region.clone().or_else(|| account.region().map(str::to_owned));
        let region = region.or_else(|| base.as_ref().map(|_| REGION.into())).ok_or_else(|| {
            wrong("no region is set".into(), "set `region` of the target, AWS_REGION, or that of the profile")
        })?;
        let base = base.unwrap_or_else(|| address_of(name.signed, &region));
        let url = ServiceUrl::parse(&base).map_err(|error| {
            wrong(format!("its address cannot be used: {error}"), "correct its `endpoint`")
        })?;
        let mut agent =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
        if url.is_this_machine() {
            agent = agent.proxy(None);
        }
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { name, base, region, account, runtime, agent: agent.build().new_agent() })
    }

    /// What a service answers that is asked until it does.
    pub(super) fn ask(&self, ask: Ask) -> Outcome<Result<Value, Refusal>> {
        self.asked(ask, &mut false)
    }

    /// The same of what starts a job.
    pub(super) fn start(&self, ask: Ask) -> Outcome<Value> {
        let mut was_busy = false;
        let answer = self.asked(ask, &mut was_busy);
        let answer = answer.and_then(|answer| answer.map_err(|refusal| self.refused(&refusal)));
        answer.map_err(|error| of_start(error, was_busy))
    }

    fn asked(&self, ask: Ask, was_busy: &mut bool) -> Outcome<Result<Value, Refusal>> {
        self.tried(PAUSES, was_busy, || self.once(ask))
    }

    /// What comes of requests that are sent until one is not met by a service that is busy.
    pub(super) fn tried(
        &self,
        pauses: (Duration, Duration),
        was_busy: &mut bool,
        once: impl Fn() -> Outcome<Answer>,
    ) -> Outcome<Result<Value, Refusal>> {
        let mut pauses = Pauses::new(pauses, 2.0);
        let mut tries = 1;
        loop {
            match once()? {
                Answer::Given(value) => return Ok(Ok(value)),
                Answer::Refused(refusal) => return Ok(Err(refusal)),
                Answer::Busy(why) if tries == TRIES => return Err(self.silent(&why)),
                Answer::Busy(_) => {
                    *was_busy = true;
                    thread::sleep(pauses.take());
                }
            }
            tries += 1;
        }
    }

    /// The same where a refusal is the end.
    pub(super) fn get(&self, ask: Ask) -> Outcome<Value> {
        self.ask(ask)?.map_err(|refusal| self.refused(&refusal))
    }

    fn silent(&self, why: &str) -> SubmitError {
        SubmitError::Silent(format!("{} does not answer: {why}", self.name.shown))
    }

    /// The sentence for a refusal.
    pub(super) fn refused(&self, refusal: &Refusal) -> SubmitError {
        let Refusal { code, message } = refusal;
        let hint = match code.as_str() {
            code if EXPIRED.contains(&code) => self.account.renewal(),
            code if UNKNOWN.contains(&code) => "check the settings of the target, its region and whose account it is; of a \
                 run whose job is gone, remove _saldo/submitted.json of the lake, and `saldo submit` begins anew"
                .into(),
            "AccessDeniedException" => {
                "the AWS credentials need the rights of the policy `submitter` in infra/iam.tf".into()
            }
            _ => "check the settings of the target; `saldo doctor` looks at what they name".into(),
        };
        SubmitError::Refused { message: format!("{} refuses: {code}: {message}", self.name.shown), hint }
    }

    /// What comes of one request.
    pub(super) fn once(&self, ask: Ask) -> Outcome<Answer> {
        let (method, path, body) = match ask {
            Ask::Get(path) => ("GET", path, String::new()),
            Ask::Delete(path) => ("DELETE", path, String::new()),
            Ask::Post(path, body) => ("POST", path, body.to_string()),
            Ask::Operate(_, body) => ("POST", "/", body.to_string()),
        };
        let url = format!("{}{path}", self.base);
        let own = match ask {
            Ask::Operate(operation, _) => {
                vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", operation)]
            }
            _ => vec![("content-type", "application/json")],
        };
        let unsigned = Unsigned {
            service: self.name.signed,
            region: &self.region,
            method,
            url: &url,
            headers: &own,
            body: &body,
        };
        let headers = self.runtime.block_on(self.account.signed(&unsigned));
        let headers =
            headers.map_err(|none| SubmitError::Refused { message: none.to_string(), hint: none.hint })?;
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let sent = if method == "POST" {
            let request =
                headers.fold(self.agent.post(&url), |request, (name, value)| request.header(name, value));
            request.send(&body)
        } else {
            let request = if method == "GET" { self.agent.get(&url) } else { self.agent.delete(&url) };
            headers.fold(request, |request, (name, value)| request.header(name, value)).call()
        };
        let read = sent.and_then(|mut answer| {
            let text = answer.body_mut().with_config().limit(LARGEST).read_to_string()?;
            let kind = answer.headers().get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
            Ok((answer.status().as_u16(), kind.map(str::to_owned), text))
        });
        Ok(match read {
            Ok((status, kind, text)) => answer(status, kind.as_deref(), &text),
            Err(error) => Answer::Busy(error.to_string()),
        })
    }
}

/// What the refusal of a start tells: where the service was busy before, that try may have started the job.
pub(super) fn of_start(error: SubmitError, was_busy: bool) -> SubmitError {
    match error {
        SubmitError::Refused { message, .. } if was_busy => {
            SubmitError::Silent(format!("{message}; a try before may have started the job"))
        }
        error => error,
    }
}

/// What an answer is, by its status and its words.
fn answer(status: u16, kind: Option<&str>, text: &str) -> Answer {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    if status < 300 {
        return Answer::Given(value);
    }
    let word = |name: &str| value[name].as_str();
    let code = kind.or(word("__type")).or(word("code")).unwrap_or("an error");
    // Some stand behind the name of what defines them, or before an address.
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    let message = word("message").or(word("Message")).unwrap_or(text);
    let message: String = message.chars().take(LONGEST).collect();
    if [408, 429].contains(&status) || status >= 500 || BUSY.contains(&code.as_str()) {
        return Answer::Busy(format!("{status} {code}: {message}"));
    }
    Answer::Refused(Refusal { code, message })
}

/// A setting that stands in an address, or in a request that has no quotes for it.
pub(super) fn plain(target: &str, key: &str, value: Option<&String>) -> Outcome<String> {
    let value = needed(target, key, value)?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Ok(value);
    }
    Err(SubmitError::Settings {
        message: format!("target {target}: `{key}` is no name: {value}"),
        hint: "it has letters, digits, hyphens, underscores and points".into(),
    })
}

/// A setting that must be there.
pub(super) fn needed(target: &str, key: &str, value: Option<&String>) -> Outcome<String> {
    value.cloned().ok_or_else(|| SubmitError::Settings {
        message: format!("target {target} has no `{key}`"),
        hint: format!("set it in [targets.{target}] of saldo.toml"),
    })
}

/// Spark's settings as arguments in one text.
pub(super) fn conf(name: &str, target: &Target) -> Outcome<Vec<String>> {
    let parts = target.conf.iter().flatten().map(|(key, value)| {
        let pair = format!("{key}={value}");
        if pair.contains(|mark: char| mark.is_whitespace() || mark.is_control() || "\"'\\".contains(mark)) {
            return Err(SubmitError::Settings {
                message: format!("target {name}: `conf` cannot pass on {key}"),
                hint: "there neither names nor values have spaces or quotes".into(),
            });
        }
        Ok(format!("--conf {pair}"))
    });
    parts.collect()
}

/// The id that a service gave to a run, which stands in addresses.
pub(super) fn id(text: &str) -> Outcome<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Ok(text);
    }
    Err(SubmitError::Failed("_saldo/submitted.json: it names no job run".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_a_refusal_or_to_be_asked_for_again() {
        assert!(matches!(answer(200, None, r#"{"a": 1}"#), Answer::Given(value) if value["a"] == 1));
        for (status, kind, text) in [
            (429, None, ""),
            (408, None, ""),
            (400, Some("OperationTimeoutException"), "{}"),
            (400, Some("RequestTimeout"), "{}"),
            (400, Some("RequestTimeoutException"), "{}"),
            (503, None, "<html>"),
            (500, Some("InternalServerException:http://internal.amazon.com/coral/"), "{}"),
            (400, None, r#"{"__type": "com.amazonaws#ThrottlingException", "message": "Rate exceeded"}"#),
        ] {
            assert!(matches!(answer(status, kind, text), Answer::Busy(_)), "{status} {text}");
        }
        let text = r#"{"__type": "x#ConflictException", "Message": "not started"}"#;
        let Answer::Refused(refusal) = answer(409, None, text) else { panic!() };
        assert_eq!((&*refusal.code, &*refusal.message), ("ConflictException", "not started"));
    }

    #[test]
    fn no_id_and_no_setting_leaves_its_place_in_a_request() {
        assert_eq!(id("00f-a_B").unwrap(), "00f-a_B");
        for wrong in ["", "../x", "a/b", "a?b", "a b"] {
            assert!(id(wrong).is_err() && plain("t", "k", Some(&wrong.to_owned())).is_err(), "{wrong}");
        }
        let target = |conf: &str| toml::from_str::<Target>(&format!("kind = 'spark'\nconf = {{ {conf} }}"));
        let good = target("'spark.executor.memory' = '6g'").unwrap();
        assert_eq!(conf("t", &good).unwrap(), ["--conf spark.executor.memory=6g"]);
        for wrong in ["'a' = 'b --py-files x'", "'a' = \"b'c\"", "'a' = \"b\\\\\"", "'a\\t' = 'b'"] {
            let Ok(wrong) = target(wrong) else { continue };
            assert!(conf("t", &wrong).is_err(), "{wrong:?}");
        }
    }
}
