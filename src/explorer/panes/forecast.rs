//! The forecast of a balance, or of any result with dates and numbers: what comes, how sure that is, how such
//! forecasts did before, where they come from, and what if.

mod draw;
mod tabs;

use chrono::NaiveDate;
use ratatui::layout::{Position, Rect};

use super::super::action::Action;
use super::super::forecast_request::{ForecastEvent, ForecastReport, ForecastRequest, Subject};
use crate::forecast::{Country, Forecast, Item, Kind, Member, Options, Origin, Scenario};
use crate::series::{self, Group};

pub use draw::draw;

/// What the pane can show of a forecast, in the order of its tabs.
pub const VIEWS: [(View, &str); 5] = [
    (View::Forecast, "Forecast"),
    (View::Backtest, "Backtest"),
    (View::Why, "Why"),
    (View::Scenario, "Scenario"),
    (View::Model, "Model"),
];

/// A tab of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Forecast,
    Backtest,
    Why,
    Scenario,
    Model,
}

/// Steps that a long key moves the origin.
const FAR: isize = 30;

/// Who can be asked alone; nothing asks all that suit.
const MEMBERS: [Option<Member>; 8] = [
    None,
    Some(Member::Theta),
    Some(Member::Ets),
    Some(Member::Autoregression),
    Some(Member::Calendar),
    Some(Member::Drift),
    Some(Member::Naive),
    Some(Member::SeasonalNaive),
];

/// The pane.
#[derive(Debug, Default)]
pub struct ForecastPane {
    pub view: View,
    /// Whether there is a model trained elsewhere.
    pub has_model: bool,
    pub request: ForecastRequest,
    /// The threshold and the scenario of what was forecast before.
    others: Vec<(Subject, f64, Scenario)>,
    pub report: Option<ForecastReport>,
    /// Origins heard while the backtest runs.
    origins: Vec<Origin>,
    refused: Option<(String, Option<String>)>,
    /// First line shown, or the item under the cursor.
    top: usize,
}

/// Whether two subjects are the same series, as far as it has come.
fn is_same(one: &Subject, other: &Subject) -> bool {
    match (one, other) {
        (Subject::Balance, Subject::Balance) => true,
        (Subject::Account(one), Subject::Account(other)) => one.account == other.account,
        (Subject::Result(one), Subject::Result(other)) => {
            (one.job, &one.column) == (other.job, &other.column)
        }
        _ => false,
    }
}

impl ForecastPane {
    /// Asks about something else, from its newest value on.
    pub fn turn_to(&mut self, subject: Subject) {
        let mut options = Options { origin: None, members: Vec::new(), ..self.request.options.clone() };
        if !is_same(&self.request.subject, &subject) {
            // A threshold and a scenario are those of one series.
            let left = (self.request.subject.clone(), options.threshold, options.scenario);
            let at = self.others.iter().position(|(other, ..)| is_same(other, &subject));
            let known = at.map(|at| self.others.swap_remove(at));
            let usual = Options::default();
            (options.threshold, options.scenario) = known
                .map_or((usual.threshold, usual.scenario), |(_, threshold, scenario)| (threshold, scenario));
            self.others.push(left);
        }
        self.request =
            ForecastRequest { number: self.request.number, subject, options, ..ForecastRequest::default() };
        self.report = None;
    }

    /// Asks again; gives the question.
    pub fn again(&mut self) -> ForecastRequest {
        self.request.number += 1;
        self.refused = None;
        self.request.clone()
    }

    /// Says why nothing is asked.
    pub fn refuse(&mut self, why: String, hint: &str) {
        self.again();
        self.refused = Some((why, Some(hint.to_owned())));
    }

    /// Whether an answer is still to come.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let is_answered = |report: &ForecastReport| {
            report.request.number == self.request.number && report.outlook.backtest.is_some()
        };
        self.request.number > 0 && self.refused.is_none() && !self.report.as_ref().is_some_and(is_answered)
    }

    /// Nobody waits for the answer any more; what came before it stays.
    pub fn cancel(&mut self) {
        if self.is_waiting() {
            self.refused = Some(("cancelled".into(), Some("5 asks again".into())));
        }
    }

    /// Takes in what comes of a request.
    pub fn take(&mut self, number: u64, event: ForecastEvent) {
        // After a refusal or a stop nothing more counts: a backtest that was stopped is not whole.
        if number != self.request.number || self.refused.is_some() {
            return;
        }
        match event {
            ForecastEvent::Report(report) => {
                self.origins.clear();
                self.report = Some(*report);
            }
            ForecastEvent::Origin(origin) => self.origins.push(origin),
            // What was told before stays, so that there is a way back to it.
            ForecastEvent::Refused(why, hint) => self.refused = Some((why, hint)),
        }
    }

    /// Does what a person asks for; gives whether the question changed.
    pub fn act(&mut self, action: Action, page: usize) -> bool {
        match action {
            Action::Earlier => return self.move_origin(-1),
            Action::PageUp => return self.move_origin(-FAR),
            Action::Later => return self.move_origin(1),
            Action::PageDown => return self.move_origin(FAR),
            Action::Last => return self.request.options.origin.take().is_some(),
            Action::RemoveItem if self.view == View::Scenario => return self.remove_item(),
            Action::Horizon => self.next_horizon(),
            Action::Country => self.next_country(),
            Action::Member => self.next_member(),
            Action::Kind => {
                self.request.kind = match self.request.kind {
                    Kind::Balance => Kind::Flow,
                    Kind::Flow => Kind::Balance,
                };
            }
            other => {
                self.look_at(other, page);
                return false;
            }
        }
        true
    }

    /// Changes what is shown of the answer.
    fn look_at(&mut self, action: Action, page: usize) {
        match action {
            Action::ToggleView => self.step_view(1),
            Action::PreviousView => self.step_view(VIEWS.len() - 1),
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::Down => self.top = (self.top + 1).min(self.height(page)),
            Action::First => self.top = 0,
            _ => {}
        }
    }

    /// Turns to the tab at a place of the screen, or marks the item of the scenario there.
    pub fn point(&mut self, area: Rect, at: Position) {
        if let Some(item) = draw::item_at(self, area, at.y) {
            self.top = item;
        }
        if at.y != area.y || self.report.is_none() || self.is_refused() {
            return;
        }
        let mut from = area.x;
        for (view, name) in VIEWS {
            let to = from + u16::try_from(name.len() + 2).unwrap_or(0);
            if (from..to).contains(&at.x) {
                (self.view, self.top) = (view, 0);
            }
            from = to;
        }
    }

    fn step_view(&mut self, step: usize) {
        let at = VIEWS.iter().position(|(view, _)| *view == self.view).unwrap_or(0);
        self.view = VIEWS[(at + step) % VIEWS.len()].0;
        self.top = 0;
    }

    /// Lines beyond the page, or items after the first.
    fn height(&self, page: usize) -> usize {
        match self.view {
            View::Scenario => self.request.options.scenario.items.len().saturating_sub(1),
            View::Model => {
                // Those that take several lines are read to their end too.
                self.report.as_ref().map_or(0, |report| tabs::facts(report).len()).saturating_sub(page / 2)
            }
            View::Forecast | View::Backtest | View::Why => 0,
        }
    }

    /// The last day that is to be seen.
    #[must_use]
    pub fn origin(&self) -> Option<NaiveDate> {
        self.request.options.origin.or_else(|| Some(self.forecast()?.history.last()?.date))
    }

    /// Whether there was no answer.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    fn forecast(&self) -> Option<&Forecast> {
        Some(&self.report.as_ref()?.outlook.forecast)
    }

    /// Moves the origin by so many of the dates that are known.
    fn move_origin(&mut self, steps: isize) -> bool {
        let Some(report) = &self.report else { return false };
        let seen = report.outlook.forecast.history.iter().map(|seen| seen.date);
        let dates: Vec<_> = seen.chain(report.actual.iter().map(|(date, _)| *date)).collect();
        let last = dates.len().saturating_sub(1);
        let origin = self.request.options.origin;
        let now =
            origin.map_or(last, |origin| dates.partition_point(|date| *date <= origin).saturating_sub(1));
        let to = now.saturating_add_signed(steps).min(last);
        // The newest date follows what comes.
        self.request.options.origin = dates.get(to).copied().filter(|_| to < last);
        self.request.options.origin != origin
    }

    fn next_horizon(&mut self) {
        let Some(forecast) = self.forecast() else { return self.request.horizon = None };
        let (usual, now) = (forecast.step.horizons(), self.request.horizon.unwrap_or(forecast.rows.len()));
        let reach = 2 * forecast.history.len();
        let next = usual.into_iter().find(|steps| *steps > now && *steps <= reach);
        self.request.horizon = next.or(Some(usual[0].min(reach)));
    }

    fn next_country(&mut self) {
        let known = Country::ALL.iter().map(|(_, country)| Some(*country));
        let mut all = std::iter::once(None).chain(known).cycle();
        all.by_ref().find(|country| *country == self.request.options.country);
        self.request.options.country = all.next().flatten();
    }

    fn next_member(&mut self) {
        // The other model comes after the last of ours, and before all of them again.
        let was_external = std::mem::take(&mut self.request.external);
        let now = self.request.options.members.first().copied();
        let at = MEMBERS.iter().position(|member| *member == now).unwrap_or(0);
        let next = if was_external { 0 } else { (at + 1) % MEMBERS.len() };
        self.request.external = next == 0 && self.has_model && !was_external;
        self.request.options.members = MEMBERS[next].into_iter().collect();
    }

    /// Adds an item to the scenario.
    pub fn add_item(&mut self, item: Item) {
        self.request.options.scenario.items.push(item);
        self.top = self.request.options.scenario.items.len() - 1;
        self.view = View::Scenario;
    }

    fn remove_item(&mut self) -> bool {
        let items = &mut self.request.options.scenario.items;
        if items.is_empty() {
            let drifted = self.request.options.scenario.drift != 0.0;
            self.request.options.scenario.drift = 0.0;
            return drifted;
        }
        items.remove(self.top.min(items.len() - 1));
        self.top = self.top.min(items.len().saturating_sub(1));
        true
    }

    /// The rows behind the tab, with a title, for the results.
    #[must_use]
    pub fn rows(&self) -> Option<(String, duckdb::arrow::record_batch::RecordBatch)> {
        let report = self.report.as_ref().filter(|_| !self.is_refused())?;
        let group = Group { by: None, outlook: &report.outlook, unit: report.unit };
        let (what, rows) = match self.view {
            View::Forecast | View::Scenario => ("Forecast", series::forecast(&group)),
            View::Backtest => ("Backtest", series::origins(&group)),
            View::Why => ("Parts of the forecast", series::why(&group)),
            View::Model => ("History", series::history(&group)),
        };
        Some((format!("{what} of {}", report.title), rows.ok()?))
    }

    /// What the pane's title says beside its name.
    #[must_use]
    pub fn title(&self) -> String {
        let Some(report) = &self.report else { return String::new() };
        let forecast = &report.outlook.forecast;
        let mut parts =
            vec![report.title.clone(), format!("{} ahead", forecast.step.count(forecast.rows.len()))];
        parts.extend(report.request.options.country.map(|country| format!("holidays {country}")));
        if let (Some(_), Some(last)) = (report.request.options.origin, forecast.history.last()) {
            parts.push(format!("as said on {}", last.date));
        }
        if self.is_waiting() {
            parts.push("working …".into());
        }
        parts.join(", ")
    }
}
