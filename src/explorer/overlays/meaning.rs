//! What a line of a card means: in words, over which days, against which thresholds, and where those come from.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::theme::Theme;
use super::{Answer, boxed, largest, scrolled, wrapped};
use crate::credit::card::{Cell, Row};
use crate::value;

/// The widest it gets.
const WIDEST: u16 = 84;

/// The text.
#[derive(Debug)]
pub struct Meaning {
    title: String,
    /// Whether it is a heading, and the text of a paragraph.
    texts: Vec<(bool, String)>,
    top: usize,
}

impl Meaning {
    /// What a row of a card means.
    #[must_use]
    pub fn of(row: &Row) -> Self {
        let unsaid = || "The policy says nothing of it: it is shown, and counts for nothing.".to_owned();
        let mut texts =
            vec![(false, row.meaning.clone().unwrap_or_else(unsaid)), (false, row.sentence.clone())];
        for cell in &row.cells {
            texts.push((true, format!("{} · {}", cell.period.words(), days(cell))));
            let band = cell.band.map(|band| format!(", which is {}", band.name())).unwrap_or_default();
            texts.push((false, format!("{}{band}", cell.shown)));
            let points = cell.points.map(|points| format!("It counts {points:+} points."));
            let threshold = cell.threshold.as_ref().map(|threshold| format!("Threshold: {threshold}."));
            let rule = cell.rule.as_ref().map(|rule| format!("Rule: {rule}."));
            let source = cell.source.as_ref().map(|source| format!("Source: {source}"));
            texts.extend([threshold, rule, points, source].into_iter().flatten().map(|text| (false, text)));
        }
        texts.push((true, "Rows".to_owned()));
        texts.push((false, format!("Enter shows those behind it, by the saved query {}.", row.rows)));
        let texts = texts.into_iter().map(|(head, text)| (head, value::visible(&text).into_owned()));
        Self { title: row.label.to_owned(), texts: texts.collect(), top: 0 }
    }

    pub fn key(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        if matches!(key.code, KeyCode::Enter | KeyCode::Char('q' | 'm')) {
            return Answer::Close;
        }
        let (width, page) = largest(screen);
        self.top = scrolled(self.top, key, self.lines(width).len(), page.into());
        Answer::Stay
    }

    fn lines(&self, width: u16) -> Vec<(bool, &str)> {
        let room = usize::from(width.min(WIDEST));
        let mut lines = Vec::new();
        for (head, text) in &self.texts {
            if *head {
                lines.push((false, ""));
            }
            lines.extend(wrapped(text, room).into_iter().map(|line| (*head, line)));
        }
        lines
    }
}

fn days(cell: &Cell) -> String {
    cell.from.map_or_else(|| format!("up to {}", cell.to), |from| format!("{from} to {}", cell.to))
}

/// Draws the text from the line that is scrolled to.
pub fn draw(frame: &mut Frame, meaning: &Meaning, theme: &Theme) {
    let (width, page) = largest(frame.area());
    let lines = meaning.lines(width);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = boxed(frame, &meaning.title, WIDEST, height, theme);
    let top = meaning.top.min(lines.len().saturating_sub(page.into()));
    for (place, (head, text)) in inside.rows().zip(&lines[top..]) {
        frame.render_widget(Line::styled(*text, if *head { theme.heading } else { theme.text }), place);
    }
}
