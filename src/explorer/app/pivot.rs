//! Grouping the shown result by one column, across another.

use super::App;
use super::export::UNFINISHED;
use crate::engine::pivot::Pivot;
use crate::explorer::effect::Effect;
use crate::explorer::overlays::Overlay;
use crate::explorer::overlays::pivot::{Dialog, Offered};
use crate::value;

impl App {
    /// Asks by which columns.
    pub(super) fn ask_pivot(&mut self) {
        let results = &self.tabs.shown.results;
        let Some(schema) = results.schema.as_ref().filter(|_| results.view.rows() > 0) else {
            return self.tell("there are no rows to group", true);
        };
        if results.is_running() {
            return self.tell(UNFINISHED, true);
        }
        let columns = schema.fields().iter().enumerate().map(|(at, field)| Offered {
            name: field.name().clone(),
            is_number: value::is_number(field.data_type()) && !results.has_names(at),
            currencies: results.currencies(&[at]),
        });
        let columns = columns.collect();
        self.overlay = Some(Overlay::Pivot(Dialog::new(columns, results.column)));
    }

    /// Groups the rows of the shown result as they are kept; a part of them says that it is one.
    pub(super) fn pivot(&mut self, pivot: Pivot, title: &str) -> Vec<Effect> {
        let of = self.tabs.shown.job;
        let results = &self.tabs.shown.results;
        let came = value::grouped(&results.came().to_string());
        let mut title = title.to_owned();
        if let Some(why) = self.ended_early() {
            title = format!("{title}, of the first {came} rows, {why}");
        }
        if let Some(how) = results.arranged().filter(|_| !results.arranging.conditions.is_empty()) {
            title = format!("{title}, where {how}");
        }
        let Some(mut effects) = self.start(&title, None) else { return Vec::new() };
        effects.push(Effect::Pivot { job: self.tabs.shown.job, of, pivot });
        effects
    }
}
