//! A double of EMR Serverless and Glue: application or job, runs with their states, tokens and bills, and their logs. What a job
//! does is the test's to say.
//!
//! It does not prove: what AWS itself refuses, its speed, and when its logs come.

#[path = "jobs/glue.rs"]
mod glue;

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::double::{Answer, Double, Request};

pub const APPLICATION: &str = "00f1a2b3c4d5e6f7";
pub const ROLE: &str = "arn:aws:iam::123456789012:role/saldo-job";
pub const REGION: &str = "eu-west-1";

/// What a job is given.
pub struct Given<'a> {
    /// Addresses of the program and its plan.
    pub program: String,
    pub plan: String,
    /// Spark's settings, as they were sent.
    pub parameters: String,
    pub cancelled: &'a AtomicBool,
}

/// What a job prints, or why it failed.
pub type Outcome = Result<String, String>;
type Work = dyn Fn(&Given) -> Outcome + Send + Sync;
/// Where a log goes, and the log.
type Keep = dyn Fn(&str, Vec<u8>) + Send + Sync;

/// A job run.
struct Run {
    request: Value,
    cancelled: AtomicBool,
    outcome: Mutex<Option<Outcome>>,
    looks: AtomicUsize,
    /// Looks since it has ended.
    after: AtomicUsize,
}

/// What the next request meets instead.
#[derive(Clone, Copy)]
pub enum Fault {
    /// It is refused: status, code, words.
    Refused(u16, &'static str, &'static str),
    /// Nothing happens to it.
    Pass,
    /// It is answered as if there were nothing.
    Empty,
    /// It is done, and the answer is lost.
    Lost,
}

struct State {
    runs: Mutex<Vec<Arc<Run>>>,
    faults: Mutex<VecDeque<Fault>>,
    application: Mutex<Value>,
    work: Arc<Work>,
    keep: Arc<Keep>,
}

pub struct Jobs {
    pub double: Double,
    state: Arc<State>,
}

impl Jobs {
    pub fn new(
        keep: impl Fn(&str, Vec<u8>) + Send + Sync + 'static,
        work: impl Fn(&Given) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let application = json!({"applicationId": APPLICATION, "name": "saldo", "type": "Spark", "state": "CREATED",
            "releaseLabel": "emr-7.10.0", "autoStartConfiguration": {"enabled": true}});
        let state = Arc::new(State {
            runs: Mutex::default(),
            faults: Mutex::default(),
            application: Mutex::new(application),
            work: Arc::new(work),
            keep: Arc::new(keep),
        });
        let answers = Arc::clone(&state);
        Self { double: Double::new(move |request| answer(&answers, request)), state }
    }

    /// The settings of a target that is this double.
    pub fn target(&self) -> String {
        format!(
            "kind = 'emr-serverless'\napplication = '{APPLICATION}'\nrole = '{ROLE}'\nregion = '{REGION}'\nendpoint = '{}'\n",
            self.double.url
        )
    }

    /// The same for its half that is Glue.
    pub fn glue(&self) -> String {
        glue::target(&self.double.url, REGION)
    }

    pub fn meet(&self, faults: &[Fault]) {
        self.state.faults.lock().unwrap().extend(faults);
    }

    pub fn set(&self, name: &str, value: Value) {
        self.state.application.lock().unwrap()[name] = value;
    }

    /// The requests by which jobs were started.
    pub fn started(&self) -> Vec<Value> {
        self.state.runs.lock().unwrap().iter().map(|run| run.request.clone()).collect()
    }

    /// How often an operation was asked for that a header names.
    pub fn operated(&self, operation: &str) -> usize {
        let is_meant = |request: &&Request| request.header("x-amz-target") == Some(operation);
        self.double.requests().iter().filter(is_meant).count()
    }

    /// How often something was asked.
    pub fn asked(&self, method: &str, part: &str) -> usize {
        let is_meant = |request: &&Request| request.head.starts_with(method) && request.path.contains(part);
        self.double.requests().iter().filter(is_meant).count()
    }
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    let headers = vec![("x-amzn-errortype", format!("{code}:http://internal.amazon.com/coral/"))];
    Answer::Http(status, headers, json!({ "message": message }).to_string().into_bytes())
}

fn answer(state: &Arc<State>, request: &Request) -> Answer {
    let operation = request.header("x-amz-target").map(str::to_owned);
    let service = operation.as_deref().map_or("emr-serverless", glue::service);
    // Where a header names the operation, the answer's body names the error.
    let refused = |status, code: &str, message: &str| match operation {
        Some(_) => {
            Answer::Http(status, Vec::new(), json!({"__type": code, "message": message}).to_string().into())
        }
        None => refused(status, code, message),
    };
    let route = |state: &Arc<State>, request: &Request| match &operation {
        Some(operation) => glue::route(state, operation, request),
        None => route(state, request),
    };
    if let Some(why) = unsigned(request, service) {
        return refused(403, "AccessDeniedException", &why);
    }
    let fault = state.faults.lock().unwrap().pop_front();
    match fault {
        Some(Fault::Refused(status, code, message)) => return refused(status, code, message),
        Some(Fault::Lost) => {
            drop(route(state, request));
            return refused(503, "ServiceUnavailableException", "lost");
        }
        Some(Fault::Empty) => return Answer::Http(200, Vec::new(), b"{}".to_vec()),
        Some(Fault::Pass) | None => {}
    }
    match route(state, request) {
        Ok(value) => Answer::Http(200, Vec::new(), value.to_string().into_bytes()),
        Err((status, code, message)) => refused(status, code, &message),
    }
}

/// Why a request does not bear a signature for this service.
fn unsigned(request: &Request, service: &str) -> Option<String> {
    let signature = request.header("authorization").unwrap_or_default();
    let parts = [
        "AWS4-HMAC-SHA256 Credential=",
        &format!("/{REGION}/{service}/aws4_request"),
        "SignedHeaders=content-type;host;x-amz-date",
        "Signature=",
    ];
    let missing = parts.into_iter().find(|part| !signature.contains(part)).map(str::to_owned);
    missing.or_else(|| request.header("x-amz-date").is_none().then(|| "no date".into()))
}

type Routed = Result<Value, (u16, &'static str, String)>;

fn route(state: &Arc<State>, request: &Request) -> Routed {
    let invalid = |why: &str| (400, "ValidationException", why.to_owned());
    let unknown = |what: &str| (404, "ResourceNotFoundException", format!("{what} is not found"));
    let parts: Vec<_> = request.path.split('/').skip(1).collect();
    let [root, application, rest @ ..] = parts.as_slice() else { return Err(unknown(&request.path)) };
    if *root != "applications" || *application != APPLICATION {
        return Err(unknown(&format!("Application {application}")));
    }
    let number = |id: &str| id.strip_prefix("00run").and_then(|number| number.parse::<usize>().ok());
    let found = |id: &str| number(id).and_then(|number| state.runs.lock().unwrap().get(number).cloned());
    match (request.head.split(' ').next().unwrap(), rest) {
        ("GET", []) => Ok(json!({ "application": *state.application.lock().unwrap() })),
        ("POST", ["jobruns"]) => {
            start(state, serde_json::from_str(&request.body).map_err(|_| invalid("no JSON"))?)
        }
        ("GET", ["jobruns", id]) => {
            let run = found(id).ok_or_else(|| unknown("Job run"))?;
            let expires = state.application.lock().unwrap()["expires"] == true;
            if expires && run.after.load(Ordering::SeqCst) > 0 {
                return Err((403, "ExpiredTokenException", "since its end".into()));
            }
            Ok(json!({ "jobRun": shown(id, &run) }))
        }
        ("DELETE", ["jobruns", id]) => {
            let run = found(id).ok_or_else(|| unknown("Job run"))?;
            if run.outcome.lock().unwrap().is_some() {
                return Err(invalid("Job run is in a terminal state"));
            }
            run.cancelled.store(true, Ordering::SeqCst);
            Ok(json!({ "applicationId": APPLICATION, "jobRunId": id }))
        }
        _ => Err(unknown(&request.path)),
    }
}

fn start(state: &Arc<State>, request: Value) -> Routed {
    let invalid = |why: &str| Err((400, "ValidationException", why.to_owned()));
    let token = request["clientToken"].as_str().unwrap_or_default().to_owned();
    let is_token = |mark: u8| mark.is_ascii_alphanumeric() || b"._-".contains(&mark);
    if token.is_empty() || token.len() > 64 || !token.bytes().all(is_token) {
        return invalid("clientToken");
    }
    if request["executionRoleArn"] != ROLE {
        return invalid("executionRoleArn");
    }
    let spark = &request["jobDriver"]["sparkSubmit"];
    let arguments: Vec<_> = spark["entryPointArguments"].as_array().into_iter().flatten().collect();
    let (Some(program), [option, plan]) = (spark["entryPoint"].as_str(), arguments.as_slice()) else {
        return invalid("entryPoint");
    };
    if *option != "--plan" || !program.starts_with("s3://") {
        return invalid("entryPointArguments");
    }
    let logs =
        &request["configurationOverrides"]["monitoringConfiguration"]["s3MonitoringConfiguration"]["logUri"];
    let (program, plan) = (program.to_owned(), plan.as_str().unwrap().to_owned());
    let (logs, parameters) = (
        logs.as_str().map(str::to_owned),
        spark["sparkSubmitParameters"].as_str().unwrap_or_default().to_owned(),
    );
    let runs = state.runs.lock().unwrap();
    if let Some(place) = runs.iter().position(|run| run.request["clientToken"] == token) {
        if runs[place].request != request {
            return Err((409, "ConflictException", "the token was used for another request".into()));
        }
        return Ok(json!({ "applicationId": APPLICATION, "jobRunId": format!("00run{place}") }));
    }
    drop(runs);
    let place = |number: usize| {
        let logs = logs?;
        Some(format!("{logs}applications/{APPLICATION}/jobs/00run{number}/SPARK_DRIVER/stdout.gz"))
    };
    let number = begin(state, request, (program, plan, parameters), place);
    Ok(json!({ "applicationId": APPLICATION, "jobRunId": format!("00run{number}") }))
}

/// Begins a run, whose log goes to a place on S3, if anywhere; its number.
fn begin(
    state: &Arc<State>,
    request: Value,
    (program, plan, parameters): (String, String, String),
    log: impl FnOnce(usize) -> Option<String>,
) -> usize {
    let run = Arc::new(Run {
        request,
        cancelled: AtomicBool::new(false),
        outcome: Mutex::default(),
        looks: AtomicUsize::new(0),
        after: AtomicUsize::new(0),
    });
    let number = {
        let mut runs = state.runs.lock().unwrap();
        runs.push(Arc::clone(&run));
        runs.len() - 1
    };
    let (work, keep, log) = (Arc::clone(&state.work), Arc::clone(&state.keep), log(number));
    thread::spawn(move || {
        let outcome = work(&Given { program, plan, parameters, cancelled: &run.cancelled });
        if let (Some(log), Ok(printed)) = (log, &outcome) {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(printed.as_bytes()).unwrap();
            keep(&log, packed.finish().unwrap());
        }
        *run.outcome.lock().unwrap() = Some(outcome);
    });
    number
}

/// A run at one look: it waits for three of them, and its bill comes with the second after its end.
fn shown(id: &str, run: &Run) -> Value {
    let waiting = [("SUBMITTED", ""), ("PENDING", "the application is starting"), ("SCHEDULED", "")];
    let look = run.looks.fetch_add(1, Ordering::SeqCst);
    let outcome = run.outcome.lock().unwrap();
    let (state, details) = match (&*outcome, waiting.get(look)) {
        (None, _) if run.cancelled.load(Ordering::SeqCst) => ("CANCELLING", ""),
        (Some(_), _) if run.cancelled.load(Ordering::SeqCst) => ("CANCELLED", ""),
        (_, Some(state)) => *state,
        (None, None) => ("RUNNING", ""),
        (Some(Ok(_)), None) => ("SUCCESS", ""),
        (Some(Err(why)), None) => ("FAILED", why.as_str()),
    };
    let has_ended = ["SUCCESS", "FAILED", "CANCELLED"].contains(&state);
    let is_billed = has_ended && run.after.fetch_add(1, Ordering::SeqCst) > 0;
    let billed = is_billed.then(|| json!({"vCPUHour": 1.5, "memoryGBHour": 6.0, "storageGBHour": 0.25}));
    json!({"jobRunId": id, "state": state, "stateDetails": details, "billedResourceUtilization": billed})
}
