//! The keys: shown, changed, recorded and pressed again, and what is done in another pane than the one that has them.

use crossterm::event::KeyEvent;

use super::App;
use crate::explorer::action::{Action, Pane};
use crate::explorer::effect::Effect;
use crate::explorer::keymap::{self, Keymap};
use crate::explorer::overlays::{Overlay, help, keys, palette};
use crate::explorer::panes::editor::vim::Vim;

/// Keys that one key stands for at the most: the screen waits for them.
const MOST_PLAYED: usize = 10_000;

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

    /// A key that is typed into what vim's `:` or `/` asks for is recorded as those in the text are.
    pub(super) fn note_typed(&mut self, key: &KeyEvent) {
        if let (Some(vim), Some(Overlay::Prompt(prompt))) = (&mut self.vim, &self.overlay)
            && prompt.is_of_vim()
        {
            vim.note_typed(key);
        }
    }

    /// Says why a command of vim did nothing.
    pub(super) fn refuse(&mut self, why: &str) {
        self.tell(why, true);
        self.end_played();
    }

    /// What was to be done could not be: keys that are played end with it.
    pub(super) fn end_played(&mut self) {
        if let Some(vim) = &mut self.vim {
            vim.has_failed = true;
        }
    }

    /// Whether keys go to the text, or to what vim's `:` or `/` asks for.
    fn is_in_vim(&self) -> bool {
        match &self.overlay {
            None => self.focus == Pane::Editor,
            Some(Overlay::Prompt(prompt)) => prompt.is_of_vim() && prompt.problem.is_none(),
            Some(_) => false,
        }
    }

    /// Presses recorded keys again, until one of them fails or leads out of the text.
    pub(super) fn play(&mut self, letter: char, times: usize) -> Vec<Effect> {
        let keys = self.vim.as_mut().map(|vim| vim.begin_playing(letter)).unwrap_or_default();
        let mut effects = Vec::new();
        for key in keys.iter().cycle().take(keys.len().saturating_mul(times)) {
            self.played += 1;
            effects.extend(self.key(key));
            let has_failed = self.vim.as_ref().is_none_or(|vim| vim.has_failed);
            if has_failed || !self.is_in_vim() {
                break;
            }
            if self.played >= MOST_PLAYED {
                self.tell(&format!("stopped after {MOST_PLAYED} keys"), true);
                break;
            }
        }
        if self.vim.as_mut().is_none_or(Vim::end_playing) {
            self.played = 0;
        }
        effects
    }
}
