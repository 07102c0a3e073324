//! What stands over the panes: one at a time, and it has all keys while it is there.

pub mod accounts;
pub mod columns;
pub mod compare;
pub mod copy_as;
pub mod export;
pub mod find;
pub mod help;
pub mod history;
pub mod inspector;
pub mod keys;
pub mod line;
pub mod list;
pub mod meaning;
pub mod message;
pub mod palette;
pub mod parameters;
pub mod pivot;
mod pointed;
pub mod profile;
pub mod prompt;
pub mod runs;
pub mod statement;

use std::path::PathBuf;

use chrono::NaiveDate;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_truncate::UnicodeTruncateStr;

use super::action::Action;
use super::keymap::Keymap;
use super::message::{Export, JobId};
use super::panes::editor::vim::ex::Ex;
use super::panes::editor::{Search, Step};
use super::panes::results::layout::Layout;
use super::theme::Theme;
use super::widgets::grid::cut;
use crate::credit::decimal::Decimal;
use crate::credit::read::Whose;
use crate::engine::pivot::Pivot;
use crate::export::Format;
use crate::forecast::Item;
use crate::history::Entry as Asked;
use crate::ledger::Entry;
use crate::text::given::Given;

/// The overlay on screen.
#[derive(Debug)]
pub enum Overlay {
    Help(help::Help),
    Palette(palette::Palette),
    Parameters(parameters::Form),
    Inspector(inspector::Inspector),
    Message(message::Message),
    Prompt(prompt::Prompt),
    Find(Box<find::Find>),
    Targets(list::List),
    Runs(runs::RunList),
    Accounts(accounts::Picker),
    Meaning(meaning::Meaning),
    Profile(profile::Sheet),
    Columns(columns::ColumnList),
    Keys(keys::KeyList),
    Export(export::Dialog),
    CopyAs(copy_as::Menu),
    Compare(Box<compare::Dialog>),
    Pivot(pivot::Dialog),
    History(history::Finder),
    Statement(Box<statement::Dialog>),
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
    /// A statement is sent whatever words it has, or its translation is shown.
    SendAsIs,
    Translate,
    /// The file may go.
    Export(Export),
    /// The result of a job may go, and what runs is stopped.
    CloseResult(JobId),
    /// A statement may be sent, whatever it costs.
    Approved(JobId),
    /// The target at this place of the list.
    Target(usize),
    /// A run of the ledger is taken up, or stopped.
    Attach(Box<Entry>),
    StopRun(Box<Entry>),
    /// A row by its number, from 1.
    Row(u64),
    /// A line of the editor, from 1.
    Line(usize),
    /// What the buffer is called from now on.
    Name(String),
    /// A command of vim.
    Ex(Ex),
    /// What vim searches for, forward or not; empty for what was searched for last.
    Seek(String, bool),
    /// The buffer may go, its text too.
    CloseBuffer,
    /// A step of a search in the editor.
    FindText(Search, Step),
    /// The text of a filter; empty shows everything.
    Filter(String),
    /// A condition of SQL; empty for none.
    Condition(String),
    /// A text to look for.
    Find(String),
    /// Rows with the value that a row of the result has in a column, or those without it.
    Keep {
        column: usize,
        row: u64,
        same: bool,
        text: String,
    },
    /// The columns stand in this way.
    Layout(Layout),
    /// A column of the result.
    Column(usize),
    /// The record after the one that is shown, or before it.
    Record(bool),
    /// The result is written to a file.
    ExportAs(export::Choice),
    /// A part of the result is copied.
    CopyAs(copy_as::Part, Format),
    /// The result is compared with another.
    CompareWith(compare::Choice),
    /// The result is grouped, under this title.
    Pivot(Pivot, String),
    /// A statement of the history goes into a buffer, and runs.
    Recall(Box<Asked>, bool),
    /// An entry of the history is pinned, or no longer.
    Pin(String, bool),
    /// The result is kept under a name.
    KeptName(String),
    Origin(NaiveDate),
    Threshold(f64),
    Item(Item),
    Drift(f64),
    /// An account by its number.
    Account(Whose),
    /// A proposed instalment; none takes it away.
    Instalment(Option<Decimal>),
    /// The last day that counts; none is the newest.
    AsOf(Option<NaiveDate>),
    /// In which amounts are told; none is the lake's own.
    Currency(Option<String>),
    /// The keys as they count from now on.
    Keys(Keymap),
    /// A folder whose files are to be shown.
    ListFolder(PathBuf),
    /// A statement is looked at with what is said about it, or taken in.
    LookAt(PathBuf, Given),
    TakeIn(PathBuf, Given),
}

impl Answer {
    /// Whether the overlay stays on the screen.
    #[must_use]
    pub fn keeps_overlay(&self) -> bool {
        matches!(
            self,
            Self::Stay
                | Self::StopRun(_)
                | Self::Filter(_)
                | Self::Layout(_)
                | Self::Record(_)
                | Self::Keys(_)
                | Self::FindText(..)
                | Self::Pin(..)
                | Self::ListFolder(_)
                | Self::LookAt(..)
                // Who comes back, or stays after all, goes on where they were.
                | Self::Act(Action::Suspend | Action::Quit)
        )
    }
}

impl Overlay {
    /// Takes a key on a screen of this size. Esc and Ctrl-C close every overlay; keys that count everywhere do here
    /// too.
    pub fn key(&mut self, key: &KeyEvent, screen: Rect, keymap: &Keymap) -> Answer {
        if let Self::Keys(list) = self
            && list.is_asking()
        {
            return list.key(key);
        }
        let ctrl_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code == KeyCode::Esc || ctrl_c {
            return self.escape();
        }
        match (keymap.everywhere(key), &mut *self) {
            (Some(Action::Run), Self::Parameters(form)) => return form.submit(),
            (Some(Action::Run), Self::History(finder)) => return finder.run(),
            // Tab goes from field to field.
            (
                Some(Action::NextPane | Action::PreviousPane),
                Self::Parameters(_)
                | Self::Find(_)
                | Self::Export(_)
                | Self::CopyAs(_)
                | Self::Compare(_)
                | Self::Pivot(_)
                | Self::History(_)
                | Self::Statement(_),
            )
            | (None, _) => {}
            (Some(Action::Help), Self::Help(_)) | (Some(Action::Palette), Self::Palette(_)) => {
                return Answer::Close;
            }
            (Some(action @ (Action::Suspend | Action::Quit)), _) => return Answer::Act(action),
            // No key throws away what was typed.
            (Some(_), overlay) if overlay.is_filled_in() => return Answer::Stay,
            (Some(action), _) => return Answer::Act(action),
        }
        match self {
            Self::Help(help) => help.key(key, screen),
            Self::Palette(palette) => palette.key(key),
            Self::Parameters(form) => form.key(key),
            Self::Inspector(inspector) => inspector.key(key, screen),
            Self::Message(message) => message.key(key),
            Self::Prompt(prompt) => prompt.key(key),
            Self::Find(find) => find.key(key),
            Self::Runs(runs) => runs.key(key),
            Self::Accounts(picker) => picker.key(key),
            Self::Meaning(meaning) => meaning.key(key, screen),
            Self::Profile(sheet) => sheet.key(key, screen),
            Self::Columns(list) => list.key(key, screen),
            Self::Keys(list) => list.key(key),
            Self::Export(dialog) => dialog.key(key),
            Self::CopyAs(menu) => menu.key(key),
            Self::Compare(dialog) => dialog.key(key),
            Self::Pivot(dialog) => dialog.key(key),
            Self::History(finder) => finder.key(key),
            Self::Statement(dialog) => dialog.key(key, screen),
            Self::Targets(list) => match list.key(key) {
                true => Answer::Target(list.at),
                false if key.code == KeyCode::Char('q') => Answer::Close,
                false => Answer::Stay,
            },
        }
    }

    /// Whether something in it was typed or chosen that would be gone with it.
    fn is_filled_in(&self) -> bool {
        match self {
            Self::Help(help) => help.is_searching(),
            Self::Palette(_)
            | Self::Parameters(_)
            | Self::Prompt(_)
            | Self::Find(_)
            | Self::Accounts(_)
            | Self::Keys(_)
            | Self::Export(_)
            | Self::Compare(_)
            | Self::Pivot(_)
            | Self::History(_)
            | Self::Statement(_) => true,
            Self::Inspector(_)
            | Self::Message(_)
            | Self::Targets(_)
            | Self::Runs(_)
            | Self::Meaning(_)
            | Self::Profile(_)
            | Self::Columns(_)
            | Self::CopyAs(_) => false,
        }
    }

    /// One step back: most overlays close.
    fn escape(&mut self) -> Answer {
        match self {
            // From what is said about a file to the files.
            Self::Statement(dialog) if !dialog.is_choosing() => {
                dialog.back();
                Answer::Stay
            }
            // The filter was applied with every key: leaving it shows everything again.
            Self::Prompt(prompt) if prompt.purpose == prompt::Purpose::Filter => Answer::Act(Action::ShowAll),
            _ => Answer::Close,
        }
    }

    /// Takes pasted text where text is typed.
    pub fn paste(&mut self, text: &str) -> Answer {
        match self {
            Self::Palette(palette) => palette.paste(text),
            Self::Parameters(form) => form.paste(text),
            Self::Accounts(picker) => picker.paste(text),
            Self::Keys(list) => list.paste(text),
            Self::Prompt(prompt) => return prompt.paste(text),
            Self::Find(find) => return find.paste(text),
            Self::Export(dialog) => dialog.paste(text),
            Self::Compare(dialog) => dialog.paste(text),
            Self::History(finder) => finder.paste(text),
            Self::Statement(dialog) => return dialog.paste(text),
            Self::Help(_)
            | Self::Inspector(_)
            | Self::Message(_)
            | Self::Targets(_)
            | Self::Runs(_)
            | Self::Profile(_)
            | Self::Columns(_)
            | Self::CopyAs(_)
            | Self::Pivot(_)
            | Self::Meaning(_) => {}
        }
        Answer::Stay
    }

    /// The keys that it names in the footer.
    #[must_use]
    pub fn keys(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Palette(_) => &[("Enter", "do it"), ("↑ ↓", "choose"), ("Esc", "close")],
            Self::Parameters(form) if form.has_options() => {
                &[("Enter", "run"), ("Tab", "next field"), ("← →", "choose"), ("Esc", "close")]
            }
            Self::Parameters(_) => &[("Enter", "run"), ("Tab", "next field"), ("Esc", "close")],
            Self::Help(_) => &[("/", "search"), ("↑ ↓", "scroll"), ("Esc", "close")],
            Self::Meaning(_) => &[("↑ ↓", "scroll"), ("Esc", "close")],
            Self::Inspector(_) => &[("← →", "record before, after"), ("↑ ↓", "scroll"), ("Esc", "close")],
            Self::Profile(_) => {
                &[("Enter", "only these"), ("-", "not these"), ("↑ ↓", "choose"), ("Esc", "close")]
            }
            Self::Columns(_) => &[
                ("Space", "show or hide"),
                ("H L", "move"),
                ("F", "stay up to here"),
                ("a", "show all"),
                ("Enter", "go there"),
                ("Esc", "close"),
            ],
            Self::Keys(list) if list.is_asking() => &[("Esc", "leave it")],
            Self::Keys(_) => {
                &[("Enter", "another key"), ("Del", "as it came"), ("↑ ↓", "choose"), ("Esc", "close")]
            }
            Self::Accounts(_) => &[("Enter", "take it"), ("↑ ↓", "choose"), ("Esc", "close")],
            Self::Targets(_) => &[("Enter", "run there"), ("↑ ↓", "choose"), ("Esc", "close")],
            Self::Runs(_) => {
                &[("Enter", "take it up"), ("s", "stop it"), ("↑ ↓", "choose"), ("Esc", "close")]
            }
            Self::Export(_) | Self::Compare(_) | Self::Pivot(_) => {
                &[("Enter", "take it"), ("Tab", "next field"), ("← →", "choose"), ("Esc", "close")]
            }
            Self::History(_) => &[
                ("Enter", "edit it"),
                ("Ctrl-R", "run it"),
                ("Tab", "which"),
                ("Ctrl-T", "pin"),
                ("Esc", "close"),
            ],
            Self::Statement(dialog) => dialog.keys(),
            Self::CopyAs(_) => &[("letter", "copy"), ("← →", "what"), ("↑ ↓", "as what"), ("Esc", "close")],
            Self::Message(message) if message.translates => {
                &[("y", "send it"), ("t", "translate"), ("Esc", "no")]
            }
            Self::Message(_) => &[("y", "yes"), ("Esc", "no")],
            Self::Prompt(prompt) if prompt.purpose == prompt::Purpose::Filter => {
                &[("Enter", "keep it"), ("Esc", "show all")]
            }
            Self::Prompt(_) => &[("Enter", "take it"), ("Esc", "close")],
            Self::Find(_) => &[
                ("Enter", "next"),
                ("↑", "the one before"),
                ("Tab", "replace"),
                ("Ctrl-A", "replace all"),
                ("Ctrl-X", "regular expression"),
                ("Esc", "close"),
            ],
        }
    }
}

/// Draws the overlay over the panes.
pub fn draw(frame: &mut Frame, overlay: &Overlay, theme: &Theme) {
    match overlay {
        Overlay::Help(help) => help::draw(frame, help, theme),
        Overlay::Palette(palette) => palette::draw(frame, palette, theme),
        Overlay::Parameters(form) => parameters::draw(frame, form, theme),
        Overlay::Inspector(inspector) => inspector::draw(frame, inspector, theme),
        Overlay::Message(message) => message::draw(frame, message, theme),
        Overlay::Prompt(prompt) => prompt::draw(frame, prompt, theme),
        Overlay::Find(find) => find::draw(frame, find, theme),
        Overlay::Targets(list) => list::draw(frame, list, theme),
        Overlay::Runs(runs) => list::draw(frame, &runs.list, theme),
        Overlay::Accounts(picker) => accounts::draw(frame, picker, theme),
        Overlay::Meaning(meaning) => meaning::draw(frame, meaning, theme),
        Overlay::Profile(sheet) => profile::draw(frame, sheet, theme),
        Overlay::Columns(list) => columns::draw(frame, list, theme),
        Overlay::Keys(list) => keys::draw(frame, list, theme),
        Overlay::Export(dialog) => export::draw(frame, dialog, theme),
        Overlay::CopyAs(menu) => copy_as::draw(frame, menu, theme),
        Overlay::Compare(dialog) => compare::draw(frame, dialog, theme),
        Overlay::Pivot(dialog) => pivot::draw(frame, dialog, theme),
        Overlay::History(finder) => history::draw(frame, finder, theme),
        Overlay::Statement(dialog) => statement::draw(frame, dialog, theme),
    }
}

/// Columns and lines of a box around its inside.
const FRAME: (u16, u16) = (4, 2);

/// What fits inside a box at the most.
fn largest(screen: Rect) -> (u16, u16) {
    (screen.width.saturating_sub(FRAME.0), screen.height.saturating_sub(2 + FRAME.1))
}

/// A framed box in the middle of the screen, cleared; gives its inside.
fn boxed(frame: &mut Frame, title: &str, width: u16, height: u16, theme: &Theme) -> Rect {
    boxed_at(frame, title, (width, height), |room| room / 3, theme)
}

/// The same so far from the top, of the lines that are left over.
fn boxed_at(
    frame: &mut Frame,
    title: &str,
    (width, height): (u16, u16),
    above: impl Fn(u16) -> u16,
    theme: &Theme,
) -> Rect {
    let screen = frame.area();
    let width = width.saturating_add(FRAME.0).min(screen.width);
    let height = height.saturating_add(FRAME.1).min(screen.height.saturating_sub(2));
    let (x, y) = (screen.x + (screen.width - width) / 2, screen.y + above(screen.height - height));
    let area = Rect { x, y, width, height };
    frame.render_widget(Clear, area);
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(theme.accent);
    let title = cut(title, usize::from(width.saturating_sub(FRAME.0)));
    let block = block.title(Line::styled(format!(" {title} "), theme.accent)).title_style(theme.accent);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    Rect { x: inside.x + inside.width.min(1), width: inside.width.saturating_sub(2), ..inside }
}

/// First line of a text after a key that scrolls, so that its end is not left behind.
fn scrolled(top: usize, key: &KeyEvent, lines: usize, page: usize) -> usize {
    let to = match key.code {
        KeyCode::Up | KeyCode::Char('k') => top.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => top + 1,
        KeyCode::PageUp => top.saturating_sub(page),
        KeyCode::PageDown | KeyCode::Char(' ') => top + page,
        KeyCode::Home | KeyCode::Char('g') => 0,
        KeyCode::End | KeyCode::Char('G') => lines,
        _ => top,
    };
    to.min(lines.saturating_sub(page))
}

/// What is to be done in a field in which nothing is typed.
fn not_typed(field: &str) -> String {
    format!("{field} is chosen with ← and →; Tab goes to other fields")
}

/// A text in lines of at most `width` columns, broken between words where that is possible.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<&str> {
    let (mut lines, mut rest) = (Vec::new(), text);
    loop {
        let (fitting, _) = rest.unicode_truncate(width.max(2));
        let end = match fitting.rfind(' ') {
            _ if fitting.len() == rest.len() => rest.len(),
            Some(blank) if blank > 0 => blank,
            _ if fitting.is_empty() => rest.len(),
            _ => fitting.len(),
        };
        lines.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(' ');
        if rest.is_empty() {
            return lines;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_broken_between_words() {
        assert_eq!(wrapped("to the first row", 9), ["to the", "first row"]);
        assert_eq!(wrapped("unbreakable", 4), ["unbr", "eaka", "ble"]);
        assert_eq!(wrapped("日本語", 3), ["日", "本", "語"]);
        assert_eq!(wrapped("", 3), [""]);
    }

    #[test]
    fn scrolling_stops_at_both_ends() {
        let press = |top, code| scrolled(top, &KeyEvent::from(code), 100, 30);
        assert_eq!((press(0, KeyCode::Up), press(69, KeyCode::PageDown)), (0, 70));
        assert_eq!((press(70, KeyCode::Down), press(0, KeyCode::End)), (70, 70));
        assert_eq!(scrolled(usize::MAX - 30, &KeyEvent::from(KeyCode::Down), 10, 30), 0);
    }
}
