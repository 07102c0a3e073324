//! From pane to pane, up and down in them, and on to the next theme.

use super::App;
use crate::explorer::action::{Action, PANES, Pane};
use crate::explorer::effect::Effect;
use crate::explorer::message::{Notice, State};
use crate::explorer::theme;

impl App {
    pub(super) fn step_focus(&mut self, forward: bool) {
        let step = if forward { 1 } else { PANES.len() - 1 };
        let at = PANES.iter().position(|(pane, _)| *pane == self.focus).unwrap_or(0);
        self.focus = PANES[(at + step) % PANES.len()].0;
    }

    pub(super) fn move_by(&mut self, action: Action) -> Vec<Effect> {
        let areas = self.areas();
        match self.focus {
            Pane::Queries => {
                self.queries.act(action, usize::from(areas.queries.height));
                if let Some(table) = self.queries.undescribed() {
                    let name = self.targets.sql_name(&table).unwrap_or_else(|| table.clone());
                    let target = self.targets.owner(&table).to_owned();
                    return vec![Effect::Describe { target, table, name }];
                }
            }
            Pane::Results => {
                self.tabs.shown.results.act(action);
                let mut effects = Vec::new();
                if self.tabs.shown.results.selection.is_some() {
                    effects = self.add_up();
                }
                if action == Action::Last && self.tabs.shown.results.state == State::Paused {
                    effects.extend(self.more(u64::MAX));
                    return effects;
                }
                effects.extend(self.refresh());
                return effects;
            }
            Pane::Charts => self.tabs.shown.charts.act(action, areas.charts, areas.tabs),
            Pane::Forecast => {
                if self.forecast.act(action, usize::from(areas.forecast.height)) {
                    return self.request();
                }
            }
            Pane::Lake => self.lake.act(action, areas.lake),
            Pane::Credit => self.credit.act(action, areas.credit),
            Pane::Editor => {}
        }
        self.refresh()
    }

    pub(super) fn next_theme(&mut self) -> Vec<Effect> {
        let names: Vec<_> = theme::names().collect();
        let at = names.iter().position(|name| *name == self.theme).map_or(0, |at| at + 1);
        names[at % names.len()].clone_into(&mut self.theme);
        self.notice = Some(Notice { text: format!("theme {}", self.theme), bad: false });
        vec![Effect::Theme(self.theme.clone())]
    }
}
