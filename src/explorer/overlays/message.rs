//! A question before something that cannot be undone.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::text::Line;

use super::super::message::{Export, JobId};
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::{Answer, boxed};
use crate::engine::EngineError;
use crate::value;

/// Columns of a title in a question.
const TITLE: usize = 60;

/// The question, and what happens on yes.
#[derive(Debug)]
pub struct Message {
    text: String,
    yes: Answer,
}

impl Message {
    /// Asks whether a statement that the guard refused may write.
    #[must_use]
    pub fn confirm(refusal: &EngineError) -> Self {
        let why = refusal.reason.as_deref().unwrap_or(&refusal.message);
        Self { text: format!("This statement may write: {why}. Run it?"), yes: Answer::Confirmed }
    }

    /// Asks whether a file that is there may go.
    #[must_use]
    pub fn overwrite(export: Export) -> Self {
        let text = format!("{} is there already. Overwrite it?", export.path.display());
        Self { text, yes: Answer::Export(export) }
    }

    /// Asks whether a statement that runs is stopped and its result let go.
    #[must_use]
    pub fn close(title: &str, job: JobId) -> Self {
        let text = format!("{} still runs. Stop it and let its result go?", cut(title, TITLE));
        Self { text, yes: Answer::CloseResult(job) }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match key.code {
            KeyCode::Char('y' | 'Y') => self.yes.clone(),
            KeyCode::Char('n' | 'N' | 'q') => Answer::Close,
            _ => Answer::Stay,
        }
    }
}

/// Draws the question.
pub fn draw(frame: &mut Frame, message: &Message, theme: &Theme) {
    let inside = boxed(frame, "Confirm", 64, 3, theme);
    let line = Line::styled(value::visible(&message.text).into_owned(), theme.warning);
    frame.render_widget(
        ratatui::widgets::Paragraph::new(line).wrap(ratatui::widgets::Wrap { trim: true }),
        inside,
    );
}
