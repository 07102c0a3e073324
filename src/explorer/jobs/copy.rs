//! Copies a part of a result in a format: read in steps, and in a file where it is too long for a terminal.

use std::error::Error;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::{Jobs, REPORT_EVERY, Store, lock};
use crate::engine::EngineError;
use crate::engine::store::{ResultStore, Window};
use crate::explorer::copy::{Clip, Clipped};
use crate::explorer::effect::Block;
use crate::explorer::message::{ExportEvent, Msg, Notice};
use crate::export::{self, Format, Options, Writer};
use crate::value;

/// Rows of one step.
const STEP: u64 = 8_192;

/// What is copied as what.
pub(super) struct Order {
    pub(super) block: Block,
    pub(super) format: Format,
    pub(super) what: &'static str,
    pub(super) table: String,
}

impl Jobs {
    pub(super) fn copy_as(&mut self, order: Order) {
        let ended = |text| Msg::Export(ExportEvent::Ended(Notice { text, bad: true }));
        let Some(job) = self.kept.get(&order.block.job) else {
            return self.send(ended("that result is gone".into()));
        };
        self.export = self.all.child_token();
        let (store, cancel) = (Arc::clone(&job.store), self.export.clone());
        let folder = self.limits.cache.clone();
        self.start(
            move |error| ended(error.message),
            move |send| {
                let clip = Clip::new(&folder, order.format.name());
                send(match written(&store, &order, clip, &cancel, send) {
                    Ok(clipped) => told(order.what, clipped),
                    Err(_) if cancel.is_cancelled() => {
                        ended(format!("stopped: the {} was not copied", order.what))
                    }
                    Err(why) => ended(format!("cannot copy the {}: {why}", order.what)),
                });
            },
        );
    }
}

fn told(what: &str, clipped: Clipped) -> Msg {
    match clipped {
        Clipped::Text(text) => Msg::Export(ExportEvent::Copied { what: what.to_owned(), text }),
        Clipped::File(path, bytes) => {
            let size = value::grouped(&bytes.to_string());
            let text = format!("the {what} has {size} bytes, too many to copy: it is in {}", path.display());
            Msg::Export(ExportEvent::Ended(Notice { text, bad: false }))
        }
    }
}

fn written(
    store: &Store,
    order: &Order,
    mut clip: Clip,
    cancel: &CancellationToken,
    send: &dyn Fn(Msg),
) -> Result<Clipped, Box<dyn Error>> {
    let Block { rows, columns, .. } = &order.block;
    let read = |at: Range<u64>| {
        let rows = usize::try_from(at.end - at.start).unwrap_or(usize::MAX);
        let window = lock(store).as_mut().map(|store: &mut ResultStore| store.window(at.start, rows, cancel));
        window.unwrap_or_else(|| Ok(Window::default()))
    };
    if let ([column], true) = (&columns[..], order.block.is_cell) {
        let window = read(rows.clone())?;
        let text = window
            .cell(rows.start, *column)
            .map(|(array, at)| export::cell(order.format, array.as_ref(), at));
        clip.write_all(text.unwrap_or_default().as_bytes())?;
        return Ok(clip.finish()?);
    }
    let schema = lock(store).as_ref().map(ResultStore::schema);
    let schema = schema.ok_or("there are no columns")?;
    let options = Options { table: order.table.clone(), ..Options::default() };
    let mut writer = Writer::with(order.format, options, &mut clip);
    writer.start(&Arc::new(schema.project(columns)?))?;
    let (mut at, mut sent) = (rows.start, Instant::now());
    while at < rows.end {
        let window = read(at..(at + STEP).min(rows.end))?;
        if window.is_empty() {
            break;
        }
        at += window.len();
        for batch in window.batches() {
            writer.batch(&batch.project(columns)?)?;
        }
        if sent.elapsed() >= REPORT_EVERY {
            sent = Instant::now();
            send(Msg::Export(ExportEvent::Progress(at - rows.start, rows.end - rows.start)));
        }
        if cancel.is_cancelled() {
            return Err(EngineError::cancelled().into());
        }
    }
    writer.finish()?;
    drop(writer);
    Ok(clip.finish()?)
}
