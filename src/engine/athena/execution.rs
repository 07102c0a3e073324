//! What Athena tells of a query: how it stands, what it took and cost.

use std::time::Duration;

use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionState as State, QueryExecutionStatistics as Statistics,
    ResultConfiguration, ResultReuseInformation, StatementType,
};
use chrono::{DateTime, Utc};

use super::fault;
use crate::engine::remote::{KnownRun, Status};
use crate::engine::{EngineError, ErrorKind, Phase, Progress, RunId, Stats};
use crate::ledger::RunState;
use crate::target::Dollars;

/// What Athena, and Redshift Spectrum, bills of a query at least, and in steps of what.
const LEAST: u64 = 10_000_000;
const STEP: u64 = 1_000_000;

/// Bytes that are billed for bytes that were scanned.
pub(in crate::engine) fn billed(scanned: u64) -> u64 {
    if scanned == 0 { 0 } else { scanned.div_ceil(STEP).saturating_mul(STEP).max(LEAST) }
}

/// How a query stands.
pub(super) fn status(query: &QueryExecution, price: Dollars) -> Status {
    let reason = || query.status().and_then(|status| status.state_change_reason());
    match query.status().and_then(|status| status.state()) {
        Some(State::Succeeded) => Status::Ready,
        Some(State::Cancelled) => {
            let why = reason().filter(|why| !why.to_ascii_lowercase().contains("cancelled by user"));
            Status::Stopped(stats(query, price), why.map(str::to_owned))
        }
        Some(State::Failed) => Status::Failed(EngineError {
            stats: Some(Box::new(stats(query, price))),
            ..fault::failed(&why_failed(query))
        }),
        Some(State::Queued) => Status::Going(Progress { phase: Phase::Queued, ..Progress::default() }),
        Some(State::Running) => {
            let scanned = scanned(query);
            let is_planned = scanned > 0 || statistics(query).query_planning_time_in_millis().is_some();
            let phase = if is_planned { Phase::Running } else { Phase::Planning };
            Status::Going(Progress { phase, percent: None, bytes: Some(scanned) })
        }
        // A state of a newer Athena: it has ended when there is a time at which it did.
        state if query.status().is_some_and(|status| status.completion_date_time().is_some()) => {
            let state = state.map_or("no state", State::as_str);
            let message = format!("the query ended in a state that saldo does not know: {state}");
            Status::Failed(EngineError::new(ErrorKind::Other, message))
        }
        _ => Status::Going(Progress::default()),
    }
}

/// The reason that is kept with the state, or that with the error; which of them is there differs.
fn why_failed(query: &QueryExecution) -> String {
    let status = query.status();
    let of_error = || status?.athena_error()?.error_message();
    let reason = status.and_then(|status| status.state_change_reason()).or_else(of_error);
    reason.unwrap_or("the query failed, and Athena does not say why").to_owned()
}

/// What a query took. Definitions and failures are free, and so is an earlier result; what was stopped is not.
pub(super) fn stats(query: &QueryExecution, price: Dollars) -> Stats {
    let statistics = statistics(query);
    let millis = |count: Option<i64>| Some(Duration::from_millis(u64::try_from(count?).ok()?));
    let reused =
        statistics.result_reuse_information().is_some_and(ResultReuseInformation::reused_previous_result);
    let has_failed = query.status().and_then(|status| status.state()) == Some(&State::Failed);
    let is_free = reused || has_failed || query.statement_type() == Some(&StatementType::Ddl);
    let bytes = if reused { 0 } else { scanned(query) };
    Stats {
        queued: millis(statistics.query_queue_time_in_millis()),
        planned: millis(statistics.query_planning_time_in_millis()),
        ran: millis(statistics.engine_execution_time_in_millis()),
        bytes_scanned: Some(bytes),
        cost: Some(Dollars::of_bytes(if is_free { 0 } else { billed(bytes) }, price)),
        reused,
        place: place(query).map(str::to_owned),
        ..Stats::default()
    }
}

/// Where the result lies; nowhere when Athena keeps it itself.
pub(super) fn place(query: &QueryExecution) -> Option<&str> {
    query.result_configuration()?.output_location()
}

/// Where another query's result goes beside that one's: a configuration as it is told ends in the result's own name.
pub(super) fn same_folder(told: &ResultConfiguration) -> ResultConfiguration {
    let folder = told.output_location().and_then(|place| Some(place.rsplit_once('/')?.0));
    ResultConfiguration::builder().set_output_location(folder.map(|folder| format!("{folder}/"))).build()
}

fn scanned(query: &QueryExecution) -> u64 {
    statistics(query).data_scanned_in_bytes().and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0)
}

fn statistics(query: &QueryExecution) -> Statistics {
    query.statistics().cloned().unwrap_or_else(|| Statistics::builder().build())
}

/// A query in Athena's own list.
pub(super) fn known(query: &QueryExecution) -> Option<KnownRun> {
    let status = query.status()?;
    let state = match status.state()? {
        State::Succeeded => RunState::Succeeded,
        State::Failed => RunState::Failed,
        State::Cancelled => RunState::Cancelled,
        State::Queued => RunState::Sent,
        _ => RunState::Running,
    };
    let started = status.submission_date_time()?;
    Some(KnownRun {
        id: RunId(query.query_execution_id()?.to_owned()),
        state,
        statement: query.query().unwrap_or_default().to_owned(),
        started: DateTime::<Utc>::from_timestamp(started.secs(), started.subsec_nanos())?,
        bytes_scanned: Some(scanned(query)),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_athena::types::QueryExecutionStatus;

    use super::*;

    fn query(state: State, kind: StatementType, bytes: i64, reused: bool) -> QueryExecution {
        let reuse = ResultReuseInformation::builder().reused_previous_result(reused).build();
        let statistics =
            Statistics::builder().data_scanned_in_bytes(bytes).result_reuse_information(reuse).build();
        let status = QueryExecutionStatus::builder().state(state).state_change_reason("why").build();
        QueryExecution::builder().statement_type(kind).statistics(statistics).status(status).build()
    }

    #[test]
    fn what_is_billed_is_what_athena_bills() {
        let price = "5".parse().unwrap();
        let cases = [
            (State::Succeeded, StatementType::Dml, 1, false, "$0.00005"),
            (State::Succeeded, StatementType::Dml, 0, false, "$0.00"),
            (State::Succeeded, StatementType::Dml, 10_000_001, false, "$0.000055"),
            (State::Succeeded, StatementType::Dml, 2_000_000_000_000, false, "$10.00"),
            (State::Succeeded, StatementType::Dml, 2_000_000_000_000, true, "$0.00"),
            (State::Succeeded, StatementType::Ddl, 2_000_000_000_000, false, "$0.00"),
            (State::Failed, StatementType::Dml, 2_000_000_000_000, false, "$0.00"),
            (State::Cancelled, StatementType::Dml, 2_000_000_000_000, false, "$10.00"),
        ];
        for (state, kind, bytes, reused, cost) in cases {
            let stats = stats(&query(state.clone(), kind.clone(), bytes, reused), price);
            assert_eq!(stats.cost.unwrap().to_string(), cost, "{state:?} {kind:?} {bytes}");
        }
    }

    #[test]
    fn every_state_is_told() {
        let told =
            |state: State, bytes| status(&query(state, StatementType::Dml, bytes, false), Dollars::default());
        let phase = |status| match status {
            Status::Going(progress) => progress.phase,
            other => panic!("{other:?}"),
        };
        assert_eq!(phase(told(State::Queued, 0)), Phase::Queued);
        assert_eq!(phase(told(State::Running, 0)), Phase::Planning);
        assert_eq!(phase(told(State::Running, 7)), Phase::Running);
        assert_eq!(phase(told("NEW".into(), 7)), Phase::Running);
        assert_eq!(told(State::Succeeded, 7), Status::Ready);
        assert!(
            matches!(told(State::Cancelled, 7), Status::Stopped(stats, Some(why)) if stats.bytes_scanned == Some(7) && why == "why")
        );
        assert!(matches!(told(State::Failed, 7), Status::Failed(error) if error.message == "why"));
    }
}
