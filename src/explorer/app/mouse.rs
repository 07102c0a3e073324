//! What the mouse does: a press goes where it points, a second one on the same entry is Enter, the wheel moves what is
//! under it, a drag selects text.

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::App;
use crate::explorer::action::{Action, Edit, PANES, Pane};
use crate::explorer::effect::Effect;
use crate::explorer::layout;
use crate::explorer::widgets::strip;

/// Rows or lines that a step of the wheel moves.
const STEP: usize = 3;

/// The action that goes to a pane, with all that opening it asks for.
const GO: [(Pane, Action); 7] = [
    (Pane::Queries, Action::GoQueries),
    (Pane::Editor, Action::GoEditor),
    (Pane::Results, Action::GoResults),
    (Pane::Charts, Action::GoCharts),
    (Pane::Forecast, Action::GoForecast),
    (Pane::Lake, Action::GoLake),
    (Pane::Credit, Action::GoCredit),
];

impl App {
    pub(super) fn mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.notice = None;
                match self.overlay {
                    Some(_) => self.press_overlay(at),
                    None => self.press(at),
                }
            }
            MouseEventKind::Drag(MouseButton::Left) if self.overlay.is_none() => self.drag(at),
            MouseEventKind::ScrollUp => self.wheel(at, false),
            MouseEventKind::ScrollDown => self.wheel(at, true),
            _ => Vec::new(),
        }
    }

    /// An entry of a list over the panes is marked, or taken where it is marked already.
    fn press_overlay(&mut self, at: Position) -> Vec<Effect> {
        let Some(overlay) = &mut self.overlay else { return Vec::new() };
        if overlay.take_offered(self.size, at.y) {
            return Vec::new();
        }
        let Some(steps) = overlay.pointed(self.size, at.y) else { return Vec::new() };
        let code = match steps {
            0 => overlay.takes(),
            ..0 => Some(KeyCode::Up),
            _ => Some(KeyCode::Down),
        };
        let Some(code) = code else { return Vec::new() };
        let mut effects = Vec::new();
        for _ in 0..steps.unsigned_abs().max(1) {
            effects.extend(self.key(&KeyEvent::from(code)));
        }
        effects
    }

    fn press(&mut self, at: Position) -> Vec<Effect> {
        let areas = self.areas();
        if areas.strip.contains(at) {
            let shown = strip::pointed(areas.strip, self.tabs.count(), self.tabs.at(), at.x);
            let mut effects = self.go(Pane::Results);
            effects.extend(shown.map(|index| self.show_tab(index)).unwrap_or_default());
            return effects;
        }
        let title = self.title_line();
        if areas.tabs && title.contains(at) {
            let names = layout::tabs(title, self.focus);
            let named = names.iter().find(|(_, _, place)| place.contains(at));
            return named.map(|(pane, ..)| *pane).map(|pane| self.go(pane)).unwrap_or_default();
        }
        let Some(pane) = self.under(at) else { return Vec::new() };
        // Its place may be another one once it has the focus.
        let mut effects = if pane == self.focus { Vec::new() } else { self.go(pane) };
        let area = self.areas().pane(pane);
        if area.contains(at) {
            effects.extend(self.point(pane, area, at));
        }
        effects
    }

    /// What is pressed in a pane.
    fn point(&mut self, pane: Pane, area: Rect, at: Position) -> Vec<Effect> {
        match pane {
            Pane::Queries => {
                let stood_there = self.queries.point(usize::from(at.y - area.y), area);
                return if stood_there { self.open() } else { self.refresh() };
            }
            Pane::Editor => {
                self.editor.list = None;
                self.editor.point(area, at, false);
            }
            Pane::Credit => {
                let stood_there = self.credit.point(area, at);
                return if stood_there { self.act(Action::LookInto) } else { self.refresh() };
            }
            Pane::Forecast => self.forecast.point(area, at),
            Pane::Charts => {
                let is_alone = self.areas().tabs;
                self.tabs.shown.charts.point(area, at, is_alone);
            }
            Pane::Results if !self.tabs.shown.results.waits => {
                match self.tabs.shown.results.pointed(area, at) {
                    (None, Some(column)) => {
                        self.tabs.shown.results.go_to_column(column);
                        return self.act(Action::SortRows);
                    }
                    (Some(row), column) => {
                        self.tabs.shown.results.go_to(row);
                        if let Some(column) = column {
                            self.tabs.shown.results.go_to_column(column);
                        }
                    }
                    (None, None) => {}
                }
            }
            _ => {}
        }
        self.refresh()
    }

    /// Text from where the button went down.
    fn drag(&mut self, at: Position) -> Vec<Effect> {
        let area = self.areas().editor;
        if self.focus != Pane::Editor || area.height == 0 {
            return Vec::new();
        }
        // Beyond an edge it is the nearest line or column.
        let inside =
            |place: u16, from: u16, length: u16| place.clamp(from, (from + length).saturating_sub(1));
        let (x, y) = (inside(at.x, area.x, area.width), inside(at.y, area.y, area.height));
        self.editor.point(area, Position { x, y }, true);
        self.refresh()
    }

    fn wheel(&mut self, at: Position, down: bool) -> Vec<Effect> {
        let code = if down { KeyCode::Down } else { KeyCode::Up };
        if let Some(overlay) = &self.overlay {
            let steps = if overlay.scrolls() { STEP } else { 1 };
            return (0..steps).flat_map(|_| self.key(&KeyEvent::from(code))).collect();
        }
        let Some(pane) = self.under(at) else { return Vec::new() };
        if pane == Pane::Editor {
            self.editor.wheel(if down { Edit::Down } else { Edit::Up }, STEP);
            return self.refresh();
        }
        let focus = std::mem::replace(&mut self.focus, pane);
        let action = if down { Action::Down } else { Action::Up };
        let mut effects = Vec::new();
        for _ in 0..STEP {
            // Rows on the way are not asked for.
            effects.retain(|effect| !matches!(effect, Effect::Fetch { .. }));
            effects.extend(self.move_by(action));
        }
        self.focus = focus;
        effects
    }

    fn go(&mut self, pane: Pane) -> Vec<Effect> {
        let action = GO.iter().find(|(known, _)| *known == pane).map(|(_, action)| *action);
        action.map(|action| self.act(action)).unwrap_or_default()
    }

    /// The pane on screen at a place, its title too.
    fn under(&self, at: Position) -> Option<Pane> {
        let areas = self.areas();
        let is_under = |pane: &Pane| {
            let area = areas.pane(*pane);
            let above = if *pane == Pane::Results { 1 + areas.strip.height } else { 1 };
            let above = above.min(area.y);
            let whole = Rect { y: area.y - above, height: area.height + above, ..area };
            area.height > 0 && whole.contains(at)
        };
        PANES.iter().map(|(pane, _)| *pane).find(is_under)
    }

    /// The line above the pane that has the screen.
    fn title_line(&self) -> Rect {
        let areas = self.areas();
        let area = if areas.strip.height > 0 { areas.strip } else { areas.pane(self.focus) };
        Rect { y: area.y.saturating_sub(1), height: area.height.min(1), ..area }
    }
}
