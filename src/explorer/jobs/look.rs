//! Works something out beside a result, on a thread of its own: it is stopped when something else is asked for.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Jobs;
use crate::engine::duckdb::DuckDb;
use crate::engine::store::Shared;
use crate::engine::{EngineError, ErrorKind, find, profile, totals};
use crate::explorer::message::{JobEvent, JobId, Look, Looked, Msg};

impl Jobs {
    pub(super) fn look(&mut self, id: JobId, look: Look) {
        self.stop_look();
        let Some(store) = self.kept.get(&id).map(|job| Arc::clone(&job.store)) else { return };
        let (engine, cancel) = (self.local.clone(), self.looking.clone());
        let told = move |look: &Look, looked| Msg::Job(id, JobEvent::Looked(look.clone(), looked));
        let of = look.clone();
        self.start(
            move |error| told(&of, Looked::Failed(error)),
            move |send| {
                let answer = |looked| send(told(&look, looked));
                match work(&engine, &store, &look, &cancel, &answer) {
                    Err(error) if error.kind != ErrorKind::Cancelled => answer(Looked::Failed(error)),
                    // Who stopped it knows.
                    _ => {}
                }
            },
        );
    }

    pub(super) fn stop_look(&mut self) {
        self.looking.cancel();
        self.looking = self.all.child_token();
    }
}

fn work(
    engine: &DuckDb,
    store: &Shared,
    look: &Look,
    cancel: &CancellationToken,
    answer: &dyn Fn(Looked),
) -> Result<(), EngineError> {
    match look {
        Look::Find { needle, from, forward } => {
            answer(Looked::Found(find::find(store, needle, *from, *forward, cancel)?));
        }
        Look::Totals { rows, columns, currencies } => {
            let mut found = totals::totals(store, rows.clone(), columns, cancel)?;
            if !currencies.is_empty() {
                let named = totals::totals(store, rows.clone(), currencies, cancel)?;
                if named.min != named.max {
                    (found.sum, found.mean) = (None, None);
                }
            }
            answer(Looked::Totals(Box::new(found)));
        }
        Look::Profile { column, currencies, arrangement } => {
            let told = &mut |profile: &profile::Profile| answer(Looked::Profile(Box::new(profile.clone())));
            let of = profile::Of { column: *column, currencies };
            profile::profile(engine, store, arrangement, of, cancel, told)?;
        }
    }
    Ok(())
}
