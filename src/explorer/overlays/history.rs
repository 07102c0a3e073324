//! What was asked before, here and by `saldo query`: found by words, opened in a buffer or run again.

use chrono::Local;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use super::super::widgets::{grid::cut, grid::cut_line, status};
use super::line::Input;
use super::pointed::Listed;
use super::runs::one_line;
use super::{Answer, boxed};
use crate::history::{Entry, Outcome, find};
use crate::target::LOCAL;
use crate::value;

/// Lines of the statement below the list.
const PREVIEW: u16 = 6;
/// Lines of the list at the most.
const LISTED: u16 = 14;

/// Those that are shown, in a word, and one of them.
const OUTCOMES: [(Option<Outcome>, &str, &str); 4] = [
    (None, "all", "statement"),
    (Some(Outcome::Succeeded), "succeeded", "statement that succeeded"),
    (Some(Outcome::Failed), "failed", "statement that failed"),
    (Some(Outcome::Cancelled), "cancelled", "statement that was cancelled"),
];

/// The entries with what was typed.
#[derive(Debug)]
pub struct Finder {
    entries: Vec<Entry>,
    needle: Input,
    outcome: usize,
    /// Places of the entries that fit.
    found: Vec<usize>,
    at: usize,
}

impl Finder {
    /// All entries, newest first.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut finder = Self { entries, needle: Input::default(), outcome: 0, found: Vec::new(), at: 0 };
        finder.find();
        finder
    }

    /// The entries as they are now; the mark stays on its entry.
    pub fn replace(&mut self, entries: Vec<Entry>) {
        let marked = self.marked().map(|entry| entry.id.clone());
        self.entries = entries;
        self.find();
        let is_it = |at: &usize| self.entries.get(*at).map(|entry| &entry.id) == marked.as_ref();
        self.at = self.found.iter().position(is_it).unwrap_or(0);
    }

    fn find(&mut self) {
        self.found = find(&self.entries, self.needle.text(), OUTCOMES[self.outcome].0);
        self.at = 0;
    }

    /// Where the list stands in a box of at most so many lines.
    pub(super) fn listed(&self, most: u16) -> Listed {
        let height = LISTED + PREVIEW + 3;
        let [line, _, rule, below] = parts(Rect::new(0, 0, 1, height.min(most)));
        let (above, below) = (line.height, rule.height + below.height);
        Listed { height, above, below, count: self.found.len(), at: self.at, top: None }
    }

    fn marked(&self) -> Option<&Entry> {
        self.found.get(self.at).and_then(|at| self.entries.get(*at))
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.needle.paste(text);
        self.find();
    }

    /// The marked statement, to be run again.
    pub fn run(&self) -> Answer {
        self.marked().map_or(Answer::Stay, |entry| Answer::Recall(Box::new(entry.clone()), true))
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let last = self.found.len().saturating_sub(1);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => {
                return self
                    .marked()
                    .map_or(Answer::Stay, |entry| Answer::Recall(Box::new(entry.clone()), false));
            }
            KeyCode::Char('t') if control => {
                return self
                    .marked()
                    .map_or(Answer::Stay, |entry| Answer::Pin(entry.id.clone(), !entry.is_pinned));
            }
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Down => self.at = (self.at + 1).min(last),
            KeyCode::PageUp => self.at = self.at.saturating_sub(usize::from(LISTED)),
            KeyCode::PageDown => self.at = (self.at + usize::from(LISTED)).min(last),
            KeyCode::Tab | KeyCode::BackTab => {
                let step = if key.code == KeyCode::Tab { 1 } else { OUTCOMES.len() - 1 };
                self.outcome = (self.outcome + step) % OUTCOMES.len();
                self.find();
            }
            _ => {
                let before = self.needle.text().to_owned();
                self.needle.key(key);
                if self.needle.text() != before {
                    self.find();
                }
            }
        }
        Answer::Stay
    }
}

/// Draws what was typed, the entries that fit, and the marked one's statement.
pub fn draw(frame: &mut Frame, finder: &Finder, theme: &Theme) {
    let inside = boxed(frame, "History", 116, LISTED + PREVIEW + 3, theme);
    let [line, list, rule, below] = parts(inside);
    let outcome =
        format!("{} · {} of {}", OUTCOMES[finder.outcome].1, finder.found.len(), finder.entries.len());
    let width = u16::try_from(outcome.width()).unwrap_or(0).min(line.width / 2);
    let right = Rect { x: line.right() - width, width, ..line };
    frame.render_widget(Line::styled(outcome, theme.muted), right);
    let typed = Rect { width: line.width.saturating_sub(width + 1), ..line };
    finder.needle.draw_marked(frame, typed, theme);
    let room = usize::from(list.height).max(1);
    let top = (finder.at + 1).saturating_sub(room);
    for (place, (index, at)) in list.rows().zip(finder.found.iter().enumerate().skip(top)) {
        let entry = &finder.entries[*at];
        let style = if index == finder.at { theme.cursor } else { theme.text };
        let sign = match entry.outcome {
            Outcome::Succeeded => Span::styled(" ", theme.good),
            Outcome::Failed => Span::styled("×", theme.error),
            Outcome::Cancelled => Span::styled("–", theme.warning),
        };
        let pin = Span::styled(if entry.is_pinned { "●" } else { " " }, theme.accent);
        let (facts, name) = row(entry);
        let width = usize::from(place.width).saturating_sub(3 + facts.width());
        let spans = vec![
            pin,
            sign,
            Span::styled(format!(" {facts}"), if index == finder.at { theme.cursor } else { theme.muted }),
            Span::styled(cut(&name, width).into_owned(), style),
        ];
        frame.render_widget(Line::from(spans), place);
    }
    if finder.found.is_empty() {
        let text = if finder.entries.is_empty() {
            "nothing was asked yet".to_owned()
        } else {
            finder.needle.unmatched(OUTCOMES[finder.outcome].2, list.width.into())
        };
        frame.render_widget(Line::styled(text, theme.muted), list);
    }
    frame.render_widget(Line::styled("─".repeat(usize::from(rule.width)), theme.border), rule);
    if let Some(entry) = finder.marked() {
        draw_statement(frame, below, entry, theme);
    }
}

/// The line that is typed, the list, the rule below it, the statement.
fn parts(inside: Rect) -> [Rect; 4] {
    let preview = PREVIEW.min(inside.height / 3);
    let list = inside.height.saturating_sub(2 + preview);
    let mut y = inside.y;
    [1, list, 1, preview].map(|height| {
        let height = height.min(inside.bottom().saturating_sub(y));
        let part = Rect { y, height, ..inside };
        y += height;
        part
    })
}

/// When, how long, how many rows, what it cost; then what it is called.
fn row(entry: &Entry) -> (String, String) {
    let time = entry.ended.with_timezone(&Local).format("%d %b %H:%M");
    let took = status::duration(std::time::Duration::from_millis(entry.milliseconds));
    let rows = match entry.outcome {
        Outcome::Succeeded => value::rows(entry.rows),
        outcome => outcome.name().to_owned(),
    };
    let place =
        if entry.target == LOCAL { String::new() } else { format!("{} ", value::visible(&entry.target)) };
    let name = if entry.title.is_empty() { one_line(&bare(&entry.statement)) } else { entry.title.clone() };
    (format!("{time} {took:>8} {rows:>14}  "), format!("{place}{}", value::visible(&name)))
}

/// A statement without its header.
fn bare(statement: &str) -> String {
    statement.lines().skip_while(|line| line.starts_with("--")).collect::<Vec<_>>().join("\n")
}

fn draw_statement(frame: &mut Frame, area: Rect, entry: &Entry, theme: &Theme) {
    let mut lines: Vec<_> = entry
        .error
        .iter()
        .map(|error| Line::styled(value::visible(error).into_owned(), theme.error))
        .collect();
    if entry.is_cut {
        lines.push(Line::styled("only the beginning of the statement was kept", theme.warning));
    }
    let all = entry.statement.lines().map(|line| Line::styled(value::visible(line).into_owned(), theme.text));
    lines.extend(all);
    let room = usize::from(area.height);
    if lines.len() > room && room > 0 {
        lines.truncate(room - 1);
        lines.push(Line::styled("…", theme.muted));
    }
    for (place, line) in area.rows().zip(lines) {
        frame.render_widget(cut_line(line, place.width.into()), place);
    }
}
