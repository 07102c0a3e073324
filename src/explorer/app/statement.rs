//! Taking in a bank's statement: the dialog, and what becomes of the file behind it.

use super::App;
use crate::explorer::action::Action;
use crate::explorer::effect::Effect;
use crate::explorer::message::Notice;
use crate::explorer::overlays::statement::Dialog;
use crate::explorer::overlays::{Answer, Overlay};
use crate::explorer::statement_request::{StatementEvent, StatementRequest, Taken, name_of};
use crate::value;

/// What is known of statements that are taken in.
#[derive(Debug, Default)]
pub struct Statements {
    /// The newest look.
    number: u64,
    /// The one that is being taken in.
    pub taking: Option<String>,
    /// What was said of the last one.
    report: Vec<String>,
    /// What is told of it once the lake was read again.
    pub(super) said: Option<Notice>,
}

impl App {
    /// Asks for a statement.
    pub(super) fn ask_statement(&mut self) -> Vec<Effect> {
        if !self.source.has_lake {
            self.tell(
                "there is no lake to take a statement into: `saldo` opens one, `saldo demo` makes one",
                true,
            );
            return Vec::new();
        }
        if let Some(name) = &self.statements.taking {
            let cancel = self.keymap.hint(self.focus, Action::Cancel).map(|key| key.to_string());
            let cancel = cancel.unwrap_or_default();
            let text = format!("{} is being taken in; {} stops it", value::visible(name), cancel);
            self.tell(&text, true);
            return Vec::new();
        }
        self.overlay = Some(Overlay::Statement(Box::new(Dialog::new(self.statements.report.clone()))));
        vec![Effect::ListFolder("".into())]
    }

    /// Does what the dialog asks for.
    pub(super) fn answer_statement(&mut self, answer: Answer) -> Vec<Effect> {
        let number = self.statements.number + 1;
        match answer {
            Answer::ListFolder(folder) => vec![Effect::ListFolder(folder)],
            Answer::LookAt(path, given) => {
                self.statements.number = number;
                vec![Effect::LookAt(StatementRequest { number, path, given })]
            }
            Answer::TakeIn(path, given) => {
                self.statements.taking = Some(name_of(&path));
                vec![Effect::TakeIn(StatementRequest { number, path, given })]
            }
            _ => Vec::new(),
        }
    }

    /// What came of it.
    pub(super) fn take_statement(&mut self, event: StatementEvent) -> Vec<Effect> {
        match (event, &mut self.overlay) {
            (StatementEvent::Folder(folder), Some(Overlay::Statement(dialog))) => dialog.take_folder(folder),
            (StatementEvent::Looked(number, looked), Some(Overlay::Statement(dialog)))
                if number == self.statements.number =>
            {
                dialog.take_look(looked);
            }
            (StatementEvent::Taken(taken), _) => return self.taken_in(taken),
            _ => {}
        }
        Vec::new()
    }

    /// It is there, was refused, or was stopped. What the lake has is read again, wherever it ended.
    fn taken_in(&mut self, taken: Taken) -> Vec<Effect> {
        self.statements.taking = None;
        let Taken { name, code, lines } = taken;
        let first = lines.first().cloned().unwrap_or_default();
        let (text, bad) = match code {
            Some(0) => (first, false),
            Some(code) => {
                let why = lines.iter().find(|line| line.starts_with("error: ")).unwrap_or(&first);
                let hint = lines.iter().find(|line| line.starts_with("hint: "));
                let hint = hint.filter(|_| code != 3).map(|hint| format!("; {hint}")).unwrap_or_default();
                // Of a file with faults both are told: what it has and what could not be read.
                let text = if code == 3 && *why != first { format!("{first}; {why}") } else { why.clone() };
                (format!("{}{hint}", text.trim_start_matches("error: ")), true)
            }
            None => (format!("{name}: stopped; taking it in again finishes what was begun"), true),
        };
        self.statements.report = lines;
        let mut effects = self.export_ended();
        if effects.is_empty() {
            effects.push(Effect::Reload);
        }
        self.statements.said = Some(Notice { text, bad });
        effects
    }
}
