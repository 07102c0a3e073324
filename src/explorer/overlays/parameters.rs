//! The form of a query's parameters: typed, with defaults and the values given to it last. A field says while one types
//! why it is not taken; values that the lake or the type knows are offered below, and a part of one is enough.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::panes::choices::Choices;
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::line::{Input, unmatched};
use super::pointed::Listed;
use super::{Answer, boxed, wrapped};
use crate::completion::fit;
use crate::credit::accounts::{Found, Known, find};
use crate::query::{self, Parameter, ParameterKind, QueryError};
use crate::value;

/// Columns of a value, where it is short, and of what is said beside it at the most.
const VALUE: usize = 24;
const BESIDE: usize = 36;
/// Lines of values that are offered.
const OFFERED: usize = 5;

/// The form.
#[derive(Debug)]
pub struct Form {
    title: String,
    fields: Vec<Field>,
    at: usize,
    /// What is offered for the field under the cursor.
    offered: Offered,
    /// How much was asked for that has not come.
    pub waits: usize,
}

#[derive(Debug)]
struct Field {
    parameter: Parameter,
    input: Input,
    /// What it may hold, where that is known.
    choices: Choices,
    /// The person was there: what it lacks is said.
    is_touched: bool,
}

/// Values for a field.
#[derive(Debug, Default, PartialEq, Eq)]
struct Offered {
    values: Vec<Known>,
    /// The one that stands in the field.
    at: Option<usize>,
    /// What is in the field is a part of each: Enter takes the first.
    is_part: bool,
    /// How many more there are.
    more: usize,
}

impl Field {
    fn new(parameter: Parameter, given: Option<&BTreeMap<String, String>>) -> Self {
        // The query may have been edited since.
        let last = given.and_then(|given| given.get(&parameter.name));
        let last = last.filter(|text| parameter.value(Some(text)).is_ok());
        let text = last.or(parameter.default.as_ref()).cloned().unwrap_or_default();
        let options = match &parameter.kind {
            ParameterKind::Choice(options) => {
                options.iter().map(|option| Known::from(option.as_str())).collect()
            }
            ParameterKind::Boolean => ["true", "false"].map(Known::from).to_vec(),
            _ => Vec::new(),
        };
        Self { input: Input::offered(&text), parameter, choices: Choices::new(options), is_touched: false }
    }

    /// What would be bound. An emptied field is empty: it does not fall back to the default unseen.
    fn value(&self) -> Result<Option<String>, QueryError> {
        Parameter { default: None, ..self.parameter.clone() }.value(Some(self.input.text()))
    }

    /// What is wrong with it as it stands.
    fn trouble(&self) -> Option<String> {
        let label = self.parameter.kind.label();
        let value = self.value();
        if matches!(value, Err(QueryError::Negative { .. })) {
            return Some("0 or more".to_owned());
        }
        let Ok(value) = value else {
            return Some(match (self.input.text().trim(), &self.parameter.kind) {
                ("", _) => "a value is needed".to_owned(),
                (_, ParameterKind::Choice(_)) => "not one of those below".to_owned(),
                _ => format!("not a valid {label}"),
            });
        };
        let lacks = value.is_some_and(|value| self.choices.lack(&value));
        lacks.then(|| format!("the lake has no such {label}"))
    }

    /// What it takes.
    fn label(&self) -> String {
        let kind = match (&self.parameter.kind, self.choices.count()) {
            (ParameterKind::Choice(options), count) if options.join(" | ").width() > BESIDE => {
                format!("← → of {count}")
            }
            (ParameterKind::Account | ParameterKind::Currency, count @ 1..) => {
                format!("{}, ← → of {}", self.parameter.kind.label(), value::grouped(&count.to_string()))
            }
            (kind, _) => kind.label(),
        };
        let optional = if self.parameter.optional { ", may be empty" } else { "" };
        format!("{kind}{optional}")
    }

    fn offered(&self) -> Offered {
        let all = self.choices.all();
        let typed = self.input.text().trim();
        let from = |first: usize, at| {
            let values: Vec<_> = all[first..].iter().take(OFFERED).cloned().collect();
            Offered { more: all.len() - first - values.len(), values, at, is_part: false }
        };
        if typed.is_empty() {
            return from(0, None);
        }
        let value = self.value().ok().flatten();
        if let Some(at) = self.choices.place(value.as_deref().unwrap_or(typed)) {
            let first = at.saturating_sub(OFFERED / 2).min(all.len().saturating_sub(OFFERED));
            return from(first, Some(at - first));
        }
        let mut values = match self.parameter.kind {
            // An account that was mistyped is never taken for another one.
            ParameterKind::Account => match find(typed, all) {
                Found::Exact(known) | Found::Part(known) => vec![known],
                Found::Several(several) => several,
                Found::None(_) => Vec::new(),
            },
            _ => {
                let fits = |known: &Known| fit(typed, &known.account).map(|fit| (fit, known.clone()));
                let mut fitting: Vec<_> = all.iter().filter_map(fits).collect();
                fitting.sort_by_key(|(fit, _)| *fit);
                fitting.into_iter().map(|(_, known)| known).collect()
            }
        };
        // Where nothing fits all that would is offered, but for accounts, of which there may be thousands.
        if values.is_empty() && !matches!(self.parameter.kind, ParameterKind::Account) {
            return from(0, None);
        }
        let more = values.len().saturating_sub(OFFERED);
        values.truncate(OFFERED);
        Offered { is_part: !values.is_empty(), values, at: None, more }
    }
}

impl Form {
    /// A form filled with the values given to this query last, else the defaults.
    #[must_use]
    pub fn new(title: String, parameters: Vec<Parameter>, given: Option<&BTreeMap<String, String>>) -> Self {
        let fields = parameters.into_iter().map(|parameter| Field::new(parameter, given)).collect();
        let mut form = Self { title, fields, at: 0, offered: Offered::default(), waits: 0 };
        form.refresh();
        form
    }

    /// Whether a field takes a value of this kind.
    #[must_use]
    pub fn wants(&self, kind: &ParameterKind) -> bool {
        self.fields.iter().any(|field| field.parameter.kind == *kind)
    }

    /// Offers values of this kind from now on; a field that must have one and is empty gets the first.
    pub fn offer(&mut self, kind: &ParameterKind, choices: &Choices) {
        for field in self.fields.iter_mut().filter(|field| field.parameter.kind == *kind) {
            field.choices = choices.clone();
            if !field.parameter.optional && field.input.text().is_empty() {
                let mut first = String::new();
                choices.step(&mut first, true, false);
                field.input.offer(&first);
            }
        }
        self.refresh();
    }

    /// Offers values that were asked for.
    pub fn take(&mut self, kind: &ParameterKind, choices: &Choices) {
        self.waits = self.waits.saturating_sub(1);
        self.offer(kind, choices);
    }

    /// Takes pasted text into the field under the cursor.
    pub fn paste(&mut self, text: &str) {
        if let Some(field) = self.fields.get_mut(self.at) {
            field.input.paste(text);
            field.is_touched = true;
        }
        self.refresh();
    }

    /// Whether the field under the cursor has values to choose from.
    #[must_use]
    pub fn has_options(&self) -> bool {
        self.fields.get(self.at).is_some_and(|field| field.choices.count() > 0)
    }

    fn refresh(&mut self) {
        self.offered = self.fields.get(self.at).map(Field::offered).unwrap_or_default();
    }

    pub(super) fn listed(&self) -> Listed {
        Listed { height: self.height(), above: 0, below: 0, count: self.fields.len(), at: self.at, top: None }
    }

    /// Lines of it all. Room for what is offered is kept where something is, so that the box does not jump.
    pub(super) fn height(&self) -> u16 {
        let has_choices = self.fields.iter().any(|field| field.choices.count() > 0);
        let extra = if has_choices { 1 + OFFERED } else { 0 };
        u16::try_from(self.fields.len() + extra).unwrap_or(u16::MAX)
    }

    /// Puts the value that is offered at a line of the box into the field; says whether there is one.
    pub(super) fn take_offered(&mut self, line: usize) -> bool {
        let offered =
            line.checked_sub(self.fields.len() + 1).and_then(|at| self.offered.values.get(at)).cloned();
        let is_one = offered.is_some();
        if is_one {
            self.set(offered);
            self.refresh();
        }
        is_one
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let count = self.fields.len();
        match key.code {
            KeyCode::Enter if self.offered.is_part => self.set(self.offered.values.first().cloned()),
            KeyCode::Enter => return self.submit(),
            KeyCode::Tab | KeyCode::Down => self.at = (self.at + 1) % count,
            KeyCode::BackTab | KeyCode::Up => self.at = (self.at + count - 1) % count,
            KeyCode::Left if self.has_options() => self.choose(false),
            KeyCode::Right if self.has_options() => self.choose(true),
            _ => {
                if let Some(field) = self.fields.get_mut(self.at) {
                    let before = field.input.text().to_owned();
                    field.input.key(key);
                    field.is_touched |= before != field.input.text();
                }
            }
        }
        self.refresh();
        Answer::Stay
    }

    /// Puts a value into the field, where the person sees it before it is used.
    fn set(&mut self, value: Option<Known>) {
        if let (Some(field), Some(value)) = (self.fields.get_mut(self.at), value) {
            field.input.offer(&value.account);
        }
    }

    /// Steps through what is offered.
    fn choose(&mut self, forward: bool) {
        let Some(field) = self.fields.get_mut(self.at) else { return };
        let mut text = field.input.text().to_owned();
        field.choices.step(&mut text, forward, field.parameter.optional);
        field.input.offer(&text);
    }

    /// Gives the values, if each is one of its type.
    pub fn submit(&mut self) -> Answer {
        self.fields.iter_mut().for_each(|field| field.is_touched = true);
        if let Some(at) = (0..self.fields.len()).find(|at| self.trouble(*at).is_some()) {
            self.at = at;
            self.refresh();
            return Answer::Stay;
        }
        let given = |field: &Field| (field.parameter.name.clone(), field.input.text().to_owned());
        Answer::Values(self.fields.iter().map(given).collect())
    }

    /// What is typed, where values are known and none of them fits.
    fn none_fits(&self) -> Option<&str> {
        let field = self.fields.get(self.at).filter(|field| field.choices.count() > 0)?;
        self.offered.values.is_empty().then(|| field.input.text())
    }

    /// What is wrong with a field as it stands; the end of a time is not before its beginning.
    fn trouble(&self, index: usize) -> Option<String> {
        let field = self.fields.get(index)?;
        let bound = |name: &str| {
            let is_it = |field: &&Field| field.parameter.name == name && field.parameter.kind.is_of_time();
            self.fields.iter().find(is_it)?.value().ok().flatten()
        };
        let is_end = field.parameter.name == query::TO;
        let reversed = || bound(query::FROM).zip(bound(query::TO)).is_some_and(|(from, to)| from > to);
        field.trouble().or_else(|| (is_end && reversed()).then(|| "before from".to_owned()))
    }

    /// What is said beside a field.
    fn beside(&self, index: usize, field: &Field, theme: &Theme) -> Span<'static> {
        if index == self.at && self.offered.is_part {
            let first = self.offered.values.first().map(|known| known.account.clone()).unwrap_or_default();
            return Span::styled(format!("Enter takes {}", value::visible(&first)), theme.accent);
        }
        match self.trouble(index).filter(|_| field.is_touched) {
            Some(trouble) => Span::styled(trouble, theme.error),
            None => Span::styled(field.label(), theme.muted),
        }
    }
}

/// Whole words of a text that fit, with a mark where some do not.
fn whole_words(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let first = wrapped(text, width.saturating_sub(2)).first().copied().unwrap_or_default();
    cut(&format!("{} …", first.trim_end_matches([',', ' '])), width).into_owned()
}

/// Draws the fields with the terminal's cursor in the one being edited, and what is offered for it below them.
pub fn draw(frame: &mut Frame, form: &Form, theme: &Theme) {
    let inside = boxed(frame, &value::visible(&form.title), 74, form.height(), theme);
    let names =
        form.fields.iter().map(|field| value::visible(&field.parameter.name).width()).max().unwrap_or(0);
    let names = names.min(usize::from(inside.width / 3));
    let column = |at: usize, width: usize, place: Rect| {
        let at = u16::try_from(at).unwrap_or(u16::MAX).min(place.width);
        let width = u16::try_from(width).unwrap_or(u16::MAX).min(place.width - at);
        Rect { x: place.x + at, width, ..place }
    };
    // A long value does not push away what is said beside it.
    let room = usize::from(inside.width).saturating_sub(names + 3 + BESIDE).max(10);
    let widest = form.fields.iter().map(|field| field.input.width()).max().unwrap_or(0);
    let width = widest.max(VALUE).min(room) + 1;
    // Where not all fields fit, the one under the cursor is among those shown.
    let top = (form.at + 1).saturating_sub(usize::from(inside.height.max(1)));
    for (place, (index, field)) in inside.rows().zip(form.fields.iter().enumerate().skip(top)) {
        let focused = index == form.at;
        let style = if focused { theme.accent } else { theme.text };
        let name = value::visible(&field.parameter.name).into_owned();
        frame.render_widget(Line::styled(cut(&name, names), style), column(0, names, place));
        let said = form.beside(index, field, theme);
        let at = column(names + 2 + width, usize::MAX, place);
        let text = whole_words(&theme.glyphs.keys(&said.content), usize::from(at.width));
        frame.render_widget(Line::styled(text, said.style), at);
        field.input.draw(frame, column(names + 2, width, place), focused, theme);
    }
    let below = form.fields.len() + 1;
    if let (Some(typed), Some(place)) = (form.none_fits(), inside.rows().nth(below)) {
        let place = column(names + 2, usize::MAX, place);
        let none = unmatched("account", typed, place.width.into());
        frame.render_widget(Line::styled(none, theme.muted), place);
    }
    let places = inside.rows().skip(below).take(OFFERED);
    for (place, (index, known)) in places.zip(form.offered.values.iter().enumerate()) {
        let is_last = index + 1 == OFFERED && form.offered.more > 0;
        let more = value::grouped(&form.offered.more.to_string());
        let more = if is_last { format!("  and {more} more") } else { String::new() };
        let name = known.name.as_deref().unwrap_or_default();
        let text = format!("{}  {}", value::visible(&known.account), value::visible(name));
        let place = column(names + 2, usize::MAX, place);
        let text = cut(text.trim_end(), usize::from(place.width).saturating_sub(more.width())).into_owned();
        let is_marked = form.offered.at == Some(index) || form.offered.is_part && index == 0;
        let style = if is_marked { theme.cursor } else { theme.text };
        frame.render_widget(
            Line::from(vec![Span::styled(text, style), Span::styled(more, theme.muted)]),
            place,
        );
    }
}
