//! What is offered for the word that is being typed: a short list at the cursor.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_width::UnicodeWidthStr;

use crate::completion::{Completion, Item, What};
use crate::explorer::theme::Theme;
use crate::explorer::widgets::grid::cut;
use crate::value;

/// Lines of the list at the most.
const LINES: usize = 8;
/// The most columns of a name, of its type and of its origin.
const WIDTHS: [usize; 3] = [36, 20, 20];
/// Letters after which the list opens by itself.
const LETTERS: usize = 2;

/// The list and the line that is marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestions {
    pub completion: Completion,
    at: usize,
}

impl Suggestions {
    /// The list, if there is something to say: always where it was asked for, else after a dot or some letters, and only
    /// while the word is not whole.
    #[must_use]
    pub fn of(completion: Completion, is_asked: bool) -> Option<Self> {
        let is_whole = |item: &Item| item.label.eq_ignore_ascii_case(&completion.word);
        let letters = completion.word.chars().count();
        let opens = is_asked
            || (completion.is_qualified || letters >= LETTERS) && !completion.items.iter().any(is_whole);
        (opens && !completion.items.is_empty()).then_some(Self { completion, at: 0 })
    }

    /// The marked one.
    #[must_use]
    pub fn item(&self) -> Option<&Item> {
        self.completion.items.get(self.at)
    }

    /// Moves the mark, round the ends; says whether the key was one of the list's.
    pub fn choose(&mut self, key: &KeyEvent) -> bool {
        let count = self.completion.items.len();
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        self.at = match key.code {
            KeyCode::Up => (self.at + count - 1) % count,
            KeyCode::Down => (self.at + 1) % count,
            KeyCode::Char('p') if ctrl => (self.at + count - 1) % count,
            KeyCode::Char('n') if ctrl => (self.at + 1) % count,
            KeyCode::PageUp => self.at.saturating_sub(LINES),
            KeyCode::PageDown => (self.at + LINES).min(count - 1),
            _ => return false,
        };
        true
    }
}

fn origin(item: &Item) -> String {
    let word = match item.what {
        What::Cte | What::Keyword | What::Type => return String::new(),
        What::Alias if !item.origin.is_empty() => format!("of {}", item.origin),
        _ => item.origin.clone(),
    };
    value::visible(&word).into_owned()
}

/// Draws the list below the cursor, or above it where there is no room; `x` and `y` are the cell in which the word
/// begins.
pub fn draw(frame: &mut Frame, screen: Rect, (x, y): (u16, u16), list: &Suggestions, theme: &Theme) {
    let items = &list.completion.items;
    let lines = u16::try_from(items.len().min(LINES)).unwrap_or(1);
    let (below, above) = (screen.bottom().saturating_sub(y + 1), y - screen.y.min(y));
    let (y, height) = if below >= lines + 2 || below >= above {
        (y + 1, (lines + 2).min(below))
    } else {
        let height = (lines + 2).min(above);
        (y - height, height)
    };
    if height < 3 {
        return;
    }
    let room = usize::from(height - 2);
    let top = (list.at + 1).saturating_sub(room);
    let rows: Vec<_> = items.iter().enumerate().skip(top).take(room).collect();
    let cells = |item: &Item| {
        [&item.label, &item.detail, &origin(item)].map(|text| value::visible(text).into_owned())
    };
    let mut widths = [0; 3];
    for (_, item) in &rows {
        for ((width, cell), most) in widths.iter_mut().zip(cells(item)).zip(WIDTHS) {
            *width = cell.width().min(most).max(*width);
        }
    }
    let wanted: usize = widths.iter().filter(|width| **width > 0).map(|width| width + 2).sum();
    let width =
        u16::try_from(wanted + 2).unwrap_or(u16::MAX).clamp(14, screen.width.max(14)).min(screen.width);
    // The names stand below the word.
    let x = x.saturating_sub(2).min(screen.right().saturating_sub(width)).max(screen.x);
    let area = Rect { x, y, width, height };
    frame.render_widget(Clear, area);
    let mut block = Block::bordered().border_type(BorderType::Rounded).border_style(theme.border);
    if items.len() > room {
        let place = format!(" {} of {} ", list.at + 1, value::grouped(&items.len().to_string()));
        block = block.title_bottom(Line::styled(place, theme.muted).right_aligned());
    }
    let inside = block.inner(area);
    frame.render_widget(block, area);
    for (place, (index, item)) in inside.rows().zip(rows) {
        let is_marked = index == list.at;
        let styles = if is_marked { [theme.cursor; 3] } else { [theme.text, theme.number, theme.muted] };
        let mut spans = vec![Span::styled(" ", styles[0])];
        for ((cell, width), style) in cells(item).iter().zip(widths).zip(styles) {
            if width > 0 {
                let cell = cut(cell, width).into_owned();
                let gap = " ".repeat(width - cell.width() + 2);
                spans.extend([Span::styled(cell, style), Span::styled(gap, style)]);
            }
        }
        frame.render_widget(Line::from(spans), place);
    }
}
