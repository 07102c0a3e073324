//! Keeps a result that is held as a table here, under a name.

use std::sync::Arc;

use chrono::Utc;

use super::export::batches;
use super::{Jobs, kept_table, lock};
use crate::engine::EngineError;
use crate::engine::store::ResultStore;
use crate::explorer::message::{JobEvent, JobId, Msg, Notice};
use crate::export::sidecar::Origin;
use crate::results::{self, Kept, Landed};

impl Jobs {
    /// Keeps the rows of a job.
    pub(super) fn keep_result(&mut self, id: JobId, name: String, origin: Origin) {
        let wrong = |text: String| Msg::Notice(Notice { text, bad: true });
        let Some(job) = self.kept.get(&id) else { return self.send(wrong("that result is gone".into())) };
        let (store, cancel, results) = (Arc::clone(&job.store), job.cancel.clone(), self.results.clone());
        self.start(
            move |error: EngineError| wrong(error.message),
            move |send| {
                let Some(schema) = lock(&store).as_ref().map(ResultStore::schema) else { return };
                let kept = kept(origin);
                match results::keep_rows(&results, &name, kept, &schema, batches(&store, &cancel)) {
                    Ok(Landed { kept, gone }) => {
                        let gone = gone.iter().map(|kept| kept_table(kept).name).collect();
                        send(Msg::Job(id, JobEvent::Kept(kept.name.clone())));
                        send(Msg::Kept { table: kept_table(&kept), gone });
                    }
                    Err(error) => send(wrong(error.to_string())),
                }
            },
        );
    }

    /// Gives a result that is kept already another name.
    pub(super) fn rename_result(&mut self, id: JobId, from: &str, to: &str) {
        let renamed = self.results.rename(from, to).and_then(|()| self.results.find(to));
        match renamed {
            Ok(kept) => {
                self.send(Msg::Job(id, JobEvent::Kept(kept.name.clone())));
                self.send(Msg::Renamed { from: format!("results.{from}"), table: kept_table(&kept) });
            }
            Err(error) => self.send(Msg::Notice(Notice { text: error.to_string(), bad: true })),
        }
    }
}

/// What is written beside the rows; their number and size follow.
fn kept(origin: Origin) -> Kept {
    let now = Utc::now();
    let sql = origin.sql.or_else(|| origin.table.map(|table| format!("-- the rows of {table}")));
    Kept {
        name: String::new(),
        target: origin.target,
        id: String::new(),
        sql: sql.unwrap_or_default(),
        values: origin.values,
        started: now,
        ended: now,
        rows: 0,
        size: 0,
        sha256: String::new(),
        scanned: None,
        nano_dollars: None,
        reused: false,
        place: None,
        pinned: true,
    }
}
