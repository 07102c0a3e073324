//! Glue: a run of a job that stands there. The service has no token for a start, so a run that bears our name is looked for before
//! one is started, and before one whose answer was lost is started again.
//!
//! <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html>

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::aws::{Answer, Ask, Client, Name, UNKNOWN, conf, of_start, plain};
use super::service::{Bill, Job, Log, Look, Outcome, Service, State, SubmitError};
use crate::target::{Dollars, Target};

const NAME: Name = Name { signed: "glue", variable: "GLUE", shown: "Glue" };
const LOGS: Name = Name { signed: "logs", variable: "CLOUDWATCH_LOGS", shown: "CloudWatch" };
/// The argument that bears our name of a run.
const RUN: &str = "--saldo_run";
/// Where drivers print, unless the job says otherwise.
const GROUP: &str = "/aws-glue/jobs/output";
/// A page of runs; pages that are looked through for ours, and of a log that are read at once.
const PAGE: u32 = 200;
const PAGES: usize = 20;
/// Seconds that are billed at least.
const LEAST: f64 = 60.0;
/// A run whose answer was lost is to be seen after so long.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// A job, as it is asked.
#[derive(Debug)]
pub(super) struct Glue {
    client: Client,
    logs: Client,
    group: String,
    job: String,
    conf: Vec<String>,
    minutes: Option<u64>,
    price: Option<Dollars>,
}

impl Glue {
    pub(super) fn open(name: &str, target: &Target) -> Outcome<Self> {
        let job = plain(name, "job", target.job.as_ref())?;
        let conf = conf(name, target)?;
        let client = Client::open(target, NAME)?;
        // The address of the target is that of Glue alone.
        let apart = Target { endpoint: None, region: Some(client.region.clone()), ..target.clone() };
        Ok(Self {
            job,
            conf,
            client,
            logs: Client::open(&apart, LOGS)?,
            group: target.logs.clone().unwrap_or_else(|| GROUP.into()),
            minutes: target.timeout_s.map(|seconds| seconds.div_ceil(60).max(1)),
            price: target.price_dpu_hour,
        })
    }

    fn operate(&self, operation: &str, request: &Value) -> Outcome<Value> {
        self.client.get(Ask::Operate(operation, request))
    }

    /// The run that bears our name.
    fn named(&self, run: &str) -> Outcome<Option<String>> {
        let mut request = json!({ "JobName": self.job, "MaxResults": PAGE });
        for _ in 0..PAGES {
            let answer = self.operate("AWSGlue.GetJobRuns", &request)?;
            let mut runs = answer["JobRuns"].as_array().into_iter().flatten();
            if let Some(id) = runs.find(|one| one["Arguments"][RUN] == run).and_then(|one| one["Id"].as_str())
            {
                return Ok(Some(id.to_owned()));
            }
            if !turned(&mut request, &answer, "NextToken") {
                break;
            }
        }
        Ok(None)
    }

    /// Starts a run unless there is one; whether the service was busy, so that a try may have come about.
    fn begin(&self, job: &Job, request: &Value, was_busy: &mut bool) -> Outcome<String> {
        let once = || -> Outcome<Answer> {
            match self.named(&job.run)? {
                Some(id) => Ok(Answer::Given(json!({ "JobRunId": id }))),
                None => self.client.once(Ask::Operate("AWSGlue.StartJobRun", request)),
            }
        };
        match self.client.tried(PAUSES, was_busy, once)? {
            Ok(answer) => {
                let id = answer["JobRunId"].as_str().map(str::to_owned);
                id.ok_or_else(|| SubmitError::Silent("Glue answered without the id of a job run".into()))
            }
            // It may be ours, if an answer was lost, and not to be seen at once.
            Err(refusal) if refusal.code == "ConcurrentRunsExceededException" => {
                thread::sleep(PAUSES.0);
                self.named(&job.run)?.ok_or_else(|| SubmitError::Refused {
                    message: format!("Glue refuses: another run of the job {} is at work", self.job),
                    hint: "wait until it has ended, or let the job have several runs at a time".into(),
                })
            }
            Err(refusal) => Err(self.client.refused(&refusal)),
        }
    }
}

/// Makes a request that of the next page, where there is one.
fn turned(request: &mut Value, answer: &Value, token: &str) -> bool {
    let next = answer[token].as_str().filter(|next| !next.is_empty());
    next.is_some_and(|next| {
        request[token] = next.into();
        true
    })
}

/// What is told of the use of DPUs in a run, or as many as there may be for the time that it took.
fn dpu_seconds(run: &Value) -> Option<f64> {
    let of_workers = || {
        let kind = run["WorkerType"].as_str()?.strip_prefix("G.")?.strip_suffix('X')?;
        let each = if kind == "025" { 0.25 } else { kind.parse().ok()? };
        Some(run["NumberOfWorkers"].as_f64()? * each)
    };
    let by_time = || {
        let seconds = run["ExecutionTime"].as_f64()?;
        // One that never began took nothing.
        let billed = if seconds > 0.0 { seconds.max(LEAST) } else { 0.0 };
        Some(billed * run["MaxCapacity"].as_f64().or_else(of_workers)?)
    };
    run["DPUSeconds"].as_f64().or_else(by_time)
}

impl Service for Glue {
    fn there(&self) -> String {
        format!("the job {} in {}", self.job, self.client.region)
    }

    fn settings(&self) -> String {
        json!([self.conf, self.minutes]).to_string()
    }

    fn start(&self, job: &Job) -> Outcome<String> {
        let mut arguments = json!({ "--scriptLocation": job.place(), "--plan": job.plan(), RUN: job.run });
        if !self.conf.is_empty() {
            // One argument holds all of them, and names itself.
            arguments["--conf"] = self.conf.join(" ").trim_start_matches("--conf ").into();
        }
        let mut request = json!({ "JobName": self.job, "Arguments": arguments });
        if let Some(minutes) = self.minutes {
            request["Timeout"] = minutes.into();
        }
        let mut was_busy = false;
        self.begin(job, &request, &mut was_busy).map_err(|error| of_start(error, was_busy))
    }

    fn find(&self, job: &Job) -> Outcome<Option<String>> {
        self.named(&job.run)
    }

    fn look(&self, _run: &str, id: &str) -> Outcome<Look> {
        let answer = self.operate("AWSGlue.GetJobRun", &json!({ "JobName": self.job, "RunId": id }))?;
        let run = &answer["JobRun"];
        let word = run["JobRunState"].as_str().unwrap_or_default();
        let why = run["ErrorMessage"].as_str().unwrap_or_default().trim();
        let state = match word {
            "STARTING" | "WAITING" | "RUNNING" | "STOPPING" => State::Running,
            "SUCCEEDED" => State::Succeeded,
            "STOPPED" => State::Cancelled,
            "TIMEOUT" => {
                State::Failed("it had not ended at its limit of time and was stopped by Glue".into())
            }
            "FAILED" | "ERROR" | "EXPIRED" if why.is_empty() => {
                State::Failed(format!("Glue does not say why: {word}"))
            }
            "FAILED" | "ERROR" | "EXPIRED" => State::Failed(why.to_owned()),
            _ => return Err(SubmitError::Failed(format!("Glue tells an unknown state: {word}"))),
        };
        let used = dpu_seconds(run).filter(|_| state != State::Running);
        let bill = used.map(|seconds| Bill {
            items: vec![(seconds / 3600.0, "DPU-hours", self.price, "price_dpu_hour")],
        });
        Ok(Look { state, words: Some(word.to_owned()), bill })
    }

    fn cancel(&self, _run: &str, id: &str) -> Outcome<()> {
        let answer =
            self.operate("AWSGlue.BatchStopJobRun", &json!({ "JobName": self.job, "JobRunIds": [id] }))?;
        match answer["Errors"].as_array().and_then(|errors| errors.first()) {
            None => Ok(()),
            Some(error) => {
                let why = error["ErrorDetail"]["ErrorMessage"].as_str().unwrap_or("it does not say why");
                Err(SubmitError::Failed(format!("Glue does not stop {id}: {why}")))
            }
        }
    }

    /// Nothing while the driver has printed nothing.
    fn log(&self, _run: &str, id: &str) -> Outcome<Log> {
        let mut log = Log::default();
        let mut request = json!({ "logGroupName": self.group, "logStreamNamePrefix": id });
        for _ in 0..PAGES {
            let answer = match self.logs.ask(Ask::Operate("Logs_20140328.FilterLogEvents", &request))? {
                Err(refusal) if UNKNOWN.contains(&refusal.code.as_str()) => return Ok(log),
                answer => answer.map_err(|refusal| self.logs.refused(&refusal))?,
            };
            for event in answer["events"].as_array().into_iter().flatten() {
                // The others are those of its executors.
                let stream = event["logStreamName"].as_str().unwrap_or_default();
                if stream == id || stream.strip_prefix(id) == Some("-driver") {
                    let message = event["message"].as_str().unwrap_or_default();
                    log.lines.extend(message.lines().map(str::to_owned));
                }
            }
            if !turned(&mut request, &answer, "nextToken") {
                return Ok(log);
            }
        }
        log.longer = Some(format!("{} of CloudWatch has it", self.group));
        Ok(log)
    }

    fn check(&self) -> Outcome<String> {
        let answer = self.operate("AWSGlue.GetJob", &json!({ "JobName": self.job }))?;
        let job = &answer["Job"];
        let kind = job["Command"]["Name"].as_str().unwrap_or_default();
        if kind != "glueetl" {
            return Err(SubmitError::Settings {
                message: format!("job {} is of type {kind}", self.job),
                hint: "name one that runs Spark, whose command is glueetl".into(),
            });
        }
        let retries = job["MaxRetries"].as_u64().unwrap_or(0);
        if retries > 0 {
            return Err(SubmitError::Settings {
                message: format!(
                    "job {} has MaxRetries {retries}: after a failure it would run again, when its run is given up here",
                    self.job
                ),
                hint: "set MaxRetries of the job to 0; `saldo submit` begins anew".into(),
            });
        }
        let word = |name: &str| job[name].as_str().unwrap_or("?").to_owned();
        Ok(format!("{}, Glue {}, {}", self.job, word("GlueVersion"), word("WorkerType")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dpus_are_those_that_are_told_or_those_of_the_workers() {
        for (run, used) in [
            (json!({"DPUSeconds": 720.0, "ExecutionTime": 90, "MaxCapacity": 10.0}), Some(720.0)),
            (json!({"ExecutionTime": 90, "MaxCapacity": 4.0, "WorkerType": "G.8X"}), Some(360.0)),
            // A minute is billed at least.
            (json!({"ExecutionTime": 5, "WorkerType": "G.2X", "NumberOfWorkers": 3}), Some(360.0)),
            (json!({"ExecutionTime": 100, "WorkerType": "G.025X", "NumberOfWorkers": 2}), Some(50.0)),
            (json!({"ExecutionTime": 100, "WorkerType": "R.1X", "NumberOfWorkers": 2}), None),
            (json!({"MaxCapacity": 4.0}), None),
            (json!({"ExecutionTime": 0, "MaxCapacity": 4.0}), Some(0.0)),
        ] {
            assert_eq!(dpu_seconds(&run), used, "{run}");
        }
    }
}
