//! The form of a query's parameters: typed, with defaults and the values given to it last; accounts are offered.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Position;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::panes::accounts::{self, Accounts};
use super::super::theme::Theme;
use super::{Answer, boxed, edit};
use crate::query::{Parameter, ParameterKind};
use crate::value;

/// The form.
#[derive(Debug)]
pub struct Form {
    title: String,
    fields: Vec<(Parameter, String)>,
    at: usize,
    accounts: Accounts,
    /// Whether accounts were asked for and have not come.
    pub waits: bool,
    problem: Option<String>,
}

impl Form {
    /// A form filled with the values given to this query last, else the defaults.
    #[must_use]
    pub fn new(title: String, parameters: Vec<Parameter>, given: Option<&BTreeMap<String, String>>) -> Self {
        let filled = |parameter: Parameter| {
            // The query may have been edited since.
            let last = given.and_then(|given| given.get(&parameter.name));
            let last = last.filter(|text| parameter.value(Some(text)).is_ok());
            let text = last.or(parameter.default.as_ref()).cloned().unwrap_or_default();
            (parameter, text)
        };
        let fields = parameters.into_iter().map(filled).collect();
        Self { title, fields, at: 0, accounts: Accounts::default(), waits: false, problem: None }
    }

    /// Whether a field takes an account.
    #[must_use]
    pub fn wants_accounts(&self) -> bool {
        self.fields.iter().any(|(parameter, _)| parameter.kind == ParameterKind::Account)
    }

    /// Offers these accounts from now on; a field that must have one and is empty gets the first.
    pub fn offer(&mut self, accounts: &Accounts) {
        self.waits = false;
        self.accounts = accounts.clone();
        for (parameter, text) in &mut self.fields {
            if parameter.kind == ParameterKind::Account && !parameter.optional && text.is_empty() {
                self.accounts.step(text, true, false);
            }
        }
    }

    /// The text of the field under the cursor.
    pub fn field(&mut self) -> Option<&mut String> {
        self.fields.get_mut(self.at).map(|(_, text)| text)
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let count = self.fields.len();
        match key.code {
            KeyCode::Enter => return self.submit(),
            KeyCode::Tab | KeyCode::Down => self.at = (self.at + 1) % count,
            KeyCode::BackTab | KeyCode::Up => self.at = (self.at + count - 1) % count,
            KeyCode::Left => self.choose(false),
            KeyCode::Right => self.choose(true),
            _ => {
                if let Some(text) = self.field() {
                    edit(text, key);
                }
                self.problem = None;
            }
        }
        Answer::Stay
    }

    /// Steps through the options of a choice, or the accounts.
    fn choose(&mut self, forward: bool) {
        let Some((parameter, text)) = self.fields.get_mut(self.at) else { return };
        let options = match &parameter.kind {
            ParameterKind::Choice(options) => options.clone(),
            ParameterKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
            ParameterKind::Account => {
                self.problem = None;
                return self.accounts.step(text, forward, parameter.optional);
            }
            _ => return,
        };
        let at = options.iter().position(|option| option == text).unwrap_or(0);
        let step = if forward { 1 } else { options.len() - 1 };
        text.clone_from(&options[(at + step) % options.len()]);
    }

    /// What a field takes.
    fn label(&self, parameter: &Parameter) -> String {
        match (&parameter.kind, self.accounts.count()) {
            (ParameterKind::Account, count @ 1..) => {
                format!("account, ← → of {}", value::grouped(&count.to_string()))
            }
            (kind, _) => kind.label(),
        }
    }

    fn submit(&mut self) -> Answer {
        for (index, (parameter, text)) in self.fields.iter().enumerate() {
            // An emptied field is empty: it does not fall back to the default unseen.
            let emptied = Parameter { default: None, ..parameter.clone() };
            let is_account = parameter.kind == ParameterKind::Account;
            let unknown = Some(text.trim()).filter(|text| is_account && self.accounts.lack(text));
            let unknown = unknown.map(accounts::unknown);
            if let Some(problem) = unknown.or(emptied.value(Some(text)).err().map(|error| error.to_string()))
            {
                self.problem = Some(problem);
                self.at = index;
                return Answer::Stay;
            }
        }
        Answer::Values(
            self.fields.iter().map(|(parameter, text)| (parameter.name.clone(), text.clone())).collect(),
        )
    }
}

/// Draws the fields with the terminal's cursor in the one being edited.
pub fn draw(frame: &mut Frame, form: &Form, theme: &Theme) {
    let extra = usize::from(form.problem.is_some()) * 2;
    let height = u16::try_from(form.fields.len() + extra).unwrap_or(u16::MAX);
    let inside = boxed(frame, &value::visible(&form.title), 66, height, theme);
    let names = form.fields.iter().map(|(parameter, _)| parameter.name.width()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (index, (parameter, text)) in form.fields.iter().enumerate() {
        let optional = if parameter.optional { ", may be empty" } else { "" };
        let style = if index == form.at { theme.accent } else { theme.text };
        let text = value::visible(text);
        lines.push(Line::from(vec![
            Span::styled(format!("{:<names$}  ", parameter.name), style),
            Span::styled(format!("{text:<24} "), theme.text),
            Span::styled(format!("{}{optional}", form.label(parameter)), theme.muted),
        ]));
        if index == form.at {
            let x = inside.x + u16::try_from(names + 2 + text.width()).unwrap_or(0);
            let y = inside.y + u16::try_from(index).unwrap_or(0);
            frame.set_cursor_position(Position::new(x.min(inside.right()), y));
        }
    }
    if let Some(problem) = &form.problem {
        lines.extend([Line::default(), Line::styled(value::visible(problem).into_owned(), theme.error)]);
    }
    frame.render_widget(ratatui::widgets::Paragraph::new(lines), inside);
}
