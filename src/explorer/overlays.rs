//! What stands over the panes: one at a time, and it has all keys while it is there.

pub mod export;
pub mod help;
pub mod inspector;
pub mod message;
pub mod palette;
pub mod parameters;
pub mod prompt;

use std::path::PathBuf;

use chrono::NaiveDate;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear};

use super::action::{Action, Pane};
use super::keymap;
use super::theme::Theme;
use crate::forecast::Item;

/// The overlay on screen.
#[derive(Debug)]
pub enum Overlay {
    Help(help::Help),
    Palette(palette::Palette),
    Parameters(parameters::Form),
    Inspector(inspector::Inspector),
    Message(message::Message),
    Prompt(prompt::Prompt),
}

/// What an overlay wants after a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Stay,
    Close,
    Act(Action),
    /// Values for parameters, by name.
    Values(Vec<(String, String)>),
    /// Yes to what was asked.
    Confirmed,
    /// A row by its number, from 1.
    Row(u64),
    /// The text of a filter; empty shows everything.
    Filter(String),
    Path(PathBuf),
    Origin(NaiveDate),
    Threshold(f64),
    Item(Item),
    Drift(f64),
}

impl Overlay {
    /// Takes a key. Esc and Ctrl-C close every overlay.
    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let ctrl_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code == KeyCode::Esc || ctrl_c {
            return Answer::Close;
        }
        match self {
            Self::Help(help) => help.key(key),
            Self::Palette(palette) => palette.key(key),
            Self::Parameters(form) => form.key(key),
            Self::Inspector(inspector) => inspector.key(key),
            Self::Message(message) => message.key(key),
            Self::Prompt(prompt) => prompt.key(key),
        }
    }

    /// Takes pasted text where text is typed.
    pub fn paste(&mut self, text: &str) {
        let field = match self {
            Self::Palette(palette) => &mut palette.needle,
            Self::Parameters(form) => match form.field() {
                Some(field) => field,
                None => return,
            },
            Self::Prompt(prompt) => &mut prompt.text,
            Self::Help(_) | Self::Inspector(_) | Self::Message(_) => return,
        };
        field.extend(text.chars().filter(|mark| !mark.is_control()));
    }

    /// The keys that it names in the footer.
    #[must_use]
    pub fn keys(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Palette(_) => &[("Enter", "do it"), ("↑ ↓", "choose"), ("Esc", "close")],
            Self::Parameters(_) => {
                &[("Enter", "run"), ("Tab", "next field"), ("← →", "choose"), ("Esc", "close")]
            }
            Self::Help(_) | Self::Inspector(_) => &[("↑ ↓", "scroll"), ("Esc", "close")],
            Self::Message(_) => &[("y", "yes, run it"), ("Esc", "no")],
            Self::Prompt(_) => &[("Enter", "take it"), ("Esc", "close")],
        }
    }
}

/// Draws the overlay over the panes.
pub fn draw(frame: &mut Frame, overlay: &Overlay, focus: Pane, theme: &Theme) {
    match overlay {
        Overlay::Help(help) => help::draw(frame, help, theme),
        Overlay::Palette(palette) => palette::draw(frame, palette, focus, theme),
        Overlay::Parameters(form) => parameters::draw(frame, form, theme),
        Overlay::Inspector(inspector) => inspector::draw(frame, inspector, theme),
        Overlay::Message(message) => message::draw(frame, message, theme),
        Overlay::Prompt(prompt) => prompt::draw(frame, prompt, theme),
    }
}

/// A framed box in the middle of the screen, cleared; gives its inside.
fn boxed(frame: &mut Frame, title: &str, width: u16, height: u16, theme: &Theme) -> Rect {
    let screen = frame.area();
    let (width, height) = ((width + 4).min(screen.width), (height + 2).min(screen.height.saturating_sub(2)));
    let area =
        Rect { x: (screen.width - width) / 2, y: (screen.height.saturating_sub(height)) / 3, width, height };
    frame.render_widget(Clear, area);
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(theme.accent);
    let block = block.title(Line::styled(format!(" {title} "), theme.accent)).title_style(theme.accent);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// Edits a line of text at its end.
fn edit(text: &mut String, key: &KeyEvent) {
    match key.code {
        KeyCode::Backspace => drop(text.pop()),
        KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => text.clear(),
        _ => text.extend(keymap::typed(key)),
    }
}
