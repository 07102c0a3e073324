//! Accounts, a line each: sorted, filtered, one of them marked.

use std::cmp::Reverse;

use super::super::super::action::Action;
use super::super::super::credit_request::{Standing, WatchList};
use crate::credit::card::text::sign;
use crate::credit::policy::Band;
use crate::value;

/// In which order the accounts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The worst first.
    #[default]
    Band,
    Account,
    /// The fewest first.
    Points,
}

impl Sort {
    const fn name(self) -> &'static str {
        match self {
            Self::Band => "band",
            Self::Account => "account",
            Self::Points => "points",
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::Band => Self::Account,
            Self::Account => Self::Points,
            Self::Points => Self::Band,
        }
    }
}

/// The list.
#[derive(Debug, Default)]
pub struct Listing {
    /// What stands above it, a sentence each.
    pub sentences: Vec<String>,
    /// The accounts, and the band that each had before, where that is what the list is about.
    accounts: Vec<(Option<Band>, Standing)>,
    /// Those that are shown, in their order.
    order: Vec<usize>,
    at: usize,
    pub top: usize,
    sort: Sort,
    pub needle: String,
    is_portfolio: bool,
}

impl Listing {
    pub fn portfolio(about: &str, standings: Vec<Standing>) -> Self {
        let count = |band: Option<Band>| standings.iter().filter(|standing| standing.band == band).count();
        let words = [Some(Band::Red), Some(Band::Amber), Some(Band::Green), None].map(|band| {
            let word = band.map_or("without a grade", Band::name);
            format!("{} {} {word}", sign(band), value::grouped(&count(band).to_string()))
        });
        let accounts = standings.into_iter().map(|standing| (None, standing)).collect();
        let sentences = std::iter::once(words.join(" · ")).chain(about.lines().map(str::to_owned)).collect();
        Self { sentences, accounts, is_portfolio: true, ..Self::default() }.arranged()
    }

    pub fn watch(watch: WatchList) -> Self {
        let accounts = watch.worse.into_iter().map(|(before, standing)| (Some(before), standing)).collect();
        Self { sentences: watch.sentences, accounts, ..Self::default() }.arranged()
    }

    fn arranged(mut self) -> Self {
        self.arrange();
        self
    }

    /// Takes those that fit, in their order; the marked account stays marked.
    fn arrange(&mut self) {
        let marked = self.marked().map(|standing| standing.account.clone());
        let needle = self.needle.to_lowercase();
        let fits = |standing: &Standing| {
            let name = standing.name.as_deref().unwrap_or_default();
            let text = format!("{} {name} {} {}", standing.account, standing.word, standing.reason);
            needle.split_whitespace().all(|word| text.to_lowercase().contains(word))
        };
        let fitting = self.accounts.iter().enumerate().filter(|(_, (_, standing))| fits(standing));
        self.order = fitting.map(|(at, _)| at).collect();
        let of = |at: &usize| self.accounts.get(*at).map(|(_, standing)| standing);
        self.order.sort_by(|one, other| {
            let (Some(one), Some(other)) = (of(one), of(other)) else { return std::cmp::Ordering::Equal };
            let band = |standing: &Standing| (Reverse(standing.band), standing.percent);
            let points = |standing: &Standing| (standing.percent.is_none(), standing.percent);
            let order = match self.sort {
                Sort::Band => band(one).cmp(&band(other)),
                Sort::Points => points(one).cmp(&points(other)),
                Sort::Account => std::cmp::Ordering::Equal,
            };
            order.then_with(|| one.account.cmp(&other.account))
        });
        let is_it = |at: &usize| of(at).map(|standing| &standing.account) == marked.as_ref();
        self.at = self.order.iter().position(is_it).unwrap_or(0);
    }

    pub fn next_sort(&mut self) {
        self.sort = self.sort.next();
        self.arrange();
    }

    pub fn filter(&mut self, needle: &str) {
        needle.clone_into(&mut self.needle);
        self.arrange();
    }

    pub fn marked(&self) -> Option<&Standing> {
        self.shown().nth(self.at).map(|(_, standing)| standing)
    }

    /// The accounts that are shown, each with the band that it had before.
    pub fn shown(&self) -> impl Iterator<Item = (Option<Band>, &Standing)> {
        self.order
            .iter()
            .filter_map(|at| self.accounts.get(*at))
            .map(|(before, standing)| (*before, standing))
    }

    pub fn is_marked(&self, at: usize) -> bool {
        at == self.at
    }

    pub fn count(&self) -> usize {
        self.order.len()
    }

    pub fn act(&mut self, action: Action, page: usize) {
        let last = self.order.len().saturating_sub(1);
        self.at = match action {
            Action::Up => self.at.saturating_sub(1),
            Action::Down => self.at + 1,
            Action::PageUp => self.at.saturating_sub(page),
            Action::PageDown => self.at + page,
            Action::First => 0,
            Action::Last => last,
            _ => self.at,
        }
        .min(last);
    }

    /// Marks the account at a line of a page of so many; says whether it was marked already.
    pub fn point(&mut self, line: usize, page: usize) -> bool {
        let above = self.sentences.len() + 1;
        let at = line.checked_sub(above).filter(|line| *line < self.room(page)).map(|line| self.top + line);
        match at.filter(|at| *at < self.order.len()) {
            Some(at) => std::mem::replace(&mut self.at, at) == at,
            None => false,
        }
    }

    /// Lines of accounts on a page of so many lines: the sentences and the names of the columns stand above them.
    pub fn room(&self, page: usize) -> usize {
        page.saturating_sub(self.sentences.len() + 1).max(1)
    }

    pub fn scroll(&mut self, page: usize) {
        let room = self.room(page);
        let rest = self.order.len().saturating_sub(room);
        self.top = self.top.clamp((self.at + 1).saturating_sub(room), self.at).min(rest);
    }

    /// What stands beside the pane's name.
    pub fn title(&self) -> String {
        if !self.is_portfolio {
            return "worse than at the last look".to_owned();
        }
        let needle = if self.needle.is_empty() { String::new() } else { format!(" /{}", self.needle) };
        format!("all accounts by {}{needle}", self.sort.name())
    }
}
