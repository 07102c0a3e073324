//! The form of a query's parameters: typed, with defaults and the values given to it last; accounts are offered.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::panes::accounts::{self, Accounts};
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::line::Input;
use super::{Answer, boxed};
use crate::query::{Parameter, ParameterKind};
use crate::value;

/// Columns of a value at the least.
const VALUE: usize = 24;

/// The form.
#[derive(Debug)]
pub struct Form {
    title: String,
    fields: Vec<(Parameter, Input)>,
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
            (parameter, Input::new(&text))
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
        for (parameter, input) in &mut self.fields {
            if parameter.kind == ParameterKind::Account && !parameter.optional && input.text().is_empty() {
                let mut first = String::new();
                self.accounts.step(&mut first, true, false);
                input.set(&first);
            }
        }
    }

    /// Takes pasted text into the field under the cursor.
    pub fn paste(&mut self, text: &str) {
        if let Some((_, input)) = self.fields.get_mut(self.at) {
            input.paste(text);
        }
    }

    /// Whether the field under the cursor has values to choose from.
    #[must_use]
    pub fn has_options(&self) -> bool {
        self.fields.get(self.at).is_some_and(|(parameter, _)| match parameter.kind {
            ParameterKind::Account => self.accounts.count() > 0,
            _ => !options(parameter).is_empty(),
        })
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let count = self.fields.len();
        match key.code {
            KeyCode::Enter => return self.submit(),
            KeyCode::Tab | KeyCode::Down => self.at = (self.at + 1) % count,
            KeyCode::BackTab | KeyCode::Up => self.at = (self.at + count - 1) % count,
            KeyCode::Left if self.has_options() => self.choose(false),
            KeyCode::Right if self.has_options() => self.choose(true),
            _ => {
                if let Some((_, input)) = self.fields.get_mut(self.at) {
                    input.key(key);
                }
                self.problem = None;
            }
        }
        Answer::Stay
    }

    /// Steps through the options of a choice, or the accounts.
    fn choose(&mut self, forward: bool) {
        let Some((parameter, input)) = self.fields.get_mut(self.at) else { return };
        self.problem = None;
        if parameter.kind == ParameterKind::Account {
            let mut text = input.text().to_owned();
            self.accounts.step(&mut text, forward, parameter.optional);
            return input.set(&text);
        }
        let options = options(parameter);
        let at = options.iter().position(|option| option == input.text()).unwrap_or(0);
        let step = if forward { 1 } else { options.len().saturating_sub(1) };
        if let Some(option) = options.get((at + step) % options.len().max(1)) {
            input.set(option);
        }
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

    /// Gives the values, if each is one of its type.
    pub fn submit(&mut self) -> Answer {
        for (index, (parameter, input)) in self.fields.iter().enumerate() {
            let text = input.text();
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
            self.fields
                .iter()
                .map(|(parameter, input)| (parameter.name.clone(), input.text().to_owned()))
                .collect(),
        )
    }
}

/// The values to choose from, where a parameter has only some.
fn options(parameter: &Parameter) -> Vec<String> {
    match &parameter.kind {
        ParameterKind::Choice(options) => options.clone(),
        ParameterKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
        _ => Vec::new(),
    }
}

/// Draws the fields with the terminal's cursor in the one being edited.
pub fn draw(frame: &mut Frame, form: &Form, theme: &Theme) {
    let extra = usize::from(form.problem.is_some()) * 2;
    let height = u16::try_from(form.fields.len() + extra).unwrap_or(u16::MAX);
    let inside = boxed(frame, &value::visible(&form.title), 66, height, theme);
    let names = form.fields.iter().map(|(parameter, _)| parameter.name.width()).max().unwrap_or(0);
    let names = names.min(usize::from(inside.width / 2));
    let column = |at: usize, width: usize, place: Rect| {
        let at = u16::try_from(at).unwrap_or(u16::MAX).min(place.width);
        let width = u16::try_from(width).unwrap_or(u16::MAX).min(place.width - at);
        Rect { x: place.x + at, width, ..place }
    };
    // Where not all fields fit, the one under the cursor is among those shown.
    let top = (form.at + 1).saturating_sub(usize::from(inside.height.max(1)));
    for (place, (index, (parameter, input))) in inside.rows().zip(form.fields.iter().enumerate().skip(top)) {
        let focused = index == form.at;
        let style = if focused { theme.accent } else { theme.text };
        let name = cut(&parameter.name, names);
        frame.render_widget(Line::styled(name.as_ref(), style), column(0, names, place));
        let width = input.width().max(VALUE) + 1;
        let optional = if parameter.optional { ", may be empty" } else { "" };
        let label = format!("{}{optional}", form.label(parameter));
        frame.render_widget(Line::styled(label, theme.muted), column(names + 2 + width, usize::MAX, place));
        input.draw(frame, column(names + 2, width, place), focused, theme);
    }
    if let Some(problem) = &form.problem
        && let Some(place) = inside.rows().next_back()
    {
        frame.render_widget(Line::styled(value::visible(problem).into_owned(), theme.error), place);
    }
}
