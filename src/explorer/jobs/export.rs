//! Writes what is held of a result to a file, on a thread of its own: its progress is sent, it can be stopped, and
//! the file appears when it is whole.

use std::ops::ControlFlow;
use std::path::{Path, absolute};
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::{Jobs, REPORT_EVERY, Store, lock};
use crate::engine::store::ResultStore;
use crate::explorer::message::{Export, ExportEvent, Msg, Notice};
use crate::export::{self, ExportError, Format};
use crate::value;

/// Rows of one step.
const STEP: usize = 8_192;

impl Jobs {
    pub(super) fn export(&mut self, export: Export) {
        let ended = |text| Msg::Export(ExportEvent::Ended(Notice { text, bad: true }));
        let Some(job) = self.kept.get(&export.job) else {
            return self.send(ended("that result is gone".into()));
        };
        let path = export::typed_path(&export.path.to_string_lossy());
        let Some(format) = Format::of_path(&path) else {
            let text = "the file's ending names no format: .csv .tsv .json .jsonl .md .parquet";
            return self.send(ended(text.into()));
        };
        if path.exists() && !export.overwrite {
            return self.send(Msg::Export(ExportEvent::Exists(export)));
        }
        self.export = self.all.child_token();
        let (store, cancel) = (Arc::clone(&job.store), self.export.clone());
        self.start(
            move |error| ended(error.message),
            move |send| {
                let outcome = write(&store, format, &path, &cancel, send);
                let notice = report(outcome, &path, export.ended);
                send(Msg::Export(ExportEvent::Ended(notice)));
            },
        );
    }
}

/// The lock on the result is given back between steps: the screen reads on meanwhile.
fn write(
    store: &Store,
    format: Format,
    path: &Path,
    cancel: &CancellationToken,
    send: &dyn Fn(Msg),
) -> Result<u64, ExportError> {
    let Some((schema, of)) = lock(store).as_ref().map(|store| (store.schema(), store.rows())) else {
        return Ok(0);
    };
    let mut at = 0;
    let windows = std::iter::from_fn(|| {
        let window = lock(store).as_mut().map(|store: &mut ResultStore| store.window(at, STEP, cancel))?;
        match window {
            Ok(window) if window.is_empty() => None,
            Ok(window) => {
                at += window.len();
                Some(window.batches().iter().cloned().map(Ok).collect::<Vec<_>>())
            }
            Err(error) => Some(vec![Err(error)]),
        }
    });
    let mut sent = Instant::now();
    export::write(&schema, windows.flatten(), format, path, |rows| {
        if sent.elapsed() >= REPORT_EVERY {
            sent = Instant::now();
            send(Msg::Export(ExportEvent::Progress(rows, of)));
        }
        if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

/// What came of it, in a sentence; `ended` says how the statement ended whose rows are not all there are.
fn report(outcome: Result<u64, ExportError>, path: &Path, ended: Option<&str>) -> Notice {
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    let count = |rows: u64| value::grouped(&rows.to_string());
    let (text, bad) = match (outcome, ended) {
        (Ok(rows), None) => (format!("wrote {} rows to {}", count(rows), path.display()), false),
        (Ok(rows), Some(ended)) => {
            (format!("wrote the first {} rows, {ended}, to {}", count(rows), path.display()), true)
        }
        (Err(ExportError::Cancelled { rows }), _) => {
            (format!("stopped after {} rows: {} was not written", count(rows), path.display()), true)
        }
        (Err(error), _) => (error.to_string(), true),
    };
    Notice { text, bad }
}
