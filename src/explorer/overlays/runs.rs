//! The runs that the ledger knows: one is taken up or stopped from here, and what all of them cost stands below.

use chrono::Local;
use crossterm::event::{KeyCode, KeyEvent};

use super::super::message::Runs;
use super::super::widgets::status;
use super::Answer;
use super::list::List;
use crate::ledger::Entry;
use crate::query::Query;
use crate::sql::{self, Kind};
use crate::target::Dollars;

/// Columns of a statement at the most.
const STATEMENT: usize = 200;

/// The list with the entries behind it.
#[derive(Debug)]
pub struct RunList {
    pub list: List,
    entries: Vec<Entry>,
}

impl RunList {
    /// The list of these runs, the newest first.
    #[must_use]
    pub fn new(runs: Runs) -> Self {
        let names = &["state", "target", "started", "scanned", "price", "statement"];
        let rows = runs.entries.iter().map(row).collect();
        let mut list = List::new("Runs", names, rows, 0);
        let cost = if runs.entries.is_empty() {
            "nothing ran elsewhere yet".into()
        } else {
            let without = match runs.unpriced {
                0 => String::new(),
                count => format!(", {count} without a price"),
            };
            format!("cost today (UTC) {}, in all {}{without}", runs.today, runs.total)
        };
        list.note =
            [cost, runs.note].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
        Self { list, entries: runs.entries }
    }

    /// The runs as they are now; the mark stays on its run.
    pub fn replace(&mut self, runs: Runs) {
        let marked = self.entries.get(self.list.at).map(|entry| entry.run.clone());
        *self = Self::new(runs);
        let place = self.entries.iter().position(|entry| Some(&entry.run) == marked.as_ref());
        self.list.at = place.unwrap_or(0);
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        let picked = self.list.key(key);
        let Some(entry) = self.entries.get(self.list.at) else { return Answer::Stay };
        match key.code {
            _ if picked => Answer::Attach(Box::new(entry.clone())),
            KeyCode::Char('s') => Answer::StopRun(Box::new(entry.clone())),
            KeyCode::Char('q') => Answer::Close,
            _ => Answer::Stay,
        }
    }
}

fn row(entry: &Entry) -> Vec<String> {
    let price = entry.nano_dollars.map(|nano| Dollars::from_nano(nano).to_string());
    let statement: String = title(&entry.statement).chars().take(STATEMENT).collect();
    vec![
        if entry.reused { format!("{}, reused", entry.state.name()) } else { entry.state.name().to_owned() },
        entry.target.clone(),
        entry.started.with_timezone(&Local).format("%d %b %H:%M").to_string(),
        entry.bytes.map(status::bytes).unwrap_or_default(),
        price.unwrap_or_default(),
        statement,
    ]
}

/// A statement in one line: its title where it has one, else its text without comments.
#[must_use]
pub fn title(statement: &str) -> String {
    if let Ok(Query { title, .. }) = Query::parse("", statement)
        && !title.is_empty()
    {
        return title;
    }
    let tokens = sql::tokens(statement).into_iter().filter(|token| token.kind != Kind::Comment);
    let mut text = String::new();
    let mut end = None;
    for token in tokens {
        // What stood apart stays apart.
        if end.is_some_and(|end| end < token.range.start) {
            text.push(' ');
        }
        end = Some(token.range.end);
        text.push_str(&statement[token.range]);
    }
    one_line(&text)
}

/// A text without its line breaks.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_called_by_its_title_or_its_statement() {
        let cases = [
            ("-- title: Sums by day\nSELECT 1", "Sums by day"),
            ("-- why\nSELECT a,\n  b -- both\nFROM t", "SELECT a, b FROM t"),
            ("", ""),
        ];
        for (statement, name) in cases {
            assert_eq!(title(statement), name);
        }
    }
}
