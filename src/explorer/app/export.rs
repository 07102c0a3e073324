//! Writing the result to a file: where to, over what, how far it is.

use super::App;
use crate::explorer::effect::Effect;
use crate::explorer::message::{Export, ExportEvent, Notice, State};
use crate::explorer::overlays::export::{Choice, Dialog};
use crate::explorer::overlays::prompt::Prompt;
use crate::explorer::overlays::{Overlay, message};
use crate::export::sidecar::Origin;
use crate::value;

/// Why not every row can be taken yet.
pub(super) const UNFINISHED: &str =
    "the result is not complete: press End first, or Ctrl-C to keep the rows that are there";

impl App {
    pub(super) fn ask_for_path(&mut self) {
        let results = &self.tabs.shown.results;
        let part = self.ended_early().map(|_| results.came());
        let dialog = Dialog::new(&results.title, results.view.rows(), part, &self.source.folder);
        self.overlay = Some(Overlay::Export(dialog));
    }

    /// How the statement ended, when its rows are not all there are.
    pub(super) fn ended_early(&self) -> Option<&'static str> {
        match self.tabs.shown.came() {
            State::Cancelled => Some("cancelled"),
            State::Failed(_) => Some("then it failed"),
            _ => None,
        }
    }

    pub(super) fn export_as(&mut self, choice: Choice) -> Vec<Effect> {
        let tab = &self.tabs.shown;
        let ended = self.ended_early();
        let origin = Origin { truncated: ended.map(str::to_owned), ..tab.origin(&self.source) };
        self.start_export(Export {
            job: tab.job,
            path: choice.path,
            ended,
            overwrite: false,
            guard: choice.guard,
            sidecar: choice.sidecar,
            title: tab.results.title.clone(),
            origin: Box::new(origin),
        })
    }

    pub(super) fn start_export(&mut self, export: Export) -> Vec<Effect> {
        let problem = if self.tabs.shown.results.is_running() {
            UNFINISHED
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
            ExportEvent::Exists(export, there) => {
                self.export = None;
                self.overlay = Some(Overlay::Message(message::Message::overwrite(export, &there)));
            }
            ExportEvent::Copied { what, text } => {
                self.export = None;
                let bytes = value::grouped(&text.len().to_string());
                self.notice = Some(Notice { text: format!("copied the {what}, {bytes} bytes"), bad: false });
                let mut effects = vec![Effect::Copy(text)];
                effects.extend(self.export_ended());
                return effects;
            }
            ExportEvent::Ended(notice) => {
                self.export = None;
                self.notice = Some(notice);
                return self.export_ended();
            }
        }
        Vec::new()
    }

    /// Asks for the name of a result that is to be kept.
    pub(super) fn ask_for_name(&mut self) {
        let tab = &self.tabs.shown;
        let problem = if tab.results.schema.is_none() {
            "there is no result to keep"
        } else if tab.results.is_running() {
            UNFINISHED
        } else if self.ended_early().is_some() {
            "the statement did not finish: a part of its rows is not kept as a table"
        } else {
            let name = tab.kept.clone().unwrap_or_default();
            self.overlay = Some(Overlay::Prompt(Prompt::kept_name(&name)));
            return;
        };
        self.notice = Some(Notice { text: problem.into(), bad: true });
    }

    /// Keeps the shown result; one that is kept already gets the name.
    pub(super) fn keep_as(&mut self, name: String) -> Vec<Effect> {
        let tab = &self.tabs.shown;
        match &tab.kept {
            Some(from) if *from == name => Vec::new(),
            Some(from) => vec![Effect::Rename { job: tab.job, from: from.clone(), to: name }],
            None => {
                let origin = Box::new(tab.origin(&self.source));
                vec![Effect::Keep { job: tab.job, name, origin }]
            }
        }
    }
}
