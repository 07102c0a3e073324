//! An endpoint of Amazon SageMaker: rows of CSV in, numbers of CSV out.
//!
//! <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html>

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::ModelError;
use crate::checksum;
use crate::environment;
use crate::lake::aws::{Account, Unsigned, address_of};
use crate::lake::place::AwsOptions;
use crate::service_url::ServiceUrl;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Rows of one request: far below the 6 MB that the service takes.
const ROWS: usize = 2000;

/// Answers that are kept; then all are forgotten.
const KEPT: usize = 5000;

/// Bytes of an answer, at most.
const LARGEST: u64 = 4 << 20;

/// What services other than AWS take for a region when none is set.
const REGION: &str = "us-east-1";

/// Both ways.
const CSV: &str = "text/csv";

/// An endpoint with the way to it, and what it answered.
#[derive(Debug)]
pub(super) struct Endpoint {
    url: String,
    region: String,
    account: Account,
    runtime: Runtime,
    agent: ureq::Agent,
    /// By the SHA-256 of the request.
    answers: Mutex<HashMap<[u8; 32], Vec<f64>>>,
}

impl Endpoint {
    /// Finds endpoint, region and credentials as every AWS program does; nothing is asked yet.
    pub(super) fn open(name: &str, options: &AwsOptions) -> Result<Self, ModelError> {
        let failed = |why: &str| ModelError::Endpoint { name: name.into(), why: why.into() };
        let known = |mark: u8| mark.is_ascii_alphanumeric() || mark == b'-';
        if name.is_empty() || name.len() > 63 || !name.bytes().all(known) {
            return Err(failed("its name is none: it has at most 63 letters, digits and hyphens"));
        }
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(&error.to_string()))?;
        let account = runtime.block_on(Account::open(options));
        let variable = environment::text("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME");
        let base = variable.or_else(|| account.endpoint().map(str::to_owned));
        let region = account.region().map(str::to_owned);
        let region = region.or_else(|| base.as_ref().map(|_| REGION.into()));
        let region =
            region.ok_or_else(|| failed("no region is set (AWS_REGION, or region in the profile)"))?;
        let base = base.unwrap_or_else(|| address_of("runtime.sagemaker", &region));
        let url = ServiceUrl::parse(&base);
        let url = url.map_err(|error| failed(&format!("its address cannot be used: {error}")))?;
        let mut agent =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
        if url.is_this_machine() {
            // A proxy would read what stays on this machine otherwise.
            agent = agent.proxy(None);
        }
        Ok(Self {
            url: format!("{}/endpoints/{name}/invocations", base.trim_end_matches('/')),
            region,
            account,
            runtime,
            agent: agent.build().new_agent(),
            answers: Mutex::default(),
        })
    }

    /// A number for each row; a sentence when there is none.
    pub(super) fn predict(&self, rows: &[Vec<f64>]) -> Result<Vec<f64>, String> {
        let mut predicted = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ROWS) {
            let body = csv(rows);
            let request = checksum::digest(&body);
            let answers = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            let known = answers().get(&request).cloned();
            let numbers = match known {
                Some(numbers) => numbers,
                None => {
                    let numbers = self.ask(&body)?;
                    let mut answers = answers();
                    if answers.len() >= KEPT {
                        answers.clear();
                    }
                    answers.insert(request, numbers.clone());
                    numbers
                }
            };
            if numbers.len() != rows.len() {
                return Err(format!("{} numbers came for {} rows", numbers.len(), rows.len()));
            }
            predicted.extend(numbers);
        }
        Ok(predicted)
    }

    fn ask(&self, body: &str) -> Result<Vec<f64>, String> {
        let unsigned = Unsigned {
            service: "sagemaker",
            region: &self.region,
            method: "POST",
            url: &self.url,
            headers: &[("accept", CSV), ("content-type", CSV)],
            body,
        };
        let headers = self.runtime.block_on(self.account.signed(&unsigned));
        let headers = headers.map_err(|none| format!("{none}; {}", none.hint))?;
        let mut request = self.agent.post(&self.url);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let why = |error: ureq::Error| match error {
            ureq::Error::Timeout(_) => format!("none came within {} s", TIMEOUT.as_secs()),
            error => error.to_string(),
        };
        let mut response = request.send(body).map_err(why)?;
        let status = response.status();
        let text = response.body_mut().with_config().limit(LARGEST).read_to_string().map_err(why)?;
        if !status.is_success() {
            return Err(format!("{status}: {}", text.chars().take(200).collect::<String>()));
        }
        let number = |part: &str| part.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let numbers = text.trim().split([',', '\n']).map(number).collect::<Option<_>>();
        numbers
            .ok_or_else(|| format!("it is not CSV of numbers: {}", text.chars().take(60).collect::<String>()))
    }
}

/// Rows with their numbers so that each is read back as it was.
fn csv(rows: &[Vec<f64>]) -> String {
    let mut text = String::new();
    for row in rows {
        for (at, number) in row.iter().enumerate() {
            // Writing into a text does not fail.
            let _ = write!(text, "{}{number}", if at > 0 { "," } else { "" });
        }
        text.push('\n');
    }
    text
}
