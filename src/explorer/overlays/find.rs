//! Find and replace: two lines at the bottom, so that what is found is seen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear};

use super::super::panes::editor::{Search, Step};
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::Answer;
use super::line::Input;
use crate::value;

/// The widest it gets, and columns of a name.
const WIDEST: u16 = 72;
const NAMES: u16 = 9;

/// The two lines, and what came of the last search.
#[derive(Debug)]
pub struct Find {
    pattern: Input,
    with: Input,
    is_regex: bool,
    /// The line of what replaces has the keys.
    replaces: bool,
    pub said: Result<String, String>,
}

impl Find {
    /// Searches for this; what was searched for last stands there until something else is typed.
    #[must_use]
    pub fn new(search: &Search) -> Self {
        Self {
            pattern: Input::offered(&search.pattern),
            with: Input::offered(&search.with),
            is_regex: search.is_regex,
            replaces: false,
            said: Ok(String::new()),
        }
    }

    fn search(&self) -> Search {
        Search {
            pattern: self.pattern.text().to_owned(),
            with: self.with.text().to_owned(),
            is_regex: self.is_regex,
        }
    }

    fn answer(&self, step: Step) -> Answer {
        Answer::FindText(self.search(), step)
    }

    fn line(&mut self) -> &mut Input {
        if self.replaces { &mut self.with } else { &mut self.pattern }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) -> Answer {
        self.line().paste(text);
        self.answer(Step::Mark)
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter if self.replaces => return self.answer(Step::Replace),
            KeyCode::Enter | KeyCode::Down => return self.answer(Step::Next),
            KeyCode::Up => return self.answer(Step::Previous),
            KeyCode::Char('f') if ctrl => return self.answer(Step::Next),
            KeyCode::Char('a') if ctrl => return self.answer(Step::ReplaceAll),
            KeyCode::Char('x') if ctrl => self.is_regex = !self.is_regex,
            KeyCode::Tab | KeyCode::BackTab => {
                self.replaces = !self.replaces;
                return Answer::Stay;
            }
            _ => self.line().key(key),
        }
        self.answer(Step::Mark)
    }
}

/// Draws the two lines above the status line.
pub fn draw(frame: &mut Frame, find: &Find, theme: &Theme) {
    let screen = frame.area();
    let (width, height) = (WIDEST.min(screen.width), 4.min(screen.height.saturating_sub(2)));
    let above_the_status = screen.bottom().saturating_sub(height + 2);
    let area = Rect { x: screen.right() - width, y: above_the_status, width, height };
    frame.render_widget(Clear, area);
    let kind = if find.is_regex { " Find by regular expression " } else { " Find " };
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(theme.accent);
    let (said, style) = match &find.said {
        Ok(said) => (said, theme.muted),
        Err(why) => (why, theme.error),
    };
    let said = cut(&value::visible(said), usize::from(width.saturating_sub(6))).into_owned();
    let mut block = block.title(Line::styled(kind, theme.accent));
    if !said.is_empty() {
        block = block.title_bottom(Line::styled(format!(" {said} "), style).right_aligned());
    }
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let lines = [("find", &find.pattern, !find.replaces), ("replace", &find.with, find.replaces)];
    for (place, (name, input, focused)) in inside.rows().zip(lines) {
        let style = if focused { theme.accent } else { theme.muted };
        frame.render_widget(Span::styled(format!(" {name}"), style), place);
        let at = NAMES.min(place.width);
        input.draw(frame, Rect { x: place.x + at, width: place.width - at, ..place }, focused, theme);
    }
}
