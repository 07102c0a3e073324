//! From what a person asks of the forecast to the request that is worked on.

use chrono::{Months, NaiveDate};

use super::App;
use crate::explorer::action::{Action, Pane};
use crate::explorer::effect::Effect;
use crate::explorer::forecast_request::{ResultPart, Subject};
use crate::explorer::message::{Notice, State};
use crate::explorer::overlays::{Answer, Overlay, prompt::Prompt};

/// The star schema's fact table, where the investment balance stands.
const FACTS: &str = "transactions";
/// Days of averages and of balances in transit up to the origin.
const WINDOW: chrono::Days = chrono::Days::new(30);

impl App {
    /// The request as it stands now.
    pub(super) fn request(&mut self) -> Vec<Effect> {
        vec![Effect::Forecast(Box::new(self.forecast.again()))]
    }

    /// The investment balance; where there is none, the result on screen; where there is none either, what lacks.
    pub(super) fn first_forecast(&mut self) -> Vec<Effect> {
        let has_balance = self.targets.has_local_table(FACTS);
        let subject = if has_balance { Subject::Balance } else { Subject::Result(self.part(None)) };
        self.forecast.turn_to(subject);
        if !has_balance && self.source.has_lake && self.tabs.shown.results.schema.is_none() {
            let why =
                format!("the lake has no table {FACTS}, whose daily balances are what is forecast first");
            let hint = "`saldo ingest balances` takes them in; f in a result with a date and a number forecasts that";
            self.forecast.refuse(why, hint);
            return Vec::new();
        }
        self.request()
    }

    /// The number under the cursor, or the first that suits.
    pub(super) fn forecast_result(&mut self) -> Vec<Effect> {
        if self.tabs.shown.results.schema.is_none() {
            self.notice = Some(Notice { text: "there is no result to forecast".into(), bad: true });
            return Vec::new();
        }
        let column = self
            .tabs
            .shown
            .results
            .columns
            .get(self.tabs.shown.results.column)
            .map(|column| column.name.clone());
        self.forecast.turn_to(Subject::Result(self.part(column)));
        self.focus = Pane::Forecast;
        self.request()
    }

    /// The result as far as it has come.
    fn part(&self, column: Option<String>) -> ResultPart {
        let whole = matches!(self.tabs.shown.results.state, State::Complete);
        let of = self.tabs.shown.results.account.clone().map(|account| format!("account {account}"));
        ResultPart {
            job: self.tabs.shown.job.0,
            column,
            of,
            rows: self.tabs.shown.results.view.rows(),
            whole,
        }
    }

    /// Goes to the forecast; from there, and where there was no answer, back to what it opens on.
    pub(super) fn go_forecast(&mut self) -> Vec<Effect> {
        let again = self.focus == Pane::Forecast || self.forecast.is_refused();
        self.focus = Pane::Forecast;
        if again { self.first_forecast() } else { self.refresh() }
    }

    pub(super) fn ask_for(&mut self, action: Action) {
        let origin = self.forecast.origin();
        let prompt = match action {
            Action::Origin => Prompt::origin(&origin.map(|date| date.to_string()).unwrap_or_default()),
            Action::Threshold => Prompt::threshold(&self.forecast.request.options.threshold.to_string()),
            _ => Prompt::item(),
        };
        self.overlay = Some(Overlay::Prompt(prompt));
    }

    pub(super) fn ask_with(&mut self, answer: Answer) -> Vec<Effect> {
        let options = &mut self.forecast.request.options;
        match answer {
            Answer::Origin(date) => options.origin = Some(date),
            Answer::Threshold(value) => options.threshold = value,
            Answer::Drift(drift) => options.scenario.drift = drift,
            Answer::Item(item) => self.forecast.add_item(item),
            _ => {}
        }
        self.request()
    }

    /// The rows behind the tab, as a result.
    pub(super) fn show_forecast(&mut self) -> Vec<Effect> {
        let Some((title, rows)) = self.forecast.rows() else { return Vec::new() };
        let Some(mut effects) = self.start(&title, None) else { return Vec::new() };
        effects.push(Effect::Show { job: self.tabs.shown.job, rows });
        effects
    }

    /// A saved query about the days up to the origin.
    pub(super) fn beside_forecast(&mut self, action: Action) -> Vec<Effect> {
        if self.forecast.request.subject != Subject::Balance {
            let text = "that is about the balances of the star schema; 5 goes back to them".to_owned();
            self.notice = Some(Notice { text, bad: true });
            return Vec::new();
        }
        let Some(to) = self.forecast.origin() else { return Vec::new() };
        let text = |date: Option<NaiveDate>| date.unwrap_or(to).to_string();
        let (month, year) = (text(to.checked_sub_days(WINDOW)), text(to.checked_sub_months(Months::new(12))));
        let (name, from, given) = match action {
            Action::Averages => ("average_balances", month, ["from", "to"]),
            Action::InTransit => ("balances_in_transit", month, ["from", "to"]),
            _ => ("compare_two_dates", year, ["first", "second"]),
        };
        let values = [from, to.to_string()];
        self.run_saved(name, given.into_iter().map(str::to_owned).zip(values).collect())
    }
}
