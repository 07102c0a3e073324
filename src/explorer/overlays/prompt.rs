//! One line of text: a filter, a row number, a file name.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::panes::editor::vim::ex;
use super::super::panes::editor::{Search, Step};
use super::super::theme::Theme;
use super::line::Input;
use super::{Answer, boxed_at, wrapped};
use crate::credit::decimal::Decimal;
use crate::forecast::amount;
use crate::results;
use crate::value;

/// What the line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Applied with every key.
    Filter,
    Row,
    Condition,
    Find,
    /// A line of the editor.
    Line,
    /// What a buffer is called.
    Name,
    /// A command of vim.
    Ex,
    /// What vim's `/` looks for, or `?`.
    Seek(bool),
    /// The name of a result that is kept.
    KeptName,
    Origin,
    Threshold,
    Item,
    Instalment,
    AsOf,
    Currency,
}

/// The line so far.
#[derive(Debug)]
pub struct Prompt {
    pub purpose: Purpose,
    pub title: String,
    pub input: Input,
    /// What was wrong with the line when it was taken.
    pub problem: Option<String>,
}

impl Prompt {
    /// Asks for the filter of the tree.
    #[must_use]
    pub fn filter(text: &str) -> Self {
        Self { purpose: Purpose::Filter, title: "Filter".into(), input: Input::offered(text), problem: None }
    }

    /// Asks for a row.
    #[must_use]
    pub fn row(rows: u64) -> Self {
        let title = format!("Go to row, 1 to {}", value::grouped(&rows.to_string()));
        Self { purpose: Purpose::Row, title, input: Input::default(), problem: None }
    }

    /// Asks for a condition of SQL that keeps rows.
    #[must_use]
    pub fn condition(text: &str) -> Self {
        let title = "Keep the rows where, in SQL: amount > 100 AND currency = 'SGD'".into();
        Self { purpose: Purpose::Condition, title, input: Input::offered(text), problem: None }
    }

    /// Asks for a text to look for.
    #[must_use]
    pub fn find(last: &str) -> Self {
        let title = if last.is_empty() {
            "Find in every row; small letters stand for capital ones too".into()
        } else {
            format!("Find in every row; Enter alone looks for {last:?} again")
        };
        Self { purpose: Purpose::Find, title, input: Input::default(), problem: None }
    }

    /// Asks for a line of the editor.
    #[must_use]
    pub fn line(lines: usize) -> Self {
        let title = format!("Go to line, 1 to {}", value::grouped(&lines.to_string()));
        Self { purpose: Purpose::Line, title, input: Input::default(), problem: None }
    }

    /// Asks for a command of vim.
    #[must_use]
    pub fn ex(of_selected: bool) -> Self {
        let title = ": a line, w, q, bn, bp, bd, %s/PATTERN/TEXT/g; Ctrl-P finds the rest".into();
        let input = Input::new(if of_selected { "'<,'>" } else { "" });
        Self { purpose: Purpose::Ex, title, input, problem: None }
    }

    /// Asks what vim searches for, forward or backward.
    #[must_use]
    pub fn seek(forward: bool) -> Self {
        let title = if forward { "/ search" } else { "? search backward" };
        let title = format!("{title}; Enter alone goes to the next place of what was searched for last");
        Self { purpose: Purpose::Seek(forward), title, input: Input::default(), problem: None }
    }

    /// Whether one of vim's keys asks for it.
    #[must_use]
    pub fn is_of_vim(&self) -> bool {
        matches!(self.purpose, Purpose::Ex | Purpose::Seek(_))
    }

    /// The pattern that is typed, and which way.
    fn sought(&self, step: Step) -> Answer {
        let pattern = ex::expression(self.input.text());
        Answer::FindText(Search { pattern, with: String::new(), is_regex: true }, step)
    }

    /// Asks what a buffer is called; its text is kept without being asked for.
    #[must_use]
    pub fn name(name: &str) -> Self {
        let title = "Name of the buffer; its text is kept by itself".into();
        Self { purpose: Purpose::Name, title, input: Input::offered(name), problem: None }
    }

    /// Asks for the name of a result that is kept.
    #[must_use]
    pub fn kept_name(text: &str) -> Self {
        let title = "Keep the result as the table results.NAME".into();
        Self { purpose: Purpose::KeptName, title, input: Input::offered(text), problem: None }
    }

    /// Asks for the last day that a forecast uses.
    #[must_use]
    pub fn origin(text: &str) -> Self {
        let title = "Last day of the history that is used".into();
        Self { purpose: Purpose::Origin, title, input: Input::offered(text), problem: None }
    }

    /// Asks for the risk threshold.
    #[must_use]
    pub fn threshold(text: &str) -> Self {
        let title = "Risk threshold: a value below it is a risk".into();
        Self { purpose: Purpose::Threshold, title, input: Input::offered(text), problem: None }
    }

    /// Asks for an item of a scenario.
    #[must_use]
    pub fn item() -> Self {
        let title = "DATE AMOUNT [every week|month|year] [until DATE] LABEL, or drift AMOUNT".into();
        Self { purpose: Purpose::Item, title, input: Input::default(), problem: None }
    }

    /// Asks for a proposed instalment.
    #[must_use]
    pub fn instalment(currency: &str, text: &str) -> Self {
        let title = format!("What-if instalment, {currency} a month; empty for none");
        Self { purpose: Purpose::Instalment, title, input: Input::offered(text), problem: None }
    }

    /// Asks for the last day that counts.
    #[must_use]
    pub fn as_of(text: &str) -> Self {
        let title = "Last day that counts; empty for the newest".into();
        Self { purpose: Purpose::AsOf, title, input: Input::offered(text), problem: None }
    }

    /// Asks for the currency in which amounts are told.
    #[must_use]
    pub fn currency(text: &str) -> Self {
        let title = "What-if currency, three letters; empty for the lake's own".into();
        Self { purpose: Purpose::Currency, title, input: Input::offered(text), problem: None }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) -> Answer {
        self.input.paste(text);
        self.changed()
    }

    fn changed(&mut self) -> Answer {
        self.problem = None;
        match self.purpose {
            Purpose::Filter => Answer::Filter(self.input.text().to_owned()),
            Purpose::Seek(_) if !self.input.text().is_empty() => self.sought(Step::Mark),
            _ => Answer::Stay,
        }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        if key.code != KeyCode::Enter {
            self.input.key(key);
            return self.changed();
        }
        let text = self.input.text().trim();
        let taken = match self.purpose {
            Purpose::Filter => Ok(Answer::Close),
            Purpose::Find => Ok(Answer::Find(text.to_owned())),
            Purpose::Condition => Ok(Answer::Condition(text.to_owned())),
            Purpose::KeptName if results::is_name(text) => Ok(Answer::KeptName(text.to_owned())),
            Purpose::KeptName => {
                Err("a name has lower-case letters, digits and _, and a letter first".to_owned())
            }
            Purpose::Row => match text.replace([',', ' ', '_'], "").parse() {
                Ok(row) if row > 0 => Ok(Answer::Row(row)),
                _ => Err("a row is a number from 1 on".to_owned()),
            },
            Purpose::Line => match text.replace([',', ' ', '_'], "").parse() {
                Ok(line) if line > 0 => Ok(Answer::Line(line)),
                _ => Err("a line is a number from 1 on".to_owned()),
            },
            Purpose::Seek(forward) => Ok(Answer::Seek(ex::expression(self.input.text()), forward)),
            Purpose::Ex if text.is_empty() => Ok(Answer::Close),
            Purpose::Ex => ex::read(self.input.text()).map(Answer::Ex),
            Purpose::Name => Ok(Answer::Name(text.to_owned())),
            Purpose::Origin => match text.parse() {
                Ok(date) => Ok(Answer::Origin(date)),
                Err(_) => Err("a date is written 2024-12-31".to_owned()),
            },
            Purpose::Instalment | Purpose::AsOf | Purpose::Currency if text.is_empty() => {
                Ok(match self.purpose {
                    Purpose::Instalment => Answer::Instalment(None),
                    Purpose::Currency => Answer::Currency(None),
                    _ => Answer::AsOf(None),
                })
            }
            Purpose::AsOf => match text.parse() {
                Ok(date) => Ok(Answer::AsOf(Some(date))),
                Err(_) => Err("a date is written 2024-12-31".to_owned()),
            },
            Purpose::Instalment => match text.replace([',', ' ', '_'], "").parse::<Decimal>() {
                Ok(amount) if amount.is_negative() => Err("an instalment is not below zero".to_owned()),
                Ok(amount) => Ok(Answer::Instalment(Some(amount))),
                Err(error) => Err(error.to_string()),
            },
            Purpose::Currency if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Answer::Currency(Some(text.to_ascii_uppercase())))
            }
            Purpose::Currency => Err("a currency is three letters, as in SGD".to_owned()),
            Purpose::Threshold => amount(text).map(Answer::Threshold),
            Purpose::Item => match text.strip_prefix("drift ") {
                Some(drift) => amount(drift).map(Answer::Drift),
                None => text.parse().map(Answer::Item),
            },
        };
        taken.unwrap_or_else(|why| {
            self.problem = Some(why);
            Answer::Stay
        })
    }
}

/// Draws the line, and what is wrong with it.
pub fn draw(frame: &mut Frame, prompt: &Prompt, theme: &Theme) {
    let width = u16::try_from(prompt.title.width()).unwrap_or(u16::MAX).max(60);
    let room = usize::from(width.min(frame.area().width.saturating_sub(4)));
    let problem = prompt.problem.as_deref().map(|problem| wrapped(problem, room)).unwrap_or_default();
    let height = u16::try_from(1 + problem.len()).unwrap_or(u16::MAX);
    let above = |room: u16| match prompt.purpose {
        // What is found and meant is seen, as in vim; two lines tell of the state and the keys.
        Purpose::Ex | Purpose::Seek(_) => room.saturating_sub(2),
        _ => room / 3,
    };
    let inside = boxed_at(frame, &prompt.title, (width, height), above, theme);
    prompt.input.draw(frame, Rect { height: inside.height.min(1), ..inside }, true, theme);
    for (place, line) in inside.rows().skip(1).zip(problem) {
        frame.render_widget(Line::styled(line, theme.error), place);
    }
}
