//! EMR Serverless: a job run of an application. The token of a start is the name of the run, so that it is started once.
//!
//! <https://docs.aws.amazon.com/emr-serverless/latest/APIReference/>

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::aws::{Ask, Client, Name, conf, id, needed, plain};
use super::service::{Bill, Job, Log, Look, Outcome, Service, State, SubmitError};
use crate::lake::place::{Object, Place, STAGING, fetch};
use crate::target::{Dollars, Target};

const NAME: Name = Name { signed: "emr-serverless", variable: "EMR_SERVERLESS", shown: "EMR Serverless" };
/// Bytes of a driver's log that are read, packed and not.
const LOG: u64 = 8 << 20;
/// The service takes no shorter time for a job.
const LEAST_MINUTES: u64 = 5;

/// An application, as it is asked.
#[derive(Debug)]
pub(super) struct Emr {
    client: Client,
    application: String,
    role: String,
    conf: Vec<String>,
    minutes: Option<u64>,
    /// Where logs are kept, where the settings say; else they lie beside the plan.
    logs: Option<String>,
    /// The lake, whose logs are read as it is.
    lake: Place,
    prices: [Option<Dollars>; 3],
}

impl Emr {
    pub(super) fn open(name: &str, target: &Target, lake: &Place) -> Outcome<Self> {
        let logs = target.logs.as_ref().map(|logs| logs.trim_end_matches('/').to_owned());
        if let Some(wrong) = logs.as_ref().filter(|logs| !logs.starts_with("s3://")) {
            return Err(SubmitError::Settings {
                message: format!("target {name}: `logs` is no place on S3: {wrong}"),
                hint: "it is s3://bucket/prefix, or left out".into(),
            });
        }
        Ok(Self {
            application: plain(name, "application", target.application.as_ref())?,
            role: needed(name, "role", target.role.as_ref())?,
            conf: conf(name, target)?,
            client: Client::open(target, NAME)?,
            minutes: target.timeout_s.map(|seconds| seconds.div_ceil(60).max(LEAST_MINUTES)),
            logs,
            lake: lake.clone(),
            prices: [target.price_vcpu_hour, target.price_gb_hour, target.price_storage_gb_hour],
        })
    }

    /// Where the service puts the logs of a run.
    fn logs(&self, run: &str) -> Option<String> {
        match (&self.logs, &self.lake) {
            (Some(logs), _) => Some(logs.clone()),
            (None, Place::Remote(lake)) => Some(format!("{}/{STAGING}/{run}/logs", lake.url)),
            (None, Place::Local(_)) => None,
        }
    }

    fn path(&self, of: &str) -> Outcome<String> {
        Ok(format!("/applications/{}/jobruns/{}", self.application, id(of)?))
    }

    /// What was billed, once that is told.
    fn bill(&self, billed: &Value) -> Option<Bill> {
        let amount = |name: &str| billed[name].as_f64();
        let [cpu, memory, storage] = self.prices;
        Some(Bill {
            items: vec![
                (amount("vCPUHour")?, "vCPU-hours", cpu, "price_vcpu_hour"),
                (amount("memoryGBHour")?, "GB-hours of memory", memory, "price_gb_hour"),
                (
                    amount("storageGBHour").unwrap_or(0.0),
                    "GB-hours of storage",
                    storage,
                    "price_storage_gb_hour",
                ),
            ],
        })
    }
}

impl Service for Emr {
    fn there(&self) -> String {
        format!("application {} in {}", self.application, self.client.region)
    }

    fn settings(&self) -> String {
        json!([self.role, self.conf, self.minutes, self.logs]).to_string()
    }

    fn start(&self, job: &Job) -> Outcome<String> {
        let mut driver = json!({ "entryPoint": job.place(), "entryPointArguments": ["--plan", job.plan()] });
        if !self.conf.is_empty() {
            driver["sparkSubmitParameters"] = self.conf.join(" ").into();
        }
        let logs = self.logs(&job.run).map(|logs| json!({ "logUri": format!("{logs}/") }));
        let mut request = json!({
            "clientToken": job.run,
            "name": job.run,
            "executionRoleArn": self.role,
            "jobDriver": { "sparkSubmit": driver },
            "configurationOverrides": { "monitoringConfiguration": { "s3MonitoringConfiguration": logs } },
        });
        if let Some(minutes) = self.minutes {
            request["executionTimeoutMinutes"] = minutes.into();
        }
        let path = format!("/applications/{}/jobruns", self.application);
        let answer = self.client.start(Ask::Post(&path, &request))?;
        let id = answer["jobRunId"].as_str().map(str::to_owned);
        id.ok_or_else(|| SubmitError::Silent("EMR Serverless answered without the id of a job run".into()))
    }

    /// A start with the token of the run tells what came of the first one. Where none did, one comes about that is then known.
    fn find(&self, job: &Job) -> Outcome<Option<String>> {
        self.start(job).map(Some)
    }

    fn look(&self, _run: &str, id: &str) -> Outcome<Look> {
        let answer = self.client.get(Ask::Get(&self.path(id)?))?;
        let run = &answer["jobRun"];
        let word = run["state"].as_str().unwrap_or_default();
        let details = run["stateDetails"].as_str().unwrap_or_default().trim();
        let state = match word {
            "SUBMITTED" | "QUEUED" | "PENDING" | "SCHEDULED" | "RUNNING" | "CANCELLING" => State::Running,
            "SUCCESS" => State::Succeeded,
            "FAILED" if details.is_empty() => State::Failed("EMR Serverless does not say why".into()),
            "FAILED" => State::Failed(details.to_owned()),
            "CANCELLED" => State::Cancelled,
            _ => return Err(SubmitError::Failed(format!("EMR Serverless tells an unknown state: {word}"))),
        };
        // Why it failed is told at the end.
        let is_plain = details.is_empty() || state != State::Running;
        let words = if is_plain { word.to_owned() } else { format!("{word}: {details}") };
        let bill = self.bill(&run["billedResourceUtilization"]);
        Ok(Look { state, words: Some(words), bill })
    }

    fn cancel(&self, _run: &str, id: &str) -> Outcome<()> {
        self.client.get(Ask::Delete(&self.path(id)?)).map(drop)
    }

    /// Nothing until the service has put it there, which is at the end at the latest.
    fn log(&self, run: &str, id: &str) -> Outcome<Log> {
        let (Some(logs), Place::Remote(lake)) = (self.logs(run), &self.lake) else {
            return Ok(Log::default());
        };
        let place = format!("{logs}/applications/{}/jobs/{id}/SPARK_DRIVER/stdout.gz", self.application);
        let failed = |why: String| SubmitError::Failed(format!("cannot read the log {place}: {why}"));
        let packed = match fetch(&place, &lake.options, LOG).map_err(|error| failed(error.to_string()))? {
            Object::Bytes(packed) => packed,
            Object::Absent => return Ok(Log::default()),
            Object::Large(_) => return Err(failed("it is too large".into())),
        };
        let mut text = Vec::new();
        let read = GzDecoder::new(packed.as_slice()).take(LOG + 1).read_to_end(&mut text);
        let is_longer = read.map_err(|error| failed(error.to_string()))? as u64 > LOG;
        let lines = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
        let kept = self
            .logs
            .as_ref()
            .map_or_else(|| "`logs` of the target keeps it".to_owned(), |_| format!("it is {place}"));
        Ok(Log { lines, longer: is_longer.then_some(kept) })
    }

    fn check(&self) -> Outcome<String> {
        let answer = self.client.get(Ask::Get(&format!("/applications/{}", self.application)))?;
        let application = &answer["application"];
        let word = |name: &str| application[name].as_str().unwrap_or_default();
        let (kind, state) = (word("type"), word("state"));
        let wrong = |why: &str, hint: &str| SubmitError::Settings {
            message: format!("application {} {why}", self.application),
            hint: hint.into(),
        };
        if !kind.eq_ignore_ascii_case("spark") {
            return Err(wrong(&format!("is of type {kind}"), "name one of type Spark"));
        }
        let starts = application["autoStartConfiguration"]["enabled"].as_bool().unwrap_or(true);
        if state != "TERMINATED" && (starts || ["STARTED", "STARTING"].contains(&state)) {
            return Ok(format!("{}, {}, {state}", word("name"), word("releaseLabel")));
        }
        let hint = "start it, or let jobs start it: `autoStartConfiguration`";
        Err(wrong(&format!("is {state} and no job starts it"), hint))
    }
}
