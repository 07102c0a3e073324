//! A question before something that cannot be undone.

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::text::Line;

use super::super::message::{Export, JobId, Question};
use super::super::theme::Theme;
use super::super::widgets::{grid::cut, status};
use super::{Answer, boxed};
use crate::dialect::ForeignWord;
use crate::engine::EngineError;
use crate::value;

/// Columns of a title in a question.
const TITLE: usize = 60;
/// Words that are named in a question.
const WORDS: usize = 3;

/// The question, and what happens on yes.
#[derive(Debug)]
pub struct Message {
    text: String,
    yes: Answer,
    /// Whether a translation can be asked for instead.
    pub translates: bool,
}

impl Message {
    /// Asks whether a statement that the guard refused may write.
    #[must_use]
    pub fn confirm(refusal: &EngineError) -> Self {
        let why = refusal.reason.as_deref().unwrap_or(&refusal.message);
        Self::new(format!("This statement may write: {why}. Run it?"), Answer::Confirmed)
    }

    /// Asks whether files that are there may go: the one that is written, the one beside it, or both.
    #[must_use]
    pub fn overwrite(export: Export, there: &[PathBuf]) -> Self {
        let names: Vec<_> = there.iter().map(|path| path.display().to_string()).collect();
        let (are, them) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
        let text = format!("{} {are} there already. Overwrite {them}?", names.join(" and "));
        Self::new(text, Answer::Export(export))
    }

    /// Asks whether a statement that runs is stopped and its result let go.
    #[must_use]
    pub fn close(title: &str, job: JobId) -> Self {
        let text = format!("{} still runs. Stop it and let its result go?", cut(title, TITLE));
        Self::new(text, Answer::CloseResult(job))
    }

    /// Asks whether a text of the editor may go.
    #[must_use]
    pub fn close_buffer(name: &str) -> Self {
        let name = if name.is_empty() { "This buffer" } else { name };
        let text =
            format!("{}: its text stands nowhere else. Close it and let the text go?", cut(name, TITLE));
        Self::new(text, Answer::CloseBuffer)
    }

    /// Asks whether a statement is sent that may cost more than it should.
    #[must_use]
    pub fn price(question: &Question, job: JobId) -> Self {
        let Question { bound, spent, query, day } = question;
        let budgets = [
            query.map(|budget| format!("a statement may cost {budget}")),
            day.map(|budget| format!("a day {budget}, of which {spent} are spent")),
        ];
        let budgets = budgets.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let most = match bound {
            Ok(bound) => {
                let cost = bound.cost.map(|cost| format!("for {cost}"));
                let cost = cost.unwrap_or_else(|| "at a price that is not known".to_owned());
                format!("It scans at most {} {cost} ({})", status::bytes(bound.bytes), bound.basis)
            }
            Err(why) => format!("What it costs at most is not known ({why})"),
        };
        Self::new(format!("{most}; {budgets}. Send it?"), Answer::Approved(job))
    }

    /// Asks whether a statement is sent as it is, with words that its engine does not know.
    #[must_use]
    pub fn foreign(target: &str, words: Vec<ForeignWord>) -> Self {
        let words = ForeignWord::once(words);
        let shown =
            words.iter().take(WORDS).map(|found| format!("{} (instead: {})", found.shown(), found.instead));
        let shown = shown.collect::<Vec<_>>().join("; ");
        let more = match words.len().saturating_sub(WORDS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let text =
            format!("{target} does not know {shown}{more}. Send it as it is? t shows a translation to edit.");
        Self { translates: true, ..Self::new(text, Answer::SendAsIs) }
    }

    fn new(text: String, yes: Answer) -> Self {
        Self { text, yes, translates: false }
    }

    /// Whether it stands before a statement that was not sent yet.
    #[must_use]
    pub fn is_before_running(&self) -> bool {
        matches!(self.yes, Answer::Confirmed | Answer::SendAsIs)
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match key.code {
            KeyCode::Char('y' | 'Y') => self.yes.clone(),
            KeyCode::Char('t') if self.translates => Answer::Translate,
            KeyCode::Char('n' | 'N' | 'q') => Answer::Close,
            _ => Answer::Stay,
        }
    }
}

/// Lines of a question; one that is longer loses its end.
fn lines(text: &str) -> u16 {
    u16::try_from(super::wrapped(&value::visible(text), 62).len()).unwrap_or(u16::MAX).clamp(3, 8)
}

/// Draws the question.
pub fn draw(frame: &mut Frame, message: &Message, theme: &Theme) {
    let inside = boxed(frame, "Confirm", 64, lines(&message.text), theme);
    let line = Line::styled(value::visible(&message.text).into_owned(), theme.warning);
    frame.render_widget(
        ratatui::widgets::Paragraph::new(line).wrap(ratatui::widgets::Wrap { trim: true }),
        inside,
    );
}
