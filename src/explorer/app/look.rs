//! What is worked out beside a result: where a text stands, what marked cells add up to, what a column holds. One thing at
//! a time, and the one before it is dropped.

use super::App;
use crate::engine::find::{Hit, Needle};
use crate::explorer::action::Action;
use crate::explorer::effect::Effect;
use crate::explorer::message::{Look, Looked, Notice};
use crate::explorer::overlays::{Overlay, profile, prompt};
use crate::explorer::panes::results::selection::{Extent, Selection};

impl App {
    /// Asks for a text to look for.
    pub(super) fn ask_find(&mut self) -> Vec<Effect> {
        if self.tabs.shown.results.view.rows() > 0 {
            self.overlay = Some(Overlay::Prompt(prompt::Prompt::find(&self.tabs.shown.results.sought)));
        }
        Vec::new()
    }

    /// Looks for a text from the cursor on.
    pub(super) fn find(&mut self, text: &str) -> Vec<Effect> {
        if !text.is_empty() {
            text.clone_into(&mut self.tabs.shown.results.sought);
        } else if self.tabs.shown.results.sought.is_empty() {
            return Vec::new();
        }
        self.find_next(true)
    }

    pub(super) fn find_next(&mut self, forward: bool) -> Vec<Effect> {
        let results = &self.tabs.shown.results;
        if results.sought.is_empty() {
            return self.ask_find();
        }
        let (needle, from) = (Needle::new(&results.sought), results.view.row());
        self.work_out(Look::Find { needle, from, forward })
    }

    /// Starts to work something out; the one before it is dropped.
    fn work_out(&mut self, look: Look) -> Vec<Effect> {
        let tab = &mut self.tabs.shown;
        if tab.results.waits || tab.results.schema.is_none() {
            return Vec::new();
        }
        // A column is profiled over what the conditions keep of the result, which needs no order.
        let job = match (&look, &tab.base) {
            (Look::Profile { .. }, Some(base)) => base.job,
            _ => tab.job,
        };
        tab.results.looking = Some(look.clone());
        let mut effects = vec![Effect::Look { job, look }];
        effects.extend(self.refresh());
        effects
    }

    /// Gives up what is being worked out.
    pub(super) fn stop_look(&mut self) -> Option<Vec<Effect>> {
        self.tabs.shown.results.looking.take()?;
        Some(vec![Effect::StopLook])
    }

    /// What came of it, unless something else was asked for since.
    pub(super) fn looked(&mut self, look: &Look, looked: Looked) -> Vec<Effect> {
        let results = &mut self.tabs.shown.results;
        if results.looking.as_ref() != Some(look) {
            return Vec::new();
        }
        let is_last = !matches!(&looked, Looked::Profile(profile) if profile.values.is_none());
        if is_last {
            results.looking = None;
        }
        match looked {
            Looked::Found(hit) => return self.found(hit),
            Looked::Totals(mut totals) => {
                let Look::Totals { columns, .. } = look else { return Vec::new() };
                if columns.iter().any(|column| results.has_names(*column)) {
                    (totals.sum, totals.mean) = (None, None);
                }
                results.totals = Some(totals);
            }
            Looked::Profile(profile) => {
                if let Some(Overlay::Profile(sheet)) = &mut self.overlay {
                    sheet.profile = Some(profile);
                }
            }
            Looked::Failed(error) => {
                if let Some(Overlay::Profile(sheet)) = &mut self.overlay {
                    sheet.ended = Some(error.message);
                } else {
                    self.notice = Some(Notice { text: error.message, bad: true });
                }
            }
        }
        self.refresh()
    }

    fn found(&mut self, hit: Option<Hit>) -> Vec<Effect> {
        let results = &mut self.tabs.shown.results;
        let Some(Hit { row, column, is_round }) = hit else {
            self.notice = Some(Notice { text: format!("no cell has {:?}", results.sought), bad: true });
            return Vec::new();
        };
        results.view.go_to(row);
        results.column = column;
        let is_hidden = results.layout.all().contains(&(column, false));
        let name = results.columns.get(column).map_or("", |column| &column.name);
        let text = match (is_hidden, is_round) {
            (true, _) => Some(format!("it stands in the hidden column {name}")),
            (false, true) => Some("found beyond the end of the rows, from the other end on".into()),
            (false, false) => None,
        };
        self.notice = text.map(|text| Notice { text, bad: false });
        let mut effects = self.refresh();
        effects.extend(self.add_up());
        effects
    }

    /// Shows what the column under the cursor holds.
    pub(super) fn profile(&mut self) -> Vec<Effect> {
        let tab = &self.tabs.shown;
        let Some(column) = tab.results.columns.get(tab.results.column) else { return Vec::new() };
        if tab.base.is_none() && tab.results.is_running() {
            let text =
                "the result is not complete: press End first, or Ctrl-C to keep the rows that are there";
            self.notice = Some(Notice { text: text.into(), bad: true });
            return Vec::new();
        }
        let mut arrangement = tab.results.arranging.arrangement();
        arrangement.order.clear();
        let at = tab.results.column;
        let look = Look::Profile { column: at, currencies: tab.results.currencies(&[at]), arrangement };
        self.overlay = Some(Overlay::Profile(profile::Sheet::new(&column.name, &column.label)));
        self.work_out(look)
    }

    /// Sets a mark at the cursor, or lets the one there is reach over rows, columns, nothing.
    pub(super) fn mark(&mut self) -> Vec<Effect> {
        let results = &mut self.tabs.shown.results;
        if results.view.rows() == 0 || results.waits {
            return Vec::new();
        }
        results.selection = match results.selection {
            Some(selection) => selection.next(),
            None => Some(results.mark_here()),
        };
        self.add_up()
    }

    /// Moves the cursor and lets cells be marked from where it was.
    pub(super) fn extend(&mut self, action: Action) -> Vec<Effect> {
        let results = &mut self.tabs.shown.results;
        if results.view.rows() == 0 || results.waits {
            return Vec::new();
        }
        let here = results.mark_here();
        results.selection.get_or_insert(here);
        let movement = match action {
            Action::ExtendUp => Action::Up,
            Action::ExtendDown => Action::Down,
            Action::ExtendLeft => Action::Left,
            _ => Action::Right,
        };
        self.move_by(movement)
    }

    /// Adds the marked cells up, also those that are not in view.
    pub(super) fn add_up(&mut self) -> Vec<Effect> {
        let results = &mut self.tabs.shown.results;
        results.totals = None;
        let Some((rows, places)) = results.marked() else {
            return Vec::new();
        };
        let columns = match results.selection {
            // Of whole rows, the column under the cursor.
            Some(Selection { extent: Extent::Rows, .. }) => vec![results.column],
            _ => places.map(|place| results.layout.at(place)).collect(),
        };
        let currencies = results.currencies(&columns);
        self.work_out(Look::Totals { rows, columns, currencies })
    }

    /// Takes the mark away.
    pub(super) fn unmark(&mut self) -> Option<Vec<Effect>> {
        self.tabs.shown.results.selection.take()?;
        self.tabs.shown.results.totals = None;
        Some(self.stop_look().unwrap_or_default())
    }
}
