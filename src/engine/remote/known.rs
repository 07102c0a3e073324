//! What an engine knows of its own runs, beside what the ledger knows of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::engine::RunId;
use crate::ledger::{Entry, Kind, RunState};

/// A run in an engine's own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRun {
    pub id: RunId,
    pub state: RunState,
    /// As the engine was sent it.
    pub statement: String,
    pub started: DateTime<Utc>,
    pub bytes_scanned: Option<u64>,
}

impl KnownRun {
    /// A run that somebody else sent, or this program without its ledger: nothing is known of its rows and its price.
    fn entry(self, target: &str) -> Entry {
        Entry {
            run: self.id.0.clone(),
            target: target.to_owned(),
            kind: Kind::Statement,
            id: Some(self.id.0),
            cursor: None,
            statement: self.statement,
            started: self.started,
            ended: None,
            state: self.state,
            rows: None,
            bytes: self.bytes_scanned,
            nano_dollars: None,
            reused: false,
        }
    }
}

/// The runs of a target, newest first. Of a run that both know, the engine knows the end of one that the ledger has not
/// seen end.
pub(super) fn merged(entries: Vec<Entry>, known: Vec<KnownRun>, target: &str) -> Vec<Entry> {
    let mut known: BTreeMap<_, _> = known.into_iter().map(|run| (run.id.0.clone(), run)).collect();
    let mut all: Vec<_> = entries.into_iter().filter(|entry| entry.target == target).collect();
    for entry in &mut all {
        let run = entry.id.as_ref().and_then(|id| known.remove(id));
        if let Some(run) = run.filter(|_| !entry.state.is_final()) {
            entry.state = run.state;
            entry.bytes = entry.bytes.or(run.bytes_scanned);
        }
    }
    all.extend(known.into_values().map(|run| run.entry(target)));
    all.sort_by(|a, b| (b.started, &b.run).cmp(&(a.started, &a.run)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_tells_the_end_of_a_run_and_runs_that_the_ledger_does_not_know() {
        let known = |id: &str, state| KnownRun {
            id: RunId(id.into()),
            state,
            statement: "SELECT 2".into(),
            started: format!("2026-01-02T03:04:0{id}Z").parse().unwrap(),
            bytes_scanned: Some(7),
        };
        let entry = |id: &str, target: &str, state| Entry {
            statement: "SELECT 1".into(),
            bytes: None,
            nano_dollars: Some(5),
            ..known(id, state).entry(target)
        };
        let all = merged(
            vec![
                entry("1", "prod", RunState::Cancelled),
                entry("2", "prod", RunState::Detached),
                entry("3", "test", RunState::Running),
            ],
            vec![
                known("1", RunState::Running),
                known("2", RunState::Succeeded),
                known("9", RunState::Failed),
            ],
            "prod",
        );
        let short: Vec<_> = all
            .iter()
            .map(|one| (one.run.as_str(), one.state, one.bytes, one.nano_dollars, one.statement.as_str()))
            .collect();
        let expected = [
            ("9", RunState::Failed, Some(7), None, "SELECT 2"),
            ("2", RunState::Succeeded, Some(7), Some(5), "SELECT 1"),
            ("1", RunState::Cancelled, None, Some(5), "SELECT 1"),
        ];
        assert_eq!(short, expected);
    }
}
