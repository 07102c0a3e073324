//! From what a person asks of the credit check to what is done.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::App;
use crate::credit::lookup::CUSTOMERS;
use crate::credit::read::Whose;
use crate::explorer::action::{Action, Pane};
use crate::explorer::credit_request::{CreditEvent, CreditRequest, Judge};
use crate::explorer::effect::Effect;
use crate::explorer::forecast_request::{AccountBalance, Subject};
use crate::explorer::message::Notice;
use crate::explorer::overlays::{Answer, Overlay, accounts::Picker, meaning::Meaning, prompt::Prompt};
use crate::explorer::panes::choices::Choices;
use crate::query::{self, ParameterKind};

/// What the pane does of its own when it has the keys.
const OWN: [Action; 13] = [
    Action::LookInto,
    Action::Back,
    Action::Account,
    Action::Beside,
    Action::Meaning,
    Action::Forecast,
    Action::Instalment,
    Action::AsOf,
    Action::Currency,
    Action::Page,
    Action::Portfolio,
    Action::Watch,
    Action::Filter,
];

/// What is said where a card is needed; not any more once one is there.
const NO_CARD: &str = "there is no card on screen: a asks for an account";

impl App {
    /// Takes a card, or what else comes of the credit check.
    pub(super) fn take_credit(&mut self, number: u64, event: CreditEvent) -> Vec<Effect> {
        self.credit.take(number, event);
        if self.credit.shows_cards() {
            self.notice.take_if(|notice| notice.text == NO_CARD);
        }
        self.refresh()
    }

    /// Goes to the credit check; from there, and where there is no card yet, it asks for an account.
    pub(super) fn go_credit(&mut self) -> Vec<Effect> {
        let asks = self.focus == Pane::Credit || self.credit.request.number == 0;
        self.focus = Pane::Credit;
        if asks { self.pick_account(false) } else { self.refresh() }
    }

    /// Asks whose card it is to be; the customers too, where the lake tells them.
    fn pick_account(&mut self, is_second: bool) -> Vec<Effect> {
        let is_known = self.accounts.is_some() || !self.targets.has_local_table(query::ACCOUNTS);
        let has_customers = self.targets.has_local_table(CUSTOMERS);
        let none = Choices::default();
        let accounts = if is_known { Some(self.accounts.as_ref().unwrap_or(&none)) } else { None };
        let title = match (has_customers, is_second) {
            (false, false) => "Account: a part of its number or name",
            (false, true) => "Account beside this one: a part of its number or name",
            (true, false) => "Account or customer: a part of number, code or name",
            (true, true) => "Account or customer beside: a part of number, code or name",
        };
        let mut picker = Picker::new(title, accounts);
        if let Some(customers) = &self.customers {
            picker.offer_customers(customers);
        }
        self.overlay = Some(Overlay::Accounts(picker));
        let mut effects = self.refresh();
        effects.extend((!is_known).then_some(Effect::Accounts));
        effects.extend(self.prepared());
        effects
    }

    /// The first card is on its way while a person looks for the account.
    pub(super) fn prepared(&self) -> Option<Effect> {
        let is_first = matches!(self.overlay, Some(Overlay::Accounts(_))) && self.credit.request.number == 0;
        let request = || CreditRequest { judge: Judge::These(Vec::new()), ..self.credit.request.clone() };
        (is_first && self.accounts.is_some()).then(|| Effect::PrepareCredit(request()))
    }

    /// Whether the pane does it.
    pub(super) fn is_for_credit(&self, action: Action) -> bool {
        action == Action::GoCredit || self.focus == Pane::Credit && OWN.contains(&action)
    }

    /// Does what is the pane's own.
    pub(super) fn credit_act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::GoCredit => return self.go_credit(),
            Action::Account => {
                self.credit.second = false;
                return self.pick_account(false);
            }
            Action::Beside if self.needs_card() => {
                self.credit.second = true;
                return self.pick_account(true);
            }
            Action::LookInto => return self.look_into(),
            Action::Back if self.credit.back() => {
                return [vec![Effect::CancelBeside], self.refresh()].concat();
            }
            Action::Meaning if self.needs_card() => self.show_meaning(),
            Action::Forecast if self.needs_card() => return self.forecast_account(),
            Action::Instalment => {
                let currency = self.credit.cards.first().map(|card| card.base_currency.clone());
                let now = self.credit.request.instalment.map(|amount| amount.rounded(2));
                let currency = currency.unwrap_or_else(|| "base currency".to_owned());
                let prompt = Prompt::instalment(&currency, &now.unwrap_or_default());
                self.overlay = Some(Overlay::Prompt(prompt));
            }
            Action::AsOf => {
                let now = self.credit.cards.first().map(|card| card.as_of).or(self.credit.request.as_of);
                let now = now.map(|date| date.to_string()).unwrap_or_default();
                self.overlay = Some(Overlay::Prompt(Prompt::as_of(&now)));
            }
            Action::Currency => {
                let now = self.credit.request.currency.clone().unwrap_or_default();
                self.overlay = Some(Overlay::Prompt(Prompt::currency(&now)));
            }
            Action::Page if self.needs_card() => return vec![Effect::CreditPage(self.credit.cards.clone())],
            Action::Portfolio if self.credit.portfolio.is_some() => self.credit.show_portfolio(),
            Action::Portfolio => return vec![Effect::Credit(self.credit.ask(Judge::Everyone))],
            Action::Watch => return vec![Effect::Credit(self.credit.ask(Judge::Watch))],
            Action::Filter => match self.credit.needle() {
                Some(needle) => self.overlay = Some(Overlay::Prompt(Prompt::filter(needle))),
                None => self.say("the filter is for the list of all accounts: p shows it"),
            },
            _ => {}
        }
        self.refresh()
    }

    fn say(&mut self, text: &str) {
        self.notice = Some(Notice { text: text.to_owned(), bad: true });
    }

    /// Whether a card is on screen; says so where none is.
    fn needs_card(&mut self) -> bool {
        let is_there = self.credit.shows_cards();
        if !is_there {
            self.say(NO_CARD);
        }
        is_there
    }

    /// Takes what was asked for in words.
    pub(super) fn credit_with(&mut self, answer: Answer) -> Vec<Effect> {
        let request = match answer {
            Answer::Account(whose) => {
                let mut these = vec![whose];
                if std::mem::take(&mut self.credit.second)
                    && let Some(first) = self.credit.cards.first()
                {
                    these.insert(0, first.whose());
                }
                Some(self.credit.ask(Judge::These(these)))
            }
            Answer::Instalment(instalment) => self.credit.with_instalment(instalment),
            Answer::AsOf(as_of) => self.credit.with_as_of(as_of),
            Answer::Currency(currency) => {
                let former = self.credit.request.instalment;
                let request = self.credit.with_currency(currency);
                if former.is_some() && self.credit.request.instalment.is_none() {
                    self.say("the instalment was in the former currency: i asks for it in this one");
                }
                request
            }
            _ => None,
        };
        let mut effects = self.refresh();
        effects.extend(request.map(Effect::Credit));
        effects
    }

    /// Enter: the rows behind a line, or the card of an account of a list.
    fn look_into(&mut self) -> Vec<Effect> {
        if let Some(account) = self.credit.listed().map(Whose::from) {
            return vec![Effect::Credit(self.credit.ask(Judge::These(vec![account])))];
        }
        if !self.credit.shows_cards() {
            return self.credit_act(Action::Account);
        }
        let Some((card, row, cell)) = self.credit.marked_cell(self.areas().credit) else {
            self.say("this line has no rows behind it");
            return self.refresh();
        };
        if let Whose::Customer(_) = card.whose() {
            self.say("rows are those of one account: a asks for one of the customer's");
            return self.refresh();
        }
        let (account, rows, from, to) = (card.account.clone(), row.rows, cell.from, cell.to);
        let Some(query) = self.queries.saved(rows.query) else {
            self.say(&format!("there is no saved query {}", rows.query));
            return self.refresh();
        };
        let mut values = BTreeMap::new();
        for parameter in &query.parameters {
            let day = |date: NaiveDate| match parameter.kind {
                ParameterKind::Month => Some(date.format("%Y-%m").to_string()),
                ParameterKind::Date => Some(date.to_string()),
                _ => None,
            };
            let value = match parameter.name.as_str() {
                "from" => from.and_then(day),
                "to" => day(to),
                "kind" => rows.kind.map(str::to_owned),
                _ if parameter.kind == ParameterKind::Account => Some(account.clone()),
                _ => None,
            };
            values.extend(value.map(|value| (parameter.name.clone(), value)));
        }
        self.run_saved(rows.query, values)
    }

    fn show_meaning(&mut self) {
        match self.credit.marked(self.areas().credit) {
            Some((_, row)) => self.overlay = Some(Overlay::Meaning(Meaning::of(row))),
            None => self.say("this line says all there is; Enter and m are for lines with a figure"),
        }
    }

    /// The forecast of the account's balance, with the risk that it falls below zero.
    fn forecast_account(&mut self) -> Vec<Effect> {
        let Some(card) = self.credit.cards.first() else { return Vec::new() };
        if let Whose::Customer(_) = card.whose() {
            self.say("a forecast is of one account's balance: a asks for one of the customer's");
            return self.refresh();
        }
        let (account, currency) = (card.account.clone(), card.balance_currency.clone());
        self.forecast.turn_to(Subject::Account(AccountBalance { account, to: card.as_of, currency }));
        self.focus = Pane::Forecast;
        self.request()
    }
}
