//! Writes what is held of a result to a file, on a thread of its own: its progress is sent, it can be stopped, and
//! the file appears when it is whole.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::time::Instant;

use duckdb::arrow::record_batch::RecordBatch;
use tokio_util::sync::CancellationToken;

use super::{Jobs, REPORT_EVERY, Store, lock};
use crate::engine::EngineError;
use crate::engine::store::windows;
use crate::environment::typed_path;
use crate::explorer::message::{Export, ExportEvent, Msg, Notice};
use crate::export::{self, ExportError, Format, Options, Written, sidecar};
use crate::value;

/// Rows of one step.
const STEP: usize = 8_192;

impl Jobs {
    pub(super) fn export(&mut self, export: Export) {
        let ended = |text| Msg::Export(ExportEvent::Ended(Notice { text, bad: true }));
        let Some(job) = self.kept.get(&export.job) else {
            return self.send(ended("that result is gone".into()));
        };
        let path = typed_path(&export.path);
        let Some(format) = Format::of_path(&path) else {
            return self.send(ended("the file's ending names no format".into()));
        };
        let beside = export.sidecar.then(|| sidecar::path(&path));
        let there: Vec<_> =
            std::iter::once(path.clone()).chain(beside).filter(|path| path.exists()).collect();
        if !there.is_empty() && !export.overwrite {
            return self.send(Msg::Export(ExportEvent::Exists(export, there)));
        }
        self.export = self.all.child_token();
        let (store, cancel) = (Arc::clone(&job.store), self.export.clone());
        self.start(
            move |error| ended(error.message),
            move |send| {
                let outcome = write(&store, format, &path, &export, (&cancel, send));
                let notice = report(outcome, &path, export.ended);
                send(Msg::Export(ExportEvent::Ended(notice)));
            },
        );
    }
}

/// The rows that are held, batch by batch; the lock on the result is given back between steps: the screen reads on
/// meanwhile.
pub(super) fn batches(
    store: &Store,
    cancel: &CancellationToken,
) -> impl Iterator<Item = Result<RecordBatch, EngineError>> {
    windows(store, STEP, cancel).flat_map(|window| match window {
        Ok(window) => window.batches().iter().cloned().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    })
}

/// What was written, and the file beside it.
struct Exported {
    written: Written,
    sidecar: Option<PathBuf>,
}

fn write(
    store: &Store,
    format: Format,
    path: &Path,
    export: &Export,
    (cancel, send): (&CancellationToken, &dyn Fn(Msg)),
) -> Result<Exported, String> {
    let Some((schema, of)) = lock(store).as_ref().map(|store| (store.schema(), store.rows())) else {
        return Err("there are no columns to write".into());
    };
    if let Some(refusal) = format.refusal(of) {
        return Err(refusal);
    }
    let options = Options { guard: export.guard, title: export.title.clone(), ..Options::default() };
    let mut sent = Instant::now();
    let written = export::write(&schema, batches(store, cancel), (format, &options), path, |rows| {
        if sent.elapsed() >= REPORT_EVERY {
            sent = Instant::now();
            send(Msg::Export(ExportEvent::Progress(rows, of)));
        }
        if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let written = written.map_err(|error| match error {
        ExportError::Cancelled { rows } => {
            let rows = value::rows(rows);
            format!("stopped after {rows}: {} was not written", shown(path))
        }
        other => other.to_string(),
    })?;
    let beside = |why| format!("{} is written; {} is not: {why}", shown(path), shown(&sidecar::path(path)));
    let sidecar = if export.sidecar {
        Some(
            sidecar::write(path, format, &schema, &written, &export.origin)
                .map_err(|why: io::Error| beside(why))?,
        )
    } else {
        None
    };
    Ok(Exported { written, sidecar })
}

fn shown(path: &Path) -> String {
    absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// What came of it, in a sentence; `ended` says how the statement ended whose rows are not all there are.
fn report(outcome: Result<Exported, String>, path: &Path, ended: Option<&str>) -> Notice {
    let Exported { written, sidecar } = match outcome {
        Ok(exported) => exported,
        Err(text) => return Notice { text, bad: true },
    };
    let rows = value::rows(written.rows);
    let mut parts = vec![match ended {
        None => format!("wrote {rows} to {}", shown(path)),
        Some(ended) => format!("wrote the first {rows}, {ended}, to {}", shown(path)),
    }];
    parts.extend(sidecar.and_then(|path| Some(format!("and {}", path.file_name()?.to_string_lossy()))));
    let bad = ended.is_some() || !written.notes.is_empty();
    parts.extend(written.notes);
    Notice { text: parts.join("; "), bad }
}
