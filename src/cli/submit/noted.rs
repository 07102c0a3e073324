//! What a job costs that somebody bills, kept where `saldo cost` looks.

use chrono::Utc;

use super::super::place;
use crate::ledger::{Entry, Kind, Ledger, RunState};
use crate::pipeline::spark::Submitted;
use crate::submit::{Bill, State};
use crate::target::Dollars;

/// The ledger with the job that it is about.
pub(super) struct Noted<'a> {
    pub(super) ledger: Ledger,
    pub(super) submitted: &'a Submitted,
    /// What the service calls it.
    pub(super) id: &'a str,
}

impl Noted<'_> {
    /// Notes how the job stands, and what was billed. Where that cannot be done it is said: the job goes on all the same.
    pub(super) fn write(&self, state: &State, bill: Option<&Bill>) {
        let state = match state {
            State::Running => RunState::Running,
            State::Succeeded => RunState::Succeeded,
            State::Failed(_) => RunState::Failed,
            State::Cancelled => RunState::Cancelled,
        };
        let entry = Entry {
            run: self.submitted.run.clone(),
            target: self.submitted.target.clone(),
            kind: Kind::Job,
            id: Some(self.id.to_owned()),
            cursor: None,
            statement: format!("saldo submit {}", self.submitted.tables.join(" ")),
            started: self.submitted.at,
            ended: state.is_final().then(Utc::now),
            state,
            rows: None,
            bytes: None,
            nano_dollars: bill.and_then(Bill::cost).map(Dollars::nano),
            reused: false,
        };
        if let Err(error) = self.ledger.write(&entry) {
            let path = self.ledger.path().display();
            place::say(&format!(
                "warning: `saldo cost` will lack this job: {path} cannot be written: {error}"
            ));
        }
    }
}
