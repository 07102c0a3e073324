//! Sorting and filtering: the rows of a result become those of another job, and the result itself waits behind it.

use super::App;
use super::tabs::Base;
use crate::engine::arrange::{Condition, row_name};
use crate::engine::{EngineError, ErrorKind};
use crate::explorer::action::Action;
use crate::explorer::effect::Effect;
use crate::explorer::message::{JobEvent, JobId, Notice, State};
use crate::explorer::overlays::{Overlay, columns, copy_as, inspector, prompt};
use crate::explorer::panes::results::arranging::Arranging;
use crate::export::Format;
use crate::value;

/// Bytes of a value in the line above the rows.
const LABEL: usize = 40;

impl App {
    /// Does what is asked of the grid of the results.
    pub(super) fn grid_act(&mut self, action: Action) -> Option<Vec<Effect>> {
        if let Some(lacks) = self.lacks(action) {
            self.tell(lacks, true);
            return Some(Vec::new());
        }
        Some(match action {
            Action::SortRows | Action::SortAlso => self.sort_by(action == Action::SortAlso),
            Action::KeepSame | Action::DropSame => self.keep_cell(action == Action::KeepSame),
            Action::Condition => self.ask_condition(),
            Action::AsItCame => match self.stop_look().or_else(|| self.unmark()) {
                Some(effects) => effects,
                None => self.as_it_came(),
            },
            Action::Find => self.ask_find(),
            Action::FindNext | Action::FindPrevious => self.find_next(action == Action::FindNext),
            Action::Mark => self.mark(),
            Action::ExtendUp | Action::ExtendDown | Action::ExtendLeft | Action::ExtendRight => {
                self.extend(action)
            }
            Action::Profile => self.profile(),
            Action::Columns => {
                let results = &self.tabs.shown.results;
                if !results.columns.is_empty() {
                    self.overlay = Some(Overlay::Columns(columns::ColumnList::of(results)));
                }
                Vec::new()
            }
            Action::Freeze
            | Action::Hide
            | Action::MoveLeft
            | Action::MoveRight
            | Action::Narrower
            | Action::Wider
            | Action::Figures => {
                let said = self.tabs.shown.results.shape(action);
                self.notice = said.map(|text| Notice { text, bad: false });
                self.refresh()
            }
            Action::GoToRow
            | Action::Inspect
            | Action::Export
            | Action::CopyAs
            | Action::Keep
            | Action::Pivot
            | Action::CompareResults => {
                self.show_over(action);
                self.refresh()
            }
            // The rows on screen are not yet those of the job.
            Action::CopyCell | Action::CopyRow if self.tabs.shown.results.waits => Vec::new(),
            Action::CopyCell | Action::CopyRow if self.tabs.shown.results.selection.is_some() => {
                self.copy_marked(action == Action::CopyRow, Format::Tsv)
            }
            Action::CopyCell => self.copy(Some(self.tabs.shown.results.column)),
            Action::CopyRow => self.copy(None),
            _ => return None,
        })
    }

    /// What is not there to do something to. Rows that still arrive are waited for; and what tells of itself what lacks is
    /// asked itself.
    fn lacks(&self, action: Action) -> Option<&'static str> {
        use Action as A;
        let results = &self.tabs.shown.results;
        let needs_rows = matches!(
            action,
            A::SortRows
                | A::SortAlso
                | A::KeepSame
                | A::DropSame
                | A::Find
                | A::FindNext
                | A::FindPrevious
                | A::Mark
                | A::ExtendUp
                | A::ExtendDown
                | A::ExtendLeft
                | A::ExtendRight
                | A::GoToRow
                | A::Inspect
        );
        let needs_columns = matches!(
            action,
            A::Condition
                | A::Profile
                | A::Columns
                | A::Freeze
                | A::Hide
                | A::MoveLeft
                | A::MoveRight
                | A::Narrower
                | A::Wider
                | A::Figures
                | A::Export
                | A::CopyAs
        );
        let is_empty = results.view.rows() == 0 && self.tabs.shown.base.is_none();
        match results.schema {
            _ if results.is_running() || results.waits => None,
            None if needs_rows || needs_columns => Some("there is no result here"),
            Some(_) if needs_rows && is_empty => Some("there is no row here"),
            _ => None,
        }
    }

    /// Shows the record after the one that is shown, or before it.
    pub(super) fn step_record(&mut self, forward: bool) -> Vec<Effect> {
        let effects = self.move_by(if forward { Action::Down } else { Action::Up });
        self.show_record();
        effects
    }

    /// Shows the record under the cursor where another one is shown, or where it was asked for before it came, as soon as it is
    /// held.
    pub(super) fn show_record(&mut self) {
        let results = &mut self.tabs.shown.results;
        if let Some(Overlay::Inspector(inspector)) = &mut self.overlay {
            inspector.follow(results);
        } else if self.overlay.is_none()
            && results.record == Some(results.view.row())
            && let Some(inspector) = inspector::Inspector::of(results)
        {
            results.record = None;
            self.overlay = Some(Overlay::Inspector(inspector));
        }
    }

    fn show_over(&mut self, action: Action) {
        let results = &self.tabs.shown.results;
        match action {
            Action::GoToRow if results.view.rows() > 0 => {
                self.overlay = Some(Overlay::Prompt(prompt::Prompt::row(results.view.rows())));
            }
            Action::Inspect if !results.waits => {
                self.overlay = inspector::Inspector::of(results).map(Overlay::Inspector);
                let lacks = self.overlay.is_none() && results.view.is_waiting();
                self.tabs.shown.results.record = lacks.then_some(results.view.row());
            }
            Action::Export if results.schema.is_some() => self.ask_for_path(),
            Action::CopyAs if results.schema.is_some() && !results.waits => {
                let is_marked = results.marked().is_some();
                self.overlay = Some(Overlay::CopyAs(copy_as::Menu::new(self.copied_part, is_marked)));
            }
            Action::Keep => self.ask_for_name(),
            Action::CompareResults => self.choose_comparison(),
            Action::Pivot => self.ask_pivot(),
            _ => {}
        }
    }

    /// Sorts by the column under the cursor, or no longer.
    fn sort_by(&mut self, beside: bool) -> Vec<Effect> {
        let results = &self.tabs.shown.results;
        self.arrange(results.wished().sorted_by(results.column, beside))
    }

    /// Keeps the rows whose cell in the column is the one under the cursor, or is not.
    fn keep_cell(&mut self, same: bool) -> Vec<Effect> {
        let results = &self.tabs.shown.results;
        let (row, column) = (results.view.row(), results.column);
        let window = results.view.window();
        let (Some((array, at)), Some(shown)) = (window.cell(row, column), results.columns.get(column)) else {
            return Vec::new();
        };
        let (text, more) = value::beginning(&shown.name, array.as_ref(), at, LABEL);
        self.keep_value(column, window.number(row), same, &format!("{text}{}", if more { "…" } else { "" }))
    }

    /// The same for the cell of a row of the result as it came.
    pub(super) fn keep_value(&mut self, column: usize, row: u64, same: bool, text: &str) -> Vec<Effect> {
        let results = &self.tabs.shown.results;
        let name = results.columns.get(column).map_or("", |column| &column.name);
        let sign = if same { "=" } else { "≠" };
        let mut next = results.wished().clone();
        next.conditions.push((Condition::Cell { column, row, same }, format!("{name} {sign} {text}")));
        self.arrange(next)
    }

    /// Asks for a condition of SQL.
    fn ask_condition(&mut self) -> Vec<Effect> {
        if self.tabs.shown.results.schema.is_none() {
            return Vec::new();
        }
        let typed = self.tabs.shown.results.wished().conditions.iter().rev().find_map(|(one, _)| match one {
            Condition::Typed(text) => Some(text.clone()),
            Condition::Cell { .. } => None,
        });
        let text = typed.or_else(|| self.tabs.shown.refused.clone()).unwrap_or_default();
        self.overlay = Some(Overlay::Prompt(prompt::Prompt::condition(&text)));
        Vec::new()
    }

    /// Keeps the rows for which a condition holds; an empty one takes the last away.
    pub(super) fn keep_typed(&mut self, text: &str) -> Vec<Effect> {
        let mut next = self.tabs.shown.results.wished().clone();
        next.conditions.retain(|(condition, _)| !matches!(condition, Condition::Typed(_)));
        if !text.is_empty() {
            next.conditions.push((Condition::Typed(text.to_owned()), text.to_owned()));
        }
        self.arrange(next)
    }

    /// Arranges the rows as the person wished before the last of them was there. A statement that failed says so instead,
    /// and nothing moves under something that stands over the rows.
    pub(super) fn arrange_as_wished(&mut self) -> Vec<Effect> {
        let results = &mut self.tabs.shown.results;
        if results.wish.is_empty() || results.is_running() || self.overlay.is_some() {
            return Vec::new();
        }
        let wish = std::mem::take(&mut results.wish);
        if matches!(results.state, State::Failed(_)) { Vec::new() } else { self.arrange(wish) }
    }

    /// Asks for the rows in this way; the ones on screen stay until the first of them come. Of rows that still arrive
    /// nothing is shown that is not so of all of them: it is done when the last is there.
    fn arrange(&mut self, next: Arranging) -> Vec<Effect> {
        let tab = &mut self.tabs.shown;
        if tab.base.is_none() && tab.results.is_running() {
            tab.results.wish = next;
            return self.refresh();
        }
        let rows = tab.base.as_ref().map_or(tab.results.view.rows(), |base| base.view.rows());
        if rows == 0 || next == tab.results.arranging {
            return Vec::new();
        }
        if next.is_empty() {
            return self.as_it_came();
        }
        let job = self.tabs.number();
        let tab = &mut self.tabs.shown;
        let mut effects = Vec::new();
        let of = match &tab.base {
            Some(base) => {
                effects.push(Effect::Close { job: tab.job });
                base.job
            }
            None => {
                let view = std::mem::take(&mut tab.results.view);
                // What stands on screen stays there meanwhile.
                tab.results.view = view.copy();
                let arranged = tab.charts.arranged(rows);
                let charts = std::mem::replace(&mut tab.charts, arranged);
                tab.base = Some(Base { job: tab.job, view, state: tab.results.state.clone(), charts });
                tab.job
            }
        };
        tab.charts = tab.charts.arranged(rows);
        tab.job = job;
        tab.before = tab.results.arrange(next);
        tab.results.of_rows = Some(rows);
        tab.results.of_part = match tab.came() {
            State::Cancelled => Some("the statement was cancelled"),
            State::Failed(_) => Some("the statement failed"),
            _ => None,
        };
        (tab.results.selection, tab.results.totals) = (None, None);
        tab.results.waits = true;
        tab.results.state = State::Running;
        let (arrangement, chart) = (tab.results.arranging.arrangement(), tab.charts.own().cloned());
        effects.push(Effect::Arrange { job, of, arrangement, chart });
        effects.extend(self.refresh());
        effects
    }

    /// The result as it came, the cursor on the record where it was.
    pub(super) fn as_it_came(&mut self) -> Vec<Effect> {
        let tab = &mut self.tabs.shown;
        if !tab.results.wish.is_empty() {
            tab.results.wish = Arranging::default();
            return self.refresh();
        }
        let Some(base) = tab.base.take() else { return Vec::new() };
        tab.charts = base.charts.seen_as(&tab.charts);
        let results = &mut tab.results;
        let row = results.view.row();
        let number =
            (!results.waits && results.view.window().holds(row)).then(|| results.view.window().number(row));
        let effect = Effect::Close { job: std::mem::replace(&mut tab.job, base.job) };
        results.arrange(Arranging::default());
        (results.selection, results.totals) = (None, None);
        (results.view, results.state, results.waits) = (base.view, base.state, false);
        if let Some(number) = number {
            results.view.go_to(number);
        }
        let mut effects = vec![effect];
        effects.extend(self.refresh());
        effects
    }

    /// News of the result behind the arranged rows: only what its charts will show.
    pub(super) fn base_event(&mut self, job: JobId, event: JobEvent) {
        let Some(tab) = self.tabs.over(job) else { return };
        let Some(charts) = tab.base.as_mut().map(|base| &mut base.charts) else { return };
        match event {
            JobEvent::Rows(progress) => charts.progress(progress),
            JobEvent::Chart(data) => charts.data = Some(data),
            JobEvent::Plotted(plot, data) => charts.take(plot, data),
            JobEvent::Read(bytes) => tab.results.read = Some(bytes),
            _ => {}
        }
    }

    /// The rows could not be arranged, or the person stopped it: they stand as before.
    pub(super) fn not_arranged(&mut self, error: &EngineError) -> Vec<Effect> {
        let tab = &mut self.tabs.shown;
        let before = std::mem::take(&mut tab.before);
        let is_cancelled = error.kind == ErrorKind::Cancelled;
        let typed = tab.results.arranging.conditions.iter().find_map(|(condition, _)| match condition {
            Condition::Typed(text) => Some(text.clone()),
            Condition::Cell { .. } => None,
        });
        tab.refused = typed.filter(|_| !is_cancelled);
        let mut effects =
            if before.is_empty() || is_cancelled { self.as_it_came() } else { self.arrange(before) };
        self.tabs.shown.before = Arranging::default();
        let own = self.tabs.shown.results.schema.as_ref().map(row_name).unwrap_or_default();
        let hint = error.hint.as_ref().and_then(|hint| without(hint, &own));
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        let text = if is_cancelled {
            "stopped: the rows stand as they came".to_owned()
        } else {
            format!("{}{hint}", error.message)
        };
        self.notice = Some(Notice { text, bad: !is_cancelled });
        effects.extend(self.refresh());
        effects
    }
}

/// A hint of the engine without a name that is the program's own; nothing where it names no other.
fn without(hint: &str, own: &str) -> Option<String> {
    const NAMES: &str = "Candidate bindings: ";
    let rest = hint.replace(&format!(", {own}"), "").replace(&format!("{own}, "), "");
    (rest != format!("{NAMES}{own}")).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_column_has_is_not_offered() {
        let own = "\"row_number\"";
        assert_eq!(without("Candidate bindings: \"row_number\"", own), None);
        let first = "Candidate bindings: \"row_number\", \"a\"";
        let last = "Candidate bindings: \"a\", \"row_number\"";
        assert_eq!(without(first, own).as_deref(), Some("Candidate bindings: \"a\""));
        assert_eq!(without(last, own).as_deref(), Some("Candidate bindings: \"a\""));
        assert_eq!(without("use a cast", own).as_deref(), Some("use a cast"));
    }
}
