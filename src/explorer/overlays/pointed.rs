//! Where the lists over the panes stand, so that a press finds its entry.

use crossterm::event::KeyCode;
use ratatui::layout::Rect;

use super::{FRAME, Overlay, keys, largest, palette};

/// A list on the screen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    /// Lines of the box inside its frame that it asks for, those above the entries, and those below them.
    pub height: u16,
    pub above: u16,
    pub below: u16,
    /// Entries, the marked one, and the first on screen where that is not the one that lets the marked one be last.
    pub count: usize,
    pub at: usize,
    pub top: Option<usize>,
}

impl Overlay {
    /// How many entries below the marked one a line of the screen stands; nothing where it is no entry.
    #[must_use]
    pub fn pointed(&self, screen: Rect, y: u16) -> Option<isize> {
        let (_, most) = largest(screen);
        let list = self.listed(most)?;
        let room = usize::from(list.height.min(most).saturating_sub(list.above + list.below)).max(1);
        let line = line_inside(screen, list.height, y)?.checked_sub(usize::from(list.above))?;
        let top = list.top.unwrap_or((list.at + 1).saturating_sub(room));
        let index = top + line;
        (line < room && index < list.count).then(|| index.cast_signed() - list.at.cast_signed())
    }

    /// What a press does on the entry that is marked already: in a form it is the next value, which Enter would not be.
    #[must_use]
    pub fn takes(&self) -> Option<KeyCode> {
        match self {
            Self::Export(dialog) => dialog.chooses().then_some(KeyCode::Right),
            Self::Compare(dialog) => dialog.chooses().then_some(KeyCode::Right),
            Self::Pivot(_) => Some(KeyCode::Right),
            Self::Parameters(_) => None,
            _ => Some(KeyCode::Enter),
        }
    }

    /// Takes a value that a form offers at a line of the screen; says whether there is one.
    pub fn take_offered(&mut self, screen: Rect, y: u16) -> bool {
        let Self::Parameters(form) = self else { return false };
        line_inside(screen, form.height(), y).is_some_and(|line| form.take_offered(line))
    }

    /// Whether the arrows scroll it, rather than choose in it.
    #[must_use]
    pub fn scrolls(&self) -> bool {
        matches!(self, Self::Help(_) | Self::Inspector(_) | Self::Meaning(_))
    }

    fn listed(&self, most: u16) -> Option<Listed> {
        Some(match self {
            Self::Palette(list) => list.listed(palette::LINES),
            Self::Keys(list) if !list.is_asking() => list.listed(keys::LINES),
            Self::History(list) => list.listed(most),
            Self::Targets(list) => list.listed(),
            Self::Runs(runs) => runs.list.listed(),
            Self::Columns(list) => list.listed(),
            Self::Accounts(picker) => picker.listed(),
            Self::CopyAs(menu) => menu.listed(),
            Self::Parameters(form) => form.listed(),
            Self::Export(dialog) => dialog.listed(),
            Self::Compare(dialog) => dialog.listed(),
            Self::Pivot(dialog) => dialog.listed(),
            Self::Statement(dialog) => return dialog.listed(most),
            _ => return None,
        })
    }
}

/// The line inside a box of so many lines that stands at a line of the screen.
fn line_inside(screen: Rect, height: u16, y: u16) -> Option<usize> {
    let inside = height.min(largest(screen).1);
    // As the boxes stand: a third of what is left above them, and their frame.
    let outer = (inside + FRAME.1).min(screen.height.saturating_sub(2));
    let first = screen.y + (screen.height - outer) / 3 + 1;
    y.checked_sub(first).filter(|line| *line < inside).map(usize::from)
}
