//! What to copy, and as what: a letter takes a format at once.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::super::theme::Theme;
use super::pointed::Listed;
use super::{Answer, boxed};
use crate::export::Format;

/// The part of a result that is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// What is marked, where something is.
    Marked,
    #[default]
    Cell,
    Row,
    Column,
    Whole,
}

const PARTS: [(Part, &str); 5] = [
    (Part::Marked, "marked"),
    (Part::Cell, "cell"),
    (Part::Row, "row"),
    (Part::Column, "column"),
    (Part::Whole, "whole result"),
];

/// The formats, each with its letter and what it is for.
const FORMATS: [(char, Format, &str, &str); 6] = [
    ('t', Format::Tsv, "TSV", "for a spreadsheet"),
    ('c', Format::Csv, "CSV", "commas and quotes"),
    ('j', Format::Json, "JSON", "every digit"),
    ('m', Format::Md, "Markdown", "a table, digits grouped"),
    ('h', Format::Html, "HTML", "a page, digits grouped"),
    ('s', Format::Sql, "SQL", "INSERT statements; of a cell its literal"),
];

impl Part {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        PARTS.iter().find(|(part, _)| *part == self).map_or("", |(_, name)| name)
    }
}

/// Lines of the box: the parts, a blank, the formats.
const LINES: u16 = 8;

/// The menu.
#[derive(Debug, Default)]
pub struct Menu {
    parts: &'static [(Part, &'static str)],
    part: usize,
    at: usize,
}

impl Menu {
    /// The menu with what is marked, else with the part that was copied last.
    #[must_use]
    pub fn new(part: Part, is_marked: bool) -> Self {
        let parts = if is_marked { &PARTS } else { &PARTS[1..] };
        let at = parts.iter().position(|(known, _)| *known == part).filter(|_| !is_marked);
        Self { parts, part: at.unwrap_or(0), at: 0 }
    }

    pub(super) fn listed(&self) -> Listed {
        Listed { height: LINES, above: 2, below: 0, count: FORMATS.len(), at: self.at, top: Some(0) }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let (parts, formats) = (self.parts.len(), FORMATS.len());
        match key.code {
            KeyCode::Left => self.part = (self.part + parts - 1) % parts,
            KeyCode::Right | KeyCode::Tab => self.part = (self.part + 1) % parts,
            KeyCode::Up | KeyCode::Char('k') => self.at = (self.at + formats - 1) % formats,
            KeyCode::Down => self.at = (self.at + 1) % formats,
            KeyCode::Enter => return self.take(self.at),
            KeyCode::Char('q') => return Answer::Close,
            KeyCode::Char(letter) => {
                if let Some(at) = FORMATS.iter().position(|(known, ..)| *known == letter) {
                    return self.take(at);
                }
            }
            _ => {}
        }
        Answer::Stay
    }

    fn take(&self, at: usize) -> Answer {
        Answer::CopyAs(self.parts[self.part].0, FORMATS[at].1)
    }
}

/// Draws the parts in a line and the formats below them.
pub fn draw(frame: &mut Frame, menu: &Menu, theme: &Theme) {
    let inside = boxed(frame, "Copy as", 56, LINES, theme);
    let mut rows = inside.rows();
    let mut parts = Vec::new();
    for (index, (_, name)) in menu.parts.iter().enumerate() {
        let style = if index == menu.part { theme.cursor } else { theme.muted };
        parts.push(Span::styled(format!(" {name} "), style));
        parts.push(Span::raw(" "));
    }
    if let Some(place) = rows.next() {
        frame.render_widget(Line::from(parts), place);
    }
    for (place, (index, (letter, _, name, about))) in rows.skip(1).zip(FORMATS.iter().enumerate()) {
        let style = if index == menu.at { theme.cursor } else { theme.text };
        let line = Line::from(vec![
            Span::styled(format!(" {letter} "), theme.accent),
            Span::styled(format!(" {name:<10}"), style),
            Span::styled(format!(" {about}"), theme.muted),
        ]);
        frame.render_widget(line, place);
    }
}
