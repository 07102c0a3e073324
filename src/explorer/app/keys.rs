//! The keys: shown, changed, and what is done in another pane than the one that has them.

use super::App;
use crate::explorer::action::{Action, Pane};
use crate::explorer::effect::Effect;
use crate::explorer::keymap::{self, Keymap};
use crate::explorer::overlays::{Overlay, help, keys, palette};

impl App {
    pub(super) fn change_keys(&mut self, keymap: Keymap) -> Vec<Effect> {
        self.keymap = keymap;
        vec![Effect::SaveKeys(self.keymap.own().text())]
    }

    /// The keys: to be read, to be found by name, or to be changed.
    pub(super) fn show_keys(&mut self, action: Action) {
        self.overlay = Some(match action {
            Action::Help => Overlay::Help(help::Help::new(self.focus, &self.keymap)),
            Action::Keys => Overlay::Keys(keys::KeyList::new(&self.keymap)),
            _ => Overlay::Palette(palette::Palette::new(self.focus, &self.keymap)),
        });
    }

    /// Goes to the pane in which an action is done that was picked from elsewhere.
    pub(super) fn go_home(&mut self, action: Action) -> Vec<Effect> {
        match keymap::home(self.focus, action) {
            Some(Pane::Forecast) if self.focus != Pane::Forecast => self.go_forecast(),
            home => {
                self.focus = home.unwrap_or(self.focus);
                Vec::new()
            }
        }
    }
}
