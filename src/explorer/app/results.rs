//! What happens to the results: news of their jobs, stopping, copying.

use super::App;
use super::export::UNFINISHED;
use crate::engine::store::Window;
use crate::engine::{EngineError, ErrorKind};
use crate::explorer::action::Action;
use crate::explorer::copy;
use crate::explorer::effect::{Block, Effect};
use crate::explorer::message::{JobEvent, JobId, Notice, State};
use crate::explorer::overlays::copy_as::Part;
use crate::explorer::panes::results::selection::Extent;
use crate::export::Format;

impl App {
    /// News of a job; how its statement ended is kept in mind.
    pub(super) fn job_event(&mut self, job: JobId, event: JobEvent) -> Vec<Effect> {
        let mut effects = self.take_event(job, event);
        effects.extend(self.remember(job, false));
        effects
    }

    /// Where its result was let go, only what must be known is said.
    fn take_event(&mut self, job: JobId, event: JobEvent) -> Vec<Effect> {
        let is_shown = job == self.tabs.shown.job;
        if let JobEvent::Looked(look, looked) = event {
            let is_base = self.tabs.shown.base.as_ref().is_some_and(|base| base.job == job);
            return if is_shown || is_base { self.looked(&look, looked) } else { Vec::new() };
        }
        let Some(tab) = self.tabs.of(job) else {
            if let JobEvent::Failed(EngineError { kind: ErrorKind::Detached, message, .. }) = event {
                self.notice = Some(Notice { text: message, bad: true });
            } else {
                self.base_event(job, event);
            }
            return Vec::new();
        };
        if let (JobEvent::Failed(_), Some(now)) = (&event, self.now) {
            tab.results.time = now;
        }
        match event {
            JobEvent::Window(window) => tab.results.take(window),
            JobEvent::Whole(window, column) if is_shown => {
                return self.copy_from(&window, window.first, column);
            }
            JobEvent::Whole(..) | JobEvent::Looked(..) => {}
            JobEvent::Schema(schema) => {
                tab.results.set_schema(&schema);
                tab.charts.set_schema(&schema);
            }
            JobEvent::Plotted(plot, data) => tab.charts.take(plot, data),
            JobEvent::Rows(progress) => {
                tab.results.progress(&progress);
                tab.charts.progress(progress);
            }
            JobEvent::Kept(name) => {
                tab.results.title = format!("results.{name} · {}", tab.bare_title());
                tab.kept = Some(name);
            }
            JobEvent::Read(bytes) => tab.results.read = Some(bytes),
            JobEvent::Chart(data) => tab.charts.data = Some(data),
            JobEvent::Ask(question) => {
                tab.results.state = State::Asking;
                tab.question = Some(question);
            }
            JobEvent::Failed(error) if is_shown && tab.results.waits => return self.not_arranged(&error),
            JobEvent::Failed(error) if is_shown => return self.fail(error),
            JobEvent::Failed(error) => {
                let text = format!("{}: {}", tab.results.title, error.message);
                tab.results.fail(error);
                self.notice = Some(Notice { text, bad: true });
            }
        }
        if !is_shown {
            return Vec::new();
        }
        self.show_record();
        self.refresh()
    }

    pub(super) fn more(&mut self, rows: u64) -> Vec<Effect> {
        self.tabs.shown.results.state = State::Running;
        vec![Effect::More { job: self.tabs.shown.job, rows }]
    }

    pub(super) fn cancel(&mut self) -> Vec<Effect> {
        if self.leaving.is_some() {
            return self.quit();
        }
        if self.tabs.shown.results.is_running() {
            self.tabs.shown.results.state = State::Cancelling;
            return vec![Effect::Cancel { job: self.tabs.shown.job }];
        }
        if let Some(effects) = self.stop_look() {
            self.notice = Some(Notice { text: "stopped".into(), bad: false });
            return effects;
        }
        if self.export.is_some() {
            return vec![Effect::CancelExport];
        }
        if self.statements.taking.is_some() {
            return vec![Effect::StopTakingIn];
        }
        let waits_for_lake = self.lake.asked && self.lake.listings.is_none();
        if self.forecast.is_waiting() || self.credit.is_waiting() || waits_for_lake {
            self.forecast.cancel();
            self.credit.cancel();
            self.notice = Some(Notice { text: "stopped".into(), bad: false });
            return vec![Effect::CancelBeside];
        }
        let key = self.keymap.hint(self.focus, Action::Quit).map(|key| key.to_string()).unwrap_or_default();
        self.notice = Some(Notice { text: format!("nothing runs; {key} leaves"), bad: false });
        Vec::new()
    }

    /// Copies the cell of a column, or the row; what is held only in part is read whole first.
    pub(super) fn copy(&mut self, column: Option<usize>) -> Vec<Effect> {
        let row = self.tabs.shown.results.view.row();
        if self.tabs.shown.results.is_cut(column) {
            return vec![Effect::FetchWhole { job: self.tabs.shown.job, row, column }];
        }
        self.copy_from(&self.tabs.shown.results.view.window().clone(), row, column)
    }

    /// Copies the marked cells, rows or columns, as they stand on screen; or the whole rows of what is marked.
    pub(super) fn copy_marked(&mut self, whole_rows: bool, format: Format) -> Vec<Effect> {
        let tab = &self.tabs.shown;
        let (Some(selection), Some((rows, places))) = (tab.results.selection, tab.results.marked()) else {
            return Vec::new();
        };
        let is_whole = whole_rows || selection.extent == Extent::Rows;
        // As of one row: whole ones have every column.
        let columns: Vec<_> = if is_whole {
            (0..tab.results.columns.len()).collect()
        } else {
            places.map(|place| tab.results.layout.at(place)).collect()
        };
        let what = match selection.extent {
            _ if is_whole => "marked rows",
            Extent::Columns => "marked columns",
            _ => "marked cells",
        };
        let is_cell = !is_whole && columns.len() == 1 && rows.end - rows.start == 1;
        let needs_all = selection.extent == Extent::Columns;
        let block = Block { job: tab.job, rows, columns, is_cell };
        self.copy_block(block, format, what, needs_all)
    }

    /// Copies a part of the result in a format.
    pub(super) fn copy_as(&mut self, part: Part, format: Format) -> Vec<Effect> {
        if part == Part::Marked {
            return self.copy_marked(false, format);
        }
        let tab = &self.tabs.shown;
        let (rows, row) = (tab.results.view.rows(), tab.results.view.row());
        let columns = match part {
            Part::Cell | Part::Column => vec![tab.results.column],
            _ => (0..tab.results.columns.len()).collect(),
        };
        let is_one = matches!(part, Part::Cell | Part::Row);
        let block = Block {
            job: tab.job,
            rows: if is_one { row..row + 1 } else { 0..rows },
            columns,
            is_cell: part == Part::Cell,
        };
        // One row is one object.
        let format = if (part, format) == (Part::Row, Format::Json) { Format::Jsonl } else { format };
        self.copied_part = part;
        self.copy_block(block, format, part.name(), !is_one)
    }

    /// Copies a block, unless there is none or something is under way; one that reaches to the last row waits for that.
    fn copy_block(
        &mut self,
        block: Block,
        format: Format,
        what: &'static str,
        needs_all: bool,
    ) -> Vec<Effect> {
        let tab = &self.tabs.shown;
        let problem = if tab.results.view.rows() == 0 {
            "there is no row to copy"
        } else if needs_all && tab.results.is_running() {
            UNFINISHED
        } else if self.export.is_some() {
            "an export is under way; Ctrl-C stops it"
        } else {
            ""
        };
        if !problem.is_empty() {
            self.notice = Some(Notice { text: problem.into(), bad: true });
            return Vec::new();
        }
        let table = tab.table.clone().or_else(|| tab.kept.clone()).unwrap_or_default();
        self.export = Some((0, block.rows.end - block.rows.start));
        vec![Effect::CopyAs { block, format, what, table }]
    }

    fn copy_from(&mut self, window: &Window, row: u64, column: Option<usize>) -> Vec<Effect> {
        let what = if column.is_some() { "cell" } else { "row" };
        let Some(text) = self.tabs.shown.results.text(window, row, column) else {
            let is_null = window.holds(row);
            let why =
                if is_null { "the cell is NULL: nothing was copied" } else { "there is no row to copy" };
            self.notice = Some(Notice { text: why.into(), bad: true });
            return Vec::new();
        };
        if text.len() > copy::LIMIT {
            return vec![Effect::CopyToFile { what, text }];
        }
        self.notice = Some(Notice { text: format!("copied the {what}, {} bytes", text.len()), bad: false });
        vec![Effect::Copy(text)]
    }
}
