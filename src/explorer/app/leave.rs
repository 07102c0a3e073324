//! Leaving: an export is finished and the texts are kept first; who insists leaves without.

use super::{App, Leaving};
use crate::explorer::action::Action;
use crate::explorer::effect::Effect;
use crate::explorer::message::Notice;

impl App {
    /// The person wants to leave; the second time whatever is in the way.
    pub(super) fn quit(&mut self) -> Vec<Effect> {
        match self.leaving {
            None if self.export.is_some() || self.statements.taking.is_some() => {
                self.leaving = Some(Leaving::Export);
                let what = if self.export.is_some() { "export is written" } else { "statement is taken in" };
                let text = format!("leaves when the {what}; {} again gives it up", self.quit_key());
                self.notice = Some(Notice { text, bad: false });
                Vec::new()
            }
            Some(Leaving::Unsaved) => vec![Effect::Quit],
            _ => self.save_and_leave(),
        }
    }

    fn save_and_leave(&mut self) -> Vec<Effect> {
        self.leaving = Some(Leaving::Save);
        let running = self.tabs.iter().filter(|tab| tab.results.is_running());
        let running: Vec<_> = running.map(|tab| tab.job).collect();
        let mut effects: Vec<_> = running.iter().map(|job| Effect::Cancel { job: *job }).collect();
        effects.push(Effect::CancelExport);
        effects.extend(running.iter().filter_map(|job| self.remember(*job, true)));
        effects.push(Effect::Save(self.editor.drafts()));
        effects
    }

    /// The export that leaving waited for has ended.
    pub(super) fn export_ended(&mut self) -> Vec<Effect> {
        if self.leaving == Some(Leaving::Export) { self.save_and_leave() } else { Vec::new() }
    }

    /// Whether the texts are safe. A text that is not is said, and saved again a little later.
    pub(super) fn saved(&mut self, saved: Result<(), String>) -> Vec<Effect> {
        let is_leaving = self.leaving == Some(Leaving::Save);
        match saved {
            Ok(()) if is_leaving => return vec![Effect::Quit],
            Ok(()) => {}
            Err(why) if is_leaving => {
                self.leaving = Some(Leaving::Unsaved);
                let text = format!(
                    "the editor's text cannot be kept ({why}); {} again leaves without it",
                    self.quit_key()
                );
                self.notice = Some(Notice { text, bad: true });
            }
            Err(why) => {
                self.unsaved = Some(0);
                self.notice =
                    Some(Notice { text: format!("the editor's text cannot be kept: {why}"), bad: true });
            }
        }
        Vec::new()
    }

    fn quit_key(&self) -> String {
        self.keymap.hint(self.focus, Action::Quit).map(|key| key.to_string()).unwrap_or_default()
    }
}
