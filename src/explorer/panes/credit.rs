//! The credit check: an account's card, two beside each other, all accounts, those that are worse than before.

mod draw;
mod listing;
mod sheet;

use std::borrow::Cow;

use chrono::NaiveDate;
use ratatui::layout::{Position, Rect};

use super::super::action::Action;
use super::super::credit_request::{CreditEvent, CreditRequest, Judge};
use crate::credit::card::{Card, Cell, Row};
use crate::credit::decimal::Decimal;
use crate::credit::figures::Period;
use crate::credit::read::Whose;
use listing::Listing;
use sheet::{About, Sheet};

pub use draw::draw;

/// What is on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Cards,
    Portfolio,
    Watch,
}

/// Periods that the figures can be shown over; none is what is judged.
const WINDOWS: [Option<Period>; 5] = [
    None,
    Some(Period::Months(1)),
    Some(Period::Months(3)),
    Some(Period::Months(6)),
    Some(Period::Months(12)),
];

/// Columns between the two columns of a card.
const GAP: usize = 3;

/// What is asked beside those who are judged.
#[derive(Debug, Clone, PartialEq, Default)]
struct Beside {
    instalment: Option<Decimal>,
    as_of: Option<NaiveDate>,
    currency: Option<String>,
}

/// The pane.
#[derive(Debug, Default)]
pub struct CreditPane {
    pub view: View,
    pub request: CreditRequest,
    /// One, or two that are compared.
    pub cards: Vec<Card>,
    /// By what they were told.
    told: Beside,
    /// What stood before the change whose answer is still to come.
    before: Option<Beside>,
    pub portfolio: Option<Listing>,
    watch: Option<Listing>,
    /// Whether an answer is still to come.
    waits: bool,
    refused: Option<(String, Option<String>)>,
    window: Option<Period>,
    /// The account that is picked next stands beside the one on screen.
    pub second: bool,
    /// The marked line of the cards.
    at: usize,
    /// First line shown of each column.
    tops: [usize; 2],
    /// The cards laid out for a screen so wide and high, over a period: that takes longer than all else that a key does.
    laid: Option<(Laid, Sheet)>,
}

/// What a sheet is laid out for.
type Laid = (u16, u16, Option<Period>);

impl CreditPane {
    /// Asks for something; gives the question.
    pub fn ask(&mut self, judge: Judge) -> CreditRequest {
        if let Judge::These(these) = &judge
            && !self.cards.iter().map(Card::whose).eq(these.iter().cloned())
        {
            (self.at, self.tops) = (0, [0; 2]);
        }
        self.view = match &judge {
            Judge::These(_) => View::Cards,
            Judge::Everyone => View::Portfolio,
            Judge::Watch => View::Watch,
        };
        self.request.number += 1;
        self.request.judge = judge;
        (self.waits, self.refused) = (true, None);
        let mut request = self.request.clone();
        if request.judge == Judge::Watch {
            // What is kept to compare with is the accounts as they are.
            (request.instalment, request.as_of, request.currency) = (None, None, None);
        }
        request
    }

    /// Asks again for what is on screen; nothing where nothing is.
    pub fn again(&mut self) -> Option<CreditRequest> {
        // What was told for another day or another instalment is of no use any more.
        (self.portfolio, self.watch) = (None, None);
        let judge = match self.view {
            View::Cards => Judge::These(self.judged()),
            View::Portfolio => Judge::Everyone,
            View::Watch => Judge::Watch,
        };
        (judge != Judge::These(Vec::new())).then(|| self.ask(judge))
    }

    /// The list of all accounts again, as it was.
    pub fn show_portfolio(&mut self) {
        (self.view, self.waits, self.refused) = (View::Portfolio, false, None);
        self.request.number += 1;
        self.request.judge = Judge::Everyone;
    }

    /// The accounts and customers that were asked for last, else those on screen.
    fn judged(&self) -> Vec<Whose> {
        match &self.request.judge {
            Judge::These(these) => these.clone(),
            _ => self.cards.iter().map(Card::whose).collect(),
        }
    }

    /// Changes what is asked beside those who are judged.
    pub fn with_instalment(&mut self, instalment: Option<Decimal>) -> Option<CreditRequest> {
        self.change(|request| request.instalment = instalment)
    }

    pub fn with_as_of(&mut self, as_of: Option<NaiveDate>) -> Option<CreditRequest> {
        self.change(|request| request.as_of = as_of)
    }

    /// An instalment is in the currency in which it was asked for, so it does not stay in another one.
    pub fn with_currency(&mut self, currency: Option<String>) -> Option<CreditRequest> {
        self.change(|request| {
            if request.currency != currency {
                request.instalment = None;
            }
            request.currency = currency;
        })
    }

    fn beside(&self) -> Beside {
        let CreditRequest { instalment, as_of, currency, .. } = self.request.clone();
        Beside { instalment, as_of, currency }
    }

    /// Changes what is asked; what stood before is kept until there is an answer, for the change may be refused.
    fn change(&mut self, change: impl FnOnce(&mut CreditRequest)) -> Option<CreditRequest> {
        let before = self.beside();
        change(&mut self.request);
        let request = self.again()?;
        self.before.get_or_insert(before);
        Some(request)
    }

    /// Asks for what was asked for before; a list that was told by something else is of no use any more.
    fn go_back_to(&mut self, before: Beside) {
        if before != self.beside() {
            (self.portfolio, self.watch) = (None, None);
            let Beside { instalment, as_of, currency } = before;
            (self.request.instalment, self.request.as_of, self.request.currency) =
                (instalment, as_of, currency);
        }
    }

    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waits
    }

    /// Nobody waits for the answer any more; what came before it stays.
    pub fn cancel(&mut self) {
        if self.waits {
            self.refuse("cancelled".into(), Some("a asks for an account's card".into()));
        }
    }

    fn refuse(&mut self, why: String, hint: Option<String>) {
        (self.waits, self.refused) = (false, Some((why, hint)));
        // What was refused does not stick.
        if let Some(before) = self.before.take() {
            self.go_back_to(before);
        }
    }

    /// Takes in what comes of a request.
    pub fn take(&mut self, number: u64, event: CreditEvent) {
        if number != self.request.number || !self.waits {
            return;
        }
        self.waits = false;
        if !matches!(event, CreditEvent::Refused(..)) {
            self.before = None;
        }
        match event {
            CreditEvent::Cards(cards) => {
                (self.cards, self.laid, self.told) = (cards, None, self.beside());
            }
            CreditEvent::Everyone(about, standings) => {
                self.portfolio = Some(Listing::portfolio(&about, standings));
            }
            CreditEvent::Watch(watch) => self.watch = Some(Listing::watch(watch)),
            CreditEvent::Refused(why, hint) => self.refuse(why, hint),
        }
    }

    /// The card, and the row of it that is marked.
    #[must_use]
    pub fn marked(&self, area: Rect) -> Option<(&Card, &Row)> {
        let card = self.cards.first().filter(|_| self.shows_cards())?;
        let About { indicator, .. } = self.sheet(area).about(self.at)?;
        Some((card, card.row(indicator)?))
    }

    /// The value whose rows are meant by the marked line.
    #[must_use]
    pub fn marked_cell(&self, area: Rect) -> Option<(&Card, &Row, &Cell)> {
        let (card, row) = self.marked(area)?;
        let About { period, .. } = self.sheet(area).about(self.at)?;
        Some((card, row, row.cells.iter().find(|cell| cell.period == period)?))
    }

    /// The account under the mark of a list.
    #[must_use]
    pub fn listed(&self) -> Option<&str> {
        Some(&self.listing()?.marked()?.account)
    }

    /// Whether cards are on screen.
    #[must_use]
    pub fn shows_cards(&self) -> bool {
        self.view == View::Cards && self.refused.is_none() && !self.cards.is_empty() && !self.is_first()
    }

    /// Whether other accounts are asked for than those of the cards that are held.
    fn is_first(&self) -> bool {
        self.waits && !self.cards.iter().map(Card::whose).eq(self.judged())
    }

    fn listing(&self) -> Option<&Listing> {
        match self.view {
            View::Cards => None,
            View::Portfolio => self.portfolio.as_ref(),
            View::Watch => self.watch.as_ref(),
        }
    }

    fn listing_mut(&mut self) -> Option<&mut Listing> {
        match self.view {
            View::Cards => None,
            View::Portfolio => self.portfolio.as_mut(),
            View::Watch => self.watch.as_mut(),
        }
    }

    /// Shows the accounts of the list that contain a text.
    pub fn filter(&mut self, needle: &str) {
        if let Some(listing) = self.listing_mut() {
            listing.filter(needle);
        }
    }

    /// The text of the filter, where a list is on screen.
    #[must_use]
    pub fn needle(&self) -> Option<&str> {
        Some(&self.listing()?.needle)
    }

    /// Back to the card; from two to the first. Gives whether it was elsewhere.
    pub fn back(&mut self) -> bool {
        let was_elsewhere = self.view != View::Cards || self.refused.is_some() || self.cards.len() > 1;
        if self.view == View::Cards && self.refused.is_none() {
            self.cards.truncate(1);
            self.laid = None;
        }
        // An answer that comes later would take the screen again.
        self.request.number += u64::from(self.waits);
        (self.view, self.waits, self.refused) = (View::Cards, false, None);
        self.before = None;
        if !self.cards.is_empty() {
            self.go_back_to(self.told.clone());
        }
        self.request.judge = Judge::These(self.cards.iter().map(Card::whose).collect());
        was_elsewhere
    }

    /// Changes what is shown.
    pub fn act(&mut self, action: Action, area: Rect) {
        match (action, self.view) {
            (Action::Sort, View::Portfolio) => {
                if let Some(portfolio) = &mut self.portfolio {
                    portfolio.next_sort();
                }
            }
            (Action::Window, View::Cards) => {
                let at = WINDOWS.iter().position(|window| *window == self.window).unwrap_or(0);
                self.window = WINDOWS[(at + 1) % WINDOWS.len()];
            }
            (_, View::Cards) => self.move_mark(action, area),
            _ => {
                if let Some(listing) = self.listing_mut() {
                    listing.act(action, draw::page(area));
                }
            }
        }
    }

    fn move_mark(&mut self, action: Action, area: Rect) {
        let sheet = self.sheet(area);
        let page = sheet.page(area.height.into());
        let stops = sheet.stops();
        let last = stops.last().copied().unwrap_or(0);
        let (column, line) = sheet.place(self.at);
        let before = |stop: &&usize| **stop < self.at;
        let on = |column: usize, from: usize| {
            let there = |stop: &&usize| {
                let place = sheet.place(**stop);
                place.0 == column && place.1 >= from
            };
            stops.iter().find(there).copied()
        };
        let above = |line: usize| {
            let there = |stop: &&usize| sheet.place(**stop).0 == column && sheet.place(**stop).1 <= line;
            stops.iter().rev().find(there).copied()
        };
        self.at = match action {
            Action::Up => stops.iter().rev().find(before).copied().unwrap_or(self.at),
            Action::Down => stops.iter().find(|stop| **stop > self.at).copied().unwrap_or(self.at),
            Action::PageUp => above(line.saturating_sub(page)).or(on(column, 0)).unwrap_or(self.at),
            Action::PageDown => on(column, line + page).or(above(usize::MAX)).unwrap_or(self.at),
            Action::First => stops.first().copied().unwrap_or(0),
            Action::Last => last,
            Action::Left if column > 0 => on(column - 1, 0).unwrap_or(self.at),
            Action::Right => on(column + 1, 0).unwrap_or(self.at),
            _ => self.at,
        };
    }

    /// Puts the mark on the line at a place of the screen; says whether it stood there already.
    pub fn point(&mut self, area: Rect, at: Position) -> bool {
        let line = usize::from(at.y.saturating_sub(area.y));
        if let Some(listing) = self.listing_mut() {
            return listing.point(line, draw::page(area));
        }
        if !self.shows_cards() {
            return false;
        }
        let sheet = self.sheet(area);
        let column = usize::from(at.x.saturating_sub(area.x)) / (sheet.width + GAP);
        let head = usize::from(area.height) - sheet.page(area.height.into()).min(area.height.into());
        let (Some(line), Some(top)) = (line.checked_sub(head), self.tops.get(column)) else { return false };
        let is_there = |stop: &usize| {
            let (place, first) = sheet.place(*stop);
            place == column && (first..first + sheet.height(*stop)).contains(&(line + top))
        };
        match sheet.stops().into_iter().find(is_there) {
            Some(stop) => std::mem::replace(&mut self.at, stop) == stop,
            None => false,
        }
    }

    /// Keeps the mark on a line that can have it, and in view.
    pub fn scroll(&mut self, area: Rect) {
        if let Some(listing) = self.listing_mut() {
            listing.scroll(draw::page(area));
        }
        if !self.shows_cards() || area.height == 0 {
            return;
        }
        let laid = self.laid.take().filter(|(laid, _)| *laid == self.laid_for(area));
        let sheet = laid.map_or_else(|| self.lay_out(area), |(_, sheet)| sheet);
        let page = sheet.page(area.height.into());
        let stops = sheet.stops();
        let nearest = stops.iter().find(|stop| **stop >= self.at).or(stops.last());
        let at = nearest.copied().unwrap_or(0);
        let (column, from) = sheet.place(at);
        let to = from + sheet.height(at);
        let is_first = stops.iter().find(|stop| sheet.place(**stop).0 == column) == Some(&at);
        let rest: Vec<_> =
            sheet.columns.iter().map(|column| sheet::lines_of(column).saturating_sub(page)).collect();
        self.at = at;
        for (top, rest) in self.tops.iter_mut().zip(rest) {
            *top = (*top).min(rest);
        }
        if let Some(top) = self.tops.get_mut(column) {
            let lowest = to.saturating_sub(page).min(from);
            *top = if is_first { 0 } else { (*top).clamp(lowest, from) };
        }
        self.laid = Some((self.laid_for(area), sheet));
    }

    fn laid_for(&self, area: Rect) -> Laid {
        (area.width, area.height, self.window)
    }

    fn sheet(&self, area: Rect) -> Cow<'_, Sheet> {
        match &self.laid {
            Some((laid, sheet)) if *laid == self.laid_for(area) => Cow::Borrowed(sheet),
            _ => Cow::Owned(self.lay_out(area)),
        }
    }

    fn lay_out(&self, area: Rect) -> Sheet {
        let (width, height) = (area.width.into(), area.height.into());
        match self.cards.as_slice() {
            [] => Sheet::default(),
            [card] => sheet::of(card, self.window, width, height),
            [one, other, ..] => sheet::beside([one, other], width, height),
        }
    }

    /// What stands beside the pane's name.
    #[must_use]
    pub fn title(&self) -> String {
        match (self.view, self.listing()) {
            (View::Cards, _) => {
                let called: Vec<_> = self.cards.iter().map(Card::called).collect();
                called.join(" beside ")
            }
            (_, Some(listing)) => listing.title(),
            (View::Portfolio, None) => "all accounts".into(),
            (View::Watch, None) => "worse than at the last look".into(),
        }
    }
}
