//! Writing the result to a file: where to, over what, how far it is.

use std::path::PathBuf;

use super::App;
use crate::explorer::effect::Effect;
use crate::explorer::message::{Export, ExportEvent, Notice, State};
use crate::explorer::overlays::{Overlay, export, message};

impl App {
    pub(super) fn ask_for_path(&mut self) {
        let rows = self.ended_early().map(|_| self.tabs.shown.results.view.rows());
        self.overlay = Some(Overlay::Prompt(export::prompt(&self.tabs.shown.results.title, rows)));
    }

    /// How the statement ended, when its rows are not all there are.
    fn ended_early(&self) -> Option<&'static str> {
        match self.tabs.shown.came() {
            State::Cancelled => Some("cancelled"),
            State::Failed(_) => Some("then it failed"),
            _ => None,
        }
    }

    pub(super) fn export_to(&mut self, path: PathBuf) -> Vec<Effect> {
        let export = Export { job: self.tabs.shown.job, path, ended: self.ended_early(), overwrite: false };
        self.start_export(export)
    }

    pub(super) fn start_export(&mut self, export: Export) -> Vec<Effect> {
        let problem = if self.tabs.shown.results.is_running() {
            "the result is not complete: press End first, or Ctrl-C to keep the rows that are there"
        } else if self.export.is_some() {
            "an export is under way; Ctrl-C stops it"
        } else if export.job != self.tabs.shown.job {
            "that result is gone"
        } else {
            self.export = Some((0, self.tabs.shown.results.view.rows()));
            return vec![Effect::Export(export)];
        };
        self.notice = Some(Notice { text: problem.into(), bad: true });
        Vec::new()
    }

    pub(super) fn export_event(&mut self, event: ExportEvent) -> Vec<Effect> {
        match event {
            ExportEvent::Progress(rows, of) => self.export = Some((rows, of)),
            ExportEvent::Exists(export) => {
                self.export = None;
                self.overlay = Some(Overlay::Message(message::Message::overwrite(export)));
            }
            ExportEvent::Ended(notice) => {
                self.export = None;
                self.notice = Some(notice);
                return self.export_ended();
            }
        }
        Vec::new()
    }
}
