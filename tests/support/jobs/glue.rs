//! The half of the double that is Glue and its logs: AWS JSON 1.1, one job, a run at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{Request, Routed, Run, State, begin};

pub const JOB: &str = "saldo";
pub const GROUP: &str = "/aws-glue/jobs/output";

pub fn target(url: &str, region: &str) -> String {
    format!("kind = 'glue'\njob = '{JOB}'\nregion = '{region}'\nendpoint = '{url}'\n")
}

/// The service that an operation is of, as it signs.
pub fn service(operation: &str) -> &'static str {
    if operation.starts_with("Logs_20140328.") { "logs" } else { "glue" }
}

fn number(id: &str) -> Option<usize> {
    id.strip_prefix("jr_")?.parse().ok()
}

pub fn route(state: &Arc<State>, operation: &str, request: &Request) -> Routed {
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let unknown = |what: &str| (400, "EntityNotFoundException", format!("{what} is not found"));
    if request.header("content-type") != Some("application/x-amz-json-1.1") {
        return Err((400, "SerializationException", "content-type".into()));
    }
    if operation == "Logs_20140328.FilterLogEvents" {
        return events(state, &body);
    }
    if body["JobName"] != JOB {
        return Err(unknown("Job"));
    }
    let found = |id: &Value| {
        let run =
            number(id.as_str().unwrap()).and_then(|number| state.runs.lock().unwrap().get(number).cloned());
        run.ok_or_else(|| unknown("Job run"))
    };
    match operation {
        "AWSGlue.GetJob" => {
            let settings = state.application.lock().unwrap();
            let kind = settings["command"].as_str().unwrap_or("glueetl");
            Ok(
                json!({"Job": {"Name": JOB, "Command": {"Name": kind}, "GlueVersion": "5.0", "WorkerType": "G.1X",
                "MaxRetries": settings["MaxRetries"].as_u64().unwrap_or(0)}}),
            )
        }
        "AWSGlue.StartJobRun" => start(state, body),
        "AWSGlue.GetJobRuns" => {
            // The newest first, one a page.
            let runs = state.runs.lock().unwrap();
            let at = body["NextToken"].as_str().map_or(0, |token| token.parse::<usize>().unwrap());
            let place = runs.len().checked_sub(at + 1);
            let run = place.map(
                |place| json!({"Id": format!("jr_{place}"), "Arguments": runs[place].request["Arguments"]}),
            );
            let next = (at + 1 < runs.len()).then(|| (at + 1).to_string());
            Ok(json!({"JobRuns": run.into_iter().collect::<Vec<_>>(), "NextToken": next}))
        }
        "AWSGlue.GetJobRun" => Ok(json!({"JobRun": shown(state, &*found(&body["RunId"])?)})),
        "AWSGlue.BatchStopJobRun" => {
            let id = &body["JobRunIds"][0];
            let run = found(id)?;
            if run.outcome.lock().unwrap().is_some() {
                let detail =
                    json!({"ErrorCode": "JobRunNotInTerminalStateException", "ErrorMessage": "it has ended"});
                return Ok(
                    json!({"SuccessfulSubmissions": [], "Errors": [{"JobRunId": id, "ErrorDetail": detail}]}),
                );
            }
            run.cancelled.store(true, Ordering::SeqCst);
            Ok(json!({"SuccessfulSubmissions": [{"JobName": JOB, "JobRunId": id}], "Errors": []}))
        }
        _ => Err((400, "UnknownOperationException", operation.to_owned())),
    }
}

fn start(state: &Arc<State>, request: Value) -> Routed {
    let arguments = request["Arguments"].clone();
    let word = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
    let (program, plan) = (word("--scriptLocation"), word("--plan"));
    if !program.starts_with("s3://") || plan.is_empty() {
        return Err((400, "InvalidInputException", "Arguments".into()));
    }
    let is_at_work = |run: &Arc<Run>| run.outcome.lock().unwrap().is_none();
    if state.runs.lock().unwrap().iter().any(is_at_work) {
        return Err((400, "ConcurrentRunsExceededException", "Concurrent runs exceeded for saldo".into()));
    }
    let parameters = arguments["--conf"].as_str().map(|conf| format!("--conf {conf}")).unwrap_or_default();
    let number = begin(state, request, (program, plan, parameters), |_| None);
    Ok(json!({"JobRunId": format!("jr_{number}")}))
}

/// A run at one look.
fn shown(state: &State, run: &Run) -> Value {
    let look = run.looks.fetch_add(1, Ordering::SeqCst);
    let outcome = run.outcome.lock().unwrap();
    let cancelled = run.cancelled.load(Ordering::SeqCst);
    let (word, why) = match &*outcome {
        None if cancelled => ("STOPPING", ""),
        Some(_) if cancelled => ("STOPPED", ""),
        _ if look == 0 => ("STARTING", ""),
        None => ("RUNNING", ""),
        Some(Ok(_)) => ("SUCCEEDED", ""),
        Some(Err(why)) => ("FAILED", why.as_str()),
    };
    let told = state.application.lock().unwrap()["DPUSeconds"].clone();
    let used = outcome.is_some().then_some(told).filter(|told| !told.is_null());
    json!({"JobRunState": word, "ErrorMessage": why, "ExecutionTime": 90, "MaxCapacity": 4.0, "DPUSeconds": used})
}

/// What a driver has printed, an event a page, between those of its executors.
fn events(state: &State, body: &Value) -> Routed {
    let id = body["logStreamNamePrefix"].as_str().unwrap();
    let run = number(id).and_then(|number| state.runs.lock().unwrap().get(number).cloned());
    let printed = run.and_then(|run| run.outcome.lock().unwrap().clone().and_then(Result::ok));
    let (Some(printed), Some(GROUP)) = (printed, body["logGroupName"].as_str()) else {
        return Err((400, "ResourceNotFoundException", "The specified log group does not exist.".into()));
    };
    let at = body["nextToken"].as_str().map_or(0, |token| token.parse::<usize>().unwrap());
    let lines: Vec<_> = printed.lines().collect();
    let driver = lines.get(at).map(|line| json!({"logStreamName": id, "message": format!("{line}\n")}));
    let executor = json!({"logStreamName": format!("{id}-1"), "message": "of an executor"});
    let next = (at + 1 < lines.len()).then(|| (at + 1).to_string());
    Ok(json!({"events": driver.into_iter().chain([executor]).collect::<Vec<_>>(), "nextToken": next}))
}
