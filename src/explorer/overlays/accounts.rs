//! An account, typed by a part of its number or name, or picked.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::panes::choices::Choices;
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::line::Input;
use super::pointed::Listed;
use super::{Answer, boxed};
use crate::credit::accounts::{Found, Known, find};
use crate::value;

/// Lines of the box.
const LINES: u16 = 14;

/// What was typed, and the accounts that are meant by it.
#[derive(Debug, Default)]
pub struct Picker {
    title: &'static str,
    input: Input,
    accounts: Choices,
    /// Whether the accounts have not come yet.
    pub waits: bool,
    /// The accounts that are offered for what was typed.
    offered: Vec<Known>,
    /// No account has what was typed; the nearest are offered.
    is_near: bool,
    at: usize,
    problem: Option<String>,
}

impl Picker {
    /// Asks for an account.
    #[must_use]
    pub fn new(title: &'static str, accounts: Option<&Choices>) -> Self {
        let mut picker = Self { title, waits: accounts.is_none(), ..Self::default() };
        if let Some(accounts) = accounts {
            picker.offer(accounts);
        }
        picker
    }

    /// Offers these accounts from now on.
    pub fn offer(&mut self, accounts: &Choices) {
        self.waits = false;
        self.accounts = accounts.clone();
        self.refine();
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.input.paste(text);
        self.refine();
    }

    fn refine(&mut self) {
        (self.at, self.problem, self.is_near) = (0, None, false);
        let all = self.accounts.all();
        let typed = self.input.text().trim();
        self.offered = if typed.is_empty() {
            all.to_vec()
        } else {
            match find(typed, all) {
                Found::Exact(known) | Found::Part(known) => vec![known],
                Found::Several(several) => several,
                Found::None(nearest) => {
                    self.is_near = true;
                    nearest
                }
            }
        };
    }

    pub(super) fn listed(&self) -> Listed {
        Listed { height: LINES, above: 2, below: 0, count: self.offered.len(), at: self.at, top: None }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match key.code {
            KeyCode::Enter => return self.taken(),
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Down => self.at = (self.at + 1).min(self.offered.len().saturating_sub(1)),
            KeyCode::PageUp => self.at = self.at.saturating_sub(10),
            KeyCode::PageDown => self.at = (self.at + 10).min(self.offered.len().saturating_sub(1)),
            _ => {
                self.input.key(key);
                self.refine();
            }
        }
        Answer::Stay
    }

    fn taken(&mut self) -> Answer {
        let typed = self.input.text().trim();
        match self.offered.get(self.at) {
            // An account that was mistyped is never taken for another one: the person moves to it, or types it.
            Some(_) if self.is_near && self.at == 0 && self.problem.is_none() => {
                self.problem = Some("Enter again takes the nearest, ↓ another one".to_owned());
                Answer::Stay
            }
            Some(known) => Answer::Account(known.account.clone()),
            // Where the accounts are not known, the reader says whether there is such a one.
            None if !typed.is_empty() && self.accounts.count() == 0 => Answer::Account(typed.to_owned()),
            None => Answer::Stay,
        }
    }

    /// What is said below the line.
    fn words(&self) -> String {
        let count = |count: usize| value::grouped(&count.to_string());
        match (self.waits, self.accounts.count()) {
            (true, _) => "reading the accounts …".to_owned(),
            (false, 0) => "the accounts are not known here: type a whole number".to_owned(),
            (false, _) if self.is_near => {
                let typed = value::visible(self.input.text().trim()).into_owned();
                let then = self.problem.as_deref().unwrap_or("the nearest are");
                format!("no account has {}: {then}", cut(&typed, 20))
            }
            (false, all) => format!("{} of {} accounts", count(self.offered.len()), count(all)),
        }
    }
}

/// Draws what was typed and the accounts that fit it.
pub fn draw(frame: &mut Frame, picker: &Picker, theme: &Theme) {
    let inside = boxed(frame, picker.title, 66, LINES, theme);
    let place = Rect { height: inside.height.min(1), ..inside };
    picker.input.draw_marked(frame, place, theme);
    let words = Line::styled(picker.words(), if picker.is_near { theme.warning } else { theme.muted });
    for place in inside.rows().skip(1).take(1) {
        frame.render_widget(&words, place);
    }
    let room = usize::from(inside.height.saturating_sub(2)).max(1);
    let top = (picker.at + 1).saturating_sub(room);
    let shown = picker.offered.iter().enumerate().skip(top).take(room);
    let widest = shown.clone().map(|(_, known)| value::visible(&known.account).width()).max().unwrap_or(0);
    let widest = widest.min(usize::from(inside.width));
    for (place, (at, known)) in inside.rows().skip(2).zip(shown) {
        let account = value::visible(&known.account).into_owned();
        let account = cut(&account, widest);
        let gap = " ".repeat(widest.saturating_sub(account.width()) + 2);
        let style = if at == picker.at { theme.cursor } else { theme.text };
        let name = value::visible(known.name.as_deref().unwrap_or_default()).into_owned();
        let line =
            Line::from(vec![Span::styled(account, style), Span::raw(gap), Span::styled(name, theme.muted)]);
        frame.render_widget(line, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Picker {
        let known = ["1196428", "409000362497", "409000405747"].map(Known::from);
        let mut picker = Picker::new("Account", Some(&Choices::new(known.to_vec())));
        picker.paste(text);
        picker
    }

    #[test]
    fn a_part_is_enough_and_what_is_mistyped_is_taken_only_when_that_is_said() {
        let enter = KeyEvent::from(KeyCode::Enter);
        assert_eq!(typed("5747").key(&enter), Answer::Account("409000405747".into()));
        assert_eq!(typed("4090").words(), "2 of 3 accounts");
        let mut picker = typed("409000362479");
        assert_eq!(picker.key(&enter), Answer::Stay);
        assert!(picker.words().contains("no account has 409000362479"), "{}", picker.words());
        assert_eq!(picker.key(&enter), Answer::Account("409000362497".into()));
        let mut picker = typed("409000362479");
        picker.key(&KeyEvent::from(KeyCode::Down));
        assert_eq!(picker.key(&enter), Answer::Account("409000405747".into()));
    }

    #[test]
    fn where_the_accounts_are_not_known_a_number_is_taken_as_it_is_typed() {
        let mut picker = Picker::new("Account", Some(&Choices::default()));
        assert_eq!(picker.key(&KeyEvent::from(KeyCode::Enter)), Answer::Stay);
        picker.paste(" 77 ");
        assert_eq!(picker.key(&KeyEvent::from(KeyCode::Enter)), Answer::Account("77".into()));
    }
}
